//! The full-screen program: what it shows, which keys do what, and how that reaches the terminal.
//!
//! `update` turns messages into a new state and commands, `view` turns the state into cells, `Surface` turns cells
//! into bytes, and `run` carries it all out. Only `run`, `terminal_guard`, `input`, and what `run` calls for the user's
//! desktop (`opener`, `clipboard`, `pastes`) and to remember (`keeper`) touch the outside. Nothing
//! here may name the server, the store or a PTY: the server is known through `client` and `proto` alone.

pub mod accessible;
mod actions;
mod ahead;
mod answering;
mod arranging;
mod clipboard;
mod colors;
pub mod commands;
mod conversations;
mod copying;
mod counts;
mod depth;
mod desk;
mod diff;
pub mod environment;
mod events;
mod extras;
mod field;
mod fields;
mod find;
mod finder;
mod fleet;
mod focus;
pub mod glyphs;
mod hints;
mod hold;
mod input;
mod keeper;
mod keymap;
mod launch;
mod layout;
mod listed;
mod looks;
mod memory;
mod menu;
mod msg;
mod offer;
mod opener;
mod options;
mod outbox;
mod outer;
mod pace;
mod painter;
mod palette;
pub mod parity;
mod past;
mod pastes;
mod pen;
mod pointer;
mod preferences;
mod prompt;
mod prose;
mod reasons;
mod requests;
mod run;
mod scrolling;
mod seen;
mod selection;
mod shares;
mod shift;
mod sidebar;
mod signals;
mod spent;
mod standing;
mod started;
mod state;
mod strip;
mod surface;
pub mod target;
mod terminal_guard;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
pub mod theme;
mod title;
mod toasts;
mod trees;
mod typing;
mod update;
mod view;
mod vim;
mod waiting;
mod way;
mod weight;

pub use environment::Environment;
pub use keymap::known_commands;
pub use options::Options;
pub use run::run;
