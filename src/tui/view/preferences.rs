//! The list of settings as cells: each with its value and where that comes from, the options of the one being changed
//! right below it, and what it is for at the bottom. Called by the view. It must never draw a value without its origin.

use super::Theme;
use super::dialog::one_line;
use super::draw::{Canvas, Panel, fill, overlay, put, put_right, rule};
use super::notices::wrap;
use crate::base::text;
use crate::config::listing::{Counts, Listed, Origin};
use crate::tui::fields::way_out;
use crate::tui::layout::Areas;
use crate::tui::preferences::{Editing, Preferences};
use crate::tui::state::State;
use crate::tui::surface::CursorView;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

/// The longest name of a setting, and a gap.
const KEY_COLUMN: u16 = 14;
/// Wide enough for the longest theme's name.
const VALUE_COLUMN: u16 = 24;

enum Line {
    Blank,
    Section(&'static str),
    Setting(usize),
    Option(usize),
}

/// What a section is about.
fn title(section: &'static str) -> &'static str {
    match section {
        "ui" => "Screen",
        "launch" => "New agents",
        "worktrees" => "Work trees",
        "server" => "Server",
        "log" => "Output logs",
        other => other,
    }
}

pub fn preferences(
    list: &Preferences,
    state: &State,
    theme: &Theme,
    areas: Areas,
    buffer: &mut Canvas<'_>,
) -> Option<CursorView> {
    let area = overlay(areas, 92, 30);
    let keys: &[(&str, &str)] = match &list.editing {
        Some(Editing::Choice { .. }) => &[("↑↓", "choose"), ("enter", "write it"), ("esc", "as it was")],
        Some(Editing::Text(_)) => &[("enter", "write it"), (way_out(state), "as it was")],
        None => &[("↑↓", "choose"), ("enter", "change"), ("x", "built-in value"), ("esc", "close")],
    };
    let panel = Panel { title: "Settings", note: &list.sheet.path, keys };
    let inner = panel.draw(buffer, area, theme, state.settings.glyphs);
    if inner.height < 3 {
        return None;
    }
    let footer = footer(list, theme, inner.width.saturating_sub(2));
    // A low window shows the list rather than the words about it.
    let words = (footer.len() as u16).min(inner.height.saturating_sub(4));
    let rows = Rect { height: inner.height - words - u16::from(words > 0), ..inner };
    let cursor = lines(list, state, theme, rows, buffer);
    if words > 0 {
        rule(state, theme, inner, rows.bottom(), buffer);
    }
    for (n, (line, style)) in footer.iter().take(usize::from(words)).enumerate() {
        let y = rows.bottom() + 1 + n as u16;
        put(buffer, inner.x + 1, y, inner.width.saturating_sub(2), line, theme.overlay.patch(*style));
    }
    cursor
}

/// What the chosen setting is for and when it counts; what came of the last change, or what is wrong, before it.
fn footer(list: &Preferences, theme: &Theme, width: u16) -> Vec<(String, Style)> {
    let mut out = Vec::new();
    let mut say = |words: &str, style: Style| {
        out.extend(wrap(words, usize::from(width)).into_iter().map(|line| (line, style)));
    };
    match &list.said {
        Some(Ok(words)) => say(words, theme.done),
        Some(Err(words)) => say(words, theme.failed),
        None => {
            if let Some(problem) = &list.sheet.problem {
                say(&format!("{problem} · nothing is written until that is mended"), theme.failed);
            }
        }
    }
    if let Some(Listed { setting, origin, .. }) = list.row() {
        let when = match setting.counts {
            Counts::AtOnce => "",
            Counts::NextServer => " Counts from the next start of the server.",
        };
        let above = match origin {
            Origin::Variable(name) => format!(" ${name} stands above the file."),
            _ => String::new(),
        };
        say(&format!("[{}] {}: {}{when}{above}", setting.section, setting.key, setting.about), theme.dim);
    }
    out
}

fn lines(list: &Preferences, state: &State, theme: &Theme, area: Rect, buffer: &mut Canvas<'_>) -> Option<CursorView> {
    let roomy = usize::from(area.height) > list.sheet.settings.len() + 8;
    let mut all = Vec::new();
    let mut section = "";
    for (n, listed) in list.sheet.settings.iter().enumerate() {
        if listed.setting.section != section {
            section = listed.setting.section;
            if roomy && n > 0 {
                all.push(Line::Blank);
            }
            all.push(Line::Section(title(section)));
        }
        all.push(Line::Setting(n));
        if let (true, Some(Editing::Choice { options, .. })) = (n == list.chosen, &list.editing) {
            all.extend((0..options.len()).map(Line::Option));
        }
    }
    let is_chosen = |line: &Line| match (line, &list.editing) {
        (Line::Option(n), Some(Editing::Choice { chosen, .. })) => n == chosen,
        (Line::Setting(n), Some(Editing::Text(_)) | None) => *n == list.chosen,
        _ => false,
    };
    let at = all.iter().position(is_chosen).unwrap_or(0);
    let height = usize::from(area.height);
    // One line below the chosen one stays in sight: that there is more must be seen.
    let first = (at + 2).min(all.len()).saturating_sub(height);
    let mut cursor = None;
    let hidden = all.len().saturating_sub(first + height);
    let sign = match (hidden > 0, first > 0) {
        (true, _) => "more below",
        (false, true) => "more above",
        (false, false) => "",
    };
    for (n, line) in all.iter().enumerate().skip(first).take(height) {
        // The sign that there is more stands in the last row: that one is shorter.
        let is_last = n + 1 == first + height && !sign.is_empty();
        let taken = if is_last { text::width(sign) as u16 + 2 } else { 0 };
        let row = Rect::new(area.x, area.y + (n - first) as u16, area.width.saturating_sub(taken), 1);
        let base = if is_chosen(line) { theme.overlay.patch(theme.selection) } else { theme.overlay };
        if is_chosen(line) {
            fill(buffer, row, base);
            let mark = base.patch(theme.accent).remove_modifier(Modifier::REVERSED);
            put(buffer, row.x, row.y, 1, state.settings.glyphs.chosen(), mark);
        }
        match line {
            Line::Blank => {}
            Line::Section(title) => {
                put(buffer, row.x + 1, row.y, row.width, title, base.patch(theme.accent));
            }
            Line::Setting(n) => cursor = setting(list, *n, state, theme, base, row, buffer).or(cursor),
            Line::Option(n) => {
                if let Some(Editing::Choice { options, chosen }) = &list.editing
                    && let Some((name, note)) = options.get(*n)
                {
                    let style = if n == chosen { theme.strong } else { theme.text };
                    let x = row.x + 2 + KEY_COLUMN;
                    let room = row.right().saturating_sub(x + 1);
                    let end = put(buffer, x, row.y, room, name, base.patch(style));
                    let x = end.max(x + VALUE_COLUMN - 1) + 1;
                    let holds = list.row().is_some_and(|listed| listed.value == *name);
                    let words = match (holds, note.is_empty()) {
                        (true, true) => "now".to_owned(),
                        (true, false) => format!("now · {note}"),
                        (false, _) => note.clone(),
                    };
                    put(buffer, x, row.y, row.right().saturating_sub(x + 1), &words, base.patch(theme.dim));
                }
            }
        }
    }
    put_right(buffer, area.right() - 1, area.bottom() - 1, 12, sign, theme.overlay.patch(theme.dim));
    cursor
}

fn setting(
    list: &Preferences,
    n: usize,
    state: &State,
    theme: &Theme,
    base: Style,
    row: Rect,
    buffer: &mut Canvas<'_>,
) -> Option<CursorView> {
    let listed = list.sheet.settings.get(n)?;
    put(buffer, row.x + 2, row.y, KEY_COLUMN, listed.setting.key, base.patch(theme.text));
    let x = row.x + 2 + KEY_COLUMN;
    let room = row.right().saturating_sub(x + 1);
    let (origin, style) = match &listed.origin {
        Origin::BuiltIn => ("built-in".to_owned(), theme.faint),
        Origin::File(line) => (format!("config.toml:{line}"), theme.dim),
        Origin::Variable(name) => (format!("${name}"), theme.dim),
    };
    if let (true, Some(Editing::Text(field))) = (n == list.chosen, &list.editing) {
        let area = Rect::new(x, row.y, VALUE_COLUMN.min(room), 1);
        return one_line(field, state, theme, area, buffer);
    }
    let is_own = listed.origin != Origin::BuiltIn;
    let value = if is_own { base.patch(theme.strong) } else { base.patch(theme.text) };
    let beside = x + VALUE_COLUMN;
    let fits = beside + text::width(&origin) as u16 <= row.right();
    let value_room = if fits { VALUE_COLUMN - 1 } else { room };
    put(buffer, x, row.y, value_room, &listed.value, value);
    if fits {
        put(buffer, beside, row.y, row.right().saturating_sub(beside), &origin, base.patch(style));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::listing::SETTINGS;

    #[test]
    fn every_section_stands_once_under_a_title_of_its_own() {
        let mut sections: Vec<_> = SETTINGS.iter().map(|setting| setting.section).collect();
        sections.dedup();
        let mut titles: Vec<_> = sections.iter().map(|section| title(section)).collect();
        assert!(titles.iter().zip(&sections).all(|(title, section)| title != section), "{titles:?}");
        titles.sort_unstable();
        titles.dedup();
        assert_eq!(titles.len(), sections.len(), "{titles:?}");
    }
}
