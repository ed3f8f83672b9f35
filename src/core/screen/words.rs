//! Finds bytes eight at a time without branching on each: in output full of short sequences, guessing where each
//! one ends wrongly costs more than all else the scanner does. Used by the scanner only. It must never look
//! further than the bytes it is given.

const WORD: usize = size_of::<u64>();
/// How far ahead ESC is looked for here; behind that the faster start of this does not matter any more.
const NEAR: usize = 4 * WORD;

const fn each(byte: u8) -> u64 {
    u64::from_ne_bytes([byte; WORD])
}

/// Where the first ESC is.
pub(super) fn find_escape(bytes: &[u8]) -> Option<usize> {
    let (words, _) = bytes[..bytes.len().min(NEAR)].as_chunks::<WORD>();
    for (index, word) in words.iter().enumerate() {
        let other = u64::from_le_bytes(*word) ^ each(0x1b);
        // The lowest byte that is zero gets its high bit; only bits above it may be wrong.
        let zero = other.wrapping_sub(each(1)) & !other & each(0x80);
        if zero != 0 {
            return Some(index * WORD + zero.trailing_zeros() as usize / 8);
        }
    }
    let near = words.len() * WORD;
    memchr::memchr(0x1b, &bytes[near..]).map(|found| near + found)
}

/// Where the first byte is that is neither a parameter nor an intermediate of a control sequence (0x20 to 0x3f).
pub(super) fn find_final(bytes: &[u8]) -> Option<usize> {
    let (words, rest) = bytes.as_chunks::<WORD>();
    for (index, word) in words.iter().enumerate() {
        let other = (u64::from_le_bytes(*word) & each(0xe0)) ^ each(0x20);
        if other != 0 {
            return Some(index * WORD + other.trailing_zeros() as usize / 8);
        }
    }
    let found = rest.iter().position(|byte| !(0x20..0x40).contains(byte))?;
    Some(words.len() * WORD + found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_a_plain_search_finds() {
        let mut seed = 1u32;
        for length in 0..80 {
            for _ in 0..200 {
                let mut next = || {
                    seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    seed >> 16
                };
                // Mostly bytes that are skipped, so that the hit may be anywhere.
                let bytes: Vec<u8> = (0..length)
                    .map(|_| if next() % 20 == 0 { next() as u8 } else { 0x20 + (next() % 32) as u8 })
                    .map(|byte| if byte == 0x1c { 0x1b } else { byte })
                    .collect();
                assert_eq!(find_escape(&bytes), bytes.iter().position(|byte| *byte == 0x1b), "{bytes:?}");
                assert_eq!(find_final(&bytes), bytes.iter().position(|byte| !(0x20..0x40).contains(byte)), "{bytes:?}");
            }
        }
    }
}
