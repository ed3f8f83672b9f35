//! Every setting with its value, what it is for, and where the value comes from: the file's line, the environment, or
//! nobody. Read by the screen's list of settings. It must never list what does nothing, nor leave out what does.

use super::settings::{self, BadSetting, Settings};
use std::path::Path;
use toml::de::{DeTable, DeValue};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// The name of a theme.
    Theme,
    Choice(&'static [&'static str]),
    Switch,
    Number,
    Text,
}

/// From when on a changed value counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Counts {
    AtOnce,
    /// From the next start of the server.
    NextServer,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Setting {
    pub section: &'static str,
    pub key: &'static str,
    pub about: &'static str,
    pub kind: Kind,
    pub counts: Counts,
}

const fn setting(section: &'static str, key: &'static str, kind: Kind, counts: Counts, about: &'static str) -> Setting {
    Setting { section, key, about, kind, counts }
}

use Counts::{AtOnce, NextServer};
use Kind::{Choice, Number, Switch, Text, Theme};

/// In the order in which they are shown.
pub const SETTINGS: &[Setting] = &[
    setting("ui", "theme", Theme, AtOnce, "Colours of the screen. auto follows the terminal's background."),
    setting(
        "ui",
        "glyphs",
        Choice(&["auto", "unicode", "ascii"]),
        AtOnce,
        "Frames and signs. auto takes ASCII where the locale or the terminal has nothing else.",
    ),
    setting("ui", "clock", Switch, AtOnce, "The time of day at the right of the top bar."),
    setting(
        "ui",
        "mouse",
        Switch,
        AtOnce,
        "Clicks, wheel and drags are ours. Off, the terminal selects text by itself.",
    ),
    setting(
        "ui",
        "hints",
        Choice(&["full", "short", "off"]),
        AtOnce,
        "The keys named in the status bar: all that fit, the few that matter most, or none.",
    ),
    setting(
        "ui",
        "fields",
        Choice(&["readline", "vim"]),
        AtOnce,
        "The keys of text fields: those of every shell, or vim's, where esc leads to NORMAL and from there out.",
    ),
    setting("launch", "provider", Text, NextServer, "The kind of agent that a launch takes when none is named."),
    setting(
        "launch",
        "restart",
        Choice(&["never", "on-failure", "always"]),
        NextServer,
        "Whether an agent is started again when its program ends by itself.",
    ),
    setting(
        "worktrees",
        "place",
        Text,
        NextServer,
        "The folder in which work trees for agents are made; empty takes one beside the logs.",
    ),
    setting(
        "worktrees",
        "copy",
        Text,
        NextServer,
        "Files without a commit that a new work tree gets a copy of: patterns of .gitignore, blanks between.",
    ),
    setting("worktrees", "link", Text, NextServer, "As copy, for what the new work tree gets a link to."),
    setting(
        "worktrees",
        "setup",
        Text,
        NextServer,
        "A command for every new work tree, before its agent starts; empty runs a trusted repository's own.",
    ),
    setting("worktrees", "teardown", Text, NextServer, "As setup, before a work tree is removed."),
    setting("worktrees", "keep_days", Number, NextServer, "A removed work tree can be brought back for so many days."),
    setting("worktrees", "keep_mib", Number, NextServer, "Ignored files that a snapshot takes, in MiB all together."),
    setting("server", "tcp", Switch, NextServer, "Also listen on 127.0.0.1, for those with the token."),
    setting("server", "port", Number, NextServer, "The port on 127.0.0.1."),
    setting("log", "segment_mib", Number, NextServer, "A full part of an agent's output log is this long, in MiB."),
    setting("log", "limit_mib", Number, NextServer, "All parts of one agent's log together, in MiB."),
];

#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum Origin {
    #[default]
    BuiltIn,
    /// A line of `config.toml`.
    File(usize),
    /// A variable of the environment, which stands above the file.
    Variable(String),
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Listed {
    pub setting: Setting,
    /// As it is written, without quotes.
    pub value: String,
    pub origin: Origin,
}

/// All settings as they are now, and what is wrong with the file, if it cannot be used: then the last good values would
/// be a guess, and the built-in ones are told.
pub fn list(
    config: &Path,
    environment: impl IntoIterator<Item = (String, String)>,
) -> (Vec<Listed>, Option<BadSetting>) {
    let environment: Vec<(String, String)> = environment.into_iter().collect();
    let (settings, problem) = match settings::load(config, environment.iter().cloned()) {
        Ok(settings) => (settings, None),
        Err(problem) => (Settings::default(), Some(problem)),
    };
    let text = std::fs::read_to_string(settings::path(config)).unwrap_or_default();
    let values = toml::Table::try_from(&settings).unwrap_or_default();
    let listed = SETTINGS.iter().map(|setting| {
        let value = values.get(setting.section).and_then(|section| section.get(setting.key));
        Listed {
            setting: *setting,
            value: value.map(plain).unwrap_or_default(),
            origin: origin(setting, &text, &environment),
        }
    });
    (listed.collect(), problem)
}

/// A value without its quotes.
fn plain(value: &toml::Value) -> String {
    match value {
        toml::Value::String(text) => text.clone(),
        toml::Value::Boolean(true) => "on".to_owned(),
        toml::Value::Boolean(false) => "off".to_owned(),
        toml::Value::Table(pair) => {
            let parts: Vec<String> = pair.iter().map(|(key, value)| format!("{key} {}", plain(value))).collect();
            parts.join(" · ")
        }
        other => other.to_string(),
    }
}

fn origin(setting: &Setting, text: &str, environment: &[(String, String)]) -> Origin {
    let variable = format!("CONDUCTOR_{}_{}", setting.section, setting.key).to_uppercase();
    if environment.iter().any(|(name, _)| *name == variable) {
        return Origin::Variable(variable);
    }
    let Ok(table) = DeTable::parse(text) else { return Origin::BuiltIn };
    let Some(DeValue::Table(section)) = table.get_ref().get(setting.section).map(toml::Spanned::get_ref) else {
        return Origin::BuiltIn;
    };
    // The older way to say it.
    let is_it = |key: &str| key == setting.key || (setting.key == "glyphs" && key == "ascii");
    let found = section.iter().find(|(key, _)| is_it(key.get_ref()));
    found.map_or(Origin::BuiltIn, |(key, _)| {
        let before = text.get(..key.span().start).unwrap_or(text);
        Origin::File(before.matches('\n').count() + 1)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_is_listed_and_none_that_does_not_exist() {
        let values = toml::Table::try_from(Settings::default()).unwrap();
        let mut all: Vec<(String, String)> = Vec::new();
        for (section, keys) in &values {
            all.extend(keys.as_table().unwrap().keys().map(|key| (section.clone(), key.clone())));
        }
        let mut listed: Vec<_> = SETTINGS.iter().map(|s| (s.section.to_owned(), s.key.to_owned())).collect();
        all.sort_unstable();
        listed.sort_unstable();
        assert_eq!(listed, all);
    }

    #[test]
    fn each_says_where_its_value_comes_from() {
        let dir = tempfile::tempdir().unwrap();
        let text = "# mine\n[ui]\nascii = true\ntheme = { dark = \"a\", light = \"b\" }\n[server]\nport = 7\n";
        std::fs::write(settings::path(dir.path()), text).unwrap();
        let environment = [("CONDUCTOR_UI_CLOCK".to_owned(), "off".to_owned())];
        let (listed, problem) = list(dir.path(), environment);
        assert_eq!(problem, None);
        let of = |key: &str| {
            let listed = listed.iter().find(|listed| listed.setting.key == key).unwrap();
            (listed.value.clone(), listed.origin.clone())
        };
        assert_eq!(of("glyphs"), ("ascii".into(), Origin::File(3)));
        assert_eq!(of("theme"), ("dark a · light b".into(), Origin::File(4)));
        assert_eq!(of("port"), ("7".into(), Origin::File(6)));
        assert_eq!(of("clock"), ("off".into(), Origin::Variable("CONDUCTOR_UI_CLOCK".into())));
        assert_eq!(of("mouse"), ("on".into(), Origin::BuiltIn));
        std::fs::write(settings::path(dir.path()), "[ui]\nclock = 7\n").unwrap();
        let (_, problem) = list(dir.path(), []);
        assert!(problem.unwrap().place.ends_with("config.toml:2"));
    }
}
