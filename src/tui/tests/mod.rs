//! What keys, clicks and messages do, told by key names with explicit times, by subject. No drawing, no waiting.

mod attached;
mod life;
mod mouse;
mod moving;
mod notices;
mod serving;
mod trees;
mod typing;

use crate::core::keys::{Key, Mods, Mouse, MouseAction, parse_key};
use crate::proto::stream::ClientMessage;
use crate::tui::msg::{Command, Msg};
use crate::tui::state::State;
use crate::tui::update::update;

pub fn focus(state: &State) -> u32 {
    state.focus.unwrap().0
}

/// The bytes typed to each terminal, with their sequence numbers.
pub fn typed(commands: &[Command]) -> Vec<(u32, u64, String)> {
    commands
        .iter()
        .filter_map(|c| match c {
            Command::Send(ClientMessage::Input { terminal, sequence, text, .. }) => {
                Some((terminal.0, *sequence, text.clone()))
            }
            _ => None,
        })
        .collect()
}

pub fn key_at(state: &mut State, name: &str, now: u64) -> Vec<Command> {
    update(state, Msg::Key(parse_key(name).unwrap().into()), now)
}

/// Types text with a number of milliseconds between the keys.
pub fn type_at(state: &mut State, text: &str, between: u64) -> Vec<Command> {
    let mut out = Vec::new();
    for c in text.chars() {
        let now = state.now + between;
        out.extend(update(state, Msg::Key(Key::char(c).into()), now));
    }
    out
}

pub fn mouse(state: &mut State, action: MouseAction, column: u16, row: u16) -> Vec<Command> {
    let now = state.now + 10;
    update(state, Msg::Mouse(Mouse { action, column, row, mods: Mods::NONE }), now)
}
