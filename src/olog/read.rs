//! The reading end of one output log, by absolute offset. Called by servers and tools, also while a holder writes.
//! It must never give a byte under a wrong offset, and says a gap where bytes were cut.

use crate::base::id::TerminalId;
use crate::olog::segment::{self, Segment};
use std::fs::File;
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};

/// What lies at an offset.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Found {
    /// So many bytes were read, at least one.
    Bytes(usize),
    /// Cut by the retention limit; the log goes on at this offset.
    Gap { resumes: u64 },
    /// Not written yet.
    End,
}

pub struct Reader {
    dir: PathBuf,
    terminal: TerminalId,
    full: Vec<Segment>,
    /// The growing segment: its first offset, its inode, the open file.
    newest: Option<(u64, u64, File)>,
    /// The full segment read last.
    open: Option<(u64, File)>,
}

impl Reader {
    /// A log that does not exist yet is empty.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn open(dir: &Path, terminal: TerminalId) -> io::Result<Reader> {
        let mut reader = Reader { dir: dir.to_owned(), terminal, full: Vec::new(), newest: None, open: None };
        reader.refresh()?;
        Ok(reader)
    }

    /// Reads at `offset` into `buffer`, not across the border of two segments.
    ///
    /// # Errors
    /// Whatever the disk says.
    pub fn read_at(&mut self, offset: u64, buffer: &mut [u8]) -> io::Result<Found> {
        if buffer.is_empty() {
            return Ok(Found::Bytes(0));
        }
        if let Some(found) = self.try_read(offset, buffer)? {
            return Ok(found);
        }
        // Not where we know of: a segment was begun or cut since we looked.
        self.refresh()?;
        Ok(self.try_read(offset, buffer)?.unwrap_or(Found::End))
    }

    /// Offset behind the last byte.
    ///
    /// # Errors
    /// Whatever the disk says.
    pub fn end(&mut self) -> io::Result<u64> {
        self.refresh()?;
        match &self.newest {
            Some((first, _, file)) => Ok(first + file.metadata()?.len()),
            None => Ok(self.full.last().map_or(0, Segment::end)),
        }
    }

    /// The offsets that can be read, as ranges from oldest to newest.
    ///
    /// # Errors
    /// Whatever the disk says.
    pub fn ranges(&mut self) -> io::Result<Vec<(u64, u64)>> {
        let end = self.end()?;
        let mut ranges: Vec<(u64, u64)> = Vec::new();
        let newest = self.newest.as_ref().map(|(first, _, _)| (*first, end));
        for (from, to) in self.full.iter().map(|s| (s.first, s.end())).chain(newest) {
            match ranges.last_mut() {
                Some(last) if last.1 == from => last.1 = to,
                _ => ranges.push((from, to)),
            }
        }
        ranges.retain(|(from, to)| from < to);
        Ok(ranges)
    }

    fn try_read(&mut self, offset: u64, buffer: &mut [u8]) -> io::Result<Option<Found>> {
        if let Some((first, _, file)) = &self.newest
            && offset >= *first
        {
            let n = file.read_at(buffer, offset - first)?;
            return Ok((n > 0).then_some(Found::Bytes(n)));
        }
        let index = self.full.partition_point(|s| s.end() <= offset);
        let Some(segment) = self.full.get(index) else { return Ok(None) };
        if offset < segment.first {
            return Ok(Some(Found::Gap { resumes: segment.first }));
        }
        if self.open.as_ref().is_none_or(|(first, _)| *first != segment.first) {
            match File::open(&segment.path) {
                Ok(file) => self.open = Some((segment.first, file)),
                // Cut just now.
                Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
                Err(e) => return Err(e),
            }
        }
        let Some((first, file)) = &self.open else { return Ok(None) };
        let room = usize::try_from(segment.end() - offset).unwrap_or(usize::MAX).min(buffer.len());
        let n = file.read_at(&mut buffer[..room], offset - first)?;
        Ok((n > 0).then_some(Found::Bytes(n)))
    }

    /// Looks at the folder again.
    ///
    /// # Invariant
    /// The newest segment's first offset is the end of the last full one. A rename between opening the newest
    /// and listing the full ones would break that, so the newest is opened first and the pair is taken only when
    /// its inode still has the newest's name afterwards.
    fn refresh(&mut self) -> io::Result<()> {
        let path = segment::newest_path(&self.dir, self.terminal);
        loop {
            let newest = match File::open(&path) {
                Ok(file) => Some((file.metadata()?.ino(), file)),
                Err(e) if e.kind() == io::ErrorKind::NotFound => None,
                Err(e) => return Err(e),
            };
            let full = segment::full_segments(&self.dir, self.terminal)?;
            let now = std::fs::metadata(&path).ok().map(|m| m.ino());
            if newest.as_ref().map(|(inode, _)| *inode) == now {
                let first = full.last().map_or(0, Segment::end);
                self.full = full;
                self.newest = newest.map(|(inode, file)| (first, inode, file));
                return Ok(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::olog::append::{Limits, Log};
    use crate::olog::journal::{self, Journal, Record};

    const ID: TerminalId = TerminalId(0xab);

    fn read_all(reader: &mut Reader) -> (Vec<u8>, Vec<(u64, u64)>) {
        let (mut bytes, mut gaps, mut offset) = (Vec::new(), Vec::new(), 0);
        let mut buffer = [0; 7];
        loop {
            match reader.read_at(offset, &mut buffer).unwrap() {
                Found::Bytes(n) => {
                    bytes.extend_from_slice(&buffer[..n]);
                    offset += n as u64;
                }
                Found::Gap { resumes } => {
                    gaps.push((offset, resumes));
                    offset = resumes;
                }
                Found::End => return (bytes, gaps),
            }
        }
    }

    #[test]
    fn offsets_go_on_over_segments_and_restarts() {
        let dir = tempfile::tempdir().unwrap();
        let mut journal = Journal::open(&segment::journal_path(dir.path(), ID)).unwrap();
        let limits = Limits { segment: 10, total: 1000 };
        let mut reader = Reader::open(dir.path(), ID).unwrap();
        let mut expected = Vec::new();
        for round in 0..5u8 {
            let mut log = Log::open(dir.path(), ID, limits).unwrap();
            let piece: Vec<u8> = (0..13).map(|i| b'a' + (round * 13 + i) % 26).collect();
            assert_eq!(log.append(&piece, &mut journal).unwrap(), 13);
            expected.extend_from_slice(&piece);
            assert_eq!(log.end(), expected.len() as u64);
            assert_eq!(read_all(&mut reader), (expected.clone(), vec![]));
        }
        assert_eq!(Reader::open(dir.path(), ID).unwrap().ranges().unwrap(), [(0, 65)]);
    }

    #[test]
    fn what_is_cut_is_a_recorded_gap() {
        let dir = tempfile::tempdir().unwrap();
        let path = segment::journal_path(dir.path(), ID);
        let mut journal = Journal::open(&path).unwrap();
        let mut log = Log::open(dir.path(), ID, Limits { segment: 10, total: 45 }).unwrap();
        let all: Vec<u8> = (0..120).map(|i| b'a' + i % 26).collect();
        log.append(&all, &mut journal).unwrap();
        let mut reader = Reader::open(dir.path(), ID).unwrap();
        let ranges = reader.ranges().unwrap();
        assert_eq!(ranges.len(), 2, "{ranges:?}");
        assert_eq!(ranges[0], (0, 10), "the first segment stays");
        assert_eq!(ranges[1].1, 120);
        let (bytes, gaps) = read_all(&mut reader);
        assert_eq!(gaps, [(10, ranges[1].0)]);
        assert_eq!(&bytes[10..], &all[ranges[1].0 as usize..]);
        let cut: u64 = journal::read_all(&path)
            .unwrap()
            .iter()
            .map(|r| if let Record::Cut { from, to } = r { to - from } else { 0 })
            .sum();
        assert_eq!(cut, ranges[1].0 - 10);
    }
}
