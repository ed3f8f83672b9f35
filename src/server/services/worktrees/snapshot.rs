//! A snapshot of a work tree. Called by the API, and before a tree is removed or goes back to an older one.

use super::{Tools, alone, blocking, found, record, view};
use crate::base::clock::{Millis, now_ms};
use crate::base::id::TerminalId;
use crate::core::world::{Kept, State, Worktree};
use crate::proto::worktree as wire;
use crate::server::app::App;
use crate::server::services::{Refusal, RefusalKind};
use crate::workspace::{Asked, Known, LeftOut, Limits, Snapshot, Why, take};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

/// Of all ignored files that a snapshot takes, one may be a quarter: a database of tests, and not what a build makes.
const SHARE: u64 = 4;
/// More files that are left out nobody reads, and a build may leave 100,000 of them.
const TOLD: usize = 100;

/// `POST /worktrees/{id}/snapshot`.
///
/// # Errors
/// Unknown or removed tree, a full disk, whatever git says; then nothing was changed.
pub async fn snapshot(app: &App, id: TerminalId, words: Option<String>) -> Result<wire::Snapshot, Refusal> {
    let _turn = alone(app, id).await;
    let mut tree = found(app, id)?;
    check_ready(&tree)?;
    let words = said(words);
    let path = PathBuf::from(&tree.path);
    let snapshot = taken(app, &mut tree, path, &words).await?;
    let kept = tree.snapshots.last().map(view::kept).ok_or_else(|| Refusal::new(RefusalKind::Internal, "not kept"))?;
    Ok(shown(kept, &snapshot))
}

/// Why it is taken, when nobody says.
pub fn said(words: Option<String>) -> String {
    words.filter(|words| !words.trim().is_empty()).unwrap_or_else(|| "asked for".into())
}

/// As the API tells it.
pub fn shown(kept: wire::Kept, snapshot: &Snapshot) -> wire::Snapshot {
    wire::Snapshot {
        kept,
        files: snapshot.files,
        accept: accept(&snapshot.left_out),
        left_out: told(&snapshot.left_out),
        more_left_out: snapshot.left_out.len().saturating_sub(TOLD) as u64,
    }
}

/// The first of them, what would be lost before what would not.
fn told(all: &[LeftOut]) -> Vec<wire::LeftOut> {
    let (aside, lost): (Vec<&LeftOut>, Vec<&LeftOut>) = all.iter().partition(|left| is_aside(left));
    lost.into_iter().chain(aside).take(TOLD).map(left_out).collect()
}

pub fn check_ready(tree: &Worktree) -> Result<(), Refusal> {
    let why = match tree.state {
        State::Ready if Path::new(&tree.path).is_dir() => return Ok(()),
        State::Ready => "its folder is not there any more",
        State::Making => "it is still being made",
        State::Removing | State::Emptying => "it is being removed",
        State::Removed => "it was removed",
        State::Restoring => "it is being brought back",
    };
    let id = tree.id;
    Err(Refusal::new(RefusalKind::Conflict, format!("the work tree {} is not there: {why}", tree.name))
        .hint(format!("`conductor-tui restore {id}` brings back what was kept of it")))
}

/// Takes one of the files at `path` and stores that there is one; where nothing changed, the last one
/// is it still.
pub async fn taken(app: &App, tree: &mut Worktree, path: PathBuf, words: &str) -> Result<Snapshot, Refusal> {
    let number = tree.next_number();
    let reference = format!("refs/conductor/snap/{}/{number}", tree.id);
    let now = now_ms();
    let known = tree.snapshots.last().cloned();
    let snapshot = take_of(app, tree.id, path, &reference, words, known, now).await?;
    if !snapshot.is_new {
        return Ok(snapshot);
    }
    tree.snapshots.push(Kept {
        number,
        reference,
        commit: snapshot.commit.clone(),
        tree: snapshot.tree.clone(),
        content: snapshot.content.clone(),
        head: snapshot.head.clone(),
        at: now,
        words: words.to_owned(),
    });
    record(app, tree).await?;
    Ok(snapshot)
}

/// Takes one under this name, of the files at `path`. `known`: the last one.
pub async fn take_of(
    app: &App,
    id: TerminalId,
    path: PathBuf,
    reference: &str,
    words: &str,
    known: Option<Kept>,
    now: Millis,
) -> Result<Snapshot, Refusal> {
    let tools = Tools::new(app)?;
    let all = app.settings.worktrees.keep_mib * 1024 * 1024;
    let (reference, said) = (reference.to_owned(), words.to_owned());
    blocking(move || {
        let limits = Limits { one: all / SHARE, all };
        let known = known.as_ref().map(|last| Known {
            content: &last.content,
            reference: &last.reference,
            commit: &last.commit,
        });
        let asked = Asked { limits, reference: &reference, words: &said, known, now };
        let store = tools.store(id);
        if let Some(folder) = store.parent() {
            crate::config::places::private_dir(folder)?;
        }
        take(&tools.git, &path, &asked, &store, &tools.scratch, &tools.patience)
    })
    .await
}

/// What is moved aside when a tree is removed, because no commit holds it.
pub fn is_aside(left: &LeftOut) -> bool {
    matches!(left.why, Why::Repository | Why::Refused | Why::Unreadable)
}

/// Names exactly what is lost.
pub fn accept(all: &[LeftOut]) -> String {
    let lost: Vec<&LeftOut> = all.iter().filter(|left| !is_aside(left)).collect();
    if lost.is_empty() {
        return String::new();
    }
    let mut digest = Sha256::new();
    for left in lost {
        digest.update(word(left.why));
        digest.update((left.path.len() as u64).to_le_bytes());
        digest.update(&left.path);
    }
    digest.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

fn left_out(left: &LeftOut) -> wire::LeftOut {
    wire::LeftOut {
        path: String::from_utf8_lossy(&left.path).into_owned(),
        why: word(left.why).into(),
        bytes: left.bytes,
        aside: is_aside(left),
    }
}

fn word(why: Why) -> &'static str {
    match why {
        Why::Large => "large",
        Why::Repository => "repository",
        Why::Special => "special",
        Why::Unreadable => "unreadable",
        Why::Mount => "mount",
        Why::Refused => "refused",
        Why::Unfinished => "unfinished",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_the_first_are_told_and_what_would_be_lost_before_the_rest() {
        let one = |n: usize, why| LeftOut { path: format!("{n:04}").into(), why, bytes: 1 };
        let mut all: Vec<LeftOut> = (0..TOLD).map(|n| one(n, Why::Refused)).collect();
        all.push(one(5000, Why::Large));
        let told = told(&all);
        assert_eq!((told.len(), told[0].path.as_str(), told[1].path.as_str()), (TOLD, "5000", "0000"));
        assert!(!told[0].aside && told[1].aside);
        // A yes is to all of them, told or not.
        let before = accept(&all);
        all.extend((0..TOLD).map(|n| one(6000 + n, Why::Large)));
        assert_ne!(accept(&all), before);
    }
}
