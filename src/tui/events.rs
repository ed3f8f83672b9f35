//! Everything that toasts have said in this screen, to be read again: the log that they keep, and the keys of the list.
//! Filled by `toasts`, opened from the palette. It must never grow without end, and the chosen line stays the one it is
//! whatever else is said meanwhile.

use super::field::Field;
use super::focus::focus;
use super::msg::Command;
use super::state::{Dirty, Overlay, State};
use super::toasts::Tone;
use crate::base::clock::Millis;
use crate::base::id::TerminalId;
use crate::core::keys::{Key, KeyCode};
use std::collections::VecDeque;

/// Days of use; some hundred kilobytes at most.
const KEPT: usize = 1000;
/// Rows of a page: less than any list is high would be tedious, more would jump over some.
const PAGE: usize = 10;

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Event {
    /// Rises by one with each.
    pub serial: u64,
    pub at: Millis,
    pub tone: Tone,
    pub text: String,
    /// Whom it is about.
    pub agent: Option<TerminalId>,
}

/// What was said, the oldest first.
#[derive(Clone, Debug, Default)]
pub struct Log {
    events: VecDeque<Event>,
    said: u64,
}

impl Log {
    pub fn push(&mut self, at: Millis, tone: Tone, text: &str) {
        self.said += 1;
        if self.events.len() == KEPT {
            self.events.pop_front();
        }
        self.events.push_back(Event { serial: self.said, at, tone, text: text.to_owned(), agent: None });
    }

    /// The last one is about this agent.
    pub fn about(&mut self, agent: TerminalId) {
        if let Some(last) = self.events.back_mut() {
            last.agent = Some(agent);
        }
    }

    /// Those whose words contain `filter`.
    pub fn matching<'a>(&'a self, filter: &str) -> Vec<&'a Event> {
        let wanted = filter.trim().to_lowercase();
        self.events.iter().filter(|event| event.text.to_lowercase().contains(&wanted)).collect()
    }

    /// How many there are, and how many there have been.
    pub fn counts(&self) -> (usize, u64) {
        (self.events.len(), self.said)
    }
}

/// The open list.
#[derive(Clone, Debug, Default)]
pub struct Events {
    pub filter: Field,
    /// By its serial; `None`: the newest, whichever that is.
    chosen: Option<u64>,
}

impl Events {
    /// Which of the listed ones is chosen.
    pub fn chosen(&self, listed: &[&Event]) -> usize {
        let last = listed.len().saturating_sub(1);
        // What has fallen off or is filtered away leaves its neighbour.
        self.chosen.map_or(last, |serial| listed.partition_point(|event| event.serial < serial).min(last))
    }
}

/// A key while the list is open. The overlay has been taken; it is put back when it stays.
pub fn key(state: &mut State, mut events: Events, key: Key, commands: &mut Vec<Command>) {
    state.dirty = Dirty::Everything;
    let listed = state.toasts.log().matching(&events.filter.text());
    let here = events.chosen(&listed);
    let last = listed.len().saturating_sub(1);
    let to = match key.code {
        KeyCode::Escape => return,
        KeyCode::Enter => {
            let Some(event) = listed.get(here) else {
                state.overlay = Some(Overlay::Events(Box::new(events)));
                return;
            };
            let there = event.agent.filter(|id| state.fleet.get(*id).is_some());
            let words = match event.agent {
                Some(_) => "that agent is gone",
                None => "that is about no agent",
            };
            let now = state.now;
            return match there {
                Some(id) => focus(state, id, commands),
                None => {
                    state.overlay = Some(Overlay::Events(Box::new(events)));
                    state.toasts.whisper(words, now);
                }
            };
        }
        _ if key.code == KeyCode::Up || key == Key::ctrl('p') => Some(here.saturating_sub(1)),
        _ if key.code == KeyCode::Down || key == Key::ctrl('n') => Some(here + 1),
        KeyCode::PageUp => Some(here.saturating_sub(PAGE)),
        KeyCode::PageDown => Some(here + PAGE),
        KeyCode::Home => Some(0),
        KeyCode::End => Some(last),
        _ => None,
    };
    match to {
        // On the last one it follows what comes.
        Some(to) => events.chosen = (to < last).then(|| listed[to].serial),
        None => {
            events.filter.key(key);
        }
    }
    state.overlay = Some(Overlay::Events(Box::new(events)));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::testing::{press, screen, state};

    fn say(state: &mut State, words: &str) {
        let now = state.now;
        state.toasts.push(Tone::Info, words, now);
    }

    #[test]
    fn everything_said_is_listed_and_leads_to_its_agent() {
        let mut state = state(160, 45);
        press(&mut state, "6");
        say(&mut state, "one thing");
        state.toasts.push(Tone::Error, "not typed to deploy: it is gone", state.now);
        state.toasts.about(TerminalId(7));
        for n in 0..40 {
            say(&mut state, &format!("note {n}"));
        }
        press(&mut state, ": e v e n t s enter");
        let seen = screen(&state);
        assert!(seen.contains("note 39") && !seen.contains("one thing"), "{seen}");
        assert!(seen.find("note 38") < seen.find("note 39"));
        press(&mut state, "enter");
        assert!(screen(&state).contains("that is about no agent") && state.overlay.is_some());
        // What is said meanwhile moves the list, not the choice.
        press(&mut state, "up");
        say(&mut state, "meanwhile");
        press(&mut state, "d e p l o y enter");
        assert_eq!((state.focus, state.overlay.is_some()), (Some(TerminalId(7)), false));
        press(&mut state, ": e v e n t s enter n o t h i n g");
        assert!(screen(&state).contains("nothing of what was said matches"), "{}", screen(&state));
        press(&mut state, "esc");
        assert!(state.overlay.is_none());
    }

    #[test]
    fn the_log_has_an_end_and_keeps_the_choice() {
        let mut log = Log::default();
        for n in 0..KEPT + 5 {
            log.push(0, Tone::Info, &format!("note {n}"));
        }
        assert_eq!(log.counts(), (KEPT, KEPT as u64 + 5));
        let all = log.matching("");
        assert_eq!(all[0].text, "note 5");
        let events = |chosen| Events { filter: Field::default(), chosen };
        assert_eq!(events(None).chosen(&all), KEPT - 1);
        assert_eq!(events(Some(7)).chosen(&all), 1);
        assert_eq!(events(Some(2)).chosen(&all), 0);
        assert_eq!(events(Some(2)).chosen(&[]), 0);
        assert_eq!(log.matching("NOTE 1004").len(), 1);
    }
}
