//! `search`: lines of text in everything that agents printed, as `grep` over their logs would show them if these were
//! text. The newest stands last, next to the prompt.

use crate::base::id::TerminalId;
use crate::base::text::printable;
use crate::cli::args::SearchArguments;
use crate::cli::context::{Context, block_on};
use crate::cli::failure::{FAILED, Failure};
use crate::cli::out;
use crate::client::segment;
use crate::proto::rest::{Search, SearchHit, Terminal};
use std::collections::HashMap;
use std::io::IsTerminal as _;

/// What `grep` marks a match with.
const MARK: (&str, &str) = ("\x1b[1;31m", "\x1b[0m");

pub fn run(context: &Context, arguments: &SearchArguments) -> Result<i32, Failure> {
    let (found, names) = block_on(async {
        let client = context.client();
        let mut path = format!("/search?q={}", segment(&arguments.query));
        if let Some(terminal) = &arguments.terminal {
            path += &format!("&terminal={}", context.terminal(&client, terminal).await?.id);
        }
        if let Some(session) = &arguments.session {
            path += &format!("&session={}", segment(session));
        }
        if let Some(limit) = arguments.limit {
            path += &format!("&limit={limit}");
        }
        let found: Search = client.get(&path).await?;
        let terminals: Vec<Terminal> = client.get("/terminals").await?;
        let names: HashMap<TerminalId, String> = terminals.into_iter().map(|t| (t.id, printable(&t.window))).collect();
        Ok((found, names))
    })?;
    let code = if found.hits.is_empty() { FAILED } else { 0 };
    if context.json {
        out::json(&found)?;
        return Ok(code);
    }
    let marked = match context.color.as_str() {
        "always" => true,
        "never" => false,
        _ => std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()),
    };
    let mut text = String::new();
    for hit in found.hits.iter().rev() {
        let name = names.get(&hit.terminal).cloned().unwrap_or_else(|| hit.terminal.to_string());
        text += &format!("{name}: {}\n", line(hit, marked));
    }
    out::text(&text)?;
    for terminal in &found.unreadable {
        out::note(&format!("Warning: not all could be read: {}", printable(terminal)));
    }
    if !context.quiet {
        let all = if found.more { "; there may be more (--limit)" } else { "" };
        let count = |n: u64, what: &str| format!("{n} {what}{}", if n == 1 { "" } else { "s" });
        let (lines, terminals) = (count(found.lines, "line"), count(found.terminals as u64, "terminal"));
        out::note(&match found.hits.len() as u64 {
            0 => format!("No match in {lines} of {terminals}."),
            hits => format!("{} in {lines} of {terminals}{all}.", count(hits, "hit")),
        });
    }
    Ok(code)
}

/// The line with its matches marked.
fn line(hit: &SearchHit, marked: bool) -> String {
    let mut line = String::new();
    for (at, c) in (0u32..).zip(hit.text.chars()) {
        if marked && hit.spans.iter().any(|(from, _)| *from == at) {
            line += MARK.0;
        }
        line.push(c);
        if marked && hit.spans.iter().any(|(_, to)| *to == at + 1) {
            line += MARK.1;
        }
    }
    if hit.repeats > 0 {
        line += &format!("  (×{})", hit.repeats + 1);
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_are_marked_and_repeats_counted() {
        let hit = SearchHit {
            terminal: TerminalId(1),
            offset: 0,
            time_ms: None,
            text: "größe größe".into(),
            spans: vec![(0, 5), (6, 11)],
            on_screen: false,
            repeats: 2,
        };
        assert_eq!(line(&hit, false), "größe größe  (×3)");
        assert_eq!(line(&hit, true), "\u{1b}[1;31mgröße\u{1b}[0m \u{1b}[1;31mgröße\u{1b}[0m  (×3)");
    }
}
