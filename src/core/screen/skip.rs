//! Finds the part of a flood that nobody will ever see: lines that scroll off the screen, and off all that is kept
//! above it, before the flood's own end. Called by the screen for large chunks. What it lets be left out must make no
//! difference to anything: screen, kept rows, pen, notices, answers.

use super::words::{find_escape, find_final};

/// A shorter stretch is parsed as fast as it is judged.
const WORTH: usize = 8 * 1024;
/// What is fed to the engine before the next stretch is looked for, where one ended early; and how far a return is looked
/// for.
pub(super) const STEP: usize = 4 * 1024;
/// Between two resets of the pen: a program that never resets has its colours parsed line by line.
const MAX_PEN: usize = 64 * 1024;

/// A sequence longer than this in a line is no reason to look on.
const MAX_SEQUENCE: usize = 64;

/// What may be left out, and what has to be made up for.
#[derive(Debug, PartialEq)]
pub(super) struct Skip {
    /// Bytes left out. Behind them the cursor is in the last row, first column.
    pub(super) length: usize,
    /// Sequences among them that set the pen, from the last reset on.
    pub(super) pen: Vec<u8>,
    pub(super) rang: bool,
}

/// The longest beginning of `bytes` that may be left out on a screen of `rows` rows which keeps `kept` rows above it,
/// and scrolls as a whole. The engine and the scanner are between two sequences.
///
/// # Errors
/// How many bytes are to be parsed before it is worth asking again.
pub(super) fn find(bytes: &[u8], rows: usize, kept: usize) -> Result<Skip, usize> {
    if bytes.len() < WORTH {
        return Err(bytes.len());
    }
    let (end, pens) = stretch(bytes);
    let (stretch, behind) = bytes.split_at(end);
    left_out(stretch, &pens, rows, kept).ok_or(end + STEP.min(behind.len()))
}

/// As [`find`] for a screen that keeps nothing above it but counts what leaves: also how many rows those are. The cursor is
/// at the beginning of the last row; `wraps`: a line that is too long goes on in the next row.
///
/// # Errors
/// As [`find`].
pub(super) fn find_counted(bytes: &[u8], rows: usize, columns: usize, wraps: bool) -> Result<(Skip, usize), usize> {
    if bytes.len() < WORTH {
        return Err(bytes.len());
    }
    let (lines, length) = plain_lines(bytes, columns, wraps);
    let skip = find(&bytes[..length], rows, 0).map_err(|_| (length + STEP).min(bytes.len()))?;
    let count = lines.iter().take_while(|(end, _)| *end <= skip.length).map(|(_, rows)| rows).sum();
    Ok((skip, count))
}

/// The lines that `bytes` begin with as long as it is certain how many rows each takes: where it ends, and the rows; and
/// where the last of them ends.
fn plain_lines(bytes: &[u8], columns: usize, wraps: bool) -> (Vec<(usize, usize)>, usize) {
    let (mut lines, mut from) = (Vec::new(), 0);
    while let Some(feed) = memchr::memchr(b'\n', &bytes[from..]) {
        let Some(rows) = rows_of(&bytes[from..from + feed], columns, wraps) else { break };
        from += feed + 1;
        lines.push((from, rows));
    }
    (lines, from)
}

/// How many rows a line takes that begins in the first column and ends with a return, if that is certain.
fn rows_of(line: &[u8], columns: usize, wraps: bool) -> Option<usize> {
    let mut rest = line.strip_suffix(b"\r")?;
    // No character is wider than its bytes are many.
    let (mut width, mut is_certain) = (0_usize, true);
    while let Some(first) = rest.first() {
        let used = match first {
            b' '..=b'~' => {
                width += 1;
                1
            }
            0x1b => {
                let length = line_sequence(rest).filter(|length| *length <= MAX_SEQUENCE)?;
                // Erasing may end a wrap that was due.
                is_certain &= rest[length - 1] == b'm';
                length
            }
            // Controls of the second kind, as UTF-8 has them.
            0xc2 if rest.get(1).is_none_or(|next| *next < 0xa0) => return None,
            0x80.. => {
                width += 1;
                is_certain = false;
                1
            }
            _ => return None,
        };
        rest = &rest[used..];
    }
    match width.div_ceil(columns.max(1)) {
        0 | 1 => Some(1),
        rows if is_certain && wraps => Some(rows),
        _ => None,
    }
}

fn left_out(stretch: &[u8], pens: &[(usize, usize)], rows: usize, kept: usize) -> Option<Skip> {
    if stretch.len() < WORTH {
        return None;
    }
    // The last lines fill the screen and all that is kept, whatever was there before.
    let feed = memchr::memrchr_iter(b'\n', stretch).nth(rows + kept)?;
    // Only behind a carriage return is the column known. Output without any is looked through no further.
    let is_known = feed > 0 && stretch[feed - 1] == b'\r';
    let near = feed.saturating_sub(STEP);
    let cut = if is_known { feed + 1 } else { near + memchr::memmem::rfind(&stretch[near..feed], b"\r\n")? + 2 };
    let skipped = &stretch[..cut];
    // So many bring the cursor to the last row from wherever it was.
    memchr::memchr_iter(b'\n', skipped).nth(rows)?;
    let is_shifted = memchr::memchr2(0x0e, 0x0f, skipped).is_some();
    // What REP repeats is printed behind the cut.
    let prints = stretch[cut..].iter().any(|byte| *byte > b' ' && *byte < 0x7f);
    if is_shifted || !prints || skipped.len() < WORTH / 2 {
        return None;
    }
    let mut pen = Vec::new();
    for (from, to) in pens.iter().copied().take_while(|(from, _)| *from < cut) {
        let sequence = &stretch[from..to];
        if matches!(sequence, b"\x1b[m" | b"\x1b[0m") {
            pen.clear();
        }
        pen.extend_from_slice(sequence);
    }
    (pen.len() <= MAX_PEN).then(|| Skip { length: cut, pen, rang: memchr::memchr(0x07, skipped).is_some() })
}

/// How long the beginning is that holds nothing but text, line ends, colours and erasing to the line's end; and where
/// its colours are.
fn stretch(bytes: &[u8]) -> (usize, Vec<(usize, usize)>) {
    let mut pens = Vec::new();
    let mut at = 0;
    while let Some(found) = find_escape(&bytes[at..]) {
        let escape = at + found;
        let Some(length) = line_sequence(&bytes[escape..]) else { return (escape, pens) };
        at = escape + length;
        if bytes[at - 1] == b'm' {
            pens.push((escape, at));
        }
    }
    (bytes.len(), pens)
}

/// The length of a sequence that sets the pen or erases in its line.
fn line_sequence(bytes: &[u8]) -> Option<usize> {
    let parameters = bytes.strip_prefix(b"\x1b[")?;
    // As long as the scanner lets them be.
    let length = find_final(&parameters[..parameters.len().min(200)])?;
    let is_plain = parameters[..length].iter().all(|byte| matches!(byte, b'0'..=b'9' | b';' | b':'));
    (is_plain && matches!(parameters[length], b'm' | b'K')).then_some(length + 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(count: usize) -> Vec<u8> {
        (0..count).flat_map(|n| format!("line {n} with some text behind it\r\n").into_bytes()).collect()
    }

    #[test]
    fn all_but_the_last_lines_may_go() {
        let bytes = lines(5000);
        let skip = find(&bytes, 24, 48).unwrap();
        let behind = &bytes[skip.length..];
        assert!(behind.starts_with(b"line 4928 "), "{}", behind[..12].escape_ascii());
        assert_eq!((skip.pen, skip.rang), (Vec::new(), false));
        assert!(find(&bytes, 24, 10_000).is_err(), "deep history keeps everything");
        assert!(find(&lines(100), 24, 48).is_err(), "too short to be worth it");
    }

    #[test]
    fn rows_are_counted_where_their_number_is_certain() {
        for (line, rows) in [
            (&b"\r"[..], Some(1)),
            (b"plain\r", Some(1)),
            (b"no return", None),
            (b"0123456789\r", Some(1)),
            (b"\x1b[38;5;200m0123456789\x1b[0m\x1b[K\r", Some(1)),
            (b"0123456789a\r", Some(2)),
            (b"0123456789\x1b[31m0123456789\r", Some(2)),
            (b"0123456789\x1b[Ka\r", None),
            ("漢字漢\r".as_bytes(), Some(1)),
            ("漢字漢字\r".as_bytes(), None),
            (b"a\xc2\x85b\r", None),
            (b"a\x85\xffb\r", Some(1)),
            (b"tab\there\r", None),
            (b"one\rtwo\r", None),
            (b"down\x0b\r", None),
            (b"\x1b[2A\r", None),
        ] {
            assert_eq!(rows_of(line, 10, true), rows, "{}", line.escape_ascii());
        }
        assert_eq!(rows_of(b"0123456789a\r", 10, false), None);
        let (skip, rows) = find_counted(&lines(5000), 24, 80, true).unwrap();
        assert_eq!(rows, 5000 - 24, "{}", skip.length);
        assert_eq!(find_counted(&lines(5000), 24, 30, true).unwrap().1, 2 * (5000 - 24));
    }

    #[test]
    fn what_is_more_than_lines_ends_the_stretch() {
        let mut bytes = lines(2000);
        let quiet = bytes.len();
        bytes.extend_from_slice(b"\x1b]0;title\x07");
        bytes.extend(lines(2000));
        let skip = find(&bytes, 24, 48).unwrap();
        assert!(skip.length < quiet && skip.length > quiet - 4000);
        assert_eq!(find(&bytes[quiet..], 24, 48), Err(STEP), "asked again behind the title");
        let mut drawing = lines(2000);
        drawing.insert(100, 0x0e);
        assert_eq!(find(&drawing, 24, 48), Err(drawing.len()));
        let bare: Vec<u8> = bytes[..quiet].iter().copied().filter(|byte| *byte != b'\r').collect();
        assert_eq!(find(&bare, 24, 48), Err(bare.len()), "without returns no column is known");
    }

    #[test]
    fn the_pen_is_what_was_set_since_its_last_reset() {
        let mut bytes = b"\x1b[31mred\x1b[0m\x1b[1;32m\x07bold\r\n".to_vec();
        bytes.extend(lines(3000));
        let skip = find(&bytes, 24, 48).unwrap();
        assert_eq!((skip.pen, skip.rang), (b"\x1b[0m\x1b[1;32m".to_vec(), true));
    }
}
