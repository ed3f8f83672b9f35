//! xterm's 256 colours as red, green and blue: what an index means to a program that asks, and to a terminal that has
//! fewer of them. Used by the terminal engine's answers and by the theme. It must never know what a colour is used for.

/// The colour of an index of the 256-colour palette.
pub fn rgb(index: u8) -> (u8, u8, u8) {
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

/// The sixteen with names, as xterm has them from birth.
const SIXTEEN: [(u8, u8, u8); 16] = [
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
}
