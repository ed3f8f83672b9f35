//! Snapshots that a repository has by name. Called by the server's service for folders of which nothing else is stored. It
//! must never change one.

use super::WorkspaceError;
use super::git::{Git, Patience};
use super::repository::Repository;
use crate::base::clock::Millis;

/// So many are looked at, the newest: of more nobody reads the list.
const MOST: &str = "--count=200";

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Named {
    /// The last part of its name.
    pub number: u32,
    pub reference: String,
    pub commit: String,
    pub at: Millis,
    /// Why it was taken.
    pub words: String,
}

impl Repository {
    /// Those below `prefix`, a name without a slash at its end; the oldest first.
    ///
    /// # Errors
    /// As every run of git.
    pub fn snapshots(&self, git: &Git, prefix: &str, patience: &Patience) -> Result<Vec<Named>, WorkspaceError> {
        let format = "--format=%(refname)%00%(objectname)%00%(committerdate:unix)%00%(contents:subject)";
        let below = format!("{prefix}/");
        let arguments = ["for-each-ref", MOST, "--sort=-version:refname", format, &below];
        let printed = self.ask(git, &arguments, patience)?.succeeded()?.text();
        let mut all: Vec<Named> = printed.lines().filter_map(|line| named(line, &below)).collect();
        all.sort_by_key(|one| one.number);
        Ok(all)
    }
}

/// Names of other forms are somebody else's.
fn named(line: &str, below: &str) -> Option<Named> {
    let mut parts = line.splitn(4, '\0');
    let (reference, commit, seconds, words) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let number = reference.strip_prefix(below)?.parse().ok()?;
    let at = seconds.parse::<Millis>().unwrap_or_default().saturating_mul(1000);
    Some(Named { number, reference: reference.into(), commit: commit.into(), at, words: words.into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_numbers_below_the_name_are_snapshots() {
        for (line, number) in [
            ("refs/x/7\0abc\x001000\0why it was\0", Some(7)),
            ("refs/x/12\0abc\0\0", Some(12)),
            ("refs/x/mine\0abc\x001000\0words", None),
            ("refs/x/1/2\0abc\x001000\0words", None),
            ("refs/y/1\0abc\x001000\0words", None),
            ("refs/x/1\0abc", None),
        ] {
            assert_eq!(named(line, "refs/x/").map(|one| one.number), number, "{line:?}");
        }
    }
}
