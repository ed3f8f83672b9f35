//! sed: which scripts only print. Its language has commands that write, read and run; those are found, everything that is not
//! understood is asked for.

use crate::core::policy::arg::{Arg, Taint};
use crate::core::policy::call::Call;
use crate::core::policy::verdict::{Access, Class, Risk};
use crate::core::policy::walk::{Flow, Walk};

pub fn judge(walk: &mut Walk, call: &Call) -> Flow {
    let mut scripts: Vec<Arg> = Vec::new();
    let mut files: Vec<Arg> = Vec::new();
    let (mut is_in_place, mut is_over) = (false, false);
    let mut args = call.args.iter();
    while let Some(arg) = args.next() {
        let text = &*arg.text;
        if is_over || !arg.may_be_option() {
            files.push(arg.clone());
            continue;
        }
        let Some(_) = arg.exact() else {
            walk.part(Class::Obfuscated, Risk::High, "a word of `sed` that may become an option");
            files.push(arg.clone());
            continue;
        };
        match text {
            "--" => is_over = true,
            "-" => files.push(arg.clone()),
            "--quiet" | "--silent" | "--regexp-extended" | "--separate" | "--unbuffered" | "--null-data"
            | "--posix" | "--debug" | "--sandbox" | "--version" | "--help" => {}
            "-e" | "--expression" => scripts.extend(args.next().cloned()),
            _ if text.starts_with("--expression=") => {
                scripts.push(Arg::literal(&text["--expression=".len()..], arg.span))
            }
            "-l" | "--line-length" => {
                if args.next().is_some_and(|value| value.exact().is_none()) {
                    walk.part(Class::Obfuscated, Risk::High, "a length that is not known before");
                }
            }
            _ if text.starts_with("--in-place") => is_in_place = true,
            _ if text.starts_with("-f") || text.starts_with("--file") => {
                walk.part(Class::Obfuscated, Risk::High, "runs a sed script from a file");
                if matches!(text, "-f" | "--file")
                    && let Some(file) = args.next()
                {
                    if matches!(&*file.text, "-" | "/dev/stdin") {
                        crate::core::policy::builtins::tainted_run(walk, call.stdin.taint(), "script");
                    }
                    walk.touch(file, Access::Read);
                }
                scripts.push(Arg::literal("", arg.span));
            }
            _ if text.starts_with("--") => {
                walk.part(Class::Obfuscated, Risk::High, format!("option `{text}` of `sed` is not known"))
            }
            _ => {
                for (at, letter) in text[1..].char_indices() {
                    match letter {
                        'n' | 'E' | 'r' | 's' | 'u' | 'z' => {}
                        'e' => {
                            let behind = &text[1 + at + 1..];
                            if behind.is_empty() {
                                scripts.extend(args.next().cloned())
                            } else {
                                scripts.push(Arg::literal(behind, arg.span))
                            }
                            break;
                        }
                        'i' => {
                            is_in_place = true;
                            break;
                        }
                        _ => {
                            walk.part(
                                Class::Obfuscated,
                                Risk::High,
                                format!("option `-{letter}` of `sed` is not known"),
                            );
                            break;
                        }
                    }
                }
            }
        }
    }
    if scripts.is_empty() && !files.is_empty() {
        scripts.push(files.remove(0));
    }
    for script in &scripts {
        match script.exact() {
            Some(text) => of_script(walk, text, script),
            None => walk.part(Class::Obfuscated, Risk::High, "runs a sed script that is not known before"),
        }
    }
    for file in &files {
        walk.touch(file, if is_in_place { Access::Write } else { Access::Read });
    }
    if is_in_place {
        walk.part(Class::Write, Risk::Medium, "changes files in their place");
    }
    Flow::of(Taint { ..call.stdin.taint() })
}

fn of_script(walk: &mut Walk, text: &str, arg: &Arg) {
    let found = script(text);
    for file in &found.reads {
        walk.touch(&Arg::literal(file.trim(), arg.span), Access::Read);
    }
    for file in &found.writes {
        walk.touch(&Arg::literal(file.trim(), arg.span), Access::Write);
        walk.part(Class::Write, Risk::Medium, "a sed script that writes a file");
    }
    if let Some(command) = &found.runs {
        walk.part(Class::Obfuscated, Risk::High, "a sed script that runs commands");
        walk.other_shell(command, arg.span, crate::core::policy::arg::Stdin::Inherited);
    }
    if found.is_unknown {
        walk.part(Class::Obfuscated, Risk::High, "a sed script that is not understood");
    }
}

/// What a script does beside printing.
#[derive(Default, Debug, PartialEq)]
struct Found {
    reads: Vec<String>,
    writes: Vec<String>,
    runs: Option<String>,
    is_unknown: bool,
}

fn script(text: &str) -> Found {
    let mut found = Found::default();
    let all: Vec<char> = text.chars().collect();
    let mut at = 0;
    while at < all.len() {
        if commands(&all, &mut at, &mut found).is_none() {
            found.is_unknown = true;
            return found;
        }
    }
    found
}

/// One command; `None`: not understood.
fn commands(all: &[char], at: &mut usize, found: &mut Found) -> Option<()> {
    while all.get(*at).is_some_and(|c| c.is_whitespace() || *c == ';' || *c == '}') {
        *at += 1;
    }
    if *at >= all.len() {
        return Some(());
    }
    address(all, at)?;
    if all.get(*at) == Some(&',') {
        *at += 1;
        address(all, at)?;
    }
    while all.get(*at).is_some_and(|c| c.is_whitespace() || *c == '!') {
        *at += 1;
    }
    let command = *all.get(*at)?;
    *at += 1;
    let to_line_end = |at: &mut usize| {
        let rest: String = all[*at..].iter().take_while(|c| **c != '\n').collect();
        *at += rest.chars().count();
        rest
    };
    match command {
        '{' | 'p' | 'd' | '=' | 'n' | 'N' | 'D' | 'P' | 'g' | 'G' | 'h' | 'H' | 'x' | 'z' | 'F' => Some(()),
        'q' | 'Q' | 'l' | 'L' => {
            while all.get(*at).is_some_and(|c| c.is_ascii_digit() || *c == ' ') {
                *at += 1;
            }
            Some(())
        }
        '#' => {
            to_line_end(at);
            Some(())
        }
        // Versions differ in where a label ends: at the first of all these ends.
        ':' | 'b' | 't' | 'T' => {
            while all.get(*at) == Some(&' ') {
                *at += 1;
            }
            while all.get(*at).is_some_and(|c| !matches!(c, ';' | '}') && !c.is_whitespace()) {
                *at += 1;
            }
            Some(())
        }
        // Text up to the end of a line that does not end in a backslash.
        'a' | 'i' | 'c' => loop {
            let line = to_line_end(at);
            // How many of them end a line is counted by the shell and by sed in ways that a reader gets wrong.
            if line.ends_with("\\\\") {
                return None;
            }
            if !line.ends_with('\\') || *at >= all.len() {
                return Some(());
            }
            *at += 1;
        },
        'r' | 'R' => {
            found.reads.push(to_line_end(at));
            Some(())
        }
        'w' | 'W' => {
            found.writes.push(to_line_end(at));
            Some(())
        }
        'e' => {
            found.runs = Some(to_line_end(at));
            Some(())
        }
        's' => substitute(all, at, found),
        'y' => {
            let end = *all.get(*at)?;
            *at += 1;
            part(all, at, end)?;
            part(all, at, end)
        }
        _ => None,
    }
}

/// A number, `$`, `/…/`, `\c…c`, with `first~step`, `+n`, `I`, `M`.
fn address(all: &[char], at: &mut usize) -> Option<()> {
    while all.get(*at) == Some(&' ') {
        *at += 1;
    }
    match all.get(*at) {
        Some(c) if c.is_ascii_digit() || matches!(c, '$' | '+' | '~') => {
            *at += 1;
            while all.get(*at).is_some_and(|c| c.is_ascii_digit() || *c == '~') {
                *at += 1;
            }
        }
        Some('/') => {
            *at += 1;
            part(all, at, '/')?;
            while all.get(*at).is_some_and(|c| matches!(c, 'I' | 'M')) {
                *at += 1;
            }
        }
        Some('\\') => {
            let end = *all.get(*at + 1)?;
            *at += 2;
            part(all, at, end)?;
        }
        _ => {}
    }
    while all.get(*at) == Some(&' ') {
        *at += 1;
    }
    Some(())
}

/// Up to an end that is not escaped, nor within brackets.
fn part(all: &[char], at: &mut usize, end: char) -> Option<()> {
    let mut in_set = false;
    loop {
        match *all.get(*at)? {
            '\\' => *at += 1,
            '[' if !in_set => {
                in_set = true;
                // `[]…]` and `[^]…]` hold the bracket.
                if all.get(*at + 1) == Some(&'^') {
                    *at += 1;
                }
                if all.get(*at + 1) == Some(&']') {
                    *at += 1;
                }
            }
            ']' if in_set => in_set = false,
            c if c == end => {
                *at += 1;
                // Where the set matters, both readings must agree: sed ends at an end within a set in a replacement.
                return (!in_set).then_some(());
            }
            _ => {}
        }
        *at += 1;
    }
}

fn replacement(all: &[char], at: &mut usize, end: char) -> Option<()> {
    loop {
        match *all.get(*at)? {
            '\\' => *at += 1,
            c if c == end => {
                *at += 1;
                return Some(());
            }
            _ => {}
        }
        *at += 1;
    }
}

fn substitute(all: &[char], at: &mut usize, found: &mut Found) -> Option<()> {
    let end = *all.get(*at)?;
    if end == '\\' || end == '\n' {
        return None;
    }
    *at += 1;
    part(all, at, end)?;
    replacement(all, at, end)?;
    while let Some(flag) = all.get(*at) {
        match flag {
            'g' | 'p' | 'i' | 'I' | 'm' | 'M' | '0'..='9' => *at += 1,
            'e' => {
                found.runs = Some(String::new());
                *at += 1;
            }
            'w' => {
                let file: String = all[*at + 1..].iter().take_while(|c| **c != '\n').collect();
                *at = all.len().min(*at + 1 + file.chars().count());
                found.writes.push(file);
                return Some(());
            }
            ';' | '\n' | '}' | ' ' | '#' => return Some(()),
            _ => return None,
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_script_does() {
        for harmless in [
            "1,20p",
            "s/a/b/g",
            "/x/d",
            "$!N;P;D",
            "s|a/b|c|",
            "/a/,/b/p",
            "1~2d",
            "y/abc/xyz/",
            ":a;N;$!ba;s/\\n/ /g",
            "/^$/d;s/ *$//",
            "a\\\ntext",
            "2q",
            "s/x/y/2",
            "/a/{p;d}",
            "s/a/\\//",
            "# note\np",
            "s/e/w/",
            "/w/p",
            "s/.*/\"&\"/",
            "10,$d",
        ] {
            assert_eq!(script(harmless), Found::default(), "{harmless}");
        }
        for runs in ["1e id", "s/a/b/e", "e", "s/test/touch x/ge", "/x/e rm -rf /", "s/a/b/;e id"] {
            assert!(script(runs).runs.is_some(), "{runs}");
        }
        for writes in ["w out", "1w out.txt", "s/a/b/w out", "s/a/b/gw out", "/x/W y", "p;w out"] {
            assert!(!script(writes).writes.is_empty(), "{writes}");
        }
        assert_eq!(script("r /etc/passwd").reads, [" /etc/passwd"]);
        for unknown in ["v 4.2", "s/a", "k", "s/a/b/q", "/x", "s\\a\\b\\", "M"] {
            assert!(script(unknown).is_unknown, "{unknown}");
        }
    }
}
