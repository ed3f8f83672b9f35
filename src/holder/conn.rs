//! One connection to a holder: a server, or a probe that only looks. Reads frames in, queues frames out, and
//! never holds more for a peer that does not read than one bounded buffer: output is a coalesced doorbell, the
//! bytes themselves wait in the log.

use crate::ipc::frame::{self, Decoder};
use crate::proto::holder::{MAX_BODY, OUTPUT};
use serde::Serialize;
use std::io::{self, Read, Write};
use std::os::fd::{AsRawFd, RawFd};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

/// Unsent bytes at which a peer is given up: one answer to a read of the greatest length, and room for notices.
const MAX_UNSENT: usize = 2 * MAX_BODY;
/// Output this short travels with the doorbell: a key's echo, not a flood. (`decisions.md`: inline ≤ 4 KiB.)
pub const INLINE: usize = 4096;

/// An input's echo comes well within this; without one, who typed learns so little later that nobody notices.
const DEFER: Duration = Duration::from_millis(2);

pub struct Conn {
    stream: UnixStream,
    decoder: Decoder,
    out: Vec<u8>,
    sent: usize,
    /// Set by the server's hello; without one the peer is a probe.
    pub generation: Option<u64>,
    /// Log offset up to which this peer was told.
    told: u64,
    /// The log grew since, but the peer has not read what was sent before.
    owed: bool,
    /// What waits may wait until then for company: one wake-up of the server instead of two.
    deferred_until: Option<Instant>,
    broken: bool,
}

impl Conn {
    /// # Errors
    /// When the socket cannot be made non-blocking.
    pub fn new(stream: UnixStream, told: u64) -> io::Result<Conn> {
        stream.set_nonblocking(true)?;
        Ok(Conn {
            stream,
            decoder: Decoder::default(),
            out: Vec::new(),
            sent: 0,
            generation: None,
            told,
            owed: false,
            deferred_until: None,
            broken: false,
        })
    }

    pub fn fd(&self) -> RawFd {
        self.stream.as_raw_fd()
    }

    /// Unsent bytes that the peer has no room for yet.
    pub fn wants_write(&self) -> bool {
        self.sent < self.out.len() && self.deferred_until.is_none()
    }

    /// When deferred bytes are to be sent.
    pub fn deadline(&self) -> Option<Instant> {
        self.deferred_until
    }

    /// Queues a frame that is in no hurry: it goes with the next output, or a moment later.
    pub fn defer_json(&mut self, kind: u8, body: &impl Serialize, now: Instant) {
        match serde_json::to_vec(body) {
            Ok(body) => frame::encode_parts(kind, &[&body], &mut self.out),
            Err(_) => self.broken = true,
        }
        self.deferred_until.get_or_insert(now + DEFER);
    }

    pub fn is_broken(&self) -> bool {
        self.broken
    }

    /// Reads once and returns the whole frames.
    pub fn receive(&mut self) -> Vec<(u8, Vec<u8>)> {
        let mut frames = Vec::new();
        let mut buffer = [0; 16 * 1024];
        loop {
            match self.stream.read(&mut buffer) {
                Ok(0) => {
                    self.broken = true;
                    break;
                }
                Ok(n) => {
                    self.decoder.extend(&buffer[..n]);
                    loop {
                        match self.decoder.next_frame() {
                            Ok(Some(frame)) => frames.push(frame),
                            Ok(None) => break,
                            Err(_) => {
                                self.broken = true;
                                return frames;
                            }
                        }
                    }
                    // One read a turn: a peer that never stops writing must not keep us from the agent.
                    break;
                }
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => break,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => {
                    self.broken = true;
                    break;
                }
            }
        }
        frames
    }

    pub fn send_json(&mut self, kind: u8, body: &impl Serialize) {
        match serde_json::to_vec(body) {
            Ok(body) => self.send(kind, &[&body]),
            Err(_) => self.broken = true,
        }
    }

    pub fn send(&mut self, kind: u8, parts: &[&[u8]]) {
        frame::encode_parts(kind, parts, &mut self.out);
        self.flush();
        if self.out.len() - self.sent > MAX_UNSENT {
            self.broken = true;
        }
    }

    /// The log now ends at `end`; `fresh` are its last bytes.
    pub fn ring(&mut self, end: u64, fresh: &[u8]) {
        if self.generation.is_none() {
            return;
        }
        if self.wants_write() {
            self.owed = true;
            return;
        }
        let caught_up = self.told + fresh.len() as u64 == end && fresh.len() <= INLINE;
        let start = self.told;
        self.told = end;
        self.owed = false;
        let inline = if caught_up { fresh } else { &[] };
        self.send(OUTPUT, &[&start.to_le_bytes(), &end.to_le_bytes(), inline]);
    }

    /// Sends what waits; pays an owed doorbell when all of it is gone.
    pub fn flush(&mut self) {
        self.deferred_until = None;
        while self.sent < self.out.len() {
            match self.stream.write(&self.out[self.sent..]) {
                Ok(0) => {
                    self.broken = true;
                    return;
                }
                Ok(n) => self.sent += n,
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => return,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => {
                    self.broken = true;
                    return;
                }
            }
        }
        self.out.clear();
        self.sent = 0;
        if self.out.capacity() > 64 * 1024 {
            // One long answer must not stay in the holder's memory for days.
            self.out.shrink_to_fit();
        }
    }

    /// Pays the owed doorbell.
    pub fn settle(&mut self, end: u64) {
        if self.owed && !self.wants_write() {
            self.ring(end, &[]);
        }
    }
}
