//! Interpreters: shells whose script can be judged, and languages whose text is not. Nothing that comes from the network or out
//! of an encoding may reach one.

use crate::core::policy::arg::{Arg, Stdin, Taint};
use crate::core::policy::builtins::tainted_run;
use crate::core::policy::call::Call;
use crate::core::policy::verdict::{Access, Class, Risk};
use crate::core::policy::walk::{Flow, Walk};

const SHELLS: [&str; 12] = ["sh", "bash", "dash", "zsh", "ksh", "mksh", "ash", "rbash", "fish", "csh", "tcsh", "pwsh"];
const LANGUAGES: [&str; 26] = [
    "python",
    "python2",
    "python3",
    "pypy",
    "pypy3",
    "perl",
    "ruby",
    "irb",
    "node",
    "nodejs",
    "deno",
    "bun",
    "php",
    "lua",
    "luajit",
    "tclsh",
    "wish",
    "guile",
    "racket",
    "Rscript",
    "R",
    "julia",
    "groovy",
    "osascript",
    "ts-node",
    "tsx",
];

pub fn find(name: &str) -> Option<fn(&mut Walk, &Call) -> Flow> {
    if SHELLS.contains(&name) {
        return Some(shell);
    }
    if LANGUAGES.contains(&name) || is_versioned(name) {
        return Some(language);
    }
    match name {
        "vim" | "vi" | "nvim" | "ex" | "view" | "emacs" | "nano" | "ed" | "less" | "more" | "most" | "man" | "info"
        | "pico" | "micro" | "helix" | "hx" | "code" | "subl" | "gedit" => Some(editor),
        _ => None,
    }
}

/// `python3.12`, `perl5.36`.
fn is_versioned(name: &str) -> bool {
    let stem = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    stem != name && LANGUAGES.contains(&stem)
}

/// Whether a program runs what it reads.
pub fn is_interpreter(name: &str) -> bool {
    let name = name.rsplit('/').next().unwrap_or(name);
    SHELLS.contains(&name) || LANGUAGES.contains(&name) || is_versioned(name)
}

/// What a shell reads from its input is run.
pub fn run_stdin(walk: &mut Walk, call: &Call) -> Flow {
    match &call.stdin {
        Stdin::Text(text) => {
            let text = text.clone();
            let flow = walk.other_shell(&text, call.span, Stdin::Inherited);
            Flow { text: None, ..flow }
        }
        Stdin::Flow(taint) => {
            tainted_run(walk, *taint, "script");
            walk.part(Class::Obfuscated, Risk::High, format!("`{}` runs what it is given", call.name));
            Flow::of(*taint)
        }
        Stdin::Inherited => {
            walk.part(Class::Obfuscated, Risk::High, format!("`{}` runs what it is given", call.name));
            Flow::default()
        }
    }
}

fn shell(walk: &mut Walk, call: &Call) -> Flow {
    if call.args.len() == 1 && call.has("--version") {
        return Flow::of(Taint::NONE);
    }
    let is_bash = matches!(call.name, "sh" | "bash" | "dash" | "ksh" | "mksh" | "ash" | "rbash");
    let (mut at, mut has_script, mut is_plain, mut is_stdin) = (0, false, is_bash, false);
    while let Some(arg) = call.args.get(at) {
        let text = &*arg.text;
        if arg.exact().is_none() && arg.may_be_option() && !arg.is_pipe {
            walk.part(Class::Obfuscated, Risk::High, format!("a word of `{}` that may become an option", call.name));
            break;
        }
        match text {
            "--" => {
                at += 1;
                break;
            }
            "-" => {
                is_stdin = true;
                at += 1;
                break;
            }
            "--noprofile" | "--norc" | "--posix" | "--no-rcs" | "-f" if !(text == "-f" && is_bash) => at += 1,
            "-o" | "+o" | "-O" | "+O" => {
                is_plain &= call
                    .args
                    .get(at + 1)
                    .is_some_and(|arg| matches!(&*arg.text, "pipefail" | "errexit" | "nounset" | "xtrace"));
                at += 2;
            }
            "--init-file" | "--rcfile" => {
                is_plain = false;
                if let Some(file) = call.args.get(at + 1) {
                    tainted_run(walk, file.taint, "script");
                    walk.touch(file, Access::Read);
                }
                at += 2;
            }
            _ if text.starts_with("--") => {
                is_plain = false;
                at += 1;
            }
            _ if text.len() > 1 && (text.starts_with('-') || text.starts_with('+')) => {
                let letters = &text[1..];
                has_script |= letters.contains('c');
                is_stdin |= letters.contains('s');
                // A login or interactive shell reads files first; `-i` with a connection is a reverse shell, which is seen there.
                is_plain &= letters.chars().all(|c| "ceuxlsnv".contains(c));
                at += 1;
            }
            _ => break,
        }
    }
    let rest = call.args.get(at..).unwrap_or_default();
    let is_connected =
        walk.parts.iter().any(|part| part.class == Class::Network && part.what.contains("connection to the network"));
    if is_connected && call.args.iter().any(|arg| arg.text.starts_with('-') && arg.text.contains('i')) {
        walk.part(Class::Network, Risk::Critical, "gives a shell to whoever is at the other end of a connection");
    }
    if has_script {
        let Some((script, more)) = rest.split_first() else { return Flow::default() };
        tainted_run(walk, script.taint, "text");
        if script.exact().is_none() {
            walk.part(Class::Obfuscated, Risk::High, "runs a text that is not known before");
        }
        if !is_plain {
            walk.part(
                Class::Obfuscated,
                Risk::High,
                format!("`{}` with options or a language that are not judged", call.name),
            );
        }
        for arg in more {
            walk.look(arg);
        }
        if !more.is_empty() {
            walk.shell.variables.retain(|_, _| true);
        }
        let flow = walk.other_shell(&script.text, script.span, call.stdin.clone());
        return Flow { taint: flow.taint.or(script.taint), text: flow.text };
    }
    match rest.first() {
        Some(file) if !is_stdin => {
            if file.is_pipe {
                tainted_run(walk, file.taint, "script");
                walk.part(Class::Obfuscated, Risk::High, "runs what a command prints");
            } else if matches!(&*file.text, "/dev/stdin" | "/dev/fd/0" | "/proc/self/fd/0") {
                return run_stdin(walk, call);
            } else if is_bash && rest.len() == 1 && call.args[0].exact() == Some("-n") && at == 1 {
                // Only parsed.
                walk.touch(file, Access::Read);
            } else {
                walk.touch(file, Access::Run);
                for arg in &rest[1..] {
                    walk.look(arg);
                }
            }
            Flow::of(call.stdin.taint())
        }
        _ if is_bash && call.args.len() == 1 && call.args[0].exact() == Some("-n") => Flow::default(),
        _ => run_stdin(walk, call),
    }
}

fn language(walk: &mut Walk, call: &Call) -> Flow {
    let is_version = |arg: &Arg| match arg.exact() {
        Some("--version" | "-V" | "--help" | "-h") => true,
        Some("-v") => matches!(call.name, "node" | "nodejs" | "ruby" | "perl" | "php" | "lua" | "luajit"),
        _ => false,
    };
    // A proxy in another folder is seen in `call.rs`; these themselves obey nothing for this.
    // Others take the word for something else, and run what they are given.
    let is_own = call.name.starts_with("py")
        || matches!(call.name, "perl" | "ruby" | "node" | "nodejs" | "php" | "lua" | "luajit" | "guile" | "irb");
    if is_own && call.args.len() == 1 && is_version(&call.args[0]) && !call.args[0].text.is_empty() {
        return Flow::of(Taint::NONE);
    }
    // `python3 -m pytest` is how a project is tested.
    if let [first, module, rest @ ..] = call.args
        && call.name.starts_with("py")
        && first.text == "-m"
        && let Some(module) = module.exact()
    {
        let known = [
            "pytest", "unittest", "mypy", "ruff", "black", "flake8", "pylint", "tox", "nox", "coverage", "isort",
            "pip", "build",
        ];
        if known.contains(&module) {
            let name =
                if module == "unittest" || module == "coverage" || module == "build" { "pytest" } else { module };
            let words: Vec<Arg> = std::iter::once(Arg::literal(name, call.span)).chain(rest.iter().cloned()).collect();
            if matches!(module, "unittest" | "coverage" | "build" | "pylint") {
                walk.part(Class::Build, Risk::Medium, "runs code of the project");
                for arg in rest {
                    walk.look(arg);
                }
                return Flow::of(call.stdin.taint());
            }
            return walk.run(&words, call.stdin.clone(), call.span);
        }
    }
    let inline = ["-c", "-e", "-E", "-r", "--eval", "-p", "--print", "-pe", "-ne", "-lane", "-ane", "-i", "-pi"];
    let mut has_script = false;
    for (index, arg) in call.args.iter().enumerate() {
        walk.look(arg);
        let is_inline = inline.contains(&&*arg.text)
            || (arg.text.starts_with('-')
                && !arg.text.starts_with("--")
                && arg.text.len() < 8
                && arg.text.contains(['e', 'c']));
        if is_inline && let Some(code) = call.args.get(index + 1) {
            tainted_run(walk, code.taint, "program");
            has_script = true;
            code_of(walk, code);
        }
    }
    if has_script {
        walk.part(Class::Obfuscated, Risk::High, format!("runs a {} program that is not judged", call.name));
        return Flow::of(call.stdin.taint());
    }
    let file = call.args.iter().find(|arg| !arg.text.starts_with('-') || arg.text == "-");
    match file {
        Some(file) if file.is_pipe => {
            tainted_run(walk, file.taint, "program");
            walk.part(Class::Obfuscated, Risk::High, "runs what a command prints");
        }
        Some(file) if file.text != "-" && !file.text.starts_with("/dev/stdin") => walk.touch(file, Access::Run),
        _ => {
            tainted_run(walk, call.stdin.taint(), "program");
            if let Stdin::Text(text) = &call.stdin {
                let code = Arg::literal(text.clone(), call.span);
                code_of(walk, &code);
            }
            walk.part(Class::Obfuscated, Risk::High, format!("`{}` runs what it is given", call.name));
        }
    }
    if call.args.iter().any(|arg| arg.text.starts_with("-m")) {
        walk.part(Class::Build, Risk::High, "runs a module");
    }
    Flow::of(call.stdin.taint())
}

/// What is bad enough in a program's text to be seen without understanding it.
fn code_of(walk: &mut Walk, code: &Arg) {
    let text = code.text.replace(['\n', '\t'], " ");
    let has = |words: &[&str]| words.iter().all(|word| text.contains(word));
    let has_any = |words: &[&str]| words.iter().any(|word| text.contains(word));
    let runs_shell = has_any(&[
        "os.system",
        "subprocess",
        "child_process",
        "exec(",
        "system(",
        "popen",
        "`",
        "spawn",
        "%x",
        "qx",
        "shell_exec",
        "passthru",
    ]);
    let is_socket = text.contains("socket") && (text.contains("connect") || text.contains("Socket"))
        || has_any(&[
            "fsockopen",
            "TCPSocket",
            "net.connect",
            "createConnection",
            "net.Socket",
            "require(\"net\")",
            "require('net')",
            "IO::Socket",
            "/inet/",
        ]);
    if is_socket && has_any(&["dup2", "/bin/sh", "/bin/bash", "pty.spawn", "\"sh\"", "'sh'", "sh -i", "cmd.exe"]) {
        walk.part(Class::Network, Risk::Critical, "gives a shell to whoever is at the other end of a connection");
    }
    if (text.contains("fork while") || has(&["while", "fork()"]) || has(&["while True", "os.fork"]))
        && !text.contains("wait")
    {
        walk.part(Class::Destructive, Risk::Critical, "starts itself again and again: a fork bomb");
    }
    let is_fetched = has_any(&[
        "urlopen",
        "urllib",
        "requests.",
        "httpx",
        "aiohttp",
        "axios",
        "urlretrieve",
        "http.client",
        "http.get",
        "https.get",
        "http.request",
        "https.request",
        "fetch(",
        "LWP::",
        "Net::HTTP",
        "Net::FTP",
        "open-uri",
        "curl_exec",
        "smtplib",
        "ftplib",
        "file_get_contents(\"http",
        "file_get_contents('http",
    ]);
    let runs_text = has_any(&["exec(", "os.system", "subprocess", "new Function", "instance_eval", "compile("])
        || has_word(&text, "eval");
    if is_fetched && runs_text {
        walk.part(Class::Network, Risk::Critical, "runs a program from the network that nobody has seen");
    }
    let is_decoded = has_any(&[
        "b64decode",
        "base64",
        "fromhex",
        "unhexlify",
        "atob(",
        "decode64",
        "MIME::Base64",
        "unpack(",
        "rot13",
        "zlib.decompress",
        "from(\"",
        "'hex'",
        "marshal",
    ]);
    if is_decoded && runs_text {
        walk.part(Class::Obfuscated, Risk::Critical, "runs a text that was hidden by an encoding");
    }
    if is_fetched || is_socket {
        walk.has_sender.get_or_insert(code.span);
        walk.part(Class::Network, Risk::High, "talks to the network");
    }
    // Strings in it: paths, and commands of a shell.
    for string in strings(&code.text) {
        let arg = Arg::literal(string.clone(), code.span);
        walk.look(&arg);
        if string.contains('/') || string.starts_with('~') {
            let removes = has_any(&[
                "rmtree",
                "rmSync",
                "rm_rf",
                "remove_tree",
                "rm_r",
                "unlink",
                "removeSync",
                "rimraf",
                "remove(",
            ]);
            let path = crate::core::policy::places::joined(
                "/",
                &string.replacen('~', &walk.place.home.display().to_string(), 1),
            );
            if removes && text.contains("rm") && crate::core::policy::places::is_precious(&path, walk.place) {
                walk.part(Class::Destructive, Risk::Critical, format!("deletes everything below `{path}`"));
            }
            let writes = has_any(&["write", "'w'", "\"w\"", "'a'", "\"a\"", "append", "open("]);
            if writes {
                walk.only_critical(|walk| {
                    walk.touch(
                        &Arg::literal(string.replacen('~', &walk.place.home.display().to_string(), 1), code.span),
                        Access::Write,
                    );
                });
            }
        }
        if runs_shell && string.contains(' ') {
            walk.only_critical(|walk| {
                walk.other_shell(&string, code.span, Stdin::Inherited);
            });
        }
    }
}

/// Whether a text holds a word that is no part of another one.
fn has_word(text: &str, word: &str) -> bool {
    let is_letter = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word).any(|(at, _)| {
        !text[..at].chars().next_back().is_some_and(is_letter)
            && !text[at + word.len()..].chars().next().is_some_and(is_letter)
    })
}

/// What stands in quotes.
fn strings(code: &str) -> Vec<String> {
    let (mut all, mut open): (Vec<String>, Option<(char, String)>) = (Vec::new(), None);
    let mut chars = code.chars();
    while let Some(c) = chars.next() {
        match (&mut open, c) {
            (None, '"' | '\'' | '`') => open = Some((c, String::new())),
            (Some((_, text)), '\\') => text.extend(chars.next()),
            (Some((quote, text)), c) if c == *quote => {
                all.push(std::mem::take(text));
                open = None;
            }
            (Some((_, text)), c) => text.push(c),
            _ => {}
        }
    }
    all
}

/// Editors and pagers can run commands, and are nothing for an agent without a person.
fn editor(walk: &mut Walk, call: &Call) -> Flow {
    let is_reader = matches!(call.name, "less" | "more" | "most" | "man" | "info" | "view");
    for (index, arg) in call.args.iter().enumerate() {
        walk.look(arg);
        if !is_reader && !arg.text.starts_with(['-', '+']) {
            walk.only_critical(|walk| walk.touch(arg, Access::Write));
        }
        // `-c ':!cmd'`, `--cmd`, `+cmd`.
        let command = arg
            .text
            .strip_prefix('+')
            .or_else(|| (index > 0 && matches!(&*call.args[index - 1].text, "-c" | "--cmd")).then_some(&*arg.text));
        if let Some((_, script)) = command.and_then(|command| command.split_once('!')) {
            walk.only_critical(|walk| {
                walk.other_shell(script, arg.span, Stdin::Inherited);
            });
        }
    }
    let class = if is_reader { Class::Read } else { Class::Write };
    walk.part(class, Risk::High, format!("opens `{}`, which can run commands", call.name));
    Flow::of(call.stdin.taint())
}
