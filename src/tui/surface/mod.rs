//! What is on the outer terminal, and the fewest bytes that make it look like the next picture.
//! The painter draws into `back()` and calls `flush`; the run loop writes the bytes. Everything reaching the
//! terminal as text passes here, so this is where control characters end: an agent must never get one through.

#[cfg(test)]
mod tests;

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
