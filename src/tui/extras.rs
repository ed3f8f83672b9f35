//! What agents' cells have beside character, colours and attributes: kinds of underlines, and links. Applied by the
//! painter after a pane was drawn. It must never give a link to the outer terminal that leads anywhere but to a web
//! page: programs of the user's desktop open what is clicked.

use super::layout::PaneArea;
use super::pen::Underline;
use super::state::State;
use super::surface::{Extra, Surface};
use super::theme::Theme;
use crate::base::cell::{Color, Row, Style, attr};
use ratatui::layout::Rect;

/// Kinds of links that only ever show something.
const SAFE: [&str; 2] = ["https://", "http://"];

/// Sets the extras of the part of a pane that lies in `area`, and takes away those that were there.
pub fn apply(state: &State, theme: &Theme, pane: PaneArea, area: Rect, surface: &mut Surface) {
    surface.clear_extras(area);
    let Some(shown) = state.panes.get(&pane.terminal).filter(|_| !state.is_stopping(pane.terminal)) else { return };
    let inner = pane.inner;
    let (rows, top): (&[Row], usize) = match &shown.past {
        Some(past) => (past.visible(usize::from(inner.height)), 0),
        None => (&shown.replica.lines, usize::from(shown.top(inner.height))),
    };
    for y in area.top()..area.bottom().min(inner.bottom()) {
        let Some(row) = rows.get(top + usize::from(y - inner.y)) else { break };
        if row.runs.iter().all(|run| is_plain(run.style)) {
            continue;
        }
        for cell in row.cells().filter(|cell| !is_plain(cell.style)) {
            let x = inner.x + cell.column;
            // Something else may lie there: a notice, the end of an agent.
            if x >= inner.right() || surface.back()[(x, y)].symbol() != cell.text {
                continue;
            }
            let links = shown.past.as_ref().map_or(&shown.replica.links, |past| past.links());
            let target = links.get(&cell.style.link);
            let link = target.filter(|t| SAFE.iter().any(|safe| t.starts_with(safe))).map_or(0, |t| surface.link(t));
            let extra = Extra {
                underline: underline(cell.style.attrs),
                underline_color: theme.underline_color(cell.style.underline),
                link,
            };
            surface.set_extra(x, y, extra);
            if cell.width == 2 {
                surface.set_extra(x + 1, y, extra);
            }
        }
    }
}

fn is_plain(style: Style) -> bool {
    let kinds = attr::DOUBLE_UNDERLINE | attr::CURLY_UNDERLINE | attr::DOTTED_UNDERLINE | attr::DASHED_UNDERLINE;
    style.link == 0 && style.attrs & kinds == 0 && style.underline == Color::Default
}

fn underline(attrs: u16) -> Underline {
    let kinds = [
        (attr::DOUBLE_UNDERLINE, Underline::Double),
        (attr::CURLY_UNDERLINE, Underline::Curly),
        (attr::DOTTED_UNDERLINE, Underline::Dotted),
        (attr::DASHED_UNDERLINE, Underline::Dashed),
    ];
    kinds.into_iter().find(|(bit, _)| attrs & bit != 0).map_or(Underline::Plain, |(_, kind)| kind)
}

#[cfg(test)]
mod tests {
    use crate::base::cell::{RowBuilder, Style, attr};
    use crate::tui::depth::Depth;
    use crate::tui::msg::Msg;
    use crate::tui::painter::Painter;
    use crate::tui::testing::{NOW, keyframe, state};
    use crate::tui::update::update;

    #[test]
    fn web_links_are_handed_on_and_no_others() {
        let mut state = state(160, 45);
        let mut frame = keyframe(1, 9, &[], 0);
        let mut row = RowBuilder::default();
        for (c, link) in [('w', 1), ('f', 2), ('j', 3)] {
            row.push(c, &[], 1, Style { link, attrs: attr::CURLY_UNDERLINE, ..Style::default() });
        }
        frame.changed = vec![(0, row.finish(false))];
        frame.links = vec![
            (1, "https://a.example/".into()),
            (2, "file:///bin/sh".into()),
            (3, "javascript:alert(1)//https://".into()),
        ];
        update(&mut state, Msg::Frame(frame), NOW);
        let mut out = Vec::new();
        Painter::new((160, 45), crate::tui::testing::theme("conductor-dark", Depth::True), true)
            .paint(&state, &mut out);
        let bytes = String::from_utf8(out).unwrap();
        assert_eq!(bytes.matches("\x1b]8;id=").count(), 1, "{bytes:?}");
        assert!(bytes.contains("https://a.example/") && !bytes.contains("bin/sh") && !bytes.contains("javascript"));
        assert!(bytes.contains("4:3"));
    }
}
