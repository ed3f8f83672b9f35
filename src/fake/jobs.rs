//! The commands that a double really runs: its tools and its hooks. Used by the host. It must never wait for one.

use crate::fake::machine::Ended;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, Stdio};

/// More than anybody looks at of a double's command; a command that prints without end is read to here and no further.
const MOST: usize = 64 * 1024;

struct Job {
    id: u32,
    /// A hook may outlive the double, a tool may not.
    is_hook: bool,
    child: Child,
    stdout: Vec<u8>,
    stderr: Vec<u8>,
}

#[derive(Default)]
pub struct Jobs(Vec<Job>);

impl Jobs {
    /// Starts a shell command in a process group of its own; what cannot be started has ended with 127.
    pub fn start(&mut self, id: u32, command: &str, input: Option<&str>) -> Option<Ended> {
        let stdin = if input.is_some() { Stdio::piped() } else { Stdio::null() };
        let mut shell = Command::new("sh");
        shell.args(["-c", command]).stdin(stdin).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
        match shell.spawn() {
            Ok(mut child) => {
                // It fits into the pipe, so nobody waits; a hook that reads none of it is none of our business.
                if let (Some(mut pipe), Some(text)) = (child.stdin.take(), input) {
                    let _ = nonblocking(pipe.as_fd());
                    let _ = pipe.write_all(text.as_bytes());
                }
                let pipes = [child.stdout.as_ref().map(AsFd::as_fd), child.stderr.as_ref().map(AsFd::as_fd)];
                for fd in pipes.into_iter().flatten() {
                    let _ = nonblocking(fd);
                }
                self.0.push(Job { id, is_hook: input.is_some(), child, stdout: Vec::new(), stderr: Vec::new() });
                None
            }
            Err(error) => Some(Ended { code: Some(127), stdout: String::new(), stderr: error.to_string() }),
        }
    }

    /// Asks a command and what it has started to end.
    pub fn kill(&self, id: u32) {
        for job in self.0.iter().filter(|job| job.id == id) {
            end(&job.child);
        }
    }

    pub fn kill_tools(&self) {
        self.0.iter().filter(|job| !job.is_hook).for_each(|job| end(&job.child));
    }

    /// What can be waited for: something was printed.
    pub fn outputs(&self) -> Vec<BorrowedFd<'_>> {
        let open = |job: &Job| job.stdout.len() < MOST && job.stderr.len() < MOST;
        let jobs = self.0.iter().filter(|job| open(job));
        jobs.flat_map(|job| [job.child.stdout.as_ref().map(AsFd::as_fd), job.child.stderr.as_ref().map(AsFd::as_fd)])
            .flatten()
            .collect()
    }

    /// Reads what was printed; gives those that have ended.
    pub fn look(&mut self) -> Vec<(u32, Ended)> {
        let mut ended = Vec::new();
        self.0.retain_mut(|job| {
            // First whether it has ended, then what it had printed by then.
            let status = job.child.try_wait();
            drain(&mut job.child.stdout, &mut job.stdout);
            drain(&mut job.child.stderr, &mut job.stderr);
            let code = match status {
                Ok(None) => return true,
                Ok(Some(status)) => status.code().or_else(|| status.signal().map(|s| 128 + s)),
                Err(_) => None,
            };
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            ended.push((job.id, Ended { code, stdout: text(&job.stdout), stderr: text(&job.stderr) }));
            false
        });
        ended
    }
}

fn end(child: &Child) {
    if let Ok(pid) = i32::try_from(child.id()) {
        // SAFETY: no memory is touched. The child is not reaped yet, so the group is still its own.
        unsafe { libc::kill(-pid, libc::SIGTERM) };
    }
}

fn nonblocking(fd: BorrowedFd<'_>) -> io::Result<()> {
    // SAFETY: flags of a descriptor that is ours.
    let done = unsafe { libc::fcntl(fd.as_raw_fd(), libc::F_SETFL, libc::O_NONBLOCK) };
    if done < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

/// Reads what is there; a pipe that has ended is closed.
fn drain(pipe: &mut Option<impl Read>, into: &mut Vec<u8>) {
    let mut buffer = [0; 4096];
    while let Some(from) = pipe.as_mut().filter(|_| into.len() < MOST) {
        match from.read(&mut buffer) {
            Ok(n) if n > 0 => into.extend_from_slice(&buffer[..n]),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            _ => *pipe = None,
        }
    }
}
