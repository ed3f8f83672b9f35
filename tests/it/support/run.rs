//! Runs one command to its end, with a time limit, and keeps what it said. Made by `Home::cmd` and `Home::program`.
//! It must never outlive its limit, and never let an ended command's orphans hold the test by an inherited pipe.

use std::fs::File;
use std::io::Read;
use std::os::fd::AsRawFd;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use super::proc;
use super::wait::{LIMIT, wait_at_most};

/// A command that is being put together; `run` runs it.
#[must_use = "nothing happens before `run`"]
pub struct Run {
    command: Command,
    input: Option<String>,
    limit: Duration,
    shown: String,
}

/// What a command said. Checked, or `let _ =` with a reason: a test that drops it has seen nothing.
#[must_use = "look at the code and the text, or the test has seen nothing"]
#[derive(Debug)]
pub struct Output {
    /// The exit code; 128 + n for a death by signal n, as shells say it.
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
    shown: String,
}

impl Run {
    /// `program args` with an empty environment, no terminal and nothing on its standard input.
    pub fn new<S: AsRef<str>>(program: &Path, args: impl IntoIterator<Item = S>) -> Run {
        let mut command = Command::new(program);
        let mut shown = program.file_name().unwrap_or_default().to_string_lossy().into_owned();
        for arg in args {
            shown = format!("{shown} {}", arg.as_ref());
            command.arg(arg.as_ref());
        }
        command.env_clear();
        // SAFETY: setsid is async-signal-safe and touches no memory. Without a terminal of the person who runs the
        // tests, a command cannot ask them anything.
        unsafe {
            command.pre_exec(|| {
                libc::setsid();
                super::pty::keep_three_descriptors();
                Ok(())
            })
        };
        Run { command, input: None, limit: LIMIT, shown }
    }

    pub fn env(mut self, name: &str, value: impl AsRef<std::ffi::OsStr>) -> Run {
        self.command.env(name, value);
        self
    }

    pub fn envs<K: AsRef<str>, V: AsRef<str>>(mut self, vars: impl IntoIterator<Item = (K, V)>) -> Run {
        for (name, value) in vars {
            self.command.env(name.as_ref(), value.as_ref());
        }
        self
    }

    pub fn env_remove(mut self, name: &str) -> Run {
        self.command.env_remove(name);
        self
    }

    pub fn cwd(mut self, dir: impl AsRef<Path>) -> Run {
        self.command.current_dir(dir);
        self
    }

    /// Text for its standard input, which ends after it.
    pub fn stdin(mut self, text: impl Into<String>) -> Run {
        self.input = Some(text.into());
        self
    }

    /// A time limit other than [`LIMIT`].
    pub fn limit(mut self, limit: Duration) -> Run {
        self.limit = limit;
        self
    }

    /// Starts it without waiting: for a server in the foreground. Its output goes to the file `log`.
    #[track_caller]
    pub fn start(mut self, log: &Path) -> Running {
        let file = File::create(log).unwrap();
        self.command.stdin(self.stdin_file()).stdout(file.try_clone().unwrap()).stderr(file);
        match self.command.spawn() {
            Ok(child) => Running { child, shown: self.shown, log: log.into() },
            Err(error) => panic!("cannot start `{}`: {error}", self.shown),
        }
    }

    /// Runs it to its end.
    #[track_caller]
    pub fn run(mut self) -> Output {
        self.command.stdin(self.stdin_file()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = self.command.spawn().unwrap_or_else(|error| panic!("cannot start `{}`: {error}", self.shown));
        let (mut out, mut err) = (child.stdout.take(), child.stderr.take());
        let (mut stdout, mut stderr) = (vec![], vec![]);
        let handle = proc::pidfd(child.id() as i32).expect("a pidfd of our own child");
        let mut deadline = Instant::now() + self.limit;
        let mut ended = false;
        while !ended || out.is_some() || err.is_some() {
            let left = deadline.saturating_duration_since(Instant::now());
            let fds = [
                out.as_ref().map_or(-1, AsRawFd::as_raw_fd),
                err.as_ref().map_or(-1, AsRawFd::as_raw_fd),
                if ended { -1 } else { handle.as_raw_fd() },
            ];
            let mut polled = fds.map(|fd| libc::pollfd { fd, events: libc::POLLIN, revents: 0 });
            // SAFETY: the array is ours and its length is passed with it; negative descriptors are skipped.
            let ready = unsafe { libc::poll(polled.as_mut_ptr(), 3, left.as_millis() as i32 + 1) };
            if ready <= 0 && left.is_zero() {
                let said = format!("stdout:\n{}\nstderr:\n{}", lossy(&stdout), lossy(&stderr));
                let why = match ended {
                    true => "has ended, but something it started holds its output open".to_string(),
                    false => format!("did not end within {:?}", self.limit),
                };
                let _ = child.kill();
                let _ = child.wait();
                panic!("`{}` {why}\n{said}", self.shown);
            }
            if polled[0].revents != 0 {
                drain(&mut out, &mut stdout);
            }
            if polled[1].revents != 0 {
                drain(&mut err, &mut stderr);
            }
            if polled[2].revents != 0 {
                ended = true;
                // What was written before the end is in the pipes already; only an orphan keeps them open longer.
                deadline = deadline.min(Instant::now() + Duration::from_secs(5));
            }
        }
        let status = child.wait().unwrap();
        Output { code: code_of(status), stdout: lossy(&stdout), stderr: lossy(&stderr), shown: self.shown }
    }

    fn stdin_file(&self) -> Stdio {
        use std::io::{Seek, Write};
        let Some(text) = &self.input else { return Stdio::null() };
        // A file instead of a pipe: nobody has to write while we read, so nothing can block both.
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        file.rewind().unwrap();
        Stdio::from(file)
    }
}

/// A command that was started and not waited for. SIGKILLed (it alone) and reaped on drop.
pub struct Running {
    child: Child,
    shown: String,
    log: PathBuf,
}

impl Running {
    pub fn pid(&self) -> proc::Pid {
        self.child.id() as proc::Pid
    }

    /// What it has printed so far.
    pub fn said(&self) -> String {
        lossy(&std::fs::read(&self.log).unwrap_or_default())
    }

    /// Whether it has not ended yet.
    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Signals it, unless it has ended.
    #[track_caller]
    pub fn signal(&mut self, signal: i32) {
        // Our own child stays a zombie until `try_wait` has seen its end, so the id is still its own.
        if self.is_running() {
            proc::signal(self.pid(), signal);
        }
    }

    /// Waits for its end; gives its code (128 + n for signal n).
    #[track_caller]
    pub fn wait(&mut self) -> i32 {
        let code = wait_at_most(LIMIT, || self.child.try_wait().ok().flatten().map(code_of));
        code.unwrap_or_else(|| panic!("`{}` has not ended\n{}", self.shown, self.said()))
    }

    /// SIGKILLs it and waits for its end.
    #[track_caller]
    pub fn kill(&mut self) {
        self.signal(libc::SIGKILL);
        self.wait();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!("--- what `{}` said\n{}", self.shown, self.said());
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn code_of(status: ExitStatus) -> i32 {
    status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or(0))
}

/// Reads what is there; at the end of the stream it is closed.
fn drain(from: &mut Option<impl Read>, into: &mut Vec<u8>) {
    let mut buffer = [0; 8192];
    match from.as_mut().map(|stream| stream.read(&mut buffer)) {
        Some(Ok(n)) if n > 0 => into.extend_from_slice(&buffer[..n]),
        Some(Err(error)) if error.kind() == std::io::ErrorKind::Interrupted => {}
        _ => *from = None,
    }
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

impl Output {
    /// Fails unless the command succeeded.
    #[track_caller]
    pub fn ok(self) -> Output {
        self.code(0)
    }

    /// Fails unless the command ended with this code.
    #[track_caller]
    pub fn code(self, code: i32) -> Output {
        assert!(
            self.code == code,
            "`{}` ended with {}, not {code}\nstdout:\n{}\nstderr:\n{}",
            self.shown,
            self.code,
            self.stdout,
            self.stderr
        );
        self
    }

    /// Standard output as JSON.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| {
            panic!("`{}` printed no JSON: {error}\n{}\n{}", self.shown, self.stdout, self.stderr)
        })
    }

    /// Standard output as JSON, one value a line.
    #[track_caller]
    pub fn json_lines(&self) -> Vec<serde_json::Value> {
        let line = |line| serde_json::from_str(line).unwrap_or_else(|error| panic!("no JSON: {error}\n{line}"));
        self.stdout.lines().map(line).collect()
    }
}
