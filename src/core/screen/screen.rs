//! One terminal's screen: bytes of the log in; picture, replies and notices out. Owned by whoever follows one
//! agent's output; everything else about the engine is private to this folder. It must never act on a notice,
//! read a clock or show a half-parsed sequence.

use super::checkpoint::{self, BadCheckpoint, Restored};
use super::cursor::{Cursor, CursorShape};
use super::engine::Engine;
use super::mode;
use super::notice::Notice;
use super::palette::Colors;
use super::ring::Ring;
use super::scanner::Scanner;
use super::size::Size;
use super::skip;
use super::terminal::{Reply, Terminal};
use crate::base::cell::Row;
use alacritty_terminal::index::Column;
use alacritty_terminal::term::cell::Flags;
use alacritty_terminal::term::{TermDamage, TermMode};
use alacritty_terminal::vte::ansi::CursorShape as EngineShape;
use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};

/// Output that comes in smaller chunks is slow enough, or the end of a burst: then rows that were pushed off are
/// made compact. Larger chunks leave that to whoever asks for the rows.
const FAST_CHUNK: usize = 512;

pub struct Screen {
    terminal: Terminal,
    scanner: Scanner,
    offset: u64,
    revision: u64,
    /// Hashes of the rows at `hashed_at`.
    hashes: Vec<u64>,
    hashed_at: u64,
    /// Rows that were pushed off are counted only.
    counts: bool,
}

impl Screen {
    pub fn new(size: Size) -> Screen {
        let size = Size::new(size.columns, size.rows);
        Screen::with(Restored {
            terminal: Terminal::new(Engine::new(size)),
            scanner: Scanner::default(),
            offset: 0,
            revision: 1,
        })
    }

    /// A blank screen for a log whose earlier part is gone or not wanted: `offset` is that of the first byte fed.
    pub fn starting_at(size: Size, offset: u64) -> Screen {
        Screen { offset, ..Screen::new(size) }
    }

    /// Takes the log's bytes from `offset` on. Bytes already seen are left out; after a gap the unfinished
    /// sequence before it is forgotten.
    pub fn feed(&mut self, offset: u64, bytes: &[u8]) {
        let seen = usize::try_from(self.offset.saturating_sub(offset)).unwrap_or(usize::MAX);
        let Some(bytes) = bytes.get(seen..) else { return };
        if offset > self.offset {
            self.scanner = Scanner::default();
            self.offset = offset;
        }
        let (mut at, mut rest) = (self.offset, bytes);
        while !rest.is_empty() {
            let length = match self.unseen(rest) {
                Ok(length) => length,
                Err(seen) => {
                    let length = seen.clamp(1, rest.len());
                    self.scan(at, &rest[..length]);
                    length
                }
            };
            at += length as u64;
            rest = &rest[length..];
        }
        let terminal = &mut self.terminal;
        if bytes.len() < FAST_CHUNK {
            terminal.engine.settle();
        }
        self.offset += bytes.len() as u64;
        self.note_changes();
    }

    /// Whether only the number of the rows that are pushed off matters from now on: what they say may be left out, so that
    /// a log is gone through at many times the speed. No size may change before they are taken, since that would wrap them
    /// anew.
    pub fn count_rows_only(&mut self, counts: bool) {
        self.counts = counts;
    }

    fn scan(&mut self, at: u64, bytes: &[u8]) {
        let Screen { terminal, scanner, .. } = self;
        scanner.scan(at, bytes, &mut |at, piece| terminal.take(at, piece));
    }

    /// Leaves out the beginning of a flood that would scroll away before anyone can see it; returns its length, or how
    /// much is to be parsed before another part may be one.
    fn unseen(&mut self, bytes: &[u8]) -> Result<usize, usize> {
        let engine = &self.terminal.engine;
        if !self.scanner.is_at_rest() || !engine.scrolls_whole() {
            return Err(skip::STEP.min(bytes.len()));
        }
        // The alternate screen's rows are kept nowhere.
        let keeps = engine.keeps_rows();
        let (found, rows) = if keeps && self.counts {
            if !engine.is_at_last_line() {
                // The next line, perhaps.
                return Err(memchr::memchr(b'\n', bytes).map_or(bytes.len(), |end| end + 1));
            }
            skip::find_counted(bytes, engine.size.height(), usize::from(engine.size.columns), engine.wraps())?
        } else {
            (skip::find(bytes, engine.size.height(), if keeps { engine.ring.bound() } else { 0 })?, 0)
        };
        self.terminal.engine.push_blank_rows(rows);
        if !found.pen.is_empty() {
            self.terminal.advance(&found.pen);
        }
        if found.rang {
            self.terminal.notice(Notice::Bell);
        }
        self.terminal.engine.go_to_last_row();
        self.terminal.changed = true;
        Ok(found.length)
    }

    pub fn resize(&mut self, size: Size) {
        let size = Size::new(size.columns, size.rows);
        if size != self.size() {
            self.terminal.resize(size);
            self.note_changes();
        }
    }

    /// What the program is owed, in the order it asked.
    pub fn take_replies(&mut self) -> Vec<Reply> {
        std::mem::take(&mut self.terminal.replies)
    }

    /// What the program told since the last call, in order.
    pub fn take_notices(&mut self) -> Vec<Notice> {
        std::mem::take(&mut self.terminal.notices).into()
    }

    /// The log offset expected next.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// Rises whenever something visible may have changed; starts at 1.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    pub fn size(&self) -> Size {
        self.terminal.engine.size
    }

    pub fn title(&self) -> &str {
        &self.terminal.title
    }

    pub fn cursor(&self) -> Cursor {
        let term = &self.terminal.engine.term;
        let point = term.grid().cursor.point;
        let style = term.cursor_style();
        // Never on the right half of a wide character.
        let on_half = term.grid()[point].flags.contains(Flags::WIDE_CHAR_SPACER);
        let Column(column) = point.column;
        Cursor {
            row: point.line.0 as u16,
            column: column.saturating_sub(usize::from(on_half)) as u16,
            visible: term.mode().contains(TermMode::SHOW_CURSOR),
            shape: match style.shape {
                EngineShape::Underline => CursorShape::Underline,
                EngineShape::Beam => CursorShape::Beam,
                _ => CursorShape::Block,
            },
            blinking: style.blinking,
        }
    }

    /// Bits of [`mode`].
    pub fn modes(&self) -> u32 {
        mode::bits(*self.terminal.engine.term.mode()) | self.terminal.own_modes
    }

    pub fn alt_screen(&self) -> bool {
        self.terminal.engine.behind.is_some()
    }

    /// One row; blank below the last.
    pub fn row(&self, index: u16) -> Row {
        if index < self.size().rows { self.terminal.engine.row(usize::from(index)) } else { Row::default() }
    }

    pub fn rows(&self) -> Vec<Row> {
        (0..self.size().rows).map(|index| self.row(index)).collect()
    }

    /// The rows' text without trailing blanks, joined by line feeds.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for index in 0..usize::from(self.size().rows) {
            if index > 0 {
                text.push('\n');
            }
            self.terminal.engine.push_text(index, &mut text);
        }
        text
    }

    /// Where the hyperlink with this number goes; `None` when it is too old to be remembered.
    pub fn link(&self, number: u32) -> Option<&str> {
        self.terminal.links.target(number)
    }

    /// The targets of all links in `rows`, each once.
    pub fn links_in<'a>(&self, rows: impl Iterator<Item = &'a Row>) -> Vec<(u32, String)> {
        if self.terminal.links.is_empty() {
            return Vec::new();
        }
        let numbers: BTreeSet<u32> =
            rows.flat_map(|row| &row.runs).map(|run| run.style.link).filter(|n| *n != 0).collect();
        numbers.into_iter().filter_map(|number| Some((number, self.link(number)?.to_owned()))).collect()
    }

    /// A synchronized update (mode 2026) is open: what is on screen is half a picture.
    pub fn synchronized(&self) -> bool {
        self.terminal.synchronized
    }

    /// The open update took too long; its picture is shown as it is.
    pub fn end_synchronized(&mut self) {
        if std::mem::take(&mut self.terminal.synchronized) {
            self.revision += 1;
        }
    }

    /// The rows that were pushed off the top of the primary screen.
    pub fn scrolled_rows(&mut self) -> &Ring {
        self.terminal.engine.settle();
        &self.terminal.engine.ring
    }

    /// Keeps up to `rows` rows that were pushed off, for rendering history. By default, and at least, two screens
    /// and what shrinking took: growing has to give that back.
    pub fn set_ring_limit(&mut self, rows: usize) {
        self.terminal.engine.set_ring_limit(rows);
    }

    /// The rows pushed off since the last call, as far as they were kept. What is taken cannot be given back when
    /// the screen grows: for screens that only render history.
    pub fn take_scrolled_rows(&mut self) -> Vec<Row> {
        self.terminal.engine.settle();
        self.terminal.engine.ring.take()
    }

    /// What programs that ask are told of the colours from now on. Returns what the program is owed at once: a word
    /// that dark turned light or light dark, if it wants to hear that.
    pub fn set_colors(&mut self, colors: Colors) -> Option<&'static [u8]> {
        let was_dark = self.terminal.colors.is_dark();
        self.terminal.colors = colors;
        let wants = self.terminal.own_modes & mode::SCHEME_REPORTS != 0;
        (wants && colors.is_dark() != was_dark).then(|| self.terminal.scheme())
    }

    pub fn colors(&self) -> &Colors {
        &self.terminal.colors
    }

    /// This screen as bytes; replies and notices not yet taken are not among them.
    pub fn checkpoint(&self) -> Vec<u8> {
        checkpoint::save(&self.terminal, &self.scanner, self.offset, self.revision)
    }

    /// # Errors
    /// When the bytes are not a whole checkpoint of this version.
    pub fn restore(bytes: &[u8]) -> Result<Screen, BadCheckpoint> {
        checkpoint::restore(bytes).map(Screen::with)
    }

    /// One hash for each row, computed anew only for rows that may have changed.
    pub(super) fn row_hashes(&mut self) -> &[u64] {
        if self.hashed_at == self.revision {
            return &self.hashes;
        }
        let height = self.size().height();
        let engine = &mut self.terminal.engine;
        let damaged: Option<Vec<usize>> = match engine.term.damage() {
            TermDamage::Partial(lines) if self.hashes.len() == height => Some(lines.map(|line| line.line).collect()),
            _ => None,
        };
        engine.term.reset_damage();
        match damaged {
            Some(lines) => {
                // Overwriting a wide character also tells the row above that it is full; that is no damage to the
                // engine, but a row's blanks before a wrap are text to us.
                let mut touched: Vec<usize> = lines.iter().flat_map(|line| [line.saturating_sub(1), *line]).collect();
                touched.dedup();
                for line in touched {
                    self.hashes[line] = hash_of(&engine.row(line));
                }
            }
            None => self.hashes = (0..height).map(|line| hash_of(&engine.row(line))).collect(),
        }
        self.hashed_at = self.revision;
        &self.hashes
    }

    #[cfg(test)]
    pub(super) fn poison(&mut self, c: char) {
        self.terminal.engine.poison = Some(c);
    }

    fn with(restored: Restored) -> Screen {
        let Restored { terminal, scanner, offset, revision } = restored;
        Screen { terminal, scanner, offset, revision, hashes: Vec::new(), hashed_at: 0, counts: false }
    }

    fn note_changes(&mut self) {
        if std::mem::take(&mut self.terminal.changed) {
            self.revision += 1;
        }
    }
}

pub(super) fn hash_of(row: &Row) -> u64 {
    // The same within a process, which is all that is asked: hashes are never stored.
    let mut hasher = DefaultHasher::new();
    row.hash(&mut hasher);
    hasher.finish()
}
