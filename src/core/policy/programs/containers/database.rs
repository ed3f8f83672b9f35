//! Databases: what is asked of them, and what their clients run on this machine. Called by `containers.rs`. The
//! language of a database is not judged for harmlessness: whatever it says, a person is asked.

use crate::core::policy::arg::{Stdin, Taint};
use crate::core::policy::call::Call;
use crate::core::policy::programs::options::{Style, doubt, elsewhere, split};
use crate::core::policy::verdict::{Access, Class, Risk};
use crate::core::policy::walk::{Flow, Walk};

const STYLE: Style = Style {
    letters: "cefhpUdPHDoLFRTvutSBaWnk",
    long: "command execute file host port username user dbname database output log-file eval password init cmd out \
        archive query result-file init-command",
    has_one_dash: false,
    ends_at_operand: false,
};

pub fn judge(walk: &mut Walk, call: &Call) -> Flow {
    doubt(walk, call.args);
    for arg in call.args {
        walk.show(arg);
    }
    let is_file = matches!(call.name, "sqlite3" | "sqlite" | "duckdb");
    // There every long option has one dash, and the words are a file and what is asked.
    let style = if is_file {
        Style { letters: "", long: "cmd init separator newline nullvalue", has_one_dash: true, ends_at_operand: false }
    } else {
        STYLE
    };
    let words = split(call.args, style);
    let mut texts: Vec<(String, crate::core::policy::verdict::Span)> = Vec::new();
    for value in
        words.values(&["-c", "-e", "--command", "--execute", "--eval", "--cmd", "-q", "--query", "--init-command"])
    {
        texts.push((value.text.clone(), value.span));
    }
    for operand in words.operands.iter().skip(usize::from(is_file)) {
        texts.push((operand.text.clone(), operand.span));
    }
    if let Stdin::Text(text) = &call.stdin {
        texts.push((text.clone(), call.span));
    }
    let input = if is_file { &["--init"][..] } else { &["-f", "--file", "--init"][..] };
    for file in words.values(input) {
        walk.touch(&file, Access::Read);
    }
    for file in
        words.values(&["-o", "--output", "-L", "--log-file", "--out", "--result-file"]).iter().filter(|_| !is_file)
    {
        walk.touch(file, Access::Write);
    }
    if is_file && let Some(file) = words.operands.first().filter(|file| file.text != ":memory:") {
        let is_reading = words.has(&["--readonly"]);
        walk.touch(file, if is_reading { Access::Read } else { Access::Write });
    }
    let mut is_destroying =
        matches!(call.name, "dropdb" | "dropuser" | "pg_restore" | "mongorestore") || words.word(0) == "drop";
    for (text, span) in texts {
        for command in commands(&text) {
            walk.part_at(Class::Obfuscated, Risk::High, "runs a command through the database's client", span);
            walk.other_shell(&command, span, Stdin::Inherited);
        }
        let lower = text.to_ascii_lowercase();
        if let Some(at) = lower.find("from program").or_else(|| lower.find("to program")) {
            let command = text[at..].split('\'').nth(1).unwrap_or_default();
            walk.part_at(Class::Obfuscated, Risk::High, "runs a command on the database's machine", span);
            elsewhere(walk, command, span, Stdin::Inherited);
        }
        is_destroying |= destroys(&lower);
    }
    if is_destroying {
        walk.part(Class::Destructive, Risk::High, "deletes data of a database");
    }
    let class = if is_file { Class::Write } else { Class::Network };
    walk.part(class, Risk::High, "asks or changes a database");
    Flow::of(Taint { network: !is_file, ..Taint::NONE })
}

/// `\! command`, `.shell command`, `system command`: lines that clients run themselves.
fn commands(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for line in text.lines().map(str::trim) {
        if let Some(at) = line.find("\\!") {
            found.push(line[at + 2..].trim().to_owned());
        }
        for begin in [".shell ", ".system ", "system ", ".read |", ".output |", ".once |", "\\copy program "] {
            if let Some(rest) = line.strip_prefix(begin) {
                found.push(rest.to_owned());
            }
        }
    }
    found
}

/// In small letters.
fn destroys(text: &str) -> bool {
    const WORDS: [&str; 12] = [
        "drop ",
        "delete ",
        "truncate",
        "flushall",
        "flushdb",
        "dropdatabase",
        ".drop(",
        "deletemany",
        "remove(",
        "del ",
        "unlink ",
        "alter ",
    ];
    WORDS.iter().any(|word| text.contains(word))
}
