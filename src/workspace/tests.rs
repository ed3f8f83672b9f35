//! Comparisons of real repositories by the real git: kinds of changes, bases, odd and hostile repositories, limits.
//! Without git they are skipped with a word, unless `CONDUCTOR_TEST_REQUIRE` asks for all.

mod finish;
mod snapshots;
mod worktrees;

use super::*;
use proptest::prelude::*;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

struct Place {
    dir: tempfile::TempDir,
    git: Git,
}

impl Place {
    /// A repository on `main` without a commit.
    fn new() -> Option<Place> {
        let place = Place::bare()?;
        place.git(&["init", "-q", "-b", "main"]);
        Some(place)
    }

    fn bare() -> Option<Place> {
        match Git::find(|name| std::env::var_os(name).filter(|_| name == "PATH")) {
            Ok(git) => {
                let dir = tempfile::tempdir().unwrap();
                fs::create_dir(dir.path().join("repo")).unwrap();
                Some(Place { dir, git })
            }
            Err(error) => {
                assert!(std::env::var_os("CONDUCTOR_TEST_REQUIRE").is_none(), "{error}");
                eprintln!("skipped: {error}");
                None
            }
        }
    }

    fn top(&self) -> PathBuf {
        self.dir.path().join("repo")
    }

    fn git(&self, arguments: &[&str]) -> String {
        self.git_in(&self.top(), arguments)
    }

    fn git_in(&self, directory: &Path, arguments: &[&str]) -> String {
        let mut command = Command::new("git");
        command.current_dir(directory).env_clear().env("PATH", std::env::var_os("PATH").unwrap());
        command.env("HOME", self.dir.path()).env("MARK", self.dir.path().join("ran"));
        for who in ["GIT_AUTHOR", "GIT_COMMITTER"] {
            command.env(format!("{who}_NAME"), "ada").env(format!("{who}_EMAIL"), "ada@example.org");
        }
        let output = command.args(["-c", "protocol.file.allow=always"]).args(arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
    }

    fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        let path = self.top().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn commit(&self, words: &str) {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", words]);
    }

    fn look(&self, base: Base) -> Result<Changes, WorkspaceError> {
        self.look_in(&self.top(), base, None)
    }

    fn look_in(&self, directory: &Path, base: Base, file: Option<&str>) -> Result<Changes, WorkspaceError> {
        let patience = Patience::new(Duration::from_secs(60), Arc::default());
        let found = changes(&self.git, directory, base, None, file, &self.dir.path().join("scratch"), &patience);
        let left = fs::read_dir(self.dir.path().join("scratch")).map_or(0, Iterator::count);
        assert_eq!(left, 0, "what was made for it is gone");
        found
    }
}

/// `M src/x +1 -2`, with the letter of the change; `?` for a new file that nobody added.
fn told(changes: &Changes) -> Vec<String> {
    let letter = |file: &File| match file.diff.change {
        crate::core::diff::Change::Added if file.is_untracked => '?',
        other => format!("{other:?}").chars().next().unwrap(),
    };
    let name = |bytes: &[u8]| String::from_utf8_lossy(bytes).escape_debug().to_string();
    let told = changes.files.iter().map(|file| {
        let old = file.diff.old_path.as_deref().map_or(String::new(), |old| format!("{} > ", name(old)));
        let binary = if file.diff.is_binary { " binary" } else { "" };
        format!("{} {old}{} +{} -{}{binary}", letter(file), name(&file.diff.path), file.added, file.removed)
    });
    told.collect()
}

#[test]
fn every_change_is_told_with_new_files_that_nobody_added() {
    let Some(place) = Place::new() else { return };
    for name in ["changed", "gone", "moved", "mode", "bin", "to-link", "was-file"] {
        place.write(name, format!("{name}\none\ntwo\nthree\nfour\n"));
    }
    place.write(".gitignore", "*.o\n");
    place.commit("first");
    place.write("changed", "changed\none\n2\nthree\nfour\n");
    fs::remove_file(place.top().join("gone")).unwrap();
    place.git(&["mv", "moved", "there"]);
    fs::set_permissions(place.top().join("mode"), fs::Permissions::from_mode(0o755)).unwrap();
    place.write("bin", b"a\0b");
    fs::remove_file(place.top().join("to-link")).unwrap();
    symlink("/etc/passwd", place.top().join("to-link")).unwrap();
    fs::remove_file(place.top().join("was-file")).unwrap();
    place.write("was-file/below", "x\n");
    place.write("new/empty", "");
    place.write("new/one\ntwo\t\x1b[31m", "x\ny\n");
    place.write("new/ä b", "x");
    place.write("x.o", "ignored");
    symlink("/etc/passwd", place.top().join("new/link")).unwrap();
    let found = place.look(Base::Head).unwrap();
    assert_eq!(
        told(&found),
        [
            "M bin +0 -0 binary",
            "M changed +1 -1",
            "D gone +0 -5",
            "M mode +0 -0",
            "? new/empty +0 -0",
            "? new/link +1 -0",
            "? new/one\\ntwo\\t\\u{1b}[31m +2 -0",
            "? new/ä b +1 -0",
            "R moved > there +0 -0",
            "D to-link +0 -5",
            "A to-link +1 -0",
            "D was-file +0 -5",
            "? was-file/below +1 -0",
        ]
    );
    let link = found.files.iter().find(|f| f.diff.path == b"new/link").unwrap();
    assert_eq!(link.diff.hunks[0].lines[0].text, "/etc/passwd", "where it leads, not what is there");
    assert!(!found.is_cut && found.more_files == 0 && found.notes.is_empty(), "{:?}", found.notes);
    assert_eq!((found.repository.branch.as_deref(), found.point.name.as_str()), (Some("main"), "HEAD"));
    // The same as long as nothing changes, and nothing of the repository was touched.
    let again = place.look(Base::Head).unwrap();
    assert_eq!(again.revision, found.revision);
    assert!(!place.git(&["status", "--porcelain"]).contains("A  new"), "the real index has none of it");
    place.write("new/ä b", "y");
    assert_ne!(place.look(Base::Head).unwrap().revision, found.revision);
    // One of them, also from a folder below.
    let one = place.look_in(&place.top().join("new"), Base::Head, Some("changed")).unwrap();
    assert_eq!(told(&one), ["M changed +1 -1"]);
    let one = place.look_in(&place.top(), Base::Head, Some("new/*")).unwrap();
    assert_eq!(told(&one), Vec::<String>::new(), "a name is no pattern");
}

#[test]
fn a_branch_is_compared_with_where_it_was_left() {
    let Some(place) = Place::new() else { return };
    place.write("a", "1\n");
    place.commit("first");
    let fork = place.git(&["rev-parse", "HEAD"]);
    let at = |found: &Changes| (found.point.commit.clone().unwrap_or_default(), found.point.name.clone());
    // The main branch itself, with nothing to follow.
    place.write("a", "1\n2\n");
    let found = place.look(Base::Fork).unwrap();
    assert_eq!((told(&found), at(&found)), (vec!["M a +1 -0".to_owned()], (fork.clone(), "HEAD".into())));
    place.git(&["checkout", "-q", "-b", "work"]);
    place.commit("on the branch");
    place.write("b", "x\n");
    place.git(&["checkout", "-q", "main"]);
    place.write("c", "x\n");
    place.git(&["add", "c"]);
    place.git(&["commit", "-q", "-m", "main goes on"]);
    // In a worktree of its own, as agents have them.
    let tree = place.dir.path().join("tree");
    place.git(&["worktree", "add", "-q", tree.to_str().unwrap(), "work"]);
    fs::write(tree.join("d"), "x\n").unwrap();
    let found = place.look_in(&tree, Base::Fork, None).unwrap();
    assert_eq!(told(&found), ["M a +1 -0", "? d +1 -0"]);
    assert_eq!((at(&found), found.repository.branch.as_deref()), ((fork.clone(), "main".into()), Some("work")));
    assert_eq!(told(&place.look_in(&tree, Base::Head, None).unwrap()), ["? d +1 -0"]);
    place.git_in(&tree, &["checkout", "-q", "--detach"]);
    let found = place.look_in(&tree, Base::Fork, None).unwrap();
    assert_eq!((at(&found), found.repository.branch), ((fork.clone(), "main".into()), None));
    // A clone: main follows origin's, which is behind.
    let clone = place.dir.path().join("clone");
    place.git(&["clone", "-q", ".", clone.to_str().unwrap()]);
    let head = place.git_in(&clone, &["rev-parse", "HEAD"]);
    fs::write(clone.join("e"), "x\n").unwrap();
    place.git_in(&clone, &["add", "e"]);
    place.git_in(&clone, &["commit", "-q", "-m", "ahead"]);
    let found = place.look_in(&clone, Base::Fork, None).unwrap();
    assert_eq!((told(&found), at(&found)), (vec!["A e +1 -0".to_owned()], (head, "origin/main".into())));
    // Left from the local branch that is ahead of it.
    place.git_in(&clone, &["checkout", "-q", "-b", "later"]);
    fs::write(clone.join("f"), "x\n").unwrap();
    assert_eq!(told(&place.look_in(&clone, Base::Fork, None).unwrap()), ["? f +1 -0"]);
}

#[test]
fn repositories_of_other_forms_are_compared_as_well() {
    let Some(place) = Place::bare() else { return };
    place.git(&["init", "-q", "-b", "main", "--object-format=sha256"]);
    place.write("new", "x\n");
    assert_eq!(told(&place.look(Base::Head).unwrap()), ["? new +1 -0"]);
    place.write("a", "one\n");
    place.commit("first");
    // An index in two parts.
    place.git(&["update-index", "--split-index"]);
    place.write("b", "x\n");
    place.git(&["add", "b"]);
    place.write("a", "two\n");
    place.write("c", "x\n");
    assert_eq!(told(&place.look(Base::Head).unwrap()), ["M a +1 -1", "A b +1 -0", "? c +1 -0"]);
    // A submodule that stands elsewhere, and one in whose files somebody works.
    let below = place.dir.path().join("below");
    fs::create_dir(&below).unwrap();
    place.git_in(&below, &["init", "-q", "--object-format=sha256"]);
    place.git_in(&below, &["commit", "-q", "--allow-empty", "-m", "x"]);
    place.git(&["submodule", "--quiet", "add", below.to_str().unwrap(), "sub"]);
    place.commit("with a submodule");
    place.write("sub/file", "x");
    assert_eq!(told(&place.look(Base::Head).unwrap()), Vec::<String>::new());
    place.git_in(&place.top().join("sub"), &["commit", "-q", "--allow-empty", "-m", "y"]);
    let found = place.look(Base::Head).unwrap();
    assert_eq!((told(&found), found.files[0].diff.is_submodule()), (vec!["M sub +1 -1".to_owned()], true));
}

#[test]
fn what_cannot_be_compared_is_said() {
    let Some(place) = Place::bare() else { return };
    let said = |found: Result<Changes, WorkspaceError>| found.map(|found| told(&found)).unwrap_err().to_string();
    let shown = |path: &Path| path.display().to_string();
    let top = place.top();
    assert_eq!(said(place.look(Base::Fork)), format!("{} is not a git folder", shown(&top)));
    let gone = top.join("gone");
    assert_eq!(said(place.look_in(&gone, Base::Fork, None)), format!("{} is not there any more", shown(&gone)));
    // Before the first commit everything is new.
    place.git(&["init", "-q", "-b", "main"]);
    assert_eq!(told(&place.look(Base::Fork).unwrap()), Vec::<String>::new());
    place.write("a", "x\n");
    place.write("b", "x\n");
    place.git(&["add", "a"]);
    assert_eq!(told(&place.look(Base::Fork).unwrap()), ["A a +1 -0", "? b +1 -0"]);
    place.commit("first");
    // Both sides of a merge.
    place.git(&["checkout", "-q", "-b", "other"]);
    place.write("a", "other\n");
    place.commit("other");
    place.git(&["checkout", "-q", "main"]);
    place.write("a", "main\n");
    place.commit("main");
    let merge = ["-c", "user.name=ada", "-c", "user.email=ada@example.org", "merge", "-q", "other"];
    let merge = Command::new("git").current_dir(&top).args(merge).output().unwrap();
    assert!(!merge.status.success());
    assert_eq!(told(&place.look(Base::Head).unwrap()), ["C a +4 -0"]);
    let inside = place.look_in(&top.join(".git"), Base::Head, None);
    assert!(said(inside).contains("lies within a .git folder"));
    // A repository in it is named and not looked into.
    fs::create_dir(top.join("own")).unwrap();
    place.git_in(&top.join("own"), &["init", "-q"]);
    place.write("own/x", "x");
    place.git_in(&top.join("own"), &["add", "x"]);
    place.git_in(&top.join("own"), &["commit", "-q", "-m", "x"]);
    assert_eq!(place.look(Base::Head).unwrap().notes, ["own/ is a repository of its own"]);
    // Files that lie elsewhere by the repository's own word are not shown.
    let elsewhere = place.dir.path().join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    fs::write(elsewhere.join("secret"), "x").unwrap();
    place.git(&["config", "core.worktree", place.dir.path().to_str().unwrap()]);
    assert!(said(place.look(Base::Head)).contains("lies elsewhere"));
    place.git(&["config", "--unset", "core.worktree"]);
    fs::write(top.join(".git/refs/heads/main"), "rubbish").unwrap();
    assert!(place.look(Base::Head).is_err());
    fs::write(top.join(".git/config"), "[core\n").unwrap();
    assert!(said(place.look(Base::Head)).starts_with("git says: bad config line 1"));
    fs::write(top.join(".git/HEAD"), "rubbish").unwrap();
    assert!(place.look(Base::Head).is_err());
    assert!(matches!(Git::find(|_| Some("relative:/nonexistent".into())), Err(WorkspaceError::NoGit)));
}

/// # Invariant
/// Nothing that a repository names is run.
#[test]
fn nothing_that_a_repository_names_is_run() {
    let Some(place) = Place::new() else { return };
    let ran = place.dir.path().join("ran");
    fs::create_dir(&ran).unwrap();
    place.write("a.txt", "one\n");
    place.write("b.txt", "one\n");
    place.commit("first");
    // Everything that git would run by its configuration, each leaving its name.
    let program = place.dir.path().join("evil");
    fs::write(&program, format!("#!/bin/sh\n: > {}/$1-$(basename $0)\ncat\n", ran.display())).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let evil = |name: &str| format!("{} {name}", program.display());
    let below = place.dir.path().join("below");
    fs::create_dir(&below).unwrap();
    place.git_in(&below, &["init", "-q"]);
    fs::write(below.join("x"), "x").unwrap();
    place.git_in(&below, &["add", "x"]);
    place.git_in(&below, &["commit", "-q", "-m", "x"]);
    place.git(&["submodule", "--quiet", "add", below.to_str().unwrap(), "sub"]);
    place.commit("with a submodule");
    let odd = "filter.a=b.c.clean";
    for directory in [place.top(), place.top().join("sub")] {
        for (key, name) in [
            ("core.fsmonitor", "fsmonitor"),
            ("diff.external", "external"),
            ("diff.evil.command", "command"),
            ("diff.evil.textconv", "textconv"),
            ("filter.evil.clean", "clean"),
            ("filter.evil.smudge", "smudge"),
            ("filter.proc.process", "process"),
            (odd, "odd"),
            ("core.pager", "pager"),
            ("core.sshCommand", "ssh"),
            ("core.editor", "editor"),
            ("core.askPass", "askpass"),
            ("gpg.program", "gpg"),
            ("credential.helper", "credential"),
            ("core.alternateRefsCommand", "refs"),
            ("pager.diff", "pager"),
            ("alias.diff", "!alias"),
        ] {
            place.git_in(&directory, &["config", key, &evil(name)]);
        }
        let remote = format!("ext::{}", evil("remote"));
        for (key, value) in [
            ("filter.evil.required", "true"),
            ("core.hooksPath", "hooks"),
            ("protocol.ext.allow", "always"),
            ("protocol.allow", "always"),
            ("remote.origin.url", remote.as_str()),
            ("remote.origin.promisor", "true"),
            ("extensions.partialClone", "origin"),
            ("core.repositoryFormatVersion", "1"),
        ] {
            place.git_in(&directory, &["config", key, value]);
        }
        for hook in ["post-index-change", "fsmonitor-watchman", "pre-commit", "post-checkout"] {
            let hook = directory.join("hooks").join(hook);
            fs::create_dir_all(hook.parent().unwrap()).unwrap();
            fs::copy(&program, &hook).unwrap();
        }
        let attributes = "a.txt filter=evil diff=evil\nb.txt filter=proc diff=evil\nodd.txt filter=a=b.c\n*.txt text\n";
        fs::write(directory.join(".gitattributes"), attributes).unwrap();
    }
    fs::create_dir_all(place.top().join(".git/info")).unwrap();
    fs::write(place.top().join(".git/info/attributes"), "* diff=evil\na.txt filter=evil\n").unwrap();
    place.write("a.txt", "two\n");
    place.write("b.txt", "two\n");
    place.write("odd.txt", "two\n");
    place.write("sub/x", "two\n");
    // An object that is not there would be fetched.
    let blob = place.git(&["rev-parse", "HEAD:b.txt"]);
    let object = place.top().join(".git/objects").join(&blob[..2]).join(&blob[2..]);
    let kept = fs::read(&object).unwrap();
    let names = || {
        let mut names: Vec<String> =
            fs::read_dir(&ran).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    };
    for base in [Base::Fork, Base::Head] {
        let found = place.look(base).unwrap();
        assert!(told(&found).contains(&"M a.txt +1 -1".to_owned()), "{:?}", told(&found));
        place.look_in(&place.top().join("sub"), base, None).unwrap();
        place.look_in(&place.top(), base, Some("b.txt")).unwrap();
        fs::remove_file(&object).unwrap();
        let found = place.look(base);
        assert!(matches!(found, Err(WorkspaceError::Git(_))), "{found:?}");
        fs::write(&object, &kept).unwrap();
        assert_eq!(names(), Vec::<String>::new());
    }
    // The trap is one: git itself steps into it.
    let _ = Command::new("git").current_dir(place.top()).args(["diff", "HEAD"]).output().unwrap();
    let _ = Command::new("git").current_dir(place.top()).args(["status"]).output().unwrap();
    let sprung = names();
    for name in ["fsmonitor-evil", "clean-evil", "command-evil", "process-evil"] {
        assert!(sprung.iter().any(|ran| ran == name), "{name}: {sprung:?}");
    }
}

/// # Invariant
/// No lock of the repository is taken, and nothing in it is written.
#[test]
fn an_agents_own_git_is_not_disturbed() {
    let Some(place) = Place::new() else { return };
    place.write("a", "one\n");
    place.commit("first");
    place.write("a", "two\n");
    place.write("new", "two\n");
    fs::write(place.top().join(".git/index.lock"), "held by an agent").unwrap();
    let listing =
        || place.git(&["rev-parse", "HEAD"]) + &format!("{:?}", fs::read(place.top().join(".git/index")).unwrap());
    let before = listing();
    assert_eq!(told(&place.look(Base::Head).unwrap()), ["M a +1 -1", "? new +1 -0"]);
    assert_eq!(listing(), before);
}

#[test]
fn much_is_counted_and_cut_and_a_large_file_is_not_read() {
    let Some(place) = Place::new() else { return };
    place.write("kept", "x\n");
    place.commit("first");
    for n in 0..5 {
        place.write(&format!("long{n}"), "some words of a line that is not short\n".repeat(25_000));
    }
    place.write("large", "x".repeat(3 * 1024 * 1024));
    for n in 0..1200 {
        place.write(&format!("many/{n:04}"), "x\n");
    }
    let found = place.look(Base::Head).unwrap();
    assert!(found.is_cut, "{:?}", told(&found));
    assert_eq!(found.notes, ["206 more new files are not shown: ignore what is built"]);
    assert_eq!(found.files.len(), 1000);
    let lines = |name: &str| {
        let file = found.files.iter().find(|file| file.diff.path == name.as_bytes()).unwrap();
        (file.added, file.diff.counts().0, file.is_cut, file.diff.is_binary)
    };
    assert_eq!(lines("large"), (0, 0, false, true));
    assert_eq!(lines("long0"), (25_000, 25_000, false, false));
    let cut = lines("long3");
    assert!(cut.0 == 25_000 && cut.1 < 25_000 && cut.2, "{cut:?}");
    let one = place.look_in(&place.top(), Base::Head, Some("long4")).unwrap();
    assert_eq!((one.files.len(), one.files[0].diff.counts().0, one.is_cut), (1, 25_000, false));
}

#[test]
fn nobody_waits_longer_than_said() {
    let Some(place) = Place::new() else { return };
    let is_unwanted = Arc::new(AtomicBool::new(false));
    let look = |limit| {
        let patience = Patience::new(limit, Arc::clone(&is_unwanted));
        changes(&place.git, &place.top(), Base::Head, None, None, &place.dir.path().join("scratch"), &patience)
    };
    assert!(matches!(look(Duration::ZERO), Err(WorkspaceError::TooSlow(_))));
    is_unwanted.store(true, Ordering::Relaxed);
    assert!(matches!(look(Duration::from_secs(60)), Err(WorkspaceError::Unwanted)));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// What git prints, put onto what was there, is what is there.
    #[test]
    fn lines_and_numbers_are_those_of_git(
        before in prop::collection::vec("[ab +@\\\\-]{0,3}", 0..30),
        edits in prop::collection::vec((0..30_usize, prop::option::of("[ab +@\\\\-]{0,3}")), 0..8),
        has_end in any::<bool>(),
    ) {
        let Some(place) = Place::new() else { return Ok(()) };
        let text = |lines: &[String], end: bool| lines.join("\n") + if end && !lines.is_empty() { "\n" } else { "" };
        place.write("f", text(&before, true));
        place.commit("first");
        let mut after = before.clone();
        for (at, line) in edits {
            let at = at.min(after.len());
            match line {
                Some(line) => after.insert(at, line),
                None => drop((at < after.len()).then(|| after.remove(at))),
            }
        }
        place.write("f", text(&after, has_end));
        let found = place.look(Base::Head).unwrap();
        let (old, new) = (text(&before, true), text(&after, has_end));
        let numbered = |text: &str| text.split_terminator('\n').map(str::to_owned).collect::<Vec<_>>();
        let (old, new) = (numbered(&old), numbered(&new));
        for line in found.files.iter().flat_map(|f| &f.diff.hunks).flat_map(|h| &h.lines) {
            if line.sign == crate::core::diff::Sign::Note {
                continue;
            }
            if let Some(n) = line.old {
                prop_assert_eq!(&old[n as usize - 1], &line.text);
            }
            if let Some(n) = line.new {
                prop_assert_eq!(&new[n as usize - 1], &line.text);
            }
        }
        let (added, removed) = found.files.first().map_or((0, 0), |f| (f.added, f.removed));
        prop_assert_eq!(old.len() + added as usize - removed as usize, new.len());
    }
}
