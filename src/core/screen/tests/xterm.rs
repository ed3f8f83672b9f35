//! vttest's screens, and what terminals differ in, as the real xterm shows them (`tests/xterm`): text, styles and cursor,
//! cell for cell. Where we differ is listed here, with the reason; all else has to be the same, and nothing may be on the
//! list in vain.

use crate::base::cell::{Color, Style, attr};
use crate::base::text;
use crate::core::screen::{Screen, Size};
use std::collections::BTreeSet;
use std::ops::RangeInclusive;
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

fn root() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/xterm"))
}

fn recordings() -> Vec<Recording> {
    let mut found: Vec<Recording> = std::fs::read_dir(root().join("vttest"))
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
            // Of two kinds of lines below, our cells have the last.
            (21, []) => style.attrs = style.attrs & !attr::UNDERLINE | attr::DOUBLE_UNDERLINE,
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

/// A cell as one sees it: nothing of hidden text, and of a blank only what its background and lines are.
fn seen((mut c, mut style): Cell) -> Cell {
    if style.attrs & attr::HIDDEN != 0 {
        c = ' ';
    }
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

/// All in which the screen differs from the page: the row from 1 on, or 0 for the whole, and how.
fn differences(screen: &Screen, page: &Page) -> Vec<(u16, String)> {
    let mut wrong = Vec::new();
    let mut asked = Screen::restore(&screen.checkpoint()).unwrap();
    asked.feed(asked.offset(), b"\x1b[6n");
    let cursor = String::from_utf8(asked.take_replies().pop().unwrap().bytes).unwrap();
    if cursor != format!("\u{1b}[{}R", page.cursor) {
        wrong.push((0, format!("the cursor is at {}, xterm's at {}", &cursor[2..], page.cursor)));
    }
    if page.reverse {
        wrong.push((0, "xterm's colours are reversed".to_owned()));
    }
    for row in 0..SIZE.rows {
        let theirs = page.rows.get(usize::from(row)).cloned().unwrap_or_default();
        let [ours, theirs] = [shown(screen, row), theirs].map(|mut cells| {
            cells.resize(SIZE.columns.into(), (' ', Style::default()));
            cells.into_iter().map(seen).collect::<Vec<Cell>>()
        });
        if let Some(at) = ours.iter().zip(&theirs).position(|(a, b)| a != b) {
            let text = |cells: &[Cell]| cells.iter().map(|(c, _)| *c).collect::<String>();
            let (one, other) = (text(&ours), text(&theirs));
            let how = format!("from column {}\n  {one}| {:?}\n  {other}| {:?}", at + 1, ours[at], theirs[at]);
            wrong.push((row + 1, how));
        }
    }
    wrong
}

const REVERSE: &str = "DECSCNM: a pane's background is the outer terminal's, which does not turn white for one of them";
const SIDEWAYS: &str = "SL and SR: no terminfo entry knows them, and the engine does not either";

/// What we do not do as xterm does: the screen, its rows from 1 on (0: what holds for the whole), the reason.
const LIMITS: [(&str, &[RangeInclusive<u16>], &str); 14] = [
    ("charsets 1", &[8..=10], "the engine has no national sets; they went with seven-bit lines"),
    ("colors 8", &[0..=0], REVERSE),
    ("colors-other 3", &[1..=20], SIDEWAYS),
    ("colors-other 4", &[1..=20], SIDEWAYS),
    ("colors-screen 6", &[0..=0], REVERSE),
    ("colors-vt102 8", &[0..=0], REVERSE),
    ("colors-vt102 9", &[0..=0], REVERSE),
    ("colors-vt102 19", &[0..=0], REVERSE),
    ("iso-other 3", &[1..=20], SIDEWAYS),
    ("iso-other 4", &[1..=20], SIDEWAYS),
    ("screen 3", &[0..=0], REVERSE),
    ("screen 4", &[0..=0], REVERSE),
    ("screen 14", &[0..=0], REVERSE),
    (
        "vt220 4",
        &[1..=4, 7..=7, 13..=13, 18..=20],
        "DECSCA: the engine's cells cannot be protected from erasing, and DECRQSS says so",
    ),
];

#[test]
fn vttest_looks_as_in_xterm() {
    let mut wrong = Vec::new();
    let mut limits = BTreeSet::new();
    for recording in recordings() {
        let mut screen = Screen::new(SIZE);
        for (number, (bytes, page)) in recording.parts.iter().enumerate() {
            screen.feed(screen.offset(), bytes.as_bytes());
            let name = format!("{} {}", recording.name, number + 1);
            let known = LIMITS.iter().filter(|(limited, ..)| *limited == name).flat_map(|(_, rows, _)| *rows);
            let known: BTreeSet<u16> = known.cloned().flatten().collect();
            for (row, how) in differences(&screen, page) {
                if known.contains(&row) {
                    limits.insert((name.clone(), row));
                } else {
                    wrong.push(format!("{name}, row {row}: {how}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let listed =
        LIMITS.iter().flat_map(|(name, rows, _)| rows.iter().cloned().flatten().map(|row| ((*name).to_owned(), row)));
    assert_eq!(limits, listed.collect(), "some of what is listed is no limit any more");
}

#[test]
fn vttest_is_the_same_in_any_chunks_and_behind_checkpoints() {
    for recording in recordings() {
        let (mut whole, mut bytewise) = (Screen::new(SIZE), Screen::new(SIZE));
        for (bytes, _) in &recording.parts {
            whole.feed(whole.offset(), bytes.as_bytes());
            for byte in bytes.as_bytes() {
                bytewise.feed(bytewise.offset(), &[*byte]);
            }
            bytewise = Screen::restore(&bytewise.checkpoint()).unwrap();
            assert_eq!((bytewise.rows(), bytewise.cursor()), (whole.rows(), whole.cursor()), "{}", recording.name);
        }
    }
}

/// On how many of vttest's screens our other judge shows the text that xterm shows: what its word is worth.
#[test]
fn vt100_knows_most_of_vttest() {
    let (mut same, mut all) = (0, 0);
    for recording in recordings() {
        let mut parser = vt100::Parser::new(SIZE.rows.try_into().unwrap(), SIZE.columns.try_into().unwrap(), 0);
        for (bytes, page) in &recording.parts {
            parser.process(bytes.as_bytes());
            let rows = page.rows.iter().map(|row| row.iter().map(|(c, _)| *c).collect::<String>());
            let theirs: Vec<String> = rows.map(|row| row.trim_end().to_owned()).collect();
            let contents = parser.screen().contents();
            let judged: Vec<&str> = contents.trim_end().split('\n').map(str::trim_end).collect();
            all += 1;
            same += usize::from(judged == theirs);
        }
    }
    assert_eq!((same, all), (64, 127));
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

/// Where we do not do as xterm 379 does, and why.
const OTHERWISE: [(&str, &str); 14] = [
    (r"\e[1;80Hx\e[Ky", "a full line keeps its last character, as in tmux: GNU grep erases behind each colour"),
    (r"a\e[?1049lb", "programs leave an alternate screen that they never entered; xterm takes the cursor home for it"),
    (r"a\e[?1049hb\e[?47lc\e[?47hd", "an alternate screen that was left is forgotten, by 47 as by 1047 and 1049"),
    (r"a\e[?47hb\e[?47lc\e[?47hd", "as above"),
    (r"ab\e[1;79H漢\e[1;1H\e[@", "half of a wide character is none"),
    (r"\e*0\enqx\x0fq", "the engine does not shift G2 and G3 in"),
    (r"\e+0\eoqx\x0fq", "as above"),
    (r"\e*0\eNqq", "as above"),
    (r"\e(Aa#b\e(B#", "the engine has no national sets"),
    (r"\e[3g\e[?5W\ta", "DECST8C, which xterm learnt later"),
    (r"a\x85b\x84c", "a C1 control outside of UTF-8 is not a character that was garbled"),
    (r"\e[4:3mx\e[4:0my", "kinds of underlines, which xterm does not know yet"),
    (r"\e[5;1:2Hx", "numbers with colons mean something in colours alone; the engine takes the first"),
    (
        r"\e[38;5ma\e[0;38;2;1;2mb\e[0;38mc\e[0;38;5;300md\e[0;38;2;300;1;1me",
        "xterm takes what is missing in a colour for 0; half a colour is none",
    ),
];

#[test]
fn cases_look_as_in_xterm() {
    let lines = std::fs::read_to_string(root().join("cases.txt")).unwrap();
    let cases: Vec<&str> = lines.lines().filter(|line| !line.starts_with('#')).collect();
    let pages = pages(&std::fs::read_to_string(root().join("cases.page")).unwrap());
    assert_eq!(cases.len(), pages.len());
    let mut wrong = Vec::new();
    for (case, page) in cases.iter().zip(pages) {
        let mut screen = Screen::new(SIZE);
        screen.feed(0, &unescaped(case));
        let found = differences(&screen, &page);
        match OTHERWISE.iter().find(|(listed, _)| listed == case) {
            Some(_) => assert!(!found.is_empty(), "{case} is as in xterm now"),
            None => wrong.extend(found.into_iter().map(|(row, how)| format!("{case}, row {row}: {how}"))),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(OTHERWISE.iter().all(|(listed, _)| cases.contains(listed)), "a case that is listed is gone");
}

/// The styles that xterm does not know or does not tell, as tmux writes what it has of them: in one form for each, and
/// that one is read as `features.rs` says.
#[test]
fn styles_are_as_in_tmux() {
    let lines = std::fs::read_to_string(root().join("styles.txt")).unwrap();
    let cases: Vec<&str> = lines.lines().filter(|line| !line.starts_with('#')).collect();
    let captured = std::fs::read_to_string(root().join("styles.tmux")).unwrap();
    let size = Size::new(SIZE.columns, cases.len() as u16);
    let mut theirs = Screen::new(size);
    theirs.feed(0, captured.trim_end().replace('\n', "\r\n").as_bytes());
    let mut wrong = Vec::new();
    for (row, case) in cases.iter().enumerate() {
        let mut ours = Screen::new(Size::new(SIZE.columns, 1));
        ours.feed(0, &unescaped(case));
        let (ours, theirs) = (shown(&ours, 0), shown(&theirs, row as u16));
        if ours != theirs {
            wrong.push(format!("{case}\n  ours {ours:?}\n  tmux {theirs:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
