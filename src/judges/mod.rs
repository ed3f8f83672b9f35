//! The judge of commands at work: processes of its own that a parser may take down, what the machine says about paths and git,
//! and the policies in force. Used by the server and by `policy`; what is judged and how is `core::policy`.

mod effects;
mod facts;
mod history;
mod policies;
mod pool;
mod repository;
mod shipped;
mod worker;

pub use effects::{Effect, effects};
pub use facts::{Machine, workspace_around};
pub use history::{Also, History, LOOKED_AT};
pub use policies::{InForce, Policies};
pub use pool::Judges;
pub use shipped::{NAMES, shipped};
pub use worker::run;
