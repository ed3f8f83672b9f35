//! The kitty keyboard protocol with its five enhancements
//! (<https://sw.kovidgoyal.net/kitty/keyboard-protocol/>). Called by the encoder for programs that set any of them.
//! It must never send a form that the program did not ask for.

use super::legacy::{legacy, letter, number};
use super::{KeyCode, KeyKind, KeyPress, Mods, mode};

/// Enter, Tab, Backspace and Escape, by their old control codes.
const ENTER: u32 = 13;
const TAB: u32 = 9;
const BACKSPACE: u32 = 127;
const ESCAPE: u32 = 27;
/// F13 has this number; those above follow it.
const F13: u32 = 57_376;
/// The keys that modify others.
const MODIFIERS: std::ops::RangeInclusive<u16> = 57_441..=57_454;

pub(super) fn kitty(press: &KeyPress, modes: u32) -> Vec<u8> {
    let asked = |bit: u32| modes & bit != 0;
    let (events, all) = (asked(mode::KITTY_EVENTS), asked(mode::KITTY_ALL_KEYS));
    let disambiguates = asked(mode::KITTY_DISAMBIGUATE) || all;
    if press.kind == KeyKind::Release && !events {
        return Vec::new();
    }
    let is_action = events && press.kind != KeyKind::Press;
    let mods = press.key.mods;
    let form = match press.key.code {
        KeyCode::Char(_) => {
            let text = press.own_text();
            if let Some(text) = text.filter(|_| !all && press.kind != KeyKind::Release) {
                return text.into_bytes();
            }
            if !disambiguates && !is_action {
                return legacy(press, modes);
            }
            if press.keypad.is_none() {
                return character(press, modes, is_action);
            }
            form(press)
        }
        KeyCode::Other(number) if MODIFIERS.contains(&number) && !all => return Vec::new(),
        KeyCode::Enter | KeyCode::Tab | KeyCode::Backspace if press.keypad.is_none() && !all => {
            // So that `reset` can be typed after a program died, and no release reads as a second press.
            if press.kind == KeyKind::Release {
                return Vec::new();
            }
            if !disambiguates || mods.is_none() {
                return legacy(press, modes);
            }
            form(press)
        }
        _ if !disambiguates && !is_action => return legacy(press, modes),
        _ => form(press),
    };
    let Some((number, last)) = form else { return legacy(press, modes) };
    sequence(number, None, mods.with(press.locks), is_action.then_some(press.kind), None, last)
}

/// Number and last byte of a key that makes no text.
fn form(press: &KeyPress) -> Option<(u32, char)> {
    if let Some(number) = press.keypad {
        return Some((u32::from(number), 'u'));
    }
    let code = press.key.code;
    Some(match code {
        KeyCode::Escape => (ESCAPE, 'u'),
        KeyCode::Enter => (ENTER, 'u'),
        KeyCode::Tab => (TAB, 'u'),
        KeyCode::Backspace => (BACKSPACE, 'u'),
        // The letter's form reads like a cursor position report.
        KeyCode::F(3) => (13, '~'),
        KeyCode::F(n @ 13..) => (F13 - 13 + u32::from(n), 'u'),
        KeyCode::Other(number) => (u32::from(number), 'u'),
        _ => match (letter(code), number(code)) {
            (Some(letter), _) => (1, char::from(letter)),
            (_, Some(number)) => (u32::from(number), '~'),
            _ => return None,
        },
    })
}

/// A key that makes text, as a number.
fn character(press: &KeyPress, modes: u32, is_action: bool) -> Vec<u8> {
    let KeyCode::Char(c) = press.key.code else { return Vec::new() };
    let mut lower = c.to_lowercase();
    // A letter's case tells shift where the terminal did not.
    let by_case = match (lower.next(), lower.next()) {
        (Some(one), None) if one != c => Some(one),
        _ => None,
    };
    let (code, is_shifted) = match press.unshifted {
        Some(code) => (code, press.is_shifted),
        None => (by_case.unwrap_or(c), by_case.is_some()),
    };
    let mut mods = press.key.mods;
    if is_shifted {
        mods = mods.with(Mods::SHIFT);
    }
    let all = modes & mode::KITTY_ALL_KEYS != 0;
    if all {
        // Locks are told only of keys whose text they cannot spoil.
        mods = mods.with(press.locks);
    }
    let alternates = (modes & mode::KITTY_ALTERNATES != 0).then(|| {
        let shifted = (mods.has(Mods::SHIFT) && c != code).then_some(c);
        (shifted, press.base.filter(|base| *base != code))
    });
    let text =
        (all && modes & mode::KITTY_TEXT != 0 && press.kind != KeyKind::Release).then(|| press.own_text()).flatten();
    sequence(u32::from(code), alternates, mods, is_action.then_some(press.kind), text.as_deref(), 'u')
}

/// `CSI number : shifted : base ; modifiers : event ; text u`, each part only where it says something.
fn sequence(
    number: u32,
    alternates: Option<(Option<char>, Option<char>)>,
    mods: Mods,
    action: Option<KeyKind>,
    text: Option<&str>,
    last: char,
) -> Vec<u8> {
    let mut out = String::from("\x1b[");
    let has_second = !mods.is_none() || action.is_some();
    if number != 1 || has_second || text.is_some() {
        out.push_str(&number.to_string());
    }
    if let Some((shifted, base)) = alternates.filter(|(shifted, base)| shifted.is_some() || base.is_some()) {
        out.push(':');
        if let Some(shifted) = shifted {
            out.push_str(&u32::from(shifted).to_string());
        }
        if let Some(base) = base {
            out.push_str(&format!(":{}", u32::from(base)));
        }
    }
    if has_second || text.is_some() {
        out.push(';');
        if has_second {
            out.push_str(&mods.parameter().to_string());
        }
        match action {
            Some(KeyKind::Repeat) => out.push_str(":2"),
            Some(KeyKind::Release) => out.push_str(":3"),
            Some(KeyKind::Press) | None => {}
        }
    }
    if let Some(text) = text {
        let numbers: Vec<String> = text.chars().map(|c| u32::from(c).to_string()).collect();
        out.push_str(&format!(";{}", numbers.join(":")));
    }
    out.push(last);
    out.into_bytes()
}
