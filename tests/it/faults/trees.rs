//! Agents that do not want to end, and agents that leave a crowd behind: closing one ends its whole tree.

use std::time::Duration;

use crate::support::wait::wait_until_for;
use crate::support::{Home, proc, wait_until};

#[test]
fn a_deaf_agent_is_gone_within_the_grace() {
    let home = Home::new();
    let agent = home.launch("deaf", &["sh", "-c", "trap '' HUP TERM INT; echo deaf; while :; do sleep 1; done"]);
    home.wait_screen(&agent.id, "deaf");
    let _ = home.cmd(["close", &agent.id]).limit(Duration::from_secs(6)).run().ok();
    assert!(!proc::alive(agent.pid));
    crate::support::wait_until("the end of the holder", || (!proc::alive(agent.holder)).then_some(()));
    assert!(home.api(&format!("/terminals/{}", agent.id)).is_none());
}

#[test]
fn two_hundred_grandchildren_end_with_their_agent() {
    let home = Home::new();
    let script =
        "i=0; while [ $i -lt 200 ]; do (trap '' HUP; exec sleep 7777) & i=$((i + 1)); done; echo all; read -r x";
    let agent = home.launch("crowd", &["sh", "-c", script]);
    home.wait_screen(&agent.id, "all");
    let crowd = wait_until("the crowd", || Some(proc::descendants(agent.pid)).filter(|all| all.len() == 200));
    // The agent itself ends; what it left behind follows.
    let _ = home.cmd(["send", &agent.id, "-m", "go"]).run().ok();
    wait_until_for(Duration::from_secs(5), "the end of the crowd", || {
        crowd.iter().all(|pid| !proc::alive(*pid)).then_some(())
    });
    let row = home.wait_terminal(&agent.id, "a closed row", |row| row["status"] == "closed");
    assert_eq!(row["exit_code"], 0, "{row:#}");
    // It tells the end first and ends then.
    crate::support::wait_until("the end of the holder", || (!proc::alive(agent.holder)).then_some(()));
    home.shut_down_all();
}

#[test]
fn a_stopped_agent_can_be_closed() {
    let home = Home::new();
    let agent = home.launch("stopped", &["sh", "-c", "echo up; exec cat"]);
    home.wait_screen(&agent.id, "up");
    proc::signal(agent.pid, libc::SIGSTOP);
    wait_until("a stopped agent", || proc::stopped(agent.pid).then_some(()));
    let _ = home.cmd(["close", &agent.id]).limit(Duration::from_secs(6)).run().ok();
    assert!(!proc::alive(agent.pid));
    crate::support::wait_until("the end of the holder", || (!proc::alive(agent.holder)).then_some(()));
}
