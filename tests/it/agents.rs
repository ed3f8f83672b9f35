//! Real Claude Code and real Codex in the panes of the real screen, offline under the scripted model: they draw, take
//! a prompt, ask, are answered by keys, finish, survive the death of the server, and go on with their conversation.
//! What is looked at is what a person would look at: the outer terminal, the command line, the files they made.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::wait::wait_until_for;
use crate::support::{Agents, Home, Model, Outer, Output, need, proc, wait_until};

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

    /// The terminal of a provider.
    fn terminal(&self, provider: &str) -> Option<Value> {
        self.terminals().into_iter().find(|t| t["provider"] == provider)
    }

    /// Waits until the terminal of `provider` has one of these statuses; gives the terminal.
    #[track_caller]
    fn wait_status(&self, provider: &str, statuses: &[&str]) -> Value {
        let mut last = Value::Null;
        let looked = wait_until_status(&mut || {
            last = self.terminal(provider)?;
            statuses.iter().any(|s| last["status"] == *s).then(|| last.clone())
        });
        looked.unwrap_or_else(|| panic!("{provider} never was {statuses:?}; last: {last:#}"))
    }

    fn explained(&self, id: &str) -> String {
        self.cli(&["status", id, "--explain"]).ok().stdout
    }

    fn made(&self, file: &str) -> bool {
        self.agents.repo().join(file).exists()
    }
}

fn wait_until_status(look: &mut dyn FnMut() -> Option<Value>) -> Option<Value> {
    crate::support::wait::wait_at_most(PATIENCE, look)
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

/// Starts an agent through the dialog: `rights` presses of the right arrow choose it, `message` may be empty.
fn launch(outer: &Outer, shown: &str, message: &str) {
    outer.press("c").wait_text("New agent");
    outer.wait_for("the agents found", |s| s.contains("claude_code") && s.contains("codex"));
    outer.press("tab");
    let chosen = format!("‹{shown}›");
    for _ in 0..3 {
        if outer.screen().contains(&chosen) {
            break;
        }
        let before = outer.screen();
        outer.press("right").wait_for("another choice", |s| **s != *before);
    }
    outer.wait_text(&chosen);
    outer.press("shift-tab");
    if !message.is_empty() {
        outer.type_text(message).wait_text(message);
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
    let seen = outer.wait_for("the dialog in the pane", |s| s.contains("Do you want to proceed?"));
    // The sidebar's count and the agent's own row.
    assert!(seen.row(1).contains("1!"), "{}", &*seen);

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
