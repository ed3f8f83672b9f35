//! What lies over the screen without asking anything: toasts, the banner, and the sentence of a tiny terminal.
//! A toast must never take a row from a pane, nor cover a pane's inside.

use super::Theme;
use super::bars::clock;
use super::draw::{Canvas, fill, put, put_right};
use super::pane::anothers_size;
use super::unseen;
use crate::base::clock::Millis;
use crate::base::text;
use crate::proto::rest::Status;
use crate::tui::commands::{Action, COMMANDS, Context};
use crate::tui::hints::leader_name;
use crate::tui::keymap::way_from_here;
use crate::tui::layout::{Areas, Size};
use crate::tui::prose;
use crate::tui::standing;
use crate::tui::state::{Overlay, State};
use crate::tui::toasts::{Toast, Tone};
use ratatui::layout::Rect;
use ratatui::style::Style;

/// More notices side by side than this are not read.
const SIDE_BY_SIDE: usize = 3;

/// One line over the whole width of the panes, so that it belongs to none of them: it covers their lower frames, and
/// says beside it what those say. Where one agent fills the screen there is no frame: there it lies at the top, away from the prompt.
pub fn toast(state: &State, theme: &Theme, areas: Areas, buffer: &mut Canvas<'_>) {
    let notices = match &state.burst.caught {
        Some(caught) => vec![(prose_words(state, &caught.text), theme.waiting)],
        None => state.toasts.newest_first().map(|toast| notice(state, theme, toast)).collect(),
    };
    let Some(((first, style), others)) = notices.split_first() else { return };
    let grid = areas.grid;
    let y = if state.settings.chromeless { grid.y } else { grid.bottom().saturating_sub(1) };
    // A dialog that fills a narrow window says at its bottom which keys it has; the bar below says no more than that.
    let has_bar = matches!(state.overlay, None | Some(Overlay::Prompt { .. } | Overlay::Diff(_)));
    let is_full = !has_bar && !matches!(areas.size, Size::Wide | Size::Medium);
    let line = match areas.status.filter(|_| is_full) {
        Some(bar) => bar,
        None => Rect { y, height: 1, ..grid },
    };
    let y = line.y;
    fill(buffer, line, theme.overlay);
    let end = line.right().saturating_sub(1);
    let way = way_from_here(state, Action::Events);
    let room = line.width.saturating_sub(2);
    // Text that was caught is not among the events, and a dialog has keys of its own.
    let is_elsewhere = state.burst.caught.is_none() && state.overlay.is_none();
    let mut x = if text::width(first) <= usize::from(room) || !is_elsewhere {
        put(buffer, line.x + 1, y, room, first, theme.overlay.patch(*style))
    } else {
        // The rest of it can be read elsewhere.
        let whole = format!(" {way} shows it whole");
        let cut = room.saturating_sub(text::width(&whole) as u16);
        let x = put(buffer, line.x + 1, y, cut, first, theme.overlay.patch(*style));
        put(buffer, x, y, end.saturating_sub(x), &whole, theme.overlay.patch(theme.key))
    };
    let mut left = others.len();
    let rest = |left: usize| format!("+{left} ({way} events)");
    // `   +7 (E events)`.
    let count = text::width(&rest(1)) as u16 + 3;
    for (words, style) in others.iter().take(SIDE_BY_SIDE - 1) {
        // Beside it must be room for the count of the rest.
        if x + 3 + text::width(words) as u16 + if left > 1 { count } else { 0 } > end {
            break;
        }
        x = put(buffer, x + 3, y, end - x - 3, words, theme.overlay.patch(*style));
        left -= 1;
    }
    if left > 0 && x + count <= end {
        x = put(buffer, x + 3, y, count, &rest(left), theme.overlay.patch(theme.dim));
    }
    // What the frame below it says is said beside it.
    if !state.settings.chromeless && state.overlay.is_none() {
        let rest = Rect { x, width: line.right().saturating_sub(x), ..line };
        unseen::beside(state, rest, theme.overlay.patch(theme.dim), buffer);
    }
}

fn prose_words(state: &State, caught: &str) -> String {
    let to = state.focus.map_or_else(|| "nobody".to_owned(), |id| state.name(id));
    // Enough of it to be recognised.
    let some = text::fit(&text::printable(caught), 24);
    if !prose::can_be_sent(state) {
        return format!("COMMAND mode: your text was not sent: \"{some}\" · {to} would run it · esc: drop");
    }
    format!("COMMAND mode: your text was not sent. enter: send \"{some}\" to {to} · esc: drop")
}

/// What happened carries its sign and its time; what a key has just done needs neither.
fn notice(state: &State, theme: &Theme, toast: &Toast) -> (String, Style) {
    let (status, style) = match toast.tone {
        Tone::Info => return (toast.text.clone(), theme.text),
        Tone::Good => (Status::Completed, theme.done),
        Tone::Error => (Status::Error, theme.failed),
    };
    (format!("{} {} {}", state.settings.glyphs.status(status), clock(state, toast.at), toast.text), style)
}

pub fn banner(state: &State, theme: &Theme, since: Millis, areas: Areas, buffer: &mut Canvas<'_>) {
    let seconds = state.now.saturating_sub(since) / 1000;
    let kept_bytes = state.outbox.bytes();
    let kept = if kept_bytes > 0 { format!(" · {kept_bytes} typed bytes are kept") } else { String::new() };
    let row = areas.top.or(areas.strip).unwrap_or(Rect { height: 1, ..areas.whole });
    let room = usize::from(row.width.saturating_sub(2));
    if !state.loaded {
        let words = format!("no server yet; trying again… ({seconds} s)");
        fill(buffer, row, theme.waiting_block);
        put(buffer, row.x + 1, row.y, room as u16, &words, theme.waiting_block);
        return;
    }
    let long = format!("server gone, agents still run in their holders; reconnecting… ({seconds} s){kept}");
    let short = format!("server gone; reconnecting… ({seconds} s){kept}");
    let brief_kept = if kept.is_empty() { String::new() } else { format!(" · {} B kept", kept_bytes) };
    let brief = format!("server gone ({seconds} s){brief_kept}");
    let words = [long, short, brief.clone()].into_iter().find(|w| text::width(w) <= room).unwrap_or(brief);
    fill(buffer, row, theme.waiting_block);
    put(buffer, row.x + 1, row.y, room as u16, &words, theme.waiting_block);
}

/// What stands until somebody does something about it, in the row of the top bar. Where one agent fills the screen no
/// row is free for it.
pub fn standing(state: &State, theme: &Theme, areas: Areas, buffer: &mut Canvas<'_>) {
    let Some([long, short]) = standing::words(state) else { return };
    let Some(row) = areas.top.or(areas.strip).filter(|_| !state.settings.chromeless) else { return };
    let room = row.width.saturating_sub(2);
    let words = if text::width(&long) <= usize::from(room) { long } else { short };
    fill(buffer, row, theme.waiting_block);
    put(buffer, row.x + 1, row.y, room, &words, theme.waiting_block);
}

pub fn too_small(state: &State, theme: &Theme, area: Rect, buffer: &mut Canvas<'_>) {
    let sentence = format!("terminal too small ({}x{}); agents keep running", state.size.0, state.size.1);
    let lines = wrap(&sentence, usize::from(area.width.max(1)));
    let first = area.y + area.height.saturating_sub(lines.len() as u16) / 2;
    for (n, line) in lines.iter().enumerate() {
        let y = first + n as u16;
        if y < area.bottom() {
            let x = area.x + area.width.saturating_sub(text::width(line) as u16) / 2;
            put(buffer, x, y, area.width, line, theme.text);
        }
    }
}

/// Where one agent fills the screen, no frame says whose size it has. At the top, away from the prompt, or below the
/// agent's own rows when there is room.
pub fn attached_size(state: &State, theme: &Theme, buffer: &mut Canvas<'_>) {
    for pane in state.pane_areas() {
        let Some(size) = state.anothers_size(pane).filter(|_| state.past(pane.terminal).is_none()) else { continue };
        let y = if size.1 < pane.inner.height { pane.inner.bottom() - 1 } else { pane.inner.y };
        let room = pane.inner.width;
        let words = anothers_size(state, pane.terminal, size).map(|words| format!(" {words} "));
        if let Some(words) = words.iter().find(|words| text::width(words) <= usize::from(room)) {
            put_right(buffer, pane.inner.right(), y, room, words, theme.mode_typing);
        }
    }
}

/// The keys of `attach`, shown over its last row once the leader was pressed.
pub fn attached_bar(state: &State, theme: &Theme, area: Rect, buffer: &mut Canvas<'_>) {
    let row = Rect { y: area.bottom().saturating_sub(1), height: 1, ..area };
    fill(buffer, row, theme.bar);
    let mut x = put(buffer, row.x, row.y, row.width, " COMMAND ", theme.mode_command) + 1;
    let leader = leader_name(state);
    let hint = |name: &str, word: &'static str| {
        let command = COMMANDS.iter().find(|command| command.name == name)?;
        Some((state.settings.keymap.hint(command, Context::Attached)?.to_string(), word))
    };
    let out = hint("leave", "detach").or_else(|| hint("detach", "detach"));
    let others = [hint("type", "type"), hint("scroll-back", "scroll"), hint("copy-mode", "copy")];
    for (key, word) in [out].into_iter().chain(others).flatten().chain([(leader, "sends it")]) {
        if x + (key.len() + word.len()) as u16 + 2 > row.right() {
            break;
        }
        x = put(buffer, x, row.y, row.width, &key, theme.bar.patch(theme.key)) + 1;
        x = put(buffer, x, row.y, row.width, word, theme.bar) + 2;
    }
}

/// Words into lines of at most `width` columns. A word that is longer, as a path may be, is broken.
pub fn wrap(words: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in words.split_whitespace() {
        match lines.last_mut() {
            Some(line) if text::width(line) + 1 + text::width(word) <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => {
                let mut line = String::new();
                for c in word.chars() {
                    if !line.is_empty() && text::width_by_char(&line) + text::char_width(c) > width {
                        lines.push(std::mem::take(&mut line));
                    }
                    line.push(c);
                }
                lines.push(line);
            }
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_wrapped_and_long_ones_broken() {
        for (words, width, expected) in [
            ("one two three", 7, &["one two", "three"][..]),
            ("see /a/long/path now", 6, &["see", "/a/lon", "g/path", "now"]),
            ("漢字漢字 x", 5, &["漢字", "漢字", "x"]),
            ("", 5, &[]),
        ] {
            assert_eq!(wrap(words, width), expected, "{words}");
        }
    }
}
