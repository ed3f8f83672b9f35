//! What keys, clicks and messages do, told by key names with explicit times. No drawing, no waiting.

use super::msg::{Command, Failure, Msg, Picture};
use super::past::Wanted;
use super::state::{Link, Mode, Overlay, Settings, State, StopKind};
use super::testing::{NOW, agent, empty, keyframe, press, row, screen, session, sessions, settings, state};
use super::update::{drawn, update};
use crate::base::id::TerminalId;
use crate::core::keys::{Key, Mods, Mouse, MouseAction, MouseButton, parse_key};
use crate::proto::frame::Frame;
use crate::proto::frame::mode as wire;
use crate::proto::rest::{Status, Transcript};
use crate::proto::stream::{ClientMessage, Kind, ServerMessage};

fn focus(state: &State) -> u32 {
    state.focus.unwrap().0
}

/// The bytes typed to each terminal, with their sequence numbers.
fn typed(commands: &[Command]) -> Vec<(u32, u64, String)> {
    commands
        .iter()
        .filter_map(|c| match c {
            Command::Send(ClientMessage::Input { terminal, sequence, text, .. }) => {
                Some((terminal.0, *sequence, text.clone()))
            }
            _ => None,
        })
        .collect()
}

fn key_at(state: &mut State, name: &str, now: u64) -> Vec<Command> {
    update(state, Msg::Key(parse_key(name).unwrap().into()), now)
}

/// Types text with a number of milliseconds between the keys.
fn type_at(state: &mut State, text: &str, between: u64) -> Vec<Command> {
    let mut out = Vec::new();
    for c in text.chars() {
        let now = state.now + between;
        out.extend(update(state, Msg::Key(Key::char(c).into()), now));
    }
    out
}

fn mouse(state: &mut State, action: MouseAction, column: u16, row: u16) -> Vec<Command> {
    let now = state.now + 10;
    update(state, Msg::Mouse(Mouse { action, column, row, mods: Mods::NONE }), now)
}

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
fn a_waiting_agent_changes_neither_mode_nor_focus_nor_places() {
    let mut state = state(160, 45);
    press(&mut state, "2 i");
    let places = state.slots.clone();
    let mut changed = sessions();
    changed[1].terminals[1].status = Status::Waiting;
    changed[2].terminals[0].status = Status::Waiting;
    update(&mut state, Msg::Sessions(Ok(changed)), NOW + 1);
    assert_eq!((state.mode, focus(&state)), (Mode::Typing, 2));
    assert_eq!(state.slots, places);
}

#[test]
fn w_goes_round_the_waiting_the_oldest_first() {
    let mut state = state(160, 45);
    press(&mut state, "2 w");
    assert_eq!(focus(&state), 1);
    press(&mut state, "w");
    assert_eq!(focus(&state), 4);
    press(&mut state, "w");
    assert_eq!(focus(&state), 1);
    press(&mut state, "W");
    assert_eq!(focus(&state), 4);
    let calm = vec![session("api", vec![agent(1, "api", "fix-auth", "claude", Status::Ready, 1)])];
    update(&mut state, Msg::Sessions(Ok(calm)), NOW);
    press(&mut state, "w");
    assert!(screen(&state).contains("nobody is waiting"));
}

#[test]
fn numbers_steps_and_tab_move_between_agents() {
    let mut state = state(160, 45);
    for (keys, expected) in [("5", 5), ("j", 6), ("k k", 4), ("tab", 5), ("7 j", 1), ("k", 7), ("9", 7)] {
        press(&mut state, keys);
        assert_eq!(focus(&state), expected, "after {keys}");
    }
}

#[test]
fn a_focused_agent_gets_a_place_and_the_others_keep_theirs() {
    let mut state = state(160, 45);
    let before = state.slots.clone();
    assert_eq!(before.len(), 6);
    press(&mut state, "7");
    assert!(state.slots.contains(&TerminalId(7)));
    let moved = before.iter().zip(&state.slots).filter(|(a, b)| a != b).count();
    assert_eq!(moved, 1, "one place changed hands");
    assert!(state.slots.contains(&TerminalId(1)), "the one looked at before stays");
}

#[test]
fn panes_stand_in_the_sidebars_order_whatever_was_focused() {
    let mut state = state(160, 45);
    for keys in ["g", "5", "2", "7", "g", "1", "g", "6", "3", "g", "4", "s", "7"] {
        press(&mut state, keys);
        let numbers: Vec<usize> = state.slots.iter().map(|id| state.fleet.number(*id).unwrap()).collect();
        assert!(numbers.is_sorted(), "{numbers:?} after {keys}");
        let mut panes: Vec<u32> = state.pane_areas().iter().map(|p| p.terminal.0).collect();
        assert!(panes.contains(&focus(&state)));
        if state.layout == super::layout::PaneLayout::OneAndStrip {
            assert_eq!(panes.remove(0), focus(&state), "the large one");
        }
        assert!(panes.is_sorted(), "{panes:?} after {keys}");
    }
}

#[test]
fn no_agent_is_hidden_without_a_word() {
    for (columns, rows) in [(160, 45), (200, 60), (120, 35), (100, 24), (80, 24), (60, 20), (40, 12)] {
        for keys in ["", "g", "g g", "g g g", "s", "g s", "7", "i"] {
            let mut state = state(columns, rows);
            press(&mut state, keys);
            // The notice of the layout lies over it for a moment, and says the same.
            if keys.ends_with('g') && !state.unseen().is_empty() {
                assert!(screen(&state).contains(" of 7 fit"), "{}", screen(&state));
            }
            let later = state.now + 5_000;
            update(&mut state, Msg::Tick, later);
            let (shown, hidden) = (state.pane_areas().len(), state.unseen().len());
            assert_eq!(shown + hidden, 7);
            let picture = screen(&state);
            assert_eq!(picture.contains(&format!(" +{hidden} more")), hidden > 0, "{columns}x{rows} {keys}\n{picture}");
        }
    }
    let mut state = state(160, 45);
    let before = sessions();
    update(&mut state, Msg::Sessions(Ok(vec![session("api", before[0].terminals.clone())])), NOW);
    press(&mut state, "g");
    update(&mut state, Msg::Tick, NOW + 9_000);
    assert!(screen(&state).contains(" +1 more: 3 docs "), "{}", screen(&state));
}

#[test]
fn what_does_not_fit_into_sidebar_or_strip_is_counted() {
    let many: Vec<_> = (1..=40).map(|n| agent(n, "api", &format!("agent-{n}"), "shell", Status::Ready, 1)).collect();
    for (columns, rows) in [(160, 45), (100, 30), (80, 24), (60, 20)] {
        let mut state = empty(columns, rows);
        update(&mut state, Msg::Sessions(Ok(vec![session("api", many.clone())])), NOW);
        for keys in ["", "k", "j j j j j j j j j j j j j j j j j j j j"] {
            press(&mut state, keys);
            let picture = screen(&state);
            let list: String = if columns < 90 {
                picture.lines().nth(1).unwrap().to_owned()
            } else {
                picture.lines().map(|l| l.chars().take(23).collect::<String>() + "\n").collect()
            };
            let shown = list.split_whitespace().filter(|word| word.starts_with("agent-")).count();
            assert!(list.contains(&format!("agent-{}", focus(&state))), "{picture}");
            // The card names the focused agent once more.
            let card = usize::from(columns == 160);
            assert!(list.contains(&format!("+{}", 40 - shown + card)), "{shown} shown\n{picture}");
        }
    }
}

#[test]
fn notices_share_a_line_of_their_own_the_newest_first() {
    let mut state = state(160, 45);
    let notice = |state: &mut State, text: &str| {
        let message = ServerMessage::Notice { level: crate::proto::stream::Level::Error, text: text.into() };
        update(state, Msg::Server(message), NOW);
    };
    notice(&mut state, "the disk is full");
    let line = |state: &State| screen(state).lines().nth(43).unwrap().chars().skip(32).collect::<String>();
    assert_eq!(line(&state), " ✗ 16:42 the disk is full", "nothing of a frame is left beside it");
    notice(&mut state, "second");
    notice(&mut state, "third");
    assert_eq!(line(&state), " ✗ 16:42 third   ✗ 16:42 second   ✗ 16:42 the disk is full");
    notice(&mut state, "fourth");
    notice(&mut state, "fifth");
    assert_eq!(line(&state), " ✗ 16:42 fifth   ✗ 16:42 fourth   ✗ 16:42 third   +2 (: events)");
    notice(&mut state, &"long ".repeat(40));
    assert!(line(&state).ends_with('…') && line(&state).chars().count() <= 128, "{}", line(&state));
    press(&mut state, "F5");
    assert_eq!(line(&state), " F5 does nothing here · ? shows the keys");
    press(&mut state, "F6");
    assert_eq!(line(&state), " F6 does nothing here · ? shows the keys", "of the last key only");
    press(&mut state, "x y F7");
    assert_eq!(line(&state), " F7 does nothing here · ? shows the keys   fix-auth stops in 10 s · u undo");
    press(&mut state, "u");
    assert!(!line(&state).contains("stops in 10 s"), "{}", line(&state));
}

#[test]
fn an_attached_agents_prompt_is_not_under_a_notice() {
    let mut state = empty(80, 24);
    state.settings.chromeless = true;
    state.settings.focus_terminal = Some(TerminalId(4));
    update(&mut state, Msg::Sessions(Ok(sessions())), NOW);
    press(&mut state, "F5");
    assert!(screen(&state).starts_with(" F5 does nothing here"), "{}", screen(&state));
}

#[test]
fn the_card_tells_the_size_that_is_on_the_screen() {
    let mut state = state(160, 45);
    assert!(screen(&state).contains("62 × 12"));
    let mut frame = keyframe(1, 2, &["x"], 0);
    (frame.columns, frame.rows) = (77, 33);
    update(&mut state, Msg::Frame(frame), NOW);
    assert!(screen(&state).contains("77 × 33"), "{}", screen(&state));
}

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
fn the_way_out_is_shown_where_one_agent_fills_a_small_screen() {
    for columns in [60, 70, 80, 90, 100, 120] {
        let mut state = state(columns, 24);
        press(&mut state, "z");
        let bar = screen(&state).lines().last().unwrap().to_owned();
        for hint in ["i type", "z unzoom", "? help", "D detach"] {
            assert!(bar.contains(hint), "{columns}: {bar}");
        }
    }
    let mut state = state(80, 24);
    press(&mut state, "z");
    assert!(screen(&state).trim_end().ends_with("zoomed, 1 of 7"), "{}", screen(&state));
}

#[test]
fn help_shows_the_keys_of_the_place_it_was_asked_in() {
    for (keys, title, first) in [
        ("?", "Keys ─", "next waiting agent"),
        ("pgup ?", "Keys while scrolled back ─", "one line up"),
        ("v ?", "Keys in copy mode ─", "left"),
    ] {
        let mut state = state(120, 35);
        press(&mut state, keys);
        let picture = screen(&state);
        assert!(picture.contains(title), "{picture}");
        assert_eq!(
            super::palette::help_entries("", super::update::context(&state), &state.settings.keymap)[0].help,
            first
        );
    }
    // A command of copy mode can be done from there.
    let mut state = state(120, 35);
    press(&mut state, "v ? w h o l e enter");
    assert!(state.past(TerminalId(1)).unwrap().selection.is_some_and(|s| s.lines));
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
fn nothing_acts_in_a_terminal_too_small_to_show_it() {
    let mut state = state(160, 45);
    update(&mut state, Msg::Resize(19, 6), NOW);
    for key in ["X", "y", "c", ":", "R"] {
        assert_eq!(press(&mut state, key), [], "{key}");
        assert!(state.overlay.is_none(), "{key}");
    }
    press(&mut state, "D");
    assert!(state.quitting);
}

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
    assert_eq!(update(&mut state, Msg::Tick, due - 1), []);
    assert_eq!(update(&mut state, Msg::Tick, due), [Command::Exit(TerminalId(1))]);
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
    let failure = Failure { what: "\"claude\" not found in PATH".into(), hint: Some("set path".into()) };
    update(&mut state, Msg::Launched { result: Err(failure), type_there: false }, NOW);
    assert!(screen(&state).contains("\"claude\" not found in PATH · set path"), "{}", screen(&state));
    assert_eq!(state.launch.message.text(), "half a thought");
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
fn a_click_in_a_pane_types_there_and_one_in_the_sidebar_selects() {
    let mut state = state(160, 45);
    let left = MouseAction::Press(MouseButton::Left);
    mouse(&mut state, left, 120, 5);
    assert_eq!((focus(&state), state.mode), (2, Mode::Typing));
    mouse(&mut state, left, 5, 10);
    assert_eq!((focus(&state), state.mode), (4, Mode::Command));
    assert!(!state.zoom);
    mouse(&mut state, left, 5, 10);
    assert!(state.zoom, "a double click zooms");
}

#[test]
fn the_mode_word_is_a_way_out_and_hints_are_buttons() {
    let mut state = state(160, 45);
    press(&mut state, "i");
    mouse(&mut state, MouseAction::Release(MouseButton::Left), 2, 44);
    assert_eq!(state.mode, Mode::Command);
    let zoom = super::hints::hints(&state, 160).into_iter().find(|h| h.word == "zoom").unwrap();
    mouse(&mut state, MouseAction::Release(MouseButton::Left), zoom.column, 44);
    assert!(state.zoom);
}

#[test]
fn the_wheel_scrolls_history_or_goes_to_the_program() {
    let mut state = state(160, 45);
    let commands = mouse(&mut state, MouseAction::WheelUp, 50, 5);
    let terminal = TerminalId(1);
    let (until, serial) = state.past(terminal).map(|past| (past.offset, past.serial)).unwrap();
    assert_eq!(commands, [Command::FetchPast { terminal, wanted: Wanted::End { lines: 1_000 }, until, serial }]);
    let lines = &state.panes[&terminal].replica.lines;
    let (all, shown) = (lines.len(), lines.iter().rposition(|l| !l.text().is_empty()).unwrap() + 1);
    let rows = (0..50).map(|n| row(&format!("old {n}"))).chain((0..shown).map(|n| row(&format!("now {n}")))).collect();
    let total = 50 + shown as u64;
    let page = Transcript { rows, total, screen: 50, times: vec![(0, NOW - 120_000)], ..Transcript::default() };
    // An answer about another moment is none.
    update(&mut state, Msg::Past { terminal, serial: serial + 1, result: Ok(page.clone()) }, NOW);
    assert_eq!(state.past(terminal).unwrap().total(), None);
    update(&mut state, Msg::Past { terminal, serial, result: Ok(page) }, NOW);
    let top = 50 + all - usize::from(state.pane_area(terminal).unwrap().inner.height) - 3;
    let words = format!("SCROLL line {} of {total} · 16:40", top + 1);
    assert!(screen(&state).contains(&words), "{words}\n{}", screen(&state));
    // The pane stands still while output goes on.
    let fresh = Frame { offset: until + 5, ..keyframe(1, 2, &["fresh"], 0) };
    update(&mut state, Msg::Frame(fresh), NOW);
    assert!(!screen(&state).contains("fresh"));
    assert!(screen(&state).contains("new output"));
    mouse(&mut state, MouseAction::WheelDown, 50, 5);
    assert!(screen(&state).contains("fresh"), "back at the bottom it is live again");

    update(&mut state, Msg::Frame(keyframe(1, 3, &["x"], wire::MOUSE_CLICK | wire::MOUSE_SGR)), NOW);
    let commands = mouse(&mut state, MouseAction::WheelUp, 50, 5);
    assert_eq!(typed(&commands), [(1, 1, "\u{1b}[<64;18;4M".into())]);
}

#[test]
fn dragging_copies_inside_one_pane_only() {
    let mut state = state(160, 45);
    mouse(&mut state, MouseAction::Press(MouseButton::Left), 35, 3);
    mouse(&mut state, MouseAction::Drag(MouseButton::Left), 40, 3);
    let commands = mouse(&mut state, MouseAction::Release(MouseButton::Left), 155, 3);
    let copied = commands.iter().find_map(|c| match c {
        Command::Clipboard(text) => Some(text.as_str()),
        _ => None,
    });
    assert_eq!(copied, Some("rebuild from clean and run the auth tests"));
}

#[test]
fn copy_mode_selects_with_vi_keys() {
    let mut state = state(160, 45);
    press(&mut state, "v g 0 j w");
    let commands = press(&mut state, "v $ y");
    assert!(commands.contains(&Command::Clipboard("rebuild from clean and run the auth tests".into())), "{commands:?}");
    assert!(state.past(TerminalId(1)).is_none());
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
fn a_read_only_screen_changes_nothing() {
    let mut state = state(160, 45);
    state.settings.read_only = true;
    let commands = press(&mut state, "i a esc c x y R C r X");
    let changing = commands.iter().any(|c| !matches!(c, Command::Send(ClientMessage::Show { .. })));
    assert!(!changing, "{commands:?}");
    update(&mut state, Msg::Paste("x".into()), NOW);
    assert!(typed(&press(&mut state, "enter")).is_empty());
}

#[test]
fn an_attached_agent_fills_the_screen_and_ctrl_q_d_leaves() {
    let mut state = empty(80, 24);
    state.settings.chromeless = true;
    state.settings.focus_terminal = Some(TerminalId(4));
    state.settings.start_typing = true;
    update(&mut state, Msg::Sessions(Ok(sessions())), NOW);
    assert_eq!((focus(&state), state.mode), (4, Mode::Typing));
    let area = state.pane_area(TerminalId(4)).unwrap();
    assert_eq!((area.inner.width, area.inner.height), (80, 24));
    assert_eq!(typed(&press(&mut state, "d")), [(4, 1, "d".into())]);
    assert_eq!(press(&mut state, "ctrl-q d"), [Command::Quit]);
}

#[test]
fn a_gone_agent_that_fills_the_screen_shows_keys_that_work_there() {
    let mut state = empty(80, 24);
    state.settings.chromeless = true;
    state.settings.focus_terminal = Some(TerminalId(7));
    update(&mut state, Msg::Sessions(Ok(sessions())), NOW);
    update(&mut state, Msg::Frame(keyframe(7, 1, &["last words"], 0)), NOW);
    let picture = screen(&state);
    assert!(picture.contains("R restart    d detach") && !picture.contains("remove"), "{picture}");
    assert!(press(&mut state, "R").contains(&Command::Restart(TerminalId(7))));
    assert!(press(&mut state, "d").contains(&Command::Quit));
}

#[test]
fn keys_that_leave_other_programs_say_how_to_leave() {
    let mut state = state(160, 45);
    for key in ["q", "C-d"] {
        press(&mut state, key);
        assert!(screen(&state).contains("does nothing here · D detaches, agents go on"), "{}", screen(&state));
        assert!(!state.quitting);
    }
}

#[test]
fn esc_lets_a_frozen_pane_go_on_before_anything_else() {
    for keys in ["v", "pgup", "z v"] {
        let mut state = state(160, 45);
        press(&mut state, keys);
        let zoomed = state.zoom;
        let id = state.focus.unwrap();
        assert!(state.past(id).is_some(), "{keys}");
        press(&mut state, "esc");
        assert!(state.past(id).is_none() && state.zoom == zoomed, "{keys}");
    }
}

#[test]
fn the_screen_ends_with_a_server_that_was_shut_down_and_stays_for_one_that_restarts() {
    for restart in [true, false] {
        let mut state = state(160, 45);
        update(&mut state, Msg::Server(ServerMessage::Bye { restart }), NOW);
        assert_eq!(state.quitting, !restart);
    }
}

#[test]
fn the_filter_narrows_the_sidebar_and_esc_clears_it() {
    let mut state = state(160, 45);
    press(&mut state, "f w e b enter");
    assert_eq!(focus(&state), 4, "the first one found is focused");
    press(&mut state, "j j j");
    assert_eq!(focus(&state), 4, "steps stay among those listed");
    press(&mut state, "esc");
    assert_eq!(state.fleet.filter(), "");
}

#[test]
fn help_and_palette_do_what_they_list() {
    let mut state = state(160, 45);
    press(&mut state, ": z o o m enter");
    assert!(state.zoom && state.overlay.is_none());
    press(&mut state, "? s i d e b a r enter");
    assert!(state.sidebar_off);
    press(&mut state, ": d e p l o y enter");
    assert_eq!(focus(&state), 7);
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
fn a_finished_agent_is_seen_after_a_glance() {
    let mut state = state(160, 45);
    let seen = |commands: &[Command]| commands.contains(&Command::Seen(TerminalId(3)));
    assert!(!seen(&key_at(&mut state, "3", NOW)));
    assert!(!seen(&update(&mut state, Msg::Tick, NOW + 900)));
    assert!(state.next_due().is_some_and(|at| at <= NOW + 1000));
    // A window in the background is not looked at; coming back is another glance.
    update(&mut state, Msg::Focus(false), NOW + 950);
    assert!(!seen(&update(&mut state, Msg::Tick, NOW + 5000)));
    update(&mut state, Msg::Focus(true), NOW + 6000);
    assert!(seen(&update(&mut state, Msg::Tick, NOW + 7000)));
    assert!(!seen(&update(&mut state, Msg::Tick, NOW + 9000)), "told once");
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

/// The screen opens on the agent it was opened for, also beside others: what is typed at once goes there.
#[test]
fn the_screen_opens_on_the_agent_it_was_opened_for() {
    let opened = |terminal, session: Option<&str>| {
        let wished = Settings {
            focus_terminal: terminal,
            focus_session: session.map(str::to_owned),
            start_typing: true,
            ..settings()
        };
        let mut state = State::new(wished, (160, 45), NOW);
        update(&mut state, Msg::Connected, NOW);
        update(&mut state, Msg::Sessions(Ok(sessions())), NOW);
        (state.focus, state.mode)
    };
    assert_eq!(opened(Some(TerminalId(6)), Some("web")), (Some(TerminalId(6)), Mode::Typing));
    assert_eq!(opened(None, Some("web")), (Some(TerminalId(4)), Mode::Typing));
    assert_eq!(opened(None, None), (Some(TerminalId(1)), Mode::Typing));
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
