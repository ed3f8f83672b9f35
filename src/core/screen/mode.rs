//! The mode bits that change what a viewer does with keys, pastes and the mouse, and their translation from the
//! engine's. Same numbers as the wire's `frame::mode`; a test outside the core keeps the two equal. Used by the
//! screen and by whoever encodes keys; it must never grow a bit that only the engine needs.

use alacritty_terminal::term::TermMode;

pub const APP_CURSOR: u32 = 1;
pub const APP_KEYPAD: u32 = 1 << 1;
pub const BRACKETED_PASTE: u32 = 1 << 2;
pub const FOCUS_EVENTS: u32 = 1 << 3;
pub const ALT_SCREEN: u32 = 1 << 4;
pub const MOUSE_CLICK: u32 = 1 << 5;
pub const MOUSE_DRAG: u32 = 1 << 6;
pub const MOUSE_MOTION: u32 = 1 << 7;
pub const MOUSE_SGR: u32 = 1 << 8;
pub const ALTERNATE_SCROLL: u32 = 1 << 9;
/// Kitty keyboard: escape codes are disambiguated.
pub const KITTY_DISAMBIGUATE: u32 = 1 << 10;
pub const KITTY_EVENTS: u32 = 1 << 11;
pub const KITTY_ALTERNATES: u32 = 1 << 12;
pub const KITTY_ALL_KEYS: u32 = 1 << 13;
pub const KITTY_TEXT: u32 = 1 << 14;
/// Any of the kitty protocol's enhancements.
pub const KITTY_ANY: u32 = KITTY_DISAMBIGUATE | KITTY_EVENTS | KITTY_ALTERNATES | KITTY_ALL_KEYS | KITTY_TEXT;
/// xterm's `modifyOtherKeys`, level 1.
pub const OTHER_KEYS: u32 = 1 << 15;
/// Level 2.
pub const OTHER_KEYS_ALL: u32 = 1 << 16;
/// Mouse reports with UTF-8 coordinates, urxvt's, and SGR's in pixels. Without any: X10's.
pub const MOUSE_UTF8: u32 = 1 << 17;
pub const MOUSE_URXVT: u32 = 1 << 18;
pub const MOUSE_PIXELS: u32 = 1 << 19;
/// Only presses, as X10 had it.
pub const MOUSE_PRESS: u32 = 1 << 20;
/// Any of the four mouse modes.
pub const MOUSE_ANY: u32 = MOUSE_PRESS | MOUSE_CLICK | MOUSE_DRAG | MOUSE_MOTION;

/// What the screen keeps beside the engine.
pub(super) const OWN: u32 = OTHER_KEYS | OTHER_KEYS_ALL | MOUSE_URXVT | MOUSE_PIXELS | MOUSE_PRESS;

const TABLE: [(TermMode, u32); 16] = [
    (TermMode::APP_CURSOR, APP_CURSOR),
    (TermMode::APP_KEYPAD, APP_KEYPAD),
    (TermMode::BRACKETED_PASTE, BRACKETED_PASTE),
    (TermMode::FOCUS_IN_OUT, FOCUS_EVENTS),
    (TermMode::ALT_SCREEN, ALT_SCREEN),
    (TermMode::MOUSE_REPORT_CLICK, MOUSE_CLICK),
    (TermMode::MOUSE_DRAG, MOUSE_DRAG),
    (TermMode::MOUSE_MOTION, MOUSE_MOTION),
    (TermMode::SGR_MOUSE, MOUSE_SGR),
    (TermMode::UTF8_MOUSE, MOUSE_UTF8),
    (TermMode::ALTERNATE_SCROLL, ALTERNATE_SCROLL),
    (TermMode::DISAMBIGUATE_ESC_CODES, KITTY_DISAMBIGUATE),
    (TermMode::REPORT_EVENT_TYPES, KITTY_EVENTS),
    (TermMode::REPORT_ALTERNATE_KEYS, KITTY_ALTERNATES),
    (TermMode::REPORT_ALL_KEYS_AS_ESC, KITTY_ALL_KEYS),
    (TermMode::REPORT_ASSOCIATED_TEXT, KITTY_TEXT),
];

pub(super) fn bits(mode: TermMode) -> u32 {
    TABLE.iter().filter(|(engine, _)| mode.contains(*engine)).fold(0, |bits, (_, ours)| bits | ours)
}
