//! The hooks of an agent CLI as its provider's file gives them: what one launch is given so that the CLI tells us what
//! happens, and what each event says of its status. Used by the server at a launch and for every event. It must never
//! touch the CLI's own configuration: arguments, variables and files are made for that launch alone.

use crate::core::policy::{Step, Tool};
use crate::core::status::{Heard, Status, WaitingFor};
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// Characters of a detail that is told: a line.
const DETAIL: usize = 200;

/// The shape of `[hooks]` in a provider's file. In all texts `{command}` is the command line that tells of the event, as
/// the inside of a JSON string; `{event}` and `{matcher}` are those of the event.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HooksText {
    /// Given behind the program's name; `{events}` is all of them, `{file:NAME}` the path of a file below, `{folder}` that
    /// of all of them, `{shell}` the command line without an event.
    #[serde(default)]
    arguments: Vec<String>,
    /// These of the usual arguments are left out then.
    #[serde(default)]
    instead_of: Vec<String>,
    /// Variables of this launch; the same placeholders.
    #[serde(default)]
    environment: BTreeMap<String, String>,
    /// Files of this launch, by name; `{events}` is all of them.
    #[serde(default)]
    files: BTreeMap<String, String>,
    /// No folder above the files may be writable for others.
    #[serde(default)]
    private_parents: bool,
    /// One event; `{hash}` is that of `hashed`.
    #[serde(default)]
    event: String,
    /// An argument list for each event, before the others.
    #[serde(default)]
    each: Vec<String>,
    /// Between two events.
    #[serde(default)]
    join: String,
    /// What `{hash}` is the SHA-256 of, in hex.
    #[serde(default)]
    hashed: String,
    /// The field of an event that names the subagent which it is about.
    #[serde(default)]
    child: Option<String>,
    #[serde(default)]
    on: Vec<OnText>,
    /// Which event tells of a step before it is taken, and where in it what stands.
    #[serde(default)]
    steps: Option<StepsText>,
}

/// Fields are dotted names; `shell`, `edit`, `read` and `fetch` are names of tools.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct StepsText {
    event: String,
    tool: String,
    #[serde(default)]
    command: String,
    #[serde(default)]
    paths: Vec<String>,
    #[serde(default)]
    url: String,
    /// Where it happens; the terminal's own folder where that is not said.
    #[serde(default)]
    folder: String,
    #[serde(default)]
    shell: Vec<String>,
    #[serde(default)]
    edit: Vec<String>,
    #[serde(default)]
    read: Vec<String>,
    #[serde(default)]
    fetch: Vec<String>,
}

/// What one event means.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct OnText {
    event: String,
    /// Which of them the CLI is to tell.
    #[serde(default)]
    matcher: String,
    /// Only with these fields: dotted names and the texts they have.
    #[serde(default)]
    when: BTreeMap<String, String>,
    /// Not with any of these.
    #[serde(default)]
    unless: BTreeMap<String, String>,
    /// Absent: it says nothing of the status.
    #[serde(default)]
    status: Option<Status>,
    #[serde(default)]
    waiting_for: Option<WaitingFor>,
    /// A line about it; `{a.b}` is a field.
    #[serde(default)]
    detail: Option<String>,
    /// Within a turn: it does not say that a dialog is gone.
    #[serde(default)]
    within: bool,
    /// The CLI's session, or the subagent, has ended.
    #[serde(default)]
    ends: bool,
}

/// The hooks of a provider, checked.
#[derive(Clone, Debug, Default)]
pub struct Hooks {
    text: HooksText,
}

/// What one launch is given.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Injection {
    pub arguments: Vec<String>,
    pub instead_of: Vec<String>,
    pub environment: BTreeMap<String, String>,
    /// Names and contents.
    pub files: Vec<(String, String)>,
    /// The CLI refuses files below a folder that others may write to.
    pub private_parents: bool,
}

impl Hooks {
    /// # Errors
    /// For hooks that are told of and never asked for, and an end that says a status.
    pub(super) fn compile(text: HooksText) -> Result<Hooks, String> {
        let has_way = !text.arguments.is_empty()
            || !text.each.is_empty()
            || !text.environment.is_empty()
            || !text.files.is_empty();
        if text.on.is_empty() == has_way {
            return Err(
                "hooks: `on` and a way to ask for them (arguments, each, environment, files) both or neither".into()
            );
        }
        if let Some(steps) = text.steps.as_ref().filter(|steps| !text.on.iter().any(|on| on.event == steps.event)) {
            return Err(format!("hooks: steps: `on` asks for no `{}`", steps.event));
        }
        for on in &text.on {
            if on.waiting_for.is_some() && on.status != Some(Status::Waiting) {
                return Err(format!("hooks: {}: `waiting_for` is for status = \"waiting\"", on.event));
            }
        }
        Ok(Hooks { text })
    }

    /// Whether the CLI can be asked to tell of anything.
    pub fn are_known(&self) -> bool {
        !self.text.on.is_empty()
    }

    /// What a launch is given. `command` is a shell's command line to which the event's name is added; files will lie
    /// in `folder`.
    pub fn inject(&self, command: &str, folder: &str) -> Injection {
        let text = &self.text;
        let mut asked: Vec<(&str, &str)> = Vec::new();
        for on in &text.on {
            if !asked.contains(&(on.event.as_str(), on.matcher.as_str())) {
                asked.push((&on.event, &on.matcher));
            }
        }
        let filled = |template: &str, (event, matcher): (&str, &str)| {
            let told = inside_json(&format!("{command} {event}"));
            let fill = |template: &str| {
                template
                    .replace("{command}", &told)
                    .replace("{event}", event)
                    .replace("{snake}", &snake(event))
                    .replace("{matcher}", matcher)
            };
            fill(template).replace("{hash}", &sha256(&fill(&text.hashed)))
        };
        let events: Vec<String> = asked.iter().map(|one| filled(&text.event, *one)).collect();
        let events = events.join(&text.join);
        let whole = |template: &str| {
            let mut whole = template.replace("{events}", &events);
            for name in text.files.keys() {
                whole = whole.replace(&format!("{{file:{name}}}"), &format!("{folder}/{name}"));
            }
            whole.replace("{folder}", folder).replace("{shell}", &inside_json(command))
        };
        let each = asked.iter().flat_map(|one| text.each.iter().map(|argument| filled(argument, *one)));
        Injection {
            arguments: each.chain(text.arguments.iter().map(|argument| whole(argument))).collect(),
            instead_of: text.instead_of.clone(),
            private_parents: text.private_parents,
            environment: text.environment.iter().map(|(name, value)| (name.clone(), whole(value))).collect(),
            files: text.files.iter().map(|(name, content)| (name.clone(), whole(content))).collect(),
        }
    }

    /// The step that an event tells of, if it is the event for that. Nothing in it is trusted.
    pub fn step(&self, event: &str, payload: &Value) -> Option<Step> {
        let steps = self.text.steps.as_ref().filter(|steps| steps.event == event)?;
        let name = field(payload, &steps.tool)?;
        let of = |field_name: &str| field(payload, field_name).unwrap_or_default();
        let is_in = |names: &[String]| names.contains(&name);
        let mcp = name.strip_prefix("mcp__").map(|rest| rest.replacen("__", "/", 1));
        let tool = match mcp {
            Some(server) => Tool::Mcp(server),
            None if is_in(&steps.shell) => Tool::Shell,
            None if is_in(&steps.edit) => Tool::Edit,
            None if is_in(&steps.read) => Tool::Read,
            None if is_in(&steps.fetch) => Tool::Fetch,
            None => Tool::Other(name),
        };
        let is_shell = tool == Tool::Shell;
        Some(Step {
            command: if is_shell { of(&steps.command) } else { String::new() },
            paths: steps.paths.iter().filter_map(|path| field(payload, path)).filter(|_| !is_shell).collect(),
            url: field(payload, &steps.url).filter(|_| tool == Tool::Fetch),
            folder: of(&steps.folder),
            tool,
            ..Step::default()
        })
    }

    /// What an event says; `payload` is what the CLI told with it. `None`: nobody knows this event.
    pub fn read(&self, event: &str, at: u64, payload: &Value) -> Option<Heard> {
        let is_so = |(name, wanted): (&String, &String)| field(payload, name).as_deref() == Some(wanted);
        let mut of_event = self.text.on.iter().filter(|on| on.event == event);
        // An event that none of its conditions fits is heard and says nothing.
        let known = of_event.clone().next()?;
        let on = of_event.find(|on| on.when.iter().all(is_so) && !on.unless.iter().any(is_so));
        let child = self.text.child.as_ref().and_then(|name| field(payload, name)).filter(|id| !id.is_empty());
        let Some(on) = on else { return Some(Heard { event: known.event.clone(), at, child, ..Heard::default() }) };
        Some(Heard {
            event: on.event.clone(),
            at,
            means: on.status.map(|status| (status, on.waiting_for)),
            detail: on.detail.as_ref().map(|detail| told(detail, payload)).filter(|detail| !detail.is_empty()),
            is_within: on.within,
            child,
            ends: on.ends,
        })
    }
}

/// The arguments of a launch with what is injected: behind the program's name, in the place of what it replaces.
pub fn with_arguments(command: &[String], injection: &Injection) -> Vec<String> {
    let mut command = command.to_vec();
    let old = &injection.instead_of;
    if !old.is_empty()
        && let Some(at) = command.windows(old.len()).position(|window| window == old.as_slice())
    {
        command.drain(at..at + old.len());
    }
    let behind = command.len().min(1);
    command.splice(behind..behind, injection.arguments.iter().cloned());
    command
}

/// A field by its dotted name, as text.
fn field(payload: &Value, name: &str) -> Option<String> {
    let value = name.split('.').try_fold(payload, |value, part| value.get(part))?;
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        _ => None,
    }
}

/// A line with its `{fields}` filled in; one that is missing is left out.
fn told(template: &str, payload: &Value) -> String {
    let (mut line, mut rest) = (String::new(), template);
    while let Some((before, behind)) = rest.split_once('{') {
        line.push_str(before);
        let Some((name, behind)) = behind.split_once('}') else { break };
        line.push_str(&field(payload, name).unwrap_or_default());
        rest = behind;
    }
    line.push_str(rest);
    let line = crate::base::text::printable(&line);
    line.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(DETAIL).collect()
}

/// Text as it stands between the quotes of a JSON string. TOML's basic strings read it the same way.
fn inside_json(text: &str) -> String {
    let quoted = Value::String(text.to_owned()).to_string();
    quoted.trim_start_matches('"').strip_suffix('"').unwrap_or_default().to_owned()
}

fn snake(event: &str) -> String {
    let mut name = String::new();
    for c in event.chars() {
        if c.is_uppercase() && !name.is_empty() {
            name.push('_');
        }
        name.extend(c.to_lowercase());
    }
    name
}

fn sha256(text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn hooks(text: &str) -> Hooks {
        Hooks::compile(toml::from_str(text).unwrap()).unwrap()
    }

    const CLAUDE_LIKE: &str = r#"
arguments = ["--settings", '{"hooks":{{events}}}']
instead_of = ["--settings", "{}"]
event = '"{event}":[{"matcher":"{matcher}","hooks":[{"type":"command","command":"{command}"}]}]'
join = ","
child = "agent_id"
[[on]]
event = "PreToolUse"
matcher = "*"
status = "running"
within = true
detail = "{tool_name}: {tool_input.command}"
[[on]]
event = "Notification"
when = { notification_type = "permission_prompt" }
status = "waiting"
waiting_for = "approval"
[[on]]
event = "Notification"
when = { notification_type = "idle_prompt" }
status = "ready"
[[on]]
event = "SessionEnd"
ends = true
"#;

    #[test]
    fn a_launch_gets_json_that_calls_us_with_the_events_name() {
        let injection = hooks(CLAUDE_LIKE).inject("'/a \"b\"/c' hook x", "/run/f");
        let settings: Value = serde_json::from_str(&injection.arguments[1]).unwrap();
        let command = &settings["hooks"]["PreToolUse"][0]["hooks"][0]["command"];
        assert_eq!(command, "'/a \"b\"/c' hook x PreToolUse");
        assert_eq!(settings["hooks"].as_object().unwrap().len(), 3, "each event once");
        let command = ["claude", "--mode", "--settings", "{}", "--", "hi"].map(String::from);
        let whole = with_arguments(&command, &injection);
        assert_eq!((whole[1].as_str(), &whole[3..]), ("--settings", &["--mode", "--", "hi"].map(String::from)[..]));
    }

    #[test]
    fn codex_is_given_one_argument_each_and_the_hash_of_its_own_form() {
        let hooks = hooks(
            r#"
each = ["-c", 'hooks.{event}=[{matcher="{matcher}",hooks=[{type="command",command="{command}",timeout=8}]}]', "-c", 'h={"{snake}"="sha256:{hash}"}']
hashed = '{"event_name":"{snake}","hooks":[{"async":false,"command":"{command}","timeout":8,"type":"command"}],"matcher":"{matcher}"}'
[[on]]
event = "PreToolUse"
matcher = "Bash"
"#,
        );
        let injection = hooks.inject("/abs/h", "/run/f");
        let hashed = r#"{"event_name":"pre_tool_use","hooks":[{"async":false,"command":"/abs/h PreToolUse","timeout":8,"type":"command"}],"matcher":"Bash"}"#;
        assert_eq!(injection.arguments[3], format!("h={{\"pre_tool_use\"=\"sha256:{}\"}}", sha256(hashed)));
        assert!(injection.arguments[1].starts_with("hooks.PreToolUse=[{matcher=\"Bash\""));
    }

    #[test]
    fn a_step_is_read_from_the_event_that_tells_of_it() {
        let text = format!(
            "{CLAUDE_LIKE}\n[steps]\nevent='PreToolUse'\ntool='tool_name'\ncommand='tool_input.command'\n\
             paths=['tool_input.file_path']\nurl='tool_input.url'\nfolder='cwd'\nshell=['Bash']\nedit=['Write']\nfetch=['WebFetch']\n"
        );
        let hooks = hooks(&text);
        let step = |tool: &str, input: Value| {
            hooks.step("PreToolUse", &json!({"tool_name": tool, "cwd": "/w", "tool_input": input})).unwrap()
        };
        let bash = step("Bash", json!({"command": "ls", "file_path": "/x"}));
        assert_eq!((&bash.tool, bash.command.as_str(), bash.folder.as_str()), (&Tool::Shell, "ls", "/w"));
        assert!(bash.paths.is_empty());
        let edit = step("Write", json!({"file_path": "/w/a", "command": "no"}));
        assert_eq!((&edit.tool, edit.command.as_str(), edit.paths[0].as_str()), (&Tool::Edit, "", "/w/a"));
        assert_eq!(step("WebFetch", json!({"url": "https://x"})).url.as_deref(), Some("https://x"));
        assert_eq!(step("mcp__git__push__all", json!({})).tool, Tool::Mcp("git/push__all".into()));
        assert_eq!(step("Task", json!({})).tool, Tool::Other("Task".into()));
        assert!(hooks.step("SessionEnd", &json!({"tool_name": "Bash"})).is_none());
        let wrong = toml::from_str(&text.replace("event='PreToolUse'\ntool", "event='Never'\ntool")).unwrap();
        assert!(Hooks::compile(wrong).unwrap_err().contains("asks for no `Never`"));
    }

    #[test]
    fn files_are_named_by_their_place() {
        let hooks = hooks(
            "environment = { SETTINGS = '{file:s.json}' }\nevent = '{event}'\njoin = ' '\n\
             [files]\n's.json' = '[{events}]'\n[[on]]\nevent='A'\n[[on]]\nevent='B'\n",
        );
        let injection = hooks.inject("c", "/run/f");
        assert_eq!(injection.environment["SETTINGS"], "/run/f/s.json");
        assert_eq!(injection.files, [("s.json".to_owned(), "[A B]".to_owned())]);
    }

    #[test]
    fn events_are_read_by_their_fields() {
        let hooks = hooks(CLAUDE_LIKE);
        let read = |event: &str, payload: Value| hooks.read(event, 7, &payload);
        let heard =
            read("PreToolUse", json!({"tool_name": "Bash", "tool_input": {"command": "ls\u{1b}[2J\n -l"}})).unwrap();
        assert_eq!((heard.means, heard.is_within, heard.at), (Some((Status::Running, None)), true, 7));
        let detail = heard.detail.unwrap();
        assert!(detail.starts_with("Bash: ls") && !detail.contains('\u{1b}') && !detail.contains('\n'), "{detail:?}");
        let asks = read("Notification", json!({"notification_type": "permission_prompt"})).unwrap();
        assert_eq!(asks.means, Some((Status::Waiting, Some(WaitingFor::Approval))));
        let other = read("Notification", json!({"notification_type": "auth_success"})).unwrap();
        assert_eq!(other.means, None);
        assert_eq!(read("PreToolUse", json!({"agent_id": "a1"})).unwrap().child.as_deref(), Some("a1"));
        assert!(read("SessionEnd", json!({})).unwrap().ends);
        assert_eq!(read("Unheard", json!({})), None);
        assert!(read("PreToolUse", json!([1])).is_some(), "a payload that is none says nothing more");
    }

    #[test]
    fn hooks_without_a_way_and_a_way_without_hooks_are_mistakes() {
        let compile = |text: &str| Hooks::compile(toml::from_str(text).unwrap()).map(drop);
        assert!(compile("[[on]]\nevent='A'\n").is_err());
        assert!(compile("arguments=['x']\n").is_err());
        assert!(compile("arguments=['x']\n[[on]]\nevent='A'\nwaiting_for='trust'\n").is_err());
        assert!(compile("").is_ok());
    }
}
