//! `find`: a closed list of tests; its actions are judged like the commands that they run. Asked by `call.rs`.

use super::destroy::erase;
use crate::core::policy::arg::{Arg, Stdin, Taint};
use crate::core::policy::call::Call;
use crate::core::policy::verdict::{Access, Class, Risk};
use crate::core::policy::walk::{Flow, Walk};

/// Tests and settings without a value.
const ALONE: [&str; 24] = [
    "-print",
    "-print0",
    "-ls",
    "-prune",
    "-empty",
    "-depth",
    "-daystart",
    "-follow",
    "-mount",
    "-xdev",
    "-true",
    "-false",
    "-readable",
    "-writable",
    "-executable",
    "-nouser",
    "-nogroup",
    "-quit",
    "-noleaf",
    "-warn",
    "-nowarn",
    "-ignore_readdir_race",
    "-d",
    "-help",
];
/// With a text or a number.
const TEXTS: [&str; 35] = [
    "-name",
    "-iname",
    "-path",
    "-ipath",
    "-wholename",
    "-iwholename",
    "-regex",
    "-iregex",
    "-regextype",
    "-lname",
    "-ilname",
    "-type",
    "-xtype",
    "-size",
    "-perm",
    "-mtime",
    "-mmin",
    "-atime",
    "-amin",
    "-ctime",
    "-cmin",
    "-maxdepth",
    "-mindepth",
    "-links",
    "-inum",
    "-user",
    "-group",
    "-uid",
    "-gid",
    "-fstype",
    "-printf",
    "-used",
    "-context",
    "-newermt",
    "-newerat",
];
/// With a file that is looked at.
const FILES: [&str; 5] = ["-newer", "-anewer", "-cnewer", "-samefile", "-newermm"];
const SYMBOLS: [&str; 9] = ["(", ")", "!", "-not", "-a", "-and", "-o", "-or", ","];

pub fn find(name: &str) -> Option<fn(&mut Walk, &Call) -> Flow> {
    (name == "find" || name == "gfind").then_some(judge as fn(&mut Walk, &Call) -> Flow)
}

fn judge(walk: &mut Walk, call: &Call) -> Flow {
    let mut at = 0;
    while call.args.get(at).is_some_and(|arg| {
        matches!(&*arg.text, "-L" | "-H" | "-P") || (arg.text.starts_with("-O") && arg.text.len() == 3)
    }) {
        at += 1;
    }
    let mut roots = Vec::new();
    while let Some(arg) = call.args.get(at) {
        if arg.text.starts_with('-') || SYMBOLS.contains(&&*arg.text) {
            break;
        }
        if arg.may_be_option() {
            walk.part(Class::Obfuscated, Risk::High, "a word of `find` that may become an action");
        }
        roots.push(arg.clone());
        at += 1;
    }
    if roots.is_empty() {
        roots.push(Arg::literal(".", call.span));
    }
    let follows = call.args[..at].iter().any(|arg| arg.text == "-L") || call.has("-follow");
    for root in &roots {
        walk.touch(root, Access::Read);
        if let Some(path) = walk.path(&root.text).filter(|_| follows) {
            walk.looks_through(&path, 40, root.span);
        }
    }
    // What is looked for are secrets: to list their names is one thing, to read them another.
    let mut is_secret = false;
    // A regular expression may fit secrets, however it looks.
    let mut by_pattern = false;
    while let Some(arg) = call.args.get(at) {
        at += 1;
        let Some(text) = arg.exact().or((arg.is_glob && !arg.text.starts_with(['*', '?', '['])).then_some(&*arg.text))
        else {
            walk.part(Class::Obfuscated, Risk::High, "a word of `find` that may become an action");
            continue;
        };
        if ALONE.contains(&text) || SYMBOLS.contains(&text) {
            continue;
        }
        if TEXTS.contains(&text) {
            let is_name = matches!(
                text,
                "-name" | "-iname" | "-path" | "-ipath" | "-wholename" | "-iwholename" | "-regex" | "-iregex"
            );
            let any_case = |value: &Arg| {
                let text = if text.starts_with("-i") { value.text.to_lowercase() } else { value.text.clone() };
                Arg { text, ..value.clone() }
            };
            is_secret |= is_name && call.args.get(at).is_some_and(|value| walk.is_secret_pattern(&any_case(value)));
            by_pattern |= matches!(text, "-regex" | "-iregex");
            // What is several words becomes tests and actions; a name of a file that is none of them has a dot.
            let is_one = |value: &Arg| !value.is_many && (!value.is_glob || value.text.contains('.'));
            if !call.args.get(at).is_some_and(is_one) {
                walk.part(Class::Obfuscated, Risk::High, "a word of `find` that may become an action");
            }
            at += 1;
        } else if FILES.contains(&text) {
            if let Some(file) = call.args.get(at) {
                walk.touch(file, Access::Read);
            }
            at += 1;
        } else if text == "-delete" {
            roots.iter().for_each(|root| erase(walk, root));
            walk.part(Class::Destructive, Risk::Medium, "deletes what it finds");
        } else if matches!(text, "-exec" | "-execdir" | "-ok" | "-okdir") {
            // A plus ends it behind the braces only.
            let is_end = |end: &usize| {
                let end = at + end;
                call.args[end].text == ";" || (call.args[end].text == "+" && call.args[end - 1].text == "{}")
            };
            let end = (0..call.args.len() - at).find(is_end).map_or(call.args.len(), |end| at + end);
            if matches!(text, "-execdir" | "-okdir") {
                walk.part(Class::Obfuscated, Risk::High, "runs a program in the folder of what it finds, or above");
            }
            is_secret |= by_pattern;
            // It may be the end.
            if call.args[at..end].iter().any(|arg| arg.is_unknown || arg.is_maybe || arg.is_many) {
                walk.part(Class::Obfuscated, Risk::High, "a word of `find` that may end its command");
            }
            if is_secret {
                walk.has_secret.get_or_insert(call.span);
                walk.part(Class::Exfiltration, Risk::High, "runs a program on files that hold secrets");
            }
            each(walk, call, &roots, &call.args[at..end]);
            at = end + 1;
        } else if matches!(text, "-fprint" | "-fprint0" | "-fls" | "-fprintf") {
            if let Some(file) = call.args.get(at) {
                walk.touch(file, Access::Write);
            }
            walk.part(Class::Write, Risk::Medium, "writes what it finds into a file");
            at += if text == "-fprintf" { 2 } else { 1 };
        } else {
            walk.part(Class::Obfuscated, Risk::High, format!("`{text}` of `find` is not known to be harmless"));
        }
    }
    if is_secret {
        walk.part(Class::Read, Risk::High, "looks for files that hold secrets");
    }
    // Every name begins with a root, so that none becomes an option.
    let is_list =
        call.has("-print0") && !call.has_any(&["-print", "-ls", "-printf", "-exec", "-execdir", "-ok", "-okdir"]);
    let is_inside = |root: &Arg| {
        let path = root.exact().and_then(|_| walk.path(&root.text));
        path.is_some_and(|path| std::path::Path::new(&path).starts_with(&walk.place.workspace))
    };
    let leads_out = |root: &Arg| {
        let path = walk.path(&root.text);
        path.is_none_or(|path| walk.facts.leads_out(std::path::Path::new(&path), 40, &walk.place.workspace))
    };
    let names = is_list
        && !roots.iter().any(leads_out)
        && !is_secret
        && !call.has("-L")
        && !call.has("-follow")
        && roots.iter().all(is_inside);
    let is_precious = |root: &Arg| {
        walk.path(&root.text).is_some_and(|path| crate::core::policy::places::is_precious(&path, walk.place))
    };
    let everything = roots.iter().any(is_precious);
    Flow::of(Taint { names, everything, ..Taint::NONE })
}

/// A command for each file that is found: the file lies below one of the roots.
fn each(walk: &mut Walk, call: &Call, roots: &[Arg], words: &[Arg]) {
    for root in roots {
        // A file below the root, whose name is not known; for what reads, the root stands for it.
        let found = |arg: &Arg| {
            let text = arg.text.replace("{}", &root.text);
            let is_glob = arg.text.contains("{}");
            Arg { known: text.len(), text, is_glob, ..arg.clone() }
        };
        let is_removal = words.first().is_some_and(|word| matches!(&*word.text, "rm" | "shred" | "unlink" | "srm"));
        if is_removal {
            erase(walk, root);
        }
        // Names of links are found, and what they lead to is read.
        if let Some(path) = walk.path(&root.text) {
            walk.looks_through(&path, 40, root.span);
        }
        let named = words.first().is_some_and(|word| word.text.contains("{}"));
        if named {
            walk.part(Class::Obfuscated, Risk::High, "runs what it finds");
        }
        // Names may hold anything: a shell would run what stands in them.
        let in_script = words.iter().skip(1).any(|word| word.text.contains("{}") && word.text != "{}");
        let is_shell = words.first().is_some_and(|word| super::is_interpreter(&word.text));
        if in_script && is_shell {
            walk.part(Class::Obfuscated, Risk::High, "puts names of files into a script");
        }
        if is_shell {
            walk.part(Class::Obfuscated, Risk::High, "runs a script for what it finds");
        }
        let words: Vec<Arg> = words.iter().map(found).collect();
        walk.run_outside(&words, Stdin::Inherited, call.span);
    }
}
