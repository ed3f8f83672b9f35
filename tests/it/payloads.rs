//! Every payload of `tests/corpus/terminal_payloads.jsonl`, printed by an agent in a pane of the real screen: nothing of
//! it reaches the terminal around us, nothing is typed to the agent but answers of a fixed form, no file is made, and
//! strings without an end cost no memory. Guards invariant 9 of ARCHITECTURE.md, "an agent draws in its own pane only".

use std::fs;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use crate::support::vocabulary::foreign;
use crate::support::{Home, Outer, Persona, proc, wait_until};

/// Names arrive on a FIFO; each names a file, which is printed as it is. Behind it: the end of what was left open, a
/// word on the screen, and a question whose answer comes after all others. What the terminal types goes to `got`.
const PRINTER: &str = r"
stty raw -echo; exec 3<&0; cat <&3 >got & mkfifo names; exec 4<>names; printf 'UP'
while read name <&4; do
    printf '\033c'; cat $name; printf '\033\\\030\r\nEND-%s\033[5n' $name
done";

/// The answer to the question behind each payload.
const LAST: &str = "\x1b[0n";

struct Payload {
    id: String,
    bytes: Vec<u8>,
}

fn payloads() -> Vec<Payload> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/terminal_payloads.jsonl");
    let read = |line: &str| {
        let line: Value = serde_json::from_str(line).unwrap();
        let (id, text) = (line["id"].as_str().unwrap().to_owned(), line["bytes_latin1_or_utf8"].as_str().unwrap());
        // The one that is about single bytes above 0x7f.
        let single = id == "T32";
        let bytes = if single { text.chars().map(|c| c as u8).collect() } else { text.into() };
        Payload { id, bytes }
    };
    fs::read_to_string(file).unwrap().lines().map(read).collect()
}

/// What the agent is answered: numbers and words of ours, in the order of its questions. Titles, the clipboard, fonts,
/// checksums and windows are never told.
fn answers(id: &str) -> &'static str {
    match id {
        "T04" => "\x1bP0$r\x1b\\",
        "T05" => "\x1bP0$r\x1b\\\x1bP1$r0m\x1b\\",
        "T06" => "\x1bP0+r\x1b\\",
        // The colours of the terminal around us, as that told them.
        "T19" => "\x1b]10;rgb:e5e5/e5e5/e5e5\x07\x1b]11;rgb:0000/0000/0000\x07\x1b]4;1;rgb:0000/0101/0000\x07",
        "T20" => "\x1b[?6c\x1b[>0;2600;1c\x1bP!|00000000\x1b\\\x1b[0n\x1b[1;1R\x1b[?1;1R",
        "T21" => concat!("\x1b[?2004;2$y\x1bP>|conductor-tui ", env!("CARGO_PKG_VERSION"), "\x1b\\"),
        "T27" => "\x1b[?31u",
        _ => "",
    }
}

/// A screen with an agent in its only pane, and the keyboard in it.
fn screen(home: &Home, script: &str) -> Outer {
    let outer = home.outer().persona(Persona::Kitty).conductor(["launch", "--", "/bin/sh", "-c", script]);
    outer.wait_for("the keyboard in the agent", |seen| seen.contains("TYPING") && seen.contains("UP"));
    outer
}

#[test]
fn no_payload_leaves_its_pane() {
    let home = Home::new();
    let traps = ["/tmp/x", "/tmp/cve-2003-0063", "/tmp/cve-2008-2383"];
    let there: Vec<_> = traps.iter().filter(|file| Path::new(file).exists()).collect();
    let outer = screen(&home, PRINTER);
    print_all(&home, &outer, "TYPING");
    outer.press("ctrl-q").wait_text("COMMAND");
    outer.press("D");
    assert_eq!(outer.wait_exit(), 0);
    outer.assert_restored();
    assert_eq!(foreign(&outer.raw_from(0)), [""; 0], "from the first byte to the last");
    let made: Vec<_> = traps.iter().filter(|file| Path::new(file).exists()).collect();
    assert_eq!(made, there, "commands in titles and reports were run");
}

/// Where one agent fills the whole terminal, and nothing of ours stands around it.
#[test]
fn no_payload_leaves_a_pane_without_a_frame() {
    let home = Home::new();
    let agent = home.launch("printer", &["/bin/sh", "-c", PRINTER]);
    let outer = home.outer().conductor(["attach", &agent.id]);
    outer.wait_text("UP");
    print_all(&home, &outer, "");
    outer.press("ctrl-q D");
    assert_eq!(outer.wait_exit(), 0);
    outer.assert_restored();
    assert_eq!(foreign(&outer.raw_from(0)), [""; 0], "from the first byte to the last");
}

/// Prints every payload in the pane of `outer`, and looks at both sides of each. `ours` stands on the screen all the time.
#[track_caller]
fn print_all(home: &Home, outer: &Outer, ours: &str) {
    let got = || fs::read(home.join("work/got")).unwrap_or_default();
    let payloads = payloads();
    assert_eq!(payloads.len(), 40);
    let mut wrong = vec![];
    for Payload { id, bytes } in &payloads {
        fs::write(home.join(format!("work/{id}")), bytes).unwrap();
        let (at, typed) = (outer.raw_len(), got().len());
        fs::write(home.join("work/names"), format!("{id}\n")).unwrap();
        outer.wait_text(&format!("END-{id}"));
        let answered = wait_until(&format!("the last answer behind {id}"), || {
            let text = String::from_utf8_lossy(&got()[typed..]).into_owned();
            text.ends_with(LAST).then_some(text)
        });
        let answered = answered.strip_suffix(LAST).unwrap();
        if answered != answers(id) {
            wrong.push(format!("{id}: the agent was typed {answered:?}"));
        }
        let leaked = foreign(&outer.raw_from(at));
        if !leaked.is_empty() {
            wrong.push(format!("{id}: the terminal was written {leaked:?}"));
        }
        // Our own rows stand, whatever it drew.
        if !outer.seen().contains(ours) || !outer.seen().alternate {
            wrong.push(format!("{id}: our screen is not what it was:\n{}", outer.screen()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(outer.seen().clipboard(), [""; 0]);
}

/// # Invariant
/// No agent takes memory of anyone else: what has no end is thrown away as it comes.
#[test]
fn strings_and_marks_without_end_cost_no_memory() {
    let home = Home::new();
    let script = r#"stty raw -echo; printf UP; head -c1 >/dev/null
        { printf '\033]0;'; head -c 104857600 /dev/zero | tr '\0' A; printf '\033\\STRING '; }
        { printf '\033Pq'; head -c 10485760 /dev/zero | tr '\0' A; printf '\033\\PICTURE '; }
        printf e; yes "$(printf '\314\201')" | tr -d '\n' | head -c 20971520; printf ' MARKS'; cat"#;
    let outer = screen(&home, script);
    let holder = home.terminals()[0]["holder_pid"].as_i64().unwrap() as proc::Pid;
    let all = [("holder", holder), ("server", home.server_pid().unwrap()), ("screen", outer.pid())];
    let before = all.map(|(_, pid)| proc::peak_kib(pid));
    let at = outer.raw_len();
    outer.type_text("g");
    // 130 MiB through a holder and a server that share two cores with other tests.
    outer.wait_for_at_most(Duration::from_secs(60), "all of it printed", |seen| seen.contains("MARKS"));
    for ((name, pid), before) in all.into_iter().zip(before) {
        let after = proc::peak_kib(pid);
        println!("{name}: {before} KiB at most before, {after} after");
        // What a log that is read ahead and pieces of output on their way take; a tenth of what was printed at one go.
        assert!(before > 0 && after < before + 10 * 1024, "the {name} grew from {before} to {after} KiB");
    }
    let seen = outer.screen();
    assert!(seen.contains("STRING") && seen.contains("PICTURE"), "{seen}");
    assert_eq!(foreign(&outer.raw_from(at)), [""; 0]);
}
