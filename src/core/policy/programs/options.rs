//! Takes the words of programs apart that are no plain readers, and says of words what many of them need: whether they
//! lead out of the workspace, whether they are known. Used by the judges of git, of build tools, of network and cloud
//! programs. It must never swallow a word that the program may take for an option.

use crate::base::text::shell_word;
use crate::core::policy::arg::{Arg, Stdin};
use crate::core::policy::call::Call;
use crate::core::policy::places;
use crate::core::policy::verdict::{Access, Class, Risk, Span};
use crate::core::policy::walk::Walk;

/// Options that are known. What follows one that takes a value is looked at like any other word: nothing is swallowed.
pub struct Known {
    /// Letters without a value.
    pub letters: &'static str,
    /// Letters whose value may follow in the same word.
    pub values: &'static str,
    /// Whole names, with blanks between; a value behind `=` may be any text.
    pub long: &'static str,
}

/// The words that are no options; an `Err` names the one that is not known. Behind `--` everything is free if
/// `is_free_behind`; otherwise options are options there, too, since `--` may have been the value of the option before
/// it.
pub fn operands<'a>(args: &'a [Arg], known: &[&Known], is_free_behind: bool) -> Result<Vec<&'a Arg>, String> {
    let mut found = Vec::new();
    for arg in args {
        let Some(text) = arg.exact() else {
            // A pattern with a beginning cannot become an option; a pipe is a file.
            let is_file = arg.is_pipe || (arg.is_glob && !arg.is_unknown && !arg.is_maybe && !arg.may_be_option());
            if !is_file || arg.is_many {
                return Err(format!("`{}…`, which is not known before,", arg.text));
            }
            found.push(arg);
            continue;
        };
        if text == "--" {
            if is_free_behind {
                break;
            }
        } else if !text.starts_with('-') || text == "-" {
            found.push(arg);
        } else if !is_known(text, known) {
            return Err(format!("option `{text}`"));
        }
    }
    Ok(found)
}

fn is_known(text: &str, known: &[&Known]) -> bool {
    if let Some(name) = text.strip_prefix("--") {
        let name = name.split_once('=').map_or(name, |(name, _)| name);
        return known.iter().any(|known| known.long.split_ascii_whitespace().any(|long| long == name));
    }
    let short = &text[1..];
    for letter in short.chars() {
        if known.iter().any(|known| known.letters.contains(letter)) {
            continue;
        }
        return known.iter().any(|known| known.values.contains(letter));
    }
    true
}

/// Words taken apart without a list of what is known: good to find what is bad, never to find that something is
/// harmless.
pub struct Split<'a> {
    pub operands: Vec<&'a Arg>,
    /// `-x` and `--name`, with their values.
    pub options: Vec<(String, Option<Arg>)>,
}

/// How a program writes its options.
#[derive(Clone, Copy, Default)]
pub struct Style {
    /// Letters that take a value.
    pub letters: &'static str,
    /// Names that take a value in the next word, without dashes, with blanks between.
    pub long: &'static str,
    /// `-name` is `--name`.
    pub has_one_dash: bool,
    /// What follows the first operand is not this program's.
    pub ends_at_operand: bool,
}

impl Split<'_> {
    pub fn has(&self, names: &[&str]) -> bool {
        self.options.iter().any(|(name, _)| names.contains(&name.as_str()))
    }

    /// Set, and not set to `false`.
    pub fn is_on(&self, names: &[&str]) -> bool {
        let is_off = |value: &Option<Arg>| value.as_ref().is_some_and(|value| value.text == "false");
        self.options.iter().any(|(name, value)| names.contains(&name.as_str()) && !is_off(value))
    }

    pub fn values(&self, names: &[&str]) -> Vec<Arg> {
        let fits = self.options.iter().filter(|(name, _)| names.contains(&name.as_str()));
        fits.filter_map(|(_, value)| value.clone()).collect()
    }

    pub fn word(&self, index: usize) -> &str {
        self.operands.get(index).map_or("", |arg| &*arg.text)
    }
}

/// A word without its first bytes.
pub fn behind(arg: &Arg, bytes: usize) -> Arg {
    let text = arg.text.get(bytes..).unwrap_or_default().to_owned();
    Arg { known: arg.known.saturating_sub(bytes).min(text.len()), text, ..arg.clone() }
}

pub fn split<'a>(args: &'a [Arg], style: Style) -> Split<'a> {
    let mut split = Split { operands: Vec::new(), options: Vec::new() };
    let mut rest = args.iter();
    let mut is_over = false;
    while let Some(arg) = rest.next() {
        let text = &*arg.text;
        let is_option = !is_over && text.len() > 1 && text.starts_with('-');
        if !is_option {
            is_over |= style.ends_at_operand;
            split.operands.push(arg);
        } else if text == "--" {
            is_over = true;
        } else if text.starts_with("--") || style.has_one_dash {
            let name = text.trim_start_matches('-');
            match name.split_once('=') {
                Some((name, _)) => {
                    let at = text.find('=').map_or(0, |at| at + 1);
                    split.options.push((format!("--{name}"), Some(behind(arg, at))));
                }
                None if style.long.split_ascii_whitespace().any(|long| long == name) => {
                    split.options.push((format!("--{name}"), rest.next().cloned()))
                }
                None => split.options.push((format!("--{name}"), None)),
            }
        } else {
            for (at, letter) in text.char_indices().skip(1) {
                if style.letters.contains(letter) {
                    let next = at + letter.len_utf8();
                    let value = if next < text.len() { Some(behind(arg, next)) } else { rest.next().cloned() };
                    split.options.push((format!("-{letter}"), value));
                    break;
                }
                split.options.push((format!("-{letter}"), None));
            }
        }
    }
    split
}

/// A word that may be a file: says so where it is a secret or outside the workspace.
pub fn near(walk: &mut Walk, arg: &Arg) {
    if arg.is_pipe {
        return;
    }
    walk.show(arg);
    for from in [Some(0), arg.text.find('=').map(|at| at + 1)].into_iter().flatten() {
        let word = behind(arg, from);
        let Some(path) = walk.path(&word.text) else { continue };
        let judged = places::judge(&path, Access::Read, word.is_glob, walk.place, walk.facts);
        if judged.risk > Risk::Low || judged.class != Class::Read {
            walk.touch(&word, Access::Read);
        }
    }
}

/// The same for a word that may be a name of anything: only if it looks like a file.
pub fn near_file(walk: &mut Walk, arg: &Arg) {
    let text = arg.text.rsplit(['=', '@']).next().unwrap_or_default();
    let is_address =
        arg.text.contains("://") || (arg.text.contains('@') && !arg.text.contains("=@") && !arg.text.starts_with('@'));
    if text.contains(['/', '.']) && !is_address {
        near(walk, arg);
        if let Some(at) = arg.text.find('@') {
            near(walk, &behind(arg, at + 1));
        }
    } else {
        walk.show(arg);
    }
}

/// Whether the folder at hand is within the workspace; says so where it is not.
pub fn is_here(walk: &mut Walk, what: &str) -> bool {
    let folder = walk.shell.folder.clone();
    let is_inside = folder.is_some_and(|folder| {
        let judged = places::judge(&folder, Access::Read, false, walk.place, walk.facts);
        judged.risk == Risk::Low && judged.class == Class::Read
    });
    if !is_inside {
        walk.part(Class::Build, Risk::High, format!("{what} outside the workspace"));
    }
    is_inside
}

/// Words that are not known before: a person has to look at them.
pub fn doubt(walk: &mut Walk, args: &[Arg]) {
    for arg in args {
        walk.show(arg);
        if arg.exact().is_none()
            && !(arg.is_glob && !arg.is_unknown && !arg.is_maybe && !arg.may_be_option())
            && !arg.is_pipe
        {
            let what = format!("gives `{}` a word that is not known before", walk.name());
            walk.part_at(Class::Obfuscated, Risk::High, what, arg.span);
        }
    }
}

/// A script for another machine: only what no yes could be informed about counts, since paths are not this machine's.
pub fn elsewhere(walk: &mut Walk, text: &str, span: Span, stdin: Stdin) {
    let (decoded, seen) = (walk.decoded.len(), (walk.has_secret, walk.has_sender));
    walk.only_critical(|walk| drop(walk.other_shell(text, span, stdin)));
    walk.decoded.truncate(decoded);
    (walk.has_secret, walk.has_sender) = seen;
}

/// Words as the text of a script: as `ssh` joins them.
pub fn joined(args: &[&Arg]) -> String {
    args.iter().map(|arg| &*arg.text).collect::<Vec<_>>().join(" ")
}

/// Words as the text of a script that has the same words again.
pub fn quoted(args: &[&Arg]) -> String {
    args.iter().map(|arg| shell_word(&arg.text)).collect::<Vec<_>>().join(" ")
}

/// Whether a question of the program is answered already: `yes |`, `<<< y`.
pub fn is_answered(walk: &Walk, call: &Call) -> bool {
    match &call.stdin {
        Stdin::Inherited => false,
        Stdin::Text(text) => text.trim_start().to_ascii_lowercase().starts_with('y'),
        Stdin::Flow(_) => walk.parts.iter().any(|part| part.argv.first().is_some_and(|name| name == "yes")),
    }
}

/// What goes to the network: its standard input, too.
pub fn sends(walk: &mut Walk, call: &Call) {
    walk.has_sender.get_or_insert(call.span);
    if call.stdin.taint().secret {
        walk.has_secret.get_or_insert(call.span);
    }
}

/// Shows a secret of its own store.
pub fn reveals(walk: &mut Walk, call: &Call, what: &str) {
    walk.has_secret.get_or_insert(call.span);
    walk.part(Class::Exfiltration, Risk::High, what);
}

/// For the tests of the judges: a command is judged in an ordinary workspace.
#[cfg(test)]
pub mod tests {
    use crate::core::policy::{Class, Facts, Risk, Workplace, analyse};
    use std::path::{Path, PathBuf};

    /// A branch that is checked out, and nothing else.
    struct Branch(&'static str);

    impl Facts for Branch {
        fn real(&self, path: &Path) -> Option<PathBuf> {
            Some(path.to_owned())
        }
        fn is_dir(&self, _: &Path) -> bool {
            false
        }
        fn leads_out(&self, _: &Path, _: usize, _: &Path) -> bool {
            false
        }
        fn has_odd_names(&self, _: &Path) -> bool {
            false
        }
        fn branch(&self, _: &Path) -> Option<String> {
            (!self.0.is_empty()).then(|| self.0.to_owned())
        }
        fn git_runs(&self, folder: &Path) -> Option<String> {
            folder.ends_with("hostile").then(|| "core.fsmonitor names a program".to_owned())
        }
        fn program(&self, _: &str) -> Option<PathBuf> {
            None
        }
    }

    /// `allow`, `build` (a person is asked, unless builds are trusted), `ask`, `deny`.
    pub fn decision(command: &str, branch: &'static str) -> &'static str {
        let place = Workplace {
            workspace: "/home/u/proj".into(),
            home: "/home/u".into(),
            user: "u".into(),
            state: vec!["/home/u/.conductor".into()],
        };
        let parts = analyse(command, "/home/u/proj", &place, &Branch(branch)).parts;
        if parts.iter().any(|part| part.risk == Risk::Critical) {
            return "deny";
        }
        let is_read = |class: Class, risk: Risk| class == Class::Read && risk == Risk::Low;
        let is_build = |class: Class, risk: Risk| class == Class::Build && risk <= Risk::Medium;
        if parts.iter().all(|part| is_read(part.class, part.risk)) {
            "allow"
        } else if parts.iter().all(|part| is_read(part.class, part.risk) || is_build(part.class, part.risk)) {
            "build"
        } else {
            "ask"
        }
    }

    /// Lines of `decision: command`.
    pub fn check(table: &str) {
        let mut wrong = Vec::new();
        for line in table.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let Some((expected, command)) = line.split_once(": ") else { panic!("no decision in {line}") };
            let found = decision(command, "main");
            if found != expected {
                wrong.push(format!("{command}: expected {expected}, is {found}"));
            }
        }
        assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    }
}
