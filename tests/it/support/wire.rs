//! A peer of a holder that speaks frames by hand: good ones, half ones, garbage. And a holder started by hand, without
//! a server. Used by tests of the holder protocol, so that they do not believe our own encoder.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::home::Home;
use super::run::Running;
use super::wait::{LIMIT, wait_until};

/// Frame types as they went out into the world; written again here on purpose.
pub const HELLO: u8 = 0;
pub const HANGUP: u8 = 1;
pub const PING: u8 = 2;
pub const PONG: u8 = 3;
pub const OUTPUT: u8 = 16;
pub const INPUT: u8 = 17;
pub const INPUT_DONE: u8 = 18;
pub const RESIZE: u8 = 19;
pub const RESIZED: u8 = 20;
pub const EXITED: u8 = 21;
pub const GOODBYE: u8 = 23;

/// A holder in the foreground, with one agent.
pub struct LoneHolder {
    pub running: Running,
    pub agent: i32,
    pub socket: PathBuf,
    pub log: PathBuf,
}

impl Home {
    /// `holder --foreground` with this command.
    #[track_caller]
    pub fn lone_holder(&self, command: &[&str]) -> LoneHolder {
        let id = "0000abcd";
        let text = |path: PathBuf| path.display().to_string();
        let spec = json!({
            "terminal": id, "run": 1, "command": command, "cwd": text(self.work()),
            "environment": self.env(), "columns": 80, "rows": 24,
            "log_dir": text(self.join("logs")), "run_dir": text(self.join("holders")),
            "segment_bytes": 16 << 20, "log_bytes": 64 << 20,
        });
        let said = self.join("holder-said");
        let running = self.cmd(["holder", "--foreground"]).stdin(spec.to_string()).start(&said);
        let reply = wait_until("the holder's word", || serde_json::from_str::<Value>(running.said().trim()).ok());
        assert_eq!(reply["type"], "spawned", "{reply}");
        LoneHolder {
            running,
            agent: reply["agent_pid"].as_i64().unwrap() as i32,
            socket: self.join(format!("holders/{id}.sock")),
            log: self.join(format!("logs/{id}.log")),
        }
    }
}

pub struct Peer {
    stream: UnixStream,
    input: Vec<u8>,
}

impl Peer {
    #[track_caller]
    pub fn connect(holder: &LoneHolder) -> Peer {
        let stream = UnixStream::connect(&holder.socket).unwrap();
        stream.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
        stream.set_write_timeout(Some(LIMIT)).unwrap();
        Peer { stream, input: vec![] }
    }

    /// Bytes as they are; a connection that was closed meanwhile is no failure.
    pub fn raw(&mut self, bytes: &[u8]) -> &mut Peer {
        let _ = self.stream.write_all(bytes);
        self
    }

    pub fn frame(&mut self, kind: u8, body: &[u8]) -> &mut Peer {
        let length = (body.len() as u32 + 1).to_le_bytes();
        self.raw(&[&length[..], &[kind], body].concat())
    }

    /// Says hello as a server of this generation.
    pub fn hello(&mut self, generation: u64) -> &mut Peer {
        self.json(HELLO, &json!({ "magic": "CTUI", "protocol": 1, "version": "test", "generation": generation }))
    }

    pub fn json(&mut self, kind: u8, body: &Value) -> &mut Peer {
        self.frame(kind, body.to_string().as_bytes())
    }

    pub fn input(&mut self, source: &str, sequence: u64, bytes: &[u8]) -> &mut Peer {
        let head = json!({ "source": source, "sequence": sequence, "from_a_later_version": [1] }).to_string();
        let length = (head.len() as u16).to_le_bytes();
        self.frame(INPUT, &[&length[..], head.as_bytes(), bytes].concat())
    }

    /// The next whole frame; `None` when the holder has closed the connection.
    #[track_caller]
    pub fn next(&mut self) -> Option<(u8, Vec<u8>)> {
        let deadline = Instant::now() + LIMIT;
        let mut buffer = [0; 8192];
        loop {
            if let Some(length) = self.input.first_chunk::<4>().map(|l| u32::from_le_bytes(*l) as usize)
                && self.input.len() >= 4 + length
            {
                let frame: Vec<u8> = self.input.drain(..4 + length).skip(4).collect();
                return Some((frame[0], frame[1..].to_vec()));
            }
            assert!(Instant::now() < deadline, "no frame came");
            match self.stream.read(&mut buffer) {
                Ok(0) => return None,
                Ok(n) => self.input.extend_from_slice(&buffer[..n]),
                Err(e) if matches!(e.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut) => {}
                Err(_) => return None,
            }
        }
    }

    /// Reads on until a frame of this type comes.
    #[track_caller]
    pub fn until(&mut self, kind: u8) -> Vec<u8> {
        loop {
            match self.next() {
                Some((found, body)) if found == kind => return body,
                Some(_) => {}
                None => panic!("the holder closed the connection before a frame of type {kind}"),
            }
        }
    }

    /// As [`Peer::until`], with the body as JSON.
    #[track_caller]
    pub fn until_json(&mut self, kind: u8) -> Value {
        serde_json::from_slice(&self.until(kind)).unwrap()
    }

    /// What became of an input.
    #[track_caller]
    pub fn outcome(&mut self) -> (u64, String) {
        let done = self.until_json(INPUT_DONE);
        (done["sequence"].as_u64().unwrap(), done["outcome"].as_str().unwrap().to_string())
    }

    /// Still connected: a ping is answered.
    #[track_caller]
    pub fn assert_served(&mut self) {
        self.frame(PING, b"are you there");
        assert_eq!(self.until(PONG), b"are you there");
    }
}
