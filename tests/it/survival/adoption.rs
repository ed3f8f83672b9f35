//! What a new server types: nothing but the answers to queries of the last two seconds that nobody has answered
//! (invariant 5 of ARCHITECTURE.md: adoption types no byte).

use std::time::{Duration, SystemTime};

use crate::support::{Agent, Home, wait_until};

/// Writes what is typed to `got`; asks the terminal for its kind when the file `ask` appears.
fn asker(home: &Home) -> Agent {
    let (ask, got) = (home.join("ask"), home.join("got"));
    let script = format!(
        "stty raw -echo; printf ready; while [ ! -e {} ]; do sleep 0.02; done; printf '\\033[c'; exec cat >{}",
        ask.display(),
        got.display()
    );
    let agent = home.launch("asker", &["sh", "-c", &script]);
    home.wait_screen(&agent.id, "ready");
    agent
}

fn ask(home: &Home, agent: &Agent) {
    home.write("ask", "");
    wait_until("the query in the log", || home.log(&agent.id).ends_with(b"\x1b[c").then_some(()));
}

/// Everything that was typed up to a word that we type now.
#[track_caller]
fn typed_before(home: &Home, agent: &Agent, word: &str) -> String {
    let _ = home.cmd(["send", &agent.id, "--no-enter", "-m", word]).run().ok();
    let got = wait_until("the word", || Some(home.read("got")).filter(|got| got.ends_with(word)));
    got.strip_suffix(word).unwrap().to_string()
}

#[test]
fn a_query_is_answered_once_however_many_servers_come() {
    let home = Home::new();
    let agent = asker(&home);
    ask(&home, &agent);
    let answer = wait_until("the answer", || Some(home.read("got")).filter(|got| got.ends_with('c')));
    assert!(answer.starts_with("\x1b[?"), "{answer:?}");
    for _ in 0..3 {
        let killed = home.kill_server();
        home.server_other_than(Some(killed));
    }
    assert_eq!(typed_before(&home, &agent, "word"), answer);
}

#[test]
fn a_query_asked_just_now_is_answered_by_the_next_server() {
    let home = Home::new();
    let agent = asker(&home);
    let _ = home.cmd(["shutdown"]).run().ok();
    ask(&home, &agent);
    home.launch("other", &["cat"]);
    let answer = wait_until("the answer", || Some(home.read("got")).filter(|got| got.ends_with('c')));
    assert_eq!(typed_before(&home, &agent, "word"), answer);
}

#[test]
fn an_old_query_is_left_alone() {
    let home = Home::new();
    let agent = asker(&home);
    let _ = home.cmd(["shutdown"]).run().ok();
    ask(&home, &agent);
    let asked = std::fs::metadata(home.log_path(&agent.id)).unwrap().modified().unwrap();
    wait_until("the query to be older than what is answered", || {
        let age = SystemTime::now().duration_since(asked).ok()?;
        (age > Duration::from_millis(3200)).then_some(())
    });
    home.launch("other", &["cat"]);
    assert_eq!(typed_before(&home, &agent, "word"), "");
}
