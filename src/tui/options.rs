//! What the caller of `run` decides once: what is opened, how it looks, and what only the caller knows. Filled by `roles`.
//! It must never hold what changes while the screen is up, but the look that a saved configuration gives.

use super::environment::Environment;
use crate::base::id::TerminalId;
use crate::client::{Client, ClientError};
use crate::config::settings::Ui;
use futures_util::future::BoxFuture;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// How the screen is opened, and what only its caller knows.
pub struct Options {
    pub focus_session: Option<String>,
    pub focus_terminal: Option<TerminalId>,
    /// Begin in TYPING.
    pub typing: bool,
    pub zoom: bool,
    /// One terminal without anything of ours around it.
    pub chromeless: bool,
    pub read_only: bool,
    /// Makes a new client after the server went away; it may start a server.
    pub reconnect: Box<dyn Fn() -> BoxFuture<'static, Result<Client, ClientError>>>,
    pub environment: Environment,
    /// What the screen looks like, as the configuration has it now.
    pub ui: Ui,
    /// Where the configuration lies, which is read again when it is saved; empty: nowhere.
    pub config: PathBuf,
    /// The variables that stand above the configuration.
    pub variables: Vec<(String, String)>,
    /// Where the program was started: new agents start there.
    pub directory: String,
    /// Where the screen remembers how it was left; empty: nowhere.
    pub memory: PathBuf,
    /// Where pasted pictures are kept.
    pub pastes: PathBuf,
    /// The environment for new agents; `None` leaves it to the server.
    pub launch_environment: Option<BTreeMap<String, String>>,
    /// The mask of new files for new agents; `None` leaves it to the server.
    pub launch_umask: Option<u32>,
}

impl Options {
    pub fn new(
        reconnect: Box<dyn Fn() -> BoxFuture<'static, Result<Client, ClientError>>>,
        environment: Environment,
        directory: String,
        pastes: PathBuf,
    ) -> Options {
        Options {
            focus_session: None,
            focus_terminal: None,
            typing: false,
            zoom: false,
            chromeless: false,
            read_only: false,
            reconnect,
            environment,
            ui: Ui::default(),
            config: PathBuf::new(),
            variables: Vec::new(),
            directory,
            memory: PathBuf::new(),
            pastes,
            launch_environment: None,
            launch_umask: None,
        }
    }
}
