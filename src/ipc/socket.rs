//! Private Unix sockets (0600) and directories (0700). Called by whoever listens. It must never leave a socket
//! open to others, not even between two system calls, and never follow a symbolic link in place of a directory.

use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;

/// Binds a socket that only our user can open, replacing a dead one of that name. The caller holds the lock that
/// makes it the only binder, and has no other thread yet: the umask is the process's.
///
/// # Errors
/// When the path is too long or the directory cannot be written.
pub fn bind_private(path: &Path) -> io::Result<UnixListener> {
    match fs::remove_file(path) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
        _ => {}
    }
    // SAFETY: umask only sets a number.
    let before = unsafe { libc::umask(0o177) };
    let listener = UnixListener::bind(path);
    // SAFETY: as above.
    unsafe { libc::umask(before) };
    listener
}

/// Files are for our user alone from their first byte. Returns the mask from before: the user's own, which belongs to
/// the agents.
pub fn private_umask() -> u32 {
    // SAFETY: umask only sets a number.
    unsafe { libc::umask(0o077) }
}

/// Makes a directory (and its parents) for our user alone; one that exists must be ours and is closed to others.
///
/// # Errors
/// When it cannot be made, is a symbolic link, or belongs to somebody else.
pub fn private_dir(path: &Path) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path)?;
    let meta = fs::symlink_metadata(path)?;
    if !meta.is_dir() {
        return Err(io::Error::other(format!("{} is not a directory", path.display())));
    }
    if meta.uid() != crate::ipc::peer::our_uid() {
        return Err(io::Error::other(format!("{} belongs to another user", path.display())));
    }
    if meta.permissions().mode() & 0o077 != 0 {
        fs::set_permissions(path, fs::Permissions::from_mode(0o700))?;
    }
    Ok(())
}

/// Whether somebody accepts connections there.
pub fn is_live(path: &Path) -> bool {
    UnixStream::connect(path).is_ok()
}
