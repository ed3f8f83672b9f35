//! The schema, as a list of steps that only grows. Run once when the database is opened; a database of a later
//! version is refused rather than half understood.

use rusqlite::Connection;

/// Each step once, in order; `user_version` counts how many were done.
const STEPS: &[&str] = &[
    // 1: sessions and terminals. `state` is the whole object as JSON; the columns beside it are for people and
    // for the seed's own readers.
    "CREATE TABLE sessions (name TEXT PRIMARY KEY, cwd TEXT NOT NULL, created_at INTEGER NOT NULL) STRICT;
     CREATE TABLE terminals (
         id TEXT PRIMARY KEY, session_name TEXT NOT NULL, window_name TEXT NOT NULL, provider TEXT NOT NULL,
         agent_profile TEXT, status TEXT NOT NULL, created_at INTEGER NOT NULL, state TEXT NOT NULL) STRICT;
     CREATE INDEX terminals_by_session ON terminals (session_name);
     CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;",
    // 2: work trees made for agents. `id` is that of the terminal each was made for.
    "CREATE TABLE worktrees (
         id TEXT PRIMARY KEY, repository TEXT NOT NULL, path TEXT NOT NULL, branch TEXT, status TEXT NOT NULL,
         created_at INTEGER NOT NULL, state TEXT NOT NULL) STRICT;",
    // 3: directories that the user trusted, by the hash of what lies in them. `id` is the directory.
    "CREATE TABLE trusts (
         id TEXT PRIMARY KEY, hash TEXT NOT NULL, at INTEGER NOT NULL, state TEXT NOT NULL) STRICT;",
    // 4: what agents have used, also those that are gone, and how far the files were read that say it. Costs are in
    // thousand-millionths of a dollar, absent where the agent's CLI names none.
    "CREATE TABLE usage (
         terminal TEXT NOT NULL, conversation TEXT NOT NULL, day TEXT NOT NULL, session_name TEXT NOT NULL,
         window_name TEXT NOT NULL, provider TEXT NOT NULL, model TEXT, input INTEGER NOT NULL,
         output INTEGER NOT NULL, cache_read INTEGER NOT NULL, cache_write INTEGER NOT NULL, cost INTEGER,
         PRIMARY KEY (terminal, conversation, day)) STRICT;
     CREATE TABLE usage_marks (id TEXT PRIMARY KEY, state TEXT NOT NULL) STRICT;",
    // 5: steps that agents took, as their hooks told of them, with what the rules said then. `step` is its text.
    "CREATE TABLE steps (
         id INTEGER PRIMARY KEY, at INTEGER NOT NULL, terminal TEXT NOT NULL, step TEXT NOT NULL, state TEXT NOT NULL,
         UNIQUE (terminal, at, step)) STRICT;
     CREATE INDEX steps_by_time ON steps (at);",
    // 6: requests that wait for a person's yes, and the answers. None of them is ever deleted.
    "CREATE TABLE approvals (
         id INTEGER PRIMARY KEY, terminal TEXT NOT NULL, status TEXT NOT NULL, asked_at INTEGER NOT NULL,
         answered_at INTEGER, state TEXT NOT NULL) STRICT;
     CREATE INDEX approvals_by_status ON approvals (status);",
];

/// Brings a database up to date, all or nothing.
///
/// # Errors
/// For a database of a later version, and whatever SQLite says.
pub fn migrate(connection: &mut Connection) -> Result<(), crate::store::StoreError> {
    let done: usize = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if done > STEPS.len() {
        return Err(crate::store::StoreError::Newer { found: done, known: STEPS.len() });
    }
    let transaction = connection.transaction()?;
    for step in &STEPS[done..] {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "user_version", STEPS.len())?;
    transaction.commit()?;
    Ok(())
}
