//! What a program reads of each key: the same in a pane as right in the terminal around us, for all that a program can
//! ask of a keyboard. The program is `cat`, which writes down what it gets.

use crate::support::{Home, Outer, Persona, wait_until};

/// Keys that every keyboard has, and chords that only some of them tell apart. Not ctrl-q, which is ours.
const KEYS: &str = "a shift-a 1 space enter tab esc backspace up shift-down ctrl-right alt-left home end insert delete \
     pageup f1 f2 f3 f4 f5 f12 shift-f5 ctrl-a ctrl-i ctrl-m ctrl-[ ctrl-space alt-x alt-enter shift-enter ctrl-enter \
     shift-tab ctrl-tab ctrl-shift-x ctrl-alt-x alt-shift-x shift-backspace ctrl-backspace alt-backspace shift-esc é";

/// What a program asks for, by name and as it writes it.
const ASKED: [(&str, &str); 9] = [
    ("nothing", ""),
    ("application cursor keys", "\\033[?1h"),
    ("kitty 1", "\\033[>1u"),
    ("kitty 3", "\\033[>3u"),
    ("kitty 5", "\\033[>5u"),
    ("kitty 8", "\\033[>8u"),
    ("kitty 31", "\\033[>31u"),
    ("modifyOtherKeys 1", "\\033[>4;1m"),
    ("modifyOtherKeys 2", "\\033[>4;2m"),
];

#[test]
fn keys_are_read_in_a_pane_as_outside_of_it() {
    let home = Home::new();
    let mut wrong = vec![];
    for (name, asked) in ASKED {
        // Each question is put to the terminal that knows its answer.
        let persona = if name.starts_with("modify") { Persona::Xterm } else { Persona::Kitty };
        let script = |file: &str| format!("stty raw -echo; printf '{asked}READY'; exec cat >{file}");
        let plain = home.outer().persona(persona).run("sh", ["-c", &script("plain")]);
        plain.wait_text("READY");
        let agent = home.launch("keys", &["sh", "-c", &script("pane")]);
        let pane = home.outer().persona(persona).conductor(["attach", &agent.id]);
        pane.wait_text("READY");
        for key in KEYS.split_whitespace() {
            let (plain, pane) = (typed(&home, &plain, "plain", key), typed(&home, &pane, "pane", key));
            if plain != pane {
                wrong.push(format!("{name}, {key}: {plain:?} outside, {pane:?} in a pane"));
            }
        }
        drop(home.cmd(["close", &agent.id]).run().ok());
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What `cat` gets of one key, up to a paste that stands behind it.
fn typed(home: &Home, outer: &Outer, file: &str, key: &str) -> String {
    let file = home.join("work").join(file);
    let read = || std::fs::read(&file).unwrap_or_default();
    let from = read().len();
    outer.press(key);
    // A lone Escape is the key when nothing follows it.
    if key == "esc" || key == "ctrl-[" {
        wait_until("the key", || (read().len() > from).then_some(()));
    }
    outer.paste("~END");
    wait_until(&format!("what came of {key}"), || {
        String::from_utf8_lossy(&read()[from..]).strip_suffix("~END").map(str::to_owned)
    })
}
