//! What the files of a work tree are now, compared with a commit: files, hunks and lines, new files that nobody added
//! among them. Called by the server's service.

use super::WorkspaceError;
use super::git::{Git, Patience, Printed};
use super::repository::{Base, Origin, Point, Repository};
use super::scratch::Scratch;
use super::within::Within;
use crate::core::diff::{self, Change, FileDiff};
use sha2::{Digest, Sha256};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// Of a diff that much is read, some 60,000 lines: more is not reviewed at once, and one file of it can be asked for.
const PATCH: usize = 3 * 1024 * 1024;
/// Files that are told.
const FILES: usize = 3000;
/// New files that nobody added: more are a build's, which should be ignored.
const UNTRACKED: usize = 1000;
/// Their names, and the names and counts of all that changed.
const NAMES: usize = 4 * 1024 * 1024;
/// A larger file is not looked into: nobody reads it, and git would take it into memory.
const LARGE: &str = "core.bigFileThreshold=2m";
/// What a new file is taken for in the index: its contents are then those in the work tree.
const EMPTY: [(&str, &str, &str); 2] = [
    ("sha1", "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391", "4b825dc642cb6eb9a060e54bf8d69288fbee4904"),
    (
        "sha256",
        "473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813",
        "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321",
    ),
];

#[derive(Debug)]
pub struct Changes {
    pub repository: Repository,
    pub point: Point,
    pub files: Vec<File>,
    /// Files that are not told.
    pub more_files: u64,
    /// Some files are told without their lines, or not at all.
    pub is_cut: bool,
    /// What else there is to say.
    pub notes: Vec<String>,
    /// The same as long as nothing changed.
    pub revision: String,
}

#[derive(Debug)]
pub struct File {
    pub diff: FileDiff,
    pub added: u64,
    pub removed: u64,
    /// Nobody added it to the index.
    pub is_untracked: bool,
    /// Its lines are not all here.
    pub is_cut: bool,
}

/// Compares the files around `directory` with a base, or the one `file` of them. `origin`: what its branch was made from,
/// when that is known; else it is looked for. `scratch` is a folder of ours.
///
/// # Errors
/// There is no repository, git cannot read it, it takes too long, or nobody waits for it.
pub fn changes(
    git: &Git,
    directory: &Path,
    base: Base,
    origin: Option<&Origin>,
    file: Option<&str>,
    scratch: &Path,
    patience: &Patience,
) -> Result<Changes, WorkspaceError> {
    let repository = Repository::find(git, directory, patience)?;
    let point = repository.point(git, base, origin, patience)?;
    let scratch = Scratch::new(scratch, &repository.format, &repository.git_dir)?;
    let mut within = Within::of(git, &repository, &scratch, patience);
    within.settings.push(LARGE.into());
    let mut comparison = Comparison { within, repository: &repository };
    let mut notes = Vec::new();
    let new = comparison.untracked(file, &mut notes)?;
    let conflicted = comparison.conflicted()?;
    comparison.add(&new)?;
    let (hash, tree) = comparison.empty();
    let commit = point.commit.as_deref().unwrap_or(tree);
    let patch = comparison.diff(commit, &["--patch"], file, PATCH)?.succeeded()?;
    let mut files = told(diff::parse(&patch.bytes));
    let mut digest = Sha256::new();
    let branch = repository.branch.as_deref().unwrap_or_default();
    for part in [commit.as_bytes(), hash.as_bytes(), branch.as_bytes(), point.name.as_bytes(), &patch.bytes] {
        digest.update((part.len() as u64).to_le_bytes());
        digest.update(part);
    }
    if patch.is_cut {
        if let Some(last) = files.last_mut() {
            last.is_cut = true;
        }
        let all = comparison.diff(commit, &["--raw", "--numstat", "-z"], file, NAMES)?.succeeded()?;
        digest.update(&all.bytes);
        count(&mut files, diff::listing(&all.bytes));
    }
    let untracked: HashSet<&[u8]> = new.iter().map(Vec::as_slice).collect();
    for file in &mut files {
        file.is_untracked = file.diff.change == Change::Added && untracked.contains(file.diff.path.as_slice());
        if conflicted.contains(&file.diff.path) {
            file.diff.change = Change::Conflicted;
        }
    }
    conflicted.iter().for_each(|path| digest.update(path));
    notes.iter().for_each(|note| digest.update(note));
    let more_files = files.len().saturating_sub(FILES) as u64;
    files.truncate(FILES);
    let revision = digest.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    drop(scratch);
    Ok(Changes { is_cut: patch.is_cut || more_files > 0, repository, point, files, more_files, notes, revision })
}

/// The comparison of one work tree.
struct Comparison<'a> {
    within: Within<'a>,
    repository: &'a Repository,
}

impl Comparison<'_> {
    fn run(&self, arguments: &[&OsStr], stdin: Option<fs::File>, most: usize) -> Result<Printed, WorkspaceError> {
        self.within.run(arguments, stdin, most)
    }

    /// The names of nothing: an empty file, an empty tree.
    fn empty(&self) -> (&'static str, &'static str) {
        let known = EMPTY.iter().find(|(format, ..)| *format == self.repository.format).unwrap_or(&EMPTY[0]);
        (known.1, known.2)
    }

    /// New files that are not ignored.
    fn untracked(&self, file: Option<&str>, notes: &mut Vec<String>) -> Result<Vec<Vec<u8>>, WorkspaceError> {
        let lists = self.repository.exclude_arguments();
        let mut arguments = ["ls-files", "--others", "-z"].map(OsStr::new).to_vec();
        arguments.extend(lists.iter().map(OsString::as_os_str));
        arguments.push(OsStr::new("--"));
        arguments.extend(file.map(OsStr::new));
        let printed = self.run(&arguments, None, NAMES)?.succeeded()?;
        let (repositories, mut files): (Vec<&[u8]>, Vec<&[u8]>) =
            printed.records().partition(|name| name.ends_with(b"/"));
        for name in repositories.iter().take(3) {
            notes.push(format!("{} is a repository of its own", String::from_utf8_lossy(name)));
        }
        if files.len() > UNTRACKED {
            let (more, plus) = (files.len() - UNTRACKED, if printed.is_cut { "+" } else { "" });
            notes.push(format!("{more}{plus} more new files are not shown: ignore what is built"));
            files.truncate(UNTRACKED);
        }
        Ok(files.into_iter().map(<[u8]>::to_vec).collect())
    }

    /// Files in which two sides of a merge stand against each other.
    fn conflicted(&self) -> Result<BTreeSet<Vec<u8>>, WorkspaceError> {
        let printed = self.run(&["ls-files", "--unmerged", "-z"].map(OsStr::new), None, NAMES)?.succeeded()?;
        let records = printed.records();
        let path = |record: &[u8]| Some(record[record.iter().position(|byte| *byte == b'\t')? + 1..].to_vec());
        Ok(records.filter_map(path).collect())
    }

    /// Puts new files into a copy of the index, so that they are compared like all others.
    fn add(&mut self, names: &[Vec<u8>]) -> Result<(), WorkspaceError> {
        if names.is_empty() {
            return Ok(());
        }
        let copy = self.within.scratch.join("index");
        match copied(&self.within.index, &copy) {
            // Nothing was ever added.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            other => other?,
        }
        self.within.index = copy;
        let mut lines = Vec::new();
        for name in names {
            lines.extend_from_slice(format!("100644 {}\t", self.empty().0).as_bytes());
            lines.extend_from_slice(name);
            lines.push(0);
        }
        let list = self.within.scratch.join("new");
        fs::write(&list, lines)?;
        let arguments = ["update-index", "--add", "--replace", "-z", "--index-info"].map(OsStr::new);
        self.run(&arguments, Some(fs::File::open(list)?), NAMES)?.succeeded()?;
        Ok(())
    }

    fn diff(&self, commit: &str, form: &[&str], file: Option<&str>, most: usize) -> Result<Printed, WorkspaceError> {
        let mut arguments: Vec<&OsStr> = vec![OsStr::new("diff")];
        arguments.extend(form.iter().map(OsStr::new));
        let fixed = [
            "--no-color",
            "--no-ext-diff",
            "--no-textconv",
            "--find-renames",
            "--src-prefix=a/",
            "--dst-prefix=b/",
            "--submodule=short",
            // What lies in a submodule's work tree is its own business: git would have to run there.
            "--ignore-submodules=dirty",
            commit,
            "--",
        ];
        arguments.extend(fixed.map(OsStr::new));
        arguments.extend(file.map(|file| OsStr::from_bytes(file.as_bytes())));
        self.run(&arguments, None, most)
    }
}

/// With the time of the first: a file that was written after an index, within the same second and to the same length, is
/// known as changed by that alone.
pub fn copied(from: &Path, to: &Path) -> io::Result<()> {
    let mut from = fs::File::open(from)?;
    let at = from.metadata()?.modified()?;
    let mut to = fs::File::create(to)?;
    io::copy(&mut from, &mut to)?;
    to.set_modified(at)
}

fn told(files: Vec<FileDiff>) -> Vec<File> {
    let mut told: Vec<File> = Vec::new();
    for diff in files {
        let (added, removed) = diff.counts();
        told.push(File { diff, added, removed, is_untracked: false, is_cut: false });
    }
    told
}

/// Takes the counts of all files, and those in that have no lines here.
fn count(files: &mut Vec<File>, all: Vec<diff::Listed>) {
    let mut known: HashMap<Vec<u8>, usize> =
        files.iter().enumerate().map(|(n, file)| (file.diff.path.clone(), n)).collect();
    for listed in all {
        match known.get(&listed.path).and_then(|n| files.get_mut(*n)) {
            Some(file) => (file.added, file.removed) = (listed.added, listed.removed),
            None => {
                known.insert(listed.path.clone(), files.len());
                let diff = FileDiff {
                    path: listed.path,
                    old_path: listed.old_path,
                    change: listed.change,
                    is_binary: listed.is_binary,
                    ..FileDiff::default()
                };
                files.push(File {
                    diff,
                    added: listed.added,
                    removed: listed.removed,
                    is_untracked: false,
                    is_cut: !listed.is_binary,
                });
            }
        }
    }
}
