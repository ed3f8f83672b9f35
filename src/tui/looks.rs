//! Which theme holds now: after the user's choice, the terminal's background and the files as they are. Owned by the run
//! loop, which tells it what has changed. A file that cannot be used changes nothing but what is said about it: there is
//! always a theme. It must never watch or wait for anything itself.

use super::depth::Depth;
use super::theme::Theme;
use crate::config::looks::ThemeChoice;
use crate::config::theme::{Loaded, Note, Sheet, Shelf};

/// What `NO_COLOR` leaves.
const COLOURLESS: &str = "mono";

#[derive(Debug)]
pub struct Looks {
    shelf: Shelf,
    depth: Depth,
    choice: ThemeChoice,
    is_light: bool,
    /// Shown for now in place of the chosen one.
    preview: Option<String>,
    /// The last good one; `None` only when not even a shipped one could be read.
    sheet: Option<Sheet>,
    /// What is wrong with the wanted one.
    notes: Vec<Note>,
}

impl Looks {
    pub fn new(shelf: Shelf, choice: ThemeChoice, depth: Depth, is_light: bool) -> Looks {
        let mut looks = Looks { shelf, depth, choice, is_light, preview: None, sheet: None, notes: Vec::new() };
        looks.read();
        looks
    }

    pub fn theme(&self) -> Theme {
        match &self.sheet {
            Some(sheet) => Theme::of(sheet, self.depth),
            None => Theme::of(&Sheet::default(), self.depth),
        }
    }

    /// One line about all that is wrong, if anything is.
    pub fn problem(&self) -> Option<String> {
        let first = self.notes.first()?;
        let more = match self.notes.len() - 1 {
            0 => String::new(),
            n => format!(" · and {n} more: `conductor-tui themes` lists them"),
        };
        Some(format!("{first}{more}"))
    }

    /// The terminal has said what its background is. Whether the theme is another one now.
    pub fn background(&mut self, is_light: bool) -> bool {
        self.is_light != is_light && {
            self.is_light = is_light;
            self.read()
        }
    }

    /// The user may have chosen another one. Whether the theme is another one now.
    pub fn choose(&mut self, choice: ThemeChoice) -> bool {
        self.choice = choice;
        self.read()
    }

    /// Another one is to be looked at for now, or no more. Whether the theme is another one now.
    pub fn preview(&mut self, name: Option<String>) -> bool {
        self.preview = name;
        self.read()
    }

    /// Reads the wanted theme; whether it looks other than the last one.
    fn read(&mut self) -> bool {
        let wanted = match self.depth {
            Depth::None => COLOURLESS.to_owned(),
            _ => match self.preview.clone().map(ThemeChoice::One) {
                Some(preview) => self.shelf.pick(&preview, self.is_light),
                None => self.shelf.pick(&self.choice, self.is_light),
            },
        };
        match self.shelf.load(&wanted) {
            Ok(Loaded { sheet, notes }) => {
                self.notes = notes;
                let is_new = self.sheet.as_ref() != Some(&sheet);
                self.sheet = Some(sheet);
                is_new
            }
            Err(note) => {
                self.notes = vec![note];
                if self.sheet.is_some() {
                    return false;
                }
                let default = self.shelf.pick(&ThemeChoice::default(), self.is_light);
                self.sheet = self.shelf.load(&default).ok().map(|loaded| loaded.sheet);
                true
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::testing::theme;
    use ratatui::style::Color;
    use std::fs;

    fn one(name: &str) -> ThemeChoice {
        ThemeChoice::One(name.into())
    }

    /// Looks at `name` in a home with that theme of the user's.
    fn looks(name: &str, text: &str) -> (tempfile::TempDir, Looks) {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("themes")).unwrap();
        fs::write(dir.path().join("themes/mine.toml"), text).unwrap();
        let looks = Looks::new(Shelf::new(dir.path()), one(name), Depth::True, false);
        (dir, looks)
    }

    #[test]
    fn auto_follows_the_background() {
        let (_dir, mut looks) = looks("auto", "");
        assert_eq!(looks.theme(), theme("conductor-dark", Depth::True));
        assert!(looks.background(true));
        assert_eq!(looks.theme(), theme("conductor-light", Depth::True));
        assert!(!looks.background(true), "said twice");
        assert!(looks.choose(one("gruvbox")));
        assert_eq!(looks.theme(), theme("gruvbox-light", Depth::True));
        assert!(looks.background(false));
        assert!(looks.choose(one("mono")));
        assert!(!looks.background(true), "a theme without a sibling stays");
        assert_eq!(looks.problem(), None);
    }

    #[test]
    fn a_broken_save_keeps_the_last_good_theme_and_says_so() {
        let (dir, mut looks) = looks("mine", "text = \"#111111\"\n");
        let path = dir.path().join("themes/mine.toml");
        let text = |looks: &Looks| looks.theme().text.fg;
        assert_eq!(text(&looks), Some(Color::Rgb(0x11, 0x11, 0x11)));
        fs::write(&path, "text = \n").unwrap();
        assert!(!looks.choose(one("mine")));
        assert_eq!(text(&looks), Some(Color::Rgb(0x11, 0x11, 0x11)));
        assert!(looks.problem().unwrap().contains("mine.toml:1:"), "{:?}", looks.problem());
        // One role that cannot be used is said, and the others hold.
        fs::write(&path, "text = \"#222222\"\nnope = \"#333333\"\n").unwrap();
        assert!(looks.choose(one("mine")));
        assert_eq!(text(&looks), Some(Color::Rgb(0x22, 0x22, 0x22)));
        assert!(looks.problem().unwrap().contains("mine.toml:2:1: there is no role `nope`"), "{:?}", looks.problem());
        fs::write(&path, "text = \"#222222\"\n").unwrap();
        assert!(!looks.choose(one("mine")));
        assert_eq!(looks.problem(), None);
    }

    #[test]
    fn there_is_always_a_theme() {
        let (_dir, looks) = looks("nothing-like-it", "");
        assert_eq!(looks.theme(), theme("conductor-dark", Depth::True));
        assert_eq!(looks.problem().unwrap(), "theme: there is no theme `nothing-like-it`");
        let colourless = Looks::new(Shelf::new(std::path::Path::new("/")), one("gruvbox"), Depth::None, true);
        assert_eq!(colourless.theme(), theme("mono", Depth::None));
    }
}
