//! One small function for each route: decode, ask a service, encode. The gate has checked the caller's role; what
//! depends on a terminal is checked here.

use crate::api::error::ApiError;
use crate::api::gate::Caller;
use crate::api::{openapi, stream as live};
use crate::base::id::TerminalId;
use crate::proto::diff::Diff;
use crate::proto::rest::{
    FoundRow, FoundRows, Health, InputRequest, KeyRequest, LaunchRequest, Orphan, Output, Provider, RenameRequest,
    RunOutput, Search, Sent, Session, ShutdownRequest, Terminal, Transcript,
};
use crate::proto::status::{HookRequest, StatusReport};
use crate::proto::usage::UsageReport;
use crate::server::App;
use crate::server::app::Ending;
use crate::server::services::explain::Moment;
use crate::server::services::lifecycle::Again;
use crate::server::services::{
    Refusal, diff as comparing, explain, hooks, input as typing, launch, lifecycle, orphans as left_behind,
    output as printed, policy, search as finding, transcript as past, usage as used, view, weight,
};
use axum::Extension;
use axum::body::Bytes;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Json, Response};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::sync::Arc;

pub type Shared = State<Arc<App>>;
pub type Answer<T> = Result<Json<T>, ApiError>;

/// A body as a JSON object; an empty one is `{}`. Unknown fields are passed over, as old and new clients need it.
pub fn body<T: DeserializeOwned>(bytes: &Bytes) -> Result<T, ApiError> {
    let bytes: &[u8] = if bytes.is_empty() { b"{}" } else { bytes };
    // An array would be taken for the fields in their order.
    if bytes.trim_ascii_start().first() == Some(&b'[') {
        return Err(ApiError::bad_request("the body is an array, not an object"));
    }
    serde_json::from_slice(bytes).map_err(|e| ApiError::bad_request(format!("the body cannot be understood: {e}")))
}

/// A path that is no id names no terminal: 404, and nothing is looked up by it.
pub fn id(text: &str) -> Result<TerminalId, ApiError> {
    text.parse().map_err(|_| ApiError::not_found("there is no such terminal"))
}

pub async fn health(State(app): Shared, Extension(caller): Extension<Caller>) -> Json<Health> {
    let is_known = caller.role != crate::api::gate::Role::Nobody;
    Json(Health {
        status: "ok".into(),
        server: "running".into(),
        version: env!("CARGO_PKG_VERSION").into(),
        pid: is_known.then(std::process::id),
        uptime_s: is_known.then(|| app.started.elapsed().as_secs()),
        generation: is_known.then_some(app.generation),
        home: is_known.then(|| app.places.data.display().to_string()),
        tcp: is_known.then(|| app.tcp.get().cloned()).flatten(),
        terminals: is_known.then(|| app.terminal_count()),
        problems: if is_known {
            let policy = app.policies.now().problem.map(|problem| problem.to_string());
            app.catalog.now().problems.iter().map(ToString::to_string).chain(policy).collect()
        } else {
            Vec::new()
        },
    })
}

pub async fn openapi() -> Json<serde_json::Value> {
    Json(openapi::document())
}

#[derive(Deserialize)]
pub struct ProvidersQuery {
    path: Option<String>,
}

pub async fn providers(State(app): Shared, Query(query): Query<ProvidersQuery>) -> Json<Vec<Provider>> {
    Json(launch::providers(&app, query.path).await)
}

pub async fn orphans(State(app): Shared) -> Json<Vec<Orphan>> {
    Json(left_behind::orphans(&app).await)
}

pub async fn sessions(State(app): Shared, Extension(caller): Extension<Caller>) -> Json<Vec<Session>> {
    let only = caller.confined_to(&app);
    Json(view::sessions(&app, only.as_deref()))
}

pub async fn session(
    State(app): Shared,
    Extension(caller): Extension<Caller>,
    Path(name): Path<String>,
) -> Answer<Session> {
    let session = view::session_named(&app, &name);
    match caller.confined_to(&app) {
        // An agent does not even learn which other sessions there are.
        Some(own) if session.as_ref().map_or(true, |s| s.name != own) => {
            Err(ApiError::forbidden("an agent may only look at its own session"))
        }
        _ => Ok(Json(session?)),
    }
}

pub async fn session_terminals(state: Shared, caller: Extension<Caller>, name: Path<String>) -> Answer<Vec<Terminal>> {
    session(state, caller, name).await.map(|Json(session)| Json(session.terminals))
}

/// Carries a change through to its end even when the caller goes away in the middle: half a launch is an agent that
/// nobody serves, half a restart one that is gone.
pub async fn through<T: Send + 'static>(
    work: impl Future<Output = Result<T, ApiError>> + Send + 'static,
) -> Result<T, ApiError> {
    tokio::spawn(work).await.unwrap_or_else(|error| {
        Err(ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", format!("the request failed: {error}")))
    })
}

pub async fn create_session(State(app): Shared, bytes: Bytes) -> Result<(StatusCode, Json<Terminal>), ApiError> {
    let request: LaunchRequest = body(&bytes)?;
    through(start_session(app, request)).await
}

async fn start_session(app: Arc<App>, mut request: LaunchRequest) -> Result<(StatusCode, Json<Terminal>), ApiError> {
    let workers = std::mem::take(&mut request.workers);
    // The seed's defaults: a session begins with its supervisor, everything after it is a worker.
    request.role.get_or_insert_with(|| "supervisor".into());
    let first = launch::launch(&app, None, request).await?;
    for mut worker in workers {
        worker.role.get_or_insert_with(|| "worker".into());
        worker.working_directory.get_or_insert_with(|| first.cwd.clone());
        if let Err(refusal) = launch::launch(&app, Some(&first.session), worker).await {
            // All or nothing, as the seed has it: half a session would only be in the way.
            let _ = lifecycle::close_session(&app, &first.session).await;
            return Err(refusal.into());
        }
    }
    Ok((StatusCode::CREATED, Json(view::terminal(&app, &first))))
}

pub async fn create_terminal(
    State(app): Shared,
    Path(name): Path<String>,
    bytes: Bytes,
) -> Result<(StatusCode, Json<Terminal>), ApiError> {
    let mut request: LaunchRequest = body(&bytes)?;
    request.role.get_or_insert_with(|| "worker".into());
    through(async move {
        let terminal = launch::launch(&app, Some(&name), request).await?;
        Ok((StatusCode::CREATED, Json(view::terminal(&app, &terminal))))
    })
    .await
}

pub async fn delete_session(State(app): Shared, Path(name): Path<String>) -> Result<StatusCode, ApiError> {
    through(async move { Ok(lifecycle::close_session(&app, &name).await?) }).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize)]
pub struct UsageQuery {
    since: Option<String>,
}

pub async fn usage(
    State(app): Shared,
    Extension(caller): Extension<Caller>,
    Query(query): Query<UsageQuery>,
) -> Answer<UsageReport> {
    let only = caller.confined_to(&app);
    Ok(Json(used::report(&app, query.since.as_deref(), only.as_deref())?))
}

#[derive(Deserialize)]
pub struct TerminalQuery {
    #[serde(default)]
    weight: bool,
}

pub async fn terminals(
    state: Shared,
    caller: Extension<Caller>,
    Query(query): Query<TerminalQuery>,
) -> Json<Vec<Terminal>> {
    let State(app) = state.clone();
    let Json(sessions) = sessions(state, caller).await;
    let mut all: Vec<Terminal> = sessions.into_iter().flat_map(|s| s.terminals).collect();
    if query.weight {
        weight::put(&app, &mut all).await;
    }
    Json(all)
}

fn seen_terminal(app: &App, caller: Caller, text: &str) -> Result<Terminal, ApiError> {
    let id = id(text)?;
    caller.may_see(app, id)?;
    Ok(view::terminal_by_id(app, id)?)
}

pub async fn terminal(
    State(app): Shared,
    Extension(caller): Extension<Caller>,
    Path(text): Path<String>,
    Query(query): Query<TerminalQuery>,
) -> Answer<Terminal> {
    let mut terminal = seen_terminal(&app, caller, &text)?;
    if query.weight {
        weight::put(&app, std::slice::from_mut(&mut terminal)).await;
    }
    Ok(Json(terminal))
}

#[derive(Deserialize)]
pub struct StatusQuery {
    /// Milliseconds since 1970.
    at: Option<u64>,
    offset: Option<u64>,
    provider: Option<String>,
}

pub async fn status(
    State(app): Shared,
    Extension(caller): Extension<Caller>,
    Path(text): Path<String>,
    Query(query): Query<StatusQuery>,
) -> Answer<StatusReport> {
    let terminal = seen_terminal(&app, caller, &text)?;
    let moment = match (query.at, query.offset) {
        (Some(at), None) => Some(Moment::Time(at)),
        (None, Some(offset)) => Some(Moment::Offset(offset)),
        (None, None) => None,
        _ => return Err(ApiError::bad_request("a moment is given by `at` or by `offset`, not by both")),
    };
    match moment {
        Some(moment) => Ok(Json(explain::then(&app, terminal.id, moment, query.provider.as_deref()).await?)),
        None => Ok(Json(explain::now(&app, terminal.id)?)),
    }
}

/// What the rules say. An agent asks for itself, whatever it says.
pub async fn policy_check(
    State(app): Shared,
    Extension(caller): Extension<Caller>,
    bytes: Bytes,
) -> Answer<crate::proto::policy::PolicyVerdict> {
    let agent = match caller.role {
        crate::api::gate::Role::Agent(id) => Some(id),
        _ => None,
    };
    Ok(Json(policy::check(&app, agent, body(&bytes)?).await?))
}

pub async fn policy_steps(
    State(app): Shared,
    Query(asked): Query<crate::proto::policy::PolicyStepsQuery>,
) -> Answer<crate::proto::policy::PolicySteps> {
    Ok(Json(policy::steps(&app, asked).await?))
}

/// An event of an agent's CLI. Whoever tells it belongs to that agent, by its process.
pub async fn hook(
    State(app): Shared,
    Extension(caller): Extension<Caller>,
    Path(text): Path<String>,
    bytes: Bytes,
) -> Result<StatusCode, ApiError> {
    let (id, request): (_, HookRequest) = (id(&text)?, body(&bytes)?);
    if caller.role != crate::api::gate::Role::Agent(id) {
        return Err(ApiError::forbidden("only an agent's own processes tell of it"));
    }
    hooks::heard(&app, id, &request)?;
    Ok(StatusCode::NO_CONTENT)
}

pub async fn delete_terminal(State(app): Shared, Path(text): Path<String>) -> Result<StatusCode, ApiError> {
    let id = id(&text)?;
    through(async move { Ok(lifecycle::close(&app, id).await?) }).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub async fn exit(State(app): Shared, Path(text): Path<String>) -> Result<StatusCode, ApiError> {
    let id = id(&text)?;
    through(async move { Ok(lifecycle::exit(&app, id).await?) }).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub async fn restart(State(app): Shared, Path(text): Path<String>) -> Answer<Terminal> {
    start_again(app, id(&text)?, Again::Restart).await
}

pub async fn start_again(app: Arc<App>, id: TerminalId, again: Again) -> Answer<Terminal> {
    through(async move {
        let terminal = lifecycle::restart(&app, id, again).await?;
        Ok(Json(view::terminal(&app, &terminal)))
    })
    .await
}

pub async fn rename(State(app): Shared, Path(text): Path<String>, bytes: Bytes) -> Answer<Terminal> {
    let request: RenameRequest = body(&bytes)?;
    let terminal = lifecycle::rename(&app, id(&text)?, &request.name).await?;
    Ok(Json(view::terminal(&app, &terminal)))
}

pub async fn seen(State(app): Shared, Path(text): Path<String>) -> Result<StatusCode, ApiError> {
    let id = id(&text)?;
    lifecycle::seen(&app, id)?;
    Ok(StatusCode::NO_CONTENT)
}

pub async fn token(State(app): Shared, Path(text): Path<String>) -> Answer<serde_json::Value> {
    let id = id(&text)?;
    app.terminal(id).ok_or_else(|| Refusal::no_terminal(id))?;
    Ok(Json(serde_json::json!({ "terminal": id, "token": app.tokens.for_agent(id) })))
}

pub async fn input(State(app): Shared, Path(text): Path<String>, bytes: Bytes) -> Answer<Sent> {
    let request: InputRequest = body(&bytes)?;
    Ok(Json(typing::message(&app, id(&text)?, request).await?))
}

pub async fn key(State(app): Shared, Path(text): Path<String>, bytes: Bytes) -> Answer<Sent> {
    let request: KeyRequest = body(&bytes)?;
    Ok(Json(typing::named_keys(&app, id(&text)?, request).await?))
}

#[derive(Deserialize)]
pub struct OutputQuery {
    mode: Option<String>,
    lines: Option<usize>,
}

pub async fn output(
    State(app): Shared,
    Extension(caller): Extension<Caller>,
    Path(text): Path<String>,
    Query(query): Query<OutputQuery>,
) -> Answer<Output> {
    let terminal = seen_terminal(&app, caller, &text)?;
    let mode = match query.mode.as_deref().unwrap_or("full") {
        "full" => printed::Mode::Full,
        "last" => printed::Mode::Last,
        "screen" => printed::Mode::Screen,
        other => return Err(ApiError::bad_request(format!("`{other}` is no mode")).hint("full, last or screen")),
    };
    Ok(Json(printed::output(&app, terminal.id, mode, query.lines).await?))
}

#[derive(Deserialize)]
pub struct RangeQuery {
    offset: u64,
    length: u64,
}

pub async fn range(
    State(app): Shared,
    Extension(caller): Extension<Caller>,
    Path(text): Path<String>,
    Query(query): Query<RangeQuery>,
) -> Result<Response, ApiError> {
    let terminal = seen_terminal(&app, caller, &text)?;
    let bytes = printed::range(&app, terminal.id, query.offset, query.length).await?;
    Ok(([(header::CONTENT_TYPE, "application/octet-stream")], bytes).into_response())
}

pub async fn run_output(
    State(app): Shared,
    Extension(caller): Extension<Caller>,
    Path(text): Path<String>,
) -> Answer<RunOutput> {
    let terminal = seen_terminal(&app, caller, &text)?;
    Ok(Json(printed::run(&app, terminal.id).await?))
}

#[derive(Deserialize)]
pub struct TranscriptQuery {
    from: Option<u64>,
    offset: Option<u64>,
    time: Option<u64>,
    lines: Option<u64>,
    until: Option<u64>,
}

pub async fn transcript(
    State(app): Shared,
    Extension(caller): Extension<Caller>,
    Path(text): Path<String>,
    Query(query): Query<TranscriptQuery>,
) -> Answer<Transcript> {
    let terminal = seen_terminal(&app, caller, &text)?;
    let from = match (query.from, query.offset, query.time) {
        (None, None, None) => past::From::End,
        (Some(row), None, None) => past::From::Row(row),
        (None, Some(offset), None) => past::From::Offset(offset),
        (None, None, Some(time)) => past::From::Time(time),
        _ => return Err(ApiError::bad_request("a page lies in one place").hint("from, offset or time")),
    };
    let ask = past::Ask { from, lines: query.lines, until: query.until };
    Ok(Json(past::page(&app, terminal.id, ask).await?))
}

#[derive(Deserialize)]
pub struct FindQuery {
    #[serde(default)]
    q: String,
    #[serde(default)]
    row: u64,
    #[serde(default)]
    back: bool,
    #[serde(default)]
    wrap: bool,
    until: Option<u64>,
}

pub async fn transcript_find(
    State(app): Shared,
    Extension(caller): Extension<Caller>,
    Path(text): Path<String>,
    Query(query): Query<FindQuery>,
) -> Answer<FoundRow> {
    let terminal = seen_terminal(&app, caller, &text)?;
    let next = past::Next { row: query.row, back: query.back, wrap: query.wrap, until: query.until };
    Ok(Json(past::find(&app, terminal.id, &query.q, next).await?))
}

pub async fn transcript_matches(
    State(app): Shared,
    Extension(caller): Extension<Caller>,
    Path(text): Path<String>,
    Query(query): Query<FindQuery>,
) -> Answer<FoundRows> {
    let terminal = seen_terminal(&app, caller, &text)?;
    Ok(Json(past::matches(&app, terminal.id, &query.q, query.until).await?))
}

#[derive(Deserialize)]
pub struct DiffQuery {
    base: Option<String>,
    file: Option<String>,
    revision: Option<String>,
}

pub async fn diff(
    State(app): Shared,
    Extension(caller): Extension<Caller>,
    Path(text): Path<String>,
    Query(query): Query<DiffQuery>,
) -> Answer<Diff> {
    let terminal = seen_terminal(&app, caller, &text)?;
    let base = query.base.as_deref().unwrap_or("fork").parse().map_err(ApiError::bad_request)?;
    let ask = comparing::Ask { base, file: query.file, revision: query.revision };
    Ok(Json(comparing::diff(&app, terminal.id, ask).await?))
}

#[derive(Deserialize)]
pub struct SearchQuery {
    #[serde(default)]
    q: String,
    terminal: Option<String>,
    session: Option<String>,
    limit: Option<usize>,
}

pub async fn search(
    State(app): Shared,
    Extension(caller): Extension<Caller>,
    Query(query): Query<SearchQuery>,
) -> Answer<Search> {
    let ids = match (&query.terminal, &query.session) {
        (Some(text), _) => vec![seen_terminal(&app, caller, text)?.id],
        (None, Some(name)) => {
            let Json(session) = session(State(Arc::clone(&app)), Extension(caller), Path(name.clone())).await?;
            session.terminals.iter().map(|t| t.id).collect()
        }
        (None, None) => {
            let only = caller.confined_to(&app);
            view::sessions(&app, only.as_deref()).iter().flat_map(|s| &s.terminals).map(|t| t.id).collect()
        }
    };
    Ok(Json(finding::search(&app, &ids, &query.q, query.limit).await?))
}

pub async fn shutdown(
    State(app): Shared,
    Extension(caller): Extension<Caller>,
    bytes: Bytes,
) -> Result<StatusCode, ApiError> {
    let request: ShutdownRequest = body(&bytes)?;
    let sessions: Vec<String> = match (&request.session, request.all) {
        (Some(name), _) => vec![view::session_named(&app, name)?.name],
        (None, true) => view::sessions(&app, None).into_iter().map(|s| s.name).collect(),
        (None, false) => Vec::new(),
    };
    if let Some(executable) = &request.executable {
        if !caller.is_local {
            return Err(ApiError::forbidden("another program may only be started by the socket's owner"));
        }
        let path = std::path::Path::new(executable);
        if !path.is_absolute() || !path.is_file() {
            return Err(ApiError::bad_request(format!("{executable} is not the absolute path of a program")));
        }
    }
    through(async move {
        lifecycle::close_sessions(&app, &sessions).await?;
        // Ending one session is not ending the server for the others.
        if request.session.is_none() {
            app.finish(if request.restart { Ending::Restart(request.executable) } else { Ending::Stop });
        }
        Ok(StatusCode::NO_CONTENT)
    })
    .await
}

pub async fn stream(State(app): Shared, Extension(caller): Extension<Caller>, upgrade: WebSocketUpgrade) -> Response {
    // A client's message is at most one paste: the client cuts longer ones. The library blanks its whole read buffer
    // for each key; 128 KiB of that, its default, would be felt.
    upgrade
        .read_buffer_size(8 * 1024)
        .max_message_size(2 * 1024 * 1024)
        .on_upgrade(move |socket| live::run(app, caller, socket))
}
