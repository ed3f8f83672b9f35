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

/// What the program in a terminal asked for.
pub use crate::core::screen::mode;
