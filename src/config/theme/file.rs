//! One theme's file as it is written: each role with what it says, each word with its place. Made by the shelf, put
//! together by the sheet. It must never refuse a file that is TOML: what it does not understand becomes a note.

use super::role::{Kind, Role};
use super::words::{self, Words};
use super::{Note, ROLES};
use crate::base::cell::Color;
use crate::base::lab::Rgb;
use crate::config::spelling::nearest;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A word and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Word {
    pub text: String,
    pub place: String,
}

/// What a file says of one role.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub role: Role,
    pub fg: Option<Word>,
    pub bg: Option<Word>,
    pub modifiers: Option<u16>,
    /// The whole look on a terminal with sixteen colours.
    pub sixteen: Option<Sixteen>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Sixteen {
    pub fg: Option<Color>,
    pub bg: Option<Color>,
    pub modifiers: u16,
}

#[derive(Clone, Debug, Default)]
pub(super) struct ThemeFile {
    pub inherits: Option<Word>,
    /// What the colours are made for. Never painted.
    pub background: Option<Rgb>,
    pub palette: Vec<(String, Color)>,
    pub entries: Vec<Entry>,
}

/// Reads a file's text. `place` is what its notes begin with.
///
/// # Errors
/// When it is no TOML.
pub(super) fn parse(place: &str, text: &str, notes: &mut Vec<Note>) -> Result<ThemeFile, Note> {
    // What it says of where it comes from may be cut off; the place is exact.
    let table = DeTable::parse(text).map_err(|error| Note {
        place: error.span().map_or_else(|| place.to_owned(), |span| at(place, text, span.start)),
        message: error.message().to_owned(),
    })?;
    let mut reader = Reader { place, text, notes, file: ThemeFile::default() };
    reader.top(table.get_ref());
    Ok(reader.file)
}

/// `FILE:LINE:COLUMN` of a byte.
fn at(place: &str, text: &str, byte: usize) -> String {
    let before = text.get(..byte).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().map_or(0, |line| line.chars().count()) + 1;
    format!("{place}:{line}:{column}")
}

struct Reader<'a> {
    place: &'a str,
    text: &'a str,
    notes: &'a mut Vec<Note>,
    file: ThemeFile,
}

type Value<'i> = Spanned<DeValue<'i>>;

impl Reader<'_> {
    fn top(&mut self, table: &DeTable<'_>) {
        for (key, value) in table {
            let name = key.get_ref().as_ref();
            match name {
                "inherits" => self.file.inherits = self.word(value),
                "background" => match self.word(value).as_ref().and_then(|word| words::color(&word.text)) {
                    Some(Color::Rgb(r, g, b)) => self.file.background = Some((r, g, b)),
                    _ => self.note(value.span().start, "a background is a colour like #14171c"),
                },
                "palette" => self.palette(value),
                _ => self.role(name, key.span().start, value),
            }
        }
    }

    fn palette(&mut self, value: &Value<'_>) {
        let DeValue::Table(table) = value.get_ref() else {
            return self.note(value.span().start, "`palette` is a table of names and colours");
        };
        for (key, value) in table {
            let Some(word) = self.word(value) else { continue };
            match words::color(&word.text) {
                Some(color) => self.file.palette.push((key.get_ref().as_ref().to_owned(), color)),
                None => self.note(value.span().start, &format!("`{}` is no colour", word.text)),
            }
        }
    }

    fn role(&mut self, name: &str, start: usize, value: &Value<'_>) {
        if let Some(role) = Role::of_letters(name) {
            let fg = self.word(value);
            return self.file.entries.push(Entry { role, fg, bg: None, modifiers: None, sixteen: None });
        }
        match value.get_ref() {
            DeValue::String(_) => {
                let Some(role) = self.named(name, start) else { return };
                let Some((words, place)) = self.words(value) else { return };
                let word = |text: Option<&str>| text.map(|t| Word { text: t.to_owned(), place: place.clone() });
                let (fg, bg) = sides(role, &words);
                let (fg, bg, modifiers) = (word(fg), word(bg), words.modifiers);
                self.file.entries.push(Entry { role, fg, bg, modifiers, sixteen: None });
            }
            DeValue::Table(table) => self.parts(name, start, table),
            _ => self.note(value.span().start, &format!("`{name}` is a colour or a table")),
        }
    }

    /// `{ fg, bg, modifiers, ansi }`, or roles of a scope (`waiting.block = …` without quotes).
    fn parts(&mut self, name: &str, start: usize, table: &DeTable<'_>) {
        let is_part = |key: &str| matches!(key, "fg" | "bg" | "modifiers" | "ansi");
        let mut entry = None;
        for (key, value) in table {
            let part = key.get_ref().as_ref();
            if !is_part(part) {
                let full = format!("{name}.{part}");
                let is_scope =
                    ROLES.iter().any(|(_, role, _)| role.starts_with(&format!("{full}."))) || name == "agent";
                if Role::named(&full).is_some() || is_scope {
                    self.role(&full, key.span().start, value);
                } else {
                    self.note(key.span().start, &format!("`{part}` is none of fg, bg, modifiers, ansi"));
                }
                continue;
            }
            if entry.is_none() {
                let Some(role) = self.named(name, start) else { return };
                entry = Some(Entry { role, fg: None, bg: None, modifiers: None, sixteen: None });
            }
            let Some(entry) = &mut entry else { continue };
            match part {
                "fg" => entry.fg = self.word(value),
                "bg" => entry.bg = self.word(value),
                "modifiers" => entry.modifiers = self.modifiers(value),
                _ => entry.sixteen = self.sixteen(entry.role, value),
            }
        }
        self.file.entries.extend(entry);
    }

    fn modifiers(&mut self, value: &Value<'_>) -> Option<u16> {
        let DeValue::Array(list) = value.get_ref() else {
            self.note(value.span().start, "`modifiers` is a list, as in [\"bold\"]");
            return None;
        };
        let mut bits = 0;
        for item in list.iter() {
            let Some(word) = self.word(item) else { continue };
            match words::modifier(&word.text) {
                Some(bit) => bits |= bit,
                None => self.note(item.span().start, &format!("`{}` is no modifier", word.text)),
            }
        }
        Some(bits)
    }

    fn sixteen(&mut self, role: Role, value: &Value<'_>) -> Option<Sixteen> {
        let (words, _) = self.words(value)?;
        let (fg, bg) = sides(role, &words);
        let mut known = |word: Option<&str>| {
            let word = word?;
            let color = words::color(word).filter(|color| !matches!(color, Color::Rgb(..)));
            if color.is_none() {
                self.note(value.span().start, &format!("`{word}` is none of the sixteen colours"));
            }
            Some(color)
        };
        let (fg, bg) = (known(fg), known(bg));
        if matches!(fg, Some(None)) || matches!(bg, Some(None)) {
            return None;
        }
        Some(Sixteen { fg: fg.flatten(), bg: bg.flatten(), modifiers: words.modifiers.unwrap_or(0) })
    }

    fn named(&mut self, name: &str, start: usize) -> Option<Role> {
        let role = Role::named(name);
        if role.is_none() {
            let hint = nearest(name, ROLES.iter().map(|(_, known, _)| *known));
            let hint = hint.map(|known| format!("; did you mean `{known}`?")).unwrap_or_default();
            self.note(start, &format!("there is no role `{name}`{hint}"));
        }
        role
    }

    fn words<'v>(&mut self, value: &'v Value<'_>) -> Option<(Words<'v>, String)> {
        let DeValue::String(text) = value.get_ref() else {
            self.note(value.span().start, "this is to be a string");
            return None;
        };
        match Words::of(text) {
            Ok(words) => Some((words, at(self.place, self.text, value.span().start))),
            Err(word) => {
                self.note(value.span().start, &format!("`{word}` is one word too many"));
                None
            }
        }
    }

    fn word(&mut self, value: &Value<'_>) -> Option<Word> {
        let DeValue::String(text) = value.get_ref() else {
            self.note(value.span().start, "this is to be a string");
            return None;
        };
        Some(Word { text: text.as_ref().to_owned(), place: at(self.place, self.text, value.span().start) })
    }

    fn note(&mut self, byte: usize, message: &str) {
        self.notes.push(Note { place: at(self.place, self.text, byte), message: message.to_owned() });
    }
}

/// A colour alone is what a surface is of; beside another one it is that of the letters.
fn sides<'a>(role: Role, words: &Words<'a>) -> (Option<&'a str>, Option<&'a str>) {
    match (role.kind(), words.behind) {
        (Kind::Surface, None) => (None, words.ink),
        (_, behind) => (words.ink, behind),
    }
}
