//! The world as the API shows it: core types into their wire twins. Called by every service that answers with a
//! terminal or a session.

use crate::base::clock::rfc3339;
use crate::core::life::Restart;
use crate::core::status::{Status, WaitingFor};
use crate::core::world::{Hooking, State, Terminal, Worktree, World};
use crate::olog::segment::newest_path;
use crate::proto::{self, rest};
use crate::server::app::App;
use crate::server::hub::lock;
use crate::server::services::{Refusal, answer, usage};
use std::sync::atomic::Ordering;

pub fn status(status: Status) -> rest::Status {
    match status {
        Status::Initializing => rest::Status::Initializing,
        Status::Ready => rest::Status::Ready,
        Status::Running => rest::Status::Running,
        Status::Waiting => rest::Status::Waiting,
        Status::Completed => rest::Status::Completed,
        Status::Error => rest::Status::Error,
        Status::Closed => rest::Status::Closed,
        Status::Unknown => rest::Status::Unknown,
    }
}

fn restart(policy: Restart) -> rest::Restart {
    match policy {
        Restart::Never => rest::Restart::Never,
        Restart::OnFailure => rest::Restart::OnFailure,
        Restart::Always => rest::Restart::Always,
    }
}

pub fn waiting_for(what: WaitingFor) -> rest::WaitingFor {
    match what {
        WaitingFor::Approval => rest::WaitingFor::Approval,
        WaitingFor::Question => rest::WaitingFor::Question,
        WaitingFor::Trust => rest::WaitingFor::Trust,
        WaitingFor::Login => rest::WaitingFor::Login,
        WaitingFor::Other => rest::WaitingFor::Other,
    }
}

pub fn hooks(hooks: Hooking) -> proto::status::Hooks {
    match hooks {
        Hooking::None => proto::status::Hooks::None,
        Hooking::Expected => proto::status::Hooks::Expected,
        Hooking::Firing => proto::status::Hooks::Firing,
        Hooking::Silent => proto::status::Hooks::Silent,
    }
}

pub fn terminal(app: &App, t: &Terminal) -> rest::Terminal {
    let worktree = worktree_of(app, t);
    let output_end = app.shared(t.id).map_or(0, |shared| shared.log_end.load(Ordering::Relaxed));
    rest::Terminal {
        id: t.id,
        session: t.session.clone(),
        session_name: t.session.clone(),
        window: t.window.clone(),
        window_name: t.window.clone(),
        role: t.role.clone(),
        provider: t.provider.clone(),
        profile: t.profile.clone(),
        agent_profile: t.profile.clone(),
        status: status(t.status),
        waiting_for: t.waiting_for.map(waiting_for),
        // What holds an agent back matters more than what it does.
        detail: t.paused.clone().or_else(|| t.unwell.as_ref().map(ToString::to_string)).or_else(|| t.detail.clone()),
        evidence: t.evidence.clone(),
        title: t.title.clone(),
        cwd: t.cwd.clone(),
        worktree: worktree.as_ref().map(|tree| tree.id),
        branch: worktree.as_ref().and_then(|tree| tree.branch.clone()),
        setup_log: worktree.as_ref().and_then(|tree| tree.setup_log.clone()),
        repository: worktree.map(|tree| tree.repository),
        command: t.command.clone(),
        pid: t.agent_pid,
        holder_pid: t.holder_pid,
        created_at: rfc3339(t.created_at),
        since: rfc3339(t.since),
        since_ms: t.since,
        log_path: newest_path(&app.places.terminal_logs(), t.id).display().to_string(),
        cols: t.columns,
        rows: t.rows,
        exit_code: t.exit_code,
        answerable: answer::known(app, t, true).is_some(),
        stopped: !t.is_alive() && t.life.is_unwanted,
        conversation: t.conversation.clone(),
        hooks: hooks(t.hooks),
        weight: None,
        usage: usage::of_terminal(app, t),
        restart: restart(t.life.policy),
        again_at_ms: t.life.again_at,
        cut_off: t.is_cut_off,
        is_shell: t.is_shell,
        output_end,
        revision: t.revision,
    }
}

/// The keys that answer what it waits for, where its provider knows.
pub fn answers(app: &App, id: crate::base::id::TerminalId) -> Option<rest::Answers> {
    let terminal = app.terminal(id)?;
    let of = |yes| {
        let (_, answer) = answer::known(app, &terminal, yes)?;
        Some(rest::Answer { choose: answer.choose, chosen: answer.chosen, confirm: answer.confirm })
    };
    Some(rest::Answers { yes: of(true)?, no: of(false)? })
}

/// The one that was made for it, or that it works in.
pub fn worktree_of(app: &App, t: &Terminal) -> Option<Worktree> {
    let world = lock(&app.world);
    let is_there = |tree: &&Worktree| tree.state != State::Removed && tree.has(&t.cwd);
    let own = world.worktrees.get(&t.id).filter(is_there);
    own.or_else(|| world.worktrees.values().find(is_there)).cloned()
}

/// # Errors
/// When there is none.
pub fn terminal_by_id(app: &App, id: crate::base::id::TerminalId) -> Result<rest::Terminal, Refusal> {
    app.terminal(id).map(|t| terminal(app, &t)).ok_or_else(|| Refusal::no_terminal(id))
}

fn session(app: &App, world: &World, s: &crate::core::world::Session) -> rest::Session {
    rest::Session {
        name: s.name.clone(),
        cwd: s.cwd.clone(),
        created_at: rfc3339(s.created_at),
        terminals: world.of_session(&s.name).map(|t| terminal(app, t)).collect(),
    }
}

/// Sessions in the order of their creation; `only` one of them for a caller that may see no other.
pub fn sessions(app: &App, only: Option<&str>) -> Vec<rest::Session> {
    let world = lock(&app.world).clone();
    let mut all: Vec<_> = world.sessions.values().filter(|s| only.is_none_or(|name| s.name == name)).collect();
    all.sort_by(|a, b| (a.created_at, &a.name).cmp(&(b.created_at, &b.name)));
    all.into_iter().map(|s| session(app, &world, s)).collect()
}

/// A session by its full or short name.
///
/// # Errors
/// When there is none.
pub fn session_named(app: &App, name: &str) -> Result<rest::Session, Refusal> {
    let full = crate::base::id::session_name(name);
    let world = lock(&app.world).clone();
    let found = world.sessions.get(name).or_else(|| world.sessions.get(full.as_deref().unwrap_or_default()));
    found.map(|s| session(app, &world, s)).ok_or_else(|| {
        let name = crate::base::id::short_session(name);
        Refusal::new(crate::server::services::RefusalKind::NotFound, format!("there is no session {name}"))
            .hint("`conductor-tui sessions` lists them")
    })
}
