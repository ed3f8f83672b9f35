//! The run loop: waits for keys, the stream, answers and timers, lets `update` decide, and carries the decision out.
//! The one place of the screen that touches terminal, clock and server. It must never decide what a key means.

use super::clipboard::{self, Found};
use super::copying;
use super::desk;
use super::fleet::short_path;
use super::input::Events;
use super::keeper::Keeper;
use super::keymap::{Keymap, known_commands};
use super::looks::Looks;
use super::memory::Memory;
use super::msg::{Command, Msg, Picture};
use super::opener;
use super::options::Options;
use super::outer::Outer;
use super::pace::{Pace, Turn};
use super::painter::Painter;
use super::pastes;
use super::preferences::Said;
use super::requests;
use super::signals::{Signals, Wish};
use super::state::{Dirty, Overlay, Settings, State};
use super::terminal_guard::TerminalGuard;
use super::title::Title;
use super::toasts::Tone;
use super::update::{drawn, passed, update};
use super::waiting::{
    Connecting, Connection, Reading, connect, in_time, keep, or_never, read, saved, sleep_for, sleep_until,
};
use crate::base::clock::{now_ms, random_hex, utc_offset_minutes};
use crate::base::id::TerminalId;
use crate::client::{Client, ClientError, StreamItem, StreamReceiver, StreamSender, Target};
use crate::config::keys;
use crate::config::listing::Setting;
use crate::config::theme::{Note, Shelf};
use crate::config::watch::Watch;
use crate::config::{keepsake, settings};
use crate::core::keys::Reply;
use crate::proto::stream::ClientMessage;
use anyhow::Context as _;
use base64::Engine as _;
use futures_util::StreamExt as _;
use futures_util::future::LocalBoxFuture;
use futures_util::stream::FuturesUnordered;
use std::io::{IsTerminal as _, Write as _};
use std::time::{Duration, SystemTime};
use tokio::time::Instant;

/// Messages taken in before the screen is looked at again: a flood must not keep keys and pictures waiting.
const BATCH: usize = 64;
/// An acknowledgement waits so long for a key to go with: one wake-up of the server instead of two, and far less than
/// the time between two pictures.
const ACK_WAITS: Duration = Duration::from_millis(4);
/// A terminal that did not answer when we leave is given this long: a slow link's round trip.
const ANSWERS_WITHIN: Duration = Duration::from_millis(150);
/// First and last wait between two tries to reconnect.
const BACK_OFF: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(1));
/// Confirmed stops are sent on the way out, but nobody waits longer for a dead server.
const FAREWELL: Duration = Duration::from_secs(2);

/// Shows the screen until the user detaches or the process is told to end.
///
/// # Errors
/// When there is no terminal, or it cannot be read from or written to.
pub async fn run(client: Client, options: Options) -> anyhow::Result<()> {
    if !std::io::stdout().is_terminal() || !std::io::stdin().is_terminal() {
        anyhow::bail!("the screen needs a terminal; the other commands work without one");
    }
    let size = crossterm::terminal::size().context("cannot ask the terminal for its size")?;
    let modern = options.environment.is_modern();
    let asks = options.environment.answers();
    let environment = &options.environment;
    let looks =
        Looks::new(Shelf::new(&options.config), options.ui.theme.clone(), environment.depth(), environment.is_light());
    let mut signals = Signals::new().context("cannot listen for signals")?;
    let guard = TerminalGuard::enter(modern).context("cannot take the terminal")?;
    let events = Events::open().context("cannot read the terminal's events")?;
    // One name over all connections: what is sent again is recognised by it.
    let source = random_hex(8).context("cannot name this client")?;
    let painter = Painter::new(size, looks.theme(), modern);
    let watch = (!options.config.as_os_str().is_empty()).then(|| Watch::new(&options.config).ok()).flatten();
    let mut state = State::new(settings(&client, &options), size, now_ms());
    state.zoom = options.zoom;
    let (keeper, forgotten) = remember(&options, &mut state);
    let mut screen = Screen {
        state,
        painter,
        looks,
        watch,
        bad_settings: None,
        bad_keys: Vec::new(),
        title: Title::default(),
        has_keys: false,
        keeper,
        problem: None,
        source: source.clone(),
        client: client.clone(),
        sender: None,
        reading: None,
        connecting: Some(Box::pin(connect(client, options.read_only, source.clone()))),
        back_off: BACK_OFF.0,
        requests: FuturesUnordered::new(),
        pace: Pace::new(Instant::now()),
        passes: false,
        editing: None,
        outer: Outer::new(modern, asks),
        ack_timer: Box::pin(tokio::time::sleep(ACK_WAITS)),
        is_ack_waiting: false,
        out: if asks { Outer::questions() } else { Vec::new() },
        options,
    };
    screen.bind_keys();
    screen.complain(screen.wrong());
    if let Some(words) = forgotten {
        screen.say(&words);
    }
    let mut events = events;
    let result = screen.run(&mut events, &mut signals, &guard).await;
    screen.hear_out(&mut events).await;
    drop(guard);
    if let Some(keeper) = screen.keeper.take() {
        let _ = tokio::time::timeout(FAREWELL, keeper.finish(&screen.state)).await;
    }
    if let Some(words) = &screen.state.farewell {
        let _ = writeln!(std::io::stderr(), "{words}");
    }
    result
}

/// Opens the screen as it was left. One that may only look changes no file, and one agent alone has nothing to arrange.
fn remember(options: &Options, state: &mut State) -> (Option<Keeper>, Option<String>) {
    if options.memory.as_os_str().is_empty() || options.chromeless {
        return (None, None);
    }
    if options.read_only {
        Memory::restore(&keepsake::look(&options.memory), state);
        return (None, None);
    }
    let (keeper, problem) = Keeper::open(options.memory.clone(), state);
    (Some(keeper), problem)
}

fn settings(client: &Client, options: &Options) -> Settings {
    Settings {
        // An address may lead anywhere; a socket is on this machine.
        is_remote: matches!(client.target(), Target::Tcp { .. }),
        read_only: options.read_only,
        chromeless: options.chromeless,
        leader: vec![options.environment.leader()],
        keymap: Keymap::default(),
        glyphs: options.environment.glyphs(options.ui.glyphs),
        // An attached agent fills the screen: there is no clock to keep.
        clock: options.ui.clock && !options.chromeless,
        mouse: options.ui.mouse,
        hints: options.ui.hints,
        fields: options.ui.fields,
        utc_offset_minutes: utc_offset_minutes(now_ms()),
        home: options.environment.home.clone(),
        directory: options.directory.clone(),
        environment: options.launch_environment.clone(),
        umask: options.launch_umask,
        focus_session: options.focus_session.clone(),
        focus_terminal: options.focus_terminal,
        start_typing: options.typing,
    }
}

struct Screen {
    state: State,
    painter: Painter,
    looks: Looks,
    watch: Option<Watch>,
    /// What is wrong with the settings and with the keys.
    bad_settings: Option<String>,
    bad_keys: Vec<Note>,
    title: Title,
    /// Keys were bound before.
    has_keys: bool,
    /// Writes what is remembered of this screen.
    keeper: Option<Keeper>,
    /// What was said last of the configuration.
    problem: Option<String>,
    /// Names this client over all its connections.
    source: String,
    client: Client,
    sender: Option<StreamSender>,
    /// Owns the receiver while it waits, so that nothing is lost when another source wins.
    reading: Option<Reading>,
    connecting: Option<Connecting>,
    back_off: Duration,
    requests: FuturesUnordered<LocalBoxFuture<'static, Msg>>,
    pace: Pace,
    /// The picture is held back, but the next frames may come.
    passes: bool,
    /// A file to be edited as soon as the screen can be left: its path, line, and what the path is relative to.
    editing: Option<(String, Option<u32>, String)>,
    outer: Outer,
    /// Acknowledgements wait in the buffer until then.
    ack_timer: std::pin::Pin<Box<tokio::time::Sleep>>,
    is_ack_waiting: bool,
    out: Vec<u8>,
    options: Options,
}

enum Event {
    Msg(Msg),
    Stream(Option<StreamItem>, StreamReceiver),
    Connected(Result<Connection, ClientError>),
    Paint,
    Acknowledge,
    /// What is remembered could not be written.
    NotKept(std::io::Error),
    /// The configuration was saved.
    Saved,
    InputEnded,
    Signal(Wish),
}

impl Screen {
    async fn run(&mut self, events: &mut Events, signals: &mut Signals, guard: &TerminalGuard) -> anyhow::Result<()> {
        self.paint_if_due()?;
        while !self.state.quitting {
            let mut event = self.next(events, signals).await;
            for taken in 1.. {
                match event {
                    Event::Signal(Wish::End) | Event::InputEnded => return Ok(()),
                    Event::Signal(wish) => self.come_back(wish, guard).await?,
                    Event::Msg(Msg::Outer(reply)) => self.hear(&reply, guard).await,
                    Event::Msg(Msg::Printed(Ok(text))) => self.page(text, guard, signals).await?,
                    other => self.take(other).await,
                }
                // What is ready already is taken in before anything is drawn. Nothing is taken out that is not taken in.
                if taken == BATCH || !self.state.loaded || self.state.quitting {
                    break;
                }
                let Some(msg) = events.try_next() else { break };
                event = Event::Msg(msg);
            }
            if let Some((path, line, directory)) = self.editing.take() {
                self.edit(&path, line, &directory, guard, signals).await?;
            }
            if let (Some(keeper), Dirty::Everything) = (&mut self.keeper, self.state.dirty) {
                keeper.look(&self.state);
            }
            self.outer.follow(&self.state, &mut self.out);
            self.paint_if_due()?;
            self.acknowledge().await;
        }
        // Stops that were confirmed go out before we do.
        let _ = tokio::time::timeout(FAREWELL, async { while self.requests.next().await.is_some() {} }).await;
        Ok(())
    }

    async fn next(&mut self, events: &mut Events, signals: &mut Signals) -> Event {
        let now = now_ms();
        let due = self.state.next_due().map(|at| Duration::from_millis(at.saturating_sub(now)));
        let paint_at = (self.state.dirty != Dirty::Nothing).then(|| self.pace.due(&self.state, Instant::now()));
        // What is typed before the agents are known is meant for them: it waits as long as the first picture does.
        let listens = self.state.loaded || self.pace.has_begun(Instant::now());
        tokio::select! {
            biased;
            wish = signals.next() => Event::Signal(wish),
            msg = events.next(), if listens => msg.map_or(Event::InputEnded, Event::Msg),
            () = sleep_until(paint_at) => Event::Paint,
            (item, receiver) = or_never(&mut self.reading) => Event::Stream(item, receiver),
            result = or_never(&mut self.connecting) => Event::Connected(result),
            Some(msg) = self.requests.next(), if !self.requests.is_empty() => Event::Msg(msg),
            () = self.ack_timer.as_mut(), if self.is_ack_waiting => Event::Acknowledge,
            error = keep(self.keeper.as_mut()) => Event::NotKept(error),
            () = saved(self.watch.as_ref()) => Event::Saved,
            () = sleep_for(due) => Event::Msg(Msg::Tick),
        }
    }

    async fn take(&mut self, event: Event) {
        match event {
            Event::Msg(msg) => {
                if let Msg::Tick = msg {
                    self.state.settings.utc_offset_minutes = utc_offset_minutes(now_ms());
                }
                if let Msg::Resize(..) = msg {
                    self.painter.forget();
                }
                self.apply(msg).await;
            }
            Event::Stream(None, _) => {
                self.reading = None;
                self.lost().await;
            }
            Event::Stream(Some(item), receiver) => {
                self.reading = Some(Box::pin(read(receiver)));
                let msg = match item {
                    StreamItem::Message(message) => Msg::Server(message),
                    StreamItem::Frame(frame) => Msg::Frame(frame),
                };
                self.apply(msg).await;
            }
            Event::Connected(Ok((client, sender, receiver))) => {
                self.connecting = None;
                self.back_off = BACK_OFF.0;
                self.client = client;
                self.sender = Some(sender);
                self.reading = Some(Box::pin(read(receiver)));
                self.apply(Msg::Connected).await;
            }
            Event::Connected(Err(_)) => {
                let lost = if self.state.link == super::state::Link::New { Msg::Lost } else { Msg::StillLost };
                self.apply(lost).await;
                self.reconnect();
            }
            Event::Acknowledge => self.flush_acknowledgements().await,
            Event::NotKept(error) => self.say(&format!("the layout will be forgotten: {error}")),
            Event::Saved => {
                self.look_again();
                if matches!(self.state.overlay, Some(Overlay::Settings(_))) {
                    self.tell_settings(None);
                }
            }
            Event::Paint | Event::InputEnded | Event::Signal(_) => {}
        }
    }

    /// Stops if that is the wish, and makes the terminal ours again: whoever had it meanwhile drew on it, and its window
    /// may have another size.
    async fn come_back(&mut self, wish: Wish, guard: &TerminalGuard) -> anyhow::Result<()> {
        match wish {
            Wish::Stop => guard.suspend(),
            _ => guard.resume(),
        }
        .context("cannot take the terminal again")?;
        self.taken_again().await;
        Ok(())
    }

    /// Shows a page in the browser of this desktop; elsewhere its address goes to the user's clipboard.
    fn open_web(&mut self, url: String) {
        let variable = |name: &str| std::env::var(name).ok();
        let opened = opener::browser(&url, variable).map(|mut command| command.spawn());
        let (tone, words) = match opened {
            Some(Ok(mut child)) => {
                // Somebody has to collect it when it ends.
                tokio::task::spawn_blocking(move || drop(child.wait()));
                (Tone::Info, format!("opened {url}"))
            }
            Some(Err(error)) => (Tone::Error, format!("no browser: {error} · address copied")),
            None => (Tone::Good, "no browser here · address copied".to_owned()),
        };
        if tone != Tone::Info {
            self.clipboard(url);
        }
        self.state.toasts.push(tone, words, now_ms());
        self.state.dirty = Dirty::Everything;
    }

    /// Looks on a thread of its own: a clipboard's owner may take its time.
    fn look_for_picture(&self, terminal: TerminalId, keep: bool) -> LocalBoxFuture<'static, Msg> {
        let folder = self.options.pastes.clone();
        let looking = tokio::task::spawn_blocking(move || match clipboard::look() {
            Found::Nothing => Picture::None,
            Found::TooLarge => Picture::TooLarge,
            Found::Picture(..) if !keep => Picture::There,
            Found::Picture(bytes, ending) => {
                pastes::clean(&folder, SystemTime::now());
                match pastes::keep(&folder, &bytes, ending, now_ms()) {
                    Ok(path) => path.into_os_string().into_string().map_or(Picture::There, Picture::Kept),
                    Err(error) => Picture::Failed(error.to_string()),
                }
            }
        });
        Box::pin(async move { Msg::Looked { terminal, picture: looking.await.unwrap_or(Picture::None) } })
    }

    fn clipboard(&mut self, text: String) {
        let encoded = base64::engine::general_purpose::STANDARD.encode(&text);
        self.out.extend(format!("\x1b]52;c;{encoded}\x07").as_bytes());
        let handing = tokio::task::spawn_blocking(move || copying::hand_over(&text).map_err(|e| e.to_string()));
        self.requests.push(Box::pin(async move { Msg::Copied(handing.await.unwrap_or(Ok(()))) }));
    }

    /// Gives the terminal to the user's editor.
    async fn edit(
        &mut self,
        path: &str,
        line: Option<u32>,
        directory: &str,
        guard: &TerminalGuard,
        signals: &mut Signals,
    ) -> anyhow::Result<()> {
        let home = self.state.settings.home.clone();
        let Some(file) = opener::file(path, directory, home.as_deref()) else {
            self.state.toasts.push(Tone::Info, format!("no file {path} in {directory}"), now_ms());
            self.state.dirty = Dirty::Everything;
            return Ok(());
        };
        let mut command = opener::editor(&file, line, |name| std::env::var(name).ok());
        self.lend("editor", "$EDITOR", move || command.status(), guard, signals).await
    }

    /// Gives the terminal to the user's pager, with an agent's whole output.
    async fn page(&mut self, text: String, guard: &TerminalGuard, signals: &mut Signals) -> anyhow::Result<()> {
        let command = opener::pager(|name| std::env::var(name).ok());
        self.lend("pager", "$PAGER", move || opener::feed(command, text.as_bytes()), guard, signals).await
    }

    /// Gives the terminal to another program until that ends. Agents and server go on.
    async fn lend(
        &mut self,
        what: &str,
        variable: &str,
        program: impl FnOnce() -> std::io::Result<std::process::ExitStatus> + Send + 'static,
        guard: &TerminalGuard,
        signals: &mut Signals,
    ) -> anyhow::Result<()> {
        guard.give();
        let mut waiting = tokio::task::spawn_blocking(program);
        let ended = loop {
            tokio::select! {
                ended = &mut waiting => break ended,
                wish = signals.next() => match wish {
                    // It stopped its whole group, us among it: the shell has the terminal until `fg`.
                    Wish::Stop => guard.stop(),
                    Wish::End => self.state.quitting = true,
                    Wish::GoOn => {}
                },
            }
        };
        guard.take_again().context("cannot take the terminal again")?;
        let failed = match ended {
            Ok(Ok(status)) if status.success() => None,
            Ok(Ok(status)) => Some(format!("the {what} ended with {status}")),
            Ok(Err(error)) => Some(format!("no {what}: {error} · set {variable}")),
            Err(error) => Some(format!("no {what}: {error}")),
        };
        if let Some(words) = failed {
            self.state.toasts.push(Tone::Error, words, now_ms());
        }
        self.taken_again().await;
        Ok(())
    }

    /// The terminal is ours again: whoever had it drew on it, and its window may have another size.
    async fn taken_again(&mut self) {
        self.outer.taken_again(&mut self.out);
        self.title.forget();
        let (columns, rows) = crossterm::terminal::size().unwrap_or(self.state.size);
        self.take(Event::Msg(Msg::Resize(columns, rows))).await;
    }

    /// Takes what the outer terminal said about itself.
    async fn hear(&mut self, reply: &Reply, guard: &TerminalGuard) {
        let learned = self.outer.reply(reply, &mut self.out);
        if let Some(synchronized) = learned.synchronized {
            self.painter.set_synchronized(synchronized);
        }
        if let Some(repeats) = learned.repeats {
            self.painter.set_repeats(repeats);
        }
        if self.outer.is_light().is_some_and(|light| self.looks.background(light)) {
            self.dress();
            self.complain(self.wrong());
        }
        if let Some(colors) = learned.colors {
            self.apply(Msg::Colors(colors)).await;
        }
        if self.outer.has_kitty() {
            // Every terminal with that protocol draws all kinds of underlines.
            self.painter.set_rich(true);
            self.state.dirty = Dirty::Everything;
            guard.has_kitty();
        }
    }

    /// Reads the configuration again. What is wrong with it is said, and leaves everything as it was.
    fn look_again(&mut self) {
        if let Some(watch) = &self.watch {
            watch.follow(&self.options.config);
        }
        self.bad_settings = None;
        match settings::load(&self.options.config, self.options.variables.iter().cloned()) {
            Ok(settings) => self.options.ui = settings.ui,
            Err(error) => {
                let hint = error.hint.as_deref().map(|hint| format!(" · {hint}")).unwrap_or_default();
                self.bad_settings = Some(format!("{error}{hint}"));
            }
        }
        let ui = &self.options.ui;
        self.looks.choose(ui.theme.clone());
        self.state.settings.glyphs = self.options.environment.glyphs(ui.glyphs);
        self.state.settings.clock = ui.clock && !self.options.chromeless;
        self.state.settings.mouse = ui.mouse;
        self.state.settings.hints = ui.hints;
        self.state.settings.fields = ui.fields;
        self.bind_keys();
        self.dress();
        self.complain(self.wrong());
    }

    /// Reads the user's keys; what cannot be used of them is said, and the rest holds.
    fn bind_keys(&mut self) {
        if self.options.config.as_os_str().is_empty() {
            return;
        }
        let leader = self.options.environment.leader();
        let (keys, notes) = keys::load(&self.options.config, &known_commands(), leader);
        self.bad_keys = notes;
        // Half a save is no reason to press other keys; at first there are the built-in ones.
        if keys.is_unreadable && self.has_keys {
            return;
        }
        self.has_keys = true;
        self.state.settings.leader.clone_from(&keys.leader);
        self.state.settings.keymap = Keymap::new(&keys);
    }

    /// What is wrong with the configuration, in one line.
    fn wrong(&self) -> Option<String> {
        let keys = || {
            let more = match self.bad_keys.len() {
                0 | 1 => String::new(),
                n => format!(" · and {} more: `config check`", n - 1),
            };
            // Where the file lies is known, and a toast is one line.
            let folder = format!("{}/", self.options.config.display());
            self.bad_keys.first().map(|note| format!("{}{more}", note.to_string().replace(&folder, "")))
        };
        self.bad_settings.clone().or_else(keys).or_else(|| self.looks.problem())
    }

    /// Writes a setting, and follows the file as if somebody else had saved it.
    fn write_setting(&mut self, setting: &Setting, value: Option<&str>) {
        let said = desk::write(&self.options, setting, value);
        self.looks.preview(None);
        self.look_again();
        self.tell_settings(Some(said));
    }

    /// Has the list of settings know what the files say now.
    fn tell_settings(&mut self, said: Option<Said>) {
        let sheet = Box::new(desk::sheet(&self.options));
        self.requests.push(Box::pin(async move { Msg::Settings { sheet, said } }));
    }

    /// Something has failed that is no agent's.
    fn say(&mut self, words: &str) {
        let short = short_path(words, self.state.settings.home.as_deref());
        self.state.toasts.push(Tone::Error, short, now_ms());
        self.state.dirty = Dirty::Everything;
    }

    fn dress(&mut self) {
        self.painter.set_theme(self.looks.theme());
        self.state.dirty = Dirty::Everything;
    }

    /// Says what is wrong with the configuration, until it is mended.
    fn complain(&mut self, problem: Option<String>) {
        if problem == self.problem {
            return;
        }
        let now = now_ms();
        match (&problem, &self.problem) {
            (Some(words), _) => {
                let short = short_path(words, self.state.settings.home.as_deref());
                self.state.toasts.push(Tone::Error, short, now);
            }
            (None, _) => self.state.toasts.push(Tone::Good, "the configuration can be used again", now),
        }
        if let Some(old) = &self.problem {
            self.state.toasts.withdraw(&short_path(old, self.state.settings.home.as_deref()));
        }
        self.problem = problem;
        self.state.dirty = Dirty::Everything;
    }

    /// Waits a moment for answers still on their way: they would be typed into the shell after us.
    async fn hear_out(&mut self, events: &mut Events) {
        let until = Instant::now() + ANSWERS_WITHIN;
        while self.outer.is_waiting() {
            match tokio::time::timeout_at(until, events.next()).await {
                Ok(Some(Msg::Outer(reply))) => drop(self.outer.reply(&reply, &mut Vec::new())),
                Ok(Some(_)) => {}
                Ok(None) | Err(_) => return,
            }
        }
    }

    async fn lost(&mut self) {
        self.sender = None;
        self.reading = None;
        self.reconnect();
        let commands = update(&mut self.state, Msg::Lost, now_ms());
        // Nothing of this can reach the server now; requests would only fail.
        drop(commands);
    }

    fn reconnect(&mut self) {
        let wait = self.back_off;
        self.back_off = (self.back_off * 2).min(BACK_OFF.1);
        let client = (self.options.reconnect)();
        let (read_only, source) = (self.options.read_only, self.source.clone());
        self.connecting = Some(Box::pin(async move {
            tokio::time::sleep(wait).await;
            connect(client.await?, read_only, source).await
        }));
    }

    /// Lets `update` decide and carries it out.
    async fn apply(&mut self, msg: Msg) {
        for command in update(&mut self.state, msg, now_ms()) {
            self.carry_out(command).await;
        }
    }

    async fn carry_out(&mut self, command: Command) {
        let client = self.client.clone();
        match command {
            Command::Send(message) => self.send(&message).await,
            Command::Clipboard(text) => self.clipboard(text),
            Command::LookForPicture { terminal, keep } => self.requests.push(self.look_for_picture(terminal, keep)),
            Command::OpenWeb(url) => self.open_web(url),
            Command::Edit { path, line, directory } => self.editing = Some((path, line, directory)),
            Command::ReadSettings => self.tell_settings(None),
            Command::WriteSetting { setting, value } => self.write_setting(&setting, value.as_deref()),
            Command::PreviewTheme(name) => {
                if self.looks.preview(name) {
                    self.dress();
                }
            }
            Command::Bell => self.out.push(0x07),
            Command::Quit => {}
            other => self.requests.extend(requests::of(other, client)),
        }
    }

    async fn send(&mut self, message: &ClientMessage) {
        let Some(sender) = &mut self.sender else { return };
        if !in_time(sender.send(message)).await {
            self.lost().await;
        }
    }

    /// Puts an acknowledgement into the buffer; it goes with the next key, or when the timer says so.
    async fn acknowledge_later(&mut self, message: &ClientMessage) {
        let Some(sender) = &mut self.sender else { return };
        if !in_time(sender.feed(message)).await {
            return self.lost().await;
        }
        if !self.is_ack_waiting {
            self.is_ack_waiting = true;
            self.ack_timer.as_mut().reset(Instant::now() + ACK_WAITS);
        }
    }

    async fn flush_acknowledgements(&mut self) {
        self.is_ack_waiting = false;
        let Some(sender) = &mut self.sender else { return };
        if !in_time(sender.flush()).await {
            self.lost().await;
        }
    }

    fn paint_if_due(&mut self) -> anyhow::Result<()> {
        let now = Instant::now();
        let turn = self.pace.turn(&self.state, now);
        self.pace.took(turn, &self.state, now);
        self.passes = turn == Turn::Pass;
        if turn == Turn::Draw {
            self.painter.paint(&self.state, &mut self.out);
            self.title.follow(&self.state, &mut self.out);
            self.state.dirty = Dirty::Nothing;
        }
        if !self.out.is_empty() {
            let mut stdout = std::io::stdout().lock();
            // Nothing stays behind in the library's buffer, which would follow when the terminal is no longer ours.
            let written = stdout.write_all(&self.out).and_then(|()| stdout.flush());
            crate::base::pause::here("screen-while-writing");
            written.context("cannot write to the terminal")?;
            self.out.clear();
        }
        Ok(())
    }

    /// Tells the server what is on the screen now.
    async fn acknowledge(&mut self) {
        if (self.passes || self.state.dirty == Dirty::Nothing) && !self.state.acks.is_empty() {
            let commands = if self.passes { passed(&mut self.state) } else { drawn(&mut self.state) };
            for command in commands {
                match command {
                    Command::Send(message) => self.acknowledge_later(&message).await,
                    other => self.carry_out(other).await,
                }
            }
        }
    }
}
