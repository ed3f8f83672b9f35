//! awk: which programs only print. Found are redirections, pipes, `system`, `getline` and what reads the environment; within strings
//! and expressions between slashes nothing counts. When in doubt it is asked for.

use crate::core::policy::arg::{Arg, Taint};
use crate::core::policy::call::Call;
use crate::core::policy::verdict::{Access, Class, Risk};
use crate::core::policy::walk::{Flow, Walk};

pub fn judge(walk: &mut Walk, call: &Call) -> Flow {
    let mut program: Option<Arg> = None;
    let mut args = call.args.iter();
    let mut is_over = false;
    while let Some(arg) = args.next() {
        if is_over || !arg.may_be_option() || program.is_some() {
            match &program {
                None => program = Some(arg.clone()),
                // `x=1` sets a variable, `-` is the input.
                Some(_) if is_assignment(&arg.text) => {}
                Some(_) => walk.touch(arg, Access::Read),
            }
            continue;
        }
        match arg.exact() {
            Some("--") => is_over = true,
            Some("-F" | "-v" | "--field-separator" | "--assign") => {
                if args.next().is_some_and(|value| value.is_glob || value.is_many) {
                    walk.part(Class::Obfuscated, Risk::High, "a word of `awk` that may become its program");
                }
            }
            Some(text) if text.starts_with("-F") || (text.starts_with("-v") && text.len() > 2) => {}
            Some(
                "--version" | "-V" | "--help" | "--posix" | "--traditional" | "-P" | "--sandbox" | "-S" | "--csv"
                | "-k",
            ) => {}
            Some(text) => {
                walk.part(
                    Class::Obfuscated,
                    Risk::High,
                    format!("option `{text}` of `awk` is not known to be harmless"),
                );
                if matches!(text, "-f" | "--file" | "-E" | "-i" | "-l")
                    && let Some(file) = args.next()
                {
                    if matches!(&*file.text, "-" | "/dev/stdin") {
                        crate::core::policy::builtins::tainted_run(walk, call.stdin.taint(), "program");
                    }
                    walk.touch(file, Access::Read);
                    program.get_or_insert_with(|| Arg::literal("", arg.span));
                }
            }
            None => {
                walk.part(Class::Obfuscated, Risk::High, "a word of `awk` that may become an option");
                program = Some(arg.clone());
            }
        }
    }
    match program.as_ref().map(|program| (program, program.exact())) {
        Some((_, Some(text))) => match acts(text) {
            None => {}
            Some(what) => {
                if text.contains("/inet") && (text.contains("getline") || text.contains('|')) {
                    walk.has_sender.get_or_insert(call.span);
                    walk.part(Class::Network, Risk::Critical, "runs what comes from the other end of a connection");
                }
                walk.part(Class::Obfuscated, Risk::High, format!("an awk program that {what}"));
                let strings = strings(text);
                for string in strings {
                    let arg = Arg::literal(string, call.span);
                    walk.look(&arg);
                    walk.only_critical(|walk| {
                        walk.other_shell(&arg.text, arg.span, crate::core::policy::arg::Stdin::Inherited);
                    });
                }
            }
        },
        Some((_, None)) => walk.part(Class::Obfuscated, Risk::High, "runs an awk program that is not known before"),
        None => {}
    }
    Flow::of(Taint { ..call.stdin.taint() })
}

fn is_assignment(text: &str) -> bool {
    text.split_once('=').is_some_and(|(name, _)| {
        name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
    })
}

#[derive(Clone, PartialEq, Debug)]
enum Token {
    Word(String),
    Text,
    Pattern,
    Sign(char),
    Line,
}

/// What a program does beside printing; `None`: nothing.
fn acts(program: &str) -> Option<&'static str> {
    // Wherever they stand: words and numbers may touch.
    if program.contains("system") || program.contains("getline") {
        return Some("runs commands, or reads from files or commands");
    }
    // Nor does it matter what is taken for a string or a pattern: versions of awk differ in that.
    for word in ["ENVIRON", "SYMTAB", "FUNCTAB", "PROCINFO", "ARGV", "ARGC", "/inet"] {
        if program.contains(word) {
            return Some("reaches for what is outside of it");
        }
    }
    // A redirection and a pipe stand behind what is printed.
    let shown = program.find("print").map_or("", |at| &program[at..]);
    let without_errors = shown.replace("> \"/dev/stderr\"", "").replace(">\"/dev/stderr\"", "");
    let has_any = without_errors.contains('>') || shown.replace("||", "").contains('|');
    if has_any && !is_in_plain_strings(program) {
        return Some("may write files or run commands");
    }
    let Some(tokens) = tokens(program) else { return Some("is not understood") };
    let mut depth = 0_i32;
    // Since `print`, at its own depth, a `>` is a redirection.
    let mut printing: Option<i32> = None;
    for (index, token) in tokens.iter().enumerate() {
        match token {
            Token::Word(word) => match word.as_str() {
                "system" => return Some("runs commands"),
                "getline" => return Some("reads from files or commands"),
                "close" | "fflush" => {}
                "ENVIRON" => return Some("reads the environment"),
                "ARGV" | "PROCINFO" | "SYMTAB" | "FUNCTAB" => return Some("reaches for what is outside of it"),
                "print" | "printf" => printing = Some(depth),
                _ => {}
            },
            Token::Sign('@') => return Some("loads something, or calls by name"),
            Token::Sign('(' | '[') => depth += 1,
            Token::Sign(')' | ']') => depth -= 1,
            // A line goes on behind these.
            Token::Line if index > 0 && matches!(tokens[index - 1], Token::Sign(',' | '&' | '|')) => {}
            Token::Sign(';' | '}' | '{') | Token::Line => printing = None,
            Token::Sign('|') => {
                // `||` is an or.
                let is_or = tokens.get(index + 1) == Some(&Token::Sign('|'))
                    || (index > 0 && tokens[index - 1] == Token::Sign('|'));
                if !is_or {
                    return Some("runs commands");
                }
            }
            Token::Sign('>') if printing.is_some_and(|at| at == depth) => return Some("writes files"),
            Token::Sign(_) | Token::Text | Token::Pattern => {}
        }
    }
    None
}

/// Whether `>` and `|` stand in strings alone, in a text without patterns and escapes: there is only one way to read it.
fn is_in_plain_strings(text: &str) -> bool {
    !text.contains(['/', '\\', '#']) && text.split('"').step_by(2).all(|outside| !outside.contains(['>', '|']))
}

/// `None`: a string or a pattern without its end.
fn tokens(program: &str) -> Option<Vec<Token>> {
    let all: Vec<char> = program.chars().collect();
    let (mut tokens, mut at) = (Vec::new(), 0);
    while let Some(c) = all.get(at).copied() {
        match c {
            '"' => {
                at += 1;
                loop {
                    match all.get(at)? {
                        '\\' => at += 1,
                        '"' => break,
                        '\n' => return None,
                        _ => {}
                    }
                    at += 1;
                }
                tokens.push(Token::Text);
                at += 1;
            }
            // A pattern for one awk and a division for another.
            '/' if is_ambiguous(tokens.last(), program) => return None,
            '/' if begins_pattern(tokens.last()) => {
                at += 1;
                let mut in_set = false;
                loop {
                    match all.get(at)? {
                        '\\' => at += 1,
                        '[' => in_set = true,
                        ']' => in_set = false,
                        '/' if in_set => return None,
                        '/' => break,
                        '\n' => return None,
                        _ => {}
                    }
                    at += 1;
                }
                tokens.push(Token::Pattern);
                at += 1;
            }
            '#' => {
                while all.get(at).is_some_and(|c| *c != '\n') {
                    at += 1;
                }
            }
            '\n' => {
                tokens.push(Token::Line);
                at += 1;
            }
            c if c.is_whitespace() => at += 1,
            c if c.is_ascii_alphanumeric() || c == '_' || c == '.' => {
                let word: String = all[at..]
                    .iter()
                    .take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | ':'))
                    .collect();
                at += word.chars().count();
                tokens.push(Token::Word(word));
            }
            '\\' if all.get(at + 1) == Some(&'\n') => at += 2,
            c => {
                tokens.push(Token::Sign(c));
                at += 1;
            }
        }
    }
    Some(tokens)
}

/// Whether readers of awk differ about a slash, where that could hide something.
fn is_ambiguous(before: Option<&Token>, program: &str) -> bool {
    match before {
        Some(Token::Sign('+' | '-' | '*' | '%')) => true,
        Some(Token::Word(word)) if matches!(word.as_str(), "case" | "in") => true,
        Some(Token::Sign(')' | ']')) => program.contains(['>', '|', '"']),
        _ => false,
    }
}

/// A slash divides behind a value, and begins a pattern elsewhere.
fn begins_pattern(before: Option<&Token>) -> bool {
    match before {
        None
        | Some(
            Token::Line
            | Token::Sign(
                '(' | ',' | '{' | '}' | ';' | '!' | '~' | '&' | '|' | '=' | '?' | ':' | '<' | '>' | '+' | '-' | '*'
                | '%',
            ),
        ) => true,
        Some(Token::Word(word)) => matches!(word.as_str(), "return" | "print" | "printf" | "case" | "in"),
        Some(_) => false,
    }
}

fn strings(program: &str) -> Vec<String> {
    program.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_program_does() {
        for harmless in [
            "{print $1}",
            "NR>1 && $2>3 {n++} END {print n}",
            "/foo/ {print $0}",
            "BEGIN {FS=\",\"} {print $2, $3}",
            "{s+=$1} END {print s/NR}",
            "!seen[$0]++",
            "$1 ~ /a|b/ {print \"x\"}",
            "{print \"x > y | z\"}",
            "{ if ($3 > 10) print $1 }",
            "length > 80",
            "{print $1 || $2}",
            "NR==FNR{a[$1];next} $1 in a",
            "{printf \"%s\\n\", $1}",
            "{gsub(/x/, \"y\"); print}",
            "END{for (k in c) print k, c[k]}",
            "{print $1/2}",
        ] {
            assert_eq!(acts(harmless), None, "{harmless}");
        }
        for acting in [
            "BEGIN{system(\"id\")}",
            // Somebody else may read them otherwise.
            "{print ($1 > 2)}",
            "$1 ~ /a|b/ {print \"x > y | z\"}",
            "{print | \"sh\"}",
            "{print $1 > \"out\"}",
            "{print >> \"x\"}",
            "{\"id\" | getline x}",
            "{getline < \"/etc/passwd\"}",
            "BEGIN{print ENVIRON[\"X\"]}",
            "@load \"filefuncs\"",
            "{printf \"%s\", $1 > \"f\"}",
            "{print \"a",
            "{ @f() }",
            "{print $1 |& \"x\"}",
            "BEGIN { while ((\"ls\" | getline l) > 0) print l }",
        ] {
            assert!(acts(acting).is_some(), "{acting}");
        }
    }
}
