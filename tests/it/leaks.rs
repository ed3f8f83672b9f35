//! Nothing leaks: after many launches and closes the server has the descriptors and threads it began with, nobody has
//! zombies, and after the end of everything nothing of the home is left running or bound.

use crate::support::{Home, proc, wait_until};

#[test]
fn launching_and_closing_leaves_nothing_behind() {
    let home = Home::new();
    let stays = home.launch("stays", &["cat"]);
    let server = home.server_pid().unwrap();
    let fork_server = home.fork_server_pid().unwrap();
    let rounds = if std::env::var("CONDUCTOR_TEST_SOAK").is_ok_and(|v| v == "1") { 50 } else { 12 };
    let settled = |what: &str, before: usize, now: &dyn Fn() -> usize| {
        let mut last = 0;
        let ok = crate::support::wait::wait_at_most(crate::support::wait::LIMIT, || {
            last = now();
            (last <= before).then_some(())
        });
        assert!(ok.is_some(), "{what}: {before} before, {last} now");
    };
    // The first round may open what stays open (a log file, a pool); the rest must not.
    let mut before = None;
    for round in 0..rounds {
        let agents: Vec<_> = (0..4).map(|_| home.launch("many", &["sh", "-c", "sleep 1000 & echo up; cat"])).collect();
        for agent in &agents {
            home.wait_screen(&agent.id, "up");
        }
        match round % 3 {
            0 => {
                let _ = home.cmd(["kill", "many"]).run().ok();
            }
            1 => {
                // Ended by themselves first, closed then.
                for agent in &agents {
                    proc::signal(agent.pid, libc::SIGKILL);
                    home.wait_terminal(&agent.id, "a closed row", |row| row["status"] == "closed");
                    let _ = home.cmd(["close", &agent.id]).run().ok();
                }
            }
            _ => {
                // Their holders killed.
                for agent in &agents {
                    proc::kill(agent.holder);
                    home.wait_terminal(&agent.id, "a closed row", |row| row["status"] == "closed");
                    let _ = home.cmd(["close", &agent.id]).run().ok();
                }
            }
        }
        wait_until("the agents' end", || {
            agents.iter().all(|a| !proc::alive(a.pid) && !proc::alive(a.holder)).then_some(())
        });
        let counts = (proc::open_fds(server), proc::threads(server), proc::open_fds(fork_server));
        let (fds, threads, fork_fds) = *before.get_or_insert(counts);
        if round > 0 {
            settled("descriptors of the server", fds, &|| proc::open_fds(server));
            settled("threads of the server", threads, &|| proc::threads(server));
            settled("descriptors of the fork server", fork_fds, &|| proc::open_fds(fork_server));
        }
    }
    assert_eq!(home.server_pid(), Some(server), "the server has lived through it");
    settled("zombies", 0, &|| proc::zombies(fork_server).len() + proc::zombies(stays.holder).len());
    let left: Vec<_> = std::fs::read_dir(home.join("run/holders")).unwrap().flatten().map(|e| e.file_name()).collect();
    assert_eq!(left.len(), 2, "one socket and one record: {left:?}");
    home.shut_down_all();
    for name in ["run/holders", "run"] {
        let left = std::fs::read_dir(home.join(name)).unwrap().flatten();
        let sockets: Vec<_> = left.map(|e| e.path()).filter(|p| p.extension().is_some_and(|e| e == "sock")).collect();
        assert!(sockets.is_empty(), "{sockets:?}");
    }
}
