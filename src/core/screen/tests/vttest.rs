//! vttest's screens as the real xterm shows them (`tests/xterm`): text, styles and cursor, cell for cell. What the
//! engine cannot do is listed here by its rows, with the reason; all else has to be the same.

use crate::base::cell::{Color, Style, attr};
use crate::base::text;
use crate::core::screen::{Screen, Size};
use std::path::PathBuf;

const SIZE: Size = Size { columns: 80, rows: 24 };
/// Stands in a recording where vttest waits for Enter.
const PAUSE: &str = "\u{1b}[i";

/// Stands for a wide character's second column.
const SECOND_HALF: char = '\0';

/// A cell as both sides tell it.
type Cell = (char, Style);

/// What xterm shows at one pause.
struct Page {
    /// As it reports the cursor: from the region's top in origin mode.
    cursor: String,
    reverse: bool,
    rows: Vec<Vec<Cell>>,
}

struct Recording {
    name: String,
    /// What vttest prints up to each pause, and what xterm then shows.
    parts: Vec<(String, Page)>,
}

fn recordings(folder: &str) -> Vec<Recording> {
    let root = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/xterm")).join(folder);
    let mut found: Vec<Recording> = std::fs::read_dir(root)
        .unwrap()
        .map(|file| file.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "raw"))
        .map(|path| {
            let raw = std::fs::read_to_string(&path).unwrap();
            let pages = pages(&std::fs::read_to_string(path.with_extension("page")).unwrap());
            let parts: Vec<String> = raw.split_terminator(PAUSE).map(str::to_owned).collect();
            assert_eq!(parts.len(), pages.len(), "{}", path.display());
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            Recording { name, parts: parts.into_iter().zip(pages).collect() }
        })
        .collect();
    found.sort_by(|a, b| a.name.cmp(&b.name));
    found
}

/// Pages as `record.py` writes them: a line of what holds for the whole screen, then the rows with their styles.
fn pages(text: &str) -> Vec<Page> {
    let mut pages = Vec::new();
    for line in text.lines() {
        if let Some(head) = line.strip_prefix("=== cursor ") {
            let mut words = head.split(' ');
            let cursor = words.next().unwrap().to_owned();
            pages.push(Page { cursor, reverse: words.next() == Some("reverse"), rows: Vec::new() });
        } else {
            pages.last_mut().unwrap().rows.push(cells(line));
        }
    }
    pages
}

fn cells(line: &str) -> Vec<Cell> {
    let mut cells = Vec::new();
    let mut style = Style::default();
    let mut rest = line;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        if c != '\u{1b}' {
            cells.push((c, style));
            if text::char_width(c) == 2 {
                cells.push((SECOND_HALF, style));
            }
        } else if let Some(size) = rest.strip_prefix('#') {
            rest = &size[1..];
        } else {
            let (parameters, behind) = rest[1..].split_once('m').unwrap();
            (style, rest) = (style_of(parameters), behind);
        }
    }
    cells
}

/// xterm's SGR of a cell, from scratch.
fn style_of(parameters: &str) -> Style {
    let mut style = Style::default();
    for parameter in parameters.split(';') {
        let numbers: Vec<&str> = parameter.split(':').collect();
        let color = |from: &[&str]| match from {
            ["5", index] => Color::Indexed(index.parse().unwrap()),
            ["2", _, r, g, b] => Color::Rgb(r.parse().unwrap(), g.parse().unwrap(), b.parse().unwrap()),
            _ => panic!("{parameter}"),
        };
        match (numbers[0].parse::<u8>().unwrap(), &numbers[1..]) {
            // Blinking is not kept: panes do not blink.
            (0 | 5, []) => {}
            (1, []) => style.attrs |= attr::BOLD,
            (2, []) => style.attrs |= attr::DIM,
            (3, []) => style.attrs |= attr::ITALIC,
            (4, []) => style.attrs |= attr::UNDERLINE,
            (7, []) => style.attrs |= attr::INVERSE,
            (8, []) => style.attrs |= attr::HIDDEN,
            (9, []) => style.attrs |= attr::STRIKE,
            (21, []) => style.attrs |= attr::DOUBLE_UNDERLINE,
            (number @ 30..=37, []) => style.fg = Color::Indexed(number - 30),
            (number @ 40..=47, []) => style.bg = Color::Indexed(number - 40),
            (number @ 90..=97, []) => style.fg = Color::Indexed(number - 82),
            (number @ 100..=107, []) => style.bg = Color::Indexed(number - 92),
            (38, from) => style.fg = color(from),
            (48, from) => style.bg = color(from),
            _ => panic!("{parameter}"),
        }
    }
    style
}

/// A cell as one sees it: of a blank only what its background and lines are.
fn seen((c, mut style): Cell) -> Cell {
    if c == ' ' {
        style.attrs &= !(attr::BOLD | attr::DIM | attr::ITALIC | attr::HIDDEN);
        if style.attrs == 0 {
            style.fg = Color::Default;
        }
    }
    (c, style)
}

fn shown(screen: &Screen, row: u16) -> Vec<Cell> {
    let mut cells = Vec::new();
    for cell in screen.row(row).cells() {
        cells.push((cell.text.chars().next().unwrap(), cell.style));
        if cell.width == 2 {
            cells.push((SECOND_HALF, cell.style));
        }
    }
    cells
}

/// All in which the screen differs from the page.
fn differences(screen: &mut Screen, page: &Page) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut asked = Screen::restore(&screen.checkpoint()).unwrap();
    asked.feed(asked.offset(), b"\x1b[6n");
    let cursor = asked.take_replies().pop().map(|reply| String::from_utf8(reply.bytes).unwrap()).unwrap_or_default();
    if cursor != format!("\u{1b}[{}R", page.cursor) {
        wrong.push(format!("cursor {}, xterm's {}", &cursor[2..], page.cursor));
    }
    if page.reverse {
        wrong.push("reverse".to_owned());
    }
    for row in 0..SIZE.rows {
        let theirs = page.rows.get(usize::from(row)).cloned().unwrap_or_default();
        let [ours, theirs] = [shown(screen, row), theirs].map(|mut cells| {
            cells.resize(SIZE.columns.into(), (' ', Style::default()));
            cells.into_iter().map(seen).collect::<Vec<Cell>>()
        });
        if let Some(at) = ours.iter().zip(&theirs).position(|(a, b)| a != b) {
            let text = |cells: &[Cell]| cells.iter().map(|(c, _)| *c).collect::<String>();
            wrong.push(format!(
                "row {} from column {}\n  ours  {}| {:?}\n  xterm {}| {:?}",
                row + 1,
                at + 1,
                text(&ours),
                ours[at],
                text(&theirs),
                theirs[at]
            ));
        }
    }
    wrong
}

#[test]
fn vttest_looks_as_in_xterm() {
    let mut wrong = Vec::new();
    for recording in recordings("vttest") {
        let mut screen = Screen::new(SIZE);
        for (number, (bytes, page)) in recording.parts.iter().enumerate() {
            screen.feed(screen.offset(), bytes.as_bytes());
            let name = format!("{} {}", recording.name, number + 1);
            wrong.extend(differences(&mut screen, page).into_iter().map(|difference| format!("{name}: {difference}")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The bytes of a line of `cases.txt`.
fn unescaped(line: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = line;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        if c != '\\' {
            out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            continue;
        }
        let hex = |length: usize| u32::from_str_radix(&rest[1..=length], 16).unwrap();
        let (byte, used) = match rest.as_bytes()[0] {
            b'e' => (0x1b, 1),
            b'r' => (b'\r', 1),
            b'n' => (b'\n', 1),
            b't' => (b'\t', 1),
            b'b' => (0x08, 1),
            b'x' => (hex(2) as u8, 3),
            b'u' => {
                out.extend_from_slice(char::from_u32(hex(4)).unwrap().encode_utf8(&mut [0; 4]).as_bytes());
                rest = &rest[5..];
                continue;
            }
            other => panic!("{other}"),
        };
        out.push(byte);
        rest = &rest[used..];
    }
    out
}

#[test]
fn cases_look_as_in_xterm() {
    let root = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/xterm"));
    let lines = std::fs::read_to_string(root.join("cases.txt")).unwrap();
    let cases: Vec<&str> = lines.lines().filter(|line| !line.starts_with('#')).collect();
    let pages = pages(&std::fs::read_to_string(root.join("cases.page")).unwrap());
    assert_eq!(cases.len(), pages.len());
    let mut wrong = Vec::new();
    for (case, page) in cases.into_iter().zip(pages) {
        let mut screen = Screen::new(SIZE);
        screen.feed(0, &unescaped(case));
        wrong.extend(differences(&mut screen, &page).into_iter().map(|difference| format!("{case}: {difference}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
