//! Work trees of agents, by the verbs that people use: made with a launch, kept when the agent goes, removed with everything
//! in them kept, brought back.

use crate::support::fleet::id;
use crate::support::repository::{assert_same, git, listing, repository};
use crate::support::{Home, need, wait_until};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

fn launched(home: &Home, options: &[&str], script: &str) -> Value {
    let start = ["launch", "--headless", "--json", "--isolation", "worktree"];
    let words = start.iter().chain(options).copied().chain(["--", "sh", "-c", script]);
    home.cmd(words).run().ok().json()
}

fn path_of(agent: &Value) -> PathBuf {
    PathBuf::from(agent["cwd"].as_str().unwrap())
}

fn state_of(home: &Home, agent: &str) -> Value {
    let all = home.cmd(["worktrees", "--all", "--json"]).run().ok().json();
    all.as_array().unwrap().iter().find(|tree| tree["id"] == agent).unwrap().clone()
}

#[test]
fn two_agents_work_on_the_same_file_and_nothing_of_either_is_lost() {
    if !need::have("git") {
        return;
    }
    let home = Home::new();
    let top = repository(&home);
    fs::create_dir(top.join("part")).unwrap();
    fs::write(top.join("part/kept"), "x").unwrap();
    git(&top, &["add", "."]);
    git(&top, &["commit", "-q", "-m", "part"]);
    fs::write(top.join(".env"), "TOKEN=1\n").unwrap();
    fs::write(top.join("code.rs"), "the person's own\n").unwrap();
    let before = listing(&top);
    // Named after what it is for; the other, for the same, next to it.
    let script = "cat .env >> code.rs; echo \"$(pwd)\"; echo written; exec cat";
    let one = launched(&home, &["--prompt", "Fix the login, please!"], script);
    let part = top.join("part").display().to_string();
    let two = launched(
        &home,
        &["--prompt", "Fix the login, please!", "--cwd", &part],
        "echo two > new; echo written; exec cat",
    );
    assert_eq!((&one["branch"], &two["branch"]), (&"fix-the-login-please".into(), &"fix-the-login-please-2".into()));
    assert_eq!(path_of(&two).file_name().unwrap(), "part", "the folder that was asked for");
    for agent in [&one, &two] {
        home.wait_screen(&id(agent), "written");
    }
    assert_eq!(fs::read_to_string(path_of(&one).join("code.rs")).unwrap().lines().last(), Some("TOKEN=1"));
    assert_same(&listing(&top), &before);
    // Each diff is its own.
    let diff = |agent: &Value| home.cmd(["diff", &id(agent), "--stat"]).run().ok().stdout;
    assert!(diff(&one).contains("code.rs") && !diff(&one).contains("new"), "{}", diff(&one));
    assert!(diff(&two).contains("part/new") && !diff(&two).contains("code.rs"), "{}", diff(&two));
    // As long as somebody works in it, it stays.
    let refused = home.cmd(["worktrees", "remove", &id(&one)]).run().code(1).stderr;
    assert!(refused.contains("works in the work tree fix-the-login-please"), "{refused}");
    let _ = home.cmd(["kill", "work"]).run().ok();
    assert!(path_of(&one).join("code.rs").exists(), "the end of a session is not the end of its tree");
    let left = listing(&path_of(&one));
    let said = home.cmd(["worktrees", "remove", "fix-the-login-please"]).run().ok().stdout;
    assert!(said.contains("is removed. Until ") && said.contains(&format!("restore {}", id(&one))), "{said}");
    assert!(!path_of(&one).exists());
    assert_eq!(state_of(&home, &id(&one))["state"], "removed");
    let branches = git(&top, &["for-each-ref", "--format=%(refname:short)", "refs/heads"]);
    assert_eq!(branches, "fix-the-login-please-2\nmain", "a branch without a commit of its own goes with it");
    // Again is no error, and the way back is.
    let _ = home.cmd(["worktrees", "remove", &id(&one)]).run().ok();
    let said = home.cmd(["undo", &id(&one)]).run().ok().stdout;
    assert!(said.contains("fix-the-login-please is back at"), "{said}");
    assert_same(&listing(&path_of(&one)), &left);
    assert_eq!(git(&path_of(&one), &["symbolic-ref", "--short", "HEAD"]), "fix-the-login-please");
    home.shut_down_all();
}

#[test]
fn a_tree_goes_back_to_any_snapshot_and_forth_again() {
    if !need::have("git") {
        return;
    }
    let home = Home::new();
    let _top = repository(&home);
    let agent = launched(&home, &["--branch", "fix"], "exec cat");
    let (id, path) = (id(&agent), path_of(&agent));
    fs::write(path.join("new"), "first").unwrap();
    let first = listing(&path);
    let said = home.cmd(["snapshot", "fix", "-m", "before the storm"]).run().ok().stdout;
    assert!(said.starts_with("Snapshot 1: 3 files, refs/conductor/snap/"), "{said}");
    fs::remove_file(path.join("new")).unwrap();
    fs::write(path.join("code.rs"), "all wrong").unwrap();
    let second = listing(&path);
    let _ = home.cmd(["restore", &id]).run().ok();
    assert_same(&listing(&path), &first);
    // What was there has become the second.
    let _ = home.cmd(["restore", &id, "--snapshot", "2"]).run().ok();
    assert_same(&listing(&path), &second);
    let words: Vec<Value> =
        state_of(&home, &id)["snapshots"].as_array().unwrap().iter().map(|kept| kept["words"].clone()).collect();
    assert_eq!(words, ["before the storm", "before it went back to 1", "before it went back to 2"]);
    let refused = home.cmd(["restore", &id, "--snapshot", "9"]).run().code(3).stderr;
    assert!(refused.contains("there is no such snapshot of fix"), "{refused}");
    home.shut_down_all();
}

#[test]
fn what_no_snapshot_holds_is_given_up_by_name_or_not_at_all() {
    if !need::have("git") {
        return;
    }
    let home = Home::new();
    let _top = repository(&home);
    home.write("config.toml", "[worktrees]\nkeep_mib = 1\n");
    let agent = launched(
        &home,
        &["--branch", "fix"],
        "mkdir target; head -c 2000000 /dev/zero > target/big; echo built; exec cat",
    );
    let (id, path) = (id(&agent), path_of(&agent));
    home.wait_screen(&id, "built");
    let _ = home.cmd(["close", &id]).run().ok();
    let refused = home.cmd(["worktrees", "remove", "fix"]).run().code(1).stderr;
    for part in
        ["Would be lost: target/ (ignored, and larger than what is kept, 1 MiB)", "nothing was removed", "--lose"]
    {
        assert!(refused.contains(part), "{refused}");
    }
    assert!(path.join("target/big").exists());
    // A yes to something else is none.
    let route = format!("/worktrees/{id}/remove");
    let client = home.client();
    let answer =
        crate::support::server::block_on(client.post::<_, Value>(&route, &serde_json::json!({ "accept": "0123" })));
    let said = crate::support::server::refusal(&answer.unwrap_err());
    assert!(said.contains("removing fix would lose target/"), "{said}");
    assert!(path.join("target/big").exists());
    let _ = home.cmd(["worktrees", "remove", "fix", "--lose"]).run().ok();
    assert!(!path.exists());
    home.shut_down_all();
}

#[test]
fn a_tree_that_somebody_took_away_is_named_and_comes_back_from_its_snapshot() {
    if !need::have("git") {
        return;
    }
    let home = Home::new();
    let top = repository(&home);
    let agent = launched(&home, &["--branch", "fix"], "echo new > new; echo written; exec cat");
    let (id, path) = (id(&agent), path_of(&agent));
    home.wait_screen(&id, "written");
    let left = listing(&path);
    let _ = home.cmd(["snapshot", &id]).run().ok();
    let _ = home.cmd(["close", &id]).run().ok();
    fs::remove_dir_all(&path).unwrap();
    assert_eq!(state_of(&home, &id)["state"], "missing");
    let _ = home.cmd(["restore", &id]).run().ok();
    assert_same(&listing(&path), &left);
    // Or it is let go: git forgets it, too.
    fs::remove_dir_all(&path).unwrap();
    let _ = home.cmd(["worktrees", "remove", &id]).run().ok();
    assert_eq!(git(&top, &["worktree", "list"]).lines().count(), 1);
    assert_eq!(state_of(&home, &id)["state"], "removed");
    let _ = home.cmd(["restore", &id]).run().ok();
    assert_same(&listing(&path), &left);
    home.shut_down_all();
}

#[test]
fn bad_wishes_leave_nothing_behind() {
    if !need::have("git") {
        return;
    }
    let home = Home::new();
    let top = repository(&home);
    git(&top, &["branch", "taken"]);
    let refused = |options: &[&str], parts: &[&str]| {
        let start = ["launch", "--headless"].iter().chain(options).copied().chain(["--", "cat"]);
        let code = if options.contains(&"same-folder") { 2 } else { 1 };
        let said = home.cmd(start).run().code(code).stderr;
        parts.iter().for_each(|part| assert!(said.contains(part), "{options:?}: {said}"));
    };
    refused(&["--base", "nowhere"], &["there is no commit `nowhere` here"]);
    refused(&["--branch", "main"], &["the branch main is checked out at", "/work"]);
    refused(&["--branch", "a..b"], &["`a..b` cannot be a branch's name"]);
    refused(&["--branch", "taken", "--base", "main"], &["a branch taken exists already"]);
    refused(&["--isolation", "same-folder", "--base", "main"], &["a base or a branch means a work tree"]);
    let elsewhere = home.join("home").display().to_string();
    refused(&["--isolation", "worktree", "--cwd", &elsewhere], &["is not a git folder"]);
    let git_dir = top.join(".git").display().to_string();
    refused(&["--isolation", "worktree", "--cwd", &git_dir], &["lies within a .git folder"]);
    // A program that is not there: nothing was made for it.
    let said =
        home.cmd(["launch", "--headless", "--isolation", "worktree", "--", "no-such-program"]).run().code(2).stderr;
    assert!(said.contains("was not found"), "{said}");
    assert_eq!(home.cmd(["worktrees", "--all", "--json"]).run().ok().json(), Value::Array(Vec::new()));
    assert_eq!(git(&top, &["worktree", "list"]).lines().count(), 1);
    assert_eq!(git(&top, &["for-each-ref", "--format=%(refname:short)", "refs/heads"]), "main\ntaken");
    assert!(fs::read_dir(home.join("worktrees/work")).map_or(true, |mut all| all.next().is_none()));
    for verb in [["worktrees", "remove", "nothing"].as_slice(), &["snapshot", "nothing"], &["restore", "nothing"]] {
        let said = home.cmd(verb.iter().copied()).run().code(3).stderr;
        assert!(said.contains("there is no work tree nothing"), "{said}");
    }
    home.shut_down_all();
}

#[test]
fn while_a_tree_is_removed_what_is_written_is_kept_or_the_tree_stays() {
    if !need::have("git") {
        return;
    }
    let home = Home::new();
    let _top = repository(&home);
    let agent = launched(&home, &["--branch", "fix"], "exec cat");
    let (id, path) = (id(&agent), path_of(&agent));
    let _ = home.cmd(["close", &id]).run().ok();
    // Somebody works there whom we did not start.
    let mut stranger =
        home.program("sh", ["-c", "echo here; exec sleep 1000"]).cwd(&path).start(&home.join("stranger"));
    wait_until("the stranger", || stranger.said().contains("here").then_some(()));
    let said = home.cmd(["worktrees", "remove", &id]).run().code(1).stderr;
    assert!(said.contains("processes work in the work tree fix") && said.contains("sleep"), "{said}");
    stranger.kill();
    wait_until("the stranger's end", || home.cmd(["worktrees", "remove", &id]).run().stderr.is_empty().then_some(()));
    assert!(!Path::new(&path).exists());
    home.shut_down_all();
}
