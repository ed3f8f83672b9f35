//! What the user configures: places, settings, keys and themes. Called by `main`, the CLI, the TUI and the server at their
//! start. It must never write a user's file but for the one setting that they have just changed on the screen (`edit`),
//! and never guess at a key that it does not know.

pub mod dotenv;
pub mod edit;
pub mod environment;
pub mod keepsake;
pub mod keys;
pub mod listing;
pub mod looks;
pub mod places;
pub mod project;
pub mod settings;
mod spelling;
pub mod theme;
pub mod watch;
