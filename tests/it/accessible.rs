//! The screen in plain lines: nothing is drawn and nothing moves; everything is said, and can be done by words.

use crate::support::fleet::id;
use crate::support::repository::{git, repository};
use crate::support::{Home, need};

/// Bytes that draw or move.
fn draws(text: &str) -> bool {
    text.contains('\u{1b}') || text.contains(['│', '─', '▸'])
}

#[test]
fn agents_are_told_of_and_spoken_to_in_lines() {
    let home = Home::new();
    let cat = id(&home.launch_script("work", "echo ready to read; exec cat"));
    home.wait_screen(&cat, "ready to read");
    let outer = home.outer().size(100, 40).conductor(["--accessible"]);
    outer.wait_text("conductor-tui. 1 agent.");
    outer.wait_text("1 supervisor-shell, shell, working");
    outer.type_text("send 1 hello there\n").wait_text("Sent to 1 supervisor-shell.");
    home.wait_screen(&cat, "hello there");
    outer.type_text("read 1\n").wait_text("ready to read");
    outer.type_text("find hello\n").wait_text("1 supervisor-shell: hello there");
    // What happens elsewhere is told, with a number that stays.
    let other = id(&home.worker("work", "echo other; exec cat"));
    outer.wait_text("New agent 2 worker-shell");
    outer.type_text("keys 1 C-c\n").wait_text("Pressed in 1 supervisor-shell.");
    outer.wait_text("1 supervisor-shell, shell, gone: ended by signal 2");
    drop(home.cmd(["close", &cat]).run().ok());
    outer.wait_text("supervisor-shell was removed");
    outer.type_text("1\n").wait_text("There is no agent 1.");
    outer.type_text("stop 2\n").wait_text("Type yes");
    outer.type_text("no\n").wait_text("2 worker-shell goes on.");
    // A new one, by numbered choices.
    let seen = outer.type_text("new\n").wait_text(" Shell");
    assert!(seen.find("What kind of agent?").is_some());
    let shell = seen.rows().iter().find(|row| row.contains(" Shell")).unwrap_or_else(|| panic!("{}", outer.screen()));
    let number: String = shell.trim_start_matches(['│', ' ']).chars().take_while(char::is_ascii_digit).collect();
    outer.type_text(&format!("{number}\n")).wait_text("In which directory?");
    outer.type_text("\n").wait_text("Started ");
    // The server dies under it.
    home.kill_server();
    outer.wait_text("The server is back.");
    outer.type_text("read 2\n").wait_text("other");
    outer.type_text("dance\n").wait_text("is not a command");
    outer.type_text("help\n").wait_text("send 2 TEXT: type TEXT to agent 2");
    outer.type_text("quit\n").wait_text("Left. Agents go on.");
    assert_eq!(outer.wait_exit(), 0);
    let raw = String::from_utf8_lossy(&outer.raw_from(0)).into_owned();
    assert!(!draws(&raw), "{raw:?}");
    assert!(home.find_terminal(&other).is_some());
}

#[test]
fn it_needs_no_terminal() {
    let home = Home::new();
    drop(home.launch_script("work", "exec cat"));
    let said = home.cmd(["--read-only"]).env("ACCESSIBLE", "1").stdin("list\nsend 1 x\nquit\n").run().ok();
    assert!(said.stdout.contains("1 agent.") && said.stdout.contains("You may only look here"), "{}", said.stdout);
}

#[test]
fn numbers_are_the_sidebars() {
    let home = Home::new();
    let first = id(&home.launch_script("one", "exec cat"));
    drop(home.launch_script("two", "exec cat"));
    let moved = id(&home.worker("one", "exec cat"));
    drop(home.cmd(["rename", &moved, "moved up"]).run().ok());
    home.write("screen.json", &format!("{{ \"agents\": [\"{moved}\", \"{first}\"] }}"));
    let said = home.cmd(["--read-only"]).env("ACCESSIBLE", "1").stdin("quit\n").run().ok();
    let line = |words: &str| said.stdout.find(words).unwrap_or_else(|| panic!("{words} is not in {}", said.stdout));
    assert!(line("1 moved up") < line("2 supervisor-shell") && line("2 ") < line("3 supervisor-shell"));
}

#[test]
fn work_trees_are_told_of_kept_and_finished_in_lines() {
    if !need::have("git") {
        return;
    }
    let home = Home::new();
    let top = repository(&home);
    git(&top, &["config", "user.name", "ada"]);
    git(&top, &["config", "user.email", "ada@example.org"]);
    let start = ["launch", "--headless", "--json", "--branch", "fix", "--name", "fix", "--", "sh", "-c"];
    let agent = home.cmd(start.iter().copied().chain(["echo new > new; echo written; exec cat"])).run().ok().json();
    let path = std::path::PathBuf::from(agent["cwd"].as_str().unwrap());
    home.wait_screen(&id(&agent), "written");
    let outer = home.outer().size(120, 40).conductor(["--accessible"]);
    outer.wait_text("conductor-tui. 1 agent.");
    outer.type_text("finish tree 1\n").wait_text("There is no tree 1. Type trees");
    outer.type_text("trees\n").wait_text("1 fix from main, ready, agent 1 fix");
    outer.type_text("snapshot tree 1\n").wait_text("Snapshot 1 of fix: 3 files.");
    outer.type_text("remove tree 1\n").wait_text("Remove fix? Type yes");
    outer.type_text("no\n").wait_text("fix stays as it is.");
    let _ = home.cmd(["stop", &id(&agent)]).run().ok();
    outer.wait_text("stopped");
    outer.type_text("remove tree 1\n");
    outer.type_text("yes\n").wait_text("fix is removed.");
    assert!(!path.exists());
    outer.type_text("restore tree 1\n").wait_text("fix is back at ");
    assert!(path.join("new").exists());
    outer.type_text("finish tree 1\n").wait_text("1 file without a commit: new");
    outer.type_text("9\n").wait_text("Type one of the numbers, or nothing.");
    outer.type_text("1\n").wait_text("What shall the commit of what has none say?");
    outer.type_text("Something new\n").wait_text("fix is in main, which is at ");
    assert_eq!(git(&top, &["log", "-1", "--format=%s", "main"]), "Something new");
    assert!(!path.exists());
    outer.type_text("quit\n");
    assert_eq!(outer.wait_exit(), 0);
    let raw = String::from_utf8_lossy(&outer.raw_from(0)).into_owned();
    assert!(!draws(&raw), "{raw:?}");
}
