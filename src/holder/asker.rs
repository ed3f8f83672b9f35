//! One connection to the fork server: lines in, answers out. Used by its loop. It must never hold more for a peer than
//! one line of the greatest length, however much it writes.

use std::io::{self, Read, Write};
use std::os::fd::{AsRawFd, RawFd};
use std::os::unix::net::UnixStream;

/// A request is at most a holder's spec with its whole environment; a longer line is no request of ours.
const MAX_LINE: usize = 8 * 1024 * 1024;

pub struct Client {
    stream: UnixStream,
    /// The beginning of a line.
    input: Vec<u8>,
    output: Vec<u8>,
    broken: bool,
}

impl Client {
    /// `stream` does not block.
    pub fn new(stream: UnixStream) -> Client {
        Client { stream, input: Vec::new(), output: Vec::new(), broken: false }
    }

    pub fn fd(&self) -> RawFd {
        self.stream.as_raw_fd()
    }

    pub fn wants_write(&self) -> bool {
        !self.output.is_empty()
    }

    pub fn is_broken(&self) -> bool {
        self.broken
    }

    /// Reads once and returns the whole lines. One read a turn: a peer that never stops writing must not keep us.
    pub fn lines(&mut self) -> Vec<Vec<u8>> {
        let mut buffer = [0; 64 * 1024];
        let fresh = match self.stream.read(&mut buffer) {
            Ok(n) => {
                self.broken |= n == 0;
                &buffer[..n]
            }
            Err(e) => {
                self.broken |= !matches!(e.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted);
                return Vec::new();
            }
        };
        let mut lines = Vec::new();
        for piece in fresh.split_inclusive(|byte| *byte == b'\n') {
            if self.input.len() + piece.len() > MAX_LINE {
                self.broken = true;
                self.input = Vec::new();
                break;
            }
            self.input.extend_from_slice(piece);
            if piece.ends_with(b"\n") {
                lines.push(std::mem::take(&mut self.input));
            }
        }
        lines
    }

    pub fn send(&mut self, bytes: &[u8]) {
        self.output.extend_from_slice(bytes);
        self.flush();
    }

    pub fn flush(&mut self) {
        while !self.output.is_empty() {
            match self.stream.write(&self.output) {
                Ok(n) if n > 0 => drop(self.output.drain(..n)),
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => return,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                _ => {
                    self.broken = true;
                    return;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair() -> (Client, UnixStream) {
        let (ours, theirs) = UnixStream::pair().unwrap();
        ours.set_nonblocking(true).unwrap();
        theirs.set_nonblocking(true).unwrap();
        (Client::new(ours), theirs)
    }

    #[test]
    fn lines_come_whole_however_they_were_cut() {
        let (mut client, mut peer) = pair();
        for (written, expected) in
            [("a", vec![]), ("b\nc\n", vec!["ab\n", "c\n"]), ("\n", vec!["\n"]), ("d", vec![]), ("\n", vec!["d\n"])]
        {
            peer.write_all(written.as_bytes()).unwrap();
            assert_eq!(client.lines(), expected.iter().map(|l| l.as_bytes()).collect::<Vec<_>>(), "{written:?}");
        }
        drop(peer);
        assert_eq!(client.lines(), Vec::<Vec<u8>>::new());
        assert!(client.is_broken());
    }

    #[test]
    fn a_line_without_end_costs_its_bound_and_then_the_connection() {
        let (mut client, mut peer) = pair();
        let mut written = 0;
        while !client.is_broken() {
            while let Ok(n) = peer.write(&[b'x'; 32 * 1024]) {
                written += n;
            }
            assert_eq!(client.lines(), Vec::<Vec<u8>>::new());
            assert!(client.input.len() <= MAX_LINE);
            assert!(written < 2 * MAX_LINE, "never refused");
        }
        assert_eq!(client.input.capacity(), 0);
    }
}
