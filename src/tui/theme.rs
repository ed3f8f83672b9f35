//! Colours by meaning. Made of a theme's sheet whenever that or the terminal's background changes; the view asks for a
//! role, never for a colour. It must never read the environment or a file itself.

use super::depth::Depth;
use crate::base::cell;
use crate::config::theme::{Kind, Role, Sheet};
use crate::proto::rest::Status;
use ratatui::style::{Color, Modifier, Style};

/// Ready-made styles for every role.
#[derive(Clone, PartialEq, Debug)]
pub struct Theme {
    pub depth: Depth,
    pub text: Style,
    pub strong: Style,
    pub dim: Style,
    pub faint: Style,
    pub accent: Style,
    pub frame: Style,
    pub frame_focus: Style,
    /// Around the pane of an agent that waits for you.
    pub frame_waiting: Style,
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

impl Theme {
    /// A theme as a terminal with so many colours shows it.
    pub fn of(sheet: &Sheet, depth: Depth) -> Theme {
        let style = |role: Role| {
            let look = if depth == Depth::Ansi16 { sheet.sixteen(role) } else { sheet.look(role) };
            let own = modifiers(look.attrs);
            let mut style = Style::new().add_modifier(own);
            if role.kind() == Kind::Ink {
                // Letters on a line that is bold or dim are not so for that. A surface leaves what stands on it.
                let of_letters = Modifier::BOLD | Modifier::DIM | Modifier::UNDERLINED;
                style = style.remove_modifier(of_letters - own);
            }
            // Without colours a theme has none, whatever it says: `mono` is meant for that and says something else.
            if depth != Depth::None {
                style.fg = look.fg.map(|color| depth.color(color));
                style.bg = look.bg.map(|color| depth.color(color));
            }
            style
        };
        Theme {
            depth,
            text: style(Role::Text),
            strong: style(Role::Strong),
            dim: style(Role::Dim),
            faint: style(Role::Faint),
            accent: style(Role::Accent),
            frame: style(Role::Frame),
            frame_focus: style(Role::FrameFocus),
            frame_waiting: style(Role::FrameWaiting),
            bar: style(Role::Bar),
            selection: style(Role::Selection),
            overlay: style(Role::Overlay),
            key: style(Role::Key),
            mode_command: style(Role::ModeCommand),
            mode_typing: style(Role::ModeTyping),
            waiting: style(Role::Waiting),
            waiting_block: style(Role::WaitingBlock),
            working: style(Role::Working),
            done: style(Role::Done),
            idle: style(Role::Idle),
            failed: style(Role::Failed),
            paused: style(Role::Paused),
            marked: style(Role::Marked),
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
        out.add_modifier(modifiers(style.attrs))
    }

    /// The colour of an underline, if it has one of its own.
    pub fn underline_color(&self, color: cell::Color) -> Color {
        if self.depth == Depth::None { Color::Reset } else { self.agent_color(color) }
    }

    fn agent_color(&self, color: cell::Color) -> Color {
        self.depth.color(color)
    }
}

/// The bits of `base::cell::attr` as the painter knows them; underlines are told apart elsewhere.
fn modifiers(attrs: u16) -> Modifier {
    let underlines = cell::attr::UNDERLINE
        | cell::attr::DOUBLE_UNDERLINE
        | cell::attr::CURLY_UNDERLINE
        | cell::attr::DOTTED_UNDERLINE
        | cell::attr::DASHED_UNDERLINE;
    let mut out = Modifier::empty();
    for (bits, modifier) in [
        (cell::attr::BOLD, Modifier::BOLD),
        (cell::attr::DIM, Modifier::DIM),
        (cell::attr::ITALIC, Modifier::ITALIC),
        (underlines, Modifier::UNDERLINED),
        (cell::attr::INVERSE, Modifier::REVERSED),
        (cell::attr::HIDDEN, Modifier::HIDDEN),
        (cell::attr::STRIKE, Modifier::CROSSED_OUT),
    ] {
        if attrs & bits != 0 {
            out |= modifier;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::glyphs::Glyphs;
    use crate::tui::testing::theme;

    const DEPTHS: [Depth; 4] = [Depth::True, Depth::Indexed256, Depth::Ansi16, Depth::None];

    #[test]
    fn a_role_looks_as_its_theme_says_at_every_depth() {
        for (depth, expected) in [
            (Depth::True, Some(Color::Rgb(0x5c, 0x94, 0xfb))),
            (Depth::Indexed256, Some(Color::Indexed(69))),
            (Depth::Ansi16, Some(Color::Indexed(12))),
            (Depth::None, None),
        ] {
            assert_eq!(theme("conductor-dark", depth).working.fg, expected, "{depth:?}");
        }
        // The sixteen of the terminal stay what they are at every depth.
        assert_eq!(theme("ansi", Depth::True).failed.fg, Some(Color::Indexed(9)));
        assert_eq!(theme("conductor-light", Depth::Ansi16).failed.fg, Some(Color::Indexed(1)));
    }

    #[test]
    fn without_colour_nothing_has_one() {
        for theme in [theme("mono", Depth::None), theme("mono", Depth::True), theme("conductor-dark", Depth::None)] {
            for style in [theme.waiting, theme.failed, theme.bar, theme.mode_typing, theme.selection, theme.overlay] {
                assert_eq!((style.fg, style.bg), (None, None));
            }
        }
        let red = cell::Style { fg: cell::Color::Rgb(255, 0, 0), ..cell::Style::default() };
        assert_eq!(theme("conductor-dark", Depth::None).agent(red).fg, None);
        // A theme without colours is about our own parts: agents keep theirs.
        assert_eq!(theme("mono", Depth::True).agent(red).fg, Some(Color::Rgb(255, 0, 0)));
    }

    #[test]
    fn letters_on_a_dim_line_are_not_dim_for_that() {
        for theme in [theme("conductor-light", Depth::Ansi16), theme("mono", Depth::None)] {
            let mut cell = ratatui::buffer::Cell::default();
            cell.set_style(theme.frame).set_style(theme.text.add_modifier(Modifier::BOLD));
            assert_eq!(cell.modifier, Modifier::BOLD);
            cell.set_style(theme.marked);
            assert_eq!(cell.modifier, Modifier::BOLD | Modifier::REVERSED, "what is marked stays bold");
            cell.set_style(theme.selection).set_style(theme.dim);
            assert_eq!(cell.modifier, Modifier::DIM | Modifier::REVERSED);
        }
    }

    /// # Invariant
    /// A state is never told by colour alone.
    #[test]
    fn every_state_has_a_sign_a_word_and_a_look_of_its_own() {
        use Status::*;
        let all = [Initializing, Ready, Running, Waiting, Completed, Error, Closed, Unknown];
        let telling = [Waiting, Running, Completed, Error];
        for (n, one) in all.iter().enumerate() {
            for other in &all[n + 1..] {
                assert_ne!(one.screen_word(), other.screen_word());
                for glyphs in [Glyphs::Unicode, Glyphs::Ascii] {
                    assert_ne!(glyphs.status(*one), glyphs.status(*other), "{one:?} {other:?}");
                }
            }
        }
        for name in crate::tui::testing::themes() {
            for depth in DEPTHS {
                // Without colours it is `mono` that is shown.
                let theme = theme(if depth == Depth::None { "mono" } else { &name }, depth);
                for (n, one) in telling.iter().enumerate() {
                    assert_ne!(theme.status(*one), theme.idle, "{name} {depth:?} {one:?}");
                    assert_ne!(theme.status(*one), theme.paused, "{name} {depth:?} {one:?}");
                    for other in &telling[n + 1..] {
                        assert_ne!(theme.status(*one), theme.status(*other), "{name} {depth:?} {one:?} {other:?}");
                    }
                }
                assert_ne!(theme.frame, theme.frame_focus, "{name} {depth:?}");
                assert_ne!(theme.mode_command, theme.bar, "{name} {depth:?}");
                let is_block = |s: Style| s.bg.is_some() || s.add_modifier.contains(Modifier::REVERSED);
                for style in [theme.waiting_block, theme.selection, theme.marked, theme.mode_typing] {
                    assert!(is_block(style), "{name} {depth:?} {style:?}");
                }
            }
        }
    }
}
