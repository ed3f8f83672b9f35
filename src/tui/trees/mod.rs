//! The work trees of agents on the screen: the list of them, the question before one goes or goes back, the dialog of the
//! end of its work, and what is said afterwards. Called by `update` for keys and answers and by `actions` for commands.
//!
//! It must never take a tree away, or bring work anywhere, that nobody said yes to; the server does each of these, and
//! says what came of it.

mod finish;
mod list;
mod question;
pub mod words;

pub use finish::{Finish, Row, Way};
pub use list::{Line, Trees};
pub use question::{Ask, Question};

use super::commands::Action;
use super::focus::focus;
use super::keymap::way_to;
use super::msg::{Command, Failure};
use super::state::{Dirty, Overlay, State};
use super::toasts::Tone;
use super::{actions, diff, fleet};
use crate::base::clock::Millis;
use crate::base::id::TerminalId;
use crate::base::text::printable;
use crate::core::keys::Key;
use crate::proto::worktree::{Finished, Outlook, Snapshot, Worktree};

/// A tree that was taken away from here, and can be brought back by the key that undoes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Gone {
    pub tree: TerminalId,
    name: String,
    pub at: Millis,
}

/// Does a command of the table with the focused agent's tree.
pub fn perform(state: &mut State, action: Action, commands: &mut Vec<Command>) {
    let of_focused = state.focused().and_then(|agent| agent.worktree);
    match (action, of_focused) {
        (Action::WorkTrees, _) => list::open(state, of_focused, commands),
        (Action::KeepTree, Some(tree)) => keep(state, tree, commands),
        (Action::FinishTree, Some(tree)) => finish::open(state, tree, None, commands),
        (Action::RemoveTree, Some(tree)) => question::ask_to_remove(state, tree, None, commands),
        (Action::RestoreTree, Some(tree)) => question::ask_to_go_back(state, tree, None, commands),
        // One that was removed is in the list, and is called by the agent that it was made for.
        (Action::RestoreTree, None) => list::open(state, state.focus, commands),
        _ => {}
    }
}

/// A key in the list. The overlay has been taken; it is put back when it stays.
pub fn key(state: &mut State, trees: Box<Trees>, key: Key, commands: &mut Vec<Command>) {
    list::key(state, trees, key, commands);
}

pub fn question_key(state: &mut State, question: Question, key: Key, commands: &mut Vec<Command>) {
    question::key(state, question, key, commands);
}

pub fn finish_key(state: &mut State, dialog: Box<Finish>, key: Key, commands: &mut Vec<Command>) {
    finish::key(state, dialog, key, commands);
}

/// Somebody has changed one: the list says so, if it is open.
pub fn heard(state: &mut State, commands: &mut Vec<Command>) {
    list::look_again(state, commands);
}

pub fn listed(state: &mut State, result: Result<Vec<Worktree>, Failure>, commands: &mut Vec<Command>) {
    list::listed(state, result, commands);
}

/// What there is to know of one tree has come: for the list, or for a dialog about it.
pub fn looked(
    state: &mut State,
    tree: TerminalId,
    result: Result<(Box<Worktree>, Outlook), Failure>,
    commands: &mut Vec<Command>,
) {
    state.dirty = Dirty::Everything;
    match &mut state.overlay {
        Some(Overlay::Trees(_)) => list::looked(state, tree, result, commands),
        Some(Overlay::Finish(dialog)) if dialog.tree == tree => dialog.looked(result),
        _ => {}
    }
}

/// A snapshot was taken: because somebody wanted one, or to say what a removal would lose.
pub fn kept(state: &mut State, tree: TerminalId, is_look: bool, result: Result<Snapshot, Failure>) {
    state.dirty = Dirty::Everything;
    if is_look {
        return question::looked(state, tree, result);
    }
    let now = state.now;
    match result {
        Ok(snapshot) => {
            let (number, files) = (snapshot.kept.number, words::count(snapshot.files, "file"));
            let left = snapshot.left_out.len() as u64 + snapshot.more_left_out;
            let left = if left > 0 { format!(" · {} not in it", words::count(left, "thing")) } else { String::new() };
            state.toasts.push(Tone::Good, format!("snapshot {number}: {files}{left}"), now);
        }
        Err(failure) => failed(state, "no snapshot", &failure),
    }
}

pub fn removed(state: &mut State, result: Result<Box<Worktree>, Failure>, commands: &mut Vec<Command>) {
    match result {
        Ok(tree) => {
            let (name, undo) = (printable(&tree.name), way_to(state, Action::Undo));
            let days = words::state(&tree, state.now).replace("removed, ", "");
            went(state, &tree, format!("{name} is removed · {undo} brings it back · {days}"));
        }
        Err(failure) => failed(state, "not removed", &failure),
    }
    look_again(state, commands);
}

pub fn finished(
    state: &mut State,
    tree: TerminalId,
    result: Result<Box<Finished>, Failure>,
    commands: &mut Vec<Command>,
) {
    let now = state.now;
    match result {
        Ok(done) => {
            finish::close(state, tree);
            let said = words::finished(&done);
            for note in &done.notes {
                state.toasts.push(Tone::Error, printable(note), now);
            }
            if done.removed {
                let undo = way_to(state, Action::Undo);
                went(state, &done.worktree, format!("{said} · its tree is removed, {undo} brings it back"));
            } else {
                state.toasts.push(Tone::Good, said, now);
            }
        }
        // The dialog says why, where it is still open.
        Err(failure) => {
            if let Some(failure) = finish::refused(state, tree, failure, commands) {
                failed(state, "not finished", &failure);
            }
        }
    }
    look_again(state, commands);
}

/// A tree is gone, and there is a way back.
fn went(state: &mut State, tree: &Worktree, said: String) {
    let now = state.now;
    state.gone = Some(Gone { tree: tree.id, name: printable(&tree.name), at: now });
    state.toasts.push_until(Tone::Good, said, now, Some(now + actions::UNDO));
}

pub fn restored(state: &mut State, result: Result<Box<Worktree>, Failure>, commands: &mut Vec<Command>) {
    let now = state.now;
    match result {
        Ok(tree) => {
            state.gone = state.gone.take().filter(|gone| gone.tree != tree.id);
            let path = fleet::short_path(&tree.path, state.settings.home.as_deref());
            let said = format!("{} is back at {}", printable(&tree.name), printable(&path));
            state.toasts.push(Tone::Good, said, now);
            for note in &tree.notes {
                state.toasts.push(Tone::Info, printable(note), now);
            }
        }
        Err(failure) => failed(state, "not brought back", &failure),
    }
    look_again(state, commands);
}

/// Brings back what was removed last; whether there was such a tree.
pub fn undo(state: &mut State, commands: &mut Vec<Command>) -> bool {
    let Some(gone) = state.gone.take() else { return false };
    let now = state.now;
    state.toasts.push(Tone::Info, format!("bringing {} back", gone.name), now);
    commands.push(Command::RestoreTree(gone.tree));
    true
}

fn keep(state: &mut State, tree: TerminalId, commands: &mut Vec<Command>) {
    let now = state.now;
    state.toasts.push(Tone::Info, "taking a snapshot…", now);
    commands.push(Command::KeepTree { tree, is_look: false });
}

/// Shows what became of the files in a tree: by an agent that works there, or has.
fn open_diff(state: &mut State, tree: &Worktree, commands: &mut Vec<Command>) -> bool {
    let there = tree.terminals.iter().copied().find(|id| state.fleet.get(*id).is_some());
    if let Some(id) = there {
        focus(state, id, commands);
        diff::open(state, commands);
    }
    there.is_some()
}

fn look_again(state: &mut State, commands: &mut Vec<Command>) {
    state.dirty = Dirty::Everything;
    list::look_again(state, commands);
    super::update::fetch(state, commands);
}

fn failed(state: &mut State, what: &str, failure: &Failure) {
    let (now, hint) = (state.now, failure.hint.as_ref().map(|hint| format!(" · {hint}")).unwrap_or_default());
    state.toasts.push(Tone::Error, printable(&format!("{what}: {}{hint}", failure.what)), now);
}
