//! What the surface writes is what a terminal then shows, and costs no more bytes than it must.

use super::*;
use crate::tui::pen::{ColorNumber, color_number};
use proptest::prelude::*;
use ratatui::style::Style;

const COLUMNS: u16 = 40;
const ROWS: u16 = 6;

fn whole() -> Rect {
    Rect::new(0, 0, COLUMNS, ROWS)
}

fn at(column: u16, row: u16) -> Option<CursorView> {
    Some(CursorView { column, row, shape: CursorShape::Block, blinking: false })
}

fn vt_color(color: Color) -> vt100::Color {
    match color_number(color) {
        ColorNumber::Default => vt100::Color::Default,
        ColorNumber::Indexed(n) => vt100::Color::Idx(n),
        ColorNumber::Rgb(r, g, b) => vt100::Color::Rgb(r, g, b),
    }
}

/// What the judge sees is what `back` says.
fn compare(surface: &Surface, screen: &vt100::Screen) {
    for row in 0..ROWS {
        for column in 0..COLUMNS {
            let (ours, theirs) = (&surface.back[(column, row)], screen.cell(row, column).unwrap());
            if ours.symbol().is_empty() {
                assert!(theirs.is_wide_continuation(), "row {row} column {column}");
                continue;
            }
            let contents = if theirs.has_contents() { theirs.contents() } else { " " };
            assert_eq!(ours.symbol(), contents, "row {row} column {column}");
            assert_eq!(vt_color(ours.bg), theirs.bgcolor(), "bg at row {row} column {column}");
            if ours.symbol() != " " {
                assert_eq!(vt_color(ours.fg), theirs.fgcolor(), "fg at row {row} column {column}");
                assert_eq!(ours.modifier.contains(Modifier::BOLD), theirs.bold());
                assert_eq!(ours.modifier.contains(Modifier::UNDERLINED), theirs.underline());
            }
        }
    }
}

fn style() -> impl Strategy<Value = Style> {
    let fg = [Color::Reset, Color::Red, Color::Indexed(12), Color::Indexed(200), Color::Rgb(1, 2, 3)];
    let bg = [Color::Reset, Color::Blue, Color::Indexed(99), Color::Rgb(9, 8, 7)];
    let modifiers = [Modifier::empty(), Modifier::BOLD, Modifier::UNDERLINED, Modifier::BOLD.union(Modifier::ITALIC)];
    (0..fg.len(), 0..bg.len(), 0..modifiers.len())
        .prop_map(move |(f, b, m)| Style::new().fg(fg[f]).bg(bg[b]).add_modifier(modifiers[m]))
}

type Piece = (u16, u16, String, Style);

/// Pieces of text put anywhere, over what is there.
fn pieces() -> impl Strategy<Value = Vec<Piece>> {
    let piece = (0..COLUMNS, 0..ROWS, "[a-c 漢é\u{1b}]{1,20}|[ ]{1,40}|─{1,40}|漢{1,20}|e{1,12}", style());
    prop::collection::vec(piece, 0..12)
}

fn draw(surface: &mut Surface, pieces: &[Piece]) {
    for (column, row, text, style) in pieces {
        let mut x = *column;
        for c in text.chars() {
            if x < COLUMNS {
                surface.back[(x, *row)].set_symbol(&c.to_string()).set_style(*style);
                x += text::char_width(c).max(1) as u16;
            }
        }
    }
}

#[test]
fn links_and_underlines_are_opened_and_closed() {
    let mut surface = Surface::new(COLUMNS, ROWS, true);
    surface.flush(whole(), None, &mut Vec::new());
    surface.back().set_string(0, 0, "see docs.", Style::new());
    surface.back().set_string(4, 0, "docs", Style::new().underlined());
    let link = surface.link("https://a/?x=1");
    for column in 4..8 {
        let extra = Extra { underline: Underline::Curly, underline_color: Color::Indexed(9), link };
        surface.set_extra(column, 0, extra);
    }
    let mut out = Vec::new();
    surface.flush(whole(), None, &mut out);
    let bytes = String::from_utf8(out).unwrap();
    let expected = "\x1b[Hsee \x1b[4:3;58:5:9m\x1b]8;id=c1;https://a/?x=1\x1b\\docs\x1b[0m\x1b]8;;\x1b\\.";
    assert!(bytes.contains(expected), "{bytes:?}");
    // Nothing changed, nothing is written; what is taken away is written once more.
    let mut out = Vec::new();
    surface.flush(whole(), None, &mut out);
    assert_eq!(out, b"");
    surface.clear_extras(whole());
    surface.flush(whole(), None, &mut out);
    assert_eq!(String::from_utf8(out).unwrap(), "\x1b[5D\x1b[4mdocs");
}

proptest! {
    #[test]
    fn the_bytes_make_the_terminal_show_the_picture(
        pictures in prop::collection::vec((pieces(), any::<bool>()), 1..5), repeats: bool,
    ) {
        let mut surface = Surface::new(COLUMNS, ROWS, true);
        surface.set_repeats(repeats);
        let mut parser = vt100::Parser::new(ROWS.try_into().unwrap(), COLUMNS.try_into().unwrap(), 0);
        for (picture, fresh) in pictures {
            if fresh {
                surface.back().reset();
            }
            draw(&mut surface, &picture);
            let mut out = Vec::new();
            surface.flush(whole(), at(3, 3), &mut out);
            parser.process(&out);
            compare(&surface, parser.screen());
            prop_assert_eq!(parser.screen().cursor_position(), (3, 3));
            let mut again = Vec::new();
            surface.flush(whole(), at(3, 3), &mut again);
            prop_assert!(again.is_empty(), "an unchanged picture costs nothing");
        }
    }
}

/// Rows of text with colours, one picture after the other the last one moved, with other rows around it changed.
fn steps() -> impl Strategy<Value = Vec<(u16, u16, i32, Vec<Piece>)>> {
    let few = prop::collection::vec((0..COLUMNS, 0..ROWS, "[a-c 漢]{1,20}", style()), 0..3);
    prop::collection::vec((0..ROWS, 0..ROWS, -4i32..5, few), 1..8)
}

proptest! {
    #[test]
    fn moved_rows_are_moved_by_the_terminal_and_the_picture_is_right(
        full in prop::collection::vec(("[a-z漢é]{10,40}", style()), ROWS as usize), steps in steps(), linked: bool,
    ) {
        let mut surface = Surface::new(COLUMNS, ROWS, true);
        let mut parser = vt100::Parser::new(ROWS.try_into().unwrap(), COLUMNS.try_into().unwrap(), 0);
        let full: Vec<_> = full.into_iter().enumerate().map(|(n, (text, style))| (0, n as u16, text, style)).collect();
        draw(&mut surface, &full);
        if linked {
            let link = surface.link("https://a/");
            surface.set_extra(3, 2, Extra { link, ..Extra::default() });
        }
        for (a, b, by, pieces) in steps {
            let mut out = Vec::new();
            surface.flush(whole(), at(3, 3), &mut out);
            parser.process(&out);
            compare(&surface, parser.screen());
            prop_assert_eq!(parser.screen().cursor_position(), (3, 3));
            // The next picture.
            let (first, last) = (a.min(b), a.max(b));
            let before = surface.back.clone();
            for row in first..=last {
                let from = i32::from(row) + by;
                for column in 0..COLUMNS {
                    let is_in = (i32::from(first)..=i32::from(last)).contains(&from);
                    surface.back[(column, row)] =
                        if is_in { before[(column, from as u16)].clone() } else { Cell::default() };
                }
            }
            draw(&mut surface, &pieces);
        }
        let mut again = Vec::new();
        surface.flush(whole(), at(3, 3), &mut again);
        parser.process(&again);
        compare(&surface, parser.screen());
    }
}

#[test]
fn output_that_scrolls_costs_its_new_row() {
    let mut surface = Surface::new(COLUMNS, ROWS, true);
    let show = |surface: &mut Surface, from: usize, to: u16| {
        for row in 1..to {
            let letter = char::from(b'a' + (from + usize::from(row)) as u8 - 10);
            let text = format!("{:<38}", letter.to_string().repeat(30));
            surface.back().set_string(1, row, text, Style::new());
        }
    };
    for row in 0..ROWS {
        surface.back().set_string(0, row, "│", Style::new());
        surface.back().set_string(39, row, "│", Style::new());
    }
    show(&mut surface, 10, 5);
    flushed(&mut surface, whole(), at(1, 4));
    show(&mut surface, 11, 5);
    // Only the inside of the frame is told, and its sides are there afterwards.
    let out = flushed(&mut surface, Rect::new(1, 1, 38, 4), at(1, 4));
    let moved = "\x1b[2;5r\x1b[5;1H\n\x1b[r\x1b[5H│fffff";
    assert!(out.contains(moved), "{out:?}");
    assert!(out.len() < 110, "{out:?}");
    // And back.
    show(&mut surface, 10, 5);
    let out = flushed(&mut surface, Rect::new(1, 1, 38, 4), at(1, 4));
    assert!(out.contains("\x1b[2;5r\x1b[2;1H\x1bM\x1b[r"), "{out:?}");
    // Beside another pane nothing moves.
    for row in 0..ROWS {
        surface.back().set_string(20, row, row.to_string().repeat(20), Style::new());
    }
    flushed(&mut surface, whole(), at(1, 4));
    for row in 1..5 {
        surface.back().set_string(1, row, char::from(b'a' + row as u8 + 1).to_string().repeat(18), Style::new());
    }
    assert!(!flushed(&mut surface, whole(), at(1, 4)).contains("r\x1b["));
}

fn flushed(surface: &mut Surface, area: Rect, cursor: Option<CursorView>) -> String {
    let mut out = Vec::new();
    surface.flush(area, cursor, &mut out);
    String::from_utf8(out).unwrap()
}

#[test]
fn an_echoed_key_costs_its_own_bytes() {
    let mut surface = Surface::new(COLUMNS, ROWS, true);
    flushed(&mut surface, whole(), at(5, 2));
    for (n, c) in ["a", "b", "ü"].into_iter().enumerate() {
        surface.back[(5 + n as u16, 2)].set_symbol(c);
        let area = Rect::new(1, 1, 20, 4);
        assert_eq!(flushed(&mut surface, area, at(6 + n as u16, 2)), c);
    }
}

#[test]
fn a_coloured_bar_is_written_to_its_end() {
    let mut surface = Surface::new(COLUMNS, ROWS, false);
    surface.flush(whole(), None, &mut Vec::new());
    surface.back().set_string(0, 2, format!("{:40}", "words"), Style::new().bg(Color::Blue));
    let mut out = Vec::new();
    surface.flush(whole(), None, &mut out);
    let out = String::from_utf8(out).unwrap();
    assert!(out.contains(&format!("words{}", " ".repeat(35))), "{out:?}");
    // Back to nothing, erasing is enough for every terminal.
    surface.back().set_string(0, 2, " ".repeat(40), Style::reset());
    let mut out = Vec::new();
    surface.flush(whole(), None, &mut out);
    assert!(String::from_utf8_lossy(&out).contains("\x1b[K"), "{out:?}");
}

#[test]
fn a_line_of_one_character_costs_two_where_the_terminal_repeats() {
    for (repeats, expected) in [(true, "\x1b[;3H─\x1b[29b".to_owned()), (false, format!("\x1b[;3H{}", "─".repeat(30)))]
    {
        let mut surface = Surface::new(COLUMNS, ROWS, false);
        surface.set_repeats(repeats);
        flushed(&mut surface, whole(), None);
        surface.back().set_string(2, 0, "─".repeat(30), Style::new());
        assert_eq!(flushed(&mut surface, whole(), None), expected);
        // A bar as well, and what is there already is not.
        surface.back().set_string(0, 1, format!("{:40}", ""), Style::new().bg(Color::Blue));
        let bar = flushed(&mut surface, whole(), None);
        assert_eq!(bar.ends_with("\x1b[44m \x1b[39b"), repeats, "{bar:?}");
        assert_eq!(flushed(&mut surface, whole(), None), "");
    }
}

#[test]
fn what_marks_blanks_is_off_before_erasing() {
    let mut surface = Surface::new(COLUMNS, ROWS, false);
    surface.back().set_string(0, 2, "x".repeat(40), Style::new());
    surface.flush(whole(), None, &mut Vec::new());
    surface.back().set_string(0, 2, format!("{:40}", ""), Style::reset());
    surface.back().set_string(0, 2, "new", Style::new().add_modifier(Modifier::UNDERLINED | Modifier::BOLD));
    assert_eq!(flushed(&mut surface, whole(), None), "\u{1b}[3H\u{1b}[1;4mnew\u{1b}[24m\u{1b}[K");
}

#[test]
fn an_agent_cannot_get_a_control_character_through() {
    let mut surface = Surface::new(COLUMNS, ROWS, false);
    flushed(&mut surface, whole(), None);
    surface.back[(0, 0)].set_symbol("\u{1b}");
    surface.back[(1, 0)].set_symbol("\u{9b}");
    surface.back[(2, 0)].set_symbol("a\u{7}");
    surface.back[(4, 0)].set_symbol("b\u{202e}\u{301}");
    surface.back[(5, 0)].set_symbol("\u{2066}");
    surface.back[(6, 0)].set_symbol("c");
    let out = flushed(&mut surface, whole(), None);
    assert_eq!(out, "\u{1b}[H␛�a␇\u{1b}[;5Hb\u{301}\u{1b}[;7Hc");
}

#[test]
fn only_the_given_area_is_written() {
    let mut surface = Surface::new(COLUMNS, ROWS, true);
    flushed(&mut surface, whole(), None);
    surface.back[(0, 0)].set_symbol("x");
    surface.back[(10, 3)].set_symbol("y");
    assert_eq!(flushed(&mut surface, Rect::new(8, 2, 10, 3), None), "\u{1b}[4;11Hy");
}

#[test]
fn several_rows_are_shown_at_once_where_the_terminal_can() {
    for (knows, expected) in [(true, true), (false, false)] {
        let mut surface = Surface::new(COLUMNS, ROWS, knows);
        flushed(&mut surface, whole(), at(0, 0));
        surface.back[(0, 1)].set_symbol("x");
        surface.back[(0, 2)].set_symbol("y");
        let out = flushed(&mut surface, whole(), at(0, 0));
        assert_eq!(out.starts_with("\u{1b}[?2026h") && out.ends_with("\u{1b}[?2026l"), expected);
        // Where it cannot, at least the cursor is not seen running about.
        assert_eq!(out.contains("\u{1b}[?25l") && out.contains("\u{1b}[?25h"), !expected);
    }
}
