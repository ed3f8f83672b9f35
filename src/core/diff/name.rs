//! Names of files as git writes them into a diff: plain, or in quotes with escapes, behind `a/` and `b/`. Used by the
//! parser. A name that is not written so is taken as it stands.

/// The name behind `--- `, `+++ `, `rename from ` and their like; `None` for `/dev/null`.
pub fn named(bytes: &[u8], prefix: &[u8]) -> Option<Vec<u8>> {
    // A name with a blank in it is followed by a tab, so that `patch` knows its end.
    let bytes = bytes.strip_suffix(b"\t").unwrap_or(bytes);
    if bytes == b"/dev/null" {
        return None;
    }
    let name = unquoted(bytes).map_or_else(|| bytes.to_vec(), |(name, _)| name);
    Some(name.strip_prefix(prefix).map_or_else(|| name.clone(), <[u8]>::to_vec))
}

/// The one name in `a/NAME b/NAME`. Where the two differ, other lines say both.
pub fn twice(bytes: &[u8]) -> Vec<u8> {
    if let Some((name, _)) = unquoted(bytes) {
        return name.strip_prefix(b"a/").map_or_else(|| name.clone(), <[u8]>::to_vec);
    }
    let half = bytes.len() / 2;
    match bytes.get(..half).and_then(|first| first.strip_prefix(b"a/")) {
        Some(name) => name.to_vec(),
        None => bytes.to_vec(),
    }
}

/// A name in quotes, and how many bytes it took.
fn unquoted(bytes: &[u8]) -> Option<(Vec<u8>, usize)> {
    if bytes.first() != Some(&b'"') {
        return None;
    }
    let (mut name, mut at) = (Vec::new(), 1);
    loop {
        let byte = *bytes.get(at)?;
        at += 1;
        match byte {
            b'"' => return Some((name, at)),
            b'\\' => {
                let escape = *bytes.get(at)?;
                at += 1;
                name.push(match escape {
                    b'a' => 0x07,
                    b'b' => 0x08,
                    b't' => b'\t',
                    b'n' => b'\n',
                    b'v' => 0x0b,
                    b'f' => 0x0c,
                    b'r' => b'\r',
                    b'0'..=b'3' => {
                        let digits = bytes.get(at - 1..at + 2)?;
                        if !digits.iter().all(|d| (b'0'..=b'7').contains(d)) {
                            return None;
                        }
                        at += 2;
                        digits.iter().fold(0_u8, |value, d| value.wrapping_mul(8).wrapping_add(d - b'0'))
                    }
                    other => other,
                });
            }
            other => name.push(other),
        }
    }
}
