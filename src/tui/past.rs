//! A pane that stands still: scrolled back, in copy mode, or under the mouse's selection. It holds its own rows, so
//! that what is being read does not move. Made from a replica; it must never follow the live screen.

use super::target::{self, Target};
use crate::base::cell::Row;
use crate::proto::rest::History;
use std::collections::BTreeMap;

/// A place in the rows: row from the oldest, column from the left.
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

#[derive(Clone, Debug)]
pub struct Past {
    rows: Vec<Row>,
    /// Width of the screen that the rows come from.
    columns: u16,
    /// How many of the last rows were the screen.
    screen: usize,
    /// Rows between the bottom of the view and the newest row.
    back: usize,
    /// Rows to go up by when the history comes.
    wanted: usize,
    /// Lines asked for so far.
    asked: usize,
    loading: bool,
    /// Older rows exist than `rows` has.
    truncated: bool,
    /// The copy mode's cursor.
    pub cursor: Option<Place>,
    pub selection: Option<Selection>,
    /// The screen's revision when it was frozen.
    pub revision: u64,
    /// Where the rows' links go. Those of the history have numbers of their own.
    links: BTreeMap<u32, String>,
}

/// Enough for most looks back, small enough to come at once.
const FIRST_LINES: usize = 1_000;
/// What the server keeps rendered; older output is in the log.
const MOST_LINES: usize = 10_000;

impl Past {
    pub fn new(screen: &[Row], columns: u16, revision: u64) -> Past {
        Past {
            rows: screen.to_vec(),
            columns,
            screen: screen.len(),
            back: 0,
            wanted: 0,
            asked: 0,
            loading: false,
            truncated: true,
            cursor: None,
            selection: None,
            revision,
            links: BTreeMap::new(),
        }
    }

    pub fn with_links(self, links: BTreeMap<u32, String>) -> Past {
        Past { links, ..self }
    }

    pub fn links(&self) -> &BTreeMap<u32, String> {
        &self.links
    }

    /// What a place leads to.
    pub fn target(&self, place: Place) -> Option<Target> {
        target::at(&self.rows, self.columns, &self.links, place)
    }

    /// Lines to ask the server for now, if any; asking is noted.
    pub fn ask(&mut self, height: usize) -> Option<usize> {
        let near_top = self.top(height) < height + self.wanted;
        if self.loading || !self.truncated || self.asked >= MOST_LINES || !near_top {
            return None;
        }
        self.asked = match self.asked {
            _ if self.wanted >= MOST_LINES => MOST_LINES,
            0 => FIRST_LINES,
            before => (before * 4).min(MOST_LINES),
        };
        self.loading = true;
        Some(self.asked)
    }

    /// Takes the history: it goes before the frozen screen, and every place moves with its row.
    pub fn load(&mut self, history: History, height: usize) {
        let before = self.rows.len();
        let screen = self.rows.split_off(before - self.screen.min(before));
        self.rows = history.rows;
        self.links.extend(history.links);
        self.rows.extend(screen);
        self.truncated = history.truncated;
        self.loading = false;
        let grown = self.rows.len() as isize - before as isize;
        let moved = |place: &mut Place| place.row = place.row.saturating_add_signed(grown);
        if let Some(cursor) = &mut self.cursor {
            moved(cursor);
        }
        if let Some(selection) = &mut self.selection {
            moved(&mut selection.anchor);
            moved(&mut selection.head);
        }
        let wanted = std::mem::take(&mut self.wanted);
        self.scroll(wanted as isize, height);
        if self.asked >= MOST_LINES {
            self.wanted = 0;
        }
    }

    /// The history cannot come.
    pub fn give_up(&mut self) {
        self.loading = false;
        self.truncated = false;
        self.wanted = 0;
    }

    pub fn is_loading(&self) -> bool {
        self.loading
    }

    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    pub fn back(&self) -> usize {
        self.back
    }

    /// The first row shown in a view of `height`.
    pub fn top(&self, height: usize) -> usize {
        self.rows.len().saturating_sub(height + self.back)
    }

    /// Scrolls up (positive) or down. What is not loaded yet is made up for when it comes.
    pub fn scroll(&mut self, lines: isize, height: usize) {
        let most = self.rows.len().saturating_sub(height);
        let to = (self.back + self.wanted).saturating_add_signed(lines);
        self.back = to.min(most);
        self.wanted = if self.truncated { to - self.back } else { 0 };
    }

    pub fn go_to_top(&mut self, height: usize) {
        self.back = self.rows.len().saturating_sub(height);
        self.wanted = if self.truncated && self.asked < MOST_LINES { MOST_LINES } else { 0 };
    }

    pub fn go_to_bottom(&mut self) {
        self.back = 0;
        self.wanted = 0;
    }

    /// Moves the copy cursor and keeps it in view.
    pub fn move_cursor(&mut self, rows: isize, columns: isize, height: usize, width: u16) {
        let Some(mut cursor) = self.cursor else { return };
        cursor.row = cursor.row.saturating_add_signed(rows).min(self.rows.len().saturating_sub(1));
        let column = (cursor.column as isize + columns).clamp(0, isize::from(width.saturating_sub(1) as i16));
        cursor.column = column as u16;
        self.put_cursor(cursor, height);
    }

    pub fn put_cursor(&mut self, cursor: Place, height: usize) {
        self.cursor = Some(cursor);
        if let Some(selection) = &mut self.selection {
            selection.head = cursor;
        }
        let top = self.top(height);
        if cursor.row < top {
            self.scroll((top - cursor.row) as isize, height);
        } else if height > 0 && cursor.row >= top + height {
            self.scroll(-((cursor.row + 1 - top - height) as isize), height);
        }
    }

    /// The first column of the next or last word from the cursor on, in its row.
    pub fn word(&self, forward: bool) -> Option<Place> {
        let cursor = self.cursor?;
        let row = self.rows.get(cursor.row)?;
        let mut starts = Vec::new();
        let mut after_blank = true;
        for cell in row.cells() {
            let blank = cell.text.trim().is_empty();
            if !blank && after_blank {
                starts.push(cell.column);
            }
            after_blank = blank;
        }
        let here = cursor.column;
        let found =
            if forward { starts.into_iter().find(|c| *c > here) } else { starts.into_iter().rev().find(|c| *c < here) };
        if let Some(column) = found {
            return Some(Place { column, ..cursor });
        }
        let row = if forward { (cursor.row + 1).min(self.rows.len() - 1) } else { cursor.row.saturating_sub(1) };
        let column = if forward { 0 } else { self.rows[row].width().saturating_sub(1) };
        Some(if row == cursor.row { cursor } else { Place { row, column } })
    }

    pub fn selected_text(&self) -> String {
        self.selection.map(|s| text_of(&self.rows, self.columns, s)).unwrap_or_default()
    }
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
}

/// The text of a selection: rows joined where the terminal wrapped them, blanks cut at line ends.
fn text_of(rows: &[Row], columns: u16, selection: Selection) -> String {
    let (from, to) = selection.ends();
    let mut out = String::new();
    for n in from.row..=to.row.min(rows.len().saturating_sub(1)) {
        let Some(row) = rows.get(n) else { break };
        let start = if n == from.row { from.column } else { 0 };
        let end = if n == to.row { to.column } else { u16::MAX };
        let line: String = row.cells().filter(|c| c.column >= start && c.column <= end).map(|c| c.text).collect();
        // A soft wrap keeps its blanks: they are part of the line.
        if row.wrapped && n != to.row {
            out.push_str(&line);
            // Rows come without blanks at their end, but these are part of the line. One column may also be free
            // because a wide character did not fit into it.
            let free = usize::from(columns.saturating_sub(row.width()));
            let next_is_wide = rows.get(n + 1).and_then(|r| r.cells().next()).is_some_and(|c| c.width == 2);
            out.push_str(&" ".repeat(if free == 1 && next_is_wide { 0 } else { free }));
        } else {
            out.push_str(line.trim_end());
            if n != to.row {
                out.push('\n');
            }
        }
    }
    out
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
        let all = Selection { anchor: place(2, 3), head: place(0, 4), lines: false };
        assert_eq!(text_of(&rows, 8, all), "two three\nfour");
        let lines = Selection { anchor: place(1, 3), head: place(2, 0), lines: true };
        assert_eq!(text_of(&rows, 8, lines), "three\nfour");
    }

    #[test]
    fn wide_characters_are_whole() {
        let rows = rows(&["漢字x"]);
        let one = Selection { anchor: place(0, 2), head: place(0, 3), lines: false };
        assert_eq!(text_of(&rows, 8, one), "字");
    }

    #[test]
    fn scrolling_waits_for_history_and_stays_with_its_rows() {
        let mut past = Past::new(&rows(&["s1", "s2", "s3"]), 80, 7);
        past.scroll(5, 3);
        assert_eq!((past.back(), past.ask(3)), (0, Some(FIRST_LINES)));
        assert_eq!(past.ask(3), None, "one request at a time");
        past.cursor = Some(place(1, 0));
        let history =
            History { rows: (0..10).map(|n| row(&format!("h{n}"))).collect(), truncated: false, ..History::default() };
        past.load(history, 3);
        assert_eq!((past.back(), past.top(3)), (5, 5));
        assert_eq!(past.rows()[past.cursor.unwrap().row].text(), "s2");
        past.scroll(100, 3);
        assert_eq!(past.top(3), 0);
        past.scroll(-100, 3);
        assert_eq!(past.back(), 0);
    }
}
