//! The output log of one terminal and the journal beside it: what a holder writes and servers read.
//!
//! `<id>.log` is always the newest segment, plain bytes as the program wrote them. A full segment is renamed
//! `<id>.<20-digit first offset>.log`. `<id>.idx` is the journal: one JSON object a line. A byte's offset counts
//! from the terminal's first byte and never changes. Nothing here may ever delete the newest segment, or any
//! segment without leaving a gap record.

pub mod append;
pub mod journal;
pub mod read;
pub mod segment;
