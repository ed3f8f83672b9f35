//! The colours of the outer terminal, as it answers one question after the other. Held by `outer`, which tells the server
//! when the last answer is there. It must never guess: a terminal that does not say its two main colours has none.

use crate::base::palette;
use crate::core::keys::Reply;
use crate::proto::stream::Colors;

type Triple = (u8, u8, u8);

/// Text, background and the colours with names. Each asked by itself: some terminals answer the first of a list only.
pub fn questions() -> Vec<u8> {
    let named = (0..16).map(|index| format!("\x1b]4;{index};?\x1b\\"));
    ["\x1b]10;?\x1b\\".to_owned(), "\x1b]11;?\x1b\\".to_owned()]
        .into_iter()
        .chain(named)
        .collect::<String>()
        .into_bytes()
}

#[derive(Clone, Debug, Default)]
pub struct Answers {
    foreground: Option<Triple>,
    background: Option<Triple>,
    sixteen: [Option<Triple>; 16],
}

impl Answers {
    pub fn hear(&mut self, reply: &Reply) {
        match reply {
            Reply::Color { number: 10, rgb } => self.foreground = Some(*rgb),
            Reply::Color { number: 11, rgb } => self.background = Some(*rgb),
            Reply::Palette { index, rgb } => {
                if let Some(place) = self.sixteen.get_mut(usize::from(*index)) {
                    *place = Some(*rgb);
                }
            }
            _ => {}
        }
    }

    /// All that was said, if it says enough.
    pub fn colors(&self) -> Option<Colors> {
        let array = |(r, g, b): Triple| [r, g, b];
        let (foreground, background) = (array(self.foreground?), array(self.background?));
        let known = self.sixteen.iter().any(Option::is_some);
        let named = (0..16u8).zip(&self.sixteen).filter(|_| known);
        let palette = named.map(|(index, color)| array(color.unwrap_or_else(|| palette::rgb(index)))).collect();
        Some(Colors { foreground, background, palette })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colors_are_told_when_the_two_main_ones_are_known() {
        let mut answers = Answers::default();
        answers.hear(&Reply::Color { number: 11, rgb: (255, 255, 255) });
        assert_eq!(answers.colors(), None);
        answers.hear(&Reply::Color { number: 10, rgb: (1, 2, 3) });
        let colors = |palette| Some(Colors { foreground: [1, 2, 3], background: [255, 255, 255], palette });
        assert_eq!(answers.colors(), colors(vec![]));
        answers.hear(&Reply::Palette { index: 200, rgb: (9, 9, 9) });
        answers.hear(&Reply::Palette { index: 1, rgb: (7, 8, 9) });
        let told = answers.colors().unwrap().palette;
        // What it did not say is xterm's.
        assert_eq!((told.len(), told[1], told[2]), (16, [7, 8, 9], [0, 205, 0]));
    }
}
