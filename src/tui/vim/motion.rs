//! Where the movements of vim lead in a text: its characters with line ends among them, a place is an index into them.
//! Called by the machine beside it. It must never change anything, and every place it gives lies within the text.

/// What an operator takes on its way to a place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reach {
    /// All before it.
    Before,
    /// The character there as well.
    Upon,
    /// Whole lines.
    Lines,
}

/// The four ways to look for a character in a line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Find {
    pub is_back: bool,
    /// Stops beside it.
    pub is_till: bool,
}

impl Find {
    pub fn of(letter: char) -> Option<Find> {
        let (is_back, is_till) = match letter {
            'f' => (false, false),
            'F' => (true, false),
            't' => (false, true),
            'T' => (true, true),
            _ => return None,
        };
        Some(Find { is_back, is_till })
    }

    pub fn turned(self) -> Find {
        Find { is_back: !self.is_back, ..self }
    }

    /// The place of the `count`th `c` of this line, if there are so many. `is_again`: what one stands beside already
    /// does not count.
    pub fn place(self, text: &[char], at: usize, c: char, count: usize, is_again: bool) -> Option<usize> {
        let skip = usize::from(self.is_till && is_again);
        let nth = count.saturating_sub(1);
        if self.is_back {
            let start = line_start(text, at);
            let before = text.get(start..at.saturating_sub(skip))?;
            let found = before.iter().enumerate().rev().filter(|(_, there)| **there == c).nth(nth)?;
            return Some(start + found.0 + usize::from(self.is_till));
        }
        let first = at + 1 + skip;
        let after = text.get(first..line_end(text, at))?;
        let found = after.iter().enumerate().filter(|(_, there)| **there == c).nth(nth)?;
        Some(first + found.0 - usize::from(self.is_till))
    }
}

pub fn line_start(text: &[char], at: usize) -> usize {
    text[..at].iter().rposition(|c| *c == '\n').map_or(0, |end| end + 1)
}

/// Behind the last character of the line.
pub fn line_end(text: &[char], at: usize) -> usize {
    text[at..].iter().position(|c| *c == '\n').map_or(text.len(), |end| at + end)
}

/// The first character of the line that is no blank, or its last one.
pub fn first_word(text: &[char], at: usize) -> usize {
    let (start, end) = (line_start(text, at), line_end(text, at));
    let first = text[start..end].iter().position(|c| !c.is_whitespace()).map(|n| start + n);
    first.unwrap_or_else(|| end.saturating_sub(1).max(start))
}

/// Where a cursor that stands upon characters may stand: behind a line's last one it may not.
pub fn upon(text: &[char], at: usize) -> usize {
    let at = at.min(text.len());
    if at == line_end(text, at) && at > line_start(text, at) { at - 1 } else { at }
}

/// So many lines further down or up, as far as there are any, at this column; `None` if there is none.
pub fn vertical(text: &[char], at: usize, column: usize, count: usize, is_up: bool) -> Option<usize> {
    let mut line = line_start(text, at);
    let first = line;
    for _ in 0..count {
        let next = if is_up { line.checked_sub(1).map(|end| line_start(text, end)) } else { next_line(text, line) };
        let Some(next) = next else { break };
        line = next;
    }
    (line != first).then(|| column.saturating_add(line).min(line_end(text, line)))
}

/// Where the next line begins.
fn next_line(text: &[char], at: usize) -> Option<usize> {
    let end = line_end(text, at);
    (end < text.len()).then_some(end + 1)
}

/// The beginning of a line by its number, from 1 on; of the last one if there are fewer.
pub fn line(text: &[char], number: usize) -> usize {
    let ends = text.iter().enumerate().filter(|(_, c)| **c == '\n').map(|(n, _)| n + 1);
    std::iter::once(0).chain(ends).take(number.max(1)).last().unwrap_or(0)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Blank,
    Word,
    Other,
}

fn kind(c: char) -> Kind {
    match c {
        _ if c.is_whitespace() => Kind::Blank,
        _ if c.is_alphanumeric() || c == '_' => Kind::Word,
        _ => Kind::Other,
    }
}

/// Whether a line without any character is there: a word by itself for those who walk.
fn is_empty_line(text: &[char], at: usize) -> bool {
    line_start(text, at) == at && line_end(text, at) == at
}

/// Where the next word begins; the text's end if there is none.
pub fn next_word(text: &[char], at: usize) -> usize {
    let Some(here) = text.get(at).copied().map(kind) else { return at };
    let mut to = if here == Kind::Blank { at } else { word_end(text, at) + 1 };
    while to < text.len() && kind(text[to]) == Kind::Blank {
        if to > at && is_empty_line(text, to) {
            return to;
        }
        to += 1;
    }
    to
}

/// Where this word begins, or the one before.
pub fn previous_word(text: &[char], at: usize) -> usize {
    let Some(mut to) = at.checked_sub(1) else { return 0 };
    while to > 0 && kind(text[to]) == Kind::Blank {
        if is_empty_line(text, to) {
            return to;
        }
        to -= 1;
    }
    while to > 0 && kind(text[to - 1]) == kind(text[to]) && kind(text[to]) != Kind::Blank {
        to -= 1;
    }
    to
}

/// The last character of the run of like ones that one stands in.
pub fn word_end(text: &[char], at: usize) -> usize {
    let Some(here) = text.get(at).copied().map(kind) else { return at };
    let more = text[at + 1..].iter().take_while(|c| kind(**c) == here).count();
    at + more
}

/// The last character of this word, or of the next one when one stands there already.
pub fn next_word_end(text: &[char], at: usize) -> usize {
    let first = (at + 1).min(text.len());
    match text[first..].iter().position(|c| kind(*c) != Kind::Blank) {
        Some(gap) => word_end(text, first + gap),
        None => upon(text, text.len()),
    }
}
