//! The agents themselves, offline under the scripted model: Claude Code, Codex, Gemini CLI, opencode. What they want of
//! a modern terminal is a new line in the composer by shift and Enter, and a paste that is one; both are proved by
//! what the model is asked.

use std::time::Duration;

use serde_json::{Value, json};

use super::{PASTE, Play, RESIZED};
use crate::support::{Agents, Home, Model, Persona, need};

/// Real CLIs start a runtime of their own; a loaded machine with two cores gives them their turn late.
const PATIENCE: Duration = Duration::from_secs(60);

/// One agent, and the words by which a person knows where they are.
struct Agent {
    command: &'static [&'static str],
    /// It is ready to be typed to.
    ready: &'static str,
    /// Its own word for "leave".
    leave: &'static str,
    /// Whether what it draws fits the pane.
    fits: fn(&[String]) -> bool,
    /// How a paste looks in what it sends.
    sends: fn(&str) -> String,
}

/// Drives one from its start to its end.
#[track_caller]
fn play(agent: &Agent, persona: Persona, env: impl FnOnce(&Agents, &Model) -> Vec<(String, String)>) {
    let (home, agents) = (Home::new(), Agents::new());
    let model = Model::start(&json!({"rules": [{"match": "first line", "steps": [[{"text": "ALL OF IT CAME"}]]}]}));
    let env = env(&agents, &model);
    let outer = home.outer().persona(persona).envs(env).cwd(agents.repo());
    let play = Play::open_in(home, outer, agent.command);
    let outer = &play.outer;
    outer.wait_for_at_most(PATIENCE, "an agent that is ready", |seen| seen.contains(agent.ready));
    play.resize(|rows| rows.iter().any(|row| row.contains(agent.ready)) && (agent.fits)(rows));
    // All of them drop keys that come before they have settled.
    outer.wait_quiet(Duration::from_millis(500));

    outer.type_text("first line").wait_text("first line");
    outer.press("shift-enter").type_text("second line").wait_text("second line");
    let row_of = |text: &str| outer.seen().find(text).unwrap();
    let (first, second) = (row_of("first line"), row_of("second line"));
    assert_eq!((second.0, second.1), (first.0, first.1 + 1), "one below the other\n{}", outer.screen());
    outer.press("shift-enter");
    play.paste();
    outer.wait_quiet(Duration::from_millis(500));
    assert!(!asked(&model).iter().any(|user| user.contains("first line")), "nothing was sent yet");
    outer.press_until("enter", "the answer", |seen| seen.contains("ALL OF IT CAME"));
    let sent = asked(&model).into_iter().find(|user| user.contains("first line")).unwrap();
    let sent = without_numbers(&sent);
    assert_eq!(sent.trim_end(), format!("first line\nsecond line\n{}", (agent.sends)(PASTE)).trim_end());

    outer.wait_quiet(Duration::from_millis(500));
    outer.type_text(agent.leave).wait_text(agent.leave);
    outer.press_until("enter", "its end", |seen| !seen.contains("TYPING"));
    play.end(0);
}

/// `<pasted_content id="4b9a">` as `<pasted>`: the number differs each time.
fn without_numbers(text: &str) -> String {
    let mut lines: Vec<&str> = text.split('\n').collect();
    for line in &mut lines {
        *line = match *line {
            line if line.starts_with("<pasted_content id=") => "<pasted>",
            line if line.starts_with("</pasted_content id=") => "</pasted>",
            line => line,
        };
    }
    lines.join("\n")
}

/// A rule or a box from one side of the pane to the other.
fn has_full_row(rows: &[String]) -> bool {
    rows.iter().any(|row| row.chars().count() == usize::from(RESIZED.0))
}

/// The last line of the composer or of what stands below it.
fn has_bottom(rows: &[String]) -> bool {
    rows[rows.len() - 2..].iter().any(|row| !row.is_empty())
}

/// What the model was asked, so far.
fn asked(model: &Model) -> Vec<String> {
    model.requests().iter().filter_map(|request: &Value| Some(request["user"].as_str()?.to_owned())).collect()
}

#[test]
fn claude_in_a_pane() {
    need!("python3", "claude");
    // It says which part was pasted (a number of its own stands behind `id`), and writes tabs as blanks.
    let claude = Agent {
        command: &["claude"],
        ready: "manual mode on",
        leave: "/exit",
        fits: |rows| has_full_row(rows) && has_bottom(rows),
        sends: |paste| format!("\n\n<pasted>\n{}</pasted>", paste.replace('\t', "    ")),
    };
    play(&claude, Persona::Kitty, |agents, model| agents.claude(model, &[]));
}

/// Also on a terminal that knows xterm's keyboard only: what we ask it for is enough for shift and Enter.
#[test]
fn codex_in_a_pane() {
    need!("python3", "node", "codex");
    let command = &["codex", "--no-daemon", "--sandbox", "read-only"];
    let codex = Agent { command, ready: "gpt-5", leave: "/quit", fits: has_bottom, sends: str::to_owned };
    // The modern one tells Codex, which asks for that, of keys that come up as well.
    play(&codex, Persona::Kitty, |agents, model| agents.codex(model, &[]));
    play(&codex, Persona::Xterm, |agents, model| agents.codex(model, &[]));
}

#[test]
fn gemini_in_a_pane() {
    need!("python3", "node", "gemini");
    let gemini = Agent {
        command: &["gemini"],
        ready: "Type your message",
        leave: "/quit",
        fits: has_full_row,
        sends: str::to_owned,
    };
    play(&gemini, Persona::Kitty, |agents, model| agents.gemini(model));
}

#[test]
fn opencode_in_a_pane() {
    need!("python3", "opencode");
    let opencode =
        Agent { command: &["opencode"], ready: "Ask anything", leave: "/exit", fits: has_bottom, sends: str::to_owned };
    play(&opencode, Persona::Kitty, |agents, model| agents.opencode(model));
}
