//! What an agent is doing, from evidence: its CLI's hooks, the program's own reports, its title and progress, who has
//! its terminal, the settled screen. Called by the server for each terminal. It must never guess: without evidence it is
//! unknown.

mod claim;
mod prompt;
mod replay;
mod report;
mod rule;
mod signals;
#[cfg(test)]
mod tests;
mod weigh;

pub use claim::{Claim, Origin, Verdict, Weighed};
pub use prompt::{Choice, LastMessage, asked, choices};
pub use replay::Replay;
pub use report::{OWN_REPORT, of_report};
pub use rule::{BadRule, Region, Rule, RuleText, Source, bottom, compile};
pub use signals::{Front, Heard, Signals};
pub use weigh::Standing;

use serde::{Deserialize, Serialize};

/// The core's twin of the API's status word.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    Initializing,
    Ready,
    Running,
    Waiting,
    Completed,
    Error,
    Closed,
    #[default]
    Unknown,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WaitingFor {
    Approval,
    Question,
    Trust,
    Login,
    Other,
}
