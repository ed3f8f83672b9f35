//! Recorded sessions of real agent CLIs, replayed through the screen and judged by the shipped rules: once with their
//! own reports, once without, as a version that does not report is seen.

use crate::core::screen::{Screen, Size};
use crate::core::status::Status::{Error, Ready, Running, Unknown, Waiting};
use crate::core::status::WaitingFor::{Approval, Question, Trust};
use crate::core::status::{Replay, Signals, Standing, Status, Verdict, WaitingFor};
use crate::providers::Catalog;
use std::path::Path;

/// Size of the terminal that all were recorded in.
const SIZE: (u16, u16) = (100, 30);

fn replay(provider: &str, recording: &str, with_reports: bool) -> Verdict {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recordings").join(recording).with_extension("raw");
    let bytes = std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let catalog = Catalog::load(Path::new("/nowhere"));
    let definition = catalog.get(provider).unwrap();
    let mut screen = Screen::new(Size::new(SIZE.0, SIZE.1));
    let mut replay = Replay::new("", &definition.rules, with_reports);
    replay.feed(&mut screen, 0, &bytes);
    replay.end(&screen).verdict
}

/// Recording; status by its reports; status by title and screen alone.
type Row = (&'static str, (Status, Option<WaitingFor>), (Status, Option<WaitingFor>));

fn check(provider: &str, rows: &[Row]) {
    let mut wrong = String::new();
    for (recording, by_report, by_screen) in rows {
        for (with_reports, expected) in [(true, by_report), (false, by_screen)] {
            let verdict = replay(provider, recording, with_reports);
            if (verdict.status, verdict.waiting_for) != *expected {
                wrong += &format!("{recording} (reports: {with_reports}): {verdict:?}, not {expected:?}\n");
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

const READY: (Status, Option<WaitingFor>) = (Ready, None);
const RUNNING: (Status, Option<WaitingFor>) = (Running, None);
const ERROR: (Status, Option<WaitingFor>) = (Error, None);
const UNKNOWN: (Status, Option<WaitingFor>) = (Unknown, None);
const APPROVAL: (Status, Option<WaitingFor>) = (Waiting, Some(Approval));
const QUESTION: (Status, Option<WaitingFor>) = (Waiting, Some(Question));
const TRUST: (Status, Option<WaitingFor>) = (Waiting, Some(Trust));

#[test]
fn claude_code_in_every_recorded_state() {
    check(
        "claude_code",
        &[
            ("claude-2.1.329/first-run", TRUST, TRUST),
            ("claude-2.1.329/idle", READY, READY),
            ("claude-2.1.329/working", RUNNING, RUNNING),
            ("claude-2.1.329/working2", RUNNING, RUNNING),
            ("claude-2.1.329/permission-bash", APPROVAL, APPROVAL),
            ("claude-2.1.329/permission-write", APPROVAL, APPROVAL),
            ("claude-2.1.329/permission-denied-by-esc", READY, READY),
            ("claude-2.1.329/question", QUESTION, QUESTION),
            ("claude-2.1.329/question-answered", READY, READY),
            ("claude-2.1.329/interrupted", READY, READY),
            ("claude-2.1.329/done", READY, READY),
            ("claude-2.1.329/error-400", ERROR, ERROR),
            ("claude-2.1.329/retrying", RUNNING, RUNNING),
            ("claude-2.1.329/recovered", READY, READY),
            ("claude-2.1.329/hook-crash", APPROVAL, APPROVAL),
            ("claude-2.1.329/hook-perm-slow", APPROVAL, APPROVAL),
            ("claude-2.1.329/hook-pre-ask", APPROVAL, APPROVAL),
            ("claude-2.1.329/hook-pre-tool-use-pending", RUNNING, RUNNING),
            // It has withdrawn its reports and is about to exit.
            ("claude-2.1.329/trust-declined", UNKNOWN, UNKNOWN),
        ],
    );
}

#[test]
fn claude_code_in_a_terminal_that_it_does_not_report_to() {
    let rows: Vec<Row> = [
        ("claude-2.1.329-xterm/idle", READY),
        ("claude-2.1.329-xterm/working", RUNNING),
        ("claude-2.1.329-xterm/working2", RUNNING),
        ("claude-2.1.329-xterm/permission-bash", APPROVAL),
        ("claude-2.1.329-xterm/permission-write", APPROVAL),
        ("claude-2.1.329-xterm/permission-denied-by-esc", READY),
        ("claude-2.1.329-xterm/question", QUESTION),
        ("claude-2.1.329-xterm/question-answered", READY),
        ("claude-2.1.329-xterm/interrupted", READY),
        ("claude-2.1.329-xterm/done", READY),
    ]
    .map(|(recording, expected)| (recording, expected, expected))
    .into();
    check("claude_code", &rows);
}

#[test]
fn codex_in_every_recorded_state() {
    check(
        "codex",
        &[
            ("codex-0.169.0/00-first-run", TRUST, TRUST),
            ("codex-0.169.0/01-trust-folder", TRUST, TRUST),
            ("codex-0.169.0/02-sandbox-helper-missing", READY, READY),
            ("codex-0.169.0/hooks-trust-dialog", TRUST, TRUST),
            ("codex-0.169.0/idle", READY, READY),
            ("codex-0.169.0/working", RUNNING, RUNNING),
            ("codex-0.169.0/permission-command", APPROVAL, APPROVAL),
            ("codex-0.169.0/permission-patch", APPROVAL, APPROVAL),
            ("codex-0.169.0/permission-mcp", APPROVAL, APPROVAL),
            ("codex-0.169.0/permission-denied-by-esc", READY, READY),
            ("codex-0.169.0/patch-applied", READY, READY),
            ("codex-0.169.0/question", QUESTION, QUESTION),
            ("codex-0.169.0/question-answered", READY, READY),
            ("codex-0.169.0/interrupted", READY, READY),
            ("codex-0.169.0/done", READY, READY),
            ("codex-0.169.0/error-400", ERROR, ERROR),
            ("codex-0.169.0/retrying", READY, READY),
            ("codex-0.169.0/recovered", READY, READY),
            ("codex-0.169.0/hook-perm-slow", RUNNING, RUNNING),
        ],
    );
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
        ("claude_code", format!("● Do you want to proceed?\n{line}\n❯ \n{line}\n  ⏸ manual mode on"), Status::Ready),
        // A dialog that is not known: never taken for a composer.
        (
            "claude_code",
            format!("{line}\n Make auto mode your default permission mode?\n ❯ 1. Yes\n   2. No\n Enter to confirm"),
            Status::Unknown,
        ),
        (
            "codex",
            "• Would you like to run the following command?\n\n› Ask Codex to do anything\n\n  gpt-5 default · /x\n  ? for shortcuts".into(),
            Status::Ready,
        ),
        ("codex", "  Something new\n\n› 1. Yes\n  2. No\n\n  enter confirm · esc skip".into(), Status::Unknown),
    ] {
        let rules = &catalog.get(provider).unwrap().rules;
        let mut signals = Signals::default();
        signals.looked(&text, 1_000, rules, 1_000);
        let standing = Standing { has_output: true, screen: Some(&text), ..Standing::default() };
        let verdict = signals.weigh(standing, rules, 1_000).verdict;
        assert_eq!(verdict.status, expected, "{verdict:?}\n{text}");
    }
}
