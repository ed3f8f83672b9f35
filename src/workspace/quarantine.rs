//! A folder for new objects within a repository's own, on the same disk: they become the repository's when all of them are
//! there, or go as if they had never been. Called by snapshots. It must never take an object away that others may have.
//!
//! Without it, a git that finds the disk full leaves the half pack behind, so that the disk stays full.

use crate::base::clock::random_hex;
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

/// Names that begin so are taken away by `git gc` when a server was killed and they are old.
const NAME: &str = "tmp_objdir-conductor-";
/// A pack counts from the moment when its index is there: that comes last.
const PACK_LAST: [&str; 3] = ["pack", "rev", "idx"];

pub struct Quarantine {
    path: PathBuf,
    objects: PathBuf,
}

impl Quarantine {
    /// One for new objects of `objects`, whose own are found through it.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn new(objects: &Path) -> io::Result<Quarantine> {
        let path = objects.join(format!("{NAME}{}", random_hex(8)?));
        fs::DirBuilder::new().mode(0o700).create(&path)?;
        let quarantine = Quarantine { path, objects: objects.to_owned() };
        for folder in ["info", "pack"] {
            fs::create_dir(quarantine.path.join(folder))?;
        }
        // Seen from here: no name of the repository's has to be quoted.
        fs::write(quarantine.path.join("info/alternates"), "../\n")?;
        Ok(quarantine)
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Makes them the repository's.
    ///
    /// # Errors
    /// Something cannot be moved. What was moved before is whole, and nothing leads to it.
    pub fn keep(self) -> io::Result<()> {
        for folder in fs::read_dir(&self.path)? {
            let folder = folder?;
            if folder.file_name() == "info" || !folder.file_type()?.is_dir() {
                continue;
            }
            let to = self.objects.join(folder.file_name());
            // As a whole where it can be, which asks no room of a disk that has little left.
            if !to.exists() && fs::rename(folder.path(), &to).is_ok() {
                continue;
            }
            let mut files = fs::read_dir(folder.path())?.collect::<io::Result<Vec<_>>>()?;
            files.sort_by_key(|file| {
                let name = file.path();
                PACK_LAST.iter().position(|ending| name.extension() == Some(OsStr::new(ending)))
            });
            for file in files {
                let name = file.file_name();
                // Named after what is in it: one that is there is the same.
                if !name.as_encoded_bytes().starts_with(b"tmp_") && !to.join(&name).exists() {
                    fs::rename(file.path(), to.join(name))?;
                }
            }
        }
        Ok(())
    }
}

impl Drop for Quarantine {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut all: Vec<String> =
            fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        all.sort();
        all
    }

    #[test]
    fn what_is_kept_lies_beside_what_was_there_and_the_rest_is_gone() {
        let dir = tempfile::tempdir().unwrap();
        for folder in ["pack", "ab"] {
            fs::create_dir(dir.path().join(folder)).unwrap();
        }
        fs::write(dir.path().join("ab/there"), "first").unwrap();
        let quarantine = Quarantine::new(dir.path()).unwrap();
        for (name, bytes) in [
            ("pack/p.idx", "x"),
            ("pack/p.pack", "x"),
            ("pack/tmp_pack_1", "half"),
            ("ab/there", "same"),
            ("cd/new", "x"),
        ] {
            let path = quarantine.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
        quarantine.keep().unwrap();
        assert_eq!(names(dir.path()), ["ab", "cd", "pack"]);
        assert_eq!(names(&dir.path().join("pack")), ["p.idx", "p.pack"]);
        assert_eq!(fs::read_to_string(dir.path().join("ab/there")).unwrap(), "first");
        assert!(dir.path().join("cd/new").exists());
        // One that is not kept.
        let given_up = Quarantine::new(dir.path()).unwrap();
        fs::write(given_up.path().join("pack/p2.pack"), "x").unwrap();
        drop(given_up);
        assert_eq!(names(dir.path()), ["ab", "cd", "pack"]);
        assert_eq!(names(&dir.path().join("pack")), ["p.idx", "p.pack"]);
    }
}
