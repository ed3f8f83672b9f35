//! What all parts of the server share: the world as it is published, handles on the terminals, the hub, the
//! dispatcher's queue. Made once by `run`, passed as an `Arc`. It must never be locked across an await.

use crate::base::id::TerminalId;
use crate::config::places::Places;
use crate::config::settings::Settings;
use crate::core::world::{Event, Terminal, World};
use crate::ipc::peer;
use crate::judges::{Judges, Policies};
use crate::proto::holder::HolderRecord;
use crate::providers::{Catalog, Shelf};
use crate::pty::tree;
use crate::server::conversations::{Lookout, Why};
use crate::server::hub::{Hub, lock};
use crate::server::parser::Parser;
use crate::server::services::transcript::Indices;
use crate::server::terminal::{self, Shared};
use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::sync::{Notify, Semaphore, mpsc, oneshot, watch};
use tokio::task::JoinSet;

/// Pasts rebuilt at once: a second one for whoever waits beside a slow one; more would only take turns on the cores
/// that agents need.
const REPLAYS: usize = 2;
/// Searches at once: the next letter's beside the one that was typed before it and ends within a block.
const SEARCHES: usize = 2;
/// Comparisons by git at once: each is a few processes that read the same disk.
const DIFFS: usize = 2;
/// A holder that takes no frame for so long is stuck or stopped.
const HANGUP_WITHIN: Duration = Duration::from_secs(2);

/// An event on its way to the dispatcher; whoever waits learns when it is stored, or why not.
pub type Queued = (Event, Option<oneshot::Sender<Result<(), String>>>);

pub struct App {
    pub places: Places,
    pub settings: Settings,
    pub catalog: Shelf,
    /// What agents may do.
    pub policies: Policies,
    pub judges: Judges,
    pub generation: u64,
    /// The highest number of a request that was ever given.
    pub last_approval: AtomicU64,
    pub started: Instant,
    pub hub: Hub,
    pub lookout: Lookout,
    /// Written by the dispatcher alone.
    pub world: Mutex<World>,
    /// Where the TCP API listens, or why it does not.
    pub tcp: OnceLock<String>,
    pub tokens: crate::server::services::tokens::Tokens,
    /// The environment this server was started with.
    pub environment: Vec<(String, String)>,
    pub executable: String,
    pub is_supervised: bool,
    pub umask: u32,
    /// Set once: how the server is to end.
    pub ending: Mutex<Option<Ending>>,
    pub end: Notify,
    /// Places for rebuilding a past from a log, which takes a core for up to a second and tens of MB.
    pub replays: Arc<Semaphore>,
    /// What is known of the logs that somebody reads.
    pub indices: Indices,
    /// Places for searches through the logs.
    pub searches: Arc<Semaphore>,
    /// Places for comparing files.
    pub diffs: Arc<Semaphore>,
    pub scale: Mutex<crate::server::services::weight::Scale>,
    /// Held by whoever weighs: the others get what it finds.
    pub weighing: tokio::sync::Mutex<()>,
    /// Held by whoever changes a work tree.
    pub turns: Mutex<HashMap<TerminalId, Arc<tokio::sync::Mutex<()>>>>,
    /// Held by whoever chooses a name for a work tree.
    pub choosing: tokio::sync::Mutex<()>,
    /// Something was stored: for tasks that look at the whole world.
    pub stored: watch::Sender<()>,
    /// Messages are held: what was queued for an agent is not given to its holder.
    holds_messages: watch::Sender<bool>,
    /// Terminals whose dialogs are being answered.
    pub answering: Mutex<BTreeSet<TerminalId>>,
    /// Held by whoever ends or starts a terminal's program.
    starts: Mutex<HashMap<TerminalId, Arc<tokio::sync::Mutex<()>>>>,
    terminals: Mutex<HashMap<TerminalId, Arc<Shared>>>,
    tasks: Mutex<JoinSet<()>>,
    /// A terminal was put in its place.
    opened: Notify,
    events: mpsc::UnboundedSender<Queued>,
    parser: OnceLock<Parser>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Ending {
    Stop,
    /// Another program than the running one, when it is an upgrade.
    Restart(Option<String>),
}

/// What its terminal's task needs to know of an agent.
pub struct AgentFacts {
    pub provider: String,
    pub pid: Option<u32>,
    /// A shell with a command line of the user's own: it is at work as long as it runs.
    pub is_custom: bool,
    pub has_begun: bool,
    pub run: u32,
    pub hooks: crate::core::world::Hooking,
}

/// What `run` brings.
pub struct Parts {
    pub places: Places,
    pub settings: Settings,
    pub catalog: Catalog,
    pub generation: u64,
    pub last_approval: u64,
    pub world: World,
    pub tokens: crate::server::services::tokens::Tokens,
    pub executable: String,
    pub is_supervised: bool,
    pub umask: u32,
}

impl App {
    /// The app and the dispatcher's end of the queue.
    ///
    /// The queue is unbounded because whoever sends is either a request that waits for its answer, or a terminal's
    /// task, whose reports are changes of state and not output: their number is bounded by what agents do.
    pub fn new(parts: Parts) -> (Arc<App>, mpsc::UnboundedReceiver<Queued>) {
        let (events, receiver) = mpsc::unbounded_channel();
        let policies = Policies::new(&parts.places.config);
        let app = App {
            places: parts.places,
            settings: parts.settings,
            catalog: Shelf::new(parts.catalog),
            policies,
            judges: Judges::new(parts.executable.clone().into()),
            generation: parts.generation,
            last_approval: AtomicU64::new(parts.last_approval),
            started: Instant::now(),
            hub: Hub::default(),
            lookout: Lookout::default(),
            tcp: OnceLock::new(),
            tokens: parts.tokens,
            environment: crate::config::environment::vars().collect(),
            executable: parts.executable,
            is_supervised: parts.is_supervised,
            umask: parts.umask,
            ending: Mutex::new(None),
            end: Notify::new(),
            replays: Arc::new(Semaphore::new(REPLAYS)),
            indices: Indices::default(),
            searches: Arc::new(Semaphore::new(SEARCHES)),
            diffs: Arc::new(Semaphore::new(DIFFS)),
            scale: Mutex::default(),
            weighing: tokio::sync::Mutex::default(),
            turns: Mutex::default(),
            choosing: tokio::sync::Mutex::default(),
            stored: watch::Sender::new(()),
            answering: Mutex::default(),
            holds_messages: watch::Sender::new(parts.world.is_halted()),
            world: Mutex::new(parts.world),
            starts: Mutex::default(),
            terminals: Mutex::default(),
            tasks: Mutex::default(),
            opened: Notify::new(),
            events,
            parser: OnceLock::new(),
        };
        (Arc::new(app), receiver)
    }

    /// Starts the parse workers.
    ///
    /// # Errors
    /// When no thread can be started.
    pub fn start_parser(self: &Arc<App>) -> std::io::Result<()> {
        let weak = Arc::downgrade(self);
        let after: crate::server::parser::AfterSlice = Arc::new(move |shared, outcome| {
            if let Some(app) = weak.upgrade()
                && let Some(after) = terminal::after_slice(&app, shared, outcome)
            {
                shared.want_look(after);
            }
        });
        let _ = self.parser.set(Parser::start(&after)?);
        Ok(())
    }

    pub fn schedule(&self, shared: &Arc<Shared>) {
        if let Some(parser) = self.parser.get() {
            parser.schedule(shared);
        }
    }

    /// Reports an event without waiting.
    pub fn tell(&self, event: Event) {
        if let Event::Exited { id, .. } | Event::HolderLost { id, .. } = &event {
            // CLIs say what a conversation has cost when they end.
            self.lookout.want(*id, Why::Ended);
        }
        // Nobody listens any more only while the server ends.
        let _ = self.events.send((event, None));
    }

    /// Reports an event and waits until it is stored and announced.
    ///
    /// # Errors
    /// When it could not be stored.
    pub async fn record(&self, event: Event) -> Result<(), String> {
        let (sender, receiver) = oneshot::channel();
        let _ = self.events.send((event, Some(sender)));
        receiver.await.unwrap_or_else(|_| Err("the server is ending".into()))
    }

    pub fn terminal(&self, id: TerminalId) -> Option<Terminal> {
        lock(&self.world).terminals.get(&id).cloned()
    }

    pub fn shared(&self, id: TerminalId) -> Option<Arc<Shared>> {
        lock(&self.terminals).get(&id).cloned()
    }

    /// As [`App::shared`]; a terminal whose log is still being read is waited for, up to `patience`.
    pub async fn shared_within(&self, id: TerminalId, patience: Duration) -> Option<Arc<Shared>> {
        let opening = async {
            let mut opened = std::pin::pin!(self.opened.notified());
            loop {
                // Enabled before the look: an opening between look and waiting is not missed.
                opened.as_mut().enable();
                if let Some(shared) = self.shared(id) {
                    return Some(shared);
                }
                self.terminal(id)?;
                opened.as_mut().await;
                opened.set(self.opened.notified());
            }
        };
        tokio::time::timeout(patience, opening).await.ok().flatten()
    }

    /// The turn of whoever ends or starts this terminal's program: a restart by itself must not meet one by a person.
    pub fn start_turn(&self, id: TerminalId) -> Arc<tokio::sync::Mutex<()>> {
        Arc::clone(lock(&self.starts).entry(id).or_default())
    }

    /// For whoever gives inputs to holders: whether messages are held, and when that changes.
    pub fn held_messages(&self) -> watch::Receiver<bool> {
        self.holds_messages.subscribe()
    }

    pub fn hold_messages(&self, is_held: bool) {
        self.holds_messages.send_replace(is_held);
    }

    pub fn all_shared(&self) -> Vec<Arc<Shared>> {
        lock(&self.terminals).values().cloned().collect()
    }

    /// Puts a terminal's state in its place and, when a holder is to be served, starts its task.
    pub fn add_terminal(self: &Arc<App>, shared: Arc<Shared>, commands: Option<mpsc::Receiver<terminal::ToHolder>>) {
        lock(&self.terminals).insert(shared.id, Arc::clone(&shared));
        self.opened.notify_waiters();
        if let Some(commands) = commands {
            self.spawn(terminal::run(Arc::clone(self), shared, commands));
        }
    }

    /// Starts a task that ends with the server.
    pub fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let mut tasks = lock(&self.tasks);
        while tasks.try_join_next().is_some() {}
        tasks.spawn(task);
    }

    pub fn forget_terminal(&self, id: TerminalId) {
        lock(&self.starts).remove(&id);
        lock(&self.terminals).remove(&id);
    }

    /// Ends all terminal tasks; holders are not touched.
    pub async fn stop_tasks(&self) {
        let mut tasks = std::mem::take(&mut *lock(&self.tasks));
        tasks.shutdown().await;
    }

    pub fn facts_of(&self, id: TerminalId) -> Option<AgentFacts> {
        let world = lock(&self.world);
        let terminal = world.terminals.get(&id)?;
        Some(AgentFacts {
            provider: terminal.provider.clone(),
            pid: terminal.agent_pid,
            is_custom: terminal.is_shell && terminal.command.len() > 1,
            has_begun: terminal.has_begun,
            run: terminal.run,
            hooks: terminal.hooks,
        })
    }

    /// Asks a holder to end its agent, by the frozen hang-up frame on a connection of its own: for one that no task
    /// serves, or whose task has no contact.
    ///
    /// # Errors
    /// When it cannot be reached.
    pub async fn end_holder(&self, id: TerminalId, grace_ms: u32) -> std::io::Result<()> {
        let path = self.places.holders().join(format!("{id}.sock"));
        let asking = async {
            let mut stream = UnixStream::connect(path).await?;
            let mut frame = Vec::new();
            crate::ipc::frame::encode(crate::proto::holder::HANGUP, &grace_ms.to_le_bytes(), &mut frame);
            stream.write_all(&frame).await?;
            // It says hello to whoever comes. Left before that, an older one would drop what we wrote.
            stream.read_u8().await.map(drop)
        };
        tokio::time::timeout(HANGUP_WITHIN, asking)
            .await
            .unwrap_or_else(|_| Err(std::io::Error::new(std::io::ErrorKind::TimedOut, "its socket takes nothing")))
    }

    pub fn holder_record(&self, id: TerminalId) -> Option<HolderRecord> {
        let bytes = std::fs::read(self.places.holders().join(format!("{id}.json"))).ok()?;
        serde_json::from_slice(&bytes).ok()
    }

    /// Whether a terminal's holder lives. A record that is there and cannot be read (no descriptors left, say) is no
    /// proof of an end: lost is not ended.
    pub fn holder_is_alive(&self, id: TerminalId) -> bool {
        match std::fs::read(self.places.holders().join(format!("{id}.json"))) {
            Err(error) => error.kind() != std::io::ErrorKind::NotFound,
            Ok(bytes) => serde_json::from_slice::<HolderRecord>(&bytes)
                .map_or(true, |r| tree::is_alive(r.holder_pid, r.holder_start)),
        }
    }

    /// A holder is gone: what its journal says, or that it was killed.
    pub async fn holder_lost(&self, id: TerminalId, reason: &str) {
        let dir = self.places.terminal_logs();
        let end = tokio::task::spawn_blocking(move || crate::server::recover::end_of(&dir, id)).await;
        let event = end.ok().flatten().map_or_else(
            || Event::HolderLost { id, reason: "its holder was killed".into() },
            |(code, signal)| Event::Exited { id, code, signal },
        );
        tracing::warn!(terminal = %id, reason, ?event, "a holder is gone");
        self.tell(event);
    }

    /// Contact with a living holder was lost. That is not exit: it is shown as unknown until there is contact again.
    pub fn contact_lost(&self, id: TerminalId, reason: &str) {
        self.out_of_sight(id, format!("no contact with its holder: {reason}"), "the holder does not answer");
    }

    /// An agent lives and cannot be seen: its status is unknown, with why.
    pub fn out_of_sight(&self, id: TerminalId, detail: String, evidence: &str) {
        let verdict =
            crate::core::status::Verdict { detail: Some(detail), evidence: evidence.to_owned(), ..Default::default() };
        self.tell(Event::Judged { id, verdict });
    }

    /// Ends the server.
    pub fn finish(&self, ending: Ending) {
        lock(&self.ending).get_or_insert(ending);
        self.end.notify_waiters();
        self.end.notify_one();
    }

    pub fn terminal_count(&self) -> usize {
        lock(&self.world).terminals.len()
    }

    /// Agents that run.
    pub fn living_count(&self) -> usize {
        lock(&self.world).terminals.values().filter(|t| t.is_alive()).count()
    }

    pub fn our_uid(&self) -> u32 {
        peer::our_uid()
    }
}

/// An app without a parser or a dispatcher, for tests of its parts.
#[cfg(test)]
pub fn for_tests(dir: &std::path::Path) -> (Arc<App>, mpsc::UnboundedReceiver<Queued>) {
    App::new(Parts {
        places: Places::find(Some(dir), None).unwrap(),
        settings: Settings::default(),
        catalog: Catalog::load(dir),
        generation: 1,
        last_approval: 0,
        world: World::default(),
        tokens: crate::server::services::tokens::Tokens::create(&dir.join("token")).unwrap(),
        executable: String::new(),
        is_supervised: false,
        umask: 0o022,
    })
}
