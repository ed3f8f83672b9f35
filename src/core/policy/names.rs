//! Which values each variable is given anywhere in a command, whatever the order. Gathered by a first walk; the second one, on
//! which a yes is founded, believes a value only where there is no other one. It must never forget a place that sets a name.

use super::shell::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Values of one name: more make it no more uncertain.
const MOST_VALUES: usize = 3;

#[derive(Clone, PartialEq, Eq, Debug, Default)]
struct Given {
    values: BTreeSet<String>,
    /// Something else than a whole number.
    has_text: bool,
    is_array: bool,
}

/// All names of a command.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Names {
    given: BTreeMap<String, Given>,
    /// The folder is changed somewhere.
    pub has_moved: bool,
    /// There is more than one line, and something that makes the shell give up the rest of one: arithmetic that fails.
    pub has_lines: bool,
    pub has_breaks: bool,
}

impl Names {
    /// A place that gives a name this value. A loop over a list gives one value: the list.
    pub fn give(&mut self, name: &str, value: &Value) {
        let given = self.given.entry(name.to_owned()).or_default();
        let is_number = match value {
            Value::Number => true,
            Value::Words(words) => words.len() == 1 && words[0].parse::<i64>().is_ok(),
            Value::OneOf(_) | Value::Unknown(_) => false,
        };
        given.has_text |= !is_number;
        if given.values.len() < MOST_VALUES {
            let text = match value {
                Value::Words(words) => words.join("\0"),
                Value::OneOf(pattern) => format!("\u{1}{pattern}"),
                Value::Number => "\u{2}".into(),
                Value::Unknown(_) => "\u{3}".into(),
            };
            given.values.insert(text);
        }
    }

    /// A place that does something to a name which leaves nothing certain.
    pub fn spoil(&mut self, name: &str) {
        let given = self.given.entry(name.to_owned()).or_default();
        given.has_text = true;
        given.values.extend(["\u{4}".to_owned(), "\u{5}".to_owned()]);
    }

    pub fn array(&mut self, name: &str) {
        self.given.entry(name.to_owned()).or_default().is_array = true;
    }

    pub fn is_array(&self, name: &str) -> bool {
        self.given.get(name).is_some_and(|given| given.is_array)
    }

    pub fn is_given(&self, name: &str) -> bool {
        self.given.contains_key(name)
    }

    /// Whatever it is at any moment, it is a whole number.
    pub fn is_number(&self, name: &str) -> bool {
        self.given.get(name).is_some_and(|given| !given.has_text && !given.is_array)
    }

    /// Which value it has depends on what was done before.
    pub fn is_uncertain(&self, name: &str) -> bool {
        (self.has_lines && self.has_breaks) || self.given.get(name).is_some_and(|given| given.values.len() > 1)
    }
}

/// Names that the shell sets by itself, or to which it gives no value that is assigned to them.
pub fn is_shells_own(name: &str) -> bool {
    const NAMES: [&str; 28] = [
        "_",
        "REPLY",
        "MAPFILE",
        "FUNCNAME",
        "GROUPS",
        "DIRSTACK",
        "LINENO",
        "RANDOM",
        "SRANDOM",
        "SECONDS",
        "OPTIND",
        "OPTARG",
        "OPTERR",
        "PIPESTATUS",
        "EPOCHSECONDS",
        "EPOCHREALTIME",
        "UID",
        "EUID",
        "PPID",
        "COPROC",
        "HOSTNAME",
        "HOSTTYPE",
        "MACHTYPE",
        "OSTYPE",
        "SHLVL",
        "COLUMNS",
        "LINES",
        "HISTCMD",
    ];
    NAMES.contains(&name) || name.starts_with("BASH") || name.starts_with("COMP_") || name.starts_with("READLINE_")
}
