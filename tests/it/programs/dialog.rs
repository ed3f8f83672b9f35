//! dialog: boxes drawn with line characters, arrows, the mouse. It knows no modern keyboard and no bracketed paste:
//! arrows and tab stand for the first, a line that is typed by the terminal for the second.

use super::{Play, same_as_plain};
use crate::support::{Home, Outer, Persona, need};

const BOX: &str = r#"dialog --inputbox "What is its name?" 0 0 2>name &&
exec dialog --menu "Which one?" 0 0 0 one "the first" two "the second" three "the third" 2>answer"#;

#[test]
fn dialogs_in_a_pane() {
    need!("dialog");
    let home = Home::new();
    let play = Play::open(home, Persona::Kitty, &["sh", "-c", BOX]);
    let outer = &play.outer;
    let height = |rows: &[String]| rows.iter().position(|row| row.contains("What is its name?"));
    let mut before = None;
    play.wait("the box", |rows| {
        before = height(rows);
        before.is_some() && rows.iter().any(|row| row.contains("<Cancel>"))
    });
    // It stands in the middle of the window.
    play.resize(|rows| height(rows).is_some_and(|now| Some(now) < before));
    outer.type_text("x").press("backspace").paste("漢字 é");
    outer.wait_text("漢字 é");
    let (column, row) = outer.seen().find("<  OK  >").unwrap();
    outer.click(column + 3, row);
    play.wait("the menu", |rows| rows.iter().any(|row| row.contains("Which one?")));
    outer.press("down down up tab shift-tab enter");
    play.end(0);
    assert_eq!((play.home.read("work/name"), play.home.read("work/answer")), ("漢字 é".into(), "two".into()));
}

#[test]
fn dialogs_look_as_in_a_terminal_of_their_own() {
    need!("dialog");
    let home = Home::new();
    let command = ["dialog", "--checklist", "Which ones?", "0", "0", "0", "a", "漢字", "on", "b", "é", "off"];
    same_as_plain(&home, &command, |outer: &Outer| {
        outer.wait_text("Which ones?").contains("Cancel");
        outer.press("down space").wait_for("a second mark", |seen| seen.matches("[*]").count() == 2);
    });
}
