//! What the judge asks of the machine: paths, the branch, whether git's settings name programs. Given as an argument, so
//! that the judge stays pure. It must never be asked to read what a file holds, but git's own.

use std::path::{Path, PathBuf};

pub trait Facts {
    /// The path with every symbolic link resolved, also where its end does not exist yet; `None` when it cannot be told.
    fn real(&self, path: &Path) -> Option<PathBuf>;
    fn is_dir(&self, path: &Path) -> bool;
    /// Whether a link that stands there leads out of `root`: in the folder, or so many folders below it. A limit is a yes.
    fn leads_out(&self, folder: &Path, depth: usize, root: &Path) -> bool;
    /// Whether a name below it is read as something else where it stands in a list: a blank or a quote in it, a dash in front.
    /// A limit is a yes.
    fn has_odd_names(&self, folder: &Path) -> bool;
    /// The branch that is checked out there.
    fn branch(&self, repository: &Path) -> Option<String>;
    /// Why git might run a program for a look at this folder: a setting, in words.
    fn git_runs(&self, folder: &Path) -> Option<String>;
    /// Where a program of this name is found, with links resolved.
    fn program(&self, name: &str) -> Option<PathBuf>;
}

/// Nothing is known: every path is what it says. For tests.
pub struct Nothing;

impl Facts for Nothing {
    fn real(&self, path: &Path) -> Option<PathBuf> {
        Some(path.to_owned())
    }

    fn is_dir(&self, _: &Path) -> bool {
        false
    }

    fn leads_out(&self, _: &Path, _: usize, _: &Path) -> bool {
        false
    }

    fn has_odd_names(&self, _: &Path) -> bool {
        true
    }

    fn branch(&self, _: &Path) -> Option<String> {
        None
    }

    fn git_runs(&self, _: &Path) -> Option<String> {
        None
    }

    fn program(&self, _: &str) -> Option<PathBuf> {
        None
    }
}
