//! A holder's life: start the agent, serve until it ends, end its whole tree, say how it ended. Run in a process
//! of its own, forked by the fork server or started with `holder --foreground`.
//!
//! # Invariant
//! Only a HANGUP frame or the agent's own end ends the agent. A server that goes away, a peer that misbehaves, a
//! full disk and every signal but SIGKILL change nothing for it.

use crate::base::clock::now_ms;
use crate::holder::conn::Conn;
use crate::holder::hangup::Hangup;
use crate::holder::inputs::TypedInputs;
use crate::holder::poll::{Watch, pause_if_out_of_descriptors, signal_fd, take_signals};
use crate::holder::process;
use crate::holder::pump::{Pump, Read};
use crate::ipc::{peer, socket};
use crate::olog::append::{Limits, Log};
use crate::olog::journal::{Journal, Record};
use crate::olog::read::{Found, Reader};
use crate::olog::segment::journal_path;
use crate::proto::fork::Reply;
use crate::proto::holder::{
    BYTES, DISK, Disk, EXITED, Exited, GOODBYE, HANGUP, HELLO, Hello, HolderRecord, HolderSpec, INPUT, INPUT_DONE,
    InputDone, InputHead, InputOutcome, MAGIC, MAX_BODY, PING, PONG, PROTOCOL, READ, RESIZE, RESIZED, ReadRange,
    Resize, Resized, ServerHello,
};
use crate::pty::{open, tree};
use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Where the holder says once that it runs, or why not: the fork server's pipe or standard output.
pub struct Report(pub fs::File);

/// Without a grace in its HANGUP: long enough for a shell to end its jobs and an agent CLI to write its state.
const DEFAULT_GRACE: Duration = Duration::from_secs(3);
/// After the agent's own end, what it left behind gets this long to follow.
const AFTER_EXIT_GRACE: Duration = Duration::from_secs(1);
/// How often a refusing disk is tried again: a person who makes room should not wait, the disk not be hammered.
const DISK_RETRY: Duration = Duration::from_millis(200);
/// The end of the agent is told to whoever is connected; a peer that does not read gets no more than this.
const FAREWELL: Duration = Duration::from_millis(500);
/// Between two looks whether the holder of the run before has gone.
const LOOK_AGAIN: Duration = Duration::from_millis(10);
/// Reads at the agent's end, each up to 60 KiB: many times what a PTY can hold.
const DRAIN_TURNS: usize = 16;
/// One server, one coming after it, some probes. More is an attack or a leak.
const MAX_CONNS: usize = 16;
/// A terminal of this size is beyond every screen; the engine's memory grows with it.
const MAX_SIZE: u16 = 1000;

/// The least size at which terminal engines agree what happens.
pub fn clamp_size(columns: u16, rows: u16) -> (u16, u16) {
    (columns.clamp(2, MAX_SIZE), rows.clamp(1, MAX_SIZE))
}

struct Holder {
    spec: HolderSpec,
    agent_pid: u32,
    started_at: u64,
    size: (u16, u16),
    pump: Pump,
    conns: BTreeMap<u64, Conn>,
    next_conn: u64,
    exited: Option<Exited>,
    hangup: Option<Hangup>,
    next_hangup_step: Option<Instant>,
    disk_told: bool,
}

/// Runs a holder to its end and returns the exit code of the process.
pub fn run(mut spec: HolderSpec, report: Report) -> i32 {
    (spec.columns, spec.rows) = clamp_size(spec.columns, spec.rows);
    let terminal = spec.terminal;
    let Report(mut pipe) = report;
    match start(spec) {
        Ok((mut holder, listener, signals)) => {
            let reply = Reply::Spawned { terminal, holder_pid: std::process::id(), agent_pid: holder.agent_pid };
            say(&mut pipe, &reply);
            drop(pipe);
            let paths = (socket_path(&holder.spec), record_path(&holder.spec));
            holder.serve(&listener, &signals);
            // The record goes first: without it, a missing holder has ended in order.
            let _ = fs::remove_file(paths.1);
            let _ = fs::remove_file(paths.0);
            0
        }
        Err(error) => {
            say(&mut pipe, &Reply::SpawnFailed { terminal, error });
            1
        }
    }
}

fn say(pipe: &mut fs::File, reply: &Reply) {
    if let Ok(mut line) = serde_json::to_vec(reply) {
        line.push(b'\n');
        let _ = pipe.write_all(&line);
    }
}

pub fn socket_path(spec: &HolderSpec) -> PathBuf {
    Path::new(&spec.run_dir).join(format!("{}.sock", spec.terminal))
}

pub fn record_path(spec: &HolderSpec) -> PathBuf {
    Path::new(&spec.run_dir).join(format!("{}.json", spec.terminal))
}

fn start(spec: HolderSpec) -> Result<(Holder, UnixListener, OwnedFd), String> {
    let doing = |what: &'static str| move |e: io::Error| format!("cannot {what}: {e}");
    process::new_session();
    let umask = socket::private_umask();
    process::become_subreaper().map_err(doing("become a subreaper"))?;
    let signals = signal_fd(&[libc::SIGCHLD, libc::SIGTERM, libc::SIGHUP, libc::SIGINT, libc::SIGQUIT, libc::SIGPIPE])
        .map_err(doing("watch signals"))?;
    let run_dir = Path::new(&spec.run_dir);
    socket::private_dir(run_dir).map_err(doing("make the run folder"))?;
    let dir = Path::new(&spec.log_dir);
    let limits = Limits { segment: spec.segment_bytes.max(4096), total: spec.log_bytes };
    let log = Log::open(dir, spec.terminal, limits).map_err(doing("open the output log"))?;
    let journal_path = journal_path(dir, spec.terminal);
    let mut journal = Journal::open(&journal_path).map_err(doing("open the journal"))?;
    let typed = TypedInputs::open(&journal_path);
    // The holder of the run before may still be saying goodbye.
    let until = Instant::now() + 2 * FAREWELL;
    while socket::is_live(&socket_path(&spec)) && Instant::now() < until {
        // Nobody can tell us when another process stops listening; nothing is served yet that could be held up.
        std::thread::sleep(LOOK_AGAIN);
    }
    if socket::is_live(&socket_path(&spec)) {
        return Err(format!("terminal {} has a living holder already", spec.terminal));
    }
    let listener = socket::bind_private(&socket_path(&spec)).map_err(doing("listen"))?;
    listener.set_nonblocking(true).map_err(doing("listen"))?;
    let program = open::Program {
        command: &spec.command,
        cwd: &spec.cwd,
        environment: &spec.environment,
        umask: spec.umask.unwrap_or(umask),
        columns: spec.columns,
        rows: spec.rows,
    };
    let pty = match open::open(&program) {
        Ok(pty) => pty,
        Err(error) => {
            let _ = fs::remove_file(socket_path(&spec));
            return Err(error.to_string());
        }
    };
    let now = now_ms();
    let begun = Record::Run { o: log.end(), t: now, run: spec.run, pid: pty.pid, cols: spec.columns, rows: spec.rows };
    let recorded = journal.append(&begun).and_then(|()| write_record(&spec, pty.pid));
    if let Err(error) = recorded {
        tree::signal(pty.pid, libc::SIGKILL);
        let _ = fs::remove_file(socket_path(&spec));
        return Err(format!("cannot record the start: {error}"));
    }
    let holder = Holder {
        agent_pid: pty.pid,
        started_at: now,
        size: (spec.columns, spec.rows),
        pump: Pump::new(pty.master, log, journal, typed),
        conns: BTreeMap::new(),
        next_conn: 1,
        exited: None,
        hangup: None,
        next_hangup_step: None,
        disk_told: false,
        // The environment has done its work; it may hold secrets and takes room for the agent's whole life.
        spec: HolderSpec { environment: Vec::new(), ..spec },
    };
    Ok((holder, listener, signals))
}

fn write_record(spec: &HolderSpec, agent_pid: u32) -> io::Result<()> {
    let holder_pid = std::process::id();
    let record = HolderRecord {
        terminal: spec.terminal,
        holder_pid,
        holder_start: tree::process(holder_pid).map_or(0, |p| p.start),
        agent_pid,
        version: env!("CARGO_PKG_VERSION").into(),
        run: spec.run,
        provider: spec.provider.clone(),
        command: spec.command.clone(),
        cwd: spec.cwd.clone(),
    };
    let path = record_path(spec);
    let fresh = path.with_extension("new");
    fs::write(&fresh, serde_json::to_vec(&record)?)?;
    fs::rename(fresh, path)
}

impl Holder {
    fn serve(&mut self, listener: &UnixListener, signals: &OwnedFd) {
        let mut watch = Watch::default();
        let mut gone_since: Option<Instant> = None;
        loop {
            watch.clear();
            let on_signal = watch.add(signals.as_raw_fd(), true, false);
            let on_listen = watch.add(listener.as_raw_fd(), true, false);
            let on_pty = self
                .pump
                .master
                .as_ref()
                .map(|master| watch.add(master.as_raw_fd(), self.pump.wants_read(), self.pump.wants_write()));
            let on_conns: Vec<(u64, usize)> =
                self.conns.iter().map(|(id, c)| (*id, watch.add(c.fd(), true, c.wants_write()))).collect();
            if watch.wait(self.deadline(gone_since)).is_err() {
                return;
            }
            if watch.ready(on_signal).0 {
                // Every signal but the end of a child is ignored by being read.
                take_signals(signals);
                self.reap();
            }
            if watch.ready(on_listen).0 {
                self.accept(listener);
            }
            let (readable, writable) = on_pty.map_or((false, false), |place| watch.ready(place));
            // Input first: a key overtakes the flood it wants to stop.
            for (id, place) in on_conns {
                let (readable, writable) = watch.ready(place);
                if writable && let Some(conn) = self.conns.get_mut(&id) {
                    conn.flush();
                }
                if readable {
                    self.receive(id);
                }
            }
            if writable || self.pump.wants_write() {
                self.type_waiting();
            }
            let now = Instant::now();
            if (readable && self.pump.wants_read()) || self.pump.disk_error.is_some() {
                self.read_output();
            }
            self.hangup_step(now);
            self.settle();
            if self.is_over() {
                let since = *gone_since.get_or_insert_with(|| self.farewell(now));
                if self.conns.values().all(|c| !c.wants_write()) || now > since + FAREWELL {
                    return;
                }
            }
        }
    }

    /// The next moment at which something is due without any event. `None`: sleep.
    fn deadline(&self, gone_since: Option<Instant>) -> Option<Instant> {
        let retry = self.pump.disk_error.is_some().then(|| Instant::now() + DISK_RETRY);
        let deferred = self.conns.values().filter_map(Conn::deadline).min();
        [retry, self.next_hangup_step, gone_since.map(|since| since + FAREWELL), deferred].into_iter().flatten().min()
    }

    fn accept(&mut self, listener: &UnixListener) {
        loop {
            let stream = match listener.accept() {
                Ok((stream, _)) => stream,
                Err(error) => return pause_if_out_of_descriptors(&error),
            };
            let ours = peer::peer_of(&stream).is_ok_and(|peer| peer.uid == peer::our_uid());
            if !ours || !self.has_room() {
                continue;
            }
            let Ok(mut conn) = Conn::new(stream, self.pump.log.end()) else { continue };
            conn.send_json(HELLO, &self.hello());
            let id = self.next_conn;
            self.conns.insert(id, conn);
            self.next_conn += 1;
            // Whoever wrote and left at once has not heard our hello, and is heard all the same.
            self.receive(id);
        }
    }

    /// A place for one more peer. The oldest that is no server gives its own: a crowd of probes, dead ones among them,
    /// keeps no server out.
    fn has_room(&mut self) -> bool {
        if self.conns.len() < MAX_CONNS {
            return true;
        }
        let oldest = self.conns.iter().find(|(_, conn)| conn.generation.is_none()).map(|(id, _)| *id);
        oldest.is_some_and(|id| self.conns.remove(&id).is_some())
    }

    fn hello(&self) -> Hello {
        Hello {
            magic: MAGIC.into(),
            protocol: PROTOCOL,
            version: env!("CARGO_PKG_VERSION").into(),
            terminal: self.spec.terminal,
            holder_pid: std::process::id(),
            agent_pid: self.agent_pid,
            run: self.spec.run,
            log_end: self.pump.log.end(),
            columns: self.size.0,
            rows: self.size.1,
            started_at: self.started_at,
            disk_full: self.pump.disk_error.is_some(),
            exited: self.exited,
        }
    }

    fn receive(&mut self, id: u64) {
        let frames = self.conns.get_mut(&id).map(Conn::receive).unwrap_or_default();
        for (kind, body) in frames {
            // A peer that asks and does not read is given up; what else it asked is not answered. A hang-up asks for no
            // answer.
            if kind != HANGUP && self.conns.get(&id).is_none_or(Conn::is_broken) {
                continue;
            }
            self.frame(id, kind, &body);
        }
    }

    fn frame(&mut self, id: u64, kind: u8, body: &[u8]) {
        let Some(conn) = self.conns.get_mut(&id) else { return };
        match kind {
            HELLO => self.server_hello(id, body),
            HANGUP => {
                let grace = body
                    .first_chunk::<4>()
                    .map_or(DEFAULT_GRACE, |b| Duration::from_millis(u64::from(u32::from_le_bytes(*b))));
                self.begin_hangup(grace);
            }
            PING => conn.send(PONG, &[body]),
            READ => {
                if let Ok(range) = serde_json::from_slice(body) {
                    self.answer_read(id, range);
                }
            }
            // A probe may look, but only the writing server may type and resize.
            INPUT if conn.generation.is_some() => self.input(id, body),
            RESIZE if conn.generation.is_some() => {
                if let Ok(resize) = serde_json::from_slice(body) {
                    self.resize(resize);
                }
            }
            // From a later version: not for us.
            _ => {}
        }
    }

    /// One writing server at a time: the highest generation, the newest of equals.
    fn server_hello(&mut self, id: u64, body: &[u8]) {
        let hello: ServerHello = serde_json::from_slice(body).unwrap_or_default();
        let Some(generation) = hello.generation.filter(|_| hello.magic == MAGIC) else { return };
        let highest = self.conns.values().filter_map(|c| c.generation).max();
        let loser = |c: &&mut Conn| c.generation.is_some_and(|g| g <= generation);
        if highest.is_some_and(|h| h > generation) {
            if let Some(conn) = self.conns.get_mut(&id) {
                conn.send(GOODBYE, &[]);
            }
            return;
        }
        for conn in self.conns.values_mut().filter(loser) {
            conn.send(GOODBYE, &[]);
            conn.generation = None;
        }
        let end = self.pump.log.end();
        if let Some(conn) = self.conns.get_mut(&id) {
            conn.generation = Some(generation);
            // What came between our hello and this one.
            conn.ring(end, &[]);
        }
    }

    fn input(&mut self, id: u64, body: &[u8]) {
        let Some((length, rest)) = body.split_first_chunk::<2>() else { return };
        let length = usize::from(u16::from_le_bytes(*length));
        if rest.len() < length {
            return;
        }
        let (head, bytes) = rest.split_at(length);
        let Ok(head) = serde_json::from_slice::<InputHead>(head) else { return };
        let (source, sequence) = (head.source.clone(), head.sequence);
        let outcome =
            if self.exited.is_some() { Some(InputOutcome::Gone) } else { self.pump.input(head, bytes.to_vec(), id) };
        if let Some(outcome) = outcome {
            self.tell_done(id, &InputDone { source, sequence, outcome });
        }
    }

    fn tell_done(&mut self, id: u64, done: &InputDone) {
        if let Some(conn) = self.conns.get_mut(&id) {
            conn.defer_json(INPUT_DONE, done, Instant::now());
        }
    }

    fn type_waiting(&mut self) {
        for (asker, done) in self.pump.write() {
            self.tell_done(asker, &done);
        }
    }

    fn resize(&mut self, resize: Resize) {
        let size = clamp_size(resize.columns, resize.rows);
        if size == self.size {
            return;
        }
        let Some(master) = &self.pump.master else { return };
        let (offset, (columns, rows)) = (self.pump.log.end(), size);
        // Journalled first: a replay that knows of a size too early draws a little differently, one that never
        // learns of it is wrong for good.
        let record = Record::Size { o: offset, t: now_ms(), cols: columns, rows };
        if self.pump.journal.append(&record).is_err() || open::resize(master, columns, rows).is_err() {
            return;
        }
        self.size = size;
        let resized = Resized { offset, columns, rows };
        for conn in self.conns.values_mut().filter(|c| c.generation.is_some()) {
            conn.send_json(RESIZED, &resized);
        }
    }

    fn answer_read(&mut self, id: u64, range: ReadRange) {
        let dir = Path::new(&self.spec.log_dir);
        let mut bytes = vec![0; (range.length as usize).min(MAX_BODY - 8)];
        let found = Reader::open(dir, self.spec.terminal).and_then(|mut log| log.read_at(range.offset, &mut bytes));
        let length = if let Ok(Found::Bytes(n)) = found { n } else { 0 };
        if let Some(conn) = self.conns.get_mut(&id) {
            conn.send(BYTES, &[&range.offset.to_le_bytes(), &bytes[..length]]);
        }
    }

    fn read_output(&mut self) {
        let before = self.pump.log.end();
        let (_, fresh) = self.pump.read();
        let end = self.pump.log.end();
        if end > before {
            let bytes = self.pump.fresh(fresh);
            for conn in self.conns.values_mut() {
                conn.ring(end, bytes);
            }
        }
        let refused = self.pump.disk_error.is_some();
        if refused != self.disk_told {
            self.disk_told = refused;
            let disk = Disk { full: refused, error: self.pump.disk_error.clone().unwrap_or_default() };
            for conn in self.conns.values_mut().filter(|c| c.generation.is_some()) {
                conn.send_json(DISK, &disk);
            }
        }
    }

    fn reap(&mut self) {
        for ended in process::reap() {
            if ended.pid == self.agent_pid && self.exited.is_none() {
                // What it printed last is still in the PTY; what its children go on printing is read in turn.
                for _ in 0..DRAIN_TURNS {
                    if !matches!(self.drain_once(), Read::Grew) {
                        break;
                    }
                }
                let offset = self.pump.log.end();
                self.exited = Some(Exited { code: ended.code, signal: ended.signal, offset });
                for (asker, done) in self.pump.drop_waiting() {
                    self.tell_done(asker, &done);
                }
                self.begin_hangup(AFTER_EXIT_GRACE);
            }
        }
    }

    fn drain_once(&mut self) -> Read {
        let before = self.pump.log.end();
        self.read_output();
        let drained = self.pump.log.end() - before;
        if drained > 0 && self.pump.disk_error.is_none() { Read::Grew } else { Read::Nothing }
    }

    fn begin_hangup(&mut self, grace: Duration) {
        let now = Instant::now();
        match &mut self.hangup {
            Some(hangup) => hangup.hurry(grace, now),
            None => self.hangup = Some(Hangup::new(grace, now)),
        }
        self.next_hangup_step = Some(now);
    }

    fn hangup_step(&mut self, now: Instant) {
        if self.next_hangup_step.is_none_or(|at| at > now) {
            return;
        }
        self.reap();
        let living = tree::descendants(std::process::id());
        let Some(hangup) = self.hangup.as_mut() else { return };
        self.next_hangup_step = (!living.is_empty() || self.exited.is_none()).then(|| hangup.step(&living, now));
        if living.is_empty() {
            self.reap();
        }
    }

    /// The agent ended, nothing of its tree is left, and its last words are in the log.
    fn is_over(&self) -> bool {
        self.exited.is_some() && self.next_hangup_step.is_none() && !self.pump.is_holding_back()
    }

    /// Records the end and tells it; from now on only unsent frames keep us.
    fn farewell(&mut self, now: Instant) -> Instant {
        while matches!(self.drain_once(), Read::Grew) {}
        let end = self.pump.log.end();
        if let Some(exited) = &mut self.exited {
            exited.offset = end;
            let record = Record::Exit { o: end, t: now_ms(), code: exited.code, signal: exited.signal };
            let _ = self.pump.journal.append(&record);
            let exited = *exited;
            for conn in self.conns.values_mut() {
                conn.settle(end);
                conn.send_json(EXITED, &exited);
            }
        }
        now
    }

    fn settle(&mut self) {
        let (end, now) = (self.pump.log.end(), Instant::now());
        for conn in self.conns.values_mut() {
            if conn.deadline().is_some_and(|at| at <= now) {
                conn.flush();
            }
            conn.settle(end);
        }
        self.conns.retain(|_, conn| !conn.is_broken());
    }
}
