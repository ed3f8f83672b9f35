//! What lies in a repository's `.conductor/`, read once: what is hashed is what is shown, and what is used. Called by the
//! server's services, on threads that may block. It must never follow a link, wait for a pipe, or read without a bound.

use super::WorkspaceError;
use sha2::{Digest, Sha256};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::os::fd::AsRawFd;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// The folder's name.
const FOLDER: &str = ".conductor";
/// All files together. A person is to read it: settings, words for agents, a few flows.
const MOST_BYTES: u64 = 1024 * 1024;
/// Files and folders.
const MOST_ENTRIES: usize = 200;
/// Folders within folders.
const DEEPEST: usize = 8;

/// Everything that lies in it, by path.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Content {
    /// SHA-256 over names, kinds, modes and contents, in hex. Of a mode that it may be run: git keeps no more of it, and
    /// work trees of one repository are to have one hash.
    pub hash: String,
    pub entries: Vec<Entry>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    /// Below the folder; that of a folder ends with `/`.
    pub path: String,
    pub is_executable: bool,
    pub bytes: Vec<u8>,
}

impl Entry {
    /// SHA-256 of what is in it, in hex.
    pub fn hash(&self) -> String {
        hex(&Sha256::digest(&self.bytes))
    }
}

impl Content {
    /// Of the work tree with this top; `None`: there is none.
    ///
    /// # Errors
    /// Links, special files, names that are no text, more than a person reads.
    pub fn read(top: &Path) -> Result<Option<Content>, WorkspaceError> {
        let folder = match opened(&top.join(FOLDER), libc::O_DIRECTORY) {
            Ok(folder) => folder,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unfit("", &error)),
        };
        let mut reading = Reading { entries: Vec::new(), left: MOST_BYTES };
        reading.folder(&folder, "", 0)?;
        let mut entries = reading.entries;
        entries.sort_unstable_by(|a, b| a.path.cmp(&b.path));
        let mut digest = Sha256::new();
        for entry in &entries {
            for part in [entry.path.as_bytes(), &[u8::from(entry.is_executable)], &entry.bytes] {
                digest.update((part.len() as u64).to_le_bytes());
                digest.update(part);
            }
        }
        Ok(Some(Content { hash: hex(&digest.finalize()), entries }))
    }

    /// What is in one of its files.
    pub fn file(&self, path: &str) -> Option<&[u8]> {
        self.entries.iter().find(|entry| entry.path == path).map(|entry| entry.bytes.as_slice())
    }
}

struct Reading {
    entries: Vec<Entry>,
    left: u64,
}

impl Reading {
    fn folder(&mut self, folder: &File, below: &str, depth: usize) -> Result<(), WorkspaceError> {
        // By its descriptor: what stands under its name meanwhile is not asked.
        let place = PathBuf::from(format!("/proc/self/fd/{}", folder.as_raw_fd()));
        for entry in fs::read_dir(&place)? {
            let name = entry?.file_name();
            let Some(name) = name.to_str() else {
                return Err(WorkspaceError::NotUtf8(format!("{FOLDER}/{below}{}", name.display())));
            };
            let path = format!("{below}{name}");
            if self.entries.len() >= MOST_ENTRIES || depth >= DEEPEST {
                return Err(WorkspaceError::TooMuch("what lies in .conductor"));
            }
            let file = opened(&place.join(name), libc::O_NONBLOCK).map_err(|error| unfit(&path, &error))?;
            let found = file.metadata()?;
            if found.is_dir() {
                let below = format!("{path}/");
                self.entries.push(Entry { path: below.clone(), is_executable: false, bytes: Vec::new() });
                self.folder(&file, &below, depth + 1)?;
            } else if found.is_file() {
                let is_executable = found.permissions().mode() & 0o111 != 0;
                let bytes = self.bytes(&file)?;
                self.entries.push(Entry { path, is_executable, bytes });
            } else {
                return Err(WorkspaceError::Unfit(format!("{FOLDER}/{path}"), "neither a file nor a folder"));
            }
        }
        Ok(())
    }

    fn bytes(&mut self, file: &File) -> Result<Vec<u8>, WorkspaceError> {
        let mut bytes = Vec::new();
        file.take(self.left + 1).read_to_end(&mut bytes)?;
        self.left =
            self.left.checked_sub(bytes.len() as u64).ok_or(WorkspaceError::TooMuch("what lies in .conductor"))?;
        Ok(bytes)
    }
}

fn opened(path: &Path, flags: i32) -> io::Result<File> {
    OpenOptions::new().read(true).custom_flags(libc::O_NOFOLLOW | flags).open(path)
}

fn unfit(path: &str, error: &io::Error) -> WorkspaceError {
    let why = match error.raw_os_error() {
        Some(libc::ELOOP) => "a link",
        Some(libc::ENOTDIR) => "no folder",
        Some(libc::ENXIO) => "neither a file nor a folder",
        _ => "nothing that may be read",
    };
    WorkspaceError::Unfit(format!("{FOLDER}/{path}").trim_end_matches('/').to_owned(), why)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::Permissions;
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;

    fn tree() -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir_all(dir.path().join(".conductor/flows")).unwrap();
        fs::write(dir.path().join(".conductor/config.toml"), "[worktree]\n").unwrap();
        fs::write(dir.path().join(".conductor/flows/a.md"), "words").unwrap();
        dir
    }

    fn hash(dir: &tempfile::TempDir) -> String {
        Content::read(dir.path()).unwrap().unwrap().hash
    }

    #[test]
    fn the_same_is_the_same_and_every_change_is_another() {
        let (dir, other) = (tree(), tree());
        let first = hash(&dir);
        assert_eq!((first.len(), &hash(&other)), (64, &first));
        let content = Content::read(dir.path()).unwrap().unwrap();
        assert_eq!(content.file("flows/a.md"), Some(&b"words"[..]));
        assert_eq!(
            content.entries.iter().map(|e| e.path.as_str()).collect::<Vec<_>>(),
            ["config.toml", "flows/", "flows/a.md"]
        );
        let at = |below: &str| dir.path().join(".conductor").join(below);
        let changes: [(&str, &dyn Fn()); 6] = [
            ("contents", &|| fs::write(at("flows/a.md"), "word").unwrap()),
            ("a mode", &|| fs::set_permissions(at("flows/a.md"), Permissions::from_mode(0o755)).unwrap()),
            ("a name", &|| fs::rename(at("flows/a.md"), at("flows/b.md")).unwrap()),
            ("a place", &|| fs::rename(at("flows/b.md"), at("b.md")).unwrap()),
            ("a new file", &|| fs::write(at("new"), "").unwrap()),
            ("an empty folder", &|| fs::create_dir(at("empty")).unwrap()),
        ];
        let mut seen = vec![first];
        for (what, change) in changes {
            change();
            let now = hash(&dir);
            assert!(!seen.contains(&now), "{what}");
            seen.push(now);
        }
        // What the mask of another user does is no other content.
        fs::set_permissions(at("new"), Permissions::from_mode(0o600)).unwrap();
        assert_eq!(Some(&hash(&dir)), seen.last());
    }

    #[test]
    fn what_is_no_plain_file_or_too_much_is_refused() {
        let none = tempfile::tempdir().unwrap();
        assert_eq!(Content::read(none.path()).unwrap(), None);
        let make: [(&str, Make, &str); 7] = [
            ("a link", &|at| symlink("/etc/passwd", at.join("x")).unwrap(), ".conductor/x is a link"),
            ("a linked folder", &|at| symlink("/etc", at.join("flows/x")).unwrap(), ".conductor/flows/x is a link"),
            ("a socket", &|at| drop(UnixListener::bind(at.join("x")).unwrap()), "neither a file nor a folder"),
            ("a pipe", &|at| fifo(&at.join("x")), "neither a file nor a folder"),
            ("large", &|at| fs::write(at.join("x"), vec![b'x'; MOST_BYTES as usize + 1]).unwrap(), "too large"),
            ("deep", &|at| fs::create_dir_all(at.join("1/2/3/4/5/6/7/8/9")).unwrap(), "too large"),
            (
                "many",
                &|at| (0..=MOST_ENTRIES).for_each(|n| fs::write(at.join(n.to_string()), "").unwrap()),
                "too large",
            ),
        ];
        for (what, make, said) in make {
            let dir = tree();
            make(&dir.path().join(".conductor"));
            let error = Content::read(dir.path()).unwrap_err().to_string();
            assert!(error.contains(said), "{what}: {error}");
        }
        let dir = tempfile::tempdir().unwrap();
        symlink("/etc", dir.path().join(".conductor")).unwrap();
        let error = Content::read(dir.path()).unwrap_err().to_string();
        assert!(error.starts_with(".conductor is"), "{error}");
    }

    type Make<'a> = &'a dyn Fn(&Path);

    fn fifo(path: &Path) {
        let made = std::process::Command::new("mkfifo").arg(path).status().unwrap();
        assert!(made.success());
    }
}
