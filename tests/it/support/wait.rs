//! Waiting for a condition with a deadline. Used by tests and by the rest of the support for what cannot announce
//! itself (processes, files, sockets); what can announce itself (a terminal's output) has a condition variable.
//! It must never wait for time alone.

use std::time::{Duration, Instant};

/// How long anything may take before the test fails. Far above what is measured (tenths of a second), since a loaded
/// machine with two cores must not make a test fail, and below the patience of a person who watches.
pub const LIMIT: Duration = Duration::from_secs(20);

/// How long one look at the condition is apart from the next: short against what a person notices, long against the
/// cost of a look (a scan of /proc takes about a millisecond).
const BETWEEN_LOOKS: Duration = Duration::from_millis(5);

/// Looks at `condition` until it gives a value, and fails with `what` after [`LIMIT`].
#[track_caller]
pub fn wait_until<T>(what: &str, condition: impl FnMut() -> Option<T>) -> T {
    wait_until_for(LIMIT, what, condition)
}

/// As [`wait_until`], with a limit of its own.
#[track_caller]
pub fn wait_until_for<T>(limit: Duration, what: &str, condition: impl FnMut() -> Option<T>) -> T {
    match wait_at_most(limit, condition) {
        Some(value) => value,
        None => panic!("waited {limit:?} in vain for: {what}"),
    }
}

/// As [`wait_until_for`], and gives up silently: for clean-up, which must go on whatever happens.
pub fn wait_at_most<T>(limit: Duration, mut condition: impl FnMut() -> Option<T>) -> Option<T> {
    let deadline = Instant::now() + limit;
    loop {
        // Looks once more after the deadline, so that a machine that stood still does not fail the test.
        let late = Instant::now() >= deadline;
        if let Some(value) = condition() {
            return Some(value);
        }
        if late {
            return None;
        }
        park(BETWEEN_LOOKS);
    }
}

/// Gives the processor away between two looks. This is no sleep that a test relies on: nothing is assumed to be true
/// afterwards, the caller looks again, and a shorter or longer park changes no result.
fn park(time: Duration) {
    // SAFETY: no descriptors are passed, so the kernel reads and writes no memory of ours.
    unsafe { libc::poll(std::ptr::null_mut(), 0, time.as_millis() as libc::c_int) };
}
