//! A text field: readline keys from ratatui-textarea, and the machine of `vim` above them where the settings want it. Drawn
//! by the view with the terminal's own cursor. Used by dialogs, filter and palette. It must never hold a control character other than a line end.

use super::vim::{History, Reply, Text, Vim};
use crate::core::keys::{Key, KeyCode, Mods};
use ratatui_textarea::{CursorMove, Input, Key as AreaKey, TextArea};

#[derive(Clone, Debug)]
pub struct Field {
    area: TextArea<'static>,
    /// What vim can take back; readline keeps nothing here.
    history: History,
}

impl Default for Field {
    fn default() -> Field {
        Field::new("")
    }
}

impl Field {
    /// A field holding `text`, with the cursor at its end.
    pub fn new(text: &str) -> Field {
        let mut area = TextArea::new(text.lines().map(clean).collect());
        area.move_cursor(CursorMove::Bottom);
        area.move_cursor(CursorMove::End);
        Field { area, history: History::default() }
    }

    pub fn text(&self) -> String {
        self.area.lines().join("\n")
    }

    pub fn is_empty(&self) -> bool {
        self.area.is_empty()
    }

    pub fn lines(&self) -> &[String] {
        self.area.lines()
    }

    /// Line and character of the cursor.
    pub fn cursor(&self) -> (usize, usize) {
        let at = self.area.cursor();
        (at.0, at.1)
    }

    pub fn is_on_last_line(&self) -> bool {
        self.cursor().0 + 1 >= self.area.lines().len()
    }

    pub fn is_on_first_line(&self) -> bool {
        self.cursor().0 == 0
    }

    pub fn new_line(&mut self) {
        self.area.insert_newline();
    }

    /// Puts `text` in at the cursor; line ends become blanks unless `lines`.
    pub fn insert(&mut self, text: &str, lines: bool) {
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        let text = if lines { text } else { text.replace('\n', " ") };
        let text: Vec<String> = text.split('\n').map(clean).collect();
        self.area.insert_str(text.join("\n"));
    }

    /// Takes a key; whether it meant something here. Enter, tab and esc are the caller's.
    pub fn key(&mut self, key: Key) -> bool {
        let code = match key.code {
            KeyCode::Char(c) => AreaKey::Char(c),
            KeyCode::Backspace => AreaKey::Backspace,
            KeyCode::Delete => AreaKey::Delete,
            KeyCode::Home => AreaKey::Home,
            KeyCode::End => AreaKey::End,
            KeyCode::Left => AreaKey::Left,
            KeyCode::Right => AreaKey::Right,
            KeyCode::Up => AreaKey::Up,
            KeyCode::Down => AreaKey::Down,
            _ => return false,
        };
        // The widget undoes with this one; every shell erases to the start of the line, and so do we.
        if key == Key::ctrl('u') {
            self.area.delete_line_by_head();
            return true;
        }
        // And it goes to the next word's start with this one, where shells go to the word's end.
        if key == Key::new(KeyCode::Char('f'), Mods::ALT) {
            self.go_to_word_end();
            return true;
        }
        let input = Input {
            key: code,
            ctrl: key.mods.has(Mods::CTRL),
            alt: key.mods.has(Mods::ALT),
            shift: key.mods.has(Mods::SHIFT),
        };
        // ctrl-m would break a line where only the dialog may decide about that.
        if key == Key::ctrl('m') || key == Key::ctrl('j') {
            return false;
        }
        self.area.input(input);
        true
    }

    /// Takes a key by the habits of vim; what it means to the dialog, if it is not used up.
    pub fn modal_key(&mut self, vim: &mut Vim, key: Key, is_one_line: bool) -> Reply {
        let mut text = Text { chars: self.text().chars().collect(), at: self.place(), is_one_line };
        let before = text.clone();
        let reply = vim.key(&mut text, &mut self.history, key);
        if text.chars != before.chars {
            let lines = text.chars.split(|c| *c == '\n').map(|line| line.iter().collect()).collect();
            let cut = self.area.yank_text();
            self.area = TextArea::new(lines);
            self.area.set_yank_text(cut);
        }
        if text != before {
            self.go_to(text.at);
        }
        reply
    }

    /// Notes what the field holds as what vim takes it back to, if nothing was noted before.
    pub fn note_first(&mut self) {
        if self.history.is_empty() {
            self.history.note(&self.text().chars().collect::<Vec<char>>(), 0);
        }
    }

    /// The cursor as a number of characters from the beginning, a line end being one.
    pub fn place(&self) -> usize {
        let (line, column) = self.cursor();
        self.area.lines()[..line].iter().map(|line| line.chars().count() + 1).sum::<usize>() + column
    }

    /// Line and character of a place.
    pub fn position(&self, place: usize) -> (usize, usize) {
        let mut left = place;
        for (n, line) in self.area.lines().iter().enumerate() {
            let length = line.chars().count();
            if left <= length {
                return (n, left);
            }
            left -= length + 1;
        }
        self.cursor()
    }

    fn go_to(&mut self, place: usize) {
        let (line, column) = self.position(place);
        // The widget jumps as far as a u16 goes; the rest is walked.
        let jump = |n: usize| u16::try_from(n).unwrap_or(u16::MAX);
        self.area.move_cursor(CursorMove::Jump(jump(line), jump(column)));
        for _ in usize::from(u16::MAX)..column {
            self.area.move_cursor(CursorMove::Forward);
        }
    }

    fn go_to_word_end(&mut self) {
        let (line, column) = self.cursor();
        let rest: Vec<char> = self.area.lines()[line].chars().skip(column).collect();
        let gap = rest.iter().take_while(|c| !c.is_alphanumeric()).count();
        let word = rest[gap..].iter().take_while(|c| c.is_alphanumeric()).count();
        // At a line's end the next one begins.
        for _ in 0..(gap + word).max(1) {
            self.area.move_cursor(CursorMove::Forward);
        }
    }
}

fn clean(line: &str) -> String {
    line.chars().map(|c| if c == '\t' { ' ' } else { c }).filter(|c| !c.is_control()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readline_keys_work_and_controls_stay_out() {
        let mut field = Field::new("fix the bug");
        field.key(Key::ctrl('w'));
        field.insert("tes\u{1b}ts\nnow", false);
        assert_eq!(field.text(), "fix the tests now");
        field.key(Key::ctrl('a'));
        field.key(Key::char('!'));
        assert_eq!((field.text().as_str(), field.cursor()), ("!fix the tests now", (0, 1)));
    }

    #[test]
    fn the_keys_of_every_shell_do_what_they_do_there() {
        for (keys, expected) in [
            ("ctrl-u", "|"),
            ("ctrl-w", "one two |"),
            ("alt-backspace", "one two |"),
            ("ctrl-a", "|one two three"),
            ("ctrl-a ctrl-e", "one two three|"),
            ("alt-b", "one two |three"),
            ("alt-b alt-b alt-f", "one two| three"),
            ("alt-b ctrl-k", "one two |"),
            ("alt-b ctrl-u", "|three"),
            ("alt-b alt-b alt-d", "one | three"),
            ("ctrl-b ctrl-b ctrl-f ctrl-h", "one two thr|e"),
            ("ctrl-a ctrl-d", "|ne two three"),
            ("ctrl-u ctrl-u", "|"),
            // What was cut last comes back.
            ("ctrl-w ctrl-a ctrl-y", "three|one two "),
        ] {
            let mut field = Field::new("one two three");
            for key in keys.split(' ') {
                field.key(crate::core::keys::parse_key(key).unwrap());
            }
            let (text, column) = (field.text(), field.cursor().1);
            assert_eq!(format!("{}|{}", &text[..column], &text[column..]), expected, "{keys}");
        }
    }
}
