//! The characters our own chrome is drawn with: Unicode ones that are one column wide everywhere, or plain ASCII.
//! The view asks here. No glyph may be of ambiguous width in the Unicode set except the box lines themselves.

use crate::proto::rest::Status;
use ratatui::symbols::border;
use std::borrow::Cow;

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Glyphs {
    #[default]
    Unicode,
    Ascii,
}

const ASCII_BORDER: border::Set<'static> = border::Set {
    top_left: "+",
    top_right: "+",
    bottom_left: "+",
    bottom_right: "+",
    vertical_left: "|",
    vertical_right: "|",
    horizontal_top: "-",
    horizontal_bottom: "-",
};

const ASCII_HEAVY: border::Set<'static> = border::Set {
    top_left: "#",
    top_right: "#",
    bottom_left: "#",
    bottom_right: "#",
    vertical_left: "#",
    vertical_right: "#",
    horizontal_top: "=",
    horizontal_bottom: "=",
};

impl Glyphs {
    pub fn status(self, status: Status) -> &'static str {
        let unicode = self == Glyphs::Unicode;
        match status {
            Status::Waiting => "!",
            Status::Unknown => "?",
            Status::Running if unicode => "▸",
            Status::Running => ">",
            Status::Completed if unicode => "✓",
            Status::Completed => "+",
            Status::Ready if unicode => "◦",
            Status::Ready => ".",
            Status::Error if unicode => "✗",
            Status::Error => "x",
            Status::Initializing if unicode => "◌",
            Status::Initializing => "~",
            Status::Closed if unicode => "·",
            Status::Closed => "-",
        }
    }

    /// Our own words with the signs that this set has, each as wide as before. Names that people gave stay what they are.
    pub fn words(self, words: &str) -> Cow<'_, str> {
        if self == Glyphs::Unicode || words.is_ascii() {
            return Cow::Borrowed(words);
        }
        Cow::Owned(words.chars().map(ascii).collect())
    }

    pub fn border(self, heavy: bool) -> border::Set<'static> {
        match (self, heavy) {
            (Glyphs::Unicode, true) => border::THICK,
            (Glyphs::Unicode, false) => border::ROUNDED,
            (Glyphs::Ascii, true) => ASCII_HEAVY,
            (Glyphs::Ascii, false) => ASCII_BORDER,
        }
    }

    pub fn line(self) -> &'static str {
        if self == Glyphs::Unicode { "─" } else { "-" }
    }

    pub fn divider(self) -> &'static str {
        if self == Glyphs::Unicode { "│" } else { "|" }
    }

    pub fn chosen(self) -> &'static str {
        if self == Glyphs::Unicode { "▌" } else { ">" }
    }

    /// Beside an agent that keeps its place on the screen.
    pub fn pin(self) -> &'static str {
        if self == Glyphs::Unicode { "✦" } else { "*" }
    }

    pub fn open_group(self) -> &'static str {
        if self == Glyphs::Unicode { "▾" } else { "v" }
    }

    /// Around the chosen one of several.
    pub fn choice(self) -> (&'static str, &'static str) {
        if self == Glyphs::Unicode { ("‹", "›") } else { ("<", ">") }
    }
}

/// What stands for a sign of ours where there is only ASCII.
fn ascii(sign: char) -> char {
    match sign {
        '·' | '─' | '╌' | '−' => '-',
        // Not `~`: what is cut is often a path.
        '…' => '*',
        '×' => 'x',
        '↑' => '^',
        '↓' => 'v',
        '←' | '‹' => '<',
        '→' | '›' => '>',
        '⏎' => '$',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ascii_words_are_as_wide_as_the_others() {
        let words = "api · 62 × 12 · ↑↓ choose · fix-au… · ü";
        assert_eq!(Glyphs::Unicode.words(words), words);
        assert_eq!(Glyphs::Ascii.words(words), "api - 62 x 12 - ^v choose - fix-au* - ü");
    }
}
