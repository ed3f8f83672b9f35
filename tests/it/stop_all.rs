//! Everything is stopped for a while: who works is interrupted by the key of its kind, nobody is ended, messages are
//! refused, and a server that is killed changes nothing of it.

use serde_json::Value;

use crate::support::Home;

/// Says that it works, and shows the keys that it gets.
const BUSY: &str = r#"
name = "busy"
title = "Busy"
programs = ["sh"]
arguments = ["-c", "stty raw -echo; printf '\\033]7501;state=working\\033\\\\'; exec cat -v"]
reports_status = true
"#;

/// What was done with one of them.
fn about(said: &Value, id: &str) -> (String, String) {
    let one = said["agents"].as_array().unwrap().iter().find(|one| one["id"] == id);
    let one = one.unwrap_or_else(|| panic!("no {id} in {said}"));
    let word = |name: &str| one[name].as_str().unwrap().to_owned();
    (word("what"), word("words"))
}

#[test]
fn everything_is_interrupted_and_held_until_it_is_taken_back() {
    let home = Home::new();
    home.write("providers/busy.toml", BUSY);
    let busy = home.agent_of(home.cmd(["launch", "-p", "busy", "--headless", "--json"]).run());
    let shell = home.agent_of(home.cmd(["launch", "-p", "shell", "--headless", "--json"]).run());
    let own = home.launch("own", &["cat"]);
    home.wait_terminal(&busy.id, "work", |t| t["status"] == "running");
    let _ = home.cmd(["send", &shell.id, "sleep 1000"]).run().ok();
    home.wait_terminal(&shell.id, "work", |t| t["status"] == "running");

    let said = home.cmd(["stop-all", "--json"]).run().ok().json();
    assert!(said["stopped_since_ms"].is_u64(), "{said}");
    assert_eq!(about(&said, &busy.id), ("interrupted".into(), "by Escape".into()));
    assert_eq!(about(&said, &shell.id), ("interrupted".into(), "by C-c".into()));
    assert_eq!(about(&said, &own.id).0, "left", "{said}");
    home.wait_screen(&busy.id, "^[");
    home.wait_terminal(&shell.id, "rest", |t| t["status"] == "ready");
    for agent in [&busy, &shell, &own] {
        assert_eq!(home.terminal(&agent.id)["pid"], agent.pid, "it lives");
    }

    let refuses = || {
        let refused = home.cmd(["send", &own.id, "--now", "word"]).run().code(1).stderr;
        assert!(refused.contains("everything is stopped; nothing was typed"), "{refused}");
        assert!(refused.contains("stop-all --undo"), "{refused}");
    };
    refuses();
    let killed = home.kill_server();
    home.server_other_than(Some(killed));
    assert_eq!(home.api("/stop-all").unwrap()["stopped_since_ms"], said["stopped_since_ms"]);
    refuses();
    // A person's keys go on.
    let _ = home.cmd(["keys", &own.id, "k", "Enter"]).run().ok();
    home.wait_screen(&own.id, "k");

    let said = home.cmd(["stop-all", "--undo"]).run().ok().stdout;
    assert_eq!(said, "Messages are typed again.\n");
    assert_eq!(home.api("/stop-all").unwrap()["stopped_since_ms"], Value::Null);
    let _ = home.cmd(["send", &own.id, "--now", "word"]).run().ok();
    home.wait_screen(&own.id, "word");
    assert!(!home.screen_of(&busy.id).contains("word"));
}

#[test]
fn without_agents_it_says_so() {
    let home = Home::new();
    let agent = home.launch("one", &["cat"]);
    let _ = home.cmd(["stop", &agent.id]).run().ok();
    let said = home.cmd(["stop-all"]).run().ok().stdout;
    assert!(said.starts_with("No agent runs.\nMessages are held and refused until "), "{said}");
}

#[test]
fn one_key_stops_everything_on_the_screen_and_takes_it_back() {
    let home = Home::new();
    home.write("providers/busy.toml", BUSY);
    let busy = home.agent_of(home.cmd(["launch", "-p", "busy", "--headless", "--json"]).run());
    home.wait_terminal(&busy.id, "work", |t| t["status"] == "running");
    let outer = home.outer().size(120, 35).conductor([""; 0]);
    outer.wait_text("COMMAND");
    outer.press("S").wait_text("Stop everything?");
    outer.press("y").wait_text("everything is stopped: no message is typed · S takes it back");
    home.wait_screen(&busy.id, "^[");
    // Another screen says it as well, also after the server.
    let killed = home.kill_server();
    home.server_other_than(Some(killed));
    let other = home.outer().size(120, 35).conductor([""; 0]);
    other.wait_text("everything is stopped");
    other.press("S").wait_text("Go on?");
    other.press("y").wait_gone("everything is stopped");
    outer.wait_gone("everything is stopped");
    for screen in [&outer, &other] {
        screen.press("D").wait_exit();
        screen.assert_restored();
    }
}
