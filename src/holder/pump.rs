//! The data paths of a holder: PTY → log, and inputs → journal → PTY. Called by the holder's loop.
//!
//! # Invariant
//! Output reaches the log before anyone is told; an input is journalled before its first byte is typed. When the
//! disk refuses, what was read waits in memory, reading stops, and the program is held back by its full PTY.

use crate::base::clock::now_ms;
use crate::holder::inputs::TypedInputs;
use crate::holder::poll::readable_within;
use crate::olog::append::Log;
use crate::olog::journal::{Journal, Record, TIME_MARK_MS};
use crate::proto::holder::{InputDone, InputHead, InputOutcome};
use crate::pty::open;
use sha2::{Digest, Sha256};
use std::collections::VecDeque;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::time::{Duration, Instant};

/// One gathered read: what the measurements of the log path found best (`perf.md`, part 2).
const GATHER: usize = 60 * 1024;
/// How long to gather. A flood's next piece comes within this; a lone echo is not gathered at all.
const GATHER_FOR: Duration = Duration::from_micros(200);
/// A read at least this long is part of a flood: the kernel hands out 4 KiB at a time.
const FLOOD: usize = 2048;
/// Input that a program has not read yet: a paste of several MiB fits, a runaway sender does not.
const MAX_WAITING: usize = 8 * 1024 * 1024;

/// An input on its way into the PTY.
struct Waiting {
    head: InputHead,
    bytes: Vec<u8>,
    typed: usize,
    /// Which connection wants to know.
    asker: u64,
}

pub struct Pump {
    pub master: Option<OwnedFd>,
    pub log: Log,
    pub journal: Journal,
    typed: TypedInputs,
    buffer: Vec<u8>,
    /// Bytes read from the PTY that the disk has not taken yet, from the front of `buffer`.
    unwritten: usize,
    pub disk_error: Option<String>,
    waiting: VecDeque<Waiting>,
    waiting_bytes: usize,
    last_mark: u64,
}

/// What one turn of the output path did.
pub enum Read {
    /// The log grew by the last so many bytes of the returned slice of the buffer.
    Grew,
    Nothing,
    /// The program's side is closed for good.
    Closed,
}

impl Pump {
    pub fn new(master: OwnedFd, log: Log, journal: Journal, typed: TypedInputs) -> Pump {
        Pump {
            master: Some(master),
            log,
            journal,
            typed,
            buffer: Vec::new(),
            unwritten: 0,
            disk_error: None,
            waiting: VecDeque::new(),
            waiting_bytes: 0,
            last_mark: 0,
        }
    }

    pub fn wants_read(&self) -> bool {
        self.master.is_some() && self.disk_error.is_none()
    }

    pub fn wants_write(&self) -> bool {
        self.master.is_some() && !self.waiting.is_empty()
    }

    /// Reads once from the PTY, gathering a flood, and appends. Returns how many bytes reached the log in one
    /// piece: [`Pump::fresh`] gives them.
    pub fn read(&mut self) -> (Read, usize) {
        if self.buffer.is_empty() {
            self.buffer.resize(GATHER + 4096, 0);
        }
        let mut closed = false;
        if self.unwritten == 0 {
            let began = Instant::now();
            while self.unwritten < GATHER {
                let Some(master) = &self.master else { break };
                match read_fd(master, &mut self.buffer[self.unwritten..]) {
                    Ok(0) => {
                        closed = true;
                        break;
                    }
                    Ok(n) => {
                        self.unwritten += n;
                        if self.unwritten < FLOOD {
                            break;
                        }
                    }
                    Err(e) if e.kind() == io::ErrorKind::WouldBlock => {
                        let left = GATHER_FOR.saturating_sub(began.elapsed());
                        if self.unwritten == 0 || left.is_zero() || !readable_within(master, left) {
                            break;
                        }
                    }
                    Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                    // EIO: every descriptor of the program's side is closed.
                    Err(_) => {
                        closed = true;
                        break;
                    }
                }
            }
        }
        if closed {
            self.master = None;
        }
        let fresh = self.write_out();
        let kind = if fresh > 0 {
            Read::Grew
        } else if closed {
            Read::Closed
        } else {
            Read::Nothing
        };
        (kind, fresh)
    }

    /// Gives the disk what waits. On refusal the rest is kept for the next try.
    fn write_out(&mut self) -> usize {
        if self.unwritten == 0 {
            return 0;
        }
        let now = now_ms();
        if now.saturating_sub(self.last_mark) >= TIME_MARK_MS
            && self.journal.append(&Record::Time { o: self.log.end(), t: now }).is_ok()
        {
            self.last_mark = now;
        }
        match self.log.append(&self.buffer[..self.unwritten], &mut self.journal) {
            Ok(n) if n == self.unwritten => {
                self.unwritten = 0;
                self.disk_error = None;
                n
            }
            Ok(n) => {
                // What was written is told as a doorbell without bytes; the rest moves to the front.
                self.buffer.copy_within(n..self.unwritten, 0);
                self.unwritten -= n;
                self.disk_error = Some("the log could not be written whole".into());
                0
            }
            Err(error) => {
                self.disk_error = Some(error.to_string());
                0
            }
        }
    }

    /// The last `length` bytes that [`Pump::read`] put into the log.
    pub fn fresh(&self, length: usize) -> &[u8] {
        self.buffer.get(..length).unwrap_or_default()
    }

    /// Bytes that the disk has not taken yet.
    pub fn is_holding_back(&self) -> bool {
        self.unwritten > 0
    }

    /// Takes an input: refused, known, or journalled and queued. `None`: the outcome comes from [`Pump::write`].
    pub fn input(&mut self, head: InputHead, bytes: Vec<u8>, asker: u64) -> Option<InputOutcome> {
        if self.typed.is_typed(&head.source, head.sequence) {
            return Some(InputOutcome::Duplicate);
        }
        let Some(master) = &self.master else { return Some(InputOutcome::Gone) };
        if self.waiting_bytes + bytes.len() > MAX_WAITING {
            return Some(InputOutcome::Busy);
        }
        let text = (head.keep && open::echoes(master)).then(|| String::from_utf8_lossy(&bytes).into_owned());
        let digest = Sha256::digest(&bytes);
        let record = Record::Input {
            o: self.log.end(),
            t: now_ms(),
            src: head.source.clone(),
            seq: head.sequence,
            n: bytes.len() as u64,
            h: digest[..8].iter().map(|b| format!("{b:02x}")).collect(),
            text,
        };
        if self.journal.append(&record).is_err() {
            return Some(InputOutcome::Failed);
        }
        self.typed.note(&head.source, head.sequence);
        self.waiting_bytes += bytes.len();
        self.waiting.push_back(Waiting { head, bytes, typed: 0, asker });
        None
    }

    /// Types what the PTY takes; returns the inputs that are in it whole now, with who asked.
    pub fn write(&mut self) -> Vec<(u64, InputDone)> {
        let mut done = Vec::new();
        while let (Some(master), Some(input)) = (&self.master, self.waiting.front_mut()) {
            if input.typed < input.bytes.len() {
                match write_fd(master, &input.bytes[input.typed..]) {
                    Ok(n) => {
                        input.typed += n;
                        self.waiting_bytes -= n;
                    }
                    Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                    // Full, or closed: a closed one is found by reading.
                    Err(_) => break,
                }
            }
            if input.typed == input.bytes.len()
                && let Some(input) = self.waiting.pop_front()
            {
                let outcome = InputOutcome::Typed;
                done.push((
                    input.asker,
                    InputDone { source: input.head.source, sequence: input.head.sequence, outcome },
                ));
            }
        }
        done
    }

    /// The program is gone: whatever was not typed will not be.
    pub fn drop_waiting(&mut self) -> Vec<(u64, InputDone)> {
        self.waiting_bytes = 0;
        let outcome = InputOutcome::Gone;
        self.waiting
            .drain(..)
            .map(|w| (w.asker, InputDone { source: w.head.source, sequence: w.head.sequence, outcome }))
            .collect()
    }
}

fn read_fd(fd: &OwnedFd, buffer: &mut [u8]) -> io::Result<usize> {
    // SAFETY: read writes at most the buffer's length into it.
    let n = unsafe { libc::read(fd.as_raw_fd(), buffer.as_mut_ptr().cast(), buffer.len()) };
    usize::try_from(n).map_err(|_| io::Error::last_os_error())
}

fn write_fd(fd: &OwnedFd, bytes: &[u8]) -> io::Result<usize> {
    // SAFETY: write reads at most the slice's length from it.
    let n = unsafe { libc::write(fd.as_raw_fd(), bytes.as_ptr().cast(), bytes.len()) };
    usize::try_from(n).map_err(|_| io::Error::last_os_error())
}
