//! Finding text in what agents printed, without parsing it into screens. Used by the server's search over the logs.
//!
//! # Invariant
//! Whatever the bytes are, work and memory are bounded by their number.

mod lines;
mod pattern;

pub use lines::{Line, Lines};
pub use pattern::{BadPattern, Pattern};
