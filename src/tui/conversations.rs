//! Which conversation an agent that has ended shall go on with: those it had, numbered, the newest first. Called by
//! `update`. It must never begin another conversation than the one that was chosen.

use super::commands::Action;
use super::fleet::is_gone;
use super::keymap::way_to;
use super::msg::{Command, Failure};
use super::state::{Dirty, Overlay, State};
use super::toasts::Tone;
use crate::base::id::TerminalId;
use crate::base::text::printable;
use crate::core::keys::{Key, KeyCode};
use crate::proto::life::Conversation;

/// The open list.
#[derive(Clone, Debug)]
pub struct Picker {
    pub terminal: TerminalId,
    /// `None`: they have not come yet.
    pub all: Option<Vec<Conversation>>,
    pub chosen: usize,
    /// Why something was not done.
    pub problem: Option<String>,
}

/// Opens it for the focused agent, or says why not.
pub fn open(state: &mut State, commands: &mut Vec<Command>) {
    let now = state.now;
    let Some(agent) = state.focused() else { return };
    let (terminal, name) = (agent.id, printable(&agent.window));
    if !is_gone(agent) {
        let stop = way_to(state, Action::Stop);
        return state.toasts.push(Tone::Info, format!("{name} is alive · {stop} stops it first"), now);
    }
    if agent.is_shell {
        return state.toasts.push(Tone::Info, format!("{name} is a shell: it has no conversations"), now);
    }
    state.overlay = Some(Overlay::Conversations(Box::new(Picker { terminal, all: None, chosen: 0, problem: None })));
    commands.push(Command::FetchConversations(terminal));
}

pub fn listed(state: &mut State, terminal: TerminalId, result: Result<Vec<Conversation>, Failure>) {
    let Some(Overlay::Conversations(picker)) = &mut state.overlay else { return };
    if picker.terminal != terminal {
        return;
    }
    match result {
        Ok(all) => {
            // The first that can be taken up is what one most likely wants.
            picker.chosen = all.iter().position(|one| one.is_saved).unwrap_or(0);
            picker.all = Some(all);
        }
        Err(failure) => picker.problem = Some(printable(&failure.what)),
    }
    state.dirty = Dirty::Everything;
}

/// A key. The overlay has been taken; it is put back when it stays.
pub fn key(state: &mut State, mut picker: Box<Picker>, key: Key, commands: &mut Vec<Command>) {
    picker.problem = None;
    let last = picker.all.as_ref().map_or(0, |all| all.len().saturating_sub(1));
    let number = key.printable().and_then(|c| c.to_digit(10)).map(|n| if n == 0 { 9 } else { n as usize - 1 });
    match key.code {
        KeyCode::Escape => return,
        KeyCode::Enter => return take_up(state, picker, commands),
        _ if number.is_some_and(|n| n <= last) => {
            picker.chosen = number.unwrap_or(0);
            return take_up(state, picker, commands);
        }
        _ if key.code == KeyCode::Down || [Key::char('j'), Key::ctrl('n')].contains(&key) => {
            picker.chosen = if picker.chosen >= last { 0 } else { picker.chosen + 1 };
        }
        _ if key.code == KeyCode::Up || [Key::char('k'), Key::ctrl('p')].contains(&key) => {
            picker.chosen = picker.chosen.checked_sub(1).unwrap_or(last);
        }
        KeyCode::Home => picker.chosen = 0,
        KeyCode::End => picker.chosen = last,
        _ => picker.problem = Some(format!("{key} does nothing here · a number or enter resumes, esc closes")),
    }
    state.overlay = Some(Overlay::Conversations(picker));
}

fn take_up(state: &mut State, mut picker: Box<Picker>, commands: &mut Vec<Command>) {
    let chosen = picker.all.as_ref().and_then(|all| all.get(picker.chosen)).cloned();
    match chosen {
        Some(one) if one.is_saved => {
            let (now, name) = (state.now, state.name(picker.terminal));
            state.toasts.push(Tone::Info, format!("resuming {name}"), now);
            state.toasts.about(picker.terminal);
            commands.push(Command::Resume { terminal: picker.terminal, conversation: one.id });
            return;
        }
        Some(_) => picker.problem = Some("that one is not saved any more".to_owned()),
        None => picker.problem = Some("there is none to take up".to_owned()),
    }
    state.overlay = Some(Overlay::Conversations(picker));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::msg::Msg;
    use crate::tui::testing::{NOW, conversations, press, screen, state};
    use crate::tui::update::update;

    const ID: TerminalId = TerminalId(7);

    #[test]
    fn a_conversation_is_taken_up_by_its_number_or_by_enter() {
        let resume = |id: &str| Command::Resume { terminal: ID, conversation: id.into() };
        for (keys, expected) in [
            ("enter", Some("01a1fad9-0504")),
            ("1", Some("01a1fad9-0504")),
            ("down down enter", Some("77aa0000-1111")),
            ("3", Some("77aa0000-1111")),
            ("2", None),
            ("9", None),
            ("esc", None),
        ] {
            let mut state = state(160, 45);
            assert_eq!(press(&mut state, "7 H").last(), Some(&Command::FetchConversations(ID)));
            assert_eq!(press(&mut state, "enter"), [], "they have not come");
            update(&mut state, Msg::Conversations { terminal: ID, result: Ok(conversations()) }, NOW);
            let asked = press(&mut state, keys);
            assert_eq!(asked, expected.map(resume).into_iter().collect::<Vec<_>>(), "{keys}");
            if keys == "2" {
                assert!(screen(&state).contains("that one is not saved any more"), "{}", screen(&state));
            }
        }
    }

    #[test]
    fn those_that_live_and_shells_have_none_to_choose_from() {
        let mut state = state(160, 45);
        assert_eq!(press(&mut state, "1 H"), []);
        assert!(screen(&state).contains("fix-auth is alive · x stops it first"));
        press(&mut state, "7 H");
        let result = Err(Failure { what: "git is gone".into(), ..Failure::default() });
        update(&mut state, Msg::Conversations { terminal: ID, result }, NOW);
        assert!(screen(&state).contains("git is gone"));
        update(&mut state, Msg::Conversations { terminal: ID, result: Ok(Vec::new()) }, NOW);
        press(&mut state, "enter");
        assert!(screen(&state).contains("there is none to take up"), "{}", screen(&state));
    }
}
