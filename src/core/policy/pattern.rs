//! Patterns of rules: over the real words of a command, over paths, over names. Made when a policy is loaded. They are never
//! held against the text of a command.

use super::places::{Workplace, joined};

/// Words of a command: `cargo {test,check} ...`, `git commit -m *`. `*` is any part of one word, `...` at the end any words.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Words {
    words: Vec<Word>,
    has_rest: bool,
}

/// One word, as the texts it may be; each with `*` for any characters.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Word(Vec<String>);

impl Words {
    /// # Errors
    /// Nothing in it, quotes without an end, `...` before the end, a program that may be any.
    pub fn parse(text: &str) -> Result<Words, String> {
        let mut all = split(text)?;
        let has_rest = all.last().is_some_and(|word| word == "...");
        if has_rest {
            all.pop();
        }
        if all.iter().any(|word| word == "...") {
            return Err("`...` stands for the rest, so it must be the last word".into());
        }
        let words: Vec<Word> = all.iter().map(|word| Word(alternatives(word))).collect();
        match words.first() {
            None => Err("a command pattern needs a program".into()),
            Some(program) if program.0.iter().any(|name| name.contains('*')) => {
                Err("the program in a command pattern must be named: `*` would be any".into())
            }
            Some(_) => Ok(Words { words, has_rest }),
        }
    }

    pub fn matches(&self, argv: &[String]) -> bool {
        let is_long_enough =
            if self.has_rest { argv.len() >= self.words.len() } else { argv.len() == self.words.len() };
        is_long_enough
            && self.words.iter().zip(argv).all(|(word, text)| word.0.iter().any(|pattern| like(pattern, text)))
    }
}

/// Words between blanks; `'…'` and `"…"` keep theirs.
fn split(text: &str) -> Result<Vec<String>, String> {
    let (mut all, mut word, mut quote, mut is_open) = (Vec::new(), String::new(), None, false);
    for c in text.chars() {
        match (quote, c) {
            (None, ' ' | '\t') => {
                if is_open {
                    all.push(std::mem::take(&mut word));
                }
                is_open = false;
            }
            (None, '\'' | '"') => (quote, is_open) = (Some(c), true),
            (Some(open), c) if c == open => quote = None,
            (_, c) => {
                word.push(c);
                is_open = true;
            }
        }
    }
    if quote.is_some() {
        return Err("a quote without its end".into());
    }
    if is_open {
        all.push(word);
    }
    Ok(all)
}

/// `{a,b}c` is `ac` or `bc`.
fn alternatives(word: &str) -> Vec<String> {
    let Some((before, rest)) = word.split_once('{') else { return vec![word.to_owned()] };
    let Some((inner, after)) = rest.split_once('}') else { return vec![word.to_owned()] };
    if !inner.contains(',') {
        return vec![word.to_owned()];
    }
    inner.split(',').flat_map(|one| alternatives(&format!("{before}{one}{after}"))).collect()
}

/// A text with `*` for any characters. Linear but for stars, of which a pattern has few.
pub fn like(pattern: &str, text: &str) -> bool {
    let mut pieces = pattern.split('*');
    let first = pieces.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let mut pieces: Vec<&str> = pieces.collect();
    let Some(last) = pieces.pop() else { return rest.is_empty() };
    for piece in pieces {
        match rest.find(piece) {
            Some(at) => rest = &rest[at + piece.len()..],
            None => return false,
        }
    }
    rest.len() >= last.len() && rest.ends_with(last)
}

/// Paths: `src/**`, `~/notes/*.md`, `/tmp/build/**`. `*` is any part of one name, `**` any folders.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Paths {
    text: String,
}

impl Paths {
    /// # Errors
    /// Nothing in it, or a way up.
    pub fn parse(text: &str) -> Result<Paths, String> {
        if text.is_empty() || text.split('/').any(|part| part == "..") {
            return Err("a path pattern names a path without `..`".into());
        }
        Ok(Paths { text: text.to_owned() })
    }

    /// `path` is absolute.
    pub fn matches(&self, path: &str, place: &Workplace) -> bool {
        let pattern = match self.text.strip_prefix("~/") {
            Some(rest) => format!("{}/{rest}", place.home.display()),
            None => self.text.clone(),
        };
        let pattern = joined(&place.workspace.to_string_lossy(), &pattern);
        let pattern: Vec<&str> = pattern.split('/').skip(1).collect();
        let path: Vec<&str> = path.split('/').skip(1).collect();
        fits(&pattern, &path)
    }
}

fn fits(pattern: &[&str], path: &[&str]) -> bool {
    match (pattern.first(), path.first()) {
        (None, None) => true,
        (Some(&"**"), _) => fits(&pattern[1..], path) || (!path.is_empty() && fits(pattern, &path[1..])),
        (Some(pattern_part), Some(part)) => like(pattern_part, part) && fits(&pattern[1..], &path[1..]),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn argv(text: &str) -> Vec<String> {
        text.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn words_of_a_command() {
        let table = [
            ("cargo test", "cargo test", true),
            ("cargo test", "cargo test -q", false),
            ("cargo test ...", "cargo test -q x", true),
            ("cargo {test,check} ...", "cargo check", true),
            ("cargo {test,check} ...", "cargo build", false),
            ("git commit -m *", "git commit -m words", true),
            ("git commit -m *", "git commit -m words --amend", false),
            ("npm run test:*", "npm run test:unit", true),
            ("npm run test:*", "npm run build", false),
            ("'a b' c", "a b c", false),
            ("ls ...", "ls", true),
        ];
        for (pattern, command, expected) in table {
            assert_eq!(Words::parse(pattern).unwrap().matches(&argv(command)), expected, "{pattern} / {command}");
        }
        for wrong in ["", "* ...", "... ls", "ls ... -a", "git 'x", "c*t x"] {
            assert!(Words::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn paths() {
        let place = Workplace { workspace: "/w".into(), home: "/h".into(), user: "u".into(), state: vec![] };
        let table = [
            ("src/**", "/w/src/a/b.rs", true),
            ("src/**", "/w/src2/a", false),
            ("src/*.rs", "/w/src/a.rs", true),
            ("src/*.rs", "/w/src/a/b.rs", false),
            ("**/*.md", "/w/docs/a.md", true),
            ("~/notes/*", "/h/notes/a", true),
            ("/tmp/x/**", "/tmp/x/y", true),
            ("/tmp/x/**", "/tmp/xy", false),
        ];
        for (pattern, path, expected) in table {
            assert_eq!(Paths::parse(pattern).unwrap().matches(path, &place), expected, "{pattern} / {path}");
        }
        assert!(Paths::parse("../x").is_err());
    }
}
