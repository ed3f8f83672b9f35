//! The size of a terminal in cells. Used by everyone who makes or resizes a screen; always within the limits
//! the engine can hold. It must never be built past [`Size::new`], which clamps.

use serde::{Deserialize, Serialize};

/// Fewer columns cannot hold a wide character: the engine would index outside its rows.
const MIN_COLUMNS: u16 = 2;
const MIN_ROWS: u16 = 1;
/// Four times the widest terminal seen on an 8K display; 24 bytes a cell make a larger grid a memory attack.
const MAX_COLUMNS: u16 = 2048;
const MAX_ROWS: u16 = 1024;

/// Columns and rows of a terminal.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Size {
    pub columns: u16,
    pub rows: u16,
}

impl Size {
    /// The nearest size that can be had.
    pub fn new(columns: u16, rows: u16) -> Size {
        Size { columns: columns.clamp(MIN_COLUMNS, MAX_COLUMNS), rows: rows.clamp(MIN_ROWS, MAX_ROWS) }
    }

    /// Whether [`Size::new`] would leave this size as it is.
    pub fn is_valid(self) -> bool {
        Size::new(self.columns, self.rows) == self
    }

    pub(super) fn width(self) -> usize {
        usize::from(self.columns)
    }

    pub(super) fn height(self) -> usize {
        usize::from(self.rows)
    }

    pub(super) fn area(self) -> usize {
        self.width() * self.height()
    }
}
