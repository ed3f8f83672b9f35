//! What the server says and is told.

use super::focus;
use crate::base::id::TerminalId;
use crate::proto::rest::Status;
use crate::proto::stream::{ClientMessage, Kind, ServerMessage};
use crate::tui::msg::{Command, Msg};
use crate::tui::state::State;
use crate::tui::testing::{NOW, agent, empty, keyframe, press, screen, session, sessions, state};
use crate::tui::update::update;

#[test]
fn the_server_is_back_in_good_grammar() {
    for (count, words) in [(0, "there were no agents"), (1, "1 agent went on"), (2, "2 agents went on")] {
        let mut state = empty(160, 45);
        let agents = (1..=count).map(|n| agent(n, "api", "a", "claude", Status::Ready, 1)).collect();
        update(&mut state, Msg::Sessions(Ok(vec![session("api", agents)])), NOW);
        update(&mut state, Msg::Lost, NOW);
        update(&mut state, Msg::Connected, NOW);
        assert!(screen(&state).contains(&format!("server is back · {words}")), "{}", screen(&state));
    }
}

#[test]
fn the_server_hears_which_panes_are_shown_and_sizes_only_when_they_rest() {
    let mut state = state(160, 45);
    let shows = |commands: &[Command]| -> Vec<(usize, Option<u32>)> {
        commands
            .iter()
            .filter_map(|c| match c {
                Command::Send(ClientMessage::Show { panes, focused }) => Some((panes.len(), focused.map(|f| f.0))),
                _ => None,
            })
            .collect()
    };
    assert_eq!(shows(&press(&mut state, "2")), [(6, Some(2))]);
    assert_eq!(shows(&press(&mut state, "z")), [(1, Some(2))]);
    assert_eq!(shows(&press(&mut state, "z")), [(6, Some(2))]);
    let now = state.now;
    assert_eq!(shows(&update(&mut state, Msg::Resize(162, 45), now + 1)), []);
    assert_eq!(shows(&update(&mut state, Msg::Resize(164, 45), now + 30)), []);
    let due = state.next_due().unwrap();
    assert_eq!(shows(&update(&mut state, Msg::Tick, due)), [(6, Some(2))]);
    assert_eq!(shows(&update(&mut state, Msg::Tick, due + 500)), []);
}

#[test]
fn notices_cause_one_request_and_one_more() {
    let mut state = state(160, 45);
    let changed = || Msg::Server(ServerMessage::Changed { kind: Kind::Terminal, id: String::new(), revision: 1 });
    state.fetch = Default::default();
    assert_eq!(update(&mut state, changed(), NOW), [Command::FetchSessions]);
    assert_eq!(update(&mut state, changed(), NOW), []);
    assert_eq!(update(&mut state, changed(), NOW), []);
    assert_eq!(update(&mut state, Msg::Sessions(Ok(sessions())), NOW), [Command::FetchSessions]);
    assert_eq!(update(&mut state, Msg::Sessions(Ok(sessions())), NOW), []);
}

#[test]
fn a_frame_that_does_not_fit_asks_for_a_whole_one() {
    let mut state = state(160, 45);
    let mut frame = keyframe(1, 9, &["x"], 0);
    frame.base = 8;
    let commands = update(&mut state, Msg::Frame(frame), NOW);
    assert_eq!(commands, [Command::Send(ClientMessage::Resync { terminal: TerminalId(1) })]);
}

#[test]
fn the_screen_ends_with_a_server_that_was_shut_down_and_stays_for_one_that_restarts() {
    for restart in [true, false] {
        let mut state = state(160, 45);
        update(&mut state, Msg::Server(ServerMessage::Bye { restart, agents: 2 }), NOW);
        assert_eq!(state.quitting, !restart);
        assert_eq!(state.farewell, (!restart).then(|| "the server was shut down; 2 agents go on".to_owned()));
    }
}

#[test]
fn the_bell_of_another_agent_rings() {
    let mut state = state(160, 45);
    let ring = |state: &mut State, id| {
        let message = ServerMessage::Bell { terminal: TerminalId(id) };
        update(state, Msg::Server(message), NOW).contains(&Command::Bell)
    };
    assert_eq!(focus(&state), 1);
    assert!(ring(&mut state, 2) && !ring(&mut state, 1));
    update(&mut state, Msg::Focus(false), NOW);
    assert!(ring(&mut state, 1), "nobody looks at it");
}
