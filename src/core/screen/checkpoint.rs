//! A screen as bytes and back, exactly. Written by the screen's owner beside the log, read after a restart; a
//! checkpoint that cannot be read is a miss (the log is parsed from further back), never an error to a person.
//! It must never panic on any bytes, nor believe a length in them.

use super::cells::{self, LAYOUT, pen, put_row, row_of, same_cell, style_of};
use super::engine::{COLORS, Engine, Keyboards, Settings};
use super::links::Links;
use super::mode;
use super::palette::Colors;
use super::scanner::Scanner;
use super::size::Size;
use super::terminal::Terminal;
use crate::base::cell::{Row, Style};
use alacritty_terminal::grid::{Cursor as GridCursor, Grid};
use alacritty_terminal::index::{Column, Line, Point};
use alacritty_terminal::term::TermMode;
use alacritty_terminal::term::cell::{Cell, Flags};
use alacritty_terminal::vte::ansi::{
    CharsetIndex, CursorShape, CursorStyle, Handler, KeyboardModes, Rgb, StandardCharset,
};
use serde::{Deserialize, Serialize};

/// Marks our files among others. The last byte is raised with every change of the shape below.
const MAGIC: [u8; 4] = *b"CTS\x03";
const HEAD: usize = MAGIC.len() + size_of::<u64>();

/// Why bytes are not a checkpoint.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadCheckpoint {
    #[error("the checkpoint is of another version")]
    Version,
    #[error("the checkpoint is cut off or damaged")]
    Damaged,
}

/// What a screen adds to its terminal.
pub(super) struct Restored {
    pub(super) terminal: Terminal,
    pub(super) scanner: Scanner,
    pub(super) offset: u64,
    pub(super) revision: u64,
}

pub(super) fn save(terminal: &Terminal, scanner: &Scanner, offset: u64, revision: u64) -> Vec<u8> {
    let engine = &terminal.engine;
    let saved = Saved {
        size: engine.size,
        offset,
        revision,
        primary: SavedGrid::of(engine.primary(), engine.size),
        alternate: engine.alternate().map(|grid| SavedGrid::of(grid, engine.size)),
        settings: SavedSettings::of(&engine.settings()),
        ring: engine.kept_rows(),
        title: terminal.title.clone(),
        titles: terminal.titles.clone(),
        links: terminal.links.clone(),
        synchronized: terminal.synchronized,
        own_modes: terminal.own_modes,
        colors: terminal.colors,
        scanner: scanner.clone(),
    };
    // postcard refuses no value of these types; an empty checkpoint is a miss like any other.
    let body = postcard::to_allocvec(&saved).unwrap_or_default();
    let mut bytes = Vec::with_capacity(HEAD + body.len());
    bytes.extend_from_slice(&MAGIC);
    bytes.extend_from_slice(&checksum(&body).to_le_bytes());
    bytes.extend_from_slice(&body);
    bytes
}

pub(super) fn restore(bytes: &[u8]) -> Result<Restored, BadCheckpoint> {
    let body = bytes.strip_prefix(&MAGIC).ok_or(BadCheckpoint::Version)?;
    let (sum, body) = body.split_first_chunk::<8>().ok_or(BadCheckpoint::Damaged)?;
    if u64::from_le_bytes(*sum) != checksum(body) {
        return Err(BadCheckpoint::Damaged);
    }
    let saved: Saved = postcard::from_bytes(body).map_err(|_| BadCheckpoint::Damaged)?;
    saved.restored().ok_or(BadCheckpoint::Damaged)
}

/// A new engine that shows the same, made from what can be read of the old one.
pub(super) fn copy_engine(engine: &Engine) -> Engine {
    let size = engine.size;
    let again = |grid: &Grid<Cell>| SavedGrid::of(grid, size).grid(size);
    let primary = again(engine.primary()).unwrap_or_else(|| Grid::new(size.height(), size.width(), 0));
    let alternate = engine.alternate().and_then(again);
    Engine::with(size, engine.settings(), primary, alternate, engine.kept_rows())
}

#[derive(Serialize, Deserialize)]
struct Saved {
    size: Size,
    offset: u64,
    revision: u64,
    primary: SavedGrid,
    alternate: Option<SavedGrid>,
    settings: SavedSettings,
    ring: Vec<Row>,
    title: String,
    titles: Vec<String>,
    links: Links,
    synchronized: bool,
    own_modes: u32,
    colors: Colors,
    scanner: Scanner,
}

impl Saved {
    fn restored(self) -> Option<Restored> {
        let size = self.size;
        if !size.is_valid() || !self.scanner.is_plausible() {
            return None;
        }
        let primary = self.primary.grid(size)?;
        let alternate = match self.alternate {
            Some(grid) => Some(grid.grid(size)?),
            None => None,
        };
        let settings = self.settings.settings(size)?;
        let last_char = settings.last_char;
        let mut terminal = Terminal::new(Engine::with(size, settings, primary, alternate, self.ring));
        if let Some(c) = last_char {
            terminal.parser.advance(&mut Deaf, c.encode_utf8(&mut [0; 4]).as_bytes());
        }
        terminal.title = self.title;
        terminal.titles = self.titles;
        terminal.links = self.links;
        terminal.synchronized = self.synchronized;
        terminal.own_modes = self.own_modes & mode::OWN;
        terminal.colors = self.colors;
        Some(Restored { terminal, scanner: self.scanner, offset: self.offset, revision: self.revision })
    }
}

/// Lets the engine's parser learn its last character without drawing it.
struct Deaf;

impl Handler for Deaf {}

#[derive(Serialize, Deserialize)]
struct SavedGrid {
    rows: Vec<SavedRow>,
    cursor: SavedCursor,
    saved_cursor: SavedCursor,
}

#[derive(Serialize, Deserialize)]
struct SavedRow {
    row: Row,
    /// Cells that the row does not say all of: halves of wide characters, traces of wrapping.
    odd: Vec<SavedCell>,
}

#[derive(Serialize, Deserialize)]
struct SavedCell {
    column: u16,
    c: char,
    marks: Vec<char>,
    layout: u16,
    style: Style,
}

impl SavedGrid {
    fn of(grid: &Grid<Cell>, size: Size) -> SavedGrid {
        let rows = (0..size.rows).map(|index| SavedRow::of(&grid[Line(i32::from(index))][..])).collect();
        SavedGrid { rows, cursor: SavedCursor::of(&grid.cursor), saved_cursor: SavedCursor::of(&grid.saved_cursor) }
    }

    fn grid(&self, size: Size) -> Option<Grid<Cell>> {
        if self.rows.len() != size.height() {
            return None;
        }
        let mut grid = Grid::new(size.height(), size.width(), 0);
        for (index, saved) in self.rows.iter().enumerate() {
            saved.put(&mut grid[Line(index as i32)][..])?;
        }
        grid.cursor = self.cursor.cursor(size)?;
        grid.saved_cursor = self.saved_cursor.cursor(size)?;
        Some(grid)
    }
}

impl SavedRow {
    fn of(cells: &[Cell]) -> SavedRow {
        let row = row_of(cells);
        let mut again = vec![Cell::default(); cells.len()];
        put_row(&row, &mut again);
        let differs = cells.iter().zip(&again).enumerate().filter(|(_, (cell, again))| !same_cell(cell, again));
        let odd = differs.map(|(column, (cell, _))| SavedCell {
            column: column as u16,
            c: if cell.c == '\t' { ' ' } else { cell.c },
            marks: cell.zerowidth().unwrap_or_default().to_vec(),
            layout: (cell.flags & LAYOUT).bits(),
            style: style_of(cell),
        });
        SavedRow { odd: odd.collect(), row }
    }

    fn put(&self, cells: &mut [Cell]) -> Option<()> {
        put_row(&self.row, cells);
        for odd in &self.odd {
            let cell = cells.get_mut(usize::from(odd.column))?;
            *cell = Cell { c: cells::drawable(odd.c), ..pen(odd.style) };
            cell.flags.insert(Flags::from_bits_truncate(odd.layout) & LAYOUT);
            odd.marks.iter().for_each(|mark| cell.push_zerowidth(cells::drawable(*mark)));
        }
        Some(())
    }
}

#[derive(Serialize, Deserialize)]
struct SavedCursor {
    line: u16,
    column: u16,
    needs_wrap: bool,
    pen: Style,
    /// Which of G0 to G3 is the line-drawing set.
    drawing: [bool; 4],
}

const CHARSETS: [CharsetIndex; 4] = [CharsetIndex::G0, CharsetIndex::G1, CharsetIndex::G2, CharsetIndex::G3];

impl SavedCursor {
    fn of(cursor: &GridCursor<Cell>) -> SavedCursor {
        SavedCursor {
            line: cursor.point.line.0 as u16,
            column: cursor.point.column.0 as u16,
            needs_wrap: cursor.input_needs_wrap,
            pen: style_of(&cursor.template),
            drawing: CHARSETS.map(|index| cursor.charsets[index] != StandardCharset::Ascii),
        }
    }

    fn cursor(&self, size: Size) -> Option<GridCursor<Cell>> {
        if self.line >= size.rows || self.column >= size.columns {
            return None;
        }
        let mut cursor = GridCursor {
            point: Point::new(Line(i32::from(self.line)), Column(usize::from(self.column))),
            template: pen(self.pen),
            charsets: Default::default(),
            input_needs_wrap: self.needs_wrap,
        };
        for (index, drawing) in CHARSETS.into_iter().zip(self.drawing) {
            if drawing {
                cursor.charsets[index] = StandardCharset::SpecialCharacterAndLineDrawing;
            }
        }
        Some(cursor)
    }
}

#[derive(Serialize, Deserialize)]
struct SavedSettings {
    mode: u32,
    region: (u16, u16),
    tab_stops: Vec<u16>,
    charset: u8,
    keyboards: (Vec<u8>, Vec<u8>),
    shape: u8,
    blinking: bool,
    colors: Vec<(u16, (u8, u8, u8))>,
    alternate_saved: SavedCursor,
    last_char: Option<char>,
    largest: u32,
    ring_limit: u32,
}

impl SavedSettings {
    fn of(settings: &Settings) -> SavedSettings {
        let bits = |modes: &[KeyboardModes]| modes.iter().map(|mode| mode.bits()).collect();
        SavedSettings {
            mode: settings.mode.bits(),
            region: (settings.region.0 as u16, settings.region.1 as u16),
            tab_stops: (0..settings.tabs.len()).filter(|index| settings.tabs[*index]).map(|i| i as u16).collect(),
            charset: settings.charset as u8,
            keyboards: (bits(&settings.keyboards.shown), bits(&settings.keyboards.other)),
            shape: match settings.cursor_style.shape {
                CursorShape::Underline => 1,
                CursorShape::Beam => 2,
                _ => 0,
            },
            blinking: settings.cursor_style.blinking,
            colors: settings.colors.iter().map(|(index, Rgb { r, g, b })| (*index as u16, (*r, *g, *b))).collect(),
            alternate_saved: SavedCursor::of(&settings.alternate_saved),
            last_char: settings.last_char,
            largest: settings.largest as u32,
            ring_limit: settings.ring_limit as u32,
        }
    }

    fn settings(&self, size: Size) -> Option<Settings> {
        let (top, bottom) = self.region;
        if top >= bottom || bottom > size.rows || self.colors.iter().any(|(index, _)| usize::from(*index) >= COLORS) {
            return None;
        }
        let mut tabs = vec![false; size.width()];
        for stop in &self.tab_stops {
            *tabs.get_mut(usize::from(*stop))? = true;
        }
        let modes = |bits: &[u8]| bits.iter().map(|bits| KeyboardModes::from_bits_truncate(*bits)).collect();
        Some(Settings {
            mode: TermMode::from_bits_truncate(self.mode),
            region: (i32::from(top), i32::from(bottom)),
            tabs,
            charset: *CHARSETS.get(usize::from(self.charset))?,
            keyboards: Keyboards { shown: modes(&self.keyboards.0), other: modes(&self.keyboards.1) },
            cursor_style: CursorStyle {
                shape: match self.shape {
                    1 => CursorShape::Underline,
                    2 => CursorShape::Beam,
                    _ => CursorShape::Block,
                },
                blinking: self.blinking,
            },
            colors: self
                .colors
                .iter()
                .map(|(index, (r, g, b))| (usize::from(*index), Rgb { r: *r, g: *g, b: *b }))
                .collect(),
            alternate_saved: self.alternate_saved.cursor(size)?,
            last_char: self.last_char,
            // A screen that claims to have been larger than any may be is not believed.
            largest: (self.largest as usize).min(Size::new(u16::MAX, u16::MAX).area()),
            ring_limit: self.ring_limit as usize,
        })
    }
}

/// FNV-1a: finds torn and flipped bytes. Whoever wants to forge a checkpoint could as well forge the log.
fn checksum(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |sum, byte| (sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

/// A checkpoint with this body and a right checksum, for tests of what the checksum would keep out.
#[cfg(test)]
pub(super) fn forged(body: &[u8]) -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    bytes.extend_from_slice(&checksum(body).to_le_bytes());
    bytes.extend_from_slice(body);
    bytes
}

#[cfg(test)]
pub(super) fn body(bytes: &[u8]) -> &[u8] {
    &bytes[HEAD..]
}
