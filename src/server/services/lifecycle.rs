//! The rest of a terminal's life: end it, start it again, rename it, remove it, end a whole session.
//! Ending asks the holder; nothing here signals a process.

use crate::base::id::TerminalId;
use crate::core::world::{Event, Terminal};
use crate::providers::{Definition, LaunchPlan};
use crate::server::app::App;
use crate::server::conversations;
use crate::server::services::environment;
use crate::server::services::launch::{self, command};
use crate::server::services::{Refusal, RefusalKind};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What an agent gets to end in order before its tree is killed.
const GRACE_MS: u32 = 3000;
/// The grace, and time for the holder to say goodbye on a loaded machine.
const END_LIMIT: Duration = Duration::from_secs(15);
/// Between two looks whether it has ended.
const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// Ends the agent and waits until it is gone; the terminal stays with its output.
///
/// # Errors
/// Unknown terminal, a holder that does not answer.
pub async fn exit(app: &App, id: TerminalId) -> Result<(), Refusal> {
    let terminal = app.terminal(id).ok_or_else(|| Refusal::no_terminal(id))?;
    if !terminal.is_alive() {
        return Ok(());
    }
    ask_to_end(app, id).await;
    let until = Instant::now() + END_LIMIT;
    while app.terminal(id).is_some_and(|t| t.is_alive()) {
        if Instant::now() > until {
            return Err(Refusal::new(RefusalKind::Conflict, format!("the agent of terminal {id} does not end"))
                .hint("its holder does not answer; `conductor-tui doctor` names it"));
        }
        // Without a task nobody else would notice the end.
        if app.shared(id).is_none() && !app.holder_is_alive(id) {
            app.holder_lost(id, "it was asked to end").await;
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
    Ok(())
}

/// Asks the holder to end its agent: through the terminal's task, and past it where that has no contact.
async fn ask_to_end(app: &App, id: TerminalId) {
    let told = app.shared(id).is_some_and(|shared| shared.hangup(GRACE_MS) && shared.is_connected());
    if !told && let Err(error) = app.end_holder(id, GRACE_MS).await {
        tracing::warn!(terminal = %id, %error, "a holder cannot be asked to end its agent");
    }
}

/// Ends the agent and removes the terminal's row; its log stays on the disk.
///
/// # Errors
/// As [`exit`].
pub async fn close(app: &App, id: TerminalId) -> Result<(), Refusal> {
    exit(app, id).await?;
    app.record(Event::Removed { id })
        .await
        .map_err(|e| Refusal::new(RefusalKind::Internal, format!("cannot be removed: {e}")))?;
    app.forget_terminal(id);
    Ok(())
}

/// Ends and removes every terminal of a session.
///
/// # Errors
/// Unknown session; the first terminal that does not end.
pub async fn close_session(app: &Arc<App>, name: &str) -> Result<(), Refusal> {
    close_sessions(app, &[name.to_owned()]).await
}

/// As [`close_session`] for several: nothing is ended when one of them does not exist.
///
/// # Errors
/// As [`close_session`].
pub async fn close_sessions(app: &Arc<App>, names: &[String]) -> Result<(), Refusal> {
    let mut terminals = Vec::new();
    for name in names {
        terminals.extend(crate::server::services::view::session_named(app, name)?.terminals);
    }
    // All are told first: the graces run side by side.
    let living = terminals.iter().filter(|t| t.holder_pid.is_some());
    futures_util::future::join_all(living.map(|t| ask_to_end(app, t.id))).await;
    for terminal in &terminals {
        close(app, terminal.id).await?;
    }
    Ok(())
}

/// Whether a new start must take up the old conversation, or may begin another one where there is none.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Again {
    Restart,
    Resume,
}

/// Starts the program again under the same id, with the same log, and with its conversation where one is known.
///
/// # Errors
/// Unknown terminal, one that cannot be ended or started, no conversation to resume.
pub async fn restart(app: &Arc<App>, id: TerminalId, again: Again) -> Result<Terminal, Refusal> {
    // While it lives it can still be seen what it is in.
    conversations::look(app, id).await;
    let terminal = app.terminal(id).ok_or_else(|| Refusal::no_terminal(id))?;
    let unknown =
        || Refusal::new(RefusalKind::Conflict, format!("its provider {} is not known any more", terminal.provider));
    let definition = app.catalog.get(&terminal.provider).ok_or_else(unknown)?;
    let environment = environment::again(app, &terminal).await?;
    let next = next_run(app, &terminal, definition, &environment, again).await?;
    exit(app, id).await?;
    let internal = |e: String| Refusal::new(RefusalKind::Internal, e);
    if let Err(error) = app.record(Event::Restarted { id, command: next.command }).await {
        app.tell(Event::SpawnFailed { id, error: format!("not started: {error}") });
        return Err(internal(error));
    }
    if let Some(conversation) = next.conversation {
        let run = terminal.run + 1;
        app.record(Event::Conversation { id, run, conversation }).await.map_err(internal)?;
    }
    let fresh = app.terminal(id).ok_or_else(|| Refusal::no_terminal(id))?;
    match launch::start(app, &fresh, environment, &definition.environment).await {
        Ok(()) => Ok(app.terminal(id).unwrap_or(fresh)),
        Err(error) => {
            let _ = app.record(Event::SpawnFailed { id, error: error.clone() }).await;
            Err(Refusal::new(RefusalKind::Unprocessable, error))
        }
    }
}

/// What is started next.
struct NextRun {
    command: Vec<String>,
    /// An id that was made for it.
    conversation: Option<String>,
}

async fn next_run(
    app: &Arc<App>,
    terminal: &Terminal,
    definition: &Definition,
    environment: &BTreeMap<String, String>,
    again: Again,
) -> Result<NextRun, Refusal> {
    let as_before = || NextRun { command: terminal.command.clone(), conversation: None };
    // Somebody's own command line is theirs: only `resume` gives it up for the provider's.
    if again == Again::Restart && terminal.is_own_command {
        return Ok(as_before());
    }
    let resuming = match terminal.conversation.as_deref().filter(|_| definition.can_resume()) {
        Some(conversation) => {
            let plan = LaunchPlan { resume: Some(conversation), ..LaunchPlan::default() };
            Some(command(definition, &[], &plan, environment).await?)
        }
        None => None,
    };
    let is_saved = resuming.is_some() && conversations::is_saved(app, terminal).await;
    match resuming {
        Some(command) if is_saved => Ok(NextRun { command, conversation: None }),
        _ if again == Again::Resume => {
            Err(Refusal::new(RefusalKind::Unprocessable, "there is no conversation to resume")
                .hint(format!("`conductor-tui restart {}` starts it afresh", terminal.id)))
        }
        // It would only say that it cannot find the conversation, which was removed meanwhile.
        Some(resuming) if terminal.command == resuming && definition.chooses_conversation() => {
            let fresh = launch::new_conversation().map_err(|e| Refusal::new(RefusalKind::Internal, e.to_string()))?;
            let plan = LaunchPlan { fresh_conversation: &fresh, ..LaunchPlan::default() };
            let command = command(definition, &[], &plan, environment).await?;
            Ok(NextRun { command, conversation: Some(fresh) })
        }
        _ => Ok(as_before()),
    }
}

/// A person has looked at it: a finished turn is no news any more.
///
/// # Errors
/// Unknown terminal.
pub fn seen(app: &App, id: TerminalId) -> Result<(), Refusal> {
    app.terminal(id).ok_or_else(|| Refusal::no_terminal(id))?;
    app.tell(Event::Seen { id });
    Ok(())
}

/// # Errors
/// Unknown terminal, an empty name, one that another terminal of the session has.
pub async fn rename(app: &App, id: TerminalId, name: &str) -> Result<Terminal, Refusal> {
    let name = crate::base::text::printable(name.trim());
    // Long enough for a sentence, short enough for every list.
    if name.is_empty() || name.chars().count() > 100 {
        return Err(Refusal::new(RefusalKind::BadRequest, "a name has 1 to 100 characters"));
    }
    let terminal = app.terminal(id).ok_or_else(|| Refusal::no_terminal(id))?;
    let is_taken =
        crate::server::hub::lock(&app.world).of_session(&terminal.session).any(|t| t.id != id && t.window == name);
    if is_taken {
        return Err(Refusal::new(RefusalKind::Conflict, format!("another terminal of its session is named {name}")));
    }
    app.record(Event::Renamed { id, window: name }).await.map_err(|e| Refusal::new(RefusalKind::Internal, e))?;
    app.terminal(id).ok_or_else(|| Refusal::no_terminal(id))
}
