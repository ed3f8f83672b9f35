//! How every live client (TUI, CLI, later MCP and hooks) reaches the server: connect, call, stream.
//! It must never start a server by itself except through `autostart`, and never read the database.

mod api;
mod autostart;
mod error;
mod hook;
mod segment;
mod stream;
mod target;

pub use api::Client;
pub use autostart::{Autostart, ensure_server};
pub use error::ClientError;
pub use hook::{payload, tell};
pub use segment::{providers, segment};
pub use stream::{StreamItem, StreamReceiver, StreamSender};
pub use target::{BadTarget, Target};
