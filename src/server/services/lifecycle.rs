//! The rest of a terminal's life: end it, start it again, rename it, remove it, end a whole session.
//! Ending asks the holder; nothing here signals a process.

use crate::base::clock::now_ms;
use crate::base::id::TerminalId;
use crate::core::life::{Restart, Unwell};
use crate::core::world::{Event, Terminal};
use crate::providers::{Definition, LaunchPlan};
use crate::server::app::App;
use crate::server::conversations;
use crate::server::services::environment;
use crate::server::services::launch::{self, command};
use crate::server::services::{Refusal, RefusalKind, resume};
use crate::server::usage;
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
    let turn = app.start_turn(id);
    let _turn = turn.lock().await;
    end(app, id).await
}

/// As [`exit`], by whoever has the terminal's turn.
async fn end(app: &App, id: TerminalId) -> Result<(), Refusal> {
    let terminal = app.terminal(id).ok_or_else(|| Refusal::no_terminal(id))?;
    if !terminal.is_alive() {
        if terminal.life.again_at.is_some() || terminal.is_cut_off {
            unwanted(app, id).await;
        }
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
    unwanted(app, id).await;
    hang_up(app, id).await;
}

/// Ends an agent whose checks fail, where its policy then starts it again. Nobody has asked for its end.
pub async fn end_unwell(app: &App, id: TerminalId, run: u32) {
    let turn = app.start_turn(id);
    let _turn = turn.lock().await;
    let is_to_end = |t: Terminal| {
        let is_ill = t.unwell.as_ref().is_some_and(Unwell::is_ill);
        t.run == run && t.is_alive() && is_ill && t.life.policy != Restart::Never
    };
    if app.terminal(id).is_some_and(is_to_end) {
        hang_up(app, id).await;
    }
}

async fn hang_up(app: &App, id: TerminalId) {
    let told = app.shared(id).is_some_and(|shared| shared.hangup(GRACE_MS) && shared.is_connected());
    if !told && let Err(error) = app.end_holder(id, GRACE_MS).await {
        tracing::warn!(terminal = %id, %error, "a holder cannot be asked to end its agent");
    }
}

/// What a person ends is not started again by itself. Known before its end is. While the database refuses, the
/// dispatcher keeps it and goes on trying.
async fn unwanted(app: &App, id: TerminalId) {
    let _ = app.record(Event::Unwanted { id }).await;
}

/// Ends the agent and removes the terminal's row; its log stays on the disk.
///
/// # Errors
/// As [`exit`].
pub async fn close(app: &Arc<App>, id: TerminalId) -> Result<(), Refusal> {
    exit(app, id).await?;
    // What it used last stays counted.
    usage::read(app, id).await;
    app.record(Event::Removed { id })
        .await
        .map_err(|e| Refusal::new(RefusalKind::Internal, format!("cannot be removed: {e}")))?;
    app.forget_terminal(id);
    crate::server::services::hooks::forget(app, id);
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
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Again {
    Restart,
    Resume,
    /// With this conversation of its agent CLI, which a person has chosen.
    With(String),
}

/// Starts the program again under the same id, with the same log, and with its conversation where one is known.
///
/// # Errors
/// Unknown terminal, one that cannot be ended or started, no conversation to resume.
pub async fn restart(app: &Arc<App>, id: TerminalId, again: Again) -> Result<Terminal, Refusal> {
    let turn = app.start_turn(id);
    let _turn = turn.lock().await;
    start_again(app, id, again, false).await
}

/// Starts a program again as its policy has planned it, if nobody has decided otherwise meanwhile. What fails counts as
/// one more end.
pub async fn restart_by_itself(app: &Arc<App>, id: TerminalId) {
    let turn = app.start_turn(id);
    let _turn = turn.lock().await;
    let planned = |app: &App| app.terminal(id).and_then(|t| t.life.again_at);
    let Some(plan) = planned(app).filter(|at| *at <= now_ms()) else { return };
    if let Err(refusal) = start_again(app, id, Again::Restart, true).await {
        tracing::warn!(terminal = %id, error = %refusal.message, "cannot be started again by itself");
        // Later steps have taken their failure down.
        if planned(app) == Some(plan) {
            let _ = app.record(Event::SpawnFailed { id, error: refusal.message }).await;
        }
    }
}

async fn start_again(app: &Arc<App>, id: TerminalId, again: Again, is_by_itself: bool) -> Result<Terminal, Refusal> {
    // While it lives it can still be seen what it is in.
    conversations::look(app, id).await;
    let terminal = app.terminal(id).ok_or_else(|| Refusal::no_terminal(id))?;
    let unknown =
        || Refusal::new(RefusalKind::Conflict, format!("its provider {} is not known any more", terminal.provider));
    let definition = app.catalog.get(&terminal.provider).ok_or_else(unknown)?;
    let environment = environment::again(app, &terminal).await?;
    let next = next_run(app, &terminal, &definition, &environment, again).await?;
    end(app, id).await?;
    let internal = |e: String| Refusal::new(RefusalKind::Internal, e);
    if let Err(error) = app.record(Event::Restarted { id, command: next.command, is_by_itself }).await {
        app.tell(Event::SpawnFailed { id, error: format!("not started: {error}") });
        return Err(internal(error));
    }
    if let Some(conversation) = next.conversation {
        let run = terminal.run + 1;
        app.record(Event::Conversation { id, run, conversation }).await.map_err(internal)?;
    }
    let fresh = app.terminal(id).ok_or_else(|| Refusal::no_terminal(id))?;
    match launch::start(app, &fresh, environment, &definition).await {
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
    /// Another one than before: made for it, or chosen.
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
    let chosen = match &again {
        Again::With(conversation) => Some(conversation),
        Again::Restart | Again::Resume => terminal.conversation.as_ref(),
    };
    let chosen = chosen.filter(|_| definition.can_resume());
    let resuming = match chosen {
        Some(conversation) => {
            let plan = LaunchPlan { resume: Some(conversation), ..LaunchPlan::default() };
            Some(command(definition, &[], &plan, environment).await?)
        }
        None => None,
    };
    let is_saved = match chosen {
        Some(conversation) => conversations::look_up(app, terminal, conversation).await.is_saved,
        None => false,
    };
    match resuming {
        Some(command) if is_saved => {
            let conversation = chosen.filter(|chosen| terminal.conversation.as_ref() != Some(chosen)).cloned();
            Ok(NextRun { command, conversation })
        }
        _ if again != Again::Restart => Err(resume::no_conversation(app, terminal.id).await),
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
