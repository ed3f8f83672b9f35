//! What the world asks of the screen by signals, named for the run loop. Used by `run` only.
//! It must never act on a signal itself: the terminal is the run loop's to give back.

use std::io;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// What a signal means for the screen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Wish {
    End,
    /// Stop until told to go on, as ctrl-z does outside of raw mode.
    Stop,
    /// Go on after a stop.
    GoOn,
}

/// The signals that a person or a system sends to a program on a terminal.
pub struct Signals {
    terminate: Signal,
    hang_up: Signal,
    interrupt: Signal,
    quit: Signal,
    stop: Signal,
    go_on: Signal,
}

impl Signals {
    /// # Errors
    /// When the system refuses a handler.
    pub fn new() -> io::Result<Signals> {
        Ok(Signals {
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
            interrupt: signal(SignalKind::interrupt())?,
            quit: signal(SignalKind::quit())?,
            stop: signal(SignalKind::from_raw(libc::SIGTSTP))?,
            go_on: signal(SignalKind::from_raw(libc::SIGCONT))?,
        })
    }

    /// The next wish. None is lost when the future is dropped.
    pub async fn next(&mut self) -> Wish {
        tokio::select! {
            _ = self.terminate.recv() => Wish::End,
            _ = self.hang_up.recv() => Wish::End,
            _ = self.interrupt.recv() => Wish::End,
            _ = self.quit.recv() => Wish::End,
            _ = self.stop.recv() => Wish::Stop,
            _ = self.go_on.recv() => Wish::GoOn,
        }
    }
}
