//! The rows that were pushed off the top of the primary screen, oldest first, as compact rows. Filled by the
//! engine, taken back when a screen grows, and with a larger bound read by whoever rebuilds deep history from the
//! log. It must never hold more than its bound.

use crate::base::cell::Row;
use std::collections::VecDeque;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ring {
    rows: VecDeque<Row>,
    bound: usize,
}

impl Ring {
    pub(super) fn new(bound: usize) -> Ring {
        Ring { rows: VecDeque::new(), bound }
    }

    /// The rows, oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Row> + ExactSizeIterator {
        self.rows.iter()
    }

    pub fn len(&self) -> usize {
        self.rows.len()
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    pub(super) fn push(&mut self, row: Row) {
        if self.rows.len() >= self.bound {
            self.rows.pop_front();
        }
        if self.bound > 0 {
            self.rows.push_back(row);
        }
    }

    pub(super) fn bound(&self) -> usize {
        self.bound
    }

    pub(super) fn set_bound(&mut self, bound: usize) {
        self.bound = bound;
        self.rows.drain(..self.rows.len().saturating_sub(bound));
    }

    pub(super) fn take(&mut self) -> Vec<Row> {
        std::mem::take(&mut self.rows).into()
    }

    pub(super) fn clear(&mut self) {
        self.rows.clear();
    }

    pub(super) fn get(&self, index: usize) -> Option<&Row> {
        self.rows.get(index)
    }
}
