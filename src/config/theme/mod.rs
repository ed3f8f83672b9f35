//! Themes: which looks have names, how a file says them, how files inherit, and which are shipped. Called by the screen
//! and by the verb `themes`; what a look becomes on a terminal is the screen's business. A mistake in a file is a note
//! with its line and column, never a refusal; it must never keep somebody from their agents.

mod file;
mod role;
mod sheet;
mod shelf;
#[cfg(test)]
mod sight;
#[cfg(test)]
mod tests;
mod words;

pub use role::{Kind, ROLES, Role};
pub use sheet::{Look, Sheet};
pub use shelf::{Listed, Loaded, Shelf};

/// Something in a theme that could not be used, and where it stands.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{place}: {message}")]
pub struct Note {
    /// `FILE:LINE:COLUMN`, or as much of it as is known.
    pub place: String,
    pub message: String,
}
