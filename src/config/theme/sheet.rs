//! A theme put together: what every role looks like, after its own file, those that it inherits from, the palette and
//! the scopes. Made by the shelf. It must never be incomplete: what nobody says looks like the terminal's own text.

use super::Note;
use super::file::{Sixteen, ThemeFile, Word};
use super::role::{Kind, ROLES, Role};
use super::words;
use crate::base::cell::{Color, attr};
use crate::base::lab::{self, Rgb};
use std::collections::HashMap;

/// How a role looks. A colour that is `None` leaves what is there.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Look {
    pub fg: Option<Color>,
    pub bg: Option<Color>,
    /// Bits of `base::cell::attr`.
    pub attrs: u16,
}

/// The default one looks like the terminal's own text everywhere.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Sheet {
    pub name: String,
    /// What the colours are made for, if it says so. Never painted.
    pub background: Option<Rgb>,
    full: [Look; ROLES.len()],
    sixteen: [Look; ROLES.len()],
}

impl Sheet {
    pub fn is_light(&self) -> bool {
        self.background.is_some_and(lab::is_light)
    }

    pub fn look(&self, role: Role) -> Look {
        self.full[role as usize]
    }

    /// The look on a terminal that has sixteen colours.
    pub fn sixteen(&self, role: Role) -> Look {
        self.sixteen[role as usize]
    }

    /// From a theme's files, the one that all others build on first.
    pub(super) fn of(name: &str, chain: &[ThemeFile], notes: &mut Vec<Note>) -> Sheet {
        let mut merged = Merged::default();
        for file in chain {
            merged.add(file);
        }
        let mut wrong = Vec::new();
        let mut full = [Look::default(); ROLES.len()];
        let mut sixteen = full;
        for (role, ..) in ROLES {
            full[role as usize] = merged.full(role, &mut wrong);
            sixteen[role as usize] = merged.sixteen(role);
        }
        // The same word may be asked for by several roles.
        for note in wrong {
            if !notes.contains(&note) {
                notes.push(note);
            }
        }
        Sheet { name: name.to_owned(), background: merged.background, full, sixteen }
    }
}

/// What all files of a theme say of one role; of words the last that can be used counts.
#[derive(Default)]
struct Said<'a> {
    fg: Vec<&'a Word>,
    bg: Vec<&'a Word>,
    modifiers: Option<u16>,
    sixteen: Option<Sixteen>,
    is_any: bool,
}

#[derive(Clone, Copy)]
enum Side {
    Fg,
    Bg,
}

#[derive(Default)]
struct Merged<'a> {
    background: Option<Rgb>,
    palette: HashMap<&'a str, Color>,
    said: [Said<'a>; ROLES.len()],
}

impl<'a> Merged<'a> {
    fn add(&mut self, file: &'a ThemeFile) {
        self.background = file.background.or(self.background);
        self.palette.extend(file.palette.iter().map(|(name, color)| (name.as_str(), *color)));
        for entry in &file.entries {
            let said = &mut self.said[entry.role as usize];
            said.is_any = true;
            said.fg.extend(&entry.fg);
            said.bg.extend(&entry.bg);
            said.modifiers = entry.modifiers.or(said.modifiers);
            // Who names colours of the sixteen means them there as well.
            let own = |word: &Option<Word>| match word {
                None => Some(None),
                Some(word) if file.palette.iter().any(|(name, _)| *name == word.text) => None,
                Some(word) => words::color(&word.text).filter(|color| !matches!(color, Color::Rgb(..))).map(Some),
            };
            let same = match (own(&entry.fg), own(&entry.bg)) {
                (Some(fg), Some(bg)) => Some(Sixteen { fg, bg, modifiers: said.modifiers.unwrap_or(0) }),
                _ => None,
            };
            said.sixteen = entry.sixteen.or(same).or(said.sixteen);
        }
    }

    fn full(&self, role: Role, wrong: &mut Vec<Note>) -> Look {
        let said = &self.said[role as usize];
        match role.scope() {
            Some(scope) if !said.is_any => self.within(role, scope, self.full(scope, wrong)),
            _ => Look {
                fg: self.side(role, Side::Fg, &mut Vec::new(), wrong),
                bg: self.side(role, Side::Bg, &mut Vec::new(), wrong),
                attrs: said.modifiers.unwrap_or(0),
            },
        }
    }

    fn sixteen(&self, role: Role) -> Look {
        match (self.said[role as usize].sixteen, role.scope()) {
            (Some(Sixteen { fg, bg, modifiers }), _) => Look { fg, bg, attrs: modifiers },
            (None, Some(scope)) => Look { bg: None, ..self.within(role, scope, self.sixteen(scope)) },
            (None, None) => Look::default(),
        }
    }

    /// A role of which nobody says anything looks like its scope; a surface is filled with that colour.
    fn within(&self, role: Role, scope: Role, look: Look) -> Look {
        if role.kind() == scope.kind() {
            return look;
        }
        match (look.fg, self.background) {
            (Some(fg @ Color::Rgb(..)), Some((r, g, b))) => {
                Look { fg: Some(Color::Rgb(r, g, b)), bg: Some(fg), attrs: look.attrs | attr::BOLD }
            }
            _ => Look { attrs: look.attrs | attr::INVERSE | attr::BOLD, ..look },
        }
    }

    /// The last word that names a colour; each one after it is noted.
    fn side(&self, role: Role, side: Side, asked: &mut Vec<Role>, wrong: &mut Vec<Note>) -> Option<Color> {
        let said = &self.said[role as usize];
        let words = match side {
            Side::Fg => &said.fg,
            Side::Bg => &said.bg,
        };
        for word in words.iter().rev() {
            if let Some(color) = self.color(&word.text, role, asked, wrong) {
                return Some(color);
            }
            wrong.push(Note { place: word.place.clone(), message: format!("`{}` is no colour", word.text) });
        }
        None
    }

    /// A colour by itself, of the palette, of the sixteen, or that of another role.
    fn color(&self, word: &str, of: Role, asked: &mut Vec<Role>, wrong: &mut Vec<Note>) -> Option<Color> {
        if let Some(color) = self.palette.get(word) {
            return Some(*color);
        }
        if let Some(color) = words::color(word) {
            return Some(color);
        }
        let role = Role::named(word)?;
        asked.push(of);
        if asked.contains(&role) {
            return None;
        }
        let side = if role.kind() == Kind::Surface { Side::Bg } else { Side::Fg };
        self.side(role, side, asked, wrong)
    }
}
