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
    /// The same for a command that another program runs: what it sets is not set here.
    pub fn run_outside(&mut self, words: &[Arg], stdin: Stdin, span: Span) -> Flow {
        let shell = self.shell.clone();
        let flow = self.run(words, stdin, span);
        self.shell = shell;
        flow
    }

    /// Judges a command by its words; gives what it prints.
    pub fn run(&mut self, words: &[Arg], stdin: Stdin, span: Span) -> Flow {
        let Some((first, args)) = words.split_first() else { return Flow::default() };
        self.begin(words, span);
        let Some(program) = first.exact() else {
            for arg in words {
                self.look(arg);
            }
            self.part(Class::Obfuscated, Risk::High, "runs a program that is not known before");
            // What is not known may be nothing: `r$@m -rf /`, `$SUDO rm -rf /`.
            if first.is_unknown && first.text.is_ascii() {
                let named = [Arg::literal(first.text.clone(), first.span)].into_iter().chain(args.iter().cloned());
                let words: Vec<Arg> = if first.text.is_empty() { args.to_vec() } else { named.collect() };
                self.only_critical(|walk| {
                    walk.run(&words, stdin.clone(), span);
                });
            }
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
        // What is none or several words may become an option, or the value of one. These take no options that do anything.
        if args.iter().any(|arg| arg.is_many) && !matches!(name, "echo" | ":" | "true" | "false") {
            self.part(Class::Obfuscated, Risk::High, format!("gives `{name}` words that are not known before"));
        }
        let shell = program.contains('/').then(|| self.shell.clone());
        let outer = std::mem::take(&mut self.read);
        let lines_before = stdin.taint().lines;
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
                        // A text that stands there for a reader, made into another one.
                        Stdin::Text(_) if matches!(name, "rev" | "tr" | "tac") => {
                            Flow::of(Taint { decoded: true, ..Taint::NONE })
                        }
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
        if let Some(shell) = shell {
            self.shell = shell;
        }
        self.begin_again(words, span);
        let read = self.read;
        self.read = outer.or(read);
        // A list of names is one as long as nobody has changed it.
        let is_list = matches!(name, "find" | "gfind" | "git")
            || (name == "sort" && args.iter().all(|arg| arg.exact() == Some("-z")));
        let is_fine = self.parts[before..].iter().all(|part| part.risk == Risk::Low);
        let lines = is_fine && programs::prints_names(self, &call, lines_before);
        let names = flow.taint.names && is_list;
        let flow = Flow { taint: Taint { names, lines, ..flow.taint.or(read) }, ..flow };
        self.keeps_what_it_got(name);
        if self.parts.len() == before {
            self.part(Class::Read, Risk::Low, format!("runs `{name}`, which only reads"));
        }
        flow
    }

    /// Files that a program has written by itself: with what came from the network, or out of a cipher.
    fn keeps_what_it_got(&mut self, name: &str) {
        let taint = Taint {
            network: programs::gets_files(name),
            decoded: matches!(name, "openssl" | "gpg" | "gpg2" | "age" | "sops"),
            ..Taint::NONE
        };
        if taint != Taint::NONE {
            for path in self.paths_written() {
                self.wrote(path, &Flow::of(taint));
            }
        }
    }

    /// The words of a command that called another one meanwhile; what it touched stays.
    fn begin_again(&mut self, words: &[Arg], span: Span) {
        let paths = self.take_paths();
        self.begin(words, span);
        self.put_paths(paths);
    }
}
