//! One run: a real CLI in a terminal of our own server, a scripted model behind it, a person's keys in front of it, and
//! somebody who keeps asking for its status. Used by `mod.rs`. What is seen on the screen only tells when the next key
//! is due; it must never become part of the truth.

use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value, json};

use super::cli::{Cli, Keys};
use super::event::{Event, Millis, What};
use super::expected::{DRAWS, Stretch, stretches};
use super::job::{self, Job};
use super::plan::{self, Turn};
use super::sampler::{Sampler, now};
use super::tally::{Look, Tally};
use crate::support::proc::{self, Pid};
use crate::support::server::block_on;
use crate::support::wait::wait_at_most;
use crate::support::{Agents, Home, Model, Outer};

/// For a CLI to do what it was told: real ones take seconds to start, and the machine may be busy.
const PATIENCE: Duration = Duration::from_secs(60);
/// A key that has shown nothing after so long was dropped, as CLIs do with keys that come while they draw; it is pressed
/// again.
const DROPPED: Duration = Duration::from_secs(3);

/// How a run is set up.
#[derive(Clone, Debug)]
pub struct Setting {
    pub columns: u16,
    pub rows: u16,
    pub turns: Vec<Turn>,
    /// Seconds for which each stretch is looked at.
    pub lasts: f64,
    /// The product's `config.toml`: with hooks, without, and whatever else may be chosen.
    pub config: &'static str,
}

/// What came of a run.
pub struct Outcome {
    pub name: String,
    pub tally: Tally,
    pub stretches: Vec<Stretch>,
    pub events: Vec<Event>,
    pub looks: Vec<Look>,
    pub log: Vec<u8>,
    pub times: Vec<Value>,
    pub size: (u16, u16),
}

/// Plays a run to its end.
pub fn play(cli: &'static Cli, setting: &Setting) -> Outcome {
    let mut run = Run::start(cli, setting, &plan::script(cli, &setting.turns, setting.lasts));
    run.wait_up();
    for (index, turn) in setting.turns.iter().enumerate().filter(|(_, turn)| turn.is_for(cli)) {
        run.turn(*turn, &turn.tag(index));
    }
    run.exit();
    run.outcome(setting)
}

/// Where a turn is when somebody looks on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stage {
    /// It asks, and nobody has answered.
    Dialog,
    /// It works, until it is interrupted.
    Works,
    /// The turn is over.
    Rest,
}

pub type LookOn<'a> = &'a mut dyn FnMut(&Run, Stage);

pub struct Run {
    // Ended in this order: who asks, the agent and its server, the model.
    sampler: Option<Sampler>,
    home: Home,
    agents: Agents,
    model: Model,
    cli: &'static Cli,
    id: String,
    pid: Pid,
    lasts: f64,
    events: Vec<Event>,
    jobs: Vec<String>,
    /// What was typed last: what stands above it on the screen is of earlier turns.
    typed: String,
    /// Whoever gives the terminal other sizes.
    pub window: Option<Outer>,
}

impl Run {
    pub fn start(cli: &'static Cli, setting: &Setting, script: &Value) -> Run {
        let (home, agents) = (Home::new(), Agents::new());
        let model = Model::start(script);
        std::fs::write(agents.repo().join("job.sh"), job::SCRIPT).unwrap();
        if !setting.config.is_empty() {
            home.write("config.toml", setting.config);
        }
        for (file, text) in providers() {
            home.write(&format!("providers/{file}"), &text);
        }
        let environment = (cli.environment)(&agents, &model);
        let command = |args: &[&str]| home.cmd(args.iter().copied()).envs(environment.clone()).cwd(agents.repo());
        let launched = match (setting.columns, setting.rows) {
            // As everybody launches it.
            (120, 40) => command(&["launch", "--headless", "--json", "--provider", cli.provider]).run().ok().json(),
            (columns, rows) => {
                // The verb has no size of its own: it is that of the window that looks. The first launch starts a server.
                drop(command(&["launch", "--headless", "--json", "--", "/bin/true"]).run().ok());
                let whole: std::collections::BTreeMap<_, _> =
                    home.env().into_iter().chain(environment.clone()).collect();
                let request = json!({"provider": cli.provider, "working_directory": agents.repo(), "columns": columns,
                    "rows": rows, "environment": whole});
                block_on(home.client().post("/sessions", &request)).expect("a launch of this size")
            }
        };
        let id = launched["id"].as_str().unwrap().to_owned();
        let pid = launched["pid"].as_i64().unwrap() as Pid;
        let sampler = Some(Sampler::start(&home.join("run/server.sock"), &id));
        Run {
            sampler,
            home,
            agents,
            model,
            cli,
            id,
            pid,
            lasts: setting.lasts,
            events: vec![],
            jobs: vec![],
            typed: String::new(),
            window: None,
        }
    }

    // ------------------------------------------------------------------------------------------------------- turns

    fn turn(&mut self, turn: Turn, tag: &str) {
        self.turn_with(turn, tag, &mut |_, _| {});
    }

    /// A turn on which somebody looks.
    pub fn turn_with(&mut self, turn: Turn, tag: &str, look: LookOn) {
        if turn == Turn::Type {
            self.type_text(&plan::prompt(tag));
            self.hold(self.lasts);
            self.clear();
            return self.rest("");
        }
        self.prompt(&plan::prompt(tag), tag);
        match turn {
            Turn::Allow => self.allow(tag, 1),
            Turn::Twice => {
                self.allow(tag, 1);
                self.allow(tag, 2);
            }
            Turn::Deny => {
                self.dialog(self.cli.asks);
                look(self, Stage::Dialog);
                self.answer(self.cli.no, |run| {
                    // A window that was made narrower may keep a piece of what stood there.
                    !run.shows(run.cli.asks) || (run.window.is_some() && run.screen_says().0 != "waiting")
                });
            }
            Turn::Ask => {
                let question = self.cli.question.as_ref().unwrap();
                self.dialog(question.shown);
                look(self, Stage::Dialog);
                let before = self.asked(tag);
                self.answer(question.answer, |run| run.asked(tag) > before);
            }
            // It waits longer each time.
            Turn::TryAgain => self.wait("the answer behind the errors", |run| run.count("block", "text", tag) > 0),
            Turn::Fail | Turn::Quote | Turn::Delegate => {}
            Turn::StopThinking | Turn::StopStreaming => {
                if turn == Turn::StopStreaming {
                    self.wait("the answer to begin", |run| run.count("block", "text", tag) > 0);
                }
                self.hold(self.lasts);
                look(self, Stage::Works);
                self.interrupt(|run| !run.is_asked(tag));
            }
            Turn::StopTool => {
                let job = self.allowed(tag, 1);
                self.hold(self.lasts);
                self.interrupt(|_| job.is_gone());
                let at = now();
                self.note_at(at, What::ToolEnded(plan::job(tag, 1)));
            }
            Turn::Queue => {
                self.wait("the answer to begin", |run| run.count("block", "text", tag) > 0);
                let later = plan::later(tag);
                self.type_text(&later);
                self.note(What::Sent);
                self.press(&["Enter"]);
                self.wait("the later message", |run| run.asked(&format!("after-{tag}")) > 0);
            }
            Turn::Type => {}
        }
        self.rest(&plan::last_words(self.cli, turn, tag));
        look(self, Stage::Rest);
    }

    /// Types a prompt and sends it, until the model is asked.
    fn prompt(&mut self, text: &str, tag: &str) {
        self.type_text(text);
        self.note(What::Sent);
        self.until_taken(&["Enter"], "the prompt to be sent", |run| run.asked(tag) > 0);
    }

    /// A tool that is asked for and allowed, to its end.
    fn allow(&mut self, tag: &str, number: usize) {
        let job = self.allowed(tag, number);
        self.wait("the tool's end", |_| job.ended().is_some());
    }

    /// A tool that is asked for and allowed, once it runs.
    fn allowed(&mut self, tag: &str, number: usize) -> Job {
        let name = plan::job(tag, number);
        let job = Job::new(&self.agents.repo(), &name);
        self.jobs.push(name);
        let asks = self.cli.asks;
        self.wait("the call of the tool", |run| run.count("block", "tool", tag) >= number);
        self.dialog(asks);
        assert!(job.began().is_none(), "nobody was asked");
        self.answer(self.cli.yes, |_| job.began().is_some());
        job
    }

    /// Looks at an open dialog for long enough.
    fn dialog(&mut self, words: &str) {
        self.wait(&format!("{words:?} on the screen"), |run| run.shows(words));
        self.note(What::Drawn);
        self.hold(self.lasts);
    }

    /// A dialog's key, until it is taken.
    fn answer(&mut self, keys: Keys, taken: impl Fn(&Run) -> bool) {
        self.note(What::Answered);
        self.until_taken(keys, "the dialog to be answered", taken);
    }

    fn interrupt(&mut self, stopped: impl Fn(&Run) -> bool) {
        self.note(What::Interrupted);
        self.until_taken(self.cli.stop, "the interruption", stopped);
    }

    /// Until nothing goes on any more, and some time longer. `words` are the last that the program has to draw.
    fn rest(&mut self, words: &str) {
        loop {
            let busy =
                |run: &Run| run.open_requests() > 0 || run.jobs().any(|job| job.began().is_some() && !job.is_gone());
            self.wait("rest", |run| !busy(run));
            let drawn = wait_at_most(Duration::from_millis(DRAWS), || self.shows(words).then_some(()));
            if !words.is_empty() && drawn.is_some() {
                self.note(What::Drawn);
            }
            let asked = self.model.times().len();
            self.hold(self.lasts);
            if self.model.times().len() == asked && !busy(self) {
                return;
            }
        }
    }

    pub fn exit(&mut self) {
        let words = self.cli.exit;
        self.type_text(words);
        self.note(What::Quit);
        let pid = self.pid;
        self.until_taken(&["Enter"], "the end", |_| !proc::alive(pid));
        self.note(What::Gone);
        self.hold(self.lasts);
    }

    // -------------------------------------------------------------------------------------------- a person's hands

    /// Until the composer takes keys. How long a start goes on behind a composer that is there cannot be seen from
    /// outside, so it is left alone for a while before it counts as up.
    pub fn wait_up(&mut self) {
        let probe = "is anybody there";
        // A terminal that nobody has taken yet echoes what is typed: there must be something else as well.
        let is_echo = |run: &Run| squashed(&run.screen()).len() < 2 * probe.len();
        let taken = wait_at_most(PATIENCE, || {
            self.press_text(probe);
            let shown = wait_at_most(DROPPED, || (self.shows(probe) && !is_echo(self)).then_some(()));
            self.press(self.cli.clear);
            shown?;
            wait_at_most(DROPPED, || (!self.shows(probe)).then_some(()))
        });
        taken.unwrap_or_else(|| self.fail("a composer that takes keys"));
        self.hold(self.lasts);
        self.note(What::Up);
        self.rest("");
    }

    /// Types into the empty composer, until it stands there.
    fn type_text(&mut self, text: &str) {
        self.press(self.cli.clear);
        self.note(What::Typed);
        self.typed.clear();
        let shown = wait_at_most(PATIENCE, || {
            self.press_text(text);
            let shown = wait_at_most(DROPPED, || self.shows(text).then_some(()));
            if shown.is_none() {
                self.press(self.cli.clear);
            }
            shown
        });
        shown.unwrap_or_else(|| self.fail(&format!("{text:?} in the composer")));
        self.typed = text.into();
        // Some take an Enter that follows right behind for a part of a paste.
        self.hold(0.4);
    }

    fn clear(&mut self) {
        self.press(self.cli.clear);
        self.hold(0.4);
    }

    /// Keys, again as long as they show nothing.
    fn until_taken(&self, keys: Keys, what: &str, taken: impl Fn(&Run) -> bool) {
        let done = wait_at_most(PATIENCE, || {
            for (index, key) in keys.iter().enumerate() {
                // Two that come at once may be read as one.
                self.hold(if index > 0 { 0.2 } else { 0.0 });
                self.press_all(&[key.to_string()]);
            }
            wait_at_most(DROPPED, || taken(self).then_some(()))
        });
        done.unwrap_or_else(|| self.fail(what));
    }

    fn press_text(&self, text: &str) {
        let names: Vec<String> = text.chars().map(|c| if c == ' ' { "Space".into() } else { c.to_string() }).collect();
        self.press_all(&names);
    }

    fn press(&self, keys: Keys) {
        self.press_all(&keys.iter().map(ToString::to_string).collect::<Vec<_>>());
    }

    fn press_all(&self, keys: &[String]) {
        let path = format!("/terminals/{}/key", self.id);
        // One that is gone takes none any more.
        let _: Result<Value, _> = block_on(self.home.client().post(&path, &json!({ "keys": keys })));
    }

    // -------------------------------------------------------------------------------------------- what can be seen

    fn note(&mut self, what: What) {
        self.note_at(now(), what);
    }

    fn note_at(&mut self, at: Millis, what: What) {
        self.events.push(Event::new(at, what));
    }

    /// Waits until the status was looked at for so many seconds more.
    fn hold(&self, seconds: f64) {
        let Some(sampler) = &self.sampler else { return };
        let until = now() + (seconds * 1000.0) as Millis;
        self.wait("more looks at the status", |_| sampler.newest() >= until);
    }

    pub fn wait(&self, what: &str, condition: impl Fn(&Run) -> bool) {
        wait_at_most(PATIENCE, || condition(self).then_some(())).unwrap_or_else(|| self.fail(what));
    }

    #[track_caller]
    fn fail(&self, what: &str) -> ! {
        let (screen, last) = (self.screen(), self.model.times().split_off_last(6));
        panic!(
            "{}: waited in vain for: {what}\n{screen}\nthe model: {last:#?}\nkeys: {:#?}",
            self.cli.provider, self.events
        );
    }

    pub fn screen(&self) -> String {
        let output = self.home.api(&format!("/terminals/{}/output?mode=screen", self.id));
        output.map_or_else(String::new, |output| output["output"].as_str().unwrap_or_default().to_owned())
    }

    /// A window that shows this terminal alone, and gives it its size.
    pub fn attach(&mut self) {
        self.window = Some(self.home.outer().conductor(["attach", "--typing", &self.id]));
    }

    /// Gives it another size.
    pub fn resize(&self, columns: u16, rows: u16) {
        if let Some(window) = &self.window {
            window.resize(columns, rows);
        }
        self.wait("the size", |run| run.size() == (columns, rows));
    }

    pub fn name(&self) -> &'static str {
        self.cli.provider
    }

    /// Columns and rows of the terminal.
    pub fn size(&self) -> (u16, u16) {
        let terminal = self.home.terminal(&self.id);
        let number = |key: &str| terminal[key].as_u64().unwrap_or_default() as u16;
        (number("cols"), number("rows"))
    }

    /// What the screen alone comes to: the status, what is waited for, and every claim.
    pub fn screen_says(&self) -> (String, String, Value) {
        let report = self.home.api(&format!("/terminals/{}/status", self.id)).unwrap_or_default();
        let claims = report["claims"].clone();
        let all = claims.as_array().map(Vec::as_slice).unwrap_or_default();
        let screen = all.iter().find(|claim| claim["source"] == "screen");
        let text = |key: &str| screen.and_then(|claim| claim[key].as_str()).unwrap_or_default().to_owned();
        let status = text("status");
        (if status.is_empty() { "unknown".into() } else { status }, text("waiting_for"), claims)
    }

    /// Whether the words stand on the screen below what was typed last, wrapped or in a frame as they may be.
    fn shows(&self, words: &str) -> bool {
        let (screen, typed) = (squashed(&self.screen()), squashed(&self.typed));
        let above = screen.rfind(&typed).filter(|_| !typed.is_empty());
        let below = above.map_or(&*screen, |at| &screen[at + typed.len()..]);
        below.contains(&squashed(words))
    }

    /// The model's main requests about a turn.
    fn of(&self, tag: &str) -> (Vec<Value>, Vec<u64>) {
        let times = self.model.times();
        let is_of = |line: &&Value| {
            let user = line["user"].as_str().unwrap_or_default();
            plan::is_work(line) && has_word(user, tag)
        };
        let requests = times.iter().filter(is_of).filter_map(|line| line["request"].as_u64()).collect();
        (times, requests)
    }

    /// How often the model was asked about a turn.
    fn asked(&self, tag: &str) -> usize {
        self.of(tag).1.len()
    }

    /// Whether such a request is still being answered.
    fn is_asked(&self, tag: &str) -> bool {
        let (times, requests) = self.of(tag);
        requests.iter().any(|request| is_open(&times, *request))
    }

    /// So many blocks of a kind were sent in a turn.
    fn count(&self, event: &str, kind: &str, tag: &str) -> usize {
        let (times, requests) = self.of(tag);
        let fits = |line: &&Value| {
            let is_ours = line["request"].as_u64().is_some_and(|request| requests.contains(&request));
            is_ours && line["event"] == event && line["kind"] == kind
        };
        times.iter().filter(fits).count()
    }

    fn open_requests(&self) -> usize {
        let times = self.model.times();
        let asked = times.iter().filter(|line| plan::is_work(line));
        asked.filter_map(|line| line["request"].as_u64()).filter(|request| is_open(&times, *request)).count()
    }

    fn jobs(&self) -> impl Iterator<Item = Job> {
        self.jobs.iter().map(|name| Job::new(&self.agents.repo(), name))
    }

    fn outcome(mut self, setting: &Setting) -> Outcome {
        let looks = self.sampler.take().map(Sampler::end).unwrap_or_default();
        let mut events = self.events.clone();
        let times = self.model.times();
        events.extend(plan::told_by_model(&times, self.cli));
        for name in &self.jobs {
            let job = Job::new(&self.agents.repo(), name);
            events.extend(job.began().map(|at| Event::new(at, What::ToolBegan(name.clone()))));
            events.extend(job.ended().map(|at| Event::new(at, What::ToolEnded(name.clone()))));
        }
        events.sort_by_key(|event| event.at);
        let end = looks.last().map_or(0, |look| look.answered);
        let stretches = stretches(&events, end);
        let tally = Tally::of(&stretches, &looks);
        let name = format!("{} {}x{}", self.cli.provider, setting.columns, setting.rows);
        let log = self.home.log(&self.id);
        Outcome { name, tally, stretches, events, looks, log, times, size: (setting.columns, setting.rows) }
    }
}

/// Letters and digits alone: what frames, wraps and blanks leave.
fn squashed(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Whether `tag` is a whole word of `text`: `allow-1` is none of `allow-10`.
fn has_word(text: &str, tag: &str) -> bool {
    text.split(|c: char| !c.is_alphanumeric() && c != '-').any(|word| word == tag)
}

fn is_open(times: &[Value], request: u64) -> bool {
    let is_end = |line: &Value| matches!(line["event"].as_str(), Some("ended" | "failed" | "hung up"));
    !times.iter().any(|line| line["request"] == request && is_end(line))
}

/// Definitions that are not shipped yet, from the folder that CONDUCTOR_TEST_PROVIDERS names.
fn providers() -> Vec<(String, String)> {
    let Some(folder) = std::env::var_os("CONDUCTOR_TEST_PROVIDERS").map(PathBuf::from) else { return vec![] };
    let files = std::fs::read_dir(folder).unwrap().flatten();
    let read = |file: std::fs::DirEntry| {
        Some((file.file_name().to_string_lossy().into_owned(), std::fs::read_to_string(file.path()).ok()?))
    };
    files.filter_map(read).filter(|(name, _)| name.ends_with(".toml")).collect()
}

/// Whether the product knows this kind of agent.
pub fn is_known(cli: &Cli) -> bool {
    let file = format!("{}.toml", cli.provider);
    let shipped = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("profiles/providers").join(&file);
    shipped.exists() || providers().iter().any(|(name, _)| *name == file)
}

trait Last<T> {
    fn split_off_last(self, count: usize) -> Vec<T>;
}

impl<T> Last<T> for Vec<T> {
    fn split_off_last(mut self, count: usize) -> Vec<T> {
        self.split_off(self.len().saturating_sub(count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_wrapped_and_framed() {
        assert!(squashed("│ Allow execu- │\n│ tion of [Shell]? │").contains(&squashed("Allow execution of")));
        assert!(has_word("please do allow-1 for me", "allow-1"));
        assert!(!has_word("please do allow-12 for me", "allow-1"));
        assert!(!has_word("and then after-queue-7 too", "queue-7"));
    }
}
