//! The one writer thread and its queue. A batch of changes is one transaction, and whoever sent it learns when it
//! is on the disk; what waits meanwhile goes into the next transaction together.

use crate::base::clock::Millis;
use crate::base::id::TerminalId;
use crate::core::approval::Approval;
use crate::core::policy::Record;
use crate::core::usage::{Mark, Row};
use crate::core::world::{Session, Terminal, Trust, Worktree};
use crate::store::migrate::migrate;
use crate::store::{approvals, steps, usage};
use rusqlite::{Connection, params};
use serde::de::DeserializeOwned;
use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::mpsc;
use std::thread::JoinHandle;

/// One change of the stored world.
#[derive(Clone, Debug)]
pub enum Change {
    SaveSession(Session),
    SaveTerminal(Box<Terminal>),
    DeleteTerminal(TerminalId),
    DeleteSession(String),
    SaveWorktree(Box<Worktree>),
    DeleteWorktree(TerminalId),
    /// Everything is stopped since then.
    SaveHalt(Option<Millis>),
    SaveTrust(Box<Trust>),
    /// A directory.
    DeleteTrust(String),
    SaveUsage(Box<Row>),
    SaveMark(Box<Mark>),
    SaveStep(Box<Record>),
    SaveApproval(Box<Approval>),
}

/// What a start finds.
#[derive(Debug)]
pub struct Loaded {
    pub sessions: Vec<Session>,
    pub terminals: Vec<Terminal>,
    pub worktrees: Vec<Worktree>,
    pub halted_since: Option<Millis>,
    pub trusts: Vec<Trust>,
    pub usage: Vec<Row>,
    pub marks: Vec<Mark>,
    pub approvals: Vec<Approval>,
    /// The highest number of a request that was ever given.
    pub last_approval: u64,
    /// Rises with every opening of the database.
    pub generation: u64,
    /// Rows that could not be understood, with why; they stay in the database.
    pub damaged: Vec<String>,
}

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("the database was written by a later version (schema {found}, this program knows {known})")]
    Newer { found: usize, known: usize },
    #[error("the database says: {0}")]
    Sqlite(#[from] rusqlite::Error),
    #[error("cannot open the database: {0}")]
    Io(#[from] std::io::Error),
    #[error("the database thread is gone")]
    Gone,
}

/// Changes that were not stored, given back.
#[derive(Debug)]
pub struct Refused {
    pub error: StoreError,
    pub changes: Vec<Change>,
}

type Done = Box<dyn FnOnce(Result<(), Refused>) + Send>;

/// Changes that may wait at once: with the dispatcher sending one batch at a time, this is never reached.
const QUEUE: usize = 256;

/// A handle on the writer thread; the thread ends when the last handle is dropped.
pub struct Store {
    sender: Option<mpsc::SyncSender<(Vec<Change>, Done)>>,
    thread: Option<JoinHandle<()>>,
}

impl Store {
    /// Opens or makes the database (0600), brings it up to date and reads it.
    ///
    /// # Errors
    /// For a later schema, a damaged file, a directory that cannot be written.
    pub fn open(path: &Path) -> Result<(Store, Loaded), StoreError> {
        // Made by us with its mode; SQLite gives its companions the same one.
        OpenOptions::new().create(true).append(true).mode(0o600).open(path)?;
        let mut connection = Connection::open(path)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        // A committed decision or message survives a power cut. One commit costs about a millisecond, and the
        // dispatcher's batches are rare beside the output of agents.
        connection.pragma_update(None, "synchronous", "FULL")?;
        migrate(&mut connection)?;
        let loaded = load(&connection)?;
        let (sender, receiver) = mpsc::sync_channel::<(Vec<Change>, Done)>(QUEUE);
        let thread =
            std::thread::Builder::new().name("store".into()).spawn(move || write_all(&mut connection, &receiver))?;
        Ok((Store { sender: Some(sender), thread: Some(thread) }, loaded))
    }

    /// Queues a batch; `done` is called on the writer thread when it is on the disk, or could not be put there.
    pub fn write(&self, changes: Vec<Change>, done: Done) {
        let sent = self.sender.as_ref().map(|sender| sender.send((changes, done)));
        if let Some(Err(mpsc::SendError((changes, done)))) = sent {
            done(Err(Refused { error: StoreError::Gone, changes }));
        }
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        self.sender = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn write_all(connection: &mut Connection, receiver: &mpsc::Receiver<(Vec<Change>, Done)>) {
    while let Ok(first) = receiver.recv() {
        let mut batches = vec![first];
        batches.extend(receiver.try_iter());
        let all: Vec<&Change> = batches.iter().flat_map(|(changes, _)| changes).collect();
        if write_transaction(connection, &all).is_ok() {
            for (_, done) in batches {
                done(Ok(()));
            }
        } else {
            // One bad batch must not take the others with it.
            for (changes, done) in batches {
                let alone: Vec<&Change> = changes.iter().collect();
                let written = write_transaction(connection, &alone);
                done(written.map_err(|error| Refused { error, changes }));
            }
        }
    }
}

fn write_transaction(connection: &mut Connection, changes: &[&Change]) -> Result<(), StoreError> {
    let transaction = connection.transaction()?;
    for change in changes {
        match change {
            Change::SaveSession(s) => transaction
                .prepare_cached(
                    "INSERT INTO sessions (name, cwd, created_at) VALUES (?1, ?2, ?3)
                 ON CONFLICT (name) DO UPDATE SET cwd = ?2",
                )?
                .execute(params![s.name, s.cwd, s.created_at as i64])?,
            Change::SaveTerminal(t) => {
                let state = serde_json::to_string(t).map_err(|e| StoreError::Io(e.into()))?;
                transaction
                    .prepare_cached(
                        "INSERT INTO terminals
                         (id, session_name, window_name, provider, agent_profile, status, created_at, state)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
                     ON CONFLICT (id) DO UPDATE SET
                         session_name = ?2, window_name = ?3, agent_profile = ?5, status = ?6, state = ?8",
                    )?
                    .execute(params![
                        t.id.to_string(),
                        t.session,
                        t.window,
                        t.provider,
                        t.profile,
                        word_of(&t.status),
                        t.created_at as i64,
                        state
                    ])?
            }
            Change::DeleteTerminal(id) => {
                transaction.prepare_cached("DELETE FROM terminals WHERE id = ?1")?.execute([id.to_string()])?
            }
            Change::DeleteSession(name) => {
                transaction.prepare_cached("DELETE FROM sessions WHERE name = ?1")?.execute([name])?
            }
            Change::SaveWorktree(w) => {
                let state = serde_json::to_string(w).map_err(|e| StoreError::Io(e.into()))?;
                transaction
                    .prepare_cached(
                        "INSERT INTO worktrees (id, repository, path, branch, status, created_at, state)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
                     ON CONFLICT (id) DO UPDATE SET path = ?3, branch = ?4, status = ?5, state = ?7",
                    )?
                    .execute(params![
                        w.id.to_string(),
                        w.repository,
                        w.path,
                        w.branch,
                        word_of(&w.state),
                        w.created_at as i64,
                        state
                    ])?
            }
            Change::SaveHalt(Some(since)) => transaction
                .prepare_cached(
                    "INSERT INTO meta (key, value) VALUES ('halted_since', ?1)
                 ON CONFLICT (key) DO UPDATE SET value = ?1",
                )?
                .execute([since.to_string()])?,
            Change::SaveHalt(None) => {
                transaction.prepare_cached("DELETE FROM meta WHERE key = 'halted_since'")?.execute([])?
            }
            Change::DeleteWorktree(id) => {
                transaction.prepare_cached("DELETE FROM worktrees WHERE id = ?1")?.execute([id.to_string()])?
            }
            Change::SaveTrust(t) => {
                let state = serde_json::to_string(t).map_err(|e| StoreError::Io(e.into()))?;
                transaction
                    .prepare_cached("INSERT OR REPLACE INTO trusts (id, hash, at, state) VALUES (?1, ?2, ?3, ?4)")?
                    .execute(params![t.directory, t.hash, t.at as i64, state])?
            }
            Change::SaveUsage(row) => usage::save(&transaction, row)?,
            Change::SaveMark(mark) => usage::save_mark(&transaction, mark)?,
            Change::SaveStep(record) => steps::save(&transaction, record)?,
            Change::SaveApproval(approval) => approvals::save(&transaction, approval)?,
            Change::DeleteTrust(directory) => {
                transaction.prepare_cached("DELETE FROM trusts WHERE id = ?1")?.execute([directory])?
            }
        };
    }
    transaction.commit()?;
    Ok(())
}

fn load(connection: &Connection) -> Result<Loaded, StoreError> {
    let generation: u64 = connection
        .query_row(
            "INSERT INTO meta (key, value) VALUES ('generation', '1')
             ON CONFLICT (key) DO UPDATE SET value = CAST(value AS INTEGER) + 1 RETURNING value",
            [],
            |row| row.get::<_, String>(0),
        )?
        .parse()
        .unwrap_or(1);
    let sessions = connection
        .prepare("SELECT name, cwd, created_at FROM sessions")?
        .query_map([], |row| {
            Ok(Session { name: row.get(0)?, cwd: row.get(1)?, created_at: row.get::<_, i64>(2)?.max(0) as u64 })
        })?
        .collect::<Result<_, _>>()?;
    let mut damaged = Vec::new();
    let terminals = objects(connection, "terminals", &mut damaged)?;
    let worktrees = objects(connection, "worktrees", &mut damaged)?;
    let (halted_since, trusts) = (halted_since(connection)?, objects(connection, "trusts", &mut damaged)?);
    let (usage, marks) = (usage::load(connection, &mut damaged)?, objects(connection, "usage_marks", &mut damaged)?);
    let (approvals, last_approval) = approvals::load(connection, &mut damaged)?;
    Ok(Loaded {
        sessions,
        terminals,
        worktrees,
        halted_since,
        trusts,
        usage,
        marks,
        approvals,
        last_approval,
        generation,
        damaged,
    })
}

/// A time that cannot be understood is one all the same: in doubt everything stays stopped.
fn halted_since(connection: &Connection) -> Result<Option<Millis>, StoreError> {
    let mut statement = connection.prepare("SELECT value FROM meta WHERE key = 'halted_since'")?;
    let mut rows = statement.query_map([], |row| row.get::<_, String>(0))?;
    Ok(rows.next().transpose()?.map(|since| since.parse().unwrap_or_default()))
}

/// The objects that the rows of a table hold as JSON.
fn objects<T: DeserializeOwned>(
    connection: &Connection,
    table: &str,
    damaged: &mut Vec<String>,
) -> Result<Vec<T>, StoreError> {
    let mut found = Vec::new();
    let mut statement = connection.prepare(&format!("SELECT id, state FROM {table}"))?;
    let rows = statement.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))?;
    for row in rows {
        let (id, state) = row?;
        match serde_json::from_str(&state) {
            Ok(object) => found.push(object),
            Err(error) => damaged.push(format!("{table} {id}: {error}")),
        }
    }
    Ok(found)
}

/// A unit of an enum as its JSON has it.
pub(super) fn word_of(state: &impl serde::Serialize) -> String {
    serde_json::to_value(state).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
}

/// Makes the database refuse every terminal, beside whoever has it open.
#[cfg(test)]
pub fn break_for_tests(path: &Path) {
    rename_table(path, "terminals", "hidden");
}

/// Takes it back.
#[cfg(test)]
pub fn mend_for_tests(path: &Path) {
    rename_table(path, "hidden", "terminals");
}

#[cfg(test)]
fn rename_table(path: &Path, from: &str, to: &str) {
    Connection::open(path).unwrap().execute_batch(&format!("ALTER TABLE {from} RENAME TO {to}")).unwrap();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write_and_wait(store: &Store, changes: Vec<Change>) -> Result<(), Refused> {
        let (sender, receiver) = mpsc::channel();
        store.write(changes, Box::new(move |result| sender.send(result).unwrap()));
        receiver.recv().unwrap()
    }

    #[test]
    fn what_was_written_is_there_at_the_next_start_and_private() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.db");
        let (store, loaded) = Store::open(&path).unwrap();
        assert_eq!((loaded.generation, loaded.sessions.len()), (1, 0));
        let session = Session { name: "conductor-a".into(), cwd: "/".into(), created_at: 7 };
        let trust = Trust { directory: "/a".into(), hash: "12".into(), at: 3, files: Vec::new() };
        let saved = vec![Change::SaveSession(session.clone()), Change::SaveTrust(Box::new(trust.clone()))];
        write_and_wait(&store, saved).unwrap();
        for entry in std::fs::read_dir(dir.path()).unwrap() {
            assert_eq!(entry.unwrap().metadata().unwrap().permissions().mode() & 0o077, 0);
        }
        drop(store);
        let (store, loaded) = Store::open(&path).unwrap();
        assert_eq!((loaded.generation, loaded.sessions), (2, vec![session]));
        assert_eq!(loaded.trusts, [trust]);
        let gone = vec![Change::DeleteSession("conductor-a".into()), Change::DeleteTrust("/a".into())];
        write_and_wait(&store, gone).unwrap();
        write_and_wait(&store, vec![Change::SaveHalt(Some(7))]).unwrap();
        drop(store);
        let (store, loaded) = Store::open(&path).unwrap();
        assert_eq!((loaded.sessions.len(), loaded.trusts.len(), loaded.halted_since), (0, 0, Some(7)));
        write_and_wait(&store, vec![Change::SaveHalt(None)]).unwrap();
        drop(store);
        assert_eq!(Store::open(&path).unwrap().1.halted_since, None);
    }

    #[test]
    fn a_later_schema_and_a_file_that_is_no_database_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.db");
        drop(Store::open(&path).unwrap());
        Connection::open(&path).unwrap().pragma_update(None, "user_version", 999).unwrap();
        assert!(matches!(Store::open(&path), Err(StoreError::Newer { found: 999, .. })));
        let garbage = dir.path().join("y.db");
        std::fs::write(&garbage, "this is no database, whatever its name says ".repeat(100)).unwrap();
        assert!(matches!(Store::open(&garbage), Err(StoreError::Sqlite(_))));
    }
}
