//! A holder of another version with this server: it says less and more than ours, loses the connection, serves another
//! server, comes back. Played by the test itself in the place of a real one that is gone.

use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};

use serde_json::{Value, json};

use crate::support::wait::LIMIT;
use crate::support::{Agent, Home, Running, proc, wait_until, wire};

struct OldHolder<'a> {
    home: &'a Home,
    id: String,
    listener: UnixListener,
    /// Stands for the holder and its agent.
    process: Running,
}

impl OldHolder<'_> {
    /// Takes the place of an agent's dead holder, before a server starts.
    fn instead_of<'a>(home: &'a Home, agent: &Agent) -> OldHolder<'a> {
        let process = home.program("sleep", ["1000"]).start(&home.join("sleep"));
        let pid = process.pid();
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
        let start: u64 = stat.rsplit(')').next().unwrap().split_whitespace().nth(19).unwrap().parse().unwrap();
        let listener = UnixListener::bind(home.join(format!("run/holders/{}.sock", agent.id))).unwrap();
        let record = json!({
            "terminal": agent.id, "holder_pid": pid, "holder_start": start, "agent_pid": pid, "version": "0.0.1",
            "run": 1, "something_that_we_do_not_know": { "a": [1, 2] },
        });
        home.write(&format!("run/holders/{}.json", agent.id), &record.to_string());
        OldHolder { home, id: agent.id.clone(), listener, process }
    }

    /// The server's next connection, after both have said hello.
    fn accept(&self) -> UnixStream {
        self.listener.set_nonblocking(true).unwrap();
        let (mut stream, _) = wait_until("the server to connect", || self.listener.accept().ok());
        stream.set_nonblocking(false).unwrap();
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        let hello = json!({
            "magic": "CTUI", "protocol": 7, "version": "0.0.1", "terminal": self.id, "holder_pid": self.process.pid(),
            "agent_pid": self.process.pid(), "log_end": self.log_end(), "of_the_future": true,
        });
        send(&mut stream, wire::HELLO, hello.to_string().as_bytes());
        let said: Value = serde_json::from_slice(&until(&mut stream, wire::HELLO)).unwrap();
        assert_eq!(said["magic"], "CTUI");
        assert!(said["generation"].is_number(), "{said}");
        stream
    }

    fn log_end(&self) -> u64 {
        std::fs::metadata(self.home.log_path(&self.id)).map_or(0, |meta| meta.len())
    }

    /// Prints: into the log first, then the doorbell.
    fn print(&self, stream: &mut UnixStream, text: &str) {
        let start = self.log_end();
        let mut log = std::fs::OpenOptions::new().append(true).open(self.home.log_path(&self.id)).unwrap();
        log.write_all(text.as_bytes()).unwrap();
        let body = [start.to_le_bytes(), self.log_end().to_le_bytes()].concat();
        send(stream, wire::OUTPUT, &body);
    }
}

fn send(stream: &mut UnixStream, kind: u8, body: &[u8]) {
    let length = (body.len() as u32 + 1).to_le_bytes();
    stream.write_all(&[&length[..], &[kind], body].concat()).unwrap();
}

/// Reads on until a frame of this type comes.
fn until(stream: &mut UnixStream, kind: u8) -> Vec<u8> {
    loop {
        let mut length = [0; 4];
        stream.read_exact(&mut length).unwrap();
        let mut frame = vec![0; u32::from_le_bytes(length) as usize];
        stream.read_exact(&mut frame).unwrap();
        if frame[0] == kind {
            return frame.split_off(1);
        }
    }
}

/// A server in the foreground, about to connect to a holder that is played here.
fn played(home: &Home) -> (Agent, OldHolder<'_>, Running) {
    let agent = home.launch("old", &["sh", "-c", "echo printed by the first; exec cat"]);
    home.wait_screen(&agent.id, "printed by the first");
    let _ = home.cmd(["shutdown"]).run().ok();
    proc::kill(agent.holder);
    wait_until("the place to be free", || {
        (!home.join(format!("run/holders/{}.sock", agent.id)).exists()).then_some(())
    });
    let old = OldHolder::instead_of(home, &agent);
    let starting = home.cmd(["server"]).start(&home.join("foreground"));
    (agent, old, starting)
}

/// The source and the bytes of the next input.
fn input(stream: &mut UnixStream) -> (String, u64, Vec<u8>) {
    let mut body = until(stream, wire::INPUT);
    let length = u16::from_le_bytes([body[0], body[1]]) as usize;
    let bytes = body.split_off(2 + length);
    let head: Value = serde_json::from_slice(&body[2..]).unwrap();
    (head["source"].as_str().unwrap().into(), head["sequence"].as_u64().unwrap(), bytes)
}

#[test]
fn a_server_serves_a_holder_of_another_version_and_comes_back_to_it() {
    let home = Home::new();
    let (agent, mut old, starting) = played(&home);
    let mut stream = old.accept();
    home.wait_terminal(&agent.id, "an adopted row", |row| row["pid"] == old.process.pid());
    send(&mut stream, 250, b"a frame of the future");
    send(&mut stream, wire::INPUT_DONE, b"{}");
    old.print(&mut stream, "printed by the old one\r\n");
    home.wait_screen(&agent.id, "printed by the old one");

    // An input goes out as a frame with its id, and the answer comes back.
    let sending =
        home.cmd(["send", &agent.id, "--no-enter", "--id", "one", "-m", "typed"]).start(&home.join("sending"));
    let (source, sequence, bytes) = input(&mut stream);
    assert_eq!((source.as_str(), &bytes[..]), ("r:one", &b"typed"[..]));
    let done = json!({ "source": "r:one", "sequence": sequence, "outcome": "typed" });
    send(&mut stream, wire::INPUT_DONE, done.to_string().as_bytes());
    let mut sending = sending;
    assert_eq!(sending.wait(), 0, "{}", sending.said());

    // Lost contact is not the end of an agent: the server comes back, also after garbage.
    for garbage in [None, Some([0xff; 32])] {
        if let Some(garbage) = garbage {
            let _ = stream.write_all(&garbage);
        }
        drop(stream);
        stream = old.accept();
        home.wait_terminal(&agent.id, "a living row", |row| row["pid"].is_number());
    }
    old.print(&mut stream, "printed after all\r\n");
    home.wait_screen(&agent.id, "printed after all");
    wait_until("a status that is no lost contact", || {
        let row = home.api(&format!("/terminals/{}", agent.id))?;
        (!row["detail"].as_str().unwrap_or_default().contains("no contact")).then_some(())
    });

    send(&mut stream, wire::EXITED, br#"{"code":0,"more":"words"}"#);
    home.wait_terminal(&agent.id, "a closed row", |row| row["status"] == "closed" && row["exit_code"] == 0);
    assert!(proc::alive(old.process.pid()), "nobody signals what a holder owns");
    old.process.kill();
    drop(starting);
}

#[test]
fn an_input_that_a_broken_link_took_is_given_again_under_its_id_before_newer_ones() {
    let home = Home::new();
    let (agent, old, _starting) = played(&home);
    let mut stream = old.accept();
    home.wait_terminal(&agent.id, "an adopted row", |row| row["pid"] == old.process.pid());
    let send_as = |name: &str| {
        let words = ["send", &agent.id, "--no-enter", "--id", name, "-m", name];
        home.cmd(words).start(&home.join(name))
    };
    let mut first = send_as("first");
    assert_eq!(input(&mut stream).0, "r:first");
    // Nothing is said of it, twice; the second time another one has come meanwhile.
    drop(stream);
    let mut stream = old.accept();
    assert_eq!(input(&mut stream), ("r:first".into(), 0, b"first".to_vec()));
    let mut second = send_as("second");
    assert_eq!(input(&mut stream).0, "r:second");
    drop(stream);
    let mut stream = old.accept();
    for (name, outcome) in [("first", "duplicate"), ("second", "typed")] {
        let (source, sequence, bytes) = input(&mut stream);
        assert_eq!((source, &bytes[..]), (format!("r:{name}"), name.as_bytes()));
        let done = json!({ "source": format!("r:{name}"), "sequence": sequence, "outcome": outcome });
        send(&mut stream, wire::INPUT_DONE, done.to_string().as_bytes());
    }
    for sending in [&mut first, &mut second] {
        assert_eq!(sending.wait(), 0, "{}", sending.said());
    }
    // Really gone: only now is an unanswered one told so.
    let mut third = send_as("third");
    assert_eq!(input(&mut stream).0, "r:third");
    send(&mut stream, wire::EXITED, b"{}");
    assert_ne!(third.wait(), 0);
    assert!(third.said().contains("gone"), "{}", third.said());
}

#[test]
fn a_server_that_another_one_displaced_says_so_and_asks_again_without_fighting() {
    let home = Home::new();
    let (agent, old, _starting) = played(&home);
    let mut stream = old.accept();
    home.wait_terminal(&agent.id, "an adopted row", |row| row["pid"] == old.process.pid());
    let is_displaced = |row: &Value| {
        row["status"] == "unknown" && row["detail"].as_str().unwrap_or_default().contains("another server")
    };
    for _ in 0..3 {
        send(&mut stream, wire::GOODBYE, b"");
        home.wait_terminal(&agent.id, "a row that says so", is_displaced);
        // It asks whether it is accepted before it takes anything for contact.
        stream = old.accept();
        until(&mut stream, wire::PING);
        assert!(is_displaced(&home.terminal(&agent.id)));
    }
    send(&mut stream, wire::PONG, b"");
    old.print(&mut stream, "ours again\r\n");
    home.wait_screen(&agent.id, "ours again");
    home.wait_terminal(&agent.id, "a status by evidence", |row| !is_displaced(row));
}

#[test]
fn an_agent_whose_server_has_no_contact_can_be_ended() {
    let home = Home::new();
    let (agent, mut old, _starting) = played(&home);
    let mut stream = old.accept();
    home.wait_terminal(&agent.id, "an adopted row", |row| row["pid"] == old.process.pid());
    // Displaced for good: the server's own connection says nothing to this holder.
    send(&mut stream, wire::GOODBYE, b"");
    let mut contested = old.accept();
    until(&mut contested, wire::PING);
    let mut closing = home.cmd(["close", &agent.id]).start(&home.join("closing"));
    let mut plain = wait_until("a connection that only hangs up", || old.listener.accept().ok()).0;
    plain.set_nonblocking(false).unwrap();
    until(&mut plain, wire::HANGUP);
    // As a real holder does it: the record goes with the agent.
    std::fs::remove_file(home.join(format!("run/holders/{}.json", agent.id))).unwrap();
    old.process.kill();
    drop((stream, contested));
    assert_eq!(closing.wait(), 0, "{}", closing.said());
}
