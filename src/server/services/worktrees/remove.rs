//! Takes a work tree away, with everything in it kept. Called by the API, and at the start for one whose removal was
//! interrupted.
//!
//! # Steps
//! A snapshot; the teardown, and a snapshot of what it left; *removing* is stored; the folder is moved aside in one step, so that nobody writes into it by its name any
//! more, and looked at again; what no commit holds is moved to a safe place; *emptying* is stored; only then files go.

use super::errands::{self, What};
use super::snapshot::{accept, check_ready, is_aside, taken};
use super::{Tools, alone, blocking, found, record, view};
use crate::base::id::TerminalId;
use crate::base::pause;
use crate::core::world::{State, Worktree};
use crate::proto::worktree as wire;
use crate::pty::tree;
use crate::server::app::App;
use crate::server::hub::lock;
use crate::server::services::{Refusal, RefusalKind};
use crate::workspace::{LeftOut, WorkspaceError, inside, remove_tree};
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use tokio::task::spawn_blocking;

/// Of more than these nobody reads the names.
const TOLD: usize = 3;

/// `POST /worktrees/{id}/remove`.
///
/// # Errors
/// Somebody works in it, something would be lost that nobody said yes to, its teardown fails, whatever git says; then it is
/// as it was.
pub async fn remove(app: &App, id: TerminalId, request: &wire::RemoveRequest) -> Result<wire::Worktree, Refusal> {
    let _turn = alone(app, id).await;
    let mut tree = found(app, id)?;
    // What an earlier call could not finish.
    match tree.state {
        State::Removed => return view::one(app, id),
        State::Removing => carry_out(app, &mut tree).await?,
        State::Emptying => finish(app, &mut tree).await?,
        State::Making | State::Ready | State::Restoring => {}
    }
    if tree.state == State::Removed {
        return view::one(app, id);
    }
    if tree.state == State::Ready && !Path::new(&tree.path).is_dir() {
        // Somebody else took it away: what is left of it is what git knows.
        finish(app, &mut tree).await?;
        return view::one(app, id);
    }
    check_ready(&tree)?;
    nobody_works_in(app, &tree).await?;
    let path = tree.path.clone().into();
    let snapshot = taken(app, &mut tree, path, "before it was removed").await?;
    if accept(&snapshot.left_out) != request.accept {
        return Err(would_be_lost(&tree, &snapshot.left_out));
    }
    pause::here("worktree-after-snapshot");
    tree.accepted.clone_from(&request.accept);
    if !request.skip_teardown {
        torn_down(app, &mut tree, &snapshot.left_out).await?;
    }
    pause::here("worktree-after-teardown");
    tree.state = State::Removing;
    if let Err(refusal) = record(app, &tree).await {
        // Nothing was begun, and the next one begins anew.
        tree.state = State::Ready;
        let _ = record(app, &tree).await;
        return Err(refusal);
    }
    carry_out(app, &mut tree).await?;
    view::one(app, id)
}

/// Goes on from *removing*.
///
/// # Errors
/// As [`remove`]; then it is as it was.
pub async fn carry_out(app: &App, tree: &mut Worktree) -> Result<(), Refusal> {
    let result = leave(app, tree).await;
    if let Err(refusal) = result {
        let (tools, left) = (Tools::new(app)?, tree.clone());
        let back = blocking(move || {
            let leaving = Tools::leaving(&left);
            if leaving.is_dir() {
                // Those that went; what could not go is there still.
                for part in left.aside.iter().filter(|part| fs::symlink_metadata(leaving.join(part)).is_err()) {
                    move_into(&tools.aside(left.id), part.as_bytes(), &leaving)?;
                }
                fs::rename(leaving, &left.path)?;
            }
            Ok(())
        });
        if back.await.is_err() {
            // It stays as it is, named and whole; the next start tries again.
            return Err(refusal);
        }
        tree.state = State::Ready;
        tree.aside.clear();
        record(app, tree).await?;
        return Err(refusal);
    }
    finish(app, tree).await
}

/// What it takes away of that which was given up is no loss; what it adds to it is.
async fn torn_down(app: &App, tree: &mut Worktree, given_up: &[LeftOut]) -> Result<(), Refusal> {
    let command = errands::teardown(app, tree)?;
    if command.is_empty() {
        return Ok(());
    }
    let (environment, umask) = errands::surroundings(app, tree).await?;
    tree.teardown_log = Some(errands::log_of(app, tree, What::Teardown).display().to_string());
    record(app, tree).await?;
    errands::run(app, tree, What::Teardown, &command, environment, umask).await?;
    let path = tree.path.clone().into();
    let left = taken(app, tree, path, "after its teardown").await?.left_out;
    let is_given_up = |left: &LeftOut| given_up.iter().any(|known| known.path == left.path && known.why == left.why);
    if left.iter().any(|left| !is_aside(left) && !is_given_up(left)) {
        return Err(would_be_lost(tree, &left));
    }
    tree.accepted = accept(&left);
    Ok(())
}

async fn leave(app: &App, tree: &mut Worktree) -> Result<(), Refusal> {
    pause::here("worktree-before-leaving");
    let (path, leaving) = (tree.path.clone(), Tools::leaving(tree));
    let to = leaving.clone();
    blocking(move || if to.is_dir() { Ok(()) } else { fs::rename(path, to).map_err(WorkspaceError::Io) }).await?;
    pause::here("worktree-after-leaving");
    // What was written since the first look.
    let before = tree.snapshots.last().map(|kept| kept.tree.clone());
    let snapshot = taken(app, tree, leaving.clone(), "while it was removed").await?;
    if accept(&snapshot.left_out) != tree.accepted {
        return Err(would_be_lost(tree, &snapshot.left_out));
    }
    if before.as_ref() != Some(&snapshot.tree) {
        tracing::warn!(worktree = %tree.id, "files were written while a work tree was removed; they are kept as well");
    }
    let aside: Vec<Vec<u8>> = snapshot.left_out.iter().filter(|left| is_aside(left)).map(|l| l.path.clone()).collect();
    tree.aside = aside.iter().map(|path| String::from_utf8_lossy(path).into_owned()).collect();
    let (tools, id) = (Tools::new(app)?, tree.id);
    record(app, tree).await?;
    blocking(move || {
        for path in &aside {
            move_into(&leaving, path, &tools.aside(id))?;
        }
        Ok(())
    })
    .await?;
    tree.state = State::Emptying;
    record(app, tree).await?;
    pause::here("worktree-after-emptying");
    Ok(())
}

/// Moves something from one folder to the same place in another.
pub fn move_into(from: &Path, path: &[u8], to: &Path) -> Result<(), WorkspaceError> {
    let path = path.strip_suffix(b"/").unwrap_or(path);
    crate::config::places::private_dir(to)?;
    let refused = || WorkspaceError::PlaceTaken(to.join(OsStr::from_bytes(path)).display().to_string());
    let (source, target) = (inside(from, path).ok_or_else(refused)?, inside(to, path).ok_or_else(refused)?);
    if fs::symlink_metadata(&source).is_err() {
        return Ok(());
    }
    if fs::symlink_metadata(&target).is_ok() {
        return Err(refused());
    }
    if let Some(parent) = target.parent() {
        fs::create_dir_all(parent)?;
    }
    fs::rename(source, target)?;
    Ok(())
}

/// Goes on from *emptying*: nothing of it is needed any more.
///
/// # Errors
/// What cannot be removed; the next start tries again.
pub async fn finish(app: &App, tree: &mut Worktree) -> Result<(), Refusal> {
    let (tools, gone) = (Tools::new(app)?, tree.clone());
    blocking(move || {
        remove_tree(&Tools::leaving(&gone))?;
        pause::here("worktree-after-delete");
        let repository = tools.repository(&gone)?;
        repository.unregister(&tools.git, Path::new(&gone.path), &tools.patience)?;
        match &gone.branch {
            Some(branch) if gone.is_own_branch => {
                repository.remove_unused(&tools.git, branch, &gone.base_commit, &tools.patience)
            }
            _ => Ok(()),
        }
    })
    .await?;
    tree.state = State::Removed;
    record(app, tree).await
}

async fn nobody_works_in(app: &App, tree: &Worktree) -> Result<(), Refusal> {
    let agent =
        lock(&app.world).terminals.values().find(|t| t.is_alive() && tree.has(&t.cwd)).map(|t| t.window.clone());
    if let Some(agent) = agent {
        return Err(Refusal::new(RefusalKind::Conflict, format!("{agent} works in the work tree {}", tree.name))
            .hint("end it first: `conductor-tui stop`"));
    }
    let top = tree.path.clone();
    let found = spawn_blocking(move || processes_in(Path::new(&top))).await.unwrap_or_default();
    if found.is_empty() {
        return Ok(());
    }
    let message = format!("processes work in the work tree {}: {}", tree.name, found.join(", "));
    Err(Refusal::new(RefusalKind::Conflict, message).hint("end them, or let them work elsewhere"))
}

/// Those whose working directory lies in it: `123 vim`.
fn processes_in(top: &Path) -> Vec<String> {
    let is_in = |pid: u32| fs::read_link(format!("/proc/{pid}/cwd")).is_ok_and(|cwd| cwd.starts_with(top));
    let name = |pid: u32| {
        let name = fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
        format!("{pid} {}", name.trim_end())
    };
    let all = tree::processes().into_iter().filter(|process| is_in(process.pid));
    all.take(TOLD).map(|process| name(process.pid)).collect()
}

fn would_be_lost(tree: &Worktree, left_out: &[LeftOut]) -> Refusal {
    let lost: Vec<&LeftOut> = left_out.iter().filter(|left| !is_aside(left)).collect();
    let names: Vec<String> =
        lost.iter().take(TOLD).map(|left| String::from_utf8_lossy(&left.path).into_owned()).collect();
    let more = lost.len().saturating_sub(TOLD);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let message = match lost.is_empty() {
        true => format!("what the work tree {} holds has changed since it was looked at", tree.name),
        false => format!("removing {} would lose {}{more}, which no snapshot holds", tree.name, names.join(", ")),
    };
    Refusal::new(RefusalKind::Conflict, message)
        .hint("look with `conductor-tui snapshot`; `worktrees remove` asks, or takes --lose")
}
