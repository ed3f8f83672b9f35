//! Work trees that a server left half made or half removed, and those whose time is over. Called once at the start, and
//! then once a day. Whatever cannot be finished stays as it is, named, and is tried again at the next start.

use super::{Tools, alone, blocking, errands, finish, found, make, remove, restore};
use crate::base::clock::now_ms;
use crate::base::id::TerminalId;
use crate::core::world::{Event, State, Worktree};
use crate::server::app::App;
use crate::server::hub::lock;
use crate::server::services::Refusal;
use crate::workspace::{WorkspaceError, remove_tree};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::spawn_blocking;

/// Between two looks for what is over its time, which is told in days.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Finishes what was begun.
pub async fn recover(app: Arc<App>) {
    let landing: Vec<TerminalId> =
        lock(&app.world).worktrees.values().filter(|tree| tree.landing.is_some()).map(|tree| tree.id).collect();
    for id in landing {
        finish::recover(&app, id).await;
    }
    let under_way: Vec<Worktree> =
        lock(&app.world).worktrees.values().filter(|tree| tree.is_under_way()).cloned().collect();
    for tree in under_way {
        let _turn = alone(&app, tree.id).await;
        let (id, path, state) = (tree.id, tree.path.clone(), tree.state);
        match go_on(&app, tree).await {
            Ok(()) => tracing::info!(worktree = %id, path, ?state, "what was begun with a work tree is finished"),
            Err(refusal) => {
                tracing::error!(worktree = %id, path, ?state, %refusal, "what was begun with a work tree is not finished");
            }
        }
    }
    // A setup or a teardown that was under way is not waited for any more, also in a tree that stands.
    let with_errands: Vec<Worktree> = {
        let world = lock(&app.world);
        world.worktrees.values().filter(|t| t.setup_log.is_some() || t.teardown_log.is_some()).cloned().collect()
    };
    for tree in with_errands {
        // One that was begun meanwhile is none of these: it has the turn.
        let _turn = alone(&app, tree.id).await;
        let _ = spawn_blocking(move || errands::end_strays(&tree)).await;
    }
}

async fn go_on(app: &App, mut tree: Worktree) -> Result<(), Refusal> {
    match tree.state {
        // No agent was started in it: that comes after it is ready.
        State::Making => {
            make::discard(app, tree.id).await;
            Ok(())
        }
        State::Removing => remove::carry_out(app, &mut tree).await,
        State::Emptying => remove::finish(app, &mut tree).await,
        State::Restoring => restore::take_back(app, &mut tree).await,
        State::Ready | State::Removed => Ok(()),
    }
}

/// Lets go of removed trees whose time is over, day by day. Ends with the server.
pub async fn expire(app: Arc<App>) {
    loop {
        let days = app.settings.worktrees.keep_days;
        let is_over = |tree: &&Worktree| tree.is_over(days, now_ms());
        let over: Vec<TerminalId> = lock(&app.world).worktrees.values().filter(is_over).map(|tree| tree.id).collect();
        for id in over {
            if let Err(refusal) = let_go(&app, id, days).await {
                tracing::error!(worktree = %id, %refusal, "the snapshots of a removed work tree cannot be let go");
            }
        }
        errands::forget_logs(&app).await;
        forget_known(&app).await;
        tokio::time::sleep(DAY).await;
    }
}

async fn let_go(app: &App, id: TerminalId, days: u64) -> Result<(), Refusal> {
    let _turn = alone(app, id).await;
    // Somebody may have brought it back while this waited.
    let Some(tree) = found(app, id).ok().filter(|tree| tree.is_over(days, now_ms())) else { return Ok(()) };
    let (tools, name) = (Tools::new(app)?, tree.name.clone());
    blocking(move || empty(&tools, &tree)).await?;
    app.tell(Event::WorktreeForgotten { id });
    tracing::info!(worktree = %id, name, days, "the time of a removed work tree is over: its snapshots are let go");
    Ok(())
}

/// What made snapshots fast of folders whose agents are gone. The snapshots stay.
async fn forget_known(app: &App) {
    let Ok(tools) = Tools::new(app) else { return };
    let known: Vec<TerminalId> = {
        let world = lock(&app.world);
        world.worktrees.keys().chain(world.terminals.keys()).copied().collect()
    };
    let _ = blocking(move || {
        for entry in std::fs::read_dir(tools.known())?.flatten() {
            let id = entry.file_name().to_str().and_then(|name| name.parse::<TerminalId>().ok());
            if let Some(id) = id.filter(|id| !known.contains(id)) {
                std::fs::remove_file(tools.store(id))?;
            }
        }
        Ok(())
    })
    .await;
}

fn empty(tools: &Tools, tree: &Worktree) -> Result<(), WorkspaceError> {
    match tools.repository(tree) {
        Ok(repository) => {
            for kept in &tree.snapshots {
                repository.remove_reference(&tools.git, &kept.reference, &tools.patience)?;
            }
        }
        // With the repository its snapshots went.
        Err(error) => tracing::warn!(worktree = %tree.id, %error, "the repository of a removed work tree is gone"),
    }
    forget_files(tools, tree.id)
}

fn forget_files(tools: &Tools, id: TerminalId) -> Result<(), WorkspaceError> {
    remove_tree(&tools.aside(id))?;
    match std::fs::remove_file(tools.store(id)) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}
