//! What an agent is doing, from evidence: the program's own reports, its title, its foreground process, the
//! settled screen. Called by the server for each terminal. It must never guess: without evidence it is unknown.

mod judge;
mod report;
mod rule;

pub use judge::{Evidence, OWN_REPORT, Program, Verdict, judge};
pub use report::reported;
pub use rule::{BadRule, Region, Rule, RuleText, Source, compile};

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
