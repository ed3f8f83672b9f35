//! Facts about processes, from `/proc`: who lives, whose child it is, what it holds, which test it belongs to. Used by
//! `home.rs` for clean-up and by tests about survival and leaks.
//! It must never signal a process by name, and never this one or process 1.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::wait::wait_at_most;

/// A process id.
pub type Pid = i32;

/// What `/proc/<pid>/stat` says: state letter, parent, and the start time, which tells a process from a later one that
/// got the same id.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Stat {
    state: char,
    parent: Pid,
    started: u64,
}

impl Stat {
    fn is_alive(self) -> bool {
        !matches!(self.state, 'Z' | 'X')
    }
}

/// The name in parentheses may hold blanks and parentheses itself, so the fields are counted from its end.
fn stat(pid: Pid) -> Option<Stat> {
    stat_in(format!("/proc/{pid}").as_ref())
}

fn stat_in(folder: &Path) -> Option<Stat> {
    let text = fs::read_to_string(folder.join("stat")).ok()?;
    let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
    let state = fields.first()?.chars().next()?;
    Some(Stat { state, parent: fields.get(1)?.parse().ok()?, started: fields.get(19)?.parse().ok()? })
}

fn threads_of(pid: Pid) -> Vec<Stat> {
    let Ok(threads) = fs::read_dir(format!("/proc/{pid}/task")) else { return Vec::new() };
    threads.flatten().filter_map(|thread| stat_in(&thread.path())).collect()
}

/// All processes at one moment.
fn all() -> BTreeMap<Pid, Stat> {
    let Ok(entries) = fs::read_dir("/proc") else { return BTreeMap::new() };
    let pids = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse::<Pid>().ok());
    pids.filter_map(|pid| Some((pid, stat(pid)?))).collect()
}

/// Adds to `found` the children of its members, their children and so on.
fn with_descendants(all: &BTreeMap<Pid, Stat>, found: &mut BTreeSet<Pid>) {
    loop {
        let before = found.len();
        let more: Vec<Pid> = all.iter().filter(|(_, stat)| found.contains(&stat.parent)).map(|(pid, _)| *pid).collect();
        found.extend(more);
        if found.len() == before {
            return;
        }
    }
}

/// Exists and is no zombie: a thread that is left keeps a process from being waited for and its files open.
pub fn alive(pid: Pid) -> bool {
    threads_of(pid).into_iter().any(Stat::is_alive)
}

/// Has ended and was not waited for by its parent.
pub fn zombie(pid: Pid) -> bool {
    stat(pid).is_some_and(|stat| stat.state == 'Z')
}

/// Is stopped by a signal (SIGSTOP, ctrl-z), with every thread: they stop one by one, and the last may still answer.
pub fn stopped(pid: Pid) -> bool {
    let threads = threads_of(pid);
    !threads.is_empty() && threads.iter().all(|stat| matches!(stat.state, 'T' | 't'))
}

/// The parent's id.
pub fn ppid(pid: Pid) -> Option<Pid> {
    stat(pid).map(|stat| stat.parent)
}

/// Direct children, zombies included.
pub fn children(pid: Pid) -> Vec<Pid> {
    all().into_iter().filter(|(_, stat)| stat.parent == pid).map(|(child, _)| child).collect()
}

/// Children, their children and so on, zombies included.
pub fn descendants(pid: Pid) -> Vec<Pid> {
    let mut found = BTreeSet::from([pid]);
    with_descendants(&all(), &mut found);
    found.remove(&pid);
    found.into_iter().collect()
}

/// Descendants of `pid` that are zombies.
pub fn zombies(pid: Pid) -> Vec<Pid> {
    descendants(pid).into_iter().filter(|child| zombie(*child)).collect()
}

/// How many descriptors the process has open.
pub fn open_fds(pid: Pid) -> usize {
    fs::read_dir(format!("/proc/{pid}/fd")).map(Iterator::count).unwrap_or(0)
}

/// How many threads the process has.
pub fn threads(pid: Pid) -> usize {
    fs::read_dir(format!("/proc/{pid}/task")).map(Iterator::count).unwrap_or(0)
}

/// The command line, blanks between the arguments.
pub fn cmdline(pid: Pid) -> String {
    let bytes = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    bytes.split(|b| *b == 0).map(String::from_utf8_lossy).collect::<Vec<_>>().join(" ").trim_end().into()
}

/// The directory the process works in.
pub fn cwd(pid: Pid) -> Option<PathBuf> {
    fs::read_link(format!("/proc/{pid}/cwd")).ok()
}

/// One variable of the environment the process was started with.
pub fn env(pid: Pid, name: &str) -> Option<String> {
    let bytes = fs::read(format!("/proc/{pid}/environ")).ok()?;
    let mut vars = bytes.split(|b| *b == 0).map(String::from_utf8_lossy);
    vars.find_map(|var| var.strip_prefix(name)?.strip_prefix('=').map(String::from))
}

/// Private memory (not shared with another process) in KiB.
pub fn private_kib(pid: Pid) -> usize {
    let text = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).unwrap_or_default();
    let line = |line: &str| line.split_whitespace().nth(1)?.parse::<usize>().ok();
    text.lines().filter(|l| l.starts_with("Private_")).filter_map(line).sum()
}

/// The most memory that the process ever had resident, in KiB.
pub fn peak_kib(pid: Pid) -> usize {
    let text = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

/// One line about a process, for messages.
pub fn describe(pid: Pid) -> String {
    let state = stat(pid).map_or('-', |stat| stat.state);
    format!("{pid} ({state}, parent {}) {}", ppid(pid).unwrap_or(0), cmdline(pid))
}

/// Sends `signal` to exactly one process. Never to a group, never to ourselves, never to process 1.
#[track_caller]
pub fn signal(pid: Pid, signal: i32) {
    assert!(pid > 1 && pid as u32 != std::process::id(), "no signal to {pid}");
    // SAFETY: kill takes two numbers.
    unsafe { libc::kill(pid, signal) };
}

/// SIGKILLs one process and waits until it is gone or a zombie.
#[track_caller]
pub fn kill(pid: Pid) {
    signal(pid, libc::SIGKILL);
    super::wait_until(&format!("the end of {}", describe(pid)), || (!alive(pid)).then_some(()));
}

/// `dir` stands in `text` as a whole path or as the beginning of one (`/tmp/ct-ab` does not stand in `/tmp/ct-abc`).
fn mentions(text: &[u8], dir: &[u8]) -> bool {
    let is_name = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    text.windows(dir.len()).enumerate().any(|(at, part)| part == dir && !text.get(at + dir.len()).is_some_and(is_name))
}

/// Whether the process carries the mark of the folder `dir`: in a variable of the product or as HOME, in its command
/// line, or as its working directory.
fn marked(pid: Pid, dir: &Path) -> bool {
    let needle = dir.as_os_str().as_encoded_bytes();
    let environ = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
    let ours = |var: &[u8]| {
        [&b"CONDUCTOR_"[..], b"HOME=", b"CODEX_HOME=", b"TMPDIR="].iter().any(|name| var.starts_with(name))
            && mentions(var, needle)
    };
    environ.split(|b| *b == 0).any(ours)
        || mentions(&fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default(), needle)
        || cwd(pid).is_some_and(|cwd| cwd.starts_with(dir))
}

/// The living processes that belong to the folder `dir`, and all that they started.
pub fn belonging_to(dir: &Path) -> Vec<Pid> {
    members(dir).into_keys().collect()
}

fn members(dir: &Path) -> BTreeMap<Pid, Stat> {
    let me = std::process::id() as Pid;
    let all = all();
    let mut found: BTreeSet<Pid> =
        all.keys().copied().filter(|pid| *pid > 1 && *pid != me && marked(*pid, dir)).collect();
    // What was started elsewhere with an empty environment is still a child of something that is marked.
    with_descendants(&all, &mut found);
    found.into_iter().filter(|pid| *pid != me && all[pid].is_alive()).map(|pid| (pid, all[&pid])).collect()
}

/// SIGKILLs everything that belongs to `dir` until nothing is left; gives back what could not be ended.
pub fn end_all(dir: &Path) -> Vec<Pid> {
    // A fork server may start something between the look and the signal, so one round is not enough.
    let gone = wait_at_most(Duration::from_secs(10), || {
        let left = members(dir);
        for (pid, seen) in &left {
            kill_same(*pid, *seen);
        }
        left.is_empty().then_some(())
    });
    if gone.is_some() { vec![] } else { belonging_to(dir) }
}

/// Kills the process that was seen, and not a stranger who got its id meanwhile: the pidfd is opened first, then the
/// start time is compared.
fn kill_same(pid: Pid, seen: Stat) {
    let Some(handle) = pidfd(pid) else { return };
    if stat(pid).is_some_and(|now| now.started == seen.started) {
        // SAFETY: the descriptor is open, and a null siginfo means "as kill(2) would fill it".
        unsafe {
            libc::syscall(
                libc::SYS_pidfd_send_signal,
                handle.as_raw_fd(),
                libc::SIGKILL,
                std::ptr::null::<libc::siginfo_t>(),
                0,
            )
        };
    }
}

/// A descriptor that becomes readable when the process ends.
pub fn pidfd(pid: Pid) -> Option<OwnedFd> {
    // SAFETY: the call takes two numbers and gives a new descriptor, which only we own.
    let fd = unsafe { libc::syscall(libc::SYS_pidfd_open, pid, 0) };
    (fd >= 0).then(|| unsafe { OwnedFd::from_raw_fd(fd as i32) })
}
