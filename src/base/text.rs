//! Text as terminal cells: widths, cutting to a width, and making control characters visible.
//! Used by everything that puts a user's or an agent's text into a cell. It must never pass a control character on.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Columns that `text` takes; control characters count as nothing.
pub fn width(text: &str) -> usize {
    text.width()
}

/// Columns of one character: 0 for combining marks and controls, 2 for wide ones.
pub fn char_width(c: char) -> usize {
    c.width().unwrap_or(0)
}

/// Sum of the characters' own widths, without joining sequences: the rule by which runs are cut into cells.
pub fn width_by_char(text: &str) -> usize {
    text.chars().map(char_width).sum()
}

/// `text` in at most `columns` columns, with `…` as the last one when something was cut.
pub fn fit(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut used = 0;
    for c in text.chars() {
        let w = char_width(c);
        if used + w + 1 > columns {
            break;
        }
        used += w;
        out.push(c);
    }
    if columns > 0 {
        out.push('…');
    }
    out
}

/// A word as a shell reads it: in quotes where it needs them.
pub fn shell_word(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '-' | '_' | ':' | '@' | '+' | ',');
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

/// `text` with every control character and every bidirectional override replaced by something harmless to draw:
/// what comes from an agent or a file can then neither move the cursor nor reorder what is read.
pub fn printable(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\t' | '\n' | '\r' => ' ',
            '\u{0}'..='\u{1f}' => char::from_u32(0x2400 + c as u32).unwrap_or('?'),
            '\u{7f}' => '␡',
            '\u{80}'..='\u{9f}' => '�',
            c if reorders(c) => '�',
            c => c,
        })
        .collect()
}

/// Whether a terminal that knows bidirectional text would show what stands around the character in another order.
pub fn reorders(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A number of bytes for a person: `312 bytes`, `4.1 KiB`, `63 MiB`.
pub fn bytes(number: u64) -> String {
    // Tenths, as long as there are fewer than ten whole ones.
    let told = |unit: u64, name: &str| match number / unit {
        whole @ 0..10 => format!("{whole}.{} {name}", number % unit * 10 / unit),
        whole => format!("{whole} {name}"),
    };
    match number {
        0..1024 => format!("{number} bytes"),
        1024..1_048_576 => told(1024, "KiB"),
        1_048_576..1_073_741_824 => told(1_048_576, "MiB"),
        _ => told(1_073_741_824, "GiB"),
    }
}

/// A number for a person: `999`, `2.4k`, `212k`, `1.2M`.
pub fn count(number: u64) -> String {
    let told = |unit: u64, name: &str| match number / unit {
        whole @ 0..10 => format!("{whole}.{}{name}", number % unit * 10 / unit),
        whole => format!("{whole}{name}"),
    };
    match number {
        0..1_000 => number.to_string(),
        1_000..1_000_000 => told(1_000, "k"),
        1_000_000..1_000_000_000 => told(1_000_000, "M"),
        _ => told(1_000_000_000, "G"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fit_never_exceeds_the_width() {
        for (text, columns, expected) in [
            ("abc", 3, "abc"),
            ("abcd", 3, "ab…"),
            ("漢字漢", 5, "漢字…"),
            ("漢字", 3, "漢…"),
            ("abc", 0, ""),
            ("abc", 1, "…"),
        ] {
            assert_eq!(fit(text, columns), expected);
            assert!(width(&fit(text, columns)) <= columns);
        }
    }

    #[test]
    fn words_reach_the_shell_whole() {
        for (word, shell) in
            [("/run/a-b_c", "/run/a-b_c"), ("a b", "'a b'"), ("it's", "'it'\\''s'"), ("", "''"), ("$x", "'$x'")]
        {
            assert_eq!(shell_word(word), shell);
        }
    }

    #[test]
    fn controls_become_visible() {
        assert_eq!(printable("a\u{1b}[2Jb\u{202e}c\n"), "a␛[2Jb�c ");
    }

    #[test]
    fn numbers_are_told_short() {
        for (number, told) in [
            (0, "0"),
            (999, "999"),
            (2_480, "2.4k"),
            (212_999, "212k"),
            (999_999, "999k"),
            (1_234_567, "1.2M"),
            (2_000_000_000, "2.0G"),
        ] {
            assert_eq!(count(number), told);
        }
    }

    #[test]
    fn bytes_are_told_in_the_unit_that_fits() {
        let cases = [
            (0, "0 bytes"),
            (1023, "1023 bytes"),
            (1024, "1.0 KiB"),
            (10_239, "9.9 KiB"),
            (10_240, "10 KiB"),
            (2_000_000, "1.9 MiB"),
            (1_073_741_823, "1023 MiB"),
            (1_073_741_824, "1.0 GiB"),
            (u64::MAX, "17179869183 GiB"),
        ];
        for (number, told) in cases {
            assert_eq!(bytes(number), told);
        }
    }
}
