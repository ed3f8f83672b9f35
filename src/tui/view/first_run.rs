//! What is shown instead of panes while there is no agent: what this is, what was found, and three keys.

use super::Theme;
use super::draw::{Canvas, put};
use crate::base::text;
use crate::proto::rest::Status;
use crate::tui::commands::Action;
use crate::tui::fleet::short_path;
use crate::tui::hints::leader_name;
use crate::tui::keymap::way_to;
use crate::tui::state::{Link, State};
use ratatui::layout::Rect;
use ratatui::style::Style;

type Line = Vec<(String, Style)>;

pub fn first_run(state: &State, theme: &Theme, area: Rect, buffer: &mut Canvas<'_>) {
    if !state.loaded {
        let words = if state.link == Link::Up { "reading the sessions…" } else { "connecting…" };
        put(buffer, area.x + 2, area.y + area.height / 2, area.width.saturating_sub(4), words, theme.dim);
        return;
    }
    let mut lines = lines(state, theme, area.width);
    // A low screen loses the last paragraphs; the first line says the one key anyway.
    lines.truncate(usize::from(area.height.saturating_sub(1)));
    let width = lines.iter().map(width).max().unwrap_or(0).min(usize::from(area.width.saturating_sub(4))) as u16;
    let x = area.x + (area.width.saturating_sub(width)) / 2;
    let y = area.y + (area.height.saturating_sub(lines.len() as u16)) / 2;
    for (n, line) in lines.iter().enumerate() {
        let mut at = x;
        for (words, style) in line {
            at = put(buffer, at, y + n as u16, area.right().saturating_sub(at + 1), words, *style);
        }
    }
}

fn width(line: &Line) -> usize {
    line.iter().map(|(words, _)| text::width(words)).sum()
}

fn lines(state: &State, theme: &Theme, columns: u16) -> Vec<Line> {
    let roomy = columns >= 60;
    let plain = |words: &str, style: Style| vec![(words.to_owned(), style)];
    let directory = short_path(&state.settings.directory, state.settings.home.as_deref());
    let mut out = vec![vec![
        ("No agents yet. ".to_owned(), theme.text),
        (way_to(state, Action::NewAgent), theme.key),
        (if roomy { format!(" starts one here ({directory}).") } else { " starts one here.".to_owned() }, theme.text),
    ]];
    if roomy {
        out.push(Vec::new());
        out.push(plain("conductor-tui runs your coding agents side by side;", theme.dim));
        out.push(plain("they outlive this screen, its server and your login.", theme.dim));
    }
    if !state.providers.is_empty() {
        out.push(Vec::new());
        out.push(plain("Found on this machine", theme.strong));
        let name_width = state.providers.iter().map(|p| text::width(&p.name)).max().unwrap_or(0).min(14);
        for provider in &state.providers {
            let here = provider.missing.is_none();
            let status = if here { Status::Completed } else { Status::Ready };
            let style = if here { theme.text } else { theme.faint };
            let note = match (&provider.missing, &provider.path) {
                (Some(reason), _) => reason.rsplit(": ").next().unwrap_or(reason).to_owned(),
                (None, Some(path)) => short_path(path, state.settings.home.as_deref()),
                (None, None) => String::new(),
            };
            let name = format!(" {:name_width$}  ", text::fit(&provider.name, name_width));
            out.push(vec![
                (state.settings.glyphs.status(status).to_owned(), theme.status(status)),
                (name, style),
                (note, if here { theme.dim } else { theme.faint }),
            ]);
        }
    }
    out.push(Vec::new());
    out.push(plain("Three keys to know", theme.strong));
    let (leader, palette) = (leader_name(state), way_to(state, Action::Palette));
    for (key, words) in [
        (way_to(state, Action::NewAgent).as_str(), "start an agent".to_owned()),
        (
            leader.as_str(),
            if roomy { "while typing to an agent: back to commands" } else { "from typing to commands" }.to_owned(),
        ),
        (
            way_to(state, Action::Help).as_str(),
            if roomy { format!("every key; {palette} finds everything by name") } else { "every key".to_owned() },
        ),
    ] {
        out.push(vec![(format!("{key:11}"), theme.key), (words, theme.text)]);
    }
    out.push(Vec::new());
    let out_by = way_to(state, Action::Detach);
    let words = format!("Agents keep running when you leave ({out_by}) and after a crash of this program.");
    out.push(plain(&words, theme.dim));
    out
}
