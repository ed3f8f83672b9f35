//! What a keyboard did: a key went down, repeats or came up, with all that the outer terminal told of it. Made by
//! the input parser, read by the encoder. Commands look at its `key` alone. It must never guess: what was not told
//! is `None`.

use super::{Key, KeyCode, Mods};

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum KeyKind {
    #[default]
    Press,
    Repeat,
    Release,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct KeyPress {
    /// The key as commands know it: without locks, the keypad's keys as those they stand for.
    pub key: Key,
    pub kind: KeyKind,
    /// The character of the key without shift, and that shift was down: told for keys that came as numbers.
    pub unshifted: Option<char>,
    pub is_shifted: bool,
    /// The character at the key's place on a US keyboard, where it is another one.
    pub base: Option<char>,
    /// The kitty protocol's number of a key on the keypad.
    pub keypad: Option<u16>,
    pub locks: Mods,
    /// It came as the bare code 8, which ctrl-h and ctrl-backspace share.
    pub is_bare_8: bool,
    /// The text it makes, where the terminal told it.
    pub text: Option<Box<str>>,
}

impl From<Key> for KeyPress {
    fn from(key: Key) -> KeyPress {
        KeyPress {
            key,
            kind: KeyKind::Press,
            unshifted: None,
            is_shifted: false,
            base: None,
            keypad: None,
            locks: Mods::NONE,
            is_bare_8: false,
            text: None,
        }
    }
}

impl KeyPress {
    /// The text that the key makes by itself: none with a modifier that makes it a command.
    pub(super) fn own_text(&self) -> Option<String> {
        if let Some(text) = &self.text {
            return Some(text.to_string());
        }
        match self.key.code {
            KeyCode::Char(c) if self.key.mods.without(Mods::SHIFT).is_none() && !c.is_control() => Some(c.to_string()),
            _ => None,
        }
    }
}

/// First and last number of the keypad's keys in the kitty protocol.
pub(super) const KEYPAD: std::ops::RangeInclusive<u16> = 57_399..=57_427;

/// Kitty's number, the key it stands for, and the last byte of its form for programs that asked for the keypad.
const KEYPAD_KEYS: [(u16, KeyCode, Option<u8>); 29] = [
    (57_399, KeyCode::Char('0'), Some(b'p')),
    (57_400, KeyCode::Char('1'), Some(b'q')),
    (57_401, KeyCode::Char('2'), Some(b'r')),
    (57_402, KeyCode::Char('3'), Some(b's')),
    (57_403, KeyCode::Char('4'), Some(b't')),
    (57_404, KeyCode::Char('5'), Some(b'u')),
    (57_405, KeyCode::Char('6'), Some(b'v')),
    (57_406, KeyCode::Char('7'), Some(b'w')),
    (57_407, KeyCode::Char('8'), Some(b'x')),
    (57_408, KeyCode::Char('9'), Some(b'y')),
    (57_409, KeyCode::Char('.'), Some(b'n')),
    (57_410, KeyCode::Char('/'), Some(b'o')),
    (57_411, KeyCode::Char('*'), Some(b'j')),
    (57_412, KeyCode::Char('-'), Some(b'm')),
    (57_413, KeyCode::Char('+'), Some(b'k')),
    (57_414, KeyCode::Enter, Some(b'M')),
    (57_415, KeyCode::Char('='), Some(b'X')),
    (57_416, KeyCode::Char(','), Some(b'l')),
    (57_417, KeyCode::Left, None),
    (57_418, KeyCode::Right, None),
    (57_419, KeyCode::Up, None),
    (57_420, KeyCode::Down, None),
    (57_421, KeyCode::PageUp, None),
    (57_422, KeyCode::PageDown, None),
    (57_423, KeyCode::Home, None),
    (57_424, KeyCode::End, None),
    (57_425, KeyCode::Insert, None),
    (57_426, KeyCode::Delete, None),
    (57_427, KeyCode::Begin, None),
];

/// The key that a key of the keypad stands for.
pub(super) fn keypad_key(number: u16) -> Option<KeyCode> {
    KEYPAD_KEYS.iter().find(|(n, ..)| *n == number).map(|(_, code, _)| *code)
}

/// The last byte of a keypad key's form in application mode.
pub(super) fn keypad_byte(number: u16) -> Option<u8> {
    KEYPAD_KEYS.iter().find(|(n, ..)| *n == number).and_then(|(.., byte)| *byte)
}

/// The keypad's key with this last byte.
pub(super) fn keypad_number(byte: u8) -> Option<u16> {
    KEYPAD_KEYS.iter().find(|(.., b)| *b == Some(byte)).map(|(number, ..)| *number)
}
