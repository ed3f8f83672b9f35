//! Requests that wait for a person's yes: asked, answered, carried out. Called by the API, and once by a server that starts.
//!
//! # Invariant
//! Nothing is done before the yes is stored. What is done has an input id of its own, so that the holder types it once, however
//! often a server dies between the yes and the record of what came of it.

use crate::base::clock::{now_ms, random_hex};
use crate::base::id::TerminalId;
use crate::base::pause;
use crate::core::approval::{Act, Answer, Approval, Decider, Judged, Outcome, State};
use crate::core::policy::{Class, Decision, Risk};
use crate::core::world::{Event, Terminal};
use crate::proto::approval as told;
use crate::proto::policy::PolicyCheck;
use crate::pty::tree;
use crate::server::app::App;
use crate::server::hub::lock;
use crate::server::services::{Refusal, RefusalKind, halt, input, policy};
use crate::store;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// Requests that wait at once: nobody answers more, and an agent that loops would fill the database.
const MOST_PENDING: usize = 1_000;
/// Bytes of what is asked for: nobody reads more before saying yes.
const LONGEST: usize = 16 * 1024;
/// Processes above the one that answers that are kept: up to the login, as a rule.
const MOST_PARENTS: usize = 12;

fn internal(error: impl std::fmt::Display) -> Refusal {
    Refusal::new(RefusalKind::Internal, error.to_string())
}

/// Asks for a text to be typed.
///
/// # Errors
/// Unknown or ended terminal, what the rules deny, too much of it.
pub async fn ask(app: &Arc<App>, id: TerminalId, text: String, submit: bool) -> Result<told::Approval, Refusal> {
    let unprocessable = |what: String| Refusal::new(RefusalKind::Unprocessable, what);
    let terminal = app.terminal(id).ok_or_else(|| Refusal::no_terminal(id))?;
    if !terminal.is_alive() {
        return Err(Refusal::new(RefusalKind::Conflict, format!("the agent of terminal {id} has ended")));
    }
    if text.is_empty() || text.len() > LONGEST {
        return Err(unprocessable(format!("{} bytes: a request has 1 to {LONGEST}", text.len())));
    }
    let judged = judged(app, &terminal, &text).await?;
    match judged.decision {
        Decision::Deny => {
            return Err(Refusal::new(RefusalKind::Denied, format!("the rules deny it: {}", judged.reason)));
        }
        Decision::AskTwo => {
            return Err(unprocessable("the rules want two people, who cannot be told apart yet".into()));
        }
        Decision::Allow | Decision::Ask => {}
    }
    if lock(&app.world).approvals.values().filter(|approval| approval.is_pending()).count() >= MOST_PENDING {
        return Err(Refusal::new(RefusalKind::Conflict, format!("{MOST_PENDING} requests wait already"))
            .hint("`conductor-tui approvals` lists them"));
    }
    let act = Act::Input { text, submit };
    let number = app.last_approval.fetch_add(1, Ordering::Relaxed) + 1;
    let approval = Approval {
        id: number,
        digest: digest(&act, id, terminal.run),
        terminal: id,
        run: terminal.run,
        session: terminal.session,
        window: terminal.window,
        provider: terminal.provider,
        act,
        judged,
        asked_at: now_ms(),
        state: State::Pending,
        answer: None,
        note: None,
        outcome: None,
        revision: 0,
    };
    app.record(Event::Asked(Box::new(approval))).await.map_err(|e| internal(format!("nothing is asked: {e}")))?;
    one(app, number).await
}

/// What the rules say of it: of a shell's text as of a command; what an agent is told is no command of ours.
async fn judged(app: &Arc<App>, terminal: &Terminal, text: &str) -> Result<Judged, Refusal> {
    if !terminal.is_shell {
        return Ok(Judged {
            decision: Decision::Ask,
            class: Class::Build,
            risk: Risk::Medium,
            reason: "tells the agent something, which acts by it".into(),
            rule: None,
        });
    }
    let check = PolicyCheck { command: text.to_owned(), terminal: Some(terminal.id), ..PolicyCheck::default() };
    let verdict = policy::check(app, None, check).await?;
    Ok(Judged {
        decision: convert(&verdict.decision).map_err(internal)?,
        class: convert(&verdict.class).map_err(internal)?,
        risk: convert(&verdict.risk).map_err(internal)?,
        reason: verdict.reason,
        rule: verdict.rule,
    })
}

fn digest(act: &Act, terminal: TerminalId, run: u32) -> String {
    let mut hash = Sha256::new();
    let Act::Input { text, submit } = act;
    hash.update(format!("input\0{terminal}\0{run}\0{submit}\0{text}"));
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Those with this status, the oldest first; without one those that wait.
///
/// # Errors
/// For a word that is no status.
pub fn all(app: &App, status: Option<&str>) -> Result<Vec<told::Approval>, Refusal> {
    let status = status.map(str::to_ascii_lowercase).unwrap_or_else(|| "pending".into());
    let wanted: Option<State> = match status.as_str() {
        "all" => None,
        word => Some(convert(&word).map_err(|_| {
            Refusal::new(RefusalKind::BadRequest, format!("`{word}` is no status of a request"))
                .hint("pending, approved, denied, withdrawn or all")
        })?),
    };
    let world = lock(&app.world);
    world.approvals.values().filter(|one| wanted.is_none_or(|state| one.state == state)).map(tell).collect()
}

/// One, however old.
///
/// # Errors
/// When there is none of this number.
pub async fn one(app: &App, id: u64) -> Result<told::Approval, Refusal> {
    if let Some(known) = lock(&app.world).approvals.get(&id) {
        return tell(known);
    }
    let database = app.places.database();
    let found = tokio::task::spawn_blocking(move || store::approval(&database, id)).await.map_err(internal)?;
    match found.map_err(internal)? {
        Some(approval) => tell(&approval),
        None => Err(Refusal::new(RefusalKind::NotFound, format!("there is no request {id}"))
            .hint("`conductor-tui approvals --status all` lists them")),
    }
}

/// Says yes or no. The yes is stored, then what was asked for is done; the answer tells what came of it.
///
/// # Errors
/// Unknown request; one that was answered or withdrawn, or that is not what was seen: a conflict.
pub async fn answer(
    app: &Arc<App>,
    peer: u32,
    id: u64,
    is_yes: bool,
    request: told::ApprovalAnswer,
) -> Result<told::Approval, Refusal> {
    let before = one(app, id).await?;
    if before.status != "pending" {
        return Err(conflict(&before));
    }
    if let Some(seen) = request.digest.as_ref().filter(|seen| **seen != before.digest) {
        let message = format!("request {id} is another one than was seen ({seen})");
        return Err(Refusal::new(RefusalKind::Conflict, message).hint("look at it again; nothing was answered"));
    }
    if is_yes {
        halt::check(app)?;
    }
    let nonce = random_hex(16).map_err(internal)?;
    let answer = Answer { is_yes, at: now_ms(), by: decider(peer), reason: request.reason, nonce: nonce.clone() };
    let event = Event::Answered { approval: id, digest: before.digest, answer: Box::new(answer) };
    app.record(event).await.map_err(|e| internal(format!("the answer is not stored, and nothing is done: {e}")))?;
    let is_mine = |approval: &Approval| approval.answer.as_ref().is_some_and(|answer| answer.nonce == nonce);
    let counted = lock(&app.world).approvals.get(&id).is_some_and(is_mine);
    let after = one(app, id).await?;
    if !counted {
        return Err(conflict(&after));
    }
    if is_yes {
        pause::here("approval-before-doing");
        carry_out(app, id).await;
        return one(app, id).await;
    }
    Ok(after)
}

fn conflict(found: &told::Approval) -> Refusal {
    let by = found.by.as_ref().map_or(String::new(), |by| format!(" by process {}", by.pid));
    Refusal::new(RefusalKind::Conflict, format!("request {} is {}{by} already", found.id, found.status))
}

/// Who calls, as the kernel tells it.
fn decider(pid: u32) -> Decider {
    let line = tree::ancestry(pid).unwrap_or_default();
    let name = |pid: u32| std::fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default().trim().to_owned();
    Decider {
        pid,
        executable: std::fs::read_link(format!("/proc/{pid}/exe")).ok().map(|path| path.display().to_string()),
        tty: tree::process(pid).map_or(0, |process| process.tty),
        parents: line.iter().skip(1).take(MOST_PARENTS).map(|process| name(process.pid)).collect(),
    }
}

/// Does what a stored yes allows, and records what came of it.
async fn carry_out(app: &Arc<App>, id: u64) {
    let found = lock(&app.world).approvals.get(&id).filter(|approval| approval.is_owed()).cloned();
    let Some(approval) = found else { return };
    let error = act(app, &approval).await.err().map(|refusal| refusal.message);
    pause::here("approval-after-doing");
    let done = Event::Done { approval: id, outcome: Outcome { at: now_ms(), error } };
    if let Err(error) = app.record(done).await {
        tracing::error!(approval = id, error, "what came of a request is not stored");
    }
}

async fn act(app: &Arc<App>, approval: &Approval) -> Result<(), Refusal> {
    let gone = |what: &str| Refusal::new(RefusalKind::Conflict, format!("{what}; nothing was done"));
    if digest(&approval.act, approval.terminal, approval.run) != approval.digest {
        return Err(gone("what is stored is not what was seen"));
    }
    let terminal = app.terminal(approval.terminal).ok_or_else(|| gone("the terminal is gone"))?;
    if !terminal.is_alive() || terminal.run != approval.run {
        return Err(gone("the program that it was for has ended"));
    }
    let Act::Input { text, submit } = &approval.act;
    input::approved(app, approval.terminal, &format!("a:{}", approval.id), text, *submit).await
}

/// What an earlier server owes: its yes is stored, and what came of it is not. Done now; what was typed already is not typed again.
pub async fn pay(app: Arc<App>) {
    let owed: Vec<u64> = lock(&app.world).approvals.values().filter(|one| one.is_owed()).map(|one| one.id).collect();
    for id in owed {
        tracing::info!(approval = id, "a request that was allowed is carried out");
        carry_out(&app, id).await;
    }
}

/// From our words to those of the wire, which are the same.
fn convert<A: Serialize, B: DeserializeOwned>(of: &A) -> Result<B, serde_json::Error> {
    serde_json::from_value(serde_json::to_value(of)?)
}

fn tell(approval: &Approval) -> Result<told::Approval, Refusal> {
    let Act::Input { text, submit } = &approval.act;
    let answer = approval.answer.as_ref();
    let told = (|| {
        Ok::<_, serde_json::Error>(told::Approval {
            id: approval.id,
            terminal: approval.terminal,
            session: approval.session.clone(),
            window: approval.window.clone(),
            provider: approval.provider.clone(),
            source: "input".into(),
            command: text.clone(),
            submit: *submit,
            digest: approval.digest.clone(),
            decision: convert(&approval.judged.decision)?,
            class: convert(&approval.judged.class)?,
            risk: convert(&approval.judged.risk)?,
            reason: approval.judged.reason.clone(),
            rule: approval.judged.rule.clone(),
            asked_at_ms: approval.asked_at,
            status: convert(&approval.state)?,
            answered_at_ms: answer.map(|answer| answer.at),
            by: answer.map(|answer| convert(&answer.by)).transpose()?,
            answer_reason: answer.and_then(|answer| answer.reason.clone()),
            note: approval.note.clone(),
            done_at_ms: approval.outcome.as_ref().map(|outcome| outcome.at),
            error: approval.outcome.as_ref().and_then(|outcome| outcome.error.clone()),
        })
    })();
    told.map_err(internal)
}
