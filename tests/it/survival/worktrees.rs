//! The server is killed between each two steps of making, removing and bringing back a work tree: nothing half-made stays
//! without a name, and nothing that was written is lost.

use super::pause::{kill_there, server_that_stops_at};
use crate::support::fleet::id;
use crate::support::repository::{Listing, assert_same, git, listing, repository};
use crate::support::{Home, need, proc, wait_until};
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
    assert!(branches.is_superset(&expected), "{branches:?}, {expected:?}");
    // A branch with commits of its own outlives its tree.
    let with_work = of("removed", "branch");
    let is_kept = |name: &&String| {
        expected.contains(*name) || (with_work.contains(*name) && git(top, &["rev-list", "--count", name]) != "1")
    };
    assert_eq!(branches.iter().filter(|name| !is_kept(name)).collect::<Vec<_>>(), Vec::<&String>::new(), "branches");
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

#[test]
fn a_server_that_is_killed_during_a_teardown_leaves_nothing_of_it_running() {
    if !need::have("git") {
        return;
    }
    let home = Home::new();
    let _top = repository(&home);
    home.write("config.toml", "[worktrees]\nteardown = \"setsid sleep 1000 & echo $! > begun; wait\"\n");
    let (id, path, mut left) = worked(&home);
    let removing = home.cmd(["worktrees", "remove", &id]).start(&home.join("removing"));
    let begun = || fs::read_to_string(path.join("begun")).ok()?.trim().parse::<proc::Pid>().ok();
    let stray = wait_until("the teardown", begun);
    home.kill_server();
    drop(removing);
    home.launch("next", &["cat"]);
    wait_until("the end of what it started", || (!proc::alive(stray)).then_some(()));
    assert_eq!(listed(&home)[0]["state"], "ready", "nothing was removed");
    left.insert("begun".into(), (0o100644, format!("{stray}\n").into_bytes()));
    let mut now = listing(&path);
    now.entry("begun".into()).and_modify(|(mode, _)| *mode = 0o100644);
    assert_same(&now, &left);
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

/// The same numbers in every run of one seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % most
    }
}

/// Every text that a repository has in any commit that a name leads to.
fn committed(top: &Path) -> BTreeSet<String> {
    let objects = git(top, &["rev-list", "--all", "--objects"]);
    let mut texts = BTreeSet::new();
    for object in objects.lines().filter_map(|line| line.split(' ').next()) {
        if git(top, &["cat-file", "-t", object]) == "blob" {
            texts.extend(git(top, &["cat-file", "blob", object]).lines().map(str::to_owned));
        }
    }
    texts
}

/// # Invariant
/// Whatever is done with work trees, and wherever the server is killed in the middle of it: everything that was ever written
/// is in a tree, in a commit that a name leads to, or in the place for what no commit holds.
#[test]
fn whatever_is_done_and_wherever_it_is_cut_nothing_written_is_lost() {
    if !need::have("git") {
        return;
    }
    // More by hand: the seed and the number of rounds.
    let number = |name: &str, usual: u64| std::env::var(name).ok().and_then(|n| n.parse().ok()).unwrap_or(usual);
    let seed = number("CONDUCTOR_TEST_SEED", 7);
    let rounds = number("CONDUCTOR_TEST_ROUNDS", 12);
    let mut dice = Dice(seed);
    let home = Home::new();
    let top = repository(&home);
    git(&top, &["config", "user.name", "ada"]);
    git(&top, &["config", "user.email", "ada@example.org"]);
    git(&top, &["config", "gc.auto", "0"]);
    let points: Vec<&str> = [MAKING, REMOVING, LANDING, RESTORING].concat();
    let mut written: BTreeSet<String> = BTreeSet::new();
    let mut cuts = 0;
    for round in 0..rounds {
        let point = points[dice.below(points.len())];
        let mut server = server_that_stops_at(&home, point);
        let said = format!("paused at {point}");
        for step in 0..4 {
            let trees = listed(&home);
            let ready: Vec<&Value> = trees.iter().filter(|tree| tree["state"] == "ready").collect();
            let chosen = (!trees.is_empty()).then(|| trees[dice.below(trees.len())]["id"].as_str().unwrap().to_owned());
            // Somebody works in each of them.
            for tree in &ready {
                let path = Path::new(tree["path"].as_str().unwrap());
                let token = format!("seed {seed} round {round} step {step} in {}", tree["id"]);
                let name = [".env", "new", "code.rs", "deep/er/file", "other/inner"][dice.below(5)];
                if name == "other/inner" && !path.join("other/.git").exists() {
                    fs::create_dir_all(path.join("other")).unwrap();
                    git(&path.join("other"), &["init", "-q"]);
                }
                let file = path.join(name);
                fs::create_dir_all(file.parent().unwrap()).unwrap();
                // Behind what is there: nobody but us may lose something.
                let before = fs::read_to_string(&file).unwrap_or_default();
                fs::write(&file, format!("{before}{token}\n")).unwrap();
                written.insert(token);
            }
            let words: Vec<String> = match (dice.below(6), chosen) {
                (0, _) | (_, None) => {
                    let name = format!("b{round}-{step}");
                    LAUNCH
                        .map(str::to_owned)
                        .into_iter()
                        .map(|w| if w == "fix" { name.clone() } else { w })
                        .chain(["true".into()])
                        .collect()
                }
                (1, Some(id)) => vec!["snapshot".into(), id],
                (2 | 3, Some(id)) => vec!["worktrees".into(), "remove".into(), id, "--lose".into()],
                (4, Some(id)) => vec!["restore".into(), id],
                (_, Some(id)) => {
                    vec!["finish".into(), id, "--commit".into(), "work".into(), "--how".into(), "squash".into()]
                }
            };
            let mut doing = home.cmd(&words).start(&home.join(format!("doing-{round}-{step}")));
            let is_cut = wait_until("the end of it, or of the server", || {
                let is_paused = server.said().contains(&said);
                (is_paused || !doing.is_running()).then_some(is_paused)
            });
            if is_cut {
                cuts += 1;
                break;
            }
        }
        server.kill();
        let trees = settled(&home, &top);
        let mut found = committed(&top);
        let kept = trees.iter().map(|tree| home.join("worktrees/.aside").join(tree["id"].as_str().unwrap()));
        let there = trees
            .iter()
            .filter(|tree| tree["state"] == "ready")
            .map(|tree| PathBuf::from(tree["path"].as_str().unwrap()));
        for folder in kept.chain(there).filter(|folder| folder.is_dir()) {
            for (_, bytes) in listing(&folder).values() {
                found.extend(String::from_utf8_lossy(bytes).lines().map(str::to_owned));
            }
        }
        let lost: Vec<&String> = written.difference(&found).collect();
        assert!(lost.is_empty(), "seed {seed}, round {round}, cut at {point}: {lost:?}");
        // The next one is ours again.
        let _ = home.cmd(["kill", "after"]).run().ok();
        let _ = home.cmd(["shutdown"]).run().ok();
    }
    assert!(cuts >= rounds / 4, "only {cuts} of {rounds} rounds were cut");
    home.end_all();
}
