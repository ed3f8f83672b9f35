//! The one loop that changes the world: event → `apply` → save → announce. Run as a task by `run`.
//!
//! # Invariant
//! Nothing is announced before it is stored. While the database refuses, what was not stored is kept and tried
//! again, and nothing of it is announced.

use crate::base::clock::{Millis, now_ms};
use crate::base::id::TerminalId;
use crate::base::pause;
use crate::core::world::{Effect, Subject};
use crate::proto::stream::{Kind, Level, ServerMessage};
use crate::server::app::{App, Queued};
use crate::server::hub::lock;
use crate::store::{Change, Store, step_told};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

/// How often a refusing database is tried again.
const RETRY: Duration = Duration::from_secs(1);
/// Events taken into one transaction at most: a burst shares one write to the disk.
const BATCH: usize = 64;

/// Runs until nobody can send events any more, or until `stop`: then what was sent before is still stored.
pub async fn run(
    app: Arc<App>,
    store: Store,
    mut events: mpsc::UnboundedReceiver<Queued>,
    mut stop: oneshot::Receiver<()>,
) {
    let mut backlog = Backlog::default();
    let (mut batch, mut waiting) = (Vec::new(), Vec::new());
    // While the database refuses: when it is tried again. Not before, however many events come.
    let mut retry_at: Option<Instant> = None;
    let mut is_stopping = false;
    loop {
        let is_over = tokio::select! {
            biased;
            _ = &mut stop, if !is_stopping => {
                is_stopping = true;
                events.close();
                false
            }
            n = events.recv_many(&mut batch, BATCH) => n == 0,
            () = tokio::time::sleep_until(retry_at.unwrap_or_else(Instant::now)), if retry_at.is_some() => false,
        };
        {
            let mut world = lock(&app.world);
            for (event, answer) in batch.drain(..) {
                for effect in world.apply(event, now_ms()) {
                    backlog.add(effect);
                }
                waiting.extend(answer);
            }
        }
        if !is_over && retry_at.is_some_and(|at| at > Instant::now()) {
            // Whoever waits is answered after the next try.
            continue;
        }
        pause::here("event-before-store");
        let saved = backlog.save(&store).await;
        pause::here("event-after-store");
        match &saved {
            Ok(()) => {
                for (subject, revision) in backlog.unannounced.drain(..) {
                    app.hub.announce(&notice(subject, revision));
                }
                app.stored.send_replace(());
                if retry_at.take().is_some() {
                    tracing::info!("the database takes changes again");
                }
            }
            Err(error) => {
                if retry_at.replace(Instant::now() + RETRY).is_none() {
                    tracing::error!(error, "the database refuses; trying again");
                    let text = format!("the database refuses, nothing new is announced until it takes again: {error}");
                    app.hub.announce(&ServerMessage::Notice { level: Level::Error, text });
                }
            }
        }
        for answer in waiting.drain(..) {
            let _ = oneshot::Sender::send(answer, saved.clone());
        }
        if is_over {
            // Whatever could not be stored is derived again by the next server from holders and journals.
            break;
        }
    }
}

/// Steps of agents that wait for the database: those of some minutes of a hundred busy ones.
const MOST_STEPS: usize = 1_000;

/// What is to be stored and then announced: of each row only its newest change, so that it never grows beyond the
/// world itself, however long the database refuses.
#[derive(Default)]
struct Backlog {
    unsaved: Vec<Change>,
    unannounced: Vec<(Subject, u64)>,
}

impl Backlog {
    fn add(&mut self, effect: Effect) {
        let change = match effect {
            Effect::SaveSession(session) => Change::SaveSession(session),
            Effect::SaveTerminal(terminal) => Change::SaveTerminal(terminal),
            Effect::DeleteTerminal(id) => Change::DeleteTerminal(id),
            Effect::DeleteSession(name) => Change::DeleteSession(name),
            Effect::SaveWorktree(worktree) => Change::SaveWorktree(worktree),
            Effect::DeleteWorktree(id) => Change::DeleteWorktree(id),
            Effect::SaveHalt(since) => Change::SaveHalt(since),
            Effect::SaveTrust(trust) => Change::SaveTrust(trust),
            Effect::DeleteTrust(directory) => Change::DeleteTrust(directory),
            Effect::SaveUsage(row) => Change::SaveUsage(row),
            Effect::SaveMark(mark) => Change::SaveMark(mark),
            Effect::SaveStep(record) => Change::SaveStep(record),
            Effect::SaveApproval(approval) => Change::SaveApproval(approval),
            Effect::Announce { subject, revision } => {
                self.unannounced.retain(|(other, _)| *other != subject);
                self.unannounced.push((subject, revision));
                return;
            }
        };
        let is_step = |change: &Change| matches!(change, Change::SaveStep(_));
        if is_step(&change) && self.unsaved.iter().filter(|other| is_step(other)).count() >= MOST_STEPS {
            let oldest = self.unsaved.iter().position(is_step);
            oldest.map(|at| self.unsaved.remove(at));
        }
        let row = row_of(&change);
        self.unsaved.retain(|other| row_of(other) != row);
        self.unsaved.push(change);
    }

    /// One transaction; what is refused is kept.
    async fn save(&mut self, store: &Store) -> Result<(), String> {
        if self.unsaved.is_empty() {
            return Ok(());
        }
        let (sender, receiver) = oneshot::channel();
        let done = Box::new(move |result| {
            let _ = sender.send(result);
        });
        store.write(std::mem::take(&mut self.unsaved), done);
        match receiver.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(refused)) => {
                self.unsaved = refused.changes;
                Err(refused.error.to_string())
            }
            Err(_) => Err("the database thread is gone".into()),
        }
    }
}

#[derive(PartialEq)]
enum Place {
    Of(Subject),
    Usage(TerminalId, String, String),
    Mark(String),
    Step(TerminalId, Millis, String),
}

/// The row that a change is about.
fn row_of(change: &Change) -> Place {
    Place::Of(match change {
        Change::SaveTerminal(terminal) => Subject::Terminal(terminal.id),
        Change::DeleteTerminal(id) => Subject::Terminal(*id),
        Change::SaveSession(session) => Subject::Session(session.name.clone()),
        Change::DeleteSession(name) => Subject::Session(name.clone()),
        Change::SaveWorktree(worktree) => Subject::Worktree(worktree.id),
        Change::DeleteWorktree(id) => Subject::Worktree(*id),
        Change::SaveHalt(_) => Subject::Halt,
        Change::SaveTrust(trust) => Subject::Trust(trust.directory.clone()),
        Change::DeleteTrust(directory) => Subject::Trust(directory.clone()),
        Change::SaveApproval(approval) => Subject::Approval(approval.id),
        Change::SaveUsage(row) => return Place::Usage(row.terminal, row.conversation.clone(), row.day.clone()),
        Change::SaveMark(mark) => return Place::Mark(mark.path.clone()),
        Change::SaveStep(record) => {
            return Place::Step(record.terminal, record.at, step_told(record));
        }
    })
}

fn notice(subject: Subject, revision: u64) -> ServerMessage {
    match subject {
        Subject::Terminal(id) => ServerMessage::Changed { kind: Kind::Terminal, id: id.to_string(), revision },
        Subject::Session(id) => ServerMessage::Changed { kind: Kind::Session, id, revision },
        Subject::Worktree(id) => ServerMessage::Changed { kind: Kind::Worktree, id: id.to_string(), revision },
        Subject::Halt => ServerMessage::Changed { kind: Kind::Server, id: "stop-all".into(), revision },
        Subject::Trust(id) => ServerMessage::Changed { kind: Kind::Trust, id, revision },
        Subject::Approval(id) => ServerMessage::Changed { kind: Kind::Approval, id: id.to_string(), revision },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::world::{Event, Session, Terminal, World};
    use crate::server::app::for_tests;
    use std::path::Path;

    /// Edits of one moment have no command, and are not each other.
    #[test]
    fn steps_of_one_moment_wait_side_by_side() {
        let step = |path: &str| -> Effect {
            let record = serde_json::json!({
                "at": 7, "terminal": TerminalId(1), "step": { "tool": "edit", "paths": [path] }, "workspace": "/w",
                "decision": "ask", "class": "write", "risk": "medium", "reason": "writes", "rule": null,
            });
            Effect::SaveStep(Box::new(serde_json::from_value(record).unwrap()))
        };
        let mut backlog = Backlog::default();
        for path in ["a", "b", "a"] {
            backlog.add(step(path));
        }
        assert_eq!(backlog.unsaved.len(), 2);
        (0..2 * MOST_STEPS).for_each(|n| backlog.add(step(&n.to_string())));
        assert_eq!(backlog.unsaved.len(), MOST_STEPS);
    }

    fn launched(id: u32) -> Event {
        let terminal: Terminal = serde_json::from_value(serde_json::json!({
            "id": TerminalId(id), "session": "conductor-a", "window": "w", "role": "agent", "provider": "shell",
            "profile": null, "command": ["x"], "cwd": "/", "environment": [], "created_at": 1, "run": 1,
            "status": "initializing", "waiting_for": null, "detail": null, "evidence": null, "since": 1,
            "columns": 80, "rows": 24, "holder_pid": null, "agent_pid": null, "exit_code": null,
            "exit_signal": null, "conversation": null,
        }))
        .unwrap();
        let session = Session { name: "conductor-a".into(), cwd: "/".into(), created_at: 1 };
        Event::Launched { session, terminal: Box::new(terminal) }
    }

    fn renamed(window: String) -> Event {
        Event::Renamed { id: TerminalId(1), window }
    }

    /// What a next server would find.
    fn windows(database: &Path) -> Vec<String> {
        Store::open(database).unwrap().1.terminals.into_iter().map(|t| t.window).collect()
    }

    #[tokio::test]
    async fn what_was_sent_before_the_stop_is_stored() {
        let dir = tempfile::tempdir().unwrap();
        let database = dir.path().join("x.db");
        let (app, events) = for_tests(dir.path());
        let (stop, stopped) = oneshot::channel();
        let dispatching = tokio::spawn(run(Arc::clone(&app), Store::open(&database).unwrap().0, events, stopped));
        // More than one batch, and the stop before any of it has been looked at.
        app.tell(launched(1));
        for n in 0..=BATCH * 3 {
            app.tell(renamed(format!("w{n}")));
        }
        stop.send(()).unwrap();
        dispatching.await.unwrap();
        assert_eq!(windows(&database), [format!("w{}", BATCH * 3)]);
        assert!(app.record(launched(2)).await.is_err(), "nobody stores it any more");
    }

    #[tokio::test]
    async fn while_the_database_refuses_only_the_newest_of_each_row_is_kept_and_callers_are_told() {
        let dir = tempfile::tempdir().unwrap();
        let database = dir.path().join("x.db");
        let (app, events) = for_tests(dir.path());
        let listener = app.hub.join();
        let (_stop, stopped) = oneshot::channel();
        let store = Store::open(&database).unwrap().0;
        crate::store::break_for_tests(&database);
        let dispatching = tokio::spawn(run(Arc::clone(&app), store, events, stopped));
        let refused = app.record(launched(1)).await.unwrap_err();
        assert!(refused.contains("no such table"), "{refused}");
        for n in 0..1000 {
            app.tell(renamed(format!("w{n}")));
        }
        assert!(app.record(renamed("last".into())).await.is_err(), "told after another try");
        let (told, _) = listener.take();
        assert!(matches!(told[..], [ServerMessage::Notice { .. }]), "one word, no announcement: {told:?}");
        crate::store::mend_for_tests(&database);
        app.record(renamed("stored".into())).await.unwrap();
        let changed = |m: &&ServerMessage| matches!(m, ServerMessage::Changed { .. });
        assert_eq!(listener.take().0.iter().filter(changed).count(), 2, "the session and the terminal, once each");
        dispatching.abort();
        let _ = dispatching.await;
        assert_eq!(windows(&database), ["stored"]);
    }

    #[test]
    fn a_backlog_holds_one_change_for_each_row() {
        let mut backlog = Backlog::default();
        let mut world = World::default();
        for event in [launched(1), launched(2)] {
            world.apply(event, 1).into_iter().for_each(|e| backlog.add(e));
        }
        for n in 0..100 {
            world.apply(renamed(format!("w{n}")), 2).into_iter().for_each(|e| backlog.add(e));
        }
        world.apply(Event::Removed { id: TerminalId(2) }, 3).into_iter().for_each(|e| backlog.add(e));
        assert_eq!((backlog.unsaved.len(), backlog.unannounced.len()), (3, 3));
        let newest = backlog.unsaved.iter().find_map(|change| match change {
            Change::SaveTerminal(terminal) => Some(terminal.window.as_str()),
            _ => None,
        });
        assert_eq!(newest, Some("w99"));
        assert!(backlog.unsaved.iter().any(|c| matches!(c, Change::DeleteTerminal(id) if *id == TerminalId(2))));
    }
}
