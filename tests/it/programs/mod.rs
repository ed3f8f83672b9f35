//! Real full-screen programs in a pane of the real screen: each is started, resized, given a key of the modern keyboard
//! and a paste, used with the mouse where it knows one, and left; and draws what it draws in a terminal of its own.
//! One file for each family; what they share is the [`Play`]. It must never replace a program by a stand-in.

mod agents;
mod dialog;
mod htop;
mod keys;
mod less;
mod nano;
mod tmux;
mod vim;

use crate::support::outer::OuterBuilder;
use crate::support::screen::Seen;
use crate::support::{Home, Outer, Persona, wait_until};

/// Lines, tabs, wide and combined characters: to be taken literally.
const PASTE: &str = "if one:\n\ttwo 漢字\n\t\té 🦀 end\n";

/// Columns and rows of the pane in a window of 100 by 30: what the sidebar, the bars and the frame leave.
const RESIZED: (u16, u16) = (74, 26);

/// A program in the only pane of the screen, with the keyboard in it.
struct Play {
    // Dropped first: it lives in the home.
    outer: Outer,
    id: String,
    home: Home,
}

impl Play {
    /// Launches `command` as a person does: the screen opens with the keyboard in the program.
    #[track_caller]
    fn open(home: Home, persona: Persona, command: &[&str]) -> Play {
        let outer = home.outer().persona(persona);
        Play::open_in(home, outer, command)
    }

    /// As [`Play::open`], in a terminal that was put together elsewhere.
    #[track_caller]
    fn open_in(home: Home, outer: OuterBuilder, command: &[&str]) -> Play {
        let words = ["launch", "--session-name", "play", "--"].iter().chain(command);
        let outer = outer.conductor(words);
        outer.wait_text("TYPING");
        let id = wait_until("the program's row", || Some(home.terminals().first()?["id"].as_str()?.to_owned()));
        Play { outer, id, home }
    }

    /// Waits until `condition` holds for the rows inside the pane.
    #[track_caller]
    fn wait(&self, what: &str, mut condition: impl FnMut(&[String]) -> bool) {
        self.outer.wait_for(what, |seen| condition(&inside(seen)));
    }

    /// Pastes [`PASTE`] with the mark in it that begins a paste, which no program may get to see. (Of the mark that ends
    /// one `pasting` tells more.)
    fn paste(&self) {
        let marked = PASTE.replacen("two ", "two \x1b[200~", 1);
        assert_ne!(marked, PASTE);
        self.outer.paste(&marked);
    }

    /// Makes the window 100 by 30, and waits until the program has drawn itself anew for its part of that.
    #[track_caller]
    fn resize(&self, mut drawn: impl FnMut(&[String]) -> bool) {
        self.outer.resize(100, 30);
        self.home.wait_terminal(&self.id, "the new size", |row| row["cols"] == RESIZED.0 && row["rows"] == RESIZED.1);
        self.outer.wait_for("the program at its new size", |seen| {
            let rows = inside(seen);
            rows.len() == usize::from(RESIZED.1) && drawn(&rows)
        });
    }

    /// The program has ended with `code`: its row says so, the screen is left, and the terminal is as it was before.
    #[track_caller]
    fn end(&self, code: i64) {
        let row = self.home.wait_terminal(&self.id, "its end", |row| row["status"] == "closed");
        assert_eq!(row["exit_code"], code, "{row:#}");
        self.outer.wait_for("an agent that is gone", |seen| seen.contains("gone") && !seen.contains("TYPING"));
        self.outer.press("D");
        assert_eq!(self.outer.wait_exit(), 0);
        self.outer.assert_restored();
    }
}

/// The rows inside the frame of the focused pane.
fn inside(seen: &Seen) -> Vec<String> {
    let row = |row: &String| {
        let (_, from) = row.split_once('┃')?;
        let (inner, _) = from.rsplit_once('┃')?;
        Some(inner.trim_end().to_owned())
    };
    seen.rows().iter().filter_map(row).collect()
}

/// Runs `command` in a terminal of its own and in a pane of the same size, takes both through `steps`, and compares
/// every cell: character, colours, attributes; and the cursor.
#[track_caller]
fn same_as_plain(home: &Home, command: &[&str], steps: impl Fn(&Outer)) {
    let size = (100, 30);
    let plain = home.outer().size(size.0, size.1).run(command[0], &command[1..]);
    steps(&plain);
    let agent = home.launch("same", command);
    let pane = home.outer().size(size.0, size.1).conductor(["attach", &agent.id]);
    home.wait_terminal(&agent.id, "the size of the window", |row| row["cols"] == size.0 && row["rows"] == size.1);
    steps(&pane);
    // What a program draws last may still be on its way in either.
    let mut told = String::new();
    let same = crate::support::wait::wait_at_most(crate::support::wait::LIMIT, || {
        told = difference(&plain, &pane);
        told.is_empty().then_some(())
    });
    assert!(same.is_some(), "{} looks different in a pane:\n{told}\n{}\n{}", command[0], plain.screen(), pane.screen());
    drop(home.cmd(["close", &agent.id]).run().ok());
}

/// The first cells in which two terminals differ, in words.
fn difference(one: &Outer, other: &Outer) -> String {
    let cells = |outer: &Outer| {
        outer.with_cells(|screen| {
            let (rows, columns) = screen.size();
            let places = (0..rows.get()).flat_map(|row| (0..columns.get()).map(move |column| (row, column)));
            let looks = places.map(|(row, column)| {
                let cell = screen.cell(row, column)?;
                let text = if cell.has_contents() { cell.contents() } else { " " };
                let marks = [cell.bold(), cell.dim(), cell.italic(), cell.underline(), cell.inverse()];
                // The colour of a blank's letters is nobody's business.
                let ink = (text != " " || cell.underline() || cell.inverse()).then(|| cell.fgcolor());
                let marks = if text == " " { [false, false, false, marks[3], marks[4]] } else { marks };
                Some(((row, column), text.to_owned(), ink, cell.bgcolor(), marks))
            });
            (looks.collect::<Vec<_>>(), screen.cursor_position(), screen.hide_cursor())
        })
    };
    let ((a, a_cursor, a_hidden), (b, b_cursor, b_hidden)) = (cells(one), cells(other));
    let mut told: Vec<String> =
        a.iter().zip(&b).filter(|(a, b)| a != b).take(5).map(|(a, b)| format!("{a:?}\n{b:?}")).collect();
    if (a_cursor, a_hidden) != (b_cursor, b_hidden) && !(a_hidden && b_hidden) {
        told.push(format!("cursor {a_cursor:?} hidden {a_hidden}, and {b_cursor:?} hidden {b_hidden}"));
    }
    told.join("\n")
}
