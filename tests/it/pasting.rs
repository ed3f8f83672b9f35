//! Pastes as programs get them: hostile text types nothing, whatever the terminal around us lets through. With real
//! bash and vim, which ask for brackets around a paste, and with `cat`, which does not.

use crate::support::fleet::id;
use crate::support::{Home, Outer, need, wait_until};

/// A paste by a terminal that takes nothing out of it, as tmux does.
fn raw_paste(outer: &Outer, text: &str) {
    outer.send(format!("\x1b[200~{text}\x1b[201~").as_bytes());
}

/// The screen with the keyboard in a program.
fn typing_in(home: &Home, command: &[&str]) -> Outer {
    let words = ["launch", "--session-name", "paste", "--"].iter().chain(command);
    let outer = home.outer().conductor(words);
    outer.wait_text("TYPING");
    outer
}

#[test]
fn hostile_text_pasted_to_bash_runs_nothing() {
    need!("bash");
    let home = Home::new();
    let outer = typing_in(&home, &["bash", "--norc", "--noprofile", "-i"]);
    outer.wait_text("bash-");
    for (round, hostile) in [
        // The end of the paste, whole, in parts, and as one character.
        "\x1b[201~touch typed\r",
        "\x1b[20\x1b[201~1~touch typed\r",
        "\x1b[20\u{9b}1~touch typed\r",
        "\u{9b}201~touch typed\r",
        // What looks like a paste, keys, and another paste.
        "\x1b[201~touch typed\r\x1b[200~",
        // The line's own keys: readline begins a new line, outside of any bracket.
        "\x03touch typed\r",
        "\x1ctouch typed\r",
    ]
    .iter()
    .enumerate()
    {
        let mark = format!("pasted-{round}");
        raw_paste(&outer, &format!(": {mark} {hostile}: end-{round}"));
        outer.wait_for("the pasted text", |seen| seen.contains(&mark) && seen.contains(&format!("end-{round}")));
        // Away with it; bash is well and listens.
        outer.press("ctrl-a ctrl-k").type_text(&format!("touch done-{round}\n"));
        wait_until("the next command", || home.work().join(format!("done-{round}")).exists().then_some(()));
        assert!(!home.work().join("typed").exists(), "{hostile:?} ran a command\n{}", outer.screen());
    }
}

#[test]
fn hostile_text_pasted_to_vim_stays_text() {
    need!("vim");
    let home = Home::new();
    let rc = home.write("rc.vim", "set nocompatible ruler noswapfile laststatus=2 viminfo= encoding=utf-8 nomore\n");
    let outer = typing_in(&home, &["vim", "-u", &rc.to_string_lossy(), "text"]);
    outer.wait_text("All");
    outer.press("i").wait_text("INSERT");
    raw_paste(&outer, "a\x1b[201~\x1b:!touch typed\r\x1b[20\u{9b}1~\x03:q!\rz");
    outer.wait_text("z");
    outer.press("esc").wait_gone("INSERT");
    outer.type_text(":wq\n");
    // It makes the file before it writes it.
    let text = wait_until("the file", || Some(home.read("work/text")).filter(|text| !text.is_empty()));
    assert_eq!(text, "a\u{1b}:!touch typed\n:q!\nz\n");
    assert!(!home.work().join("typed").exists());
}

/// Without brackets nothing tells a paste from keys: line ends are Enter, and no other key is in it.
#[test]
fn a_program_without_brackets_gets_lines_and_no_keys() {
    let home = Home::new();
    let outer = typing_in(&home, &["sh", "-c", "echo READY; cat >got; echo OVER; exec cat"]);
    outer.wait_text("READY");
    // ctrl-c would end it, ctrl-d its input, and ctrl-u what was typed so far.
    raw_paste(&outer, "one\x03\r\ntwo\x1b[201~\x04\n\tthree\x15\x1b[A\r");
    outer.wait_text("three");
    outer.press("ctrl-d").wait_text("OVER");
    assert_eq!(home.read("work/got"), "one\ntwo\n\tthree[A\n");
}

/// In COMMAND letters act: the rest of a hostile text is not typed there either.
#[test]
fn hostile_text_pasted_in_command_is_held_whole() {
    let home = Home::new();
    let agent = home.launch_script("paste", "echo READY; exec cat");
    let outer = home.outer().conductor([""; 0]);
    outer.wait_text("READY");
    raw_paste(&outer, "held \x1b[201~xy\x1b[201~D");
    outer.wait_text("held xyD");
    outer.press("esc").wait_gone("held");
    assert_ne!(home.find_terminal(&id(&agent)).unwrap()["status"], "closed");
}
