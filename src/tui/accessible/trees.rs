//! Work trees and conversations for ears: told as numbered lines, changed by orders, each change asked about before it is
//! made. Called by the talk for its orders and answers. It must never do what was not agreed to by a word.

use super::news;
use super::orders::TreeOrder;
use super::{Question, Talk, Trouble};
use crate::base::clock::now_ms;
use crate::base::id::TerminalId;
use crate::base::text::printable;
use crate::client::ClientError;
use crate::proto::life::{Conversation, ResumeRequest};
use crate::proto::rest::Terminal;
use crate::proto::worktree::{
    FinishRequest, Finished, How, Outlook, RemoveRequest, RestoreRequest, Snapshot, SnapshotRequest, Worktree,
};
use crate::tui::trees::words;

/// The end of a tree's work, as far as it is talked over.
pub struct Ending {
    tree: Worktree,
    outlook: Outlook,
    request: FinishRequest,
}

impl Talk {
    /// All of them, as they are numbered from now on.
    pub(super) async fn list_trees(&mut self) -> Result<Vec<String>, ClientError> {
        self.trees = self.client.get("/worktrees").await?;
        let now = now_ms();
        let line = |(number, tree): (usize, &Worktree)| {
            let agents: Vec<String> = tree.terminals.iter().map(|id| self.name(*id)).collect();
            let agents = if agents.is_empty() { "no agent".to_owned() } else { format!("agent {}", agents.join(", ")) };
            format!(
                "{number} {} from {}, {}, {agents}",
                words::branch(tree),
                printable(&tree.base),
                words::state(tree, now)
            )
        };
        Ok(match self.trees.is_empty() {
            true => vec!["No work trees.".to_owned()],
            false => (1..).zip(&self.trees).map(line).collect(),
        })
    }

    fn tree(&self, number: usize) -> Result<Worktree, Trouble> {
        let tree = number.checked_sub(1).and_then(|at| self.trees.get(at)).cloned();
        tree.ok_or_else(|| Trouble::Words(format!("There is no tree {number}. Type trees for those there are.")))
    }

    pub(super) async fn with_tree(&mut self, order: TreeOrder, number: usize) -> Result<Vec<String>, Trouble> {
        self.may()?;
        let tree = self.tree(number)?;
        let (id, name) = (tree.id, words::branch(&tree));
        Ok(match order {
            TreeOrder::Snapshot => {
                let kept = self.keep(id, "from the screen").await?;
                vec![format!("Snapshot {} of {name}: {}.", kept.kept.number, words::count(kept.files, "file"))]
            }
            TreeOrder::Restore => {
                let path = format!("/worktrees/{id}/restore");
                let back: Worktree = self.client.post(&path, &RestoreRequest::default()).await?;
                vec![format!("{name} is back at {}.", printable(&back.path))]
            }
            TreeOrder::Remove => {
                let mut lines = Vec::new();
                let mut accept = String::new();
                if words::is_ready(&tree) {
                    let looked = self.keep(id, "looked at, to be removed").await?;
                    let (lost, moved) = words::lost_and_moved(&looked.left_out);
                    lines.push(format!("Everything in it is kept in snapshot {}.", looked.kept.number));
                    lines.extend(lost.iter().map(|words| format!("Would be lost: {words}")));
                    lines.extend((looked.more_left_out > 0).then(|| format!("And {} more.", looked.more_left_out)));
                    lines.extend(moved);
                    accept = looked.accept;
                }
                lines.push(format!("Remove {name}? Type yes, or anything else to leave it."));
                self.question = Some(Question::RemoveTree(Box::new(tree), accept));
                lines
            }
            TreeOrder::Finish => {
                let outlook: Outlook = self.client.get(&format!("/worktrees/{id}/outlook")).await?;
                let mut lines = vec![format!("{name}: {}.", words::work(&outlook))];
                lines.push("How? Type a number, or nothing to leave it.".to_owned());
                lines.extend(["1 merge", "2 squash", "3 rebase"].map(str::to_owned));
                lines.extend(outlook.remotes.first().map(|remote| format!("4 push to {}", printable(remote))));
                let works = |id: &TerminalId| self.agents.iter().any(|agent| agent.id == *id && agent.pid.is_some());
                let keep = tree.terminals.iter().any(works);
                let request = FinishRequest { keep, ..FinishRequest::default() };
                self.question = Some(Question::FinishHow(Box::new(Ending { tree, outlook, request })));
                lines
            }
        })
    }

    async fn keep(&self, tree: TerminalId, why: &str) -> Result<Snapshot, ClientError> {
        let request = SnapshotRequest { message: Some(why.to_owned()) };
        self.client.post(&format!("/worktrees/{tree}/snapshot"), &request).await
    }

    pub(super) async fn remove_tree(&mut self, tree: &Worktree, accept: String, line: &str) -> Vec<String> {
        let name = words::branch(tree);
        if line != "yes" {
            return vec![format!("{name} stays as it is.")];
        }
        let request = RemoveRequest { accept, ..RemoveRequest::default() };
        let removed = self.client.post::<_, Worktree>(&format!("/worktrees/{}/remove", tree.id), &request).await;
        match removed {
            Ok(_) => vec![format!("{name} is removed. Type trees and restore tree with its number to bring it back.")],
            Err(error) => vec![format!("That did not work: {error}.")],
        }
    }

    /// How it shall end was typed.
    pub(super) async fn finish_how(&mut self, mut ending: Box<Ending>, line: &str) -> Vec<String> {
        let remote = ending.outlook.remotes.first().cloned();
        let request = &mut ending.request;
        match (line, remote) {
            ("", _) => return vec![format!("{} stays as it is.", words::branch(&ending.tree))],
            ("1", _) => request.how = Some(How::Merge),
            ("2", _) => request.how = Some(How::Squash),
            ("3", _) => request.how = Some(How::Rebase),
            ("4", Some(remote)) => request.push = Some(remote),
            _ => {
                self.question = Some(Question::FinishHow(ending));
                return vec!["Type one of the numbers, or nothing.".to_owned()];
            }
        }
        if words::uncommitted(&ending.outlook) == 0 {
            return self.finish(*ending).await;
        }
        self.question = Some(Question::FinishWords(ending));
        vec!["What shall the commit of what has none say? Type its words, or nothing to leave it.".to_owned()]
    }

    /// The words of a commit were typed.
    pub(super) async fn finish_words(&mut self, mut ending: Box<Ending>, line: &str) -> Vec<String> {
        if line.is_empty() {
            return vec![format!("{} stays as it is.", words::branch(&ending.tree))];
        }
        ending.request.commit = Some(line.to_owned());
        self.finish(*ending).await
    }

    async fn finish(&mut self, ending: Ending) -> Vec<String> {
        let path = format!("/worktrees/{}/finish", ending.tree.id);
        match self.client.post::<_, Finished>(&path, &ending.request).await {
            Ok(done) => {
                let tree = match done.removed {
                    true => "Its tree is removed; restore tree with its number brings it back.",
                    false => "Its tree stays.",
                };
                let notes = done.notes.iter().map(|note| printable(note));
                [format!("{}.", words::finished(&done)), tree.to_owned()].into_iter().chain(notes).collect()
            }
            Err(error) => {
                let hint = error.hint().map(|hint| format!(" {hint}.")).unwrap_or_default();
                vec![format!("Nothing has landed: {error}.{hint}")]
            }
        }
    }

    /// What an agent that has ended could go on with.
    pub(super) async fn conversations(&mut self, agent: usize) -> Result<Vec<String>, Trouble> {
        let id = self.changeable(agent)?;
        let all: Vec<Conversation> = self.client.get(&format!("/terminals/{id}/conversations")).await?;
        let saved: Vec<Conversation> = all.into_iter().filter(|one| one.is_saved).collect();
        if saved.is_empty() {
            return Ok(vec![format!("No saved conversation of {} is known.", self.name(id))]);
        }
        let now = now_ms();
        let mut lines = vec![format!("Resume {} with which? Type its number, or nothing.", self.name(id))];
        lines.extend((1..).zip(&saved).map(|(number, one)| news::conversation(number, one, now)));
        self.question = Some(Question::Conversation(id, saved));
        Ok(lines)
    }

    pub(super) async fn resume(&mut self, id: TerminalId, all: Vec<Conversation>, line: &str) -> Vec<String> {
        if line.is_empty() {
            return vec![format!("{} stays as it is.", self.name(id))];
        }
        let Some(one) = line.parse::<usize>().ok().and_then(|n| all.get(n.checked_sub(1)?)) else {
            let words = format!("Type a number from 1 to {}, or nothing.", all.len());
            self.question = Some(Question::Conversation(id, all));
            return vec![words];
        };
        let request = ResumeRequest { conversation: Some(one.id.clone()) };
        match self.client.post::<_, Terminal>(&format!("/terminals/{id}/resume"), &request).await {
            Ok(_) => vec![format!("Resumed {}.", self.name(id))],
            Err(error) => vec![format!("That did not work: {error}.")],
        }
    }
}
