//! What went wrong, for the user: `Error:` what, `Caused by:` why, `Hint:` what to do, and the exit code.
//! A broken pipe is no failure: whoever read has seen enough.

use crate::client::ClientError;
use crate::config::places::PlaceError;
use crate::config::settings::BadSetting;
use std::io::Write;

#[derive(Debug)]
pub struct Failure {
    pub code: i32,
    pub message: String,
    pub causes: Vec<String>,
    pub hint: Option<String>,
    is_silent: bool,
}

/// Exit codes of `interfaces.md`.
pub const FAILED: i32 = 1;
pub const USAGE: i32 = 2;
pub const NO_SUCH_THING: i32 = 3;
pub const TIMED_OUT: i32 = 124;

impl Failure {
    pub fn new(code: i32, message: impl Into<String>) -> Failure {
        Failure { code, message: message.into(), causes: Vec::new(), hint: None, is_silent: false }
    }

    #[must_use]
    pub fn cause(mut self, cause: impl ToString) -> Failure {
        self.causes.push(cause.to_string());
        self
    }

    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Failure {
        self.hint = Some(hint.into());
        self
    }

    /// Prints it to standard error and gives the exit code.
    pub fn print(&self) -> i32 {
        if !self.is_silent {
            let mut text = format!("Error: {}\n", self.message);
            for cause in &self.causes {
                text.push_str(&format!("Caused by: {cause}\n"));
            }
            if let Some(hint) = &self.hint {
                text.push_str(&format!("Hint: {hint}\n"));
            }
            let _ = std::io::stderr().write_all(text.as_bytes());
        }
        self.code
    }
}

impl From<ClientError> for Failure {
    fn from(error: ClientError) -> Failure {
        let (code, hint) = (error.exit_code(), error.hint().map(str::to_owned));
        Failure { hint, ..Failure::new(code, error.to_string()) }
    }
}

impl From<PlaceError> for Failure {
    fn from(error: PlaceError) -> Failure {
        let failure = Failure::new(FAILED, error.to_string()).hint(error.hint());
        match std::error::Error::source(&error) {
            Some(cause) => failure.cause(cause),
            None => failure,
        }
    }
}

impl From<BadSetting> for Failure {
    fn from(error: BadSetting) -> Failure {
        let failure = Failure::new(USAGE, error.to_string());
        Failure { hint: error.hint, ..failure }
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Failure {
        let is_silent = error.kind() == std::io::ErrorKind::BrokenPipe;
        Failure { is_silent, ..Failure::new(if is_silent { 0 } else { FAILED }, error.to_string()) }
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Failure {
        let mut chain = error.chain().map(ToString::to_string);
        let message = chain.next().unwrap_or_default();
        Failure { causes: chain.collect(), ..Failure::new(FAILED, message) }
    }
}
