//! `debug`: looking closely. The screen and the status of a recording, and the named points of crash tests.

use crate::base::pause;
use crate::cli::args::{DebugAction, DebugArguments};
use crate::cli::context::Context;
use crate::cli::failure::{Failure, NO_SUCH_THING, USAGE};
use crate::cli::{out, record};
use crate::core::screen::{Screen, Size};
use crate::core::status::{Replay, Weighed};
use crate::providers::{Catalog, Definition};
use serde_json::{Value, json};
use std::path::Path;

pub fn run(context: &Context, arguments: &DebugArguments) -> Result<i32, Failure> {
    match &arguments.action {
        DebugAction::Screen { raw, cols, rows, format } => {
            let mut screen = Screen::new(Size::new(*cols, *rows));
            screen.feed(0, &read(raw)?);
            if format == "json" {
                out::json(&json!({ "rows": screen.rows(), "title": screen.title() }))?;
            } else {
                out::text(&screen.text())?;
            }
        }
        DebugAction::Status { provider, raw, cols, rows, at, no_reports } => {
            let catalog = Catalog::load(&context.places.config.join("providers"));
            for problem in &catalog.problems {
                out::note(&format!("cannot be used: {problem}"));
            }
            let definition = catalog.get(provider).ok_or_else(|| {
                Failure::new(NO_SUCH_THING, format!("there is no provider `{provider}`"))
                    .hint(format!("known ones: {}", catalog.names().join(", ")))
            })?;
            let mut bytes = read(raw)?;
            bytes.truncate(at.and_then(|at| usize::try_from(at).ok()).unwrap_or(usize::MAX));
            let believes = definition.reports_status && !no_reports;
            let mut screen = Screen::new(Size::new(*cols, *rows));
            let mut replay = Replay::new("", &definition.rules, believes);
            replay.feed(&mut screen, 0, &bytes);
            let weighed = replay.end(&screen);
            out::json(&seen(definition, &weighed, &screen.text()))?;
        }
        DebugAction::Record { terminal, dir, name } => return record::run(context, terminal, dir, name.as_deref()),
        DebugAction::FakeAgent { .. } => return Err(Failure::new(USAGE, "this verb is a role of its own")),
        DebugAction::PausePoints => out::text(&pause::POINTS.join("\n"))?,
    }
    Ok(0)
}

fn read(file: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(file).map_err(|e| Failure::new(NO_SUCH_THING, format!("cannot read {}", file.display())).cause(e))
}

/// What a recording shows at its end.
fn seen(definition: &Definition, weighed: &Weighed, screen: &str) -> Value {
    let verdict = &weighed.verdict;
    let place = |rule: Option<usize>| {
        let rule = definition.rules.get(rule?)?;
        Some(format!("{}:{}", definition.file, rule.line))
    };
    let mut evidence = vec![match weighed.chosen.as_ref().and_then(|claim| place(claim.rule)) {
        Some(place) => format!("{} ({place})", verdict.evidence),
        None => verdict.evidence.clone(),
    }];
    evidence.extend(weighed.others.iter().map(|(claim, why)| {
        let place = place(claim.rule).map(|place| format!(" ({place})")).unwrap_or_default();
        format!("not {}: {}{place}: {why}", word(claim.status), claim.why)
    }));
    let labels: Vec<&str> = verdict.choices.iter().map(|choice| choice.label.as_str()).collect();
    let keys: Vec<Option<&str>> = verdict.choices.iter().map(|choice| choice.key.as_deref()).collect();
    json!({
        "status": verdict.status,
        "waiting_for": verdict.waiting_for,
        "detail": verdict.detail,
        "prompt": verdict.prompt,
        "choices": labels,
        "choice_keys": keys,
        "last_message": definition.last_message.as_ref().and_then(|last| last.find(screen)),
        "evidence": evidence,
    })
}

fn word(status: crate::core::status::Status) -> String {
    serde_json::to_value(status).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
}
