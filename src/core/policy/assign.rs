//! Assignments: what a name holds afterwards, and whether later commands obey it. Part of the walk. A value that is not certain
//! is never kept as one.

use super::arg::{Arg, Taint};
use super::shell::{Value, is_dangerous_name, is_harmless_name};
use super::verdict::{Class, Risk, Span};
use super::walk::Walk;
use brush_parser::ast::{Assignment, AssignmentName, AssignmentValue};

impl Walk<'_> {
    /// `a=b` alone.
    pub(super) fn assign(&mut self, assignment: &Assignment, span: Span) {
        let (name, is_plain) = match &assignment.name {
            AssignmentName::VariableName(name) => (name, true),
            AssignmentName::ArrayElementName(name, index) => {
                if index.is_empty() || !index.chars().all(|c| c.is_ascii_digit()) {
                    self.part(Class::Obfuscated, Risk::High, "an index that may run commands");
                    self.arithmetic(index, span);
                }
                (name, false)
            }
        };
        match &assignment.value {
            AssignmentValue::Scalar(word) => {
                let arg = self.value(&word.value, span);
                if assignment.append || !is_plain {
                    self.gathered.spoil(name);
                    self.set(name, Value::Unknown(arg.taint));
                    self.named(name);
                } else if is_sum(&word.value) || matches!(&*word.value, "$?" | "$#" | "$$") {
                    self.set(name, Value::Number);
                    self.named(name);
                } else {
                    self.assigned(name, &arg, span);
                }
            }
            AssignmentValue::Array(elements) => {
                let mut all = Vec::new();
                for (index, word) in elements {
                    if let Some(index) = index {
                        self.arithmetic(&index.value, span);
                    }
                    all.extend(self.word(word));
                }
                for arg in all.iter().filter(|arg| arg.is_glob) {
                    self.look_at_name(arg);
                }
                let is_known = all.iter().all(|arg| arg.exact().is_some());
                let secret = all.iter().any(|arg| arg.taint.secret);
                let value = if is_known && elements.iter().all(|(index, _)| index.is_none()) {
                    Value::Words(all.into_iter().map(|arg| arg.text).collect())
                } else {
                    Value::Unknown(Taint { secret, ..Taint::NONE })
                };
                self.gathered.array(name);
                if assignment.append {
                    self.gathered.spoil(name);
                }
                self.set(name, value);
                self.named(name);
            }
        }
    }

    /// A variable gets a value.
    pub fn assigned(&mut self, name: &str, arg: &Arg, _span: Span) {
        let value = match arg.exact().or((arg.is_glob && !arg.is_unknown).then_some(&*arg.text)) {
            Some(text) if arg.taint == Taint::NONE => Value::Words(vec![text.to_owned()]),
            // What may be another value is kept for the worst case.
            _ if arg.is_maybe && !arg.is_unknown => Value::Words(vec![arg.text.clone()]),
            _ => Value::Unknown(arg.taint),
        };
        self.set(name, value);
        if arg.is_maybe
            && let Some(variable) = self.shell.variables.get_mut(name)
        {
            variable.is_maybe = true;
        }
        self.named(name);
    }

    /// Says so where a name is one that changes what later commands do.
    pub fn named(&mut self, name: &str) {
        if is_dangerous_name(name) || (super::names::is_shells_own(name) && name != "_" && !is_harmless_name(name)) {
            self.part(Class::Obfuscated, Risk::High, format!("sets `{name}`, which changes what later commands do"));
        }
    }

    /// `a=b` in front of a command.
    pub(super) fn environment(&mut self, assignment: &Assignment, span: Span) {
        // A rule for the program is no rule for this.
        let argv = std::mem::take(&mut self.argv);
        if let (AssignmentName::VariableName(name), AssignmentValue::Scalar(word)) =
            (&assignment.name, &assignment.value)
            && !assignment.append
            && super::shell::is_harmless_value(name, &word.value)
        {
            self.gathered.spoil(name);
            self.argv = argv;
            return;
        }
        self.assign(assignment, span);
        let (AssignmentName::VariableName(name) | AssignmentName::ArrayElementName(name, _)) = &assignment.name;
        let text = match &assignment.value {
            AssignmentValue::Scalar(word) => &*word.value,
            AssignmentValue::Array(_) => "",
        };
        if is_harmless_name(name) && !super::shell::is_harmless_locale(name, text) {
            self.part(Class::Obfuscated, Risk::High, format!("gives `{name}` a file, which programs read"));
        }
        if !super::shell::is_harmless_name(name) && !is_dangerous_name(name) {
            self.part(Class::Obfuscated, Risk::High, format!("gives `{name}` to a program, which may obey it"));
        }
        self.argv = argv;
    }
}

/// `$((i + 1))` alone: whatever comes of it is a number.
fn is_sum(text: &str) -> bool {
    let inner = text.strip_prefix("$((").and_then(|rest| rest.strip_suffix("))"));
    inner.is_some_and(|inner| !inner.contains(['(', ')', '\'', '"', '`', '\\']))
}
