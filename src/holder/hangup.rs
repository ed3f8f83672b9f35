//! Ends a whole process tree with grace: hang-up first, then the request to end, then the end. Used by a holder
//! for its agent and by the fork server for what a killed holder leaves behind. It signals only processes that
//! are found below the given root at that moment, and it ends when none is left.

use crate::pty::tree;
use std::time::{Duration, Instant};

/// How often the tree is looked at again: a fork bomb must not outrun us.
const LOOK_AGAIN: Duration = Duration::from_millis(20);
/// While what was killed does not die (it is stuck in the kernel), the looks grow this rare: nobody waits for it any
/// more, and a look reads all of /proc.
const LOOK_RARELY: Duration = Duration::from_secs(1);

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Stage {
    Hangup,
    Terminate,
    Kill,
}

pub struct Hangup {
    began: Instant,
    grace: Duration,
    done: Option<Stage>,
    /// What the last kill was sent to, and how long to wait after it.
    killed: Vec<u32>,
    pause: Duration,
}

impl Hangup {
    /// Without grace the tree is killed at once.
    pub fn new(grace: Duration, now: Instant) -> Hangup {
        Hangup { began: now, grace, done: None, killed: Vec::new(), pause: LOOK_AGAIN }
    }

    /// A second request can only make it sooner.
    pub fn hurry(&mut self, grace: Duration, now: Instant) {
        if now + grace < self.began + self.grace {
            self.grace = (now + grace).saturating_duration_since(self.began);
        }
    }

    fn due(&self, now: Instant) -> Stage {
        let passed = now.saturating_duration_since(self.began);
        if passed >= self.grace {
            Stage::Kill
        } else if passed >= self.grace / 2 {
            Stage::Terminate
        } else {
            Stage::Hangup
        }
    }

    /// Signals what is due now to every living process in `tree` and says when to come back.
    pub fn step(&mut self, tree: &[u32], now: Instant) -> Instant {
        let stage = self.due(now);
        if stage == Stage::Kill || self.done.is_none_or(|done| done < stage) {
            for pid in tree {
                match stage {
                    Stage::Hangup => tree::signal(*pid, libc::SIGHUP),
                    Stage::Terminate => tree::signal(*pid, libc::SIGTERM),
                    Stage::Kill => tree::signal(*pid, libc::SIGKILL),
                }
                // A stopped process would never see the other signals.
                tree::signal(*pid, libc::SIGCONT);
            }
            self.done = Some(stage);
        }
        match stage {
            Stage::Hangup => (self.began + self.grace / 2).min(now + LOOK_AGAIN),
            Stage::Terminate => (self.began + self.grace).min(now + LOOK_AGAIN),
            Stage::Kill => {
                let is_stuck = !tree.is_empty() && self.killed == tree;
                self.pause = if is_stuck { (self.pause * 2).min(LOOK_RARELY) } else { LOOK_AGAIN };
                self.killed = tree.to_vec();
                now + self.pause
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stages_follow_the_grace_and_hurry_only_shortens() {
        let start = Instant::now();
        let second = Duration::from_secs(1);
        let mut hangup = Hangup::new(2 * second, start);
        assert_eq!(hangup.due(start), Stage::Hangup);
        assert_eq!(hangup.due(start + second), Stage::Terminate);
        assert_eq!(hangup.due(start + 2 * second), Stage::Kill);
        hangup.hurry(10 * second, start + second);
        assert_eq!(hangup.due(start + 2 * second), Stage::Kill);
        hangup.hurry(Duration::ZERO, start + second / 2);
        assert_eq!(hangup.due(start + second / 2), Stage::Kill);
        assert_eq!(Hangup::new(Duration::ZERO, start).due(start), Stage::Kill);
    }

    #[test]
    fn what_does_not_die_is_looked_at_less_and_less_and_anything_new_at_once() {
        // Beyond every pid there is.
        let (stuck, fresh) = ([0x3fff_fff0], [0x3fff_fff0, 0x3fff_fff1]);
        let now = Instant::now();
        let mut hangup = Hangup::new(Duration::ZERO, now);
        let pauses: Vec<Duration> = (0..9).map(|_| hangup.step(&stuck, now) - now).collect();
        assert_eq!(pauses[..3], [LOOK_AGAIN, 2 * LOOK_AGAIN, 4 * LOOK_AGAIN]);
        assert_eq!(pauses[8], LOOK_RARELY);
        assert_eq!(hangup.step(&fresh, now), now + LOOK_AGAIN);
    }
}
