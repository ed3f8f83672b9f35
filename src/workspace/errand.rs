//! One command that the user agreed to, run in a work tree: bounded in time, what it prints kept in a file. Called by the
//! server's service, which knows whose command it is. It must never choose a command, wait for a person, or outlive its
//! caller.

use super::WorkspaceError;
use super::git::{Patience, set_nonblocking, take, wait_for};
use crate::base::tied::tie;
use std::fs::{File, OpenOptions};
use std::io::{self, PipeReader, Write as _};
use std::os::fd::AsRawFd;
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// Of what it prints: a build with all its warnings fits.
const LOG: usize = 4 * 1024 * 1024;
/// Of its end, as much is told with a failure.
const LAST: usize = 2000;
/// What may still be in the pipe when it has ended (a pipe holds 64 KiB), so that nothing that lives on keeps us.
const DRAINED: usize = 256 * 1024;

pub struct Errand<'a> {
    /// For `/bin/sh -c`.
    pub command: &'a str,
    pub directory: &'a Path,
    /// All of it.
    pub environment: &'a [(String, String)],
    pub umask: u32,
    /// Made anew, for its owner alone.
    pub log: &'a Path,
}

/// How it ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Ended {
    Well,
    /// Why, in words, and the last of what it printed.
    Badly(String, String),
}

/// Runs it to its end. What it leaves in its process group ends with it.
///
/// # Errors
/// It cannot be started, or its log cannot be written.
pub fn errand(errand: &Errand<'_>, patience: &Patience) -> Result<Ended, WorkspaceError> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600).custom_flags(libc::O_NOFOLLOW);
    let mut log = Log { file: options.open(errand.log)?, left: LOG, is_cut: false, last: Vec::new() };
    let (mut pipe, writer) = io::pipe()?;
    let mut child = {
        let mut command = Command::new("/bin/sh");
        command.arg("-c").arg(errand.command).current_dir(errand.directory).env_clear();
        command.envs(errand.environment.iter().map(|(name, value)| (name, value))).process_group(0);
        command.stdin(Stdio::null()).stdout(writer.try_clone()?).stderr(writer);
        tie(&mut command, Some(errand.umask));
        // With the command our ends of its pipe are closed.
        Group(command.spawn()?)
    };
    set_nonblocking(pipe.as_raw_fd())?;
    let mut is_open = true;
    while !child.has_ended()? {
        if let Err(late) = patience.check() {
            child.end()?;
            log.rest(&mut pipe)?;
            return Ok(Ended::Badly(format!("was ended: {late}"), log.last()));
        }
        wait_for([(pipe.as_raw_fd(), is_open), (pipe.as_raw_fd(), false)])?;
        is_open = is_open && log.more(&mut pipe)?.1;
    }
    let status = child.end()?;
    log.rest(&mut pipe)?;
    Ok(match (status.code(), status.signal()) {
        (Some(0), _) => Ended::Well,
        (Some(code), _) => Ended::Badly(format!("ended with code {code}"), log.last()),
        (None, signal) => Ended::Badly(format!("was ended by signal {}", signal.unwrap_or_default()), log.last()),
    })
}

struct Log {
    file: File,
    left: usize,
    /// That there was more is said in it.
    is_cut: bool,
    last: Vec<u8>,
}

impl Log {
    /// How much there was, and whether more may come.
    fn more(&mut self, pipe: &mut PipeReader) -> io::Result<(usize, bool)> {
        let mut bytes = Vec::new();
        let is_open = take(pipe, &mut bytes)?;
        let kept = bytes.len().min(self.left);
        self.file.write_all(&bytes[..kept])?;
        self.left -= kept;
        if kept < bytes.len() && !self.is_cut {
            self.is_cut = true;
            self.file.write_all(b"\n[what came after this is not kept]\n")?;
        }
        self.last.extend_from_slice(&bytes);
        self.last.drain(..self.last.len().saturating_sub(LAST));
        Ok((bytes.len(), is_open))
    }

    fn rest(&mut self, pipe: &mut PipeReader) -> io::Result<()> {
        let mut drained = 0;
        while drained < DRAINED {
            match self.more(pipe)?.0 {
                0 => break,
                n => drained += n,
            }
        }
        Ok(())
    }

    fn last(&self) -> String {
        String::from_utf8_lossy(&self.last).trim().to_owned()
    }
}

/// A child that leads a process group; ended with all of it when it is dropped.
struct Group(Child);

impl Drop for Group {
    fn drop(&mut self) {
        let _ = self.end();
    }
}

impl Group {
    /// Without collecting it: as long as it is not, its group is nobody else's.
    fn has_ended(&self) -> io::Result<bool> {
        // SAFETY: an all-zero siginfo is valid, and it lives through the call.
        let mut facts: libc::siginfo_t = unsafe { std::mem::zeroed() };
        let flags = libc::WEXITED | libc::WNOHANG | libc::WNOWAIT;
        // SAFETY: as above; the child is ours and not collected.
        if unsafe { libc::waitid(libc::P_PID, self.0.id(), &raw mut facts, flags) } != 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: waitid has filled it, or left it zero.
        Ok(unsafe { facts.si_pid() } != 0)
    }

    fn end(&mut self) -> io::Result<std::process::ExitStatus> {
        if let Ok(group) = i32::try_from(self.0.id())
            && self.has_ended().is_ok()
        {
            // SAFETY: the child is not collected yet, so that the group is still its own.
            unsafe { libc::kill(-group, libc::SIGKILL) };
        }
        self.0.wait()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::PermissionsExt;
    use std::sync::Arc;
    use std::time::Duration;

    fn ran(command: &str, limit: Duration) -> (tempfile::TempDir, Ended, Vec<u8>) {
        let dir = tempfile::tempdir().unwrap();
        let log = dir.path().join("log");
        let environment =
            [("PATH".to_owned(), std::env::var("PATH").unwrap()), ("NAME".to_owned(), "value".to_owned())];
        let asked = Errand { command, directory: dir.path(), environment: &environment, umask: 0o027, log: &log };
        let ended = errand(&asked, &Patience::new(limit, Arc::default())).unwrap();
        assert_eq!(fs::metadata(&log).unwrap().permissions().mode() & 0o777, 0o600);
        let log = fs::read(&log).unwrap();
        (dir, ended, log)
    }

    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn it_runs_in_its_place_with_nothing_but_what_it_was_given() {
        let (dir, ended, log) = ran("pwd; env | grep NAME; env | grep -c CARGO; umask; cat; echo bad >&2", LONG);
        assert_eq!(ended, Ended::Well);
        let place = dir.path().canonicalize().unwrap();
        assert_eq!(String::from_utf8(log).unwrap(), format!("{}\nNAME=value\n0\n0027\nbad\n", place.display()));
    }

    #[test]
    fn a_failure_is_told_with_the_last_that_was_printed() {
        let (_, ended, _) = ran("echo first; exit 3", LONG);
        assert_eq!(ended, Ended::Badly("ended with code 3".into(), "first".into()));
        let (_, ended, _) = ran("kill -9 $$", LONG);
        assert_eq!(ended, Ended::Badly("was ended by signal 9".into(), String::new()));
    }

    #[test]
    fn what_takes_too_long_or_stays_behind_is_ended_and_keeps_nobody() {
        let (dir, ended, log) = ran("sleep 1000 & echo $! > pid; echo begun; wait", Duration::from_millis(300));
        let Ended::Badly(why, last) = ended else { panic!("it ended well") };
        assert!(why.starts_with("was ended: ") && last == "begun" && log == b"begun\n", "{why}");
        assert!(is_gone(dir.path()));
        // It holds the pipe, and ends with the group.
        let (dir, ended, _) = ran("sleep 1000 & echo $! > pid; echo begun", LONG);
        assert_eq!(ended, Ended::Well);
        assert!(is_gone(dir.path()));
    }

    /// A killed process may take a moment; then it is a zombie of whoever collects it, or nothing.
    fn is_gone(dir: &Path) -> bool {
        let pid = fs::read_to_string(dir.join("pid")).unwrap();
        (0..1000).any(|_| {
            let state = fs::read_to_string(format!("/proc/{}/stat", pid.trim())).unwrap_or_default();
            let is_gone = state.is_empty() || state.contains(") Z ");
            if !is_gone {
                std::thread::yield_now();
            }
            is_gone
        })
    }

    #[test]
    fn a_flood_is_cut_and_its_end_is_known() {
        let (_, ended, log) = ran("head -c 6000000 /dev/zero | tr '\\0' x; echo; echo the end; exit 1", LONG);
        let Ended::Badly(_, last) = ended else { panic!("it ended well") };
        assert!(last.ends_with("the end"), "{last}");
        assert!(log.len() > LOG && log.len() < LOG + 100, "{}", log.len());
    }
}
