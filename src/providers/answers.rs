//! Which keys say yes and no to a dialog of an agent CLI's own, as its provider file names them. Checked when the file is
//! loaded; told with the status. No answer is a blind Enter: where a dialog starts on the other choice, the file names what
//! must be seen chosen first.

use crate::core::keys::parse_key;
use crate::core::status::WaitingFor;
use regex::Regex;
use serde::Deserialize;

/// Answers to what an agent waits for.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answers {
    pub waiting_for: WaitingFor,
    pub yes: Answer,
    pub no: Answer,
}

/// Keys by their names.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// Pressed once. Again only when the screen stays without `chosen`: choices go round, and a key may be dropped.
    #[serde(default)]
    pub choose: Vec<String>,
    /// A regular expression; `(?m)` makes `^` the beginning of a line. With it nothing is confirmed before it is seen.
    #[serde(default)]
    pub chosen: Option<String>,
    /// Pressed then.
    pub confirm: Vec<String>,
}

impl Answers {
    /// # Errors
    /// For keys that are none, a bad pattern, an answer that is confirmed without a look.
    pub fn check(&self) -> Result<(), String> {
        for answer in [&self.yes, &self.no] {
            if let Some(key) = answer.choose.iter().chain(&answer.confirm).find(|key| parse_key(key).is_err()) {
                return Err(format!("an answer: `{key}` is no key"));
            }
            if answer.confirm.is_empty() || answer.choose.is_empty() != answer.chosen.is_none() {
                return Err("an answer has `confirm`, and `choose` and `chosen` both or neither".into());
            }
            if answer.confirm.iter().any(|key| key == "Enter") && answer.chosen.is_none() {
                return Err("an answer with Enter has `chosen`: what must be seen before".into());
            }
            if let Some(Err(error)) = answer.chosen.as_deref().map(Regex::new) {
                return Err(format!("an answer: {error}"));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_confirmed_that_was_not_seen() {
        let no = "no = { confirm = [\"Escape\"] }";
        for (yes, is_good) in [
            ("{ choose = [\"Down\"], chosen = \"^> Yes\", confirm = [\"Enter\"] }", true),
            ("{ confirm = [\"1\"] }", true),
            ("{ confirm = [\"Enter\"] }", false),
            ("{ confirm = [] }", false),
            ("{ choose = [\"Down\"], confirm = [\"y\"] }", false),
            ("{ choose = [\"Down\"], chosen = \"(\", confirm = [\"Enter\"] }", false),
            ("{ confirm = [\"Hyper-Q\"] }", false),
        ] {
            let answers: Answers = toml::from_str(&format!("waiting_for = \"trust\"\nyes = {yes}\n{no}\n")).unwrap();
            assert_eq!(answers.check().is_ok(), is_good, "{yes}: {:?}", answers.check());
        }
    }
}
