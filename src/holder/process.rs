//! What a holder and the fork server do to themselves as processes: session, subreaper, descriptors, reaping.
//! Called once at their start, and when a child ends. Must only be used while the process has one thread.

use std::fs;
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};

/// Orphans among our descendants become our children instead of init's.
pub fn become_subreaper() -> io::Result<()> {
    // SAFETY: prctl with numbers only.
    if unsafe { libc::prctl(libc::PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) } < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

/// A session and process group of our own: no terminal's hang-up or interrupt reaches us.
pub fn new_session() {
    // SAFETY: setsid touches no memory; it only fails when we lead a session already.
    unsafe { libc::setsid() };
}

/// Gives the mask of new files back, for what is run in our place.
pub fn set_umask(mask: u32) {
    // SAFETY: umask only sets a number.
    unsafe { libc::umask(mask as libc::mode_t) };
}

/// Standard input, output and error become /dev/null.
pub fn silence_stdio() -> io::Result<()> {
    let null = fs::OpenOptions::new().read(true).write(true).open("/dev/null")?;
    for fd in 0..=2 {
        // SAFETY: both numbers are open or become so; nobody else uses 0 to 2.
        if unsafe { libc::dup2(null.as_raw_fd(), fd) } < 0 {
            return Err(io::Error::last_os_error());
        }
    }
    Ok(())
}

/// Closes everything above 2 but `keep`: what was inherited is not ours to hold open.
pub fn close_all_but(keep: &[RawFd]) {
    let Ok(entries) = fs::read_dir("/proc/self/fd") else { return };
    let open: Vec<RawFd> = entries.filter_map(|e| e.ok()?.file_name().to_str()?.parse().ok()).collect();
    for fd in open {
        if fd > 2 && !keep.contains(&fd) {
            // SAFETY: called right after fork or at the start of the process, when nothing of ours owns them.
            unsafe { libc::close(fd) };
        }
    }
}

/// How a child ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ended {
    pub pid: u32,
    pub code: Option<i32>,
    pub signal: Option<i32>,
}

/// Takes every ended child, so that none stays a zombie.
pub fn reap() -> Vec<Ended> {
    let mut ended = Vec::new();
    loop {
        let mut status = 0;
        // SAFETY: waitpid writes one int.
        let pid = unsafe { libc::waitpid(-1, &raw mut status, libc::WNOHANG) };
        match u32::try_from(pid) {
            Ok(pid) if pid > 0 => ended.push(Ended {
                pid,
                code: libc::WIFEXITED(status).then(|| libc::WEXITSTATUS(status)),
                signal: libc::WIFSIGNALED(status).then(|| libc::WTERMSIG(status)),
            }),
            _ => return ended,
        }
    }
}

/// A descriptor that becomes readable when the process ends; it names exactly this process.
///
/// # Errors
/// When the process is gone.
pub fn pid_fd(pid: u32) -> io::Result<OwnedFd> {
    // SAFETY: pidfd_open takes two numbers and returns a new descriptor, closed on exec.
    let fd = unsafe { libc::syscall(libc::SYS_pidfd_open, libc::c_long::from(pid), 0) };
    match RawFd::try_from(fd) {
        // SAFETY: the number is a descriptor just made for us.
        Ok(fd) if fd >= 0 => Ok(unsafe { OwnedFd::from_raw_fd(fd) }),
        _ => Err(io::Error::last_os_error()),
    }
}

/// Which side of [`fork`] we are on.
pub enum Forked {
    Parent { child: u32 },
    Child,
}

/// Splits the process. The caller has one thread, so the child may do anything.
///
/// # Errors
/// When no process can be made.
pub fn fork() -> io::Result<Forked> {
    // SAFETY: single-threaded, as the module demands: no lock can be held by a thread that is not copied.
    match unsafe { libc::fork() } {
        0 => Ok(Forked::Child),
        pid => u32::try_from(pid).map(|child| Forked::Parent { child }).map_err(|_| io::Error::last_os_error()),
    }
}
