//! What the files of a directory are compared with what its repository holds. Called by the server's services, on threads
//! that may block; the work is git's own.
//!
//! # Invariant
//! Nothing that a repository names is run: no hook, monitor, filter, converter or differ of its configuration, its
//! attributes or its submodules. Agents write these, and they would run outside of what holds the agent. Nothing of it is
//! written either, and no lock of it is taken. The one exception is `errand`: a command that the user wrote, or that they saw
//! and trusted.
//!
//! How: the repository is asked where it lies and what its commits are (`repository`), by commands that touch no file of
//! the work tree. Files are compared in a git directory of our own (`scratch`), which has no configuration, with the
//! objects and the index of the real one (`changes`).

mod carry;
mod census;
mod changes;
mod content;
mod errand;
mod finish;
mod git;
mod inside;
mod named;
mod outlook;
mod push;
mod quarantine;
mod repository;
mod restore;
mod scratch;
mod snapshot;
#[cfg(test)]
mod tests;
mod within;
mod worktree;

pub use carry::{Along, carry};
pub use changes::{Changes, File, changes};
pub use content::{Content, Entry};
pub use errand::{Ended, Errand, errand};
pub use finish::{How, Landing, commit_all, is_changed, land, prepare};
pub use git::{Git, Patience};
pub use inside::inside;
pub use named::Named;
pub use outlook::{Outlook, outlook};
pub use push::push;
pub use repository::{Base, Origin, Repository};
pub use restore::{Present, restore};
pub use snapshot::{Asked, Known, LeftOut, Limits, Snapshot, Why, take};
pub use worktree::{Head, Listed, fill, remove_tree, slug};

use std::io;
use std::time::Duration;

/// Why there is nothing to compare.
#[derive(Debug, thiserror::Error)]
pub enum WorkspaceError {
    #[error("git is not installed here")]
    NoGit,
    #[error("{0} is not there any more")]
    Vanished(String),
    #[error("{0} is not a git folder")]
    NoRepository(String),
    #[error("{0} is a bare repository or lies within a .git folder: it has no files to compare")]
    Bare(String),
    #[error("the work tree of {0} lies elsewhere, at {1}")]
    Elsewhere(String, String),
    #[error("it was not done within {} s", .0.as_secs())]
    TooSlow(Duration),
    #[error("{0} is too large to be handled")]
    TooMuch(&'static str),
    #[error("{0} is no snapshot")]
    NoSnapshot(String),
    #[error("another git is at work here: {0} exists")]
    Locked(String),
    #[error("there is no commit `{0}` here")]
    NoCommit(String),
    #[error("`{0}` cannot be a branch's name")]
    BadBranch(String),
    #[error("{0} exists already")]
    PlaceTaken(String),
    #[error("a branch {0} exists already")]
    BranchExists(String),
    #[error("the branch {0} is checked out at {1}")]
    BranchInUse(String, String),
    #[error("both sides changed {}", some(.0))]
    Conflict(Vec<String>),
    #[error("{0} has nothing that {1} has not")]
    NothingNew(String, String),
    #[error("{0} has no past in common with this branch")]
    Unrelated(String),
    #[error("{0} has moved meanwhile")]
    Moved(String),
    #[error("files at {0} stand in the way: {1}")]
    InTheWay(String, String),
    #[error("the branch has merges in it, which cannot be replayed")]
    HasMerges,
    #[error("a merge, rebase or the like is not finished")]
    Unfinished,
    #[error("{0} is a repository of its own, which no commit of this one can hold")]
    Inner(String),
    #[error("{0} goes through a filter, which is not run from here")]
    Filtered(String),
    #[error("there is no remote {0}")]
    NoRemote(String),
    #[error("git does not know who you are")]
    NoAuthor,
    #[error("{0} is {1}")]
    Unfit(String, &'static str),
    #[error("{0} is not UTF-8")]
    NotUtf8(String),
    #[error("nobody waits for it any more")]
    Unwanted,
    #[error("git says: {0}")]
    Git(String),
    #[error("a disk is full: {0}")]
    Full(String),
    #[error("cannot run git: {0}")]
    Io(io::Error),
}

/// Of more files than that nobody reads the names.
const TOLD: usize = 20;

fn some(names: &[String]) -> String {
    let told = names.iter().take(TOLD).map(String::as_str).collect::<Vec<_>>().join(", ");
    if names.len() > TOLD { format!("{told} and {} more", names.len() - TOLD) } else { told }
}

impl From<io::Error> for WorkspaceError {
    fn from(error: io::Error) -> WorkspaceError {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => WorkspaceError::Full(error.to_string()),
            _ => WorkspaceError::Io(error),
        }
    }
}

impl WorkspaceError {
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            WorkspaceError::Conflict(_) => Some("bring the base into the branch, where the agent can settle it"),
            WorkspaceError::InTheWay(..) => Some("commit or put aside what was changed there"),
            WorkspaceError::HasMerges => Some("merge or squash it"),
            WorkspaceError::Inner(_) => Some("ignore it, or move it away"),
            WorkspaceError::Filtered(_) => Some("do it with git, in the work tree itself"),
            WorkspaceError::NoAuthor => Some("`git config --global user.name NAME`, and user.email"),
            WorkspaceError::Full(_) => Some(
                "make room on the disk of the repository, or on that of the home: `df -h` tells; then do it once more",
            ),
            WorkspaceError::NoGit => Some("install git; everything else works without it"),
            WorkspaceError::Git(words) if words.contains("dubious ownership") => {
                Some("it is another user's; `git config --global --add safe.directory DIR` trusts it")
            }
            _ => None,
        }
    }
}
