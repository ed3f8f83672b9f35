//! What comes from the terminal: keys, pastes, answers to queries. Fed by the machine with bytes in any pieces.
//! It must never take an answer of the terminal for something that a person typed.

/// After an ESC that nothing follows within this time, it was the key. Longer than any sequence is torn by a PTY of the
/// same machine, shorter than a person's next key.
pub const ESCAPE_MS: u64 = 40;

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Key {
    Char(char),
    Enter,
    /// A line break that does not send (ctrl-j, alt-Enter).
    Newline,
    Backspace,
    /// ctrl-u: the line is cleared.
    Clear,
    Interrupt,
    End,
    Escape,
    Next,
    Previous,
    Paste(String),
    /// The terminal understands OSC 7501.
    KnowsReports,
    /// The terminal has said what it is (DA1): what was not answered by now will not be.
    Attributes,
}

#[derive(Default)]
pub struct Keys {
    open: Vec<u8>,
    /// When the last byte came, while a sequence is open.
    since: u64,
}

const PASTE: (&[u8], &[u8]) = (b"\x1b[200~", b"\x1b[201~");

impl Keys {
    pub fn feed(&mut self, bytes: &[u8], now: u64) -> Vec<Key> {
        self.open.extend_from_slice(bytes);
        self.since = now;
        let mut keys = Vec::new();
        while let Some((length, key)) = first(&self.open) {
            self.open.drain(..length);
            keys.extend(key);
        }
        keys
    }

    /// The Escape key, when nothing has followed it for long enough.
    pub fn late(&mut self, now: u64) -> Option<Key> {
        if self.open.first() != Some(&0x1b) || self.open.len() > 1 || now < self.since + ESCAPE_MS {
            return None;
        }
        self.open.clear();
        Some(Key::Escape)
    }

    /// When [`Keys::late`] may have something.
    pub fn deadline(&self) -> Option<u64> {
        (self.open.as_slice() == b"\x1b").then_some(self.since + ESCAPE_MS)
    }
}

/// The first whole item: its length, and the key that it is if it is one.
fn first(bytes: &[u8]) -> Option<(usize, Option<Key>)> {
    match *bytes.first()? {
        0x1b => escape(bytes),
        b'\r' => Some((1, Some(Key::Enter))),
        b'\n' => Some((1, Some(Key::Newline))),
        0x08 | 0x7f => Some((1, Some(Key::Backspace))),
        0x15 => Some((1, Some(Key::Clear))),
        0x03 => Some((1, Some(Key::Interrupt))),
        0x04 => Some((1, Some(Key::End))),
        b'\t' => Some((1, Some(Key::Next))),
        0..0x20 => Some((1, None)),
        _ => text(bytes),
    }
}

/// A character, when it is whole; what is none is dropped.
fn text(bytes: &[u8]) -> Option<(usize, Option<Key>)> {
    let length = match bytes[0] {
        0..0x80 => 1,
        0xc0..0xe0 => 2,
        0xe0..0xf0 => 3,
        0xf0..0xf8 => 4,
        _ => return Some((1, None)),
    };
    let piece = bytes.get(..length)?;
    match std::str::from_utf8(piece).ok().and_then(|text| text.chars().next()) {
        Some(c) => Some((length, Some(Key::Char(c)))),
        None => Some((1, None)),
    }
}

fn escape(bytes: &[u8]) -> Option<(usize, Option<Key>)> {
    match *bytes.get(1)? {
        b'[' => {
            let end = 2 + bytes[2..].iter().position(|b| (0x40..0x7f).contains(b))?;
            if bytes[..=end] == *PASTE.0 {
                let text = &bytes[PASTE.0.len()..];
                let at = text.windows(PASTE.1.len()).position(|w| w == PASTE.1)?;
                let pasted = String::from_utf8_lossy(&text[..at]).replace("\r\n", "\n").replace('\r', "\n");
                return Some((PASTE.0.len() + at + PASTE.1.len(), Some(Key::Paste(pasted))));
            }
            Some((end + 1, csi(&bytes[2..end], bytes[end])))
        }
        b'O' => Some((3, arrow(*bytes.get(2)?))),
        b']' | b'P' | b'_' => {
            let (at, length) = string_end(&bytes[2..])?;
            let knows = bytes[1] == b']' && bytes[2..2 + at].starts_with(b"7501;");
            Some((2 + at + length, knows.then_some(Key::KnowsReports)))
        }
        b'\r' | b'\n' => Some((2, Some(Key::Newline))),
        0x1b => Some((1, Some(Key::Escape))),
        _ => Some((2, None)),
    }
}

/// Where a string sequence ends, and how long its end is.
fn string_end(bytes: &[u8]) -> Option<(usize, usize)> {
    let at = bytes.iter().position(|b| matches!(b, 0x07 | 0x1b))?;
    match bytes[at] {
        0x07 => Some((at, 1)),
        _ => bytes.get(at + 1).map(|_| (at, 2)),
    }
}

/// Keys of the kitty protocol count as well: two of the families ask for it.
fn csi(parameters: &[u8], end: u8) -> Option<Key> {
    let text = std::str::from_utf8(parameters).unwrap_or_default();
    match end {
        b'c' if text.starts_with('?') => Some(Key::Attributes),
        b'Z' => Some(Key::Previous),
        b'u' if !text.starts_with(['?', '>', '<', '=']) => {
            let mut parts = text.split(';');
            let code = parts.next()?.split(':').next()?.parse::<u32>().ok()?;
            let held = parts.next().and_then(|m| m.split(':').next()?.parse::<u8>().ok()).unwrap_or(1) - 1;
            let is_control = held & 4 != 0;
            match (code, is_control) {
                (27, _) => Some(Key::Escape),
                (13, false) => Some(if held == 0 { Key::Enter } else { Key::Newline }),
                (127, _) => Some(Key::Backspace),
                (9, _) => Some(if held & 1 != 0 { Key::Previous } else { Key::Next }),
                (99, true) => Some(Key::Interrupt),
                (100, true) => Some(Key::End),
                (106, true) => Some(Key::Newline),
                (117, true) => Some(Key::Clear),
                (_, true) => None,
                _ => char::from_u32(code).map(Key::Char),
            }
        }
        _ => arrow(end),
    }
}

fn arrow(end: u8) -> Option<Key> {
    match end {
        b'B' | b'C' => Some(Key::Next),
        b'A' | b'D' => Some(Key::Previous),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_answers_are_told_apart_however_they_are_cut() {
        let bytes = "aü\r\n\x7f\x15\x03\x04\t\x1b[A\x1b[B\x1bOC\x1b[200~one\r\ntwo\x1b[201~\x1b]7501;?\x1b\\\x1b[?62;22c\
                     \x1b[I\x1b[27u\x1b[117;5u\x1b]10;rgb:d0d0/d0d0/d0d0\x07\x1bP>|x 1\x1b\\\x1b[1;1R\x1b[?0u\x1b\rb";
        let expected = [
            Key::Char('a'),
            Key::Char('ü'),
            Key::Enter,
            Key::Newline,
            Key::Backspace,
            Key::Clear,
            Key::Interrupt,
            Key::End,
            Key::Next,
            Key::Previous,
            Key::Next,
            Key::Next,
            Key::Paste("one\ntwo".into()),
            Key::KnowsReports,
            Key::Attributes,
            Key::Escape,
            Key::Clear,
            Key::Newline,
            Key::Char('b'),
        ];
        assert_eq!(Keys::default().feed(bytes.as_bytes(), 0), expected);
        for cut in 1..7 {
            let mut keys = Keys::default();
            let got: Vec<Key> = bytes.as_bytes().chunks(cut).flat_map(|piece| keys.feed(piece, 0)).collect();
            assert_eq!(got, expected, "in pieces of {cut}");
        }
    }

    #[test]
    fn a_lone_escape_is_a_key_after_a_while() {
        let mut keys = Keys::default();
        assert!(keys.feed(b"\x1b", 100).is_empty());
        assert_eq!((keys.late(100 + ESCAPE_MS - 1), keys.deadline()), (None, Some(100 + ESCAPE_MS)));
        assert_eq!(keys.late(100 + ESCAPE_MS), Some(Key::Escape));
        assert_eq!((keys.late(1000), keys.deadline()), (None, None));
        // Two of them at once: the first is certain.
        assert_eq!(keys.feed(b"\x1b\x1b", 0), [Key::Escape]);
    }
}
