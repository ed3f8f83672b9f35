//! The screen ends in every way a process can end: agents go on, the next screen shows them, and whenever the program
//! has a last word, the terminal is as it was (invariant 8 of ARCHITECTURE.md).

use crate::support::home::binary;
use crate::support::{Agent, Home, Outer, proc, wait_until};

fn agent_in_a_screen(home: &Home) -> (Agent, Outer) {
    let agent = home.launch("one", &["sh", "-c", "echo shown-$((6*7)); exec cat"]);
    let outer = home.outer().conductor(["attach", "one"]);
    outer.wait_text("shown-42");
    (agent, outer)
}

#[track_caller]
fn shown_again(home: &Home, agent: &Agent) {
    assert!(proc::alive(agent.pid) && proc::alive(agent.holder), "{agent:?} was touched");
    let outer = home.outer().conductor(["attach", &agent.id]);
    outer.wait_text("shown-42");
    outer.type_text("still here\n");
    outer.wait_for("the echo and what cat says", |seen| seen.matches("still here").count() == 2);
    assert_eq!(home.terminal(&agent.id)["pid"].as_i64(), Some(agent.pid.into()));
}

#[test]
fn a_killed_screen_touches_no_agent() {
    let home = Home::new();
    let (agent, outer) = agent_in_a_screen(&home);
    let server = home.server_pid();
    proc::kill(outer.pid());
    assert_eq!(outer.wait_exit(), 128 + libc::SIGKILL);
    shown_again(&home, &agent);
    assert_eq!(home.server_pid(), server);
}

#[test]
fn the_terminal_is_restored_after_every_signal_that_allows_it() {
    let home = Home::new();
    for signal in [libc::SIGTERM, libc::SIGHUP, libc::SIGINT, libc::SIGQUIT] {
        let (agent, outer) = agent_in_a_screen(&home);
        outer.signal(signal);
        let code = outer.wait_exit();
        assert!(code == 0 || code == 128 + signal, "signal {signal}: ended with {code}");
        outer.assert_restored();
        shown_again(&home, &agent);
        let _ = home.cmd(["kill", "one"]).run().ok();
    }
}

#[test]
fn a_stopped_screen_gives_the_terminal_to_the_shell_and_takes_it_again() {
    let home = Home::new();
    let agent = home.launch("one", &["sh", "-c", "echo shown-$((6*7)); exec cat"]);
    // A shell with job control: without one the kernel stops nobody.
    let outer = home.outer().env("PS1", "prompt> ").env("HISTFILE", "").run("bash", ["--norc", "--noprofile", "-i"]);
    outer.wait_text("prompt>");
    // An interactive shell has line settings of its own; the ones that count are those that a command sees.
    outer.type_text("stty -g >before\n");
    wait_until("the settings before", || home.read("work/before").ends_with('\n').then_some(()));
    outer.type_text(&format!("{} attach one\n", binary())).wait_text("shown-42");
    let screen = wait_until("the screen's process", || {
        let of = |pid: &proc::Pid| proc::describe(*pid).contains("attach one");
        home.leftovers().into_iter().find(of)
    });
    for round in 0..2 {
        let raw = outer.raw_len();
        proc::signal(screen, libc::SIGTSTP);
        outer.wait_for("the shell again", |seen| !seen.alternate && seen.contains("Stopped"));
        for mode in [1049, 2004, 1004, 1000, 1002, 1006] {
            // The shell pastes in brackets as well.
            assert!(mode == 2004 || !outer.mode(mode), "mode {mode} is left on");
        }
        assert!(!String::from_utf8_lossy(&outer.raw_from(raw)).contains("panicked"));
        let file = format!("work/after-{round}");
        outer.type_text(&format!("stty -g >after-{round}\n"));
        wait_until("the settings after", || home.read(&file).ends_with('\n').then_some(()));
        assert_eq!(home.read(&file), home.read("work/before"));
        // Its window has another size when it comes back.
        outer.resize(100 + round, 30);
        outer.type_text("fg\n");
        outer.wait_for("the whole screen again", |seen| {
            seen.alternate && seen.contains("shown-42") && seen.row(29).contains("COMMAND")
        });
    }
    // Stopped without a word and let go on by the shell: the same.
    proc::signal(screen, libc::SIGSTOP);
    outer.wait_text("Stopped");
    outer.type_text("fg\n");
    outer.wait_for("the whole screen again", |seen| {
        seen.alternate && seen.contains("shown-42") && !seen.contains("Stopped") && seen.row(29).contains("COMMAND")
    });
    outer.press_until("enter", "the keyboard in the agent", |seen| seen.contains("TYPING"));
    outer.type_text("hello\n");
    outer.wait_for("the echo and what cat says", |seen| seen.matches("hello").count() == 2);
    outer.press("ctrl-q D").wait_for("the shell at the end", |seen| !seen.alternate);
    outer.type_text("exit\n");
    outer.wait_exit();
    assert!(proc::alive(agent.pid));
}

#[test]
fn a_stop_where_nobody_could_let_us_go_on_stops_nothing() {
    let home = Home::new();
    let (agent, outer) = agent_in_a_screen(&home);
    let raw = outer.raw_len();
    // The outer terminal's program leads a session: there is no shell to give the terminal to.
    outer.signal(libc::SIGTSTP);
    outer.wait_for("another whole picture", |seen| {
        outer.raw_len() > raw && seen.alternate && seen.contains("shown-42") && seen.contains("COMMAND")
    });
    outer.press("D");
    assert_eq!(outer.wait_exit(), 0);
    outer.assert_restored();
    assert!(proc::alive(agent.pid));
}

#[test]
fn a_panic_of_the_screen_gives_the_terminal_back_and_can_be_read() {
    let home = Home::new();
    let agent = home.launch("one", &["sh", "-c", "echo shown-$((6*7)); exec cat"]);
    // In the worst moment: in the middle of writing to the terminal, with the lock of the standard output held.
    let outer = home.outer().conductor(["attach", "one", "--panic-at", "screen-while-writing"]);
    let code = outer.wait_exit();
    assert!(code != 0 && code < 128, "ended with {code}");
    outer.assert_restored();
    let seen = outer.seen();
    assert!(!seen.alternate && seen.contains("asked to panic at screen-while-writing"), "{}", outer.screen());
    assert!(seen.rows().iter().any(|row| row.starts_with("thread 'main'")), "no stairs: {}", outer.screen());
    shown_again(&home, &agent);
}

#[test]
fn a_screen_ends_when_its_terminal_hangs_up() {
    let home = Home::new();
    let (agent, mut outer) = agent_in_a_screen(&home);
    outer.hang_up();
    outer.wait_exit();
    shown_again(&home, &agent);
}

#[test]
fn a_screen_survives_the_server_in_the_middle_of_typing() {
    let home = Home::new();
    let record = home.join("typed");
    let script = format!("stty -echo; echo ready; while read -r l; do echo \"$l\" >>{}; done", record.display());
    let agent = home.launch("one", &["sh", "-c", &script]);
    let outer = home.outer().conductor(["attach", &agent.id]);
    outer.wait_text("ready");
    let mut expected = String::new();
    for round in 0..5 {
        let line = format!("line-{round}-of-a-person-who-does-not-look");
        let (first, rest) = line.split_at(8);
        outer.type_text(first);
        home.kill_server();
        outer.type_text(&format!("{rest}\n"));
        expected += &format!("{line}\n");
        crate::support::wait_until("the line typed once and whole", || {
            (home.read("typed").len() >= expected.len()).then_some(())
        });
        assert_eq!(home.read("typed"), expected);
    }
}

#[test]
fn a_terminal_of_no_size_harms_nothing() {
    let home = Home::new();
    let (agent, outer) = agent_in_a_screen(&home);
    for (cols, rows) in [(0, 0), (1, 1), (0, 40), (120, 0), (3, 2)] {
        outer.resize(cols, rows);
    }
    outer.resize(100, 30);
    outer.wait_text("shown-42");
    let row = home.terminal(&agent.id);
    assert!(row["cols"].as_u64() >= Some(2) && row["rows"].as_u64() >= Some(1), "{row}");
    outer.press("ctrl-q D");
    assert_eq!(outer.wait_exit(), 0);
    outer.assert_restored();
}
