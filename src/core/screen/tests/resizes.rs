//! Sizes change and nothing is lost that can be given back.

use super::{screen, text};
use crate::base::cell::Row;
use crate::core::screen::{Screen, Size};

/// Everything from the oldest kept row to the last used one, as lines: soft-wrapped rows joined, with the blanks
/// at the wraps.
fn all_text(screen: &mut Screen) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut rows: Vec<Row> = screen.scrolled_rows().iter().cloned().collect();
    rows.extend(screen.rows());
    for row in rows {
        let text: String = row.runs.iter().map(|run| run.text.as_str()).collect();
        let line = lines.last_mut().unwrap();
        line.push_str(&text);
        if !row.wrapped {
            line.truncate(line.trim_end_matches(' ').len());
            lines.push(String::new());
        }
    }
    let used = lines.iter().rposition(|line| !line.is_empty()).map_or(0, |last| last + 1);
    lines.truncate(used);
    lines
}

fn written() -> Vec<String> {
    let mut lines: Vec<String> = (0..20).map(|line| format!("line {line} {}漢字", "word ".repeat(line * 2))).collect();
    // Wide characters over several rows, so that they meet the right edge at every width.
    lines.push(format!("a{}", "漢字".repeat(50)));
    lines.push("$ prompt".to_owned());
    lines
}

/// A full screen of short and of wrapped lines, with a few rows above it.
fn filled() -> Screen {
    screen(80, 24, written().join("\r\n").as_bytes())
}

#[test]
fn growing_back_gives_what_shrinking_took() {
    for (columns, rows) in [(40, 10), (41, 24), (80, 5), (20, 3), (79, 23), (120, 40), (30, 60)] {
        for alternate in [false, true] {
            let mut screen = filled();
            let (before, all, cursor) = (screen.rows(), all_text(&mut screen), screen.cursor());
            assert_eq!(all, written(), "nothing is lost before");
            if alternate {
                screen.feed(screen.offset(), b"\x1b[?1049h\x1b[2J\x1b[Hmenu");
            }
            screen.resize(Size::new(columns, rows));
            if alternate {
                assert!(text(&screen).starts_with("menu"));
            } else {
                assert_eq!(all_text(&mut screen), all, "{columns}x{rows}");
            }
            screen.resize(Size::new(80, 24));
            if alternate {
                screen.feed(screen.offset(), b"\x1b[?1049l");
            }
            assert_eq!(all_text(&mut screen), all, "back from {columns}x{rows}");
            assert_eq!(screen.rows(), before, "back from {columns}x{rows}");
            assert_eq!(screen.cursor(), cursor);
        }
    }
}

#[test]
fn output_goes_on_where_it_was() {
    let mut screen = screen(10, 3, b"0123456789abc");
    screen.resize(Size::new(5, 3));
    screen.feed(screen.offset(), b"!");
    assert_eq!(text(&screen), "01234\n56789\nabc!");
    screen.resize(Size::new(10, 3));
    screen.feed(screen.offset(), b"?");
    assert_eq!(text(&screen), "0123456789\nabc!?");
    // A pending wrap stays pending.
    let mut pending = super::screen(4, 2, b"abcd");
    pending.resize(Size::new(8, 2));
    pending.feed(4, b"e");
    assert_eq!(text(&pending), "abcde");
    pending.resize(Size::new(5, 2));
    pending.feed(5, b"f");
    assert_eq!(text(&pending), "abcde\nf");
}

#[test]
fn a_screen_that_is_not_full_keeps_its_top() {
    let mut screen = screen(20, 10, b"one\r\ntwo\r\nthree");
    screen.resize(Size::new(20, 4));
    assert_eq!(text(&screen), "one\ntwo\nthree");
    screen.resize(Size::new(20, 12));
    assert_eq!(text(&screen), "one\ntwo\nthree");
    assert_eq!(screen.cursor().row, 2);
}

#[test]
fn rows_below_the_cursor_stay_when_they_fit() {
    let mut screen = screen(20, 6, b"1\r\n2\r\n3\r\n4\r\n5\r\n6\x1b[3;1H");
    screen.resize(Size::new(20, 4));
    assert_eq!(text(&screen), "3\n4\n5\n6");
    assert_eq!(screen.cursor().row, 0);
}

#[test]
fn sizes_are_clamped_and_extremes_do_not_fail() {
    let mut screen = Screen::new(Size { columns: 0, rows: 0 });
    assert_eq!(screen.size(), Size { columns: 2, rows: 1 });
    screen.feed(0, "漢a漢b\t漢".as_bytes());
    for (columns, rows) in [(3, 1), (2, 7), (200, 1), (2, 1), (0, 0), (9999, 9999), (5, 5)] {
        screen.resize(Size { columns, rows });
        screen.feed(screen.offset(), "\u{1b}[?1049h漢\u{1b}[?1049l漢\u{1b}[H\u{1b}[K漢\r\n".as_bytes());
    }
    assert!(screen.take_notices().is_empty(), "the engine failed");
}
