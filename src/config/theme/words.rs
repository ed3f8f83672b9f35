//! The words of a theme's file: colours and modifiers, and a look in one string (`bold black on yellow`). Pure. A name
//! that is neither may be one of the palette or of a role: whoever asks looks there.

use crate::base::cell::{Color, attr};

/// The terminal's own sixteen, as their numbers are. `gray` and `light-` are other names for the same.
const SIXTEEN: [&str; 16] = [
    "black",
    "red",
    "green",
    "yellow",
    "blue",
    "magenta",
    "cyan",
    "white",
    "bright-black",
    "bright-red",
    "bright-green",
    "bright-yellow",
    "bright-blue",
    "bright-magenta",
    "bright-cyan",
    "bright-white",
];

const MODIFIERS: [(&str, u16); 9] = [
    ("bold", attr::BOLD),
    ("dim", attr::DIM),
    ("italic", attr::ITALIC),
    ("underline", attr::UNDERLINE),
    ("underlined", attr::UNDERLINE),
    ("reverse", attr::INVERSE),
    ("reversed", attr::INVERSE),
    ("crossed_out", attr::STRIKE),
    ("strike", attr::STRIKE),
];

/// `#rrggbb`, `#rgb`, `default`, or one of the sixteen.
pub(super) fn color(word: &str) -> Option<Color> {
    if let Some(hex) = word.strip_prefix('#') {
        let digits: Vec<u8> = hex.chars().map(|c| c.to_digit(16).map(|d| d as u8)).collect::<Option<_>>()?;
        return match digits[..] {
            [r, g, b] => Some(Color::Rgb(r * 17, g * 17, b * 17)),
            [a, b, c, d, e, f] => Some(Color::Rgb(a * 16 + b, c * 16 + d, e * 16 + f)),
            _ => None,
        };
    }
    let word = word.to_ascii_lowercase();
    let word = match word.as_str() {
        "default" => return Some(Color::Default),
        "gray" | "grey" | "bright-gray" => "bright-black".to_owned(),
        "light-gray" | "light-grey" => "white".to_owned(),
        other => other.strip_prefix("light-").map_or_else(|| other.to_owned(), |rest| format!("bright-{rest}")),
    };
    SIXTEEN.iter().position(|name| *name == word).map(|n| Color::Indexed(n as u8))
}

pub(super) fn modifier(word: &str) -> Option<u16> {
    MODIFIERS.iter().find(|(name, _)| *name == word).map(|(_, bits)| *bits)
}

/// A look as one string says it: at most two colours' names, and modifiers if there are any.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Words<'a> {
    pub ink: Option<&'a str>,
    /// What stands behind `on`.
    pub behind: Option<&'a str>,
    pub modifiers: Option<u16>,
}

impl Words<'_> {
    /// `#ffd866`, `bold black on yellow`, `reverse`.
    ///
    /// # Errors
    /// The word that is one too many.
    pub(super) fn of(text: &str) -> Result<Words<'_>, &str> {
        let mut out = Words::default();
        let mut words = text.split_whitespace();
        while let Some(word) = words.next() {
            if let Some(bits) = modifier(word) {
                out.modifiers = Some(out.modifiers.unwrap_or(0) | bits);
                continue;
            }
            let (slot, name) =
                if word == "on" { (&mut out.behind, words.next().ok_or(word)?) } else { (&mut out.ink, word) };
            if slot.replace(name).is_some() {
                return Err(name);
            }
        }
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_have_several_names() {
        for (word, expected) in [
            ("#ffd866", Some(Color::Rgb(0xff, 0xd8, 0x66))),
            ("#FA0", Some(Color::Rgb(0xff, 0xaa, 0))),
            ("default", Some(Color::Default)),
            ("bright-red", Some(Color::Indexed(9))),
            ("light-red", Some(Color::Indexed(9))),
            ("gray", Some(Color::Indexed(8))),
            ("light-gray", Some(Color::Indexed(7))),
            ("#ffd86", None),
            ("#ffd86g", None),
            ("#ü", None),
            ("mauve", None),
            ("", None),
        ] {
            assert_eq!(color(word), expected, "{word}");
        }
    }

    #[test]
    fn a_look_in_one_string() {
        let words = |ink, behind, modifiers| Ok(Words { ink, behind, modifiers });
        for (text, expected) in [
            ("#ffffff", words(Some("#ffffff"), None, None)),
            ("bold black on yellow", words(Some("black"), Some("yellow"), Some(attr::BOLD))),
            ("reverse bold", words(None, None, Some(attr::BOLD | attr::INVERSE))),
            ("on blue", words(None, Some("blue"), None)),
            ("", words(None, None, None)),
            ("red green", Err("green")),
            ("red on", Err("on")),
        ] {
            assert_eq!(Words::of(text), expected, "{text}");
        }
    }
}
