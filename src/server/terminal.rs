//! One agent's terminal in the server: the connection to its holder, its screen, its status. One task each, owned
//! and joined by the app; others hold the shared state and send commands.
//!
//! # Invariant
//! A terminal's failure is its own: a dead holder, a bad log or a panic of the engine marks one row.

use crate::base::id::TerminalId;
use crate::base::pause;
use crate::core::screen::{Notice, Reply};
use crate::core::status::{Evidence, Program, Status, Verdict, judge, reported};
use crate::core::world::Event;
use crate::ipc::frame::{Decoder, encode, encode_parts};
use crate::proto::holder::{
    DISK, Disk, EXITED, Exited, GOODBYE, HANGUP, HELLO, Hello, INPUT, INPUT_DONE, InputDone, InputHead, InputOutcome,
    MAGIC, OUTPUT, PROTOCOL, RESIZE, RESIZED, Resize, Resized, ServerHello,
};
use crate::proto::stream::ServerMessage;
use crate::pty::tree;
use crate::server::app::App;
use crate::server::conversations::Why;
use crate::server::hub::lock;
use crate::server::pane::{Outcome, Pane};
use std::collections::hash_map::Entry;
use std::collections::{HashMap, VecDeque};
use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::sync::mpsc;

/// Commands waiting for a holder that does not read: keys of a fast typist for minutes. A full queue is told to
/// whoever types.
const COMMANDS: usize = 1024;
/// After this long without output the screen has settled: longer than the pauses inside one redraw of the agent
/// CLIs measured, shorter than a person's glance.
const SETTLED: Duration = Duration::from_millis(120);
/// A program that reports its state and has not begun to is ready by its looks only after so long without output:
/// Claude Code draws its composer before it asks the terminal whether to report. Without reports it is ready a second
/// late, and once.
const LOOKS_READY: Duration = Duration::from_secs(1);
/// A holder just forked listens within a few milliseconds; a loaded machine is given this.
const CONNECT_FOR: Duration = Duration::from_secs(3);
/// First and longest wait before a holder that dropped us is connected to again. The first is also the time in which
/// a killed one, whose sockets close before it counts as dead, is found to be dead.
const RECONNECT: (Duration, Duration) = (Duration::from_millis(20), Duration::from_secs(5));

/// What others may ask of a terminal.
pub enum ToHolder {
    Input { head: InputHead, bytes: Vec<u8>, done: Option<Answer> },
    Resize { columns: u16, rows: u16 },
    Hangup { grace_ms: u32 },
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

/// Who may set the size of a terminal, and the client that does.
#[derive(Default)]
pub struct SizeOwner {
    pub client: Option<u64>,
}

/// What the terminal's task, the parse workers and the clients' tasks share.
pub struct Shared {
    pub id: TerminalId,
    pub pane: Mutex<Pane>,
    pub log_end: AtomicU64,
    pub is_scheduled: AtomicBool,
    pub is_connected: AtomicBool,
    pub commands: mpsc::Sender<ToHolder>,
    pub size_owner: Mutex<SizeOwner>,
    /// When a client last typed here: its echo is drawn without waiting for the frame clock.
    pub typed_at: Mutex<Option<Instant>>,
    /// The program's own report and the title, as last heard.
    facts: Mutex<Facts>,
    /// Queries before this offset are too old to be answered.
    answer_from: AtomicU64,
}

#[derive(Default)]
struct Facts {
    program: Option<Program>,
    will_report: bool,
    title: String,
    /// Something new that was not judged yet, because there is more to read.
    is_news: bool,
    /// Something happened that may have changed the conversation; looked at when the screen has settled.
    wants_look: bool,
    last: Option<Verdict>,
}

impl Shared {
    /// `program`: what the program was last known to have reported.
    pub fn new(
        id: TerminalId,
        pane: Pane,
        answer_from: u64,
        program: Option<Program>,
    ) -> (Arc<Shared>, mpsc::Receiver<ToHolder>) {
        let (commands, receiver) = mpsc::channel(COMMANDS);
        // A screen from a checkpoint has its title; the report it came with is not in there.
        let title = if pane.is_before_run() { String::new() } else { pane.screen.title().to_owned() };
        let facts = Facts { title, program, ..Facts::default() };
        let shared = Arc::new(Shared {
            id,
            log_end: AtomicU64::new(pane.screen.offset()),
            pane: Mutex::new(pane),
            is_scheduled: AtomicBool::new(false),
            is_connected: AtomicBool::new(false),
            commands,
            size_owner: Mutex::default(),
            typed_at: Mutex::default(),
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

    pub fn hangup(&self, grace_ms: u32) -> bool {
        self.commands.try_send(ToHolder::Hangup { grace_ms }).is_ok()
    }
}

/// After a slice was parsed, on whatever thread: tell who shows it, and keep what the program said.
pub fn after_slice(app: &App, shared: &Arc<Shared>, outcome: Outcome) {
    if outcome.is_changed {
        app.hub.pane_changed(shared.id);
    }
    let of_this_run = |n: &Notice| {
        !outcome.is_before_run
            || !matches!(n, Notice::Title(_) | Notice::Program(_) | Notice::WillReport | Notice::Bell)
    };
    for notice in outcome.notices.into_iter().filter(of_this_run) {
        let mut facts = lock(&shared.facts);
        match notice {
            Notice::Title(title) => {
                facts.title.clone_from(&title);
                facts.is_news = true;
                app.tell(Event::Titled { id: shared.id, title });
            }
            Notice::Program(state) => {
                facts.program = reported(&state, facts.program.take());
                (facts.is_news, facts.wants_look) = (true, true);
            }
            Notice::WillReport => facts.will_report = true,
            Notice::Bell => app.hub.announce(&ServerMessage::Bell { terminal: shared.id }),
            Notice::Rebuilt => {
                tracing::error!(terminal = %shared.id, "the terminal engine failed on some output and was rebuilt");
            }
            _ => {}
        }
    }
    // What a replayed log says between its parts is long past.
    if !outcome.has_more && std::mem::take(&mut lock(&shared.facts).is_news) {
        judge_now(app, shared, None);
    }
}

/// Weighs the evidence and reports a change. `quiet`: the screen has settled, nothing was printed for so long.
/// Returns whether a longer silence would say more.
fn judge_now(app: &App, shared: &Shared, quiet: Option<Duration>) -> bool {
    let settled = quiet.is_some();
    let Some(agent) = app.facts_of(shared.id) else { return false };
    let Some(definition) = app.catalog.get(&agent.provider) else { return false };
    let (text, has_output) = {
        let pane = lock(&shared.pane);
        (settled.then(|| pane.screen.text()), pane.screen.offset() > 0)
    };
    let shell_in_front = definition.is_shell.then(|| !agent.is_custom && agent.pid.is_some_and(shell_is_in_front));
    let mut facts = lock(&shared.facts);
    if !settled && facts.program.is_none() && facts.title.is_empty() {
        return false;
    }
    let may_report_yet = definition.reports_status && !agent.has_begun && facts.program.is_none();
    let is_early = may_report_yet && quiet.is_none_or(|quiet| quiet < LOOKS_READY);
    let verdict = judge(
        &Evidence {
            program: facts.program.as_ref().filter(|_| definition.reports_status),
            title: &facts.title,
            settled: text.as_deref(),
            shell_in_front,
            has_output,
            will_report: (facts.will_report || is_early) && definition.reports_status,
        },
        &definition.rules,
    );
    // Between two settled screens a weak "unknown" is no news: the strong sources said nothing.
    if !settled && verdict.status == Status::Unknown {
        return false;
    }
    if facts.last.as_ref() != Some(&verdict) {
        let is_another = facts.last.as_ref().is_none_or(|last| last.status != verdict.status);
        facts.wants_look |= is_another;
        if is_another && verdict.status == Status::Running && definition.conversation.can_be_found() {
            app.lookout.want(shared.id, Why::TurnBegan);
        }
        facts.last = Some(verdict.clone());
        app.tell(Event::Judged { id: shared.id, verdict });
    }
    if settled && std::mem::take(&mut facts.wants_look) && definition.conversation.can_be_found() {
        app.lookout.want(shared.id, Why::Settled);
    }
    is_early && settled
}

/// Whether the shell's own process group has the terminal.
fn shell_is_in_front(pid: u32) -> bool {
    tree::process(pid).is_some_and(|p| u32::try_from(p.foreground) == Ok(p.group))
}

/// Runs the task of one terminal until its holder is gone. Contact that is lost while the holder lives is made again.
pub async fn run(app: Arc<App>, shared: Arc<Shared>, mut commands: mpsc::Receiver<ToHolder>) {
    let mut pause = RECONNECT.0;
    loop {
        let error = match contact(&app, &shared, &mut commands).await {
            Ok(End::Exited(exited)) => {
                app.tell(Event::Exited { id: shared.id, code: exited.code, signal: exited.signal });
                break;
            }
            Ok(End::Displaced) => break,
            Err(error) => error.to_string(),
        };
        if shared.is_connected.swap(false, Ordering::AcqRel) {
            pause = RECONNECT.0;
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(RECONNECT.1);
        if !app.holder_is_alive(shared.id) {
            app.holder_lost(shared.id, &error);
            break;
        }
        app.contact_lost(shared.id, &error);
    }
    shared.is_connected.store(false, Ordering::Release);
    app.hub.pane_changed(shared.id);
    // What still waits is answered by being dropped.
}

async fn contact(app: &Arc<App>, shared: &Arc<Shared>, commands: &mut mpsc::Receiver<ToHolder>) -> io::Result<End> {
    let stream = connect(app, shared.id).await?;
    Link::new(app, shared, stream).serve(commands).await
}

enum End {
    Exited(Exited),
    /// A newer server has taken over.
    Displaced,
}

async fn connect(app: &App, id: TerminalId) -> io::Result<UnixStream> {
    let path: PathBuf = app.places.holders().join(format!("{id}.sock"));
    let until = Instant::now() + CONNECT_FOR;
    loop {
        match UnixStream::connect(&path).await {
            Ok(stream) => return Ok(stream),
            Err(error) if Instant::now() > until || !app.holder_is_alive(id) => return Err(error),
            Err(_) => tokio::time::sleep(Duration::from_millis(5)).await,
        }
    }
}

struct Link<'a> {
    app: &'a Arc<App>,
    shared: &'a Arc<Shared>,
    stream: UnixStream,
    decoder: Decoder,
    /// Who waits for which input, in the order of asking: one id may be asked for by several at once.
    asked: HashMap<(String, u64), VecDeque<Answer>>,
    /// When something was printed last, and whether its settling is waited for.
    printed_at: Instant,
    is_settling: bool,
    /// How long it must be quiet to have settled.
    settles_after: Duration,
}

impl<'a> Link<'a> {
    fn new(app: &'a Arc<App>, shared: &'a Arc<Shared>, stream: UnixStream) -> Link<'a> {
        Link {
            app,
            shared,
            stream,
            decoder: Decoder::default(),
            asked: HashMap::new(),
            printed_at: Instant::now(),
            is_settling: false,
            settles_after: SETTLED,
        }
    }

    async fn serve(&mut self, commands: &mut mpsc::Receiver<ToHolder>) -> io::Result<End> {
        let hello = ServerHello {
            magic: MAGIC.into(),
            protocol: PROTOCOL,
            version: env!("CARGO_PKG_VERSION").into(),
            generation: Some(self.app.generation),
        };
        self.send(HELLO, &serde_json::to_vec(&hello)?).await?;
        let mut buffer = vec![0; 16 * 1024];
        // One timer for the link's life, set anew only when it has run out: setting it at every echo would wake the
        // runtime's driver each time.
        let mut timer = std::pin::pin!(tokio::time::sleep(SETTLED));
        let mut is_armed = false;
        loop {
            if self.is_settling && !is_armed {
                timer.as_mut().reset((self.printed_at + self.settles_after).into());
                is_armed = true;
            }
            tokio::select! {
                biased;
                read = self.stream.read(&mut buffer) => {
                    let n = read?;
                    if n == 0 {
                        return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the holder closed the connection"));
                    }
                    self.decoder.extend(&buffer[..n]);
                    while let Some((kind, body)) = self.decoder.next_frame().map_err(io::Error::other)? {
                        if let Some(end) = self.frame(kind, &body)? {
                            return Ok(end);
                        }
                    }
                }
                command = commands.recv() => match command {
                    Some(command) => self.command(command).await?,
                    None => return Ok(End::Displaced),
                },
                () = timer.as_mut(), if is_armed => {
                    is_armed = false;
                    if self.printed_at.elapsed() >= self.settles_after {
                        self.is_settling = false;
                        self.settled();
                    }
                }
            }
        }
    }

    async fn send(&mut self, kind: u8, body: &[u8]) -> io::Result<()> {
        let mut out = Vec::with_capacity(5 + body.len());
        encode(kind, body, &mut out);
        self.stream.write_all(&out).await
    }

    async fn command(&mut self, command: ToHolder) -> io::Result<()> {
        match command {
            ToHolder::Input { head, bytes, done } => {
                if let Some(done) = done {
                    self.asked.entry((head.source.clone(), head.sequence)).or_default().push_back(done);
                }
                let head = serde_json::to_vec(&head)?;
                let length = u16::try_from(head.len()).map_err(io::Error::other)?.to_le_bytes();
                let mut out = Vec::with_capacity(7 + head.len() + bytes.len());
                encode_parts(INPUT, &[&length, &head, &bytes], &mut out);
                pause::here("input-before-holder");
                let written = self.stream.write_all(&out).await;
                pause::here("input-after-holder");
                written
            }
            ToHolder::Resize { columns, rows } => {
                self.send(RESIZE, &serde_json::to_vec(&Resize { columns, rows })?).await
            }
            ToHolder::Hangup { grace_ms } => self.send(HANGUP, &grace_ms.to_le_bytes()).await,
        }
    }

    fn frame(&mut self, kind: u8, body: &[u8]) -> io::Result<Option<End>> {
        match kind {
            HELLO => self.hello(&serde_json::from_slice(body)?)?,
            OUTPUT => self.output(body),
            INPUT_DONE => {
                let done: InputDone = serde_json::from_slice(body)?;
                if let Entry::Occupied(mut askers) = self.asked.entry((done.source, done.sequence)) {
                    if let Some(asker) = askers.get_mut().pop_front() {
                        asker.say(done.outcome);
                    }
                    if askers.get().is_empty() {
                        askers.remove();
                    }
                }
            }
            RESIZED => {
                let resized: Resized = serde_json::from_slice(body)?;
                lock(&self.shared.pane).resized(resized.offset, resized.columns, resized.rows);
                let (columns, rows) = (resized.columns, resized.rows);
                self.app.tell(Event::Resized { id: self.shared.id, columns, rows });
                self.schedule();
            }
            DISK => {
                let disk: Disk = serde_json::from_slice(body)?;
                self.app.tell(Event::Disk { id: self.shared.id, error: disk.full.then_some(disk.error) });
            }
            EXITED => return Ok(Some(End::Exited(serde_json::from_slice(body)?))),
            GOODBYE => return Ok(Some(End::Displaced)),
            _ => {}
        }
        Ok(None)
    }

    fn hello(&mut self, hello: &Hello) -> io::Result<()> {
        if hello.magic != MAGIC || hello.terminal != self.shared.id {
            return Err(io::Error::other("another program listens at the holder's socket"));
        }
        self.shared.is_connected.store(true, Ordering::Release);
        // What was said meanwhile ("no contact") gives way to a fresh look.
        lock(&self.shared.facts).last = None;
        self.app.tell(Event::Adopted {
            id: self.shared.id,
            holder_pid: hello.holder_pid,
            agent_pid: hello.agent_pid,
            columns: hello.columns,
            rows: hello.rows,
        });
        let error = hello.disk_full.then(|| "the disk takes no more".to_owned());
        self.app.tell(Event::Disk { id: self.shared.id, error });
        self.grew(hello.log_end);
        Ok(())
    }

    fn grew(&mut self, end: u64) {
        self.shared.log_end.fetch_max(end, Ordering::AcqRel);
        self.schedule();
        self.printed();
    }

    fn printed(&mut self) {
        self.printed_at = Instant::now();
        (self.is_settling, self.settles_after) = (true, SETTLED);
    }

    fn schedule(&self) {
        self.app.schedule(self.shared);
    }

    /// A short echo is parsed right here, without a hop to another thread; everything else by a worker.
    fn output(&mut self, body: &[u8]) {
        pause::here("output-before-parse");
        let Some((start, rest)) = body.split_first_chunk::<8>() else { return };
        let Some((end, bytes)) = rest.split_first_chunk::<8>() else { return };
        let (start, end) = (u64::from_le_bytes(*start), u64::from_le_bytes(*end));
        if !bytes.is_empty()
            && !self.shared.is_scheduled.load(Ordering::Acquire)
            && let Ok(mut pane) = self.shared.pane.try_lock()
            && let Some(mut outcome) = pane.feed_inline(start, bytes)
        {
            self.shared.answer(&mut outcome.replies);
            drop(pane);
            self.shared.log_end.fetch_max(end, Ordering::AcqRel);
            self.printed();
            after_slice(self.app, self.shared, outcome);
            return;
        }
        self.grew(end);
    }

    fn settled(&mut self) {
        let mut pane = lock(&self.shared.pane);
        if pane.is_behind() || pane.screen.offset() < self.shared.log_end.load(Ordering::Acquire) {
            drop(pane);
            // Not there yet, or the log could not be read just now: have it parsed, and look again.
            self.schedule();
            self.printed();
            return;
        }
        let checkpoint = pane.wants_checkpoint(true).then(|| pane.checkpoint());
        drop(pane);
        if let Some((path, bytes)) = checkpoint {
            let _ = crate::server::pane::write_checkpoint(&path, &bytes);
        }
        if judge_now(self.app, self.shared, Some(self.printed_at.elapsed())) {
            (self.is_settling, self.settles_after) = (true, LOOKS_READY);
        }
    }
}
