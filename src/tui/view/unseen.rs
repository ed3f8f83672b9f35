//! The agents for which there is no room among the panes, named in the last pane's lower frame with the keys that show
//! them. Called by the view after the panes; nothing may be hidden without a word.

use super::Theme;
use super::draw::{Canvas, put_right};
use crate::base::text;
use crate::tui::commands::Action;
use crate::tui::keymap::way_to;
use crate::tui::state::State;

pub fn unseen(state: &State, theme: &Theme, buffer: &mut Canvas<'_>) {
    let hidden = state.unseen();
    let Some(last) = state.pane_areas().last().copied().filter(|p| !hidden.is_empty() && p.outer != p.inner) else {
        return;
    };
    let named: Vec<String> = hidden
        .iter()
        .map(|id| match state.fleet.number(*id) {
            Some(number @ 1..10) => format!("{number} {}", state.name(*id)),
            _ => state.name(*id),
        })
        .collect();
    let count = hidden.len();
    let (next, before) = (way_to(state, Action::NextAgent), way_to(state, Action::PreviousAgent));
    let room = last.outer.width.saturating_sub(6);
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
    let y = last.outer.bottom() - 1;
    if let Some(words) = words.iter().find(|w| text::width(w) <= usize::from(room)) {
        put_right(buffer, last.outer.right() - 2, y, room, words, theme.dim);
    }
}
