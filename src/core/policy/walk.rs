//! Goes through a parsed command as bash would, and gathers what it does: every simple command with its real words, every
//! redirection, every command inside a word, and what flows from one to the next. The one visitor of the syntax tree. A kind of
//! node that is not handled here is asked for.

use super::arg::{Arg, Stdin, Taint};
use super::facts::Facts;
use super::names::Names;
use super::places::{self, Workplace};
use super::shell::{Shell, Value};
use super::verdict::{Access, Class, Decoded, Part, Risk, Span, Touched};
use brush_parser::ast::{
    AndOr, AndOrList, AssignmentName, AssignmentValue, Command, CommandPrefixOrSuffixItem, CompoundList, FunctionBody,
    Pipeline, Program, SeparatorOperator, SimpleCommand,
};
use brush_parser::{Parser, ParserOptions, SourceSpan};
use std::collections::BTreeMap;
use std::io::Cursor;
use std::path::Path;
use std::rc::Rc;

/// Scripts within scripts: `bash -c` in `$(…)` in a here-document. Nobody reads deeper.
pub(super) const DEEPEST: usize = 8;
/// Bytes of a script that is written and run in one command.
const MOST_WRITTEN: usize = 64 * 1024;
/// Things that one command does. Those found so far count; the rest is asked for.
const MOST_PARTS: usize = 2_000;

/// What a command prints, as far as it is known.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Flow {
    pub taint: Taint,
    pub text: Option<String>,
}

impl Flow {
    pub fn of(taint: Taint) -> Flow {
        Flow { taint, text: None }
    }

    fn into_stdin(self) -> Stdin {
        match self.text {
            Some(text) if self.taint == Taint::NONE => Stdin::Text(text),
            _ => Stdin::Flow(self.taint),
        }
    }
}

pub struct Walk<'a> {
    pub facts: &'a dyn Facts,
    pub place: &'a Workplace,
    pub shell: Shell,
    pub parts: Vec<Part>,
    pub decoded: Vec<Decoded>,
    /// The walk on which a yes is founded: what is not certain whatever the order is unknown. The other one finds the worst.
    pub is_strict: bool,
    /// What the walk before has gathered, and what this one gathers.
    pub names: Rc<Names>,
    pub gathered: Names,
    /// A secret was read or shown; something was sent.
    pub has_secret: Option<Span>,
    pub has_sender: Option<Span>,
    /// What was written into files on the way, and what came of files that were read since a program began.
    written: BTreeMap<String, Flow>,
    pub(super) read: Taint,
    /// Functions that are being gone through.
    pub(super) calls: Vec<Rc<FunctionBody>>,
    depth: usize,
    /// Of the simple command that is judged now.
    pub(super) argv: Vec<String>,
    is_exact: bool,
    span: Span,
    paths: Vec<Touched>,
    /// Where bytes of each character of the text begin that is gone through now; its place in the whole command if it is a
    /// part of a word.
    pub(super) starts: Vec<usize>,
    within: Option<Span>,
    /// That text.
    pub(super) source: Rc<str>,
}

impl<'a> Walk<'a> {
    pub fn new(facts: &'a dyn Facts, place: &'a Workplace, folder: Option<String>) -> Walk<'a> {
        Walk {
            facts,
            place,
            shell: Shell::new(folder),
            parts: Vec::new(),
            decoded: Vec::new(),
            is_strict: false,
            names: Rc::default(),
            gathered: Names::default(),
            has_secret: None,
            has_sender: None,
            written: BTreeMap::new(),
            read: Taint::NONE,
            calls: Vec::new(),
            depth: 0,
            argv: Vec::new(),
            is_exact: true,
            span: Span::default(),
            paths: Vec::new(),
            starts: Vec::new(),
            within: None,
            source: Rc::from(""),
        }
    }

    // -------------------------------------------------------------------------------------------------- what is found

    /// Something that the command at hand does.
    pub fn part(&mut self, class: Class, risk: Risk, what: impl Into<String>) {
        let span = self.span;
        self.part_at(class, risk, what, span);
    }

    /// Something that stands there.
    pub fn part_at(&mut self, class: Class, risk: Risk, what: impl Into<String>, span: Span) {
        // What is critical is kept, however many there are.
        if self.parts.len() >= MOST_PARTS && risk < Risk::Critical {
            return;
        }
        let part = Part {
            class,
            risk,
            what: what.into(),
            span,
            argv: self.argv.clone(),
            is_exact: self.is_exact,
            paths: self.paths.clone(),
        };
        if !self.parts.contains(&part) {
            self.parts.push(part);
        }
    }

    /// Of what is found meanwhile only what is critical counts: where it is not sure that it runs, or as it stands there.
    pub fn only_critical(&mut self, run: impl FnOnce(&mut Self)) {
        let before = self.parts.len();
        run(self);
        let found = self.parts.split_off(before);
        self.parts.extend(found.into_iter().filter(|part| part.risk == Risk::Critical));
    }

    /// A variable has this value from here on.
    pub fn set(&mut self, name: &str, value: Value) {
        self.gathered.give(name, &value);
        self.shell.set(name, value);
    }

    /// The name of the program at hand, for words.
    pub fn name(&self) -> String {
        self.argv.first().cloned().unwrap_or_default()
    }

    pub fn span(&self) -> Span {
        self.span
    }

    pub fn secret_shown(&mut self, span: Span) {
        self.has_secret.get_or_insert(span);
        self.part_at(Class::Exfiltration, Risk::High, "shows a secret", span);
    }

    /// Text that is printed or compared.
    pub fn show(&mut self, arg: &Arg) {
        if arg.taint.secret {
            self.secret_shown(arg.span);
        }
        // A pattern is the names of files.
        if arg.is_glob && arg.text.contains('/') {
            self.look_at_name(arg);
        }
    }

    /// A file that is not read, but of which is told whether it is there.
    pub fn look_at_name(&mut self, arg: &Arg) {
        self.look_for_parent(arg);
        self.follow(arg);
        let Some(path) = self.path(&arg.text) else { return };
        let judged = places::judge(&path, Access::Read, arg.is_glob, self.place, self.facts);
        if judged.risk > Risk::Low || judged.class != Class::Read {
            self.part_at(judged.class, judged.risk, format!("looks for {}", judged.what), arg.span);
        }
    }

    /// A word of which it is not known what it is for: a secret or a path of the supervisor in it counts.
    pub fn look(&mut self, arg: &Arg) {
        self.show(arg);
        for text in [Some(&*arg.text), arg.text.split_once('=').map(|(_, value)| value), arg.text.strip_prefix('@')]
            .into_iter()
            .flatten()
        {
            let Some(path) = self.path(text) else { continue };
            let judged = places::judge(&path, Access::Read, arg.is_glob, self.place, self.facts);
            if judged.class == Class::Exfiltration || judged.risk == Risk::Critical {
                self.has_secret.get_or_insert(arg.span);
                self.paths.push(Touched { path, access: Access::Read });
                self.part_at(judged.class, judged.risk, format!("names {}", judged.what), arg.span);
            }
        }
    }

    /// A pattern of two or more characters that begins with a dot is the folder above as well, before bash 5.2.
    fn look_for_parent(&mut self, arg: &Arg) {
        let is_parent = |part: &str| part.strip_prefix('.').is_some_and(|rest| rest.starts_with(['*', '?', '[']));
        // With brackets it may be, where these are more than letters.
        if arg.is_glob && arg.text.split('/').any(|part| is_parent(part) || part.contains("(.")) {
            self.part_at(Class::Read, Risk::High, "a pattern that may be the folder above", arg.span);
        }
    }

    /// The operand of a test whether a file is there.
    pub fn ask_for_name(&mut self, arg: &Arg) {
        if (arg.is_unknown || arg.is_many || arg.is_maybe) && !arg.is_pipe {
            self.part_at(Class::Read, Risk::High, "looks for a file whose name is not known before", arg.span);
        }
        self.look_at_name(arg);
    }

    /// A pattern for names of files that are read: one for secrets counts as their name.
    pub fn look_pattern(&mut self, arg: &Arg) {
        let is_glob = arg.is_glob || arg.text.contains(['*', '?', '[']);
        let text = arg.text.trim_start_matches('!').to_owned();
        let all = super::letters::alternatives(&text);
        // A pattern of a program of its own: a dot in front is a character as any other.
        if all.as_ref().is_none_or(|all| all.iter().any(|one| places::is_secret_pattern(one))) {
            self.has_secret.get_or_insert(arg.span);
            self.part_at(Class::Exfiltration, Risk::High, "a pattern for files that hold secrets", arg.span);
        }
        self.look(&Arg { is_glob, text, ..arg.clone() });
    }

    /// Whether a pattern or a name is one of secrets.
    pub fn is_secret_pattern(&self, arg: &Arg) -> bool {
        places::is_secret_pattern(&arg.text)
    }

    /// Where links decide what a path is: `..` behind one is not what stands there, and a pattern takes one for a name.
    fn follow(&mut self, arg: &Arg) {
        // What is below an open folder is anywhere.
        let number = arg.text.strip_prefix("/dev/fd/");
        if number.is_some_and(|number| !number.bytes().all(|b| b.is_ascii_digit())) {
            self.part_at(Class::Read, Risk::High, "a path through an open file", arg.span);
        }
        let Some(path) = self.path(&arg.text) else { return };
        if arg.text.contains("/..") {
            let folder = if places::is_absolute(&arg.text) { Some("/".into()) } else { self.shell.folder.clone() };
            let real = folder.and_then(|folder| self.facts.real(Path::new(&folder)));
            let step = |at: std::path::PathBuf, part: &str| match part {
                "" | "." => Some(at),
                ".." => Some(at.parent().map_or_else(|| at.clone(), Path::to_owned)),
                part => self.facts.real(&at.join(part)),
            };
            let really = real.and_then(|at| arg.text.split('/').try_fold(at, step));
            if really != self.facts.real(Path::new(&path)) {
                self.part_at(Class::Read, Risk::High, "a path that leads elsewhere than it says", arg.span);
            }
        }
        if arg.is_glob {
            let parts: Vec<&str> = path.split('/').collect();
            let is_pattern = |part: &&str| part.contains(['*', '?', '[', '(']);
            let at = parts.iter().position(is_pattern).unwrap_or(parts.len());
            let (folder, depth) = (parts[..at].join("/"), parts.len().saturating_sub(at + 1));
            self.looks_through(&folder, depth, arg.span);
        }
    }

    /// Files of a folder are read with those that links in it stand for.
    pub fn looks_through(&mut self, folder: &str, depth: usize, span: Span) {
        let is_inside = Path::new(folder).starts_with(&self.place.workspace);
        if is_inside && self.facts.leads_out(Path::new(folder), depth, &self.place.workspace) {
            self.part_at(Class::Read, Risk::High, "follows links, of which one leads out of the workspace", span);
        }
    }

    /// A file that is read, written, deleted or run.
    pub fn touch(&mut self, arg: &Arg, access: Access) {
        if arg.is_pipe {
            return;
        }
        self.show(arg);
        self.look_for_parent(arg);
        self.follow(arg);
        if arg.text == "-" && access == Access::Read {
            return;
        }
        if (arg.is_unknown || arg.is_maybe) && arg.text.is_empty() || arg.is_many {
            let (class, what) = match access {
                Access::Read => (Class::Read, "reads a file whose name is not known before"),
                Access::Write => (Class::Write, "writes a file whose name is not known before"),
                Access::Delete => (Class::Destructive, "deletes what is not known before"),
                Access::Run => (Class::Obfuscated, "runs a program that is not known before"),
            };
            self.part_at(class, Risk::High, what, arg.span);
            if arg.text.is_empty() {
                return;
            }
        }
        let Some(path) = self.path(&arg.text) else {
            self.part_at(
                Class::Read,
                Risk::High,
                format!("`{}`, in a folder that is not known before", arg.text),
                arg.span,
            );
            return;
        };
        let mut judged = places::judge(&path, access, arg.is_glob, self.place, self.facts);
        // Where it may be instead.
        for folder in self.shell.other_folders.iter().filter(|_| !places::is_absolute(&arg.text)) {
            let other = places::joined(folder, &arg.text);
            let other = places::judge(&other, access, arg.is_glob, self.place, self.facts);
            if (other.risk, other.class) > (judged.risk, judged.class) {
                judged = other;
            }
        }
        self.paths.push(Touched { path: path.clone(), access });
        match access {
            Access::Read => self.read = self.read.or(self.taint_of_file(arg)),
            Access::Run => self.runs_what_was_written(&path, arg.span),
            Access::Write | Access::Delete => {}
        }
        let verb = match access {
            Access::Read => "reads",
            Access::Write => "writes",
            Access::Delete => "deletes",
            Access::Run => "runs",
        };
        if judged.class == Class::Exfiltration {
            self.has_secret.get_or_insert(arg.span);
        }
        // What is partly unknown is not where its beginning says.
        let risk = if (arg.is_unknown || arg.is_maybe) && judged.risk < Risk::High { Risk::High } else { judged.risk };
        if risk > Risk::Low || judged.class != Class::Read {
            self.part_at(judged.class, risk, format!("{verb} {}", judged.what), arg.span);
        }
    }

    /// A command has put this into a file.
    pub fn wrote(&mut self, path: String, flow: &Flow) {
        // Whichever way was taken, and whether this came on top of it or in its place: everything that was in it counts.
        let before = self.written.remove(&path).unwrap_or_default();
        let text = [before.text, flow.text.clone()].into_iter().flatten().collect::<String>();
        let taint = before.taint.or(flow.taint);
        let text = Some(text).filter(|text| !text.is_empty() && text.len() <= MOST_WRITTEN);
        self.written.insert(path, Flow { taint, text });
    }

    /// Where the content of a file comes from, if it was written on the way.
    pub fn taint_of_file(&self, arg: &Arg) -> Taint {
        let written = self.path(&arg.text).and_then(|path| self.written.get(&path));
        written.map_or(Taint::NONE, |flow| Taint { names: false, ..flow.taint })
    }

    /// A file is run that was written on the way: by what is in it.
    pub fn runs_what_was_written(&mut self, path: &str, span: Span) {
        let Some(flow) = self.written.get(path).cloned() else { return };
        super::builtins::tainted_run(self, flow.taint, "file");
        if let Some(text) = flow.text {
            self.only_critical(|walk| {
                walk.other_shell(&text, span, Stdin::Inherited);
            });
        }
    }

    /// An absolute path; `None` where the folder is not known.
    pub fn path(&self, text: &str) -> Option<String> {
        if places::is_absolute(text) {
            return Some(places::joined("/", text));
        }
        self.shell.folder.as_ref().map(|folder| places::joined(folder, text))
    }

    /// The words of what follows are these.
    pub fn begin(&mut self, argv: &[Arg], span: Span) {
        self.argv = argv.iter().map(|arg| arg.text.clone()).collect();
        self.is_exact = argv.iter().all(|arg| arg.exact().is_some());
        self.span = span;
        self.paths.clear();
    }

    /// Files that the command at hand writes.
    pub fn paths_written(&self) -> Vec<String> {
        let written = self.paths.iter().filter(|touched| touched.access == Access::Write);
        written.map(|touched| touched.path.clone()).collect()
    }

    pub fn take_paths(&mut self) -> Vec<Touched> {
        std::mem::take(&mut self.paths)
    }

    pub fn put_paths(&mut self, paths: Vec<Touched>) {
        self.paths = paths;
    }

    // -------------------------------------------------------------------------------------------------------- scripts

    /// A script in a shell of its own: a subshell's, `bash -c`'s. Gives what it prints; what it sets is gone.
    pub fn other_shell(&mut self, text: &str, span: Span, stdin: Stdin) -> Flow {
        let shell = self.shell.clone();
        let flow = self.script(text, Some(span), stdin);
        self.shell = shell;
        flow
    }

    /// A script in the shell at hand.
    pub fn script(&mut self, text: &str, within: Option<Span>, stdin: Stdin) -> Flow {
        let span = within.unwrap_or(Span { from: 0, to: text.len() });
        if self.depth >= DEEPEST {
            self.part_at(Class::Obfuscated, Risk::High, "scripts in scripts, deeper than anybody reads", span);
            return Flow::default();
        }
        if let Some(refused) = super::scan::structure(text) {
            self.part_at(Class::Obfuscated, Risk::High, refused, span);
            return Flow::default();
        }
        self.gathered.has_lines |= text.trim_end().contains('\n');
        if let Some(what) = super::scan::ambiguities(text) {
            self.part_at(Class::Obfuscated, Risk::High, what, span);
        }
        let parsed = Parser::new(Cursor::new(text.as_bytes()), &ParserOptions::default()).parse_program();
        let Ok(program) = parsed else {
            self.part_at(Class::Obfuscated, Risk::High, "a text that is no command that could be understood", span);
            return Flow::default();
        };
        let starts: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
        let outer = (std::mem::replace(&mut self.starts, starts), std::mem::replace(&mut self.within, within));
        let source = std::mem::replace(&mut self.source, Rc::from(text));
        let saved = (self.argv.clone(), self.is_exact, self.span, std::mem::take(&mut self.paths));
        self.depth += 1;
        let flow = self.program(&program, stdin);
        self.depth -= 1;
        (self.starts, self.within) = outer;
        self.source = source;
        (self.argv, self.is_exact, self.span, self.paths) = saved;
        flow
    }

    /// Bytes of the whole command.
    pub fn span_of(&self, loc: Option<&SourceSpan>) -> Span {
        if let Some(within) = self.within {
            return within;
        }
        let at = |index: usize| self.starts.get(index).or(self.starts.last()).copied().unwrap_or_default();
        loc.map_or(self.span, |loc| Span { from: at(loc.start.index), to: at(loc.end.index) })
    }

    fn program(&mut self, program: &Program, stdin: Stdin) -> Flow {
        let mut flow = Flow::default();
        let mut count = 0;
        for list in &program.complete_commands {
            let next = self.list(list, stdin.clone());
            count += list.0.len();
            flow = joined(flow, next, count > 1);
        }
        flow
    }

    pub(super) fn list(&mut self, list: &CompoundList, stdin: Stdin) -> Flow {
        let mut flow = Flow::default();
        for (index, item) in list.0.iter().enumerate() {
            let is_async = matches!(item.1, SeparatorOperator::Async);
            let shell = is_async.then(|| self.shell.clone());
            let next = self.and_or(&item.0, stdin.clone());
            if let Some(shell) = shell {
                self.shell = shell;
            }
            flow = joined(flow, next, index > 0);
        }
        flow
    }

    fn and_or(&mut self, list: &AndOrList, stdin: Stdin) -> Flow {
        let mut flow = self.pipeline(&list.first, stdin.clone());
        if list.additional.is_empty() {
            return flow;
        }
        let after_first = (self.shell.variables.clone(), self.shell.folder.clone());
        let mut others = Vec::new();
        let mut is_certain = true;
        for next in &list.additional {
            let (pipeline, is_or) = match next {
                AndOr::And(pipeline) => (pipeline, false),
                AndOr::Or(pipeline) => (pipeline, true),
            };
            // Behind `&&` the one before was done: what it has set is set, and where it went it is. Behind `||` it may be.
            is_certain &= !is_or;
            if is_certain {
                others.append(&mut self.shell.other_folders);
            }
            let was_within = self.shell.is_within;
            let folder = self.shell.folder.clone();
            self.shell.is_within |= is_or;
            let more = self.pipeline(pipeline, stdin.clone());
            self.shell.is_within = was_within;
            if is_or && self.shell.folder != folder {
                self.shell.folder = None;
            }
            flow = joined(flow, more, true);
        }
        // What comes behind the list does so whether it went through to its end or not.
        self.shell.other_folders.append(&mut others);
        if self.shell.folder != after_first.1 {
            self.shell.other_folders.extend(after_first.1);
        }
        for (name, variable) in &mut self.shell.variables {
            let before = after_first.0.get(name);
            variable.is_maybe |= before != Some(variable);
            variable.is_set &= before.is_some_and(|before| before.is_set);
        }
        flow
    }

    fn pipeline(&mut self, pipeline: &Pipeline, stdin: Stdin) -> Flow {
        if let [only] = pipeline.seq.as_slice() {
            return self.command(only, stdin);
        }
        let mut stdin = stdin;
        let mut flow = Flow::default();
        for command in &pipeline.seq {
            // Each runs in a subshell.
            let shell = self.shell.clone();
            flow = self.command(command, stdin);
            self.shell = shell;
            stdin = if self.is_strict { Stdin::Flow(flow.taint) } else { flow.clone().into_stdin() };
        }
        flow
    }

    pub(super) fn command(&mut self, command: &Command, stdin: Stdin) -> Flow {
        if self.parts.len() >= MOST_PARTS {
            self.part(Class::Obfuscated, Risk::High, "more commands than anybody reads");
            return Flow::default();
        }
        match command {
            Command::Simple(simple) => self.simple(simple, stdin),
            Command::Compound(compound, redirects) => {
                let mut streams = self.redirects(redirects.iter().flat_map(|list| list.0.iter()), stdin);
                let stdin = std::mem::take(&mut streams.stdin);
                // A redirection that fails keeps all of it from running.
                let has_redirects = redirects.as_ref().is_some_and(|list| !list.0.is_empty());
                let flow = if has_redirects {
                    self.within(|walk| walk.compound(compound, stdin))
                } else {
                    self.compound(compound, stdin)
                };
                streams.end(self, flow)
            }
            Command::Function(function) => {
                self.define(function);
                Flow::default()
            }
            Command::ExtendedTest(test, redirects) => {
                self.redirects(redirects.iter().flat_map(|list| list.0.iter()), stdin);
                let span = self.span_of(Some(&test.loc));
                self.begin(&[Arg::literal("[[", span)], span);
                let before = self.parts.len();
                self.extended_test(&test.expr);
                if self.parts.len() == before {
                    self.part(Class::Read, Risk::Low, "compares");
                }
                Flow::of(Taint::NONE)
            }
        }
    }

    // ------------------------------------------------------------------------------------------------ simple commands

    fn simple(&mut self, simple: &SimpleCommand, stdin: Stdin) -> Flow {
        let span = self.span_of_simple(simple);
        self.begin(&[], span);
        let (mut words, mut redirects, mut assignments) = (Vec::new(), Vec::new(), Vec::new());
        let prefix = simple.prefix.iter().flat_map(|prefix| &prefix.0);
        let suffix = simple.suffix.iter().flat_map(|suffix| &suffix.0);
        for item in prefix {
            match item {
                CommandPrefixOrSuffixItem::IoRedirect(redirect) => redirects.push(redirect),
                CommandPrefixOrSuffixItem::AssignmentWord(assignment, _) => assignments.push(assignment),
                CommandPrefixOrSuffixItem::Word(word) => words.extend(self.word(word)),
                CommandPrefixOrSuffixItem::ProcessSubstitution(_, inner) => words.push(self.process(inner, span)),
            }
        }
        if let Some(word) = &simple.word_or_name {
            words.extend(self.word(word));
        }
        for item in suffix {
            match item {
                CommandPrefixOrSuffixItem::IoRedirect(redirect) => redirects.push(redirect),
                // `export a=b`, and `dd if=x`: a word, whose value does not split.
                CommandPrefixOrSuffixItem::AssignmentWord(_, word) => words.extend(self.word(word)),
                CommandPrefixOrSuffixItem::Word(word) => words.extend(self.word(word)),
                CommandPrefixOrSuffixItem::ProcessSubstitution(_, inner) => words.push(self.process(inner, span)),
            }
        }
        let is_null = |redirect: &&brush_parser::ast::IoRedirect| redirect.to_string().contains("/dev/null");
        let is_file = |redirect: &&brush_parser::ast::IoRedirect| {
            let text = redirect.to_string();
            !is_null(redirect) && !text.contains("<<") && !text.contains("&1") && !text.contains("&2")
        };
        let has_files = redirects.iter().any(is_file);
        let mut streams = self.redirects(redirects, stdin);
        let stdin = std::mem::take(&mut streams.stdin);
        self.begin(&words, span);
        if words.is_empty() {
            // `$(<file)` is what is in it.
            let read = if assignments.is_empty() { stdin.taint() } else { Taint::NONE };
            for assignment in assignments {
                self.assign(assignment, span);
            }
            if self.parts.is_empty() {
                self.part(Class::Read, Risk::Low, "sets variables of the shell");
            }
            return Flow::of(read);
        }
        let sets = ["cd", "pushd", "popd", "declare", "typeset", "readonly", "export", "local", "unset"];
        if has_files
            && words[0].exact().is_some_and(|name| sets.contains(&name) || name == "builtin" || name == "command")
        {
            self.part(Class::Obfuscated, Risk::High, "a redirection that may keep a name or the folder as it was");
        }
        let before = self.shell.clone();
        let is_read = words[0].exact() == Some("read");
        let had_own_ifs = self.shell.has_own_ifs;
        for assignment in &assignments {
            // How `read` splits is its own affair: nothing else sees it.
            if is_read && matches!(&assignment.name, AssignmentName::VariableName(name) if name == "IFS") {
                if let AssignmentValue::Scalar(word) = &assignment.value {
                    self.value(&word.value, span);
                }
                continue;
            }
            // The parser takes what is glued to its bracket for the program.
            if matches!(assignment.value, AssignmentValue::Array(_)) {
                self.part(Class::Obfuscated, Risk::High, "a list in front of a program, which no program is given");
            }
            self.environment(assignment, span);
        }
        let flow = self.run(&words, stdin, span);
        self.shell.has_own_ifs = had_own_ifs;
        // What stood in front of it is as it was; what the command itself has set stays.
        for assignment in &assignments {
            let (AssignmentName::VariableName(name) | AssignmentName::ArrayElementName(name, _)) = &assignment.name;
            match before.variables.get(name) {
                Some(variable) => drop(self.shell.variables.insert(name.clone(), variable.clone())),
                None => drop(self.shell.variables.remove(name)),
            }
        }
        streams.end(self, flow)
    }

    fn span_of_simple(&self, simple: &SimpleCommand) -> Span {
        let mut all: Vec<Span> = Vec::new();
        let mut add = |loc: Option<&SourceSpan>| {
            if loc.is_some() {
                all.push(self.span_of(loc));
            }
        };
        add(simple.word_or_name.as_ref().and_then(|word| word.loc.as_ref()));
        let items = simple.prefix.iter().flat_map(|p| &p.0).chain(simple.suffix.iter().flat_map(|s| &s.0));
        for item in items {
            if let CommandPrefixOrSuffixItem::Word(word) | CommandPrefixOrSuffixItem::AssignmentWord(_, word) = item {
                add(word.loc.as_ref());
            }
        }
        let from = all.iter().map(|span| span.from).min();
        let to = all.iter().map(|span| span.to).max();
        match (from, to) {
            (Some(from), Some(to)) => Span { from, to },
            _ => self.within.unwrap_or(self.span),
        }
    }

    /// `<(…)`: what is in it is judged, what it gives is a pipe.
    pub fn process(&mut self, inner: &brush_parser::ast::SubshellCommand, span: Span) -> Arg {
        let shell = self.shell.clone();
        let flow = self.list(&inner.list, Stdin::Inherited);
        self.shell = shell;
        self.span = span;
        Arg {
            is_pipe: true,
            taint: Taint { secret: false, ..flow.taint },
            text: "/dev/fd/63".into(),
            span,
            ..Arg::default()
        }
    }
}

/// What two commands print, one behind the other.
pub(super) fn joined(a: Flow, b: Flow, has_before: bool) -> Flow {
    if !has_before {
        return b;
    }
    let text = match (a.text, b.text) {
        (Some(a), Some(b)) => Some(a + &b),
        _ => None,
    };
    Flow { taint: a.taint.or(b.taint), text }
}
