//! The outer terminal: a real pseudo-terminal with a program in it, a judge that reads what it draws, and hands that
//! type. Used by tests of everything that a person sees. Made by `Home::outer`.
//!
//! It must never wait for time: `wait_for` waits on a condition variable that every new piece of output rings. And it
//! never looks into a synchronised update (mode 2026): a real terminal would not show that half-drawn screen either.

use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::home::{Home, binary};
use super::persona::{Modes, Persona, Scanner};
use super::proc::Pid;
use super::screen::{Judge, Seen};
use super::wait::LIMIT;
use super::{keys, pty};

/// A synchronised update that never ends is shown after this time by terminals (150 ms to 1 s), so it is here.
const LONGEST_UPDATE: Duration = Duration::from_secs(1);

/// What the mouse does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mouse {
    Down,
    Up,
    Drag,
    Move,
    WheelUp,
    WheelDown,
}

/// A terminal that is being put together.
#[must_use = "nothing starts before `run` or `conductor`"]
pub struct OuterBuilder {
    env: Vec<(String, String)>,
    cwd: PathBuf,
    size: (u16, u16),
    persona: Persona,
}

impl Home {
    /// An outer terminal in this home: xterm, 120 columns and 40 rows until told otherwise.
    pub fn outer(&self) -> OuterBuilder {
        OuterBuilder { env: self.env(), cwd: self.work(), size: (120, 40), persona: Persona::Xterm }
    }
}

impl OuterBuilder {
    /// Columns and rows.
    pub fn size(mut self, cols: u16, rows: u16) -> OuterBuilder {
        self.size = (cols, rows);
        self
    }

    pub fn persona(mut self, persona: Persona) -> OuterBuilder {
        self.persona = persona;
        self
    }

    pub fn env(mut self, name: &str, value: &str) -> OuterBuilder {
        self.env.push((name.into(), value.into()));
        self
    }

    pub fn envs(mut self, vars: Vec<(String, String)>) -> OuterBuilder {
        self.env.extend(vars);
        self
    }

    pub fn cwd(mut self, dir: impl AsRef<Path>) -> OuterBuilder {
        self.cwd = dir.as_ref().into();
        self
    }

    /// Starts the product's binary in it.
    pub fn conductor<S: AsRef<str>>(self, args: impl IntoIterator<Item = S>) -> Outer {
        self.run(binary(), args)
    }

    /// Starts any program in it.
    #[track_caller]
    pub fn run<S: AsRef<str>>(self, program: &str, args: impl IntoIterator<Item = S>) -> Outer {
        let mut command = Command::new(program);
        command.args(args.into_iter().map(|arg| arg.as_ref().to_string())).env_clear().current_dir(self.cwd);
        // A later value of the same name wins.
        command.envs(self.env);
        Outer::start(command, self.size, self.persona)
            .unwrap_or_else(|error| panic!("cannot start {program} in a terminal: {error}"))
    }
}

/// A running terminal. Dropping it closes it and SIGKILLs its program (and no other process: the home does that).
pub struct Outer {
    shared: Arc<Shared>,
    persona: Persona,
    pid: Pid,
    waker: Arc<OwnedFd>,
    reader: Option<JoinHandle<()>>,
    waiter: Option<JoinHandle<()>>,
    fresh_line: Option<[libc::tcflag_t; 3]>,
}

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    /// Gone after `hang_up`.
    master: Option<Arc<OwnedFd>>,
    judge: Judge,
    modes: Modes,
    is_light: bool,
    raw: Vec<u8>,
    /// When the last output came, when the last key was typed, and when the synchronised update that is open began.
    last_output: Instant,
    last_input: Instant,
    update_since: Option<Instant>,
    /// The last program has closed the terminal, and all output is read.
    at_end: bool,
    exit: Option<i32>,
}

impl Outer {
    fn start(command: Command, (cols, rows): (u16, u16), persona: Persona) -> std::io::Result<Outer> {
        let (master, slave) = pty::open(cols, rows)?;
        let master = Arc::new(master);
        let fresh_line = pty::line_settings(master.as_raw_fd());
        let child = pty::spawn(command, &slave)?;
        drop(slave);
        let waker = Arc::new(pty::waker()?);
        let pid = child.id() as Pid;
        let shared = Arc::new(Shared {
            state: Mutex::new(State {
                master: Some(master.clone()),
                judge: Judge::new(cols, rows),
                modes: Modes::default(),
                is_light: false,
                raw: vec![],
                last_output: Instant::now(),
                last_input: Instant::now(),
                update_since: None,
                at_end: false,
                exit: None,
            }),
            changed: Condvar::new(),
        });
        let reader = {
            let (shared, waker) = (shared.clone(), waker.clone());
            std::thread::Builder::new()
                .name("outer-read".into())
                .spawn(move || read(&shared, &master, &waker, persona))?
        };
        let waiter = {
            let shared = shared.clone();
            std::thread::Builder::new().name("outer-wait".into()).spawn(move || wait(&shared, child))?
        };
        Ok(Outer { shared, persona, pid, waker, reader: Some(reader), waiter: Some(waiter), fresh_line })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    // ------------------------------------------------------------------------------------------------ hands

    /// Bytes as they are.
    #[track_caller]
    pub fn send(&self, bytes: &[u8]) -> &Outer {
        let master = {
            let mut state = self.state();
            state.last_input = Instant::now();
            state.master.clone().expect("the terminal is open")
        };
        if let Err(error) = pty::write_all(&master, bytes, LIMIT) {
            panic!("cannot type {:?}: {error}\n{}", String::from_utf8_lossy(bytes), self.picture());
        }
        self
    }

    /// Types text; a line end is the Enter key.
    #[track_caller]
    pub fn type_text(&self, text: &str) -> &Outer {
        self.send(text.replace('\n', "\r").as_bytes())
    }

    /// Presses keys by name, one after the other: `press("ctrl-q d")`, `press("enter")`; see `keys::encode`.
    #[track_caller]
    pub fn press(&self, names: &str) -> &Outer {
        for name in names.split_whitespace() {
            let bytes = {
                let state = self.state();
                let keyboard = keys::Keyboard {
                    application: state.judge.screen().application_cursor(),
                    // What the terminal does not know it does not do, whatever it was asked.
                    kitty: if self.persona == Persona::Kitty { state.modes.kitty_flags() } else { 0 },
                    other_keys: if self.persona == Persona::Xterm { state.modes.other_keys() } else { 0 },
                };
                keys::encode(name, keyboard)
            };
            self.send(&bytes);
        }
        self
    }

    /// Pastes, in brackets if the program asked for them.
    #[track_caller]
    pub fn paste(&self, text: &str) -> &Outer {
        let text = text.replace('\n', "\r");
        let bracketed = self.state().modes.is_set(2004);
        self.send(if bracketed { format!("\x1b[200~{text}\x1b[201~") } else { text }.as_bytes())
    }

    /// Moves or presses the mouse (left button) at column and row, from 0, in SGR coding.
    #[track_caller]
    pub fn mouse(&self, what: Mouse, col: u16, row: u16) -> &Outer {
        let listens = self.state().modes.wants_mouse() && self.state().modes.is_set(1006);
        assert!(listens, "the program does not listen to the mouse (SGR)");
        let (code, last) = match what {
            Mouse::Down => (0, 'M'),
            Mouse::Up => (0, 'm'),
            Mouse::Drag => (32, 'M'),
            Mouse::Move => (35, 'M'),
            Mouse::WheelUp => (64, 'M'),
            Mouse::WheelDown => (65, 'M'),
        };
        self.send(format!("\x1b[<{code};{};{}{last}", col + 1, row + 1).as_bytes())
    }

    /// Presses and releases the left button.
    #[track_caller]
    pub fn click(&self, col: u16, row: u16) -> &Outer {
        self.mouse(Mouse::Down, col, row).mouse(Mouse::Up, col, row)
    }

    /// The window gains or loses the focus; told only to a program that asked.
    #[track_caller]
    pub fn focus(&self, gained: bool) -> &Outer {
        if self.state().modes.is_set(1004) {
            self.send(if gained { b"\x1b[I" } else { b"\x1b[O" });
        }
        self
    }

    /// Its user chooses a light or a dark scheme; told only to a program that asked, by terminals that do such.
    #[track_caller]
    pub fn turn(&self, light: bool) -> &Outer {
        let wants = {
            let mut state = self.state();
            state.is_light = light;
            state.modes.is_set(2031)
        };
        if wants {
            self.send(if light { b"\x1b[?997;2n" } else { b"\x1b[?997;1n" });
        }
        self
    }

    /// A new size; the program gets SIGWINCH.
    #[track_caller]
    pub fn resize(&self, cols: u16, rows: u16) -> &Outer {
        let mut state = self.state();
        // The judge first: what the program draws after the signal is for the new size.
        state.judge.resize(cols, rows);
        let master = state.master.clone().expect("the terminal is open");
        pty::resize(&master, cols, rows).unwrap();
        drop(state);
        self.shared.changed.notify_all();
        self
    }

    /// Signals the program (and only it), unless it has ended.
    #[track_caller]
    pub fn signal(&self, signal: i32) -> &Outer {
        let state = self.state();
        if state.exit.is_none() {
            super::proc::signal(self.pid, signal);
        }
        drop(state);
        self
    }

    /// Closes the terminal under the program, as a closed window or a lost SSH line does: it gets SIGHUP.
    pub fn hang_up(&mut self) {
        pty::wake(&self.waker);
        // Only the reader holds the master besides us, and the terminal hangs up when the last holder closes it.
        if let Some(reader) = self.reader.take() {
            let _ = reader.join();
        }
        self.state().master = None;
    }

    // ------------------------------------------------------------------------------------------------- eyes

    /// The program's process id.
    pub fn pid(&self) -> Pid {
        self.pid
    }

    /// What a person sees now.
    pub fn seen(&self) -> Seen {
        self.state().judge.seen()
    }

    /// The screen as text, rows without trailing blanks.
    pub fn screen(&self) -> String {
        self.seen().to_string()
    }

    /// The screen with its colours: a first line with columns, rows and the place of a cursor that is seen; then the rows,
    /// each with its own SGR sequences.
    pub fn styled(&self) -> String {
        let state = self.state();
        let screen = state.judge.screen();
        let (rows, columns) = screen.size();
        let mut out = format!("{columns} {rows}");
        if !screen.hide_cursor() {
            let (row, column) = screen.cursor_position();
            out += &format!(" {column} {row}");
        }
        for row in 0..rows.get() {
            out.push('\n');
            let mut last = String::new();
            for column in 0..columns.get() {
                let Some(cell) = screen.cell(row, column).filter(|cell| !cell.is_wide_continuation()) else { continue };
                let style = super::screen::sgr(cell);
                if style != last {
                    out += &format!("\x1b[{style}m");
                    last = style;
                }
                out += if cell.has_contents() { cell.contents() } else { " " };
            }
            // Blanks with a colour are seen.
            if !last.contains(";48;") && !last.ends_with(";7") {
                out.truncate(out.trim_end_matches(' ').len());
            }
            out += "\x1b[m";
        }
        out.push('\n');
        out
    }

    /// One row from 0.
    pub fn row(&self, at: usize) -> String {
        self.seen().row(at).to_string()
    }

    /// How many bytes the program has written.
    pub fn raw_len(&self) -> usize {
        self.state().raw.len()
    }

    /// All bytes from the offset on.
    pub fn raw_from(&self, offset: usize) -> Vec<u8> {
        self.state().raw[offset..].to_vec()
    }

    /// Looks at the judge's own screen: colours and attributes of cells.
    pub fn with_cells<T>(&self, look: impl FnOnce(&vt100::Screen) -> T) -> T {
        look(self.state().judge.screen())
    }

    /// Whether a DEC private mode is on (1049 alternate screen, 2004 bracketed paste …).
    pub fn mode(&self, mode: u16) -> bool {
        self.state().modes.is_set(mode)
    }

    // ---------------------------------------------------------------------------------------------- waiting

    /// Waits until `condition` holds for the screen; fails with `what` and the screen after [`LIMIT`], or at once when
    /// the program has ended without it.
    #[track_caller]
    pub fn wait_for(&self, what: &str, condition: impl FnMut(&Seen) -> bool) -> Seen {
        self.wait_for_at_most(LIMIT, what, condition)
    }

    /// Waits until `text` stands on the screen.
    #[track_caller]
    pub fn wait_text(&self, text: &str) -> Seen {
        self.wait_for(&format!("{text:?} on the screen"), |screen| screen.contains(text))
    }

    /// Waits until `text` no longer stands on the screen.
    #[track_caller]
    pub fn wait_gone(&self, text: &str) -> Seen {
        self.wait_for(&format!("no {text:?} on the screen"), |screen| !screen.contains(text))
    }

    /// As [`Outer::wait_for`], with a limit of its own.
    #[track_caller]
    pub fn wait_for_at_most(&self, limit: Duration, what: &str, mut condition: impl FnMut(&Seen) -> bool) -> Seen {
        match self.look_until(Instant::now() + limit, &mut condition) {
            Ok(seen) => seen,
            Err(Some(code)) => panic!("the program has ended with {code} without: {what}\n{}", self.picture()),
            Err(None) => panic!("{limit:?} have passed without: {what}\n{}", self.picture()),
        }
    }

    /// Presses keys again and again until `condition` holds: a key that arrives in the moment a dialog appears can be
    /// lost. Only for keys that do no harm when they come twice.
    #[track_caller]
    pub fn press_until(&self, names: &str, what: &str, mut condition: impl FnMut(&Seen) -> bool) -> Seen {
        let deadline = Instant::now() + LIMIT;
        loop {
            self.press(names);
            // Two seconds are more than any program here needs to react, also on a loaded machine.
            match self.look_until(Instant::now() + Duration::from_secs(2), &mut condition) {
                Ok(seen) => return seen,
                Err(None) if Instant::now() < deadline => {}
                Err(_) => panic!("pressed {names} in vain for: {what}\n{}", self.picture()),
            }
        }
    }

    /// Looks at every new whole screen until `condition` holds. The error is the exit code when the program has ended,
    /// nothing when the time has passed.
    fn look_until(&self, deadline: Instant, condition: &mut dyn FnMut(&Seen) -> bool) -> Result<Seen, Option<i32>> {
        let mut looked_at = None;
        loop {
            let state = self.state();
            let now = Instant::now();
            // What was looked at is not looked at again; the size is part of it, since a resize draws nothing.
            let version = (state.raw.len(), state.judge.screen().size());
            let over = state.at_end && state.exit.is_some();
            let torn = state.update_since.is_some_and(|since| now < since + LONGEST_UPDATE) && !over;
            if !torn && looked_at != Some(version) {
                looked_at = Some(version);
                let seen = state.judge.seen();
                // The condition may ask this terminal for more, so the lock is given back first.
                drop(state);
                if condition(&seen) {
                    return Ok(seen);
                }
                continue;
            }
            if over {
                return Err(state.exit);
            }
            if now >= deadline {
                return Err(None);
            }
            let shown = state.update_since.filter(|_| torn).map(|since| since + LONGEST_UPDATE);
            let until = shown.map_or(deadline, |shown| deadline.min(shown));
            drop(
                self.shared
                    .changed
                    .wait_timeout(state, until.saturating_duration_since(now))
                    .unwrap_or_else(PoisonError::into_inner),
            );
        }
    }

    /// Waits until nothing has been written for `quiet`: for counting bytes of an idle screen, and before typing to
    /// programs that drop early keys. No proof of anything else.
    #[track_caller]
    pub fn wait_quiet(&self, quiet: Duration) {
        let deadline = Instant::now() + LIMIT;
        let mut state = self.state();
        loop {
            let now = Instant::now();
            let until = state.last_output + quiet;
            if now >= until || state.at_end {
                return;
            }
            assert!(now < deadline, "the program writes without end");
            state = self.shared.changed.wait_timeout(state, until - now).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Waits until no key has been typed for `pause`: hands that pause, for programs whose meaning of a key depends on
    /// the time since the one before (guards against typed prose, double presses). Proves nothing about the program.
    pub fn wait_hands(&self, pause: Duration) -> &Outer {
        let mut state = self.state();
        loop {
            let left = (state.last_input + pause).saturating_duration_since(Instant::now());
            if left.is_zero() {
                return self;
            }
            state = self.shared.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Waits until the program has ended and its last output is read; gives its exit code (128 + n for signal n).
    #[track_caller]
    pub fn wait_exit(&self) -> i32 {
        let mut deadline = Instant::now() + LIMIT;
        let mut state = self.state();
        let mut ended = false;
        loop {
            let now = Instant::now();
            match state.exit {
                Some(code) if state.at_end || state.master.is_none() || now >= deadline => return code,
                Some(_) if !ended => {
                    // Something else may hold the terminal open for ever; what was written before is long here.
                    ended = true;
                    deadline = now + Duration::from_secs(1);
                }
                None if now >= deadline => {
                    drop(state);
                    panic!("the program has not ended\n{}", self.picture());
                }
                _ => {}
            }
            let left = deadline.saturating_duration_since(now);
            state = self.shared.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Invariant 8, "the user's terminal is always restored": every mode that was switched on is off again, the cursor
    /// is shown, the keyboard protocols are popped, and the line settings are the ones from before.
    #[track_caller]
    pub fn assert_restored(&self) {
        let left = self.left_behind();
        assert!(left.is_empty(), "the terminal was left with: {}\n{}", left.join(", "), self.picture());
    }

    /// What a program has not taken back, in words; see [`Outer::assert_restored`].
    pub fn left_behind(&self) -> Vec<String> {
        let state = self.state();
        let mut left = state.modes.left_behind();
        if let Some(master) = &state.master
            && pty::line_settings(master.as_raw_fd()) != self.fresh_line
        {
            left.push("other line settings (stty)".into());
        }
        left
    }

    /// The screen in a frame, and what else is known: for messages.
    fn picture(&self) -> String {
        let state = self.state();
        let seen = state.judge.seen();
        let rows: String = seen.rows().iter().map(|row| format!("│{row}\n")).collect();
        let (rows, blank) = (rows.trim_end_matches(['│', '\n']), "┄".repeat(40));
        let notes = match state.judge.panics {
            0 => String::new(),
            n => format!(", the judge panicked {n} times"),
        };
        format!(
            "{blank} screen: {} bytes read, exit {:?}, cursor {:?}{notes}\n{rows}\n{blank}",
            state.raw.len(),
            state.exit,
            seen.cursor
        )
    }
}

impl Drop for Outer {
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!("{}", self.picture());
        }
        self.signal(libc::SIGKILL);
        pty::wake(&self.waker);
        for thread in [self.reader.take(), self.waiter.take()].into_iter().flatten() {
            let _ = thread.join();
        }
    }
}

/// The reader: bytes to the judge, answers back, in stream order.
fn read(shared: &Shared, master: &OwnedFd, waker: &OwnedFd, persona: Persona) {
    let mut scanner = Scanner::default();
    let mut buffer = vec![0; 1 << 16];
    loop {
        let ready = pty::wait_ready(
            &[(master.as_raw_fd(), libc::POLLIN), (waker.as_raw_fd(), libc::POLLIN)],
            Duration::from_secs(60),
        );
        if ready[1] {
            return;
        }
        let n = match pty::read(master, &mut buffer) {
            Ok(n) => n,
            Err(error) if matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::Interrupted) => {
                continue;
            }
            Err(_) => 0,
        };
        let mut answers = String::new();
        let mut state = shared.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.raw.extend_from_slice(&buffer[..n]);
        state.last_output = Instant::now();
        for (piece, bytes) in scanner.feed(&buffer[..n]) {
            state.judge.feed_piece(&piece, &bytes);
            state.modes.note(&piece);
            let (row, col) = state.judge.screen().cursor_position();
            answers += &persona.answer(&piece, (col, row), &state.modes, state.is_light).unwrap_or_default();
        }
        let updating = state.modes.is_set(2026);
        state.update_since = if updating { state.update_since.or_else(|| Some(Instant::now())) } else { None };
        state.at_end = n == 0;
        drop(state);
        shared.changed.notify_all();
        if n == 0 {
            return;
        }
        // A program that asks and never reads its answers is its own problem, not the test's.
        let _ = pty::write_all(master, answers.as_bytes(), Duration::from_secs(1));
    }
}

/// The waiter: notes the end of the program. The process stays a zombie until the state is locked, so that `signal`
/// never meets a stranger with the same id.
fn wait(shared: &Shared, mut child: Child) {
    // SAFETY: siginfo is plain data; the call waits for our own child and leaves it waitable.
    unsafe {
        let mut info: libc::siginfo_t = std::mem::zeroed();
        while libc::waitid(libc::P_PID, child.id(), &mut info, libc::WEXITED | libc::WNOWAIT) < 0
            && std::io::Error::last_os_error().kind() == std::io::ErrorKind::Interrupted
        {}
    }
    let mut state = shared.state.lock().unwrap_or_else(PoisonError::into_inner);
    let status = child.wait().ok();
    state.exit = status.map(|s| s.code().unwrap_or_else(|| 128 + s.signal().unwrap_or(0))).or(Some(-1));
    drop(state);
    shared.changed.notify_all();
}
