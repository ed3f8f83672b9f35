//! What stands over the screen until somebody does something about it: that everything is stopped, or that agents were
//! cut off and can be taken up again. And the commands for both. It must never act without having been asked.

use super::commands::Action;
use super::fleet::is_gone;
use super::keymap::way_to;
use super::msg::{Command, Failure};
use super::state::{Dirty, Overlay, State};
use super::toasts::Tone;
use crate::base::text;
use crate::core::keys::Key;
use crate::proto::life::{Done, StopAll, What};

/// More than so many are not named: the list of events would be read instead.
const NAMED: usize = 3;

#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Standing {
    /// Everything is stopped: messages are held.
    pub is_stopped: bool,
    /// What was cut off has been taken up from here: what could not be is like any other gone agent.
    was_resumed: bool,
}

/// Agents that were cut off and wait to be taken up. Shells are not: nothing of them could be taken up.
fn cut_off(state: &State) -> usize {
    let all = state.fleet.agents().iter();
    if state.standing.was_resumed { 0 } else { all.filter(|agent| agent.cut_off && !agent.is_shell).count() }
}

/// What stands over the screen now, in a long and in a short form.
pub fn words(state: &State) -> Option<[String; 2]> {
    if state.standing.is_stopped {
        let key = way_to(state, Action::StopAll);
        return Some([
            format!("everything is stopped: no message is typed · {key} takes it back"),
            format!("all stopped · {key} takes it back"),
        ]);
    }
    let key = way_to(state, Action::Restart);
    Some(match cut_off(state) {
        0 => return None,
        1 => [
            format!("1 agent was running when it was cut off · {key} resumes it"),
            format!("1 agent cut off · {key} resumes it"),
        ],
        n => [
            format!("{n} agents were running when they were cut off · {key} resumes all"),
            format!("{n} agents cut off · {key} resumes all"),
        ],
    })
}

/// Takes everything up, when there is something.
pub fn resume_all(state: &mut State, commands: &mut Vec<Command>) {
    let now = state.now;
    match cut_off(state) {
        0 => state.toasts.push(Tone::Info, "no agent was cut off", now),
        n => {
            let agents = if n == 1 { "1 agent".to_owned() } else { format!("{n} agents") };
            state.toasts.push(Tone::Info, format!("resuming {agents}"), now);
            state.standing.was_resumed = true;
            commands.push(Command::ResumeAll);
        }
    }
}

/// Whether the key that restarts an agent takes all up now: until it has, no single one is meant.
pub fn restart_means_all(state: &State) -> bool {
    cut_off(state) > 0 && state.focused().is_none_or(|agent| agent.cut_off || !is_gone(agent))
}

pub fn resumed(state: &mut State, result: Result<Vec<Done>, Failure>) {
    let now = state.now;
    state.dirty = Dirty::Everything;
    match result {
        Ok(done) => told(state, &done, What::Resumed),
        Err(failure) => {
            state.standing.was_resumed = false;
            state.toasts.push(Tone::Error, format!("could not resume: {}", text::printable(&failure.what)), now);
        }
    }
}

/// The question, unless it is answered already.
pub fn ask(state: &mut State) {
    state.overlay = Some(Overlay::ConfirmStopAll);
}

/// The answer to the question.
pub fn key(state: &mut State, key: Key, commands: &mut Vec<Command>) {
    let now = state.now;
    match key.printable() {
        Some('y') => commands.push(Command::StopAll { undo: state.standing.is_stopped }),
        _ if state.standing.is_stopped => state.toasts.push(Tone::Info, "everything stays stopped", now),
        _ => state.toasts.push(Tone::Info, "everything goes on", now),
    }
}

/// What the server says: what it was asked, or what somebody else has done.
pub fn stopped(state: &mut State, result: Result<StopAll, Failure>) {
    let now = state.now;
    state.dirty = Dirty::Everything;
    match result {
        Ok(said) => {
            let was = std::mem::replace(&mut state.standing.is_stopped, said.stopped_since_ms.is_some());
            if !said.agents.is_empty() {
                told(state, &said.agents, What::Interrupted);
            } else if was && !state.standing.is_stopped {
                state.toasts.push(Tone::Good, "messages are typed again", now);
            }
        }
        Err(failure) => {
            state.toasts.push(Tone::Error, format!("could not stop all: {}", text::printable(&failure.what)), now);
        }
    }
}

/// How many it was done with, and each that failed by its name.
fn told(state: &mut State, done: &[Done], good: What) {
    let now = state.now;
    let count = done.iter().filter(|one| one.what == good).count();
    let agents = if count == 1 { "1 agent".to_owned() } else { format!("{count} agents") };
    state.toasts.push(Tone::Good, format!("{agents} {}", good.word()), now);
    for one in done.iter().filter(|one| one.what == What::Failed).take(NAMED) {
        let words = format!("{} not {}: {}", one.window, good.word(), one.words);
        state.toasts.push(Tone::Error, text::printable(&words), now);
        state.toasts.about(one.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::id::TerminalId;
    use crate::proto::rest::Status;
    use crate::tui::msg::Msg;
    use crate::tui::testing::{NOW, press, screen, sessions, state};
    use crate::tui::update::update;

    fn done(id: u32, what: What, words: &str) -> Done {
        let (window, session) = (format!("agent-{id}"), "conductor-api".to_owned());
        Done { id: TerminalId(id), window, session, what, words: words.into() }
    }

    #[test]
    fn everything_is_stopped_after_a_question_and_says_so_until_it_is_taken_back() {
        let mut state = state(160, 45);
        press(&mut state, "S");
        assert!(screen(&state).contains("Stop everything?"), "{}", screen(&state));
        assert_eq!(press(&mut state, "n"), []);
        assert!(screen(&state).contains("everything goes on"));
        assert_eq!(press(&mut state, "S y"), [Command::StopAll { undo: false }]);
        let agents = vec![done(1, What::Interrupted, "by Escape"), done(2, What::Failed, "the agent is gone")];
        update(&mut state, Msg::Stopped(Ok(StopAll { stopped_since_ms: Some(1), agents })), NOW);
        let picture = screen(&state);
        assert!(picture.contains("everything is stopped: no message is typed · S takes it back"), "{picture}");
        assert!(picture.contains("1 agent interrupted"), "{picture}");
        assert_eq!(press(&mut state, "S y"), [Command::StopAll { undo: true }]);
        update(&mut state, Msg::Stopped(Ok(StopAll::default())), NOW);
        assert!(!screen(&state).contains("everything is stopped"));
    }

    #[test]
    fn what_was_cut_off_is_taken_up_by_one_key() {
        let mut state = state(160, 45);
        let mut all = sessions();
        for (n, agent) in all.iter_mut().flat_map(|session| &mut session.terminals).enumerate() {
            (agent.cut_off, agent.pid, agent.status) = (true, None, Status::Closed);
            agent.is_shell = n == 0;
        }
        let count = all.iter().map(|session| session.terminals.len()).sum::<usize>() - 1;
        update(&mut state, Msg::Sessions(Ok(all)), NOW);
        let words = format!("{count} agents were running when they were cut off · R resumes all");
        assert!(screen(&state).contains(&words), "{}", screen(&state));
        assert_eq!(press(&mut state, "2 R").last(), Some(&Command::ResumeAll));
        assert!(!screen(&state).contains("were running"));
        let failed = done(3, What::Failed, "there is no conversation to resume");
        update(&mut state, Msg::ResumedAll(Ok(vec![done(2, What::Resumed, ""), failed])), NOW);
        let picture = screen(&state);
        assert!(picture.contains("agent-3 not resumed: there is no conversation to resume"), "{picture}");
        // What could not be is restarted alone.
        assert!(matches!(press(&mut state, "R").last(), Some(Command::Restart(_))));
    }
}
