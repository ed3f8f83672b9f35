//! Peers of a holder that are wrong, old, new, half or hostile. The holder lives, its agent notices nothing, and only
//! the frozen hang-up ends it (invariants 5 and 9 of the design).

use serde_json::json;

use crate::support::wire::{self, Peer};
use crate::support::{Home, proc, wait_until};

#[test]
fn garbage_and_half_frames_cost_only_their_own_connection() {
    let home = Home::new();
    let holder = home.lone_holder(&["cat"]);
    let mut server = Peer::connect(&holder);
    server.hello(1).assert_served();
    let half = {
        let mut peer = Peer::connect(&holder);
        // A frame that promises 100 bytes and brings three, and stays open.
        peer.raw(&[&101_u32.to_le_bytes()[..], &[wire::INPUT], b"abc"].concat());
        peer
    };
    for garbage in [
        &b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"[..],
        &[0xff; 64],
        &[0; 64],
        &[&u32::MAX.to_le_bytes()[..], &[wire::INPUT]].concat(),
        &[&0_u32.to_le_bytes()[..], &[wire::HANGUP]].concat(),
        &[&3_u32.to_le_bytes()[..], &[wire::HELLO], b"{{"].concat(),
    ] {
        let mut peer = Peer::connect(&holder);
        peer.raw(garbage);
        drop(peer);
        server.assert_served();
    }
    drop(half);
    // Inputs that are cut off, lie about their lengths, or are no JSON.
    for body in [&b""[..], b"\x01", b"\xff\xff{}", b"\x02\x00{}", b"\x02\x00}}x"] {
        server.frame(wire::INPUT, body).assert_served();
    }
    for body in ["", "{}", "[]", "null", "{\"columns\":99999,\"rows\":0}", "{\"columns\":-1}"] {
        server.frame(wire::RESIZE, body.as_bytes()).assert_served();
    }
    server.input("person", 1, b"alive\n");
    assert_eq!(server.outcome(), (1, "typed".into()));
    wait_until("the echo and cat's answer in the log", || {
        let log = String::from_utf8_lossy(&std::fs::read(&holder.log).ok()?).into_owned();
        (log.matches("alive").count() == 2).then_some(())
    });
}

#[test]
fn frames_of_later_versions_are_passed_over() {
    let home = Home::new();
    let holder = home.lone_holder(&["cat"]);
    let mut server = Peer::connect(&holder);
    let hello = json!({
        "magic": "CTUI", "protocol": 99, "version": "99.0.0", "generation": 3,
        "colours": { "of": ["the", "future"] }, "log_end": "a word where a number was",
    });
    server.json(wire::HELLO, &hello).frame(200, b"unknown").frame(15, b"unknown too").assert_served();
    server.input("future", 1, b"x");
    assert_eq!(server.outcome(), (1, "typed".into()));
    // An old server that says less.
    let mut old = Peer::connect(&holder);
    old.json(wire::HELLO, &json!({ "magic": "CTUI", "generation": 4 })).input("old", 1, b"y");
    assert_eq!(old.outcome(), (1, "typed".into()));
    // What a holder says of itself keeps the words that every server looks for.
    let said = Peer::connect(&holder).until_json(wire::HELLO);
    assert_eq!((&said["magic"], &said["protocol"]), (&json!("CTUI"), &json!(1)));
    assert_eq!(said["agent_pid"].as_i64(), Some(holder.agent.into()));
    assert_eq!(said["terminal"], "0000abcd");
}

#[test]
fn probes_displace_nobody_and_the_highest_generation_writes() {
    let home = Home::new();
    let holder = home.lone_holder(&["cat"]);
    let mut old = Peer::connect(&holder);
    old.hello(5).assert_served();
    for _ in 0..100 {
        drop(Peer::connect(&holder));
        Peer::connect(&holder).until(wire::HELLO);
    }
    old.input("old", 1, b"a");
    assert_eq!(old.outcome(), (1, "typed".into()), "a hundred probes later");
    // A probe may look, but not type.
    let mut probe = Peer::connect(&holder);
    probe.input("probe", 1, b"evil").frame(wire::RESIZE, br#"{"columns":10,"rows":10}"#).assert_served();
    // A lower generation is sent away and changes nothing.
    let mut lower = Peer::connect(&holder);
    lower.hello(4);
    lower.until(wire::GOODBYE);
    old.input("old", 2, b"b");
    assert_eq!(old.outcome(), (2, "typed".into()));
    // A higher one takes over, and the old one hears it.
    let mut new = Peer::connect(&holder);
    new.hello(6).assert_served();
    old.until(wire::GOODBYE);
    old.input("old", 3, b"never").assert_served();
    new.input("new", 1, b"c\n");
    assert_eq!(new.outcome(), (1, "typed".into()));
    wait_until("what cat read", || std::fs::read_to_string(&holder.log).ok()?.contains("abc\r\nabc\r\n").then_some(()));
    assert!(!std::fs::read_to_string(&holder.log).unwrap().contains("evil"));
}

#[test]
fn one_id_is_typed_once() {
    let home = Home::new();
    let holder = home.lone_holder(&["sh", "-c", "stty -echo; echo ready; exec cat"]);
    let mut server = Peer::connect(&holder);
    server.hello(1);
    wait_until("the shell", || std::fs::read_to_string(&holder.log).ok()?.contains("ready").then_some(()));
    for (source, sequence, text, expected) in [
        ("a", 1, "a1\n", "typed"),
        ("a", 1, "a1\n", "duplicate"),
        ("a", 3, "a3\n", "typed"),
        ("a", 2, "a2\n", "duplicate"),
        ("b", 1, "b1\n", "typed"),
        ("a", 3, "a3\n", "duplicate"),
    ] {
        server.input(source, sequence, text.as_bytes());
        assert_eq!(server.outcome(), (sequence, expected.into()), "{source} {sequence}");
    }
    // Another server, the same ids.
    let mut next = Peer::connect(&holder);
    next.hello(2).input("a", 3, b"a3\n");
    assert_eq!(next.outcome(), (3, "duplicate".into()));
    next.input("c", 0, b"end\n");
    assert_eq!(next.outcome(), (0, "typed".into()));
    let wanted = "ready\r\na1\r\na3\r\nb1\r\nend\r\n";
    wait_until("what cat read", || (std::fs::read_to_string(&holder.log).ok()? == wanted).then_some(()));
}

#[test]
fn the_frozen_hang_up_alone_ends_an_agent() {
    let home = Home::new();
    for body in [&b""[..], &200_u32.to_le_bytes()] {
        let mut holder = home.lone_holder(&["sh", "-c", "trap '' HUP TERM; while :; do sleep 1; done"]);
        for signal in [libc::SIGTERM, libc::SIGHUP, libc::SIGINT, libc::SIGQUIT, libc::SIGPIPE] {
            holder.running.signal(signal);
        }
        // No hello of ours: a server of any version can do this.
        let mut peer = Peer::connect(&holder);
        peer.assert_served();
        assert!(proc::alive(holder.agent));
        peer.frame(wire::HANGUP, body);
        assert_eq!(peer.until_json(wire::EXITED)["signal"], 9);
        assert_eq!(holder.running.wait(), 0);
        assert!(!proc::alive(holder.agent));
        assert!(!holder.socket.exists() && !holder.socket.with_extension("json").exists());
    }
}

#[test]
fn a_hang_up_counts_although_its_peer_has_left_before_it_was_accepted() {
    let home = Home::new();
    let mut holder = home.lone_holder(&["cat"]);
    holder.running.signal(libc::SIGSTOP);
    wait_until("the holder to stand still", || proc::stopped(holder.running.pid()).then_some(()));
    Peer::connect(&holder).frame(wire::HANGUP, &200_u32.to_le_bytes());
    holder.running.signal(libc::SIGCONT);
    assert_eq!(holder.running.wait(), 0);
    assert!(!proc::alive(holder.agent));
}

#[test]
fn a_crowd_of_peers_costs_little_and_keeps_no_server_out() {
    let home = Home::new();
    let holder = home.lone_holder(&["cat"]);
    let fds = proc::open_fds(holder.running.pid());
    let crowd: Vec<Peer> = (0..100).map(|_| Peer::connect(&holder)).collect();
    assert!(proc::open_fds(holder.running.pid()) < fds + 30);
    // The newest is served, whatever crowd stands around.
    let mut server = Peer::connect(&holder);
    server.hello(1).assert_served();
    drop((server, crowd));
    wait_until("the descriptors to be closed", || (proc::open_fds(holder.running.pid()) <= fds).then_some(()));
}
