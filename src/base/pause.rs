//! Named points at which the server stops for tests: it waits to be killed. Only with `--pause-points` on its command line; otherwise each is one load of a flag.

use std::sync::OnceLock;

/// Every point there is, in the order in which a launch and an output meet them.
pub const POINTS: &[&str] = &[
    "launch-before-store",
    "launch-after-store",
    "launch-after-spawn",
    "input-before-holder",
    "input-after-holder",
    "output-before-parse",
    "event-before-store",
    "event-after-store",
    "checkpoint-before-rename",
    "shutdown-before-goodbye",
];

static WANTED: OnceLock<String> = OnceLock::new();

/// Chooses the point to stop at. Called once at the start.
pub fn choose(point: &str) -> bool {
    POINTS.contains(&point) && WANTED.set(point.to_owned()).is_ok()
}

/// Stops here for ever when this point was chosen.
pub fn here(point: &'static str) {
    if WANTED.get().is_some_and(|wanted| wanted == point) {
        loop {
            std::thread::park();
        }
    }
}
