//! `rename`, `restart`, `stop`, `close`, `kill`, `shutdown`: a terminal's and the server's life.

use crate::cli::args::{
    AnswerArguments, KillArguments, RenameArguments, ShutdownArguments, TerminalArguments, YesOrNo,
};
use crate::cli::context::{Context, block_on};
use crate::cli::failure::Failure;
use crate::cli::out;
use crate::client::{Client, ClientError, Target, segment};
use crate::proto::holder::HolderRecord;
use crate::proto::rest::{AnswerRequest, Health, RenameRequest, ShutdownRequest, Terminal};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// A server that ends writes its last checkpoints first.
const SHUTDOWN_LIMIT: Duration = Duration::from_secs(20);
/// Its socket is gone before its process is: it stores its last changes. In a container its pid may be another's.
const PROCESS_LIMIT: Duration = Duration::from_secs(5);
/// Between two looks whether it has ended.
const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// One line about a terminal.
pub fn say(context: &Context, terminal: &Terminal) -> Result<i32, Failure> {
    if context.json {
        out::json(terminal)?;
    } else if !context.quiet {
        out::text(&format!("{}  {}  {}", terminal.id, terminal.window, terminal.status.word()))?;
    }
    Ok(0)
}

pub fn rename(context: &Context, arguments: &RenameArguments) -> Result<i32, Failure> {
    let request = RenameRequest { name: arguments.name.clone() };
    let terminal = block_on(async {
        let client = context.writing_client()?;
        let terminal = context.terminal(&client, &arguments.terminal).await?;
        Ok(client.post(&format!("/terminals/{}/rename", terminal.id), &request).await?)
    })?;
    say(context, &terminal)
}

pub fn restart(context: &Context, arguments: &TerminalArguments) -> Result<i32, Failure> {
    let terminal = block_on(async {
        let client = context.writing_client()?;
        let terminal = context.terminal(&client, &arguments.terminal).await?;
        Ok(client.post(&format!("/terminals/{}/restart", terminal.id), &json!({})).await?)
    })?;
    say(context, &terminal)
}

pub fn stop(context: &Context, arguments: &TerminalArguments) -> Result<i32, Failure> {
    block_on(async {
        let client = context.writing_client()?;
        let terminal = context.terminal(&client, &arguments.terminal).await?;
        client.post::<_, Value>(&format!("/terminals/{}/exit", terminal.id), &json!({})).await?;
        Ok(0)
    })
}

pub fn answer(context: &Context, arguments: &AnswerArguments) -> Result<i32, Failure> {
    let request = AnswerRequest { yes: arguments.answer == YesOrNo::Yes };
    let terminal = block_on(async {
        let client = context.writing_client()?;
        let terminal = context.terminal(&client, &arguments.terminal).await?;
        Ok(client.post(&format!("/terminals/{}/answer", terminal.id), &request).await?)
    })?;
    say(context, &terminal)
}

pub fn close(context: &Context, arguments: &TerminalArguments) -> Result<i32, Failure> {
    block_on(async {
        let client = context.writing_client()?;
        let terminal = context.terminal(&client, &arguments.terminal).await?;
        client.delete(&format!("/terminals/{}", terminal.id)).await?;
        Ok(0)
    })
}

pub fn kill(context: &Context, arguments: &KillArguments) -> Result<i32, Failure> {
    block_on(async {
        context.writing_client()?.delete(&format!("/sessions/{}", segment(&arguments.session))).await?;
        Ok(0)
    })
}

pub fn shutdown(context: &Context, arguments: &ShutdownArguments) -> Result<i32, Failure> {
    // A restart starts the program that asks for it: that is how an upgrade begins.
    let executable = arguments.restart.then(std::env::current_exe).transpose()?;
    let request = ShutdownRequest {
        all: arguments.all,
        session: arguments.session.clone(),
        restart: arguments.restart,
        executable: executable.map(|e| e.display().to_string()),
    };
    block_on(async {
        let client = context.writing_client()?;
        let before: Health = match client.get("/health").await {
            Err(ClientError::NoServer(address)) => {
                let agents = agents_without_server(context);
                if agents == 0 || !arguments.all {
                    let hint = match agents {
                        0 => "no agent runs either; `conductor-tui` starts a server".to_owned(),
                        1 => "one agent goes on; `conductor-tui shutdown --all` ends it".to_owned(),
                        _ => format!("{agents} agents go on; `conductor-tui shutdown --all` ends them"),
                    };
                    return Err(Failure::new(4, ClientError::NoServer(address).to_string()).hint(hint));
                }
                // Agents are ended by the server alone, which knows how each of them is; it is started for that.
                context.ready_client().await?.get("/health").await?
            }
            answer => answer?,
        };
        let answer: Result<Value, ClientError> = client.post("/server/shutdown", &request).await;
        match answer {
            // The server may be gone before its answer is.
            Ok(_) | Err(ClientError::Io(_)) => {}
            Err(error) => return Err(error.into()),
        }
        if request.session.is_some() {
            return Ok(0);
        }
        wait_for_end(&client, &before, request.restart).await?;
        if let (Target::Unix(_), Some(pid)) = (client.target(), before.pid) {
            wait_for_process(pid).await;
        }
        Ok(0)
    })
}

async fn wait_for_end(client: &Client, before: &Health, restart: bool) -> Result<(), Failure> {
    let until = Instant::now() + SHUTDOWN_LIMIT;
    loop {
        match client.get::<Health>("/health").await {
            Ok(health) if restart && health.pid != before.pid => return Ok(()),
            Err(ClientError::NoServer(_)) if !restart => return Ok(()),
            _ if Instant::now() > until => {
                return Err(Failure::new(124, "the server has not ended yet").hint("`conductor-tui health` tells"));
            }
            _ => tokio::time::sleep(LOOK_AGAIN).await,
        }
    }
}

/// Until the server's process is gone, so that what comes behind `shutdown` finds its files at rest.
async fn wait_for_process(pid: u32) {
    let until = Instant::now() + PROCESS_LIMIT;
    while is_running(pid) && Instant::now() < until {
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

/// How many agents of this home run although no server does: their holders' records say so.
fn agents_without_server(context: &Context) -> usize {
    if context.is_remote {
        return 0;
    }
    let Ok(entries) = std::fs::read_dir(context.places.holders()) else { return 0 };
    let records = entries.filter_map(|entry| {
        let record = std::fs::read(entry.ok()?.path()).ok()?;
        serde_json::from_slice::<HolderRecord>(&record).ok()
    });
    records.filter(|record| is_running(record.holder_pid)).count()
}

/// Whether a process runs. One that has ended and was not waited for yet does not.
fn is_running(pid: u32) -> bool {
    let Ok(stat) = std::fs::read_to_string(format!("/proc/{pid}/stat")) else { return false };
    let state = stat.rsplit(')').next().and_then(|rest| rest.trim_start().chars().next());
    !matches!(state, Some('Z' | 'X'))
}
