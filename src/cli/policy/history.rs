//! `policy test`: the steps that agents took are judged once more, and those are told that would be judged otherwise. Asks the
//! server for the steps and judges them itself; it changes nothing.

use super::{Bench, word};
use crate::base::clock::{now_ms, rfc3339, utc_offset_minutes};
use crate::base::moment;
use crate::base::text::{fit, printable};
use crate::cli::args::PolicyPlace;
use crate::cli::context::{Context, block_on};
use crate::cli::failure::{FAILED, Failure, NO_SUCH_THING, USAGE};
use crate::cli::out;
use crate::client::segment;
use crate::core::policy::{Decision, Policy, Proposal, Step, Tool, Verdict, Workplace, decide};
use crate::judges::{Also, History, LOOKED_AT, Policies};
use crate::proto::policy::{PolicySteps, PolicyTaken};
use serde_json::json;
use std::path::Path;

/// Of a command in the list.
const COMMAND: usize = 90;
/// Steps that are judged again: more than anybody reads, in some seconds.
const MOST: usize = 10_000;

pub(super) fn run(context: &Context, since: &str, policy: Option<&str>) -> Result<i32, Failure> {
    let now = now_ms();
    let at = moment::parse(since, now, utc_offset_minutes(now)).ok_or_else(|| {
        Failure::new(USAGE, format!("`{since}` is no time to begin with")).hint("30d, 12h, 2026-11-20")
    })?;
    let bench = Bench::new(context, &place_of(policy))?;
    let policy = match policy.filter(|name| is_file(name)) {
        Some(file) => of_file(context, Path::new(file))?,
        None => (*bench.policy).clone(),
    };
    let found = taken_since(context, at, "", MOST)?;
    let judged: Vec<(&PolicyTaken, Verdict)> =
        found.steps.iter().filter_map(|taken| Some((taken, again(&bench, &policy, taken)?))).collect();
    let changed: Vec<&(&PolicyTaken, Verdict)> =
        judged.iter().filter(|(taken, verdict)| taken.decision != word(verdict.decision)).collect();
    if context.json {
        let told: Vec<_> = changed
            .iter()
            .map(|(taken, verdict)| {
                json!({
                    "at_ms": taken.at_ms, "terminal": taken.terminal, "tool": taken.tool, "command": taken.command,
                    "paths": taken.paths, "url": taken.url, "was": taken.decision, "is": word(verdict.decision),
                    "reason": verdict.reason, "rule": verdict.rule,
                })
            })
            .collect();
        out::json(&json!({ "steps": judged.len(), "is_more": found.next.is_some(), "changed": told }))?;
        return Ok(0);
    }
    if let Some(problem) = &bench.problem {
        out::note(&format!("the policy's file cannot be used: {problem}"));
    }
    for (taken, verdict) in changed.iter().rev() {
        let was_to_is = format!("{} → {}", taken.decision, word(verdict.decision));
        out::text(&format!("{}  {was_to_is:16} {}", rfc3339(taken.at_ms), fit(&printable(&what(taken)), COMMAND)))?;
        let rule = verdict.rule.as_ref().map_or_else(|| "no rule fits".into(), |rule| format!("rule {rule}"));
        out::text(&format!("    {} ({rule})", printable(&verdict.reason)))?;
    }
    let more = if found.next.is_some() { ", the newest of more" } else { "" };
    let count = |decision| judged.iter().filter(|(_, verdict)| verdict.decision == decision).count();
    out::text(&format!(
        "{} steps since {}{more}: {} would be allowed, {} asked, {} denied; {} otherwise than they were judged then",
        judged.len(),
        rfc3339(at),
        count(Decision::Allow),
        count(Decision::Ask) + count(Decision::AskTwo),
        count(Decision::Deny),
        changed.len(),
    ))?;
    Ok(0)
}

/// The newest steps since then, page by page. `narrowed`: what else stands in the question.
fn taken_since(context: &Context, since: u64, narrowed: &str, most: usize) -> Result<PolicySteps, Failure> {
    block_on(async {
        let mut all = PolicySteps { steps: Vec::new(), next: None };
        loop {
            let left = most - all.steps.len();
            let before = all.next.map(|next| format!("&before={next}")).unwrap_or_default();
            let path = format!("/policy/steps?since={since}&most={left}{narrowed}{before}");
            let page: PolicySteps = context.client().get(&path).await?;
            all.steps.extend(page.steps);
            all.next = page.next;
            if page.next.is_none() || all.steps.len() >= most {
                return Ok(all);
            }
        }
    })
}

/// What each proposal would have allowed of what agents did; nothing where no server can be asked.
pub(super) fn also(context: &Context, bench: &Bench, step: &Step, proposals: &[Proposal]) -> Vec<Option<Also>> {
    let since = now_ms().saturating_sub(30 * 86_400_000);
    let tool = format!("&tool={}", segment(&step.tool.to_string()));
    let Ok(found) = taken_since(context, since, &tool, LOOKED_AT) else { return Vec::new() };
    let past = found.steps.iter().filter_map(|taken| placed(bench, taken)).collect();
    let history = History::new(&bench.judges, step, past, found.next.is_some(), bench.search.as_deref());
    let policies = Policies::new(&context.places.config);
    let of = |proposal| history.would_allow(proposal, &policies, &bench.policy, now_ms() / 1000);
    proposals.iter().map(of).collect()
}

fn place_of(policy: Option<&str>) -> PolicyPlace {
    let shipped = policy.filter(|name| !is_file(name)).map(str::to_owned);
    PolicyPlace { workspace: None, user: None, shell: None, policy: shipped }
}

/// A file is named by a path, everything else is a policy's name.
fn is_file(name: &str) -> bool {
    name.contains('/') || name.ends_with(".toml")
}

fn of_file(context: &Context, file: &Path) -> Result<Policy, Failure> {
    let text = std::fs::read_to_string(file)
        .map_err(|e| Failure::new(NO_SUCH_THING, format!("cannot read {}", file.display())).cause(e))?;
    let parsed = Policies::new(&context.places.config).parse(file, &text);
    parsed.map_err(|mistake| Failure::new(FAILED, "the policy cannot be used").cause(mistake))
}

/// A step as it was taken; `None`: a tool that a later version has named.
fn placed(bench: &Bench, taken: &PolicyTaken) -> Option<(Step, Workplace)> {
    let step = Step {
        tool: Tool::parse(&taken.tool)?,
        command: taken.command.clone(),
        paths: taken.paths.clone(),
        url: taken.url.clone(),
        folder: taken.folder.clone(),
        shell: String::new(),
        provider: taken.provider.clone(),
        profile: taken.profile.clone(),
        session: taken.session.clone(),
    };
    Some((step, Workplace { workspace: taken.workspace.clone().into(), ..bench.place.clone() }))
}

/// What is said of it now.
fn again(bench: &Bench, policy: &Policy, taken: &PolicyTaken) -> Option<Verdict> {
    let (step, place) = placed(bench, taken)?;
    let analysis = bench.judges.analyse(&step, &place, bench.search.as_deref());
    Some(decide(analysis, &step, policy, None, &place, now_ms() / 1000))
}

fn what(taken: &PolicyTaken) -> String {
    match Tool::parse(&taken.tool) {
        Some(Tool::Shell) => taken.command.clone(),
        _ => format!("{} {}{}", taken.tool, taken.paths.join(" "), taken.url.as_deref().unwrap_or_default()),
    }
}
