//! tmp
use super::super::{Screen, Size};
use alacritty_terminal::event::VoidListener;
use alacritty_terminal::grid::Dimensions;
use alacritty_terminal::term::Config;
use alacritty_terminal::vte::ansi::Processor;
use std::time::Instant;
struct Ext(usize, usize);
impl Dimensions for Ext {
    fn total_lines(&self) -> usize {
        self.1
    }
    fn screen_lines(&self) -> usize {
        self.1
    }
    fn columns(&self) -> usize {
        self.0
    }
}
fn time(mut f: impl FnMut()) -> f64 {
    let mut best = f64::MAX;
    for _ in 0..7 {
        let t = Instant::now();
        f();
        best = best.min(t.elapsed().as_secs_f64());
    }
    best
}
#[test]
fn speed() {
    let mut log = Vec::new();
    for i in 0..60000 {
        log.extend_from_slice(
            format!(
                "2026-01-02 12:00:{:02} INFO worker {i}: handled request /api/v1/items/{} in {} ms\r\n",
                i % 60,
                i * 7,
                i % 97
            )
            .as_bytes(),
        );
    }
    let mut sgr = Vec::new();
    for i in 0..40000 {
        for w in 0..6 {
            sgr.extend_from_slice(
                format!("\x1b[38;5;{}m{}\x1b[0m \x1b[1mx\x1b[22m", (i * 7 + w) % 256, "abcdef").as_bytes(),
            );
        }
        sgr.extend_from_slice(b"\r\n");
    }
    let mut cjk = Vec::new();
    for i in 0..20000 {
        cjk.extend_from_slice(format!("行 {i} 漢字かな交じり文です、これはテスト。é ü ─│┌┐\r\n").as_bytes());
    }
    let mut recs: Vec<Vec<u8>> = Vec::new();
    for d in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/recordings")).unwrap() {
        for f in std::fs::read_dir(d.unwrap().path()).unwrap() {
            let p = f.unwrap().path();
            if p.extension().is_some_and(|e| e == "raw") {
                recs.push(std::fs::read(p).unwrap());
            }
        }
    }
    for (name, set) in [("log", vec![log]), ("sgr", vec![sgr]), ("cjk", vec![cjk]), ("recordings", recs)] {
        let mb = set.iter().map(Vec::len).sum::<usize>() as f64 / 1e6;
        for chunk in [65536usize, 1024] {
            let bare = time(|| {
                for raw in &set {
                    let mut term = alacritty_terminal::Term::new(
                        Config { scrolling_history: 0, kitty_keyboard: true, ..Config::default() },
                        &Ext(100, 30),
                        VoidListener,
                    );
                    let mut p: Processor = Processor::new();
                    for part in raw.chunks(chunk) {
                        p.advance(&mut term, part);
                    }
                }
            });
            let hist = time(|| {
                for raw in &set {
                    let mut term = alacritty_terminal::Term::new(
                        Config { scrolling_history: 1000, kitty_keyboard: true, ..Config::default() },
                        &Ext(100, 30),
                        VoidListener,
                    );
                    let mut p: Processor = Processor::new();
                    for part in raw.chunks(chunk) {
                        p.advance(&mut term, part);
                    }
                }
            });
            let ours = time(|| {
                for raw in &set {
                    let mut s = Screen::new(Size::new(100, 30));
                    for part in raw.chunks(chunk) {
                        s.feed(s.offset(), part);
                    }
                }
            });
            eprintln!(
                "{name} {mb:.1} MB chunk {chunk}: bare {:.0} MB/s, with history {:.0} MB/s, ours {:.0} MB/s, cost {:+.0} %",
                mb / bare,
                mb / hist,
                mb / ours,
                (ours / bare - 1.0) * 100.0
            );
        }
    }
}
