//! The looks of Codex 0.169.0, from its recordings. Called through the trait.

use crate::fake::line::{BOLD, DIM, GREEN, Line, PLAIN, RED, hanging};
use crate::fake::scene::{Dialog, Entry, Mood, Place, Scene};
use crate::fake::style::{Event, Live, Style, Usual, composer, output, usual_event};
use serde_json::json;

pub struct Codex;

const BRAILLE: [&str; 10] = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
/// A frame of the title's spinner, and of the sign that it waits, as measured.
const SPIN_MS: u64 = 100;
const BLINK_MS: u64 = 1000;
const DOT_MS: u64 = 600;

impl Style for Codex {
    fn usual(&self) -> Usual {
        Usual { title: true, reports: true, alternate_screen: true, synchronized: true }
    }

    fn app(&self) -> &'static str {
        "codex"
    }

    fn start(&self) -> (&'static str, &'static str) {
        ("\x1b[?2004h\x1b[>7u\x1b[?1004h\x1b[?u\x1b[c\x1b[6n\x1b]10;?\x1b\\\x1b]11;?\x1b\\", "")
    }

    fn stop(&self) -> &'static str {
        "\x1b[<u\x1b[?1004l\x1b[?2004l"
    }

    fn header(&self, scene: &Scene<'_>) -> Vec<Line> {
        vec![
            Line::blank(),
            Line::plain("  >_ ").with(BOLD, "OpenAI Codex").with(DIM, " (v0.169.0)"),
            Line::plain("     ").with(DIM, &scene.place.cwd),
        ]
    }

    fn entry(&self, entry: &Entry, scene: &Scene<'_>) -> Vec<Line> {
        let cols = scene.size.cols;
        let interrupted = || Line::of(RED, "■ Conversation interrupted - use /feedback if something went wrong");
        let mut rows = vec![Line::blank()];
        match entry {
            Entry::Prompt(text) => {
                rows.push(Line::blank());
                rows.extend(hanging(BOLD, "› ", "  ", text, cols));
                rows.push(Line::blank());
            }
            Entry::Said { text, .. } => rows.extend(hanging(DIM, "• ", "  ", text, cols)),
            Entry::Ran { command, code: None, .. } => {
                rows.push(Line::of(DIM, "• ").with(BOLD, "Running").with(PLAIN, format!(" {command}")));
            }
            Entry::Ran { command, output: text, code: Some(code) } => {
                let (look, word) = if *code == 0 { (GREEN, "Ran") } else { (RED, "Exited") };
                let status = if *code == 0 { String::new() } else { format!(" (status {code})") };
                rows.push(Line::of(look, "• ").with(BOLD, word).with(PLAIN, format!("{status} {command}")));
                rows.extend(output("  └ ", "    ", text, "(no output)", cols));
            }
            Entry::Denied(command) => rows.extend([
                Line::of(RED, "✗ ").with(PLAIN, format!("You canceled the request to run {command}")),
                Line::blank(),
                interrupted(),
            ]),
            Entry::Blocked { command, reason } => rows.extend([
                Line::of(RED, "• ").with(BOLD, "Exited").with(PLAIN, format!(" (status 1) {command}")),
                Line::of(DIM, format!("  └ Command blocked by PreToolUse hook: {reason}")),
            ]),
            Entry::Answered { question, answer } => rows.extend([
                Line::plain("• Questions 1/1 answered"),
                Line::plain(format!("  • {question}")),
                Line::plain(format!("    answer: {answer}")),
            ]),
            Entry::Failed(message) => {
                // In the order of the real one.
                let message = json!(message);
                let error = format!(r#"{{"type": "api_error", "message": {message}, "code": 400}}"#);
                rows.push(Line::of(RED, format!(r#"■ {{"type": "error", "error": {error}}}"#)));
            }
            Entry::Interrupted => rows.push(interrupted()),
            Entry::Done { seconds: 0 } => rows.push(Line::of(DIM, "  Worked for <1s")),
            Entry::Done { seconds } => rows.push(Line::of(DIM, format!("  Worked for {seconds}s"))),
        }
        rows
    }

    fn live(&self, scene: &Scene<'_>) -> Live {
        let cols = scene.size.cols;
        let mut rows = vec![Line::blank(), Line::blank()];
        match scene.mood {
            Mood::Trust(dialog) => return Live::dialog(trust(dialog, cols)),
            Mood::Approval(dialog) => {
                rows.extend(approval(dialog, cols));
                return Live::dialog(rows);
            }
            Mood::Question(dialog) => {
                rows.extend(question(dialog, cols));
                return Live::dialog(rows);
            }
            Mood::Working { retry } => {
                let dot = scene.frame(&["•", "◦"], DOT_MS).unwrap_or("•");
                let seconds = scene.seconds();
                let working = Line::of(PLAIN, format!("{dot} ")).with(BOLD, "Working");
                rows[1] = working.with(DIM, format!(" ({seconds}s • esc to interrupt)"));
                if let Some((attempt, of)) = retry {
                    rows.push(Line::of(DIM, format!("  └ Reconnecting... {attempt}/{of}")));
                }
                rows.extend([Line::blank(), Line::blank()]);
            }
            Mood::Idle => {}
        }
        let first = rows.len();
        let (composed, cursor) = composer(scene, Line::of(BOLD, "› "), "Ask Codex to do anything");
        rows.extend(composed);
        rows.push(Line::blank());
        rows.push(Line::of(DIM, format!("  gpt-5 default · {}", scene.place.cwd)));
        rows.push(Line::of(DIM, "  ← for agents · ? for shortcuts"));
        Live { lines: rows, cursor: Some((first + cursor.0, cursor.1)) }
    }

    fn title(&self, scene: &Scene<'_>) -> String {
        let folder = scene.place.folder();
        match scene.mood {
            Mood::Working { .. } => format!("{} {folder}", scene.frame(&BRAILLE, SPIN_MS).unwrap_or("⠋")),
            Mood::Approval(_) | Mood::Question(_) => {
                format!("[ {} ] Action Required | {folder}", scene.frame(&["!", "."], BLINK_MS).unwrap_or("!"))
            }
            Mood::Idle | Mood::Trust(_) => folder.to_owned(),
        }
    }

    fn spin_ms(&self) -> u64 {
        SPIN_MS
    }

    fn approval_choices(&self, command: &str, _place: &Place) -> Vec<String> {
        vec![
            "Yes, proceed (y)".into(),
            format!("Yes, and don't ask again for commands that start with `{command}` (p)"),
            "No, and tell Codex what to do differently (esc)".into(),
        ]
    }

    fn trust_choices(&self) -> &'static [&'static str] {
        &["Trust and continue", "Back to Agent Command Center"]
    }

    fn has_letters(&self) -> bool {
        true
    }

    fn event_name(&self, event: Event) -> Option<&'static str> {
        Some(usual_event(event))
    }

    fn placeholder(&self, _n: usize, text: &str) -> String {
        format!("[Pasted Content {} chars]", text.chars().count())
    }
}

/// `› 1. Yes`, with what does not fit on the next row.
fn choices(dialog: &Dialog, indent: &str, cols: usize) -> Vec<Line> {
    let choice = |(index, label): (usize, &String)| {
        let mark = if dialog.is_chosen(index) { "›" } else { " " };
        hanging(PLAIN, &format!("{indent}{mark} {}. ", index + 1), &format!("{indent}     "), label, cols)
    };
    dialog.choices.iter().enumerate().flat_map(choice).collect()
}

fn approval(dialog: &Dialog, cols: usize) -> Vec<Line> {
    let mut rows = vec![
        Line::of(BOLD, "  Would you like to run the following command?"),
        Line::blank(),
        Line::plain("  Environment: local"),
        Line::blank(),
    ];
    if let Some(reason) = &dialog.reason {
        rows.extend(hanging(PLAIN, "  Reason: ", "  ", reason, cols));
        rows.push(Line::blank());
    }
    rows.extend(hanging(PLAIN, "  $ ", "    ", &dialog.about, cols));
    rows.extend([Line::blank(), Line::blank()]);
    rows.extend(choices(dialog, "", cols));
    rows.extend([Line::blank(), Line::of(DIM, "  Press enter to confirm or esc to cancel")]);
    rows
}

fn question(dialog: &Dialog, cols: usize) -> Vec<Line> {
    let mut rows = vec![Line::of(DIM, "  Question 1/1 (1 unanswered)")];
    rows.extend(hanging(PLAIN, "  ", "  ", &dialog.about, cols));
    rows.push(Line::blank());
    rows.extend(choices(dialog, "  ", cols));
    rows.extend([Line::blank(), Line::of(DIM, "  tab to add notes | enter to submit answer | esc to interrupt")]);
    rows
}

fn trust(dialog: &Dialog, cols: usize) -> Vec<Line> {
    let mut rows = vec![Line::blank(), Line::of(BOLD, "  Folder access")];
    rows.extend(hanging(PLAIN, "  ", "  ", &dialog.about, cols));
    rows.push(Line::blank());
    let words = "Trust this folder? Codex can read, edit, and run files here, subject to your permission settings. \
                 Folder settings can run code automatically, even without a model request. Continue only if you trust \
                 these files. Your trust decision will be saved.\n";
    rows.extend(hanging(PLAIN, "  ", "  ", words, cols.saturating_sub(2)));
    rows.extend(choices(dialog, "", cols));
    rows.extend([Line::blank(), Line::of(DIM, "  enter continue · esc back")]);
    rows
}
