//! nano: bracketed paste, alt and ctrl with arrows, the mouse. It knows no modern keyboard: alt, ctrl with arrows and
//! function keys stand for it.

use super::{PASTE, Play, same_as_plain};
use crate::support::{Home, Outer, Persona, need};

#[test]
fn nano_in_a_pane() {
    need!("nano");
    let home = Home::new();
    let play = Play::open(home, Persona::Kitty, &["nano", "--ignorercfiles", "--mouse", "--autoindent", "text"]);
    let outer = &play.outer;
    play.wait("its title and its keys", |rows| rows[0].contains("GNU nano") && rows[35].contains("^X Exit"));
    play.resize(|rows| rows[0].contains("GNU nano") && rows[25].contains("^X Exit"));

    outer.type_text("first word\n").wait_text("first word");
    play.paste();
    play.wait("the paste", |rows| rows.iter().any(|row| row.ends_with("é 🦀 end")));
    // Up with ctrl and home, a word to the right, and what is typed there.
    outer.press("ctrl-home ctrl-right").type_text("good ");
    play.wait("a word between", |rows| rows[1] == "first good word");
    // Alt and U takes it back, alt and E makes it again.
    outer.press("alt-u").wait_gone("good");
    outer.press("alt-e").wait_text("first good word");
    // A click puts the cursor on the `t` of "two".
    let (column, row) = outer.seen().find("two").unwrap();
    outer.click(column, row).wait_for("the cursor there", |seen| seen.cursor == (column, row));

    outer.press("f2").wait_text("Save modified buffer?");
    outer.press("y").wait_text("File Name to Write");
    outer.press("enter");
    play.end(0);
    assert_eq!(play.home.read("work/text"), format!("first good word\n{PASTE}\n"));
}

#[test]
fn nano_looks_as_in_a_terminal_of_its_own() {
    need!("nano");
    let home = Home::new();
    let source = home.write("code.c", "/* 漢字 */\n#include <stdio.h>\nint main(void)\n{\n\treturn 42; // é\n}\n");
    let command = ["nano", "--ignorercfiles", "--linenumbers", "--constantshow", &source.to_string_lossy()];
    same_as_plain(&home, &command, |outer: &Outer| {
        outer.wait_text("stdio.h");
        outer.press("ctrl-w").wait_text("Search");
        outer.type_text("main\n").wait_text("line  3/");
    });
}
