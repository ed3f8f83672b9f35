//! Snapshots of a folder in which agents work without a work tree of their own, by the verbs that people use: taken without
//! a trace in the index, the stash or the branch, brought back, and never under another agent's feet without a word.

use crate::support::fleet::id;
use crate::support::repository::{assert_same, git, listing, repository};
use crate::support::server::{block_on, refusal};
use crate::support::{Home, need, wait_until};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

fn launched(home: &Home, directory: &Path) -> String {
    let directory = directory.display().to_string();
    let words = ["launch", "--headless", "--json", "--isolation", "same-folder", "--cwd", &directory, "--", "cat"];
    id(&home.cmd(words).run().ok().json())
}

/// What no snapshot may touch: the index bit for bit, the stash, all branches, what is checked out.
fn untouched(top: &Path) -> (Vec<u8>, Vec<String>) {
    let asked = [
        &["stash", "list"][..],
        &["for-each-ref", "refs/heads", "refs/stash"],
        &["symbolic-ref", "HEAD"],
        &["--no-optional-locks", "status", "--porcelain"],
    ];
    (fs::read(top.join(".git/index")).unwrap(), asked.map(|words| git(top, words)).to_vec())
}

#[test]
fn the_folder_around_an_agent_goes_back_and_forth() {
    if !need::have("git") {
        return;
    }
    let home = Home::new();
    let top = repository(&home);
    fs::create_dir(top.join("part")).unwrap();
    fs::write(top.join("code.rs"), "put away\n").unwrap();
    git(&top, &["stash", "-q"]);
    fs::write(top.join("code.rs"), "staged\n").unwrap();
    git(&top, &["add", "code.rs"]);
    for (name, text) in [("code.rs", "staged, and more\n"), ("new", "new\n"), (".env", "TOKEN=1\n"), ("part/x", "x\n")]
    {
        fs::write(top.join(name), text).unwrap();
    }
    let agent = launched(&home, &top.join("part"));
    let said = home.cmd(["snapshot", &agent, "--list"]).run().ok().stdout;
    assert!(said.starts_with("No snapshots."), "{said}");
    let (first, before) = (listing(&top), untouched(&top));
    let said = home.cmd(["snapshot", &agent, "-m", "before the storm"]).run().ok().stdout;
    assert!(said.starts_with(&format!("Snapshot 1: 5 files, refs/conductor/snap/{agent}/1 (")), "{said}");
    assert_same(&listing(&top), &first);
    assert_eq!(untouched(&top), before);
    // Its own git can look at it.
    assert_eq!(git(&top, &["show", &format!("refs/conductor/snap/{agent}/1:.env")]), "TOKEN=1");
    fs::remove_file(top.join("new")).unwrap();
    fs::write(top.join("code.rs"), "all wrong\n").unwrap();
    fs::write(top.join("part/later"), "later\n").unwrap();
    git(&top, &["reset", "-q"]);
    let second = listing(&top);
    let said = home.cmd(["restore", &agent]).run().ok().stdout;
    assert!(said.contains(&format!("{} is restored; what was there is snapshot 2.", top.display())), "{said}");
    assert_same(&listing(&top), &first);
    assert_eq!(
        untouched(&top).1,
        before.1,
        "what was staged is staged again, the stash and the branch are as they were"
    );
    // And forth, and back again.
    let _ = home.cmd(["restore", &agent, "--snapshot", "2"]).run().ok();
    assert_same(&listing(&top), &second);
    let _ = home.cmd(["undo", &agent, "--snapshot", "3"]).run().ok();
    assert_same(&listing(&top), &first);
    let all = home.cmd(["snapshot", &agent, "--list", "--json"]).run().ok().json();
    let words: Vec<&str> = all.as_array().unwrap().iter().map(|kept| kept["words"].as_str().unwrap()).collect();
    let went = ["before it went back to 1", "before it went back to 2", "before it went back to 3"];
    assert_eq!(words, [&["before the storm"][..], &went].concat());
    // The branch is never moved: what was committed since is said to be on it.
    git(&top, &["commit", "-q", "-m", "since"]);
    let said = home.cmd(["restore", &agent, "--snapshot", "1"]).run().ok();
    assert!(said.stderr.contains("the branch stays where it is"), "{said:?}");
    assert_eq!(git(&top, &["log", "-1", "--format=%s"]), "since");
    let refused = home.cmd(["restore", &agent, "--snapshot", "99"]).run().code(3).stderr;
    assert!(refused.contains("there is no such snapshot") && refused.contains("Hint: "), "{refused}");
    // With another server all of it is known still, and when the agent has ended.
    let _ = home.cmd(["stop", &agent]).run().ok();
    let _ = home.cmd(["shutdown"]).run().ok();
    home.launch("next", &["cat"]);
    let table = home.cmd(["snapshot", &agent, "--list"]).run().ok().stdout;
    assert!(table.starts_with("NUMBER") && table.lines().count() == 6, "{table}");
    // With the agent goes what made its snapshots fast, once somebody looks; they stay.
    let known = home.join("worktrees/.known").join(&agent);
    assert!(known.exists());
    let _ = home.cmd(["close", &agent]).run().ok();
    let _ = home.cmd(["shutdown"]).run().ok();
    home.launch("last", &["cat"]);
    wait_until("nothing known", || (!known.exists()).then_some(()));
    assert_eq!(git(&top, &["for-each-ref", "refs/conductor"]).lines().count(), 5);
    home.shut_down_all();
}

#[test]
fn files_under_other_agents_change_by_consent_alone() {
    if !need::have("git") {
        return;
    }
    let home = Home::new();
    let top = repository(&home);
    let (one, other) = (launched(&home, &top), launched(&home, &top));
    let _ = home.cmd(["snapshot", &one]).run().ok();
    let first = listing(&top);
    fs::write(top.join("code.rs"), "the other's work\n").unwrap();
    let now = listing(&top);
    let refused = home.cmd(["restore", &one]).run().code(1).stderr;
    let told = format!("Others work in {} as well: {other}", top.display());
    for part in [told.as_str(), "nothing was restored", "Hint: --with-others"] {
        assert!(refused.contains(part), "{refused}");
    }
    // A yes to others than those who are there is none.
    for accept in ["", "0badcafe"] {
        let route = format!("/terminals/{one}/restore");
        let answer = block_on(home.client().post::<_, Value>(&route, &json!({ "accept": accept })));
        let said = refusal(&answer.unwrap_err());
        assert!(said.contains("work in") && said.contains("as well"), "{said}");
    }
    assert_same(&listing(&top), &now);
    assert_eq!(git(&top, &["for-each-ref", "refs/conductor"]).lines().count(), 1, "nothing was begun");
    let said = home.cmd(["restore", &one, "--with-others"]).run().ok().stdout;
    assert!(said.contains("what was there is snapshot 2"), "{said}");
    assert_same(&listing(&top), &first);
    // Alone there is nobody to ask for.
    let _ = home.cmd(["stop", &other]).run().ok();
    let _ = home.cmd(["restore", &one, "--snapshot", "2"]).run().ok();
    assert_same(&listing(&top), &now);
    home.shut_down_all();
}

#[test]
fn where_there_is_no_repository_there_is_no_snapshot() {
    if !need::have("git") {
        return;
    }
    let home = Home::new();
    let folder = home.join("plain");
    fs::create_dir(&folder).unwrap();
    let agent = launched(&home, &folder);
    for words in [&["snapshot", &agent][..], &["snapshot", &agent, "--list"], &["restore", &agent]] {
        let said = home.cmd(words.iter().copied()).run().code(1).stderr;
        assert!(said.contains("is not a git folder"), "{said}");
    }
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
    home.shut_down_all();
}
