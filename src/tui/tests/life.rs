//! Starting and stopping agents, leaving, and screens that may not.

use super::{focus, type_at, typed};
use crate::base::id::TerminalId;
use crate::proto::rest::Status;
use crate::proto::stream::ClientMessage;
use crate::tui::msg::{Command, Failure, Msg};
use crate::tui::state::{Mode, Overlay, StopKind};
use crate::tui::testing::{NOW, agent, empty, press, screen, state};
use crate::tui::update::update;

#[test]
fn a_stop_is_asked_for_waits_ten_seconds_and_can_be_undone() {
    let mut state = state(160, 45);
    press(&mut state, "x");
    assert!(matches!(state.overlay, Some(Overlay::ConfirmStop { kind: StopKind::Exit, .. })));
    press(&mut state, "esc");
    assert!(state.stops.is_empty());
    assert_eq!(press(&mut state, "x y"), []);
    assert!(typed(&press(&mut state, "i a")).is_empty(), "input is refused meanwhile");
    press(&mut state, "u");
    assert!(state.stops.is_empty());
    press(&mut state, "x y");
    let due = state.stops[0].due;
    assert_eq!(due, state.now + 10_000);
    let mut tick = |at| update(&mut state, Msg::Tick, at);
    assert!(!tick(due - 1).contains(&Command::Exit(TerminalId(1))));
    assert!(tick(due).contains(&Command::Exit(TerminalId(1))));
    press(&mut state, "7 x y");
    let due = state.stops[0].due;
    assert_eq!(update(&mut state, Msg::Tick, due), [Command::Close(TerminalId(7))]);
}

#[test]
fn detaching_sends_what_was_confirmed() {
    let mut state = state(160, 45);
    let commands = press(&mut state, "x y D");
    assert_eq!(commands, [Command::Exit(TerminalId(1)), Command::Quit]);
}

#[test]
fn a_new_agent_starts_with_a_message_or_in_typing() {
    let mut state = state(160, 45);
    press(&mut state, "c");
    type_at(&mut state, "fix it", 500);
    let commands = press(&mut state, "enter");
    let [Command::Launch { session, request, type_there: false }] = commands.as_slice() else { panic!("{commands:?}") };
    assert_eq!(session.as_deref(), Some("conductor-api"));
    assert_eq!(request.prompt.as_deref(), Some("fix it"));
    assert_eq!(request.window_name.as_deref(), Some("fix"));
    assert_eq!(request.provider.as_deref(), Some("claude"));
    assert_eq!(request.working_directory.as_deref(), Some("/home/ada/src/api"));
    assert_eq!(request.role.as_deref(), Some("agent"));
    assert_eq!(press(&mut state, "enter"), [], "a second enter starts nothing twice");
    let started = Box::new(agent(9, "api", "fix", "claude", Status::Initializing, 0));
    update(&mut state, Msg::Launched { result: Ok(started), type_there: false }, NOW);
    assert_eq!((focus(&state), state.mode), (9, Mode::Command));
    assert!(state.overlay.is_none() && state.launch.message.is_empty());

    let commands = press(&mut state, "c enter");
    let launch = commands.iter().find(|c| matches!(c, Command::Launch { .. }));
    assert!(matches!(launch, Some(Command::Launch { type_there: true, .. })), "{commands:?}");
    let started = Box::new(agent(10, "api", "agent-claude", "claude", Status::Initializing, 0));
    update(&mut state, Msg::Launched { result: Ok(started), type_there: true }, NOW);
    assert_eq!((focus(&state), state.mode), (10, Mode::Typing));
}

#[test]
fn without_agents_a_session_is_named_after_the_directory() {
    let mut state = empty(80, 24);
    let commands = press(&mut state, "enter enter");
    let launch = commands.iter().find_map(|c| match c {
        Command::Launch { session, request, .. } => Some((session.clone(), request.session_name.clone())),
        _ => None,
    });
    assert_eq!(launch, Some((None, Some("api".into()))));
}

#[test]
fn a_draft_is_kept_and_a_failed_start_says_why() {
    let mut state = state(80, 24);
    press(&mut state, "c");
    type_at(&mut state, "half a thought", 500);
    press(&mut state, "esc");
    assert!(state.overlay.is_none());
    press(&mut state, "c enter");
    assert_eq!(state.launch.message.text(), "half a thought");
    let failure =
        Failure { what: "\"claude\" not found in PATH".into(), hint: Some("set path".into()), ..Default::default() };
    update(&mut state, Msg::Launched { result: Err(failure), type_there: false }, NOW);
    assert!(screen(&state).contains("\"claude\" not found in PATH · set path"), "{}", screen(&state));
    assert_eq!(state.launch.message.text(), "half a thought");
}

#[test]
fn a_read_only_screen_changes_nothing() {
    let mut state = state(160, 45);
    state.settings.read_only = true;
    let commands = press(&mut state, "i a esc c x y R C r X");
    let changing = commands.iter().any(|c| !matches!(c, Command::Send(ClientMessage::Show { .. })));
    assert!(!changing, "{commands:?}");
    update(&mut state, Msg::Paste("x".into()), NOW);
    assert!(typed(&press(&mut state, "enter")).is_empty());
}
