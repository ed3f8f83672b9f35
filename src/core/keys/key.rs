//! One key: which, with which modifiers. Made by the parser of the outer terminal's bytes and by the parser of key
//! names. It must never hold what only one terminal knows, such as scan codes.

use std::fmt;

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum KeyCode {
    /// The character that the key makes, with shift already applied where a character has an upper case.
    Char(char),
    Enter,
    Escape,
    Backspace,
    Tab,
    Insert,
    Delete,
    Home,
    End,
    PageUp,
    PageDown,
    Up,
    Down,
    Left,
    Right,
    /// The middle of the keypad without its digits.
    Begin,
    /// 1 to 35.
    F(u8),
    /// A key that only the kitty protocol can name (locks, media, modifiers by themselves), by its number there.
    Other(u16),
}

/// A set of modifiers, in the bit order of xterm's modifier parameter as kitty extended it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Mods(u8);

impl Mods {
    pub const NONE: Mods = Mods(0);
    pub const SHIFT: Mods = Mods(1);
    pub const ALT: Mods = Mods(2);
    pub const CTRL: Mods = Mods(4);
    pub const SUPER: Mods = Mods(8);
    pub const HYPER: Mods = Mods(16);
    pub const META: Mods = Mods(32);
    pub const CAPS_LOCK: Mods = Mods(64);
    pub const NUM_LOCK: Mods = Mods(128);
    /// The two that stay on by themselves: no key is bound to them.
    pub const LOCKS: Mods = Mods(64 + 128);

    /// From xterm's modifier parameter; 0, as when it is missing, means none.
    pub fn from_parameter(parameter: u16) -> Mods {
        Mods(u8::try_from(parameter.saturating_sub(1)).unwrap_or(0))
    }

    pub fn has(self, other: Mods) -> bool {
        self.0 & other.0 == other.0
    }

    pub fn with(self, other: Mods) -> Mods {
        Mods(self.0 | other.0)
    }

    pub fn without(self, other: Mods) -> Mods {
        Mods(self.0 & !other.0)
    }

    pub fn only(self, other: Mods) -> Mods {
        Mods(self.0 & other.0)
    }

    pub fn is_none(self) -> bool {
        self.0 == 0
    }

    /// xterm's modifier parameter: one more than the bits.
    pub fn parameter(self) -> u16 {
        u16::from(self.0) + 1
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Key {
    pub code: KeyCode,
    pub mods: Mods,
}

impl Key {
    /// A key; shift on a letter is dropped because the letter's case already tells it.
    pub fn new(code: KeyCode, mods: Mods) -> Key {
        match code {
            KeyCode::Char(c) if mods.has(Mods::SHIFT) => {
                let mut upper = c.to_uppercase();
                match (upper.next(), upper.next()) {
                    (Some(one), None) if one != c || c.is_uppercase() => {
                        Key { code: KeyCode::Char(one), mods: mods.without(Mods::SHIFT) }
                    }
                    // `1` and `ß` and their like have no single upper-case form.
                    _ => Key { code, mods },
                }
            }
            _ => Key { code, mods },
        }
    }

    pub fn plain(code: KeyCode) -> Key {
        Key { code, mods: Mods::NONE }
    }

    pub fn char(c: char) -> Key {
        Key::plain(KeyCode::Char(c))
    }

    pub fn ctrl(c: char) -> Key {
        Key { code: KeyCode::Char(c), mods: Mods::CTRL }
    }

    /// The character, when the key does nothing but make one.
    pub fn printable(self) -> Option<char> {
        match self.code {
            KeyCode::Char(c) if self.mods.is_none() && !c.is_control() => Some(c),
            _ => None,
        }
    }
}

/// The name as help and hints show it: `ctrl-q`, `enter`, `pgup`, `R`. `parse_key` reads it back.
impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (bit, name) in [
            (Mods::CTRL, "ctrl-"),
            (Mods::ALT, "alt-"),
            (Mods::SUPER, "super-"),
            (Mods::HYPER, "hyper-"),
            (Mods::META, "meta-"),
            (Mods::SHIFT, "shift-"),
        ] {
            if self.mods.has(bit) {
                f.write_str(name)?;
            }
        }
        match self.code {
            KeyCode::Char(' ') => f.write_str("space"),
            KeyCode::Char(c) => write!(f, "{c}"),
            KeyCode::F(n) => write!(f, "F{n}"),
            KeyCode::Enter => f.write_str("enter"),
            KeyCode::Escape => f.write_str("esc"),
            KeyCode::Backspace => f.write_str("backspace"),
            KeyCode::Tab => f.write_str("tab"),
            KeyCode::Insert => f.write_str("insert"),
            KeyCode::Delete => f.write_str("delete"),
            KeyCode::Home => f.write_str("home"),
            KeyCode::End => f.write_str("end"),
            KeyCode::PageUp => f.write_str("pgup"),
            KeyCode::PageDown => f.write_str("pgdn"),
            KeyCode::Up => f.write_str("up"),
            KeyCode::Down => f.write_str("down"),
            KeyCode::Left => f.write_str("left"),
            KeyCode::Right => f.write_str("right"),
            KeyCode::Begin => f.write_str("begin"),
            KeyCode::Other(number) => write!(f, "key-{number}"),
        }
    }
}
