//! One live client on the WebSocket: what it shows, frames at its own pace, its keys. A client that does not read
//! holds up nobody: one unacknowledged frame for each pane, bounded notices, and only its own task waits.

use crate::api::gate::{Caller, Role};
use crate::api::liveness::{Check, Liveness};
use crate::base::id::TerminalId;
use crate::proto::holder::{InputHead, InputOutcome};
use crate::proto::stream::{ClientMessage, ServerMessage};
use crate::server::App;
use crate::server::hub::{Listener, lock};
use crate::server::services::frames::{Feed, Next};
use crate::server::services::{colors, input, size};
use crate::server::terminal::Answer;
use axum::body::Bytes;
use axum::extract::ws::{Message, WebSocket};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The focused pane's frame clock: 60 Hz.
const FOCUSED_PACE: Duration = Duration::from_millis(16);
/// Every other pane's: 10 Hz.
const OTHER_PACE: Duration = Duration::from_millis(100);
/// After a key, the pane's next frame waits for no clock: it is the echo.
const ECHO_WITHIN: Duration = Duration::from_millis(100);
/// Outcomes of inputs are told together, ten times a second: they only let the client forget what it kept.
const TYPED_PACE: Duration = Duration::from_millis(100);
/// A client that takes not one message for so long is gone or stopped; it comes back to a whole frame.
const SEND_LIMIT: Duration = Duration::from_secs(30);
/// Longer names would only bloat journals.
const MAX_SOURCE: usize = 40;

struct PaneView {
    feed: Feed,
    is_dirty: bool,
    sent_at: Option<Instant>,
    size: (u16, u16),
}

struct Client {
    app: Arc<App>,
    listener: Arc<Listener>,
    caller: Caller,
    source: String,
    is_read_only: bool,
    focused: Option<TerminalId>,
    panes: BTreeMap<TerminalId, PaneView>,
    /// When outcomes of inputs are told. They are in no hurry: a wake-up of the client for each key would delay
    /// the echo that follows.
    typed_due: Option<Instant>,
    liveness: Liveness,
}

/// Serves one client until it goes.
pub async fn run(app: Arc<App>, caller: Caller, mut socket: WebSocket) {
    let listener = app.hub.join();
    let client_id = listener.id;
    let mut client = Client {
        source: format!("c{}-{client_id}", app.generation),
        // An agent may look at its own session; typing and sizes are the operator's.
        is_read_only: caller.role != Role::Operator,
        app: Arc::clone(&app),
        listener,
        caller,
        focused: None,
        panes: BTreeMap::new(),
        typed_due: None,
        liveness: Liveness::new(caller.is_local, Instant::now()),
    };
    client.serve(&mut socket).await;
    app.hub.leave(client_id);
    size::left(&app, client_id);
}

impl Client {
    async fn serve(&mut self, socket: &mut WebSocket) {
        // One timer, only ever set to something earlier: a fresh one each turn would wake the runtime's driver.
        let mut timer = std::pin::pin!(tokio::time::sleep(OTHER_PACE));
        let mut armed: Option<Instant> = None;
        loop {
            if self.send_what_is_due(socket).await.is_err() {
                return;
            }
            if let Some(due) = self.next_due()
                && armed.is_none_or(|at| due < at)
            {
                timer.as_mut().reset(due.into());
                armed = Some(due);
            }
            tokio::select! {
                message = socket.recv() => match message.inspect(|_| self.liveness.heard(Instant::now())) {
                    Some(Ok(Message::Text(text))) => {
                        match serde_json::from_str(&text) {
                            Ok(message) => {
                                if let Some(answer) = self.hear(message)
                                    && send(socket, &answer).await.is_err()
                                {
                                    return;
                                }
                            }
                            // Of a later version, or garbage: neither is worth the connection.
                            Err(error) => tracing::debug!(%error, "a message of a client cannot be understood"),
                        }
                    }
                    Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                    Some(Ok(_)) => {}
                },
                () = self.listener.wake.notified() => {}
                () = timer.as_mut(), if armed.is_some() => armed = None,
            }
        }
    }

    fn hear(&mut self, message: ClientMessage) -> Option<ServerMessage> {
        match message {
            ClientMessage::Hello { read_only, source, .. } => {
                self.is_read_only |= read_only;
                let is_good = !source.is_empty()
                    && source.len() <= MAX_SOURCE
                    && source.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
                if is_good {
                    self.source = format!("k:{source}");
                }
                return Some(ServerMessage::Hello {
                    version: env!("CARGO_PKG_VERSION").into(),
                    pid: std::process::id(),
                    generation: self.app.generation,
                    client: self.listener.id,
                });
            }
            ClientMessage::Show { panes, focused } => {
                let wanted: BTreeMap<TerminalId, (u16, u16)> =
                    panes.into_iter().map(|p| (p.terminal, (p.columns, p.rows))).collect();
                self.show(wanted, focused);
            }
            ClientMessage::TakeSize { terminal } => {
                if !self.is_read_only
                    && let Some(shared) = self.app.shared(terminal)
                {
                    size::typed(&self.app, self.listener.id, &shared, self.window(terminal));
                }
            }
            ClientMessage::Colors { colors } => {
                if !self.is_read_only {
                    colors::told(&self.app, self.listener.id, &colors);
                }
            }
            ClientMessage::Ack { terminal, revision } => {
                if let Some(pane) = self.panes.get_mut(&terminal) {
                    pane.feed.acknowledge(revision);
                }
            }
            ClientMessage::Resync { terminal } => {
                if let Some(pane) = self.panes.get_mut(&terminal) {
                    pane.feed.restart();
                    pane.is_dirty = true;
                }
            }
            ClientMessage::Input { terminal, sequence, text, base64 } => {
                return self.input(terminal, sequence, text, &base64);
            }
        }
        None
    }

    fn show(&mut self, mut wanted: BTreeMap<TerminalId, (u16, u16)>, focused: Option<TerminalId>) {
        wanted.retain(|id, _| self.caller.may_see(&self.app, *id).is_ok());
        self.panes.retain(|id, _| wanted.contains_key(id));
        for (id, size) in &wanted {
            let fresh = || PaneView { feed: Feed::default(), is_dirty: true, sent_at: None, size: *size };
            self.panes.entry(*id).or_insert_with(fresh).size = *size;
        }
        self.focused = focused;
        self.listener.show(wanted.keys().copied().collect());
        // Who may only look is told whose size it is, and owns none.
        let owned = if self.is_read_only { BTreeMap::new() } else { wanted };
        size::shown(&self.app, self.listener.id, &owned, focused);
        self.panes.keys().for_each(|id| size::tell(&self.app, *id));
    }

    fn input(&mut self, terminal: TerminalId, sequence: u64, text: String, base64: &str) -> Option<ServerMessage> {
        let refused = |reason: &str| Some(ServerMessage::Refused { terminal, sequence, reason: reason.into() });
        if self.is_read_only {
            return refused("this client may only look");
        }
        let bytes = if base64.is_empty() {
            text.into_bytes()
        } else {
            match STANDARD.decode(base64) {
                Ok(bytes) => bytes,
                Err(_) => return refused("the input is no base64"),
            }
        };
        if bytes.len() > input::PIECE {
            return refused("one input is at most 512 KiB; longer ones are sent in pieces");
        }
        let Some(shared) = self.app.shared(terminal) else {
            let is_known = self.app.terminal(terminal).is_some();
            return refused(if is_known { "its log cannot be read now" } else { "there is no such terminal" });
        };
        size::typed(&self.app, self.listener.id, &shared, self.window(terminal));
        let head = InputHead { source: self.source.clone(), sequence, keep: false };
        let listener = Arc::clone(&self.listener);
        let answer = Answer::new(move |outcome| listener.typed(terminal, sequence, outcome));
        // A refusal is told through the answer, too.
        let _ = input::queue(&shared, head, bytes, answer);
        None
    }

    /// Where this client shows a terminal.
    fn window(&self, id: TerminalId) -> Option<(u16, u16)> {
        self.panes.get(&id).map(|pane| pane.size)
    }

    async fn send_what_is_due(&mut self, socket: &mut WebSocket) -> Result<(), axum::Error> {
        let (notices, dirty) = self.listener.take();
        self.mark(&dirty);
        for notice in notices.iter().filter(|n| self.may_hear(n)) {
            send(socket, notice).await?;
        }
        let now = Instant::now();
        match self.liveness.check(now) {
            Check::Nothing => {}
            Check::Ping => deliver(socket, Message::Ping(Bytes::new())).await?,
            Check::Gone => return Err(axum::Error::new("the client says nothing any more")),
        }
        self.tell_typed(socket, now).await?;
        // The focused pane first: its frame is what the user waits for.
        let focused = self.focused.into_iter();
        let others = self.panes.keys().copied().filter(|id| Some(*id) != self.focused);
        let order: Vec<TerminalId> = focused.chain(others).collect();
        for id in order {
            if self.due(id, now).is_some_and(|at| at <= now)
                && let Some(bytes) = self.frame(id, now)
            {
                deliver(socket, Message::Binary(bytes.into())).await?;
            }
        }
        Ok(())
    }

    async fn tell_typed(&mut self, socket: &mut WebSocket, now: Instant) -> Result<(), axum::Error> {
        if self.typed_due.is_none() && self.listener.has_typed() {
            self.typed_due = Some(now + TYPED_PACE);
        }
        if self.typed_due.is_none_or(|at| at > now) {
            return Ok(());
        }
        self.typed_due = None;
        let (typed, failed) = self.listener.take_typed();
        for (terminal, sequence) in typed {
            send(socket, &ServerMessage::Typed { terminal, sequence }).await?;
        }
        for (terminal, sequence, outcome) in failed {
            send(socket, &refused(terminal, sequence, outcome)).await?;
        }
        Ok(())
    }

    fn mark(&mut self, dirty: &BTreeSet<TerminalId>) {
        for id in dirty {
            if let Some(pane) = self.panes.get_mut(id) {
                pane.is_dirty = true;
            }
        }
    }

    /// An agent hears nothing of other sessions.
    fn may_hear(&self, notice: &ServerMessage) -> bool {
        let Some(own) = self.caller.confined_to(&self.app) else { return true };
        match notice {
            ServerMessage::Changed { id, .. } => {
                *id == own || id.parse().is_ok_and(|id| self.caller.may_see(&self.app, id).is_ok())
            }
            ServerMessage::Bell { terminal }
            | ServerMessage::Copy { terminal, .. }
            | ServerMessage::Sized { terminal, .. } => self.caller.may_see(&self.app, *terminal).is_ok(),
            _ => true,
        }
    }

    /// When the next frame of a pane may go; `None`: nothing to send, or one is on its way.
    fn due(&self, id: TerminalId, now: Instant) -> Option<Instant> {
        let pane = self.panes.get(&id).filter(|p| p.is_dirty && !p.feed.is_waiting())?;
        let Some(sent_at) = pane.sent_at else { return Some(now) };
        let is_focused = self.focused == Some(id);
        let is_echo = is_focused
            && self
                .app
                .shared(id)
                .is_some_and(|s| lock(&s.typed_at).is_some_and(|t| t > sent_at && t.elapsed() < ECHO_WITHIN));
        Some(if is_echo { sent_at } else { sent_at + if is_focused { FOCUSED_PACE } else { OTHER_PACE } })
    }

    fn next_due(&self) -> Option<Instant> {
        let now = Instant::now();
        self.panes.keys().filter_map(|id| self.due(*id, now)).chain(self.typed_due).chain(self.liveness.due()).min()
    }

    fn frame(&mut self, id: TerminalId, now: Instant) -> Option<Vec<u8>> {
        let view = self.panes.get_mut(&id)?;
        match view.feed.next(&self.app, id, now) {
            Next::Frame(bytes) => {
                (view.is_dirty, view.sent_at) = (false, Some(now));
                Some(bytes)
            }
            // Still dirty: the end of the update marks it again, its time limit is met by another look.
            Next::Later => {
                view.sent_at = Some(now);
                None
            }
            Next::Nothing => {
                view.is_dirty = false;
                None
            }
        }
    }
}

fn refused(terminal: TerminalId, sequence: u64, outcome: InputOutcome) -> ServerMessage {
    let reason = match outcome {
        InputOutcome::Busy => "the program does not read its input",
        InputOutcome::Failed => "the journal cannot be written",
        _ => "the agent is gone",
    };
    ServerMessage::Refused { terminal, sequence, reason: reason.into() }
}

async fn send(socket: &mut WebSocket, message: &ServerMessage) -> Result<(), axum::Error> {
    let text = serde_json::to_string(message).map_err(axum::Error::new)?;
    deliver(socket, Message::Text(text.into())).await
}

/// Sends, as long as the client takes anything at all.
async fn deliver(socket: &mut WebSocket, message: Message) -> Result<(), axum::Error> {
    // No timer is set for what goes out at once.
    let sent = tokio::time::timeout(SEND_LIMIT, socket.send(message)).await;
    sent.unwrap_or_else(|_| Err(axum::Error::new("the client takes nothing any more")))
}
