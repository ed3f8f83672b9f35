//! Workers that are kept warm: one question at a time each, a new one in the place of one that died or gave no answer in time.
//! Used by the server's services and by `policy`. A step without an answer is one to ask about: it must never pass.

use crate::core::policy::{Analysis, Facts, Nothing, Step, Workplace, unjudged};
use crate::judges::worker::Question;
use std::io::{self, Read, Write};
use std::os::fd::AsRawFd;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Of the clock: a worker's processor time is limited by itself, this is for one that waits or is stopped.
const PATIENCE: Duration = Duration::from_secs(3);
/// A question that asks for this many workers at once has more to wait for than a start.
const KEPT: usize = 4;

/// The workers.
#[derive(Debug)]
pub struct Judges {
    program: PathBuf,
    idle: Mutex<Vec<Worker>>,
}

#[derive(Debug)]
struct Worker {
    child: Child,
}

impl Judges {
    /// `program`: this binary.
    pub fn new(program: PathBuf) -> Judges {
        Judges { program, idle: Mutex::new(Vec::new()) }
    }

    /// Takes a step apart; waits for that. A worker that is lost costs its question an ask.
    pub fn analyse(&self, step: &Step, place: &Workplace, search: Option<&str>) -> Analysis {
        let question = Question { step: step.clone(), place: place.clone(), search: search.map(str::to_owned) };
        match self.asked(&question) {
            Ok(analysis) => analysis,
            Err(error) => {
                tracing::warn!(%error, "a command could not be judged");
                let facts: &dyn Facts = &Nothing;
                unjudged(step, place, facts)
            }
        }
    }

    fn asked(&self, question: &Question) -> io::Result<Analysis> {
        let mut line = serde_json::to_vec(question)?;
        line.push(b'\n');
        let kept = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        // One may have died while nobody asked.
        let living = kept.and_then(|mut worker| matches!(worker.child.try_wait(), Ok(None)).then_some(worker));
        let mut worker = match living {
            Some(worker) => worker,
            None => Worker::start(&self.program)?,
        };
        let answer = worker.ask(&line)?;
        let analysis = serde_json::from_slice(&answer)?;
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < KEPT {
            idle.push(worker);
        }
        Ok(analysis)
    }

    /// Processes of the workers at rest; for tests.
    pub fn pids(&self) -> Vec<u32> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).iter().map(|worker| worker.child.id()).collect()
    }
}

impl Worker {
    fn start(program: &PathBuf) -> io::Result<Worker> {
        let child = Command::new(program)
            .arg("judge")
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        Ok(Worker { child })
    }

    /// One line there, one line back.
    fn ask(&mut self, line: &[u8]) -> io::Result<Vec<u8>> {
        let gone = || io::Error::new(io::ErrorKind::UnexpectedEof, "the worker has ended");
        let (Some(input), Some(output)) = (self.child.stdin.as_mut(), self.child.stdout.as_mut()) else {
            return Err(gone());
        };
        input.write_all(line)?;
        input.flush()?;
        let until = Instant::now() + PATIENCE;
        let (mut answer, mut piece) = (Vec::new(), [0; 16 * 1024]);
        while answer.last() != Some(&b'\n') {
            let left = until.saturating_duration_since(Instant::now());
            if !is_ready(output.as_raw_fd(), left)? {
                return Err(io::Error::new(io::ErrorKind::TimedOut, "the worker gave no answer"));
            }
            let length = output.read(&mut piece)?;
            if length == 0 {
                return Err(gone());
            }
            answer.extend_from_slice(&piece[..length]);
        }
        Ok(answer)
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits until something can be read.
fn is_ready(fd: i32, left: Duration) -> io::Result<bool> {
    let mut poll = libc::pollfd { fd, events: libc::POLLIN, revents: 0 };
    let milliseconds = i32::try_from(left.as_millis()).unwrap_or(i32::MAX);
    // SAFETY: one struct, which outlives the call.
    match unsafe { libc::poll(&raw mut poll, 1, milliseconds) } {
        0 => Ok(false),
        -1 => Err(io::Error::last_os_error()),
        _ => Ok(true),
    }
}
