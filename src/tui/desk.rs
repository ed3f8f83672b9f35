//! What the list of settings needs of the disk: the settings with their origins, the themes, and writing one setting.
//! Called by the run loop. It must never write a file that cannot be used.

use super::fleet::short_path;
use super::options::Options;
use super::preferences::{Said, Sheet, ThemeLine};
use crate::config::listing::{self, Kind, Setting};
use crate::config::settings::BadSetting;
use crate::config::theme::Shelf;
use crate::config::{edit, settings};

pub fn sheet(options: &Options) -> Sheet {
    let (settings, problem) = listing::list(&options.config, options.variables.iter().cloned());
    let path = short(options, &settings::path(&options.config).display().to_string());
    let shelf = Shelf::new(&options.config);
    let themes = shelf.list().into_iter().map(|theme| {
        let mut words = Vec::new();
        match shelf.load(&theme.name) {
            Ok(loaded) => {
                if loaded.sheet.background.is_some() {
                    words.push(if loaded.sheet.is_light() { "light".to_owned() } else { "dark".to_owned() });
                }
                if theme.path.is_some() {
                    words.push("yours".to_owned());
                }
                match loaded.notes.len() {
                    0 => {}
                    1 => words.push("1 mistake".to_owned()),
                    n => words.push(format!("{n} mistakes")),
                }
            }
            Err(note) => words.push(short(options, &note.to_string())),
        }
        ThemeLine { name: theme.name, note: words.join(" · ") }
    });
    let problem = problem.map(|bad| words(options, &bad));
    Sheet { settings, themes: themes.collect(), path, problem }
}

/// Writes a setting; what was written where, or why not.
pub fn write(options: &Options, setting: &Setting, value: Option<&str>) -> Said {
    let path = short(options, &settings::path(&options.config).display().to_string());
    let line = edit::set(&options.config, setting, value).map_err(|bad| words(options, &bad))?;
    let Some(value) = value else { return Ok(format!("took {} out of {path}", setting.key)) };
    let quoted = match setting.kind {
        Kind::Switch => (value == "on").to_string(),
        Kind::Number => value.to_owned(),
        Kind::Theme | Kind::Choice(_) | Kind::Text => format!("\"{value}\""),
    };
    let place = line.map_or_else(|| path.clone(), |line| format!("{path}:{line}"));
    Ok(format!("wrote {} = {quoted} to {place}", setting.key))
}

fn words(options: &Options, bad: &BadSetting) -> String {
    let hint = bad.hint.as_deref().map(|hint| format!(" · {hint}")).unwrap_or_default();
    short(options, &format!("{bad}{hint}"))
}

fn short(options: &Options, text: &str) -> String {
    short_path(text, options.environment.home.as_deref())
}
