//! One terminal's screen as the server keeps it: derived from the log, parsed in slices, checkpointed, and rebuilt
//! at any time. Owned by a terminal's shared state, fed by the I/O thread (echoes) or the parse worker (floods).
//!
//! # Invariant
//! A live screen and a replayed one are the same: sizes change at the log offset that the journal names.

use crate::base::clock::Millis;
use crate::base::id::TerminalId;
use crate::core::screen::{Notice, Reply, Screen, Size};
use crate::olog::journal::{self, Record, TIME_MARK_MS};
use crate::olog::read::{Found, Reader};
use crate::olog::segment::journal_path;
use std::collections::VecDeque;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// One slice of parsing: about a millisecond of work, after which another pane may have its turn.
const SLICE: usize = 64 * 1024;
/// One slice when far behind: most of a flood scrolls away unseen and costs next to nothing, the more of it is seen at
/// once; what does not is still parsed within a few milliseconds.
const FLOOD: usize = 256 * 1024;
/// After so many parsed bytes a checkpoint is worth its 30 KiB: replaying them costs a few milliseconds.
const CHECKPOINT_QUIET: u64 = 64 * 1024;
/// In a flood that never settles.
const CHECKPOINT_BUSY: u64 = 4 * 1024 * 1024;
/// A screen without a checkpoint is rebuilt from at most this much of its log's end.
const REPLAY: u64 = 32 * 1024 * 1024;

/// A size that holds from an offset on.
#[derive(Clone, Copy, Debug)]
struct SizeMark {
    offset: u64,
    size: Size,
}

/// What one slice brought.
#[derive(Default)]
pub struct Outcome {
    pub replies: Vec<Reply>,
    pub notices: Vec<Notice>,
    pub is_changed: bool,
    /// More of the log is waiting.
    pub has_more: bool,
    /// The newest run of the program began behind this slice: it tells of another process.
    pub is_before_run: bool,
}

pub struct Pane {
    terminal: TerminalId,
    dir: PathBuf,
    pub screen: Screen,
    reader: Reader,
    /// Known end of the log.
    end: u64,
    sizes: VecDeque<SizeMark>,
    checkpointed: u64,
    buffer: Vec<u8>,
    /// Where the newest run of the program begins.
    run_start: u64,
    /// An open synchronized update began then.
    pub synchronized_since: Option<Instant>,
}

impl Pane {
    /// Opens a terminal's screen from its checkpoint, or from its log. Parses nothing yet.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn open(dir: &Path, terminal: TerminalId) -> io::Result<Pane> {
        let mut reader = Reader::open(dir, terminal)?;
        let mut marks = Vec::new();
        let mut run_start = 0;
        journal::visit_but_inputs(&journal_path(dir, terminal), |record| {
            if let Record::Run { o, .. } = record {
                run_start = o;
            }
            if let Record::Run { o, cols, rows, .. } | Record::Size { o, cols, rows, .. } = record {
                marks.push(SizeMark { offset: o, size: Size::new(cols, rows) });
            }
        })?;
        let ranges = reader.ranges()?;
        let (first, end) = ranges.last().copied().unwrap_or((0, 0));
        let checkpoint = fs::read(checkpoint_path(dir, terminal))
            .ok()
            .and_then(|bytes| Screen::restore(&bytes).ok())
            .filter(|screen| screen.offset() >= first && screen.offset() <= end);
        let screen = checkpoint.unwrap_or_else(|| {
            let start = first.max(end.saturating_sub(REPLAY));
            let size = marks.iter().take_while(|m| m.offset <= start).last().map_or(Size::new(80, 24), |m| m.size);
            Screen::starting_at(size, start)
        });
        let from = screen.offset();
        let mut sizes: VecDeque<SizeMark> = marks.iter().copied().filter(|m| m.offset >= from).collect();
        // Several at the checkpoint's own offset: the last one holds, and so does one before it that the
        // checkpoint may not have seen.
        if let Some(current) = marks.iter().take_while(|m| m.offset <= from).last() {
            sizes.push_front(*current);
        }
        Ok(Pane {
            terminal,
            dir: dir.to_owned(),
            checkpointed: from,
            screen,
            reader,
            end,
            sizes,
            buffer: Vec::new(),
            run_start,
            synchronized_since: None,
        })
    }

    /// A screen for a look at an earlier moment: from its log alone, at most `before` bytes of it up to `until`.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn open_until(dir: &Path, terminal: TerminalId, until: u64, before: u64) -> io::Result<Pane> {
        let mut reader = Reader::open(dir, terminal)?;
        let mut marks = Vec::new();
        let mut run_start = 0;
        journal::visit_but_inputs(&journal_path(dir, terminal), |record| {
            if let Record::Run { o, .. } = record
                && o <= until
            {
                run_start = o;
            }
            if let Record::Run { o, cols, rows, .. } | Record::Size { o, cols, rows, .. } = record {
                marks.push(SizeMark { offset: o, size: Size::new(cols, rows) });
            }
        })?;
        let (first, end) = reader.ranges()?.last().copied().unwrap_or((0, 0));
        let end = end.min(until);
        let start = first.max(end.saturating_sub(before)).max(run_start).min(end);
        let size = marks.iter().take_while(|m| m.offset <= start).last().map_or(Size::new(80, 24), |m| m.size);
        Ok(Pane {
            terminal,
            dir: dir.to_owned(),
            screen: Screen::starting_at(size, start),
            reader,
            end,
            sizes: marks.into_iter().filter(|m| m.offset > start && m.offset < end).collect(),
            checkpointed: start,
            buffer: Vec::new(),
            run_start,
            synchronized_since: None,
        })
    }

    /// The log is known to reach this far.
    pub fn extend(&mut self, end: u64) {
        self.end = self.end.max(end);
    }

    /// The PTY has this size from `offset` on.
    pub fn resized(&mut self, offset: u64, columns: u16, rows: u16) {
        self.sizes.push_back(SizeMark { offset, size: Size::new(columns, rows) });
    }

    /// What is on the screen was printed by an earlier run of the program, if by any.
    pub fn is_before_run(&self) -> bool {
        self.run_start > 0 && self.screen.offset() <= self.run_start
    }

    /// Nothing that was printed has been looked at yet.
    pub fn is_new(&self) -> bool {
        self.screen.offset() == 0
    }

    pub fn is_behind(&self) -> bool {
        self.screen.offset() < self.end || self.sizes.front().is_some_and(|m| m.offset <= self.screen.offset())
    }

    /// Parses bytes that came with the doorbell. `None`: they are not the next ones, read the log instead.
    pub fn feed_inline(&mut self, start: u64, bytes: &[u8]) -> Option<Outcome> {
        if start != self.screen.offset() || self.sizes.front().is_some_and(|m| m.offset < start + bytes.len() as u64) {
            return None;
        }
        let before = self.screen.revision();
        self.screen.feed(start, bytes);
        self.extend(start + bytes.len() as u64);
        Some(self.outcome(before))
    }

    /// A slice for looks beside what is told: a report comes with its picture, give or take so much.
    pub const LOOK: usize = 512;

    /// Parses the next slice of the log.
    pub fn advance(&mut self) -> Outcome {
        self.advance_by(FLOOD)
    }

    /// The same, `most` bytes of it.
    pub fn advance_by(&mut self, most: usize) -> Outcome {
        let before = self.screen.revision();
        let at = self.screen.offset();
        let mut limit = self.end;
        while let Some(mark) = self.sizes.front().copied() {
            if mark.offset > at {
                limit = limit.min(mark.offset);
                break;
            }
            self.sizes.pop_front();
            if mark.size != self.screen.size() {
                self.screen.resize(mark.size);
            }
        }
        if at < limit {
            let waiting = usize::try_from(limit - at).unwrap_or(usize::MAX);
            let length = waiting.min(if waiting > FLOOD { FLOOD } else { SLICE }).min(most);
            self.buffer.resize(length, 0);
            match self.reader.read_at(at, &mut self.buffer[..length]) {
                Ok(Found::Bytes(n)) => self.screen.feed(at, &self.buffer[..n]),
                Ok(Found::Gap { resumes }) => {
                    // Cut while we were behind: the screen goes on behind the gap, from a clean state.
                    self.screen = Screen::starting_at(self.screen.size(), resumes);
                }
                Ok(Found::End) | Err(_) => self.end = at,
            }
        }
        if !self.is_behind() {
            // A quiet pane keeps no buffer.
            self.buffer = Vec::new();
        }
        self.outcome(before)
    }

    fn outcome(&mut self, before: u64) -> Outcome {
        match (self.screen.synchronized(), self.synchronized_since) {
            (true, None) => self.synchronized_since = Some(Instant::now()),
            (false, Some(_)) => self.synchronized_since = None,
            _ => {}
        }
        Outcome {
            replies: self.screen.take_replies(),
            notices: self.screen.take_notices(),
            is_changed: self.screen.revision() != before,
            has_more: self.is_behind(),
            is_before_run: self.is_before_run(),
        }
    }

    /// Whether a checkpoint is due; `settled` when nothing was printed for a moment.
    pub fn wants_checkpoint(&self, settled: bool) -> bool {
        let grown = self.screen.offset().saturating_sub(self.checkpointed);
        grown >= if settled { CHECKPOINT_QUIET } else { CHECKPOINT_BUSY }
    }

    /// Bytes parsed since the last checkpoint.
    pub fn has_news(&self) -> bool {
        self.screen.offset() > self.checkpointed
    }

    /// The checkpoint to write, and where. Writing is the caller's business, outside of any lock.
    pub fn checkpoint(&mut self) -> (PathBuf, Vec<u8>) {
        self.checkpointed = self.screen.offset();
        (checkpoint_path(&self.dir, self.terminal), self.screen.checkpoint())
    }

    /// The end of what was printed until this time, by the journal (to a second).
    pub fn offset_until(&self, at: Millis) -> u64 {
        let mut offset = 0;
        let mut is_later = false;
        let _ = journal::visit_but_inputs(&journal_path(&self.dir, self.terminal), |record| {
            if let Some((o, t)) = time_mark(&record)
                && !is_later
            {
                offset = o;
                is_later = t > at;
            }
        });
        if is_later { offset } else { self.end }
    }

    /// The first offset whose bytes are younger than `since` (by up to one time mark), by the journal: queries before
    /// it are too old to be answered. What stands behind a mark was printed within [`TIME_MARK_MS`] of it.
    pub fn offset_at(&self, since: Millis) -> u64 {
        let path = journal_path(&self.dir, self.terminal);
        let mut marks = match journal::newest(&path) {
            Ok((records, is_all)) => {
                let marks: Vec<_> = records.iter().filter_map(time_mark).collect();
                // Only a mark that is old enough itself says that what stands before it is, too.
                let reaches_back = marks.first().is_some_and(|(_, t)| t + TIME_MARK_MS <= since);
                (is_all || reaches_back).then_some(marks)
            }
            Err(_) => None,
        };
        if marks.is_none() {
            let mut all = Vec::new();
            let _ = journal::visit_but_inputs(&path, |record| all.extend(time_mark(&record)));
            marks = Some(all);
        }
        let (mut offset, mut is_old) = (0, false);
        for (o, t) in marks.unwrap_or_default() {
            if is_old {
                offset = o;
            }
            is_old = t + TIME_MARK_MS <= since;
        }
        // What the run before asked is not for the program that runs now.
        if is_old { self.end } else { offset.max(self.run_start) }
    }
}

/// Offset and time of a record that tells when something was printed.
fn time_mark(record: &Record) -> Option<(u64, Millis)> {
    match record {
        Record::Time { o, t } | Record::Run { o, t, .. } => Some((*o, *t)),
        _ => None,
    }
}

pub fn checkpoint_path(dir: &Path, terminal: TerminalId) -> PathBuf {
    dir.join(format!("{terminal}.screen"))
}

/// Writes a checkpoint so that a reader sees the old one or the new one, never half of it.
pub fn write_checkpoint(path: &Path, bytes: &[u8]) -> io::Result<()> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let fresh = path.with_extension("screen-new");
    let mut file = fs::OpenOptions::new().create(true).write(true).truncate(true).mode(0o600).open(&fresh)?;
    file.write_all(bytes)?;
    crate::base::pause::here("checkpoint-before-rename");
    fs::rename(fresh, path)
}
