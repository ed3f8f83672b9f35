//! A program that asks for colours hears those of the terminal it is looked at in, and hears when they change.

use crate::support::{Home, Persona};

/// Asks for background and one named colour, wants to hear of changes, and shows all answers.
const ASKS: &str = "printf '\\033[?2031h\\033]11;?\\033\\\\\\033]4;3;?\\033\\\\\\033[?996n'; cat -v >/dev/null";

#[test]
fn programs_are_told_the_colors_of_the_terminal_around_us() {
    let home = Home::new();
    let outer = home.outer().size(120, 35).persona(Persona::Kitty).conductor([""; 0]);
    outer.wait_text("No agents yet");
    let launch = |name: &str| {
        let run = ["launch", "--headless", "--provider", "shell", "--name", name, "--", "sh", "-c", ASKS];
        drop(home.cmd(run).run().ok());
    };
    // It asks at its start, before anybody shows it.
    launch("first");
    let seen = outer.wait_text("^[]11;rgb:0000/0000/0000^[\\^[]4;3;rgb:0000/0303/0000^[\\^[[?997;1n");
    assert!(seen.find("997;2n").is_none(), "{}", outer.screen());
    outer.turn(true);
    outer.wait_text("^[[?997;2n");
    launch("second");
    outer.wait_text("second");
    outer.press("2").wait_text("^[]11;rgb:fafa/fafa/f0f0^[\\^[]4;3;rgb:0000/0303/0000^[\\^[[?997;2n");
    // A server that starts anew is told again.
    outer.turn(false);
    outer.wait_text("^[[?997;1n");
    home.kill_server();
    outer.wait_text("server is back");
    outer.turn(true);
    let count = |rows: &[String]| rows.iter().map(|row| row.matches("997;2n").count()).sum::<usize>();
    outer.wait_for("the change after the restart", |seen| count(seen.rows()) >= 2);
}
