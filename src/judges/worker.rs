//! The worker: takes steps apart, one line of JSON for each, in a process that may die of it. Started by the pool; ends with its
//! standard input. It must never decide: what it finds is held against the rules by whoever asked.

use crate::core::policy::{Analysis, Step, Workplace};
use crate::judges::facts::Machine;
use serde::{Deserialize, Serialize};
use std::io::{self, BufRead, BufReader, Write};

/// The parser goes down by calls; the scan before it lets it go 24 levels deep, of which one takes up to some 100 KiB in a
/// debug build.
const STACK: usize = 64 * 1024 * 1024;
/// Of address space: the program, that stack, and more heap than the longest command that is parsed can take.
const MEMORY: u64 = 1024 * 1024 * 1024;
/// Of processor time for one step. Slow builds are for tests.
const MOST_MS: i64 = if cfg!(debug_assertions) { 2_000 } else { 50 };

/// What is asked.
#[derive(Serialize, Deserialize)]
pub(super) struct Question {
    pub step: Step,
    pub place: Workplace,
    pub search: Option<String>,
}

/// The role: answers until its input ends.
pub fn run() -> i32 {
    limit();
    let answering = std::thread::Builder::new().name("judge".into()).stack_size(STACK).spawn(answer_all);
    match answering.map(std::thread::JoinHandle::join) {
        Ok(Ok(Ok(()))) => 0,
        _ => 1,
    }
}

fn answer_all() -> io::Result<()> {
    let mut input = BufReader::new(io::stdin());
    let mut output = io::stdout();
    let mut line = Vec::new();
    loop {
        line.clear();
        if input.read_until(b'\n', &mut line)? == 0 {
            return Ok(());
        }
        let Ok(question) = serde_json::from_slice::<Question>(&line) else {
            return Err(io::ErrorKind::InvalidData.into());
        };
        let machine = Machine { search: question.search };
        alarm(MOST_MS);
        let analysis: Analysis = question.step.analyse(&question.place, &machine);
        alarm(0);
        let mut answer = serde_json::to_vec(&analysis)?;
        answer.push(b'\n');
        output.write_all(&answer)?;
        output.flush()?;
    }
}

/// What a hostile command can make a parser take.
fn limit() {
    let limit = libc::rlimit { rlim_cur: MEMORY, rlim_max: MEMORY };
    let none = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: both are plain structs that outlive the calls; a refusal leaves things as they were.
    unsafe {
        libc::setrlimit(libc::RLIMIT_AS, &raw const limit);
        // A stack that overflows leaves nothing behind.
        libc::setrlimit(libc::RLIMIT_CORE, &raw const none);
    }
}

/// The kernel ends this process when it has used so much processor time; 0: never. Time of the clock would end it on a busy
/// machine as well.
fn alarm(milliseconds: i64) {
    let time = libc::timeval { tv_sec: milliseconds / 1000, tv_usec: milliseconds % 1000 * 1000 };
    let once = libc::itimerval { it_interval: libc::timeval { tv_sec: 0, tv_usec: 0 }, it_value: time };
    // SAFETY: the struct outlives the call; without an old value to be stored.
    unsafe {
        libc::setitimer(libc::ITIMER_PROF, &raw const once, std::ptr::null_mut());
    }
}
