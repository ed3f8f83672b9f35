//! The diff of an agent's work: its files, the lines that changed, what the user says about them. `view` keeps what is
//! shown, `rows` lays it out, `review` holds the comments, `keys` carries out what the command table found. Called by
//! `update` and drawn by the view of the same name.
//!
//! How it stays live without work for nobody: it asks again only after its agent has printed something, changed its state
//! or been sent something, at most once a second and in a quarter of the time at most; it names the revision that it has,
//! and an answer that says "unchanged" draws nothing. An agent at rest costs nothing.

mod keys;
mod review;
mod rows;
#[cfg(test)]
mod tests;
mod view;

pub use keys::{click, key, open, perform, wheel};
pub use review::{Comment, Kept, Review};
pub use rows::{Row, Side};
#[cfg(test)]
pub use tests::opened;
pub use view::{DiffView, Part, areas};

use super::fleet::short_path;
use super::msg::{Command, Failure};
use super::state::{Dirty, Overlay, State};
use super::toasts::Tone;
use crate::base::clock::Millis;
use crate::base::id::TerminalId;
use crate::base::text;
use crate::proto::diff::{Diff, DiffBase};

/// The view, open or behind its help.
pub fn shown(state: &State) -> Option<&DiffView> {
    match (&state.overlay, &state.under) {
        (Some(Overlay::Diff(view)), _) => Some(view),
        (_, under) => under.as_deref(),
    }
}

fn shown_mut(state: &mut State) -> Option<&mut DiffView> {
    match (&mut state.overlay, &mut state.under) {
        (Some(Overlay::Diff(view)), _) => Some(view),
        (_, under) => under.as_deref_mut(),
    }
}

/// Whether the view hides the panes.
pub fn covers(state: &State) -> bool {
    matches!(&state.overlay, Some(Overlay::Diff(view)) if view.is_visible(state.now))
}

/// The agent did something: its files may be others now.
pub fn heard(state: &mut State, terminal: TerminalId) {
    if let Some(view) = shown_mut(state).filter(|view| view.terminal == terminal) {
        view.is_stale = true;
    }
}

/// Agents are listed anew: one that settled may have written its last file.
pub fn listed(state: &mut State) {
    let fleet = &state.fleet;
    state.reviews.retain(|id, _| fleet.get(*id).is_some());
    let Some(terminal) = shown(state).map(|view| view.terminal) else { return };
    let revision = state.fleet.get(terminal).map(|agent| agent.revision);
    if let Some(view) = shown_mut(state).filter(|view| view.agent_revision != revision) {
        (view.agent_revision, view.is_stale) = (revision, true);
    }
}

/// When the view wants to be looked after.
pub fn due(state: &State) -> Option<Millis> {
    shown(state)?.due()
}

/// Asks again when it is time.
pub fn tick(state: &mut State, commands: &mut Vec<Command>) {
    let now = state.now;
    if let Some(view) = shown_mut(state).filter(|view| view.is_time_to_ask(now)) {
        commands.push(view.ask(now));
    }
}

/// What the server said.
pub fn answered(
    state: &mut State,
    terminal: TerminalId,
    base: DiffBase,
    result: Result<Box<Diff>, Failure>,
    commands: &mut Vec<Command>,
) {
    let (now, home) = (state.now, state.settings.home.clone());
    let mut reviews = std::mem::take(&mut state.reviews);
    let height = usize::from(areas(state).map_or(0, |areas| areas.lines.height));
    let Some(view) = shown_mut(state).filter(|view| view.terminal == terminal && view.base == base) else {
        state.reviews = reviews;
        return;
    };
    view.is_asking = false;
    view.took = now.saturating_sub(view.asked_at);
    match result {
        Ok(diff) if diff.unchanged => {
            let is_news = view.problem.take().is_some();
            if is_news {
                state.dirty = Dirty::Everything;
            }
        }
        Ok(diff) => {
            view.load(*diff, reviews.entry(terminal).or_default(), height);
            state.dirty = Dirty::Everything;
        }
        Err(failure) => {
            let words = short_path(&text::printable(&failure.what), home.as_deref());
            let is_first = view.diff.is_none();
            view.problem = Some(words.clone());
            state.dirty = Dirty::Everything;
            if is_first {
                close(state);
                let hint = failure.hint.map(|hint| format!(" · {hint}")).unwrap_or_default();
                state.toasts.push(Tone::Info, format!("d: no diff, {words}{hint}"), now);
            }
        }
    }
    state.reviews = reviews;
    tick(state, commands);
}

/// What became of the comments that were sent.
pub fn messaged(state: &mut State, terminal: TerminalId, result: Result<(), Failure>) {
    let (now, name) = (state.now, state.name(terminal));
    let Some(review) = state.reviews.get_mut(&terminal) else { return };
    let count = review.answered(result.is_ok());
    match result {
        Ok(()) => {
            let what = if count == 1 { "1 comment".to_owned() } else { format!("{count} comments") };
            state.toasts.push(Tone::Good, format!("sent {what} to {name}"), now);
        }
        Err(failure) => {
            let words = text::printable(&failure.what);
            state.toasts.push(Tone::Error, format!("not sent to {name}: {words} · the comments are kept"), now);
        }
    }
    keys::lay_out(state);
    state.dirty = Dirty::Everything;
}

fn close(state: &mut State) {
    state.under = None;
    if matches!(state.overlay, Some(Overlay::Diff(_))) {
        state.overlay = None;
    }
}
