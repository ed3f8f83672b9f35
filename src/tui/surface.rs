//! What is on the outer terminal, and the fewest bytes that make it look like the next picture.
//! The painter draws into `back()` and calls `flush`; the run loop writes the bytes. Everything reaching the
//! terminal as text passes here, so this is where control characters end: an agent must never get one through.

use super::pen::{Pen, Underline, pen_change};
use super::shift::{self, Shift};
use super::way::way;
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

/// What is seen of a blank.
const MARKS: Modifier = Modifier::UNDERLINED.union(Modifier::REVERSED).union(Modifier::CROSSED_OUT);

/// Links remembered: more than fit on a screen; then all are forgotten and drawn anew.
const MAX_TARGETS: usize = 4096;

/// The second column of a wide character.
const CONTINUATION: &str = "";

pub struct Surface {
    front: Buffer,
    back: Buffer,
    /// Beside `front` and `back`, row by row.
    front_extra: Vec<Extra>,
    back_extra: Vec<Extra>,
    /// Targets of links, by their number less one.
    targets: Vec<String>,
    /// The link that the terminal writes with now.
    linked: u32,
    /// The terminal knows underlines other than the plain one.
    rich: bool,
    pen: Pen,
    /// Where the terminal's cursor is; `None` when that cannot be known.
    at: Option<(u16, u16)>,
    cursor: Option<CursorView>,
    /// The shape last asked for.
    shape: Option<(CursorShape, bool)>,
    shown: bool,
    synchronized: bool,
    /// The terminal repeats the last character when told to (REP).
    repeats: bool,
    /// Everything must be written, whatever `front` says.
    stale: bool,
}

/// What the terminal shows in some rows, and how it writes.
struct Kept {
    front: Vec<Cell>,
    extra: Vec<Extra>,
    pen: Pen,
    at: Option<(u16, u16)>,
    linked: u32,
}

/// What a cell has for which ratatui's has no room.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Extra {
    pub underline: Underline,
    pub underline_color: Color,
    /// A number that [`Surface::link`] gave; 0: none.
    pub link: u32,
}

impl Surface {
    /// A surface for a terminal just cleared and reset. `synchronized`: it knows mode 2026.
    pub fn new(columns: u16, rows: u16, synchronized: bool) -> Surface {
        let area = Rect::new(0, 0, columns, rows);
        Surface {
            front: Buffer::empty(area),
            back: Buffer::empty(area),
            front_extra: vec![Extra::default(); usize::from(columns) * usize::from(rows)],
            back_extra: vec![Extra::default(); usize::from(columns) * usize::from(rows)],
            targets: Vec::new(),
            linked: 0,
            rich: synchronized,
            pen: Pen::default(),
            at: None,
            cursor: None,
            shape: None,
            shown: true,
            synchronized,
            repeats: false,
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
        self.front_extra = vec![Extra::default(); usize::from(columns) * usize::from(rows)];
        self.back_extra.clone_from(&self.front_extra);
        self.stale = true;
    }

    /// Whether the terminal knows mode 2026.
    pub fn set_synchronized(&mut self, synchronized: bool) {
        self.synchronized = synchronized;
    }

    /// Whether the terminal repeats the last character when told to (REP).
    pub fn set_repeats(&mut self, repeats: bool) {
        self.repeats = repeats;
    }

    /// Whether the terminal knows curly and coloured underlines.
    pub fn set_rich(&mut self, rich: bool) {
        self.stale |= self.rich != rich;
        self.rich = rich;
    }

    /// The number of a link to `target`, which must be printable ASCII.
    pub fn link(&mut self, target: &str) -> u32 {
        let known = self.targets.iter().position(|known| known == target).unwrap_or_else(|| {
            if self.targets.len() >= MAX_TARGETS {
                self.targets.clear();
                self.stale = true;
            }
            self.targets.push(target.to_owned());
            self.targets.len() - 1
        });
        known as u32 + 1
    }

    /// Takes what `area` has beside its cells away, before it is drawn anew.
    pub fn clear_extras(&mut self, area: Rect) {
        let area = area.intersection(self.back.area);
        for row in area.top()..area.bottom() {
            let start = self.index(area.left(), row);
            self.back_extra[start..start + usize::from(area.width)].fill(Extra::default());
        }
    }

    pub fn set_extra(&mut self, column: u16, row: u16, extra: Extra) {
        if self.back.area.contains(Position::new(column, row)) {
            let index = self.index(column, row);
            self.back_extra[index] = extra;
        }
    }

    fn index(&self, column: u16, row: u16) -> usize {
        usize::from(row) * usize::from(self.back.area.width) + usize::from(column)
    }

    fn extra(&self, column: u16, row: u16) -> Extra {
        self.back_extra[self.index(column, row)]
    }

    fn pen_of(&self, column: u16, row: u16) -> Pen {
        let cell = &self.back[(column, row)];
        let pen = Pen { fg: cell.fg, bg: cell.bg, modifier: cell.modifier, ..Pen::default() };
        if !self.rich || !cell.modifier.contains(Modifier::UNDERLINED) {
            return pen;
        }
        let extra = self.extra(column, row);
        Pen { underline: extra.underline, underline_color: extra.underline_color, ..pen }
    }

    /// Writes with this link from here on.
    fn set_link(&mut self, link: u32, out: &mut String) {
        if self.linked == link {
            return;
        }
        self.linked = link;
        let target = link.checked_sub(1).and_then(|index| self.targets.get(index as usize));
        let _ = match target {
            // The number joins the parts of one link over its rows.
            Some(target) => write!(out, "\x1b]8;id=c{link};{target}\x1b\\"),
            None => write!(out, "\x1b]8;;\x1b\\"),
        };
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
            self.front_extra.fill(Extra::default());
            self.at = None;
            self.stale = false;
            self.back.area
        } else {
            area.intersection(self.back.area)
        };
        for row in area.top()..area.bottom() {
            self.normalise_row(area, row);
        }
        let rows_changed = self.flush_rows(area, &mut body);
        self.set_link(0, &mut body);
        // Within an update nobody sees where the cursor goes.
        let hide = rows_changed > 1 && self.shown && !self.synchronized;
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

    /// Writes the rows of `area` that changed, in the shorter of two ways where rows have moved; how many there were.
    fn flush_rows(&mut self, area: Rect, out: &mut String) -> usize {
        let rows = area.top()..area.bottom();
        let shift = shift::find(&self.front, &self.back, rows.clone(), |from, to, x| self.is_same(from, to, x));
        let Some(shift) = shift else { return self.write_rows(area, None, out) };
        let before = self.keep(area);
        let mut moved = String::new();
        let rows_moved = self.write_rows(area, Some(shift), &mut moved);
        let after = self.keep(area);
        self.take_back(area, before);
        let mut plain = String::new();
        let rows_changed = self.write_rows(area, None, &mut plain);
        if plain.len() <= moved.len() {
            out.push_str(&plain);
            return rows_changed;
        }
        self.take_back(area, after);
        out.push_str(&moved);
        rows_moved
    }

    fn write_rows(&mut self, area: Rect, shift: Option<Shift>, out: &mut String) -> usize {
        let mut changed = 0;
        if let Some(shift) = shift {
            self.shift(shift, out);
            changed += usize::from(shift.last - shift.first) + 1;
        }
        for row in area.top()..area.bottom() {
            // Rows move over the whole width, and so are mended.
            let moved = shift.is_some_and(|shift| (shift.first..=shift.last).contains(&row));
            let area = if moved { self.back.area } else { area };
            changed += usize::from(self.flush_row(area, row, out));
        }
        changed
    }

    /// What writing the rows of `area` changes.
    fn keep(&self, area: Rect) -> Kept {
        let cells = self.cells(area);
        Kept {
            front: self.front.content[cells.clone()].to_vec(),
            extra: self.front_extra[cells].to_vec(),
            pen: self.pen,
            at: self.at,
            linked: self.linked,
        }
    }

    fn take_back(&mut self, area: Rect, kept: Kept) {
        let cells = self.cells(area);
        self.front.content[cells.clone()].clone_from_slice(&kept.front);
        self.front_extra[cells].copy_from_slice(&kept.extra);
        (self.pen, self.at, self.linked) = (kept.pen, kept.at, kept.linked);
    }

    /// The cells of all rows that `area` touches.
    fn cells(&self, area: Rect) -> std::ops::Range<usize> {
        self.index(0, area.top())..self.index(0, area.bottom())
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
            if cell.symbol().chars().any(|c| c.is_control() || text::reorders(c)) {
                // What turns text around takes no column of its own, and a row of ours stands beside the agent's.
                let kept: String = cell.symbol().chars().filter(|c| !text::reorders(*c)).collect();
                cell.set_symbol(&text::printable(&kept));
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
            let end = column + blanks;
            let to_end = end == self.back.area.right();
            if self.back[(column, row)].bg == Color::Reset
                && usize::from(blanks) > self.erasing_costs(area, end, row, blanks)
            {
                self.erase(column, row, blanks, to_end, out);
                column = end;
                continue;
            }
            self.go(area, column, row, out);
            self.put(column, row, width, out);
            column += width;
            if self.repeats && self.at == Some((column, row)) {
                column += self.repeat(area, column, row, out);
            }
        }
        changed
    }

    fn is_changed(&self, column: u16, row: u16) -> bool {
        !self.is_same(Some(row), row, column)
    }

    /// Whether the terminal's row `from` (`None`: a blank one) shows in this column what `back` has in row `to`.
    fn is_same(&self, from: Option<u16>, to: u16, column: u16) -> bool {
        let b = &self.back[(column, to)];
        let Some(from) = from else {
            return *b == Cell::default() && self.extra(column, to) == Extra::default();
        };
        let a = &self.front[(column, from)];
        a.symbol() == b.symbol()
            && a.fg == b.fg
            && a.bg == b.bg
            && a.modifier == b.modifier
            && self.front_extra[self.index(column, from)] == self.extra(column, to)
    }

    /// Lets the terminal move rows: line ends at the lower margin and reverse ones at the upper, which every terminal
    /// knows; not all know "scroll up by n".
    fn shift(&mut self, shift: Shift, out: &mut String) {
        let (first, last, count) = (shift.first, shift.last, shift.by.unsigned_abs() as usize);
        // Rows that come in have the background of the pen in many terminals.
        self.set_pen(Pen::default(), out);
        let is_all = first == 0 && last + 1 == self.back.area.height;
        if !is_all {
            let _ = write!(out, "\x1b[{};{}r", first + 1, last + 1);
        }
        let (edge, step) = if shift.by > 0 { (last, "\n") } else { (first, "\x1bM") };
        let _ = write!(out, "\x1b[{};1H", edge + 1);
        for _ in 0..count {
            out.push_str(step);
        }
        if !is_all {
            out.push_str("\x1b[r");
        }
        // Setting margins moves the cursor, and not everywhere to the same place.
        self.at = None;
        let width = usize::from(self.back.area.width);
        let cells = usize::from(first) * width..(usize::from(last) + 1) * width;
        let moved = count * width;
        let (front, extra) = (&mut self.front.content[cells.clone()], &mut self.front_extra[cells]);
        let blank = if shift.by > 0 {
            front.rotate_left(moved);
            extra.rotate_left(moved);
            front.len() - moved..front.len()
        } else {
            front.rotate_right(moved);
            extra.rotate_right(moved);
            0..moved
        };
        front[blank.clone()].fill(Cell::default());
        extra[blank].fill(Extra::default());
    }

    /// How many cells from here on are blank, of one background, and not all the same already.
    fn changed_blanks(&self, area: Rect, column: u16, row: u16) -> u16 {
        let first = &self.back[(column, row)];
        let mut last_changed = 0;
        for x in column..area.right() {
            let cell = &self.back[(x, row)];
            let is_linked = self.extra(x, row).link != 0;
            if cell.symbol() != " " || cell.bg != first.bg || cell.modifier.intersects(MARKS) || is_linked {
                break;
            }
            if self.is_changed(x, row) {
                last_changed = x - column + 1;
            }
        }
        last_changed
    }

    /// The bytes of erasing `blanks` cells before `end`, and of the jump over them if more of the row is written.
    fn erasing_costs(&self, area: Rect, end: u16, row: u16, blanks: u16) -> usize {
        let sequence = if blanks < 10 { 4 } else { 5 };
        match (end..area.right()).any(|x| self.is_changed(x, row)) {
            true => 2 * sequence,
            false if end == self.back.area.right() => 3,
            false => sequence,
        }
    }

    fn erase(&mut self, column: u16, row: u16, blanks: u16, to_end: bool, out: &mut String) {
        self.move_to(column, row, out);
        let bg = self.back[(column, row)].bg;
        // Some terminals fill with all that the pen has, and not only with its background.
        self.set_pen(Pen { bg, modifier: self.pen.modifier - MARKS, ..self.pen }, out);
        if to_end {
            out.push_str("\x1b[K");
        } else {
            let _ = write!(out, "\x1b[{blanks}X");
        }
        for x in column..column + blanks {
            self.shown_now(x, row);
        }
    }

    /// Moves to a cell, rewriting the unchanged ones before it when that is no longer.
    fn go(&mut self, area: Rect, column: u16, row: u16, out: &mut String) {
        let jump = way(self.at, (column, row));
        if let Some((x, y)) = self.at {
            let near = y == row && x >= area.left() && x < column && usize::from(column - x) <= jump.len();
            if near && (x..column).all(|x| self.can_rewrite(x, row)) {
                for x in x..column {
                    self.put(x, row, 1, out);
                }
                return;
            }
        }
        out.push_str(&jump);
        self.at = Some((column, row));
    }

    /// Has the character that was just written repeated from `column` on, where that is shorter; how often.
    fn repeat(&mut self, area: Rect, column: u16, row: u16, out: &mut String) -> u16 {
        let (of, extra) = (self.back[(column - 1, row)].clone(), self.extra(column - 1, row));
        let is_same = |x: &u16| self.back[(*x, row)] == of && self.extra(*x, row) == extra;
        let alike = (column..area.right()).take_while(is_same);
        let Some(last) = alike.filter(|x| self.is_changed(*x, row)).last() else { return 0 };
        let count = last + 1 - column;
        let sequence = format!("\x1b[{count}b");
        if of.symbol().is_empty() || usize::from(count) * of.symbol().len() <= sequence.len() {
            return 0;
        }
        out.push_str(&sequence);
        for x in column..=last {
            self.shown_now(x, row);
        }
        let next = last + 1;
        self.at = (next < self.back.area.right()).then_some((next, row));
        count
    }

    fn can_rewrite(&self, column: u16, row: u16) -> bool {
        let cell = &self.back[(column, row)];
        cell.symbol().len() == 1
            && self.pen_of(column, row) == self.pen
            && self.extra(column, row).link == self.linked
            && !self.is_changed(column, row)
    }

    fn put(&mut self, column: u16, row: u16, width: u16, out: &mut String) {
        let cell = self.back[(column, row)].clone();
        self.set_pen(self.pen_of(column, row), out);
        self.set_link(self.extra(column, row).link, out);
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
            self.shown_now(column + 1, row);
        }
        self.shown_now(column, row);
    }

    /// The terminal shows this cell as `back` has it.
    fn shown_now(&mut self, column: u16, row: u16) {
        self.front[(column, row)] = self.back[(column, row)].clone();
        let index = self.index(column, row);
        self.front_extra[index] = self.back_extra[index];
    }

    fn move_to(&mut self, column: u16, row: u16, out: &mut String) {
        out.push_str(&way(self.at, (column, row)));
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

fn cell_width(cell: &Cell) -> u16 {
    match cell.diff_option {
        CellDiffOption::ForcedWidth(width) => width.get().clamp(1, 2),
        _ => text::width(cell.symbol()).clamp(1, 2) as u16,
    }
}

#[cfg(test)]
mod tests {
    use super::super::pen::{ColorNumber, color_number};
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

    type Piece = (u16, u16, String, Style);

    /// Pieces of text put anywhere, over what is there.
    fn pieces() -> impl Strategy<Value = Vec<Piece>> {
        let piece = (0..COLUMNS, 0..ROWS, "[a-c 漢é\u{1b}]{1,20}|[ ]{1,40}|─{1,40}|漢{1,20}|e{1,12}", style());
        prop::collection::vec(piece, 0..12)
    }

    fn draw(surface: &mut Surface, pieces: &[Piece]) {
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

    #[test]
    fn links_and_underlines_are_opened_and_closed() {
        let mut surface = Surface::new(COLUMNS, ROWS, true);
        surface.flush(whole(), None, &mut Vec::new());
        surface.back().set_string(0, 0, "see docs.", Style::new());
        surface.back().set_string(4, 0, "docs", Style::new().underlined());
        let link = surface.link("https://a/?x=1");
        for column in 4..8 {
            let extra = Extra { underline: Underline::Curly, underline_color: Color::Indexed(9), link };
            surface.set_extra(column, 0, extra);
        }
        let mut out = Vec::new();
        surface.flush(whole(), None, &mut out);
        let bytes = String::from_utf8(out).unwrap();
        let expected = "\x1b[Hsee \x1b[4:3;58:5:9m\x1b]8;id=c1;https://a/?x=1\x1b\\docs\x1b[0m\x1b]8;;\x1b\\.";
        assert!(bytes.contains(expected), "{bytes:?}");
        // Nothing changed, nothing is written; what is taken away is written once more.
        let mut out = Vec::new();
        surface.flush(whole(), None, &mut out);
        assert_eq!(out, b"");
        surface.clear_extras(whole());
        surface.flush(whole(), None, &mut out);
        assert_eq!(String::from_utf8(out).unwrap(), "\x1b[5D\x1b[4mdocs");
    }

    proptest! {
        #[test]
        fn the_bytes_make_the_terminal_show_the_picture(
            pictures in prop::collection::vec((pieces(), any::<bool>()), 1..5), repeats: bool,
        ) {
            let mut surface = Surface::new(COLUMNS, ROWS, true);
            surface.set_repeats(repeats);
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

    /// Rows of text with colours, one picture after the other the last one moved, with other rows around it changed.
    fn steps() -> impl Strategy<Value = Vec<(u16, u16, i32, Vec<Piece>)>> {
        let few = prop::collection::vec((0..COLUMNS, 0..ROWS, "[a-c 漢]{1,20}", style()), 0..3);
        prop::collection::vec((0..ROWS, 0..ROWS, -4i32..5, few), 1..8)
    }

    proptest! {
        #[test]
        fn moved_rows_are_moved_by_the_terminal_and_the_picture_is_right(
            full in prop::collection::vec(("[a-z漢é]{10,40}", style()), ROWS as usize), steps in steps(), linked: bool,
        ) {
            let mut surface = Surface::new(COLUMNS, ROWS, true);
            let mut parser = vt100::Parser::new(ROWS.try_into().unwrap(), COLUMNS.try_into().unwrap(), 0);
            let full: Vec<_> = full.into_iter().enumerate().map(|(n, (text, style))| (0, n as u16, text, style)).collect();
            draw(&mut surface, &full);
            if linked {
                let link = surface.link("https://a/");
                surface.set_extra(3, 2, Extra { link, ..Extra::default() });
            }
            for (a, b, by, pieces) in steps {
                let mut out = Vec::new();
                surface.flush(whole(), at(3, 3), &mut out);
                parser.process(&out);
                compare(&surface, parser.screen());
                prop_assert_eq!(parser.screen().cursor_position(), (3, 3));
                // The next picture.
                let (first, last) = (a.min(b), a.max(b));
                let before = surface.back.clone();
                for row in first..=last {
                    let from = i32::from(row) + by;
                    for column in 0..COLUMNS {
                        let is_in = (i32::from(first)..=i32::from(last)).contains(&from);
                        surface.back[(column, row)] =
                            if is_in { before[(column, from as u16)].clone() } else { Cell::default() };
                    }
                }
                draw(&mut surface, &pieces);
            }
            let mut again = Vec::new();
            surface.flush(whole(), at(3, 3), &mut again);
            parser.process(&again);
            compare(&surface, parser.screen());
        }
    }

    #[test]
    fn output_that_scrolls_costs_its_new_row() {
        let mut surface = Surface::new(COLUMNS, ROWS, true);
        let show = |surface: &mut Surface, from: usize, to: u16| {
            for row in 1..to {
                let letter = char::from(b'a' + (from + usize::from(row)) as u8 - 10);
                let text = format!("{:<38}", letter.to_string().repeat(30));
                surface.back().set_string(1, row, text, Style::new());
            }
        };
        for row in 0..ROWS {
            surface.back().set_string(0, row, "│", Style::new());
            surface.back().set_string(39, row, "│", Style::new());
        }
        show(&mut surface, 10, 5);
        flushed(&mut surface, whole(), at(1, 4));
        show(&mut surface, 11, 5);
        // Only the inside of the frame is told, and its sides are there afterwards.
        let out = flushed(&mut surface, Rect::new(1, 1, 38, 4), at(1, 4));
        let moved = "\x1b[2;5r\x1b[5;1H\n\x1b[r\x1b[5H│fffff";
        assert!(out.contains(moved), "{out:?}");
        assert!(out.len() < 110, "{out:?}");
        // And back.
        show(&mut surface, 10, 5);
        let out = flushed(&mut surface, Rect::new(1, 1, 38, 4), at(1, 4));
        assert!(out.contains("\x1b[2;5r\x1b[2;1H\x1bM\x1b[r"), "{out:?}");
        // Beside another pane nothing moves.
        for row in 0..ROWS {
            surface.back().set_string(20, row, row.to_string().repeat(20), Style::new());
        }
        flushed(&mut surface, whole(), at(1, 4));
        for row in 1..5 {
            surface.back().set_string(1, row, char::from(b'a' + row as u8 + 1).to_string().repeat(18), Style::new());
        }
        assert!(!flushed(&mut surface, whole(), at(1, 4)).contains("r\x1b["));
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
    fn a_line_of_one_character_costs_two_where_the_terminal_repeats() {
        for (repeats, expected) in
            [(true, "\x1b[;3H─\x1b[29b".to_owned()), (false, format!("\x1b[;3H{}", "─".repeat(30)))]
        {
            let mut surface = Surface::new(COLUMNS, ROWS, false);
            surface.set_repeats(repeats);
            flushed(&mut surface, whole(), None);
            surface.back().set_string(2, 0, "─".repeat(30), Style::new());
            assert_eq!(flushed(&mut surface, whole(), None), expected);
            // A bar as well, and what is there already is not.
            surface.back().set_string(0, 1, format!("{:40}", ""), Style::new().bg(Color::Blue));
            let bar = flushed(&mut surface, whole(), None);
            assert_eq!(bar.ends_with("\x1b[44m \x1b[39b"), repeats, "{bar:?}");
            assert_eq!(flushed(&mut surface, whole(), None), "");
        }
    }

    #[test]
    fn what_marks_blanks_is_off_before_erasing() {
        let mut surface = Surface::new(COLUMNS, ROWS, false);
        surface.back().set_string(0, 2, "x".repeat(40), Style::new());
        surface.flush(whole(), None, &mut Vec::new());
        surface.back().set_string(0, 2, format!("{:40}", ""), Style::reset());
        surface.back().set_string(0, 2, "new", Style::new().add_modifier(Modifier::UNDERLINED | Modifier::BOLD));
        assert_eq!(flushed(&mut surface, whole(), None), "\u{1b}[3H\u{1b}[1;4mnew\u{1b}[24m\u{1b}[K");
    }

    #[test]
    fn an_agent_cannot_get_a_control_character_through() {
        let mut surface = Surface::new(COLUMNS, ROWS, false);
        flushed(&mut surface, whole(), None);
        surface.back[(0, 0)].set_symbol("\u{1b}");
        surface.back[(1, 0)].set_symbol("\u{9b}");
        surface.back[(2, 0)].set_symbol("a\u{7}");
        surface.back[(4, 0)].set_symbol("b\u{202e}\u{301}");
        surface.back[(5, 0)].set_symbol("\u{2066}");
        surface.back[(6, 0)].set_symbol("c");
        let out = flushed(&mut surface, whole(), None);
        assert_eq!(out, "\u{1b}[H␛�a␇\u{1b}[;5Hb\u{301}\u{1b}[;7Hc");
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
            // Where it cannot, at least the cursor is not seen running about.
            assert_eq!(out.contains("\u{1b}[?25l") && out.contains("\u{1b}[?25h"), !expected);
        }
    }
}
