//! The prose guard: text typed or pasted in COMMAND by mistake is caught before its letters act.
//! Asked for every printable key in COMMAND. It must never send anything by itself.

use super::launch::Row;
use super::state::{Burst, Caught, Hasty, Overlay, State};
use crate::base::clock::Millis;
use crate::core::keys::{Key, KeyCode};

/// Nobody gives three commands in this time, and every typist writes three letters.
const BURST: Millis = 400;
const LETTERS: usize = 3;

/// Whether the focused agent would read caught text as words. A shell would run it, and what it is for nobody has said.
pub fn can_be_sent(state: &State) -> bool {
    state.focused().is_some_and(|agent| takes_messages(state, &agent.provider))
}

/// Whether what is sent to such an agent is read as words. One of a kind that is not known is not written to.
pub fn takes_messages(state: &State, provider: &str) -> bool {
    state.providers.iter().any(|kind| kind.name == provider && kind.takes_prompt)
}

/// Notes the key that has just opened the launch dialog.
pub fn note_opener(state: &mut State, key: Key) {
    let is_open = matches!(state.overlay, Some(Overlay::Launch)) && state.launch.row == Row::Message;
    let opener = key.printable().filter(|_| is_open);
    state.hasty = opener.map(|c| Hasty { opened: state.now, text: c.to_string() });
}

/// A sentence that begins with the key of the launch dialog: whoever has written a word and a space before the dialog
/// could be read meant it for an agent. The dialog closes, and its text is held like any other prose.
pub fn is_hasty(state: &mut State, key: Key) -> bool {
    let now = state.now;
    let Some(hasty) = &mut state.hasty else { return false };
    let Some(c) = key.printable().filter(|_| now.saturating_sub(hasty.opened) <= BURST) else {
        state.hasty = None;
        return false;
    };
    hasty.text.push(c);
    if c != ' ' {
        return false;
    }
    let Hasty { text, .. } = state.hasty.take().unwrap_or(Hasty { opened: now, text: String::new() });
    // All but the key that opened the dialog and the one just pressed stand in the message.
    for _ in 0..text.chars().count().saturating_sub(2) {
        state.launch.message.key(Key::plain(KeyCode::Backspace));
    }
    state.burst.keys.clear();
    state.burst.caught = Some(Caught { text, last: now });
    true
}

impl Burst {
    /// Notes a key; `true` when it is part of prose and must not act.
    pub fn key(&mut self, c: char, bound: bool, now: Millis) -> bool {
        if let Some(caught) = &mut self.caught {
            if now.saturating_sub(caught.last) <= BURST {
                caught.text.push(c);
                caught.last = now;
                return true;
            }
            // The user went on to something else: the text is dropped.
            self.caught = None;
            self.keys.clear();
        }
        self.keys.retain(|(_, at, _)| now.saturating_sub(*at) <= BURST);
        self.keys.push_back((c, now, bound));
        let mut different: Vec<char> = self.keys.iter().map(|k| k.0).collect();
        different.sort_unstable();
        different.dedup();
        let unbound = self.keys.iter().any(|k| !k.2);
        if different.len() < LETTERS || !unbound {
            return false;
        }
        let text = self.keys.drain(..).map(|k| k.0).collect();
        self.caught = Some(Caught { text, last: now });
        true
    }

    /// A paste in COMMAND is always prose.
    pub fn paste(&mut self, text: &str, now: Millis) {
        self.caught = Some(Caught { text: text.to_owned(), last: now });
    }

    /// Whether a key right now still belongs to what is being typed.
    pub fn is_running(&self, now: Millis) -> bool {
        self.caught.as_ref().is_some_and(|c| now.saturating_sub(c.last) <= BURST)
    }
}
