//! One provider file, as written and as checked. Unknown keys and bad rules are errors with the file's name: a
//! definition is used whole or not at all.

use crate::core::keys::parse_key;
use crate::core::status::{LastMessage, Rule, RuleText, Source, compile};
use crate::providers::answers::Answers;
use crate::providers::conversation::{Conversation, ConversationText};
use crate::providers::health::{Health, HealthText};
use crate::providers::hooks::{Hooks, HooksText};
use crate::providers::usage::{Usage, UsageText};
use regex::Regex;
use serde::Deserialize;
use std::collections::BTreeMap;
use toml::Spanned;

/// The shape of `profiles/providers/*.toml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: String,
    title: String,
    /// Programs to look for, the first found is used; `$SHELL` is the user's shell.
    #[serde(default)]
    programs: Vec<String>,
    /// It has no program of its own: whoever launches one gives the command line.
    #[serde(default)]
    needs_command: bool,
    #[serde(default)]
    arguments: Vec<String>,
    /// Arguments for a first message; `{prompt}` stands for it. Empty: the CLI takes none at launch.
    #[serde(default)]
    prompt_arguments: Vec<String>,
    /// Arguments that fix the conversation's id at launch; `{conversation}` stands for a fresh UUID.
    #[serde(default)]
    conversation_arguments: Vec<String>,
    /// Arguments instead of all others when a conversation is taken up again.
    #[serde(default)]
    resume_arguments: Vec<String>,
    /// Environment for this launch.
    #[serde(default)]
    environment: BTreeMap<String, String>,
    /// What a user types to end it well.
    #[serde(default)]
    exit_text: Option<String>,
    /// The key that interrupts its work and never ends it, named as in tmux.
    #[serde(default = "escape")]
    interrupt: OneOrMore,
    #[serde(default)]
    shell: Shell,
    /// Believe the program's own reports by OSC 7501.
    #[serde(default)]
    reports_status: bool,
    /// Where the id of its conversation is to be seen while it runs.
    #[serde(default)]
    conversation: ConversationText,
    /// How it is asked whether it is well while it lives.
    #[serde(default)]
    health: Option<HealthText>,
    /// What a launch is given so that it tells what happens.
    #[serde(default)]
    hooks: HooksText,
    /// Where it writes what it has used.
    #[serde(default)]
    usage: Option<UsageText>,
    /// Keys that answer its dialogs.
    #[serde(default)]
    answers: Vec<Answers>,
    #[serde(default)]
    rules: Vec<Spanned<RuleText>>,
    /// How the agent's last message is found on its screen.
    #[serde(default)]
    last_message: Option<LastMessageText>,
    /// The argument with which the program tells its version.
    #[serde(default = "version_arguments")]
    version_arguments: Vec<String>,
    /// The versions that the rules were checked with.
    #[serde(default)]
    checked: Vec<String>,
    /// Nobody has tried the rules: they come from documents.
    #[serde(default)]
    unproven: bool,
}

/// Expressions on lines.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct LastMessageText {
    /// A line that begins a message; the last such line on the screen counts.
    begins: String,
    /// Such a line that is something else, a tool's call, say.
    #[serde(default)]
    unless: Option<String>,
    /// The first line behind it that does not belong to it.
    #[serde(default)]
    ends: Option<String>,
    /// Taken off each line.
    #[serde(default)]
    strip: Option<String>,
}

impl LastMessageText {
    fn compile(&self) -> Result<LastMessage, String> {
        let expression = |text: &str| Regex::new(text).map_err(|e| format!("last_message: {e}"));
        let optional = |text: &Option<String>| text.as_deref().map(expression).transpose();
        Ok(LastMessage {
            begins: expression(&self.begins)?,
            unless: optional(&self.unless)?,
            ends: optional(&self.ends)?,
            strip: optional(&self.strip)?,
        })
    }
}

/// Understood by every agent CLI seen.
fn version_arguments() -> Vec<String> {
    vec!["--version".into()]
}

/// What interrupts every agent CLI seen. Others take it for nothing, where ctrl-c might end them.
fn escape() -> OneOrMore {
    OneOrMore::One("Escape".into())
}

/// `"Escape"`, or `["Escape", "Escape"]` of a CLI that wants to be told twice.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum OneOrMore {
    One(String),
    More(Vec<String>),
}

impl OneOrMore {
    fn all(self) -> Vec<String> {
        match self {
            OneOrMore::One(one) => vec![one],
            OneOrMore::More(all) => all,
        }
    }
}

/// Whether the program is a shell, whose state is who is in the foreground.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Shell {
    #[default]
    No,
    Yes,
}

pub struct Definition {
    pub name: String,
    pub title: String,
    pub programs: Vec<String>,
    pub environment: BTreeMap<String, String>,
    pub exit_text: Option<String>,
    /// Keys, one after the other.
    pub interrupt: Vec<String>,
    pub is_shell: bool,
    pub reports_status: bool,
    pub conversation: Conversation,
    pub health: Option<Health>,
    pub hooks: Hooks,
    pub usage: Option<Usage>,
    pub answers: Vec<Answers>,
    pub rules: Vec<Rule>,
    pub last_message: Option<LastMessage>,
    pub version_arguments: Vec<String>,
    pub checked: Vec<String>,
    pub is_unproven: bool,
    /// The file it stands in, as people find it.
    pub file: String,
    /// That file's text.
    pub source: String,
    arguments: Vec<String>,
    prompt_arguments: Vec<String>,
    conversation_arguments: Vec<String>,
    resume_arguments: Vec<String>,
}

/// A definition that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{file}: {reason}")]
pub struct BadDefinition {
    pub file: String,
    pub reason: String,
}

/// What a launch is made for.
#[derive(Clone, Debug, Default)]
pub struct LaunchPlan<'a> {
    pub prompt: Option<&'a str>,
    /// A fresh UUID for CLIs that take one.
    pub fresh_conversation: &'a str,
    /// Take this conversation up again.
    pub resume: Option<&'a str>,
}

/// # Errors
/// For TOML that is none, unknown keys, bad rules, no program.
pub fn parse(file: &str, text: &str) -> Result<Definition, BadDefinition> {
    let bad = |reason: String| BadDefinition { file: file.to_owned(), reason };
    let raw: File = toml::from_str(text).map_err(|e| {
        let line = e.span().map_or(1, |span| text[..span.start.min(text.len())].matches('\n').count() + 1);
        bad(format!("line {line}: {}", e.message()))
    })?;
    if raw.programs.is_empty() != raw.needs_command {
        return Err(bad("`programs` names no program; or, with `needs_command`, it names some".into()));
    }
    let line_of = |at: usize| text[..at.min(text.len())].matches('\n').count() + 1;
    let rules: Vec<_> = raw.rules.into_iter().map(|r| (line_of(r.span().start), r.into_inner())).collect();
    let rules = compile(&rules).map_err(|e| bad(e.to_string()))?;
    let last_message = raw.last_message.as_ref().map(LastMessageText::compile).transpose().map_err(bad)?;
    raw.answers.iter().try_for_each(Answers::check).map_err(bad)?;
    let conversation = Conversation::compile(raw.conversation).map_err(bad)?;
    let interrupt = raw.interrupt.all();
    for key in &interrupt {
        parse_key(key).map_err(|e| bad(format!("interrupt: {e}")))?;
    }
    if interrupt.is_empty() {
        return Err(bad("`interrupt` names no key".into()));
    }
    let health = raw.health.map(Health::compile).transpose().map_err(bad)?;
    let hooks = Hooks::compile(raw.hooks).map_err(bad)?;
    let usage = raw.usage.map(Usage::compile).transpose().map_err(bad)?;
    Ok(Definition {
        name: raw.name,
        title: raw.title,
        programs: raw.programs,
        environment: raw.environment,
        exit_text: raw.exit_text,
        interrupt,
        is_shell: raw.shell == Shell::Yes,
        reports_status: raw.reports_status,
        conversation,
        health,
        hooks,
        usage,
        answers: raw.answers,
        rules,
        last_message,
        version_arguments: raw.version_arguments,
        checked: raw.checked,
        is_unproven: raw.unproven,
        file: file.to_owned(),
        source: text.to_owned(),
        arguments: raw.arguments,
        prompt_arguments: raw.prompt_arguments,
        conversation_arguments: raw.conversation_arguments,
        resume_arguments: raw.resume_arguments,
    })
}

impl Definition {
    pub fn takes_prompt(&self) -> bool {
        !self.prompt_arguments.is_empty()
    }

    /// Whether the CLI lets us choose its conversation's id.
    pub fn chooses_conversation(&self) -> bool {
        !self.conversation_arguments.is_empty()
    }

    /// Whether anything could ever show that it is ready.
    pub fn can_be_seen_ready(&self) -> bool {
        self.is_shell || self.reports_status || self.hooks.are_known() || !self.rules.is_empty()
    }

    /// How its states are known, the most trusted first.
    pub fn evidence(&self) -> Vec<&'static str> {
        let has = |source: Source| self.rules.iter().any(|rule| rule.text.source == source);
        let all = [
            (self.hooks.are_known(), "hooks"),
            (self.reports_status, "report"),
            (has(Source::Title), "title"),
            (has(Source::Progress), "progress"),
            (self.is_shell, "process"),
            (has(Source::Screen), "screen"),
        ];
        all.into_iter().filter(|(is_there, _)| *is_there).map(|(_, word)| word).collect()
    }

    /// A conversation could be known and not taken up again.
    pub fn resume_arguments_are_missing(&self) -> bool {
        self.resume_arguments.is_empty() && !self.is_shell
    }

    /// Whether its files say which conversation it is in, or what it has used.
    pub fn is_worth_a_look(&self) -> bool {
        self.conversation.can_be_found() || self.usage.is_some()
    }

    /// Whether one of its rules is about what is on its screen.
    pub fn has_looks(&self) -> bool {
        self.rules.iter().any(|rule| rule.text.source == Source::Screen)
    }

    pub fn can_resume(&self) -> bool {
        !self.resume_arguments.is_empty()
    }

    /// The arguments behind the program's name.
    pub fn arguments(&self, plan: &LaunchPlan<'_>) -> Vec<String> {
        let fill = |list: &[String], name: &str, value: &str| -> Vec<String> {
            list.iter().map(|a| a.replace(name, value)).collect()
        };
        let mut all = self.arguments.clone();
        match plan.resume {
            Some(conversation) if self.can_resume() => {
                all.extend(fill(&self.resume_arguments, "{conversation}", conversation));
            }
            _ => all.extend(fill(&self.conversation_arguments, "{conversation}", plan.fresh_conversation)),
        }
        if let Some(prompt) = plan.prompt.filter(|p| !p.is_empty()) {
            all.extend(fill(&self.prompt_arguments, "{prompt}", prompt));
        }
        all
    }
}
