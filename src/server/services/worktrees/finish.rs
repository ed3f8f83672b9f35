//! The end of an agent's work: committed, brought into the base or pushed, and the tree taken away with everything kept.
//! Called by the API, and at the start for a landing that was interrupted.

use super::snapshot::{check_ready, taken};
use super::{Tools, alone, blocking, found, record, remove, view};
use crate::base::id::TerminalId;
use crate::base::pause;
use crate::core::world::{Landing, Worktree};
use crate::proto::worktree as wire;
use crate::server::app::App;
use crate::server::services::{Refusal, RefusalKind, environment};
use crate::workspace::{self, How, commit_all, is_changed, land, prepare, push};
use std::path::{Path, PathBuf};

/// `POST /worktrees/{id}/finish`.
///
/// # Errors
/// Changes without a commit, a conflict, files in the way, a remote that refuses; then nothing has landed. A commit that was
/// asked for is made all the same, and named.
pub async fn finish(app: &App, id: TerminalId, request: wire::FinishRequest) -> Result<wire::Finished, Refusal> {
    let mut finished = {
        let _turn = alone(app, id).await;
        let mut tree = found(app, id)?;
        check_ready(&tree)?;
        bring(app, &mut tree, &request).await?
    };
    if !request.keep {
        clean(app, id, request.skip_teardown, &mut finished).await;
    }
    finished.worktree = view::one(app, id)?;
    Ok(finished)
}

/// Digits of a commit's name that tell it from all others in any repository there is.
const SHORT: usize = 12;

async fn bring(app: &App, tree: &mut Worktree, request: &wire::FinishRequest) -> Result<wire::Finished, Refusal> {
    let committed = commit(app, tree, request.commit.clone()).await?;
    brought(app, tree, request).await.map_err(|mut refusal| {
        // The commit stays: whoever tries again has to know that it is there.
        if let Some(commit) = committed {
            let place = tree.branch.as_deref().map_or_else(String::new, |branch| format!(" on {branch}"));
            let short = commit.get(..SHORT).unwrap_or(&commit);
            refusal.message += &format!("; the work is committed all the same, as {short}{place}");
        }
        refusal
    })
}

async fn brought(app: &App, tree: &mut Worktree, request: &wire::FinishRequest) -> Result<wire::Finished, Refusal> {
    let path = PathBuf::from(&tree.path);
    taken(app, tree, path, "before it was finished").await?;
    let mut finished = wire::Finished {
        base: request.into.clone().unwrap_or_else(|| tree.base.clone()),
        commit: None,
        pushed: None,
        removed: false,
        notes: Vec::new(),
        worktree: view::one(app, tree.id)?,
    };
    if let Some(remote) = &request.push {
        pushed(app, tree, remote).await?;
        finished.pushed = Some(remote.clone());
    }
    if let Some(how) = request.how.or_else(|| request.push.is_none().then_some(wire::How::Merge)) {
        let how = match how {
            wire::How::Merge => How::Merge,
            wire::How::Squash => How::Squash,
            wire::How::Rebase => How::Rebase,
        };
        let (tools, path, base) = (Tools::new(app)?, tree.path.clone(), finished.base.clone());
        let words = request.message.clone();
        let landing = blocking(move || {
            let (git, patience) = (&tools.git, &tools.patience);
            prepare(git, Path::new(&path), &base, how, words.as_deref(), &tools.scratch, patience)
        })
        .await?;
        finished.commit = Some(landing.new.clone());
        tree.landing = Some(Landing { base: landing.base, old: landing.old, new: landing.new });
        record(app, tree).await?;
        pause::here("worktree-before-landing");
        let landed = go_on(app, tree).await;
        tree.landing = None;
        record(app, tree).await?;
        landed?;
    }
    Ok(finished)
}

/// Brings a landing that is stored to its end.
///
/// # Errors
/// The base has moved, a file is in the way; then nothing has landed.
pub async fn go_on(app: &App, tree: &Worktree) -> Result<(), Refusal> {
    let Some(landing) = tree.landing.clone() else { return Ok(()) };
    let mut tools = Tools::new(app)?;
    // Files of the user's own tree may be written.
    tools.git = tools.git.with_umask(app.umask);
    let tree = tree.clone();
    blocking(move || {
        let repository = tools.repository(&tree)?;
        let landing = workspace::Landing { base: landing.base, old: landing.old, new: landing.new };
        land(&tools.git, &repository, &landing, &tools.scratch, &tools.patience)
    })
    .await
}

/// The commit that was made, when one was.
async fn commit(app: &App, tree: &Worktree, words: Option<String>) -> Result<Option<String>, Refusal> {
    let (tools, path) = (Tools::new(app)?, PathBuf::from(&tree.path));
    let words = words.filter(|words| !words.trim().is_empty());
    let (commit, is_left) = blocking(move || match words {
        Some(words) => {
            commit_all(&tools.git, &path, &words, &tools.scratch, &tools.patience).map(|commit| (commit, false))
        }
        None => is_changed(&tools.git, &path, &tools.scratch, &tools.patience).map(|is_left| (None, is_left)),
    })
    .await?;
    if is_left {
        return Err(Refusal::new(RefusalKind::Conflict, format!("{} has changes that no commit has", tree.name))
            .hint("--commit WORDS commits them; or let the agent do it"));
    }
    Ok(commit)
}

async fn pushed(app: &App, tree: &Worktree, remote: &str) -> Result<(), Refusal> {
    let Some(branch) = tree.branch.clone() else {
        return Err(Refusal::new(RefusalKind::Conflict, format!("{} has no branch to push", tree.name)));
    };
    let (tools, tree, remote) = (Tools::new(app)?, tree.clone(), remote.to_owned());
    let known = app.terminal(tree.id).map(|terminal| environment::known(app, &terminal));
    let all = known.unwrap_or_else(|| app.environment.iter().cloned().collect());
    // What ssh and the helpers for passwords need to know; nothing that would change what git does.
    let variables = all.into_iter().filter(|(name, _)| {
        matches!(name.as_str(), "SSH_AUTH_SOCK" | "DBUS_SESSION_BUS_ADDRESS" | "XDG_RUNTIME_DIR" | "USER" | "LOGNAME")
            || name.to_ascii_lowercase().ends_with("_proxy")
    });
    let variables: Vec<(String, String)> = variables.collect();
    blocking(move || {
        let repository = tools.repository(&tree)?;
        push(&tools.git, &repository, &remote, &branch, &variables, &tools.patience)
    })
    .await
}

/// Takes the tree away, and the branch that was made for it: both are in the snapshot. What stands against it is said; the
/// work has landed all the same.
async fn clean(app: &App, id: TerminalId, skip_teardown: bool, finished: &mut wire::Finished) {
    let request = wire::RemoveRequest { skip_teardown, ..wire::RemoveRequest::default() };
    if let Err(refusal) = remove::remove(app, id, &request).await {
        finished.notes.push(format!("the work tree stays: {refusal}"));
        return;
    }
    finished.removed = true;
    let _turn = alone(app, id).await;
    let (Ok(tree), Ok(tools)) = (found(app, id), Tools::new(app)) else { return };
    let head = tree.snapshots.last().and_then(|kept| kept.head.clone());
    let (Some(branch), Some(head), true) = (tree.branch.clone(), head, tree.is_own_branch) else { return };
    // What was only pushed is not in the base: its branch is the user's way to it.
    if finished.commit.is_none() {
        return;
    }
    let removing = blocking(move || {
        let repository = tools.repository(&tree)?;
        repository.remove_unused(&tools.git, &branch, &head, &tools.patience)
    });
    if let Err(refusal) = removing.await {
        finished.notes.push(format!("the branch stays: {refusal}"));
    }
}

/// At the start: a landing that was interrupted goes on, or is given up.
pub async fn recover(app: &App, id: TerminalId) {
    let _turn = alone(app, id).await;
    let Ok(mut tree) = found(app, id) else { return };
    if tree.landing.is_none() {
        return;
    }
    if let Err(refusal) = go_on(app, &tree).await {
        tracing::error!(worktree = %id, %refusal, "an interrupted landing is given up: nothing has landed");
    }
    tree.landing = None;
    let _ = record(app, &tree).await;
}
