//! Living agents that the database does not know: a copy from before their launch was put back, or it is gone. The next
//! server gives them rows: they are seen, typed into and closed like all others.

use crate::support::{Agent, Home, proc, wait_until};
use serde_json::json;

/// An agent, no server, and a database without its row.
fn forgotten(home: &Home) -> Agent {
    let agent = home.launch("known", &["sh", "-c", "echo printed; exec cat"]);
    home.wait_screen(&agent.id, "printed");
    let _ = home.cmd(["shutdown"]).run().ok();
    for entry in std::fs::read_dir(home.join("db")).unwrap().flatten() {
        std::fs::remove_file(entry.path()).unwrap();
    }
    agent
}

#[test]
fn an_agent_that_the_database_does_not_know_gets_a_row_and_can_be_used() {
    let home = Home::new();
    let agent = forgotten(&home);
    home.launch("other", &["cat"]);
    let row = home.wait_terminal(&agent.id, "a row", |row| row["pid"].is_number());
    assert_eq!((&row["session"], &row["provider"]), (&json!("conductor-found"), &json!("shell")));
    assert_eq!((row["pid"].as_i64(), &row["command"][2]), (Some(agent.pid.into()), &json!("echo printed; exec cat")));
    home.wait_screen(&agent.id, "printed");
    let _ = home.cmd(["send", &agent.id, "-m", "word"]).run().ok();
    home.wait_screen(&agent.id, "word");
    // Stored: the next server knows it by its row, and there is only one.
    let killed = home.kill_server();
    home.server_other_than(Some(killed));
    assert_eq!(home.terminals().iter().filter(|row| row["id"] == agent.id.as_str()).count(), 1);
    let _ = home.cmd(["close", &agent.id]).run().ok();
    wait_until("its end", || (!proc::alive(agent.pid)).then_some(()));
    assert!(home.terminals().iter().all(|row| row["session"] != "conductor-found"));
    home.shut_down_all();
}

#[test]
fn a_holder_of_before_says_nothing_of_what_it_runs_and_is_found_all_the_same() {
    let home = Home::new();
    let agent = forgotten(&home);
    let record = format!("run/holders/{}.json", agent.id);
    let mut known: serde_json::Value = serde_json::from_str(&home.read(&record)).unwrap();
    for word in ["provider", "command", "cwd"] {
        assert!(known.as_object_mut().unwrap().remove(word).is_some());
    }
    home.write(&record, &known.to_string());
    home.launch("other", &["cat"]);
    let row = home.wait_terminal(&agent.id, "a row", |row| row["pid"].is_number());
    assert_eq!((&row["provider"], &row["command"]), (&json!("shell"), &json!(["cat"])), "{row:#}");
    assert_eq!(row["cwd"], home.work().display().to_string());
    home.shut_down_all();
}
