//! Messages of the WebSocket `/stream`: JSON in text messages both ways, screen frames in binary ones.
//! Spoken by the server and by every live client. Notices carry no state, only what changed: the receiver asks.

use crate::base::id::TerminalId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One pane that a client shows.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct ShownPane {
    pub terminal: TerminalId,
    /// Inner size of the pane; the PTY takes it when this client owns the terminal's size.
    pub columns: u16,
    pub rows: u16,
}

/// What colours mean on a client's terminal, as red, green and blue.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Colors {
    pub foreground: [u8; 3],
    pub background: [u8; 3],
    /// The colours with names, the first sixteen of the palette; those that are missing are xterm's.
    #[serde(default)]
    pub palette: Vec<[u8; 3]>,
}

/// From the client.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ClientMessage {
    /// First message. `read_only` clients never own a size and may not send input.
    Hello {
        version: String,
        #[serde(default)]
        read_only: bool,
        /// Names this client over all its connections: with `sequence` it makes the id of an input, so that what
        /// is sent again after a lost connection is typed once. Random, chosen by the client.
        #[serde(default)]
        source: String,
    },
    /// The panes that are on screen now, replacing the former set. The focused one gets frames at 60 Hz, the
    /// others at 10 Hz.
    Show {
        panes: Vec<ShownPane>,
        #[serde(default)]
        focused: Option<TerminalId>,
    },
    /// This client's size for a pane that it shows shall hold, as if it had typed there.
    TakeSize { terminal: TerminalId },
    /// The colours of this client's terminal: what programs are told that ask in the panes it owns. Told again when
    /// they change.
    Colors { colors: Colors },
    /// The frame of this revision is on the user's screen; the next may come.
    Ack { terminal: TerminalId, revision: u64 },
    /// The client cannot use what it got: send a keyframe.
    Resync { terminal: TerminalId },
    /// Typed bytes. `sequence` counts up per client and terminal; a repeated one is typed once.
    Input {
        terminal: TerminalId,
        sequence: u64,
        /// UTF-8 input; for anything else `base64`.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        text: String,
        #[serde(default, skip_serializing_if = "String::is_empty")]
        base64: String,
    },
}

/// What a notice is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Terminal,
    Session,
    Worktree,
    /// `id` is a directory.
    Trust,
    Server,
    /// `id` is its number.
    Approval,
}

/// From the server.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ServerMessage {
    /// Answer to the client's hello.
    Hello { version: String, pid: u32, generation: u64, client: u64 },
    /// Something changed; `GET` it to know how. `id` is a terminal id or a session name.
    Changed { kind: Kind, id: String, revision: u64 },
    /// Every input of this client to this terminal up to `sequence` is in its PTY: it need not be kept.
    Typed { terminal: TerminalId, sequence: u64 },
    /// An input could not be typed.
    Refused { terminal: TerminalId, sequence: u64, reason: String },
    /// One line for the user, from the server itself.
    Notice { level: Level, text: String },
    /// The server ends on purpose. Without `restart` nobody shall start another one because of a lost connection.
    /// `agents` go on.
    Bye {
        restart: bool,
        #[serde(default)]
        agents: usize,
    },
    /// A program in a pane rang the bell.
    Bell { terminal: TerminalId },
    /// A program in a pane wants this text on the user's clipboard. Nothing is copied before the user says so.
    Copy { terminal: TerminalId, text: String },
    /// Of a pane that this client shows: whether another client gives the terminal its size. Told when it is first
    /// shown and whenever that changes; the size itself comes with the frames.
    Sized { terminal: TerminalId, by_another: bool },
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    Info,
    Warning,
    Error,
}
