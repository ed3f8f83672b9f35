//! The table of steps that agents took. Called by the writer, within its transactions, and by who asks for what was. It must
//! never grow without an end.

use crate::base::clock::Millis;
use crate::core::policy::Record;
use crate::store::StoreError;
use rusqlite::{Connection, OpenFlags, Transaction, params};
use std::path::Path;

/// Kept at most. A step is 2 kB at most and stands in its row twice and in an index: 300 MB if all were as long as they can be,
/// some 30 MB as agents are.
const MOST: i64 = 50_000;
/// Nobody asks for what was longer ago.
const DAYS: Millis = 90;

pub(super) fn save(transaction: &Transaction<'_>, record: &Record) -> Result<usize, StoreError> {
    let state = serde_json::to_string(record).map_err(|e| StoreError::Io(e.into()))?;
    let at = i64::try_from(record.at).unwrap_or(i64::MAX);
    // One that is told twice is one.
    let added = transaction
        .prepare_cached("INSERT OR IGNORE INTO steps (at, terminal, step, state) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![at, record.terminal.to_string(), told(record), state])?;
    transaction
        .prepare_cached("DELETE FROM steps WHERE id <= (SELECT max(id) FROM steps) - ?1 OR at < ?2")?
        .execute(params![MOST, at - i64::try_from(DAYS * 86_400_000).unwrap_or(i64::MAX)])?;
    Ok(added)
}

/// What tells a step from another of the same moment.
pub fn told(record: &Record) -> String {
    let step = &record.step;
    format!("{} {} {} {}", step.tool, step.command, step.paths.join(" "), step.url.as_deref().unwrap_or_default())
}

/// Which steps are asked for.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Wanted {
    /// Taken then or later.
    pub since: Millis,
    /// Of this tool, as `Tool` prints it; of one whose name goes on behind a blank as well.
    pub tool: Option<String>,
    /// Rows before this one: where the last page ended.
    pub before: Option<i64>,
    /// Rows of one page.
    pub most: usize,
}

/// Steps, the newest first.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Page {
    pub records: Vec<Record>,
    /// Where the next page begins; `None`: there is none.
    pub next: Option<i64>,
}

/// A page of steps. Rows that cannot be understood are left out.
///
/// # Errors
/// Whatever SQLite says.
pub fn since(path: &Path, wanted: &Wanted) -> Result<Page, StoreError> {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let mut statement = connection.prepare(
        "SELECT id, state FROM steps WHERE at >= ?1 AND id < ?2
             AND (?3 IS NULL OR substr(step, 1, length(?3) + 1) = ?3 || ' ')
         ORDER BY id DESC LIMIT ?4",
    )?;
    let at = i64::try_from(wanted.since).unwrap_or(i64::MAX);
    let limit = i64::try_from(wanted.most).unwrap_or(i64::MAX).saturating_add(1);
    let mut rows = statement
        .query_map(params![at, wanted.before.unwrap_or(i64::MAX), wanted.tool, limit], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?))
        })?
        .collect::<Result<Vec<_>, _>>()?;
    let is_more = rows.len() > wanted.most;
    rows.truncate(wanted.most);
    let next = rows.last().filter(|_| is_more).map(|(id, _)| *id);
    let records = rows.iter().filter_map(|(_, state)| serde_json::from_str(state).ok()).collect();
    Ok(Page { records, next })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::policy::{Class, Decision, Risk, Step};

    fn record(at: Millis, command: &str) -> Record {
        Record {
            at,
            terminal: "00000001".parse().unwrap(),
            step: Step { command: command.into(), folder: "/w".into(), ..Step::default() },
            workspace: "/w".into(),
            decision: Decision::Ask,
            class: Class::Write,
            risk: Risk::Medium,
            reason: "changes files".into(),
            rule: None,
        }
    }

    #[test]
    fn steps_are_kept_once_and_not_for_ever() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("db");
        let mut connection = Connection::open(&path).unwrap();
        crate::store::migrate::migrate(&mut connection).unwrap();
        let day = 86_400_000;
        let transaction = connection.transaction().unwrap();
        for (at, command) in [(1, "old"), (100 * day, "a"), (100 * day, "a"), (100 * day, "b"), (101 * day, "c")] {
            save(&transaction, &record(at, command)).unwrap();
        }
        transaction.commit().unwrap();
        let commands = |wanted: &Wanted| {
            let page = since(&path, wanted).unwrap();
            (page.records.into_iter().map(|record| record.step.command).collect::<Vec<_>>().join(" "), page.next)
        };
        let all = Wanted { most: 10, ..Wanted::default() };
        assert_eq!(commands(&all), ("c b a".into(), None), "the old one is gone");
        let two = Wanted { most: 2, ..Wanted::default() };
        let (first, next) = commands(&two);
        assert_eq!((first.as_str(), next.is_some()), ("c b", true));
        assert_eq!(commands(&Wanted { before: next, ..two }), ("a".into(), None), "each is on one page");
        assert_eq!(commands(&Wanted { since: 101 * day, ..all.clone() }), ("c".into(), None));
        assert_eq!(commands(&Wanted { tool: Some("shell".into()), ..all.clone() }), ("c b a".into(), None));
        assert_eq!(commands(&Wanted { tool: Some("edit".into()), ..all }), (String::new(), None));
    }
}
