//! Where themes are found: the user's own in `themes/` of their configuration, and the shipped ones, which are part of
//! the program. Called by the screen whenever a theme is wanted, and by the verb `themes`. It must never look outside of
//! these two places.

use super::Note;
use super::file::{ThemeFile, parse};
use super::sheet::Sheet;
use crate::base::lab;
use crate::config::looks::ThemeChoice;
use crate::config::spelling::nearest;
use std::path::{Path, PathBuf};

macro_rules! shipped {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../../../themes/", $name, ".toml")))),*]
    };
}

const SHIPPED: &[(&str, &str)] = shipped![
    "conductor-dark",
    "conductor-light",
    "high-contrast",
    "high-contrast-light",
    "ansi",
    "mono",
    "catppuccin-mocha",
    "catppuccin-latte",
    "gruvbox-dark",
    "gruvbox-light",
];

/// One word for a dark and a light theme. Of others, `NAME-dark` and `NAME-light` belong together.
const FAMILIES: &[(&str, &str, &str)] =
    &[("auto", "conductor-dark", "conductor-light"), ("catppuccin", "catppuccin-mocha", "catppuccin-latte")];

/// The theme that inherits from nobody, and its sibling: what others build on that do not say on what.
const ROOTS: (&str, &str) = ("conductor-dark", "conductor-light");

/// `inherits = "none"`: what the file does not say looks like the terminal's own text.
const NOBODY: &str = "none";

/// Nobody writes a chain that long; one longer goes in a circle.
const LONGEST_CHAIN: usize = 8;

/// A theme put together, and what could not be used of it.
#[derive(Clone, Debug)]
pub struct Loaded {
    pub sheet: Sheet,
    pub notes: Vec<Note>,
}

/// A theme that can be chosen.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Listed {
    pub name: String,
    /// Where the user has it.
    pub path: Option<PathBuf>,
}

#[derive(Clone, Debug)]
pub struct Shelf {
    directory: PathBuf,
}

impl Shelf {
    pub fn new(config: &Path) -> Shelf {
        Shelf { directory: config.join("themes") }
    }

    /// Where the user's own lie.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// All of them, the user's last. One that has the name of a shipped one stands in its place.
    pub fn list(&self) -> Vec<Listed> {
        let mut own: Vec<String> = std::fs::read_dir(&self.directory)
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|entry| Some(entry.file_name().to_str()?.strip_suffix(".toml")?.to_owned()))
            .filter(|name| is_name(name))
            .collect();
        own.sort_unstable();
        let path = |name: &str| own.iter().any(|n| n == name).then(|| self.path(name));
        let mut all: Vec<Listed> =
            SHIPPED.iter().map(|(name, _)| Listed { name: (*name).to_owned(), path: path(name) }).collect();
        let more: Vec<Listed> = own
            .iter()
            .filter(|name| shipped(name).is_none())
            .map(|name| Listed { name: name.clone(), path: path(name) })
            .collect();
        all.extend(more);
        all
    }

    /// The name of the theme that is wanted on such a background.
    pub fn pick(&self, choice: &ThemeChoice, light: bool) -> String {
        let name = match choice {
            ThemeChoice::Pair { dark, light: other } => return if light { other } else { dark }.clone(),
            ThemeChoice::One(name) => name,
        };
        if let Some((_, dark, bright)) = FAMILIES.iter().find(|(family, ..)| family == name)
            && !self.path(name).exists()
        {
            return (if light { *bright } else { *dark }).to_owned();
        }
        let sibling = format!("{name}-{}", if light { "light" } else { "dark" });
        if self.has(&sibling) { sibling } else { name.clone() }
    }

    /// Reads a theme with all that it builds on.
    ///
    /// # Errors
    /// When there is none of that name, or its file cannot be read or is no TOML.
    pub fn load(&self, name: &str) -> Result<Loaded, Note> {
        let mut notes = Vec::new();
        let mut chain = Vec::new();
        let mut is_own = self.has_own(name);
        let mut next = name.to_owned();
        // The first file must be good; of those that it builds on, a good one is found.
        let mut file = self.read(&next, is_own, &mut notes)?;
        loop {
            let parent = match &file.inherits {
                Some(word) if word.text == NOBODY => None,
                Some(word) => Some((word.text.clone(), word.place.clone())),
                None => root(&next, is_own, &file).map(|root| (root.to_owned(), String::new())),
            };
            chain.push(file);
            let Some((parent, place)) = parent else { break };
            // One that stands in a shipped one's place may build on that.
            is_own = parent != next && self.has_own(&parent);
            let is_circle = chain.len() == LONGEST_CHAIN;
            let read = if is_circle {
                Err(Note { place: place.clone(), message: "themes inherit from one another in a circle".into() })
            } else {
                self.read(&parent, is_own, &mut notes)
            };
            file = match read {
                Ok(file) => file,
                Err(error) => {
                    let place = if place.is_empty() { error.place } else { place };
                    notes.push(Note { place, message: error.message });
                    let mut root = parse(ROOTS.0, shipped(ROOTS.0).unwrap_or_default(), &mut notes)?;
                    root.inherits = None;
                    chain.push(root);
                    break;
                }
            };
            next = parent;
        }
        chain.reverse();
        Ok(Loaded { sheet: Sheet::of(name, &chain, &mut notes), notes })
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.join(format!("{name}.toml"))
    }

    fn has_own(&self, name: &str) -> bool {
        is_name(name) && self.path(name).exists()
    }

    fn has(&self, name: &str) -> bool {
        shipped(name).is_some() || self.has_own(name)
    }

    fn read(&self, name: &str, is_own: bool, notes: &mut Vec<Note>) -> Result<ThemeFile, Note> {
        if is_own {
            let path = self.path(name);
            let place = path.display().to_string();
            return match std::fs::read_to_string(&path) {
                Ok(text) => parse(&place, &text, notes),
                Err(error) => Err(Note { place, message: format!("cannot be read: {error}") }),
            };
        }
        let Some(text) = shipped(name) else {
            let known = self.list();
            let known = known.iter().map(|theme| theme.name.as_str());
            let pairs = known.clone().filter_map(|name| name.strip_suffix("-dark"));
            let hint = nearest(name, known.chain(pairs).chain(FAMILIES.iter().map(|(name, ..)| *name)));
            let hint = hint.map(|known| format!("; did you mean `{known}`?")).unwrap_or_default();
            return Err(Note { place: "theme".into(), message: format!("there is no theme `{name}`{hint}") });
        };
        parse(name, text, notes)
    }
}

/// Whether it can be a file's name beside others.
fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.starts_with('.') && !name.contains('/')
}

fn shipped(name: &str) -> Option<&'static str> {
    SHIPPED.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

/// What a file that does not say so builds on. The shipped roots build on nothing.
fn root(name: &str, is_own: bool, file: &ThemeFile) -> Option<&'static str> {
    let root = if file.background.is_some_and(lab::is_light) { ROOTS.1 } else { ROOTS.0 };
    (is_own || (name != ROOTS.0 && name != ROOTS.1)).then_some(root)
}
