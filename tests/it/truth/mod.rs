//! Whether our statuses are true: real agent CLIs play scripted turns, and what we say of them is compared, moment by
//! moment, with what really happened. What happened is known from the model's own times, from the files and processes
//! of the tools, and from the keys that were pressed, never from our own evidence.
//!
//! As ordinary tests: one turn of each CLI. With CONDUCTOR_TEST_TRUTH=long: every turn, three sizes, at least 2,000
//! counted moments; CONDUCTOR_TEST_TRUTH_SAVE names a folder for the logs and the faults, CONDUCTOR_TEST_TRUTH_ONLY a
//! CLI, CONDUCTOR_TEST_PROVIDERS a folder with definitions that are not shipped yet.

mod cli;
mod event;
mod expected;
mod job;
mod plan;
mod report;
mod run;
mod sampler;
mod tally;
mod widths;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

use self::cli::Cli;
use self::plan::{EVERYTHING, NARROW, SHORT, Turn};
use self::run::{Outcome, Setting, play};
use self::tally::Mark;
use crate::support::need;

/// What the long version must count at least, and how much of it must be right.
const MOMENTS: usize = 2000;
const RIGHT: f64 = 0.995;

fn is_long() -> bool {
    std::env::var("CONDUCTOR_TEST_TRUTH").is_ok_and(|value| value == "long")
}

/// Seconds for which a stretch is looked at: with its margin in front, as many moments as are counted of one; and in the
/// short version some of each.
const LASTS: f64 = 3.6;
const LASTS_SHORT: f64 = 1.8;

fn setting((columns, rows): (u16, u16), turns: &[Turn], lasts: f64) -> Setting {
    Setting { columns, rows, turns: turns.to_vec(), lasts, config: "" }
}

fn keep(outcome: &Outcome) {
    if let Some(folder) = std::env::var_os("CONDUCTOR_TEST_TRUTH_SAVE") {
        report::save(outcome, &PathBuf::from(folder));
    }
}

/// One turn, and no wrong moment in it.
#[track_caller]
fn short(cli: &'static Cli) {
    if is_long() {
        return println!("skipped: the long version plays this turn too");
    }
    if !run::is_known(cli) {
        return println!("skipped: no definition of {} yet", cli.provider);
    }
    let outcome = play(cli, &setting((120, 40), &SHORT, LASTS_SHORT));
    keep(&outcome);
    let table = report::table(std::slice::from_ref(&outcome));
    println!("{table}");
    let tally = &outcome.tally;
    // Each kind of stretch was really there.
    let seen = tally.by_state.values().filter(|(all, _)| *all >= 5).count();
    assert!(seen >= 5 && tally.moments() >= 40, "too little was seen\n{table}");
    let faults = report::faults(&outcome);
    assert!(!tally.has(Mark::Worst), "at rest while a tool runs or a dialog is open\n{table}{faults}");
    assert!(!tally.has(Mark::Wrong), "a wrong status\n{table}{faults}");
}

#[test]
fn truth_of_claude() {
    need!("python3", "claude");
    short(&cli::CLAUDE);
}

#[test]
fn truth_of_codex() {
    need!("python3", "node", "codex");
    short(&cli::CODEX);
}

#[test]
fn truth_of_gemini() {
    need!("python3", "node", "gemini");
    short(&cli::GEMINI);
}

#[test]
fn truth_of_opencode() {
    need!("python3", "opencode");
    short(&cli::OPENCODE);
}

#[test]
fn truth_of_copilot() {
    need!("python3", "node", "copilot");
    short(&cli::COPILOT);
}

#[test]
fn truth_of_qwen() {
    need!("python3", "node", "qwen");
    short(&cli::QWEN);
}

/// Everything, one CLI after the other: two at once would slow each other, and the margins with them.
#[test]
fn truth_in_full() {
    if !is_long() {
        return println!("skipped: CONDUCTOR_TEST_TRUTH=long plays everything, in half an hour");
    }
    let only = std::env::var("CONDUCTOR_TEST_TRUTH_ONLY").unwrap_or_default();
    let (mut outcomes, mut missing) = (Vec::new(), Vec::new());
    for cli in cli::ALL.into_iter().filter(|cli| only.is_empty() || cli.provider == only) {
        if !run::is_known(cli) || !need::have(cli.program) {
            missing.push(cli.provider.to_owned());
            continue;
        }
        for (size, turns) in [((120, 40), &EVERYTHING[..]), ((60, 24), &NARROW), ((40, 24), &NARROW)] {
            // One that stops in the middle must not hide what the others show.
            match catch_unwind(AssertUnwindSafe(|| play(cli, &setting(size, turns, LASTS)))) {
                Ok(outcome) => {
                    keep(&outcome);
                    println!("{}{}", report::table(std::slice::from_ref(&outcome)), report::faults(&outcome));
                    outcomes.push(outcome);
                }
                Err(_) => missing.push(format!("{} {size:?}", cli.provider)),
            }
        }
    }
    let table = report::table(&outcomes);
    println!("{table}");
    let (mut moments, mut right) = (0, 0);
    for outcome in &outcomes {
        (moments, right) = (moments + outcome.tally.moments(), right + outcome.tally.right);
    }
    let bad: Vec<_> = outcomes.iter().flat_map(|o| &o.tally.faults).filter(|fault| report::is_bad(fault)).collect();
    assert!(missing.is_empty(), "not played to the end: {missing:?}\n{table}");
    assert!(!only.is_empty() || moments >= MOMENTS, "only {moments} moments\n{table}");
    assert!(right as f64 >= RIGHT * moments as f64, "{right} of {moments} are right\n{table}");
    assert!(bad.is_empty(), "{} stretches were wrong\n{table}", bad.len());
}
