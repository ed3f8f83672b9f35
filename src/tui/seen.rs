//! When a finished agent counts as looked at: focused for a moment, in a window that has not lost the desktop's focus.
//! Called after every message. Passing by is not looking.

use super::msg::Command;
use super::state::{Link, Looking, State};
use crate::base::clock::Millis;
use crate::proto::rest::Status;

/// A glance takes this long.
const GLANCE: Millis = 1000;

pub fn note(state: &mut State, commands: &mut Vec<Command>) {
    let is_possible = state.link == Link::Up && !state.settings.read_only && !state.is_away && state.overlay.is_none();
    let finished = state.focused().filter(|a| is_possible && a.status == Status::Completed).map(|a| a.id);
    let Some(terminal) = finished else {
        state.looking = None;
        return;
    };
    let now = state.now;
    let looking = state.looking.filter(|l| l.terminal == terminal);
    let mut looking = looking.unwrap_or(Looking { terminal, since: now, told: false });
    if !looking.told && now.saturating_sub(looking.since) >= GLANCE {
        looking.told = true;
        commands.push(Command::Seen(terminal));
    }
    state.looking = Some(looking);
}

/// When `note` has something to say although nothing happened.
pub fn due(state: &State) -> Option<Millis> {
    state.looking.filter(|l| !l.told).map(|l| l.since + GLANCE)
}
