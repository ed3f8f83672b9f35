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

/// The newest steps since then, the newest first, and whether there are more than `most`. Rows that cannot be understood are
/// left out.
///
/// # Errors
/// Whatever SQLite says.
pub fn since(path: &Path, at: Millis, most: usize) -> Result<(Vec<Record>, bool), StoreError> {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let mut statement = connection.prepare("SELECT state FROM steps WHERE at >= ?1 ORDER BY id DESC LIMIT ?2")?;
    let limit = i64::try_from(most).unwrap_or(i64::MAX).saturating_add(1);
    let rows = statement
        .query_map(params![i64::try_from(at).unwrap_or(i64::MAX), limit], |row| row.get::<_, String>(0))?
        .collect::<Result<Vec<_>, _>>()?;
    let is_more = rows.len() > most;
    let records = rows.iter().take(most).filter_map(|state| serde_json::from_str(state).ok()).collect();
    Ok((records, is_more))
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
        let commands = |at, most| {
            let (all, is_more) = since(&path, at, most).unwrap();
            (all.into_iter().map(|record| record.step.command).collect::<Vec<_>>().join(" "), is_more)
        };
        assert_eq!(commands(0, 10), ("c b a".into(), false), "the old one is gone");
        assert_eq!(commands(0, 2), ("c b".into(), true));
        assert_eq!(commands(101 * day, 10), ("c".into(), false));
    }
}
