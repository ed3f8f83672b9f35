//! The outer terminal's events as our messages, read where the run loop waits: a thread of its own would cost every
//! key a wake-up more. Called by `run` only. It must never interpret a key, only name it, and never block.

use super::msg::Msg;
use crate::core::keys::{Input, InputEvent, Waiting};
use std::collections::VecDeque;
use std::io;
use std::time::Duration;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::Instant;

/// A lone Escape is the key when nothing followed for so long: a sequence comes in one piece, or in two that are closer
/// than this even over a slow link, and nobody feels so short a wait.
const SEQUENCE_WAITS: Duration = Duration::from_millis(25);
/// A paste whose end does not come is taken as it is: the connection hung, or the terminal never sends one.
const PASTE_WAITS: Duration = Duration::from_secs(2);
/// A paste is over when nothing followed its end for so long. An end that stood in the pasted text is followed by the
/// rest of it at once; nobody presses a key so soon after pasting, nor sees that the paste came so much later.
const PASTE_END_WAITS: Duration = Duration::from_millis(30);
/// And when things go on to follow for so long (a mouse that moves), none of them another end.
const PASTE_END_WAITS_AT_MOST: Duration = Duration::from_secs(1);
/// Keys that are taken in together: a line or two of text.
const KEYS: usize = 256;
/// What a terminal's line holds, several times over.
const READ: usize = 64 * 1024;

/// The events of standard input.
pub struct Events {
    tty: AsyncFd<io::Stdin>,
    resized: Signal,
    has_ended: bool,
    input: Input,
    ready: VecDeque<Msg>,
    read_at: Instant,
    /// When the paste's end came that is waited behind.
    paste_ended_at: Option<Instant>,
    buffer: Vec<u8>,
}

impl Events {
    /// # Errors
    /// When standard input cannot be waited for.
    pub fn open() -> io::Result<Events> {
        Ok(Events {
            // SAFETY: standard input's descriptor stays the same and open for the life of the process.
            tty: unsafe { AsyncFd::register_with_interest(io::stdin(), Interest::READABLE)? },
            resized: signal(SignalKind::window_change())?,
            has_ended: false,
            input: Input::default(),
            ready: VecDeque::new(),
            read_at: Instant::now(),
            paste_ended_at: None,
            buffer: vec![0; READ],
        })
    }

    /// The next event; `None` when the terminal is gone. Nothing is lost when the future is dropped.
    pub async fn next(&mut self) -> Option<Msg> {
        loop {
            if let Some(msg) = self.try_next() {
                return Some(msg);
            }
            if self.has_ended {
                return None;
            }
            let gives_up_at = self.input.waiting().map(|waiting| match waiting {
                Waiting::Sequence => self.read_at + SEQUENCE_WAITS,
                Waiting::Paste => self.read_at + PASTE_WAITS,
                Waiting::PasteEnd => {
                    let latest = self.paste_ended_at.unwrap_or(self.read_at) + PASTE_END_WAITS_AT_MOST;
                    latest.min(self.read_at + PASTE_END_WAITS)
                }
            });
            tokio::select! {
                ready = self.tty.readable() => match ready {
                    // Cleared only when nothing came since: `try_next` has read all there was before.
                    Ok(mut ready) => {
                        if poll() == Poll::Nothing {
                            ready.clear_ready();
                        }
                    }
                    Err(_) => self.has_ended = true,
                },
                _ = self.resized.recv() => {
                    if let Ok((columns, rows)) = crossterm::terminal::size() {
                        return Some(Msg::Resize(columns, rows));
                    }
                }
                () = tokio::time::sleep_until(gives_up_at.unwrap_or(self.read_at)), if gives_up_at.is_some() => {
                    let ready = &mut self.ready;
                    self.input.give_up(&mut |event| ready.push_back(message(event)));
                }
            }
        }
    }

    /// An event that is there already.
    pub fn try_next(&mut self) -> Option<Msg> {
        loop {
            if let Some(msg) = self.first() {
                return Some(msg);
            }
            if self.has_ended {
                return None;
            }
            match poll() {
                Poll::Nothing => return None,
                Poll::Gone => self.has_ended = true,
                Poll::Readable => self.read(),
            }
        }
    }

    /// The next message of those that are ready; keys that came together stay together.
    fn first(&mut self) -> Option<Msg> {
        match self.ready.pop_front()? {
            Msg::Key(first) if matches!(self.ready.front(), Some(Msg::Key(_))) => {
                let mut presses = vec![first];
                while presses.len() < KEYS {
                    match self.ready.pop_front() {
                        Some(Msg::Key(press)) => presses.push(press),
                        Some(other) => {
                            self.ready.push_front(other);
                            break;
                        }
                        None => break,
                    }
                }
                Some(Msg::Keys(presses))
            }
            msg => Some(msg),
        }
    }

    fn read(&mut self) {
        // Standard input stays in blocking mode, which it shares with the shell: it is read only when it has something.
        // SAFETY: the pointer and the length are those of a live buffer.
        let n = unsafe { libc::read(libc::STDIN_FILENO, self.buffer.as_mut_ptr().cast(), self.buffer.len()) };
        match usize::try_from(n) {
            Ok(0) => self.has_ended = true,
            Ok(n) => {
                self.read_at = Instant::now();
                let ready = &mut self.ready;
                self.input.feed(&self.buffer[..n], &mut |event| ready.push_back(message(event)));
                let is_behind = self.input.waiting() == Some(Waiting::PasteEnd);
                self.paste_ended_at = is_behind.then(|| self.paste_ended_at.unwrap_or(self.read_at));
            }
            Err(_) => {
                let kind = io::Error::last_os_error().kind();
                self.has_ended = !matches!(kind, io::ErrorKind::Interrupted | io::ErrorKind::WouldBlock);
            }
        }
    }
}

#[derive(PartialEq, Eq)]
enum Poll {
    Nothing,
    Readable,
    /// The terminal is gone. What it may still have to read is nobody's any more.
    Gone,
}

fn poll() -> Poll {
    let mut tty = libc::pollfd { fd: libc::STDIN_FILENO, events: libc::POLLIN, revents: 0 };
    // SAFETY: one pollfd that lives through the call.
    let ready = unsafe { libc::poll(&raw mut tty, 1, 0) };
    if ready != 1 {
        Poll::Nothing
    } else if tty.revents & (libc::POLLHUP | libc::POLLERR | libc::POLLNVAL) != 0 {
        Poll::Gone
    } else {
        Poll::Readable
    }
}

fn message(event: InputEvent) -> Msg {
    match event {
        InputEvent::Key(press) => Msg::Key(press),
        InputEvent::Mouse(mouse) => Msg::Mouse(mouse),
        InputEvent::Paste(text) => Msg::Paste(text),
        InputEvent::Focus(gained) => Msg::Focus(gained),
        InputEvent::Reply(reply) => Msg::Outer(reply),
    }
}
