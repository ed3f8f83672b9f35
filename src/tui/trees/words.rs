//! What is said of a work tree: its state, what its end would bring, what is kept of it. Used by the list, the questions
//! and the screen for ears. It must never promise what the server does not.

use crate::base::clock::Millis;
use crate::base::text::printable;
use crate::proto::worktree::{Finished, How, LeftOut, Outlook, Worktree};

const HOUR: Millis = 60 * 60 * 1000;
/// More names than this are not read.
const NAMED: usize = 3;

/// `1 commit`, `3 commits`.
pub fn count(number: u64, word: &str) -> String {
    if number == 1 { format!("1 {word}") } else { format!("{number} {word}s") }
}

/// `ready`, `29 days left`, `folder gone`.
pub fn state(tree: &Worktree, now: Millis) -> String {
    match tree.state.as_str() {
        "removed" => match tree.kept_until_ms.map(|until| until.saturating_sub(now) / HOUR) {
            Some(0) => "removed, less than 1 h left".to_owned(),
            Some(hours @ 1..48) => format!("removed, {hours} h left"),
            Some(hours) => format!("removed, {} days left", hours / 24),
            None => "removed".to_owned(),
        },
        "missing" => "folder gone".to_owned(),
        "making" => "being made".to_owned(),
        "removing" => "half removed".to_owned(),
        "restoring" => "half brought back".to_owned(),
        other => other.to_owned(),
    }
}

/// Whether it can be worked with.
pub fn is_ready(tree: &Worktree) -> bool {
    tree.state == "ready"
}

/// The branch, or the name where nothing is checked out.
pub fn branch(tree: &Worktree) -> String {
    printable(tree.branch.as_deref().unwrap_or(&tree.name))
}

/// `code.rs, new.txt and 3 more`.
pub fn names(all: &[String], more: u64) -> String {
    let told: Vec<String> = all.iter().take(NAMED).map(|name| printable(name)).collect();
    let more = more + (all.len() - told.len()) as u64;
    if more == 0 { told.join(", ") } else { format!("{} and {more} more", told.join(", ")) }
}

/// Commits that the base has not, files that no commit has.
pub fn work(outlook: &Outlook) -> String {
    let into = printable(&outlook.into);
    let commits = match outlook.commits {
        Some(0) => format!("no commit that {into} has not"),
        Some(n) => format!("{} that {into} has not", count(n, "commit")),
        None => format!("there is no {into} any more"),
    };
    let changed = outlook.changed.len() as u64 + outlook.more;
    match changed {
        0 => format!("{commits} · everything is committed"),
        n => {
            format!("{commits} · {} without a commit: {}", count(n, "file"), names(&outlook.changed, outlook.more))
        }
    }
}

/// How many files no commit has.
pub fn uncommitted(outlook: &Outlook) -> u64 {
    outlook.changed.len() as u64 + outlook.more
}

/// `3 commits of fix-login go into main.` `None` for `how`: it is pushed to `into`.
pub fn landing(branch: &str, into: &str, how: Option<How>, outlook: &Outlook, is_committed: bool) -> String {
    let into = printable(into);
    let fresh = u64::from(is_committed);
    // What was counted is told of the branch that was asked about.
    let known = outlook.commits.filter(|_| how.is_none() || outlook.into == into).map(|n| n + fresh);
    let some = match known {
        Some(n) => count(n, "commit"),
        None => "the commits".to_owned(),
    };
    let (go, are) = if known == Some(1) { ("goes", "is") } else { ("go", "are") };
    match how {
        Some(_) if known == Some(0) => format!("{branch} has no commit that {into} has not."),
        Some(How::Merge) => format!("{some} of {branch} {go} into {into}."),
        Some(How::Squash) => format!("{some} of {branch} {go} into {into} as one."),
        Some(How::Rebase) => format!("{some} of {branch} {are} put on top of {into}, one by one."),
        None => format!("{branch} is pushed to {into}; {} stays as it is.", printable(&outlook.into)),
    }
}

/// What was done.
pub fn finished(done: &Finished) -> String {
    let name = branch(&done.worktree);
    let mut said = Vec::new();
    if let Some(remote) = &done.pushed {
        said.push(format!("{name} is pushed to {}", printable(remote)));
    }
    if let Some(commit) = &done.commit {
        let commit = commit.get(..10).unwrap_or(commit);
        said.push(format!("{name} is in {}, which is at {commit}", printable(&done.base)));
    }
    said.join(" · ")
}

/// What would be lost, and what is moved to a safe place.
pub fn lost_and_moved(left: &[LeftOut]) -> (Vec<String>, Vec<String>) {
    let words = |aside: bool| left.iter().filter(|one| one.aside == aside).map(LeftOut::words).collect();
    (words(false), words(true))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::testing::tree;

    #[test]
    fn states_say_how_long_a_removed_one_can_be_brought_back() {
        let now = 1_000_000;
        for (state_word, left, expected) in [
            ("ready", None, "ready"),
            ("missing", None, "folder gone"),
            ("removing", None, "half removed"),
            ("removed", Some(29 * 24 * HOUR + 5), "removed, 29 days left"),
            ("removed", Some(5 * HOUR), "removed, 5 h left"),
            ("removed", Some(5), "removed, less than 1 h left"),
            ("removed", None, "removed"),
        ] {
            let mut one = tree(1, "fix", state_word);
            one.kept_until_ms = left.map(|left| now + left);
            assert_eq!(state(&one, now), expected);
        }
    }

    #[test]
    fn what_comes_of_it_is_said_in_a_sentence() {
        let outlook = |commits, changed: &[&str]| Outlook {
            into: "main".into(),
            commits,
            changed: changed.iter().map(|name| (*name).to_owned()).collect(),
            ..Outlook::default()
        };
        for (how, into, commits, is_committed, expected) in [
            (Some(How::Merge), "main", Some(3), false, "3 commits of fix go into main."),
            (Some(How::Merge), "main", Some(0), true, "1 commit of fix goes into main."),
            (Some(How::Merge), "main", Some(0), false, "fix has no commit that main has not."),
            (Some(How::Squash), "main", Some(2), true, "3 commits of fix go into main as one."),
            (Some(How::Rebase), "main", Some(1), false, "1 commit of fix is put on top of main, one by one."),
            (Some(How::Merge), "next", Some(2), false, "the commits of fix go into next."),
            (None, "origin", Some(2), false, "fix is pushed to origin; main stays as it is."),
        ] {
            assert_eq!(landing("fix", into, how, &outlook(commits, &[]), is_committed), expected);
        }
        assert_eq!(work(&outlook(Some(1), &[])), "1 commit that main has not · everything is committed");
        let several = work(&outlook(Some(0), &["a", "b", "c", "d"]));
        assert_eq!(several, "no commit that main has not · 4 files without a commit: a, b, c and 1 more");
    }
}
