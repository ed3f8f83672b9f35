//! What quotes, braces and changes of a value make of letters. Called by `words.rs`; no state, no judgement. It must never
//! give a text where bash would give another one: then it gives none.

use brush_parser::word::{BraceExpressionMember, BraceExpressionOrText, ParameterExpr};

/// Words that one word may become by braces; bash has no limit, a reader has.
pub const MOST_WORDS: usize = 64;

/// `{01..03}`: numbers that keep their width.
pub fn has_padding(text: &str) -> bool {
    let is_padded = |rest: &str| {
        let rest = rest.strip_prefix('-').unwrap_or(rest);
        rest.starts_with('0') && rest[1..].starts_with(|c: char| c.is_ascii_digit())
    };
    let after = |mark: &str| text.match_indices(mark).any(|(at, _)| is_padded(&text[at + mark.len()..]));
    text.contains("..") && (after("{") || after(".."))
}

/// All words that braces stand for; `None`: too many.
pub fn braces(pieces: &[BraceExpressionOrText]) -> Option<Vec<String>> {
    let mut all = vec![String::new()];
    for piece in pieces {
        let choices = match piece {
            BraceExpressionOrText::Text(text) => vec![text.clone()],
            BraceExpressionOrText::Expr(members) => {
                let mut choices = Vec::new();
                for member in members {
                    choices.extend(match member {
                        BraceExpressionMember::NumberSequence { start, end, increment } => {
                            let step = increment.unsigned_abs().max(1) as usize;
                            let length = start.abs_diff(*end) as usize / step;
                            if length > MOST_WORDS {
                                return None;
                            }
                            let sign = if start <= end { 1 } else { -1 };
                            (0..=length).map(|n| (start + sign * (n * step) as i64).to_string()).collect()
                        }
                        BraceExpressionMember::CharSequence { start, end, increment } => {
                            let step = increment.unsigned_abs().max(1) as u32;
                            let (from, to) = (*start as u32, *end as u32);
                            let length = from.abs_diff(to) / step;
                            let at = |n: u32| if from <= to { from + n * step } else { from - n * step };
                            (0..=length).filter_map(|n| char::from_u32(at(n))).map(String::from).collect()
                        }
                        BraceExpressionMember::Child(inner) => braces(inner)?,
                    });
                }
                choices
            }
        };
        if all.len() * choices.len() > MOST_WORDS {
            return None;
        }
        all = all.iter().flat_map(|begin| choices.iter().map(move |end| format!("{begin}{end}"))).collect();
    }
    Some(all)
}

pub fn unescaped_backquotes(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, chars.peek()) {
            ('\\', Some('`' | '\\' | '$')) => out.extend(chars.next()),
            _ => out.push(c),
        }
    }
    out
}

/// Simple changes of a known value; `None` where a pattern is more than text.
pub fn changed(expression: &ParameterExpr, text: &str) -> Option<String> {
    use ParameterExpr as E;
    let plain = |pattern: &Option<String>| {
        pattern.clone().filter(|p| !p.contains(['*', '?', '[', '$', '`', '\\', '"', '\'', '(', '~']))
    };
    Some(match expression {
        E::RemoveSmallestSuffixPattern { pattern, .. } | E::RemoveLargestSuffixPattern { pattern, .. } => {
            text.strip_suffix(&*plain(pattern)?).unwrap_or(text).to_owned()
        }
        E::RemoveSmallestPrefixPattern { pattern, .. } | E::RemoveLargestPrefixPattern { pattern, .. } => {
            text.strip_prefix(&*plain(pattern)?).unwrap_or(text).to_owned()
        }
        E::UppercasePattern { pattern: None, .. } => text.to_uppercase(),
        E::LowercasePattern { pattern: None, .. } => text.to_lowercase(),
        // Octal numbers, and letters that are bytes elsewhere.
        E::Substring { offset, .. } if offset.value.trim().starts_with('0') && offset.value.trim() != "0" => {
            return None;
        }
        E::Substring { .. } if !text.is_ascii() => return None,
        E::Substring { offset, length, .. } => {
            let from: usize = offset.value.trim().parse().ok()?;
            let count = match length {
                Some(length) => length.value.trim().parse().ok()?,
                None => usize::MAX,
            };
            text.chars().skip(from).take(count).collect()
        }
        _ => return None,
    })
}

/// `$'…'`; `None` for what is no text.
pub fn ansi_c(text: &str) -> Option<String> {
    let all: Vec<char> = text.chars().collect();
    let (mut out, mut at) = (Vec::<u8>::new(), 0);
    let push = |out: &mut Vec<u8>, c: char| out.extend(c.encode_utf8(&mut [0; 4]).bytes());
    while let Some(c) = all.get(at).copied() {
        at += 1;
        if c != '\\' {
            push(&mut out, c);
            continue;
        }
        let kind = *all.get(at)?;
        let number = |from: usize, radix: u32, most: usize| {
            let digits: String = all.iter().skip(from).take(most).take_while(|c| c.is_digit(radix)).collect();
            u32::from_str_radix(&digits, radix).ok().map(|number| (number, from + digits.len()))
        };
        at += 1;
        match kind {
            'n' => out.push(b'\n'),
            't' => out.push(b'\t'),
            'r' => out.push(b'\r'),
            'a' => out.push(7),
            'b' => out.push(8),
            'e' | 'E' => out.push(27),
            'f' => out.push(12),
            'v' => out.push(11),
            '\\' | '\'' | '"' | '?' => push(&mut out, kind),
            '0'..='7' => {
                let (number, end) = number(at - 1, 8, 3)?;
                out.push(number as u8);
                at = end;
            }
            'x' => {
                let (number, end) = number(at, 16, 2)?;
                out.push(number as u8);
                at = end;
            }
            'u' | 'U' => {
                let (number, end) = number(at, 16, if kind == 'u' { 4 } else { 8 })?;
                push(&mut out, char::from_u32(number)?);
                at = end;
            }
            'c' => {
                out.push(*all.get(at)? as u8 & 0x1f);
                at += 1;
            }
            // Both stay.
            other => {
                out.push(b'\\');
                push(&mut out, other);
            }
        }
    }
    // The rest behind a NUL is gone.
    let end = out.iter().position(|b| *b == 0).unwrap_or(out.len());
    out.truncate(end);
    String::from_utf8(out).ok()
}

/// `*.{pem,key}` of a program of its own: each of the patterns; `None` where braces stand in braces.
pub fn alternatives(pattern: &str) -> Option<Vec<String>> {
    let mut all = vec![String::new()];
    let mut rest = pattern;
    while let Some((before, behind)) = rest.split_once('{') {
        let (inner, after) = behind.split_once('}')?;
        if inner.contains('{') || all.len() > MOST_WORDS {
            return None;
        }
        all = all.iter().flat_map(|one| inner.split(',').map(move |part| format!("{one}{before}{part}"))).collect();
        rest = after;
    }
    all.iter_mut().for_each(|one| one.push_str(rest));
    Some(all)
}
