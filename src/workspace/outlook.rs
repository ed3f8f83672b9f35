//! What stands between a branch and the one its work goes into: how many commits, which files no commit has, and where it
//! could be pushed. Called by the server's service when somebody looks. It must never change anything.

use super::WorkspaceError;
use super::changes::changes;
use super::git::{Git, Patience};
use super::repository::{Base, Repository};
use std::path::Path;

#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Outlook {
    /// Commits that the base has not; `None`: there is no such base.
    pub commits: Option<u64>,
    /// Files that differ from the last commit, new ones included.
    pub changed: Vec<String>,
    /// Files that are not told by name.
    pub more: u64,
    /// Names of remotes.
    pub remotes: Vec<String>,
}

/// # Errors
/// No repository there, or git cannot read it.
pub fn outlook(
    git: &Git,
    tree: &Path,
    base: &str,
    scratch: &Path,
    patience: &Patience,
) -> Result<Outlook, WorkspaceError> {
    let repository = Repository::find(git, tree, patience)?;
    let commits = match repository.tip(git, base, patience)? {
        Some(tip) => {
            let range = format!("{tip}..HEAD");
            let printed = repository.ask(git, &["rev-list", "--count", &range], patience)?;
            printed.text().trim().parse().ok().filter(|_| printed.is_success)
        }
        None => None,
    };
    let found = changes(git, tree, Base::Head, None, None, scratch, patience)?;
    let changed = found.files.iter().map(|file| String::from_utf8_lossy(&file.diff.path).into_owned()).collect();
    let remotes = repository.ask(git, &["remote"], patience)?.succeeded()?.text();
    let remotes = remotes.lines().map(str::to_owned).collect();
    Ok(Outlook { commits, changed, more: found.more_files, remotes })
}
