//! xterm's `modifyOtherKeys`: keys with modifiers for which there is no legacy form. Level 1 leaves all that have one
//! as they are, level 2 tells everything apart. Called by the encoder. It must never touch a key without modifiers.

use super::legacy::control_code;
use super::{KeyCode, KeyPress, Mods, mode};

/// `CSI 27 ; modifiers ; character ~`, xterm's own and only default form; `None`: the legacy form holds.
pub(super) fn other_keys(press: &KeyPress, modes: u32) -> Option<Vec<u8>> {
    let all = modes & mode::OTHER_KEYS_ALL != 0;
    if !all && modes & mode::OTHER_KEYS == 0 {
        return None;
    }
    let mods = press.key.mods;
    let (character, mods) = match press.key.code {
        // Shift alone is told by the character; a letter's case counts as shift beside others.
        KeyCode::Char(_) if mods.without(Mods::SHIFT).is_none() || press.keypad.is_some() => return None,
        // A terminal that tells all keys tells ctrl-h, too; the bare code is Backspace's.
        KeyCode::Char('h') if press.is_bare_8 => return None,
        KeyCode::Char(c) => (c, if c.is_uppercase() { mods.with(Mods::SHIFT) } else { mods }),
        _ if mods.is_none() => return None,
        KeyCode::Enter => ('\r', mods),
        // Its legacy form is a sequence of its own.
        KeyCode::Tab if mods == Mods::SHIFT => return None,
        KeyCode::Tab => ('\t', mods),
        // Ctrl has taken it for the other of its two codes, which alone tells enough.
        KeyCode::Backspace if mods == Mods::CTRL => return None,
        KeyCode::Backspace if mods.has(Mods::CTRL) => ('\u{8}', mods),
        KeyCode::Backspace => ('\u{7f}', mods),
        KeyCode::Escape => ('\u{1b}', mods),
        _ => return None,
    };
    let has_legacy = match press.key.code {
        KeyCode::Char(c) if mods.has(Mods::CTRL) => c != '?' && control_code(c).is_some(),
        KeyCode::Char(_) | KeyCode::Backspace => true,
        KeyCode::Enter | KeyCode::Tab => mods == Mods::ALT,
        KeyCode::Escape => mods == Mods::ALT || !mods.has(Mods::ALT),
        _ => false,
    };
    let known = mods.only(Mods::SHIFT.with(Mods::ALT).with(Mods::CTRL).with(Mods::META));
    (all || !has_legacy).then(|| format!("\x1b[27;{};{}~", known.parameter(), u32::from(character)).into_bytes())
}
