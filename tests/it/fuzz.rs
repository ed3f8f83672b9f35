//! Random output, mutilated recordings and random sizes for the screen: no panic, no hang, no growth. Ten seconds, or
//! as many as CONDUCTOR_TEST_FUZZ says; a failure prints the seed of its round, and CONDUCTOR_TEST_FUZZ_SEED runs it
//! alone.

use conductor_tui::core::screen::{FrameCursor, Notice, Screen, Size};
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

/// Long enough to see each kind of mutilation hundreds of times.
const SECONDS: u64 = 10;
/// One round feeds a few hundred KiB; a loaded machine parses that in a fraction of this.
const ROUND: Duration = Duration::from_secs(20);
/// Pages that allocators keep back and tables that reach their limits; a leak of a round passes this in a minute.
const MAY_GROW: u64 = 96 * 1024 * 1024;

struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        // SplitMix64: every seed gives another sequence, also neighbours.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, most: usize) -> usize {
        (self.next() % most.max(1) as u64) as usize
    }

    fn of<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }
}

fn recordings() -> Vec<Vec<u8>> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/recordings");
    let mut found = Vec::new();
    for agent in std::fs::read_dir(folder).unwrap() {
        for file in std::fs::read_dir(agent.unwrap().path()).unwrap() {
            let path = file.unwrap().path();
            if path.extension().is_some_and(|e| e == "raw") {
                found.push(std::fs::read(path).unwrap());
            }
        }
    }
    assert!(found.len() > 10);
    found
}

/// What a made-up program prints: every kind of sequence, with any parameters.
fn made_up(dice: &mut Dice) -> Vec<u8> {
    let mut out = Vec::new();
    for _ in 0..dice.below(400) {
        match dice.below(12) {
            0 => out.extend((0..dice.below(40)).map(|_| dice.next() as u8)),
            1 => {
                let (a, b) = (dice.below(70_000), dice.below(60));
                let last = dice.of(b"ABCDEFGHIJKLMPSTXZ@`abcdefghilmnpqrstu");
                let mark = dice.of(&["", "?", ">", "=", "<", "!", " ", "$"]);
                out.extend(format!("\x1b[{mark}{a};{b}{}", char::from(*last)).bytes());
            }
            2 => {
                let (a, b) = (dice.below(40), dice.below(20));
                out.extend(format!("\x1b[{a};{b}{}", char::from(*dice.of(b"HABCDJKLMPSTX@rm"))).bytes());
            }
            3 => {
                let mode = dice.of(&[1, 6, 7, 9, 12, 25, 47, 1000, 1003, 1006, 1016, 1047, 1048, 1049, 2004, 2026]);
                out.extend(format!("\x1b[?{mode}{}", if dice.below(2) == 0 { 'h' } else { 'l' }).bytes());
            }
            4 => {
                let text = "x".repeat(dice.below(300));
                let number =
                    dice.of(&["0", "2", "4;1", "7", "8;;https:", "9;4;1", "52;c", "133;A", "7501;state=working", "66"]);
                out.extend(format!("\x1b]{number};{text}{}", dice.of(&["\x07", "\x1b\\", ""])).bytes());
            }
            5 => out.extend(
                dice.of(&["\x1bc", "\x1b7", "\x1b8", "\x1bM", "\x1bD", "\x1bE", "\x1bH", "\x1b#8", "\x1b(0"]).bytes(),
            ),
            6 => out.extend(
                dice.of(&["漢", "e\u{301}", "👩\u{200d}🚀", "\u{202e}", "❤\u{fe0f}", "\u{300}", "한", "\t", "\u{8}"])
                    .bytes(),
            ),
            7 => out.extend(
                dice.of(&["\x1bP+q544e\x1b\\", "\x1bP$qm\x1b\\", "\x1b[c", "\x1b[6n", "\x1b[?u", "\x1b]11;?\x07"])
                    .bytes(),
            ),
            8 => out.extend((0..dice.below(3000)).flat_map(|n| format!("line {n}\r\n").into_bytes())),
            _ => out.extend((0..dice.below(60)).map(|_| b' ' + (dice.next() % 95) as u8)),
        }
    }
    out
}

/// A recording with flips, cuts, doublings and foreign parts.
fn mutilated(dice: &mut Dice, recordings: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = dice.of(recordings).clone();
    for _ in 0..dice.below(30) {
        let at = dice.below(bytes.len());
        let end = (at + dice.below(200)).min(bytes.len());
        match dice.below(5) {
            0 if at < bytes.len() => bytes[at] ^= 1 << dice.below(8),
            1 => drop(bytes.drain(at..end)),
            2 => {
                let part = bytes[at..end].to_vec();
                bytes.splice(at..at, part);
            }
            3 => {
                let other = dice.of(recordings);
                let from = dice.below(other.len());
                let part = other[from..(from + 300).min(other.len())].to_vec();
                bytes.splice(at..at, part);
            }
            _ => bytes.splice(at..at, made_up(dice)).for_each(drop),
        }
        bytes.truncate(400_000);
    }
    bytes
}

fn size(dice: &mut Dice) -> Size {
    match dice.below(4) {
        0 => Size::new(2, 1),
        1 => Size::new(dice.below(6) as u16, dice.below(4) as u16),
        _ => Size::new(dice.below(250) as u16, dice.below(80) as u16),
    }
}

fn round(seed: u64, recordings: &[Vec<u8>]) {
    let mut dice = Dice(seed);
    let bytes = if dice.below(2) == 0 { made_up(&mut dice) } else { mutilated(&mut dice, recordings) };
    let mut screen = Screen::new(size(&mut dice));
    let mut client = FrameCursor::new();
    let mut rest = &bytes[..];
    while !rest.is_empty() {
        let cut = 1 + if dice.below(3) == 0 { dice.below(20) } else { dice.below(70_000) };
        let (part, after) = rest.split_at(cut.min(rest.len()));
        screen.feed(screen.offset(), part);
        rest = after;
        match dice.below(8) {
            0 => screen.resize(size(&mut dice)),
            1 => screen = Screen::restore(&screen.checkpoint()).expect("its own checkpoint"),
            2 => drop(client.next(&mut screen)),
            _ => {}
        }
        screen.take_replies();
        assert!(!screen.take_notices().contains(&Notice::Rebuilt), "the engine failed");
        let size = screen.size();
        for row in screen.rows() {
            assert!(row.width() <= size.columns, "a row wider than the screen");
            assert!(!row.text().chars().any(char::is_control), "a control character in a cell");
        }
        assert!(screen.cursor().row < size.rows && screen.cursor().column < size.columns);
    }
}

fn memory() -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    statm.split(' ').nth(1).unwrap().parse::<u64>().unwrap() * 4096
}

#[test]
fn whatever_is_printed_the_screen_stands() {
    let recordings = recordings();
    let number = |name: &str| std::env::var(name).ok().map(|value| value.parse::<u64>().expect("a number"));
    if let Some(seed) = number("CONDUCTOR_TEST_FUZZ_SEED") {
        return round(seed, &recordings);
    }
    if number("CONDUCTOR_TEST_FUZZ_ALONE").is_none() {
        // In a process of its own: the memory of this one is other tests' as well.
        let mut alone = Command::new(std::env::current_exe().unwrap());
        alone.args(["fuzz::whatever_is_printed_the_screen_stands", "--exact", "--nocapture"]);
        let done = alone.env("CONDUCTOR_TEST_FUZZ_ALONE", "1").output().unwrap();
        let said = format!("{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
        print!("{said}");
        assert!(done.status.success(), "{said}");
        return;
    }
    let seconds = number("CONDUCTOR_TEST_FUZZ").unwrap_or(SECONDS);
    let clock = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    let first = clock.as_nanos() as u64;
    let until = Instant::now() + Duration::from_secs(seconds);
    let mut before = None;
    let mut rounds = 0u64;
    while Instant::now() < until {
        let seed = first.wrapping_add(rounds);
        let began = Instant::now();
        if let Err(panic) = std::panic::catch_unwind(|| round(seed, &recordings)) {
            println!("CONDUCTOR_TEST_FUZZ_SEED={seed}");
            std::panic::resume_unwind(panic);
        }
        assert!(began.elapsed() < ROUND, "CONDUCTOR_TEST_FUZZ_SEED={seed} took {:?}", began.elapsed());
        rounds += 1;
        if rounds == 200 {
            before = Some(memory());
        }
    }
    let grown = before.map_or(0, |before| memory().saturating_sub(before));
    println!("{rounds} rounds in {seconds} s, first seed {first}, memory grew by {} KiB", grown / 1024);
    assert!(grown < MAY_GROW, "memory grew by {} KiB in {rounds} rounds", grown / 1024);
}
