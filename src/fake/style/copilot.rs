//! The looks of GitHub Copilot CLI 1.0.102, from recordings of it. Called through the trait.

use crate::base::text::fit;
use crate::fake::line::{BOLD, DIM, Line, Look, PLAIN, RED, hanging, wrap};
use crate::fake::scene::{Dialog, Entry, Mood, Place, Scene};
use crate::fake::style::{Live, Style, Usual, composer, lines, output, rule};

pub struct Copilot;

const BLUE: Look = Look("34");
const SPINNER: [&str; 4] = ["◉", "◎", "○", "◎"];
const SPIN_MS: u64 = 200;

impl Style for Copilot {
    fn usual(&self) -> Usual {
        Usual { title: true, reports: false, alternate_screen: true, synchronized: true }
    }

    fn app(&self) -> &'static str {
        "copilot"
    }

    fn start(&self) -> (&'static str, &'static str) {
        ("\x1b[?u\x1b[?2026$p\x1b[?2004h\x1b[?1004h\x1b[>q\x1b]10;?\x1b\\\x1b]11;?\x1b\\", "")
    }

    fn stop(&self) -> &'static str {
        "\x1b[?1004l\x1b[?2004l"
    }

    fn header(&self, _scene: &Scene<'_>) -> Vec<Line> {
        vec![
            Line::plain(" ")
                .with(Look("1;97;44"), "[Current]")
                .with(PLAIN, "  Sessions   Issues   Pull requests   Gists"),
            Line::blank(),
            Line::of(BLUE, "  ╭─╮╭─╮"),
            Line::of(BLUE, "  ╰─╯╰─╯  ").with(PLAIN, "Copilot v1.0.102 uses AI."),
            Line::of(BLUE, "  █ ▘▝ █  ").with(PLAIN, "Check for mistakes."),
            Line::of(BLUE, "   ▔▔▔▔"),
        ]
    }

    fn entry(&self, entry: &Entry, scene: &Scene<'_>) -> Vec<Line> {
        let cols = scene.size.cols;
        let shell = |mark: &str, more: &str, command: &str| {
            let mut rows = vec![Line::of(DIM, format!(" {mark} ")).with(BOLD, "Shell").with(PLAIN, more)];
            rows.extend(hanging(DIM, "   ", "   ", command, cols));
            rows
        };
        let mut rows = vec![Line::blank()];
        match entry {
            Entry::Prompt(text) => rows.extend(hanging(BLUE, " ❯ ", "   ", text, cols)),
            Entry::Said { text, .. } => rows.extend(hanging(PLAIN, " ● ", "   ", text, cols)),
            Entry::Ran { command, code: None, .. } => rows.extend(shell("$", " Run a command", command)),
            Entry::Ran { command, output: text, code: Some(_) } => {
                let is_silent = text.trim().is_empty();
                rows.extend(shell(
                    "$",
                    if is_silent { " Run a command No Content" } else { " Run a command" },
                    command,
                ));
                if !is_silent {
                    rows.extend(output("   └ ", "     ", text, "", cols));
                }
            }
            Entry::Denied(command) => {
                rows.extend(shell("✗", " Run a command Operation aborted by user", command));
                rows.extend([Line::blank(), Line::plain(" ● Operation cancelled by user")]);
            }
            Entry::Blocked { command, reason } => {
                rows.extend(shell("✗", " Run a command", command));
                rows.push(Line::of(RED, format!("   └ {reason}")));
            }
            Entry::Answered { question, answer } => {
                rows.extend(hanging(PLAIN, " ● ", "   ", &format!("Asked user {question}"), cols));
                rows.extend(hanging(DIM, "   └ ", "     ", answer, cols));
            }
            Entry::Failed(message) => rows.extend(hanging(RED, " ✗ ", "   ", message, cols)),
            Entry::Interrupted => rows.push(Line::plain(" ● Operation cancelled by user")),
            Entry::Done { .. } => return Vec::new(),
        }
        rows
    }

    fn tail(&self, scene: &Scene<'_>) -> Vec<Line> {
        match scene.mood {
            Mood::Working { retry: Some(_) } => {
                let words = " ● Request failed due to a transient API error. Retrying...";
                vec![Line::blank(), Line::plain(words)]
            }
            _ => Vec::new(),
        }
    }

    fn live(&self, scene: &Scene<'_>) -> Live {
        let cols = scene.size.cols;
        let mut rows = vec![Line::blank()];
        match scene.mood {
            Mood::Trust(dialog) => {
                rows.extend(trust(dialog, cols));
                return Live::dialog(rows);
            }
            Mood::Approval(dialog) => {
                rows.extend(approval(dialog, cols));
                return Live::dialog(rows);
            }
            Mood::Question(dialog) => {
                rows.extend(question(dialog, cols));
                return Live::dialog(rows);
            }
            Mood::Working { .. } | Mood::Idle => {}
        }
        let line = Line::of(DIM, rule('─', cols));
        rows.push(Line::of(DIM, format!(" {}", scene.place.cwd)));
        rows.push(line.clone());
        let first = rows.len();
        let (composed, cursor) = composer(scene, Line::plain("❯ "), "");
        rows.extend(composed);
        rows.push(line);
        let left = match scene.mood {
            Mood::Working { .. } => {
                let spinner = scene.frame(&SPINNER, SPIN_MS).unwrap_or("◉");
                // Before it has said anything its person gets the prompt back.
                let is_silent = matches!(scene.entries.last(), Some(Entry::Prompt(_)));
                let what = if is_silent { "edit prompt" } else { "interrupt" };
                let words = if scene.is_escaping { format!("again to {what}") } else { format!("esc {what}") };
                format!(" {spinner} Working esc {words}")
            }
            _ => " ← open sidebar · Interactive · Manual Approval · / commands · ? help · tab next tab".into(),
        };
        rows.push(Line::of(DIM, left).right(DIM, "scripted", cols - 1));
        Live { lines: rows, cursor: Some((first + cursor.0, cursor.1)) }
    }

    fn title(&self, scene: &Scene<'_>) -> String {
        let first = scene.entries.iter().find_map(|e| if let Entry::Prompt(text) = e { Some(text) } else { None });
        first.map_or("GitHub Copilot".into(), |text| format!("{text} - GitHub Copilot"))
    }

    fn spin_ms(&self) -> u64 {
        SPIN_MS
    }

    fn approval_choices(&self, command: &str, place: &Place) -> Vec<String> {
        let program = command.split_whitespace().next().unwrap_or_default();
        vec![
            "Yes".into(),
            format!("Yes, and don't ask again for `{program}` in this directory ({})", place.cwd),
            "No, and tell Copilot what to do differently (Esc to stop)".into(),
        ]
    }

    fn trust_choices(&self) -> &'static [&'static str] {
        &["Yes", "Yes, and remember this folder for future sessions", "No (Esc)"]
    }

    fn puts_prompt_back(&self) -> bool {
        true
    }

    fn escapes(&self) -> u32 {
        2
    }

    fn placeholder(&self, n: usize, text: &str) -> String {
        format!("[Paste #{n} - {} lines]", lines(text))
    }
}

/// A box over the whole width.
fn boxed(rows: &[String], cols: usize) -> Vec<Line> {
    let inner = cols.saturating_sub(4);
    let edge = |left: char, right: char| Line::of(DIM, format!("{left}{}{right}", rule('─', cols.saturating_sub(2))));
    let line = |row: &String| {
        let text = Line::plain(fit(row, inner)).padded(inner).text();
        Line::of(DIM, "│ ").with(PLAIN, text).with(DIM, " │")
    };
    let mut all = vec![edge('╭', '╮')];
    all.extend(rows.iter().map(line));
    all.push(edge('╰', '╯'));
    all
}

fn choices(dialog: &Dialog) -> impl Iterator<Item = String> {
    dialog.choices.iter().enumerate().map(|(index, label)| {
        let mark = if dialog.is_chosen(index) { "❯" } else { " " };
        format!("{mark} {}. {label}", index + 1)
    })
}

const KEYS: &str = "↑/↓ to navigate · enter to select · esc to cancel";

fn approval(dialog: &Dialog, cols: usize) -> Vec<Line> {
    let inner = cols.saturating_sub(4);
    let mut rows = vec![dialog.reason.clone().unwrap_or_else(|| "Run a command".into()), rule('─', inner)];
    let command = boxed(&wrap(&dialog.about, inner.saturating_sub(4)), inner);
    rows.extend(command.iter().map(Line::text));
    rows.extend([String::new(), "Do you want to run this command?".into(), String::new()]);
    rows.extend(choices(dialog));
    rows.extend([String::new(), KEYS.into()]);
    boxed(&rows, cols)
}

fn question(dialog: &Dialog, cols: usize) -> Vec<Line> {
    let line = || Line::of(DIM, rule('─', cols));
    let mut rows = vec![line(), Line::plain(" Copilot needs information.")];
    rows.extend(hanging(BOLD, " ", " ", &dialog.about, cols));
    rows.extend([Line::blank(), Line::plain(" Answer:")]);
    rows.extend(dialog.choices.iter().enumerate().map(|(index, label)| {
        let mark = if dialog.is_chosen(index) { "❯" } else { " " };
        Line::plain(format!(" {mark} {label}"))
    }));
    rows.extend([Line::of(DIM, "   Other (type your answer)"), Line::blank()]);
    rows.extend([Line::of(DIM, " ↑/↓ select · enter accept · ctrl+d decline · esc cancel"), line()]);
    rows
}

fn trust(dialog: &Dialog, cols: usize) -> Vec<Line> {
    let inner = cols.saturating_sub(4);
    let mut rows = vec!["Confirm folder trust".to_owned(), rule('─', inner)];
    let folder = boxed(&wrap(&dialog.about, inner.saturating_sub(4)), inner);
    rows.extend(folder.iter().map(Line::text));
    rows.push(String::new());
    let words = "Copilot can read files in this folder and, with your permission, edit them or run code and shell \
                 commands. It will remember your permissions for the rest of this session.\n\n\
                 Do you trust the files in this folder?\n";
    rows.extend(wrap(words, inner));
    rows.extend(choices(dialog));
    rows.extend([String::new(), KEYS.into()]);
    boxed(&rows, cols)
}
