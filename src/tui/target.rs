//! What a place in a pane's text leads to: a link, a web address, or a file with a line. Called for clicks and the copy
//! mode's key. It must never decide to open anything: what an agent prints is only ever an offer.

use super::selection::Place;
use crate::base::cell::Row;
use regex::Regex;
use std::collections::BTreeMap;
use std::sync::OnceLock;

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Target {
    /// `http` or `https`.
    Web(String),
    /// A path as it stands there, and the line to go to.
    File { path: String, line: Option<u32> },
}

/// More rows than this are no line that somebody clicks in.
const MAX_ROWS: usize = 40;

/// The target at `place` of `rows`, which are `columns` wide; `links` are those that the program named itself.
pub fn at(rows: &[Row], columns: u16, links: &BTreeMap<u32, String>, place: Place) -> Option<Target> {
    let here = rows.get(place.row)?.cells().find(|c| (c.column..c.column + c.width).contains(&place.column))?;
    if let Some(target) = links.get(&here.style.link) {
        return named(target);
    }
    let (text, index) = line_around(rows, columns, place)?;
    let covers = |from: usize, to: usize| (from..to).contains(&index);
    if let Some(found) = web().find_iter(&text).find(|m| covers(m.start(), m.end())) {
        return Some(Target::Web(without_tail(found.as_str()).to_owned()));
    }
    let found = file().captures_iter(&text).find(|c| c.get(0).is_some_and(|m| covers(m.start(), m.end())))?;
    let path = found.get(1)?.as_str();
    let line = found.get(2).and_then(|line| line.as_str().parse().ok());
    // A bare word is no path, but one with a line number is one.
    (line.is_some() || path.contains('/')).then(|| Target::File { path: path.to_owned(), line })
}

/// A link that a program made: web pages, and files on this machine.
fn named(target: &str) -> Option<Target> {
    if target.starts_with("https://") || target.starts_with("http://") {
        return Some(Target::Web(target.to_owned()));
    }
    let rest = target.strip_prefix("file://")?;
    let path = &rest[rest.find('/')?..];
    // Some tools name the line behind a `#`.
    let (path, line) = path.split_once('#').unwrap_or((path, ""));
    let line = line.trim_start_matches(|c: char| !c.is_ascii_digit()).parse().ok();
    Some(Target::File { path: percent_decoded(path)?, line })
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        if *first == b'%' {
            let digits = std::str::from_utf8(after.get(..2)?).ok()?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
            rest = &after[2..];
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    String::from_utf8(bytes).ok()
}

/// The line that the terminal may have wrapped over several rows, and where `place` is in it, in bytes.
fn line_around(rows: &[Row], columns: u16, place: Place) -> Option<(String, usize)> {
    let mut first = place.row;
    while first > 0 && rows[first - 1].wrapped && place.row - first < MAX_ROWS {
        first -= 1;
    }
    let (mut text, mut index) = (String::new(), None);
    for (n, row) in rows.iter().enumerate().skip(first).take(2 * MAX_ROWS) {
        for cell in row.cells() {
            if n == place.row && (cell.column..cell.column + cell.width).contains(&place.column) {
                index = Some(text.len());
            }
            text.push_str(cell.text);
        }
        if !row.wrapped {
            break;
        }
        text.push_str(&" ".repeat(usize::from(columns.saturating_sub(row.width()))));
    }
    index.map(|index| (text, index))
}

/// What ends a sentence, not an address; a closing bracket only without its opening one.
fn without_tail(url: &str) -> &str {
    let mut url = url;
    loop {
        let cut = url.trim_end_matches(['.', ',', ';', ':', '!', '?', '\'', '"', '*', '`']);
        let is_open =
            |open: char, close: char| cut.ends_with(close) && cut.matches(close).count() > cut.matches(open).count();
        if is_open('(', ')') || is_open('[', ']') || is_open('{', '}') {
            url = &cut[..cut.len() - 1];
        } else if cut.len() == url.len() {
            return cut;
        } else {
            url = cut;
        }
    }
}

fn web() -> &'static Regex {
    static WEB: OnceLock<Regex> = OnceLock::new();
    // A constant pattern: a test sees to it that it compiles.
    WEB.get_or_init(|| pattern(r#"https?://[^\s<>"│┃]+"#))
}

fn file() -> &'static Regex {
    static FILE: OnceLock<Regex> = OnceLock::new();
    FILE.get_or_init(|| pattern(r"([~\w./@+-][\w./@+-]*\w)(?::(\d{1,9}))?(?::\d{1,9})?"))
}

fn pattern(text: &str) -> Regex {
    // Only a wrong constant gets here, and then nothing is found.
    Regex::new(text).or_else(|_| Regex::new("$^")).unwrap_or_else(|_| unreachable!("an empty pattern"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::cell::{RowBuilder, Style};
    use crate::tui::testing::row;

    fn found(line: &str, word: &str) -> Option<Target> {
        let column = line.find(word).unwrap() as u16;
        at(&[row(line)], 80, &BTreeMap::new(), Place { row: 0, column })
    }

    fn web(target: &str) -> Option<Target> {
        Some(Target::Web(target.to_owned()))
    }

    fn file(path: &str, line: Option<u32>) -> Option<Target> {
        Some(Target::File { path: path.to_owned(), line })
    }

    #[test]
    fn addresses_and_places_in_files_are_found_in_text() {
        for (line, word, expected) in [
            ("see https://a.b/c?d=1#e.", "a.b", web("https://a.b/c?d=1#e")),
            ("(https://a.b/x_(y)).", "https", web("https://a.b/x_(y)")),
            ("<https://a.b>", "a.b", web("https://a.b")),
            ("  --> src/x.rs:12:5", "x.rs", file("src/x.rs", Some(12))),
            ("at main.py:7 in f", "main", file("main.py", Some(7))),
            ("edit ~/notes/a-b.md now", "notes", file("~/notes/a-b.md", None)),
            ("/etc/hosts", "hosts", file("/etc/hosts", None)),
            ("just words", "words", None),
        ] {
            assert_eq!(found(line, word), expected, "{line:?}");
        }
        assert_eq!(found("see https://a.b", "see"), None, "beside it is not on it");
    }

    #[test]
    fn wrapped_lines_are_one() {
        let mut rows = [row("see https://exam"), row("ple.org/very/lon"), row("g end")];
        rows[0].wrapped = true;
        rows[1].wrapped = true;
        for place in [Place { row: 0, column: 6 }, Place { row: 1, column: 0 }, Place { row: 2, column: 0 }] {
            assert_eq!(at(&rows, 16, &BTreeMap::new(), place), web("https://example.org/very/long"));
        }
        assert_eq!(at(&rows, 16, &BTreeMap::new(), Place { row: 2, column: 3 }), None);
    }

    #[test]
    fn a_programs_own_links_hold_over_its_text() {
        let mut builder = RowBuilder::default();
        for (link, c) in [(1, 'a'), (2, 'b'), (3, 'c'), (4, 'd')] {
            builder.push(c, &[], 1, Style { link, ..Style::default() });
        }
        let rows = [builder.finish(false)];
        let links = BTreeMap::from([
            (1, "https://a/".to_owned()),
            (2, "file://host/a%20b/c.rs#L12".to_owned()),
            (3, "javascript:x".to_owned()),
        ]);
        let at = |column| at(&rows, 80, &links, Place { row: 0, column });
        assert_eq!(at(0), web("https://a/"));
        assert_eq!(at(1), file("/a b/c.rs", Some(12)));
        assert_eq!(at(2), None);
        assert_eq!(at(3), None, "its target is forgotten");
    }
}
