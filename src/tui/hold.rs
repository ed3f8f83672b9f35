//! What the mouse holds while its button is down: an edge between parts of the screen, or a row of the sidebar. Called by
//! `pointer`. Nothing may be lost when the button comes up where we are not told: the next press lets go.

use super::focus::{SIZE_SETTLES, focus};
use super::layout::{self, Divider};
use super::msg::Command;
use super::pointer;
use super::shares::{Axis, moved};
use super::sidebar::{self, Line};
use super::state::{Dirty, Link, State};
use crate::base::clock::Millis;
use crate::base::id::TerminalId;
use crate::core::keys::{Mouse, MouseAction, MouseButton};
use ratatui::layout::Position;

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Held {
    Divider(Divider),
    /// To be put elsewhere among the agents of its session.
    Agent(TerminalId),
    /// A session's name: to be put elsewhere among the sessions.
    Session(String),
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Hold {
    what: Held,
    has_moved: bool,
    /// From the cell under the mouse to the edge.
    offset: u16,
    /// Who was on the screen: a drag there and back leaves it as it was.
    slots: Vec<TerminalId>,
}

/// Takes hold of a row of the sidebar.
pub fn take(state: &mut State, what: Held) {
    state.hold = Some(Hold { what, has_moved: false, offset: 0, slots: Vec::new() });
}

/// Takes hold of the edge under the mouse, if there is one.
pub fn take_divider(state: &mut State, at: Position) -> bool {
    let handles = state.handles();
    let Some(divider) = layout::handle_at(&handles, at) else { return false };
    let area = handles.iter().find(|h| h.divider == divider).map(|h| h.area).unwrap_or_default();
    let now = state.now;
    let is_double = state
        .divider_click
        .take()
        .is_some_and(|(d, then): (Divider, Millis)| d == divider && now.saturating_sub(then) <= pointer::DOUBLE);
    if is_double {
        even(state, divider);
        return true;
    }
    state.divider_click = Some((divider, now));
    // The edge lies before the second of the two cells that it is taken by.
    let offset = match axis(divider) {
        Axis::Columns => area.x + 1 - at.x,
        Axis::Rows => area.y + 1 - at.y,
    };
    let slots = state.slots.clone();
    state.hold = Some(Hold { what: Held::Divider(divider), has_moved: false, offset, slots });
    true
}

fn axis(divider: Divider) -> Axis {
    match divider {
        Divider::Sidebar => Axis::Columns,
        Divider::Panes { row, .. } => row.axis,
    }
}

fn even(state: &mut State, divider: Divider) {
    match divider {
        Divider::Sidebar => {
            let size = state.areas().size;
            state.shares.set_sidebar(size, None);
        }
        Divider::Panes { row, .. } => state.shares.even(row),
    }
    state.dirty = Dirty::Everything;
}

/// The mouse does something while it holds something.
pub fn on_mouse(state: &mut State, mouse: Mouse, commands: &mut Vec<Command>) {
    let Some(mut hold) = state.hold.take() else { return };
    let at = Position::new(mouse.column, mouse.row);
    match mouse.action {
        MouseAction::Drag(MouseButton::Left) => {
            hold.has_moved = true;
            state.dirty = Dirty::Everything;
            match &hold.what {
                Held::Divider(divider) => {
                    state.divider_click = None;
                    drag_divider(state, *divider, hold.offset, at);
                    state.slots.clone_from(&hold.slots);
                    // Agents hear of their size when the edge rests.
                    state.show_due = (state.link == Link::Up).then_some(state.now + SIZE_SETTLES);
                }
                Held::Agent(id) => drag_agent(state, *id, at),
                Held::Session(name) => drag_session(state, name, at),
            }
            state.hold = Some(hold);
        }
        MouseAction::Release(_) => {
            if let (Held::Divider(_), false) = (&hold.what, hold.has_moved) {
                // The frame of a pane was only clicked.
                let clicked = state.pane_areas().into_iter().find(|p| p.outer.contains(at));
                if let Some(pane) = clicked {
                    focus(state, pane.terminal, commands);
                }
            }
        }
        MouseAction::Press(_) => pointer::on_mouse(state, mouse, commands),
        _ => state.hold = Some(hold),
    }
}

fn drag_divider(state: &mut State, divider: Divider, offset: u16, at: Position) {
    let areas = state.areas();
    match divider {
        Divider::Sidebar => {
            let width = (at.x + offset).clamp(layout::SIDEBAR_LEAST, areas.whole.width - layout::PANE_COLUMNS);
            state.shares.set_sidebar(areas.size, Some(width));
        }
        Divider::Panes { row, index } => {
            let (to, least) = match row.axis {
                Axis::Columns => ((at.x + offset).saturating_sub(areas.grid.x), layout::PANE_COLUMNS),
                Axis::Rows => ((at.y + offset).saturating_sub(areas.grid.y), layout::PANE_ROWS),
            };
            let lengths = layout::lengths(areas.grid, &state.shares, row);
            state.shares.set(row, &moved(&lengths, index, to, least));
        }
    }
}

fn lines(state: &State) -> Option<(u16, Vec<Line>)> {
    let areas = state.areas();
    let area = areas.sidebar?;
    let height = area.height - sidebar::card_rows(area.height, areas.size);
    Some((area.y, sidebar::lines(state, areas.size, height)))
}

fn drag_agent(state: &mut State, id: TerminalId, at: Position) {
    let Some((top, lines)) = lines(state) else { return };
    let under = usize::from(at.y.saturating_sub(top)).min(lines.len().saturating_sub(1));
    if let Some(Line::Agent(there) | Line::Detail(there)) = lines.get(under) {
        state.fleet.put_agent_at(id, *there);
    }
}

/// The place is found among the other sessions alone: where it goes must not hang on where it is.
fn drag_session(state: &mut State, name: &str, at: Position) {
    let Some((top, lines)) = lines(state) else { return };
    let sessions = state.fleet.sessions();
    let of = |line: &Line| match line {
        Line::Session(n) => sessions.get(*n).map(|s| s.name.clone()),
        Line::Agent(id) | Line::Detail(id) => state.fleet.get(*id).map(|a| a.session.clone()),
        _ => None,
    };
    let others: Vec<String> = lines.iter().filter_map(of).filter(|session| session != name).collect();
    // Below the title; above the middle of a session is before it.
    let under = usize::from(at.y.saturating_sub(top + 1));
    let mut names: Vec<&String> = others.iter().collect();
    names.dedup();
    let is_before = |session: &&String| {
        let first = others.iter().position(|s| s == *session).unwrap_or(0);
        let rows = others.iter().filter(|s| s == session).count();
        first + rows / 2 < under
    };
    let before = names.iter().take_while(|s| is_before(s)).map(|s| (*s).clone()).last();
    state.fleet.put_session_behind(name, before.as_deref());
}
