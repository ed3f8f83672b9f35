//! A step that an agent has taken, and what the rules said of it then. Made by the server when an agent's hook tells of one, kept
//! by the store, and judged again by who asks what other rules would have said.

use super::step::Step;
use super::verdict::{Class, Decision, Risk};
use crate::base::clock::Millis;
use crate::base::id::TerminalId;
use serde::{Deserialize, Serialize};

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Record {
    /// When the agent told of it.
    pub at: Millis,
    pub terminal: TerminalId,
    pub step: Step,
    /// What the agent may read; absolute.
    pub workspace: String,
    pub decision: Decision,
    pub class: Class,
    pub risk: Risk,
    pub reason: String,
    /// The rule that decided; `None`: no rule fits.
    pub rule: Option<String>,
}
