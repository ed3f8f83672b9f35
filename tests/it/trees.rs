//! Work trees on the screen, by the keys that people press, with git as the judge: kept, removed and brought back, finished.

use crate::support::fleet::id;
use crate::support::repository::{assert_same, git, listing, repository};
use crate::support::{Home, need, wait_until};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

fn launched(home: &Home, branch: &str, script: &str) -> (String, PathBuf) {
    let start = ["launch", "--headless", "--json", "--session-name", branch, "--branch", branch, "--name", branch];
    let agent = home.cmd(start.iter().copied().chain(["--", "sh", "-c", script])).run().ok().json();
    (id(&agent), PathBuf::from(agent["cwd"].as_str().unwrap()))
}

fn state_of(home: &Home, tree: &str) -> Value {
    let all = home.cmd(["worktrees", "--all", "--json"]).run().ok().json();
    all.as_array().unwrap().iter().find(|one| one["id"] == tree).unwrap().clone()
}

/// Commits are made by somebody.
fn known_person(top: &Path) {
    git(top, &["config", "user.name", "ada"]);
    git(top, &["config", "user.email", "ada@example.org"]);
}

#[test]
fn a_tree_is_kept_removed_and_brought_back_from_the_screen() {
    if !need::have("git") {
        return;
    }
    let home = Home::new();
    let top = repository(&home);
    let (agent, path) = launched(&home, "fix", "echo new > new; echo written; exec cat");
    home.wait_screen(&agent, "written");
    let outer = home.outer().size(160, 45).conductor([""; 0]);
    outer.wait_text("written");
    outer.wait_text("branch   fix");
    // The list says what is in it, and keeps it.
    outer.press("B").wait_text("1 file without a commit: new");
    outer.press("s").wait_text("snapshot 1: 3 files");
    outer.wait_text("1 snapshot, the last: from the screen");
    assert_eq!(git(&top, &["show", &format!("refs/conductor/snap/{agent}/1:new")]), "new");
    // Its diff, and that it cannot go while somebody works in it.
    outer.press("d").wait_text("new");
    outer.wait_text("since fix left main");
    outer.press("esc").wait_gone("since fix left main");
    outer.press("B").wait_text("1 file without a commit: new");
    outer.press("x").wait_text("fix works in fix · x stops it first");
    outer.press("esc").wait_gone("Work trees");
    let _ = home.cmd(["stop", &agent]).run().ok();
    outer.wait_text("restart");
    let left = listing(&path);
    // By its name, for the focused agent.
    outer.press(":").wait_text("Do anything");
    outer.type_text("remove-tree");
    outer.press("enter").wait_text("Remove the work tree fix?");
    outer.wait_text("Everything in it is kept: 3 files in snapshot 1.");
    outer.press("n").wait_text("fix stays as it is");
    assert!(path.join("new").exists());
    outer.press(":").wait_text("Do anything");
    outer.type_text("remove-tree");
    outer.press("enter").wait_text("Everything in it is kept");
    outer.press("y").wait_text("fix is removed · u brings it back");
    assert!(!path.exists());
    assert_eq!(state_of(&home, &agent)["state"], "removed");
    outer.press("u").wait_text("fix is back at");
    assert_same(&listing(&path), &left);
    // And by the list: there it says for how long.
    outer.press("B").wait_text("1 file without a commit: new");
    outer.press("x").wait_text("Everything in it is kept");
    outer.press("y").wait_text("removed, 29 days left");
    assert!(!path.exists());
    outer.press("r").wait_text("fix is back at");
    outer.wait_text("1 file without a commit: new");
    assert_same(&listing(&path), &left);
    assert_eq!(git(&path, &["symbolic-ref", "--short", "HEAD"]), "fix");
    home.shut_down_all();
}

#[test]
fn work_is_merged_from_the_screen_and_a_conflict_is_named_there() {
    if !need::have("git") {
        return;
    }
    let home = Home::new();
    let top = repository(&home);
    known_person(&top);
    let (one, path) = launched(&home, "one", "echo 'fn four() {}' >> code.rs; echo written; exec cat");
    let (two, other) = launched(&home, "two", "sed -i s/two/2/ code.rs; echo written; exec cat");
    for agent in [&one, &two] {
        home.wait_screen(agent, "written");
        let _ = home.cmd(["stop", agent]).run().ok();
    }
    let outer = home.outer().size(100, 30).conductor([""; 0]);
    outer.wait_text("restart");
    outer.press("1 L").wait_text("Finish one");
    outer.wait_text("No commit has code.rs");
    outer.press("enter").wait_text("write words for one");
    outer.type_text("A fourth").wait_text("1 commit of one goes into main.");
    outer.press("enter").wait_text("one is in main, which is at");
    assert_eq!(git(&top, &["log", "-1", "--format=%s|%an", "main"]), "A fourth|ada");
    assert!(fs::read_to_string(top.join("code.rs")).unwrap().contains("four"));
    assert_eq!(git(&top, &["for-each-ref", "--format=%(refname:short)", "refs/heads"]), "main\ntwo");
    assert!(!path.exists());
    // The other one is in the way of what landed meanwhile.
    fs::write(top.join("code.rs"), "fn one() {}\nfn TWO() {}\nfn three() {}\nfn four() {}\n").unwrap();
    git(&top, &["commit", "-qam", "shouts"]);
    let before = git(&top, &["rev-parse", "main"]);
    outer.press("2 L").wait_text("Finish two");
    outer.wait_text("No commit has code.rs");
    outer.press("down down");
    outer.type_text("A digit").wait_text("1 commit of two goes into main.");
    outer.press("enter").wait_text("both sides changed code.rs; the work is committed all the same");
    assert_eq!(git(&top, &["rev-parse", "main"]), before, "nothing is forced");
    assert!(other.exists());
    // As a branch of its own it goes elsewhere; the base stays as it is.
    git(&top, &["branch", "next", "main~1"]);
    outer.press("up").wait_text("Finish two");
    for _ in 0.."main".len() {
        outer.press("backspace");
    }
    outer.type_text("next");
    outer.press("up right").wait_text("go into next as one");
    outer.press("enter").wait_text("two is in next, which is at");
    assert_eq!(git(&top, &["log", "-1", "--format=%s", "next"]), "A digit");
    assert_eq!(git(&top, &["rev-parse", "main"]), before);
    wait_until("the tree is gone", || (!other.exists()).then_some(()));
    home.shut_down_all();
}

/// # Invariant
/// A card that is drawn costs nothing on the terminal while its agent is at rest.
#[test]
fn a_card_tells_what_an_agent_takes_and_then_keeps_still() {
    let home = Home::new();
    home.write("config.toml", "[ui]\nclock = false\n");
    let agent = id(&home.launch_script("one", "echo written; exec cat"));
    home.wait_screen(&agent, "written");
    let outer = home.outer().size(160, 45).conductor([""; 0]);
    outer.wait_text("takes    0% cpu · ");
    outer.wait_text("log      ");
    let written = outer.raw_len();
    outer.wait_quiet(std::time::Duration::from_secs(5));
    assert_eq!(outer.raw_len(), written, "{}", outer.screen());
    home.shut_down_all();
}
