//! Pictures as bytes: on the alternate screen only the rows that changed, without it what is settled once and the rest
//! in place below it. Used by the machine. It must never write outside of the size it was told.

use crate::fake::line::Line;
use crate::fake::scene::Size;

/// What is to be seen.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Picture {
    /// The conversation, from its beginning.
    pub history: Vec<Line>,
    /// How many rows of it can not change any more.
    pub settled: usize,
    /// What stays below it: composer, dialog, footers.
    pub live: Vec<Line>,
    /// Row and column in `live`.
    pub cursor: Option<(usize, usize)>,
}

#[derive(Default)]
pub struct Painter {
    is_alternate: bool,
    is_synchronized: bool,
    size: Option<Size>,
    /// The rows as they stand on the screen (alternate), or the rows below what is settled (inline).
    rows: Vec<String>,
    /// Inline: rows of the history that have been printed for good.
    settled: usize,
    /// Inline: the row of `rows` that the cursor is on.
    cursor_row: usize,
    cursor: Option<(usize, usize)>,
}

impl Painter {
    pub fn new(is_alternate: bool, is_synchronized: bool) -> Painter {
        Painter { is_alternate, is_synchronized, ..Painter::default() }
    }

    pub fn paint(&mut self, picture: &Picture, size: Size, anew: bool) -> Vec<u8> {
        let is_first = self.size != Some(size);
        let body = match self.is_alternate {
            true => self.alternate(picture, size, is_first, anew),
            false => self.inline(picture, size, is_first, anew),
        };
        self.size = Some(size);
        match (body.is_empty(), self.is_synchronized) {
            (true, _) => Vec::new(),
            (false, true) => format!("\x1b[?2026h{body}\x1b[?2026l").into_bytes(),
            (false, false) => body.into_bytes(),
        }
    }

    fn alternate(&mut self, picture: &Picture, size: Size, is_first: bool, anew: bool) -> String {
        let live = &picture.live[picture.live.len().saturating_sub(size.rows)..];
        let room = size.rows - live.len();
        let from = picture.history.len().saturating_sub(room);
        let mut rows: Vec<String> = picture.history[from..].iter().map(|line| line.rendered(size.cols)).collect();
        rows.resize(room, String::new());
        rows.extend(live.iter().map(|line| line.rendered(size.cols)));
        let cut = picture.live.len() - live.len();
        let cursor = picture.cursor.and_then(|(row, col)| Some((room + row.checked_sub(cut)?, col)));
        let mut out = String::new();
        if is_first {
            out.push_str("\x1b[2J");
            self.rows.clear();
        }
        for (index, row) in rows.iter().enumerate() {
            let blank_before = is_first && row.is_empty();
            if anew || (self.rows.get(index) != Some(row) && !blank_before) {
                out.push_str(&format!("\x1b[{};1H{row}\x1b[K", index + 1));
            }
        }
        self.rows = rows;
        if !out.is_empty() || cursor != self.cursor {
            out.push_str(&match cursor {
                Some((row, col)) => format!("\x1b[{};{}H\x1b[?25h", row + 1, col.min(size.cols - 1) + 1),
                None => "\x1b[?25l".into(),
            });
            self.cursor = cursor;
        }
        out
    }

    fn inline(&mut self, picture: &Picture, size: Size, is_first: bool, anew: bool) -> String {
        let resized = is_first && self.size.is_some();
        if resized {
            self.settled = 0;
        }
        let from = self.settled.min(picture.settled);
        let new = &picture.history[from..picture.settled];
        let mut rows: Vec<String> = picture.history[picture.settled..]
            .iter()
            .chain(&picture.live)
            .map(|line| line.rendered(size.cols))
            .collect();
        // One row less than there are: what has scrolled off cannot be drawn over.
        let cut = rows.len().saturating_sub(size.rows.saturating_sub(1).max(1));
        rows.drain(..cut);
        let open = picture.history.len() - picture.settled;
        let cursor = picture.cursor.and_then(|(row, col)| Some(((row + open).checked_sub(cut)?, col)));
        if new.is_empty() && !anew && !is_first && rows == self.rows && cursor == self.cursor {
            return String::new();
        }
        let mut out = String::from("\x1b[?25l\r");
        if resized {
            out.push_str("\x1b[H\x1b[2J\x1b[3J");
        } else {
            if self.cursor_row > 0 {
                out.push_str(&format!("\x1b[{}A", self.cursor_row));
            }
            out.push_str("\x1b[J");
        }
        for line in new {
            out.push_str(&line.rendered(size.cols));
            out.push_str("\r\n");
        }
        out.push_str(&rows.join("\r\n"));
        self.cursor_row = rows.len().saturating_sub(1);
        if let Some((row, col)) = cursor {
            if self.cursor_row > row {
                out.push_str(&format!("\x1b[{}A", self.cursor_row - row));
            }
            out.push_str(&format!("\x1b[{}G\x1b[?25h", col.min(size.cols - 1) + 1));
            self.cursor_row = row;
        }
        self.settled = picture.settled;
        self.rows = rows;
        self.cursor = cursor;
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::screen::{self, Screen};

    const SIZE: Size = Size { cols: 20, rows: 6 };

    fn picture(history: &[&str], settled: usize, live: &[&str]) -> Picture {
        let lines = |texts: &[&str]| texts.iter().map(Line::plain).collect();
        Picture { history: lines(history), settled, live: lines(live), cursor: Some((0, 2)) }
    }

    fn shown(is_alternate: bool, pictures: &[(Picture, Size)]) -> (String, Vec<usize>) {
        let mut painter = Painter::new(is_alternate, false);
        let mut screen = Screen::new(screen::Size::new(20, 6));
        let (mut at, mut lengths) = (0, vec![]);
        for (picture, size) in pictures {
            screen.resize(screen::Size::new(size.cols as u16, size.rows as u16));
            let bytes = painter.paint(picture, *size, false);
            screen.feed(at, &bytes);
            at += bytes.len() as u64;
            lengths.push(bytes.len());
        }
        (screen.text().trim_end().to_owned(), lengths)
    }

    #[test]
    fn the_alternate_screen_has_the_end_of_the_history_above_what_stays() {
        let few = picture(&["a", "b"], 0, &["> x", "foot"]);
        let many = picture(&["1", "2", "3", "4", "5", "6"], 0, &["> ", "foot"]);
        let (text, lengths) = shown(true, &[(few.clone(), SIZE), (few.clone(), SIZE)]);
        assert_eq!(text, "a\nb\n\n\n> x\nfoot");
        assert_eq!(lengths[1], 0, "nothing has changed");
        assert_eq!(shown(true, &[(few, SIZE), (many, SIZE)]).0, "3\n4\n5\n6\n>\nfoot");
    }

    #[test]
    fn inline_what_is_settled_is_printed_once_and_the_rest_in_place() {
        let first = picture(&["a", "b…"], 1, &["> ", "foot"]);
        let second = picture(&["a", "b.", "c", "d", "e", "f"], 6, &["> ", "foot"]);
        let (text, lengths) = shown(false, &[(first.clone(), SIZE), (first.clone(), SIZE), (second.clone(), SIZE)]);
        assert_eq!(text, "c\nd\ne\nf\n>\nfoot");
        assert_eq!(lengths[1], 0);
        let narrow = Size { cols: 10, rows: 6 };
        assert_eq!(shown(false, &[(first, SIZE), (second, narrow)]).0, "c\nd\ne\nf\n>\nfoot");
    }
}
