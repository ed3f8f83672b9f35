//! What the environment says about the outer terminal. The caller of `run` reads the variables; here they are judged.
//! It must never read the environment itself.

use super::theme::Depth;
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
        }
    }

    pub fn depth(&self) -> Depth {
        Depth::detect(self.colorterm.as_deref(), self.term.as_deref(), self.no_color.as_deref())
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
