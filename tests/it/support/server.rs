//! A home's server, fork server, holders and agents as seen from outside: who they are, what the API says of them,
//! what lies in their logs. Used by tests about survival, faults and leaks. It must never be what keeps the product
//! alive: nothing here starts a server but the verbs of the product itself.

use std::future::Future;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::Duration;

use conductor_tui::client::{Client, ClientError, Target};
use serde_json::{Value, json};

use super::home::Home;
use super::proc::{self, Pid};
use super::run::Output;
use super::wait::{LIMIT, wait_until, wait_until_for};

/// One launched agent.
#[derive(Clone, Debug)]
pub struct Agent {
    pub id: String,
    pub pid: Pid,
    pub holder: Pid,
}

impl Home {
    /// The living server's pid, by its own file.
    pub fn server_pid(&self) -> Option<Pid> {
        let pid = self.read("run/server.pid").trim().parse().ok()?;
        proc::alive(pid).then_some(pid)
    }

    /// The server's pid, waiting for one that answers and is not `before`.
    #[track_caller]
    pub fn server_other_than(&self, before: Option<Pid>) -> Pid {
        wait_until("a server that answers", || {
            let health = self.api("/health")?;
            let pid = health["pid"].as_i64()? as Pid;
            (Some(pid) != before).then_some(pid)
        })
    }

    /// The fork server's pid, by asking it.
    pub fn fork_server_pid(&self) -> Option<Pid> {
        let reply = self.ask_fork_server(&json!({ "type": "ping" }))?;
        reply["pid"].as_i64().map(|pid| pid as Pid)
    }

    /// One request to the fork server, and its answer.
    pub fn ask_fork_server(&self, request: &Value) -> Option<Value> {
        let mut stream = UnixStream::connect(self.join("run/fork.sock")).ok()?;
        stream.set_read_timeout(Some(LIMIT)).ok()?;
        stream.write_all(format!("{request}\n").as_bytes()).ok()?;
        let mut line = String::new();
        BufReader::new(stream).read_line(&mut line).ok()?;
        serde_json::from_str(&line).ok()
    }

    /// The product's own client on the Unix socket.
    pub fn client(&self) -> Client {
        Client::new(Target::Unix(self.join("run/server.sock")))
    }

    /// `GET`, or nothing when there is no server, it says no, or it says nothing within a second.
    pub fn api(&self, path: &str) -> Option<Value> {
        self.api_within(Duration::from_secs(1), path)
    }

    /// As [`Home::api`], with a limit of its own.
    pub fn api_within(&self, limit: Duration, path: &str) -> Option<Value> {
        block_on(async { tokio::time::timeout(limit, self.client().get(path)).await.ok()?.ok() })
    }

    /// `GET /terminals`, waiting for a server.
    #[track_caller]
    pub fn terminals(&self) -> Vec<Value> {
        wait_until("a list of terminals", || self.api("/terminals")?.as_array().cloned())
    }

    /// One terminal, waiting for a server.
    #[track_caller]
    pub fn terminal(&self, id: &str) -> Value {
        wait_until(&format!("terminal {id}"), || self.api(&format!("/terminals/{id}")))
    }

    /// Waits until `condition` holds for a terminal; says what it was last.
    #[track_caller]
    pub fn wait_terminal(&self, id: &str, what: &str, mut condition: impl FnMut(&Value) -> bool) -> Value {
        let mut last = Value::Null;
        let found = super::wait::wait_at_most(LIMIT, || {
            last = self.api(&format!("/terminals/{id}")).unwrap_or(Value::Null);
            condition(&last).then(|| last.clone())
        });
        found.unwrap_or_else(|| panic!("{id}: waited in vain for: {what}\nlast: {last:#}"))
    }

    /// Starts an agent in a session, by the verbs `launch` (a new session) or `worker` (one more terminal). Starts a
    /// server if none runs, as `launch` does.
    #[track_caller]
    pub fn launch(&self, session: &str, command: &[&str]) -> Agent {
        let exists = self.api(&format!("/sessions/{session}")).is_some();
        let first: &[&str] = match exists {
            true => &["worker", session, "--headless", "--json", "--"],
            false => &["launch", "--session-name", session, "--headless", "--json", "--"],
        };
        self.agent_of(self.cmd(first.iter().chain(command)).run())
    }

    /// What `launch --json` said.
    #[track_caller]
    pub fn agent_of(&self, output: Output) -> Agent {
        let terminal = output.ok().json();
        let number = |key: &str| terminal[key].as_i64().unwrap_or_else(|| panic!("no {key}: {terminal}")) as Pid;
        Agent { id: terminal["id"].as_str().unwrap().into(), pid: number("pid"), holder: number("holder_pid") }
    }

    /// The newest segment of an agent's log.
    pub fn log_path(&self, id: &str) -> PathBuf {
        self.join(format!("logs/terminal/{id}.log"))
    }

    /// All bytes of an agent's log, older segments first.
    pub fn log(&self, id: &str) -> Vec<u8> {
        let prefix = format!("{id}.");
        let Ok(entries) = std::fs::read_dir(self.join("logs/terminal")) else { return vec![] };
        let mut names: Vec<String> =
            entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        names.retain(|name| name.starts_with(&prefix) && name.ends_with(".log"));
        // `<id>.log` sorts behind `<id>.<digits>.log`.
        names.sort();
        names.iter().flat_map(|name| std::fs::read(self.join("logs/terminal").join(name)).unwrap_or_default()).collect()
    }

    /// The screen of an agent as the API tells it.
    #[track_caller]
    pub fn screen_of(&self, id: &str) -> String {
        let output = self.cmd(["output", id, "--mode", "screen"]).run().ok();
        output.stdout.trim_end().to_string()
    }

    /// Waits until `text` stands on an agent's screen.
    #[track_caller]
    pub fn wait_screen(&self, id: &str, text: &str) -> String {
        let mut last = String::new();
        let found = super::wait::wait_at_most(LIMIT, || {
            let output = self.api(&format!("/terminals/{id}/output?mode=screen"))?;
            last = output["output"].as_str()?.to_string();
            last.contains(text).then(|| last.clone())
        });
        found.unwrap_or_else(|| panic!("{id}: no {text:?} on the screen:\n{last}"))
    }

    /// SIGKILLs the server and waits for its end; gives its pid.
    #[track_caller]
    pub fn kill_server(&self) -> Pid {
        let pid = wait_until("a server to kill", || self.server_pid());
        proc::kill(pid);
        pid
    }

    /// Ends every agent and the server by the product's own verb, and waits until nothing of this home runs.
    #[track_caller]
    pub fn shut_down_all(&self) {
        let _ = self.cmd(["shutdown", "--all"]).run().ok();
        wait_until_for(LIMIT, "the end of everything", || self.leftovers().is_empty().then_some(()));
    }
}

/// Runs a future to its end on a small runtime of its own.
pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

/// What a client's refusal says.
pub fn refusal(error: &ClientError) -> String {
    error.to_string()
}
