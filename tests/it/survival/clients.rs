//! The screen ends in every way a process can end: agents go on, the next screen shows them, and whenever the program
//! has a last word, the terminal is as it was (invariant 8 of ARCHITECTURE.md).

use crate::support::{Agent, Home, Outer, proc};

fn agent_in_a_screen(home: &Home) -> (Agent, Outer) {
    let agent = home.launch("one", &["sh", "-c", "echo shown-$((6*7)); exec cat"]);
    let outer = home.outer().conductor(["attach", "one"]);
    outer.wait_text("shown-42");
    (agent, outer)
}

#[track_caller]
fn shown_again(home: &Home, agent: &Agent) {
    assert!(proc::alive(agent.pid) && proc::alive(agent.holder), "{agent:?} was touched");
    let outer = home.outer().conductor(["attach", &agent.id]);
    outer.wait_text("shown-42");
    outer.type_text("still here\n");
    outer.wait_for("the echo and what cat says", |seen| seen.matches("still here").count() == 2);
    assert_eq!(home.terminal(&agent.id)["pid"].as_i64(), Some(agent.pid.into()));
}

#[test]
fn a_killed_screen_touches_no_agent() {
    let home = Home::new();
    let (agent, outer) = agent_in_a_screen(&home);
    let server = home.server_pid();
    proc::kill(outer.pid());
    assert_eq!(outer.wait_exit(), 128 + libc::SIGKILL);
    shown_again(&home, &agent);
    assert_eq!(home.server_pid(), server);
}

#[test]
fn the_terminal_is_restored_after_every_signal_that_allows_it() {
    let home = Home::new();
    for signal in [libc::SIGTERM, libc::SIGHUP, libc::SIGINT] {
        let (agent, outer) = agent_in_a_screen(&home);
        outer.signal(signal);
        let code = outer.wait_exit();
        assert!(code == 0 || code == 128 + signal, "signal {signal}: ended with {code}");
        outer.assert_restored();
        shown_again(&home, &agent);
        let _ = home.cmd(["kill", "one"]).run().ok();
    }
}

#[test]
fn a_screen_ends_when_its_terminal_hangs_up() {
    let home = Home::new();
    let (agent, mut outer) = agent_in_a_screen(&home);
    outer.hang_up();
    outer.wait_exit();
    shown_again(&home, &agent);
}

#[test]
fn a_screen_survives_the_server_in_the_middle_of_typing() {
    let home = Home::new();
    let record = home.join("typed");
    let script = format!("stty -echo; echo ready; while read -r l; do echo \"$l\" >>{}; done", record.display());
    let agent = home.launch("one", &["sh", "-c", &script]);
    let outer = home.outer().conductor(["attach", &agent.id]);
    outer.wait_text("ready");
    let mut expected = String::new();
    for round in 0..5 {
        let line = format!("line-{round}-of-a-person-who-does-not-look");
        let (first, rest) = line.split_at(8);
        outer.type_text(first);
        home.kill_server();
        outer.type_text(&format!("{rest}\n"));
        expected += &format!("{line}\n");
        crate::support::wait_until("the line typed once and whole", || {
            (home.read("typed").len() >= expected.len()).then_some(())
        });
        assert_eq!(home.read("typed"), expected);
    }
}

#[test]
fn a_terminal_of_no_size_harms_nothing() {
    let home = Home::new();
    let (agent, outer) = agent_in_a_screen(&home);
    for (cols, rows) in [(0, 0), (1, 1), (0, 40), (120, 0), (3, 2)] {
        outer.resize(cols, rows);
    }
    outer.resize(100, 30);
    outer.wait_text("shown-42");
    let row = home.terminal(&agent.id);
    assert!(row["cols"].as_u64() >= Some(2) && row["rows"].as_u64() >= Some(1), "{row}");
    outer.press("ctrl-q D");
    assert_eq!(outer.wait_exit(), 0);
    outer.assert_restored();
}
