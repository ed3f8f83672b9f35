//! Bodies of the routes that take agents up again, one or all, and that stop them all for a while. Read by the screen
//! and the verbs.

use crate::base::clock::Millis;
use crate::base::id::TerminalId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `POST /terminals/{id}/resume`.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ResumeRequest {
    /// Another conversation than its last: see `GET /terminals/{id}/conversations`.
    pub conversation: Option<String>,
}

/// A conversation that an agent had.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Conversation {
    /// The agent CLI's own.
    pub id: String,
    /// It is the one that `resume` takes up unless another is named.
    pub is_current: bool,
    /// It can be taken up again, as far as can be told.
    pub is_saved: bool,
    /// When it was written last, in milliseconds since 1970; absent where that is not to be seen.
    #[serde(default)]
    pub saved_at_ms: Option<Millis>,
    /// The first words of its person, where they can be told.
    #[serde(default)]
    pub begins: Option<String>,
}

/// `POST /resume-all`.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ResumeAllRequest {
    /// Start shells and commands of one's own afresh; without it they are left as they are.
    pub with_shells: bool,
}

/// What was done with one agent.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Done {
    pub id: TerminalId,
    pub window: String,
    pub session: String,
    pub what: What,
    /// In words: which conversation, which key, why not.
    pub words: String,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum What {
    /// Its conversation was taken up.
    Resumed,
    /// Started afresh.
    Restarted,
    /// Its own key for that was pressed.
    Interrupted,
    Left,
    Failed,
}

impl What {
    /// The word in JSON and on the command line.
    pub fn word(self) -> &'static str {
        match self {
            What::Resumed => "resumed",
            What::Restarted => "restarted",
            What::Interrupted => "interrupted",
            What::Left => "left",
            What::Failed => "failed",
        }
    }
}

/// `POST /stop-all`.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct StopAllRequest {
    /// Take it back: messages are typed again.
    pub undo: bool,
}

/// `GET /stop-all` and the answer to `POST /stop-all`.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct StopAll {
    /// Everything is stopped since then, in milliseconds since 1970; `None`: it is not.
    pub stopped_since_ms: Option<Millis>,
    /// What was done with each living agent.
    pub agents: Vec<Done>,
}
