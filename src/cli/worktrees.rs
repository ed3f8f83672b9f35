//! `worktrees`, `snapshot`, `restore`: the work trees that were made for agents, and what is kept of any agent's folder. Nothing is lost without a word: what no
//! snapshot holds is listed, and somebody has to say yes.

use crate::base::id::TerminalId;
use crate::base::text::printable;
use crate::cli::agree::is_agreed;
use crate::cli::args::{FinishArguments, RestoreArguments, SnapshotArguments, WorktreeAction, WorktreesArguments};
use crate::cli::context::{Context, block_on};
use crate::cli::failure::{Failure, USAGE};
use crate::cli::out;
use crate::cli::table::table;
use crate::client::Client;
use crate::proto::rest::Terminal;
use crate::proto::worktree::{
    FinishRequest, Finished, FolderRestoreRequest, How, Kept, RemoveRequest, RestoreRequest, Restored, Snapshot,
    SnapshotRequest, Snapshots, Worktree,
};

const LISTED: &str = "`conductor-tui worktrees --all` lists them; removed ones are let go after worktrees.keep_days";

pub fn run(context: &Context, arguments: &WorktreesArguments) -> Result<i32, Failure> {
    match &arguments.action {
        None => list(context, arguments.all),
        Some(WorktreeAction::Remove { worktree, lose, skip_teardown }) => {
            remove(context, worktree, *lose, *skip_teardown)
        }
    }
}

fn list(context: &Context, with_removed: bool) -> Result<i32, Failure> {
    let mut all: Vec<Worktree> = block_on(async { Ok(context.client().get("/worktrees").await?) })?;
    all.retain(|tree| with_removed || tree.state != "removed");
    if context.json {
        out::json(&all)?;
        return Ok(0);
    }
    if all.is_empty() {
        if !context.quiet {
            out::text("No work trees. `conductor-tui launch --isolation worktree` makes one for an agent.")?;
        }
        return Ok(0);
    }
    let row = |tree: &Worktree| {
        vec![
            tree.id.to_string(),
            printable(&tree.name),
            tree.state.clone(),
            printable(tree.branch.as_deref().unwrap_or("-")),
            tree.terminals.len().to_string(),
            tree.snapshots.len().to_string(),
            printable(&tree.path),
        ]
    };
    let rows: Vec<Vec<String>> = all.iter().map(row).collect();
    out::text(&table(&["ID", "NAME", "STATE", "BRANCH", "AGENTS", "SNAPSHOTS", "PATH"], &rows))?;
    Ok(0)
}

/// What is kept and brought back.
enum Place {
    Tree(Box<Worktree>),
    /// The folder around an agent, which is no work tree of ours.
    Folder(Box<Terminal>),
}

impl Place {
    /// What its routes begin with.
    fn route(&self) -> String {
        match self {
            Place::Tree(tree) => format!("/worktrees/{}", tree.id),
            Place::Folder(terminal) => format!("/terminals/{}", terminal.id),
        }
    }
}

async fn find(context: &Context, client: &Client, text: &str) -> Result<Worktree, Failure> {
    match place(context, client, text).await? {
        Place::Tree(tree) => Ok(*tree),
        Place::Folder(terminal) => {
            Err(Failure::new(3, format!("{} does not work in a work tree of its own", printable(&terminal.window)))
                .hint("`conductor-tui launch --isolation worktree` makes one"))
        }
    }
}

/// By its id or name, or those of an agent that works in it.
async fn place(context: &Context, client: &Client, text: &str) -> Result<Place, Failure> {
    let all: Vec<Worktree> = client.get("/worktrees").await?;
    let by_id = text.parse::<TerminalId>().ok();
    if let Some(tree) = all.iter().find(|tree| Some(tree.id) == by_id) {
        return Ok(Place::Tree(Box::new(tree.clone())));
    }
    let named: Vec<&Worktree> = all.iter().filter(|tree| tree.name == text).collect();
    // Of several, the one that is there.
    let there: Vec<&Worktree> = named.iter().filter(|tree| tree.state != "removed").copied().collect();
    match (named.as_slice(), there.as_slice()) {
        ([one], _) | (_, [one]) => return Ok(Place::Tree(Box::new((*one).clone()))),
        ([], _) => {}
        (several, _) => {
            let ids: Vec<String> = several.iter().map(|tree| tree.id.to_string()).collect();
            return Err(Failure::new(USAGE, format!("{text} names several work trees: {}", ids.join(", "))));
        }
    }
    let none = || Failure::new(3, format!("there is no work tree {text}")).hint(LISTED);
    let terminal = context.terminal(client, text).await.map_err(|_| none())?;
    let own = all.into_iter().find(|tree| Some(tree.id) == terminal.worktree);
    Ok(own.map_or_else(|| Place::Folder(Box::new(terminal)), |tree| Place::Tree(Box::new(tree))))
}

pub fn snapshot(context: &Context, arguments: &SnapshotArguments) -> Result<i32, Failure> {
    if arguments.list {
        return snapshots(context, &arguments.worktree);
    }
    let snapshot: Snapshot = block_on(async {
        let client = context.writing_client()?;
        let route = place(context, &client, &arguments.worktree).await?.route();
        let request = SnapshotRequest { message: arguments.message.clone() };
        Ok(client.post(&format!("{route}/snapshot"), &request).await?)
    })?;
    if context.json {
        out::json(&snapshot)?;
        return Ok(0);
    }
    if context.quiet {
        return Ok(0);
    }
    let Snapshot { kept, files, left_out, more_left_out, .. } = snapshot;
    out::text(&format!("Snapshot {}: {files} files, {} ({})", kept.number, kept.reference, short(&kept.commit)))?;
    for left in &left_out {
        out::note(&format!("Not in it: {}", left.words()));
    }
    if more_left_out > 0 {
        out::note(&format!("Not in it: {more_left_out} more"));
    }
    Ok(0)
}

fn snapshots(context: &Context, text: &str) -> Result<i32, Failure> {
    let all: Vec<Kept> = block_on(async {
        let client = context.client();
        match place(context, &client, text).await? {
            Place::Tree(tree) => Ok(tree.snapshots),
            folder @ Place::Folder(_) => kept_of(&client, &folder).await.map(|found| found.snapshots),
        }
    })?;
    if context.json {
        out::json(&all)?;
        return Ok(0);
    }
    if all.is_empty() {
        if !context.quiet {
            out::text("No snapshots. `conductor-tui snapshot` takes one.")?;
        }
        return Ok(0);
    }
    let row = |kept: &Kept| {
        vec![kept.number.to_string(), kept.at.clone(), short(&kept.commit).to_owned(), printable(&kept.words)]
    };
    out::text(&table(&["NUMBER", "TAKEN", "COMMIT", "WHY"], &all.iter().map(row).collect::<Vec<_>>()))?;
    Ok(0)
}

async fn kept_of(client: &Client, folder: &Place) -> Result<Snapshots, Failure> {
    Ok(client.get(&format!("{}/snapshots", folder.route())).await?)
}

pub fn finish(context: &Context, arguments: &FinishArguments) -> Result<i32, Failure> {
    let how = arguments.how.as_deref().map(|how| match how {
        "squash" => How::Squash,
        "rebase" => How::Rebase,
        _ => How::Merge,
    });
    let request = FinishRequest {
        how,
        into: arguments.into.clone(),
        commit: arguments.commit.clone(),
        message: arguments.message.clone(),
        push: arguments.push.clone(),
        keep: arguments.keep,
        skip_teardown: arguments.skip_teardown,
    };
    let finished: Finished = block_on(async {
        let client = context.writing_client()?;
        let tree = find(context, &client, &arguments.worktree).await?;
        Ok(client.post(&format!("/worktrees/{}/finish", tree.id), &request).await?)
    })?;
    if context.json {
        out::json(&finished)?;
        return Ok(0);
    }
    if context.quiet {
        return Ok(0);
    }
    let name = printable(&finished.worktree.name);
    if let Some(remote) = &finished.pushed {
        out::text(&format!("{name} is pushed to {}.", printable(remote)))?;
    }
    if let Some(commit) = &finished.commit {
        out::text(&format!("{name} is in {}, which is at {}.", printable(&finished.base), short(commit)))?;
    }
    if finished.removed {
        out::text(&format!(
            "The work tree is removed; `conductor-tui restore {}` brings it back.",
            finished.worktree.id
        ))?;
    }
    finished.notes.iter().for_each(|note| out::note(&format!("Note: {}", printable(note))));
    Ok(0)
}

pub fn restore(context: &Context, arguments: &RestoreArguments) -> Result<i32, Failure> {
    let place = block_on(async { place(context, &context.writing_client()?, &arguments.worktree).await })?;
    if matches!(place, Place::Folder(_)) {
        if arguments.setup {
            return Err(Failure::new(USAGE, "--setup is for work trees, and this agent works in none"));
        }
        return restore_folder(context, &place, arguments);
    }
    let tree: Worktree = block_on(async {
        let request = RestoreRequest { snapshot: arguments.snapshot, setup: arguments.setup };
        Ok(context.writing_client()?.post(&format!("{}/restore", place.route()), &request).await?)
    })?;
    if context.json {
        out::json(&tree)?;
        return Ok(0);
    }
    if !context.quiet {
        out::text(&format!("{} is back at {}", printable(&tree.name), printable(&tree.path)))?;
        tree.notes.iter().for_each(|note| out::note(&format!("Note: {}", printable(note))));
    }
    Ok(0)
}

fn restore_folder(context: &Context, place: &Place, arguments: &RestoreArguments) -> Result<i32, Failure> {
    let looked = block_on(async { kept_of(&context.client(), place).await })?;
    if !looked.others.is_empty() {
        let ids: Vec<String> = looked.others.iter().map(ToString::to_string).collect();
        out::note(&format!("Others work in {} as well: {}", printable(&looked.directory), ids.join(", ")));
        if !arguments.with_others && !is_agreed(context, "Change the files under them?")? {
            return Err(Failure::new(1, "nothing was restored").hint("--with-others changes the files under them"));
        }
    }
    let request = FolderRestoreRequest { snapshot: arguments.snapshot, accept: looked.accept };
    let restored: Restored =
        block_on(async { Ok(context.writing_client()?.post(&format!("{}/restore", place.route()), &request).await?) })?;
    if context.json {
        out::json(&restored)?;
        return Ok(0);
    }
    if !context.quiet {
        let before =
            restored.before.map_or_else(String::new, |kept| format!("; what was there is snapshot {}", kept.number));
        out::text(&format!("{} is restored{before}.", printable(&restored.directory)))?;
        restored.notes.iter().for_each(|note| out::note(&format!("Note: {}", printable(note))));
    }
    Ok(0)
}

fn remove(context: &Context, text: &str, lose: bool, skip_teardown: bool) -> Result<i32, Failure> {
    let (tree, looked): (Worktree, Option<Snapshot>) = block_on(async {
        let client = context.writing_client()?;
        let tree = find(context, &client, text).await?;
        let looked = match tree.state.as_str() {
            "ready" => Some(client.post(&format!("/worktrees/{}/snapshot", tree.id), &looking()).await?),
            _ => None,
        };
        Ok((tree, looked))
    })?;
    let accept = looked.as_ref().map(|looked| looked.accept.clone()).unwrap_or_default();
    if let Some(looked) = looked.filter(|looked| !looked.accept.is_empty()) {
        let lost = looked.left_out.iter().filter(|left| !left.aside);
        lost.for_each(|left| out::note(&format!("Would be lost: {}", left.words())));
        if looked.more_left_out > 0 {
            out::note(&format!("Not in the snapshot: {} more", looked.more_left_out));
        }
        if !lose && !is_agreed(context, "Remove it all the same?")? {
            return Err(Failure::new(1, "nothing was removed").hint("--lose gives up what is listed"));
        }
    }
    let removed: Worktree = block_on(async {
        let path = format!("/worktrees/{}/remove", tree.id);
        Ok(context.writing_client()?.post(&path, &RemoveRequest { accept, skip_teardown }).await?)
    })?;
    if context.json {
        out::json(&removed)?;
    } else if !context.quiet {
        let until = removed.kept_until.as_deref().and_then(|until| until.split('T').next()).unwrap_or_default();
        let (name, id) = (printable(&removed.name), removed.id);
        out::text(&format!("{name} is removed. Until {until} `conductor-tui restore {id}` brings it back."))?;
    }
    Ok(0)
}

fn looking() -> SnapshotRequest {
    SnapshotRequest { message: Some("looked at, to be removed".into()) }
}

/// As git shortens it.
fn short(commit: &str) -> &str {
    commit.get(..10).unwrap_or(commit)
}
