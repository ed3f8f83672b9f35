//! The colours we tell a program that asks (OSC 4, 10, 11, 12). Used by the engine's answers only: what a colour
//! looks like to a person is the outer terminal's business. It must never reach a cell.

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
        let (r, g, b) = match index {
            0..=15 => BASE[index],
            16..=231 => {
                // xterm's cube: 0, then 95 and steps of 40.
                let level = |n: usize| if n == 0 { 0 } else { (55 + 40 * n) as u8 };
                let cube = index - 16;
                (level(cube / 36), level(cube / 6 % 6), level(cube % 6))
            }
            232..=255 => {
                let gray = (8 + 10 * (index - 232)) as u8;
                (gray, gray, gray)
            }
            _ if index == NamedColor::Background as usize => self.background,
            _ => self.foreground,
        };
        Rgb { r, g, b }
    }
}

/// xterm's sixteen.
const BASE: [(u8, u8, u8); 16] = [
    (0, 0, 0),
    (205, 0, 0),
    (0, 205, 0),
    (205, 205, 0),
    (0, 0, 238),
    (205, 0, 205),
    (0, 205, 205),
    (229, 229, 229),
    (127, 127, 127),
    (255, 0, 0),
    (0, 255, 0),
    (255, 255, 0),
    (92, 92, 255),
    (255, 0, 255),
    (0, 255, 255),
    (255, 255, 255),
];
