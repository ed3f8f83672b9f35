//! `.conductor/config.toml`: what a repository may say of the work trees that are made of it. Called by the server with the
//! bytes that the user trusted. It must never read a file itself, and never fail: what cannot be used is said and left out.

use toml::{Table, Value};

/// The file's name in `.conductor/`.
pub const FILE: &str = "config.toml";

/// What a repository says.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Project {
    /// Patterns of `.gitignore`, as `worktrees.copy` of the user's own settings; they stand beside those.
    pub copy: String,
    pub link: String,
    /// For `/bin/sh -c`; empty: none. The user's own win.
    pub setup: String,
    pub teardown: String,
    /// What of the file was not used, and why.
    pub notes: Vec<String>,
}

/// Understands the file.
pub fn parse(bytes: &[u8]) -> Project {
    let mut project = Project::default();
    let text = String::from_utf8_lossy(bytes);
    let table: Table = match toml::from_str(&text) {
        Ok(table) => table,
        Err(error) => {
            let line = error.span().map_or(1, |span| text[..span.start.min(text.len())].matches('\n').count() + 1);
            project.notes.push(format!("{} is not used: line {line}: {}", shown(""), error.message()));
            return project;
        }
    };
    for (name, value) in table {
        match (name.as_str(), value) {
            ("worktree", Value::Table(keys)) => keys.into_iter().for_each(|(key, value)| project.take(&key, value)),
            _ => project.unknown(&name),
        }
    }
    project
}

impl Project {
    fn take(&mut self, key: &str, value: Value) {
        let place = match key {
            "copy" => &mut self.copy,
            "link" => &mut self.link,
            "setup" => &mut self.setup,
            "teardown" => &mut self.teardown,
            _ => return self.unknown(&format!("worktree.{key}")),
        };
        match value {
            Value::String(text) if !text.contains('\0') => *place = text,
            _ => self.notes.push(format!("{} is not used: it is no text", shown(&format!("worktree.{key}")))),
        }
    }

    fn unknown(&mut self, name: &str) {
        self.notes.push(format!("{} is not used: nothing here knows it", shown(name)));
    }
}

fn shown(name: &str) -> String {
    let blank = if name.is_empty() { "" } else { " in " };
    format!("{name}{blank}.conductor/{FILE}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_is_taken_and_the_rest_is_said() {
        for (text, expected, notes) in [
            ("", ["", "", "", ""], &[][..]),
            (
                "[worktree]\ncopy = \"a b\"\nlink = \"c\"\nsetup = \"npm ci\"\nteardown = 'x'\n",
                ["a b", "c", "npm ci", "x"],
                &[],
            ),
            (
                "[launch]\nprovider = \"codex\"\n[worktree]\nsetup = \"x\"\nhook = \"y\"\n",
                ["", "", "x", ""],
                &[
                    "launch in .conductor/config.toml is not used: nothing here knows it",
                    "worktree.hook in .conductor/config.toml is not used: nothing here knows it",
                ],
            ),
            (
                "[worktree]\nsetup = [\"x\"]\ncopy = \"\\u0000\"\nlink = \"l\"\n",
                ["", "l", "", ""],
                &[
                    "worktree.copy in .conductor/config.toml is not used: it is no text",
                    "worktree.setup in .conductor/config.toml is not used: it is no text",
                ],
            ),
            ("worktree = 1\n", [""; 4], &["worktree in .conductor/config.toml is not used: nothing here knows it"]),
            ("\n[worktree\n", [""; 4], &[".conductor/config.toml is not used: line 2: "]),
        ] {
            let project = parse(text.as_bytes());
            let found = [&project.copy, &project.link, &project.setup, &project.teardown];
            assert_eq!(found, expected, "{text:?}");
            assert_eq!(project.notes.len(), notes.len(), "{text:?}: {:?}", project.notes);
            for note in notes {
                assert!(project.notes.iter().any(|said| said.starts_with(note)), "{text:?}: {:?}", project.notes);
            }
        }
        assert_eq!(parse(b"\xff\xfe").setup, "");
    }
}
