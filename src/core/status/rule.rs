//! One detection rule of a provider: where to look, what to find, what it means. Written in provider files,
//! compiled when they are loaded. A rule that cannot be compiled is an error with its number, never skipped.

use crate::core::status::{Status, WaitingFor};
use regex::Regex;
use serde::{Deserialize, Serialize};

/// Where a rule looks.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// The terminal's title as the program set it.
    Title,
    /// The settled screen.
    Screen,
    /// The message of the program's own report: says what a reported status is about, never another status.
    Report,
}

/// Which part of the screen.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Region {
    #[default]
    Whole,
    /// The last twelve rows that are not blank: where agent CLIs keep their composer and dialogs.
    Bottom,
}

/// A rule as it stands in a file.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleText {
    pub status: Status,
    #[serde(default)]
    pub waiting_for: Option<WaitingFor>,
    /// One line about it, where it is always the same.
    #[serde(default)]
    pub detail: Option<String>,
    pub source: Source,
    #[serde(default)]
    pub region: Region,
    /// A regular expression; every rule is tried line by line unless it says `(?s)`.
    pub pattern: String,
    /// Another one that must not be found in the same region.
    #[serde(default)]
    pub unless: Option<String>,
}

pub struct Rule {
    pub text: RuleText,
    pub pattern: Regex,
    pub unless: Option<Regex>,
}

#[derive(Debug, thiserror::Error)]
#[error("rule {number}: {reason}")]
pub struct BadRule {
    /// Counted from 1, as a reader of the file counts.
    pub number: usize,
    pub reason: String,
}

/// # Errors
/// For the first expression that is none.
pub fn compile(rules: &[RuleText]) -> Result<Vec<Rule>, BadRule> {
    rules
        .iter()
        .enumerate()
        .map(|(index, text)| {
            let bad = |e: regex::Error| BadRule { number: index + 1, reason: e.to_string() };
            let expression = |pattern: &str| Regex::new(&format!("(?m){pattern}")).map_err(bad);
            Ok(Rule {
                pattern: expression(&text.pattern)?,
                unless: text.unless.as_deref().map(expression).transpose()?,
                text: text.clone(),
            })
        })
        .collect()
}
