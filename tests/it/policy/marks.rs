//! Real bash as the judge of the judge, the other way round: commands that leave a mark in a hundred hidden ways are changed at
//! random, and what is allowed then is run. None may leave a mark. CONDUCTOR_TEST_MARKS says how many, CONDUCTOR_TEST_SEED which.

use super::argv::Dice;
use conductor_tui::core::policy::{Class, Nothing, Risk, Workplace, analyse};
use std::fs;
use std::os::unix::fs::symlink;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

/// Commands that are made and judged: some seconds, and some hundreds of them are allowed.
const MADE: usize = 20_000;
/// What the changed commands may run; none of it does harm in a folder of its own.
const PROGRAMS: [&str; 19] = [
    "bash", "cat", "cut", "date", "env", "find", "head", "ls", "nice", "printf", "sed", "sort", "stdbuf", "tail",
    "timeout", "touch", "tr", "wc", "xargs",
];
/// Longer than anything here needs: what is not done by then waits for something.
const PATIENCE: Duration = Duration::from_secs(10);

/// Pieces in which parsers differ from shells.
const PIECES: &[&str] = &[
    "touch pwned",
    "ls",
    "echo ",
    "x",
    "x=",
    "(",
    ")",
    "{",
    "}",
    "\"",
    "'",
    "`",
    "\\",
    "$",
    "$(",
    "${",
    "${x:-",
    "${x",
    "#",
    "; ",
    "&",
    "|",
    " && ",
    " || ",
    "\n",
    " ",
    "<<E\n",
    "\nE\n",
    "[[ ",
    " ]]",
    "((",
    "))",
    "case a in ",
    "a)",
    " esac",
    ";;",
    "<<<",
    "!",
    "=",
    "+=",
    "[0]",
    "a=(",
    "$'",
    "<(",
    ":-",
    "time ",
    "if ",
    "then ",
    "fi",
    "for i in ",
    "do ",
    "done",
    "+",
    "%",
    "{a,b}",
    "\\\n",
    "$((",
    "-",
    "x=1",
    "${x:+",
    "${x/",
    "*",
    "?",
    "2>&1",
    ">&2",
    "[",
    "]",
    "~",
    ",",
    "$\"",
    "LANG=",
    "\\\"",
    "\\'",
    "\\`",
    "\\$",
    "; touch pwned",
    "$(touch pwned)",
    "`touch pwned`",
    "read x",
    "declare ",
    "export ",
    "$x",
    "\"$x\"",
    "${a[@]}",
    "$@",
    "false && ",
    "[ ",
    " ]",
    "test ",
    "eval ",
    "command ",
    "printf ",
    "env ",
    "IFS= ",
    "unset x",
    "x='touch pwned'",
    "a+=(ls)",
    "; $x ",
    "$((x",
    "let ",
    "mapfile -t a",
];

/// What the corpus has of such commands, but for those that reach further than a folder.
fn seeds() -> Vec<String> {
    let text = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/risk/own.jsonl")).unwrap();
    let rows = text.lines().map(|row| serde_json::from_str::<serde_json::Value>(row).unwrap());
    let command = |row: serde_json::Value| row["command"].as_str().unwrap().to_owned();
    let is_tame = |text: &String| {
        let reaches = ["/", "..", "~", "rm ", "exec", "HIST", "PATH", "kill", "suspend", "HOME"];
        text.contains("touch")
            && text.contains("pwned")
            && text.len() < 100
            && !reaches.iter().any(|w| text.contains(w))
    };
    rows.map(command).filter(is_tame).collect()
}

fn at_random(dice: &mut Dice, text: &str) -> usize {
    let borders: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
    borders[dice.roll(borders.len())]
}

fn changed(dice: &mut Dice, seeds: &[String]) -> String {
    if dice.roll(3) == 0 {
        return (0..3 + dice.roll(12)).map(|_| dice.pick(PIECES)).collect();
    }
    let mut text = seeds[dice.roll(seeds.len())].clone();
    for _ in 0..1 + dice.roll(4) {
        let at = at_random(dice, &text);
        match dice.roll(8) {
            0..4 => text.insert_str(at, dice.pick(PIECES)),
            4 => drop(text.pop()),
            5 if at < text.len() => drop(text.remove(at)),
            6 => {
                let to = at_random(dice, &text);
                let (from, to) = (at.min(to), at.max(to));
                if to - from < 8 {
                    text.replace_range(from..to, "");
                }
            }
            _ => {
                let other = &seeds[dice.roll(seeds.len())];
                let from = at_random(dice, other);
                let piece: String = other[from..].chars().take(1 + dice.roll(12)).collect();
                text.insert_str(at, &piece);
            }
        }
    }
    text
}

/// Runs a command in a folder of its own; what is there afterwards that was not before.
fn marks(dir: &Path, programs: &Path, command: &str) -> Vec<String> {
    let here = dir.join("here");
    fs::create_dir(&here).unwrap();
    fs::write(here.join("README.md"), "hi\n").unwrap();
    let mut child = Command::new("bash")
        .args(["--norc", "--noprofile", "-c", command])
        .current_dir(&here)
        .env_clear()
        .envs([("PATH", programs), ("HOME", &here)])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
        .unwrap();
    let group = i32::try_from(child.id()).unwrap();
    let (done, is_done) = std::sync::mpsc::channel();
    let waiting = std::thread::spawn(move || {
        let _ = child.wait();
        let _ = done.send(());
    });
    // Some go round for ever: that is no mark.
    let _ = is_done.recv_timeout(PATIENCE);
    // SAFETY: a group of our own making; where all of it has ended the number is nobody's.
    unsafe { libc::kill(-group, libc::SIGKILL) };
    waiting.join().unwrap();
    let names = fs::read_dir(&here).unwrap().map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned());
    let mut new: Vec<String> = names.filter(|name| name != "README.md").collect();
    new.sort();
    fs::remove_dir_all(&here).unwrap();
    new
}

#[test]
fn nothing_that_is_allowed_leaves_a_mark() {
    let of = |name: &str| std::env::var(name).ok().and_then(|n| n.parse().ok());
    let wanted = of("CONDUCTOR_TEST_MARKS").map_or(MADE, |n| n as usize);
    let mut dice = Dice(of("CONDUCTOR_TEST_SEED").unwrap_or(0x2545_f491_4f6c_dd1d_u64));
    let place = Workplace { workspace: "/home/u/proj".into(), home: "/home/u".into(), user: "u".into(), state: vec![] };
    let is_allowed = |text: &str| {
        // The parser panics over some texts: that costs its worker, and the answer is to ask.
        let taken = std::panic::catch_unwind(|| analyse(text, "/home/u/proj", &place, &Nothing).parts);
        let Ok(parts) = taken else { return false };
        parts.iter().all(|part| part.class == Class::Read && part.risk == Risk::Low)
    };
    let dir = tempfile::tempdir().unwrap();
    let programs = dir.path().join("programs");
    fs::create_dir(&programs).unwrap();
    for name in PROGRAMS {
        let found =
            ["/usr/bin", "/bin"].map(|folder| Path::new(folder).join(name)).into_iter().find(|path| path.exists());
        symlink(found.unwrap_or_else(|| panic!("{name} is needed")), programs.join(name)).unwrap();
    }
    // The ground itself: what is not allowed leaves a mark there.
    assert_eq!(marks(dir.path(), &programs, "x='touch pwned'; false && x=; $x ls"), ["ls", "pwned"]);
    let seeds = seeds();
    assert!(seeds.len() > 100, "{} seeds", seeds.len());
    let (mut allowed, mut wrong) = (0, Vec::new());
    for _ in 0..wanted {
        let command = changed(&mut dice, &seeds);
        // Without an end, or a bomb.
        let is_endless = ["while", "until", "((;", "()"].iter().any(|word| command.replace(' ', "").contains(word));
        if !command.contains("touch") || is_endless || !is_allowed(&command) {
            continue;
        }
        allowed += 1;
        let marks = marks(dir.path(), &programs, &command);
        if !marks.is_empty() {
            wrong.push(format!("{command}\n  {marks:?}"));
        }
    }
    println!("{wanted} commands, {allowed} of them allowed and run, {} left a mark", wrong.len());
    assert!(allowed > wanted / 1_000, "{allowed} of {wanted} allowed");
    assert!(wrong.is_empty(), "{} of {allowed}:\n{}", wrong.len(), wrong[..wrong.len().min(12)].join("\n---\n"));
}
