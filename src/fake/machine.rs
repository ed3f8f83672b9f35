//! The double itself: what it is doing, what a key does, what is on its screen. Driven by the host, and by tests, with
//! keys, time and ends of commands; gives bytes for the terminal and effects.
//!
//! # Invariant
//! Pure: no clock, no process, no terminal. What it shows, its title and its reports are made from its state after each
//! event, so that they cannot contradict one another.

use crate::fake::composer::Composer;
use crate::fake::hooks::{About, Hook};
use crate::fake::keys::{Key, Keys};
use crate::fake::paint::{Painter, Picture};
use crate::fake::report::{self, State};
use crate::fake::scene::{Dialog, Entry, Mood, Place, Scene, Size};
use crate::fake::script::Script;
use crate::fake::style::{Event, Style};
use crate::fake::turn::{Doing, Turn};
use std::collections::{BTreeMap, VecDeque};

/// Smaller, nothing can be drawn; a PTY may say 0.
const SMALLEST: Size = Size { cols: 10, rows: 4 };
/// The conversation of every double: two of them are not told apart by it, and nothing is random.
const CONVERSATION: &str = "00000000-0000-4000-8000-000000000000";

/// What the machine cannot do itself.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Effect {
    /// Run a shell command; its end is told by [`Machine::ended`].
    Start {
        job: u32,
        command: String,
        input: Option<String>,
    },
    Kill {
        job: u32,
    },
    Exit(i32),
    /// SIGKILL to itself.
    Die,
}

/// The end of a command.
#[derive(Clone, Debug, Default)]
pub struct Ended {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

pub(super) enum Phase {
    Starting,
    Trust(Dialog),
    Idle(Outcome),
    Turn(Turn),
    Over,
}

/// How the last turn went.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Outcome {
    Fresh,
    Done,
    Interrupted,
    Failed(String),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Reporting {
    Off,
    Asked,
    On,
}

pub struct Machine {
    pub(super) script: Script,
    pub(super) look: &'static dyn Style,
    pub(super) place: Place,
    pub(super) entries: Vec<Entry>,
    pub(super) phase: Phase,
    pub(super) out: Vec<u8>,
    pub(super) effects: Vec<Effect>,
    composer: Composer,
    /// Sent while a turn was on: as shown, and as meant.
    pub(super) queue: VecDeque<(String, String)>,
    size: Size,
    keys: Keys,
    painter: Painter,
    reporting: Reporting,
    reported: Option<State>,
    title: String,
    next_job: u32,
    /// Hooks that are running, and when they are killed.
    limits: BTreeMap<u32, u64>,
    /// Escapes that were pressed one after the other.
    escapes: u32,
    has_swallowed: bool,
    was_interrupted: bool,
    /// Keys that come earlier are lost.
    keys_from: u64,
    redraw_at: u64,
}

impl Machine {
    pub fn new(script: Script, place: Place, size: Size, prompt: Option<String>) -> Machine {
        let look = script.style.look();
        Machine {
            painter: Painter::new(script.alternate_screen, script.synchronized),
            look,
            place,
            entries: Vec::new(),
            phase: Phase::Starting,
            out: Vec::new(),
            effects: Vec::new(),
            composer: Composer::default(),
            queue: prompt.into_iter().map(|p| (p.clone(), p)).collect(),
            size: at_least(size),
            keys: Keys::default(),
            reporting: Reporting::Off,
            reported: None,
            title: String::new(),
            next_job: 0,
            limits: BTreeMap::new(),
            escapes: 0,
            has_swallowed: !script.swallow_first_enter,
            was_interrupted: false,
            keys_from: 0,
            redraw_at: 0,
            script,
        }
    }

    /// What the terminal must be told at the end, however it comes.
    pub fn farewell(&self) -> String {
        let modes = self.look.stop();
        match self.script.alternate_screen {
            true => format!("\x1b[m\x1b[?25h{modes}\x1b[?1049l"),
            // Below whatever was drawn last.
            false => format!("\x1b[m\x1b[?25h{modes}\x1b[999B\r\n"),
        }
    }

    pub fn take_output(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.out)
    }

    pub fn take_effects(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects)
    }

    /// Time has passed.
    pub fn tick(&mut self, now: u64) {
        if let Some(key) = self.keys.late(now) {
            self.key(key, now);
        }
        self.settle(now);
    }

    pub fn feed(&mut self, bytes: &[u8], now: u64) {
        self.tick(now);
        for key in self.keys.feed(bytes, now) {
            self.key(key, now);
            self.advance(now);
        }
        self.settle(now);
    }

    pub fn resize(&mut self, size: Size, now: u64) {
        self.size = at_least(size);
        self.settle(now);
    }

    /// A command has ended.
    pub fn ended(&mut self, job: u32, end: &Ended, now: u64) {
        self.limits.remove(&job);
        self.job_ended(job, end, now);
        self.settle(now);
    }

    /// When [`Machine::tick`] has something to do.
    pub fn deadline(&self, now: u64) -> Option<u64> {
        let turn = match &self.phase {
            Phase::Turn(turn) => {
                let spin = self.look.spin_ms();
                let frame = turn.began + ((now - turn.began) / spin + 1) * spin;
                Some(turn.deadline().map_or(frame, |at| at.min(frame)))
            }
            Phase::Starting => Some(self.script.slow_start_ms),
            _ => None,
        };
        let storm = (self.is_storming() && self.has_begun()).then_some(self.redraw_at);
        let limits = self.limits.values().copied();
        turn.into_iter().chain(storm).chain(self.keys.deadline()).chain(limits).min()
    }

    /// Ends it.
    pub fn leave(&mut self, code: i32) {
        if matches!(self.phase, Phase::Over) {
            return;
        }
        if self.has_begun() {
            self.fire(Event::SessionEnd, None, 0);
        }
        if self.reporting == Reporting::On {
            self.out.extend(report::clear(self.look.app()).into_bytes());
        }
        self.phase = Phase::Over;
        self.effects.push(Effect::Exit(code));
    }

    fn has_begun(&self) -> bool {
        !matches!(self.phase, Phase::Starting | Phase::Over)
    }

    fn is_storming(&self) -> bool {
        self.script.redraw_hz > 0
    }

    fn begin(&mut self, now: u64) {
        self.out.extend(self.look.start().0.bytes());
        if self.script.alternate_screen {
            self.out.extend(b"\x1b[?1049h");
        }
        self.fire(Event::SessionStart, None, now);
        self.keys_from = now + self.script.drop_keys_ms;
        self.phase = Phase::Idle(Outcome::Fresh);
        let choices = self.look.trust_choices();
        if self.script.trust && !choices.is_empty() {
            let choices = choices.iter().map(ToString::to_string).collect();
            self.phase = Phase::Trust(self.dialog(self.place.cwd.clone(), None, choices, now));
        }
        self.draw(now);
        if self.script.reports && self.look.asks_before_reporting() {
            self.out.extend(self.look.start().1.bytes());
            self.reporting = Reporting::Asked;
        } else if self.script.reports {
            self.reporting = Reporting::On;
        }
    }

    /// Everything that is due, then what is seen of it.
    fn settle(&mut self, now: u64) {
        if matches!(self.phase, Phase::Starting) && now >= self.script.slow_start_ms {
            self.begin(now);
        }
        let late: Vec<u32> = self.limits.iter().filter(|(_, at)| **at <= now).map(|(job, _)| *job).collect();
        for job in late {
            self.limits.remove(&job);
            self.effects.push(Effect::Kill { job });
            self.job_ended(job, &Ended::default(), now);
        }
        self.advance(now);
        if self.has_begun() {
            self.draw(now);
            self.tell();
        }
    }

    /// Text that was sent while another turn was on, or at the launch.
    pub(super) fn next_of_queue(&mut self, now: u64) -> bool {
        match (&self.phase, self.queue.pop_front()) {
            (Phase::Idle(_), Some((shown, text))) => {
                self.start_turn(shown, &text, now);
                true
            }
            (_, Some(item)) => {
                self.queue.push_front(item);
                false
            }
            (_, None) => false,
        }
    }

    /// A dialog that appears now.
    pub(super) fn dialog(&mut self, about: String, reason: Option<String>, choices: Vec<String>, now: u64) -> Dialog {
        self.keys_from = now + self.script.drop_keys_ms;
        Dialog { about, reason, choices, chosen: 0 }
    }

    /// Starts the hooks of an event; gives their jobs.
    pub(super) fn fire(&mut self, event: Event, about: Option<About<'_>>, now: u64) -> Vec<u32> {
        let cwd = self.place.cwd.clone();
        let about = About { conversation: CONVERSATION, cwd: &cwd, ..about.unwrap_or_default() };
        let hooks: Vec<Hook> = self.script.hooks.at(event, self.look, &about);
        let start = |hook: Hook| {
            let job = self.start(hook.command, Some(hook.input));
            self.limits.insert(job, now.saturating_add(hook.limit_ms));
            job
        };
        hooks.into_iter().map(start).collect()
    }

    pub(super) fn start(&mut self, command: String, input: Option<String>) -> u32 {
        self.next_job += 1;
        self.effects.push(Effect::Start { job: self.next_job, command, input });
        self.next_job
    }

    fn key(&mut self, key: Key, now: u64) {
        match key {
            Key::KnowsReports if self.reporting == Reporting::Asked => self.reporting = Reporting::On,
            // As the real one: what has not answered by then never will.
            Key::Attributes if self.reporting == Reporting::Asked => self.reporting = Reporting::Off,
            Key::KnowsReports | Key::Attributes => {}
            _ if !self.has_begun() || now < self.keys_from => {}
            key => self.pressed(key),
        }
    }

    fn pressed(&mut self, key: Key) {
        if key != Key::Escape {
            self.escapes = 0;
        }
        if key != Key::Interrupt {
            self.was_interrupted = false;
        }
        if self.open_dialog().is_some() {
            return self.answer(&key);
        }
        match key {
            Key::Char(c) => self.composer.push(c),
            Key::Newline => self.composer.push('\n'),
            Key::Backspace => self.composer.backspace(),
            Key::Clear => self.composer.clear(),
            Key::Paste(text) => {
                let over = self.script.paste_placeholder_over;
                if over > 0 && text.len() > over {
                    let look = self.look;
                    let shown = |n| look.placeholder(n, &text);
                    self.composer.paste(text.clone(), shown);
                } else {
                    self.composer.type_text(&text);
                }
            }
            Key::Enter if self.composer.is_empty() => {}
            Key::Enter if !self.has_swallowed => self.has_swallowed = true,
            Key::Enter => self.send(),
            Key::Escape => {
                self.escapes += 1;
                if matches!(self.phase, Phase::Turn(_)) && self.escapes >= self.look.escapes() {
                    self.interrupt();
                }
            }
            Key::Interrupt if matches!(self.phase, Phase::Turn(_)) => self.interrupt(),
            Key::Interrupt if !self.composer.is_empty() => self.composer.clear(),
            Key::Interrupt if self.was_interrupted => self.leave(0),
            Key::Interrupt => self.was_interrupted = true,
            Key::End if self.composer.is_empty() && matches!(self.phase, Phase::Idle(_)) => self.leave(0),
            _ => {}
        }
        // The family that reports unasked is idle again when somebody types.
        if matches!(self.phase, Phase::Idle(Outcome::Done)) && !self.look.asks_before_reporting() {
            self.phase = Phase::Idle(Outcome::Fresh);
        }
    }

    fn send(&mut self) {
        let (shown, text) = (self.composer.shown(), self.composer.text());
        self.composer.clear();
        match text.trim() {
            "/exit" | "/quit" => self.leave(0),
            _ => self.queue.push_back((shown, text)),
        }
    }

    /// Esc, or ctrl-c, at work.
    pub(super) fn interrupt(&mut self) {
        self.escapes = 0;
        let outcome = Phase::Idle(Outcome::Interrupted);
        let Phase::Turn(turn) = std::mem::replace(&mut self.phase, outcome) else { return };
        if let Doing::Run { job } = turn.doing {
            self.effects.push(Effect::Kill { job });
        }
        self.queue.clear();
        for entry in &mut self.entries {
            match entry {
                Entry::Said { is_whole, .. } => *is_whole = true,
                // As shells say it of SIGTERM.
                Entry::Ran { code, .. } if code.is_none() => *code = Some(128 + 15),
                _ => {}
            }
        }
        let is_silent = matches!(self.entries.last(), Some(Entry::Prompt(_)));
        if is_silent && self.look.puts_prompt_back() {
            self.entries.pop();
            if self.composer.is_empty() {
                self.composer = Composer::with(&turn.prompt);
            }
        } else {
            self.entries.push(Entry::Interrupted);
        }
    }

    fn open_dialog(&mut self) -> Option<&mut Dialog> {
        match &mut self.phase {
            Phase::Trust(dialog) => Some(dialog),
            Phase::Turn(turn) => turn.dialog_mut(),
            _ => None,
        }
    }

    /// A key while a dialog is open.
    fn answer(&mut self, key: &Key) {
        let (has_letters, is_trust) = (self.look.has_letters(), matches!(self.phase, Phase::Trust(_)));
        let numbered = self.look.has_digits() && !(is_trust && self.look.trust_no() == 0);
        let Some(dialog) = self.open_dialog() else { return };
        let last = dialog.choices.len() - 1;
        let chosen = match key {
            Key::Next => return dialog.step(1),
            Key::Previous => return dialog.step(-1),
            Key::Enter => dialog.chosen,
            Key::Escape | Key::Interrupt => return self.refuse(),
            Key::Char(c @ '1'..='9') if numbered => *c as usize - '1' as usize,
            Key::Char('y') if has_letters && !is_trust => 0,
            Key::Char('p') if has_letters && !is_trust && last > 1 => 1,
            Key::Char('n') if has_letters && !is_trust => last,
            _ => return,
        };
        if chosen > last {
            return;
        }
        match &self.phase {
            Phase::Trust(_) if chosen == self.look.trust_no() => self.leave(1),
            Phase::Trust(_) => self.phase = Phase::Idle(Outcome::Fresh),
            _ => self.chosen(chosen),
        }
    }

    /// Esc at a dialog.
    fn refuse(&mut self) {
        match &self.phase {
            Phase::Trust(_) => self.leave(1),
            _ => self.deny(),
        }
    }

    fn draw(&mut self, now: u64) {
        let scene = self.scene(now);
        let is_trust = matches!(self.phase, Phase::Trust(_));
        let mut history = if is_trust { Vec::new() } else { self.look.header(&scene) };
        let mut settled = None;
        for entry in &self.entries {
            if entry.is_open() && settled.is_none() {
                settled = Some(history.len());
            }
            history.extend(self.look.entry(entry, &scene));
        }
        let settled = settled.unwrap_or(history.len());
        history.extend(self.look.tail(&scene));
        let mut live = self.look.live(&scene);
        let title = self.look.title(&scene);
        // The question of trust stands at the top, alone.
        if is_trust && self.script.alternate_screen {
            history = std::mem::take(&mut live.lines);
        }
        let picture = Picture { history, settled, live: live.lines, cursor: live.cursor };
        if self.script.title && title != self.title {
            self.out.extend(format!("\x1b]0;{}\x07", crate::base::text::printable(&title)).into_bytes());
            self.title = title;
        }
        let is_anew = self.is_storming() && now >= self.redraw_at;
        if is_anew {
            self.redraw_at = now + 1000 / u64::from(self.script.redraw_hz);
        }
        let bytes = self.painter.paint(&picture, self.size, is_anew);
        self.out.extend(bytes);
    }

    pub(super) fn scene(&self, now: u64) -> Scene<'_> {
        let (mood, began) = match &self.phase {
            Phase::Trust(dialog) => (Mood::Trust(dialog), now),
            Phase::Turn(turn) => (turn.mood(), turn.began),
            _ => (Mood::Idle, now),
        };
        Scene {
            size: self.size,
            place: &self.place,
            entries: &self.entries,
            composer: &self.composer,
            mood,
            elapsed_ms: now - began,
            is_reporting: self.reporting == Reporting::On,
            is_escaping: self.escapes > 0,
        }
    }

    /// Its report, when it is another one than the last.
    fn tell(&mut self) {
        if self.reporting != Reporting::On {
            return;
        }
        let state = match &self.phase {
            Phase::Trust(_) if !self.look.asks_before_reporting() => return,
            Phase::Trust(_) => State::Permission("trust this folder".into()),
            Phase::Turn(turn) => turn.state(),
            Phase::Idle(Outcome::Done) => State::Done,
            Phase::Idle(Outcome::Failed(message)) => State::Error(message.clone()),
            _ => State::Idle,
        };
        if self.reported.as_ref() != Some(&state) {
            let text = report::report(self.look.app(), &state, self.look.reports_messages());
            self.out.extend(text.into_bytes());
            self.reported = Some(state);
        }
    }
}

fn at_least(size: Size) -> Size {
    Size { cols: size.cols.max(SMALLEST.cols), rows: size.rows.max(SMALLEST.rows) }
}
