//! What was typed and is not yet known to have reached its terminal. With a sequence per terminal it is sent again
//! after a lost connection, and the holder types it once. It must never drop an input that nobody answered for.

use crate::base::id::TerminalId;
use std::collections::{HashMap, VecDeque};

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sent {
    pub terminal: TerminalId,
    pub sequence: u64,
    pub bytes: Vec<u8>,
}

#[derive(Clone, Debug, Default)]
pub struct Outbox {
    open: VecDeque<Sent>,
    last: HashMap<TerminalId, u64>,
}

impl Outbox {
    /// Keeps an input and gives it its sequence.
    pub fn push(&mut self, terminal: TerminalId, bytes: &[u8]) -> Sent {
        let last = self.last.entry(terminal).or_insert(0);
        *last += 1;
        let sent = Sent { terminal, sequence: *last, bytes: bytes.to_vec() };
        self.open.push_back(sent.clone());
        sent
    }

    /// Everything up to `sequence` is in the terminal.
    pub fn typed(&mut self, terminal: TerminalId, sequence: u64) {
        self.open.retain(|s| s.terminal != terminal || s.sequence > sequence);
    }

    /// This one will never be typed, and the user was told.
    pub fn refused(&mut self, terminal: TerminalId, sequence: u64) {
        self.open.retain(|s| s.terminal != terminal || s.sequence != sequence);
    }

    /// The terminal is no more.
    pub fn forget(&mut self, is_known: impl Fn(TerminalId) -> bool) {
        self.open.retain(|s| is_known(s.terminal));
    }

    /// What has no answer yet, in the order it was typed.
    pub fn open(&self) -> impl Iterator<Item = &Sent> {
        self.open.iter()
    }

    pub fn bytes(&self) -> usize {
        self.open.iter().map(|s| s.bytes.len()).sum()
    }
}
