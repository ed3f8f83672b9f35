//! A picture on the clipboard, pasted: terminals send a paste without text, and the agent gets the path of a file.
//! With a real X clipboard, and with the real agents, which take that path for the picture.

use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use serde_json::json;

use crate::support::fleet::id;
use crate::support::{Agents, Desktop, Home, Model, Outer, need, wait_until};

/// What a terminal sends when the user pastes and the clipboard holds no text.
const EMPTY: &[u8] = b"\x1b[200~\x1b[201~";

/// A red pixel.
const PNG: &[u8] = &[
    137, 80, 78, 71, 13, 10, 26, 10, 0, 0, 0, 13, 73, 72, 68, 82, 0, 0, 0, 1, 0, 0, 0, 1, 8, 2, 0, 0, 0, 144, 119, 83,
    222, 0, 0, 0, 12, 73, 68, 65, 84, 120, 156, 99, 248, 207, 192, 0, 0, 3, 1, 1, 0, 201, 254, 146, 239, 0, 0, 0, 0,
    73, 69, 78, 68, 174, 66, 96, 130,
];

/// A program that writes down what it gets, with or without having asked for brackets around pastes.
fn listener(home: &Home, desktop: &Desktop, asks: &str) -> Outer {
    let script = format!("stty raw -echo; printf '{asks}READY'; exec cat >got");
    let words = ["launch", "--session-name", "picture", "--", "sh", "-c", &script];
    let outer = home.outer().env("DISPLAY", desktop.display()).conductor(words);
    outer.wait_text("TYPING");
    outer.wait_text("READY");
    outer
}

#[test]
fn a_pasted_picture_is_a_file_and_its_path_the_paste() {
    need!("Xvfb", "xclip");
    let (desktop, home) = (Desktop::start(), Home::new());
    let picture = home.join("copied.png");
    std::fs::write(&picture, PNG).unwrap();
    let outer = listener(&home, &desktop, "\\033[?2004h");
    let got = || home.read("work/got");
    // An empty clipboard: the program hears of the paste, the user why nothing came of it.
    outer.send(EMPTY).wait_text("no text on the clipboard");
    wait_until("the empty paste", || (got().as_bytes() == EMPTY).then_some(()));
    desktop.copy(&home, "image/png", &picture);
    outer.send(EMPTY);
    let seen = outer.wait_text("pasted the picture as …/paste-");
    let (column, row) = seen.find("paste-20").unwrap();
    let name: String =
        seen.row(usize::from(row)).chars().skip(usize::from(column)).take_while(|c| !c.is_whitespace()).collect();
    let file = home.join("pastes").join(name);
    let expected = format!("\x1b[200~\x1b[201~\x1b[200~{}\x1b[201~", file.display());
    wait_until("the path", || (got() == expected).then_some(()));
    assert_eq!(std::fs::read(&file).unwrap(), PNG);
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    // Not a picture after all, whatever its owner says.
    desktop.copy(&home, "image/png", &home.write("text", "no picture"));
    outer.send(EMPTY).wait_text("no text on the clipboard");
    wait_until("another empty paste", || got().ends_with("\x1b[201~\x1b[200~\x1b[201~").then_some(()));
    // In COMMAND it is a word, and no text is held.
    outer.press("ctrl-q").wait_text("COMMAND");
    outer.send(EMPTY).wait_text("no text on the clipboard");
    assert!(!outer.seen().contains("your text was not sent"));
}

#[test]
fn a_program_that_asked_for_no_pastes_gets_no_path() {
    need!("Xvfb", "xclip");
    let (desktop, home) = (Desktop::start(), Home::new());
    let picture = home.join("copied.png");
    std::fs::write(&picture, PNG).unwrap();
    desktop.copy(&home, "image/png", &picture);
    let outer = listener(&home, &desktop, "");
    outer.send(EMPTY).wait_text("takes no pastes");
    outer.press("x");
    wait_until("the key behind it", || (home.read("work/got") == "x").then_some(()));
    assert!(!home.join("pastes").exists(), "nothing is kept that goes nowhere");
}

/// A tool that never answers holds up neither keys nor pictures, and the empty paste comes when it is given up.
#[test]
fn a_clipboard_that_hangs_holds_up_nothing() {
    let home = Home::new();
    let tool = home.write("bin/wl-paste", "#!/bin/sh\nexec sleep 1000\n");
    std::fs::set_permissions(&tool, std::fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:{}", home.join("bin").display(), std::env::var("PATH").unwrap());
    let script = "stty raw -echo; printf '\\033[?2004hREADY'; exec cat >got";
    let words = ["launch", "--session-name", "picture", "--", "sh", "-c", script];
    let outer = home.outer().env("WAYLAND_DISPLAY", "nowhere").env("PATH", &path).conductor(words);
    outer.wait_text("TYPING");
    outer.wait_text("READY");
    outer.send(EMPTY);
    outer.press("x");
    wait_until("the key", || (home.read("work/got") == "x").then_some(()));
    outer.wait_text("no text on the clipboard");
    wait_until("the paste", || (home.read("work/got") == "x\x1b[200~\x1b[201~").then_some(()));
}

/// The agents that take pictures show what they took as a picture.
#[test]
fn real_agents_take_the_path_for_the_picture() {
    need!("Xvfb", "xclip", "python3", "node", "claude", "codex", "gemini", "opencode");
    let (desktop, home, agents) = (Desktop::start(), Home::new(), Agents::new());
    let picture = home.join("copied.png");
    std::fs::write(&picture, PNG).unwrap();
    desktop.copy(&home, "image/png", &picture);
    let model = Model::start(&json!({"rules": []}));
    for (command, ready, env) in [
        (&["claude"][..], "manual mode on", agents.claude(&model, &[])),
        (&["codex", "--no-daemon", "--sandbox", "read-only"], "gpt-5", agents.codex(&model, &[])),
        (&["gemini"], "Type your message", agents.gemini(&model)),
        (&["opencode"], "Ask anything", agents.opencode(&model)),
    ] {
        let words = [&["launch", "--session-name", command[0], "--"], command].concat();
        let outer = home.outer().envs(env).env("DISPLAY", desktop.display()).cwd(agents.repo()).conductor(words);
        // A runtime of its own, on a loaded machine.
        outer.wait_for_at_most(Duration::from_secs(60), "an agent that is ready", |seen| seen.contains(ready));
        // All of them drop what comes before they have settled.
        outer.wait_quiet(Duration::from_millis(500));
        outer.send(EMPTY).wait_text("pasted the picture as");
        outer.wait_for(&format!("the picture in {}", command[0]), |seen| seen.contains("[Image"));
        assert_eq!(outer.seen().matches("[Image").count(), 1, "{}", outer.screen());
        outer.press("ctrl-q").wait_text("COMMAND");
        outer.press("D").wait_exit();
        // The next one has the screen to itself.
        drop(home.cmd(["close", &id(&home.listed()[0])]).run().ok());
    }
}
