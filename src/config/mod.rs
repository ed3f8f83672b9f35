//! What the user configures: places, settings and themes. Called by `main`, the CLI, the TUI and the server at their
//! start. It must never write a user's file, and never guess at a key that it does not know.

pub mod environment;
pub mod keepsake;
pub mod looks;
pub mod places;
pub mod settings;
mod spelling;
pub mod theme;
