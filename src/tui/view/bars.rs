//! Top bar, agent strip and status bar. Parts that do not fit are left out whole, never cut mid-word.

use super::Theme;
use super::draw::{Canvas, fill, put, put_right};
use crate::base::clock::Millis;
use crate::base::text;
use crate::proto::rest::{Status, Terminal};
use crate::tui::counts;
use crate::tui::fleet;
use crate::tui::hints;
use crate::tui::layout::Size;
use crate::tui::spent;
use crate::tui::state::{Mode, State};
use crate::tui::strip;
use ratatui::layout::Rect;

/// Local time of day, `16:42`.
pub fn clock(state: &State, at: Millis) -> String {
    let minutes = (at / 60_000) as i64 + i64::from(state.settings.utc_offset_minutes);
    let of_day = minutes.rem_euclid(24 * 60);
    format!("{:02}:{:02}", of_day / 60, of_day % 60)
}

/// The name of the view that is open, and where it stands in the top bar: a button.
pub const VIEW: &str = " Agents ";
pub const VIEW_AT: u16 = 12;

pub fn top(state: &State, theme: &Theme, area: Rect, buffer: &mut Canvas<'_>) {
    put(buffer, area.x + 1, area.y, area.width, "conductor", theme.accent);
    let room = area.right().saturating_sub(VIEW_AT);
    let x = put(buffer, area.x + VIEW_AT, area.y, room, VIEW, theme.selection.patch(theme.strong));
    let count = state.fleet.agents().len();
    let mut parts = Vec::new();
    if count > 0 {
        parts.push(format!("{count} agent{}", if count == 1 { "" } else { "s" }));
    } else if state.loaded {
        parts.push("no agents".to_owned());
    }
    if state.settings.read_only {
        parts.insert(0, "read-only".to_owned());
    }
    parts.extend(spent::today(state));
    if state.settings.clock {
        parts.push(clock(state, state.now));
    }
    // Shrinks from the left, so that the clock stays longest.
    while !parts.is_empty() {
        let right = parts.join(" · ");
        if text::width(&right) as u16 + 2 <= area.right().saturating_sub(x) {
            put_right(buffer, area.right() - 1, area.y, area.width, &right, theme.dim);
            break;
        }
        parts.remove(0);
    }
}

pub fn strip(state: &State, theme: &Theme, size: Size, area: Rect, buffer: &mut Canvas<'_>) {
    if size == Size::Phone {
        for count in counts::from(state, area.x + 1) {
            put(buffer, count.x, area.y, area.width, &count.words, theme.status(count.status));
        }
        let x = counts::from(state, area.x + 1)
            .last()
            .map_or(area.x + 1, |last| last.x + text::width(&last.words) as u16 + 1);
        if let Some(agent) = state.focused() {
            let number = state.fleet.number(agent.id).unwrap_or(0);
            let room = area.right().saturating_sub(x + 2);
            let words = format!("{number}/{} {}", state.fleet.agents().len(), agent.window);
            put_right(buffer, area.right() - 1, area.y, room, &words, theme.strong);
        }
        return;
    }
    let (places, hidden) = strip::places(state, area);
    let name_room = strip::name_room(places.len() + hidden, area) as u16;
    for place in places {
        let Some(agent) = state.fleet.get(place.agent) else { continue };
        let is_focused = Some(agent.id) == state.focus;
        let number = state.fleet.number(agent.id).unwrap_or(0);
        let base = if is_focused { theme.selection } else { ratatui::style::Style::new() };
        if is_focused {
            fill(buffer, Rect::new(place.x, area.y, place.width + 1, 1).intersection(area), base);
        }
        let tag = if number < 10 { number.to_string() } else { " ".to_owned() };
        let x = put(buffer, place.x, area.y, 1, &tag, base.patch(theme.faint));
        let glyph = state.settings.glyphs.status(agent.status);
        let x = put(buffer, x, area.y, 1, glyph, base.patch(glyph_style(theme, agent)));
        let style = if is_focused { theme.strong } else { theme.text };
        put(buffer, x + 1, area.y, name_room, &agent.window, base.patch(style));
    }
    if hidden > 0 {
        put_right(buffer, area.right(), area.y, strip::COUNT, &format!("+{hidden}"), theme.dim);
    }
}

/// A state's glyph: reversed when somebody is needed.
pub fn glyph_style(theme: &Theme, agent: &Terminal) -> ratatui::style::Style {
    if agent.status == Status::Waiting { theme.waiting_block } else { theme.status(agent.status) }
}

pub fn status(state: &State, theme: &Theme, area: Rect, buffer: &mut Canvas<'_>) {
    fill(buffer, area, theme.bar);
    let style = if state.mode == Mode::Typing { theme.mode_typing } else { theme.mode_command };
    let word = format!(" {} ", hints::mode_word(state));
    let end = put(buffer, area.x, area.y, area.width, &word, style);
    let target = text::fit(&hints::target(state), 30);
    let mut last = end;
    for hint in hints::hints(state, area.width) {
        let after = put(buffer, hint.column, area.y, hint.width(), &hint.key, theme.bar.patch(theme.key));
        last = put(buffer, after + 1, area.y, hint.width(), hint.word, theme.bar);
    }
    if text::width(&target) as u16 + 2 <= area.right().saturating_sub(last) {
        let style = if state.mode == Mode::Typing { theme.accent } else { theme.dim };
        put_right(buffer, area.right() - 1, area.y, area.width, &target, theme.bar.patch(style));
    }
}

/// `waiting 2m`.
pub fn state_words(agent: &Terminal, now: u64) -> String {
    let age = match agent.status {
        Status::Ready | Status::Completed | Status::Initializing | Status::Unknown => String::new(),
        _ => fleet::age(agent.since_ms, now),
    };
    format!("{} {age}", agent.status.screen_word()).trim_end().to_owned()
}
