//! Messages between the fork server and those who ask it, the server and starting clients: one JSON object a line
//! on its Unix stream socket. The fork server outlives servers and upgrades, so every field has a default and
//! unknown requests are answered by [`Reply::Refused`], never by silence.

use crate::proto::holder::HolderSpec;
use serde::{Deserialize, Serialize};

/// To the fork server.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Request {
    /// A running server introduces itself. With `supervise`, the fork server starts another one by running
    /// `executable` when this process ends without a [`Request::Bye`].
    Server {
        pid: u32,
        executable: String,
        supervise: bool,
    },
    /// The server is about to end on purpose. `restart`: start the executable again at once.
    Bye {
        restart: bool,
        executable: String,
    },
    /// Fork a holder.
    Spawn {
        spec: Box<HolderSpec>,
    },
    /// Start a server unless one is running (asked by a client that found none).
    Ensure {
        executable: String,
    },
    Ping,
    /// Take over this newer executable in place, children and all.
    Upgrade {
        executable: String,
    },
}

/// From the fork server, one for each request, in order of completion; a spawn's names its terminal.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Reply {
    Ok {
        pid: u32,
        version: String,
    },
    Spawned {
        terminal: crate::base::id::TerminalId,
        holder_pid: u32,
        agent_pid: u32,
    },
    /// The holder could not start the agent: the reason is for the user.
    SpawnFailed {
        terminal: crate::base::id::TerminalId,
        error: String,
    },
    Refused {
        error: String,
    },
}
