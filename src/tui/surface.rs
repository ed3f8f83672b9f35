//! What is on the outer terminal, and the fewest bytes that make it look like the next picture.
//! The painter draws into `back()` and calls `flush`; the run loop writes the bytes. Everything reaching the
//! terminal as text passes here, so this is where control characters end: an agent must never get one through.

use crate::base::text;
use crate::proto::frame::CursorShape;
use ratatui::buffer::{Buffer, Cell, CellDiffOption};
use ratatui::layout::{Position, Rect};
use ratatui::style::{Color, Modifier};
use std::fmt::Write as _;

/// Where the terminal's cursor is to be, and how it looks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CursorView {
    pub column: u16,
    pub row: u16,
    pub shape: CursorShape,
    pub blinking: bool,
}

/// Blanks in a row from which erasing and jumping over them is shorter than writing them.
const ERASE_FROM: u16 = 12;

/// Unchanged cells that are rewritten rather than jumped over: the shortest jump is three bytes.
const REWRITE_UP_TO: u16 = 3;

/// The second column of a wide character.
const CONTINUATION: &str = "";

pub struct Surface {
    front: Buffer,
    back: Buffer,
    pen: Pen,
    /// Where the terminal's cursor is; `None` when that cannot be known.
    at: Option<(u16, u16)>,
    cursor: Option<CursorView>,
    /// The shape last asked for.
    shape: Option<(CursorShape, bool)>,
    shown: bool,
    synchronized: bool,
    /// Everything must be written, whatever `front` says.
    stale: bool,
}

/// The colours and attributes the terminal writes with now.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Pen {
    fg: Color,
    bg: Color,
    modifier: Modifier,
}

impl Default for Pen {
    fn default() -> Pen {
        Pen { fg: Color::Reset, bg: Color::Reset, modifier: Modifier::empty() }
    }
}

impl Surface {
    /// A surface for a terminal just cleared and reset. `synchronized`: it knows mode 2026.
    pub fn new(columns: u16, rows: u16, synchronized: bool) -> Surface {
        let area = Rect::new(0, 0, columns, rows);
        Surface {
            front: Buffer::empty(area),
            back: Buffer::empty(area),
            pen: Pen::default(),
            at: None,
            cursor: None,
            shape: None,
            shown: true,
            synchronized,
            stale: true,
        }
    }

    pub fn area(&self) -> Rect {
        self.back.area
    }

    /// Follows the terminal's size; the next flush writes everything.
    pub fn resize(&mut self, columns: u16, rows: u16) {
        let area = Rect::new(0, 0, columns, rows);
        self.front = Buffer::empty(area);
        self.back = Buffer::empty(area);
        self.stale = true;
    }

    /// Whether the terminal knows mode 2026.
    pub fn set_synchronized(&mut self, synchronized: bool) {
        self.synchronized = synchronized;
    }

    /// Makes the next flush write everything, for a terminal that somebody else wrote to.
    pub fn forget(&mut self) {
        self.stale = true;
    }

    /// The picture to draw into; it still holds the last one.
    pub fn back(&mut self) -> &mut Buffer {
        &mut self.back
    }

    /// The last picture flushed.
    #[cfg(test)]
    pub fn front(&self) -> &Buffer {
        &self.front
    }

    /// Appends the bytes that bring `area` of the terminal to what `back` shows and the cursor to `cursor`.
    pub fn flush(&mut self, area: Rect, cursor: Option<CursorView>, out: &mut Vec<u8>) {
        let mut body = String::new();
        let area = if self.stale {
            // Erase first: most cells of most pictures are blank.
            self.pen = Pen::default();
            body.push_str("\x1b[0m\x1b[2J");
            self.front.reset();
            self.at = None;
            self.stale = false;
            self.back.area
        } else {
            area.intersection(self.back.area)
        };
        let mut rows_changed = 0;
        for row in area.top()..area.bottom() {
            self.normalise_row(area, row);
            rows_changed += usize::from(self.flush_row(area, row, &mut body));
        }
        let hide = rows_changed > 1 && self.shown;
        self.flush_cursor(cursor, hide, &mut body);
        if body.is_empty() {
            return;
        }
        let synchronize = self.synchronized && rows_changed > 1;
        if synchronize {
            out.extend(b"\x1b[?2026h");
        }
        if hide {
            out.extend(b"\x1b[?25l");
        }
        out.extend(body.as_bytes());
        if synchronize {
            out.extend(b"\x1b[?2026l");
        }
    }

    fn flush_cursor(&mut self, cursor: Option<CursorView>, hidden_meanwhile: bool, out: &mut String) {
        let shown = self.shown && !hidden_meanwhile;
        let Some(wanted) = cursor.filter(|c| self.back.area.contains(Position::new(c.column, c.row))) else {
            if shown {
                out.push_str("\x1b[?25l");
            }
            self.shown = false;
            self.cursor = None;
            return;
        };
        self.move_to(wanted.column, wanted.row, out);
        if self.shape != Some((wanted.shape, wanted.blinking)) {
            let number = match wanted.shape {
                CursorShape::Block => 2,
                CursorShape::Underline => 4,
                CursorShape::Beam => 6,
            } - u8::from(wanted.blinking);
            let _ = write!(out, "\x1b[{number} q");
            self.shape = Some((wanted.shape, wanted.blinking));
        }
        if !shown {
            out.push_str("\x1b[?25h");
        }
        self.shown = true;
        self.cursor = cursor;
    }

    /// Makes `back` a picture that a terminal can show: no control characters, no half of a wide character.
    fn normalise_row(&mut self, area: Rect, row: u16) {
        let mut column = area.left();
        while column < area.right() {
            let last = column + 1 >= area.right();
            let next_is_free = !last && matches!(self.back[(column + 1, row)].symbol(), " " | CONTINUATION);
            let cell = &mut self.back[(column, row)];
            if cell.symbol().chars().any(|c| c.is_control()) {
                let harmless = text::printable(cell.symbol());
                cell.set_symbol(&harmless);
            }
            if cell_width(cell) == 2 {
                if next_is_free {
                    let (fg, bg, modifier) = (cell.fg, cell.bg, cell.modifier);
                    let next = &mut self.back[(column + 1, row)];
                    next.set_symbol(CONTINUATION);
                    (next.fg, next.bg, next.modifier) = (fg, bg, modifier);
                    column += 2;
                    continue;
                }
                cell.set_symbol(" ");
                cell.diff_option = CellDiffOption::None;
            } else if cell.symbol().is_empty() {
                cell.set_symbol(" ");
            }
            column += 1;
        }
    }

    /// Writes the changed cells of a row; whether there were any.
    fn flush_row(&mut self, area: Rect, row: u16, out: &mut String) -> bool {
        let mut changed = false;
        let mut column = area.left();
        while column < area.right() {
            let cell = &self.back[(column, row)];
            let width = if cell.symbol().is_empty() { 1 } else { cell_width(cell) };
            let changes = self.is_changed(column, row) || (width == 2 && self.is_changed(column + 1, row));
            if !changes {
                column += width;
                continue;
            }
            changed = true;
            let blanks = self.changed_blanks(area, column, row);
            // Not every terminal erases with the colour of the pen (GNU screen does not): a bar would end at its last
            // word there.
            if blanks >= ERASE_FROM && self.back[(column, row)].bg == Color::Reset {
                self.erase(column, row, blanks, column + blanks == self.back.area.right(), out);
                column += blanks;
                continue;
            }
            self.go(area, column, row, out);
            self.put(column, row, width, out);
            column += width;
        }
        changed
    }

    fn is_changed(&self, column: u16, row: u16) -> bool {
        let (a, b) = (&self.front[(column, row)], &self.back[(column, row)]);
        a.symbol() != b.symbol() || a.fg != b.fg || a.bg != b.bg || a.modifier != b.modifier
    }

    /// How many cells from here on are blank, of one background, and not all the same already.
    fn changed_blanks(&self, area: Rect, column: u16, row: u16) -> u16 {
        let first = &self.back[(column, row)];
        let marks = Modifier::UNDERLINED | Modifier::REVERSED | Modifier::CROSSED_OUT;
        let mut last_changed = 0;
        for x in column..area.right() {
            let cell = &self.back[(x, row)];
            if cell.symbol() != " " || cell.bg != first.bg || cell.modifier.intersects(marks) {
                break;
            }
            if self.is_changed(x, row) {
                last_changed = x - column + 1;
            }
        }
        last_changed
    }

    fn erase(&mut self, column: u16, row: u16, blanks: u16, to_end: bool, out: &mut String) {
        self.move_to(column, row, out);
        let bg = self.back[(column, row)].bg;
        self.set_pen(Pen { fg: self.pen.fg, bg, modifier: self.pen.modifier }, out);
        if to_end {
            out.push_str("\x1b[K");
        } else {
            let _ = write!(out, "\x1b[{blanks}X");
        }
        for x in column..column + blanks {
            self.front[(x, row)] = self.back[(x, row)].clone();
        }
    }

    /// Moves to a cell, rewriting a few unchanged ones when that is shorter.
    fn go(&mut self, area: Rect, column: u16, row: u16, out: &mut String) {
        if let Some((x, y)) = self.at {
            let near = y == row && x >= area.left() && x < column && column - x <= REWRITE_UP_TO;
            if near && (x..column).all(|x| self.can_rewrite(x, row)) {
                for x in x..column {
                    self.put(x, row, 1, out);
                }
                return;
            }
        }
        self.move_to(column, row, out);
    }

    fn can_rewrite(&self, column: u16, row: u16) -> bool {
        let cell = &self.back[(column, row)];
        let pen = Pen { fg: cell.fg, bg: cell.bg, modifier: cell.modifier };
        cell.symbol().len() == 1 && pen == self.pen && !self.is_changed(column, row)
    }

    fn put(&mut self, column: u16, row: u16, width: u16, out: &mut String) {
        let cell = self.back[(column, row)].clone();
        self.set_pen(Pen { fg: cell.fg, bg: cell.bg, modifier: cell.modifier }, out);
        // A lone continuation cannot be: normalising made it a blank.
        out.push_str(if cell.symbol().is_empty() { " " } else { cell.symbol() });
        let next = column + width;
        // Terminals differ on the width of sequences of characters, and on where the cursor is after the last
        // column: there, the next cell is found by its number.
        let certain = cell.symbol().chars().count() == 1
            && usize::from(width) == text::width(cell.symbol())
            && next < self.back.area.right();
        self.at = certain.then_some((next, row));
        if width == 2 {
            self.front[(column + 1, row)] = self.back[(column + 1, row)].clone();
        }
        self.front[(column, row)] = cell;
    }

    fn move_to(&mut self, column: u16, row: u16, out: &mut String) {
        match self.at {
            Some(at) if at == (column, row) => {}
            Some((x, y)) if y == row && column > x && column - x < 10 => {
                if column - x == 1 {
                    out.push_str("\x1b[C");
                } else {
                    let _ = write!(out, "\x1b[{}C", column - x);
                }
            }
            Some((x, y)) if y == row && column < x && x - column <= 3 => {
                for _ in column..x {
                    out.push('\u{8}');
                }
            }
            Some((_, y)) if y == row && column == 0 => out.push('\r'),
            _ => {
                let _ = write!(out, "\x1b[{};{}H", row + 1, column + 1);
            }
        }
        self.at = Some((column, row));
    }

    fn set_pen(&mut self, wanted: Pen, out: &mut String) {
        if self.pen == wanted {
            return;
        }
        let from = self.pen;
        let by_change = pen_change(from, wanted);
        let by_reset = format!("0;{}", pen_change(Pen::default(), wanted));
        let by_reset = by_reset.trim_end_matches(';');
        let shorter = if by_change.len() <= by_reset.len() { by_change.as_str() } else { by_reset };
        let _ = write!(out, "\x1b[{shorter}m");
        self.pen = wanted;
    }
}

/// Parameters of the SGR sequence between two pens, without a trailing `;`.
fn pen_change(from: Pen, to: Pen) -> String {
    let mut out = String::new();
    let removed = from.modifier - to.modifier;
    let mut added = to.modifier - from.modifier;
    if removed.intersects(Modifier::BOLD | Modifier::DIM) {
        // One code takes both away.
        out.push_str("22;");
        added |= to.modifier & (Modifier::BOLD | Modifier::DIM);
    }
    for (modifier, on, off) in [
        (Modifier::BOLD, "1;", ""),
        (Modifier::DIM, "2;", ""),
        (Modifier::ITALIC, "3;", "23;"),
        (Modifier::UNDERLINED, "4;", "24;"),
        (Modifier::SLOW_BLINK, "5;", "25;"),
        (Modifier::REVERSED, "7;", "27;"),
        (Modifier::HIDDEN, "8;", "28;"),
        (Modifier::CROSSED_OUT, "9;", "29;"),
    ] {
        if removed.contains(modifier) {
            out.push_str(off);
        }
        if added.contains(modifier) {
            out.push_str(on);
        }
    }
    if from.fg != to.fg {
        push_color(to.fg, /*background*/ false, &mut out);
    }
    if from.bg != to.bg {
        push_color(to.bg, /*background*/ true, &mut out);
    }
    out.truncate(out.trim_end_matches(';').len());
    out
}

fn push_color(color: Color, background: bool, out: &mut String) {
    let base = if background { 10 } else { 0 };
    let _ = match color_number(color) {
        ColorNumber::Default => write!(out, "{};", 39 + base),
        ColorNumber::Indexed(n @ 0..=7) => write!(out, "{};", 30 + base + n),
        ColorNumber::Indexed(n @ 8..=15) => write!(out, "{};", 82 + base + n),
        ColorNumber::Indexed(n) => write!(out, "{};5;{n};", 38 + base),
        ColorNumber::Rgb(r, g, b) => write!(out, "{};2;{r};{g};{b};", 38 + base),
    };
}

enum ColorNumber {
    Default,
    Indexed(u8),
    Rgb(u8, u8, u8),
}

fn color_number(color: Color) -> ColorNumber {
    ColorNumber::Indexed(match color {
        Color::Reset => return ColorNumber::Default,
        Color::Rgb(r, g, b) => return ColorNumber::Rgb(r, g, b),
        Color::Indexed(n) => n,
        Color::Black => 0,
        Color::Red => 1,
        Color::Green => 2,
        Color::Yellow => 3,
        Color::Blue => 4,
        Color::Magenta => 5,
        Color::Cyan => 6,
        Color::Gray => 7,
        Color::DarkGray => 8,
        Color::LightRed => 9,
        Color::LightGreen => 10,
        Color::LightYellow => 11,
        Color::LightBlue => 12,
        Color::LightMagenta => 13,
        Color::LightCyan => 14,
        Color::White => 15,
    })
}

fn cell_width(cell: &Cell) -> u16 {
    match cell.diff_option {
        CellDiffOption::ForcedWidth(width) => width.get().clamp(1, 2),
        _ => text::width(cell.symbol()).clamp(1, 2) as u16,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use ratatui::style::Style;

    const COLUMNS: u16 = 40;
    const ROWS: u16 = 6;

    fn whole() -> Rect {
        Rect::new(0, 0, COLUMNS, ROWS)
    }

    fn at(column: u16, row: u16) -> Option<CursorView> {
        Some(CursorView { column, row, shape: CursorShape::Block, blinking: false })
    }

    fn vt_color(color: Color) -> vt100::Color {
        match color_number(color) {
            ColorNumber::Default => vt100::Color::Default,
            ColorNumber::Indexed(n) => vt100::Color::Idx(n),
            ColorNumber::Rgb(r, g, b) => vt100::Color::Rgb(r, g, b),
        }
    }

    /// What the judge sees is what `back` says.
    fn compare(surface: &Surface, screen: &vt100::Screen) {
        for row in 0..ROWS {
            for column in 0..COLUMNS {
                let (ours, theirs) = (&surface.back[(column, row)], screen.cell(row, column).unwrap());
                if ours.symbol().is_empty() {
                    assert!(theirs.is_wide_continuation(), "row {row} column {column}");
                    continue;
                }
                let contents = if theirs.has_contents() { theirs.contents() } else { " " };
                assert_eq!(ours.symbol(), contents, "row {row} column {column}");
                assert_eq!(vt_color(ours.bg), theirs.bgcolor(), "bg at row {row} column {column}");
                if ours.symbol() != " " {
                    assert_eq!(vt_color(ours.fg), theirs.fgcolor(), "fg at row {row} column {column}");
                    assert_eq!(ours.modifier.contains(Modifier::BOLD), theirs.bold());
                    assert_eq!(ours.modifier.contains(Modifier::UNDERLINED), theirs.underline());
                }
            }
        }
    }

    fn style() -> impl Strategy<Value = Style> {
        let fg = [Color::Reset, Color::Red, Color::Indexed(12), Color::Indexed(200), Color::Rgb(1, 2, 3)];
        let bg = [Color::Reset, Color::Blue, Color::Indexed(99), Color::Rgb(9, 8, 7)];
        let modifiers =
            [Modifier::empty(), Modifier::BOLD, Modifier::UNDERLINED, Modifier::BOLD.union(Modifier::ITALIC)];
        (0..fg.len(), 0..bg.len(), 0..modifiers.len())
            .prop_map(move |(f, b, m)| Style::new().fg(fg[f]).bg(bg[b]).add_modifier(modifiers[m]))
    }

    /// Pieces of text put anywhere, over what is there.
    fn pieces() -> impl Strategy<Value = Vec<(u16, u16, String, Style)>> {
        let piece = (0..COLUMNS, 0..ROWS, "[a-c 漢é\u{1b}]{1,20}|[ ]{1,40}", style());
        prop::collection::vec(piece, 0..12)
    }

    fn draw(surface: &mut Surface, pieces: &[(u16, u16, String, Style)]) {
        for (column, row, text, style) in pieces {
            let mut x = *column;
            for c in text.chars() {
                if x < COLUMNS {
                    surface.back[(x, *row)].set_symbol(&c.to_string()).set_style(*style);
                    x += text::char_width(c).max(1) as u16;
                }
            }
        }
    }

    proptest! {
        #[test]
        fn the_bytes_make_the_terminal_show_the_picture(pictures in prop::collection::vec((pieces(), any::<bool>()), 1..5)) {
            let mut surface = Surface::new(COLUMNS, ROWS, true);
            let mut parser = vt100::Parser::new(ROWS.try_into().unwrap(), COLUMNS.try_into().unwrap(), 0);
            for (picture, fresh) in pictures {
                if fresh {
                    surface.back().reset();
                }
                draw(&mut surface, &picture);
                let mut out = Vec::new();
                surface.flush(whole(), at(3, 3), &mut out);
                parser.process(&out);
                compare(&surface, parser.screen());
                prop_assert_eq!(parser.screen().cursor_position(), (3, 3));
                let mut again = Vec::new();
                surface.flush(whole(), at(3, 3), &mut again);
                prop_assert!(again.is_empty(), "an unchanged picture costs nothing");
            }
        }
    }

    fn flushed(surface: &mut Surface, area: Rect, cursor: Option<CursorView>) -> String {
        let mut out = Vec::new();
        surface.flush(area, cursor, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn an_echoed_key_costs_its_own_bytes() {
        let mut surface = Surface::new(COLUMNS, ROWS, true);
        flushed(&mut surface, whole(), at(5, 2));
        for (n, c) in ["a", "b", "ü"].into_iter().enumerate() {
            surface.back[(5 + n as u16, 2)].set_symbol(c);
            let area = Rect::new(1, 1, 20, 4);
            assert_eq!(flushed(&mut surface, area, at(6 + n as u16, 2)), c);
        }
    }

    #[test]
    fn a_coloured_bar_is_written_to_its_end() {
        let mut surface = Surface::new(COLUMNS, ROWS, false);
        surface.flush(whole(), None, &mut Vec::new());
        surface.back().set_string(0, 2, format!("{:40}", "words"), Style::new().bg(Color::Blue));
        let mut out = Vec::new();
        surface.flush(whole(), None, &mut out);
        let out = String::from_utf8(out).unwrap();
        assert!(out.contains(&format!("words{}", " ".repeat(35))), "{out:?}");
        // Back to nothing, erasing is enough for every terminal.
        surface.back().set_string(0, 2, " ".repeat(40), Style::reset());
        let mut out = Vec::new();
        surface.flush(whole(), None, &mut out);
        assert!(String::from_utf8_lossy(&out).contains("\x1b[K"), "{out:?}");
    }

    #[test]
    fn an_agent_cannot_get_a_control_character_through() {
        let mut surface = Surface::new(COLUMNS, ROWS, false);
        flushed(&mut surface, whole(), None);
        surface.back[(0, 0)].set_symbol("\u{1b}");
        surface.back[(1, 0)].set_symbol("\u{9b}");
        surface.back[(2, 0)].set_symbol("a\u{7}");
        let out = flushed(&mut surface, whole(), None);
        let text = out.trim_start_matches("\u{1b}[1;1H");
        assert!(!text.chars().any(char::is_control), "{text:?}");
    }

    #[test]
    fn only_the_given_area_is_written() {
        let mut surface = Surface::new(COLUMNS, ROWS, true);
        flushed(&mut surface, whole(), None);
        surface.back[(0, 0)].set_symbol("x");
        surface.back[(10, 3)].set_symbol("y");
        assert_eq!(flushed(&mut surface, Rect::new(8, 2, 10, 3), None), "\u{1b}[4;11Hy");
    }

    #[test]
    fn several_rows_are_shown_at_once_where_the_terminal_can() {
        for (knows, expected) in [(true, true), (false, false)] {
            let mut surface = Surface::new(COLUMNS, ROWS, knows);
            flushed(&mut surface, whole(), at(0, 0));
            surface.back[(0, 1)].set_symbol("x");
            surface.back[(0, 2)].set_symbol("y");
            let out = flushed(&mut surface, whole(), at(0, 0));
            assert_eq!(out.starts_with("\u{1b}[?2026h") && out.ends_with("\u{1b}[?2026l"), expected);
            assert!(out.contains("\u{1b}[?25l") && out.contains("\u{1b}[?25h"));
        }
    }
}
