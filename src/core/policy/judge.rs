//! The answer to a step: what it does, held against the rules. Called by the workers of the server and by `policy check`. Deny
//! goes before ask, ask before allow, over all parts; what no rule knows is the policy's default.

use super::analysis::Analysis;
use super::facts::Facts;
use super::places::Workplace;
use super::rules::{Policy, Rule};
use super::step::Step;
use super::verdict::{Decision, Part, Risk, Verdict};

/// Judges a step. `now`: seconds since 1970, for rules with a time.
pub fn judge(
    step: &Step,
    policy: &Policy,
    project: Option<&Policy>,
    place: &Workplace,
    facts: &dyn Facts,
    now: u64,
) -> Verdict {
    decide(step.analyse(place, facts), step, policy, project, place, now)
}

/// The answer to a step that was taken apart.
pub fn decide(
    analysis: Analysis,
    step: &Step,
    policy: &Policy,
    project: Option<&Policy>,
    place: &Workplace,
    now: u64,
) -> Verdict {
    let mut decided: Option<(Decision, Option<&Rule>, &Part)> = None;
    for part in &analysis.parts {
        let (decision, rule) = of_part(part, step, policy, project, place, now);
        // The first of the strictest: parts come with the worst first.
        if decided.as_ref().is_none_or(|(before, _, _)| decision > *before) {
            decided = Some((decision, rule, part));
        }
    }
    let Some((decision, rule, part)) = decided else {
        return Verdict {
            decision: Decision::Ask,
            class: super::verdict::Class::Obfuscated,
            risk: Risk::High,
            reason: "nothing is known of it".into(),
            rule: None,
            parts: Vec::new(),
            decoded: analysis.decoded,
        };
    };
    let reason = match rule.and_then(|rule| rule.reason.as_deref()) {
        Some(reason) if decision != Decision::Allow => format!("{}: {reason}", part.what),
        _ => part.what.clone(),
    };
    Verdict {
        decision,
        class: part.class,
        risk: analysis.parts.iter().map(|part| part.risk).max().unwrap_or(part.risk),
        reason,
        rule: rule.map(Rule::place),
        parts: analysis.parts.clone(),
        decoded: analysis.decoded.clone(),
    }
}

/// What the rules say of one part.
fn of_part<'r>(
    part: &Part,
    step: &Step,
    policy: &'r Policy,
    project: Option<&'r Policy>,
    place: &Workplace,
    now: u64,
) -> (Decision, Option<&'r Rule>) {
    let strictest = |rules: &'r [Rule]| {
        let mut found: Option<&Rule> = None;
        for rule in rules.iter().filter(|rule| rule.applies(part, step, place, now)) {
            if found.is_none_or(|before| rule.decision > before.decision) {
                found = Some(rule);
            }
        }
        found
    };
    let own = strictest(&policy.rules).map_or((policy.default, None), |rule| (rule.decision, Some(rule)));
    match project.and_then(|project| strictest(&project.rules)) {
        Some(rule) if rule.decision > own.0 => (rule.decision, Some(rule)),
        _ => own,
    }
}
