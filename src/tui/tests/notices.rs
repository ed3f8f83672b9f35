//! What is said: notices, the card, help and palette, and that small terminals do nothing unseen.

use super::focus;
use crate::base::id::TerminalId;
use crate::proto::rest::Status;
use crate::proto::stream::ServerMessage;
use crate::tui::msg::{Failure, Msg};
use crate::tui::state::{Overlay, State};
use crate::tui::testing::{NOW, empty, keyframe, press, screen, sessions, state};
use crate::tui::update::update;

#[test]
fn notices_share_a_line_of_their_own_the_newest_first() {
    let mut state = state(160, 45);
    let notice = |state: &mut State, text: &str| {
        let message = ServerMessage::Notice { level: crate::proto::stream::Level::Error, text: text.into() };
        update(state, Msg::Server(message), NOW);
    };
    notice(&mut state, "the disk is full");
    let line = |state: &State| {
        let line: String = screen(state).lines().nth(43).unwrap().chars().skip(32).collect();
        line.trim_end_matches("+1 more: 7 deploy").trim_end().to_owned()
    };
    assert_eq!(line(&state), " ✗ 16:42 the disk is full", "nothing of a frame is left beside it");
    notice(&mut state, "second");
    notice(&mut state, "third");
    assert_eq!(line(&state), " ✗ 16:42 third   ✗ 16:42 second   ✗ 16:42 the disk is full");
    notice(&mut state, "fourth");
    notice(&mut state, "fifth");
    assert_eq!(line(&state), " ✗ 16:42 fifth   ✗ 16:42 fourth   ✗ 16:42 third   +2 (E events)");
    notice(&mut state, &"long ".repeat(40));
    assert!(line(&state).ends_with("… E shows it whole") && line(&state).chars().count() <= 128, "{}", line(&state));
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
fn a_notice_hides_no_agent_and_goes_when_its_cause_is_over() {
    let mut state = state(160, 45);
    let line = |state: &State| screen(state).lines().nth(43).unwrap().chars().skip(32).collect::<String>();
    press(&mut state, "F5");
    assert!(
        line(&state).starts_with(" F5 does nothing here") && line(&state).contains("+1 more: 7 deploy"),
        "{}",
        line(&state)
    );
    let said =
        |state: &State| state.toasts.newest_first().map(|toast| toast.text.as_str()).collect::<Vec<_>>().join(" · ");
    // What could not be asked is over when the server answers; what was not done is not.
    let failure = Failure { what: "no server is running".into(), is_unreachable: true, ..Failure::default() };
    update(&mut state, Msg::Providers(Err(failure.clone())), NOW);
    update(&mut state, Msg::Done { what: "could not rename", result: Err(failure) }, NOW);
    assert!(said(&state).contains("could not rename") && said(&state).contains("cannot ask"), "{}", said(&state));
    update(&mut state, Msg::Lost, NOW);
    update(&mut state, Msg::Connected, NOW);
    assert!(said(&state).contains("could not rename") && !said(&state).contains("cannot ask"), "{}", said(&state));
    // Who types on under an error has seen it.
    press(&mut state, "F5 i");
    let failed = |state: &mut State, id: u32, status: Status, pid: Option<u32>| {
        let mut sessions = sessions();
        let agent = sessions.iter_mut().flat_map(|s| &mut s.terminals).find(|t| t.id.0 == id).unwrap();
        (agent.status, agent.exit_code, agent.pid) = (status, pid.is_none().then_some(1), pid);
        let now = state.now;
        update(state, Msg::Sessions(Ok(sessions)), now);
    };
    failed(&mut state, 2, Status::Error, None);
    press(&mut state, "a");
    assert!(said(&state).contains("tests exited with code 1"), "{}", said(&state));
    state.now += 5_000;
    let now = state.now;
    update(&mut state, Msg::Key(crate::core::keys::Key::char('a').into()), now);
    assert!(!said(&state).contains("tests exited"), "{}", said(&state));
    // Started again, its end is no news.
    failed(&mut state, 2, Status::Running, Some(7));
    failed(&mut state, 2, Status::Error, None);
    assert!(said(&state).contains("tests exited with code 1"), "{}", said(&state));
    failed(&mut state, 2, Status::Running, Some(7));
    assert!(!said(&state).contains("tests exited"), "{}", said(&state));
}

#[test]
fn a_notice_that_is_cut_can_be_read_whole() {
    let mut state = state(80, 24);
    let mistake = "/home/ada/.config/conductor-tui/keys.toml:12: there is no command `nxt-waiting` in that place; did you \
                   mean `next-waiting`? · and 3 more: `config check`";
    let message = ServerMessage::Notice { level: crate::proto::stream::Level::Error, text: mistake.into() };
    update(&mut state, Msg::Server(message), NOW);
    assert!(screen(&state).contains("… E shows it whole"), "{}", screen(&state));
    press(&mut state, "E");
    let picture = screen(&state).replace('│', " ");
    let words: Vec<&str> = picture.split_whitespace().collect();
    assert!(words.join(" ").contains(mistake), "{picture}");
}

#[test]
fn the_way_to_the_whole_of_a_notice_is_that_from_where_one_is() {
    for (keys, way) in [("i", "… ctrl-q E shows it whole"), ("pgup", "… E shows it whole"), ("v", "… E shows it whole")]
    {
        let mut state = state(80, 24);
        press(&mut state, keys);
        let text = "long ".repeat(40);
        let message = ServerMessage::Notice { level: crate::proto::stream::Level::Error, text };
        update(&mut state, Msg::Server(message), NOW);
        assert!(screen(&state).contains(way), "{keys}\n{}", screen(&state));
        if keys != "i" {
            press(&mut state, "E");
            assert!(matches!(state.overlay, Some(Overlay::Events(_))), "{:?}", state.overlay);
            assert!(!screen(&state).contains("shows it whole"), "a dialog has keys of its own");
        }
    }
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
            crate::tui::palette::help_entries("", crate::tui::update::context(&state), &state.settings.keymap)[0].help,
            first
        );
    }
    // A command of copy mode can be done from there.
    let mut state = state(120, 35);
    press(&mut state, "v ? w h o l e enter");
    assert!(state.past(TerminalId(1)).unwrap().selection.is_some_and(|s| s.lines));
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
fn keys_that_leave_other_programs_say_how_to_leave() {
    let mut state = state(160, 45);
    for key in ["q", "C-d"] {
        press(&mut state, key);
        assert!(screen(&state).contains("does nothing here · D detaches, agents go on"), "{}", screen(&state));
        assert!(!state.quitting);
    }
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
