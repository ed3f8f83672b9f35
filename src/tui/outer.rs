//! What the outer terminal can do and whether its background is light, as it says itself, and what it is asked to
//! report: as much as the program that is typed to wants to hear, and no more. Held by the run loop. It must never wait
//! for an answer: a terminal that says nothing is treated as an old one.

use super::colors::{self, Answers};
use super::state::{Mode, State};
use super::typing;
use crate::base::lab;
use crate::core::keys::{Reply, mode};
use crate::proto::stream::Colors;

/// Whether it knows the kitty keyboard protocol, synchronized output, and notices of another colour scheme.
const QUESTIONS: &[u8] = b"\x1b[?u\x1b[?2026$p\x1b[?2031$p";
/// Whether it repeats a character when told to, which no answer tells but the cursor: behind one character and two more
/// of it in the second row, or not. All of it is erased at once.
const REPEATS: &[u8] = "\x1b[2H─\x1b[2b\x1b[6n\r\x1b[K".as_bytes();
/// What is said then.
const HAS_REPEATED: Reply = Reply::Cursor { row: 2, column: 4 };
/// Last, who it is: every terminal answers that, so that what was not answered before it never will be.
const LAST_QUESTION: &[u8] = b"\x1b[c";
/// Tell keys apart, and say which character shift makes of them.
pub const KITTY: u8 = 1 | 4;
/// Tell when the colour scheme changes.
const SCHEME: &[u8] = b"\x1b[?2031h";
/// Clicks and drags in SGR form, as at the start; and none.
const MOUSE: &[u8] = b"\x1b[?1000h\x1b[?1002h\x1b[?1006h";
const NO_MOUSE: &[u8] = b"\x1b[?1006l\x1b[?1002l\x1b[?1000l";
/// xterm's own way to tell shift and Enter from Enter. It outlives us if we are killed, so it is all that we ask for
/// ourselves.
const AMBIGUOUS: u8 = 1;
/// Tells ctrl-i from Tab as well: for a program that asks for it, as long as that is typed to.
const ALL: u8 = 2;

#[derive(Debug)]
pub struct Outer {
    has_kitty: bool,
    /// The kitty enhancements that are on.
    enhancements: u8,
    /// The level of xterm's modifyOtherKeys, for a terminal that knows nothing better.
    other_keys: Option<u8>,
    has_motion: bool,
    /// It tells of its mouse: asked for when the terminal is taken.
    has_mouse: bool,
    /// It tells when its colour scheme changes, and was asked to.
    has_scheme: bool,
    /// What it said last of its background.
    is_light: Option<bool>,
    /// The questions were asked and the last was not answered yet.
    is_waiting: bool,
    colors: Answers,
    /// It turned dark or light while answers were on their way: some may be old.
    turned: bool,
}

/// What an answer taught.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Learned {
    /// Whether it has synchronized output.
    pub synchronized: Option<bool>,
    /// Whether it repeats the last character when told to (REP).
    pub repeats: Option<bool>,
    /// All colours are known.
    pub colors: Option<Colors>,
}

impl Outer {
    /// `kitty`: it is known to have the protocol, which was switched on. `asked`: the questions were sent.
    pub fn new(kitty: bool, asked: bool) -> Outer {
        let enhancements = if kitty { KITTY } else { 0 };
        Outer {
            has_kitty: kitty,
            enhancements,
            other_keys: None,
            has_motion: false,
            has_mouse: true,
            has_scheme: false,
            is_light: None,
            is_waiting: asked,
            colors: Answers::default(),
            turned: false,
        }
    }

    /// What is asked at the start.
    pub fn questions() -> Vec<u8> {
        [QUESTIONS, REPEATS, &colors::questions(), LAST_QUESTION].concat()
    }

    /// Whether its background is light, as far as it has said.
    pub fn is_light(&self) -> Option<bool> {
        self.is_light
    }

    pub fn has_kitty(&self) -> bool {
        self.has_kitty
    }

    /// Whether answers are still on their way: they must not reach the shell after us.
    pub fn is_waiting(&self) -> bool {
        self.is_waiting
    }

    /// Takes what the terminal said.
    pub fn reply(&mut self, reply: &Reply, out: &mut Vec<u8>) -> Learned {
        let mut learned = Learned::default();
        self.colors.hear(reply);
        match reply {
            Reply::Keyboard(_) if !self.has_kitty => {
                self.has_kitty = true;
                self.enhancements = KITTY;
                out.extend(format!("\x1b[>{KITTY}u").bytes());
            }
            Reply::Attributes if self.is_waiting => {
                self.is_waiting = false;
                if !self.has_kitty && self.other_keys.is_none() {
                    self.ask_other_keys(AMBIGUOUS, out);
                }
                match std::mem::take(&mut self.turned) {
                    true => self.ask_colors(out),
                    false => learned.colors = self.colors.colors(),
                }
            }
            Reply::Mode { number: 2026, state } => learned.synchronized = Some(matches!(state, 1 | 2)),
            Reply::Cursor { .. } => learned.repeats = Some(*reply == HAS_REPEATED),
            // Set, reset or always set: it knows the mode.
            Reply::Mode { number: 2031, state: 1..=3 } if !self.has_scheme => {
                self.has_scheme = true;
                out.extend(SCHEME);
            }
            Reply::Color { number: 11, rgb } => self.is_light = Some(lab::is_light(*rgb)),
            Reply::Scheme { dark } => {
                self.is_light = Some(!dark);
                match self.is_waiting {
                    true => self.turned = true,
                    false => self.ask_colors(out),
                }
            }
            _ => {}
        }
        learned
    }

    fn ask_colors(&mut self, out: &mut Vec<u8>) {
        out.extend(colors::questions());
        out.extend(LAST_QUESTION);
        self.is_waiting = true;
    }

    /// The terminal was given back and taken again: everything is as at the start.
    pub fn taken_again(&mut self, out: &mut Vec<u8>) {
        if self.has_scheme {
            out.extend(SCHEME);
        }
        self.enhancements = if self.has_kitty { KITTY } else { 0 };
        self.other_keys = self.other_keys.and(Some(0));
        self.has_motion = false;
        self.has_mouse = true;
    }

    fn ask_other_keys(&mut self, level: u8, out: &mut Vec<u8>) {
        out.extend(format!("\x1b[>4;{level}m").bytes());
        self.other_keys = Some(level);
    }

    /// Asks for what the program wants that is typed to now.
    pub fn follow(&mut self, state: &State, out: &mut Vec<u8>) {
        let modes = match (state.mode, state.focus) {
            (Mode::Typing, Some(id)) if state.overlay.is_none() => typing::modes(state, id),
            _ => 0,
        };
        let wanted = enhancements(modes);
        if self.has_kitty && self.enhancements != wanted {
            out.extend(format!("\x1b[={wanted};1u").bytes());
            self.enhancements = wanted;
        }
        let level = if modes & mode::OTHER_KEYS_ALL != 0 { ALL } else { AMBIGUOUS };
        if self.other_keys.is_some_and(|now| now != level) {
            self.ask_other_keys(level, out);
        }
        let motion = modes & mode::MOUSE_MOTION != 0 && state.settings.mouse;
        if self.has_motion != motion {
            // Switching all motion off switches the drags off with it in some terminals.
            out.extend(if motion { &b"\x1b[?1003h"[..] } else { b"\x1b[?1003l\x1b[?1002h" });
            self.has_motion = motion;
        }
        if self.has_mouse != state.settings.mouse {
            out.extend(if state.settings.mouse { MOUSE } else { NO_MOUSE });
            self.has_mouse = state.settings.mouse;
        }
    }
}

fn enhancements(modes: u32) -> u8 {
    let mut wanted = KITTY;
    if modes & mode::KITTY_EVENTS != 0 {
        wanted |= 2;
    }
    if modes & mode::KITTY_ALL_KEYS != 0 {
        wanted |= 8;
        // Text is told with keys only where all of them are numbers.
        if modes & mode::KITTY_TEXT != 0 {
            wanted |= 16;
        }
    }
    wanted
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::msg::Msg;
    use crate::tui::testing::{NOW, keyframe, press, state};
    use crate::tui::update::update;

    fn synchronized(outer: &mut Outer, state: u8) -> Option<bool> {
        outer.reply(&Reply::Mode { number: 2026, state }, &mut Vec::new()).synchronized
    }

    #[test]
    fn it_is_seen_whether_it_repeats_characters() {
        let mut outer = Outer::new(false, true);
        let mut hear = |row, column| outer.reply(&Reply::Cursor { row, column }, &mut Vec::new()).repeats;
        // All three stand there; only the first does; each took two columns.
        assert_eq!([hear(2, 4), hear(2, 2), hear(2, 7)], [Some(true), Some(false), Some(false)]);
    }

    fn said(outer: &mut Outer, reply: Reply) -> String {
        let mut out = Vec::new();
        outer.reply(&reply, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_terminal_gets_what_it_says_it_knows() {
        let mut modern = Outer::new(false, true);
        assert_eq!(said(&mut modern, Reply::Keyboard(0)), "\x1b[>5u");
        assert_eq!(synchronized(&mut modern, 2), Some(true));
        assert_eq!(said(&mut modern, Reply::Attributes), "");
        assert!(!modern.is_waiting());
        let mut old = Outer::new(false, true);
        assert_eq!(synchronized(&mut old, 0), Some(false));
        assert_eq!(said(&mut old, Reply::Attributes), "\x1b[>4;1m");
        assert_eq!(said(&mut old, Reply::Attributes), "");
    }

    #[test]
    fn it_says_whether_its_background_is_light_and_when_that_changes() {
        let mut outer = Outer::new(false, true);
        assert_eq!(outer.is_light(), None);
        assert_eq!(said(&mut outer, Reply::Color { number: 10, rgb: (255, 255, 255) }), "");
        assert_eq!(outer.is_light(), None);
        assert_eq!(said(&mut outer, Reply::Color { number: 11, rgb: (0xfb, 0xf1, 0xc7) }), "");
        assert_eq!(outer.is_light(), Some(true));
        // Only one that knows of changes is asked to tell them, once.
        assert_eq!(said(&mut outer, Reply::Mode { number: 2031, state: 0 }), "");
        assert_eq!(said(&mut outer, Reply::Mode { number: 2031, state: 2 }), "\x1b[?2031h");
        assert_eq!(said(&mut outer, Reply::Mode { number: 2031, state: 1 }), "");
        said(&mut outer, Reply::Scheme { dark: true });
        assert_eq!(outer.is_light(), Some(false));
        let mut out = Vec::new();
        outer.taken_again(&mut out);
        assert_eq!(out, b"\x1b[?2031h");
    }

    #[test]
    fn xterm_tells_all_keys_while_a_program_wants_them() {
        let mut state = state(160, 45);
        let mut outer = Outer::new(false, true);
        assert_eq!(said(&mut outer, Reply::Attributes), "\x1b[>4;1m");
        update(&mut state, Msg::Frame(keyframe(1, 9, &["x"], mode::OTHER_KEYS_ALL)), NOW);
        let follow = |outer: &mut Outer, state: &State| {
            let mut out = Vec::new();
            outer.follow(state, &mut out);
            String::from_utf8(out).unwrap()
        };
        assert_eq!(follow(&mut outer, &state), "");
        press(&mut state, "i");
        assert_eq!(follow(&mut outer, &state), "\x1b[>4;2m");
        // A shell had the terminal in between, and it was given back to it as it was.
        outer.taken_again(&mut Vec::new());
        assert_eq!(follow(&mut outer, &state), "\x1b[>4;2m");
        press(&mut state, "ctrl-q");
        assert_eq!(follow(&mut outer, &state), "\x1b[>4;1m");
        // One with the kitty protocol, or one that has not answered yet, is asked for nothing of it.
        let mut modern = Outer::new(true, false);
        press(&mut state, "i");
        assert_eq!(follow(&mut modern, &state), "");
    }

    #[test]
    fn colors_are_learned_with_the_last_answer_and_again_when_it_turns_light() {
        let state = state(160, 45);
        let mut outer = Outer::new(true, true);
        let mut hear = |reply| {
            let mut out = Vec::new();
            let learned = outer.reply(&reply, &mut out);
            outer.follow(&state, &mut out);
            (learned.colors.map(|c| c.background), String::from_utf8(out).unwrap())
        };
        let background = |level| Reply::Color { number: 11, rgb: (level, level, level) };
        let nothing = (None, String::new());
        assert_eq!(hear(Reply::Color { number: 10, rgb: (1, 1, 1) }), nothing);
        assert_eq!(hear(background(9)), nothing);
        assert_eq!(hear(Reply::Mode { number: 2031, state: 2 }), (None, "\x1b[?2031h".into()));
        assert_eq!(hear(Reply::Attributes), (Some([9, 9, 9]), String::new()));
        let asked = String::from_utf8([&colors::questions(), LAST_QUESTION].concat()).unwrap();
        assert_eq!(hear(Reply::Scheme { dark: false }), (None, asked.clone()));
        assert_eq!(hear(background(250)), nothing);
        // It turned again before it had answered: what it answered may be of then or of now.
        assert_eq!(hear(Reply::Scheme { dark: true }), nothing);
        assert_eq!(hear(Reply::Attributes), (None, asked));
        assert_eq!(hear(background(8)), nothing);
        assert_eq!(hear(Reply::Attributes), (Some([8, 8, 8]), String::new()));
    }

    #[test]
    fn it_reports_what_the_program_in_typing_wants() {
        let mut state = state(160, 45);
        let mut outer = Outer::new(true, false);
        let mut follow = |state: &crate::tui::state::State| {
            let mut out = Vec::new();
            outer.follow(state, &mut out);
            String::from_utf8(out).unwrap()
        };
        let modes = mode::KITTY_DISAMBIGUATE | mode::KITTY_EVENTS | mode::MOUSE_MOTION;
        update(&mut state, Msg::Frame(keyframe(1, 9, &["x"], modes)), NOW);
        assert_eq!(follow(&state), "");
        press(&mut state, "i");
        assert_eq!(follow(&state), "\x1b[=7;1u\x1b[?1003h");
        assert_eq!(follow(&state), "");
        press(&mut state, "ctrl-q");
        assert_eq!(follow(&state), "\x1b[=5;1u\x1b[?1003l\x1b[?1002h");
    }
}
