//! What was asked of a holder and is not answered yet: inputs with whoever waits for them, the wish that the agent
//! ends. Owned by a terminal's task, beyond any one connection: what a broken one took is given again on the next,
//! under the same id, which the holder types once. It must never say that an agent is gone while its holder lives.

use crate::ipc::frame::encode_parts;
use crate::proto::holder::{INPUT, InputDone, InputHead, InputOutcome};
use crate::server::terminal::Answer;
use std::collections::VecDeque;
use std::io;
use std::time::{Duration, Instant};

/// Unanswered input at once: twice what a holder keeps for a program that does not read, for what is on the way to it.
const MAX_BYTES: usize = 16 * 1024 * 1024;
/// What one input takes beside its bytes, rounded up: a held-down key must not outgrow the bound by its records.
const OVERHEAD: usize = 256;
/// Nobody waits for an answer to a query any more after this. (`decisions.md`: the last 2 s.)
const QUERY_WITHIN: Duration = Duration::from_secs(2);

struct Given {
    head: InputHead,
    bytes: Vec<u8>,
    done: Option<Answer>,
    since: Instant,
    /// An earlier connection had it, and may have delivered it.
    is_again: bool,
}

impl Given {
    /// Only of messages the bytes are kept.
    fn is_message(&self) -> bool {
        self.head.keep
    }

    fn cost(&self) -> usize {
        self.bytes.len() + OVERHEAD
    }
}

#[derive(Default)]
pub struct Pending {
    /// In the order of asking. The first `sent` of them were written to the present connection.
    inputs: VecDeque<Given>,
    sent: usize,
    cost: usize,
    hangup: Option<u32>,
}

impl Pending {
    /// Takes an input; it goes out with [`Pending::next_frame`]. Over the bound it is refused as a holder would do it.
    pub fn take(&mut self, head: InputHead, bytes: Vec<u8>, done: Option<Answer>, now: Instant) {
        let given = Given { head, bytes, done, since: now, is_again: false };
        if self.cost + given.cost() > MAX_BYTES {
            if let Some(done) = given.done {
                done.say(InputOutcome::Busy);
            }
            return;
        }
        self.cost += given.cost();
        self.inputs.push_back(given);
    }

    /// The agent is to end; said again on every connection until it has.
    pub fn end(&mut self, grace_ms: u32) {
        self.hangup = Some(self.hangup.map_or(grace_ms, |before| before.min(grace_ms)));
    }

    /// The grace with which the agent is to end, if it is.
    pub fn hangup(&self) -> Option<u32> {
        self.hangup
    }

    /// A new connection: everything unanswered is to be written again, but for answers to queries of long ago.
    pub fn start_over(&mut self, now: Instant) {
        for given in self.inputs.iter_mut().take(self.sent) {
            given.is_again = true;
        }
        self.sent = 0;
        self.inputs.retain(|given| given.done.is_some() || now.saturating_duration_since(given.since) < QUERY_WITHIN);
        self.cost = self.inputs.iter().map(Given::cost).sum();
    }

    /// Something is to be written. While messages are held, they are not.
    pub fn has_unsent(&self, holds_messages: bool) -> bool {
        self.next(holds_messages).is_some()
    }

    fn next(&self, holds_messages: bool) -> Option<usize> {
        (self.sent..self.inputs.len()).find(|index| !(holds_messages && self.inputs[*index].is_message()))
    }

    /// The next input as a frame; it counts as written to this connection. Keys pass messages that are held.
    ///
    /// # Errors
    /// For an id that has no place in a frame.
    pub fn next_frame(&mut self, holds_messages: bool) -> io::Result<Option<Vec<u8>>> {
        let Some(given) = self.next(holds_messages).and_then(|index| self.inputs.remove(index)) else {
            return Ok(None);
        };
        self.inputs.insert(self.sent, given);
        let given = &self.inputs[self.sent];
        let head = serde_json::to_vec(&given.head)?;
        let length = u16::try_from(head.len()).map_err(io::Error::other)?.to_le_bytes();
        let mut out = Vec::with_capacity(7 + head.len() + given.bytes.len());
        encode_parts(INPUT, &[&length, &head, &given.bytes], &mut out);
        self.sent += 1;
        Ok(Some(out))
    }

    /// The holder says what became of an input. One id may be asked for by several at once: the first is told.
    pub fn answered(&mut self, done: &InputDone) {
        let is_it = |given: &Given| given.head.sequence == done.sequence && given.head.source == done.source;
        let Some(index) = self.inputs.iter().take(self.sent).position(is_it) else { return };
        let Some(given) = self.inputs.remove(index) else { return };
        self.sent -= 1;
        self.cost -= given.cost();
        // What the broken connection had delivered after all is no duplicate of anything else.
        let outcome = match done.outcome {
            InputOutcome::Duplicate if given.is_again => InputOutcome::Typed,
            other => other,
        };
        if let Some(asker) = given.done {
            asker.say(outcome);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};

    type Told = Arc<Mutex<Vec<(u64, InputOutcome)>>>;

    fn take(pending: &mut Pending, told: &Told, sequence: u64, length: usize, now: Instant) {
        let told = Arc::clone(told);
        let answer = Answer::new(move |outcome| told.lock().unwrap().push((sequence, outcome)));
        let head = InputHead { source: "k".into(), sequence, keep: false };
        pending.take(head, vec![b'x'; length], Some(answer), now);
    }

    fn query(pending: &mut Pending, sequence: u64, now: Instant) {
        pending.take(InputHead { source: "q".into(), sequence, keep: false }, vec![1], None, now);
    }

    fn answer(pending: &mut Pending, sequence: u64, outcome: InputOutcome) {
        pending.answered(&InputDone { source: "k".into(), sequence, outcome });
    }

    /// Ids of what is written now.
    fn written(pending: &mut Pending) -> Vec<(String, u64)> {
        std::iter::from_fn(|| pending.next_frame(false).unwrap())
            .map(|frame| {
                let length = usize::from(u16::from_le_bytes([frame[5], frame[6]]));
                let head: InputHead = serde_json::from_slice(&frame[7..7 + length]).unwrap();
                (head.source, head.sequence)
            })
            .collect()
    }

    #[test]
    fn what_a_broken_connection_took_is_given_again_in_order_before_what_is_new() {
        let (mut pending, told, now) = (Pending::default(), Told::default(), Instant::now());
        for sequence in 1..=3 {
            take(&mut pending, &told, sequence, 1, now);
        }
        assert_eq!(written(&mut pending).len(), 3);
        answer(&mut pending, 1, InputOutcome::Typed);
        pending.start_over(now);
        take(&mut pending, &told, 4, 1, now);
        let ids: Vec<u64> = written(&mut pending).into_iter().map(|(_, sequence)| sequence).collect();
        assert_eq!(ids, [2, 3, 4]);
        // Typed before the break, typed now, and one that somebody else had typed.
        answer(&mut pending, 2, InputOutcome::Duplicate);
        answer(&mut pending, 3, InputOutcome::Typed);
        answer(&mut pending, 4, InputOutcome::Duplicate);
        use InputOutcome::{Duplicate, Typed};
        assert_eq!(*told.lock().unwrap(), [(1, Typed), (2, Typed), (3, Typed), (4, Duplicate)]);
        assert!(!pending.has_unsent(false));
        assert_eq!(pending.cost, 0);
    }

    #[test]
    fn nobody_is_told_gone_before_it_is_dropped() {
        let (mut pending, told, now) = (Pending::default(), Told::default(), Instant::now());
        take(&mut pending, &told, 1, 1, now);
        for _ in 0..5 {
            pending.start_over(now + QUERY_WITHIN);
            assert_eq!(written(&mut pending).len(), 1);
        }
        assert_eq!(*told.lock().unwrap(), []);
        drop(pending);
        assert_eq!(*told.lock().unwrap(), [(1, InputOutcome::Gone)]);
    }

    #[test]
    fn messages_are_held_and_keys_pass_them() {
        let (mut pending, told, now) = (Pending::default(), Told::default(), Instant::now());
        let message = InputHead { source: "r".into(), sequence: 0, keep: true };
        pending.take(message, vec![b'm'], None, now);
        assert!(!pending.has_unsent(true) && pending.next_frame(true).unwrap().is_none());
        take(&mut pending, &told, 1, 1, now);
        assert!(pending.next_frame(true).unwrap().is_some());
        answer(&mut pending, 1, InputOutcome::Typed);
        assert_eq!(*told.lock().unwrap(), [(1, InputOutcome::Typed)], "the key, not the message before it");
        assert!(!pending.has_unsent(true) && pending.has_unsent(false));
        assert_eq!(written(&mut pending), [("r".to_owned(), 0)]);
    }

    #[test]
    fn old_answers_to_queries_are_not_given_again() {
        let (mut pending, now) = (Pending::default(), Instant::now());
        query(&mut pending, 1, now);
        query(&mut pending, 2, now + QUERY_WITHIN);
        pending.start_over(now + QUERY_WITHIN);
        assert_eq!(written(&mut pending), [("q".to_owned(), 2)]);
    }

    #[test]
    fn unanswered_input_is_bounded_and_the_rest_refused() {
        let (mut pending, told, now) = (Pending::default(), Told::default(), Instant::now());
        for sequence in 0..40 {
            take(&mut pending, &told, sequence, 512 * 1024, now);
        }
        let refused = told.lock().unwrap().clone();
        assert!(
            !refused.is_empty() && refused.iter().all(|(_, outcome)| *outcome == InputOutcome::Busy),
            "{refused:?}"
        );
        assert!(pending.cost <= MAX_BYTES);
        let kept = written(&mut pending).len();
        assert_eq!(kept + refused.len(), 40);
        answer(&mut pending, 0, InputOutcome::Typed);
        take(&mut pending, &told, 99, 1, now);
        assert_eq!(written(&mut pending), [("k".to_owned(), 99)], "room again");
    }

    #[test]
    fn one_id_asked_for_twice_is_answered_twice() {
        let (mut pending, told, now) = (Pending::default(), Told::default(), Instant::now());
        take(&mut pending, &told, 7, 1, now);
        take(&mut pending, &told, 7, 1, now);
        assert_eq!(written(&mut pending).len(), 2);
        answer(&mut pending, 7, InputOutcome::Typed);
        answer(&mut pending, 7, InputOutcome::Duplicate);
        assert_eq!(*told.lock().unwrap(), [(7, InputOutcome::Typed), (7, InputOutcome::Duplicate)]);
    }
}
