//! The screen as its user has arranged it: edges dragged with the mouse reach the agents' terminals, and pins, order,
//! layout and drafts are there again when the screen is opened again, however it ended.

use crate::support::fleet::id;
use crate::support::wait::wait_until;
use crate::support::{Home, Mouse, Outer};

/// A program that writes its terminal's size at every change.
const PROGRAM: &str = "trap 'echo now $(stty size)' WINCH; echo READY; while :; do read line; echo got $line; done";

fn remembered(home: &Home) -> serde_json::Value {
    serde_json::from_str(&std::fs::read_to_string(home.join("screen.json")).unwrap_or_default()).unwrap_or_default()
}

/// Opens the screen of a home with three agents, each in a session of its own.
fn open(home: &Home, arguments: &[&str]) -> Outer {
    let outer = home.outer().size(200, 40).conductor(arguments);
    outer.wait_for("all panes", |s| ["FIRST", "SECOND"].iter().all(|word| s.find(word).is_some()));
    outer
}

fn three(home: &Home) -> Vec<String> {
    ["FIRST", "SECOND", "THIRD"]
        .map(|word| id(&home.launch_script(&word.to_lowercase(), &format!("echo {word}; exec cat"))))
        .to_vec()
}

/// The rows of the sidebar where the sessions stand.
fn order(outer: &Outer) -> Vec<usize> {
    let seen = outer.seen();
    let row = |name: &str| (0..40).find(|row| seen.row(*row).starts_with(&format!("▾ {name}"))).unwrap_or_default();
    ["first", "second", "third"].map(row).to_vec()
}

#[test]
fn a_killed_screen_is_opened_again_as_it_was_left() {
    let home = Home::new();
    let agents = three(&home);
    let outer = open(&home, &[]);
    assert!(order(&outer).is_sorted(), "{}", outer.screen());
    outer.press("g").wait_text("layout: columns");
    outer.press("3 p").wait_text("is pinned");
    outer.press(":").wait_text("Do anything");
    outer.type_text("session up\n").wait_gone("Do anything");
    outer.wait_for("the third before the second", |_| order(&outer)[2] < order(&outer)[1]);
    outer.press("c").wait_text("New agent");
    outer.paste("repair the roof").wait_text("repair the roof");
    outer.press("esc").wait_gone("New agent");
    wait_until("the file", || (remembered(&home)["draft"]["message"] == "repair the roof").then_some(()));
    assert_eq!(remembered(&home)["pins"][0].as_str(), Some(agents[2].as_str()));
    outer.signal(libc::SIGKILL);
    outer.wait_exit();
    let again = home.outer().size(200, 40).conductor([""; 0]);
    let seen = again.wait_for("two columns", |s| s.find("THIRD").is_some() && s.find("FIRST").is_some());
    assert!(order(&again)[2] < order(&again)[1], "{}", again.screen());
    // The one that was looked at last is looked at again.
    assert!(seen.row(order(&again)[2] + 1).starts_with('▌'), "{}", again.screen());
    // The pinned one stands first.
    assert!(seen.find("THIRD") < seen.find("FIRST") && seen.find("✦").is_some(), "{}", again.screen());
    again.press("c").wait_text("repair the roof");
    again.press("ctrl-u esc").wait_gone("New agent");
    // An edge that was moved, on the usual way out.
    again.mouse(Mouse::Down, 31, 20).mouse(Mouse::Drag, 45, 20).mouse(Mouse::Up, 45, 20);
    again.wait_for("a wider sidebar", |s| s.row(20).chars().nth(45) == Some('│'));
    again.press("D");
    again.wait_exit();
    assert_eq!(remembered(&home)["shares"]["sidebar"][0], 46);
    assert!(remembered(&home)["draft"].is_null());
    // One that may only look is opened alike, and changes nothing.
    let file = home.read("screen.json");
    let looker = home.outer().size(200, 40).conductor(["--read-only"]);
    looker.wait_for("the wider sidebar", |s| s.find("THIRD").is_some() && s.row(20).chars().nth(45) == Some('│'));
    looker.press("g").wait_text("layout: rows");
    looker.press("D");
    looker.wait_exit();
    assert_eq!(home.read("screen.json"), file);
}

#[test]
fn two_screens_keep_what_the_other_one_has_changed() {
    let home = Home::new();
    three(&home);
    home.write("screen.json", "{ \"of a later version\": [1], \"pins\": [\"0badcafe\"] }\n");
    let (one, two) = (open(&home, &[]), open(&home, &[]));
    one.press("g").wait_text("layout: columns");
    two.press("s").wait_for("no sidebar", |s| s.find("AGENTS").is_none());
    wait_until("both", || {
        (remembered(&home)["layout"] == "columns" && remembered(&home)["sidebar"] == false).then_some(())
    });
    assert_eq!(remembered(&home)["of a later version"][0], 1);
    // Who was pinned is gone: that is forgotten with the next pin.
    one.press("p").wait_text("is pinned");
    wait_until("one pin", || (remembered(&home)["pins"][0] != "0badcafe").then_some(()));
    for outer in [one, two] {
        outer.press("D");
        assert_eq!(outer.wait_exit(), 0);
    }
    assert_eq!((&remembered(&home)["layout"], &remembered(&home)["sidebar"]), (&"columns".into(), &false.into()));
}

#[test]
fn a_broken_file_is_kept_aside_and_the_screen_opens() {
    let home = Home::new();
    three(&home);
    home.write("screen.json", "{ \"layout\": ");
    let outer = open(&home, &[]);
    outer.wait_text("it is kept as");
    assert_eq!(home.read("screen.json.bad"), "{ \"layout\": ");
    outer.press("g").wait_text("layout: columns");
    wait_until("a new file", || (remembered(&home)["layout"] == "columns").then_some(()));
}

#[test]
fn an_edge_is_dragged_and_the_terminals_follow() {
    let home = Home::new();
    let agents = ["one", "two"].map(|name| id(&home.launch_script(name, PROGRAM)));
    let outer = home.outer().size(200, 40).conductor([""; 0]);
    let columns = |agent: usize, wanted: u64| {
        home.wait_terminal(&agents[agent], "the size", |row| row["cols"] == wanted);
    };
    columns(0, 82);
    columns(1, 82);
    outer.mouse(Mouse::Down, 115, 20);
    for column in 116..=125 {
        outer.mouse(Mouse::Drag, column, 20);
    }
    outer.mouse(Mouse::Up, 125, 20);
    columns(0, 92);
    columns(1, 72);
    outer.wait_text("now 36 92");
    // Another window, the same proportions: 94 and 74 of 168 are 72 and 60 of 132 there.
    outer.resize(164, 40);
    columns(0, 70);
    columns(1, 58);
    outer.resize(200, 40);
    columns(0, 92);
    // Two presses even it out.
    outer.click(125, 20).click(125, 20);
    columns(0, 82);
    columns(1, 82);
    outer.press("D");
    assert_eq!(outer.wait_exit(), 0);
    outer.assert_restored();
}
