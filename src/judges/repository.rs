//! Which programs git would run for a mere look at a repository, by what its settings name. Used by `facts.rs`. It runs git for
//! nothing but to read a file of settings, and opens nothing but git's own files.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Why git might run a program for a look at this folder, or look elsewhere: a setting, in words.
pub fn runs(folder: &Path) -> Option<String> {
    let (own, root) = found(folder)?;
    let common = std::fs::read_to_string(own.join("commondir")).map_or(own.clone(), |text| own.join(text.trim()));
    let mut files = vec![common.join("config"), own.join("config.worktree")];
    modules(&common.join("modules"), 6, &mut files);
    match below(&own, &root) {
        Some(all) => files.extend(all.into_iter().filter_map(|at| Some(git_folder(&at)?.join("config")))),
        None => return Some("the repositories in this one cannot be told".into()),
    }
    for file in files.iter().filter(|file| file.exists()) {
        match settings(file) {
            Some(all) => {
                if let Some(named) = all.iter().find(|(key, value)| names_program(key, value)) {
                    return Some(format!("the repository's `{}` is `{}`", named.0, named.1));
                }
            }
            None => return Some(format!("the settings in {} cannot be read", file.display())),
        }
    }
    let hook = common.join("hooks/post-index-change");
    hook.exists().then(|| "the repository's hook post-index-change runs".into())
}

/// `.git` of the repository around a folder; of a work tree its own part of it; the folder itself where that is a repository
/// without a work tree. As git looks: what looks like none is passed by.
pub fn git_folder(folder: &Path) -> Option<PathBuf> {
    found(folder).map(|(own, _)| own)
}

/// That folder, and where its work tree begins.
fn found(folder: &Path) -> Option<(PathBuf, PathBuf)> {
    for at in folder.ancestors() {
        let dot = at.join(".git");
        if dot.is_file() {
            let text = std::fs::read_to_string(&dot).ok()?;
            return Some((at.join(text.trim().strip_prefix("gitdir: ")?), at.to_owned()));
        }
        if is_repository(&dot) {
            return Some((dot, at.to_owned()));
        }
        if is_repository(at) {
            return Some((at.to_owned(), at.to_owned()));
        }
    }
    None
}

fn is_repository(folder: &Path) -> bool {
    let head = folder.join("HEAD");
    (head.is_file() || head.is_symlink()) && (folder.join("objects").is_dir() || folder.join("commondir").is_file())
}

/// Settings of submodules whose repositories lie in this one's, also of those in folders.
fn modules(folder: &Path, depth: usize, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() && depth > 0 && !matches!(entry.file_name().to_str(), Some("objects" | "refs" | "logs")) {
            files.push(path.join("config"));
            modules(&path, depth - 1, files);
        }
    }
}

/// Folders of the work tree that the index calls repositories of their own; `None`: it is not understood.
fn below(own: &Path, root: &Path) -> Option<Vec<PathBuf>> {
    let Ok(index) = std::fs::read(own.join("index")) else { return Some(Vec::new()) };
    // Of each of them the mode is this; elsewhere these bytes hardly ever stand.
    const LINK: [u8; 4] = [0, 0, 0o160_000_u32.to_be_bytes()[2], 0];
    if !index.windows(LINK.len()).any(|bytes| bytes == LINK) {
        return Some(Vec::new());
    }
    let number = |at: usize| Some(u32::from_be_bytes(index.get(at..at + 4)?.try_into().ok()?));
    let version = number(4).filter(|version| index.starts_with(b"DIRC") && matches!(version, 2 | 3))?;
    let (mut at, mut found) = (12, Vec::new());
    for _ in 0..number(8)? {
        let flags = u16::from_be_bytes(index.get(at + 60..at + 62)?.try_into().ok()?);
        let begin = at + 62 + if version == 3 && flags & 0x4000 != 0 { 2 } else { 0 };
        let length = index.get(begin..)?.iter().position(|byte| *byte == 0)?;
        if number(at + 24)? == 0o160_000 {
            found.push(root.join(std::str::from_utf8(index.get(begin..begin + length)?).ok()?));
        }
        // Padded to eight bytes, with one zero at least.
        at += (begin + length - at) / 8 * 8 + 8;
    }
    Some(found)
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
fn names_program(key: &str, value: &str) -> bool {
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
                | "core.worktree"
        ),
        "diff" => key == "diff.external" || ends(".command") || ends(".textconv"),
        "filter" => ends(".clean") || ends(".smudge") || ends(".process"),
        "pager" | "interactive" => true,
        "gpg" => ends("program"),
        "merge" => ends(".driver"),
        // What is not there is fetched for a look.
        "remote" => ends(".uploadpack") || ends(".vcs") || (ends(".promisor") && value != "false"),
        // Settings that count under a condition; a tree that lies elsewhere.
        "includeif" => true,
        "log" => key == "log.showsignature" && value == "true",
        _ => false,
    };
    is_program && (!is_switch || key == "log.showsignature" || ends(".promisor"))
}

#[cfg(test)]
mod tests {
    use super::super::Machine;
    use super::*;
    use crate::core::policy::Facts;

    #[test]
    fn settings_of_git_that_name_programs_are_found() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        let machine = Machine::default();
        assert_eq!(machine.git_runs(root), None);
        std::fs::create_dir_all(root.join(".git/hooks")).unwrap();
        std::fs::create_dir_all(root.join(".git/objects")).unwrap();
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
            "[includeIf \"gitdir:/\"]\n\tpath = more\n",
            "[merge \"x\"]\n\tdriver = ./x.sh\n",
            "[remote \"o\"]\n\tuploadpack = ./x.sh\n",
            "[remote \"o\"]\n\tpromisor = true\n",
            "[core]\n\tworktree = ../../other\n",
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

    fn git(folder: &Path, words: &[&str]) {
        let mut all = vec!["-c", "user.name=u", "-c", "user.email=u@x", "-c", "protocol.file.allow=always"];
        all.extend(words);
        let done = Command::new("git").args(all).current_dir(folder).output().unwrap();
        assert!(done.status.success(), "{words:?}: {}", String::from_utf8_lossy(&done.stderr));
    }

    #[test]
    fn repositories_in_repositories_are_found_as_git_finds_them() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("top");
        let inner = root.join("libs/inner");
        std::fs::create_dir_all(&inner).unwrap();
        git(&root, &["init", "-q"]);
        git(&inner, &["init", "-q"]);
        git(&inner, &["commit", "-q", "--allow-empty", "-m", "x"]);
        std::fs::write(inner.join(".git/config"), "[core]\n\tfsmonitor = ./x.sh\n").unwrap();
        assert_eq!(runs(&root), None, "nobody but its own git looks there");
        assert!(runs(&inner).is_some());
        // As a part of the other one, in whichever way.
        git(&root, &["-c", "core.fsmonitor=", "add", "libs/inner"]);
        assert!(runs(&root).is_some(), "a link in the index");
        git(&root, &["rm", "-q", "-f", "--cached", "libs/inner"]);
        assert_eq!(runs(&root), None);
        std::fs::create_dir_all(root.join(".git/modules/libs/foo")).unwrap();
        std::fs::write(root.join(".git/modules/libs/foo/config"), "[core]\n\tfsmonitor = ./x.sh\n").unwrap();
        assert!(runs(&root).is_some(), "a submodule with a folder in its name");
        std::fs::remove_dir_all(root.join(".git/modules")).unwrap();
        // A repository that came with a clone, and an empty `.git` that is none.
        let bare = root.join("vendor/x.git");
        std::fs::create_dir_all(bare.join("objects")).unwrap();
        std::fs::write(bare.join("HEAD"), "ref: refs/heads/main\n").unwrap();
        std::fs::write(bare.join("config"), "[diff]\n\texternal = ./x.sh\n").unwrap();
        assert!(runs(&bare).is_some() && runs(&bare.join("objects")).is_some());
        std::fs::create_dir_all(root.join("sub/.git")).unwrap();
        std::fs::write(root.join(".git/config"), "[merge \"x\"]\n\tdriver = ./x.sh\n").unwrap();
        assert!(runs(&root.join("sub")).is_some(), "the settings of the one around it");
    }
}
