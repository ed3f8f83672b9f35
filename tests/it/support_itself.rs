//! The test ground, tested: each tool of `support` against small programs, also that it notices what it is there to
//! notice (a terminal that was not restored, a leaked process, a command that hangs). The product takes no part.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::keys::Keyboard;
use crate::support::model::CODEX_ARGS;
use crate::support::persona::{Modes, Piece, Scanner};
use crate::support::screen::Judge;
use crate::support::vocabulary::foreign;
use crate::support::wait::wait_until_for;
use crate::support::{Agents, Home, Model, Mouse, Persona, keys, need, proc, wait_until};

/// The message of a failure that must happen.
#[track_caller]
fn failure(what: &str, f: impl FnOnce()) -> String {
    let panic = catch_unwind(AssertUnwindSafe(f)).expect_err(what);
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|s| s.to_string())).unwrap_or_default()
}

fn sh(script: &str) -> [&str; 2] {
    ["-c", script]
}

// ------------------------------------------------------------------------------------------------------ commands

#[test]
fn commands_run_in_an_empty_world() {
    let home = Home::new();
    let out = home.program("env", [""; 0]).run().ok();
    let mut names: Vec<&str> =
        out.stdout.lines().filter_map(|line| line.split_once('=')).map(|(name, _)| name).collect();
    names.sort_unstable();
    assert_eq!(names, ["CONDUCTOR_HOME", "CONDUCTOR_SERVER_PORT", "HOME", "LANG", "PATH", "SHELL", "TERM", "TMPDIR"]);
    assert!(home.path().to_str().unwrap().len() <= 16, "a short path leaves room for sockets");
    let out = home.program("sh", sh("pwd; tty; cat; echo no >&2; exit 3")).stdin("in\n").run().code(3);
    assert_eq!(out.stdout, format!("{}\nnot a tty\nin\n", home.work().display()));
    assert_eq!(out.stderr, "no\n");
    assert_eq!(home.program("sh", sh("kill -9 $$")).run().code(137).stdout, "");
    assert_eq!(home.program("echo", [r#"{"a":[1]}"#]).run().ok().json(), json!({"a": [1]}));
    let message = failure("a wrong code", || drop(home.program("sh", sh("echo why; exit 1")).run().ok()));
    assert!(message.contains("ended with 1, not 0") && message.contains("why"), "{message}");
}

#[test]
fn a_big_output_does_not_block() {
    let home = Home::new();
    let out = home.program("sh", sh("head -c 3000000 /dev/zero | tr '\\0' x; head -c 300000 /dev/zero >&2")).run().ok();
    assert_eq!((out.stdout.len(), out.stderr.len()), (3_000_000, 300_000));
}

#[test]
fn a_hanging_command_is_ended_and_told() {
    let home = Home::new();
    let limit = Duration::from_millis(200);
    let message = failure("a time-out", || drop(home.program("sh", sh("echo begun; sleep 1000")).limit(limit).run()));
    assert!(message.contains("did not end within 200ms") && message.contains("begun"), "{message}");
    // An orphan that keeps the pipe is told apart from the command itself.
    let orphan = || drop(home.program("sh", sh("sleep 1000 & echo left")).limit(limit).run());
    let message = failure("an orphan at the pipe", orphan);
    assert!(message.contains("holds its output open") && message.contains("left"), "{message}");
}

// --------------------------------------------------------------------------------------------------------- homes

#[test]
fn a_home_takes_everything_with_it() {
    let home = Home::new();
    let dir = home.path().to_path_buf();
    assert_eq!(home.leftovers(), [0; 0]);
    // Marked by its environment, by its working directory alone, by its command line alone, and a grandchild of one.
    let (path, quiet) = (home.path().display(), "</dev/null >/dev/null 2>&1");
    let script = format!(
        "setsid sh -c 'sleep 1001 & trap \"\" HUP TERM INT; wait' {quiet} &
         env -i setsid sleep 1002 {quiet} &
         (cd / && env -i setsid sh -c 'cd /; sleep 1003; : {path}/x' {quiet}) &
         exit 0"
    );
    let _ = home.program("sh", sh(&script)).run().ok();
    let begun = wait_until("five processes", || {
        let left = home.leftovers();
        let sleeps = left.iter().filter(|pid| proc::cmdline(**pid).starts_with("sleep 100")).count();
        (sleeps == 3).then_some(left)
    });
    let message = failure("a leak", || {
        let left: Vec<String> = home.leftovers().into_iter().map(proc::describe).collect();
        assert!(left.is_empty(), "{left:?}");
    });
    assert!(message.contains("sleep 1003"), "{message}");
    drop(home);
    assert!(!dir.exists());
    assert!(begun.iter().all(|pid| !proc::alive(*pid)), "all ended: {begun:?}");
}

#[test]
fn homes_do_not_touch_each_other() {
    let (one, other) = (Home::new(), Home::new());
    let mut child = one.program("sleep", ["1004"]).start(&one.join("log"));
    let pid = child.pid();
    wait_until("the process in its home", || (one.leftovers() == [pid]).then_some(()));
    assert_eq!(other.leftovers(), [0; 0]);
    drop(other);
    assert!(proc::alive(pid));
    one.end_all();
    assert!(!proc::alive(pid) && !child.is_running());
    assert_eq!(child.wait(), 128 + libc::SIGKILL);
    one.assert_nothing_left();
}

// ----------------------------------------------------------------------------------------------------- processes

#[test]
fn process_facts() {
    let home = Home::new();
    let script = "sleep 1005 & sh -c 'exec sleep 1006' & sh -c 'exit 0' & exec sleep 1007";
    let mut child = home.program("sh", sh(script)).env("MARK", "a b").start(&home.join("log"));
    let pid = child.pid();
    wait_until("three children, one of them a zombie", || {
        (proc::children(pid).len() == 3 && proc::zombies(pid).len() == 1 && proc::cmdline(pid) == "sleep 1007")
            .then_some(())
    });
    assert!(proc::alive(pid) && !proc::zombie(pid) && !proc::stopped(pid));
    assert_eq!(proc::ppid(pid), Some(std::process::id() as i32));
    assert!(proc::descendants(std::process::id() as i32).contains(&proc::children(pid)[0]));
    assert_eq!(proc::env(pid, "MARK").as_deref(), Some("a b"));
    assert_eq!(proc::env(pid, "MAR"), None);
    assert_eq!(proc::cwd(pid), Some(home.work()));
    assert_eq!((proc::open_fds(pid), proc::threads(pid)), (3, 1));
    assert!(proc::private_kib(pid) > 0);
    proc::signal(pid, libc::SIGSTOP);
    wait_until("a stopped process", || proc::stopped(pid).then_some(()));
    proc::kill(pid);
    assert!(!proc::alive(pid) && proc::zombie(pid));
    child.kill();
    assert!(!proc::zombie(pid));
    assert!(failure("process 1", || proc::signal(1, 0)).contains("no signal to 1"));
}

#[test]
fn waiting_ends_with_a_reason() {
    let begun = Instant::now();
    let mut looks = 0;
    let value = wait_until("the third look", || {
        looks += 1;
        (looks == 3).then_some("seen")
    });
    assert_eq!((value, looks), ("seen", 3));
    let limit = Duration::from_millis(30);
    let message = failure("a deadline", || wait_until_for(limit, "never", || None));
    assert!(message.contains("in vain for: never"), "{message}");
    assert!(begun.elapsed() >= limit);
}

// ------------------------------------------------------------------------------------------------------ terminals

#[test]
fn a_program_draws_and_is_typed_to() {
    let home = Home::new();
    let script =
        "tty >/dev/null && printf '\\033[2J\\033[3;5Hhello \\033]2;a title\\007'; read x; echo got $x; read y; exit 7";
    let outer = home.outer().size(60, 12).run("sh", sh(script));
    let seen = outer.wait_text("hello");
    assert_eq!((seen.row(2), seen.find("hello"), seen.cursor), ("    hello", Some((4, 2)), (10, 2)));
    assert_eq!(seen.title(), "a title");
    let before = outer.raw_len();
    outer.type_text("wörld\n").wait_text("got wörld");
    assert!(outer.raw_len() > before && String::from_utf8_lossy(&outer.raw_from(before)).contains("got"));
    outer.press("enter");
    assert_eq!(outer.wait_exit(), 7);
    outer.assert_restored();
    assert!(!proc::alive(outer.pid()));
}

#[test]
fn waiting_for_a_screen_fails_with_the_screen() {
    let home = Home::new();
    let outer = home.outer().run("sh", sh("echo last words; exit 4"));
    let message = failure("an ended program", || drop(outer.wait_text("never")));
    assert!(message.contains("ended with 4") && message.contains("│last words"), "{message}");
    let outer = home.outer().run("cat", [""; 0]);
    let limit = Duration::from_millis(50);
    let message = failure("a deadline", || drop(outer.wait_for_at_most(limit, "a miracle", |_| false)));
    assert!(message.contains("without: a miracle"), "{message}");
    assert_eq!(outer.signal(libc::SIGTERM).wait_exit(), 128 + libc::SIGTERM);
}

#[test]
fn resizing_reaches_program_and_judge() {
    let home = Home::new();
    let script = "trap 'printf \"\\033[2J\\033[H\"; stty size' WINCH; stty size; while :; do sleep 0.05; done";
    let outer = home.outer().size(80, 24).run("sh", sh(script));
    outer.wait_text("24 80");
    for (cols, rows) in [(132, 50), (20, 5), (100, 30)] {
        outer
            .resize(cols, rows)
            .wait_for("the new size", |s| s.row(0) == format!("{rows} {cols}") && s.rows().len() == usize::from(rows));
    }
}

#[test]
fn resizing_keeps_what_was_drawn() {
    let home = Home::new();
    let outer =
        home.outer().size(40, 10).run("sh", sh("printf '\\033[?1049h\\033[?25l\\033[2;1Hab漢字\\033[5;3H'; cat"));
    outer.wait_text("ab漢字");
    for (cols, rows) in [(30, 8), (50, 12)] {
        let seen = outer.resize(cols, rows).seen();
        assert_eq!((seen.row(1), seen.cursor, seen.alternate, seen.cursor_hidden), ("ab漢字", (2, 4), true, true));
    }
}

#[test]
fn an_unrestored_terminal_is_noticed() {
    let home = Home::new();
    let cases = [
        ("\\033[?1049h", "alternate screen"),
        ("\\033[?25l", "cursor"),
        ("\\033[?2004h", "bracketed paste"),
        ("\\033[?1000;1006h", "mouse"),
        ("\\033[?1004h", "focus"),
        ("\\033[>1u", "kitty keyboard"),
        ("\\033[>4;2m", "modifyOtherKeys"),
        ("\\033[?2026h", "synchronised"),
        ("\\033=", "keypad"),
        ("\\033[4 q", "cursor shape"),
    ];
    for (set, name) in cases {
        let outer = home.outer().run("printf", [set]);
        outer.wait_exit();
        let message = failure(name, || outer.assert_restored());
        assert!(message.contains(name), "{message}");
    }
    let outer = home.outer().run("stty", ["raw", "-echo"]);
    outer.wait_exit();
    assert!(failure("stty", || outer.assert_restored()).contains("line settings"));
}

#[test]
fn a_restored_terminal_passes() {
    let home = Home::new();
    let set = "\\033[?1049h\\033[>5u\\033[?25l\\033[?2004h\\033[?1000;1002;1003;1006h\\033[?1004h\\033[>4;2m\\033[?1h\\033=\\033[2 q";
    let reset = "\\033[<u\\033[?1049l\\033[?25h\\033[?2004l\\033[?1000;1002l\\033[?1003l\\033[?1006l\\033[?1004l\\033[>4m\\033[?1l\\033>\\033[0 q";
    let script = format!("stty -echo; printf '{set}'; read x; printf '{reset}'; stty echo");
    let outer = home.outer().run("sh", sh(&script));
    outer.wait_for("the alternate screen", |s| s.alternate && s.cursor_hidden);
    assert!(outer.left_behind().len() >= 10, "{:?}", outer.left_behind());
    outer.press("enter").wait_exit();
    outer.assert_restored();
}

#[test]
fn queries_are_answered_in_order() {
    let home = Home::new();
    // Reads raw answers until the DA1 reply's `c`, and prints them in a visible form.
    let ask = |persona| {
        let script =
            "stty raw -echo; printf '\\033[3;4H\\033[>0q\\033[?u\\033[6n\\033]11;?\\033\\\\\\033[?2026$p\\033[c'
                      a=; while case $a in *c) false;; esac; do b=$(dd bs=1 count=1 2>/dev/null); a=$a$b; done
                      stty sane; printf '\\r\\n'; printf %s \"$a\" | tr '\\033' '~'; echo '<end>'";
        let outer = home.outer().size(100, 10).persona(persona).run("sh", sh(script));
        let seen = outer.wait_text("<end>");
        seen.rows().concat()
    };
    let xterm = ask(Persona::Xterm);
    assert_eq!(
        xterm.trim(),
        "~P>|XTerm(379)~\\~[3;4R~]11;rgb:0000/0000/0000~\\~[?2026;2$y~[?64;1;2;6;9;15;16;17;18;21;22;28c<end>"
    );
    let kitty = ask(Persona::Kitty);
    assert!(kitty.contains("~[?0u~[3;4R"), "{kitty}");
    let mute = home.outer().persona(Persona::Mute).run("sh", sh("printf '\\033[c'; echo asked; read x; echo got $x"));
    mute.wait_text("asked");
    mute.press("enter").wait_for("no answer", |s| s.rows().iter().any(|row| row == "got"));
}

#[test]
fn keys_pastes_and_mouse_arrive() {
    let home = Home::new();
    // Shows every byte; `q` ends it.
    let show = "stty raw -echo; printf '\\033[?2004h\\033[?1000;1006h\\033[?1004hready\\r\\n'
                while :; do b=$(dd bs=1 count=1 2>/dev/null | od -An -tx1); printf '%s' \"$b\"; case $b in *71) break;; esac; done";
    let outer = home.outer().size(200, 10).run("sh", sh(show));
    outer.wait_text("ready");
    let at = outer.raw_len();
    outer.press("ctrl-a up enter").paste("x\ny").mouse(Mouse::WheelUp, 4, 2).click(0, 0).focus(false).press("q");
    outer.wait_exit();
    let said = String::from_utf8_lossy(&outer.raw_from(at)).into_owned();
    let bytes: Vec<u8> = said.split_whitespace().map(|b| u8::from_str_radix(b, 16).unwrap()).collect();
    let expect = "\x01\x1b[A\r\x1b[200~x\ry\x1b[201~\x1b[<64;5;3M\x1b[<0;1;1M\x1b[<0;1;1m\x1b[Oq";
    assert_eq!(String::from_utf8(bytes).unwrap(), expect);
    let outer = home.outer().run("cat", [""; 0]);
    assert!(
        failure("no mouse", || {
            outer.click(0, 0);
        })
        .contains("does not listen")
    );
}

#[test]
fn names_of_keys() {
    let check = |name, bytes: &str| {
        assert_eq!(String::from_utf8(keys::encode(name, Keyboard::default())).unwrap(), bytes, "{name}")
    };
    for (name, bytes) in [
        ("a", "a"),
        ("Y", "Y"),
        ("-", "-"),
        ("shift-a", "A"),
        ("ctrl-q", "\x11"),
        ("ctrl-space", "\0"),
        ("ctrl-]", "\x1d"),
        ("alt-x", "\x1bx"),
        ("esc", "\x1b"),
        ("tab", "\t"),
        ("shift-tab", "\x1b[Z"),
        ("backspace", "\x7f"),
        ("up", "\x1b[A"),
        ("ctrl-right", "\x1b[1;5C"),
        ("delete", "\x1b[3~"),
        ("f1", "\x1bOP"),
        ("f5", "\x1b[15~"),
        ("shift-f5", "\x1b[15;2~"),
        ("é", "é"),
    ] {
        check(name, bytes);
    }
    let application = Keyboard { application: true, ..Keyboard::default() };
    assert_eq!(keys::encode("up", application), b"\x1bOA");
    let said = |name, keyboard| String::from_utf8(keys::encode(name, keyboard)).unwrap();
    for (name, kitty, bytes) in [
        ("esc", 1, "\x1b[27u"),
        ("ctrl-q", 1, "\x1b[113;5u"),
        ("ctrl-i", 1, "\x1b[105;5u"),
        ("enter", 1, "\r"),
        ("shift-enter", 1, "\x1b[13;2u"),
        ("shift-tab", 1, "\x1b[9;2u"),
        ("shift-a", 1, "A"),
        ("ctrl-shift-x", 5, "\x1b[120:88;6u"),
        ("a", 7, "a\x1b[97;1:3u"),
        ("enter", 7, "\r"),
        ("a", 8, "\x1b[97u"),
        ("shift-a", 0b11101, "\x1b[97:65;2;65u"),
        ("enter", 0b1011, "\x1b[13u\x1b[13;1:3u"),
    ] {
        assert_eq!(said(name, Keyboard { kitty, ..Keyboard::default() }), bytes, "{name} with {kitty}");
    }
    for (name, other_keys, bytes) in [
        ("shift-enter", 0, "\r"),
        ("shift-enter", 1, "\x1b[27;2;13~"),
        ("ctrl-shift-x", 1, "\x18"),
        ("ctrl-shift-x", 2, "\x1b[27;6;88~"),
        ("ctrl-x", 1, "\x18"),
        ("ctrl-x", 2, "\x1b[27;5;120~"),
    ] {
        assert_eq!(said(name, Keyboard { other_keys, ..Keyboard::default() }), bytes, "{name} at {other_keys}");
    }
    assert!(failure("a wrong name", || drop(keys::encode("entr", Keyboard::default()))).contains("no key is called"));
}

#[test]
fn sequences_are_cut_whatever_the_pieces() {
    let stream = b"a\x1b[1;2H\x1b]2;x\x07b\x1b]11;?\x1b\\\x1bP+q\x1b\\\x1b(B\x1b7c";
    let whole = Scanner::default().feed(stream);
    let kinds: Vec<&Piece> = whole.iter().map(|(piece, _)| piece).collect();
    let text = |s: &str| s.to_string();
    assert_eq!(
        kinds,
        [
            &Piece::Plain,
            &Piece::Csi(text("1;2H")),
            &Piece::Osc(text("2;x")),
            &Piece::Plain,
            &Piece::Osc(text("11;?")),
            &Piece::Dcs(text("+q")),
            &Piece::Esc(text("(B")),
            &Piece::Esc(text("7")),
            &Piece::Plain,
        ]
    );
    assert_eq!(whole.concat_bytes(), stream);
    let mut scanner = Scanner::default();
    let bytewise: Vec<_> = stream.iter().flat_map(|byte| scanner.feed(&[*byte])).collect();
    assert_eq!(bytewise, whole);
}

/// The bytes of pieces, put together again.
trait ConcatBytes {
    fn concat_bytes(&self) -> Vec<u8>;
}

impl ConcatBytes for Vec<(Piece, Vec<u8>)> {
    fn concat_bytes(&self) -> Vec<u8> {
        self.iter().flat_map(|(_, bytes)| bytes.clone()).collect()
    }
}

#[test]
fn keyboard_flags_have_a_stack_for_each_screen() {
    let mut modes = Modes::default();
    let mut note = |text: &str| {
        for (piece, _) in Scanner::default().feed(text.as_bytes()) {
            modes.note(&piece);
        }
        (modes.kitty_flags(), modes.left_behind().len())
    };
    assert_eq!(note("\x1b[>1u"), (1, 1));
    assert_eq!(note("\x1b[?1049h\x1b[>5u"), (5, 3));
    // Left without popping: the alternate screen keeps its flags, and that is noticed.
    assert_eq!(note("\x1b[?1049l"), (1, 2));
    assert_eq!(note("\x1b[<u"), (0, 1));
    assert_eq!(note("\x1b[?1049h\x1b[<1u\x1b[?1049l"), (0, 0));
}

#[test]
fn a_half_drawn_update_is_not_looked_at() {
    let home = Home::new();
    let script = "printf '\\033[?2026h\\033[Htorn'; read x; printf '\\033[Hwhole\\033[?2026l'; read y";
    let outer = home.outer().run("sh", sh(script));
    // The bytes are here, and yet the screen is not shown.
    wait_until("the first half", || outer.screen().contains("torn").then_some(()));
    let early = Instant::now();
    outer.press("enter");
    let seen = outer.wait_for("any drawn screen", |screen| !screen.is_empty());
    assert!(seen.contains("whole"), "looked after {:?}: {}", early.elapsed(), &*seen);
    // An update that never ends is shown after a second, as terminals do.
    let outer = home.outer().run("sh", sh("printf '\\033[?2026hstuck'; read x"));
    outer.wait_text("stuck");
}

#[test]
fn a_closed_window_hangs_up() {
    let home = Home::new();
    let script =
        format!("trap 'echo hup >{}/hup; exit' HUP; echo ready; while :; do sleep 0.05; done", home.path().display());
    let mut outer = home.outer().run("sh", sh(&script));
    outer.wait_text("ready");
    outer.hang_up();
    outer.wait_exit();
    assert_eq!(home.read("hup"), "hup\n");
}

#[test]
fn quiet_is_noticed() {
    let home = Home::new();
    let outer = home.outer().run("sh", sh("for i in 1 2 3; do echo $i; sleep 0.05; done; echo end; read x"));
    outer.wait_quiet(Duration::from_millis(300));
    assert!(outer.screen().contains("end"));
    let pause = Duration::from_millis(50);
    let typed = Instant::now();
    outer.type_text("x").wait_hands(pause);
    assert!(typed.elapsed() >= pause);
}

#[test]
fn keys_are_pressed_again_when_they_are_lost() {
    let home = Home::new();
    // Drops the first line, as a dialog that is not ready yet does.
    let outer = home.outer().run("sh", sh("echo ready; read lost; read heard; echo heard you; read x"));
    outer.wait_text("ready");
    // The condition may look at the terminal itself.
    outer.press_until("enter", "an answer", |_| outer.screen().contains("heard you"));
    let outer = home.outer().run("sh", sh("read x; exit 5"));
    let message = failure("an ended program", || drop(outer.press_until("enter", "a miracle", |_| false)));
    assert!(message.contains("in vain for: a miracle"), "{message}");
}

// ------------------------------------------------------------------------------------------------ needs and tools

#[test]
fn needs_are_told() {
    assert!(need::have("sh"));
    assert!(need::find("no-such-tool-anywhere").is_none());
    assert!(need::is_demanded("tmux", "all") && need::is_demanded("tmux", "vim, tmux"));
    assert!(!need::is_demanded("tmux", "") && !need::is_demanded("tmux", "tmuxinator"));
    fn skipped() -> bool {
        fn inner(reached: &mut bool) {
            need!("sh");
            *reached = true;
        }
        let mut reached = false;
        inner(&mut reached);
        !reached
    }
    assert!(!skipped());
}

#[test]
fn vim_edits_and_restores() {
    need!("vim");
    let home = Home::new();
    let file = home.work().join("note.txt");
    let outer = home.outer().run("vim", ["-N", "-u", "NONE", "-i", "NONE", "-n", &file.to_string_lossy()]);
    outer.wait_text("note.txt");
    outer.press("i").wait_text("INSERT");
    outer.type_text("one\ntwo").press_until("esc", "normal mode", |s| !s.contains("INSERT"));
    outer.type_text(":wq\n");
    assert_eq!(outer.wait_exit(), 0);
    assert_eq!(std::fs::read_to_string(file).unwrap(), "one\ntwo\n");
    outer.assert_restored();
}

#[test]
fn less_pages_and_restores() {
    need!("less");
    let home = Home::new();
    let text: String = (1..=200).map(|n| format!("line {n}\n")).collect();
    let file = home.write("work/long.txt", &text);
    let outer = home.outer().size(80, 20).run("less", [&*file.to_string_lossy()]);
    outer.wait_for("the first page", |s| s.row(0) == "line 1" && s.row(18) == "line 19");
    outer.press("G").wait_for("the last page", |s| s.row(18) == "line 200");
    outer.press("up").wait_for("one line up", |s| s.row(18) == "line 199");
    outer.press("q");
    assert_eq!(outer.wait_exit(), 0);
    outer.assert_restored();
}

#[test]
fn htop_draws_and_restores() {
    need!("htop");
    let home = Home::new();
    let outer = home.outer().size(120, 30).run("htop", ["--no-color"]);
    outer.wait_for("its table", |s| s.contains("PID") && s.contains("F10"));
    outer.resize(100, 24).wait_for("the table in the new size", |s| s.row(23).contains("F10"));
    outer.press("q");
    assert_eq!(outer.wait_exit(), 0);
    outer.assert_restored();
}

#[test]
fn tmux_runs_inside() {
    need!("tmux");
    let home = Home::new();
    let socket = home.join("tmux").to_string_lossy().into_owned();
    // Without this, keys that come within a millisecond count as pasted, and the prefix is text.
    let conf = home.write("tmux.conf", "set -g assume-paste-time 0\n").to_string_lossy().into_owned();
    let outer =
        home.outer().size(80, 20).run("tmux", ["-S", &*socket, "-f", &conf, "new-session", "-s", "inner", "sh"]);
    outer.wait_for("a prompt and the bar", |s| s.contains("[inner]") && matches!(s.row(0), "#" | "$"));
    outer.type_text("echo $((6*7))\n").wait_for("the shell's answer", |s| s.rows().iter().any(|row| row == "42"));
    outer.press("ctrl-b d");
    assert_eq!(outer.wait_exit(), 0);
    outer.assert_restored();
    // Its server lives on by design, and the home ends it.
    assert!(!home.leftovers().is_empty());
    home.end_all();
    home.assert_nothing_left();
}

// ---------------------------------------------------------------------------------------------------- real agents

fn asks_to_touch() -> serde_json::Value {
    json!({"rules": [
        {"match": "make a file", "api": "anthropic", "steps": [
            [{"tool": "Bash", "input": {"command": "touch by-claude.txt", "description": "Create a file"}}],
            [{"text": "ALL DONE"}]]},
        {"match": "make a file", "api": "responses", "steps": [
            [{"tool": "exec_command", "input": {"cmd": "touch by-codex.txt",
              "sandbox_permissions": "require_escalated", "justification": "May I create the file?"}}],
            [{"text": "ALL DONE"}]]},
    ]})
}

#[test]
fn claude_runs_offline() {
    need!("python3", "claude");
    let (home, agents, model) = (Home::new(), Agents::new(), Model::start(&asks_to_touch()));
    let claude = need::find("claude").unwrap().to_string_lossy().into_owned();
    let outer = home.outer().envs(agents.claude(&model, &[])).cwd(agents.repo()).run(&claude, [""; 0]);
    outer.wait_for("its prompt", |s| s.contains("manual mode on") && s.contains('❯'));
    outer.wait_quiet(Duration::from_millis(500));
    outer.type_text("make a file").wait_text("make a file");
    outer.press_until("enter", "the permission dialog", |s| s.contains("Do you want to proceed?"));
    assert!(!agents.repo().join("by-claude.txt").exists());
    outer.press_until("1", "the dialog answered", |s| !s.contains("Do you want to proceed?"));
    outer.wait_text("ALL DONE");
    assert!(agents.repo().join("by-claude.txt").exists());
    let asked =
        model.wait_request("the second step", |request| request["step"] == 1 && request["user"] == "make a file");
    assert_eq!(asked["api"], "anthropic");
}

#[test]
fn codex_runs_offline() {
    need!("python3", "node", "codex");
    let (home, agents, model) = (Home::new(), Agents::new(), Model::start(&asks_to_touch()));
    let codex = need::find("codex").unwrap().to_string_lossy().into_owned();
    let outer = home.outer().envs(agents.codex(&model, &[])).cwd(agents.repo()).run(&codex, CODEX_ARGS);
    outer.wait_for("its prompt", |s| s.contains("gpt-5") && s.contains('›'));
    outer.wait_quiet(Duration::from_millis(1000));
    outer.type_text("make a file").wait_text("make a file");
    outer.press_until("enter", "the permission dialog", |s| s.contains("Would you like to run the following command?"));
    assert!(!agents.repo().join("by-codex.txt").exists());
    outer.press_until("y", "the dialog answered", |s| !s.contains("Would you like to run the following command?"));
    outer.wait_text("ALL DONE");
    assert!(agents.repo().join("by-codex.txt").exists());
    model.wait_request("the second step", |request| request["step"] == 1 && request["api"] == "responses");
}

#[test]
fn line_graphics_and_repeated_characters_are_seen() {
    let home = Home::new();
    let script = r"printf '\033(0lqk\033(Bq x\033[3b \346\274\242\033[2b\n'; read x";
    home.outer().run("sh", ["-c", script]).wait_text("┌─┐q xxxx 漢漢漢");
}

/// Where a read ends is chance: a character that comes in two pieces is repeated like any other.
#[test]
fn a_character_in_two_pieces_is_repeated_whole() {
    let mut judge = Judge::new(20, 2);
    let line = "─".as_bytes();
    for piece in [b"a".as_slice(), &line[..2], &line[2..]] {
        judge.feed_piece(&Piece::Plain, piece);
    }
    judge.feed_piece(&Piece::Csi("3b".into()), b"\x1b[3b");
    assert_eq!(judge.seen().rows()[0], "a────");
}

/// A tokenizer that passes everything would prove nothing.
#[test]
fn foreign_sequences_are_caught() {
    let ours = "\x1b[?1049h\x1b[2;3H\x1b[1;4:3;58:2::1:2:3mé 漢\x1b[0m\x1b]8;id=c1;https://a/b\x1b\\x\x1b]8;;\x1b\\\r\x08\x1b[K\x1b[2;9r\x1b[9;1H\n\n\x1b[r\x1b[2;1H\x1bMx";
    assert_eq!(foreign(ours.as_bytes()), [""; 0]);
    for alien in [
        "\x1b]52;c;eA==\x07",
        "\x1b]0;title\x07",
        "\x1b]8;;file:///bin/sh\x1b\\",
        "\x1b]8;id=c1;https://a\u{202e}\x1b\\",
        "\x1bPq#0\x1b\\",
        "\x1b_Gf=32;AAAA\x1b\\",
        "\x1bc",
        "\x1b[21t",
        "\x1b[5i",
        "\x1b[?5h",
        "\x1b[99999;1H",
        "\x1b[>31u",
        "\u{9b}21t",
        "\u{202e}",
        "\n",
        "\x1bM",
        "\x1b[9;1Hx\n",
        "\x05",
    ] {
        assert_ne!(foreign(format!("before{alien}behind").as_bytes()), [""; 0], "{alien:?}");
    }
    assert_ne!(foreign(b"\x9b21t"), [""; 0], "a single byte above 0x7f");
}
