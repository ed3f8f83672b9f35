//! Rows of coloured text, wrapping and cutting to a width. Used by the styles and the painter.
//! It must never let a control character through: what it is given is text.

use crate::base::text::{char_width, fit, printable, width};

/// Parameters of an SGR sequence; empty for plain text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Look(pub &'static str);

pub const PLAIN: Look = Look("");
pub const DIM: Look = Look("38;5;246");
pub const BOLD: Look = Look("1");
pub const RED: Look = Look("31");
pub const GREEN: Look = Look("32");

/// One row of the picture.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Line(Vec<(Look, String)>);

impl Line {
    pub fn blank() -> Line {
        Line::default()
    }

    pub fn plain(text: impl AsRef<str>) -> Line {
        Line::of(PLAIN, text)
    }

    pub fn of(look: Look, text: impl AsRef<str>) -> Line {
        Line::blank().with(look, text)
    }

    #[must_use]
    pub fn with(mut self, look: Look, text: impl AsRef<str>) -> Line {
        self.0.push((look, printable(text.as_ref())));
        self
    }

    /// `text` at the right end of `columns`, where there is room for it.
    #[must_use]
    pub fn right(self, look: Look, text: &str, columns: usize) -> Line {
        let room = columns.saturating_sub(self.width() + width(text));
        if room == 0 { self } else { self.with(PLAIN, " ".repeat(room)).with(look, text) }
    }

    /// Blanks up to `columns`.
    #[must_use]
    pub fn padded(self, columns: usize) -> Line {
        let room = columns.saturating_sub(self.width());
        self.with(PLAIN, " ".repeat(room))
    }

    pub fn width(&self) -> usize {
        self.0.iter().map(|(_, text)| width(text)).sum()
    }

    /// As bytes for a terminal, at most `columns` wide.
    pub fn rendered(&self, columns: usize) -> String {
        let (mut out, mut left) = (String::new(), columns);
        for (look, text) in &self.0 {
            let text = fit(text, left);
            left -= width(&text).min(left);
            match look {
                Look("") => out.push_str(&text),
                Look(sgr) => out.push_str(&format!("\x1b[{sgr}m{text}\x1b[m")),
            }
        }
        out
    }

    /// Without its colours.
    pub fn text(&self) -> String {
        self.0.iter().map(|(_, text)| text.as_str()).collect()
    }
}

/// `text` in rows of at most `columns`, broken at blanks where that is possible; its own line breaks stay.
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(1);
    let mut rows = Vec::new();
    for line in text.split('\n') {
        let (mut row, mut used, mut blank_at) = (String::new(), 0, None);
        for c in printable(line).chars() {
            let w = char_width(c);
            if used + w > columns {
                match blank_at {
                    // The blank itself stays behind, as in the real ones.
                    Some(at) if c != ' ' => {
                        let rest = row.split_off(at);
                        rows.push(std::mem::take(&mut row));
                        row = rest.trim_start().to_owned();
                        used = width(&row);
                    }
                    _ => {
                        rows.push(std::mem::take(&mut row));
                        used = 0;
                    }
                }
                blank_at = None;
                if row.is_empty() && c == ' ' {
                    continue;
                }
            }
            if c == ' ' {
                blank_at = Some(row.len());
            }
            row.push(c);
            used += w;
        }
        rows.push(row);
    }
    rows
}

/// `text` wrapped behind `first` on its first row and `rest` on all others.
pub fn hanging(look: Look, first: &str, rest: &str, text: &str, columns: usize) -> Vec<Line> {
    let rows = wrap(text, columns.saturating_sub(width(first)));
    let line = |(index, row): (usize, &String)| match index {
        0 => Line::of(look, first).with(PLAIN, row),
        _ if row.is_empty() => Line::blank(),
        _ => Line::plain(format!("{rest}{row}")),
    };
    rows.iter().enumerate().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_wrapped_at_blanks_and_cut_where_there_are_none() {
        for (text, columns, expected) in [
            ("one two three", 8, vec!["one two", "three"]),
            ("one two three", 7, vec!["one two", "three"]),
            ("abcdefgh", 3, vec!["abc", "def", "gh"]),
            ("a\n\nb", 10, vec!["a", "", "b"]),
            ("漢字漢字", 5, vec!["漢字", "漢字"]),
            ("", 5, vec![""]),
            ("x", 0, vec!["x"]),
        ] {
            assert_eq!(wrap(text, columns), expected, "{text}");
        }
    }

    #[test]
    fn a_line_is_cut_to_its_columns_and_has_no_control_characters() {
        let line = Line::of(BOLD, "ab\x1b[A").with(DIM, "cdef");
        assert_eq!(line.rendered(7), "\x1b[1mab␛[A\x1b[m\x1b[38;5;246mc…\x1b[m");
        assert_eq!(Line::plain("ab").right(PLAIN, "cd", 6).text(), "ab  cd");
        assert_eq!(Line::plain("ab").right(PLAIN, "cd", 4).text(), "ab");
        assert_eq!(Line::plain("ab").padded(4).text(), "ab  ");
    }
}
