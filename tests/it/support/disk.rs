//! A small file system that can be filled, for tests of a full disk: a real one, in memory. Where only a namespace of our own
//! may mount one, the test is run once more within such a namespace. It must never skip silently.

use super::need;
use std::ffi::CString;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Unmounted on drop.
pub struct SmallDisk(PathBuf);

impl SmallDisk {
    /// Mounts one at a folder, which is made. `options`: `size=1m`, `nr_inodes=100`. `None`: we may not ([`may_mount`]).
    pub fn mount(folder: &Path, options: &str) -> Option<SmallDisk> {
        fs::create_dir_all(folder).unwrap();
        let options = format!("{options},mode=700");
        let mount = need::find("mount").map(|mount| {
            let words = ["-t", "tmpfs", "-o", &options, "small"];
            Command::new(mount).args(words).arg(folder).output().unwrap().status.success()
        });
        (mount == Some(true)).then(|| SmallDisk(folder.to_owned()))
    }

    /// Leaves so many bytes of room: pages of 4096.
    pub fn fill_but(&self, room: u64) -> Filling {
        let path = self.0.join("filling");
        let mut file = File::create(&path).unwrap();
        while file.write_all(&[0; 4096]).is_ok() {}
        let filled = file.metadata().unwrap().len();
        file.set_len(filled.saturating_sub(room)).unwrap();
        Filling(vec![path])
    }

    /// Leaves no byte of room.
    pub fn fill(&self) -> Filling {
        self.fill_but(0)
    }

    /// Leaves room for no file, however small; [`Filling::one_less`] makes some.
    pub fn crowd(&self) -> Filling {
        let folder = self.0.join("filling");
        fs::create_dir(&folder).unwrap();
        let mut all = vec![folder.clone()];
        for n in 0.. {
            let path = folder.join(n.to_string());
            if File::create(&path).is_err() {
                break;
            }
            all.push(path);
        }
        Filling(all)
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let path = CString::new(self.0.as_os_str().as_encoded_bytes()).unwrap();
        // SAFETY: the path is null-terminated and lives through the call. Lazily: holders of a failed test may live.
        unsafe { libc::umount2(path.as_ptr(), libc::MNT_DETACH) };
    }
}

/// What fills a disk; a folder stands before what is in it.
pub struct Filling(Vec<PathBuf>);

impl Filling {
    /// Room for one file more. Whether there was one to take away.
    pub fn one_less(&mut self) -> bool {
        self.0.pop().is_some_and(|path| fs::remove_file(path).is_ok())
    }

    pub fn make_room(mut self) {
        while let Some(path) = self.0.pop() {
            if path.is_dir() { fs::remove_dir(path).unwrap() } else { fs::remove_file(path).unwrap() }
        }
    }
}

/// Whether this process may mount. Where it may not and a namespace of our own may, the test of this name is run once more
/// in one, and has to pass there.
#[track_caller]
pub fn may_mount(test: &str) -> bool {
    let probe = tempfile::tempdir().unwrap();
    if SmallDisk::mount(probe.path(), "size=64k").is_some() {
        return true;
    }
    let unshare = need::find("unshare");
    let is_possible = unshare
        .as_ref()
        .is_some_and(|it| Command::new(it).args(["-rm", "true"]).output().is_ok_and(|o| o.status.success()));
    if let Some(unshare) = unshare.filter(|_| is_possible) {
        let this = std::env::current_exe().unwrap();
        let done = Command::new(unshare).arg("-rm").arg(this).args([test, "--exact", "--nocapture"]).output().unwrap();
        let said = String::from_utf8_lossy(&done.stdout);
        assert!(done.status.success() && said.contains("1 passed"), "{said}{}", String::from_utf8_lossy(&done.stderr));
        println!("passed in a namespace of its own");
    } else {
        println!("skipped: needs the right to mount");
    }
    false
}
