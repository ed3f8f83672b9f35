//! The colours we tell a program that asks (OSC 4, 10, 11, 12). Used by the engine's answers only: what a colour
//! looks like to a person is the outer terminal's business. It must never reach a cell.

use crate::base::palette;
use alacritty_terminal::vte::ansi::{NamedColor, Rgb};
use serde::{Deserialize, Serialize};

/// What "default" means to a program that asks: light text on a dark ground, as most terminals of our users.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct DefaultColors {
    pub foreground: (u8, u8, u8),
    pub background: (u8, u8, u8),
}

impl Default for DefaultColors {
    fn default() -> DefaultColors {
        DefaultColors { foreground: (0xd0, 0xd0, 0xd0), background: (0x14, 0x17, 0x1c) }
    }
}

impl DefaultColors {
    /// Perceived lightness of the background below one half, by the weights of Rec. 601.
    pub fn is_dark(self) -> bool {
        let (r, g, b) = self.background;
        u32::from(r) * 299 + u32::from(g) * 587 + u32::from(b) * 114 < 128_000
    }

    /// The colour of an index of the 256-colour palette or of a dynamic colour.
    pub(super) fn color(self, index: usize) -> Rgb {
        let (r, g, b) = match u8::try_from(index) {
            Ok(index) => palette::rgb(index),
            Err(_) if index == NamedColor::Background as usize => self.background,
            Err(_) => self.foreground,
        };
        Rgb { r, g, b }
    }
}
