//! One agent's terminal in the server: its task, its status, and what the task, the parse workers and the clients'
//! tasks share. Owned and joined by the app; others hold the shared state and send commands.
//!
//! # Invariant
//! A terminal's failure is its own: a dead holder, a bad log or a panic of the engine marks one row.

use crate::base::id::TerminalId;
use crate::core::screen::{Notice, Reply};
use crate::core::status::Claim;
use crate::core::viewers::Viewers;
use crate::core::world::Event;
use crate::olog::read::Reader;
use crate::proto::holder::{InputHead, InputOutcome};
use crate::proto::stream::ServerMessage;
use crate::server::app::App;
use crate::server::hub::lock;
use crate::server::link::{End, Footing, contact};
use crate::server::pane::{Outcome, Pane, write_checkpoint};
use crate::server::pending::Pending;
use crate::server::status::{self, Facts};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

/// Commands waiting for a holder that does not read: keys of a fast typist for minutes. A full queue is told to
/// whoever types.
const COMMANDS: usize = 1024;
/// First and longest wait before a holder that dropped us, or serves another server, is connected to again. The first
/// is also the time in which
/// a killed one, whose sockets close before it counts as dead, is found to be dead.
const RECONNECT: (Duration, Duration) = (Duration::from_millis(20), Duration::from_secs(5));

/// What others may ask of a terminal.
pub enum ToHolder {
    Input {
        head: InputHead,
        bytes: Vec<u8>,
        done: Option<Answer>,
    },
    Resize {
        columns: u16,
        rows: u16,
    },
    Hangup {
        grace_ms: u32,
    },
    /// Its status wants another look: something was told beside its output.
    Look,
    /// The same after so long, if it is not looked at sooner.
    LookIn(Duration),
}

/// Who wants to know what became of an input. Dropped unanswered, it says that the agent is gone.
pub struct Answer(Option<Box<dyn FnOnce(InputOutcome) + Send>>);

impl Answer {
    pub fn new(tell: impl FnOnce(InputOutcome) + Send + 'static) -> Answer {
        Answer(Some(Box::new(tell)))
    }

    pub fn say(mut self, outcome: InputOutcome) {
        if let Some(tell) = self.0.take() {
            tell(outcome);
        }
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        if let Some(tell) = self.0.take() {
            tell(InputOutcome::Gone);
        }
    }
}

/// What the terminal's task, the parse workers and the clients' tasks share.
pub struct Shared {
    pub id: TerminalId,
    pub pane: Mutex<Pane>,
    pub log_end: AtomicU64,
    pub is_scheduled: AtomicBool,
    /// A later look is on its way to the link: one at a time, so that looks never take the room of keys.
    pub is_look_wanted: AtomicBool,
    pub is_connected: AtomicBool,
    pub commands: mpsc::Sender<ToHolder>,
    /// The clients that show it, and whose window gives it its size.
    pub viewers: Mutex<Viewers>,
    /// How many times the program was told that dark turned light, or back.
    pub schemes_told: AtomicU64,
    /// When a client last typed here: its echo is drawn without waiting for the frame clock.
    pub typed_at: Mutex<Option<Instant>>,
    checkpointing: Mutex<()>,
    /// What it does, as far as is known.
    pub facts: Mutex<Facts>,
    /// Queries before this offset are too old to be answered.
    answer_from: AtomicU64,
}

impl Shared {
    /// `report`: what the program was last known to have reported.
    pub fn new(
        id: TerminalId,
        pane: Pane,
        answer_from: u64,
        report: Option<Claim>,
    ) -> (Arc<Shared>, mpsc::Receiver<ToHolder>) {
        let (commands, receiver) = mpsc::channel(COMMANDS);
        // A screen from a checkpoint has its title; the report it came with is not in there.
        let title = if pane.is_before_run() { String::new() } else { pane.screen.title().to_owned() };
        let facts = Facts::resumed(report, title);
        let shared = Arc::new(Shared {
            id,
            log_end: AtomicU64::new(pane.screen.offset()),
            pane: Mutex::new(pane),
            is_scheduled: AtomicBool::new(false),
            is_look_wanted: AtomicBool::new(false),
            is_connected: AtomicBool::new(false),
            commands,
            viewers: Mutex::default(),
            schemes_told: AtomicU64::new(0),
            typed_at: Mutex::default(),
            checkpointing: Mutex::default(),
            facts: Mutex::new(facts),
            answer_from: AtomicU64::new(answer_from),
        });
        (shared, receiver)
    }

    /// Sends replies to queries, each an input with the id of its query's offset. Called with the pane locked, so
    /// that two threads cannot swap them.
    pub fn answer(&self, replies: &mut Vec<Reply>) {
        let from = self.answer_from.load(Ordering::Relaxed);
        for reply in replies.drain(..).filter(|reply| reply.offset >= from) {
            let head = InputHead { source: "q".into(), sequence: reply.offset, keep: false };
            // A full queue means the holder has not read for a long time: a program that asks so much and reads
            // nothing loses answers, not the user's keys.
            let _ = self.commands.try_send(ToHolder::Input { head, bytes: reply.bytes, done: None });
        }
    }

    /// Has its status looked at after so long, if it is not looked at sooner.
    pub fn want_look(&self, after: Duration) {
        let is_on_its_way = self.is_look_wanted.swap(true, Ordering::AcqRel);
        if !is_on_its_way && self.commands.try_send(ToHolder::LookIn(after)).is_err() {
            self.is_look_wanted.store(false, Ordering::Release);
        }
    }

    /// Writes a checkpoint if `is_due` says so of the screen as it is then. Never on the I/O thread. One that cannot be
    /// written costs time at the next start, nothing else.
    pub fn checkpoint(&self, is_due: impl FnOnce(&Pane) -> bool) {
        // One writer at a time: they share the name of the unfinished file.
        let _writing = lock(&self.checkpointing);
        let due = {
            let mut pane = lock(&self.pane);
            is_due(&pane).then(|| pane.checkpoint())
        };
        if let Some((path, bytes)) = due {
            let _ = write_checkpoint(&path, &bytes);
        }
    }

    /// The next verdict is told whatever the last one was.
    pub fn forget_verdict(&self) {
        lock(&self.facts).forget();
    }

    pub fn is_connected(&self) -> bool {
        self.is_connected.load(Ordering::Acquire)
    }

    pub fn hangup(&self, grace_ms: u32) -> bool {
        self.commands.try_send(ToHolder::Hangup { grace_ms }).is_ok()
    }
}

/// After a slice was parsed, on whatever thread: tell who shows it, and keep what the program said. Returns after how long
/// its status is to be looked at, whether more is printed until then or not.
pub fn after_slice(app: &App, shared: &Arc<Shared>, outcome: Outcome) -> Option<Duration> {
    if outcome.is_changed {
        app.hub.pane_changed(shared.id);
    }
    let of_this_run = |n: &Notice| {
        !outcome.is_before_run
            || !matches!(
                n,
                Notice::Title(_)
                    | Notice::Program(_)
                    | Notice::WillReport
                    | Notice::Progress(_)
                    | Notice::Bell
                    | Notice::Clipboard { .. }
            )
    };
    let mut told = status::Told::new(app, shared);
    for notice in outcome.notices.into_iter().filter(of_this_run) {
        match notice {
            Notice::Title(_) | Notice::Program(_) | Notice::WillReport | Notice::Progress(_) => {
                if let Notice::Title(title) = &notice {
                    app.tell(Event::Titled { id: shared.id, title: title.clone() });
                }
                told.take(&notice);
            }
            Notice::Bell => app.hub.announce(&ServerMessage::Bell { terminal: shared.id }),
            Notice::Clipboard { text, .. } => app.hub.announce(&ServerMessage::Copy { terminal: shared.id, text }),
            Notice::Rebuilt => {
                tracing::error!(terminal = %shared.id, "the terminal engine failed on some output and was rebuilt");
            }
            _ => {}
        }
    }
    // What a replayed log says between its parts is long past.
    if outcome.has_more {
        return None;
    }
    match told.due_in() {
        Duration::ZERO => status::judge_now(app, shared, Duration::ZERO),
        later => told.has_looks().then_some(later),
    }
}

/// Runs the task of one terminal until its holder is gone. Contact that is lost while the holder lives is made again.
pub async fn run(app: Arc<App>, shared: Arc<Shared>, mut commands: mpsc::Receiver<ToHolder>) {
    let mut pending = Pending::default();
    let (mut pause, mut footing, mut said) = (RECONNECT.0, Footing::Ours, String::new());
    loop {
        let end = contact(&app, &shared, &mut commands, &mut pending, footing).await;
        if shared.is_connected.swap(false, Ordering::AcqRel) {
            (pause, footing) = (RECONNECT.0, Footing::Ours);
            said.clear();
        }
        let reason = match end {
            Ok(End::Exited(exited)) => {
                app.tell(Event::Exited { id: shared.id, code: exited.code, signal: exited.signal });
                break;
            }
            Ok(End::Forgotten) => break,
            Ok(End::Displaced) => {
                // The holder decides by the servers' generations; we only ask now and then whether ours is the highest.
                footing = Footing::Contested;
                "another server has taken over".to_owned()
            }
            Err(error) => error.to_string(),
        };
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(RECONNECT.1);
        if !app.holder_is_alive(shared.id) {
            app.holder_lost(shared.id, &reason).await;
            break;
        }
        if said != reason {
            tracing::error!(terminal = %shared.id, reason, "lost contact with a living holder");
        }
        // Told again at every try: what was still parsed of the log may have said something else meanwhile.
        app.contact_lost(shared.id, &reason);
        said = reason;
    }
    read_to_the_end(&app, &shared).await;
    app.hub.pane_changed(shared.id);
    // What still waits is answered by being dropped.
}

/// A holder that is gone rings no more: what its program printed last may be in the log only.
async fn read_to_the_end(app: &App, shared: &Arc<Shared>) {
    let (dir, id) = (app.places.terminal_logs(), shared.id);
    let reading = tokio::task::spawn_blocking(move || Reader::open(&dir, id)?.end());
    // A log that cannot be read is told where it is opened.
    if let Ok(Ok(end)) = reading.await {
        shared.log_end.fetch_max(end, Ordering::AcqRel);
        app.schedule(shared);
    }
}
