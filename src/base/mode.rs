//! The mode bits that change what a viewer does with keys, pastes and the mouse. Set by the screen, sent with frames,
//! read by whoever encodes keys. It must never grow a bit that only the engine needs.

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
/// The program wants to hear when the terminal turns dark or light (mode 2031).
pub const SCHEME_REPORTS: u32 = 1 << 21;
/// Any of the four mouse modes.
pub const MOUSE_ANY: u32 = MOUSE_PRESS | MOUSE_CLICK | MOUSE_DRAG | MOUSE_MOTION;
