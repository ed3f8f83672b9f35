//! Everything of a work tree, kept as a commit under a private ref: tracked files, new ones, ignored ones that are not too
//! large, what is staged, and commits that only the reflog knows. Called by the server's service before a tree is removed,
//! and whenever somebody asks. It must never change the work tree, the index or a branch, and what it leaves out it says.
//!
//! # Shape
//! The commit's tree is the work tree, byte for byte: no line end is converted and no filter asked. Its parents are the
//! commit that was checked out, then one with the staged files, then one with what git has no place for: `modes`,
//! `folders`, `index`, whose own parents are the commits that nothing else leads to.

use super::WorkspaceError;
use super::census::{Entry, Kind, census};
use super::changes::copied;
use super::git::{Git, Patience, Printed, Run};
use super::quarantine::Quarantine;
use super::repository::Repository;
use super::scratch::Scratch;
use super::within::{NAMES, Within};
use crate::base::clock::Millis;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Commits of the reflog that are kept beside: more than a day of amending and resetting makes.
const LOOSE_COMMITS: usize = 500;
/// Files that may vanish or become unreadable while they are taken; more means that the tree is being deleted.
const REFUSED: usize = 100;

/// Every file goes straight into one pack: measured five times as fast as thousands of objects, and one thing to bring to
/// the disk. Not by batch: git 2.47 then loses the folder that it writes the pack to.
const ONE_PACK: [&str; 3] = ["core.bigFileThreshold=1", "core.compression=1", "core.fsyncMethod=fsync"];

/// How much of ignored files is kept: what a person wrote, not what a build made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Of one ignored file or folder, in bytes.
    pub one: u64,
    /// Of all of them.
    pub all: u64,
}

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    pub limits: Limits,
    /// `refs/conductor/snap/…`
    pub reference: &'a str,
    /// Of the commit.
    pub words: &'a str,
    /// The last one: when it would be the same again and is there still, no other is made.
    pub known: Option<Known<'a>>,
    pub now: Millis,
}

/// A snapshot that was taken before.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    pub content: &'a str,
    pub reference: &'a str,
    pub commit: &'a str,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Snapshot {
    pub commit: String,
    /// The commit that was checked out; `None`: there was none yet.
    pub head: Option<String>,
    /// The same as long as no file changes.
    pub tree: String,
    /// The same as long as a snapshot would be.
    pub content: String,
    /// There is a commit for it now; else `commit` is empty, and the last one holds it all.
    pub is_new: bool,
    pub files: u64,
    pub left_out: Vec<LeftOut>,
}

/// Something that is in the work tree and not in the snapshot.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct LeftOut {
    /// A folder's ends with `/`.
    pub path: Vec<u8>,
    pub why: Why,
    pub bytes: u64,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Why {
    /// Ignored, and larger than what is kept.
    Large,
    /// With a `.git` of its own: git puts no such files into a commit.
    Repository,
    Special,
    Unreadable,
    Mount,
    /// A name that git refuses, or a file that went away while it was taken.
    Refused,
    /// A merge, a rebase or the like that is not finished. Its files are in the snapshot.
    Unfinished,
}

/// Takes one. `store` is a file of ours that makes the next one of this tree fast, `scratch` a folder.
///
/// # Errors
/// The tree cannot be read, the disk is full, git fails: then there is no snapshot, and nothing was changed.
pub fn take(
    git: &Git,
    directory: &Path,
    asked: &Asked<'_>,
    store: &Path,
    scratch: &Path,
    patience: &Patience,
) -> Result<Snapshot, WorkspaceError> {
    let repository = Repository::find(git, directory, patience)?;
    let scratch = Scratch::new(scratch, &repository.format, &repository.git_dir)?;
    scratch.convert_nothing()?;
    let entries = census(&repository.top)?;
    let objects = Quarantine::new(&repository.common.join("objects"))?;
    let place = objects.path().to_owned();
    let taking = Taking { git, repository: &repository, scratch: &scratch, objects: &place, store, patience, asked };
    let staged = taking.staged()?;
    let mut left_out = left_out(&entries);
    let ignored = taking.ignored()?;
    left_out.extend(large(&entries, &ignored, asked.limits));
    left_out.sort();
    let (tree, refused) = taking.tree(&entries, &left_out, &staged)?;
    left_out.extend(refused);
    left_out.extend(unfinished(&repository.git_dir));
    left_out.sort();
    let parts = taking.parts(&entries, &staged)?;
    let head = repository.head.as_deref().unwrap_or_default();
    let content = [&tree, &parts.index, &parts.beside, head, &parts.loose.join(" ")].join(":");
    let is_new = !taking.is_known(&content)?;
    let commit = if is_new { taking.commit(&tree, &parts)? } else { String::new() };
    if is_new {
        objects.keep()?;
    }
    // Only now: it leads to objects that have to be there. A submodule's folder is no file of ours to compare next time.
    if staged.links().next().is_none() {
        copied(&scratch.join("raw"), store)?;
    }
    if is_new {
        taking.name(&commit)?;
    }
    let files = entries.iter().filter(|entry| matches!(entry.kind, Kind::File | Kind::Link)).count() as u64;
    Ok(Snapshot { commit, head: repository.head.clone(), tree, content, is_new, files, left_out })
}

struct Taking<'a> {
    git: &'a Git,
    repository: &'a Repository,
    scratch: &'a Scratch,
    /// Where new ones are written.
    objects: &'a Path,
    store: &'a Path,
    patience: &'a Patience,
    asked: &'a Asked<'a>,
}

/// The real index, as `ls-files --stage` tells it.
struct Staged {
    listing: Vec<u8>,
    is_unmerged: bool,
}

/// Trees and commits that a snapshot is made of, beside the tree of the files.
struct Parts {
    index: String,
    beside: String,
    loose: Vec<String>,
}

impl Staged {
    /// Submodules: mode, commit, path.
    fn links(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        let records = self.listing.split(|byte| *byte == 0).filter(|record| record.starts_with(b"160000 "));
        records.filter_map(|record| {
            let tab = record.iter().position(|byte| *byte == b'\t')?;
            Some((record.get(7..tab - 2)?, &record[tab + 1..]))
        })
    }
}

impl Taking<'_> {
    fn within(&self, index: PathBuf) -> Within<'_> {
        let within = Within::of(self.git, self.repository, self.scratch, self.patience);
        Within { index, settings: Within::raw(), objects: self.objects.to_owned(), ..within }
    }

    fn real_index(&self) -> PathBuf {
        self.repository.git_dir.join("index")
    }

    fn staged(&self) -> Result<Staged, WorkspaceError> {
        let within = self.within(self.real_index());
        let printed = within.run(&["ls-files", "--stage", "-z"].map(OsStr::new), None, NAMES)?.succeeded()?;
        if printed.is_cut {
            return Err(WorkspaceError::TooMuch("its index"));
        }
        let is_unmerged = printed.records().any(|record| {
            record.iter().position(|byte| *byte == b'\t').is_some_and(|tab| tab > 0 && record[tab - 1] != b'0')
        });
        Ok(Staged { listing: printed.bytes, is_unmerged })
    }

    /// The last one is the same, and its name, which anybody may take away, still leads to it.
    fn is_known(&self, content: &str) -> Result<bool, WorkspaceError> {
        let Some(known) = self.asked.known.filter(|known| known.content == content) else { return Ok(false) };
        let wanted = ["rev-parse", "-q", "--verify", known.reference];
        let found = self.repository.ask(self.git, &wanted, self.patience)?;
        Ok(found.is_success && found.text() == known.commit)
    }

    /// Files that are ignored and that nobody added all the same.
    fn ignored(&self) -> Result<HashSet<Vec<u8>>, WorkspaceError> {
        let lists = self.repository.exclude_arguments();
        let mut arguments = ["ls-files", "--others", "--ignored", "-z"].map(OsStr::new).to_vec();
        arguments.extend(lists.iter().map(OsString::as_os_str));
        let printed = self.within(self.real_index()).run(&arguments, None, NAMES)?.succeeded()?;
        if printed.is_cut {
            return Err(WorkspaceError::TooMuch("the list of its ignored files"));
        }
        Ok(printed.records().map(<[u8]>::to_vec).collect())
    }

    /// Writes the work tree as it is. What git refuses comes back with it.
    fn tree(
        &self,
        entries: &[Entry],
        left_out: &[LeftOut],
        staged: &Staged,
    ) -> Result<(String, Vec<LeftOut>), WorkspaceError> {
        let index = self.scratch.join("raw");
        // What was taken before is not read again when nothing of it changed.
        match copied(self.store, &index) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            other => other?,
        }
        match self.tree_from(&index, entries, left_out, staged) {
            // Snapshots that somebody took away took what they held with them.
            Err(WorkspaceError::Git(words)) if words.starts_with("invalid object") => {
                fs::remove_file(&index)?;
                self.tree_from(&index, entries, left_out, staged)
            }
            other => other,
        }
    }

    /// As [`Taking::tree`], from an index that knows what was taken before, or from none.
    fn tree_from(
        &self,
        index: &Path,
        entries: &[Entry],
        left_out: &[LeftOut],
        staged: &Staged,
    ) -> Result<(String, Vec<LeftOut>), WorkspaceError> {
        let mut within = self.within(index.to_owned());
        within.settings.extend(ONE_PACK.map(str::to_owned));
        let mut known = within.run(&["ls-files", "-z"].map(OsStr::new), None, NAMES)?;
        if !known.is_success {
            // It saves time, and is not needed.
            fs::remove_file(index)?;
            known = within.run(&["ls-files", "-z"].map(OsStr::new), None, NAMES)?.succeeded()?;
        }
        let is_left_out = |path: &[u8]| {
            let is_named = |path: &[u8]| left_out.binary_search_by(|left| left.path.as_slice().cmp(path)).is_ok();
            is_named(path) || folders_above(path).any(is_named)
        };
        let mut wanted: BTreeSet<&[u8]> = entries
            .iter()
            .filter(|entry| matches!(entry.kind, Kind::File | Kind::Link) && !is_left_out(&entry.path))
            .map(|entry| entry.path.as_slice())
            .collect();
        let gone: Vec<&[u8]> = known.records().filter(|path| !wanted.contains(path)).collect();
        if !gone.is_empty() {
            let printed = self.update(&within, &["--force-remove"], gone.iter().copied())?;
            printed.succeeded()?;
        }
        let mut refused = Vec::new();
        loop {
            let printed = self.update(&within, &["--add", "--remove", "--replace"], wanted.iter().copied())?;
            if printed.is_success {
                break;
            }
            // On a full disk it cannot take this one, nor any other.
            let said = printed.refused_path().filter(|_| !printed.is_full() && refused.len() < REFUSED);
            let path = said.and_then(|said| wanted.iter().copied().find(|path| sayable(path) == said));
            let Some(path) = path else { return Err(printed.failure()) };
            wanted.remove(path);
            refused.push(LeftOut { path: path.to_vec(), why: Why::Refused, bytes: 0 });
        }
        // Names that mean something to git are passed over in silence.
        let known = within.run(&["ls-files", "-z"].map(OsStr::new), None, NAMES)?.succeeded()?;
        let known: HashSet<&[u8]> = known.records().collect();
        for path in wanted.iter().filter(|path| !known.contains(*path)) {
            if fs::symlink_metadata(self.repository.top.join(OsStr::from_bytes(path))).is_ok() {
                refused.push(LeftOut { path: path.to_vec(), why: Why::Refused, bytes: 0 });
            }
        }
        let mut links = Vec::new();
        for (commit, path) in staged.links() {
            if self.repository.top.join(OsStr::from_bytes(path)).is_dir() {
                links.extend([b"160000 ", commit, b"\t", path, b"\0"].concat());
            }
        }
        if !links.is_empty() {
            let list = self.listed("links", &links)?;
            let arguments = ["update-index", "--add", "--replace", "-z", "--index-info"].map(OsStr::new);
            within.run(&arguments, Some(list), NAMES)?.succeeded()?;
        }
        let tree = within.run(&[OsStr::new("write-tree")], None, NAMES)?.succeeded()?.text();
        Ok((tree, refused))
    }

    fn update<'p>(
        &self,
        within: &Within<'_>,
        how: &[&str],
        paths: impl Iterator<Item = &'p [u8]>,
    ) -> Result<Printed, WorkspaceError> {
        let mut list = Vec::new();
        for path in paths {
            list.extend_from_slice(path);
            list.push(0);
        }
        let list = self.listed("paths", &list)?;
        let mut arguments = vec![OsStr::new("update-index")];
        arguments.extend(how.iter().map(OsStr::new));
        arguments.extend(["-z", "--stdin"].map(OsStr::new));
        within.run(&arguments, Some(list), NAMES)
    }

    fn listed(&self, name: &str, bytes: &[u8]) -> io::Result<File> {
        let path = self.scratch.join(name);
        fs::write(&path, bytes)?;
        File::open(path)
    }

    /// What stands beside the tree.
    fn parts(&self, entries: &[Entry], staged: &Staged) -> Result<Parts, WorkspaceError> {
        let index = match staged.is_unmerged {
            true => self.stages(staged)?,
            false => {
                let copy = self.scratch.join("staged");
                match copied(&self.real_index(), &copy) {
                    Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                    other => other?,
                }
                self.within(copy).run(&[OsStr::new("write-tree")], None, NAMES)?.succeeded()?.text()
            }
        };
        Ok(Parts { index, beside: self.beside(entries, staged)?, loose: self.loose_commits()? })
    }

    /// The commit with its two companions. Nothing leads to it yet.
    fn commit(&self, tree: &str, parts: &Parts) -> Result<String, WorkspaceError> {
        let head = self.repository.head.as_deref();
        let index = self.commit_tree(&parts.index, head.into_iter(), "what was staged")?;
        let loose = parts.loose.iter().map(String::as_str);
        let beside = self.commit_tree(&parts.beside, loose, "what a commit has no place for")?;
        let parents = head.into_iter().chain([index.as_str(), beside.as_str()]);
        self.commit_tree(tree, parents, self.asked.words)
    }

    fn commit_tree<'p>(
        &self,
        tree: &str,
        parents: impl Iterator<Item = &'p str>,
        words: &str,
    ) -> Result<String, WorkspaceError> {
        let mut arguments: Vec<&OsStr> = ["commit-tree", tree].map(OsStr::new).to_vec();
        for parent in parents {
            arguments.extend(["-p", parent].map(OsStr::new));
        }
        let words = self.listed("words", words.as_bytes())?;
        let date = format!("@{} +0000", self.asked.now / 1000);
        let who = [
            ("GIT_AUTHOR_NAME", "conductor-tui"),
            ("GIT_AUTHOR_EMAIL", "conductor-tui@localhost"),
            ("GIT_AUTHOR_DATE", &date),
            ("GIT_COMMITTER_NAME", "conductor-tui"),
            ("GIT_COMMITTER_EMAIL", "conductor-tui@localhost"),
            ("GIT_COMMITTER_DATE", &date),
        ]
        .map(|(name, value)| (name, OsStr::new(value)));
        let within = self.within(self.scratch.join("none"));
        Ok(within.run_as(&arguments, &who, Some(words), NAMES)?.succeeded()?.text())
    }

    /// A tree that holds what stands in an index with two sides: such an index is no tree itself.
    fn stages(&self, staged: &Staged) -> Result<String, WorkspaceError> {
        let mut lines = BTreeMap::new();
        for record in staged.listing.split(|byte| *byte == 0) {
            let mut fields = record.split(|byte| *byte == b' ');
            let (Some(mode), Some(object)) = (fields.next(), fields.next()) else { continue };
            if mode != b"160000" {
                lines.insert(object.to_vec(), [b"100644 blob ", object, b"\t", object, b"\0"].concat());
            }
        }
        let list = self.listed("stages", &lines.into_values().flatten().collect::<Vec<u8>>())?;
        let within = self.within(self.scratch.join("none"));
        Ok(within.run(&["mktree", "-z"].map(OsStr::new), Some(list), NAMES)?.succeeded()?.text())
    }

    /// Permissions, empty folders, and the index as it is.
    fn beside(&self, entries: &[Entry], staged: &Staged) -> Result<String, WorkspaceError> {
        let (mut modes, mut folders) = (Vec::new(), Vec::new());
        for entry in entries {
            match entry.kind {
                Kind::File | Kind::Folder if entry.mode != usual(entry) => write_mode(&mut modes, entry)?,
                Kind::EmptyFolder => write_mode(&mut folders, entry)?,
                _ => {}
            }
        }
        let parts: [(&str, &[u8]); 3] = [("folders", &folders), ("index", &staged.listing), ("modes", &modes)];
        let mut paths = Vec::new();
        for (name, bytes) in parts {
            let path = self.scratch.join(&format!("beside-{name}"));
            fs::write(&path, bytes)?;
            paths.extend_from_slice(path.as_os_str().as_bytes());
            paths.push(b'\n');
        }
        let within = self.within(self.scratch.join("none"));
        let list = self.listed("beside", &paths)?;
        let arguments = ["hash-object", "-w", "--no-filters", "--stdin-paths"].map(OsStr::new);
        let objects = within.run(&arguments, Some(list), NAMES)?.succeeded()?.text();
        let mut lines = String::new();
        for ((name, _), object) in parts.iter().zip(objects.lines()) {
            lines.push_str(&format!("100644 blob {object}\t{name}\n"));
        }
        let list = self.listed("tree", lines.as_bytes())?;
        Ok(within.run(&[OsStr::new("mktree")], Some(list), NAMES)?.succeeded()?.text())
    }

    /// Commits that only the reflog of this work tree leads to: it goes with the tree.
    fn loose_commits(&self) -> Result<Vec<String>, WorkspaceError> {
        let log = match fs::read_to_string(self.repository.git_dir.join("logs/HEAD")) {
            Ok(log) => log,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error.into()),
        };
        let named: BTreeSet<&str> = log.lines().filter_map(|line| line.split(' ').nth(1)).collect();
        let mut list: String = named.iter().map(|name| format!("{name}\n")).collect();
        // `--not` among what is read is understood from git 2.42 on only.
        if let Some(head) = &self.repository.head {
            list.push_str(&format!("^{head}\n"));
        }
        let list = self.listed("loose", list.as_bytes())?;
        let most = LOOSE_COMMITS.to_string();
        let arguments = ["rev-list", "--ignore-missing", "--max-count", &most, "--stdin"].map(OsStr::new);
        // Among its own settings it may be said that the past ends somewhere.
        let run = Run {
            directory: &self.repository.top,
            arguments: &arguments,
            environment: &[],
            is_users: true,
            stdin: Some(list),
            most: NAMES,
        };
        let reached = self.git.run(run, self.patience)?.succeeded()?.text();
        Ok(reached.lines().filter(|commit| named.contains(commit)).map(str::to_owned).collect())
    }

    fn name(&self, commit: &str) -> Result<(), WorkspaceError> {
        let arguments = ["update-ref", self.asked.reference, commit].map(OsStr::new);
        let run = Run {
            directory: &self.repository.top,
            arguments: &arguments,
            environment: &[],
            is_users: true,
            stdin: None,
            most: NAMES,
        };
        self.git.run(run, self.patience)?.succeeded()?;
        Ok(())
    }
}

/// What git itself makes of a file that it writes.
fn usual(entry: &Entry) -> u32 {
    match entry.kind {
        Kind::File if entry.mode & 0o100 == 0 => 0o644,
        _ => 0o755,
    }
}

fn write_mode(list: &mut Vec<u8>, entry: &Entry) -> io::Result<()> {
    write!(list, "{:o} ", entry.mode)?;
    list.extend_from_slice(&entry.path);
    list.push(0);
    Ok(())
}

fn left_out(entries: &[Entry]) -> Vec<LeftOut> {
    let why = |kind| match kind {
        Kind::Repository => Some(Why::Repository),
        Kind::Special => Some(Why::Special),
        Kind::Unreadable => Some(Why::Unreadable),
        Kind::Mount => Some(Why::Mount),
        Kind::File | Kind::Link | Kind::Folder | Kind::EmptyFolder => None,
    };
    let told = entries.iter().filter_map(|entry| {
        let why = why(entry.kind)?;
        let mut path = entry.path.clone();
        if why == Why::Repository {
            path.push(b'/');
        }
        Some(LeftOut { path, why, bytes: entry.bytes })
    });
    told.collect()
}

/// A path as git's words have it.
fn sayable(path: &[u8]) -> Vec<u8> {
    let said = |byte: &u8| if byte.is_ascii_control() && !matches!(byte, b'\t' | b'\n') { b'?' } else { *byte };
    path.iter().map(said).collect()
}

/// Ignored files and folders that are larger than what is kept, the smallest being kept first. A folder counts as a whole
/// where nothing but ignored files lie below it.
fn large(entries: &[Entry], ignored: &HashSet<Vec<u8>>, limits: Limits) -> Vec<LeftOut> {
    let is_file = |entry: &&Entry| matches!(entry.kind, Kind::File | Kind::Link);
    // Files below each folder that are not ignored.
    let mut kept_below: HashMap<&[u8], u64> = HashMap::new();
    for entry in entries.iter().filter(|entry| !matches!(entry.kind, Kind::Folder | Kind::EmptyFolder)) {
        let counts = u64::from(!ignored.contains(&entry.path));
        for folder in folders_above(&entry.path) {
            *kept_below.entry(folder).or_default() += counts;
        }
    }
    let mut groups: BTreeMap<&[u8], u64> = BTreeMap::new();
    for entry in entries.iter().filter(is_file).filter(|entry| ignored.contains(&entry.path)) {
        let whole = folders_above(&entry.path).find(|folder| kept_below.get(folder) == Some(&0));
        *groups.entry(whole.unwrap_or(&entry.path)).or_default() += entry.bytes;
    }
    let mut groups: Vec<(u64, &[u8])> = groups.into_iter().map(|(path, bytes)| (bytes, path)).collect();
    groups.sort_unstable();
    let mut sum = 0;
    let mut out = Vec::new();
    for (bytes, path) in groups {
        if bytes <= limits.one && sum + bytes <= limits.all {
            sum += bytes;
        } else {
            out.push(LeftOut { path: path.to_vec(), why: Why::Large, bytes });
        }
    }
    out
}

/// `a/` and `a/b/` of `a/b/c`.
fn folders_above(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    path.iter().enumerate().filter(|(_, byte)| **byte == b'/').map(|(at, _)| &path[..=at])
}

fn unfinished(git_dir: &Path) -> Vec<LeftOut> {
    let signs = ["MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "rebase-merge", "rebase-apply", "BISECT_START"];
    let found = signs.into_iter().filter(|sign| fs::symlink_metadata(git_dir.join(sign)).is_ok());
    found.map(|sign| LeftOut { path: sign.into(), why: Why::Unfinished, bytes: 0 }).collect()
}
