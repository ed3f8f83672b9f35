//! The state as cells. Called by the painter; it changes nothing, and it draws no control character: what comes
//! from agents and files goes through `base::text::printable` or the surface's own check.

mod bars;
mod card;
mod conversations;
mod dialog;
mod diff;
mod draw;
mod events;
mod find;
mod finish;
mod first_run;
#[cfg(test)]
mod gallery;
mod launch;
mod lists;
mod menu;
mod notices;
mod pane;
mod preferences;
mod prompt;
mod sidebar;
#[cfg(test)]
mod tests;
mod trees;
mod unseen;

pub use pane::{pane_cursor, pane_rows, pane_screen};

use super::layout::Size;
use super::state::{Link, Overlay, State};
use super::surface::CursorView;
use super::theme::Theme;
pub use bars::{VIEW, VIEW_AT};
use draw::Canvas;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// Draws everything into `area` of `buffer`, which is blank; where the cursor is to be.
pub fn view(state: &State, theme: &Theme, area: Rect, buffer: &mut Buffer) -> Option<CursorView> {
    let buffer = &mut Canvas::new(buffer, state.settings.glyphs);
    let areas = state.areas();
    if area.is_empty() || areas.whole.intersection(area) != areas.whole {
        return None;
    }
    if areas.size == Size::TooSmall && !state.settings.chromeless {
        notices::too_small(state, theme, area, buffer);
        return None;
    }
    if let Some(top) = areas.top {
        bars::top(state, theme, top, buffer);
    }
    if let Some(strip) = areas.strip {
        bars::strip(state, theme, areas.size, strip, buffer);
    }
    if let Some(sidebar) = areas.sidebar {
        sidebar::sidebar(state, theme, areas.size, sidebar, buffer);
    }
    if state.fleet.is_empty() {
        first_run::first_run(state, theme, areas.grid, buffer);
    }
    for pane in state.pane_areas() {
        pane::pane(state, theme, pane, buffer);
    }
    unseen::unseen(state, theme, buffer);
    if let Some(status) = areas.status {
        bars::status(state, theme, status, buffer);
    }
    let mut cursor = pane_cursor(state);
    match &state.overlay {
        Some(Overlay::Help { filter, chosen }) => {
            cursor = lists::help(state, theme, areas, filter, *chosen, buffer);
        }
        Some(Overlay::Palette { query, chosen }) => {
            cursor = lists::palette(state, theme, areas, query, *chosen, buffer);
        }
        Some(Overlay::Launch) => cursor = launch::launch(state, theme, areas, buffer),
        Some(Overlay::Rename { name, .. }) => cursor = dialog::field("Rename", name, state, theme, areas, buffer),
        Some(Overlay::Filter { field, .. }) => {
            cursor = dialog::field("Filter the agents", field, state, theme, areas, buffer);
        }
        Some(Overlay::ConfirmStop { terminal, kind }) => {
            dialog::confirm_stop(*terminal, *kind, state, theme, areas, buffer);
            cursor = None;
        }
        Some(Overlay::ConfirmStopAll) => {
            dialog::confirm_stop_all(state, theme, areas, buffer);
            cursor = None;
        }
        Some(Overlay::Trees(list)) => {
            trees::trees(list, state, theme, areas, buffer);
            cursor = None;
        }
        Some(Overlay::Conversations(picker)) => {
            conversations::conversations(picker, state, theme, areas, buffer);
            cursor = None;
        }
        Some(Overlay::Tree(question)) => {
            dialog::confirm_tree(question, state, theme, areas, buffer);
            cursor = None;
        }
        Some(Overlay::Finish(form)) => cursor = finish::finish(form, state, theme, areas, buffer),
        Some(Overlay::Settings(list)) => cursor = preferences::preferences(list, state, theme, areas, buffer),
        Some(Overlay::Find(found)) => cursor = find::find(found, state, theme, areas, buffer),
        Some(Overlay::Diff(view)) => cursor = diff::diff(view, state, theme, areas, buffer).or(cursor),
        Some(Overlay::Menu(menu)) => {
            menu::menu(menu, state, theme, buffer);
            cursor = None;
        }
        Some(Overlay::Events(list)) => cursor = events::events(list, state, theme, areas, buffer),
        Some(Overlay::Prompt { prompt, field }) => {
            cursor = prompt::prompt(*prompt, field, state, theme, areas, buffer);
        }
        None => {}
    }
    if state.settings.chromeless {
        notices::attached_size(state, theme, buffer);
    }
    notices::toast(state, theme, areas, buffer);
    notices::standing(state, theme, areas, buffer);
    if let Link::Lost { since } = state.link {
        notices::banner(state, theme, since, areas, buffer);
    }
    if state.settings.chromeless && state.left_typing.is_some() {
        notices::attached_bar(state, theme, area, buffer);
    }
    cursor
}
