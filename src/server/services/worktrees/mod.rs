//! Work trees of agents: made before a launch, snapshot, removed and brought back. Called by the API and by launches. The
//! work is git's and is done on threads that may block.
//!
//! # Invariant
//! The state is stored before each step, so that whatever ends the server leaves a tree whose name, place and next step
//! are known; nothing in one is removed before it is in a snapshot, moved aside, or given up by name.

mod errands;
mod finish;
mod folder;
mod make;
mod outlook;
mod recover;
mod remove;
mod restore;
mod snapshot;
mod view;

pub use finish::finish;
pub use folder::{restore_of, snapshot_of, snapshots};
pub use make::{Wanted, beside, discard, make};
pub use outlook::outlook;
pub use recover::{expire, recover};
pub use remove::remove;
pub use restore::restore;
pub use snapshot::snapshot;
pub use view::{all, one};

use crate::base::id::TerminalId;
use crate::core::world::{Event, Worktree};
use crate::server::app::App;
use crate::server::hub::lock;
use crate::server::services::diff::refusal;
use crate::server::services::{Refusal, RefusalKind};
use crate::workspace::{Git, Patience, Repository, WorkspaceError};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::spawn_blocking;

/// A tree of 100,000 files on a slow disk takes minutes; what takes longer is stuck.
const WITHIN: Duration = Duration::from_secs(600);

/// What every step needs.
#[derive(Clone)]
pub struct Tools {
    pub git: Git,
    scratch: PathBuf,
    /// Of ours, beside the logs: what was known of trees, what was moved out of them.
    home: PathBuf,
    pub patience: Patience,
}

impl Tools {
    /// # Errors
    /// When there is no git.
    pub fn new(app: &App) -> Result<Tools, Refusal> {
        let variable = |name: &str| app.environment.iter().find(|(n, _)| n == name).map(|(_, value)| value.into());
        Ok(Tools {
            git: Git::find(variable).map_err(|error| refusal(&error))?,
            scratch: app.places.run.join("git"),
            home: app.places.worktrees(),
            // A change is carried through even when nobody waits for it any more.
            patience: Patience::new(WITHIN, Arc::default()),
        })
    }

    /// Of what was known of trees and folders, one file each.
    fn known(&self) -> PathBuf {
        self.home.join(".known")
    }

    /// Makes the next snapshot of a tree fast.
    fn store(&self, id: TerminalId) -> PathBuf {
        self.known().join(id.to_string())
    }

    /// Where things lie that no commit holds.
    fn aside(&self, id: TerminalId) -> PathBuf {
        self.home.join(".aside").join(id.to_string())
    }

    /// Where a tree lies while it is being removed: on the same file system, so that it is one step.
    fn leaving(tree: &Worktree) -> PathBuf {
        let path = Path::new(&tree.path);
        path.with_file_name(format!(".leaving-{}", tree.id))
    }

    /// The repository of a tree, by what it was made beside or by the tree itself.
    fn repository(&self, tree: &Worktree) -> Result<Repository, WorkspaceError> {
        let beside = Repository::find(&self.git, Path::new(&tree.repository), &self.patience);
        beside.or_else(|error| {
            let within = Repository::find(&self.git, Path::new(&tree.path), &self.patience);
            within.map_err(|_| error)
        })
    }
}

/// Does it on a thread that may wait for the disk.
///
/// # Errors
/// Whatever it says.
pub async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, WorkspaceError> + Send + 'static,
) -> Result<T, Refusal> {
    spawn_blocking(work)
        .await
        .map_err(|e| Refusal::new(RefusalKind::Internal, format!("it failed: {e}")))?
        .map_err(|error| refusal(&error))
}

fn found(app: &App, id: TerminalId) -> Result<Worktree, Refusal> {
    lock(&app.world).worktrees.get(&id).cloned().ok_or_else(|| {
        Refusal::new(RefusalKind::NotFound, format!("there is no work tree {id}"))
            .hint("`conductor-tui worktrees` lists them")
    })
}

/// Stores how a tree is now.
async fn record(app: &App, tree: &Worktree) -> Result<(), Refusal> {
    let stored = app.record(Event::Worktree(Box::new(tree.clone()))).await;
    stored.map_err(|e| {
        Refusal::new(RefusalKind::Internal, format!("not stored: {e}"))
            .hint("where the disk of the home is full, make room; then do it once more")
    })
}

/// One change of a tree at a time: the second caller waits, and then sees what the first one made.
async fn alone(app: &App, id: TerminalId) -> tokio::sync::OwnedMutexGuard<()> {
    let turn = Arc::clone(lock(&app.turns).entry(id).or_default());
    turn.lock_owned().await
}
