//! The hooks of agent CLIs: what a launch is given so that its CLI tells what happens, and what is made of each event.
//! Called at a launch and by the API.
//!
//! # Invariant
//! Nothing is written where the CLI keeps its own configuration. An event counts for the terminal whose process tells it,
//! whatever it says of itself.

use crate::base::clock::rfc3339;
use crate::base::id::TerminalId;
use crate::base::text::shell_word;
use crate::config::places::{private_dir, write_private};
use crate::core::world::{Event, Hooking, Terminal};
use crate::proto::status::HookRequest;
use crate::providers::{Definition, Injection, with_arguments};
use crate::server::app::App;
use crate::server::hub::lock;
use crate::server::services::{Refusal, RefusalKind, policy};
use crate::server::terminal::ToHolder;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What a launch is given, its files in their place. `None`: its CLI knows no hooks, or its command line is its user's own,
/// which nobody changes.
///
/// # Errors
/// When a file cannot be written.
pub fn injected(app: &App, terminal: &Terminal, definition: &Definition) -> io::Result<Option<Injection>> {
    if terminal.is_own_command || !definition.hooks.are_known() {
        return Ok(None);
    }
    let folder = folder(app, terminal.id);
    // The provider's name is a file's or a table's key: it may be anything.
    let words = [
        &app.executable,
        "hook",
        &definition.name,
        "--socket",
        &app.places.socket().display().to_string(),
        "--terminal",
        &terminal.id.to_string(),
    ];
    let command = words.map(shell_word).join(" ");
    let injection = definition.hooks.inject(&command, &folder.display().to_string());
    if injection.private_parents && folder.ancestors().any(others_may_write) {
        return Ok(None);
    }
    if !injection.files.is_empty() {
        private_dir(&app.places.run.join("hooks"))?;
        private_dir(&folder)?;
        for (name, content) in &injection.files {
            write_private(&folder.join(name), content.as_bytes())?;
        }
    }
    Ok(Some(injection))
}

fn others_may_write(folder: &Path) -> bool {
    std::fs::metadata(folder).is_ok_and(|meta| meta.permissions().mode() & 0o022 != 0)
}

/// The command line of this run: the one that is stored, and what only this launch is given.
pub fn command(terminal: &Terminal, injection: Option<&Injection>) -> Vec<String> {
    injection.map_or_else(|| terminal.command.clone(), |injection| with_arguments(&terminal.command, injection))
}

/// What was written for a terminal's launches goes with it.
pub fn forget(app: &App, id: TerminalId) {
    let _ = std::fs::remove_dir_all(folder(app, id));
}

fn folder(app: &App, id: TerminalId) -> PathBuf {
    app.places.run.join("hooks").join(id.to_string())
}

/// Takes an event of a terminal's CLI.
///
/// # Errors
/// Unknown terminal, or an event that its provider's file does not name.
pub fn heard(app: &Arc<App>, id: TerminalId, request: &HookRequest) -> Result<(), Refusal> {
    let terminal = app.terminal(id).ok_or_else(|| Refusal::no_terminal(id))?;
    let unknown = || {
        let words = format!("{} has no hook `{}` in its provider's file", terminal.provider, request.event);
        Refusal::new(RefusalKind::BadRequest, crate::base::text::printable(&words))
    };
    let definition = app.catalog.get(&terminal.provider).ok_or_else(unknown)?;
    // A clock that was set back meanwhile must not make all later events late.
    let at = request.at_ms.min(crate::base::clock::now_ms());
    let heard = definition.hooks.read(&request.event, at, &request.payload).ok_or_else(unknown)?;
    let Some(shared) = app.shared(id) else { return Err(Refusal::no_terminal(id)) };
    {
        let mut facts = lock(&shared.facts);
        facts.hear(&heard, format!("{} {}: {}", rfc3339(at), heard.event, heard.detail.as_deref().unwrap_or("")));
    }
    if let Some(step) = definition.hooks.step(&request.event, &request.payload) {
        policy::heard(app, &terminal, step, at);
    }
    if terminal.hooks != Hooking::Firing {
        app.tell(Event::Hooks { id, run: terminal.run, hooks: Hooking::Firing });
    }
    // Weighed by the terminal's own task, which knows when to look again.
    let _ = shared.commands.try_send(ToHolder::Look);
    Ok(())
}
