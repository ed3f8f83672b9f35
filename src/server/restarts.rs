//! Starts again by itself what its policy has planned. One task of the server; the plans are stored with their
//! terminals, so that another server carries out what this one cannot. It must never plan anything: the world does.

use crate::base::clock::now_ms;
use crate::base::id::TerminalId;
use crate::server::app::App;
use crate::server::hub::lock;
use crate::server::services::lifecycle;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;

/// Waits for what is planned and starts it, each by a task of its own: a slow disk is one agent's affair. Ends with the
/// server.
pub async fn run(app: Arc<App>) {
    let mut stored = app.stored.subscribe();
    let mut starting = JoinSet::new();
    let mut busy = BTreeSet::new();
    loop {
        let now = now_ms();
        for (id, _) in planned(&app, &busy).into_iter().filter(|(_, at)| *at <= now) {
            busy.insert(id);
            let app = Arc::clone(&app);
            starting.spawn(async move {
                lifecycle::restart_by_itself(&app, id).await;
                id
            });
        }
        let next = planned(&app, &busy).into_iter().map(|(_, at)| Duration::from_millis(at.saturating_sub(now))).min();
        tokio::select! {
            Ok(()) = stored.changed() => {}
            Some(Ok(id)) = starting.join_next() => {
                busy.remove(&id);
            }
            () = tokio::time::sleep(next.unwrap_or_default()), if next.is_some() => {}
        }
    }
}

/// What is planned and not being started, with when.
fn planned(app: &App, busy: &BTreeSet<TerminalId>) -> Vec<(TerminalId, u64)> {
    let world = lock(&app.world);
    let idle = world.terminals.values().filter(|t| !busy.contains(&t.id));
    idle.filter_map(|t| Some((t.id, t.life.again_at?))).collect()
}
