//! The commands that arrange the screen: keep an agent on it, change the order of the sidebar, divide the room. Called by
//! `actions`. They must never change what an agent does: sizes reach it as those of any window.

use super::commands::Action;
use super::keymap::way_to;
use super::layout::{self, Divider};
use super::shares::{Axis, moved};
use super::state::State;
use super::toasts::Tone;
use crate::base::id::short_session;
use crate::base::text::printable;

/// What gets more room, or less.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Divide {
    WiderSidebar,
    NarrowerSidebar,
    Larger,
    Smaller,
    Wider,
    Narrower,
    Higher,
    Lower,
    Even,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Place {
    AgentUp,
    AgentDown,
    SessionUp,
    SessionDown,
}

/// One press is seen, and a few are enough: a letter is about half as wide as high.
const STEP: (u16, u16) = (4, 2);

/// Keeps the focused agent on the screen, or lets it go.
pub fn pin(state: &mut State) {
    let now = state.now;
    let Some(id) = state.focus else { return };
    let name = state.name(id);
    let fleet = &state.fleet;
    state.pins.retain(|pin| fleet.get(*pin).is_some());
    if state.pins.contains(&id) {
        state.pins.retain(|pin| *pin != id);
        state.toasts.push(Tone::Info, format!("{name} is no longer pinned"), now);
    } else {
        state.pins.push(id);
        let way = way_to(state, Action::Pin);
        let words = format!("{name} is pinned: it keeps its place on the screen · {way} lets it go");
        state.toasts.push(Tone::Info, words, now);
    }
    state.toasts.about(id);
}

/// Puts the focused agent, or its session, elsewhere in the sidebar.
pub fn place(state: &mut State, to: Place) {
    let now = state.now;
    let Some(agent) = state.focused().cloned() else { return };
    let session = short_session(&agent.session).to_owned();
    let words = match to {
        Place::AgentUp | Place::AgentDown => {
            let in_session: Vec<_> =
                state.fleet.listed().filter(|a| a.session == agent.session).map(|a| a.id).collect();
            let here = in_session.iter().position(|id| *id == agent.id).unwrap_or(0);
            let there = if to == Place::AgentUp { here.checked_sub(1) } else { Some(here + 1) };
            match there.and_then(|n| in_session.get(n)) {
                Some(id) => {
                    let (other, side) = (state.name(*id), if to == Place::AgentUp { "above" } else { "below" });
                    state.fleet.put_agent_at(agent.id, *id);
                    if state.areas().sidebar.is_some() {
                        return;
                    }
                    format!("{} stands {side} {other} now", printable(&agent.window))
                }
                None => {
                    let (end, session_too) = match to {
                        Place::AgentUp => ("first", Place::SessionUp),
                        _ => ("last", Place::SessionDown),
                    };
                    let way = way_to(state, Action::Place(session_too));
                    format!("{} is the {end} of {session} · {way} moves the session", printable(&agent.window))
                }
            }
        }
        Place::SessionUp | Place::SessionDown => {
            let names: Vec<String> = state.fleet.sessions().iter().map(|s| s.name.clone()).collect();
            let here = names.iter().position(|name| *name == agent.session).unwrap_or(0);
            let behind = match to {
                Place::SessionUp if here > 0 => Some(here.checked_sub(2).map(|n| names[n].as_str())),
                Place::SessionDown if here + 1 < names.len() => Some(Some(names[here + 1].as_str())),
                _ => None,
            };
            match behind {
                Some(before) => {
                    state.fleet.put_session_behind(&agent.session, before);
                    if state.areas().sidebar.is_some() {
                        return;
                    }
                    format!("the session {session} was moved")
                }
                None => {
                    let end = if to == Place::SessionUp { "first" } else { "last" };
                    format!("{session} is the {end} session already")
                }
            }
        }
    };
    state.toasts.push(Tone::Info, words, now);
}

pub fn divide(state: &mut State, what: Divide) {
    let now = state.now;
    let before = state.shares.clone();
    let refused = match what {
        Divide::WiderSidebar => sidebar(state, true),
        Divide::NarrowerSidebar => sidebar(state, false),
        _ if state.zoom => {
            Some(format!("zoomed: there is one pane · {} shows the others", way_to(state, Action::Zoom)))
        }
        _ if state.pane_areas().len() < 2 => Some("there is one pane: nothing to divide".to_owned()),
        Divide::Even => {
            for handle in state.handles() {
                if let Divider::Panes { row, .. } = handle.divider {
                    state.shares.even(row);
                }
            }
            None
        }
        Divide::Larger => pane(state, Some(true), Some(true)),
        Divide::Smaller => pane(state, Some(false), Some(false)),
        Divide::Wider => pane(state, Some(true), None),
        Divide::Narrower => pane(state, Some(false), None),
        Divide::Higher => pane(state, None, Some(true)),
        Divide::Lower => pane(state, None, Some(false)),
    };
    if let Some(words) = refused {
        return state.toasts.push(Tone::Info, words, now);
    }
    if state.shares == before {
        let words = match what {
            Divide::Even => "the panes are even already".to_owned(),
            _ => format!("no more room there: a pane keeps {} × {}", layout::PANE_COLUMNS, layout::PANE_ROWS),
        };
        state.toasts.push(Tone::Info, words, now);
    }
}

fn sidebar(state: &mut State, wider: bool) -> Option<String> {
    let areas = state.areas();
    let Some(area) = areas.sidebar else {
        let way = way_to(state, Action::ToggleSidebar);
        return Some(format!("there is no sidebar here · {way} shows it in a wide window"));
    };
    let wished = if wider { area.width + STEP.0 } else { area.width - STEP.0.min(area.width) };
    let width = wished.clamp(layout::SIDEBAR_LEAST, areas.whole.width - layout::PANE_COLUMNS);
    if width != area.width {
        state.shares.set_sidebar(areas.size, Some(width));
    }
    None
}

/// Gives the focused pane more of its row, its column, or both; its neighbour gives it.
fn pane(state: &mut State, wider: Option<bool>, higher: Option<bool>) -> Option<String> {
    let areas = state.areas();
    let panes = state.pane_areas();
    let here = panes.iter().position(|p| Some(p.terminal) == state.focus)?;
    for (row, index) in layout::rows_of(areas.grid, state.layout, panes.len(), here) {
        let (grows, step, least) = match row.axis {
            Axis::Columns => (wider, STEP.0, layout::PANE_COLUMNS),
            Axis::Rows => (higher, STEP.1, layout::PANE_ROWS),
        };
        let (Some(grows), true) = (grows, row.parts > 1) else { continue };
        let lengths = layout::lengths(areas.grid, &state.shares, row);
        // Its own edge is the one behind it; the last one has only the one before it.
        let is_last = index + 1 == row.parts;
        let edge = if is_last { index - 1 } else { index };
        let end: u16 = lengths[..=edge].iter().sum();
        let to = if grows == is_last { end.saturating_sub(step) } else { end + step };
        let divided = moved(&lengths, edge, to, least);
        if divided != lengths {
            state.shares.set(row, &divided);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::id::TerminalId;
    use crate::core::keys::{Mods, Mouse, MouseAction, MouseButton};
    use crate::proto::stream::ClientMessage;
    use crate::tui::focus::SIZE_SETTLES;
    use crate::tui::msg::{Command, Msg};
    use crate::tui::testing::{press, screen, state};
    use crate::tui::update::update;

    const LEFT: MouseButton = MouseButton::Left;

    /// With four agents only.
    fn four() -> State {
        let mut state = state(200, 60);
        let mut sessions = crate::tui::testing::sessions();
        sessions.truncate(2);
        sessions[1].terminals.truncate(1);
        let now = state.now;
        update(&mut state, Msg::Sessions(Ok(sessions)), now);
        state
    }

    fn mouse(state: &mut State, action: MouseAction, (column, row): (u16, u16)) -> Vec<Command> {
        let now = state.now;
        update(state, Msg::Mouse(Mouse { action, column, row, mods: Mods::NONE }), now)
    }

    fn drag(state: &mut State, from: (u16, u16), to: (u16, u16)) -> Vec<Command> {
        state.now += 1_000;
        let mut commands = mouse(state, MouseAction::Press(LEFT), from);
        commands.extend(mouse(state, MouseAction::Drag(LEFT), to));
        commands
    }

    fn order(state: &State) -> Vec<u32> {
        state.fleet.agents().iter().map(|a| a.id.0).collect()
    }

    fn shown(state: &State) -> Vec<u32> {
        state.slots.iter().map(|id| id.0).collect()
    }

    fn widths(state: &State) -> Vec<u16> {
        state.pane_areas().iter().map(|p| p.outer.width).collect()
    }

    fn heights(state: &State) -> Vec<u16> {
        state.pane_areas().iter().map(|p| p.outer.height).collect()
    }

    fn tells(commands: &[Command]) -> bool {
        commands.iter().any(|c| matches!(c, Command::Send(ClientMessage::Show { .. })))
    }

    #[test]
    fn a_pinned_agent_keeps_its_place_whoever_is_looked_at() {
        let mut state = state(160, 30);
        assert_eq!(shown(&state), [1, 2, 3, 4]);
        press(&mut state, "4 p");
        assert_eq!(shown(&state), [4, 1, 2, 3]);
        for key in ["5", "6", "7", "1", "2"] {
            press(&mut state, key);
            assert_eq!(state.slots[0], TerminalId(4), "{key}");
        }
        // It comes before those that wait, also where there is little room.
        press(&mut state, "g g");
        assert_eq!(shown(&state), [4, 2]);
        press(&mut state, "g");
        // Four pins and a fifth agent: that one has a place while it is looked at.
        press(&mut state, "g 1 p 2 p 3 p 7");
        assert!(shown(&state).contains(&7) && shown(&state).len() == 4);
        press(&mut state, "1");
        assert_eq!(shown(&state), [1, 2, 3, 4]);
        press(&mut state, "p");
        assert!(!state.pins.contains(&TerminalId(1)) && screen(&state).contains("no longer pinned"));
    }

    #[test]
    fn agents_and_sessions_are_moved_by_keys() {
        let mut state = state(160, 45);
        press(&mut state, "2 K");
        assert_eq!(order(&state), [2, 1, 3, 4, 5, 6, 7]);
        press(&mut state, "K");
        assert_eq!(order(&state), [2, 1, 3, 4, 5, 6, 7]);
        assert!(screen(&state).contains("tests is the first of api"), "{}", screen(&state));
        press(&mut state, "J J");
        assert_eq!(order(&state), [1, 3, 2, 4, 5, 6, 7]);
        place(&mut state, Place::SessionDown);
        assert_eq!(order(&state), [4, 5, 6, 1, 3, 2, 7]);
        place(&mut state, Place::SessionUp);
        assert_eq!(order(&state), [1, 3, 2, 4, 5, 6, 7]);
        // The next answer of the server changes nothing of it.
        let now = state.now;
        update(&mut state, Msg::Sessions(Ok(crate::tui::testing::sessions())), now);
        assert_eq!(order(&state), [1, 3, 2, 4, 5, 6, 7]);
    }

    #[test]
    fn rows_of_the_sidebar_are_dragged() {
        let mut state = state(160, 45);
        // Two rows for each agent, below the bar, the title and the session.
        drag(&mut state, (5, 3), (5, 7));
        assert_eq!(order(&state), [2, 3, 1, 4, 5, 6, 7]);
        // It stays in its session.
        mouse(&mut state, MouseAction::Drag(LEFT), (5, 12));
        assert_eq!(order(&state), [2, 3, 1, 4, 5, 6, 7]);
        mouse(&mut state, MouseAction::Release(LEFT), (5, 12));
        assert_eq!(state.focus, Some(TerminalId(1)));
        // A session by its title, behind the middle of the next one: and it does not flutter there.
        drag(&mut state, (5, 2), (5, 8));
        assert_eq!(order(&state), [4, 5, 6, 2, 3, 1, 7]);
        for _ in 0..3 {
            mouse(&mut state, MouseAction::Drag(LEFT), (5, 8));
            assert_eq!(order(&state), [4, 5, 6, 2, 3, 1, 7]);
        }
        mouse(&mut state, MouseAction::Drag(LEFT), (5, 40));
        assert_eq!(order(&state), [4, 5, 6, 7, 2, 3, 1]);
        mouse(&mut state, MouseAction::Drag(LEFT), (5, 1));
        assert_eq!(order(&state), [2, 3, 1, 4, 5, 6, 7]);
        mouse(&mut state, MouseAction::Release(LEFT), (5, 1));
        assert!(state.hold.is_none());
    }

    #[test]
    fn an_edge_is_dragged_and_the_agents_hear_of_it_when_it_rests() {
        let mut state = four();
        assert_eq!(widths(&state), [84; 4]);
        let commands = drag(&mut state, (116, 10), (126, 10));
        assert_eq!(widths(&state), [94, 74, 94, 74]);
        assert!(!tells(&commands));
        // The least is kept, however far it is dragged.
        mouse(&mut state, MouseAction::Drag(LEFT), (199, 10));
        assert_eq!(widths(&state), [108, 60, 108, 60]);
        let now = state.now + SIZE_SETTLES - 1;
        assert!(!tells(&update(&mut state, Msg::Tick, now)));
        assert!(tells(&update(&mut state, Msg::Tick, now + 1)));
        mouse(&mut state, MouseAction::Release(LEFT), (199, 10));
        // The proportions stay in another window; in one where both have their least, both have it.
        let now = state.now;
        update(&mut state, Msg::Resize(284, 60), now);
        assert_eq!(widths(&state), [162, 90, 162, 90]);
        update(&mut state, Msg::Resize(200, 60), now);
        assert_eq!(widths(&state), [108, 60, 108, 60]);
        // Two presses even it out; one by itself is a look at that pane.
        for _ in 0..2 {
            mouse(&mut state, MouseAction::Press(LEFT), (140, 10));
            mouse(&mut state, MouseAction::Release(LEFT), (140, 10));
        }
        assert_eq!(widths(&state), [84; 4]);
    }

    /// A time that is past would wake the screen without end.
    #[test]
    fn an_edge_that_is_dragged_while_the_server_is_away_is_told_when_it_is_back() {
        let mut state = four();
        let now = state.now;
        update(&mut state, Msg::Lost, now);
        drag(&mut state, (116, 10), (126, 10));
        assert_eq!((widths(&state), state.show_due), (vec![94, 74, 94, 74], None));
        let now = state.now + 5_000;
        assert!(tells(&update(&mut state, Msg::Connected, now)));
    }

    #[test]
    fn every_edge_of_every_layout_can_be_dragged() {
        let mut state = four();
        drag(&mut state, (50, 30), (50, 40));
        assert_eq!(heights(&state), [39, 39, 19, 19]);
        mouse(&mut state, MouseAction::Release(LEFT), (50, 40));
        press(&mut state, "g");
        assert_eq!(heights(&state), [58, 58]);
        drag(&mut state, (115, 30), (105, 30));
        assert_eq!(widths(&state), [74, 94]);
        mouse(&mut state, MouseAction::Release(LEFT), (105, 30));
        press(&mut state, "g");
        assert_eq!(heights(&state), [14, 14, 14, 16]);
        drag(&mut state, (115, 15), (105, 17));
        assert_eq!(heights(&state), [16, 12, 14, 16]);
        mouse(&mut state, MouseAction::Release(LEFT), (105, 17));
        press(&mut state, "g");
        assert_eq!(heights(&state)[..2], [39, 19]);
        drag(&mut state, (115, 40), (105, 30));
        assert_eq!(heights(&state)[..2], [29, 29]);
        mouse(&mut state, MouseAction::Release(LEFT), (105, 30));
        // And the sidebar's, whoever has a place meanwhile.
        let before = shown(&state);
        drag(&mut state, (31, 20), (99, 20));
        assert_eq!(state.areas().grid.x, 100);
        assert_eq!(shown(&state).len(), 2);
        mouse(&mut state, MouseAction::Drag(LEFT), (0, 20));
        assert_eq!(state.areas().grid.x, layout::SIDEBAR_LEAST);
        mouse(&mut state, MouseAction::Drag(LEFT), (31, 20));
        assert_eq!(shown(&state), before);
        mouse(&mut state, MouseAction::Release(LEFT), (31, 20));
        // Each layout has its own proportions.
        press(&mut state, "g");
        assert_eq!(heights(&state), [39, 39, 19, 19]);
    }

    #[test]
    fn keys_divide_the_room_as_far_as_there_is_some() {
        let mut state = four();
        press(&mut state, "1 +");
        assert_eq!((widths(&state), heights(&state)), (vec![88, 80, 88, 80], vec![31, 31, 27, 27]));
        press(&mut state, "4 +");
        assert_eq!((widths(&state), heights(&state)), (vec![84; 4], vec![29; 4]));
        press(&mut state, "- - - - - - - - - -");
        assert_eq!((widths(&state), heights(&state)), (vec![108, 60, 108, 60], vec![46, 46, 12, 12]));
        press(&mut state, "-");
        assert!(screen(&state).contains("a pane keeps 60 × 12"), "{}", screen(&state));
        press(&mut state, "=");
        assert_eq!(widths(&state), [84; 4]);
        divide(&mut state, Divide::WiderSidebar);
        assert_eq!(state.areas().grid.x, 36);
        press(&mut state, "z +");
        assert!(screen(&state).contains("z shows the others"));
    }

    #[test]
    fn a_click_on_a_frame_only_looks() {
        let mut state = state(160, 45);
        mouse(&mut state, MouseAction::Press(LEFT), (96, 10));
        mouse(&mut state, MouseAction::Release(LEFT), (96, 10));
        assert_eq!((state.focus, state.mode), (Some(TerminalId(2)), crate::tui::state::Mode::Command));
        assert_eq!(widths(&state), [64; 6]);
    }
}
