//! What ends by itself is started again as its policy says, what a person has ended is not, and a server that is killed
//! in between forgets neither.

use serde_json::Value;

use crate::support::fleet::id;
use crate::support::{Home, proc, wait_until};

/// Launches a script under a policy; gives its terminal's id.
#[track_caller]
fn launch(home: &Home, policy: &str, script: &str) -> String {
    let words = ["launch", "--restart", policy, "--headless", "--json", "--", "sh", "-c", script];
    id(&home.cmd(words).run().ok().json())
}

/// Notes each start in `starts`, and lives on from the `well`th on.
fn until_well(home: &Home, well: usize) -> String {
    let starts = home.join("starts");
    let starts = starts.display();
    format!("echo x >>{starts}; [ $(wc -l <{starts}) -ge {well} ] && echo well && exec cat; exit 3")
}

fn starts(home: &Home) -> usize {
    home.read("starts").lines().count()
}

fn says(terminal: &Value, words: &str) -> bool {
    terminal["detail"].as_str().is_some_and(|detail| detail.contains(words))
}

#[test]
fn what_fails_is_started_again_until_it_lives() {
    let home = Home::new();
    let agent = launch(&home, "on-failure", &until_well(&home, 3));
    let planned = home.wait_terminal(&agent, "the second plan", |t| says(t, "starts again in 2 s (2nd time)"));
    assert!(says(&planned, "exited with code 3 · ") && planned["again_at_ms"].is_u64(), "{planned}");
    assert_eq!(planned["restart"], "on-failure");
    home.wait_screen(&agent, "well");
    let living = home.wait_terminal(&agent, "a third life", |t| t["pid"].is_i64());
    assert_eq!((starts(&home), &living["again_at_ms"]), (3, &Value::Null));
    // An end without a failure is one that it wanted.
    let _ = home.cmd(["keys", &agent, "C-d"]).run().ok();
    let ended = home.wait_terminal(&agent, "the end", |t| t["status"] == "closed");
    assert_eq!((&ended["again_at_ms"], &ended["exit_code"]), (&Value::Null, &Value::from(0)), "{ended}");
}

#[test]
fn a_crash_loop_is_stopped_and_shown_and_a_restart_begins_anew() {
    let home = Home::new();
    let agent = launch(&home, "always", &until_well(&home, 99));
    home.wait_terminal(&agent, "the last plan", |t| says(t, "starts again in 8 s (4th time)"));
    let stopped = home.wait_terminal(&agent, "the stop", |t| says(t, "ended 5 times within "));
    assert!(says(&stopped, " s; not started again · exited with code 3"), "{stopped}");
    assert_eq!((&stopped["status"], &stopped["again_at_ms"]), (&Value::from("error"), &Value::Null));
    assert_eq!(starts(&home), 5);
    let _ = home.cmd(["restart", &agent]).run().ok();
    home.wait_terminal(&agent, "a first plan", |t| says(t, "starts again in 1 s (1st time)"));
}

#[test]
fn what_a_person_ends_stays_ended() {
    let home = Home::new();
    let agent = launch(&home, "always", &until_well(&home, 1));
    home.wait_screen(&agent, "well");
    let _ = home.cmd(["stop", &agent]).run().ok();
    let ended = home.terminal(&agent);
    assert_eq!((&ended["status"], &ended["again_at_ms"]), (&Value::from("closed"), &Value::Null), "{ended}");
    // Also what is gone already, and only waits for its next start.
    let failing = launch(&home, "always", "exit 3");
    home.wait_terminal(&failing, "a plan", |t| t["again_at_ms"].is_u64());
    let _ = home.cmd(["stop", &failing]).run().ok();
    let ended = home.terminal(&failing);
    assert!(says(&ended, "stopped: not started again") && ended["again_at_ms"].is_null(), "{ended}");
    // And after a server that is killed.
    let killed = home.kill_server();
    home.server_other_than(Some(killed));
    for id in [&agent, &failing] {
        assert_eq!(home.terminal(id)["again_at_ms"], Value::Null);
    }
}

#[test]
fn a_plan_outlives_its_server_and_a_killed_holder_is_a_failure() {
    let home = Home::new();
    let agent = launch(&home, "on-failure", &until_well(&home, 2));
    home.wait_terminal(&agent, "a plan", |t| t["again_at_ms"].is_u64());
    let killed = home.kill_server();
    home.server_other_than(Some(killed));
    home.wait_screen(&agent, "well");
    let before = home.wait_terminal(&agent, "its second life", |t| t["holder_pid"].is_i64());
    proc::kill(before["holder_pid"].as_i64().unwrap() as proc::Pid);
    wait_until("a third life", || (starts(&home) == 3).then_some(()));
    home.wait_terminal(&agent, "another holder", |t| {
        t["holder_pid"].is_i64() && t["holder_pid"] != before["holder_pid"]
    });
}

/// A kind of agent that is well while the file `well` lies in its directory.
const SICKLY: &str = r#"
name = "sickly"
title = "Sickly"
programs = ["sh"]
arguments = ["-c", "echo x >>$CONDUCTOR_TEST_STARTS; echo up; exec cat"]

[health]
command = ["sh", "-c", "test -n \"$CONDUCTOR_TERMINAL_ID\" && test -e well"]
every_s = 1
"#;

#[test]
fn an_agent_that_fails_its_checks_is_started_again_under_its_policy() {
    let home = Home::new();
    home.write("providers/sickly.toml", &SICKLY.replace("$CONDUCTOR_TEST_STARTS", "../starts"));
    let launch = |policy: &str| {
        let words = ["launch", "-p", "sickly", "--restart", policy, "--headless", "--json"];
        home.agent_of(home.cmd(words).run())
    };
    let agent = launch("on-failure");
    home.wait_terminal(&agent.id, "the first failure", |t| says(t, "health check failed once: code 1"));
    home.wait_terminal(&agent.id, "a plan", |t| {
        says(t, "health check failed 3 times: code 1 · starts again in 1 s (1st time)")
    });
    home.write("work/well", "");
    let anew = home.wait_terminal(&agent.id, "another life", |t| t["pid"].is_i64() && t["pid"] != agent.pid);
    assert!(!says(&anew, "health") && starts(&home) == 2, "{anew}");
    // Without a policy it is only told.
    std::fs::remove_file(home.join("work/well")).unwrap();
    let left = launch("never");
    let told = home.wait_terminal(&left.id, "a fourth failure", |t| says(t, "health check failed 4 times: code 1"));
    assert_eq!(told["pid"], left.pid, "it lives");
    home.write("work/well", "");
    home.wait_terminal(&left.id, "its recovery", |t| !says(t, "health"));
}

#[test]
fn no_check_outlives_a_server_that_is_killed() {
    let home = Home::new();
    // It takes long, and so does what it has started, which is in no group of its.
    let check = "echo $$ > ../check.new; setsid sleep 1000 & echo $! > ../started.new; \
                 mv ../check.new ../check; mv ../started.new ../started; wait";
    let command = format!("command = [\"sh\", \"-c\", \"{check}\"]");
    let provider = SICKLY.replace("$CONDUCTOR_TEST_STARTS", "../starts");
    let (before, _) = provider.split_once("command = ").unwrap();
    home.write("providers/sickly.toml", &format!("{before}{command}\nevery_s = 1\n"));
    let agent = home.agent_of(home.cmd(["launch", "-p", "sickly", "--headless", "--json"]).run());
    let pid = |name: &str| -> Option<proc::Pid> { home.read(name).trim().parse().ok() };
    let found = || Some((pid("check")?, pid("started")?));
    let (check, started) = wait_until("a check", || if home.join("started").exists() { found() } else { None });
    assert!(proc::alive(check) && proc::alive(started));
    // The next one has none that could be mistaken for it.
    home.write("providers/sickly.toml", before.split_once("[health]").unwrap().0);
    let killed = home.kill_server();
    wait_until("the end of the check", || (!proc::alive(check)).then_some(()));
    home.server_other_than(Some(killed));
    wait_until("the end of what it started", || (!proc::alive(started)).then_some(()));
    assert!(proc::alive(agent.pid), "the agent goes on");
    home.shut_down_all();
}
