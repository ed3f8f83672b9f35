//! The processes that outlive servers: the holder, which owns one agent's terminal, and the fork server, which
//! forks holders, cleans up behind a killed one and restarts a dead server. Both are single-threaded poll loops
//! without an async runtime or a database. Started by `main` only; nobody else of ours may call in here.

mod asker;
mod conn;
mod doorplate;
pub mod forkserver;
mod hangup;
mod inputs;
mod orphans;
mod poll;
mod process;
mod pump;
mod run;
mod supervise;

pub use run::{Report, run};
