//! What a client can ask, one file for each noun. Called by the API and nothing else; the caller has checked who
//! asks. Answers are values of `proto`, refusals are [`Refusal`]s that every transport words the same way.

pub mod answer;
pub mod approvals;
pub mod callers;
pub mod colors;
pub mod diff;
pub mod environment;
pub mod explain;
pub mod frames;
pub mod halt;
pub mod hooks;
pub mod input;
pub mod launch;
pub mod lifecycle;
pub mod orphans;
pub mod output;
pub mod policy;
pub mod resume;
pub mod search;
pub mod size;
pub mod tokens;
pub mod transcript;
pub mod trust;
pub mod usage;
pub mod view;
pub mod weight;
pub mod worktrees;

use crate::base::id::TerminalId;
use crate::server::app::App;
use crate::server::terminal::Shared;
use std::sync::Arc;
use std::time::Duration;

/// A log of hundreds of MB is read within this; what takes longer is told.
const OPEN_WITHIN: Duration = Duration::from_secs(3);

/// A terminal's live state, for whoever asks for its screen or types.
///
/// # Errors
/// Unknown terminal, a log that cannot be read.
pub async fn opened(app: &App, id: TerminalId) -> Result<Arc<Shared>, Refusal> {
    if app.terminal(id).is_none() {
        return Err(Refusal::no_terminal(id));
    }
    app.shared_within(id, OPEN_WITHIN).await.ok_or_else(|| {
        Refusal::new(RefusalKind::Conflict, format!("the log of terminal {id} cannot be read now"))
            .hint(format!("it is tried again by itself; `conductor-tui status {id}` tells why"))
    })
}

/// Why a service does not do it.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    pub kind: RefusalKind,
    pub message: String,
    pub hint: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RefusalKind {
    BadRequest,
    NotFound,
    Forbidden,
    Conflict,
    Gone,
    Unprocessable,
    /// A rule says no.
    Denied,
    Internal,
}

impl Refusal {
    pub fn new(kind: RefusalKind, message: impl Into<String>) -> Refusal {
        Refusal { kind, message: message.into(), hint: None }
    }

    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Refusal {
        self.hint = Some(hint.into());
        self
    }

    pub fn no_terminal(id: impl std::fmt::Display) -> Refusal {
        Refusal::new(RefusalKind::NotFound, format!("there is no terminal {id}"))
            .hint("`conductor-tui terminals` lists them")
    }
}
