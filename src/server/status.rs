//! What each agent does: the signals of its terminal, kept as they come, weighed whenever something may have changed
//! them, reported when the verdict is another. Called by the terminal's task and the parse workers, and by the service
//! that hears hooks. It must never look at a screen more often than a person could use, nor keep an idle server awake.

use crate::base::clock::{Millis, now_ms};
use crate::core::screen::{Notice, ProgramState, Progress};
use crate::core::status::{Claim, Front, Heard, Rule, Signals, Standing, Status, Verdict, Weighed};
use crate::core::world::{Event, Hooking};
use crate::providers::Definition;
use crate::pty::front;
use crate::server::app::{AgentFacts, App};
use crate::server::conversations::Why;
use crate::server::hub::lock;
use crate::server::terminal::Shared;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// After this long without output the screen has settled: longer than the pauses inside one redraw of the agent
/// CLIs measured, shorter than a person's glance.
pub const SETTLED: Duration = Duration::from_millis(120);
/// While output goes on a screen is looked at so often: a rule that holds is then seen to hold within a tenth of a
/// second, and a hundred agents that draw ten times a second cost a few per cent of a core.
const LOOKS: Duration = Duration::from_millis(90);
/// The same for programs that report: their looks only correct them, and show what a dialog asks.
const LOOKS_AT_REPORTERS: Duration = Duration::from_millis(450);
/// While output goes on, who has the terminal is looked at so often: a glance into `/proc`.
const FRONTS: Duration = Duration::from_secs(1);
/// A program that reports its state and has not begun to is ready by its looks only after so long without output:
/// Claude Code draws its composer before it asks the terminal whether to report. Without reports it is ready a second
/// late, and once.
const LOOKS_READY: Duration = Duration::from_secs(1);
/// Its first event comes within seconds of its first turn, or never: a command has to be started for it.
const FIRST_EVENT: Duration = Duration::from_secs(5);
/// Events of hooks that are kept for explanations: some turns.
const TOLD: usize = 100;
/// Who is said to work and prints nothing is looked at so often: a stopped process announces nothing.
const STILL_AT_WORK: Duration = Duration::from_secs(5);

/// What is known of one terminal.
#[derive(Default)]
pub struct Facts {
    signals: Signals,
    /// Something new that was not weighed yet, because there is more to read.
    is_news: bool,
    looked_at: Option<Instant>,
    fronted_at: Option<Instant>,
    /// Something happened that may have changed the conversation; looked at when the screen has settled.
    wants_look: bool,
    /// Where its output was when it last settled: what came since may be in its files as well.
    settled_at: u64,
    last: Option<Verdict>,
    /// When it was first seen at work in this run.
    worked_at: Option<Instant>,
    /// What its hooks have told, the newest first, and in a line each.
    told: VecDeque<(Heard, String)>,
    /// The edition of the providers that the signals were read by.
    edition: u64,
}

impl Facts {
    /// `report`: what the program was last known to have reported.
    pub fn resumed(report: Option<Claim>, title: String) -> Facts {
        let mut facts = Facts::default();
        facts.signals.resume(report, title);
        facts
    }

    /// The next verdict is told whatever the last one was.
    pub fn forget(&mut self) {
        self.last = None;
    }

    /// Takes what a hook has told; `line` is for explanations.
    pub fn hear(&mut self, heard: &Heard, line: String) {
        self.signals.heard(heard);
        (self.is_news, self.wants_look) = (true, true);
        self.told.truncate(TOLD - 1);
        self.told.push_front((heard.clone(), line));
    }

    /// What hooks have told, the newest first.
    pub fn told(&self) -> Vec<String> {
        self.told.iter().map(|(_, line)| line.clone()).collect()
    }

    /// The same as it was understood, the oldest first.
    pub fn heard(&self) -> Vec<Heard> {
        self.told.iter().rev().map(|(heard, _)| heard.clone()).collect()
    }

    /// Whether its hooks have kept silent although it has worked.
    fn is_silent(&mut self, agent: &AgentFacts, status: Status) -> bool {
        if agent.hooks != Hooking::Expected || self.signals.heard_at().is_some() {
            return false;
        }
        match status {
            Status::Running => self.worked_at.get_or_insert_with(Instant::now).elapsed() >= FIRST_EVENT,
            _ => self.worked_at.is_some_and(|at| at.elapsed() >= FIRST_EVENT),
        }
    }
}

/// Takes what a slice of output has told.
pub struct Told<'a> {
    app: &'a App,
    shared: &'a Shared,
    definition: Option<Arc<Definition>>,
}

impl<'a> Told<'a> {
    pub fn new(app: &'a App, shared: &'a Shared) -> Told<'a> {
        Told { app, shared, definition: None }
    }

    pub fn take(&mut self, notice: &Notice) {
        let shared = self.shared;
        let Some(definition) = self.definition() else { return };
        let (rules, now) = (definition.rules.as_slice(), now_ms());
        let mut facts = lock(&shared.facts);
        match notice {
            Notice::Title(title) => facts.titled(title, rules, now),
            Notice::Progress(progress) => facts.progressed(*progress, rules, now),
            Notice::Program(state) if definition.reports_status => facts.reported(state, rules, now),
            Notice::WillReport if definition.reports_status => facts.signals.will_report(now),
            _ => {}
        }
    }

    /// After how long it is time to weigh: at once where something was told, or the last look is long ago.
    pub fn due_in(&self) -> Duration {
        let mut facts = lock(&self.shared.facts);
        let pause = if facts.signals.has_reported() { LOOKS_AT_REPORTERS } else { LOOKS };
        let left = facts.looked_at.map_or(Duration::ZERO, |at| pause.saturating_sub(at.elapsed()));
        if std::mem::take(&mut facts.is_news) { Duration::ZERO } else { left }
    }

    /// Whether what is on its screen says anything.
    pub fn has_looks(&mut self) -> bool {
        self.definition().is_some_and(|definition| definition.has_looks())
    }

    fn definition(&mut self) -> Option<&Arc<Definition>> {
        if self.definition.is_none() {
            let provider = self.app.facts_of(self.shared.id).map(|agent| agent.provider);
            self.definition = provider.and_then(|name| self.app.catalog.get(&name));
        }
        self.definition.as_ref()
    }
}

impl Facts {
    fn titled(&mut self, title: &str, rules: &[Rule], now: Millis) {
        self.signals.titled(title, rules, now);
        self.is_news = true;
    }

    fn progressed(&mut self, progress: Progress, rules: &[Rule], now: Millis) {
        self.signals.progressed(progress, rules, now);
        self.is_news = true;
    }

    fn reported(&mut self, state: &ProgramState, rules: &[Rule], now: Millis) {
        self.signals.reported(state, rules, now);
        (self.is_news, self.wants_look) = (true, true);
    }

    /// Looks at the screen and at who has the terminal. Returns when the screen is to be looked at again.
    fn look(&mut self, agent: &AgentFacts, definition: &Definition, seen: &Seen, now: Millis) -> Option<Millis> {
        if self.fronted_at.is_none_or(|at| at.elapsed() >= FRONTS) || seen.quiet >= SETTLED || definition.is_shell {
            self.fronted_at = Some(Instant::now());
            self.signals.has_front(front_of(agent, definition));
        }
        self.looked_at = Some(Instant::now());
        // Half a picture says nothing.
        let text = seen.text.as_deref().filter(|_| !seen.is_half)?;
        self.signals.looked(text, millis(seen.quiet), &definition.rules, now)
    }
}

/// The screen at one moment.
struct Seen {
    text: Option<String>,
    is_half: bool,
    offset: u64,
    quiet: Duration,
}

impl Seen {
    fn of(shared: &Shared, definition: &Definition, quiet: Duration) -> Seen {
        let pane = lock(&shared.pane);
        Seen {
            text: definition.has_looks().then(|| pane.screen.text()),
            is_half: pane.screen.synchronized(),
            offset: pane.screen.offset(),
            quiet,
        }
    }
}

/// Weighs the evidence and reports a change. `quiet`: nothing was printed for so long; the screen has settled when that
/// is [`SETTLED`] or more. Returns after how long another look may say more although nothing is printed.
pub fn judge_now(app: &App, shared: &Shared, quiet: Duration) -> Option<Duration> {
    let agent = app.facts_of(shared.id)?;
    let definition = app.catalog.get(&agent.provider)?;
    let seen = Seen::of(shared, &definition, quiet);
    let now = now_ms();
    let mut facts = lock(&shared.facts);
    let edition = app.catalog.edition();
    if std::mem::replace(&mut facts.edition, edition) != edition {
        facts.signals.reread(&definition.rules, now);
    }
    let look_again = facts.look(&agent, &definition, &seen, now);
    let weighed = weigh(&facts.signals, &agent, &definition, &seen, now);
    facts.signals.overrule(&weighed);
    let mut next = [look_again, weighed.next].into_iter().flatten().map(|at| at.saturating_sub(now).max(1)).min();
    let settled = quiet >= SETTLED;
    if settled && may_report_yet(&facts.signals, &agent, &definition) && quiet < LOOKS_READY {
        next = Some(next.unwrap_or(u64::MAX).min(millis(LOOKS_READY.saturating_sub(quiet)).max(1)));
    }
    let verdict = weighed.verdict;
    // Between two settled screens a weak "unknown" is no news: the strong sources said nothing.
    if !settled && verdict.status == Status::Unknown && weighed.chosen.is_none() {
        return next.map(Duration::from_millis);
    }
    if verdict.status == Status::Running && settled {
        next = Some(next.unwrap_or(u64::MAX).min(millis(STILL_AT_WORK)));
    }
    if facts.is_silent(&agent, verdict.status) {
        app.tell(Event::Hooks { id: shared.id, run: agent.run, hooks: Hooking::Silent });
    }
    if facts.last.as_ref() != Some(&verdict) {
        let is_another = facts.last.as_ref().is_none_or(|last| last.status != verdict.status);
        facts.wants_look |= is_another;
        if is_another && verdict.status == Status::Running && definition.is_worth_a_look() {
            app.lookout.want(shared.id, Why::TurnBegan);
        }
        facts.last = Some(verdict.clone());
        app.tell(Event::Judged { id: shared.id, verdict });
    }
    if settled && std::mem::take(&mut facts.wants_look) && definition.is_worth_a_look() {
        app.lookout.want(shared.id, Why::Settled);
    }
    // A quick turn may be over before anybody sees it, and a CLI writes some lines late.
    let has_printed = settled && std::mem::replace(&mut facts.settled_at, seen.offset) != seen.offset;
    if has_printed && definition.usage.is_some() {
        app.lookout.printed(shared.id);
    }
    next.map(Duration::from_millis)
}

/// The evidence as it is now, and what it comes to: for explanations. Changes nothing.
pub fn explained(app: &App, shared: &Shared) -> Option<(Weighed, Signals, Arc<Definition>, String)> {
    let agent = app.facts_of(shared.id)?;
    let definition = app.catalog.get(&agent.provider)?;
    let text = lock(&shared.pane).screen.text();
    let signals = lock(&shared.facts).signals.clone();
    let seen = Seen { text: Some(text.clone()), is_half: false, offset: 1, quiet: LOOKS_READY };
    let weighed = weigh(&signals, &agent, &definition, &seen, now_ms());
    Some((weighed, signals, definition, text))
}

fn weigh(signals: &Signals, agent: &AgentFacts, definition: &Definition, seen: &Seen, now: Millis) -> Weighed {
    let standing = Standing {
        has_output: seen.offset > 0,
        is_shell: definition.is_shell,
        may_report_yet: may_report_yet(signals, agent, definition) && seen.quiet < LOOKS_READY,
        screen: seen.text.as_deref(),
    };
    signals.weigh(standing, &definition.rules, now)
}

fn may_report_yet(signals: &Signals, agent: &AgentFacts, definition: &Definition) -> bool {
    definition.reports_status && !agent.has_begun && !signals.has_reported()
}

fn front_of(agent: &AgentFacts, definition: &Definition) -> Front {
    let Some(seen) = agent.pid.and_then(front::of) else {
        // A shell that cannot be seen at its prompt is not idle.
        return if definition.is_shell { Front::Program } else { Front::Unknown };
    };
    match seen {
        front::Seen::Stopped => Front::Stopped,
        front::Seen::IdleShell => Front::Shell,
        // A shell of ours that was started without a command line is idle whenever it has its terminal.
        front::Seen::Itself if definition.is_shell && !agent.is_custom => Front::Shell,
        front::Seen::Itself | front::Seen::Program if definition.is_shell => Front::Program,
        front::Seen::Itself | front::Seen::Program => Front::Unknown,
    }
}

fn millis(duration: Duration) -> Millis {
    u64::try_from(duration.as_millis()).unwrap_or(Millis::MAX)
}
