//! The colours we tell a program that asks (OSC 4, 10, 11, 12; light or dark). Used by the engine's answers only: what
//! a colour looks like to a person is the outer terminal's business. It must never reach a cell.

use crate::base::palette;
use alacritty_terminal::vte::ansi::{NamedColor, Rgb};
use serde::{Deserialize, Serialize};

/// Red, green, blue.
pub type Triple = (u8, u8, u8);

/// What the colours mean on the terminal of whoever looks at a program.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Colors {
    pub foreground: Triple,
    pub background: Triple,
    /// The colours with names.
    pub sixteen: [Triple; 16],
}

/// Until somebody looks: light text on a dark ground, as most terminals of our users, and xterm's sixteen.
impl Default for Colors {
    fn default() -> Colors {
        Colors {
            foreground: (0xd0, 0xd0, 0xd0),
            background: (0x14, 0x17, 0x1c),
            sixteen: std::array::from_fn(|index| palette::rgb(u8::try_from(index).unwrap_or(0))),
        }
    }
}

impl Colors {
    /// Perceived lightness of the background below one half, by the weights of Rec. 601.
    pub fn is_dark(&self) -> bool {
        let (r, g, b) = self.background;
        u32::from(r) * 299 + u32::from(g) * 587 + u32::from(b) * 114 < 128_000
    }

    /// The colour of an index of the 256-colour palette or of a dynamic colour.
    pub(super) fn color(&self, index: usize) -> Rgb {
        let (r, g, b) = match u8::try_from(index) {
            Ok(index) => self.sixteen.get(usize::from(index)).copied().unwrap_or_else(|| palette::rgb(index)),
            Err(_) if index == NamedColor::Background as usize => self.background,
            Err(_) => self.foreground,
        };
        Rgb { r, g, b }
    }
}
