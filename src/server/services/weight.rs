//! What the process tree of each agent takes: processor, memory, log. Called by the API when somebody asks for it; nobody
//! asks, nothing is read. The reading is done on a thread that may wait.

use crate::base::id::TerminalId;
use crate::proto::rest::Weight;
use crate::pty::weigh::{self, weigh};
use crate::server::app::App;
use crate::server::hub::lock;
use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::task::spawn_blocking;

/// Whoever asks again sooner gets the same answer: shorter spans say nothing of a processor's work.
const FRESH: Duration = Duration::from_secs(1);

/// The last two looks.
#[derive(Default)]
pub struct Scale {
    last: Option<Look>,
    before: Option<Look>,
}

struct Look {
    at: Instant,
    trees: HashMap<TerminalId, weigh::Weight>,
    logs: HashMap<TerminalId, u64>,
}

/// Those of all living agents, and the logs of the others.
pub async fn weights(app: &App) -> HashMap<TerminalId, Weight> {
    let _turn = app.weighing.lock().await;
    let is_fresh = lock(&app.scale).last.as_ref().is_some_and(|look| look.at.elapsed() < FRESH);
    if !is_fresh {
        let holders: Vec<(TerminalId, u32)> =
            lock(&app.world).terminals.values().filter_map(|t| Some((t.id, t.holder_pid?))).collect();
        let logs = app.places.terminal_logs();
        if let Ok(look) = spawn_blocking(move || look(&holders, &logs)).await {
            let mut scale = lock(&app.scale);
            scale.before = scale.last.take();
            scale.last = Some(look);
        }
    }
    told(&lock(&app.scale))
}

fn look(holders: &[(TerminalId, u32)], logs: &Path) -> Look {
    let roots: Vec<u32> = holders.iter().map(|(_, holder)| *holder).collect();
    let at = Instant::now();
    let by_root = weigh(&roots);
    let trees = holders.iter().filter_map(|(id, holder)| Some((*id, *by_root.get(holder)?))).collect();
    Look { at, trees, logs: log_bytes(logs) }
}

/// Bytes on the disk of all that is kept of each terminal's output: `<id>.log`, `<id>.….log`, `<id>.idx` and so on.
fn log_bytes(folder: &Path) -> HashMap<TerminalId, u64> {
    let mut bytes = HashMap::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let id = name.to_str().and_then(|name| name.split('.').next()?.parse::<TerminalId>().ok());
        if let (Some(id), Ok(found)) = (id, entry.metadata()) {
            *bytes.entry(id).or_default() += found.len();
        }
    }
    bytes
}

fn told(scale: &Scale) -> HashMap<TerminalId, Weight> {
    let Some(last) = &scale.last else { return HashMap::new() };
    let percent = |id: &TerminalId, now: &weigh::Weight| {
        let before = scale.before.as_ref()?;
        let span = last.at.duration_since(before.at).as_millis().max(1);
        // One that was started anew meanwhile has less than it had.
        let work = now.cpu_ms.checked_sub(before.trees.get(id)?.cpu_ms)?;
        u32::try_from(u128::from(work) * 100 / span).ok()
    };
    let mut all: HashMap<TerminalId, Weight> = HashMap::new();
    for (id, bytes) in &last.logs {
        all.entry(*id).or_default().log_bytes = *bytes;
    }
    for (id, tree) in &last.trees {
        let weight = all.entry(*id).or_default();
        weight.cpu_percent = percent(id, tree);
        (weight.cpu_ms, weight.memory_bytes, weight.processes) = (tree.cpu_ms, tree.memory, tree.processes);
    }
    all
}

/// Puts them into terminals that are told.
pub async fn put(app: &Arc<App>, terminals: &mut [crate::proto::rest::Terminal]) {
    let all = weights(app).await;
    for terminal in terminals {
        terminal.weight = Some(all.get(&terminal.id).copied().unwrap_or_default());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: TerminalId = TerminalId(7);

    fn look(at: Instant, cpu_ms: u64) -> Look {
        let tree = weigh::Weight { cpu_ms, memory: 4096, processes: 2 };
        Look { at, trees: HashMap::from([(ID, tree)]), logs: HashMap::from([(ID, 10), (TerminalId(8), 20)]) }
    }

    #[test]
    fn work_is_told_for_the_time_between_two_looks() {
        let start = Instant::now();
        let after = start + Duration::from_secs(2);
        let percent = |before: Option<u64>, now: u64| {
            let scale = Scale { before: before.map(|cpu| look(start, cpu)), last: Some(look(after, now)) };
            told(&scale)[&ID].cpu_percent
        };
        assert_eq!(percent(None, 500), None, "one look says nothing of a rate");
        assert_eq!(percent(Some(500), 1500), Some(50));
        assert_eq!(percent(Some(500), 500), Some(0));
        assert_eq!(percent(Some(0), 8000), Some(400), "four cores");
        assert_eq!(percent(Some(5000), 10), None, "it was started anew");
        let scale = Scale { before: None, last: Some(look(after, 1)) };
        assert_eq!(told(&scale)[&TerminalId(8)], Weight { log_bytes: 20, ..Weight::default() });
    }

    #[test]
    fn all_files_of_a_log_count() {
        let dir = tempfile::tempdir().unwrap();
        for (name, bytes) in
            [("0000002a.log", 3), ("0000002a.00000000000000000000.log", 4), ("0000002a.idx", 5), ("other", 9)]
        {
            fs::write(dir.path().join(name), vec![0; bytes]).unwrap();
        }
        assert_eq!(log_bytes(dir.path()), HashMap::from([(TerminalId(42), 12)]));
    }
}
