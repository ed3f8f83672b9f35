//! What a terminal cell can look like, and rows of cells as styled runs: the one form in which screens are kept
//! compactly, stored in checkpoints and sent to clients. Never holds an escape sequence or a control character.

use crate::base::text;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A cell's width and height in pixels. We draw none; programs that scale images or want the mouse in pixels get a common
/// font's.
pub const PIXELS: (u16, u16) = (10, 20);

/// A colour as the program asked for it; what an index or `Default` means is the outer terminal's business.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub enum Color {
    #[default]
    Default,
    Indexed(u8),
    Rgb(u8, u8, u8),
}

/// Attribute bits of [`Style::attrs`]. The underline styles are exclusive.
pub mod attr {
    pub const BOLD: u16 = 1;
    pub const DIM: u16 = 1 << 1;
    pub const ITALIC: u16 = 1 << 2;
    pub const UNDERLINE: u16 = 1 << 3;
    pub const DOUBLE_UNDERLINE: u16 = 1 << 4;
    pub const CURLY_UNDERLINE: u16 = 1 << 5;
    pub const DOTTED_UNDERLINE: u16 = 1 << 6;
    pub const DASHED_UNDERLINE: u16 = 1 << 7;
    pub const INVERSE: u16 = 1 << 8;
    pub const HIDDEN: u16 = 1 << 9;
    pub const STRIKE: u16 = 1 << 10;
}

/// How the cells of a run look.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct Style {
    pub fg: Color,
    pub bg: Color,
    pub underline: Color,
    /// Bits of [`attr`].
    pub attrs: u16,
    /// The number of the hyperlink that the cells belong to; 0: none. Targets travel beside the rows.
    #[serde(default)]
    pub link: u32,
}

/// Neighbouring cells of one style.
///
/// When `width` differs from the sum of the characters' own widths, the run is exactly one cell (of one or two
/// columns): the engine and the width table disagree there, and the engine is right.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct Run {
    pub text: String,
    /// Columns taken.
    pub width: u16,
    pub style: Style,
}

/// One row of a screen. Columns behind the last run are blank in the default style.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct Row {
    pub runs: Vec<Run>,
    /// The line goes on in the next row (a soft wrap): copying joins the two.
    pub wrapped: bool,
}

/// One cell of a row as [`Row::cells`] gives it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Cell<'a> {
    pub column: u16,
    /// One base character with its marks.
    pub text: &'a str,
    /// 1 or 2 columns.
    pub width: u16,
    pub style: Style,
}

impl Row {
    /// The cells from left to right, without the blank rest of the row.
    pub fn cells(&self) -> impl Iterator<Item = Cell<'_>> {
        let mut column = 0u16;
        self.runs.iter().flat_map(move |run| {
            let start = column;
            column = column.saturating_add(run.width);
            RunCells { run, rest: &run.text, column: start }
        })
    }

    /// The text without trailing blanks.
    pub fn text(&self) -> String {
        let mut out: String = self.runs.iter().map(|run| run.text.as_str()).collect();
        out.truncate(out.trim_end_matches(' ').len());
        out
    }

    /// Columns up to the end of the last run.
    pub fn width(&self) -> u16 {
        self.runs.iter().fold(0, |sum, run| sum.saturating_add(run.width))
    }
}

struct RunCells<'a> {
    run: &'a Run,
    rest: &'a str,
    column: u16,
}

impl<'a> Iterator for RunCells<'a> {
    type Item = Cell<'a>;

    fn next(&mut self) -> Option<Cell<'a>> {
        let first = self.rest.chars().next()?;
        let whole = usize::from(self.run.width) != text::width_by_char(&self.run.text);
        let cut = if whole {
            self.rest.len()
        } else {
            // A cell is its base character and the zero-width ones behind it.
            self.rest.char_indices().skip(1).find(|(_, c)| text::char_width(*c) > 0).map_or(self.rest.len(), |(i, _)| i)
        };
        let (cell, rest) = self.rest.split_at(cut);
        self.rest = rest;
        let width = if whole { self.run.width } else { text::char_width(first).max(1) as u16 };
        let column = self.column;
        self.column = self.column.saturating_add(width);
        Some(Cell { column, text: cell, width, style: self.run.style })
    }
}

/// Blanks at the end of a row that the terminal wrapped: rows come without them, but they are part of the line. One column
/// may also be free because the wide character behind it did not fit.
pub fn blanks_at_wrap(row: &Row, next: Option<&Row>, columns: u16) -> usize {
    let free = usize::from(columns.saturating_sub(row.width()));
    let next_is_wide = next.and_then(|row| row.cells().next()).is_some_and(|cell| cell.width == 2);
    if free == 1 && next_is_wide { 0 } else { free }
}

/// The text of rows that are `columns` wide, each line ended by a line feed: soft wraps are the terminal's, not the
/// program's.
pub fn lines_of(rows: &[Row], columns: u16) -> String {
    let mut text = String::new();
    for (at, row) in rows.iter().enumerate() {
        row.runs.iter().for_each(|run| text.push_str(&run.text));
        if row.wrapped && at + 1 < rows.len() {
            text.push_str(&" ".repeat(blanks_at_wrap(row, rows.get(at + 1), columns)));
        } else {
            text.truncate(text.trim_end_matches(' ').len());
            text.push('\n');
        }
    }
    text
}

/// Builds a [`Row`] cell by cell, joining cells of one style into runs.
#[derive(Default)]
pub struct RowBuilder {
    row: Row,
    /// The last run may be extended: its width is the sum of its characters' widths.
    open: bool,
}

impl RowBuilder {
    /// Adds a cell of `width` columns (1 or 2) showing `first` and the zero-width `marks`.
    pub fn push(&mut self, first: char, marks: &[char], width: u16, style: Style) {
        let natural = text::char_width(first) as u16 == width && marks.iter().all(|c| text::char_width(*c) == 0);
        match self.row.runs.last_mut() {
            Some(run) if self.open && natural && run.style == style => {
                run.text.push(first);
                run.text.extend(marks);
                run.width += width;
            }
            _ => {
                let mut text = String::new();
                text.push(first);
                text.extend(marks);
                self.row.runs.push(Run { text, width, style });
                self.open = natural;
            }
        }
    }

    /// Adds one-column cells of printable ASCII: what most rows are made of, without a look at each one's width.
    pub fn push_ascii(&mut self, style: Style, text: impl ExactSizeIterator<Item = char>) {
        let width = text.len() as u16;
        match self.row.runs.last_mut() {
            Some(run) if self.open && run.style == style => {
                run.text.extend(text);
                run.width += width;
            }
            _ => {
                let mut run = Run { text: String::with_capacity(text.len()), width, style };
                run.text.extend(text);
                self.row.runs.push(run);
                self.open = true;
            }
        }
    }

    /// The row, with blank cells of the default style cut from its end.
    pub fn finish(mut self, wrapped: bool) -> Row {
        while let Some(run) = self.row.runs.last_mut() {
            // Only plain cells of one character each: a cell whose marks are blanks has no blanks to cut.
            if run.style != Style::default() || !run.text.is_ascii() || usize::from(run.width) != run.text.len() {
                break;
            }
            let kept = run.text.trim_end_matches(' ').len();
            run.width -= (run.text.len() - kept) as u16;
            run.text.truncate(kept);
            if kept > 0 {
                break;
            }
            self.row.runs.pop();
        }
        self.row.wrapped = wrapped;
        self.row
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_keep_cells_through_runs() {
        let bold = Style { attrs: attr::BOLD, ..Style::default() };
        let mut b = RowBuilder::default();
        b.push('a', &[], 1, Style::default());
        b.push('e', &['\u{301}'], 1, Style::default());
        b.push('漢', &[], 2, bold);
        // The engine made this one wide although its width is 1.
        b.push('\u{2764}', &['\u{fe0f}'], 2, bold);
        b.push(' ', &[], 1, Style::default());
        b.push(' ', &[], 1, Style::default());
        let row = b.finish(true);
        let cells: Vec<_> = row.cells().map(|c| (c.column, c.text.to_owned(), c.width)).collect();
        assert_eq!(
            cells,
            [(0, "a".into(), 1), (1, "e\u{301}".into(), 1), (2, "漢".into(), 2), (4, "\u{2764}\u{fe0f}".into(), 2)]
        );
        assert_eq!(row.width(), 6);
        assert_eq!(row.text(), "ae\u{301}漢\u{2764}\u{fe0f}");
        assert!(row.wrapped);
    }

    #[test]
    fn a_cell_with_blanks_for_marks_is_left_alone() {
        let mut b = RowBuilder::default();
        b.push('x', &[' ', ' '], 1, Style::default());
        assert_eq!(b.finish(false).width(), 1);
    }

    #[test]
    fn styled_blanks_at_the_end_stay() {
        let inverse = Style { attrs: attr::INVERSE, ..Style::default() };
        let mut b = RowBuilder::default();
        b.push('x', &[], 1, Style::default());
        b.push(' ', &[], 1, inverse);
        assert_eq!(b.finish(false).width(), 2);
    }

    fn row_of(text: &str, wrapped: bool) -> Row {
        let mut b = RowBuilder::default();
        text.chars().for_each(|c| b.push(c, &[], if c == '漢' { 2 } else { 1 }, Style::default()));
        b.finish(wrapped)
    }

    #[test]
    fn wrapped_rows_are_one_line_with_the_blanks_between_them() {
        let cases: &[(&[(&str, bool)], &str)] = &[
            (&[("abcd", true), ("ef", false)], "abcdef\n"),
            (&[("abc ", true), ("ef", false)], "abc ef\n"),
            (&[("    ", true), ("x", false)], "    x\n"),
            // The free column is the terminal's: the character did not fit.
            (&[("abc", true), ("漢", false)], "abc漢\n"),
            (&[("ab", true), ("漢", false)], "ab  漢\n"),
            (&[("ab ", false), ("", false), ("c", false)], "ab\n\nc\n"),
            // Blanks that end a line are none of it, wherever it wraps.
            (&[("abc ", true), ("  ", false)], "abc\n"),
            // A wrap at the end of what there is ends the line.
            (&[("abcd", true)], "abcd\n"),
        ];
        for (rows, line) in cases {
            let rows: Vec<Row> = rows.iter().map(|(text, wrapped)| row_of(text, *wrapped)).collect();
            assert_eq!(lines_of(&rows, 4), *line, "{rows:?}");
        }
    }
}
