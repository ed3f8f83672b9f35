//! Requests that wait for a yes: nothing is typed before it, once after it, whatever dies in between; of many answers one counts.

use crate::support::server::block_on;
use crate::support::{Home, wait_until};
use crate::survival::pause::{kill_there, server_that_stops_at};
use serde_json::{Value, json};
use std::path::PathBuf;

/// An agent that writes what is typed into a file.
struct World {
    home: Home,
    id: String,
    typed: PathBuf,
}

impl World {
    fn new() -> World {
        let home = Home::new();
        let typed = home.join("typed");
        let script = format!("exec cat > {}", typed.display());
        let id = home.launch("writer", &["sh", "-c", &script]).id;
        World { home, id, typed }
    }

    #[track_caller]
    fn ask(&self, text: &str) -> Value {
        self.home.cmd(["send", &self.id, "--require-approval", "--json", text]).run().ok().json()["approval"].clone()
    }

    fn one(&self, id: u64) -> Value {
        wait_until("the request", || self.home.api(&format!("/approvals/{id}")))
    }

    fn typed(&self) -> String {
        std::fs::read_to_string(&self.typed).unwrap_or_default()
    }

    /// The program gives a line on when it has read it.
    #[track_caller]
    fn wait_typed(&self, text: &str) {
        wait_until("what was typed", || (self.typed() == text).then_some(()));
    }

    /// A line that needs no yes: what was typed before it is in the file when it is.
    #[track_caller]
    fn assert_typed(&self, text: &str) {
        let _ = self.home.cmd(["send", &self.id, "end of it"]).run().ok();
        self.wait_typed(&format!("{text}end of it\n"));
    }
}

#[test]
fn what_is_asked_is_typed_once_after_a_yes_and_never_after_a_no() {
    let world = World::new();
    let first = world.ask("one");
    assert_eq!((&first["id"], &first["status"], &first["command"]), (&json!(1), &json!("pending"), &json!("one")));
    let _ = world.ask("two");
    let listed = world.home.cmd(["approvals"]).run().ok().stdout;
    assert!(listed.contains("$ one") && listed.contains("$ two") && listed.contains("HIGH"), "{listed}");

    // A server that dies decides nothing: same number, same age, and the next number is a new one.
    let killed = world.home.kill_server();
    world.home.server_other_than(Some(killed));
    let after = world.one(1);
    assert_eq!((&after["asked_at_ms"], &after["status"]), (&first["asked_at_ms"], &json!("pending")));
    assert_eq!(world.ask("three")["id"], 3);

    let said = world.home.cmd(["deny", "1", "--reason", "not today"]).run().ok().stdout;
    assert!(said.contains("denied 1"), "{said}");
    let said = world.home.cmd(["approve", "2", "3"]).run().ok().stdout;
    assert!(said.contains("approved 2") && said.contains("approved 3"), "{said}");
    let again = world.home.cmd(["approve", "1"]).run().code(1).stderr;
    assert!(again.contains("request 1 is denied by process"), "{again}");
    world.assert_typed("two\nthree\n");

    // Who has answered is kept.
    let done = world.one(2);
    assert!(done["done_at_ms"].is_u64() && done["error"].is_null(), "{done:#}");
    let by = done["by"]["executable"].as_str().unwrap();
    assert!(by.ends_with("conductor-tui"), "{done:#}");
    assert!(world.one(1)["answer_reason"] == "not today");
    assert_eq!(world.home.api("/approvals"), Some(json!([])));
    assert_eq!(world.home.api("/approvals?status=all").unwrap().as_array().unwrap().len(), 3);
    world.home.shut_down_all();
}

#[test]
fn of_many_answers_at_once_one_counts() {
    let world = World::new();
    let mut wanted = String::new();
    for round in 1..=5_u64 {
        let text = format!("echo {}", "x".repeat(round as usize));
        let asked = world.ask(&text);
        let id = asked["id"].as_u64().unwrap();
        let answers: Vec<bool> = std::thread::scope(|scope| {
            let answer = |yes: bool| {
                let client = world.home.client();
                let path = format!("/approvals/{id}/{}", if yes { "approve" } else { "deny" });
                block_on(async { client.post::<Value, Value>(&path, &json!({})).await.is_ok() })
            };
            let all: Vec<_> = (0..12).map(|n| scope.spawn(move || answer(n % 2 == 0))).collect();
            all.into_iter().map(|one| one.join().unwrap()).collect()
        });
        assert_eq!(answers.iter().filter(|answer| **answer).count(), 1, "{answers:?}");
        let is_yes = answers.iter().position(|answer| *answer).unwrap() % 2 == 0;
        assert_eq!(world.one(id)["status"], if is_yes { "approved" } else { "denied" });
        if is_yes {
            wanted += &format!("{text}\n");
        }
    }
    world.assert_typed(&wanted);
    world.home.shut_down_all();
}

#[track_caller]
fn killed_at(point: &str) {
    let world = World::new();
    let _ = world.ask("once");
    let _ = world.home.cmd(["shutdown"]).run().ok();
    let server = server_that_stops_at(&world.home, point);
    let answering = world.home.cmd(["approve", "1"]).start(&world.home.join("answering"));
    kill_there(server, point);
    drop(answering);
    // The yes is stored: the next server does it, and what was typed already is not typed again.
    world.home.launch("after", &["cat"]);
    wait_until("what came of it", || world.one(1)["done_at_ms"].as_u64());
    assert_eq!(world.one(1)["error"], Value::Null);
    world.assert_typed("once\n");
    world.home.shut_down_all();
}

#[test]
fn a_yes_is_carried_out_once_by_the_next_server() {
    killed_at("approval-before-doing");
}

#[test]
fn what_was_done_before_the_server_died_is_not_done_again() {
    killed_at("approval-after-doing");
}

#[test]
fn requests_of_a_program_that_has_ended_are_withdrawn() {
    let world = World::new();
    let _ = world.ask("late");
    let _ = world.home.cmd(["stop", &world.id]).run().ok();
    let after = wait_until("its end", || Some(world.one(1)).filter(|one| one["status"] == "withdrawn"));
    assert_eq!(after["note"], "its agent has ended");
    let refused = world.home.cmd(["approve", "1"]).run().code(1).stderr;
    assert!(refused.contains("request 1 is withdrawn"), "{refused}");
    assert!(world.home.cmd(["send", &world.id, "--require-approval", "x"]).run().code(1).stderr.contains("has ended"));
    assert!(world.home.cmd(["approve", "77"]).run().code(3).stderr.contains("no request 77"));
    world.home.shut_down_all();
}

#[test]
fn an_agent_and_a_token_answer_nothing() {
    let world = World::new();
    let _ = world.ask("mine");
    // From within an agent, in three ways.
    let program = crate::support::home::binary();
    let script = format!(
        "{program} approve 1; echo \"said $?\"; unset CONDUCTOR_TERMINAL_ID; setsid -w {program} approve 1; echo \"said $?\"; \
         {program} approve {}; echo \"said $?\"; exec cat",
        world.id
    );
    let agent = world.home.launch("hostile", &["sh", "-c", &script]);
    let screen = wait_until("three answers", || {
        Some(world.home.screen_of(&agent.id)).filter(|screen| screen.matches("said ").count() == 3)
    });
    assert!(screen.contains("agents may not do this") && !screen.contains("said 0"), "{screen}");
    // A request that is not what was seen.
    let client = world.home.client();
    let post = |path: &str, body: &Value| block_on(async { client.post::<Value, Value>(path, body).await });
    assert!(post("/approvals/1/approve", &json!({"digest": "0".repeat(64)})).is_err());
    assert_eq!(world.one(1)["status"], "pending");
    world.assert_typed("");
    world.home.shut_down_all();
}

#[test]
fn what_the_rules_deny_is_not_even_asked() {
    let home = Home::new();
    let shell = home.agent_of(home.cmd(["launch", "-p", "shell", "--headless", "--json"]).run());
    let refused = home.cmd(["send", &shell.id, "--require-approval", "rm -rf /"]).run().code(5).stderr;
    assert!(refused.contains("the rules deny it: "), "{refused}");
    assert_eq!(home.api("/approvals?status=all"), Some(json!([])));
    // The words of the seed.
    let body = json!({"terminal_id": shell.id, "command_text": "ls"});
    let asked: Value = block_on(async { home.client().post("/approvals", &body).await }).unwrap();
    assert_eq!((&asked["class"], &asked["decision"]), (&json!("read"), &json!("allow")), "{asked:#}");
    assert_eq!(home.api("/approvals?status_filter=PENDING").unwrap().as_array().unwrap().len(), 1);
    home.shut_down_all();
}
