//! Turns the words of a parsed command into what the program will really be given, as far as that is known: quotes, braces,
//! tildes, variables, and the commands inside a word, which are judged on the way. Part of the walk. It must never guess:
//! what it does not know is unknown.

use super::arg::{Arg, Stdin, Taint};
use super::letters::{MOST_WORDS, ansi_c, braces, changed, has_padding, unescaped_backquotes};
use super::names::is_shells_own;
use super::shell::{Value, is_dangerous_name, is_secret_name};
use super::verdict::{Class, Decoded, Risk, Span};
use super::walk::Walk;
use brush_parser::ParserOptions;
use brush_parser::ast::Word;
use brush_parser::word::{
    self, Parameter, ParameterExpr, ParameterTestType, SpecialParameter, TildeExpr, WordPiece, WordPieceWithSource,
};

/// A piece of an argument while it is put together.
enum Bit {
    Text {
        text: String,
        is_quoted: bool,
        taint: Taint,
        is_maybe: bool,
    },
    Unknown {
        is_quoted: bool,
        taint: Taint,
    },
    /// The name of a file that a pattern stands for.
    OneOf(String),
    /// A border between two words that an expansion has brought.
    Border,
}

impl Walk<'_> {
    /// All words of a list.
    pub fn words<'w>(&mut self, words: impl IntoIterator<Item = &'w Word>) -> Vec<Arg> {
        words.into_iter().flat_map(|word| self.word(word)).collect()
    }

    /// One word: none, one or several arguments.
    pub fn word(&mut self, word: &Word) -> Vec<Arg> {
        let span = self.span_of(word.loc.as_ref());
        self.text(&word.value, span)
    }

    /// Likewise, of its text.
    pub fn text(&mut self, text: &str, span: Span) -> Vec<Arg> {
        let options = ParserOptions::default();
        let braced = match word::parse_brace_expansions(text, &options) {
            Ok(Some(pieces)) => braces(&pieces),
            Ok(None) => Some(vec![text.to_owned()]),
            Err(_) => None,
        };
        let braced = braced.filter(|_| !has_padding(text));
        let Some(braced) = braced else {
            self.part_at(Class::Obfuscated, Risk::High, "a word with braces that cannot be taken apart", span);
            return vec![Arg { is_unknown: true, is_many: true, span, ..Arg::default() }];
        };
        braced.iter().flat_map(|one| self.unbraced(one, span)).collect()
    }

    fn unbraced(&mut self, text: &str, span: Span) -> Vec<Arg> {
        let Ok(pieces) = word::parse(text, &ParserOptions::default()) else {
            self.part_at(Class::Obfuscated, Risk::High, "a word that cannot be taken apart", span);
            return vec![Arg { is_unknown: true, is_many: true, span, ..Arg::default() }];
        };
        let mut bits = Vec::new();
        self.pieces(&pieces, false, span, &mut bits);
        let is_quoted = bits
            .iter()
            .any(|bit| matches!(bit, Bit::Text { is_quoted: true, .. } | Bit::Unknown { is_quoted: true, .. }));
        assemble(bits, span, is_quoted || text.is_empty())
    }

    /// What is said with one value, as of an assignment: nothing is split.
    ///
    /// Several words of a list are one.
    pub fn value(&mut self, text: &str, span: Span) -> Arg {
        let Ok(pieces) =
            word::parse(text, &ParserOptions { tilde_expansion_after_colon: true, ..ParserOptions::default() })
        else {
            self.part_at(Class::Obfuscated, Risk::High, "a value that cannot be taken apart", span);
            return Arg { is_unknown: true, span, ..Arg::default() };
        };
        let mut bits = Vec::new();
        self.pieces(&pieces, true, span, &mut bits);
        let mut all = assemble(bits, span, true).into_iter();
        let mut first = all.next().unwrap_or_default();
        for more in all {
            first.text = format!("{} {}", first.text, more.text);
            first.is_maybe |= more.is_maybe;
            first.is_unknown |= more.is_unknown || self.is_strict;
            first.taint = first.taint.or(more.taint);
        }
        first
    }

    /// A here-document's text, whose expansions are judged.
    pub fn here_document(&mut self, text: &str, span: Span) -> Option<String> {
        let Ok(pieces) = word::parse_heredoc(text, &ParserOptions::default()) else {
            self.part_at(Class::Obfuscated, Risk::High, "a here-document that cannot be taken apart", span);
            return None;
        };
        let mut bits = Vec::new();
        self.pieces(&pieces, true, span, &mut bits);
        let arg = assemble(bits, span, true).into_iter().next()?;
        if arg.taint.secret {
            self.secret_shown(span);
        }
        (!arg.is_unknown).then_some(arg.text)
    }

    fn pieces(&mut self, pieces: &[WordPieceWithSource], is_quoted: bool, span: Span, bits: &mut Vec<Bit>) {
        // Texts side by side are one.
        let text = |piece: &WordPieceWithSource| match &piece.piece {
            WordPiece::Text(text) => text.clone(),
            _ => " ".into(),
        };
        if is_left_over(&pieces.iter().map(text).collect::<String>()) {
            self.part_at(Class::Obfuscated, Risk::High, "an expansion that is not understood", span);
        }
        for piece in pieces {
            self.piece(&piece.piece, is_quoted, span, bits);
        }
    }

    fn piece(&mut self, piece: &WordPiece, is_quoted: bool, span: Span, bits: &mut Vec<Bit>) {
        let quoted = |text: String| Bit::Text { text, is_quoted: true, taint: Taint::NONE, is_maybe: false };
        match piece {
            WordPiece::Text(text) => {
                bits.push(Bit::Text { text: text.clone(), is_quoted, taint: Taint::NONE, is_maybe: false });
            }
            WordPiece::SingleQuotedText(text) => bits.push(quoted(text.clone())),
            WordPiece::AnsiCQuotedText(text) => match ansi_c(text) {
                Some(decoded) => {
                    if decoded != *text {
                        self.decoded.push(Decoded { span, form: "escapes".into(), text: decoded.clone() });
                    }
                    if decoded.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\t')) {
                        self.part_at(Class::Obfuscated, Risk::High, "control characters, written as escapes", span);
                    }
                    bits.push(quoted(decoded));
                }
                None => bits.push(Bit::Unknown { is_quoted: true, taint: Taint::NONE }),
            },
            WordPiece::DoubleQuotedSequence(inner) | WordPiece::GettextDoubleQuotedSequence(inner) => {
                // Empty quotes are a word.
                bits.push(quoted(String::new()));
                self.pieces(inner, true, span, bits);
            }
            WordPiece::EscapeSequence(text) => {
                let rest = text.strip_prefix('\\').unwrap_or(text);
                if rest != "\n" {
                    bits.push(quoted(rest.to_owned()));
                }
            }
            WordPiece::TildeExpansion(tilde) => match self.tilde(tilde) {
                // Of a user whom nobody knows it stays as it is.
                Some(path) => {
                    let is_maybe = matches!(tilde, TildeExpr::UserHome(user) if *user != self.place.user);
                    bits.push(Bit::Text { text: path, is_quoted: true, taint: Taint::NONE, is_maybe });
                }
                None => bits.push(Bit::Unknown { is_quoted: true, taint: Taint::NONE }),
            },
            WordPiece::CommandSubstitution(text) | WordPiece::BackquotedCommandSubstitution(text) => {
                let text = match piece {
                    // Within backquotes a backslash goes away before these, within double quotes before others as well.
                    WordPiece::BackquotedCommandSubstitution(_) => {
                        if text.contains('\\') {
                            let what = "backquotes with a backslash, which cannot be understood";
                            self.part_at(Class::Obfuscated, Risk::High, what, span);
                        }
                        unescaped_backquotes(text)
                    }
                    _ => text.clone(),
                };
                let flow = self.other_shell(&text, span, Stdin::Inherited);
                // What it prints depends on where that goes, on which branch, on which `echo` it is.
                match flow.text.filter(|_| !self.is_strict || is_plain_echo(&text)) {
                    Some(text) => {
                        let text = text.trim_end_matches('\n').to_owned();
                        self.expanded(&text, is_quoted, flow.taint, false, bits);
                    }
                    None => bits.push(Bit::Unknown { is_quoted, taint: flow.taint }),
                }
            }
            WordPiece::ArithmeticExpression(expression) => {
                self.arithmetic(&expression.value, span);
                // A number.
                match expression.value.trim().parse::<i64>() {
                    Ok(number) => bits.push(quoted(number.to_string())),
                    Err(_) => bits.push(Bit::Unknown { is_quoted: true, taint: Taint::NONE }),
                }
            }
            WordPiece::ParameterExpansion(expression) => self.parameter(expression, is_quoted, span, bits),
        }
    }

    fn tilde(&self, tilde: &TildeExpr) -> Option<String> {
        match tilde {
            TildeExpr::Home => Some(self.place.home.display().to_string()),
            TildeExpr::UserHome(user) if *user == self.place.user => Some(self.place.home.display().to_string()),
            TildeExpr::UserHome(user) if user == "root" => Some("/root".into()),
            TildeExpr::UserHome(user) => Some(format!("/home/{user}")),
            TildeExpr::WorkingDir => self.shell.folder.clone().filter(|_| self.knows_folder()),
            TildeExpr::OldWorkingDir => self.shell.folder_before.clone().filter(|_| self.knows_folder()),
            _ => None,
        }
    }

    /// Arithmetic may hold commands: in an index, in an expansion.
    pub fn arithmetic(&mut self, text: &str, span: Span) {
        self.gathered.has_breaks = true;
        let is_plain = text.chars().all(|c| c.is_ascii_alphanumeric() || "_ \t+-*/%<>=!&|^~?:,().$#{}".contains(c));
        // The parser may have taken more for it than the shell does.
        let is_joined = text.match_indices('$').any(|(at, _)| {
            let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
            text[..at].ends_with(is_part) || text[at + 1..].starts_with(['?', '#', '-', '!', '$', '@', '*'])
        });
        let is_torn = is_joined || text.contains("<<") || text.replace("$#", "").contains('#');
        if !is_plain || is_torn || text.contains("$(") || text.contains("${") || text.contains('[') {
            self.part_at(Class::Obfuscated, Risk::High, "arithmetic that may run commands", span);
            self.inside(text, span);
        }
        let names: Vec<&str> = text
            .split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
            .filter(|name| name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_'))
            .collect();
        // A value is arithmetic in its turn, with commands in its indices.
        let is_number = |variable: &super::shell::Variable| match &variable.value {
            Value::Number => true,
            Value::Words(words) => {
                !variable.is_maybe
                    && words.len() == 1
                    && (words[0].is_empty() || words[0].trim().parse::<i64>().is_ok())
            }
            Value::OneOf(_) | Value::Unknown(_) => false,
        };
        let is_bad = |name: &&&str| {
            let is_no_number = self.shell.variables.get(**name).is_some_and(|variable| !is_number(variable));
            let is_own =
                is_shells_own(name) && !matches!(**name, "LINENO" | "RANDOM" | "SECONDS" | "COLUMNS" | "LINES");
            is_no_number || is_own || (self.names.is_given(name) && !self.names.is_number(name))
        };
        let bad = names.iter().find(is_bad).copied();
        if let Some(name) = bad {
            let what = format!("arithmetic with `{name}`, which may run commands");
            self.part_at(Class::Obfuscated, Risk::High, what, span);
        }
        // `a=1` within sets a variable.
        if text.contains('=') || text.contains("++") || text.contains("--") {
            for name in names {
                self.set(name, Value::Number);
                if is_dangerous_name(name) {
                    let what = format!("sets `{name}`, which changes what later commands do");
                    self.part_at(Class::Obfuscated, Risk::High, what, span);
                }
            }
        }
    }

    /// Commands in a text that is no word of its own: a default, a pattern, an index.
    fn inside(&mut self, text: &str, span: Span) {
        if !text.contains(['$', '`', '<']) {
            return;
        }
        let Ok(pieces) = word::parse(text, &ParserOptions::default()) else {
            return self.part_at(Class::Obfuscated, Risk::High, "an expansion that cannot be taken apart", span);
        };
        let mut bits = Vec::new();
        self.pieces(&pieces, true, span, &mut bits);
    }

    /// Texts within an expansion. Which quotes count there depends on what is around it: where there are any, and where commands
    /// could stand in it, nobody knows what the shell makes of it.
    fn operands(&mut self, expression: &ParameterExpr, span: Span) {
        use ParameterExpr as E;
        let (texts, is_pattern) = match expression {
            E::UseDefaultValues { default_value: text, .. }
            | E::AssignDefaultValues { default_value: text, .. }
            | E::UseAlternativeValue { alternative_value: text, .. } => (vec![text.as_deref()], false),
            E::IndicateErrorIfNullOrUnset { error_message: text, .. } => (vec![text.as_deref()], true),
            E::RemoveSmallestSuffixPattern { pattern, .. }
            | E::RemoveLargestSuffixPattern { pattern, .. }
            | E::RemoveSmallestPrefixPattern { pattern, .. }
            | E::RemoveLargestPrefixPattern { pattern, .. }
            | E::UppercaseFirstChar { pattern, .. }
            | E::UppercasePattern { pattern, .. }
            | E::LowercaseFirstChar { pattern, .. }
            | E::LowercasePattern { pattern, .. } => (vec![pattern.as_deref()], true),
            E::ReplaceSubstring { pattern, replacement, .. } => (vec![Some(&**pattern), replacement.as_deref()], true),
            E::Substring { offset, length, .. } => {
                self.arithmetic(&offset.value, span);
                if let Some(length) = length {
                    self.arithmetic(&length.value, span);
                }
                return;
            }
            _ => return,
        };
        for text in texts.into_iter().flatten() {
            let has_command = ["$(", "`", "<(", ">("].iter().any(|mark| text.contains(mark));
            let has_quotes = text.contains(['\'', '"', '\\']);
            if has_command || (has_quotes && !is_pattern) || (has_quotes && text.contains('$')) {
                let what = "quotes or commands within an expansion, which cannot be understood";
                self.part_at(Class::Obfuscated, Risk::High, what, span);
                self.inside(text, span);
            }
        }
    }

    /// Whether the folder is where it was at the beginning.
    fn knows_folder(&self) -> bool {
        !(self.is_strict && self.names.has_moved)
    }

    fn parameter(&mut self, expression: &ParameterExpr, is_quoted: bool, span: Span, bits: &mut Vec<Bit>) {
        use ParameterExpr as E;
        let unknown = |taint, list: bool| Bit::Unknown { is_quoted: is_quoted && !list, taint };
        let (parameter, indirect) = match expression {
            E::Parameter { parameter, indirect }
            | E::UseDefaultValues { parameter, indirect, .. }
            | E::AssignDefaultValues { parameter, indirect, .. }
            | E::IndicateErrorIfNullOrUnset { parameter, indirect, .. }
            | E::UseAlternativeValue { parameter, indirect, .. }
            | E::ParameterLength { parameter, indirect }
            | E::RemoveSmallestSuffixPattern { parameter, indirect, .. }
            | E::RemoveLargestSuffixPattern { parameter, indirect, .. }
            | E::RemoveSmallestPrefixPattern { parameter, indirect, .. }
            | E::RemoveLargestPrefixPattern { parameter, indirect, .. }
            | E::Substring { parameter, indirect, .. }
            | E::Transform { parameter, indirect, .. }
            | E::UppercaseFirstChar { parameter, indirect, .. }
            | E::UppercasePattern { parameter, indirect, .. }
            | E::LowercaseFirstChar { parameter, indirect, .. }
            | E::LowercasePattern { parameter, indirect, .. }
            | E::ReplaceSubstring { parameter, indirect, .. } => (parameter, *indirect),
            E::VariableNames { .. } | E::MemberKeys { .. } => return bits.push(unknown(Taint::NONE, true)),
        };
        if indirect {
            self.part_at(Class::Obfuscated, Risk::High, "a variable that names another one", span);
            return bits.push(unknown(Taint::NONE, is_list(parameter)));
        }
        self.operands(expression, span);
        if let Parameter::NamedWithIndex { index, .. } = parameter {
            if !index.chars().all(|c| c.is_ascii_digit()) {
                self.part_at(Class::Obfuscated, Risk::High, "an index that may run commands", span);
                self.inside(index, span);
            }
            return bits.push(unknown(self.taint_of(parameter), is_list(parameter)));
        }
        let value = self.value_of(parameter);
        let taint = self.taint_of(parameter);
        if let (Some((Value::OneOf(pattern), _)), E::Parameter { .. }) = (&value, expression) {
            return one_of(pattern, is_quoted, bits);
        }
        let known = match &value {
            // Of an array without an index the first.
            Some((Value::Words(words), is_maybe)) => Some((words.first().cloned().unwrap_or_default(), *is_maybe)),
            _ => None,
        };
        if let (Parameter::NamedWithAllIndices { concatenate, .. }, Some((Value::Words(words), is_maybe))) =
            (parameter, &value)
            && (words.len() != 1 || !matches!(expression, E::Parameter { .. }))
        {
            let is_plain = matches!(expression, E::Parameter { .. }) && (!concatenate || !is_quoted);
            // An empty list is no word, whatever quotes are around it.
            if !is_plain || words.is_empty() {
                return bits.push(Bit::Unknown { is_quoted: false, taint });
            }
            for (n, word) in words.iter().enumerate() {
                if n > 0 {
                    bits.push(Bit::Border);
                }
                self.expanded(word, is_quoted, taint, *is_maybe, bits);
            }
            return;
        }
        match expression {
            E::Parameter { .. } if matches!(value, Some((Value::Number, false))) => {
                bits.push(Bit::Unknown { is_quoted: true, taint: Taint::NONE });
            }
            E::Parameter { .. } => match known {
                Some((text, is_maybe)) => self.expanded(&text, is_quoted, taint, is_maybe, bits),
                // A list is as many words as it has, also in quotes.
                None => bits.push(Bit::Unknown { is_quoted: is_quoted && !is_list(parameter), taint }),
            },
            E::ParameterLength { .. } => bits.push(Bit::Unknown { is_quoted: true, taint: Taint::NONE }),
            E::UseDefaultValues { default_value, test_type, .. } => {
                let default = default_value.as_deref().unwrap_or_default();
                // Which of both it is, and whether it is there at all, only a certain value tells.
                if self.is_strict && known.as_ref().is_none_or(|(text, is_maybe)| text.is_empty() || *is_maybe) {
                    self.inside(default, span);
                    return bits.push(unknown(taint, is_list(parameter)));
                }
                let is_used = known
                    .as_ref()
                    .is_some_and(|(text, _)| text.is_empty() && matches!(test_type, ParameterTestType::UnsetOrNull));
                match known {
                    Some((text, is_maybe)) if !is_used => {
                        self.inside(default, span);
                        self.expanded(&text, is_quoted, taint, is_maybe, bits);
                    }
                    // What the environment holds is not known; the worst is what is written here.
                    _ => {
                        let is_unset = value.is_none();
                        let arg = self.value(default, span);
                        if arg.is_unknown {
                            bits.push(unknown(taint.or(arg.taint), is_list(parameter)));
                        } else {
                            self.expanded(&arg.text, is_quoted, taint.or(arg.taint), is_unset || arg.is_maybe, bits);
                        }
                    }
                }
            }
            E::AssignDefaultValues { default_value, parameter, .. } => {
                let arg = self.value(default_value.as_deref().unwrap_or_default(), span);
                match known.filter(|(text, is_maybe)| !text.is_empty() && !is_maybe) {
                    Some((text, is_maybe)) => self.expanded(&text, is_quoted, taint, is_maybe, bits),
                    None => {
                        if let Parameter::Named(name) = parameter {
                            self.assigned(name, &arg, span);
                            self.shell.doubt([name.clone()]);
                        }
                        if arg.is_unknown {
                            bits.push(unknown(taint.or(arg.taint), is_list(parameter)));
                        } else {
                            self.expanded(&arg.text, is_quoted, taint.or(arg.taint), true, bits);
                        }
                    }
                }
            }
            E::IndicateErrorIfNullOrUnset { error_message, .. } => {
                self.inside(error_message.as_deref().unwrap_or_default(), span);
                match known {
                    Some((text, is_maybe)) => self.expanded(&text, is_quoted, taint, is_maybe, bits),
                    // It is something: what comes behind it is not alone.
                    None => {
                        bits.push(unknown(taint, is_list(parameter)));
                        bits.push(Bit::Text {
                            text: GUARDED.into(),
                            is_quoted: true,
                            taint: Taint::NONE,
                            is_maybe: true,
                        });
                    }
                }
            }
            E::UseAlternativeValue { alternative_value, .. } => {
                let arg = self.value(alternative_value.as_deref().unwrap_or_default(), span);
                if arg.is_unknown {
                    bits.push(unknown(arg.taint, is_list(parameter)));
                } else {
                    self.expanded(&arg.text, is_quoted, arg.taint, true, bits);
                }
            }
            E::Transform { .. } => {
                self.part_at(Class::Obfuscated, Risk::High, "an expansion that may run what a variable holds", span);
                bits.push(unknown(taint, is_list(parameter)));
            }
            other => {
                let inner = match other {
                    E::RemoveSmallestSuffixPattern { pattern, .. }
                    | E::RemoveLargestSuffixPattern { pattern, .. }
                    | E::RemoveSmallestPrefixPattern { pattern, .. }
                    | E::RemoveLargestPrefixPattern { pattern, .. }
                    | E::UppercaseFirstChar { pattern, .. }
                    | E::UppercasePattern { pattern, .. }
                    | E::LowercaseFirstChar { pattern, .. }
                    | E::LowercasePattern { pattern, .. } => vec![pattern.clone().unwrap_or_default()],
                    E::ReplaceSubstring { pattern, replacement, .. } => {
                        vec![pattern.clone(), replacement.clone().unwrap_or_default()]
                    }
                    E::Substring { offset, length, .. } => {
                        self.arithmetic(&offset.value, span);
                        if let Some(length) = length {
                            self.arithmetic(&length.value, span);
                        }
                        Vec::new()
                    }
                    _ => Vec::new(),
                };
                for text in inner {
                    self.inside(&text, span);
                }
                match known.and_then(|(text, is_maybe)| Some((changed(other, &text)?, is_maybe))) {
                    Some((text, is_maybe)) => self.expanded(&text, is_quoted, taint, is_maybe, bits),
                    None => bits.push(unknown(taint, is_list(parameter))),
                }
            }
        }
    }

    /// What is known of a parameter's value, and whether it may be another.
    fn value_of(&self, parameter: &Parameter) -> Option<(Value, bool)> {
        let (Parameter::Named(name) | Parameter::NamedWithAllIndices { name, .. }) = parameter else {
            let is_number = matches!(parameter, Parameter::Special(special)
                if !matches!(special, SpecialParameter::AllPositionalParameters { .. }
                    | SpecialParameter::ShellName | SpecialParameter::CurrentOptionFlags
                    | SpecialParameter::LastBackgroundProcessId));
            return Some((if is_number { Value::Number } else { Value::Unknown(Taint::NONE) }, false));
        };
        if self.is_strict && self.names.is_number(name) {
            // One that may not have been set yet is no word at all.
            let known = self.shell.variables.get(name)?;
            return Some((Value::Number, !known.is_set));
        }
        if self.is_strict && (self.names.is_uncertain(name) || is_shells_own(name)) {
            return Some((Value::Unknown(self.taint_of(parameter)), false));
        }
        if let Some(variable) = self.shell.variables.get(name) {
            let is_maybe = if variable.value == Value::Number { !variable.is_set } else { variable.is_maybe };
            return Some((variable.value.clone(), is_maybe));
        }
        let word = |text: String| Some((Value::Words(vec![text]), false));
        match name.as_str() {
            "HOME" if !(self.is_strict && self.names.is_given("HOME")) => word(self.place.home.display().to_string()),
            "USER" | "LOGNAME" if !(self.is_strict && self.names.is_given(name)) => word(self.place.user.clone()),
            _ if self.is_strict && self.names.is_given(name) => None,
            "PWD" => self.shell.folder.clone().filter(|_| self.knows_folder()).and_then(word),
            "OLDPWD" => self.shell.folder_before.clone().filter(|_| self.knows_folder()).and_then(word),
            "IFS" if !self.shell.has_own_ifs => word(" \t\n".into()),
            _ => None,
        }
    }

    fn taint_of(&self, parameter: &Parameter) -> Taint {
        let (Parameter::Named(name)
        | Parameter::NamedWithIndex { name, .. }
        | Parameter::NamedWithAllIndices { name, .. }) = parameter
        else {
            return Taint::NONE;
        };
        match self.shell.variables.get(name).map(|v| &v.value) {
            Some(Value::Unknown(taint)) => *taint,
            Some(Value::Words(_) | Value::OneOf(_) | Value::Number) => Taint::NONE,
            None => Taint { secret: is_secret_name(name), ..Taint::NONE },
        }
    }

    /// A known value in its place: split where it stands outside quotes.
    fn expanded(&self, text: &str, is_quoted: bool, taint: Taint, is_maybe: bool, bits: &mut Vec<Bit>) {
        let one = |text: &str| Bit::Text { text: text.to_owned(), is_quoted, taint, is_maybe };
        // It may be another one, or none; and a backslash in a pattern quotes what is behind it.
        if self.is_strict && (is_maybe || (!is_quoted && text.contains('\\'))) {
            bits.push(Bit::Unknown { is_quoted, taint });
        }
        if is_quoted {
            return bits.push(one(text));
        }
        if self.shell.has_own_ifs {
            return bits.push(Bit::Unknown { is_quoted, taint });
        }
        let is_blank = |c: char| matches!(c, ' ' | '\t' | '\n');
        let mut is_first = true;
        if text.starts_with(is_blank) {
            bits.push(Bit::Border);
        }
        for word in text.split(is_blank).filter(|word| !word.is_empty()) {
            if !std::mem::take(&mut is_first) {
                bits.push(Bit::Border);
            }
            bits.push(one(word));
        }
        if text.ends_with(is_blank) && !text.trim_matches(is_blank).is_empty() {
            bits.push(Bit::Border);
        }
    }
}

/// Whether the parser has left something in a text that the shell expands.
fn is_left_over(text: &str) -> bool {
    let is_sign = |c: char| c.is_ascii_alphanumeric() || "_{([@*#?!$-".contains(c);
    text.contains('`') || text.match_indices('$').any(|(at, _)| text[at + 1..].starts_with(is_sign))
}

/// `"$@"`, `"${a[@]}"`: any number of words, although they stand in quotes.
fn is_list(parameter: &Parameter) -> bool {
    matches!(
        parameter,
        Parameter::NamedWithAllIndices { concatenate: false, .. }
            | Parameter::Special(SpecialParameter::AllPositionalParameters { concatenate: false })
    )
}

/// Stands for the something of `${x:?}`: a name that is nobody's.
const GUARDED: &str = "\u{fffd}";

/// Puts words together. `is_word`: also when there is nothing in it.
fn assemble(bits: Vec<Bit>, span: Span, is_word: bool) -> Vec<Arg> {
    let mut all = Vec::new();
    let mut arg = Arg { span, ..Arg::default() };
    let (mut has_any, mut is_open, mut has_bracket) = (is_word, false, false);
    for bit in bits {
        match bit {
            Bit::Text { text, is_quoted, taint, is_maybe } => {
                has_any |= !text.is_empty();
                is_open |= !text.is_empty() || is_quoted;
                arg.is_glob |= !is_quoted
                    && (text.contains(['*', '?']) || text.contains("@(") || text.contains("+(") || text.contains("!("));
                has_bracket |= !is_quoted && text.contains('[');
                // A set has its end; `[` alone is a program.
                arg.is_glob |= has_bracket && text.contains(']');
                let is_pattern = !is_quoted && text.contains(['*', '?', '[', ']', '(']);
                arg.is_single &= !is_pattern;
                arg.is_maybe |= is_maybe;
                arg.taint = arg.taint.or(taint);
                if !arg.is_unknown {
                    arg.known += text.len();
                }
                arg.text.push_str(&text);
            }
            Bit::Unknown { is_quoted, taint } => {
                has_any = true;
                is_open = true;
                arg.is_unknown = true;
                arg.is_many |= !is_quoted;
                arg.taint = arg.taint.or(taint);
            }
            Bit::OneOf(pattern) => {
                has_any = true;
                is_open = true;
                arg.is_single = !arg.is_glob;
                arg.is_glob = true;
                arg.text.push_str(&pattern);
            }
            Bit::Border => {
                has_bracket = false;
                if is_open {
                    all.push(std::mem::replace(&mut arg, Arg { span, ..Arg::default() }));
                }
                is_open = false;
            }
        }
    }
    if is_open || (all.is_empty() && has_any) {
        all.push(arg);
    }
    // The last one that is kept stands for all that are not.
    if all.len() > MOST_WORDS {
        all.truncate(MOST_WORDS);
        if let Some(last) = all.last_mut() {
            (last.is_unknown, last.is_many, last.known) = (true, true, 0);
        }
    }
    all
}

/// `echo` or `printf` with letters and blanks alone: it prints what stands there.
fn is_plain_echo(text: &str) -> bool {
    let words = text.trim().strip_prefix("echo ").or_else(|| text.trim().strip_prefix("printf "));
    words.is_some_and(|words| {
        !words.starts_with('-') && words.chars().all(|c| c.is_ascii_alphanumeric() || " ./_,:=-".contains(c))
    })
}

/// The name of a file that a pattern stands for. Outside quotes a blank in it makes more words, of which each is a name without a
/// folder, or begins with a dash; where folders are patterns as well, a blank in one makes anything of the rest.
fn one_of(pattern: &str, is_quoted: bool, bits: &mut Vec<Bit>) {
    bits.push(Bit::OneOf(pattern.to_owned()));
    // Outside quotes a name with blanks is several words, of which one may be any file.
    if !is_quoted {
        bits.push(Bit::Unknown { is_quoted, taint: Taint::NONE });
    }
}
