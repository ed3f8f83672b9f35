//! Asks agents whose provider has a check how they are, while they live. One task of the server; every check runs on a
//! thread that may wait. What follows from the answers the world decides: this only reports, and ends an agent that is to
//! be started anew. It must never end one that is not started again.

use crate::base::clock::{Millis, now_ms};
use crate::base::id::TerminalId;
use crate::core::world::{Event, Terminal};
use crate::pty::tree;
use crate::server::app::App;
use crate::server::hub::lock;
use crate::server::services::{launch, lifecycle};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::task::{JoinSet, spawn_blocking};

/// By this variable checks and all that they start are known: what a killed server left behind is ended by the next one.
const MARK: &str = "CONDUCTOR_HEALTH_CHECK";

/// Its value: checks of another home are none of ours.
fn mark(app: &App) -> String {
    app.places.run.display().to_string()
}

/// What is known of one run of an agent's program.
struct Watched {
    run: u32,
    /// `None`: a check is under way.
    due: Option<Instant>,
    /// When it was last known to be well: at first, when it was first seen.
    well_at: Millis,
}

/// Ends with the server; at once when no provider has a check.
pub async fn run(app: Arc<App>) {
    let left = format!("{MARK}={}", mark(&app));
    // Before the first of ours: all that are found are those of a server before.
    if !spawn_blocking(move || tree::end_with_environment(&[left])).await.unwrap_or(true) {
        tracing::warn!("checks of a server before do not end");
    }
    if app.catalog.now().all().all(|definition| definition.health.is_none()) {
        return;
    }
    let mut stored = app.stored.subscribe();
    let mut watched: BTreeMap<TerminalId, Watched> = BTreeMap::new();
    let mut checks = JoinSet::new();
    loop {
        let now = Instant::now();
        let living = living(&app);
        watched.retain(|id, watch| living.get(id).is_some_and(|(t, _)| t.run == watch.run));
        for (id, (terminal, every)) in living {
            let fresh = || Watched { run: terminal.run, due: Some(now + every), well_at: terminal.life.started_at };
            let watch = watched.entry(id).or_insert_with(fresh);
            if watch.due.is_some_and(|due| due <= now) {
                watch.due = None;
                checks.spawn(check(Arc::clone(&app), terminal, watch.well_at));
            }
        }
        let next = watched.values().filter_map(|watch| watch.due).min();
        tokio::select! {
            Ok(()) = stored.changed() => {}
            Some(Ok((id, run, well_at))) = checks.join_next() => {
                let every = living_every(&app, id);
                if let (Some(watch), Some(every)) = (watched.get_mut(&id).filter(|watch| watch.run == run), every) {
                    (watch.due, watch.well_at) = (Some(Instant::now() + every), well_at);
                }
            }
            () = tokio::time::sleep_until(next.unwrap_or(now).into()), if next.is_some() => {}
        }
    }
}

/// Agents that can be asked, with the pause between two checks.
fn living(app: &App) -> BTreeMap<TerminalId, (Terminal, Duration)> {
    let world = lock(&app.world);
    let asked = world.terminals.values().filter(|t| t.is_alive() && t.agent_pid.is_some());
    asked.filter_map(|t| Some((t.id, (t.clone(), every(app, t)?)))).collect()
}

fn every(app: &App, terminal: &Terminal) -> Option<Duration> {
    Some(app.catalog.get(&terminal.provider)?.health.as_ref()?.every)
}

fn living_every(app: &App, id: TerminalId) -> Option<Duration> {
    every(app, &app.terminal(id)?)
}

/// One check and what is reported of it. Gives the run that it was about, and when that was last well.
async fn check(app: Arc<App>, terminal: Terminal, well_at: Millis) -> (TerminalId, u32, Millis) {
    let (id, run) = (terminal.id, terminal.run);
    let asking = Arc::clone(&app);
    let asked = spawn_blocking(move || {
        let definition = asking.catalog.get(&terminal.provider)?;
        let mut environment = launch::whole_environment(&asking, &terminal, &definition.environment);
        environment.insert(MARK.into(), mark(&asking));
        Some(definition.health.as_ref()?.check(Path::new(&terminal.cwd), &environment))
    });
    let answer = asked.await.ok().flatten().unwrap_or_else(|| Err("it could not be asked".into()));
    match answer {
        Ok(()) => {
            if app.terminal(id).is_some_and(|t| t.unwell.is_some()) {
                app.tell(Event::Well { id, run });
            }
            (id, run, now_ms())
        }
        Err(reason) => {
            let _ = app.record(Event::Unwell { id, run, reason, well_at }).await;
            lifecycle::end_unwell(&app, id, run).await;
            (id, run, well_at)
        }
    }
}
