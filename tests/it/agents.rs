//! Real Claude Code and real Codex in the panes of the real screen, offline under the scripted model: they draw, take
//! a prompt, ask, are answered by keys, finish, survive the death of the server, and go on with their conversation.
//! What is looked at is what a person would look at: the outer terminal, the command line, the files they made.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::repository::{assert_same, git, listing};
use crate::support::wait::{wait_at_most, wait_until_for};
use crate::support::{Agents, Home, Model, Outer, Output, need, proc};

/// Real CLIs start a runtime of their own; a loaded machine with two cores gives them their turn late.
const PATIENCE: Duration = Duration::from_secs(60);

/// A home, the homes of both agents and the model behind them.
struct World {
    home: Home,
    agents: Agents,
    model: Model,
    env: Vec<(String, String)>,
}

impl World {
    fn new(script: &Value) -> World {
        let (home, agents, model) = (Home::new(), Agents::new(), Model::start(script));
        let mut env = agents.claude(&model, &[]);
        env.extend(agents.codex(&model, &[]));
        World { home, agents, model, env }
    }

    /// The real screen, in the repository that both agents trust.
    fn screen(&self) -> Outer {
        let outer = self.home.outer().size(160, 45).envs(self.env.clone()).cwd(self.agents.repo());
        outer.conductor([""; 0])
    }

    #[track_caller]
    fn cli(&self, args: &[&str]) -> Output {
        self.home.cmd(args.iter().copied()).envs(self.env.clone()).cwd(self.agents.repo()).run()
    }

    /// The terminals as scripts see them.
    #[track_caller]
    fn terminals(&self) -> Vec<Value> {
        self.cli(&["terminals", "--json"]).ok().json().as_array().cloned().unwrap()
    }

    /// The whole conversation that the model was sent with a prompt, as text.
    #[track_caller]
    fn asked(&self, prompt: &str) -> String {
        let request = wait_until_for(PATIENCE, &format!("the model to be asked {prompt:?}"), || {
            self.model.requests().into_iter().find(|r| r["user"].as_str().is_some_and(|u| u.contains(prompt)))
        });
        request["body"].to_string()
    }

    /// The pid of the server.
    fn server(&self) -> proc::Pid {
        self.cli(&["health", "--json"]).ok().json()["pid"].as_i64().unwrap() as proc::Pid
    }

    /// The terminal of a provider.
    fn terminal(&self, provider: &str) -> Option<Value> {
        self.terminals().into_iter().find(|t| t["provider"] == provider)
    }

    /// Waits until the terminal of `provider` has one of these statuses; gives the terminal.
    #[track_caller]
    fn wait_status(&self, provider: &str, statuses: &[&str]) -> Value {
        let mut last = Value::Null;
        let looked = wait_at_most(PATIENCE, || {
            last = self.terminal(provider)?;
            statuses.iter().any(|s| last["status"] == *s).then(|| last.clone())
        });
        looked.unwrap_or_else(|| panic!("{provider} never was {statuses:?}; last: {last:#}"))
    }

    /// Waits until an agent is done. One that is slow to learn that its reports are understood makes none at first (on a
    /// loaded machine), and a quick turn may then be over between two looks at the screen: idle without having been
    /// seen at work. What it said is asserted beside this; reported turns are asserted side by side above.
    #[track_caller]
    fn wait_turn(&self, provider: &str) -> Value {
        self.wait_status(provider, &["completed", "ready"])
    }

    /// Waits until `words` stand on the agent's screen: a report of an end comes before its last picture.
    #[track_caller]
    fn wait_output(&self, id: &str, words: &str) -> String {
        wait_until_for(PATIENCE, &format!("{words:?} on the screen of {id}"), || {
            let screen = self.cli(&["output", id, "--mode", "screen"]).ok().stdout;
            screen.contains(words).then_some(screen)
        })
    }

    /// Waits until a terminal's conversation is known and not `before`; gives it.
    #[track_caller]
    fn wait_conversation(&self, id: &str, before: &str) -> String {
        wait_until_for(PATIENCE, &format!("a conversation of {id} other than {before:?}"), || {
            let terminal = self.terminals().into_iter().find(|t| t["id"] == id)?;
            terminal["conversation"].as_str().filter(|c| *c != before).map(str::to_owned)
        })
    }

    /// As [`World::wait_status`], for one of several of a kind.
    #[track_caller]
    fn wait_id_status(&self, id: &str, statuses: &[&str]) {
        wait_until_for(PATIENCE, &format!("{id} to be {statuses:?}"), || {
            let terminal = self.terminals().into_iter().find(|t| t["id"] == id)?;
            statuses.iter().any(|s| terminal["status"] == *s).then_some(())
        });
    }

    /// Presses a key until the screen shows it: a key that comes the moment a dialog appears may be dropped.
    #[track_caller]
    fn keys_until(&self, id: &str, key: &str, mut taken: impl FnMut(&str) -> bool) {
        wait_until_for(PATIENCE, &format!("{key} taken by {id}"), || {
            drop(self.cli(&["keys", id, key]).ok());
            wait_at_most(Duration::from_secs(2), || {
                taken(&self.cli(&["output", id, "--mode", "screen"]).ok().stdout).then_some(())
            })
        });
    }

    fn explained(&self, id: &str) -> String {
        self.cli(&["status", id, "--explain"]).ok().stdout
    }

    /// Sends a message; one to an agent that is still starting waits for it.
    fn send(&self, id: &str, message: &str) {
        drop(self.cli(&["send", id, "-m", message]).ok());
    }

    fn made(&self, file: &str) -> bool {
        self.agents.repo().join(file).exists()
    }
}

fn text<'a>(terminal: &'a Value, field: &str) -> &'a str {
    terminal[field].as_str().unwrap_or_default()
}

/// Both make a file after a pause that is long enough to be seen working, ask for it, and say a last word.
fn asks() -> Value {
    json!({"rules": [
        {"match": "make a file", "api": "anthropic", "steps": [
            [{"text": "On it."}, {"delay": 2},
             {"tool": "Bash", "input": {"command": "touch by-claude.txt", "description": "Create a file"}}],
            [{"delay": 2}, {"text": "CLAUDE HAS DONE IT"}]]},
        {"match": "make a file", "api": "responses", "steps": [
            [{"text": "On it."}, {"delay": 2},
             {"tool": "exec_command", "input": {"cmd": "touch by-codex.txt",
              "sandbox_permissions": "require_escalated", "justification": "May I create the file?"}}],
            [{"delay": 2}, {"text": "CODEX HAS DONE IT"}]]},
        {"match": "remember this", "steps": [[{"text": "NOTED"}]]},
        {"match": "what was it", "steps": [[{"text": "IT WAS A TURNIP"}]]},
        {"match": "take your time", "steps": [[{"text": "BEGUN", "over": 1}, {"delay": 4}, {"text": " AND ENDED"}]]},
    ]})
}

/// Starts an agent through the dialog; `message` may be empty.
fn launch(outer: &Outer, shown: &str, message: &str) {
    outer.press("c").wait_text("New agent");
    outer.wait_for("the agents found", |s| s.contains("claude_code") && s.contains("codex"));
    outer.press("tab");
    let chosen = |screen: &str| screen.split_once('‹').and_then(|(_, s)| s.split_once('›')).map(|(s, _)| s.to_owned());
    // A row of three: each is reached within two steps.
    while let Some(before) = chosen(&outer.screen()).filter(|name| name != shown) {
        outer.press("right").wait_for("another choice", |s| chosen(s).is_some_and(|name| name != before));
    }
    outer.wait_text(&format!("‹{shown}›"));
    outer.press("shift-tab");
    if !message.is_empty() {
        // A sentence right behind the `c` would be taken for prose meant for an agent.
        outer.wait_hands(Duration::from_millis(500)).type_text(message).wait_text(message);
    }
    outer.press("enter").wait_gone("New agent");
}

/// In TYPING: types a prompt into the focused agent and sends it.
fn prompt(outer: &Outer, text: &str, taken: impl FnMut(&crate::support::screen::Seen) -> bool) {
    // Both CLIs drop keys that come before they have settled.
    outer.wait_quiet(Duration::from_millis(500));
    outer.type_text(text).wait_text(text);
    outer.press_until("enter", "the prompt taken", taken);
}

#[test]
fn claude_and_codex_work_side_by_side() {
    need!("python3", "node", "claude", "codex");
    let world = World::new(&asks());
    let outer = world.screen();

    launch(&outer, "claude_code", "");
    let claude = world.wait_status("claude_code", &["ready"]);
    outer.wait_for("Claude's own screen, and our mode", |s| s.contains("manual mode on") && s.contains("TYPING"));
    prompt(&outer, "make a file", |s| s.contains("On it."));
    let working = world.wait_status("claude_code", &["running"]);
    assert_eq!(working["id"], claude["id"]);
    let waiting = world.wait_status("claude_code", &["waiting"]);
    assert_eq!(waiting["waiting_for"], "approval", "{waiting:#}");
    assert!(text(&waiting, "detail").contains("touch by-claude.txt"), "{waiting:#}");
    let explained = world.explained(text(&waiting, "id"));
    assert!(explained.contains("OSC 7501") && explained.contains("waiting"), "{explained}");
    outer.wait_text("Do you want to proceed?");
    // The sidebar's count, and the question in the agent's own rows.
    outer.wait_for("one who waits in the sidebar", |s| {
        s.row(1).contains("1!") && s.row(4).contains("claude · touch by-")
    });

    // The second one beside it, while the first waits.
    outer.press("ctrl-q").wait_text("COMMAND");
    launch(&outer, "codex", "");
    world.wait_status("codex", &["ready"]);
    outer.wait_for("both on the screen", |s| s.contains("gpt-5") && s.contains("Do you want to proceed?"));
    prompt(&outer, "make a file", |s| s.contains("• On it."));
    world.wait_status("codex", &["running"]);
    let waiting = world.wait_status("codex", &["waiting"]);
    assert_eq!(waiting["waiting_for"], "approval", "{waiting:#}");
    assert!(world.explained(text(&waiting, "id")).contains("OSC 7501"));
    outer.wait_text("Would you like to run the following command?");
    outer.wait_for("two who wait", |s| s.row(1).contains("2!"));
    assert!(!world.made("by-codex.txt") && !world.made("by-claude.txt"));

    // Answered in its own dialog, then on to the other one by `w`.
    outer.press_until("y", "Codex's dialog answered", |s| !s.contains("Would you like to run the following"));
    outer.press("ctrl-q").wait_text("COMMAND");
    outer.press("w").press("i").wait_text("TYPING");
    outer.press_until("1", "Claude's dialog answered", |s| !s.contains("Do you want to proceed?"));
    world.wait_status("codex", &["completed"]);
    outer.wait_for("both last words", |s| s.contains("CLAUDE HAS DONE IT") && s.contains("CODEX HAS DONE IT"));
    assert!(world.made("by-codex.txt") && world.made("by-claude.txt"));
    // What both did is kept, as their hooks have told of it, with what the rules say.
    let steps = world.home.api("/policy/steps").unwrap();
    for (provider, command) in [("claude_code", "touch by-claude.txt"), ("codex", "touch by-codex.txt")] {
        let step = steps["steps"].as_array().unwrap().iter().find(|step| step["provider"] == provider);
        let step = step.unwrap_or_else(|| panic!("no step of {provider}: {steps:#}"));
        assert_eq!(
            (&step["tool"], &step["command"], &step["decision"]),
            (&json!("shell"), &json!(command), &json!("ask"))
        );
    }
    // Claude was being looked at when it finished; Codex is news until somebody looks.
    world.wait_status("claude_code", &["ready"]);
    assert_eq!(world.terminal("codex").unwrap()["status"], "completed");
    outer.press("ctrl-q").wait_text("COMMAND");
    outer.press("tab");
    world.wait_status("codex", &["ready"]);

    outer.press("D");
    assert_eq!(outer.wait_exit(), 0);
    outer.assert_restored();
}

/// The conversation of a Claude terminal goes on after its end: under the same id, in the same log.
#[test]
fn claude_takes_its_conversation_up_again() {
    need!("python3", "claude");
    let world = World::new(&asks());
    // The first message is given at the launch, and begins like an option.
    let launched =
        world.cli(&["launch", "--headless", "--json", "--provider", "claude_code", "--prompt", "-- remember this"]);
    let launched = launched.ok().json();
    assert_eq!(launched["status"], "initializing", "{launched:#}");
    let id = text(&launched, "id").to_owned();
    let conversation = text(&launched, "conversation").to_owned();
    assert_eq!(conversation.len(), 36, "{launched:#}");
    world.wait_turn("claude_code");
    world.wait_output(&id, "NOTED");

    // A person types its own way out; what is left is the transcript.
    world.send(&id, "/exit");
    let gone = world.wait_status("claude_code", &["closed"]);
    assert_eq!((gone["exit_code"].as_i64(), &gone["pid"]), (Some(0), &Value::Null));
    let log = std::fs::read(text(&gone, "log_path")).unwrap();
    assert!(String::from_utf8_lossy(&log).contains("NOTED"), "the log keeps what the alternate screen showed");

    for (verb, prompt) in [("resume", "what was it"), ("restart", "what was it, again")] {
        let again = world.cli(&[verb, &id, "--json"]).ok().json();
        assert_eq!((text(&again, "id"), text(&again, "conversation")), (&*id, &*conversation), "{verb}");
        assert_eq!(again["log_path"], launched["log_path"]);
        // The answer was taken up again, so it is on the screen.
        world.wait_status("claude_code", &["ready", "completed"]);
        world.wait_output(&id, "NOTED");
        world.send(&id, prompt);
        let body = world.asked(prompt);
        assert!(body.contains("remember this") && body.contains("NOTED"), "{verb}: {body}");
        world.wait_output(&id, "IT WAS A TURNIP");
        world.wait_turn("claude_code");
    }
    assert_eq!(world.terminals().len(), 1);
    drop(world.cli(&["close", &id]).ok());
    assert_eq!(world.terminals().len(), 0);
}

/// Right after the launch, when both CLIs would throw away what is typed: it waits, and comes once.
#[test]
fn a_message_to_an_agent_that_starts_waits_for_it() {
    need!("python3", "node", "claude", "codex");
    let world = World::new(&asks());
    for provider in ["claude_code", "codex"] {
        let launched = world.cli(&["launch", "--headless", "--json", "--provider", provider]).ok().json();
        let id = text(&launched, "id");
        world.send(id, "remember this");
        world.wait_output(id, "NOTED");
        world.wait_id_status(id, &["ready", "completed"]);
    }
    let asked: Vec<Value> = world.model.requests().into_iter().filter(|r| r["user"] == "remember this").collect();
    let of = |api: &str| asked.iter().filter(|r| r["api"] == api && r["step"] == 0).count();
    assert_eq!((of("anthropic"), of("responses")), (1, 1), "{asked:#?}");
}

/// A question of the start is not answered by a message that was meant for the agent, nor is the message lost behind it.
#[test]
fn a_message_waits_behind_the_question_of_trust() {
    need!("python3", "node", "claude", "codex");
    let world = World::new(&asks());
    // A repository that nobody has trusted.
    let strange = world.home.work();
    for below in [".git/objects", ".git/refs/heads"] {
        std::fs::create_dir_all(strange.join(below)).unwrap();
    }
    std::fs::write(strange.join(".git/HEAD"), "ref: refs/heads/main\n").unwrap();
    let asked = |provider: &str, question: &str| {
        let launch = world.home.cmd(["launch", "--headless", "--json", "--provider", provider]);
        let launched = launch.envs(world.env.clone()).cwd(&strange).run().ok().json();
        let id = text(&launched, "id").to_owned();
        let waiting = world.wait_status(provider, &["waiting"]);
        assert_eq!(waiting["waiting_for"], "trust", "{waiting:#}");
        world.wait_output(&id, question);
        let sending = world.home.cmd(["send", &id, "-m", "remember this"]).start(&world.home.join(provider));
        (id, sending)
    };
    let (codex, mut sending) = asked("codex", "Trust and continue");
    world.keys_until(&codex, "Enter", |screen| !screen.contains("Trust and continue"));
    world.wait_output(&codex, "NOTED");
    assert_eq!((sending.wait(), world.home.read("codex")), (0, "sent\n".into()));

    // Its Enter would have said "No, exit", too; what is asserted is whose no it was.
    let (claude, mut sending) = asked("claude_code", "Yes, I trust this folder");
    assert!(sending.is_running());
    world.keys_until(&claude, "Escape", |_| world.terminal("claude_code").is_some_and(|t| t["pid"].is_null()));
    assert_eq!(sending.wait(), 1);
    assert!(world.home.read("claude_code").contains("is gone"), "{}", world.home.read("claude_code"));
    let log = std::fs::read(text(&world.terminal("claude_code").unwrap(), "log_path")).unwrap();
    assert!(!String::from_utf8_lossy(&log).contains("remember"));
}

/// The server dies in the middle of a turn: the same processes go on, the turn ends, the screen is right.
#[test]
fn a_turn_outlives_its_server() {
    need!("python3", "node", "claude", "codex");
    let world = World::new(&asks());
    for provider in ["claude_code", "codex"] {
        drop(world.cli(&["launch", "--headless", "--provider", provider, "--prompt", "take your time"]).ok());
    }
    let outer = world.screen();
    let pids: Vec<Value> = ["claude_code", "codex"].map(|p| world.wait_status(p, &["running"])["pid"].clone()).into();
    outer.wait_for("both at work", |s| s.matches("BEGUN").count() == 2);
    let server = world.server();
    proc::kill(server);
    outer.wait_for_at_most(PATIENCE, "both ends", |s| s.matches("AND ENDED").count() == 2);
    let claude = world.wait_status("claude_code", &["completed", "ready"]);
    let codex = world.wait_status("codex", &["completed", "ready"]);
    assert_eq!([claude["pid"].clone(), codex["pid"].clone()].as_slice(), pids);
    assert_ne!(world.server(), server);
    assert!(world.explained(text(&claude, "id")).contains("OSC 7501"));
    // Nothing is left of the turn on the screen, and both still listen.
    let seen = outer.wait_for("two composers", |s| s.contains("manual mode on") && s.contains("gpt-5"));
    assert!(!seen.contains("esc to interrupt") && !seen.contains("server gone"), "{}", &*seen);
    for provider in ["claude_code", "codex"] {
        world.send(text(&world.terminal(provider).unwrap(), "id"), "what was it");
    }
    outer.wait_for("both answers", |s| s.matches("IT WAS A TURNIP").count() == 2);
}

/// A home whose owner has answered none of Claude's questions about modes, and has another mode in the settings.
#[test]
fn no_mode_of_the_users_settings_brings_a_dialog_up() {
    need!("python3", "claude");
    let world = World::new(&asks());
    let state = world.agents.home().join(".claude.json");
    let mut known: Value = serde_json::from_str(&std::fs::read_to_string(&state).unwrap()).unwrap();
    known.as_object_mut().unwrap().remove("hasSeenAutoDefaultNudge");
    std::fs::write(&state, known.to_string()).unwrap();
    let settings = world.agents.home().join(".claude/settings.json");
    let theirs = json!({"permissions": {"defaultMode": "acceptEdits"}}).to_string();
    std::fs::write(&settings, &theirs).unwrap();
    drop(world.cli(&["launch", "--headless", "--provider", "claude_code"]).ok());
    let id = text(&world.wait_status("claude_code", &["ready"]), "id").to_owned();
    world.send(&id, "remember this");
    world.asked("remember this");
    world.wait_turn("claude_code");
    let screen = world.wait_output(&id, "NOTED");
    assert!(screen.contains("manual mode on"), "{screen}");
    assert_eq!(std::fs::read_to_string(&settings).unwrap(), theirs, "the user's own file is not touched");
}

/// What is known of an agent at rest outlives the server: what was looked at is no news again, what waits still waits.
#[test]
fn statuses_outlive_the_server() {
    need!("python3", "node", "claude", "codex");
    let world = World::new(&asks());
    for (provider, prompt) in [("claude_code", "make a file"), ("codex", "remember this")] {
        drop(world.cli(&["launch", "--headless", "--provider", provider, "--prompt", prompt]).ok());
    }
    world.wait_status("codex", &["completed"]);
    let outer = world.screen();
    outer.wait_text("gpt-5");
    outer.press("2");
    let codex = world.wait_status("codex", &["ready"]);
    let claude = world.wait_status("claude_code", &["waiting"]);
    let server = world.server();
    proc::kill(server);
    wait_until_for(PATIENCE, "another server", || {
        let health = world.cli(&["health", "--json"]);
        (health.code == 0 && health.json()["pid"].as_i64() != Some(server.into())).then_some(())
    });
    outer.wait_for("the screen back", |s| s.contains("Do you want to proceed?") && !s.contains("server gone"));
    // The whole log has been read again when the screen is as it was.
    for (before, provider) in [(&claude, "claude_code"), (&codex, "codex")] {
        let after = world.wait_status(provider, &[text(before, "status")]);
        for field in ["pid", "status", "waiting_for", "since", "detail"] {
            assert_eq!(after[field], before[field], "{provider} {field}: {after:#}");
        }
    }
}

/// Codex says the id of its conversation to nobody; it is seen by the file that its own processes keep open. So two in
/// one folder have two, and each goes on with its own, also when the server has died in between.
#[test]
fn two_codex_in_one_folder_take_their_own_conversations_up_again() {
    need!("python3", "node", "codex");
    let world = World::new(&json!({"rules": [
        {"match": "first secret", "steps": [[{"text": "TURNIP KEPT"}]]},
        {"match": "second secret", "steps": [[{"text": "RADISH KEPT"}]]},
        {"match": "what was it", "steps": [[{"text": "SO IT WAS"}]]},
    ]}));
    let launch = |prompt: &str| {
        let launched = world.cli(&["launch", "--headless", "--json", "--provider", "codex", "--prompt", prompt]);
        let launched = launched.ok().json();
        assert_eq!(launched["conversation"], Value::Null, "nothing is guessed");
        text(&launched, "id").to_owned()
    };
    let (one, two) = (launch("first secret"), launch("second secret"));
    world.wait_output(&one, "TURNIP KEPT");
    world.wait_output(&two, "RADISH KEPT");
    let (first, second) = (world.wait_conversation(&one, ""), world.wait_conversation(&two, ""));
    assert_ne!(first, second);
    // A rollout names its conversation in its file's name, and says what was asked.
    for (id, asked) in [(&first, "first secret"), (&second, "second secret")] {
        let rollouts = world.agents.codex_rollouts();
        let file = rollouts.iter().find(|path| path.to_string_lossy().contains(id.as_str())).unwrap();
        assert!(std::fs::read_to_string(file).unwrap().contains(asked), "{id}: {}", file.display());
    }

    // The agent has ended, and the server that saw the id is gone.
    world.send(&one, "/quit");
    world.wait_id_status(&one, &["closed"]);
    proc::kill(world.server());
    let again = wait_until_for(PATIENCE, "a server that resumes it", || {
        let again = world.cli(&["resume", &one, "--json"]);
        (again.code == 0).then(|| again.json())
    });
    assert_eq!((text(&again, "id"), text(&again, "conversation")), (&*one, &*first));
    world.wait_output(&one, "TURNIP KEPT");
    world.wait_id_status(&one, &["ready", "completed"]);
    world.send(&one, "what was it");
    let body = world.asked("what was it");
    assert!(body.contains("first secret") && !body.contains("second secret"), "{body}");
    world.wait_output(&one, "SO IT WAS");
    assert_eq!(world.wait_conversation(&one, ""), first, "resuming makes no other one");

    // `restart` of one that lives goes on as well.
    let again = world.cli(&["restart", &two, "--json"]).ok().json();
    assert_eq!(text(&again, "conversation"), second);
    world.wait_output(&two, "RADISH KEPT");

    // Another one, begun by its own command: the id follows with the first turn.
    world.wait_id_status(&two, &["ready", "completed"]);
    world.send(&two, "/new");
    // It asks where, and the folder it is in is the first answer.
    world.wait_output(&two, "Use current Git worktree");
    world.keys_until(&two, "Enter", |screen| !screen.contains("Use current Git worktree"));
    world.wait_id_status(&two, &["ready", "completed"]);
    world.send(&two, "first secret, once more");
    world.wait_output(&two, "TURNIP KEPT");
    let third = world.wait_conversation(&two, &second);
    assert!(third != first && third != second, "{third}");
}

/// Both have conversations that end while the agent goes on, and agents that never had one.
#[test]
fn claude_is_followed_into_another_conversation_and_restarts_without_one() {
    need!("python3", "claude");
    let world = World::new(&asks());
    let launched = world.cli(&["launch", "--headless", "--json", "--provider", "claude_code"]).ok().json();
    let id = text(&launched, "id").to_owned();
    world.wait_status("claude_code", &["ready"]);
    // No turn yet: nothing to resume, and a restart must not ask for what does not exist.
    let refused = world.cli(&["resume", &id]).code(2).stderr;
    assert!(refused.contains("no conversation to resume"), "{refused}");
    drop(world.cli(&["restart", &id]).ok());
    world.wait_status("claude_code", &["ready"]);
    let first = world.wait_conversation(&id, "");
    assert_eq!(first, text(&launched, "conversation"), "the same command line");

    world.send(&id, "remember this");
    world.wait_output(&id, "NOTED");
    world.wait_status("claude_code", &["ready", "completed"]);
    world.send(&id, "/clear");
    wait_until_for(PATIENCE, "the old conversation off the screen", || {
        (!world.cli(&["output", &id, "--mode", "screen"]).ok().stdout.contains("NOTED")).then_some(())
    });
    world.send(&id, "what was it");
    world.wait_output(&id, "IT WAS A TURNIP");
    let second = world.wait_conversation(&id, &first);
    let again = world.cli(&["restart", &id, "--json"]).ok().json();
    assert_eq!(text(&again, "conversation"), second);
    let screen = world.wait_output(&id, "IT WAS A TURNIP");
    assert!(!screen.contains("NOTED"), "{screen}");
}

/// A supervisor's Codex changes nothing without a dialog.
#[test]
fn codex_acts_only_after_its_dialog() {
    need!("python3", "node", "codex");
    let patch = "apply_patch <<'EOF'\n*** Begin Patch\n*** Add File: patched.txt\n+x\n*** End Patch\nEOF";
    let world = World::new(&json!({"rules": [
        {"match": "just do it", "steps": [
            [{"tool": "exec_command", "input": {"cmd": "touch unasked.txt"}}], [{"text": "IT SAYS {tool_result}"}]]},
        {"match": "ask and do it", "steps": [
            [{"tool": "exec_command", "input": {"cmd": "touch asked.txt",
              "sandbox_permissions": "require_escalated", "justification": "May I?"}}], [{"text": "ONE DONE"}]]},
        {"match": "patch it", "steps": [[{"tool": "exec_command", "input": {"cmd": patch}}], [{"text": "TWO DONE"}]]},
    ]}));
    let launched = world.cli(&["launch", "--headless", "--json", "--provider", "codex", "--prompt", "just do it"]);
    let id = text(&launched.ok().json(), "id").to_owned();
    world.wait_output(&id, "IT SAYS");
    world.wait_status("codex", &["completed", "ready"]);
    assert!(!world.made("unasked.txt"), "{}", world.cli(&["output", &id, "--mode", "screen"]).ok().stdout);
    for (prompt, question, file, done) in [
        ("ask and do it", "Would you like to run the following command?", "asked.txt", "ONE DONE"),
        ("patch it", "Would you like to make the following edits?", "patched.txt", "TWO DONE"),
    ] {
        world.send(&id, prompt);
        let waiting = world.wait_status("codex", &["waiting"]);
        assert_eq!(waiting["waiting_for"], "approval", "{waiting:#}");
        world.wait_output(&id, question);
        assert!(!world.made(file));
        world.keys_until(&id, "y", |screen| !screen.contains(question));
        world.wait_output(&id, done);
        assert!(world.made(file));
        world.wait_status("codex", &["completed", "ready"]);
    }
}

/// Two real agents change the same file, each in a work tree of its own; one of the trees is removed in the middle and
/// brought back bit for bit; both works land in the base.
#[test]
fn claude_and_codex_change_one_file_in_trees_of_their_own_and_both_land() {
    need!("python3", "node", "claude", "codex", "git");
    let script = json!({"rules": [
        {"match": "change it", "api": "anthropic", "steps": [
            [{"tool": "Bash", "input": {"command": "sed -i s/one/CLAUDE/ shared.txt && git add -A && git commit -qm claudes",
              "description": "Change the file"}}],
            [{"text": "CLAUDE HAS DONE IT"}]]},
        {"match": "change it", "api": "responses", "steps": [
            [{"tool": "exec_command", "input": {"cmd": "sed -i s/nine/CODEX/ shared.txt; echo new > new.txt; chmod 600 new.txt",
              "sandbox_permissions": "require_escalated", "justification": "May I change the file?"}}],
            [{"text": "CODEX HAS DONE IT"}]]},
    ]});
    let (home, agents, model) = (Home::new(), Agents::new(), Model::start(&script));
    let tree = |name: &str| home.join("worktrees/repo").join(name);
    let mut env = agents.claude(&model, &[&tree("claudes")]);
    env.extend(agents.codex(&model, &[&tree("codexs")]));
    let world = World { home, agents, model, env };
    let (repo, tree) = (world.agents.repo(), |name: &str| world.home.join("worktrees/repo").join(name));
    git(&repo, &["init", "-q", "-b", "main"]);
    for setting in [["user.name", "ada"], ["user.email", "ada@example.org"]] {
        git(&repo, &["config", setting[0], setting[1]]);
    }
    let lines = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
    std::fs::write(repo.join("shared.txt"), lines.join("\n") + "\n").unwrap();
    git(&repo, &["add", "-A"]);
    git(&repo, &["commit", "-q", "-m", "first"]);

    let launch = |provider: &str, branch: &str| {
        let words = ["launch", "--headless", "--json", "--isolation", "worktree", "--provider", provider];
        let words: Vec<&str> = words.into_iter().chain(["--branch", branch, "--prompt", "change it"]).collect();
        text(&world.cli(&words).ok().json(), "id").to_owned()
    };
    let (claude, codex) = (launch("claude_code", "claudes"), launch("codex", "codexs"));
    world.wait_id_status(&claude, &["waiting"]);
    world.keys_until(&claude, "1", |screen| !screen.contains("Do you want to proceed?"));
    world.wait_id_status(&codex, &["waiting"]);
    world.keys_until(&codex, "y", |screen| !screen.contains("Would you like to run the following"));
    world.wait_output(&claude, "CLAUDE HAS DONE IT");
    world.wait_output(&codex, "CODEX HAS DONE IT");
    // Each has changed its own, and nobody the user's.
    let changed = |id: &str| {
        let diff = world.cli(&["diff", id]).ok().stdout;
        let is_change =
            |line: &&str| line.starts_with(['+', '-']) && !line.starts_with("+++") && !line.starts_with("---");
        diff.lines().filter(is_change).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(changed(&claude), ["-one", "+CLAUDE"]);
    assert_eq!(changed(&codex), ["+new", "-nine", "+CODEX"]);
    assert_eq!(git(&repo, &["status", "--porcelain"]), "");

    for id in [&claude, &codex] {
        drop(world.cli(&["close", id]).ok());
    }
    // Removed as it is, with changes that no commit has, and brought back.
    let before = (listing(&tree("codexs")), git(&tree("codexs"), &["status", "--porcelain"]));
    drop(world.cli(&["worktrees", "remove", &codex]).ok());
    assert!(!tree("codexs").exists());
    drop(world.cli(&["restore", &codex]).ok());
    assert_same(&listing(&tree("codexs")), &before.0);
    assert_eq!(git(&tree("codexs"), &["status", "--porcelain"]), before.1);

    drop(world.cli(&["finish", &claude]).ok());
    drop(world.cli(&["finish", &codex, "--commit", "codexs", "--how", "rebase"]).ok());
    let landed = std::fs::read_to_string(repo.join("shared.txt")).unwrap();
    assert_eq!(landed, "CLAUDE\ntwo\nthree\nfour\nfive\nsix\nseven\neight\nCODEX\n");
    assert_eq!(git(&repo, &["log", "--format=%s"]), "codexs\nclaudes\nfirst");
    assert_eq!(git(&repo, &["status", "--porcelain"]), "");
    assert_eq!(git(&repo, &["worktree", "list"]).lines().count(), 1);
    assert!(std::fs::read_dir(world.home.join("worktrees/repo")).unwrap().next().is_none());
}

#[test]
fn an_agents_own_question_of_trust_in_a_new_work_tree_is_waiting_for_trust() {
    need!("git", "python3", "node", "claude", "codex");
    let world = World::new(&asks());
    let repo = world.home.work();
    let cwd = repo.to_str().unwrap();
    git(&repo, &["init", "-q", "-b", "main"]);
    git(&repo, &["commit", "-q", "--allow-empty", "-m", "first"]);
    for provider in ["claude_code", "codex"] {
        let words = [
            "launch",
            "--headless",
            "--json",
            "-p",
            provider,
            "--isolation",
            "worktree",
            "--branch",
            provider,
            "--cwd",
            cwd,
        ];
        let agent = world.cli(&words).ok().json();
        let id = text(&agent, "id").to_owned();
        let waiting = world.wait_status(provider, &["waiting"]);
        assert_eq!((&waiting["waiting_for"], &waiting["detail"]), (&"trust".into(), &"trust this folder".into()));
        let explained = world.explained(&id);
        assert!(explained.starts_with("waiting for trust: trust this folder\n"), "{explained}");
        assert!(explained.contains("\nyes: ") && explained.contains("\nno: Escape"), "{explained}");
        // One word for the whole dialog. At a no Claude leaves, and Codex goes to another screen of its own.
        drop(world.cli(&["answer", &id, "no"]).ok());
        world.home.wait_terminal(&id, "its no", |t| match provider {
            "codex" => t["waiting_for"].is_null(),
            _ => t["pid"].is_null(),
        });
        drop(world.cli(&["restart", &id]).ok());
        world.home.wait_terminal(&id, "the question", |t| t["answerable"] == true);
        drop(world.cli(&["answer", &id, "yes"]).ok());
        let trusted = world.wait_status(provider, &["ready", "completed"]);
        assert_eq!(trusted["waiting_for"], Value::Null, "{trusted:#}");
    }
}
