//! One statement about what an agent does: who says it, since when, and how long it counts. Made by the signals of a
//! terminal, weighed against one another. It must never lose where it came from.

use crate::base::clock::Millis;
use crate::core::status::{Choice, Status, WaitingFor};

/// Where a claim comes from, the most trusted first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Origin {
    /// An event of the agent CLI's own, told by a command that this launch gave it.
    Hook,
    /// OSC 7501.
    Report,
    Title,
    /// OSC 9;4.
    Progress,
    /// Who has the terminal.
    Process,
    Screen,
}

impl Origin {
    pub fn word(self) -> &'static str {
        match self {
            Origin::Hook => "hook",
            Origin::Report => "report",
            Origin::Title => "title",
            Origin::Progress => "progress",
            Origin::Process => "process",
            Origin::Screen => "screen",
        }
    }
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Claim {
    pub origin: Origin,
    pub status: Status,
    pub waiting_for: Option<WaitingFor>,
    pub detail: Option<String>,
    /// What says so, in one line.
    pub why: String,
    /// The rule of the provider that found it, counted from 0.
    pub rule: Option<usize>,
    /// When what it says began.
    pub since: Millis,
    /// It counts no more from then on.
    pub until: Option<Millis>,
}

impl Claim {
    /// What stands before the name of an event.
    pub const HOOK: &str = "hook ";

    pub fn is_live(&self, now: Millis) -> bool {
        self.until.is_none_or(|until| now < until)
    }

    /// Whether both say the same of the status.
    pub fn agrees(&self, other: &Claim) -> bool {
        self.status == other.status
    }
}

/// What all claims together come to.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Verdict {
    pub status: Status,
    pub waiting_for: Option<WaitingFor>,
    pub detail: Option<String>,
    /// What decided, in one line.
    pub evidence: String,
    /// What a dialog asks, as far as its provider's file says how to read it.
    pub prompt: Option<String>,
    pub choices: Vec<Choice>,
}

/// A verdict with what it was made from.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Weighed {
    pub verdict: Verdict,
    /// The claim that decided; none decided when nothing is known.
    pub chosen: Option<Claim>,
    /// The others, and why they did not.
    pub others: Vec<(Claim, &'static str)>,
    /// When time alone may change the verdict.
    pub next: Option<Millis>,
}
