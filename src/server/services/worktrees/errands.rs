//! Commands of the user's in work trees: setup in a new one, teardown before one is removed. Called by the making and the
//! removing. What is run is theirs, or a repository's by the hash that they trusted; its output is kept in a file.

use super::{Tools, blocking};
use crate::config::places::private_dir;
use crate::core::world::{Repositorys, Worktree};
use crate::pty::tree;
use crate::server::app::App;
use crate::server::hub::lock;
use crate::server::services::{Refusal, RefusalKind, environment, trust};
use crate::workspace::{Ended, Errand, Patience, errand};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio::task::spawn_blocking;

/// A large project installs what it needs within it; what takes longer is stuck, and the launch waits for it.
const WITHIN: Duration = Duration::from_secs(600);
/// Of a failure as many lines are told; all of them are in its log.
const TOLD: usize = 10;
/// By this variable its processes are known, wherever they went.
const MARK: &str = "CONDUCTOR_WORKTREE";

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum What {
    Setup,
    Teardown,
}

impl What {
    fn word(self) -> &'static str {
        match self {
            What::Setup => "setup",
            What::Teardown => "teardown",
        }
    }
}

/// Where its output is kept.
pub fn log_of(app: &App, tree: &Worktree, what: What) -> PathBuf {
    app.places.worktree_logs().join(format!("{}.{}.log", tree.id, what.word()))
}

/// Runs it to its end.
///
/// # Errors
/// It fails or takes too long: with the last lines of its log, and where that lies.
pub async fn run(
    app: &App,
    tree: &Worktree,
    what: What,
    command: &str,
    environment: BTreeMap<String, String>,
    umask: u32,
) -> Result<(), Refusal> {
    let (log, command, tree) = (log_of(app, tree, what), command.to_owned(), tree.clone());
    let environment: Vec<(String, String)> = environment.into_iter().chain(ours(&tree)).collect();
    let (place, name) = (log.display().to_string(), tree.name.clone());
    let ended = blocking(move || {
        if let Some(folder) = log.parent() {
            private_dir(folder)?;
        }
        let asked =
            Errand { command: &command, directory: Path::new(&tree.path), environment: &environment, umask, log: &log };
        let ended = errand(&asked, &Patience::new(WITHIN, Arc::default()));
        end_strays(&tree);
        ended
    })
    .await?;
    let Ended::Badly(why, last) = ended else { return Ok(()) };
    let lines: Vec<&str> = last.lines().collect();
    let last = lines[lines.len().saturating_sub(TOLD)..].join("\n");
    let last = if last.is_empty() { String::new() } else { format!(":\n{last}") };
    Err(Refusal::new(RefusalKind::Conflict, format!("the {} of {name} {why}{last}", what.word()))
        .hint(format!("all that it printed is in {place}")))
}

fn ours(tree: &Worktree) -> [(String, String); 3] {
    [
        (MARK.into(), tree.path.clone()),
        ("CONDUCTOR_REPOSITORY".into(), tree.repository.clone()),
        ("CONDUCTOR_BRANCH".into(), tree.branch.clone().unwrap_or_default()),
    ]
}

/// Ends what such a command has left running: also what left its group, and what a killed server left behind.
pub fn end_strays(tree: &Worktree) {
    if !tree::end_with_environment(&[format!("{MARK}={}", tree.path)]) {
        tracing::warn!(worktree = %tree.id, "what a command started in a work tree does not end");
    }
}

/// The environment and the mask of the agent that a tree was made for, or the server's own when it is gone.
///
/// # Errors
/// A file that variables are read from is not there any more.
pub async fn surroundings(app: &App, tree: &Worktree) -> Result<(BTreeMap<String, String>, u32), Refusal> {
    let terminal = app.terminal(tree.id);
    let umask = terminal.as_ref().and_then(|terminal| terminal.umask).unwrap_or(app.umask);
    let environment = match &terminal {
        Some(terminal) => environment::again(app, terminal).await?,
        None => environment::of_server(app).into_iter().collect(),
    };
    Ok((environment, umask))
}

/// What is to be run in a tree that was brought back, and what should be known of it; empty: nothing.
///
/// # Errors
/// As every run of git.
pub async fn setup(app: &App, tree: &Worktree) -> Result<(String, Vec<String>), Refusal> {
    let own = &app.settings.worktrees.setup;
    if !own.is_empty() {
        return Ok((own.clone(), Vec::new()));
    }
    let (tools, tree, trusts) = (Tools::new(app)?, tree.clone(), lock(&app.world).trusts.clone());
    let said = blocking(move || {
        let repository = tools.repository(&tree)?;
        trust::said(&tools, &trusts, &repository)
    })
    .await?;
    Ok((said.project.setup, said.project.notes))
}

/// What is to be run before a tree is removed; empty: nothing.
///
/// # Errors
/// It was the repository's, and is trusted no more.
pub fn teardown(app: &App, tree: &Worktree) -> Result<String, Refusal> {
    let own = &app.settings.worktrees.teardown;
    let Some(Repositorys { command, directory, hash }) = tree.teardown.as_ref().filter(|_| own.is_empty()) else {
        return Ok(own.clone());
    };
    if lock(&app.world).trusts.get(directory).is_some_and(|trust| trust.hash == *hash) {
        return Ok(command.clone());
    }
    Err(Refusal::new(RefusalKind::Conflict, format!("the teardown of {} is not trusted any more", tree.name))
        .hint("--skip-teardown removes it without"))
}

/// Removes logs of trees that nothing is known of any more, when they are as old as that. Called once a day.
pub async fn forget_logs(app: &App) {
    let known: Vec<String> = lock(&app.world).worktrees.keys().map(ToString::to_string).collect();
    let (folder, days) = (app.places.worktree_logs(), app.settings.worktrees.keep_days);
    let age = Duration::from_secs(days.saturating_mul(24 * 60 * 60));
    let sweeping = spawn_blocking(move || {
        let Some(until) = SystemTime::now().checked_sub(age) else { return };
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let is_old = entry.metadata().and_then(|found| found.modified()).is_ok_and(|time| time < until);
            if is_old && !known.iter().any(|id| name.starts_with(id)) {
                let _ = std::fs::remove_file(entry.path());
            }
        }
    });
    let _ = sweeping.await;
}
