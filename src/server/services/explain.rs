//! Why a status is what it is, now or at an earlier moment: the claims, the rules with their files and lines, and what was
//! put aside. Called by the API. It must never change what is known of a terminal.

use crate::base::clock::{Millis, rfc3339};
use crate::base::id::TerminalId;
use crate::core::status::{Choice, Claim, Heard, Replay, Signals, Status, Weighed};
use crate::proto::status::{self as told, StatusReport};
use crate::providers::Definition;
use crate::server::app::App;
use crate::server::hub::lock;
use crate::server::pane::Pane;
use crate::server::services::{Refusal, RefusalKind, opened, view};
use crate::server::status;
use crate::server::terminal::Shared;
use std::sync::Arc;

/// Bytes of output before a moment that are replayed for it: a second of the busiest agent, an hour of most.
const BEFORE: u64 = 2 * 1024 * 1024;

/// Which moment is asked about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Moment {
    Time(Millis),
    Offset(u64),
}

/// What the agent does now.
///
/// # Errors
/// Unknown terminal.
pub fn now(app: &App, id: TerminalId) -> Result<StatusReport, Refusal> {
    let terminal = app.terminal(id).ok_or_else(|| Refusal::no_terminal(id))?;
    let mut report = StatusReport {
        id,
        status: view::status(terminal.status),
        waiting_for: terminal.waiting_for.map(view::waiting_for),
        detail: view::terminal(app, &terminal).detail,
        since: rfc3339(terminal.since),
        evidence: terminal.evidence.iter().cloned().collect(),
        prompt: None,
        choices: Vec::new(),
        last_message: None,
        claims: Vec::new(),
        subagents: Vec::new(),
        hooks: view::hooks(terminal.hooks),
        heard: Vec::new(),
        offset: None,
        answers: view::answers(app, id),
    };
    let Some(shared) = app.shared(id) else { return Ok(report) };
    report.heard = lock(&shared.facts).told();
    if !terminal.is_alive() {
        return Ok(report);
    }
    if let Some((weighed, signals, definition, screen)) = status::explained(app, &shared) {
        fill(&mut report, &weighed, &definition, &screen, true);
        report.subagents = signals.children().to_vec();
        if terminal.status == Status::Completed && weighed.verdict.status == Status::Ready {
            report.evidence.insert(0, "a turn has ended that nobody has looked at yet".into());
        }
        if let Some(line) = of_hooks(&report, &signals) {
            report.evidence.push(line);
        }
    }
    Ok(report)
}

/// What the agent did at an earlier moment, by its log and a provider's rules as they are now.
///
/// # Errors
/// Unknown terminal or provider; a moment before the log begins; a log that cannot be read.
pub async fn then(
    app: &Arc<App>,
    id: TerminalId,
    moment: Moment,
    provider: Option<&str>,
) -> Result<StatusReport, Refusal> {
    let mut report = now(app, id)?;
    let terminal = app.terminal(id).ok_or_else(|| Refusal::no_terminal(id))?;
    let name = provider.unwrap_or(&terminal.provider);
    let definition = app
        .catalog
        .get(name)
        .ok_or_else(|| Refusal::new(RefusalKind::BadRequest, format!("there is no provider `{name}`")))?;
    let shared = opened(app, id).await?;
    let offset = match moment {
        Moment::Offset(offset) => offset,
        Moment::Time(at) => lock(&shared.pane).offset_until(at),
    };
    let dir = app.places.terminal_logs();
    // Another kind's rules do not know what these hooks mean.
    let hooks = if name == terminal.provider { hooks_until(&shared, moment) } else { Vec::new() };
    let told = hooks.len();
    let replaying = Arc::clone(&definition);
    let replayed = tokio::task::spawn_blocking(move || replay(&dir, id, offset, &replaying, &hooks)).await;
    let (weighed, screen, reached) = replayed
        .map_err(std::io::Error::other)
        .and_then(|result| result)
        .map_err(|e| Refusal::new(RefusalKind::Internal, format!("its log cannot be read: {e}")))?;
    if let Moment::Time(at) = moment {
        report.since = rfc3339(at);
        report.heard.retain(|line| line.as_str() <= rfc3339(at).as_str());
    }
    report.status = view::status(weighed.verdict.status);
    report.waiting_for = weighed.verdict.waiting_for.map(view::waiting_for);
    report.detail.clone_from(&weighed.verdict.detail);
    (report.offset, report.answers) = (Some(reached), None);
    report.subagents = Vec::new();
    fill(&mut report, &weighed, &definition, &screen, false);
    report.evidence.push(match told {
        0 => "replayed from the log: who had the terminal and what hooks said is not in it".into(),
        1 => "replayed from the log and from 1 word of its hooks: who had the terminal is not in it".into(),
        _ => format!("replayed from the log and from {told} words of its hooks: who had the terminal is not in it"),
    });
    Ok(report)
}

/// What hooks had told by then, as far as it is remembered, and where the output was at that time.
fn hooks_until(shared: &Shared, moment: Moment) -> Vec<(u64, Heard)> {
    let heard = lock(&shared.facts).heard();
    let pane = lock(&shared.pane);
    let placed = heard.into_iter().map(|heard| (pane.offset_until(heard.at), heard));
    let is_before = |(offset, heard): &(u64, Heard)| match moment {
        Moment::Time(at) => heard.at <= at,
        Moment::Offset(until) => *offset <= until,
    };
    placed.filter(is_before).collect()
}

/// The log up to `offset` through a screen of its own.
fn replay(
    dir: &std::path::Path,
    id: TerminalId,
    offset: u64,
    definition: &Definition,
    hooks: &[(u64, Heard)],
) -> std::io::Result<(Weighed, String, u64)> {
    let mut pane = Pane::open_until(dir, id, offset, BEFORE)?;
    let mut replay = Replay::new(pane.screen.title(), &definition.rules, definition.reports_status);
    let mut hooks = hooks.iter().peekable();
    loop {
        let before = pane.screen.text();
        while let Some((_, heard)) = hooks.next_if(|(at, _)| *at <= pane.screen.offset()) {
            replay.told(heard, &before);
        }
        let outcome = pane.advance_by(Pane::LOOK);
        for notice in &outcome.notices {
            replay.hear(notice, &before);
        }
        if !outcome.has_more {
            break;
        }
    }
    let before = pane.screen.text();
    for (_, heard) in hooks {
        replay.told(heard, &before);
    }
    Ok((replay.end(&pane.screen), pane.screen.text(), pane.screen.offset()))
}

fn fill(report: &mut StatusReport, weighed: &Weighed, definition: &Definition, screen: &str, has_times: bool) {
    let verdict = &weighed.verdict;
    let place = |claim: &Claim| {
        let rule = definition.rules.get(claim.rule?)?;
        Some(format!("{}:{}", definition.file, rule.line))
    };
    let line = |claim: &Claim, words: &str| {
        let place = place(claim).map(|place| format!(" ({place})")).unwrap_or_default();
        let status = view::status(claim.status).word();
        format!("{status} by {}{place}{words}", claim.why)
    };
    let decided = match &weighed.chosen {
        Some(claim) => line(claim, ""),
        None => verdict.evidence.clone(),
    };
    report.evidence = std::iter::once(decided)
        .chain(weighed.others.iter().map(|(claim, why)| line(claim, &format!(": not counted: {why}"))))
        .collect();
    report.prompt.clone_from(&verdict.prompt);
    report.choices = verdict.choices.iter().map(choice).collect();
    report.last_message = definition.last_message.as_ref().and_then(|last| last.find(screen));
    let claim = |claim: &Claim, put_aside: Option<&str>| told::Claim {
        source: claim.origin.word().into(),
        status: view::status(claim.status),
        waiting_for: claim.waiting_for.map(view::waiting_for),
        why: claim.why.clone(),
        place: place(claim),
        since_ms: has_times.then_some(claim.since),
        put_aside: put_aside.map(str::to_owned),
    };
    report.claims = weighed
        .chosen
        .iter()
        .map(|chosen| claim(chosen, None))
        .chain(weighed.others.iter().map(|(other, why)| claim(other, Some(why))))
        .collect();
}

/// A word on the hooks, where something is to be said of them.
fn of_hooks(report: &StatusReport, signals: &Signals) -> Option<String> {
    match report.hooks {
        told::Hooks::None => None,
        told::Hooks::Expected => Some("hooks: given to this launch, nothing was heard yet".into()),
        told::Hooks::Silent => {
            Some("hooks: given to this launch and never heard: advisory, the rest is relied on".into())
        }
        told::Hooks::Firing => {
            let last = signals.heard_at().map(|at| format!(", the last one at {}", rfc3339(at)));
            Some(format!("hooks: they fire{}", last.unwrap_or_default()))
        }
    }
}

fn choice(choice: &Choice) -> told::Choice {
    told::Choice { key: choice.key.clone(), label: choice.label.clone() }
}
