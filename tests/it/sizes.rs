//! Two windows of different size on one agent: the one where somebody typed last gives the size, and the other says so
//! and which key takes it. What the server decides is `stream`'s and the core's.

use crate::support::fleet::id;
use crate::support::{Home, Outer};

/// A program that writes its terminal's size at every change, and what it reads.
const PROGRAM: &str = "trap 'echo now $(stty size)' WINCH; echo READY; while :; do read line; echo got $line; done";

const SAYS: &str = "another window's size";

fn columns(home: &Home, agent: &str) -> u64 {
    home.find_terminal(agent).unwrap()["cols"].as_u64().unwrap()
}

#[track_caller]
fn wait_columns(home: &Home, agent: &str, wanted: u64) {
    home.wait_terminal(agent, "the size", |row| row["cols"] == wanted);
}

#[test]
fn the_other_window_says_whose_size_it_is_and_typing_takes_it() {
    let home = Home::new();
    let agent = id(&home.launch_script("sizes", PROGRAM));
    let large = home.outer().size(160, 45).conductor([""; 0]);
    large.wait_text("READY");
    // What a pane of each window holds.
    let wide = 126;
    wait_columns(&home, &agent, wide);
    assert!(!large.seen().contains(SAYS));
    // A second, smaller window: it opens on the agent, and so has its size.
    let small = home.outer().size(80, 24).conductor([""; 0]);
    small.wait_text("READY");
    home.wait_terminal(&agent, "the smaller size", |row| row["cols"].as_u64() < Some(wide));
    let narrow = columns(&home, &agent);
    let seen = large.wait_text(SAYS);
    assert!(seen.contains(&format!("{SAYS}, {narrow} × ")) && seen.contains("i takes it"), "{}", large.screen());
    assert!(seen.contains("····"), "nothing shows where the terminal ends\n{}", large.screen());
    assert!(!small.seen().contains(SAYS), "{}", small.screen());
    // That key takes it, before anything is typed.
    large.press("i").wait_text("TYPING");
    wait_columns(&home, &agent, wide);
    large.wait_gone(SAYS);
    let seen = small.wait_text(SAYS);
    assert!(seen.contains("i takes it"), "{}", small.screen());
    // And a key typed in the other one, which was in TYPING before.
    small.press("i").wait_text("TYPING");
    wait_columns(&home, &agent, narrow);
    let seen = large.wait_text(SAYS);
    assert!(seen.contains("a key takes it"), "{}", large.screen());
    large.type_text("hello\n");
    wait_columns(&home, &agent, wide);
    large.wait_gone(SAYS).contains("got hello").then_some(()).unwrap();
    // The one with the size goes: who is left has it.
    large.press("ctrl-q").wait_text("COMMAND");
    large.press("D").wait_exit();
    wait_columns(&home, &agent, narrow);
    small.wait_gone(SAYS);
}

#[test]
fn an_attached_terminal_says_it_without_a_frame() {
    let home = Home::new();
    let agent = id(&home.launch_script("sizes", PROGRAM));
    let large = home.outer().size(160, 45).conductor([""; 0]);
    large.wait_text("READY");
    wait_columns(&home, &agent, 126);
    // From a smaller terminal: attaching is typing there.
    let attached = home.outer().size(60, 15).conductor(["attach", &agent]);
    attached.wait_text("READY");
    wait_columns(&home, &agent, 60);
    let says = |outer: &Outer, words: &str| outer.wait_for(words, |seen| seen.contains(SAYS) && seen.contains(words));
    says(&large, "60 × 15 · i takes it");
    large.press("i");
    wait_columns(&home, &agent, 126);
    says(&attached, "a key takes it");
    attached.type_text("x\n");
    wait_columns(&home, &agent, 60);
    attached.wait_gone(SAYS);
    // Who may only look is told, and offered nothing.
    let looker = home.outer().size(100, 30).conductor(["--read-only"]);
    let seen = looker.wait_text(SAYS);
    assert!(!seen.contains("takes it"), "{}", looker.screen());
}
