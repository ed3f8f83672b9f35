//! A holder is killed: its whole tree is gone within two seconds, also what ignores hang-ups or has left the session;
//! others do not notice, and the row says what happened.

use std::time::Duration;

use super::fleet::Fleet;
use crate::support::wait::wait_until_for;
use crate::support::{Home, need, proc, wait_until};

const GONE_WITHIN: Duration = Duration::from_secs(2);

/// An agent that ignores what it can, with a child of the same kind and a grandchild in a session of its own.
const STUBBORN: &str = r#"
trap '' HUP TERM INT
setsid sh -c 'trap "" HUP TERM INT; echo $$ >"$PIDS/grandchild"; while :; do sleep 1; done' &
sh -c 'trap "" HUP TERM INT; echo $$ >"$PIDS/child"; while :; do sleep 1; done' &
echo up
while :; do sleep 1; done
"#;

#[test]
fn a_killed_holder_takes_its_tree_along_and_nobody_else() {
    need!("setsid");
    let home = Home::new();
    let fleet = Fleet::start(&home, 3);
    let pids = format!("PIDS={}", home.path().display());
    let stubborn = home.launch("stubborn", &["env", &pids, "sh", "-c", STUBBORN]);
    let pid_in = |name: &str| wait_until(name, || home.read(name).trim().parse::<proc::Pid>().ok());
    let tree = [stubborn.pid, pid_in("child"), pid_in("grandchild")];
    assert!(tree.iter().all(|pid| proc::alive(*pid)));
    // What a killed holder has not read yet is in no log: its last word must be there before.
    home.wait_screen(&stubborn.id, "up");

    proc::kill(stubborn.holder);
    wait_until_for(GONE_WITHIN, "the end of the whole tree", || {
        tree.iter().all(|pid| !proc::alive(*pid)).then_some(())
    });
    let row = home.wait_terminal(&stubborn.id, "a row that says so", |row| row["status"] == "closed");
    assert!(row["detail"].as_str().is_some_and(|detail| detail.contains("holder")), "{row:#}");
    assert!(row["pid"].is_null() && row["holder_pid"].is_null(), "{row:#}");
    // The transcript stays, and the same id can be started again.
    home.wait_screen(&stubborn.id, "up");
    wait_until("the record and the socket to be gone", || {
        let left = ["sock", "json"].map(|end| home.join(format!("run/holders/{}.{end}", stubborn.id)).exists());
        (left == [false, false]).then_some(())
    });
    fleet.assert_alive();
    let again = home.cmd(["--json", "restart", &stubborn.id]).run().ok().json();
    assert_eq!(again["id"], stubborn.id.as_str());
    home.wait_terminal(&stubborn.id, "the new run", |row| row["pid"].is_number());
    fleet.stop_and_compare();
    home.shut_down_all();
}

#[test]
fn an_agent_started_again_is_not_taken_for_the_tree_of_its_killed_holder() {
    let home = Home::new();
    let deaf = home
        .launch("deaf", &["sh", "-c", "trap '' HUP TERM INT; echo up; while read x; do echo got $x; done; sleep 9999"]);
    home.wait_screen(&deaf.id, "up");
    proc::kill(deaf.holder);
    // As soon as the row says so, and long before the deaf agent is gone.
    home.wait_terminal(&deaf.id, "a closed row", |row| row["status"] == "closed");
    let again = home.cmd(["--json", "restart", &deaf.id]).run().ok().json();
    let pid = home.wait_terminal(&deaf.id, "the new run", |row| row["pid"].is_number())["pid"].clone();
    wait_until_for(GONE_WITHIN, "the end of the old agent", || (!proc::alive(deaf.pid)).then_some(()));
    let _ = home.cmd(["send", &deaf.id, "-m", "word"]).run().ok();
    home.wait_screen(&deaf.id, "got word");
    assert_eq!(home.terminal(&deaf.id)["pid"], pid, "{again:#}");
    assert!(home.join(format!("run/holders/{}.json", deaf.id)).exists(), "the new holder's record stays");
    home.shut_down_all();
}

#[test]
fn a_caller_that_goes_away_in_the_middle_of_a_launch_leaves_nothing_half_done() {
    use std::io::Write;
    use std::os::unix::net::UnixStream;
    let home = Home::new();
    home.launch("first", &["cat"]);
    for n in 0..8 {
        let body = format!("{{\"session_name\":\"gone{n}\",\"command\":[\"cat\"],\"working_directory\":\"/\"}}");
        let mut caller = UnixStream::connect(home.join("run/server.sock")).unwrap();
        let head = format!(
            "POST /sessions HTTP/1.1\r\nHost: conductor\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        caller.write_all(head.as_bytes()).and_then(|()| caller.write_all(body.as_bytes())).unwrap();
    }
    wait_until("every row that came to be to be served", || {
        let rows = home.terminals();
        let is_served = |row: &serde_json::Value| row["pid"].is_number() && row["status"] != "initializing";
        (rows.len() > 1 && rows.iter().all(is_served)).then_some(())
    });
    home.shut_down_all();
}

#[test]
fn holders_killed_while_no_server_runs_are_found_by_the_next() {
    let home = Home::new();
    let agents: Vec<_> = (0..3).map(|_| home.launch("some", &["sh", "-c", "echo printed; exec cat"])).collect();
    for agent in &agents {
        home.wait_screen(&agent.id, "printed");
    }
    let _ = home.cmd(["shutdown"]).run().ok();
    proc::kill(agents[1].holder);
    wait_until_for(GONE_WITHIN, "the end of its agent", || (!proc::alive(agents[1].pid)).then_some(()));
    home.launch("other", &["cat"]);
    let row = home.wait_terminal(&agents[1].id, "a closed row", |row| row["status"] == "closed");
    assert!(row["detail"].as_str().is_some_and(|detail| detail.contains("holder")), "{row:#}");
    for agent in [&agents[0], &agents[2]] {
        let row = home.wait_terminal(&agent.id, "an adopted row", |row| row["pid"].is_number());
        assert_eq!(row["pid"].as_i64(), Some(agent.pid.into()));
    }
    home.wait_screen(&agents[1].id, "printed");
}

#[test]
fn an_agent_that_ends_while_no_server_runs_is_shown_with_its_exit_code() {
    let home = Home::new();
    let agent = home.launch("some", &["sh", "-c", "echo printed; read -r line; exit 7"]);
    home.wait_screen(&agent.id, "printed");
    let _ = home.cmd(["shutdown"]).run().ok();
    proc::signal(agent.pid, libc::SIGKILL);
    wait_until("the end of its holder", || (!proc::alive(agent.holder)).then_some(()));
    home.launch("other", &["cat"]);
    let row = home.wait_terminal(&agent.id, "a closed row", |row| row["status"] == "closed");
    assert!(row["detail"].as_str().is_some_and(|detail| detail.contains("signal 9")), "{row:#}");
}

/// A holder that ends with its program may be gone before the server has heard of the last output.
#[test]
fn what_a_program_printed_right_before_it_ended_is_on_its_screen() {
    let home = Home::new();
    for round in 0..40 {
        let agent = home.launch_script(&format!("short-{round}"), &format!("echo last words {round}; exit 3"));
        home.wait_screen(agent["id"].as_str().unwrap(), &format!("last words {round}"));
    }
}

#[test]
fn what_nobody_is_left_to_end_is_named() {
    need!("setsid");
    let home = Home::new();
    let pids = format!("PIDS={}", home.path().display());
    let stubborn = home.launch("stubborn", &["env", &pids, "sh", "-c", STUBBORN]);
    let pid_in = |name: &str| wait_until(name, || home.read(name).trim().parse::<proc::Pid>().ok());
    let child = pid_in("grandchild");
    let quiet = home.cmd(["doctor"]).run().stdout;
    assert!(!quiet.contains("left behind"), "{quiet}");
    // Everybody who would have ended it is killed before they can.
    let all = [home.fork_server_pid().unwrap(), home.server_pid().unwrap(), stubborn.holder];
    all.iter().for_each(|pid| proc::signal(*pid, libc::SIGSTOP));
    all.iter().for_each(|pid| proc::kill(*pid));
    wait_until("their end", || all.iter().all(|pid| !proc::alive(*pid)).then_some(()));
    home.launch("after", &["cat"]);
    let said = home.cmd(["doctor"]).run().code(1).stdout;
    let words = format!("process {child} was left behind by the agent of {}: sh -c", stubborn.id);
    assert!(said.contains(&words) && said.contains(&format!("`kill {child}` does")), "{said}");
    proc::kill(child);
    home.end_all();
}
