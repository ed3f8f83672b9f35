//! Replays what real agent CLIs wrote. Both the screen each recording must give and an independent engine have to
//! agree with ours, however the bytes are cut.

use crate::core::screen::{Screen, Size};
use std::panic::catch_unwind;
use std::path::PathBuf;

const SIZE: Size = Size { columns: 100, rows: 30 };

struct Recording {
    name: String,
    raw: Vec<u8>,
    expected: String,
}

fn recordings() -> Vec<Recording> {
    let root = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/recordings"));
    let mut found = Vec::new();
    for directory in std::fs::read_dir(&root).unwrap() {
        for file in std::fs::read_dir(directory.unwrap().path()).unwrap() {
            let path = file.unwrap().path();
            let expected = path.with_extension("txt");
            if path.extension().is_some_and(|extension| extension == "raw") && expected.exists() {
                found.push(Recording {
                    name: path.strip_prefix(&root).unwrap().display().to_string(),
                    raw: std::fs::read(&path).unwrap(),
                    expected: std::fs::read_to_string(&expected).unwrap(),
                });
            }
        }
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    assert!(found.len() > 50, "recordings are missing");
    found
}

/// Trailing blanks of rows and blank rows at the end cut; no-break spaces are blanks as well there.
fn cut(text: &str) -> String {
    let rows: Vec<&str> = text.lines().map(str::trim_end).collect();
    rows.join("\n").trim_end().to_owned()
}

fn replay(raw: &[u8], chunk: usize) -> Screen {
    let mut screen = Screen::new(SIZE);
    for part in raw.chunks(chunk) {
        screen.feed(screen.offset(), part);
    }
    screen
}

#[test]
fn recordings_give_their_screens() {
    for recording in recordings() {
        let screen = replay(&recording.raw, usize::MAX);
        assert_eq!(cut(&screen.text()), cut(&recording.expected), "{}", recording.name);
    }
}

#[test]
fn recordings_give_the_judges_screens() {
    for recording in recordings() {
        let raw = recording.raw.clone();
        let judged = catch_unwind(move || {
            let mut parser = vt100::Parser::new(SIZE.rows.try_into().unwrap(), SIZE.columns.try_into().unwrap(), 0);
            parser.process(&raw);
            parser.screen().contents()
        });
        let screen = replay(&recording.raw, usize::MAX);
        if let Ok(judged) = judged {
            assert_eq!(cut(&screen.text()), cut(&judged), "{}", recording.name);
        }
    }
}

#[test]
fn recordings_are_the_same_in_any_chunks() {
    for recording in recordings() {
        let mut whole = replay(&recording.raw, usize::MAX);
        for chunk in [1, 7, 4096] {
            let mut parts = replay(&recording.raw, chunk);
            assert_eq!(parts.rows(), whole.rows(), "{} by {chunk}", recording.name);
            assert_eq!((parts.cursor(), parts.modes()), (whole.cursor(), whole.modes()));
            assert_eq!((parts.title(), parts.offset()), (whole.title(), whole.offset()));
            assert!(parts.scrolled_rows().iter().eq(whole.scrolled_rows().iter()));
            if chunk == 4096 {
                assert_eq!(parts.take_replies(), whole.take_replies(), "{}", recording.name);
            }
        }
    }
}

#[test]
fn recordings_survive_a_checkpoint_anywhere() {
    for recording in recordings() {
        let middle = recording.raw.len() / 2;
        let mut first = Screen::new(SIZE);
        first.feed(0, &recording.raw[..middle]);
        let mut second = Screen::restore(&first.checkpoint()).unwrap();
        second.feed(middle as u64, &recording.raw[middle..]);
        let whole = replay(&recording.raw, usize::MAX);
        assert_eq!(second.rows(), whole.rows(), "{}", recording.name);
        assert_eq!((second.cursor(), second.modes()), (whole.cursor(), whole.modes()), "{}", recording.name);
    }
}
