//! Who listens: the connected clients, what each shows, and what each has not been told yet. Notices are small and
//! bounded per client; a changed pane is one bit, whatever it printed. Telling never waits for a client.

use crate::base::id::TerminalId;
use crate::core::screen::Colors;
use crate::proto::holder::InputOutcome;
use crate::proto::stream::{Kind, ServerMessage};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// Notices waiting for a client that does not read. Past this they are replaced by one "everything changed".
const MAX_NOTICES: usize = 512;

/// Locks without caring for poison: what is inside is valid after every statement.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One connected client, as the rest of the server sees it.
pub struct Listener {
    pub id: u64,
    pub wake: Notify,
    state: Mutex<Waiting>,
}

#[derive(Default)]
struct Waiting {
    notices: VecDeque<ServerMessage>,
    dirty: BTreeSet<TerminalId>,
    /// What it shows.
    shown: BTreeSet<TerminalId>,
    /// Of what it shows: whether it was told that another client's size holds there.
    sized: BTreeMap<TerminalId, bool>,
    colors: Option<Colors>,
    /// Inputs whose outcome is known: the highest typed sequence of each terminal, and what was refused.
    typed: BTreeMap<TerminalId, u64>,
    refused: Vec<(TerminalId, u64, InputOutcome)>,
}

impl Listener {
    /// What became of an input of this client.
    pub fn typed(&self, terminal: TerminalId, sequence: u64, outcome: InputOutcome) {
        let mut state = lock(&self.state);
        if matches!(outcome, InputOutcome::Typed | InputOutcome::Duplicate) {
            let highest = state.typed.entry(terminal).or_default();
            *highest = sequence.max(*highest);
        } else {
            state.refused.push((terminal, sequence, outcome));
        }
        drop(state);
        self.wake.notify_one();
    }

    /// Whether [`Listener::take_typed`] would give something.
    pub fn has_typed(&self) -> bool {
        let state = lock(&self.state);
        !state.typed.is_empty() || !state.refused.is_empty()
    }

    /// Outcomes since the last call: what was typed, what was refused.
    #[expect(clippy::type_complexity, reason = "two plain lists")]
    pub fn take_typed(&self) -> (BTreeMap<TerminalId, u64>, Vec<(TerminalId, u64, InputOutcome)>) {
        let mut state = lock(&self.state);
        (std::mem::take(&mut state.typed), std::mem::take(&mut state.refused))
    }

    /// What has gathered since the last call.
    pub fn take(&self) -> (Vec<ServerMessage>, BTreeSet<TerminalId>) {
        let mut state = lock(&self.state);
        (state.notices.drain(..).collect(), std::mem::take(&mut state.dirty))
    }

    pub fn show(&self, shown: BTreeSet<TerminalId>) {
        let mut state = lock(&self.state);
        let fresh: Vec<TerminalId> = shown.difference(&state.shown).copied().collect();
        state.dirty.extend(fresh);
        state.sized.retain(|id, _| shown.contains(id));
        state.shown = shown;
        drop(state);
        self.wake.notify_one();
    }

    pub fn tell(&self, message: ServerMessage) {
        let mut state = lock(&self.state);
        // The same thing changed again: one notice with the newest revision is enough.
        if let ServerMessage::Changed { kind, id, .. } = &message {
            state
                .notices
                .retain(|n| !matches!(n, ServerMessage::Changed { kind: k, id: i, .. } if k == kind && i == id));
        }
        if state.notices.len() >= MAX_NOTICES {
            state.notices.clear();
            state.sized.clear();
            state.notices.push_back(ServerMessage::Changed { kind: Kind::Server, id: String::new(), revision: 0 });
        }
        state.notices.push_back(message);
        drop(state);
        self.wake.notify_one();
    }
}

#[derive(Default)]
pub struct Hub {
    clients: Mutex<(u64, BTreeMap<u64, Arc<Listener>>)>,
    /// The colours told last, by whichever client.
    colors: Mutex<Option<Colors>>,
}

impl Hub {
    /// A new client; it is forgotten by [`Hub::leave`].
    pub fn join(&self) -> Arc<Listener> {
        let mut clients = lock(&self.clients);
        clients.0 += 1;
        let id = clients.0;
        let listener = Arc::new(Listener { id, wake: Notify::new(), state: Mutex::default() });
        clients.1.insert(id, Arc::clone(&listener));
        listener
    }

    pub fn leave(&self, id: u64) {
        lock(&self.clients).1.remove(&id);
    }

    pub fn is_anybody_there(&self) -> bool {
        !lock(&self.clients).1.is_empty()
    }

    /// Tells everybody.
    pub fn announce(&self, message: &ServerMessage) {
        for listener in self.all() {
            listener.tell(message.clone());
        }
    }

    /// The screen of a terminal changed.
    pub fn pane_changed(&self, terminal: TerminalId) {
        for listener in self.all() {
            let mut state = lock(&listener.state);
            if state.shown.contains(&terminal) && state.dirty.insert(terminal) {
                drop(state);
                listener.wake.notify_one();
            }
        }
    }

    /// Tells whoever shows a terminal whether another client gives it its size; each hears it once.
    pub fn sized(&self, terminal: TerminalId, owner: Option<u64>) {
        for listener in self.all() {
            let by_another = owner.is_some_and(|owner| owner != listener.id);
            let mut state = lock(&listener.state);
            if state.shown.contains(&terminal) && state.sized.insert(terminal, by_another) != Some(by_another) {
                drop(state);
                listener.tell(ServerMessage::Sized { terminal, by_another });
            }
        }
    }

    pub fn tell_colors(&self, client: u64, colors: Colors) {
        let clients = lock(&self.clients);
        if let Some(listener) = clients.1.get(&client) {
            lock(&listener.state).colors = Some(colors);
        }
        *lock(&self.colors) = Some(colors);
    }

    /// The colours of this client's terminal, if it told them.
    pub fn colors_of(&self, client: u64) -> Option<Colors> {
        lock(&self.clients).1.get(&client).and_then(|l| lock(&l.state).colors)
    }

    /// The colours told last, by whichever client.
    pub fn last_colors(&self) -> Option<Colors> {
        *lock(&self.colors)
    }

    fn all(&self) -> Vec<Arc<Listener>> {
        lock(&self.clients).1.values().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_that_never_reads_holds_a_bounded_number_of_notices() {
        let hub = Hub::default();
        let listener = hub.join();
        for revision in 0..10_000u64 {
            let id = (revision % 1000).to_string();
            hub.announce(&ServerMessage::Changed { kind: Kind::Terminal, id, revision });
        }
        let (notices, _) = listener.take();
        assert!(notices.len() <= MAX_NOTICES, "{}", notices.len());
        assert!(notices.iter().any(|n| matches!(n, ServerMessage::Changed { kind: Kind::Server, .. })));
    }

    #[test]
    fn only_who_shows_a_pane_hears_of_its_changes() {
        let hub = Hub::default();
        let (a, b) = (hub.join(), hub.join());
        a.show(BTreeSet::from([TerminalId(1)]));
        assert_eq!(a.take().1.len(), 1, "a pane newly shown needs its first frame");
        hub.pane_changed(TerminalId(1));
        assert_eq!((a.take().1.len(), b.take().1.len()), (1, 0));
    }

    #[test]
    fn who_shows_a_pane_hears_once_whose_size_it_has() {
        let hub = Hub::default();
        let (a, b) = (hub.join(), hub.join());
        let sized = |listener: &Listener| {
            let heard = listener.take().0.into_iter().map(|message| match message {
                ServerMessage::Sized { by_another, .. } => by_another,
                other => panic!("{other:?}"),
            });
            heard.collect::<Vec<_>>()
        };
        a.show(BTreeSet::from([TerminalId(1)]));
        hub.sized(TerminalId(1), Some(a.id));
        hub.sized(TerminalId(1), Some(a.id));
        assert_eq!((sized(&a), sized(&b)), (vec![false], vec![]));
        b.show(BTreeSet::from([TerminalId(1)]));
        hub.sized(TerminalId(1), Some(a.id));
        hub.sized(TerminalId(1), Some(b.id));
        assert_eq!((sized(&a), sized(&b)), (vec![true], vec![true, false]));
        // Shown anew, it is told anew: the client may have forgotten.
        b.show(BTreeSet::new());
        b.show(BTreeSet::from([TerminalId(1)]));
        hub.sized(TerminalId(1), None);
        assert_eq!((sized(&a), sized(&b)), (vec![false], vec![false]));
    }
}
