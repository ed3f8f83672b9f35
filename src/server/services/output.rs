//! What a terminal printed: byte ranges of its log, its screen, and its past as text or styled rows, rebuilt from
//! the log. Rebuilding runs on a thread of its own; nothing here may hold a live screen's lock for long.

use crate::base::cell::{Row, lines_of};
use crate::base::id::TerminalId;
use crate::core::screen::{Screen, Size};
use crate::olog::journal::{self, Record};
use crate::olog::read::{Found, Reader};
use crate::olog::segment::journal_path;
use crate::proto::rest::{Output, RunOutput, SizeAt};
use crate::server::app::App;
use crate::server::hub::lock;
use crate::server::services::{Refusal, RefusalKind, opened};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::task::spawn_blocking;

/// Lines of `mode=full` when nothing else is asked for. (`decisions.md` C 4.4.)
pub const FULL_LINES: usize = 10_000;
/// The most that may be asked for: a few hundred MB of rows would be no answer any more.
const MAX_LINES: usize = 100_000;
/// Log read to rebuild a past: 10,000 lines of 200 columns with much colour fit several times.
const REBUILD: u64 = 32 * 1024 * 1024;
/// One answer of `output/range`.
pub const MAX_RANGE: u64 = 8 * 1024 * 1024;

/// What of the output is meant.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    /// Everything, rendered, the last lines of it.
    Full,
    /// Since the last input.
    Last,
    /// The screen as it is.
    Screen,
}

/// `GET /terminals/{id}/output`.
///
/// # Errors
/// Unknown terminal, unreadable log.
pub async fn output(app: &App, id: TerminalId, mode: Mode, lines: Option<usize>) -> Result<Output, Refusal> {
    let shared = opened(app, id).await?;
    let lines = lines.unwrap_or(FULL_LINES).min(MAX_LINES);
    if mode == Mode::Screen {
        let pane = lock(&shared.pane);
        let output = pane.screen.text().trim_end().to_owned();
        return Ok(Output { output, offset: pane.screen.offset() });
    }
    let past = rebuild(app, id, mode, lines).await?;
    let text = lines_of(&past.rows, past.columns);
    // Counted from the last line that was printed: the screen's empty rows below it are none.
    let text = text.trim_end_matches('\n');
    let from = text.rmatch_indices('\n').nth(lines.saturating_sub(1)).map_or(0, |(at, _)| at + 1);
    let output = if lines == 0 { String::new() } else { text[from..].to_owned() };
    Ok(Output { output, offset: past.offset })
}

/// `GET /terminals/{id}/output/range`: bytes as the program wrote them.
///
/// # Errors
/// Unknown terminal, a part that was cut (with where the log goes on), unreadable log.
pub async fn range(app: &App, id: TerminalId, offset: u64, length: u64) -> Result<Vec<u8>, Refusal> {
    if app.terminal(id).is_none() {
        return Err(Refusal::no_terminal(id));
    }
    // No file is so long; the system would call it a bad number.
    if i64::try_from(offset.saturating_add(MAX_RANGE)).is_err() {
        return Ok(Vec::new());
    }
    let dir = app.places.terminal_logs();
    let length = usize::try_from(length.min(MAX_RANGE)).unwrap_or(0);
    let read = spawn_blocking(move || read_range(&dir, id, offset, length)).await;
    match read.unwrap_or_else(|error| Err(io::Error::other(error))) {
        Ok(Range::Bytes(bytes)) => Ok(bytes),
        Ok(Range::Cut { resumes }) => {
            Err(Refusal::new(RefusalKind::Gone, format!("bytes {offset} to {resumes} were cut by the retention limit"))
                .hint(format!("the log goes on at offset {resumes}")))
        }
        Err(error) => Err(Refusal::new(RefusalKind::Internal, format!("cannot read the log: {error}"))),
    }
}

enum Range {
    Bytes(Vec<u8>),
    Cut { resumes: u64 },
}

fn read_range(dir: &Path, id: TerminalId, offset: u64, length: usize) -> io::Result<Range> {
    let mut reader = Reader::open(dir, id)?;
    let mut bytes = vec![0; length];
    let mut filled = 0;
    while filled < length {
        match reader.read_at(offset + filled as u64, &mut bytes[filled..])? {
            Found::Bytes(n) => filled += n,
            Found::Gap { resumes } if filled == 0 => return Ok(Range::Cut { resumes }),
            Found::Gap { .. } | Found::End => break,
        }
    }
    bytes.truncate(filled);
    Ok(Range::Bytes(bytes))
}

/// `GET /terminals/{id}/output/run`: where the output of the last run lies, and the sizes it had.
///
/// # Errors
/// Unknown terminal, unreadable log or journal.
pub async fn run(app: &App, id: TerminalId) -> Result<RunOutput, Refusal> {
    if app.terminal(id).is_none() {
        return Err(Refusal::no_terminal(id));
    }
    let dir = app.places.terminal_logs();
    let read = spawn_blocking(move || read_run(&dir, id)).await;
    read.unwrap_or_else(|error| Err(io::Error::other(error)))
        .map_err(|error| Refusal::new(RefusalKind::Internal, format!("cannot read the log: {error}")))
}

fn read_run(dir: &Path, id: TerminalId) -> io::Result<RunOutput> {
    let (kept_from, end) = Reader::open(dir, id)?.ranges()?.last().copied().unwrap_or((0, 0));
    let mut sizes: Vec<SizeAt> = Vec::new();
    journal::visit_but_inputs(&journal_path(dir, id), |record| match record {
        Record::Run { o, cols, rows, .. } => sizes = vec![SizeAt { offset: o, cols, rows }],
        // Two at one place: the later one is what was printed in.
        Record::Size { o, cols, rows, .. } => match sizes.last_mut().filter(|last| last.offset == o) {
            Some(last) => (last.cols, last.rows) = (cols, rows),
            None => sizes.push(SizeAt { offset: o, cols, rows }),
        },
        _ => {}
    })?;
    sizes.dedup_by_key(|size| (size.cols, size.rows));
    sizes.retain(|size| size.offset < end || size.offset == 0);
    let start = sizes.first().map_or(kept_from, |size| size.offset);
    Ok(RunOutput { start, kept_from, end, sizes })
}

struct Past {
    rows: Vec<Row>,
    columns: u16,
    offset: u64,
}

/// Tells a long job when whoever asked for it has gone.
#[derive(Default)]
pub struct Asker(Arc<AtomicBool>);

impl Asker {
    /// Set when the asker is dropped.
    pub fn flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.0)
    }
}

impl Drop for Asker {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// # Invariant
/// No more replays run at once than there are places; the others wait. One that nobody wants any more ends soon, and
/// its place is free when it has really ended.
async fn rebuild(app: &App, id: TerminalId, mode: Mode, lines: usize) -> Result<Past, Refusal> {
    let dir: PathBuf = app.places.terminal_logs();
    let ending = |e| Refusal::new(RefusalKind::Internal, format!("the server is ending: {e}"));
    let place = Arc::clone(&app.replays).acquire_owned().await.map_err(ending)?;
    let asker = Asker::default();
    let is_unwanted = asker.flag();
    let replaying = spawn_blocking(move || {
        let past = replay(&dir, id, mode, lines, &is_unwanted);
        drop(place);
        past
    });
    replaying
        .await
        .map_err(|e| Refusal::new(RefusalKind::Internal, format!("rebuilding the output failed: {e}")))?
        .map_err(|e| Refusal::new(RefusalKind::Internal, format!("cannot read the log: {e}")))
}

/// Parses the log's end into a fresh screen that keeps what scrolls off it.
fn replay(dir: &Path, id: TerminalId, mode: Mode, lines: usize, is_unwanted: &AtomicBool) -> io::Result<Past> {
    let mut reader = Reader::open(dir, id)?;
    let (first, end) = reader.ranges()?.last().copied().unwrap_or((0, 0));
    let (mut sizes, mut last_input) = (Vec::new(), 0);
    let mut look = |record| match record {
        Record::Run { o, cols, rows, .. } | Record::Size { o, cols, rows, .. } => {
            sizes.push((o, Size::new(cols, rows)))
        }
        // Answers to queries are nobody's input.
        Record::Input { o, src, .. } if src != "q" => last_input = o,
        _ => {}
    };
    let journal = journal_path(dir, id);
    match mode {
        Mode::Last => journal::visit(&journal, &mut look)?,
        Mode::Full | Mode::Screen => journal::visit_but_inputs(&journal, &mut look)?,
    }
    let earliest = first.max(end.saturating_sub(REBUILD));
    let start = if mode == Mode::Last { last_input.clamp(earliest, end) } else { earliest };
    let size = sizes.iter().take_while(|(o, _)| *o <= start).last().map_or(Size::new(80, 24), |(_, size)| *size);
    let mut screen = Screen::starting_at(size, start);
    screen.set_ring_limit(lines);
    let mut later = sizes.into_iter().filter(|(o, _)| *o > start).peekable();
    let mut buffer = vec![0; 64 * 1024];
    let mut at = start;
    while at < end {
        if is_unwanted.load(Ordering::Relaxed) {
            return Err(io::Error::new(io::ErrorKind::Interrupted, "nobody waits for it any more"));
        }
        while let Some((_, size)) = later.next_if(|(o, _)| *o <= at) {
            screen.resize(size);
        }
        let until = later.peek().map_or(end, |(o, _)| (*o).min(end));
        let room = usize::try_from(until - at).unwrap_or(buffer.len()).min(buffer.len());
        match reader.read_at(at, &mut buffer[..room])? {
            Found::Bytes(n) => {
                screen.feed(at, &buffer[..n]);
                at += n as u64;
            }
            _ => break,
        }
    }
    let mut rows: Vec<Row> = screen.scrolled_rows().iter().cloned().collect();
    rows.extend(screen.rows());
    Ok(Past { rows, columns: screen.size().columns, offset: at })
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;
    use std::pin::pin;

    const ID: TerminalId = TerminalId(1);

    #[tokio::test]
    async fn a_third_replay_waits_for_a_place_and_gives_it_back_when_its_client_goes() {
        let dir = tempfile::tempdir().unwrap();
        let (app, _events) = crate::server::app::for_tests(dir.path());
        let held = Arc::clone(&app.replays).acquire_many_owned(2).await.unwrap();
        let mut third = pin!(rebuild(&app, ID, Mode::Full, 10));
        assert!(third.as_mut().now_or_never().is_none());
        {
            let mut fourth = pin!(rebuild(&app, ID, Mode::Full, 10));
            assert!(fourth.as_mut().now_or_never().is_none());
        }
        drop(held);
        assert!(third.await.unwrap().rows.iter().all(|row| row.text().trim().is_empty()), "an empty log");
        let all = app.replays.acquire_many(2).await.unwrap();
        drop(all);
    }

    #[test]
    fn a_blank_where_the_screen_wraps_a_line_is_part_of_the_line() {
        let dir = tempfile::tempdir().unwrap();
        let line = format!("{} words after the wrap", "x".repeat(79));
        std::fs::write(crate::olog::segment::newest_path(dir.path(), ID), format!("{line}  \r\nend")).unwrap();
        let past = replay(dir.path(), ID, Mode::Full, 10, &AtomicBool::new(false)).unwrap();
        assert_eq!(lines_of(&past.rows, past.columns).trim_end(), format!("{line}\nend"));
    }

    #[test]
    fn a_replay_that_nobody_wants_any_more_ends() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(crate::olog::segment::newest_path(dir.path(), ID), "x".repeat(100_000)).unwrap();
        let is_unwanted = Arc::new(AtomicBool::new(false));
        let asker = Asker(Arc::clone(&is_unwanted));
        assert_eq!(replay(dir.path(), ID, Mode::Full, 10, &is_unwanted).unwrap().offset, 100_000);
        drop(asker);
        let error = replay(dir.path(), ID, Mode::Full, 10, &is_unwanted).err().unwrap();
        assert_eq!(error.kind(), io::ErrorKind::Interrupted);
    }
}
