//! `worktrees`, `snapshot`, `restore`: the work trees that were made for agents. Nothing is lost without a word: what no
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
use crate::proto::worktree::{
    FinishRequest, Finished, How, LeftOut, RemoveRequest, RestoreRequest, Snapshot, SnapshotRequest, Worktree,
};

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

/// By its id or name, or those of an agent that works in it.
async fn find(context: &Context, client: &Client, text: &str) -> Result<Worktree, Failure> {
    let all: Vec<Worktree> = client.get("/worktrees").await?;
    let by_id = text.parse::<TerminalId>().ok();
    if let Some(tree) = all.iter().find(|tree| Some(tree.id) == by_id) {
        return Ok(tree.clone());
    }
    let named: Vec<&Worktree> = all.iter().filter(|tree| tree.name == text).collect();
    // Of several, the one that is there.
    let there: Vec<&Worktree> = named.iter().filter(|tree| tree.state != "removed").copied().collect();
    match (named.as_slice(), there.as_slice()) {
        ([one], _) | (_, [one]) => return Ok((*one).clone()),
        ([], _) => {}
        (several, _) => {
            let ids: Vec<String> = several.iter().map(|tree| tree.id.to_string()).collect();
            return Err(Failure::new(USAGE, format!("{text} names several work trees: {}", ids.join(", "))));
        }
    }
    let none =
        || Failure::new(3, format!("there is no work tree {text}")).hint("`conductor-tui worktrees --all` lists them");
    let terminal = context.terminal(client, text).await.map_err(|_| none())?;
    all.into_iter().find(|tree| Some(tree.id) == terminal.worktree).ok_or_else(|| {
        Failure::new(3, format!("{} does not work in a work tree of its own", printable(&terminal.window)))
            .hint("`conductor-tui launch --isolation worktree` makes one")
    })
}

pub fn snapshot(context: &Context, arguments: &SnapshotArguments) -> Result<i32, Failure> {
    let snapshot: Snapshot = block_on(async {
        let client = context.writing_client()?;
        let tree = find(context, &client, &arguments.worktree).await?;
        let request = SnapshotRequest { message: arguments.message.clone() };
        Ok(client.post(&format!("/worktrees/{}/snapshot", tree.id), &request).await?)
    })?;
    if context.json {
        out::json(&snapshot)?;
        return Ok(0);
    }
    if context.quiet {
        return Ok(0);
    }
    let Snapshot { kept, files, left_out, .. } = snapshot;
    out::text(&format!("Snapshot {}: {files} files, {} ({})", kept.number, kept.reference, short(&kept.commit)))?;
    for left in &left_out {
        out::note(&format!("Not in it: {}", left.words()));
    }
    Ok(0)
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
    let tree: Worktree = block_on(async {
        let client = context.writing_client()?;
        let tree = find(context, &client, &arguments.worktree).await?;
        let request = RestoreRequest { snapshot: arguments.snapshot };
        Ok(client.post(&format!("/worktrees/{}/restore", tree.id), &request).await?)
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
    let lost: Vec<&LeftOut> = looked.iter().flat_map(|looked| &looked.left_out).filter(|left| !left.aside).collect();
    if !lost.is_empty() {
        lost.iter().for_each(|left| out::note(&format!("Would be lost: {}", left.words())));
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
