//! Replays what real agent CLIs wrote. Both the screen each recording must give and an independent engine have to
//! agree with ours, however the bytes are cut.

use crate::core::screen::{Screen, Size};
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

/// Bytes of a recording that is looked at byte by byte.
const SHORT: usize = 20_000;

struct Recording {
    name: String,
    size: Size,
    raw: Vec<u8>,
    expected: String,
}

/// Those of 100 columns: the same CLIs in all their states. What is slow is done with these.
fn of_one_size() -> Vec<Recording> {
    recordings().into_iter().filter(|recording| recording.size.columns == 100).collect()
}

fn recordings() -> Vec<Recording> {
    let root = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/recordings"));
    let mut found = Vec::new();
    for directory in std::fs::read_dir(&root).unwrap() {
        let directory = directory.unwrap().path();
        let size = size_of(&directory);
        for file in std::fs::read_dir(&directory).unwrap() {
            let path = file.unwrap().path();
            let expected = path.with_extension("txt");
            if path.extension().is_some_and(|extension| extension == "raw") && expected.exists() {
                found.push(Recording {
                    size,
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

/// As its `states.toml` says.
fn size_of(directory: &Path) -> Size {
    let text = std::fs::read_to_string(directory.join("states.toml")).unwrap_or_default();
    let number = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)?.trim().parse().ok());
    Size::new(number("cols =").unwrap_or(100), number("rows =").unwrap_or(30))
}

/// Trailing blanks of rows and blank rows at the end cut; no-break spaces are blanks as well there.
fn cut(text: &str) -> String {
    let rows: Vec<&str> = text.lines().map(str::trim_end).collect();
    rows.join("\n").trim_end().to_owned()
}

fn replay(recording: &Recording, chunk: usize) -> Screen {
    let mut screen = Screen::new(recording.size);
    for part in recording.raw.chunks(chunk) {
        screen.feed(screen.offset(), part);
    }
    screen
}

#[test]
fn recordings_give_their_screens() {
    for recording in recordings() {
        let screen = replay(&recording, usize::MAX);
        assert_eq!(cut(&screen.text()), cut(&recording.expected), "{}", recording.name);
    }
}

#[test]
fn recordings_give_the_judges_screens() {
    for recording in recordings() {
        let (raw, size) = (recording.raw.clone(), recording.size);
        let judged = catch_unwind(move || {
            let mut parser = vt100::Parser::new(size.rows.try_into().unwrap(), size.columns.try_into().unwrap(), 0);
            parser.process(&raw);
            // Not its contents, which join rows that wrap.
            parser.screen().rows(0, size.columns).collect::<Vec<_>>().join("\n")
        });
        let screen = replay(&recording, usize::MAX);
        if let Ok(judged) = judged {
            assert_eq!(cut(&screen.text()), cut(&judged), "{}", recording.name);
        }
    }
}

#[test]
fn recordings_are_the_same_in_any_chunks() {
    for recording in of_one_size() {
        let mut whole = replay(&recording, usize::MAX);
        // Byte by byte is slow, and sequences are the same in long recordings.
        let chunks: &[usize] = if recording.raw.len() < SHORT { &[1, 7, 4096] } else { &[7, 4096] };
        for &chunk in chunks {
            let mut parts = replay(&recording, chunk);
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
    for recording in of_one_size() {
        let middle = recording.raw.len() / 2;
        let mut first = Screen::new(recording.size);
        first.feed(0, &recording.raw[..middle]);
        let mut second = Screen::restore(&first.checkpoint()).unwrap();
        second.feed(middle as u64, &recording.raw[middle..]);
        let whole = replay(&recording, usize::MAX);
        assert_eq!(second.rows(), whole.rows(), "{}", recording.name);
        assert_eq!((second.cursor(), second.modes()), (whole.cursor(), whole.modes()), "{}", recording.name);
    }
}
