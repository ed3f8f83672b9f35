//! Names of keys to the bytes that a terminal sends for them. Used by `Outer::press`; pure.
//! It must never guess: an unknown name fails the test.

/// The bytes of `name`: a character (`a`, `Y`, `?`), a named key (`enter`, `esc`, `up`, `f5`, `space`), with
/// `ctrl-`, `alt-` and `shift-` before it. `application` is the cursor-key mode that the program has set; `kitty` are
/// the kitty keyboard flags in force (1: disambiguate), 0 where there are none.
pub fn encode(name: &str, application: bool, kitty: u32) -> Vec<u8> {
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
        "tab" if shift => return b"\x1b[Z".to_vec(),
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
    // With "disambiguate", esc and every ctrl or alt chord come as numbers; enter, tab and backspace stay as they are.
    let plain_kept = matches!(character, '\r' | '\t' | '\x7f') && modifier == 1;
    if kitty & 1 != 0 && !plain_kept && (ctrl || alt || character == '\x1b') {
        let code = u32::from(character.to_ascii_lowercase());
        let modifier = if modifier == 1 { String::new() } else { format!(";{modifier}") };
        return format!("\x1b[{code}{modifier}u").into_bytes();
    }
    let mut bytes = if alt { vec![0x1b] } else { vec![] };
    if ctrl {
        bytes.push(match character {
            'a'..='z' | 'A'..='Z' | '@' | '[' | '\\' | ']' | '^' | '_' => character as u8 & 0x1f,
            ' ' => 0,
            '?' | '\x7f' => 8,
            _ => panic!("a plain terminal has no bytes for {name:?}"),
        });
    } else {
        let shifted: String = if shift { character.to_uppercase().collect() } else { character.into() };
        bytes.extend(shifted.bytes());
    }
    bytes
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
