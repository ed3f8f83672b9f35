//! Everything that one terminal's program has said and shown of what it does, with times: its hooks, its own reports, its
//! title and progress, who has the terminal, and what its screen has looked like long enough. Kept by whoever follows a
//! terminal; weighed by [`Signals::weigh`].
//!
//! # Invariant
//! A function of what was told and of the times it was told with. A subagent never speaks for its parent.

use crate::base::clock::Millis;
use crate::core::screen::{ProgramState, Progress};
use crate::core::status::weigh::LATER;
use crate::core::status::{Claim, Origin, Rule, Source, Status, WaitingFor, Weighed, of_report};

/// A screen on which no rule finds anything any more keeps its last claim so long while it goes on changing: the pause
/// between clearing a dialog and drawing it anew, on a busy machine.
const FADES_MS: Millis = 400;
/// A first report comes within half a second of its announcement, on a busy machine within some.
const REPORTS_WITHIN: Millis = 5_000;
/// Subagents that are remembered: more than run side by side.
const CHILDREN: usize = 32;
/// What was not believed is remembered for explanations, so many.
const REFUSED: usize = 8;

/// Who has the terminal, as far as that is known.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Front {
    #[default]
    Unknown,
    /// A shell that waits for a command line.
    Shell,
    /// A program that a shell has started.
    Program,
    /// The program is stopped, as by SIGSTOP.
    Stopped,
}

/// An event that a hook has told.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Heard {
    pub event: String,
    /// When it happened: the start of the command that tells it.
    pub at: Millis,
    /// What it means for the status; `None`: nothing.
    pub means: Option<(Status, Option<WaitingFor>)>,
    pub detail: Option<String>,
    /// Something within a turn, as the end of a tool: it does not say that a dialog is gone, which may be another tool's.
    pub is_within: bool,
    /// It speaks of this subagent only.
    pub child: Option<String>,
    /// The program has ended its session: what its hooks said is over.
    pub ends: bool,
}

/// What the screen has looked like, and since when.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Look {
    claim: Option<Claim>,
    since: Millis,
}

#[derive(Clone, Debug, Default)]
pub struct Signals {
    pub(super) hook: Option<Claim>,
    pub(super) report: Option<Claim>,
    pub(super) title: Option<Claim>,
    pub(super) progress: Option<Claim>,
    pub(super) screen: Option<Claim>,
    pub(super) front: Front,
    /// What the hook said last has been seen on the screen as well: the screen can see it go.
    pub(super) is_hook_seen: bool,
    /// When the program has announced reports.
    will_report: Option<Millis>,
    is_reported: bool,
    title_text: String,
    progress_text: Option<String>,
    report_message: String,
    look: Option<Look>,
    /// Its screen has once been that of a composer that takes messages.
    has_taken: bool,
    /// The event of hooks that happened last.
    heard: Option<Millis>,
    children: Vec<String>,
    refused: Vec<(Claim, &'static str)>,
}

impl Signals {
    /// What was last known before a server's start.
    pub fn resume(&mut self, said: Option<Claim>, title: String) {
        self.title_text = title;
        match said {
            Some(claim) if claim.origin == Origin::Hook => self.hook = Some(claim),
            report => {
                self.is_reported = report.is_some();
                self.report = report;
            }
        }
    }

    /// An agent is started anew: what the one before said is over.
    pub fn restart(&mut self) {
        *self = Signals::default();
    }

    pub fn title(&self) -> &str {
        &self.title_text
    }

    /// When a hook has told something last.
    pub fn heard_at(&self) -> Option<Millis> {
        self.heard
    }

    pub fn has_reported(&self) -> bool {
        self.is_reported
    }

    /// Its first report is still to come: until then its looks cannot say that it has finished or failed. One that was
    /// announced and does not come (the answer to its question came too late for it) is waited for until then.
    pub fn owes_report(&self, now: Millis) -> Option<Millis> {
        let until = self.will_report.filter(|_| !self.is_reported)? + REPORTS_WITHIN;
        (now < until).then_some(until)
    }

    /// Subagents that are at work, by the program's own word.
    pub fn children(&self) -> &[String] {
        &self.children
    }

    pub(super) fn refused(&self) -> &[(Claim, &'static str)] {
        &self.refused
    }

    pub fn will_report(&mut self, now: Millis) {
        self.will_report = Some(now);
    }

    pub fn has_front(&mut self, front: Front) {
        self.front = front;
    }

    pub fn titled(&mut self, title: &str, rules: &[Rule], now: Millis) {
        title.clone_into(&mut self.title_text);
        let found = find(rules, Source::Title, title, now);
        self.title = carried(found, self.title.take(), now);
    }

    pub fn progressed(&mut self, progress: Progress, rules: &[Rule], now: Millis) {
        let text = progress.words();
        let found = find(rules, Source::Progress, &text, now);
        self.progress = carried(found, self.progress.take(), now);
        self.progress_text = Some(text);
    }

    pub fn reported(&mut self, state: &ProgramState, rules: &[Rule], now: Millis) {
        if let Some(child) = &state.id {
            self.child(child, state.state.is_at_work());
            return;
        }
        let before = self.report.take();
        self.report = of_report(state, now);
        self.is_reported |= self.report.is_some();
        self.report_message = state.message.clone().unwrap_or_default();
        self.refine_report(rules);
        if let (Some(claim), Some(before)) = (&mut self.report, before)
            && before.agrees(claim)
            && before.waiting_for == claim.waiting_for
        {
            // The same once more, with other words, is no news of the status.
            claim.since = before.since;
        }
    }

    /// What a report is about, by the rules on its message.
    fn refine_report(&mut self, rules: &[Rule]) {
        let Some(claim) = &mut self.report else { return };
        let of_status = |rule: &&Rule| {
            rule.text.source == Source::Report && rule.text.of.unwrap_or(rule.text.status) == claim.status
        };
        if let Some(rule) = rules.iter().filter(of_status).find(|rule| rule.find(&self.report_message).is_some()) {
            (claim.status, claim.waiting_for) = (rule.text.status, rule.text.waiting_for);
        }
    }

    /// A subagent has begun or ended.
    fn child(&mut self, id: &str, is_at_work: bool) {
        self.children.retain(|known| known != id);
        if is_at_work && self.children.len() < CHILDREN {
            self.children.push(id.to_owned());
        }
    }

    /// An event told by a hook. Told twice it is one; told late, it changes nothing that happened after it.
    pub fn heard(&mut self, heard: &Heard) {
        let claim = heard.means.map(|(status, waiting_for)| Claim {
            origin: Origin::Hook,
            status,
            waiting_for,
            detail: heard.detail.clone(),
            why: format!("{}{}", Claim::HOOK, heard.event),
            rule: None,
            since: heard.at,
            until: None,
        });
        if let Some(child) = &heard.child {
            self.refuse(claim, "it speaks of a subagent");
            self.child(child, !heard.ends);
            return;
        }
        if self.heard.is_some_and(|last| heard.at < last) {
            return self.refuse(claim, "it came late: a later event is known");
        }
        self.heard = Some(heard.at);
        if heard.ends {
            self.hook = None;
            return;
        }
        let Some(mut claim) = claim else { return };
        match &self.hook {
            Some(before) if heard.is_within && before.status == Status::Waiting => {
                return self.refuse(Some(claim), "a dialog may still be open: it tells of a tool");
            }
            Some(before) if heard.is_within && before.agrees(&claim) => claim.since = before.since,
            _ => {}
        }
        if let Some(before) = self.hook.as_ref().filter(|before| claim.detail.is_none() && before.agrees(&claim)) {
            // Said once more without words: it is still about the same.
            claim.detail.clone_from(&before.detail);
        }
        self.is_hook_seen &= self.hook.as_ref().is_some_and(|before| before.agrees(&claim));
        self.hook = Some(claim);
        self.see_hook();
    }

    /// What a hook told was overruled by something that lasted: it is over, and does not come back when the screen flickers.
    pub fn overrule(&mut self, weighed: &Weighed) {
        let is_other =
            weighed.chosen.as_ref().is_some_and(|chosen| !matches!(chosen.origin, Origin::Hook | Origin::Process));
        let hook =
            self.hook.as_ref().filter(|hook| is_other && matches!(hook.status, Status::Running | Status::Waiting));
        let is_put_aside = |(claim, why): &(Claim, &'static str)| Some(claim) == hook && *why == LATER;
        if hook.is_some() && weighed.others.iter().any(is_put_aside) {
            let hook = self.hook.take();
            self.is_hook_seen = false;
            self.refuse(hook, "it is over: something later said otherwise");
        }
    }

    fn see_hook(&mut self) {
        let agrees = |hook: &Claim| self.screen.as_ref().is_some_and(|screen| screen.agrees(hook));
        self.is_hook_seen |= self.hook.as_ref().is_some_and(agrees);
    }

    fn refuse(&mut self, claim: Option<Claim>, why: &'static str) {
        if let Some(claim) = claim {
            self.refused.truncate(REFUSED - 1);
            self.refused.insert(0, (claim, why));
        }
    }

    /// Looks at the screen. `quiet`: for how long nothing was printed. Returns when another look may say more, although
    /// nothing is printed until then.
    pub fn looked(&mut self, text: &str, quiet: Millis, rules: &[Rule], now: Millis) -> Option<Millis> {
        let found = find(rules, Source::Screen, text, now);
        let is_same = |look: &Look| match (&look.claim, &found) {
            (Some(a), Some(b)) => a.rule == b.rule && a.status == b.status,
            (None, None) => true,
            _ => false,
        };
        let since = match self.look.take().filter(is_same) {
            Some(look) => look.since,
            // What has not changed while nothing was printed looked so before it was looked at.
            None => now.saturating_sub(quiet),
        };
        let settle = found
            .as_ref()
            .and_then(|claim| Some(rules.get(claim.rule?)?.settle_ms(!self.has_taken)))
            .unwrap_or(FADES_MS);
        // Nothing that says anything, and nothing that moves: what was is over at once.
        let settle = if found.is_none() && quiet >= FADES_MS / 4 { 0 } else { settle };
        let is_settled = now.saturating_sub(since) >= settle;
        if is_settled {
            self.screen = found.as_ref().filter(|c| c.status != Status::Unknown).map(|claim| {
                let before = self.screen.as_ref().filter(|b| b.agrees(claim) && b.waiting_for == claim.waiting_for);
                Claim { since: before.map_or(since, |b| b.since), ..claim.clone() }
            });
        }
        self.see_hook();
        self.has_taken |= self.screen.as_ref().is_some_and(|claim| claim.status == Status::Ready);
        self.look = Some(Look { claim: found, since });
        (!is_settled).then_some(since + settle)
    }

    /// The rules have changed: what is known is read anew by them.
    pub fn reread(&mut self, rules: &[Rule], now: Millis) {
        self.title = find(rules, Source::Title, &self.title_text, now);
        self.progress = self.progress_text.as_ref().and_then(|text| find(rules, Source::Progress, text, now));
        (self.screen, self.look) = (None, None);
        self.refine_report(rules);
    }

    /// For recordings, which have no times: what turned at their end turns.
    pub(super) fn keep_turning(&mut self) {
        for claim in [&mut self.title, &mut self.progress].into_iter().flatten() {
            claim.until = None;
        }
    }
}

/// The first rule of this source that finds something.
fn find(rules: &[Rule], source: Source, text: &str, now: Millis) -> Option<Claim> {
    let of_source = rules.iter().enumerate().filter(|(_, rule)| rule.text.source == source);
    of_source.into_iter().find_map(|(index, rule)| {
        let found = rule.find(text)?;
        let origin = match source {
            Source::Title => Origin::Title,
            Source::Progress => Origin::Progress,
            Source::Report => Origin::Report,
            Source::Screen => Origin::Screen,
        };
        Some(Claim {
            origin,
            status: rule.text.status,
            waiting_for: rule.text.waiting_for,
            detail: rule.text.detail.clone(),
            why: format!("{} on the {}: {found}", rule.called(index), origin.word()),
            rule: Some(index),
            since: now,
            until: rule.text.expires_ms.map(|ms| now + ms),
        })
    })
}

/// What says the same as before has said it since then, unless that had run out.
fn carried(found: Option<Claim>, before: Option<Claim>, now: Millis) -> Option<Claim> {
    let found = found?;
    let same = before.filter(|b| b.is_live(now) && b.agrees(&found) && b.waiting_for == found.waiting_for);
    Some(Claim { since: same.map_or(found.since, |b| b.since), ..found })
}
