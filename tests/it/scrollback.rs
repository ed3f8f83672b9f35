//! What scrolled away in a pane is found again, up to the first line, by keys and by the wheel.

use crate::support::{Home, Mouse};

#[test]
fn the_first_of_many_lines_is_found() {
    let home = Home::new();
    let run = ["launch", "--headless", "--provider", "shell", "--", "sh", "-c", "seq 1 5000; exec cat"];
    drop(home.cmd(run).run().ok());
    let outer = home.outer().conductor([""; 0]);
    outer.wait_text("5000");
    // The pane of a screen this size begins in the third row.
    let top = |s: &crate::support::screen::Seen, line: &str| s.row(2).trim_matches(['│', '┃', ' ']).ends_with(line);
    outer.press("pageup").wait_text("SCROLL");
    outer.press("g").wait_for("the first line", |s| top(s, "┃1"));
    outer.press("j").wait_for("one line down", |s| top(s, "┃2"));
    outer.press("G").wait_text("COMMAND");
    outer.wait_text("5000");
    // The wheel begins where the keys began.
    let (column, row) = outer.seen().find("5000").unwrap();
    outer.mouse(Mouse::WheelUp, column, row).wait_text("SCROLL 3 lines back");
    outer.mouse(Mouse::WheelDown, column, row).wait_gone("SCROLL");
}
