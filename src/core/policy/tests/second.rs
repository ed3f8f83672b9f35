//! A second opinion: another parser of bash, on every labelled command and all its rewritings. Where the answer is yes, it must
//! know of no command that the judge has not seen.

use super::corpus::commands;
use super::rewriting::rewritten;
use super::*;
use regex::Regex;

/// They stand in front of the command that is judged, and have no part of their own.
const WRAPPERS: [&str; 12] =
    ["time", "timeout", "nice", "env", "command", "bash", "sh", "stdbuf", "xargs", "eval", "find", "f"];

/// Without quotes and escapes; `None`: it is made of something else, or sets a variable.
fn literal(word: &str) -> Option<String> {
    let is_assignment =
        word.split_once('=').is_some_and(|(name, _)| name.chars().all(|c| c.is_alphanumeric() || c == '_'));
    if is_assignment || word.contains(['$', '`', '{']) {
        return None;
    }
    Some(word.replace(['\\', '"', '\''], ""))
}

#[test]
fn a_second_parser_knows_of_no_command_that_was_not_seen() {
    let policy = policy("default");
    // `(command (word "ls") (word "-la"))`, with assignments before.
    let command = Regex::new(r#"\(command(?: \(word "\w+=[^"]*"\))* \(word "((?:[^"\\]|\\.)*)"\)"#).unwrap();
    let all = commands("public.jsonl").into_iter().chain(commands("own.jsonl"));
    let (mut missed, mut seen) = (Vec::new(), 0);
    for text in all.flat_map(|command| rewritten(&command).into_iter().chain([command])) {
        let verdict = verdict(&text, &policy);
        if verdict.decision != Decision::Allow {
            continue;
        }
        let Ok(nodes) = rable::parse(&text, true) else {
            missed.push(format!("it cannot be parsed: {text:?}"));
            continue;
        };
        let heads: Vec<&str> = verdict.parts.iter().filter_map(|part| part.argv.first()).map(String::as_str).collect();
        for node in nodes {
            let told = node.to_string();
            for found in command.captures_iter(&told) {
                let Some(head) = literal(&found[1].replace("\\\"", "\"").replace("\\\\", "\\")) else { continue };
                seen += 1;
                if !heads.contains(&head.as_str()) && !WRAPPERS.contains(&head.as_str()) {
                    missed.push(format!("{head}: {text:?}"));
                }
            }
        }
    }
    assert!(seen > 5_000, "{seen}");
    assert!(missed.is_empty(), "{} of {seen}:\n{}", missed.len(), missed[..missed.len().min(40)].join("\n"));
}
