//! What an agent's status had to be at a moment, from what really happened. Pure: events and a time in, the expected
//! answers out. Called by `tally.rs` for every moment. It must never know what the product said.

use std::collections::BTreeSet;

use super::event::{Ending, Event, Millis, What};

/// After a change the old and the new answer both count for so long: the program must hear of the change, draw it, and
/// the picture must have settled. Programs draw ten times a second and the product waits 120 ms for a picture to settle;
/// the rest is for a machine with two cores on which the program is not alone.
pub const MARGIN: Millis = 500;

/// A program on a busy machine may take longer than that to draw its dialog, or the last words of an answer. These are
/// waited for, so long at most: a dialog that is not on the screen is no dialog for anybody. The screen that is looked at
/// is that of the test's driver, and can only lengthen the margin, never say what is right.
pub const DRAWS: Millis = 2000;

/// What is told comes from several processes, and the times of files are those of the kernel's last tick (4 ms): a
/// status may be so much earlier than the event that it stems from.
pub const EARLY: Millis = 20;

/// What an agent does.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum State {
    /// Not yet known to be up: nothing is expected.
    Starting,
    Idle,
    /// The model was asked and has not begun to answer.
    Thinks,
    Streams,
    ToolRuns,
    /// Between two of its steps: nothing was pressed, and it went on by itself.
    Between,
    DialogOpen,
    QuestionOpen,
    /// The last turn has failed, and nothing was typed since.
    Failed,
    Gone,
}

/// What the product must say.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Answer {
    AtRest,
    Working,
    WaitsForLeave,
    WaitsForPerson,
    Failed,
    Gone,
}

impl State {
    pub fn answer(self) -> Option<Answer> {
        Some(match self {
            State::Starting => return None,
            State::Idle => Answer::AtRest,
            State::Thinks | State::Streams | State::ToolRuns | State::Between => Answer::Working,
            State::DialogOpen => Answer::WaitsForLeave,
            State::QuestionOpen => Answer::WaitsForPerson,
            State::Failed => Answer::Failed,
            State::Gone => Answer::Gone,
        })
    }
}

/// A stretch of time without a change; `None` while it cannot be known which of its neighbours holds (a key was
/// pressed, and nothing has shown yet that it was taken).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Stretch {
    pub from: Millis,
    pub to: Millis,
    pub state: Option<State>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Expected {
    /// One answer is right; the number is that of the stretch.
    One(State, Answer, usize),
    /// A change is so near that any of these is.
    AnyOf(Vec<Answer>),
    /// Nothing is expected: the program starts.
    Nothing,
}

/// The stretches of a run until `end`; events may come in any order.
pub fn stretches(events: &[Event], end: Millis) -> Vec<Stretch> {
    let mut events = events.to_vec();
    events.sort_by_key(|event| event.at);
    let mut now = Now::default();
    let first = events.first().map_or(end, |event| event.at);
    let mut all = vec![Stretch { from: 0, to: first, state: Some(State::Starting) }];
    for (index, event) in events.iter().enumerate() {
        let later = &events[index + 1..];
        now.happens(&event.what, goes_on_by_itself(later), is_drawn_soon(event, later));
        let to = events.get(index + 1).map_or(end, |next| next.at).max(event.at);
        let state = now.state();
        match all.last_mut() {
            Some(last) if last.state == state => last.to = to,
            _ => all.push(Stretch { from: event.at, to, state }),
        }
    }
    all.retain(|stretch| stretch.from < stretch.to);
    all
}

/// What is right at a moment that lies between `from` (asked) and `to` (answered).
pub fn truth(all: &[Stretch], from: Millis, to: Millis) -> Expected {
    let (from, to) = (from.saturating_sub(MARGIN), to + EARLY);
    let near: Vec<usize> = (0..all.len()).filter(|i| all[*i].from <= to && from < all[*i].to).collect();
    let (Some(first), Some(last)) = (near.first().copied(), near.last().copied()) else { return Expected::Nothing };
    // What cannot be known is one of its neighbours.
    let first = if all[first].state.is_none() { first.saturating_sub(1) } else { first };
    let last = if all[last].state.is_none() { (last + 1).min(all.len() - 1) } else { last };
    let is_known = (first..=last).all(|i| all[i].state.is_some());
    let states: Vec<State> = all[first..=last].iter().filter_map(|stretch| stretch.state).collect();
    let Some(answers) = states.iter().map(|s| s.answer()).collect::<Option<BTreeSet<_>>>() else {
        return Expected::Nothing;
    };
    match (answers.len(), answers.first(), states.last()) {
        (1, Some(answer), Some(state)) if is_known => Expected::One(*state, *answer, last),
        _ => Expected::AnyOf(answers.into_iter().collect()),
    }
}

/// Whether the next thing that shows anything is the program's own doing.
fn goes_on_by_itself(later: &[Event]) -> bool {
    later.iter().map(|e| &e.what).find(|w| w.goes_on() || w.is_by_hand()).is_some_and(What::goes_on)
}

/// Whether what this answer leads to appears in time.
fn is_drawn_soon(event: &Event, later: &[Event]) -> bool {
    let next = later.iter().find(|e| matches!(e.what, What::Drawn | What::Answer(..) | What::Asked(_)));
    next.is_some_and(|next| next.what == What::Drawn && next.at <= event.at + DRAWS)
}

#[derive(Default)]
struct Now {
    is_up: bool,
    /// Requests that are under way; of those, which have begun to answer.
    asked: BTreeSet<u64>,
    streaming: BTreeSet<u64>,
    tools: BTreeSet<String>,
    dialog: Option<State>,
    /// What it is when nothing of the above is there.
    rest: Option<State>,
    /// What is so, but not drawn yet.
    undrawn: bool,
}

impl Now {
    fn happens(&mut self, what: &What, goes_on: bool, is_drawn_soon: bool) {
        let after = |rest| if goes_on { Some(State::Between) } else { Some(rest) };
        self.undrawn = is_drawn_soon && matches!(what, What::Answer(..));
        match what {
            What::Up => (self.is_up, self.rest) = (true, Some(State::Idle)),
            What::Sent if self.is_working() => {}
            What::Sent | What::Quit => self.rest = None,
            // Whether what is typed takes the failure away is each program's own affair.
            What::Typed if self.rest == Some(State::Failed) => self.rest = None,
            What::Typed => {}
            What::Drawn => {}
            What::Answered => {
                self.dialog = None;
                // A yes is seen by what it lets go on; a no may end the turn.
                self.rest = if goes_on { None } else { Some(State::Idle) };
            }
            What::Interrupted => {
                self.dialog = None;
                (self.asked, self.streaming, self.tools) = Default::default();
                self.rest = None;
            }
            What::Gone => (self.is_up, self.dialog, self.rest) = (true, None, Some(State::Gone)),
            What::Asked(request) => {
                self.asked.insert(*request);
                self.rest = Some(State::Between);
            }
            What::Streams(request) => drop(self.streaming.insert(*request)),
            What::Answer(request, ending) => {
                let was_known = self.asked.remove(request);
                self.streaming.remove(request);
                match ending {
                    // After an interruption this is what proves it.
                    Ending::HungUp => self.rest = after(State::Idle),
                    _ if !was_known => {}
                    Ending::Words => self.rest = after(State::Idle),
                    Ending::Failed => self.rest = after(State::Failed),
                    Ending::AsksLeave => self.dialog = Some(State::DialogOpen),
                    Ending::AsksPerson => self.dialog = Some(State::QuestionOpen),
                    Ending::CallsTool => self.rest = Some(State::Between),
                }
            }
            What::ToolBegan(name) => {
                self.tools.insert(name.clone());
                (self.dialog, self.rest) = (None, Some(State::Between));
            }
            What::ToolEnded(name) => {
                self.tools.remove(name);
                self.rest = after(State::Idle);
            }
        }
        if self.rest == Some(State::Gone) {
            (self.asked, self.streaming, self.tools) = Default::default();
        }
    }

    fn is_working(&self) -> bool {
        !self.asked.is_empty() || !self.tools.is_empty() || self.rest == Some(State::Between)
    }

    fn state(&self) -> Option<State> {
        if !self.is_up {
            return Some(State::Starting);
        }
        match self.dialog {
            _ if self.undrawn => None,
            Some(dialog) => Some(dialog),
            None if !self.tools.is_empty() => Some(State::ToolRuns),
            None if !self.streaming.is_empty() => Some(State::Streams),
            None if !self.asked.is_empty() => Some(State::Thinks),
            None => self.rest,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(events: &[(Millis, What)], end: Millis) -> Vec<(Millis, Option<State>)> {
        let events: Vec<Event> = events.iter().map(|(at, what)| Event::new(*at, what.clone())).collect();
        stretches(&events, end).into_iter().map(|s| (s.from, s.state)).collect()
    }

    fn tool(name: &str) -> (What, What) {
        (What::ToolBegan(name.into()), What::ToolEnded(name.into()))
    }

    /// A turn with a tool, allowed; out of order, as the sources are read one after the other.
    #[test]
    fn a_whole_turn() {
        let (began, ended) = tool("a");
        let states = run(
            &[
                (1000, What::Up),
                (5000, What::Sent),
                (12_000, What::Answered),
                (5100, What::Asked(1)),
                (7000, What::Streams(1)),
                (9000, What::Answer(1, Ending::AsksLeave)),
                (15_100, What::Asked(2)),
                (17_000, What::Answer(2, Ending::Words)),
                (12_200, began),
                (15_000, ended),
            ],
            20_000,
        );
        assert_eq!(
            states,
            [
                (0, Some(State::Starting)),
                (1000, Some(State::Idle)),
                (5000, None),
                (5100, Some(State::Thinks)),
                (7000, Some(State::Streams)),
                (9000, Some(State::DialogOpen)),
                (12_000, None),
                (12_200, Some(State::ToolRuns)),
                (15_000, Some(State::Between)),
                (15_100, Some(State::Thinks)),
                (17_000, Some(State::Idle)),
            ]
        );
    }

    #[test]
    fn a_no_ends_the_turn_or_tells_the_model() {
        let until_no = [
            (0, What::Up),
            (10, What::Sent),
            (20, What::Asked(1)),
            (30, What::Answer(1, Ending::AsksPerson)),
            (40, What::Answered),
        ];
        let last = |more: &[(Millis, What)]| run(&[&until_no, more].concat(), 100).split_off(4);
        assert_eq!(last(&[]), [(40, Some(State::Idle))]);
        assert_eq!(last(&[(90, What::Sent)]), [(40, Some(State::Idle)), (90, None)]);
        assert_eq!(last(&[(50, What::Asked(2))]), [(40, None), (50, Some(State::Thinks))]);
    }

    #[test]
    fn a_failure_that_is_tried_again_is_work() {
        let failed = What::Answer(1, Ending::Failed);
        let before = [(0, What::Up), (10, What::Sent), (20, What::Asked(1)), (30, failed)];
        let last = |more: &[(Millis, What)]| run(&[&before, more].concat(), 100).split_off(3);
        assert_eq!(last(&[]), [(30, Some(State::Failed))]);
        assert_eq!(last(&[(60, What::Typed)]), [(30, Some(State::Failed)), (60, None)]);
        assert_eq!(last(&[(60, What::Asked(2))]), [(30, Some(State::Between)), (60, Some(State::Thinks))]);
    }

    #[test]
    fn a_dialog_counts_from_where_it_is_drawn_but_not_for_ever() {
        let asks = What::Answer(1, Ending::AsksLeave);
        let before = [(5, What::Up), (10, What::Sent), (20, What::Asked(1)), (30, asks)];
        let drawn = |at| run(&[&before, &[(at, What::Drawn)][..]].concat(), 9000);
        assert_eq!(drawn(800).split_off_last(2), [(30, None), (800, Some(State::DialogOpen))]);
        // The end of an answer likewise.
        let ends = [(20, What::Asked(1)), (30, What::Answer(1, Ending::Words)), (90, What::Drawn)];
        let ended = run(&[&[(5, What::Up)], &ends[..]].concat(), 9000);
        assert_eq!(ended.split_off_last(2), [(30, None), (90, Some(State::Idle))]);
        assert_eq!(drawn(31 + DRAWS).split_off_last(2), [(20, Some(State::Thinks)), (30, Some(State::DialogOpen))]);
    }

    #[test]
    fn an_interruption_counts_from_where_it_is_seen() {
        let (began, ended) = tool("a");
        let thinking = run(
            &[
                (5, What::Up),
                (10, What::Sent),
                (20, What::Asked(1)),
                (50, What::Interrupted),
                (55, What::Answer(1, Ending::HungUp)),
            ],
            100,
        );
        assert_eq!(thinking.split_off_last(2), [(50, None), (55, Some(State::Idle))]);
        let in_tool = run(&[(5, What::Up), (20, began), (50, What::Interrupted), (58, ended)], 100);
        assert_eq!(in_tool.split_off_last(3), [(20, Some(State::ToolRuns)), (50, None), (58, Some(State::Idle))]);
    }

    #[test]
    fn a_message_for_later_changes_nothing_while_it_works() {
        let states = run(
            &[
                (5, What::Up),
                (10, What::Sent),
                (20, What::Asked(1)),
                (30, What::Sent),
                (60, What::Answer(1, Ending::Words)),
                (70, What::Asked(2)),
                (90, What::Answer(2, Ending::Words)),
            ],
            100,
        );
        let expected =
            [(20, Some(State::Thinks)), (60, Some(State::Between)), (70, Some(State::Thinks)), (90, Some(State::Idle))];
        assert_eq!(states.split_off_last(4), expected);
    }

    #[test]
    fn the_end_is_the_end() {
        let states = run(&[(5, What::Up), (10, What::Quit), (20, What::Gone)], 100);
        assert_eq!(states.split_off_last(3), [(5, Some(State::Idle)), (10, None), (20, Some(State::Gone))]);
    }

    /// What lies in a margin is not counted, and what is beyond it is; work that only changes its kind has no margin.
    #[test]
    fn margins() {
        let stretch = |from, to, state| Stretch { from, to, state };
        let all = [
            stretch(0, 1000, Some(State::Starting)),
            stretch(1000, 5000, Some(State::Idle)),
            stretch(5000, 5200, None),
            stretch(5200, 8000, Some(State::Thinks)),
            stretch(8000, 9000, Some(State::Streams)),
            stretch(9000, 9100, Some(State::DialogOpen)),
            stretch(9100, 20_000, Some(State::ToolRuns)),
        ];
        let at = |t| truth(&all, t, t);
        let one = |state: State, i| Expected::One(state, state.answer().unwrap(), i);
        assert_eq!(at(500), Expected::Nothing);
        assert_eq!(at(1200), Expected::Nothing, "it may not have been up");
        assert_eq!(at(1000 + MARGIN), one(State::Idle, 1));
        assert_eq!(at(4999 - EARLY), one(State::Idle, 1));
        assert_eq!(at(4999), Expected::AnyOf(vec![Answer::AtRest, Answer::Working]), "the clocks");
        assert_eq!(at(5100), Expected::AnyOf(vec![Answer::AtRest, Answer::Working]), "not known");
        assert_eq!(at(5199 + MARGIN), Expected::AnyOf(vec![Answer::AtRest, Answer::Working]));
        assert_eq!(at(5200 + MARGIN), one(State::Thinks, 3));
        assert_eq!(at(8001), one(State::Streams, 4));
        assert_eq!(at(9050), Expected::AnyOf(vec![Answer::Working, Answer::WaitsForLeave]));
        assert_eq!(at(9100 + MARGIN), one(State::ToolRuns, 6));
        assert_eq!(truth(&all, 4000, 5100), Expected::AnyOf(vec![Answer::AtRest, Answer::Working]), "a slow answer");
    }

    trait Last<T> {
        fn split_off_last(self, count: usize) -> Vec<T>;
    }

    impl<T> Last<T> for Vec<T> {
        fn split_off_last(mut self, count: usize) -> Vec<T> {
            self.split_off(self.len() - count)
        }
    }
}
