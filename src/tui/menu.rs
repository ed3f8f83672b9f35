//! The menu of one agent, under the right button: what can be done with it, each with its key beside it. Opened and moved
//! by `pointer`, its keys come from `update`. It must never do what its keys would not do.

use super::actions;
use super::commands::{Action, CommandSpec, Context, spec_of};
use super::fleet::is_gone;
use super::focus::focus;
use super::msg::Command;
use super::state::{Dirty, Overlay, State};
use super::toasts::Tone;
use super::typing;
use crate::base::id::TerminalId;
use crate::base::text;
use crate::core::keys::{Key, KeyCode, Mouse, MouseAction, MouseButton};
use crate::proto::rest::Terminal;
use ratatui::layout::{Position, Rect};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Menu {
    pub terminal: TerminalId,
    /// Where the button went down.
    at: (u16, u16),
    pub chosen: usize,
}

/// Opens the menu of an agent, which is selected by that.
pub fn open(state: &mut State, terminal: TerminalId, at: (u16, u16), commands: &mut Vec<Command>) {
    typing::leave(state, commands);
    focus(state, terminal, commands);
    state.overlay = Some(Overlay::Menu(Menu { terminal, at, chosen: 0 }));
}

/// What can be done with the agent now.
pub fn entries(state: &State, terminal: TerminalId) -> Vec<&'static CommandSpec> {
    let in_tree = |agent: &Terminal| agent.worktree.is_some();
    let tree: &[Action] = match state.fleet.get(terminal).is_some_and(in_tree) {
        true => &[Action::FinishTree, Action::KeepTree, Action::RestoreTree, Action::RemoveTree],
        false => &[],
    };
    let actions: &[Action] = match state.fleet.get(terminal) {
        Some(agent) if is_gone(agent) => &[
            Action::Restart,
            Action::Conversations,
            Action::WholeOutput,
            Action::Diff,
            Action::CopyMode,
            Action::Pin,
            Action::Rename,
            Action::Remove,
        ],
        _ => &[
            Action::Type,
            Action::Zoom,
            Action::Pin,
            Action::WholeOutput,
            Action::Diff,
            Action::CopyMode,
            Action::Rename,
            Action::Stop,
            Action::Remove,
        ],
    };
    actions.iter().chain(tree).filter_map(|action| spec_of(*action, Context::Main)).collect()
}

/// Where it is drawn: at the mouse, as far as there is room; and never over the last row, which says its keys.
pub fn area(state: &State, menu: &Menu) -> Rect {
    let entries = entries(state, menu.terminal);
    let widest = entries
        .iter()
        .map(|e| text::width(e.help) + text::width(&state.settings.keymap.text(e, Context::Main)))
        .max()
        .unwrap_or(0);
    let (columns, rows) = (state.size.0, state.size.1.saturating_sub(1));
    // The frame, the mark, and room between words and keys.
    let width = (widest as u16 + 8).min(columns);
    let height = (entries.len() as u16 + 2).min(rows);
    Rect::new(menu.at.0.min(columns - width), menu.at.1.min(rows - height), width, height)
}

/// A key while it is open. The overlay has been taken; it is put back when it stays.
pub fn key(state: &mut State, mut menu: Menu, key: Key, commands: &mut Vec<Command>) {
    let entries = entries(state, menu.terminal);
    let last = entries.len().saturating_sub(1);
    match key.code {
        KeyCode::Escape => return,
        KeyCode::Enter => return perform(state, menu, commands),
        KeyCode::Down => menu.chosen = if menu.chosen >= last { 0 } else { menu.chosen + 1 },
        KeyCode::Up => menu.chosen = if menu.chosen == 0 { last } else { menu.chosen - 1 },
        _ => {
            // The key beside an entry does it.
            let command = state.settings.keymap.lookup(key, Context::Main);
            let named = command.and_then(|(c, _)| entries.iter().position(|e| e.action == c.action));
            if let Some(named) = named {
                return perform(state, Menu { chosen: named, ..menu }, commands);
            }
            let now = state.now;
            state.toasts.push(Tone::Info, format!("{key} does nothing here · enter does what is chosen"), now);
        }
    }
    state.overlay = Some(Overlay::Menu(menu));
}

/// The mouse while it is open: an entry is done when the button comes up over it, a press beside it closes.
pub fn on_mouse(state: &mut State, mut menu: Menu, mouse: Mouse, commands: &mut Vec<Command>) {
    let area = area(state, &menu);
    let inside = Rect::new(area.x, area.y + 1, area.width, area.height.saturating_sub(2));
    let is_in = inside.contains(Position::new(mouse.column, mouse.row));
    if is_in {
        menu.chosen = usize::from(mouse.row - inside.y);
    }
    state.dirty = Dirty::Everything;
    state.overlay = match mouse.action {
        MouseAction::Press(_) if !is_in => None,
        MouseAction::Release(MouseButton::Left) if is_in => {
            state.overlay = None;
            return perform(state, menu, commands);
        }
        _ => Some(Overlay::Menu(menu)),
    };
}

fn perform(state: &mut State, menu: Menu, commands: &mut Vec<Command>) {
    // Somebody else may have looked elsewhere in between, or ended it.
    if state.focus == Some(menu.terminal)
        && let Some(entry) = entries(state, menu.terminal).get(menu.chosen)
    {
        actions::perform(state, entry.action, None, commands);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::keys::Mods;
    use crate::tui::msg::Msg;
    use crate::tui::state::Mode;
    use crate::tui::testing::{press, screen, state};
    use crate::tui::update::update;

    fn mouse(state: &mut State, action: MouseAction, (column, row): (u16, u16)) {
        let now = state.now;
        update(state, Msg::Mouse(Mouse { action, column, row, mods: Mods::NONE }), now);
    }

    const RIGHT: MouseAction = MouseAction::Press(MouseButton::Right);

    #[test]
    fn the_right_button_opens_what_can_be_done() {
        let mut state = state(160, 45);
        mouse(&mut state, RIGHT, (5, 7));
        assert_eq!(state.focus, Some(TerminalId(3)));
        assert!(screen(&state).contains("copy mode") && matches!(state.overlay, Some(Overlay::Menu(_))));
        mouse(&mut state, MouseAction::Release(MouseButton::Right), (5, 7));
        // The third entry, by the mouse; then one by its key, and one by arrows.
        mouse(&mut state, MouseAction::Press(MouseButton::Left), (9, 10));
        mouse(&mut state, MouseAction::Release(MouseButton::Left), (9, 10));
        assert_eq!((state.pins.clone(), state.overlay.is_none()), (vec![TerminalId(3)], true));
        mouse(&mut state, RIGHT, (159, 43));
        press(&mut state, "r");
        assert!(matches!(state.overlay, Some(Overlay::Rename { .. })));
        press(&mut state, "esc");
        mouse(&mut state, RIGHT, (60, 5));
        press(&mut state, "up down enter");
        assert_eq!((state.mode, state.overlay.is_none()), (Mode::Typing, true));
        // Beside it, it closes and does nothing; in TYPING the frame and plain programs have it, too.
        mouse(&mut state, RIGHT, (60, 5));
        assert_eq!(state.mode, Mode::Command);
        mouse(&mut state, MouseAction::Press(MouseButton::Left), (10, 40));
        assert!(state.overlay.is_none());
        let keys = entries(&state, TerminalId(7));
        assert_eq!(keys[0].action, Action::Restart);
        // Its diff is there, by its key as well; a key of nothing says so.
        for agent in [1, 7] {
            assert!(entries(&state, TerminalId(agent)).iter().any(|entry| entry.action == Action::Diff));
        }
        mouse(&mut state, RIGHT, (60, 5));
        press(&mut state, "F5");
        assert!(screen(&state).contains("F5 does nothing here") && matches!(state.overlay, Some(Overlay::Menu(_))));
        press(&mut state, "d");
        assert!(matches!(state.overlay, Some(Overlay::Diff(_))));
    }

    #[test]
    fn an_agent_of_the_strip_is_selected_by_a_click() {
        let mut state = state(80, 24);
        for (column, agent) in [(3, 1), (14, 2), (31, 4)] {
            mouse(&mut state, MouseAction::Press(MouseButton::Left), (column, 1));
            assert_eq!(state.focus, Some(TerminalId(agent)), "{}", screen(&state));
        }
        mouse(&mut state, RIGHT, (3, 1));
        assert!(matches!(state.overlay, Some(Overlay::Menu(Menu { terminal: TerminalId(1), .. }))));
    }
}
