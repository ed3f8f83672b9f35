//! A server without a free descriptor: agents go on, who is connected is served, who is not waits, and nothing is lost.

use std::os::unix::net::UnixStream;

use crate::support::{Home, proc, wait_until};

/// Lets a process have so many descriptors from now on, its open ones included.
fn allow(pid: proc::Pid, most: usize) {
    let limit = libc::rlimit { rlim_cur: most as libc::rlim_t, rlim_max: 1024 };
    // SAFETY: the pointer is to a live value.
    let done =
        unsafe { libc::prlimit(pid as libc::pid_t, libc::RLIMIT_NOFILE, &raw const limit, std::ptr::null_mut()) };
    assert_eq!(done, 0, "{}", std::io::Error::last_os_error());
}

#[test]
fn a_server_without_descriptors_serves_who_is_there_and_comes_back() {
    let home = Home::new();
    let agent = home.launch("one", &["sh", "-c", "while read line; do echo got $line; done"]);
    let outer = home.outer().size(100, 30).conductor([""; 0]);
    outer.wait_text("COMMAND");
    outer.press("i").wait_text("TYPING");
    let server = home.server_pid().unwrap();
    let before = proc::open_fds(server);
    allow(server, before + 3);
    // All that are left are taken by somebody who says nothing.
    let taken: Vec<UnixStream> = (0..20).map(|_| UnixStream::connect(home.join("run/server.sock")).unwrap()).collect();
    wait_until("no free descriptor", || (proc::open_fds(server) >= before + 3).then_some(()));
    // Who was connected before goes on typing and seeing.
    outer.type_text("first").press("enter").wait_text("got first");
    assert!(proc::alive(agent.pid));
    drop(taken);
    wait_until("an answer", || home.cmd(["health"]).run().code.eq(&0).then_some(()));
    outer.type_text("second").press("enter").wait_text("got second");
    allow(server, 1024);
    let other = home.launch("two", &["cat"]);
    assert!(proc::alive(other.pid) && proc::alive(agent.pid));
    assert_eq!(home.server_pid(), Some(server), "it was not started anew");
}
