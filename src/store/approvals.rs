//! The table of requests that wait for a yes. Called by the writer, within its transactions, when a server starts, and by who asks
//! for what was. It must never delete a row.

use crate::core::approval::Approval;
use crate::store::StoreError;
use rusqlite::{Connection, OpenFlags, Transaction, params};
use std::path::Path;

/// Answered ones that a start reads: those that the screen shows. What waits or is owed is read whatever its age.
const NEWEST: i64 = 500;

pub(super) fn save(transaction: &Transaction<'_>, approval: &Approval) -> Result<usize, StoreError> {
    let state = serde_json::to_string(approval).map_err(|e| StoreError::Io(e.into()))?;
    let answered = approval.answer.as_ref().map(|answer| answer.at as i64);
    Ok(transaction
        .prepare_cached(
            "INSERT INTO approvals (id, terminal, status, asked_at, answered_at, state) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (id) DO UPDATE SET status = ?3, answered_at = ?5, state = ?6",
        )?
        .execute(params![
            approval.id as i64,
            approval.terminal.to_string(),
            super::writer::word_of(&approval.state),
            approval.asked_at as i64,
            answered,
            state
        ])?)
}

/// What a start needs, and the highest number that was ever given.
pub(super) fn load(connection: &Connection, damaged: &mut Vec<String>) -> Result<(Vec<Approval>, u64), StoreError> {
    let highest: i64 = connection.query_row("SELECT coalesce(max(id), 0) FROM approvals", [], |row| row.get(0))?;
    let mut statement = connection.prepare(
        "SELECT id, state FROM approvals WHERE status = 'pending' OR id > ?1
             OR (status = 'approved' AND json_extract(state, '$.outcome') IS NULL)
         ORDER BY id",
    )?;
    let rows = statement
        .query_map([highest - NEWEST], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?)))?
        .collect::<Result<Vec<_>, _>>()?;
    let mut found = Vec::new();
    for (id, state) in rows {
        match serde_json::from_str(&state) {
            Ok(approval) => found.push(approval),
            Err(error) => damaged.push(format!("approvals {id}: {error}")),
        }
    }
    Ok((found, highest.max(0) as u64))
}

/// One, however old.
///
/// # Errors
/// Whatever SQLite says.
pub fn find(path: &Path, id: u64) -> Result<Option<Approval>, StoreError> {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let mut statement = connection.prepare("SELECT state FROM approvals WHERE id = ?1")?;
    let mut rows = statement.query_map([i64::try_from(id).unwrap_or(i64::MAX)], |row| row.get::<_, String>(0))?;
    let Some(state) = rows.next().transpose()? else { return Ok(None) };
    serde_json::from_str(&state).map(Some).map_err(|e| StoreError::Io(e.into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::approval::tests::{answer, approval};

    #[test]
    fn what_waits_or_is_owed_is_there_at_the_next_start() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("db");
        let mut connection = Connection::open(&path).unwrap();
        crate::store::migrate::migrate(&mut connection).unwrap();
        let transaction = connection.transaction().unwrap();
        let last = NEWEST as u64 + 50;
        for id in 1..=last {
            let mut one = approval(id);
            if id > 2 {
                one.answered("d", answer(false, "n"));
            } else if id == 2 {
                one.answered("d", answer(true, "n"));
            }
            save(&transaction, &one).unwrap();
        }
        transaction.commit().unwrap();
        let mut damaged = Vec::new();
        let (found, highest) = load(&connection, &mut damaged).unwrap();
        let ids: Vec<u64> = found.iter().map(|one| one.id).collect();
        assert_eq!((ids[0], ids[1], ids[2], ids.len(), highest), (1, 2, 51, NEWEST as usize + 2, last));
        assert!(damaged.is_empty() && found[1].is_owed());
        assert_eq!(find(&path, 20).unwrap().map(|one| one.id), Some(20), "an old one is found when asked for");
        assert_eq!(find(&path, 9_999).unwrap(), None);
    }
}
