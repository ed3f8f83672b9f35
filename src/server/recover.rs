//! What a new server finds: stored terminals, living holders, the ends that journals tell of. Called once at the
//! start, and for every terminal that is opened later. It types nothing (queries of the last two seconds that nobody
//! answered are answered by the screens), and it never says that a living agent is gone.

use crate::base::clock::now_ms;
use crate::base::id::TerminalId;
use crate::core::status::{Claim, OWN_REPORT, Origin, Status};
use crate::core::usage::Ledger;
use crate::core::world::{Event, Terminal, World};
use crate::olog::journal::{self, Record};
use crate::olog::segment::journal_path;
use crate::server::app::App;
use crate::server::hub::lock;
use crate::server::pane::Pane;
use crate::server::terminal::Shared;
use crate::store::Loaded;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::task::spawn_blocking;

/// Queries this old are not answered any more: whoever asked has gone on. (`decisions.md`: the last 2 s.)
const ANSWER_WITHIN_MS: u64 = 2000;
/// So long the first requests wait for the logs: a person does not notice it, and nearly every fleet is open by then.
const PATIENCE: Duration = Duration::from_millis(500);
/// First and longest wait before a log that cannot be read is tried again.
const OPEN_AGAIN: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));

/// The world as it was stored.
pub fn world_of(loaded: &Loaded) -> World {
    let mut world = World { halted_since: loaded.halted_since, ..World::default() };
    for session in &loaded.sessions {
        world.sessions.insert(session.name.clone(), session.clone());
    }
    for terminal in &loaded.terminals {
        world.terminals.insert(terminal.id, terminal.clone());
    }
    for worktree in &loaded.worktrees {
        world.worktrees.insert(worktree.id, worktree.clone());
    }
    for trust in &loaded.trusts {
        world.trusts.insert(trust.directory.clone(), trust.clone());
    }
    for approval in &loaded.approvals {
        world.approvals.insert(approval.id, approval.clone());
    }
    world.usage = Arc::new(Ledger::of(loaded.usage.iter().cloned(), loaded.marks.iter().cloned()));
    world
}

/// Opens every terminal, side by side and off this thread: the living ones are served, the others keep their last
/// screen. Returns how many holders live when all are open, or when the patience is over; the rest goes on meanwhile.
pub async fn adopt(app: &Arc<App>) -> usize {
    let ids: Vec<TerminalId> = lock(&app.world).terminals.keys().copied().collect();
    let mut living = 0;
    let mut opening = Vec::new();
    for id in ids {
        let is_alive = app.holder_is_alive(id);
        living += usize::from(is_alive);
        let (app, (done, is_done)) = (Arc::clone(app), oneshot::channel());
        opening.push(is_done);
        Arc::clone(&app).spawn(async move {
            let opened = open(&app, id, is_alive).await;
            if !is_alive {
                ended(&app, id, &opened).await;
            }
            let _ = done.send(());
            if let (Err(error), true) = (opened, is_alive) {
                keep_opening(&app, id, error).await;
            }
        });
    }
    let all = async {
        for one in opening {
            let _ = one.await;
        }
    };
    if tokio::time::timeout(PATIENCE, all).await.is_err() {
        tracing::warn!("not every log is read yet; the server begins to serve all the same");
    }
    living
}

/// A terminal without a holder: how its agent ended, where the row does not know it yet.
async fn ended(app: &App, id: TerminalId, opened: &io::Result<()>) {
    if let Err(error) = opened {
        tracing::error!(terminal = %id, %error, "cannot open the log of an agent that has ended");
    }
    if app.terminal(id).is_some_and(|t| t.is_alive()) {
        let dir = app.places.terminal_logs();
        let end = spawn_blocking(move || end_of(&dir, id)).await.ok().flatten();
        let is_by_signal = end.is_some_and(|(_, signal)| signal.is_some());
        app.tell(match end {
            Some((code, signal)) => Event::Exited { id, code, signal },
            None => Event::HolderLost { id, reason: "its holder is gone".into() },
        });
        // A machine that stops in order tells all programs to end.
        if is_by_signal {
            app.tell(Event::CutOff { id });
        }
    }
}

/// Serves a living holder, as soon as its log can be read.
pub async fn serve(app: &Arc<App>, id: TerminalId) {
    if let Err(error) = open(app, id, true).await {
        let app = Arc::clone(app);
        Arc::clone(&app).spawn(async move { keep_opening(&app, id, error).await });
    }
}

/// A living holder whose log cannot be read is not gone: its row says that there is no contact and why, and the log is
/// tried again until it can be read or the holder has ended.
async fn keep_opening(app: &Arc<App>, id: TerminalId, mut error: io::Error) {
    tracing::error!(terminal = %id, %error, "cannot open the log of a living agent");
    let mut pause = OPEN_AGAIN.0;
    loop {
        app.out_of_sight(id, format!("its log cannot be read: {error}"), "the holder lives, its output cannot be read");
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(OPEN_AGAIN.1);
        if !app.terminal(id).is_some_and(|t| t.is_alive()) {
            return;
        }
        if !app.holder_is_alive(id) {
            return app.holder_lost(id, "its log could not be read").await;
        }
        match open(app, id, true).await {
            Ok(()) => return,
            Err(again) => error = again,
        }
    }
}

/// Opens one terminal's screen and, when its holder lives, serves it. The reading is done off this thread.
///
/// # Errors
/// When its log cannot be read.
pub async fn open(app: &Arc<App>, id: TerminalId, is_alive: bool) -> io::Result<()> {
    let dir = app.places.terminal_logs();
    let reading = spawn_blocking(move || {
        let pane = Pane::open(&dir, id)?;
        let answer_from = pane.offset_at(now_ms().saturating_sub(ANSWER_WITHIN_MS));
        Ok::<_, io::Error>((pane, answer_from))
    });
    let (mut pane, answer_from) = reading.await.map_err(io::Error::other)??;
    // A program that starts asks before anybody shows it.
    if let Some(colors) = app.hub.last_colors().filter(|_| pane.is_new()) {
        pane.screen.set_colors(colors);
    }
    let program = app.terminal(id).filter(|_| is_alive).and_then(|t| last_word(&t));
    let (shared, commands) = Shared::new(id, pane, if is_alive { answer_from } else { u64::MAX }, program);
    app.add_terminal(Arc::clone(&shared), is_alive.then_some(commands));
    // The log's end as it lies there; a living holder tells more.
    app.schedule(&shared);
    // Who shows it already has had nothing to show.
    app.hub.pane_changed(id);
    Ok(())
}

/// What the program had said of itself when the status was stored, by a report or a hook. Newer reports are in the log
/// and overrule it.
fn last_word(terminal: &Terminal) -> Option<Claim> {
    let why = terminal.evidence.clone()?;
    let origin = match why.as_str() {
        OWN_REPORT => Origin::Report,
        hook if hook.starts_with(Claim::HOOK) => Origin::Hook,
        _ => return None,
    };
    let status = match terminal.status {
        Status::Completed => Status::Ready,
        other => other,
    };
    Some(Claim {
        origin,
        status,
        waiting_for: terminal.waiting_for,
        detail: terminal.detail.clone(),
        why,
        rule: None,
        since: terminal.since,
        until: None,
    })
}

/// How a terminal's newest run ended, by its journal. `None`: it does not say.
pub fn end_of(dir: &Path, id: TerminalId) -> Option<(Option<i32>, Option<i32>)> {
    let mut end = None;
    journal::visit_but_inputs(&journal_path(dir, id), |record| match record {
        Record::Run { .. } => end = None,
        Record::Exit { code, signal, .. } => end = Some((code, signal)),
        _ => {}
    })
    .ok()?;
    end
}
