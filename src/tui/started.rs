//! The server's answer to a launch: the new agent is shown and typed to, or the dialog says why there is none. Called by
//! `update`. It must never take the focus from somebody who went on to something else meanwhile.

use super::msg::{Command, Failure};
use super::state::{Dirty, Mode, Overlay, State};
use super::toasts::Tone;
use super::update::{fail, fetch};
use super::{ahead, focus, typing};
use crate::base::text;
use crate::proto::rest::Terminal;

pub fn answered(
    state: &mut State,
    result: Result<Box<Terminal>, Failure>,
    type_there: bool,
    commands: &mut Vec<Command>,
) {
    let now = state.now;
    let was_starting = std::mem::take(&mut state.launch.starting);
    let dialog = matches!(state.overlay, Some(Overlay::Launch));
    match result {
        Ok(agent) => {
            if dialog {
                state.overlay = None;
            }
            if was_starting {
                state.launch.used(&state.providers);
            }
            let id = agent.id;
            state.toasts.push(Tone::Good, format!("started {}", text::printable(&agent.window)), now);
            state.toasts.about(id);
            state.fleet.add(*agent);
            if state.mode == Mode::Command {
                focus::focus(state, id, commands);
                if type_there && state.overlay.is_none() {
                    typing::enter(state, commands);
                }
            }
            fetch(state, commands);
        }
        Err(failure) if dialog => {
            let hint = failure.hint.map(|h| format!(" · {h}")).unwrap_or_default();
            state.launch.problem = Some(text::printable(&format!("{}{hint}", failure.what)));
        }
        Err(failure) => fail(state, "could not start", &failure),
    }
    state.dirty = Dirty::Everything;
    ahead::release(state, commands);
}
