//! xterm's legacy forms of keys: what a program gets that asked for nothing. Called by the encoder.
//! It must never send nothing for a key that the oldest terminals had.

use super::press::keypad_byte;
use super::{KeyCode, KeyPress, Mods, mode};

/// What a legacy form cannot tell is left out.
const KNOWN: [Mods; 3] = [Mods::SHIFT, Mods::ALT, Mods::CTRL];

pub(super) fn legacy(press: &KeyPress, modes: u32) -> Vec<u8> {
    let mods = KNOWN.into_iter().fold(Mods::NONE, |all, bit| all.with(press.key.mods.only(bit)));
    // With NumLock on, the keypad writes numbers, whatever the program asked for.
    let is_application = modes & mode::APP_KEYPAD != 0 && !press.locks.has(Mods::NUM_LOCK);
    if let Some(byte) = press.keypad.filter(|_| is_application).and_then(keypad_byte) {
        return match mods.is_none() {
            true => vec![0x1b, b'O', byte],
            false => format!("\x1bO{}{}", mods.parameter(), char::from(byte)).into_bytes(),
        };
    }
    match press.key.code {
        // No modifier makes a command of them: xterm's ctrl and 3 there is no Escape.
        KeyCode::Char(c) if press.keypad.is_some() => c.to_string().into_bytes(),
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
        KeyCode::Other(_) => Vec::new(),
        code => block(code, mods, modes),
    }
}

/// Arrows, and the block above them.
fn block(code: KeyCode, mods: Mods, modes: u32) -> Vec<u8> {
    if let Some(letter) = letter(code) {
        return match (mods.is_none(), modes & mode::APP_CURSOR != 0) {
            (true, true) => vec![0x1b, b'O', letter],
            (true, false) => vec![0x1b, b'[', letter],
            _ => format!("\x1b[1;{}{}", mods.parameter(), char::from(letter)).into_bytes(),
        };
    }
    number(code).map_or_else(Vec::new, |number| tilde(number, mods))
}

/// The last byte of keys whose form ends in a letter.
pub(super) fn letter(code: KeyCode) -> Option<u8> {
    Some(match code {
        KeyCode::Up => b'A',
        KeyCode::Down => b'B',
        KeyCode::Right => b'C',
        KeyCode::Left => b'D',
        KeyCode::Begin => b'E',
        KeyCode::End => b'F',
        KeyCode::Home => b'H',
        KeyCode::F(n @ 1..=4) => b'P' + n - 1,
        _ => return None,
    })
}

/// The number of keys whose form ends in a tilde.
pub(super) fn number(code: KeyCode) -> Option<u8> {
    Some(match code {
        KeyCode::Insert => 2,
        KeyCode::Delete => 3,
        KeyCode::PageUp => 5,
        KeyCode::PageDown => 6,
        // DEC left gaps in the numbers, and everybody kept them.
        KeyCode::F(5) => 15,
        KeyCode::F(n @ 6..=10) => n + 11,
        KeyCode::F(n @ 11..=12) => n + 12,
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

/// F1 to F35. xterm has no keys above F12: its F13 is shift and F1, its F25 ctrl and F1.
fn function(n: u8, mods: Mods) -> Vec<u8> {
    let (n, mods) = match n {
        25.. => (n - 24, mods.with(Mods::CTRL)),
        13.. => (n - 12, mods.with(Mods::SHIFT)),
        _ => (n, mods),
    };
    let code = KeyCode::F(n);
    match (letter(code), number(code)) {
        (Some(letter), _) if mods.is_none() => vec![0x1b, b'O', letter],
        (Some(letter), _) => format!("\x1b[1;{}{}", mods.parameter(), char::from(letter)).into_bytes(),
        (_, Some(number)) => tilde(number, mods),
        _ => Vec::new(),
    }
}

fn with_alt(mods: Mods, bytes: Vec<u8>) -> Vec<u8> {
    if mods.has(Mods::ALT) { [b"\x1b".to_vec(), bytes].concat() } else { bytes }
}

/// The control code of a character, as xterm gives it also for digits and signs.
pub(super) fn control_code(c: char) -> Option<u8> {
    Some(match c {
        'a'..='z' => c as u8 - b'a' + 1,
        'A'..='Z' => c as u8 - b'A' + 1,
        '@' | '`' | ' ' | '2' => 0,
        '[' | '{' | '3' => 0x1b,
        '\\' | '|' | '4' => 0x1c,
        ']' | '}' | '5' => 0x1d,
        '^' | '~' | '6' => 0x1e,
        '_' | '/' | '7' => 0x1f,
        '8' | '?' => 0x7f,
        _ => return None,
    })
}
