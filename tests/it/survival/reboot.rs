//! The end of a machine: everything that keeps agents is killed. Whoever comes next finds which agents were
//! running, and takes each up with its own conversation.

use serde_json::Value;

use crate::support::fleet::id;
use crate::support::{Home, proc, wait_until};

/// A kind of agent that has conversations: a file for each, and a word on the screen which one it is in.
const TALKER: &str = r#"
name = "talker"
title = "Talker"
programs = ["sh"]
conversation_arguments = ["-c", "mkdir -p $HOME/talks; : >$HOME/talks/{conversation}; echo fresh {conversation}; exec cat"]
resume_arguments = ["-c", "echo again {conversation}; exec cat"]

[conversation]
saved = ["$HOME/talks/{conversation}"]
begins = 'said="([^"]*)"'
"#;

fn home() -> Home {
    let home = Home::new();
    home.write("providers/talker.toml", TALKER);
    home
}

/// A talker's id and its conversation.
#[track_caller]
fn talker(home: &Home, more: &[&str]) -> (String, String) {
    let words = ["launch", "-p", "talker", "--headless", "--json"];
    let terminal = home.cmd(words.iter().chain(more)).run().ok().json();
    let conversation = terminal["conversation"].as_str().unwrap().to_owned();
    home.wait_screen(&id(&terminal), "fresh ");
    (id(&terminal), conversation)
}

/// Kills everything that keeps agents, and starts a server again by launching one more.
#[track_caller]
fn reboot(home: &Home) {
    home.end_all();
    assert!(home.leftovers().is_empty());
    home.launch("later", &["cat"]);
}

/// What `resume --all` did with one of them.
fn about<'a>(done: &'a Value, id: &str) -> &'a Value {
    done.as_array().unwrap().iter().find(|one| one["id"] == id).unwrap_or_else(|| panic!("no {id} in {done}"))
}

#[test]
fn all_that_were_running_are_resumed_with_their_own_conversations() {
    let home = home();
    let (one, first) = talker(&home, &[]);
    let (two, second) = talker(&home, &[]);
    let (stopped, _) = talker(&home, &[]);
    let _ = home.cmd(["stop", &stopped]).run().ok();
    let (policy, _) = talker(&home, &["--restart", "on-failure"]);
    let shell = home.launch("shell", &["sh", "-c", "echo shell; exec cat"]).id;
    reboot(&home);
    let by_itself = home.wait_terminal(&policy, "a start by itself", |t| t["pid"].is_i64());
    assert_eq!(by_itself["cut_off"], false);
    for id in [&one, &two, &shell] {
        let gone = home.wait_terminal(id, "that it was cut off", |t| t["cut_off"] == true);
        assert_eq!((&gone["status"], &gone["evidence"]), (&"closed".into(), &"its holder is gone".into()), "{gone}");
    }
    assert_eq!(home.terminal(&stopped)["cut_off"], false);

    let done = home.cmd(["resume", "--all", "--json"]).run().ok().json();
    assert_eq!(done.as_array().unwrap().len(), 3, "{done}");
    for (id, conversation) in [(&one, &first), (&two, &second)] {
        assert_eq!(about(&done, id)["what"], "resumed", "{done}");
        home.wait_screen(id, &format!("again {conversation}"));
    }
    assert_eq!(about(&done, &shell)["what"], "left", "{done}");
    let said = home.cmd(["resume", "--all", "--with-shells"]).run().ok().stdout;
    assert!(said.contains(&shell) && said.contains("restarted  afresh") && !said.contains(&one), "{said}");
    let said = home.cmd(["resume", "--all"]).run().ok().stdout;
    assert_eq!(said, "No agent was cut off.\n");
}

#[test]
fn a_machine_that_stops_in_order_cuts_off_too_and_stop_gives_up() {
    let home = home();
    let (agent, _) = talker(&home, &[]);
    let terminal = home.terminal(&agent);
    let pid = |what: &str| terminal[what].as_i64().unwrap() as proc::Pid;
    let _ = home.cmd(["shutdown"]).run().ok();
    // The program is told to end; its holder writes down how it did.
    proc::signal(pid("pid"), libc::SIGTERM);
    wait_until("the end of its holder", || (!proc::alive(pid("holder_pid"))).then_some(()));
    home.launch("later", &["cat"]);
    home.wait_terminal(&agent, "that it was cut off", |t| t["cut_off"] == true);
    let _ = home.cmd(["stop", &agent]).run().ok();
    assert_eq!(home.terminal(&agent)["cut_off"], false);
}

#[test]
fn no_conversation_is_lost_by_a_resume_that_fails() {
    let home = home();
    let (agent, first) = talker(&home, &[]);
    let _ = home.cmd(["resume", &agent]).run().ok();
    home.wait_screen(&agent, &format!("again {first}"));
    let file = home.join(format!("home/talks/{first}"));
    std::fs::remove_file(&file).unwrap();
    let refused = home.cmd(["resume", &agent]).run().code(2).stderr;
    assert!(refused.contains("there is no conversation to resume"), "{refused}");
    assert_eq!(home.terminal(&agent)["conversation"], first.as_str());
    // A restart begins another one; the first stays known.
    let _ = home.cmd(["restart", &agent]).run().ok();
    home.wait_screen(&agent, "fresh ");
    let second = home.terminal(&agent)["conversation"].as_str().unwrap().to_owned();
    assert_ne!(second, first);
    let listed = home.cmd(["resume", &agent, "--list"]).run().ok().stdout;
    let lines: Vec<Vec<&str>> = listed.lines().skip(1).map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(lines, [vec![second.as_str(), "saved", "last"], vec![first.as_str(), "not", "found"]], "{listed}");
    // In doubt the others are named, and one of them can be chosen.
    std::fs::rename(home.join(format!("home/talks/{second}")), &file).unwrap();
    let refused = home.cmd(["resume", &agent]).run().code(2).stderr;
    assert!(refused.contains("1 of its earlier ones can be: "), "{refused}");
    let _ = home.cmd(["resume", &agent, "--conversation", &first]).run().ok();
    home.wait_screen(&agent, &format!("again {first}"));
    assert_eq!(home.terminal(&agent)["conversation"], first.as_str());
    let _ = home.cmd(["resume", &agent, "--conversation=--evil"]).run().code(2);
}

#[test]
fn which_conversation_is_chosen_on_the_screen_and_in_lines() {
    let home = home();
    let (agent, first) = talker(&home, &["--name", "talk"]);
    let file = |conversation: &str| home.join(format!("home/talks/{conversation}"));
    // A restart without its file begins another one; then the first is found again.
    let _ = home.cmd(["resume", &agent]).run().ok();
    home.wait_screen(&agent, &format!("again {first}"));
    std::fs::remove_file(file(&first)).unwrap();
    let _ = home.cmd(["restart", &agent]).run().ok();
    let restarted = home.wait_terminal(&agent, "another conversation", |t| t["conversation"] != first.as_str());
    let second = restarted["conversation"].as_str().unwrap().to_owned();
    home.wait_screen(&agent, &format!("fresh {second}"));
    std::fs::write(file(&first), "said=\"Fix the login\"\n").unwrap();
    std::fs::write(file(&second), "said=\"Something else\"\n").unwrap();
    let outer = home.outer().size(120, 35).conductor([""; 0]);
    outer.wait_text("fresh ");
    outer.press("H").wait_text("talk is alive · x stops it first");
    let _ = home.cmd(["stop", &agent]).run().ok();
    outer.wait_text("restart");
    outer.press("H").wait_text("Resume talk with which conversation?");
    outer.wait_text("Something else");
    outer.wait_text("Fix the login");
    outer.press("2");
    home.wait_terminal(&agent, "the first", |t| t["conversation"] == first.as_str() && t["pid"].is_i64());
    outer.press("ctrl-q D");
    outer.wait_exit();
    // The same for ears: which of them is the last has changed.
    let _ = home.cmd(["stop", &agent]).run().ok();
    let outer = home.outer().size(100, 30).conductor(["--accessible"]);
    outer.wait_text("conductor-tui. 1 agent.");
    outer.type_text("conversations 1\n").wait_text("1 just now, the last: Fix the login");
    outer.type_text("7\n").wait_text("Type a number from 1 to 2, or nothing.");
    outer.type_text("2\n").wait_text("Resumed 1 talk.");
    home.wait_terminal(&agent, "the second", |t| t["conversation"] == second.as_str() && t["pid"].is_i64());
}

#[test]
fn the_screen_says_so_and_one_key_takes_all_up() {
    let home = home();
    let talks = [talker(&home, &[]), talker(&home, &[])];
    reboot(&home);
    let outer = home.outer().size(120, 35).conductor([""; 0]);
    outer.wait_text("2 agents were running when they were cut off · R resumes all");
    outer.press("R").wait_gone("were running");
    for (id, conversation) in &talks {
        home.wait_screen(id, &format!("again {conversation}"));
    }
    outer.wait_text("2 agents resumed");
    outer.press("D").wait_exit();
    outer.assert_restored();
}
