//! Bodies of the routes below `/worktrees`: work trees that were made for agents, and what is kept of them. Read by the
//! screen and the verbs.

use crate::base::clock::Millis;
use crate::base::id::TerminalId;
use crate::base::text::{bytes, printable};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One work tree.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Worktree {
    /// That of the terminal it was made for.
    pub id: TerminalId,
    pub name: String,
    /// The top of the work tree it was made beside.
    pub repository: String,
    pub path: String,
    pub branch: Option<String>,
    /// What it was made from.
    pub base: String,
    pub base_commit: String,
    /// `making`, `ready`, `removing`, `removed`, `restoring`; `missing`: its folder was taken away by somebody.
    pub state: String,
    /// RFC 3339, UTC.
    pub created_at: String,
    pub since: String,
    /// Agents that work in it.
    pub terminals: Vec<TerminalId>,
    pub notes: Vec<String>,
    /// Where the output lies of what was run in it, when something was.
    #[serde(default)]
    pub setup_log: Option<String>,
    #[serde(default)]
    pub teardown_log: Option<String>,
    /// The oldest first.
    pub snapshots: Vec<Kept>,
    /// Of a removed one: until when it can be brought back, RFC 3339, UTC.
    pub kept_until: Option<String>,
    /// The same in milliseconds since 1970.
    #[serde(default)]
    pub kept_until_ms: Option<Millis>,
}

/// `GET /worktrees/{id}/outlook`: what would come of its end.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Outlook {
    /// The branch that was asked about; the one it was made from unless another was named.
    pub into: String,
    /// Commits that this branch has not; absent: there is no such branch.
    pub commits: Option<u64>,
    /// Files that no commit has, new ones included.
    pub changed: Vec<String>,
    /// So many more.
    pub more: u64,
    /// Where it could be pushed.
    pub remotes: Vec<String>,
    /// For so long a removed tree can be brought back.
    pub keep_days: u64,
}

/// `GET /repository`: whether a work tree can be made beside a directory.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct Beside {
    /// The top of the work tree that the directory lies in.
    pub repository: Option<String>,
    /// What is checked out there, and what a new one is made from: a branch, or a commit.
    pub base: Option<String>,
    /// Why there can be none.
    pub reason: Option<String>,
}

/// A snapshot.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Kept {
    /// Counts from 1 for each work tree.
    pub number: u32,
    pub reference: String,
    pub commit: String,
    pub at: String,
    /// Why it was taken.
    pub words: String,
}

/// `POST /worktrees/{id}/snapshot`.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct SnapshotRequest {
    /// Why it is taken.
    pub message: Option<String>,
}

/// What a snapshot has, and what it has not.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Snapshot {
    pub kept: Kept,
    pub files: u64,
    /// Lost when the tree is removed, unless `aside`. Those that would be lost come first; of many, only so many are told.
    pub left_out: Vec<LeftOut>,
    /// Left out as well, and not told.
    #[serde(default)]
    pub more_left_out: u64,
    /// Says yes to losing these and nothing else; empty: nothing would be lost.
    pub accept: String,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct LeftOut {
    /// A folder's ends with `/`.
    pub path: String,
    /// `large`: ignored and larger than what is kept; `repository`, `refused`: no commit holds it; `special`, `unreadable`,
    /// `mount`; `unfinished`: a merge or the like.
    pub why: String,
    pub bytes: u64,
    /// It is moved to a safe place when the tree is removed.
    pub aside: bool,
}

impl LeftOut {
    /// For people: `target/ (ignored, and larger than what is kept, 1.9 MiB)`.
    pub fn words(&self) -> String {
        let why = match self.why.as_str() {
            "large" => "ignored, and larger than what is kept",
            "repository" => "a repository of its own",
            "refused" => "a name that git does not take",
            "special" => "a socket, pipe or device",
            "unreadable" => "it may not be read",
            "mount" => "another file system",
            "unfinished" => "a merge, rebase or the like that is not finished",
            other => other,
        };
        let size = if self.bytes > 0 { format!(", {}", bytes(self.bytes)) } else { String::new() };
        let aside = if self.aside { "; it is moved to a safe place when the tree is removed" } else { "" };
        format!("{} ({why}{size}){aside}", printable(&self.path))
    }
}

/// `POST /worktrees/{id}/remove`.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct RemoveRequest {
    /// That of a snapshot of the same tree, when something would be lost.
    pub accept: String,
    /// Its teardown is not run.
    pub skip_teardown: bool,
}

/// `POST /worktrees/{id}/restore`.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct RestoreRequest {
    /// Its number; absent: the newest.
    pub snapshot: Option<u32>,
    /// The setup of work trees is run in it once it is back; a failure is among its notes.
    pub setup: bool,
}

/// `GET /terminals/{id}/snapshots`: what was kept of the folder around an agent.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Snapshots {
    /// The top of the work tree that the agent's directory lies in.
    pub directory: String,
    /// The oldest first.
    pub snapshots: Vec<Kept>,
    /// Other agents that work in it, when it is nobody's own.
    pub others: Vec<TerminalId>,
    /// Says yes to changing the files under these; empty: nobody else works there.
    pub accept: String,
}

/// `POST /terminals/{id}/restore`.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct FolderRestoreRequest {
    /// Its number; absent: the newest.
    pub snapshot: Option<u32>,
    /// That of `GET /terminals/{id}/snapshots`, when others work there.
    pub accept: String,
}

/// What became of a folder.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Restored {
    pub directory: String,
    /// The snapshot of what was there before.
    pub before: Option<Kept>,
    pub notes: Vec<String>,
}

/// How work is brought into the base.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum How {
    Merge,
    Squash,
    Rebase,
}

/// `POST /worktrees/{id}/finish`.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct FinishRequest {
    /// Absent: a merge, unless it is only pushed.
    pub how: Option<How>,
    /// The branch it goes into. Absent: the one it was made from.
    pub into: Option<String>,
    /// Commits first what no commit has, with these words.
    pub commit: Option<String>,
    /// Of the merge or of the one commit.
    pub message: Option<String>,
    /// A remote that the branch is pushed to.
    pub push: Option<String>,
    /// The tree stays.
    pub keep: bool,
    /// The tree goes without its teardown.
    pub skip_teardown: bool,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Finished {
    pub base: String,
    /// What the base stands at now; absent when nothing was brought into it.
    pub commit: Option<String>,
    /// Where it was pushed.
    pub pushed: Option<String>,
    /// The tree was taken away; it can be brought back.
    pub removed: bool,
    pub notes: Vec<String>,
    pub worktree: Worktree,
}
