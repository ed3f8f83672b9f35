//! What one look at an agent's screen costs: its text, the rules of its kind, and the weighing. Run by hand: `cargo bench
//! --bench status`. A hundred agents that draw ten times a second are looked at a thousand times: the limit of 5 % of a core
//! is 50 us a look, read from the table, never asserted.

use conductor_tui::core::screen::{Screen, Size};
use conductor_tui::core::status::{Signals, Standing};
use conductor_tui::providers::Catalog;
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use std::hint::black_box;
use std::path::Path;

/// Recordings at work, the state in which screens never rest: folder, name, provider, columns, rows.
const AT_WORK: &[(&str, &str, &str, u16, u16)] = &[
    ("claude-2.1.329-xterm", "working", "claude_code", 100, 30),
    ("codex-0.169.0", "working", "codex", 100, 30),
    ("gemini-0.61.0", "working", "gemini_cli", 100, 30),
    ("opencode-1.18.33", "working", "opencode", 100, 30),
    ("qwen-0.24.4", "working", "qwen_code", 100, 30),
    ("copilot-1.0.102", "working", "copilot", 100, 30),
];

fn looks(criterion: &mut Criterion) {
    let catalog = Catalog::load(Path::new("/nowhere"));
    let mut group = criterion.benchmark_group("look");
    for (folder, name, provider, columns, rows) in AT_WORK {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recordings").join(folder).join(name);
        let Ok(bytes) = std::fs::read(file.with_extension("raw")) else { continue };
        let Some(definition) = catalog.get(provider) else { continue };
        let mut screen = Screen::new(Size::new(*columns, *rows));
        screen.feed(0, &bytes);
        let (mut signals, mut now) = (Signals::default(), 0);
        group.bench_function(BenchmarkId::from_parameter(provider), |bencher| {
            bencher.iter(|| {
                now += 90;
                let text = screen.text();
                signals.looked(&text, 0, &definition.rules, now);
                let standing = Standing { has_output: true, screen: Some(&text), ..Standing::default() };
                black_box(signals.weigh(standing, &definition.rules, now))
            });
        });
    }
    group.finish();
}

criterion_group!(benches, looks);
criterion_main!(benches);
