//! Loops, branches, groups, functions and tests: what they do with what is known, and in which order. Part of the walk. What may
//! or may not have run leaves nothing certain behind.

use super::arg::{Arg, Stdin, Taint};
use super::shell::{Value, is_dangerous_name};
use super::verdict::{Class, Risk};
use super::walk::{DEEPEST, Flow, Walk, joined};
use brush_parser::SourceSpan;
use brush_parser::ast::{CaseClauseCommand, CompoundCommand, ExtendedTestExpr, FunctionBody, FunctionDefinition};
use std::rc::Rc;

/// Values of a loop that are gone through one by one.
const MOST_TURNS: usize = 16;

impl Walk<'_> {
    pub(super) fn compound(&mut self, compound: &CompoundCommand, stdin: Stdin) -> Flow {
        match compound {
            CompoundCommand::BraceGroup(group) => self.list(&group.list, stdin),
            CompoundCommand::Subshell(subshell) => {
                let shell = self.shell.clone();
                let flow = self.list(&subshell.list, stdin);
                self.shell = shell;
                flow
            }
            CompoundCommand::ForClause(clause) => {
                let span = self.span_of(Some(&clause.loc));
                let values = match &clause.values {
                    Some(words) => self.words(words),
                    None => vec![Arg { is_unknown: true, is_many: true, span, ..Arg::default() }],
                };
                self.begin(&[], span);
                let is_known = values.len() <= MOST_TURNS && values.iter().all(|value| value.exact().is_some());
                let name = &clause.variable_name;
                if is_dangerous_name(name) {
                    self.part(
                        Class::Obfuscated,
                        Risk::High,
                        format!("sets `{name}`, which changes what later commands do"),
                    );
                }
                let mut flow = Flow::default();
                for value in values.iter().filter(|value| value.is_glob) {
                    self.look_at_name(value);
                }
                let all = values.iter().map(|value| value.text.clone()).collect();
                let given = match values.as_slice() {
                    [only] if only.is_glob => Value::OneOf(only.text.clone()),
                    _ if is_known => Value::Words(all),
                    _ => Value::Unknown(Taint::NONE),
                };
                if is_known && values.iter().all(|value| value.text.parse::<i64>().is_ok()) {
                    self.gathered.give(name, &Value::Number);
                } else {
                    self.gathered.give(name, &given);
                }
                if is_known {
                    for value in &values {
                        self.shell.set(name, Value::Words(vec![value.text.clone()]));
                        if let Some(variable) = self.shell.variables.get_mut(name) {
                            variable.is_maybe = false;
                        }
                        let next = self.within(|walk| walk.list(&clause.body.list, stdin.clone()));
                        flow = joined(flow, next, true);
                    }
                    // Which of them it is behind the loop, nobody knows: there may have been no turn, or not all.
                    self.shell.doubt([name.clone()]);
                } else {
                    // What they are made from; none of them is a list of names.
                    let taint = values.iter().fold(Taint::NONE, |taint, value| taint.or(value.taint));
                    let taint = Taint { names: false, ..taint };
                    let value = match values.as_slice() {
                        [only] if only.is_glob && !(only.is_unknown || only.is_maybe) => {
                            Value::OneOf(only.text.clone())
                        }
                        _ => Value::Unknown(taint),
                    };
                    self.shell.set(name, value.clone());
                    // Twice: what the first turn sets is there in the second.
                    let again = stdin.clone();
                    flow = self.within(|walk| walk.list(&clause.body.list, stdin));
                    self.shell.set(name, value);
                    let next = self.within(|walk| walk.list(&clause.body.list, again));
                    flow = joined(flow, next, true);
                    self.shell.set(name, Value::Unknown(taint));
                }
                Flow { text: None, ..flow }
            }
            CompoundCommand::CaseClause(clause) => self.case(clause, stdin),
            CompoundCommand::IfClause(clause) => {
                let mut flow = self.list(&clause.condition, stdin.clone());
                let next = self.within(|walk| walk.list(&clause.then, stdin.clone()));
                flow = joined(flow, next, true);
                for other in clause.elses.iter().flatten() {
                    if let Some(condition) = &other.condition {
                        let next = self.within(|walk| walk.list(condition, stdin.clone()));
                        flow = joined(flow, next, true);
                    }
                    let next = self.within(|walk| walk.list(&other.body, stdin.clone()));
                    flow = joined(flow, next, true);
                }
                flow
            }
            CompoundCommand::WhileClause(clause) | CompoundCommand::UntilClause(clause) => {
                // The second time the variables are those of the first: once more, with what the body sets in doubt.
                let names: Vec<String> = self.shell.variables.keys().cloned().collect();
                let mut flow = Flow::default();
                for turn in 0..2 {
                    if turn == 1 {
                        self.shell.doubt(names.clone());
                    }
                    let first = self.within(|walk| walk.list(&clause.0, stdin.clone()));
                    let body = self.within(|walk| walk.list(&clause.1.list, stdin.clone()));
                    flow = joined(joined(flow, first, true), body, true);
                }
                flow
            }
            CompoundCommand::Arithmetic(command) => {
                let span = self.span_of(Some(&command.loc));
                if let Some(inner) = self.subshells_in(&command.loc) {
                    let shell = self.shell.clone();
                    let flow = self.script(&inner, Some(span), stdin);
                    self.shell = shell;
                    return flow;
                }
                self.begin(&[Arg::literal("((", span)], span);
                let before = self.parts.len();
                self.arithmetic(&command.expr.value, span);
                if self.parts.len() == before {
                    self.part(Class::Read, Risk::Low, "computes");
                }
                Flow::of(Taint::NONE)
            }
            CompoundCommand::ArithmeticForClause(clause) => {
                let span = self.span_of(Some(&clause.loc));
                for expression in [&clause.initializer, &clause.condition, &clause.updater].into_iter().flatten() {
                    self.arithmetic(&expression.value, span);
                }
                let first = self.within(|walk| walk.list(&clause.body.list, stdin.clone()));
                let next = self.within(|walk| walk.list(&clause.body.list, stdin));
                joined(first, next, true)
            }
            CompoundCommand::Coprocess(clause) => {
                let span = self.span_of(Some(&clause.loc));
                self.part_at(
                    Class::Obfuscated,
                    Risk::High,
                    "starts a command in the background that others talk to",
                    span,
                );
                self.command(&clause.body, stdin)
            }
        }
    }

    /// `( (…) )` is a subshell in another one, which the parser takes for arithmetic: what is within the outer brackets.
    fn subshells_in(&self, loc: &SourceSpan) -> Option<String> {
        let at = |index: usize| self.starts.get(index).or(self.starts.last()).copied();
        let text = self.source.get(at(loc.start.index)?..at(loc.end.index)?)?;
        let inner = text.strip_prefix('(').filter(|inner| !inner.starts_with('('))?.trim_end();
        Some(inner.strip_suffix(')').unwrap_or(inner).to_owned())
    }

    fn case(&mut self, clause: &CaseClauseCommand, stdin: Stdin) -> Flow {
        let span = self.span_of(Some(&clause.loc));
        self.begin(&[], span);
        for value in self.word(&clause.value) {
            self.show(&value);
        }
        let mut flow = Flow::default();
        for case in &clause.cases {
            self.words(&case.patterns);
            if let Some(list) = &case.cmd {
                let next = self.within(|walk| walk.list(list, stdin.clone()));
                flow = joined(flow, next, true);
            }
        }
        flow
    }

    /// Where nobody knows whether it runs: what is set there may be set, and the folder may be another.
    pub fn within<T>(&mut self, run: impl FnOnce(&mut Self) -> T) -> T {
        let (was_within, folder) = (self.shell.is_within, self.shell.folder.clone());
        self.shell.is_within = true;
        let out = run(self);
        self.shell.is_within = was_within;
        if self.shell.folder != folder {
            self.shell.folder = None;
        }
        out
    }

    pub(super) fn define(&mut self, function: &FunctionDefinition) {
        let span = self.span_of(function.fname.loc.as_ref());
        let name = function.fname.value.clone();
        self.begin(&[Arg::literal(name.clone(), span)], span);
        if calls_itself(&name, &function.body) {
            self.part(
                Class::Destructive,
                Risk::Critical,
                format!("`{name}` starts itself again and again: a fork bomb"),
            );
        }
        self.part(Class::Obfuscated, Risk::High, format!("gives `{name}` another meaning"));
        self.shell.functions.insert(name.clone(), Rc::new(function.body.clone()));
        // It may be called later, from wherever.
        let shell = self.shell.clone();
        self.call(&name, &[], Stdin::Inherited);
        self.shell = shell;
    }

    /// Goes through a function's body; tells whether there is one.
    pub fn call(&mut self, name: &str, args: &[Arg], stdin: Stdin) -> Option<Flow> {
        let body = self.shell.functions.get(name).map(Rc::clone)?;
        // By what it does, not by its name: a function may give its own name another meaning.
        if self.calls.len() >= DEEPEST || self.calls.iter().any(|known| Rc::ptr_eq(known, &body)) {
            return Some(Flow::default());
        }
        for arg in args {
            self.look(arg);
        }
        self.calls.push(Rc::clone(&body));
        let FunctionBody(compound, redirects) = &*body;
        let mut streams = self.redirects(redirects.iter().flat_map(|list| list.0.iter()), stdin);
        let stdin = std::mem::take(&mut streams.stdin);
        let flow = self.within(|walk| walk.compound(compound, stdin));
        self.calls.pop();
        Some(Flow { text: None, ..streams.end(self, flow) })
    }

    pub(super) fn extended_test(&mut self, expression: &ExtendedTestExpr) {
        use brush_parser::ast::{BinaryPredicate as B, UnaryPredicate as U};
        match expression {
            ExtendedTestExpr::And(a, b) | ExtendedTestExpr::Or(a, b) => {
                self.extended_test(a);
                self.extended_test(b);
            }
            ExtendedTestExpr::Not(inner) | ExtendedTestExpr::Parenthesized(inner) => self.extended_test(inner),
            ExtendedTestExpr::UnaryTest(predicate, word) => {
                let all = self.word(word);
                let is_index = matches!(predicate, U::ShellVariableIsSetAndAssigned | U::ShellVariableIsSetAndNameRef);
                let is_about_text = matches!(
                    predicate,
                    U::StringHasZeroLength | U::StringHasNonZeroLength | U::FdIsOpenTerminal | U::ShellOptionEnabled
                );
                for arg in &all {
                    self.show(arg);
                    if !is_index && !is_about_text {
                        self.ask_for_name(arg);
                    }
                    if is_index && (arg.text.contains('[') || arg.exact().is_none()) {
                        self.part(Class::Obfuscated, Risk::High, "an index that may run commands");
                    }
                }
            }
            ExtendedTestExpr::BinaryTest(predicate, left, right) => {
                let mut all = self.word(left);
                all.extend(self.word(right));
                let is_number = matches!(
                    predicate,
                    B::ArithmeticEqualTo
                        | B::ArithmeticNotEqualTo
                        | B::ArithmeticLessThan
                        | B::ArithmeticLessThanOrEqualTo
                        | B::ArithmeticGreaterThan
                        | B::ArithmeticGreaterThanOrEqualTo
                );
                let is_about_files = matches!(
                    predicate,
                    B::FilesReferToSameDeviceAndInodeNumbers
                        | B::LeftFileIsNewerOrExistsWhenRightDoesNot
                        | B::LeftFileIsOlderOrDoesNotExistWhenRightDoes
                );
                for arg in &all {
                    self.show(arg);
                    if is_about_files {
                        self.ask_for_name(arg);
                    }
                    if is_number {
                        self.arithmetic(&arg.text, arg.span);
                    }
                    if is_number && (arg.exact().is_none() || arg.text.contains('$')) {
                        self.part(Class::Obfuscated, Risk::High, "a number that may run commands");
                    }
                }
            }
        }
    }
}

/// Whether a function starts itself, in a pipe or in the background.
fn calls_itself(name: &str, body: &FunctionBody) -> bool {
    let text = body.0.to_string();
    let is_name = |word: &str| word == name;
    let count = text.split(|c: char| c.is_whitespace() || "|&;(){}".contains(c)).filter(|word| is_name(word)).count();
    count > 0 && (text.contains('|') || text.contains('&'))
}
