//! The focused agent's card at the foot of a wide sidebar: where it works, what it has used, and what it takes. Drawn by the sidebar. It must
//! never need more rows than the sidebar keeps for it.

use super::Theme;
use super::bars::state_words;
use super::draw::{Canvas, put};
use crate::base::id::short_session;
use crate::tui::fleet::{fit_path, short_path};
use crate::tui::listed::exit_words;
use crate::tui::spent;
use crate::tui::state::State;
use crate::tui::weight;
use ratatui::layout::Rect;

pub fn card(state: &State, theme: &Theme, area: Rect, buffer: &mut Canvas<'_>) {
    let Some(agent) = state.focused() else { return };
    let line = state.settings.glyphs.line();
    for x in area.left()..area.right() {
        buffer[(x, area.y)].set_symbol(line).set_style(theme.frame);
    }
    put(buffer, area.x + 1, area.y, area.width.saturating_sub(4), &format!(" {} ", agent.window), theme.strong);
    let process = agent.pid.map_or_else(|| exit_words(agent), |pid| format!("pid {pid}"));
    // What is on the screen is newer than what the server last told.
    let size = match state.panes.get(&agent.id).filter(|_| state.pane_area(agent.id).is_some()) {
        Some(pane) if pane.replica.revision > 0 => (pane.replica.columns, pane.replica.lines.len() as u16),
        _ => (agent.cols, agent.rows),
    };
    let room = area.width.saturating_sub(11);
    let mut rows = vec![
        ("session", short_session(&agent.session).to_owned()),
        ("where", fit_path(&short_path(&agent.cwd, state.settings.home.as_deref()), usize::from(room))),
    ];
    // Of its own: whose files these are is what one asks first.
    rows.extend(agent.branch.as_ref().map(|branch| ("branch", branch.clone())));
    rows.extend([
        ("state", state_words(agent, state.now)),
        ("size", format!("{} × {}", size.0, size.1)),
        ("process", process),
    ]);
    rows.extend(spent::rows(agent));
    if let Some([takes, log]) = weight::words(state) {
        rows.extend([("takes", takes), ("log", log)]);
    }
    for (n, (name, value)) in rows.into_iter().enumerate() {
        let y = area.y + 1 + n as u16;
        if y < area.bottom() {
            put(buffer, area.x + 1, y, 8, name, theme.dim);
            put(buffer, area.x + 10, y, room, &value, theme.text);
        }
    }
}
