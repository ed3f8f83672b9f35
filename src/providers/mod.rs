//! Kinds of agent CLIs as data: how to find, launch and resume one, and how to recognise its states. Shipped
//! definitions are embedded, a user's own lie in `providers/*.toml` and win. Called by the server. It must never
//! write into an agent CLI's own configuration: what a launch needs is given for that launch.

mod answers;
mod catalog;
mod conversation;
mod definition;
mod health;
mod hooks;
#[cfg(test)]
mod replay_tests;
mod shelf;
mod usage;
#[cfg(test)]
mod usage_tests;

pub use answers::{Answer, Answers};
pub use catalog::{Catalog, find_program};
pub use conversation::{Conversation, Saved, Seen, Shown, Variables, newest};
pub use definition::{BadDefinition, Definition, LaunchPlan, Shell, parse};
pub use health::Health;
pub use hooks::{Hooks, Injection, with_arguments};
pub use shelf::Shelf;
pub use usage::{Format, Usage, UsageFile};
