//! A screen that is treated badly: resized without end while agents print, its server killed while somebody writes.

use std::time::Duration;

use crate::support::fleet::id;
use crate::support::{Home, wait_until};

#[test]
fn a_thousand_sizes_while_agents_print() {
    let home = Home::new();
    let counter = "n=0; while :; do n=$((n+1)); printf '\\033[3%dmline %d of a line that is rather long and wraps\\033[m\\n' $((n%8)) $n; [ $((n%50)) = 0 ] && sleep 0.02; done";
    let agents: Vec<String> = [
        id(&home.launch_script("work", counter)),
        id(&home.worker("work", counter)),
        id(&home.worker("work", "trap 'stty size' WINCH; while :; do sleep 0.05; done")),
    ]
    .into();
    let outer = home.outer().size(160, 45).conductor([""; 0]);
    outer.wait_text("of a line that");
    let size = |agent: &String| {
        let terminal = home.terminal(agent);
        (terminal["cols"].clone(), terminal["rows"].clone())
    };
    // Agents begin at a size that no pane has here.
    let settled = || agents.iter().map(size).all(|size| size.0 != 120).then_some(());
    wait_until("the sizes of the panes", settled);
    let before: Vec<_> = agents.iter().map(size).collect();
    // A fixed walk through sizes, down to those that nothing fits into.
    let mut dice: u32 = 7;
    for _ in 0..1000 {
        dice = dice.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let (columns, rows) = (2 + (dice >> 8) % 200, 1 + (dice >> 20) % 60);
        outer.resize(columns as u16, rows as u16);
    }
    outer.resize(160, 45);
    // Everything is as if it had always been so.
    let again = || (agents.iter().map(size).collect::<Vec<_>>() == before).then_some(());
    wait_until("the sizes of the panes again", again);
    outer.wait_text("AGENTS").find("COMMAND").unwrap();
    outer.press("3").wait_text("worker-shell-2");
    outer.press("?").wait_text("next waiting agent");
    outer.press("esc").wait_gone("next waiting agent");
    outer.press("D");
    assert_eq!(outer.wait_exit(), 0);
    for agent in &agents {
        assert!(home.terminal(agent)["pid"].as_u64().is_some(), "{agent} has ended");
    }
}

#[test]
fn what_is_being_written_survives_the_server() {
    let home = Home::new();
    drop(home.launch_script("work", "exec cat"));
    let outer = home.outer().size(120, 35).conductor([""; 0]);
    outer.wait_text("supervisor-shell");
    outer.press("c").wait_text("New agent");
    outer.wait_hands(Duration::from_millis(500));
    outer.type_text("a message of some length").wait_text("a message of some length");
    home.kill_server();
    outer.type_text(" that goes on").wait_text("a message of some length that goes on");
    outer.wait_text("server is back");
    let seen = outer.wait_text("a message of some length that goes on");
    assert!(seen.find("New agent").is_some(), "{}", outer.screen());
    // It can be sent to the new server.
    outer.press("down").press("end");
    outer.press("esc").wait_gone("New agent");
    outer.press("c").wait_text("a message of some length that goes on");
}
