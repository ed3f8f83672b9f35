//! Which agent is focused, which agents have a place on the screen, and what the server is told about it.
//! Called after every message. A status must never move the focus or the places: only keys, clicks and ends do.

use super::msg::Command;
use super::state::{Dirty, Link, Mode, Show, State};
use super::{layout, typing};
use crate::base::clock::Millis;
use crate::base::id::TerminalId;
use crate::proto::stream::{ClientMessage, ShownPane};

/// A size must stand still so long before the server hears of it: dragging a window's edge makes many.
pub const SIZE_SETTLES: Millis = 100;

/// Focuses an agent. TYPING ends: keys must not go to another agent than the one they were begun for.
pub fn focus(state: &mut State, id: TerminalId, commands: &mut Vec<Command>) {
    if state.focus != Some(id) {
        typing::leave(state, commands);
        state.recent.retain(|r| *r != id);
        state.recent.insert(0, id);
        state.focus = Some(id);
    }
    state.dirty = Dirty::Everything;
}

/// Gives places to agents: those that have one keep one, the focused one gets one, free ones go to the waiting.
pub fn arrange(state: &mut State) {
    let alive = |id: &TerminalId| state.fleet.get(*id).is_some();
    let mut slots: Vec<TerminalId> = state.slots.iter().copied().filter(alive).collect();
    let areas =
        layout::areas(state.size.0, state.size.1, layout::Choices { zoom: false, ..state.choices() }, &state.shares);
    let choices = layout::Choices { zoom: false, ..state.choices() };
    let capacity = layout::capacity(areas.grid, choices);
    // The focused one and those that are pinned come before all others.
    let pinned = state.pins.iter().copied().filter(alive);
    for id in state.focus.into_iter().chain(pinned) {
        if !slots.contains(&id) {
            slots.push(id);
        }
    }
    while slots.len() > capacity {
        // The one looked at longest ago goes, a pinned one only when there is no other.
        let age = |id: &TerminalId| state.recent.iter().position(|r| r == id).unwrap_or(usize::MAX);
        let rank = |n: &usize| (!state.pins.contains(&slots[*n]), age(&slots[*n]));
        let oldest = (0..slots.len()).filter(|n| Some(slots[*n]) != state.focus).max_by_key(rank);
        slots.remove(oldest.unwrap_or(0));
    }
    let others = state.fleet.waiting().into_iter().chain(state.fleet.agents().iter().map(|a| a.id));
    for id in others {
        if slots.len() < capacity && !slots.contains(&id) {
            slots.push(id);
        }
    }
    // Always in the sidebar's order, so that places and numbers agree; the pinned first, where nobody else's coming and
    // going moves them.
    slots.sort_by_key(|id| (!state.pins.contains(id), state.fleet.number(*id)));
    if slots != state.slots {
        state.slots = slots;
        state.dirty = Dirty::Everything;
    }
}

/// Tells the server which panes are on the screen, when that changed.
pub fn show(state: &mut State, now: Millis, commands: &mut Vec<Command>) {
    if state.link != Link::Up {
        return;
    }
    let panes: Vec<ShownPane> = state
        .pane_areas()
        .iter()
        .map(|p| ShownPane { terminal: p.terminal, columns: p.inner.width, rows: p.inner.height })
        .collect();
    let wanted = Show { panes, focused: state.focus };
    let Some(shown) = &state.shown else {
        return tell(state, wanted, commands);
    };
    if *shown == wanted {
        state.show_due = None;
        return;
    }
    let ids = |s: &Show| s.panes.iter().map(|p| p.terminal).collect::<Vec<_>>();
    let is_dragged = state.hold.is_some() && state.show_due.is_some();
    if !is_dragged && (ids(shown) != ids(&wanted) || shown.focused != wanted.focused) {
        return tell(state, wanted, commands);
    }
    match state.show_due {
        Some(due) if due <= now => tell(state, wanted, commands),
        Some(_) => {}
        None => state.show_due = Some(now + SIZE_SETTLES),
    }
}

fn tell(state: &mut State, show: Show, commands: &mut Vec<Command>) {
    commands.push(Command::Send(ClientMessage::Show { panes: show.panes.clone(), focused: show.focused }));
    state.shown = Some(show);
    state.show_due = None;
}

/// Chooses a focus when there is none any more.
pub fn settle(state: &mut State, commands: &mut Vec<Command>) {
    if state.focus.is_some_and(|id| state.fleet.get(id).is_some()) {
        return;
    }
    if state.mode == Mode::Typing {
        state.mode = Mode::Command;
    }
    let place = state.focus.and_then(|id| state.slots.iter().position(|s| *s == id));
    state.focus = None;
    // Before the first list, those who are remembered may yet be among the agents.
    if state.loaded {
        state.recent.retain(|id| state.fleet.get(*id).is_some());
    }
    let before = state.recent.first().copied().filter(|id| state.fleet.get(*id).is_some());
    let by_option = state.settings.focus_terminal.filter(|id| state.fleet.get(*id).is_some()).or_else(|| {
        let wanted = crate::base::id::session_name(state.settings.focus_session.as_deref()?)?;
        state.fleet.agents().iter().find(|a| a.session == wanted).map(|a| a.id)
    });
    let neighbour = place.and_then(|n| {
        let left: Vec<TerminalId> = state.slots.iter().copied().filter(|s| state.fleet.get(*s).is_some()).collect();
        left.get(n).or(left.last()).copied()
    });
    let first = state.fleet.waiting().first().copied().or(state.fleet.agents().first().map(|a| a.id));
    if let Some(id) = by_option.or(before).or(neighbour).or(first) {
        focus(state, id, commands);
        if std::mem::take(&mut state.settings.start_typing) && !state.settings.read_only {
            typing::enter(state, commands);
        }
    }
    // What was wished for holds for the first list of agents, not before it.
    if state.loaded {
        state.settings.focus_terminal = state.settings.focus_terminal.filter(|_| state.settings.chromeless);
        state.settings.focus_session = None;
    }
}
