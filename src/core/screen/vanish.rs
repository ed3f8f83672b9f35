//! Which rows a program's own scrolling took away: programs on the alternate screen draw their list anew, a few rows
//! further up, and no terminal keeps what left at its top. Used by whoever rebuilds a past from a log. It must never
//! take a change in place for a scroll.

use crate::base::cell::Row;
use std::collections::HashSet;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::ops::Range;

/// Rows that must have moved together: two of a kind may be chance, as the lines of a table are.
const TOGETHER: usize = 3;

/// A picture of the alternate screen, to be compared with the next.
#[derive(Clone, Debug, Default)]
pub struct Picture {
    rows: Vec<Row>,
    /// Of the rows' texts; 0 for a blank one.
    hashes: Vec<u64>,
}

impl Picture {
    pub fn new(rows: Vec<Row>) -> Picture {
        let hashes = rows.iter().map(text_hash).collect();
        Picture { rows, hashes }
    }

    /// The rows of this picture that are gone in the next one because the others moved up, in their order.
    pub fn lost(&self, next: &Picture) -> Vec<Row> {
        let Some(gone) = self.moved_out(next) else { return Vec::new() };
        let still: HashSet<u64> = next.hashes.iter().copied().collect();
        let is_gone = |index: &usize| self.hashes[*index] == 0 || !still.contains(&self.hashes[*index]);
        gone.filter(is_gone).map(|index| self.rows[index].clone()).collect()
    }

    /// All rows but the blank end.
    pub fn into_rows(mut self) -> Vec<Row> {
        let end = self.hashes.iter().rposition(|hash| *hash != 0).map_or(0, |last| last + 1);
        self.rows.truncate(end);
        self.rows
    }

    fn moved_out(&self, next: &Picture) -> Option<Range<usize>> {
        let (old, new) = (&self.hashes, &next.hashes);
        let height = old.len().min(new.len());
        let top = (0..height).find(|row| old[*row] != new[*row])?;
        let moved = |by: usize| {
            let is_moved = |row: &usize| old[row + by] != 0 && old[row + by] == new[*row] && old[*row] != new[*row];
            (top..new.len().min(old.len() - by)).filter(is_moved).count()
        };
        // A screen that became lower may have lost more than it shows now.
        let (count, by) = (1..old.len() - top).map(|by| (moved(by), std::cmp::Reverse(by))).max()?;
        (count >= TOGETHER).then(|| top..top + by.0)
    }
}

/// A number that stands for a row's text; 0 for a blank row.
pub fn text_hash(row: &Row) -> u64 {
    let text = row.text();
    if text.trim().is_empty() {
        return 0;
    }
    let mut hasher = DefaultHasher::new();
    text.trim_end().hash(&mut hasher);
    hasher.finish().max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::cell::{RowBuilder, Style};

    fn picture(text: &str) -> Picture {
        let row = |line: &str| {
            let mut row = RowBuilder::default();
            line.chars().for_each(|c| row.push(c, &[], 1, Style::default()));
            row.finish(false)
        };
        Picture::new(text.split('|').map(row).collect())
    }

    #[test]
    fn only_what_moved_out_is_lost() {
        let table = [
            // A list between a head and a foot moves by two.
            ("head|a|b|c|d|e|foot", "head|c|d|e|f|g|foot", "a|b"),
            // The foot changes meanwhile.
            ("head|a|b|c|d|e|12 %", "head|b|c|d|e|f|14 %", "a"),
            // Blank rows between what left are kept.
            ("a||b|c|d|e", "b|c|d|e|f|g", "a|"),
            // A spinner, typed text, a table's numbers: nothing left.
            ("head|a|b|c|* work|", "head|a|b|c|+ work|", ""),
            ("a|b|c|d", "w|x|y|z", ""),
            ("1|2|3|4|5|6", "1|2|3|4|5|7", ""),
            // Down again.
            ("head|c|d|e|f|foot", "head|a|b|c|d|foot", ""),
            // A lower screen, of which the upper half went.
            ("a|b|c|d|e|f|g|h", "e|f|g|h", "a|b|c|d"),
            // It stands elsewhere now.
            ("a|b|c|d|e|x", "b|c|d|e|a|y", ""),
            ("", "", ""),
        ];
        for (old, new, expected) in table {
            let lost: Vec<String> = picture(old).lost(&picture(new)).iter().map(Row::text).collect();
            assert_eq!(lost.join("|"), expected, "{old} -> {new}");
        }
    }
}
