//! Starts a server where none runs: asks the home's fork server, or starts that first. Called by the TUI and by
//! `launch` only; every other verb says that there is no server. Five callers at once start one server: the lock
//! files decide.

use crate::client::api::Client;
use crate::client::error::ClientError;
use crate::client::target::Target;
use crate::proto::fork::Request;
use crate::proto::rest::Health;
use std::io::Write;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// What is needed to start a server for a home.
#[derive(Clone, Debug)]
pub struct Autostart {
    /// This program.
    pub executable: PathBuf,
    /// `--home DIR`, or empty.
    pub home: String,
    pub fork_socket: PathBuf,
    pub server_socket: PathBuf,
    /// Where a server that cannot start says why.
    pub start_error: PathBuf,
}

/// A cold start on a loaded machine, with a large database to read.
const START_LIMIT: Duration = Duration::from_secs(20);
/// Between two looks at a socket that is about to appear: short beside what a person notices.
const LOOK_AGAIN: Duration = Duration::from_millis(2);

/// A client of a running server, started if need be.
///
/// # Errors
/// [`ClientError::NotStarted`] with the server's own reason.
pub async fn ensure_server(start: &Autostart) -> Result<Client, ClientError> {
    let client = Client::new(Target::Unix(start.server_socket.clone()));
    if client.get::<Health>("/health").await.is_ok() {
        return Ok(client);
    }
    let _ = std::fs::remove_file(&start.start_error);
    ask(start)?;
    let until = Instant::now() + START_LIMIT;
    loop {
        if let Ok(Health { .. }) = client.get("/health").await {
            return Ok(client);
        }
        if let Ok(reason) = std::fs::read_to_string(&start.start_error) {
            return Err(ClientError::NotStarted(reason.trim().to_owned()));
        }
        if Instant::now() > until {
            return Err(ClientError::NotStarted(format!("nothing listens at {}", start.server_socket.display())));
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

/// Asks the living fork server for a server, or starts a fork server that begins with one.
fn ask(start: &Autostart) -> Result<(), ClientError> {
    let executable = start.executable.to_string_lossy().into_owned();
    if let Ok(mut stream) = UnixStream::connect(&start.fork_socket) {
        let request = Request::Ensure { executable: executable.clone() };
        if let Ok(mut line) = serde_json::to_vec(&request) {
            line.push(b'\n');
            if stream.write_all(&line).is_ok() {
                return Ok(());
            }
        }
    }
    let mut command = Command::new(&start.executable);
    if !start.home.is_empty() {
        command.args(["--home", &start.home]);
    }
    let status = command
        .args(["fork-server", "--start-server", &executable])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        // It splits off and its first process ends at once: this waits for nothing but that.
        .status();
    match status {
        Ok(_) => Ok(()),
        Err(e) => Err(ClientError::NotStarted(format!("cannot run {executable}: {e}"))),
    }
}
