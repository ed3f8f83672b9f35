//! The one place that holds the foreign terminal engine. It keeps beside it what the engine hides (tab stops,
//! scroll region, keyboard stacks), the primary screen while the alternate one is shown, and the rows that scroll
//! away. Driven by the terminal through the engine's parser. It must never answer, notify or read a clock.

use super::cells::{push_text, row_going_on, row_of};
use super::leaving::Leaving;
use super::ring::Ring;
use super::size::Size;
use crate::base::cell::Row;
use alacritty_terminal::event::VoidListener;
use alacritty_terminal::grid::{Cursor as GridCursor, Dimensions, Grid};
use alacritty_terminal::index::{Column, Line, Point};
use alacritty_terminal::term::cell::Cell;
use alacritty_terminal::term::{Config, TermMode};
use alacritty_terminal::vte::ansi::{
    CharsetIndex, CursorStyle, Handler, KeyboardModes, KeyboardModesApplyBehavior, Mode, NamedMode, NamedPrivateMode,
    PrivateMode, Rgb, TabulationClearMode,
};

pub(super) type Term = alacritty_terminal::Term<VoidListener>;

/// Every eighth column, as terminals start since the VT100.
const TAB_INTERVAL: usize = 8;
/// Rows kept above the screen, in screens: enough to give back what a smaller size pushed out.
const RING_SCREENS: usize = 2;
/// Ten times the deepest history a viewer asks for; at a hundred bytes a row still memory that one caller may use.
const MAX_RING: usize = 100_000;
/// Programs push one or two keyboard modes; kitty keeps eight.
const MAX_KEYBOARD_STACK: usize = 16;
/// Colours a program can set: 256 and the three dynamic ones.
pub(super) const COLORS: usize = 259;

pub(super) struct Engine {
    pub(super) term: Term,
    pub(super) size: Size,
    /// The primary screen while the alternate one is shown.
    pub(super) behind: Option<Grid<Cell>>,
    /// What DECRC restores when the alternate screen is next shown.
    pub(super) alternate_saved: GridCursor<Cell>,
    /// First and one past the last row of the scroll region.
    pub(super) region: (i32, i32),
    pub(super) tabs: Vec<bool>,
    pub(super) charset: CharsetIndex,
    pub(super) saved: Saved,
    /// A program said that it may change the number of columns.
    pub(super) allows_columns: bool,
    pub(super) keyboards: Keyboards,
    /// What REP repeats.
    pub(super) last_char: Option<char>,
    pub(super) ring: Ring,
    pub(super) leaving: Leaving,
    /// The largest screen so far: the ring can give all of it back.
    pub(super) largest: usize,
    /// What the owner wants kept above the screen, if that is more than giving rows back needs.
    pub(super) ring_limit: usize,
    /// Colours asked for by the sequence now being parsed: its prefix, the colour's index, the terminator.
    pub(super) asked_colors: Vec<(String, usize, String)>,
    /// A bell among the bytes now being parsed.
    pub(super) rang: bool,
    #[cfg(test)]
    pub(super) poison: Option<char>,
}

/// The kitty keyboard stacks of the shown and of the other screen.
#[derive(Clone, Default, PartialEq, Debug)]
pub(super) struct Keyboards {
    pub(super) shown: Vec<KeyboardModes>,
    pub(super) other: Vec<KeyboardModes>,
}

/// What DECSC keeps beside what the engine does, for the shown and for the other screen.
#[derive(Clone, Copy, Default, PartialEq, Debug)]
pub(super) struct Saved {
    pub(super) shown: SavedModes,
    pub(super) other: SavedModes,
}

#[derive(Clone, Copy, Default, PartialEq, Debug)]
pub(super) struct SavedModes {
    pub(super) origin: bool,
    pub(super) charset: CharsetIndex,
}

/// All that an engine is apart from its grids, so that another one can be made like it.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) mode: TermMode,
    pub(super) region: (i32, i32),
    pub(super) tabs: Vec<bool>,
    pub(super) charset: CharsetIndex,
    pub(super) saved: Saved,
    pub(super) allows_columns: bool,
    pub(super) keyboards: Keyboards,
    pub(super) cursor_style: CursorStyle,
    pub(super) colors: Vec<(usize, Rgb)>,
    pub(super) alternate_saved: GridCursor<Cell>,
    pub(super) last_char: Option<char>,
    pub(super) largest: usize,
    pub(super) ring_limit: usize,
}

impl Engine {
    pub(super) fn new(size: Size) -> Engine {
        Engine {
            term: new_term(size),
            size,
            behind: None,
            alternate_saved: GridCursor::default(),
            region: (0, i32::from(size.rows)),
            tabs: default_tabs(size),
            charset: CharsetIndex::G0,
            saved: Saved::default(),
            allows_columns: false,
            keyboards: Keyboards::default(),
            last_char: None,
            ring: Ring::new(ring_bound(size, size.area())),
            leaving: Leaving::default(),
            largest: size.area(),
            ring_limit: 0,
            asked_colors: Vec::new(),
            rang: false,
            #[cfg(test)]
            poison: None,
        }
    }

    /// An engine with the given screens and settings. `primary` and `alternate` are of `size`.
    pub(super) fn with(
        size: Size,
        settings: Settings,
        primary: Grid<Cell>,
        alternate: Option<Grid<Cell>>,
        rows: impl IntoIterator<Item = Row>,
    ) -> Engine {
        let mut engine = Engine::new(size);
        engine.largest = settings.largest.max(size.area());
        engine.set_ring_limit(settings.ring_limit);
        rows.into_iter().for_each(|row| engine.ring.push(row));
        engine.set_region(settings.region);
        if settings.tabs != engine.tabs {
            engine.set_tab_stops(settings.tabs);
        }
        for (index, color) in settings.colors {
            engine.term.set_color(index, color);
        }
        let shown = alternate.is_some();
        let Keyboards { shown: of_shown, other: of_other } = settings.keyboards;
        let (of_primary, of_alternate) = if shown { (of_other, of_shown) } else { (of_shown, of_other) };
        of_primary.into_iter().for_each(|mode| engine.push_keyboard(mode));
        if let Some(alternate) = alternate {
            let saved = primary.saved_cursor.clone();
            *engine.term.grid_mut() = primary;
            engine.show_alternate();
            if let Some(primary) = &mut engine.behind {
                primary.saved_cursor = saved;
            }
            of_alternate.into_iter().for_each(|mode| engine.push_keyboard(mode));
            engine.set_mode_bits(settings.mode);
            *engine.term.grid_mut() = alternate;
        } else {
            if !of_alternate.is_empty() {
                // The alternate screen's keyboard stack outlives its being shown.
                engine.show_alternate();
                of_alternate.into_iter().for_each(|mode| engine.push_keyboard(mode));
                engine.show_primary();
            }
            engine.set_mode_bits(settings.mode);
            *engine.term.grid_mut() = primary;
        }
        engine.term.set_active_charset(settings.charset);
        engine.charset = settings.charset;
        engine.saved = settings.saved;
        engine.allows_columns = settings.allows_columns;
        engine.term.set_cursor_style(Some(settings.cursor_style));
        engine.alternate_saved = settings.alternate_saved;
        engine.last_char = settings.last_char;
        engine
    }

    pub(super) fn settings(&self) -> Settings {
        let colors = self.term.colors();
        Settings {
            mode: *self.term.mode(),
            region: self.region,
            tabs: self.tabs.clone(),
            charset: self.charset,
            saved: self.saved,
            allows_columns: self.allows_columns,
            keyboards: self.keyboards.clone(),
            cursor_style: self.term.cursor_style(),
            colors: (0..COLORS).filter_map(|index| colors[index].map(|color| (index, color))).collect(),
            alternate_saved: self.alternate_saved.clone(),
            last_char: self.last_char,
            largest: self.largest,
            ring_limit: self.ring_limit,
        }
    }

    pub(super) fn set_ring_limit(&mut self, rows: usize) {
        self.settle();
        self.ring_limit = rows.min(MAX_RING);
        self.ring.set_bound(ring_bound(self.size, self.largest).max(self.ring_limit));
    }

    pub(super) fn primary(&self) -> &Grid<Cell> {
        self.behind.as_ref().unwrap_or_else(|| self.term.grid())
    }

    pub(super) fn alternate(&self) -> Option<&Grid<Cell>> {
        self.behind.as_ref().map(|_| self.term.grid())
    }

    pub(super) fn row(&self, index: usize) -> Row {
        row_of(&self.term.grid()[Line(index as i32)][..])
    }

    pub(super) fn push_text(&self, index: usize, text: &mut String) {
        push_text(&self.term.grid()[Line(index as i32)][..], text);
    }

    /// What `CSI ? 1049 h` does. The engine has its own way, but then nobody can read the screen behind.
    pub(super) fn show_alternate(&mut self) {
        if self.behind.is_some() {
            return;
        }
        self.saved.shown = self.saved_modes();
        let mut primary = std::mem::replace(self.term.grid_mut(), nothing());
        primary.saved_cursor = primary.cursor.clone();
        self.term.swap_alt();
        let mut alternate = Grid::new(self.size.height(), self.size.width(), 0);
        alternate.cursor = primary.cursor.clone();
        alternate.saved_cursor = self.alternate_saved.clone();
        let blank = Cell { bg: alternate.cursor.template.bg, ..Cell::default() };
        if blank != Cell::default() {
            for line in 0..self.size.height() {
                alternate[Line(line as i32)][..].fill(blank.clone());
            }
        }
        *self.term.grid_mut() = alternate;
        self.behind = Some(primary);
        std::mem::swap(&mut self.keyboards.shown, &mut self.keyboards.other);
        std::mem::swap(&mut self.saved.shown, &mut self.saved.other);
    }

    /// What `CSI ? 47` and `CSI ? 1047` do: the cursor is neither saved nor restored, it goes along.
    pub(super) fn swap_screens(&mut self, to_alternate: bool) {
        if to_alternate == self.behind.is_some() {
            return;
        }
        let (cursor, modes) = (self.term.grid().cursor.clone(), self.saved_modes());
        if to_alternate {
            let (saved, saved_modes) = (self.term.grid().saved_cursor.clone(), self.saved.shown);
            self.show_alternate();
            self.saved.other = saved_modes;
            if let Some(primary) = &mut self.behind {
                primary.saved_cursor = saved;
            }
        } else {
            self.show_primary();
            self.set_modes(modes);
            self.term.grid_mut().cursor = cursor;
        }
    }

    /// What DECSC is to keep now.
    pub(super) fn saved_modes(&self) -> SavedModes {
        SavedModes { origin: self.term.mode().contains(TermMode::ORIGIN), charset: self.charset }
    }

    /// The part of DECRC that the engine leaves out. Moves the cursor, which is restored after it.
    pub(super) fn restore_modes(&mut self) {
        self.set_modes(self.saved.shown);
    }

    fn set_modes(&mut self, modes: SavedModes) {
        let origin = PrivateMode::Named(NamedPrivateMode::Origin);
        if modes.origin {
            self.term.set_private_mode(origin);
        } else {
            self.term.unset_private_mode(origin);
        }
        self.charset = modes.charset;
        self.term.set_active_charset(modes.charset);
    }

    /// What `CSI ? 1049 l` does.
    pub(super) fn show_primary(&mut self) {
        if let Some(primary) = self.behind.take() {
            let alternate = std::mem::replace(self.term.grid_mut(), nothing());
            self.alternate_saved = alternate.saved_cursor;
            self.term.swap_alt();
            std::mem::swap(&mut self.keyboards.shown, &mut self.keyboards.other);
            std::mem::swap(&mut self.saved.shown, &mut self.saved.other);
            self.restore_modes();
            *self.term.grid_mut() = primary;
        }
    }

    pub(super) fn set_region(&mut self, (top, bottom): (i32, i32)) {
        self.region = (top, bottom);
        self.term.set_scrolling_region(top as usize + 1, Some(bottom as usize));
    }

    /// The part of DECSTR that moves the cursor when it is done by sequences: origin mode, region, saved cursor.
    pub(super) fn soft_reset(&mut self) {
        let point = self.term.grid().cursor.point;
        self.term.unset_private_mode(PrivateMode::Named(NamedPrivateMode::Origin));
        self.set_region((0, i32::from(self.size.rows)));
        let cursor = &mut self.term.grid_mut().cursor;
        cursor.point = point;
        self.term.grid_mut().saved_cursor = GridCursor::default();
        self.saved.shown = SavedModes::default();
    }

    pub(super) fn set_tab_stops(&mut self, tabs: Vec<bool>) {
        let column = self.term.grid().cursor.point.column;
        self.term.clear_tabs(TabulationClearMode::All);
        for index in (0..tabs.len().min(self.size.width())).filter(|index| tabs[*index]) {
            self.term.grid_mut().cursor.point.column = Column(index);
            self.term.set_horizontal_tabstop();
        }
        self.term.grid_mut().cursor.point.column = column;
        self.tabs = tabs;
    }

    pub(super) fn push_keyboard(&mut self, mode: KeyboardModes) {
        if self.keyboards.shown.len() >= MAX_KEYBOARD_STACK {
            // The engine fails when its own, much larger stack overflows: ours forgets its oldest entry before.
            let kept = self.keyboards.shown.split_off(1);
            self.term.pop_keyboard_modes(u16::MAX);
            kept.iter().for_each(|mode| self.term.push_keyboard_mode(*mode));
            self.keyboards.shown = kept;
        }
        self.keyboards.shown.push(mode);
        self.term.push_keyboard_mode(mode);
    }

    pub(super) fn keyboard_mode(&self) -> KeyboardModes {
        // The engine keeps the five kitty bits in their order above its other modes.
        let lowest = TermMode::DISAMBIGUATE_ESC_CODES.bits().trailing_zeros();
        KeyboardModes::from_bits_truncate((self.term.mode().bits() >> lowest) as u8)
    }

    /// Keeps the top `count` rows of the primary screen, which are about to scroll away.
    pub(super) fn keep_rows(&mut self, count: usize) {
        for index in 0..count.min(self.size.height()) {
            // The engine blanks what stands here before anyone sees it.
            self.leaving.take(&mut self.term.grid_mut()[Line(index as i32)], &mut self.ring);
        }
    }

    /// Keeps the top row, which goes on in the next one: the engine notes that only after this. `short`: a wide
    /// character did not fit into its last column.
    pub(super) fn keep_top_going_on(&mut self, short: bool) {
        self.leaving.settle(&mut self.ring);
        let row = row_going_on(&self.term.grid()[Line(0)][..], short);
        self.ring.push(row);
    }

    /// The rows that were pushed off, oldest first.
    pub(super) fn kept_rows(&self) -> Vec<Row> {
        let mut rows: Vec<Row> = self.ring.iter().cloned().chain(self.leaving.rows()).collect();
        rows.drain(..rows.len().saturating_sub(self.ring.bound()));
        rows
    }

    /// After this the ring has all rows that were pushed off.
    pub(super) fn settle(&mut self) {
        self.leaving.settle(&mut self.ring);
    }

    pub(super) fn forget_rows(&mut self) {
        self.settle();
        self.ring.clear();
    }

    /// Whether scrolling the region up pushes rows of the primary screen off its top.
    pub(super) fn keeps_rows(&self) -> bool {
        self.behind.is_none() && self.region.0 == 0
    }

    /// Whether a line feed in the last row scrolls the screen as a whole.
    pub(super) fn scrolls_whole(&self) -> bool {
        self.region == (0, i32::from(self.size.rows))
    }

    /// Whether the cursor is where a line in the last row begins.
    pub(super) fn is_at_last_line(&self) -> bool {
        let cursor = &self.term.grid().cursor;
        cursor.point == Point::new(Line(i32::from(self.size.rows) - 1), Column(0)) && !cursor.input_needs_wrap
    }

    /// Whether a line that is too long goes on in the next row.
    pub(super) fn wraps(&self) -> bool {
        self.term.mode().contains(TermMode::LINE_WRAP)
    }

    /// Stand-ins for rows that were pushed off and only counted.
    pub(super) fn push_blank_rows(&mut self, count: usize) {
        if count > 0 {
            self.settle();
            (0..count).for_each(|_| self.ring.push(Row::default()));
        }
    }

    /// Where the cursor is after more than a screenful of lines.
    pub(super) fn go_to_last_row(&mut self) {
        let cursor = &mut self.term.grid_mut().cursor;
        cursor.point = Point::new(Line(i32::from(self.size.rows) - 1), Column(0));
        cursor.input_needs_wrap = false;
    }

    fn set_mode_bits(&mut self, mode: TermMode) {
        for (flag, named) in PRIVATE_MODES {
            let private = PrivateMode::Named(named);
            if mode.contains(flag) {
                self.term.set_private_mode(private);
            } else if self.term.mode().contains(flag) {
                self.term.unset_private_mode(private);
            }
        }
        for (flag, named) in ANSI_MODES {
            if mode.contains(flag) {
                self.term.set_mode(Mode::Named(named));
            }
        }
        if mode.contains(TermMode::APP_KEYPAD) {
            self.term.set_keypad_application_mode();
        }
        let lowest = TermMode::DISAMBIGUATE_ESC_CODES.bits().trailing_zeros();
        let keyboard = KeyboardModes::from_bits_truncate((mode.bits() >> lowest) as u8);
        Handler::set_keyboard_mode(&mut self.term, keyboard, KeyboardModesApplyBehavior::Replace);
    }
}

/// The engine's modes with their DEC numbers' names. The alternate screen is not among them: it is shown, not set.
pub(super) const PRIVATE_MODES: [(TermMode, NamedPrivateMode); 13] = [
    (TermMode::APP_CURSOR, NamedPrivateMode::CursorKeys),
    (TermMode::ORIGIN, NamedPrivateMode::Origin),
    (TermMode::LINE_WRAP, NamedPrivateMode::LineWrap),
    (TermMode::SHOW_CURSOR, NamedPrivateMode::ShowCursor),
    (TermMode::MOUSE_REPORT_CLICK, NamedPrivateMode::ReportMouseClicks),
    (TermMode::MOUSE_DRAG, NamedPrivateMode::ReportCellMouseMotion),
    (TermMode::MOUSE_MOTION, NamedPrivateMode::ReportAllMouseMotion),
    (TermMode::FOCUS_IN_OUT, NamedPrivateMode::ReportFocusInOut),
    (TermMode::UTF8_MOUSE, NamedPrivateMode::Utf8Mouse),
    (TermMode::SGR_MOUSE, NamedPrivateMode::SgrMouse),
    (TermMode::ALTERNATE_SCROLL, NamedPrivateMode::AlternateScroll),
    (TermMode::URGENCY_HINTS, NamedPrivateMode::UrgencyHints),
    (TermMode::BRACKETED_PASTE, NamedPrivateMode::BracketedPaste),
];

pub(super) const ANSI_MODES: [(TermMode, NamedMode); 2] =
    [(TermMode::INSERT, NamedMode::Insert), (TermMode::LINE_FEED_NEW_LINE, NamedMode::LineFeedNewLine)];

pub(super) fn default_tabs(size: Size) -> Vec<bool> {
    (0..size.width()).map(|column| column % TAB_INTERVAL == 0).collect()
}

/// Rows above a screen of `size` that are kept, when the largest screen had `largest` cells: two screens, and
/// after shrinking as many as that largest screen and its own two need at the new width.
pub(super) fn ring_bound(size: Size, largest: usize) -> usize {
    let needed = (largest * (RING_SCREENS + 1)).div_ceil(size.width()).saturating_sub(size.height());
    needed.max(RING_SCREENS * size.height())
}

/// Stands where the engine wants a grid that nobody will look at.
fn nothing() -> Grid<Cell> {
    Grid::new(1, 1, 0)
}

fn new_term(size: Size) -> Term {
    let config = Config { scrolling_history: 0, kitty_keyboard: true, ..Config::default() };
    let mut term = Term::new(config, &Extent(size), VoidListener);
    // The engine makes both screens at once; the alternate one is made when it is shown, and most never show it.
    term.swap_alt();
    *term.grid_mut() = nothing();
    term.swap_alt();
    term
}

struct Extent(Size);

impl Dimensions for Extent {
    fn total_lines(&self) -> usize {
        self.0.height()
    }

    fn screen_lines(&self) -> usize {
        self.0.height()
    }

    fn columns(&self) -> usize {
        self.0.width()
    }
}
