//! Branches brought into their base in real repositories: with conflicts, with changes of somebody else, with filters and
//! hooks that must not run.

use super::*;

const WHO: &str = "[user]\n\tname = ada\n\temail = ada@example.org\n";

impl Place {
    /// A repository with a commit, and a work tree on the branch `work`.
    fn with_work() -> Option<(Place, PathBuf)> {
        let place = Place::new()?;
        for name in ["a", "b", "c"] {
            place.write(name, format!("{name}\none\ntwo\nthree\nfour\nfive\n"));
        }
        place.commit("first");
        fs::write(place.top().join(".git/config"), fs::read_to_string(place.top().join(".git/config")).unwrap() + WHO)
            .unwrap();
        let tree = place.worktree("work");
        Some((place, tree))
    }

    fn prepare(&self, tree: &Path, how: How) -> Result<Landing, WorkspaceError> {
        prepare(&self.git, tree, "main", how, None, &self.scratch(), &Place::patience())
    }

    fn land(&self, landing: &Landing) -> Result<(), WorkspaceError> {
        land(&self.git, &self.repository(), landing, &self.scratch(), &Place::patience())
    }

    fn commit_all(&self, tree: &Path, words: &str) -> Result<Option<String>, WorkspaceError> {
        commit_all(&self.git, tree, words, &self.scratch(), &Place::patience())
    }

    fn status(&self, tree: &Path) -> String {
        self.git_in(tree, &["status", "--porcelain"])
    }
}

fn said<T: std::fmt::Debug>(result: Result<T, WorkspaceError>) -> String {
    result.unwrap_err().to_string()
}

#[test]
fn work_is_committed_and_brought_into_the_base_that_somebody_works_on() {
    let Some((place, tree)) = Place::with_work() else { return };
    assert_eq!(said(place.prepare(&tree, How::Merge)), "work has nothing that main has not");
    fs::write(tree.join("a"), "a\nONE\ntwo\nthree\nfour\nfive\n").unwrap();
    fs::remove_file(tree.join("b")).unwrap();
    fs::create_dir(tree.join("new")).unwrap();
    fs::write(tree.join("new/ä\n"), "x").unwrap();
    assert!(is_changed(&place.git, &tree, &place.scratch(), &Place::patience()).unwrap());
    let commit = place.commit_all(&tree, "the work\n\nand why").unwrap();
    assert_eq!(commit, Some(place.git_in(&tree, &["rev-parse", "HEAD"])));
    assert_eq!(place.commit_all(&tree, "again").unwrap(), None);
    assert_eq!(place.status(&tree), "");
    assert_eq!(place.git_in(&tree, &["log", "-1", "--format=%an %ae %B"]), "ada ada@example.org the work\n\nand why");
    // Somebody works in the base: on another file, and that stays.
    place.write("c", "somebody's own\n");
    place.write("mine", "new");
    let landing = place.prepare(&tree, How::Merge).unwrap();
    assert_eq!(place.git(&["rev-parse", "HEAD"]), landing.old, "nobody sees it yet");
    place.land(&landing).unwrap();
    place.land(&landing).unwrap();
    assert_eq!(place.git(&["rev-parse", "main"]), place.git_in(&tree, &["rev-parse", "HEAD"]), "it had not moved");
    assert_eq!(place.status(&place.top()), " M c\n?? mine");
    assert_eq!(fs::read(place.top().join("new/ä\n")).unwrap(), b"x");
    assert!(!place.top().join("b").exists());
    // Both have gone on: a merge, with both behind it.
    place.git(&["commit", "-qam", "mine"]);
    fs::write(tree.join("a"), "a\nONE\ntwo\nthree\nfour\nFIVE\n").unwrap();
    place.commit_all(&tree, "more").unwrap();
    place.land(&place.prepare(&tree, How::Merge).unwrap()).unwrap();
    assert_eq!(place.git(&["log", "-1", "--format=%s|%an", "main"]), "Merge branch 'work'|ada");
    assert_eq!(place.git(&["rev-list", "--count", "--merges", "main"]), "1");
    assert_eq!(place.status(&place.top()), "?? mine");
}

#[test]
fn conflicts_and_changes_in_the_way_leave_everything_as_it_was() {
    let Some((place, tree)) = Place::with_work() else { return };
    fs::write(tree.join("a"), "a\nWORK\ntwo\nthree\nfour\nfive\n").unwrap();
    fs::write(tree.join("new"), "work's").unwrap();
    place.commit_all(&tree, "work").unwrap();
    let before = (place.git(&["rev-parse", "main"]), snapshots::listing(&place.top()));
    let as_before = || assert_eq!((place.git(&["rev-parse", "main"]), snapshots::listing(&place.top())), before);
    // A file that would be written over.
    place.write("new", "somebody's");
    let landing = place.prepare(&tree, How::Squash).unwrap();
    assert!(said(place.land(&landing)).contains("'new' would be overwritten"));
    assert_eq!(fs::read(place.top().join("new")).unwrap(), b"somebody's");
    fs::remove_file(place.top().join("new")).unwrap();
    place.write("a", "changed by somebody\n");
    assert!(said(place.land(&landing)).contains("stand in the way"));
    assert_eq!(fs::read(place.top().join("a")).unwrap(), b"changed by somebody\n");
    place.git(&["checkout", "-q", "a"]);
    // Another git is at work there.
    fs::write(place.top().join(".git/index.lock"), "").unwrap();
    assert!(said(place.land(&landing)).contains("index.lock"));
    fs::remove_file(place.top().join(".git/index.lock")).unwrap();
    as_before();
    place.land(&landing).unwrap();
    // Both changed the same line.
    place.git(&["checkout", "-q", "-b", "other", "HEAD~1"]);
    let other = place.dir.path().join("trees/other");
    place.git(&["checkout", "-q", "main"]);
    place.git(&["worktree", "add", "-q", other.to_str().unwrap(), "other"]);
    fs::write(other.join("a"), "a\nOTHER\ntwo\nthree\nfour\nfive\n").unwrap();
    place.commit_all(&other, "other").unwrap();
    let head = place.git(&["rev-parse", "main"]);
    for how in [How::Merge, How::Squash, How::Rebase] {
        assert_eq!(said(place.prepare(&other, how)), "both sides changed a");
    }
    assert_eq!((place.git(&["rev-parse", "main"]), place.status(&place.top())), (head, String::new()));
    // The base moves between the two steps.
    fs::write(tree.join("c"), "x").unwrap();
    place.commit_all(&tree, "c").unwrap();
    let late = place.prepare(&tree, How::Rebase).unwrap();
    place.git(&["commit", "-q", "--allow-empty", "-m", "moved"]);
    assert_eq!(said(place.land(&late)), "main has moved meanwhile");
    assert_eq!(place.status(&place.top()), "");
}

#[test]
fn one_commit_of_all_or_each_again_with_its_author() {
    let Some((place, tree)) = Place::with_work() else { return };
    for (n, name) in ["a", "b", "same"].iter().enumerate() {
        fs::write(tree.join(name), format!("{n}\n")).unwrap();
        place.git_in(&tree, &["add", "-A"]);
        let author =
            ["-c", "user.name=eve", "commit", "-q", "--author=Eve <eve@example.org>", "--date=@1000 +0100", "-m"];
        let words = format!("step {n}\n\nwhy {n}");
        place.git_in(&tree, &author.iter().copied().chain([words.as_str()]).collect::<Vec<_>>());
    }
    // The base has one of them already, and something else.
    place.write("same", "2\n");
    place.write("c", "moved on\n");
    place.commit("same");
    place.git(&["checkout", "-q", "-b", "elsewhere"]);
    let squashed = place.prepare(&tree, How::Squash).unwrap();
    assert_eq!(
        place.git(&["log", "-1", "--format=%B%P", &squashed.new]).replace(&squashed.old, "P"),
        "work\n\n* step 0\n* step 1\n* step 2\nP"
    );
    // The base is checked out nowhere: its branch alone moves.
    place.land(&place.prepare(&tree, How::Rebase).unwrap()).unwrap();
    let told = place.git(&["log", "--format=%s|%an|%ae|%at|%cn", "-3", "main"]);
    assert_eq!(
        told,
        "step 1|Eve|eve@example.org|1000|ada\nstep 0|Eve|eve@example.org|1000|ada\nsame|ada|ada@example.org|"
            .to_owned()
            + &place.git(&["log", "-1", "--format=%at|%cn", "elsewhere"])
    );
    assert_eq!(place.git(&["diff", "--stat", "main", "--", "c", "same"]), "", "what the base had is there");
    assert_eq!(place.status(&place.top()), "");
    place.git_in(&tree, &["-c", "user.name=x", "merge", "-q", "--no-edit", "main"]);
    fs::write(tree.join("late"), "x").unwrap();
    place.commit_all(&tree, "late").unwrap();
    assert_eq!(said(place.prepare(&tree, How::Rebase)), "the branch has merges in it, which cannot be replayed");
}

#[test]
fn nothing_that_the_repository_names_runs_and_what_needs_it_is_said() {
    let Some((place, tree)) = Place::with_work() else { return };
    let mark = place.dir.path().join("ran");
    let program = place.dir.path().join("evil");
    fs::write(&program, format!("#!/bin/sh\necho \"$0\" >> {}\ncat\n", mark.display())).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let evil = program.to_str().unwrap();
    for hook in [
        "pre-commit",
        "post-commit",
        "commit-msg",
        "post-merge",
        "reference-transaction",
        "post-index-change",
        "post-checkout",
    ] {
        fs::create_dir_all(place.top().join(".git/hooks")).unwrap();
        fs::copy(&program, place.top().join(".git/hooks").join(hook)).unwrap();
    }
    for name in
        ["core.fsmonitor", "filter.evil.clean", "filter.evil.smudge", "merge.evil.driver", "gpg.program", "core.editor"]
    {
        place.git(&["config", name, evil]);
    }
    place.git(&["config", "commit.gpgSign", "true"]);
    let _ = fs::remove_file(&mark);
    place.write("a", "a\none\ntwo\nthree\nfour\nFIVE\n");
    fs::write(tree.join(".gitattributes"), "a merge=evil\n*.big filter=evil\n").unwrap();
    fs::write(tree.join("a"), "a\nONE\ntwo\nthree\nfour\nfive\n").unwrap();
    place.commit_all(&tree, "work").unwrap();
    let main = Command::new("git")
        .current_dir(place.top())
        .args([
            "-c",
            "core.hooksPath=/dev/null",
            "-c",
            "commit.gpgSign=false",
            "-c",
            "core.fsmonitor=false",
            "commit",
            "-qam",
            "x",
        ])
        .output()
        .unwrap();
    assert!(main.status.success());
    place.land(&place.prepare(&tree, How::Merge).unwrap()).unwrap();
    assert_eq!(fs::read(place.top().join("a")).unwrap(), b"a\nONE\ntwo\nthree\nfour\nFIVE\n");
    fs::write(tree.join("x.big"), "large").unwrap();
    assert_eq!(said(place.commit_all(&tree, "big")), "x.big goes through a filter, which is not run from here");
    assert!(!mark.exists(), "{}", fs::read_to_string(&mark).unwrap_or_default());
    // A repository within.
    fs::remove_file(tree.join("x.big")).unwrap();
    fs::create_dir(tree.join("inner")).unwrap();
    place.git_in(&tree.join("inner"), &["init", "-q"]);
    assert_eq!(
        said(place.commit_all(&tree, "inner")),
        "inner is a repository of its own, which no commit of this one can hold"
    );
    // Nobody is known.
    fs::remove_dir_all(tree.join("inner")).unwrap();
    place.git(&["config", "--unset", "user.email"]);
    place.git(&["config", "user.useConfigOnly", "true"]);
    fs::write(tree.join("b"), "x").unwrap();
    assert_eq!(said(place.commit_all(&tree, "b")), "git does not know who you are");
}

#[test]
fn what_would_come_of_it_is_told_beforehand() {
    let Some((place, tree)) = Place::with_work() else { return };
    let look = |base: &str| outlook(&place.git, &tree, base, &place.scratch(), &Place::patience()).unwrap();
    assert_eq!(look("main"), Outlook { commits: Some(0), ..Outlook::default() });
    fs::write(tree.join("a"), "other").unwrap();
    place.commit_all(&tree, "one").unwrap();
    fs::write(tree.join("new"), "x").unwrap();
    fs::remove_file(tree.join("b")).unwrap();
    place.git(&["remote", "add", "origin", "/nowhere"]);
    let told =
        Outlook { commits: Some(1), changed: vec!["b".into(), "new".into()], more: 0, remotes: vec!["origin".into()] };
    assert_eq!(look("main"), told);
    assert_eq!(look("no-such").commits, None);
}
