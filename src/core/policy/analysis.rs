//! What a command does, before any rule is asked. Called by `judge.rs` for every command, and by whoever explains one.

use super::arg::Stdin;
use super::facts::Facts;
use super::names::Names;
use super::places::Workplace;
use super::scan;
use super::step::Step;
use super::verdict::{Class, Decoded, Part, Risk, Span};
use super::walk::Walk;
use serde::{Deserialize, Serialize};
use std::rc::Rc;

/// Everything that a command does, the worst first.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Analysis {
    pub parts: Vec<Part>,
    pub decoded: Vec<Decoded>,
}

/// Takes a command apart. `folder`: where it runs, absolute.
pub fn analyse(command: &str, folder: &str, place: &Workplace, facts: &dyn Facts) -> Analysis {
    // What it may do at worst; then what it does for certain. A yes needs both.
    let mut worst = walked(command, folder, place, facts, None);
    let names = std::mem::take(&mut worst.gathered);
    let certain = walked(command, folder, place, facts, Some(names));
    let (mut parts, decoded) = (worst.parts, worst.decoded);
    let is_found = |part: &Part, parts: &[Part]| {
        parts.iter().any(|other| other.class == part.class && other.what == part.what && other.span == part.span)
    };
    for part in certain.parts {
        if part.risk > Risk::Low && !is_found(&part, &parts) {
            parts.push(part);
        }
    }
    parts.sort_by(|a, b| (b.risk, b.class, a.span).cmp(&(a.risk, a.class, b.span)));
    Analysis { parts, decoded }
}

/// Goes through a command. `names`: what a walk before has gathered, for the one that believes only what is certain.
fn walked<'a>(
    command: &str,
    folder: &str,
    place: &'a Workplace,
    facts: &'a dyn Facts,
    names: Option<Names>,
) -> Walk<'a> {
    let whole = Span { from: 0, to: command.len() };
    let mut walk = Walk::new(facts, place, Some(folder.to_owned()));
    walk.is_strict = names.is_some();
    walk.names = Rc::new(names.unwrap_or_default());
    for (span, what) in scan::deceptions(command) {
        walk.part_at(Class::Obfuscated, Risk::Critical, format!("holds {what}"), span);
    }
    if let Some(span) = scan::false_blanks(command) {
        walk.part_at(
            Class::Obfuscated,
            Risk::High,
            "holds a blank that is none for the shell: two words that are one",
            span,
        );
    }
    walk.script(command, None, Stdin::Inherited);
    if let (Some(secret), Some(_)) = (walk.has_secret, walk.has_sender) {
        walk.part_at(Class::Exfiltration, Risk::Critical, "has a secret and sends something to the network", secret);
    }
    together(&mut walk);
    if walk.parts.is_empty() {
        let is_note = |line: &str| line.trim().is_empty() || line.trim_start().starts_with('#');
        let (risk, what) = if command.lines().all(is_note) {
            (Risk::Low, "does nothing".to_owned())
        } else {
            (Risk::High, "holds nothing that could be understood".to_owned())
        };
        walk.parts.push(Part {
            class: Class::Read,
            risk,
            what,
            span: whole,
            argv: Vec::new(),
            is_exact: true,
            paths: Vec::new(),
        });
    }
    walk
}

/// What several commands do together, of which each alone would be asked for.
fn together(walk: &mut Walk) {
    if let Some(span) = super::programs::runs_what_it_got(&walk.parts) {
        walk.part_at(Class::Network, Risk::Critical, "runs a file from the network that nobody has seen", span);
    }
    let connection =
        walk.parts.iter().find(|part| part.what.contains("a connection to the network")).map(|part| part.span);
    let runs_unknown =
        walk.parts.iter().any(|part| part.what.contains("not known before") && part.what.starts_with("runs"));
    if let Some(span) = connection.filter(|_| runs_unknown) {
        walk.part_at(Class::Network, Risk::Critical, "runs what comes from the other end of a connection", span);
    }
    let first = |part: &Part| part.argv.first().map(|name| name.rsplit('/').next().unwrap_or_default().to_owned());
    let is_kill =
        |part: &&Part| first(part).is_some_and(|name| matches!(name.as_str(), "kill" | "pkill" | "killall" | "xargs"));
    let looks_for_us = walk.parts.iter().any(|part| {
        first(part).is_some_and(|name| matches!(name.as_str(), "pgrep" | "pidof" | "ps" | "lsof" | "grep" | "fuser"))
            && part.argv.iter().skip(1).any(|word| super::programs::is_our_name(word))
    });
    if let Some(span) = walk.parts.iter().find(is_kill).map(|part| part.span).filter(|_| looks_for_us) {
        walk.part_at(Class::Privilege, Risk::Critical, "ends the supervisor", span);
    }
}

/// What can be said of a step when the worker that takes it apart was lost: that it must be asked for, and what deceives a reader.
pub fn unjudged(step: &Step, place: &Workplace, facts: &dyn Facts) -> Analysis {
    let mut walk = Walk::new(facts, place, Some(step.folder.clone()));
    let whole = Span { from: 0, to: step.command.len() };
    for (span, what) in scan::deceptions(&step.command) {
        walk.part_at(Class::Obfuscated, Risk::Critical, format!("holds {what}"), span);
    }
    walk.part_at(Class::Obfuscated, Risk::High, "could not be judged: taking it apart took too long", whole);
    Analysis { parts: walk.parts, decoded: walk.decoded }
}
