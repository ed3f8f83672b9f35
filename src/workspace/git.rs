//! One run of the git program: with an environment that we made, bounded in time and in output, ended with whoever asked.
//! Called by this folder alone, which runs other children by the same means (`errand`). It must never inherit a variable, wait for a person, or search a program in a repository.

use super::WorkspaceError;
use crate::base::tied::tie;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsRawFd, RawFd};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// A look at whether it is still wanted: soon enough that nobody's core is busy for nobody.
const LOOK: Duration = Duration::from_millis(50);
/// Between two looks at a git whose pipes are closed: it is ending, and nothing tells when that is done.
const ENDING: Duration = Duration::from_millis(1);
/// What git has to say about a failure is a line or two.
const WORDS: usize = 16 * 1024;
/// Read at once.
const BLOCK: usize = 64 * 1024;

/// For every run. Locks that are taken only to save time would be in the way of an agent's own git; a lazy fetch would
/// run a transport that the repository names.
const ENVIRONMENT: [(&str, &str); 9] = [
    ("LC_ALL", "C"),
    ("GIT_OPTIONAL_LOCKS", "0"),
    ("GIT_TERMINAL_PROMPT", "0"),
    ("GIT_NO_LAZY_FETCH", "1"),
    ("GIT_ALLOW_PROTOCOL", "none"),
    ("GIT_NO_REPLACE_OBJECTS", "1"),
    ("GIT_PAGER", "cat"),
    ("GIT_ADVICE", "0"),
    ("GIT_FLUSH", "0"),
];

/// And said besides, for those that read the repository's configuration.
const OPTIONS: [&str; 7] =
    ["--no-pager", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "core.quotePath=false"];

/// How it tells that a disk takes no more: the system's words, and its own for a pack and for a ref.
const FULL: [&str; 4] = [": No space left on device", ": Disk quota exceeded", "Out of diskspace", "couldn't write '"];

/// How long, and for whom.
#[derive(Clone, Debug)]
pub struct Patience {
    pub limit: Duration,
    until: Instant,
    is_unwanted: Arc<AtomicBool>,
}

impl Patience {
    pub fn new(limit: Duration, is_unwanted: Arc<AtomicBool>) -> Patience {
        Patience { limit, until: Instant::now() + limit, is_unwanted }
    }

    /// # Errors
    /// It takes too long, or nobody waits for it any more.
    pub fn check(&self) -> Result<(), WorkspaceError> {
        if self.is_unwanted.load(Ordering::Relaxed) {
            return Err(WorkspaceError::Unwanted);
        }
        if Instant::now() >= self.until { Err(WorkspaceError::TooSlow(self.limit)) } else { Ok(()) }
    }
}

/// The program, and what of the user's surroundings it may know.
#[derive(Clone, Debug)]
pub struct Git {
    program: PathBuf,
    path: OsString,
    home: Vec<(&'static str, OsString)>,
    /// Mask of new files; `None`: this process's own.
    umask: Option<u32>,
}

/// What a run printed.
#[derive(Debug)]
pub struct Printed {
    pub bytes: Vec<u8>,
    /// It would have been more.
    pub is_cut: bool,
    pub is_success: bool,
    /// What it said beside it: the line that matters.
    pub words: String,
    /// All of it.
    said: Vec<u8>,
}

impl Printed {
    /// # Errors
    /// When the run failed: what git said.
    pub fn succeeded(self) -> Result<Printed, WorkspaceError> {
        if self.is_success { Ok(self) } else { Err(self.failure()) }
    }

    /// What git said, as an error.
    pub fn failure(self) -> WorkspaceError {
        if self.is_full() { WorkspaceError::Full(self.words) } else { WorkspaceError::Git(self.words) }
    }

    /// It could not write. A name that says so is taken for it, which refuses more than it has to.
    pub fn is_full(&self) -> bool {
        let said = String::from_utf8_lossy(&self.said);
        !self.is_success && FULL.iter().any(|words| said.contains(words))
    }

    /// As text, without the line end behind it.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).trim_end_matches('\n').to_owned()
    }

    /// The path that `update-index` could not take. It names one as it is, with whatever is in it.
    pub fn refused_path(&self) -> Option<Vec<u8>> {
        let line = self.said.strip_suffix(b"\n").unwrap_or(&self.said);
        let words: &[u8] = b"fatal: Unable to process path ";
        let at = line.windows(words.len()).rposition(|part| part == words)?;
        Some(line[at + words.len()..].to_vec())
    }

    /// The records of what was printed with `-z`. Of output that was cut, the last one is not whole and left out.
    pub fn records(&self) -> impl Iterator<Item = &[u8]> {
        let whole = self.bytes.iter().rposition(|byte| *byte == 0).unwrap_or(0);
        self.bytes[..whole].split(|byte| *byte == 0).filter(|record| !record.is_empty())
    }
}

/// One run.
pub struct Run<'a> {
    pub directory: &'a Path,
    pub arguments: &'a [&'a OsStr],
    /// Beside those of every run.
    pub environment: &'a [(&'a str, &'a OsStr)],
    /// The user's own configuration is read: who trusts which directory.
    pub is_users: bool,
    pub stdin: Option<File>,
    pub most: usize,
}

impl Git {
    /// The git of these variables' `PATH`. Relative parts of it would find a program in the repository.
    ///
    /// # Errors
    /// When there is none.
    pub fn find(variable: impl Fn(&str) -> Option<OsString>) -> Result<Git, WorkspaceError> {
        let path = variable("PATH").unwrap_or_else(|| "/usr/local/bin:/usr/bin:/bin".into());
        let folders: Vec<PathBuf> = std::env::split_paths(&path).filter(|folder| folder.is_absolute()).collect();
        let is_program = |file: &PathBuf| {
            file.metadata().is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
        };
        let program = folders.iter().map(|folder| folder.join("git")).find(is_program).ok_or(WorkspaceError::NoGit)?;
        let path = std::env::join_paths(&folders).map_err(|_| WorkspaceError::NoGit)?;
        let home = ["HOME", "XDG_CONFIG_HOME"].into_iter().filter_map(|name| Some((name, variable(name)?))).collect();
        Ok(Git { program, path, home, umask: None })
    }

    /// The same, for files that are the user's and not ours.
    #[must_use]
    pub fn with_umask(mut self, mask: u32) -> Git {
        self.umask = Some(mask & 0o777);
        self
    }

    /// Where the user's list of ignored files lies unless their configuration says otherwise.
    pub fn default_excludes(&self) -> Option<PathBuf> {
        let value =
            |name: &str| self.home.iter().find(|(known, _)| *known == name).map(|(_, value)| PathBuf::from(value));
        let folder = value("XDG_CONFIG_HOME").or_else(|| value("HOME").map(|home| home.join(".config")))?;
        Some(folder.join("git/ignore"))
    }

    pub fn home(&self) -> Option<PathBuf> {
        self.home.iter().find(|(known, _)| *known == "HOME").map(|(_, value)| PathBuf::from(value))
    }

    /// # Errors
    /// It cannot be started, takes too long, or is not wanted any more. That it fails is its answer.
    pub fn run(&self, run: Run<'_>, patience: &Patience) -> Result<Printed, WorkspaceError> {
        patience.check()?;
        let mut command = Command::new(&self.program);
        command.current_dir(run.directory).env_clear().env("PATH", &self.path).envs(ENVIRONMENT);
        if run.is_users {
            command.envs(self.home.iter().map(|(name, value)| (name, value)));
        } else {
            // What the user set for their own git (filters, differs) is not asked for either: what a diff shows does not
            // depend on who runs the server.
            command.envs([
                ("GIT_CONFIG_NOSYSTEM", "1"),
                ("GIT_ATTR_NOSYSTEM", "1"),
                ("GIT_CONFIG_GLOBAL", "/dev/null"),
            ]);
            command.envs([("HOME", "/nonexistent"), ("XDG_CONFIG_HOME", "/nonexistent")]);
        }
        command.envs(run.environment.iter().copied());
        command.args(OPTIONS).args(run.arguments).process_group(0);
        tie(&mut command, self.umask);
        command.stdin(run.stdin.map_or_else(Stdio::null, Stdio::from)).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = Running(command.spawn()?);
        let printed = child.read(run.most, patience)?;
        Ok(printed)
    }
}

/// A child with all its own; ended when it is dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        if let Ok(group) = i32::try_from(self.0.id())
            && matches!(self.0.try_wait(), Ok(None))
        {
            // SAFETY: the child is not collected yet, so that the group is still its own.
            unsafe { libc::kill(-group, libc::SIGKILL) };
            let _ = self.0.wait();
        }
    }
}

impl Running {
    fn read(&mut self, most: usize, patience: &Patience) -> Result<Printed, WorkspaceError> {
        let (Some(mut out), Some(mut err)) = (self.0.stdout.take(), self.0.stderr.take()) else {
            return Err(WorkspaceError::Io(io::ErrorKind::BrokenPipe.into()));
        };
        set_nonblocking(out.as_raw_fd())?;
        set_nonblocking(err.as_raw_fd())?;
        let (mut bytes, mut words) = (Vec::new(), Vec::new());
        let (mut is_out_open, mut is_err_open) = (true, true);
        while is_out_open || is_err_open {
            patience.check()?;
            wait_for([(out.as_raw_fd(), is_out_open), (err.as_raw_fd(), is_err_open)])?;
            is_out_open = is_out_open && take(&mut out, &mut bytes)?;
            is_err_open = is_err_open && take(&mut err, &mut words)?;
            // What was said last is why it ended.
            words.drain(..words.len().saturating_sub(WORDS));
            if bytes.len() > most {
                bytes.truncate(most);
                return Ok(Printed { bytes, is_cut: true, is_success: true, words: told(&words), said: words });
            }
        }
        loop {
            // Its pipes are closed: it ends now, or it is stuck.
            if let Some(status) = self.0.try_wait()? {
                let is_success = status.success();
                return Ok(Printed { bytes, is_cut: false, is_success, words: told(&words), said: words });
            }
            patience.check()?;
            std::thread::sleep(ENDING);
        }
    }
}

/// The first line of it, without what every one begins with.
fn told(words: &[u8]) -> String {
    let words = String::from_utf8_lossy(words);
    let line = words.lines().find(|line| line.starts_with("fatal: ") || line.starts_with("error: "));
    let line = line.or_else(|| words.lines().next()).unwrap_or_default();
    line.trim_start_matches("fatal: ").trim_start_matches("error: ").to_owned()
}

/// Takes what is there; whether more may come.
pub fn take(pipe: &mut impl Read, into: &mut Vec<u8>) -> io::Result<bool> {
    let mut block = [0; BLOCK];
    match pipe.read(&mut block) {
        Ok(0) => Ok(false),
        Ok(n) => {
            into.extend_from_slice(&block[..n]);
            Ok(true)
        }
        Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => Ok(true),
        Err(error) => Err(error),
    }
}

pub fn wait_for(pipes: [(RawFd, bool); 2]) -> io::Result<()> {
    let mut polled =
        pipes.map(|(fd, is_open)| libc::pollfd { fd: if is_open { fd } else { -1 }, events: libc::POLLIN, revents: 0 });
    // SAFETY: the pointer and the length are those of a live array; a negative descriptor is passed over.
    let ready = unsafe { libc::poll(polled.as_mut_ptr(), 2, LOOK.as_millis() as i32) };
    match ready {
        -1 if io::Error::last_os_error().kind() != io::ErrorKind::Interrupted => Err(io::Error::last_os_error()),
        _ => Ok(()),
    }
}

pub fn set_nonblocking(fd: RawFd) -> io::Result<()> {
    // SAFETY: the descriptor is open, and its flags are changed only.
    let result = unsafe { libc::fcntl(fd, libc::F_SETFL, libc::O_NONBLOCK) };
    if result == -1 { Err(io::Error::last_os_error()) } else { Ok(()) }
}
