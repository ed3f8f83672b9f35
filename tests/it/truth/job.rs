//! The tool that the model calls: a script that leaves files with the times of its begin and end, and its process id.
//! Written by `run.rs` into the folder in which the agent works. Its times are those of the files, never of a screen.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::event::Millis;
use crate::support::proc;

/// `sh job.sh NAME SECONDS`.
pub const SCRIPT: &str = "echo $$ > \"$1.pid\"\ntouch \"$1.begin\"\nsleep \"$2\"\ntouch \"$1.end\"\n";

/// One call of it.
pub struct Job {
    path: PathBuf,
}

impl Job {
    pub fn new(folder: &Path, name: &str) -> Job {
        Job { path: folder.join(name) }
    }

    fn time(&self, of: &str) -> Option<Millis> {
        let meta = fs::metadata(self.path.with_extension(of)).ok()?;
        Some(meta.mtime() as Millis * 1000 + meta.mtime_nsec() as Millis / 1_000_000)
    }

    pub fn began(&self) -> Option<Millis> {
        self.time("begin")
    }

    /// When it came to its own end.
    pub fn ended(&self) -> Option<Millis> {
        self.time("end")
    }

    /// Whether it has begun and its process is gone.
    pub fn is_gone(&self) -> bool {
        let pid = fs::read_to_string(self.path.with_extension("pid")).ok().and_then(|pid| pid.trim().parse().ok());
        self.began().is_some() && pid.is_some_and(|pid| !proc::alive(pid))
    }
}
