//! The server's list of sessions and agents has come: what is new in it, what has ended, and what is over by that.
//! Called by `update`. It must never move the focus by itself: `focus` does, when there is a reason.

use super::actions;
use super::diff;
use super::fleet::is_gone;
use super::msg::{Command, Failure};
use super::state::{Dirty, Link, Mode, State};
use super::toasts::Tone;
use super::update::{fetch, unread};
use crate::base::text;
use crate::proto::rest::{Session, Terminal};

pub fn on_sessions(state: &mut State, result: Result<Vec<Session>, Failure>, commands: &mut Vec<Command>) {
    state.fetch.under_way = false;
    if std::mem::take(&mut state.fetch.again) {
        fetch(state, commands);
    }
    match result {
        Ok(sessions) => {
            let was_alive: Vec<_> = state.fleet.agents().iter().filter(|a| !is_gone(a)).map(|a| a.id).collect();
            let ended = state.fleet.agents().iter().filter(|a| is_gone(a)).map(|a| (a.id, end_words(a)));
            let ended: Vec<_> = ended.collect();
            let stopping: Vec<_> =
                state.stops.iter().map(|stop| (stop.terminal, actions::stop_words(state, *stop))).collect();
            state.fleet.replace(sessions);
            // The end of one that was started again or removed is no news any more, nor is a stop of one that is not there.
            let is_alive = |id| state.fleet.get(id).map(|agent| !is_gone(agent));
            let over = ended.into_iter().filter(|(id, _)| is_alive(*id) != Some(false));
            let over = over.chain(stopping.into_iter().filter(|(id, _)| is_alive(*id).is_none()));
            over.for_each(|(_, words)| state.toasts.withdraw(&words));
            diff::listed(state);
            state.loaded = true;
            let (now, fleet) = (state.now, &state.fleet);
            for agent in fleet.agents().iter().filter(|a| is_gone(a) && was_alive.contains(&a.id)) {
                let tone = if is_well(agent) { Tone::Good } else { Tone::Error };
                state.toasts.push(tone, end_words(agent), now);
                state.toasts.about(agent.id);
            }
            state.panes.retain(|id, _| fleet.get(*id).is_some());
            state.stops.retain(|s| fleet.get(s.terminal).is_some());
            state.outbox.forget(|id| fleet.get(id).is_some());
            if state.mode == Mode::Typing && state.focused().is_some_and(is_gone) {
                state.mode = Mode::Command;
            }
        }
        // The stream says it better when the server is gone.
        Err(failure) if state.link == Link::Up => unread(state, "cannot read the sessions", &failure),
        Err(_) => {}
    }
    state.dirty = Dirty::Everything;
}

/// Whether it ended as it was meant to.
pub fn is_well(agent: &Terminal) -> bool {
    agent.stopped || agent.exit_code == Some(0)
}

/// `exited with code 1`.
pub fn exit_words(agent: &Terminal) -> String {
    match agent.exit_code {
        _ if agent.stopped => "was stopped".to_owned(),
        Some(code) => format!("exited with code {code}"),
        None => "is gone".to_owned(),
    }
}

/// `tests exited with code 1`.
fn end_words(agent: &Terminal) -> String {
    format!("{} {}", text::printable(&agent.window), exit_words(agent))
}
