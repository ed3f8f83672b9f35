//! Takes control sequences out of a byte stream, over chunk borders. Used where an agent's output is printed as
//! plain text. It must never let an ESC, a C1 control or a stray control byte through.

/// Where in a sequence the last chunk ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
enum State {
    #[default]
    Text,
    Escape,
    /// `ESC [` … up to a final byte.
    Control,
    /// OSC, DCS, APC, PM, SOS: up to BEL or `ESC \`.
    Text7,
    Text7Escape,
}

#[derive(Default)]
pub struct Stripper {
    state: State,
}

impl Stripper {
    /// The printable rest of `bytes`: text, tabs, line ends.
    pub fn strip(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(bytes.len());
        for &byte in bytes {
            self.state = match (self.state, byte) {
                (State::Text7, 0x1b) => State::Text7Escape,
                (State::Text7, 0x07) | (State::Text7Escape, b'\\') => State::Text,
                (State::Text7 | State::Text7Escape, _) => State::Text7,
                (_, 0x1b) => State::Escape,
                (State::Escape, b'[') => State::Control,
                (State::Escape, b']' | b'P' | b'X' | b'^' | b'_') => State::Text7,
                // Character sets and the like have one more byte.
                (State::Escape, 0x20..=0x2f) => State::Escape,
                (State::Escape, _) => State::Text,
                (State::Control, 0x40..=0x7e) => State::Text,
                (State::Control, _) => State::Control,
                (State::Text, b'\t' | b'\n' | 0x20..=0x7e | 0x80..) => {
                    out.push(byte);
                    State::Text
                }
                (State::Text, _) => State::Text,
            };
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_text_is_left_however_it_is_cut() {
        let input = b"a\x1b[31mb\x1b]0;title\x07c\x1b]8;;x\x1b\\d\x1b(Be\x08\r\nf\x1bPq#\x1b\\g";
        for cut in 1..input.len() {
            let mut stripper = Stripper::default();
            let out: Vec<u8> = input.chunks(cut).flat_map(|piece| stripper.strip(piece)).collect();
            assert_eq!(out, b"abcde\nfg", "cut at {cut}");
        }
    }
}
