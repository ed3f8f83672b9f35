//! What lies over the screen without asking anything: toasts, the banner, and the sentence of a tiny terminal.
//! A toast must never take a row from a pane, nor cover a pane's inside.

use super::Theme;
use super::draw::{fill, put};
use crate::base::clock::Millis;
use crate::base::text;
use crate::tui::hints::leader_name;
use crate::tui::layout::Areas;
use crate::tui::state::State;
use crate::tui::toasts::Tone;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

pub fn toast(state: &State, theme: &Theme, areas: Areas, buffer: &mut Buffer) {
    let (words, style) = if let Some(caught) = &state.burst.caught {
        let to = state.focus.map_or_else(|| "nobody".to_owned(), |id| state.name(id));
        // Enough of it to be recognised.
        let some = text::fit(&text::printable(&caught.text), 24);
        (format!("COMMAND mode: your text was not sent. enter: send \"{some}\" to {to} · esc: drop"), theme.waiting)
    } else if let Some((toast, more)) = state.toasts.newest() {
        let style = match toast.tone {
            Tone::Info => theme.text,
            Tone::Good => theme.done,
            Tone::Error => theme.failed,
        };
        let more = if more > 0 { format!("  +{more}") } else { String::new() };
        (format!("{}{more}", toast.text), style)
    } else {
        return;
    };
    // Over the lower frame of the panes, which holds nothing; without frames, over the status bar's row.
    let grid = areas.grid;
    let y = grid.bottom().saturating_sub(1);
    let room = grid.width.saturating_sub(4);
    let width = (text::width(&words) as u16).min(room) + 2;
    let x = grid.x + 1;
    fill(buffer, Rect::new(x, y, width, 1), theme.overlay);
    put(buffer, x + 1, y, room, &words, theme.overlay.patch(style));
}

pub fn banner(state: &State, theme: &Theme, since: Millis, areas: Areas, buffer: &mut Buffer) {
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

pub fn too_small(state: &State, theme: &Theme, area: Rect, buffer: &mut Buffer) {
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

/// The keys of `attach`, shown over its last row once the leader was pressed.
pub fn attached_bar(state: &State, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let row = Rect { y: area.bottom().saturating_sub(1), height: 1, ..area };
    fill(buffer, row, theme.bar);
    let mut x = put(buffer, row.x, row.y, row.width, " COMMAND ", theme.mode_command) + 1;
    let leader = leader_name(state);
    for (key, word) in
        [("d", "detach"), ("i", "type"), ("pgup", "scroll"), ("v", "copy"), (leader.as_str(), "sends it")]
    {
        if x + (key.len() + word.len()) as u16 + 2 > row.right() {
            break;
        }
        x = put(buffer, x, row.y, row.width, key, theme.bar.patch(theme.key)) + 1;
        x = put(buffer, x, row.y, row.width, word, theme.bar) + 2;
    }
}

/// Words into lines of at most `width` columns.
pub fn wrap(words: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in words.split_whitespace() {
        match lines.last_mut() {
            Some(line) if text::width(line) + 1 + text::width(word) <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(text::fit(word, width)),
        }
    }
    lines
}
