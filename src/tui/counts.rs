//! How many agents are in which state, and where that stands: drawn by the bars, and a button for the mouse. It must
//! never do what no key does.

use super::actions;
use super::commands::Action;
use super::msg::Command;
use super::state::State;
use crate::base::text;
use crate::proto::rest::Status;
use ratatui::layout::Rect;

/// One count and its first column.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Count {
    pub status: Status,
    pub words: String,
    pub x: u16,
}

impl Count {
    fn width(&self) -> u16 {
        text::width(&self.words) as u16
    }
}

/// Counts per state, the urgent first: `2! 2▸ 1✓`, from a column on.
pub fn from(state: &State, mut x: u16) -> Vec<Count> {
    let mut out = Vec::new();
    for status in [Status::Waiting, Status::Running, Status::Completed, Status::Error] {
        let count = state.fleet.count(status);
        if count > 0 {
            let count = Count { status, words: format!("{count}{}", state.settings.glyphs.status(status)), x };
            x += count.width() + 1;
            out.push(count);
        }
    }
    out
}

/// Counts at the right end of a line whose columns up to `used` are taken; none where there is no room for all.
pub fn at_the_end(state: &State, line: Rect, used: u16) -> Vec<Count> {
    let end = from(state, 0).last().map_or(0, |last| last.x + last.width());
    match end < line.right().saturating_sub(used) {
        true => from(state, line.right() - end),
        false => Vec::new(),
    }
}

/// The word over the list of agents: the filter, if there is one.
pub fn heading(state: &State, line: Rect) -> String {
    let filter = state.fleet.filter();
    let words = if filter.is_empty() { "AGENTS".to_owned() } else { format!("/{filter}") };
    text::fit(&words, usize::from(line.width / 2))
}

/// What a button of the sidebar's first line does: those who wait are gone to, the other words narrow the list.
pub fn click(state: &mut State, line: Rect, column: u16, commands: &mut Vec<Command>) {
    let used = line.x + text::width(&heading(state, line)) as u16;
    let hit = at_the_end(state, line, used).into_iter().find(|c| (c.x..c.x + c.width()).contains(&column));
    match hit {
        Some(count) => on_count(state, count.status, commands),
        None if column < used => actions::perform(state, Action::Filter, None, commands),
        None => {}
    }
}

fn on_count(state: &mut State, status: Status, commands: &mut Vec<Command>) {
    if status == Status::Waiting {
        return actions::perform(state, Action::NextWaiting, None, commands);
    }
    // The same once more shows all again.
    let word = status.screen_word();
    let filter = if state.fleet.filter() == word { "" } else { word };
    state.fleet.set_filter(filter.to_owned());
    state.dirty = super::state::Dirty::Everything;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::keys::{Mods, Mouse, MouseAction, MouseButton};
    use crate::tui::msg::Msg;
    use crate::tui::state::Overlay;
    use crate::tui::testing::{screen, state};
    use crate::tui::update::update;

    fn click_on(state: &mut State, words: &str) {
        let line = screen(state).lines().nth(1).unwrap().to_owned();
        let column = line[..line.find(words).unwrap_or_else(|| panic!("{words}: {line}"))].chars().count() as u16;
        for action in [MouseAction::Press(MouseButton::Left), MouseAction::Release(MouseButton::Left)] {
            let now = state.now;
            update(state, Msg::Mouse(Mouse { action, column, row: 1, mods: Mods::NONE }), now);
        }
    }

    #[test]
    fn a_click_on_a_count_goes_to_who_waits_or_narrows_the_list() {
        let mut state = state(160, 45);
        let focus = |state: &State| state.focus.unwrap().0;
        click_on(&mut state, "2!");
        assert_eq!(focus(&state), 4);
        click_on(&mut state, "2!");
        assert_eq!(focus(&state), 1);
        click_on(&mut state, "2▸");
        assert_eq!(state.fleet.listed().map(|a| a.id.0).collect::<Vec<_>>(), [2, 5]);
        click_on(&mut state, "2▸");
        assert_eq!(state.fleet.filter(), "");
        click_on(&mut state, "AGENTS");
        assert!(matches!(state.overlay, Some(Overlay::Filter { .. })));
    }

    #[test]
    fn the_views_name_in_the_top_bar_lists_the_agents() {
        let mut state = state(160, 45);
        let now = state.now;
        let mouse = Mouse { action: MouseAction::Release(MouseButton::Left), column: 14, row: 0, mods: Mods::NONE };
        update(&mut state, Msg::Mouse(mouse), now);
        assert!(matches!(&state.overlay, Some(Overlay::Palette { query, .. }) if query.text() == "@"));
    }
}
