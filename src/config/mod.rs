//! What the user configures: places and settings. Called by `main`, the CLI, the TUI and the server at their
//! start. It must never write a user's file, and never guess at a key that it does not know.

pub mod environment;
pub mod places;
pub mod settings;
