//! Names of keys: tmux's (`Enter`, `C-c`, `M-x`, `F5`, `Up`) and ours (`ctrl-q`, `pgup`).
//! Called by the command line's `keys` verb, the API and the TUI's command table. It must never guess: a name that
//! is not known is an error that says what would be.

use super::{Key, KeyCode, Mods};

/// Why a text is not a key.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{0}` is not a key; try Enter, Escape, Tab, Up, PageUp, F5, C-c, M-x or one character")]
pub struct BadKey(pub String);

/// # Errors
/// When the name is not a key.
pub fn parse_key(name: &str) -> Result<Key, BadKey> {
    // Error messages repeat what was typed, but not a whole file of it.
    let bad = || BadKey(name.chars().take(40).collect());
    let mut rest = name;
    let mut mods = Mods::NONE;
    'prefixes: loop {
        for (prefix, bit) in [
            ("C-", Mods::CTRL),
            ("M-", Mods::ALT),
            ("S-", Mods::SHIFT),
            ("ctrl-", Mods::CTRL),
            ("alt-", Mods::ALT),
            ("shift-", Mods::SHIFT),
            ("super-", Mods::SUPER),
            ("hyper-", Mods::HYPER),
            ("meta-", Mods::META),
        ] {
            if let Some(after) = rest.strip_prefix(prefix).filter(|after| !after.is_empty()) {
                mods = mods.with(bit);
                rest = after;
                continue 'prefixes;
            }
        }
        break;
    }
    if let Some(after) = rest.strip_prefix('^').filter(|after| !after.is_empty()) {
        mods = mods.with(Mods::CTRL);
        rest = after;
    }
    let mut chars = rest.chars();
    if let (Some(c), None) = (chars.next(), chars.next()) {
        return if c.is_control() { Err(bad()) } else { Ok(Key::new(KeyCode::Char(c), mods)) };
    }
    let code = match rest.to_ascii_lowercase().as_str() {
        "enter" | "return" | "cr" => KeyCode::Enter,
        "escape" | "esc" => KeyCode::Escape,
        "space" => KeyCode::Char(' '),
        "tab" => KeyCode::Tab,
        "btab" | "backtab" => {
            mods = mods.with(Mods::SHIFT);
            KeyCode::Tab
        }
        "bspace" | "backspace" => KeyCode::Backspace,
        "up" => KeyCode::Up,
        "down" => KeyCode::Down,
        "left" => KeyCode::Left,
        "right" => KeyCode::Right,
        "home" => KeyCode::Home,
        "end" => KeyCode::End,
        "pageup" | "pgup" | "ppage" => KeyCode::PageUp,
        "pagedown" | "pgdn" | "npage" => KeyCode::PageDown,
        "begin" => KeyCode::Begin,
        "insert" | "ic" => KeyCode::Insert,
        "delete" | "del" | "dc" => KeyCode::Delete,
        other => match other.strip_prefix('f').and_then(|n| n.parse().ok()) {
            Some(n @ 1..=35) => KeyCode::F(n),
            _ => return Err(bad()),
        },
    };
    Ok(Key::new(code, mods))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read() {
        for (name, code, mods) in [
            ("Enter", KeyCode::Enter, Mods::NONE),
            ("C-c", KeyCode::Char('c'), Mods::CTRL),
            ("^c", KeyCode::Char('c'), Mods::CTRL),
            ("^", KeyCode::Char('^'), Mods::NONE),
            ("-", KeyCode::Char('-'), Mods::NONE),
            ("C--", KeyCode::Char('-'), Mods::CTRL),
            ("M-x", KeyCode::Char('x'), Mods::ALT),
            ("C-M-S-Up", KeyCode::Up, Mods::CTRL.with(Mods::ALT).with(Mods::SHIFT)),
            ("S-a", KeyCode::Char('A'), Mods::NONE),
            ("f12", KeyCode::F(12), Mods::NONE),
            ("F", KeyCode::Char('F'), Mods::NONE),
            ("Space", KeyCode::Char(' '), Mods::NONE),
            ("ctrl-q", KeyCode::Char('q'), Mods::CTRL),
            ("BTab", KeyCode::Tab, Mods::SHIFT),
            ("NPage", KeyCode::PageDown, Mods::NONE),
        ] {
            assert_eq!(parse_key(name), Ok(Key { code, mods }), "{name}");
        }
        for bad in ["", "Entr", "F0", "F36", "C-", "\u{1b}", "ab"] {
            assert!(parse_key(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn what_is_shown_can_be_read_back() {
        for name in ["ctrl-q", "enter", "esc", "pgup", "R", "space", "alt-x", "ctrl-shift-up", "F13", "tab"] {
            assert_eq!(parse_key(name).unwrap().to_string(), name);
        }
    }
}
