//! The server's way to the fork server: introducing itself, asking for holders, starting a new fork server when
//! the old one is gone. A spawn has a connection of its own, so that a slow one delays no other.

use crate::base::id::TerminalId;
use crate::proto::fork::{Reply, Request};
use crate::proto::holder::HolderSpec;
use crate::server::app::App;
use std::io;
use std::os::unix::process::CommandExt;
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;

/// A fork server starts in a few milliseconds; a loaded machine is given this.
const START_LIMIT: Duration = Duration::from_secs(10);
/// Its own limit for a holder's start, and some more.
const SPAWN_LIMIT: Duration = Duration::from_secs(25);
/// First and longest wait before the next try to bring back a fork server that cannot stay up.
const PAUSE: (Duration, Duration) = (Duration::from_millis(10), Duration::from_secs(5));
/// One that stayed so long is well: its end is a first one.
const STEADY: Duration = Duration::from_secs(10);

/// Keeps a fork server alive for as long as the server runs.
pub async fn watch(app: Arc<App>) {
    let mut pause = PAUSE.0;
    loop {
        let began = Instant::now();
        match introduce(&app).await {
            Ok(mut stream) => {
                // Nothing more is said on this connection: its end is the fork server's end.
                let mut line = String::new();
                while stream.read_line(&mut line).await.is_ok_and(|n| n > 0) {
                    line.clear();
                }
                tracing::warn!("the fork server is gone; starting another one");
            }
            Err(error) => tracing::error!(%error, "no fork server"),
        }
        if began.elapsed() > STEADY {
            pause = PAUSE.0;
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(PAUSE.1);
    }
}

async fn introduce(app: &App) -> io::Result<BufReader<UnixStream>> {
    let mut stream = BufReader::new(connect(app).await?);
    let request =
        Request::Server { pid: std::process::id(), executable: app.executable.clone(), supervise: app.is_supervised };
    send(&mut stream, &request).await?;
    Ok(stream)
}

/// Says goodbye, so that the end of this process is taken as meant.
/// With `restart`, that program is started as the next server.
pub async fn goodbye(app: &App, restart: Option<String>) {
    if let Ok(stream) = UnixStream::connect(app.places.run.join("fork.sock")).await {
        let mut stream = BufReader::new(stream);
        let request =
            Request::Bye { restart: restart.is_some(), executable: restart.unwrap_or_else(|| app.executable.clone()) };
        if send(&mut stream, &request).await.is_ok() {
            let mut line = String::new();
            let _ = tokio::time::timeout(Duration::from_secs(2), stream.read_line(&mut line)).await;
        }
    }
}

/// Forks a holder and waits until its agent runs: the holder's pid and the agent's.
///
/// # Errors
/// The reason for the user, when the program cannot be started.
pub async fn spawn(app: &App, spec: HolderSpec) -> Result<(u32, u32), String> {
    let terminal = spec.terminal;
    let asking = async {
        let mut stream = BufReader::new(connect(app).await.map_err(|e| format!("no fork server: {e}"))?);
        let lost = |e: io::Error| format!("the fork server did not answer: {e}");
        send(&mut stream, &Request::Spawn { spec: Box::new(spec) }).await.map_err(lost)?;
        let mut line = String::new();
        stream.read_line(&mut line).await.map_err(lost)?;
        answer(terminal, &line)
    };
    tokio::time::timeout(SPAWN_LIMIT, asking).await.unwrap_or_else(|_| Err("starting took too long".into()))
}

fn answer(terminal: TerminalId, line: &str) -> Result<(u32, u32), String> {
    match serde_json::from_str(line) {
        Ok(Reply::Spawned { terminal: t, holder_pid, agent_pid }) if t == terminal => Ok((holder_pid, agent_pid)),
        Ok(Reply::SpawnFailed { error, .. } | Reply::Refused { error }) => Err(error),
        _ => Err("the fork server ended while it started the agent".into()),
    }
}

async fn send(stream: &mut BufReader<UnixStream>, request: &Request) -> io::Result<()> {
    let mut line = serde_json::to_vec(request)?;
    line.push(b'\n');
    stream.get_mut().write_all(&line).await
}

/// Connects, starting a fork server when none listens.
async fn connect(app: &App) -> io::Result<UnixStream> {
    let path = app.places.run.join("fork.sock");
    if let Ok(stream) = UnixStream::connect(&path).await {
        return Ok(stream);
    }
    let mut command = std::process::Command::new(&app.executable);
    let home = app.places.home_argument();
    if !home.is_empty() {
        command.args(["--home", &home]);
    }
    command.arg("fork-server");
    if app.is_supervised {
        // Watched from its first moment: we may be killed before we have introduced ourselves.
        command.args(["--server-pid", &std::process::id().to_string()]);
    }
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let umask = app.umask;
    // SAFETY: umask is async-signal-safe and only sets a number.
    unsafe {
        command.pre_exec(move || {
            libc::umask(umask as libc::mode_t);
            Ok(())
        })
    };
    // Its first process splits off the real one and ends at once.
    tokio::task::spawn_blocking(move || command.status()).await.map_err(io::Error::other)??;
    let until = Instant::now() + START_LIMIT;
    loop {
        match UnixStream::connect(&path).await {
            Ok(stream) => return Ok(stream),
            Err(error) if Instant::now() > until => return Err(error),
            Err(_) => tokio::time::sleep(Duration::from_millis(2)).await,
        }
    }
}
