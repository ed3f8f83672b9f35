//! A world of its own for one test: a short temporary folder that is HOME and CONDUCTOR_HOME, an empty environment,
//! and the certainty that nothing of it is left when the test ends. Every whole-program test begins with `Home::new()`.
//! It must never touch the real home, and never end a process that does not carry its mark.

use std::fs;
use std::path::{Path, PathBuf};

use super::proc::{self, Pid};
use super::run::Run;

/// The folder of one test. Declare it before the terminals that live in it, so that it is dropped after them.
pub struct Home {
    /// Removed with everything in it after the processes are ended.
    dir: Option<tempfile::TempDir>,
    path: PathBuf,
}

impl Home {
    /// A fresh home. Its path is short (`/tmp/ct-XXXXXX`), since a Unix socket's path has about 104 bytes.
    pub fn new() -> Home {
        let dir = tempfile::Builder::new().prefix("ct-").rand_bytes(6).tempdir_in("/tmp").unwrap();
        let path = dir.path().to_path_buf();
        for name in ["home", "tmp", "work"] {
            fs::create_dir(path.join(name)).unwrap();
        }
        Home { dir: Some(dir), path }
    }

    /// The folder that is CONDUCTOR_HOME.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A path below it.
    pub fn join(&self, below: impl AsRef<Path>) -> PathBuf {
        self.path.join(below)
    }

    /// An empty directory to start agents in.
    pub fn work(&self) -> PathBuf {
        self.path.join("work")
    }

    /// Writes a file below the home, with its folders.
    pub fn write(&self, below: &str, text: &str) -> PathBuf {
        let file = self.path.join(below);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, text).unwrap();
        file
    }

    /// Reads a file below the home; empty when it is not there.
    pub fn read(&self, below: &str) -> String {
        String::from_utf8_lossy(&fs::read(self.path.join(below)).unwrap_or_default()).into_owned()
    }

    /// The whole environment of what runs here. Only PATH comes from outside, since tools live in different places.
    pub fn env(&self) -> Vec<(String, String)> {
        let text = |path: PathBuf| path.to_string_lossy().into_owned();
        [
            ("PATH", std::env::var("PATH").unwrap_or_else(|_| "/usr/local/bin:/usr/bin:/bin".into())),
            ("HOME", text(self.join("home"))),
            ("TMPDIR", text(self.join("tmp"))),
            ("TERM", "xterm-256color".into()),
            ("LANG", "C.UTF-8".into()),
            ("SHELL", "/bin/sh".into()),
            ("CONDUCTOR_HOME", text(self.path.clone())),
            // Tests run side by side: each server takes a free port, and says which in `health`.
            ("CONDUCTOR_SERVER_PORT", "0".into()),
        ]
        .map(|(name, value)| (name.to_string(), value))
        .into()
    }

    /// The product's binary with these arguments.
    pub fn cmd<S: AsRef<str>>(&self, args: impl IntoIterator<Item = S>) -> Run {
        self.within(Run::new(Path::new(binary()), args))
    }

    /// Any other program (looked up in PATH) in the same world.
    pub fn program<S: AsRef<str>>(&self, name: &str, args: impl IntoIterator<Item = S>) -> Run {
        self.within(Run::new(Path::new(name), args))
    }

    fn within(&self, run: Run) -> Run {
        run.envs(self.env()).cwd(self.work())
    }

    /// The living processes that belong to this home, and all that they started: for tests about leaks.
    pub fn leftovers(&self) -> Vec<Pid> {
        proc::belonging_to(&self.path)
    }

    /// Fails, naming them, unless nothing that belongs to this home is alive any more.
    #[track_caller]
    pub fn assert_nothing_left(&self) {
        let gone = super::wait::wait_at_most(super::wait::LIMIT, || self.leftovers().is_empty().then_some(()));
        let left: Vec<String> = self.leftovers().into_iter().map(proc::describe).collect();
        assert!(gone.is_some(), "still running:\n{}", left.join("\n"));
    }

    /// Ends everything that belongs to this home, now.
    pub fn end_all(&self) {
        let left: Vec<String> = proc::end_all(&self.path).into_iter().map(proc::describe).collect();
        assert!(left.is_empty() || std::thread::panicking(), "cannot end:\n{}", left.join("\n"));
    }
}

/// The product's binary that Cargo built for these tests.
pub fn binary() -> &'static str {
    env!("CARGO_BIN_EXE_conductor-tui")
}

impl Drop for Home {
    fn drop(&mut self) {
        self.end_all();
        if std::thread::panicking() {
            let log = self.read("logs/server.log");
            let from = log.len().saturating_sub(4000);
            if !log.is_empty() {
                println!("--- the end of server.log\n{}", log.get(from..).unwrap_or(&log));
            }
            if std::env::var_os("CONDUCTOR_TEST_KEEP").is_some() {
                println!("--- kept for a look: {}", self.path.display());
                let _ = self.dir.take().map(tempfile::TempDir::keep);
            }
        }
    }
}
