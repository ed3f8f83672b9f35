//! An upgrade: another binary takes the server's place, and the fork server's in place, and no agent notices.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::fleet::Fleet;
use crate::support::home::binary;
use crate::support::{Home, proc, wait_until};

/// The product as another file, as a package manager or a build puts it there.
fn another_binary(home: &Home) -> PathBuf {
    let path = home.join("new-version");
    std::fs::copy(binary(), &path).unwrap();
    path
}

fn executable(pid: proc::Pid) -> PathBuf {
    std::fs::read_link(format!("/proc/{pid}/exe")).unwrap_or_default()
}

fn same_file(a: &Path, b: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let id = |path: &Path| std::fs::metadata(path).ok().map(|meta| (meta.dev(), meta.ino()));
    id(a).is_some() && id(a) == id(b)
}

#[test]
fn a_new_binary_takes_over_and_agents_live_on() {
    let home = Home::new();
    let fleet = Fleet::start(&home, 4);
    let old = home.server_pid().unwrap();
    let fork_server = home.fork_server_pid().unwrap();
    let new = another_binary(&home);
    let _ = home.program(&new.display().to_string(), ["shutdown", "--restart"]).run().ok();
    let server = home.server_other_than(Some(old));
    assert!(same_file(&executable(server), &new), "{:?}", executable(server));
    fleet.assert_alive();
    assert_eq!(home.fork_server_pid(), Some(fork_server));

    // The new one is supervised like the old one was.
    let killed = home.kill_server();
    let server = home.server_other_than(Some(killed));
    assert!(same_file(&executable(server), &new), "{:?}", executable(server));

    // The fork server itself, in place: the same process, the same children, another program.
    let reply = home.ask_fork_server(&json!({ "type": "upgrade", "executable": new })).unwrap();
    assert_eq!(reply["type"], "ok", "{reply}");
    wait_until("the fork server to run the new program", || same_file(&executable(fork_server), &new).then_some(()));
    wait_until("an answer of the new fork server", || (home.fork_server_pid() == Some(fork_server)).then_some(()));
    fleet.assert_alive();
    assert_eq!(home.server_pid(), Some(server), "the server went on");
    let later = home.launch("later", &["cat"]);
    assert_eq!(proc::ppid(later.holder), Some(fork_server));
    proc::kill(later.holder);
    home.wait_terminal(&later.id, "a closed row", |row| row["status"] == "closed");
    let killed = home.kill_server();
    assert_ne!(home.server_other_than(Some(killed)), killed);
    fleet.stop_and_compare();
    home.shut_down_all();
}

#[test]
fn an_upgrade_to_something_that_is_no_program_changes_nothing() {
    let home = Home::new();
    let agent = home.launch("one", &["cat"]);
    let fork_server = home.fork_server_pid().unwrap();
    let missing = json!({ "type": "upgrade", "executable": home.join("nothing") });
    assert_eq!(home.ask_fork_server(&missing).unwrap()["type"], "refused");
    let text = home.write("text", "no program");
    home.ask_fork_server(&json!({ "type": "upgrade", "executable": text }));
    wait_until("the same fork server", || (home.fork_server_pid() == Some(fork_server)).then_some(()));
    let killed = home.kill_server();
    assert_ne!(home.server_other_than(Some(killed)), killed);
    assert!(proc::alive(agent.pid));
    home.shut_down_all();
}

#[test]
fn an_upgraded_fork_server_leaves_a_server_that_nobody_supervises_to_whoever_does() {
    let home = Home::new();
    let mut server = home.cmd(["server"]).start(&home.join("foreground"));
    let pid = server.pid();
    let fork_server = wait_until("a fork server", || home.fork_server_pid());
    home.server_other_than(None);
    // It cannot introduce itself anew: what the new fork server knows of it comes from the old one.
    server.signal(libc::SIGSTOP);
    wait_until("the server to stand still", || proc::stopped(pid).then_some(()));
    let new = another_binary(&home);
    let reply = home.ask_fork_server(&json!({ "type": "upgrade", "executable": new })).unwrap();
    assert_eq!(reply["type"], "ok", "{reply}");
    wait_until("the fork server to run the new program", || same_file(&executable(fork_server), &new).then_some(()));
    wait_until("an answer of the new fork server", || (home.fork_server_pid() == Some(fork_server)).then_some(()));
    server.kill();
    // With nothing left to do it ends; a server that it had started would go on.
    home.assert_nothing_left();
}
