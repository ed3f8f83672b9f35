//! Keys that were pressed while what they are for was still on its way: an agent that starts, settings that are being
//! read. Kept in their order, and pressed when it is there. Called by `update`. A key must never reach anything else than
//! what it was meant for: those that cannot are dropped, and that is said.

use super::msg::Command;
use super::state::{Mode, Overlay, State};
use super::toasts::Tone;
use super::update::on_key;
use crate::core::keys::{Key, KeyCode};

/// More than anyone types in the seconds that a start may take.
const MOST: usize = 256;

/// Whether the key was kept for later.
pub fn keep(state: &mut State, key: Key) -> bool {
    let is_awaited = match &state.overlay {
        Some(Overlay::Launch) => state.launch.starting,
        Some(Overlay::Settings(list)) => list.sheet.settings.is_empty(),
        Some(Overlay::Diff(view)) => view.diff.is_none() && view.problem.is_none(),
        _ => false,
    };
    // Esc waits for nothing.
    if !is_awaited || key.code == KeyCode::Escape {
        return false;
    }
    if state.ahead.len() < MOST {
        state.ahead.push(key);
    }
    true
}

/// It is there, or will not be: the keys go where they were meant to go.
pub fn release(state: &mut State, commands: &mut Vec<Command>) {
    let keys = std::mem::take(&mut state.ahead);
    let is_there = match state.overlay {
        Some(Overlay::Launch | Overlay::Settings(_) | Overlay::Diff(_)) => true,
        Some(_) => false,
        // As commands they would do anything.
        None => state.mode == Mode::Typing,
    };
    if is_there {
        return keys.into_iter().for_each(|key| on_key(state, key, commands));
    }
    if !keys.is_empty() {
        let now = state.now;
        let count = if keys.len() == 1 { "1 key".to_owned() } else { format!("{} keys", keys.len()) };
        state.toasts.push(Tone::Info, format!("{count} pressed meanwhile went nowhere"), now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::rest::Status;
    use crate::tui::msg::{Failure, Msg};
    use crate::tui::testing::{NOW, agent, press, screen, sheet, state};
    use crate::tui::update::update;

    fn typed(commands: &[Command]) -> String {
        crate::tui::tests::typed(commands).into_iter().map(|(_, _, text)| text).collect()
    }

    #[test]
    fn keys_for_an_agent_that_starts_reach_it_and_those_for_a_failed_start_its_dialog() {
        let mut state = state(160, 45);
        press(&mut state, "c down right right enter q z");
        assert!(!screen(&state).contains("qz"), "{}", screen(&state));
        let mut failing = state.clone();
        let started = Box::new(agent(31, "api", "shell", "shell", Status::Running, 0));
        let commands = update(&mut state, Msg::Launched { result: Ok(started), type_there: true }, NOW);
        assert_eq!((state.mode, typed(&commands).as_str()), (Mode::Typing, "qz"));
        let failure = Failure { what: "no such folder".into(), hint: None, ..Failure::default() };
        update(&mut failing, Msg::Launched { result: Err(failure), type_there: true }, NOW);
        assert!(matches!(failing.overlay, Some(Overlay::Launch)) && failing.ahead.is_empty());
        // One with a message works by itself: nothing is typed there, and no key is taken for a command.
        let mut state = crate::tui::testing::state(160, 45);
        press(&mut state, "c g o enter x y");
        let started = Box::new(agent(31, "api", "go", "claude_code", Status::Running, 0));
        let commands = update(&mut state, Msg::Launched { result: Ok(started), type_there: false }, NOW);
        assert!(state.overlay.is_none() && typed(&commands).is_empty());
        assert!(screen(&state).contains("2 keys pressed meanwhile went nowhere"), "{}", screen(&state));
    }

    #[test]
    fn keys_for_settings_that_are_being_read_are_pressed_in_them() {
        let mut state = state(160, 45);
        press(&mut state, ", down down");
        update(&mut state, Msg::Settings { sheet: Box::new(sheet()), said: None }, NOW);
        assert!(matches!(&state.overlay, Some(Overlay::Settings(list)) if list.chosen == 2));
    }
}
