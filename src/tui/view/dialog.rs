//! Small boxes in the middle of the panes: a field to fill in, or a question.

use super::Theme;
use super::draw::{Canvas, Panel, centred, field_window, put};
use super::notices::wrap;
use crate::base::id::TerminalId;
use crate::proto::frame::CursorShape;
use crate::tui::commands::Action;
use crate::tui::field::Field;
use crate::tui::keymap::way_to;
use crate::tui::layout::Areas;
use crate::tui::state::{State, StopKind};
use crate::tui::surface::CursorView;
use ratatui::layout::Rect;

pub fn field(
    title: &str,
    field: &Field,
    state: &State,
    theme: &Theme,
    areas: Areas,
    buffer: &mut Canvas<'_>,
) -> Option<CursorView> {
    let area = centred(areas.grid, 56, 3);
    let keys = [("enter", "accept"), ("esc", "close")];
    let inner = Panel { title, note: "", keys: &keys }.draw(buffer, area, theme, state.settings.glyphs);
    one_line(field, theme, Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner }, buffer)
}

/// A one-line field in `area`; its cursor.
pub fn one_line(field: &Field, theme: &Theme, area: Rect, buffer: &mut Canvas<'_>) -> Option<CursorView> {
    let line = field.lines().first().map_or("", String::as_str);
    let (visible, column) = field_window(line, field.cursor().1, area.width);
    if area.is_empty() {
        return None;
    }
    put(buffer, area.x, area.y, area.width, &visible, theme.overlay.patch(theme.strong));
    let column = (area.x + column).min(area.right() - 1);
    Some(CursorView { column, row: area.y, shape: CursorShape::Beam, blinking: false })
}

pub fn confirm_stop(
    id: TerminalId,
    kind: StopKind,
    state: &State,
    theme: &Theme,
    areas: Areas,
    buffer: &mut Canvas<'_>,
) {
    let name = state.name(id);
    let alive = state.fleet.get(id).is_some_and(|a| a.pid.is_some());
    let (undo, again) = (way_to(state, Action::Undo), way_to(state, Action::Restart));
    let (title, words) = match kind {
        StopKind::Exit => (
            format!("Stop {name}?"),
            format!(
                "It is asked to end in 10 seconds; until then {undo} takes it back. Its row and its output stay; {again} \
                 starts it again."
            ),
        ),
        StopKind::Close if alive => (
            format!("Stop and remove {name}?"),
            format!("It is asked to end in 10 seconds; until then {undo} takes it back. Its row goes away."),
        ),
        StopKind::Close => {
            (format!("Remove {name}?"), format!("Its row goes away in 10 seconds; until then {undo} takes it back."))
        }
    };
    let width = 60.min(areas.grid.width);
    let lines = wrap(&words, usize::from(width.saturating_sub(4)));
    let area = centred(areas.grid, width, lines.len() as u16 + 2);
    let keys = [("y", "yes"), ("esc", "no")];
    let inner = Panel { title: &title, note: "", keys: &keys }.draw(buffer, area, theme, state.settings.glyphs);
    for (n, line) in lines.iter().enumerate() {
        let y = inner.y + n as u16;
        if y < inner.bottom() {
            put(buffer, inner.x + 1, y, inner.width.saturating_sub(2), line, theme.overlay);
        }
    }
}
