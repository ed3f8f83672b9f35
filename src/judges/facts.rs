//! What the judge asks of this machine: real paths, the branch, whether git's settings name programs. Used by the worker for
//! every command. It must never open a file of the workspace for what is in it, but git's own.

use crate::core::policy::Facts;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// This machine, as a command finds it.
#[derive(Clone, Debug, Default)]
pub struct Machine {
    /// `PATH` of whoever would run it; without it programs are taken for the system's.
    pub search: Option<String>,
}

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

    fn branch(&self, repository: &Path) -> Option<String> {
        let head = std::fs::read_to_string(git_folder(repository)?.join("HEAD")).ok()?;
        head.trim().strip_prefix("ref: refs/heads/").map(str::to_owned)
    }

    fn git_runs(&self, folder: &Path) -> Option<String> {
        let own = git_folder(folder)?;
        let common = std::fs::read_to_string(own.join("commondir")).map_or(own.clone(), |text| own.join(text.trim()));
        let modules =
            std::fs::read_dir(common.join("modules")).into_iter().flatten().flatten().map(|entry| entry.path());
        let files =
            [common.join("config"), own.join("config.worktree")].into_iter().chain(modules.map(|m| m.join("config")));
        for file in files.filter(|file| file.exists()) {
            match settings(&file) {
                Some(all) => {
                    if let Some(named) = all.iter().find(|(key, value)| runs(key, value)) {
                        return Some(format!("the repository's `{}` runs `{}`", named.0, named.1));
                    }
                }
                None => return Some(format!("the settings in {} cannot be read", file.display())),
            }
        }
        let hook = common.join("hooks/post-index-change");
        hook.exists().then(|| "the repository's hook post-index-change runs".into())
    }

    fn program(&self, name: &str) -> Option<PathBuf> {
        let folders = std::env::split_paths(self.search.as_ref()?);
        folders.map(|folder| folder.join(name)).find(|path| path.is_file())?.canonicalize().ok()
    }
}

/// What an agent that starts there may read, where nothing else is said: the repository around the folder, or the folder.
pub fn workspace_around(folder: &Path) -> PathBuf {
    folder.ancestors().find(|at| at.join(".git").exists()).unwrap_or(folder).to_owned()
}

/// `.git` of the repository around a folder; of a work tree its own part of it.
fn git_folder(folder: &Path) -> Option<PathBuf> {
    let dot = folder.ancestors().map(|at| at.join(".git")).find(|dot| dot.exists())?;
    if dot.is_dir() {
        return Some(dot);
    }
    let text = std::fs::read_to_string(&dot).ok()?;
    let target = text.trim().strip_prefix("gitdir: ")?;
    Some(dot.parent()?.join(target))
}

/// What git reads in a file and in those that it includes. Git runs nothing for this.
fn settings(file: &Path) -> Option<Vec<(String, String)>> {
    let output = Command::new("git")
        .args(["config", "--includes", "--null", "--list", "--file"])
        .arg(file)
        .env_clear()
        .env("PATH", "/usr/bin:/bin:/usr/local/bin")
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    if !output.status.success() {
        return None;
    }
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let pair = |entry: &str| {
        let (key, value) = entry.split_once('\n').unwrap_or((entry, "true"));
        (key.to_owned(), value.to_owned())
    };
    Some(text.split('\0').filter(|entry| !entry.is_empty()).map(pair).collect())
}

/// Whether a setting names a program that a mere look at a repository may run.
fn runs(key: &str, value: &str) -> bool {
    let is_switch = matches!(value, "" | "true" | "false" | "0" | "1" | "no" | "yes" | "off" | "on");
    let ends = |end: &str| key.ends_with(end);
    let is_program = match key.split('.').next().unwrap_or_default() {
        "core" => matches!(
            key,
            "core.fsmonitor"
                | "core.pager"
                | "core.sshcommand"
                | "core.gitproxy"
                | "core.alternaterefscommand"
                | "core.hookspath"
        ),
        "diff" => key == "diff.external" || ends(".command") || ends(".textconv"),
        "filter" => ends(".clean") || ends(".smudge") || ends(".process"),
        "pager" | "interactive" => true,
        "gpg" => ends("program"),
        "log" => key == "log.showsignature" && value == "true",
        _ => false,
    };
    is_program && (!is_switch || key == "log.showsignature")
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
    fn settings_of_git_that_name_programs_are_found() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        let machine = Machine::default();
        assert_eq!(machine.git_runs(root), None);
        std::fs::create_dir_all(root.join(".git/hooks")).unwrap();
        std::fs::write(root.join(".git/HEAD"), "ref: refs/heads/topic/x\n").unwrap();
        std::fs::write(root.join(".git/config"), "[core]\n\tbare = false\n\tfsmonitor = false\n").unwrap();
        assert_eq!(machine.branch(&root.join("src")).as_deref(), Some("topic/x"));
        assert_eq!(machine.git_runs(root), None);
        let rows = [
            "[core]\n\tfsmonitor = ./x.sh\n",
            "[diff]\n\texternal = ./x\n",
            "[diff \"pdf\"]\n\ttextconv = ./x\n",
            "[filter \"y\"]\n\tclean = ./x\n",
            "[pager]\n\tlog = sh -c id\n",
            "[core]\n\thooksPath = ./hooks\n",
            "[log]\n\tshowSignature = true\n",
            "not a setting at all [",
        ];
        for row in rows {
            std::fs::write(root.join(".git/config"), row).unwrap();
            assert!(machine.git_runs(root).is_some(), "{row}");
        }
        std::fs::write(root.join(".git/more"), rows[0]).unwrap();
        std::fs::write(root.join(".git/config"), "[include]\n\tpath = more\n").unwrap();
        assert!(machine.git_runs(root).is_some(), "an included file");
    }
}
