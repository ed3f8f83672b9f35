//! Tests of the whole folder through its public types.

mod answers;
mod features;
mod frames;
mod properties;
mod recordings;
mod resizes;
mod xterm;

use super::{Screen, Size};

/// A screen that was fed `bytes`.
fn screen(columns: u16, rows: u16, bytes: &[u8]) -> Screen {
    let mut screen = Screen::new(Size::new(columns, rows));
    screen.feed(0, bytes);
    screen
}

/// The screen's text without blank rows below.
fn text(screen: &Screen) -> String {
    screen.text().trim_end().to_owned()
}
