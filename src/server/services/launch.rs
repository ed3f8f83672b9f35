//! Starting agents: what to run, where, with which environment; then recorded, then forked, then served.
//!
//! # Invariant
//! A terminal's id is stored before its holder is forked: whatever dies in between, the next server knows of it.

use crate::base::clock::{Millis, now_ms, random_hex};
use crate::base::id::{TerminalId, session_name, short_session};
use crate::base::pause;
use crate::core::life::{Life, Restart};
use crate::core::status::Status;
use crate::core::world::{Event, Hooking, Session, Terminal};
use crate::proto::holder::HolderSpec;
use crate::proto::rest::{self, Isolation, LaunchRequest, Provider};
use crate::providers::{Definition, LaunchPlan, find_program};
use crate::server::app::App;
use crate::server::forklink;
use crate::server::hub::lock;
use crate::server::recover;
use crate::server::services::environment::{self, Made};
use crate::server::services::{Refusal, RefusalKind, hooks, worktrees};
use crate::workspace::slug;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use tokio::task::spawn_blocking;

/// Before a client shows it. (`decisions.md` C 4.11.)
const DEFAULT_SIZE: (u16, u16) = (120, 40);

/// Starts a terminal, in a new session or one that exists.
///
/// # Errors
/// Unknown provider or session, missing program, unusable directory, whatever the program's start said.
pub async fn launch(app: &Arc<App>, session: Option<&str>, request: LaunchRequest) -> Result<Terminal, Refusal> {
    let definition = definition(app, &request)?;
    let existing = match session {
        Some(name) => Some(crate::server::services::view::session_named(app, name)?),
        None => None,
    };
    let cwd = request
        .working_directory
        .clone()
        .or_else(|| existing.as_ref().map(|s| s.cwd.clone()))
        .or_else(|| std::env::var("HOME").ok())
        .unwrap_or_else(|| "/".into());
    let cwd = usable_directory(cwd).await?;
    let Made { all: environment, stored } = environment::made(app, &request).await?;
    let conversation = new_conversation().map_err(|e| Refusal::new(RefusalKind::Internal, e.to_string()))?;
    let plan = LaunchPlan { prompt: request.prompt.as_deref(), fresh_conversation: &conversation, resume: None };
    let command = command(&definition, &request.command, &plan, &environment).await?;
    let id = free_id(app).map_err(|e| Refusal::new(RefusalKind::Internal, e.to_string()))?;
    let isolation = isolation(&request)?;
    let restart = request.restart.map_or(app.settings.launch.restart, policy);
    let now = now_ms();
    let role = request.role.clone().unwrap_or_else(|| "agent".into());
    let naming = Naming { session: existing.as_ref(), cwd: &cwd, kind: &definition.name, role: &role, now };
    let (mut session, mut window) = naming.choose(app, &request)?;
    let is_apart = match isolation {
        Isolation::SameFolder => false,
        Isolation::Worktree => true,
        Isolation::Auto => worktrees::beside(app, cwd.clone()).await.is_ok_and(|found| found.repository.is_some()),
    };
    let worktree = match is_apart {
        false => None,
        true => {
            let task =
                request.prompt.clone().filter(|prompt| !slug(prompt).is_empty()).unwrap_or_else(|| window.clone());
            let wanted = worktrees::Wanted {
                directory: cwd.clone(),
                base: request.base.clone(),
                branch: request.branch.clone(),
                task,
                umask: request.umask,
                environment: environment.clone(),
            };
            let made = worktrees::make(app, id, wanted).await?;
            // A setup takes its time: the names may be somebody else's by now.
            (session, window) = match naming.choose(app, &request) {
                Ok(names) => names,
                Err(refusal) => {
                    worktrees::discard(app, id).await;
                    return Err(refusal);
                }
            };
            Some(made)
        }
    };
    let cwd = worktree.as_ref().map_or_else(|| cwd.clone(), |(_, folder)| folder.clone());
    let columns = request.columns.unwrap_or(DEFAULT_SIZE.0);
    let rows = request.rows.unwrap_or(DEFAULT_SIZE.1);
    let terminal = Terminal {
        id,
        session: session.name.clone(),
        window,
        role,
        provider: definition.name.clone(),
        is_shell: definition.is_shell,
        profile: request.agent_profile.clone(),
        command,
        is_own_command: !request.command.is_empty(),
        cwd,
        environment: stored,
        env_files: request.env_files.clone(),
        umask: request.umask.map(|mask| mask & 0o777),
        created_at: now,
        run: 1,
        status: Status::Initializing,
        waiting_for: None,
        detail: None,
        evidence: None,
        paused: None,
        since: now,
        has_begun: false,
        hooks: Hooking::None,
        title: String::new(),
        columns,
        rows,
        holder_pid: None,
        agent_pid: None,
        exit_code: None,
        exit_signal: None,
        conversation: (definition.chooses_conversation() && request.command.is_empty()).then_some(conversation),
        conversations_before: Vec::new(),
        is_cut_off: false,
        life: Life::new(restart, now),
        unwell: None,
        revision: 0,
    };
    let not_stored = |e| Refusal::new(RefusalKind::Internal, format!("nothing was started: {e}"));
    pause::here("launch-before-store");
    let launched = Event::Launched { session, terminal: Box::new(terminal.clone()) };
    if let Err(error) = app.record(launched).await {
        // It stands in the world and would be stored later: it is taken back before anybody is told.
        app.tell(Event::Removed { id });
        worktrees::discard(app, id).await;
        return Err(not_stored(error));
    }
    pause::here("launch-after-store");
    match start(app, &terminal, environment, &definition).await {
        Ok(()) => Ok(app.terminal(id).unwrap_or(terminal)),
        Err(error) => {
            app.forget_terminal(id);
            // It may have been forked all the same: nothing may live that has no row.
            let _ = app.end_holder(id, 0).await;
            let _ = app.record(Event::Removed { id }).await;
            worktrees::discard(app, id).await;
            Err(Refusal::new(RefusalKind::Unprocessable, error))
        }
    }
}

/// What a new terminal's names come from.
struct Naming<'a> {
    /// The session that it goes into; `None`: a new one.
    session: Option<&'a rest::Session>,
    cwd: &'a str,
    kind: &'a str,
    role: &'a str,
    now: Millis,
}

impl Naming<'_> {
    /// The session, and the terminal's name in it, as they are free now.
    fn choose(&self, app: &App, request: &LaunchRequest) -> Result<(Session, String), Refusal> {
        let world = lock(&app.world);
        let session = match self.session {
            Some(session) => Session { name: session.name.clone(), cwd: session.cwd.clone(), created_at: self.now },
            None => {
                let wanted = match request.session_name.as_deref() {
                    Some(name) => session_name(name).ok_or_else(|| {
                        Refusal::new(RefusalKind::BadRequest, format!("`{name}` cannot be a session's name"))
                            .hint("use letters, digits, - and _")
                    })?,
                    None => session_of(Path::new(self.cwd)),
                };
                if request.session_name.is_some() && world.sessions.contains_key(&wanted) {
                    let name = short_session(&wanted);
                    return Err(Refusal::new(RefusalKind::Conflict, format!("a session {name} exists already"))
                        .hint(format!("add to it with `conductor-tui worker {name}`, or give another name")));
                }
                Session { name: world.free_session(&wanted), cwd: self.cwd.to_owned(), created_at: self.now }
            }
        };
        let kind = request.agent_profile.as_deref().unwrap_or(self.kind);
        let wanted = request.window_name.clone().filter(|w| !w.trim().is_empty());
        let wanted = wanted.unwrap_or_else(|| format!("{}-{kind}", self.role));
        let window = world.free_window(&session.name, &crate::base::text::printable(&wanted));
        Ok((session, window))
    }
}

/// Forks the holder and serves it.
///
/// # Errors
/// Why the program could not be started.
pub async fn start(
    app: &Arc<App>,
    terminal: &Terminal,
    environment: BTreeMap<String, String>,
    definition: &Definition,
) -> Result<(), String> {
    let mut environment = with_ours(app, terminal, environment, &definition.environment);
    let injection = hooks::injected(app, terminal, definition).unwrap_or_else(|error| {
        // Its status is then known from elsewhere.
        tracing::error!(terminal = %terminal.id, %error, "its hooks cannot be written");
        None
    });
    // What somebody has set for themselves is theirs.
    let injection =
        injection.filter(|injection| !injection.environment.keys().any(|name| environment.contains_key(name)));
    if let Some(injection) = &injection {
        environment.extend(injection.environment.clone());
    }

    let mib = 1024 * 1024;
    let spec = HolderSpec {
        terminal: terminal.id,
        run: terminal.run,
        command: hooks::command(terminal, injection.as_ref()),
        cwd: terminal.cwd.clone(),
        provider: terminal.provider.clone(),
        environment: environment.into_iter().collect(),
        umask: Some(terminal.umask.unwrap_or(app.umask)),
        columns: terminal.columns,
        rows: terminal.rows,
        log_dir: app.places.terminal_logs().display().to_string(),
        run_dir: app.places.holders().display().to_string(),
        segment_bytes: app.settings.log.segment_mib * mib,
        log_bytes: app.settings.log.limit_mib * mib,
    };
    let (holder_pid, agent_pid) = forklink::spawn(app, spec).await?;
    pause::here("launch-after-spawn");
    if app.terminal(terminal.id).is_none() {
        let _ = app.end_holder(terminal.id, 0).await;
        return Err("it was closed while it started".into());
    }
    // Served before it is stored: agents ask their terminal what it can do in their first moments, and take a late
    // answer for none. Its id is stored already.
    recover::open(app, terminal.id, true).await.map_err(|e| format!("cannot open the log: {e}"))?;
    if injection.is_some() {
        app.tell(Event::Hooks { id: terminal.id, run: terminal.run, hooks: Hooking::Expected });
    }
    app.record(Event::Spawned { id: terminal.id, holder_pid, agent_pid }).await
}

/// What is to follow when its program ends.
fn policy(restart: rest::Restart) -> Restart {
    match restart {
        rest::Restart::Never => Restart::Never,
        rest::Restart::OnFailure => Restart::OnFailure,
        rest::Restart::Always => Restart::Always,
    }
}

/// The environment that an agent's program has: for what is run on its behalf.
pub fn whole_environment(
    app: &App,
    terminal: &Terminal,
    provided: &BTreeMap<String, String>,
) -> BTreeMap<String, String> {
    with_ours(app, terminal, environment::known(app, terminal), provided)
}

/// With what its provider gives and what tells an agent who it is.
fn with_ours(
    app: &App,
    terminal: &Terminal,
    mut environment: BTreeMap<String, String>,
    provided: &BTreeMap<String, String>,
) -> BTreeMap<String, String> {
    environment.extend(provided.iter().map(|(k, v)| (k.clone(), v.clone())));
    let ours = [
        ("CONDUCTOR_TERMINAL_ID", terminal.id.to_string()),
        ("CONDUCTOR_SESSION", terminal.session.clone()),
        ("CONDUCTOR_SOCKET", app.places.socket().display().to_string()),
        ("CONDUCTOR_PROFILE", terminal.profile.clone().unwrap_or_default()),
        ("TERM", "xterm-256color".into()),
        ("COLORTERM", "truecolor".into()),
    ];
    environment.extend(ours.into_iter().map(|(k, v)| (k.to_owned(), v)));
    environment
}

/// Where it is to work. What only a work tree has says that one is wanted.
fn isolation(request: &LaunchRequest) -> Result<Isolation, Refusal> {
    let is_told = request.use_worktree || request.base.is_some() || request.branch.is_some();
    match request.isolation {
        Some(Isolation::SameFolder) if is_told => {
            Err(Refusal::new(RefusalKind::BadRequest, "a base or a branch means a work tree, not the same folder")
                .hint("say isolation: worktree, or leave them out"))
        }
        Some(isolation) => Ok(isolation),
        None if is_told => Ok(Isolation::Worktree),
        None => Ok(Isolation::SameFolder),
    }
}

fn definition(app: &App, request: &LaunchRequest) -> Result<Arc<Definition>, Refusal> {
    let name = request.provider.as_deref().unwrap_or(&app.settings.launch.provider);
    app.catalog.get(name).ok_or_else(|| {
        Refusal::new(RefusalKind::BadRequest, format!("there is no provider `{name}`"))
            .hint(format!("known ones: {}", app.catalog.now().names().join(", ")))
    })
}

/// The whole command line, the program as an absolute path.
///
/// # Errors
/// When the program is not on this machine.
pub async fn command(
    definition: &Definition,
    own: &[String],
    plan: &LaunchPlan<'_>,
    environment: &BTreeMap<String, String>,
) -> Result<Vec<String>, Refusal> {
    let get = |name: &str| environment.get(name).map(String::as_str).unwrap_or_default();
    if own.is_empty() && definition.programs.is_empty() {
        return Err(Refusal::new(RefusalKind::BadRequest, format!("{} has no program of its own", definition.title))
            .hint("give a command line behind `--`"));
    }
    let names: Vec<String> = match own.first() {
        Some(program) => vec![program.clone()],
        None => definition.programs.clone(),
    };
    let (path, shell) = (get("PATH").to_owned(), get("SHELL").to_owned());
    // A PATH may lead over a network: it is walked off this thread.
    let found = spawn_blocking(move || find_program(&names, &path, &shell)).await.unwrap_or_default();
    let program = found.ok_or_else(|| {
        let wanted = own.first().unwrap_or(&definition.programs[0]);
        Refusal::new(RefusalKind::Unprocessable, format!("cannot start {}: `{wanted}` was not found", definition.title))
            .hint("it is looked for in PATH; `conductor-tui providers` shows what is there")
    })?;
    let mut all = vec![program.display().to_string()];
    match own.split_first() {
        Some((_, arguments)) => all.extend(arguments.iter().cloned()),
        None => all.extend(definition.arguments(plan)),
    }
    if all.iter().any(|a| a.contains('\0')) {
        return Err(Refusal::new(RefusalKind::BadRequest, "a command line cannot hold a NUL character"));
    }
    Ok(all)
}

async fn usable_directory(cwd: String) -> Result<String, Refusal> {
    if !Path::new(&cwd).is_absolute() {
        return Err(Refusal::new(RefusalKind::BadRequest, format!("`{cwd}` is not an absolute directory")));
    }
    // It may lie on a network, and there be slow or hang: that is this launch's affair alone.
    let looked_at = cwd.clone();
    let readable = spawn_blocking(move || std::fs::read_dir(looked_at).map(drop)).await;
    match readable.unwrap_or_else(|error| Err(std::io::Error::other(error))) {
        Ok(()) => Ok(cwd),
        Err(error) => Err(Refusal::new(RefusalKind::Unprocessable, format!("cannot use the directory {cwd}: {error}"))
            .hint("give one that exists and can be read, with --cwd")),
    }
}

fn session_of(cwd: &Path) -> String {
    let name = cwd.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    session_name(&name).or_else(|| session_name("main")).unwrap_or_default()
}

fn free_id(app: &App) -> std::io::Result<TerminalId> {
    loop {
        if let Ok(id) = random_hex(4)?.parse::<TerminalId>()
            && app.terminal(id).is_none()
            && !crate::olog::segment::journal_path(&app.places.terminal_logs(), id).exists()
        {
            return Ok(id);
        }
    }
}

/// A random UUID, version 4.
pub fn new_conversation() -> std::io::Result<String> {
    let hex = random_hex(16)?;
    let variant = match hex.as_bytes()[16] {
        b'0'..=b'3' => '8',
        b'4'..=b'7' => '9',
        b'8'..=b'b' => 'a',
        _ => 'b',
    };
    Ok(format!("{}-{}-4{}-{variant}{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..32]))
}

/// What the hooks of a kind of agent did in the terminals there are: that they fired somewhere says most.
fn best_hooks(app: &App, provider: &str) -> Option<crate::proto::status::Hooks> {
    let world = lock(&app.world);
    let seen: Vec<Hooking> = world.terminals.values().filter(|t| t.provider == provider).map(|t| t.hooks).collect();
    let best = [Hooking::Firing, Hooking::Silent, Hooking::Expected].into_iter().find(|hooks| seen.contains(hooks));
    best.map(crate::server::services::view::hooks)
}

/// `GET /providers`: the kinds of agents, and what of them is on this machine. `path`: the `PATH` that a launch would be
/// made with; else the server's own.
pub async fn providers(app: &App, path: Option<String>) -> Vec<Provider> {
    let mut environment: BTreeMap<String, String> = app.environment.iter().cloned().collect();
    environment.extend(path.map(|path| ("PATH".to_owned(), path)));
    // What stands there is an id of its own each time.
    let plan = LaunchPlan { fresh_conversation: "NEW", ..LaunchPlan::default() };
    let mut all = Vec::new();
    for definition in app.catalog.now().all() {
        let found = command(definition, &[], &plan, &environment).await;
        all.push(Provider {
            name: definition.name.clone(),
            title: definition.title.clone(),
            path: found.as_ref().ok().and_then(|c| c.first().cloned()),
            missing: found.as_ref().err().map(|_| match definition.programs.first() {
                Some(program) => format!("{program}: not found"),
                None => "takes a command line of yours, behind `--`".into(),
            }),
            command: found.unwrap_or_default(),
            takes_prompt: definition.takes_prompt(),
            needs_command: definition.programs.is_empty(),
            evidence: definition.evidence().into_iter().map(str::to_owned).collect(),
            checked: definition.checked.clone(),
            version_arguments: definition.version_arguments.clone(),
            hooks: best_hooks(app, &definition.name),
        });
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conversations_are_version_4_uuids() {
        let id = new_conversation().unwrap();
        let parts: Vec<usize> = id.split('-').map(str::len).collect();
        assert_eq!(parts, [8, 4, 4, 4, 12], "{id}");
        assert!(id.as_bytes()[14] == b'4' && matches!(id.as_bytes()[19], b'8' | b'9' | b'a' | b'b'), "{id}");
    }
}
