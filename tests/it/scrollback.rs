//! What scrolled away in a pane is found again, up to the first line, by keys, by the wheel, by words and by time; and
//! what was printed by agents that nobody looked at.

use std::os::unix::fs::PermissionsExt;

use crate::support::home::binary;
use crate::support::need;
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
    outer.mouse(Mouse::WheelUp, column, row).wait_text("SCROLL line ");
    outer.mouse(Mouse::WheelDown, column, row).wait_gone("SCROLL");
}

#[test]
fn a_long_past_is_read_searched_and_copied() {
    let home = Home::new();
    let script = "seq -f 'line %.0f of many' 1 30000; echo a needle; seq -f 'line %.0f of many' 30001 60000; exec cat";
    drop(home.launch_script("work", script));
    let pager =
        home.write("pager", "#!/bin/sh\nawk 'END { print NR \" lines, the last is \" $0 }'; read go </dev/tty\n");
    std::fs::set_permissions(&pager, std::fs::Permissions::from_mode(0o755)).unwrap();
    let outer = home.outer().size(120, 35).env("PAGER", pager.to_str().unwrap()).conductor([""; 0]);
    outer.wait_text("line 60000 of many");
    outer.press("o").wait_text("of 60,001");
    outer.press("g").wait_text("line 1 of many");
    // Down again by pages of the past that come as they are needed.
    for _ in 0..3 {
        outer.press("pagedown");
    }
    outer.wait_text("line 99 of many");
    // What is typed is looked for from here to what is older, and then from the newest on.
    outer.press("G").wait_text("COMMAND");
    outer.press("pageup").wait_text("SCROLL");
    outer.press("/").wait_text(" find ");
    outer.type_text("eedle");
    outer.wait_text("a needle");
    outer.press("enter").wait_text("match 1 of 1");
    outer.press("n").wait_text("no more that way: on from the newest");
    outer.press("/").wait_text(" find ");
    outer.type_text("line 5999").wait_text("1 of 11 ·");
    outer.type_text("9").wait_text("1 of 1 · on from the newest");
    outer.wait_text("line 59999 of many");
    outer.press("down").wait_text("1 of 1 · on from the oldest");
    outer.type_text("9").wait_text("no match");
    outer.press("esc").wait_text("COMMAND");
    // A selection larger than what is loaded: from here to the first line. Too much for a clipboard, and it says so.
    outer.press("v").wait_text("COPY");
    outer.press("V g").wait_text("line 1 of many");
    outer.press("y").wait_text("not copied: more than 70 kB at once");
    outer.press("esc esc esc");
    outer.wait_text("COMMAND");
    outer.press("pageup").wait_text("SCROLL");
    outer.press("/").wait_text(" find ");
    outer.type_text("line 58000").wait_text("line 58000 of many");
    outer.press("enter").wait_text("/ find");
    outer.press("v V G").wait_text("line 60000 of many");
    outer.press("y").wait_text("copied 2001 lines");
    // All of it in a pager: nothing is cut.
    outer.press("pageup").wait_text("SCROLL");
    outer.press("p").wait_text("60001 lines, the last is line 60000 of many");
    outer.press("enter").wait_text("SCROLL");
    outer.press("esc").wait_text("COMMAND");
    // The time of the first line: the log's beginning.
    outer.press("pageup").wait_text("SCROLL");
    outer.press("t").wait_text(" go to ");
    outer.type_text("1h").press("enter").wait_text("line 1 of many");
}

/// tmux does not take a text from a program by the escape sequence, as it is set at first.
#[test]
fn what_is_copied_inside_tmux_is_in_its_buffer() {
    need!("tmux");
    let home = Home::new();
    drop(home.launch_script("work", "echo 'copy me äö'; exec cat"));
    let socket = home.join("tmux").to_string_lossy().into_owned();
    let conf = home.write("tmux.conf", "set -g assume-paste-time 0\n").to_string_lossy().into_owned();
    let tmux = ["-S", &*socket, "-f", &conf];
    let screen = [&tmux[..], &["new-session", "-s", "outer", binary()]].concat();
    let outer = home.outer().size(120, 35).run("tmux", screen);
    outer.wait_text("copy me");
    outer.wait_text("COMMAND");
    outer.press("v").wait_text("COPY");
    outer.press("g V y").wait_text("copied 10 characters");
    outer.type_text("\u{2}:").wait_for("tmux asks", |s| s.row(34).starts_with(':'));
    outer.type_text("split-window 'until tmux show-buffer 2>/dev/null; do sleep 0.05; done; exec cat'\n");
    let is_shown = |s: &crate::support::screen::Seen| s.rows().iter().any(|row| row.trim_end() == "copy me äö");
    outer.wait_for("tmux's buffer", is_shown);
    drop(outer);
    home.end_all();
}

#[test]
fn text_is_found_in_the_output_of_all_agents() {
    let home = Home::new();
    let quiet = "seq -f 'quiet %.0f' 1 2000; echo 'a panic in the quiet one'; seq -f 'quiet %.0f' 2001 4000; exec cat";
    drop(home.launch_script("work", quiet));
    drop(home.worker("work", "echo 'a panic in front'; exec cat"));
    let outer = home.outer().size(120, 35).conductor([""; 0]);
    outer.wait_text("quiet 4000");
    outer.press("/").wait_text("Find in all output");
    outer.type_text("panic");
    outer.wait_text("2 in 2 of 2 agents");
    let seen = outer.seen();
    assert!(seen.find("a panic in front").is_some() && seen.find("a panic in the quiet one").is_some());
    // The sidebar's order: the quiet one is first.
    outer.press("enter").wait_text("SCROLL line 1,9");
    let seen = outer.wait_text("a panic in the quiet one");
    assert!(seen.find("quiet 2001").is_some(), "{}", outer.screen());
    outer.press("n").wait_text("no more that way: on from the newest");
    outer.press("esc").wait_text("quiet 4000");
}
