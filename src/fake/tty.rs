//! The terminal that a double runs in: raw while it runs, as it was when it ends. Used by the host.

use crate::fake::scene::Size;
use std::io::{self, Write};
use std::os::fd::{AsRawFd, BorrowedFd};

/// Holds the terminal raw; gives it back on drop, also when the double fails.
pub struct Raw<'a> {
    fd: BorrowedFd<'a>,
    before: libc::termios,
    farewell: String,
}

impl<'a> Raw<'a> {
    /// `farewell`: what the terminal is told at the end.
    ///
    /// # Errors
    /// When `fd` is no terminal.
    pub fn new(fd: BorrowedFd<'a>, farewell: String) -> io::Result<Raw<'a>> {
        // SAFETY: both structures live through the calls, which write nothing else.
        unsafe {
            let mut before: libc::termios = std::mem::zeroed();
            if libc::tcgetattr(fd.as_raw_fd(), &raw mut before) < 0 {
                return Err(io::Error::last_os_error());
            }
            let mut raw = before;
            libc::cfmakeraw(&raw mut raw);
            if libc::tcsetattr(fd.as_raw_fd(), libc::TCSANOW, &raw const raw) < 0 {
                return Err(io::Error::last_os_error());
            }
            Ok(Raw { fd, before, farewell })
        }
    }
}

impl Drop for Raw<'_> {
    fn drop(&mut self) {
        // A terminal that is gone needs nothing back.
        let mut out = io::stdout().lock();
        let _ = out.write_all(self.farewell.as_bytes()).and_then(|()| out.flush());
        // SAFETY: the structure is the one that the system gave us.
        unsafe { libc::tcsetattr(self.fd.as_raw_fd(), libc::TCSADRAIN, &raw const self.before) };
    }
}

/// The terminal's size; nothing when it says none.
pub fn size(fd: BorrowedFd<'_>) -> Option<Size> {
    // SAFETY: the structure lives through the call, which writes nothing else.
    let (result, size) = unsafe {
        let mut size: libc::winsize = std::mem::zeroed();
        (libc::ioctl(fd.as_raw_fd(), libc::TIOCGWINSZ, &raw mut size), size)
    };
    (result == 0).then(|| Size { cols: size.ws_col.into(), rows: size.ws_row.into() })
}
