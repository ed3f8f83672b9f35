//! What the world knows of a directory that the user trusted: where it is, and exactly what was read to them. Plain data:
//! stored as it is, converted at the edges.

use crate::base::clock::Millis;
use serde::{Deserialize, Serialize};

/// # Invariant
/// It holds for what has this hash, and for nothing else that may lie there later.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Trust {
    /// The real path of the top of the repository's work tree.
    pub directory: String,
    /// SHA-256 of its `.conductor/`, in hex.
    pub hash: String,
    pub at: Millis,
    /// What the user saw, so that a change can be shown.
    pub files: Vec<TrustedFile>,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TrustedFile {
    /// Below `.conductor/`; a folder's ends with `/`.
    pub path: String,
    pub is_executable: bool,
    /// SHA-256 of what is in it, in hex.
    pub hash: String,
    /// `None`: it is no text.
    pub text: Option<String>,
}
