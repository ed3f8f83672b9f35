//! All that was used, by terminal, conversation and day, also of terminals that are gone; and how far each file was read.

use super::mark::Days;
use super::{Day, Mark, Spent};
use crate::base::id::TerminalId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a conversation has used on one day in one terminal.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Row {
    pub terminal: TerminalId,
    pub conversation: String,
    pub day: Day,
    pub session: String,
    pub window: String,
    pub provider: String,
    /// The one that was used last.
    pub model: Option<String>,
    pub spent: Spent,
}

/// What was read of one file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Used {
    /// As it is behind what was read.
    pub mark: Mark,
    pub days: Days,
}

/// What fills the model's context.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Context {
    pub tokens: u64,
    /// `None`: the CLI does not say how much there is.
    pub window: Option<u64>,
}

/// Whose use it is.
#[derive(Clone, Copy, Debug)]
pub struct Of<'a> {
    pub terminal: TerminalId,
    pub session: &'a str,
    pub window: &'a str,
    pub provider: &'a str,
}

#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Ledger {
    rows: BTreeMap<(TerminalId, String, Day), Row>,
    /// By the file's path.
    marks: BTreeMap<String, Mark>,
}

impl Ledger {
    pub fn of(rows: impl IntoIterator<Item = Row>, marks: impl IntoIterator<Item = Mark>) -> Ledger {
        Ledger {
            rows: rows.into_iter().map(|r| ((r.terminal, r.conversation.clone(), r.day.clone()), r)).collect(),
            marks: marks.into_iter().map(|m| (m.path.clone(), m)).collect(),
        }
    }

    /// Adds what was read; gives the rows that are otherwise than before. `None` when it was not read on from what is
    /// known: then somebody else has read meanwhile, and it would be counted twice.
    pub fn add(&mut self, of: &Of<'_>, used: Used) -> Option<Vec<Row>> {
        let known = self.marks.get(&used.mark.path).map_or(0, |mark| mark.looks);
        if used.mark.looks != known + 1 {
            return None;
        }
        let mut changed = Vec::new();
        for (day, spent) in used.days {
            let key = (of.terminal, used.mark.conversation.clone(), day.clone());
            let row = self.rows.entry(key).or_insert_with(|| Row {
                terminal: of.terminal,
                conversation: used.mark.conversation.clone(),
                day,
                session: String::new(),
                window: String::new(),
                provider: of.provider.to_owned(),
                model: None,
                spent: Spent::default(),
            });
            row.spent = row.spent.plus(spent);
            // As it is called now: whoever asks later knows no other name.
            (row.session, row.window) = (of.session.to_owned(), of.window.to_owned());
            // A subagent's model is not the agent's.
            if used.mark.is_main || row.model.is_none() {
                row.model = used.mark.model.clone().or(row.model.take());
            }
            changed.push(row.clone());
        }
        self.marks.insert(used.mark.path.clone(), used.mark);
        Some(changed)
    }

    pub fn rows(&self) -> impl Iterator<Item = &Row> {
        self.rows.values()
    }

    pub fn mark(&self, path: &str) -> Option<&Mark> {
        self.marks.get(path)
    }

    /// The files of a conversation that were read before.
    pub fn marks_of<'a>(&'a self, conversation: &'a str) -> impl Iterator<Item = &'a Mark> {
        self.marks.values().filter(move |mark| mark.conversation == conversation)
    }

    /// All that a terminal has used, and with which model at last.
    pub fn of_terminal(&self, id: TerminalId) -> Option<(Spent, Option<&str>)> {
        let rows = self.rows.range((id, String::new(), Day::new())..).take_while(|((owner, ..), _)| *owner == id);
        let mut all: Option<(Spent, &Row)> = None;
        for (_, row) in rows {
            all = Some(match all {
                None => (row.spent, row),
                Some((sum, newest)) => (sum.plus(row.spent), if row.day >= newest.day { row } else { newest }),
            });
        }
        all.map(|(spent, row)| (spent, row.model.as_deref()))
    }

    /// What fills the context of a conversation, and its model.
    pub fn context_of(&self, conversation: &str) -> (Option<Context>, Option<&str>) {
        let of = |mark: &&Mark| mark.is_main && mark.conversation == conversation;
        let Some(mark) = self.marks.values().filter(of).max_by_key(|mark| mark.newest()) else { return (None, None) };
        (mark.context.map(|tokens| Context { tokens, window: mark.window }), mark.model.as_deref())
    }
}
