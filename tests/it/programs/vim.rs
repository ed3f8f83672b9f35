//! vim: it asks the terminal much, and uses all that it is told: both modern keyboards, bracketed paste, the mouse.

use super::{PASTE, Play, same_as_plain};
use crate::support::{Home, Outer, Persona, need};

/// Keys that only modern keyboards tell apart write their names; what the defaults file does is left out.
const RC: &str = "set nocompatible mouse=a autoindent noswapfile laststatus=2 ruler nomore background=dark
set viminfo= encoding=utf-8
inoremap <S-CR> [S-CR]
inoremap <C-S-x> [C-S-X]
inoremap <C-i> [C-I]
";

#[test]
fn vim_in_a_pane() {
    need!("vim");
    // What vim speaks with the pane, on each kind of terminal around us.
    for (persona, protocol) in
        [(Persona::Kitty, "mok2"), (Persona::Kitty, "kitty"), (Persona::Xterm, "mok2"), (Persona::Old, "mok2")]
    {
        vim(persona, protocol);
    }
}

fn vim(persona: Persona, protocol: &str) {
    println!("{protocol} in a pane, {persona:?} around it");
    let home = Home::new();
    let rc = home.write("rc.vim", &format!("{RC}set keyprotocol=xterm:{protocol}\n"));
    let play = Play::open(home, persona, &["vim", "-u", &rc.to_string_lossy(), "text"]);
    let outer = &play.outer;
    play.wait("an empty buffer", |rows| {
        rows.iter().filter(|row| *row == "~").count() == 33 && rows[34].contains("All")
    });
    play.resize(|rows| rows.iter().filter(|row| *row == "~").count() == 23 && rows[24].contains("0,0-1"));

    outer.press("i");
    play.wait("insert mode", |rows| rows[25].contains("INSERT"));
    // An old keyboard has control codes, and no shift to them.
    let (keys, told, shown) = match persona {
        Persona::Old => ("b backspace tab", "a\t", "a"),
        _ => ("shift-enter ctrl-shift-x tab ctrl-i", "a[S-CR][C-S-X]\t[C-I]", "a[S-CR][C-S-X]  [C-I]"),
    };
    outer.press("a").press(keys);
    play.wait("the names of the keys", |rows| rows[0] == shown);
    outer.press("enter");
    play.paste();
    play.wait("the paste", |rows| rows[3].ends_with("é 🦀 end"));
    outer.press("esc").wait_gone("INSERT");

    // The mouse puts the cursor on the `w` of "two", behind a tab of eight columns.
    let (column, row) = outer.seen().find("two").unwrap();
    outer.click(column + 1, row);
    play.wait("the cursor there", |rows| rows[24].contains("3,3-10"));

    outer.type_text(":wq\n");
    play.end(0);
    // Taken literally: `autoindent` would have moved each line to the right of the one before.
    assert_eq!(play.home.read("work/text"), format!("{told}\n{PASTE}\n"));
}

#[test]
fn vim_looks_as_in_a_terminal_of_its_own() {
    need!("vim");
    let home = Home::new();
    let rc = home.write("rc.vim", &format!("{RC}syntax on\nset hlsearch cursorline number\n"));
    let source =
        home.write("code.c", "/* 漢字 */\n#include <stdio.h>\nint main(void)\n{\n\treturn 42; // TODO: é\n}\n");
    let command = ["vim", "-u", &rc.to_string_lossy(), &source.to_string_lossy()];
    same_as_plain(&home, &command, |outer: &Outer| {
        outer.wait_for("its status line", |seen| seen.row(28).contains("All"));
        outer.type_text("/main\n");
        outer.wait_for("the cursor on what was found", |seen| seen.row(28).contains("3,5"));
        outer.type_text(":vsplit\n");
        outer.wait_for("two windows", |seen| seen.matches("stdio.h").count() == 2);
        outer.type_text("V");
        outer.wait_text("VISUAL LINE");
    });
}
