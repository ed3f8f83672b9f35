//! A key as the bytes that the program in the terminal expects: xterm's legacy forms, or the kitty protocol's when
//! the program asked for it. Called for every key typed into an agent. It must never drop a key silently: what has
//! no form of its own is sent as its nearest one.

use super::{Key, KeyCode, Mods, mode};

/// The bytes of `key` for a program that set `modes` (bits of [`mode`]).
pub fn encode(key: Key, modes: u32) -> Vec<u8> {
    if modes & (mode::KITTY_DISAMBIGUATE | mode::KITTY_ALL_KEYS) != 0
        && let Some(bytes) = kitty(key, modes)
    {
        return bytes;
    }
    legacy(key, modes)
}

fn legacy(key: Key, modes: u32) -> Vec<u8> {
    let mods = key.mods.without(Mods::SUPER);
    match key.code {
        KeyCode::Char(c) => {
            let mut out = Vec::with_capacity(5);
            match mods.has(Mods::CTRL).then(|| control_code(c)).flatten() {
                Some(byte) => out.push(byte),
                None => out.extend(c.encode_utf8(&mut [0; 4]).as_bytes()),
            }
            with_alt(mods, out)
        }
        KeyCode::Enter => with_alt(mods, b"\r".to_vec()),
        KeyCode::Escape => with_alt(mods, b"\x1b".to_vec()),
        KeyCode::Tab if mods.has(Mods::SHIFT) => with_alt(mods, b"\x1b[Z".to_vec()),
        KeyCode::Tab => with_alt(mods, b"\t".to_vec()),
        KeyCode::Backspace if mods.has(Mods::CTRL) => with_alt(mods, b"\x08".to_vec()),
        KeyCode::Backspace => with_alt(mods, b"\x7f".to_vec()),
        KeyCode::F(n) => function(n, mods),
        code => functional(code, mods, modes),
    }
}

/// Keys that have the same form in both protocols: arrows, and the block above them.
fn functional(code: KeyCode, mods: Mods, modes: u32) -> Vec<u8> {
    if let Some(letter) = letter_key(code) {
        return match (mods.is_none(), modes & mode::APP_CURSOR != 0) {
            (true, true) => vec![0x1b, b'O', letter],
            (true, false) => vec![0x1b, b'[', letter],
            _ => format!("\x1b[1;{}{}", mods.parameter(), char::from(letter)).into_bytes(),
        };
    }
    let number = match code {
        KeyCode::Insert => 2,
        KeyCode::Delete => 3,
        KeyCode::PageUp => 5,
        // Every other code is handled by its caller.
        _ => 6,
    };
    tilde(number, mods)
}

fn letter_key(code: KeyCode) -> Option<u8> {
    Some(match code {
        KeyCode::Up => b'A',
        KeyCode::Down => b'B',
        KeyCode::Right => b'C',
        KeyCode::Left => b'D',
        KeyCode::End => b'F',
        KeyCode::Home => b'H',
        _ => return None,
    })
}

fn tilde(number: u8, mods: Mods) -> Vec<u8> {
    if mods.is_none() {
        format!("\x1b[{number}~").into_bytes()
    } else {
        format!("\x1b[{number};{}~", mods.parameter()).into_bytes()
    }
}

/// F1 to F24. xterm has no keys above F12: its F13 is shift and F1.
fn function(n: u8, mods: Mods) -> Vec<u8> {
    let (n, mods) = if n > 12 { (n - 12, mods.with(Mods::SHIFT)) } else { (n, mods) };
    match n {
        1..=4 => {
            let letter = b'P' + n - 1;
            if mods.is_none() {
                vec![0x1b, b'O', letter]
            } else {
                format!("\x1b[1;{}{}", mods.parameter(), char::from(letter)).into_bytes()
            }
        }
        _ => tilde(function_number(n), mods),
    }
}

/// DEC left gaps in the numbers, and everybody kept them.
fn function_number(n: u8) -> u8 {
    match n {
        5 => 15,
        6..=10 => n + 11,
        _ => n + 12,
    }
}

fn with_alt(mods: Mods, bytes: Vec<u8>) -> Vec<u8> {
    if mods.has(Mods::ALT) { [b"\x1b".to_vec(), bytes].concat() } else { bytes }
}

/// The control code of a character, as xterm gives it also for digits and signs.
fn control_code(c: char) -> Option<u8> {
    Some(match c {
        'a'..='z' => c as u8 - b'a' + 1,
        'A'..='Z' => c as u8 - b'A' + 1,
        '@' | ' ' | '2' => 0,
        '[' | '3' => 0x1b,
        '\\' | '4' => 0x1c,
        ']' | '5' => 0x1d,
        '^' | '6' | '~' => 0x1e,
        '_' | '7' | '/' | '-' => 0x1f,
        '8' | '?' => 0x7f,
        _ => return None,
    })
}

/// The kitty form; `None` when the legacy form is also kitty's.
fn kitty(key: Key, modes: u32) -> Option<Vec<u8>> {
    let all_keys = modes & mode::KITTY_ALL_KEYS != 0;
    match key.code {
        KeyCode::Char(c) => {
            if key.mods.is_none() && !all_keys {
                return None;
            }
            Some(kitty_char(c, key.mods, modes))
        }
        KeyCode::Escape => Some(csi_u(27, key.mods)),
        // Without modifiers these stay as they were, so that `reset` can be typed after a program died.
        KeyCode::Enter | KeyCode::Tab | KeyCode::Backspace if key.mods.is_none() && !all_keys => None,
        KeyCode::Enter => Some(csi_u(13, key.mods)),
        KeyCode::Tab => Some(csi_u(9, key.mods)),
        KeyCode::Backspace => Some(csi_u(127, key.mods)),
        // The legacy form of F3 with modifiers reads like a cursor position report.
        KeyCode::F(3) => Some(tilde(13, key.mods)),
        KeyCode::F(n @ 13..=24) => Some(csi_u(57_363 + u32::from(n), key.mods)),
        _ => None,
    }
}

fn kitty_char(c: char, mods: Mods, modes: u32) -> Vec<u8> {
    let lower = c.to_lowercase().next().unwrap_or(c);
    let shifted = lower != c;
    let mods = if shifted { mods.with(Mods::SHIFT) } else { mods };
    let mut out = format!("\x1b[{}", u32::from(lower));
    if shifted && modes & mode::KITTY_ALTERNATES != 0 {
        out.push_str(&format!(":{}", u32::from(c)));
    }
    let has_text =
        modes & mode::KITTY_ALL_KEYS != 0 && modes & mode::KITTY_TEXT != 0 && mods.without(Mods::SHIFT).is_none();
    if has_text {
        let parameter = if mods.is_none() { String::new() } else { mods.parameter().to_string() };
        out.push_str(&format!(";{parameter};{}", u32::from(c)));
    } else if !mods.is_none() {
        out.push_str(&format!(";{}", mods.parameter()));
    }
    out.push('u');
    out.into_bytes()
}

fn csi_u(code: u32, mods: Mods) -> Vec<u8> {
    if mods.is_none() {
        format!("\x1b[{code}u").into_bytes()
    } else {
        format!("\x1b[{code};{}u", mods.parameter()).into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse_key;
    use super::*;

    fn check(name: &str, modes: u32, expected: &str) {
        let bytes = encode(parse_key(name).unwrap(), modes);
        assert_eq!(String::from_utf8(bytes).unwrap(), expected, "{name} with modes {modes:#x}");
    }

    #[test]
    fn legacy_forms_are_xterms() {
        for (name, expected) in [
            ("a", "a"),
            ("Z", "Z"),
            ("é", "é"),
            ("漢", "漢"),
            ("C-a", "\x01"),
            ("C-c", "\x03"),
            ("C-Space", "\0"),
            ("C-[", "\x1b"),
            ("C-\\", "\x1c"),
            ("C-]", "\x1d"),
            ("C-6", "\x1e"),
            ("C-/", "\x1f"),
            ("C-?", "\x7f"),
            ("M-x", "\x1bx"),
            ("M-X", "\x1bX"),
            ("C-M-a", "\x1b\x01"),
            ("Enter", "\r"),
            ("S-Enter", "\r"),
            ("M-Enter", "\x1b\r"),
            ("Tab", "\t"),
            ("BTab", "\x1b[Z"),
            ("BSpace", "\x7f"),
            ("C-BSpace", "\x08"),
            ("M-BSpace", "\x1b\x7f"),
            ("Escape", "\x1b"),
            ("Up", "\x1b[A"),
            ("C-Right", "\x1b[1;5C"),
            ("M-Left", "\x1b[1;3D"),
            ("C-S-Down", "\x1b[1;6B"),
            ("Home", "\x1b[H"),
            ("S-End", "\x1b[1;2F"),
            ("Insert", "\x1b[2~"),
            ("Delete", "\x1b[3~"),
            ("PageUp", "\x1b[5~"),
            ("C-PageDown", "\x1b[6;5~"),
            ("F1", "\x1bOP"),
            ("S-F1", "\x1b[1;2P"),
            ("F5", "\x1b[15~"),
            ("F6", "\x1b[17~"),
            ("F10", "\x1b[21~"),
            ("F11", "\x1b[23~"),
            ("F12", "\x1b[24~"),
            ("C-F12", "\x1b[24;5~"),
            ("F13", "\x1b[1;2P"),
            ("F24", "\x1b[24;2~"),
        ] {
            check(name, 0, expected);
        }
    }

    #[test]
    fn application_cursor_keys_change_only_plain_arrows() {
        check("Up", mode::APP_CURSOR, "\x1bOA");
        check("Home", mode::APP_CURSOR, "\x1bOH");
        check("C-Up", mode::APP_CURSOR, "\x1b[1;5A");
        check("PageUp", mode::APP_CURSOR, "\x1b[5~");
    }

    #[test]
    fn kitty_tells_apart_what_legacy_cannot() {
        for (name, expected) in [
            ("a", "a"),
            ("A", "A"),
            ("C-a", "\x1b[97;5u"),
            ("C-i", "\x1b[105;5u"),
            ("M-a", "\x1b[97;3u"),
            ("M-A", "\x1b[97;4u"),
            ("Escape", "\x1b[27u"),
            ("Enter", "\r"),
            ("S-Enter", "\x1b[13;2u"),
            ("C-Enter", "\x1b[13;5u"),
            ("BTab", "\x1b[9;2u"),
            ("C-BSpace", "\x1b[127;5u"),
            ("Up", "\x1b[A"),
            ("F3", "\x1b[13~"),
            ("F13", "\x1b[57376u"),
        ] {
            check(name, mode::KITTY_DISAMBIGUATE, expected);
        }
        let all = mode::KITTY_ALL_KEYS | mode::KITTY_TEXT | mode::KITTY_ALTERNATES;
        check("a", all, "\x1b[97;;97u");
        check("A", all, "\x1b[97:65;2;65u");
        check("Enter", all, "\x1b[13u");
    }
}
