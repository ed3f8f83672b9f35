//! How much processor time and memory whole process trees take, from /proc. Called by the server when somebody asks. Reading
//! is all it does. Linux only; elsewhere nothing weighs anything.

use crate::pty::tree;
use std::collections::HashMap;
use std::fs;

/// What a tree takes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Weight {
    /// Processor time so far, in milliseconds, that of ended children included.
    pub cpu_ms: u64,
    /// Bytes of memory that are no other process's as well: libraries and files that many have open count for nobody.
    pub memory: u64,
    pub processes: u32,
}

/// The trees below these processes, which are themselves left out: all in one pass. What ends meanwhile weighs nothing.
pub fn weigh(roots: &[u32]) -> HashMap<u32, Weight> {
    let all = tree::processes();
    let mut children: HashMap<u32, Vec<u32>> = HashMap::new();
    for process in &all {
        children.entry(process.parent).or_default().push(process.pid);
    }
    // SAFETY: asking for a constant of the system.
    let (second, page) = unsafe { (libc::sysconf(libc::_SC_CLK_TCK), libc::sysconf(libc::_SC_PAGESIZE)) };
    let (second, page) = (second.max(1).cast_unsigned(), page.max(1).cast_unsigned());
    let mut weights = HashMap::new();
    for root in roots {
        // Who began it has waited for those that lost their parents; its own time is no work of theirs.
        let mut ticks = times(*root).map_or(0, |(_, of_children)| of_children);
        let (mut weight, mut queue) = (Weight::default(), children.get(root).cloned().unwrap_or_default());
        let mut left = all.len();
        while let Some(pid) = queue.pop() {
            // Pids are used anew: a circle is a tree that changed while it was read.
            left = match left.checked_sub(1) {
                Some(left) => left,
                None => break,
            };
            queue.extend(children.get(&pid).into_iter().flatten());
            let Some((own, of_children)) = times(pid) else { continue };
            ticks += own + of_children;
            weight.memory += own_pages(pid).unwrap_or(0) * page;
            weight.processes += 1;
        }
        weight.cpu_ms = ticks * 1000 / second;
        weights.insert(*root, weight);
    }
    weights
}

/// Clock ticks of a process, and of the children that it has waited for.
fn times(pid: u32) -> Option<(u64, u64)> {
    let line = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let fields: Vec<&str> = line[line.rfind(')')? + 2..].split_ascii_whitespace().collect();
    let field = |n: usize| fields.get(n)?.parse::<u64>().ok();
    Some((field(11)? + field(12)?, field(13)? + field(14)?))
}

fn own_pages(pid: u32) -> Option<u64> {
    let line = fs::read_to_string(format!("/proc/{pid}/statm")).ok()?;
    let mut fields = line.split_ascii_whitespace().map(str::parse::<u64>);
    let (_, resident, shared) = (fields.next()?, fields.next()?.ok()?, fields.next()?.ok()?);
    Some(resident.saturating_sub(shared))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{BufRead as _, BufReader};
    use std::process::{Command, Stdio};

    #[test]
    fn a_tree_weighs_what_its_processes_do_and_did() {
        // A shell that worked through one child, and waits for another one that holds some memory.
        let script = "sh -c 'i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done'; \
                      sh -c 'x=$(head -c 3000000 /dev/zero | tr \"\\0\" x); echo ready; read y'; :";
        let mut shell =
            Command::new("sh").args(["-c", script]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(shell.stdout.take().unwrap()).lines();
        for line in lines.map_while(Result::ok) {
            if line == "ready" {
                break;
            }
        }
        let us = std::process::id();
        let weights = weigh(&[us, shell.id(), u32::MAX]);
        let (ours, its) = (weights[&us], weights[&shell.id()]);
        assert!(ours.processes > its.processes && ours.memory > its.memory, "{ours:?} {its:?}");
        assert!(its.memory > 3_000_000, "{its:?}");
        assert!(its.cpu_ms > 0, "{its:?}");
        assert_eq!(weights[&u32::MAX], Weight::default());
        drop(shell.stdin.take());
        let _ = shell.kill();
        let _ = shell.wait();
    }
}
