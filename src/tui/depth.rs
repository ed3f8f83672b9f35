//! How many colours the outer terminal has, and what becomes of a colour there. Used by the theme and for agents' cells.
//! It must never read the environment itself: what decides comes in as arguments.

use crate::base::{cell, palette};
use ratatui::style::Color;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Depth {
    True,
    Indexed256,
    Ansi16,
    /// `NO_COLOR`: attributes only.
    None,
}

impl Depth {
    /// From the values of `COLORTERM`, `TERM` and `NO_COLOR`.
    pub fn detect(colorterm: Option<&str>, term: Option<&str>, no_color: Option<&str>) -> Depth {
        if no_color.is_some_and(|v| !v.is_empty()) {
            return Depth::None;
        }
        if matches!(colorterm, Some("truecolor" | "24bit")) {
            return Depth::True;
        }
        match term {
            Some(t) if t.contains("256color") => Depth::Indexed256,
            Some(t) if t.ends_with("-direct") => Depth::True,
            Some("alacritty" | "foot" | "xterm-kitty" | "xterm-ghostty") => Depth::True,
            _ => Depth::Ansi16,
        }
    }
    /// A colour as this terminal is told of it: itself, or of those that it has the one that looks most like it.
    pub fn color(self, color: cell::Color) -> Color {
        match (color, self) {
            (_, Depth::None) | (cell::Color::Default, _) => Color::Reset,
            (cell::Color::Indexed(n), Depth::Ansi16) if n > 15 => nearest(0..=15, palette::rgb(n)),
            (cell::Color::Indexed(n), _) => Color::Indexed(n),
            (cell::Color::Rgb(r, g, b), Depth::True) => Color::Rgb(r, g, b),
            // The first sixteen are the user's, and may be any colour.
            (cell::Color::Rgb(r, g, b), Depth::Indexed256) => nearest(16..=255, (r, g, b)),
            (cell::Color::Rgb(r, g, b), Depth::Ansi16) => nearest(0..=15, (r, g, b)),
        }
    }
}

fn nearest(range: std::ops::RangeInclusive<u8>, rgb: (u8, u8, u8)) -> Color {
    Color::Indexed(palette::nearest(range, rgb))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depth_follows_the_environment() {
        for (colorterm, term, no_color, expected) in [
            (Some("truecolor"), Some("xterm"), None, Depth::True),
            (Some("truecolor"), Some("xterm"), Some("1"), Depth::None),
            (None, Some("xterm-256color"), Some(""), Depth::Indexed256),
            (None, Some("linux"), None, Depth::Ansi16),
            (None, None, None, Depth::Ansi16),
        ] {
            assert_eq!(Depth::detect(colorterm, term, no_color), expected);
        }
    }

    #[test]
    fn a_colour_becomes_one_that_the_terminal_has() {
        let white = cell::Color::Rgb(255, 255, 255);
        for (color, depth, expected) in [
            (white, Depth::True, Color::Rgb(255, 255, 255)),
            (white, Depth::Indexed256, Color::Indexed(231)),
            (white, Depth::None, Color::Reset),
            (cell::Color::Rgb(250, 10, 10), Depth::Ansi16, Color::Indexed(9)),
            (cell::Color::Indexed(196), Depth::Ansi16, Color::Indexed(9)),
            (cell::Color::Indexed(196), Depth::Indexed256, Color::Indexed(196)),
            (cell::Color::Indexed(3), Depth::Ansi16, Color::Indexed(3)),
            (cell::Color::Default, Depth::True, Color::Reset),
        ] {
            assert_eq!(depth.color(color), expected, "{color:?} {depth:?}");
        }
    }
}
