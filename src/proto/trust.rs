//! Bodies of the routes below `/trust`: directories whose `.conductor/` the user trusts, and what there is to trust.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A directory that is trusted.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Trust {
    /// The real path of the top of the repository's work tree.
    pub directory: String,
    /// SHA-256 of its `.conductor/` as it was when it was trusted.
    pub hash: String,
    /// RFC 3339, UTC.
    pub at: String,
    /// `trusted`; `changed`: something else lies there now, which is not; `missing`: nothing does.
    pub state: String,
}

/// `GET /trust/content`: what lies in a directory's `.conductor/`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct TrustContent {
    pub directory: String,
    /// Absent: there is nothing to trust.
    pub hash: Option<String>,
    /// The directory by which it is trusted: its own, or another work tree of the same repository with the same content.
    pub trusted_by: Option<String>,
    /// What would run in a new work tree, and before one is removed; empty: nothing of the repository's.
    pub setup: String,
    pub teardown: String,
    pub files: Vec<TrustFile>,
    /// What of it is not used.
    pub notes: Vec<String>,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct TrustFile {
    /// Below `.conductor/`; a folder's ends with `/`.
    pub path: String,
    pub executable: bool,
    /// In bytes.
    pub size: u64,
    /// Absent: it is no text.
    pub text: Option<String>,
    /// Beside what was trusted last in this directory: `same`, `new`, `changed`, `gone`. `new` where nothing was.
    pub change: String,
    /// Of a changed one: what it was.
    pub before: Option<String>,
}

/// `POST /trust`.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct TrustRequest {
    pub directory: String,
    /// That of what was shown.
    pub hash: String,
}
