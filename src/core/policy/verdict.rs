//! What the judge says of a command: the answer, and everything a person needs to understand it. Made by `judge.rs`, shown
//! by the queue and the verbs. It must never hold less than what decided: a reason, and the place in the command.

use serde::{Deserialize, Serialize};

/// What happens to a step. The order is that of strictness.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decision {
    Allow,
    Ask,
    /// Two different people, or one with two credentials.
    AskTwo,
    Deny,
}

/// What kind of thing a step does. The order is that in which one is named where several fit.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Class {
    Read,
    Build,
    Write,
    Network,
    Obfuscated,
    Destructive,
    Privilege,
    Exfiltration,
}

/// How bad it can be.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Risk {
    /// Nothing is changed, run or sent, and nothing secret is read.
    Low,
    /// Within the workspace, or an ordinary use of the network.
    Medium,
    /// Beyond the workspace, or somebody else's code, or what cannot be known before it runs.
    High,
    /// No informed yes is possible, or the loss cannot be taken back.
    Critical,
}

/// Bytes of the command as it was given, `from` included, `to` not.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default, Hash, Serialize, Deserialize)]
pub struct Span {
    pub from: usize,
    pub to: usize,
}

/// What is done with a path.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Access {
    Read,
    Write,
    Delete,
    Run,
}

/// A path that a step names, absolute, without `.` and `..`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Hash, Serialize, Deserialize)]
pub struct Touched {
    pub path: String,
    pub access: Access,
}

/// One thing that a command does. A command is as risky as its worst part.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Part {
    pub class: Class,
    pub risk: Risk,
    /// In plain words, without a full stop.
    pub what: String,
    pub span: Span,
    /// The real words of the simple command that does it, without wrappers; empty for what is no command.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub argv: Vec<String>,
    /// Whether these words are known before it runs. Rules that allow are for words that are.
    #[serde(default)]
    pub is_exact: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub paths: Vec<Touched>,
}

/// The answer.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Verdict {
    pub decision: Decision,
    pub class: Class,
    pub risk: Risk,
    /// Plain words for the person and the agent.
    pub reason: String,
    /// The rule that decided, as `file:line name`; absent: none fits, so a person is asked.
    pub rule: Option<String>,
    /// Everything it does, the worst first.
    pub parts: Vec<Part>,
    /// Texts that were hidden in it, decoded.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub decoded: Vec<Decoded>,
}

/// A text that stands in a command in another form.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Decoded {
    pub span: Span,
    /// `base64`, `hex`, `escapes`, `control characters`.
    pub form: String,
    pub text: String,
}
