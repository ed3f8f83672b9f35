//! What the rules say of a step. Called by the API: for the verbs, for hooks, for scripts. It must never say yes where it could
//! not ask the rules.

use crate::base::clock::now_ms;
use crate::base::id::TerminalId;
use crate::core::policy::{Policy, Step, Tool, Workplace, always, decide};
use crate::judges::{Policies, effects, workspace_around};
use crate::proto::policy::{PolicyCheck, PolicyVerdict};
use crate::server::app::App;
use crate::server::hub::lock;
use crate::server::services::worktrees::{Tools, blocking};
use crate::server::services::{Refusal, RefusalKind, environment, trust};
use std::path::{Path, PathBuf};
use std::sync::Arc;

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
    let variables = terminal.as_ref().map(|terminal| environment::known(app, terminal)).unwrap_or_default();
    let known = |name: &str| {
        variables.get(name).cloned().or_else(|| app.environment.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone()))
    };
    // What an agent may read is not for the agent to say.
    let workspace = match request.workspace.as_ref().filter(|_| agent.is_none()) {
        Some(workspace) => PathBuf::from(workspace),
        None => workspace_around(Path::new(terminal.as_ref().map_or(&*folder, |terminal| &*terminal.cwd))),
    };
    let place = Workplace {
        workspace,
        home: known("HOME").map_or_else(|| PathBuf::from("/"), PathBuf::from),
        user: known("USER").or_else(|| known("LOGNAME")).unwrap_or_default(),
        state: app.places.all(),
    };
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
    let search = known("PATH");
    let project = of_project(app, &place.workspace).await;
    let in_force = app.policies.now();
    let (judging, wants_more) = (Arc::clone(app), request.explain);
    let verdict = tokio::task::spawn_blocking(move || {
        let analysis = judging.judges.analyse(&step, &place, search.as_deref());
        let verdict = decide(analysis, &step, &in_force.policy, project.policy.as_ref(), &place, now_ms() / 1000);
        let mut told: PolicyVerdict = convert(&verdict)?;
        if wants_more {
            told.effects = convert(&effects(&verdict.parts))?;
            match always(&step, &verdict, &place) {
                Ok(proposals) => told.proposals = convert(&proposals)?,
                Err(why) => told.no_proposal = Some(why),
            }
        }
        told.problem = in_force.problem.map(|problem| problem.to_string()).or(project.note);
        Ok::<_, serde_json::Error>(told)
    });
    let internal = |e: String| Refusal::new(RefusalKind::Internal, format!("the step could not be judged: {e}"));
    verdict.await.map_err(|e| internal(e.to_string()))?.map_err(|e| internal(e.to_string()))
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
