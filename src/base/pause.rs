//! Named points at which something happens for tests: the server stops there and waits to be killed
//! (`--pause-points`), or the program panics there (`--panic-at`). Without those words on the command line each point is
//! one load of a flag.

use std::io::Write as _;
use std::sync::OnceLock;

/// Every point there is: the server's in the order in which a launch and an output meet them, then the screen's.
pub const POINTS: &[&str] = &[
    "launch-before-store",
    "launch-after-store",
    "launch-after-spawn",
    "input-before-holder",
    "input-after-holder",
    "output-before-parse",
    "event-before-store",
    "event-after-store",
    "approval-before-doing",
    "approval-after-doing",
    "checkpoint-before-rename",
    "shutdown-before-goodbye",
    "worktree-before-store",
    "worktree-after-store",
    "worktree-after-register",
    "worktree-after-fill",
    "worktree-after-carry",
    "worktree-after-setup",
    "worktree-after-snapshot",
    "worktree-after-teardown",
    "worktree-before-leaving",
    "worktree-after-leaving",
    "worktree-after-emptying",
    "worktree-after-delete",
    "worktree-before-landing",
    "worktree-after-files",
    "worktree-before-restore",
    "worktree-after-registering",
    "worktree-after-restore",
    "screen-while-writing",
];

/// What happens at the point chosen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Then {
    Wait,
    Panic,
}

/// Said on standard error when a point is reached, before its name.
pub const PAUSED: &str = "paused at";

static WANTED: OnceLock<(String, Then)> = OnceLock::new();

/// Chooses the point, and what happens there. Called once at the start; whether there is such a point.
pub fn choose(point: &str, then: Then) -> bool {
    POINTS.contains(&point) && WANTED.set((point.to_owned(), then)).is_ok()
}

/// Stops here for ever, or panics, when this point was chosen.
#[expect(clippy::panic, reason = "it is what the caller asked for on the command line")]
pub fn here(point: &'static str) {
    match WANTED.get() {
        Some((wanted, Then::Wait)) if wanted == point => {
            // Whoever is to kill it learns that it is time.
            let _ = writeln!(std::io::stderr(), "{PAUSED} {point}");
            loop {
                std::thread::park();
            }
        }
        Some((wanted, Then::Panic)) if wanted == point => panic!("asked to panic at {point}"),
        _ => {}
    }
}
