//! Who sets a terminal's size. One client owns it: the last that focused it or typed into it; the others see it
//! clipped. A new owner resizes when it has owned for a moment: two people who look at one agent would else have it
//! redrawn with every key. When the owner goes, whoever still shows the terminal takes over at once.

use crate::base::id::TerminalId;
use crate::server::app::App;
use crate::server::hub::lock;
use crate::server::services::colors;
use crate::server::terminal::{Shared, ToHolder};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// So long nobody else may want the size before a new owner gets it (`decisions.md`, 4.10).
const QUIET: Duration = Duration::from_millis(250);

/// A client shows these panes now, at these sizes; `focused` is where its keys go.
pub fn shown(app: &Arc<App>, client: u64, panes: &BTreeMap<TerminalId, (u16, u16)>, focused: Option<TerminalId>) {
    for (id, size) in panes {
        let Some(shared) = app.shared(*id) else { continue };
        let mut owner = lock(&shared.size_owner);
        let is_free = owner.client.is_none_or(|c| c == client || !app.hub.shows(c, *id));
        if is_free {
            owner.client = Some(client);
            drop(owner);
            set(app, client, &shared, *size);
        } else if focused == Some(*id) {
            drop(owner);
            take_over(app, client, &shared);
        }
    }
}

/// A client typed here: it owns the size from now on.
pub fn typed(app: &Arc<App>, client: u64, shared: &Arc<Shared>) {
    if lock(&shared.size_owner).client != Some(client) {
        take_over(app, client, shared);
    }
}

/// Makes a client the owner; its size holds when it still owns the terminal a moment later.
fn take_over(app: &Arc<App>, client: u64, shared: &Arc<Shared>) {
    let change = {
        let mut owner = lock(&shared.size_owner);
        owner.client = Some(client);
        owner.changes += 1;
        owner.changes
    };
    let (waiting, shared) = (Arc::clone(app), Arc::clone(shared));
    app.spawn(async move {
        tokio::time::sleep(QUIET).await;
        let is_last = {
            let owner = lock(&shared.size_owner);
            owner.changes == change && owner.client == Some(client)
        };
        if let Some(size) = waiting.hub.size_shown_by(client, shared.id).filter(|_| is_last) {
            set(&waiting, client, &shared, size);
        }
    });
}

/// A client is gone: whoever shows its terminals owns them now.
pub fn left(app: &App, client: u64) {
    for shared in app.all_shared() {
        let mut owner = lock(&shared.size_owner);
        if owner.client != Some(client) {
            continue;
        }
        let heir = app.hub.shown_size(shared.id);
        owner.client = heir.map(|(client, _)| client);
        drop(owner);
        if let Some((heir, size)) = heir {
            set(app, heir, &shared, size);
        }
    }
}

/// The terminal is `client`'s now, in size and in colours.
fn set(app: &App, client: u64, shared: &Shared, (columns, rows): (u16, u16)) {
    colors::follow(app, client, shared);
    // A pane of no size (a terminal of 0x0, a pane folded away) leaves the agent's size alone.
    if columns < 2 || rows < 1 {
        return;
    }
    let size = lock(&shared.pane).screen.size();
    if (size.columns, size.rows) != (columns, rows) {
        // The holder says when the size really holds; a full queue gets the next one.
        let _ = shared.commands.try_send(ToHolder::Resize { columns, rows });
    }
}
