//! How every live client (TUI, CLI, later MCP and hooks) reaches the server: connect, call, stream.
//! It must never start a server by itself except through `autostart`, and never read the database.

mod api;

pub use api::{Client, ClientError, StreamItem, StreamReceiver, StreamSender};
