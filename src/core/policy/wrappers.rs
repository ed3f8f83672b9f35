//! Programs that run another one: their own options are taken off by exact tables, and what is behind is judged as if it stood
//! alone. An option that is not in a table: nobody knows where the program begins, so that is asked for.

use super::arg::{Arg, Stdin};
use super::call::Call;
use super::verdict::{Access, Class, Risk};
use super::walk::{Flow, Walk};

/// The options of a wrapper.
struct Wrapper {
    name: &'static str,
    /// Without a value: letters, and whole names.
    flags: &'static [&'static str],
    /// With a value, behind it or attached.
    values: &'static [&'static str],
    /// Words before the program: a time, a file.
    words: usize,
}

const WRAPPERS: &[Wrapper] = &[
    Wrapper { name: "time", flags: &["-p", "-v", "--verbose", "--portability"], values: &["-f", "--format"], words: 0 },
    Wrapper { name: "nice", flags: &[], values: &["-n", "--adjustment"], words: 0 },
    Wrapper { name: "ionice", flags: &["-t"], values: &["-c", "-n", "--class", "--classdata"], words: 0 },
    Wrapper { name: "chrt", flags: &["-b", "-i", "-o", "-f", "-r"], values: &[], words: 1 },
    Wrapper { name: "taskset", flags: &["-c"], values: &[], words: 1 },
    Wrapper {
        name: "timeout",
        flags: &["--foreground", "--preserve-status", "-v", "--verbose", "-f", "-p"],
        values: &["-k", "-s", "--kill-after", "--signal"],
        words: 1,
    },
    Wrapper { name: "nohup", flags: &[], values: &[], words: 0 },
    Wrapper { name: "setsid", flags: &["-c", "-f", "-w", "--ctty", "--fork", "--wait"], values: &[], words: 0 },
    Wrapper { name: "stdbuf", flags: &[], values: &["-i", "-o", "-e", "--input", "--output", "--error"], words: 0 },
    Wrapper { name: "unbuffer", flags: &["-p"], values: &[], words: 0 },
    Wrapper { name: "catchsegv", flags: &[], values: &[], words: 0 },
    Wrapper { name: "busybox", flags: &[], values: &[], words: 0 },
    Wrapper { name: "toybox", flags: &[], values: &[], words: 0 },
];

pub fn find(name: &str) -> Option<fn(&mut Walk, &Call) -> Flow> {
    if WRAPPERS.iter().any(|wrapper| wrapper.name == name) {
        return Some(wrapped);
    }
    Some(match name {
        "env" => env,
        "sudo" | "doas" | "su" | "runuser" | "pkexec" | "run0" | "gosu" | "su-exec" | "sudoedit" => other_user,
        "xargs" => xargs,
        "parallel" => parallel,
        "watch" | "script" | "flock" | "entr" | "hyperfine" | "strace" | "ltrace" | "gdb" | "valgrind" | "perf"
        | "at" | "batch" | "chroot" | "unshare" | "nsenter" | "bwrap" | "firejail" | "systemd-run" | "dtach"
        | "expect" | "start-stop-daemon" | "daemonize" | "proot" | "fakeroot" | "faketime" | "dbus-run-session"
        | "xvfb-run" | "rlwrap" | "setarch" | "linux64" | "cpulimit" | "prlimit" | "choom" | "ssh-agent" | "torify"
        | "torsocks" | "proxychains" => opaque,
        _ => return None,
    })
}

/// Where the program begins; `Err`: an option that is not known.
fn begin<'a>(wrapper: &Wrapper, args: &'a [Arg]) -> Result<&'a [Arg], String> {
    let mut at = 0;
    while let Some(arg) = args.get(at) {
        let Some(text) = arg.exact() else {
            if arg.may_be_option() {
                return Err(format!("a word of `{}` that may become an option", wrapper.name));
            }
            break;
        };
        if text == "--" {
            at += 1;
            break;
        }
        if !text.starts_with('-') || text == "-" {
            break;
        }
        let is_number = wrapper.name == "nice" && text[1..].bytes().all(|b| b.is_ascii_digit());
        if wrapper.flags.contains(&text) || is_number {
            at += 1;
        } else if wrapper.values.contains(&text) {
            // One that is none or several words begins elsewhere.
            if args.get(at + 1).is_some_and(|value| value.exact().is_none()) {
                return Err(format!("the value of `{text}` of `{}`", wrapper.name));
            }
            at += 2;
        } else if wrapper.values.iter().any(|option| is_attached(option, text)) {
            at += 1;
        } else {
            return Err(format!("option `{text}` of `{}`", wrapper.name));
        }
    }
    let words = args.get(at..).unwrap_or_default().iter().take(wrapper.words);
    if words.clone().any(|word| word.is_many || word.is_glob) {
        return Err(format!("a word of `{}`", wrapper.name));
    }
    args.get(at + wrapper.words..).ok_or_else(|| format!("`{}` without a program", wrapper.name))
}

/// `-n5`, `--signal=KILL`.
fn is_attached(option: &str, text: &str) -> bool {
    match text.strip_prefix(option) {
        Some(rest) if option.starts_with("--") => rest.starts_with('='),
        Some(rest) => !rest.is_empty(),
        None => false,
    }
}

fn wrapped(walk: &mut Walk, call: &Call) -> Flow {
    let Some(wrapper) = WRAPPERS.iter().find(|wrapper| wrapper.name == call.name) else { return Flow::default() };
    match begin(wrapper, call.args) {
        Ok([]) if call.name == "time" || call.name == "nice" => Flow::default(),
        Ok(rest) => {
            if call.name == "nohup" || call.name == "setsid" {
                walk.part(Class::Build, Risk::High, "goes on by itself when its shell has ended");
            }
            walk.run_outside(rest, call.stdin.clone(), call.span)
        }
        Err(what) => unknown(walk, call, what),
    }
}

/// Where it begins is not known: it may be any of the words.
fn unknown(walk: &mut Walk, call: &Call, what: String) -> Flow {
    walk.part(Class::Obfuscated, Risk::High, format!("{what} is not known"));
    worst(walk, call);
    Flow::of(call.stdin.taint())
}

/// What would be the case if the program began at each of the words: only what is critical is kept.
fn worst(walk: &mut Walk, call: &Call) {
    for at in 0..call.args.len().min(12) {
        walk.only_critical(|walk| {
            walk.run(&call.args[at..], call.stdin.clone(), call.span);
        });
        // What was read for this is no secret that was read.
    }
    for arg in call.args {
        walk.look(arg);
    }
}

fn env(walk: &mut Walk, call: &Call) -> Flow {
    let mut at = 0;
    while let Some(arg) = call.args.get(at) {
        let text = &*arg.text;
        if arg.exact().is_none() && !text.contains('=') {
            return unknown(walk, call, "a word of `env` that may become an option".into());
        }
        match text {
            "-i" | "-" | "--ignore-environment" => at += 1,
            "-u" | "--unset" => {
                match call.args.get(at + 1).and_then(Arg::exact) {
                    Some(name) => walk.named(name),
                    None => return unknown(walk, call, "the name behind `-u` of `env`".into()),
                }
                at += 2;
            }
            "--" => {
                at += 1;
                break;
            }
            _ if text.starts_with("-u") || text.starts_with("--unset=") => at += 1,
            _ if text.starts_with("-S") || text.starts_with("--split-string") => {
                let attached = text.strip_prefix("-S").or_else(|| text.strip_prefix("--split-string="));
                let next = call.args.get(at + 1).map_or("", |next| &*next.text);
                let script = attached.filter(|script| !script.is_empty()).unwrap_or(next).to_owned();
                walk.only_critical(|walk| drop(walk.other_shell(&script, call.span, call.stdin.clone())));
                return unknown(walk, call, format!("option `{text}` of `env`"));
            }
            // `-S` splits a text into words, `-C` changes the folder.
            _ if text.starts_with('-') => return unknown(walk, call, format!("option `{text}` of `env`")),
            _ => match text.split_once('=') {
                Some((name, _)) if !name.is_empty() => {
                    if super::shell::is_harmless_name(name)
                        && (arg.exact().is_none()
                            || !super::shell::is_harmless_locale(name, arg.text.split_once('=').map_or("", |(_, v)| v)))
                    {
                        walk.part(Class::Obfuscated, Risk::High, format!("gives `{name}` a file, which programs read"));
                    }
                    let is_known = name.len() < arg.known || arg.exact().is_some();
                    let is_harmless = |(name, value): (&str, &str)| super::shell::is_harmless_value(name, value);
                    if arg.exact().and_then(|text| text.split_once('=')).is_some_and(is_harmless) {
                        at += 1;
                        continue;
                    }
                    if !is_known || super::shell::is_dangerous_name(name) || !super::shell::is_harmless_name(name) {
                        walk.part(
                            Class::Obfuscated,
                            Risk::High,
                            format!("gives `{name}` to a program, which may obey it"),
                        );
                    }
                    walk.show(arg);
                    at += 1;
                }
                _ => break,
            },
        }
    }
    let rest = call.args.get(at..).unwrap_or_default();
    if rest.is_empty() {
        walk.part(Class::Exfiltration, Risk::High, "shows every variable, tokens included");
        walk.has_secret.get_or_insert(call.span);
        return Flow::of(super::arg::Taint { secret: true, ..Default::default() });
    }
    walk.run_outside(rest, call.stdin.clone(), call.span)
}

fn other_user(walk: &mut Walk, call: &Call) -> Flow {
    let who = if call.name == "sudo" || call.name == "doas" {
        "with the rights of root or of another user"
    } else {
        "as another user"
    };
    walk.part(Class::Privilege, Risk::High, format!("acts {who}"));
    const VALUES: [&str; 16] = [
        "-u", "-g", "-h", "-p", "-C", "-D", "-R", "-T", "-U", "-r", "-t", "--user", "--group", "--host", "--prompt",
        "--chdir",
    ];
    let mut at = 0;
    while let Some(arg) = call.args.get(at) {
        let text = &*arg.text;
        if text == "--" {
            at += 1;
            break;
        }
        if matches!(text, "-c" | "--command") && matches!(call.name, "su" | "runuser") {
            if let Some(script) = call.args.get(at + 1) {
                walk.other_shell(&script.text, script.span, call.stdin.clone());
            }
            return Flow::of(call.stdin.taint());
        }
        if VALUES.contains(&text) {
            at += 2;
        } else if text.starts_with('-') || (text.contains('=') && !text.contains('/')) {
            if matches!(text, "-i" | "-s" | "--login" | "--shell" | "-e" | "--edit") && call.args.len() == at + 1 {
                super::builtins::tainted_run(walk, call.stdin.taint(), "script");
            }
            at += 1;
        } else {
            break;
        }
    }
    if matches!(call.name, "su" | "sudoedit") {
        for arg in call.args {
            if call.name == "sudoedit" {
                walk.touch(arg, Access::Write);
            } else if let Some((index, _)) = call.args.iter().enumerate().find(|(_, a)| a.text == "-c") {
                if let Some(script) = call.args.get(index + 1) {
                    walk.other_shell(&script.text, script.span, call.stdin.clone());
                }
                break;
            }
        }
        return Flow::of(call.stdin.taint());
    }
    let rest = call.args.get(at..).unwrap_or_default();
    if matches!(call.name, "gosu" | "su-exec") {
        return walk.run_outside(rest.get(1..).unwrap_or_default(), call.stdin.clone(), call.span);
    }
    if call.name == "runuser" && !call.args.iter().any(|arg| arg.text == "-u") {
        return walk.run_outside(rest.get(1..).unwrap_or_default(), call.stdin.clone(), call.span);
    }
    walk.run_outside(rest, call.stdin.clone(), call.span)
}

/// What `xargs` appends comes from its input: names that nobody knows before.
fn xargs(walk: &mut Walk, call: &Call) -> Flow {
    const FLAGS: [&str; 10] =
        ["-0", "-r", "-t", "-x", "--null", "--no-run-if-empty", "--verbose", "--exit", "-o", "--open-tty"];
    const VALUES: [&str; 14] = [
        "-n",
        "-P",
        "-L",
        "-d",
        "-s",
        "-I",
        "-E",
        "--max-args",
        "--max-procs",
        "--max-lines",
        "--delimiter",
        "--max-chars",
        "--replace",
        "-J",
    ];
    let (mut at, mut place) = (0, None);
    let (mut lines, mut is_split_by_nul, mut has_delimiter) = (false, false, false);
    while let Some(arg) = call.args.get(at) {
        let Some(text) = arg.exact() else {
            return unknown(walk, call, "a word of `xargs` that may become an option".into());
        };
        if text == "--" {
            at += 1;
            break;
        }
        if !text.starts_with('-') {
            break;
        }
        let next = call.args.get(at + 1);
        if text == "--max-lines" {
            return unknown(walk, call, "`--max-lines` of `xargs` without its number".into());
        }
        if VALUES.contains(&text) && text != "--replace" && next.is_none_or(|value| value.exact().is_none()) {
            return unknown(walk, call, format!("the value of `{text}` of `xargs`"));
        }
        // One of them cancels the other.
        lines |= ["-n", "-L", "--max-args", "--max-lines"].iter().any(|option| text.starts_with(option));
        is_split_by_nul |= text == "--null"
            || (!text.starts_with("--") && text.contains('0') && text[1..].chars().all(|c| "0rtx".contains(c)));
        has_delimiter |= text == "--null" || (!text.starts_with("--") && text.contains('0'));
        has_delimiter |= text.starts_with("-d") || text.starts_with("--delimiter") || text.starts_with("-E");
        is_split_by_nul &= !(text.starts_with("-d") || text.starts_with("--delimiter"));
        if FLAGS.contains(&text)
            || (text.len() > 2 && !text.starts_with("--") && text[1..].chars().all(|c| "0rtx".contains(c)))
        {
            at += 1;
        } else if VALUES.contains(&text) && text != "--replace" {
            if matches!(text, "-I" | "-J") {
                place = call.args.get(at + 1).map(|arg| arg.text.clone());
            }
            at += 2;
        } else if VALUES.iter().any(|option| is_attached(option, text)) {
            if let Some(word) = text.strip_prefix("-I").or_else(|| text.strip_prefix("--replace=")) {
                place = Some(word.to_owned());
            }
            at += 1;
        } else {
            return unknown(walk, call, format!("option `{text}` of `xargs`"));
        }
    }
    if place.is_some() && lines {
        return unknown(walk, call, "`xargs` with a place and with a number of words".into());
    }
    let mut words = call.args.get(at..).unwrap_or_default().to_vec();
    if words.is_empty() {
        return Flow { text: None, ..Flow::of(call.stdin.taint()) };
    }
    let taint = call.stdin.taint();
    let from_input = |arg: &Arg| Arg {
        text: place.as_ref().map(|place| arg.text.replace(&**place, "")).unwrap_or_default(),
        known: place.as_ref().and_then(|place| arg.text.find(&**place)).unwrap_or_default(),
        is_unknown: true,
        is_many: place.is_none(),
        taint,
        ..arg.clone()
    };
    // Text that is known is what it appends.
    if let (Stdin::Text(text), None) = (&call.stdin, &place) {
        words.extend(text.split_whitespace().map(|word| Arg { is_maybe: true, ..Arg::literal(word, call.span) }));
    }
    match &place {
        Some(place) => {
            for word in words.iter_mut().skip(1).filter(|word| word.text.contains(&**place)) {
                *word = from_input(word);
            }
            if words[0].text.contains(&**place) {
                words[0] = from_input(&words[0].clone());
            }
        }
        // A file of the workspace, whichever.
        None if (taint.names && is_split_by_nul) || (taint.lines && !is_split_by_nul && !has_delimiter) => {
            words.push(Arg {
                is_glob: true,
                ..Arg::literal(format!("{}/*", walk.place.workspace.display()), call.span)
            });
        }
        None if !matches!(call.stdin, Stdin::Text(_)) => {
            words.push(Arg { is_unknown: true, is_many: true, taint, span: call.span, ..Arg::default() })
        }
        None => {}
    }
    // A shell gets its script from there.
    let is_shell = super::programs::is_interpreter(&words[0].text);
    if is_shell && (words.len() == 2 || call.has("-c")) {
        super::builtins::tainted_run(walk, taint, "text");
    }
    if is_shell {
        walk.part(Class::Obfuscated, Risk::High, "runs a script for what it is given");
    }
    walk.run_outside(&words, Stdin::Inherited, call.span)
}

fn parallel(walk: &mut Walk, call: &Call) -> Flow {
    walk.part(Class::Obfuscated, Risk::High, "runs a command for each of many words");
    super::builtins::tainted_run(walk, call.stdin.taint(), "text");
    worst(walk, call);
    Flow::of(call.stdin.taint())
}

/// They run what they are given, in ways of their own.
fn opaque(walk: &mut Walk, call: &Call) -> Flow {
    walk.part(Class::Obfuscated, Risk::High, format!("`{}` runs another program", call.name));
    super::builtins::tainted_run(
        walk,
        if matches!(call.name, "at" | "batch") { call.stdin.taint() } else { Default::default() },
        "text",
    );
    if matches!(call.name, "at" | "batch") {
        walk.part(Class::Privilege, Risk::Critical, "plants a command that runs by itself later");
    }
    // A command in one word.
    for arg in call.args.iter().filter(|arg| arg.text.contains(' ')) {
        walk.only_critical(|walk| {
            walk.other_shell(&arg.text, arg.span, Stdin::Inherited);
        });
    }
    worst(walk, call);
    Flow::of(call.stdin.taint())
}
