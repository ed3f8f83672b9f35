//! What a rule that is proposed would have allowed of what agents did. Used by whoever shows proposals: the server's service and
//! `policy explain`. It must never count what would have been allowed without the rule.

use crate::core::policy::{Analysis, Decision, Policy, Proposal, Step, Workplace, decide};
use crate::judges::{Judges, Policies};
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::time::{Duration, Instant};

/// Steps that are looked at: some weeks of one agent, judged in a quarter of a second as commands are.
pub const LOOKED_AT: usize = 2_000;
/// What is judged till then is looked at: a person waits for the answer, and two thousand steps that each took their worker's
/// whole time would take two minutes.
const PATIENCE: Duration = Duration::from_secs(2);
/// Of different ones, so many are named.
const NAMED: usize = 5;

/// Steps of the past that a rule would have allowed, and that were not allowed without it.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Also {
    pub count: u64,
    /// Different ones, the newest first; not all.
    pub steps: Vec<String>,
    /// Steps that were looked at.
    pub of: u64,
    /// There were more than that.
    pub is_cut: bool,
}

/// Steps taken apart.
pub struct History {
    steps: Vec<(Step, Workplace, Analysis)>,
    is_cut: bool,
}

impl History {
    /// Of other steps with the tool of `like`; the newest come first. `is_cut`: there are more than `past` has.
    pub fn new(
        judges: &Judges,
        like: &Step,
        past: Vec<(Step, Workplace)>,
        is_cut: bool,
        search: Option<&str>,
    ) -> History {
        let is_itself = |step: &Step| step.command == like.command && step.paths == like.paths && step.url == like.url;
        let mut history = History { steps: Vec::new(), is_cut };
        let begun = Instant::now();
        for (step, place) in past.into_iter().filter(|(step, _)| step.tool == like.tool && !is_itself(step)) {
            if history.steps.len() == LOOKED_AT || begun.elapsed() > PATIENCE {
                history.is_cut = true;
                break;
            }
            let analysis = judges.analyse(&step, &place, search);
            history.steps.push((step, place, analysis));
        }
        history
    }

    /// `None`: the proposal is no rule that could be read, which is a mistake of ours.
    pub fn would_allow(&self, proposal: &Proposal, policies: &Policies, in_force: &Policy, now: u64) -> Option<Also> {
        let mut with = policies.parse(Path::new("proposal"), &proposal.toml).ok()?;
        with.rules.extend(in_force.rules.iter().cloned());
        with.default = in_force.default;
        let of = self.steps.len().try_into().unwrap_or(u64::MAX);
        let mut also = Also { of, is_cut: self.is_cut, ..Also::default() };
        for (step, place, analysis) in &self.steps {
            let said = |policy: &Policy| decide(analysis.clone(), step, policy, None, place, now).decision;
            if said(&with) != Decision::Allow || said(in_force) == Decision::Allow {
                continue;
            }
            also.count += 1;
            let told = if step.command.is_empty() { step.paths.join(" ") } else { step.command.clone() };
            if also.steps.len() < NAMED && !also.steps.contains(&told) {
                also.steps.push(told);
            }
        }
        Some(also)
    }
}
