//! Recorded sessions of real agent CLIs, replayed through the screen and judged by the shipped rules: once with their
//! own reports, once without, as a version that does not report is seen. What is true in each stands in the
//! `states.toml` of its folder, as a person saw it.

use crate::core::screen::{Screen, Size};
use crate::core::status::{Replay, Signals, Standing, Status, WaitingFor, Weighed};
use crate::providers::{Catalog, Definition};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// `states.toml` of a folder of recordings.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Folder {
    provider: String,
    cols: u16,
    rows: u16,
    /// The terminal they were made in answered no question about reports.
    #[serde(default = "yes")]
    reports: bool,
    states: BTreeMap<String, Truth>,
}

fn yes() -> bool {
    true
}

/// What a person sees at the end of a recording.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Truth {
    status: Status,
    waiting_for: Option<WaitingFor>,
    prompt: Option<String>,
    choices: Option<Vec<String>>,
    last_message: Option<String>,
    /// What the program's own report says, where it is something else.
    reports_say: Option<Status>,
    /// What is said without its reports, where that may be less.
    without_reports: Option<Status>,
}

fn folders() -> Vec<(PathBuf, Folder)> {
    let all = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recordings");
    let mut found: Vec<_> = std::fs::read_dir(all)
        .unwrap()
        .filter_map(|entry| {
            let path = entry.unwrap().path();
            let text = std::fs::read_to_string(path.join("states.toml")).ok()?;
            let folder = toml::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
            Some((path, folder))
        })
        .collect();
    found.sort_by(|a, b| a.0.cmp(&b.0));
    found
}

/// What is seen, and the screen at the end.
fn replay(definition: &Definition, folder: &Folder, raw: &Path, believes: bool) -> (Weighed, Screen) {
    let bytes = std::fs::read(raw).unwrap_or_else(|e| panic!("{}: {e}", raw.display()));
    let mut screen = Screen::new(Size::new(folder.cols, folder.rows));
    let mut replay = Replay::new("", &definition.rules, believes);
    replay.feed(&mut screen, 0, &bytes);
    (replay.end(&screen), screen)
}

/// All that is wrong with what is said of one recording.
fn wrong(definition: &Definition, folder: &Folder, raw: &Path, truth: &Truth, believes: bool) -> Vec<String> {
    let (weighed, screen) = replay(definition, folder, raw, believes);
    let verdict = weighed.verdict;
    let allowed = match believes {
        true => truth.reports_say,
        false => truth.without_reports,
    };
    let mut wrong = Vec::new();
    let text = screen.text();
    let rows: Vec<String> = screen.rows().iter().map(|row| row.text()).collect();
    if text != rows.join("\n") {
        wrong.push("its text is not that of its rows".into());
    }
    for rule in &definition.rules {
        let region = rule.region(&text);
        if rule.pattern.is_match(region) && !rule.is_possible(region) {
            wrong.push(format!("{:?} is not tried, and would find something", rule.text.name));
        }
    }
    if verdict.status != truth.status {
        if allowed != Some(verdict.status) {
            wrong.push(format!("is {:?}, said {:?} by {}", truth.status, verdict.status, verdict.evidence));
        }
        return wrong;
    }
    if verdict.waiting_for != truth.waiting_for {
        wrong
            .push(format!("waits for {:?}, said {:?} by {}", truth.waiting_for, verdict.waiting_for, verdict.evidence));
    }
    if let Some(prompt) = &truth.prompt
        && verdict.prompt.as_ref() != Some(prompt)
    {
        wrong.push(format!("asks {prompt:?}, said {:?}", verdict.prompt));
    }
    let labels: Vec<&String> = verdict.choices.iter().map(|choice| &choice.label).collect();
    if let Some(choices) = &truth.choices
        && !labels.iter().copied().eq(choices)
    {
        wrong.push(format!("offers {choices:?}, said {labels:?}"));
    }
    let last = definition.last_message.as_ref().and_then(|last| last.find(&screen.text()));
    // A message is the same however many columns it was wrapped at.
    let words = |text: &Option<String>| text.as_ref().map(|text| text.split_whitespace().collect::<Vec<_>>().join(" "));
    if truth.last_message.is_some() && words(&last) != words(&truth.last_message) {
        wrong.push(format!("said {:?}, read {last:?}", truth.last_message));
    }
    wrong
}

/// The one test of what people ask first: is it right? All recordings of all folders, with and without reports.
#[test]
fn every_recorded_state_is_right() {
    let catalog = Catalog::load(Path::new("/nowhere"));
    let (mut all, mut count) = (String::new(), 0);
    for (path, folder) in folders() {
        let definition = catalog.get(&folder.provider).unwrap_or_else(|| panic!("{}", folder.provider));
        for (name, truth) in &folder.states {
            let raw = path.join(name).with_extension("raw");
            let believed = if folder.reports && definition.reports_status { &[true, false][..] } else { &[false] };
            for believes in believed {
                count += 1;
                for line in wrong(definition, &folder, &raw, truth, *believes) {
                    all += &format!("{} (reports: {believes}): {line}\n", raw.display());
                }
            }
        }
    }
    assert!(all.is_empty(), "{all}");
    assert!(count > 1_000, "only {count} were looked at");
}

/// A recording that no table speaks of is looked at by nobody.
#[test]
fn every_recording_has_its_truth() {
    let mut without = String::new();
    for (path, folder) in folders() {
        for entry in std::fs::read_dir(&path).unwrap() {
            let file = entry.unwrap().path();
            let name = file.file_stem().unwrap().to_string_lossy().into_owned();
            if file.extension().is_some_and(|e| e == "raw") && !folder.states.contains_key(&name) {
                without += &format!("{}\n", file.display());
            }
        }
    }
    assert!(without.is_empty(), "not in states.toml:\n{without}");
}

/// In a terminal that does not answer its question the program reports nothing, and its looks are all there is.
#[test]
fn a_terminal_that_is_not_reported_to_is_read_by_its_looks() {
    let catalog = Catalog::load(Path::new("/nowhere"));
    let mut all = String::new();
    for (path, folder) in folders().into_iter().filter(|(_, folder)| !folder.reports) {
        let definition = catalog.get(&folder.provider).unwrap();
        for (name, truth) in &folder.states {
            let raw = path.join(name).with_extension("raw");
            let said = replay(definition, &folder, &raw, true).0.verdict.status;
            if said != truth.status && truth.without_reports != Some(said) {
                all += &format!("{}: is {:?}, said {said:?}\n", raw.display(), truth.status);
            }
        }
    }
    assert!(all.is_empty(), "{all}");
}

/// The words of a dialog in an agent's own text, or in what a person types, are no dialog.
#[test]
fn quoted_dialogs_are_no_dialogs() {
    let catalog = Catalog::load(Path::new("/nowhere"));
    let line = "─".repeat(60);
    for (provider, text, expected) in [
        (
            "claude_code",
            format!(
                "● It asks:\n  Do you want to proceed?\n  ❯ 1. Yes\n  Esc to cancel · esc to interrupt\n{line}\n❯ \n{line}\n  ⏸ manual mode on"
            ),
            Status::Unknown,
        ),
        (
            "claude_code",
            format!("● Do you want to proceed?\n{line}\n❯ \n{line}\n  ⏸ manual mode on · ? for shortcuts"),
            Status::Ready,
        ),
        // A dialog that is not known: never taken for a composer.
        (
            "claude_code",
            format!("{line}\n Make auto mode your default permission mode?\n ❯ 1. Yes\n   2. No\n Enter to confirm"),
            Status::Waiting,
        ),
        (
            "codex",
            "• Would you like to run the following command?\n\n  Worked for 2s · done 12:00 AM\n\n› Ask Codex to do anything\n\n  gpt-5 default · /x\n  ← for agents · ? for shortcuts".into(),
            Status::Ready,
        ),
    ] {
        let rules = &catalog.get(provider).unwrap().rules;
        let mut signals = Signals::default();
        signals.looked(&text, 1_000, rules, 1_000);
        let standing = Standing { has_output: true, screen: Some(&text), ..Standing::default() };
        let verdict = signals.weigh(standing, rules, 1_000).verdict;
        assert_eq!(verdict.status, expected, "{verdict:?}\n{text}");
    }
}
