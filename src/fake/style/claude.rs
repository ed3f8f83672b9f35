//! The looks of Claude Code 2.1.329, from its recordings. Called through the trait.

use crate::fake::line::{BOLD, DIM, Line, Look, PLAIN, RED, hanging};
use crate::fake::scene::{Dialog, Entry, Mood, Place, Scene};
use crate::fake::style::{Event, Live, Style, Usual, composer, output, rule, usual_event};

pub struct Claude;

const CLAY: Look = Look("38;5;174");
const SPINNER: [&str; 10] = ["·", "✢", "*", "✶", "✻", "✽", "✻", "✶", "*", "✢"];
/// A frame of the spinner on the screen, and of the one in the title, as measured.
const SPIN_MS: u64 = 120;
const TITLE_MS: u64 = 960;

impl Style for Claude {
    fn usual(&self) -> Usual {
        Usual { title: true, reports: true, alternate_screen: true, synchronized: true }
    }

    fn app(&self) -> &'static str {
        "claude-code"
    }

    fn asks_before_reporting(&self) -> bool {
        true
    }

    fn reports_messages(&self) -> bool {
        true
    }

    fn start(&self) -> (&'static str, &'static str) {
        ("\x1b[?2004h\x1b[?1004h", "\x1b[>0q\x1b[?u\x1b]7501;?\x07\x1b[c")
    }

    fn stop(&self) -> &'static str {
        "\x1b[?1004l\x1b[?2004l"
    }

    fn header(&self, scene: &Scene<'_>) -> Vec<Line> {
        let logo = |left: &str| Line::of(CLAY, left);
        vec![
            Line::blank(),
            logo(" ▐▛███▛█   ").with(BOLD, "Claude Code").with(DIM, " v2.1.329"),
            logo("▝▜██████▀  ").with(DIM, "Opus 5.5 · API Usage Billing"),
            logo(" ▝▝   ▝▝   ").with(DIM, &scene.place.cwd),
            Line::blank(),
        ]
    }

    fn entry(&self, entry: &Entry, scene: &Scene<'_>) -> Vec<Line> {
        let cols = scene.size.cols;
        let below = |text: &str| Line::of(DIM, "  ⎿  ").with(DIM, text);
        let mut rows = vec![Line::blank()];
        rows.extend(match entry {
            Entry::Prompt(text) => hanging(DIM, "❯ ", "  ", text, cols),
            Entry::Said { text, .. } => hanging(PLAIN, "● ", "  ", text, cols),
            Entry::Ran { command, code: None, .. } => {
                vec![Line::plain("● Running a command"), below(&format!("$ {command}"))]
            }
            Entry::Ran { command, output: text, code: Some(code) } => {
                let mut all = hanging(PLAIN, "● ", "  ", &format!("Bash({command})"), cols);
                if *code != 0 {
                    all.push(Line::of(RED, format!("  ⎿  Error: Exit code {code}")));
                }
                let first = if *code == 0 { "  ⎿  " } else { "     " };
                all.extend(output(first, "     ", text, "(No output)", cols));
                all
            }
            Entry::Denied(command) => vec![
                Line::of(DIM, "  Did not run 1 call"),
                below(&format!("$ {command}")),
                below("Interrupted · What should Claude do instead?"),
            ],
            Entry::Blocked { command, reason } => vec![
                Line::plain(format!("● Bash({command})")),
                Line::of(RED, format!("  ⎿  Error: PreToolUse:Bash hook error: {reason}")),
            ],
            Entry::Answered { question, answer } => vec![
                Line::plain("● Answered Claude's questions:"),
                Line::plain(format!("  ⎿  · {question} → {answer}")),
            ],
            Entry::Failed(message) => vec![Line::of(RED, format!("● API Error: {message}"))],
            Entry::Interrupted => vec![below("Interrupted · What should Claude do instead?")],
            Entry::Done { seconds } => vec![Line::of(DIM, format!("✻ Cogitated for {seconds}s"))],
        });
        rows
    }

    fn live(&self, scene: &Scene<'_>) -> Live {
        let cols = scene.size.cols;
        let line = Line::of(DIM, rule('─', cols));
        let mut rows = vec![Line::blank()];
        match scene.mood {
            Mood::Trust(dialog) => return Live::dialog(trust(dialog, cols)),
            Mood::Approval(dialog) => {
                rows.extend(approval(dialog, cols));
                return Live::dialog(rows);
            }
            Mood::Question(dialog) => return Live::dialog(question(dialog, cols)),
            Mood::Working { retry } => {
                let spinner = scene.frame(&SPINNER, SPIN_MS).unwrap_or("✶");
                let words = match retry {
                    Some((attempt, of)) => format!("API error · retrying in 1s · attempt {attempt}/{of}"),
                    None => "Smooshing…".into(),
                };
                rows.push(Line::of(CLAY, format!("{spinner} {words}")));
                rows.push(Line::blank());
            }
            Mood::Idle => {}
        }
        // Only at the beginning.
        if scene.entries.len() <= 1 {
            let last = rows.len() - 1;
            rows[last] = Line::blank().right(DIM, "◐ medium · /effort  ", cols);
        }
        rows.push(line.clone());
        let first = rows.len();
        let (composed, cursor) = composer(scene, Line::plain("❯\u{a0}"), "");
        rows.extend(composed);
        rows.push(line);
        let more = match (scene.is_working(), scene.composer.is_empty()) {
            (true, _) => " · esc to interrupt",
            (false, true) => " · ? for shortcuts",
            (false, false) => "",
        };
        let agents = if scene.entries.len() <= 1 && scene.composer.is_empty() { " · ← for agents" } else { "" };
        rows.push(Line::of(DIM, format!("  ⏸ manual mode on{more}{agents}")));
        Live { lines: rows, cursor: Some((first + cursor.0, cursor.1)) }
    }

    fn title(&self, scene: &Scene<'_>) -> String {
        match scene.mood {
            // Its reports say it better.
            _ if scene.is_reporting => "Claude Code".into(),
            Mood::Working { .. } => format!("{} Claude Code", scene.frame(&["◐", "◑"], TITLE_MS).unwrap_or("◐")),
            _ => "✳ Claude Code".into(),
        }
    }

    fn spin_ms(&self) -> u64 {
        SPIN_MS
    }

    fn approval_choices(&self, _command: &str, place: &Place) -> Vec<String> {
        vec![
            "Yes".into(),
            format!("Yes, and always allow access to {} from this project", place.cwd),
            "Yes, and switch to auto mode · auto mode handles these prompts for you".into(),
            "No".into(),
        ]
    }

    fn trust_choices(&self) -> &'static [&'static str] {
        &["No, exit", "Yes, I trust this folder"]
    }

    fn trust_no(&self) -> usize {
        0
    }

    fn puts_prompt_back(&self) -> bool {
        true
    }

    fn hook_beside_dialog(&self) -> bool {
        true
    }

    fn event_name(&self, event: Event) -> Option<&'static str> {
        Some(usual_event(event))
    }
}

/// ` ❯ 1. Yes`, numbered or not, with what does not fit on the next row.
fn choices(dialog: &Dialog, indent: &str, is_numbered: bool, cols: usize) -> Vec<Line> {
    let choice = |(index, label): (usize, &String)| {
        let mark = if dialog.is_chosen(index) { "❯" } else { " " };
        let number = if is_numbered { format!("{}. ", index + 1) } else { String::new() };
        let first = format!("{indent}{mark} {number}");
        hanging(PLAIN, &first, &" ".repeat(first.chars().count()), label, cols)
    };
    dialog.choices.iter().enumerate().flat_map(choice).collect()
}

fn approval(dialog: &Dialog, cols: usize) -> Vec<Line> {
    let dots = || Line::of(DIM, rule('╌', cols));
    let mut rows = vec![Line::of(CLAY, rule('─', cols)), Line::of(BOLD, " Bash command")];
    rows.push(Line::of(DIM, format!(" {}", dialog.reason.as_deref().unwrap_or("Run a command"))));
    rows.push(dots());
    rows.extend(hanging(PLAIN, " ", " ", &dialog.about, cols));
    rows.push(dots());
    rows.push(Line::plain(" Do you want to proceed?"));
    rows.extend(choices(dialog, " ", true, cols));
    rows.push(Line::blank());
    rows.push(Line::of(DIM, " Esc to cancel · Tab to amend"));
    rows
}

fn question(dialog: &Dialog, cols: usize) -> Vec<Line> {
    let line = || Line::of(DIM, rule('─', cols));
    let mut rows = vec![line(), Line::plain(" ☐ Question"), Line::blank()];
    rows.extend(hanging(BOLD, "", "", &dialog.about, cols));
    rows.push(Line::blank());
    rows.extend(choices(dialog, "", true, cols));
    let next = dialog.choices.len() + 1;
    rows.push(Line::of(DIM, format!("  {next}. Type something.")));
    rows.push(line());
    rows.push(Line::of(DIM, format!("  {}. Chat about this", next + 1)));
    rows.push(Line::blank());
    rows.push(Line::of(DIM, "Enter to select · ↑/↓ to navigate · Esc to cancel"));
    rows
}

fn trust(dialog: &Dialog, cols: usize) -> Vec<Line> {
    let mut rows = vec![Line::of(CLAY, rule('─', cols)), Line::of(BOLD, " Accessing workspace:"), Line::blank()];
    rows.extend(hanging(BOLD, " ", " ", &dialog.about, cols));
    rows.push(Line::blank());
    let words = "Quick safety check: Is this a project you created or one you trust? (Like your own code, a well-known \
                 open source project, or work from your team). If not, take a moment to review what's in this folder \
                 first.\n\nClaude Code'll be able to read, edit, and execute files here.\n\nSecurity guide\n";
    rows.extend(hanging(PLAIN, " ", " ", words, cols));
    rows.extend(choices(dialog, " ", false, cols));
    rows.push(Line::blank());
    rows.push(Line::of(DIM, " Enter to confirm · Esc to cancel"));
    rows
}
