//! The list of settings: a theme is tried on and written, the rest of the file stays, and a broken file is left alone.

use crate::support::{Home, Outer};

/// The colour of the first letter of `conductor` in the top bar: the accent.
fn accent(outer: &Outer) -> vt100::Color {
    outer.with_cells(|screen| screen.cell(0, 1).map(vt100::Cell::fgcolor)).unwrap_or_default()
}

const DARK: vt100::Color = vt100::Color::Rgb(0x7c, 0xc0, 0xff);
const OWN: vt100::Color = vt100::Color::Rgb(1, 2, 3);

#[test]
fn a_theme_is_tried_on_and_written_and_the_rest_of_the_file_stays() {
    let home = Home::new();
    home.write("themes/zoo.toml", "accent = \"#010203\"\n");
    home.write("config.toml", "# mine\n[ui]\nclock = true # always\n\n[server]\nport = 0\n");
    let outer = home.outer().size(120, 35).env("COLORTERM", "truecolor").conductor([""; 0]);
    outer.wait_text("No agents yet.");
    outer.press(",").wait_text("config.toml:3");
    // The user's own stands last; going up from the first leads there.
    outer.press("enter").wait_text("now · dark or light, as the terminal is");
    outer.press("up");
    outer.wait_for("the user's theme", |_| accent(&outer) == OWN);
    outer.press("esc");
    outer.wait_for("the theme as it was", |_| accent(&outer) == DARK);
    assert!(!home.read("config.toml").contains("theme"));
    outer.press("enter").wait_text("now · dark or light, as the terminal is");
    outer.press("up enter").wait_text("wrote theme = \"zoo\" to");
    outer.wait_for("the user's theme", |_| accent(&outer) == OWN);
    let expected = "# mine\n[ui]\nclock = true # always\ntheme = \"zoo\"\n\n[server]\nport = 0\n";
    assert_eq!(home.read("config.toml"), expected);
    // The mouse is the terminal's as soon as that is written, and ours again.
    assert!(outer.mode(1000));
    outer.press("j j j enter").wait_text("wrote mouse = false");
    outer.wait_for("no mouse", |_| !outer.mode(1000) && !outer.mode(1002));
    outer.press("x").wait_text("took mouse out of");
    outer.wait_for("the mouse", |_| outer.mode(1000) && outer.mode(1002));
    assert_eq!(home.read("config.toml"), expected);
    // Saved elsewhere, with a mistake: nothing is written over it.
    home.write("config.toml", "[ui]\nclok = true\n");
    outer.wait_text("that is mended");
    outer.press("enter").wait_text("mend the file first");
    assert_eq!(home.read("config.toml"), "[ui]\nclok = true\n");
    outer.press("esc").wait_gone("Output logs");
    outer.press("D");
    assert_eq!(outer.wait_exit(), 0);
    outer.assert_restored();
}
