//! The server from start to end: lock, database, adoption, sockets, then serving until it is told to stop.
//! Called by the `server` verb. Its end never ends an agent unless that was asked for by name.

use crate::base::pause;
use crate::config::places::Places;
use crate::config::settings::Settings;
use crate::ipc::{lock, socket};
use crate::proto::stream::ServerMessage;
use crate::providers::Catalog;
use crate::server::app::{App, Ending, Parts};
use crate::server::editions;
use crate::server::hub::lock as guard;
use crate::server::pane::Pane;
use crate::server::services::tokens::Tokens;
use crate::server::services::worktrees;
use crate::server::{conversations, dispatcher, forklink, health, recover, restarts, strangers};
use crate::store::Store;
use anyhow::Context;
use std::fs;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;

/// The last moments of a server take milliseconds; a loaded machine is given this.
const TAKE_OVER: Duration = Duration::from_secs(5);
/// Between two looks at its lock.
const LOOK_AGAIN: Duration = Duration::from_millis(5);
/// One transaction takes milliseconds; a busy disk is given this.
const LAST_CHANGES: Duration = Duration::from_secs(2);
/// Reads and checkpoints under way take milliseconds, and nobody needs them any more.
const LAST_READS: Duration = Duration::from_millis(500);

/// How the server was started.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Options {
    /// The fork server starts it again when it dies.
    pub is_supervised: bool,
    /// The user's mask of new files, for agents; this process's own is private already.
    pub umask: u32,
}

/// What is handed to the API: the app, and the sockets to serve.
pub struct Listeners {
    pub unix: UnixListener,
    pub tcp: Option<std::net::TcpListener>,
}

/// Why no server was started although nothing failed.
#[derive(Debug, thiserror::Error)]
#[error("a server is running already for this home (pid {0})")]
pub struct AlreadyRunning(pub String);

/// Runs the server. `serve` is the API; it is given the app and the sockets and ends with the server.
///
/// # Errors
/// When the home cannot be used, another server has it, or the database cannot be opened.
pub fn run<F, Fut>(places: Places, settings: Settings, options: Options, serve: F) -> anyhow::Result<()>
where
    F: FnOnce(Arc<App>, Listeners) -> Fut,
    Fut: Future<Output = ()>,
{
    let Some(_lock) = take_lock(&places).context("taking the server's lock")? else {
        let pid = fs::read_to_string(pid_path(&places)).unwrap_or_default();
        return Err(AlreadyRunning(pid.trim().to_owned()).into());
    };
    let unix = socket::bind_private(&places.socket()).context("binding the server's socket")?;
    unix.set_nonblocking(true)?;
    fs::write(pid_path(&places), format!("{}\n", std::process::id()))?;
    let executable = keep_executable(&places)?;
    let (store, loaded) =
        Store::open(&places.database()).with_context(|| format!("opening {}", places.database().display()))?;
    for damaged in &loaded.damaged {
        tracing::error!("a stored row cannot be understood and is left alone: {damaged}");
    }
    let catalog = Catalog::load(&places.config.join("providers"));
    for problem in &catalog.problems {
        tracing::error!("a provider cannot be used: {problem}");
    }
    let tokens = Tokens::create(&places.token()).context("writing the token file")?;
    let (tcp, tcp_state) = listen_tcp(&settings);
    let generation = loaded.generation;
    let (app, events) = App::new(Parts {
        world: recover::world_of(&loaded),
        places,
        settings,
        catalog,
        generation,
        last_approval: loaded.last_approval,
        tokens,
        executable,
        is_supervised: options.is_supervised,
        umask: options.umask,
    });
    let _ = app.tcp.set(tcp_state);
    if let Some(problem) = app.policies.now().problem {
        tracing::error!("the policy cannot be used, everything is asked: {problem}");
    }
    app.start_parser().context("starting the parse workers")?;
    tracing::info!(generation, pid = std::process::id(), version = env!("CARGO_PKG_VERSION"), "server starts");
    // One thread for all I/O: measured within noise of bare epoll, and faster than the multi-thread runtime.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let (stop, stopped) = oneshot::channel();
        let mut dispatching = tokio::spawn(dispatcher::run(Arc::clone(&app), store, events, stopped));
        let watching = tokio::spawn(forklink::watch(Arc::clone(&app)));
        let looking = tokio::spawn(conversations::run(Arc::clone(&app)));
        // Looked for before anything can be launched: whose row is on its way is no stranger.
        let found = strangers::find(&app);
        let living = recover::adopt(&app).await + found.len();
        app.spawn(strangers::adopt(Arc::clone(&app), found));
        app.spawn(crate::server::services::approvals::pay(Arc::clone(&app)));
        app.spawn(restarts::run(Arc::clone(&app)));
        app.spawn(health::run(Arc::clone(&app)));
        app.spawn(editions::run(Arc::clone(&app)));
        app.spawn(worktrees::recover(Arc::clone(&app)));
        app.spawn(worktrees::expire(Arc::clone(&app)));
        tracing::info!(living, "holders found");
        let listeners = Listeners { unix, tcp };
        tokio::select! {
            () = serve(Arc::clone(&app), listeners) => {}
            () = until_told(&app) => {}
        }
        let restart = match guard(&app.ending).clone() {
            Some(Ending::Restart(executable)) => Some(executable.unwrap_or_else(|| app.executable.clone())),
            _ => None,
        };
        tracing::info!(?restart, "server ends; agents go on");
        app.hub.announce(&ServerMessage::Bye { restart: restart.is_some(), agents: app.living_count() });
        watching.abort();
        looking.abort();
        pause::here("shutdown-before-goodbye");
        forklink::goodbye(&app, restart).await;
        app.stop_tasks().await;
        checkpoint_all(&app);
        let _ = fs::remove_file(app.places.socket());
        let _ = fs::remove_file(pid_path(&app.places));
        drop(app);
        // What was reported up to here is stored; a disk that hangs does not keep us for ever.
        let _ = stop.send(());
        if tokio::time::timeout(LAST_CHANGES, &mut dispatching).await.is_err() {
            tracing::error!("the last changes could not be stored in time");
            dispatching.abort();
            let _ = dispatching.await;
        }
    });
    // Whoever still reads from a disk that hangs is not waited for.
    runtime.shutdown_timeout(LAST_READS);
    Ok(())
}

/// Makes what this process writes private, and returns the user's own umask. Before any thread and any file.
pub fn private_umask() -> u32 {
    socket::private_umask()
}

/// The home's lock; `None` when a server has it and listens. One that does not is about to begin, or about to end:
/// `shutdown` and then `server` must work.
fn take_lock(places: &Places) -> std::io::Result<Option<lock::Lock>> {
    let until = Instant::now() + TAKE_OVER;
    loop {
        if let Some(lock) = lock::try_lock(&places.run.join("server.lock"))? {
            return Ok(Some(lock));
        }
        if socket::is_live(&places.socket()) || Instant::now() > until {
            return Ok(None);
        }
        // Nobody can tell us when a lock is freed.
        std::thread::sleep(LOOK_AGAIN);
    }
}

pub fn pid_path(places: &Places) -> PathBuf {
    places.run.join("server.pid")
}

async fn until_told(app: &App) {
    let signals = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()), signal(SignalKind::hangup()));
    let (Ok(mut terminate), Ok(mut interrupt), Ok(mut hangup)) = signals else {
        return app.end.notified().await;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
        _ = hangup.recv() => {}
        () = app.end.notified() => {}
    }
    guard(&app.ending).get_or_insert(Ending::Stop);
}

/// A taken port is no reason not to start: the Unix socket serves everything.
fn listen_tcp(settings: &Settings) -> (Option<std::net::TcpListener>, String) {
    if !settings.server.tcp {
        return (None, "off".into());
    }
    let address = format!("127.0.0.1:{}", settings.server.port);
    let bound = std::net::TcpListener::bind(&address).and_then(|l| l.set_nonblocking(true).map(|()| l));
    match bound {
        Ok(listener) => {
            let address = listener.local_addr().map_or(address, |a| a.to_string());
            (Some(listener), format!("http://{address}"))
        }
        Err(error) => {
            tracing::warn!(%address, %error, "TCP is not served; the Unix socket is");
            (None, format!("not served: {address}: {error}"))
        }
    }
}

/// A hard link of this program in `run/bin`, so that a restart after an upgrade or a rebuild still finds the
/// version that runs. On another file system the program itself has to do.
fn keep_executable(places: &Places) -> anyhow::Result<String> {
    let current = std::env::current_exe().context("finding this program")?;
    let dir = places.run.join("bin").join(env!("CARGO_PKG_VERSION"));
    socket::private_dir(&dir)?;
    let link = dir.join("conductor-tui");
    if current.starts_with(&dir) {
        return Ok(current.display().to_string());
    }
    if !same_file(&link, &current) {
        let fresh = dir.join(format!("new-{}", std::process::id()));
        let _ = fs::remove_file(&fresh);
        if fs::hard_link(&current, &fresh).and_then(|()| fs::rename(&fresh, &link)).is_err() {
            let _ = fs::remove_file(&fresh);
            return Ok(current.display().to_string());
        }
    }
    Ok(link.display().to_string())
}

fn same_file(a: &Path, b: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    match (fs::metadata(a), fs::metadata(b)) {
        (Ok(a), Ok(b)) => (a.dev(), a.ino()) == (b.dev(), b.ino()),
        _ => false,
    }
}

/// The next server starts from these instead of from the logs.
fn checkpoint_all(app: &App) {
    for shared in app.all_shared() {
        shared.checkpoint(Pane::has_news);
    }
}
