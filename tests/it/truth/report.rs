//! What a run has found, in words: the table, and every stretch of wrong or unknown answers with its time line, its
//! evidence and the screen of that moment. Called by `mod.rs`. The screen is drawn by the judge, not by our engine.

use std::fmt::Write;
use std::path::Path;

use super::event::{Event, Millis};
use super::expected::Stretch;
use super::run::Outcome;
use super::tally::{Fault, Look, Mark, Tally};
use crate::support::screen::Judge;

/// How much of the time line around a fault is told.
const AROUND: Millis = 6000;

/// All faults of a run; times are seconds since its first look.
pub fn faults(outcome: &Outcome) -> String {
    let mut text = String::new();
    for fault in &outcome.tally.faults {
        let _ = write!(text, "{}", one(outcome, fault));
    }
    text
}

/// Those that are more than `unknown`.
pub fn is_bad(fault: &Fault) -> bool {
    fault.mark != Mark::Unknown
}

fn one(outcome: &Outcome, fault: &Fault) -> String {
    let zero = outcome.looks.first().map_or(0, |look| look.asked);
    let seconds = |at: Millis| (at as f64 - zero as f64) / 1000.0;
    let (from, to) = (fault.first.asked, fault.last.answered);
    let said = [&fault.first.status, &fault.first.waiting_for].map(String::as_str).join(" ");
    let mut text = format!(
        "\n=== {}: {:?} from {:.2} s to {:.2} s ({} looks): true was {:?}, said was {:?}\n    evidence: {}\n    detail: {}\n",
        outcome.name,
        fault.mark,
        seconds(from),
        seconds(to),
        fault.looks,
        fault.state,
        said.trim(),
        fault.first.evidence,
        fault.first.detail,
    );
    let near = |at: Millis| at + AROUND >= from && at <= to + AROUND;
    for Event { at, what } in outcome.events.iter().filter(|event| near(event.at)) {
        let _ = writeln!(text, "    {:>8.2} {what:?}", seconds(*at));
    }
    let _ = writeln!(text, "    --- statuses");
    for (at, status) in changes(&outcome.looks).into_iter().filter(|(at, _)| near(*at)) {
        let _ = writeln!(text, "    {:>8.2} {status}", seconds(at));
    }
    let _ = writeln!(text, "    --- the screen at byte {}", fault.first.offset);
    for row in screen(outcome, fault.first.offset).lines() {
        let _ = writeln!(text, "    |{row}");
    }
    text
}

/// Each other status, with the time of its first look.
fn changes(looks: &[Look]) -> Vec<(Millis, String)> {
    let mut all: Vec<(Millis, String)> = vec![];
    for look in looks {
        let status = format!("{} {}  <- {}", look.status, look.waiting_for, look.evidence);
        if all.last().is_none_or(|(_, last)| *last != status) {
            all.push((look.answered, status));
        }
    }
    all
}

/// What a person would have seen after so many bytes.
fn screen(outcome: &Outcome, offset: u64) -> String {
    let mut judge = Judge::new(outcome.size.0, outcome.size.1);
    judge.feed(&outcome.log[..outcome.log.len().min(offset as usize)]);
    judge.seen().to_string()
}

/// The table of several runs, with a sum for each CLI and for all.
pub fn table(outcomes: &[Outcome]) -> String {
    let mut text = format!("{}\n", Tally::heading());
    let mut names: Vec<&str> = outcomes.iter().map(|outcome| kind(&outcome.name)).collect();
    names.dedup();
    let mut all = Tally::default();
    for name in names {
        let mut sum = Tally::default();
        outcomes.iter().filter(|outcome| kind(&outcome.name) == name).for_each(|outcome| sum.add(&outcome.tally));
        let _ = writeln!(text, "{}\n             {}", sum.row(name), sum.states());
        all.add(&sum);
    }
    let _ = writeln!(text, "{}\n             {}", all.row("all"), all.states());
    text
}

fn kind(name: &str) -> &str {
    name.split(' ').next().unwrap_or(name)
}

/// Keeps a run for a later look: its log, its events and stretches, every look.
pub fn save(outcome: &Outcome, folder: &Path) {
    let folder = folder.join(outcome.name.replace(' ', "-"));
    std::fs::create_dir_all(&folder).unwrap();
    let lines = |all: Vec<String>| all.join("\n") + "\n";
    let events = outcome.events.iter().map(|Event { at, what }| format!("{at} {what:?}")).collect();
    let stretches =
        outcome.stretches.iter().map(|Stretch { from, to, state }| format!("{from} {to} {state:?}")).collect();
    let look = |l: &Look| {
        format!(
            "{} {} {} {:?} {:?} {:?} {}",
            l.asked, l.answered, l.status, l.waiting_for, l.detail, l.evidence, l.offset
        )
    };
    std::fs::write(folder.join("raw"), &outcome.log).unwrap();
    std::fs::write(folder.join("events"), lines(events)).unwrap();
    std::fs::write(folder.join("stretches"), lines(stretches)).unwrap();
    std::fs::write(folder.join("looks"), lines(outcome.looks.iter().map(look).collect())).unwrap();
    std::fs::write(folder.join("times"), lines(outcome.times.iter().map(ToString::to_string).collect())).unwrap();
    std::fs::write(folder.join("faults"), faults(outcome)).unwrap();
    std::fs::write(folder.join("table"), table(std::slice::from_ref(outcome))).unwrap();
}
