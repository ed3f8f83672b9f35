//! A real pseudo-terminal: opens it, starts a program in it with a session and a controlling terminal of its own,
//! resizes it and writes to it. Used by `outer.rs` alone. Linux; it must never leak its descriptors into programs that
//! other tests start at the same moment (everything is close-on-exec from birth).

use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Both ends of a fresh terminal of this size.
pub fn open(cols: u16, rows: u16) -> io::Result<(OwnedFd, File)> {
    // SAFETY: each call gets a descriptor that was just opened, and a buffer with its true length.
    unsafe {
        let master = owned(libc::posix_openpt(libc::O_RDWR | libc::O_NOCTTY | libc::O_CLOEXEC | libc::O_NONBLOCK))?;
        check(libc::grantpt(master.as_raw_fd()))?;
        check(libc::unlockpt(master.as_raw_fd()))?;
        let mut name = [0; 128];
        check(libc::ptsname_r(master.as_raw_fd(), name.as_mut_ptr(), name.len()))?;
        let slave = owned(libc::open(name.as_ptr(), libc::O_RDWR | libc::O_NOCTTY | libc::O_CLOEXEC))?;
        resize(&master, cols, rows)?;
        Ok((master, File::from(slave)))
    }
}

/// Starts `command` as the leader of a new session with `slave` as its controlling terminal.
pub fn spawn(mut command: Command, slave: &File) -> io::Result<Child> {
    let end = || slave.try_clone().map(Stdio::from);
    command.stdin(end()?).stdout(end()?).stderr(end()?);
    // SAFETY: setsid and ioctl are async-signal-safe; descriptor 0 is the slave by then.
    unsafe {
        command.pre_exec(|| {
            check(libc::setsid())?;
            check(libc::ioctl(0, libc::TIOCSCTTY, 0))?;
            keep_three_descriptors();
            // A terminal gives its programs the usual signals, also when the tests themselves run under `nohup`.
            for signal in [libc::SIGHUP, libc::SIGINT, libc::SIGQUIT, libc::SIGTERM] {
                libc::signal(signal, libc::SIG_DFL);
            }
            Ok(())
        })
    };
    command.spawn()
}

/// Marks everything but standard input, output and error as close-on-exec: what the test's own caller left open is not
/// for the programs under test, whose descriptors are counted. For `pre_exec`: one system call, no memory touched.
pub fn keep_three_descriptors() {
    // SAFETY: close_range with this flag closes nothing now, so the descriptor that reports exec errors lives on.
    unsafe { libc::close_range(3, libc::c_uint::MAX, libc::CLOSE_RANGE_CLOEXEC as libc::c_int) };
}

/// Sets the size; the programs in the terminal get SIGWINCH.
pub fn resize(master: &OwnedFd, cols: u16, rows: u16) -> io::Result<()> {
    let size = libc::winsize { ws_row: rows, ws_col: cols, ws_xpixel: 8 * cols, ws_ypixel: 16 * rows };
    // SAFETY: TIOCSWINSZ reads one winsize.
    check(unsafe { libc::ioctl(master.as_raw_fd(), libc::TIOCSWINSZ, &size) }).map(drop)
}

/// The line settings that a program can leave behind: input, output and local flags.
pub fn line_settings(fd: RawFd) -> Option<[libc::tcflag_t; 3]> {
    // SAFETY: termios is plain data, and tcgetattr fills it.
    unsafe {
        let mut settings: libc::termios = std::mem::zeroed();
        (libc::tcgetattr(fd, &mut settings) == 0).then_some([settings.c_iflag, settings.c_oflag, settings.c_lflag])
    }
}

/// Reads what is there: `Ok(0)` at the end (the last program has closed the terminal).
pub fn read(master: &OwnedFd, buffer: &mut [u8]) -> io::Result<usize> {
    // SAFETY: the buffer is ours, and its length is passed with it.
    let n = unsafe { libc::read(master.as_raw_fd(), buffer.as_mut_ptr().cast(), buffer.len()) };
    match n {
        0.. => Ok(n as usize),
        _ => match io::Error::last_os_error() {
            error if error.raw_os_error() == Some(libc::EIO) => Ok(0),
            error => Err(error),
        },
    }
}

/// Writes all of `bytes`; a program that reads nothing for `limit` is an error, not a hang.
pub fn write_all(master: &OwnedFd, mut bytes: &[u8], limit: Duration) -> io::Result<()> {
    let deadline = Instant::now() + limit;
    while !bytes.is_empty() {
        // SAFETY: the bytes are ours, and their length is passed with them.
        let n = unsafe { libc::write(master.as_raw_fd(), bytes.as_ptr().cast(), bytes.len()) };
        if n > 0 {
            bytes = &bytes[n as usize..];
            continue;
        }
        let error = io::Error::last_os_error();
        if error.kind() != io::ErrorKind::WouldBlock && error.kind() != io::ErrorKind::Interrupted {
            return Err(error);
        }
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(io::Error::new(io::ErrorKind::TimedOut, "nobody reads the terminal"));
        }
        wait_ready(&[(master.as_raw_fd(), libc::POLLOUT)], left);
    }
    Ok(())
}

/// Waits until one of the descriptors is ready for its events, or `limit` has passed; says which are.
pub fn wait_ready(fds: &[(RawFd, libc::c_short)], limit: Duration) -> Vec<bool> {
    let mut polled: Vec<_> =
        fds.iter().map(|(fd, events)| libc::pollfd { fd: *fd, events: *events, revents: 0 }).collect();
    // SAFETY: the array is ours, and its length is passed with it.
    unsafe { libc::poll(polled.as_mut_ptr(), polled.len() as libc::nfds_t, limit.as_millis().min(60_000) as i32 + 1) };
    polled.iter().map(|fd| fd.revents != 0).collect()
}

/// A descriptor that wakes a poll: readable once written to.
pub fn waker() -> io::Result<OwnedFd> {
    // SAFETY: eventfd takes two numbers and gives a descriptor that only we own.
    unsafe { owned(libc::eventfd(0, libc::EFD_CLOEXEC | libc::EFD_NONBLOCK)) }
}

/// Wakes whoever polls `waker`.
pub fn wake(waker: &OwnedFd) {
    let one = 1_u64.to_ne_bytes();
    // SAFETY: an eventfd takes eight bytes.
    unsafe { libc::write(waker.as_raw_fd(), one.as_ptr().cast(), one.len()) };
}

fn check(result: libc::c_int) -> io::Result<libc::c_int> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(result) }
}

/// # Safety
/// `fd` must be fresh: owned by nobody else.
unsafe fn owned(fd: libc::c_int) -> io::Result<OwnedFd> {
    check(fd).map(|fd| unsafe { OwnedFd::from_raw_fd(fd) })
}
