//! What is asked before a work tree goes, or goes back to how it was: what would be lost and what is kept, as the server
//! says it. Nothing is sent before it is known what a yes would mean, and a yes is to exactly that.

use super::Trees;
use super::words;
use crate::base::id::TerminalId;
use crate::base::text::printable;
use crate::core::keys::Key;
use crate::proto::worktree::{Kept, Snapshot};
use crate::tui::commands::Action;
use crate::tui::fleet::is_gone;
use crate::tui::keymap::way_to;
use crate::tui::msg::{Command, Failure};
use crate::tui::state::{Dirty, Overlay, State};
use crate::tui::toasts::Tone;

#[derive(Clone, Debug)]
pub struct Question {
    pub tree: TerminalId,
    /// Its branch, for people.
    pub name: String,
    pub ask: Ask,
    /// The list that it was asked from, to be shown again.
    back: Option<Box<Trees>>,
}

#[derive(Clone, Debug)]
pub enum Ask {
    /// `None`: what it would lose is not known yet.
    Remove(Option<Box<Snapshot>>),
    /// Its folder is gone, or it is half removed: nothing is left to be lost.
    RemoveRest,
    GoBack(Kept),
}

/// Asks whether a tree shall go, as soon as it is known what that means.
pub fn ask_to_remove(state: &mut State, tree: TerminalId, back: Option<Box<Trees>>, commands: &mut Vec<Command>) {
    let name = name(state, tree, back.as_deref());
    let works = state.fleet.agents().iter().find(|agent| agent.worktree == Some(tree) && !is_gone(agent));
    if let Some(agent) = works {
        let stop = way_to(state, Action::Stop);
        return refuse(state, back, format!("{} works in {name} · {stop} stops it first", printable(&agent.window)));
    }
    let is_there = back.as_ref().and_then(|trees| trees.tree()).is_none_or(words::is_ready);
    let ask = if is_there { Ask::Remove(None) } else { Ask::RemoveRest };
    if is_there {
        commands.push(Command::KeepTree { tree, is_look: true });
    }
    state.overlay = Some(Overlay::Tree(Box::new(Question { tree, name, ask, back })));
}

/// Asks whether a living tree shall be as its last snapshot has it.
pub fn ask_to_go_back(state: &mut State, tree: TerminalId, back: Option<Box<Trees>>, commands: &mut Vec<Command>) {
    let kept = back.as_ref().and_then(|trees| trees.tree()).and_then(|tree| tree.snapshots.last()).cloned();
    match kept {
        Some(kept) => {
            let name = name(state, tree, back.as_deref());
            state.overlay = Some(Overlay::Tree(Box::new(Question { tree, name, ask: Ask::GoBack(kept), back })));
        }
        // Which snapshots there are is in the list.
        None => super::list::open(state, Some(tree), commands),
    }
}

fn name(state: &State, tree: TerminalId, list: Option<&Trees>) -> String {
    let listed = list.and_then(Trees::tree).map(words::branch);
    let works = || state.fleet.agents().iter().find(|agent| agent.worktree == Some(tree));
    let branch = || works().and_then(|agent| agent.branch.as_deref().map(printable));
    listed.or_else(branch).unwrap_or_else(|| tree.to_string())
}

/// Says why not: in the list where one is open, else in a notice.
fn refuse(state: &mut State, back: Option<Box<Trees>>, why: String) {
    match back {
        Some(mut trees) => {
            trees.problem = Some(why);
            state.overlay = Some(Overlay::Trees(trees));
        }
        None => {
            let now = state.now;
            state.toasts.push(Tone::Info, why, now);
        }
    }
}

/// What a removal would lose is known, or why it is not.
pub fn looked(state: &mut State, tree: TerminalId, result: Result<Snapshot, Failure>) {
    let is_asked = |overlay: &Overlay| matches!(overlay, Overlay::Tree(question) if question.tree == tree);
    if !state.overlay.as_ref().is_some_and(is_asked) {
        return;
    }
    let Some(Overlay::Tree(mut question)) = state.overlay.take() else { return };
    match result {
        Ok(snapshot) => {
            question.ask = Ask::Remove(Some(Box::new(snapshot)));
            state.overlay = Some(Overlay::Tree(question));
        }
        Err(failure) => refuse(state, question.back, failure.what),
    }
    state.dirty = Dirty::Everything;
}

/// The answer. The overlay has been taken; it is put back when it stays.
pub fn key(state: &mut State, question: Question, key: Key, commands: &mut Vec<Command>) {
    let now = state.now;
    let Question { tree, ask, back, name } = question;
    let is_yes = key.printable() == Some('y');
    match ask {
        Ask::Remove(None) if is_yes => {
            state.toasts.whisper("still looking at what is in it", now);
            let ask = Ask::Remove(None);
            state.overlay = Some(Overlay::Tree(Box::new(Question { tree, name, ask, back })));
            return;
        }
        Ask::Remove(Some(looked)) if is_yes => {
            state.toasts.push(Tone::Info, format!("removing {name}…"), now);
            commands.push(Command::RemoveTree { tree, accept: looked.accept });
        }
        Ask::RemoveRest if is_yes => commands.push(Command::RemoveTree { tree, accept: String::new() }),
        Ask::GoBack(_) if is_yes => commands.push(Command::RestoreTree(tree)),
        _ => state.toasts.push(Tone::Info, format!("{name} stays as it is"), now),
    }
    state.overlay = back.map(Overlay::Trees);
}
