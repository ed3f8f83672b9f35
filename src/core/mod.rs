//! The pure core: screens, keys, statuses, sizes, diffs, use, requests and the world of sessions and terminals, as functions of state,
//! event and time. It must never do I/O, read a clock, draw a random number or start a task.

pub mod approval;
pub mod diff;
pub mod find;
pub mod keys;
pub mod life;
pub mod policy;
pub mod screen;
pub mod status;
pub mod usage;
pub mod viewers;
pub mod world;
