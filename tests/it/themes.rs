//! Themes as the user meets them: chosen in a file that is saved while the screen is up, following the terminal around
//! it, and listed by a verb.

use crate::support::{Home, Outer, Persona};

/// The colour of the first letter of `conductor` in the top bar: the accent.
fn accent(outer: &Outer) -> vt100::Color {
    outer.with_cells(|screen| screen.cell(0, 1).map(vt100::Cell::fgcolor)).unwrap_or_default()
}

const DARK: vt100::Color = vt100::Color::Rgb(0x7c, 0xc0, 0xff);
const LIGHT: vt100::Color = vt100::Color::Rgb(0x0a, 0x5f, 0xb4);

fn open(home: &Home, persona: Persona, variables: &[(&str, &str)]) -> Outer {
    let mut outer = home.outer().size(120, 35).persona(persona).env("COLORTERM", "truecolor");
    for (name, value) in variables {
        outer = outer.env(name, value);
    }
    let outer = outer.conductor([""; 0]);
    outer.wait_text("No agents yet.");
    outer
}

#[test]
fn a_saved_configuration_is_followed_and_a_broken_one_is_not() {
    let home = Home::new();
    let outer = open(&home, Persona::Xterm, &[]);
    assert_eq!(accent(&outer), DARK);
    home.write("config.toml", "[ui]\ntheme = \"gruvbox\"\n");
    let gruvbox = vt100::Color::Rgb(0x83, 0xa5, 0x98);
    outer.wait_for("gruvbox", |_| accent(&outer) == gruvbox);
    home.write("config.toml", "[ui]\ntheme = \n");
    outer.wait_text("config.toml:2");
    assert_eq!(accent(&outer), gruvbox);
    // A theme of the user's, in a folder that was not there when the screen was opened.
    home.write("themes/mine.toml", "accent = \"#010203\"\n");
    home.write("config.toml", "[ui]\ntheme = \"mine\"\nglyphs = \"ascii\"\n");
    outer.wait_text("the configuration can be used again");
    let own = |n| vt100::Color::Rgb(1, 2, n);
    outer.wait_for("the own theme", |_| accent(&outer) == own(3));
    outer.wait_for("ASCII", |_| outer.screen().is_ascii());
    home.write("themes/mine.toml", "accent = \"#010204\"\naccents = \"#010203\"\n");
    outer.wait_for("the saved theme", |_| accent(&outer) == own(4));
    outer.wait_text("themes/mine.toml:2:1: there is no role `accents`; did you mean `accent`?");
    outer.press("D");
    assert_eq!(outer.wait_exit(), 0);
    outer.assert_restored();
}

#[test]
fn auto_follows_the_background_and_asks_for_notices_only_where_they_are_known() {
    let home = Home::new();
    let outer = open(&home, Persona::Kitty, &[]);
    outer.wait_for("notices of another scheme", |_| outer.mode(2031));
    assert_eq!(accent(&outer), DARK);
    outer.turn(true);
    outer.wait_for("the light theme", |_| accent(&outer) == LIGHT);
    outer.turn(false);
    outer.wait_for("the dark theme", |_| accent(&outer) == DARK);
    outer.press("D");
    assert_eq!(outer.wait_exit(), 0);
    outer.assert_restored();
    let xterm = open(&home, Persona::Xterm, &[]);
    assert!(!xterm.mode(2031));
}

#[test]
fn a_terminal_that_says_nothing_is_dark_or_what_colorfgbg_says() {
    let home = Home::new();
    assert_eq!(accent(&open(&home, Persona::Mute, &[])), DARK);
    assert_eq!(accent(&open(&home, Persona::Mute, &[("COLORFGBG", "0;15")])), LIGHT);
    assert_eq!(accent(&open(&home, Persona::Xterm, &[("NO_COLOR", "1")])), vt100::Color::Default);
    assert_eq!(accent(&open(&home, Persona::Mute, &[("CONDUCTOR_UI_THEME", "ansi")])), vt100::Color::Idx(14));
    let ascii = open(&home, Persona::Mute, &[("LC_ALL", "C")]);
    assert!(ascii.screen().is_ascii(), "{}", ascii.screen());
}

#[test]
fn without_colours_agents_have_none_either() {
    let home = Home::new();
    let print = "printf '\\033[38;2;200;100;50mred\\033[0m \\033[41mback\\033[0m '; echo done; exec cat";
    drop(home.cmd(["launch", "--headless", "--provider", "shell", "--", "sh", "-c", print]).run().ok());
    let colours = |outer: &Outer| {
        outer.wait_text("red back done");
        outer.with_cells(|screen| {
            let (rows, columns) = screen.size();
            let cells = (0..rows.get()).flat_map(|row| (0..columns.get()).map(move |column| (row, column)));
            let colours =
                cells.filter_map(|(row, column)| screen.cell(row, column)).map(|c| (c.fgcolor(), c.bgcolor()));
            colours.filter(|both| *both != (vt100::Color::Default, vt100::Color::Default)).count()
        })
    };
    let plain = home.outer().size(120, 35).env("NO_COLOR", "1").env("COLORTERM", "truecolor").conductor([""; 0]);
    assert_eq!(colours(&plain), 0);
    let coloured = home.outer().size(120, 35).env("COLORTERM", "truecolor").conductor([""; 0]);
    assert!(colours(&coloured) > 0);
}

#[test]
fn the_verb_lists_them_with_their_mistakes() {
    let home = Home::new();
    home.write("themes/mine.toml", "wating = \"#fff\"\n");
    home.write("config.toml", "[ui]\ntheme = { dark = \"mine\", light = \"gruvbox-light\" }\n");
    let said = home.cmd(["themes"]).run().ok().stdout;
    for expected in ["conductor-dark", "catppuccin-latte", "mono", "there is no role `wating`; did you mean `waiting`?"]
    {
        assert!(said.contains(expected), "{said}");
    }
    let line = |name: &str| said.lines().find(|line| line.starts_with(name)).unwrap_or_default().to_owned();
    assert!(line("mine ").contains("on dark") && line("gruvbox-light").contains("on light"), "{said}");
    let json: serde_json::Value = serde_json::from_str(&home.cmd(["themes", "--json"]).run().ok().stdout).unwrap();
    let mine = json.as_array().unwrap().iter().find(|theme| theme["name"] == "mine").unwrap();
    assert_eq!(mine["chosen"], serde_json::json!(["dark"]));
    assert!(mine["notes"][0]["place"].as_str().unwrap().ends_with("themes/mine.toml:1:1"), "{mine}");
}
