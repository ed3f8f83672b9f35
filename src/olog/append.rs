//! The writing end of one output log: append, rotate, keep within the bound. Called by the holder only.
//! It must never say that bytes are in the log before they are, and never change a byte's offset.

use crate::base::id::TerminalId;
use crate::olog::journal::{Journal, Record};
use crate::olog::segment;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// Bounds of one log.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// A segment this long is renamed and a new one begun.
    pub segment: u64,
    /// The first and the newest segments together stay below this.
    pub total: u64,
}

pub struct Log {
    dir: PathBuf,
    terminal: TerminalId,
    limits: Limits,
    file: File,
    /// Offset of the newest segment's first byte, and of the next byte.
    first: u64,
    end: u64,
}

impl Log {
    /// Opens the log where it ends; makes the folder (0700) and the file (0600) when they are not there.
    ///
    /// # Errors
    /// When the folder or the files cannot be made or read.
    pub fn open(dir: &Path, terminal: TerminalId, limits: Limits) -> io::Result<Log> {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
        let first = segment::full_segments(dir, terminal)?.last().map_or(0, segment::Segment::end);
        let file = open_newest(dir, terminal)?;
        let end = first + file.metadata()?.len();
        Ok(Log { dir: dir.to_owned(), terminal, limits, file, first, end })
    }

    /// Offset of the next byte.
    pub fn end(&self) -> u64 {
        self.end
    }

    /// Appends as much of `bytes` as the disk takes and returns how much that was; the rest must be given again.
    ///
    /// # Errors
    /// Only when not a single byte could be written.
    pub fn append(&mut self, bytes: &[u8], journal: &mut Journal) -> io::Result<usize> {
        let mut written = 0;
        while written < bytes.len() {
            if self.end - self.first >= self.limits.segment
                && let Err(error) = self.rotate(journal)
            {
                return if written == 0 { Err(error) } else { Ok(written) };
            }
            let room = usize::try_from(self.limits.segment - (self.end - self.first)).unwrap_or(usize::MAX);
            let piece = &bytes[written..bytes.len().min(written.saturating_add(room))];
            match self.file.write(piece) {
                Ok(0) => return if written == 0 { Err(io::ErrorKind::WriteZero.into()) } else { Ok(written) },
                Ok(n) => {
                    written += n;
                    self.end += n as u64;
                }
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return if written == 0 { Err(e) } else { Ok(written) },
            }
        }
        Ok(written)
    }

    fn rotate(&mut self, journal: &mut Journal) -> io::Result<()> {
        let full = segment::full_path(&self.dir, self.terminal, self.first);
        match fs::rename(segment::newest_path(&self.dir, self.terminal), &full) {
            // Renamed by an earlier try that then could not make the new file.
            Err(e) if e.kind() == io::ErrorKind::NotFound && full.exists() => {}
            other => other?,
        }
        self.file = open_newest(&self.dir, self.terminal)?;
        self.first = self.end;
        // A missing record is no loss: readers go by the segments themselves.
        let _ = journal.append(&Record::Segment { o: self.first });
        self.cut(journal)
    }

    /// Removes the oldest segments but the first one while all together are over the bound.
    fn cut(&mut self, journal: &mut Journal) -> io::Result<()> {
        let segments = segment::full_segments(&self.dir, self.terminal)?;
        let mut total: u64 = segments.iter().map(|s| s.length).sum::<u64>() + self.limits.segment;
        // The newest full segment stays: the offset of the growing one is known by it.
        let cuttable = segments.len().saturating_sub(1);
        for old in segments.iter().take(cuttable).skip(1) {
            if total <= self.limits.total {
                break;
            }
            // The gap is recorded first: a record without a gap is harmless, a gap without a record is not.
            journal.append(&Record::Cut { from: old.first, to: old.end() })?;
            fs::remove_file(&old.path)?;
            total -= old.length;
        }
        Ok(())
    }
}

fn open_newest(dir: &Path, terminal: TerminalId) -> io::Result<File> {
    OpenOptions::new().create(true).append(true).mode(0o600).open(segment::newest_path(dir, terminal))
}
