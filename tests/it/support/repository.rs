//! A real git repository in a home's work folder, and what lies in a work tree, to be compared bit for bit.

use super::Home;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What git prints, run as nobody's user.
#[track_caller]
pub fn git(directory: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new("git");
    command.current_dir(directory).env("HOME", directory).env("GIT_CONFIG_NOSYSTEM", "1");
    command.args(["-c", "user.name=ada", "-c", "user.email=ada@example.org"]).args(arguments);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
}

/// A repository on `main` with one commit, where agents start.
pub fn repository(home: &Home) -> PathBuf {
    let top = home.work();
    git(&top, &["init", "-q", "-b", "main"]);
    fs::write(top.join("code.rs"), "fn one() {}\nfn two() {}\nfn three() {}\n").unwrap();
    fs::write(top.join(".gitignore"), ".env\ntarget/\n").unwrap();
    git(&top, &["add", "."]);
    git(&top, &["commit", "-q", "-m", "first"]);
    top
}

/// Fails, naming what differs, unless both are the same.
#[track_caller]
pub fn assert_same(now: &Listing, before: &Listing) {
    let differs = |path: &&PathBuf| now.get(*path) != before.get(*path);
    let different: BTreeSet<&PathBuf> = now.keys().chain(before.keys()).filter(differs).collect();
    let told = different.iter().take(9).map(|path| {
        let mode = |of: &Listing| of.get(*path).map(|(mode, bytes)| format!("{mode:o}, {} bytes", bytes.len()));
        format!("{}: {:?}, before {:?}", path.display(), mode(now), mode(before))
    });
    assert!(different.is_empty(), "{}", told.collect::<Vec<_>>().join("\n"));
}

/// By path: kind and permissions, contents.
pub type Listing = BTreeMap<PathBuf, (u32, Vec<u8>)>;

/// Everything below a folder but its `.git`.
pub fn listing(top: &Path) -> Listing {
    let mut all = Listing::new();
    let mut folders = vec![top.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(top).unwrap().to_owned();
            if name == Path::new(".git") {
                continue;
            }
            let found = fs::symlink_metadata(&path).unwrap();
            let bytes = match () {
                () if found.is_symlink() => fs::read_link(&path).unwrap().as_os_str().as_bytes().to_vec(),
                () if found.is_file() => fs::read(&path).unwrap(),
                () => Vec::new(),
            };
            all.insert(name, (found.mode(), bytes));
            if found.is_dir() {
                folders.push(path);
            }
        }
    }
    all
}
