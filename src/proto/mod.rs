//! What crosses a process border: bodies of the HTTP API, messages of its WebSocket, screen frames, and the
//! frames between server, fork server and holders. Serde types only; nothing here may do I/O or name `core`.

pub mod approval;
pub mod diff;
pub mod fork;
pub mod frame;
pub mod holder;
pub mod life;
pub mod policy;
pub mod rest;
pub mod status;
pub mod stream;
pub mod trust;
pub mod usage;
pub mod worktree;
