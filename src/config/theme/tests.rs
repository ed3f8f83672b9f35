//! Files of users: what they may leave out, what is said of their mistakes.

use super::{Look, ROLES, Role, Shelf};
use crate::base::cell::{Color, attr};
use crate::config::looks::ThemeChoice;

/// A shelf with these files of the user's.
fn shelf(files: &[(&str, &str)]) -> (tempfile::TempDir, Shelf) {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("themes")).unwrap();
    for (name, text) in files {
        std::fs::write(dir.path().join(format!("themes/{name}.toml")), text).unwrap();
    }
    let shelf = Shelf::new(dir.path());
    (dir, shelf)
}

/// The notes of a theme, without the folder.
fn notes(files: &[(&str, &str)], name: &str) -> Vec<String> {
    let (dir, shelf) = shelf(files);
    let folder = format!("{}/", shelf.directory().display());
    let loaded = shelf.load(name);
    drop(dir);
    match loaded {
        Ok(loaded) => loaded.notes.iter().map(|n| n.to_string().replace(&folder, "")).collect(),
        Err(note) => vec![format!("none: {}", note.to_string().replace(&folder, ""))],
    }
}

#[test]
fn every_shipped_theme_is_whole_and_without_a_mistake() {
    let (_dir, shelf) = shelf(&[]);
    let names: Vec<String> = shelf.list().into_iter().map(|t| t.name).collect();
    for name in &names {
        let loaded = shelf.load(name).unwrap();
        assert_eq!(loaded.notes, [], "{name}");
        // A state that looks like nothing would be one that nobody wrote down.
        for role in [Role::Strong, Role::Waiting, Role::WaitingBlock, Role::Failed, Role::Selection, Role::Frame] {
            assert_ne!(loaded.sheet.look(role), Look::default(), "{name} {role:?}");
            assert_ne!(loaded.sheet.sixteen(role), Look::default(), "{name} {role:?}");
        }
    }
    let mut files: Vec<String> = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/themes"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap().replace(".toml", ""))
        .collect();
    files.sort_unstable();
    let mut shipped = names;
    shipped.sort_unstable();
    assert_eq!(files, shipped, "every file of themes/ is shipped");
}

#[test]
fn the_page_about_themes_names_every_role_and_theme() {
    let page = include_str!("../../../docs/themes.md");
    let (_dir, shelf) = shelf(&[("page", page_example(page))]);
    let names = shelf.list().into_iter().map(|theme| theme.name).filter(|name| name != "page");
    for name in names.chain(ROLES.iter().map(|(_, name, _)| (*name).to_owned())) {
        assert!(page.contains(&format!("`{name}`")), "docs/themes.md does not name `{name}`");
    }
    let loaded = shelf.load("page").unwrap();
    assert_eq!(loaded.notes, [], "its example");
    assert_eq!(loaded.sheet.look(Role::Accent).fg, Some(Color::Rgb(0xff, 0x88, 0)));
}

/// The last example of TOML on a page.
fn page_example(page: &str) -> &str {
    page.rsplit_once("```toml\n").and_then(|(_, rest)| rest.split_once("```")).map_or("", |(example, _)| example)
}

#[test]
fn five_lines_are_a_theme() {
    let mine = "waiting = \"#00ffff\"\naccent = \"bold #ff8800\"\nselection = \"#333333\"\n";
    let (_dir, shelf) = shelf(&[("mine", mine)]);
    let loaded = shelf.load("mine").unwrap();
    assert_eq!(loaded.notes, []);
    let sheet = loaded.sheet;
    let dark = shelf.load("conductor-dark").unwrap().sheet;
    let cyan = Some(Color::Rgb(0, 255, 255));
    assert_eq!(sheet.look(Role::Waiting).fg, cyan);
    // What is made of a role follows it; what is not said is as in the theme that it builds on.
    assert_eq!(sheet.look(Role::WaitingBlock).bg, cyan);
    assert_eq!(sheet.look(Role::FrameWaiting).fg, cyan);
    assert_eq!(sheet.look(Role::ModeTyping).bg, Some(Color::Rgb(0xff, 0x88, 0)));
    assert_eq!(sheet.look(Role::Selection).bg, Some(Color::Rgb(0x33, 0x33, 0x33)));
    assert_eq!(sheet.look(Role::Failed), dark.look(Role::Failed));
    assert_eq!(sheet.sixteen(Role::Waiting), dark.sixteen(Role::Waiting));
    assert!(!sheet.is_light());
}

#[test]
fn a_role_that_nobody_names_looks_like_its_scope() {
    let bare = "inherits = \"none\"\nbackground = \"#101010\"\nwaiting = \"#ffcc00\"\nframe = \"blue\"\n";
    let (_dir, shelf) = shelf(&[("bare", bare)]);
    let sheet = shelf.load("bare").unwrap().sheet;
    let (dark, yellow) = (Some(Color::Rgb(0x10, 0x10, 0x10)), Some(Color::Rgb(0xff, 0xcc, 0)));
    assert_eq!(sheet.look(Role::WaitingBlock), Look { fg: dark, bg: yellow, attrs: attr::BOLD });
    assert_eq!(sheet.look(Role::FrameFocus), sheet.look(Role::Frame));
    assert_eq!(sheet.sixteen(Role::FrameFocus).fg, Some(Color::Indexed(4)));
    assert_eq!(sheet.look(Role::Done), Look::default());
}

#[test]
fn a_light_one_builds_on_the_light_root_and_an_own_root_on_the_shipped() {
    let files = [("day", "background = \"#ffffff\"\n"), ("conductor-dark", "text = \"#010203\"\n")];
    let (_dir, shelf) = shelf(&files);
    let light = shelf.load("conductor-light").unwrap().sheet;
    let day = shelf.load("day").unwrap().sheet;
    assert!(day.is_light());
    assert_eq!(day.look(Role::Working), light.look(Role::Working));
    let own = shelf.load("conductor-dark").unwrap();
    assert_eq!(own.notes, []);
    assert_eq!(own.sheet.look(Role::Text).fg, Some(Color::Rgb(1, 2, 3)));
    assert!(own.sheet.look(Role::Done).fg.is_some());
}

#[test]
fn palettes_are_inherited_and_their_names_replaced() {
    let base = "text = \"ink\"\n[palette]\nink = \"#111111\"\n";
    let files = [("base", base), ("mine", "inherits = \"base\"\n[palette]\nink = \"#222222\"\n")];
    let (_dir, shelf) = shelf(&files);
    assert_eq!(shelf.load("mine").unwrap().sheet.look(Role::Text).fg, Some(Color::Rgb(0x22, 0x22, 0x22)));
}

#[test]
fn older_names_and_unquoted_dots_are_understood() {
    let text = "frame_focus = \"#111111\"\nmode_typing = \"#222222\"\non_mode_typing = \"#333333\"\n\
                on_waiting = \"#444444\"\nagent.failed = \"#555555\"\nframe.waiting = \"#666666\"\n";
    let (_dir, shelf) = shelf(&[("old", text)]);
    let loaded = shelf.load("old").unwrap();
    assert_eq!(loaded.notes, []);
    let (fg, bg) = (|role| loaded.sheet.look(role).fg, |role| loaded.sheet.look(role).bg);
    let grey = |n: u8| Some(Color::Rgb(n * 17, n * 17, n * 17));
    assert_eq!((fg(Role::FrameFocus), bg(Role::ModeTyping), fg(Role::ModeTyping)), (grey(1), grey(2), grey(3)));
    assert_eq!((fg(Role::WaitingBlock), fg(Role::Failed), fg(Role::FrameWaiting)), (grey(4), grey(5), grey(6)));
}

#[test]
fn mistakes_are_noted_with_line_and_column_and_cost_nothing_else() {
    for (text, expected) in [
        ("wating = \"#fff\"\n", "mine.toml:1:1: there is no role `wating`; did you mean `waiting`?"),
        ("\ntext = \"#ggg\"\n", "mine.toml:2:8: `#ggg` is no colour"),
        ("text = { fg = \"mauve\" }\n", "mine.toml:1:15: `mauve` is no colour"),
        ("text = { fgg = \"red\" }\n", "mine.toml:1:10: `fgg` is none of fg, bg, modifiers, ansi"),
        ("text = { modifiers = [\"loud\"] }\n", "mine.toml:1:23: `loud` is no modifier"),
        ("text = { ansi = \"#ffffff\" }\n", "mine.toml:1:17: `#ffffff` is none of the sixteen colours"),
        ("text = 7\n", "mine.toml:1:8: `text` is a colour or a table"),
        ("text = \"red green\"\n", "mine.toml:1:8: `green` is one word too many"),
        ("[palette]\nink = \"x\"\n", "mine.toml:2:7: `x` is no colour"),
        ("background = \"blue\"\n", "mine.toml:1:14: a background is a colour like #14171c"),
        (
            "inherits = \"gruvbocks-dark\"\n",
            "mine.toml:1:12: there is no theme `gruvbocks-dark`; did you mean `gruvbox-dark`?",
        ),
        ("text = \"strong\"\nstrong = \"text\"\n", "mine.toml:2:10: `text` is no colour"),
    ] {
        let found = notes(&[("mine", text)], "mine");
        assert!(found.iter().any(|note| note == expected), "{text:?}: {found:?}");
        let (_dir, shelf) = shelf(&[("mine", text)]);
        let sheet = shelf.load("mine").unwrap().sheet;
        for (role, ..) in ROLES {
            let base = shelf.load("conductor-dark").unwrap().sheet;
            if !matches!(role, Role::Bar | Role::Text | Role::Strong | Role::Overlay | Role::ModeCommand) {
                assert_eq!(sheet.look(role), base.look(role), "{text:?} {role:?}");
            }
        }
        assert!(sheet.look(Role::Text).fg.is_some(), "{text:?}");
    }
}

#[test]
fn what_is_no_theme_is_an_error_with_its_place() {
    let (circle, broken) = ([("a", "inherits = \"b\"\n"), ("b", "inherits = \"a\"\n")], [("x", "text = \n")]);
    assert_eq!(notes(&circle, "a"), ["b.toml:1:12: themes inherit from one another in a circle"]);
    assert!(notes(&broken, "x")[0].starts_with("none: x.toml:1:"), "{:?}", notes(&broken, "x"));
    assert_eq!(notes(&[], "mno"), ["none: theme: there is no theme `mno`; did you mean `mono`?"]);
    assert_eq!(notes(&[], "gruvbux"), ["none: theme: there is no theme `gruvbux`; did you mean `gruvbox`?"]);
    assert_eq!(notes(&[], "../../x"), ["none: theme: there is no theme `../../x`"]);
}

#[test]
fn one_word_chooses_by_the_background() {
    let (_dir, shelf) = shelf(&[("mine", ""), ("mine-light", ""), ("night-dark", ""), ("night-light", "")]);
    for (choice, dark, light) in [
        ("auto", "conductor-dark", "conductor-light"),
        ("conductor", "conductor-dark", "conductor-light"),
        ("conductor-dark", "conductor-dark", "conductor-dark"),
        ("catppuccin", "catppuccin-mocha", "catppuccin-latte"),
        ("gruvbox", "gruvbox-dark", "gruvbox-light"),
        ("high-contrast", "high-contrast", "high-contrast-light"),
        ("mono", "mono", "mono"),
        ("mine", "mine", "mine-light"),
        ("night", "night-dark", "night-light"),
        ("nothing", "nothing", "nothing"),
    ] {
        let choice = ThemeChoice::One(choice.into());
        assert_eq!((shelf.pick(&choice, false), shelf.pick(&choice, true)), (dark.into(), light.into()));
    }
    let pair = ThemeChoice::Pair { dark: "mono".into(), light: "mine".into() };
    assert_eq!((shelf.pick(&pair, false), shelf.pick(&pair, true)), ("mono".into(), "mine".into()));
}
