//! Pictures of the main screen at every size, and laws that hold for all screens; pictures of the views that open are in
//! `gallery`.

use crate::base::id::TerminalId;
use crate::base::text;
use crate::proto::frame::Frame;
use crate::proto::stream::ServerMessage;
use crate::tui::depth::Depth;
use crate::tui::glyphs::Glyphs;
use crate::tui::hints;
use crate::tui::msg::Msg;
use crate::tui::state::State;
use crate::tui::testing::{NOW, empty, keyframe, picture, picture_in, press, screen, state, styled};
use crate::tui::update::update;

const SIZES: [(u16, u16); 6] = [(160, 45), (120, 35), (80, 24), (60, 20), (40, 12), (20, 6)];

fn check(name: &str, state: &State) {
    let (columns, rows) = state.size;
    insta::assert_snapshot!(format!("{name}-{columns}x{rows}"), screen(state));
}

#[test]
fn main_screen() {
    for (columns, rows) in SIZES {
        check("main", &state(columns, rows));
    }
}

#[test]
fn main_screen_in_every_depth_and_on_light() {
    for (name, theme, depth) in [
        ("truecolor", "conductor-dark", Depth::True),
        ("256", "conductor-dark", Depth::Indexed256),
        ("16", "conductor-dark", Depth::Ansi16),
        ("no-color", "mono", Depth::None),
        ("light", "conductor-light", Depth::True),
        ("light-16", "conductor-light", Depth::Ansi16),
    ] {
        let buffer = picture_in(&state(80, 24), &crate::tui::testing::theme(theme, depth));
        insta::assert_snapshot!(format!("main-80x24-{name}"), styled(&buffer));
    }
}

#[test]
fn in_ascii() {
    for (columns, rows) in [(160, 45), (80, 24)] {
        let mut state = state(columns, rows);
        state.settings.glyphs = Glyphs::Ascii;
        check("ascii", &state);
    }
}

/// Whatever is open, what we say is in ASCII there; what agents say is theirs.
#[test]
fn in_ascii_everything_of_ours_is_ascii() {
    for mut state in screens(160, 45).into_iter().chain(screens(80, 24)).chain(screens(40, 12)) {
        state.settings.glyphs = Glyphs::Ascii;
        let buffer = picture(&state);
        let mut inside: Vec<_> = state.pane_areas().iter().map(|pane| pane.inner).collect();
        // Names and lines are the agent's as well.
        if let Some(areas) = crate::tui::diff::areas(&state).filter(|_| crate::tui::diff::covers(&state)) {
            inside.extend(areas.list);
            inside.push(areas.lines);
        }
        for position in buffer.area.positions() {
            let is_agents = inside.iter().any(|area| area.contains(position));
            let symbol = buffer[position].symbol();
            assert!(symbol.is_ascii() || is_agents, "{symbol}\n{}", screen(&state));
        }
    }
}

/// Another window gives three of the agents their size: one of the terminals is smaller than its pane, or larger.
#[test]
fn another_windows_size() {
    let sized = |mut state: State| {
        for (id, columns, rows) in [(1, 36, 8), (2, 100, 30), (4, 50, 40)] {
            let message = ServerMessage::Sized { terminal: TerminalId(id), by_another: true };
            update(&mut state, Msg::Server(message), NOW);
            let frame = keyframe(id, 9, &["", "> fix what fails", "", "● Reading the tests"], 0);
            update(&mut state, Msg::Frame(Frame { columns, rows, ..frame }), NOW);
        }
        state
    };
    for (columns, rows) in [(160, 45), (80, 24), (60, 20), (40, 12)] {
        let mut state = sized(state(columns, rows));
        check("size", &state);
        press(&mut state, "i");
        check("size-typing", &state);
    }
    let mut read_only = sized(state(80, 24));
    read_only.settings.read_only = true;
    check("size-read-only", &read_only);
    for (columns, rows) in [(80, 24), (50, 10)] {
        let mut attached = sized(state(columns, rows));
        attached.settings.chromeless = true;
        // The one at the other side is larger.
        let frame = keyframe(1, 10, &["", "> fix what fails", "", "● Reading the tests"], 0);
        update(&mut attached, Msg::Frame(Frame { columns: 120, rows: 40, ..frame }), NOW);
        press(&mut attached, "i");
        check("size-attached", &attached);
    }
}

#[test]
fn hints_may_be_short_or_off() {
    let mut state = state(160, 45);
    let keys =
        |state: &State| hints::hints(state, 160).iter().map(|hint| hint.key.clone()).collect::<Vec<_>>().join(" ");
    state.settings.hints = crate::config::looks::HintChoice::Short;
    assert_eq!(keys(&state), "i ? D");
    press(&mut state, "i");
    assert_eq!(keys(&state), "ctrl-q");
    state.settings.hints = crate::config::looks::HintChoice::Off;
    assert_eq!(keys(&state), "");
}

#[test]
fn arranged() {
    let mut state = state(160, 45);
    press(&mut state, "4 p 1 + + 5 K");
    for n in ["first", "second", "third", "fourth", "fifth"] {
        state.toasts.push(crate::tui::toasts::Tone::Error, format!("the {n} thing has failed"), NOW);
    }
    check("arranged", &state);
}

/// A screen for every thing that can be open.
fn screens(columns: u16, rows: u16) -> Vec<State> {
    let mut out = vec![empty(columns, rows)];
    for keys in [
        "",
        "i",
        "c",
        "?",
        ": x",
        "7",
        "x",
        "x y",
        "f w",
        "r",
        "z",
        "g",
        "g g",
        "g g g",
        "s",
        "pgup",
        "v v j l",
        "w",
        "D",
        "p",
        "4 p 6",
        "+ +",
        "- - -",
        "5 J g",
        ": e v e n t s enter",
        "p p p p : e v e n t s enter up up",
        ",",
    ] {
        let mut state = state(columns, rows);
        press(&mut state, keys);
        out.push(state);
    }
    for keys in ["", "|", "n n n j c a", "tab", "?", "n j j c a enter", "G"] {
        let mut state = crate::tui::diff::opened(columns, rows);
        press(&mut state, keys);
        out.push(state);
    }
    for at in [(0, 0), (columns - 1, rows - 1)] {
        let mut state = state(columns, rows);
        crate::tui::menu::open(&mut state, TerminalId(1), at, &mut Vec::new());
        out.push(state);
    }
    out
}

#[test]
fn hints_are_whole_and_inside_at_every_size() {
    for columns in 40..200 {
        for mut state in screens(columns, 24) {
            // What was said lies over the bar for a moment where a dialog fills the window.
            state.toasts.expire(crate::base::clock::Millis::MAX);
            let buffer = picture(&state);
            for hint in hints::hints(&state, columns) {
                assert!(hint.column + hint.width() <= columns, "{columns}: {hint:?}");
                let drawn: String =
                    (hint.column..hint.column + hint.width()).map(|x| buffer[(x, 23)].symbol().to_owned()).collect();
                assert_eq!(drawn, format!("{} {}", hint.key, hint.word), "{columns}");
            }
        }
    }
}

#[test]
fn the_bars_reach_the_edge() {
    let theme = crate::tui::testing::theme("conductor-dark", crate::tui::depth::Depth::True);
    for columns in [40, 60, 80, 120, 160] {
        for state in screens(columns, 24) {
            let buffer = picture(&state);
            // A field stands on its own ground.
            let own = [theme.bar.bg, theme.mode_command.bg, theme.mode_typing.bg, theme.overlay.bg];
            assert!((0..columns).all(|x| own.contains(&buffer[(x, 23)].style().bg)), "{columns}: {}", screen(&state));
        }
    }
}

#[test]
fn every_screen_can_be_drawn_at_every_size() {
    for columns in [1, 2, 5, 10, 19, 20, 39, 40, 41, 59, 60, 61, 89, 90, 119, 120, 121, 200, 300] {
        for rows in [1, 2, 3, 5, 6, 9, 10, 11, 12, 13, 19, 20, 24, 60] {
            for state in screens(columns, rows) {
                let lines = screen(&state);
                for line in lines.lines() {
                    assert!(text::width(line) <= usize::from(columns), "{columns}x{rows}: {line:?}");
                    assert!(!line.chars().any(char::is_control));
                }
            }
        }
    }
}
