//! `debug fake-agent`: a scripted double of an agent CLI, in this process and this terminal. Called by `start`.

use crate::cli::{Arguments, DebugAction, Failure, USAGE, Verb};
use crate::fake::{self, Request, Trouble};
use std::error::Error;

pub fn asked_for(arguments: &Arguments) -> Option<Request> {
    let Some(Verb::Debug(debug)) = &arguments.verb else { return None };
    let DebugAction::FakeAgent { script, prompt, settings } = &debug.action else { return None };
    Some(Request { script: script.clone(), prompt: prompt.clone(), settings: settings.clone() })
}

pub fn run(request: Request) -> Result<i32, Failure> {
    fake::run(request).map_err(|trouble| {
        let code = match &trouble {
            Trouble::Unreadable { .. } => 3,
            Trouble::Bad { .. } | Trouble::Settings(_) | Trouble::NoTerminal(_) => USAGE,
            Trouble::Io(_) => 1,
        };
        let hint = match &trouble {
            Trouble::NoTerminal(_) => {
                "start it in a pane: `conductor-tui launch -- conductor-tui debug fake-agent SCRIPT`"
            }
            _ => "scripts are described in docs/fake-agent.md",
        };
        let failure = Failure::new(code, trouble.to_string()).hint(hint);
        match trouble.source() {
            Some(cause) => failure.cause(cause),
            None => failure,
        }
    })
}
