//! What the mouse does: clicks on rows, panes and hints, the wheel, and selecting in a pane.
//! Called by `update`. A selection must never leave the pane it began in.

use super::commands::Action;
use super::focus::focus;
use super::hold::{self, Held};
use super::layout::{PaneArea, Size};
use super::msg::Command;
use super::selection::{Place, Selection};
use super::sidebar::{self, Line};
use super::state::{Click, Dirty, Mode, Overlay, State};
use super::target::{self, Target};
use super::view::{VIEW, VIEW_AT};
use super::{actions, counts, diff, hints, keymap, menu, scrolling, strip, typing, update};
use crate::base::clock::Millis;
use crate::base::id::TerminalId;
use crate::core::keys::{Key, KeyCode, Mods, Mouse, MouseAction, MouseButton, encode, encode_mouse, mode};
use ratatui::layout::{Position, Rect};

/// Two clicks within this are one double click.
pub const DOUBLE: Millis = 400;
/// The click that brings a window to the front comes this soon after the focus, and means nothing else.
const FIRST_CLICK: Millis = 150;

pub fn on_mouse(state: &mut State, mouse: Mouse, commands: &mut Vec<Command>) {
    let at = Position::new(mouse.column, mouse.row);
    if state.drag.is_some() {
        return on_drag(state, mouse, commands);
    }
    if state.hold.is_some() {
        return hold::on_mouse(state, mouse, commands);
    }
    if let Some(Overlay::Menu(menu)) = state.overlay {
        return menu::on_mouse(state, menu, mouse, commands);
    }
    if diff::covers(state) && matches!(mouse.action, MouseAction::WheelUp | MouseAction::WheelDown) {
        return diff::wheel(state, mouse.action == MouseAction::WheelUp);
    }
    let is_press = mouse.action == MouseAction::Press(MouseButton::Left);
    if diff::covers(state) && is_press && !is_first_click(state) {
        return diff::click(state, at);
    }
    if state.overlay.is_some() {
        return on_hint_click(state, mouse, commands);
    }
    let is_press = mouse.action == MouseAction::Press(MouseButton::Left);
    if is_press && !is_first_click(state) && hold::take_divider(state, at) {
        return;
    }
    if let Some(area) = state.pane_areas().into_iter().find(|p| p.outer.contains(at)) {
        return on_pane(state, area, mouse, commands);
    }
    let areas = state.areas();
    if let Some(sidebar) = areas.sidebar.filter(|area| area.contains(at)) {
        match mouse.action {
            MouseAction::Press(MouseButton::Left) => return on_sidebar(state, sidebar, mouse.row, commands),
            MouseAction::Press(MouseButton::Right) => {
                if let Some(Line::Agent(id) | Line::Detail(id)) = sidebar_line(state, sidebar, mouse.row) {
                    menu::open(state, id, (mouse.column, mouse.row), commands);
                }
                return;
            }
            MouseAction::Release(MouseButton::Left) if mouse.row == sidebar.y && !is_first_click(state) => {
                // The last column is the divider.
                let line = Rect { width: sidebar.width - 1, height: 1, ..sidebar };
                return counts::click(state, line, mouse.column, commands);
            }
            _ => {}
        }
    }
    let view = areas.top.map(|top| Rect::new(top.x + VIEW_AT, top.y, VIEW.len() as u16, 1));
    if view.is_some_and(|view| view.contains(at)) && mouse.action == MouseAction::Release(MouseButton::Left) {
        if !is_first_click(state) {
            actions::perform(state, Action::AgentByNumber, None, commands);
        }
        return;
    }
    if let Some(area) = areas.strip.filter(|area| area.contains(at) && areas.size != Size::Phone) {
        return on_strip(state, area, mouse, commands);
    }
    on_hint_click(state, mouse, commands);
}

fn is_first_click(state: &State) -> bool {
    state.focused_at.is_some_and(|at| state.now.saturating_sub(at) < FIRST_CLICK)
}

fn on_hint_click(state: &mut State, mouse: Mouse, commands: &mut Vec<Command>) {
    let on_status = state.areas().status.is_some_and(|s| s.y == mouse.row);
    // Buttons act on release, so that a press can be taken back by moving away.
    if !on_status || mouse.action != MouseAction::Release(MouseButton::Left) || is_first_click(state) {
        return;
    }
    let word = hints::mode_word(state).len() as u16 + 2;
    if mouse.column < word && state.overlay.is_none() {
        return match state.mode {
            Mode::Typing => {
                let leader = keymap::leader(state).first().copied();
                actions::leader(state, leader.unwrap_or(Key::ctrl('q')), commands);
            }
            Mode::Command => typing::enter(state, commands),
        };
    }
    let hit = hints::hints(state, state.size.0)
        .into_iter()
        .find(|h| (h.column..h.column + h.width()).contains(&mouse.column))
        .and_then(|h| h.press);
    if let Some(key) = hit {
        update::on_key(state, key, commands);
    }
}

fn sidebar_line(state: &State, area: Rect, row: u16) -> Option<Line> {
    let size = state.areas().size;
    let height = area.height - sidebar::card_rows(area.height, size);
    sidebar::lines(state, size, height).get(usize::from(row - area.y)).copied()
}

/// The sidebar of a narrow terminal.
fn on_strip(state: &mut State, area: Rect, mouse: Mouse, commands: &mut Vec<Command>) {
    let (places, _) = strip::places(state, area);
    let hit = places.into_iter().find(|place| (place.x..place.x + place.width).contains(&mouse.column));
    match (hit, mouse.action) {
        (Some(place), MouseAction::Press(MouseButton::Left)) if !is_first_click(state) => {
            typing::leave(state, commands);
            focus(state, place.agent, commands);
        }
        (Some(place), MouseAction::Press(MouseButton::Right)) => {
            menu::open(state, place.agent, (mouse.column, mouse.row), commands);
        }
        _ => {}
    }
}

fn on_sidebar(state: &mut State, area: Rect, row: u16, commands: &mut Vec<Command>) {
    match sidebar_line(state, area, row) {
        Some(Line::Agent(id) | Line::Detail(id)) => {
            typing::leave(state, commands);
            focus(state, id, commands);
            hold::take(state, Held::Agent(id));
            if is_double(state, id) {
                state.zoom = !state.zoom;
            }
        }
        Some(Line::Session(n)) => {
            if let Some(name) = state.fleet.sessions().get(n).map(|s| s.name.clone()) {
                hold::take(state, Held::Session(name));
            }
        }
        _ => {}
    }
}

fn is_double(state: &mut State, id: TerminalId) -> bool {
    let now = state.now;
    let double = state.click.take().is_some_and(|c| c.terminal == id && now.saturating_sub(c.at) <= DOUBLE);
    if !double {
        state.click = Some(Click { terminal: id, at: now });
    }
    double
}

fn on_pane(state: &mut State, area: PaneArea, mouse: Mouse, commands: &mut Vec<Command>) {
    let id = area.terminal;
    let inside = area.inner.contains(Position::new(mouse.column, mouse.row));
    let modes = typing::modes(state, id);
    // What began with a click that was for us goes on with us: half a click is nothing to a program.
    let goes_on = matches!(mouse.action, MouseAction::Drag(_) | MouseAction::Release(_));
    let began_here = goes_on && state.press.is_some_and(|(_, _, typing)| !typing);
    if began_here && matches!(mouse.action, MouseAction::Release(_)) {
        state.press = None;
    }
    let ours = mouse.mods.has(Mods::SHIFT) || state.settings.read_only || state.past(id).is_some() || began_here;
    let wheel = match mouse.action {
        MouseAction::WheelUp => 1,
        MouseAction::WheelDown => -1,
        _ => 0,
    };
    // As in most terminals; a program in TYPING gets the click where nothing can be opened.
    if inside && mouse.action == MouseAction::Press(MouseButton::Left) && mouse.mods.has(Mods::CTRL) {
        let target = target_at(state, area, mouse);
        if target.is_some() {
            return scrolling::open(state, id, target, commands);
        }
    }
    let typing_here = state.mode == Mode::Typing && state.focus == Some(id);
    if inside && !ours && (typing_here || wheel != 0) {
        let top = state.panes.get(&id).map_or(0, |p| p.top(area.inner.height));
        let inner = Mouse { column: mouse.column - area.inner.x, row: mouse.row - area.inner.y + top, ..mouse };
        if let Some(bytes) = encode_mouse(inner, modes) {
            state.press = None;
            return typing::send(state, id, &bytes, commands);
        }
        let alternate = mode::ALT_SCREEN | mode::ALTERNATE_SCROLL;
        if wheel != 0 && modes & alternate == alternate {
            let code = if wheel > 0 { KeyCode::Up } else { KeyCode::Down };
            let bytes = encode(&Key::plain(code).into(), modes).repeat(scrolling::WHEEL_LINES as usize);
            return typing::send(state, id, &bytes, commands);
        }
    }
    if wheel != 0 {
        return scrolling::scroll(state, id, wheel * scrolling::WHEEL_LINES, commands);
    }
    match mouse.action {
        MouseAction::Press(MouseButton::Left) if !is_first_click(state) => {
            state.press = inside.then_some((mouse.column, mouse.row, state.mode == Mode::Typing));
            if state.focus != Some(id) {
                focus(state, id, commands);
            }
            if state.past(id).is_none() && state.mode == Mode::Command && !state.settings.read_only {
                typing::enter(state, commands);
            }
        }
        MouseAction::Press(MouseButton::Right) if !state.settings.chromeless => {
            menu::open(state, id, (mouse.column, mouse.row), commands);
        }
        MouseAction::Drag(MouseButton::Left) if inside => begin_drag(state, area, mouse, commands),
        _ => {}
    }
}

/// What lies under the mouse.
fn target_at(state: &State, area: PaneArea, mouse: Mouse) -> Option<Target> {
    let pane = state.panes.get(&area.terminal)?;
    if let Some(past) = &pane.past {
        return past.target(place(state, area, mouse)?);
    }
    let row = usize::from(mouse.row - area.inner.y + pane.top(area.inner.height));
    let place = Place { row, column: mouse.column - area.inner.x };
    target::at(&pane.replica.lines, pane.replica.columns, &pane.replica.links, place)
}

fn begin_drag(state: &mut State, area: PaneArea, mouse: Mouse, commands: &mut Vec<Command>) {
    let id = area.terminal;
    typing::leave(state, commands);
    focus(state, id, commands);
    scrolling::freeze(state, id);
    state.drag = Some(id);
    // The terminal reports a drag only from its second cell on.
    let (column, row) = state.press.map_or((mouse.column, mouse.row), |(c, r, _)| (c, r));
    if let (Some(anchor), Some(head)) = (place(state, area, Mouse { column, row, ..mouse }), place(state, area, mouse))
        && let Some(past) = state.panes.get_mut(&id).and_then(|p| p.past.as_mut())
    {
        past.selection = Some(Selection { anchor, head, lines: false });
    }
}

fn on_drag(state: &mut State, mouse: Mouse, commands: &mut Vec<Command>) {
    let Some(area) = state.drag.and_then(|id| state.pane_area(id)) else {
        state.drag = None;
        return;
    };
    let id = area.terminal;
    state.dirty = Dirty::Everything;
    if let Some(head) = place(state, area, mouse)
        && let Some(selection) =
            state.panes.get_mut(&id).and_then(|p| p.past.as_mut()).and_then(|p| p.selection.as_mut())
    {
        selection.head = head;
    }
    if let MouseAction::Release(_) = mouse.action {
        state.drag = None;
        if !scrolling::copy(state, id, commands) {
            return;
        }
        match state.panes.get_mut(&id).and_then(|p| p.past.as_mut()) {
            // Scrolled back, the user goes on reading.
            Some(past) if past.back() > 0 => past.selection = None,
            _ => {
                scrolling::thaw(state, id);
                if state.press.take().is_some_and(|(_, _, typing)| typing) {
                    typing::enter(state, commands);
                }
            }
        }
    }
}

/// The place under the mouse, or the nearest one in the pane.
fn place(state: &State, area: PaneArea, mouse: Mouse) -> Option<Place> {
    let past = state.past(area.terminal)?;
    if area.inner.is_empty() {
        return None;
    }
    let column = mouse.column.clamp(area.inner.left(), area.inner.right() - 1) - area.inner.x;
    let row = mouse.row.clamp(area.inner.top(), area.inner.bottom() - 1) - area.inner.y;
    let height = usize::from(area.inner.height);
    let row = past.top(height) + usize::from(row);
    Some(Place { row: row.min(past.last()), column: column + past.left(height, area.inner.width) })
}
