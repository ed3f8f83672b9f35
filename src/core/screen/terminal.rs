//! One program's terminal without its bookkeeping of offsets and frames: takes the scanner's pieces in order, feeds
//! the engine, answers queries, reports notices. Owned by the screen. A panic of the engine ends here.

use super::engine::Engine;
use super::links::Links;
use super::mode;
use super::notice::{self, Notice};
use super::palette::Colors;
use super::scanner::Piece;
use super::size::Size;
use super::{cells, checkpoint};
use super::{csi, dcs, osc};
use alacritty_terminal::vte::ansi::{Handler as _, Processor, Rgb, Timeout};
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

/// A program that asks faster than anyone takes the answers gets no more of them.
const MAX_REPLIES: usize = 1024;
/// More notices between two looks are a flood; the oldest are the least true.
const MAX_NOTICES: usize = 1024;
/// Programs push a title or two.
const MAX_TITLES: usize = 16;

/// Bytes that the program is owed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reply {
    /// Log offset of the query's first byte. One query has at most one reply.
    pub offset: u64,
    pub bytes: Vec<u8>,
}

/// The engine's parser wants to time synchronized updates; it never sees one.
#[derive(Default)]
pub(super) struct NoTimeout;

impl Timeout for NoTimeout {
    fn set_timeout(&mut self, _: Duration) {}

    fn clear_timeout(&mut self) {}

    fn pending_timeout(&self) -> bool {
        false
    }
}

pub(super) struct Terminal {
    pub(super) engine: Engine,
    pub(super) parser: Processor<NoTimeout>,
    pub(super) colors: Colors,
    pub(super) title: String,
    pub(super) titles: Vec<String>,
    pub(super) links: Links,
    pub(super) synchronized: bool,
    /// Bits of `mode` that the engine does not know.
    pub(super) own_modes: u32,
    pub(super) replies: Vec<Reply>,
    pub(super) notices: VecDeque<Notice>,
    /// Something visible may have changed since the owner last looked.
    pub(super) changed: bool,
}

impl Terminal {
    pub(super) fn new(engine: Engine) -> Terminal {
        Terminal {
            engine,
            parser: Processor::new(),
            colors: Colors::default(),
            title: String::new(),
            titles: Vec::new(),
            links: Links::default(),
            synchronized: false,
            own_modes: 0,
            replies: Vec::new(),
            notices: VecDeque::new(),
            changed: false,
        }
    }

    pub(super) fn take(&mut self, at: u64, piece: Piece<'_>) {
        // Only what directly follows a character repeats it. What goes on to the engine is judged there, as the same
        // sequences in plain pieces are.
        let before = self.engine.last_char;
        if !matches!(piece, Piece::Plain(_) | Piece::Csi([.., b'b'])) {
            self.engine.last_char = None;
        }
        match piece {
            Piece::Plain(bytes) => self.advance(bytes),
            Piece::Csi(sequence) => csi::take(self, at, sequence, before),
            Piece::Osc { body, bell } => osc::take(self, at, body, bell),
            Piece::Dcs(body) => dcs::take(self, at, body),
            Piece::Escape(b"\x1bZ") => self.reply(at, csi::PRIMARY_ATTRIBUTES),
            Piece::Escape(b"\x1bc") => {
                self.synchronized = false;
                self.own_modes = 0;
                self.titles.clear();
                self.set_title(String::new());
                self.advance(b"\x1bc");
            }
            // The string before it is over; the engine never saw its beginning.
            Piece::Escape(b"\x1b\\") => {}
            Piece::Escape(sequence) => {
                self.engine.last_char = before;
                self.advance(sequence);
            }
        }
    }

    /// Feeds the engine.
    pub(super) fn advance(&mut self, bytes: &[u8]) {
        let Terminal { engine, parser, .. } = self;
        let outcome = catch_unwind(AssertUnwindSafe(|| parser.advance(engine, bytes)));
        self.changed = true;
        if std::mem::take(&mut self.engine.rang) {
            self.notice(Notice::Bell);
        }
        if outcome.is_err() {
            self.rebuild();
        }
    }

    /// Feeds the engine a sequence that may ask for colours, and answers in one reply.
    pub(super) fn ask_engine(&mut self, at: u64, sequence: &[u8]) {
        self.advance(sequence);
        for (prefix, index, terminator) in std::mem::take(&mut self.engine.asked_colors) {
            let Rgb { r, g, b } = self.engine.term.colors()[index].unwrap_or_else(|| self.colors.color(index));
            let answer = format!("\x1b]{prefix};rgb:{r:02x}{r:02x}/{g:02x}{g:02x}/{b:02x}{b:02x}{terminator}");
            self.reply(at, answer.as_bytes());
        }
    }

    /// Dark or light, as a program is told.
    pub(super) fn scheme(&self) -> &'static [u8] {
        if self.colors.is_dark() { b"\x1b[?997;1n" } else { b"\x1b[?997;2n" }
    }

    pub(super) fn reply(&mut self, at: u64, bytes: &[u8]) {
        let full = self.replies.len() >= MAX_REPLIES;
        match self.replies.last_mut() {
            Some(last) if last.offset == at => last.bytes.extend_from_slice(bytes),
            _ if full => {}
            _ => self.replies.push(Reply { offset: at, bytes: bytes.to_vec() }),
        }
    }

    pub(super) fn notice(&mut self, notice: Notice) {
        if self.notices.back().is_some_and(|last| notice::replaces(&notice, last)) {
            self.notices.pop_back();
        } else if self.notices.len() >= MAX_NOTICES {
            self.notices.pop_front();
        }
        self.notices.push_back(notice);
    }

    /// Text from here on belongs to this link, or to none.
    pub(super) fn set_link(&mut self, id: &str, target: &str) {
        let number = self.links.number(id, target);
        self.engine.term.set_hyperlink(number.map(cells::engine_link));
    }

    pub(super) fn set_title(&mut self, title: String) {
        if self.title != title {
            self.title.clone_from(&title);
            self.changed = true;
            self.notice(Notice::Title(title));
        }
    }

    pub(super) fn synchronize(&mut self, on: bool) {
        self.synchronized = on;
        // The end of a block is when what it drew may be shown.
        self.changed = true;
    }

    pub(super) fn set_own(&mut self, bits: u32, on: bool) {
        if on {
            self.own_modes |= bits
        } else {
            self.own_modes &= !bits
        }
        self.changed = true;
    }

    /// What REP does; once, and only right behind a character.
    pub(super) fn repeat(&mut self, count: u16) {
        if let Some(c) = self.engine.last_char {
            // More than a screenful of one character looks the same, and costs whoever parses it.
            let count = usize::from(count.max(1)).min(self.engine.size.area());
            self.advance(c.to_string().repeat(count).as_bytes());
            self.engine.last_char = None;
        }
    }

    /// What DECSTR does: the modes that a program which died may have left behind, and nothing that is drawn.
    pub(super) fn soft_reset(&mut self) {
        self.own_modes &= !(mode::OTHER_KEYS | mode::OTHER_KEYS_ALL);
        self.engine.soft_reset();
        self.advance(b"\x1b[?25h\x1b[?1l\x1b[?7h\x1b[4l\x1b>\x1b[m\x1b(B\x1b)B\x0f");
    }

    pub(super) fn push_title(&mut self) {
        if self.titles.len() >= MAX_TITLES {
            self.titles.remove(0);
        }
        self.titles.push(self.title.clone());
    }

    pub(super) fn pop_title(&mut self) {
        if let Some(title) = self.titles.pop() {
            self.set_title(title);
        }
    }

    /// A fresh engine that shows what the failed one showed, as far as that can still be read.
    fn rebuild(&mut self) {
        let size = self.engine.size;
        let remembered = catch_unwind(AssertUnwindSafe(|| checkpoint::copy_engine(&self.engine)));
        self.engine = remembered.unwrap_or_else(|_| Engine::new(size));
        self.parser = Processor::new();
        self.notice(Notice::Rebuilt);
    }

    pub(super) fn resize(&mut self, size: Size) {
        self.engine.settle();
        let remade = catch_unwind(AssertUnwindSafe(|| super::reflow::resized(&self.engine, size)));
        match remade {
            Ok(engine) => self.engine = engine,
            Err(_) => {
                self.engine = Engine::new(size);
                self.notice(Notice::Rebuilt);
            }
        }
        self.changed = true;
    }
}
