//! Amounts: tokens by their kind, and money where somebody has named it. They only ever grow, and never overflow.

use serde::{Deserialize, Serialize};

/// Tokens by their kind; none is in two of them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default, Serialize, Deserialize)]
pub struct Tokens {
    /// Sent, and not taken from a cache.
    pub input: u64,
    pub output: u64,
    pub cache_read: u64,
    pub cache_write: u64,
}

/// Tokens, and what they cost in thousand-millionths of a dollar; `None`: the CLI has named no cost.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Spent {
    pub tokens: Tokens,
    pub cost: Option<u64>,
}

impl Tokens {
    pub fn total(self) -> u64 {
        self.input.saturating_add(self.output).saturating_add(self.cache_read).saturating_add(self.cache_write)
    }

    fn each(self, other: Tokens, of: impl Fn(u64, u64) -> u64) -> Tokens {
        Tokens {
            input: of(self.input, other.input),
            output: of(self.output, other.output),
            cache_read: of(self.cache_read, other.cache_read),
            cache_write: of(self.cache_write, other.cache_write),
        }
    }

    #[must_use]
    pub fn plus(self, other: Tokens) -> Tokens {
        self.each(other, u64::saturating_add)
    }

    /// What is more here than there, kind by kind.
    #[must_use]
    pub fn beyond(self, other: Tokens) -> Tokens {
        self.each(other, u64::saturating_sub)
    }

    #[must_use]
    pub fn most(self, other: Tokens) -> Tokens {
        self.each(other, u64::max)
    }
}

impl Spent {
    #[must_use]
    pub fn plus(self, other: Spent) -> Spent {
        let cost = match (self.cost, other.cost) {
            (Some(a), Some(b)) => Some(a.saturating_add(b)),
            (a, b) => a.or(b),
        };
        Spent { tokens: self.tokens.plus(other.tokens), cost }
    }

    pub fn is_nothing(&self) -> bool {
        *self == Spent::default()
    }
}
