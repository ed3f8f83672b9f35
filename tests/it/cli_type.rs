//! The verbs of input and output: send, keys, output in all its ways, debug screen; and what a reader that goes away
//! or text that is none does to them.

use std::io::Write;

use serde_json::{Value, json};

use crate::support::fleet::id;
use crate::support::{Home, wait_until};

/// Shows every line that it reads.
const READER: &str = "stty -echo; echo up; while IFS= read -r line; do printf '<%s>\\n' \"$line\"; done";

fn reader(home: &Home) -> String {
    let reader = id(&home.launch_script("one", READER));
    home.wait_output(&reader, "up");
    reader
}

#[test]
fn messages_are_typed_with_enter_and_once() {
    let home = Home::new();
    let agent = reader(&home);
    assert_eq!(home.cmd(["send", &agent, "--message", "from a flag"]).run().ok().stdout, "sent\n");
    assert_eq!(home.cmd(["send", &agent, "-m", "quiet", "--quiet"]).run().ok().stdout, "");
    assert_eq!(
        home.cmd(["send", &agent, "--json"]).stdin("from stdin\n").run().ok().json(),
        json!({ "status": "sent" })
    );
    let _ = home.cmd(["send", &agent]).stdin("two\nlines").run().ok();
    // By its name, and by its session's and its name.
    let _ = home.cmd(["send", "supervisor-shell", "-m", "by name"]).run().ok();
    let _ = home.cmd(["send", "one/supervisor-shell", "-m", "by both"]).run().ok();
    let _ = home.cmd(["send", "conductor-one/supervisor-shell", "-m", "by the long name"]).run().ok();
    for (word, id) in [("sent", "order-66"), ("duplicate", "order-66"), ("sent", "order-67")] {
        let said = home.cmd(["send", &agent, "-m", "once", "--id", id]).run().ok().stdout;
        assert_eq!(said, format!("{word}\n"));
    }
    // A new server remembers, too.
    let _ = home.verb("shutdown --restart").run().ok();
    let said = home.cmd(["send", &agent, "-m", "once", "--id", "order-66"]).run().ok().stdout;
    assert_eq!(said, "duplicate\n");
    let _ = home.cmd(["send", &agent, "-m", "begun ", "--no-enter"]).run().ok();
    let _ = home.cmd(["send", &agent, "-m", "ended"]).run().ok();
    // Without a flag: the words behind the name, options among them, and after `--` whatever comes.
    let _ = home.cmd(["send", &agent, "a sentence"]).run().ok();
    let said = home.cmd(["send", &agent, "several", "words", "--json"]).run().ok().json();
    assert_eq!(said, json!({ "status": "sent" }));
    let _ = home.cmd(["send", &agent, "--", "--help", "-m"]).run().ok();
    let _ = home.cmd(["send", &agent, "-m", "ünïcödé 漢字 🙂 'quoted' $HOME \\n"]).run().ok();
    let _ = home.cmd(["send", &agent, "-m", "last"]).run().ok();
    let said = home.wait_output(&agent, "<last>");
    let lines: Vec<&str> = said.lines().collect();
    let expected = [
        "up",
        "<from a flag>",
        "<quiet>",
        "<from stdin>",
        "<two>",
        "<lines>",
        "<by name>",
        "<by both>",
        "<by the long name>",
        "<once>",
        "<once>",
        "<begun ended>",
        "<a sentence>",
        "<several words>",
        "<--help -m>",
        "<ünïcödé 漢字 🙂 'quoted' $HOME \\n>",
        "<last>",
    ];
    assert_eq!(lines, expected);
}

#[test]
fn what_cannot_be_typed_is_told() {
    let home = Home::new();
    let agent = reader(&home);
    let refused = |words: &[&str], stdin: Option<&str>, code: i32, text: &str| {
        let run = home.cmd(words);
        let run = if let Some(text) = stdin { run.stdin(text) } else { run };
        let said = run.run().code(code).stderr;
        assert!(said.starts_with("Error: ") && said.contains(text), "{words:?}: {said}");
    };
    refused(&["send", "00000000", "-m", "x"], None, 3, "no terminal 00000000");
    refused(&["send", "nobody", "-m", "x"], None, 3, "no terminal nobody");
    refused(&["send", &agent, "--no-enter", "-m", ""], None, 2, "empty");
    refused(&["send", &agent, "-m", "x", "--id", ""], None, 2, "1 to 64");
    refused(&["send", &agent, "-m", "x", "--read-only"], None, 5, "change something");
    refused(&["send", &agent, "x", "-m", "y"], None, 2, "cannot be used with");
    refused(&["keys", &agent, "Nokey"], None, 2, "Nokey");
    refused(&["keys", &agent, "-x"], None, 2, "unexpected argument");
    refused(&["keys", &agent, "C-"], None, 2, "C-");
    refused(&["send", &agent], Some(&"x".repeat(17 * 1024 * 1024)), 2, "at most 16 MiB");
    let words = format!("printf '\\377' | {} send {agent}", crate::support::home::binary());
    let said = home.program("sh", ["-c", &words]).run().code(2).stderr;
    assert!(said.contains("not UTF-8"), "{said}");
    // Two of one name: neither is guessed.
    let _ = home.launch_script("two", READER);
    refused(&["send", "supervisor-shell", "-m", "x"], None, 2, "names several terminals");
    let _ = home.cmd(["send", &agent, "-m", "end"]).run().ok();
    assert_eq!(home.wait_output(&agent, "<end>"), "up\n<end>\n");
    // Whose agent has ended.
    let gone = id(&home.launch_script("gone", "exit 3"));
    wait_until("the end", || home.find_terminal(&gone).unwrap()["pid"].is_null().then_some(()));
    refused(&["send", &gone, "-m", "x"], None, 1, "is gone");
}

#[test]
fn several_lines_are_one_paste_where_the_program_knows_pastes() {
    let home = Home::new();
    let script = "stty raw -echo; printf '\\033[?2004hup\\r\\n'; exec od -An -v -tx1 -w1 -N 24";
    let agent = id(&home.launch_script("one", script));
    home.wait_output(&agent, "up");
    let _ = home.cmd(["send", &agent, "-m", "one\ntwo\x1b[201~"]).run().ok();
    // The mark of the paste's end cannot be smuggled in: only ours ends it, and Enter follows.
    let said = wait_until("the bytes", || {
        let said = home.cmd(["output", &agent]).run().ok().stdout;
        said.trim_end().ends_with("0d").then_some(said)
    });
    let hex: Vec<u8> = said.split_whitespace().skip(1).map(|word| u8::from_str_radix(word, 16).unwrap()).collect();
    let text = String::from_utf8(hex).unwrap();
    assert!(text.starts_with("\x1b[200~one") && text.ends_with("\x1b[201~\r"), "{text:?}");
    assert_eq!(text.matches("\x1b[201~").count(), 1, "{text:?}");
}

#[test]
fn keys_by_their_names() {
    let home = Home::new();
    let script = "stty raw -echo; printf 'up\\r\\n'; exec od -An -v -tx1 -w1 -N 15";
    let agent = id(&home.launch_script("one", script));
    home.wait_output(&agent, "up");
    assert_eq!(home.cmd(["keys", &agent, "a", "Enter", "C-c", "M-x", "Up", "-"]).run().ok().stdout, "sent\n");
    // Options are options wherever they stand, and keys behind `--`.
    for words in [["keys", "--json", &agent, "y"], ["keys", &agent, "y", "--json"]] {
        assert_eq!(home.cmd(words).run().ok().json(), json!({ "status": "sent" }));
    }
    assert_eq!(home.cmd(["keys", &agent, "--", "-", "F5"]).run().ok().stdout, "sent\n");
    let keys = "61 0d 03 1b 78 1b 5b 41 2d 79 79 2d 1b 5b 31";
    wait_until("the keys", || {
        let said = home.cmd(["output", &agent]).run().ok().stdout;
        let said: Vec<&str> = said.split_whitespace().skip(1).collect();
        (said.join(" ") == keys).then_some(())
    });
}

#[test]
fn output_in_every_mode() {
    let home = Home::new();
    let script = "stty -echo; i=0; while [ $i -lt 200 ]; do echo line $i; i=$((i+1)); done; printf '\\033[31mred\\033[0m\\n'; read x; echo \"after $x\"; exec sleep 10000";
    let agent = id(&home.launch_script("one", script));
    home.wait_output(&agent, "red");
    let full = home.cmd(["output", &agent]).run().ok().stdout;
    let lines: Vec<&str> = full.lines().collect();
    assert_eq!((lines.len(), lines[0], lines[200]), (201, "line 0", "red"));
    let last = home.cmd(["output", &agent, "-n", "3"]).run().ok().stdout;
    assert_eq!(last, "line 198\nline 199\nred\n");
    let screen = home.cmd(["output", &agent, "--mode", "screen"]).run().ok().stdout;
    assert!(
        screen.lines().count() <= 40 && screen.contains("line 199\nred") && !screen.contains("line 100\n"),
        "{screen}"
    );
    assert!(!full.contains('\x1b') && !screen.contains('\x1b'), "text has no escape sequences");
    let _ = home.cmd(["send", &agent, "-m", "input"]).run().ok();
    home.wait_output(&agent, "after input");
    let last = home.cmd(["logs", &agent, "--mode", "last"]).run().ok().stdout;
    assert_eq!(last.trim(), "after input");
    let answer = home.cmd(["output", &agent, "--json"]).run().ok().json();
    let end = home.find_terminal(&agent).unwrap()["output_end"].clone();
    assert_eq!((answer["offset"].clone(), answer["output"].is_string()), (end, true));
}

#[test]
fn following_goes_on_to_the_end() {
    let home = Home::new();
    let agent = id(&home
        .launch_script("one", "stty -echo; echo up; read x; printf '\\033[1mfirst\\033[0m\\n'; read x; echo second"));
    home.wait_output(&agent, "up");
    let file = home.join("followed");
    let mut follower = home.cmd(["output", &agent, "--follow"]).start(&file);
    let said = |text: &str| wait_until(text, || home.read("followed").contains(text).then_some(()));
    said("up");
    let _ = home.cmd(["send", &agent, "-m", ""]).run().ok();
    said("first");
    // A new server on the way: the follower says so, or goes on; either way nothing is lost of what it said.
    let _ = home.cmd(["send", &agent, "-m", ""]).run().ok();
    assert_eq!(follower.wait(), 0, "{}", follower.said());
    let text = home.read("followed").replace('\r', "");
    assert_eq!(text, "up\nfirst\nsecond\n");
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let home = Home::new();
    let agent = id(&home.launch_script("one", "seq 20000; exec sleep 10000"));
    home.wait_output(&agent, "20000");
    let bin = crate::support::home::binary();
    for words in ["terminals", "sessions --json", "providers", "health", "config show", "completions bash", "--help"] {
        let script = format!("{{ {bin} {words}; echo $? >code; }} | head -c 0");
        assert_eq!(home.program("sh", ["-c", &script]).run().ok().stderr, "", "{words}");
        wait_until("the code", || home.read("work/code").ends_with('\n').then_some(()));
        assert_eq!(home.read("work/code"), "0\n", "{words}");
        std::fs::remove_file(home.join("work/code")).unwrap();
    }
    let script = format!("{bin} output {agent} --lines 20000 | head -n 1");
    let output = home.program("sh", ["-c", &script]).run().ok();
    assert_eq!((output.stdout.as_str(), output.stderr.as_str()), ("1\n", ""));
}

#[test]
fn the_screen_after_the_bytes_of_a_file() {
    let home = Home::new();
    let mut file = std::fs::File::create(home.join("raw")).unwrap();
    file.write_all(b"\x1b]2;a title\x07one\r\n\x1b[32mtwo\x1b[0m\x1b[10;5Hdeep \xff\xfe").unwrap();
    let raw = home.join("raw").display().to_string();
    let text = home.cmd(["debug", "screen", "--raw", &raw, "--cols", "20", "--rows", "10"]).run().ok().stdout;
    assert!(text.starts_with("one\ntwo\n") && text.contains("\n    deep"), "{text:?}");
    let answer = home.cmd(["debug", "screen", "--raw", &raw, "--format", "json"]).run().ok().json();
    assert_eq!((&answer["title"], answer["rows"].as_array().unwrap().len()), (&Value::from("a title"), 24));
    for (cols, rows) in [("0", "0"), ("1", "1"), ("65535", "1"), ("2", "65535")] {
        let _ = home.cmd(["debug", "screen", "--raw", &raw, "--cols", cols, "--rows", rows]).run().ok();
    }
    let said = home.verb("debug screen --raw /nowhere").run().code(3).stderr;
    assert!(said.starts_with("Error: cannot read /nowhere\nCaused by: "), "{said}");
}

#[test]
fn text_that_is_none_is_no_end() {
    use std::os::unix::ffi::OsStrExt;
    let home = Home::new();
    let agent = reader(&home);
    let odd = std::ffi::OsStr::from_bytes(b"\xff\xfe");
    for words in ["terminals", "health", "init", "launch --headless --session-name odd"] {
        let _ = home.verb(words).env("ODD", odd).run().ok();
    }
    let bin = crate::support::home::binary();
    for words in ["send x -m", "status", "launch --headless --session-name", "holder"] {
        let script = format!("{bin} {words} \"$(printf '\\377')\"");
        let output = home.program("sh", ["-c", &script]).run();
        assert!([2, 3].contains(&output.code) && !output.stderr.contains("panicked"), "{words}: {output:?}");
    }
    assert_eq!(home.verb(&format!("output {agent}")).run().ok().stdout, "up\n");
}
