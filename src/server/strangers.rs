//! Living holders that have no row: of a server that died before it had stored them, or beside a database restored from
//! an older copy. Called once at the start. They get rows in a session of their own, so that a user can see, attach and
//! close them; nothing here ends or types anything.

use crate::base::clock::now_ms;
use crate::base::id::TerminalId;
use crate::core::life::Life;
use crate::core::status::Status;
use crate::core::world::{Event, Hooking, Session, Terminal};
use crate::proto::holder::HolderRecord;
use crate::pty::tree;
use crate::server::app::App;
use crate::server::hub::lock;
use crate::server::recover;
use crate::server::services::environment;
use std::path::PathBuf;
use std::sync::Arc;

/// The session of everything that was found.
const SESSION: &str = "conductor-found";

/// Records of living agents that no row names. Whoever has only its holder left is about to go by itself.
pub fn find(app: &App) -> Vec<HolderRecord> {
    let Ok(entries) = std::fs::read_dir(app.places.holders()) else { return Vec::new() };
    let is_known = |id: TerminalId| lock(&app.world).terminals.contains_key(&id);
    entries
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            if path.extension()? != "json" {
                return None;
            }
            serde_json::from_slice::<HolderRecord>(&std::fs::read(path).ok()?).ok()
        })
        .filter(|record| !is_known(record.terminal) && tree::is_alive(record.holder_pid, record.holder_start))
        .filter(|record| tree::process(record.agent_pid).is_some_and(|agent| !agent.is_zombie()))
        .collect()
}

/// Gives each of them a row and serves it.
pub async fn adopt(app: Arc<App>, found: Vec<HolderRecord>) {
    for record in found {
        let (id, pid) = (record.terminal, record.holder_pid);
        tracing::warn!(terminal = %id, pid, "a holder lives that is not in the database; it is given a row");
        let terminal = Box::new(row(&app, record));
        let session = Session { name: SESSION.into(), cwd: terminal.cwd.clone(), created_at: now_ms() };
        if let Err(error) = app.record(Event::Found { session, terminal }).await {
            tracing::error!(terminal = %id, error, "its row is not stored yet");
        }
        recover::serve(&app, id).await;
    }
}

fn row(app: &App, record: HolderRecord) -> Terminal {
    let now = now_ms();
    let provider = if app.catalog.get(&record.provider).is_some() {
        record.provider
    } else {
        app.settings.launch.provider.clone()
    };
    let is_shell = app.catalog.get(&provider).is_some_and(|definition| definition.is_shell);
    let command = if record.command.is_empty() { command_of(record.agent_pid) } else { record.command };
    let cwd = if record.cwd.is_empty() { directory_of(record.agent_pid) } else { record.cwd };
    Terminal {
        id: record.terminal,
        session: SESSION.into(),
        window: format!("agent-{provider}"),
        role: "agent".into(),
        provider,
        is_shell,
        profile: None,
        command,
        // Whatever it was started with is repeated as it was.
        is_own_command: true,
        cwd,
        environment: environment::of_server(app),
        env_files: Vec::new(),
        umask: None,
        created_at: now,
        run: record.run.max(1),
        status: Status::Unknown,
        waiting_for: None,
        detail: None,
        evidence: None,
        has_begun: false,
        hooks: Hooking::None,
        paused: None,
        since: now,
        title: String::new(),
        // The holder says the size that holds.
        columns: 80,
        rows: 24,
        holder_pid: Some(record.holder_pid),
        agent_pid: Some(record.agent_pid),
        exit_code: None,
        exit_signal: None,
        conversation: None,
        conversations_before: Vec::new(),
        is_cut_off: false,
        life: Life::default(),
        unwell: None,
        revision: 0,
    }
}

/// The agent's command line as the system knows it.
fn command_of(pid: u32) -> Vec<String> {
    let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    let words = line.split(|byte| *byte == 0).filter(|word| !word.is_empty());
    words.map(|word| String::from_utf8_lossy(word).into_owned()).collect()
}

fn directory_of(pid: u32) -> String {
    std::fs::read_link(format!("/proc/{pid}/cwd")).unwrap_or_else(|_| PathBuf::from("/")).display().to_string()
}
