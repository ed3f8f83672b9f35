//! Snapshots of a folder in which agents work without a work tree of their own. Called by the API. That there are some is
//! known from their names in the repository alone. It must never move a branch, nor change the files under other agents
//! unless somebody said yes to exactly those.

use super::snapshot::{shown, take_of};
use super::{Tools, alone, blocking, restore, snapshot, view};
use crate::base::clock::{now_ms, rfc3339};
use crate::base::id::TerminalId;
use crate::core::world::Terminal;
use crate::proto::worktree as wire;
use crate::server::app::App;
use crate::server::hub::lock;
use crate::server::services::view::worktree_of;
use crate::server::services::{Refusal, RefusalKind};
use crate::workspace::{Named, Present, Repository, WorkspaceError, restore as restore_files};
use std::path::{Path, PathBuf};

/// What is known of a folder before anything is done there.
struct Folder {
    repository: Repository,
    snapshots: Vec<Named>,
    /// They work there as well.
    others: Vec<Terminal>,
}

fn prefix(id: TerminalId) -> String {
    format!("refs/conductor/snap/{id}")
}

async fn look(app: &App, terminal: &Terminal) -> Result<Folder, Refusal> {
    let (tools, id, cwd) = (Tools::new(app)?, terminal.id, PathBuf::from(&terminal.cwd));
    let living: Vec<Terminal> =
        lock(&app.world).terminals.values().filter(|t| t.is_alive() && t.id != id).cloned().collect();
    blocking(move || {
        let repository = Repository::find(&tools.git, &cwd, &tools.patience)?;
        let snapshots = repository.snapshots(&tools.git, &prefix(id), &tools.patience)?;
        let is_there = |t: &Terminal| std::fs::canonicalize(&t.cwd).is_ok_and(|cwd| cwd.starts_with(&repository.top));
        let others = living.into_iter().filter(is_there).collect();
        Ok(Folder { repository, snapshots, others })
    })
    .await
}

fn found(app: &App, id: TerminalId) -> Result<Terminal, Refusal> {
    app.terminal(id).ok_or_else(|| Refusal::no_terminal(id))
}

fn kept(named: &Named) -> wire::Kept {
    wire::Kept {
        number: named.number,
        reference: named.reference.clone(),
        commit: named.commit.clone(),
        at: rfc3339(named.at),
        words: named.words.clone(),
    }
}

/// Says yes to changing the files under these.
fn accept(others: &[Terminal]) -> String {
    let ids: Vec<String> = others.iter().map(|t| t.id.to_string()).collect();
    ids.join(",")
}

/// `GET /terminals/{id}/snapshots`.
///
/// # Errors
/// Unknown terminal, no repository, whatever git says.
pub async fn snapshots(app: &App, id: TerminalId) -> Result<wire::Snapshots, Refusal> {
    let terminal = found(app, id)?;
    if let Some(tree) = worktree_of(app, &terminal) {
        let tree = view::one(app, tree.id)?;
        let (directory, snapshots) = (tree.path, tree.snapshots);
        return Ok(wire::Snapshots { directory, snapshots, others: Vec::new(), accept: String::new() });
    }
    let folder = look(app, &terminal).await?;
    Ok(wire::Snapshots {
        directory: folder.repository.top.display().to_string(),
        snapshots: folder.snapshots.iter().map(kept).collect(),
        accept: accept(&folder.others),
        others: folder.others.iter().map(|t| t.id).collect(),
    })
}

/// `POST /terminals/{id}/snapshot`.
///
/// # Errors
/// As [`snapshots`], and a full disk; then nothing was changed.
pub async fn snapshot_of(app: &App, id: TerminalId, words: Option<String>) -> Result<wire::Snapshot, Refusal> {
    let terminal = found(app, id)?;
    if let Some(tree) = worktree_of(app, &terminal) {
        return snapshot::snapshot(app, tree.id, words).await;
    }
    let _turn = alone(app, id).await;
    let folder = look(app, &terminal).await?;
    let words = snapshot::said(words);
    let (named, taken) = take(app, id, &folder, &words).await?;
    Ok(shown(kept(&named), &taken))
}

async fn take(
    app: &App,
    id: TerminalId,
    folder: &Folder,
    words: &str,
) -> Result<(Named, crate::workspace::Snapshot), Refusal> {
    let number = folder.snapshots.last().map_or(1, |last| last.number + 1);
    let (reference, at) = (format!("{}/{number}", prefix(id)), now_ms());
    let taken = take_of(app, id, folder.repository.top.clone(), &reference, words, None, at).await?;
    Ok((Named { number, reference, commit: taken.commit.clone(), at, words: words.to_owned() }, taken))
}

/// `POST /terminals/{id}/restore`.
///
/// # Errors
/// As [`snapshots`], no such snapshot, other agents whom nobody said yes to, a file in the way. What was there before is in a
/// snapshot, whatever happens after.
pub async fn restore_of(
    app: &App,
    id: TerminalId,
    request: &wire::FolderRestoreRequest,
) -> Result<wire::Restored, Refusal> {
    let terminal = found(app, id)?;
    if let Some(tree) = worktree_of(app, &terminal) {
        let request = wire::RestoreRequest { snapshot: request.snapshot, setup: false };
        let tree = restore::restore(app, tree.id, &request).await?;
        let before = tree.snapshots.last().cloned();
        return Ok(wire::Restored { directory: tree.path, before, notes: tree.notes });
    }
    let _turn = alone(app, id).await;
    let folder = look(app, &terminal).await?;
    let wanted = match request.snapshot {
        Some(number) => folder.snapshots.iter().find(|kept| kept.number == number),
        None => folder.snapshots.last(),
    };
    let Some(wanted) = wanted else {
        let message = format!("there is no such snapshot of {}", terminal.window);
        return Err(Refusal::new(RefusalKind::NotFound, message).hint("`conductor-tui snapshot --list` lists them"));
    };
    let place = folder.repository.top.display().to_string();
    if accept(&folder.others) != request.accept {
        let names: Vec<&str> = folder.others.iter().map(|t| t.window.as_str()).collect();
        let message = match names.is_empty() {
            true => format!("who works in {place} has changed since it was looked at"),
            false => format!("{} work in {place} as well: their files would change", names.join(", ")),
        };
        return Err(Refusal::new(RefusalKind::Conflict, message).hint("`restore` asks, or takes --with-others"));
    }
    let words = format!("before it went back to {}", wanted.number);
    let (before, present) = take(app, id, &folder, &words).await?;
    let (tools, top, commit) = (Tools::new(app)?, place.clone(), wanted.commit.clone());
    let restoring = blocking(move || {
        let store = tools.store(id);
        let present = Present::Taken { tree: &present.tree, store: &store };
        restore_files(&tools.git, Path::new(&top), &commit, present, &tools.scratch, &tools.patience)
    });
    if let Err(mut refusal) = restoring.await {
        refusal.message += &format!("; what was there before is snapshot {}", before.number);
        return Err(refusal);
    }
    let mut notes = Vec::new();
    if is_elsewhere(app, &folder.repository, &wanted.commit).await? {
        notes.push("the branch stays where it is: commits that were made since are still on it".into());
    }
    Ok(wire::Restored { directory: place, before: Some(kept(&before)), notes })
}

/// The snapshot was taken at another commit than the one that is checked out.
async fn is_elsewhere(app: &App, repository: &Repository, snapshot: &str) -> Result<bool, Refusal> {
    let Some(head) = repository.head.clone() else { return Ok(false) };
    let (tools, top, parent) = (Tools::new(app)?, repository.top.clone(), format!("{snapshot}^1"));
    blocking(move || {
        let repository = Repository::find(&tools.git, &top, &tools.patience)?;
        let found: Result<String, WorkspaceError> = repository.commit(&tools.git, &parent, &tools.patience);
        Ok(found? != head)
    })
    .await
}
