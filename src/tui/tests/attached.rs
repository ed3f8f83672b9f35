//! One agent that fills the screen.

use super::{focus, typed};
use crate::base::id::TerminalId;
use crate::tui::msg::{Command, Msg};
use crate::tui::state::Mode;
use crate::tui::testing::{NOW, empty, keyframe, press, screen, sessions, state};
use crate::tui::update::update;

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
