//! Names of keys to the bytes that a terminal sends for them. Used by `Outer::press`; pure.
//! It must never guess: an unknown name fails the test.

/// What the program has asked of the keyboard.
#[derive(Clone, Copy, Default, Debug)]
pub struct Keyboard {
    /// Cursor keys in their application form.
    pub application: bool,
    /// The kitty keyboard flags in force (1 tell keys apart, 2 releases as well, 4 alternates, 8 all keys as numbers,
    /// 16 their text); 0 where there are none.
    pub kitty: u32,
    /// xterm's modifyOtherKeys.
    pub other_keys: u32,
}

/// The bytes of `name`: a character (`a`, `Y`, `?`), a named key (`enter`, `esc`, `up`, `f5`, `space`), with
/// `ctrl-`, `alt-` and `shift-` before it: pressed, and released where the program wants to hear of it.
pub fn encode(name: &str, keyboard: Keyboard) -> Vec<u8> {
    let Keyboard { application, kitty, other_keys } = keyboard;
    let (mut ctrl, mut alt, mut shift, mut key) = (false, false, false, name);
    loop {
        // A lone "-" is a key, so a prefix needs something behind it.
        let rest = |prefix: &str| key.strip_prefix(prefix).filter(|rest| !rest.is_empty());
        if let Some(rest) = rest("ctrl-") {
            (ctrl, key) = (true, rest);
        } else if let Some(rest) = rest("alt-") {
            (alt, key) = (true, rest);
        } else if let Some(rest) = rest("shift-") {
            (shift, key) = (true, rest);
        } else {
            break;
        }
    }
    let modifier = 1 + u32::from(shift) + 2 * u32::from(alt) + 4 * u32::from(ctrl);
    if let Some((number, last)) = cursor_key(key) {
        if kitty != 0 {
            // F3's old form reads like an answer about the cursor.
            let (number, last) = if last == 'R' { (13, '~') } else { (number, last) };
            let pressed = match (modifier, number) {
                (1, 1) => format!("\x1b[{last}"),
                (1, _) => format!("\x1b[{number}{last}"),
                _ => format!("\x1b[{number};{modifier}{last}"),
            };
            let released = if kitty & 2 != 0 { format!("\x1b[{number};{modifier}:3{last}") } else { String::new() };
            return (pressed + &released).into_bytes();
        }
        return match (modifier, number, application) {
            (1, 1, true) => format!("\x1bO{last}"),
            (1, 1, false) if "PQRS".contains(last) => format!("\x1bO{last}"),
            (1, 1, false) => format!("\x1b[{last}"),
            (1, _, _) => format!("\x1b[{number}{last}"),
            _ => format!("\x1b[{number};{modifier}{last}"),
        }
        .into_bytes();
    }
    let character = match key {
        "enter" => '\r',
        "tab" if shift && kitty == 0 && (other_keys < 2 || !ctrl && !alt) => return b"\x1b[Z".to_vec(),
        "tab" => '\t',
        "esc" => '\x1b',
        "backspace" => '\x7f',
        "space" => ' ',
        _ => {
            let mut characters = key.chars();
            match (characters.next(), characters.next()) {
                (Some(character), None) => character,
                _ => panic!("no key is called {name:?}"),
            }
        }
    };
    if kitty & 0b1011 != 0 {
        return kitty_form(character, modifier, kitty);
    }
    // What a plain terminal cannot tell apart, xterm tells at level 1; at level 2 all that is not plain.
    let is_named = matches!(character, '\r' | '\t' | '\x7f' | '\x1b');
    let has_old_form = (alt && !ctrl && !shift) || character == '\x7f' || (character == '\x1b' && !alt);
    let untold = is_named && modifier != 1 && !has_old_form;
    let is_other_backspace = character == '\x7f' && ctrl;
    let is_told = (is_named && modifier != 1 || ctrl || alt) && !(is_other_backspace && !alt && !shift);
    if (other_keys == 1 && untold) || (other_keys > 1 && is_told) {
        // xterm names what shift makes of a letter, and ctrl of Backspace.
        let named = match character {
            _ if is_other_backspace => '\x08',
            _ if shift => character.to_ascii_uppercase(),
            _ => character,
        };
        return format!("\x1b[27;{modifier};{}~", u32::from(named)).into_bytes();
    }
    let mut bytes = if alt { vec![0x1b] } else { vec![] };
    if ctrl {
        bytes.push(match character {
            'a'..='z' | 'A'..='Z' | '@' | '[' | '\\' | ']' | '^' | '_' => character as u8 & 0x1f,
            ' ' => 0,
            '?' | '\x7f' => 8,
            '\r' | '\t' | '\x1b' => character as u8,
            _ => panic!("a plain terminal has no bytes for {name:?}"),
        });
    } else {
        let shifted: String = if shift { character.to_uppercase().collect() } else { character.into() };
        bytes.extend(shifted.bytes());
    }
    bytes
}

/// A key with a character, as kitty sends it with the flags `kitty`.
fn kitty_form(character: char, modifier: u32, kitty: u32) -> Vec<u8> {
    let (all, is_named) = (kitty & 8 != 0, matches!(character, '\r' | '\t' | '\x7f'));
    let is_text = !character.is_control();
    let shifted: String = if modifier & 1 == 0 { character.to_uppercase().collect() } else { character.to_string() };
    // Text is text, and Enter, Tab and Backspace stay as they are, unless all keys are numbers.
    let plain = !all && modifier == 1 && is_named;
    let text = !all && is_text && modifier <= 2;
    let code = u32::from(character.to_ascii_lowercase());
    let number = match shifted.chars().next() {
        Some(other) if kitty & 4 != 0 && is_text && u32::from(other) != code => format!("{code}:{}", u32::from(other)),
        _ => code.to_string(),
    };
    let pressed = match modifier {
        _ if plain => character.to_string(),
        _ if text => shifted.clone(),
        1 | 2 if all && is_text && kitty & 16 != 0 => {
            let modifier = if modifier == 1 { String::new() } else { modifier.to_string() };
            format!("\x1b[{number};{modifier};{}u", u32::from(shifted.chars().next().unwrap_or(character)))
        }
        1 => format!("\x1b[{number}u"),
        _ => format!("\x1b[{number};{modifier}u"),
    };
    // Of the three, releases are told only where all keys are numbers.
    let released = match kitty & 2 != 0 && (all || !is_named) {
        true => format!("\x1b[{number};{modifier}:3u"),
        false => String::new(),
    };
    (pressed + &released).into_bytes()
}

/// The number and the final character of keys that come as `CSI number final`.
fn cursor_key(key: &str) -> Option<(u32, char)> {
    Some(match key {
        "up" => (1, 'A'),
        "down" => (1, 'B'),
        "right" => (1, 'C'),
        "left" => (1, 'D'),
        "home" => (1, 'H'),
        "end" => (1, 'F'),
        "insert" => (2, '~'),
        "delete" => (3, '~'),
        "pageup" => (5, '~'),
        "pagedown" => (6, '~'),
        "f1" => (1, 'P'),
        "f2" => (1, 'Q'),
        "f3" => (1, 'R'),
        "f4" => (1, 'S'),
        "f5" => (15, '~'),
        "f6" => (17, '~'),
        "f7" => (18, '~'),
        "f8" => (19, '~'),
        "f9" => (20, '~'),
        "f10" => (21, '~'),
        "f11" => (23, '~'),
        "f12" => (24, '~'),
        _ => return None,
    })
}
