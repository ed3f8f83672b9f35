//! Rows on their way from the screen into the ring. Most rows of fast output would leave the ring again at once:
//! here they wait as the engine left them, and only those that stay are made compact. Used by the engine while
//! bytes are parsed. It must never hold more rows than the ring may, nor show its rows out of order.

use super::cells::row_of;
use super::ring::Ring;
use crate::base::cell::Row;
use alacritty_terminal::grid::Row as Cells;
use alacritty_terminal::term::cell::Cell;
use std::collections::VecDeque;

/// A row of cells is some twenty times a compact one: not more than a large screen's worth of them waits.
const MAX_WAITING: usize = 256;
/// Used rows that are kept to be filled again: about what a line-buffered program scrolls at once.
const MAX_SPARE: usize = 8;

#[derive(Default)]
pub(super) struct Leaving {
    waiting: VecDeque<Cells<Cell>>,
    spare: Vec<Cells<Cell>>,
}

impl Leaving {
    /// Takes the cells out of `row` and leaves any others there.
    pub(super) fn take(&mut self, row: &mut Cells<Cell>, ring: &mut Ring) {
        if self.waiting.len() >= ring.bound() {
            self.spare.extend(self.waiting.pop_front());
        } else if self.waiting.len() >= MAX_WAITING {
            self.settle(ring);
        }
        let other = self.spare.pop().unwrap_or_else(|| Cells::new(row.len()));
        self.waiting.push_back(std::mem::replace(row, other));
    }

    /// The waiting rows, oldest first. All of them are newer than the ring's.
    pub(super) fn rows(&self) -> impl Iterator<Item = Row> {
        self.waiting.iter().map(|cells| row_of(&cells[..]))
    }

    /// Makes the waiting rows compact.
    pub(super) fn settle(&mut self, ring: &mut Ring) {
        for cells in self.waiting.drain(..) {
            ring.push(row_of(&cells[..]));
            if self.spare.len() < MAX_SPARE {
                self.spare.push(cells);
            }
        }
    }
}
