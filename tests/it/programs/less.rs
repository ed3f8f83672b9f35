//! less: the alternate screen, the keypad, a prompt that is edited. It has no modern keys, no bracketed paste and no
//! mouse here: arrows, page keys and alt stand for the first, a pasted search pattern for the second.

use super::{Play, same_as_plain};
use crate::support::{Home, Outer, Persona, need};

/// More than any window shows; one line for a search with wide characters.
fn pages() -> String {
    let line = |n: u32| if n == 150 { "line 150 漢字 é here\n".into() } else { format!("line {n} of the text\n") };
    (1..=200).map(line).collect()
}

#[test]
fn less_in_a_pane() {
    need!("less");
    let home = Home::new();
    home.write("work/pages", &pages());
    let play = Play::open(home, Persona::Kitty, &["less", "pages"]);
    let outer = &play.outer;
    // Its name at first, and a colon from then on: the window may have got its size a moment after the start.
    let prompt = |row: &str| ["pages", ":"].contains(&row);
    play.wait("the first page", |rows| rows[0] == "line 1 of the text" && prompt(&rows[35]));
    play.resize(|rows| rows[24] == "line 25 of the text" && prompt(&rows[25]));
    let top = |what: &str, line: &str| play.wait(what, |rows| rows[0] == line);
    outer.press("pagedown");
    top("the second page", "line 26 of the text");
    outer.press("down up up");
    top("a line above", "line 25 of the text");
    outer.press("end");
    top("the last page", "line 176 of the text");
    outer.press("home");
    top("the first page", "line 1 of the text");
    // A pattern is typed by the terminal where a program knows no paste; its line end is Enter.
    outer.press("/").wait_for("the prompt", |seen| seen.cursor.1 == 27);
    outer.paste("漢字 é\n");
    top("what was searched for", "line 150 漢字 é here");
    // Alt and `u`, which is Escape and `u`: the marks of the search go. The wheel moves it by arrows.
    let marked = |outer: &Outer| {
        let (column, row) = outer.seen().find("150 ").unwrap();
        outer.with_cells(|screen| screen.cell(row, column + 4).is_some_and(|cell| cell.inverse()))
    };
    outer.wait_for("what was found, marked", |_| marked(outer));
    outer.press("alt-u").wait_for("no mark", |_| !marked(outer));
    outer.press("q");
    play.end(0);
}

#[test]
fn less_looks_as_in_a_terminal_of_its_own() {
    need!("less");
    let home = Home::new();
    home.write("work/pages", &(pages() + "a\x08ab\x08bc _\x08d\n\x1b[1;35mcoloured\x1b[0m \x01 end\n"));
    same_as_plain(&home, &["less", "-R", "-N", "pages"], |outer: &Outer| {
        outer.wait_text("line 20 of the text");
        outer.press("G").wait_text("(END)");
        outer.type_text("?13.\n").wait_text("139");
        outer.press("G").wait_text("coloured");
    });
}
