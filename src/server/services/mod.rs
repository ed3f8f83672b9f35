//! What a client can ask, one file for each noun. Called by the API and nothing else; the caller has checked who
//! asks. Answers are values of `proto`, refusals are [`Refusal`]s that every transport words the same way.

pub mod callers;
pub mod frames;
pub mod input;
pub mod launch;
pub mod lifecycle;
pub mod output;
pub mod size;
pub mod tokens;
pub mod view;

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
