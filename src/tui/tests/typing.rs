//! Typing to agents, the leader, prose and pastes in COMMAND, and what becomes of input.

use super::{focus, key_at, type_at, typed};
use crate::base::id::TerminalId;
use crate::proto::frame::mode as wire;
use crate::proto::stream::{ClientMessage, ServerMessage};
use crate::tui::msg::{Command, Msg, Picture};
use crate::tui::state::{Link, Mode, Overlay, State};
use crate::tui::testing::{NOW, keyframe, press, screen, sessions, state};
use crate::tui::update::{drawn, update};

#[test]
fn typing_goes_to_the_focused_agent_and_the_leader_comes_back() {
    let mut state = state(160, 45);
    assert_eq!((state.mode, focus(&state)), (Mode::Command, 1));
    let commands = press(&mut state, "i a C-c Up ctrl-q");
    assert_eq!(typed(&commands), [(1, 1, "a".into()), (1, 2, "\u{3}".into()), (1, 3, "\u{1b}[A".into())]);
    assert_eq!(state.mode, Mode::Command);
}

#[test]
fn the_leader_twice_sends_it_and_esc_returns_to_typing() {
    let mut state = state(160, 45);
    let commands = press(&mut state, "i ctrl-q ctrl-q");
    assert_eq!(typed(&commands), [(1, 1, "\u{11}".into())]);
    assert_eq!(state.mode, Mode::Typing);
    let commands = press(&mut state, "ctrl-q esc");
    assert_eq!((typed(&commands).len(), state.mode), (0, Mode::Typing));
    // Whatever moves stays in COMMAND, and the leader there is no longer half of a pair.
    let commands = press(&mut state, "ctrl-q j ctrl-q");
    assert_eq!((typed(&commands).len(), state.mode), (0, Mode::Command));
}

#[test]
fn esc_never_reaches_an_agent_from_command() {
    let mut state = state(160, 45);
    let commands = press(&mut state, "esc esc esc");
    assert!(typed(&commands).is_empty());
    assert!(screen(&state).contains("nothing to close"));
}

#[test]
fn ctrl_c_in_command_quits_nothing_and_interrupts_at_the_second() {
    let mut state = state(160, 45);
    assert_eq!(key_at(&mut state, "C-c", NOW + 10), []);
    assert!(screen(&state).contains("ctrl-c again interrupts fix-auth"));
    let commands = key_at(&mut state, "C-c", NOW + 900);
    assert_eq!(commands, [Command::Key { terminal: TerminalId(1), key: "C-c" }]);
    assert_eq!(key_at(&mut state, "C-c", NOW + 5_000), []);
    assert_eq!(key_at(&mut state, "C-c", NOW + 7_000), [], "more than a second later is a first press again");
    assert!(!state.quitting);
}

#[test]
fn prose_in_command_is_caught_and_may_be_sent() {
    let mut state = state(160, 45);
    let commands = type_at(&mut state, "yes do it", 100);
    assert!(typed(&commands).is_empty());
    assert!(state.stops.is_empty() && state.overlay.is_none() && !state.quitting);
    assert!(screen(&state).contains("your text was not sent"), "{}", screen(&state));
    // The Enter of the sentence itself does not send; a later one does.
    let soon = state.now + 100;
    assert!(typed(&key_at(&mut state, "Enter", soon)).is_empty());
    let commands = key_at(&mut state, "Enter", soon + 2_000);
    assert_eq!(typed(&commands), [(1, 1, "yes do it".into()), (1, 2, "\r".into())]);
}

#[test]
fn a_paste_in_command_is_held_and_esc_drops_it() {
    let mut state = state(160, 45);
    let commands = update(&mut state, Msg::Paste("x\ny\nD\n".into()), NOW + 5);
    assert!(commands.is_empty() && !state.quitting);
    press(&mut state, "esc");
    assert!(state.burst.caught.is_none());
    assert!(typed(&press(&mut state, "enter")).is_empty());
    assert_eq!(state.mode, Mode::Typing, "enter is the command again");
}

#[test]
fn slow_commands_are_not_prose() {
    let mut state = state(160, 45);
    press(&mut state, "j k j k w g");
    assert!(state.burst.caught.is_none());
}

#[test]
fn input_without_a_server_is_kept_within_bounds_and_sent_again_with_its_numbers() {
    let mut state = state(160, 45);
    press(&mut state, "i a b");
    update(&mut state, Msg::Server(ServerMessage::Typed { terminal: TerminalId(1), sequence: 1 }), NOW);
    update(&mut state, Msg::Lost, NOW);
    assert!(typed(&press(&mut state, "c")).is_empty());
    update(&mut state, Msg::Paste("x".repeat(70_000)), NOW);
    let commands = update(&mut state, Msg::Connected, NOW + 3_000);
    // `b` may or may not have arrived: its number says so to the holder.
    assert_eq!(typed(&commands), [(1, 2, "b".into()), (1, 3, "c".into())]);
    assert!(matches!(commands[0], Command::Send(ClientMessage::Show { .. })), "panes first, then input");
    assert_eq!((state.mode, state.link), (Mode::Typing, Link::Up));
    update(&mut state, Msg::Server(ServerMessage::Typed { terminal: TerminalId(1), sequence: 3 }), NOW);
    assert_eq!(state.outbox.bytes(), 0);
}

#[test]
fn pastes_and_arrows_follow_the_programs_modes() {
    let mut state = state(160, 45);
    let modes = wire::BRACKETED_PASTE | wire::APP_CURSOR | wire::FOCUS_EVENTS;
    update(&mut state, Msg::Frame(keyframe(1, 2, &["x"], modes)), NOW);
    let commands = press(&mut state, "i Up");
    assert_eq!(typed(&commands), [(1, 1, "\u{1b}[I".into()), (1, 2, "\u{1b}OA".into())]);
    let commands = update(&mut state, Msg::Paste("a\nb\u{1b}[201~".into()), NOW);
    assert_eq!(typed(&commands), [(1, 3, "\u{1b}[200~a\rb\u{1b}[201~".into())]);
    assert_eq!(typed(&press(&mut state, "ctrl-q")), [(1, 4, "\u{1b}[O".into())]);
}

#[test]
fn keys_never_go_to_an_agent_they_were_not_begun_for() {
    let mut state = state(160, 45);
    press(&mut state, "2 i");
    let mut left = sessions();
    left[0].terminals.remove(1);
    update(&mut state, Msg::Sessions(Ok(left)), NOW);
    assert_eq!(state.mode, Mode::Command);
    assert!(typed(&press(&mut state, "a")).is_empty());
}

#[test]
fn typing_takes_the_size_from_another_window() {
    let sized = |by_another| Msg::Server(ServerMessage::Sized { terminal: TerminalId(1), by_another });
    let take = Command::Send(ClientMessage::TakeSize { terminal: TerminalId(1) });
    let mut state = state(160, 45);
    assert!(!press(&mut state, "i").contains(&take), "it is ours");
    press(&mut state, "ctrl-q");
    update(&mut state, sized(true), NOW);
    assert_eq!(press(&mut state, "i").iter().filter(|c| **c == take).count(), 1);
    press(&mut state, "ctrl-q");
    update(&mut state, sized(false), NOW);
    assert!(!press(&mut state, "i").contains(&take));
}

/// The toasts, the newest first.
fn said(state: &State) -> String {
    state.toasts.newest_first().map(|toast| toast.text.clone()).collect::<Vec<_>>().join("\n")
}

#[test]
fn an_empty_paste_is_a_picture_a_word_or_an_empty_paste() {
    let (id, looked) = (TerminalId(1), |picture| Msg::Looked { terminal: TerminalId(1), picture });
    let typing = |modes| {
        let mut state = state(160, 45);
        update(&mut state, Msg::Frame(keyframe(1, 2, &["x"], modes)), NOW);
        press(&mut state, "i");
        state
    };
    let empty = "\u{1b}[200~\u{1b}[201~";
    let kept = Picture::Kept("/home/a da/paste-1.png".into());
    for (picture, expected, words) in [
        (kept.clone(), "\u{1b}[200~'/home/a da/paste-1.png'\u{1b}[201~", "pasted the picture as …/paste-1.png"),
        (Picture::None, empty, "no text on the clipboard"),
        (Picture::TooLarge, empty, "the picture is too large"),
        (Picture::Failed("disk full".into()), empty, "cannot keep the picture: disk full"),
    ] {
        let mut state = typing(wire::BRACKETED_PASTE);
        let commands = update(&mut state, Msg::Paste(String::new()), NOW);
        assert_eq!(commands, [Command::LookForPicture { terminal: id, keep: true }]);
        // Wherever the user is by then: it was pasted to this agent.
        press(&mut state, "ctrl-q j");
        let commands = update(&mut state, looked(picture), NOW);
        assert_eq!(typed(&commands), [(1, 1, expected.into())]);
        assert!(said(&state).contains(words), "{}", said(&state));
    }
    // To a program that asked for no pastes, a path would be keys.
    for (picture, words) in [(Picture::There, "takes no pastes"), (kept, "takes no pastes"), (Picture::None, "no text")]
    {
        let mut state = typing(0);
        let commands = update(&mut state, Msg::Paste(String::new()), NOW);
        assert_eq!(commands, [Command::LookForPicture { terminal: id, keep: false }]);
        assert_eq!(typed(&update(&mut state, looked(picture), NOW)), []);
        assert!(said(&state).contains(words), "{}", said(&state));
    }
    // A file of this machine is none of the agents' machine.
    let mut state = typing(wire::BRACKETED_PASTE);
    state.settings.is_remote = true;
    let commands = update(&mut state, Msg::Paste(String::new()), NOW);
    assert_eq!(commands, [Command::LookForPicture { terminal: id, keep: false }]);
    assert_eq!(typed(&update(&mut state, looked(Picture::There), NOW)), [(1, 1, empty.into())]);
    assert!(said(&state).contains("the agents are elsewhere"));
}

#[test]
fn an_empty_paste_that_is_for_no_agent_is_a_word() {
    for keys in ["", "c", "r", "f", "?", ":"] {
        let mut state = state(160, 45);
        press(&mut state, keys);
        assert_eq!(update(&mut state, Msg::Paste(String::new()), NOW), [], "{keys}");
        assert!(state.burst.caught.is_none() && said(&state).contains("no text on the clipboard"), "{keys}");
    }
}

/// A path that was dropped on the window is text like any other.
#[test]
fn a_dropped_file_goes_on_as_it_came() {
    let mut state = state(160, 45);
    update(&mut state, Msg::Frame(keyframe(1, 2, &["x"], wire::BRACKETED_PASTE)), NOW);
    press(&mut state, "i");
    let commands = update(&mut state, Msg::Paste(r"'/home/ada/it'\''s.png' ".into()), NOW);
    assert_eq!(typed(&commands), [(1, 1, "\u{1b}[200~'/home/ada/it'\\''s.png' \u{1b}[201~".into())]);
}

#[test]
fn a_sentence_that_begins_with_the_launch_key_starts_nothing() {
    let mut state = state(160, 45);
    let mut commands = type_at(&mut state, "can y", 90);
    assert!(state.overlay.is_none());
    let soon = state.now + 100;
    commands.extend(key_at(&mut state, "Enter", soon));
    assert!(commands.iter().all(|c| !matches!(c, Command::Launch { .. })));
    assert_eq!(state.burst.caught.as_ref().unwrap().text, "can y");
    assert!(state.launch.message.is_empty(), "the letters are no draft");
    assert!(typed(&commands).is_empty());
    // Whoever looks at the dialog first writes what they want.
    let mut state = self::state(160, 45);
    key_at(&mut state, "c", NOW);
    key_at(&mut state, "a", NOW + 500);
    type_at(&mut state, " b", 90);
    assert!(matches!(state.overlay, Some(Overlay::Launch)));
    assert_eq!(state.launch.message.text(), "a b");
}

#[test]
fn an_echo_is_waited_for_over_the_pictures_of_others() {
    let mut state = state(160, 45);
    press(&mut state, "i x");
    for (terminal, is_waited_for) in [(2, true), (2, true), (1, false)] {
        state.acks = vec![(TerminalId(terminal), 1)];
        drawn(&mut state);
        assert_eq!(state.echo > 0, is_waited_for);
    }
    press(&mut state, "x");
    for _ in 0..4 {
        state.acks = vec![(TerminalId(2), 1)];
        drawn(&mut state);
    }
    assert_eq!(state.echo, 0, "a password has none");
}

#[test]
fn what_rolls_by_is_told_from_pictures_and_from_all_else() {
    let rows: Vec<String> = (0..12).map(|n| format!("row {n}")).collect();
    let texts: Vec<&str> = rows.iter().map(String::as_str).collect();
    for (modes, key, rolls) in [(0, "", true), (wire::ALT_SCREEN, "", false), (0, "?", false)] {
        let mut state = state(160, 45);
        update(&mut state, Msg::Frame(keyframe(1, 9, &texts, modes)), NOW);
        drawn(&mut state);
        update(&mut state, Msg::Frame(keyframe(1, 10, &texts, modes)), NOW);
        press(&mut state, key);
        assert_eq!(state.is_rolling, rolls, "{modes} {key:?}");
    }
}
