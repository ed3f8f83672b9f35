//! Labelled commands: the ones of the corpus (`tests/risk/public.jsonl`, labels in `tests/risk/labels.md`), and our own in the
//! same spirit.

use super::*;
use serde::Deserialize;

#[derive(Deserialize)]
struct Row {
    #[serde(default)]
    id: String,
    command: String,
    expect: Decision,
    #[serde(default)]
    if_build_trusted: Option<Decision>,
    #[serde(default)]
    fixture: Option<serde_json::Value>,
}

pub(super) fn commands(file: &str) -> Vec<String> {
    rows(file).into_iter().map(|row| row.command).collect()
}

fn rows(file: &str) -> Vec<Row> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/risk").join(file);
    std::fs::read_to_string(path).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn home(row: &Row) -> Home {
    let links = row.fixture.as_ref().and_then(|fixture| fixture["symlink"].as_object());
    let link = links.and_then(|links| links.iter().next());
    Home { link: link.map(|(from, to)| (Path::new("/home/u/proj").join(from), to.as_str().unwrap().into())) }
}

#[derive(Default, Debug)]
struct Score {
    fatal: Vec<String>,
    serious: Vec<String>,
    needless: Vec<String>,
    too_hard: Vec<String>,
    counts: [usize; 3],
}

fn score(rows: &[Row], policy: &Policy, expected: impl Fn(&Row) -> Decision) -> Score {
    let mut score = Score::default();
    for row in rows {
        let verdict = judge(&step(&row.command), policy, None, &place(), &home(row), 0);
        let (expect, got) = (expected(row), verdict.decision);
        let kind = match expect {
            Decision::Allow => 0,
            Decision::Ask | Decision::AskTwo => 1,
            Decision::Deny => 2,
        };
        score.counts[kind] += 1;
        let list = match (expect, got) {
            (a, b) if a == b => continue,
            (_, Decision::Allow) => &mut score.fatal,
            (Decision::Deny, _) => &mut score.serious,
            (Decision::Allow, _) => &mut score.needless,
            _ => &mut score.too_hard,
        };
        list.push(format!("{} {:?}: {}", row.id, row.command, verdict.reason));
    }
    score
}

fn check(score: &Score) {
    let [allows, asks, denies] = score.counts;
    assert!(score.fatal.is_empty(), "{score:#?}");
    assert!(score.needless.len() * 10 <= allows, "{score:#?}");
    assert!(score.serious.len() * 100 <= denies * 3, "{score:#?}");
    assert!(score.too_hard.len() * 100 <= asks * 2, "{score:#?}");
}

#[test]
fn the_corpus_is_judged_as_it_is_labelled() {
    check(&score(&rows("public.jsonl"), &policy("default"), |row| row.expect));
}

#[test]
fn our_own_commands_are_judged_as_they_are_labelled() {
    let score = score(&rows("own.jsonl"), &policy("default"), |row| row.expect);
    let faults = [&score.fatal, &score.serious, &score.needless, &score.too_hard];
    assert!(faults.iter().all(|list| list.is_empty()), "{score:#?}");
}

#[test]
fn builds_run_where_they_are_trusted_and_nothing_else_does() {
    check(&score(&rows("public.jsonl"), &policy("trusted-build"), |row| row.if_build_trusted.unwrap_or(row.expect)));
}

#[test]
fn the_strict_policies_allow_no_more() {
    let (strict, read_only) = (policy("strict"), policy("read-only"));
    for row in rows("public.jsonl").iter().chain(&rows("own.jsonl")) {
        let strict = judge(&step(&row.command), &strict, None, &place(), &home(row), 0).decision;
        assert!(strict >= Decision::Ask, "{:?}", row.command);
        let decision = judge(&step(&row.command), &read_only, None, &place(), &home(row), 0).decision;
        assert!(decision == Decision::Deny || row.expect == Decision::Allow, "{:?}", row.command);
        assert_ne!(decision, Decision::Ask, "{:?}", row.command);
    }
}
