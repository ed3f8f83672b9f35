//! The verbs of a terminal's and the server's life: wait, rename, restart, resume, close, kill, shutdown, attach; and
//! the log, byte for byte, across all of it.

use std::time::Instant;

use serde_json::{Value, json};

use crate::support::fleet::id;
use crate::support::http::{Answer, Request, ask};
use crate::support::{Home, proc, wait_until};

const READER: &str = "stty -echo; echo up; while IFS= read -r line; do printf '<%s>\\n' \"$line\"; done";

#[track_caller]
fn refused(home: &Home, words: &str, code: i32, text: &str) {
    let output = home.verb(words).run().code(code);
    assert!(output.stderr.starts_with("Error: ") && output.stderr.contains(text), "{words}: {}", output.stderr);
}

/// A program that says by OSC 7501 what it is doing: `waiting` when it is told so.
const REPORTER: &str = "stty -echo; echo up; while read word; do eval \"$word\"; done";

#[test]
fn waiting_for_a_status() {
    let home = Home::new();
    let agent = id(&home.launch_script("one", REPORTER));
    home.wait_output(&agent, "up");
    let status = || home.find_terminal(&agent).unwrap()["status"].as_str().unwrap().to_owned();
    // A level: what holds already is enough, one of several too.
    let all = "initializing,ready,running,waiting,completed,error,unknown";
    let said = home.verb(&format!("wait {agent} --status {all}")).run().ok().stdout;
    assert!(all.contains(said.trim()), "{said}");
    let said = home.verb(&format!("wait {agent} --status {all} --json")).run().ok().json();
    assert_eq!(said["id"], json!(agent));
    wait_until("a settled status", || (status() != "initializing").then_some(()));
    // In vain.
    let begun = Instant::now();
    refused(&home, &format!("wait {agent} --status error --timeout 200ms"), 124, "time ran out");
    assert!(begun.elapsed().as_millis() >= 200);
    refused(&home, &format!("wait {agent} --status {all} --next --timeout 200ms"), 124, "time ran out");
    refused(&home, &format!("wait {agent} --status asleep"), 2, "`asleep` is not a status; one of: ");
    refused(&home, &format!("wait {agent} --status asleep"), 2, "ready (idle), running (working), waiting, ");
    // The screen's words mean the same.
    let on_screen = "starting,idle,working,waiting,done,failed,unknown";
    let said = home.verb(&format!("wait {agent} --status {on_screen}")).run().ok().stdout;
    assert!(all.split(',').any(|word| said == format!("{word}\n")), "{said}");
    refused(&home, "wait 00000000 --status ready", 3, "no terminal 00000000");
    // The agent ends while somebody waits: 3, also for one who comes later, unless that was waited for.
    let mut waiting = home.verb(&format!("wait {agent} --status error --timeout 1m")).start(&home.join("waiting"));
    let mut for_end = home.verb(&format!("wait {agent} --status closed,completed --next")).start(&home.join("for-end"));
    wait_until("both to listen", || {
        (proc::open_fds(waiting.pid()) > 5 && proc::open_fds(for_end.pid()) > 5).then_some(())
    });
    let _ = home.cmd(["send", &agent, "-m", "exit"]).run().ok();
    assert_eq!((waiting.wait(), for_end.wait()), (3, 0), "{} {}", waiting.said(), for_end.said());
    let _ = home.verb(&format!("wait {agent} --status ready")).run().code(3);
    let _ = home.verb(&format!("wait {agent} --status closed")).run().ok();
    let _ = home.verb(&format!("wait {agent} --status gone")).run().ok();
    // One that ended with a code is gone, too.
    let failed = id(&home.launch_script("failed", "exit 3"));
    let _ = home.verb(&format!("wait {failed} --status failed")).run().ok();
    let _ = home.verb(&format!("wait {failed} --status idle")).run().code(3);
}

#[test]
fn names_are_given_and_looked_up() {
    let home = Home::new();
    let agent = id(&home.launch_script("one", READER));
    let worker = id(&home.worker("one", READER));
    let said = home.cmd(["rename", &agent, "the boss"]).run().ok().stdout;
    assert!(said.starts_with(&format!("{agent}  the boss  ")), "{said}");
    assert_eq!(home.cmd(["rename", "the boss", "boss", "--json"]).run().ok().json()["window_name"], json!("boss"));
    assert_eq!(home.cmd(["status", "one/boss", "--json"]).run().ok().json()["id"], json!(agent));
    refused(&home, &format!("rename {worker} boss"), 1, "another terminal of its session is named boss");
    for name in ["", " ", &"x".repeat(101)] {
        let said = home.cmd(["rename", &worker, name]).run().code(2).stderr;
        assert!(said.contains("1 to 100"), "{said}");
    }
    let said = home.cmd(["rename", &worker, "a\u{1b}[31mb\u{202e}c"]).run().ok().stdout;
    assert!(!said.contains('\u{1b}'), "{said:?}");
    let text = home.verb("status boss --explain").run().ok().stdout;
    assert!(text.contains("since 20"), "{text}");
    let table = home.verb("ps").run().ok().stdout;
    assert!(table.starts_with("ID ") && table.lines().count() == 3 && table.contains("boss"), "{table}");
    assert!(home.verb("sessions").run().ok().stdout.contains("one "));
}

#[test]
fn a_restart_keeps_id_name_and_log() {
    let home = Home::new();
    let script = "echo run of $$; echo $KEPT; exec sleep 10000";
    let words = ["launch", "--headless", "--json", "--env", "KEPT=kept", "--", "/bin/sh", "-c", script];
    let first = home.cmd(words).run().ok().json();
    let agent = id(&first);
    home.wait_output(&agent, "kept");
    let _ = home.cmd(["rename", &agent, "named"]).run().ok();
    let end = home.find_terminal(&agent).unwrap()["output_end"].as_u64().unwrap();
    let again = home.cmd(["restart", &agent, "--json"]).run().ok().json();
    for key in ["id", "session", "log_path", "cwd", "command", "created_at", "cols", "rows"] {
        assert_eq!(again[key], first[key], "{key}");
    }
    assert_eq!(again["window"], json!("named"));
    assert!(again["pid"] != first["pid"] && again["holder_pid"] != first["holder_pid"]);
    let pids = [&first["pid"], &first["holder_pid"]].map(|p| p.as_i64().unwrap() as i32);
    wait_until("the first run to be gone", || (!pids.iter().any(|p| proc::alive(*p))).then_some(()));
    let said = wait_until("both runs", || {
        let said = home.cmd(["output", &agent]).run().ok().stdout;
        (said.matches("kept").count() == 2).then_some(said)
    });
    assert_eq!(said.matches("run of ").count(), 2, "{said}");
    let log = std::fs::read(first["log_path"].as_str().unwrap()).unwrap();
    let text = String::from_utf8(log).unwrap();
    assert!(text.len() as u64 > end && text.matches("run of ").count() == 2, "offsets go on: {text:?}");
    refused(&home, &format!("resume {agent}"), 2, "no conversation");
    refused(&home, "restart 00000000", 3, "00000000");
    // An agent that has ended is started again in the same way.
    let ended = id(&home.launch_script("two", "echo once more; exit 7"));
    let seen = wait_until("its end", || home.find_terminal(&ended).filter(|t| t["exit_code"] == json!(7)));
    assert!(
        seen["pid"].is_null() && ["error", "closed", "completed"].contains(&seen["status"].as_str().unwrap()),
        "{seen}"
    );
    let _ = home.cmd(["restart", &ended]).run().ok();
    wait_until("two runs", || {
        (home.cmd(["output", &ended]).run().ok().stdout.matches("once more").count() == 2).then_some(())
    });
}

#[test]
fn stopping_ends_the_program_and_keeps_the_terminal() {
    let home = Home::new();
    let agent = id(&home.launch_script("one", READER));
    home.wait_output(&agent, "up");
    refused(&home, &format!("stop {agent} --read-only"), 5, "change something");
    assert_eq!(home.cmd(["stop", &agent]).run().ok().stdout, "");
    wait_until("no program", || home.find_terminal(&agent).unwrap()["pid"].is_null().then_some(()));
    assert!(home.cmd(["output", &agent]).run().ok().stdout.contains("up"));
    let _ = home.cmd(["restart", &agent]).run().ok();
    wait_until("a program", || (!home.find_terminal(&agent).unwrap()["pid"].is_null()).then_some(()));
    refused(&home, "stop nobody", 3, "no terminal");
}

#[test]
fn closing_and_killing_leave_the_logs() {
    let home = Home::new();
    let first = home.launch_script("one", "echo first; trap '' HUP TERM; sleep 10001 & while :; do wait; done");
    let second = home.worker("one", READER);
    let third = home.launch_script("two", READER);
    let (agent, keeper) = (id(&first), id(&third));
    home.wait_output(&agent, "first");
    home.wait_output(&keeper, "up");
    refused(&home, &format!("close {agent} --read-only"), 5, "change something");
    assert_eq!(home.cmd(["close", &agent]).run().ok().stdout, "");
    assert!(home.find_terminal(&agent).is_none());
    assert!(!proc::alive(first["pid"].as_i64().unwrap() as i32), "though it ignores signals");
    assert_eq!(std::fs::read_to_string(first["log_path"].as_str().unwrap()).unwrap(), "first\r\n");
    refused(&home, &format!("close {agent}"), 3, "no terminal");
    refused(&home, &format!("output {agent}"), 3, "no terminal");
    assert_eq!(home.listed().len(), 2, "the session lives on with its other terminal");
    // The last terminal ends its session; its name is free again.
    let _ = home.cmd(["close", &id(&second)]).run().ok();
    let names = |home: &Home| -> Vec<String> {
        let all = home.verb("sessions --json").run().ok().json();
        all.as_array().unwrap().iter().map(|s| s["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names(&home), ["conductor-two"]);
    let _ = home.launch_script("one", READER);
    let _ = home.worker("one", READER);
    assert_eq!(home.verb("kill one").run().ok().stdout, "");
    assert_eq!(names(&home), ["conductor-two"]);
    refused(&home, "kill one", 3, "no session one");
    assert_eq!(home.find_terminal(&keeper).unwrap()["pid"], third["pid"], "nobody else was touched");
}

#[test]
fn shutting_down_in_three_ways() {
    let home = Home::new();
    let (one, two) = (home.launch_script("one", READER), home.launch_script("two", READER));
    let pid = |t: &Value| t["pid"].as_i64().unwrap() as i32;
    let server = home.health()["pid"].clone();
    // One session: its agents end, the server goes on.
    let _ = home.verb("shutdown --session one").run().ok();
    assert!(!proc::alive(pid(&one)) && proc::alive(pid(&two)));
    assert_eq!(home.health()["pid"], server);
    refused(&home, "shutdown --session nobody", 3, "no session nobody");
    refused(&home, "shutdown --read-only", 5, "change something");
    // The server alone.
    let _ = home.verb("shutdown").run().ok();
    wait_until("its process to be gone", || (!proc::alive(server.as_i64().unwrap() as i32)).then_some(()));
    assert!(proc::alive(pid(&two)));
    refused(&home, "sessions", 4, "no server");
    // Restarted: another server, the same agents.
    let three = home.launch_script("three", READER);
    let before = home.health()["pid"].clone();
    let _ = home.verb("shutdown --restart").run().ok();
    assert_ne!(home.health()["pid"], before);
    assert_eq!(home.listed().iter().map(pid).collect::<Vec<_>>(), [pid(&two), pid(&three)]);
    // Everything, also when the server has gone before.
    let _ = home.verb("shutdown").run().ok();
    refused(&home, "shutdown", 4, "2 agents go on");
    let _ = home.verb("shutdown --all").run().ok();
    assert!(!proc::alive(pid(&two)) && !proc::alive(pid(&three)));
    refused(&home, "sessions", 4, "no server");
    refused(&home, "shutdown --all", 4, "no agent runs either");
}

#[test]
fn attaching_needs_a_terminal_and_something_to_show() {
    let home = Home::new();
    let agent = id(&home.launch_script("one", READER));
    for words in ["attach", "attach one", "", "launch", "worker one"] {
        refused(&home, words, 1, "needs a terminal");
    }
    refused(&home, &format!("attach {agent}"), 1, "needs a terminal");
    refused(&home, "attach nothing", 3, "no session and no terminal nothing");
    let said = home.verb(&format!("attach {agent}")).env("CONDUCTOR_TERMINAL_ID", &agent).run().code(2).stderr;
    assert!(said.contains("itself"), "{said}");
    assert_eq!(home.listed().len(), 1, "nothing was started");
}

fn range(home: &Home, id: &str, offset: u64, length: u64) -> Answer {
    let port = home.port();
    let path = format!("/terminals/{id}/output/range?offset={offset}&length={length}");
    ask(port, &Request::new("GET", &path).line(&format!("Host: 127.0.0.1:{port}")).bearer(&home.token()))
}

#[test]
fn ranges_are_exact_bytes() {
    let home = Home::new();
    let agent = id(&home.launch_script("one", "stty -opost -echo; printf 'a\\033[31mb\\000c'; exec sleep 10000"));
    wait_until("nine bytes", || (home.find_terminal(&agent).unwrap()["output_end"] == json!(9)).then_some(()));
    assert_eq!(range(&home, &agent, 0, 100).body, "a\u{1b}[31mb\0c");
    assert_eq!(range(&home, &agent, 1, 5).body, "\u{1b}[31m");
    assert_eq!(range(&home, &agent, 8, 1).body, "c");
    for (offset, length) in [(9, 10), (1000, 10), (0, 0), (u64::MAX, 10), (u64::MAX, u64::MAX)] {
        let answer = range(&home, &agent, offset, length);
        assert_eq!((answer.status, answer.body.as_str()), (200, ""), "{offset} {length}");
    }
    let port = home.port();
    for query in ["", "?offset=0", "?offset=-1&length=1", "?offset=x&length=1", "?offset=99999999999999999999&length=1"]
    {
        let path = format!("/terminals/{agent}/output/range{query}");
        let request = Request::new("GET", &path).line(&format!("Host: 127.0.0.1:{port}")).bearer(&home.token());
        let answer = ask(port, &request);
        assert_eq!((answer.status, answer.code().as_str()), (400, "bad_request"), "{query}");
    }
}

#[test]
fn what_retention_cut_is_told_as_a_gap() {
    let home = Home::new();
    let _ = home.write("config.toml", "[log]\nsegment_mib = 1\nlimit_mib = 3\n");
    let mib = 1024 * 1024;
    let script = format!(
        "stty -opost -echo; echo begin; head -c {} /dev/zero | tr '\\0' x; echo; echo finish; read x; exec echo more",
        8 * mib
    );
    let agent = id(&home.launch_script("one", &script));
    let end = 6 + 8 * mib + 1 + 7;
    wait_until("eight MiB", || (home.find_terminal(&agent).unwrap()["output_end"] == json!(end)).then_some(()));
    assert_eq!(range(&home, &agent, 0, 6).body, "begin\n", "the first segment is kept");
    assert_eq!(range(&home, &agent, end - 7, 100).body, "finish\n");
    let answer = wait_until("a cut", || Some(range(&home, &agent, 4 * mib, 10)).filter(|a| a.status == 410));
    let hint = answer.json()["error"]["hint"].as_str().unwrap().to_owned();
    let resumes: u64 = hint.rsplit(' ').next().unwrap().parse().unwrap();
    assert_eq!(answer.code(), "gone");
    assert!(resumes > 4 * mib && resumes < end, "{hint}");
    assert_eq!(range(&home, &agent, resumes, 10).body, "x".repeat(10));
    assert_eq!(range(&home, &agent, resumes - 1, 10).status, 410);
    let logs = std::fs::read_dir(home.join("logs/terminal")).unwrap().map(|e| e.unwrap());
    let size: u64 =
        logs.filter(|e| e.path().extension().is_some_and(|x| x == "log")).map(|e| e.metadata().unwrap().len()).sum();
    assert!(size <= 3 * mib + 64 * 1024, "{size} bytes kept");
    // Text is rebuilt from what there is; offsets go on over a restart.
    assert!(home.verb(&format!("output {agent} --lines 1")).run().ok().stdout.contains("finish"));
    let _ = home.cmd(["restart", &agent]).run().ok();
    wait_until("sixteen MiB", || (home.find_terminal(&agent).unwrap()["output_end"] == json!(2 * end)).then_some(()));
    assert_eq!(range(&home, &agent, 2 * end - 7, 7).body, "finish\n");
    // One who follows from behind the gap goes on.
    let mut follower = home.cmd(["output", &agent, "--lines", "1", "--follow"]).start(&home.join("followed"));
    wait_until("the follower", || home.read("followed").contains("finish").then_some(()));
    let _ = home.cmd(["send", &agent, "-m", ""]).run().ok();
    assert_eq!(follower.wait(), 0, "{}", follower.said());
    assert!(home.read("followed").ends_with("more\n"));
}

/// Output that never pauses says nothing of its own; who has the terminal does.
#[test]
fn who_prints_without_a_pause_is_at_work() {
    let home = Home::new();
    let script = home.agent_of(
        home.cmd(["launch", "--headless", "--json", "--", "sh", "-c", "while :; do echo x; sleep 0.02; done"]).run(),
    );
    home.wait_terminal(&script.id, "work", |t| t["status"] == "running");
    let shell = home.agent_of(home.cmd(["launch", "-p", "shell", "--headless", "--json"]).run());
    home.wait_terminal(&shell.id, "rest", |t| t["status"] == "ready");
    let _ = home.cmd(["send", &shell.id, "while :; do /bin/echo x; sleep 0.02; done"]).run().ok();
    home.wait_terminal(&shell.id, "work", |t| t["status"] == "running");
    let _ = home.cmd(["keys", &shell.id, "C-c"]).run().ok();
    home.wait_terminal(&shell.id, "rest again", |t| t["status"] == "ready");
}
