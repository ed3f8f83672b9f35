//! A small file of ours that keeps named values over restarts: what a screen remembers. Written whole beside itself and
//! renamed, so that it is always one whole or another; several writers change their own fields only. Called by the
//! screen's run loop. It must never refuse to start anything: a file that cannot be read is set aside, and said.

use super::places::write_private;
use serde_json::{Map, Value};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _};
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

pub type Fields = Map<String, Value>;

/// Far more than any screen remembers; a larger file is none of ours.
const MOST: u64 = 4 << 20;

/// What the file holds; nothing where there is none. And what is wrong with it, for the user: then it lies aside.
pub fn load(path: &Path) -> (Fields, Option<String>) {
    match read(path) {
        Ok(fields) => (fields, None),
        Err(error) if error.kind() == io::ErrorKind::NotFound => (Fields::new(), None),
        Err(error) if error.kind() == io::ErrorKind::InvalidData => (Fields::new(), Some(set_aside(path, &error))),
        Err(error) => (Fields::new(), Some(format!("{}: {error}", path.display()))),
    }
}

/// What the file holds, for somebody who may change nothing.
pub fn look(path: &Path) -> Fields {
    read(path).unwrap_or_default()
}

/// Puts these fields in, and leaves all others as somebody else has written them.
///
/// # Errors
/// When it cannot be written.
pub fn store(path: &Path, changed: &Fields) -> io::Result<()> {
    // Somebody who holds it for ever must not keep us: then the last writer wins the whole file.
    let _lock = lock(&beside(path, "lock"));
    let mut fields = match read(path) {
        Ok(fields) => fields,
        Err(error) if error.kind() == io::ErrorKind::NotFound => Fields::new(),
        Err(error) if error.kind() == io::ErrorKind::InvalidData => {
            set_aside(path, &error);
            Fields::new()
        }
        // What cannot be read now may be whole.
        Err(error) => return Err(error),
    };
    fields.extend(changed.iter().map(|(name, value)| (name.clone(), value.clone())));
    let mut text = serde_json::to_vec_pretty(&fields)?;
    text.push(b'\n');
    let new = beside(path, &format!("{}.new", std::process::id()));
    let written = write_private(&new, &text).and_then(|()| File::open(&new)?.sync_data());
    let moved = written.and_then(|()| fs::rename(&new, path));
    if moved.is_err() {
        let _ = fs::remove_file(&new);
    }
    moved
}

fn read(path: &Path) -> io::Result<Fields> {
    let mut text = String::new();
    // A pipe or a terminal in its place would keep us for ever.
    let file = OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK).open(path)?;
    file.take(MOST).read_to_string(&mut text)?;
    serde_json::from_str(&text).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}

fn set_aside(path: &Path, error: &io::Error) -> String {
    let aside = beside(path, "bad");
    match fs::rename(path, &aside) {
        Ok(()) => format!("{} cannot be read ({error}); it is kept as {}", path.display(), aside.display()),
        Err(_) => format!("{} cannot be read ({error})", path.display()),
    }
}

/// `screen.json.bad`.
fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    PathBuf::from(name)
}

/// Held until it is dropped; `None` when somebody else has it or it cannot be made.
fn lock(path: &Path) -> Option<File> {
    let file = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path).ok()?;
    // Another one holds it for as long as one small write takes.
    for _ in 0..TRIES {
        // SAFETY: flock on a descriptor we own.
        if unsafe { libc::flock(file.as_raw_fd(), libc::LOCK_EX | libc::LOCK_NB) } == 0 {
            return Some(file);
        }
        std::thread::sleep(WAIT);
    }
    None
}

/// Half a second in all: a disk that needs longer for a few hundred bytes keeps nobody at a closing screen.
const TRIES: u32 = 50;
const WAIT: std::time::Duration = std::time::Duration::from_millis(10);

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::os::unix::fs::PermissionsExt as _;

    fn fields(value: Value) -> Fields {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn writers_change_their_own_fields_only_and_leave_unknown_ones() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("screen.json");
        assert_eq!(load(&path), (Fields::new(), None));
        store(&path, &fields(json!({ "layout": "rows", "of a later version": [1] }))).unwrap();
        store(&path, &fields(json!({ "layout": "grid" }))).unwrap();
        store(&path, &fields(json!({ "sidebar": false }))).unwrap();
        let expected = fields(json!({ "layout": "grid", "of a later version": [1], "sidebar": false }));
        assert_eq!(load(&path), (expected, None));
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(look(&path), load(&path).0);
        let mut names: Vec<_> = fs::read_dir(dir.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names, ["screen.json", "screen.json.lock"]);
    }

    #[test]
    fn a_broken_file_is_set_aside_and_said() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("screen.json");
        for broken in [&b"{ \"layout\": "[..], b"", b"[1]", b"\xff\xfe", b"null"] {
            fs::write(&path, broken).unwrap();
            let (fields, problem) = load(&path);
            assert!(fields.is_empty() && problem.unwrap().contains("screen.json.bad"), "{broken:?}");
            assert!(!path.exists());
            assert_eq!(fs::read(beside(&path, "bad")).unwrap(), broken);
        }
        // What is no file is left where it is.
        fs::create_dir(&path).unwrap();
        assert!(load(&path).1.is_some() && path.is_dir());
        assert!(store(&path, &Fields::new()).is_err());
    }

    #[test]
    fn two_writers_at_once_lose_nothing_of_each_other() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("screen.json");
        std::thread::scope(|scope| {
            for name in ["a", "b", "c"] {
                let path = &path;
                scope.spawn(move || {
                    for n in 0..20 {
                        store(path, &fields(json!({ name: n }))).unwrap();
                        assert_eq!(load(path).1, None);
                    }
                });
            }
        });
        assert_eq!(load(&path).0, fields(json!({ "a": 19, "b": 19, "c": 19 })));
    }
}
