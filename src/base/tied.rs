//! Children that end with this process: a server that is killed must not leave a git, a check or a setup behind that goes
//! on beside the next server. Called by whatever starts one. It must never be used for what is to outlive the server.

use std::io;
use std::os::unix::process::CommandExt;
use std::process::Command;

/// Has the child killed when the thread that starts it ends, which has to wait for it. Its own children are not tied.
/// `umask`: its mask of new files; `None`: this process's own.
pub fn tie(command: &mut Command, umask: Option<u32>) {
    let parent = std::process::id();
    let tie = move || {
        // SAFETY: both are system calls without memory of ours, which are allowed between fork and exec.
        let (tied, now) = unsafe { (libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL), libc::getppid()) };
        if let Some(mask) = umask {
            // SAFETY: as above; it cannot fail.
            unsafe { libc::umask(mask) };
        }
        // It may have died before.
        if tied == 0 && u32::try_from(now) == Ok(parent) { Ok(()) } else { Err(io::ErrorKind::Interrupted.into()) }
    };
    // SAFETY: the closure allocates nothing and takes no lock.
    unsafe { command.pre_exec(tie) };
}
