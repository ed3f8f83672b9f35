//! Small boxes in the middle of the panes: a field to fill in, or a question.

use super::Theme;
use super::draw::{Canvas, Panel, centred, field_window, put, put_right};
use super::notices::wrap;
use crate::base::id::TerminalId;
use crate::base::text;
use crate::proto::frame::CursorShape;
use crate::tui::commands::Action;
use crate::tui::field::Field;
use crate::tui::fields::{self, way_out};
use crate::tui::keymap::way_to;
use crate::tui::layout::Areas;
use crate::tui::state::{State, StopKind};
use crate::tui::surface::CursorView;
use crate::tui::trees::{self, Ask, Question};
use crate::tui::vim::Mode;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

pub fn field(
    title: &str,
    field: &Field,
    state: &State,
    theme: &Theme,
    areas: Areas,
    buffer: &mut Canvas<'_>,
) -> Option<CursorView> {
    let area = centred(areas.grid, 56, 3);
    let keys = [("enter", "accept"), (way_out(state), "close")];
    let inner = Panel { title, note: "", keys: &keys }.draw(buffer, area, theme, state.settings.glyphs);
    one_line(field, state, theme, Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner }, buffer)
}

/// A one-line field in `area`, which is the open one; its cursor.
pub fn one_line(
    field: &Field,
    state: &State,
    theme: &Theme,
    area: Rect,
    buffer: &mut Canvas<'_>,
) -> Option<CursorView> {
    if area.is_empty() {
        return None;
    }
    let mut area = area;
    let word = mode_word(state);
    // The text matters more: the status bar has the word as well.
    if area.width > mode_room(state) + 1 && !word.is_empty() {
        put_right(buffer, area.right(), area.y, area.width, word, theme.overlay.patch(theme.key));
        area.width -= mode_room(state);
    }
    let line = field.lines().first().map_or("", String::as_str);
    let (visible, column) = field_window(line, field.cursor().1, area.width);
    put(buffer, area.x, area.y, area.width, &visible, theme.overlay.patch(theme.strong));
    let width_to = |n: usize| text::width_by_char(&line.chars().take(n).collect::<String>());
    if let Some((first, last)) = state.vim.selection(field.place()) {
        let hidden = width_to(field.cursor().1).saturating_sub(usize::from(column));
        let shown = |n: usize| area.x.saturating_add(width_to(n).saturating_sub(hidden) as u16).min(area.right());
        select(buffer, Rect { x: shown(first), width: shown(last + 1) - shown(first), ..area });
    }
    let column = (area.x + column).min(area.right() - 1);
    Some(CursorView { column, row: area.y, shape: cursor_shape(state), blinking: false })
}

/// The mode of the open field, where it is not the one that is expected.
pub fn mode_word(state: &State) -> &'static str {
    fields::mode(state).filter(|mode| *mode != Mode::Insert).map_or("", Mode::word)
}

/// Columns of that word and of a gap before it.
pub fn mode_room(state: &State) -> u16 {
    let word = mode_word(state).len() as u16;
    word + u16::from(word > 0)
}

/// Between characters where one types, upon one where keys are commands.
pub fn cursor_shape(state: &State) -> CursorShape {
    if mode_word(state).is_empty() { CursorShape::Beam } else { CursorShape::Block }
}

/// Shows that these cells are selected.
pub fn select(buffer: &mut Canvas<'_>, area: Rect) {
    buffer.set_style(area, Style::new().add_modifier(Modifier::REVERSED));
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
    question(&title, &words, state, theme, areas, buffer);
}

pub fn confirm_stop_all(state: &State, theme: &Theme, areas: Areas, buffer: &mut Canvas<'_>) {
    let key = way_to(state, Action::StopAll);
    let (title, words) = if state.standing.is_stopped {
        (
            "Go on?",
            "Messages are typed again. Agents that were interrupted stay so until somebody writes to them.".to_owned(),
        )
    } else {
        let words = format!(
            "Every agent that works or waits is interrupted, and messages are held until {key} takes it back. No program \
             is ended."
        );
        ("Stop everything?", words)
    };
    question(title, &words, state, theme, areas, buffer);
}

/// Lines of what would be lost; of more, how many.
const LOST: usize = 6;

pub fn confirm_tree(asked: &Question, state: &State, theme: &Theme, areas: Areas, buffer: &mut Canvas<'_>) {
    let name = &asked.name;
    let undo = way_to(state, Action::Undo);
    let (title, paragraphs) = match &asked.ask {
        Ask::Remove(None) => {
            (format!("Remove the work tree {name}?"), vec![("looking at what is in it…".to_owned(), theme.dim)])
        }
        Ask::Remove(Some(looked)) => {
            let (lost, moved) = trees::words::lost_and_moved(&looked.left_out);
            let kept = format!(
                "Everything in it is kept: {} in snapshot {}. {undo} brings it back.",
                trees::words::count(looked.files, "file"),
                looked.kept.number
            );
            let mut all = vec![(kept, theme.text)];
            all.extend(lost.iter().take(LOST).map(|words| (format!("Would be lost: {words}"), theme.failed)));
            let more = lost.len().saturating_sub(LOST) as u64 + looked.more_left_out;
            if more > 0 {
                all.push((format!("and {more} more"), theme.failed));
            }
            all.extend(moved.into_iter().take(LOST).map(|words| (words, theme.dim)));
            (format!("Remove the work tree {name}?"), all)
        }
        Ask::RemoveRest => {
            let words = format!("Its folder is not there any more. What was kept of it stays; {undo} brings it back.");
            (format!("Remove what is left of {name}?"), vec![(words, theme.text)])
        }
        Ask::GoBack(kept) => {
            let words = format!(
                "Its files go back to snapshot {} ({}). What is there now becomes a snapshot first.",
                kept.number, kept.words
            );
            (format!("Take {name} back?"), vec![(words, theme.text)])
        }
    };
    question_of(&title, &paragraphs, state, theme, areas, buffer);
}

/// A question that `y` answers with yes, and its consequences.
fn question(title: &str, words: &str, state: &State, theme: &Theme, areas: Areas, buffer: &mut Canvas<'_>) {
    question_of(title, &[(words.to_owned(), Style::new())], state, theme, areas, buffer);
}

/// The same with several paragraphs, each in its style.
fn question_of(
    title: &str,
    paragraphs: &[(String, Style)],
    state: &State,
    theme: &Theme,
    areas: Areas,
    buffer: &mut Canvas<'_>,
) {
    let width = 60.min(areas.grid.width);
    let room = usize::from(width.saturating_sub(4));
    let lines: Vec<(String, Style)> =
        paragraphs.iter().flat_map(|(words, style)| wrap(words, room).into_iter().map(|line| (line, *style))).collect();
    let area = centred(areas.grid, width, lines.len() as u16 + 2);
    let keys = [("y", "yes"), ("esc", "no")];
    let inner = Panel { title, note: "", keys: &keys }.draw(buffer, area, theme, state.settings.glyphs);
    for (n, (line, style)) in lines.iter().enumerate() {
        let y = inner.y + n as u16;
        if y < inner.bottom() {
            put(buffer, inner.x + 1, y, inner.width.saturating_sub(2), line, theme.overlay.patch(*style));
        }
    }
}
