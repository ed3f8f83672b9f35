//! The one binary of whole-program tests: every file beside this one is a module of it (`tests/tidy.rs` checks that
//! none is forgotten). The tests start the real binary in a home of their own and look at it from outside; they must
//! never need the network, another test, or a file outside this repository.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test binary: failing loudly is its job"
)]

mod accessible;
mod agents;
mod aider;
mod answers;
mod approvals;
mod arranging;
mod attacks;
mod cli_life;
mod cli_start;
mod cli_type;
mod clipboard;
mod colors;
mod confined;
mod crowds;
mod day_one;
mod diffs;
mod environment;
mod events;
mod fake_agents;
mod faults;
mod folders;
mod fuzz;
mod hostile;
mod jobs;
mod keymap;
mod large_trees;
mod leaks;
mod manual;
mod openapi;
mod opening;
mod pasting;
mod payloads;
mod pictures;
mod policy;
mod programs;
mod recording;
mod screens;
mod scrollback;
mod search;
mod settings;
mod sizes;
mod statuses;
mod stop_all;
mod storms;
mod stream;
mod support;
mod support_itself;
mod survival;
mod themes;
mod trees;
mod trust;
mod truth;
mod usage;
mod vim_fields;
mod worktrees;
