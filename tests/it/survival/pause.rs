//! The server is killed at each of its named pause points, where a moment cannot be hit by chance: a launch, a
//! message, a parse, a stored event, a checkpoint and an orderly end are each cut in two.

use super::fleet::Fleet;
use crate::support::{Home, Running, proc, wait_until};

/// A server in the foreground, so that its command line is ours.
fn foreground(home: &Home, words: &[&str]) -> Running {
    let server = home.cmd(["server"].iter().chain(words)).start(&home.join("foreground"));
    let pid = server.pid();
    wait_until("the foreground server's pid", || (home.server_pid() == Some(pid)).then_some(()));
    server
}

/// A server that stops at this point, and says so.
pub fn server_that_stops_at(home: &Home, point: &str) -> Running {
    foreground(home, &["--pause-points", point])
}

/// Waits until it has stopped there, and kills it.
#[track_caller]
pub fn kill_there(mut server: Running, point: &str) {
    let said = format!("paused at {point}");
    wait_until(&format!("the server to stop at {point}"), || server.said().contains(&said).then_some(()));
    assert!(server.is_running(), "{}", server.said());
    server.kill();
}

#[track_caller]
fn killed_at(point: &str) {
    let home = Home::new();
    let fleet = Fleet::start(&home, 3);
    let _ = home.cmd(["shutdown"]).run().ok();
    fleet.wait_lines(0, 10);

    let mut server = server_that_stops_at(&home, point);
    let message = "typed-at-the-pause".to_string();
    let sending = fleet.send(&message).start(&home.join("sending"));
    let launch = ["launch", "--session-name", "late", "--headless", "--json", "--", "cat"];
    let launching = home.cmd(launch).start(&home.join("launching"));
    if point == "checkpoint-before-rename" {
        let flood = home.cmd(["launch", "--headless", "--", "sh", "-c", "seq 20000; exec cat"]).run();
        let _ = flood.ok();
    }
    if point == "shutdown-before-goodbye" {
        wait_until("an answer before the end", || home.api("/health"));
        server.signal(libc::SIGTERM);
    }
    kill_there(server, point);
    drop((sending, launching));

    // Whoever starts the next server: the launch that is asked for here, or the one that still waits above.
    home.launch("after", &["cat"]);
    fleet.assert_alive();
    // The message again, with its id: typed once in all.
    let _ = fleet.send(&message).run().ok();
    fleet.assert_typed(&[message]);
    // The launch happened whole, or is told as one that did not; no process runs that nobody knows.
    for row in home.terminals().iter().filter(|row| row["session"] == "conductor-late") {
        let row = home.wait_terminal(row["id"].as_str().unwrap(), "a settled row", |row| {
            row["status"] == "closed" || row["pid"].is_number()
        });
        let alive = row["pid"].as_i64().map(|pid| proc::alive(pid as proc::Pid));
        assert_eq!(alive, (row["status"] != "closed").then_some(true), "{row:#}");
    }
    let known: Vec<_> = home.terminals().iter().filter_map(|row| row["holder_pid"].as_i64()).collect();
    let records = std::fs::read_dir(home.join("run/holders")).unwrap().flatten();
    for record in records.filter(|entry| entry.path().extension().is_some_and(|e| e == "json")) {
        let text = std::fs::read_to_string(record.path()).unwrap();
        let holder = serde_json::from_str::<serde_json::Value>(&text).unwrap()["holder_pid"].as_i64().unwrap();
        assert!(known.contains(&holder), "a holder that no row names: {text}");
    }
    fleet.stop_and_compare();
    home.shut_down_all();
}

macro_rules! points {
    ($($name:ident = $point:literal,)+) => {
        $(#[test]
        fn $name() {
            killed_at($point);
        })+

        #[test]
        fn every_pause_point_has_its_test() {
            let home = Home::new();
            let listed = home.cmd(["debug", "pause-points"]).run().ok();
            // The others have theirs in `clients.rs`, `worktrees.rs` and `approvals.rs`.
            let of_server = |point: &&str| !["screen-", "worktree-", "approval-"].iter().any(|of| point.starts_with(of));
            assert_eq!(listed.stdout.split_whitespace().filter(of_server).collect::<Vec<_>>(), [$($point),+]);
        }
    };
}

points! {
    launch_before_store = "launch-before-store",
    launch_after_store = "launch-after-store",
    launch_after_spawn = "launch-after-spawn",
    input_before_holder = "input-before-holder",
    input_after_holder = "input-after-holder",
    output_before_parse = "output-before-parse",
    event_before_store = "event-before-store",
    event_after_store = "event-after-store",
    checkpoint_before_rename = "checkpoint-before-rename",
    shutdown_before_goodbye = "shutdown-before-goodbye",
}
