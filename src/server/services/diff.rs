//! What an agent did to its files: those of its directory compared with a commit of their repository. Called by the API.
//! The work is git's and is done on threads that may block; it ends when nobody waits for it.

use crate::base::id::TerminalId;
use crate::core::diff::{Change, FileDiff};
use crate::proto::diff::{Diff, DiffBase, DiffFile, DiffHunk};
use crate::server::app::App;
use crate::server::services::output::Asker;
use crate::server::services::{Refusal, RefusalKind, view};
use crate::workspace::{Base, Changes, File, Git, Origin, Patience, WorkspaceError, changes};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::spawn_blocking;

/// A repository with 100,000 files on a slow disk takes some seconds; who waits longer is told.
const WITHIN: Duration = Duration::from_secs(20);

/// What is asked for.
#[derive(Clone, Debug, Default)]
pub struct Ask {
    pub base: DiffBase,
    /// One of the files.
    pub file: Option<String>,
    /// What the asker knows already.
    pub revision: Option<String>,
}

/// `GET /terminals/{id}/diff`, of an agent that is gone as well.
///
/// # Errors
/// Unknown terminal; no git, no repository, or one that cannot be read.
pub async fn diff(app: &App, id: TerminalId, ask: Ask) -> Result<Diff, Refusal> {
    let terminal = app.terminal(id).ok_or_else(|| Refusal::no_terminal(id))?;
    let variable = |name: &str| app.environment.iter().find(|(n, _)| n == name).map(|(_, value)| value.into());
    let git = Git::find(variable).map_err(|error| refusal(&error))?;
    let ending = |e| Refusal::new(RefusalKind::Internal, format!("the server is ending: {e}"));
    let place = Arc::clone(&app.diffs).acquire_owned().await.map_err(ending)?;
    let asker = Asker::default();
    let patience = Patience::new(WITHIN, asker.flag());
    let (directory, scratch) = (PathBuf::from(&terminal.cwd), app.places.run.join("diff"));
    let base = match ask.base {
        DiffBase::Fork => Base::Fork,
        DiffBase::Head => Base::Head,
    };
    let origin = view::worktree_of(app, &terminal).map(|tree| Origin { name: tree.base, commit: tree.base_commit });
    let comparing = spawn_blocking(move || {
        let found = changes(&git, &directory, base, origin.as_ref(), ask.file.as_deref(), &scratch, &patience);
        drop(place);
        found.map(|changes| told(changes, ask.base, ask.revision.as_deref()))
    });
    comparing
        .await
        .map_err(|e| Refusal::new(RefusalKind::Internal, format!("the comparison failed: {e}")))?
        .map_err(|error| refusal(&error))
}

/// What git cannot or may not do, in the words of this API.
pub fn refusal(error: &WorkspaceError) -> Refusal {
    let kind = match error {
        WorkspaceError::Io(_) | WorkspaceError::Unwanted => RefusalKind::Internal,
        _ => RefusalKind::Conflict,
    };
    let refusal = Refusal::new(kind, error.to_string());
    match error.hint() {
        Some(hint) => refusal.hint(hint),
        None => refusal,
    }
}

fn told(changes: Changes, base: DiffBase, known: Option<&str>) -> Diff {
    if known == Some(&changes.revision) {
        return Diff { revision: changes.revision, unchanged: true, base, ..Diff::default() };
    }
    Diff {
        revision: changes.revision,
        unchanged: false,
        base,
        base_commit: changes.point.commit,
        base_name: changes.point.name,
        branch: changes.repository.branch,
        directory: changes.repository.top.display().to_string(),
        files: changes.files.into_iter().map(file).collect(),
        truncated: changes.is_cut,
        more_files: changes.more_files,
        notes: changes.notes,
    }
}

fn file(file: File) -> DiffFile {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let File { diff, added, removed, is_untracked, is_cut } = file;
    let status = word(&diff, is_untracked).to_owned();
    let modes = diff.old_mode.zip(diff.new_mode).filter(|(old, new)| old != new);
    let hunks = diff.hunks.into_iter().map(|hunk| DiffHunk {
        old_start: hunk.old_start,
        new_start: hunk.new_start,
        heading: hunk.heading,
        lines: hunk.lines.into_iter().map(|line| format!("{}{}", line.sign.letter(), line.text)).collect(),
    });
    DiffFile {
        path: text(&diff.path),
        old_path: diff.old_path.as_deref().map(text),
        status,
        added,
        removed,
        binary: diff.is_binary,
        modes: modes.map(|(old, new)| (format!("{old:o}"), format!("{new:o}"))),
        hunks: hunks.collect(),
        truncated: is_cut,
    }
}

fn word(diff: &FileDiff, is_untracked: bool) -> &'static str {
    match diff.change {
        Change::Added if is_untracked => "untracked",
        _ if diff.is_submodule() => "submodule",
        Change::Modified => "modified",
        Change::Added => "added",
        Change::Deleted => "deleted",
        Change::Renamed => "renamed",
        Change::Copied => "copied",
        Change::Mode => "mode",
        Change::Conflicted => "conflicted",
    }
}
