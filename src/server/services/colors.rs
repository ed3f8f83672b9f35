//! What colours a program is told: those of the terminal of whoever owns its size, since that is where it is looked at.
//! Called by the stream when a client tells its colours, and when a terminal gets another owner. It must never change
//! what is on a screen.

use crate::core::screen::Colors;
use crate::proto::holder::InputHead;
use crate::proto::stream;
use crate::server::app::App;
use crate::server::hub::lock;
use crate::server::terminal::{Shared, ToHolder};
use std::sync::atomic::Ordering;

/// A client's terminal has these colours now. A terminal that nobody owns takes the colours told last.
pub fn told(app: &App, client: u64, told: &stream::Colors) {
    let colors = of_wire(told);
    app.hub.tell_colors(client, colors);
    for shared in app.all_shared() {
        let owner = lock(&shared.viewers).owner();
        if owner.is_none_or(|owner| owner == client) {
            set(app, &shared, colors);
        }
    }
}

/// A terminal belongs to this client now.
pub fn follow(app: &App, client: u64, shared: &Shared) {
    if let Some(colors) = app.hub.colors_of(client) {
        set(app, shared, colors);
    }
}

fn set(app: &App, shared: &Shared, colors: Colors) {
    let report = {
        let mut pane = lock(&shared.pane);
        if *pane.screen.colors() == colors {
            return;
        }
        pane.screen.set_colors(colors)
    };
    if let Some(report) = report {
        // A source of this server's own: its numbers begin anew with each.
        let sequence = shared.schemes_told.fetch_add(1, Ordering::Relaxed) + 1;
        let head = InputHead { source: format!("s{}", app.generation), sequence, keep: false };
        // A full queue: whoever reads nothing misses a change of colours.
        let _ = shared.commands.try_send(ToHolder::Input { head, bytes: report.to_vec(), done: None });
    }
}

fn of_wire(told: &stream::Colors) -> Colors {
    let triple = |[r, g, b]: [u8; 3]| (r, g, b);
    let mut colors =
        Colors { foreground: triple(told.foreground), background: triple(told.background), ..Colors::default() };
    for (place, color) in colors.sixteen.iter_mut().zip(&told.palette) {
        *place = triple(*color);
    }
    colors
}
