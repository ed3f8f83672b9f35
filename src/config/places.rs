//! Where everything lies: one directory with `--home` or `CONDUCTOR_HOME`, else the XDG places, or `~/.conductor`
//! where that exists. Called once at the start of every role. It must never put a socket on a network file
//! system, in a directory that others can enter, or where its path is too long to bind.

use sha2::{Digest, Sha256};
use std::ffi::CString;
use std::fs;
use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// The places of one home.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Places {
    /// Given by `--home` or `CONDUCTOR_HOME`; passed on to the processes we start.
    pub home: Option<PathBuf>,
    pub config: PathBuf,
    pub data: PathBuf,
    pub state: PathBuf,
    /// Sockets, tokens, locks.
    pub run: PathBuf,
}

/// What can be wrong with a home, each with what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum PlaceError {
    #[error("there is no home directory: HOME is not set")]
    NoHome,
    #[error("the home {0} lies on a network file system ({1}), where locks and sockets cannot be relied on")]
    Network(PathBuf, &'static str),
    #[error("cannot use {0}")]
    Unusable(PathBuf, #[source] io::Error),
}

impl PlaceError {
    pub fn hint(&self) -> &'static str {
        match self {
            PlaceError::NoHome | PlaceError::Network(..) => "set CONDUCTOR_HOME to a directory on a local disk",
            PlaceError::Unusable(..) => {
                "give a directory that you own and can write, with --home DIR or CONDUCTOR_HOME"
            }
        }
    }
}

impl Places {
    /// Every folder that is ours.
    pub fn all(&self) -> Vec<PathBuf> {
        let named = [&self.config, &self.data, &self.state, &self.run];
        named.into_iter().chain(&self.home).cloned().collect()
    }

    /// Finds the places; makes nothing. `home` is `--home`, `env_home` is `CONDUCTOR_HOME`.
    ///
    /// # Errors
    /// When neither a home is given nor `HOME` is set.
    pub fn find(home: Option<&Path>, env_home: Option<&Path>) -> Result<Places, PlaceError> {
        if let Some(dir) = home.or(env_home).filter(|d| !d.as_os_str().is_empty()) {
            let dir = std::path::absolute(dir).map_err(|e| PlaceError::Unusable(dir.to_owned(), e))?;
            return Ok(Places::under(&dir));
        }
        let base = directories::BaseDirs::new().ok_or(PlaceError::NoHome)?;
        let classic = base.home_dir().join(".conductor");
        if classic.is_dir() {
            return Ok(Places { home: None, ..Places::under(&classic) });
        }
        let project = directories::ProjectDirs::from("", "", "conductor-tui").ok_or(PlaceError::NoHome)?;
        let state = project.state_dir().unwrap_or(project.data_dir()).to_owned();
        Ok(Places {
            home: None,
            config: project.config_dir().to_owned(),
            data: project.data_dir().to_owned(),
            run: short_run(&state.join("run")),
            state,
        })
    }

    fn under(dir: &Path) -> Places {
        Places {
            home: Some(dir.to_owned()),
            config: dir.to_owned(),
            data: dir.to_owned(),
            state: dir.to_owned(),
            run: short_run(&dir.join("run")),
        }
    }

    /// `--home DIR` for the processes we start, or empty.
    pub fn home_argument(&self) -> String {
        self.home.as_ref().map(|h| h.to_string_lossy().into_owned()).unwrap_or_default()
    }

    pub fn socket(&self) -> PathBuf {
        self.run.join("server.sock")
    }

    pub fn holders(&self) -> PathBuf {
        self.run.join("holders")
    }

    pub fn database(&self) -> PathBuf {
        self.data.join("db/conductor.db")
    }

    /// Work trees made for agents, unless the settings say otherwise.
    pub fn worktrees(&self) -> PathBuf {
        self.data.join("worktrees")
    }

    /// What setup and teardown of work trees printed.
    pub fn worktree_logs(&self) -> PathBuf {
        self.data.join("logs/worktree")
    }

    pub fn terminal_logs(&self) -> PathBuf {
        self.data.join("logs/terminal")
    }

    pub fn server_logs(&self) -> PathBuf {
        self.state.join("logs")
    }

    pub fn token(&self) -> PathBuf {
        self.run.join("token")
    }

    /// Pictures that were pasted, for agents to read.
    pub fn pastes(&self) -> PathBuf {
        self.state.join("pastes")
    }

    /// What the screen remembers of itself.
    pub fn screen(&self) -> PathBuf {
        self.state.join("screen.json")
    }

    /// Why the last server could not start, for the client that waits for it.
    pub fn start_error(&self) -> PathBuf {
        self.run.join("start-error")
    }

    /// Makes every directory (0700) and checks that the home can be trusted with sockets and locks.
    ///
    /// # Errors
    /// A read-only or foreign directory, a network file system.
    pub fn prepare(&self) -> Result<(), PlaceError> {
        let logs = self.terminal_logs();
        let database = self.data.join("db");
        let server_logs = self.server_logs();
        let long_run = self.state.join("run");
        let all = [&self.config, &self.data, &self.state, &long_run, &self.run, &logs, &database, &server_logs];
        for dir in all {
            private_dir(dir).map_err(|e| PlaceError::Unusable(dir.clone(), e))?;
        }
        for dir in [&self.data, &self.run] {
            if let Some(kind) = network_file_system(file_system(dir)) {
                return Err(PlaceError::Network(dir.clone(), kind));
            }
        }
        let place = format!("{}\n{}\n", self.run.display(), host_name());
        let file = long_run.join("where");
        if fs::read_to_string(&file).ok().as_deref() != Some(place.as_str()) {
            write_private(&file, place.as_bytes()).map_err(|e| PlaceError::Unusable(file, e))?;
        }
        Ok(())
    }
}

/// Whether the sockets under `run` can be bound: a Unix socket's path has 108 bytes, a few of them for the file's
/// name (`holders/xxxxxxxx.sock`, 22 bytes) and some left for the kernel's and other systems' differences.
fn fits(run: &Path) -> bool {
    run.as_os_str().len() + 22 <= 90
}

/// `run`, or a short private place in /tmp when a holder's socket under `run` would have too long a path.
fn short_run(run: &Path) -> PathBuf {
    if fits(run) {
        return run.to_owned();
    }
    let digest = Sha256::digest(run.as_os_str().as_bytes());
    let hex: String = digest[..4].iter().map(|b| format!("{b:02x}")).collect();
    // SAFETY: geteuid cannot fail.
    PathBuf::from(format!("/tmp/ctui-{}-{hex}", unsafe { libc::geteuid() }))
}

/// Writes a file that only we may read, from its first byte.
///
/// # Errors
/// When it cannot be written.
pub fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    file.write_all(bytes)
}

/// Makes a directory for us alone. One that exists must be a real directory of ours.
///
/// # Errors
/// When it cannot be made, or is somebody else's.
pub fn private_dir(path: &Path) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path)?;
    let meta = fs::symlink_metadata(path)?;
    // SAFETY: geteuid cannot fail.
    if meta.uid() != unsafe { libc::geteuid() } {
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, "it belongs to another user"));
    }
    // A user may link a home elsewhere; in /tmp a link may be somebody's trap.
    let is_trusted_link = meta.is_symlink() && !path.starts_with("/tmp/");
    if !meta.is_dir() && !is_trusted_link {
        return Err(io::Error::new(io::ErrorKind::NotADirectory, "it is not a directory"));
    }
    let name = CString::new(path.as_os_str().as_bytes())?;
    // SAFETY: access reads a null-terminated path that lives through the call.
    if unsafe { libc::access(name.as_ptr(), libc::W_OK | libc::X_OK) } != 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

fn file_system(path: &Path) -> u64 {
    let Ok(name) = CString::new(path.as_os_str().as_bytes()) else { return 0 };
    // SAFETY: an all-zero statfs is valid; the path is null-terminated and lives through the call.
    unsafe {
        let mut facts: libc::statfs = std::mem::zeroed();
        if libc::statfs(name.as_ptr(), &raw mut facts) == 0 { facts.f_type as u64 } else { 0 }
    }
}

/// The name of a network file system by its magic number (statfs(2)).
fn network_file_system(magic: u64) -> Option<&'static str> {
    match magic & 0xffff_ffff {
        0x6969 => Some("NFS"),
        0xff53_4d42 => Some("CIFS"),
        0xfe53_4d42 => Some("SMB"),
        0x517b => Some("SMB"),
        0x0102_1997 => Some("9P"),
        _ => None,
    }
}

fn host_name() -> String {
    fs::read_to_string("/proc/sys/kernel/hostname").map(|n| n.trim().to_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_homes_get_a_short_run_place() {
        let short = Places::find(Some(Path::new("/x")), None).unwrap();
        assert_eq!(short.run, Path::new("/x/run"));
        let long = Places::find(Some(Path::new(&format!("/{}", "d".repeat(100)))), None).unwrap();
        assert!(long.run.to_string_lossy().starts_with("/tmp/ctui-"));
        assert!(fits(&long.run));
        assert_eq!(long, Places::find(Some(Path::new(&format!("/{}", "d".repeat(100)))), None).unwrap());
    }

    #[test]
    fn network_file_systems_are_known_by_their_number() {
        for (magic, name) in [(0x6969, Some("NFS")), (0xff53_4d42, Some("CIFS")), (0xef53, None), (0x0102_1994, None)] {
            assert_eq!(network_file_system(magic), name);
        }
    }

    #[test]
    fn a_directory_of_somebody_else_or_a_link_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("file");
        fs::write(&file, "").unwrap();
        assert!(private_dir(&file).is_err());
        assert!(private_dir(&dir.path().join("a/b")).is_ok());
    }
}
