//! Runs a machine in a real terminal: one loop that waits for keys, signals, commands and the machine's own deadlines.
//! Called by the role. The only file here that reads the clock.

use crate::fake::jobs::Jobs;
use crate::fake::machine::{Effect, Machine};
use crate::fake::scene::{Place, Size};
use crate::fake::script::{self, BadScript};
use crate::fake::tty::{self, Raw};
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, AsRawFd, FromRawFd, OwnedFd};
use std::path::PathBuf;
use std::time::Instant;

/// A terminal that says no size, as a bare PTY.
const SIZE: Size = Size { cols: 80, rows: 24 };
/// What is read at once: more than a person types, and most pastes.
const PIECE: usize = 64 * 1024;

/// What `debug fake-agent` was asked for.
pub struct Request {
    pub script: PathBuf,
    /// The first prompt.
    pub prompt: Option<String>,
    /// Settings as JSON, or a file with them: their hooks are added to the script's.
    pub settings: Option<String>,
}

#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    #[error("cannot read {}", path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("{}: {bad}", path.display())]
    Bad { path: PathBuf, bad: BadScript },
    #[error("--settings: {0}")]
    Settings(String),
    #[error("this needs a terminal")]
    NoTerminal(#[source] io::Error),
    #[error("the terminal or a command failed")]
    Io(#[from] io::Error),
}

/// Plays a script to its end; gives the exit code.
///
/// # Errors
/// For a script that cannot be used, and where there is no terminal.
pub fn run(request: Request) -> Result<i32, Trouble> {
    let read = |path: &PathBuf| {
        std::fs::read_to_string(path).map_err(|source| Trouble::Unreadable { path: path.clone(), source })
    };
    let text = read(&request.script)?;
    let mut script = script::parse(&text).map_err(|bad| Trouble::Bad { path: request.script.clone(), bad })?;
    if let Some(settings) = &request.settings {
        let text = if settings.trim_start().starts_with('{') { settings.clone() } else { read(&settings.into())? };
        script.hooks.add_settings(&text).map_err(Trouble::Settings)?;
    }
    let cwd = std::env::current_dir().map(|dir| dir.display().to_string()).unwrap_or_else(|_| "/".into());
    let stdin = io::stdin();
    let size = tty::size(stdin.as_fd()).filter(|size| size.cols > 0).unwrap_or(SIZE);
    let mut machine = Machine::new(script, Place { cwd }, size, request.prompt);
    let signals = signals()?;
    let _raw = Raw::new(stdin.as_fd(), machine.farewell()).map_err(Trouble::NoTerminal)?;
    // Unbuffered: what can be read is what the system says can be read.
    let mut keys = File::from(stdin.as_fd().try_clone_to_owned()?);
    Ok(play(&mut machine, &mut keys, &signals)?)
}

fn play(machine: &mut Machine, keys: &mut File, signals: &OwnedFd) -> io::Result<i32> {
    let (start, mut jobs, mut buffer) = (Instant::now(), Jobs::default(), vec![0; PIECE]);
    let now = || u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
    machine.tick(now());
    loop {
        // Whoever reads it has gone: so do we.
        let mut out = io::stdout().lock();
        if out.write_all(&machine.take_output()).and_then(|()| out.flush()).is_err() {
            jobs.kill_tools();
            return Ok(128 + libc::SIGHUP);
        }
        drop(out);
        let effects = machine.take_effects();
        let is_idle = effects.is_empty();
        for effect in effects {
            match effect {
                Effect::Start { job, command, input } => {
                    if let Some(end) = jobs.start(job, &command, input.as_deref()) {
                        machine.ended(job, &end, now());
                    }
                }
                Effect::Kill { job } => jobs.kill(job),
                Effect::Exit(code) => {
                    jobs.kill_tools();
                    return Ok(code);
                }
                // SAFETY: no memory is touched.
                Effect::Die => drop(unsafe { libc::kill(libc::getpid(), libc::SIGKILL) }),
            }
        }
        if !is_idle {
            continue;
        }
        wait(machine.deadline(now()).map(|at| at.saturating_sub(now())), keys, signals, &jobs)?;
        for signal in taken(signals) {
            match signal {
                libc::SIGWINCH => {
                    if let Some(size) = tty::size(keys.as_fd()) {
                        machine.resize(size, now());
                    }
                }
                libc::SIGCHLD => {}
                signal => machine.leave(128 + signal),
            }
        }
        for (job, end) in jobs.look() {
            machine.ended(job, &end, now());
        }
        if is_readable(keys) {
            match keys.read(&mut buffer) {
                Ok(n) if n > 0 => machine.feed(&buffer[..n], now()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                _ => machine.leave(128 + libc::SIGHUP),
            }
        }
        machine.tick(now());
    }
}

/// Until there is something to do, at most so many milliseconds.
fn wait(limit: Option<u64>, keys: &File, signals: &OwnedFd, jobs: &Jobs) -> io::Result<()> {
    let fds = [keys.as_fd(), signals.as_fd()];
    let mut all: Vec<libc::pollfd> = fds
        .iter()
        .chain(&jobs.outputs())
        .map(|fd| libc::pollfd { fd: fd.as_raw_fd(), events: libc::POLLIN, revents: 0 })
        .collect();
    let limit = limit.map_or(-1, |ms| libc::c_int::try_from(ms).unwrap_or(libc::c_int::MAX));
    // SAFETY: the array is ours and its length is passed with it.
    let done = unsafe { libc::poll(all.as_mut_ptr(), all.len() as libc::nfds_t, limit) };
    let error = io::Error::last_os_error();
    if done < 0 && error.kind() != io::ErrorKind::Interrupted { Err(error) } else { Ok(()) }
}

fn is_readable(file: &File) -> bool {
    let mut one = libc::pollfd { fd: file.as_raw_fd(), events: libc::POLLIN, revents: 0 };
    // SAFETY: one pollfd that lives through the call.
    unsafe { libc::poll(&raw mut one, 1, 0) == 1 }
}

/// The signals that it must know of, as a descriptor; what it starts gets them again as usual.
fn signals() -> io::Result<OwnedFd> {
    // SAFETY: the set lives through the calls; the descriptor is new and ours.
    unsafe {
        let mut set: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&raw mut set);
        for signal in [libc::SIGWINCH, libc::SIGCHLD, libc::SIGTERM, libc::SIGHUP, libc::SIGINT] {
            libc::sigaddset(&raw mut set, signal);
        }
        if libc::sigprocmask(libc::SIG_BLOCK, &raw const set, std::ptr::null_mut()) < 0 {
            return Err(io::Error::last_os_error());
        }
        let fd = libc::signalfd(-1, &raw const set, libc::SFD_CLOEXEC | libc::SFD_NONBLOCK);
        if fd < 0 { Err(io::Error::last_os_error()) } else { Ok(OwnedFd::from_raw_fd(fd)) }
    }
}

fn taken(signals: &OwnedFd) -> Vec<libc::c_int> {
    let mut got = Vec::new();
    loop {
        // SAFETY: read writes at most one signalfd_siginfo into a value of that type.
        let signal = unsafe {
            let mut info: libc::signalfd_siginfo = std::mem::zeroed();
            let size = size_of::<libc::signalfd_siginfo>();
            let n = libc::read(signals.as_raw_fd(), (&raw mut info).cast(), size);
            (usize::try_from(n) == Ok(size)).then_some(info.ssi_signo)
        };
        match signal.and_then(|s| libc::c_int::try_from(s).ok()) {
            Some(signal) => got.push(signal),
            None => return got,
        }
    }
}
