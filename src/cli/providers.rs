//! `providers`: the kinds of agents and where they lie on this machine, the file of one as it is in force, and whether a
//! file can be used. The last two need no server.

use crate::cli::args::{ProvidersAction, ProvidersArguments};
use crate::cli::context::Context;
use crate::cli::failure::{FAILED, Failure, NO_SUCH_THING};
use crate::cli::{list, out};
use crate::providers::{Catalog, Definition, parse};
use serde_json::json;
use std::path::Path;

pub fn run(context: &Context, arguments: &ProvidersArguments) -> Result<i32, Failure> {
    match &arguments.action {
        None => list::providers(context),
        Some(ProvidersAction::Show { name }) => show(context, name),
        Some(ProvidersAction::Check { file }) => check(context, file),
    }
}

fn show(context: &Context, name: &str) -> Result<i32, Failure> {
    let catalog = Catalog::load(&context.places.config.join("providers"));
    let definition = catalog.get(name).ok_or_else(|| {
        Failure::new(NO_SUCH_THING, format!("there is no provider `{name}`"))
            .hint(format!("known ones: {}", catalog.names().join(", ")))
    })?;
    if context.json {
        out::json(&json!({ "name": definition.name, "file": definition.file, "text": definition.source }))?;
        return Ok(0);
    }
    out::note(&format!("# {}", definition.file));
    out::text(&definition.source)?;
    Ok(0)
}

fn check(context: &Context, file: &Path) -> Result<i32, Failure> {
    let text = std::fs::read_to_string(file)
        .map_err(|e| Failure::new(NO_SUCH_THING, format!("cannot read {}", file.display())).cause(e))?;
    match parse(&file.display().to_string(), &text) {
        Ok(definition) => {
            let notes = notes(&definition);
            if context.json {
                out::json(&json!({
                    "ok": true, "name": definition.name, "rules": definition.rules.len(),
                    "evidence": definition.evidence(), "notes": notes,
                }))?;
                return Ok(0);
            }
            let rules = definition.rules.len();
            let known = definition.evidence().join(", ");
            let known = if known.is_empty() { "nothing: it stays unknown".into() } else { known };
            out::text(&format!("{}: can be used ({rules} rules; its states are known by {known})", definition.name))?;
            for note in notes {
                out::text(&format!("note: {note}"))?;
            }
            Ok(0)
        }
        Err(problem) if context.json => {
            out::json(&json!({ "ok": false, "problem": problem.to_string() }))?;
            Ok(FAILED)
        }
        Err(problem) => Err(Failure::new(FAILED, "the file cannot be used").cause(problem).hint(
            "docs/providers.md describes the form; `conductor-tui providers show claude_code` prints one that works",
        )),
    }
}

/// What can be used and is probably not meant.
fn notes(definition: &Definition) -> Vec<String> {
    let mut notes = Vec::new();
    if !definition.can_be_seen_ready() {
        notes.push("nothing can show that it is ready: messages are never typed to it by themselves".into());
    }
    if definition.checked.is_empty() && !definition.is_shell {
        notes.push("`checked` names no version that the rules were checked with".into());
    }
    if definition.resume_arguments_are_missing() {
        notes.push("no `resume_arguments`: its conversations cannot be taken up again".into());
    }
    notes
}
