//! Real bash as the judge of the judge: scripts made at random from pieces that are hard to read. Whatever bash really runs must be
//! among what was found, word for word, or the text must have been called not known. CONDUCTOR_TEST_ARGV says how many.

use conductor_tui::core::policy::{Nothing, Workplace, analyse};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

/// Of scripts without a subshell, where nothing else is asked for: one bash runs ten thousand of them in a second.
const FLAT: usize = 100_000;
/// Of those with: bash takes some forks for each.
const NESTED: usize = 500;

/// A random number that needs no crate; the same seed makes the same scripts.
pub(super) struct Dice(pub(super) u64);

impl Dice {
    pub(super) fn roll(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % below as u64) as usize
    }

    pub(super) fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.roll(from.len())]
    }
}

const WORDS: &[&str] = &[
    "a",
    "b c",
    "'d e'",
    "\"f g\"",
    "h\\ i",
    "j'k'\"l\"",
    "$'m\\n'",
    "$'\\x6e\\157'",
    "{p,q}",
    "r{s,t}u",
    "\"{v,w}\"",
    "'$x'",
    "\"$v\"",
    "$v",
    "${v}",
    "${v:-z}",
    "${nope:-y}",
    "$nope",
    "\"$nope\"",
    "x$v",
    "\\$v",
    "\"\\$v\"",
    "-n",
    "--",
    "-",
    "''",
    "\"\"",
    "a=b",
    "~nobody0",
    "\\~",
    "1\\\n2",
    "\"3\\\n4\"",
    "$((1+2))",
    "#x",
    "y#z",
    "{1..3}",
    "{a..c}",
    "\\{a,b\\}",
    "a{b",
    "c}d",
    "{}",
    "{e}",
    "!",
    "%",
    "@",
    "+",
    "=",
    ":",
    ",",
    ".",
    "..",
    "'\\''",
    "\"'\"",
    "'\"'",
    "$w",
    "\"$w\"",
    "${w}x",
    "\\\\",
    "'\\\\'",
    "\"a\\b\"",
    "\"a\\\"b\"",
    "$\"loc\"",
    "a\\'b",
    "${#v}",
    "${v%e}",
    "${v#o}",
    "${v/n/N}",
    "${v^^}",
    "${v:1}",
    "${v:0:2}",
    "$(zz inner)",
    "`zz inner2`",
    "$(echo lit)",
    "\"$(echo a b)\"",
    "$(printf x)",
    "<<<x",
    "[",
    "]",
    "[[",
    "]]",
    "((",
    "&&x",
    "\u{e4}",
    "\u{6f22}",
    "${v}${v}",
    "a\"b\"'c'\\d",
];

const JOINTS: &[&str] = &["; ", "\n", " && ", " || ", " | ", "; ", " & ", ";\n", " \\\n&& ", " |& "];

fn simple(dice: &mut Dice) -> String {
    let mut text = match dice.roll(12) {
        0 => "v=two ".to_owned(),
        1 => "</dev/null ".to_owned(),
        2 => "! ".to_owned(),
        _ => String::new(),
    };
    text += dice.pick(&["zz", "zz", "zz", "'zz'", "z\\z", "\"zz\"", "z'z'", "$'zz'", "$z", "command zz", "eval zz"]);
    for _ in 0..dice.roll(5) {
        text += dice.pick(&[" ", " ", "  ", "\t", " \\\n"]);
        text += dice.pick(WORDS);
        if dice.roll(4) == 0 {
            text += dice.pick(WORDS);
        }
    }
    text + dice.pick(&["", "", "", " >/dev/null", " 2>&1", " # note", " <<<y"])
}

fn script(dice: &mut Dice, depth: usize) -> String {
    let mut text = String::new();
    for n in 0..1 + dice.roll(3) {
        if n > 0 {
            // A note goes on to the end of its line.
            text += if text.contains(" # ") { "\n" } else { dice.pick(JOINTS) };
        }
        text += &if depth > 0 && dice.roll(4) == 0 { compound(dice, depth - 1) } else { simple(dice) };
    }
    text
}

fn compound(dice: &mut Dice, depth: usize) -> String {
    let inner = script(dice, depth);
    match dice.roll(15) {
        0 => format!("(\n{inner}\n)"),
        1 => format!("{{\n{inner}\n}}"),
        2 => format!("if zz c; then\n{inner}\nfi"),
        3 => format!("for i in 1 2; do\n{inner}\ndone"),
        4 => format!("for i in x 'y z'; do zz \"$i\" $i\n{inner}\ndone"),
        5 => format!("case $v in one)\n{inner}\n;; *) zz other;; esac"),
        6 => format!("f() {{\n{inner}\n}}; f"),
        7 => format!("cat <<EOF | cat\n$(\n{inner}\n)\nEOF"),
        8 => format!("cat <<'EOF'\n{inner}\nEOF\nzz after"),
        9 => format!("while zz once; do\n{inner}\nbreak; done"),
        10 => format!("v=$(\n{inner}\n)"),
        11 => format!("cat <(\n{inner}\n)"),
        12 => format!("v=three; w='p q'\n{inner}"),
        13 => format!("( (\n{inner}\n) )"),
        _ => format!("echo \"$(\n{inner}\n)\""),
    }
}

/// No process but the one bash: no pipe, nothing in the background, nothing substituted.
fn flat(dice: &mut Dice) -> String {
    let mut text = String::new();
    for n in 0..1 + dice.roll(2) {
        if n > 0 {
            text += if text.contains(" # ") { "\n" } else { dice.pick(&["; ", "\n", " && ", " || "]) };
        }
        text += &simple(dice);
    }
    if text.contains("$(") && !text.contains("$((") || text.contains('`') { "zz plain".into() } else { text }
}

const BEGIN: &str = "v=one; w='a  b'; z=zz\n";

/// What bash ran of each script: the words of every call of `zz`.
fn really(dir: &Path, scripts: &[String], in_subshells: bool) -> Vec<Vec<Vec<String>>> {
    let (all, out, empty) = (dir.join("scripts"), dir.join("out"), dir.join("empty"));
    let _ = fs::remove_file(&out);
    [&all, &empty].into_iter().for_each(|folder| fs::create_dir_all(folder).unwrap());
    for (n, script) in scripts.iter().enumerate() {
        fs::write(all.join(n.to_string()), script).unwrap();
    }
    // One bash for all. `zz` is a function that keeps its words with NULs, and whose they are: what is in the background may
    // come late.
    let one = if in_subshells {
        "( eval \"$s\"; wait ) </dev/null >/dev/null 2>&1"
    } else {
        "eval \"$s\" </dev/null >/dev/null 2>&1"
    };
    let driver = format!(
        "cd {empty}; exec 9>>{out}\nzz() {{ printf '%s\\0' \"=$N\" \"$#\" \"$@\" >&9; }}\n\
         for ((N = 0; N <= {last}; N++)); do IFS= read -r -d '' s < {all}/$N; {one}; done\n",
        empty = empty.display(),
        out = out.display(),
        last = scripts.len() - 1,
        all = all.display(),
    );
    let status = Command::new("bash")
        .args(["--norc", "--noprofile", "-c", &driver])
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("LC_ALL", "C.UTF-8")
        .env("HOME", "/home/u")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap();
    assert!(status.code().is_some(), "bash was ended");
    let bytes = fs::read(out).unwrap();
    let mut fields = bytes.split(|b| *b == 0).map(|field| String::from_utf8_lossy(field).into_owned());
    let mut ran: Vec<Vec<Vec<String>>> = vec![Vec::new(); scripts.len()];
    while let Some(field) = fields.next() {
        let number = field.strip_prefix('=').and_then(|n| n.parse::<usize>().ok());
        let count = fields.next().and_then(|n| n.parse::<usize>().ok());
        if let (Some(number), Some(count)) = (number, count) {
            ran[number].push((0..count).filter_map(|_| fields.next()).collect());
        }
    }
    ran
}

#[test]
fn what_bash_runs_is_among_what_was_found() {
    let wanted = std::env::var("CONDUCTOR_TEST_ARGV").ok().and_then(|n| n.parse().ok()).unwrap_or(FLAT);
    compare(wanted, flat, false);
}

#[test]
fn what_bash_runs_in_branches_loops_and_substitutions_is_among_what_was_found() {
    let wanted = std::env::var("CONDUCTOR_TEST_ARGV").ok().and_then(|n| n.parse().ok()).unwrap_or(NESTED);
    compare(wanted, |dice| script(dice, 2), true);
}

#[track_caller]
fn compare(wanted: usize, make: impl Fn(&mut Dice) -> String, in_subshells: bool) {
    let place = Workplace { workspace: "/home/u/proj".into(), home: "/home/u".into(), user: "u".into(), state: vec![] };
    let (mut dice, mut known, mut calls, mut wrong) = (Dice(0x9e37_79b9_7f4a_7c15), 0, 0, Vec::new());
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("empty").display().to_string();
    let mut done = 0;
    while done < wanted {
        let count = (wanted - done).min(10_000);
        let scripts: Vec<String> = (0..count).map(|_| format!("{BEGIN}{}\n", make(&mut dice))).collect();
        for (script, ran) in scripts.iter().zip(really(dir.path(), &scripts, in_subshells)) {
            done += 1;
            let analysis = analyse(script, &folder, &place, &Nothing);
            // Something in it was called not known: nobody says yes to that.
            let unsure = ["not known before", "understood", "taken apart", "nested", "another meaning", "may run"];
            let is_unsure = analysis.parts.iter().any(|part| {
                (!part.is_exact && !part.argv.is_empty()) || unsure.iter().any(|words| part.what.contains(words))
            });
            if is_unsure {
                continue;
            }
            known += 1;
            let of_zz = |argv: &[String]| argv.first().is_some_and(|name| name == "zz");
            let parts = analysis.parts.iter().filter(|part| of_zz(&part.argv));
            let found: BTreeSet<&[String]> = parts.map(|part| &part.argv[1..]).collect();
            for words in &ran {
                calls += 1;
                if !found.contains(words.as_slice()) {
                    wrong.push(format!("{script}\n  bash: {words:?}\n  found: {found:?}"));
                }
            }
        }
    }
    println!("{done} scripts, {known} of them known throughout, {calls} calls by bash, {} not found", wrong.len());
    assert!(known * 8 > done && calls > known / 2, "{known} of {done} known, {calls} calls");
    assert!(wrong.is_empty(), "{} of {calls}:\n{}", wrong.len(), wrong[..wrong.len().min(12)].join("\n---\n"));
}
