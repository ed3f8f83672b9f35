//! Scanner and engine together against the engine alone, on five kinds of output. Run by hand: `cargo bench`.
//! The guard (`screen` at least 0.8 times `engine` in MB/s) is read from one run's table, never asserted.

use alacritty_terminal::event::VoidListener;
use alacritty_terminal::grid::Dimensions;
use alacritty_terminal::term::Config;
use alacritty_terminal::vte::ansi::Processor;
use conductor_tui::core::screen::{Screen, Size};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use std::fmt::Write as _;

/// What the server parses at once.
const SLICE: usize = 64 * 1024;
/// Large enough that start-up costs vanish, small enough for a run of a minute.
const LENGTH: usize = 2 * 1024 * 1024;
const COLUMNS: u16 = 80;
const ROWS: u16 = 24;

struct Extent;

impl Dimensions for Extent {
    fn total_lines(&self) -> usize {
        ROWS.into()
    }

    fn screen_lines(&self) -> usize {
        ROWS.into()
    }

    fn columns(&self) -> usize {
        COLUMNS.into()
    }
}

/// A small generator: the same bytes in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % most
    }
}

fn filled(mut part: impl FnMut(&mut String, &mut Dice)) -> Vec<u8> {
    let (mut out, mut dice) = (String::new(), Dice(7));
    while out.len() < LENGTH {
        part(&mut out, &mut dice);
    }
    out.into_bytes()
}

fn log_lines() -> Vec<u8> {
    filled(|out, dice| {
        let (a, b) = (dice.below(100_000), dice.below(1000));
        let _ = write!(out, "2026-11-20T12:{:02}:{:02} INFO worker-{a}: handled request {b} in {a} us", b % 60, a % 60);
        out.push_str(&" some more words of a log"[..dice.below(25) as usize]);
        out.push_str("\r\n");
    })
}

fn dense_colours() -> Vec<u8> {
    filled(|out, dice| {
        for _ in 0..12 {
            let (r, g, b) = (dice.below(256), dice.below(256), dice.below(256));
            let _ = write!(out, "\x1b[38;2;{r};{g};{b}m{:>4}\x1b[1;48;5;{b}mxy\x1b[0m", r * g % 9999);
        }
        out.push_str("\r\n");
    })
}

/// What Claude Code really writes, over and over.
fn redraws() -> Vec<u8> {
    let recording = std::fs::read("tests/recordings/claude-2.1.329/working.raw").unwrap_or_default();
    assert!(!recording.is_empty(), "run this in the repository's folder");
    recording.iter().copied().cycle().take(LENGTH / recording.len() * recording.len()).collect()
}

fn wide_text() -> Vec<u8> {
    filled(|out, dice| {
        for _ in 0..14 {
            out.push_str(
                ["漢字", "かな", "e\u{301}", "👩\u{200d}🚀", "ü", "한글", "❤\u{fe0f}", "plain "]
                    [dice.below(8) as usize],
            );
        }
        out.push_str("\r\n");
    })
}

fn scroll_regions() -> Vec<u8> {
    filled(|out, dice| {
        let top = dice.below(10) + 1;
        let _ = write!(
            out,
            "\x1b[{top};{}r\x1b[{top};1H\x1b[{}Mnew line\x1b[{}L",
            top + 12,
            dice.below(3) + 1,
            dice.below(3) + 1
        );
        let _ = write!(out, "\x1b[{};1Htext at the bottom of the region\n\n", top + 12);
    })
}

fn compare(c: &mut Criterion) {
    let corpora = [
        ("log lines", log_lines()),
        ("dense colours", dense_colours()),
        ("Claude's redraws", redraws()),
        ("wide text", wide_text()),
        ("scroll regions", scroll_regions()),
    ];
    let mut group = c.benchmark_group("parse");
    group.sample_size(20);
    for (name, bytes) in &corpora {
        group.throughput(Throughput::Bytes(bytes.len() as u64));
        group.bench_with_input(BenchmarkId::new("engine", name), bytes, |b, bytes| {
            b.iter(|| {
                let config = Config { scrolling_history: 0, ..Config::default() };
                let mut term = alacritty_terminal::Term::new(config, &Extent, VoidListener);
                let mut parser: Processor = Processor::new();
                bytes.chunks(SLICE).for_each(|slice| parser.advance(&mut term, slice));
                term.grid().cursor.point
            });
        });
        // As small output comes, as the server reads, and as it reads when it is far behind.
        for (variant, length) in [("screen, 4 KiB", 4096), ("screen", SLICE), ("screen, 1 MiB", 1024 * 1024)] {
            group.bench_with_input(BenchmarkId::new(variant, name), bytes, |b, bytes| {
                b.iter(|| {
                    let mut screen = Screen::new(Size::new(COLUMNS, ROWS));
                    for slice in bytes.chunks(length) {
                        screen.feed(screen.offset(), slice);
                        screen.take_replies();
                    }
                    screen.cursor()
                });
            });
        }
    }
    group.finish();
}

criterion_group!(benches, compare);
criterion_main!(benches);
