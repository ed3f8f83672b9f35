//! The background server: adopts and launches agents, keeps their screens and statuses, stores the world, and
//! tells clients. Run by `conductor-tui server`. It may be killed at any moment without an agent, a byte or an
//! input being lost; it must never signal an agent's processes itself, only ask the holder.

pub mod app;
mod conversations;
mod dispatcher;
mod editions;
mod forklink;
mod health;
pub mod hub;
mod link;
pub mod pane;
mod parser;
mod past;
mod pending;
mod recover;
mod restarts;
pub mod run;
pub mod services;
mod status;
mod strangers;
pub mod terminal;
mod usage;

pub use app::App;
