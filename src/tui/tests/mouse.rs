//! Clicks, the wheel and dragging, and a pane that stands still by them or by keys.

use super::{focus, mouse, typed};
use crate::base::id::TerminalId;
use crate::core::keys::{MouseAction, MouseButton};
use crate::proto::frame::Frame;
use crate::proto::frame::mode as wire;
use crate::proto::rest::Transcript;
use crate::tui::msg::{Command, Msg};
use crate::tui::past::Wanted;
use crate::tui::state::Mode;
use crate::tui::testing::{NOW, keyframe, press, row, screen, state};
use crate::tui::update::update;

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
    let zoom = crate::tui::hints::hints(&state, 160).into_iter().find(|h| h.word == "zoom").unwrap();
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
