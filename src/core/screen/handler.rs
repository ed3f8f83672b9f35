//! What each parsed sequence does to the engine: mostly passed on, with a note of what the engine keeps to itself
//! and a copy of the rows it is about to push off the top. Called by the engine's parser only. Queries never come
//! this far, except for colours, whose values the engine knows.

use super::engine::{Engine, Keyboards, default_tabs};
use crate::base::text;
use alacritty_terminal::grid::Cursor as GridCursor;
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

macro_rules! pass_on {
    ($($name:ident($($argument:ident: $type:ty),*);)*) => {
        $(#[inline] fn $name(&mut self, $($argument: $type),*) { Handler::$name(&mut self.term, $($argument),*); })*
    };
}

impl Handler for Engine {
    #[inline]
    fn input(&mut self, c: char) {
        #[cfg(test)]
        assert!(self.poison != Some(c), "a test made the engine fail");
        self.last_char = Some(c);
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
        if self.keeps_rows() && self.term.grid().cursor.point.line.0 + 1 == self.region.1 {
            self.keep_rows(1);
        }
        self.term.linefeed();
    }

    fn bell(&mut self) {
        self.rang = true;
    }

    fn newline(&mut self) {
        self.linefeed();
        if self.term.mode().contains(TermMode::LINE_FEED_NEW_LINE) {
            self.term.carriage_return();
        }
    }

    fn put_tab(&mut self, count: u16) {
        if self.term.grid().cursor.input_needs_wrap {
            self.before_wrap();
        }
        self.term.put_tab(count);
    }

    fn scroll_up(&mut self, lines: usize) {
        if self.keeps_rows() {
            self.keep_rows(lines.min(self.region.1 as usize));
        }
        self.term.scroll_up(lines);
    }

    fn delete_lines(&mut self, lines: usize) {
        if self.keeps_rows() && self.term.grid().cursor.point.line.0 == 0 {
            self.keep_rows(lines.min(self.region.1 as usize));
        }
        self.term.delete_lines(lines);
    }

    fn clear_screen(&mut self, mode: ClearMode) {
        if matches!(mode, ClearMode::Saved) {
            self.forget_rows();
        }
        self.term.clear_screen(mode);
    }

    fn set_scrolling_region(&mut self, top: usize, bottom: Option<usize>) {
        let rows = self.size.height();
        let bottom = bottom.unwrap_or(rows).min(rows);
        // As xterm: a region of less than two rows is no region.
        if top < bottom {
            self.set_region((top as i32 - 1, bottom as i32));
        }
    }

    fn set_private_mode(&mut self, mode: PrivateMode) {
        match mode {
            PrivateMode::Named(NamedPrivateMode::SwapScreenAndSetRestoreCursor) => self.show_alternate(),
            // The screen keeps its size: as on xterm without permission for 132 columns.
            PrivateMode::Named(NamedPrivateMode::ColumnMode | NamedPrivateMode::SyncUpdate) => {}
            mode => self.term.set_private_mode(mode),
        }
    }

    fn unset_private_mode(&mut self, mode: PrivateMode) {
        match mode {
            PrivateMode::Named(NamedPrivateMode::SwapScreenAndSetRestoreCursor) => self.show_primary(),
            PrivateMode::Named(NamedPrivateMode::ColumnMode | NamedPrivateMode::SyncUpdate) => {}
            mode => self.term.unset_private_mode(mode),
        }
    }

    fn reset_state(&mut self) {
        self.show_primary();
        self.term.reset_state();
        self.alternate_saved = GridCursor::default();
        self.region = (0, i32::from(self.size.rows));
        self.tabs = default_tabs(self.size);
        self.charset = CharsetIndex::G0;
        self.keyboards = Keyboards::default();
        self.forget_rows();
    }

    fn set_horizontal_tabstop(&mut self) {
        self.tabs[self.term.grid().cursor.point.column.0] = true;
        self.term.set_horizontal_tabstop();
    }

    fn clear_tabs(&mut self, mode: TabulationClearMode) {
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
        goto_col(column: usize);
        insert_blank(count: usize);
        move_up(rows: usize);
        move_down(rows: usize);
        move_forward(columns: usize);
        move_backward(columns: usize);
        move_down_and_cr(rows: usize);
        move_up_and_cr(rows: usize);
        backspace();
        carriage_return();
        substitute();
        scroll_down(rows: usize);
        insert_blank_lines(rows: usize);
        erase_chars(count: usize);
        delete_chars(count: usize);
        move_backward_tabs(count: u16);
        move_forward_tabs(count: u16);
        save_cursor_position();
        restore_cursor_position();
        clear_line(mode: LineClearMode);
        reverse_index();
        terminal_attribute(attribute: Attr);
        set_mode(mode: Mode);
        unset_mode(mode: Mode);
        set_keypad_application_mode();
        unset_keypad_application_mode();
        configure_charset(index: CharsetIndex, charset: StandardCharset);
        set_color(index: usize, color: Rgb);
        reset_color(index: usize);
        decaln();
        set_keyboard_mode(mode: KeyboardModes, behavior: KeyboardModesApplyBehavior);
    }
}

impl Engine {
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
