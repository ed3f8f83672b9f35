//! The fork server is killed: agents and server go on, another one is started, and it does for the old holders what
//! the dead one did.

use std::os::unix::net::UnixListener;
use std::time::{Duration, Instant};

use super::fleet::Fleet;
use crate::support::wait::wait_until_for;
use crate::support::{Home, proc, wait_until};

#[track_caller]
fn another_than(home: &Home, killed: proc::Pid) -> proc::Pid {
    wait_until("another fork server", || home.fork_server_pid().filter(|pid| *pid != killed))
}

#[test]
fn a_killed_fork_server_is_replaced_and_cleans_up_for_the_old_one() {
    let home = Home::new();
    let fleet = Fleet::start(&home, 4);
    let stubborn = home.launch("stubborn", &["sh", "-c", "trap '' HUP TERM; echo deaf; while :; do sleep 1; done"]);
    home.wait_screen(&stubborn.id, "deaf");
    let server = home.server_pid().unwrap();

    let first = home.fork_server_pid().unwrap();
    proc::kill(first);
    let second = another_than(&home, first);
    fleet.assert_alive();
    assert_eq!(home.server_pid(), Some(server), "the server went on");
    fleet.wait_lines(0, 20);

    // A holder that the dead one had forked: the new one ends what it leaves behind.
    proc::kill(stubborn.holder);
    wait_until_for(Duration::from_secs(2), "the end of the deaf agent", || (!proc::alive(stubborn.pid)).then_some(()));
    fleet.assert_alive();
    // New agents come from the new one.
    let later = home.launch("later", &["cat"]);
    assert_eq!(proc::ppid(later.holder), Some(second));
    // And a server that dies is still restarted, without anybody looking.
    let killed = home.kill_server();
    assert_ne!(home.server_other_than(Some(killed)), killed);
    fleet.assert_alive();
    fleet.stop_and_compare();
}

#[test]
fn fork_server_and_server_may_die_together() {
    let home = Home::new();
    let fleet = Fleet::start(&home, 3);
    for _ in 0..3 {
        let fork_server = wait_until("a fork server", || home.fork_server_pid());
        let server = home.server_pid().unwrap();
        proc::kill(fork_server);
        proc::kill(server);
        // Nobody is left to restart anything: the next client does.
        let another = home.launch("another", &["cat"]);
        assert_ne!(home.server_pid(), Some(server));
        fleet.assert_alive();
        let _ = home.cmd(["close", &another.id]).run().ok();
    }
    fleet.stop_and_compare();
}

#[test]
fn a_fork_server_that_drops_its_callers_is_not_asked_without_a_pause() {
    let home = Home::new();
    std::fs::create_dir(home.join("run")).unwrap();
    let listener = UnixListener::bind(home.join("run/fork.sock")).unwrap();
    let began = Instant::now();
    let _server = home.cmd(["server"]).start(&home.join("foreground"));
    for _ in 0..7 {
        drop(listener.accept().unwrap());
    }
    // 10 ms after the first, then twice as long each time.
    assert!(began.elapsed() >= Duration::from_millis(600), "{:?}", began.elapsed());
}

#[test]
fn a_fork_server_whose_names_are_removed_puts_them_up_again() {
    let home = Home::new();
    let first = home.launch("first", &["cat"]);
    let fork_server = home.fork_server_pid().unwrap();
    for name in ["run/fork.sock", "run/fork.lock"] {
        std::fs::remove_file(home.join(name)).unwrap();
        wait_until("its socket and its lock", || {
            (home.join("run/fork.sock").exists() && home.join("run/fork.lock").exists()).then_some(())
        });
        let next = home.launch("next", &["cat"]);
        assert_eq!(proc::ppid(next.holder), Some(fork_server), "after {name}");
    }
    assert!(proc::alive(first.pid));
    // Of no use any more, it goes with its socket and makes no new one.
    home.shut_down_all();
    let _ = std::fs::remove_file(home.join("run/fork.sock"));
    wait_until("its end", || (!proc::alive(fork_server)).then_some(()));
    assert!(!home.join("run/fork.sock").exists());
}
