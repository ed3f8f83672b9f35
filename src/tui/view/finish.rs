//! The dialog of the end of an agent's work as cells: the choices, and in sentences what would happen. Called by the view.
//! It must never leave out why nothing has landed.

use super::Theme;
use super::dialog::one_line;
use super::draw::{Canvas, Panel, body, centred, fill, put, rule};
use super::notices::wrap;
use crate::base::text;
use crate::tui::fields::way_out;
use crate::tui::layout::Areas;
use crate::tui::state::State;
use crate::tui::surface::CursorView;
use crate::tui::trees::{Finish, Row, Way, words};
use ratatui::layout::Rect;
use ratatui::style::Style;

/// Column of the values, behind the longest label.
const VALUES: u16 = 10;
/// Wide enough for the four ways side by side and a sentence in two lines.
const WIDTH: u16 = 76;

pub fn finish(
    dialog: &Finish,
    state: &State,
    theme: &Theme,
    areas: Areas,
    buffer: &mut Canvas<'_>,
) -> Option<CursorView> {
    let width = WIDTH.min(areas.whole.width.saturating_sub(2));
    let room = usize::from(width.saturating_sub(4));
    let problem = dialog.problem.as_deref().map_or_else(Vec::new, |words| wrap(words, room));
    let said: Vec<String> = dialog.sentences(state).iter().flat_map(|words| wrap(words, room)).collect();
    let rows = dialog.rows();
    let height = (rows.len() + said.len() + problem.len()) as u16 + 3;
    let area = centred(body(areas), width, height);
    let name = dialog.shown.as_ref().map(words::branch);
    let title = name.map_or_else(|| "Finish".to_owned(), |name| format!("Finish {name}"));
    let keys = [("enter", dialog.way.word()), ("↓", "field"), ("←→", "choice"), (way_out(state), "close")];
    let note = if dialog.is_under_way { "under way…" } else { "nothing is forced" };
    let inner = Panel { title: &title, note, keys: &keys }.draw(buffer, area, theme, state.settings.glyphs);
    if inner.width < 20 || inner.height < 3 {
        return None;
    }
    let mut cursor = None;
    for (n, row) in rows.iter().enumerate() {
        let line = Rect { y: inner.y + n as u16, height: 1, ..inner };
        if line.y < inner.bottom() {
            cursor = row_of(dialog, *row, state, theme, line, buffer).or(cursor);
        }
    }
    let mut y = inner.y + rows.len() as u16;
    // Where it is low, the sentences matter more than the line above them; and why nothing landed, most.
    let is_roomy = usize::from(inner.bottom().saturating_sub(y)) > said.len() + problem.len();
    if is_roomy {
        rule(state, theme, inner, y, buffer);
        y += 1;
    }
    let lines = problem.iter().map(|line| (line, theme.failed)).chain(said.iter().map(|line| (line, theme.text)));
    for (line, style) in lines {
        if y < inner.bottom() {
            put(buffer, inner.x + 1, y, inner.width.saturating_sub(2), line, theme.overlay.patch(style));
        }
        y += 1;
    }
    cursor
}

fn row_of(
    dialog: &Finish,
    row: Row,
    state: &State,
    theme: &Theme,
    area: Rect,
    buffer: &mut Canvas<'_>,
) -> Option<CursorView> {
    let is_chosen = dialog.row == row;
    let base = if is_chosen { theme.overlay.patch(theme.selection) } else { theme.overlay };
    if is_chosen {
        fill(buffer, area, base);
        put(buffer, area.x, area.y, 1, state.settings.glyphs.chosen(), base.patch(theme.accent));
    }
    let (name, field) = match (row, dialog.way) {
        (Row::How, _) => ("How", None),
        (Row::Into, Way::Push) => ("To", Some(&dialog.remote)),
        (Row::Into, _) => ("Into", Some(&dialog.into)),
        (Row::Commit, _) => ("Commit", Some(&dialog.commit)),
        (Row::After, _) => ("The tree", None),
    };
    let label = if is_chosen { theme.strong } else { theme.dim };
    put(buffer, area.x + 2, area.y, VALUES, name, base.patch(label));
    let values = Rect { x: area.x + 2 + VALUES, width: area.width.saturating_sub(VALUES + 3), ..area };
    match field {
        Some(field) if is_chosen => {
            let cursor = one_line(field, state, theme, values, buffer);
            hint(dialog, row, base, theme, values, buffer);
            cursor
        }
        Some(field) => {
            put(buffer, values.x, values.y, values.width, &field.text(), base.patch(theme.text));
            hint(dialog, row, base, theme, values, buffer);
            None
        }
        None => {
            let words: Vec<(&str, bool)> = match row {
                Row::How => Way::ALL.iter().map(|way| (way.word(), *way == dialog.way)).collect(),
                _ => vec![("remove it", !dialog.keeps), ("keep it", dialog.keeps)],
            };
            choices(&words, base, state, theme, values, buffer);
            None
        }
    }
}

/// What an empty field is for.
fn hint(dialog: &Finish, row: Row, base: Style, theme: &Theme, area: Rect, buffer: &mut Canvas<'_>) {
    let words = match row {
        Row::Commit if dialog.commit.is_empty() => "words for what no commit has",
        Row::Into if dialog.target().is_empty() && dialog.way == Way::Push => "a remote, such as origin",
        Row::Into if dialog.target().is_empty() => "a branch",
        _ => return,
    };
    put(buffer, area.x + 1, area.y, area.width.saturating_sub(1), words, base.patch(theme.faint));
}

/// Words side by side, the chosen one between marks.
fn choices(words: &[(&str, bool)], base: Style, state: &State, theme: &Theme, area: Rect, buffer: &mut Canvas<'_>) {
    let (open, close) = state.settings.glyphs.choice();
    // The marks around the chosen one hang out to the left, so that words stand under words.
    let mut x = area.x - 1;
    for (word, is_chosen) in words {
        let (words, style) = match is_chosen {
            true => (format!("{open}{word}{close}"), theme.strong),
            false => (format!(" {word} "), theme.text),
        };
        let room = area.right().saturating_sub(x);
        if text::width(&words) <= usize::from(room) {
            x = put(buffer, x, area.y, room, &words, base.patch(style)) + 1;
        }
    }
}
