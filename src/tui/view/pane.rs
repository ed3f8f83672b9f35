//! One agent's pane: its frame with name and state, and its screen, live or standing still.
//! An agent's cells must never leave the pane's inside.

use super::Theme;
use super::bars::{clock, state_words};
use super::draw::{Canvas, fill, frame, put, put_right};
use crate::base::cell::{self, Row};
use crate::base::clock::Millis;
use crate::base::id::TerminalId;
use crate::base::text;
use crate::proto::frame::CursorShape;
use crate::proto::rest::{Status, Terminal};
use crate::tui::commands::{Action, Context};
use crate::tui::finder::Finder;
use crate::tui::fleet::{age, is_gone, provider_word};
use crate::tui::glyphs::Glyphs;
use crate::tui::keymap::{self, way_in, way_to};
use crate::tui::layout::PaneArea;
use crate::tui::listed::{exit_words, is_well};
use crate::tui::past::Past;
use crate::tui::selection::Place;
use crate::tui::state::{Mode, State};
use crate::tui::surface::CursorView;
use ratatui::buffer::{Buffer, CellDiffOption};
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use std::num::NonZeroU16;

pub fn pane(state: &State, theme: &Theme, area: PaneArea, buffer: &mut Canvas<'_>) {
    if area.outer != area.inner {
        pane_frame(state, theme, area, buffer);
    }
    pane_screen(state, theme, area, buffer);
}

fn pane_frame(state: &State, theme: &Theme, area: PaneArea, buffer: &mut Canvas<'_>) {
    let Some(agent) = state.fleet.get(area.terminal) else { return };
    let focused = state.focus == Some(agent.id);
    let glyphs = state.settings.glyphs;
    let line = match (focused, agent.status) {
        (true, _) => theme.frame_focus,
        (false, Status::Waiting) => theme.frame_waiting,
        (false, _) => theme.frame,
    };
    let outer = area.outer;
    frame(buffer, outer, glyphs, focused, line);
    let glyph = glyphs.status(agent.status);
    let right_room = outer.width.saturating_sub(4);
    let (labels, right_style) = right_labels(state, theme, agent, area);
    // The longest beside which there is room for the name.
    let beside = usize::from(right_room).saturating_sub(text::width(&agent.window) + 6);
    let right = labels.iter().find(|label| text::width(label) <= beside).or(labels.last());
    let right = right.map(|label| format!(" {label} ")).unwrap_or_default();
    let left_end = if text::width(&right) as u16 <= right_room {
        put_right(buffer, outer.right() - 2, outer.y, right_room, &right, right_style)
    } else {
        outer.right() - 2
    };
    let mut x = outer.x + 2;
    let room = |x: u16| left_end.saturating_sub(x + 1);
    x = if agent.status == Status::Waiting {
        let x = put(buffer, x, outer.y, room(x), " ", line);
        put(buffer, x, outer.y, room(x), &format!(" {glyph} "), theme.waiting_block)
    } else {
        put(buffer, x, outer.y, room(x), &format!(" {glyph}"), theme.status(agent.status))
    };
    let name_style = if focused { theme.strong } else { theme.text.add_modifier(Modifier::BOLD) };
    x = put(buffer, x, outer.y, room(x), &format!(" {} ", agent.window), name_style);
    if state.pins.contains(&agent.id) {
        x = put(buffer, x, outer.y, room(x), &format!("{} ", glyphs.pin()), theme.accent);
    }
    let provider = provider_word(agent);
    // `claude claude` says nothing twice.
    if room(x) as usize > text::width(provider) && provider != agent.window {
        put(buffer, x, outer.y, room(x), &format!("{provider} "), theme.dim);
    }
}

/// What stands at the right of a frame, in several lengths, the longest first.
fn right_labels(state: &State, theme: &Theme, agent: &Terminal, area: PaneArea) -> (Vec<String>, Style) {
    if let Some(past) = state.past(agent.id).filter(|_| !state.is_stopping(agent.id)) {
        return (past_labels(state, past, agent.id), theme.accent);
    }
    let (label, style) = right_label(state, theme, agent);
    let Some(size) = state.anothers_size(area).filter(|_| !state.is_stopping(agent.id)) else {
        return (vec![label], style);
    };
    let [long, short, shortest] = anothers_size(state, agent.id, size);
    (vec![format!("{long} · {label}"), format!("{short} · {label}"), short, shortest], style)
}

/// Says that a terminal has another window's size, and which key takes it, in three lengths.
pub fn anothers_size(state: &State, id: TerminalId, (columns, rows): (u16, u16)) -> [String; 3] {
    let key = match (state.focus == Some(id), state.mode) {
        _ if state.settings.read_only => {
            let words = format!("another window's size, {columns} × {rows}");
            return [words, "another window's size".to_owned(), "another's size".to_owned()];
        }
        (true, Mode::Typing) => "a key".to_owned(),
        (true, Mode::Command) => way_to(state, Action::Type),
        // Its number goes there.
        (false, _) => {
            let key = state.fleet.number(id).and_then(|n| keymap::key_of_number(state, n));
            key.map_or("a click".to_owned(), |key| key.to_string())
        }
    };
    [
        format!("another window's size, {columns} × {rows} · {key} takes it"),
        format!("another window's size · {key} takes it"),
        format!("{key} takes the size"),
    ]
}

/// What is looked at of the past, in several lengths, the longest first.
fn past_labels(state: &State, past: &Past, id: TerminalId) -> Vec<String> {
    let word = if past.cursor.is_some() { "COPY" } else { "SCROLL" };
    let inner = state.pane_area(id).map_or(Rect::ZERO, |area| area.inner);
    let (height, width) = (usize::from(inner.height), inner.width);
    let found =
        past.finder.as_ref().and_then(Finder::place).map_or_else(String::new, |place| format!(" · match {place}"));
    let back = match (past.back(), past.total()) {
        (0, _) => "newest".to_owned(),
        (1, None) => "1 line back".to_owned(),
        // How many there are is not known yet.
        (_, None) if past.is_for_top() => "oldest".to_owned(),
        (n, None) => format!("{n} lines back"),
        (_, Some(total)) => format!("line {} of {}", grouped(past.top(height) + 1), grouped(total)),
    };
    let time = past.time(height).filter(|_| past.back() > 0);
    let time = time.map_or_else(String::new, |time| format!(" · {}", moment(state, time)));
    let live = state.panes.get(&id).is_some_and(|p| p.replica.offset != past.offset);
    let more = if past.is_loading() {
        " · loading"
    } else if live {
        " · new output"
    } else {
        ""
    };
    let widest = past.widest(height);
    if widest <= width {
        return vec![
            format!("{word} {back}{time}{found}{more}"),
            format!("{word} {back}{found}{more}"),
            format!("{word} {back}{more}"),
        ];
    }
    // Its rows are as wide as the terminal was: what is cut can be looked at, too.
    let left = past.left(height, width);
    let last = left.saturating_add(width).min(widest);
    let place = if past.cursor.is_some() { Context::Copy } else { Context::Scrolled };
    let keys = [Action::Left, Action::Right].map(|action| way_in(state, action, place)).join(" ");
    let columns = format!("columns {}-{last} of {widest}", left + 1);
    vec![
        format!("{word} {back}{time}{found} · {columns}, {keys}{more}"),
        format!("{word} {back}{found} · {columns}, {keys}{more}"),
        format!("{word} {back} · {columns}, {keys}{more}"),
        format!("{word} · {columns}, {keys}{more}"),
        format!("{word} · {columns}"),
        format!("{word} {back}"),
    ]
}

fn right_label(state: &State, theme: &Theme, agent: &Terminal) -> (String, Style) {
    if state.is_stopping(agent.id) {
        return (format!("stopping · {} undo", way_to(state, Action::Undo)), theme.dim);
    }
    if state.focus == Some(agent.id) && state.mode == Mode::Typing {
        return ("TYPING".to_owned(), theme.mode_typing);
    }
    let words = state_words(agent, state.now);
    let style = theme.status(agent.status).add_modifier(Modifier::BOLD);
    let is_clipped = state.pane_area(agent.id).zip(state.panes.get(&agent.id)).is_some_and(|(area, pane)| {
        let is_larger =
            pane.replica.columns > area.inner.width || pane.replica.lines.len() > usize::from(area.inner.height);
        // What has ended has no size any more.
        is_larger && !pane.by_another && !is_gone(agent)
    });
    // Nobody set it to what this window shows: one that may only look sets no size.
    if is_clipped { (format!("clipped · {words}"), style) } else { (words, style) }
}

/// `12,345`.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let first = digits.len() % 3;
    let mut out = digits[..first].to_owned();
    for (n, group) in digits.as_bytes()[first..].chunks(3).enumerate() {
        if n > 0 || first > 0 {
            out.push(',');
        }
        out.push_str(std::str::from_utf8(group).unwrap_or_default());
    }
    out
}

/// A time of day; of another day, with how many days ago that was.
pub fn moment(state: &State, time: Millis) -> String {
    const DAY: i64 = 24 * 60 * 60 * 1000;
    let day = |at: Millis| (at as i64 + i64::from(state.settings.utc_offset_minutes) * 60_000).div_euclid(DAY);
    match day(state.now) - day(time) {
        ..=0 => clock(state, time),
        days => format!("{} {days}d ago", clock(state, time)),
    }
}

/// The inside of a pane; the only thing drawn when just this pane's screen changed.
pub fn pane_screen(state: &State, theme: &Theme, area: PaneArea, buffer: &mut Buffer) {
    let buffer = &mut Canvas::new(buffer, state.settings.glyphs);
    let inner = area.inner.intersection(buffer.area);
    fill(buffer, inner, Style::new());
    let Some(pane) = state.panes.get(&area.terminal) else {
        return placeholder(state, theme, area, buffer);
    };
    match &pane.past {
        Some(past) => {
            let height = usize::from(inner.height);
            let top = past.top(height);
            let left = past.left(height, inner.width);
            for (n, row) in past.visible(height).iter().enumerate() {
                draw_row(row, theme, inner, n as u16, left, buffer);
                if let Some(finder) = &past.finder {
                    // The one that was gone to stands out; the others are only seen.
                    let here = finder.found == Some(top + n);
                    let style = if here { theme.marked } else { theme.accent.add_modifier(Modifier::UNDERLINED) };
                    mark(finder.columns(row), inner, n as u16, left, style, buffer);
                }
            }
            if let Some(selection) = past.selection {
                for position in inner.positions() {
                    let row = top + usize::from(position.y - inner.y);
                    if row <= past.last() && selection.contains(Place { row, column: position.x - inner.x + left }) {
                        buffer[position].set_style(theme.marked);
                    }
                }
            }
        }
        None => {
            blank(state, theme, area, inner, buffer);
            let top = usize::from(pane.top(inner.height));
            for (n, row) in pane.replica.lines.iter().skip(top).take(usize::from(inner.height)).enumerate() {
                draw_row(row, theme, inner, n as u16, 0, buffer);
            }
        }
    }
    if pane.past.is_none() && pane.replica.revision == 0 {
        placeholder(state, theme, area, buffer);
    }
    let Some(agent) = state.fleet.get(area.terminal) else { return };
    if state.is_stopping(agent.id) {
        for position in inner.positions() {
            buffer[position].set_style(theme.dim.add_modifier(Modifier::DIM));
        }
    }
    if is_gone(agent) && pane.past.is_none() {
        gone(state, theme, agent, inner, buffer);
    }
}

/// Some rows of a live pane that is shown whole; the area they cover.
pub fn pane_rows(state: &State, theme: &Theme, area: PaneArea, (first, last): (u16, u16), buffer: &mut Buffer) -> Rect {
    let buffer = &mut Canvas::new(buffer, state.settings.glyphs);
    let inner = area.inner.intersection(buffer.area);
    let first = first.min(inner.height);
    let height = last.saturating_add(1).min(inner.height).saturating_sub(first);
    let rows = Rect { y: inner.y + first, height, ..inner };
    fill(buffer, rows, Style::new());
    blank(state, theme, area, rows, buffer);
    if let Some(pane) = state.panes.get(&area.terminal) {
        let lines = pane.replica.lines.iter().enumerate().skip(usize::from(first)).take(usize::from(height));
        for (n, row) in lines {
            draw_row(row, theme, inner, n as u16, 0, buffer);
        }
    }
    rows
}

/// Dots where a smaller terminal than the pane has no cells: its size is another window's.
fn blank(state: &State, theme: &Theme, area: PaneArea, part: Rect, buffer: &mut Canvas<'_>) {
    let Some((columns, rows)) = state.anothers_size(area) else { return };
    let dot = if state.settings.glyphs == Glyphs::Ascii { "." } else { "·" };
    for position in part.positions() {
        if position.x - area.inner.x >= columns || position.y - area.inner.y >= rows {
            buffer[position].set_symbol(dot).set_style(theme.faint);
        }
    }
}

/// What is there before the first frame.
fn placeholder(state: &State, theme: &Theme, area: PaneArea, buffer: &mut Canvas<'_>) {
    let gone = state.fleet.get(area.terminal).is_some_and(is_gone);
    if !gone {
        put(buffer, area.inner.x + 1, area.inner.y, area.inner.width.saturating_sub(2), "…", theme.faint);
    }
}

/// Two lines under the last screen of an agent that ended.
fn gone(state: &State, theme: &Theme, agent: &Terminal, inner: Rect, buffer: &mut Canvas<'_>) {
    let Some(pane) = state.panes.get(&agent.id) else { return };
    let used = pane.replica.lines.iter().rposition(|l| !l.text().is_empty()).map_or(0, |n| n as u16 + 1);
    let used = used.saturating_sub(pane.top(inner.height));
    // A blank line between, when there is one; else over the end of the screen.
    let y = (used + 1).min(inner.height.saturating_sub(3));
    if inner.height < 3 {
        return;
    }
    let since = age(agent.since_ms, state.now);
    let since = if since.is_empty() { "just now".to_owned() } else { format!("{since} ago") };
    let words = format!("[agent {} · {since}]", exit_words(agent));
    let style = if is_well(agent) { theme.dim } else { theme.failed };
    for row in y..inner.height {
        fill(buffer, Rect::new(inner.x, inner.y + row, inner.width, 1), Style::new());
    }
    put(buffer, inner.x, inner.y + y, inner.width, &words, style);
    let mut x = inner.x + 2;
    // Where one agent fills the screen, there is no list to remove it from.
    let keys: &[(Action, &str)] = if state.settings.chromeless {
        &[(Action::Restart, "restart"), (Action::Detach, "detach")]
    } else {
        &[(Action::Restart, "restart"), (Action::WholeOutput, "output"), (Action::Stop, "remove")]
    };
    for (action, word) in keys {
        let key = way_to(state, *action);
        if x + (text::width(&key) + word.len()) as u16 + 1 > inner.right() {
            break;
        }
        x = put(buffer, x, inner.y + y + 2, inner.right() - x, &key, theme.key);
        x = put(buffer, x + 1, inner.y + y + 2, 10, word, theme.dim) + 4;
    }
}

/// Gives columns of a row another look.
fn mark(columns: Vec<(u16, u16)>, inner: Rect, n: u16, left: u16, style: Style, buffer: &mut Canvas<'_>) {
    let shown = columns.into_iter().flat_map(|(from, to)| from..to).filter_map(|column| column.checked_sub(left));
    for column in shown.take_while(|column| *column < inner.width) {
        buffer[(inner.x + column, inner.y + n)].set_style(style);
    }
}

/// A row in a line of the pane, from its column `left` on.
fn draw_row(row: &Row, theme: &Theme, inner: Rect, n: u16, left: u16, buffer: &mut Canvas<'_>) {
    let y = inner.y + n;
    // Neighbours mostly look alike, and the nearest of 256 colours is not found for nothing.
    let mut last = (cell::Style::default(), theme.agent(cell::Style::default()));
    for cell in row.cells() {
        // Half of a wide one is none.
        let Some(column) = cell.column.checked_sub(left) else { continue };
        if column + cell.width > inner.width {
            break;
        }
        let x = inner.x + column;
        let target = &mut buffer[(x, y)];
        if cell.text.chars().any(char::is_control) {
            target.set_symbol(&text::printable(cell.text));
        } else {
            target.set_symbol(cell.text);
        }
        if last.0 != cell.style {
            last = (cell.style, theme.agent(cell.style));
        }
        target.set_style(last.1);
        if usize::from(cell.width) != text::width(cell.text)
            && let Some(width) = NonZeroU16::new(cell.width)
        {
            target.set_diff_option(CellDiffOption::ForcedWidth(width));
        }
        if cell.width == 2 {
            buffer[(x + 1, y)].set_symbol("").set_style(last.1);
        }
    }
}

/// The cursor in TYPING, or the copy mode's.
pub fn pane_cursor(state: &State) -> Option<CursorView> {
    let id = state.focus?;
    let area = state.pane_area(id)?;
    let pane = state.panes.get(&id)?;
    let inner = area.inner;
    if let Some(past) = &pane.past {
        let cursor = past.cursor?;
        let row = cursor.row.checked_sub(past.top(usize::from(inner.height)))?;
        let column = cursor.column.checked_sub(past.left(usize::from(inner.height), inner.width))?;
        if row >= usize::from(inner.height) || column >= inner.width {
            return None;
        }
        let (column, row) = (inner.x + column, inner.y + row as u16);
        return Some(CursorView { column, row, shape: CursorShape::Block, blinking: false });
    }
    let cursor = pane.replica.cursor;
    let shown = state.mode == Mode::Typing && cursor.visible;
    let row = cursor.row.checked_sub(pane.top(inner.height))?;
    if !shown || row >= inner.height || cursor.column >= inner.width {
        return None;
    }
    let (column, row) = (inner.x + cursor.column, inner.y + row);
    Some(CursorView { column, row, shape: cursor.shape, blinking: cursor.blinking })
}
