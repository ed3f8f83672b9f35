//! The main job from end to end, as a person does it: open the screen, start a shell, type, leave, lose the server,
//! come back. Guards "any process may be killed at any instant" and "the terminal comes back" of ARCHITECTURE.md.

use crate::support::{Home, Outer, proc, wait_until};

/// Opens the screen and waits for its first whole picture.
fn open(home: &Home) -> Outer {
    let outer = home.outer().conductor::<&str>([]);
    outer.wait_for("the first screen", |seen| seen.alternate && !seen.trim().is_empty());
    outer
}

#[test]
fn a_shell_outlives_the_screen_and_the_server() {
    let home = Home::new();
    let outer = open(&home);
    outer.wait_text("agent");
    outer.press_until("c", "the launch dialog", |seen| seen.contains("shell"));
    outer.press("enter");
    let shell = wait_until("one terminal", || {
        let terminals = home.api("/terminals")?;
        Some(terminals.as_array()?.first()?.clone()).filter(|t| t["pid"].is_number())
    });
    let id = shell["id"].as_str().unwrap();
    outer.wait_text("TYPING");
    outer.wait_hands(std::time::Duration::from_millis(300));
    outer.type_text("echo $((6*7))-here\n").wait_text("42-here");

    outer.press("ctrl-q D");
    assert_eq!(outer.wait_exit(), 0);
    outer.assert_restored();
    drop(outer);
    let killed = home.kill_server();

    let outer = open(&home);
    outer.wait_text("42-here");
    let again = home.terminal(id);
    assert_eq!((&again["pid"], &again["holder_pid"]), (&shell["pid"], &shell["holder_pid"]), "the same processes");
    assert_ne!(home.server_other_than(Some(killed)), killed);
    outer.press_until("enter", "the keyboard in the shell", |seen| seen.contains("TYPING"));
    outer.type_text("echo $((7*8))-again\n").wait_text("56-again");
    assert!(proc::alive(shell["pid"].as_i64().unwrap() as proc::Pid));
    outer.press("ctrl-q D");
    assert_eq!(outer.wait_exit(), 0);
    outer.assert_restored();
    home.shut_down_all();
}
