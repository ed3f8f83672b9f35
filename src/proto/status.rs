//! Bodies of the routes about what an agent does: the report with its evidence, and what a hook tells. Read by the
//! screen, the verbs and scripts.

use crate::base::clock::Millis;
use crate::base::id::TerminalId;
use crate::proto::rest::{Answers, Status, WaitingFor};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `GET /terminals/{id}/status`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct StatusReport {
    pub id: TerminalId,
    pub status: Status,
    pub waiting_for: Option<WaitingFor>,
    pub detail: Option<String>,
    /// When it began, RFC 3339, UTC; of an earlier moment, that moment.
    pub since: String,
    /// What decided, first; then what else was known and why it did not count, one line each.
    pub evidence: Vec<String>,
    /// What a dialog asks, as far as its provider's file says how to read it.
    #[serde(default)]
    pub prompt: Option<String>,
    #[serde(default)]
    pub choices: Vec<Choice>,
    /// What the agent said last, as far as it stands on the screen.
    #[serde(default)]
    pub last_message: Option<String>,
    /// The same evidence, field by field.
    #[serde(default)]
    pub claims: Vec<Claim>,
    /// Subagents at work, by the agent's own word.
    #[serde(default)]
    pub subagents: Vec<String>,
    #[serde(default)]
    pub hooks: Hooks,
    /// What its hooks have told, the newest first: when, and what, in one line each.
    #[serde(default)]
    pub heard: Vec<String>,
    /// The log's offset that an earlier moment was replayed to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset: Option<u64>,
    /// Which keys answer what it waits for, where its provider knows.
    #[serde(default)]
    pub answers: Option<Answers>,
}

/// An answer that a dialog offers.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Choice {
    /// The key that chooses it, where it has one.
    pub key: Option<String>,
    pub label: String,
}

/// One statement about what the agent does.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Claim {
    /// `hook`, `report`, `title`, `progress`, `process` or `screen`.
    pub source: String,
    pub status: Status,
    pub waiting_for: Option<WaitingFor>,
    /// What says so.
    pub why: String,
    /// The rule's file and line.
    pub place: Option<String>,
    /// When it began, in milliseconds since 1970; absent in replays, which have no times.
    pub since_ms: Option<Millis>,
    /// Absent: it decided. Else why it did not.
    pub put_aside: Option<String>,
}

/// Whether its CLI tells of what happens, as this launch asked it to.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Hooks {
    /// It was given none.
    #[default]
    None,
    /// Given, and nothing was heard yet.
    Expected,
    Firing,
    /// It has worked, and nothing was heard: they are advisory, its status is known from elsewhere.
    Silent,
}

/// `POST /terminals/{id}/hooks`: an event of the agent's CLI. Only a process of that agent may tell it.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct HookRequest {
    pub event: String,
    /// When the command that tells it was started, in milliseconds since 1970.
    pub at_ms: Millis,
    /// What the CLI told with it, its long texts cut.
    pub payload: serde_json::Value,
}
