//! Whether a program that has ended is started again by itself, and when: a function of the policy, the end and the
//! ends before it. Called by the world when a program ends; the server carries the plan out. It must never start
//! again what a person has ended, and never go on without end.

use crate::base::clock::Millis;
use serde::{Deserialize, Serialize};

/// An agent that lived so long counts as well: what ends it later is nothing that its start brings about.
const WELL: Millis = 60_000;
/// The first pause: short enough that nobody looks for the agent, long enough for a port or a lock to get free.
const FIRST: Millis = 1_000;
/// The longest pause.
const LONGEST: Millis = 60_000;
/// So many ends in a row, none behind a life that counts as well, are a crash loop: it will not heal by itself.
const MOST: usize = 5;

/// So many failed checks of its health in a row, and an agent is ended, to be started again.
pub const ILL: u32 = 3;

/// When a program that has ended is started again by itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Restart {
    #[default]
    Never,
    /// After a code other than 0, a signal, or a holder that was killed.
    OnFailure,
    Always,
}

/// What is kept with a terminal so that any server comes to the same plan.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Life {
    pub policy: Restart,
    /// When this run of the program began.
    pub started_at: Millis,
    /// When it ended, for each end in a row after which it was started again; oldest first. None of them stands behind
    /// a life that counts as well.
    pub ends: Vec<Millis>,
    /// It is to be started again then.
    pub again_at: Option<Millis>,
    /// A person has asked for its end.
    pub is_unwanted: bool,
}

/// What the checks of an agent's health say that does not do its work.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Unwell {
    /// In a row.
    pub failures: u32,
    pub reason: String,
    /// When it was last known to be well.
    pub well_at: Millis,
}

impl Unwell {
    pub fn is_ill(&self) -> bool {
        self.failures >= ILL
    }
}

/// In words for its row.
impl std::fmt::Display for Unwell {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let times = if self.failures == 1 { "once".into() } else { format!("{} times", self.failures) };
        write!(f, "health check failed {times}: {}", self.reason)
    }
}

/// What follows an end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Next {
    Stay,
    /// Started again at this time, for the `time`th time in a row.
    Again {
        at: Millis,
        time: usize,
    },
    /// It ended so often within so many milliseconds that it is left alone.
    CrashLoop {
        ends: usize,
        within: Millis,
    },
}

impl Life {
    /// A program that begins now, by somebody's wish.
    pub fn new(policy: Restart, now: Millis) -> Life {
        Life { policy, started_at: now, ..Life::default() }
    }

    /// The program begins again: by itself, or by somebody's wish, which begins anew.
    pub fn restarted(&mut self, is_by_itself: bool, now: Millis) {
        if !is_by_itself {
            self.ends.clear();
        }
        (self.started_at, self.again_at, self.is_unwanted) = (now, None, false);
    }

    /// A person wants it to end, or not to begin again.
    pub fn give_up(&mut self) {
        (self.again_at, self.is_unwanted) = (None, true);
    }

    /// Takes an end down and plans what follows. An agent that was ill lived until it was last well: one that never
    /// gets well is in a crash loop, too.
    pub fn ended(&mut self, is_failure: bool, illness: Option<&Unwell>, now: Millis) -> Next {
        if self.is_unwanted {
            return Next::Stay;
        }
        let lived = illness.map_or(now, |ill| ill.well_at.min(now)).saturating_sub(self.started_at);
        if lived >= WELL {
            self.ends.clear();
        }
        let next = next(self.policy, is_failure || illness.is_some(), &self.ends, now);
        self.again_at = None;
        match next {
            Next::Stay => {}
            Next::Again { at, .. } => {
                self.ends.push(now);
                self.again_at = Some(at);
            }
            Next::CrashLoop { .. } => self.ends.clear(),
        }
        next
    }
}

/// What follows an end at `now` after these `ends` in a row, none behind a life that counts as well.
pub fn next(policy: Restart, is_failure: bool, ends: &[Millis], now: Millis) -> Next {
    if policy == Restart::Never || policy == Restart::OnFailure && !is_failure {
        return Next::Stay;
    }
    let time = ends.len() + 1;
    if time >= MOST {
        let first = ends.first().copied().unwrap_or(now);
        return Next::CrashLoop { ends: time, within: now.saturating_sub(first) };
    }
    Next::Again { at: now.saturating_add(pause(time)), time }
}

/// The pause before the `time`th start in a row: 1 s, twice that, and so on.
fn pause(time: usize) -> Millis {
    let doublings = u32::try_from(time.saturating_sub(1)).unwrap_or(u32::MAX);
    1u64.checked_shl(doublings).and_then(|factor| FIRST.checked_mul(factor)).unwrap_or(LONGEST).min(LONGEST)
}

/// `1st`, `2nd`, `3rd`, `4th` …: how the times are told.
pub fn ordinal(number: usize) -> String {
    let ending = match (number % 10, number % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{number}{ending}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use Restart::{Always, Never, OnFailure};
    use proptest::prelude::*;

    #[test]
    fn the_policy_decides_by_how_it_ended() {
        for (policy, is_failure, again) in [
            (Never, true, false),
            (Never, false, false),
            (OnFailure, true, true),
            (OnFailure, false, false),
            (Always, true, true),
            (Always, false, true),
        ] {
            let expected = if again { Next::Again { at: 2_000, time: 1 } } else { Next::Stay };
            assert_eq!(next(policy, is_failure, &[], 1_000), expected, "{policy:?} {is_failure}");
        }
    }

    #[test]
    fn the_pause_doubles_up_to_a_minute() {
        let seconds: Vec<Millis> = (1..=8).map(|time| pause(time) / 1_000).collect();
        assert_eq!(seconds, [1, 2, 4, 8, 16, 32, 60, 60]);
        assert_eq!(pause(usize::MAX), LONGEST);
    }

    /// A life of each length, started again as planned; what was planned after the last.
    fn lives(life: &mut Life, lengths: &[Millis]) -> (Next, Millis) {
        let (mut now, mut last) = (life.started_at, Next::Stay);
        for length in lengths {
            now += length;
            last = life.ended(true, None, now);
            if let Some(at) = life.again_at {
                now = at;
                life.restarted(true, now);
            }
        }
        (last, now)
    }

    #[test]
    fn five_short_lives_are_a_crash_loop_and_a_wish_begins_anew() {
        let mut life = Life::new(OnFailure, 0);
        assert_eq!(lives(&mut life, &[0; 4]).0, Next::Again { at: 15_000, time: 4 });
        assert_eq!(life.ended(true, None, 15_000), Next::CrashLoop { ends: 5, within: 15_000 });
        assert_eq!(life.again_at, None);
        life.restarted(false, 20_000);
        assert_eq!(life.ended(true, None, 20_000), Next::Again { at: 21_000, time: 1 });
    }

    #[test]
    fn a_life_of_a_minute_counts_as_well() {
        let mut life = Life::new(Always, 0);
        lives(&mut life, &[0; 4]);
        let well = life.started_at + WELL;
        assert_eq!(life.ended(true, None, well), Next::Again { at: well + FIRST, time: 1 });
        let mut other = Life::new(Always, 0);
        lives(&mut other, &[WELL - 1; 4]);
        assert!(matches!(other.ended(true, None, other.started_at + WELL - 1), Next::CrashLoop { ends: 5, .. }));
    }

    #[test]
    fn what_a_person_ended_stays_ended_until_they_start_it() {
        let mut life = Life::new(Always, 0);
        life.ended(true, None, 5);
        life.give_up();
        assert_eq!(life.again_at, None);
        assert_eq!(life.ended(true, None, 6), Next::Stay);
        life.restarted(false, 7);
        assert_eq!(life.ended(true, None, 8), Next::Again { at: 1_008, time: 1 });
    }

    #[test]
    fn an_agent_that_is_ill_lived_until_it_was_well() {
        let ill = |well_at| Unwell { failures: ILL, reason: "code 1".into(), well_at };
        let mut life = Life::new(OnFailure, 0);
        assert_eq!(life.ended(false, Some(&ill(0)), 90_000), Next::Again { at: 91_000, time: 1 });
        life.restarted(true, 91_000);
        // Never well: the time until that was found out is no life.
        assert_eq!(life.ended(false, Some(&ill(91_000)), 181_000), Next::Again { at: 183_000, time: 2 });
        life.restarted(true, 183_000);
        assert_eq!(life.ended(false, Some(&ill(243_000)), 333_000), Next::Again { at: 334_000, time: 1 });
        assert_eq!(ill(0).to_string(), "health check failed 3 times: code 1");
    }

    #[test]
    fn times_are_told_in_words() {
        let told: Vec<String> = [1, 2, 3, 4, 11, 12, 13, 21].into_iter().map(ordinal).collect();
        assert_eq!(told, ["1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st"]);
    }

    proptest! {
        /// Whatever the lives: never twice at once, never before its pause, never more than five short lives in a row.
        #[test]
        fn no_agent_is_started_for_ever(lengths in prop::collection::vec(0..2 * WELL, 1..40)) {
            let mut life = Life::new(Always, 0);
            let (mut now, mut short) = (0, 0);
            for length in lengths {
                now += length;
                short = if length >= WELL { 1 } else { short + 1 };
                match life.ended(true, None, now) {
                    Next::Again { at, time } => {
                        prop_assert_eq!(time, short);
                        prop_assert!(short < MOST && at >= now + FIRST && at <= now + LONGEST);
                        now = at;
                        life.restarted(true, now);
                    }
                    Next::CrashLoop { .. } => {
                        prop_assert_eq!(short, MOST);
                        life.restarted(false, now);
                        short = 0;
                    }
                    Next::Stay => prop_assert!(false, "always means always"),
                }
                prop_assert!(life.ends.len() < MOST);
            }
        }
    }
}
