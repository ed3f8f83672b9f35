//! Metamorphic tests: however a command is written, the answer never gets softer. Forty ways that keep what it does.

use super::corpus::commands;
use super::*;

/// As one word of a shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// The first word and the rest, where the first is plain.
fn split(command: &str) -> Option<(&str, &str)> {
    let end = command.find(|c: char| !(c.is_ascii_alphanumeric() || c == '-'))?;
    let (first, rest) = command.split_at(end);
    const WORDS: [&str; 18] = [
        "if", "for", "while", "until", "case", "time", "function", "select", "coproc", "do", "then", "alias", "export",
        "declare", "typeset", "trap", "eval", "exec",
    ];
    (end > 1 && rest.starts_with(' ') && !WORDS.contains(&first)).then_some((first, rest))
}

/// A simple command, which a word can stand in front of.
fn is_simple(command: &str) -> bool {
    split(command).is_some() && !command.contains(['\n', ';', '&', '|', '<', '>', '(', '{', '#', '`', '$'])
}

type Rewriting = (&'static str, fn(&str) -> Option<String>);

const REWRITINGS: &[Rewriting] = &[
    ("blanks before", |c| Some(format!("  {c}"))),
    ("a line more", |c| Some(format!("{c}\n"))),
    ("a subshell", |c| Some(format!("(\n{c}\n)"))),
    ("two subshells", |c| Some(format!("( (\n{c}\n) )"))),
    ("a group", |c| Some(format!("{{\n{c}\n}}"))),
    ("behind true", |c| Some(format!("true\n{c}"))),
    ("before true", |c| Some(format!("{c}\ntrue"))),
    ("behind and", |c| Some(format!("true && {{\n{c}\n}}"))),
    ("before and", |c| Some(format!("{{\n{c}\n}} && true"))),
    ("behind or", |c| Some(format!("false || {{\n{c}\n}}"))),
    ("before or", |c| Some(format!("{{\n{c}\n}} || true"))),
    ("a note", |c| (!c.contains("<<")).then(|| format!("{c} # a note"))),
    ("bash -c", |c| Some(format!("bash -c {}", quoted(c)))),
    ("sh -c", |c| Some(format!("sh -c {}", quoted(c)))),
    ("bash -ec", |c| Some(format!("bash -ec {}", quoted(c)))),
    ("bash -c in bash -c", |c| Some(format!("bash -c {}", quoted(&format!("bash -c {}", quoted(c)))))),
    ("eval", |c| Some(format!("eval {}", quoted(c)))),
    ("if", |c| Some(format!("if true; then\n{c}\nfi"))),
    ("else", |c| Some(format!("if false; then :; else\n{c}\nfi"))),
    ("a condition", |c| Some(format!("if\n{c}\nthen :; fi"))),
    ("while", |c| Some(format!("while\n{c}\ndo break; done"))),
    ("until", |c| Some(format!("until false; do\n{c}\nbreak; done"))),
    ("for", |c| Some(format!("for i in 1; do\n{c}\ndone"))),
    ("case", |c| Some(format!("case x in x)\n{c}\n;; esac"))),
    ("time", |c| Some(format!("time {{\n{c}\n}}"))),
    ("not", |c| Some(format!("! {{\n{c}\n}}"))),
    ("errors away", |c| Some(format!("{{\n{c}\n}} 2>/dev/null"))),
    ("errors along", |c| Some(format!("{{\n{c}\n}} 2>&1"))),
    ("into cat", |c| Some(format!("{{\n{c}\n}} | cat"))),
    ("behind a pipe", |c| Some(format!("true | {{\n{c}\n}}"))),
    ("substituted", |c| (!c.contains("<<")).then(|| format!("echo \"$(\n{c}\n)\""))),
    ("a value", |c| (!c.contains("<<")).then(|| format!("x=$(\n{c}\n)"))),
    ("a process", |c| (!c.contains("<<")).then(|| format!("cat <(\n{c}\n)"))),
    ("in the background", |c| Some(format!("{{\n{c}\n}} &"))),
    ("a function", |c| Some(format!("f() {{\n{c}\n}}; f"))),
    ("env", |c| Some(format!("env bash -c {}", quoted(c)))),
    ("timeout", |c| Some(format!("timeout -k 1 5 bash -c {}", quoted(c)))),
    ("nice", |c| Some(format!("nice -n 5 bash -c {}", quoted(c)))),
    ("stdbuf", |c| Some(format!("stdbuf -o0 sh -c {}", quoted(c)))),
    ("a here-document", |c| (!c.contains("EOS")).then(|| format!("bash <<'EOS'\n{c}\nEOS"))),
    ("a here-string", |c| Some(format!("bash <<< {}", quoted(c)))),
    ("echoed", |c| (!c.contains('\\')).then(|| format!("echo {} | bash", quoted(c)))),
    ("printed", |c| Some(format!("printf %s {} | sh", quoted(c)))),
    ("sixty parts", |c| Some(format!("{}{c}", "true\n".repeat(60)))),
    ("behind another document", |c| Some(format!("cat <<X >/dev/null\nhi\nX\n{c}"))),
    ("quoted", |c| split(c).map(|(first, rest)| format!("\"{first}\"{rest}"))),
    ("half quoted", |c| split(c).map(|(first, rest)| format!("{}'{}'{rest}", &first[..1], &first[1..]))),
    ("a backslash", |c| split(c).map(|(first, rest)| format!("\\{first}{rest}"))),
    ("ANSI-C", |c| {
        split(c).map(|(first, rest)| {
            let escapes: String = first.bytes().map(|b| format!("\\x{b:02x}")).collect();
            format!("$'{escapes}'{rest}")
        })
    }),
    ("a variable", |c| split(c).map(|(first, rest)| format!("c={first}\n$c{rest}"))),
    ("a line cut", |c| split(c).map(|(first, rest)| format!("{first} \\\n{rest}"))),
    ("command", |c| is_simple(c).then(|| format!("command {c}"))),
    ("a full path", |c| {
        split(c)
            .filter(|(first, _)| matches!(*first, "rm" | "cat" | "dd" | "chmod" | "tee"))
            .map(|_| format!("/bin/{c}"))
    }),
    ("a redirection in front", |c| is_simple(c).then(|| format!("</dev/null {c}"))),
];

/// A command in all of them.
pub(super) fn rewritten(command: &str) -> Vec<String> {
    REWRITINGS.iter().filter_map(|(_, rewrite)| rewrite(command)).collect()
}

#[test]
fn however_it_is_written_the_answer_never_gets_softer() {
    let policy = policy("default");
    let all: Vec<String> = commands("public.jsonl").into_iter().chain(commands("own.jsonl")).collect();
    let (mut softer, mut count) = (Vec::new(), 0);
    for command in &all {
        let before = decided(command, &policy);
        for (name, rewrite) in REWRITINGS {
            let Some(text) = rewrite(command) else { continue };
            count += 1;
            let after = decided(&text, &policy);
            if after < before {
                softer.push(format!("{name}: {before:?} -> {after:?}: {text:?}"));
            }
        }
    }
    assert!(REWRITINGS.len() >= 40 && count > 16_000, "{count} cases");
    assert!(softer.is_empty(), "{} of {count} are softer:\n{}", softer.len(), softer.join("\n"));
}
