//! Finds and ends what a killed holder leaves behind: an agent that ignores hang-ups, or a child of its that left
//! the session, outlives its holder otherwise. Called by the fork server only. It ends nothing but processes that
//! came to us from a dead holder, or that carry that terminal's id and home in their environment.

use crate::base::id::TerminalId;
use crate::holder::hangup::Hangup;
use crate::pty::tree;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// Half of what is promised: a killed holder's tree is gone within 2 s.
const GRACE: Duration = Duration::from_secs(1);
/// After the kill: a process that cannot die (stuck in the kernel) must not keep us looking for ever.
const GIVE_UP: Duration = Duration::from_secs(30);

/// One clean-up under way.
pub struct CleanUp {
    terminal: TerminalId,
    /// The holder that was killed.
    pub holder_pid: u32,
    socket: String,
    hangup: Hangup,
    pub next: Instant,
    until: Instant,
}

impl CleanUp {
    /// `socket` is the home's `CONDUCTOR_SOCKET`, which every agent of this home has in its environment.
    pub fn new(terminal: TerminalId, holder_pid: u32, socket: &str, now: Instant) -> CleanUp {
        CleanUp {
            terminal,
            holder_pid,
            socket: socket.to_owned(),
            hangup: Hangup::new(GRACE, now),
            next: now,
            until: now + GIVE_UP,
        }
    }

    pub fn terminal(&self) -> TerminalId {
        self.terminal
    }

    /// One step; `true` when nothing is left. `known` are children of ours that are no orphans.
    pub fn step(&mut self, known: &BTreeSet<u32>, now: Instant) -> bool {
        let left = self.left(known);
        self.next = self.hangup.step(&left, now);
        left.is_empty() || now > self.until
    }

    fn left(&self, known: &BTreeSet<u32>) -> Vec<u32> {
        let us = std::process::id();
        let mut left: BTreeSet<u32> = BTreeSet::new();
        for process in tree::processes() {
            if process.parent == us && !known.contains(&process.pid) && !process.is_zombie() {
                left.insert(process.pid);
                left.extend(tree::descendants(process.pid));
            }
        }
        let marks = [format!("CONDUCTOR_TERMINAL_ID={}", self.terminal), format!("CONDUCTOR_SOCKET={}", self.socket)];
        left.extend(tree::with_environment(&marks));
        left.remove(&us);
        left.into_iter().filter(|pid| !known.contains(pid)).collect()
    }
}
