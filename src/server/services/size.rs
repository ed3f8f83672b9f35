//! Who sets a terminal's size: carries out what `core::viewers` decides, and tells each client whether the size of what
//! it shows is another one's. Called by the stream; it must never decide who owns what.

use crate::base::id::TerminalId;
use crate::core::viewers::{Viewers, Window};
use crate::server::app::App;
use crate::server::hub::lock;
use crate::server::services::colors;
use crate::server::terminal::{Shared, ToHolder};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// A client shows these panes now, at these sizes; `focused` is where its keys go.
pub fn shown(app: &Arc<App>, client: u64, panes: &BTreeMap<TerminalId, Window>, focused: Option<TerminalId>) {
    for shared in app.all_shared() {
        let now = app.started.elapsed();
        match panes.get(&shared.id) {
            Some(window) => {
                let is_focused = focused == Some(shared.id);
                decide(app, &shared, |viewers| viewers.shows(client, *window, is_focused, now));
            }
            None if lock(&shared.viewers).shown_by(client) => decide(app, &shared, |viewers| {
                viewers.hides(client, now);
                None
            }),
            None => {}
        }
    }
}

/// A client shows this pane, newly perhaps: it is told whose size it has.
pub fn tell(app: &App, id: TerminalId) {
    if let Some(shared) = app.shared(id) {
        let viewers = lock(&shared.viewers);
        app.hub.sized(id, viewers.owner());
    }
}

/// A client typed here or asks for the size: it owns it from now on. `window` is where it shows the terminal, if it does.
pub fn typed(app: &Arc<App>, client: u64, shared: &Arc<Shared>, window: Option<Window>) {
    let now = app.started.elapsed();
    decide(app, shared, |viewers| viewers.typed(client, window, now));
}

/// A client is gone: whoever shows its terminals owns them now.
pub fn left(app: &Arc<App>, client: u64) {
    for shared in app.all_shared() {
        decide(app, &shared, |viewers| viewers.leaves(client));
    }
}

/// Lets `act` decide; sets the size it gives, tells of a new owner, and looks again when that is due.
fn decide(app: &Arc<App>, shared: &Arc<Shared>, act: impl FnOnce(&mut Viewers) -> Option<Window>) {
    let mut viewers = lock(&shared.viewers);
    let before = (viewers.owner(), viewers.due());
    let size = act(&mut viewers);
    let (owner, due) = (viewers.owner(), viewers.due());
    if owner != before.0 {
        // Under the lock, so that two decisions are told in their order.
        app.hub.sized(shared.id, owner);
    }
    drop(viewers);
    if let Some(size) = size {
        set(app, owner, shared, size);
    }
    if let Some(due) = due.filter(|due| before.1 != Some(*due)) {
        let (waiting, shared) = (Arc::clone(app), Arc::clone(shared));
        app.spawn(async move {
            // A timer that fires a moment early would find nothing due, and nobody looks again.
            let wait = due.saturating_sub(waiting.started.elapsed()) + Duration::from_millis(1);
            tokio::time::sleep(wait).await;
            let (owner, size) = {
                let mut viewers = lock(&shared.viewers);
                (viewers.owner(), viewers.look(waiting.started.elapsed()))
            };
            if let Some(size) = size {
                set(&waiting, owner, &shared, size);
            }
        });
    }
}

/// The terminal is its owner's now, in size and in colours.
fn set(app: &App, owner: Option<u64>, shared: &Shared, (columns, rows): Window) {
    if let Some(owner) = owner {
        colors::follow(app, owner, shared);
    }
    let size = lock(&shared.pane).screen.size();
    if (size.columns, size.rows) != (columns, rows) {
        // The holder says when the size really holds; a full queue gets the next one.
        let _ = shared.commands.try_send(ToHolder::Resize { columns, rows });
    }
}
