//! What it costs to judge a command: in this process, and by a warm worker there and back. Run by hand: `cargo bench --bench policy`.
//! The limits are 5 ms in the middle and 50 ms for the slowest of a thousand, read from the output, never asserted.

#![allow(clippy::print_stderr, reason = "it prints what criterion does not: the slowest ones")]

use conductor_tui::core::policy::{Nothing, Policy, Step, Workplace, decide};
use conductor_tui::judges::Judges;
use criterion::{Criterion, criterion_group, criterion_main};
use std::hint::black_box;
use std::path::Path;
use std::time::Instant;

fn commands() -> Vec<String> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/risk/public.jsonl");
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let command =
        |line: &str| Some(serde_json::from_str::<serde_json::Value>(line).ok()?["command"].as_str()?.to_owned());
    text.lines().filter_map(command).collect()
}

fn place() -> Workplace {
    Workplace { workspace: "/home/u/proj".into(), home: "/home/u".into(), user: "u".into(), state: vec![] }
}

fn step(command: &str) -> Step {
    Step { command: command.into(), folder: "/home/u/proj".into(), ..Step::default() }
}

fn judged(criterion: &mut Criterion) {
    let (all, place, policy) = (commands(), place(), Policy::ask_for_everything());
    let mut next = all.iter().cycle();
    criterion.bench_function("judge/in this process", |bencher| {
        bencher.iter(|| {
            let step = step(next.next().map_or("", |command| command));
            black_box(decide(step.analyse(&place, &Nothing), &step, &policy, None, &place, 0))
        });
    });
    let judges = Judges::new(env!("CARGO_BIN_EXE_conductor-tui").into());
    let mut next = all.iter().cycle();
    criterion.bench_function("judge/by a warm worker", |bencher| {
        bencher.iter(|| black_box(judges.analyse(&step(next.next().map_or("", |command| command)), &place, None)));
    });
    // The slowest ones, which a mean does not show.
    let mut times: Vec<u128> = Vec::new();
    for command in all.iter().cycle().take(10_000) {
        let begun = Instant::now();
        black_box(judges.analyse(&step(command), &place, None));
        times.push(begun.elapsed().as_micros());
    }
    times.sort_unstable();
    let at = |of_thousand: usize| times.get(times.len() * of_thousand / 1000).copied().unwrap_or_default();
    let slowest = times.last().copied().unwrap_or_default();
    eprintln!(
        "by a warm worker, 10,000 commands: p50 {} us, p99 {} us, p99.9 {} us, slowest {slowest} us",
        at(500),
        at(990),
        at(999)
    );
}

criterion_group!(benches, judged);
criterion_main!(benches);
