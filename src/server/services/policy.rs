//! What the rules say of a step. Called by the API: for the verbs, for hooks, for scripts. It must never say yes where it could
//! not ask the rules.

use crate::base::clock::{Millis, now_ms};
use crate::base::id::TerminalId;
use crate::core::policy::{Policy, Record, Step, Tool, Workplace, always, decide};
use crate::core::world::{Event, Terminal};
use crate::judges::{History, LOOKED_AT, Policies, effects, workspace_around};
use crate::proto::policy::{PolicyCheck, PolicySteps, PolicyStepsQuery, PolicyTaken, PolicyVerdict};
use crate::server::app::App;
use crate::server::hub::lock;
use crate::server::services::worktrees::{Tools, blocking};
use crate::server::services::{Refusal, RefusalKind, environment, trust};
use crate::store::{StepsPage, WantedSteps, steps_since};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::Semaphore;

/// A project's file, in its `.conductor/`.
const PROJECT_FILE: &str = "policy.toml";

/// Judges a step; of an agent's terminal it has that agent's folder, kind and rules.
///
/// # Errors
/// Unknown terminal, a folder that is no absolute path, an unknown tool.
pub async fn check(app: &Arc<App>, agent: Option<TerminalId>, request: PolicyCheck) -> Result<PolicyVerdict, Refusal> {
    let bad = |what: &str| Refusal::new(RefusalKind::BadRequest, what);
    let terminal = match agent.or(request.terminal) {
        Some(id) => Some(app.terminal(id).ok_or_else(|| Refusal::no_terminal(id))?),
        None => None,
    };
    let of_terminal = terminal.as_ref().map(|terminal| terminal.cwd.clone());
    let folder = request.folder.clone().or(of_terminal).ok_or_else(|| {
        bad("a step needs a folder").hint("`folder` names it, or `terminal` the agent that is to take it")
    })?;
    if !Path::new(&folder).is_absolute() {
        return Err(bad("`folder` is no absolute path"));
    }
    let tool = Tool::parse(&request.tool)
        .ok_or_else(|| bad("that is no tool").hint("shell, edit, read, fetch, mcp:server/tool or other:Name"))?;
    // What an agent may read is not for the agent to say.
    let workspace = request.workspace.as_ref().filter(|_| agent.is_none()).map(PathBuf::from);
    let (place, search) = place_of(app, terminal.as_ref(), workspace, &folder);
    let step = Step {
        tool,
        command: request.command.clone(),
        paths: request.paths.clone(),
        url: request.url.clone(),
        folder: folder.clone(),
        shell: request.shell.clone(),
        provider: terminal.as_ref().map_or_else(|| request.provider.clone(), |terminal| terminal.provider.clone()),
        profile: terminal.as_ref().and_then(|t| t.profile.clone()).unwrap_or_else(|| request.profile.clone()),
        session: terminal.as_ref().map_or_else(|| request.session.clone(), |terminal| terminal.session.clone()),
    };
    let project = of_project(app, &place.workspace).await;
    let in_force = app.policies.now();
    let (judging, wants_more) = (Arc::clone(app), request.explain);
    // What other agents did is not for an agent to know.
    let (past, is_cut) = if wants_more && agent.is_none() { past(app, &step.tool).await } else { (Vec::new(), false) };
    let has_past = agent.is_none();
    let verdict = tokio::task::spawn_blocking(move || {
        let analysis = judging.judges.analyse(&step, &place, search.as_deref());
        let verdict = decide(analysis, &step, &in_force.policy, project.policy.as_ref(), &place, now_ms() / 1000);
        let mut told: PolicyVerdict = convert(&verdict)?;
        if wants_more {
            told.effects = convert(&effects(&verdict.parts))?;
            match always(&step, &verdict, &place) {
                Ok(proposals) => {
                    told.proposals = convert(&proposals)?;
                    let history = History::new(&judging.judges, &step, past, is_cut, search.as_deref());
                    for (told, proposal) in told.proposals.iter_mut().zip(&proposals).filter(|_| has_past) {
                        let now = now_ms() / 1000;
                        let also = history.would_allow(proposal, &judging.policies, &in_force.policy, now);
                        told.also = also.map(|also| convert(&also)).transpose()?;
                    }
                }
                Err(why) => told.no_proposal = Some(why),
            }
        }
        told.problem = in_force.problem.map(|problem| problem.to_string()).or(project.note);
        Ok::<_, serde_json::Error>(told)
    });
    let internal = |e: String| Refusal::new(RefusalKind::Internal, format!("the step could not be judged: {e}"));
    verdict.await.map_err(|e| internal(e.to_string()))?.map_err(|e| internal(e.to_string()))
}

/// Where a step of a terminal's agent happens, and the `PATH` there. `workspace`: where it is another than the one around
/// the agent's folder.
fn place_of(
    app: &App,
    terminal: Option<&Terminal>,
    workspace: Option<PathBuf>,
    folder: &str,
) -> (Workplace, Option<String>) {
    let variables = terminal.map(|terminal| environment::known(app, terminal)).unwrap_or_default();
    let known = |name: &str| {
        variables.get(name).cloned().or_else(|| app.environment.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone()))
    };
    let around = || workspace_around(Path::new(terminal.map_or(folder, |terminal| &*terminal.cwd)));
    let place = Workplace {
        workspace: workspace.unwrap_or_else(around),
        home: known("HOME").map_or_else(|| PathBuf::from("/"), PathBuf::from),
        user: known("USER").or_else(|| known("LOGNAME")).unwrap_or_default(),
        state: app.places.all(),
    };
    (place, known("PATH"))
}

/// Bytes of a step that is judged and kept. `hook` cuts each text at 2,000 (`client::hook`), at most three bytes sooner where a
/// character ends: what is longer may be the beginning of something else.
const LONGEST: usize = 1_996;
/// Steps that wait for their turn: more at once is no agent at work.
const WAITING: usize = 256;
static PLACES: Semaphore = Semaphore::const_new(WAITING);

/// An agent tells of a step: it is judged and kept, unless it is too long to be known whole, or too many wait.
pub fn heard(app: &Arc<App>, terminal: &Terminal, step: Step, at: Millis) {
    let bytes = length(&step);
    if bytes > LONGEST {
        tracing::info!(terminal = %terminal.id, bytes, "a step is too long to be kept");
        return;
    }
    let Ok(place) = PLACES.try_acquire() else {
        tracing::warn!(terminal = %terminal.id, "a step is not kept: too many wait");
        return;
    };
    let (app, terminal) = (Arc::clone(app), terminal.clone());
    tokio::spawn(async move {
        observe(&app, &terminal, step, at).await;
        drop(place);
    });
}

/// Steps that are judged at once when agents tell of them: as many as there are workers kept.
static OBSERVING: Semaphore = Semaphore::const_new(4);

/// An agent has told of a step: what the rules say of it is kept, and stops nothing.
async fn observe(app: &Arc<App>, terminal: &Terminal, step: Step, at: Millis) {
    let Ok(_turn) = OBSERVING.acquire().await else { return };
    let folder = if Path::new(&step.folder).is_absolute() { step.folder.clone() } else { terminal.cwd.clone() };
    let (place, search) = place_of(app, Some(terminal), None, &folder);
    let step = Step {
        folder,
        provider: terminal.provider.clone(),
        profile: terminal.profile.clone().unwrap_or_default(),
        session: terminal.session.clone(),
        ..step
    };
    let project = of_project(app, &place.workspace).await;
    let in_force = app.policies.now();
    let (judging, id) = (Arc::clone(app), terminal.id);
    let judged = tokio::task::spawn_blocking(move || {
        let analysis = judging.judges.analyse(&step, &place, search.as_deref());
        let verdict = decide(analysis, &step, &in_force.policy, project.policy.as_ref(), &place, at / 1000);
        Record {
            at,
            terminal: id,
            workspace: place.workspace.display().to_string(),
            decision: verdict.decision,
            class: verdict.class,
            risk: verdict.risk,
            reason: verdict.reason,
            rule: verdict.rule,
            step,
        }
    });
    match judged.await {
        Ok(record) => app.tell(Event::Stepped(Box::new(record))),
        Err(error) => tracing::error!(%error, terminal = %id, "a step was not judged"),
    }
}

/// What agents did in the last days with this tool, where a database can be read, and whether that is not all.
async fn past(app: &Arc<App>, tool: &Tool) -> (Vec<(Step, Workplace)>, bool) {
    let wanted = WantedSteps {
        since: now_ms().saturating_sub(LOOKED_BACK),
        tool: Some(tool.to_string()),
        before: None,
        most: LOOKED_AT,
    };
    let page = page(app, wanted).await.unwrap_or_else(|error| {
        tracing::warn!(%error, "what agents did cannot be read");
        StepsPage::default()
    });
    let is_cut = page.next.is_some();
    let placed = page.records.into_iter().map(|record| {
        let terminal = app.terminal(record.terminal);
        let (place, _) = place_of(app, terminal.as_ref(), Some(record.workspace.into()), &record.step.folder);
        (record.step, place)
    });
    (placed.collect(), is_cut)
}

/// As `policy test` does by itself: thirty days.
const LOOKED_BACK: Millis = 30 * 86_400_000;
/// Bytes of what an agent has told of a step.
fn length(step: &Step) -> usize {
    let paths: usize = step.paths.iter().map(String::len).sum();
    step.command.len()
        + paths
        + step.url.as_ref().map_or(0, String::len)
        + step.folder.len()
        + step.tool.to_string().len()
}

/// Steps of one page: 2 MB where each is as long as it can be.
const STEPS_OF_A_PAGE: usize = 1_000;

async fn page(app: &Arc<App>, wanted: WantedSteps) -> Result<StepsPage, Refusal> {
    let database = app.places.database();
    let read = tokio::task::spawn_blocking(move || steps_since(&database, &wanted)).await;
    read.map_err(|e| unreadable(&e))?.map_err(|e| unreadable(&e))
}

fn unreadable(error: &dyn std::fmt::Display) -> Refusal {
    Refusal::new(RefusalKind::Internal, format!("the steps cannot be read: {error}"))
}

/// What agents did, the newest first, a page of it.
///
/// # Errors
/// When the database cannot be read.
pub async fn steps(app: &Arc<App>, asked: PolicyStepsQuery) -> Result<PolicySteps, Refusal> {
    let most = asked.most.unwrap_or(STEPS_OF_A_PAGE).min(STEPS_OF_A_PAGE);
    let wanted = WantedSteps { since: asked.since, tool: asked.tool, before: asked.before, most };
    let page = page(app, wanted).await?;
    let steps = page.records.iter().map(taken).collect::<Result<Vec<_>, _>>().map_err(|e| unreadable(&e))?;
    Ok(PolicySteps { steps, next: page.next })
}

fn taken(record: &Record) -> Result<PolicyTaken, serde_json::Error> {
    let step = &record.step;
    Ok(PolicyTaken {
        at_ms: record.at,
        terminal: record.terminal,
        tool: step.tool.to_string(),
        command: step.command.clone(),
        paths: step.paths.clone(),
        url: step.url.clone(),
        folder: step.folder.clone(),
        workspace: record.workspace.clone(),
        provider: step.provider.clone(),
        profile: step.profile.clone(),
        session: step.session.clone(),
        decision: convert(&record.decision)?,
        class: convert(&record.class)?,
        risk: convert(&record.risk)?,
        reason: record.reason.clone(),
        rule: record.rule.clone(),
    })
}

/// From our words to those of the wire, which are the same.
fn convert<A: serde::Serialize, B: serde::de::DeserializeOwned>(of: &A) -> Result<B, serde_json::Error> {
    serde_json::from_value(serde_json::to_value(of)?)
}

/// What a trusted repository adds.
#[derive(Default)]
struct OfProject {
    policy: Option<Policy>,
    note: Option<String>,
}

async fn of_project(app: &Arc<App>, workspace: &Path) -> OfProject {
    let file = workspace.join(".conductor").join(PROJECT_FILE);
    if !file.exists() {
        return OfProject::default();
    }
    let note = |note: String| OfProject { policy: None, note: Some(note) };
    let tools = match Tools::new(app) {
        Ok(tools) => tools,
        Err(refusal) => return note(format!("{} is not used: {refusal}", file.display())),
    };
    let (trusts, top, name) = (lock(&app.world).trusts.clone(), workspace.to_owned(), file.clone());
    // Its examples are judged when it is read: not on the thread that serves.
    let read = blocking(move || {
        let text = trust::trusted_file(&tools, &trusts, &top, PROJECT_FILE)?;
        Ok(text.map(|text| Policies::of_project(&name, &text)))
    });
    match read.await {
        Ok(Some(Ok(policy))) => OfProject { policy: Some(policy), note: None },
        Ok(Some(Err(mistake))) => note(format!("{mistake}: the project's policy is not used")),
        Ok(None) => note(format!("{} is not used: `conductor-tui trust` shows it and asks", file.display())),
        Err(refusal) => note(format!("{} is not used: {refusal}", file.display())),
    }
}
