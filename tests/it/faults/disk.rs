//! A full disk: the agent is paused and its row says so; input, hang-ups and status go on, also with a new server; and
//! nothing is lost when there is room again (`decisions.md` B6).

use std::path::Path;

use crate::support::disk::{SmallDisk, may_mount};
use crate::support::{Agent, Home, proc, wait_until};

/// So many numbered lines, once it is told to go; an echo among them would be no fault of the log.
fn printer(home: &Home, count: usize) -> Agent {
    let script =
        format!("stty -echo; echo begun; read -r go; seq 100000 {}; echo finished; exec cat", 100_000 + count - 1);
    let agent = home.launch("printer", &["sh", "-c", &script]);
    home.wait_screen(&agent.id, "begun");
    agent
}

#[track_caller]
fn wait_paused(home: &Home, id: &str) {
    home.wait_terminal(id, "a row that says that it is paused", |row| {
        row["detail"].as_str().is_some_and(|detail| detail.starts_with("paused: "))
    });
}

fn cpu_ticks(pid: proc::Pid) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or("").split_whitespace().collect();
    [11, 12].iter().filter_map(|at| fields.get(*at)?.parse::<u64>().ok()).sum()
}

fn len(path: &Path) -> u64 {
    path.metadata().map_or(0, |meta| meta.len())
}

#[test]
fn a_full_disk_pauses_and_loses_nothing() {
    if !may_mount("faults::disk::a_full_disk_pauses_and_loses_nothing") {
        return;
    }
    let home = Home::new();
    let Some(disk) = SmallDisk::mount(&home.join("logs/terminal"), "size=1m") else { return };
    let agent = printer(&home, 20_000);
    let other = home.launch("other", &["sh", "-c", "echo up; exec cat >/dev/null"]);
    home.wait_screen(&other.id, "up");
    let quiet = home.launch("quiet", &["sh", "-c", "exec sleep 1000"]);
    let filling = disk.fill();
    let _ = home.cmd(["send", &agent.id, "-m", "go", "--id", "once"]).run().ok();
    wait_paused(&home, &agent.id);

    // Input is taken, journalled and typed once, and hang-ups arrive, although nothing can be written.
    let _ = home.cmd(["send", &agent.id, "-m", "typed-while-full", "--id", "full"]).run().ok();
    let again = home.cmd(["send", &agent.id, "-m", "typed-while-full", "--id", "full"]).run().ok();
    assert!(again.stdout.contains("duplicate"), "{again:?}");
    let _ = home.cmd(["close", &quiet.id]).run().ok();
    assert!(!proc::alive(quiet.pid));
    // A new agent is refused with the reason, rather than started without a record.
    let refused = home.cmd(["launch", "--headless", "--", "cat"]).run();
    assert!(refused.code != 0 && refused.stderr.contains("No space left"), "{refused:?}");
    // A paused holder waits; it does not spin.
    let (stopped_at, before) = (len(&home.log_path(&agent.id)), cpu_ticks(agent.holder));
    // A new server sees it too.
    let killed = home.kill_server();
    home.server_other_than(Some(killed));
    wait_paused(&home, &agent.id);
    assert!(proc::alive(agent.pid));
    assert_eq!(len(&home.log_path(&agent.id)), stopped_at);
    assert!(cpu_ticks(agent.holder) < before + 50, "the holder spins");

    filling.make_room();
    home.wait_screen(&agent.id, "finished");
    let row = home.wait_terminal(&agent.id, "no pause any more", |row| {
        !row["detail"].as_str().is_some_and(|detail| detail.starts_with("paused"))
    });
    assert_eq!(row["pid"].as_i64(), Some(agent.pid.into()));
    let log = String::from_utf8(home.log(&agent.id)).unwrap();
    let numbers: Vec<u32> = log.lines().filter_map(|line| line.trim().parse().ok()).collect();
    assert_eq!(numbers, (100_000..120_000).collect::<Vec<u32>>());
    home.wait_screen(&agent.id, "typed-while-full");
    home.shut_down_all();
}

#[test]
fn an_agent_that_ends_on_a_full_disk_can_be_closed() {
    if !may_mount("faults::disk::an_agent_that_ends_on_a_full_disk_can_be_closed") {
        return;
    }
    let home = Home::new();
    let Some(disk) = SmallDisk::mount(&home.join("logs/terminal"), "size=1m") else { return };
    let agent = printer(&home, 5_000);
    let filling = disk.fill();
    let _ = home.cmd(["send", &agent.id, "-m", "go"]).run().ok();
    wait_paused(&home, &agent.id);
    proc::signal(agent.pid, libc::SIGKILL);
    wait_until("the agent's end", || (!proc::alive(agent.pid)).then_some(()));
    let before = cpu_ticks(agent.holder);
    wait_until("a status meanwhile", || home.api("/terminals"));
    assert!(cpu_ticks(agent.holder) < before + 50, "the holder spins");
    filling.make_room();
    home.wait_terminal(&agent.id, "a closed row", |row| row["status"] == "closed");
    wait_until("the holder's end", || (!proc::alive(agent.holder)).then_some(()));
    home.shut_down_all();
}
