//! What a new size does to the screens: the primary one and the rows above it are wrapped anew, so that growing
//! back gives what shrinking took; the alternate one is cut. Called by the terminal on a resize. It must never
//! lose a row of the primary screen that the cursor is not above.

use super::cells::{put_row, row_of, used};
use super::engine::{Engine, default_tabs};
use super::ring::Ring;
use super::size::Size;
use crate::base::cell::Row;
use alacritty_terminal::grid::{Cursor as GridCursor, Grid};
use alacritty_terminal::index::{Column, Line};
use alacritty_terminal::term::cell::{Cell, Flags};

/// An engine like this one, of another size.
pub(super) fn resized(engine: &Engine, size: Size) -> Engine {
    let mut settings = engine.settings();
    settings.region = (0, i32::from(size.rows));
    let old = settings.tabs.len();
    settings.tabs.truncate(size.width());
    settings.tabs.extend_from_slice(default_tabs(size).get(old..).unwrap_or_default());
    clamp(&mut settings.alternate_saved, size);
    let (above, primary) = wrapped_anew(&engine.ring, engine.primary(), engine.size, size);
    let alternate = engine.alternate().map(|grid| cut(grid, engine.size, size));
    Engine::with(size, settings, primary, alternate, above)
}

fn wrapped_anew(ring: &Ring, grid: &Grid<Cell>, from: Size, to: Size) -> (Vec<Row>, Grid<Cell>) {
    let cursor = &grid.cursor;
    let cursor_row = ring.len() + cursor.point.line.0 as usize;
    let mut wrapper = Wrapper { width: to.width(), rows: Vec::new(), cursor: None, top: None };
    let mut line = LogicalLine::default();
    let mut old_used = 0;
    for index in 0..ring.len() + from.height() {
        let on_screen = index.checked_sub(ring.len());
        let cells = match on_screen {
            Some(row) => grid[Line(row as i32)][..].to_vec(),
            None => {
                let mut cells = vec![Cell::default(); from.width()];
                if let Some(row) = ring.get(index) {
                    put_row(row, &mut cells);
                }
                cells
            }
        };
        if index == ring.len() {
            line.top = Some(line.cells.len());
        }
        if index == cursor_row {
            line.cursor = Some(line.cells.len() + cursor.point.column.0 + usize::from(cursor.input_needs_wrap));
        }
        if let Some(row) = on_screen.filter(|_| index == cursor_row || !is_blank(&cells)) {
            old_used = row + 1;
        }
        if !line.append(cells) {
            wrapper.wrap(std::mem::take(&mut line));
        }
    }
    // The last row claims to go on in one that is not there.
    if line.rows > 0 {
        wrapper.wrap(line);
    }

    let Wrapper { mut rows, cursor: position, top, .. } = wrapper;
    let (row, column, needs_wrap) = position.unwrap_or_default();
    let used = rows.iter().rposition(|row| !is_blank(row)).map_or(0, |last| last + 1).max(row + 1);
    let height = to.height();
    let first = if old_used == from.height() {
        // A full screen stays full: its last row stays the last.
        used.saturating_sub(height)
    } else {
        let top = top.unwrap_or(0);
        top.saturating_sub(height.saturating_sub(from.height())).max(used.saturating_sub(height))
    };
    let first = first.min(row).max((row + 1).saturating_sub(height));

    let mut screen = Grid::new(height, to.width(), 0);
    for (index, cells) in rows.drain(first..).take(height).enumerate() {
        screen[Line(index as i32)][..].clone_from_slice(&cells);
    }
    screen.cursor = cursor.clone();
    screen.cursor.point.line = Line((row - first) as i32);
    screen.cursor.point.column = Column(column);
    screen.cursor.input_needs_wrap = needs_wrap;
    screen.saved_cursor = grid.saved_cursor.clone();
    screen.saved_cursor.point.line += (row - first) as i32 - cursor.point.line.0;
    clamp(&mut screen.saved_cursor, to);
    (rows.iter().map(|cells| row_of(cells)).collect(), screen)
}

/// The alternate screen is drawn anew by its program: only what the cursor is on must stay in sight till then.
fn cut(grid: &Grid<Cell>, from: Size, to: Size) -> Grid<Cell> {
    let shift = (grid.cursor.point.line.0 + 1 - i32::from(to.rows)).max(0);
    let mut new = Grid::new(to.height(), to.width(), 0);
    let width = from.width().min(to.width());
    for index in 0..i32::from(to.rows).min(i32::from(from.rows) - shift) {
        let mut cells = grid[Line(index + shift)][..Column(width)].to_vec();
        if from.width() != to.width() {
            mend(&mut cells);
        }
        new[Line(index)][..Column(width)].clone_from_slice(&cells);
    }
    new.cursor = grid.cursor.clone();
    new.saved_cursor = grid.saved_cursor.clone();
    for cursor in [&mut new.cursor, &mut new.saved_cursor] {
        cursor.point.line -= shift;
        clamp(cursor, to);
    }
    new
}

/// Rows that are one line, broken only by the old width.
#[derive(Default)]
struct LogicalLine {
    cells: Vec<Cell>,
    rows: usize,
    /// Where the cursor is, in cells from the line's beginning; may be behind its end.
    cursor: Option<usize>,
    /// Where the screen's first row begins.
    top: Option<usize>,
}

impl LogicalLine {
    /// Adds a row; `true` when the line goes on in the next one.
    fn append(&mut self, mut cells: Vec<Cell>) -> bool {
        self.rows += 1;
        let goes_on = cells.last().is_some_and(|cell| cell.flags.contains(Flags::WRAPLINE));
        if goes_on {
            if cells.last().is_some_and(|cell| cell.flags.contains(Flags::LEADING_WIDE_CHAR_SPACER)) {
                cells.pop();
            }
        } else {
            cells.truncate(used(&cells));
        }
        mend(&mut cells);
        self.cells.append(&mut cells);
        goes_on
    }
}

struct Wrapper {
    width: usize,
    rows: Vec<Vec<Cell>>,
    /// Row, column, and whether the next character goes to the next row.
    cursor: Option<(usize, usize, bool)>,
    top: Option<usize>,
}

impl Wrapper {
    fn wrap(&mut self, line: LogicalLine) {
        let LogicalLine { cells, cursor, top, .. } = line;
        let length = cells.len();
        let mut row: Vec<Cell> = Vec::with_capacity(self.width);
        for (index, cell) in cells.into_iter().enumerate() {
            let needed = if cell.flags.contains(Flags::WIDE_CHAR) { 2 } else { 1 };
            if row.len() + needed > self.width {
                self.go_on(&mut row);
            }
            if cursor == Some(index) {
                self.cursor = Some((self.rows.len(), row.len(), false));
            }
            if top == Some(index) {
                self.top = Some(self.rows.len());
            }
            row.push(cell);
        }
        if let Some(behind) = cursor.and_then(|cursor| cursor.checked_sub(length)) {
            let column = row.len() + behind;
            self.cursor = Some((self.rows.len(), column.min(self.width - 1), column >= self.width && behind == 0));
        }
        if top.is_some_and(|top| top >= length) {
            self.top = Some(self.rows.len());
        }
        row.resize(self.width, Cell::default());
        self.rows.push(row);
    }

    /// Ends a row whose line goes on.
    fn go_on(&mut self, row: &mut Vec<Cell>) {
        if row.len() < self.width {
            let mut spacer = Cell::default();
            spacer.flags.insert(Flags::LEADING_WIDE_CHAR_SPACER);
            row.resize(self.width, spacer);
        }
        if let Some(last) = row.last_mut() {
            last.flags.insert(Flags::WRAPLINE);
        }
        self.rows.push(std::mem::replace(row, Vec::with_capacity(self.width)));
    }
}

/// Removes what only made sense at the old width, and halves of wide characters.
fn mend(cells: &mut [Cell]) {
    for index in 0..cells.len() {
        cells[index].flags.remove(Flags::WRAPLINE | Flags::LEADING_WIDE_CHAR_SPACER);
        let is =
            |at: Option<usize>, flag: Flags| at.and_then(|at| cells.get(at)).is_some_and(|c| c.flags.contains(flag));
        if is(Some(index), Flags::WIDE_CHAR) && !is(Some(index + 1), Flags::WIDE_CHAR_SPACER) {
            cells[index].clear_wide();
        } else if is(Some(index), Flags::WIDE_CHAR_SPACER) && !is(index.checked_sub(1), Flags::WIDE_CHAR) {
            cells[index].flags.remove(Flags::WIDE_CHAR_SPACER);
        }
    }
}

fn is_blank(cells: &[Cell]) -> bool {
    used(cells) == 0
}

fn clamp(cursor: &mut GridCursor<Cell>, size: Size) {
    let point = &mut cursor.point;
    point.line = point.line.clamp(Line(0), Line(i32::from(size.rows) - 1));
    if point.column.0 >= size.width() {
        point.column = Column(size.width() - 1);
        cursor.input_needs_wrap = false;
    }
}
