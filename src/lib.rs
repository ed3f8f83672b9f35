//! conductor-tui: a terminal supervisor for many interactive AI agents, as a library with a thin binary.
//!
//! The folders are layers; `ARCHITECTURE.md` says who may use whom, and `tests/tidy.rs` enforces it.
//! Nothing here may be called from outside the project as a stable interface: the stable ones are the
//! command line, the HTTP API and the files people write.

pub mod api;
pub mod base;
pub mod cli;
pub mod client;
pub mod config;
pub mod core;
pub mod fake;
pub mod holder;
pub mod ipc;
pub mod judges;
pub mod olog;
pub mod proto;
pub mod providers;
pub mod pty;
pub mod roles;
pub mod server;
pub mod store;
pub mod tui;
pub mod workspace;
