//! What the world knows of a work tree that was made for an agent: where it is, on which branch, what was kept of it. It
//! outlives its agent and its session. Plain data: stored as it is, converted at the edges.

use crate::base::clock::Millis;
use crate::base::id::TerminalId;
use serde::{Deserialize, Serialize};

const DAY_MS: Millis = 24 * 60 * 60 * 1000;

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Worktree {
    /// That of the terminal it was made for, which may be gone.
    pub id: TerminalId,
    /// Of its folder.
    pub name: String,
    /// The top of the work tree it was made beside.
    pub repository: String,
    pub path: String,
    /// `None`: no branch is checked out.
    pub branch: Option<String>,
    /// The branch was made with it: it goes with it when nothing was ever committed.
    pub is_own_branch: bool,
    /// What it was made from, as it was asked for, and the commit that was.
    pub base: String,
    pub base_commit: String,
    pub state: State,
    pub created_at: Millis,
    /// When the state began.
    pub since: Millis,
    /// What should be known of its files.
    #[serde(default)]
    pub notes: Vec<String>,
    /// The oldest first.
    #[serde(default)]
    pub snapshots: Vec<Kept>,
    /// What no commit holds: it was moved to a safe place when the tree was removed.
    #[serde(default)]
    pub aside: Vec<String>,
    /// The branch that it is being brought into.
    #[serde(default)]
    pub landing: Option<Landing>,
    /// What somebody gave up when they had it removed.
    #[serde(default)]
    pub accepted: String,
    /// What its repository would have run before it is removed.
    #[serde(default)]
    pub teardown: Option<Repositorys>,
    /// Where the output lies of what was run in it.
    #[serde(default)]
    pub setup_log: Option<String>,
    #[serde(default)]
    pub teardown_log: Option<String>,
}

/// A command that a repository brought, which the user trusted.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Repositorys {
    pub command: String,
    /// The trusted directory, and the hash of what the user saw there.
    pub directory: String,
    pub hash: String,
}

/// # Invariant
/// The state is stored before what it says is done: whoever finds a state that is no rest knows what may be half done.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Nobody has worked in it.
    Making,
    Ready,
    /// It may be moved aside, and is looked at once more.
    Removing,
    /// Everything in it is in the newest snapshot, in a safe place, or given up.
    Emptying,
    Removed,
    /// Everything in it comes from a snapshot.
    Restoring,
}

/// A branch goes from one commit to another.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Landing {
    pub base: String,
    pub old: String,
    pub new: String,
}

/// A snapshot.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Kept {
    /// Counts from 1 for each work tree.
    pub number: u32,
    pub reference: String,
    pub commit: String,
    pub tree: String,
    /// The same as long as another snapshot would be.
    #[serde(default)]
    pub content: String,
    /// The commit that was checked out; `None`: there was none.
    pub head: Option<String>,
    pub at: Millis,
    /// Why it was taken.
    pub words: String,
}

impl Worktree {
    /// A folder lies in it.
    pub fn has(&self, folder: &str) -> bool {
        folder.strip_prefix(&self.path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// Something may be half done.
    pub fn is_under_way(&self) -> bool {
        !matches!(self.state, State::Ready | State::Removed)
    }

    pub fn next_number(&self) -> u32 {
        self.snapshots.last().map_or(1, |kept| kept.number + 1)
    }

    /// Until when it can be brought back, once it was removed.
    pub fn kept_until(&self, keep_days: u64) -> Millis {
        self.since.saturating_add(keep_days.saturating_mul(DAY_MS))
    }

    /// Nobody may ask for it any more. One that was not removed is never over, however old.
    pub fn is_over(&self, keep_days: u64, now: Millis) -> bool {
        self.state == State::Removed && self.kept_until(keep_days) < now
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn tree(state: State, since: Millis) -> Worktree {
        Worktree {
            id: TerminalId(7),
            name: "fix".into(),
            repository: "/work".into(),
            path: "/trees/work/fix".into(),
            branch: None,
            is_own_branch: true,
            base: "main".into(),
            base_commit: String::new(),
            state,
            created_at: 0,
            since,
            notes: Vec::new(),
            snapshots: Vec::new(),
            aside: Vec::new(),
            landing: None,
            accepted: String::new(),
            teardown: None,
            setup_log: None,
            teardown_log: None,
        }
    }

    #[test]
    fn a_removed_tree_is_over_when_its_days_have_passed() {
        for (keep_days, now, is_over) in [
            (30, 1000 + 30 * DAY_MS, false),
            (30, 1001 + 30 * DAY_MS, true),
            (30, 0, false),
            (0, 1000, false),
            (0, 1001, true),
            (u64::MAX, Millis::MAX, false),
        ] {
            assert_eq!(tree(State::Removed, 1000).is_over(keep_days, now), is_over, "{keep_days} days, at {now}");
        }
    }

    proptest! {
        #[test]
        fn a_tree_that_was_not_removed_is_never_over(keep_days: u64, since: Millis, now: Millis) {
            for state in [State::Making, State::Ready, State::Removing, State::Emptying, State::Restoring] {
                prop_assert!(!tree(state, since).is_over(keep_days, now), "{:?}", state);
            }
        }
    }
}
