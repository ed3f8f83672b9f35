//! Frames between a holder and a server, on the holder's Unix stream socket.
//!
//! A holder outlives servers and binaries, so this protocol is the one thing that may not be changed freely:
//! `u32 length (little endian, of type and body) · u8 type · body`. Types 0 to 15 are frozen for ever: every version understands
//! [`HELLO`], [`HANGUP`] and [`PING`]. All other control bodies are JSON in which every field has a default, so
//! that an old holder with a new server (and the other way round) simply does not see what it does not know.
//! [`OUTPUT`] and [`INPUT`] carry bytes behind a small fixed head.

use crate::base::clock::Millis;
use crate::base::id::TerminalId;
use serde::{Deserialize, Serialize};

/// First field of every [`HELLO`]: a peer that says something else is none of ours.
pub const MAGIC: &str = "CTUI";
/// Version of the frames above type 15. Raised only when a default cannot express the change.
pub const PROTOCOL: u32 = 1;
/// No frame body is longer; a longer one is an attack or garbage, and the connection ends. (`decisions.md` C 4.1.)
pub const MAX_BODY: usize = 1 << 20;

/// Both ways, first: [`Hello`] from the holder, [`ServerHello`] from the server.
pub const HELLO: u8 = 0;
/// To the holder: end the agent and its whole tree. Body: `u32` grace in milliseconds, or empty for the default.
pub const HANGUP: u8 = 1;
/// Both ways: answered by [`PONG`] with the same body.
pub const PING: u8 = 2;
pub const PONG: u8 = 3;

/// To the server: the log grew. Body: `u64 start`, `u64 end`, then the bytes, or nothing when they are to be
/// read from the log.
pub const OUTPUT: u8 = 16;
/// To the holder: type something. Body: `u16` length of the [`InputHead`] JSON, the JSON, the bytes.
pub const INPUT: u8 = 17;
/// To the server: [`InputDone`].
pub const INPUT_DONE: u8 = 18;
/// To the holder: [`Resize`].
pub const RESIZE: u8 = 19;
/// To the server: [`Resized`].
pub const RESIZED: u8 = 20;
/// To the server: [`Exited`]. The last frame of a holder.
pub const EXITED: u8 = 21;
/// To the server: [`Disk`].
pub const DISK: u8 = 22;
/// To an older server: another one with a higher generation has come.
pub const GOODBYE: u8 = 23;
/// To the holder: [`ReadRange`]; answered by [`BYTES`].
pub const READ: u8 = 24;
/// To the server: `u64 offset`, then bytes.
pub const BYTES: u8 = 25;

/// What a holder says of itself to whoever connects.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct Hello {
    pub magic: String,
    pub protocol: u32,
    pub version: String,
    pub terminal: TerminalId,
    pub holder_pid: u32,
    pub agent_pid: u32,
    pub run: u32,
    pub log_end: u64,
    pub columns: u16,
    pub rows: u16,
    pub started_at: Millis,
    /// The disk refuses; the agent is paused.
    pub disk_full: bool,
    /// The agent has ended; the holder is clearing up.
    pub exited: Option<Exited>,
}

impl Default for Hello {
    fn default() -> Self {
        Hello {
            magic: String::new(),
            protocol: 0,
            version: String::new(),
            terminal: TerminalId(0),
            holder_pid: 0,
            agent_pid: 0,
            run: 0,
            log_end: 0,
            columns: 80,
            rows: 24,
            started_at: 0,
            disk_full: false,
            exited: None,
        }
    }
}

/// What a server says to a holder. Whoever says no generation is a probe: it may look and hang up, nothing else,
/// and it displaces nobody.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ServerHello {
    pub magic: String,
    pub protocol: u32,
    pub version: String,
    /// Rises with every server start in one home.
    pub generation: Option<u64>,
}

/// Where an input comes from. `source` and `sequence` are its id: the holder types a source's sequences only
/// upwards, so the same or an older one is a duplicate.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct InputHead {
    pub source: String,
    pub sequence: u64,
    /// Messages and decisions: the journal keeps the bytes too, unless the PTY has its echo off.
    pub keep: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InputOutcome {
    /// Journalled and given to the PTY whole.
    #[default]
    Typed,
    /// This id was typed before.
    Duplicate,
    /// The program does not read and the waiting input is over its bound; nothing of this one was typed.
    Busy,
    /// The agent is gone.
    Gone,
    /// The journal could not be written; nothing was typed.
    Failed,
}

#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct InputDone {
    pub source: String,
    pub sequence: u64,
    pub outcome: InputOutcome,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Resize {
    pub columns: u16,
    pub rows: u16,
}

/// The PTY has this size for every byte from `offset` on.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Resized {
    pub offset: u64,
    pub columns: u16,
    pub rows: u16,
}

/// How an agent's process ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Exited {
    pub code: Option<i32>,
    pub signal: Option<i32>,
    /// End of the log.
    pub offset: u64,
}

#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Disk {
    pub full: bool,
    pub error: String,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ReadRange {
    pub offset: u64,
    pub length: u32,
}

/// Everything a holder must know to start an agent. Travels over the fork server's socket, never on a command
/// line: the environment in it may hold secrets.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct HolderSpec {
    pub terminal: TerminalId,
    /// 1 for the first start, one more for every restart of the same terminal.
    pub run: u32,
    pub command: Vec<String>,
    pub cwd: String,
    /// The kind of agent, for the record alone.
    #[serde(default)]
    pub provider: String,
    pub environment: Vec<(String, String)>,
    /// Mask of new files for the program; `None`: the one that the holder was started with.
    #[serde(default)]
    pub umask: Option<u32>,
    pub columns: u16,
    pub rows: u16,
    /// Folder of `<id>.log`, its older segments and `<id>.idx`.
    pub log_dir: String,
    /// Folder of the holder's socket `<id>.sock` and its record `<id>.json`.
    pub run_dir: String,
    /// Bytes of one log segment and of all of them together.
    pub segment_bytes: u64,
    pub log_bytes: u64,
}

/// A holder's record `<id>.json` in its run folder: how a new server or fork server finds it without asking.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct HolderRecord {
    pub terminal: TerminalId,
    pub holder_pid: u32,
    /// Field 22 of `/proc/<pid>/stat`: with it, a pid names one process for ever.
    pub holder_start: u64,
    pub agent_pid: u32,
    pub version: String,
    pub run: u32,
    /// What runs in it, for a server whose database does not know it. Empty in records of older holders.
    #[serde(default)]
    pub provider: String,
    #[serde(default)]
    pub command: Vec<String>,
    #[serde(default)]
    pub cwd: String,
}
