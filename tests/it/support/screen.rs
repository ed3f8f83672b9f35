//! What a person would see: the judge (vt100, not our own engine) behind a fence, and the snapshot that tests look at.
//! Used by `outer.rs`. The judge must never take a test down with it: it is wrapped in `catch_unwind`, gets no size
//! below 5x20, and is built afresh on a resize, since it panics on some.

use std::num::NonZeroU16;
use std::ops::Deref;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::persona::Piece;

/// Smaller sizes make the judge panic on ordinary streams.
const LEAST: (u16, u16) = (20, 5);

/// What the judge hears besides the screen.
#[derive(Default, Clone)]
pub struct Heard {
    pub title: String,
    pub bells: usize,
    /// OSC 52 data, still in base64.
    pub clipboard: Vec<String>,
}

impl vt100::Callbacks for Heard {
    fn audible_bell(&mut self, _: &mut vt100::Screen) {
        self.bells += 1;
    }

    fn set_window_title(&mut self, _: &mut vt100::Screen, title: &[u8]) {
        self.title = String::from_utf8_lossy(title).into_owned();
    }

    fn copy_to_clipboard(&mut self, _: &mut vt100::Screen, _: &[u8], data: &[u8]) {
        self.clipboard.push(String::from_utf8_lossy(data).into_owned());
    }
}

/// The terminal emulator of the outer terminal.
pub struct Judge {
    parser: vt100::Parser<Heard>,
    /// Letters stand for lines (the character set of DEC's line graphics), which vt100 does not know.
    draws_lines: bool,
    /// What REP repeats, which vt100 does not know either.
    last: Option<char>,
    /// The bytes written last: a piece may end in the middle of a character.
    tail: Vec<u8>,
    /// How often the judge itself panicked; told in messages, since the screen is then worth less.
    pub panics: usize,
}

impl Judge {
    pub fn new(cols: u16, rows: u16) -> Judge {
        Judge {
            parser: fresh(cols, rows, Heard::default()),
            draws_lines: false,
            last: None,
            tail: Vec::new(),
            panics: 0,
        }
    }

    /// Feeds one piece of the stream, in words that vt100 knows.
    pub fn feed_piece(&mut self, piece: &Piece, bytes: &[u8]) {
        match piece {
            Piece::Esc(body) if body == "(0" || body == "(B" => self.draws_lines = body == "(0",
            Piece::Plain if self.draws_lines => {
                let text: String = String::from_utf8_lossy(bytes).chars().map(line_graphic).collect();
                self.last = text.chars().last();
                self.feed(text.as_bytes());
            }
            Piece::Plain => {
                let longest = self.tail.len().saturating_sub(LONGEST);
                self.tail.drain(..longest);
                self.tail.extend_from_slice(bytes);
                self.last = last_character(&self.tail);
                self.feed(bytes);
            }
            Piece::Csi(body) => match (body.strip_suffix('b').and_then(|count| count.parse().ok()), self.last) {
                (Some(count), Some(last)) => self.feed(last.to_string().repeat(count).as_bytes()),
                _ => self.feed(bytes),
            },
            _ => self.feed(bytes),
        }
    }

    /// Feeds bytes; after a panic of the judge the screen starts empty, with the modes lost.
    pub fn feed(&mut self, bytes: &[u8]) {
        let parser = &mut self.parser;
        if catch_unwind(AssertUnwindSafe(|| parser.process(bytes))).is_err() {
            self.panics += 1;
            let (rows, cols) = self.parser.screen().size();
            self.parser = fresh(cols.get(), rows.get(), self.parser.callbacks().clone());
        }
    }

    /// A new size: rows are cut or extended, as most terminals do it; the program repaints anyway.
    pub fn resize(&mut self, cols: u16, rows: u16) {
        let old = &self.parser;
        let (_, old_cols) = old.screen().size();
        let mut new = fresh(cols, rows, old.callbacks().clone());
        let copied = catch_unwind(AssertUnwindSafe(|| {
            let screen = old.screen();
            if screen.alternate_screen() {
                new.process(b"\x1b[?1049h");
            }
            let kept = screen.rows_formatted(0, cols.max(LEAST.0).min(old_cols.get()));
            for (at, row) in kept.into_iter().enumerate().take(rows.into()) {
                new.process(format!("\x1b[{};1H\x1b[m", at + 1).as_bytes());
                new.process(row.as_ref());
            }
            new.process(screen.input_mode_formatted().as_ref());
            new.process(if screen.hide_cursor() { b"\x1b[m\x1b[?25l" } else { b"\x1b[m\x1b[?25h" });
            let (row, col) = screen.cursor_position();
            new.process(format!("\x1b[{};{}H", row.min(rows - 1) + 1, col.min(cols - 1) + 1).as_bytes());
        }));
        self.parser = match copied {
            Ok(()) => new,
            Err(_) => {
                self.panics += 1;
                fresh(cols, rows, self.parser.callbacks().clone())
            }
        };
    }

    pub fn screen(&self) -> &vt100::Screen {
        self.parser.screen()
    }

    /// What a person sees now.
    pub fn seen(&self) -> Seen {
        let screen = self.screen();
        let (_, cols) = screen.size();
        let rows: Vec<String> = screen.rows(0, cols.get()).map(|row| row.trim_end().to_string()).collect();
        let (row, col) = screen.cursor_position();
        Seen {
            text: rows.join("\n"),
            rows,
            cursor: (col, row),
            cursor_hidden: screen.hide_cursor(),
            alternate: screen.alternate_screen(),
            heard: self.parser.callbacks().clone(),
        }
    }
}

/// Bytes of the longest character of UTF-8.
const LONGEST: usize = 4;

/// The last whole character, when the bytes end with one.
fn last_character(bytes: &[u8]) -> Option<char> {
    let ends = (1..=LONGEST.min(bytes.len())).map(|length| &bytes[bytes.len() - length..]);
    ends.filter_map(|end| std::str::from_utf8(end).ok()?.chars().last()).next()
}

/// What stands for a letter in DEC's line graphics: as far as programs use it.
fn line_graphic(letter: char) -> char {
    let at = "jklmnqtuvwx`afgo~s".chars().position(|known| known == letter);
    at.and_then(|at| "┘┐┌└┼─├┤┴┬│◆▒°±⎺·⎽".chars().nth(at)).unwrap_or(letter)
}

fn fresh(cols: u16, rows: u16, heard: Heard) -> vt100::Parser<Heard> {
    let at_least = |value: u16, least: u16| NonZeroU16::new(value.max(least)).unwrap();
    vt100::Parser::new_with_callbacks(at_least(rows, LEAST.1), at_least(cols, LEAST.0), 0, heard)
}

/// The screen at one moment. Reads as its text (rows without trailing blanks, joined by line ends), so that
/// `screen.contains("…")` does what it says.
#[derive(Clone)]
pub struct Seen {
    text: String,
    rows: Vec<String>,
    /// Column and row, from 0.
    pub cursor: (u16, u16),
    pub cursor_hidden: bool,
    pub alternate: bool,
    heard: Heard,
}

impl Deref for Seen {
    type Target = str;

    fn deref(&self) -> &str {
        &self.text
    }
}

impl Seen {
    /// One row from 0, without trailing blanks; empty below the screen.
    pub fn row(&self, at: usize) -> &str {
        self.rows.get(at).map_or("", String::as_str)
    }

    pub fn rows(&self) -> &[String] {
        &self.rows
    }

    /// Column and row, from 0, of the first place where `text` stands: for clicks. Columns count cells' characters,
    /// so left of it there must be no wide characters.
    pub fn find(&self, text: &str) -> Option<(u16, u16)> {
        self.rows.iter().enumerate().find_map(|(row, line)| {
            let at = line.find(text)?;
            Some((line[..at].chars().count() as u16, row as u16))
        })
    }

    pub fn title(&self) -> &str {
        &self.heard.title
    }

    pub fn bells(&self) -> usize {
        self.heard.bells
    }

    pub fn clipboard(&self) -> &[String] {
        &self.heard.clipboard
    }
}

/// A cell's look as the parameters of SGR.
pub fn sgr(cell: &vt100::Cell) -> String {
    let mut out = String::from("0");
    let flags = [(1, cell.bold()), (2, cell.dim()), (3, cell.italic()), (4, cell.underline()), (7, cell.inverse())];
    for (number, _) in flags.into_iter().filter(|(_, on)| *on) {
        out += &format!(";{number}");
    }
    for (base, color) in [(38, cell.fgcolor()), (48, cell.bgcolor())] {
        match color {
            vt100::Color::Default => {}
            vt100::Color::Idx(index) => out += &format!(";{base};5;{index}"),
            vt100::Color::Rgb(r, g, b) => out += &format!(";{base};2;{r};{g};{b}"),
        }
    }
    out
}
