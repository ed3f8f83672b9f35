//! What a new server finds: stored terminals, living holders, the ends that journals tell of. Called once at the
//! start. It types nothing; queries of the last two seconds that nobody answered are answered by the screens.

use crate::base::clock::now_ms;
use crate::base::id::TerminalId;
use crate::core::status::{OWN_REPORT, Program, Status};
use crate::core::world::{Event, Terminal, World};
use crate::olog::journal::{self, Record};
use crate::olog::segment::journal_path;
use crate::proto::holder::HolderRecord;
use crate::server::app::App;
use crate::server::hub::lock;
use crate::server::pane::Pane;
use crate::server::terminal::Shared;
use crate::store::Loaded;
use std::path::Path;
use std::sync::Arc;

/// Queries this old are not answered any more: whoever asked has gone on. (`decisions.md`: the last 2 s.)
const ANSWER_WITHIN_MS: u64 = 2000;

/// The world as it was stored.
pub fn world_of(loaded: &Loaded) -> World {
    let mut world = World::default();
    for session in &loaded.sessions {
        world.sessions.insert(session.name.clone(), session.clone());
    }
    for terminal in &loaded.terminals {
        world.terminals.insert(terminal.id, terminal.clone());
    }
    world
}

/// Opens every terminal: the living ones are served, the others keep their last screen. Returns how many live.
pub fn adopt(app: &Arc<App>) -> usize {
    let ids: Vec<TerminalId> = lock(&app.world).terminals.keys().copied().collect();
    let mut living = 0;
    for id in ids {
        let is_alive = app.holder_is_alive(id);
        match open(app, id, is_alive) {
            Ok(()) => living += usize::from(is_alive),
            Err(error) => {
                tracing::error!(terminal = %id, %error, "cannot open the log");
                app.tell(Event::HolderLost { id, reason: format!("its log cannot be read: {error}") });
            }
        }
        if !is_alive && app.terminal(id).is_some_and(|t| t.is_alive()) {
            let (code, signal) = match end_of(&app.places.terminal_logs(), id) {
                Some(end) => end,
                None => {
                    app.tell(Event::HolderLost { id, reason: "its holder is gone".into() });
                    continue;
                }
            };
            app.tell(Event::Exited { id, code, signal });
        }
    }
    living
}

/// Opens one terminal's screen and, when its holder lives, serves it.
///
/// # Errors
/// When its log cannot be read.
pub fn open(app: &Arc<App>, id: TerminalId, is_alive: bool) -> std::io::Result<()> {
    let dir = app.places.terminal_logs();
    let pane = Pane::open(&dir, id)?;
    let answer_from = pane.offset_at(now_ms().saturating_sub(ANSWER_WITHIN_MS));
    let program = app.terminal(id).filter(|_| is_alive).and_then(|t| last_report(&t));
    let (shared, commands) = Shared::new(id, pane, if is_alive { answer_from } else { u64::MAX }, program);
    app.add_terminal(Arc::clone(&shared), is_alive.then_some(commands));
    // The log's end as it lies there; a living holder tells more.
    app.schedule(&shared);
    Ok(())
}

/// What the program had reported when the status was stored. Newer reports are in the log and overrule it.
fn last_report(terminal: &Terminal) -> Option<Program> {
    let status = match terminal.status {
        Status::Completed => Status::Ready,
        other => other,
    };
    let is_its_own = terminal.evidence.as_deref() == Some(OWN_REPORT);
    is_its_own.then(|| Program { status, waiting_for: terminal.waiting_for, message: terminal.detail.clone() })
}

/// Holders that live but are not in the database: started, and the server died before it had stored them, or the
/// database is a restored older one. They are reported, never ended.
pub fn strangers(app: &App) -> Vec<HolderRecord> {
    let Ok(entries) = std::fs::read_dir(app.places.holders()) else { return Vec::new() };
    let world = lock(&app.world);
    entries
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            if path.extension()? != "json" {
                return None;
            }
            let record: HolderRecord = serde_json::from_slice(&std::fs::read(path).ok()?).ok()?;
            (!world.terminals.contains_key(&record.terminal)).then_some(record)
        })
        .filter(|record| crate::pty::tree::is_alive(record.holder_pid, record.holder_start))
        .collect()
}

/// How a terminal's newest run ended, by its journal. `None`: it does not say.
pub fn end_of(dir: &Path, id: TerminalId) -> Option<(Option<i32>, Option<i32>)> {
    let mut end = None;
    journal::visit(&journal_path(dir, id), |record| match record {
        Record::Run { .. } => end = None,
        Record::Exit { code, signal, .. } => end = Some((code, signal)),
        _ => {}
    })
    .ok()?;
    end
}
