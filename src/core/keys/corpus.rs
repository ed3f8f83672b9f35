//! The corpus of keys: what each key is in each kind of program's terms, written down by hand from xterm's tables
//! (`modified-keys`, `ctlseqs`) and the kitty protocol's page, and the way there and back. What xterm itself says of each
//! key is in `xterm.rs`. Tests only.

use super::{Input, InputEvent, KeyKind, KeyPress, encode, mode, parse_key};

const KITTY_1: u32 = mode::KITTY_DISAMBIGUATE;
const KITTY_3: u32 = KITTY_1 | mode::KITTY_EVENTS;
const KITTY_5: u32 = KITTY_1 | mode::KITTY_ALTERNATES;
const KITTY_31: u32 = mode::KITTY_ANY;

/// Name; legacy, `modifyOtherKeys` 1 and 2, kitty 1 and 31.
const KEYS: &[(&str, [&str; 5])] = &[
    ("a", ["a", "a", "a", "a", "\x1b[97;;97u"]),
    ("Z", ["Z", "Z", "Z", "Z", "\x1b[122:90;2;90u"]),
    ("é", ["é", "é", "é", "é", "\x1b[233;;233u"]),
    ("漢", ["漢", "漢", "漢", "漢", "\x1b[28450;;28450u"]),
    ("!", ["!", "!", "!", "!", "\x1b[33;;33u"]),
    ("Space", [" ", " ", " ", " ", "\x1b[32;;32u"]),
    ("C-a", ["\x01", "\x01", "\x1b[27;5;97~", "\x1b[97;5u", "\x1b[97;5u"]),
    ("C-c", ["\x03", "\x03", "\x1b[27;5;99~", "\x1b[99;5u", "\x1b[99;5u"]),
    ("C-i", ["\t", "\t", "\x1b[27;5;105~", "\x1b[105;5u", "\x1b[105;5u"]),
    ("C-m", ["\r", "\r", "\x1b[27;5;109~", "\x1b[109;5u", "\x1b[109;5u"]),
    ("C-Space", ["\0", "\0", "\x1b[27;5;32~", "\x1b[32;5u", "\x1b[32;5u"]),
    ("C-@", ["\0", "\0", "\x1b[27;5;64~", "\x1b[64;5u", "\x1b[64;5u"]),
    ("C-[", ["\x1b", "\x1b", "\x1b[27;5;91~", "\x1b[91;5u", "\x1b[91;5u"]),
    ("C-\\", ["\x1c", "\x1c", "\x1b[27;5;92~", "\x1b[92;5u", "\x1b[92;5u"]),
    ("C-]", ["\x1d", "\x1d", "\x1b[27;5;93~", "\x1b[93;5u", "\x1b[93;5u"]),
    ("C-^", ["\x1e", "\x1e", "\x1b[27;5;94~", "\x1b[94;5u", "\x1b[94;5u"]),
    ("C-_", ["\x1f", "\x1f", "\x1b[27;5;95~", "\x1b[95;5u", "\x1b[95;5u"]),
    ("C-/", ["\x1f", "\x1f", "\x1b[27;5;47~", "\x1b[47;5u", "\x1b[47;5u"]),
    ("C-?", ["\x7f", "\x1b[27;5;63~", "\x1b[27;5;63~", "\x1b[63;5u", "\x1b[63;5u"]),
    ("C-6", ["\x1e", "\x1e", "\x1b[27;5;54~", "\x1b[54;5u", "\x1b[54;5u"]),
    ("C-1", ["1", "\x1b[27;5;49~", "\x1b[27;5;49~", "\x1b[49;5u", "\x1b[49;5u"]),
    ("C-.", [".", "\x1b[27;5;46~", "\x1b[27;5;46~", "\x1b[46;5u", "\x1b[46;5u"]),
    ("C-A", ["\x01", "\x01", "\x1b[27;6;65~", "\x1b[97;6u", "\x1b[97:65;6u"]),
    ("M-x", ["\x1bx", "\x1bx", "\x1b[27;3;120~", "\x1b[120;3u", "\x1b[120;3u"]),
    ("M-X", ["\x1bX", "\x1bX", "\x1b[27;4;88~", "\x1b[120;4u", "\x1b[120:88;4u"]),
    ("C-M-a", ["\x1b\x01", "\x1b\x01", "\x1b[27;7;97~", "\x1b[97;7u", "\x1b[97;7u"]),
    ("super-a", ["a", "a", "\x1b[27;1;97~", "\x1b[97;9u", "\x1b[97;9u"]),
    ("Enter", ["\r", "\r", "\r", "\r", "\x1b[13u"]),
    ("S-Enter", ["\r", "\x1b[27;2;13~", "\x1b[27;2;13~", "\x1b[13;2u", "\x1b[13;2u"]),
    ("C-Enter", ["\r", "\x1b[27;5;13~", "\x1b[27;5;13~", "\x1b[13;5u", "\x1b[13;5u"]),
    ("M-Enter", ["\x1b\r", "\x1b\r", "\x1b[27;3;13~", "\x1b[13;3u", "\x1b[13;3u"]),
    ("Tab", ["\t", "\t", "\t", "\t", "\x1b[9u"]),
    ("BTab", ["\x1b[Z", "\x1b[Z", "\x1b[Z", "\x1b[9;2u", "\x1b[9;2u"]),
    ("C-Tab", ["\t", "\x1b[27;5;9~", "\x1b[27;5;9~", "\x1b[9;5u", "\x1b[9;5u"]),
    ("C-S-Tab", ["\x1b[Z", "\x1b[27;6;9~", "\x1b[27;6;9~", "\x1b[9;6u", "\x1b[9;6u"]),
    ("BSpace", ["\x7f", "\x7f", "\x7f", "\x7f", "\x1b[127u"]),
    ("C-BSpace", ["\x08", "\x08", "\x08", "\x1b[127;5u", "\x1b[127;5u"]),
    ("M-BSpace", ["\x1b\x7f", "\x1b\x7f", "\x1b[27;3;127~", "\x1b[127;3u", "\x1b[127;3u"]),
    ("Escape", ["\x1b", "\x1b", "\x1b", "\x1b[27u", "\x1b[27u"]),
    ("S-Escape", ["\x1b", "\x1b", "\x1b[27;2;27~", "\x1b[27;2u", "\x1b[27;2u"]),
    ("Up", ["\x1b[A"; 5]),
    ("C-Right", ["\x1b[1;5C"; 5]),
    ("M-Left", ["\x1b[1;3D"; 5]),
    ("C-S-Down", ["\x1b[1;6B"; 5]),
    ("Home", ["\x1b[H"; 5]),
    ("S-End", ["\x1b[1;2F"; 5]),
    ("Begin", ["\x1b[E"; 5]),
    ("Insert", ["\x1b[2~"; 5]),
    ("Delete", ["\x1b[3~"; 5]),
    ("PageUp", ["\x1b[5~"; 5]),
    ("C-PageDown", ["\x1b[6;5~"; 5]),
    ("F1", ["\x1bOP", "\x1bOP", "\x1bOP", "\x1b[P", "\x1b[P"]),
    ("S-F1", ["\x1b[1;2P"; 5]),
    ("F3", ["\x1bOR", "\x1bOR", "\x1bOR", "\x1b[13~", "\x1b[13~"]),
    ("C-F3", ["\x1b[1;5R", "\x1b[1;5R", "\x1b[1;5R", "\x1b[13;5~", "\x1b[13;5~"]),
    ("F5", ["\x1b[15~"; 5]),
    ("F6", ["\x1b[17~"; 5]),
    ("F10", ["\x1b[21~"; 5]),
    ("F11", ["\x1b[23~"; 5]),
    ("F12", ["\x1b[24~"; 5]),
    ("C-F12", ["\x1b[24;5~"; 5]),
    ("F13", ["\x1b[1;2P", "\x1b[1;2P", "\x1b[1;2P", "\x1b[57376u", "\x1b[57376u"]),
    ("F24", ["\x1b[24;2~", "\x1b[24;2~", "\x1b[24;2~", "\x1b[57387u", "\x1b[57387u"]),
    ("F35", ["\x1b[23;5~", "\x1b[23;5~", "\x1b[23;5~", "\x1b[57398u", "\x1b[57398u"]),
];

const COLUMNS: [u32; 5] = [0, mode::OTHER_KEYS, mode::OTHER_KEYS_ALL, KITTY_1, KITTY_31];

fn named(name: &str) -> KeyPress {
    parse_key(name).unwrap().into()
}

fn bytes(press: &KeyPress, modes: u32) -> String {
    String::from_utf8(encode(press, modes)).unwrap()
}

#[test]
fn each_key_is_what_the_program_asked_for() {
    for (name, forms) in KEYS {
        for (modes, expected) in COLUMNS.into_iter().zip(forms) {
            assert_eq!(bytes(&named(name), modes), *expected, "{name} with modes {modes:#x}");
        }
    }
}

#[test]
fn keypad_and_cursor_modes_change_their_own_keys_only() {
    for (name, modes, expected) in [
        ("Up", mode::APP_CURSOR, "\x1bOA"),
        ("Home", mode::APP_CURSOR, "\x1bOH"),
        ("C-Up", mode::APP_CURSOR, "\x1b[1;5A"),
        ("PageUp", mode::APP_CURSOR, "\x1b[5~"),
        // The kitty protocol has one form for them.
        ("Up", mode::APP_CURSOR | KITTY_1, "\x1b[A"),
        ("5", mode::APP_KEYPAD, "5"),
        ("Enter", mode::APP_KEYPAD, "\r"),
    ] {
        assert_eq!(bytes(&named(name), modes), expected, "{name}");
    }
    let keypad = |name: &str, number: u16| KeyPress { keypad: Some(number), ..named(name) };
    for (press, modes, expected) in [
        (keypad("5", 57_404), 0, "5"),
        (keypad("5", 57_404), mode::APP_KEYPAD, "\x1bOu"),
        (keypad("Enter", 57_414), mode::APP_KEYPAD, "\x1bOM"),
        (keypad("Enter", 57_414), KITTY_1, "\x1b[57414u"),
        (keypad("Left", 57_417), mode::APP_KEYPAD, "\x1b[D"),
        (keypad("C-5", 57_404), KITTY_1, "\x1b[57404;5u"),
        (keypad("5", 57_404), KITTY_1, "5"),
    ] {
        assert_eq!(bytes(&press, modes), expected);
    }
}

#[test]
fn repeats_and_releases_are_for_those_who_asked() {
    let of = |name: &str, kind| KeyPress { kind, ..named(name) };
    for (press, modes, expected) in [
        (of("a", KeyKind::Repeat), 0, "a"),
        (of("a", KeyKind::Release), 0, ""),
        (of("a", KeyKind::Release), KITTY_1, ""),
        (of("a", KeyKind::Repeat), KITTY_3, "a"),
        (of("a", KeyKind::Release), KITTY_3, "\x1b[97;1:3u"),
        (of("C-a", KeyKind::Repeat), KITTY_3, "\x1b[97;5:2u"),
        (of("Up", KeyKind::Release), KITTY_3, "\x1b[1;1:3A"),
        (of("PageUp", KeyKind::Repeat), KITTY_3, "\x1b[5;1:2~"),
        (of("Enter", KeyKind::Release), KITTY_3, ""),
        (of("Enter", KeyKind::Release), KITTY_31, "\x1b[13;1:3u"),
        (of("a", KeyKind::Release), KITTY_31, "\x1b[97;1:3u"),
        (of("a", KeyKind::Repeat), KITTY_31, "\x1b[97;1:2;97u"),
    ] {
        assert_eq!(bytes(&press, modes), expected, "{press:?}");
    }
}

#[test]
fn what_the_outer_terminal_told_is_told_again() {
    let through = |outer: &str, modes: u32| {
        let mut out = String::new();
        Input::default().feed(outer.as_bytes(), &mut |event| match event {
            InputEvent::Key(press) => out.push_str(&bytes(&press, modes)),
            other => panic!("{other:?}"),
        });
        out
    };
    for (outer, modes, expected) in [
        ("\x1b[13;2u", KITTY_1, "\x1b[13;2u"),
        ("\x1b[13;2u", 0, "\r"),
        ("\x1b[13;2u", mode::OTHER_KEYS, "\x1b[27;2;13~"),
        ("\x1b[27;2;13~", KITTY_1, "\x1b[13;2u"),
        // Shift and a sign, with and without the layout's word for it.
        ("\x1b[49:33;6u", KITTY_1, "\x1b[49;6u"),
        ("\x1b[49:33;6u", KITTY_5, "\x1b[49:33;6u"),
        ("\x1b[46:62;4u", 0, "\x1b>"),
        ("\x1b[47:63;6u", 0, "\x7f"),
        // Another layout: the place on the keyboard is kept.
        ("\x1b[1089::99;5u", KITTY_5, "\x1b[1089::99;5u"),
        ("\x1b[1089::99;5u", KITTY_1, "\x1b[1089;5u"),
        // Locks are told of keys that make no text.
        ("\x1b[1;129A", KITTY_1, "\x1b[1;129A"),
        ("\x1b[1;129A", 0, "\x1b[A"),
        ("\x1b[97;69u", KITTY_1, "\x1b[97;5u"),
        ("\x1b[97;65;65u", KITTY_31, "\x1b[97;65;65u"),
        // Modifiers by themselves.
        ("\x1b[57441;2u", KITTY_1, ""),
        ("\x1b[57441;2u", KITTY_31, "\x1b[57441;2u"),
        ("\x1b[57430u", KITTY_1, "\x1b[57430u"),
        ("\x1b[0;;229u", 0, "å"),
        ("\x08", 0, "\x08"),
        ("\x08", mode::OTHER_KEYS_ALL, "\x08"),
        ("\x1b[27;5;104~", mode::OTHER_KEYS_ALL, "\x1b[27;5;104~"),
        ("\x1b[27;7;8~", mode::OTHER_KEYS_ALL, "\x1b[27;7;8~"),
        ("\x1bOu", mode::APP_KEYPAD, "\x1bOu"),
    ] {
        assert_eq!(through(outer, modes), expected, "{outer:?} with {modes:#x}");
    }
}

/// What we send, read as the outer terminal's: every form with its modifiers comes back as the same key.
#[test]
fn every_form_is_read_back() {
    for (name, forms) in KEYS {
        for (form, modes) in forms.iter().zip(COLUMNS).filter(|(_, modes)| *modes == KITTY_31) {
            let mut back = Vec::new();
            Input::default().feed(form.as_bytes(), &mut |event| back.push(event));
            let [InputEvent::Key(press)] = &back[..] else { panic!("{name}: {back:?}") };
            assert_eq!(press.key, named(name).key, "{form:?}");
            assert_eq!(bytes(press, modes), *form);
        }
    }
}
