//! What somebody looks for: words as they are, or a regular expression between `r/` and `/`. Made from a line that a
//! person typed; it must never match the empty text, which is everywhere.

use regex::bytes::{Regex, RegexBuilder};

/// A compiled expression may take this much memory: enough for any that a person types, too little to hurt.
const MAX_SIZE: usize = 1 << 20;
/// A longer one was pasted by mistake.
const MAX_LENGTH: usize = 1024;

#[derive(Clone, Debug)]
pub struct Pattern {
    regex: Regex,
}

#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BadPattern {
    #[error("there is nothing to look for")]
    Empty,
    #[error("more than 1,024 characters cannot be looked for")]
    TooLong,
    #[error("the expression cannot be understood: {0}")]
    Syntax(String),
}

impl Pattern {
    /// Small letters find large ones too; a large letter anywhere finds itself only.
    ///
    /// # Errors
    /// Nothing to look for, or an expression that is none.
    pub fn parse(query: &str) -> Result<Pattern, BadPattern> {
        if query.len() > MAX_LENGTH {
            return Err(BadPattern::TooLong);
        }
        let expression = query.strip_prefix("r/").map(|rest| rest.strip_suffix('/').unwrap_or(rest));
        let source = match expression {
            Some(expression) => expression.to_owned(),
            None if query.trim().is_empty() => return Err(BadPattern::Empty),
            None => regex::escape(query),
        };
        if source.is_empty() {
            return Err(BadPattern::Empty);
        }
        // In an expression `\S` and the like are no capitals.
        let has_capital = match expression {
            Some(text) => capital_outside_escapes(text),
            None => query.chars().any(char::is_uppercase),
        };
        let regex = RegexBuilder::new(&source)
            .case_insensitive(!has_capital)
            .multi_line(true)
            .size_limit(MAX_SIZE)
            .build()
            .map_err(|error| BadPattern::Syntax(last_line(&error.to_string())))?;
        Ok(Pattern { regex })
    }

    /// Where it matches in `text`, as byte ranges in order, none of them empty.
    pub fn find<'a>(&'a self, text: &'a [u8]) -> impl Iterator<Item = (usize, usize)> + 'a {
        self.regex.find_iter(text).map(|found| (found.start(), found.end())).filter(|(from, to)| from < to)
    }

    pub fn is_in(&self, text: &str) -> bool {
        self.find(text.as_bytes()).next().is_some()
    }
}

fn capital_outside_escapes(expression: &str) -> bool {
    let mut chars = expression.chars();
    while let Some(c) = chars.next() {
        if c == '\\' {
            chars.next();
        } else if c.is_uppercase() {
            return true;
        }
    }
    false
}

/// The library draws the expression and an arrow under it; the last line says what is wrong.
fn last_line(error: &str) -> String {
    let last = error.lines().last().unwrap_or(error).trim();
    last.strip_prefix("error: ").unwrap_or(last).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(query: &str, text: &str) -> Vec<String> {
        let pattern = Pattern::parse(query).unwrap();
        pattern.find(text.as_bytes()).map(|(from, to)| text[from..to].to_owned()).collect()
    }

    #[test]
    fn words_are_taken_as_they_are_and_capitals_count_when_there_are_some() {
        for (query, text, expected) in [
            ("panic", "a Panic! and a panic", &["Panic", "panic"][..]),
            ("Panic", "a Panic! and a panic", &["Panic"]),
            ("a.c", "abc a.c", &["a.c"]),
            ("größe", "GRÖSSE Größe", &["Größe"]),
            ("word ", "Words, word s", &["word "]),
            (r"r/a.c/", "abc a.c", &["abc", "a.c"]),
            (r"r/\S+c", "ABC x", &["ABC"]),
            (r"r/^b$/", "a\nb\nbb", &["b"]),
            ("r/x*/", "axxb", &["xx"]),
        ] {
            assert_eq!(found(query, text), expected, "{query}");
        }
    }

    #[test]
    fn what_cannot_be_looked_for_says_why() {
        for query in ["", "   ", "r/", "r//"] {
            assert_eq!(Pattern::parse(query).err(), Some(BadPattern::Empty), "{query:?}");
        }
        assert_eq!(Pattern::parse(&"x".repeat(1025)).err(), Some(BadPattern::TooLong));
        let words = Pattern::parse("r/a(/").err().unwrap().to_string();
        assert_eq!(words, "the expression cannot be understood: unclosed group");
        assert!(matches!(Pattern::parse(r"r/(\w{1000}){1000}/"), Err(BadPattern::Syntax(_))));
    }
}
