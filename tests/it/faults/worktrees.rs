//! A disk that is full in the middle of a snapshot or of a removal: the tree stays as it is, nothing of the half work is left or
//! named, what is said tells what to do, and with room again it succeeds.

use crate::support::disk::{SmallDisk, may_mount};
use crate::support::fleet::id;
use crate::support::repository::{Listing, assert_same, git, listing, repository};
use crate::support::{Home, need, wait_until};
use std::path::{Path, PathBuf};

/// An agent that has worked in a tree of its own and has ended, and what it left: `size` bytes that nothing compresses, a
/// link, an empty file, a repository of its own.
fn worked(home: &Home, size: u64) -> (String, PathBuf, Listing) {
    let script = format!(
        "head -c {size} /dev/urandom > big; ln -s big link; : > empty; echo TOKEN > .env; git init -q other; \
         echo x > other/file; echo written; exec cat"
    );
    let words = ["launch", "--headless", "--json", "--branch", "fix", "--", "sh", "-c", &script];
    let agent = home.cmd(words).run().ok().json();
    home.wait_screen(&id(&agent), "written");
    let _ = home.cmd(["close", &id(&agent)]).run().ok();
    let path = PathBuf::from(agent["cwd"].as_str().unwrap());
    let left = listing(&path);
    (id(&agent), path, left)
}

fn state(home: &Home) -> String {
    home.cmd(["worktrees", "--all", "--json"]).run().ok().json()[0]["state"].as_str().unwrap().to_owned()
}

fn snapshots(top: &Path) -> String {
    git(top, &["for-each-ref", "--format=%(refname)", "refs/conductor"])
}

/// Refused, with nothing changed in the tree.
#[track_caller]
fn refused(home: &Home, words: &[&str], tree: (&Path, &Listing)) -> String {
    let said = home.cmd(words).run().code(1).stderr;
    assert!(said.contains("full") && said.contains("Hint: ") && said.contains("make room"), "{said}");
    assert_same(&listing(tree.0), tree.1);
    assert_eq!(state(home), "ready", "{said}");
    said
}

/// Removed, and everything comes back.
#[track_caller]
fn goes_and_comes_back(home: &Home, id: &str, tree: (&Path, &Listing)) {
    let _ = home.cmd(["worktrees", "remove", id]).run().ok();
    assert!(!tree.0.exists());
    let _ = home.cmd(["restore", id]).run().ok();
    assert_same(&listing(tree.0), tree.1);
}

#[test]
fn a_repository_on_a_full_disk() {
    if !need::have("git") || !may_mount("faults::worktrees::a_repository_on_a_full_disk") {
        return;
    }
    let home = Home::new();
    let Some(disk) = SmallDisk::mount(&home.work(), "size=16m") else { return };
    let top = repository(&home);
    let (id, path, left) = worked(&home, 3_000_000);
    let objects = listing(&top.join(".git/objects"));
    // Where it stops is another place each time: before the first byte, in the middle of the large file, at the end.
    for room in [0, 40_960, 2_000_000] {
        let filling = disk.fill_but(room);
        refused(&home, &["worktrees", "remove", &id], (&path, &left));
        refused(&home, &["snapshot", &id], (&path, &left));
        filling.make_room();
        assert_same(&listing(&top.join(".git/objects")), &objects);
        assert_eq!(snapshots(&top), "", "none is named");
    }
    goes_and_comes_back(&home, &id, (&path, &left));
    git(&top, &["fsck", "--strict", "--no-dangling"]);
    home.shut_down_all();
}

#[test]
fn a_repository_whose_disk_takes_no_more_files() {
    if !need::have("git") || !may_mount("faults::worktrees::a_repository_whose_disk_takes_no_more_files") {
        return;
    }
    let home = Home::new();
    let Some(disk) = SmallDisk::mount(&home.work(), "size=16m,nr_inodes=400") else { return };
    let top = repository(&home);
    let (id, path, left) = worked(&home, 1000);
    let objects = listing(&top.join(".git/objects"));
    let mut filling = disk.crowd();
    let mut refusals = 0;
    // One file more of room each time: it ends at every single one.
    while home.cmd(["snapshot", &id]).run().code != 0 {
        refused(&home, &["snapshot", &id], (&path, &left));
        assert_same(&listing(&top.join(".git/objects")), &objects);
        assert_eq!(snapshots(&top), "", "none is named");
        refusals += 1;
        assert!(filling.one_less(), "it never succeeds");
    }
    assert!(refusals > 10, "{refusals}");
    // What it took was all of it.
    filling.make_room();
    goes_and_comes_back(&home, &id, (&path, &left));
    home.shut_down_all();
}

#[test]
fn a_full_disk_below_the_home() {
    if !need::have("git") || !may_mount("faults::worktrees::a_full_disk_below_the_home") {
        return;
    }
    let home = Home::new();
    let Some(trees) = SmallDisk::mount(&home.join("worktrees"), "size=16m") else { return };
    let Some(database) = SmallDisk::mount(&home.join("db"), "size=2m") else { return };
    let top = repository(&home);
    let (id, path, left) = worked(&home, 1000);
    // What makes the next snapshot fast cannot be written.
    let filling = trees.fill();
    refused(&home, &["worktrees", "remove", &id], (&path, &left));
    filling.make_room();
    assert_eq!(snapshots(&top), "", "none is named");
    // Nor that there is one: it is told anew when there is room.
    let filling = database.fill();
    refused(&home, &["worktrees", "remove", &id], (&path, &left));
    filling.make_room();
    wait_until("the database", || (home.cmd(["worktrees", "remove", &id]).run().code == 0).then_some(()));
    assert!(!path.exists());
    let _ = home.cmd(["restore", &id]).run().ok();
    assert_same(&listing(&path), &left);
    home.shut_down_all();
}
