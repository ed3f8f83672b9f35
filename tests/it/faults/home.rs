//! What can be wrong with a home: a taken port, a second server, a read-only or far too long place, open modes.

use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::support::{Home, wait_until};

#[test]
fn a_taken_port_leaves_the_socket_and_is_told() {
    let home = Home::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let log = home.join("foreground");
    let mut server = home.cmd(["server"]).env("CONDUCTOR_SERVER_PORT", &port).start(&log);
    let health = wait_until("an answer on the socket", || home.api("/health"));
    let tcp = health["tcp"].as_str().unwrap();
    assert!(tcp.contains("not served") && tcp.contains(&port), "{tcp}");
    wait_until("a word in the log", || server.said().contains("TCP is not served").then_some(()));
    server.signal(libc::SIGTERM);
    assert_eq!(server.wait(), 0);
}

#[test]
fn a_second_server_says_who_is_first() {
    let home = Home::new();
    home.launch("one", &["cat"]);
    let pid = home.server_pid().unwrap();
    let second = home.cmd(["server"]).run();
    assert_eq!(second.code, 1, "{second:?}");
    assert!(second.stderr.contains(&format!("pid {pid}")), "{}", second.stderr);
    assert_eq!(home.server_pid(), Some(pid));
    assert!(home.api("/health").is_some(), "the first one is untouched");
}

#[test]
fn a_dead_servers_socket_and_pid_file_are_no_obstacle() {
    let home = Home::new();
    home.launch("one", &["cat"]);
    let _ = home.cmd(["shutdown", "--all"]).run().ok();
    home.assert_nothing_left();
    std::fs::write(home.join("run/server.pid"), "1\n").unwrap();
    for name in ["run/server.sock", "run/fork.sock"] {
        let _ = std::fs::remove_file(home.join(name));
        // Bound and left: the file stays, nobody listens.
        drop(std::os::unix::net::UnixListener::bind(home.join(name)).unwrap());
    }
    home.launch("two", &["cat"]);
    assert_ne!(home.server_pid(), Some(1));
}

#[test]
fn a_home_that_cannot_be_used_is_told_with_a_way_out() {
    let home = Home::new();
    let file = home.write("file", "").display().to_string();
    // Nobody can write below /proc, not even root.
    for bad in [file.as_str(), "/proc/self/conductor", "/proc"] {
        for verb in [&["launch", "--headless"][..], &["server"]] {
            let output = home.cmd(["--home", bad].iter().chain(verb)).run();
            assert_eq!(output.code, 1, "{output:?}");
            assert!(output.stderr.contains(bad) && output.stderr.contains("CONDUCTOR_HOME"), "{}", output.stderr);
        }
    }
    assert_eq!(home.leftovers(), Vec::<i32>::new());
}

#[test]
fn a_long_path_of_the_home_is_no_obstacle() {
    let home = Home::new();
    let long = home.join("a-directory-with-a-rather-long-name".repeat(4)).display().to_string();
    let output = home.cmd(["--home", &long, "launch", "--headless", "--json", "--", "sh", "-c", "echo up; cat"]).run();
    let id = output.ok().json()["id"].as_str().unwrap().to_string();
    wait_until("its output", || {
        let screen = home.cmd(["--home", &long, "output", &id]).run().ok();
        screen.stdout.contains("up").then_some(())
    });
    let place = std::fs::read_to_string(Path::new(&long).join("run/where")).unwrap();
    let run = place.lines().next().unwrap().to_string();
    assert!(run.starts_with("/tmp/ctui-"), "{place}");
    assert_eq!(std::fs::metadata(&run).unwrap().permissions().mode() & 0o777, 0o700);
    let _ = home.cmd(["--home", &long, "shutdown", "--all"]).run().ok();
    home.assert_nothing_left();
    // The place outside of the home is ours to clear away.
    std::fs::remove_dir_all(run).unwrap();
}

#[test]
fn files_and_directories_are_for_their_owner_alone() {
    let home = Home::new();
    // Made by the test's own hands; everything else is the product's.
    let ours = ["home", "tmp", "work"].map(|name| home.join(name));
    let agent = home.launch("one", &["sh", "-c", "seq 30000; echo up; exec cat"]);
    home.wait_screen(&agent.id, "up");
    let outer = home.outer().conductor(["attach", &agent.id]);
    outer.wait_text("up");
    let _ = home.cmd(["send", &agent.id, "-m", "typed"]).run().ok();
    let mut seen = 0;
    walk(home.path(), &mut |path, meta| {
        if ours.iter().any(|own| path.starts_with(own)) || meta.is_symlink() {
            return;
        }
        // A hard link of the program itself keeps the program's mode.
        let is_program = path.starts_with(home.join("run/bin")) && meta.is_file();
        let mode = meta.permissions().mode() & 0o777;
        let wanted = if meta.is_dir() { 0o700 } else { 0o600 };
        assert!(mode == wanted || is_program, "{} has mode {mode:o}", path.display());
        seen += 1;
    });
    assert!(seen > 10, "{seen}");
    drop(outer);
    home.shut_down_all();
    for name in ["run", "run/holders"] {
        let left: Vec<_> =
            std::fs::read_dir(home.join(name)).unwrap().flatten().map(|entry| entry.file_name()).collect();
        let is_socket = |name: &std::ffi::OsString| name.to_string_lossy().ends_with(".sock");
        assert!(!left.iter().any(is_socket), "{name}: {left:?}");
    }
}

fn walk(dir: &Path, each: &mut impl FnMut(&Path, &std::fs::Metadata)) {
    for entry in std::fs::read_dir(dir).unwrap().flatten() {
        // A file that was written beside and renamed meanwhile.
        let Ok(meta) = std::fs::symlink_metadata(entry.path()) else { continue };
        each(&entry.path(), &meta);
        if meta.is_dir() {
            walk(&entry.path(), each);
        }
    }
}

#[test]
fn a_server_can_follow_another_at_once() {
    let home = Home::new();
    for round in 0..5 {
        let mut server = home.cmd(["server"]).start(&home.join(format!("server-{round}")));
        wait_until("an answer", || home.api("/health"));
        let _ = home.cmd(["shutdown"]).run().ok();
        assert!(!server.is_running(), "shutdown says so when the process is gone");
        let mut next = home.cmd(["server"]).start(&home.join(format!("next-{round}")));
        wait_until("an answer of the next", || (home.api("/health")?["pid"] == next.pid()).then_some(()));
        assert_eq!(server.wait(), 0);
        next.signal(libc::SIGTERM);
        assert_eq!(next.wait(), 0);
    }
}

#[test]
fn a_read_only_home_is_told_with_a_way_out() {
    let home = Home::new();
    let dir = home.join("read-only");
    std::fs::create_dir(&dir).unwrap();
    let place = dir.display().to_string();
    let mounted = crate::support::need::have("mount")
        && home.program("mount", ["-t", "tmpfs", "-o", "ro,size=1m", "small", &place]).run().code == 0;
    if !mounted {
        println!("skipped: needs the right to mount");
        return;
    }
    let output = home.cmd(["--home", &place, "launch", "--headless"]).run();
    let unmounted = home.program("umount", [&place]).run();
    assert_eq!(output.code, 1, "{output:?}");
    assert!(output.stderr.contains(&place) && output.stderr.contains("Read-only"), "{}", output.stderr);
    assert!(output.stderr.contains("Hint: "), "{}", output.stderr);
    let _ = unmounted.ok();
}
