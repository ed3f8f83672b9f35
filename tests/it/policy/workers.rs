//! The workers that take commands apart: whatever becomes of one, its question is answered with an ask, and the next one is
//! answered by another worker.

use crate::support::home::binary;
use crate::support::proc;
use crate::support::wait_until;
use conductor_tui::core::policy::{Decision, Policy, Step, Workplace, decide};
use conductor_tui::judges::Judges;

fn place() -> Workplace {
    Workplace { workspace: "/home/u/proj".into(), home: "/home/u".into(), user: "u".into(), state: vec![] }
}

fn decided(judges: &Judges, command: &str) -> (Decision, String) {
    let step = Step { command: command.into(), folder: "/home/u/proj".into(), ..Step::default() };
    let analysis = judges.analyse(&step, &place(), None);
    let verdict = decide(analysis, &step, &Policy::ask_for_everything(), None, &place(), 0);
    (verdict.decision, verdict.reason)
}

fn pid(judges: &Judges) -> proc::Pid {
    let all = judges.pids();
    assert_eq!(all.len(), 1, "one question at a time needs one worker");
    all[0] as proc::Pid
}

#[test]
fn a_worker_is_kept_and_one_that_died_is_replaced() {
    let judges = Judges::new(binary().into());
    assert_eq!(decided(&judges, "ls").1, "runs `ls`, which only reads");
    let first = pid(&judges);
    assert_eq!(decided(&judges, "pwd").1, "runs `pwd`, which only reads");
    assert_eq!(pid(&judges), first, "it is kept");
    proc::kill(first);
    assert_eq!(decided(&judges, "ls").1, "runs `ls`, which only reads", "another one answers");
    assert_ne!(pid(&judges), first);
}

#[test]
fn a_worker_that_stands_still_costs_its_question_an_ask() {
    let judges = Judges::new(binary().into());
    decided(&judges, "ls");
    let stopped = pid(&judges);
    proc::signal(stopped, libc::SIGSTOP);
    wait_until("the worker to stand still", || proc::stopped(stopped).then_some(()));
    let (decision, reason) = decided(&judges, "ls");
    assert_eq!((decision, reason.contains("could not be judged")), (Decision::Ask, true), "{reason}");
    assert!(judges.pids().is_empty(), "it is not asked again");
    assert!(!proc::alive(stopped));
    // What deceives a reader is found without one.
    let broken = Judges::new("/bin/true".into());
    let step = Step { command: "ls \u{1b}[2K".into(), folder: "/".into(), ..Step::default() };
    let analysis = broken.analyse(&step, &place(), None);
    assert!(analysis.parts.iter().any(|part| part.what.contains("U+001B")), "{analysis:?}");
    assert_eq!(decided(&broken, "ls").0, Decision::Ask);
}

/// The inputs that take other parsers down; the memory is that of a worker which has seen them all.
#[test]
fn hostile_texts_cost_little_and_are_asked_for() {
    let judges = Judges::new(binary().into());
    for text in [
        "(".repeat(100_000),
        "$( ".repeat(10_000),
        "{ ".repeat(1_000),
        "if x; then ".repeat(500),
        "${".repeat(5_000),
        "((".repeat(5_000),
        ";".repeat(200_000),
        "\"$(".repeat(200),
        "`".repeat(9_999),
        "a ".repeat(500_000),
        "<(".repeat(3_000),
        "case a in (".repeat(300),
        "[[ ( ".repeat(2_000),
        "x=(".repeat(2_000),
    ] {
        let (decision, reason) = decided(&judges, &text);
        assert_eq!(decision, Decision::Ask, "{}: {reason}", text.chars().take(12).collect::<String>());
    }
    let status = std::fs::read_to_string(format!("/proc/{}/status", pid(&judges))).unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    let kib: u64 = peak.trim().trim_end_matches(" kB").parse().unwrap();
    assert!(kib < 64 * 1024, "{kib} KiB");
}
