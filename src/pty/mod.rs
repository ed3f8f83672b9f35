//! Pseudo-terminals and the processes in them: opening one with a program inside, its size and modes, and the
//! facts of /proc about process trees. Called by holders and the fork server (and /proc facts by the server).
//! It must never signal a process that it was not given by pid.

pub mod front;
pub mod open;
pub mod tree;
pub mod weigh;
