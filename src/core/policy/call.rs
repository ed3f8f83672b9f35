//! A simple command with its real words: who runs it, and by what it is judged. Part of the walk. A program that is known
//! nowhere is asked for.

use super::arg::{Arg, Stdin, Taint};
use super::programs::{self, Judge};
use super::verdict::{Access, Class, Risk, Span};
use super::walk::{Flow, Walk};

/// Folders whose programs are the system's.
const SYSTEM: [&str; 6] = ["/usr/bin", "/bin", "/usr/sbin", "/sbin", "/usr/local/bin", "/usr/local/sbin"];

/// A call as a program's judge sees it.
pub struct Call<'a> {
    /// Without a folder.
    pub name: &'a str,
    /// Behind the name.
    pub args: &'a [Arg],
    pub stdin: Stdin,
    pub span: Span,
}

impl Call<'_> {
    /// Whether one of the words is this, exactly.
    pub fn has(&self, word: &str) -> bool {
        self.args.iter().any(|arg| arg.text == word)
    }

    pub fn has_any(&self, words: &[&str]) -> bool {
        self.args.iter().any(|arg| words.contains(&&*arg.text))
    }

    /// Words that are no options, without a look at which options take values.
    pub fn plain(&self) -> impl Iterator<Item = &Arg> {
        self.args.iter().filter(|arg| !arg.text.starts_with('-'))
    }

    /// Whether a letter stands among the short options.
    pub fn has_letter(&self, letter: char) -> bool {
        self.args
            .iter()
            .any(|arg| arg.text.starts_with('-') && !arg.text.starts_with("--") && arg.text.contains(letter))
    }
}

impl Walk<'_> {
    /// Judges a command by its words; gives what it prints.
    pub fn run(&mut self, words: &[Arg], stdin: Stdin, span: Span) -> Flow {
        let Some((first, args)) = words.split_first() else { return Flow::default() };
        self.begin(words, span);
        let Some(program) = first.exact() else {
            for arg in words {
                self.look(arg);
            }
            self.part(Class::Obfuscated, Risk::High, "runs a program that is not known before");
            // The worst that it may be.
            let worst = first.text.clone();
            if !first.is_unknown && !first.is_glob && !worst.is_empty() {
                let mut words = words.to_vec();
                words[0] = Arg::literal(worst, first.span);
                return self.run(&words, stdin, span);
            }
            return Flow::of(stdin.taint());
        };
        if program.is_empty() {
            self.part(Class::Obfuscated, Risk::High, "runs a program without a name");
            return Flow::default();
        }
        if !program.is_ascii() {
            self.part(Class::Obfuscated, Risk::High, format!("runs `{program}`, whose name looks like another one's"));
            return Flow::default();
        }
        if !program.contains('/')
            && let Some(flow) = self.call(program, args, stdin.clone())
        {
            return flow;
        }
        let name = match program.rsplit_once('/') {
            None => program,
            Some((folder, name)) => {
                let folder = self.path(if folder.is_empty() { "/" } else { folder });
                let is_system = program.starts_with('/') && folder.is_some_and(|folder| SYSTEM.contains(&&*folder));
                if !is_system {
                    self.touch(first, Access::Run);
                }
                name
            }
        };
        if !program.contains('/')
            && let Some(found) = self.facts.program(program)
        {
            let in_system = ["/usr", "/bin", "/sbin", "/lib"].iter().any(|root| found.starts_with(root));
            if !in_system && programs::find(name).is_some_and(|judge| matches!(judge, Judge::Table(_))) {
                self.part(Class::Build, Risk::High, format!("runs `{}`, which is not the system's", found.display()));
            }
        }
        let before = self.parts.len();
        let call = Call { name, args, stdin, span };
        let flow = match programs::find(name).filter(|_| !programs::is_question(&call)) {
            None if programs::is_question(&call) => Flow::of(Taint::NONE),
            Some(Judge::Table(table)) => {
                if super::table::judge(self, table, args) {
                    // It passes on what it reads.
                    let is_plain = name == "cat" && args.iter().all(|arg| arg.text == "-");
                    let secret = self.parts[before..].iter().any(|part| part.class == Class::Exfiltration);
                    match &call.stdin {
                        Stdin::Text(text) if is_plain => Flow { taint: Taint::NONE, text: Some(text.clone()) },
                        stdin => Flow::of(Taint { secret, ..stdin.taint() }),
                    }
                } else {
                    Flow::of(call.stdin.taint())
                }
            }
            Some(Judge::Function(judge)) => judge(self, &call),
            None => {
                for arg in args {
                    self.look(arg);
                }
                self.part(Class::Build, Risk::High, format!("runs `{name}`, of which it is not known what it does"));
                Flow::of(call.stdin.taint())
            }
        };
        self.begin_again(words, span);
        if self.parts.len() == before {
            self.part(Class::Read, Risk::Low, format!("runs `{name}`, which only reads"));
        }
        flow
    }

    /// The words of a command that called another one meanwhile; what it touched stays.
    fn begin_again(&mut self, words: &[Arg], span: Span) {
        let paths = self.take_paths();
        self.begin(words, span);
        self.put_paths(paths);
    }
}
