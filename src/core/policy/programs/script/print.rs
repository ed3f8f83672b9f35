//! Programs that print their own words, decode a text, or tell of processes and variables.

use crate::base::base64;
use crate::core::policy::arg::{Arg, Stdin, Taint};
use crate::core::policy::call::Call;
use crate::core::policy::programs::text::XXD;
use crate::core::policy::shell::is_secret_name;
use crate::core::policy::verdict::{Access, Class, Decoded, Risk};
use crate::core::policy::walk::{Flow, Walk};

fn taint_of(args: &[Arg]) -> Taint {
    args.iter().fold(Taint::NONE, |taint, arg| taint.or(arg.taint))
}

pub fn echo(walk: &mut Walk, call: &Call) -> Flow {
    for arg in call.args {
        walk.show(arg);
    }
    let taint = taint_of(call.args);
    let options = call.args.iter().take_while(|arg| {
        arg.text.len() > 1 && arg.text.starts_with('-') && arg.text[1..].chars().all(|c| "neE".contains(c))
    });
    let options: Vec<&Arg> = options.collect();
    let words = &call.args[options.len()..];
    if !words.iter().all(|arg| arg.exact().is_some()) {
        return Flow { taint, text: None };
    }
    let mut text = words.iter().map(|arg| &*arg.text).collect::<Vec<_>>().join(" ");
    if options.iter().any(|option| option.text.contains(['e', 'E'])) && speaks_to_terminal(&text) {
        walk.part(Class::Obfuscated, Risk::High, "an order to the terminal, written as escapes");
    }
    // Its escapes are others than those of a word, and depend on the shell: what comes of them is not known.
    if options.iter().any(|option| option.text.contains(['e', 'E'])) && text.contains('\\') {
        let decoded = text.contains("\\x") || text.contains("\\0") || text.contains("\\u");
        return Flow { taint: Taint { decoded, ..taint }, text: None };
    }
    if !options.iter().any(|option| option.text.contains('n')) {
        text.push('\n');
    }
    Flow { taint, text: Some(text) }
}

pub fn printf(walk: &mut Walk, call: &Call) -> Flow {
    let taint = taint_of(call.args);
    for arg in call.args {
        walk.show(arg);
    }
    let (format, rest) = match call.args {
        [first, ..] if first.text.starts_with("-v") => {
            walk.part(
                Class::Obfuscated,
                Risk::High,
                "`printf -v` sets a variable, and an index of it may run commands",
            );
            return Flow { taint, text: None };
        }
        [first, format, rest @ ..] if first.text == "--" => (format, rest),
        [format, rest @ ..] => (format, rest),
        [] => return Flow { taint, text: Some(String::new()) },
    };
    if format.exact().is_none() && (format.known == 0 || format.is_maybe) && call.args[0].text != "--" {
        walk.part(Class::Obfuscated, Risk::High, "a format of `printf` that is not known before");
    }
    if speaks_to_terminal(&format.text) || rest.iter().any(|arg| speaks_to_terminal(&arg.text)) {
        walk.part(Class::Obfuscated, Risk::High, "an order to the terminal, written as escapes");
    }
    // Any conversion that ends in it writes into a variable.
    let writes = format.text.split('%').skip(1).any(|rest| {
        rest.trim_start_matches(|c: char| c.is_ascii_digit() || "-+ #0.*'hljztLq".contains(c)).starts_with('n')
    });
    let is_open = format.exact().is_none() && format.text.contains('%');
    if writes || is_open || format.text.starts_with('-') {
        walk.part(Class::Obfuscated, Risk::High, "a format of `printf` that is not known to be harmless");
    }
    let is_exact = call.args.iter().all(|arg| arg.exact().is_some());
    let text = is_exact.then(|| formatted(&format.text, rest)).flatten();
    Flow { taint, text }
}

/// Escapes that begin an order to the terminal (its title, its clipboard); colours are none.
fn speaks_to_terminal(text: &str) -> bool {
    let escapes = ["\\e", "\\E", "\\033", "\\0033", "\\x1b", "\\x1B", "\\u001b", "\\u001B"];
    let begins = |escape: &str| {
        text.match_indices(escape).any(|(at, _)| text[at + escape.len()..].starts_with([']', 'P', '_', '^', 'X']))
    };
    escapes.into_iter().any(begins)
}

/// `%s`, `%b`, `%d` with their words, again as long as there are words.
fn formatted(format: &str, words: &[Arg]) -> Option<String> {
    let mut out = String::new();
    let mut words = words.iter();
    loop {
        let mut used = false;
        let mut chars = format.chars();
        let mut plain = String::new();
        while let Some(c) = chars.next() {
            if c != '%' {
                plain.push(c);
                continue;
            }
            out.push_str(&crate::core::policy::letters::ansi_c(&plain)?);
            plain.clear();
            match chars.next()? {
                '%' => out.push('%'),
                's' | 'd' | 'i' => {
                    used = true;
                    out.push_str(words.next().map_or("", |word| &word.text));
                }
                'b' => {
                    used = true;
                    out.push_str(&crate::core::policy::letters::ansi_c(words.next().map_or("", |word| &word.text))?);
                }
                _ => return None,
            }
        }
        out.push_str(&crate::core::policy::letters::ansi_c(&plain)?);
        if !used || words.len() == 0 || out.len() > 16 * 1024 {
            return Some(out);
        }
    }
}

pub fn of_base64(walk: &mut Walk, call: &Call) -> Flow {
    let mut decodes = false;
    let mut file = None;
    let mut args = call.args.iter();
    while let Some(arg) = args.next() {
        match arg.exact() {
            Some("-d" | "-D" | "--decode" | "-di" | "-id") => decodes = true,
            Some(
                "-i" | "--ignore-garbage" | "--base64" | "--base64url" | "--base32" | "--base16" | "--version"
                | "--help",
            ) => {}
            Some("-w" | "--wrap") => {
                if args.next().is_some_and(|value| value.exact().is_none()) {
                    walk.part(Class::Obfuscated, Risk::High, "a width that is not known before");
                }
            }
            Some(text) if text.starts_with("-w") || text.starts_with("--wrap=") => {}
            Some(text) if text.starts_with('-') && text != "-" => {
                walk.part(Class::Obfuscated, Risk::High, format!("option `{text}` of `{}` is not known", call.name));
            }
            _ => file = Some(arg),
        }
    }
    let secret = file.is_some_and(|file| walk.reads_secret(file));
    if let Some(file) = file {
        walk.touch(file, Access::Read);
    }
    let taint = Taint {
        secret: secret || call.stdin.taint().secret,
        decoded: decodes || call.stdin.taint().decoded,
        ..call.stdin.taint()
    };
    let text = match (&call.stdin, decodes && call.name == "base64" && file.is_none()) {
        (Stdin::Text(text), true) => {
            let packed: String = text.chars().filter(|c| !c.is_whitespace()).collect();
            base64::decoded(&packed).and_then(|bytes| String::from_utf8(bytes).ok())
        }
        _ => None,
    };
    if let Some(text) = &text {
        let decoded = Decoded { span: call.span, form: "base64".into(), text: text.clone() };
        if !walk.decoded.contains(&decoded) {
            walk.decoded.push(decoded);
        }
    }
    Flow { taint, text }
}

/// Forth it is a reader; back (`-r`) it makes bytes of what nobody can read.
pub fn xxd(walk: &mut Walk, call: &Call) -> Flow {
    let is_back =
        call.args.iter().any(|arg| arg.text.starts_with('-') && !arg.text.starts_with("--") && arg.text.contains('r'));
    // `-al` is `-a` alone: letters do not join.
    let is_joined = |arg: &Arg| {
        let letters = arg.text.strip_prefix('-').unwrap_or_default();
        letters.len() > 1 && !letters[1..].bytes().all(|b| b.is_ascii_digit())
    };
    if !is_back && call.args.iter().any(is_joined) {
        walk.part(Class::Obfuscated, Risk::High, "an option of `xxd` that is not known to be harmless");
    }
    // It takes no option behind its first file: what looks like one is the file that it writes.
    let mut rest = call.args.iter();
    while let Some(arg) = rest.next() {
        if matches!(&*arg.text, "-c" | "-l" | "-g" | "-s" | "-o" | "-n") {
            rest.next();
        } else if arg.text == "-" || !arg.text.starts_with('-') {
            if rest.any(|arg| arg.text.starts_with('-')) {
                walk.part(Class::Write, Risk::High, "`xxd` writes its second word, whatever it looks like");
            }
            break;
        }
    }
    if !is_back {
        crate::core::policy::table::judge(walk, XXD, call.args);
        return Flow::of(call.stdin.taint());
    }
    let plain: Vec<&Arg> = call.plain().collect();
    if let [file, rest @ ..] = plain.as_slice() {
        walk.touch(file, Access::Read);
        for target in rest {
            walk.touch(target, Access::Write);
        }
    }
    walk.part(Class::Obfuscated, Risk::High, "makes bytes of a text that nobody can read");
    let text = match &call.stdin {
        Stdin::Text(text) => unhex(text),
        _ => None,
    };
    if let Some(text) = &text {
        walk.decoded.push(Decoded { span: call.span, form: "hex".into(), text: text.clone() });
    }
    Flow { taint: Taint { decoded: true, ..call.stdin.taint() }, text }
}

fn unhex(text: &str) -> Option<String> {
    let digits: Vec<u8> =
        text.chars().filter_map(|c| c.to_digit(16)).filter_map(|digit| u8::try_from(digit).ok()).collect();
    let bytes = digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect();
    String::from_utf8(bytes).ok()
}

/// `e` without a dash, and `-E`-like forms, show the environment of processes.
pub fn ps(walk: &mut Walk, call: &Call) -> Flow {
    let mut args = call.args.iter();
    while let Some(arg) = args.next() {
        let is_known = match arg.exact() {
            Some(
                "-o" | "-O" | "--format" | "-p" | "--pid" | "-u" | "-U" | "--user" | "-C" | "-t" | "-g" | "--ppid"
                | "--sort" | "-k" | "--columns" | "--cols",
            ) => args.next().is_some_and(|value| value.exact().is_some_and(|text| !text.contains("environ"))),
            Some(text) if text.starts_with("--") => [
                "--sort=",
                "--pid=",
                "--user=",
                "--format=",
                "--ppid=",
                "--forest",
                "--no-headers",
                "--headers",
                "--help",
                "--version",
                "--columns=",
            ]
            .iter()
            .any(|begin| text.starts_with(begin)),
            Some(text) if text.starts_with('-') => text[1..].chars().all(|c| "AaedfFjlLHMTwycZN".contains(c)),
            // `aux`: no e among them.
            Some(text) => {
                text.chars().all(|c| "auxfjlvswrTLmkhcnS".contains(c))
                    || text.bytes().all(|b| b.is_ascii_digit() || b == b',')
            }
            None => false,
        };
        if !is_known {
            walk.part(Class::Exfiltration, Risk::High, "may show the environment of processes");
            walk.has_secret.get_or_insert(call.span);
        }
    }
    Flow::of(Taint::NONE)
}

pub fn printenv(walk: &mut Walk, call: &Call) -> Flow {
    const HARMLESS: [&str; 18] = [
        "HOME",
        "USER",
        "LOGNAME",
        "SHELL",
        "PATH",
        "PWD",
        "OLDPWD",
        "LANG",
        "TERM",
        "TZ",
        "HOSTNAME",
        "EDITOR",
        "VISUAL",
        "PAGER",
        "DISPLAY",
        "COLORTERM",
        "VIRTUAL_ENV",
        "CI",
    ];
    let names: Vec<&Arg> = call.plain().collect();
    let is_known = |arg: &&Arg| {
        arg.exact().is_some_and(|name| (HARMLESS.contains(&name) || name.starts_with("LC_")) && !is_secret_name(name))
    };
    if names.is_empty() || !names.iter().all(is_known) {
        walk.part(Class::Exfiltration, Risk::High, "shows variables, which may hold tokens");
        walk.has_secret.get_or_insert(call.span);
        return Flow::of(Taint { secret: true, ..Taint::NONE });
    }
    Flow::of(Taint::NONE)
}
