//! Keys, mouse and pastes as values, and as the bytes a program in a terminal expects for them.
//! Called by the TUI for what is typed and by the command line for named keys. It must never read a terminal,
//! and never decide what a key means to us.

#[cfg(test)]
mod corpus;
mod encode;
mod focus;
mod input;
mod input_csi;
mod key;
mod kitty;
mod legacy;
mod mouse;
mod other_keys;
mod parse;
mod paste;
mod press;
#[cfg(test)]
mod xterm;

pub use encode::encode;
pub use focus::encode_focus;
pub use input::{Input, InputEvent, Reply, Waiting};
pub use key::{Key, KeyCode, Mods};
pub use mouse::{Mouse, MouseAction, MouseButton, encode_mouse};
pub use parse::{BadKey, parse_key};
pub use paste::encode_paste;
pub use press::{KeyKind, KeyPress};

/// What the program in a terminal asked for.
pub use crate::core::screen::mode;
