//! What every verb begins with: the places, the settings, the server's address, how to print. Made once from the
//! global arguments; touching nothing but the configuration.

use crate::base::id::short_session;
use crate::cli::args::Arguments;
use crate::cli::failure::{Failure, USAGE};
use crate::client::{Autostart, Client, Target, ensure_server};
use crate::config::environment;
use crate::config::keys::Known;
use crate::config::places::Places;
use crate::config::settings::{self, Settings};
use crate::proto::rest::{Health, Terminal};
use std::path::PathBuf;

pub struct Context {
    pub places: Places,
    pub settings: Settings,
    pub json: bool,
    pub quiet: bool,
    pub verbose: u8,
    pub read_only: bool,
    pub color: String,
    pub target: Target,
    pub is_remote: bool,
    /// The screen's commands, to which the user may bind keys. Told by `roles`: the screen is no part of this layer.
    pub commands: Vec<Known>,
}

impl Context {
    pub fn new(arguments: &Arguments) -> Result<Context, Failure> {
        let env_home = std::env::var_os("CONDUCTOR_HOME").map(PathBuf::from);
        let places = Places::find(arguments.home.as_deref(), env_home.as_deref())?;
        let settings = settings::load(&places.config, environment::vars())?;
        // Within an agent's terminal, the server that it belongs to, unless something else is asked for.
        let within = std::env::var_os("CONDUCTOR_SOCKET").filter(|_| arguments.home.is_none() && env_home.is_none());
        let (target, is_remote) = match (&arguments.host, within) {
            (Some(address), _) => (remote(address, &places)?, true),
            (None, Some(socket)) => (Target::Unix(socket.into()), true),
            (None, None) => (Target::Unix(places.socket()), false),
        };
        Ok(Context {
            places,
            settings,
            json: arguments.json,
            quiet: arguments.quiet,
            verbose: arguments.verbose,
            read_only: arguments.read_only,
            color: arguments.color.clone(),
            target,
            is_remote,
            commands: Vec::new(),
        })
    }

    /// A client; whether a server runs is found by its first call.
    pub fn client(&self) -> Client {
        Client::new(self.target.clone())
    }

    /// As [`Context::client`], for verbs that change something.
    pub fn writing_client(&self) -> Result<Client, Failure> {
        if self.read_only {
            return Err(Failure::new(5, "this would change something").hint("leave out --read-only"));
        }
        Ok(self.client())
    }

    /// What starting a server for this home takes.
    pub fn autostart(&self) -> Result<Autostart, Failure> {
        let executable = std::env::current_exe().map_err(|e| Failure::from(e).hint("this program was moved away"))?;
        Ok(Autostart {
            executable,
            home: self.places.home_argument(),
            fork_socket: self.places.run.join("fork.sock"),
            server_socket: self.places.socket(),
            start_error: self.places.start_error(),
        })
    }

    /// A client of a running server; started here unless the address names another one.
    pub async fn ready_client(&self) -> Result<Client, Failure> {
        if self.is_remote {
            return Ok(self.client());
        }
        let client = self.client();
        if client.get::<Health>("/health").await.is_ok() {
            return Ok(client);
        }
        self.places.prepare()?;
        let start = self.autostart()?;
        Ok(ensure_server(&start).await?)
    }

    /// A terminal by its id, by its name, or by `session/name`.
    pub async fn terminal(&self, client: &Client, text: &str) -> Result<Terminal, Failure> {
        if let Ok(id) = text.parse::<crate::base::id::TerminalId>() {
            return Ok(client.get(&format!("/terminals/{id}")).await?);
        }
        let all: Vec<Terminal> = client.get("/terminals").await?;
        // The session's name counts with its prefix and without.
        let within = text.split_once('/').map(|(session, window)| (short_session(session), window));
        let is_named = |t: &&Terminal| t.window == text || within == Some((short_session(&t.session), &t.window));
        let named: Vec<&Terminal> = all.iter().filter(is_named).collect();
        match named.as_slice() {
            [one] => Ok((*one).clone()),
            [] => {
                Err(Failure::new(3, format!("there is no terminal {text}"))
                    .hint("`conductor-tui terminals` lists them"))
            }
            several => {
                let ids: Vec<String> = several.iter().map(|t| t.id.to_string()).collect();
                Err(Failure::new(USAGE, format!("{text} names several terminals: {}", ids.join(", "))))
            }
        }
    }
}

fn remote(address: &str, places: &Places) -> Result<Target, Failure> {
    // The token is this machine's: no other one gets to see it.
    let is_here = ["http://127.0.0.1:", "http://localhost:", "http://[::1]:"].iter().any(|a| address.starts_with(a));
    let token = std::fs::read_to_string(places.token()).ok().filter(|_| is_here).map(|t| t.trim().to_owned());
    Target::parse(address, token)
        .map_err(|e| Failure::new(USAGE, e.to_string()).hint("unix:///path/server.sock or http://127.0.0.1:9889"))
}

/// Runs a verb's future on a runtime of its own.
pub fn block_on<T>(future: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(future)
}
