//! The dialog of the end of an agent's work: how it is brought home, where, under which words what is not committed goes,
//! and what becomes of the tree. It says beforehand what would happen, and afterwards why it did not. It must never send
//! anything but what it says.

use super::Trees;
use super::words;
use crate::base::id::TerminalId;
use crate::base::text::printable;
use crate::core::keys::{Key, KeyCode};
use crate::proto::rest::Terminal;
use crate::proto::worktree::{FinishRequest, How, Outlook, Worktree};
use crate::tui::field::Field;
use crate::tui::fleet::is_gone;
use crate::tui::msg::{Command, Failure};
use crate::tui::state::{Dirty, Overlay, State};

/// How the work is brought home.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Way {
    #[default]
    Merge,
    Squash,
    Rebase,
    Push,
}

impl Way {
    pub const ALL: [Way; 4] = [Way::Merge, Way::Squash, Way::Rebase, Way::Push];

    pub fn word(self) -> &'static str {
        match self {
            Way::Merge => "merge",
            Way::Squash => "squash",
            Way::Rebase => "rebase",
            Way::Push => "push",
        }
    }

    fn how(self) -> Option<How> {
        match self {
            Way::Merge => Some(How::Merge),
            Way::Squash => Some(How::Squash),
            Way::Rebase => Some(How::Rebase),
            Way::Push => None,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Row {
    #[default]
    How,
    /// The branch, or the remote.
    Into,
    /// The words of a commit of what has none.
    Commit,
    /// Whether the tree stays.
    After,
}

#[derive(Clone, Debug)]
pub struct Finish {
    pub tree: TerminalId,
    /// The tree, once it has come.
    pub shown: Option<Worktree>,
    pub outlook: Option<Outlook>,
    pub row: Row,
    pub way: Way,
    pub into: Field,
    pub remote: Field,
    pub commit: Field,
    pub keeps: bool,
    /// It was sent; the next answer is to that.
    pub is_under_way: bool,
    /// Why nothing has landed.
    pub problem: Option<String>,
    /// The list that it was opened from, to be shown again.
    back: Option<Box<Trees>>,
}

/// Opens it for a tree.
pub fn open(state: &mut State, tree: TerminalId, back: Option<Box<Trees>>, commands: &mut Vec<Command>) {
    let mut dialog = Finish {
        tree,
        shown: None,
        outlook: None,
        row: Row::default(),
        way: Way::default(),
        into: Field::default(),
        remote: Field::default(),
        commit: Field::default(),
        keeps: false,
        is_under_way: false,
        problem: None,
        back: None,
    };
    if let Some(listed) = back.as_ref().and_then(|trees| trees.tree()) {
        dialog.take_in(listed.clone());
    }
    dialog.back = back;
    state.overlay = Some(Overlay::Finish(Box::new(dialog)));
    commands.push(Command::LookAtTree { tree, into: None });
}

impl Finish {
    /// The rows that mean something now.
    pub fn rows(&self) -> Vec<Row> {
        let is_left = self.outlook.as_ref().is_some_and(|outlook| words::uncommitted(outlook) > 0);
        let commit = (is_left || !self.commit.is_empty()).then_some(Row::Commit);
        [Row::How, Row::Into].into_iter().chain(commit).chain([Row::After]).collect()
    }

    fn take_in(&mut self, tree: Worktree) {
        if self.shown.is_none() && self.into.is_empty() {
            self.into = Field::new(&tree.base);
        }
        self.shown = Some(tree);
    }

    pub fn looked(&mut self, result: Result<(Box<Worktree>, Outlook), Failure>) {
        match result {
            Ok((tree, outlook)) => {
                self.take_in(*tree);
                if self.remote.is_empty() {
                    self.remote = Field::new(outlook.remotes.first().map_or("", String::as_str));
                }
                self.outlook = Some(outlook);
            }
            Err(failure) => self.problem = Some(printable(&failure.what)),
        }
    }

    pub fn field(&mut self) -> Option<&mut Field> {
        match (self.row, self.way) {
            (Row::Into, Way::Push) => Some(&mut self.remote),
            (Row::Into, _) => Some(&mut self.into),
            (Row::Commit, _) => Some(&mut self.commit),
            (Row::How | Row::After, _) => None,
        }
    }

    /// Where it goes: a branch, or a remote.
    pub fn target(&self) -> String {
        let field = if self.way == Way::Push { &self.remote } else { &self.into };
        field.text().trim().to_owned()
    }

    /// What would happen, a sentence a line.
    pub fn sentences(&self, state: &State) -> Vec<String> {
        let (Some(tree), Some(outlook)) = (&self.shown, &self.outlook) else {
            return vec!["looking at the work…".to_owned()];
        };
        let name = words::branch(tree);
        let mut said = Vec::new();
        let left = words::uncommitted(outlook);
        if left > 0 {
            let files = words::count(left, "file");
            let gets = if left == 1 { "gets" } else { "get" };
            let named = words::names(&outlook.changed, outlook.more);
            said.push(match self.commit.is_empty() {
                true => format!("No commit has {named}: write words for one, or have the agent commit."),
                false => format!("{files} without a commit {gets} one first: {named}."),
            });
        }
        said.push(words::landing(&name, &self.target(), self.way.how(), outlook, left > 0 && !self.commit.is_empty()));
        said.push(match (self.keeps, self.works_in(state)) {
            (true, _) => "The tree stays, and a snapshot is kept of it.".to_owned(),
            (false, Some(agent)) => {
                format!("{} still works in the tree, so the tree stays.", printable(&agent.window))
            }
            (false, None) => {
                let days = words::count(outlook.keep_days, "day");
                format!("The tree is removed; for {days} it can be brought back, with everything in it.")
            }
        });
        said
    }

    /// Who still works in the tree.
    fn works_in<'a>(&self, state: &'a State) -> Option<&'a Terminal> {
        state.fleet.agents().iter().find(|agent| agent.worktree == Some(self.tree) && !is_gone(agent))
    }

    /// The request, or why there can be none.
    fn request(&self, state: &State) -> Result<FinishRequest, String> {
        let Some(outlook) = &self.outlook else { return Err("still looking at the work".to_owned()) };
        let target = self.target();
        if target.is_empty() {
            return Err(match self.way {
                Way::Push => "name a remote that it is pushed to".to_owned(),
                _ => "name the branch that it goes into".to_owned(),
            });
        }
        let commit = self.commit.text().trim().to_owned();
        if words::uncommitted(outlook) > 0 && commit.is_empty() {
            return Err("some files have no commit: write words for one".to_owned());
        }
        let is_push = self.way == Way::Push;
        Ok(FinishRequest {
            how: self.way.how(),
            into: (!is_push).then(|| target.clone()),
            push: is_push.then_some(target),
            commit: (!commit.is_empty()).then_some(commit),
            keep: self.keeps || self.works_in(state).is_some(),
            ..FinishRequest::default()
        })
    }

    /// What there is to know of another branch than the one that was asked about.
    fn ask_again(&self) -> Option<Command> {
        let into = self.target();
        let is_known = self.outlook.as_ref().is_none_or(|outlook| outlook.into == into);
        let is_asked = self.way != Way::Push && self.row != Row::Into && !into.is_empty() && !is_known;
        is_asked.then_some(Command::LookAtTree { tree: self.tree, into: Some(into) })
    }

    fn go(&mut self, steps: isize) {
        let rows = self.rows();
        let here = rows.iter().position(|row| *row == self.row).unwrap_or(0) as isize;
        self.row = rows[(here + steps).rem_euclid(rows.len() as isize) as usize];
    }

    fn choose(&mut self, steps: isize) {
        match self.row {
            Row::How => {
                let here = Way::ALL.iter().position(|way| *way == self.way).unwrap_or(0) as isize;
                self.way = Way::ALL[(here + steps).rem_euclid(Way::ALL.len() as isize) as usize];
            }
            _ => self.keeps = !self.keeps,
        }
    }
}

/// A key. The overlay has been taken; it is put back when it stays.
pub fn key(state: &mut State, mut dialog: Box<Finish>, key: Key, commands: &mut Vec<Command>) {
    dialog.problem = None;
    let is_choice = dialog.field().is_none();
    match key.code {
        KeyCode::Escape => {
            state.overlay = dialog.back.map(Overlay::Trees);
            return;
        }
        KeyCode::Enter if dialog.is_under_way => {}
        KeyCode::Enter => match dialog.request(state) {
            Ok(request) => {
                dialog.is_under_way = true;
                commands.push(Command::FinishTree { tree: dialog.tree, request: Box::new(request) });
            }
            Err(why) => {
                if dialog.rows().contains(&Row::Commit) && dialog.commit.is_empty() {
                    dialog.row = Row::Commit;
                }
                dialog.problem = Some(why);
            }
        },
        KeyCode::Tab => dialog.go(if key.mods.is_none() { 1 } else { -1 }),
        KeyCode::Down => dialog.go(1),
        KeyCode::Up => dialog.go(-1),
        KeyCode::Left if is_choice => dialog.choose(-1),
        KeyCode::Right if is_choice => dialog.choose(1),
        // Nothing is typed there: whoever walks through the rows with letters is not stopped.
        KeyCode::Char(letter @ ('h' | 'j' | 'k' | 'l' | ' ')) if is_choice && key.mods.is_none() => match letter {
            'h' => dialog.choose(-1),
            'j' => dialog.go(1),
            'k' => dialog.go(-1),
            _ => dialog.choose(1),
        },
        _ => match dialog.field() {
            Some(field) => drop(field.key(key)),
            None => dialog.problem = Some(format!("{key} does nothing here · ← and → choose")),
        },
    }
    commands.extend(dialog.ask_again());
    state.overlay = Some(Overlay::Finish(dialog));
}

/// Its work has landed: it closes, if it is open.
pub fn close(state: &mut State, tree: TerminalId) {
    match state.overlay.take() {
        Some(Overlay::Finish(dialog)) if dialog.tree == tree => state.overlay = dialog.back.map(Overlay::Trees),
        other => state.overlay = other,
    }
}

/// Nothing has landed: the open dialog says why, else the failure is handed back.
pub fn refused(state: &mut State, tree: TerminalId, failure: Failure, commands: &mut Vec<Command>) -> Option<Failure> {
    state.dirty = Dirty::Everything;
    match &mut state.overlay {
        Some(Overlay::Finish(dialog)) if dialog.tree == tree => {
            dialog.is_under_way = false;
            let hint = failure.hint.map(|hint| format!(" · {hint}")).unwrap_or_default();
            dialog.problem = Some(printable(&format!("{}{hint}", failure.what)));
            // What had no commit may have one now.
            commands.push(Command::LookAtTree { tree, into: Some(dialog.into.text()) });
            None
        }
        _ => Some(failure),
    }
}
