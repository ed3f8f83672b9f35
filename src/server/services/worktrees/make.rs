//! A work tree for an agent that is about to be launched. Called by the launch. Until the agent runs, nobody has worked in
//! the tree: what fails is taken back as if it had never been.

use super::errands::{self, What};
use super::{Tools, blocking, record};
use crate::base::clock::now_ms;
use crate::base::id::TerminalId;
use crate::base::pause;
use crate::core::world::{Event, Repositorys, State, Trust, Worktree};
use crate::proto::worktree as wire;
use crate::server::app::App;
use crate::server::hub::lock;
use crate::server::services::trust::{self, Said};
use crate::server::services::{Refusal, RefusalKind};
use crate::workspace::{Along, Head, Repository, WorkspaceError, carry, fill, remove_tree, slug};
use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use tokio::task::spawn_blocking;

/// What is asked for.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Where the agent would work without it: the tree is made beside the one this lies in.
    pub directory: String,
    /// `None`: what is checked out there.
    pub base: Option<String>,
    /// `None`: a new one, named after `task`. One that exists is taken as it is.
    pub branch: Option<String>,
    /// What the agent is for, or its name.
    pub task: String,
    /// Mask of new files; `None`: the user's own.
    pub umask: Option<u32>,
    /// That of the agent, for what is run before it starts.
    pub environment: BTreeMap<String, String>,
}

/// `GET /repository`: whether there can be one beside a directory.
///
/// # Errors
/// There is no git here.
pub async fn beside(app: &App, directory: String) -> Result<wire::Beside, Refusal> {
    let tools = Tools::new(app)?;
    let found = spawn_blocking(move || Repository::find(&tools.git, Path::new(&directory), &tools.patience)).await;
    let none = |reason: String| Ok(wire::Beside { reason: Some(reason), ..wire::Beside::default() });
    let found = match found {
        Ok(Ok(found)) => found,
        // Which folder that is stands beside it.
        Ok(Err(WorkspaceError::NoRepository(_))) => return none("not a git folder".into()),
        Ok(Err(WorkspaceError::Vanished(_))) => return none("not there".into()),
        Ok(Err(error)) => return none(error.to_string()),
        Err(error) => return none(error.to_string()),
    };
    let (Some(top), Some(head)) = (found.top.to_str(), found.head) else {
        return none("no commit yet".into());
    };
    let base = found.branch.or_else(|| head.get(..10).map(str::to_owned));
    Ok(wire::Beside { repository: Some(top.to_owned()), base, reason: None })
}

/// Makes it. The tree, and the folder in it that stands for the one that was asked for.
///
/// # Errors
/// No repository, no such base, a branch in use, whatever git says, a setup that fails; then there is nothing.
pub async fn make(app: &App, id: TerminalId, wanted: Wanted) -> Result<(Worktree, String), Refusal> {
    let mut tools = Tools::new(app)?;
    let umask = wanted.umask.unwrap_or(app.umask);
    tools.git = tools.git.with_umask(umask);
    let place = match app.settings.worktrees.place.as_str() {
        "" => app.places.worktrees(),
        place => PathBuf::from(place),
    };
    if !place.is_absolute() {
        let message = format!("worktrees.place in config.toml is `{}`, which is no absolute path", place.display());
        return Err(Refusal::new(RefusalKind::Unprocessable, message));
    }
    // Names are chosen one after the other: two launches must not choose the same.
    let choosing = app.choosing.lock().await;
    let taken: HashSet<PathBuf> = lock(&app.world).worktrees.values().map(|tree| tree.path.clone().into()).collect();
    let planning = (tools.clone(), wanted.clone(), lock(&app.world).trusts.clone());
    let (mut tree, head, top, said) =
        blocking(move || plan(&planning.0, &place, &taken, id, &planning.1, &planning.2)).await?;
    pause::here("worktree-before-store");
    record(app, &tree).await?;
    drop(choosing);
    pause::here("worktree-after-store");
    let own = &app.settings.worktrees;
    let words = |own: &str, theirs: &str| -> Vec<String> {
        own.split_whitespace().chain(theirs.split_whitespace()).map(str::to_owned).collect()
    };
    let (copy, link) = (words(&own.copy, &said.project.copy), words(&own.link, &said.project.link));
    let (making, from) = ((tools, tree.clone()), top.clone());
    match blocking(move || put(&making.0, &making.1, &from, &head, &copy, &link)).await {
        Ok(notes) => tree.notes = notes.into_iter().chain(said.project.notes).collect(),
        Err(refusal) => {
            discard(app, id).await;
            return Err(refusal);
        }
    }
    let setup = if own.setup.is_empty() { &said.project.setup } else { &own.setup };
    if !setup.is_empty() {
        tree.setup_log = Some(errands::log_of(app, &tree, What::Setup).display().to_string());
        if let Err(refusal) = errands::run(app, &tree, What::Setup, setup, wanted.environment, umask).await {
            discard(app, id).await;
            return Err(refusal);
        }
    }
    pause::here("worktree-after-setup");
    tree.state = State::Ready;
    if let Err(refusal) = record(app, &tree).await {
        discard(app, id).await;
        return Err(refusal);
    }
    let folder = folder_in(&tree, &top, &wanted.directory);
    Ok((tree, folder))
}

/// What to check out.
enum Chosen {
    New,
    Existing,
}

fn plan(
    tools: &Tools,
    place: &Path,
    taken: &HashSet<PathBuf>,
    id: TerminalId,
    wanted: &Wanted,
    trusts: &BTreeMap<String, Trust>,
) -> Result<(Worktree, Chosen, PathBuf, Said), WorkspaceError> {
    let (git, patience) = (&tools.git, &tools.patience);
    let repository = Repository::find(git, Path::new(&wanted.directory), patience)?;
    let said = trust::said(tools, trusts, &repository)?;
    let text =
        |path: &Path| path.to_str().map(str::to_owned).ok_or(WorkspaceError::NotUtf8(path.display().to_string()));
    let base = wanted.base.clone().or_else(|| repository.branch.clone()).unwrap_or_else(|| "HEAD".into());
    let commit = match (&wanted.base, &repository.head) {
        (Some(name), _) => repository.commit(git, name, patience)?,
        (None, Some(head)) => head.clone(),
        (None, None) => return Err(WorkspaceError::NoCommit("HEAD".into())),
    };
    let (branch, chosen) = match &wanted.branch {
        Some(branch) => {
            repository.check_branch(git, branch, patience)?;
            let is_there = repository.tip(git, branch, patience)?.is_some();
            if is_there && wanted.base.is_some() {
                return Err(WorkspaceError::BranchExists(branch.clone()));
            }
            (branch.clone(), if is_there { Chosen::Existing } else { Chosen::New })
        }
        None => (free_branch(tools, &repository, &wanted.task)?, Chosen::New),
    };
    let base_commit = match chosen {
        Chosen::New => commit,
        Chosen::Existing => repository.tip(git, &branch, patience)?.unwrap_or(commit),
    };
    let folder = place.join(repository.top.file_name().unwrap_or_default());
    let wanted_name = Some(slug(&branch)).filter(|name| !name.is_empty()).unwrap_or_else(|| "work".into());
    let is_free = |name: &String| {
        let path = folder.join(name);
        !taken.contains(&path) && std::fs::symlink_metadata(path).is_err()
    };
    let name = numbered(&wanted_name).find(is_free).unwrap_or_default();
    let now = now_ms();
    let tree = Worktree {
        id,
        path: text(&folder.join(&name))?,
        name,
        // One that was made for another agent may be gone tomorrow.
        repository: text(&main_tree(tools, &repository)?)?,
        branch: Some(branch),
        is_own_branch: matches!(chosen, Chosen::New),
        base,
        base_commit,
        state: State::Making,
        created_at: now,
        since: now,
        notes: Vec::new(),
        snapshots: Vec::new(),
        aside: Vec::new(),
        landing: None,
        accepted: String::new(),
        teardown: teardown_of(&said),
        setup_log: None,
        teardown_log: None,
    };
    Ok((tree, chosen, repository.top, said))
}

/// The work tree that a repository was made with, or this one where that has none.
fn main_tree(tools: &Tools, repository: &Repository) -> Result<PathBuf, WorkspaceError> {
    let first = repository.worktrees(&tools.git, &tools.patience)?.into_iter().next().map(|tree| tree.path);
    Ok(first.filter(|path| path.join(".git").exists()).unwrap_or_else(|| repository.top.clone()))
}

fn teardown_of(said: &Said) -> Option<Repositorys> {
    let (directory, hash) = said.by.clone()?;
    let command = said.project.teardown.clone();
    (!command.is_empty()).then_some(Repositorys { command, directory, hash })
}

fn free_branch(tools: &Tools, repository: &Repository, task: &str) -> Result<String, WorkspaceError> {
    let wanted = Some(slug(task)).filter(|name| !name.is_empty()).unwrap_or_else(|| "agent".into());
    for name in numbered(&wanted) {
        let is_there = repository.tip(&tools.git, &name, &tools.patience)?.is_some();
        // `a/b` cannot be beside `a`, whatever git would say of `a` alone.
        if !is_there && !repository.has_branches_below(&tools.git, &name, &tools.patience)? {
            return Ok(name);
        }
    }
    Ok(wanted)
}

/// `x`, `x-2`, `x-3` …
fn numbered(name: &str) -> impl Iterator<Item = String> + '_ {
    (1u32..).map(move |n| if n == 1 { name.to_owned() } else { format!("{name}-{n}") })
}

fn put(
    tools: &Tools,
    tree: &Worktree,
    from: &Path,
    chosen: &Chosen,
    copy: &[String],
    link: &[String],
) -> Result<Vec<String>, WorkspaceError> {
    let (git, patience, path) = (&tools.git, &tools.patience, Path::new(&tree.path));
    let repository = Repository::find(git, from, patience)?;
    let branch = tree.branch.as_deref().unwrap_or_default();
    let head = match chosen {
        Chosen::New => Head::New { branch, commit: &tree.base_commit },
        Chosen::Existing => Head::Branch(branch),
    };
    repository.register(git, path, &head, patience)?;
    pause::here("worktree-after-register");
    let mut notes = fill(git, path, &tools.scratch, patience)?;
    pause::here("worktree-after-fill");
    notes.extend(carry(git, &repository, path, Along { copy, link }, &tools.scratch, patience)?);
    pause::here("worktree-after-carry");
    Ok(notes)
}

/// The folder in the tree that is what `directory` is below `top`, when the commit has it.
fn folder_in(tree: &Worktree, top: &Path, directory: &str) -> String {
    let top = std::fs::canonicalize(top);
    let below = std::fs::canonicalize(directory).ok().zip(top.ok());
    let below = below.and_then(|(directory, top)| Some(directory.strip_prefix(top).ok()?.to_owned()));
    // Of the top itself nothing is below, and joined it would leave a slash.
    let below = below.filter(|below| !below.as_os_str().is_empty());
    let folder = below.map(|below| Path::new(&tree.path).join(below)).filter(|folder| folder.is_dir());
    folder.and_then(|folder| folder.to_str().map(str::to_owned)).unwrap_or_else(|| tree.path.clone())
}

/// Takes back a tree in which nobody has worked: its files, what git knows of it, and the branch when it was made for it
/// and nothing was committed.
pub async fn discard(app: &App, id: TerminalId) {
    let Ok(tree) = super::found(app, id) else { return };
    let Ok(tools) = Tools::new(app) else { return };
    let taken = tree.clone();
    let gone = blocking(move || take_back(&tools, &taken)).await;
    match gone {
        Ok(()) => {
            let _ = app.record(Event::WorktreeForgotten { id }).await;
        }
        // It stays in the list, and the next start tries again.
        Err(refusal) => tracing::error!(worktree = %id, path = tree.path, %refusal, "a work tree cannot be taken back"),
    }
}

fn take_back(tools: &Tools, tree: &Worktree) -> Result<(), WorkspaceError> {
    let repository = tools.repository(tree)?;
    let (path, git, patience) = (Path::new(&tree.path), &tools.git, &tools.patience);
    errands::end_strays(tree);
    // A folder that was there before is not ours: git had not made it known as this tree.
    let is_ours = repository.worktrees(git, patience)?.iter().any(|known| known.path == path);
    if is_ours {
        remove_tree(path)?;
        repository.unregister(git, path, patience)?;
    }
    match &tree.branch {
        Some(branch) if tree.is_own_branch => repository.remove_unused(git, branch, &tree.base_commit, patience),
        _ => Ok(()),
    }
}
