//! Who is at the other end of a Unix socket, as the kernel knows it since `connect`. Called on every accepted
//! connection. It must never believe anything that the peer says of itself.

use std::io;
use std::os::fd::AsRawFd;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Peer {
    /// 0 when the peer is in a pid namespace that we cannot see into.
    pub pid: u32,
    pub uid: u32,
}

/// # Errors
/// When the socket is not a Unix socket or already gone.
pub fn peer_of(socket: &impl AsRawFd) -> io::Result<Peer> {
    // SAFETY: an all-zero ucred is valid; getsockopt writes at most `length` bytes into it.
    unsafe {
        let mut credentials: libc::ucred = std::mem::zeroed();
        let mut length = size_of::<libc::ucred>() as libc::socklen_t;
        let result = libc::getsockopt(
            socket.as_raw_fd(),
            libc::SOL_SOCKET,
            libc::SO_PEERCRED,
            (&raw mut credentials).cast(),
            &raw mut length,
        );
        if result < 0 {
            return Err(io::Error::last_os_error());
        }
        Ok(Peer { pid: u32::try_from(credentials.pid).unwrap_or(0), uid: credentials.uid })
    }
}

/// The user we run as.
pub fn our_uid() -> u32 {
    // SAFETY: geteuid cannot fail.
    unsafe { libc::geteuid() }
}
