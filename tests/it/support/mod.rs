//! The ground that whole-program tests stand on: a home of their own, an outer terminal, a scripted model, and facts
//! about processes. Used by every file of `tests/it`; knows nothing about the inside of the product.
//!
//! It must never sleep for a guessed time: everything that waits, waits for a condition until a deadline, and says
//! what it saw when the deadline passes.
#![allow(dead_code, unused_imports, reason = "a tool box: which verbs are used changes with the tests")]

pub mod desktop;
pub mod disk;
pub mod fleet;
pub mod home;
pub mod http;
pub mod keys;
pub mod model;
pub mod need;
pub mod outer;
pub mod persona;
pub mod proc;
pub mod pty;
pub mod repository;
pub mod run;
pub mod screen;
pub mod server;
pub mod vocabulary;
pub mod wait;
pub mod wire;

pub use desktop::Desktop;
pub use home::Home;
pub use model::{Agents, Model};
pub(crate) use need::need;
pub use outer::{Mouse, Outer};
pub use persona::Persona;
pub use run::{Output, Run, Running};
pub use server::Agent;
pub use wait::wait_until;
