//! Keeps the fork server where clients look for it: when its socket or its lock is removed under it (a cleaner of
//! temporary files, a home that was removed and made again), they are made anew. Owned by the fork server. It must never
//! take the place of another fork server that has the home by now.

use crate::holder::forkserver::socket_path;
use crate::ipc::lock::{self, Lock};
use crate::ipc::socket;
use std::ffi::CString;
use std::fs;
use std::io::{self, Read};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};

pub struct Doorplate {
    /// `None`: this file system does not tell; then what is removed stays removed.
    changes: Option<fs::File>,
    run: PathBuf,
    lock_path: PathBuf,
    /// Device and inode of our socket's name.
    ours: Option<(u64, u64)>,
}

impl Doorplate {
    /// Binds the socket and watches its folder.
    ///
    /// # Errors
    /// When it cannot be bound.
    pub fn put_up(run: &Path, lock_path: &Path) -> io::Result<(Doorplate, UnixListener)> {
        let mut plate =
            Doorplate { changes: watch(run).ok(), run: run.to_owned(), lock_path: lock_path.to_owned(), ours: None };
        let listener = plate.bind()?;
        Ok((plate, listener))
    }

    pub fn fd(&self) -> Option<RawFd> {
        self.changes.as_ref().map(AsRawFd::as_raw_fd)
    }

    /// Whether our socket is where clients look for it.
    pub fn is_up(&self) -> bool {
        self.ours.is_some() && inode(&socket_path(&self.run)) == self.ours
    }

    /// Something was removed from the folder: gives a new listener when it was our socket and the home is still ours.
    pub fn look(&mut self, held: &mut Lock) -> Option<UnixListener> {
        let mut buffer = [0; 4096];
        // What it was is seen by looking.
        while self.changes.as_mut().is_some_and(|changes| changes.read(&mut buffer).is_ok_and(|n| n > 0)) {}
        if !self.run.is_dir() {
            return None;
        }
        if !held.is_at(&self.lock_path) {
            *held = lock::try_lock(&self.lock_path).ok().flatten()?;
        }
        if self.is_up() {
            return None;
        }
        self.bind().ok()
    }

    /// Removes the socket, if it is ours.
    pub fn take_down(&self) {
        if self.is_up() {
            let _ = fs::remove_file(socket_path(&self.run));
        }
    }

    fn bind(&mut self) -> io::Result<UnixListener> {
        let path = socket_path(&self.run);
        let listener = socket::bind_private(&path)?;
        listener.set_nonblocking(true)?;
        self.ours = inode(&path);
        Ok(listener)
    }
}

fn inode(path: &Path) -> Option<(u64, u64)> {
    fs::symlink_metadata(path).ok().map(|meta| (meta.dev(), meta.ino()))
}

/// A descriptor that tells of names removed from a folder.
fn watch(folder: &Path) -> io::Result<fs::File> {
    let name = CString::new(folder.as_os_str().as_bytes())?;
    // SAFETY: only flags.
    let fd = unsafe { libc::inotify_init1(libc::IN_CLOEXEC | libc::IN_NONBLOCK) };
    if fd < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the descriptor is new and nobody else's.
    let file = fs::File::from(unsafe { OwnedFd::from_raw_fd(fd) });
    // SAFETY: the name is a string with its end that lives through the call.
    let added = unsafe { libc::inotify_add_watch(fd, name.as_ptr(), libc::IN_DELETE | libc::IN_MOVED_FROM) };
    if added < 0 { Err(io::Error::last_os_error()) } else { Ok(file) }
}
