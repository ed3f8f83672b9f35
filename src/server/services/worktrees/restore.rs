//! Brings a work tree back: a removed one to where it was, a living one to how it was. Called by the API. What is there now
//! is in a snapshot before it is changed.

use super::errands::{self, What};
use super::remove::move_into;
use super::snapshot::{check_ready, taken};
use super::{Tools, alone, blocking, found, record, view};
use crate::base::id::TerminalId;
use crate::base::pause;
use crate::core::world::{Kept, State, Worktree};
use crate::proto::worktree as wire;
use crate::server::app::App;
use crate::server::services::{Refusal, RefusalKind};
use crate::workspace::{Head, Present, WorkspaceError, remove_tree, restore as restore_files};
use std::path::Path;

/// `POST /worktrees/{id}/restore`.
///
/// # Errors
/// Unknown tree or snapshot, something stands in the way, whatever git says; then it is as it was. A setup that fails is a
/// note: the tree is back.
pub async fn restore(app: &App, id: TerminalId, request: &wire::RestoreRequest) -> Result<wire::Worktree, Refusal> {
    let _turn = alone(app, id).await;
    let mut tree = found(app, id)?;
    let wanted = match request.snapshot {
        Some(number) => tree.snapshots.iter().find(|kept| kept.number == number),
        None => tree.snapshots.last(),
    };
    let Some(kept) = wanted.cloned() else {
        return Err(Refusal::new(RefusalKind::NotFound, format!("there is no such snapshot of {}", tree.name))
            .hint("`conductor-tui worktrees --json` lists them"));
    };
    let is_missing = tree.state == State::Ready && !Path::new(&tree.path).is_dir();
    let is_anew = tree.state == State::Removed || is_missing;
    if is_anew {
        anew(app, &mut tree, &kept).await?;
    } else {
        check_ready(&tree)?;
        in_place(app, &mut tree, &kept).await?;
    }
    if request.setup {
        set_up(app, &mut tree).await?;
    } else if is_anew && tree.setup_log.is_some() {
        // What a setup makes is ignored mostly, and more than a snapshot keeps.
        tree.notes.push(format!("its setup was not run again: `conductor-tui restore --setup {id}` does"));
        record(app, &tree).await?;
    }
    view::one(app, id)
}

async fn set_up(app: &App, tree: &mut Worktree) -> Result<(), Refusal> {
    let (command, notes) = errands::setup(app, tree).await?;
    tree.notes = notes;
    if command.is_empty() {
        tree.notes.push("there is no setup to be run".into());
        return record(app, tree).await;
    }
    let (environment, umask) = errands::surroundings(app, tree).await?;
    tree.setup_log = Some(errands::log_of(app, tree, What::Setup).display().to_string());
    record(app, tree).await?;
    if let Err(refusal) = errands::run(app, tree, What::Setup, &command, environment, umask).await {
        tree.notes.push(refusal.to_string());
    }
    record(app, tree).await
}

async fn in_place(app: &App, tree: &mut Worktree, kept: &Kept) -> Result<(), Refusal> {
    let path = tree.path.clone();
    let words = format!("before it went back to {}", kept.number);
    let present = taken(app, tree, path.clone().into(), &words).await?;
    let (tools, id, commit) = (Tools::new(app)?, tree.id, kept.commit.clone());
    blocking(move || {
        let store = tools.store(id);
        let present = Present::Taken { tree: &present.tree, store: &store };
        restore_files(&tools.git, Path::new(&path), &commit, present, &tools.scratch, &tools.patience)
    })
    .await
}

async fn anew(app: &App, tree: &mut Worktree, kept: &Kept) -> Result<(), Refusal> {
    let tools = Tools::new(app)?;
    let before = tree.state;
    tree.state = State::Restoring;
    record(app, tree).await?;
    pause::here("worktree-before-restore");
    let (wanted, kept) = (tree.clone(), kept.clone());
    let made = blocking(move || put_back(&tools, &wanted, &kept)).await;
    match made {
        Ok((branch, notes)) => {
            (tree.branch, tree.notes, tree.state) = (branch, notes, State::Ready);
            tree.aside.clear();
            record(app, tree).await
        }
        Err(refusal) => {
            tree.state = before;
            record(app, tree).await?;
            Err(refusal)
        }
    }
}

fn put_back(tools: &Tools, tree: &Worktree, kept: &Kept) -> Result<(Option<String>, Vec<String>), WorkspaceError> {
    let (git, patience, path) = (&tools.git, &tools.patience, Path::new(&tree.path));
    let repository = tools.repository(tree)?;
    if std::fs::symlink_metadata(path).is_ok() {
        return Err(WorkspaceError::PlaceTaken(tree.path.clone()));
    }
    repository.unregister(git, path, patience)?;
    let commit = kept.head.as_deref().unwrap_or(&tree.base_commit);
    let tip = match &tree.branch {
        Some(branch) => repository.tip(git, branch, patience)?,
        None => None,
    };
    let (head, note) = match &tree.branch {
        None => (Head::Detached { commit }, None),
        Some(branch) if tip.is_none() => (Head::New { branch, commit }, None),
        Some(branch) if tip.as_deref() == Some(commit) => (Head::Branch(branch), None),
        Some(branch) => {
            (Head::Detached { commit }, Some(format!("the branch {branch} has moved on: none is checked out")))
        }
    };
    let (head, note) = match repository.register(git, path, &head, patience) {
        Err(WorkspaceError::BranchInUse(branch, place)) => {
            let head = Head::Detached { commit };
            repository.register(git, path, &head, patience)?;
            (head, Some(format!("the branch {branch} is checked out at {place}: none is here")))
        }
        other => {
            other?;
            (head, note)
        }
    };
    pause::here("worktree-after-registering");
    let restored = restore_files(git, path, &kept.commit, Present::Nothing, &tools.scratch, patience);
    if let Err(error) = restored {
        // All of it was made here, just now.
        remove_tree(path)?;
        repository.unregister(git, path, patience)?;
        if let Head::New { branch, commit } = head {
            repository.remove_unused(git, branch, commit, patience)?;
        }
        return Err(error);
    }
    pause::here("worktree-after-restore");
    let mut notes: Vec<String> = note.into_iter().collect();
    for part in &tree.aside {
        let aside = tools.aside(tree.id);
        let moved = match std::fs::symlink_metadata(aside.join(part)) {
            Ok(_) => move_into(&aside, part.as_bytes(), path),
            Err(error) => Err(error.into()),
        };
        if let Err(error) = moved {
            notes.push(format!("{part} stays in {}: {error}", aside.display()));
        }
    }
    let branch = if matches!(head, Head::Detached { .. }) { None } else { tree.branch.clone() };
    Ok((branch, notes))
}

/// Takes back what an interrupted restoring made: everything in it is in the snapshot, or still aside.
///
/// # Errors
/// As [`restore`].
pub async fn take_back(app: &App, tree: &mut Worktree) -> Result<(), Refusal> {
    let (tools, half) = (Tools::new(app)?, tree.clone());
    blocking(move || {
        let (git, patience, path) = (&tools.git, &tools.patience, Path::new(&half.path));
        let repository = tools.repository(&half)?;
        if repository.worktrees(git, patience)?.iter().any(|known| known.path == path) && path.is_dir() {
            for part in &half.aside {
                move_into(path, part.as_bytes(), &tools.aside(half.id))?;
            }
            remove_tree(path)?;
        }
        repository.unregister(git, path, patience)?;
        match &half.branch {
            Some(branch) if half.is_own_branch => repository.remove_unused(git, branch, &half.base_commit, patience),
            _ => Ok(()),
        }
    })
    .await?;
    tree.state = State::Removed;
    record(app, tree).await
}
