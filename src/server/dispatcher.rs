//! The one loop that changes the world: event → `apply` → save → announce. Run as a task by `run`.
//!
//! # Invariant
//! Nothing is announced before it is stored. While the database refuses, what was not stored is kept and tried
//! again, and nothing of it is announced.

use crate::base::clock::now_ms;
use crate::base::pause;
use crate::core::world::{Effect, Subject};
use crate::proto::stream::{Kind, Level, ServerMessage};
use crate::server::app::{App, Queued};
use crate::server::hub::lock;
use crate::store::{Change, Store};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};

/// How often a refusing database is tried again.
const RETRY: Duration = Duration::from_secs(1);
/// Events taken into one transaction at most: a burst shares one write to the disk.
const BATCH: usize = 64;

pub async fn run(app: Arc<App>, store: Store, mut events: mpsc::UnboundedReceiver<Queued>) {
    let (mut unsaved, mut unannounced) = (Vec::new(), Vec::new());
    let mut batch = Vec::new();
    loop {
        let is_stuck = !unsaved.is_empty();
        tokio::select! {
            n = events.recv_many(&mut batch, BATCH) => if n == 0 { break },
            () = tokio::time::sleep(RETRY), if is_stuck => {}
        }
        let mut waiting = Vec::new();
        {
            let mut world = lock(&app.world);
            for (event, answer) in batch.drain(..) {
                for effect in world.apply(event, now_ms()) {
                    match effect {
                        Effect::SaveSession(session) => unsaved.push(Change::SaveSession(session)),
                        Effect::SaveTerminal(terminal) => unsaved.push(Change::SaveTerminal(terminal)),
                        Effect::DeleteTerminal(id) => unsaved.push(Change::DeleteTerminal(id)),
                        Effect::DeleteSession(name) => unsaved.push(Change::DeleteSession(name)),
                        Effect::Announce { subject, revision } => unannounced.push(notice(subject, revision)),
                    }
                }
                waiting.extend(answer);
            }
        }
        pause::here("event-before-store");
        let saved = save(&store, &unsaved).await;
        pause::here("event-after-store");
        if saved.is_ok() {
            unsaved.clear();
            for message in unannounced.drain(..) {
                app.hub.announce(&message);
            }
            if is_stuck {
                tracing::info!("the database takes changes again");
            }
        } else if let Err(error) = &saved {
            tracing::error!(error, "the database refuses; trying again");
            if !is_stuck {
                let text = format!("the database refuses, nothing new is announced until it takes again: {error}");
                app.hub.announce(&ServerMessage::Notice { level: Level::Error, text });
            }
        }
        for answer in waiting {
            let _ = answer.send(saved.clone());
        }
    }
    // Whatever could not be stored is derived again by the next server from holders and journals.
    let _ = save(&store, &unsaved).await;
}

async fn save(store: &Store, changes: &[Change]) -> Result<(), String> {
    if changes.is_empty() {
        return Ok(());
    }
    let (sender, receiver) = oneshot::channel();
    store.write(
        changes.to_vec(),
        Box::new(move |result| {
            let _ = sender.send(result.map_err(|e| e.to_string()));
        }),
    );
    receiver.await.unwrap_or_else(|_| Err("the database thread is gone".into()))
}

fn notice(subject: Subject, revision: u64) -> ServerMessage {
    match subject {
        Subject::Terminal(id) => ServerMessage::Changed { kind: Kind::Terminal, id: id.to_string(), revision },
        Subject::Session(id) => ServerMessage::Changed { kind: Kind::Session, id, revision },
    }
}
