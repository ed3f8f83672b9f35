//! Opens a PTY and starts a program in it. portable-pty does both; afterwards the holder works on the raw
//! descriptor alone. Called by the holder only. It must never pass on a variable or a descriptor of our own.

use portable_pty::{CommandBuilder, PtySize, native_pty_system};
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

/// What to run. The environment is the program's whole environment.
pub struct Program<'a> {
    pub command: &'a [String],
    pub cwd: &'a str,
    pub environment: &'a [(String, String)],
    /// The user's mask of new files: ours is private, and no business of the program's.
    pub umask: u32,
    pub columns: u16,
    pub rows: u16,
}

/// A running program and the master side of its terminal, non-blocking and closed on exec.
pub struct Pty {
    pub master: OwnedFd,
    pub pid: u32,
}

/// Why a program could not be started, in words for the user.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("cannot open a terminal: {0}")]
    Pty(String),
    #[error("cannot start `{program}`: {reason}")]
    Spawn { program: String, reason: String },
    #[error("no command was given")]
    Empty,
    #[error("cannot enter `{0}`: {1}")]
    Cwd(String, io::Error),
}

/// # Errors
/// A directory that cannot be entered, a program that is not there or not executable, no terminal left.
pub fn open(program: &Program<'_>) -> Result<Pty, OpenError> {
    let Some(name) = program.command.first() else { return Err(OpenError::Empty) };
    // portable-pty falls back to the home directory silently; a launch into the wrong place must be an error.
    std::fs::read_dir(program.cwd).map_err(|e| OpenError::Cwd(program.cwd.to_owned(), e))?;
    let size = PtySize { rows: program.rows, cols: program.columns, pixel_width: 0, pixel_height: 0 };
    let pair = native_pty_system().openpty(size).map_err(|e| OpenError::Pty(e.to_string()))?;
    let mut command = CommandBuilder::new(name);
    command.args(&program.command[1..]);
    command.env_clear();
    for (key, value) in program.environment {
        command.env(key, value);
    }
    command.cwd(program.cwd);
    command.umask(Some(program.umask as libc::mode_t));
    let child = pair
        .slave
        .spawn_command(command)
        .map_err(|e| OpenError::Spawn { program: name.clone(), reason: format!("{:#}", e.root_cause()) })?;
    let pid = child.process_id().ok_or_else(|| OpenError::Pty("the program has no process id".into()))?;
    let fd = pair.master.as_raw_fd().ok_or_else(|| OpenError::Pty("the terminal has no descriptor".into()))?;
    // SAFETY: `fd` is open as long as `pair.master` lives, which is to the end of this function.
    let master =
        unsafe { BorrowedFd::borrow_raw(fd) }.try_clone_to_owned().map_err(|e| OpenError::Pty(e.to_string()))?;
    set_nonblocking(&master).map_err(|e| OpenError::Pty(e.to_string()))?;
    Ok(Pty { master, pid })
}

/// Gives the terminal a size; the program gets SIGWINCH.
///
/// # Errors
/// When the terminal is gone.
pub fn resize(master: &OwnedFd, columns: u16, rows: u16) -> io::Result<()> {
    let size = libc::winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
    // SAFETY: TIOCSWINSZ reads one winsize, which lives through the call.
    check(unsafe { libc::ioctl(master.as_raw_fd(), libc::TIOCSWINSZ, &raw const size) })
}

/// Whether the terminal echoes what is typed: not at a password prompt, nor in programs that draw for themselves.
pub fn echoes(master: &OwnedFd) -> bool {
    // SAFETY: an all-zero termios is a valid value; tcgetattr only writes it.
    unsafe {
        let mut attributes: libc::termios = std::mem::zeroed();
        libc::tcgetattr(master.as_raw_fd(), &raw mut attributes) == 0 && attributes.c_lflag & libc::ECHO != 0
    }
}

/// # Errors
/// When the descriptor is not open.
pub fn set_nonblocking(fd: &impl AsRawFd) -> io::Result<()> {
    // SAFETY: fcntl with flags only.
    unsafe {
        let flags = libc::fcntl(fd.as_raw_fd(), libc::F_GETFL);
        check(flags)?;
        check(libc::fcntl(fd.as_raw_fd(), libc::F_SETFL, flags | libc::O_NONBLOCK))
    }
}

/// A pipe, both ends closed on exec.
///
/// # Errors
/// When no descriptors are left.
pub fn pipe() -> io::Result<(OwnedFd, OwnedFd)> {
    let mut ends = [0; 2];
    // SAFETY: pipe2 writes two descriptors into the array, which then are ours alone.
    unsafe {
        check(libc::pipe2(ends.as_mut_ptr(), libc::O_CLOEXEC))?;
        Ok((OwnedFd::from_raw_fd(ends[0]), OwnedFd::from_raw_fd(ends[1])))
    }
}

fn check(result: libc::c_int) -> io::Result<()> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}
