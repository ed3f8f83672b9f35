//! Places in a pane's past, what is selected between two of them, and its text. Used by the past and the mouse. It must
//! never hold rows of its own.

use crate::base::cell::{Row, blanks_at_wrap};

/// A place in the past: the number of a row, column from the left.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct Place {
    pub row: usize,
    pub column: u16,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Selection {
    pub anchor: Place,
    pub head: Place,
    /// Whole rows.
    pub lines: bool,
}

impl Selection {
    /// First and last place, in reading order.
    pub fn ends(self) -> (Place, Place) {
        let (from, to) = if self.anchor <= self.head { (self.anchor, self.head) } else { (self.head, self.anchor) };
        if self.lines { (Place { column: 0, ..from }, Place { column: u16::MAX, ..to }) } else { (from, to) }
    }

    pub fn contains(self, place: Place) -> bool {
        let (from, to) = self.ends();
        from <= place && place <= to
    }

    /// The selected text of `rows`, the first of which has the number `first`: rows joined where the terminal wrapped
    /// them, blanks cut at line ends.
    pub fn text(self, rows: &[Row], first: usize, columns: u16) -> String {
        let (from, to) = self.ends();
        let mut out = String::new();
        for n in from.row..=to.row {
            let Some(index) = n.checked_sub(first) else { continue };
            let Some(row) = rows.get(index) else { break };
            let start = if n == from.row { from.column } else { 0 };
            let end = if n == to.row { to.column } else { u16::MAX };
            let line: String = row.cells().filter(|c| c.column >= start && c.column <= end).map(|c| c.text).collect();
            // A soft wrap keeps its blanks: they are part of the line.
            if row.wrapped && n != to.row {
                out.push_str(&line);
                out.push_str(&" ".repeat(blanks_at_wrap(row, rows.get(index + 1), columns)));
            } else {
                out.push_str(line.trim_end());
                if n != to.row {
                    out.push('\n');
                }
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::testing::row;

    fn rows(texts: &[&str]) -> Vec<Row> {
        texts.iter().map(|t| row(t)).collect()
    }

    fn place(row: usize, column: u16) -> Place {
        Place { row, column }
    }

    #[test]
    fn soft_wraps_are_joined_and_ends_trimmed() {
        let mut rows = rows(&["one two ", "three", "four   "]);
        rows[0].wrapped = true;
        let all = Selection { anchor: place(102, 3), head: place(100, 4), lines: false };
        assert_eq!(all.text(&rows, 100, 8), "two three\nfour");
        let lines = Selection { anchor: place(101, 3), head: place(102, 0), lines: true };
        assert_eq!(lines.text(&rows, 100, 8), "three\nfour");
    }

    #[test]
    fn wide_characters_are_whole() {
        let one = Selection { anchor: place(0, 2), head: place(0, 3), lines: false };
        assert_eq!(one.text(&rows(&["漢字x"]), 0, 8), "字");
    }
}
