//! Lock files: one holder of a name at a time, freed by the kernel when the process ends however it ends.
//! Used for the single server and the single fork server of a home. It must never be asked to wait.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Held as long as this value (or a process that inherited it) lives.
#[derive(Debug)]
pub struct Lock {
    file: File,
}

/// Takes the lock, or `None` when somebody has it.
///
/// # Errors
/// When the file cannot be made, or the file system has no locks.
pub fn try_lock(path: &Path) -> io::Result<Option<Lock>> {
    let file = OpenOptions::new().create(true).truncate(false).read(true).write(true).mode(0o600).open(path)?;
    // SAFETY: flock on a descriptor we own.
    if unsafe { libc::flock(file.as_raw_fd(), libc::LOCK_EX | libc::LOCK_NB) } == 0 {
        return Ok(Some(Lock { file }));
    }
    match io::Error::last_os_error() {
        e if e.raw_os_error() == Some(libc::EWOULDBLOCK) => Ok(None),
        e => Err(e),
    }
}

impl Lock {
    /// Whether the locked file is the one at `path`, and not one that was removed since.
    pub fn is_at(&self, path: &Path) -> bool {
        use std::os::unix::fs::MetadataExt;
        let (Ok(ours), Ok(named)) = (self.file.metadata(), std::fs::metadata(path)) else { return false };
        (ours.dev(), ours.ino()) == (named.dev(), named.ino())
    }

    /// Lets the lock pass through `exec`: the number to hand to [`Lock::inherited`].
    ///
    /// # Errors
    /// When the descriptor's flags cannot be changed.
    pub fn keep_over_exec(&self) -> io::Result<RawFd> {
        let fd = self.file.as_raw_fd();
        // SAFETY: fcntl with flags only.
        if unsafe { libc::fcntl(fd, libc::F_SETFD, 0) } < 0 { Err(io::Error::last_os_error()) } else { Ok(fd) }
    }

    /// Takes up a lock that came through `exec`; `None` when the number is not that file, locked by us.
    pub fn inherited(fd: RawFd, path: &Path) -> Option<Lock> {
        if fd <= 2 {
            return None;
        }
        // SAFETY: fcntl only reads flags; a number that is not open gives an error.
        if unsafe { libc::fcntl(fd, libc::F_SETFD, libc::FD_CLOEXEC) } < 0 {
            return None;
        }
        // SAFETY: the number is open, was handed to us for this purpose, and nobody else owns it.
        let lock = Lock { file: File::from(unsafe { OwnedFd::from_raw_fd(fd) }) };
        lock.is_at(path).then_some(lock)
    }
}
