//! Any process may be killed at any instant (invariant 5 of ARCHITECTURE.md): agents live on, no byte is missing or
//! doubled, inputs are typed once, clients come back. One file for each process that dies.

mod adoption;
mod clients;
mod fleet;
mod follower;
mod forkserver;
mod holder;
pub mod pause;
mod reboot;
mod restarts;
mod server;
mod strangers;
mod unreadable;
mod upgrade;
mod worktrees;
