//! What each parsed sequence does to the engine: mostly passed on, with a note of what the engine keeps to itself
//! and a copy of the rows it is about to push off the top. Called by the engine's parser only. Queries never come
//! this far, except for colours, whose values the engine knows.

use super::engine::{Engine, Keyboards, Saved, default_tabs};
use crate::base::text;
use alacritty_terminal::grid::Cursor as GridCursor;
use alacritty_terminal::index::Point;
use alacritty_terminal::term::TermMode;
use alacritty_terminal::term::cell::Flags;
use alacritty_terminal::vte::ansi::{
    Attr, CharsetIndex, ClearMode, CursorShape, CursorStyle, Handler, KeyboardModes, KeyboardModesApplyBehavior,
    LineClearMode, Mode, NamedPrivateMode, PrivateMode, Rgb, StandardCharset, TabulationClearMode,
};

/// Marks on one character beyond what any script stacks: a stream of them would grow one cell for ever.
const MAX_MARKS: usize = 8;
/// The first characters that may be wide (Hangul Jamo).
const FIRST_WIDE: char = '\u{1100}';

/// Permission for DECCOLM, which xterm has and the engine does not know.
const ALLOW_COLUMNS: PrivateMode = PrivateMode::Unknown(40);

macro_rules! pass_on {
    ($($name:ident($($argument:ident: $type:ty),*);)*) => {
        $(#[inline] fn $name(&mut self, $($argument: $type),*) {
            self.last_char = None;
            Handler::$name(&mut self.term, $($argument),*);
        })*
    };
}

impl Handler for Engine {
    #[inline]
    fn input(&mut self, c: char) {
        #[cfg(test)]
        assert!(self.poison != Some(c), "a test made the engine fail");
        let mut columns = 1;
        // DEL, too, takes no column.
        if c >= '\u{7f}' {
            columns = text::char_width(c);
            if columns == 0 {
                if self.marks_under_cursor() < MAX_MARKS {
                    self.term.input(c);
                }
                return;
            }
        }
        self.last_char = Some(c);
        let cursor = &self.term.grid().cursor;
        let wraps = cursor.input_needs_wrap
            || (c >= FIRST_WIDE && columns == 2 && cursor.point.column.0 + 1 >= self.size.width());
        if wraps {
            self.before_wrap();
        }
        self.term.input(c);
    }

    #[inline]
    fn linefeed(&mut self) {
        self.interrupt();
        if self.keeps_rows() && self.term.grid().cursor.point.line.0 + 1 == self.region.1 {
            self.keep_rows(1);
        }
        self.term.linefeed();
        if self.term.mode().contains(TermMode::LINE_FEED_NEW_LINE) {
            self.term.carriage_return();
        }
    }

    fn bell(&mut self) {
        self.last_char = None;
        self.rang = true;
    }

    fn newline(&mut self) {
        self.linefeed();
    }

    fn put_tab(&mut self, count: u16) {
        self.last_char = None;
        // Behind the last column there is no stop; the engine would go to the next line.
        if !self.term.grid().cursor.input_needs_wrap {
            self.term.put_tab(count);
        }
    }

    fn move_up(&mut self, rows: usize) {
        self.move_rows(-rows_of(rows));
    }

    fn move_down(&mut self, rows: usize) {
        self.move_rows(rows_of(rows));
    }

    fn move_up_and_cr(&mut self, rows: usize) {
        self.move_rows(-rows_of(rows));
        self.term.carriage_return();
    }

    fn move_down_and_cr(&mut self, rows: usize) {
        self.move_rows(rows_of(rows));
        self.term.carriage_return();
    }

    #[inline]
    fn goto_col(&mut self, column: usize) {
        self.last_char = None;
        let line = self.term.grid().cursor.point.line.0;
        self.go_to(line, column);
    }

    fn insert_blank(&mut self, count: usize) {
        self.interrupt();
        self.term.insert_blank(count);
    }

    fn delete_chars(&mut self, count: usize) {
        self.interrupt();
        self.term.delete_chars(count);
    }

    fn erase_chars(&mut self, count: usize) {
        self.interrupt();
        self.term.erase_chars(count);
    }

    #[inline]
    fn clear_line(&mut self, mode: LineClearMode) {
        // Text that fills its line keeps its last character, and goes on in the next one: many colour each piece of it
        // and erase to the line's end behind (as GNU grep does). xterm takes the character, tmux does not.
        if !matches!(mode, LineClearMode::Right) {
            self.interrupt();
        }
        self.last_char = None;
        self.term.clear_line(mode);
    }

    fn reverse_index(&mut self) {
        self.interrupt();
        self.term.reverse_index();
    }

    fn insert_blank_lines(&mut self, rows: usize) {
        self.last_char = None;
        self.term.insert_blank_lines(rows);
        self.return_within_region();
    }

    fn decaln(&mut self) {
        self.last_char = None;
        self.term.unset_private_mode(PrivateMode::Named(NamedPrivateMode::Origin));
        self.set_region((0, i32::from(self.size.rows)));
        self.term.decaln();
    }

    fn terminal_attribute(&mut self, attribute: Attr) {
        self.last_char = None;
        self.term.terminal_attribute(match attribute {
            // What comes as SGR 21, which ends bold nowhere but on old Linux consoles.
            Attr::CancelBold => Attr::DoubleUnderline,
            attribute => attribute,
        });
    }

    fn save_cursor_position(&mut self) {
        self.last_char = None;
        self.saved.shown = self.saved_modes();
        self.term.save_cursor_position();
    }

    fn restore_cursor_position(&mut self) {
        self.last_char = None;
        self.restore_modes();
        self.term.restore_cursor_position();
    }

    fn scroll_up(&mut self, lines: usize) {
        self.last_char = None;
        if self.keeps_rows() {
            self.keep_rows(lines.min(self.region.1 as usize));
        }
        self.term.scroll_up(lines);
    }

    fn delete_lines(&mut self, lines: usize) {
        self.last_char = None;
        if self.keeps_rows() && self.term.grid().cursor.point.line.0 == 0 {
            self.keep_rows(lines.min(self.region.1 as usize));
        }
        self.term.delete_lines(lines);
        self.return_within_region();
    }

    fn clear_screen(&mut self, mode: ClearMode) {
        self.interrupt();
        if matches!(mode, ClearMode::Saved) {
            self.forget_rows();
        }
        self.term.clear_screen(mode);
    }

    fn set_scrolling_region(&mut self, top: usize, bottom: Option<usize>) {
        self.last_char = None;
        let rows = self.size.height();
        let bottom = bottom.unwrap_or(rows).min(rows);
        // As xterm: a region of less than two rows is no region.
        if top < bottom {
            self.set_region((top as i32 - 1, bottom as i32));
        }
    }

    fn set_private_mode(&mut self, mode: PrivateMode) {
        self.last_char = None;
        match mode {
            PrivateMode::Named(NamedPrivateMode::SwapScreenAndSetRestoreCursor) => self.show_alternate(),
            PrivateMode::Named(NamedPrivateMode::ColumnMode) => self.change_columns(),
            PrivateMode::Named(NamedPrivateMode::SyncUpdate) => {}
            ALLOW_COLUMNS => self.allows_columns = true,
            mode => self.term.set_private_mode(mode),
        }
    }

    fn unset_private_mode(&mut self, mode: PrivateMode) {
        self.last_char = None;
        match mode {
            PrivateMode::Named(NamedPrivateMode::SwapScreenAndSetRestoreCursor) => self.show_primary(),
            PrivateMode::Named(NamedPrivateMode::ColumnMode) => self.change_columns(),
            PrivateMode::Named(NamedPrivateMode::SyncUpdate) => {}
            ALLOW_COLUMNS => self.allows_columns = false,
            PrivateMode::Named(NamedPrivateMode::Origin) => {
                self.term.unset_private_mode(mode);
                self.term.goto(0, 0);
            }
            mode => self.term.unset_private_mode(mode),
        }
    }

    fn reset_state(&mut self) {
        self.last_char = None;
        self.show_primary();
        self.term.reset_state();
        self.alternate_saved = GridCursor::default();
        self.saved = Saved::default();
        self.allows_columns = false;
        self.region = (0, i32::from(self.size.rows));
        self.tabs = default_tabs(self.size);
        self.charset = CharsetIndex::G0;
        self.keyboards = Keyboards::default();
        self.forget_rows();
    }

    fn set_horizontal_tabstop(&mut self) {
        self.last_char = None;
        self.tabs[self.term.grid().cursor.point.column.0] = true;
        self.term.set_horizontal_tabstop();
    }

    fn clear_tabs(&mut self, mode: TabulationClearMode) {
        self.last_char = None;
        match mode {
            TabulationClearMode::Current => self.tabs[self.term.grid().cursor.point.column.0] = false,
            TabulationClearMode::All => self.tabs.fill(false),
        }
        self.term.clear_tabs(mode);
    }

    fn set_tabs(&mut self, interval: u16) {
        let interval = usize::from(interval.max(1));
        self.set_tab_stops((0..self.size.width()).map(|column| column % interval == 0).collect());
    }

    fn set_active_charset(&mut self, index: CharsetIndex) {
        self.last_char = None;
        self.charset = index;
        self.term.set_active_charset(index);
    }

    fn push_keyboard_mode(&mut self, mode: KeyboardModes) {
        self.push_keyboard(mode);
    }

    fn pop_keyboard_modes(&mut self, count: u16) {
        let kept = self.keyboards.shown.len().saturating_sub(usize::from(count));
        self.keyboards.shown.truncate(kept);
        self.term.pop_keyboard_modes(count);
    }

    fn dynamic_color_sequence(&mut self, prefix: String, index: usize, terminator: &str) {
        self.asked_colors.push((prefix, index, terminator.to_owned()));
    }

    pass_on! {
        set_cursor_style(style: Option<CursorStyle>);
        set_cursor_shape(shape: CursorShape);
        goto(line: i32, column: usize);
        goto_line(line: i32);
        move_forward(columns: usize);
        move_backward(columns: usize);
        backspace();
        carriage_return();
        substitute();
        scroll_down(rows: usize);
        move_backward_tabs(count: u16);
        move_forward_tabs(count: u16);
        set_mode(mode: Mode);
        unset_mode(mode: Mode);
        set_keypad_application_mode();
        unset_keypad_application_mode();
        configure_charset(index: CharsetIndex, charset: StandardCharset);
        set_color(index: usize, color: Rgb);
        reset_color(index: usize);
        set_keyboard_mode(mode: KeyboardModes, behavior: KeyboardModesApplyBehavior);
    }
}

impl Engine {
    /// A sequence after which REP has nothing to repeat, and a full line does not go on in the next one.
    #[inline]
    fn interrupt(&mut self) {
        self.last_char = None;
        self.term.grid_mut().cursor.input_needs_wrap = false;
    }

    /// The engine's own moves count from the region's top in origin mode, wherever they start.
    fn go_to(&mut self, line: i32, column: usize) {
        let is_relative = self.term.mode().contains(TermMode::ORIGIN);
        self.term.goto(if is_relative { line - self.region.0 } else { line }, column);
    }

    /// Up or down, and not over a margin.
    fn move_rows(&mut self, rows: i32) {
        self.last_char = None;
        let Point { line, column } = self.term.grid().cursor.point;
        let (top, bottom) = (self.region.0, self.region.1 - 1);
        let to = if rows < 0 {
            line.0.saturating_add(rows).max(if line.0 < top { 0 } else { top })
        } else {
            line.0.saturating_add(rows).min(if line.0 > bottom { i32::from(self.size.rows) - 1 } else { bottom })
        };
        self.go_to(to, column.0);
    }

    /// What VPR does: down without a look at the margins, where these are not all there is (origin mode).
    pub(super) fn move_down_over_margins(&mut self, rows: u16) {
        self.last_char = None;
        let Point { line, column } = self.term.grid().cursor.point;
        self.go_to(line.0.saturating_add(i32::from(rows)), column.0);
    }

    /// Inserting and deleting lines, where they do anything, end in the first column.
    fn return_within_region(&mut self) {
        let line = self.term.grid().cursor.point.line.0;
        if (self.region.0..self.region.1).contains(&line) {
            self.term.carriage_return();
        }
    }

    /// DECCOLM for a program that allowed itself the change: the screen keeps its size, all else happens.
    fn change_columns(&mut self) {
        if self.allows_columns {
            self.set_region((0, i32::from(self.size.rows)));
            self.term.clear_screen(ClearMode::All);
            self.go_to(0, 0);
        }
    }

    /// The next character goes to a new row: keeps the top one if that makes the screen scroll.
    #[cold]
    fn before_wrap(&mut self) {
        let line = self.term.grid().cursor.point.line.0;
        if self.keeps_rows() && line + 1 == self.region.1 && self.term.mode().contains(TermMode::LINE_WRAP) {
            if line == 0 {
                self.keep_top_going_on(!self.term.grid().cursor.input_needs_wrap);
            } else {
                self.keep_rows(1);
            }
        }
    }

    /// How many marks the character has that another one would be added to.
    fn marks_under_cursor(&self) -> usize {
        let grid = self.term.grid();
        let cursor = &grid.cursor;
        let row = &grid[cursor.point.line];
        let mut column = cursor.point.column;
        if !cursor.input_needs_wrap {
            column.0 = column.0.saturating_sub(1);
        }
        if row[column].flags.contains(Flags::WIDE_CHAR_SPACER) {
            column.0 = column.0.saturating_sub(1);
        }
        row[column].zerowidth().map_or(0, <[char]>::len)
    }
}

/// A parameter as a number of rows; more than any screen has is as good as all.
fn rows_of(count: usize) -> i32 {
    i32::from(u16::try_from(count).unwrap_or(u16::MAX))
}
