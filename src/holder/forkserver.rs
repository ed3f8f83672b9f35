//! The fork server: the tiny, single-threaded first process of a home. It forks holders (without exec, so that
//! their memory is shared), is a second subreaper above them, ends what a killed holder leaves behind, and
//! restarts a dead server. Started by the first client, or by a server that finds none.
//!
//! # Invariant
//! It may die at any moment without anything being lost: holders go on, the server starts another one, and that
//! one learns of all holders from their records.

use crate::base::id::TerminalId;
use crate::holder::asker::Client;
use crate::holder::doorplate::Doorplate;
use crate::holder::orphans::CleanUp;
use crate::holder::poll::{Watch, pause_if_out_of_descriptors, signal_fd, take_signals};
use crate::holder::process::{self, Forked};
use crate::holder::run::{self, Report};
use crate::holder::supervise::Supervisor;
use crate::ipc::lock::{self, Lock};
use crate::ipc::{peer, socket};
use crate::proto::fork::{Reply, Request};
use crate::proto::holder::{HolderRecord, HolderSpec};
use crate::pty::{open, tree};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Read};
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Where everything of a home that the fork server needs lies.
#[derive(Clone, Debug)]
pub struct Places {
    pub home: String,
    /// `fork.sock`, `fork.lock`.
    pub run: PathBuf,
    /// Holders' sockets and records.
    pub holders: PathBuf,
    /// What agents have as `CONDUCTOR_SOCKET`.
    pub server_socket: String,
}

/// How to begin.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Start a server with this executable at once.
    pub start_server: Option<String>,
    /// After an upgrade in place: the lock's descriptor, and the server to go on watching.
    pub inherited_lock: Option<RawFd>,
    pub server: Option<(u32, bool)>,
}

/// A holder says within this that its agent runs, or why not; a disk that hangs is told as such.
const SPAWN_LIMIT: Duration = Duration::from_secs(20);
/// Without a server and without holders we stay this long for one that is about to come.
const LINGER: Duration = Duration::from_secs(5);

/// Another fork server begins or ends within milliseconds; a loaded machine is given this.
const TAKE_OVER: Duration = Duration::from_secs(5);
/// Between two looks at its lock.
const LOOK_AGAIN: Duration = Duration::from_millis(5);

pub fn socket_path(run: &Path) -> PathBuf {
    run.join("fork.sock")
}

struct Spawn {
    client: u64,
    terminal: TerminalId,
    pipe: fs::File,
    said: Vec<u8>,
    child: u32,
    deadline: Instant,
}

struct Held {
    pid: u32,
    fd: OwnedFd,
    record: PathBuf,
}

struct ForkServer {
    places: Places,
    /// The user's, for whatever is not ours.
    umask: u32,
    lock: Lock,
    plate: Doorplate,
    supervisor: Supervisor,
    clients: BTreeMap<u64, Client>,
    next_client: u64,
    spawns: Vec<Spawn>,
    /// Starts of terminals whose last tree is still being cleared away.
    waiting: Vec<(u64, HolderSpec)>,
    holders: BTreeMap<TerminalId, Held>,
    clean_ups: Vec<CleanUp>,
    quiet_since: Instant,
}

/// Runs the fork server to its end. `Ok(0)` also when another one has the home already.
///
/// # Errors
/// When the home's run folder cannot be used.
pub fn run(places: Places, options: &Options) -> io::Result<i32> {
    let umask = socket::private_umask();
    socket::private_dir(&places.run)?;
    socket::private_dir(&places.holders)?;
    let lock_path = places.run.join("fork.lock");
    let inherited = options.inherited_lock.and_then(|fd| Lock::inherited(fd, &lock_path));
    let Some(lock) = inherited.map_or_else(|| take_over(&lock_path, &places.run), |lock| Ok(Some(lock)))? else {
        return Ok(0);
    };
    process::new_session();
    process::become_subreaper()?;
    let signals = signal_fd(&[libc::SIGCHLD, libc::SIGTERM, libc::SIGHUP, libc::SIGINT, libc::SIGQUIT, libc::SIGPIPE])?;
    let (plate, listener) = Doorplate::put_up(&places.run, &lock_path)?;
    process::silence_stdio()?;
    std::env::set_current_dir("/")?;
    let now = Instant::now();
    let mut server = ForkServer {
        supervisor: Supervisor::new(&places.home, umask),
        umask,
        places,
        lock,
        plate,
        clients: BTreeMap::new(),
        next_client: 1,
        spawns: Vec::new(),
        waiting: Vec::new(),
        holders: BTreeMap::new(),
        clean_ups: Vec::new(),
        quiet_since: now,
    };
    server.find_holders(now);
    if let Some(executable) = &options.start_server {
        server.supervisor.ensure(executable, now);
    }
    if let Some((pid, supervise)) = options.server {
        let executable = std::env::current_exe()?.to_string_lossy().into_owned();
        server.supervisor.introduce(pid, &executable, supervise, now);
    }
    let code = server.serve(listener, &signals);
    // While the lock is ours, so that nobody else's is removed.
    server.plate.take_down();
    code
}

/// The home's lock; `None` when another fork server has it and serves. One that does not serve is about to begin, or
/// about to end: whoever started us counts on one that goes on.
fn take_over(lock_path: &Path, run: &Path) -> io::Result<Option<Lock>> {
    let until = Instant::now() + TAKE_OVER;
    loop {
        if let Some(lock) = lock::try_lock(lock_path)? {
            return Ok(Some(lock));
        }
        if socket::is_live(&socket_path(run)) || Instant::now() > until {
            return Ok(None);
        }
        // Nobody can tell us when a lock is freed.
        Watch::default().wait(Some(Instant::now() + LOOK_AGAIN))?;
    }
}

impl ForkServer {
    fn serve(&mut self, mut listener: UnixListener, signals: &OwnedFd) -> io::Result<i32> {
        let mut watch = Watch::default();
        loop {
            self.supervisor.start_if_due(Instant::now());
            watch.clear();
            let on_signal = watch.add(signals.as_raw_fd(), true, false);
            let on_listen = watch.add(listener.as_raw_fd(), true, false);
            let on_plate = self.plate.fd().map(|fd| watch.add(fd, true, false));
            let on_server = self.supervisor.server_fd().map(|fd| watch.add(fd, true, false));
            let on_holders: Vec<(TerminalId, u32, usize)> =
                self.holders.iter().map(|(id, h)| (*id, h.pid, watch.add(h.fd.as_raw_fd(), true, false))).collect();
            let on_spawns: Vec<usize> =
                self.spawns.iter().map(|s| watch.add(s.pipe.as_raw_fd(), true, false)).collect();
            let on_clients: Vec<(u64, usize)> =
                self.clients.iter().map(|(id, c)| (*id, watch.add(c.fd(), true, c.wants_write()))).collect();
            watch.wait(self.deadline())?;
            let now = Instant::now();
            if watch.ready(on_signal).0 {
                process::reap();
                if take_signals(signals).contains(&libc::SIGTERM) {
                    return Ok(0);
                }
                process::reap();
            }
            if on_server.is_some_and(|place| watch.ready(place).0) {
                process::reap();
                self.supervisor.server_ended(now);
            }
            // Spawns before holders: one that failed at once has told why.
            let answered: Vec<usize> =
                on_spawns.iter().enumerate().filter(|(_, p)| watch.ready(**p).0).map(|(i, _)| i).collect();
            self.hear_spawns(&answered, now);
            for (id, pid, place) in on_holders {
                if watch.ready(place).0 {
                    self.holder_ended(id, pid, now);
                }
            }
            if watch.ready(on_listen).0 {
                self.accept(&listener);
            }
            if on_plate.is_some_and(|place| watch.ready(place).0) {
                if self.has_nothing() && self.clients.is_empty() && !self.plate.is_up() {
                    // Nobody needs us, and somebody removes the home: it must not fill again under their hands.
                    return Ok(0);
                }
                if let Some(fresh) = self.plate.look(&mut self.lock) {
                    listener = fresh;
                }
            }
            for (id, place) in on_clients {
                let (readable, writable) = watch.ready(place);
                if readable {
                    self.hear_client(id, now)?;
                }
                if writable && let Some(client) = self.clients.get_mut(&id) {
                    client.flush();
                }
            }
            self.clients.retain(|_, client| !client.is_broken());
            self.clean_up(now);
            if self.is_done(now) {
                return Ok(0);
            }
        }
    }

    fn deadline(&self) -> Option<Instant> {
        let spawn = self.spawns.iter().map(|s| s.deadline).min();
        let clean = self.clean_ups.iter().map(|c| c.next).min();
        let linger = self.has_nothing().then(|| self.quiet_since + LINGER);
        [spawn, clean, linger, self.supervisor.deadline()].into_iter().flatten().min()
    }

    fn has_nothing(&self) -> bool {
        self.supervisor.is_idle() && self.holders.is_empty() && self.spawns.is_empty() && self.clean_ups.is_empty()
    }

    /// Whether we are of no use any more; nobody's answer may be pending.
    fn is_done(&mut self, now: Instant) -> bool {
        if !self.has_nothing() || !self.clients.is_empty() {
            self.quiet_since = now;
            return false;
        }
        now >= self.quiet_since + LINGER
    }

    fn accept(&mut self, listener: &UnixListener) {
        loop {
            let stream = match listener.accept() {
                Ok((stream, _)) => stream,
                Err(error) => return pause_if_out_of_descriptors(&error),
            };
            let ours = peer::peer_of(&stream).is_ok_and(|peer| peer.uid == peer::our_uid());
            if ours && stream.set_nonblocking(true).is_ok() {
                self.clients.insert(self.next_client, Client::new(stream));
                self.next_client += 1;
            }
        }
    }

    fn hear_client(&mut self, id: u64, now: Instant) -> io::Result<()> {
        let lines = self.clients.get_mut(&id).map(Client::lines).unwrap_or_default();
        for line in lines {
            match serde_json::from_slice(&line) {
                Ok(request) => self.request(id, request, now)?,
                Err(error) => self.answer(id, &Reply::Refused { error: format!("not a request: {error}") }),
            }
        }
        Ok(())
    }

    fn request(&mut self, client: u64, request: Request, now: Instant) -> io::Result<()> {
        match request {
            Request::Server { pid, executable, supervise } => {
                self.supervisor.introduce(pid, &executable, supervise, now)
            }
            Request::Bye { restart, executable } => self.supervisor.goodbye(restart, &executable, now),
            Request::Ensure { executable } => self.supervisor.ensure(&executable, now),
            Request::Ping => {}
            Request::Spawn { spec } => {
                if let Err(error) = self.spawn(client, *spec, now) {
                    self.answer(client, &Reply::Refused { error: format!("cannot fork a holder: {error}") });
                }
                return Ok(());
            }
            Request::Upgrade { executable } => return self.upgrade(client, &executable),
        }
        self.answer(client, &Reply::Ok { pid: std::process::id(), version: env!("CARGO_PKG_VERSION").into() });
        Ok(())
    }

    fn answer(&mut self, client: u64, reply: &Reply) {
        if let Some(client) = self.clients.get_mut(&client)
            && let Ok(mut line) = serde_json::to_vec(reply)
        {
            line.push(b'\n');
            client.send(&line);
        }
    }

    /// # Invariant
    /// No holder is forked for a terminal whose killed holder's tree is still being ended: the new agent would be
    /// taken for a part of it.
    fn spawn(&mut self, client: u64, mut spec: HolderSpec, now: Instant) -> io::Result<()> {
        if self.clean_ups.iter().any(|c| c.terminal() == spec.terminal) {
            self.waiting.push((client, spec));
            return Ok(());
        }
        spec.umask = spec.umask.or(Some(self.umask));
        let (read, write) = open::pipe()?;
        let terminal = spec.terminal;
        match process::fork()? {
            Forked::Child => {
                let keep = write.as_raw_fd();
                // Nothing of the fork server's may stay open in a holder: its sockets, its lock, its watches.
                process::close_all_but(&[keep]);
                let code = run::run(spec, Report(fs::File::from(write)));
                std::process::exit(code)
            }
            Forked::Parent { child } => {
                open::set_nonblocking(&read)?;
                self.spawns.push(Spawn {
                    client,
                    terminal,
                    pipe: fs::File::from(read),
                    said: Vec::new(),
                    child,
                    deadline: now + SPAWN_LIMIT,
                });
                Ok(())
            }
        }
    }

    fn hear_spawns(&mut self, answered: &[usize], now: Instant) {
        let mut over = Vec::new();
        for (index, spawn) in self.spawns.iter_mut().enumerate() {
            let mut ended = now >= spawn.deadline;
            if answered.contains(&index) {
                let mut buffer = [0; 1024];
                match spawn.pipe.read(&mut buffer) {
                    Ok(0) => ended = true,
                    Ok(n) => spawn.said.extend_from_slice(&buffer[..n]),
                    Err(_) => {}
                }
            }
            if ended || spawn.said.ends_with(b"\n") {
                over.push(index);
            }
        }
        for index in over.into_iter().rev() {
            let spawn = self.spawns.swap_remove(index);
            let reply = serde_json::from_slice(&spawn.said).unwrap_or_else(|_| {
                tree::signal(spawn.child, libc::SIGKILL);
                Reply::SpawnFailed { terminal: spawn.terminal, error: "the holder died while it started".into() }
            });
            if let Reply::Spawned { holder_pid, .. } = reply {
                self.watch_holder(spawn.terminal, holder_pid, now);
            }
            self.answer(spawn.client, &reply);
        }
    }

    fn record_path(&self, terminal: TerminalId) -> PathBuf {
        self.places.holders.join(format!("{terminal}.json"))
    }

    fn watch_holder(&mut self, terminal: TerminalId, pid: u32, now: Instant) {
        let record = self.record_path(terminal);
        match process::pid_fd(pid) {
            Ok(fd) => {
                self.holders.insert(terminal, Held { pid, fd, record });
            }
            // Ended already; its record says whether in order.
            Err(_) => self.after_holder(terminal, pid, &record, now),
        }
    }

    /// Learns of the holders that an earlier fork server forked.
    fn find_holders(&mut self, now: Instant) {
        let Ok(entries) = fs::read_dir(&self.places.holders) else { return };
        for path in entries.filter_map(|e| Some(e.ok()?.path())).filter(|p| p.extension().is_some_and(|e| e == "json"))
        {
            let Some(record) = fs::read(&path).ok().and_then(|b| serde_json::from_slice::<HolderRecord>(&b).ok())
            else {
                continue;
            };
            if tree::is_alive(record.holder_pid, record.holder_start) {
                self.watch_holder(record.terminal, record.holder_pid, now);
            } else {
                self.after_holder(record.terminal, record.holder_pid, &path, now);
            }
        }
    }

    /// The holder of this pid has ended; the terminal may have another one by now.
    fn holder_ended(&mut self, terminal: TerminalId, pid: u32, now: Instant) {
        process::reap();
        if self.holders.get(&terminal).is_some_and(|held| held.pid == pid)
            && let Some(held) = self.holders.remove(&terminal)
        {
            self.after_holder(terminal, pid, &held.record, now);
        }
    }

    /// A holder that ended in order removed its record; one that was killed left it, and its agent's tree.
    fn after_holder(&mut self, terminal: TerminalId, pid: u32, record: &Path, now: Instant) {
        if recorded_pid(record) == Some(pid) {
            self.clean_ups.push(CleanUp::new(terminal, pid, &self.places.server_socket, now));
        }
    }

    fn clean_up(&mut self, now: Instant) {
        if self.clean_ups.iter().all(|c| c.next > now) {
            return;
        }
        process::reap();
        let mut known: BTreeSet<u32> = self.holders.values().map(|h| h.pid).collect();
        known.extend(self.spawns.iter().map(|s| s.child));
        known.extend(self.supervisor.server_pid());
        let mut over = Vec::new();
        for (index, clean_up) in self.clean_ups.iter_mut().enumerate() {
            if clean_up.next <= now && clean_up.step(&known, now) {
                over.push(index);
            }
        }
        for index in over.into_iter().rev() {
            let clean_up = self.clean_ups.swap_remove(index);
            let record = self.record_path(clean_up.terminal());
            if recorded_pid(&record) == Some(clean_up.holder_pid) {
                let _ = fs::remove_file(record.with_extension("sock"));
                let _ = fs::remove_file(record);
            }
        }
        for (client, spec) in std::mem::take(&mut self.waiting) {
            if let Err(error) = self.spawn(client, spec, now) {
                self.answer(client, &Reply::Refused { error: format!("cannot fork a holder: {error}") });
            }
        }
    }

    /// Becomes the newer executable in place: children stay children, the lock stays taken.
    fn upgrade(&mut self, client: u64, executable: &str) -> io::Result<()> {
        use std::os::unix::process::CommandExt;
        if !Path::new(executable).is_file() {
            self.answer(client, &Reply::Refused { error: format!("{executable} is not a file") });
            return Ok(());
        }
        // Who waits for a holder would never hear of it: the pipes to them do not pass through.
        if !self.spawns.is_empty() || !self.waiting.is_empty() {
            self.answer(client, &Reply::Refused { error: "holders are being started; ask again".into() });
            return Ok(());
        }
        let lock = self.lock.keep_over_exec()?;
        let mut command = std::process::Command::new(executable);
        if !self.places.home.is_empty() {
            command.args(["--home", &self.places.home]);
        }
        command.args(["fork-server", "--lock-fd", &lock.to_string()]);
        if let Some(pid) = self.supervisor.server_pid() {
            command.args(["--server-pid", &pid.to_string()]);
            if !self.supervisor.is_supervising() {
                command.arg("--unsupervised");
            }
        }
        self.answer(client, &Reply::Ok { pid: std::process::id(), version: env!("CARGO_PKG_VERSION").into() });
        process::set_umask(self.umask);
        // Only returns when it failed: then we go on as we are.
        let _ = command.exec();
        socket::private_umask();
        Ok(())
    }
}

/// The pid in a holder's record.
fn recorded_pid(record: &Path) -> Option<u32> {
    let record: HolderRecord = serde_json::from_slice(&fs::read(record).ok()?).ok()?;
    Some(record.holder_pid)
}

/// Splits this process off from whoever started it: `false` in the process that is to end at once, `true` in the
/// one that goes on, an orphan that nobody waits for.
///
/// # Errors
/// When no process can be made.
pub fn split_off() -> io::Result<bool> {
    Ok(match process::fork()? {
        Forked::Parent { .. } => false,
        Forked::Child => {
            process::new_session();
            true
        }
    })
}
