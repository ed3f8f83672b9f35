//! What keys, pastes, switches, hooks and steps do.

use super::{Lab, SIZE};
use crate::fake::machine::{Effect, Ended};
use crate::fake::scene::Size;

const SCRIPT: &str = r#"
[[turns]]
prompt = "think"
steps = [{ think = 1000 }, { say = "thought" }]
[[turns]]
prompt = "run"
steps = [{ run = "make it" }, { say = "it said {output}" }]
[[turns]]
prompt = "leave"
steps = [{ approve = "rm x" }, { say = "gone: {output}" }]
[[turns]]
prompt = "three"
steps = [{ approve = "ls", choices = ["Once", "Always", "Never"] }]
[[turns]]
prompt = "say"
steps = [{ say = "0123456789", over = 1000 }]
[[turns]]
prompt = "print"
steps = [{ print = "\u001b]2;raw\u0007" }, { hex = "1b5d323b68657807" }]
[[turns]]
prompt = "exit"
steps = [{ exit = 7 }]
[[turns]]
prompt = "die"
steps = [{ die = true }]
[[turns]]
prompt = "hang"
steps = [{ hang = true }]
[[turns]]
prompt = "^echo"
steps = [{ say = "you said {prompt}" }]
"#;

fn lab(head: &str) -> Lab {
    Lab::new(&format!("{head}\n{SCRIPT}"))
}

const STYLES: [&str; 6] = ["claude", "codex", "gemini", "opencode", "copilot", "plain"];

#[test]
fn what_is_typed_is_edited_and_sent() {
    for style in STYLES {
        let mut lab = lab(&format!("style = '{style}'"));
        lab.feed("echo onee\x7f");
        lab.sees("echo one").feed("\x15\r").misses("echo one");
        lab.feed("\x1b[200~echo a\rb\x1b[201~").sees("b").feed("\r").wait(10).sees("you said echo a");
        lab.send("nothing knows this").wait(10).sees("(no turn of the script begins with this)");
    }
}

#[test]
fn a_prompt_that_comes_while_it_works_is_next() {
    let mut lab = lab("style = 'claude'");
    lab.send("think").wait(100).send("echo later").misses("you said").wait(1000).sees("you said echo later");
    let text = lab.text();
    assert!(text.find("thought") < text.find("you said"), "{text}");
    let mut first = Lab::sized(&format!("style = 'codex'\n{SCRIPT}"), SIZE, Some("echo at once"));
    first.wait(10).sees("you said echo at once");
}

#[test]
fn commands_run_when_they_may_and_only_then() {
    for style in STYLES {
        let mut lab = lab(&format!("style = '{style}'"));
        let (job, command) = {
            lab.send("run");
            lab.started()
        };
        assert_eq!(command, "make it");
        lab.misses("it said").end(job, 0, "all\nright\n").wait(10).sees("it said all");
        lab.send("leave");
        assert!(lab.effects.is_empty(), "nothing runs before the answer");
        lab.escape().misses("gone:");
        assert!(lab.effects.is_empty(), "{style}: {:?}", lab.effects);
        lab.send("leave").feed("\r");
        let (job, _) = lab.started();
        lab.end(job, 1, "no such file").wait(10).sees("gone: no such file");
        // The last choice says no, however it is reached; they go round.
        lab.send("three").feed("\x1b[A\r");
        assert!(lab.effects.is_empty(), "{style}: {:?}", lab.effects);
    }
    // Keys of their own.
    for (style, key, runs) in [
        ("claude", "1", true),
        ("claude", "4", false),
        ("codex", "y", true),
        ("codex", "p", true),
        ("codex", "n", false),
        ("gemini", "2", true),
        ("opencode", "1", false),
        ("plain", "y", true),
        ("plain", "n", false),
        ("claude", "9", false),
    ] {
        let mut lab = lab(&format!("style = '{style}'"));
        lab.send("leave").feed(key);
        assert_eq!(!lab.effects.is_empty(), runs, "{style} {key}");
    }
}

#[test]
fn interrupting_ends_the_command_and_the_turn() {
    let mut lab = lab("style = 'claude'");
    lab.send("run");
    let (job, _) = lab.started();
    lab.escape();
    assert_eq!(lab.effects, [Effect::Kill { job }]);
    lab.end(job, 143, "late").wait(10).misses("it said").sees("Interrupted");
    // Nothing was said yet: the prompt stands in the composer again.
    lab.send("think").wait(10).escape().sees("❯\u{a0}think");
    lab.feed("\x15").send("hang").wait(100_000).sees("esc to interrupt").feed("\x03").misses("esc to interrupt");
    lab.feed("\x15\x03\x03");
    assert!(lab.effects.contains(&Effect::Exit(0)));
}

#[test]
fn text_comes_over_its_time() {
    let mut lab = lab("style = 'plain'");
    lab.send("say").wait(500).sees("01234").misses("012345").wait(500).sees("0123456789");
}

#[test]
fn bytes_exits_and_deaths() {
    let mut claude = lab("style = 'claude'");
    claude.send("print").wait(10);
    assert_eq!(claude.title, "hex");
    assert!(claude.out.windows(8).any(|bytes| bytes == b"\x1b]2;raw\x07"), "as they are");
    claude.send("exit");
    assert_eq!(claude.effects, [Effect::Exit(7)]);
    // At work to the last.
    let mut codex = lab("style = 'codex'");
    codex.send("die");
    assert_eq!(codex.effects, [Effect::Die]);
    assert!(codex.title.starts_with('⠋'), "{}", codex.title);
    let mut left = lab("style = 'gemini'");
    left.send("/quit");
    assert_eq!(left.effects, [Effect::Exit(0)]);
    let mut ended = lab("style = 'plain'");
    ended.feed("\x04");
    assert_eq!(ended.effects, [Effect::Exit(0)]);
}

#[test]
fn reports_come_when_the_family_says_them() {
    // Claude: after the answer, if it came before the terminal said what it is.
    let mut asked = lab("style = 'claude'");
    assert!(asked.will_report && asked.program.is_none());
    asked.feed("\x1b]7501;?\x1b\\\x1b[?62c");
    assert!(asked.program.is_some() && asked.title == "Claude Code");
    let mut late = lab("style = 'claude'");
    late.feed("\x1b[?62c\x1b]7501;?\x1b\\");
    assert!(late.program.is_none() && late.title == "✳ Claude Code");
    // Codex unasked; the others never, unless the script says so.
    assert!(lab("style = 'codex'").program.is_some());
    assert!(lab("style = 'gemini'").program.is_none() && lab("style = 'gemini'\nreports = true").program.is_some());
    let mut off = lab("style = 'claude'\nreports = false\ntitle = false");
    off.feed("\x1b]7501;?\x1b\\");
    assert!(!off.will_report && off.program.is_none() && off.titles.is_empty());
    // The message says what it is at; it is taken back at the end.
    let mut codex = lab("style = 'codex'");
    codex.send("leave").feed("y");
    codex.machine.leave(0);
    codex.look();
    assert!(codex.program.is_none());
    asked.send("leave");
    assert_eq!(asked.program.as_ref().and_then(|p| p.message.as_deref()), Some("approve Bash: rm x"));
}

#[test]
fn switches() {
    let mut slow = lab("style = 'codex'\nslow_start_ms = 500");
    slow.feed("echo lost\r").wait(400);
    assert!(slow.out.is_empty());
    slow.wait(200).sees("Ask Codex").misses("lost");

    let mut swallowed = lab("style = 'claude'\nswallow_first_enter = true");
    swallowed.send("echo x").wait(10).misses("you said").feed("\r").wait(10).sees("you said echo x");

    let mut dropped = lab("style = 'claude'\ndrop_keys_ms = 300");
    dropped.feed("echo lost").misses("lost").wait(300).send("leave");
    dropped.feed("1").sees("Do you want to proceed?").wait(300).feed("1");
    assert_eq!(dropped.started().1, "rm x");

    let mut pasted = lab("style = 'claude'\npaste_placeholder_over = 5");
    pasted.feed("\x1b[200~short\x1b[201~").sees("short").feed("\x15\x1b[200~echo a\nlong\x1b[201~");
    pasted.sees("[Pasted text #1 +2 lines]").misses("long").feed("\r").wait(10).sees("you said echo a");

    let mut storm = lab("style = 'opencode'\nredraw_hz = 20");
    let before = storm.out.len();
    storm.wait(1000);
    assert!(storm.out.len() - before > 15 * 1000, "{}", storm.out.len() - before);
    let (mut calm, before) = (lab("style = 'opencode'"), lab("style = 'opencode'").out.len());
    calm.wait(1000);
    assert_eq!(calm.out.len(), before, "an idle double is silent");

    let count = |lab: &Lab, bytes: &[u8]| lab.out.windows(bytes.len()).filter(|w| *w == bytes).count();
    let synchronized = lab("style = 'gemini'\nsynchronized = true\nalternate_screen = true");
    assert_eq!((count(&synchronized, b"\x1b[?2026h"), count(&synchronized, b"\x1b[?1049h")), (1, 1));
    let plain = lab("style = 'claude'\nsynchronized = false\nalternate_screen = false");
    assert_eq!((count(&plain, b"\x1b[?2026h"), count(&plain, b"\x1b[?1049h")), (0, 0));
}

#[test]
fn another_size_is_another_picture() {
    for style in STYLES {
        let mut lab = lab(&format!("style = '{style}'"));
        lab.send("echo one").wait(10);
        for (cols, rows) in [(40, 12), (120, 40), (3, 1), (100, 30)] {
            lab.screen.resize(crate::core::screen::Size::new(cols, rows));
            lab.machine.resize(Size { cols: cols.into(), rows: rows.into() }, lab.now);
            lab.look();
        }
        lab.sees("you said echo one");
        for head in ["think", "leave", "run", "say"] {
            lab.send(head).wait(2000);
        }
    }
}

#[test]
fn trust_is_asked_first_and_no_ends_it() {
    for (style, yes, no) in
        [("claude", "\x1b[B\r", "\r"), ("codex", "1", "2"), ("gemini", "1", "3"), ("copilot", "2", "3")]
    {
        let mut trusted = lab(&format!("style = '{style}'\ntrust = true"));
        trusted.feed(yes).send("echo in").wait(10).sees("you said echo in");
        let mut refused = lab(&format!("style = '{style}'\ntrust = true"));
        refused.feed(no);
        assert_eq!(refused.effects, [Effect::Exit(1)], "{style}");
        let mut escaped = lab(&format!("style = '{style}'\ntrust = true"));
        escaped.escape();
        assert_eq!(escaped.effects, [Effect::Exit(1)], "{style}");
    }
}

fn answer(lab: &mut Lab, job: u32, code: i32, stdout: &str, stderr: &str) {
    let end = Ended { code: Some(code), stdout: stdout.into(), stderr: stderr.into() };
    lab.machine.ended(job, &end, lab.now);
    lab.look();
}

const ALLOW: &str = r#"{"hookSpecificOutput":{"permissionDecision":"allow"}}"#;

#[test]
fn hooks_before_a_command_decide() {
    let with_hook = || lab("style = 'claude'\nhooks = { PreToolUse = 'the hook' }");
    let asked = |lab: &mut Lab, prompt: &str| {
        lab.send(prompt).misses("Do you want to proceed?");
        let (job, command) = lab.started();
        assert_eq!(command, "the hook");
        job
    };
    let mut allowed = with_hook();
    let job = asked(&mut allowed, "leave");
    answer(&mut allowed, job, 0, ALLOW, "");
    assert_eq!(allowed.started().1, "rm x", "without a dialog");
    let mut denied = with_hook();
    let job = asked(&mut denied, "leave");
    answer(&mut denied, job, 2, "", "not here");
    denied.wait(10).sees("not here").sees("gone:");
    assert!(denied.effects.is_empty());
    // One that fails is as if it were not there; one that asks opens a dialog where there was none.
    let mut crashed = with_hook();
    let job = asked(&mut crashed, "leave");
    answer(&mut crashed, job, 1, ALLOW, "");
    crashed.sees("Do you want to proceed?");
    let mut asking = with_hook();
    let job = asked(&mut asking, "run");
    answer(&mut asking, job, 0, &ALLOW.replace("allow", "ask"), "");
    asking.sees("Do you want to proceed?");
    // Too late.
    let mut slow = lab("style = 'claude'\nhooks = { PreToolUse = [{ hooks = [{ command = 'h', timeout = 2 }] }] }");
    slow.send("leave");
    let (job, _) = slow.started();
    slow.wait(1900).misses("Do you want to proceed?").wait(200).sees("Do you want to proceed?");
    assert_eq!(slow.effects, [Effect::Kill { job }]);
}

#[test]
fn a_hook_asked_for_permission_races_with_the_dialog_or_goes_first() {
    let deny = r#"{"hookSpecificOutput":{"decision":{"behavior":"deny","message":"no"}}}"#;
    let mut claude = lab("style = 'claude'\nhooks = { PermissionRequest = 'h' }");
    claude.send("leave").sees("Do you want to proceed?");
    let (job, _) = claude.started();
    claude.feed("1");
    assert_eq!(claude.started().1, "rm x", "the key was first");
    answer(&mut claude, job, 0, deny, "");
    claude.misses("no hook");
    let mut hooked = lab("style = 'claude'\nhooks = { PermissionRequest = 'h' }");
    hooked.send("leave");
    let (job, _) = hooked.started();
    answer(&mut hooked, job, 0, deny, "");
    hooked.wait(10).misses("Do you want to proceed?").sees("gone:");
    let mut codex = lab("style = 'codex'\nhooks = { PermissionRequest = 'h' }");
    codex.send("leave").misses("Would you like to run");
    let (job, _) = codex.started();
    answer(&mut codex, job, 0, "", "");
    codex.sees("Would you like to run");
}

#[test]
fn other_hooks_are_told_and_not_waited_for() {
    let hooks =
        "hooks = { SessionStart = 'a', UserPromptSubmit = 'b', PostToolUse = 'c', Stop = 'd', SessionEnd = 'e' }";
    let mut lab = lab(&format!("style = 'claude'\n{hooks}"));
    assert_eq!(lab.started().1, "a");
    lab.send("run");
    assert_eq!(lab.started().1, "b");
    let (job, _) = lab.started();
    lab.end(job, 0, "x").wait(10).sees("it said x");
    assert_eq!((lab.started().1.as_str(), lab.started().1.as_str()), ("c", "d"));
    lab.send("/exit");
    assert_eq!(lab.started().1, "e");
    assert_eq!(lab.effects, [Effect::Exit(0)]);
}

#[test]
fn twice_the_same_is_twice_the_same() {
    let play = || {
        let mut lab = lab("style = 'codex'");
        lab.send("think").wait(2000).send("leave").wait(500).feed("y");
        lab.out
    };
    assert_eq!(play(), play());
}

#[test]
fn the_shipped_scripts_can_be_used() {
    let dir = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scripts");
    let mut names = vec![];
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let mut lab = Lab::new(&text);
        lab.wait(3000);
        assert!(!lab.text().is_empty(), "{}", path.display());
        names.push(path.file_stem().unwrap().to_string_lossy().into_owned());
    }
    for style in STYLES {
        assert!(names.iter().any(|name| name == style), "no script for {style}");
    }
}

/// What the documentation shows can be used.
#[test]
fn the_examples_of_the_documentation_can_be_used() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/fake-agent.md");
    let text = std::fs::read_to_string(path).unwrap();
    let mut found = 0;
    for block in text.split("```toml\n").skip(1) {
        let example = block.split("```").next().unwrap();
        let example =
            if example.contains("style =") { example.to_owned() } else { format!("style = 'claude'\n{example}") };
        crate::fake::script::parse(&example).unwrap_or_else(|e| panic!("{e}\n{example}"));
        found += 1;
    }
    assert!(found > 1, "{found}");
}
