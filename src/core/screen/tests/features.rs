//! What terminals must be able to do, one line each.

use super::{screen, text};
use crate::base::cell::{Color, Row, attr};
use crate::core::screen::{CursorShape, Notice, Screen, Size, mode};

#[test]
fn text_lands_where_terminals_put_it() {
    let table: &[(&str, &str)] = &[
        ("a\u{301}漢字b", "a\u{301}漢字b"),
        ("\u{1b}(0lqk\u{1b}(Blqk", "┌─┐lqk"),
        ("\u{e}\u{1b})0q\u{f}q", "─q"),
        ("abc\u{1b}[1G\u{1b}[4hX\u{1b}[4lY", "XYbc"),
        ("a\tb", "a       b"),
        ("\u{1b}[3g\u{1b}[4G\u{1b}H\u{1b}[1Ga\tb", "a  b"),
        ("\u{1b}[3g\u{1b}[?5W\ta", "        a"),
        ("ab\u{1b}[Dc\u{1b}[2Pd", "acd"),
        ("one\r\ntwo\u{1b}[1;1H\u{1b}[L", "\none\ntwo"),
        ("one\r\ntwo\u{1b}[1;1H\u{1b}[M", "two"),
        ("x\u{1b}[5b", "xxxxxx"),
        ("a\u{1b}7bc\u{1b}8d", "adc"),
        ("a\u{1b}[sbc\u{1b}[ud", "adc"),
        ("\u{1b}[?7l0123456789012345678901", "01234567890123456781"),
        ("\u{1b}[2;3r\u{1b}[3;1Hx\n\n\u{1b}[1;1Htop", "top"),
        ("a\u{1b}M\u{1b}[1Gb\u{1b}Ec", "b\nc"),
        ("primary\u{1b}[?1049halternate", "       alternate"),
        ("primary\u{1b}[?1049h\u{1b}[2Jalternate\u{1b}[?1049l!", "primary!"),
        ("primary\u{1b}[?47hx\u{1b}[?47l!", "primary !"),
        ("\u{1b}#8\u{1b}[2Jx", "x"),
        ("\u{1b}_Ghidden\u{1b}\\a\u{1b}Pq#0\u{1b}\\b\u{1b}^pm\u{1b}\\c\u{1b}Xsos\u{1b}\\d", "abcd"),
        ("\u{1b}]8;;http://x\u{7}link\u{1b}]8;;\u{7}", "link"),
        ("a\u{1b}]66;w=1;▣\u{1b}\\b", "a▣b"),
        ("a\u{1b}]66;w=3;▣\u{7}b", "a▣  b"),
        ("a\u{1b}]66;w=1;漢\u{1b}\\b", "a b"),
        ("a\u{1b}]66;s=2;xyz\u{1b}\\b", "axyzb"),
        ("a\u{1b}]66;n=1:d=2:w=2;xy\u{1b}\\b", "axyb"),
        ("a\u{1b}]66;;xy\u{1b}\\\u{1b}]66;w=9x;\u{1b}\\\u{1b}]66;xy\u{1b}\\b", "axyb"),
        ("a\u{1b}]66;w=99;x\u{1b}\\b", "ax      b"),
    ];
    for (bytes, expected) in table {
        assert_eq!(text(&screen(20, 4, bytes.as_bytes())), *expected, "{bytes:?}");
    }
}

#[test]
fn styles_are_kept() {
    let table: &[(&str, u16)] = &[
        ("1", attr::BOLD),
        ("2", attr::DIM),
        ("3", attr::ITALIC),
        ("4", attr::UNDERLINE),
        ("4:2", attr::DOUBLE_UNDERLINE),
        ("4:3", attr::CURLY_UNDERLINE),
        ("4:4", attr::DOTTED_UNDERLINE),
        ("4:5", attr::DASHED_UNDERLINE),
        ("7", attr::INVERSE),
        ("8", attr::HIDDEN),
        ("9", attr::STRIKE),
        ("1;9", attr::BOLD | attr::STRIKE),
    ];
    for (sgr, expected) in table {
        let screen = screen(20, 2, format!("\u{1b}[{sgr}mx").as_bytes());
        assert_eq!(screen.row(0).runs[0].style.attrs, *expected, "{sgr}");
    }
    let row = screen(20, 2, b"\x1b[31;48;5;200;58;2;1;2;3mx\x1b[38:2::9:8:7my").row(0);
    assert_eq!(row.runs[0].style.fg, Color::Indexed(1));
    assert_eq!(row.runs[0].style.bg, Color::Indexed(200));
    assert_eq!(row.runs[0].style.underline, Color::Rgb(1, 2, 3));
    assert_eq!(row.runs[1].style.fg, Color::Rgb(9, 8, 7));
}

#[test]
fn cursor_and_modes_are_shown() {
    let cursor = screen(20, 4, b"\x1b[5 q\x1b[?25l\x1b[2;3H").cursor();
    assert_eq!((cursor.row, cursor.column, cursor.visible), (1, 2, false));
    assert_eq!((cursor.shape, cursor.blinking), (CursorShape::Beam, true));
    let modes = screen(20, 4, b"\x1b[?1h\x1b=\x1b[?2004h\x1b[?1004h\x1b[?1003h\x1b[?1006h\x1b[>5u\x1b[?1007l").modes();
    let expected = mode::APP_CURSOR
        | mode::APP_KEYPAD
        | mode::BRACKETED_PASTE
        | mode::FOCUS_EVENTS
        | mode::MOUSE_MOTION
        | mode::MOUSE_SGR
        | mode::KITTY_DISAMBIGUATE
        | mode::KITTY_ALTERNATES;
    assert_eq!(modes, expected);
    assert!(screen(20, 4, b"\x1b[?1049h").alt_screen());
    // A wide character at the end: the cursor stands on it, not on its half.
    assert_eq!(screen(4, 2, "ab漢".as_bytes()).cursor().column, 2);
}

#[test]
fn rows_pushed_off_the_top_are_kept() {
    let kept = |bytes: &str| -> Vec<String> {
        screen(6, 2, bytes.as_bytes()).scrolled_rows().iter().map(|row| row.text()).collect()
    };
    assert_eq!(kept("a\r\nb\r\nc\r\nd"), ["a", "b"]);
    assert_eq!(kept("abcdefghijklmnopqr"), ["abcdef"]);
    assert_eq!(kept("a\r\nbcdef漢漢漢漢"), ["a", "bcdef"]);
    assert_eq!(kept("a\r\nb\u{1b}[S"), ["a"]);
    assert_eq!(kept("a\r\nb\u{1b}[H\u{1b}[9M"), ["a", "b"]);
    assert_eq!(kept("a\r\nb\u{1b}D"), ["a"]);
    assert_eq!(kept("a\r\nabcdef\t"), [""; 0]);
    assert_eq!(kept("a\r\nabcdef\tg"), ["a"]);
    assert_eq!(kept("a\r\nbcdefg\u{7f}\u{7f}h"), ["a"]);
    // Not off the top of the screen, not from the primary screen, not clipped by a full line that never wraps.
    assert_eq!(kept("a\r\nb\u{1b}[?1049h\r\n\r\n\r\n"), [""; 0]);
    assert_eq!(kept("\u{1b}[?7la\r\nabcdefghijk"), [""; 0]);
    assert_eq!(kept("a\r\nb\u{1b}[T"), [""; 0]);
    assert_eq!(kept("a\r\nb\r\nc\u{1b}[3J"), [""; 0]);
    assert_eq!(kept("a\r\nb\r\nc\u{1b}c"), [""; 0]);
    let mut wrapped = screen(4, 1, b"abcdefgh");
    assert!(wrapped.scrolled_rows().iter().all(|row| row.wrapped));
    let mut region = screen(6, 3, b"\x1b[2;3ra\x1b[2;1Hb\r\nc\r\nd\r\ne");
    assert!(region.scrolled_rows().is_empty());
    assert_eq!(text(&region), "a\nd\ne");
}

#[test]
fn the_ring_is_bounded() {
    let lines: String = (0..500).map(|line| format!("{line}\r\n")).collect();
    let mut screen = screen(20, 5, lines.as_bytes());
    assert_eq!(screen.scrolled_rows().len(), 10);
    assert_eq!(screen.scrolled_rows().iter().next_back().map(|row| row.text()).as_deref(), Some("495"));
}

#[test]
fn a_ring_can_be_made_larger_for_history() {
    let lines: String = (0..500).map(|line| format!("{line}\r\n")).collect();
    let mut screen = Screen::starting_at(Size::new(20, 5), 7000);
    screen.set_ring_limit(400);
    screen.feed(7000, lines.as_bytes());
    assert_eq!(screen.scrolled_rows().len(), 400);
    screen.resize(Size::new(20, 6));
    let mut screen = Screen::restore(&screen.checkpoint()).unwrap();
    screen.feed(screen.offset(), b"\r\n\r\n");
    assert_eq!(screen.scrolled_rows().len(), 400, "kept through resizes and checkpoints");
    assert_eq!(screen.take_scrolled_rows().last().map(Row::text).as_deref(), Some("496"));
    assert!(screen.scrolled_rows().is_empty());
    screen.feed(screen.offset(), lines.as_bytes());
    screen.set_ring_limit(0);
    assert_eq!(screen.scrolled_rows().len(), 12);
}

#[test]
fn marks_on_one_character_are_bounded() {
    let mut bytes = b"e".to_vec();
    for _ in 0..1000 {
        bytes.extend_from_slice("\u{301}".as_bytes());
    }
    assert_eq!(screen(20, 2, &bytes).row(0).text().chars().count(), 9);
}

/// # Invariant
/// A failure of the engine costs one stretch of output, never the picture or the process.
#[test]
fn a_failing_engine_is_built_anew() {
    let mut screen = screen(20, 3, b"\x1b]2;t\x07\x1b[31mone\r\ntwo\x1b[?2004h");
    let before = screen.rows();
    screen.poison('\u{e000}');
    screen.feed(screen.offset(), "x\u{e000}y".as_bytes());
    assert_eq!(screen.take_notices().last(), Some(&Notice::Rebuilt));
    assert_eq!(screen.row(0), before[0]);
    assert_eq!(screen.row(1).text(), "twox");
    assert_eq!(screen.modes() & mode::BRACKETED_PASTE, mode::BRACKETED_PASTE);
    screen.feed(screen.offset(), b"!");
    assert_eq!(screen.row(1).text(), "twox!");
    assert_eq!(screen.offset(), 33);
}

/// # Invariant
/// Between two pieces the engine's parser is at rest: nothing it holds is missing from a checkpoint.
#[test]
fn checkpoints_hold_what_is_cut_in_two() {
    let bytes = b"a\xe0\xa0\xc2\xe6\xbc\xa2\xe0\xa0\xf0\x9f\x98\xc2 \xffb\x1b[1\x1b[c";
    let whole = screen(40, 2, bytes);
    for cut in 0..=bytes.len() {
        let first = screen(40, 2, &bytes[..cut]);
        let mut second = Screen::restore(&first.checkpoint()).unwrap();
        second.feed(cut as u64, &bytes[cut..]);
        assert_eq!((second.rows(), second.cursor()), (whole.rows(), whole.cursor()), "cut at {cut}");
    }
}

/// # Invariant
/// A failure behind the alternate screen costs neither the screen below nor the rows above it.
#[test]
fn a_failing_engine_keeps_both_screens_and_the_rows_above() {
    let lines: String = (0..100).map(|line| format!("{line}\r\n")).collect();
    let mut screen = screen(20, 3, lines.as_bytes());
    screen.poison('\u{e000}');
    screen.feed(screen.offset(), "\u{1b}[?1049h\u{1b}[Hmenu\u{e000}lost\u{1b}[c".as_bytes());
    assert_eq!(screen.take_notices(), [Notice::Rebuilt]);
    assert_eq!(screen.take_replies().len(), 1, "what comes after is answered");
    screen.feed(screen.offset(), b"!");
    assert_eq!(text(&screen), "menu!");
    screen.feed(screen.offset(), b"\x1b[?1049lback");
    assert_eq!(text(&screen), "98\n99\nback");
    assert_eq!(screen.scrolled_rows().iter().map(Row::text).collect::<Vec<_>>(), ["92", "93", "94", "95", "96", "97"]);
}

#[test]
fn keyboard_modes_beyond_the_stack_are_forgotten_from_its_bottom() {
    let mut bytes = Vec::new();
    for _ in 0..5000 {
        bytes.extend_from_slice(b"\x1b[>1u");
    }
    let mut screen = screen(20, 3, &bytes);
    assert_eq!(screen.take_notices(), []);
    assert_eq!(screen.modes() & mode::KITTY_DISAMBIGUATE, mode::KITTY_DISAMBIGUATE);
    screen.feed(screen.offset(), b"\x1b[<99u");
    assert_eq!(screen.modes() & mode::KITTY_DISAMBIGUATE, 0);
}
