//! What the judge asks of this machine: real paths, the branch, whether git's settings name programs. Used by the worker for
//! every command. It must never open a file of the workspace for what is in it, but git's own.

use super::repository;
use crate::core::policy::Facts;
use std::path::{Path, PathBuf};

/// This machine, as a command finds it.
#[derive(Clone, Debug, Default)]
pub struct Machine {
    /// `PATH` of whoever would run it; without it programs are taken for the system's.
    pub search: Option<String>,
}

/// Names that are looked at for one pattern: a source tree has some thousands, and they take some milliseconds.
const MOST_ENTRIES: usize = 10_000;
/// How many links lead on: as the kernel's own limit.
const MOST_LINKS: usize = 40;

impl Facts for Machine {
    /// What does not exist yet lies in what does: the longest part that exists is resolved. A link to nowhere leads there.
    fn real(&self, path: &Path) -> Option<PathBuf> {
        let mut rest = Vec::new();
        let mut at = path.to_owned();
        for _ in 0..MOST_LINKS {
            match at.canonicalize() {
                Ok(real) => return Some(rest.iter().rev().fold(real, |real: PathBuf, name| real.join(name))),
                Err(_) => match std::fs::read_link(&at) {
                    // It hangs: what is written there is made at its end.
                    Ok(target) => at = at.parent()?.join(target),
                    Err(_) => {
                        rest.push(at.file_name()?.to_owned());
                        at = at.parent()?.to_owned();
                    }
                },
            }
        }
        None
    }

    fn is_dir(&self, path: &Path) -> bool {
        path.is_dir()
    }

    fn leads_out(&self, folder: &Path, depth: usize, root: &Path) -> bool {
        let mut left = MOST_ENTRIES;
        // Where nothing is, nothing leads anywhere.
        let Ok(root) = root.canonicalize() else { return false };
        leads_out(folder, depth, &root, &mut left)
    }

    fn has_odd_names(&self, folder: &Path) -> bool {
        let mut left = MOST_ENTRIES;
        has_odd_names(folder, &mut left)
    }

    fn branch(&self, repository: &Path) -> Option<String> {
        let head = std::fs::read_to_string(repository::git_folder(repository)?.join("HEAD")).ok()?;
        head.trim().strip_prefix("ref: refs/heads/").map(str::to_owned)
    }

    fn git_runs(&self, folder: &Path) -> Option<String> {
        repository::runs(folder)
    }

    fn program(&self, name: &str) -> Option<PathBuf> {
        let folders = std::env::split_paths(self.search.as_ref()?);
        folders.map(|folder| folder.join(name)).find(|path| path.is_file())?.canonicalize().ok()
    }
}

/// Links to what is not there lead nowhere yet; somebody may make it.
fn leads_out(folder: &Path, depth: usize, root: &Path, left: &mut usize) -> bool {
    let Ok(entries) = std::fs::read_dir(folder) else { return false };
    for entry in entries.flatten() {
        if *left == 0 {
            return true;
        }
        *left -= 1;
        let Ok(kind) = entry.file_type() else { return true };
        if kind.is_symlink() {
            let path = entry.path();
            let is_inside = path.canonicalize().is_ok_and(|real| real.starts_with(root));
            if !is_inside && path.exists() {
                return true;
            }
            // What is below a link to a folder is looked at where it stands.
        } else if kind.is_dir()
            && depth > 0
            && entry.file_name() != ".git"
            && leads_out(&entry.path(), depth - 1, root, left)
        {
            return true;
        }
    }
    false
}

/// Of git's own folders only what is outside of its store: there names are numbers.
fn has_odd_names(folder: &Path, left: &mut usize) -> bool {
    let Ok(entries) = std::fs::read_dir(folder) else { return true };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let is_odd = name.to_str().is_none_or(|name| {
            name.starts_with('-') || name.contains(|c: char| c.is_whitespace() || c.is_control() || "'\"\\".contains(c))
        });
        if is_odd || *left == 0 {
            return true;
        }
        *left -= 1;
        let is_dir = entry.file_type().is_ok_and(|kind| kind.is_dir());
        let is_store = name == "objects" && folder.ends_with(".git");
        if is_dir && !is_store && has_odd_names(&entry.path(), left) {
            return true;
        }
    }
    false
}

/// What an agent that starts there may read, where nothing else is said: the repository around the folder, or the folder.
pub fn workspace_around(folder: &Path) -> PathBuf {
    folder.ancestors().find(|at| at.join(".git").exists()).unwrap_or(folder).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn real_paths_follow_links_and_end_where_nothing_is_yet() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        std::fs::create_dir_all(root.join("a/b")).unwrap();
        symlink("b", root.join("a/link")).unwrap();
        symlink("/nowhere/at/all", root.join("a/lost")).unwrap();
        symlink("circle", root.join("circle")).unwrap();
        let real = |path: &str| Machine::default().real(&root.join(path));
        assert_eq!(real("a/link/new/file"), Some(root.join("a/b/new/file")));
        assert_eq!(real("a/b"), Some(root.join("a/b")));
        assert_eq!(real("a/lost/x"), Some("/nowhere/at/all/x".into()));
        assert_eq!(real("circle"), None);
    }

    #[test]
    fn names_that_a_list_would_tear_are_found() {
        for (name, is_odd) in [("plain.rs", false), ("two words", true), ("-o", true), ("it's", true), ("a\\b", true)] {
            let dir = tempfile::tempdir().unwrap();
            std::fs::create_dir_all(dir.path().join("a/b")).unwrap();
            std::fs::write(dir.path().join("a/b").join(name), "x").unwrap();
            assert_eq!(Machine::default().has_odd_names(dir.path()), is_odd, "{name}");
        }
        assert!(Machine::default().has_odd_names(Path::new("/no/such/folder")), "nobody knows what will be there");
    }

    #[test]
    fn links_that_lead_out_are_found_as_deep_as_a_pattern_goes() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        std::fs::create_dir_all(root.join("in/a/b")).unwrap();
        std::fs::write(root.join("outside"), "x").unwrap();
        symlink("a", root.join("in/inside")).unwrap();
        symlink("/no/such/place", root.join("in/lost")).unwrap();
        let leads_out = |folder: &str, depth| Machine::default().leads_out(&root.join(folder), depth, &root.join("in"));
        assert!(!leads_out("in", 9), "links within and links to nothing");
        symlink(root.join("outside"), root.join("in/a/b/out")).unwrap();
        assert_eq!([0, 1, 2].map(|depth| leads_out("in", depth)), [false, false, true]);
        assert!(leads_out("in/a/b", 0));
        assert!(!leads_out("in/none", 3));
    }
}
