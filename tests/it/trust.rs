//! Trust of directories, by the verb that people use: shown, given by hash, asked again after each change, never given by an
//! agent, never by a token.

use crate::support::fleet::id;
use crate::support::http::{Request, ask};
use crate::support::repository::{git, repository};
use crate::support::{Home, need, wait_until};
use serde_json::Value;
use std::fs;
use std::path::Path;

const CONFIG: &str = "[worktree]\nsetup = \"echo \\u001b[2K set up\"\n";

pub fn write(top: &Path, below: &str, text: &str) {
    let file = top.join(".conductor").join(below);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(file, text).unwrap();
}

/// What `trust --show` says of the working directory.
pub fn shown(home: &Home) -> Value {
    home.cmd(["trust", ".", "--show", "--json"]).run().ok().json()
}

/// Trusts what lies in the working directory now.
pub fn trust(home: &Home) -> String {
    let hash = shown(home)["hash"].as_str().unwrap().to_owned();
    let _ = home.cmd(["trust", ".", "--yes", &hash]).run().ok();
    hash
}

#[test]
fn what_is_trusted_is_what_was_shown_and_nothing_that_came_later() {
    if !need::have("git") {
        return;
    }
    let home = Home::new();
    let top = repository(&home);
    home.launch("any", &["cat"]);
    let said = home.cmd(["trust"]).run().code(1).stderr;
    assert!(said.contains("has no .conductor: there is nothing to trust"), "{said}");
    write(&top, "config.toml", CONFIG);
    // Nobody there who could say yes: shown, and nothing trusted.
    let said = home.cmd(["trust"]).run().code(1);
    assert!(said.stdout.contains("+ [worktree]") && said.stdout.contains("setup runs `echo ␛[2K set up`"), "{said:?}");
    assert!(said.stderr.contains("nothing was trusted") && said.stderr.contains("--yes "), "{said:?}");
    assert_eq!(shown(&home)["trusted_by"], Value::Null);
    // The hash of something else.
    let first = shown(&home)["hash"].as_str().unwrap().to_owned();
    write(&top, "more.md", "words");
    let said = home.cmd(["trust", "--yes", &first]).run().code(1).stderr;
    assert!(said.contains("something else lies there than what was shown"), "{said}");
    let second = trust(&home);
    assert_ne!(first, second);
    assert_eq!(shown(&home)["trusted_by"], top.display().to_string());
    let listed = home.cmd(["trust", "--show"]).run().ok().stdout;
    assert!(listed.contains("trusted") && listed.contains(&second[..12]), "{listed}");
    // It outlives the server.
    home.kill_server();
    home.launch("again", &["cat"]);
    assert_eq!(shown(&home)["trusted_by"], top.display().to_string());
    // A change asks again, and shows what changed.
    write(&top, "config.toml", "[worktree]\nsetup = \"rm -rf x\"\n");
    fs::remove_file(top.join(".conductor/more.md")).unwrap();
    let said = home.cmd(["trust", "."]).run().code(1).stdout;
    for part in
        ["config.toml (30 bytes, changed)", "    + setup = \"rm -rf x\"", "more.md (0 bytes, gone)", "    - words"]
    {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert!(home.cmd(["trust", "--show"]).run().ok().stdout.contains("changed"));
    // Another work tree of the repository, with what is trusted and with something else.
    let third = trust(&home);
    git(&top, &["add", "."]);
    git(&top, &["commit", "-q", "-m", "conductor"]);
    git(&top, &["worktree", "add", "-q", "../beside"]);
    let beside = home.join("beside");
    let look = |at: &Path| home.cmd(["trust", "--show", "--json", at.to_str().unwrap()]).run().ok().json();
    assert_eq!((&look(&beside)["hash"], &look(&beside)["trusted_by"]), (&third.into(), &top.to_str().unwrap().into()));
    write(&beside, "config.toml", "[worktree]\nsetup = \"evil\"\n");
    assert_eq!(look(&beside)["trusted_by"], Value::Null);
    // One that only says that it belongs to it.
    let liar = home.join("liar");
    fs::create_dir_all(&liar).unwrap();
    fs::write(liar.join(".git"), format!("gitdir: {}\n", top.join(".git").display())).unwrap();
    write(&liar, "config.toml", "[worktree]\nsetup = \"rm -rf x\"\n");
    assert_eq!((&look(&liar)["hash"], &look(&liar)["trusted_by"]), (&shown(&home)["hash"], &Value::Null));
    let _ = home.cmd(["trust", "--revoke"]).run().ok();
    assert_eq!(shown(&home)["trusted_by"], Value::Null);
    let said = home.cmd(["trust", "--revoke"]).run().code(3).stderr;
    assert!(said.contains("is not trusted"), "{said}");
    home.shut_down_all();
}

#[test]
fn neither_an_agent_nor_a_token_can_trust_anything() {
    if !need::have("git") {
        return;
    }
    let home = Home::new();
    let top = repository(&home);
    write(&top, "config.toml", CONFIG);
    let any = home.launch("any", &["cat"]);
    let hash = shown(&home)["hash"].as_str().unwrap().to_owned();
    let script = format!("{} trust --yes {hash} 2>&1; echo over; exec cat", crate::support::home::binary());
    let agent = home.cmd(["launch", "--headless", "--json", "--", "sh", "-c", &script]).run().ok().json();
    let screen = home.wait_screen(&id(&agent), "over");
    assert!(screen.contains("agents may not do this"), "{screen}");
    let token = home.read("run/token");
    let port = wait_until("the port", || {
        let health = home.api("/health")?;
        health["tcp"].as_str()?.rsplit(':').next()?.parse::<u16>().ok()
    });
    let body = serde_json::json!({ "directory": top, "hash": hash }).to_string();
    let request = Request::new("POST", "/trust").line(&format!("Host: 127.0.0.1:{port}"));
    let answer = ask(port, &request.bearer(token.trim()).json(&body));
    assert_eq!(answer.status, 403, "{}", answer.json());
    assert_eq!(shown(&home)["trusted_by"], Value::Null);
    drop(any);
    home.shut_down_all();
}

#[test]
fn the_question_is_asked_on_a_terminal() {
    if !need::have("git") {
        return;
    }
    let home = Home::new();
    let top = repository(&home);
    write(&top, "config.toml", "[worktree]\nsetup = \"make\"\n");
    home.launch("any", &["cat"]);
    let outer = home.outer().size(100, 30).cwd(&top).conductor(["trust"]);
    outer.wait_text("Trust exactly this? [y/N]");
    outer.type_text("y").press("enter").wait_text("is trusted until its .conductor changes.");
    assert_eq!(shown(&home)["trusted_by"], top.display().to_string());
    home.shut_down_all();
}
