//! Which conversation each agent is in: looked for when a turn has begun or ended, kept with its terminal, so that a
//! restart can take it up again. One task for all terminals; it looks on a thread that may wait for the disk, and an
//! agent at rest is never looked at.

use crate::base::id::TerminalId;
use crate::core::world::{Event, Terminal};
use crate::providers::{Saved, Seen, Variables, newest};
use crate::pty::tree;
use crate::server::app::App;
use crate::server::hub::lock;
use crate::server::services::environment;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::sync::Notify;

/// CLIs make a conversation's file while its first turn begins (measured: within half a second of Enter); an agent that
/// dies in that turn is found all the same.
const INTO_A_TURN: Duration = Duration::from_secs(1);

/// Why to look.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Why {
    TurnBegan,
    /// The screen has settled after something happened.
    Settled,
}

/// What is to be looked at, and when: at most two entries for each terminal.
#[derive(Default)]
pub struct Lookout {
    due: Mutex<BTreeMap<(TerminalId, Why), Instant>>,
    wake: Notify,
}

impl Lookout {
    pub fn want(&self, id: TerminalId, why: Why) {
        let delay = if why == Why::TurnBegan { INTO_A_TURN } else { Duration::ZERO };
        lock(&self.due).insert((id, why), Instant::now() + delay);
        self.wake.notify_one();
    }

    fn next_due(&self) -> Option<Instant> {
        lock(&self.due).values().min().copied()
    }

    fn take_due(&self, now: Instant) -> Option<TerminalId> {
        let mut due = lock(&self.due);
        let key = due.iter().find(|(_, at)| **at <= now).map(|(key, _)| *key)?;
        due.remove(&key);
        Some(key.0)
    }
}

/// Looks whenever it is wanted, at one terminal after the other. Ends with the server.
pub async fn run(app: Arc<App>) {
    loop {
        while let Some(id) = app.lookout.take_due(Instant::now()) {
            look(&app, id).await;
        }
        let next = app.lookout.next_due();
        tokio::select! {
            () = app.lookout.wake.notified() => {}
            () = tokio::time::sleep_until(next.unwrap_or_else(Instant::now).into()), if next.is_some() => {}
        }
    }
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

fn variables(app: &App, terminal: &Terminal) -> Variables {
    let mut all = environment::known(app, terminal);
    if let Some(definition) = app.catalog.get(&terminal.provider) {
        all.extend(definition.environment.clone());
    }
    all
}
