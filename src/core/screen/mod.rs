//! The terminal engine behind our own types: one [`Screen`] for each terminal, one [`FrameCursor`] for each client
//! that looks at it. Used by the server's terminal tasks and by tools that replay logs. Nothing outside this folder
//! may name the foreign engine; nothing inside it does I/O or reads a clock.

mod cells;
mod checkpoint;
mod csi;
mod cursor;
mod dcs;
mod engine;
mod frame;
mod handler;
mod leaving;
mod links;
pub mod mode;
mod notice;
mod osc;
mod palette;
mod program;
mod reflow;
mod ring;
mod scanner;
#[expect(clippy::module_inception, reason = "the folder's noun and its main type's are the same")]
mod screen;
mod size;
mod skip;
mod terminal;
#[cfg(test)]
mod tests;
mod vanish;
mod words;

pub use checkpoint::BadCheckpoint;
pub use cursor::{Cursor, CursorShape};
pub use frame::{FrameCursor, FrameParts, Scroll};
pub use notice::{Notice, Progress};
pub use palette::Colors;
pub use program::{ProgramPhase, ProgramState, PromptKind};
pub use ring::Ring;
pub use screen::Screen;
pub use size::Size;
pub use terminal::Reply;
pub use vanish::{Picture, text_hash};
