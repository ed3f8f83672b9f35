//! Control sequences from the outer terminal, taken apart: keys with modifiers in all their spellings, mouse reports,
//! answers. Called by the input parser with whole sequences. It must never fail: what makes no sense is no event.

use super::input::{InputEvent, Reply};
use super::press::{KEYPAD, keypad_key};
use super::{Key, KeyCode, KeyKind, KeyPress, Mods, Mouse, MouseAction, MouseButton};

/// Kitty's numbers of keys that have no other form: caps lock to menu, media keys, modifiers by themselves.
const OTHERS: [std::ops::RangeInclusive<u16>; 2] = [57_358..=57_363, 57_428..=57_454];
/// F13 to F35.
const FUNCTIONS: std::ops::RangeInclusive<u16> = 57_376..=57_398;

/// What a control sequence with these parameters and this last byte is.
pub(super) fn event(body: &str, last: u8) -> Option<InputEvent> {
    if let Some(report) = body.strip_prefix('<') {
        return sgr_mouse(report, last).map(InputEvent::Mouse);
    }
    if let Some(answer) = body.strip_prefix('?') {
        return reply(answer, last).map(InputEvent::Reply);
    }
    match (body, last) {
        ("", b'I') => return Some(InputEvent::Focus(true)),
        ("", b'O') => return Some(InputEvent::Focus(false)),
        ("", b'Z') => return Some(InputEvent::Key(Key::new(KeyCode::Tab, Mods::SHIFT).into())),
        _ => {}
    }
    let mut fields = body.split(';');
    let number: u16 = match fields.next() {
        None | Some("") => 1,
        Some(text) => text.parse().ok()?,
    };
    let second = fields.next();
    if last == b'R' && number > 1 {
        return Some(InputEvent::Reply(Reply::Cursor { row: number, column: second?.parse().ok()? }));
    }
    if (last, number) == (b'~', 27) {
        // xterm's modifyOtherKeys: the character is the third.
        let character = char::from_u32(fields.next()?.parse().ok()?)?;
        let (mods, kind) = modifiers(second?);
        let code = character_key(character);
        // Level 2 tells shift of some signs and not of others; the sign has it in itself.
        let is_text = matches!(code, KeyCode::Char(_)) && mods.without(Mods::LOCKS) == Mods::SHIFT;
        return Some(InputEvent::Key(named(code, if is_text { mods.without(Mods::SHIFT) } else { mods }, kind)));
    }
    let code = match last {
        b'Z' => KeyCode::Tab,
        b'~' => tilde(number)?,
        _ => lettered(last)?,
    };
    let (mods, kind) = second.map_or_else(Default::default, modifiers);
    let mods = if last == b'Z' { mods.with(Mods::SHIFT) } else { mods };
    Some(InputEvent::Key(named(code, mods, kind)))
}

/// The key whose form ends in this letter, behind CSI and behind SS3 alike.
pub(super) fn lettered(last: u8) -> Option<KeyCode> {
    Some(match last {
        b'A' => KeyCode::Up,
        b'B' => KeyCode::Down,
        b'C' => KeyCode::Right,
        b'D' => KeyCode::Left,
        b'E' => KeyCode::Begin,
        b'F' => KeyCode::End,
        b'H' => KeyCode::Home,
        b'P'..=b'S' => KeyCode::F(last - b'P' + 1),
        _ => return None,
    })
}

fn tilde(number: u16) -> Option<KeyCode> {
    Some(match number {
        1 | 7 => KeyCode::Home,
        2 => KeyCode::Insert,
        3 => KeyCode::Delete,
        4 | 8 => KeyCode::End,
        5 => KeyCode::PageUp,
        6 => KeyCode::PageDown,
        11..=15 => KeyCode::F((number - 10) as u8),
        17..=21 => KeyCode::F((number - 11) as u8),
        23..=26 => KeyCode::F((number - 12) as u8),
        28 | 29 => KeyCode::F((number - 13) as u8),
        31..=34 => KeyCode::F((number - 14) as u8),
        57_427 => KeyCode::Begin,
        _ => return None,
    })
}

/// `modifiers:event`, either of which may be missing.
fn modifiers(field: &str) -> (Mods, KeyKind) {
    let (mods, kind) = field.split_once(':').unwrap_or((field, ""));
    let kind = match kind {
        "2" => KeyKind::Repeat,
        "3" => KeyKind::Release,
        _ => KeyKind::Press,
    };
    (Mods::from_parameter(mods.parse().unwrap_or(0)), kind)
}

fn named(code: KeyCode, mods: Mods, kind: KeyKind) -> KeyPress {
    let key = Key::new(code, mods.without(Mods::LOCKS));
    KeyPress { kind, locks: mods.only(Mods::LOCKS), ..key.into() }
}

fn character_key(c: char) -> KeyCode {
    match c {
        '\r' => KeyCode::Enter,
        '\t' => KeyCode::Tab,
        '\u{1b}' => KeyCode::Escape,
        '\u{7f}' | '\u{8}' => KeyCode::Backspace,
        c => KeyCode::Char(c),
    }
}

/// The kitty protocol's `number : shifted : base ; modifiers : event ; text`. Number 0 is text without a key.
pub(super) fn kitty_keys(body: &str) -> Vec<KeyPress> {
    let mut fields = body.split(';');
    let mut codes = fields.next().unwrap_or("").split(':').map(|code| code.parse::<u32>().ok());
    let (Some(number), shifted, base) = (codes.next().flatten(), codes.next().flatten(), codes.next().flatten()) else {
        return Vec::new();
    };
    let (mods, kind) = fields.next().map_or_else(Default::default, modifiers);
    let text: String = fields
        .next()
        .unwrap_or("")
        .split(':')
        .filter_map(|code| char::from_u32(code.parse().ok()?))
        .filter(|c| !c.is_control())
        .collect();
    if number == 0 {
        return text.chars().map(|c| Key::char(c).into()).collect();
    }
    kitty_key(number, (shifted, base), mods, kind, &text).into_iter().collect()
}

fn kitty_key(
    number: u32,
    (shifted, base): (Option<u32>, Option<u32>),
    mods: Mods,
    kind: KeyKind,
    text: &str,
) -> Option<KeyPress> {
    let functional = u16::try_from(number).ok().and_then(|number| match number {
        n if KEYPAD.contains(&n) => keypad_key(n),
        n if FUNCTIONS.contains(&n) => Some(KeyCode::F((n - FUNCTIONS.start() + 13) as u8)),
        n if OTHERS.iter().any(|range| range.contains(&n)) => Some(KeyCode::Other(n)),
        _ => None,
    });
    if let Some(code) = functional {
        let keypad = u16::try_from(number).ok().filter(|n| KEYPAD.contains(n));
        let text = (!text.is_empty()).then(|| text.into());
        return Some(KeyPress { keypad, text, ..named(code, mods, kind) });
    }
    let unshifted = char::from_u32(number)?;
    let KeyCode::Char(_) = character_key(unshifted) else {
        return Some(named(character_key(unshifted), mods, kind));
    };
    // The rest of the private area and the control codes are keys that nobody knows.
    if unshifted.is_control() || ('\u{e000}'..='\u{f8ff}').contains(&unshifted) {
        return None;
    }
    let is_shifted = mods.has(Mods::SHIFT);
    let shown = shifted.and_then(char::from_u32).filter(|_| is_shifted);
    let mut only = text.chars();
    // What it makes is best told by its text: caps lock and layouts are in it.
    let made = match (only.next(), only.next()) {
        (Some(one), None) => Some(one),
        _ => shown,
    };
    let press = match made {
        Some(made) => named(KeyCode::Char(made), mods.without(Mods::SHIFT), kind),
        None => named(KeyCode::Char(unshifted), mods, kind),
    };
    Some(KeyPress {
        unshifted: Some(unshifted),
        is_shifted,
        base: base.and_then(char::from_u32),
        text: (text.chars().count() > 1).then(|| text.into()),
        ..press
    })
}

fn reply(body: &str, last: u8) -> Option<Reply> {
    match last {
        b'u' => Some(Reply::Keyboard(body.parse().ok()?)),
        b'c' => Some(Reply::Attributes),
        b'y' => {
            let (number, state) = body.strip_suffix('$')?.split_once(';')?;
            Some(Reply::Mode { number: number.parse().ok()?, state: state.parse().ok()? })
        }
        b'n' => match body {
            "997;1" => Some(Reply::Scheme { dark: true }),
            "997;2" => Some(Reply::Scheme { dark: false }),
            _ => None,
        },
        _ => None,
    }
}

/// `10;rgb:RRRR/GGGG/BBBB` or `4;INDEX;rgb:…` with one to four digits each; with `rgba:` the last part is left out.
pub(super) fn color(text: &str) -> Option<Reply> {
    let (number, color) = text.split_once(';')?;
    if number == "4" {
        let (index, color) = color.split_once(';')?;
        return Some(Reply::Palette { index: index.parse().ok()?, rgb: rgb(color)? });
    }
    let number = number.parse().ok().filter(|n| matches!(n, 10 | 11))?;
    Some(Reply::Color { number, rgb: rgb(color)? })
}

fn rgb(color: &str) -> Option<(u8, u8, u8)> {
    let parts = color.strip_prefix("rgb:").or_else(|| color.strip_prefix("rgba:"))?;
    let mut parts = parts.split('/').map(|part| {
        let value = u32::from_str_radix(part, 16).ok().filter(|_| (1..=4).contains(&part.len()))?;
        let most = (1u32 << (4 * part.len())) - 1;
        u8::try_from(value * 255 / most).ok()
    });
    let mut next = || parts.next().flatten();
    Some((next()?, next()?, next()?))
}

/// `code;column;row`, released with a small `m`.
fn sgr_mouse(report: &str, last: u8) -> Option<Mouse> {
    let mut fields = report.split(';').map(|field| field.parse::<u16>().ok());
    let (code, column, row) = (fields.next()??, fields.next()??, fields.next()??);
    let is_release = match last {
        b'M' => false,
        b'm' => true,
        _ => return None,
    };
    mouse(code, column.checked_sub(1)?, row.checked_sub(1)?, is_release)
}

/// Three bytes, each 32 too large. They do not say which button came up.
pub(super) fn x10_mouse(report: &[u8]) -> Option<Mouse> {
    let code = u16::from(report[0].checked_sub(32)?);
    let (column, row) = (report[1].checked_sub(33)?, report[2].checked_sub(33)?);
    let is_release = code & 3 == 3 && code & 96 == 0;
    mouse(if is_release { code & !3 } else { code }, column.into(), row.into(), is_release)
}

fn mouse(code: u16, column: u16, row: u16, is_release: bool) -> Option<Mouse> {
    let button = || match code & 3 {
        0 => Some(MouseButton::Left),
        1 => Some(MouseButton::Middle),
        2 => Some(MouseButton::Right),
        _ => None,
    };
    let action = match (code & !(4 | 8 | 16), is_release) {
        (64, _) => MouseAction::WheelUp,
        (65, _) => MouseAction::WheelDown,
        (66, _) => MouseAction::WheelLeft,
        (67, _) => MouseAction::WheelRight,
        (0..=2, true) => MouseAction::Release(button()?),
        (0..=2, false) => MouseAction::Press(button()?),
        (32..=34, _) => MouseAction::Drag(button()?),
        (35, _) => MouseAction::Move,
        _ => return None,
    };
    let mods = [(4, Mods::SHIFT), (8, Mods::ALT), (16, Mods::CTRL)];
    let mods = mods.into_iter().filter(|(bit, _)| code & bit != 0).fold(Mods::NONE, |all, (_, one)| all.with(one));
    Some(Mouse { action, column, row, mods })
}
