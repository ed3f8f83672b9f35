//! Tells when a file of the configuration was saved, by inotify: an idle screen sleeps until then. Used by the screen's run loop
//! and the server, which look at the files themselves. It must never be needed: where nothing can be watched, changes count at the next
//! start.

use std::ffi::CString;
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{FromRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use tokio::io::unix::AsyncFd;

/// A file was written and closed, or put into its place, or taken away; or a folder was made (`themes/`, `providers/`, by
/// whoever writes the first one).
const SAVED: u32 = libc::IN_CLOSE_WRITE | libc::IN_MOVED_TO | libc::IN_DELETE | libc::IN_CREATE;

/// Folders below the configuration whose files count.
const FOLDERS: [&str; 3] = ["themes", "providers", "policies"];

/// Room for many events at once: each has 16 bytes and a name.
const ROOM: usize = 4096;

/// Watches folders: editors replace files, and a watch on a file would go with the old one.
#[derive(Debug)]
pub struct Watch {
    events: AsyncFd<File>,
}

impl Watch {
    /// Watches a configuration.
    ///
    /// # Errors
    /// When the system gives no more watches.
    pub fn new(config: &Path) -> io::Result<Watch> {
        let watch = Watch::of_nothing()?;
        watch.follow(config);
        Ok(watch)
    }

    /// Watches what is there by now: the three folders, and those where linked files really lie (dotfiles often do). One
    /// that is watched already costs nothing.
    pub fn follow(&self, config: &Path) {
        self.add(config);
        let folders = FOLDERS.map(|name| config.join(name));
        folders.iter().for_each(|folder| self.add(folder));
        let listed = folders.iter().filter_map(|folder| std::fs::read_dir(folder).ok());
        let listed = listed.flatten().flatten().map(|entry| entry.path());
        for link in
            listed.chain([config.join("config.toml"), config.join("keys.toml")]).filter(|path| path.is_symlink())
        {
            if let Ok(real) = link.canonicalize()
                && let Some(folder) = real.parent()
            {
                self.add(folder);
            }
        }
    }

    fn of_nothing() -> io::Result<Watch> {
        // SAFETY: the call takes no pointers.
        let descriptor = unsafe { libc::inotify_init1(libc::IN_NONBLOCK | libc::IN_CLOEXEC) };
        if descriptor < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: the descriptor was just made and has no other owner.
        let file = File::from(unsafe { OwnedFd::from_raw_fd(descriptor) });
        // SAFETY: a `File` owns its descriptor and keeps it open and the same until the `AsyncFd` drops it.
        let events = unsafe { AsyncFd::register_with_interest(file, tokio::io::Interest::READABLE) };
        Ok(Watch { events: events? })
    }

    fn add(&self, folder: &Path) {
        use std::os::fd::AsRawFd as _;
        let Ok(name) = CString::new(folder.as_os_str().as_bytes()) else { return };
        // SAFETY: the descriptor is ours, the path is null-terminated and lives through the call.
        unsafe { libc::inotify_add_watch(self.events.get_ref().as_raw_fd(), name.as_ptr(), SAVED | libc::IN_ONLYDIR) };
    }

    /// Waits until something was saved that may be a setting or a theme. Nothing is lost when the future is dropped.
    pub async fn saved(&self) {
        loop {
            let Ok(mut ready) = self.events.readable().await else { return std::future::pending().await };
            let mut buffer = [0; ROOM];
            let read = ready.try_io(|events| events.get_ref().read(&mut buffer));
            if let Ok(Ok(length)) = read
                && tells(&buffer[..length])
            {
                return;
            }
        }
    }
}

/// Whether one of the events is about a file of ours: others have files in the same folder, and editors have more.
fn tells(events: &[u8]) -> bool {
    const HEAD: usize = 16;
    let mut rest = events;
    while rest.len() >= HEAD {
        let number = |at: usize| u32::from_ne_bytes([rest[at], rest[at + 1], rest[at + 2], rest[at + 3]]);
        let (mask, length) = (number(4), number(12) as usize);
        let name = rest.get(HEAD..HEAD + length).unwrap_or_default();
        let name = name.split(|byte| *byte == 0).next().unwrap_or_default();
        let is_folder = mask & libc::IN_ISDIR != 0;
        // A file that was only made will be written, and closed then.
        let is_whole = mask & (libc::IN_CREATE | libc::IN_ISDIR) != libc::IN_CREATE;
        if mask & libc::IN_Q_OVERFLOW != 0
            || (is_folder && FOLDERS.iter().any(|folder| folder.as_bytes() == name))
            || (is_whole && name.ends_with(b".toml"))
        {
            return true;
        }
        rest = rest.get(HEAD + length..).unwrap_or_default();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt as _;
    use std::fs;

    /// Whether it tells of something by now: the kernel knows of a change before the call that made it returns.
    async fn told(watch: &Watch) -> bool {
        // The first look asks the runtime, which has to have its turn once.
        for _ in 0..3 {
            if watch.saved().now_or_never().is_some() {
                return true;
            }
            tokio::task::yield_now().await;
        }
        false
    }

    #[tokio::test]
    async fn saves_of_all_kinds_are_told_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let real = tempfile::tempdir().unwrap();
        fs::write(real.path().join("linked.toml"), "").unwrap();
        let watch = Watch::new(dir.path()).unwrap();
        assert!(!told(&watch).await);
        let config = dir.path().join("config.toml");
        fs::write(&config, "a").unwrap();
        assert!(told(&watch).await, "written");
        fs::write(dir.path().join("new"), "b").unwrap();
        assert!(!told(&watch).await, "a file of somebody else");
        fs::rename(dir.path().join("new"), &config).unwrap();
        assert!(told(&watch).await, "replaced");
        fs::create_dir(dir.path().join("themes")).unwrap();
        assert!(told(&watch).await, "the first theme is about to come");
        watch.follow(dir.path());
        fs::write(dir.path().join("themes/mine.toml"), "").unwrap();
        assert!(told(&watch).await, "a theme");
        fs::remove_file(&config).unwrap();
        assert!(told(&watch).await, "taken away");
        std::os::unix::fs::symlink(real.path().join("linked.toml"), &config).unwrap();
        watch.follow(dir.path());
        fs::write(real.path().join("linked.toml"), "c").unwrap();
        assert!(told(&watch).await, "where a link leads to");
        assert!(!told(&watch).await);
    }
}
