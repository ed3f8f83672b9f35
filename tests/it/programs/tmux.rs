//! tmux, with programs of its own inside: extended keys, bracketed paste, the mouse, and sequences that only
//! multiplexers use. Its server is of the test's home, and ends with it.

use super::{Play, same_as_plain};
use crate::support::{Home, Outer, Persona, need};

/// Extended keys are passed on to whoever asks for them, as vim does.
const CONF: &str = "set -g extended-keys on\nset -g mouse on\nset -g status-right ''\nset -g status-interval 0
set -g default-terminal screen-256color\nset -g escape-time 10\nset -as terminal-features 'xterm*:extkeys'
set -g automatic-rename off\n";

#[test]
fn tmux_in_a_pane() {
    need!("tmux", "python3");
    let home = Home::new();
    let conf = home.write("tmux.conf", CONF);
    let socket = home.join("tmux.sock").to_string_lossy().into_owned();
    // Says what it reads: asked for xterm's level 2 and for bracketed paste.
    let echo = home.write(
        "echo.py",
        "import os, sys, tty\ntty.setraw(0)\nos.write(1, b'\\x1b[>4;2m\\x1b[?2004hREADY\\r\\n')\n\
         got = b''\nwhile not got.endswith(b'q'):\n    new = os.read(0, 4096)\n    got += new\n    \
         os.write(1, new.replace(b'\\x1b', b'^[').replace(b'\\r', b'~').replace(b'\\x18', b'^X'))\n\
         open('got', 'wb').write(got)\nos.write(1, b'\\x1b[>4m\\x1b[?2004l\\r\\n')\n",
    );
    let echo = format!("python3 {}; stty sane; exec sh", echo.to_string_lossy());
    let command = ["tmux", "-S", &socket, "-f", &conf.to_string_lossy(), "new-session", "-n", "inner", &echo];
    let play = Play::open(home, Persona::Kitty, &command);
    let outer = &play.outer;
    play.wait("the inner program and the status line", |rows| rows[0] == "READY" && rows[35].contains("0:inner"));
    play.resize(|rows| rows[0] == "READY" && rows[25].contains("0:inner"));

    outer.press("shift-enter ctrl-shift-x alt-left").wait_text("^[[1;3D");
    play.paste();
    outer.wait_text("[201~");
    outer.press("q").wait_for("a shell", |seen| seen.contains('$') || seen.contains('#'));
    let got = play.home.read("work/got");
    let paste = super::PASTE.replace('\n', "\r");
    assert!(got.ends_with(&format!("\x1b[1;3D\x1b[200~{paste}\x1b[201~q")), "{got:?}");
    // What tmux makes of the modern keys is its own affair: version 3.3 writes one in kitty's form.
    assert!(got.starts_with("\x1b[27;2;13~") || got.starts_with("\x1b[13;2u"), "{got:?}");

    // Two panes of its own; a click goes to the one it hits.
    outer.press("ctrl-b %");
    play.wait("two panes of its own", |rows| rows[1].contains('│'));
    outer.type_text("echo right-$((1+1))\n").wait_text("right-2");
    let (column, row) = outer.seen().find("[0] 0:inner").unwrap();
    outer.click(column, row - 3).type_text("echo left-$((2+1))\n");
    outer.wait_for("the left one", |seen| seen.find("left-3").is_some_and(|(at, _)| at == column));
    outer.press("ctrl-b d").wait_text("detached");
    play.end(0);
}

#[test]
fn tmux_looks_as_in_a_terminal_of_its_own() {
    need!("tmux");
    let home = Home::new();
    let conf = home.write("tmux.conf", CONF);
    // A server for each of the two.
    let script = format!(
        "exec tmux -S {}/tmux-$$ -f {} new-session -n inner \"printf '\\033[1;32mgreen\\033[0;7m over\\033[0m 漢字\\n'; exec cat\"",
        home.path().to_string_lossy(),
        conf.to_string_lossy()
    );
    same_as_plain(&home, &["sh", "-c", &script], |outer: &Outer| {
        outer.wait_text("green over 漢字");
        // Keys that come while it still hears what the terminal can do are taken without their prefix.
        outer.wait_quiet(std::time::Duration::from_millis(300));
        outer.press("ctrl-b \"").wait_text("──");
    });
}
