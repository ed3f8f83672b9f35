//! The list of settings (`,`): what is chosen in it and what is being changed. Called by `update` for its keys; the run
//! loop reads and writes the files and says what came of it. A theme that is walked over is shown at once and forgotten
//! again. It must never write anything but the one setting that was confirmed.

use super::actions;
use super::commands::{Action, Context};
use super::field::Field;
use super::msg::Command;
use super::state::{Dirty, Overlay, State};
use super::toasts::Tone;
use crate::config::listing::{Kind, Listed, Origin, Setting};
use crate::core::keys::{Key, KeyCode};

/// A theme that can be chosen.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ThemeLine {
    pub name: String,
    /// What it is made for, whose it is, and what is wrong with it.
    pub note: String,
}

/// The configuration as the run loop has read it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Sheet {
    pub settings: Vec<Listed>,
    pub themes: Vec<ThemeLine>,
    /// Where the file lies, as people write it.
    pub path: String,
    /// Why the file cannot be used; nothing is written as long as that is so.
    pub problem: Option<String>,
}

/// What a change came to: `Err` says why there is none.
pub type Said = Result<String, String>;

#[derive(Clone, Debug)]
pub enum Editing {
    /// One of several.
    Choice {
        options: Vec<(String, String)>,
        chosen: usize,
    },
    Text(Box<Field>),
}

#[derive(Clone, Debug, Default)]
pub struct Preferences {
    pub sheet: Sheet,
    pub chosen: usize,
    pub editing: Option<Editing>,
    pub said: Option<Said>,
}

impl Preferences {
    pub fn row(&self) -> Option<&Listed> {
        self.sheet.settings.get(self.chosen)
    }
}

pub fn open(state: &mut State, commands: &mut Vec<Command>) {
    state.overlay = Some(Overlay::Settings(Box::default()));
    commands.push(Command::ReadSettings);
}

/// The files have been read, because the list was opened, something was written, or they were saved elsewhere.
pub fn read(state: &mut State, sheet: Sheet, said: Option<Said>) {
    state.dirty = Dirty::Everything;
    if let Some(Overlay::Settings(list)) = &mut state.overlay {
        list.chosen = list.chosen.min(sheet.settings.len().saturating_sub(1));
        // What was said last stands until a key, unless there is something wrong to be told by now.
        list.said = said.or(list.said.take().filter(|_| sheet.problem.is_none()));
        list.sheet = sheet;
    } else if let Some(said) = said {
        let (tone, words) = match said {
            Ok(words) => (Tone::Good, words),
            Err(words) => (Tone::Error, words),
        };
        let now = state.now;
        state.toasts.push(tone, words, now);
    }
}

/// A key while the list is open. The overlay has been taken; it is put back when it stays.
pub fn key(state: &mut State, mut list: Box<Preferences>, key: Key, commands: &mut Vec<Command>) {
    list.said = None;
    match list.editing.take() {
        Some(editing) => edit(&mut list, editing, key, commands),
        None => {
            if key.code == KeyCode::Escape || key == Key::char(',') {
                return;
            }
            let command = state.settings.keymap.lookup(key, Context::Main).map(|(command, _)| command.action);
            if let Some(action @ (Action::Palette | Action::Help)) = command {
                return actions::perform(state, action, None, commands);
            }
            walk(state, &mut list, key, commands);
        }
    }
    state.overlay = Some(Overlay::Settings(list));
}

fn walk(state: &State, list: &mut Preferences, key: Key, commands: &mut Vec<Command>) {
    let count = list.sheet.settings.len();
    if let Some(chosen) = step(key, list.chosen, count) {
        list.chosen = chosen;
        return;
    }
    let is_change = key.code == KeyCode::Enter || key == Key::char(' ') || key == Key::char('x');
    if !is_change {
        list.said = Some(Err(format!("{key} does nothing here · enter changes, esc closes")));
        return;
    }
    let Some(row) = list.row().cloned() else { return };
    if let Some(why) = refused(state, list) {
        list.said = Some(Err(why));
        return;
    }
    if key == Key::char('x') {
        match row.origin {
            Origin::File(_) => commands.push(write(row.setting, None)),
            _ => list.said = Some(Err(format!("{} does not stand in the file", row.setting.key))),
        }
        return;
    }
    match row.setting.kind {
        Kind::Switch => {
            let other = if row.value == "on" { "off" } else { "on" };
            commands.push(write(row.setting, Some(other.to_owned())));
        }
        Kind::Choice(words) => {
            let options: Vec<(String, String)> = words.iter().map(|word| ((*word).to_owned(), String::new())).collect();
            list.editing = Some(choice(options, &row.value));
        }
        Kind::Theme => {
            let auto = ThemeLine { name: "auto".into(), note: "dark or light, as the terminal is".into() };
            let themes = std::iter::once(&auto).chain(&list.sheet.themes);
            let options = themes.map(|theme| (theme.name.clone(), theme.note.clone())).collect();
            list.editing = Some(choice(options, &row.value));
        }
        Kind::Number | Kind::Text => list.editing = Some(Editing::Text(Box::new(Field::new(&row.value)))),
    }
}

fn choice(options: Vec<(String, String)>, value: &str) -> Editing {
    let chosen = options.iter().position(|(name, _)| name == value).unwrap_or(0);
    Editing::Choice { options, chosen }
}

/// Why nothing can be written, if so.
fn refused(state: &State, list: &Preferences) -> Option<String> {
    if state.settings.read_only {
        return Some("read-only: nothing can be changed".to_owned());
    }
    list.sheet.problem.as_ref().map(|problem| format!("mend the file first: {problem}"))
}

fn edit(list: &mut Preferences, editing: Editing, key: Key, commands: &mut Vec<Command>) {
    let Some(row) = list.row() else { return };
    let (setting, is_theme) = (row.setting, row.setting.kind == Kind::Theme);
    match (editing, key.code) {
        (_, KeyCode::Escape) if is_theme => commands.push(Command::PreviewTheme(None)),
        (_, KeyCode::Escape) => {}
        (Editing::Choice { options, chosen }, KeyCode::Enter) => {
            if let Some((name, _)) = options.get(chosen) {
                commands.push(write(setting, Some(name.clone())));
            }
        }
        (Editing::Choice { options, chosen: before }, _) => {
            let chosen = step(key, before, options.len()).unwrap_or(before);
            if let (true, true, Some((name, _))) = (is_theme, chosen != before, options.get(chosen)) {
                commands.push(Command::PreviewTheme(Some(name.clone())));
            }
            list.editing = Some(Editing::Choice { options, chosen });
        }
        (Editing::Text(field), KeyCode::Enter) if field.text().trim().is_empty() => {
            list.said = Some(Err("it cannot be empty".to_owned()));
            list.editing = Some(Editing::Text(field));
        }
        (Editing::Text(field), KeyCode::Enter) => {
            commands.push(write(setting, Some(field.text().trim().to_owned())));
        }
        (Editing::Text(mut field), _) => {
            field.key(key);
            list.editing = Some(Editing::Text(field));
        }
    }
}

fn write(setting: Setting, value: Option<String>) -> Command {
    Command::WriteSetting { setting, value }
}

/// Where a key leads in a list, if it is one that moves.
fn step(key: Key, chosen: usize, count: usize) -> Option<usize> {
    let last = count.saturating_sub(1);
    Some(match key.code {
        KeyCode::Down | KeyCode::Tab => {
            if chosen >= last {
                0
            } else {
                chosen + 1
            }
        }
        KeyCode::Up => chosen.checked_sub(1).unwrap_or(last),
        KeyCode::PageDown => (chosen + 10).min(last),
        KeyCode::PageUp => chosen.saturating_sub(10),
        KeyCode::Home => 0,
        KeyCode::End => last,
        _ if key == Key::char('j') || key == Key::ctrl('n') => {
            if chosen >= last {
                0
            } else {
                chosen + 1
            }
        }
        _ if key == Key::char('k') || key == Key::ctrl('p') => chosen.checked_sub(1).unwrap_or(last),
        _ if key == Key::char('g') => 0,
        _ if key == Key::char('G') => last,
        _ => return None,
    })
}

/// The mouse is ours, or the terminal's again; for as long as the screen is open.
pub fn toggle_mouse(state: &mut State) {
    let now = state.now;
    state.settings.mouse = !state.settings.mouse;
    let words = match state.settings.mouse {
        true => "mouse on: clicks and the wheel are ours",
        false => "mouse off: the terminal selects text · mouse = false in config.toml keeps it so",
    };
    state.toasts.push(Tone::Info, words, now);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::listing::{Counts, SETTINGS};
    use crate::tui::msg::Msg;
    use crate::tui::testing::{NOW, press, screen, sheet, state};
    use crate::tui::update::update;

    fn opened() -> State {
        let mut state = state(120, 35);
        assert_eq!(press(&mut state, ","), [Command::ReadSettings]);
        update(&mut state, Msg::Settings { sheet: Box::new(sheet()), said: None }, NOW);
        state
    }

    #[test]
    fn a_theme_is_shown_while_one_walks_and_written_when_confirmed() {
        let mut state = opened();
        let preview = |name: &str| Command::PreviewTheme(Some(name.to_owned()));
        assert_eq!(
            press(&mut state, "enter j down k"),
            [preview("conductor-dark"), preview("conductor-light"), preview("conductor-dark")]
        );
        assert_eq!(press(&mut state, "esc"), [Command::PreviewTheme(None)]);
        assert!(matches!(&state.overlay, Some(Overlay::Settings(list)) if list.editing.is_none()));
        let commands = press(&mut state, "enter j enter");
        assert_eq!(commands[1], write(SETTINGS[0], Some("conductor-dark".into())));
        let said = Some(Ok("wrote theme = \"conductor-dark\"".to_owned()));
        update(&mut state, Msg::Settings { sheet: Box::new(sheet()), said }, NOW);
        assert!(screen(&state).contains("wrote theme = \"conductor-dark\""), "{}", screen(&state));
        press(&mut state, "esc");
        assert!(state.overlay.is_none());
    }

    #[test]
    fn palette_and_help_open_from_here_and_no_key_is_silent() {
        for (key, opens) in [(":", "palette"), ("?", "help")] {
            let mut state = opened();
            press(&mut state, key);
            let is_open = matches!(
                (&state.overlay, opens),
                (Some(Overlay::Palette { .. }), "palette") | (Some(Overlay::Help { .. }), "help")
            );
            assert!(is_open, "{key}: {:?}", state.overlay);
        }
        let mut state = opened();
        press(&mut state, "F5");
        assert!(screen(&state).contains("F5 does nothing here"), "{}", screen(&state));
    }

    #[test]
    fn switches_numbers_and_what_the_file_says() {
        let mut state = opened();
        let named = |key: &str| *SETTINGS.iter().find(|setting| setting.key == key).unwrap();
        assert_eq!(press(&mut state, "j j enter"), [write(named("clock"), Some("off".into()))]);
        assert_eq!(press(&mut state, "x"), []);
        assert!(screen(&state).contains("clock does not stand in the file"), "{}", screen(&state));
        // `port` stands there.
        let commands = press(&mut state, "G k k enter ctrl-u 9 0 enter x");
        assert_eq!(commands, [write(named("port"), Some("90".into())), write(named("port"), None)]);
    }

    #[test]
    fn nothing_is_written_over_a_broken_file_or_read_only() {
        let mut state = opened();
        let problem = Some("config.toml:3: unknown field `clok`".to_owned());
        let broken = Sheet { problem, ..sheet() };
        update(&mut state, Msg::Settings { sheet: Box::new(broken), said: None }, NOW);
        assert_eq!(press(&mut state, "j j enter x"), []);
        assert!(screen(&state).contains("config.toml:3: unknown field `clok`"), "{}", screen(&state));
        let mut state = opened();
        state.settings.read_only = true;
        assert_eq!(press(&mut state, "enter"), []);
        assert!(screen(&state).contains("read-only: nothing can be changed"));
        assert_eq!(SETTINGS[0].counts, Counts::AtOnce);
    }
}
