//! A living agent whose log cannot be read: lost is not ended (invariant 6 of ARCHITECTURE.md). Its row says unknown and
//! why, the log is tried again, and whoever wants can end the agent all the same.

use crate::support::{Agent, Home, proc, wait_until};
use serde_json::Value;

/// A server that finds a folder in the place of an agent's journal: root reads whatever modes forbid.
fn unreadable(home: &Home) -> Agent {
    let agent = home.launch("one", &["sh", "-c", "echo printed; exec cat"]);
    home.wait_screen(&agent.id, "printed");
    let _ = home.cmd(["shutdown"]).run().ok();
    let journal = journal(home, &agent);
    std::fs::rename(&journal, home.join("kept")).unwrap();
    std::fs::create_dir(&journal).unwrap();
    home.launch("other", &["cat"]);
    home.wait_terminal(&agent.id, "a row that says why", |row| {
        row["status"] == "unknown" && detail(row).contains("its log cannot be read")
    });
    agent
}

fn journal(home: &Home, agent: &Agent) -> std::path::PathBuf {
    home.join(format!("logs/terminal/{}.idx", agent.id))
}

fn detail(row: &Value) -> String {
    row["detail"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn a_living_agent_whose_log_cannot_be_read_is_unknown_until_it_can() {
    let home = Home::new();
    let agent = unreadable(&home);
    let row = home.terminal(&agent.id);
    assert_eq!(row["pid"].as_i64(), Some(agent.pid.into()), "{row:#}");
    let refused = home.cmd(["output", &agent.id]).run();
    assert!(refused.code != 0 && refused.stderr.contains("cannot be read"), "{refused:?}");
    std::fs::remove_dir(journal(&home, &agent)).unwrap();
    std::fs::rename(home.join("kept"), journal(&home, &agent)).unwrap();
    home.wait_terminal(&agent.id, "a row without that word", |row| !detail(row).contains("cannot be read"));
    let _ = home.cmd(["send", &agent.id, "-m", "word"]).run().ok();
    home.wait_screen(&agent.id, "word");
    assert!(proc::alive(agent.pid));
}

#[test]
fn a_living_agent_whose_log_cannot_be_read_can_be_ended() {
    let home = Home::new();
    let agent = unreadable(&home);
    let _ = home.cmd(["close", &agent.id]).run().ok();
    assert!(!proc::alive(agent.pid));
    wait_until("its row to be gone", || home.api(&format!("/terminals/{}", agent.id)).is_none().then_some(()));
    home.shut_down_all();
}
