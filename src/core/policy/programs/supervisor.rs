//! Attempts of an agent on whoever watches over it: our own program, keys typed into other terminals, other agents started
//! without their questions. Nothing of the kind may be approved by mistake.

use crate::core::policy::arg::Taint;
use crate::core::policy::call::Call;
use crate::core::policy::verdict::{Class, Risk};
use crate::core::policy::walk::{Flow, Walk};

pub fn find(name: &str) -> Option<fn(&mut Walk, &Call) -> Flow> {
    Some(match name {
        "conductor-tui" | "conductor" | "conductor-tui-dev" => own,
        "tmux" | "screen" | "zellij" | "wezterm" | "kitty" | "kitten" | "byobu" | "abduco" => multiplexer,
        "xdotool" | "ydotool" | "wtype" | "xte" | "dotool" | "cliclick" | "osascript-key" | "reptyr" | "ttyecho"
        | "writevt" | "retty" => keys,
        "claude" | "codex" | "gemini" | "qwen" | "opencode" | "copilot" | "aider" | "cursor-agent" | "kiro-cli"
        | "q" | "amp" | "goose" => agent,
        _ => return None,
    })
}

/// Whether a word names us, as a pattern or a path does.
pub fn is_our_name(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    text.contains("conductor") || (text.len() >= 8 && "conductor-tui".contains(text.as_str()))
}

fn own(walk: &mut Walk, call: &Call) -> Flow {
    for arg in call.args {
        walk.look(arg);
    }
    const VALUES: [&str; 5] = ["--home", "--host", "--color", "--socket", "--token"];
    let mut words = call.args.iter().map(|arg| &*arg.text);
    let mut verb = "";
    while let Some(word) = words.next() {
        if VALUES.contains(&word) {
            words.next();
        } else if !word.starts_with('-') {
            verb = word;
            break;
        }
    }
    let is_look = matches!(
        verb,
        "sessions"
            | "terminals"
            | "status"
            | "output"
            | "health"
            | "version"
            | "help"
            | "providers"
            | "usage"
            | "inbox"
            | "docs"
            | "search"
            | "diff"
    ) || (verb.is_empty() && call.has_any(&["--version", "-V", "--help", "-h"]));
    // What an agent may do for others: it is asked for, and its own rights are checked by the server.
    let is_work = matches!(
        verb,
        "send"
            | "handoff"
            | "assign"
            | "launch"
            | "worker"
            | "message"
            | "report"
            | "snapshot"
            | "wait"
            | "request-approval"
            | "flow"
            | "flows"
            | "finish"
            | "worktrees"
    );
    if is_look {
        walk.part(Class::Read, Risk::High, "asks the supervisor");
    } else if is_work {
        walk.part(Class::Write, Risk::High, "has the supervisor do something");
    } else {
        walk.part(Class::Privilege, Risk::Critical, "acts on the supervisor, which decides what agents may do");
    }
    Flow::of(Taint::NONE)
}

fn multiplexer(walk: &mut Walk, call: &Call) -> Flow {
    if call.args.len() == 1 && call.has_any(&["-V", "--version", "-v"]) {
        return Flow::of(Taint::NONE);
    }
    let types = [
        "send-keys",
        "send",
        "send-prefix",
        "paste-buffer",
        "pasteb",
        "stuff",
        "write-chars",
        "write",
        "send-text",
        "send-key",
        "respawn-pane",
        "respawnp",
        "pipe-pane",
        "pipep",
        "kill-server",
        "kill-session",
        "kill-pane",
        "killp",
        "set-hook",
        "run-shell",
        "if-shell",
    ];
    if call.args.iter().any(|arg| types.contains(&&*arg.text))
        || call.args.iter().any(|arg| arg.text.starts_with("send-k"))
    {
        walk.part(Class::Privilege, Risk::Critical, "types into other terminals, or ends them");
    }
    for arg in call.args {
        walk.look(arg);
        if is_our_name(&arg.text) {
            walk.part(Class::Privilege, Risk::Critical, "acts on the supervisor's terminals");
        }
    }
    walk.part(Class::Build, Risk::High, format!("`{}` runs programs in other terminals", call.name));
    Flow::of(Taint::NONE)
}

fn keys(walk: &mut Walk, _: &Call) -> Flow {
    walk.part(Class::Privilege, Risk::Critical, "types keys as if a person did");
    Flow::of(Taint::NONE)
}

fn agent(walk: &mut Walk, call: &Call) -> Flow {
    if call.args.len() == 1 && call.has_any(&["--version", "-v", "-V"]) {
        walk.part(Class::Build, Risk::Medium, "asks another agent's version");
        return Flow::of(Taint::NONE);
    }
    for arg in call.args {
        walk.look(arg);
    }
    walk.part(Class::Build, Risk::High, "starts another agent, which nobody watches");
    walk.has_sender.get_or_insert(call.span);
    Flow::of(call.stdin.taint())
}
