//! The menu of one agent: what can be done with it, and the key that does it without a menu.

use super::Theme;
use super::draw::{Canvas, Panel, fill, put, put_right};
use crate::tui::commands::Context;
use crate::tui::menu::{self, Menu};
use crate::tui::state::State;
use ratatui::layout::Rect;

pub fn menu(menu: &Menu, state: &State, theme: &Theme, buffer: &mut Canvas<'_>) {
    let name = state.name(menu.terminal);
    let panel = Panel { title: &name, note: "", keys: &[] };
    let inner = panel.draw(buffer, menu::area(state, menu), theme, state.settings.glyphs);
    for (n, entry) in menu::entries(state, menu.terminal).iter().enumerate().take(usize::from(inner.height)) {
        let row = Rect { y: inner.y + n as u16, height: 1, ..inner };
        let base = if n == menu.chosen { theme.overlay.patch(theme.selection) } else { theme.overlay };
        if n == menu.chosen {
            fill(buffer, row, base);
            put(buffer, row.x, row.y, 1, state.settings.glyphs.chosen(), base.patch(theme.accent));
        }
        let key = state.settings.keymap.text(entry, Context::Main);
        let end = put_right(buffer, row.right() - 1, row.y, row.width, &key, base.patch(theme.key));
        put(buffer, row.x + 2, row.y, end.saturating_sub(row.x + 3), entry.help, base.patch(theme.text));
    }
}
