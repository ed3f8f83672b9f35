//! The list of work trees: which are there, which is chosen, and what its keys do. What one of them holds is asked only of
//! the one that is chosen, and one at a time: git has to look at its files.

use super::words;
use super::{finish, open_diff, question};
use crate::base::id::TerminalId;
use crate::core::keys::Key;
use crate::proto::worktree::{Outlook, Worktree};
use crate::tui::actions;
use crate::tui::commands::{Action, Context};
use crate::tui::focus::focus;
use crate::tui::keymap::way_in;
use crate::tui::msg::{Command, Failure};
use crate::tui::state::{Dirty, Overlay, State};

/// Rows of a page: less than any list is high would be tedious, more would jump over some.
const PAGE: usize = 10;

/// The open list.
#[derive(Clone, Debug, Default)]
pub struct Trees {
    /// As they are listed; `None`: they have not come yet.
    pub all: Option<Vec<Worktree>>,
    pub chosen: Option<TerminalId>,
    /// What is known of what those hold that were chosen so far.
    outlooks: Vec<(TerminalId, Outlook)>,
    /// It was asked of this one.
    asking: Option<TerminalId>,
    /// Why something was not done, or could not be read.
    pub problem: Option<String>,
}

/// A row of the list.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Line {
    /// The repository of those below it, by the place of the first of them.
    Repository(usize),
    Tree(usize),
}

impl Trees {
    pub fn trees(&self) -> &[Worktree] {
        self.all.as_deref().unwrap_or_default()
    }

    /// The place of the chosen one.
    pub fn at(&self) -> usize {
        let all = self.trees();
        self.chosen.and_then(|id| all.iter().position(|tree| tree.id == id)).unwrap_or(0)
    }

    pub fn tree(&self) -> Option<&Worktree> {
        self.trees().get(self.at())
    }

    pub fn outlook(&self, id: TerminalId) -> Option<&Outlook> {
        self.outlooks.iter().find(|(known, _)| *known == id).map(|(_, outlook)| outlook)
    }

    /// Each repository above its trees.
    pub fn lines(&self) -> Vec<Line> {
        let mut out = Vec::new();
        let mut repository = "";
        for (n, tree) in self.trees().iter().enumerate() {
            if n == 0 || tree.repository != repository {
                out.push(Line::Repository(n));
            }
            repository = &tree.repository;
            out.push(Line::Tree(n));
        }
        out
    }

    fn take_in(&mut self, mut all: Vec<Worktree>) {
        let mut repositories: Vec<String> = Vec::new();
        for tree in &all {
            if !repositories.contains(&tree.repository) {
                repositories.push(tree.repository.clone());
            }
        }
        let place = |tree: &Worktree| repositories.iter().position(|known| *known == tree.repository);
        // Those that are there as they were made, then the removed ones, the last first.
        let kept = |tree: &Worktree| std::cmp::Reverse(tree.kept_until_ms.unwrap_or(u64::MAX));
        all.sort_by_key(|tree| (place(tree), kept(tree)));
        self.all = Some(all);
        self.outlooks.clear();
        self.chosen = self.tree().map(|tree| tree.id);
    }

    /// Asks what the chosen one holds, unless that is known, or another is being asked about.
    fn ask(&mut self) -> Option<Command> {
        let tree = self.tree().filter(|tree| words::is_ready(tree))?.id;
        if self.asking.is_some() || self.outlook(tree).is_some() {
            return None;
        }
        self.asking = Some(tree);
        Some(Command::LookAtTree { tree, into: None })
    }
}

/// Opens the list at a tree.
pub fn open(state: &mut State, at: Option<TerminalId>, commands: &mut Vec<Command>) {
    state.overlay = Some(Overlay::Trees(Box::new(Trees { chosen: at, ..Trees::default() })));
    commands.push(Command::FetchTrees);
}

/// Something has changed.
pub fn look_again(state: &State, commands: &mut Vec<Command>) {
    if matches!(state.overlay, Some(Overlay::Trees(_))) {
        commands.push(Command::FetchTrees);
    }
}

pub fn listed(state: &mut State, result: Result<Vec<Worktree>, Failure>, commands: &mut Vec<Command>) {
    let Some(Overlay::Trees(trees)) = &mut state.overlay else { return };
    match result {
        Ok(all) => {
            trees.take_in(all);
            commands.extend(trees.ask());
        }
        Err(failure) => trees.problem = Some(format!("cannot read the work trees: {}", failure.what)),
    }
    state.dirty = Dirty::Everything;
}

pub fn looked(
    state: &mut State,
    tree: TerminalId,
    result: Result<(Box<Worktree>, Outlook), Failure>,
    commands: &mut Vec<Command>,
) {
    let Some(Overlay::Trees(trees)) = &mut state.overlay else { return };
    trees.asking = None;
    let is_new = trees.outlook(tree).is_none();
    match result {
        Ok((_, outlook)) if is_new => trees.outlooks.push((tree, outlook)),
        Ok(_) => {}
        Err(failure) if trees.tree().is_some_and(|chosen| chosen.id == tree) => trees.problem = Some(failure.what),
        Err(_) => {}
    }
    // The choice may have gone on meanwhile; what could not be read is not asked for without end.
    if trees.tree().is_some_and(|chosen| chosen.id != tree) {
        commands.extend(trees.ask());
    }
}

/// A key while it is open. The overlay has been taken; it is put back when it stays.
pub fn key(state: &mut State, mut trees: Box<Trees>, key: Key, commands: &mut Vec<Command>) {
    state.dirty = Dirty::Everything;
    trees.problem = None;
    let action = state.settings.keymap.lookup(key, Context::Trees).map(|(command, _)| command.action);
    let from_below = state.settings.keymap.lookup(key, Context::Main).map(|(command, _)| command.action);
    match (action, from_below) {
        (Some(action), _) => perform(state, trees, action, commands),
        (None, Some(action @ (Action::Palette | Action::Help | Action::Undo))) => {
            actions::perform(state, action, None, commands);
            if action == Action::Undo {
                state.overlay = Some(Overlay::Trees(trees));
            }
        }
        _ => {
            let close = way_in(state, Action::Close, Context::Trees);
            trees.problem = Some(format!("{key} does nothing here · {close} closes"));
            state.overlay = Some(Overlay::Trees(trees));
        }
    }
}

fn perform(state: &mut State, mut trees: Box<Trees>, action: Action, commands: &mut Vec<Command>) {
    let (at, last) = (trees.at(), trees.trees().len().saturating_sub(1));
    let to = match action {
        Action::Close => return,
        Action::ScrollUp => at.saturating_sub(1),
        Action::ScrollDown => at + 1,
        Action::PageUp => at.saturating_sub(PAGE),
        Action::PageDown => at + PAGE,
        Action::Top => 0,
        Action::Bottom => last,
        other => return with_chosen(state, trees, other, commands),
    };
    trees.chosen = trees.trees().get(to.min(last)).map(|tree| tree.id);
    commands.extend(trees.ask());
    state.overlay = Some(Overlay::Trees(trees));
}

/// Does something with the chosen tree, or says why not.
fn with_chosen(state: &mut State, mut trees: Box<Trees>, action: Action, commands: &mut Vec<Command>) {
    let Some(tree) = trees.tree().cloned() else {
        trees.problem = Some("there is no work tree to do that with".to_owned());
        state.overlay = Some(Overlay::Trees(trees));
        return;
    };
    if let Some(why) = why_not(state, &tree, action) {
        trees.problem = Some(why);
        state.overlay = Some(Overlay::Trees(trees));
        return;
    }
    match action {
        Action::Open => {
            if let Some(id) = tree.terminals.iter().copied().find(|id| state.fleet.get(*id).is_some()) {
                focus(state, id, commands);
            }
        }
        Action::Diff => drop(open_diff(state, &tree, commands)),
        Action::KeepTree => {
            super::keep(state, tree.id, commands);
            state.overlay = Some(Overlay::Trees(trees));
        }
        Action::FinishTree => finish::open(state, tree.id, Some(trees), commands),
        Action::RemoveTree => question::ask_to_remove(state, tree.id, Some(trees), commands),
        Action::RestoreTree if words::is_ready(&tree) => {
            question::ask_to_go_back(state, tree.id, Some(trees), commands);
        }
        Action::RestoreTree => {
            commands.push(Command::RestoreTree(tree.id));
            state.overlay = Some(Overlay::Trees(trees));
        }
        _ => state.overlay = Some(Overlay::Trees(trees)),
    }
}

fn why_not(state: &State, tree: &Worktree, action: Action) -> Option<String> {
    let name = words::branch(tree);
    let restore = way_in(state, Action::RestoreTree, Context::Trees);
    let is_change = matches!(action, Action::KeepTree | Action::FinishTree | Action::RemoveTree | Action::RestoreTree);
    let is_listed = |id: &TerminalId| state.fleet.get(*id).is_some();
    match action {
        _ if is_change && state.settings.read_only => Some("read-only: nothing can be changed".to_owned()),
        Action::Open | Action::Diff if !tree.terminals.iter().any(is_listed) => {
            Some(format!("no agent is left that worked in {name}"))
        }
        Action::KeepTree | Action::FinishTree | Action::Diff if !words::is_ready(tree) => {
            let state = words::state(tree, state.now);
            Some(format!("{name}: {state} · {restore} brings it back"))
        }
        Action::RemoveTree if tree.state == "removed" => Some(format!("{name} is removed already")),
        Action::RestoreTree if tree.snapshots.is_empty() => {
            let keep = way_in(state, Action::KeepTree, Context::Trees);
            Some(format!("there is no snapshot of {name} · {keep} takes one"))
        }
        _ => None,
    }
}
