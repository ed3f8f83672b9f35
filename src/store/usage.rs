//! The tables of what agents have used. Called by the writer, within its transactions: a row and the mark that says it was
//! counted are stored together or not at all.

use crate::core::usage::{Mark, Row, Spent, Tokens};
use crate::store::StoreError;
use rusqlite::{Connection, Transaction, params};

/// SQLite's numbers have a sign.
fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

pub(super) fn save(transaction: &Transaction<'_>, row: &Row) -> Result<usize, StoreError> {
    let Spent { tokens, cost } = row.spent;
    Ok(transaction
        .prepare_cached(
            "INSERT OR REPLACE INTO usage (terminal, conversation, day, session_name, window_name, provider, model,
                 input, output, cache_read, cache_write, cost)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        )?
        .execute(params![
            row.terminal.to_string(),
            row.conversation,
            row.day,
            row.session,
            row.window,
            row.provider,
            row.model,
            signed(tokens.input),
            signed(tokens.output),
            signed(tokens.cache_read),
            signed(tokens.cache_write),
            cost.map(signed),
        ])?)
}

pub(super) fn save_mark(transaction: &Transaction<'_>, mark: &Mark) -> Result<usize, StoreError> {
    let state = serde_json::to_string(mark).map_err(|e| StoreError::Io(e.into()))?;
    Ok(transaction
        .prepare_cached("INSERT OR REPLACE INTO usage_marks (id, state) VALUES (?1, ?2)")?
        .execute(params![mark.path, state])?)
}

pub(super) fn load(connection: &Connection, damaged: &mut Vec<String>) -> Result<Vec<Row>, StoreError> {
    let mut statement = connection.prepare(
        "SELECT conversation, day, session_name, window_name, provider, model, input, output, cache_read, cache_write,
             cost, terminal FROM usage",
    )?;
    let rows = statement.query_map([], |row| {
        let number = |n: usize| row.get::<_, i64>(n).map(|n| u64::try_from(n).unwrap_or(0));
        let tokens = Tokens { input: number(6)?, output: number(7)?, cache_read: number(8)?, cache_write: number(9)? };
        let cost = row.get::<_, Option<i64>>(10)?.map(|n| u64::try_from(n).unwrap_or(0));
        let id = row.get::<_, String>(11)?;
        Ok(id.parse().map_err(|_| id).map(|terminal| Row {
            terminal,
            conversation: row.get(0).unwrap_or_default(),
            day: row.get(1).unwrap_or_default(),
            session: row.get(2).unwrap_or_default(),
            window: row.get(3).unwrap_or_default(),
            provider: row.get(4).unwrap_or_default(),
            model: row.get(5).unwrap_or_default(),
            spent: Spent { tokens, cost },
        }))
    })?;
    let mut all = Vec::new();
    for row in rows {
        match row? {
            Ok(row) => all.push(row),
            Err(id) => damaged.push(format!("usage {id}: no terminal's id")),
        }
    }
    Ok(all)
}
