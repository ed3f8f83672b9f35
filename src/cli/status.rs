//! `status`: what an agent does, and why that is said; now or at an earlier moment.

use crate::base::clock::{now_ms, utc_offset_minutes};
use crate::base::moment;
use crate::base::text::printable;
use crate::cli::args::StatusArguments;
use crate::cli::context::{Context, block_on};
use crate::cli::failure::{Failure, USAGE};
use crate::cli::out;
use crate::client::segment;
use crate::proto::rest::Answer;
use crate::proto::status::{Hooks, StatusReport};

pub fn run(context: &Context, arguments: &StatusArguments) -> Result<i32, Failure> {
    let query = query(arguments)?;
    let report: StatusReport = block_on(async {
        let client = context.client();
        let terminal = context.terminal(&client, &arguments.terminal).await?;
        Ok(client.get(&format!("/terminals/{}/status{query}", terminal.id)).await?)
    })?;
    if context.json {
        out::json(&report)?;
        return Ok(0);
    }
    let mut line = report.status.word().to_owned();
    if let Some(what) = report.waiting_for {
        line.push_str(&format!(" for {}", format!("{what:?}").to_lowercase()));
    }
    if let Some(detail) = &report.detail {
        line.push_str(&format!(": {}", printable(detail)));
    }
    out::text(&line)?;
    if arguments.explain {
        explain(&report)?;
    }
    Ok(0)
}

fn query(arguments: &StatusArguments) -> Result<String, Failure> {
    let mut parts = Vec::new();
    if let Some(text) = &arguments.at {
        let now = now_ms();
        let at = moment::parse(text, now, utc_offset_minutes(now)).ok_or_else(|| {
            Failure::new(USAGE, format!("`{text}` is no moment")).hint("14:05:30, 2026-11-20 14:05, 90s, 10m, 2h or 3d")
        })?;
        parts.push(format!("at={at}"));
    }
    parts.extend(arguments.offset.map(|offset| format!("offset={offset}")));
    if let Some(rules) = &arguments.rules {
        parts.push(format!("provider={}", segment(rules)));
        // The rules of another are tried on what is there now.
        if parts.len() == 1 {
            parts.push(format!("at={}", now_ms()));
        }
    }
    Ok(if parts.is_empty() { String::new() } else { format!("?{}", parts.join("&")) })
}

fn explain(report: &StatusReport) -> Result<(), Failure> {
    match report.offset {
        Some(offset) => out::text(&format!("as of {}, after {offset} bytes of its log", report.since))?,
        None => out::text(&format!("since {}", report.since))?,
    }
    for evidence in &report.evidence {
        out::text(&format!("evidence: {}", printable(evidence)))?;
    }
    if let Some(prompt) = &report.prompt {
        out::text(&format!("asks: {}", printable(prompt)))?;
    }
    for choice in &report.choices {
        let key = choice.key.as_ref().map(|key| format!("[{}] ", printable(key))).unwrap_or_default();
        out::text(&format!("choice: {key}{}", printable(&choice.label)))?;
    }
    for child in &report.subagents {
        out::text(&format!("subagent at work: {}", printable(child)))?;
    }
    if report.hooks != Hooks::None {
        for heard in report.heard.iter().take(5) {
            out::text(&format!("heard: {}", printable(heard)))?;
        }
    }
    for (word, answer) in report.answers.iter().flat_map(|a| [("yes", &a.yes), ("no", &a.no)]) {
        out::text(&format!("{word}: {}", keys_of(answer)))?;
    }
    Ok(())
}

/// `Down until the screen shows /❯ Yes/, then Enter`.
fn keys_of(answer: &Answer) -> String {
    let confirm = answer.confirm.join(" ");
    match &answer.chosen {
        Some(seen) => {
            format!("{} until the screen shows /{}/, then {confirm}", answer.choose.join(" "), printable(seen))
        }
        None => confirm,
    }
}
