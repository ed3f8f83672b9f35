//! Strokes every part of the view is made of. They clip; they must never write outside the row or area given.

use crate::base::text;
use crate::tui::glyphs::Glyphs;
use crate::tui::layout::{Areas, Size};
use crate::tui::state::State;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use std::ops::{Deref, DerefMut};

/// The cells to draw into, and which characters may be drawn there: what agents print is theirs, what we say is in ASCII
/// where nothing else can be shown.
pub struct Canvas<'a> {
    buffer: &'a mut Buffer,
    glyphs: Glyphs,
}

impl Canvas<'_> {
    pub fn new(buffer: &mut Buffer, glyphs: Glyphs) -> Canvas<'_> {
        Canvas { buffer, glyphs }
    }
}

impl Deref for Canvas<'_> {
    type Target = Buffer;

    fn deref(&self) -> &Buffer {
        self.buffer
    }
}

impl DerefMut for Canvas<'_> {
    fn deref_mut(&mut self) -> &mut Buffer {
        self.buffer
    }
}

/// Writes `words` from `x` on, in at most `room` columns; the next free column.
pub fn put(buffer: &mut Canvas<'_>, x: u16, y: u16, room: u16, words: &str, style: Style) -> u16 {
    if room == 0 || !buffer.area.contains((x, y).into()) {
        return x;
    }
    let fitted = text::fit(&text::printable(words), usize::from(room));
    let drawn = buffer.glyphs.words(&fitted);
    buffer.set_stringn(x, y, drawn, usize::from(room), style).0
}

/// Writes `words` so that they end at column `end` (not included); the column where they begin.
pub fn put_right(buffer: &mut Canvas<'_>, end: u16, y: u16, room: u16, words: &str, style: Style) -> u16 {
    let fitted = text::fit(&text::printable(words), usize::from(room));
    let x = end.saturating_sub(text::width(&fitted) as u16);
    put(buffer, x, y, room, &fitted, style);
    x
}

/// Blanks an area and gives it a style.
pub fn fill(buffer: &mut Canvas<'_>, area: Rect, style: Style) {
    for position in area.intersection(buffer.area).positions() {
        let cell = &mut buffer[position];
        cell.reset();
        cell.set_style(style);
    }
}

/// A frame around `area`.
pub fn frame(buffer: &mut Canvas<'_>, area: Rect, glyphs: Glyphs, heavy: bool, style: Style) {
    let area = area.intersection(buffer.area);
    if area.width < 2 || area.height < 2 {
        return;
    }
    let set = glyphs.border(heavy);
    let (left, right, top, bottom) = (area.x, area.right() - 1, area.y, area.bottom() - 1);
    for x in left + 1..right {
        buffer[(x, top)].set_symbol(set.horizontal_top).set_style(style);
        buffer[(x, bottom)].set_symbol(set.horizontal_bottom).set_style(style);
    }
    for y in top + 1..bottom {
        buffer[(left, y)].set_symbol(set.vertical_left).set_style(style);
        buffer[(right, y)].set_symbol(set.vertical_right).set_style(style);
    }
    buffer[(left, top)].set_symbol(set.top_left).set_style(style);
    buffer[(right, top)].set_symbol(set.top_right).set_style(style);
    buffer[(left, bottom)].set_symbol(set.bottom_left).set_style(style);
    buffer[(right, bottom)].set_symbol(set.bottom_right).set_style(style);
}

/// An overlay's box: blank, framed, with a title and a note in its upper line and keys in its lower one.
pub struct Panel<'a> {
    pub title: &'a str,
    pub note: &'a str,
    /// Key and what it does.
    pub keys: &'a [(&'a str, &'a str)],
}

impl Panel<'_> {
    /// Draws the box; the area inside.
    pub fn draw(&self, buffer: &mut Canvas<'_>, area: Rect, theme: &super::Theme, glyphs: Glyphs) -> Rect {
        let area = area.intersection(buffer.area);
        fill(buffer, area, theme.overlay);
        frame(buffer, area, glyphs, false, theme.overlay.patch(theme.frame_focus));
        if area.width < 8 || area.height < 3 {
            return Rect::new(area.x, area.y, 0, 0);
        }
        let style = theme.overlay;
        let room = area.width - 4;
        let end = put(buffer, area.x + 2, area.y, room, &format!(" {} ", self.title), style.patch(theme.strong));
        let note = format!(" {} ", self.note);
        let note_room = (area.right() - 2).saturating_sub(end);
        if !self.note.is_empty() && text::width(&note) as u16 <= note_room {
            put_right(buffer, area.right() - 2, area.y, note_room, &note, style.patch(theme.dim));
        }
        let width_of = |(key, word): &(&str, &str)| (text::width(key) + text::width(word) + 3) as u16;
        let mut keys = self.keys.to_vec();
        // The last one is the way out: those before it go first.
        while keys.len() > 1 && keys.iter().map(width_of).sum::<u16>() + 3 > area.width {
            keys.remove(keys.len() - 2);
        }
        let mut x = area.x + 2;
        for (key, word) in &keys {
            let width = width_of(&(key, word));
            if x + width > area.right() - 1 {
                break;
            }
            let y = area.bottom() - 1;
            let after = put(buffer, x, y, width, &format!(" {key} "), style.patch(theme.key));
            x = put(buffer, after, y, width, &format!("{word} "), style.patch(theme.dim));
        }
        Rect::new(area.x + 1, area.y + 1, area.width - 2, area.height - 2)
    }
}

/// `area` shrunk to at most this size, in its middle.
pub fn centred(area: Rect, width: u16, height: u16) -> Rect {
    let (width, height) = (width.min(area.width), height.min(area.height));
    Rect::new(area.x + (area.width - width) / 2, area.y + (area.height - height) / 2, width, height)
}

/// All above the status bar.
pub fn body(areas: Areas) -> Rect {
    Rect { height: areas.whole.height.saturating_sub(1), ..areas.whole }
}

/// Where a list over the screen lies: all above the status bar where that is narrow, else so large in its middle.
pub fn overlay(areas: Areas, width: u16, height: u16) -> Rect {
    match areas.size {
        Size::Narrow | Size::Phone => body(areas),
        _ => centred(body(areas), width, height),
    }
}

/// A line across an overlay.
pub fn rule(state: &State, theme: &super::Theme, inner: Rect, y: u16, buffer: &mut Canvas<'_>) {
    for x in inner.left()..inner.right() {
        buffer[(x, y)].set_symbol(state.settings.glyphs.line()).set_style(theme.overlay.patch(theme.frame));
    }
}

/// A one-line field's visible part and the cursor's column in it.
pub fn field_window(line: &str, cursor: usize, room: u16) -> (String, u16) {
    let before: String = line.chars().take(cursor).collect();
    let mut skip = 0;
    let mut width = text::width_by_char(&before);
    let mut chars = before.chars();
    // The cursor needs a column too.
    while width + 1 > usize::from(room.max(1)) {
        let Some(c) = chars.next() else { break };
        width -= text::char_width(c);
        skip += 1;
    }
    let mut out = String::new();
    let mut used = 0;
    for c in line.chars().skip(skip) {
        if used + text::char_width(c) > usize::from(room) {
            break;
        }
        used += text::char_width(c);
        out.push(c);
    }
    (out, width as u16)
}
