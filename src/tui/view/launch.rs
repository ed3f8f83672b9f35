//! The launch dialog: message, agent, name, directory, and the exact command line that will run.

use super::Theme;
use super::dialog::{cursor_shape, mode_word, one_line, select};
use super::draw::{Canvas, Panel, body, centred, fill, frame, put, put_right};
use super::notices::wrap;
use crate::base::text;
use crate::tui::actions::{default_directory, free_name, launch_directory};
use crate::tui::fields::way_out;
use crate::tui::fleet::{fit_path, short_path};
use crate::tui::launch::{Launch, Row, TO_HAVE_IT};
use crate::tui::layout::{Areas, Size};
use crate::tui::state::State;
use crate::tui::surface::CursorView;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// Column of the values, behind the longest label.
const VALUES: u16 = 10;
/// Rows of the message that are visible.
const MESSAGE_ROWS: u16 = 3;

pub fn launch(state: &State, theme: &Theme, areas: Areas, buffer: &mut Canvas<'_>) -> Option<CursorView> {
    let body = body(areas);
    let narrow = matches!(areas.size, Size::Narrow | Size::Phone);
    let area = if narrow { centred(body, body.width.saturating_sub(2), 17) } else { centred(body, 96, 17) };
    let dialog = &state.launch;
    let keys =
        [("enter", "start"), ("↓", "field"), ("←→", "choice"), ("ctrl-j", "new line"), (way_out(state), "close")];
    let note = if dialog.starting { "starting…" } else { "enter starts with these" };
    let inner = Panel { title: "New agent", note, keys: &keys }.draw(buffer, area, theme, state.settings.glyphs);
    if inner.width < 20 || inner.height < 5 {
        return None;
    }
    // Low screens lose the blank rows and the heading first.
    let roomy = inner.height >= 13;
    let mut y = inner.y;
    if roomy {
        put(
            buffer,
            inner.x + 1,
            y,
            inner.width,
            "First message",
            theme.overlay.patch(label(theme, dialog, Row::Message)),
        );
        let room = inner.width - 16;
        if let Some(words) = no_message(state, usize::from(room)) {
            put_right(buffer, inner.right() - 1, y, room, &words, theme.overlay.patch(theme.dim));
        }
        y += 1;
    }
    let message_rows = if roomy { MESSAGE_ROWS } else { 1 };
    let message_box = Rect::new(inner.x, y, inner.width, message_rows + 2);
    let line_style = if dialog.row == Row::Message { theme.frame_focus } else { theme.frame };
    frame(buffer, message_box, state.settings.glyphs, false, theme.overlay.patch(line_style));
    let text_area = Rect::new(inner.x + 2, y + 1, inner.width.saturating_sub(4), message_rows);
    let mut cursor = message(state, theme, text_area, buffer);
    if cursor.is_some() && !mode_word(state).is_empty() {
        let word = format!(" {} ", mode_word(state));
        let (end, y) = (message_box.right() - 2, message_box.bottom() - 1);
        put_right(buffer, end, y, message_box.width.saturating_sub(4), &word, theme.overlay.patch(theme.key));
    }
    y = message_box.bottom();
    for row in [Row::Agent, Row::Name, Row::Where, Row::Work] {
        if y >= inner.bottom() {
            break;
        }
        let line = Rect::new(inner.x, y, inner.width, 1);
        if let Some(c) = field_row(state, theme, row, line, buffer) {
            cursor = Some(c);
        }
        y += 1;
        if row == Row::Agent && y < inner.bottom() {
            y += agent_note(state, theme, Rect { y, height: inner.bottom() - y, ..line }, buffer);
        }
    }
    let problem = dialog
        .problem
        .as_ref()
        .map_or_else(Vec::new, |problem| wrap(problem, usize::from(inner.width.saturating_sub(3))));
    let left = inner.bottom().saturating_sub(y);
    if left > 2 {
        y += 1;
    }
    if y < inner.bottom() {
        let words = dialog.command_line(&state.providers).unwrap_or_else(|| "…".to_owned());
        let x = put(buffer, inner.x + 2, y, 2, "$ ", theme.overlay.patch(theme.accent));
        let width = usize::from(inner.right().saturating_sub(x + 1));
        let room = usize::from(inner.bottom() - y).saturating_sub(problem.len()).max(1);
        let mut rows = wrap(&words, width);
        if rows.len() > room {
            // What does not fit is cut at the end, with a mark.
            rows = rows[..room - 1].iter().cloned().chain([rows[room - 1..].join(" ")]).collect();
        }
        for row in rows {
            put(buffer, x, y, width as u16, &row, theme.overlay.patch(theme.text));
            y += 1;
        }
    }
    // From the bottom up, where there is no room below the rest.
    let top = y.min(inner.bottom().saturating_sub(problem.len() as u16)).max(inner.y);
    for (y, line) in (top..inner.bottom()).zip(&problem) {
        let row = Rect { y, height: 1, ..inner };
        fill(buffer, row, theme.overlay);
        put(buffer, inner.x + 2, y, inner.width.saturating_sub(3), line, theme.overlay.patch(theme.failed));
    }
    cursor
}

fn label(theme: &Theme, dialog: &Launch, row: Row) -> Style {
    if dialog.row == row { theme.strong } else { theme.dim }
}

/// Why a message would not be sent, in as many words as there is room for.
fn no_message(state: &State, room: usize) -> Option<String> {
    let chosen = state.launch.chosen(&state.providers).filter(|provider| !provider.takes_prompt)?;
    let why = format!("{} takes none", chosen.title);
    let whole = format!("{why}: kept for another agent");
    Some(if state.launch.message.is_empty() || text::width(&whole) > room { why } else { whole })
}

fn message(state: &State, theme: &Theme, area: Rect, buffer: &mut Canvas<'_>) -> Option<CursorView> {
    if area.is_empty() {
        return None;
    }
    let (dialog, field) = (&state.launch, &state.launch.message);
    let width = usize::from(area.width);
    let no_message = no_message(state, width);
    let (rows, at) = wrapped(field.lines(), field.cursor(), width);
    let first = (at.0 + 1).saturating_sub(usize::from(area.height));
    for (n, row) in rows.iter().skip(first).take(usize::from(area.height)).enumerate() {
        let style = if no_message.is_some() { theme.faint } else { theme.text };
        put(buffer, area.x, area.y + n as u16, area.width, row, theme.overlay.patch(style));
    }
    if let (Row::Message, Some(ends)) = (dialog.row, state.vim.selection(field.place())) {
        let at = |place| wrapped(field.lines(), field.position(place), width).1;
        let (start, end) = (at(ends.0), at(ends.1));
        let shown = rows.iter().enumerate().skip(first).take(usize::from(area.height));
        for (n, row) in shown.filter(|(n, _)| (start.0..=end.0).contains(n)) {
            let from = if n == start.0 { start.1 } else { 0 };
            // Of a line without characters its end is seen.
            let length = text::width_by_char(row).max(1);
            let to = if n == end.0 { (end.1 + 1).min(length) } else { length };
            let place = Rect::new(area.x + from as u16, area.y + (n - first) as u16, to.saturating_sub(from) as u16, 1);
            select(buffer, place.intersection(area));
        }
    }
    // Where there is a heading, that says it already.
    if field.is_empty() && (no_message.is_none() || area.height == 1) {
        let y = area.bottom() - 1;
        put(
            buffer,
            area.x + u16::from(area.height == 1),
            y,
            area.width,
            no_message.as_deref().unwrap_or("empty = just start it"),
            theme.overlay.patch(theme.faint),
        );
    }
    let cursor = CursorView {
        column: area.x + (at.1 as u16).min(area.width - 1),
        row: area.y + (at.0 - first) as u16,
        shape: cursor_shape(state),
        blinking: false,
    };
    (dialog.row == Row::Message).then_some(cursor)
}

/// Lines in rows of `width` columns, and the cursor's row and column among them.
fn wrapped(lines: &[String], cursor: (usize, usize), width: usize) -> (Vec<String>, (usize, usize)) {
    let mut rows = Vec::new();
    let mut at = (0, 0);
    for (n, line) in lines.iter().enumerate() {
        let chars: Vec<char> = line.chars().collect();
        let columns = |from: usize, to: usize| chars[from..to].iter().map(|c| text::char_width(*c)).sum::<usize>();
        let starts = row_starts(&chars, width);
        for (k, start) in starts.iter().enumerate() {
            let end = starts.get(k + 1).copied().unwrap_or(chars.len());
            if n == cursor.0 && (*start..=end).contains(&cursor.1) {
                at = (rows.len(), columns(*start, cursor.1));
            }
            let row: String = chars[*start..end].iter().collect();
            // Blanks between two rows may hang over.
            rows.push(if columns(*start, end) > width { row.trim_end().to_owned() } else { row });
        }
        // Behind the last character of a full row the next one begins.
        if n == cursor.0 && cursor.1 >= chars.len() && at.1 >= width {
            at = (rows.len(), 0);
            rows.push(String::new());
        }
    }
    (rows, at)
}

/// Where the rows of a line begin: before a word, or within one that is longer than a row.
fn row_starts(line: &[char], width: usize) -> Vec<usize> {
    let mut starts = vec![0];
    let (mut start, mut word, mut used) = (0, 0, 0);
    for (n, c) in line.iter().enumerate() {
        if n > 0 && *c != ' ' && line[n - 1] == ' ' {
            word = n;
        }
        if *c != ' ' && used + text::char_width(*c) > width && n > start {
            start = if word > start { word } else { n };
            starts.push(start);
            used = line[start..n].iter().map(|c| text::char_width(*c)).sum();
        }
        used += text::char_width(*c);
    }
    starts
}

fn field_row(state: &State, theme: &Theme, row: Row, area: Rect, buffer: &mut Canvas<'_>) -> Option<CursorView> {
    let dialog = &state.launch;
    let chosen = dialog.row == row;
    let base = if chosen { theme.overlay.patch(theme.selection) } else { theme.overlay };
    if chosen {
        fill(buffer, area, base);
        put(buffer, area.x, area.y, 1, state.settings.glyphs.chosen(), base.patch(theme.accent));
    }
    let name = match row {
        Row::Message => "Message",
        Row::Agent => "Agent",
        Row::Name => "Name",
        Row::Where => "Where",
        Row::Work => "Work in",
    };
    put(buffer, area.x + 2, area.y, VALUES, name, base.patch(label(theme, dialog, row)));
    let values = Rect::new(area.x + 2 + VALUES, area.y, area.width.saturating_sub(VALUES + 3), 1);
    match row {
        Row::Agent => {
            // The marks around the chosen one hang out to the left, so that words stand under words.
            let values = Rect { x: values.x - 1, width: values.width + 1, ..values };
            agents(state, theme, base, values, buffer);
            None
        }
        Row::Name => {
            let cursor = match chosen {
                true => one_line(&dialog.name, state, theme, values, buffer),
                false => {
                    let style = theme.overlay.patch(theme.strong);
                    put(buffer, values.x, values.y, values.width, &dialog.name.text(), style);
                    None
                }
            };
            if dialog.name.is_empty() {
                let words =
                    dialog.agent_name(&state.providers).map_or_else(String::new, |name| free_name(state, &name));
                let x = put(buffer, values.x, values.y, values.width, &words, base.patch(theme.text)) + 4;
                let is_named = !dialog.message.is_empty() && dialog.takes_message(&state.providers);
                let source = if is_named { "message" } else { "agent" };
                let notes = [format!("from the {source}; type to change"), format!("from the {source}")];
                let room = values.right().saturating_sub(x);
                if let Some(note) = notes.iter().find(|note| text::width(note) <= usize::from(room)) {
                    put(buffer, x, values.y, room, note, base.patch(theme.faint));
                }
            }
            cursor
        }
        Row::Where => {
            if chosen {
                return one_line(&dialog.directory, state, theme, values, buffer);
            }
            let typed = dialog.directory.text();
            let path = if typed.trim().is_empty() { default_directory(state) } else { typed };
            let path = fit_path(&short_path(&path, state.settings.home.as_deref()), usize::from(values.width));
            put(buffer, values.x, values.y, values.width, &path, base.patch(theme.text));
            None
        }
        Row::Work => {
            work(state, theme, base, values, buffer);
            None
        }
        Row::Message => None,
    }
}

/// Where it works: the two choices, and what stands behind the one that is chosen.
fn work(state: &State, theme: &Theme, base: Style, area: Rect, buffer: &mut Canvas<'_>) {
    let dialog = &state.launch;
    let beside = dialog.beside(&launch_directory(state)).cloned().unwrap_or_default();
    let is_apart = dialog.is_apart(&state.providers) && beside.reason.is_none();
    let (open, close) = state.settings.glyphs.choice();
    let mut x = area.x - 1;
    for (word, is_chosen) in [("new work tree", is_apart), ("same folder", !is_apart)] {
        let words = if is_chosen { format!("{open}{word}{close}") } else { format!(" {word} ") };
        let style = match (is_chosen, beside.reason.is_some()) {
            (true, _) => theme.strong,
            (false, true) => theme.faint,
            (false, false) => theme.text,
        };
        x = put(buffer, x, area.y, area.right().saturating_sub(x), &words, base.patch(style)) + 1;
    }
    let note = match (&beside.reason, &beside.base) {
        (Some(reason), _) => reason.clone(),
        (None, Some(base)) if is_apart => format!("a branch of its own, from {base}"),
        (None, Some(base)) => format!("on {base}"),
        (None, None) => "…".to_owned(),
    };
    put(buffer, x + 1, area.y, area.right().saturating_sub(x + 1), &note, base.patch(theme.faint));
}

/// What stands before the agents that are not on this machine.
const NOT_FOUND: &str = "not found:";

fn agents(state: &State, theme: &Theme, base: Style, area: Rect, buffer: &mut Canvas<'_>) {
    if state.providers.is_empty() {
        put(buffer, area.x, area.y, area.width, "asking the server…", base.patch(theme.dim));
        return;
    }
    let chosen = state.launch.chosen(&state.providers).map(|p| p.name.clone());
    let (open, close) = state.settings.glyphs.choice();
    let missing = state.providers.iter().position(|p| p.missing.is_some());
    // Those that are not here stand behind words that say so.
    let note = |n: usize| if Some(n) == missing { NOT_FOUND.len() + 2 } else { 0 };
    let width = |n: usize| note(n) + text::width(&state.providers[n].name) + 3;
    // The chosen one stays visible when there are more than fit.
    let here = state.providers.iter().position(|p| Some(&p.name) == chosen.as_ref()).unwrap_or(0);
    let mut first = 0;
    while first < here && (first..=here).map(width).sum::<usize>() > usize::from(area.width) {
        first += 1;
    }
    let mut x = area.x;
    for (n, provider) in state.providers.iter().enumerate().skip(first) {
        if x + width(n) as u16 > area.right() + 1 {
            break;
        }
        if note(n) > 0 {
            x = put(buffer, x + 1, area.y, area.width, NOT_FOUND, base.patch(theme.dim)) + 1;
        }
        let is_chosen = Some(&provider.name) == chosen.as_ref();
        let style = match (is_chosen, provider.missing.is_some()) {
            (true, false) => theme.strong,
            (_, true) => theme.faint,
            (false, false) => theme.text,
        };
        let words = if is_chosen { format!("{open}{}{close}", provider.name) } else { format!(" {} ", provider.name) };
        x = put(buffer, x, area.y, area.right().saturating_sub(x), &words, base.patch(style)) + 1;
    }
}

/// A line about the chosen agent; how many rows it took.
fn agent_note(state: &State, theme: &Theme, area: Rect, buffer: &mut Canvas<'_>) -> u16 {
    let Some(provider) = state.launch.chosen(&state.providers) else { return 0 };
    let (words, style) = match (&provider.missing, &provider.path) {
        (Some(reason), _) => (format!("{reason} · {TO_HAVE_IT}"), theme.failed),
        (None, Some(path)) => {
            (format!("{} · {}", provider.title, short_path(path, state.settings.home.as_deref())), theme.dim)
        }
        (None, None) => (provider.title.clone(), theme.dim),
    };
    // What to do is said whole, from further left where that takes fewer rows; a path may be cut. Name and directory stay.
    let most = usize::from(area.height.saturating_sub(2).max(1));
    let room = |x: u16| area.right().saturating_sub(x + 1);
    let rows_from = |x: u16| match provider.missing {
        Some(_) => wrap(&words, usize::from(room(x))),
        None => vec![words.clone()],
    };
    let (near, far) = (area.x + 2, area.x + 2 + VALUES);
    let x = if rows_from(far).len() > most { near } else { far };
    let (rows, room) = (rows_from(x), room(x));
    let rows = &rows[..rows.len().min(most)];
    for (n, words) in rows.iter().enumerate() {
        put(buffer, x, area.y + n as u16, room, words, theme.overlay.patch(style));
    }
    rows.len() as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_wrapped_between_words_and_its_cursor_stays_with_them() {
        for (text, cursor, rows, at) in [
            ("", 0, &[""][..], (0, 0)),
            ("one two", 7, &["one two"], (0, 7)),
            ("one two thr", 11, &["one two ", "thr"], (1, 3)),
            ("one two thr", 8, &["one two ", "thr"], (1, 0)),
            ("one two thr", 7, &["one two ", "thr"], (0, 7)),
            ("one twos thr", 8, &["one twos", "thr"], (0, 8)),
            ("abcdefghijk", 9, &["abcdefgh", "ijk"], (1, 1)),
            ("ab cdefghijkl", 13, &["ab ", "cdefghij", "kl"], (2, 2)),
            ("abcdefgh", 8, &["abcdefgh", ""], (1, 0)),
            ("漢字漢字漢", 5, &["漢字漢字", "漢"], (1, 2)),
        ] {
            let (found, place) = wrapped(&[text.to_owned()], (0, cursor), 8);
            assert_eq!((found.iter().map(String::as_str).collect::<Vec<_>>().as_slice(), place), (rows, at), "{text}");
        }
    }
}
