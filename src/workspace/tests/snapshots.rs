//! Snapshots of real work trees, and the trees that come back from them, compared bit for bit.

use super::*;
use std::collections::BTreeMap;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;

const LIMITS: Limits = Limits { one: 1000, all: 2500 };

impl Place {
    pub fn store(&self) -> PathBuf {
        self.dir.path().join("store")
    }

    pub fn snapshot(&self, tree: &Path) -> Result<Snapshot, WorkspaceError> {
        let asked = Asked {
            limits: LIMITS,
            reference: "refs/conductor/snap/x/1",
            words: "a test",
            known: None,
            now: 1_000_000,
        };
        take(&self.git, tree, &asked, &self.store(), &self.scratch(), &Place::patience())
    }
}

/// What lies in it by path: kind and permissions, contents.
pub type Listing = BTreeMap<Vec<u8>, (u32, Vec<u8>)>;

pub fn listing(top: &Path) -> Listing {
    let mut all = Listing::new();
    let mut folders = vec![top.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(top).unwrap();
            if name == Path::new(".git") {
                continue;
            }
            let found = fs::symlink_metadata(&path).unwrap();
            let bytes = match () {
                () if found.is_symlink() => fs::read_link(&path).unwrap().as_os_str().as_bytes().to_vec(),
                () if found.is_file() => fs::read(&path).unwrap(),
                () => Vec::new(),
            };
            all.insert(name.as_os_str().as_bytes().to_vec(), (found.mode(), bytes));
            if found.is_dir() {
                folders.push(path);
            }
        }
    }
    all
}

/// A snapshot, which changes nothing, and what it is of.
pub fn taken(place: &Place, tree: &Path) -> (Listing, Snapshot) {
    let (before, status) = (listing(tree), place.git_in(tree, &["--no-optional-locks", "status", "--porcelain", "-z"]));
    let snapshot = place.snapshot(tree).unwrap();
    assert_eq!(listing(tree), before);
    assert_eq!(place.git_in(tree, &["--no-optional-locks", "status", "--porcelain", "-z"]), status);
    (before, snapshot)
}

fn left_out(snapshot: &Snapshot) -> Vec<String> {
    let told = |left: &LeftOut| format!("{:?} {} {}", left.why, String::from_utf8_lossy(&left.path), left.bytes);
    snapshot.left_out.iter().map(told).collect()
}

/// Removes a work tree and makes it anew from a snapshot.
fn brought_back(place: &Place, tree: &Path, snapshot: &Snapshot) {
    let repository = place.repository();
    let head = place.git_in(tree, &["rev-parse", "HEAD"]);
    remove_tree(tree).unwrap();
    repository.unregister(&place.git, tree, &Place::patience()).unwrap();
    repository.register(&place.git, tree, &Head::Detached { commit: &head }, &Place::patience()).unwrap();
    restore(&place.git, tree, &snapshot.commit, Present::Nothing, &place.scratch(), &Place::patience()).unwrap();
    assert!(fs::read_dir(place.scratch()).unwrap().next().is_none(), "what was made for it is gone");
}

fn full(place: &Place) -> PathBuf {
    place.write(".gitignore", "*.o\nbuild/\n.env\n");
    place.write(".gitattributes", "*.txt text\n*.id ident\n*.utf16 working-tree-encoding=UTF-16\n");
    for name in ["kept.txt", "changed", "gone", "deep/er/file", "staged"] {
        place.write(name, format!("{name}\n"));
    }
    place.commit("first");
    let tree = place.worktree("work");
    let write = |name: &str, bytes: &[u8]| {
        fs::create_dir_all(tree.join(name).parent().unwrap()).unwrap();
        fs::write(tree.join(name), bytes).unwrap();
    };
    write("changed", b"2");
    fs::remove_file(tree.join("gone")).unwrap();
    write("staged", b"in the index\n");
    place.git_in(&tree, &["add", "staged"]);
    write("staged", b"and once more\n");
    // What git would convert.
    write("crlf.txt", b"one\r\ntwo\nthree\r\n");
    write("a.id", b"$Id: abc$\n");
    write("b.utf16", b"\xff\xfea\0");
    write("new\nline/\x1b[31m ä", b"x");
    fs::write(tree.join(std::ffi::OsStr::from_bytes(b"not utf-8 \xff")), "x").unwrap();
    write(".env", b"TOKEN=1\n");
    fs::set_permissions(tree.join(".env"), fs::Permissions::from_mode(0o600)).unwrap();
    write("x.o", &[0; 700]);
    write("build/one", &[1; 600]);
    write("build/two", &[2; 600]);
    write("closed/file", b"x");
    fs::set_permissions(tree.join("closed/file"), fs::Permissions::from_mode(0o440)).unwrap();
    fs::set_permissions(tree.join("closed"), fs::Permissions::from_mode(0o750)).unwrap();
    fs::create_dir_all(tree.join("empty/er")).unwrap();
    fs::set_permissions(tree.join("empty/er"), fs::Permissions::from_mode(0o700)).unwrap();
    symlink("/etc/passwd", tree.join("link")).unwrap();
    symlink("nowhere", tree.join("dangling")).unwrap();
    tree
}

#[test]
fn everything_comes_back_bit_for_bit() {
    let Some(place) = Place::new() else { return };
    let tree = full(&place);
    let (mut before, snapshot) = taken(&place, &tree);
    let status = place.git_in(&tree, &["status", "--porcelain", "-z"]);
    assert_eq!(left_out(&snapshot), ["Large build/ 1200"]);
    // Once more, with what is known now: the same.
    let again = place.snapshot(&tree).unwrap();
    assert_eq!(again.content, snapshot.content);
    assert_eq!((&again.tree, again.files, &again.left_out), (&snapshot.tree, snapshot.files, &snapshot.left_out));
    brought_back(&place, &tree, &snapshot);
    before.retain(|path, _| !path.starts_with(b"build"));
    assert_eq!(listing(&tree), before);
    assert_eq!(place.git_in(&tree, &["status", "--porcelain", "-z"]), status);
    assert_eq!(place.git_in(&tree, &["show", ":staged"]), "in the index");
    // The user's own git can look at it, too.
    assert_eq!(place.git(&["show", "refs/conductor/snap/x/1:changed"]), "2");
    place.git(&["fsck", "--strict", "--no-dangling"]);
}

#[test]
fn another_is_made_when_something_changed_or_the_last_one_was_taken_away() {
    let Some(place) = Place::new() else { return };
    let tree = full(&place);
    let first = place.snapshot(&tree).unwrap();
    let once_more = || {
        let reference = "refs/conductor/snap/x/1";
        let known = Some(Known { content: &first.content, reference, commit: &first.commit });
        let asked =
            Asked { limits: LIMITS, reference: "refs/conductor/snap/x/2", words: "again", known, now: 2_000_000 };
        take(&place.git, &tree, &asked, &place.store(), &place.scratch(), &Place::patience()).unwrap()
    };
    assert!(!once_more().is_new);
    // By hand, with all that it led to.
    place.git(&["update-ref", "-d", "refs/conductor/snap/x/1"]);
    place.git(&["-c", "gc.pruneExpire=now", "gc", "-q"]);
    let second = once_more();
    assert!(second.is_new);
    brought_back(&place, &tree, &second);
}

#[test]
fn a_living_tree_goes_back_to_a_snapshot_and_keeps_what_is_in_none() {
    let Some(place) = Place::new() else { return };
    let tree = full(&place);
    let (before, first) = taken(&place, &tree);
    fs::remove_dir_all(tree.join("deep")).unwrap();
    fs::write(tree.join("deep"), "a file now").unwrap();
    fs::write(tree.join("later"), "x").unwrap();
    fs::write(tree.join("crlf.txt"), "other\r\n").unwrap();
    fs::remove_file(tree.join("kept.txt")).unwrap();
    place.git_in(&tree, &["add", "-A"]);
    let second = place.snapshot(&tree).unwrap();
    let present = Present::Taken { tree: &second.tree, store: &place.store() };
    restore(&place.git, &tree, &first.commit, present, &place.scratch(), &Place::patience()).unwrap();
    assert_eq!(listing(&tree), before, "with the build, which is in no snapshot");
    // A file that is in no snapshot stands in the way: it stays, and so does the rest.
    fs::remove_dir_all(tree.join("deep")).unwrap();
    let third = place.snapshot(&tree).unwrap();
    fs::create_dir_all(tree.join("deep/er")).unwrap();
    fs::write(tree.join("deep/er/file"), "written just now").unwrap();
    let now = listing(&tree);
    let present = Present::Taken { tree: &third.tree, store: &place.store() };
    let error = restore(&place.git, &tree, &first.commit, present, &place.scratch(), &Place::patience()).unwrap_err();
    assert!(error.to_string().contains("deep/er/file"), "{error}");
    assert_eq!(listing(&tree), now);
    // Another git is at work.
    let lock = PathBuf::from(place.git_in(&tree, &["rev-parse", "--absolute-git-dir"])).join("index.lock");
    fs::write(&lock, "").unwrap();
    let error = restore(&place.git, &tree, &first.commit, present, &place.scratch(), &Place::patience()).unwrap_err();
    assert!(matches!(error, WorkspaceError::Locked(_)), "{error}");
    assert!(lock.exists());
}

#[test]
fn what_a_snapshot_cannot_hold_is_said() {
    let Some(place) = Place::new() else { return };
    place.write("a", "one\n");
    place.write(".gitignore", "big*\n");
    place.commit("first");
    let tree = place.worktree("work");
    for (name, bytes) in [("big1", 900), ("big2", 1000), ("big3", 1001), ("big4", 800)] {
        fs::write(tree.join(name), vec![0; bytes]).unwrap();
    }
    fs::create_dir(tree.join("other")).unwrap();
    place.git_in(&tree.join("other"), &["init", "-q"]);
    fs::write(tree.join("other/file"), "x").unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(tree.join("socket")).unwrap();
    fs::create_dir(tree.join("sub")).unwrap();
    fs::write(tree.join("sub/git~1"), "a name that git never takes").unwrap();
    fs::write(tree.join("sub/.git\u{200c}\x1b"), "fine here").unwrap();
    let (_, snapshot) = taken(&place, &tree);
    let told = ["Large big2 1000", "Large big3 1001", "Repository other/ 0", "Special socket 0", "Refused sub/git~1 0"];
    assert_eq!(left_out(&snapshot), told);
    // What is larger than it was is left out, whatever was known of it.
    fs::write(tree.join("big1"), vec![0; 1500]).unwrap();
    let (_, snapshot) = taken(&place, &tree);
    assert!(left_out(&snapshot).contains(&"Large big1 1500".to_owned()));
    assert!(!place.git(&["ls-tree", "-r", "--name-only", &snapshot.commit]).contains("big1"));
}

#[test]
fn commits_that_only_the_reflog_knows_and_a_merge_that_stopped_are_kept() {
    let Some(place) = Place::new() else { return };
    place.write("a", "one\n");
    place.commit("first");
    let tree = place.worktree("work");
    fs::write(tree.join("lost"), "written and reset\n").unwrap();
    place.git_in(&tree, &["add", "-A"]);
    place.git_in(&tree, &["commit", "-q", "-m", "lost"]);
    place.git_in(&tree, &["reset", "-q", "--hard", "HEAD~1"]);
    place.write("a", "main\n");
    place.commit("main");
    fs::write(tree.join("a"), "work\n").unwrap();
    place.git_in(&tree, &["commit", "-q", "-am", "work"]);
    let merge = ["-c", "user.name=ada", "-c", "user.email=ada@example.org", "merge", "-q", "main"];
    let merge = Command::new("git").current_dir(&tree).args(merge).output().unwrap();
    assert!(!merge.status.success());
    let unmerged = place.git_in(&tree, &["ls-files", "--unmerged"]);
    let (before, snapshot) = taken(&place, &tree);
    assert_eq!(left_out(&snapshot), ["Unfinished MERGE_HEAD 0"]);
    brought_back(&place, &tree, &snapshot);
    assert_eq!((listing(&tree), place.git_in(&tree, &["ls-files", "--unmerged"])), (before, unmerged));
    place.git(&["-c", "gc.reflogExpire=now", "-c", "gc.pruneExpire=now", "gc", "-q"]);
    let found = place.git(&["log", "--format=%s", &snapshot.commit]);
    assert!(found.lines().any(|line| line == "lost"), "{found}");
    place.git(&["fsck", "--strict", "--no-dangling"]);
}

#[test]
fn before_the_first_commit_and_with_other_names_of_objects() {
    let Some(place) = Place::bare() else { return };
    place.git(&["init", "-q", "-b", "main", "--object-format=sha256"]);
    place.write("new", "x\n");
    let (before, snapshot) = taken(&place, &place.top());
    assert_eq!((snapshot.commit.len(), snapshot.files), (64, 1));
    fs::remove_file(place.top().join("new")).unwrap();
    let second = place.snapshot(&place.top()).unwrap();
    let present = Present::Taken { tree: &second.tree, store: &place.store() };
    restore(&place.git, &place.top(), &snapshot.commit, present, &place.scratch(), &Place::patience()).unwrap();
    assert_eq!(listing(&place.top()), before);
    // What was known of a tree is no truth when it is damaged.
    fs::write(place.store(), "no index").unwrap();
    assert_eq!(place.snapshot(&place.top()).unwrap().tree, snapshot.tree);
}

#[test]
fn lists_that_somebody_forged_lead_nowhere() {
    let Some(place) = Place::new() else { return };
    place.write("a", "x\n");
    place.commit("first");
    let tree = place.worktree("work");
    let snapshot = place.snapshot(&tree).unwrap();
    let outside = place.dir.path().join("outside");
    symlink(place.dir.path(), tree.join("up")).unwrap();
    let list = format!("755 ../../outside\0755 {}\0755 up/outside\0755 .git/outside\0755 good\0", outside.display());
    fs::write(place.dir.path().join("list"), list).unwrap();
    fs::write(place.dir.path().join("nothing"), "").unwrap();
    let hash = |name: &str| {
        let path = place.dir.path().join(name);
        place.git(&["hash-object", "-w", path.to_str().unwrap()])
    };
    let lines = format!(
        "100644 blob {}\tfolders\n100644 blob {}\tindex\n100644 blob {}\tmodes\n",
        hash("list"),
        hash("nothing"),
        hash("list")
    );
    fs::write(place.dir.path().join("tree"), lines).unwrap();
    let list = fs::File::open(place.dir.path().join("tree")).unwrap();
    let made = Command::new("git").current_dir(place.top()).arg("mktree").stdin(list).output().unwrap();
    let beside = place.git(&["commit-tree", String::from_utf8_lossy(&made.stdout).trim(), "-m", "x"]);
    let forged = place.git(&["commit-tree", &snapshot.tree, "-p", &beside, "-m", "x"]);
    let second = place.snapshot(&tree).unwrap();
    let present = Present::Taken { tree: &second.tree, store: &place.store() };
    let _ = restore(&place.git, &tree, &forged, present, &place.scratch(), &Place::patience());
    assert!(!outside.exists() && !tree.join(".git/outside").exists());
    // What is no snapshot at all is said to be none.
    let error = restore(&place.git, &tree, &beside, present, &place.scratch(), &Place::patience()).unwrap_err();
    assert!(matches!(error, WorkspaceError::NoSnapshot(_)), "{error}");
}

/// What an agent does to a tree.
#[derive(Clone, Debug)]
enum Deed {
    Write(usize, Vec<u8>),
    Link(usize, usize),
    Folder(usize),
    Mode(usize, u32),
    Remove(usize),
    Stage(usize),
    Commit,
    Reset,
    Snapshot,
}

/// Names that stand in each other's way, are ignored, or are odd.
const NAMES: [&str; 12] =
    ["a", "a/b", "a/b/c", "b.txt", ".env", "x.o", "out/x", "out/y.o", "ä\n\t\"'\\", "-f", "z z/.gitignore", "b"];

fn deeds() -> impl Strategy<Value = Vec<Deed>> {
    let name = 0..NAMES.len();
    let bytes = prop_oneof![
        Just(b"one\r\ntwo\n".to_vec()),
        Just(b"$Id$\r\n".to_vec()),
        Just(b"*\n!b\n".to_vec()),
        proptest::collection::vec(any::<u8>(), 0..40)
    ];
    let mode = prop_oneof![Just(0o600), Just(0o755), Just(0o444), Just(0o640), Just(0o4755)];
    let deed = prop_oneof![
        6 => (name.clone(), bytes).prop_map(|(n, b)| Deed::Write(n, b)),
        1 => (name.clone(), name.clone()).prop_map(|(n, to)| Deed::Link(n, to)),
        1 => name.clone().prop_map(Deed::Folder),
        2 => (name.clone(), mode).prop_map(|(n, m)| Deed::Mode(n, m)),
        2 => name.clone().prop_map(Deed::Remove),
        2 => name.prop_map(Deed::Stage),
        1 => Just(Deed::Commit),
        1 => Just(Deed::Reset),
        1 => Just(Deed::Snapshot),
    ];
    proptest::collection::vec(deed, 1..30)
}

fn make_way(tree: &Path, path: &Path) {
    for above in path.ancestors().skip(1).filter(|above| above.starts_with(tree) && *above != tree) {
        if fs::symlink_metadata(above).is_ok_and(|found| !found.is_dir()) {
            fs::remove_file(above).unwrap();
        }
    }
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    match fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => fs::remove_dir_all(path).unwrap(),
        Ok(_) => fs::remove_file(path).unwrap(),
        Err(_) => {}
    }
}

fn do_it(place: &Place, tree: &Path, deed: &Deed) {
    let path = |name: &usize| tree.join(NAMES[*name]);
    let git = |arguments: &[&str]| {
        let who = ["-c", "user.name=ada", "-c", "user.email=ada@example.org"];
        // It may well refuse.
        Command::new("git").current_dir(tree).args(who).args(arguments).output().unwrap();
    };
    match deed {
        Deed::Write(name, bytes) => {
            make_way(tree, &path(name));
            fs::write(path(name), bytes).unwrap();
        }
        Deed::Link(name, to) => {
            make_way(tree, &path(name));
            symlink(NAMES[*to], path(name)).unwrap();
        }
        Deed::Folder(name) => {
            make_way(tree, &path(name));
            fs::create_dir(path(name)).unwrap();
        }
        Deed::Mode(name, mode) => {
            if fs::symlink_metadata(path(name)).is_ok_and(|found| found.is_file()) {
                fs::set_permissions(path(name), fs::Permissions::from_mode(*mode)).unwrap();
            }
        }
        Deed::Remove(name) => {
            let _ = fs::remove_file(path(name)).or_else(|_| fs::remove_dir_all(path(name)));
        }
        Deed::Stage(name) => git(&["add", "-f", "--", NAMES[*name]]),
        Deed::Commit => git(&["commit", "-q", "-m", "x"]),
        Deed::Reset => git(&["reset", "-q", "--hard", "HEAD~1"]),
        Deed::Snapshot => drop(place.snapshot(tree).unwrap()),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn whatever_an_agent_did_comes_back(deeds in deeds(), attributes in prop_oneof![Just(""), Just("* text=auto eol=crlf ident\n")]) {
        let Some(place) = Place::new() else { return Ok(()) };
        place.write(".gitattributes", attributes);
        place.write(".gitignore", "*.o\n.env\nout/\n");
        place.write("a/b/c", "first\n");
        place.commit("first");
        let tree = place.worktree("work");
        for deed in &deeds {
            do_it(&place, &tree, deed);
        }
        let (before, snapshot) = taken(&place, &tree);
        prop_assert_eq!(left_out(&snapshot), Vec::<String>::new());
        let staged = place.git_in(&tree, &["ls-files", "--stage", "-z"]);
        brought_back(&place, &tree, &snapshot);
        prop_assert_eq!(listing(&tree), before);
        prop_assert_eq!(place.git_in(&tree, &["ls-files", "--stage", "-z"]), staged);
    }
}
