//! The list of work trees as cells: each below its repository, and what there is to know of the chosen one at the bottom.
//! Called by the view. It must never draw a tree without its state.

use super::Theme;
use super::bars::glyph_style;
use super::draw::{Canvas, Panel, fill, overlay, put, put_right, rule};
use super::notices::wrap;
use crate::base::text;
use crate::proto::rest::Terminal;
use crate::proto::worktree::Worktree;
use crate::tui::commands::{Action, Context, spec_of};
use crate::tui::fleet::{fit_path, is_gone, short_path};
use crate::tui::keymap::way_to;
use crate::tui::layout::Areas;
use crate::tui::state::State;
use crate::tui::trees::{Line, Trees, words};
use ratatui::layout::Rect;
use ratatui::style::Style;

/// Columns of an agent's name, where there is room for it beside branch and state.
const AGENT: u16 = 20;
/// Narrower than this, agents are named below the list only.
const ROOM_FOR_AGENTS: u16 = 64;
/// Rows about the chosen one.
const FOOTER: usize = 5;

pub fn trees(list: &Trees, state: &State, theme: &Theme, areas: Areas, buffer: &mut Canvas<'_>) {
    let height = list.lines().len() as u16 + FOOTER as u16 + 3;
    let area = overlay(areas, 110, height.clamp(14, areas.whole.height.saturating_sub(5).max(14)));
    let keys = keys(state);
    let keys: Vec<(&str, &str)> = keys.iter().map(|(key, word)| (key.as_str(), *word)).collect();
    let removed = list.trees().iter().filter(|tree| tree.state == "removed").count() as u64;
    let there = list.trees().len() as u64 - removed;
    let note = match (&list.all, removed) {
        (None, _) => String::new(),
        (Some(_), 0) => words::count(there, "work tree"),
        (Some(_), _) => format!("{} · {removed} removed", words::count(there, "work tree")),
    };
    let panel = Panel { title: "Work trees", note: &note, keys: &keys };
    let inner = panel.draw(buffer, area, theme, state.settings.glyphs);
    if inner.height < 3 {
        return;
    }
    let footer = footer(list, state, theme, inner.width.saturating_sub(2));
    // A low window shows the list rather than the words about it.
    let below = (footer.len() as u16).min(inner.height.saturating_sub(4));
    let rows = Rect { height: inner.height - below - u16::from(below > 0), ..inner };
    rows_of(list, state, theme, rows, buffer);
    if below > 0 {
        rule(state, theme, inner, rows.bottom(), buffer);
    }
    for (n, (line, style)) in footer.iter().take(usize::from(below)).enumerate() {
        let y = rows.bottom() + 1 + n as u16;
        put(buffer, inner.x + 1, y, inner.width.saturating_sub(2), line, theme.overlay.patch(*style));
    }
}

/// The keys of the list, the way out last.
fn keys(state: &State) -> Vec<(String, &'static str)> {
    use Action as A;
    let actions = [A::Open, A::Diff, A::KeepTree, A::FinishTree, A::RemoveTree, A::RestoreTree, A::Close];
    let specs = actions.iter().filter_map(|action| spec_of(*action, Context::Trees));
    specs.filter_map(|s| Some((state.settings.keymap.hint(s, Context::Trees)?.to_string(), s.hint))).collect()
}

fn rows_of(list: &Trees, state: &State, theme: &Theme, area: Rect, buffer: &mut Canvas<'_>) {
    let dim = theme.overlay.patch(theme.dim);
    let lines = list.lines();
    if lines.is_empty() {
        let new = way_to(state, Action::NewAgent);
        let words = match list.all {
            None => "asking the server…".to_owned(),
            Some(_) => format!(
                "No work trees. An agent that is started in a git folder may have one of its own, with a branch: {new}."
            ),
        };
        for (n, line) in wrap(&words, usize::from(area.width.saturating_sub(2))).iter().enumerate() {
            put(buffer, area.x + 1, area.y + n as u16, area.width.saturating_sub(2), line, dim);
        }
        return;
    }
    let chosen = lines.iter().position(|line| *line == Line::Tree(list.at())).unwrap_or(0);
    // One line below the chosen one stays in sight: that there is more must be seen.
    let first = (chosen + 2).min(lines.len()).saturating_sub(usize::from(area.height));
    for (n, line) in lines.iter().skip(first).take(usize::from(area.height)).enumerate() {
        let row = Rect { y: area.y + n as u16, height: 1, ..area };
        match line {
            Line::Repository(n) => {
                let repository = &list.trees()[*n].repository;
                let name = repository.rsplit('/').find(|part| !part.is_empty()).unwrap_or(repository);
                let end = put(buffer, row.x + 1, row.y, row.width - 2, name, theme.overlay.patch(theme.accent));
                let room = row.right().saturating_sub(end + 3);
                let path = fit_path(&short_path(repository, state.settings.home.as_deref()), usize::from(room));
                put(buffer, end + 2, row.y, room, &path, theme.overlay.patch(theme.faint));
            }
            Line::Tree(n) => {
                let is_chosen = *n == list.at();
                let base = if is_chosen { theme.overlay.patch(theme.selection) } else { theme.overlay };
                if is_chosen {
                    fill(buffer, row, base);
                    put(buffer, row.x, row.y, 1, state.settings.glyphs.chosen(), base.patch(theme.accent));
                }
                tree(&list.trees()[*n], base, state, theme, row, buffer);
            }
        }
    }
}

fn tree(tree: &Worktree, base: Style, state: &State, theme: &Theme, row: Rect, buffer: &mut Canvas<'_>) {
    let style = match tree.state.as_str() {
        "ready" => theme.done,
        "removed" => theme.dim,
        _ => theme.failed,
    };
    let said = words::state(tree, state.now);
    let left = put_right(buffer, row.right() - 1, row.y, row.width / 2, &said, base.patch(style));
    let mut end = left.saturating_sub(2);
    if row.width >= ROOM_FOR_AGENTS {
        end = row.right().saturating_sub(1 + 23 + AGENT);
        worker(tree, base, state, theme, Rect { x: end, width: AGENT - 2, ..row }, buffer);
        end = end.saturating_sub(2);
    }
    let name = if tree.state == "removed" { theme.dim } else { theme.strong };
    let x = row.x + 3;
    let after = put(buffer, x, row.y, end.saturating_sub(x), &words::branch(tree), base.patch(name));
    let from = format!("from {}", text::printable(&tree.base));
    // A few letters of it say nothing.
    if text::width(&from) <= usize::from(end.saturating_sub(after + 1)) {
        put(buffer, after + 1, row.y, end.saturating_sub(after + 1), &from, base.patch(theme.faint));
    }
}

/// Who works in it.
fn worker(tree: &Worktree, base: Style, state: &State, theme: &Theme, area: Rect, buffer: &mut Canvas<'_>) {
    let all: Vec<&Terminal> = tree.terminals.iter().filter_map(|id| state.fleet.get(*id)).collect();
    let Some(agent) = all.first() else {
        put(buffer, area.x, area.y, area.width, "no agent", base.patch(theme.faint));
        return;
    };
    let glyph = state.settings.glyphs.status(agent.status);
    put(buffer, area.x, area.y, 1, glyph, base.patch(glyph_style(theme, agent)));
    let more = if all.len() > 1 { format!(" +{}", all.len() - 1) } else { String::new() };
    let style = if is_gone(agent) { theme.dim } else { theme.text };
    let room = area.width.saturating_sub(2 + more.len() as u16);
    let end = put(buffer, area.x + 2, area.y, room, &agent.window, base.patch(style));
    put(buffer, end, area.y, more.len() as u16, &more, base.patch(theme.dim));
}

/// What there is to know of the chosen one; what came of the last key before it.
fn footer(list: &Trees, state: &State, theme: &Theme, width: u16) -> Vec<(String, Style)> {
    let mut out = Vec::new();
    let mut say = |words: &str, style: Style| {
        out.extend(wrap(words, usize::from(width)).into_iter().map(|line| (line, style)));
    };
    if let Some(problem) = &list.problem {
        say(&text::printable(problem), theme.failed);
    }
    let Some(tree) = list.tree() else { return out };
    if words::is_ready(tree) {
        match list.outlook(tree.id) {
            Some(outlook) => say(&words::work(outlook), theme.text),
            None => say("looking at the work…", theme.dim),
        }
    }
    let kept = match tree.snapshots.as_slice() {
        [] => "no snapshot".to_owned(),
        [.., last] => {
            let all = words::count(tree.snapshots.len() as u64, "snapshot");
            format!("{all}, the last: {}", text::printable(&last.words))
        }
    };
    let path = short_path(&tree.path, state.settings.home.as_deref());
    say(&format!("{kept} · {}", fit_path(&text::printable(&path), usize::from(width / 2))), theme.dim);
    for note in &tree.notes {
        say(&text::printable(note), theme.dim);
    }
    out.truncate(FOOTER);
    out
}
