//! Work trees as the API shows them. Called by the routes that answer with one.

use super::found;
use crate::base::clock::rfc3339;
use crate::base::id::TerminalId;
use crate::core::world;
use crate::core::world::State;
use crate::proto::worktree::{Kept, Worktree};
use crate::server::app::App;
use crate::server::hub::lock;
use crate::server::services::Refusal;
use std::path::Path;

/// All of them, in the order in which they were made.
pub fn all(app: &App) -> Vec<Worktree> {
    let mut trees: Vec<world::Worktree> = lock(&app.world).worktrees.values().cloned().collect();
    trees.sort_by_key(|tree| (tree.created_at, tree.id));
    trees.iter().map(|tree| shown(app, tree)).collect()
}

/// # Errors
/// When there is none.
pub fn one(app: &App, id: TerminalId) -> Result<Worktree, Refusal> {
    found(app, id).map(|tree| shown(app, &tree))
}

fn shown(app: &App, tree: &world::Worktree) -> Worktree {
    let state = match tree.state {
        State::Making => "making",
        State::Ready if !Path::new(&tree.path).is_dir() => "missing",
        State::Ready => "ready",
        State::Removing | State::Emptying => "removing",
        State::Removed => "removed",
        State::Restoring => "restoring",
    };
    let until = (tree.state == State::Removed).then(|| tree.kept_until(app.settings.worktrees.keep_days));
    Worktree {
        id: tree.id,
        name: tree.name.clone(),
        repository: tree.repository.clone(),
        path: tree.path.clone(),
        branch: tree.branch.clone(),
        base: tree.base.clone(),
        base_commit: tree.base_commit.clone(),
        state: state.into(),
        created_at: rfc3339(tree.created_at),
        since: rfc3339(tree.since),
        terminals: lock(&app.world).terminals.values().filter(|t| tree.has(&t.cwd)).map(|t| t.id).collect(),
        notes: tree.notes.clone(),
        setup_log: tree.setup_log.clone(),
        teardown_log: tree.teardown_log.clone(),
        snapshots: tree.snapshots.iter().map(kept).collect(),
        kept_until: until.map(rfc3339),
        kept_until_ms: until,
    }
}

pub fn kept(kept: &world::Kept) -> Kept {
    Kept {
        number: kept.number,
        reference: kept.reference.clone(),
        commit: kept.commit.clone(),
        at: rfc3339(kept.at),
        words: kept.words.clone(),
    }
}
