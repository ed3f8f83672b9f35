//! How far a file of records was read, and what must be known of what was read, so that nothing is counted twice: not the
//! blocks of one message, not a file that is read again, not the past that a new conversation was given to begin with.

use super::{Day, Spent, Tokens};
use crate::base::clock::Millis;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};

/// Blocks of one message stand close together, with the results of its tools between them; what a new conversation may
/// have in common with the one before it is at most that message.
const REMEMBERED: usize = 32;
/// Clocks of files are coarse, and CLIs gather records for a moment before they make the file (60 ms seen).
const BEFORE_BIRTH: Millis = 2_000;

/// What the numbers of a record are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Counts {
    /// Those of one message.
    Each,
    /// All of the conversation so far; less than before: it has begun anew.
    Total,
    /// All that its file holds now, from which the CLI may take something away.
    Held,
}

/// One record of a CLI, understood.
#[derive(Clone, PartialEq, Debug)]
pub struct Reading {
    pub counts: Counts,
    /// Of the message; records of one message are counted once, with the largest of their numbers.
    pub id: Option<String>,
    pub at: Option<Millis>,
    pub tokens: Option<Tokens>,
    /// In thousand-millionths of a dollar.
    pub cost: Option<u64>,
    pub model: Option<String>,
    /// Tokens that the model was given at last, and how many it could be given.
    pub context: Option<u64>,
    pub window: Option<u64>,
}

/// How far one file was read.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Mark {
    pub path: String,
    pub conversation: String,
    /// It is the agent's own, not one of a subagent: what fills the context there does not fill it here.
    pub is_main: bool,
    /// Bytes that were read; behind them there is at most half a record.
    pub offset: u64,
    /// Of the file, so that another one of the same name is not taken for it.
    pub inode: u64,
    /// When the file was changed last, as far as it was read; for those that are read whole.
    #[serde(default)]
    pub modified: Millis,
    /// What comes next is the rest of a record that is too long.
    #[serde(default)]
    pub is_within: bool,
    /// Rises with every look that found something.
    pub looks: u64,
    pub model: Option<String>,
    pub context: Option<u64>,
    pub window: Option<u64>,
    /// What came before does not count: it was copied here, or used before the terminal was there.
    since: Millis,
    /// The time of the newest record.
    newest: Millis,
    /// When it is read again from its begin: what is not newer than this was read before.
    again_until: Option<Millis>,
    /// The time of the record before, for records that tell none.
    clock: Millis,
    /// Messages that were counted last, with their numbers.
    last: VecDeque<(String, Spent)>,
    total_tokens: Option<Tokens>,
    total_cost: Option<u64>,
    /// Records were passed over that had been copied: a total may go on from that of the conversation they are from.
    is_heir: bool,
    /// That total, when the conversation is one of those known to this terminal.
    inherited: Option<u64>,
    /// The conversation before it, until a copied record shows that it is the one they are from.
    before: Option<u64>,
}

impl Mark {
    /// Of a file that was never read. `born` is when it was made, where that can be told; `since` when the terminal was.
    pub fn new(path: String, conversation: String, is_main: bool, born: Option<Millis>, since: Millis) -> Mark {
        let born = born.map_or(0, |born| born.saturating_sub(BEFORE_BIRTH));
        Mark { path, conversation, is_main, since: born.max(since), ..Mark::default() }
    }

    /// The conversation before it may be what this one was given to begin with.
    pub fn follow(&mut self, other: &Mark) {
        self.last.clone_from(&other.last);
        self.before = other.total_cost;
    }

    /// It got shorter, or is another file: what is in it is read once more.
    pub fn read_again(&mut self) {
        (self.offset, self.clock, self.is_within) = (0, 0, false);
        self.again_until = Some(self.newest);
    }

    /// All that is there was read. Where no record tells its time, what comes from now on is new.
    pub fn caught_up(&mut self) {
        if self.newest == 0 {
            self.again_until = None;
        }
    }

    /// The time of its newest record.
    pub fn newest(&self) -> Millis {
        self.newest
    }

    /// What came before this does not count.
    pub fn since(&self) -> Millis {
        self.since
    }

    /// What a record adds, and to which day.
    pub fn take(&mut self, reading: Reading, day_of: &dyn Fn(Millis) -> Day) -> Option<(Day, Spent)> {
        let at = reading.at.unwrap_or(self.clock);
        self.clock = at;
        let was_read = self.again_until.is_some_and(|until| at <= until);
        self.newest = self.newest.max(at);
        if self.is_main {
            self.context = reading.context.or(self.context.take());
            self.window = reading.window.or(self.window.take());
        }
        if let Some(model) = &reading.model {
            self.model = Some(model.clone());
        }
        // What has no time at all cannot be told to be old.
        let is_old = at != 0 && at < self.since;
        let spent = match reading.counts {
            Counts::Each => self.each(reading, is_old || was_read),
            Counts::Total | Counts::Held => self.total(&reading, is_old, was_read),
        };
        (!spent.is_nothing()).then(|| (day_of(at.max(self.since)), spent))
    }

    fn each(&mut self, reading: Reading, is_past: bool) -> Spent {
        let spent = Spent { tokens: reading.tokens.unwrap_or_default(), cost: reading.cost };
        self.is_heir |= is_past;
        let Some(id) = reading.id else { return if is_past { Spent::default() } else { spent } };
        let known = self.last.iter_mut().find(|(other, _)| *other == id);
        if is_past && known.is_some() {
            self.inherited = self.inherited.or(self.before.take());
        }
        let (fresh, newest) = match known {
            Some((_, before)) => {
                let cost = spent.cost.map(|cost| cost.saturating_sub(before.cost.unwrap_or(0)));
                let fresh = Spent { tokens: spent.tokens.beyond(before.tokens), cost };
                before.tokens = before.tokens.most(spent.tokens);
                before.cost = before.cost.max(spent.cost);
                (fresh, None)
            }
            None => (spent, Some((id, spent))),
        };
        if let Some(newest) = newest {
            if self.last.len() >= REMEMBERED {
                self.last.pop_front();
            }
            self.last.push_back(newest);
        }
        let is_nothing = fresh.tokens == Tokens::default() && fresh.cost.unwrap_or(0) == 0;
        if is_past || is_nothing { Spent::default() } else { fresh }
    }

    /// A total that is less than it was has begun anew, unless it was read before.
    fn total(&mut self, reading: &Reading, is_old: bool, was_read: bool) -> Spent {
        let may_begin_anew = reading.counts == Counts::Total;
        let mut spent = Spent::default();
        if let Some(now) = reading.tokens {
            let before = self.total_tokens.unwrap_or_default();
            let is_less = now.total() < before.total();
            if !(was_read && is_less) {
                self.total_tokens = Some(now);
                spent.tokens = if is_less && may_begin_anew { now } else { now.beyond(before) };
            }
        }
        if let Some(now) = reading.cost {
            let is_less = self.total_cost.is_some_and(|before| now < before);
            let more = match self.total_cost {
                Some(_) if is_less && may_begin_anew => Some(now),
                // The same again is no news.
                Some(before) => Some(now.saturating_sub(before)).filter(|more| *more > 0),
                // Nobody says whether it goes on from what it was given; counted too little is better than twice.
                None if self.is_heir => self.inherited.and_then(|before| now.checked_sub(before)),
                None => Some(now),
            };
            if !(was_read && is_less) {
                self.total_cost = Some(now);
                spent.cost = more;
            }
        }
        if is_old { Spent::default() } else { spent }
    }
}

/// What was read of one file: the mark behind it, and what it adds to each day.
pub type Days = BTreeMap<Day, Spent>;
