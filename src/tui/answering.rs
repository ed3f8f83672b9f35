//! Yes and no to what the focused agent's own program asks, by one key each. Called by `actions` for the keys, by `update`
//! for the time. A key is an answer only when the question could be read before it, and when it stands alone: letters of a
//! sentence that was meant for an agent answer nothing.

use super::msg::{Command, Failure};
use super::state::{Dirty, State};
use super::toasts::Tone;
use super::typing;
use crate::base::clock::Millis;
use crate::base::id::TerminalId;
use crate::base::text;

/// Nobody reads a question and answers it in less.
const READ: Millis = 400;
/// Keys of a sentence come closer together than this.
const BEFORE: Millis = 300;
/// So long an answer waits for a key that would make it part of a sentence.
const AFTER: Millis = 150;

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Answering {
    /// Whose question can be read, and since when.
    asked: Option<(TerminalId, Millis)>,
    /// An answer that is given when nothing follows it.
    pending: Option<Pending>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Pending {
    terminal: TerminalId,
    yes: bool,
    due: Millis,
}

/// The focused agent, if it asks something that can be answered from here.
pub fn asking(state: &State) -> Option<TerminalId> {
    state.focused().filter(|agent| agent.answerable && !state.is_stopping(agent.id)).map(|agent| agent.id)
}

/// Notes whose question is on the screen. After every message.
pub fn look(state: &mut State) {
    let id = asking(state).filter(|id| state.overlay.is_none() && state.past(*id).is_none());
    if state.answering.asked.map(|(id, _)| id) != id {
        state.answering = Answering { asked: id.map(|id| (id, state.now)), pending: None };
    }
}

/// The key was pressed.
pub fn answer(state: &mut State, yes: bool) {
    let now = state.now;
    let Some((terminal, since)) = state.answering.asked else { return };
    // The last one is this key itself.
    let is_alone = state.burst.keys.iter().rev().nth(1).is_none_or(|(_, at, _)| now.saturating_sub(*at) > BEFORE);
    if now.saturating_sub(since) < READ || !is_alone {
        return state.toasts.push(Tone::Info, "not answered: read it, then press the key alone", now);
    }
    state.answering.pending = Some(Pending { terminal, yes, due: now + AFTER });
}

/// Another key was pressed: an answer that was waiting was none.
pub fn interrupted(state: &mut State) {
    if state.answering.pending.take().is_some() {
        let now = state.now;
        state.toasts.push(Tone::Info, "not answered: more was typed", now);
    }
}

pub fn due(state: &State) -> Option<Millis> {
    state.answering.pending.map(|pending| pending.due)
}

pub fn tick(state: &mut State, commands: &mut Vec<Command>) {
    let now = state.now;
    let Some(Pending { terminal, yes, .. }) = state.answering.pending.take_if(|pending| pending.due <= now) else {
        return;
    };
    let words = if yes { "yes" } else { "no" };
    state.toasts.push(Tone::Info, format!("{words} to {} …", state.name(terminal)), now);
    state.toasts.about(terminal);
    commands.push(Command::Answer { terminal, yes });
    // An answer returns to where it was given from.
    if state.left_typing.take().is_some_and(|from| state.focus == Some(from)) {
        typing::enter(state, commands);
    }
}

/// What came of it.
pub fn answered(state: &mut State, terminal: TerminalId, yes: bool, result: Result<(), Failure>) {
    let now = state.now;
    let name = state.name(terminal);
    match result {
        Ok(()) => state.toasts.push(Tone::Good, format!("answered {} to {name}", if yes { "yes" } else { "no" }), now),
        Err(failure) => {
            let words = format!("{name} was not answered: {}", text::printable(&failure.what));
            state.toasts.push(Tone::Error, words, now);
        }
    }
    state.toasts.about(terminal);
    state.dirty = Dirty::Everything;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::keys::{KeyPress, parse_key};
    use crate::tui::msg::Msg;
    use crate::tui::testing::{NOW, press, screen, state};
    use crate::tui::update::update;

    const ASKS: TerminalId = TerminalId(1);

    /// The focused agent asks since `NOW`.
    fn asked() -> State {
        let mut state = state(160, 45);
        let mut agent = state.fleet.get(ASKS).unwrap().clone();
        agent.answerable = true;
        state.fleet.add(agent);
        update(&mut state, Msg::Tick, NOW);
        assert_eq!(state.focus, Some(ASKS));
        state
    }

    /// Presses keys at these times, lets half a second pass, and tells what was answered.
    fn typed(state: &mut State, keys: &[(&str, Millis)]) -> Option<bool> {
        let mut commands = Vec::new();
        for (name, after) in keys {
            let at = NOW + after;
            while let Some(due) = due(state).filter(|due| *due <= at) {
                commands.extend(update(state, Msg::Tick, due));
            }
            commands.extend(update(state, Msg::Key(KeyPress::from(parse_key(name).unwrap())), at));
        }
        if let Some(due) = due(state) {
            commands.extend(update(state, Msg::Tick, due));
        }
        commands.iter().find_map(|command| match command {
            Command::Answer { terminal: ASKS, yes } => Some(*yes),
            _ => None,
        })
    }

    #[test]
    fn a_key_answers_alone_and_only_what_could_be_read() {
        for (keys, expected) in [
            (&[("y", 400)][..], Some(true)),
            (&[("n", 5_000)], Some(false)),
            (&[("y", 399)], None),
            (&[("y", 399), ("y", 1_000)], Some(true)),
            // `yes do it`, by somebody who believes to be typing to the agent.
            (&[("y", 1_000), ("e", 1_100), ("s", 1_200), ("space", 1_300), ("d", 1_400), ("o", 1_500)], None),
            (&[("d", 1_000), ("esc", 1_150), ("y", 1_200)], None),
            // The second is an answer again: it stands alone.
            (&[("y", 1_000), ("y", 1_149)], None),
            (&[("y", 1_000), ("n", 1_151)], Some(true)),
        ] {
            assert_eq!(typed(&mut asked(), keys), expected, "{keys:?}");
        }
        // Nobody asks.
        let mut state = state(160, 45);
        press(&mut state, "y");
        assert!(screen(&state).contains("yes: nothing here asks for it"), "{}", screen(&state));
    }

    #[test]
    fn another_question_must_be_read_as_well_and_what_came_of_it_is_told() {
        let mut state = asked();
        assert_eq!(typed(&mut state, &[("2", 1_000), ("1", 2_000), ("y", 2_399)]), None);
        assert!(screen(&state).contains("not answered: read it"), "{}", screen(&state));
        assert_eq!(typed(&mut state, &[("y", 3_000)]), Some(true));
        update(&mut state, Msg::Answered { terminal: ASKS, yes: true, result: Ok(()) }, NOW + 4_000);
        assert!(screen(&state).contains("answered yes to fix-auth"), "{}", screen(&state));
        let failure = Failure { what: "it does not ask any more; nothing was confirmed".into(), ..Failure::default() };
        update(&mut state, Msg::Answered { terminal: ASKS, yes: true, result: Err(failure) }, NOW + 5_000);
        assert!(screen(&state).contains("fix-auth was not answered: it does not ask any more"), "{}", screen(&state));
    }
}
