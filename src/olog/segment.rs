//! Names and offsets of a terminal's log segments, read from its folder. Called by the appender and by readers.
//! It must never trust a file name without checking it.

use crate::base::id::TerminalId;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// One full, renamed segment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Segment {
    pub first: u64,
    pub length: u64,
    pub path: PathBuf,
}

impl Segment {
    pub fn end(&self) -> u64 {
        self.first + self.length
    }
}

/// The newest segment, which grows.
pub fn newest_path(dir: &Path, terminal: TerminalId) -> PathBuf {
    dir.join(format!("{terminal}.log"))
}

/// Where the newest segment goes when it is full.
pub fn full_path(dir: &Path, terminal: TerminalId, first: u64) -> PathBuf {
    dir.join(format!("{terminal}.{first:020}.log"))
}

pub fn journal_path(dir: &Path, terminal: TerminalId) -> PathBuf {
    dir.join(format!("{terminal}.idx"))
}

/// The full segments of a terminal, oldest first.
///
/// # Errors
/// When the folder cannot be read. A folder that does not exist has none.
pub fn full_segments(dir: &Path, terminal: TerminalId) -> io::Result<Vec<Segment>> {
    let prefix = format!("{terminal}.");
    let entries = match fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(e),
    };
    let mut segments = Vec::new();
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name();
        let Some(digits) =
            name.to_str().and_then(|name| name.strip_prefix(&prefix)).and_then(|rest| rest.strip_suffix(".log"))
        else {
            continue;
        };
        if digits.len() != 20 || !digits.bytes().all(|b| b.is_ascii_digit()) {
            continue;
        }
        let Ok(first) = digits.parse() else { continue };
        match entry.metadata() {
            Ok(meta) if meta.is_file() => segments.push(Segment { first, length: meta.len(), path: entry.path() }),
            // Cut by retention between the listing and here.
            _ => {}
        }
    }
    segments.sort_by_key(|s| s.first);
    Ok(segments)
}
