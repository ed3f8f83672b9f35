//! The work of a branch, brought into the one it was made from: merged, squashed, or replayed on top of it. Called by the
//! server's service. Nothing is forced: a conflict, a file that somebody changed, a branch that moved meanwhile, and all is
//! as it was. It must never run a hook, a filter or a merge driver.

use super::WorkspaceError;
use super::census::{Kind, census};
use super::changes::copied;
use super::git::{Git, Patience, Printed};
use super::repository::Repository;
use super::restore::Lock;
use super::scratch::Scratch;
use super::within::{NAMES, Within};
use crate::base::pause;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum How {
    /// As `git merge` does it: without a commit of its own where the base has not moved.
    Merge,
    /// One commit with all of it.
    Squash,
    /// Each commit again, on top of the base.
    Rebase,
}

/// What is to land: the base goes from `old` to `new`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Landing {
    pub base: String,
    pub old: String,
    pub new: String,
}

/// Makes what is to land, as objects alone: nobody sees anything of it yet.
///
/// # Errors
/// There is nothing to bring, both sides changed the same lines ([`WorkspaceError::Conflict`]), nobody is known as author.
pub fn prepare(
    git: &Git,
    tree: &Path,
    base: &str,
    how: How,
    words: Option<&str>,
    scratch: &Path,
    patience: &Patience,
) -> Result<Landing, WorkspaceError> {
    let repository = Repository::find(git, tree, patience)?;
    let tip = repository.head.clone().ok_or_else(|| WorkspaceError::NoCommit("HEAD".into()))?;
    let old = repository.tip(git, base, patience)?.ok_or_else(|| WorkspaceError::NoCommit(base.to_owned()))?;
    let scratch = Scratch::new(scratch, &repository.format, &repository.git_dir)?;
    let branch = repository.branch.clone().unwrap_or_else(|| tip.clone());
    let bringing = Bringing { git, repository: &repository, scratch: &scratch, patience };
    let fork = bringing.ask(&["merge-base", &old, &tip])?;
    let fork = if fork.is_success { fork.text() } else { return Err(WorkspaceError::Unrelated(base.to_owned())) };
    if fork == tip {
        return Err(WorkspaceError::NothingNew(branch, base.to_owned()));
    }
    let new = match how {
        How::Merge if fork == old => tip,
        How::Merge => {
            let merged = bringing.merged(&old, &tip)?;
            let into = if matches!(base, "main" | "master") { String::new() } else { format!(" into {base}") };
            let said = words.map_or_else(|| format!("Merge branch '{branch}'{into}"), str::to_owned);
            bringing.commit(&merged, &[&old, &tip], &said, None)?
        }
        How::Squash => {
            let merged = bringing.merged(&old, &tip)?;
            let said = words.map_or_else(|| bringing.subjects(&fork, &tip, &branch), |words| Ok(words.to_owned()))?;
            bringing.commit(&merged, &[&old], &said, None)?
        }
        How::Rebase => bringing.replayed(&old, &tip)?,
    };
    Ok(Landing { base: base.to_owned(), old, new })
}

/// Puts it in place: the files where the base is checked out, then the branch. Done already, it is no error.
///
/// # Errors
/// The base has moved, or a file that would change is not as it was committed; then all is as it was.
pub fn land(
    git: &Git,
    repository: &Repository,
    landing: &Landing,
    scratch: &Path,
    patience: &Patience,
) -> Result<(), WorkspaceError> {
    let tip = repository.tip(git, &landing.base, patience)?;
    if tip.as_ref() == Some(&landing.new) {
        return Ok(());
    }
    if tip.as_ref() != Some(&landing.old) {
        return Err(WorkspaceError::Moved(landing.base.clone()));
    }
    let trees = repository.worktrees(git, patience)?;
    let place = trees.into_iter().find(|tree| tree.branch.as_ref() == Some(&landing.base) && tree.path.is_dir());
    if let Some(place) = &place {
        checked_out(git, &place.path, landing, scratch, patience)?;
    }
    pause::here("worktree-after-files");
    let name = format!("refs/heads/{}", landing.base);
    let moved = repository.ask(git, &["update-ref", &name, &landing.new, &landing.old], patience)?;
    if moved.is_success {
        return Ok(());
    }
    if let Some(place) = &place {
        let back = Landing { base: landing.base.clone(), old: landing.new.clone(), new: landing.old.clone() };
        checked_out(git, &place.path, &back, scratch, patience)?;
    }
    Err(WorkspaceError::Moved(landing.base.clone()))
}

/// Changes the files of a work tree from one commit's to another's, where nobody changed them.
fn checked_out(
    git: &Git,
    top: &Path,
    landing: &Landing,
    scratch: &Path,
    patience: &Patience,
) -> Result<(), WorkspaceError> {
    let place = Repository::find(git, top, patience)?;
    let scratch = Scratch::new(scratch, &place.format, &place.git_dir)?;
    let bringing = Bringing { git, repository: &place, scratch: &scratch, patience };
    let changed = bringing.ask(&["diff-tree", "-r", "--name-only", "-z", &landing.old, &landing.new])?.succeeded()?;
    bringing.check_filters(&changed.bytes)?;
    let within = bringing.within(place.git_dir.join("index"));
    // What only looks changed, because a file was touched.
    within.run(&["update-index", "-q", "--unmerged", "--refresh"].map(OsStr::new), None, NAMES)?;
    let change = ["read-tree", "-m", "-u", &landing.old, &landing.new].map(OsStr::new);
    let printed = within.run(&change, None, NAMES)?;
    match printed.is_success {
        true => Ok(()),
        false => Err(WorkspaceError::InTheWay(top.display().to_string(), printed.words)),
    }
}

/// Commits everything in a work tree that is not ignored, and tells the commit. `None`: there was nothing.
///
/// # Errors
/// A merge is not finished, a repository lies within, nobody is known as author; then all is as it was.
pub fn commit_all(
    git: &Git,
    tree: &Path,
    words: &str,
    scratch: &Path,
    patience: &Patience,
) -> Result<Option<String>, WorkspaceError> {
    let repository = Repository::find(git, tree, patience)?;
    let head = repository.head.clone().ok_or_else(|| WorkspaceError::NoCommit("HEAD".into()))?;
    let scratch = Scratch::new(scratch, &repository.format, &repository.git_dir)?;
    let bringing = Bringing { git, repository: &repository, scratch: &scratch, patience };
    let index = scratch.join("index");
    copied(&repository.git_dir.join("index"), &index)?;
    let within = bringing.within(index.clone());
    if !within.run(&["ls-files", "--unmerged", "-z"].map(OsStr::new), None, NAMES)?.succeeded()?.bytes.is_empty() {
        return Err(WorkspaceError::Unfinished);
    }
    let links = within.run(&["ls-files", "--stage", "-z"].map(OsStr::new), None, NAMES)?.succeeded()?;
    let is_known = |path: &[u8]| links.records().any(|l| l.starts_with(b"160000 ") && l.ends_with(path));
    let inner = census(&repository.top)?.into_iter().find(|e| e.kind == Kind::Repository && !is_known(&e.path));
    let mut arguments: Vec<&OsStr> = ["ls-files", "--others", "--modified", "--deleted", "-z"].map(OsStr::new).to_vec();
    let lists = repository.exclude_arguments();
    arguments.extend(lists.iter().map(std::ffi::OsString::as_os_str));
    let changed = within.run(&arguments, None, NAMES)?.succeeded()?;
    if changed.is_cut {
        return Err(WorkspaceError::TooMuch("the list of changed files"));
    }
    if let Some(inner) =
        inner.filter(|inner| changed.records().any(|path| path.strip_suffix(b"/") == Some(&inner.path)))
    {
        return Err(WorkspaceError::Inner(String::from_utf8_lossy(&inner.path).into_owned()));
    }
    bringing.check_filters(&changed.bytes)?;
    let list = scratch.join("changed");
    fs::write(&list, &changed.bytes)?;
    let add = ["update-index", "--add", "--remove", "--replace", "-z", "--stdin"].map(OsStr::new);
    within.run(&add, Some(File::open(list)?), NAMES)?.succeeded()?;
    let written = within.run(&[OsStr::new("write-tree")], None, NAMES)?.succeeded()?.text();
    let before = bringing.ask(&["rev-parse", &format!("{head}^{{tree}}")])?.succeeded()?.text();
    if written == before {
        return Ok(None);
    }
    let commit = bringing.commit(&written, &[&head], words, None)?;
    let lock = Lock::take(&repository.git_dir)?;
    let moved = repository.ask(git, &["update-ref", "-m", words, "HEAD", &commit, &head], patience)?;
    if !moved.is_success {
        return Err(WorkspaceError::Moved(repository.branch.clone().unwrap_or_else(|| "HEAD".into())));
    }
    lock.replace(&index)?;
    Ok(Some(commit))
}

struct Bringing<'a> {
    git: &'a Git,
    repository: &'a Repository,
    scratch: &'a Scratch,
    patience: &'a Patience,
}

/// Who wrote a commit first.
struct Author {
    name: String,
    email: String,
    /// `@seconds zone`
    date: String,
}

impl Bringing<'_> {
    fn within(&self, index: PathBuf) -> Within<'_> {
        Within { index, ..Within::of(self.git, self.repository, self.scratch, self.patience) }
    }

    fn ask(&self, arguments: &[&str]) -> Result<Printed, WorkspaceError> {
        let arguments: Vec<&OsStr> = arguments.iter().map(OsStr::new).collect();
        self.within(self.scratch.join("none")).run(&arguments, None, NAMES)
    }

    /// The tree of two commits as if they had parted at `from`. Stand-ins that did are made for it: git takes a base for
    /// this only since 2.40.
    fn merged_from(&self, from: &str, ours: &str, theirs: &str) -> Result<String, WorkspaceError> {
        let stand_in = |commit: &str, parents: &[&str]| self.commit(&format!("{commit}^{{tree}}"), parents, "", None);
        let root = stand_in(from, &[])?;
        self.merged(&stand_in(ours, &[&root])?, &stand_in(theirs, &[&root])?)
    }

    /// The tree of two commits brought together.
    fn merged(&self, ours: &str, theirs: &str) -> Result<String, WorkspaceError> {
        let arguments = ["merge-tree", "--write-tree", "-z", "--name-only", "--no-messages", ours, theirs];
        let printed = self.ask(&arguments)?;
        let all: Vec<String> = printed.records().map(|record| String::from_utf8_lossy(record).into_owned()).collect();
        match (all.split_first(), printed.is_success) {
            (Some((tree, _)), true) => Ok(tree.clone()),
            (Some((_, files)), false) => Err(WorkspaceError::Conflict(files.to_vec())),
            (None, _) => Err(WorkspaceError::Git(printed.words)),
        }
    }

    fn commit(
        &self,
        tree: &str,
        parents: &[&str],
        words: &str,
        author: Option<&Author>,
    ) -> Result<String, WorkspaceError> {
        let (name, email) = self.user()?;
        let mut variables = vec![("GIT_COMMITTER_NAME", name.as_str()), ("GIT_COMMITTER_EMAIL", email.as_str())];
        match author {
            Some(author) => variables.extend([
                ("GIT_AUTHOR_NAME", author.name.as_str()),
                ("GIT_AUTHOR_EMAIL", author.email.as_str()),
                ("GIT_AUTHOR_DATE", author.date.as_str()),
            ]),
            None => variables.extend([("GIT_AUTHOR_NAME", name.as_str()), ("GIT_AUTHOR_EMAIL", email.as_str())]),
        }
        let variables: Vec<(&str, &OsStr)> = variables.into_iter().map(|(n, v)| (n, OsStr::new(v))).collect();
        let said = self.scratch.join("words");
        fs::write(&said, format!("{}\n", words.trim_end()))?;
        let mut arguments = vec![OsStr::new("commit-tree"), OsStr::new(tree)];
        for parent in parents {
            arguments.extend(["-p", parent].map(OsStr::new));
        }
        let within = self.within(self.scratch.join("none"));
        Ok(within.run_as(&arguments, &variables, Some(File::open(said)?), NAMES)?.succeeded()?.text())
    }

    /// Name and address that the user's own git would write.
    fn user(&self) -> Result<(String, String), WorkspaceError> {
        let printed = self.repository.ask(self.git, &["var", "GIT_COMMITTER_IDENT"], self.patience)?;
        let ident = printed.text();
        let parts = ident.rsplit_once("> ").and_then(|(who, _)| who.split_once(" <"));
        match parts {
            Some((name, email)) if printed.is_success => Ok((name.to_owned(), email.to_owned())),
            _ => Err(WorkspaceError::NoAuthor),
        }
    }

    /// For one commit its own words; for several, their first lines.
    fn subjects(&self, fork: &str, tip: &str, branch: &str) -> Result<String, WorkspaceError> {
        let range = format!("{fork}..{tip}");
        let all = self.ask(&["log", "--reverse", "--no-merges", "-z", "--format=%B", &range])?.succeeded()?;
        let all: Vec<String> =
            all.bytes.split(|b| *b == 0).map(|w| String::from_utf8_lossy(w).trim().to_owned()).collect();
        let all: Vec<&String> = all.iter().filter(|words| !words.is_empty()).collect();
        match all.as_slice() {
            [one] => Ok((*one).clone()),
            several => {
                let lines = several.iter().filter_map(|words| words.lines().next()).map(|line| format!("* {line}"));
                Ok(format!("{branch}\n\n{}", lines.collect::<Vec<_>>().join("\n")))
            }
        }
    }

    /// Every commit again, on top of `old`.
    fn replayed(&self, old: &str, tip: &str) -> Result<String, WorkspaceError> {
        let range = format!("{old}..{tip}");
        let list = self.ask(&["rev-list", "--reverse", "--topo-order", "--parents", &range])?.succeeded()?.text();
        let mut top = old.to_owned();
        for line in list.lines() {
            let mut names = line.split(' ');
            let (Some(commit), Some(parent), None) = (names.next(), names.next(), names.next()) else {
                return Err(WorkspaceError::HasMerges);
            };
            let tree = self.merged_from(parent, &top, commit)?;
            if tree == self.ask(&["rev-parse", &format!("{top}^{{tree}}")])?.succeeded()?.text() {
                // The base has it already.
                continue;
            }
            let format = "--format=%an%x00%ae%x00@%ad%x00%B";
            let said = self.ask(&["log", "-1", "--date=raw", format, commit])?.succeeded()?.text();
            let mut parts = said.splitn(4, '\0').map(str::to_owned);
            let mut next = || parts.next().unwrap_or_default();
            let (author, words) = (Author { name: next(), email: next(), date: next() }, next());
            top = self.commit(&tree, &[&top], &words, Some(&author))?;
        }
        Ok(top)
    }

    /// Files that a filter makes would be written without it. Names are ended by NULs.
    fn check_filters(&self, names: &[u8]) -> Result<(), WorkspaceError> {
        if names.is_empty() {
            return Ok(());
        }
        let list = self.scratch.join("names");
        fs::write(&list, names)?;
        let within = self.within(self.repository.git_dir.join("index"));
        let arguments = ["check-attr", "-z", "--stdin", "filter"].map(OsStr::new);
        let printed = within.run(&arguments, Some(File::open(list)?), NAMES)?.succeeded()?;
        // Path, `filter`, value; again and again. A value is never empty.
        let records: Vec<&[u8]> = printed.records().collect();
        let is_set = |triple: &&[&[u8]]| !matches!(triple.get(2), None | Some(&b"unspecified") | Some(&b"unset"));
        match records.chunks(3).find(is_set) {
            Some(triple) => Err(WorkspaceError::Filtered(String::from_utf8_lossy(triple[0]).into_owned())),
            None => Ok(()),
        }
    }
}

/// What of a work tree no commit has: `false` when everything is committed or ignored.
///
/// # Errors
/// As every run of git.
pub fn is_changed(git: &Git, tree: &Path, scratch: &Path, patience: &Patience) -> Result<bool, WorkspaceError> {
    let found = super::changes::changes(git, tree, super::Base::Head, None, None, scratch, patience)?;
    Ok(!found.files.is_empty())
}
