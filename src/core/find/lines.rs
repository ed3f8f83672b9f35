//! The lines of text in a piece of raw output: colours and modes are left out, moves of the cursor end a line, so that
//! what stood in one place stays together. An approximation of what was on the screen, made at the speed of memory. It
//! must never be shown as the screen; whoever shows a place has it parsed.

/// Columns that one move to the right stands for at most: whoever searches across a gap writes no more blanks, and
/// hostile output gets ten bytes of memory for one, not a hundred.
const MAX_BLANKS: usize = 64;
const ESC: u8 = 0x1b;

/// One line and where it is from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Line {
    /// In the raw output, of the first byte that the line has of its own.
    pub offset: u64,
    /// In [`Lines::text`].
    pub start: usize,
    pub end: usize,
}

/// The lines of a piece. Kept and used again, so that its memory is.
#[derive(Default, Debug)]
pub struct Lines {
    text: Vec<u8>,
    lines: Vec<Line>,
    /// Where the line under way begins, if it has begun.
    open: Option<(usize, u64)>,
}

impl Lines {
    /// All lines, each ended by a line feed.
    pub fn text(&self) -> &[u8] {
        &self.text
    }

    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// The line that holds this place of the text.
    pub fn at(&self, place: usize) -> Option<&Line> {
        let index = self.lines.partition_point(|line| line.end < place);
        self.lines.get(index).filter(|line| line.start <= place)
    }

    /// Takes the lines of `bytes`, whose first byte has the log offset `base`, in the place of what was held.
    pub fn read(&mut self, bytes: &[u8], base: u64) {
        self.text.clear();
        self.lines.clear();
        self.open = None;
        let mut at = 0;
        while at < bytes.len() {
            let run = bytes[at..].iter().position(|byte| *byte < 0x20 || *byte == 0x7f).unwrap_or(bytes.len() - at);
            if run > 0 {
                self.put(&bytes[at..at + run], base + at as u64);
                at += run;
                continue;
            }
            at += match bytes[at] {
                b'\n' | b'\r' | 0x0b | 0x0c => {
                    self.end_line();
                    1
                }
                b'\t' => {
                    let column = self.open.map_or(0, |(start, _)| self.text.len() - start);
                    self.blanks(8 - column % 8, base + at as u64);
                    1
                }
                0x08 => {
                    self.take_back();
                    1
                }
                ESC => self.escape(&bytes[at..], base + at as u64),
                _ => 1,
            };
        }
        self.end_line();
    }

    fn put(&mut self, text: &[u8], offset: u64) {
        self.open.get_or_insert((self.text.len(), offset));
        self.text.extend_from_slice(text);
    }

    fn blanks(&mut self, count: usize, offset: u64) {
        // At the start of a line they say nothing.
        if self.open.is_some() {
            self.put(&[b' '; MAX_BLANKS][..count.min(MAX_BLANKS)], offset);
        }
    }

    fn end_line(&mut self) {
        if let Some((start, offset)) = self.open.take() {
            let end = self.text.len();
            self.lines.push(Line { offset, start, end });
            self.text.push(b'\n');
        }
    }

    /// A typed character is taken back: one character of the line under way.
    fn take_back(&mut self) {
        let Some((start, _)) = self.open else { return };
        while self.text.len() > start {
            if self.text.pop().is_some_and(|byte| !(0x80..0xc0).contains(&byte)) {
                return;
            }
        }
    }

    /// Acts on the sequence that `bytes` begin with; returns its length, or what is left.
    fn escape(&mut self, bytes: &[u8], offset: u64) -> usize {
        match bytes.get(1) {
            Some(b'[') => {
                let Some(found) = bytes[2..].iter().position(|byte| !(0x20..0x40).contains(byte)) else {
                    return bytes.len();
                };
                self.control(&bytes[2..2 + found], bytes[2 + found], offset);
                found + 3
            }
            Some(b']' | b'P' | b'_' | b'^' | b'X') => string_length(bytes),
            // Index, next line, reverse index: the cursor leaves the line.
            Some(b'D' | b'E' | b'M') => {
                self.end_line();
                2
            }
            Some(0x20..0x30) => {
                bytes.iter().skip(2).position(|b| !(0x20..0x30).contains(b)).map_or(bytes.len(), |n| n + 3)
            }
            _ => bytes.len().min(2),
        }
    }

    fn control(&mut self, parameters: &[u8], last: u8, offset: u64) {
        let number = || {
            let digits = parameters.iter().take_while(|byte| byte.is_ascii_digit());
            digits.fold(0usize, |n, digit| n.saturating_mul(10).saturating_add(usize::from(digit - b'0'))).max(1)
        };
        match last {
            // To the right: what is passed over was blank, or is as it was.
            b'C' | b'a' => self.blanks(number(), offset),
            b'G' | b'`' => {
                let column = self.open.map_or(0, |(start, _)| self.text.len() - start);
                match (number() - 1).checked_sub(column) {
                    Some(right) => self.blanks(right, offset),
                    None => self.end_line(),
                }
            }
            // Up, down, left, anywhere; erased, scrolled, another screen, saved and restored.
            b'A' | b'B' | b'D' | b'E' | b'F' | b'H' | b'f' | b'd' | b'e' | b'J' | b'L' | b'S' | b'T' | b'r' | b'u' => {
                self.end_line();
            }
            b'h' | b'l' if parameters.first() == Some(&b'?') && parameters.ends_with(b"49") => self.end_line(),
            _ => {}
        }
    }
}

/// The length of an OSC, DCS and their like with its end; of one that does not end, all there is.
fn string_length(bytes: &[u8]) -> usize {
    let mut at = 2;
    while let Some(found) = bytes[at..].iter().position(|byte| matches!(*byte, 0x07 | 0x18 | 0x1a | ESC)) {
        at += found;
        match bytes[at] {
            ESC if bytes.get(at + 1) == Some(&b'\\') => return at + 2,
            // Broken off by another sequence.
            ESC => return at,
            0x07 if bytes[1] != b']' => at += 1,
            _ => return at + 1,
        }
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(bytes: &[u8]) -> Vec<(u64, String)> {
        let mut lines = Lines::default();
        lines.read(bytes, 100);
        let text = |line: &Line| String::from_utf8_lossy(&lines.text()[line.start..line.end]).into_owned();
        lines.lines().iter().map(|line| (line.offset - 100, text(line))).collect()
    }

    #[test]
    fn lines_are_what_stood_together() {
        let table: &[(&str, &[(u64, &str)])] = &[
            ("one\r\ntwo\n", &[(0, "one"), (5, "two")]),
            ("\u{1b}[31mred\u{1b}[0m text", &[(5, "red text")]),
            ("a\u{1b}[3Cb", &[(0, "a   b")]),
            ("a\u{1b}[10Gb", &[(0, "a        b")]),
            ("abc\u{1b}[2Gd", &[(0, "abc"), (7, "d")]),
            ("\u{1b}[5;1Htop\u{1b}[1;1Hnext", &[(6, "top"), (15, "next")]),
            ("10%\r20%\r", &[(0, "10%"), (4, "20%")]),
            ("a\tb", &[(0, "a       b")]),
            ("grö\u{8}\u{8}un", &[(0, "gun")]),
            ("\u{1b}]0;a title\u{7}x\u{1b}]8;;http://x\u{1b}\\y\u{1b}]8;;\u{1b}\\", &[(12, "xy")]),
            ("\u{1b}Pq#0;\u{7}~\u{1b}\\x", &[(10, "x")]),
            ("\u{1b}(B\u{1b}=x", &[(5, "x")]),
            ("\u{1b}[?1049halt\u{1b}[?25hx", &[(8, "altx")]),
            ("\u{1b}", &[]),
            ("\u{1b}]0;never", &[]),
            ("\n\n\n", &[]),
        ];
        for (bytes, expected) in table {
            let expected: Vec<(u64, String)> = expected.iter().map(|(at, text)| (*at, (*text).to_owned())).collect();
            assert_eq!(read(bytes.as_bytes()), expected, "{bytes:?}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_give_bounded_lines_in_order(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let mut lines = Lines::default();
            lines.read(&bytes, 7);
            prop_assert!(lines.text().len() <= bytes.len() * MAX_BLANKS + 1);
            for pair in lines.lines().windows(2) {
                prop_assert!(pair[0].offset < pair[1].offset && pair[0].end < pair[1].start);
            }
            for line in lines.lines() {
                prop_assert!(line.offset >= 7 && line.offset < 7 + bytes.len() as u64);
                prop_assert_eq!(lines.at(line.start), Some(line));
                prop_assert!(!lines.text()[line.start..line.end].contains(&b'\n'));
            }
        }
    }
}
