//! Which agent is focused, which have a place, and what is said of those that have none.

use super::{focus, key_at};
use crate::base::id::TerminalId;
use crate::proto::rest::Status;
use crate::tui::msg::{Command, Msg};
use crate::tui::state::{Mode, Settings, State};
use crate::tui::testing::{NOW, agent, empty, press, screen, session, sessions, settings, state};
use crate::tui::update::update;

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
        if state.layout == crate::tui::layout::PaneLayout::OneAndStrip {
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
fn the_filter_narrows_the_sidebar_and_esc_clears_it() {
    let mut state = state(160, 45);
    press(&mut state, "f w e b enter");
    assert_eq!(focus(&state), 4, "the first one found is focused");
    press(&mut state, "j j j");
    assert_eq!(focus(&state), 4, "steps stay among those listed");
    press(&mut state, "esc");
    assert_eq!(state.fleet.filter(), "");
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
