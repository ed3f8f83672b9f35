//! Names of things: terminal ids and session names. Used wherever one is written, stored or typed by a user.
//! It must never look anything up; a well-formed id may still name nothing.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// One agent's terminal: eight lower-case hex digits wherever a person or a script sees it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct TerminalId(pub u32);

impl fmt::Display for TerminalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", self.0)
    }
}

/// Why a text is not a terminal id.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{0}` is not a terminal id (eight hex digits)")]
pub struct BadTerminalId(pub String);

impl FromStr for TerminalId {
    type Err = BadTerminalId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let well_formed = text.len() == 8 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        match u32::from_str_radix(text, 16) {
            Ok(number) if well_formed => Ok(TerminalId(number)),
            _ => Err(BadTerminalId(text.chars().take(40).collect())),
        }
    }
}

impl Serialize for TerminalId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() { serializer.collect_str(self) } else { serializer.serialize_u32(self.0) }
    }
}

impl<'de> Deserialize<'de> for TerminalId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
        } else {
            u32::deserialize(deserializer).map(TerminalId)
        }
    }
}

impl schemars::JsonSchema for TerminalId {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "TerminalId".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "pattern": "^[0-9a-f]{8}$" })
    }
}

/// `wanted`, or with `-2`, `-3` … behind it when that is not free.
pub fn numbered(wanted: &str, is_free: impl Fn(&str) -> bool) -> String {
    if is_free(wanted) {
        return wanted.to_owned();
    }
    (2u32..).map(|n| format!("{wanted}-{n}")).find(|name| is_free(name)).unwrap_or_default()
}

/// What every session's full name begins with; the screen shows names without it.
pub const SESSION_PREFIX: &str = "conductor-";

/// The full name of a session for what a user typed: the prefix is added once, never doubled, and characters
/// that would be awkward in a URL, a path or a tmux name become `-`. `None` when nothing usable is left.
pub fn session_name(typed: &str) -> Option<String> {
    let bare = typed.trim().strip_prefix(SESSION_PREFIX).unwrap_or(typed.trim());
    let safe: String = bare
        .chars()
        .map(|c| if c.is_alphanumeric() || matches!(c, '-' | '_') { c } else { '-' })
        // Long enough for any branch or folder name, short enough for a tab and a file name.
        .take(64)
        .collect();
    let safe = safe.trim_matches('-');
    (!safe.is_empty()).then(|| format!("{SESSION_PREFIX}{safe}"))
}

/// A session's name as the screen shows it.
pub fn short_session(name: &str) -> &str {
    name.strip_prefix(SESSION_PREFIX).unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terminal_ids_are_eight_lower_case_hex_digits() {
        assert_eq!("00ff00aa".parse(), Ok(TerminalId(0x00ff_00aa)));
        for bad in ["", "1", "00FF00AA", "0x00ff0", "+0ff00aa", "00ff00aag", "..%2f..%2"] {
            assert!(bad.parse::<TerminalId>().is_err(), "{bad:?}");
        }
        assert_eq!(serde_json::to_string(&TerminalId(7)).unwrap(), "\"00000007\"");
    }

    #[test]
    fn session_names_get_the_prefix_once() {
        for (typed, full) in [
            ("api", Some("conductor-api")),
            ("conductor-api", Some("conductor-api")),
            (" my repo ", Some("conductor-my-repo")),
            ("../etc", Some("conductor-etc")),
            ("", None),
            ("conductor-", None),
            ("日本", Some("conductor-日本")),
        ] {
            assert_eq!(session_name(typed).as_deref(), full, "{typed:?}");
        }
    }
}
