//! When the next picture is drawn: at once for a key's echo, else sixty times a second at most, and less often where text
//! rolls by faster than anyone reads. Asked by the run loop. It must never hold back the last picture: whatever is held
//! back is drawn when its time has come.

use super::state::{Dirty, State};
use std::collections::VecDeque;
use std::time::Duration;
use tokio::time::Instant;

/// 60 pictures a second are enough for any eye.
const PICTURE_TIME: Duration = Duration::from_millis(16);
/// Nobody reads what stays for less than a tenth of a second; each such picture costs a screen of bytes.
const ROLLING_TIME: Duration = Duration::from_millis(100);
/// So many pictures may follow one another at once, as at the start, or a command's few screens of output; then each waits
/// for its turn.
const BURST: usize = 4;
/// The first picture waits so long for all that belongs on it: nobody sees a blank screen for that time, and one
/// whole picture is sooner there than four parts of it.
const FIRST_PICTURE: Duration = Duration::from_millis(50);

/// What is to be done now.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Turn {
    Wait,
    Draw,
    /// The picture is held back, but the next frames may come: the one that is drawn later shows what there is then.
    Pass,
}

pub struct Pace {
    opened: Instant,
    /// When the last pictures were drawn or passed, and when those that rolled were drawn.
    turns: Recent,
    rolled: Recent,
}

impl Pace {
    pub fn new(now: Instant) -> Pace {
        Pace { opened: now, turns: Recent::default(), rolled: Recent::default() }
    }

    /// Whether the time is over that the first picture waits.
    pub fn has_begun(&self, now: Instant) -> bool {
        now >= self.opened + FIRST_PICTURE
    }

    /// When to ask for a turn again; not before `now`.
    pub fn due(&self, state: &State, now: Instant) -> Instant {
        let turn = self.turn_at(state, now);
        // Without a frame to let go, nothing is to be done before the picture.
        if state.acks.is_empty() { turn.max(self.held_until(state, now)) } else { turn }
    }

    pub fn turn(&self, state: &State, now: Instant) -> Turn {
        match self.due(state, now) {
            _ if state.dirty == Dirty::Nothing => Turn::Wait,
            due if due > now => Turn::Wait,
            _ if self.held_until(state, now) > now => Turn::Pass,
            _ => Turn::Draw,
        }
    }

    /// That turn was taken.
    pub fn took(&mut self, turn: Turn, state: &State, now: Instant) {
        if turn != Turn::Wait {
            self.turns.add(now);
        }
        if turn == Turn::Draw && state.is_rolling {
            self.rolled.add(now);
        }
    }

    fn turn_at(&self, state: &State, now: Instant) -> Instant {
        // The echo of a key is drawn at once, whatever was drawn just before.
        match self.turns.is_empty() {
            true if !state.is_whole() => (self.opened + FIRST_PICTURE).max(now),
            _ if state.echo > 0 => now,
            _ => self.turns.next(PICTURE_TIME, now),
        }
    }

    fn held_until(&self, state: &State, now: Instant) -> Instant {
        if state.is_rolling && state.echo == 0 { self.rolled.next(ROLLING_TIME, now) } else { now }
    }
}

/// The times of the last things that happened, the oldest first.
#[derive(Default)]
struct Recent(VecDeque<Instant>);

impl Recent {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn add(&mut self, now: Instant) {
        if self.0.len() == BURST {
            self.0.pop_front();
        }
        self.0.push_back(now);
    }

    /// When the next one may follow, of which there are more than [`BURST`] only `apart` from one another.
    fn next(&self, apart: Duration, now: Instant) -> Instant {
        match (self.0.front(), self.0.back()) {
            (Some(first), Some(last)) if self.0.len() == BURST && now < *first + apart * BURST as u32 => {
                (*last + apart).max(now)
            }
            _ => now,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::id::TerminalId;
    use crate::tui::testing::state;

    /// What happens in a second in which a frame is there every `each` ms: pictures, and frames let go without one.
    fn second(each: u64, prepare: impl Fn(&mut State)) -> (usize, usize) {
        let mut state = state(160, 45);
        let opened = Instant::now();
        let mut pace = Pace::new(opened);
        let (mut drawn, mut passed) = (0, 0);
        state.acks.clear();
        state.dirty = Dirty::Nothing;
        for ms in 1000..2000 + ROLLING_TIME.as_millis() as u64 {
            let now = opened + Duration::from_millis(ms);
            if ms < 2000 && ms % each == 0 && state.acks.is_empty() {
                state.dirty = Dirty::Pane(TerminalId(1));
                state.acks.push((TerminalId(1), ms));
                prepare(&mut state);
            }
            let turn = pace.turn(&state, now);
            assert!(turn != Turn::Wait || state.dirty == Dirty::Nothing || pace.due(&state, now) > now);
            pace.took(turn, &state, now);
            match turn {
                Turn::Wait => continue,
                Turn::Draw => {
                    state.dirty = Dirty::Nothing;
                    drawn += 1;
                }
                Turn::Pass => passed += 1,
            }
            state.acks.clear();
        }
        assert_eq!(state.dirty, Dirty::Nothing, "the last one was drawn");
        (drawn, passed)
    }

    #[test]
    fn pictures_come_sixty_times_a_second_and_ten_times_where_text_rolls_by() {
        let (drawn, passed) = second(1, |_| {});
        assert!((60..=70).contains(&drawn) && passed == 0, "{drawn} {passed}");
        let (drawn, passed) = second(1, |state| state.is_rolling = true);
        assert!((10..=14).contains(&drawn) && passed > 40, "{drawn} {passed}");
        // What goes by slowly is drawn as it comes, and so is what a key brings forth.
        assert_eq!(second(150, |state| state.is_rolling = true), (7, 0));
        assert_eq!(second(20, |state| (state.is_rolling, state.echo) = (true, 1)), (50, 0));
    }

    #[test]
    fn the_first_screens_of_output_are_drawn_at_once() {
        let mut state = state(160, 45);
        let now = Instant::now() + Duration::from_secs(1);
        let mut pace = Pace::new(now);
        (state.dirty, state.is_rolling) = (Dirty::Everything, true);
        state.acks.clear();
        for _ in 0..BURST {
            assert_eq!(pace.turn(&state, now), Turn::Draw);
            pace.took(Turn::Draw, &state, now);
        }
        assert_eq!((pace.turn(&state, now), pace.due(&state, now)), (Turn::Wait, now + ROLLING_TIME));
        assert_eq!(pace.turn(&state, now + ROLLING_TIME), Turn::Draw);
    }
}
