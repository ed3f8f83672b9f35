//! What the world knows of one session and of one terminal. Plain data: stored as it is, converted at the edges.

use crate::base::clock::Millis;
use crate::base::id::TerminalId;
use crate::core::life::{Life, Unwell};
use crate::core::status::{Status, WaitingFor};
use serde::{Deserialize, Serialize};

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Session {
    /// With its prefix.
    pub name: String,
    pub cwd: String,
    pub created_at: Millis,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Terminal {
    pub id: TerminalId,
    pub session: String,
    pub window: String,
    pub role: String,
    pub provider: String,
    /// A shell: when it is idle again, a command has ended and no turn of an agent.
    #[serde(default)]
    pub is_shell: bool,
    pub profile: Option<String>,
    pub command: Vec<String>,
    /// The command line is the user's own, not the provider's.
    #[serde(default)]
    pub is_own_command: bool,
    pub cwd: String,
    /// For a restart; values of secret-looking names are left out and read again then.
    pub environment: Vec<(String, String)>,
    /// Files that more of it comes from, which is not stored.
    #[serde(default)]
    pub env_files: Vec<String>,
    /// Mask of new files; `None`: the server's own.
    #[serde(default)]
    pub umask: Option<u32>,
    pub created_at: Millis,
    /// 1 for the first start, one more for every restart.
    pub run: u32,
    pub status: Status,
    pub waiting_for: Option<WaitingFor>,
    pub detail: Option<String>,
    pub evidence: Option<String>,
    /// Why the agent is held back beside its status: the disk takes no more of its output.
    #[serde(default)]
    pub paused: Option<String>,
    pub since: Millis,
    /// In this run it has been seen ready or at work: what is typed reaches its composer.
    #[serde(default)]
    pub has_begun: bool,
    /// Whether its CLI tells of what happens, as this launch asked it to.
    #[serde(default)]
    pub hooks: Hooking,
    #[serde(skip)]
    pub title: String,
    pub columns: u16,
    pub rows: u16,
    pub holder_pid: Option<u32>,
    pub agent_pid: Option<u32>,
    pub exit_code: Option<i32>,
    pub exit_signal: Option<i32>,
    /// The agent CLI's own id of the conversation of its last turn.
    pub conversation: Option<String>,
    /// Those before it, the newest first: what cannot be taken up again may be found later, or somebody knows better.
    #[serde(default)]
    pub conversations_before: Vec<String>,
    /// It was running when its holder was killed, as a machine's end does it, and nobody has taken it up since.
    #[serde(default)]
    pub is_cut_off: bool,
    /// Whether and when it is started again by itself.
    #[serde(default)]
    pub life: Life,
    /// What the checks of its health say while they fail.
    #[serde(default)]
    pub unwell: Option<Unwell>,
    /// Changes of this object; never stored, a new server counts on from its own start.
    #[serde(skip)]
    pub revision: u64,
}

/// Whether the hooks that a launch was given fire. Only what was seen counts: a CLI of another version may take them
/// and never call.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Hooking {
    /// It was given none.
    #[default]
    None,
    /// Given, and nothing was heard yet.
    Expected,
    Firing,
    /// It has worked, and nothing was heard: its status is known from elsewhere.
    Silent,
}

/// More than anybody tells apart by their ids.
const CONVERSATIONS: usize = 10;

impl Terminal {
    /// It is in this conversation now; the one before is remembered.
    pub(super) fn converse(&mut self, conversation: String) {
        self.conversations_before.retain(|before| *before != conversation);
        let before =
            self.conversation.replace(conversation).filter(|before| self.conversation.as_ref() != Some(before));
        if let Some(before) = before {
            self.conversations_before.insert(0, before);
        }
        self.conversations_before.truncate(CONVERSATIONS - 1);
    }

    /// A holder owns it, or is about to.
    pub fn is_alive(&self) -> bool {
        // An agent may report an error of its own and live on; without a holder it never started.
        let never_started = self.status == Status::Error && self.holder_pid.is_none();
        self.status != Status::Closed && self.exit_code.is_none() && self.exit_signal.is_none() && !never_started
    }
}
