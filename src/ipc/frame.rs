//! The codec of holder frames: `u32 length · u8 type · body`, fed with whatever a socket gives. Used on both ends.
//! It must never hold more than one frame's bound in memory, whatever the peer sends.

use crate::proto::holder::MAX_BODY;

/// A frame longer than the bound, or one too short to have a type: the peer is broken and the connection ends.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("a frame of {0} bytes")]
pub struct BadLength(pub u32);

/// Appends one frame to `out`.
pub fn encode(kind: u8, body: &[u8], out: &mut Vec<u8>) {
    encode_parts(kind, &[body], out);
}

/// Appends one frame whose body is the parts in a row. The caller keeps bodies within the bound.
pub fn encode_parts(kind: u8, parts: &[&[u8]], out: &mut Vec<u8>) {
    let length: usize = 1 + parts.iter().map(|p| p.len()).sum::<usize>();
    out.extend_from_slice(&u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes());
    out.push(kind);
    for part in parts {
        out.extend_from_slice(part);
    }
}

/// One long paste must not stay in a holder's memory for days.
const KEPT: usize = 64 * 1024;

/// Cuts a byte stream into frames.
#[derive(Default)]
pub struct Decoder {
    buffer: Vec<u8>,
    taken: usize,
}

impl Decoder {
    pub fn extend(&mut self, bytes: &[u8]) {
        if self.taken > 0 {
            self.buffer.drain(..self.taken);
            self.taken = 0;
            if self.buffer.capacity() > KEPT && self.buffer.len() < KEPT {
                self.buffer.shrink_to(KEPT);
            }
        }
        self.buffer.extend_from_slice(bytes);
    }

    /// The next whole frame, or `None` until more bytes have come.
    ///
    /// # Errors
    /// When the length is impossible; nothing after it can be understood.
    pub fn next_frame(&mut self) -> Result<Option<(u8, Vec<u8>)>, BadLength> {
        let rest = &self.buffer[self.taken..];
        let Some((head, body)) = rest.split_first_chunk::<4>() else { return Ok(None) };
        let length = u32::from_le_bytes(*head);
        if length == 0 || length as usize > MAX_BODY + 1 {
            return Err(BadLength(length));
        }
        let Some(frame) = body.get(..length as usize) else { return Ok(None) };
        let result = (frame[0], frame[1..].to_vec());
        self.taken += 4 + length as usize;
        Ok(Some(result))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_survive_any_cutting() {
        let mut bytes = Vec::new();
        encode(7, b"", &mut bytes);
        encode_parts(9, &[b"ab", b"cde"], &mut bytes);
        for cut in 1..bytes.len() {
            let mut decoder = Decoder::default();
            let mut got = Vec::new();
            for piece in bytes.chunks(cut) {
                decoder.extend(piece);
                while let Some(frame) = decoder.next_frame().unwrap() {
                    got.push(frame);
                }
            }
            assert_eq!(got, [(7, vec![]), (9, b"abcde".to_vec())]);
        }
    }

    #[test]
    fn impossible_lengths_end_it() {
        for length in [0u32, (MAX_BODY + 2) as u32, u32::MAX] {
            let mut decoder = Decoder::default();
            decoder.extend(&length.to_le_bytes());
            assert_eq!(decoder.next_frame(), Err(BadLength(length)));
        }
    }
}
