//! Keys, mouse and pastes as values, and as the bytes a program in a terminal expects for them.
//! Called by the TUI for what is typed and by the command line for named keys. It must never read a terminal,
//! and never decide what a key means to us.

mod encode;
mod focus;
mod key;
mod mouse;
mod parse;
mod paste;

pub use encode::encode;
pub use focus::encode_focus;
pub use key::{Key, KeyCode, Mods};
pub use mouse::{Mouse, MouseAction, MouseButton, encode_mouse};
pub use parse::{BadKey, parse_key};
pub use paste::encode_paste;

/// What the program in a terminal asked for. The same bits as `proto::frame::mode`, which the core may not name;
/// a test of the TUI compares the two.
pub mod mode {
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
    pub const KITTY_DISAMBIGUATE: u32 = 1 << 10;
    pub const KITTY_EVENTS: u32 = 1 << 11;
    pub const KITTY_ALTERNATES: u32 = 1 << 12;
    pub const KITTY_ALL_KEYS: u32 = 1 << 13;
    pub const KITTY_TEXT: u32 = 1 << 14;
    pub const MOUSE_ANY: u32 = MOUSE_CLICK | MOUSE_DRAG | MOUSE_MOTION;
}
