//! The sidebar: sessions, their agents with number, glyph, name and age, and the focused agent's card.

use super::bars::glyph_style;
use super::draw::{Canvas, fill, put, put_right};
use super::{Theme, card};
use crate::base::id::TerminalId;
use crate::base::text;
use crate::proto::rest::Status;
use crate::tui::commands::Action;
use crate::tui::counts;
use crate::tui::fleet::{about, age, fit_path, provider_word, session_title, short_path};
use crate::tui::keymap::way_to;
use crate::tui::layout::Size;
use crate::tui::sidebar::{Line, card_rows, lines};
use crate::tui::state::State;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

/// Columns that a directory takes at least.
const PATH_LEAST: usize = 5;

pub fn sidebar(state: &State, theme: &Theme, size: Size, area: Rect, buffer: &mut Canvas<'_>) {
    let divider = area.right() - 1;
    for y in area.top()..area.bottom() {
        buffer[(divider, y)].set_symbol(state.settings.glyphs.divider()).set_style(theme.frame);
    }
    let card_rows = card_rows(area.height, size);
    let list = Rect { width: area.width - 1, height: area.height - card_rows, ..area };
    for (n, line) in lines(state, size, list.height).into_iter().enumerate() {
        let row = Rect { y: list.y + n as u16, height: 1, ..list };
        match line {
            Line::Title => title(state, theme, row, buffer),
            Line::Session(n) => session(state, theme, n, row, buffer),
            Line::Agent(id) => agent(state, theme, id, row, buffer),
            Line::Detail(id) => detail(state, theme, id, row, buffer),
            Line::More(count) => {
                let ways =
                    [Action::NextAgent, Action::PreviousAgent, Action::Filter].map(|a| way_to(state, a)).join(" ");
                put(buffer, row.x + 1, row.y, row.width - 1, &format!("+{count} more · {ways}"), theme.dim);
            }
            Line::NoMatch => {
                let words = format!("no agent matches · {} clears", way_to(state, Action::Close));
                put(buffer, row.x + 1, row.y, row.width - 1, &words, theme.dim);
            }
        }
    }
    if card_rows > 0 {
        card::card(state, theme, Rect { y: list.bottom(), height: card_rows, ..list }, buffer);
    }
}

fn title(state: &State, theme: &Theme, row: Rect, buffer: &mut Canvas<'_>) {
    let used = put(buffer, row.x, row.y, row.width / 2, &counts::heading(state, row), theme.dim);
    for count in counts::at_the_end(state, row, used) {
        put(buffer, count.x, row.y, row.width, &count.words, theme.status(count.status));
    }
}

fn session(state: &State, theme: &Theme, n: usize, row: Rect, buffer: &mut Canvas<'_>) {
    let Some(session) = state.fleet.sessions().get(n) else { return };
    let glyph = state.settings.glyphs.open_group();
    let x = put(buffer, row.x, row.y, 2, glyph, theme.dim);
    let end = put(buffer, x + 1, row.y, row.width - 2, session_title(session), theme.strong);
    let room = row.right().saturating_sub(end + 2);
    let path = short_path(&session.cwd, state.settings.home.as_deref());
    let path = fit_path(&path, usize::from(room));
    // A few letters of it say nothing, nor does the end of the name again.
    let is_name =
        path.strip_prefix('…').is_some_and(|end| session_title(session).ends_with(end.trim_start_matches('/')));
    if text::width(&path) >= PATH_LEAST && !is_name {
        put_right(buffer, row.right(), row.y, room, &path, theme.faint);
    }
}

fn base(state: &State, theme: &Theme, id: TerminalId, row: Rect, buffer: &mut Canvas<'_>) -> Style {
    if Some(id) != state.focus {
        return Style::new();
    }
    fill(buffer, row, theme.selection);
    // Half a block turned inside out would be the other half.
    let mark = theme.selection.patch(theme.accent).remove_modifier(Modifier::REVERSED);
    put(buffer, row.x, row.y, 1, state.settings.glyphs.chosen(), mark);
    theme.selection
}

fn agent(state: &State, theme: &Theme, id: TerminalId, row: Rect, buffer: &mut Canvas<'_>) {
    let Some(agent) = state.fleet.get(id) else { return };
    let base = base(state, theme, id, row, buffer);
    let number = state.fleet.number(id).filter(|n| *n < 10).map_or(String::new(), |n| n.to_string());
    put(buffer, row.x + 1, row.y, 1, &number, base.patch(theme.faint));
    let glyph = state.settings.glyphs.status(agent.status);
    put(buffer, row.x + 2, row.y, 1, glyph, base.patch(glyph_style(theme, agent)));
    let age = match agent.status {
        Status::Ready | Status::Completed | Status::Initializing | Status::Unknown => String::new(),
        _ => age(agent.since_ms, state.now),
    };
    let mark = if state.is_stopping(id) { "stopping".to_owned() } else { age };
    let style = if state.is_stopping(id) { theme.dim } else { theme.status(agent.status) };
    let left = put_right(buffer, row.right(), row.y, row.width / 2, &mark, base.patch(style));
    let name = if Some(id) == state.focus || agent.status == Status::Waiting { theme.strong } else { theme.text };
    let name = if state.is_stopping(id) { theme.dim } else { name };
    let pin = state.pins.contains(&id).then(|| state.settings.glyphs.pin());
    let room = left.saturating_sub(row.x + 5).saturating_sub(if pin.is_some() { 2 } else { 0 });
    let end = put(buffer, row.x + 4, row.y, room, &agent.window, base.patch(name));
    if let Some(pin) = pin {
        put(buffer, end + 1, row.y, 1, pin, base.patch(theme.accent));
    }
}

fn detail(state: &State, theme: &Theme, id: TerminalId, row: Rect, buffer: &mut Canvas<'_>) {
    let Some(agent) = state.fleet.get(id) else { return };
    let base = base(state, theme, id, row, buffer);
    let style = if agent.status == Status::Waiting { theme.waiting } else { theme.dim };
    let (provider, about) = (provider_word(agent), about(agent));
    // A title that only names the program says nothing new.
    let is_name = state.providers.iter().any(|p| p.title == about) || about.eq_ignore_ascii_case(provider);
    let words = if about.is_empty() || is_name { provider.to_owned() } else { format!("{provider} · {about}") };
    put(buffer, row.x + 4, row.y, row.width - 4, &words, base.patch(style));
}
