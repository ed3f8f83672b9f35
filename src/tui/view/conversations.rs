//! The conversations of an agent that has ended, as cells: numbered, with what is known of each. Called by the view.

use super::Theme;
use super::draw::{Canvas, Panel, centred, fill, put, put_right};
use super::notices::wrap;
use crate::base::text;
use crate::proto::life::Conversation;
use crate::tui::commands::Action;
use crate::tui::conversations::Picker;
use crate::tui::fleet::age;
use crate::tui::keymap::way_to;
use crate::tui::layout::Areas;
use crate::tui::state::State;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// An id, its first words and its age side by side.
const WIDTH: u16 = 88;
/// Of an id, so much tells one from another.
const ID: usize = 13;

pub fn conversations(picker: &Picker, state: &State, theme: &Theme, areas: Areas, buffer: &mut Canvas<'_>) {
    let width = WIDTH.min(areas.grid.width);
    let room = usize::from(width.saturating_sub(4));
    let restart = way_to(state, Action::Restart);
    let all = picker.all.as_deref().unwrap_or_default();
    let words = match (&picker.problem, &picker.all) {
        (Some(problem), _) => Some((problem.clone(), theme.failed)),
        (None, None) => Some(("asking the server…".to_owned(), theme.dim)),
        (None, Some(all)) if all.is_empty() => {
            Some((format!("No conversation of it is known; {restart} starts it again."), theme.dim))
        }
        _ => None,
    };
    let said: Vec<(String, Style)> = words
        .into_iter()
        .flat_map(|(words, style)| wrap(&words, room).into_iter().map(move |line| (line, style)))
        .collect();
    let area = centred(areas.grid, width, (all.len() + said.len()) as u16 + 2);
    let title = format!("Resume {} with which conversation?", state.name(picker.terminal));
    let keys = [("1-9", "resume it"), ("↑↓", "choose"), ("enter", "resume"), ("esc", "close")];
    let inner = Panel { title: &title, note: "", keys: &keys }.draw(buffer, area, theme, state.settings.glyphs);
    for (n, one) in all.iter().enumerate() {
        let row = Rect { y: inner.y + n as u16, height: 1, ..inner };
        if row.y < inner.bottom() {
            let base = if n == picker.chosen { theme.overlay.patch(theme.selection) } else { theme.overlay };
            if n == picker.chosen {
                fill(buffer, row, base);
                put(buffer, row.x, row.y, 1, state.settings.glyphs.chosen(), base.patch(theme.accent));
            }
            line(n, one, base, state, theme, row, buffer);
        }
    }
    for (n, (line, style)) in said.iter().enumerate() {
        let y = inner.y + (all.len() + n) as u16;
        if y < inner.bottom() {
            put(buffer, inner.x + 1, y, inner.width.saturating_sub(2), line, theme.overlay.patch(*style));
        }
    }
}

fn line(n: usize, one: &Conversation, base: Style, state: &State, theme: &Theme, row: Rect, buffer: &mut Canvas<'_>) {
    // The tenth is reached by the last digit.
    let number = ((n + 1) % 10).to_string();
    put(buffer, row.x + 2, row.y, 1, &number, base.patch(theme.key));
    let id: String = text::printable(&one.id).chars().take(ID).collect();
    let style = if one.is_saved { theme.text } else { theme.faint };
    let x = put(buffer, row.x + 4, row.y, ID as u16, &id, base.patch(theme.dim)) + 2;
    let when = match (one.is_saved, one.saved_at_ms) {
        (false, _) => "not saved".to_owned(),
        (true, Some(at)) => match age(at, state.now).as_str() {
            "" => "just now".to_owned(),
            age => format!("{age} ago"),
        },
        (true, None) => String::new(),
    };
    let last = if one.is_current { "the last" } else { "" };
    let note = [last, &when].into_iter().filter(|words| !words.is_empty()).collect::<Vec<_>>().join(" · ");
    let end = put_right(buffer, row.right() - 1, row.y, row.width / 2, &note, base.patch(theme.dim));
    let words = one.begins.as_deref().map(text::printable).unwrap_or_default();
    put(buffer, x, row.y, end.saturating_sub(x + 2), &words, base.patch(style));
}
