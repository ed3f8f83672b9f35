//! The commands that a double runs at events of its work: which ones, what they read on standard input, and what their
//! answer means. In the shape of the real settings files. Used by the script and the machine.
//!
//! # Invariant
//! Only a well-formed answer or exit code 2 is a verdict; a hook that fails in any other way is as if it were not there.
//! The real ones are like that, and what is tested with doubles has to live with it.

use crate::fake::style::{Event, Style};
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, de};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt;

/// Longer than any hook of the real ones may take when it does not say otherwise.
const TIMEOUT_MS: u64 = 60_000;
/// What all commands of the double are to the hooks: the tool that runs commands.
const TOOL: &str = "Bash";

/// By the family's own names of events.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(transparent)]
pub struct Hooks(BTreeMap<String, Groups>);

/// One command, or groups as in the settings of the real ones.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Groups(Vec<Group>);

#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
struct Group {
    matcher: Option<String>,
    #[serde(default)]
    hooks: Vec<Command>,
}

#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
struct Command {
    command: String,
    timeout: Option<u64>,
}

/// A hook that is to be run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hook {
    pub command: String,
    pub input: String,
    pub limit_ms: u64,
}

/// What a hook has decided.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Verdict {
    Allow,
    Deny(String),
    Ask,
    None,
}

/// What an event is about.
#[derive(Clone, Debug, Default)]
pub struct About<'a> {
    pub conversation: &'a str,
    pub cwd: &'a str,
    pub command: Option<&'a str>,
    pub prompt: Option<&'a str>,
    pub output: Option<&'a str>,
    pub message: Option<&'a str>,
}

impl Hooks {
    /// Adds those of a settings file (JSON with a `hooks` table); events that the family does not know are left out,
    /// as the real ones do.
    ///
    /// # Errors
    /// For JSON that is none, and hooks in another shape.
    pub fn add_settings(&mut self, text: &str) -> Result<(), String> {
        #[derive(Deserialize)]
        struct Settings {
            #[serde(default)]
            hooks: Hooks,
        }
        let settings: Settings = serde_json::from_str(text).map_err(|e| e.to_string())?;
        for (event, groups) in settings.hooks.0 {
            self.0.entry(event).or_default().0.extend(groups.0);
        }
        Ok(())
    }

    /// An event that the family does not know.
    pub fn mistake(&self, look: &dyn Style) -> Option<String> {
        let known: Vec<&str> = Event::ALL.iter().filter_map(|event| look.event_name(*event)).collect();
        let unknown = self.0.keys().find(|name| !known.contains(&name.as_str()))?;
        Some(match known.is_empty() {
            true => "this style has none".into(),
            false => format!("it knows no event `{unknown}`, only {}", known.join(", ")),
        })
    }

    /// Those for an event.
    pub fn at(&self, event: Event, look: &dyn Style, about: &About<'_>) -> Vec<Hook> {
        let Some((name, groups)) = look.event_name(event).and_then(|name| Some((name, self.0.get(name)?))) else {
            return Vec::new();
        };
        let input = input(event, name, about).to_string();
        let fits = |group: &&Group| about.command.is_none() || matches(group.matcher.as_deref());
        let commands = groups.0.iter().filter(fits).flat_map(|group| &group.hooks);
        let limit = |c: &Command| c.timeout.map_or(TIMEOUT_MS, |t| t.saturating_mul(look.hook_timeout_unit_ms()));
        commands.map(|c| Hook { command: c.command.clone(), input: input.clone(), limit_ms: limit(c) }).collect()
    }
}

fn matches(matcher: Option<&str>) -> bool {
    match matcher {
        None | Some("" | "*") => true,
        Some(pattern) => regex::Regex::new(&format!("^(?:{pattern})$")).is_ok_and(|regex| regex.is_match(TOOL)),
    }
}

fn input(event: Event, name: &str, about: &About<'_>) -> Value {
    let mut all = json!({
        "session_id": about.conversation,
        "transcript_path": "",
        "cwd": about.cwd,
        "permission_mode": "default",
        "hook_event_name": name,
    });
    let mut put = |key: &str, value: Value| all[key] = value;
    if let Some(command) = about.command {
        put("tool_name", TOOL.into());
        put("tool_input", json!({ "command": command, "description": command }));
    }
    match event {
        Event::SessionStart => put("source", "startup".into()),
        Event::SessionEnd => put("reason", "prompt_input_exit".into()),
        Event::Prompt => put("prompt", about.prompt.unwrap_or_default().into()),
        Event::BeforeTool => put("tool_use_id", "tool-1".into()),
        Event::AfterTool => {
            let output = about.output.unwrap_or_default();
            put("tool_response", json!({ "stdout": output, "stderr": "", "interrupted": false }));
        }
        Event::Stop => {
            put("stop_hook_active", false.into());
            put("last_assistant_message", about.message.unwrap_or_default().into());
        }
        Event::Permission => {}
    }
    all
}

/// What the end of a hook means.
pub fn verdict(code: Option<i32>, stdout: &str, stderr: &str) -> Verdict {
    if code == Some(2) {
        return Verdict::Deny(stderr.trim().to_owned());
    }
    let Some(answer) = serde_json::from_str::<Value>(stdout).ok().filter(|_| code == Some(0)) else {
        return Verdict::None;
    };
    let specific = &answer["hookSpecificOutput"];
    let decision = &specific["decision"];
    let words = [&specific["permissionDecision"], &decision["behavior"], &answer["decision"]];
    let reasons = [&specific["permissionDecisionReason"], &decision["message"], &answer["reason"]];
    let reason = || reasons.iter().find_map(|r| r.as_str()).unwrap_or_default().to_owned();
    match words.iter().find_map(|word| word.as_str()) {
        Some("allow" | "approve") => Verdict::Allow,
        Some("deny" | "block") => Verdict::Deny(reason()),
        Some("ask") => Verdict::Ask,
        _ => Verdict::None,
    }
}

impl<'de> Deserialize<'de> for Groups {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Groups, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = Groups;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a command, or a list of { matcher, hooks }")
            }

            fn visit_str<E: de::Error>(self, command: &str) -> Result<Groups, E> {
                let command = Command { command: command.into(), timeout: None };
                Ok(Groups(vec![Group { matcher: None, hooks: vec![command] }]))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Groups, A::Error> {
                let mut groups = Vec::new();
                while let Some(group) = list.next_element()? {
                    groups.push(group);
                }
                Ok(Groups(groups))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Groups, A::Error> {
                Ok(Groups(vec![Group::deserialize(de::value::MapAccessDeserializer::new(map))?]))
            }
        }
        deserializer.deserialize_any(Either)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fake::style::Family;

    #[test]
    fn hooks_in_short_and_in_the_shape_of_the_real_settings() {
        let look = Family::Claude.look();
        let mut hooks: Hooks = toml::from_str("PreToolUse = 'one'").unwrap();
        let settings = r#"{"permissions":{},"hooks":{"Strange":[],"PreToolUse":[
            {"matcher":"Write","hooks":[{"type":"command","command":"never"}]},
            {"matcher":"Bash|Write","hooks":[{"type":"command","command":"two","timeout":8}]}]}}"#;
        hooks.add_settings(settings).unwrap();
        let about = About { command: Some("ls"), cwd: "/x", conversation: "c", ..About::default() };
        let found = hooks.at(Event::BeforeTool, look, &about);
        let told: Vec<(&str, u64)> = found.iter().map(|h| (h.command.as_str(), h.limit_ms)).collect();
        assert_eq!(told, [("one", TIMEOUT_MS), ("two", 8000)]);
        let input: Value = serde_json::from_str(&found[0].input).unwrap();
        assert_eq!(input["hook_event_name"], "PreToolUse");
        assert_eq!(input["tool_input"]["command"], "ls");
        assert!(hooks.at(Event::Stop, look, &about).is_empty());
        assert!(hooks.add_settings("{").is_err() && hooks.add_settings(r#"{"hooks":{"Stop":5}}"#).is_err());
    }

    #[test]
    fn only_a_well_formed_answer_or_code_two_is_a_verdict() {
        let pre = |word: &str| format!(r#"{{"hookSpecificOutput":{{"permissionDecision":"{word}"}}}}"#);
        let request = r#"{"hookSpecificOutput":{"decision":{"behavior":"deny","message":"m"}}}"#;
        for (code, stdout, stderr, expected) in [
            (Some(2), "", "no\n", Verdict::Deny("no".into())),
            (Some(0), pre("allow").as_str(), "", Verdict::Allow),
            (Some(0), pre("ask").as_str(), "", Verdict::Ask),
            (Some(0), request, "", Verdict::Deny("m".into())),
            (Some(0), r#"{"decision":"block","reason":"r"}"#, "", Verdict::Deny("r".into())),
            (Some(0), "allow", "", Verdict::None),
            (Some(1), pre("allow").as_str(), "", Verdict::None),
            (None, "", "", Verdict::None),
        ] {
            assert_eq!(verdict(code, stdout, stderr), expected, "{code:?} {stdout}");
        }
    }
}
