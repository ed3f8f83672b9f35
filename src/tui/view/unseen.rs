//! The agents for which there is no room among the panes, named in the last pane's lower frame with the keys that show
//! them. Called by the view after the panes, and where a notice lies over that frame; nothing may be hidden without a word.

use super::Theme;
use super::draw::{Canvas, put_right};
use crate::base::text;
use crate::tui::commands::Action;
use crate::tui::keymap::way_to;
use crate::tui::state::State;
use ratatui::layout::Rect;
use ratatui::style::Style;

pub fn unseen(state: &State, theme: &Theme, buffer: &mut Canvas<'_>) {
    let last = state.pane_areas().last().copied().filter(|p| p.outer != p.inner);
    let Some(frame) = last.map(|p| Rect { y: p.outer.bottom() - 1, height: 1, ..p.outer }) else { return };
    beside(state, frame, theme.dim, buffer);
}

/// Names them at the right end of a line, in as many words as there is room for.
pub fn beside(state: &State, line: Rect, style: Style, buffer: &mut Canvas<'_>) {
    let hidden = state.unseen();
    if hidden.is_empty() {
        return;
    }
    let named: Vec<String> = hidden
        .iter()
        .map(|id| match state.fleet.number(*id) {
            Some(number @ 1..10) => format!("{number} {}", state.name(*id)),
            _ => state.name(*id),
        })
        .collect();
    let count = hidden.len();
    let (next, before) = (way_to(state, Action::NextAgent), way_to(state, Action::PreviousAgent));
    let room = line.width.saturating_sub(6);
    let words = if state.areas().strip.is_some() {
        // The strip names them already.
        vec![format!(" +{count} more · {next} {before} ")]
    } else {
        vec![
            format!(" +{count} more: {} ", named.join(" · ")),
            format!(" +{count} more: their numbers, {next} and {before} show them "),
            format!(" +{count} more "),
        ]
    };
    if let Some(words) = words.iter().find(|w| text::width(w) <= usize::from(room)) {
        put_right(buffer, line.right() - 2, line.y, room, words, style);
    }
}
