//! Every screen as a person sees it: the real program in a real terminal, in scenes that come out the same each time. What
//! is seen is compared with `screenshots/screens/*.ansi`; each has a picture beside it that says which text it was painted
//! from, so that a screen that changed and a picture that was not made anew are both failures.
//! `cargo run --example screenshots` makes texts and pictures (this test with CONDUCTOR_TEST_UPDATE=1 the texts).

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use regex::Regex;
use sha2::{Digest, Sha256};

use crate::support::fleet::id;
use crate::support::repository::repository;
use crate::support::wait::wait_at_most;
use crate::support::{Home, Outer};

/// A kind of agent whose title says what it does: what agents show of themselves, without any model.
const HELPER: &str = r#"
name = "helper"
title = "Helper"
programs = ["sh"]

[[rules]]
status = "waiting"
waiting_for = "approval"
source = "title"
pattern = '^asks'

[[rules]]
status = "running"
source = "title"
pattern = '^works'

[[rules]]
status = "ready"
source = "title"
pattern = '^rests'
"#;

const FIX: &str = r"printf '\033]2;asks\007\033[1m> make the tests green\033[0m\n\n\033[32m*\033[0m The expiry check is the wrong way round.\n\n\033[33mRun this command?\033[0m\n\n  cargo test --workspace\n\n\033[36m1. Yes\033[0m\n2. No, and say why\n'; exec cat";
const TESTS: &str = r"printf '\033]2;works\007'; for n in 1 2 3 4 5 6 7 8 9 10 11 12; do printf '\033[32m   Compiling\033[0m crate-%s v0.%s.0\n' $n $n; done; printf '\033[31merror[E0382]\033[0m: borrow of moved value: \033[1mtoken\033[0m\n  --> src/token.rs:42:9\n'; exec cat";
const DOCS: &str = r"printf '\033]2;rests\007# Tokens\n\nA token is valid until it expires.\n'; exec cat";
const GONE: &str = "echo 'cannot reach the registry'; exit 3";

/// Agents that happen to be installed elsewhere would be on the pictures.
const TOOLS: &str = "/usr/bin:/bin";

struct World {
    home: Home,
}

impl World {
    fn empty() -> World {
        let home = Home::new();
        home.write("config.toml", "[ui]\nclock = false\n");
        home.write("providers/helper.toml", HELPER);
        World { home }
    }

    fn with_agents() -> World {
        let world = World::empty();
        for (name, script) in [("fix-auth", FIX), ("tests", TESTS), ("docs", DOCS), ("deploy", GONE)] {
            let first = name == "fix-auth";
            let start: &[&str] = if first { &["launch", "--session-name", "api"] } else { &["worker", "api"] };
            let rest = ["--headless", "--json", "--provider", "helper", "--name", name, "--", "/bin/sh", "-c", script];
            let agent = id(&world.home.cmd(start.iter().copied().chain(rest)).env("PATH", TOOLS).run().ok().json());
            // One after the other: the order of the sidebar is that of the starts.
            let state = ["waiting", "running", "ready", "error"]
                [["fix-auth", "tests", "docs", "deploy"].iter().position(|n| *n == name).unwrap()];
            world.home.wait_terminal(&agent, state, |t| t["status"] == state);
        }
        world
    }

    /// Two agents in work trees of their own, the second of which has ended, and a tree that was removed.
    fn with_trees() -> World {
        let world = World::empty();
        repository(&world.home);
        let asks = r"printf '\033]2;asks\007> Tokens end too late.\n'; echo end > token.rs; exec cat";
        for (name, script) in [("fix-auth", asks), ("docs", "echo words > docs.md"), ("old-try", "true")] {
            let start =
                ["launch", "--session-name", name, "--headless", "--json", "--provider", "helper", "--name", name];
            let rest = ["--branch", name, "--", "/bin/sh", "-c", script];
            let agent = id(&world.home.cmd(start.iter().chain(&rest)).env("PATH", TOOLS).run().ok().json());
            let state = if name == "fix-auth" { "waiting" } else { "completed" };
            world.home.wait_terminal(&agent, state, |t| t["status"] == state || t["pid"].is_null());
            if name == "old-try" {
                let _ = world.home.cmd(["close", &agent]).run().ok();
                let _ = world.home.cmd(["worktrees", "remove", name]).run().ok();
            }
        }
        world
    }

    fn screen(&self, columns: u16, rows: u16) -> Outer {
        self.home.outer().size(columns, rows).env("COLORTERM", "truecolor").env("PATH", TOOLS).conductor([""; 0])
    }
}

/// What differs from run to run: processes, what they take, times, the names of this home and of its sizes.
fn masked(text: &str) -> String {
    let masks = [(r"/tmp/ct-\w{6}", "/tmp/ct-000000"), (r"(\b|\x1b\[[\d;]*m)\d\d:\d\d\b", "${1}12:00")];
    let replace =
        |text: String, (pattern, by): &(&str, &str)| Regex::new(pattern).unwrap().replace_all(&text, *by).into_owned();
    let text = masks.iter().fold(text.to_owned(), replace);
    // As many columns as before, however long it is; the blanks behind it may have a look of their own.
    let padded = |text: String, (pattern, by): &(&str, &str)| {
        let found = Regex::new(&format!(r"({pattern})(\x1b\[[\d;]*m)?( *)")).unwrap();
        let replaced = |found: &regex::Captures<'_>| {
            let columns = found[1].chars().count() + found[3].len();
            let blanks = " ".repeat(columns.saturating_sub(by.chars().count()));
            format!("{by}{}{blanks}", found.get(2).map_or("", |sgr| sgr.as_str()))
        };
        found.replace_all(&text, replaced).into_owned()
    };
    // What an agent takes, and how long its log is, hangs on the machine.
    let sizes = [
        (r"pid \d+", "pid 1234"),
        (r"\d+% cpu · [\d.]+ [KMG]iB", "0% cpu · 4.0 MiB"),
        (r"[\d.]+ bytes|[\d.]+ KiB", "512 bytes"),
    ];
    sizes.iter().fold(text, padded)
}

/// Without blanks at the end of lines that nobody sees: whether there are any hangs on what stood there before.
fn seen(text: &str) -> Vec<String> {
    let blanks = Regex::new(r" +((\x1b\[[\d;]*m)*)$").unwrap();
    let is_plain = |line: &str| !line.contains("48;") && !line.contains("[7");
    let line = |line: &str| if is_plain(line) { blanks.replace(line, "$1").into_owned() } else { line.to_owned() };
    text.lines().map(line).collect()
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("screenshots/screens")
}

/// Compares with what is kept, or keeps it.
fn check(name: &str, outer: &Outer, wrong: &mut Vec<String>) {
    let (text, picture) = (folder().join(format!("{name}.ansi")), folder().join(format!("{name}.png")));
    if std::env::var_os("CONDUCTOR_TEST_UPDATE").is_some() {
        // What is still on its way belongs on the picture.
        outer.wait_quiet(Duration::from_millis(300));
        return fs::write(text, masked(&outer.styled())).unwrap();
    }
    let kept = fs::read_to_string(&text).unwrap_or_default();
    if wait_at_most(Duration::from_secs(5), || (seen(&masked(&outer.styled())) == seen(&kept)).then_some(())).is_none()
    {
        wrong.push(format!("{name} is another now:\n{}", outer.screen()));
    }
    // The picture names the text that it shows.
    let sum: String = Sha256::digest(&kept).iter().map(|byte| format!("{byte:02x}")).collect();
    let bytes = fs::read(&picture).unwrap_or_default();
    if !bytes.windows(sum.len()).any(|window| window == sum.as_bytes()) {
        wrong.push(format!("{name}.png shows another text than {name}.ansi"));
    }
}

#[test]
fn every_screen_is_as_its_picture_shows_it() {
    let mut wrong = Vec::new();
    let world = World::empty();
    let outer = world.screen(100, 30);
    outer.wait_text("No agents yet");
    check("first-run-100x30", &outer, &mut wrong);
    drop(outer);

    let world = World::with_agents();
    let outer = world.screen(160, 45);
    outer.wait_text("cannot reach the registry");
    outer.wait_text("A token is valid");
    outer.wait_text("src/token.rs:42:9");
    outer.wait_text("Run this command?");
    // The agents were started at another size.
    outer.wait_gone("clipped");
    // Of a rate nothing is known at first.
    outer.wait_text("% cpu");
    check("main-160x45", &outer, &mut wrong);
    outer.press("?").wait_text("Keys");
    check("help-160x45", &outer, &mut wrong);
    outer.press("esc").wait_gone("next waiting agent");
    outer.press("/").wait_text("Find in all output");
    outer.type_text("token").wait_text("of 4 agents");
    check("find-160x45", &outer, &mut wrong);
    outer.press("esc").wait_gone("Find in all output");
    outer.press("c").wait_text("New agent");
    // Text right behind the key would be taken for a sentence typed by mistake.
    outer.wait_hands(Duration::from_millis(500));
    outer.type_text("Make the tests green.").wait_text("Make the tests green.");
    check("launch-160x45", &outer, &mut wrong);
    outer.press("esc").wait_gone("New agent");
    outer.press(":").wait_text("Do anything");
    check("palette-160x45", &outer, &mut wrong);
    outer.press("esc").wait_gone("Do anything");
    outer.resize(80, 24);
    outer.wait_text("4✗ deploy");
    check("main-80x24", &outer, &mut wrong);
    outer.press("i").wait_text("TYPING");
    check("typing-80x24", &outer, &mut wrong);
    outer.press("ctrl-q").wait_text("COMMAND");
    outer.press("v").wait_text("COPY");
    check("copy-80x24", &outer, &mut wrong);
    outer.press("esc").wait_text("COMMAND");
    outer.press("2 x").wait_text("Stop tests?");
    check("confirm-80x24", &outer, &mut wrong);
    drop(outer);

    let world = World::with_trees();
    let outer = world.screen(160, 45);
    outer.wait_text("Tokens end too late");
    outer.wait_text("% cpu");
    outer.press("B").wait_text("1 file without a commit");
    check("trees-160x45", &outer, &mut wrong);
    outer.press("esc").wait_gone("Work trees");
    outer.resize(80, 24);
    outer.wait_gone("AGENTS");
    outer.press("L").wait_text("No commit has token.rs");
    outer.press("down down");
    outer.type_text("Tokens end at their time").wait_text("1 commit of fix-auth goes into main.");
    check("finish-80x24", &outer, &mut wrong);
    assert!(wrong.is_empty(), "{}\n\n`cargo run --example screenshots` makes all of them anew", wrong.join("\n"));
}

#[test]
fn a_number_of_any_length_is_masked_in_as_many_columns() {
    let of = |pid: &str, blanks: usize| masked(&format!("pid {pid}\x1b[0m{}|", " ".repeat(blanks)));
    assert_eq!(of("8717", 3), of("12345", 2));
    assert_eq!(of("17", 5), "pid 1234\x1b[0m   |");
}
