//! Writes what the screen remembers: when it has rested for a moment, and at the end. Called by the run loop after each
//! message; a screen that may only look has none. It must never wait for a disk while the screen is up.

use super::memory::Memory;
use super::state::State;
use crate::config::keepsake;
use std::future::pending;
use std::io;
use std::path::PathBuf;
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// A drag or a sentence makes many changes, and one file.
const RESTS: Duration = Duration::from_millis(300);
/// Who types on and on loses no more than this to a sudden death.
const AT_LATEST: Duration = Duration::from_secs(2);

pub struct Keeper {
    path: PathBuf,
    /// What the file has, as far as it is ours.
    kept: Memory,
    /// What was seen last.
    seen: Memory,
    /// When the first change came that is not written, and when to write.
    since: Option<Instant>,
    due: Option<Instant>,
    writing: Option<JoinHandle<io::Result<()>>>,
}

impl Keeper {
    /// Reads the file into a state that is not shown yet. And what is wrong with it.
    pub fn open(path: PathBuf, state: &mut State) -> (Keeper, Option<String>) {
        let (fields, problem) = keepsake::load(&path);
        Memory::restore(&fields, state);
        let kept = Memory::of(state);
        (Keeper { path, seen: kept.clone(), kept, since: None, due: None, writing: None }, problem)
    }

    /// Something may have changed.
    pub fn look(&mut self, state: &State) {
        let memory = Memory::of(state);
        if memory == self.seen {
            return;
        }
        self.seen = memory;
        let now = Instant::now();
        let since = *self.since.get_or_insert(now);
        self.due = Some((now + RESTS).min(since + AT_LATEST));
    }

    /// Writes whenever it is time, one after the other; ends with what went wrong. May be dropped and begun again.
    pub async fn work(&mut self) -> io::Error {
        loop {
            match (&mut self.writing, self.due) {
                (Some(_), _) => {
                    if let Err(error) = self.written().await {
                        return error;
                    }
                }
                (None, Some(due)) => {
                    tokio::time::sleep_until(due).await;
                    self.begin();
                }
                (None, None) => pending().await,
            }
        }
    }

    /// Writes what is left.
    pub async fn finish(mut self, state: &State) {
        self.look(state);
        // What was wrong with it has been said, or cannot be said any more.
        let _ = self.written().await;
        self.begin();
        let _ = self.written().await;
    }

    fn begin(&mut self) {
        (self.since, self.due) = (None, None);
        let changes = self.seen.changes(&self.kept);
        if changes.is_empty() {
            return;
        }
        self.kept = self.seen.clone();
        let path = self.path.clone();
        self.writing = Some(tokio::task::spawn_blocking(move || keepsake::store(&path, &changes)));
    }

    async fn written(&mut self) -> io::Result<()> {
        let Some(writing) = &mut self.writing else { return Ok(()) };
        let result = writing.await;
        self.writing = None;
        result.unwrap_or_else(|error| Err(io::Error::other(error)))
    }
}
