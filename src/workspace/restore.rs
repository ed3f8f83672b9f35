//! Brings the files of a snapshot back into a work tree: contents, permissions, empty folders, and what was staged. Called
//! by the server's service, into a tree that was just made, or into one whose present state was just taken. It must never
//! move a branch, and never write over a file that is in no snapshot.

use super::WorkspaceError;
use super::changes::copied;
use super::git::{Git, Patience};
use super::inside::inside;
use super::repository::Repository;
use super::scratch::Scratch;
use super::within::{NAMES, Within};
use std::collections::HashMap;
use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions, Permissions};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// What the files of the tree are now.
#[derive(Clone, Copy, Debug)]
pub enum Present<'a> {
    /// There are none.
    Nothing,
    /// Those of this snapshot's tree, whose `store` knows them.
    Taken { tree: &'a str, store: &'a Path },
}

/// Makes the files around `top` those of the snapshot.
///
/// # Errors
/// It is no snapshot, a file that is in none stands in the way, the disk is full. Run again, it goes on.
pub fn restore(
    git: &Git,
    top: &Path,
    snapshot: &str,
    present: Present<'_>,
    scratch: &Path,
    patience: &Patience,
) -> Result<(), WorkspaceError> {
    let repository = Repository::find(git, top, patience)?;
    let scratch = Scratch::new(scratch, &repository.format, &repository.git_dir)?;
    // Its permissions are told in full where they are not those that this mask makes.
    let git = &git.clone().with_umask(0o022);
    let restoring = Restoring { git, repository: &repository, scratch: &scratch, patience };
    let beside = restoring.beside(snapshot)?;
    // The index first: when it cannot be written, no file was touched.
    let index = restoring.index(&beside)?;
    let lock = Lock::take(&repository.git_dir)?;
    scratch.convert_nothing()?;
    restoring.files(snapshot, present)?;
    restoring.permissions(snapshot, &beside)?;
    fs::remove_file(scratch.join("info/attributes"))?;
    // So that nobody has to read every file again to learn that nothing changed.
    let within = restoring.within(index.clone(), repository.settings.clone());
    let refresh = within.run(&["update-index", "-q", "--unmerged", "--refresh"].map(OsStr::new), None, NAMES)?;
    tracing::debug!(is_clean = refresh.is_success, "the index was read anew");
    lock.replace(&index)
}

struct Restoring<'a> {
    git: &'a Git,
    repository: &'a Repository,
    scratch: &'a Scratch,
    patience: &'a Patience,
}

impl Restoring<'_> {
    fn within(&self, index: PathBuf, settings: Vec<String>) -> Within<'_> {
        Within { index, settings, ..Within::of(self.git, self.repository, self.scratch, self.patience) }
    }

    fn ask(&self, arguments: &[&str]) -> Result<Vec<u8>, WorkspaceError> {
        let arguments: Vec<&OsStr> = arguments.iter().map(OsStr::new).collect();
        let within = self.within(self.scratch.join("none"), Within::raw());
        Ok(within.run(&arguments, None, NAMES)?.succeeded()?.bytes)
    }

    /// The commit that holds what has no place in a commit: the last parent.
    fn beside(&self, snapshot: &str) -> Result<String, WorkspaceError> {
        let commit = self.ask(&["cat-file", "commit", snapshot])?;
        let head = String::from_utf8_lossy(&commit);
        let parents = head.lines().take_while(|line| !line.is_empty()).filter_map(|line| line.strip_prefix("parent "));
        parents.last().map(str::to_owned).ok_or_else(|| WorkspaceError::NoSnapshot(snapshot.to_owned()))
    }

    fn blob(&self, beside: &str, name: &str) -> Result<Vec<u8>, WorkspaceError> {
        self.ask(&["cat-file", "blob", &format!("{beside}:{name}")])
    }

    fn index(&self, beside: &str) -> Result<PathBuf, WorkspaceError> {
        let index = self.scratch.join("restored");
        let list = self.scratch.join("listing");
        fs::write(&list, self.blob(beside, "index")?)?;
        let within = self.within(index.clone(), Within::raw());
        within.run(&["read-tree", "--empty"].map(OsStr::new), None, NAMES)?.succeeded()?;
        let arguments = ["update-index", "-z", "--index-info"].map(OsStr::new);
        within.run(&arguments, Some(File::open(list)?), NAMES)?.succeeded()?;
        Ok(index)
    }

    fn files(&self, snapshot: &str, present: Present<'_>) -> Result<(), WorkspaceError> {
        let index = self.scratch.join("raw");
        let tree = format!("{snapshot}^{{tree}}");
        let mut arguments = vec!["read-tree", "-m", "-u"];
        if let Present::Taken { tree, store } = present {
            copied(store, &index)?;
            arguments.push(tree);
        }
        arguments.push(&tree);
        let arguments: Vec<&OsStr> = arguments.iter().map(OsStr::new).collect();
        let mut settings = Within::raw();
        // Files are written side by side where there are many.
        settings.push("checkout.workers=0".into());
        self.within(index, settings).run(&arguments, None, NAMES)?.succeeded()?;
        Ok(())
    }

    fn permissions(&self, snapshot: &str, beside: &str) -> Result<(), WorkspaceError> {
        // An agent may have written these lists, and git looked at none of them.
        for (path, mode) in modes(&self.blob(beside, "folders")?) {
            if let Some(folder) = inside(&self.repository.top, &path) {
                fs::create_dir_all(&folder)?;
                set_mode(&folder, mode)?;
            }
        }
        let mut unusual: HashMap<Vec<u8>, u32> = modes(&self.blob(beside, "modes")?).collect();
        let listing = self.ask(&["ls-tree", "-r", "-z", "--full-tree", snapshot])?;
        for record in listing.split(|byte| *byte == 0) {
            let usual = if record.starts_with(b"100755 ") { 0o755 } else { 0o644 };
            let Some(tab) = record.iter().position(|byte| *byte == b'\t') else { continue };
            if !record.starts_with(b"100") {
                continue;
            }
            let mode = unusual.remove(&record[tab + 1..]).unwrap_or(usual);
            set_mode(&self.repository.top.join(OsStr::from_bytes(&record[tab + 1..])), mode)?;
        }
        // What remains are folders. Those within first: an outer one may be closed against writing.
        let mut folders: Vec<(Vec<u8>, u32)> = unusual.into_iter().collect();
        folders.sort_unstable_by(|one, other| other.cmp(one));
        for (path, mode) in folders {
            let folder = inside(&self.repository.top, &path)
                .filter(|path| fs::symlink_metadata(path).is_ok_and(|found| found.is_dir()));
            if let Some(folder) = folder {
                set_mode(&folder, mode)?;
            }
        }
        Ok(())
    }
}

fn set_mode(path: &Path, mode: u32) -> io::Result<()> {
    let found = fs::symlink_metadata(path)?;
    if found.is_symlink() || found.mode() & 0o7777 == mode {
        return Ok(());
    }
    fs::set_permissions(path, Permissions::from_mode(mode))
}

/// Records of `644 path`, each ended by a NUL.
fn modes(bytes: &[u8]) -> impl Iterator<Item = (Vec<u8>, u32)> {
    bytes.split(|byte| *byte == 0).filter_map(|record| {
        let space = record.iter().position(|byte| *byte == b' ')?;
        let mode = u32::from_str_radix(std::str::from_utf8(&record[..space]).ok()?, 8).ok()?;
        Some((record[space + 1..].to_vec(), mode))
    })
}

/// The lock that git itself takes on an index; given back when it is dropped.
pub struct Lock {
    path: PathBuf,
    index: PathBuf,
}

impl Lock {
    /// # Errors
    /// Somebody else has it.
    pub fn take(git_dir: &Path) -> Result<Lock, WorkspaceError> {
        let lock = Lock { path: git_dir.join("index.lock"), index: git_dir.join("index") };
        match OpenOptions::new().write(true).create_new(true).open(&lock.path) {
            Ok(_) => Ok(lock),
            Err(error) => {
                let path = lock.path.clone();
                std::mem::forget(lock);
                match error.kind() {
                    io::ErrorKind::AlreadyExists => Err(WorkspaceError::Locked(path.display().to_string())),
                    _ => Err(error.into()),
                }
            }
        }
    }

    /// Puts another index in the place of this one, and gives the lock back.
    ///
    /// # Errors
    /// The disk takes no more; then the index is as it was.
    pub fn replace(self, with: &Path) -> Result<(), WorkspaceError> {
        copied(with, &self.path)?;
        fs::rename(&self.path, &self.index)?;
        std::mem::forget(self);
        Ok(())
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}
