//! Each key as the real xterm sends it (`tests/xterm/keys.txt`), in what a program can ask of it beside the kitty
//! protocol. Where we do otherwise is listed here, with the reason. Tests only.

use super::{Input, InputEvent, Key, KeyCode, KeyPress, Mods, encode, mode};

/// What the columns of the table are asked with.
const COLUMNS: [(&str, u32); 6] = [
    ("nothing", 0),
    ("other keys 1", mode::OTHER_KEYS),
    ("other keys 2", mode::OTHER_KEYS_ALL),
    ("cursor", mode::APP_CURSOR),
    ("keypad", mode::APP_KEYPAD),
    ("both", mode::APP_CURSOR | mode::APP_KEYPAD),
];

/// X's names of keys that make a sign: without shift and with it, on the keyboard of the table.
const SIGNS: [(&str, char, char); 22] = [
    ("1", '1', '!'),
    ("2", '2', '@'),
    ("3", '3', '#'),
    ("4", '4', '$'),
    ("5", '5', '%'),
    ("6", '6', '^'),
    ("7", '7', '&'),
    ("8", '8', '*'),
    ("9", '9', '('),
    ("0", '0', ')'),
    ("minus", '-', '_'),
    ("equal", '=', '+'),
    ("bracketleft", '[', '{'),
    ("bracketright", ']', '}'),
    ("backslash", '\\', '|'),
    ("semicolon", ';', ':'),
    ("apostrophe", '\'', '"'),
    ("grave", '`', '~'),
    ("comma", ',', '<'),
    ("period", '.', '>'),
    ("slash", '/', '?'),
    ("space", ' ', ' '),
];

/// The keypad's keys: with NumLock off and on, and kitty's numbers of both.
const KEYPAD: [(&str, KeyCode, u16, KeyCode, u16); 16] = [
    ("KP_Home", KeyCode::Home, 57_423, KeyCode::Char('7'), 57_406),
    ("KP_Up", KeyCode::Up, 57_419, KeyCode::Char('8'), 57_407),
    ("KP_Prior", KeyCode::PageUp, 57_421, KeyCode::Char('9'), 57_408),
    ("KP_Subtract", KeyCode::Char('-'), 57_412, KeyCode::Char('-'), 57_412),
    ("KP_Left", KeyCode::Left, 57_417, KeyCode::Char('4'), 57_403),
    ("KP_Begin", KeyCode::Begin, 57_427, KeyCode::Char('5'), 57_404),
    ("KP_Right", KeyCode::Right, 57_418, KeyCode::Char('6'), 57_405),
    ("KP_Add", KeyCode::Char('+'), 57_413, KeyCode::Char('+'), 57_413),
    ("KP_End", KeyCode::End, 57_424, KeyCode::Char('1'), 57_400),
    ("KP_Down", KeyCode::Down, 57_420, KeyCode::Char('2'), 57_401),
    ("KP_Next", KeyCode::PageDown, 57_422, KeyCode::Char('3'), 57_402),
    ("KP_Insert", KeyCode::Insert, 57_425, KeyCode::Char('0'), 57_399),
    ("KP_Delete", KeyCode::Delete, 57_426, KeyCode::Char('.'), 57_409),
    ("KP_Enter", KeyCode::Enter, 57_414, KeyCode::Enter, 57_414),
    ("KP_Divide", KeyCode::Char('/'), 57_410, KeyCode::Char('/'), 57_410),
    ("KP_Multiply", KeyCode::Char('*'), 57_411, KeyCode::Char('*'), 57_411),
];

/// The key that X calls so: `ctrl+shift+a`, `KP_Home num`.
fn key(name: &str) -> KeyPress {
    let mut mods = Mods::NONE;
    let mut rest = name;
    while let Some((modifier, behind)) = rest.split_once('+') {
        mods = mods.with(match modifier {
            "shift" => Mods::SHIFT,
            "ctrl" => Mods::CTRL,
            "alt" => Mods::ALT,
            other => panic!("{other}"),
        });
        rest = behind;
    }
    let (rest, has_lock) = rest.strip_suffix(" num").map_or((rest, false), |rest| (rest, true));
    if let Some((_, code, number, locked, locked_number)) = KEYPAD.iter().find(|(name, ..)| *name == rest) {
        // Shift undoes the lock.
        let is_locked = has_lock && !mods.has(Mods::SHIFT);
        let (code, number) = if is_locked { (*locked, *locked_number) } else { (*code, *number) };
        let locks = if has_lock { Mods::NUM_LOCK } else { Mods::NONE };
        return KeyPress { keypad: Some(number), locks, ..Key::new(code, mods).into() };
    }
    if let Some((_, plain, shifted)) = SIGNS.iter().find(|(name, ..)| *name == rest) {
        let c = if mods.has(Mods::SHIFT) { *shifted } else { *plain };
        // Alone, shift is in the sign.
        let mods = if mods == Mods::SHIFT && c != ' ' { Mods::NONE } else { mods };
        return Key::new(KeyCode::Char(c), mods).into();
    }
    let code = match rest {
        "Return" => KeyCode::Enter,
        "Tab" => KeyCode::Tab,
        "BackSpace" => KeyCode::Backspace,
        "Escape" => KeyCode::Escape,
        "Up" => KeyCode::Up,
        "Down" => KeyCode::Down,
        "Left" => KeyCode::Left,
        "Right" => KeyCode::Right,
        "Home" => KeyCode::Home,
        "End" => KeyCode::End,
        "Prior" => KeyCode::PageUp,
        "Next" => KeyCode::PageDown,
        "Insert" => KeyCode::Insert,
        "Delete" => KeyCode::Delete,
        _ => match rest.strip_prefix('F').and_then(|number| number.parse().ok()) {
            Some(number) => KeyCode::F(number),
            None => KeyCode::Char(rest.parse().unwrap()),
        },
    };
    Key::new(code, mods).into()
}

/// Bytes as the table writes them.
fn written(bytes: &[u8]) -> String {
    bytes
        .iter()
        .map(|byte| match byte {
            0..0x20 | b'\\' | 0x7f => format!("\\x{byte:02x}"),
            _ => char::from(*byte).to_string(),
        })
        .collect()
}

/// Where we do otherwise than xterm 379: in which columns, for which keys, why.
type Otherwise = (&'static [&'static str], fn(&str) -> bool, &'static str);

const UNASKED: &[&str] = &["nothing", "cursor", "keypad", "both"];

const OTHERWISE: [Otherwise; 8] = [
    (
        UNASKED,
        |name| matches!(name, "alt+shift+Tab" | "ctrl+alt+shift+Tab"),
        "ESC stands before any key with alt; xterm drops alt here alone",
    ),
    (
        &["nothing", "cursor", "other keys 1"],
        |name| matches!(name, "alt+KP_Enter" | "alt+KP_Enter num"),
        "the keypad's Enter is Enter, which with alt makes a new line in composers; xterm drops alt",
    ),
    (&["keypad", "both"], |name| name == "alt+KP_Enter num", "as above"),
    (
        &["other keys 1", "other keys 2"],
        |name| ["shift+KP_Enter", "ctrl+KP_Enter", "shift+KP_Enter num", "ctrl+KP_Enter num"].contains(&name),
        "as above, with shift and ctrl",
    ),
    (&["other keys 2"], |name| name.starts_with("alt+KP_Enter"), "as above"),
    (
        &["other keys 1"],
        |name| {
            let has_alt = name.starts_with("ctrl+alt+") || name.starts_with("alt+shift+");
            let told = ["Return", "Tab", "Escape"].iter().any(|key| name.ends_with(key));
            // Signs without a control code.
            let signs = ["0", "1", "9", "minus", "equal", "semicolon", "apostrophe", "comma", "period"];
            let shifted = ["3", "4", "5", "7", "8", "slash"].iter().any(|key| name == format!("ctrl+alt+shift+{key}"));
            let sign = signs.iter().any(|key| {
                name == format!("ctrl+alt+{key}") || name == format!("ctrl+alt+shift+{key}") && *key != "minus"
            });
            name == "ctrl+shift+Tab" || has_alt && (told || sign || shifted)
        },
        "of several modifiers xterm tells one; all of them are told here, in the form that Emacs has a table for",
    ),
    (
        &["other keys 1"],
        |name| name == "ctrl+alt+shift+space",
        "ctrl and space have an old form, with alt as without; xterm tells ctrl and shift, and drops alt",
    ),
    (
        &["other keys 2"],
        |name| {
            let rest = name.strip_prefix("shift+").unwrap_or_default();
            let is_letter = rest.len() == 1 && rest.starts_with(|c: char| c.is_ascii_lowercase());
            let signs = ["2", "6", "minus", "bracketleft", "bracketright", "backslash", "grave", "space"];
            is_letter || signs.contains(&rest)
        },
        "text is sent as text, as by all that came after xterm: what shift makes of a key tells of shift",
    ),
];

#[test]
fn keys_are_sent_as_xterm_sends_them() {
    let mut wrong = Vec::new();
    let mut keys = 0;
    for line in include_str!("../../../tests/xterm/keys.txt").lines() {
        let mut told = line.split('\t');
        let name = told.next().unwrap();
        keys += 1;
        for ((asked, modes), theirs) in COLUMNS.iter().zip(told) {
            let ours = written(&encode(&key(name), *modes));
            let listed = OTHERWISE.iter().any(|(columns, is, _)| columns.contains(asked) && is(name));
            if (ours != theirs) != listed {
                let how = if listed { "listed as" } else { "not listed, but" };
                wrong.push(format!("{asked}, {name}: {how} different: {ours:?}, xterm {theirs:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(keys, 708, "keys are missing");
}

/// What xterm tells of a key comes from it as that key.
#[test]
fn what_xterm_tells_of_text_with_shift_is_text() {
    for (form, expected) in [("\x1b[27;2;65~", 'A'), ("\x1b[27;2;64~", '@'), ("\x1b[27;2;32~", ' ')] {
        let mut events = Vec::new();
        Input::default().feed(form.as_bytes(), &mut |event| events.push(event));
        assert_eq!(events, [InputEvent::Key(Key::char(expected).into())], "{form:?}");
    }
}
