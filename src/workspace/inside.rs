//! Where a path below a folder leads, when it stays there. Asked before anything is written by a name that somebody else
//! chose. It must never follow a link.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};

/// `None`: it leads elsewhere, through a link, or into the `.git` of the folder.
pub fn inside(top: &Path, path: &[u8]) -> Option<PathBuf> {
    let mut at = top.to_owned();
    for (n, part) in Path::new(OsStr::from_bytes(path)).components().enumerate() {
        let Component::Normal(name) = part else { return None };
        let is_link = fs::symlink_metadata(&at).is_ok_and(|found| found.is_symlink());
        if (n > 0 && is_link) || (n == 0 && name.eq_ignore_ascii_case(".git")) {
            return None;
        }
        at.push(name);
    }
    (at != top).then_some(at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn only_what_stays_is_inside() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("a")).unwrap();
        symlink("/tmp", dir.path().join("a/link")).unwrap();
        for (path, stays) in [
            ("x", true),
            ("a/b/c", true),
            ("a/link", true),
            ("a/link/x", false),
            ("../x", false),
            ("a/../../x", false),
            ("/etc/x", false),
            (".git/config", false),
            (".GIT/config", false),
            ("a/.git", true),
            ("", false),
            (".", false),
        ] {
            assert_eq!(inside(dir.path(), path.as_bytes()).is_some(), stays, "{path}");
        }
    }
}
