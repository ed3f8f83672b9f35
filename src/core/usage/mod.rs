//! What agents have used, from what their CLIs write about it: records are added up to sums for each terminal, conversation
//! and day. Called by the server, which reads the files. It must never count a record twice, and never make up a price.

mod ledger;
mod mark;
mod spent;
#[cfg(test)]
mod tests;

pub use ledger::{Context, Ledger, Of, Row, Used};
pub use mark::{Counts, Days, Mark, Reading};
pub use spent::{Spent, Tokens};

/// A day where the user is: `2026-11-20`.
pub type Day = String;
