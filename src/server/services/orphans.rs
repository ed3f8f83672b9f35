//! Processes that agents of this home started and that no living holder has in its tree: nobody ends them when their agent
//! is ended. Called by the API for `doctor`. It must never end one: somebody may have meant it to live.

use crate::base::id::TerminalId;
use crate::base::text::printable;
use crate::proto::rest::Orphan;
use crate::pty::tree;
use crate::server::app::App;
use crate::server::hub::lock;
use std::collections::HashSet;
use std::fs;
use tokio::task::spawn_blocking;

/// Enough of a command line to know it by.
const COMMAND: usize = 200;

/// Those that live now.
pub async fn orphans(app: &App) -> Vec<Orphan> {
    let socket = format!("CONDUCTOR_SOCKET={}", app.places.socket().display());
    let holders: HashSet<u32> = lock(&app.world).terminals.values().filter_map(|t| t.holder_pid).collect();
    spawn_blocking(move || find(socket, &holders)).await.unwrap_or_default()
}

fn find(socket: String, holders: &HashSet<u32>) -> Vec<Orphan> {
    let is_orphan = |pid: &u32| {
        // A line that cannot be followed says nothing: whoever it leads to may be a holder.
        tree::ancestry(*pid).is_some_and(|line| !line.iter().any(|process| holders.contains(&process.pid)))
    };
    tree::with_environment(&[socket]).into_iter().filter(is_orphan).map(told).collect()
}

fn told(pid: u32) -> Orphan {
    let read = |name: &str| fs::read(format!("/proc/{pid}/{name}")).unwrap_or_default();
    let environment = read("environ");
    let of = environment.split(|byte| *byte == 0).find_map(|entry| entry.strip_prefix(b"CONDUCTOR_TERMINAL_ID="));
    let terminal = of.and_then(|id| std::str::from_utf8(id).ok()?.parse::<TerminalId>().ok());
    let line = read("cmdline");
    let words: Vec<_> = line.split(|byte| *byte == 0).map(String::from_utf8_lossy).collect();
    let command = printable(words.join(" ").trim()).chars().take(COMMAND).collect();
    Orphan { pid, terminal, command }
}
