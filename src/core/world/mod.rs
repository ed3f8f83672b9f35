//! The world of sessions and terminals: what the server knows, changed only by [`World::apply`]. Called by the
//! dispatcher alone. It must never do anything itself: what is to be done comes out as [`Effect`]s, and whatever
//! is announced stands behind its own save in that list.

mod apply;
mod asking;
mod event;
mod terminal;
mod trust;
mod worktree;

pub use event::{Effect, Event, Subject};
pub use terminal::{Hooking, Session, Terminal};
pub use trust::{Trust, TrustedFile};
pub use worktree::{Kept, Landing, Repositorys, State, Worktree};

use crate::base::clock::Millis;
use crate::base::id::{TerminalId, numbered};
use crate::core::approval::Approval;
use crate::core::usage::Ledger;
use std::collections::BTreeMap;
use std::sync::Arc;

/// All sessions, terminals, work trees and trusted directories, and a counter that names each change.
#[derive(Clone, Debug, Default)]
pub struct World {
    pub sessions: BTreeMap<String, Session>,
    pub terminals: BTreeMap<TerminalId, Terminal>,
    pub worktrees: BTreeMap<TerminalId, Worktree>,
    /// Everything is stopped since then.
    pub halted_since: Option<Millis>,
    /// By directory.
    pub trusts: BTreeMap<String, Trust>,
    /// By number: those that wait, those that are owed, and the newest of the others.
    pub approvals: BTreeMap<u64, Approval>,
    /// What was used, also by those that are gone. Shared, since the world is copied to be looked at.
    pub usage: Arc<Ledger>,
    pub revision: u64,
}

impl World {
    /// Whether everything is stopped: no message is typed, and whatever starts work by itself (a flow, a delivery) asks
    /// this first.
    pub fn is_halted(&self) -> bool {
        self.halted_since.is_some()
    }

    /// Terminals of one session in the order of their creation.
    pub fn of_session<'a>(&'a self, session: &'a str) -> impl Iterator<Item = &'a Terminal> {
        let mut terminals: Vec<&Terminal> = self.terminals.values().filter(|t| t.session == session).collect();
        terminals.sort_by_key(|t| (t.created_at, t.id));
        terminals.into_iter()
    }

    /// `wanted`, or with `-2`, `-3` … behind it when a terminal of that session has the name.
    pub fn free_window(&self, session: &str, wanted: &str) -> String {
        numbered(wanted, |name| !self.of_session(session).any(|t| t.window == name))
    }

    /// `wanted`, or with `-2`, `-3` … behind it when a session has the name.
    pub fn free_session(&self, wanted: &str) -> String {
        numbered(wanted, |name| !self.sessions.contains_key(name))
    }
}
