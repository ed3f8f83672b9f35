//! Which theme, which glyphs, how many hints and which habits of text fields the user wants, as `config.toml` says it. Part of the settings. Whether a theme of that
//! name exists is not known here.

use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use std::fmt;

/// `theme = "auto"`, `theme = "gruvbox"` or `theme = { dark = "…", light = "…" }`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(untagged)]
pub enum ThemeChoice {
    One(String),
    Pair { dark: String, light: String },
}

impl Default for ThemeChoice {
    fn default() -> Self {
        ThemeChoice::One("auto".into())
    }
}

impl<'de> Deserialize<'de> for ThemeChoice {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(ThemeVisitor)
    }
}

struct ThemeVisitor;

impl<'de> Visitor<'de> for ThemeVisitor {
    type Value = ThemeChoice;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a theme's name, or { dark = NAME, light = NAME }")
    }

    fn visit_str<E: de::Error>(self, name: &str) -> Result<ThemeChoice, E> {
        Ok(ThemeChoice::One(name.to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<ThemeChoice, A::Error> {
        let (mut dark, mut light) = (None, None);
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "dark" => dark = Some(map.next_value()?),
                "light" => light = Some(map.next_value()?),
                other => return Err(de::Error::unknown_field(other, &["dark", "light"])),
            }
        }
        let dark = dark.ok_or_else(|| de::Error::missing_field("dark"))?;
        let light = light.ok_or_else(|| de::Error::missing_field("light"))?;
        Ok(ThemeChoice::Pair { dark, light })
    }
}

/// What our own frames and signs are drawn with.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum GlyphChoice {
    /// ASCII where the locale or the terminal has nothing else.
    #[default]
    Auto,
    Unicode,
    Ascii,
}

impl<'de> Deserialize<'de> for GlyphChoice {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(GlyphVisitor)
    }
}

struct GlyphVisitor;

impl Visitor<'_> for GlyphVisitor {
    type Value = GlyphChoice;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("one of \"auto\", \"unicode\", \"ascii\"")
    }

    fn visit_bool<E: de::Error>(self, ascii: bool) -> Result<GlyphChoice, E> {
        Ok(if ascii { GlyphChoice::Ascii } else { GlyphChoice::Auto })
    }

    fn visit_str<E: de::Error>(self, word: &str) -> Result<GlyphChoice, E> {
        match word {
            "auto" | "false" => Ok(GlyphChoice::Auto),
            "unicode" => Ok(GlyphChoice::Unicode),
            "ascii" | "true" => Ok(GlyphChoice::Ascii),
            _ => Err(E::invalid_value(de::Unexpected::Str(word), &self)),
        }
    }
}

/// How many keys the status bar names.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HintChoice {
    #[default]
    Full,
    /// What one must know here.
    Short,
    Off,
}

/// What keys do in text fields.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FieldChoice {
    /// What they do in every shell.
    #[default]
    Readline,
    /// Two modes; `esc` leads from one to the other.
    Vim,
}
