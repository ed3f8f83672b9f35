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
fn a_removed_tree_is_let_go_when_its_days_are_over_and_nothing_else_is() {
    if !need::have("git") {
        return;
    }
    let home = Home::new();
    let top = repository(&home);
    let made = |branch: &str| {
        let agent = launched(&home, &["--branch", branch], "echo new > new; git init -q other; echo written; exec cat");
        home.wait_screen(&id(&agent), "written");
        let _ = home.cmd(["close", &id(&agent)]).run().ok();
        git(&path_of(&agent), &["commit", "-q", "--allow-empty", "-m", branch]);
        let _ = home.cmd(["snapshot", &id(&agent)]).run().ok();
        agent
    };
    let (gone, stands) = (made("gone"), made("stands"));
    let _ = home.cmd(["worktrees", "remove", "gone"]).run().ok();
    git(&top, &["update-ref", "refs/conductor/snap/mine", "HEAD"]);
    fs::write(top.join("mine"), "not committed").unwrap();
    let (before, left) = (listing(&top), listing(&path_of(&stands)));
    let aside = home.join("worktrees/.aside").join(id(&gone));
    assert!(aside.join("other/.git").exists());
    // The next server looks, and it is too early; to the one after it all states are two days old.
    home.write("config.toml", "[worktrees]\nkeep_days = 1\n");
    let _ = home.cmd(["shutdown"]).run().ok();
    home.launch("same", &["cat"]);
    assert_eq!(state_of(&home, &id(&gone))["state"], "removed");
    let _ = home.cmd(["shutdown"]).run().ok();
    let database = rusqlite::Connection::open(home.join("db/conductor.db")).unwrap();
    let older = "UPDATE worktrees SET state = json_set(state, '$.since', json_extract(state, '$.since') - 172800000)";
    assert_eq!(database.execute(older, []).unwrap(), 2);
    drop(database);
    home.launch("next", &["cat"]);
    let names = || {
        let all = home.cmd(["worktrees", "--all", "--json"]).run().ok().json();
        all.as_array().unwrap().iter().map(|tree| tree["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    wait_until("the end of the first", || (names() == ["stands"]).then_some(()));
    let kept = git(&top, &["for-each-ref", "--format=%(refname)"]);
    let expected = ["refs/conductor/snap/mine", "refs/heads/gone", "refs/heads/main", "refs/heads/stands"];
    let kept: Vec<&str> = kept.lines().filter(|name| !name.contains(&id(&stands))).collect();
    assert_eq!(kept, expected, "a branch with commits stays, and what is not ours");
    assert_eq!(git(&top, &["for-each-ref", &format!("refs/conductor/snap/{}", id(&stands))]).lines().count(), 1);
    assert!(!aside.exists());
    assert_same(&listing(&top), &before);
    assert_same(&listing(&path_of(&stands)), &left);
    let said = home.cmd(["restore", "gone"]).run().code(3).stderr;
    assert!(said.contains("there is no work tree gone") && said.contains("keep_days"), "{said}");
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
        ["Would be lost: target/ (ignored, and larger than what is kept, 1.9 MiB)", "nothing was removed", "--lose"]
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
fn what_was_moved_aside_comes_back_when_the_rest_cannot_be() {
    if !need::have("git") {
        return;
    }
    let home = Home::new();
    let _top = repository(&home);
    let script = "git init -q one; echo x > one/file; git init -q two; echo y > two/file; echo written; exec cat";
    let agent = launched(&home, &["--branch", "fix"], script);
    let (id, path) = (id(&agent), path_of(&agent));
    home.wait_screen(&id, "written");
    let _ = home.cmd(["close", &id]).run().ok();
    let left = listing(&path);
    // In the place of the second lies something.
    let aside = home.join("worktrees/.aside").join(&id);
    fs::create_dir_all(&aside).unwrap();
    fs::write(aside.join("two"), "somebody's own").unwrap();
    let refused = home.cmd(["worktrees", "remove", "fix"]).run().code(1).stderr;
    assert!(refused.contains("two exists already"), "{refused}");
    assert_same(&listing(&path), &left);
    assert_eq!(state_of(&home, &id)["state"], "ready");
    assert_eq!(fs::read_to_string(aside.join("two")).unwrap(), "somebody's own");
    fs::remove_file(aside.join("two")).unwrap();
    let _ = home.cmd(["worktrees", "remove", "fix"]).run().ok();
    let _ = home.cmd(["restore", "fix"]).run().ok();
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

fn known_person(top: &Path) {
    git(top, &["config", "user.name", "ada"]);
    git(top, &["config", "user.email", "ada@example.org"]);
}

#[test]
fn the_work_of_two_agents_lands_in_the_base_and_a_conflict_is_shown() {
    if !need::have("git") {
        return;
    }
    let home = Home::new();
    let top = repository(&home);
    known_person(&top);
    let one =
        launched(&home, &["--branch", "one"], "sed -i 's/one/ONE/' code.rs; echo 1 > new1; echo written; exec cat");
    let two = launched(&home, &["--branch", "two"], "sed -i 's/three/THREE/' code.rs; echo written; exec cat");
    let bad = launched(&home, &["--branch", "bad"], "sed -i 's/fn one/fn eins/' code.rs; echo written; exec cat");
    for agent in [&one, &two, &bad] {
        home.wait_screen(&id(agent), "written");
    }
    let refused = home.cmd(["finish", "one"]).run().code(1).stderr;
    assert!(refused.contains("one has changes that no commit has") && refused.contains("--commit"), "{refused}");
    // While its agent works the tree stays.
    let finished = home.cmd(["finish", "one", "--commit", "the first", "--json"]).run().ok().json();
    assert_eq!((&finished["base"], &finished["removed"]), (&"main".into(), &false.into()));
    assert!(finished["notes"][0].as_str().unwrap().contains("the work tree stays"), "{finished:#}");
    assert_eq!(git(&top, &["status", "--porcelain"]), "");
    for agent in [&one, &two, &bad] {
        let _ = home.cmd(["close", &id(agent)]).run().ok();
    }
    let said = home.cmd(["finish", "two", "--commit", "the second", "--how", "rebase"]).run().ok().stdout;
    assert!(said.contains("two is in main, which is at ") && said.contains("The work tree is removed"), "{said}");
    assert_eq!(git(&top, &["log", "--format=%s"]), "the second\nthe first\nfirst");
    let text = fs::read_to_string(top.join("code.rs")).unwrap();
    assert_eq!(text, "fn ONE() {}\nfn two() {}\nfn THREE() {}\n", "the person sees both");
    assert_eq!(git(&top, &["for-each-ref", "--format=%(refname:short)", "refs/heads"]), "bad\nmain\none");
    let head = git(&top, &["rev-parse", "main"]);
    let refused = home.cmd(["finish", "bad", "--commit", "eins"]).run().code(1).stderr;
    assert!(refused.contains("both sides changed code.rs") && refused.contains("Hint: "), "{refused}");
    let kept = git(&path_of(&bad), &["rev-parse", "bad"]);
    assert!(refused.contains(&format!("the work is committed all the same, as {} on bad", &kept[..12])), "{refused}");
    assert_eq!(git(&path_of(&bad), &["log", "-1", "--format=%s", &kept]), "eins");
    // The second time there is nothing to commit any more, and nothing is said of it.
    let refused = home.cmd(["finish", "bad", "--commit", "eins"]).run().code(1).stderr;
    assert!(refused.contains("both sides changed code.rs") && !refused.contains("committed"), "{refused}");
    assert_eq!((git(&top, &["rev-parse", "main"]), git(&top, &["status", "--porcelain"])), (head, String::new()));
    assert!(path_of(&bad).exists(), "nothing is taken away that has not landed");
    // Somebody's own change in the way.
    fs::write(top.join("code.rs"), "mine\n").unwrap();
    fs::write(path_of(&bad).join("code.rs"), text.replace("two", "TWO")).unwrap();
    git(&path_of(&bad), &["-c", "user.name=x", "commit", "-qam", "TWO"]);
    git(&path_of(&bad), &["reset", "-q", "--hard", "main"]);
    fs::write(path_of(&bad).join("code.rs"), text.replace("two", "TWO")).unwrap();
    let refused = home.cmd(["finish", "bad", "--commit", "TWO"]).run().code(1).stderr;
    assert!(refused.contains("stand in the way"), "{refused}");
    assert_eq!(fs::read_to_string(top.join("code.rs")).unwrap(), "mine\n");
    // What landed comes back all the same.
    let _ = home.cmd(["restore", "two"]).run().ok();
    assert_eq!(git(&path_of(&two), &["log", "-1", "--format=%s"]), "the second");
    home.shut_down_all();
}

#[test]
fn a_branch_is_pushed_without_force_and_its_tree_goes() {
    if !need::have("git") {
        return;
    }
    let home = Home::new();
    let top = repository(&home);
    known_person(&top);
    let remote = home.join("remote.git");
    git(&top, &["init", "-q", "--bare", remote.to_str().unwrap()]);
    git(&top, &["remote", "add", "origin", remote.to_str().unwrap()]);
    git(&top, &["push", "-q", "origin", "main"]);
    // A program that the repository names in the place of git's.
    let mark = home.join("ran");
    let evil = home.write("evil", &format!("#!/bin/sh\necho ran >> {}\nexit 1\n", mark.display()));
    fs::set_permissions(&evil, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    fs::create_dir_all(top.join(".git/hooks")).unwrap();
    fs::copy(&evil, top.join(".git/hooks/pre-push")).unwrap();
    for name in ["remote.origin.receivepack", "core.sshCommand", "credential.helper", "core.askPass"] {
        git(&top, &["config", name, evil.to_str().unwrap()]);
    }
    let agent = launched(&home, &["--branch", "fix"], "echo two >> code.rs; echo written; exec cat");
    home.wait_screen(&id(&agent), "written");
    let refused = home.cmd(["finish", "fix", "--commit", "x", "--push", "nowhere"]).run().code(1).stderr;
    assert!(refused.contains("there is no remote nowhere"), "{refused}");
    let _ = home.cmd(["kill", "work"]).run().ok();
    let said = home.cmd(["finish", "fix", "--push", "origin"]).run().ok().stdout;
    assert!(said.contains("fix is pushed to origin.") && said.contains("The work tree is removed"), "{said}");
    assert_eq!(git(&remote, &["log", "-1", "--format=%s", "fix"]), "x");
    assert_eq!(git(&top, &["log", "-1", "--format=%s", "main"]), "first", "it did not land here");
    assert_eq!(git(&top, &["log", "-1", "--format=%s", "fix"]), "x", "the branch is the way to it");
    assert!(!mark.exists());
    // What the remote has otherwise is not written over.
    let _ = home.cmd(["restore", "fix"]).run().ok();
    git(&path_of(&agent), &["commit", "-q", "--amend", "-m", "other"]);
    let refused = home.cmd(["finish", "fix", "--push", "origin"]).run().code(1).stderr;
    assert!(refused.contains("rejected"), "{refused}");
    assert_eq!(git(&remote, &["log", "-1", "--format=%s", "fix"]), "x");
    home.shut_down_all();
}

#[test]
fn a_diff_is_that_of_the_work_since_what_it_was_made_from() {
    if !need::have("git") {
        return;
    }
    let home = Home::new();
    let top = repository(&home);
    known_person(&top);
    git(&top, &["checkout", "-q", "-b", "side"]);
    fs::write(top.join("side"), "x").unwrap();
    git(&top, &["add", "side"]);
    git(&top, &["commit", "-q", "-m", "side"]);
    let commit = git(&top, &["rev-parse", "HEAD"]);
    git(&top, &["checkout", "-q", "main"]);
    let of_branch = launched(&home, &["--base", "side", "--branch", "one"], "echo 1 > new1; echo written; exec cat");
    let of_commit = launched(&home, &["--base", &commit, "--branch", "two"], "echo 1 > new2; echo written; exec cat");
    for (agent, base, file) in [(&of_branch, "side", "new1"), (&of_commit, commit.as_str(), "new2")] {
        home.wait_screen(&id(agent), "written");
        let diff = home.cmd(["diff", &id(agent), "--json"]).run().ok().json();
        assert_eq!((&diff["base_name"], &diff["base_commit"]), (&base.into(), &commit.clone().into()));
        let files: Vec<&Value> = diff["files"].as_array().unwrap().iter().map(|file| &file["path"]).collect();
        assert_eq!(files, [file]);
    }
    home.shut_down_all();
}

#[test]
fn a_setup_runs_before_the_agent_and_one_that_fails_leaves_nothing() {
    if !need::have("git") {
        return;
    }
    let home = Home::new();
    let top = repository(&home);
    let setup = "echo $CONDUCTOR_BRANCH $WITH > made; echo \\\"$CONDUCTOR_REPOSITORY\\\"; test \\\"$WITH\\\" || exit 7";
    home.write("config.toml", &format!("[worktrees]\nsetup = \"{setup}\"\n"));
    let agent = launched(&home, &["--branch", "fix", "--env", "WITH=this"], "cat made; exec cat");
    home.wait_screen(&id(&agent), "fix this");
    let log = agent["setup_log"].as_str().unwrap();
    assert_eq!(fs::read_to_string(log).unwrap(), format!("{}\n", top.display()));
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&fs::metadata(log).unwrap().permissions()) & 0o777, 0o600);
    assert_eq!(state_of(&home, &id(&agent))["setup_log"], log);
    let refused =
        home.cmd(["launch", "--headless", "--isolation", "worktree", "--branch", "bad", "--", "cat"]).run().code(1);
    let said = refused.stderr;
    for part in
        ["the setup of bad ended with code 7", top.to_str().unwrap(), "all that it printed is in /", ".setup.log"]
    {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert_eq!(git(&top, &["worktree", "list"]).lines().count(), 2);
    assert_eq!(git(&top, &["for-each-ref", "--format=%(refname:short)", "refs/heads"]), "fix\nmain");
    assert!(!home.join("worktrees/work/bad").exists());
    home.shut_down_all();
}

#[test]
fn a_tree_that_is_brought_back_says_that_its_setup_was_not_run_or_runs_it() {
    if !need::have("git") {
        return;
    }
    let home = Home::new();
    let top = repository(&home);
    fs::write(top.join(".gitignore"), "*.big\n").unwrap();
    git(&top, &["commit", "-qam", "ignore"]);
    let setup = "echo $CONDUCTOR_BRANCH $WITH >> made; head -c 2000000 /dev/zero > made.big; test ! -e bad";
    home.write("config.toml", &format!("[worktrees]\nkeep_mib = 1\nsetup = \"{setup}\"\n"));
    let agent = launched(&home, &["--branch", "fix", "--env", "WITH=this"], "cat made; exec cat");
    let (id, path) = (id(&agent), path_of(&agent));
    home.wait_screen(&id, "fix this");
    let _ = home.cmd(["stop", &id]).run().ok();
    let made = || fs::read_to_string(path.join("made")).unwrap();
    let _ = home.cmd(["worktrees", "remove", "fix", "--lose"]).run().ok();
    let said = home.cmd(["restore", "fix"]).run().ok().stderr;
    assert!(
        said.contains(&format!("its setup was not run again: `conductor-tui restore --setup {id}` does")),
        "{said}"
    );
    assert_eq!((made().as_str(), path.join("made.big").exists()), ("fix this\n", false));
    // As it says; with the agent's environment.
    let said = home.cmd(["restore", "--setup", &id]).run().ok();
    assert!(!said.stderr.contains("Note"), "{said:?}");
    assert_eq!((made().as_str(), path.join("made.big").exists()), ("fix this\nfix this\n", true));
    // Both at once; what fails is said, and the tree is back.
    fs::write(path.join("bad"), "").unwrap();
    let _ = home.cmd(["worktrees", "remove", "fix", "--lose"]).run().ok();
    let said = home.cmd(["restore", "--setup", "fix"]).run().ok().stderr;
    assert!(said.contains("Note: the setup of fix ended with code 1"), "{said}");
    assert!(path.join("bad").exists() && path.join("made.big").exists());
    // Where there is none any more, that is said.
    let _ = home.cmd(["shutdown"]).run().ok();
    home.write("config.toml", "[worktrees]\nkeep_mib = 1\n");
    home.launch("next", &["cat"]);
    let said = home.cmd(["restore", "--setup", "fix"]).run().ok().stderr;
    assert!(said.contains("there is no setup to be run"), "{said}");
    home.shut_down_all();
}

#[test]
fn a_teardown_runs_before_a_tree_goes_and_one_that_fails_keeps_it() {
    if !need::have("git") {
        return;
    }
    let home = Home::new();
    let _top = repository(&home);
    home.write("config.toml", "[worktrees]\nteardown = \"echo no; test -e done || exit 1; echo torn > down\"\n");
    let agent = launched(&home, &["--branch", "fix"], "exec cat");
    let (id, path) = (id(&agent), path_of(&agent));
    let _ = home.cmd(["close", &id]).run().ok();
    let refused = home.cmd(["worktrees", "remove", "fix"]).run().code(1).stderr;
    assert!(refused.contains("the teardown of fix ended with code 1:\nno"), "{refused}");
    assert_eq!(state_of(&home, &id)["state"], "ready");
    let log = state_of(&home, &id)["teardown_log"].as_str().unwrap().to_owned();
    assert_eq!(fs::read_to_string(log).unwrap(), "no\n");
    fs::write(path.join("done"), "").unwrap();
    let _ = home.cmd(["worktrees", "remove", "fix"]).run().ok();
    assert!(!path.exists());
    // What it left is in the last snapshot.
    let _ = home.cmd(["restore", "fix"]).run().ok();
    assert_eq!(fs::read_to_string(path.join("down")).unwrap(), "torn\n");
    fs::remove_file(path.join("done")).unwrap();
    let _ = home.cmd(["worktrees", "remove", "fix", "--skip-teardown"]).run().ok();
    assert!(!path.exists());
    home.shut_down_all();
}

#[test]
fn a_repositorys_own_commands_run_by_the_hash_that_was_trusted() {
    if !need::have("git") {
        return;
    }
    let home = Home::new();
    let top = repository(&home);
    let say = |text: &str| crate::trust::write(&top, "config.toml", text);
    say("[worktree]\nsetup = \"echo theirs > made\"\nteardown = \"echo down > torn\"\ncopy = \"secrets\"\nx = 1\n");
    fs::write(top.join(".git/info/exclude"), "secrets\n.conductor\n").unwrap();
    fs::write(top.join("secrets"), "s").unwrap();
    let notes = |agent: &Value| state_of(&home, &id(agent))["notes"].to_string();
    // Not trusted: nothing of it, and a word.
    let none = launched(&home, &["--branch", "none"], "exec cat");
    assert!(notes(&none).contains("its .conductor is not used: `conductor-tui trust "), "{}", notes(&none));
    assert!(!path_of(&none).join("made").exists() && !path_of(&none).join("secrets").exists());
    crate::trust::trust(&home);
    let one = launched(&home, &["--branch", "one"], "cat made; exec cat");
    home.wait_screen(&id(&one), "theirs");
    assert_eq!(fs::read_to_string(path_of(&one).join("secrets")).unwrap(), "s");
    assert!(notes(&one).contains("worktree.x in .conductor/config.toml is not used"), "{}", notes(&one));
    // Its teardown is the one that was trusted then; when that holds no more, it does not run.
    let _ = home.cmd(["kill", "work"]).run().ok();
    let _ = home.cmd(["close", &id(&one)]).run();
    say("[worktree]\nsetup = \"touch evil\"\n");
    let two = launched(&home, &["--branch", "two"], "exec cat");
    assert!(!path_of(&two).join("evil").exists() && notes(&two).contains("not used"), "{}", notes(&two));
    let _ = home.cmd(["trust", "--revoke"]).run().ok();
    let refused = home.cmd(["worktrees", "remove", "one"]).run().code(1).stderr;
    assert!(refused.contains("the teardown of one is not trusted any more"), "{refused}");
    let _ = home.cmd(["worktrees", "remove", "one", "--skip-teardown"]).run().ok();
    home.shut_down_all();
}
