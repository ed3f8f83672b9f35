//! Which conversation each agent is in: looked for when a turn has begun or ended, kept with its terminal, so that a
//! restart can take it up again; and what it has used, which stands in its conversation's files. One task for all terminals;
//! it looks on a thread that may wait for the disk, and an agent at rest is never looked at.

use crate::base::id::TerminalId;
use crate::core::status::Status;
use crate::core::world::{Event, Terminal};
use crate::providers::{Saved, Seen, Variables, newest};
use crate::pty::tree;
use crate::server::app::App;
use crate::server::hub::lock;
use crate::server::services::environment;
use crate::server::usage;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::sync::Notify;

/// CLIs make a conversation's file while its first turn begins (measured: within half a second of Enter); an agent that
/// dies in that turn is found all the same.
const INTO_A_TURN: Duration = Duration::from_secs(1);

/// Numbers are as old as this at most while a turn goes on and somebody is there to see it, and after whatever was printed.
const AT_WORK: Duration = Duration::from_secs(10);

/// Why to look.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Why {
    TurnBegan,
    /// The screen has settled after something happened.
    Settled,
    /// A turn goes on, or something was printed; only what was used is looked for.
    AtWork,
    /// Nothing was printed since: what a CLI writes behind its last word is there by now. Likewise.
    Behind,
    /// Its program has ended, or a server begins: likewise.
    Ended,
}

/// What is to be looked at, and when: at most one entry for each terminal and reason.
#[derive(Default)]
pub struct Lookout {
    due: Mutex<BTreeMap<(TerminalId, Why), Instant>>,
    wake: Notify,
}

impl Lookout {
    pub fn want(&self, id: TerminalId, why: Why) {
        self.want_from(id, why, Instant::now());
        self.wake.notify_one();
    }

    /// The screen has settled, and something was printed.
    pub fn printed(&self, id: TerminalId) {
        let now = Instant::now();
        // The first may be planned for right now: it cannot stand for the second.
        self.want_from(id, Why::AtWork, now);
        self.want_from(id, Why::Behind, now);
        self.wake.notify_one();
    }

    fn want_from(&self, id: TerminalId, why: Why, now: Instant) {
        let at = now
            + match why {
                Why::TurnBegan => INTO_A_TURN,
                Why::AtWork | Why::Behind => AT_WORK,
                Why::Settled | Why::Ended => Duration::ZERO,
            };
        let mut due = lock(&self.due);
        match why {
            // Whoever asks again while it is planned does not put it off.
            Why::AtWork => drop(due.entry((id, why)).or_insert(at)),
            _ => drop(due.insert((id, why), at)),
        }
    }

    fn next_due(&self) -> Option<Instant> {
        lock(&self.due).values().min().copied()
    }

    fn take_due(&self, now: Instant) -> Option<(TerminalId, Why)> {
        let mut due = lock(&self.due);
        let key = due.iter().find(|(_, at)| **at <= now).map(|(key, _)| *key)?;
        due.remove(&key);
        Some(key)
    }
}

/// Looks whenever it is wanted, at one terminal after the other. Ends with the server.
pub async fn run(app: Arc<App>) {
    // What was written while no server was there.
    let all: Vec<TerminalId> = lock(&app.world).terminals.keys().copied().collect();
    all.into_iter().for_each(|id| app.lookout.want(id, Why::Ended));
    loop {
        while let Some((id, why)) = app.lookout.take_due(Instant::now()) {
            if matches!(why, Why::TurnBegan | Why::Settled) {
                look(&app, id).await;
            }
            if usage::read(&app, id).await {
                app.lookout.want(id, Why::Ended);
            }
            follow(&app, id);
        }
        let next = app.lookout.next_due();
        tokio::select! {
            () = app.lookout.wake.notified() => {}
            () = tokio::time::sleep_until(next.unwrap_or_else(Instant::now).into()), if next.is_some() => {}
        }
    }
}

/// Whether somebody looks is asked each time: nobody does, and the end of the turn is the next look.
fn follow(app: &App, id: TerminalId) {
    let is_at_work = app.terminal(id).is_some_and(|t| t.status == Status::Running && t.conversation.is_some());
    if is_at_work && app.hub.is_anybody_there() {
        app.lookout.want(id, Why::AtWork);
    }
}

/// Somebody asks what was used: of those at work it is looked up for the next answer.
pub fn asked(app: &App) {
    let at_work = |t: &&Terminal| t.status == Status::Running && t.conversation.is_some();
    let ids: Vec<TerminalId> = lock(&app.world).terminals.values().filter(at_work).map(|t| t.id).collect();
    ids.into_iter().for_each(|id| app.lookout.want(id, Why::AtWork));
}

/// Looks at one terminal now; a conversation that is not known yet is stored when this returns.
pub async fn look(app: &Arc<App>, id: TerminalId) {
    let Some(terminal) = app.terminal(id) else { return };
    let is_looked_for = app.catalog.get(&terminal.provider).is_some_and(|d| d.conversation.can_be_found());
    let Some(agent_pid) = terminal.agent_pid.filter(|_| is_looked_for) else { return };
    let (run, before) = (terminal.run, terminal.conversation.clone());
    let looking = Arc::clone(app);
    let found = tokio::task::spawn_blocking(move || find(&looking, &terminal, agent_pid)).await;
    if let Ok(Some(conversation)) = found
        && before.as_ref() != Some(&conversation)
    {
        // While the database refuses, the dispatcher keeps it and goes on trying.
        let _ = app.record(Event::Conversation { id, run, conversation }).await;
    }
}

/// The agent's conversation by the process nearest to it that shows one: what its tools start may be agents, too.
fn find(app: &App, terminal: &Terminal, agent_pid: u32) -> Option<String> {
    let definition = app.catalog.get(&terminal.provider)?;
    let rule = &definition.conversation;
    let variables = variables(app, terminal);
    for generation in tree::generations(agent_pid) {
        let shown: Vec<_> = generation
            .iter()
            .flat_map(|process| {
                let open_files = tree::open_files(process.pid);
                let seen = Seen { pid: process.pid, start: process.start, open_files: &open_files };
                rule.shown_by(&seen, &variables)
            })
            .collect();
        if !shown.is_empty() {
            return newest(shown);
        }
    }
    None
}

/// Whether a conversation of the terminal can be taken up again, as far as can be told, and what is known of it.
pub async fn look_up(app: &Arc<App>, terminal: &Terminal, conversation: &str) -> Saved {
    let (app, terminal, conversation) = (Arc::clone(app), terminal.clone(), conversation.to_owned());
    let looked = tokio::task::spawn_blocking(move || {
        let rule = &app.catalog.get(&terminal.provider)?;
        let rule = &rule.conversation;
        Some(rule.look_up(&conversation, &variables(&app, &terminal)))
    });
    looked.await.ok().flatten().unwrap_or_default()
}

pub(super) fn variables(app: &App, terminal: &Terminal) -> Variables {
    let mut all = environment::known(app, terminal);
    if let Some(definition) = app.catalog.get(&terminal.provider) {
        all.extend(definition.environment.clone());
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_look_comes_while_it_prints_and_one_behind_the_last_print() {
        let (lookout, id, begin) = (Lookout::default(), TerminalId(1), Instant::now());
        let at = |seconds: u64| begin + Duration::from_secs(seconds);
        let prints = |seconds: u64| {
            lookout.want_from(id, Why::AtWork, at(seconds));
            lookout.want_from(id, Why::Behind, at(seconds));
        };
        prints(0);
        prints(9);
        assert_eq!(lookout.take_due(at(9)), None);
        assert_eq!(lookout.take_due(at(10)), Some((id, Why::AtWork)), "not put off");
        assert_eq!(lookout.take_due(at(18)), None, "put off");
        assert_eq!(lookout.take_due(at(19)), Some((id, Why::Behind)));
        assert_eq!((lookout.take_due(at(99)), lookout.next_due()), (None, None));
    }
}
