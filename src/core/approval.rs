//! A request that waits for a person's yes, from the moment it is asked to what came of it. Plain data and its transitions: the
//! world keeps them, the store writes them down, services carry them out. It must never hold a yes that nobody gave, nor two
//! answers.

use crate::base::clock::Millis;
use crate::base::id::TerminalId;
use crate::core::policy::{Class, Decision, Risk};
use serde::{Deserialize, Serialize};

/// What is to happen after a yes, byte for byte.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Act {
    /// A text is typed into the terminal, with Enter or without.
    Input { text: String, submit: bool },
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    Pending,
    Approved,
    Denied,
    /// What it was about is no more: the agent is gone, or was started anew.
    Withdrawn,
}

/// What the rules said when it was asked.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Judged {
    pub decision: Decision,
    pub class: Class,
    pub risk: Risk,
    pub reason: String,
    pub rule: Option<String>,
}

/// Who has answered, as the kernel tells it of the process that called.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Decider {
    pub pid: u32,
    /// Absent where it cannot be read: another user's, or gone.
    pub executable: Option<String>,
    /// Device number of its terminal; 0: it has none.
    pub tty: i32,
    /// Names of the processes above it, the nearest first.
    pub parents: Vec<String>,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Answer {
    pub is_yes: bool,
    pub at: Millis,
    pub by: Decider,
    pub reason: Option<String>,
    /// Of this answer alone: whoever gave it knows by it whether it is the one that counts.
    pub nonce: String,
}

/// What came of a yes.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Outcome {
    pub at: Millis,
    /// `None`: it was done.
    pub error: Option<String>,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Approval {
    /// 1, 2, 3 …; never used anew.
    pub id: u64,
    pub terminal: TerminalId,
    /// The run of its program that the request is for: another one has not asked, and is not asked about.
    pub run: u32,
    pub session: String,
    pub window: String,
    pub provider: String,
    pub act: Act,
    /// SHA-256, in hex, of the act, the terminal and its run: what was seen is what is done.
    pub digest: String,
    pub judged: Judged,
    pub asked_at: Millis,
    pub state: State,
    pub answer: Option<Answer>,
    /// Why it was withdrawn.
    pub note: Option<String>,
    pub outcome: Option<Outcome>,
    pub revision: u64,
}

impl Approval {
    pub fn is_pending(&self) -> bool {
        self.state == State::Pending
    }

    /// Said yes to, and not done yet: to be done by whoever serves, also by the next server.
    pub fn is_owed(&self) -> bool {
        self.state == State::Approved && self.outcome.is_none()
    }

    /// The first answer counts. `digest`: what whoever answers has seen; an answer about something else is none.
    pub fn answered(&mut self, digest: &str, answer: Answer) {
        if self.is_pending() && digest == self.digest {
            self.state = if answer.is_yes { State::Approved } else { State::Denied };
            self.answer = Some(answer);
        }
    }

    /// What came of a yes is told once.
    pub fn done(&mut self, outcome: Outcome) {
        if self.is_owed() {
            self.outcome = Some(outcome);
        }
    }

    /// Nobody can answer any more.
    pub fn withdrawn(&mut self, why: &str) {
        if self.is_pending() {
            self.state = State::Withdrawn;
            self.note = Some(why.to_owned());
        }
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use proptest::prelude::*;

    pub fn approval(id: u64) -> Approval {
        Approval {
            id,
            terminal: TerminalId(1),
            run: 1,
            session: "conductor-a".into(),
            window: "w".into(),
            provider: "shell".into(),
            act: Act::Input { text: "make".into(), submit: true },
            digest: "d".into(),
            judged: Judged {
                decision: Decision::Ask,
                class: Class::Build,
                risk: Risk::Medium,
                reason: "builds".into(),
                rule: None,
            },
            asked_at: 1,
            state: State::Pending,
            answer: None,
            note: None,
            outcome: None,
            revision: 0,
        }
    }

    pub fn answer(is_yes: bool, nonce: &str) -> Answer {
        Answer { is_yes, at: 2, by: Decider::default(), reason: None, nonce: nonce.into() }
    }

    proptest! {
        /// Whatever comes in whichever order: one answer, given while it was pending, about what was asked; done only after a yes.
        #[test]
        fn the_first_answer_counts_and_nothing_is_done_without_a_yes(
            events in proptest::collection::vec((0..5_u8, any::<bool>()), 0..12)
        ) {
            let mut it = approval(1);
            let (mut first, mut is_over) = (None, false);
            for (n, (kind, flag)) in events.into_iter().enumerate() {
                let nonce = n.to_string();
                match kind {
                    0 | 1 => {
                        it.answered("d", answer(flag, &nonce));
                        if !is_over {
                            (first, is_over) = (Some((flag, nonce)), true);
                        }
                    }
                    2 => it.answered("another", answer(flag, &nonce)),
                    3 => {
                        it.withdrawn("gone");
                        is_over = true;
                    }
                    _ => it.done(Outcome { at: 3, error: None }),
                }
                prop_assert_eq!(it.answer.as_ref().map(|a| (a.is_yes, a.nonce.clone())), first.clone());
                let said_yes = first.as_ref().is_some_and(|(is_yes, _)| *is_yes);
                prop_assert_eq!(it.state == State::Approved, said_yes);
                prop_assert!(it.outcome.is_none() || said_yes);
                prop_assert_eq!(it.is_pending(), !is_over);
            }
        }
    }
}
