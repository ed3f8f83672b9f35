//! Doubles of agent CLIs in our own panes: the shipped scripts are taken through their states, and the server must
//! say of each what it says of the real one. What a double cannot show in memory is shown here: it restores its
//! terminal, follows its size, really runs and really ends what it runs.

use serde_json::Value;

use crate::support::fleet::id;
use crate::support::home::binary;
use crate::support::{Home, wait_until};

/// A shipped script, by its name.
fn shipped(name: &str) -> String {
    format!("{}/tests/scripts/{name}.toml", env!("CARGO_MANIFEST_DIR"))
}

fn launch(home: &Home, provider: &str, script: &str) -> String {
    let words = ["launch", "--headless", "--json", "-p", provider, "--", binary(), "debug", "fake-agent", script];
    id(&home.cmd(words).run().ok().json())
}

/// As scripts see it.
fn listed(home: &Home, id: &str) -> Value {
    home.find_terminal(id).unwrap_or_else(|| panic!("{id} is not listed"))
}

/// Waits until `terminals --json` says one of these statuses, and what it waits for.
#[track_caller]
fn wait_status(home: &Home, id: &str, statuses: &[&str], waiting_for: Option<&str>) {
    let mut last = Value::Null;
    let found = crate::support::wait::wait_at_most(crate::support::wait::LIMIT, || {
        last = listed(home, id);
        let is_status = statuses.iter().any(|status| last["status"] == *status);
        (is_status && last["waiting_for"].as_str() == waiting_for).then_some(())
    });
    assert!(found.is_some(), "never {statuses:?} {waiting_for:?}; last: {last:#}\n{}", home.screen_of(id));
}

fn keys(home: &Home, id: &str, keys: &[&str]) {
    let _ = home.cmd(["keys", id].iter().chain(keys)).run().ok();
}

fn send(home: &Home, id: &str, text: &str) {
    let _ = home.cmd(["send", id, "-m", text]).run().ok();
}

/// The agents whose rules are shipped, with the keys that say yes, and that interrupt.
const STYLES: [(&str, &str, &[&str], &[&str]); 5] = [
    ("claude", "claude_code", &["1"], &["Escape"]),
    ("codex", "codex", &["y"], &["Escape"]),
    ("gemini", "gemini_cli", &["1"], &["Escape"]),
    ("opencode", "opencode", &["Enter"], &["Escape", "Escape"]),
    ("copilot", "copilot", &["1"], &["Escape", "Escape"]),
];

#[test]
fn every_double_has_the_statuses_of_the_real_one() {
    let home = Home::new();
    let _ = home.launch_script("first", "exec sleep 10000");
    let providers = home.cmd(["providers", "--json"]).run().ok().json();
    let known: Vec<&str> = providers.as_array().unwrap().iter().map(|p| p["name"].as_str().unwrap()).collect();
    assert!(known.contains(&"claude_code") && known.contains(&"codex"), "{known:?}");
    for (style, provider, yes, interrupt) in STYLES.into_iter().filter(|(_, provider, ..)| known.contains(provider)) {
        let done: &[&str] = &["ready", "completed"];
        let agent = launch(&home, provider, &shipped(style));
        wait_status(&home, &agent, &["ready"], None);

        send(&home, &agent, "wait for me");
        wait_status(&home, &agent, &["running"], None);
        home.write("work/go", "");
        wait_status(&home, &agent, done, None);
        home.wait_screen(&agent, "It said gone.");
        std::fs::remove_file(home.work().join("go")).unwrap();

        send(&home, &agent, "make a file");
        wait_status(&home, &agent, &["waiting"], Some("approval"));
        assert!(!home.work().join("made-by-agent.txt").exists(), "{style}: not before it may");
        keys(&home, &agent, yes);
        wait_status(&home, &agent, done, None);
        home.wait_screen(&agent, "Done: it is there.");
        std::fs::remove_file(home.work().join("made-by-agent.txt")).unwrap();

        send(&home, &agent, "make a file");
        wait_status(&home, &agent, &["waiting"], Some("approval"));
        keys(&home, &agent, &["Escape"]);
        wait_status(&home, &agent, done, None);
        assert!(!home.work().join("made-by-agent.txt").exists(), "{style}: it was told not to");

        send(&home, &agent, "hang");
        wait_status(&home, &agent, &["running"], None);
        keys(&home, &agent, interrupt);
        wait_status(&home, &agent, done, None);
        keys(&home, &agent, &["C-u"]);

        send(&home, &agent, "fail");
        wait_status(&home, &agent, &["error"], None);
        send(&home, &agent, "/exit");
        home.wait_terminal(&agent, "its end", |t| t["exit_code"] == 0);
    }
}

#[test]
fn an_interrupted_double_ends_its_command() {
    let home = Home::new();
    let script = home.write("s.toml", "style = 'codex'\n[[turns]]\nsteps = [{ run = 'echo $$ > pid; sleep 9999' }]");
    let agent = launch(&home, "codex", script.to_str().unwrap());
    wait_status(&home, &agent, &["ready"], None);
    send(&home, &agent, "go");
    let pid = wait_until("the command", || home.read("work/pid").trim().parse::<i32>().ok());
    keys(&home, &agent, &["Escape"]);
    wait_until("its end", || (!crate::support::proc::alive(pid)).then_some(()));
    wait_status(&home, &agent, &["ready", "completed"], None);
}

#[test]
fn storms_quotes_slow_starts_and_lost_enters() {
    let home = Home::new();
    // Redraws hide no state.
    let storm = launch(&home, "claude_code", &shipped("storm"));
    wait_status(&home, &storm, &["ready"], None);
    send(&home, &storm, "ask leave");
    wait_status(&home, &storm, &["waiting"], Some("approval"));
    keys(&home, &storm, &["1"]);
    wait_status(&home, &storm, &["ready", "completed"], None);
    assert!(home.work().join("made-by-agent.txt").exists());

    let quotes = launch(&home, "claude_code", &shipped("quotes"));
    wait_status(&home, &quotes, &["ready"], None);
    send(&home, &quotes, "quote");
    wait_status(&home, &quotes, &["ready", "completed"], None);
    send(&home, &quotes, "wait");
    home.wait_screen(&quotes, "Do you want to proceed?");
    wait_status(&home, &quotes, &["running"], None);
    home.write("work/go", "");
    wait_status(&home, &quotes, &["ready", "completed"], None);

    // A message waits for an agent that is still starting.
    let slow = launch(&home, "codex", &shipped("slow-start"));
    send(&home, &slow, "hello there");
    home.wait_screen(&slow, "You said: hello there");

    let swallows = launch(&home, "claude_code", &shipped("swallowed-enter"));
    wait_status(&home, &swallows, &["ready"], None);
    keys(&home, &swallows, &["h", "i", "Enter", "!"]);
    home.wait_screen(&swallows, "hi!");
    keys(&home, &swallows, &["Enter"]);
    home.wait_screen(&swallows, "You said: hi!");
}

#[test]
fn a_double_that_dies_is_gone_whatever_its_title_says() {
    let home = Home::new();
    let agent = launch(&home, "codex", &shipped("dies"));
    wait_status(&home, &agent, &["ready"], None);
    send(&home, &agent, "die");
    let dead = home.wait_terminal(&agent, "its death", |t| t["pid"].is_null());
    assert!(dead["title"].as_str().unwrap_or_default().starts_with(|c| ('⠀'..='⣿').contains(&c)), "{dead:#}");
    assert!(dead["status"] != "running" && dead["status"] != "ready", "{dead:#}");
    let other = launch(&home, "codex", &shipped("dies"));
    wait_status(&home, &other, &["ready"], None);
    send(&home, &other, "exit");
    home.wait_terminal(&other, "its end", |t| t["exit_code"] == 3);
}

#[test]
fn the_terminal_is_as_it_was_and_its_size_is_followed() {
    let home = Home::new();
    let script = "style = 'claude'\n[[turns]]\nprompt = 'narrow'\nsteps = [{ run = 'stty cols 60 < /dev/tty' }]";
    let script = home.write("s.toml", script);
    let around = format!(
        "before=$(stty -g); {} debug fake-agent {}; code=$?; [ \"$before\" = \"$(stty -g)\" ] && echo AS BEFORE $code; \
         exec sleep 10000",
        binary(),
        script.display()
    );
    let words = ["launch", "--headless", "--json", "-p", "claude_code", "--", "/bin/sh", "-c", &around];
    let agent = id(&home.cmd(words).run().ok().json());
    wait_status(&home, &agent, &["ready"], None);
    send(&home, &agent, "narrow");
    wait_until("another width", || {
        home.screen_of(&agent).lines().any(|row| row.trim_end() == "─".repeat(60)).then_some(())
    });
    send(&home, &agent, "/exit");
    let screen = home.wait_screen(&agent, "AS BEFORE 0");
    assert!(!screen.contains("manual mode on"), "the alternate screen was left:\n{screen}");
}

#[test]
fn what_is_wrong_is_told() {
    let home = Home::new();
    let refused = |words: &[&str], code: i32| {
        let said = home.cmd(["debug", "fake-agent"].iter().chain(words)).run().code(code).stderr;
        assert!(said.starts_with("Error: ") && said.contains("Hint: "), "{said}");
        said
    };
    assert!(refused(&["/nowhere.toml"], 3).contains("cannot read /nowhere.toml"));
    let bad = home.write("bad.toml", "style = 'claude'\n[[turns]]\nsteps = [{ thing = 1 }]");
    let said = refused(&[bad.to_str().unwrap()], 2);
    assert!(said.contains("line 3: unknown field `thing`"), "{said}");
    let good = shipped("plain");
    assert!(refused(&[&good, "--settings", "{"], 2).contains("--settings"));
    assert!(refused(&[&good], 2).contains("needs a terminal"));
}
