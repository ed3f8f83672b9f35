//! A recording looked at as its terminal was: its bytes through the screen, its signals weighed at the end. Called by
//! `debug status`, by explanations of an earlier moment, and by tests. The end counts as settled, and a report that was announced and has not come by then was not to come; there are no times in a
//! recording, only an order.

use crate::base::clock::Millis;
use crate::core::screen::{Notice, Screen};
use crate::core::status::{Heard, Rule, Signals, Standing, Weighed};

/// Between two words of the program, in the place of time: more than anything has to hold.
const STEP: Millis = 10_000;
/// What is fed at once: a report is looked at beside the screen it came with, give or take so much.
const PIECE: usize = 256;

pub struct Replay<'a> {
    rules: &'a [Rule],
    signals: Signals,
    now: Millis,
    believes_reports: bool,
    /// The screen before the last piece in which something was told.
    before: String,
}

impl<'a> Replay<'a> {
    /// `title`: the one before the first byte. `believes_reports`: as the provider says; without it OSC 7501 is passed
    /// over.
    pub fn new(title: &str, rules: &'a [Rule], believes_reports: bool) -> Replay<'a> {
        let mut signals = Signals::default();
        signals.titled(title, rules, 0);
        Replay { rules, signals, now: STEP, believes_reports, before: String::new() }
    }

    /// The next bytes of a recording, through this screen; `offset` is that of the first one.
    pub fn feed(&mut self, screen: &mut Screen, offset: u64, bytes: &[u8]) {
        for (index, piece) in bytes.chunks(PIECE).enumerate() {
            if memchr::memmem::find(piece, b"\x1b]").is_some() {
                self.before = screen.text();
            }
            screen.feed(offset + (index * PIECE) as u64, piece);
            screen.take_replies();
            for notice in screen.take_notices() {
                let before = std::mem::take(&mut self.before);
                self.hear(&notice, &before);
                self.before = before;
            }
        }
    }

    /// Something that the program told, beside the screen as it was before that.
    pub fn hear(&mut self, notice: &Notice, before: &str) {
        match notice {
            Notice::Title(title) => self.signals.titled(title, self.rules, self.now),
            Notice::Progress(progress) => self.signals.progressed(*progress, self.rules, self.now),
            Notice::Program(state) if self.believes_reports => {
                // What the screen shows already is no later than this word.
                self.signals.looked(before, STEP, self.rules, self.now);
                self.now += STEP;
                self.signals.reported(state, self.rules, self.now);
            }
            _ => {}
        }
    }

    /// Something that a hook told, beside the screen as it was before that.
    pub fn told(&mut self, heard: &Heard, before: &str) {
        self.signals.looked(before, STEP, self.rules, self.now);
        self.now += STEP;
        self.signals.heard(&Heard { at: self.now, ..heard.clone() });
    }

    /// What is known at the end.
    pub fn end(mut self, screen: &Screen) -> Weighed {
        self.now += STEP;
        let text = screen.text();
        self.signals.keep_turning();
        self.signals.looked(&text, 0, self.rules, self.now);
        self.signals.looked(&text, 0, self.rules, self.now + STEP / 2);
        let standing = Standing { has_output: screen.offset() > 0, screen: Some(&text), ..Standing::default() };
        self.signals.weigh(standing, self.rules, self.now + STEP)
    }
}
