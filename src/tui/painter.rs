//! From state to bytes: decides how much of the picture is drawn anew. Called by the run loop when something is
//! dirty. A frame that changed one pane must never cost a whole picture.

use super::extras;
use super::state::{Dirty, Link, State};
use super::surface::Surface;
use super::theme::Theme;
use super::view;

pub struct Painter {
    surface: Surface,
    theme: Theme,
    /// Whole pictures drawn so far: tests count them.
    pub pictures: u64,
}

impl Painter {
    pub fn new(size: (u16, u16), theme: Theme, synchronized: bool) -> Painter {
        Painter { surface: Surface::new(size.0, size.1, synchronized), theme, pictures: 0 }
    }

    /// Appends to `out` what makes the terminal show `state`.
    pub fn paint(&mut self, state: &State, out: &mut Vec<u8>) {
        let area = self.surface.area();
        let resized = (area.width, area.height) != state.size;
        if resized {
            self.surface.resize(state.size.0, state.size.1);
        }
        // Without frames, notices lie over the agent's own rows.
        let is_covered = state.settings.chromeless
            && (!state.toasts.is_empty()
                || state.left_typing.is_some()
                || state.link != Link::Up
                || state.pane_areas().iter().any(|pane| state.anothers_size(*pane).is_some()));
        match state.dirty {
            Dirty::Nothing if !resized => {}
            Dirty::Rows(id, first, last) if !resized && !is_covered => {
                if let Some(pane) = state.pane_area(id) {
                    let area = view::pane_rows(state, &self.theme, pane, (first, last), self.surface.back());
                    extras::apply(state, &self.theme, pane, area, &mut self.surface);
                    self.surface.flush(area, view::pane_cursor(state), out);
                }
            }
            Dirty::Pane(id) if !resized && !is_covered => {
                if let Some(pane) = state.pane_area(id) {
                    view::pane_screen(state, &self.theme, pane, self.surface.back());
                    extras::apply(state, &self.theme, pane, pane.inner, &mut self.surface);
                    self.surface.flush(pane.inner, view::pane_cursor(state), out);
                }
            }
            _ => {
                let area = self.surface.area();
                self.surface.back().reset();
                let cursor = view::view(state, &self.theme, area, self.surface.back());
                self.surface.clear_extras(area);
                // What lies over the panes has nothing of theirs.
                if state.overlay.is_none() {
                    for pane in state.pane_areas() {
                        extras::apply(state, &self.theme, pane, pane.inner, &mut self.surface);
                    }
                }
                self.surface.flush(area, cursor, out);
                self.pictures += 1;
            }
        }
    }

    /// Whether the terminal knows curly and coloured underlines.
    pub fn set_rich(&mut self, rich: bool) {
        self.surface.set_rich(rich);
    }

    /// Whether the terminal knows mode 2026.
    pub fn set_synchronized(&mut self, synchronized: bool) {
        self.surface.set_synchronized(synchronized);
    }

    /// Whether the terminal repeats the last character when told to (REP).
    pub fn set_repeats(&mut self, repeats: bool) {
        self.surface.set_repeats(repeats);
    }

    /// Other colours from the next picture on.
    pub fn set_theme(&mut self, theme: Theme) {
        self.theme = theme;
    }

    /// Makes the next picture a whole one.
    pub fn forget(&mut self) {
        self.surface.forget();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::id::TerminalId;
    use crate::proto::frame::{Cursor, Frame};
    use crate::proto::rest::Weight;
    use crate::tui::depth::Depth;
    use crate::tui::msg::{Command, Msg};
    use crate::tui::testing::{NOW, press, row, state};
    use crate::tui::update::{drawn, update};

    fn painted(painter: &mut Painter, state: &mut State) -> Vec<u8> {
        let mut out = Vec::new();
        painter.paint(state, &mut out);
        drawn(state);
        out
    }

    fn change(id: u32, base: u64, line: u16, words: &str, column: u16) -> Frame {
        Frame {
            terminal: TerminalId(id),
            base,
            revision: base + 1,
            columns: 62,
            rows: 12,
            scroll: None,
            changed: vec![(line, row(words))],
            links: Vec::new(),
            cursor: Cursor { row: line, column, visible: true, ..Cursor::default() },
            modes: 0,
            title: None,
            offset: 0,
        }
    }

    #[test]
    fn an_echo_costs_a_few_bytes_and_no_picture() {
        let mut state = state(160, 45);
        press(&mut state, "i");
        let mut painter = Painter::new((160, 45), crate::tui::testing::theme("conductor-dark", Depth::True), true);
        painted(&mut painter, &mut state);
        update(&mut state, Msg::Frame(change(1, 1, 8, "$ l", 3)), NOW);
        painted(&mut painter, &mut state);
        let pictures = painter.pictures;
        update(&mut state, Msg::Frame(change(1, 2, 8, "$ ls", 4)), NOW);
        let bytes = painted(&mut painter, &mut state);
        assert_eq!(String::from_utf8_lossy(&bytes), "s");
        // Another pane writes in between: the cursor has to go there and come back.
        update(&mut state, Msg::Frame(change(2, 1, 5, "x", 1)), NOW);
        painted(&mut painter, &mut state);
        update(&mut state, Msg::Frame(change(1, 3, 8, "$ ls ", 5)), NOW);
        update(&mut state, Msg::Frame(change(1, 4, 8, "$ ls -", 6)), NOW);
        let bytes = painted(&mut painter, &mut state);
        assert!(bytes.len() <= 9, "{:?}", String::from_utf8_lossy(&bytes));
        assert_eq!(painter.pictures, pictures);
    }

    #[test]
    fn an_idle_screen_writes_nothing_and_a_minute_only_the_clock() {
        let mut state = state(160, 45);
        let mut painter = Painter::new((160, 45), crate::tui::testing::theme("conductor-dark", Depth::True), true);
        painted(&mut painter, &mut state);
        assert!(painted(&mut painter, &mut state).is_empty());
        // What its agent takes is asked for as long as it changes; an answer that says the same draws nothing.
        let minute = NOW / 60_000 * 60_000 + 60_000;
        let weight = Some(Weight { cpu_percent: Some(0), memory_bytes: 9_000_000, ..Weight::default() });
        while state.next_due().unwrap() < minute {
            let (due, is_first) = (state.next_due().unwrap(), state.now == NOW);
            assert!(update(&mut state, Msg::Tick, due).contains(&Command::Weigh(TerminalId(1))));
            assert!(painted(&mut painter, &mut state).is_empty());
            update(&mut state, Msg::Weighed { terminal: TerminalId(1), result: Ok(weight) }, due);
            assert_eq!(painted(&mut painter, &mut state).is_empty(), !is_first);
        }
        let due = state.next_due().unwrap();
        assert_eq!(due, minute);
        update(&mut state, Msg::Tick, due);
        let bytes = painted(&mut painter, &mut state);
        // The clock, and the ages in sidebar and frames.
        assert!(!bytes.is_empty() && bytes.len() < 600, "{}", bytes.len());
    }

    #[test]
    fn a_full_picture_stays_small() {
        let mut state = state(160, 45);
        let mut painter = Painter::new((160, 45), crate::tui::testing::theme("conductor-dark", Depth::True), true);
        let bytes = painted(&mut painter, &mut state);
        assert!(bytes.len() < 20_000, "{}", bytes.len());
    }

    #[test]
    fn frames_of_one_agent_cannot_draw_over_another() {
        let mut state = state(160, 45);
        let mut painter = Painter::new((160, 45), crate::tui::testing::theme("conductor-dark", Depth::True), true);
        painted(&mut painter, &mut state);
        let wide = "W".repeat(200);
        let mut frame = change(1, 0, 0, &wide, 190);
        frame.columns = 200;
        frame.rows = 90;
        frame.changed = (0..90).map(|n| (n, row(&wide))).collect();
        update(&mut state, Msg::Frame(frame), NOW);
        painted(&mut painter, &mut state);
        let inner = state.pane_area(TerminalId(1)).unwrap().inner;
        for position in painter.surface.front().area.positions() {
            let is_w = painter.surface.front()[position].symbol() == "W";
            assert_eq!(is_w, inner.contains(position), "{position}");
        }
    }
}
