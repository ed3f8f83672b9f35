//! The one blocking call of holders and fork server: `poll(2)` over descriptors with a deadline, and signals as a
//! descriptor. It must never spin: without a deadline it sleeps until something happens.

use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::time::{Duration, Instant};

/// What to watch, and after [`Watch::wait`] what happened.
#[derive(Default)]
pub struct Watch {
    fds: Vec<libc::pollfd>,
}

impl Watch {
    pub fn clear(&mut self) {
        self.fds.clear();
    }

    /// Watches a descriptor and returns its place for [`Watch::ready`]. Wanting nothing of it, we do not hear of its
    /// end either: poll would tell that again and again.
    pub fn add(&mut self, fd: RawFd, read: bool, write: bool) -> usize {
        let events = if read { libc::POLLIN } else { 0 } | if write { libc::POLLOUT } else { 0 };
        let fd = if events == 0 { -1 } else { fd };
        self.fds.push(libc::pollfd { fd, events, revents: 0 });
        self.fds.len() - 1
    }

    /// Readable (or at its end, or broken), writable.
    pub fn ready(&self, place: usize) -> (bool, bool) {
        let got = self.fds.get(place).map_or(0, |fd| fd.revents);
        let broken = got & (libc::POLLHUP | libc::POLLERR | libc::POLLNVAL) != 0;
        (got & libc::POLLIN != 0 || broken, got & libc::POLLOUT != 0 || broken)
    }

    /// Sleeps until a descriptor is ready or the deadline has come.
    ///
    /// # Errors
    /// Only for programming errors; interruptions are taken as nothing ready.
    pub fn wait(&mut self, deadline: Option<Instant>) -> io::Result<()> {
        let timeout = deadline.map_or(-1, |at| {
            let left = at.saturating_duration_since(Instant::now());
            // Rounded up, so that a deadline is never found not yet due in a busy loop.
            i32::try_from(left.as_micros().div_ceil(1000)).unwrap_or(i32::MAX)
        });
        // SAFETY: the pointer and length are those of our vector.
        let n = unsafe { libc::poll(self.fds.as_mut_ptr(), self.fds.len() as libc::nfds_t, timeout) };
        if n < 0 {
            let error = io::Error::last_os_error();
            for fd in &mut self.fds {
                fd.revents = 0;
            }
            if error.kind() != io::ErrorKind::Interrupted {
                return Err(error);
            }
        }
        Ok(())
    }
}

/// Whether more can be read within `patience`.
pub fn readable_within(fd: &impl AsRawFd, patience: Duration) -> bool {
    let mut one = libc::pollfd { fd: fd.as_raw_fd(), events: libc::POLLIN, revents: 0 };
    let time = libc::timespec { tv_sec: 0, tv_nsec: libc::c_long::from(patience.subsec_nanos()) };
    // SAFETY: one pollfd and one timespec that live through the call.
    unsafe { libc::ppoll(&raw mut one, 1, &raw const time, std::ptr::null()) == 1 && one.revents & libc::POLLIN != 0 }
}

/// Long enough for a descriptor to come free, short enough that no agent notices.
const ACCEPT_PAUSE: Duration = Duration::from_millis(10);

/// A connection that cannot be accepted for want of descriptors stays readable: without a pause the loop would spin.
pub fn pause_if_out_of_descriptors(error: &io::Error) {
    if matches!(error.raw_os_error(), Some(libc::EMFILE | libc::ENFILE)) {
        std::thread::sleep(ACCEPT_PAUSE);
    }
}

/// Blocks `signals` and gives them as a descriptor instead.
///
/// # Errors
/// When no descriptors are left.
pub fn signal_fd(signals: &[libc::c_int]) -> io::Result<OwnedFd> {
    // SAFETY: the set lives through the calls; the descriptor is new and ours.
    unsafe {
        let mut set: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&raw mut set);
        for signal in signals {
            libc::sigaddset(&raw mut set, *signal);
        }
        if libc::sigprocmask(libc::SIG_BLOCK, &raw const set, std::ptr::null_mut()) < 0 {
            return Err(io::Error::last_os_error());
        }
        let fd = libc::signalfd(-1, &raw const set, libc::SFD_CLOEXEC | libc::SFD_NONBLOCK);
        if fd < 0 { Err(io::Error::last_os_error()) } else { Ok(OwnedFd::from_raw_fd(fd)) }
    }
}

/// The signals that have come since the last call.
pub fn take_signals(fd: &OwnedFd) -> Vec<libc::c_int> {
    let mut got = Vec::new();
    loop {
        // SAFETY: read writes at most one signalfd_siginfo into a value of that type.
        let signal = unsafe {
            let mut info: libc::signalfd_siginfo = std::mem::zeroed();
            let size = size_of::<libc::signalfd_siginfo>();
            let n = libc::read(fd.as_raw_fd(), (&raw mut info).cast(), size);
            (usize::try_from(n) == Ok(size)).then_some(info.ssi_signo)
        };
        match signal.and_then(|s| libc::c_int::try_from(s).ok()) {
            Some(signal) => got.push(signal),
            None => return got,
        }
    }
}
