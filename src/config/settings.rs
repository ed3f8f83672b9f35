//! `config.toml`: built-in values, then the user's file, then `CONDUCTOR_<SECTION>_<KEY>`. Called at the start of
//! every role and by `config`. An unknown key or a bad value is an error that names the file, the line and the
//! nearest valid key; nothing is ignored and nothing half-applied.

use super::looks::{FieldChoice, GlyphChoice, HintChoice, ThemeChoice};
use super::spelling::distance;
use crate::core::life::Restart;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    pub server: Server,
    pub log: Log,
    pub launch: Launch,
    pub worktrees: Worktrees,
    pub ui: Ui,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Server {
    /// Listen on 127.0.0.1 beside the Unix socket.
    pub tcp: bool,
    pub port: u16,
}

impl Default for Server {
    fn default() -> Self {
        Server { tcp: true, port: 9889 }
    }
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    /// A full segment of an agent's output log is this long.
    #[serde(deserialize_with = "at_least::<_, 1>")]
    pub segment_mib: u64,
    /// All segments of one agent together: the first and the newest are always kept.
    #[serde(deserialize_with = "at_least::<_, 2>")]
    pub limit_mib: u64,
}

impl Default for Log {
    fn default() -> Self {
        // `decisions.md` C 4.3.
        Log { segment_mib: 16, limit_mib: 256 }
    }
}

/// A number that is not below its least sensible value.
fn at_least<'de, D: serde::Deserializer<'de>, const LEAST: u64>(from: D) -> Result<u64, D::Error> {
    let number = u64::deserialize(from)?;
    if number < LEAST {
        return Err(serde::de::Error::custom(format!("{number} is {TOO_SMALL} {LEAST}")));
    }
    Ok(number)
}

/// By these words the hint is found.
const TOO_SMALL: &str = "too small: it is at least";

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Launch {
    /// The provider that a launch uses when none is named.
    pub provider: String,
    /// Whether an agent is started again by itself when its program ends.
    pub restart: Restart,
}

/// Work trees that are made for agents.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Worktrees {
    /// The folder that they are made in; empty: the home's own.
    pub place: String,
    /// Files that no commit has and that are copied into a new one: patterns of `.gitignore`, blanks between.
    pub copy: String,
    /// As `copy`, for what is linked to instead.
    pub link: String,
    /// Run in a new one, by `/bin/sh -c`; empty: what a trusted repository says.
    pub setup: String,
    /// As `setup`, before one is removed.
    pub teardown: String,
    /// A removed one can be brought back for so long.
    #[serde(deserialize_with = "at_least::<_, 1>")]
    pub keep_days: u64,
    /// Ignored files in a snapshot, all together.
    pub keep_mib: u64,
}

impl Default for Worktrees {
    fn default() -> Self {
        Worktrees {
            place: String::new(),
            copy: ".env .env.local".into(),
            link: String::new(),
            setup: String::new(),
            teardown: String::new(),
            // A month: whoever comes back from a holiday finds it.
            keep_days: 30,
            // What people write by hand and ignore fits a hundred times; what a build makes does not.
            keep_mib: 64,
        }
    }
}

impl Default for Launch {
    fn default() -> Self {
        // The one kind of agent that is on every machine.
        Launch { provider: "shell".into(), restart: Restart::Never }
    }
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Ui {
    pub clock: bool,
    /// What frames and signs are drawn with. `ascii = true` is the older way to say it.
    #[serde(alias = "ascii")]
    pub glyphs: GlyphChoice,
    /// Off: the outer terminal keeps its mouse.
    pub mouse: bool,
    pub hints: HintChoice,
    pub fields: FieldChoice,
    // Last: a pair is a table of its own, and tables come after values.
    pub theme: ThemeChoice,
}

impl Default for Ui {
    fn default() -> Self {
        Ui {
            clock: true,
            glyphs: GlyphChoice::Auto,
            mouse: true,
            hints: HintChoice::Full,
            fields: FieldChoice::Readline,
            theme: ThemeChoice::default(),
        }
    }
}

/// A setting that cannot be used, with where it stands.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {message}")]
pub struct BadSetting {
    pub place: String,
    pub message: String,
    pub hint: Option<String>,
}

/// Reads the settings of a home. `environment` are the variables of this process.
///
/// # Errors
/// For the first key or value that cannot be used, and for a file that cannot be read.
pub fn load(
    config_dir: &Path,
    environment: impl IntoIterator<Item = (String, String)>,
) -> Result<Settings, BadSetting> {
    let path = path(config_dir);
    let place = path.display().to_string();
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        // A home that is no directory is told of when it is to be used.
        Err(e) if matches!(e.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory) => String::new(),
        Err(e) => return Err(BadSetting { place, message: format!("cannot be read: {e}"), hint: None }),
    };
    // The file alone first: its errors have lines.
    let mut table = check(&place, &text)?;
    for (name, value) in environment {
        overlay(&mut table, &name, &value)?;
    }
    table.try_into().map_err(|e: toml::de::Error| BadSetting {
        place: "the environment".into(),
        message: e.message().to_owned(),
        hint: None,
    })
}

/// Where the file lies.
pub fn path(config_dir: &Path) -> PathBuf {
    config_dir.join("config.toml")
}

/// A file's text by itself.
///
/// # Errors
/// For the first key or value that cannot be used.
pub fn check(place: &str, text: &str) -> Result<toml::Table, BadSetting> {
    let table = toml::from_str(text).map_err(|e| at_line(place, text, &e))?;
    toml::from_str::<Settings>(text).map_err(|e| at_line(place, text, &e))?;
    Ok(table)
}

/// `CONDUCTOR_SERVER_PORT=1234` → `server.port`. Other `CONDUCTOR_` variables mean other things.
fn overlay(table: &mut toml::Table, name: &str, value: &str) -> Result<(), BadSetting> {
    let Some(rest) = name.strip_prefix("CONDUCTOR_") else { return Ok(()) };
    let Some((section, key)) = rest.split_once('_') else { return Ok(()) };
    let (section, key) = (section.to_lowercase(), key.to_lowercase());
    let Ok(toml::Value::Table(known)) = toml::Value::try_from(Settings::default()) else { return Ok(()) };
    if !known.contains_key(&section) {
        return Ok(());
    }
    let wrong = |message: String| BadSetting { place: format!("${name}"), message, hint: None };
    let parsed = match known.get(&section).and_then(|s| s.get(&key)) {
        Some(toml::Value::Boolean(_)) => match value {
            "true" | "1" | "yes" | "on" => toml::Value::Boolean(true),
            "false" | "0" | "no" | "off" => toml::Value::Boolean(false),
            _ => return Err(wrong(format!("`{value}` is neither true nor false"))),
        },
        Some(toml::Value::Integer(_)) => {
            toml::Value::Integer(value.parse().map_err(|_| wrong(format!("`{value}` is not a number")))?)
        }
        _ => toml::Value::String(value.to_owned()),
    };
    let entry = table.entry(section).or_insert_with(|| toml::Value::Table(toml::Table::new()));
    if let toml::Value::Table(section) = entry {
        section.insert(key, parsed);
    }
    // The file was good by itself: what is wrong now is this variable's value.
    match table.clone().try_into::<Settings>() {
        Ok(_) => Ok(()),
        Err(error) => {
            let message = error.message();
            Err(BadSetting { hint: hint_for(message), ..wrong(format!("`{value}`: {message}")) })
        }
    }
}

fn at_line(file: &str, text: &str, error: &toml::de::Error) -> BadSetting {
    let line = error.span().map(|span| text[..span.start.min(text.len())].matches('\n').count() + 1);
    let place = line.map_or_else(|| file.to_owned(), |line| format!("{file}:{line}"));
    let message = error.message().to_owned();
    BadSetting { place, hint: hint_for(&message), message }
}

fn hint_for(message: &str) -> Option<String> {
    if message.contains(TOO_SMALL) {
        return Some("leave it out for the built-in value; `conductor-tui config show` tells it".into());
    }
    nearest_key(message)
}

/// The section that has a key of this name.
fn section_of(key: &str) -> Option<String> {
    let known = toml::Table::try_from(Settings::default()).ok()?;
    known.into_iter().find(|(_, section)| section.get(key).is_some()).map(|(name, _)| name)
}

/// From "unknown field `prot`, expected one of `tcp`, `port`": did you mean `port`?
fn nearest_key(message: &str) -> Option<String> {
    let mut quoted = message.split('`').skip(1).step_by(2);
    let wrong = quoted.next().filter(|_| message.starts_with("unknown field"))?;
    if let Some(section) = section_of(wrong) {
        return Some(format!("`{wrong}` belongs into the section [{section}]: write it below a line `[{section}]`"));
    }
    let best = quoted.min_by_key(|known| distance(wrong, known))?;
    Some(format!("did you mean `{best}`?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, environment: &[(&str, &str)]) -> Result<Settings, BadSetting> {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("config.toml"), text).unwrap();
        let environment = environment.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
        load(dir.path(), environment).map_err(|mut e| {
            e.place = e.place.rsplit('/').next().unwrap().to_owned();
            e
        })
    }

    #[test]
    fn later_layers_win() {
        let settings =
            check("[server]\nport = 1\n", &[("CONDUCTOR_SERVER_PORT", "2"), ("CONDUCTOR_HOME", "/x")]).unwrap();
        assert_eq!(settings.server, Server { tcp: true, port: 2 });
        assert_eq!(check("", &[]).unwrap(), Settings::default());
    }

    #[test]
    fn a_theme_is_a_name_or_one_for_dark_and_one_for_light() {
        let ui = |text: &str, environment| check(text, environment).unwrap().ui;
        assert_eq!(ui("", &[]).theme, ThemeChoice::One("auto".into()));
        assert_eq!(ui("[ui]\ntheme = \"gruvbox\"\n", &[]).theme, ThemeChoice::One("gruvbox".into()));
        assert_eq!(ui("", &[("CONDUCTOR_UI_THEME", "mono")]).theme, ThemeChoice::One("mono".into()));
        let pair = ThemeChoice::Pair { dark: "a".into(), light: "b".into() };
        let settings = check("[ui]\ntheme = { dark = \"a\", light = \"b\" }\n", &[]).unwrap();
        assert_eq!(settings.ui.theme, pair);
        // What `config show` prints can be read again.
        assert_eq!(check(&toml::to_string(&settings).unwrap(), &[]).unwrap(), settings);
        assert_eq!(ui("[ui]\nglyphs = \"ascii\"\n", &[]).glyphs, GlyphChoice::Ascii);
        assert_eq!(ui("[ui]\nascii = true\n", &[]).glyphs, GlyphChoice::Ascii);
        assert_eq!(ui("[ui]\nascii = false\n", &[]).glyphs, GlyphChoice::Auto);
        assert_eq!(ui("", &[("CONDUCTOR_UI_GLYPHS", "unicode")]).glyphs, GlyphChoice::Unicode);
    }

    #[test]
    fn mistakes_are_named_with_their_place_and_the_nearest_key() {
        let ui = Some("`clock` belongs into the section [ui]: write it below a line `[ui]`");
        let small = Some("leave it out for the built-in value; `conductor-tui config show` tells it");
        for (text, environment, place, hint) in [
            ("[server]\n\nprot = 1\n", &[][..], "config.toml:3", Some("did you mean `port`?")),
            ("[sever]\n", &[], "config.toml:1", Some("did you mean `server`?")),
            // A key of another section, or of none.
            ("# mine\nclock = false\n", &[], "config.toml:2", ui),
            ("[server]\nport = 1\nclock = false\n", &[], "config.toml:3", ui),
            ("[server]\nport = \"x\"\n", &[], "config.toml:2", None),
            ("[server\n", &[], "config.toml:1", None),
            ("", &[("CONDUCTOR_SERVER_PORT", "abc")], "$CONDUCTOR_SERVER_PORT", None),
            ("", &[("CONDUCTOR_UI_CLOCK", "perhaps")], "$CONDUCTOR_UI_CLOCK", None),
            ("", &[("CONDUCTOR_SERVER_PORT", "70000")], "$CONDUCTOR_SERVER_PORT", None),
            ("", &[("CONDUCTOR_SERVER_PROT", "1")], "$CONDUCTOR_SERVER_PROT", Some("did you mean `port`?")),
            ("[log]\nsegment_mib = 0\n", &[], "config.toml:2", small),
            ("[log]\nsegment_mib = 1\nlimit_mib = 1\n", &[], "config.toml:3", small),
            ("[ui]\nglyphs = \"asci\"\n", &[], "config.toml:2", None),
            ("[ui]\nfields = \"emacs\"\n", &[], "config.toml:2", None),
            ("[ui]\ntheme = { drak = \"x\", light = \"y\" }\n", &[], "config.toml:2", Some("did you mean `dark`?")),
            ("[ui]\ntheme = 1\n", &[], "config.toml:2", None),
            ("", &[("CONDUCTOR_LOG_SEGMENT_MIB", "0")], "$CONDUCTOR_LOG_SEGMENT_MIB", small),
        ] {
            let error = check(text, environment).unwrap_err();
            assert_eq!((error.place.as_str(), error.hint.as_deref()), (place, hint), "{text:?}: {error}");
        }
    }
}
