//! Restarts a server that died without saying goodbye, with back-off. Called by the fork server's loop. A server
//! that is supervised by somebody else (systemd, a terminal) is only watched, never restarted.

use crate::holder::process::{self, Forked};
use std::ffi::CString;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::path::Path;
use std::time::{Duration, Instant};

/// First restart at once; a server that dies again and again is tried at most every 30 s.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// A server that lived this long has recovered: the next death is a first one.
const RECOVERED: Duration = Duration::from_secs(60);
/// As long as a client waits for the server that it asked for.
const ASKED_FOR: Duration = Duration::from_secs(20);

pub struct Supervisor {
    home: String,
    /// The user's mask of new files, for servers.
    umask: u32,
    server: Option<Watched>,
    executable: String,
    supervise: bool,
    failures: u32,
    restart_at: Option<Instant>,
    /// When a client last asked for a server while the old one was still ending: its last moments, in which it
    /// answers nobody and is not yet known to be gone.
    asked_at: Option<Instant>,
}

struct Watched {
    pid: u32,
    fd: OwnedFd,
    since: Instant,
    goodbye: bool,
}

impl Supervisor {
    pub fn new(home: &str, umask: u32) -> Supervisor {
        Supervisor {
            home: home.to_owned(),
            umask,
            server: None,
            executable: String::new(),
            supervise: false,
            failures: 0,
            restart_at: None,
            asked_at: None,
        }
    }

    pub fn server_pid(&self) -> Option<u32> {
        self.server.as_ref().map(|s| s.pid)
    }

    /// A server that dies is started again.
    pub fn is_supervising(&self) -> bool {
        self.supervise
    }

    pub fn server_fd(&self) -> Option<RawFd> {
        self.server.as_ref().map(|s| s.fd.as_raw_fd())
    }

    pub fn deadline(&self) -> Option<Instant> {
        self.restart_at
    }

    /// Nothing runs and nothing is to be started.
    pub fn is_idle(&self) -> bool {
        self.server.is_none() && self.restart_at.is_none()
    }

    /// A server introduced itself.
    pub fn introduce(&mut self, pid: u32, executable: &str, supervise: bool, now: Instant) {
        match process::pid_fd(pid) {
            Ok(fd) => {
                let known = self.server.as_ref().filter(|s| s.pid == pid).map(|s| s.since);
                self.server = Some(Watched { pid, fd, since: known.unwrap_or(now), goodbye: false });
                self.restart_at = None;
            }
            // It was killed while it introduced itself.
            Err(error) if error.raw_os_error() == Some(libc::ESRCH) && self.server.is_none() => {
                self.restart_at = supervise.then_some(now);
            }
            Err(_) => return,
        }
        executable.clone_into(&mut self.executable);
        self.supervise = supervise;
    }

    /// The server ends on purpose.
    pub fn goodbye(&mut self, restart: bool, executable: &str, now: Instant) {
        if let Some(server) = &mut self.server {
            server.goodbye = true;
        }
        self.restart_at = None;
        self.asked_at = None;
        if restart {
            executable.clone_into(&mut self.executable);
            self.supervise = true;
            self.failures = 0;
            // Started when the old one is gone: it holds the lock until then.
            if self.server.is_none() {
                self.restart_at = Some(now);
            }
        } else {
            self.supervise = false;
        }
    }

    /// A client found no server. One that we still know is about to end, or about to answer: the question is kept.
    pub fn ensure(&mut self, executable: &str, now: Instant) {
        if self.server.as_ref().is_none_or(|server| server.goodbye) {
            // A client whose own file was removed by an upgrade still gets the server that ran last.
            if self.executable.is_empty() || Path::new(executable).exists() {
                executable.clone_into(&mut self.executable);
            }
            self.supervise = true;
        }
        match self.server {
            Some(_) => self.asked_at = Some(now),
            None => self.restart_at = Some(now),
        }
    }

    /// The server's process has ended.
    pub fn server_ended(&mut self, now: Instant) {
        let Some(server) = self.server.take() else { return };
        if !self.supervise {
            return;
        }
        let is_asked_for = self.asked_at.take().is_some_and(|at| now.saturating_duration_since(at) < ASKED_FOR);
        if server.goodbye || is_asked_for || now.saturating_duration_since(server.since) > RECOVERED {
            self.failures = 0;
        }
        let pause = FIRST_PAUSE.saturating_mul(1 << self.failures.min(16)).min(LONGEST_PAUSE);
        self.restart_at = Some(if self.failures == 0 { now } else { now + pause });
        self.failures += 1;
    }

    /// Starts the server when it is due. `None`: nothing started.
    pub fn start_if_due(&mut self, now: Instant) -> Option<u32> {
        if self.restart_at.is_none_or(|at| at > now) {
            return None;
        }
        self.restart_at = None;
        match spawn_server(&self.executable, &self.home, self.umask) {
            Some(pid) => {
                let executable = self.executable.clone();
                self.introduce(pid, &executable, true, now);
                Some(pid)
            }
            None => {
                self.failures += 1;
                self.restart_at = Some(now + LONGEST_PAUSE);
                None
            }
        }
    }
}

/// Forks and runs `executable server --supervised`. The child's end is seen through its pid descriptor.
fn spawn_server(executable: &str, home: &str, umask: u32) -> Option<u32> {
    if !Path::new(executable).exists() {
        return None;
    }
    // Without a home of its own the server finds the user's places as we did, by the environment.
    let home = if home.is_empty() { vec![] } else { vec!["--home", home] };
    let words = [executable].into_iter().chain(home).chain(["server", "--supervised"]);
    let arguments: Vec<CString> = words.map(CString::new).collect::<Result<_, _>>().ok()?;
    let mut pointers: Vec<*const libc::c_char> = arguments.iter().map(|a| a.as_ptr()).collect();
    pointers.push(std::ptr::null());
    match process::fork().ok()? {
        Forked::Parent { child } => Some(child),
        Forked::Child => {
            process::new_session();
            process::close_all_but(&[]);
            process::set_umask(umask);
            // SAFETY: an empty signal mask is valid; the argument pointers end with null and live in `arguments`.
            unsafe {
                let mut none: libc::sigset_t = std::mem::zeroed();
                libc::sigemptyset(&raw mut none);
                libc::sigprocmask(libc::SIG_SETMASK, &raw const none, std::ptr::null_mut());
                libc::execv(pointers[0], pointers.as_ptr());
                libc::_exit(127)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_supervised_server_that_said_no_goodbye_is_restarted() {
        let (now, us) = (Instant::now(), std::process::id());
        let mut supervisor = Supervisor::new("/nowhere", 0o022);
        supervisor.introduce(us, "/bin/false", false, now);
        supervisor.server_ended(now);
        assert!(supervisor.is_idle(), "not supervised");

        supervisor.introduce(us, "/bin/false", true, now);
        supervisor.goodbye(false, "", now);
        supervisor.server_ended(now);
        assert!(supervisor.is_idle(), "said goodbye");

        supervisor.introduce(us, "/bin/false", true, now);
        supervisor.server_ended(now);
        assert_eq!(supervisor.deadline(), Some(now), "the first time at once");
        supervisor.introduce(us, "/bin/false", true, now);
        supervisor.server_ended(now);
        assert_eq!(supervisor.deadline(), Some(now + 2 * FIRST_PAUSE), "then with back-off");
        for _ in 0..40 {
            supervisor.introduce(us, "/bin/false", true, now);
            supervisor.server_ended(now);
        }
        assert_eq!(supervisor.deadline(), Some(now + LONGEST_PAUSE));
        let later = now + 2 * RECOVERED;
        supervisor.introduce(us, "/bin/false", true, now);
        supervisor.server_ended(later);
        assert_eq!(supervisor.deadline(), Some(later), "it had recovered");
    }

    #[test]
    fn a_client_that_asks_in_the_last_moments_of_a_server_gets_another_one() {
        let (now, us) = (Instant::now(), std::process::id());
        let mut supervisor = Supervisor::new("/nowhere", 0o022);
        supervisor.introduce(us, "/bin/false", true, now);
        supervisor.goodbye(false, "", now);
        supervisor.ensure("/bin/true", now);
        assert_eq!(supervisor.deadline(), None, "not beside the old one");
        supervisor.server_ended(now);
        assert_eq!(supervisor.deadline(), Some(now), "it was asked for after the goodbye");

        for _ in 0..10 {
            supervisor.introduce(us, "/bin/false", true, now);
            supervisor.server_ended(now);
        }
        supervisor.introduce(us, "/bin/false", true, now);
        supervisor.ensure("/bin/false", now);
        supervisor.server_ended(now);
        assert_eq!(supervisor.deadline(), Some(now), "somebody waits, so there is no pause");

        supervisor.introduce(us, "/bin/false", false, now);
        supervisor.ensure("/bin/false", now);
        supervisor.server_ended(now);
        assert!(supervisor.is_idle(), "a server that somebody else supervises stays theirs");
    }
}
