//! The parser: one pass over the lines of what `git diff` printed. Called by `workspace`.

use super::name::{named, twice};
use super::{Change, FileDiff, Hunk, Line, Sign};

/// Bytes of one line that are kept: many screens wide, so that only what no person reads (minified, generated) is cut.
const LONGEST_LINE: usize = 2000;

/// Files in the order in which they stand there. What is not a diff is passed over.
pub fn parse(bytes: &[u8]) -> Vec<FileDiff> {
    let mut parser = Parser::default();
    let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    for line in bytes.split(|byte| *byte == b'\n') {
        parser.line(line);
    }
    parser.finish()
}

#[derive(Default)]
struct Parser {
    files: Vec<FileDiff>,
    conflicted: Vec<Vec<u8>>,
    /// The hunk that is being read: lines of it that are still to come, and the numbers of the next ones.
    old_left: u32,
    new_left: u32,
    old_next: u32,
    new_next: u32,
}

impl Parser {
    fn line(&mut self, line: &[u8]) {
        if self.is_in_hunk(line) {
            return;
        }
        if let Some(names) = line.strip_prefix(b"diff --git ") {
            self.files.push(FileDiff { path: twice(names), ..FileDiff::default() });
            return;
        }
        if let Some(path) = line.strip_prefix(b"* Unmerged path ") {
            self.conflicted.push(path.to_vec());
            return;
        }
        let Some(file) = self.files.last_mut() else { return };
        if line.starts_with(b"@@ ") {
            self.begin_hunk(line);
        } else if let Some(mode) = line.strip_prefix(b"old mode ") {
            (file.old_mode, file.change) = (octal(mode), Change::Mode);
        } else if let Some(mode) = line.strip_prefix(b"new mode ") {
            file.new_mode = octal(mode);
        } else if let Some(mode) = line.strip_prefix(b"new file mode ") {
            (file.new_mode, file.change) = (octal(mode), Change::Added);
        } else if let Some(mode) = line.strip_prefix(b"deleted file mode ") {
            (file.old_mode, file.change) = (octal(mode), Change::Deleted);
        } else if let Some(name) = line.strip_prefix(b"rename from ") {
            (file.old_path, file.change) = (named(name, b""), Change::Renamed);
        } else if let Some(name) = line.strip_prefix(b"copy from ") {
            (file.old_path, file.change) = (named(name, b""), Change::Copied);
        } else if let Some(name) = line.strip_prefix(b"rename to ").or(line.strip_prefix(b"copy to ")) {
            file.path = named(name, b"").unwrap_or_default();
        } else if let Some(name) = line.strip_prefix(b"--- ") {
            if let Some(name) = named(name, b"a/").filter(|_| file.old_path.is_none()) {
                file.path = name;
            }
        } else if let Some(name) = line.strip_prefix(b"+++ ") {
            if let Some(name) = named(name, b"b/") {
                file.path = name;
            }
        } else if let Some(ids) = line.strip_prefix(b"index ") {
            // Contents differ, so it is more than a change of mode.
            if file.change == Change::Mode {
                file.change = Change::Modified;
            }
            if let Some(at) = ids.iter().position(|byte| *byte == b' ') {
                let mode = octal(&ids[at + 1..]);
                (file.old_mode, file.new_mode) = (mode, mode);
            }
        } else if line.starts_with(b"Binary files ") && line.ends_with(b" differ") {
            file.is_binary = true;
        }
    }

    /// `@@ -1,2 +3,4 @@ heading`
    fn begin_hunk(&mut self, line: &[u8]) {
        let text = String::from_utf8_lossy(line);
        let Some((ranges, heading)) = text[3..].split_once(" @@") else { return };
        let Some((old, new)) = ranges.split_once(' ') else { return };
        let (Some((old_start, old_count)), Some((new_start, new_count))) = (range(old, '-'), range(new, '+')) else {
            return;
        };
        let Some(file) = self.files.last_mut() else { return };
        let heading = heading.strip_prefix(' ').unwrap_or(heading).to_owned();
        file.hunks.push(Hunk { old_start, new_start, heading, lines: Vec::new() });
        (self.old_left, self.new_left) = (old_count, new_count);
        (self.old_next, self.new_next) = (old_start, new_start);
    }

    /// Takes a line of the hunk's inside; whether it was one.
    fn is_in_hunk(&mut self, line: &[u8]) -> bool {
        let Some(hunk) = self.files.last_mut().and_then(|file| file.hunks.last_mut()) else { return false };
        let (sign, text) = match line.split_first() {
            // The remark follows the last line of either side.
            Some((b'\\', rest)) if !hunk.lines.is_empty() => (Sign::Note, rest.trim_ascii_start()),
            _ if self.old_left == 0 && self.new_left == 0 => return false,
            Some((b'+', rest)) if self.new_left > 0 => (Sign::Added, rest),
            Some((b'-', rest)) if self.old_left > 0 => (Sign::Removed, rest),
            Some((b' ', rest)) if self.old_left > 0 && self.new_left > 0 => (Sign::Context, rest),
            // Some mailers take the blank of an empty line away.
            None if self.old_left > 0 && self.new_left > 0 => (Sign::Context, line),
            _ => {
                (self.old_left, self.new_left) = (0, 0);
                return false;
            }
        };
        let number = |is_counted: bool, left: &mut u32, next: &mut u32| {
            is_counted.then(|| {
                *left = left.saturating_sub(1);
                std::mem::replace(next, next.saturating_add(1))
            })
        };
        let is_old = matches!(sign, Sign::Context | Sign::Removed);
        let is_new = matches!(sign, Sign::Context | Sign::Added);
        let old = number(is_old, &mut self.old_left, &mut self.old_next);
        let new = number(is_new, &mut self.new_left, &mut self.new_next);
        hunk.lines.push(Line { sign, old, new, text: text_of(text) });
        true
    }

    fn finish(mut self) -> Vec<FileDiff> {
        for path in self.conflicted {
            match self.files.iter_mut().find(|file| file.path == path) {
                Some(file) => file.change = Change::Conflicted,
                None => self.files.push(FileDiff { path, change: Change::Conflicted, ..FileDiff::default() }),
            }
        }
        self.files
    }
}

fn text_of(bytes: &[u8]) -> String {
    match bytes.get(..LONGEST_LINE) {
        Some(first) if bytes.len() > LONGEST_LINE => format!("{}…", String::from_utf8_lossy(first)),
        _ => String::from_utf8_lossy(bytes).into_owned(),
    }
}

fn octal(bytes: &[u8]) -> Option<u32> {
    u32::from_str_radix(std::str::from_utf8(bytes).ok()?.trim(), 8).ok()
}

/// `-12,3`, or `-12` for one line.
fn range(text: &str, sign: char) -> Option<(u32, u32)> {
    let text = text.strip_prefix(sign)?;
    match text.split_once(',') {
        Some((start, count)) => Some((start.parse().ok()?, count.parse().ok()?)),
        None => Some((text.parse().ok()?, 1)),
    }
}
