//! Redirections: what a command reads and where what it prints goes. Part of the walk.

use super::arg::{Arg, Stdin, Taint};
use super::verdict::{Access, Class, Risk};
use super::walk::{Flow, Walk};
use brush_parser::ast::{IoFileRedirectKind, IoFileRedirectTarget, IoRedirect, ProcessSubstitutionKind};

/// Where a command reads from and prints to.
pub struct Streams {
    pub stdin: Stdin,
    /// What it prints does not go on.
    pub is_elsewhere: bool,
    /// Files that it goes to, absolute.
    pub files: Vec<String>,
}

impl Streams {
    /// What goes on of what the command has printed; the files remember the rest.
    pub fn end(self, walk: &mut Walk, flow: Flow) -> Flow {
        for file in &self.files {
            walk.wrote(file.clone(), &flow);
        }
        if self.is_elsewhere { Flow::of(Taint::NONE) } else { flow }
    }
}

impl Walk<'_> {
    /// Judges them in order.
    pub fn redirects<'r>(&mut self, redirects: impl IntoIterator<Item = &'r IoRedirect>, stdin: Stdin) -> Streams {
        let (mut stdin, mut is_elsewhere, mut files) = (stdin, false, Vec::new());
        for redirect in redirects {
            match redirect {
                IoRedirect::File(fd, kind, target) => {
                    let is_output = matches!(
                        kind,
                        IoFileRedirectKind::Write | IoFileRedirectKind::Append | IoFileRedirectKind::Clobber
                    );
                    // From another number, or a file that is written as well: what is read is not known before.
                    let is_input = match kind {
                        IoFileRedirectKind::Read | IoFileRedirectKind::DuplicateInput => fd.unwrap_or(0) == 0,
                        IoFileRedirectKind::ReadAndWrite => fd.unwrap_or(0) == 0,
                        _ => *fd == Some(0),
                    };
                    if is_input && matches!(stdin, Stdin::Text(_)) {
                        stdin = Stdin::Flow(Taint::NONE);
                    }
                    let targets = match target {
                        IoFileRedirectTarget::Filename(word) => self.word(word),
                        IoFileRedirectTarget::Fd(number) => {
                            self.known_number(*number);
                            continue;
                        }
                        IoFileRedirectTarget::ProcessSubstitution(direction, inner) => {
                            let span = self.span();
                            let pipe = self.process(inner, span);
                            if matches!(direction, ProcessSubstitutionKind::Read) {
                                stdin = Stdin::Flow(pipe.taint);
                            }
                            is_elsewhere |= is_output;
                            continue;
                        }
                        IoFileRedirectTarget::Duplicate(word) => {
                            let all = self.word(word);
                            // `2>&1`, `>&-`: a number, or none. Anything else is a file that is written.
                            let is_number = |arg: &Arg| {
                                arg.exact()
                                    .is_some_and(|text| text.trim_end_matches('-').bytes().all(|b| b.is_ascii_digit()))
                            };
                            if all.iter().all(is_number) {
                                for arg in &all {
                                    let digits = arg.text.trim_end_matches('-');
                                    self.known_number(if digits.is_empty() { 0 } else { digits.parse().unwrap_or(99) });
                                }
                                continue;
                            }
                            all
                        }
                    };
                    for target in &targets {
                        match kind {
                            IoFileRedirectKind::Read | IoFileRedirectKind::DuplicateInput => {
                                let is_secret = self.reads_secret(target);
                                self.touch(target, Access::Read);
                                if fd.unwrap_or(0) == 0 {
                                    let taint = Taint {
                                        secret: is_secret,
                                        network: target.text.starts_with("/dev/tcp/"),
                                        ..Taint::NONE
                                    };
                                    stdin = Stdin::Flow(taint.or(self.taint_of_file(target)));
                                }
                            }
                            IoFileRedirectKind::ReadAndWrite => {
                                self.touch(target, Access::Read);
                                self.touch(target, Access::Write);
                            }
                            _ => {
                                self.touch(target, Access::Write);
                                if fd.unwrap_or(1) == 1 {
                                    is_elsewhere = true;
                                    files.extend(self.path(&target.text));
                                }
                            }
                        }
                        if target.text.starts_with("/dev/tcp/") || target.text.starts_with("/dev/udp/") {
                            let span = target.span;
                            self.has_sender.get_or_insert(span);
                        }
                    }
                    if targets.len() != 1 {
                        self.part(Class::Obfuscated, Risk::High, "redirects to a file whose name is not known before");
                    }
                }
                IoRedirect::HereDocument(fd, document) => {
                    let span = self.span();
                    let before = std::mem::take(&mut stdin);
                    // Joined before anything is expanded: a command may come of it, or an earlier end.
                    if document.requires_expansion && document.doc.value.contains("\\\n") {
                        self.part(
                            Class::Obfuscated,
                            Risk::High,
                            "a here-document whose lines are joined before they are read",
                        );
                    }
                    stdin = if document.requires_expansion {
                        match self.here_document(&document.doc.value, span) {
                            Some(text) => Stdin::Text(text),
                            None => Stdin::Flow(Taint::NONE),
                        }
                    } else {
                        Stdin::Text(document.doc.value.clone())
                    };
                    // Of another number: what is read is what it was.
                    if fd.unwrap_or(0) != 0 {
                        stdin = before;
                    }
                }
                IoRedirect::HereString(fd, word) => {
                    let all = self.word(word);
                    for arg in &all {
                        self.show(arg);
                    }
                    if fd.unwrap_or(0) != 0 {
                        continue;
                    }
                    stdin = match all.as_slice() {
                        [only] if only.exact().is_some() => Stdin::Text(format!("{}\n", only.text)),
                        _ => Stdin::Flow(all.iter().fold(Taint::NONE, |taint, arg| taint.or(arg.taint))),
                    };
                }
                IoRedirect::OutputAndError(word, _) => {
                    for target in self.word(word) {
                        self.touch(&target, Access::Write);
                        files.extend(self.path(&target.text));
                        if target.text.starts_with("/dev/tcp/") || target.text.starts_with("/dev/udp/") {
                            self.has_sender.get_or_insert(target.span);
                        }
                    }
                    is_elsewhere = true;
                }
            }
        }
        Streams { stdin, is_elsewhere, files }
    }

    /// One that is not open makes the command fail, and what it would have set is not set.
    fn known_number(&mut self, number: impl Into<i64>) {
        if !(0..=2).contains(&number.into()) {
            self.part(Class::Obfuscated, Risk::High, "redirects to a number that may not be open");
        }
    }

    /// Whether a file holds secrets, by its name.
    pub fn reads_secret(&self, arg: &Arg) -> bool {
        let Some(path) = self.path(&arg.text) else { return false };
        let judged = super::places::judge(&path, Access::Read, arg.is_glob, self.place, self.facts);
        judged.class == Class::Exfiltration
    }
}
