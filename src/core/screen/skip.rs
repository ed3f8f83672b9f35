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
