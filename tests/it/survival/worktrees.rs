//! The server is killed between each two steps of making, removing and bringing back a work tree: nothing half-made stays
//! without a name, and nothing that was written is lost.

use super::pause::{kill_there, server_that_stops_at};
use crate::support::fleet::id;
use crate::support::repository::{Listing, assert_same, git, listing, repository};
use crate::support::{Home, need, wait_until};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

const MAKING: &[&str] = &[
    "worktree-before-store",
    "worktree-after-store",
    "worktree-after-register",
    "worktree-after-fill",
    "worktree-after-carry",
    "worktree-after-setup",
];
const REMOVING: &[&str] = &[
    "worktree-after-snapshot",
    "worktree-after-teardown",
    "worktree-before-leaving",
    "worktree-after-leaving",
    "worktree-after-emptying",
    "worktree-after-delete",
];
const LANDING: &[&str] = &["worktree-before-landing", "worktree-after-files"];
const RESTORING: &[&str] = &["worktree-before-restore", "worktree-after-registering", "worktree-after-restore"];

fn listed(home: &Home) -> Vec<Value> {
    home.cmd(["worktrees", "--all", "--json"]).run().ok().json().as_array().unwrap().clone()
}

/// The next server has finished what was begun, and what git and the disk have is what the list has.
#[track_caller]
fn settled(home: &Home, top: &Path) -> Vec<Value> {
    home.launch("after", &["cat"]);
    let trees = wait_until("every work tree at rest", || {
        let trees = listed(home);
        trees.iter().all(|tree| matches!(tree["state"].as_str(), Some("ready" | "removed"))).then_some(trees)
    });
    let of = |state: &str, field: &str| -> BTreeSet<String> {
        let of_state = trees.iter().filter(|tree| tree["state"] == state);
        of_state.map(|tree| tree[field].as_str().unwrap().to_owned()).collect()
    };
    let known = git(top, &["worktree", "list", "--porcelain"]);
    let known: BTreeSet<String> =
        known.lines().filter_map(|l| l.strip_prefix("worktree ")).map(str::to_owned).collect();
    let mut expected = of("ready", "path");
    expected.insert(top.display().to_string());
    assert_eq!(known, expected, "what git knows");
    let branches: BTreeSet<String> =
        git(top, &["for-each-ref", "--format=%(refname:short)", "refs/heads"]).lines().map(str::to_owned).collect();
    let mut expected = of("ready", "branch");
    expected.insert("main".into());
    assert_eq!(branches, expected, "branches");
    let on_disk: BTreeSet<String> = fs::read_dir(home.join("worktrees/work"))
        .map(|all| all.map(|entry| entry.unwrap().path().display().to_string()).collect())
        .unwrap_or_default();
    assert_eq!(on_disk, of("ready", "path"), "folders");
    trees
}

const LAUNCH: [&str; 8] = ["launch", "--headless", "--json", "--isolation", "worktree", "--branch", "fix", "--"];

#[track_caller]
fn making_is_cut(point: &str) {
    if !need::have("git") {
        return;
    }
    let home = Home::new();
    let top = repository(&home);
    fs::write(top.join(".env"), "TOKEN=1").unwrap();
    fs::write(top.join("code.rs"), "not committed").unwrap();
    let before = listing(&top);
    home.write("config.toml", "[worktrees]\nsetup = \"echo new > made-by-setup\"\n");
    let server = server_that_stops_at(&home, point);
    let launching = home.cmd(LAUNCH.iter().chain(&["cat"])).start(&home.join("launching"));
    kill_there(server, point);
    drop(launching);
    assert_eq!(settled(&home, &top), Vec::<Value>::new(), "as if it had never been");
    assert_same(&listing(&top), &before);
    // And the name is free.
    let agent = home.cmd(LAUNCH.iter().chain(&["cat"])).run().ok().json();
    assert_eq!(agent["branch"], "fix");
    home.shut_down_all();
}

/// An agent that worked in a tree of its own and has ended, and what it left.
fn worked(home: &Home) -> (String, PathBuf, Listing) {
    let script = "echo two >> code.rs; git add code.rs; echo three >> code.rs; echo TOKEN > .env; chmod 600 .env; \
                  mkdir -p new/empty; echo x > 'new/a b'; git init -q other; echo y > other/file; echo written; exec cat";
    let agent = home.cmd(LAUNCH.iter().chain(&["sh", "-c", script])).run().ok().json();
    let id = id(&agent);
    home.wait_screen(&id, "written");
    let _ = home.cmd(["close", &id]).run().ok();
    let path = PathBuf::from(agent["cwd"].as_str().unwrap());
    let left = listing(&path);
    (id, path, left)
}

#[track_caller]
fn removing_is_cut(point: &str) {
    if !need::have("git") {
        return;
    }
    let home = Home::new();
    let top = repository(&home);
    home.write("config.toml", "[worktrees]\nteardown = \"test -e code.rs\"\n");
    let server = server_that_stops_at(&home, point);
    let (id, path, left) = worked(&home);
    let removing = home.cmd(["worktrees", "remove", &id]).start(&home.join("removing"));
    kill_there(server, point);
    drop(removing);
    let trees = settled(&home, &top);
    match trees[0]["state"].as_str() {
        // It was not begun.
        Some("ready") => assert!(["worktree-after-snapshot", "worktree-after-teardown"].contains(&point)),
        _ => assert!(home.cmd(["restore", &id]).run().ok().stdout.contains("is back")),
    }
    assert_same(&listing(&path), &left);
    assert_eq!(git(&path, &["diff", "--cached", "--numstat"]), "1\t0\tcode.rs", "what was staged");
    home.shut_down_all();
}

#[track_caller]
fn landing_is_cut(point: &str) {
    if !need::have("git") {
        return;
    }
    let home = Home::new();
    let top = repository(&home);
    git(&top, &["config", "user.name", "ada"]);
    git(&top, &["config", "user.email", "ada@example.org"]);
    fs::write(top.join("mine"), "somebody's own").unwrap();
    let server = server_that_stops_at(&home, point);
    let agent =
        home.cmd(LAUNCH.iter().chain(&["sh", "-c", "echo two >> code.rs; echo written; exec cat"])).run().ok().json();
    home.wait_screen(&id(&agent), "written");
    let finishing = home.cmd(["finish", "fix", "--commit", "the work", "--keep"]).start(&home.join("finishing"));
    kill_there(server, point);
    drop(finishing);
    // The next server brings it to its end.
    settled(&home, &top);
    wait_until("the landing", || (git(&top, &["log", "-1", "--format=%s", "main"]) == "the work").then_some(()));
    wait_until("a clean tree", || (git(&top, &["status", "--porcelain"]) == "?? mine").then_some(()));
    assert!(fs::read_to_string(top.join("code.rs")).unwrap().ends_with("two\n"));
    home.shut_down_all();
}

#[track_caller]
fn restoring_is_cut(point: &str) {
    if !need::have("git") {
        return;
    }
    let home = Home::new();
    let top = repository(&home);
    let server = server_that_stops_at(&home, point);
    let (id, path, left) = worked(&home);
    let _ = home.cmd(["worktrees", "remove", &id]).run().ok();
    assert!(!path.exists());
    let restoring = home.cmd(["restore", &id]).start(&home.join("restoring"));
    kill_there(server, point);
    drop(restoring);
    let trees = settled(&home, &top);
    assert_eq!(trees[0]["state"], "removed");
    let _ = home.cmd(["restore", &id]).run().ok();
    assert_same(&listing(&path), &left);
    settled(&home, &top);
    home.shut_down_all();
}

#[test]
fn a_server_that_is_killed_during_a_setup_leaves_nothing_of_it() {
    if !need::have("git") {
        return;
    }
    let home = Home::new();
    let top = repository(&home);
    // One that left its group, and one that did not.
    let setup = "echo begun > made; setsid sleep 1000 & sleep 1000";
    home.write("config.toml", &format!("[worktrees]\nsetup = \"{setup}\"\n"));
    home.launch("first", &["cat"]);
    let launching = home.cmd(LAUNCH.iter().chain(&["cat"])).start(&home.join("launching"));
    let made = home.join("worktrees/work/fix/made");
    wait_until("the setup", || made.exists().then_some(()));
    assert_eq!(listed(&home)[0]["state"], "making");
    home.write("config.toml", "");
    home.kill_server();
    drop(launching);
    assert_eq!(settled(&home, &top), Vec::<Value>::new());
    let sleeps = || {
        let all = home
            .leftovers()
            .into_iter()
            .filter(|pid| fs::read(format!("/proc/{pid}/cmdline")).is_ok_and(|line| line.starts_with(b"sleep\0")));
        all.count()
    };
    wait_until("the setup's own to end", || (sleeps() == 0).then_some(()));
    home.shut_down_all();
}

macro_rules! points {
    ($cut:ident: $($name:ident = $point:literal,)+) => {
        $(#[test]
        fn $name() {
            $cut($point);
        })+
    };
}

points! { making_is_cut:
    making_before_store = "worktree-before-store",
    making_after_store = "worktree-after-store",
    making_after_register = "worktree-after-register",
    making_after_fill = "worktree-after-fill",
    making_after_carry = "worktree-after-carry",
    making_after_setup = "worktree-after-setup",
}

points! { removing_is_cut:
    removing_after_snapshot = "worktree-after-snapshot",
    removing_after_teardown = "worktree-after-teardown",
    removing_before_leaving = "worktree-before-leaving",
    removing_after_leaving = "worktree-after-leaving",
    removing_after_emptying = "worktree-after-emptying",
    removing_after_delete = "worktree-after-delete",
}

points! { landing_is_cut:
    landing_before = "worktree-before-landing",
    landing_after_files = "worktree-after-files",
}

points! { restoring_is_cut:
    restoring_before = "worktree-before-restore",
    restoring_after_registering = "worktree-after-registering",
    restoring_after = "worktree-after-restore",
}

#[test]
fn every_point_has_its_test() {
    let home = Home::new();
    let said = home.cmd(["debug", "pause-points"]).run().ok().stdout;
    let points: Vec<&str> = said.split_whitespace().filter(|point| point.starts_with("worktree-")).collect();
    assert_eq!(points, [MAKING, REMOVING, LANDING, RESTORING].concat());
}
