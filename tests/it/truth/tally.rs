//! Compares what the product said with what was true, moment by moment, and counts. Called by `run.rs` when a run has
//! ended. Every moment is judged; only some are counted, so that one long rest does not pass for many proofs. It must
//! never take a moment out of the count for what was said in it.

use super::event::Millis;
use super::expected::{Answer, Expected, State, Stretch, truth};

/// Counted moments of one stretch lie so far apart: a status that was wrong in one may have been right in the next.
const APART: Millis = 200;
/// And so many of one stretch are counted at most.
const OF_ONE_STRETCH: usize = 15;
/// The quantile of the normal distribution for an interval that holds the truth 95 times of 100.
const Z: f64 = 1.959_964;

/// One look at the product's status.
#[derive(Clone, Debug)]
pub struct Look {
    pub asked: Millis,
    pub answered: Millis,
    pub status: String,
    pub waiting_for: String,
    pub detail: String,
    pub evidence: String,
    /// So many bytes of output were known then.
    pub offset: u64,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mark {
    Right,
    Unknown,
    Wrong,
    /// At rest, while a tool runs or something is asked: work would be given to who cannot take it.
    Worst,
}

/// How good an answer is.
pub fn mark(state: State, right: Answer, look: &Look) -> Mark {
    if look.status == "unknown" {
        return Mark::Unknown;
    }
    if fits(right, look) {
        return Mark::Right;
    }
    let is_rest = matches!(look.status.as_str(), "ready" | "completed");
    match state {
        State::ToolRuns | State::DialogOpen | State::QuestionOpen if is_rest => Mark::Worst,
        _ => Mark::Wrong,
    }
}

fn fits(right: Answer, look: &Look) -> bool {
    match right {
        Answer::AtRest => matches!(look.status.as_str(), "ready" | "completed"),
        Answer::Working => look.status == "running",
        Answer::WaitsForLeave => look.status == "waiting" && look.waiting_for == "approval",
        Answer::WaitsForPerson => look.status == "waiting" && look.waiting_for == "question",
        Answer::Failed => look.status == "error",
        Answer::Gone => look.status == "closed",
    }
}

/// A stretch of looks that were wrong in one way.
#[derive(Clone, Debug)]
pub struct Fault {
    pub mark: Mark,
    pub state: State,
    pub first: Look,
    pub last: Look,
    pub looks: usize,
}

#[derive(Clone, Default, Debug)]
pub struct Tally {
    /// Counted moments.
    pub right: usize,
    pub unknown: usize,
    pub wrong: usize,
    pub worst: usize,
    /// Counted moments by what was true, and how many of them were right.
    pub by_state: std::collections::BTreeMap<State, (usize, usize)>,
    /// All looks, counted or not.
    pub looks: usize,
    /// Looks so near to a change that more than one answer is right, and those that gave none of them.
    pub in_margins: usize,
    pub astray: usize,
    /// What was wrong or unknown, of all looks outside margins.
    pub faults: Vec<Fault>,
}

impl Tally {
    pub fn of(all: &[Stretch], looks: &[Look]) -> Tally {
        let mut tally = Tally::default();
        let mut counted: Option<(usize, usize, Millis)> = None;
        let mut going: Option<(Mark, usize)> = None;
        for look in looks {
            tally.looks += 1;
            let (state, right, stretch) = match truth(all, look.asked, look.answered) {
                Expected::Nothing => continue,
                Expected::AnyOf(answers) => {
                    tally.in_margins += 1;
                    tally.astray += usize::from(!answers.iter().any(|answer| fits(*answer, look)));
                    continue;
                }
                Expected::One(state, right, stretch) => (state, right, stretch),
            };
            let found = mark(state, right, look);
            if found != Mark::Right {
                match tally.faults.last_mut() {
                    Some(fault) if going == Some((found, stretch)) && fault.first.status == look.status => {
                        fault.looks += 1;
                        fault.last = look.clone();
                    }
                    _ => {
                        let (first, last) = (look.clone(), look.clone());
                        tally.faults.push(Fault { mark: found, state, first, last, looks: 1 });
                    }
                }
            }
            going = Some((found, stretch));
            let number = match counted {
                Some((before, _, at)) if before == stretch && look.asked < at + APART => continue,
                Some((before, number, _)) if before == stretch => number + 1,
                _ => 1,
            };
            if number > OF_ONE_STRETCH {
                continue;
            }
            counted = Some((stretch, number, look.asked));
            let of_state = tally.by_state.entry(state).or_default();
            of_state.0 += 1;
            match found {
                Mark::Right => (tally.right, of_state.1) = (tally.right + 1, of_state.1 + 1),
                Mark::Unknown => tally.unknown += 1,
                Mark::Wrong => tally.wrong += 1,
                Mark::Worst => tally.worst += 1,
            }
        }
        tally
    }

    pub fn moments(&self) -> usize {
        self.right + self.unknown + self.wrong + self.worst
    }

    pub fn add(&mut self, other: &Tally) {
        self.right += other.right;
        self.unknown += other.unknown;
        self.wrong += other.wrong;
        self.worst += other.worst;
        self.looks += other.looks;
        self.in_margins += other.in_margins;
        self.astray += other.astray;
        for (state, (all, right)) in &other.by_state {
            let of_state = self.by_state.entry(*state).or_default();
            *of_state = (of_state.0 + all, of_state.1 + right);
        }
        self.faults.extend(other.faults.iter().cloned());
    }

    /// Of all looks, not only of the counted.
    pub fn has(&self, mark: Mark) -> bool {
        self.faults.iter().any(|fault| fault.mark == mark)
    }

    pub fn heading() -> String {
        let words =
            "agent        moments   right unknown wrong worst     right %    95 % interval   looks  margin astray";
        format!("{words}\n{}", "-".repeat(words.len()))
    }

    /// One row of the table.
    pub fn row(&self, name: &str) -> String {
        let (low, high) = wilson(self.right, self.moments());
        let share = 100.0 * self.right as f64 / self.moments().max(1) as f64;
        format!(
            "{name:<12} {:>7} {:>7} {:>7} {:>5} {:>5}    {share:>7.2}   {:>6.2} - {:>6.2} {:>7} {:>7} {:>6}",
            self.moments(),
            self.right,
            self.unknown,
            self.wrong,
            self.worst,
            100.0 * low,
            100.0 * high,
            self.looks,
            self.in_margins,
            self.astray,
        )
    }

    /// Which states were seen how often, and how often rightly.
    pub fn states(&self) -> String {
        let words = self.by_state.iter().map(|(state, (all, right))| format!("{state:?} {right}/{all}"));
        words.collect::<Vec<_>>().join(", ")
    }
}

/// Wilson's score interval for `right` of `all`: also honest near 0 and 1, where the usual one is not.
pub fn wilson(right: usize, all: usize) -> (f64, f64) {
    if all == 0 {
        return (0.0, 1.0);
    }
    let (n, p) = (all as f64, right as f64 / all as f64);
    let (z2, scale) = (Z * Z, 1.0 + Z * Z / n);
    let middle = (p + z2 / (2.0 * n)) / scale;
    let half = Z / scale * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt();
    ((middle - half).max(0.0), (middle + half).min(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(at: Millis, status: &str, waiting_for: &str) -> Look {
        let [detail, evidence] = ["", ""].map(String::from);
        let (status, waiting_for) = (status.into(), waiting_for.into());
        Look { asked: at, answered: at + 1, status, waiting_for, detail, evidence, offset: 0 }
    }

    #[test]
    fn wilson_as_in_the_books() {
        let rounded = |right, all| {
            let (low, high) = wilson(right, all);
            ((low * 10_000.0).round() / 10_000.0, (high * 10_000.0).round() / 10_000.0)
        };
        assert_eq!(rounded(8, 10), (0.4902, 0.9433));
        assert_eq!(rounded(0, 10), (0.0, 0.2775));
        assert_eq!(rounded(2000, 2000), (0.9981, 1.0));
        assert_eq!(rounded(0, 0), (0.0, 1.0));
    }

    #[test]
    fn answers_and_how_bad_the_wrong_ones_are() {
        for (state, status, waiting_for, expected) in [
            (State::Idle, "ready", "", Mark::Right),
            (State::Idle, "completed", "", Mark::Right),
            (State::Idle, "running", "", Mark::Wrong),
            (State::Idle, "unknown", "", Mark::Unknown),
            (State::Thinks, "running", "", Mark::Right),
            (State::Streams, "ready", "", Mark::Wrong),
            (State::ToolRuns, "ready", "", Mark::Worst),
            (State::ToolRuns, "waiting", "approval", Mark::Wrong),
            (State::DialogOpen, "waiting", "approval", Mark::Right),
            (State::DialogOpen, "waiting", "question", Mark::Wrong),
            (State::DialogOpen, "completed", "", Mark::Worst),
            (State::QuestionOpen, "waiting", "question", Mark::Right),
            (State::QuestionOpen, "ready", "", Mark::Worst),
            (State::Failed, "error", "", Mark::Right),
            (State::Failed, "ready", "", Mark::Wrong),
            (State::Gone, "closed", "", Mark::Right),
        ] {
            let right = state.answer().unwrap();
            assert_eq!(mark(state, right, &look(0, status, waiting_for)), expected, "{state:?} {status}");
        }
    }

    /// Counted are few and apart; judged are all.
    #[test]
    fn one_long_rest_is_no_proof_of_much() {
        let all = [
            Stretch { from: 0, to: 20_000, state: Some(State::Idle) },
            Stretch { from: 20_000, to: 22_000, state: Some(State::ToolRuns) },
        ];
        let said = |at| if at < 19_900 { "ready" } else { "running" };
        let mut looks: Vec<Look> = (1..440).map(|i| look(i * 50, said(i * 50), "")).collect();
        let tally = Tally::of(&all, &looks);
        // 15 of the rest; of the tool from 20.5 s to 22 s every 200 ms.
        assert_eq!((tally.right, tally.wrong, tally.moments()), (15 + 8, 0, 15 + 8));
        assert_eq!(tally.by_state[&State::ToolRuns], (8, 8));
        assert!(tally.in_margins >= 10 && tally.looks == 439, "{tally:?}");
        // 19.9 s and 19.95 s are wrong and not counted.
        assert_eq!(tally.faults.iter().map(|f| (f.mark, f.looks)).collect::<Vec<_>>(), [(Mark::Wrong, 2)]);

        looks.iter_mut().filter(|l| l.asked == 21_000).for_each(|l| l.status = "completed".into());
        looks.iter_mut().filter(|l| l.asked == 20_100).for_each(|l| l.status = "error".into());
        let tally = Tally::of(&all, &looks);
        assert!(tally.has(Mark::Worst) && !tally.has(Mark::Unknown));
        assert_eq!(tally.astray, 1, "neither the old nor the new answer");

        let mut sum = Tally::default();
        sum.add(&tally);
        sum.add(&tally);
        assert_eq!((sum.moments(), sum.faults.len()), (2 * tally.moments(), 2 * tally.faults.len()));
        assert_eq!(sum.by_state[&State::Idle], (30, 30));
    }
}
