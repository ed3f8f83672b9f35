//! The connection to one terminal's holder: hello, what it prints, what is typed, when the screen has settled. Made
//! and driven by the terminal's task, anew after every break. It must never take a break for the agent's end, nor
//! speak up against a newer server: the holder decides who writes.

use crate::base::id::TerminalId;
use crate::base::pause;
use crate::core::world::Event;
use crate::ipc::frame::{Decoder, encode};
use crate::proto::holder::{
    DISK, Disk, EXITED, Exited, GOODBYE, HANGUP, HELLO, Hello, INPUT_DONE, InputDone, MAGIC, OUTPUT, PING, PONG,
    PROTOCOL, RESIZE, RESIZED, Resize, Resized, ServerHello,
};
use crate::server::app::App;
use crate::server::hub::lock;
use crate::server::pending::Pending;
use crate::server::status::{SETTLED, judge_now};
use crate::server::terminal::{Shared, ToHolder, after_slice};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::sync::mpsc;

/// A holder just forked listens within a few milliseconds; a loaded machine is given this.
const CONNECT_FOR: Duration = Duration::from_secs(3);
/// Frames of a holder before it has accepted us: its hello, a doorbell, an end, and some of later versions.
const MAX_HELD_BACK: usize = 16;

/// Connects and serves until the connection ends.
///
/// # Errors
/// When contact is lost, which says nothing of the agent.
pub async fn contact(
    app: &Arc<App>,
    shared: &Arc<Shared>,
    commands: &mut mpsc::Receiver<ToHolder>,
    pending: &mut Pending,
    footing: Footing,
) -> io::Result<End> {
    let stream = connect(app, shared.id).await?;
    pending.start_over(Instant::now());
    Link::new(app, shared, stream, pending, footing).serve(commands).await
}

/// How a connection begins.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Footing {
    /// The holder is ours until it says otherwise.
    Ours,
    /// Another server had taken over: nothing is shown as contact before the holder has accepted us.
    Contested,
}

/// Why nothing more is to be heard on this connection.
pub enum End {
    Exited(Exited),
    /// A newer server has taken over.
    Displaced,
    /// Nobody can command this terminal any more.
    Forgotten,
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
    pending: &'a mut Pending,
    /// What the holder said before it has accepted us; `None`: it has, or needs not.
    held_back: Option<Vec<(u8, Vec<u8>)>>,
    /// When something was printed last, and whether its settling is waited for.
    printed_at: Instant,
    is_settling: bool,
    /// When its status is to be looked at again although nothing is printed.
    look_at: Option<Instant>,
}

impl<'a> Link<'a> {
    fn new(
        app: &'a Arc<App>,
        shared: &'a Arc<Shared>,
        stream: UnixStream,
        pending: &'a mut Pending,
        footing: Footing,
    ) -> Link<'a> {
        Link {
            app,
            shared,
            stream,
            decoder: Decoder::default(),
            pending,
            held_back: (footing == Footing::Contested).then(Vec::new),
            printed_at: Instant::now(),
            is_settling: false,
            look_at: None,
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
        if self.held_back.is_some() {
            // A holder of any version answers: with goodbye before it when we are not the one that writes.
            self.send(PING, &[]).await?;
        }
        if let Some(grace_ms) = self.pending.hangup() {
            // It may have been on its way when the last connection broke; said twice, it is done once.
            self.send(HANGUP, &grace_ms.to_le_bytes()).await?;
        }
        let mut buffer = vec![0; 16 * 1024];
        // One timer for the link's life, set anew only when it has run out: setting it at every echo would wake the
        // runtime's driver each time.
        let mut timer = std::pin::pin!(tokio::time::sleep(SETTLED));
        let mut armed_for: Option<Instant> = None;
        let mut held = self.app.held_messages();
        loop {
            let due = self.is_settling.then(|| self.printed_at + SETTLED).into_iter().chain(self.look_at).min();
            // While it runs, only for something sooner.
            if let Some(due) = due.filter(|due| armed_for.is_none_or(|armed| *due < armed)) {
                timer.as_mut().reset(due.into());
                armed_for = Some(due);
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
                        if let Some(end) = self.hear(kind, body)? {
                            return Ok(end);
                        }
                    }
                }
                () = std::future::ready(()), if self.held_back.is_none() && self.pending.has_unsent(*held.borrow()) => {
                    self.give().await?;
                }
                // What was held is given, or what waits is held.
                Ok(()) = held.changed() => {}
                command = commands.recv(), if self.held_back.is_none() => match command {
                    Some(command) => self.command(command).await?,
                    None => return Ok(End::Forgotten),
                },
                () = timer.as_mut(), if armed_for.is_some() => {
                    armed_for = None;
                    let has_settled = self.is_settling && self.printed_at.elapsed() >= SETTLED;
                    if has_settled || self.look_at.is_some_and(|at| at <= Instant::now()) {
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
                self.pending.take(head, bytes, done, Instant::now());
                self.give().await
            }
            ToHolder::Resize { columns, rows } => {
                self.send(RESIZE, &serde_json::to_vec(&Resize { columns, rows })?).await
            }
            ToHolder::Look => {
                self.settled();
                Ok(())
            }
            ToHolder::LookIn(after) => {
                self.shared.is_look_wanted.store(false, Ordering::Release);
                self.look_in(after);
                Ok(())
            }
            ToHolder::Hangup { grace_ms } => {
                self.pending.end(grace_ms);
                self.send(HANGUP, &grace_ms.to_le_bytes()).await
            }
        }
    }

    /// Writes the next input that this connection has not had.
    async fn give(&mut self) -> io::Result<()> {
        let holds_messages = *self.app.held_messages().borrow();
        let Some(frame) = self.pending.next_frame(holds_messages)? else { return Ok(()) };
        pause::here("input-before-holder");
        let written = self.stream.write_all(&frame).await;
        pause::here("input-after-holder");
        written
    }

    /// A frame, held back until the holder has accepted us where that is in question.
    fn hear(&mut self, kind: u8, body: Vec<u8>) -> io::Result<Option<End>> {
        match (&mut self.held_back, kind) {
            (Some(_), GOODBYE) => Ok(Some(End::Displaced)),
            (Some(_), PONG) => {
                for (kind, body) in self.held_back.take().into_iter().flatten() {
                    if let Some(end) = self.frame(kind, &body)? {
                        return Ok(Some(end));
                    }
                }
                Ok(None)
            }
            // A holder says hello and rings once before it answers.
            (Some(held), _) if held.len() < MAX_HELD_BACK => {
                held.push((kind, body));
                Ok(None)
            }
            (Some(_), _) => Err(io::Error::other("the holder does not answer")),
            (None, _) => self.frame(kind, &body),
        }
    }

    fn frame(&mut self, kind: u8, body: &[u8]) -> io::Result<Option<End>> {
        match kind {
            HELLO => self.hello(&serde_json::from_slice(body)?)?,
            OUTPUT => self.output(body),
            INPUT_DONE => self.pending.answered(&serde_json::from_slice::<InputDone>(body)?),
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
        self.shared.forget_verdict();
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

    fn look_in(&mut self, after: Duration) {
        let at = Instant::now() + after;
        self.look_at = Some(self.look_at.map_or(at, |before| before.min(at)));
    }

    fn printed(&mut self) {
        self.printed_at = Instant::now();
        self.is_settling = true;
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
            if let Some(after) = after_slice(self.app, self.shared, outcome) {
                self.look_in(after);
            }
            return;
        }
        self.grew(end);
    }

    /// Looks at the status, and keeps the screen when nothing was printed for a moment.
    fn settled(&mut self) {
        self.look_at = None;
        let quiet = self.printed_at.elapsed();
        let is_quiet = quiet >= SETTLED;
        let pane = lock(&self.shared.pane);
        if pane.is_behind() || pane.screen.offset() < self.shared.log_end.load(Ordering::Acquire) {
            drop(pane);
            // Not there yet, or the log could not be read just now: have it parsed, and look again.
            self.schedule();
            self.printed();
            return;
        }
        self.is_settling &= !is_quiet;
        let wants_checkpoint = is_quiet && pane.wants_checkpoint(true);
        drop(pane);
        if wants_checkpoint {
            let shared = Arc::clone(self.shared);
            // A disk that is slow now must not hold up every other agent's keys.
            drop(tokio::task::spawn_blocking(move || shared.checkpoint(|pane| pane.wants_checkpoint(true))));
        }
        self.look_at = judge_now(self.app, self.shared, quiet).map(|after| Instant::now() + after);
    }
}
