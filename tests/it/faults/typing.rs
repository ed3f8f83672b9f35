//! Input and output that are larger or uglier than usual arrive byte for byte.

use std::time::Duration;

use crate::support::wait::wait_at_most;
use crate::support::{Agent, Home, wait_until};

const MIB: usize = 1 << 20;

/// An agent that writes all it reads to the file `got`, as a raw-mode program reads it; `modes` is printed first.
fn raw_reader(home: &Home, modes: &str) -> Agent {
    let script = format!("stty raw -echo; printf '{modes}ready'; exec cat >{}", home.join("got").display());
    let agent = home.launch("raw", &["sh", "-c", &script]);
    home.wait_screen(&agent.id, "ready");
    agent
}

/// Text without control characters, of exactly this length, no part of it like another.
fn long_text(length: usize) -> String {
    let mut text = String::new();
    let mut number = 0;
    while text.len() < length {
        text += &format!("{number} é漢 ");
        number += 1;
    }
    while text.len() > length {
        text.pop();
    }
    while text.len() < length {
        text.push('.');
    }
    text
}

#[track_caller]
fn wait_got(home: &Home, expected: &[u8]) {
    let got = || std::fs::read(home.join("got")).unwrap_or_default();
    let _ = wait_at_most(Duration::from_secs(40), || (got().len() >= expected.len()).then_some(()));
    let got = got();

    let differs = got.iter().zip(expected).position(|(a, b)| a != b);
    assert!(got == expected, "{} of {} bytes, first difference at {differs:?}", got.len(), expected.len());
}

#[test]
fn a_sent_mebibyte_arrives_byte_for_byte() {
    let home = Home::new();
    let agent = raw_reader(&home, "");
    let text = long_text(MIB);
    let sent = home.cmd(["send", &agent.id, "--no-enter"]).stdin(text.as_str()).limit(Duration::from_secs(40)).run();
    let _ = sent.ok();
    wait_got(&home, text.as_bytes());
}

#[test]
fn a_pasted_mebibyte_arrives_byte_for_byte() {
    let home = Home::new();
    let agent = raw_reader(&home, "\\033[?2004h");
    let outer = home.outer().conductor(["attach", &agent.id]);
    outer.wait_text("ready");
    let text = long_text(MIB);
    outer.paste(&text);
    wait_got(&home, format!("\x1b[200~{text}\x1b[201~").as_bytes());
    outer.type_text("after");
    wait_got(&home, format!("\x1b[200~{text}\x1b[201~after").as_bytes());
}

#[test]
fn output_that_is_no_utf8_is_logged_as_it_is_and_breaks_no_screen() {
    let home = Home::new();
    let bytes: Vec<u8> =
        (0..4000_u32).flat_map(|n| [0x80 | (n % 128) as u8, 0xff, 0xc3, b'a' + (n % 26) as u8]).collect();
    std::fs::write(home.join("ugly"), &bytes).unwrap();
    let script = format!("stty raw -echo; cat {}; printf '\\033c\\033[2Jtidy'; exec cat", home.join("ugly").display());
    let agent = home.launch("ugly", &["sh", "-c", &script]);
    home.wait_screen(&agent.id, "tidy");
    assert!(home.log(&agent.id).starts_with(&bytes));
    let outer = home.outer().conductor(["attach", &agent.id]);
    outer.wait_text("tidy");
    assert!(home.cmd(["output", &agent.id]).run().ok().stdout.contains("tidy"));
}

#[test]
fn a_program_that_never_reads_is_told_of_and_holds_up_nobody() {
    let home = Home::new();
    let deaf = home.launch("deaf", &["sh", "-c", "stty raw -echo; echo up; exec sleep 1000"]);
    let other = home.launch("other", &["cat"]);
    home.wait_screen(&deaf.id, "up");
    let sent =
        home.cmd(["send", &deaf.id]).stdin(long_text(MIB)).limit(Duration::from_secs(40)).start(&home.join("sent"));
    wait_until("another agent to be served meanwhile", || {
        let _ = home.cmd(["send", &other.id, "-m", "hello"]).run().ok();
        Some(())
    });
    home.wait_screen(&other.id, "hello");
    let _ = home.cmd(["close", &deaf.id]).run().ok();
    drop(sent);
}

#[test]
fn thousands_of_keys_in_one_burst_arrive_in_their_order() {
    let home = Home::new();
    let agent = raw_reader(&home, "");
    let outer = home.outer().conductor([""; 0]);
    outer.wait_text("ready");
    outer.press("i").wait_text("TYPING");
    // As a paste without brackets, a slow link or a robot sends them; far more than are taken in at once.
    let text: String = (0..700).map(|n| format!("{n} é漢,")).collect();
    outer.send(text.as_bytes());
    wait_got(&home, text.as_bytes());
    outer.send(b"\x1b[200~and a paste\x1b[201~ end");
    wait_got(&home, format!("{text}and a paste end").as_bytes());
    drop(agent);
}
