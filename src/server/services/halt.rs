//! Stops everything for a while: each agent that works or waits is interrupted by the key of its own kind, messages are
//! held, and new ones refused, until it is taken back. The state is stored first, so that nothing slips in between. It must
//! never end a process.

use crate::core::status::Status;
use crate::core::world::{Event, Terminal};
use crate::proto::life::{Done, StopAll, What};
use crate::proto::rest::KeyRequest;
use crate::server::app::App;
use crate::server::hub::lock;
use crate::server::services::{Refusal, RefusalKind, input};
use futures_util::future::join_all;
use std::time::Duration;

/// Between two keys of one interrupt: at once, two Escapes are one key with Alt; opencode takes the second within five
/// seconds, Copilot within one.
const BETWEEN: Duration = Duration::from_millis(200);

/// Whether everything is stopped, since when, and nothing done.
pub fn state(app: &App) -> StopAll {
    StopAll { stopped_since_ms: lock(&app.world).halted_since, agents: Vec::new() }
}

/// Stops everything, or takes that back. Said once more it interrupts once more: an agent may have gone on.
///
/// # Errors
/// When it cannot be stored; then nothing is interrupted.
pub async fn stop_all(app: &App, undo: bool) -> Result<StopAll, Refusal> {
    let not_stored = |e| Refusal::new(RefusalKind::Internal, format!("nothing was changed: {e}"));
    // Held from now on. What was to be typed is typed again only when that it may be is stored.
    if !undo {
        app.hold_messages(true);
    }
    let recorded = app.record(Event::Halted { is_halted: !undo }).await;
    app.hold_messages(lock(&app.world).is_halted());
    recorded.map_err(not_stored)?;
    if undo {
        return Ok(state(app));
    }
    let mut living: Vec<Terminal> = lock(&app.world).terminals.values().filter(|t| t.is_alive()).cloned().collect();
    living.sort_by_key(|t| (t.created_at, t.id));
    let agents = join_all(living.into_iter().map(|terminal| interrupt(app, terminal))).await;
    Ok(StopAll { agents, ..state(app) })
}

/// That a message may not be typed now, if it may not.
///
/// # Errors
/// While everything is stopped.
pub fn check(app: &App) -> Result<(), Refusal> {
    if !lock(&app.world).is_halted() {
        return Ok(());
    }
    Err(Refusal::new(RefusalKind::Conflict, "everything is stopped; nothing was typed")
        .hint("`conductor-tui stop-all --undo` takes that back; `keys` and the screen still type"))
}

async fn interrupt(app: &App, terminal: Terminal) -> Done {
    let (what, words) = match key_for(app, &terminal) {
        Err(why) => (What::Left, why.to_owned()),
        Ok(keys) => match press(app, &terminal, &keys).await {
            Ok(()) => (What::Interrupted, format!("by {}", keys.join(" "))),
            Err(refusal) => (What::Failed, refusal.message),
        },
    };
    Done { id: terminal.id, window: terminal.window, session: terminal.session, what, words }
}

async fn press(app: &App, terminal: &Terminal, keys: &[String]) -> Result<(), Refusal> {
    for (index, key) in keys.iter().enumerate() {
        if index > 0 {
            tokio::time::sleep(BETWEEN).await;
        }
        let request = KeyRequest { key: Some(key.clone()), ..KeyRequest::default() };
        input::named_keys(app, terminal.id, request).await?;
    }
    Ok(())
}

/// The keys that interrupt it, or why none is pressed.
fn key_for(app: &App, terminal: &Terminal) -> Result<Vec<String>, &'static str> {
    if !matches!(terminal.status, Status::Running | Status::Waiting) {
        return Err("it is not at work");
    }
    if terminal.is_shell && terminal.is_own_command {
        return Err("a command of your own: an interrupt would end it");
    }
    let definition = app.catalog.get(&terminal.provider).ok_or("its provider is not known any more")?;
    Ok(definition.interrupt.clone())
}
