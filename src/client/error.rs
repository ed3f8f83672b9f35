//! What can go wrong between a client and the server, in words for the user. Display is the `Error:` text.

#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    #[error("no server is running at {0}")]
    NoServer(String),
    /// The server refused, with its own words.
    #[error("{message}")]
    Api { status: u16, code: String, message: String, hint: Option<String> },
    #[error("the connection to the server broke: {0}")]
    Io(String),
    #[error("the server's answer could not be understood: {0}")]
    Protocol(String),
    #[error("this is too large to be sent at once: at most {0} MiB")]
    TooLarge(usize),
    #[error("the server did not start: {0}")]
    NotStarted(String),
}

impl ClientError {
    /// What to do about it.
    pub fn hint(&self) -> Option<&str> {
        match self {
            ClientError::NoServer(_) => Some("start one with `conductor-tui` or `conductor-tui server`"),
            ClientError::Api { hint, .. } => hint.as_deref(),
            ClientError::TooLarge(_) => Some("nothing was sent; let the agent read it from a file"),
            ClientError::Io(_) => Some("agents run on in their holders; try again"),
            ClientError::Protocol(_) => Some("client and server may be of different versions: `conductor-tui health`"),
            ClientError::NotStarted(_) => Some("`conductor-tui doctor` says what is wrong; the log is logs/server.log"),
        }
    }

    /// The exit code of `interfaces.md`.
    pub fn exit_code(&self) -> i32 {
        match self {
            ClientError::NoServer(_) | ClientError::NotStarted(_) => 4,
            ClientError::Api { code, .. } if code == "denied" => 5,
            ClientError::Api { status: 404 | 410, .. } => 3,
            ClientError::Api { status: 401 | 403, .. } => 5,
            ClientError::TooLarge(_) => 2,
            ClientError::Api { status: 400 | 413 | 415 | 422, .. } => 2,
            _ => 1,
        }
    }
}
