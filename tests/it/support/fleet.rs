//! A home with a server and agents in it, by the words of the command line: launch, look, stop. Used by the tests of
//! the API, the verbs and the stream. It must never reach into the product: everything here is what a script could do.

use serde_json::Value;

use super::home::Home;
use super::run::Run;
use super::wait::wait_until;

impl Home {
    /// Launches `sh -c script` in a session of this name; gives the terminal's object. Starts the server if need be.
    #[track_caller]
    pub fn launch_script(&self, session: &str, script: &str) -> Value {
        let words = ["launch", "--headless", "--json", "--session-name", session, "--", "/bin/sh", "-c", script];
        self.cmd(words).run().ok().json()
    }

    /// One more terminal in a session.
    #[track_caller]
    pub fn worker(&self, session: &str, script: &str) -> Value {
        self.cmd(["worker", session, "--headless", "--json", "--", "/bin/sh", "-c", script]).run().ok().json()
    }

    /// What `GET /terminals` says of every terminal.
    #[track_caller]
    pub fn listed(&self) -> Vec<Value> {
        self.cmd(["terminals", "--json"]).run().ok().json().as_array().unwrap().clone()
    }

    /// One terminal's object; `None` when it has no row.
    #[track_caller]
    pub fn find_terminal(&self, id: &str) -> Option<Value> {
        self.listed().into_iter().find(|t| t["id"] == id)
    }

    /// Waits until the text that a terminal printed so far holds `text`; gives all of it.
    #[track_caller]
    pub fn wait_output(&self, id: &str, text: &str) -> String {
        wait_until(&format!("`{text}` from {id}"), || {
            let output = self.cmd(["output", id]).run().ok().stdout;
            output.contains(text).then_some(output)
        })
    }

    #[track_caller]
    pub fn health(&self) -> Value {
        self.cmd(["health", "--json"]).run().ok().json()
    }

    /// The port of the running server.
    #[track_caller]
    pub fn port(&self) -> u16 {
        let health = self.health();
        let tcp = health["tcp"].as_str().unwrap_or_default();
        tcp.rsplit(':').next().and_then(|p| p.parse().ok()).unwrap_or_else(|| panic!("no port in {health}"))
    }

    /// The user's token of the running server.
    pub fn token(&self) -> String {
        self.read("run/token").trim().to_owned()
    }

    /// The socket of the server of this home, as `--host` takes it.
    pub fn socket_address(&self) -> String {
        format!("unix://{}", self.join("run/server.sock").display())
    }

    /// A verb that needs no words but its own: `verb("health")`.
    pub fn verb(&self, words: &str) -> Run {
        self.cmd(words.split_whitespace())
    }
}

/// The id of a terminal's object.
#[track_caller]
pub fn id(terminal: &Value) -> String {
    terminal["id"].as_str().unwrap_or_else(|| panic!("no id in {terminal}")).to_owned()
}
