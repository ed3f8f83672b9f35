//! What the environment says about the outer terminal. The caller of `run` reads the variables; here they are judged.
//! It must never read the environment itself.

use super::depth::Depth;
use super::glyphs::Glyphs;
use crate::config::looks::GlyphChoice;
use crate::core::keys::Key;

/// Values of environment variables, as they are set.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    pub colorterm: Option<String>,
    pub term: Option<String>,
    pub term_program: Option<String>,
    pub no_color: Option<String>,
    pub zellij: Option<String>,
    pub home: Option<String>,
    /// What rxvt and its like say of their colours: `15;0`, the background last.
    pub colorfgbg: Option<String>,
    /// The locale of characters: the first that is set of `LC_ALL`, `LC_CTYPE` and `LANG`.
    pub locale: Option<String>,
}

impl Environment {
    /// Reads the variables of this process.
    pub fn of_this_process() -> Environment {
        let get = |name: &str| std::env::var(name).ok();
        Environment {
            colorterm: get("COLORTERM"),
            term: get("TERM"),
            term_program: get("TERM_PROGRAM"),
            no_color: get("NO_COLOR"),
            zellij: get("ZELLIJ"),
            home: get("HOME"),
            colorfgbg: get("COLORFGBG"),
            locale: ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().filter_map(get).find(|value| !value.is_empty()),
        }
    }

    pub fn depth(&self) -> Depth {
        Depth::detect(self.colorterm.as_deref(), self.term.as_deref(), self.no_color.as_deref())
    }

    /// Whether the background is light, as long as the terminal itself has not said. Without a word it is dark.
    pub fn is_light(&self) -> bool {
        let background = self.colorfgbg.as_deref().and_then(|value| value.rsplit(';').next()?.parse::<u8>().ok());
        // White and its bright sisters; 8 is a dark grey.
        background.is_some_and(|n| n == 7 || (9..=15).contains(&n))
    }

    /// What frames and signs are drawn with. A locale that names another character set has no others; one that is not
    /// set at all says nothing (so it is in most containers). The Linux console's font has no round corners and no signs.
    pub fn glyphs(&self, choice: GlyphChoice) -> Glyphs {
        let is_other = self.locale.as_deref().is_some_and(|locale| {
            let set = locale.to_ascii_lowercase().replace('-', "");
            !set.contains("utf8")
        });
        match choice {
            GlyphChoice::Unicode => Glyphs::Unicode,
            GlyphChoice::Auto if !is_other && self.term.as_deref() != Some("linux") => Glyphs::Unicode,
            GlyphChoice::Ascii | GlyphChoice::Auto => Glyphs::Ascii,
        }
    }

    /// `ctrl-q`, except where the outer program takes it.
    pub fn leader(&self) -> Key {
        let taken = self.zellij.is_some() || self.term_program.as_deref() == Some("vscode");
        if taken { Key::ctrl(' ') } else { Key::ctrl('q') }
    }

    /// Whether it is a terminal that answers questions about itself and skips those it does not know. The Linux console
    /// would show parts of them.
    pub fn answers(&self) -> bool {
        !matches!(self.term.as_deref(), None | Some("" | "dumb" | "linux"))
    }

    /// Terminals known to have both the kitty keyboard protocol and synchronized output. Asking would cost a round
    /// trip before the first picture, and a wrong yes is harmless in every terminal that skips unknown sequences.
    pub fn is_modern(&self) -> bool {
        let program = self.term_program.as_deref().unwrap_or("");
        let term = self.term.as_deref().unwrap_or("");
        // Multiplexers set TERM, but TERM_PROGRAM may shine through from the terminal around them.
        if term.starts_with("screen") || term.starts_with("tmux") || self.zellij.is_some() {
            return false;
        }
        matches!(program, "WezTerm" | "ghostty" | "iTerm.app" | "rio" | "contour")
            || matches!(term, "xterm-kitty" | "xterm-ghostty" | "foot" | "foot-extra" | "alacritty" | "wezterm" | "rio")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn glyphs_follow_the_locale_and_the_terminal() {
        for (locale, term, choice, expected) in [
            (None, "xterm-256color", GlyphChoice::Auto, Glyphs::Unicode),
            (Some("de_DE.UTF-8"), "xterm-256color", GlyphChoice::Auto, Glyphs::Unicode),
            (Some("C.utf8"), "xterm-256color", GlyphChoice::Auto, Glyphs::Unicode),
            (Some("C"), "xterm-256color", GlyphChoice::Auto, Glyphs::Ascii),
            (Some("de_DE.ISO-8859-1"), "xterm", GlyphChoice::Auto, Glyphs::Ascii),
            (Some("C.UTF-8"), "linux", GlyphChoice::Auto, Glyphs::Ascii),
            (Some("C"), "linux", GlyphChoice::Unicode, Glyphs::Unicode),
            (Some("C.UTF-8"), "foot", GlyphChoice::Ascii, Glyphs::Ascii),
        ] {
            let (locale, term) = (locale.map(Into::into), Some(term.to_owned()));
            let environment = Environment { locale, term, ..Environment::default() };
            assert_eq!(environment.glyphs(choice), expected, "{environment:?}");
        }
    }

    #[test]
    fn the_background_is_dark_unless_somebody_says_otherwise() {
        for (value, light) in [
            (None, false),
            (Some("15;0"), false),
            (Some("0;15"), true),
            (Some("0;default;7"), true),
            (Some("x"), false),
            (Some("0;8"), false),
        ] {
            let environment = Environment { colorfgbg: value.map(Into::into), ..Environment::default() };
            assert_eq!(environment.is_light(), light, "{value:?}");
        }
    }

    #[test]
    fn the_leader_gives_way_to_zellij_and_vscode() {
        let set = |zellij: Option<&str>, program: Option<&str>| Environment {
            zellij: zellij.map(Into::into),
            term_program: program.map(Into::into),
            ..Environment::default()
        };
        assert_eq!(set(None, None).leader(), Key::ctrl('q'));
        assert_eq!(set(Some("0"), None).leader(), Key::ctrl(' '));
        assert_eq!(set(None, Some("vscode")).leader(), Key::ctrl(' '));
    }
}
