//! What the outer terminal writes with: colours, attributes, underline; and the shortest way from one pen to the next.
//! Used by the surface only. It must never assume an attribute that it did not set.

use ratatui::style::{Color, Modifier};
use std::fmt::Write as _;

/// The numbers are those of `SGR 4:n`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Underline {
    #[default]
    Plain = 1,
    Double = 2,
    Curly = 3,
    Dotted = 4,
    Dashed = 5,
}

/// The colours and attributes the terminal writes with now.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Pen {
    pub fg: Color,
    pub bg: Color,
    pub modifier: Modifier,
    /// With `Modifier::UNDERLINED`.
    pub underline: Underline,
    pub underline_color: Color,
}

impl Default for Pen {
    fn default() -> Pen {
        Pen {
            fg: Color::Reset,
            bg: Color::Reset,
            modifier: Modifier::empty(),
            underline: Underline::Plain,
            underline_color: Color::Reset,
        }
    }
}

/// Parameters of the SGR sequence between two pens, without a trailing `;`.
pub fn pen_change(from: Pen, to: Pen) -> String {
    let mut out = String::new();
    let removed = from.modifier - to.modifier;
    let mut added = to.modifier - from.modifier;
    if removed.intersects(Modifier::BOLD | Modifier::DIM) {
        // One code takes both away.
        out.push_str("22;");
        added |= to.modifier & (Modifier::BOLD | Modifier::DIM);
    }
    for (modifier, on, off) in [
        (Modifier::BOLD, "1;", ""),
        (Modifier::DIM, "2;", ""),
        (Modifier::ITALIC, "3;", "23;"),
        (Modifier::UNDERLINED, "4;", "24;"),
        (Modifier::SLOW_BLINK, "5;", "25;"),
        (Modifier::REVERSED, "7;", "27;"),
        (Modifier::HIDDEN, "8;", "28;"),
        (Modifier::CROSSED_OUT, "9;", "29;"),
    ] {
        if removed.contains(modifier) {
            out.push_str(off);
        }
        if modifier == Modifier::UNDERLINED && to.modifier.contains(modifier) && to.underline != from.underline {
            // A new style replaces the old one.
            added -= modifier;
            let _ = write!(out, "4:{};", to.underline as u8);
            continue;
        }
        if added.contains(modifier) {
            out.push_str(on);
        }
    }
    if from.fg != to.fg {
        push_color(to.fg, /*background*/ false, &mut out);
    }
    if from.bg != to.bg {
        push_color(to.bg, /*background*/ true, &mut out);
    }
    if from.underline_color != to.underline_color {
        let _ = match color_number(to.underline_color) {
            ColorNumber::Default => write!(out, "59;"),
            ColorNumber::Indexed(n) => write!(out, "58:5:{n};"),
            ColorNumber::Rgb(r, g, b) => write!(out, "58:2::{r}:{g}:{b};"),
        };
    }
    out.truncate(out.trim_end_matches(';').len());
    out
}

fn push_color(color: Color, background: bool, out: &mut String) {
    let base = if background { 10 } else { 0 };
    let _ = match color_number(color) {
        ColorNumber::Default => write!(out, "{};", 39 + base),
        ColorNumber::Indexed(n @ 0..=7) => write!(out, "{};", 30 + base + n),
        ColorNumber::Indexed(n @ 8..=15) => write!(out, "{};", 82 + base + n),
        ColorNumber::Indexed(n) => write!(out, "{};5;{n};", 38 + base),
        ColorNumber::Rgb(r, g, b) => write!(out, "{};2;{r};{g};{b};", 38 + base),
    };
}

pub enum ColorNumber {
    Default,
    Indexed(u8),
    Rgb(u8, u8, u8),
}

pub fn color_number(color: Color) -> ColorNumber {
    ColorNumber::Indexed(match color {
        Color::Reset => return ColorNumber::Default,
        Color::Rgb(r, g, b) => return ColorNumber::Rgb(r, g, b),
        Color::Indexed(n) => n,
        Color::Black => 0,
        Color::Red => 1,
        Color::Green => 2,
        Color::Yellow => 3,
        Color::Blue => 4,
        Color::Magenta => 5,
        Color::Cyan => 6,
        Color::Gray => 7,
        Color::DarkGray => 8,
        Color::LightRed => 9,
        Color::LightGreen => 10,
        Color::LightYellow => 11,
        Color::LightBlue => 12,
        Color::LightMagenta => 13,
        Color::LightCyan => 14,
        Color::White => 15,
    })
}
