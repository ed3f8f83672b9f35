//! `approvals`, `approve` and `deny`: the requests that wait for a yes, and the answers. What is asked is shown whole, with what does
//! not print made visible. It must never answer another request than the one that was named.

use crate::base::clock::now_ms;
use crate::base::text::printable;
use crate::cli::args::{ApprovalsArguments, ApproveArguments, DenyArguments};
use crate::cli::context::{Context, block_on};
use crate::cli::failure::{FAILED, Failure, NO_SUCH_THING};
use crate::cli::list::age;
use crate::cli::out;
use crate::client::segment;
use crate::proto::approval::{Approval, ApprovalAnswer};

pub fn list(context: &Context, arguments: &ApprovalsArguments) -> Result<i32, Failure> {
    let all = fetched(context, &arguments.status)?;
    if context.json {
        out::json(&all)?;
        return Ok(0);
    }
    if all.is_empty() && !context.quiet {
        out::text("Nobody is waiting.")?;
    }
    for one in &all {
        out::text(&told(one))?;
    }
    Ok(0)
}

pub fn approve(context: &Context, arguments: &ApproveArguments) -> Result<i32, Failure> {
    answer(context, &arguments.ids, "approve", arguments.note.as_ref())
}

pub fn deny(context: &Context, arguments: &DenyArguments) -> Result<i32, Failure> {
    answer(context, &arguments.ids, "deny", arguments.reason.as_ref())
}

fn fetched(context: &Context, status: &str) -> Result<Vec<Approval>, Failure> {
    let path = format!("/approvals?status={}", segment(status));
    block_on(async { Ok(context.client().get(&path).await?) })
}

/// One after the other: the first that cannot be answered ends it, and says so.
fn answer(context: &Context, ids: &[String], verb: &str, reason: Option<&String>) -> Result<i32, Failure> {
    let waiting = fetched(context, "pending")?;
    let mut answered = Vec::new();
    let mut failure = None;
    for id in ids {
        let number = number_of(id, &waiting)?;
        // What was listed is what is answered: another one of this number is refused.
        let digest = waiting.iter().find(|one| one.id == number).map(|one| one.digest.clone());
        let request = ApprovalAnswer { digest, reason: reason.cloned() };
        let path = format!("/approvals/{number}/{verb}");
        let after: Approval = block_on(async { Ok(context.writing_client()?.post(&path, &request).await?) })?;
        if let Some(error) = &after.error {
            let what = format!("request {number} was allowed, and could not be done");
            failure.get_or_insert(Failure::new(FAILED, what).cause(printable(error)));
        }
        if !context.json && !context.quiet {
            out::text(&format!("{} {number}: {}", after.status, printable(&after.command)))?;
        }
        answered.push(after);
    }
    if context.json {
        out::json(&answered)?;
    }
    failure.map_or(Ok(0), Err)
}

/// A number, or a terminal of which exactly one request waits.
fn number_of(text: &str, waiting: &[Approval]) -> Result<u64, Failure> {
    let of_it: Vec<&Approval> =
        waiting.iter().filter(|one| one.terminal.to_string() == text || one.window == text).collect();
    match of_it.as_slice() {
        [only] => Ok(only.id),
        [] => text.parse().map_err(|_| {
            Failure::new(NO_SUCH_THING, format!("`{text}` is no request, and no terminal of which one waits"))
                .hint("`conductor-tui approvals` lists them")
        }),
        several => Err(Failure::new(NO_SUCH_THING, format!("{} requests of `{text}` wait", several.len()))
            .hint("name one by its number; `conductor-tui approvals` lists them")),
    }
}

/// Everything that whoever answers has to know.
fn told(one: &Approval) -> String {
    let mut lines = vec![format!(
        "{}  {}  {} · {}  {}  {}",
        one.id,
        one.status,
        printable(&one.window),
        one.terminal,
        one.risk.to_uppercase(),
        age(now_ms(), one.asked_at_ms),
    )];
    for line in one.command.lines() {
        lines.push(format!("    $ {}", printable(line)));
    }
    if !one.submit {
        lines.push("    without Enter".into());
    }
    let rule = one.rule.as_ref().map_or_else(String::new, |rule| format!(" (rule {})", printable(rule)));
    lines.push(format!("    {}{rule}", printable(&one.reason)));
    if let Some(by) = &one.by {
        let executable = by.executable.as_deref().unwrap_or("an unknown program");
        let parents = if by.parents.is_empty() { String::new() } else { format!(", under {}", by.parents.join(", ")) };
        lines.push(format!(
            "    {} by process {} ({}{})",
            one.status,
            by.pid,
            printable(executable),
            printable(&parents)
        ));
    }
    let behind = [("said", &one.answer_reason), ("note", &one.note), ("not done", &one.error)];
    for (name, text) in behind {
        lines.extend(text.iter().map(|text| format!("    {name}: {}", printable(text))));
    }
    lines.join("\n")
}
