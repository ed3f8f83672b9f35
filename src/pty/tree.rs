//! Process trees from /proc: who is whose parent, since when, with which environment. Called by holders to end a
//! whole tree, by the fork server to clean up, by the server to know who calls. Reading is all it does, but for
//! [`signal`]. Linux only; elsewhere the lists are empty.

use std::collections::HashMap;
use std::fs;
use std::path::PathBuf;

/// One line of `/proc/PID/stat`, as far as we need it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Process {
    pub pid: u32,
    pub parent: u32,
    pub group: u32,
    pub session: u32,
    /// Device number of its terminal; 0 without one.
    pub tty: i32,
    /// Foreground process group of its terminal; 0 or negative without one.
    pub foreground: i32,
    /// Start time in clock ticks since boot: with the pid it names a process for ever.
    pub start: u64,
    pub state: u8,
}

impl Process {
    pub fn is_zombie(&self) -> bool {
        matches!(self.state, b'Z' | b'X')
    }
}

/// Facts about one process; `None` when it does not exist.
pub fn process(pid: u32) -> Option<Process> {
    parse_stat(pid, &fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
}

/// Every process that can be seen.
pub fn processes() -> Vec<Process> {
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok()).filter_map(process).collect()
}

/// The process, its children, their children, and so on: a generation at a time, the living ones of each. Zombies are
/// left out but walked through.
pub fn generations(root: u32) -> Vec<Vec<Process>> {
    let all = processes();
    let mut children: HashMap<u32, Vec<&Process>> = HashMap::new();
    for process in &all {
        children.entry(process.parent).or_default().push(process);
    }
    let mut generation: Vec<&Process> = all.iter().filter(|p| p.pid == root).collect();
    let mut found = Vec::new();
    // Pids are used anew: a circle is a tree that changed while it was read, and no tree is deeper than its processes.
    while !generation.is_empty() && found.len() <= all.len() {
        found.push(generation.iter().filter(|p| !p.is_zombie()).map(|p| **p).collect());
        generation = generation.iter().flat_map(|p| children.get(&p.pid).into_iter().flatten().copied()).collect();
    }
    found
}

/// The files that a process has open. One that cannot be looked into has none.
pub fn open_files(pid: u32) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(format!("/proc/{pid}/fd")) else { return Vec::new() };
    entries.filter_map(|entry| fs::read_link(entry.ok()?.path()).ok()).filter(|path| path.is_absolute()).collect()
}

/// All living processes below `root`, children before grandchildren. Zombies are left out but walked through.
pub fn descendants(root: u32) -> Vec<u32> {
    let all = processes();
    let mut children: HashMap<u32, Vec<&Process>> = HashMap::new();
    for process in &all {
        children.entry(process.parent).or_default().push(process);
    }
    let (mut found, mut queue) = (Vec::new(), vec![root]);
    while let Some(pid) = queue.pop() {
        for child in children.get(&pid).into_iter().flatten() {
            if !child.is_zombie() {
                found.push(child.pid);
            }
            queue.push(child.pid);
        }
    }
    found
}

/// The process and all its ancestors, nearest first, up to the one that has no parent here. `None` when the line
/// cannot be followed to its end: a process of it ended meanwhile, or it cannot be seen. A part of a line would say
/// less than nothing: whoever is not found in it may stand just behind its end.
pub fn ancestry(pid: u32) -> Option<Vec<Process>> {
    let mut line: Vec<Process> = Vec::new();
    let mut seen = std::collections::HashSet::new();
    let mut next = pid;
    while next > 0 {
        // Pids are used anew: a circle is a line that changed while it was read.
        if !seen.insert(next) {
            return None;
        }
        let found = process(next)?;
        next = found.parent;
        line.push(found);
    }
    (!line.is_empty()).then_some(line)
}

/// Processes whose environment, as they were started with, holds all of `entries` (`NAME=value`).
pub fn with_environment(entries: &[String]) -> Vec<u32> {
    processes()
        .into_iter()
        .filter(|process| !process.is_zombie())
        .filter(|process| {
            fs::read(format!("/proc/{}/environ", process.pid)).is_ok_and(|environment| {
                entries.iter().all(|entry| environment.split(|b| *b == 0).any(|e| e == entry.as_bytes()))
            })
        })
        .map(|process| process.pid)
        .collect()
}

/// Looks for processes, each after ending what the last one found: whatever forks faster is made to stay.
const LOOKS: usize = 100;

/// Ends the processes of [`with_environment`] and what they start meanwhile. Whether none is left.
pub fn end_with_environment(entries: &[String]) -> bool {
    for _ in 0..LOOKS {
        let found = with_environment(entries);
        if found.is_empty() {
            return true;
        }
        found.into_iter().for_each(|pid| signal(pid, libc::SIGKILL));
        std::thread::yield_now();
    }
    false
}

/// Whether exactly this process, not a later one of the same number, is alive.
pub fn is_alive(pid: u32, start: u64) -> bool {
    process(pid).is_some_and(|p| p.start == start && !p.is_zombie())
}

/// Sends a signal to one process. One that is gone already is no error.
pub fn signal(pid: u32, number: libc::c_int) {
    if let Ok(pid) = libc::pid_t::try_from(pid)
        && pid > 1
    {
        // SAFETY: kill touches no memory; a pid above 1 is one process, never a group or everything.
        unsafe { libc::kill(pid, number) };
    }
}

/// `pid (comm) state ppid pgrp session tty tpgid … start`: comm may hold blanks and brackets, so what follows
/// its last bracket is taken.
fn parse_stat(pid: u32, line: &str) -> Option<Process> {
    let rest = &line[line.rfind(')')? + 2..];
    let fields: Vec<&str> = rest.split_ascii_whitespace().collect();
    Some(Process {
        pid,
        state: *fields.first()?.as_bytes().first()?,
        parent: fields.get(1)?.parse().ok()?,
        group: fields.get(2)?.parse().ok()?,
        session: fields.get(3)?.parse().ok()?,
        tty: fields.get(4)?.parse().ok()?,
        foreground: fields.get(5)?.parse().ok()?,
        start: fields.get(19)?.parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_brackets_and_blanks_does_not_shift_the_fields() {
        let line = "42 (a) b (c) S 7 42 42 34816 99 4194560 1 2 3 4 5 6 7 8 20 0 1 0 123456 1 2 3";
        let parsed = parse_stat(42, line).unwrap();
        assert_eq!((parsed.parent, parsed.group, parsed.session, parsed.foreground), (7, 42, 42, 99));
        assert_eq!(parsed.tty, 34816);
        assert_eq!((parsed.start, parsed.state), (123_456, b'S'));
        assert_eq!(parse_stat(1, "1 (half"), None);
    }

    #[test]
    fn a_line_of_ancestors_is_whole_or_none() {
        let line = ancestry(std::process::id()).unwrap();
        assert_eq!((line[0].pid, line[line.len() - 1].parent), (std::process::id(), 0));
        assert_eq!(ancestry(u32::MAX), None);
    }

    #[test]
    fn open_files_and_generations_are_seen() {
        let file = tempfile::NamedTempFile::new().unwrap();
        assert!(open_files(std::process::id()).contains(&file.path().canonicalize().unwrap()));
        assert!(open_files(u32::MAX).is_empty());
        let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        let found = generations(std::process::id());
        assert_eq!(found[0].iter().map(|p| p.pid).collect::<Vec<_>>(), [std::process::id()]);
        assert!(found[1].iter().any(|p| p.pid == child.id()));
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(generations(u32::MAX).is_empty());
    }

    #[test]
    fn our_own_child_is_a_descendant() {
        let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        assert!(descendants(std::process::id()).contains(&child.id()));
        let start = process(child.id()).unwrap().start;
        assert!(is_alive(child.id(), start) && !is_alive(child.id(), start + 1));
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(!is_alive(child.id(), start));
    }
}
