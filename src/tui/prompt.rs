//! One line asked for in the status bar: what to find in a past, which time to go to. Called by `update` for its keys. It
//! must never hide the text that it is about.

use super::field::Field;
use super::msg::Command;
use super::past::Wanted;
use super::scrolling;
use super::state::{Dirty, Overlay, State};
use super::toasts::Tone;
use crate::base::id::TerminalId;
use crate::base::moment;
use crate::core::keys::{Key, KeyCode};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Prompt {
    /// Text in the past of this agent.
    Find(TerminalId),
    /// A moment of it.
    Time(TerminalId),
}

impl Prompt {
    /// What stands before the field.
    pub fn label(self) -> &'static str {
        match self {
            Prompt::Find(_) => "find",
            Prompt::Time(_) => "go to",
        }
    }
}

pub fn open(state: &mut State, prompt: Prompt, commands: &mut Vec<Command>) {
    if let Prompt::Find(id) = prompt {
        scrolling::begin_find(state, id, commands);
    }
    state.overlay = Some(Overlay::Prompt { prompt, field: Field::default() });
}

/// A key while the prompt is open. The overlay has been taken; it is put back when it stays.
pub fn key(state: &mut State, prompt: Prompt, mut field: Field, key: Key, commands: &mut Vec<Command>) {
    state.dirty = Dirty::Everything;
    match (prompt, key.code) {
        (Prompt::Find(id), KeyCode::Escape) => scrolling::drop_find(state, id, commands),
        (Prompt::Time(_), KeyCode::Escape) => {}
        (Prompt::Find(id), KeyCode::Enter) if field.is_empty() => scrolling::drop_find(state, id, commands),
        (Prompt::Find(_), KeyCode::Enter) => {}
        // The next one, without leaving the field.
        (Prompt::Find(id), KeyCode::Up | KeyCode::Down) => {
            scrolling::find_next(state, id, key.code == KeyCode::Up, commands);
            state.overlay = Some(Overlay::Prompt { prompt, field });
        }
        (Prompt::Time(id), KeyCode::Enter) => {
            let (now, offset) = (state.now, state.settings.utc_offset_minutes);
            match moment::parse(&field.text(), now, offset) {
                Some(time) => scrolling::go_to(state, id, Wanted::Time(time), commands),
                None => {
                    state.toasts.push(Tone::Info, "a time is 14:05, 2026-11-20 14:05, or 10m for minutes ago", now);
                    state.overlay = Some(Overlay::Prompt { prompt, field });
                }
            }
        }
        _ => {
            field.key(key);
            changed(state, prompt, &field, commands);
            state.overlay = Some(Overlay::Prompt { prompt, field });
        }
    }
}

/// The text of the field is another.
pub fn changed(state: &mut State, prompt: Prompt, field: &Field, commands: &mut Vec<Command>) {
    if let Prompt::Find(id) = prompt {
        scrolling::look_for(state, id, &field.text(), commands);
    }
}
