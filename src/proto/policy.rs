//! Bodies of the routes about what agents may do: a step to be judged, and the answer. Read by the verbs, the screen, hooks and
//! scripts.

use crate::base::id::TerminalId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `POST /policy/check`.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct PolicyCheck {
    /// `shell` (the usual one), `edit`, `read`, `fetch`, `mcp:server/tool`, `other:Name`.
    pub tool: String,
    /// Exact bytes of what the shell would get.
    pub command: String,
    /// Files that the tool reads or writes.
    pub paths: Vec<String>,
    pub url: Option<String>,
    /// The agent: its folder, workspace, kind, profile and session are those of the step.
    pub terminal: Option<TerminalId>,
    /// Where it happens; absolute.
    pub folder: Option<String>,
    /// What the agent may read; absolute. The repository around the folder, where nothing else is said.
    pub workspace: Option<String>,
    /// Whose language the command is in: `bash` where nothing else is said.
    pub shell: String,
    pub provider: String,
    pub profile: String,
    pub session: String,
    /// With what it would do to files, and with rules that would allow it.
    pub explain: bool,
}

/// What the rules say.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct PolicyVerdict {
    /// `allow`, `ask`, `ask-two` or `deny`.
    pub decision: String,
    /// `read`, `build`, `write`, `network`, `obfuscated`, `destructive`, `privilege` or `exfiltration`.
    pub class: String,
    /// `low`, `medium`, `high` or `critical`.
    pub risk: String,
    pub reason: String,
    /// The rule that decided, as `file:line name`; absent: no rule fits.
    pub rule: Option<String>,
    #[serde(default)]
    pub parts: Vec<PolicyPart>,
    /// Texts that were hidden in it.
    #[serde(default)]
    pub decoded: Vec<PolicyDecoded>,
    /// What it would do to files, when asked for.
    #[serde(default)]
    pub effects: Vec<PolicyEffect>,
    /// Rules that would allow it, the narrowest first, when asked for.
    #[serde(default)]
    pub proposals: Vec<PolicyProposal>,
    /// Why no rule is proposed.
    #[serde(default)]
    pub no_proposal: Option<String>,
    /// What is wrong with the policy's file: the last good one is in force.
    #[serde(default)]
    pub problem: Option<String>,
}

/// One thing that a step does.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct PolicyPart {
    pub class: String,
    pub risk: String,
    pub what: String,
    pub span: PolicySpan,
    #[serde(default)]
    pub argv: Vec<String>,
    #[serde(default)]
    pub is_exact: bool,
    #[serde(default)]
    pub paths: Vec<PolicyPath>,
}

/// Bytes of the command, `to` not included.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct PolicySpan {
    pub from: usize,
    pub to: usize,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct PolicyPath {
    pub path: String,
    /// `read`, `write`, `delete` or `run`.
    pub access: String,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct PolicyDecoded {
    pub span: PolicySpan,
    pub form: String,
    pub text: String,
}

/// What a step would do to one path as it is now.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct PolicyEffect {
    pub path: String,
    pub access: String,
    /// Files that are there now, below it as well.
    pub files: u64,
    pub bytes: u64,
    /// There are more than were counted.
    pub is_more: bool,
    /// Git does not keep it. Absent: no repository.
    pub is_ignored: Option<bool>,
    /// How it could be undone, or that it could not.
    pub undo: String,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct PolicyProposal {
    /// In words.
    pub says: String,
    /// As it would stand in `policy.toml`.
    pub toml: String,
    /// What else of the past it would have allowed; absent where that is not known.
    #[serde(default)]
    pub also: Option<PolicyAlso>,
}

/// Steps that agents took, that were not allowed by themselves, and that a rule would have allowed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct PolicyAlso {
    pub count: u64,
    /// Different ones, the newest first; not all.
    pub steps: Vec<String>,
    /// Steps that were looked at.
    #[serde(default)]
    pub of: u64,
    /// There were more than that.
    #[serde(default)]
    pub is_cut: bool,
}

/// What is asked of `GET /policy/steps`.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct PolicyStepsQuery {
    /// Taken then or later, in milliseconds since 1970.
    pub since: u64,
    pub tool: Option<String>,
    /// `next` of the page before.
    pub before: Option<i64>,
    pub most: Option<usize>,
}

/// `GET /policy/steps?since=MS`: what agents did, as their hooks told of it, the newest first, a page at a time.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct PolicySteps {
    pub steps: Vec<PolicyTaken>,
    /// `before` of the next page; absent: there is none.
    #[serde(default)]
    pub next: Option<i64>,
}

/// A step that an agent took, and what the rules said of it then.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct PolicyTaken {
    pub at_ms: u64,
    pub terminal: TerminalId,
    /// `shell`, `edit`, `read`, `fetch`, `mcp:server/tool`, `other:Name`.
    pub tool: String,
    pub command: String,
    pub paths: Vec<String>,
    pub url: Option<String>,
    pub folder: String,
    pub workspace: String,
    pub provider: String,
    pub profile: String,
    pub session: String,
    pub decision: String,
    pub class: String,
    pub risk: String,
    pub reason: String,
    pub rule: Option<String>,
}
