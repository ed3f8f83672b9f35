//! A git directory of our own: a head that leads nowhere, and no configuration but the kind of its object names. Made
//! for one comparison and removed with it.

use crate::base::clock::random_hex;
use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt, symlink};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// What a server that was killed left behind is taken away after so long: no comparison takes a minute.
const STALE: Duration = Duration::from_secs(3600);

pub struct Scratch(PathBuf);

impl Scratch {
    /// A new one in `parent`. `git_dir` is the real one, whose index may lie in two parts.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn new(parent: &Path, format: &str, git_dir: &Path) -> io::Result<Scratch> {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(parent)?;
        sweep(parent);
        let scratch = Scratch(parent.join(random_hex(8)?));
        fs::DirBuilder::new().mode(0o700).create(&scratch.0)?;
        fs::create_dir(scratch.0.join("refs"))?;
        fs::write(scratch.0.join("HEAD"), "ref: refs/heads/none\n")?;
        let extension =
            if format == "sha1" { String::new() } else { format!("[extensions]\n\tobjectFormat = {format}\n") };
        fs::write(
            scratch.0.join("config"),
            format!("[core]\n\trepositoryFormatVersion = 1\n\tbare = false\n{extension}"),
        )?;
        for entry in fs::read_dir(git_dir)?.flatten() {
            if entry.file_name().as_encoded_bytes().starts_with(b"sharedindex.") {
                symlink(entry.path(), scratch.0.join(entry.file_name()))?;
            }
        }
        Ok(scratch)
    }

    /// Attributes of the work tree ask for other line ends, keywords and encodings: files are taken as they are. These
    /// stand above those.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn convert_nothing(&self) -> io::Result<()> {
        fs::create_dir_all(self.0.join("info"))?;
        fs::write(self.0.join("info/attributes"), "* -text -eol -crlf -ident -filter -working-tree-encoding\n")
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    pub fn join(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn sweep(parent: &Path) {
    let is_stale = |entry: &fs::DirEntry| {
        let age = entry.metadata().and_then(|found| found.modified()).map(|at| SystemTime::now().duration_since(at));
        age.is_ok_and(|age| age.is_ok_and(|age| age > STALE))
    };
    for entry in fs::read_dir(parent).into_iter().flatten().flatten().filter(is_stale) {
        let _ = fs::remove_dir_all(entry.path());
    }
}
