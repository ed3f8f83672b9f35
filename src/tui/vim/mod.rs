//! The habits of vim in a text field: what a key does to a text, its cursor and the mode. Called by `fields` for every
//! key of an open field when the settings want it. Pure, and without a dialog: keys that mean nothing here are given
//! back. In INSERT that is every key but esc: typing is the field's. It must never make a second line where there is one.

mod motion;
#[cfg(test)]
mod tests;
mod undo;

pub use undo::History;

use crate::core::keys::{Key, KeyCode};
use motion::{Find, Reach};

/// Nobody counts further.
const MOST: usize = 9_999;
/// What is put never makes a text longer than this, in characters: a count must not fill the memory.
const LONGEST: usize = 1 << 18;

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Mode {
    #[default]
    Insert,
    Normal,
    Visual,
}

impl Mode {
    /// As the screen says it.
    pub fn word(self) -> &'static str {
        match self {
            Mode::Insert => "INSERT",
            Mode::Normal => "NORMAL",
            Mode::Visual => "VISUAL",
        }
    }
}

/// A field's text as the machine sees it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Text {
    /// Lines with a line end between them.
    pub chars: Vec<char>,
    /// The cursor: before or upon the character with this index.
    pub at: usize,
    /// Only one line can be.
    pub is_one_line: bool,
}

/// What came of a key.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reply {
    Taken,
    /// It is the dialog's, perhaps as another key.
    Pass(Key),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Operator {
    Delete,
    Change,
    Yank,
}

impl Operator {
    fn of(letter: char) -> Option<Operator> {
        match letter {
            'd' => Some(Operator::Delete),
            'c' => Some(Operator::Change),
            'y' => Some(Operator::Yank),
            _ => None,
        }
    }
}

/// What the next letter is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Awaits {
    Find(Find),
    Replace,
    /// The second `g`.
    Top,
}

/// The part of a command that has been typed.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
struct Begun {
    count: Option<usize>,
    /// With the count before it.
    operator: Option<(Operator, Option<usize>)>,
    awaits: Option<Awaits>,
}

impl Begun {
    /// Both counts multiply, as in `2d3w`.
    fn count(&self) -> Option<usize> {
        let before = self.operator.and_then(|(_, count)| count);
        match (before, self.count) {
            (None, None) => None,
            (before, count) => Some(before.unwrap_or(1).saturating_mul(count.unwrap_or(1)).min(MOST)),
        }
    }
}

/// Cut or copied last, in whichever field.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
struct Register {
    chars: Vec<char>,
    is_lines: bool,
}

#[derive(Clone, Debug, Default)]
pub struct Vim {
    pub mode: Mode,
    /// Where typing was begun.
    typed_at: Option<usize>,
    /// Where the selection was begun.
    anchor: usize,
    begun: Begun,
    register: Register,
    last_find: Option<(Find, char)>,
    /// The column that `j` and `k` would like to be in.
    column: Option<usize>,
}

impl Vim {
    /// As a field that has just been opened is met. What was cut stays.
    pub fn begin(&mut self) {
        (self.mode, self.begun, self.typed_at) = (Mode::Insert, Begun::default(), None);
    }

    /// First and last selected character, with the cursor at `at`.
    pub fn selection(&self, at: usize) -> Option<(usize, usize)> {
        (self.mode == Mode::Visual).then(|| (self.anchor.min(at), self.anchor.max(at)))
    }

    pub fn key(&mut self, text: &mut Text, history: &mut History, key: Key) -> Reply {
        let key = if key == Key::ctrl('[') { Key::plain(KeyCode::Escape) } else { key };
        text.at = text.at.min(text.chars.len());
        let reply = match (self.mode, key.code) {
            (Mode::Insert, KeyCode::Escape) => {
                self.mode = Mode::Normal;
                text.at = text.at.saturating_sub(1).max(motion::line_start(&text.chars, text.at));
                Reply::Taken
            }
            (Mode::Insert, _) => return Reply::Pass(key),
            _ => {
                // Something may have been pasted.
                history.note(&text.chars, text.at);
                text.at = motion::upon(&text.chars, text.at);
                self.anchor = self.anchor.min(text.chars.len());
                self.command(text, history, key)
            }
        };
        if self.mode == Mode::Insert {
            self.typed_at = Some(text.at);
        } else {
            text.at = motion::upon(&text.chars, text.at);
            history.note(&text.chars, self.typed_at.take().unwrap_or(text.at));
        }
        reply
    }

    /// A key in NORMAL or VISUAL.
    fn command(&mut self, text: &mut Text, history: &mut History, key: Key) -> Reply {
        if let Some(awaits) = self.begun.awaits.take() {
            match key.printable() {
                Some(c) => self.awaited(text, awaits, c),
                None => self.begun = Begun::default(),
            }
            return Reply::Taken;
        }
        let letter = match key.code {
            KeyCode::Left | KeyCode::Backspace => 'h',
            KeyCode::Right => 'l',
            KeyCode::Up => 'k',
            KeyCode::Down => 'j',
            KeyCode::End => '$',
            KeyCode::Delete => 'x',
            KeyCode::Home => {
                self.begun.count = None;
                '0'
            }
            _ => match key.printable() {
                Some(letter) => letter,
                None => return self.other(text, history, key),
            },
        };
        if let Some(digit) = letter.to_digit(10).filter(|digit| *digit > 0 || self.begun.count.is_some()) {
            let count = self.begun.count.unwrap_or(0) * 10 + digit as usize;
            self.begun.count = Some(count.min(MOST));
            return Reply::Taken;
        }
        if !matches!(letter, 'j' | 'k') {
            self.column = None;
        }
        let find = Find::of(letter).map(Awaits::Find);
        let replace =
            (letter == 'r' && self.begun.operator.is_none() && self.mode == Mode::Normal).then_some(Awaits::Replace);
        let top = (letter == 'g').then_some(Awaits::Top);
        if let Some(awaits) = find.or(replace).or(top) {
            self.begun.awaits = Some(awaits);
            return Reply::Taken;
        }
        if let (Some(operator), Mode::Normal, None) = (Operator::of(letter), self.mode, self.begun.operator) {
            self.begun.operator = Some((operator, self.begun.count.take()));
            return Reply::Taken;
        }
        let begun = std::mem::take(&mut self.begun);
        let count = begun.count();
        let operator = begun.operator.map(|(operator, _)| operator);
        if let Some((to, reach)) = self.motion(text, letter, count, operator) {
            self.go(text, operator, to, reach);
            return Reply::Taken;
        }
        match (letter, operator) {
            // At the edge it is the dialog's to move.
            ('j', None) if self.mode == Mode::Normal => return Reply::Pass(Key::plain(KeyCode::Down)),
            ('k', None) if self.mode == Mode::Normal => return Reply::Pass(Key::plain(KeyCode::Up)),
            (_, Some(operator)) if Operator::of(letter) == Some(operator) => {
                self.lines(text, operator, count.unwrap_or(1));
            }
            (_, Some(_)) => {}
            (_, None) if self.mode == Mode::Visual => self.selected(text, letter),
            (_, None) => self.act(text, history, letter, count.unwrap_or(1)),
        }
        Reply::Taken
    }

    /// A key that is no letter.
    fn other(&mut self, text: &mut Text, history: &mut History, key: Key) -> Reply {
        let begun = std::mem::take(&mut self.begun);
        let count = begun.count().unwrap_or(1);
        // A dialog walks its list with these, or breaks the line.
        let is_dialogs = ['n', 'p', 'j'].map(Key::ctrl).contains(&key);
        match key.code {
            KeyCode::Escape if self.mode == Mode::Visual || begun != Begun::default() => {
                self.mode = Mode::Normal;
                Reply::Taken
            }
            KeyCode::Char('r') if key == Key::ctrl('r') && self.mode == Mode::Normal => {
                step(text, history, count, false);
                Reply::Taken
            }
            KeyCode::Char(_) if !is_dialogs => Reply::Taken,
            _ => Reply::Pass(key),
        }
    }

    /// The letter that a command has waited for.
    fn awaited(&mut self, text: &mut Text, awaits: Awaits, c: char) {
        let begun = std::mem::take(&mut self.begun);
        let (count, operator) = (begun.count(), begun.operator.map(|(operator, _)| operator));
        match awaits {
            Awaits::Find(find) => {
                self.last_find = Some((find, c));
                if let Some(to) = find.place(&text.chars, text.at, c, count.unwrap_or(1), false) {
                    self.go(text, operator, to, reach(find));
                }
            }
            Awaits::Replace => {
                let end = text.at + count.unwrap_or(1);
                if end <= motion::line_end(&text.chars, text.at) {
                    text.chars[text.at..end].fill(c);
                    text.at = end - 1;
                }
            }
            Awaits::Top if c == 'g' => {
                let line = motion::line(&text.chars, count.unwrap_or(1));
                self.go(text, operator, motion::first_word(&text.chars, line), Reach::Lines);
            }
            Awaits::Top => {}
        }
    }

    /// Where a letter leads, if it is one that moves and there is such a place.
    fn motion(
        &mut self,
        text: &Text,
        letter: char,
        count: Option<usize>,
        operator: Option<Operator>,
    ) -> Option<(usize, Reach)> {
        let (chars, at, n) = (&text.chars[..], text.at, count.unwrap_or(1));
        let (start, end) = (motion::line_start(chars, at), motion::line_end(chars, at));
        // So often, or as long as it leads on.
        let walk = |step: fn(&[char], usize) -> usize| {
            let places = std::iter::successors(Some(at), |at| Some(step(chars, *at)).filter(|to| to != at));
            places.take(n.saturating_add(1)).last().unwrap_or(at)
        };
        Some(match letter {
            'h' => (at.saturating_sub(n).max(start), Reach::Before),
            'l' | ' ' => ((at + n).min(end), Reach::Before),
            '0' => (start, Reach::Before),
            '^' => (motion::first_word(chars, at), Reach::Before),
            '$' => {
                self.column = Some(usize::MAX);
                let line = motion::vertical(chars, at, 0, n - 1, false).unwrap_or(at);
                (motion::line_end(chars, line), Reach::Before)
            }
            'w' if operator == Some(Operator::Change) && chars.get(at).is_some_and(|c| !c.is_whitespace()) => {
                // As far as the word goes, and not to the next one.
                let first = motion::word_end(chars, at);
                ((1..n).fold(first, |at, _| motion::next_word_end(chars, at)), Reach::Upon)
            }
            'w' if operator.is_some() => {
                // The last word's line end stays, but where it is all that there is.
                let last = (1..n).fold(at, |at, _| motion::next_word(chars, at));
                let end = motion::line_end(chars, last).max(last + 1);
                (motion::next_word(chars, last).min(end), Reach::Before)
            }
            'w' => (walk(motion::next_word), Reach::Before),
            'b' => (walk(motion::previous_word), Reach::Before),
            'e' => (walk(motion::next_word_end), Reach::Upon),
            'j' | 'k' => {
                let column = self.column.unwrap_or(at - start);
                self.column = Some(column);
                (motion::vertical(chars, at, column, n, letter == 'k')?, Reach::Lines)
            }
            'G' => {
                let line = motion::line(chars, count.unwrap_or(usize::MAX));
                (motion::first_word(chars, line), Reach::Lines)
            }
            ';' | ',' => {
                let (find, c) = self.last_find?;
                let find = if letter == ',' { find.turned() } else { find };
                (find.place(chars, at, c, n, true)?, reach(find))
            }
            _ => return None,
        })
    }

    /// Goes there, or does to everything up to there what was begun.
    fn go(&mut self, text: &mut Text, operator: Option<Operator>, to: usize, reach: Reach) {
        let Some(operator) = operator else {
            text.at = to;
            return;
        };
        let (from, mut end) = (text.at.min(to), text.at.max(to));
        if reach == Reach::Lines {
            return self.on_lines(text, operator, from, end);
        }
        let line_end = motion::line_end(&text.chars, from);
        if reach == Reach::Before && end > line_end && end == motion::line_start(&text.chars, end) {
            // From the beginning of a line backwards: its end before is not meant, but whole lines are.
            end -= 1;
            if from <= motion::first_word(&text.chars, from) {
                return self.on_lines(text, operator, from, end);
            }
        }
        let end = if reach == Reach::Upon { (end + 1).min(text.chars.len()) } else { end };
        let is_blank = |from: usize, end: usize| text.chars[from..end].iter().all(|c| c.is_whitespace());
        let (start, last) = (motion::line_start(&text.chars, from), motion::line_end(&text.chars, end));
        if operator == Operator::Delete && end > line_end && is_blank(start, from) && is_blank(end, last) {
            // Nothing of the lines would stay.
            return self.on_lines(text, operator, from, end);
        }
        self.on_range(text, operator, from, end);
    }

    /// `dd` and its like.
    fn lines(&mut self, text: &mut Text, operator: Operator, count: usize) {
        let last = motion::vertical(&text.chars, text.at, 0, count - 1, false).unwrap_or(text.at);
        self.on_lines(text, operator, text.at, last);
    }

    fn on_range(&mut self, text: &mut Text, operator: Operator, from: usize, end: usize) {
        if from < end {
            self.register = Register { chars: text.chars[from..end].to_vec(), is_lines: false };
        }
        text.at = from;
        if operator != Operator::Yank {
            text.chars.drain(from..end);
        }
        self.mode = if operator == Operator::Change { Mode::Insert } else { Mode::Normal };
    }

    /// On whole lines, those of these two places included.
    fn on_lines(&mut self, text: &mut Text, operator: Operator, from: usize, last: usize) {
        let (start, end) = (motion::line_start(&text.chars, from), motion::line_end(&text.chars, last));
        self.register = Register { chars: text.chars[start..end].to_vec(), is_lines: true };
        match operator {
            Operator::Yank => text.at = from,
            Operator::Change => {
                text.chars.drain(start..end);
                text.at = start;
                self.mode = Mode::Insert;
            }
            Operator::Delete => {
                // With a line end: their own, or the one before if they are the last.
                let is_last = end == text.chars.len();
                text.chars.drain(start.saturating_sub(usize::from(is_last))..end + usize::from(!is_last));
                text.at = motion::first_word(&text.chars, start.min(text.chars.len()));
            }
        }
    }

    /// What is done to the selection.
    fn selected(&mut self, text: &mut Text, letter: char) {
        let operator = match letter {
            'x' => Some(Operator::Delete),
            's' => Some(Operator::Change),
            _ => Operator::of(letter),
        };
        if letter == 'v' {
            self.mode = Mode::Normal;
        }
        if let (Some(operator), Some((first, last))) = (operator, self.selection(text.at)) {
            self.on_range(text, operator, first, (last + 1).min(text.chars.len()));
        }
    }

    /// The commands of NORMAL that are done at once.
    fn act(&mut self, text: &mut Text, history: &mut History, letter: char, count: usize) {
        let (start, end) = (motion::line_start(&text.chars, text.at), motion::line_end(&text.chars, text.at));
        let right = (text.at + count).min(end);
        match letter {
            'x' => self.on_range(text, Operator::Delete, text.at, right),
            's' => self.on_range(text, Operator::Change, text.at, right),
            'X' => self.on_range(text, Operator::Delete, text.at.saturating_sub(count).max(start), text.at),
            'D' | 'C' => {
                let last = motion::vertical(&text.chars, text.at, 0, count - 1, false).unwrap_or(text.at);
                let operator = if letter == 'D' { Operator::Delete } else { Operator::Change };
                self.go(text, Some(operator), motion::line_end(&text.chars, last), Reach::Before);
            }
            'S' => self.lines(text, Operator::Change, count),
            'p' | 'P' => self.put(text, letter == 'P', count),
            'u' => step(text, history, count, true),
            'v' => (self.mode, self.anchor) = (Mode::Visual, text.at),
            'i' => self.mode = Mode::Insert,
            'a' => self.insert_at(text, (text.at + 1).min(end)),
            'I' => {
                // Behind the blanks, even of a line that has nothing else.
                let blanks = text.chars[start..end].iter().take_while(|c| c.is_whitespace()).count();
                self.insert_at(text, start + blanks);
            }
            'A' => self.insert_at(text, end),
            'o' if !text.is_one_line => {
                text.chars.insert(end, '\n');
                self.insert_at(text, end + 1);
            }
            'O' if !text.is_one_line => {
                text.chars.insert(start, '\n');
                self.insert_at(text, start);
            }
            _ => {}
        }
    }

    fn insert_at(&mut self, text: &mut Text, at: usize) {
        (self.mode, text.at) = (Mode::Insert, at);
    }

    fn put(&mut self, text: &mut Text, is_before: bool, count: usize) {
        let is_lines = self.register.is_lines && !text.is_one_line;
        let length = (self.register.chars.len() + 1).saturating_mul(count);
        if self.register == Register::default() || length.saturating_add(text.chars.len()) > LONGEST {
            return;
        }
        let mut piece = self.register.chars.clone();
        if text.is_one_line {
            piece.iter_mut().filter(|c| **c == '\n').for_each(|c| *c = ' ');
        }
        let between: &[char] = if is_lines { &['\n'] } else { &[] };
        let mut piece = vec![piece; count].join(between);
        let (start, end) = (motion::line_start(&text.chars, text.at), motion::line_end(&text.chars, text.at));
        if is_lines {
            let at = if is_before { start } else { end };
            piece.insert(if is_before { piece.len() } else { 0 }, '\n');
            text.chars.splice(at..at, piece);
            text.at = motion::first_word(&text.chars, at + usize::from(!is_before));
            return;
        }
        let at = if is_before { text.at } else { (text.at + 1).min(end) };
        let (length, has_lines) = (piece.len(), piece.contains(&'\n'));
        text.chars.splice(at..at, piece);
        // Upon what was put: its end, or its beginning if it has several lines.
        text.at = if has_lines { at } else { at + length.saturating_sub(1) };
    }
}

fn reach(find: Find) -> Reach {
    if find.is_back { Reach::Before } else { Reach::Upon }
}

fn step(text: &mut Text, history: &mut History, count: usize, is_back: bool) {
    if let Some((chars, at)) = history.step(count, is_back) {
        (text.chars, text.at) = (chars, at);
    }
}
