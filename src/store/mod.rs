//! The database: one SQLite file in WAL mode, written by one thread; the server reads what has no end (steps)
//! on connections of its own. Called by the server only. It must never be
//! opened by another process of ours, and a migration is only ever added, never changed.

mod approvals;
mod migrate;
mod steps;
mod usage;
mod writer;

pub use approvals::find as approval;
pub use steps::{Page as StepsPage, Wanted as WantedSteps, since as steps_since, told as step_told};
pub use writer::{Change, Loaded, Refused, Store, StoreError};
#[cfg(test)]
pub use writer::{break_for_tests, mend_for_tests};
