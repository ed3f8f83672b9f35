//! What is printed in a pane opens: a place in a file in the user's editor, a page's address on the clipboard where no
//! desktop is.

use std::os::unix::fs::PermissionsExt;

use crate::support::{Home, wait_until};

#[test]
fn a_place_in_a_file_opens_in_the_editor_and_an_address_is_copied() {
    let home = Home::new();
    home.write("work/src/x.rs", "fn main() {}\n");
    let editor = home.write("ed", "#!/bin/sh\necho \"$@\" >> \"$(dirname \"$0\")/edited\"\necho editing\nread line\n");
    std::fs::set_permissions(&editor, std::fs::Permissions::from_mode(0o755)).unwrap();
    let text = "error at src/x.rs:12:5 see https://example.org/help.";
    let run = ["launch", "--headless", "--provider", "shell", "--", "sh", "-c", &format!("echo '{text}'; exec cat")];
    drop(home.cmd(run).run().ok());
    let outer = home.outer().size(160, 45).env("EDITOR", editor.to_str().unwrap()).conductor([""; 0]);
    let seen = outer.wait_text("example.org");
    let (column, row) = seen.find("src/x.rs").unwrap();
    // A click with ctrl, as in most terminals: `outer.mouse` has no modifiers.
    let click = |column: u16, row: u16| format!("\x1b[<16;{0};{1}M\x1b[<16;{0};{1}m", column + 1, row + 1).into_bytes();
    outer.send(&click(column + 2, row));
    outer.wait_text("editing");
    assert!(!outer.mode(1049) && !outer.mode(1006), "the editor has the plain terminal");
    outer.send(b"\r").wait_text("COMMAND");
    outer.wait_text("example.org");
    let edited = || std::fs::read_to_string(home.join("edited")).unwrap_or_default();
    assert_eq!(edited(), format!("+12 {}\n", home.work().join("src/x.rs").display()));
    // The same by keys: the cursor stands below, at the program's.
    outer.press("v").wait_text("COPY");
    outer.press("g w w o");
    wait_until("a second edit", || (edited().lines().count() == 2).then_some(()));
    outer.send(b"\r").wait_text("COPY");
    outer.press("esc").wait_gone("COPY");
    let (column, row) = outer.seen().find("example.org").unwrap();
    outer.send(&click(column, row));
    let seen = outer.wait_for("the address", |seen| !seen.clipboard().is_empty());
    assert_eq!(seen.clipboard(), ["aHR0cHM6Ly9leGFtcGxlLm9yZy9oZWxw"], "https://example.org/help");
    outer.wait_text("address copied");
    // Beside them a click is a click.
    outer.press("D").wait_exit();
    outer.assert_restored();
}
