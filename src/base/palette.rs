//! xterm's 256 colours as red, green and blue: what an index means to a program that asks, and to a terminal that has
//! fewer of them. Used by the terminal engine's answers and by the theme. It must never know what a colour is used for.

use crate::base::lab::{Rgb, oklab};
use std::sync::OnceLock;

/// The colour of an index of the 256-colour palette.
pub fn rgb(index: u8) -> Rgb {
    match index {
        0..=15 => SIXTEEN[usize::from(index)],
        16..=231 => {
            let cube = index - 16;
            // The cube's levels: 0, then 95 and steps of 40.
            let level = |n: u8| if n == 0 { 0 } else { 55 + 40 * n };
            (level(cube / 36), level(cube / 6 % 6), level(cube % 6))
        }
        232..=255 => {
            // 24 greys between black and white, neither of them among them.
            let grey = 8 + 10 * (index - 232);
            (grey, grey, grey)
        }
    }
}

/// The index within `range` that looks most like a colour.
pub fn nearest(range: std::ops::RangeInclusive<u8>, color: Rgb) -> u8 {
    static PLACES: OnceLock<Vec<[f32; 3]>> = OnceLock::new();
    let places = PLACES.get_or_init(|| (0..=255).map(|index| oklab(rgb(index))).collect());
    let wanted = oklab(color);
    let mut best = (f32::INFINITY, *range.start());
    for index in range {
        let place = places[usize::from(index)];
        let square: f32 = place.iter().zip(wanted).map(|(a, b)| (a - b) * (a - b)).sum();
        if square < best.0 {
            best = (square, index);
        }
    }
    best.1
}

/// The sixteen with names, as xterm has them from birth.
const SIXTEEN: [Rgb; 16] = [
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_palette_is_xterms() {
        for (index, color) in [
            (1, (205, 0, 0)),
            (15, (255, 255, 255)),
            (16, (0, 0, 0)),
            (17, (0, 0, 95)),
            (110, (135, 175, 215)),
            (231, (255, 255, 255)),
            (232, (8, 8, 8)),
            (255, (238, 238, 238)),
        ] {
            assert_eq!(rgb(index), color, "{index}");
        }
    }
    #[test]
    fn the_nearest_is_what_the_eye_says() {
        for (color, index) in [
            ((255, 255, 255), 231),
            ((95, 0, 0), 52),
            ((0x5c, 0x94, 0xfb), 69),
            ((0xee, 0x6f, 0x61), 203),
            // By the sums of squares of red, green and blue this would be a grey (59): the eye sees a dark blue.
            ((0x24, 0x38, 0x4a), 237),
        ] {
            assert_eq!(nearest(16..=255, color), index, "{color:?}");
        }
        assert_eq!(nearest(0..=15, (250, 10, 10)), 9);
        for index in 0..=255 {
            assert_eq!(rgb(nearest(0..=255, rgb(index))), rgb(index));
        }
    }
}
