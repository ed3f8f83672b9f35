//! What is said of agents that lie, stop, end or are quoted, by the real server: doubles in real panes, hooks called by
//! hand, provider files that change while agents run. The right answer or `unknown`, and why it was said.

use crate::support::wait::wait_until;
use crate::support::{Home, Output, proc};
use conductor_tui::base::clock::now_ms;
use serde_json::Value;
use std::fs;

/// A provider with rules that every shell script can play.
const ACME: &str = r#"
name = "acme"
title = "Acme"
needs_command = true
[hooks]
environment = { ACME_HOOK = "{shell}" }
child = "agent_id"
on = [
  { event = "begin", status = "running", detail = "{what}" },
  { event = "tool", status = "running", within = true },
  { event = "ask", status = "waiting", waiting_for = "approval" },
  { event = "end", status = "ready" },
]
[[rules]]
name = "spinner"
status = "running"
source = "title"
pattern = '^\* '
expires_ms = 1500
[[rules]]
name = "dialog"
status = "waiting"
waiting_for = "approval"
source = "screen"
region = "bottom"
pattern = '^Run this\?\n1\. Yes\n2\. No\s*\z'
prompt = '^(Run this\?)'
choices = '^(?<key>\d)\. (?<label>.*)$'
[[rules]]
name = "composer"
status = "ready"
source = "screen"
region = "bottom"
pattern = '^acme>\s*\z'
"#;

/// A home with that provider; its agents are scripts.
struct World {
    home: Home,
}

impl World {
    fn new() -> World {
        let home = Home::new();
        fs::create_dir_all(home.path().join("providers")).unwrap();
        fs::write(home.path().join("providers/acme.toml"), ACME).unwrap();
        World { home }
    }

    #[track_caller]
    fn cli(&self, args: &[&str]) -> Output {
        self.home.cmd(args.iter().copied()).run()
    }

    /// Launches a script and gives its terminal's id.
    #[track_caller]
    fn launch(&self, script: &str) -> String {
        let launched =
            self.cli(&["launch", "-p", "acme", "--headless", "--json", "--", "bash", "-c", script]).ok().json();
        launched["id"].as_str().unwrap().to_owned()
    }

    fn terminal(&self, id: &str) -> Value {
        let all = self.cli(&["terminals", "--json"]).ok().json();
        all.as_array().unwrap().iter().find(|t| t["id"] == id).cloned().unwrap_or_default()
    }

    #[track_caller]
    fn wait(&self, id: &str, status: &str) -> Value {
        wait_until(&format!("{id} to be {status}"), || {
            let terminal = self.terminal(id);
            (terminal["status"] == status).then_some(terminal)
        })
    }

    fn explained(&self, id: &str) -> String {
        self.cli(&["status", id, "--explain"]).ok().stdout
    }
}

/// Draws a screen, and the next one whenever a line is typed.
fn scenes(scenes: &[&str]) -> String {
    let draw = |scene: &&str| format!("printf '\\033[2J\\033[H{scene}'; read -rs x; ");
    scenes.iter().map(draw).collect::<String>() + "sleep 1000"
}

#[test]
fn a_screen_is_read_while_the_rest_of_it_never_rests() {
    let world = World::new();
    // A clock in the first row, ten times a second, beside a dialog that stands.
    let id = world.launch(
        "printf '\\033[2J\\033[5HRun this?\\r\\n1. Yes\\r\\n2. No'; i=0; \
         while :; do i=$((i+1)); printf '\\0337\\033[H%s\\0338' $i; sleep 0.03; done",
    );
    world.wait(&id, "waiting");
    let report = world.cli(&["status", &id, "--json"]).ok().json();
    assert_eq!(report["waiting_for"], "approval");
    assert_eq!(report["prompt"], "Run this?");
    assert_eq!(report["choices"][1]["label"], "No");
    assert_eq!(report["choices"][1]["key"], "2");
    let place = report["claims"][0]["place"].as_str().unwrap();
    assert!(place.ends_with("acme.toml:20"), "{place}");
}

#[test]
fn a_quoted_dialog_is_none_and_an_earlier_moment_can_be_looked_at() {
    let world = World::new();
    let id =
        world.launch(&scenes(&["Run this?\\r\\n1. Yes\\r\\n2. No", "Run this?\\r\\n1. Yes\\r\\n2. No\\r\\nacme> "]));
    world.wait(&id, "waiting");
    let then = world.terminal(&id)["output_end"].as_u64().unwrap();
    drop(world.cli(&["keys", &id, "Enter"]).ok());
    world.wait(&id, "ready");
    let past = world.cli(&["status", &id, "--explain", "--offset", &then.to_string()]).ok().stdout;
    assert!(
        past.starts_with("waiting for approval")
            && past.contains("rule \"dialog\"")
            && past.contains("choice: [1] Yes"),
        "{past}"
    );
    let other = world.cli(&["status", &id, "--explain", "--rules", "codex"]).ok().stdout;
    assert!(!other.contains("acme.toml"), "{other}");
    let never = world.cli(&["status", &id, "--at", "soon"]);
    assert!(never.code == 2 && never.stderr.contains("is no moment"), "{}", never.stderr);
}

#[test]
fn a_spinner_that_stands_still_is_not_believed_and_a_stopped_process_is_told() {
    let world = World::new();
    let id = world.launch("while :; do i=$((i+1)); printf '\\033]2;* %s\\007' $i; sleep 0.1; done");
    let terminal = world.wait(&id, "running");
    let pid = terminal["pid"].as_i64().unwrap() as proc::Pid;
    proc::signal(pid, libc::SIGSTOP);
    let stopped = world.wait(&id, "unknown");
    assert!(stopped["detail"].as_str().unwrap().contains("stopped"), "{stopped}");
    proc::signal(pid, libc::SIGCONT);
    world.wait(&id, "running");
}

#[test]
fn an_agent_that_leaves_a_shell_behind_is_unknown_however_it_looks() {
    let world = World::new();
    let id = world.launch("printf '\\033]2;* busy\\007acme> '; read -rs x; exec bash --norc --noprofile");
    // Its title is believed until it has stood for too long.
    world.wait(&id, "completed");
    drop(world.cli(&["keys", &id, "Enter"]).ok());
    let left = world.wait(&id, "unknown");
    assert!(left["detail"].as_str().unwrap().contains("a shell has the terminal"), "{left}");
    // A person's own command line that ends in a shell is idle at its prompt.
    let own = ["launch", "-p", "shell", "--headless", "--json", "--", "bash", "-c", "sleep 0.3; exec bash --norc"];
    let shell = world.cli(&own).ok().json();
    world.wait(shell["id"].as_str().unwrap(), "ready");
}

/// A provider's file that is saved while agents run counts at once; a broken one changes nothing and is told.
#[test]
fn a_saved_file_counts_and_a_broken_one_leaves_the_last_good_one() {
    let world = World::new();
    let id = world.launch(&scenes(&["odd> "]));
    let file = world.home.path().join("providers/acme.toml");
    wait_until("its first words", || world.terminal(&id)["output_end"].as_u64().filter(|end| *end > 0));
    fs::write(&file, ACME.replace("^acme>", "^(?:acme|odd)>")).unwrap();
    world.wait(&id, "ready");
    fs::write(&file, ACME.replace("pattern = '^acme>", "pattern = '^(acme>")).unwrap();
    let problem = wait_until("the problem told", || {
        world.cli(&["health", "--json"]).ok().json()["problems"].as_array().and_then(|all| all.first().cloned())
    });
    let problem = problem.as_str().unwrap();
    assert!(
        problem.contains("acme.toml: line 29: rule \"composer\"") && problem.contains("stays in force"),
        "{problem}"
    );
    assert_eq!(world.terminal(&id)["status"], "ready");
    let check = world.cli(&["providers", "check", file.to_str().unwrap()]);
    assert!(check.code == 1 && check.stderr.contains("line 29"), "{}", check.stderr);
    fs::write(&file, ACME).unwrap();
    world.wait(&id, "unknown");
}

#[test]
fn hooks_count_for_the_agent_whose_process_tells_them() {
    let world = World::new();
    // Its own command line gets no hooks: its file must say so, not we. Here the socket is known, as to any process.
    let id = world.launch(
        "h() { printf '%s' \"$2\" | \"$CTUI\" hook acme --socket \"$CONDUCTOR_SOCKET\" --terminal \"${3:-$CONDUCTOR_TERMINAL_ID}\" $1; }; \
         printf 'acme> '; while read -rs line; do eval \"$line\"; done",
    );
    world.wait(&id, "ready");
    let binary = env!("CARGO_BIN_EXE_conductor-tui");
    let does = |line: &str| drop(world.cli(&["send", &id, "-m", line]).ok());
    does(&format!("CTUI={binary}"));
    does("h begin '{\"what\":\"all of it\"}'");
    let running = world.wait(&id, "running");
    assert_eq!((&running["detail"], &running["hooks"]), (&Value::from("all of it"), &Value::from("firing")));
    let at_work = now_ms();
    does("h ask '{}'");
    world.wait(&id, "waiting");
    // Something within the turn does not close the dialog, a subagent does not either, nor what is told by hand.
    does("h tool '{}'; h end '{\"agent_id\":\"a1\"}'; h nonsense '{}'; h begin 'no json'");
    world.wait(&id, "running");
    does("h ask '{}'");
    world.wait(&id, "waiting");
    let by_hand =
        world.home.cmd(["hook", "acme", "--socket", &world.socket(), "--terminal", &id, "end"]).stdin("{}").run();
    assert_eq!((by_hand.code, by_hand.stdout.as_str(), by_hand.stderr.as_str()), (0, "", ""));
    // Another agent's process says nothing of this one.
    let other = world.launch("printf 'acme> '; while read -rs line; do eval \"$line\"; done");
    world.wait(&other, "ready");
    let line =
        format!("echo '{{}}' | {binary} hook acme --socket \"$CONDUCTOR_SOCKET\" --terminal {id} end; printf done");
    drop(world.cli(&["send", &other, "-m", &line]).ok());
    wait_until("the other's word", || world.cli(&["output", &other]).ok().stdout.contains("done").then_some(()));
    let explained = world.explained(&id);
    assert!(explained.starts_with("waiting for approval") && explained.contains("hook ask"), "{explained}");
    assert!(explained.contains("not counted: it speaks of a subagent"), "{explained}");
    does("h end '{}'");
    world.wait(&id, "ready");
    // An earlier moment is explained by what had been told by then.
    let then = world.home.api(&format!("/terminals/{id}/status?at={at_work}")).unwrap();
    assert_eq!((&then["status"], &then["detail"]), (&Value::from("running"), &Value::from("all of it")), "{then:#}");
    let evidence = then["evidence"].to_string();
    assert!(evidence.contains("hook begin") && evidence.contains("from 1 word of its hooks"), "{evidence}");
}

impl World {
    fn socket(&self) -> String {
        self.home.path().join("run/server.sock").display().to_string()
    }
}

/// A hook must not hold its agent up when nobody listens.
#[test]
fn a_hook_without_a_server_ends_well_and_at_once() {
    let home = Home::new();
    for terminal in ["00000000", "no-id", ""] {
        let told =
            home.cmd(["hook", "acme", "--socket", "/nowhere/x.sock", "--terminal", terminal, "end"]).stdin("{}").run();
        assert_eq!((told.code, told.stdout.as_str(), told.stderr.as_str()), (0, "", ""));
    }
}
