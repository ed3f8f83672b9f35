//! What a rule that is proposed would have allowed of what agents did. Used by whoever shows proposals: the server's service and
//! `policy explain`. It must never count what would have been allowed without the rule.

use crate::core::policy::{Analysis, Decision, Policy, Proposal, Step, Workplace, decide};
use crate::judges::{Judges, Policies};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// Steps that are looked at: some weeks of one agent, judged in a quarter of a second as commands are, in two minutes if each
/// took its worker's whole time.
pub const LOOKED_AT: usize = 2_000;
/// Of different ones, so many are named.
const NAMED: usize = 5;

/// Steps of the past that a rule would have allowed, and that were not allowed without it.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Also {
    pub count: u64,
    /// Different ones, the newest first; not all.
    pub steps: Vec<String>,
}

/// Steps taken apart.
pub struct History {
    steps: Vec<(Step, Workplace, Analysis)>,
}

impl History {
    /// Of other steps with the tool of `like`; the newest come first.
    pub fn new(judges: &Judges, like: &Step, past: Vec<(Step, Workplace)>, search: Option<&str>) -> History {
        let is_itself = |step: &Step| step.command == like.command && step.paths == like.paths && step.url == like.url;
        let same = past.into_iter().filter(|(step, _)| step.tool == like.tool && !is_itself(step)).take(LOOKED_AT);
        let apart = same.map(|(step, place)| {
            let analysis = judges.analyse(&step, &place, search);
            (step, place, analysis)
        });
        History { steps: apart.collect() }
    }

    /// `None`: the proposal is no rule that could be read, which is a mistake of ours.
    pub fn would_allow(&self, proposal: &Proposal, policies: &Policies, in_force: &Policy, now: u64) -> Option<Also> {
        let mut with = policies.parse(Path::new("proposal"), &proposal.toml).ok()?;
        with.rules.extend(in_force.rules.iter().cloned());
        with.default = in_force.default;
        let mut also = Also::default();
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
