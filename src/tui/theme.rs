//! Colours by meaning. Loaded once at start from an embedded file; the view asks for a role, never for a colour.
//! It must never read the environment itself: what decides the depth comes in as arguments.

use crate::base::cell;
use crate::base::palette;
use crate::proto::rest::Status;
use ratatui::style::{Color, Modifier, Style};
use serde::Deserialize;

/// How many colours the outer terminal has.
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
}

/// The roles, as a theme's file names them.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Roles {
    text: String,
    strong: String,
    dim: String,
    faint: String,
    accent: String,
    frame: String,
    frame_focus: String,
    bar: String,
    selection: String,
    overlay: String,
    key: String,
    mode_command: String,
    mode_typing: String,
    on_mode_typing: String,
    waiting: String,
    on_waiting: String,
    working: String,
    done: String,
    idle: String,
    failed: String,
    paused: String,
    marked: String,
}

/// Ready-made styles for every role.
#[derive(Clone, Debug)]
pub struct Theme {
    pub depth: Depth,
    pub text: Style,
    pub strong: Style,
    pub dim: Style,
    pub faint: Style,
    pub accent: Style,
    pub frame: Style,
    pub frame_focus: Style,
    pub bar: Style,
    pub selection: Style,
    pub overlay: Style,
    pub key: Style,
    pub mode_command: Style,
    pub mode_typing: Style,
    pub waiting: Style,
    pub waiting_block: Style,
    pub working: Style,
    pub done: Style,
    pub idle: Style,
    pub failed: Style,
    pub paused: Style,
    /// Text under the mouse selection or the copy mode's.
    pub marked: Style,
}

const CONDUCTOR_DARK: &str = include_str!("../../themes/conductor-dark.toml");

impl Theme {
    /// The built-in dark theme at a depth.
    pub fn conductor_dark(depth: Depth) -> Theme {
        match depth {
            Depth::None => Theme::plain(),
            Depth::Ansi16 => Theme::ansi(),
            // A test loads the file, so this fallback is never seen; a broken theme must not stop the program.
            _ => {
                toml::from_str::<Roles>(CONDUCTOR_DARK).map_or_else(|_| Theme::ansi(), |r| Theme::from_roles(&r, depth))
            }
        }
    }

    fn from_roles(roles: &Roles, depth: Depth) -> Theme {
        let color = |text: &str| parse_color(text).map_or(Color::Reset, |(r, g, b)| at_depth(r, g, b, depth));
        let fg = |text: &str| Style::new().fg(color(text));
        let bold = Modifier::BOLD;
        Theme {
            depth,
            text: fg(&roles.text),
            strong: fg(&roles.strong).add_modifier(bold),
            dim: fg(&roles.dim),
            faint: fg(&roles.faint),
            accent: fg(&roles.accent).add_modifier(bold),
            frame: fg(&roles.frame),
            frame_focus: fg(&roles.frame_focus),
            bar: fg(&roles.dim).bg(color(&roles.bar)),
            selection: Style::new().bg(color(&roles.selection)),
            overlay: fg(&roles.text).bg(color(&roles.overlay)),
            key: fg(&roles.key).add_modifier(bold),
            mode_command: fg(&roles.strong).bg(color(&roles.mode_command)).add_modifier(bold),
            mode_typing: fg(&roles.on_mode_typing).bg(color(&roles.mode_typing)).add_modifier(bold),
            waiting: fg(&roles.waiting),
            waiting_block: fg(&roles.on_waiting).bg(color(&roles.waiting)).add_modifier(bold),
            working: fg(&roles.working),
            done: fg(&roles.done),
            idle: fg(&roles.idle),
            failed: fg(&roles.failed),
            paused: fg(&roles.paused),
            marked: Style::new().bg(color(&roles.marked)),
        }
    }

    /// By the design's table, not by the nearest colour: sixteen colours differ from terminal to terminal.
    fn ansi() -> Theme {
        let (bold, dim, reversed) = (Modifier::BOLD, Modifier::DIM, Modifier::REVERSED);
        let plain = Style::new();
        Theme {
            depth: Depth::Ansi16,
            text: plain,
            strong: plain.add_modifier(bold),
            dim: plain.add_modifier(dim),
            faint: plain.add_modifier(dim),
            accent: plain.fg(Color::LightCyan).add_modifier(bold),
            frame: plain.add_modifier(dim),
            frame_focus: plain.fg(Color::LightCyan),
            bar: plain,
            selection: plain.add_modifier(reversed),
            overlay: plain,
            key: plain.add_modifier(bold),
            mode_command: plain.add_modifier(reversed.union(bold)),
            mode_typing: plain.fg(Color::Black).bg(Color::LightCyan),
            waiting: plain.fg(Color::Yellow),
            waiting_block: plain.fg(Color::Black).bg(Color::Yellow),
            working: plain.fg(Color::LightBlue),
            done: plain.fg(Color::LightGreen),
            idle: plain.add_modifier(dim),
            failed: plain.fg(Color::LightRed),
            paused: plain.fg(Color::Magenta),
            marked: plain.add_modifier(reversed),
        }
    }

    fn plain() -> Theme {
        let (bold, dim, reversed) = (Modifier::BOLD, Modifier::DIM, Modifier::REVERSED);
        let plain = Style::new();
        Theme {
            depth: Depth::None,
            accent: plain.add_modifier(bold),
            frame_focus: plain.add_modifier(bold),
            mode_typing: plain.add_modifier(reversed.union(bold)),
            waiting: plain.add_modifier(bold),
            waiting_block: plain.add_modifier(reversed.union(bold)),
            working: plain,
            done: plain.add_modifier(bold),
            idle: plain.add_modifier(dim),
            failed: plain.add_modifier(bold.union(Modifier::UNDERLINED)),
            paused: plain.add_modifier(dim.union(Modifier::UNDERLINED)),
            ..Theme::ansi()
        }
    }

    /// The colour of a state's glyph and word.
    pub fn status(&self, status: Status) -> Style {
        match status {
            Status::Waiting => self.waiting,
            Status::Running => self.working,
            Status::Completed => self.done,
            Status::Error => self.failed,
            Status::Initializing | Status::Ready | Status::Closed | Status::Unknown => self.idle,
        }
    }

    /// How a cell of an agent's screen looks. Its own colours are kept unless the user wants none.
    pub fn agent(&self, style: cell::Style) -> Style {
        let mut out = Style::new();
        if self.depth != Depth::None {
            out.fg = Some(self.agent_color(style.fg));
            out.bg = Some(self.agent_color(style.bg));
        }
        let underlines = cell::attr::UNDERLINE
            | cell::attr::DOUBLE_UNDERLINE
            | cell::attr::CURLY_UNDERLINE
            | cell::attr::DOTTED_UNDERLINE
            | cell::attr::DASHED_UNDERLINE;
        for (bits, modifier) in [
            (cell::attr::BOLD, Modifier::BOLD),
            (cell::attr::DIM, Modifier::DIM),
            (cell::attr::ITALIC, Modifier::ITALIC),
            (underlines, Modifier::UNDERLINED),
            (cell::attr::INVERSE, Modifier::REVERSED),
            (cell::attr::HIDDEN, Modifier::HIDDEN),
            (cell::attr::STRIKE, Modifier::CROSSED_OUT),
        ] {
            if style.attrs & bits != 0 {
                out = out.add_modifier(modifier);
            }
        }
        out
    }

    /// The colour of an underline, if it has one of its own.
    pub fn underline_color(&self, color: cell::Color) -> Color {
        if self.depth == Depth::None { Color::Reset } else { self.agent_color(color) }
    }

    fn agent_color(&self, color: cell::Color) -> Color {
        match color {
            cell::Color::Default => Color::Reset,
            cell::Color::Indexed(n) if n < 16 || self.depth != Depth::Ansi16 => Color::Indexed(n),
            cell::Color::Indexed(n) => {
                let (r, g, b) = palette::rgb(n);
                at_depth(r, g, b, self.depth)
            }
            cell::Color::Rgb(r, g, b) => at_depth(r, g, b, self.depth),
        }
    }
}

fn parse_color(text: &str) -> Option<(u8, u8, u8)> {
    let hex = text.strip_prefix('#').filter(|h| h.len() == 6)?;
    let n = u32::from_str_radix(hex, 16).ok()?;
    Some(((n >> 16) as u8, (n >> 8) as u8, n as u8))
}

fn at_depth(r: u8, g: u8, b: u8, depth: Depth) -> Color {
    match depth {
        Depth::True => Color::Rgb(r, g, b),
        Depth::Indexed256 => Color::Indexed(nearest(16..=255, (r, g, b))),
        Depth::Ansi16 => Color::Indexed(nearest(0..=15, (r, g, b))),
        Depth::None => Color::Reset,
    }
}

fn nearest(range: std::ops::RangeInclusive<u8>, (r, g, b): (u8, u8, u8)) -> u8 {
    let distance = |n: &u8| {
        let (x, y, z) = palette::rgb(*n);
        let square = |a: u8, b: u8| (i32::from(a) - i32::from(b)).pow(2);
        // The eye weighs green most and blue least; 3-4-2 is the usual cheap weighting.
        3 * square(r, x) + 4 * square(g, y) + 2 * square(b, z)
    };
    range.min_by_key(distance).unwrap_or(7)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_theme_loads_and_every_colour_parses() {
        let table: toml::Table = toml::from_str(CONDUCTOR_DARK).unwrap();
        for (role, value) in &table {
            assert!(parse_color(value.as_str().unwrap()).is_some(), "{role}");
        }
        toml::from_str::<Roles>(CONDUCTOR_DARK).unwrap();
        assert_eq!(Theme::conductor_dark(Depth::True).working.fg, Some(Color::Rgb(0x5c, 0x94, 0xfb)));
    }

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
    fn without_colour_nothing_has_one() {
        let theme = Theme::conductor_dark(Depth::None);
        for style in [theme.waiting, theme.failed, theme.bar, theme.mode_typing, theme.selection, theme.overlay] {
            assert_eq!((style.fg, style.bg), (None, None));
        }
        let red = cell::Style { fg: cell::Color::Rgb(255, 0, 0), ..cell::Style::default() };
        assert_eq!(theme.agent(red).fg, None);
    }

    #[test]
    fn rgb_becomes_the_nearest_index() {
        assert_eq!(at_depth(255, 255, 255, Depth::Indexed256), Color::Indexed(231));
        assert_eq!(at_depth(250, 10, 10, Depth::Ansi16), Color::Indexed(9));
    }
}
