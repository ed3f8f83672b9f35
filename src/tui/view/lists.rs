//! Help and palette: lists under a text field, both made from the command table.

use super::Theme;
use super::bars::state_words;
use super::dialog::{mode_room, one_line};
use super::draw::{Canvas, Panel, body, centred, fill, overlay, put, put_right, rule};
use crate::base::text;
use crate::config::looks::FieldChoice;
use crate::tui::commands::{Action, CommandSpec, Group};
use crate::tui::field::Field;
use crate::tui::fields::way_out;
use crate::tui::hints::leader_name;
use crate::tui::keymap::{way_in, way_to};
use crate::tui::layout::{Areas, Size};
use crate::tui::palette::{self, Entry};
use crate::tui::state::State;
use crate::tui::surface::CursorView;
use crate::tui::update::context;
use ratatui::layout::Rect;
use ratatui::style::Modifier;

/// Keys, gap and words of one help entry.
const HELP_COLUMN: u16 = 39;
const KEY_COLUMN: u16 = 12;

enum HelpLine {
    Title(&'static str),
    Entry(usize, &'static CommandSpec),
    Blank,
}

pub fn help(
    state: &State,
    theme: &Theme,
    areas: Areas,
    filter: &Field,
    chosen: usize,
    buffer: &mut Canvas<'_>,
) -> Option<CursorView> {
    let area = overlay(areas, 132, areas.whole.height.saturating_sub(5));
    let keys = [("↑↓", "choose"), ("enter", "do it"), (way_out(state), "close")];
    let note = if filter.is_empty() { "type to filter" } else { "" };
    let title = context(state).help_title();
    let inner = Panel { title, note, keys: &keys }.draw(buffer, area, theme, state.settings.glyphs);
    let mut cursor = None;
    if !filter.is_empty() {
        let end = area.x + 4 + text::width(title) as u16;
        let room = (area.right() - 3).saturating_sub(end);
        let wanted = (text::width(&filter.text()) as u16 + 3 + mode_room(state)).min(room);
        put(buffer, end, area.y, room, " /", theme.overlay.patch(theme.key));
        let field_area = Rect::new(end + 2, area.y, wanted.saturating_sub(2), 1);
        fill(buffer, field_area, theme.overlay);
        cursor = one_line(filter, state, theme, field_area, buffer);
    }
    let entries = palette::help_entries(&filter.text(), context(state), &state.settings.keymap);
    if entries.is_empty() {
        put(buffer, inner.x + 1, inner.y, inner.width, "no key matches", theme.overlay.patch(theme.dim));
        return cursor;
    }
    let mut lines = Vec::new();
    let mut group: Option<Group> = None;
    for (n, entry) in entries.iter().enumerate() {
        if group != Some(entry.group) {
            if group.is_some() {
                lines.push(HelpLine::Blank);
            }
            lines.push(HelpLine::Title(entry.group.title()));
            group = Some(entry.group);
        }
        lines.push(HelpLine::Entry(n, entry));
    }
    let footer = u16::from(inner.height > 6);
    let height = usize::from(inner.height.saturating_sub(footer)).max(1);
    let columns = usize::from(((inner.width) / HELP_COLUMN).max(1));
    let here = context(state);
    let by_name = way_in(state, Action::Palette, here);
    // Columns are read downwards; what does not fit is scrolled by whole columns.
    let chosen_line = lines.iter().position(|l| matches!(l, HelpLine::Entry(n, _) if *n == chosen)).unwrap_or(0);
    let first_column = (chosen_line / height + 1).saturating_sub(columns);
    let width = inner.width / columns as u16;
    for (n, line) in lines.iter().enumerate().skip(first_column * height).take(columns * height) {
        let place = n - first_column * height;
        let x = inner.x + (place / height) as u16 * width;
        let y = inner.y + (place % height) as u16;
        let room = width.saturating_sub(1);
        match line {
            HelpLine::Blank => {}
            HelpLine::Title(title) => {
                put(buffer, x + 1, y, room, title, theme.overlay.patch(theme.accent));
            }
            HelpLine::Entry(n, entry) => {
                let base = if *n == chosen { theme.overlay.patch(theme.selection) } else { theme.overlay };
                if *n == chosen {
                    fill(buffer, Rect::new(x, y, room, 1), base);
                }
                let usable = entry.is_in(here);
                let (key, words) = if usable { (theme.key, theme.text) } else { (theme.dim, theme.dim) };
                let keys = state.settings.keymap.text(entry, here);
                // Without a key there is still its name.
                let keys = if keys.is_empty() { format!("{by_name}{}", entry.name) } else { keys };
                // A name is longer than any key, and of no use when it is cut.
                let end = put(buffer, x + 1, y, room.saturating_sub(1), &keys, base.patch(key));
                let at = (end + 1).max(x + 1 + KEY_COLUMN);
                put(buffer, at, y, (x + room).saturating_sub(at), entry.help, base.patch(words));
            }
        }
    }
    if footer > 0 {
        let leader = leader_name(state);
        let y = inner.bottom() - 1;
        let chords: Vec<String> = state.settings.keymap.chords().map(|key| key.to_string()).collect();
        let long = match &chords[..] {
            [] => format!("While typing, only {leader} is ours (twice sends it)."),
            some => format!("While typing, only {leader} (twice sends it) and {} are ours.", some.join(" ")),
        };
        let short = match chords.len() {
            0 => format!("While typing: {leader}."),
            count => format!("While typing: {leader}, and {count} chord{}.", if count == 1 { "" } else { "s" }),
        };
        let fields = match state.settings.fields {
            FieldChoice::Readline => {
                format!("Text fields: a shell's keys, or vim's ({}).", way_to(state, Action::Settings))
            }
            FieldChoice::Vim => "Text fields: vim's keys, esc esc closes.".to_owned(),
        };
        let both = format!("{long} {fields}");
        // Beside the sign that there is more, or not at all.
        if let Some(words) = [both, long, short].into_iter().find(|words| text::width(words) as u16 + 10 < inner.width)
        {
            put(buffer, inner.x + 1, y, inner.width.saturating_sub(2), &words, theme.overlay.patch(theme.dim));
        }
        let hidden = lines.len() > (first_column + columns) * height;
        let sign = if hidden { "more below" } else { "more above" };
        if hidden || first_column > 0 {
            put_right(buffer, inner.right() - 1, y, 20, sign, theme.overlay.patch(theme.dim));
        }
    }
    cursor
}

pub fn palette(
    state: &State,
    theme: &Theme,
    areas: Areas,
    query: &Field,
    chosen: usize,
    buffer: &mut Canvas<'_>,
) -> Option<CursorView> {
    let body = body(areas);
    let narrow = matches!(areas.size, Size::Narrow | Size::Phone);
    let area = if narrow { centred(body, body.width - 2, body.height - 2) } else { centred(body, 90, 26) };
    let keys = [("enter", "do"), ("@", "agents"), (">", "actions"), (way_out(state), "close")];
    let inner = Panel { title: "Do anything", note: "", keys: &keys }.draw(buffer, area, theme, state.settings.glyphs);
    if inner.height < 2 {
        return None;
    }
    put(buffer, inner.x + 1, inner.y, 1, ":", theme.overlay.patch(theme.key));
    let cursor =
        one_line(query, state, theme, Rect::new(inner.x + 3, inner.y, inner.width.saturating_sub(4), 1), buffer);
    rule(state, theme, inner, inner.y + 1, buffer);
    let here = context(state);
    let entries = palette::entries(state, &query.text());
    let rows = usize::from(inner.height - 2);
    let first = (chosen + 1).saturating_sub(rows);
    if entries.is_empty() && rows > 0 {
        put(buffer, inner.x + 2, inner.y + 2, inner.width - 3, "no match", theme.overlay.patch(theme.dim));
    }
    for (n, entry) in entries.iter().enumerate().skip(first).take(rows) {
        let row = Rect::new(inner.x, inner.y + 2 + (n - first) as u16, inner.width, 1);
        let base = if n == chosen { theme.overlay.patch(theme.selection) } else { theme.overlay };
        if n == chosen {
            fill(buffer, row, base);
            let mark = base.patch(theme.accent).remove_modifier(Modifier::REVERSED);
            put(buffer, row.x, row.y, 1, state.settings.glyphs.chosen(), mark);
        }
        let (kind, words, note, key) = match entry {
            Entry::Agent(id) => {
                let Some(agent) = state.fleet.get(*id) else { continue };
                let note =
                    format!("{} · {}", state_words(agent, state.now), crate::base::id::short_session(&agent.session));
                let number = state.fleet.number(*id).filter(|n| *n < 10).map_or(String::new(), |n| n.to_string());
                ("agent", agent.window.clone(), note, number)
            }
            Entry::Command(c) => ("act", c.help.to_owned(), String::new(), state.settings.keymap.text(c, here)),
        };
        put(buffer, row.x + 2, row.y, 6, kind, base.patch(theme.faint));
        let key_x = put_right(buffer, row.right() - 2, row.y, 14, &key, base.patch(theme.key));
        let room = key_x.saturating_sub(row.x + 10);
        let x = put(buffer, row.x + 9, row.y, room, &words, base.patch(theme.text));
        put(buffer, x + 2, row.y, key_x.saturating_sub(x + 3), &note, base.patch(theme.dim));
    }
    cursor
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::commands::COMMANDS;

    #[test]
    fn what_a_command_does_is_said_whole_in_the_narrowest_column() {
        for command in COMMANDS {
            let room = usize::from(HELP_COLUMN - KEY_COLUMN - 2);
            assert!(text::width(command.help) <= room, "{}: {}", command.name, command.help);
        }
    }
}
