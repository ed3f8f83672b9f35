//! Weighs what is known of an agent: which claim decides, which were put aside and why, and when time alone may change
//! that.
//!
//! # Invariant
//! `ready` is said by the newest word of a trusted source and never against a dialog or work that has been seen since.
//! Silence is no evidence. Without evidence it is unknown.

use crate::base::clock::Millis;
use crate::core::status::{Claim, Front, Origin, Rule, Signals, Status, Verdict, WaitingFor, Weighed, asked, choices};

/// Why a claim is put aside that something later has taken the place of.
pub(super) const LATER: &str = "something later says otherwise";

/// Hooks do not tell everything (no CLI seen tells of an interrupt): a title that has changed after one counts when it
/// has held for so long. A CLI sets its title within a redraw, 0.1 s at most in those seen.
const TITLE_AFTER_HOOK: Millis = 300;
/// The same for the screen, which may lag behind by a slow redraw.
const SCREEN_AFTER_HOOK: Millis = 1_500;
/// A dialog that was told of and seen is answered when work stands in its place.
const SEEN_TO_GO: Millis = 100;
/// What was told of and seen is over when its composer waits for so long: between two steps it never does. A redraw in two
/// pieces on a busy machine takes half of it.
const SEEN_TO_REST: Millis = 250;
/// A hook's end of a turn is believed so much later where work is still to be seen: a subagent's end, and that of a turn behind
/// which a message waits, are told in the same words. A CLI that has really finished draws so within half of it.
const ENDS_AFTER: Millis = 400;
/// A dialog or work that is seen after the program's own word and holds for so long is there.
const SEEN_AFTER_WORD: Millis = 1_000;

/// A program tells and draws within one redraw.
const SAME_MOMENT: Millis = 150;

/// What the caller knows beside the signals.
#[derive(Clone, Copy, Debug, Default)]
pub struct Standing<'a> {
    /// It has printed something.
    pub has_output: bool,
    /// A shell: idle when it has the terminal, working when a program of it has.
    pub is_shell: bool,
    /// It may still begin to report: until then its looks cannot say that it has finished or failed.
    pub may_report_yet: bool,
    /// The screen, to read a dialog from.
    pub screen: Option<&'a str>,
}

impl Signals {
    pub fn weigh(&self, standing: Standing<'_>, rules: &[Rule], now: Millis) -> Weighed {
        let mut weighed = self.choose(standing, now);
        if let Some(chosen) = &weighed.chosen {
            weighed.verdict = self.verdict(chosen, standing, rules);
        }
        weighed
    }

    fn choose(&self, standing: Standing<'_>, now: Millis) -> Weighed {
        let all = [&self.hook, &self.report, &self.title, &self.progress, &self.screen];
        let mut live: Vec<&Claim> = Vec::new();
        let mut weighed = Weighed { others: self.refused().to_vec(), ..Weighed::default() };
        for claim in all.into_iter().flatten() {
            if claim.is_live(now) {
                soonest(&mut weighed.next, claim.until);
                live.push(claim);
            } else {
                weighed.others.push((claim.clone(), "it has run out: what turns has stopped"));
            }
        }
        if let Some(claim) = self.of_front(standing, now) {
            weighed.others.extend(live.into_iter().map(|c| (c.clone(), "who has the terminal says more")));
            weighed.chosen = Some(claim);
            return weighed;
        }
        // While its first report is still to come, no look can say that it has finished or failed.
        let owed = self.owes_report(now);
        soonest(&mut weighed.next, owed);
        let is_early = standing.may_report_yet || owed.is_some();
        let is_end = |c: &Claim| matches!(c.status, Status::Ready | Status::Completed | Status::Error);
        let mut chosen: Option<&Claim> = None;
        let mut aside: Vec<(&Claim, &'static str)> = Vec::new();
        for claim in live {
            if is_early && claim.origin > Origin::Report && is_end(claim) && self.report.is_none() {
                aside.push((claim, "its first report is still to come"));
                continue;
            }
            let Some(before) = chosen else {
                chosen = Some(claim);
                continue;
            };
            match Right::of(claim, before, self.is_hook_seen) {
                Right::Says(what) => aside.push((claim, what)),
                Right::After(hold) => {
                    let due = claim.since.max(before.since) + hold;
                    if now >= due {
                        aside.push((before, LATER));
                        chosen = Some(claim);
                    } else {
                        soonest(&mut weighed.next, Some(due));
                        aside.push((claim, "it must hold a little longer"));
                    }
                }
            }
        }
        if let Some((seen, due)) = chosen.and_then(|chosen| self.still_at_work(chosen, now)) {
            soonest(&mut weighed.next, Some(due));
            aside.extend(chosen.map(|claim| (claim, "it must hold a little longer: work is still to be seen")));
            aside.retain(|(claim, _)| *claim != seen);
            chosen = Some(seen);
        }
        weighed.others.extend(aside.into_iter().map(|(claim, why)| (claim.clone(), why)));
        match chosen {
            Some(claim) => weighed.chosen = Some(claim.clone()),
            None if !standing.has_output => {
                let evidence = "nothing was printed yet".into();
                weighed.verdict = Verdict { status: Status::Initializing, evidence, ..Verdict::default() };
            }
            None => weighed.verdict = Verdict { evidence: "no rule matched".into(), ..Verdict::default() },
        }
        weighed
    }

    /// The work that is still to be seen behind a hook's end of a turn, and until when it counts.
    fn still_at_work(&self, chosen: &Claim, now: Millis) -> Option<(&Claim, Millis)> {
        let is_end = chosen.origin == Origin::Hook && matches!(chosen.status, Status::Ready | Status::Completed);
        let due = chosen.since + ENDS_AFTER;
        let seen = [&self.title, &self.progress, &self.screen].into_iter().flatten();
        let mut at_work = seen.filter(|claim| claim.is_live(now) && claim.status == Status::Running);
        at_work.next().filter(|_| is_end && now < due).map(|claim| (claim, due))
    }

    /// What the processes say, where that is more than anything the program has printed.
    fn of_front(&self, standing: Standing<'_>, now: Millis) -> Option<Claim> {
        let claim = |status, detail: Option<&str>, why: &str| Claim {
            origin: Origin::Process,
            status,
            waiting_for: None,
            detail: detail.map(str::to_owned),
            why: why.into(),
            rule: None,
            since: now,
            until: None,
        };
        match (self.front, standing.is_shell) {
            (Front::Stopped, _) => Some(claim(
                Status::Unknown,
                Some("its process is stopped: it does nothing until it is continued"),
                "the process is stopped (SIGSTOP)",
            )),
            (Front::Shell, true) => Some(claim(Status::Ready, None, "the shell itself is in the foreground")),
            (Front::Program, true) => Some(claim(Status::Running, None, "a program of the shell is in the foreground")),
            (Front::Shell, false) => Some(claim(
                Status::Unknown,
                Some("a shell has the terminal: the agent has not begun, or has ended"),
                "a shell is in the foreground",
            )),
            (Front::Program | Front::Unknown, _) => None,
        }
    }

    /// The chosen claim with what others know of the same.
    fn verdict(&self, chosen: &Claim, standing: Standing<'_>, rules: &[Rule]) -> Verdict {
        let all = [&self.hook, &self.report, &self.title, &self.screen];
        let same: Vec<&Claim> = all.into_iter().flatten().filter(|claim| claim.agrees(chosen)).collect();
        let mut verdict = Verdict {
            status: chosen.status,
            waiting_for: chosen.waiting_for,
            detail: chosen.detail.clone(),
            evidence: chosen.why.clone(),
            ..Verdict::default()
        };
        if verdict.status != Status::Waiting {
            return verdict;
        }
        // A source may say that it waits without saying for what, or only "for a permission" of what is a matter of trust.
        let is_vague = |what: Option<WaitingFor>| matches!(what, None | Some(WaitingFor::Other));
        let of_screen = self.screen.as_ref().filter(|claim| claim.agrees(chosen));
        if is_vague(verdict.waiting_for) {
            verdict.waiting_for =
                same.iter().filter_map(|c| c.waiting_for).find(|w| !is_vague(Some(*w))).or(verdict.waiting_for);
        }
        // The program's own word names its dialog; a hook only knows which step it is for.
        let of_report = self.report.as_ref().filter(|claim| claim.agrees(chosen)).and_then(|claim| claim.waiting_for);
        if chosen.origin == Origin::Hook && !is_vague(of_report) {
            verdict.waiting_for = of_report;
        }
        if let (Some(WaitingFor::Approval), Some(Some(WaitingFor::Trust | WaitingFor::Login))) =
            (verdict.waiting_for, of_screen.map(|claim| claim.waiting_for))
        {
            verdict.waiting_for = of_screen.and_then(|claim| claim.waiting_for);
        }
        if verdict.detail.is_none() {
            verdict.detail = same.iter().find_map(|claim| claim.detail.clone());
        }
        let rule = of_screen.and_then(|claim| rules.get(claim.rule?));
        if let (Some(rule), Some(screen)) = (rule, standing.screen) {
            verdict.prompt = asked(rule, screen);
            verdict.choices = choices(rule, screen);
        }
        verdict
    }
}

/// What a claim may do against a stronger one.
enum Right {
    /// Nothing, and why.
    Says(&'static str),
    /// Takes its place when it has held for so long.
    After(Millis),
}

impl Right {
    fn of(claim: &Claim, before: &Claim, is_hook_seen: bool) -> Right {
        if claim.agrees(before) {
            return Right::Says("it says the same");
        }
        let is_rest = |status| matches!(status, Status::Ready | Status::Completed);
        if before.status == Status::Error && is_rest(claim.status) {
            return Right::Says("a failure stands until the next turn");
        }
        // A turn ends for a hook although a message that waited in its composer goes on with it, or a task behind it.
        if before.origin == Origin::Hook
            && is_rest(before.status)
            && !is_rest(claim.status)
            && claim.status != Status::Error
        {
            return Right::After(if claim.origin == Origin::Report { 0 } else { SEEN_AFTER_WORD });
        }
        // What is drawn with a word is drawn a little before or behind it.
        let begins = if claim.origin == Origin::Screen { claim.since + SAME_MOMENT } else { claim.since };
        if begins <= before.since {
            return Right::Says("a later word of a more trusted source counts");
        }
        // A dialog is an end of work; work is an end of rest. Never the other way round.
        let is_careful = match claim.status {
            Status::Waiting => true,
            Status::Running => before.status != Status::Waiting,
            _ => false,
        };
        match (before.origin, claim.origin) {
            (Origin::Hook, Origin::Report) => Right::After(0),
            (Origin::Hook, Origin::Title | Origin::Progress) => Right::After(TITLE_AFTER_HOOK),
            // It was seen, and is seen no more.
            (Origin::Hook, _) if is_hook_seen && claim.status == Status::Running => Right::After(SEEN_TO_GO),
            (Origin::Hook, _) if is_hook_seen && !is_careful => Right::After(SEEN_TO_REST),
            (Origin::Hook, _) if is_careful => Right::After(SEEN_AFTER_WORD),
            (Origin::Hook, _) => Right::After(SCREEN_AFTER_HOOK),
            _ if is_careful => Right::After(SEEN_AFTER_WORD),
            _ => Right::Says("a more trusted source says otherwise"),
        }
    }
}

fn soonest(next: &mut Option<Millis>, at: Option<Millis>) {
    *next = match (*next, at) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    };
}
