//! What a dialog asks and lets choose, and what an agent said last, read from a screen by a provider's expressions.
//! Called with a screen that a rule has matched. It must never act on what it reads: all of it is an agent's own text.

use crate::core::status::Rule;
use regex::Regex;

/// Characters of a question that are told: some lines.
const PROMPT: usize = 500;
/// Characters of one choice: a line.
const LABEL: usize = 160;
/// More choices than any dialog has that was seen; what matches more often is something else.
const CHOICES: usize = 20;
/// Characters of a last message: what a screen holds, and more.
const MESSAGE: usize = 64 * 1024;

/// One answer that a dialog offers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Choice {
    /// The key that chooses it, where it has one.
    pub key: Option<String>,
    pub label: String,
}

/// What the dialog that `rule` has found on this screen asks.
pub fn asked(rule: &Rule, screen: &str) -> Option<String> {
    let text = rule.region(screen);
    let found = rule.prompt.as_ref()?.captures(text)?;
    let found = found.get(1).or_else(|| found.get(0))?;
    Some(one_line(found.as_str(), PROMPT)).filter(|words| !words.is_empty())
}

/// The choices of the dialog that `rule` has found on this screen, from the top.
pub fn choices(rule: &Rule, screen: &str) -> Vec<Choice> {
    let Some(expression) = &rule.choices else { return Vec::new() };
    let found = expression.captures_iter(rule.region(screen)).take(CHOICES);
    let choice = |found: regex::Captures<'_>| {
        let label = one_line(found.name("label")?.as_str(), LABEL);
        let key = found.name("key").map(|key| key.as_str().to_owned());
        (!label.is_empty()).then_some(Choice { key, label })
    };
    found.filter_map(choice).collect()
}

/// Several rows as one line, without the lines that dialogs are drawn with.
fn one_line(text: &str, limit: usize) -> String {
    let bare = text.replace(|c: char| matches!(c, '\u{2500}'..='\u{259f}'), " ");
    bare.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(limit).collect()
}

/// How an agent's last message is found on its screen.
pub struct LastMessage {
    pub begins: Regex,
    pub unless: Option<Regex>,
    pub ends: Option<Regex>,
    pub strip: Option<Regex>,
}

impl LastMessage {
    /// The last message that begins on this screen, as lines.
    pub fn find(&self, screen: &str) -> Option<String> {
        let is_other = |line: &str| self.unless.as_ref().is_some_and(|unless| unless.is_match(line));
        let begins = |line: &str| self.begins.is_match(line) && !is_other(line);
        let lines: Vec<&str> = screen.lines().collect();
        let first = lines.iter().rposition(|line| begins(line))?;
        let mut said = String::new();
        for (index, line) in lines[first..].iter().enumerate() {
            if index > 0 && (self.ends.as_ref().is_some_and(|ends| ends.is_match(line)) || is_other(line)) {
                break;
            }
            let line = self.strip.as_ref().map_or((*line).into(), |strip| strip.replace_all(line, ""));
            said.push_str(line.trim_end());
            said.push('\n');
            if said.len() > MESSAGE {
                break;
            }
        }
        let said = said.trim_matches('\n').trim_end();
        (!said.trim().is_empty()).then(|| said.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::status::{RuleText, compile};

    fn rule(text: &str) -> Rule {
        let text: RuleText = toml::from_str(text).unwrap();
        compile(&[(1, text)]).unwrap().remove(0)
    }

    const DIALOG: &str = "● I will.\n╭──────────╮\n│ Allow execution │\n│ of [Shell]?      │\n│ ● 1. Allow once │\n\
                          │   2. No (esc)   │\n╰──────────╯";

    #[test]
    fn a_question_is_one_line_and_its_choices_have_keys() {
        let rule = rule(
            "status='waiting'\nsource='screen'\npattern='Allow execution'\nprompt='(?s)│ (Allow .*?\\?)'\n\
             choices='^│ [● ]*(?<key>\\d)\\. (?<label>[^│\\n]+)'",
        );
        assert_eq!(asked(&rule, DIALOG).as_deref(), Some("Allow execution of [Shell]?"));
        let choice = |key: &str, label: &str| Choice { key: Some(key.into()), label: label.into() };
        assert_eq!(choices(&rule, DIALOG), [choice("1", "Allow once"), choice("2", "No (esc)")]);
        assert!(choices(&rule, &"│ 1. x\n".repeat(50)).len() <= CHOICES);
    }

    #[test]
    fn the_last_message_is_the_last_that_is_no_tool_call() {
        let regex = |text: &str| Regex::new(text).unwrap();
        let last = LastMessage {
            begins: regex("^● "),
            unless: Some(regex(r"^● Bash\(")),
            ends: Some(regex("^(──|❯)")),
            strip: Some(regex("^(● |  )")),
        };
        let screen = "● One\n● Two\n  lines\n\n  of it\n\n● Bash(ls)\n  ⎿ a\n\n────\n❯ ";
        assert_eq!(last.find(screen).as_deref(), Some("Two\nlines\n\nof it"));
        assert_eq!(last.find("● Bash(ls)\n❯"), None);
        assert_eq!(last.find(""), None);
    }
}
