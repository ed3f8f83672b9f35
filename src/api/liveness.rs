//! Whether a live client on TCP is still there: one whose machine slept or whose network broke says nothing, and its
//! connection never ends by itself. Asked by the client's task. It must never wake an idle server for a client on the
//! Unix socket, whose end the kernel tells.

use std::time::{Duration, Instant};

/// After so much silence a client is asked for a sign of life.
const PING_AFTER: Duration = Duration::from_secs(30);
/// Three questions without an answer: it is gone.
const GONE_AFTER: Duration = Duration::from_secs(90);

/// What is to be done now.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Check {
    Nothing,
    Ping,
    Gone,
}

pub struct Liveness {
    /// `None`: the other end's death is told by the kernel.
    heard_at: Option<Instant>,
    asked_at: Option<Instant>,
}

impl Liveness {
    pub fn new(is_local: bool, now: Instant) -> Liveness {
        Liveness { heard_at: (!is_local).then_some(now), asked_at: None }
    }

    /// Something came, whatever it was.
    pub fn heard(&mut self, now: Instant) {
        if self.heard_at.is_some() {
            (self.heard_at, self.asked_at) = (Some(now), None);
        }
    }

    /// When to check next.
    pub fn due(&self) -> Option<Instant> {
        let heard_at = self.heard_at?;
        Some((self.asked_at.unwrap_or(heard_at) + PING_AFTER).min(heard_at + GONE_AFTER))
    }

    pub fn check(&mut self, now: Instant) -> Check {
        match (self.heard_at, self.due()) {
            (Some(heard_at), _) if now >= heard_at + GONE_AFTER => Check::Gone,
            (Some(_), Some(due)) if now >= due => {
                self.asked_at = Some(now);
                Check::Ping
            }
            _ => Check::Nothing,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_is_asked_and_then_given_up() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut liveness = Liveness::new(/*is_local*/ false, start);
        let seen: Vec<(u64, Check)> = (0..=200)
            .map(|second| (second, liveness.check(at(second))))
            .filter(|(_, check)| *check != Check::Nothing)
            .take(3)
            .collect();
        assert_eq!(seen, [(30, Check::Ping), (60, Check::Ping), (90, Check::Gone)]);
    }

    #[test]
    fn whoever_is_heard_stays_and_is_not_asked() {
        let start = Instant::now();
        let mut liveness = Liveness::new(/*is_local*/ false, start);
        for second in (0..1000).step_by(29) {
            let now = start + Duration::from_secs(second);
            assert_eq!(liveness.check(now), Check::Nothing);
            liveness.heard(now);
            assert_eq!(liveness.due(), Some(now + PING_AFTER));
        }
    }

    #[test]
    fn a_client_on_the_unix_socket_costs_no_wake_up() {
        let start = Instant::now();
        let mut liveness = Liveness::new(/*is_local*/ true, start);
        liveness.heard(start);
        assert_eq!(liveness.due(), None);
        assert_eq!(liveness.check(start + Duration::from_secs(1_000_000)), Check::Nothing);
    }
}
