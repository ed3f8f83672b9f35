//! The looks of Gemini CLI 0.61.0 in a terminal of 256 colours, from its recordings. Called through the trait.

use crate::base::text::width;
use crate::fake::line::{BOLD, DIM, GREEN, Line, Look, PLAIN, RED, hanging, wrap};
use crate::fake::scene::{Dialog, Entry, Mood, Place, Scene};
use crate::fake::style::{Event, Live, Style, Usual, composer, lines, rule};

pub struct Gemini;

const PURPLE: Look = Look("38;5;183");
const BRAILLE: [&str; 10] = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const SPIN_MS: u64 = 100;
/// Titles are filled up to this, so that a list of windows does not move.
const TITLE: usize = 80;

impl Style for Gemini {
    fn usual(&self) -> Usual {
        Usual { title: true, reports: false, alternate_screen: false, synchronized: false }
    }

    fn app(&self) -> &'static str {
        "gemini"
    }

    fn start(&self) -> (&'static str, &'static str) {
        ("\x1b[?u\x1b]11;?\x1b\\\x1b[>q\x1b[c\x1b[?2004h", "")
    }

    fn stop(&self) -> &'static str {
        "\x1b[?2004l"
    }

    fn header(&self, _scene: &Scene<'_>) -> Vec<Line> {
        let mut rows = vec![
            Line::blank(),
            Line::of(PURPLE, " ▝▜▄     ").with(BOLD, "Gemini CLI").with(DIM, " v0.61.0"),
            Line::of(PURPLE, "   ▝▜▄"),
            Line::of(PURPLE, "  ▗▟▀    ").with(DIM, "Authenticated with gemini-api-key /auth"),
            Line::of(PURPLE, " ▝▀"),
            Line::blank(),
            Line::blank(),
        ];
        rows.extend(
            [
                "Tips for getting started:",
                "1. Create GEMINI.md files to customize your interactions",
                "2. /help for more information",
                "3. Ask coding questions, edit code or run commands",
                "4. Be specific for the best results",
            ]
            .map(Line::plain),
        );
        rows
    }

    fn entry(&self, entry: &Entry, scene: &Scene<'_>) -> Vec<Line> {
        let cols = scene.size.cols;
        let mut rows = vec![Line::blank()];
        match entry {
            Entry::Prompt(text) => rows.extend(hanging(PURPLE, " > ", "   ", text, cols)),
            Entry::Said { text, .. } => rows.extend(hanging(PURPLE, "✦ ", "  ", text, cols)),
            // Its dialog says it all.
            Entry::Ran { code: None, .. } if matches!(scene.mood, Mood::Approval(_)) => return Vec::new(),
            Entry::Ran { command, output, code } => {
                let (look, mark) = match code {
                    None => (PLAIN, "⊶"),
                    Some(0) => (GREEN, "✓"),
                    Some(_) => (RED, "x"),
                };
                let title = Line::of(look, mark).with(BOLD, "  Shell ").with(PLAIN, command);
                rows.extend(tool(title, output, cols));
            }
            Entry::Denied(command) => {
                let title = Line::of(DIM, "-").with(BOLD, "  Shell ").with(PLAIN, command);
                rows.extend(tool(title, "", cols));
                rows.extend([Line::blank(), Line::of(DIM, "ℹ Request cancelled.")]);
            }
            Entry::Blocked { command, reason } => {
                let title = Line::of(RED, "x").with(BOLD, "  Shell ").with(PLAIN, command);
                rows.extend(tool(title, &format!("Tool execution blocked: {reason}"), cols));
            }
            Entry::Answered { question, answer } => {
                let title = Line::of(GREEN, "✓").with(BOLD, "  Ask User");
                rows.extend(tool(title, &format!("User answered:\n  {question} → {answer}"), cols));
            }
            Entry::Failed(message) => {
                rows.extend(hanging(RED, "✕ ", "  ", &format!("[API Error: {message}]"), cols));
                rows.extend([Line::blank(), Line::blank()]);
                let words = "This request failed. Press F12 for diagnostics, or run /settings and change \"Error \
                             Verbosity\" to full for full details.";
                rows.extend(hanging(DIM, "ℹ ", "  ", words, cols));
            }
            Entry::Interrupted => rows.push(Line::of(DIM, "ℹ Request cancelled.")),
            Entry::Done { .. } => return Vec::new(),
        }
        rows
    }

    fn live(&self, scene: &Scene<'_>) -> Live {
        let cols = scene.size.cols;
        match scene.mood {
            Mood::Trust(dialog) => return Live::dialog(trust(dialog, cols)),
            Mood::Approval(dialog) => return Live::dialog(approval(dialog, cols)),
            Mood::Question(dialog) => return Live::dialog(question(dialog, cols)),
            Mood::Working { .. } | Mood::Idle => {}
        }
        let right = |line: Line, text: &str| line.right(DIM, text, cols - 1);
        let mut rows = vec![Line::blank(), Line::blank()];
        if scene.is_working() {
            rows.push(Line::blank());
        }
        rows.push(match scene.mood {
            // Also while it tries again.
            Mood::Working { .. } => {
                let spinner = scene.frame(&BRAILLE, SPIN_MS).unwrap_or("⠋");
                let line = Line::of(PURPLE, format!(" {spinner} ")).with(PLAIN, "Thinking...");
                right(line.with(DIM, format!(" (esc to cancel, {}s)", scene.seconds())), "? for shortcuts")
            }
            _ => right(Line::blank(), "? for shortcuts"),
        });
        rows.push(Line::of(DIM, rule('─', cols)));
        rows.extend([Line::of(DIM, " Shift+Tab to accept edits"), Line::blank()]);
        let first = rows.len();
        let hint = "  Type your message or @path/to/file";
        let (composed, cursor) = composer(scene, Line::of(PURPLE, " > "), hint);
        rows.extend(composed);
        rows.push(Line::blank());
        let middle = cols / 2;
        let line = |left: &str, centre: &str, end: &str| {
            let line = Line::of(DIM, format!(" {left}")).padded(middle).with(DIM, centre);
            right(line, end)
        };
        rows.push(line("workspace (/directory)", "sandbox", "/model"));
        rows.push(line(&scene.place.cwd, "no sandbox", "gemini-2.5-pro"));
        Live { lines: rows, cursor: Some((first + cursor.0, cursor.1)) }
    }

    fn title(&self, scene: &Scene<'_>) -> String {
        let folder = scene.place.folder();
        let title = match scene.mood {
            Mood::Idle | Mood::Trust(_) => format!("◇  Ready ({folder})"),
            Mood::Working { .. } => format!("✦  Working… ({folder})"),
            Mood::Approval(_) | Mood::Question(_) => format!("✋  Action Required ({folder})"),
        };
        let room = TITLE.saturating_sub(width(&title));
        title + &" ".repeat(room)
    }

    fn spin_ms(&self) -> u64 {
        SPIN_MS
    }

    fn approval_choices(&self, _command: &str, _place: &Place) -> Vec<String> {
        ["Allow once", "Allow for this session", "No, suggest changes (esc)"].map(Into::into).into()
    }

    fn trust_choices(&self) -> &'static [&'static str] {
        &["Trust folder", "Trust parent folder", "Don't trust"]
    }

    fn event_name(&self, event: Event) -> Option<&'static str> {
        match event {
            Event::SessionStart => Some("SessionStart"),
            Event::SessionEnd => Some("SessionEnd"),
            Event::Prompt => Some("BeforeAgent"),
            Event::BeforeTool => Some("BeforeTool"),
            Event::AfterTool => Some("AfterTool"),
            Event::Stop => Some("AfterAgent"),
            Event::Permission => None,
        }
    }

    fn hook_timeout_unit_ms(&self) -> u64 {
        1
    }

    fn placeholder(&self, _n: usize, text: &str) -> String {
        format!("[Pasted Text: {} lines]", lines(text))
    }
}

/// A box of `width` columns around `rows`, `indent` columns from the left.
fn boxed(rows: Vec<Line>, indent: usize, width: usize) -> Vec<Line> {
    let side = " ".repeat(indent);
    let inner = width.saturating_sub(4);
    let line = |row: Line| {
        let mut out = Line::of(DIM, format!("{side}│ "));
        let row = Line::plain(crate::base::text::fit(&row.text(), inner)).padded(inner);
        out = out.with(PLAIN, row.text());
        out.with(DIM, " │")
    };
    let edge =
        |left: char, right: char| Line::of(DIM, format!("{side}{left}{}{right}", rule('─', width.saturating_sub(2))));
    let mut all = vec![edge('╭', '╮')];
    all.extend(rows.into_iter().map(line));
    all.push(edge('╰', '╯'));
    all
}

/// A finished or running command: a box that is narrower than the screen.
fn tool(title: Line, output: &str, cols: usize) -> Vec<Line> {
    let width = cols.saturating_sub(4);
    let mut rows = vec![title, Line::blank()];
    rows.extend(wrap(output.trim_end(), width.saturating_sub(4)).into_iter().map(Line::plain));
    boxed(rows, 0, width)
}

fn choices(dialog: &Dialog) -> Vec<Line> {
    let choice = |(index, label): (usize, &String)| {
        let mark = if dialog.is_chosen(index) { "●" } else { " " };
        Line::plain(format!("{mark} {}. {label}", index + 1))
    };
    dialog.choices.iter().enumerate().map(choice).collect()
}

fn approval(dialog: &Dialog, cols: usize) -> Vec<Line> {
    let inner = cols.saturating_sub(4);
    let mut rows = vec![Line::plain(format!("? Shell  {}", dialog.about))];
    let command = wrap(&dialog.about, inner.saturating_sub(4)).into_iter().map(Line::plain).collect();
    rows.extend(boxed(command, 0, inner));
    rows.push(Line::plain("Allow execution of [Shell]?"));
    rows.push(Line::blank());
    rows.extend(choices(dialog));
    let mut all = vec![Line::blank()];
    all.extend(boxed(rows, 0, cols));
    all
}

fn question(dialog: &Dialog, cols: usize) -> Vec<Line> {
    let mut rows = vec![Line::plain("Answer Questions"), Line::blank()];
    rows.extend(wrap(&dialog.about, cols.saturating_sub(4)).into_iter().map(Line::plain));
    rows.push(Line::blank());
    rows.extend(dialog.choices.iter().enumerate().map(|(index, label)| {
        let mark = if dialog.is_chosen(index) { "●" } else { " " };
        Line::plain(format!("{mark} {}.  {label}", index + 1))
    }));
    rows.push(Line::plain(format!("  {}.  Enter a custom value", dialog.choices.len() + 1)));
    rows.extend([Line::blank(), Line::plain("Enter to select · ↑/↓ to navigate · Esc to cancel")]);
    let mut all = vec![Line::blank()];
    all.extend(boxed(rows, 0, cols));
    all
}

fn trust(dialog: &Dialog, cols: usize) -> Vec<Line> {
    let width = cols.saturating_sub(2);
    let mut rows = vec![Line::blank(), Line::plain("Do you trust the files in this folder?"), Line::blank()];
    let words = "Trusting a folder allows Gemini CLI to load its local configurations, including custom commands, hooks, \
                 MCP servers, agent skills, and settings. These configurations could execute code on your behalf or \
                 change the behavior of the CLI.\n\n";
    rows.extend(wrap(words, width.saturating_sub(4)).into_iter().map(Line::plain));
    rows.extend(choices(dialog));
    rows.push(Line::blank());
    boxed(rows, 1, width)
}
