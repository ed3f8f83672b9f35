//! What lies in a work tree: every file, link, folder without anything in it, and what git cannot hold. Called before a
//! snapshot, so that whatever is not in one can be named. It must never follow a link or leave the file system.

use std::ffi::OsStr;
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::Path;

/// One thing of a work tree.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    /// From the top, with `/` between its parts.
    pub path: Vec<u8>,
    pub kind: Kind,
    pub bytes: u64,
    /// The twelve bits of permissions.
    pub mode: u32,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    File,
    Link,
    /// Nothing is in it.
    EmptyFolder,
    Folder,
    /// It has a `.git` of its own; what is in it is not listed.
    Repository,
    /// A socket, a pipe, a device.
    Special,
    /// It may not be read.
    Unreadable,
    /// Another file system is mounted here.
    Mount,
}

/// Lists what is below `top` but the `.git` of it, in the order of the names.
///
/// # Errors
/// When `top` itself cannot be read. What vanishes meanwhile is left out.
pub fn census(top: &Path) -> io::Result<Vec<Entry>> {
    let device = fs::metadata(top)?.dev();
    let mut entries = Vec::new();
    walk(top, &mut Vec::new(), device, &mut entries)?;
    Ok(entries)
}

/// Whether there was nothing in it.
fn walk(top: &Path, prefix: &mut Vec<u8>, device: u64, entries: &mut Vec<Entry>) -> io::Result<bool> {
    let folder = top.join(OsStr::from_bytes(prefix));
    let mut names: Vec<Vec<u8>> =
        fs::read_dir(folder)?.filter_map(|entry| Some(entry.ok()?.file_name().into_vec())).collect();
    names.sort_unstable();
    let is_empty = names.is_empty();
    for name in names {
        if prefix.is_empty() && name == b".git" {
            continue;
        }
        let length = prefix.len();
        if length > 0 {
            prefix.push(b'/');
        }
        prefix.extend_from_slice(&name);
        let path = top.join(OsStr::from_bytes(prefix));
        if let Ok(found) = fs::symlink_metadata(&path) {
            enter(top, prefix, &path, &found, device, entries);
        }
        prefix.truncate(length);
    }
    Ok(is_empty)
}

fn enter(top: &Path, prefix: &mut Vec<u8>, path: &Path, found: &Metadata, device: u64, entries: &mut Vec<Entry>) {
    let kind = kind_of(path, found, device);
    let at = entries.len();
    let bytes = if kind == Kind::File { found.len() } else { 0 };
    entries.push(Entry { path: prefix.clone(), kind, bytes, mode: found.mode() & 0o7777 });
    if kind == Kind::Folder {
        entries[at].kind = match walk(top, prefix, device, entries) {
            Ok(true) => Kind::EmptyFolder,
            Ok(false) => Kind::Folder,
            Err(_) => Kind::Unreadable,
        };
    }
}

fn kind_of(path: &Path, found: &Metadata, device: u64) -> Kind {
    let kind = found.file_type();
    match () {
        () if kind.is_symlink() => Kind::Link,
        () if kind.is_socket() || kind.is_fifo() || kind.is_char_device() || kind.is_block_device() => Kind::Special,
        () if found.dev() != device => Kind::Mount,
        () if kind.is_dir() && fs::symlink_metadata(path.join(".git")).is_ok() => Kind::Repository,
        () if kind.is_dir() => Kind::Folder,
        () if fs::File::open(path).is_err() => Kind::Unreadable,
        () => Kind::File,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::os::unix::net::UnixListener;

    #[test]
    fn everything_is_listed_and_nothing_followed() {
        let dir = tempfile::tempdir().unwrap();
        let top = dir.path();
        for folder in [".git/objects", "a/b", "empty", "other/.git", "x\ny"] {
            fs::create_dir_all(top.join(folder)).unwrap();
        }
        fs::write(top.join("a/file"), "four").unwrap();
        fs::set_permissions(top.join("a/file"), fs::Permissions::from_mode(0o600)).unwrap();
        fs::write(top.join("other/secret"), "x").unwrap();
        fs::write(top.join("x\ny/z"), "").unwrap();
        symlink("/etc", top.join("link")).unwrap();
        symlink("nowhere", top.join("a/dangling")).unwrap();
        let _socket = UnixListener::bind(top.join("socket")).unwrap();
        let told: Vec<String> = census(top)
            .unwrap()
            .iter()
            .map(|e| format!("{:?} {} {}", e.kind, String::from_utf8_lossy(&e.path).escape_debug(), e.bytes))
            .collect();
        assert_eq!(
            told,
            [
                "Folder a 0",
                "EmptyFolder a/b 0",
                "Link a/dangling 0",
                "File a/file 4",
                "EmptyFolder empty 0",
                "Link link 0",
                "Repository other 0",
                "Special socket 0",
                "Folder x\\ny 0",
                "File x\\ny/z 0",
            ]
        );
        assert_eq!(census(top).unwrap()[3].mode, 0o600);
        assert!(census(&top.join("nowhere")).is_err());
    }
}
