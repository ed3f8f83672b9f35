//! Builtins of the shell. They are judged like programs: they change what every later command means.

use super::arg::{Arg, Stdin, Taint};
use super::call::Call;
use super::places;
use super::verdict::{Access, Class, Risk};
use super::walk::{Flow, Walk};

pub fn find(name: &str) -> Option<fn(&mut Walk, &Call) -> Flow> {
    Some(match name {
        ":" | "true" | "false" => |walk, call| shown(walk, call),
        "cd" | "pushd" | "popd" => change_folder,
        "test" | "[" => test,
        "export" | "declare" | "typeset" | "local" | "readonly" | "unset" => super::naming::declare,
        "read" | "mapfile" | "readarray" | "getopts" => super::naming::read,
        "let" => arithmetic,
        "eval" => eval,
        "source" | "." => source,
        "trap" => trap,
        "type" | "hash" | "dirs" | "times" | "wait" | "jobs" | "caller" | "return" | "break" | "continue" | "shift"
        | "exit" | "logout" | "suspend" => looked_up,
        "set" | "shopt" | "enable" | "complete" | "compopt" | "bind" | "ulimit" | "umask" => changed,
        "alias" | "unalias" => changed_names,
        "history" | "fc" => history,
        "command" | "builtin" => command,
        "exec" => exec,
        _ => return None,
    })
}

fn shown(walk: &mut Walk, call: &Call) -> Flow {
    for arg in call.args {
        walk.show(arg);
    }
    Flow::of(Taint::NONE)
}

fn change_folder(walk: &mut Walk, call: &Call) -> Flow {
    let before = walk.shell.folder.clone();
    walk.gathered.has_moved = true;
    let plain: Vec<&Arg> = call.args.iter().filter(|arg| arg.text != "--").collect();
    // `-n` goes nowhere, `-P` and `-@` elsewhere than it says, `+1` to a folder of before.
    if plain.iter().any(|arg| arg.text.len() > 1 && arg.text.starts_with(['-', '+'])) {
        walk.part(Class::Obfuscated, Risk::High, "goes to a folder in a way that cannot be followed");
    }
    let target = match (call.name, plain.as_slice()) {
        ("cd", []) => Some(walk.place.home.display().to_string()),
        ("cd" | "pushd", [only]) if only.text == "-" => walk.shell.folder_before.clone(),
        ("cd" | "pushd", [only]) => only.exact().and_then(|text| walk.path(text)),
        _ => None,
    };
    // `cd src || exit`: where nobody knows whether it has worked, both folders count; the new one here, and `within` forgets it.
    match &target {
        Some(folder) => {
            let is_inside = std::path::Path::new(folder).starts_with(&walk.place.workspace);
            let real = walk.facts.real(std::path::Path::new(folder));
            let root = walk.facts.real(&walk.place.workspace).unwrap_or_else(|| walk.place.workspace.clone());
            // By a link: what is above it is not what stands there.
            let said = std::path::Path::new(folder).strip_prefix(&walk.place.workspace).map(|rest| root.join(rest));
            let is_link = is_inside && real.as_ref().is_some_and(|real| said.is_ok_and(|said| said != *real));
            if is_link {
                walk.part(Class::Obfuscated, Risk::High, format!("goes to `{folder}` through a link"));
            }
            let is_really_inside = real.is_some_and(|real| real.starts_with(&root));
            if !(is_inside && is_really_inside) {
                walk.part(Class::Read, Risk::High, format!("goes to `{folder}`, outside the workspace"));
            }
        }
        None => walk.part(Class::Obfuscated, Risk::High, "goes to a folder that is not known before"),
    }
    let is_there = target.as_ref().is_some_and(|folder| walk.facts.is_dir(std::path::Path::new(folder)));
    // It goes on from wherever it may be.
    if let [only] = plain.as_slice()
        && !places::is_absolute(&only.text)
    {
        let further: Vec<String> = walk.shell.other_folders.iter().map(|at| places::joined(at, &only.text)).collect();
        walk.shell.other_folders.extend(further);
        walk.shell.other_folders.sort();
        walk.shell.other_folders.dedup();
        if walk.shell.other_folders.len() > 32 {
            walk.part(Class::Obfuscated, Risk::High, "changes the folder more often than can be followed");
        }
    }
    if !is_there && target != before {
        walk.shell.other_folders.extend(before.clone());
    }
    walk.shell.folder_before = before;
    walk.shell.folder = target;
    Flow::of(Taint::NONE)
}

/// Between two words of a test.
const BETWEEN: [&str; 15] =
    ["=", "==", "!=", "<", ">", "-eq", "-ne", "-lt", "-le", "-gt", "-ge", "-nt", "-ot", "-ef", "=~"];

/// Whether every word of a test is what it looks like: an operator that is not known before may be `-v`, which computes.
fn is_clear(args: &[Arg]) -> bool {
    if args.iter().any(|arg| arg.is_many || (arg.is_glob && !arg.is_single)) {
        return false;
    }
    let is_exact = |at: usize| args[at].exact().is_some();
    match args {
        [] | [_] => true,
        [first, rest @ ..] if first.exact() == Some("!") => is_clear(rest),
        [_, _] => is_exact(0),
        [_, between, _] => between.exact().is_some_and(|text| BETWEEN.contains(&text)) || (is_exact(0) && is_exact(1)),
        all => all.iter().all(|arg| arg.exact().is_some()),
    }
}

fn test(walk: &mut Walk, call: &Call) -> Flow {
    let args = match call.args {
        [rest @ .., last] if call.name == "[" && last.text == "]" => rest,
        all => all,
    };
    if !is_clear(args) {
        walk.part(Class::Obfuscated, Risk::High, "a test whose words are not known before");
    }
    for (index, arg) in call.args.iter().enumerate() {
        walk.show(arg);
        let before = index.checked_sub(1).map_or("", |before| &*call.args[before].text);
        // All but those about texts, numbers, terminals and variables.
        let before_that = index.checked_sub(2).map_or("", |before| &*call.args[before].text);
        // `-a` between two tests is an and; anywhere else it asks for a file.
        let is_and = before == "-a" && !matches!(before_that, "" | "!" | "(" | "-a" | "-o");
        let is_file = before.len() == 2 && before.starts_with('-') && !"nztvRo".contains(&before[1..]) && !is_and;
        if is_file && arg.text != "]" {
            walk.ask_for_name(arg);
        }
        let behind = call.args.get(index + 1).map_or("", |behind| &*behind.text);
        let is_compared = [before, behind].iter().any(|word| matches!(*word, "-nt" | "-ot" | "-ef"));
        if is_compared {
            walk.ask_for_name(arg);
        }
        let is_index = matches!(before, "-v" | "-R");
        if is_index && (arg.text.contains('[') || arg.exact().is_none()) {
            walk.part(Class::Obfuscated, Risk::High, "an index that may run commands");
        }
    }
    Flow::of(Taint::NONE)
}

fn arithmetic(walk: &mut Walk, call: &Call) -> Flow {
    for arg in call.args {
        walk.arithmetic(&arg.text, arg.span);
        if arg.exact().is_none() || arg.text.contains('[') {
            walk.part(Class::Obfuscated, Risk::High, "arithmetic that may run commands");
        }
    }
    Flow::of(Taint::NONE)
}

fn eval(walk: &mut Walk, call: &Call) -> Flow {
    let words: Vec<&str> = call.args.iter().map(|arg| &*arg.text).collect();
    let text = words.join(" ");
    let taint = call.args.iter().fold(Taint::NONE, |taint, arg| taint.or(arg.taint));
    tainted_run(walk, taint, "text");
    let is_exact = call.args.iter().all(|arg| arg.exact().is_some());
    if !is_exact {
        walk.part(Class::Obfuscated, Risk::High, "runs a text that is not known before");
    } else if !call.args.is_empty() {
        // Nobody needs it for what could stand there itself.
        walk.part(Class::Obfuscated, Risk::High, "runs a text as a command");
    }
    // What is known of it may be bad enough. In this shell: what it sets stays set.
    walk.script(&text, Some(call.span), call.stdin.clone())
}

/// A text that somebody else wrote is run.
pub fn tainted_run(walk: &mut Walk, taint: Taint, what: &str) {
    if taint.network {
        walk.part(Class::Network, Risk::Critical, format!("runs a {what} from the network that nobody has seen"));
    }
    if taint.decoded {
        walk.part(Class::Obfuscated, Risk::Critical, format!("runs a {what} that was hidden by an encoding"));
    }
}

fn source(walk: &mut Walk, call: &Call) -> Flow {
    let Some(file) = call.args.first() else { return Flow::default() };
    if file.is_pipe {
        tainted_run(walk, file.taint, "script");
        walk.part(Class::Obfuscated, Risk::High, "runs what a command prints");
    } else if matches!(&*file.text, "/dev/stdin" | "/dev/fd/0" | "/proc/self/fd/0") {
        return super::programs::run_stdin(walk, call);
    } else {
        walk.touch(file, Access::Read);
        if let Some(path) = walk.path(&file.text) {
            walk.runs_what_was_written(&path, file.span);
        }
        walk.part(Class::Build, Risk::High, format!("runs the script `{}`", file.text));
    }
    let names: Vec<String> = walk.shell.variables.keys().cloned().collect();
    walk.shell.doubt(names);
    Flow::default()
}

fn trap(walk: &mut Walk, call: &Call) -> Flow {
    let plain: Vec<&Arg> = call.args.iter().filter(|arg| arg.text != "--").collect();
    if let [script, _, ..] = plain.as_slice() {
        walk.part(Class::Obfuscated, Risk::High, "runs something later, at a signal or at the end");
        if !script.text.starts_with('-') {
            walk.other_shell(&script.text, script.span, Stdin::Inherited);
        }
    } else if !plain.iter().all(|arg| matches!(&*arg.text, "-l" | "-p")) {
        walk.part(Class::Obfuscated, Risk::High, "changes what happens at a signal");
    }
    Flow::default()
}

fn looked_up(walk: &mut Walk, call: &Call) -> Flow {
    for arg in call.args {
        walk.show(arg);
    }
    // Letters that do no more than look; what is no letter is a name or a number.
    let letters = match call.name {
        "wait" => "fn",
        "jobs" => "lnprs",
        "type" => "tapPf",
        "hash" => "rt",
        "dirs" => "lpv",
        _ => "",
    };
    let is_plain = |arg: &Arg| match arg.exact() {
        Some(text) => text.strip_prefix('-').is_none_or(|rest| rest.chars().all(|c| letters.contains(c))),
        // A number is one, whichever.
        None => !arg.is_many && !arg.is_glob && !arg.may_be_option(),
    };
    let is_number = |arg: &Arg| arg.is_unknown && !arg.is_many && arg.text.is_empty();
    let is_fine = |arg: &Arg| is_plain(arg) || (call.name == "wait" && is_number(arg));
    if call.name == "suspend" || !call.args.iter().all(is_fine) {
        walk.part(Class::Obfuscated, Risk::High, format!("words of `{}` that are not known to be harmless", call.name));
    }
    if call.name == "jobs" && call.args.iter().any(|arg| arg.text.starts_with('-') && arg.text.contains('x')) {
        walk.part(Class::Obfuscated, Risk::High, "`jobs -x` runs a command");
        return walk.run(call.args.get(1..).unwrap_or_default(), call.stdin.clone(), call.span);
    }
    if call.name == "hash" && call.args.iter().any(|arg| arg.text.starts_with("-p")) {
        walk.part(Class::Obfuscated, Risk::High, "gives a name another program");
    }
    Flow::of(Taint::NONE)
}

fn changed(walk: &mut Walk, call: &Call) -> Flow {
    // `set -e`, `set -euo pipefail`, `set -x`: how a script stops, and what it says.
    let harmless = |arg: &Arg| match arg.exact() {
        Some("pipefail" | "errexit" | "nounset" | "--") => true,
        Some(text) => text.len() > 1 && text.starts_with(['-', '+']) && text[1..].chars().all(|c| "euo".contains(c)),
        None => false,
    };
    let is_query = call.args.is_empty() || call.args.iter().all(|arg| matches!(&*arg.text, "-p" | "-a" | "-S" | "-H"));
    match call.name {
        "set" if call.args.is_empty() => walk.secret_shown(call.span),
        "set" if call.args.iter().all(harmless) => {}
        "ulimit" | "umask" | "shopt" if is_query => {}
        "umask" | "ulimit" => {
            walk.part(Class::Write, Risk::High, format!("changes `{}` for later commands", call.name))
        }
        _ => {
            walk.part(Class::Obfuscated, Risk::High, format!("`{}` changes what later commands mean", call.name));
            for arg in call.args {
                walk.look(arg);
            }
        }
    }
    Flow::of(Taint::NONE)
}

fn changed_names(walk: &mut Walk, call: &Call) -> Flow {
    if call.args.is_empty() || call.has("-p") {
        return Flow::of(Taint::NONE);
    }
    walk.part(Class::Obfuscated, Risk::High, "gives a command another meaning");
    for arg in call.args {
        if let Some((_, value)) = arg.text.split_once('=') {
            walk.other_shell(value, arg.span, Stdin::Inherited);
        }
    }
    Flow::of(Taint::NONE)
}

fn history(walk: &mut Walk, call: &Call) -> Flow {
    let writes =
        call.args.iter().any(|arg| arg.text.starts_with('-') && arg.text.contains(['a', 'w', 's', 'c', 'd', 'n', 'r']));
    if call.name == "fc" {
        walk.part(Class::Obfuscated, Risk::High, "runs or edits commands of the history");
        return Flow::default();
    }
    if !writes {
        walk.part(Class::Exfiltration, Risk::High, "shows the history of commands");
        return Flow::default();
    }
    walk.part(Class::Write, Risk::High, "changes the history of commands");
    for (index, arg) in call.args.iter().enumerate() {
        let is_file = index > 0 && matches!(&*call.args[index - 1].text, "-a" | "-w" | "-n" | "-r");
        if is_file {
            walk.touch(arg, Access::Write);
        }
    }
    Flow::default()
}

fn command(walk: &mut Walk, call: &Call) -> Flow {
    let mut rest = call.args;
    let mut is_query = false;
    while let Some((first, more)) = rest.split_first() {
        match first.exact() {
            Some("-v" | "-V") => is_query = true,
            Some("-p" | "-pv" | "-pV") => is_query |= first.text.len() > 2,
            Some("--") => {
                rest = more;
                break;
            }
            _ => break,
        }
        rest = more;
    }
    if is_query {
        return shown(walk, call);
    }
    walk.run(rest, call.stdin.clone(), call.span)
}

fn exec(walk: &mut Walk, call: &Call) -> Flow {
    let mut rest = call.args;
    while let Some((first, more)) = rest.split_first() {
        match first.exact() {
            Some("-c" | "-l" | "-cl") => rest = more,
            Some("-a") => {
                if more.first().is_some_and(|name| name.exact().is_none()) {
                    walk.part(Class::Obfuscated, Risk::High, "a name that may be several words");
                }
                rest = more.get(1..).unwrap_or_default();
            }
            Some("--") => {
                rest = more;
                break;
            }
            _ => break,
        }
    }
    if rest.is_empty() {
        // Redirections alone: every later command writes there.
        walk.part(Class::Obfuscated, Risk::High, "redirects every later command");
        return Flow::default();
    }
    walk.run(rest, call.stdin.clone(), call.span)
}
