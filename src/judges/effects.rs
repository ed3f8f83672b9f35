//! What a step would do to the files that it names, as they are now: how many, how large, whether git keeps them, whether it can
//! be undone. Shown to whoever is asked. It must never change a file, and never look at more of them than fits into a moment.

use crate::core::policy::{Access, Part, name_matches};
use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Counted at most; a person needs to know that it is many.
const MOST_FILES: u64 = 20_000;
/// Whoever is asked waits for this.
const WITHIN: Duration = Duration::from_millis(200);
/// Paths that are told of.
const MOST_PATHS: usize = 20;

/// One path.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
pub struct Effect {
    pub path: String,
    pub access: Access,
    pub files: u64,
    pub bytes: u64,
    pub is_more: bool,
    pub is_ignored: Option<bool>,
    pub undo: String,
}

/// Of all paths that are written or deleted.
pub fn effects(parts: &[Part]) -> Vec<Effect> {
    let until = Instant::now() + WITHIN;
    let changed =
        parts.iter().flat_map(|part| &part.paths).filter(|t| matches!(t.access, Access::Write | Access::Delete));
    let paths: BTreeSet<(String, Access)> = changed.map(|touched| (touched.path.clone(), touched.access)).collect();
    paths.into_iter().take(MOST_PATHS).map(|(path, access)| effect(path, access, until)).collect()
}

fn effect(path: String, access: Access, until: Instant) -> Effect {
    let mut counted = Counted::default();
    let is_pattern = path.contains(['*', '?', '[']);
    // A pattern stands for names in the folder before it.
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", &path));
    let root = if is_pattern { Path::new(folder) } else { Path::new(&path) };
    if is_pattern {
        let named = |entry: &std::fs::DirEntry| entry.file_name().to_str().is_some_and(|n| name_matches(name, n));
        for entry in std::fs::read_dir(root).into_iter().flatten().flatten().filter(named) {
            counted.count(&entry.path(), until);
        }
    } else {
        counted.count(root, until);
    }
    let is_ignored = git(root, &["check-ignore", "--quiet", "--"], Some(Path::new(&path))).map(|code| code == 0);
    let undo = undo(root, &path, access, &counted, is_ignored);
    Effect { path, access, files: counted.files, bytes: counted.bytes, is_more: counted.is_more, is_ignored, undo }
}

#[derive(Default)]
struct Counted {
    files: u64,
    bytes: u64,
    is_more: bool,
}

impl Counted {
    /// Without following a link.
    fn count(&mut self, path: &Path, until: Instant) {
        let Ok(meta) = path.symlink_metadata() else { return };
        if !meta.is_dir() {
            self.files += 1;
            self.bytes += meta.len();
            return;
        }
        let mut folders = vec![path.to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
                if self.files >= MOST_FILES || Instant::now() >= until {
                    self.is_more = true;
                    return;
                }
                let Ok(meta) = entry.metadata() else { continue };
                if meta.is_dir() {
                    folders.push(entry.path());
                } else {
                    self.files += 1;
                    self.bytes += meta.len();
                }
            }
        }
    }
}

fn undo(root: &Path, path: &str, access: Access, counted: &Counted, is_ignored: Option<bool>) -> String {
    if counted.files == 0 && access == Access::Write {
        return "it is new: deleting it undoes it".into();
    }
    if counted.files == 0 {
        return "nothing is there now".into();
    }
    match is_ignored {
        None => "no repository keeps it: it cannot be undone".into(),
        Some(true) => "git ignores it: it cannot be undone".into(),
        Some(false) => {
            let is_kept = git(root, &["ls-files", "--error-unmatch", "--"], Some(Path::new(path))) == Some(0);
            let is_clean =
                git(root, &["diff", "--quiet", "--no-ext-diff", "--no-textconv", "HEAD", "--"], Some(Path::new(path)))
                    == Some(0);
            match (is_kept, is_clean) {
                (true, true) => "git keeps it as it is: `git restore` undoes it".into(),
                (true, false) => "git keeps it, but not its newest changes".into(),
                (false, _) => "git does not keep it: it cannot be undone".into(),
            }
        }
    }
}

/// Git without the repository's programs; its exit code, where there is a repository.
fn git(folder: &Path, arguments: &[&str], path: Option<&Path>) -> Option<i32> {
    let folder = folder.ancestors().find(|at| at.is_dir())?;
    let status = Command::new("git")
        .args(["-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-C"])
        .arg(folder)
        .args(arguments)
        .args(path)
        .env("GIT_OPTIONAL_LOCKS", "0")
        // A name is a name. Not for `check-ignore`, which takes no other.
        .env("GIT_LITERAL_PATHSPECS", if arguments.first() == Some(&"check-ignore") { "0" } else { "1" })
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .ok()?;
    status.code().filter(|code| *code < 128)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::policy::{Class, Risk, Span, Touched};

    fn part(path: &Path, access: Access) -> Part {
        let paths = vec![Touched { path: path.display().to_string(), access }];
        Part {
            class: Class::Write,
            risk: Risk::Medium,
            what: String::new(),
            span: Span::default(),
            argv: vec![],
            is_exact: true,
            paths,
        }
    }

    #[test]
    fn what_is_there_is_counted_and_what_git_keeps_is_known() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        let run = |words: &[&str]| {
            assert!(
                Command::new("git").arg("-C").arg(&root).args(words).stdout(Stdio::null()).status().unwrap().success()
            )
        };
        let of = |path: &str, access| effects(&[part(&root.join(path), access)]).remove(0);
        std::fs::create_dir_all(root.join("target/deep")).unwrap();
        std::fs::write(root.join("target/deep/a"), "12345").unwrap();
        std::fs::write(root.join("target/b"), "123").unwrap();
        let before = of("target", Access::Delete);
        assert_eq!((before.files, before.bytes, before.is_ignored), (2, 8, None), "{before:?}");
        run(&["init", "-q"]);
        std::fs::write(root.join(".gitignore"), "target\n").unwrap();
        std::fs::write(root.join("kept"), "1").unwrap();
        run(&["add", "-A"]);
        run(&["-c", "user.name=n", "-c", "user.email=e@x", "commit", "-qm", "one"]);
        assert!(of("target", Access::Delete).undo.contains("ignores it"));
        assert!(of("kept", Access::Delete).undo.contains("`git restore` undoes it"));
        std::fs::write(root.join("kept"), "2").unwrap();
        assert!(of("kept", Access::Write).undo.contains("not its newest changes"));
        std::fs::write(root.join("loose"), "2").unwrap();
        assert!(of("loose", Access::Write).undo.contains("cannot be undone"));
        assert!(of("new", Access::Write).undo.contains("it is new"));
        assert_eq!(of("target/*", Access::Delete).files, 2);
    }
}
