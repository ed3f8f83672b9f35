//! Work trees made and taken away in real repositories: names, branches in use, submodules, hostile contents.

use super::*;

impl Place {
    pub fn patience() -> Patience {
        Patience::new(Duration::from_secs(60), Arc::default())
    }

    pub fn repository(&self) -> Repository {
        Repository::find(&self.git, &self.top(), &Place::patience()).unwrap()
    }

    pub fn scratch(&self) -> PathBuf {
        self.dir.path().join("scratch")
    }

    /// A work tree on a new branch.
    pub fn worktree(&self, branch: &str) -> PathBuf {
        let path = self.dir.path().join("trees").join(branch);
        let repository = self.repository();
        let commit = repository.head.clone().unwrap();
        let head = Head::New { branch, commit: &commit };
        repository.register(&self.git, &path, &head, &Place::patience()).unwrap();
        assert_eq!(fill(&self.git, &path, &self.scratch(), &Place::patience()).unwrap(), Vec::<String>::new());
        path
    }
}

#[test]
fn a_worktree_is_made_whole_and_clean_on_its_branch() {
    let Some(place) = Place::new() else { return };
    place.write(".gitattributes", "*.txt text eol=crlf\n");
    place.write("a.txt", "one\r\ntwo\r\n");
    place.write("run", "#!/bin/sh\n");
    fs::set_permissions(place.top().join("run"), fs::Permissions::from_mode(0o755)).unwrap();
    symlink("a.txt", place.top().join("link")).unwrap();
    place.write("x\ny/ä", "z");
    place.commit("first");
    place.write("a.txt", "not committed");
    let tree = place.worktree("fix-it");
    assert_eq!(place.git_in(&tree, &["status", "--porcelain"]), "");
    assert_eq!(place.git_in(&tree, &["symbolic-ref", "HEAD"]), "refs/heads/fix-it");
    assert_eq!(fs::read(tree.join("a.txt")).unwrap(), b"one\r\ntwo\r\n", "as its attributes say");
    assert_eq!(fs::read_link(tree.join("link")).unwrap(), Path::new("a.txt"));
    assert_eq!(fs::read(tree.join("x\ny/ä")).unwrap(), b"z");
    assert_eq!(fs::read(place.top().join("a.txt")).unwrap(), b"not committed", "the user's own is as it was");
    // Taken away, and known no more; also when it is asked twice, or somebody was there first.
    let repository = place.repository();
    remove_tree(&tree).unwrap();
    for _ in 0..2 {
        repository.unregister(&place.git, &tree, &Place::patience()).unwrap();
        assert_eq!(repository.worktrees(&place.git, &Place::patience()).unwrap().len(), 1);
    }
    // A branch goes only from where it was seen.
    let (tip, other) = (repository.head.clone().unwrap(), "1".repeat(40));
    assert!(repository.remove_branch(&place.git, "fix-it", &other, &Place::patience()).is_err());
    assert_eq!(repository.tip(&place.git, "fix-it", &Place::patience()).unwrap(), Some(tip.clone()));
    repository.remove_branch(&place.git, "fix-it", &tip, &Place::patience()).unwrap();
    assert_eq!(repository.tip(&place.git, "fix-it", &Place::patience()).unwrap(), None);
}

#[test]
fn why_there_is_none_is_said() {
    let Some(place) = Place::new() else { return };
    place.commit("first");
    let repository = place.repository();
    let commit = repository.head.clone().unwrap();
    place.git(&["branch", "free"]);
    place.git(&["branch", "-q", "other"]);
    let path = |name: &str| place.dir.path().join("trees").join(name);
    let make = |name: &str, head: Head<'_>| repository.register(&place.git, &path(name), &head, &Place::patience());
    let said = |made: Result<(), WorkspaceError>| made.unwrap_err().to_string();
    make("free", Head::Branch("free")).unwrap();
    assert_eq!(said(make("x", Head::New { branch: "other", commit: &commit })), "a branch other exists already");
    let in_use = format!("the branch free is checked out at {}", path("free").display());
    assert_eq!(said(make("x", Head::Branch("free"))), in_use);
    assert_eq!(said(make("x", Head::New { branch: "free", commit: &commit })), in_use);
    let main = format!("the branch main is checked out at {}", place.top().display());
    assert_eq!(said(make("x", Head::Branch("main"))), main);
    for bad in ["-f", "a..b", "a b", "", "x.lock", "@{-1}"] {
        assert_eq!(
            said(make("x", Head::New { branch: bad, commit: &commit })),
            format!("`{bad}` cannot be a branch's name")
        );
    }
    assert!(!path("x").exists(), "nothing half-made");
    make("no-branch", Head::Detached { commit: &commit }).unwrap();
    let found = repository.worktrees(&place.git, &Place::patience()).unwrap();
    let branches: Vec<Option<&str>> = found.iter().map(|tree| tree.branch.as_deref()).collect();
    assert_eq!(branches, [Some("main"), Some("free"), None]);
    fs::create_dir_all(path("full")).unwrap();
    fs::write(path("full").join("mine"), "x").unwrap();
    assert!(said(make("full", Head::New { branch: "full", commit: &commit })).contains("exists already"));
    assert_eq!(fs::read(path("full").join("mine")).unwrap(), b"x");
    fs::create_dir_all(path("file")).unwrap();
    fs::write(path("file").join("x"), "").unwrap();
    assert!(make("file/x/below", Head::New { branch: "below", commit: &commit }).is_err());
    for branch in ["full", "below"] {
        assert_eq!(repository.tip(&place.git, branch, &Place::patience()).unwrap(), None, "no branch without a tree");
    }
    for bad in ["nowhere", "--all", "main:x", ""] {
        assert!(repository.commit(&place.git, bad, &Place::patience()).is_err(), "{bad}");
    }
    assert_eq!(repository.commit(&place.git, "free", &Place::patience()).unwrap(), commit);
}

#[test]
fn making_one_runs_nothing_that_the_repository_names() {
    let Some(place) = Place::new() else { return };
    let mark = place.dir.path().join("ran");
    let program = place.dir.path().join("evil");
    fs::write(&program, format!("#!/bin/sh\necho \"$0 $*\" >> {}\ncat\n", mark.display())).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let evil = program.to_str().unwrap();
    place.write(".gitattributes", "* filter=evil diff=evil merge=evil\n");
    place.write("a", "x\n");
    place.commit("first");
    for hook in ["post-checkout", "post-index-change", "reference-transaction", "post-commit"] {
        fs::create_dir_all(place.top().join(".git/hooks")).unwrap();
        fs::copy(&program, place.top().join(".git/hooks").join(hook)).unwrap();
    }
    for (name, value) in [
        ("core.fsmonitor", evil),
        ("filter.evil.smudge", evil),
        ("filter.evil.clean", evil),
        ("filter.evil.process", evil),
        ("filter.evil.required", "true"),
        ("diff.evil.textconv", evil),
        ("core.sshCommand", evil),
        ("core.pager", evil),
        ("merge.evil.driver", evil),
    ] {
        place.git(&["config", name, value]);
    }
    let repository = place.repository();
    let commit = repository.head.clone().unwrap();
    let path = place.dir.path().join("trees/x");
    let _ = fs::remove_file(&mark);
    repository.register(&place.git, &path, &Head::New { branch: "x", commit: &commit }, &Place::patience()).unwrap();
    let notes = fill(&place.git, &path, &place.scratch(), &Place::patience()).unwrap();
    assert_eq!(notes, ["filters were not run: large files may be pointers, `git lfs pull` fetches them"]);
    let snapshot = place.snapshot(&path).unwrap();
    restore(
        &place.git,
        &path,
        &snapshot.commit,
        Present::Taken { tree: &snapshot.tree, store: &place.store() },
        &place.scratch(),
        &Place::patience(),
    )
    .unwrap();
    remove_tree(&path).unwrap();
    repository.unregister(&place.git, &path, &Place::patience()).unwrap();
    assert!(!mark.exists(), "{}", fs::read_to_string(&mark).unwrap_or_default());
    // The mark is no empty promise: git itself runs it.
    let _ = Command::new("git").current_dir(place.top()).args(["checkout", "-q", "-b", "run"]).output().unwrap();
    assert!(mark.exists());
}

#[test]
fn ten_at_once_are_ten() {
    let Some(place) = Place::new() else { return };
    for n in 0..50 {
        place.write(&format!("d{}/f{n}", n % 5), format!("{n}\n"));
    }
    place.commit("first");
    let (repository, scratch) = (place.repository(), place.scratch());
    let commit = repository.head.clone().unwrap();
    std::thread::scope(|scope| {
        for n in 0..10 {
            let (repository, commit, scratch, place) = (&repository, &commit, &scratch, &place);
            scope.spawn(move || {
                let (path, branch) = (place.dir.path().join(format!("trees/{n}")), format!("b{n}"));
                let head = Head::New { branch: &branch, commit };
                repository.register(&place.git, &path, &head, &Place::patience()).unwrap();
                fill(&place.git, &path, scratch, &Place::patience()).unwrap();
            });
        }
    });
    for n in 0..10 {
        assert_eq!(place.git_in(&place.dir.path().join(format!("trees/{n}")), &["status", "--porcelain"]), "");
    }
    assert_eq!(repository.worktrees(&place.git, &Place::patience()).unwrap().len(), 11);
}

#[test]
fn submodules_and_shallow_and_sparse_repositories() {
    let Some(place) = Place::new() else { return };
    let below = place.dir.path().join("below");
    fs::create_dir(&below).unwrap();
    place.git_in(&below, &["init", "-q"]);
    place.git_in(&below, &["commit", "-q", "--allow-empty", "-m", "x"]);
    place.git(&["submodule", "--quiet", "add", below.to_str().unwrap(), "sub"]);
    for name in ["in/a", "out/b", "top"] {
        place.write(name, name);
    }
    place.commit("first");
    place.write("top", "second");
    place.commit("second");
    // Shallow, and only a part of it checked out.
    let clone = place.dir.path().join("clone");
    let from = format!("file://{}", place.top().display());
    place.git(&["clone", "-q", "--depth=1", &from, clone.to_str().unwrap()]);
    place.git_in(&clone, &["sparse-checkout", "set", "in"]);
    let repository = Repository::find(&place.git, &clone, &Place::patience()).unwrap();
    let (path, commit) = (place.dir.path().join("trees/x"), repository.head.clone().unwrap());
    let head = Head::New { branch: "x", commit: &commit };
    repository.register(&place.git, &path, &head, &Place::patience()).unwrap();
    let notes = fill(&place.git, &path, &place.scratch(), &Place::patience()).unwrap();
    assert_eq!(notes, ["sub is a submodule and was not fetched"]);
    assert_eq!(place.git_in(&path, &["status", "--porcelain"]), "");
    assert!(path.join("in/a").exists() && path.join("top").exists() && !path.join("out").exists());
    let (_, snapshot) = super::snapshots::taken(&place, &path);
    assert_eq!(snapshot.left_out, []);
}

#[test]
fn names_are_made_of_what_was_asked() {
    for (text, name) in [
        ("Fix the login!", "fix-the-login"),
        ("  ../../.git  ", "git"),
        ("Ärger mit ÖPNV", "rger-mit-pnv"),
        ("", ""),
        ("///", ""),
        ("agent-claude_code", "agent-claude-code"),
        ("Please make the very long task that nobody can read shorter", "please-make-the-very-long-task-that"),
        (&"x".repeat(100), &"x".repeat(40)),
    ] {
        assert_eq!(slug(text), name, "{text}");
    }
}

#[test]
fn what_no_commit_has_is_brought_along_and_nothing_written_elsewhere() {
    let Some(place) = Place::new() else { return };
    place.write(".gitignore", ".env\nnode_modules/\n");
    place.write("config/kept", "x");
    place.commit("first");
    place.git(&["rm", "-rq", "config"]);
    symlink(place.dir.path().join("elsewhere"), place.top().join("config")).unwrap();
    fs::create_dir(place.dir.path().join("elsewhere")).unwrap();
    place.commit("a link now");
    let tree = place.worktree("work");
    // The user's own tree is at the older commit, with a folder where the new one has a link.
    place.git(&["checkout", "-q", "--detach", "HEAD~1"]);
    place.write(".env", "TOKEN=1");
    fs::set_permissions(place.top().join(".env"), fs::Permissions::from_mode(0o600)).unwrap();
    place.write("app/.env", "TOKEN=2");
    place.write("config/.env", "TOKEN=3");
    place.write("node_modules/a/index.js", "1");
    place.write("app/node_modules/b/index.js", "2");
    fs::write(tree.join("app"), "").unwrap();
    fs::remove_file(tree.join("app")).unwrap();
    let along = Along { copy: &[".env".into()], link: &["node_modules".into()] };
    let brought =
        || carry(&place.git, &place.repository(), &tree, along, &place.scratch(), &Place::patience()).unwrap();
    assert_eq!(brought(), ["config/.env was not brought along: something else is there"]);
    assert_eq!(fs::read(tree.join(".env")).unwrap(), b"TOKEN=1");
    assert_eq!(fs::metadata(tree.join(".env")).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::read(tree.join("app/.env")).unwrap(), b"TOKEN=2");
    assert_eq!(fs::read_link(tree.join("node_modules")).unwrap(), place.top().join("node_modules"));
    assert_eq!(fs::read(tree.join("app/node_modules/b/index.js")).unwrap(), b"2");
    assert_eq!(fs::read_dir(place.dir.path().join("elsewhere")).unwrap().count(), 0);
    // Once more: nothing is written over.
    fs::write(tree.join(".env"), "the agent's").unwrap();
    assert_eq!(brought().len(), 4);
    assert_eq!(fs::read(tree.join(".env")).unwrap(), b"the agent's");
}
