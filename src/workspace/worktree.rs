//! Work trees beside the user's own, each with a branch: made, filled, found, taken away. Called by the server's service,
//! which stores each step before it is done. It must never run what a repository names, and never remove files that are
//! in no snapshot: that is looked at before it is called.

use super::WorkspaceError;
use super::git::{Git, Patience, Printed, Run};
use super::repository::Repository;
use super::scratch::Scratch;
use super::within::{NAMES, Within};
use std::ffi::{OsStr, OsString};
use std::fs::{self, Permissions};
use std::io;
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Parts of a name are that long at most: folders, branches and the sidebar take it.
const SLUG: usize = 40;

/// One at a time, whatever the repository: it takes some milliseconds.
static REGISTERING: Mutex<()> = Mutex::new(());
/// Half a second in all: a git that was killed in between leaves such a file for ever, and its words are then told.
const HALF_WRITTEN: u32 = 50;
const AGAIN: Duration = Duration::from_millis(10);

/// What is checked out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Head<'a> {
    /// A branch that is made at this commit.
    New { branch: &'a str, commit: &'a str },
    /// A branch that exists.
    Branch(&'a str),
    /// No branch.
    Detached { commit: &'a str },
}

/// A work tree that git knows of.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Listed {
    pub path: PathBuf,
    /// Without `refs/heads/`.
    pub branch: Option<String>,
}

impl Repository {
    /// The commit that a user named.
    ///
    /// # Errors
    /// There is none.
    pub fn commit(&self, git: &Git, name: &str, patience: &Patience) -> Result<String, WorkspaceError> {
        let wanted = format!("{name}^{{commit}}");
        let found = self.ask(git, &["rev-parse", "-q", "--verify", "--end-of-options", &wanted], patience)?;
        if found.is_success { Ok(found.text()) } else { Err(WorkspaceError::NoCommit(name.to_owned())) }
    }

    /// The commit at the tip of a branch; `None`: there is no such branch.
    ///
    /// # Errors
    /// As every run of git.
    pub fn tip(&self, git: &Git, branch: &str, patience: &Patience) -> Result<Option<String>, WorkspaceError> {
        let name = format!("refs/heads/{branch}^{{commit}}");
        let found = self.ask(git, &["rev-parse", "-q", "--verify", &name], patience)?;
        Ok(found.is_success.then(|| found.text()))
    }

    /// # Errors
    /// Git takes no branch of that name.
    pub fn check_branch(&self, git: &Git, branch: &str, patience: &Patience) -> Result<(), WorkspaceError> {
        let is_option = branch.starts_with('-');
        let found = self.ask(git, &["check-ref-format", &format!("refs/heads/{branch}")], patience)?;
        if found.is_success && !is_option { Ok(()) } else { Err(WorkspaceError::BadBranch(branch.to_owned())) }
    }

    /// All work trees of it, the first being the one it was made with.
    ///
    /// # Errors
    /// As every run of git.
    pub fn worktrees(&self, git: &Git, patience: &Patience) -> Result<Vec<Listed>, WorkspaceError> {
        let list = ["worktree", "list", "--porcelain", "-z"].map(OsStr::new);
        let printed = self.run_alone(git, &list, patience)?.succeeded()?;
        let mut all: Vec<Listed> = Vec::new();
        for record in printed.records() {
            if let Some(path) = record.strip_prefix(b"worktree ") {
                all.push(Listed { path: OsString::from_vec(path.to_vec()).into(), branch: None });
            } else if let (Some(branch), Some(last)) = (record.strip_prefix(b"branch refs/heads/"), all.last_mut()) {
                last.branch = Some(String::from_utf8_lossy(branch).into_owned());
            }
        }
        Ok(all)
    }

    /// Makes git know of a work tree at `path`, with no file in it yet.
    ///
    /// # Errors
    /// The branch is taken, the place is, git fails.
    pub fn register(&self, git: &Git, path: &Path, head: &Head<'_>, patience: &Patience) -> Result<(), WorkspaceError> {
        if let Some(parent) = path.parent() {
            fs::DirBuilder::new().recursive(true).mode(0o700).create(parent)?;
        }
        if fs::symlink_metadata(path).is_ok() {
            return Err(WorkspaceError::PlaceTaken(path.display().to_string()));
        }
        if let Head::New { branch, .. } | Head::Branch(branch) = head {
            self.check_branch(git, branch, patience)?;
        }
        // Made here and not by the command below, so that it is known whose it is when that fails.
        if let Head::New { branch, commit } = head {
            self.make_branch(git, branch, commit, patience)?;
        }
        let mut arguments = ["worktree", "add", "--quiet", "--no-checkout"].map(OsStr::new).to_vec();
        if matches!(head, Head::Detached { .. }) {
            arguments.push(OsStr::new("--detach"));
        }
        arguments.extend([OsStr::new("--"), path.as_os_str()]);
        arguments.push(OsStr::new(match head {
            Head::New { branch, .. } | Head::Branch(branch) => branch,
            Head::Detached { commit } => commit,
        }));
        let printed = self.run_alone(git, &arguments, patience)?;
        if printed.is_success {
            return Ok(());
        }
        match head {
            Head::New { branch, commit } => self.remove_branch(git, branch, commit, patience)?,
            Head::Branch(branch) => self.check_free(git, branch, patience)?,
            Head::Detached { .. } => {}
        }
        Err(WorkspaceError::Git(printed.words))
    }

    /// # Errors
    /// A work tree has the branch checked out.
    fn check_free(&self, git: &Git, branch: &str, patience: &Patience) -> Result<(), WorkspaceError> {
        let holder = self.worktrees(git, patience)?.into_iter().find(|tree| tree.branch.as_deref() == Some(branch));
        let in_use = |tree: Listed| WorkspaceError::BranchInUse(branch.to_owned(), tree.path.display().to_string());
        holder.map_or(Ok(()), |tree| Err(in_use(tree)))
    }

    fn make_branch(&self, git: &Git, branch: &str, commit: &str, patience: &Patience) -> Result<(), WorkspaceError> {
        let name = format!("refs/heads/{branch}");
        // Only where there is none: whoever comes second is told.
        let printed = self.ask(git, &["update-ref", &name, commit, &"0".repeat(commit.len())], patience)?;
        if printed.is_success {
            return Ok(());
        }
        self.check_free(git, branch, patience)?;
        match self.tip(git, branch, patience)? {
            Some(_) => Err(WorkspaceError::BranchExists(branch.to_owned())),
            None => Err(WorkspaceError::Git(printed.words)),
        }
    }

    /// Git reads what another one, which registers a tree at the same moment, has half written, and dies of it before it
    /// did anything. Ours wait for one another; one of somebody else is waited for.
    fn run_alone(&self, git: &Git, arguments: &[&OsStr], patience: &Patience) -> Result<Printed, WorkspaceError> {
        let _alone = REGISTERING.lock().unwrap_or_else(PoisonError::into_inner);
        let mut tries = 0;
        loop {
            let printed = self.run(git, arguments, patience)?;
            let is_half_written = !printed.is_success && printed.words.starts_with("failed to read worktrees/");
            if !is_half_written || tries == HALF_WRITTEN {
                return Ok(printed);
            }
            tries += 1;
            std::thread::sleep(AGAIN);
        }
    }

    /// Makes git forget a work tree whose files are gone. One that it does not know is no error.
    ///
    /// # Errors
    /// As every run of git.
    pub fn unregister(&self, git: &Git, path: &Path, patience: &Patience) -> Result<(), WorkspaceError> {
        if !self.worktrees(git, patience)?.iter().skip(1).any(|tree| tree.path == path) {
            return Ok(());
        }
        // Twice: also one that somebody locked.
        let mut arguments = ["worktree", "remove", "--force", "--force", "--"].map(OsStr::new).to_vec();
        arguments.push(path.as_os_str());
        self.run_alone(git, &arguments, patience)?.succeeded().map(drop)
    }

    /// Branches whose names begin with this one and `/`.
    ///
    /// # Errors
    /// As every run of git.
    pub fn has_branches_below(&self, git: &Git, name: &str, patience: &Patience) -> Result<bool, WorkspaceError> {
        let below = format!("refs/heads/{name}/");
        Ok(!self.ask(git, &["for-each-ref", "--count=1", &below], patience)?.succeeded()?.bytes.is_empty())
    }

    /// Removes a branch when it stands at that commit still; one that has moved or is gone is left alone.
    ///
    /// # Errors
    /// As every run of git.
    pub fn remove_unused(&self, git: &Git, branch: &str, at: &str, patience: &Patience) -> Result<(), WorkspaceError> {
        match self.tip(git, branch, patience)? {
            Some(tip) if tip == at => self.remove_branch(git, branch, at, patience),
            _ => Ok(()),
        }
    }

    /// # Errors
    /// As every run of git.
    pub fn remove_reference(&self, git: &Git, name: &str, patience: &Patience) -> Result<(), WorkspaceError> {
        self.ask(git, &["update-ref", "-d", name], patience)?.succeeded().map(drop)
    }

    /// Removes a branch, if it still stands at that commit.
    ///
    /// # Errors
    /// It was moved meanwhile, or git fails.
    pub fn remove_branch(&self, git: &Git, branch: &str, at: &str, patience: &Patience) -> Result<(), WorkspaceError> {
        let name = format!("refs/heads/{branch}");
        self.ask(git, &["update-ref", "-d", &name, at], patience)?.succeeded().map(drop)
    }

    fn run(&self, git: &Git, arguments: &[&OsStr], patience: &Patience) -> Result<Printed, WorkspaceError> {
        let directory = &self.common;
        git.run(Run { directory, arguments, environment: &[], is_users: true, stdin: None, most: NAMES }, patience)
    }
}

/// Writes the files of the commit that is checked out at `path`, where there are none yet. What should be known of them is
/// said.
///
/// # Errors
/// The disk is full, a file is in the way, git fails.
pub fn fill(git: &Git, path: &Path, scratch: &Path, patience: &Patience) -> Result<Vec<String>, WorkspaceError> {
    let repository = Repository::find(git, path, patience)?;
    let Some(head) = repository.head.clone() else { return Ok(Vec::new()) };
    let scratch = Scratch::new(scratch, &repository.format, &repository.git_dir)?;
    let mut within = Within::of(git, &repository, &scratch, patience);
    within.settings.push("checkout.workers=0".into());
    let sparse = repository.git_dir.join("info/sparse-checkout");
    if sparse.is_file() {
        fs::create_dir_all(scratch.join("info"))?;
        fs::copy(&sparse, scratch.join("info/sparse-checkout"))?;
        within.settings.extend(repository.sparse(git, patience)?);
    }
    within.run(&["read-tree", "-m", "-u", &head].map(OsStr::new), None, NAMES)?.succeeded()?;
    let mut notes = Vec::new();
    let links = within.run(&["ls-files", "--stage", "-z"].map(OsStr::new), None, NAMES)?.succeeded()?;
    for link in links.records().filter(|record| record.starts_with(b"160000 ")).take(3) {
        let name = link.iter().position(|byte| *byte == b'\t').map_or(link, |tab| &link[tab + 1..]);
        notes.push(format!("{} is a submodule and was not fetched", String::from_utf8_lossy(name)));
    }
    if fs::read_to_string(repository.top.join(".gitattributes")).is_ok_and(|text| text.contains("filter=")) {
        notes.push("filters were not run: large files may be pointers, `git lfs pull` fetches them".into());
    }
    Ok(notes)
}

/// Removes a folder with all that is in it, closed ones as well.
///
/// # Errors
/// What cannot be removed; the rest is gone.
pub fn remove_tree(path: &Path) -> io::Result<()> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            open_folders(path)?;
            fs::remove_dir_all(path)
        }
        other => other,
    }
}

/// What a cache of modules closes against writing.
fn open_folders(path: &Path) -> io::Result<()> {
    if !fs::symlink_metadata(path)?.is_dir() {
        return Ok(());
    }
    fs::set_permissions(path, Permissions::from_mode(0o700))?;
    for entry in fs::read_dir(path)?.flatten() {
        open_folders(&entry.path())?;
    }
    Ok(())
}

/// A name for a branch and a folder from what somebody wrote: small letters, digits, and `-` between.
pub fn slug(text: &str) -> String {
    let mut name = String::new();
    for c in text.chars() {
        if c.is_ascii_alphanumeric() {
            name.push(c.to_ascii_lowercase());
        } else if !name.is_empty() && !name.ends_with('-') {
            name.push('-');
        }
    }
    if name.len() > SLUG {
        // Whole words, where there are some.
        let end = name[..SLUG].rfind('-').filter(|end| *end > SLUG / 2).unwrap_or(SLUG);
        name.truncate(end);
    }
    name.trim_end_matches('-').to_owned()
}
