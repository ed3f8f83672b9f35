//! Pasted pictures as files, for agents that take paths: where they lie, how they are named, how long they stay. Called
//! by the run loop off its own thread. It must never remove or overwrite a file that it did not make.

use crate::base::clock::{Millis, rfc3339};
use crate::config::places::private_dir;
use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// The newest so many stay: more than anyone pastes in a day's work, and a bound for what they take.
const KEPT: usize = 50;
/// Older ones go: a conversation may come back to its picture, but not after a week.
const KEPT_FOR: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// How all of them begin; nothing else in the folder is ours.
const PREFIX: &str = "paste-";
/// Names for the pictures of one second.
const SAME_SECOND: usize = 100;

/// Writes a picture into a file of its own that only the user may read; its path.
///
/// # Errors
/// When it cannot be written: a full disk, a folder of somebody else.
pub fn keep(folder: &Path, bytes: &[u8], ending: &str, now: Millis) -> io::Result<PathBuf> {
    private_dir(folder)?;
    for number in 1..=SAME_SECOND {
        let path = folder.join(name(now, number, ending));
        match fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path) {
            Ok(mut file) => {
                // Half a picture is no use to anyone.
                return file.write_all(bytes).map(|()| path.clone()).inspect_err(|_| drop(fs::remove_file(&path)));
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

/// `paste-20261121-164205.png`, and `-2` for the second of that second.
fn name(now: Millis, number: usize, ending: &str) -> String {
    let digits: String = rfc3339(now).chars().take(19).filter(char::is_ascii_digit).collect();
    let (day, time) = digits.split_at(digits.len().min(8));
    let number = if number > 1 { format!("-{number}") } else { String::new() };
    format!("{PREFIX}{day}-{time}{number}.{ending}")
}

/// Removes pictures that are too old or too many. One that cannot be removed is tried the next time.
pub fn clean(folder: &Path, now: SystemTime) {
    let is_ours = |path: &Path| path.file_name().and_then(|n| n.to_str()).is_some_and(|n| n.starts_with(PREFIX));
    let files = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut files: Vec<(SystemTime, PathBuf)> = files
        .filter(|path| is_ours(path))
        .filter_map(|path| {
            let meta = fs::symlink_metadata(&path).ok().filter(fs::Metadata::is_file)?;
            Some((meta.modified().ok()?, path))
        })
        .collect();
    files.sort_by(|a, b| b.cmp(a));
    for (n, (at, path)) in files.iter().enumerate() {
        if n >= KEPT || now.duration_since(*at).is_ok_and(|age| age > KEPT_FOR) {
            let _ = fs::remove_file(path);
        }
    }
}

/// A path as terminals paste it when a file is dropped on them: in quotes when a shell would read it otherwise.
pub fn quoted(path: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_@%+=:,./-".contains(c);
    if path.chars().all(is_plain) { path.to_owned() } else { format!("'{}'", path.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    /// 2026-11-20, 16:42 UTC.
    const NOW: Millis = crate::tui::testing::NOW;

    #[test]
    fn a_picture_is_the_users_alone_and_overwrites_none() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("pastes");
        let (one, two) = (keep(&folder, b"one", "png", NOW).unwrap(), keep(&folder, b"two", "png", NOW).unwrap());
        let digits = rfc3339(NOW)[..10].replace('-', "");
        assert_eq!(one.file_name().unwrap().to_str().unwrap(), format!("paste-{digits}-164200.png"));
        assert_eq!(two.file_name().unwrap().to_str().unwrap(), format!("paste-{digits}-164200-2.png"));
        assert_eq!((fs::read(&one).unwrap(), fs::read(&two).unwrap()), (b"one".to_vec(), b"two".to_vec()));
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&one), mode(&folder)), (0o600, 0o700));
    }

    #[test]
    fn old_ones_and_the_oldest_of_too_many_go() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("mine.png"), "").unwrap();
        let now = SystemTime::now();
        let file = |n: u64, age: Duration| {
            let file = fs::File::create(dir.path().join(format!("paste-{n}.png"))).unwrap();
            file.set_modified(now - age).unwrap();
        };
        (0..60).for_each(|n| file(n, Duration::from_secs(n * 60)));
        clean(dir.path(), now);
        let left = |n: u64| dir.path().join(format!("paste-{n}.png")).exists();
        assert!(left(0) && left(49) && !left(50) && !left(59));
        clean(dir.path(), now + KEPT_FOR - Duration::from_secs(30));
        assert!(left(0) && !left(1));
        clean(dir.path(), now + KEPT_FOR * 2);
        assert!(!left(0) && dir.path().join("mine.png").exists());
        clean(&dir.path().join("nowhere"), now);
    }

    #[test]
    fn paths_are_quoted_as_terminals_do() {
        for (path, expected) in [
            ("/home/ada/.local/state/x/paste-1.png", "/home/ada/.local/state/x/paste-1.png"),
            ("/home/ada lovelace/a.png", "'/home/ada lovelace/a.png'"),
            ("/it's/a.png", r"'/it'\''s/a.png'"),
            ("/$(x)/é", "'/$(x)/é'"),
        ] {
            assert_eq!(quoted(path), expected);
        }
    }
}
