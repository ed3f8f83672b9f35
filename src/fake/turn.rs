//! One turn of a script: its steps one after the other, its dialogs and its hooks. Part of the machine, which calls it
//! whenever something has happened.

use crate::fake::hooks::{About, Verdict, verdict};
use crate::fake::machine::{Effect, Ended, Machine, Outcome, Phase};
use crate::fake::report::State;
use crate::fake::scene::{Dialog, Entry, Mood};
use crate::fake::script::{Quote, Step};
use crate::fake::style::Event;

/// What is said to a prompt that no turn begins with.
const NO_TURN: &str = "(no turn of the script begins with this)";

pub(super) struct Turn {
    pub(super) began: u64,
    pub(super) prompt: String,
    pub(super) doing: Doing,
    steps: Vec<Step>,
    at: usize,
    answer: String,
    output: String,
}

pub(super) enum Doing {
    Next,
    Wait {
        until: u64,
    },
    Say {
        text: String,
        began: u64,
        over: u64,
    },
    /// Hooks that may decide about a command.
    Hooks {
        stage: Event,
        pending: Vec<u32>,
        verdict: Verdict,
        call: Call,
    },
    /// `hooks`: those that may answer it while it is open.
    Approve {
        dialog: Dialog,
        hooks: Vec<u32>,
    },
    Ask {
        dialog: Dialog,
    },
    Run {
        job: u32,
    },
    Retry {
        attempt: u32,
        of: u32,
        every: u64,
        until: u64,
    },
    Hang,
}

/// A command that is to be run.
#[derive(Clone)]
pub(super) struct Call {
    command: String,
    reason: Option<String>,
    /// Empty: it is not asked about.
    choices: Vec<String>,
}

impl Turn {
    pub(super) fn deadline(&self) -> Option<u64> {
        match &self.doing {
            Doing::Wait { until } | Doing::Retry { until, .. } => Some(*until),
            Doing::Say { began, over, .. } => Some(began + over),
            _ => None,
        }
    }

    pub(super) fn dialog_mut(&mut self) -> Option<&mut Dialog> {
        match &mut self.doing {
            Doing::Approve { dialog, .. } | Doing::Ask { dialog } => Some(dialog),
            _ => None,
        }
    }

    pub(super) fn mood(&self) -> Mood<'_> {
        match &self.doing {
            Doing::Approve { dialog, .. } => Mood::Approval(dialog),
            Doing::Ask { dialog } => Mood::Question(dialog),
            Doing::Retry { attempt, of, .. } => Mood::Working { retry: Some((*attempt, *of)) },
            _ => Mood::Working { retry: None },
        }
    }

    pub(super) fn state(&self) -> State {
        match &self.doing {
            Doing::Approve { dialog, .. } => State::Permission(format!("approve Bash: {}", dialog.about)),
            Doing::Ask { dialog } => State::Question(dialog.about.clone()),
            Doing::Run { .. } => State::Working(Some("Running a command".into())),
            _ => State::Working(None),
        }
    }

    /// `{prompt}`, `{answer}` and `{output}` filled in.
    fn filled(&self, text: &str) -> String {
        let text = text.replace("{prompt}", &self.prompt).replace("{answer}", &self.answer);
        text.replace("{output}", self.output.trim_end())
    }
}

impl Machine {
    pub(super) fn start_turn(&mut self, shown: String, text: &str, now: u64) {
        self.entries.push(Entry::Prompt(shown));
        self.fire(Event::Prompt, Some(About { prompt: Some(text), ..About::default() }), now);
        let found = self.script.turns.iter().find(|turn| turn.prompt.is_match(text));
        let nothing = || vec![Step::Say { text: NO_TURN.into(), over: 0 }];
        self.phase = Phase::Turn(Turn {
            began: now,
            prompt: text.to_owned(),
            doing: Doing::Next,
            steps: found.map_or_else(nothing, |turn| turn.steps.clone()),
            at: 0,
            answer: String::new(),
            output: String::new(),
        });
    }

    /// Everything that is due.
    pub(super) fn advance(&mut self, now: u64) {
        loop {
            let Phase::Turn(turn) = &mut self.phase else {
                if self.next_of_queue(now) {
                    continue;
                }
                return;
            };
            match &mut turn.doing {
                Doing::Next => match turn.steps.get(turn.at).cloned() {
                    Some(step) => {
                        turn.at += 1;
                        self.begin_step(step, now);
                    }
                    None => self.finish(now),
                },
                Doing::Wait { until } if now >= *until => turn.doing = Doing::Next,
                Doing::Say { text, began, over } => {
                    let is_whole = now >= *began + *over;
                    let said = if is_whole { text.clone() } else { part(text, now - *began, *over) };
                    if is_whole {
                        turn.doing = Doing::Next;
                    }
                    if let Some(Entry::Said { text, is_whole: is }) = self.entries.last_mut() {
                        (*text, *is) = (said, is_whole);
                    }
                    if !is_whole {
                        return;
                    }
                }
                Doing::Retry { attempt, of, every, until } if now >= *until => match attempt < of {
                    true => (*attempt, *until) = (*attempt + 1, *until + *every),
                    false => turn.doing = Doing::Next,
                },
                _ => return,
            }
        }
    }

    fn begin_step(&mut self, step: Step, now: u64) {
        let Phase::Turn(turn) = &mut self.phase else { return };
        match step {
            Step::Think(ms) => turn.doing = Doing::Wait { until: now + ms },
            Step::Say { text, over } => {
                turn.doing = Doing::Say { text: turn.filled(&text), began: now, over };
                self.entries.push(Entry::Said { text: String::new(), is_whole: false });
            }
            Step::Run(command) => {
                let command = turn.filled(&command);
                self.before_tool(Call { command, reason: None, choices: Vec::new() }, now);
            }
            Step::Approve { command, reason, mut choices } => {
                let command = turn.filled(&command);
                if choices.is_empty() {
                    choices = self.look.approval_choices(&command, &self.place);
                }
                self.before_tool(Call { command, reason, choices }, now);
            }
            Step::Ask { question, choices } => {
                let question = turn.filled(&question);
                let dialog = self.dialog(question, None, choices, now);
                self.now(Doing::Ask { dialog });
            }
            Step::Fail(message) => {
                let message = turn.filled(&message);
                self.entries.push(Entry::Failed(message.clone()));
                self.phase = Phase::Idle(Outcome::Failed(message));
            }
            Step::Retry { times, every } if times > 0 => {
                turn.doing = Doing::Retry { attempt: 1, of: times, every, until: now + every };
            }
            Step::Retry { .. } => {}
            Step::Print(bytes) => self.out.extend(bytes),
            Step::Exit(code) => self.leave(code),
            Step::Hang => turn.doing = Doing::Hang,
            Step::Die => {
                turn.doing = Doing::Hang;
                self.effects.push(Effect::Die);
            }
            Step::Quote(quote) => {
                let text = self.quoted(quote, now);
                self.entries.push(Entry::Said { text, is_whole: true });
            }
        }
    }

    fn now(&mut self, doing: Doing) {
        if let Phase::Turn(turn) = &mut self.phase {
            turn.doing = doing;
        }
    }

    fn finish(&mut self, now: u64) {
        let Phase::Turn(turn) = &self.phase else { return };
        self.entries.push(Entry::Done { seconds: (now - turn.began) / 1000 });
        self.phase = Phase::Idle(Outcome::Done);
        let said =
            self.entries.iter().rev().find_map(|e| if let Entry::Said { text, .. } = e { Some(text) } else { None });
        let message = said.cloned();
        self.fire(Event::Stop, Some(About { message: message.as_deref(), ..About::default() }), now);
    }

    fn before_tool(&mut self, call: Call, now: u64) {
        self.entries.push(Entry::Ran { command: call.command.clone(), output: String::new(), code: None });
        self.at_stage(Event::BeforeTool, call, now);
    }

    /// Asks the hooks of a stage, or goes on at once where there are none.
    fn at_stage(&mut self, stage: Event, call: Call, now: u64) {
        let command = call.command.clone();
        let pending = self.fire(stage, Some(About { command: Some(&command), ..About::default() }), now);
        if stage == Event::Permission && self.look.hook_beside_dialog() {
            return self.open_approval(call, pending, now);
        }
        match pending.is_empty() {
            true => self.decided(stage, &Verdict::None, call, now),
            false => self.now(Doing::Hooks { stage, pending, verdict: Verdict::None, call }),
        }
    }

    fn decided(&mut self, stage: Event, verdict: &Verdict, mut call: Call, now: u64) {
        match (stage, verdict) {
            (_, Verdict::Deny(reason)) => self.block(reason.clone()),
            (_, Verdict::Allow) => self.run_call(call.command),
            (Event::BeforeTool, Verdict::Ask) => {
                if call.choices.is_empty() {
                    call.choices = self.look.approval_choices(&call.command, &self.place);
                }
                self.open_approval(call, Vec::new(), now);
            }
            (Event::BeforeTool, _) if call.choices.is_empty() => self.run_call(call.command),
            (Event::BeforeTool, _) => self.at_stage(Event::Permission, call, now),
            _ => self.open_approval(call, Vec::new(), now),
        }
    }

    fn open_approval(&mut self, call: Call, hooks: Vec<u32>, now: u64) {
        let dialog = self.dialog(call.command, call.reason, call.choices, now);
        self.now(Doing::Approve { dialog, hooks });
    }

    fn run_call(&mut self, command: String) {
        let job = self.start(command, None);
        self.now(Doing::Run { job });
    }

    /// A hook said no: the agent learns why and goes on.
    fn block(&mut self, reason: String) {
        if let Some(Entry::Ran { command, .. }) = self.entries.last() {
            let command = command.clone();
            self.entries.pop();
            self.entries.push(Entry::Blocked { command, reason });
        }
        self.now(Doing::Next);
    }

    /// A person said no: the turn is over.
    pub(super) fn deny(&mut self) {
        match (&self.phase, self.entries.last()) {
            (Phase::Turn(Turn { doing: Doing::Approve { .. }, .. }), Some(Entry::Ran { command, .. })) => {
                let command = command.clone();
                self.entries.pop();
                self.entries.push(Entry::Denied(command));
                self.queue.clear();
                self.phase = Phase::Idle(Outcome::Interrupted);
            }
            _ => self.interrupt(),
        }
    }

    /// A choice of an open dialog of this turn.
    pub(super) fn chosen(&mut self, index: usize) {
        let Phase::Turn(turn) = &mut self.phase else { return };
        match &turn.doing {
            Doing::Approve { dialog, .. } if index + 1 == dialog.choices.len() => self.deny(),
            Doing::Approve { dialog, .. } => {
                let command = dialog.about.clone();
                self.run_call(command);
            }
            Doing::Ask { dialog } => {
                let (question, answer) = (dialog.about.clone(), dialog.choices[index].clone());
                turn.answer.clone_from(&answer);
                turn.doing = Doing::Next;
                self.entries.push(Entry::Answered { question, answer });
            }
            _ => {}
        }
    }

    /// A command or a hook has ended; one that nobody waits for any more means nothing.
    pub(super) fn job_ended(&mut self, job: u32, end: &Ended, now: u64) {
        let Phase::Turn(turn) = &mut self.phase else { return };
        let said = || verdict(end.code, &end.stdout, &end.stderr);
        match &mut turn.doing {
            Doing::Run { job: running } if *running == job => {
                let all = format!("{}{}", end.stdout, end.stderr);
                turn.output.clone_from(&all);
                turn.doing = Doing::Next;
                let mut ran = String::new();
                if let Some(Entry::Ran { command, output, code }) = self.entries.last_mut() {
                    (*output, *code) = (all.clone(), Some(end.code.unwrap_or(-1)));
                    ran.clone_from(command);
                }
                let about = About { command: Some(&ran), output: Some(&all), ..About::default() };
                self.fire(Event::AfterTool, Some(about), now);
            }
            Doing::Hooks { stage, pending, verdict, call } if pending.contains(&job) => {
                pending.retain(|p| *p != job);
                // The strictest of several counts.
                *verdict = match (std::mem::replace(verdict, Verdict::None), said()) {
                    (Verdict::Deny(reason), _) | (_, Verdict::Deny(reason)) => Verdict::Deny(reason),
                    (Verdict::Ask, _) | (_, Verdict::Ask) => Verdict::Ask,
                    (Verdict::Allow, _) | (_, Verdict::Allow) => Verdict::Allow,
                    _ => Verdict::None,
                };
                if pending.is_empty() {
                    let (stage, verdict, call) = (*stage, verdict.clone(), call.clone());
                    self.decided(stage, &verdict, call, now);
                }
            }
            Doing::Approve { dialog, hooks } if hooks.contains(&job) => {
                hooks.retain(|h| *h != job);
                let command = dialog.about.clone();
                match said() {
                    Verdict::Allow => self.run_call(command),
                    Verdict::Deny(reason) => self.block(reason),
                    Verdict::Ask | Verdict::None => {}
                }
            }
            _ => {}
        }
    }

    /// What a state of its own looks like, as text.
    fn quoted(&mut self, quote: Quote, now: u64) -> String {
        let choices = |words: &[&str]| words.iter().map(ToString::to_string).collect();
        let doing = match quote {
            Quote::Approval => {
                let choices = self.look.approval_choices("make deploy", &self.place);
                let dialog = Dialog { about: "make deploy".into(), reason: None, choices, chosen: 0 };
                Doing::Approve { dialog, hooks: Vec::new() }
            }
            Quote::Question => {
                let choices = choices(&["This one", "That one"]);
                Doing::Ask { dialog: Dialog { about: "Which one?".into(), reason: None, choices, chosen: 0 } }
            }
            Quote::Working | Quote::Composer => Doing::Next,
        };
        let Phase::Turn(turn) = &mut self.phase else { return String::new() };
        turn.doing = doing;
        let scene = self.scene(now);
        let scene =
            crate::fake::scene::Scene { mood: if quote == Quote::Composer { Mood::Idle } else { scene.mood }, ..scene };
        let rows: Vec<String> =
            self.look.live(&scene).lines.iter().map(|line| line.text().trim_end().to_owned()).collect();
        self.now(Doing::Next);
        rows.join("\n").trim_matches('\n').to_owned()
    }
}

/// What of `text` has been said after `passed` of `over` milliseconds.
fn part(text: &str, passed: u64, over: u64) -> String {
    let all = text.chars().count() as u64;
    let count = usize::try_from(all * passed / over.max(1)).unwrap_or(usize::MAX);
    text.chars().take(count).collect()
}
