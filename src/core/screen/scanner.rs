//! Cuts a program's output into what the engine may see as it is and what must be looked at first: queries,
//! strings (OSC, DCS, APC), modes we own. Called by the screen with every chunk; keeps what a chunk cut in two.
//! It must never hold more than its limits, never reorder, and give the same pieces however the bytes are split.
//!
//! # Invariant
//! The engine's own parser only ever gets whole sequences and whole characters, so that between two pieces it is
//! at rest: a screen can be saved between any two bytes.

use super::words::{find_escape, find_final};
use serde::{Deserialize, Serialize};

/// A longer control sequence means nothing to any terminal: 32 parameters of five digits need 192 bytes.
const MAX_CSI: usize = 256;
/// Clipboard writes and icons are the longest strings in honest use; more is dropped, not cut.
const MAX_OSC: usize = 64 * 1024;
/// Only terminfo and setting queries are read, and these are short. Images are skipped.
const MAX_DCS: usize = 4 * 1024;
const ESC: u8 = 0x1b;
const BEL: u8 = 0x07;
/// CAN and SUB end any sequence without effect.
const CANCEL: [u8; 2] = [0x18, 0x1a];
const REPLACEMENT: &[u8] = "\u{fffd}".as_bytes();

/// What comes out, in stream order.
#[derive(Debug, PartialEq)]
pub(super) enum Piece<'a> {
    /// For the engine as it is: text and sequences that answer nothing.
    Plain(&'a [u8]),
    /// A whole control sequence, from ESC to its final byte, that needs a look.
    Csi(&'a [u8]),
    /// A whole two- or three-byte escape sequence that needs a look.
    Escape(&'a [u8]),
    /// The content of an OSC, and whether BEL ended it (the answer ends likewise).
    Osc { body: &'a [u8], bell: bool },
    /// The content of a DCS.
    Dcs(&'a [u8]),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
enum State {
    #[default]
    Ground,
    /// The beginning of a character.
    Character,
    Escape,
    Intermediate,
    Csi,
    SkippedCsi,
    Osc,
    SkippedOsc,
    Dcs,
    /// DCS too long, APC, PM, SOS: nothing in it is for us.
    SkippedString,
}

#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub(super) struct Scanner {
    state: State,
    held: Vec<u8>,
    /// Log offset of the unfinished sequence's first byte.
    held_at: u64,
}

impl Scanner {
    /// Gives the pieces of `bytes`, whose first byte has the log offset `offset`, to `sink`, each with the offset
    /// of its first byte.
    pub(super) fn scan(&mut self, offset: u64, bytes: &[u8], sink: &mut impl FnMut(u64, Piece<'_>)) {
        let at = |index: usize| offset + index as u64;
        let mut next = self.resume(offset, bytes, sink);
        // First byte not yet given away.
        let mut start = next;
        while next < bytes.len() {
            let Some(found) = find_escape(&bytes[next..]) else { break };
            let escape = next + found;
            let length = match sequence_at(&bytes[escape..]) {
                Sequence::Harmless(length) => {
                    next = escape + length;
                    continue;
                }
                Sequence::Whole(length) => Some(length),
                Sequence::Other => None,
            };
            give_text(at(start), &bytes[start..escape], sink);
            if let Some(length) = length {
                next = escape + length;
                sink(at(escape), Piece::Csi(&bytes[escape..next]));
                start = next;
                continue;
            }
            self.begin(at(escape));
            next = escape + 1;
            next += self.resume(at(next), &bytes[next..], sink);
            start = next;
        }
        if self.state != State::Ground {
            return;
        }
        let kept = unfinished_character(&bytes[start..]);
        let end = bytes.len() - kept;
        if kept > 0 {
            // What comes before the beginning of a character may be one that was never finished.
            give_text(at(start), &bytes[start..end], sink);
            self.state = State::Character;
            self.held.clear();
            self.held.extend_from_slice(&bytes[end..]);
            self.held_at = at(end);
        } else if start < end {
            sink(at(start), Piece::Plain(&bytes[start..end]));
        }
    }

    /// Whether nothing is held back: the next byte begins something new.
    pub(super) fn is_at_rest(&self) -> bool {
        self.state == State::Ground
    }

    /// Whether what a restored scanner claims to hold could have come from [`Scanner::scan`].
    pub(super) fn is_plausible(&self) -> bool {
        self.held.len() <= MAX_OSC
    }

    fn begin(&mut self, at: u64) {
        self.state = State::Escape;
        self.held.clear();
        self.held.push(ESC);
        self.held_at = at;
    }

    fn end(&mut self) {
        self.state = State::Ground;
        self.held.clear();
        // An idle screen should not keep the room of one long title or clipboard.
        self.held.shrink_to(MAX_CSI);
    }

    /// Goes on with the unfinished sequence until none is left or the bytes are used up; returns how many it used.
    fn resume(&mut self, offset: u64, bytes: &[u8], sink: &mut impl FnMut(u64, Piece<'_>)) -> usize {
        let mut index = 0;
        while self.state != State::Ground && index < bytes.len() {
            let byte = bytes[index];
            let at = offset + index as u64;
            match self.state {
                State::Ground => {}
                State::Character => {
                    if !self.character(byte, sink) {
                        continue;
                    }
                }
                State::Osc | State::SkippedOsc | State::Dcs | State::SkippedString => {
                    index += self.string(at, &bytes[index..], sink);
                    continue;
                }
                _ => match byte {
                    ESC => self.begin(at),
                    _ if CANCEL.contains(&byte) => self.end(),
                    // Controls inside a sequence act at once, as on every terminal since the VT100.
                    0..=0x1f => sink(at, Piece::Plain(&[byte])),
                    0x7f.. => {}
                    _ => self.sequence(byte, sink),
                },
            }
            index += 1;
        }
        index
    }

    /// One more byte of a character; `false` when it does not belong to it.
    fn character(&mut self, byte: u8, sink: &mut impl FnMut(u64, Piece<'_>)) -> bool {
        if !(0x80..0xc0).contains(&byte) {
            sink(self.held_at, Piece::Plain(REPLACEMENT));
            self.end();
            return false;
        }
        self.held.push(byte);
        if unfinished_character(&self.held) != self.held.len() {
            sink(self.held_at, Piece::Plain(&self.held));
            self.end();
        }
        true
    }

    /// One more printable byte of an escape or control sequence.
    fn sequence(&mut self, byte: u8, sink: &mut impl FnMut(u64, Piece<'_>)) {
        match (self.state, byte) {
            (State::Escape, b'[') => {
                self.state = State::Csi;
                self.held.push(byte);
            }
            (State::Escape, b']') => self.begin_string(State::Osc),
            (State::Escape, b'P') => self.begin_string(State::Dcs),
            (State::Escape, b'X' | b'^' | b'_') => self.begin_string(State::SkippedString),
            (State::Escape | State::Intermediate, 0x20..=0x2f) => {
                self.state = State::Intermediate;
                // The engine reads two; more make a sequence nobody knows.
                if self.held.len() < 8 {
                    self.held.push(byte);
                }
            }
            (State::Csi, 0x20..=0x3f) if self.held.len() >= MAX_CSI => {
                self.state = State::SkippedCsi;
                self.held.clear();
            }
            (State::Csi, 0x20..=0x3f) => self.held.push(byte),
            (State::SkippedCsi, 0x20..=0x3f) => {}
            (State::SkippedCsi, _) => self.end(),
            (state, _) => {
                self.held.push(byte);
                let piece = match state {
                    State::Csi => Piece::Csi(&self.held),
                    _ => Piece::Escape(&self.held),
                };
                sink(self.held_at, piece);
                self.end();
            }
        }
    }

    fn begin_string(&mut self, state: State) {
        self.state = state;
        self.held.clear();
    }

    /// The next stretch of a string, up to and with its end; returns how many bytes it used.
    fn string(&mut self, offset: u64, bytes: &[u8], sink: &mut impl FnMut(u64, Piece<'_>)) -> usize {
        let is_osc = matches!(self.state, State::Osc | State::SkippedOsc);
        let is_end = |byte: u8| byte == ESC || CANCEL.contains(&byte) || (is_osc && byte == BEL);
        let length = bytes.iter().position(|byte| is_end(*byte)).unwrap_or(bytes.len());
        let (limit, skipped) = match self.state {
            State::Osc => (MAX_OSC, State::SkippedOsc),
            _ => (MAX_DCS, State::SkippedString),
        };
        if matches!(self.state, State::Osc | State::Dcs) {
            self.held.extend(bytes[..length].iter().filter(|byte| **byte >= 0x20));
            if self.held.len() > limit {
                self.state = skipped;
                self.held = Vec::new();
            }
        }
        let Some(last) = bytes.get(length) else { return length };
        if !CANCEL.contains(last) {
            match self.state {
                State::Osc => sink(self.held_at, Piece::Osc { body: &self.held, bell: *last == BEL }),
                State::Dcs => sink(self.held_at, Piece::Dcs(&self.held)),
                _ => {}
            }
        }
        self.end();
        if *last == ESC {
            // Nearly always the first half of ST; but any sequence may follow and must not be lost.
            self.begin(offset + length as u64);
        }
        length + 1
    }
}

/// What is at the start of bytes that begin with ESC.
enum Sequence {
    /// A whole one of this length that the engine may have as it is.
    Harmless(usize),
    /// A whole control sequence of this length that needs a look.
    Whole(usize),
    /// Anything else: unfinished, a string, a rare one.
    Other,
}

fn sequence_at(bytes: &[u8]) -> Sequence {
    let Some(second) = bytes.get(1) else { return Sequence::Other };
    if *second != b'[' {
        let looked_at = matches!(second, b'P' | b'X' | b']' | b'^' | b'_' | b'Z' | b'c');
        let is_short = (0x30..0x7f).contains(second) && !looked_at;
        return if is_short { Sequence::Harmless(2) } else { Sequence::Other };
    }
    let Some(found) = find_final(&bytes[2..bytes.len().min(MAX_CSI)]) else { return Sequence::Other };
    let length = found + 3;
    let looked_at = match bytes[length - 1] {
        // Queries, cursor and keyboard state that shares its final byte with a query, repetition, and a move down that
        // the engine takes for another.
        b'b' | b'c' | b'e' | b'n' | b'p' | b'q' | b't' | b'u' => true,
        // The cursor is shown and hidden in every redraw.
        b'h' | b'l' => bytes[2] == b'?' && &bytes[3..length - 1] != b"25",
        // Not colours but `modifyOtherKeys`, and what it is.
        b'm' => matches!(bytes[2], b'>' | b'?'),
        0x40..=0x7e => false,
        // Broken off or with a control code inside.
        _ => return Sequence::Other,
    };
    if looked_at { Sequence::Whole(length) } else { Sequence::Harmless(length) }
}

/// Gives text that an ESC or a new character follows: a character cut off there will never be whole.
fn give_text(at: u64, bytes: &[u8], sink: &mut impl FnMut(u64, Piece<'_>)) {
    let cut = unfinished_character(bytes);
    let whole = bytes.len() - cut;
    if whole > 0 {
        sink(at, Piece::Plain(&bytes[..whole]));
    }
    if cut > 0 {
        sink(at + whole as u64, Piece::Plain(REPLACEMENT));
    }
}

/// How many bytes at the end begin a character without finishing it.
fn unfinished_character(bytes: &[u8]) -> usize {
    let tail = &bytes[bytes.len().saturating_sub(3)..];
    // The last byte that is not a continuation begins the last character.
    let Some(lead) = tail.iter().rposition(|byte| !(0x80..0xc0).contains(byte)) else { return 0 };
    match std::str::from_utf8(&tail[lead..]) {
        Err(error) if error.valid_up_to() == 0 && error.error_len().is_none() => tail.len() - lead,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(chunks: &[&[u8]]) -> Vec<String> {
        let mut scanner = Scanner::default();
        let mut out: Vec<String> = Vec::new();
        let mut offset = 0;
        for chunk in chunks {
            scanner.scan(offset, chunk, &mut |at, piece| {
                let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).replace('\u{1b}', "^[").replace('\u{7}', "^G");
                let shown = match piece {
                    Piece::Plain(bytes) => {
                        // Plain text may come in any number of parts.
                        if let Some(last) = out.last_mut().filter(|last| last.starts_with("plain ")) {
                            last.push_str(&text(bytes));
                            return;
                        }
                        format!("plain {}", text(bytes))
                    }
                    Piece::Csi(bytes) => format!("{at} csi {}", text(bytes)),
                    Piece::Escape(bytes) => format!("{at} esc {}", text(bytes)),
                    Piece::Osc { body, bell } => format!("{at} osc {} {bell}", text(body)),
                    Piece::Dcs(body) => format!("{at} dcs {}", text(body)),
                };
                out.push(shown);
            });
            offset += chunk.len() as u64;
        }
        out
    }

    #[test]
    fn sequences_come_out_whole_wherever_they_are_split() {
        let table: &[(&[u8], &[&str])] = &[
            (b"ab\x1b[1mc", &["plain ab^[[1mc"]),
            (b"a\x1b[c\x1b]7501;?\x1b\\b", &["plain a", "1 csi ^[[c", "4 osc 7501;? false", "14 esc ^[\\", "plain b"]),
            (b"\x1b]0;t\x07x", &["0 osc 0;t true", "plain x"]),
            // A control inside a sequence acts before it.
            (b"\x1b[?20\n26hz", &["plain \n", "0 csi ^[[?2026h", "plain z"]),
            // Cancelled, and begun anew.
            (b"\x1b[?20\x18z\x1b[?2\x1b[?25h", &["plain z", "11 csi ^[[?25h"]),
            (b"\x1bP+q4d73\x1b\\\x1b_Gi=31;AA\x1b\\k", &["0 dcs +q4d73", "9 esc ^[\\", "22 esc ^[\\", "plain k"]),
            (b"\x1b]2;a\x1b[cb", &["0 osc 2;a false", "5 csi ^[[c", "plain b"]),
            (b"\xe6\xbc\xa2\xe6\x1b[mx", &["plain 漢\u{fffd}", "plain ^[[mx"]),
            (b"\xe0\xa0\xc2\xe0\xa0\xc2\x1b[c", &["plain \u{fffd}\u{fffd}\u{fffd}\u{fffd}", "6 csi ^[[c"]),
            (b"\x1b(0q\x1b(B", &["0 esc ^[(0", "plain q", "4 esc ^[(B"]),
        ];
        let joined = |parts: Vec<String>| {
            // In one chunk, a harmless sequence is plain; cut in two it comes alone. Both mean the same.
            let mut out: Vec<String> = Vec::new();
            for part in parts {
                let plain = part.strip_prefix("plain ").map(str::to_owned).or_else(|| {
                    let (_, sequence) = part.split_once(" csi ").or_else(|| part.split_once(" esc "))?;
                    let bytes = sequence.replace("^[", "\u{1b}");
                    matches!(sequence_at(bytes.as_bytes()), Sequence::Harmless(_)).then(|| sequence.to_owned())
                });
                match (plain, out.last_mut()) {
                    (Some(text), Some(last)) if last.starts_with("plain ") => last.push_str(&text),
                    (Some(text), _) => out.push(format!("plain {text}")),
                    (None, _) => out.push(part),
                }
            }
            out
        };
        for (bytes, expected) in table {
            let expected = joined(expected.iter().map(|part| (*part).to_owned()).collect());
            assert_eq!(joined(pieces(&[bytes])), expected);
            for cut in 1..bytes.len() {
                assert_eq!(joined(pieces(&[&bytes[..cut], &bytes[cut..]])), expected, "cut at {cut}");
            }
            let single: Vec<&[u8]> = bytes.chunks(1).collect();
            assert_eq!(joined(pieces(&single)), expected, "byte by byte");
        }
    }

    #[test]
    fn too_long_strings_are_dropped_and_memory_stays_bounded() {
        let mut scanner = Scanner::default();
        let mut seen = 0;
        for (begin, length) in [("\u{1b}]52;c;", MAX_OSC), ("\u{1b}Pq", MAX_DCS), ("\u{1b}[", MAX_CSI)] {
            let mut bytes = begin.as_bytes().to_vec();
            bytes.resize(length * 3, b'1');
            scanner.scan(0, &bytes, &mut |_, _| seen += 1);
            assert!(scanner.held.capacity() <= MAX_OSC);
            // The end of the string, whatever its kind, and then text again.
            let mut after = Vec::new();
            scanner.scan(0, b"m\x1b\\ok", &mut |_, piece| {
                if let Piece::Plain(bytes) | Piece::Escape(bytes) = piece {
                    after.extend_from_slice(bytes);
                }
            });
            assert_eq!(after, b"\x1b\\ok");
        }
        assert_eq!(seen, 0);
    }
}
