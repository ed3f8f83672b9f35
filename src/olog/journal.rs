//! The journal `<id>.idx`: runs, segment starts, gaps, resizes, times, inputs with their ids, exits.
//! Written by the holder only, read by servers and tools. One JSON object a line, so a line cut off by a crash is
//! skipped and unknown kinds and fields are passed over. Input bytes are kept only for messages and decisions.

use crate::base::clock::Millis;
use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Write};
use std::os::fd::AsRawFd;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// One line. `o` is a log offset, `t` wall-clock milliseconds.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "k", rename_all = "snake_case")]
pub enum Record {
    /// A program starts at this offset, at this size.
    Run { o: u64, t: Millis, run: u32, pid: u32, cols: u16, rows: u16 },
    /// A segment starts.
    Segment { o: u64 },
    /// These bytes were cut by the retention limit.
    Cut { from: u64, to: u64 },
    /// The size from this offset on.
    Size { o: u64, t: Millis, cols: u16, rows: u16 },
    /// At this time the log ended here. At most one a second.
    Time { o: u64, t: Millis },
    /// An input was given to the PTY: its id, length and the first 16 hex digits of its SHA-256.
    Input {
        o: u64,
        t: Millis,
        src: String,
        seq: u64,
        n: u64,
        h: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        text: Option<String>,
    },
    /// The program ended.
    Exit { o: u64, t: Millis, code: Option<i32>, signal: Option<i32> },
    /// Written by a later version.
    #[serde(other)]
    Unknown,
}

/// No output is appended later than this behind a [`Record::Time`]: fine enough to jump to a time, a few MB a year.
pub const TIME_MARK_MS: u64 = 1000;

/// How a record of an input begins: the tag is always written first. One that began otherwise would only be read for
/// nothing.
const INPUT_LINE: &[u8] = b"{\"k\":\"input\",";
/// What [`newest`] reads: the records of the last seconds, also of a fast typist.
const TAIL: u64 = 64 * 1024;
/// Fewer and larger reads of a file that may be long.
const READ_AHEAD: usize = 64 * 1024;

/// How much of the disk the journal holds in advance, so that inputs and an exit can still be recorded when the
/// disk is full: several hundred records.
const RESERVE: u64 = 64 * 1024;

/// The journal, opened for appending.
pub struct Journal {
    file: File,
    length: u64,
    reserved_to: u64,
}

impl Journal {
    /// # Errors
    /// When the file cannot be opened or created (0600).
    pub fn open(path: &Path) -> io::Result<Journal> {
        let file = OpenOptions::new().create(true).append(true).read(true).mode(0o600).open(path)?;
        let length = file.metadata()?.len();
        let mut journal = Journal { file, length, reserved_to: 0 };
        journal.reserve();
        // A line cut off by a crash must not swallow the next record.
        if length > 0 && last_byte(path)? != b'\n' {
            journal.file.write_all(b"\n")?;
            journal.length += 1;
        }
        Ok(journal)
    }

    /// # Errors
    /// When the line could not be written whole.
    pub fn append(&mut self, record: &Record) -> io::Result<()> {
        let mut line = serde_json::to_vec(record)?;
        line.push(b'\n');
        if let Err(error) = self.file.write_all(&line) {
            // Half a line would spoil the next one: take it back.
            let _ = self.file.set_len(self.length);
            return Err(error);
        }
        self.length += line.len() as u64;
        if self.length + RESERVE / 2 > self.reserved_to {
            self.reserve();
        }
        Ok(())
    }

    /// Asks the file system to keep room behind the end; the visible size stays. Refusal is no error: there are
    /// file systems that cannot.
    fn reserve(&mut self) {
        let (Ok(from), Ok(length)) = (libc::off_t::try_from(self.length), libc::off_t::try_from(RESERVE)) else {
            return;
        };
        // SAFETY: fallocate on a descriptor we own, with a range behind its end; it touches no memory of ours.
        if unsafe { libc::fallocate(self.file.as_raw_fd(), libc::FALLOC_FL_KEEP_SIZE, from, length) } == 0 {
            self.reserved_to = self.length + RESERVE;
        }
    }
}

fn last_byte(path: &Path) -> io::Result<u8> {
    use std::io::{Read, Seek, SeekFrom};
    let mut file = File::open(path)?;
    file.seek(SeekFrom::End(-1))?;
    let mut byte = [0];
    file.read_exact(&mut byte)?;
    Ok(byte[0])
}

/// All records that can be read, oldest first; damaged lines are skipped. A missing file has none.
///
/// # Errors
/// When the file exists and cannot be read.
pub fn read_all(path: &Path) -> io::Result<Vec<Record>> {
    let mut records = Vec::new();
    visit(path, |record| records.push(record))?;
    Ok(records)
}

/// As [`read_all`], without keeping them.
///
/// # Errors
/// When the file exists and cannot be read.
pub fn visit(path: &Path, each: impl FnMut(Record)) -> io::Result<()> {
    let Some(file) = open_for_reading(path)? else { return Ok(()) };
    visit_lines(BufReader::new(file), |_| true, each)
}

/// As [`visit`], but for inputs: nearly every line of a long journal is one, and reading it without them takes an eighth
/// of the time (measured: 55 ms instead of 420 ms for 100 MB).
///
/// # Errors
/// When the file exists and cannot be read.
pub fn visit_but_inputs(path: &Path, each: impl FnMut(Record)) -> io::Result<()> {
    let Some(file) = open_for_reading(path)? else { return Ok(()) };
    visit_lines(BufReader::with_capacity(READ_AHEAD, file), |line| !line.starts_with(INPUT_LINE), each)
}

/// The records of the journal's end, oldest first, and whether they are all there are.
///
/// # Errors
/// When the file exists and cannot be read.
pub fn newest(path: &Path) -> io::Result<(Vec<Record>, bool)> {
    use std::io::{Seek, SeekFrom};
    let Some(mut file) = open_for_reading(path)? else { return Ok((Vec::new(), true)) };
    let start = file.metadata()?.len().saturating_sub(TAIL);
    file.seek(SeekFrom::Start(start))?;
    let mut reader = BufReader::with_capacity(READ_AHEAD, file);
    if start > 0 {
        // The rest of a line that began before.
        reader.read_until(b'\n', &mut Vec::new())?;
    }
    let mut records = Vec::new();
    visit_lines(reader, |_| true, |record| records.push(record))?;
    Ok((records, start == 0))
}

fn open_for_reading(path: &Path) -> io::Result<Option<File>> {
    match File::open(path) {
        Ok(file) => Ok(Some(file)),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(e),
    }
}

fn visit_lines(
    mut reader: impl BufRead,
    is_wanted: impl Fn(&[u8]) -> bool,
    mut each: impl FnMut(Record),
) -> io::Result<()> {
    let mut line = Vec::new();
    loop {
        line.clear();
        if reader.read_until(b'\n', &mut line)? == 0 {
            return Ok(());
        }
        if is_wanted(&line)
            && let Ok(record) = serde_json::from_slice(&line)
        {
            each(record);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_half_line_and_unknown_kinds_are_passed_over() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.idx");
        let mut journal = Journal::open(&path).unwrap();
        journal.append(&Record::Time { o: 1, t: 2 }).unwrap();
        drop(journal);
        let mut file = OpenOptions::new().append(true).open(&path).unwrap();
        file.write_all(b"{\"k\":\"comet\",\"o\":1}\n{\"k\":\"time\",\"o\":9").unwrap();
        let mut journal = Journal::open(&path).unwrap();
        journal.append(&Record::Cut { from: 0, to: 5 }).unwrap();
        assert_eq!(
            read_all(&path).unwrap(),
            [Record::Time { o: 1, t: 2 }, Record::Unknown, Record::Cut { from: 0, to: 5 }]
        );
    }

    #[test]
    fn inputs_are_passed_over_and_the_end_is_read_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.idx");
        assert_eq!(newest(&path).unwrap(), (vec![], true), "no journal yet");
        let mut journal = Journal::open(&path).unwrap();
        let run = Record::Run { o: 0, t: 1, run: 1, pid: 2, cols: 3, rows: 4 };
        journal.append(&run).unwrap();
        assert_eq!(newest(&path).unwrap(), (vec![run.clone()], true));
        let input =
            |seq| Record::Input { o: 9, t: 2, src: "k:x".into(), seq, n: 1, h: "00".into(), text: Some("}".into()) };
        for sequence in 0..2000 {
            journal.append(&input(sequence)).unwrap();
        }
        let last = Record::Time { o: 9, t: 3 };
        journal.append(&last).unwrap();
        let mut found = Vec::new();
        visit_but_inputs(&path, |record| found.push(record)).unwrap();
        assert_eq!(found, [run, last.clone()]);
        let (newest, is_all) = newest(&path).unwrap();
        assert!(!is_all && newest.len() > 500 && newest.len() < 2000, "{}", newest.len());
        assert_eq!((&newest[newest.len() - 2], &newest[newest.len() - 1]), (&input(1999), &last));
    }
}
