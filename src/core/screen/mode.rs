//! The viewer's mode bits from the engine's. Used by the screen. It must never hold a bit that [`crate::base::mode`] has
//! no name for.

use alacritty_terminal::term::TermMode;

pub use crate::base::mode::*;

/// What the screen keeps beside the engine.
pub(super) const OWN: u32 = OTHER_KEYS | OTHER_KEYS_ALL | MOUSE_URXVT | MOUSE_PIXELS | MOUSE_PRESS | SCHEME_REPORTS;

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
