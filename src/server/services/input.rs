//! Typing into a terminal for a client: bytes, a message with Enter, named keys. Every input has an id; the holder
//! types one id once. What is said to be sent is in the PTY.

use crate::base::clock::random_hex;
use crate::base::id::TerminalId;
use crate::core::keys;
use crate::core::screen::mode;
use crate::proto::holder::{InputHead, InputOutcome};
use crate::proto::rest::{InputRequest, KeyRequest, Sent};
use crate::server::app::App;
use crate::server::hub::lock;
use crate::server::services::{Refusal, RefusalKind, approvals, halt, opened};
use crate::server::terminal::{Answer, Shared, ToHolder};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// A program that reads nothing for so long is told to be busy; the input stays queued and is typed when it reads.
const TYPED_WITHIN: Duration = Duration::from_secs(10);
/// One input is one frame to the holder. A longer message is cut into several with ids in a row.
pub const PIECE: usize = 512 * 1024;
/// Between a pasted message and its Enter: agent CLIs take a key that comes with the paste for part of it
/// (measured: one Enter in three lost without a pause).
const BEFORE_ENTER: Duration = Duration::from_millis(150);

/// An agent that has not been ready for so long will not be soon. Real ones took 0.3 to 2.5 s to their composer, up to 20 s
/// on a loaded machine; with the time for typing this stays below what clients wait.
const BEGINS_WITHIN: Duration = Duration::from_secs(30);
/// Between two looks at an agent that is starting: short against its start.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// Queues bytes; the outcome is told to `done`.
///
/// # Errors
/// When the terminal's queue is full or its agent gone; `done` is told so, too.
pub fn queue(shared: &Shared, head: InputHead, bytes: Vec<u8>, done: Answer) -> Result<(), Refusal> {
    *lock(&shared.typed_at) = Some(Instant::now());
    shared.commands.try_send(ToHolder::Input { head, bytes, done: Some(done) }).map_err(|e| match e {
        tokio::sync::mpsc::error::TrySendError::Full(_) => {
            Refusal::new(RefusalKind::Conflict, "the agent's holder does not keep up with the input")
        }
        tokio::sync::mpsc::error::TrySendError::Closed(_) => gone(shared.id),
    })
}

fn gone(id: TerminalId) -> Refusal {
    Refusal::new(RefusalKind::Conflict, format!("the agent of terminal {id} is gone"))
        .hint(format!("start it again with `conductor-tui restart {id}`"))
}

/// `POST /terminals/{id}/input`.
///
/// # Errors
/// Unknown terminal, gone agent, one that does not get ready, a program that does not read.
pub async fn message(app: &Arc<App>, id: TerminalId, request: InputRequest) -> Result<Sent, Refusal> {
    let submit = request.submit.unwrap_or(true);
    if request.requires_approval {
        let approval = approvals::ask(app, id, request.message, submit).await?;
        return Ok(Sent { status: "queued_for_approval".into(), approval: Some(approval) });
    }
    halt::check(app)?;
    if request.message.is_empty() && !submit {
        return Err(Refusal::new(RefusalKind::Unprocessable, "the message is empty"));
    }
    let source = source_of(request.id.as_deref())?;
    if !request.now {
        until_begun(app, id).await?;
    }
    let outcome = message_typed(app, id, &source, &request.message, submit).await?;
    Ok(Sent { status: word(outcome), approval: None })
}

/// What a person has said yes to; `source` names it, and it is typed once under that name.
///
/// # Errors
/// As [`message`].
pub async fn approved(app: &App, id: TerminalId, source: &str, text: &str, submit: bool) -> Result<(), Refusal> {
    until_begun(app, id).await?;
    message_typed(app, id, source, text, submit).await.map(drop)
}

async fn message_typed(
    app: &App,
    id: TerminalId,
    source: &str,
    message: &str,
    submit: bool,
) -> Result<InputOutcome, Refusal> {
    let shared = opened(app, id).await?;
    // Also for one that was sent before everything was stopped, and waited.
    halt::check(app)?;
    let modes = lock(&shared.pane).screen.modes();
    let bytes = keys::encode_paste(message, modes);
    let mut sequence = 0;
    let mut outcome = InputOutcome::Typed;
    for piece in bytes.chunks(PIECE) {
        outcome = typed(&shared, source, sequence, piece.to_vec(), true).await?;
        sequence += 1;
    }
    if submit {
        if !message.is_empty() && modes & mode::BRACKETED_PASTE != 0 && outcome == InputOutcome::Typed {
            tokio::time::sleep(BEFORE_ENTER).await;
        }
        outcome = typed(&shared, source, sequence, b"\r".to_vec(), true).await?;
    }
    Ok(outcome)
}

/// Waits until an agent that is starting takes messages. What comes earlier is thrown away when its CLI sets its terminal
/// up (measured with Claude Code in its first 0.2 s), or answers a question that nobody has read, such as whether the
/// folder is trusted.
async fn until_begun(app: &App, id: TerminalId) -> Result<(), Refusal> {
    let until = Instant::now() + BEGINS_WITHIN;
    loop {
        let terminal = app.terminal(id).ok_or_else(|| Refusal::no_terminal(id))?;
        let can_be_seen = app.catalog.get(&terminal.provider).is_some_and(|definition| definition.can_be_seen_ready());
        // That a gone one takes nothing is told when it is typed.
        if terminal.has_begun || !can_be_seen || !terminal.is_alive() {
            return Ok(());
        }
        if Instant::now() > until {
            let asks = terminal.waiting_for.map_or("", |_| ", it waits for an answer");
            let message = format!("the agent of terminal {id} is still starting{asks}; nothing was typed");
            return Err(Refusal::new(RefusalKind::Conflict, message).hint(format!(
                "look at it with `conductor-tui attach {id}`; `keys` answers a question, `send --now` types all the same"
            )));
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

/// `POST /terminals/{id}/key`.
///
/// # Errors
/// As [`message`], and for a key that has no such name.
pub async fn named_keys(app: &App, id: TerminalId, request: KeyRequest) -> Result<Sent, Refusal> {
    let shared = opened(app, id).await?;
    let source = source_of(request.id.as_deref())?;
    let modes = lock(&shared.pane).screen.modes();
    let mut bytes = Vec::new();
    for name in request.key.iter().chain(&request.keys) {
        let key = keys::parse_key(name).map_err(|e| {
            Refusal::new(RefusalKind::BadRequest, e.to_string())
                .hint("names are as in tmux: Enter, Escape, Up, C-c, M-x, F5, or one character")
        })?;
        bytes.extend(keys::encode(&key.into(), modes));
    }
    if bytes.is_empty() {
        return Err(Refusal::new(RefusalKind::BadRequest, "no key was named"));
    }
    let outcome = typed(&shared, &source, 0, bytes, false).await?;
    Ok(Sent { status: word(outcome), approval: None })
}

/// The id of a request: the caller's own, or a fresh one.
fn source_of(id: Option<&str>) -> Result<String, Refusal> {
    match id {
        // Longer ids would only bloat the journal.
        Some(id) if id.is_empty() || id.len() > 64 => {
            Err(Refusal::new(RefusalKind::BadRequest, "an input's id has 1 to 64 characters"))
        }
        Some(id) => Ok(format!("r:{id}")),
        None => {
            random_hex(8).map(|id| format!("r:{id}")).map_err(|e| Refusal::new(RefusalKind::Internal, e.to_string()))
        }
    }
}

async fn typed(
    shared: &Arc<Shared>,
    source: &str,
    sequence: u64,
    bytes: Vec<u8>,
    keep: bool,
) -> Result<InputOutcome, Refusal> {
    let head = InputHead { source: source.to_owned(), sequence, keep };
    let (sender, receiver) = oneshot::channel();
    let answer = Answer::new(move |outcome| {
        let _ = sender.send(outcome);
    });
    queue(shared, head, bytes, answer)?;
    match tokio::time::timeout(TYPED_WITHIN, receiver).await {
        Ok(Ok(InputOutcome::Gone) | Err(_)) => Err(gone(shared.id)),
        Ok(Ok(InputOutcome::Busy)) => {
            Err(Refusal::new(RefusalKind::Conflict, "the program does not read its input; nothing was typed"))
        }
        Ok(Ok(InputOutcome::Failed)) => {
            Err(Refusal::new(RefusalKind::Internal, "the journal cannot be written; nothing was typed"))
        }
        Ok(Ok(outcome)) => Ok(outcome),
        Err(_) => Err(Refusal::new(
            RefusalKind::Conflict,
            "the program has not read the input yet; it stays queued and is typed when the program reads",
        )),
    }
}

fn word(outcome: InputOutcome) -> String {
    if outcome == InputOutcome::Duplicate { "duplicate".into() } else { "sent".into() }
}
