//! The user's own keys: read at the start and whenever they are saved, their mistakes named by line, and always a way out.

use crate::support::{Home, Outer};

fn open(home: &Home) -> Outer {
    // A raw terminal: ctrl-q would let a stopped one go on.
    let script = "stty raw -echo; echo up; exec cat -v";
    drop(home.cmd(["launch", "--headless", "--provider", "shell", "--", "sh", "-c", script]).run().ok());
    let outer = home.outer().size(120, 35).conductor([""; 0]);
    outer.wait_text("up");
    outer
}

#[test]
fn saved_keys_hold_at_once_and_their_mistakes_are_named_by_line() {
    let home = Home::new();
    home.write("keys.toml", "[main]\nhelp = [\"ctrl-k\"]\nzoom = [\"ctrl-k\", \"Z\"]\ndetach = [\"O\"]\n");
    let outer = open(&home);
    outer.wait_text("keys.toml:3: `ctrl-k` is already help in [main]: help keeps it");
    outer.press("ctrl-k").wait_text("type to filter");
    outer.press("esc").wait_gone("type to filter");
    outer.press("D").wait_text("D does nothing here · ctrl-k shows the keys");
    // Another leader, and a chord, while the screen is up: the agent gets what is not ours.
    home.write("keys.toml", "leader = [\"f12\"]\n[main]\ndetach = [\"O\"]\n[typing]\n\"ctrl-alt-n\" = \"new-agent\"\n");
    outer.wait_text("the configuration can be used again");
    outer.press("i").wait_text("F12 commands");
    outer.press("ctrl-q").wait_text("^Q");
    outer.press("ctrl-alt-n").wait_text("New agent");
    outer.press("esc").wait_gone("New agent");
    outer.press("esc").wait_text("TYPING");
    outer.press("f12").wait_text("COMMAND");
    // What leaves no way out is not followed.
    home.write("keys.toml", "leader = [\"x\"]\n[main]\ndetach = []\n");
    outer.wait_text("keys.toml:1: `x` cannot be a leader: it is text");
    outer.wait_text("E shows it whole");
    outer.press("i").wait_text("ctrl-q commands");
    outer.press("ctrl-q").wait_text("COMMAND");
    outer.press("D");
    assert_eq!(outer.wait_exit(), 0);
    outer.assert_restored();
}

#[test]
fn the_verb_checks_the_keys() {
    let home = Home::new();
    let said = home.cmd(["config", "check"]).run().ok().stdout;
    assert!(said.contains("keys.toml is not there; the built-in keys hold"), "{said}");
    home.write("keys.toml", "[main]\nfnd = [\"x\"]\n\n[copy]\ncopy = [\"hyper\"]\n");
    let said = home.cmd(["config", "check"]).run().code(1).stdout;
    for expected in
        ["keys.toml:2: there is no command `fnd`; did you mean `find`?", "keys.toml:5: `hyper` is not a key"]
    {
        assert!(said.contains(expected), "{said}");
    }
    let shown = home.cmd(["config", "show"]).run().ok().stdout;
    assert!(shown.contains("keys.toml has mistakes") && shown.contains("# ") && shown.contains(":2: "), "{shown}");
    home.write("config.toml", &shown);
    let json = home.cmd(["config", "show", "--json"]).run().ok().json();
    assert_eq!(json["keys"]["problems"].as_array().unwrap().len(), 2);
    home.write("keys.toml", "[main]\nfind = [\"x\"]\nstop = []\n");
    let said = home.cmd(["config", "check"]).run().ok().stdout;
    assert!(said.contains("keys.toml can be used"), "{said}");
}
