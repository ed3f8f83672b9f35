//! The list of what toasts have said, the newest at the bottom, with the chosen one's whole text below it.

use super::Theme;
use super::dialog::one_line;
use super::draw::{Canvas, Panel, fill, overlay, put, put_right, rule};
use super::notices::wrap;
use super::pane::moment;
use crate::base::text;
use crate::proto::rest::Status;
use crate::tui::events::{Event, Events};
use crate::tui::fields::way_out;
use crate::tui::layout::Areas;
use crate::tui::state::State;
use crate::tui::surface::CursorView;
use crate::tui::toasts::Tone;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// Rows for a text that does not fit into its line.
const WHOLE: usize = 8;

pub fn events(
    events: &Events,
    state: &State,
    theme: &Theme,
    areas: Areas,
    buffer: &mut Canvas<'_>,
) -> Option<CursorView> {
    let area = overlay(areas, areas.whole.width.saturating_sub(8).min(120), areas.whole.height.saturating_sub(5));
    let keys = [("enter", "go there"), ("↑↓", "choose"), (way_out(state), "close")];
    let panel = Panel { title: "Events", note: "", keys: &keys };
    let inner = panel.draw(buffer, area, theme, state.settings.glyphs);
    if inner.height < 3 {
        return None;
    }
    let log = state.toasts.log();
    let listed = log.matching(&events.filter.text());
    put(buffer, inner.x + 1, inner.y, 1, "/", theme.overlay.patch(theme.key));
    let count = match log.counts() {
        (kept, said) if (kept as u64) < said => format!("the last {kept} of {said}"),
        (kept, _) => format!("{} of {kept}", listed.len()),
    };
    let end = put_right(buffer, inner.right() - 1, inner.y, inner.width / 2, &count, theme.overlay.patch(theme.dim));
    let field = Rect::new(inner.x + 3, inner.y, end.saturating_sub(inner.x + 4), 1);
    let cursor = one_line(&events.filter, state, theme, field, buffer);
    rule(state, theme, inner, inner.y + 1, buffer);
    let chosen = events.chosen(&listed);
    let Some(event) = listed.get(chosen) else {
        let words = match log.counts() {
            (0, _) => "nothing was said yet: what notices say is kept here until this screen is closed",
            _ => "nothing of what was said matches",
        };
        put(buffer, inner.x + 1, inner.y + 2, inner.width.saturating_sub(2), words, theme.overlay.patch(theme.dim));
        return cursor;
    };
    // The rest of a long one stands below the list.
    let time = listed.iter().map(|event| text::width(&moment(state, event.at))).max().unwrap_or(0) as u16;
    let room = usize::from(inner.width.saturating_sub(time + 7));
    let whole = wrap(&text::printable(&event.text), usize::from(inner.width.saturating_sub(4)));
    let below = if text::width(&event.text) > room { whole.len().min(WHOLE) } else { 0 };
    // A few of the list stay beside it.
    let below = below.min(usize::from(inner.height).saturating_sub(6));
    let rows = usize::from(inner.height - 2) - if below > 0 { below + 1 } else { 0 };
    // The newest are at the bottom; the chosen one is always among those shown.
    let first = listed.len().saturating_sub(rows).min(chosen.saturating_sub(rows / 2));
    for (n, event) in listed.iter().enumerate().skip(first).take(rows) {
        let row = Rect::new(inner.x, inner.y + 2 + (n - first) as u16, inner.width, 1);
        let base = if n == chosen { theme.overlay.patch(theme.selection) } else { theme.overlay };
        if n == chosen {
            fill(buffer, row, base);
            put(buffer, row.x, row.y, 1, state.settings.glyphs.chosen(), base.patch(theme.accent));
        }
        line(event, base, time + 1, state, theme, row, buffer);
    }
    if below > 0 {
        let top = inner.bottom() - below as u16;
        rule(state, theme, inner, top - 1, buffer);
        for (n, words) in whole.iter().take(below).enumerate() {
            let is_cut = n + 1 == below && whole.len() > below;
            let words = if is_cut { &format!("{words} …") } else { words };
            put(
                buffer,
                inner.x + 2,
                top + n as u16,
                inner.width.saturating_sub(3),
                words,
                theme.overlay.patch(theme.text),
            );
        }
    }
    cursor
}

fn line(event: &Event, base: Style, time: u16, state: &State, theme: &Theme, row: Rect, buffer: &mut Canvas<'_>) {
    let glyphs = state.settings.glyphs;
    let (sign, style) = match event.tone {
        Tone::Info => (" ", theme.text),
        Tone::Good => (glyphs.status(Status::Completed), theme.done),
        Tone::Error => (glyphs.status(Status::Error), theme.failed),
    };
    put(buffer, row.x + 2, row.y, time, &moment(state, event.at), base.patch(theme.dim));
    put(buffer, row.x + 2 + time, row.y, 1, sign, base.patch(style));
    let x = row.x + 4 + time;
    put(buffer, x, row.y, row.right().saturating_sub(x + 1), &event.text, base.patch(style));
}
