//! Who sets a terminal's size. One client owns it: the last that focused it or typed into it; the others see it
//! clipped. When the owner goes, whoever still shows the terminal takes over.

use crate::base::id::TerminalId;
use crate::server::app::App;
use crate::server::hub::lock;
use crate::server::terminal::{Shared, ToHolder};
use std::collections::BTreeMap;

/// A client shows these panes now, at these sizes; `focused` is where its keys go.
pub fn shown(app: &App, client: u64, panes: &BTreeMap<TerminalId, (u16, u16)>, focused: Option<TerminalId>) {
    for (id, size) in panes {
        let Some(shared) = app.shared(*id) else { continue };
        let is_ours = {
            let mut owner = lock(&shared.size_owner);
            let is_free = owner.client.is_none_or(|c| c == client || !app.hub.shows(c, *id));
            if is_free || focused == Some(*id) {
                owner.client = Some(client);
            }
            owner.client == Some(client)
        };
        if is_ours {
            set(&shared, *size);
        }
    }
}

/// A client typed here: it owns the size from now on.
pub fn typed(app: &App, client: u64, shared: &Shared, size: Option<(u16, u16)>) {
    let mut owner = lock(&shared.size_owner);
    if owner.client == Some(client) {
        return;
    }
    owner.client = Some(client);
    drop(owner);
    if let Some(size) = size.filter(|_| app.hub.shows(client, shared.id)) {
        set(shared, size);
    }
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
        if let Some((_, size)) = heir {
            set(&shared, size);
        }
    }
}

fn set(shared: &Shared, (columns, rows): (u16, u16)) {
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
