//! htop: colours, function keys, the mouse, a picture that is never still. It has no modern keys and no bracketed paste:
//! function keys stand for the first, a filter that is typed by the terminal for the second.

use super::{Play, same_as_plain};
use crate::support::{Home, Mouse, Outer, Persona, need};

/// Columns that stay as they are, in an order that a click turns around.
const RC: &str = "htop_version=3.2.2
config_reader_min_version=3
fields=0 48 1
hide_kernel_threads=1
hide_userland_threads=1
tree_view=0
sort_key=0
sort_direction=1
header_layout=two_50_50
column_meters_0=
column_meter_modes_0=
column_meters_1=
column_meter_modes_1=
screen:Main=PID USER Command
.sort_key=PID
.sort_direction=1
delay=10
";

#[test]
fn htop_in_a_pane() {
    need!("htop");
    let home = Home::new();
    home.write("home/.config/htop/htoprc", RC);
    let play = Play::open(home, Persona::Kitty, &["htop"]);
    let outer = &play.outer;
    let header = |rows: &[String]| rows.iter().position(|row| row.contains("PID") && row.contains("Command"));
    play.wait("the table and the keys below it", |rows| header(rows).is_some() && rows[35].contains("F10Quit"));
    play.resize(|rows| header(rows).is_some() && rows[25].starts_with("F1Help"));

    // Sorted by the number of the process; a click on the head turns the order around.
    let first = |rows: &[String]| {
        let from = header(rows)? + 1;
        rows[from].split_whitespace().next()?.parse::<u32>().ok()
    };
    play.wait("the first process first", |rows| first(rows) == Some(1));
    let (column, row) = outer.seen().find("PID").unwrap();
    outer.click(column, row);
    play.wait("the last process first", |rows| first(rows).is_some_and(|pid| pid > 1));
    outer.mouse(Mouse::WheelDown, column, row + 3);

    outer.press("f4");
    play.wait("the filter's line", |rows| rows[25].contains("Filter"));
    outer.paste("no-such-process");
    play.wait("the filter in it, and nothing above", |rows| {
        rows[25].contains("no-such-process") && first(rows).is_none()
    });
    outer.press("esc");
    play.wait("the keys again", |rows| rows[25].starts_with("F1Help"));
    outer.press("f2");
    play.wait("the setup", |rows| rows.iter().any(|row| row.contains("Display options")));
    // The second F10 comes when the first was seen to work.
    outer.press("f10");
    play.wait("the table again", |rows| header(rows).is_some());
    outer.press("f10");
    play.end(0);
}

/// Of its pictures the one that stands still: the help.
#[test]
fn htop_looks_as_in_a_terminal_of_its_own() {
    need!("htop");
    let home = Home::new();
    home.write("home/.config/htop/htoprc", RC);
    same_as_plain(&home, &["htop"], |outer: &Outer| {
        outer.wait_text("F10Quit");
        outer.press("f1").wait_text("select sort column");
    });
}
