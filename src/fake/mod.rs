//! A double of an agent CLI: a script in a terminal that looks and behaves like one of the real ones, for tests, for
//! demonstrations and for whoever writes rules. The role of `debug fake-agent`; `docs/fake-agent.md` describes scripts.
//!
//! # Invariant
//! Deterministic: the machine is pure (keys, time and ends of commands come in, bytes and effects go out), and only the
//! host below it knows the clock, the terminal and processes.

mod composer;
mod hooks;
mod host;
mod jobs;
mod keys;
mod line;
mod machine;
mod paint;
mod report;
mod scene;
mod script;
mod style;
#[cfg(test)]
mod tests;
mod tty;
mod turn;

pub use host::{Request, Trouble, run};
