//! The list of what was found in all agents' output, under the words that are looked for.

use super::Theme;
use super::bars::clock;
use super::dialog::one_line;
use super::draw::{Canvas, Panel, fill, overlay, put, put_right, rule};
use crate::base::text;
use crate::proto::rest::{Search, SearchHit};
use crate::tui::fields::way_out;
use crate::tui::find::Find;
use crate::tui::layout::Areas;
use crate::tui::state::State;
use crate::tui::surface::CursorView;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use std::collections::HashSet;

/// Columns of an agent's name.
const NAME: u16 = 16;

pub fn find(find: &Find, state: &State, theme: &Theme, areas: Areas, buffer: &mut Canvas<'_>) -> Option<CursorView> {
    let area = overlay(areas, areas.whole.width.saturating_sub(8).min(140), areas.whole.height.saturating_sub(5));
    let keys = [("enter", "go there"), ("↑↓", "choose"), ("r/…/", "expression"), (way_out(state), "close")];
    let panel = Panel { title: "Find in all output", note: "", keys: &keys };
    let inner = panel.draw(buffer, area, theme, state.settings.glyphs);
    if inner.height < 3 {
        return None;
    }
    put(buffer, inner.x + 1, inner.y, 1, "/", theme.overlay.patch(theme.key));
    let (words, style) = summary(find, theme);
    let room = inner.width / 2;
    // How many lines and agents there are is the first to go.
    let lengths = [" (", " in "].map(|end| words.split(end).next().unwrap_or_default());
    let shown = [&words[..]].into_iter().chain(lengths).find(|words| text::width(words) <= usize::from(room));
    let shown = shown.filter(|_| find.problem.is_none()).unwrap_or(&words);
    let end = put_right(buffer, inner.right() - 1, inner.y, room, shown, theme.overlay.patch(style));
    let field = Rect::new(inner.x + 3, inner.y, end.saturating_sub(inner.x + 4), 1);
    let cursor = one_line(&find.field, state, theme, field, buffer);
    rule(state, theme, inner, inner.y + 1, buffer);
    let rows = usize::from(inner.height - 2);
    let first = (find.chosen + 1).saturating_sub(rows);
    let mut before = None;
    for (n, hit) in find.hits().iter().enumerate().skip(first).take(rows) {
        let row = Rect::new(inner.x, inner.y + 2 + (n - first) as u16, inner.width, 1);
        let base = if n == find.chosen { theme.overlay.patch(theme.selection) } else { theme.overlay };
        if n == find.chosen {
            fill(buffer, row, base);
            put(buffer, row.x, row.y, 1, state.settings.glyphs.chosen(), base.patch(theme.accent));
        }
        // The name once for each agent, and at the top.
        if before != Some(hit.terminal) {
            put(buffer, row.x + 2, row.y, NAME, &state.name(hit.terminal), base.patch(theme.strong));
        }
        before = Some(hit.terminal);
        let time = hit.time_ms.map_or_else(String::new, |at| clock(state, at));
        let x = row.x + NAME + 3;
        put(buffer, x, row.y, 5, &time, base.patch(theme.dim));
        line(hit, base, theme, Rect { x: x + 6, width: row.right().saturating_sub(x + 7), ..row }, buffer);
    }
    cursor
}

/// The line with its matches marked.
fn line(hit: &SearchHit, base: Style, theme: &Theme, area: Rect, buffer: &mut Canvas<'_>) {
    let matched = base.patch(theme.accent).add_modifier(Modifier::UNDERLINED);
    let mut x = area.x;
    for (n, c) in (0u32..).zip(hit.text.chars()) {
        let style = match hit.spans.iter().any(|(from, to)| (*from..*to).contains(&n)) {
            true => matched,
            false => base.patch(theme.text),
        };
        let width = text::char_width(c) as u16;
        if x + width > area.right() {
            // What is cut says so.
            put(buffer, area.right().saturating_sub(1), area.y, 1, "…", base.patch(theme.dim));
            return;
        }
        x = put(buffer, x, area.y, width.max(1), c.encode_utf8(&mut [0; 4]), style);
    }
    if hit.repeats > 0 {
        let times = format!(" ×{}", hit.repeats + 1);
        put(buffer, x, area.y, area.right().saturating_sub(x), &times, base.patch(theme.dim));
    }
}

/// How much was found in how much, or why nothing.
fn summary(find: &Find, theme: &Theme) -> (String, Style) {
    match (&find.problem, &find.found) {
        (Some(problem), _) => (problem.clone(), theme.failed),
        (None, _) if find.field.text().trim().is_empty() => {
            ("words as they are; small letters find large ones too".to_owned(), theme.dim)
        }
        (None, None) => ("looking …".to_owned(), theme.dim),
        // What is listed is of the words that stood here before.
        (None, Some(_)) if find.is_under_way() => ("looking …".to_owned(), theme.dim),
        (None, Some(found)) if found.hits.is_empty() => (format!("No match in {}", extent(found)), theme.dim),
        (None, Some(found)) => {
            let more = if found.more { "+" } else { "" };
            // More of them may be in those that had enough.
            let with: HashSet<_> = found.hits.iter().map(|hit| hit.terminal).collect();
            (format!("{}{more} in {} of {}", found.hits.len(), with.len(), extent(found)), theme.dim)
        }
    }
}

fn extent(found: &Search) -> String {
    let agents = if found.terminals == 1 { "agent" } else { "agents" };
    format!("{} {agents} ({} lines)", found.terminals, rounded(found.lines))
}

/// `950`, `12 k`, `1.2 M`.
fn rounded(count: u64) -> String {
    match count {
        0..10_000 => count.to_string(),
        10_000..1_000_000 => format!("{} k", count / 1000),
        _ => format!("{}.{} M", count / 1_000_000, count / 100_000 % 10),
    }
}
