//! Why a command can do nothing now, in words for the user: no key is silent. Asked before every command; what can be
//! done is done by `actions`. It must never change anything.

use super::commands::{Action, COMMANDS};
use super::keymap::way_to;
use super::layout;
use super::past::Past;
use super::state::{State, StopKind};
use ratatui::layout::Rect;

/// Why `action` would do nothing, if so.
pub fn why_not(state: &State, action: Action) -> Option<String> {
    let why = reason(state, action)?;
    let command = COMMANDS.iter().find(|command| command.action == action)?;
    Some(format!("{}: {why}", command.hint))
}

fn reason(state: &State, action: Action) -> Option<String> {
    let Some(agent) = state.focused() else {
        return needs_agent(action).then(|| format!("no agent yet · {} starts one", way_to(state, Action::NewAgent)));
    };
    let stopping = state.stops.iter().find(|stop| stop.terminal == agent.id).map(|stop| stop.kind);
    let undo = || way_to(state, Action::Undo);
    match (action, stopping) {
        (Action::Stop, Some(_)) | (Action::Remove, Some(StopKind::Close)) => {
            return Some(format!("{} is being stopped already · {} undo", state.name(agent.id), undo()));
        }
        (Action::Restart, Some(StopKind::Close)) => {
            return Some(format!("{} is being removed · {} undo", state.name(agent.id), undo()));
        }
        _ => {}
    }
    match action {
        Action::NextAgent | Action::PreviousAgent => no_other(state),
        Action::Yes | Action::No => {
            super::answering::asking(state).is_none().then(|| "nothing here asks for it".to_owned())
        }
        Action::PaneLeft | Action::PaneRight if state.pane_areas().len() < 2 => no_other(state),
        Action::ToggleSidebar => no_sidebar(state),
        Action::Zoom if state.fleet.agents().len() == 1 && state.areas().sidebar.is_none() => {
            Some("there is nothing beside this pane".to_owned())
        }
        Action::ScrollBack | Action::WholeOutput | Action::CopyMode => {
            let is_here = state.panes.get(&agent.id).is_some_and(|pane| !pane.replica.lines.is_empty());
            (!is_here).then(|| "its screen has not come yet".to_owned())
        }
        Action::KeepTree | Action::FinishTree | Action::RemoveTree if agent.worktree.is_none() => {
            Some(format!("{} works in no work tree of its own", state.name(agent.id)))
        }
        Action::Left | Action::Right => {
            let past = state.past(agent.id).filter(|past| past.cursor.is_none())?;
            no_side(past, state.pane_area(agent.id)?.inner, action == Action::Left)
        }
        Action::ScrollUp | Action::PageUp | Action::HalfPageUp | Action::Top => {
            let past = state.past(agent.id)?;
            let height = state.pane_area(agent.id).map_or(0, |area| usize::from(area.inner.height));
            is_at_top(past, height).then(|| "this is the oldest line".to_owned())
        }
        _ => None,
    }
}

/// Commands that are about the focused agent, and do not say so themselves.
fn needs_agent(action: Action) -> bool {
    use Action as A;
    !matches!(
        action,
        A::NextWaiting
            | A::PreviousWaiting
            | A::ResumeAll
            | A::StopAll
            | A::AgentByNumber
            | A::AgentBefore
            | A::Filter
            | A::NextLayout
            // It opens the launch dialog there.
            | A::Type
            | A::Interrupt
            | A::TakeCopy
            | A::Find
            | A::NewAgent
            | A::SameAgain
            | A::Undo
            | A::WorkTrees
            | A::Palette
            | A::Settings
            | A::Events
            | A::Divide(_)
            | A::ToggleMouse
            | A::Help
            | A::Detach
            | A::Close
    )
}

fn no_other(state: &State) -> Option<String> {
    let next = state.fleet.step(state.focus, 1);
    let stays = next.is_none() || next == state.focus;
    stays.then(|| match state.fleet.filter().is_empty() {
        true => "there is no other agent".to_owned(),
        false => format!("no other agent matches the filter · {} clears it", way_to(state, Action::Close)),
    })
}

fn no_sidebar(state: &State) -> Option<String> {
    let choices = layout::Choices { sidebar: true, zoom: false, ..state.choices() };
    let areas = layout::areas(state.size.0, state.size.1, choices, &state.shares);
    areas.sidebar.is_none().then(|| "the window is too narrow for it".to_owned())
}

/// Rows that fit have no more to show at a side.
fn no_side(past: &Past, inner: Rect, is_left: bool) -> Option<String> {
    let height = usize::from(inner.height);
    let (left, widest) = (past.left(height, inner.width), past.widest(height));
    match is_left {
        _ if widest <= inner.width => Some("nothing is cut at the sides".to_owned()),
        true => (left == 0).then(|| "this is the first column".to_owned()),
        false => (left + inner.width >= widest).then(|| "this is the last column".to_owned()),
    }
}

/// Nothing older is to come, and the oldest is in sight; in copy mode the cursor stands there.
fn is_at_top(past: &Past, height: usize) -> bool {
    let is_whole = past.total().is_some() && !past.is_loading();
    is_whole && past.top(height) == 0 && past.cursor.is_none_or(|cursor| cursor.row == 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::id::TerminalId;
    use crate::core::keys::Key;
    use crate::tui::commands::{CommandSpec, Context};
    use crate::tui::msg::{Command, Msg};
    use crate::tui::palette::{self, Entry};
    use crate::tui::state::{Mode, Overlay};
    use crate::tui::testing::{empty, picture, press, screen, sessions, state};
    use crate::tui::update::{context, update};
    use ratatui::buffer::Buffer;

    /// Screens on which a key might do nothing, each with its name.
    fn situations() -> Vec<(&'static str, State)> {
        let after = |columns, rows, keys: &str| {
            let mut state = state(columns, rows);
            press(&mut state, keys);
            state
        };
        let read_only = |mut state: State| {
            state.settings.read_only = true;
            state
        };
        let mut one = empty(160, 45);
        let mut only = sessions();
        only.truncate(1);
        only[0].terminals.truncate(1);
        let now = one.now;
        update(&mut one, Msg::Sessions(Ok(only)), now);
        let mut attached = state(80, 24);
        attached.settings.chromeless = true;
        vec![
            ("first run", empty(160, 45)),
            ("first run, narrow", empty(70, 24)),
            ("first run, read-only", read_only(empty(160, 45))),
            ("agents", state(160, 45)),
            ("agents, narrow", state(80, 24)),
            ("one agent", one),
            ("a gone agent", after(160, 45, "7")),
            ("a gone agent, narrow", after(80, 24, "7")),
            ("a stopping agent", after(160, 45, "x y")),
            ("an agent being removed", after(160, 45, "X y")),
            ("read-only", read_only(state(160, 45))),
            ("zoomed", after(160, 45, "z")),
            ("filtered to one", after(160, 45, "f f i x enter")),
            ("scrolled", after(160, 45, "pgup")),
            ("copying", after(160, 45, "v")),
            ("attached", attached),
        ]
    }

    /// What can be seen of a state besides its clock.
    fn seen(state: &State) -> (Buffer, Mode, bool, Option<TerminalId>) {
        (picture(state), state.mode, state.quitting, state.focus)
    }

    /// The cursor of copy mode says itself where it cannot go.
    fn moves_a_cursor(state: &State, action: Action) -> bool {
        use Action as A;
        let moves = matches!(
            action,
            A::Left
                | A::Right
                | A::LineStart
                | A::LineEnd
                | A::WordForward
                | A::WordBack
                | A::ScrollUp
                | A::ScrollDown
                | A::PageUp
                | A::PageDown
                | A::HalfPageUp
                | A::HalfPageDown
                | A::Top
                | A::Bottom
        );
        moves && context(state) == Context::Copy
    }

    fn run_by_key(state: &mut State, key: Key) -> Vec<Command> {
        let now = state.now + 1_000;
        update(state, Msg::Key(key.into()), now)
    }

    #[test]
    fn no_key_is_silent() {
        for (name, before) in situations() {
            let here = context(&before);
            for command in COMMANDS.iter().filter(|command| command.is_in(here)) {
                for key in before.settings.keymap.keys(command, here) {
                    let mut state = before.clone();
                    // What was said before is not what this key says.
                    state.toasts = Default::default();
                    let old = seen(&state);
                    let commands = run_by_key(&mut state, *key);
                    let did = !commands.is_empty() || seen(&state) != old || !state.toasts.is_empty();
                    assert!(
                        did || moves_a_cursor(&before, command.action),
                        "{name}: {key} ({}) is silent",
                        command.name
                    );
                }
            }
        }
    }

    /// Runs a command from the palette, in the same moment.
    fn run_by_name(state: &mut State, command: &CommandSpec) -> Vec<Command> {
        let palette = crate::tui::commands::spec_of(Action::Palette, context(state)).unwrap();
        let key = state.settings.keymap.hint(palette, context(state)).unwrap();
        let mut commands = run_by_key(state, key);
        let entries = palette::entries(state, "");
        let is_it = |entry: &Entry| matches!(entry, Entry::Command(c) if c.name == command.name);
        let place = entries.iter().position(is_it).unwrap_or_else(|| panic!("{} is not in the palette", command.name));
        match &mut state.overlay {
            Some(Overlay::Palette { chosen, .. }) => *chosen = place,
            other => panic!("{other:?}"),
        }
        let now = state.now;
        commands.extend(update(state, Msg::Key(Key::plain(crate::core::keys::KeyCode::Enter).into()), now));
        commands
    }

    #[test]
    fn the_palette_does_what_the_key_does() {
        for (name, before) in situations() {
            let here = context(&before);
            for command in COMMANDS.iter().filter(|command| command.is_in(here)) {
                // A number has to be chosen, there is one palette, and `leave` is another word for `detach`.
                if ["agent-by-number", "palette", "leave"].contains(&command.name) {
                    continue;
                }
                let Some(key) = before.settings.keymap.hint(command, here) else { continue };
                let (mut by_key, mut by_name) = (before.clone(), before.clone());
                let expected = run_by_key(&mut by_key, key);
                let commands = run_by_name(&mut by_name, command);
                assert_eq!(commands, expected, "{name}: {}", command.name);
                assert_eq!(seen(&by_name), seen(&by_key), "{name}: {}", command.name);
            }
        }
    }

    #[test]
    fn reasons_name_the_key_that_helps() {
        for (mut state, key, expected) in [
            (empty(160, 45), "z", "zoom: no agent yet · c starts one"),
            (empty(160, 45), "v", "copy: no agent yet · c starts one"),
            (state(80, 24), "s", "sidebar: the window is too narrow for it"),
            (empty(160, 45), "j", "next: no agent yet · c starts one"),
        ] {
            press(&mut state, key);
            assert!(screen(&state).contains(expected), "{key}: {}", screen(&state));
        }
        let mut state = state(160, 45);
        press(&mut state, "x y x");
        assert!(screen(&state).contains("stop: fix-auth is being stopped already · u undo"), "{}", screen(&state));
    }
}
