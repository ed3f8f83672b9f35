//! Bodies of the routes about requests that wait for a person's yes. Read by the verbs, the screen and scripts; the fields of the
//! seed's clients are there as well.

use crate::base::id::TerminalId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `POST /approvals`: a text that is to be typed into a terminal once somebody has said yes.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ApprovalRequest {
    #[serde(alias = "terminal_id")]
    pub terminal: Option<TerminalId>,
    #[serde(alias = "command_text")]
    pub command: String,
    /// Press Enter after it. Default: yes.
    pub submit: Option<bool>,
}

/// `POST /approvals/{id}/approve` and `/deny`.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ApprovalAnswer {
    /// Of the request as it was seen: where another one is meant, nothing is answered.
    pub digest: Option<String>,
    #[serde(alias = "note")]
    pub reason: Option<String>,
}

/// Who has answered.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ApprovalDecider {
    pub pid: u32,
    pub executable: Option<String>,
    /// Device number of its terminal; 0: it has none.
    pub tty: i32,
    /// Names of the processes above it, the nearest first.
    pub parents: Vec<String>,
}

/// A request, and what became of it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Approval {
    pub id: u64,
    pub terminal: TerminalId,
    pub session: String,
    pub window: String,
    pub provider: String,
    /// Where it comes from: `input`.
    pub source: String,
    /// What is typed after a yes, byte for byte.
    pub command: String,
    /// With Enter behind it.
    pub submit: bool,
    /// SHA-256, in hex, of what is to happen and where.
    pub digest: String,
    /// What the rules said when it was asked: as of `POST /policy/check`.
    pub decision: String,
    pub class: String,
    pub risk: String,
    pub reason: String,
    pub rule: Option<String>,
    pub asked_at_ms: u64,
    /// `pending`, `approved`, `denied` or `withdrawn`.
    pub status: String,
    pub answered_at_ms: Option<u64>,
    pub by: Option<ApprovalDecider>,
    /// What whoever answered has said.
    pub answer_reason: Option<String>,
    /// Why it was withdrawn.
    pub note: Option<String>,
    /// When it was done, or could not be; absent: not yet.
    pub done_at_ms: Option<u64>,
    /// Why it could not be done.
    pub error: Option<String>,
}
