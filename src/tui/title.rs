//! The title of the terminal around us: who needs its user, for a window list or a tab that is not looked at. Written by
//! the run loop when it is another one. It must never hold what a program has printed: names are made printable.

use super::state::State;
use crate::base::text;
use crate::proto::rest::Status;

/// A tab shows a few words.
const LONGEST: usize = 60;

#[derive(Debug, Default)]
pub struct Title {
    shown: String,
}

impl Title {
    /// Writes the title that fits the state, if it is not there already.
    pub fn follow(&mut self, state: &State, out: &mut Vec<u8>) {
        let words = words(state);
        if words != self.shown {
            out.extend(format!("\x1b]2;{words}\x07").as_bytes());
            self.shown = words;
        }
    }

    /// Somebody else has had the terminal.
    pub fn forget(&mut self) {
        self.shown.clear();
    }
}

fn words(state: &State) -> String {
    if let Some(agent) = state.focused().filter(|_| state.settings.chromeless) {
        return text::fit(&text::printable(&agent.window), LONGEST);
    }
    match (state.fleet.count(Status::Waiting), state.fleet.count(Status::Running)) {
        (0, 0) => "conductor".to_owned(),
        (0, working) => format!("conductor: {working} working"),
        (waiting, _) => format!("conductor: {waiting} waiting"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::testing::{empty, state};

    #[test]
    fn who_waits_is_told_once() {
        let (mut title, mut out) = (Title::default(), Vec::new());
        let state = state(160, 45);
        title.follow(&state, &mut out);
        title.follow(&state, &mut out);
        assert_eq!(out, b"\x1b]2;conductor: 2 waiting\x07");
        out.clear();
        title.follow(&empty(160, 45), &mut out);
        assert_eq!(out, b"\x1b]2;conductor\x07");
        title.forget();
        out.clear();
        title.follow(&empty(160, 45), &mut out);
        assert_eq!(out, b"\x1b]2;conductor\x07");
    }
}
