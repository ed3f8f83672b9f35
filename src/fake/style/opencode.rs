//! The looks of opencode 1.18.33, from its recordings. Called through the trait.

use crate::fake::line::{BOLD, DIM, Line, Look, PLAIN, RED, hanging, wrap};
use crate::fake::scene::{Dialog, Entry, Mood, Place, Scene};
use crate::fake::style::{Live, Style, Usual, composer, lines, output, rule};

pub struct Opencode;

const BLUE: Look = Look("38;5;75");
const LOGO: [&str; 4] = [
    "                                 ▄     ",
    "█▀▀█ █▀▀█ █▀▀█ █▀▀▄ █▀▀▀ █▀▀█ █▀▀█ █▀▀█",
    "█  █ █  █ █▀▀▀ █  █ █    █  █ █  █ █▀▀▀",
    "▀▀▀▀ █▀▀▀ ▀▀▀▀ ▀▀▀▀ ▀▀▀▀ ▀▀▀▀ ▀▀▀▀ ▀▀▀▀",
];
const BRAILLE: [&str; 10] = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const SPIN_MS: u64 = 100;
/// Squares of its spinner.
const SQUARES: usize = 8;
/// Columns and rows of its first page, which it centres.
const HOME: (usize, usize) = (75, 16);

impl Style for Opencode {
    fn usual(&self) -> Usual {
        Usual { title: true, reports: false, alternate_screen: true, synchronized: true }
    }

    fn app(&self) -> &'static str {
        "opencode"
    }

    fn start(&self) -> (&'static str, &'static str) {
        ("\x1b]10;?\x07\x1b]11;?\x07\x1b[>0q\x1b[?u\x1b[?2004h\x1b[?1004h\x1b[c", "")
    }

    fn stop(&self) -> &'static str {
        "\x1b[?1004l\x1b[?2004l"
    }

    fn header(&self, _scene: &Scene<'_>) -> Vec<Line> {
        Vec::new()
    }

    fn entry(&self, entry: &Entry, scene: &Scene<'_>) -> Vec<Line> {
        let cols = scene.size.cols;
        let mut rows = vec![Line::blank()];
        match entry {
            Entry::Prompt(text) => rows.extend(barred(BLUE, text, cols)),
            Entry::Said { text, .. } => rows.extend(hanging(PLAIN, "     ", "     ", text, cols)),
            Entry::Ran { command, code: None, .. } if matches!(scene.mood, Mood::Approval(_)) => {
                rows.extend(hanging(PLAIN, "     $ ", "       ", command, cols));
            }
            Entry::Ran { command, code: None, .. } => {
                let spinner = scene.frame(&BRAILLE, SPIN_MS).unwrap_or("⠋");
                rows.extend(barred(DIM, &format!("{spinner} {command}"), cols));
            }
            Entry::Ran { command, output: text, code: Some(_) } => {
                rows.extend([Line::of(DIM, "  ┃"), Line::of(DIM, "  ┃  ").with(PLAIN, format!("$ {command}"))]);
                rows.push(Line::of(DIM, "  ┃"));
                rows.extend(output("  ┃  ", "  ┃  ", text, "(no output)", cols));
                rows.push(Line::of(DIM, "  ┃"));
            }
            Entry::Denied(command) => {
                rows.extend(hanging(DIM, "     $ ", "       ", command, cols));
            }
            Entry::Blocked { command, reason } => {
                rows.extend(barred(RED, &format!("$ {command}\n\n{reason}"), cols));
            }
            Entry::Answered { question, answer } => {
                rows.extend(barred(
                    DIM,
                    &format!(
                        "# Questions

{question}
{answer}"
                    ),
                    cols,
                ));
            }
            Entry::Failed(message) => rows.extend(barred(RED, message, cols)),
            Entry::Interrupted => return mark(" · interrupted"),
            Entry::Done { seconds } => return mark(&format!(" · {seconds}.0s")),
        }
        rows
    }

    /// A turn that has not ended well has no time; its line goes when the next one begins.
    fn tail(&self, scene: &Scene<'_>) -> Vec<Line> {
        match (scene.mood, scene.entries.last()) {
            (Mood::Idle, Some(Entry::Failed(_) | Entry::Denied(_))) => mark(""),
            (Mood::Idle, _) => Vec::new(),
            _ => mark(""),
        }
    }

    fn live(&self, scene: &Scene<'_>) -> Live {
        let cols = scene.size.cols;
        let mut rows = vec![Line::blank()];
        match scene.mood {
            Mood::Trust(dialog) | Mood::Approval(dialog) => {
                rows.extend(permission(dialog, cols));
                return Live::dialog(rows);
            }
            Mood::Question(dialog) => {
                rows.extend(question(dialog, cols));
                return Live::dialog(rows);
            }
            Mood::Idle if scene.entries.is_empty() => return home(scene),
            Mood::Working { .. } | Mood::Idle => {}
        }
        rows.push(Line::of(BLUE, "  ┃"));
        let first = rows.len();
        let (composed, cursor) = composer(scene, Line::of(BLUE, "  ┃  "), "");
        rows.extend(composed);
        rows.push(Line::of(BLUE, "  ┃"));
        rows.push(Line::of(BLUE, "  ┃  Build").with(DIM, " · Model Scripted"));
        rows.push(Line::of(BLUE, "  ╹").with(DIM, rule('▀', cols.saturating_sub(5))));
        rows.push(match (scene.is_working(), scene.mood) {
            (_, Mood::Working { retry: Some((attempt, _)) }) => {
                let words = format!(" overloaded [retrying in 2s attempt #{attempt}]");
                Line::of(BLUE, format!("   {}", squares(scene))).with(RED, words).right(
                    DIM,
                    "esc interrupt",
                    cols.saturating_sub(2),
                )
            }
            (true, _) => {
                let words = if scene.is_escaping { "esc again to interrupt" } else { "esc interrupt" };
                let line = Line::of(BLUE, format!("   {}", squares(scene))).with(DIM, format!("  {words}"));
                line.right(DIM, "tab agents  ctrl+p commands", cols.saturating_sub(2))
            }
            (false, _) => {
                // What it has spent, once it knows.
                let has_spoken = scene.entries.iter().any(|entry| matches!(entry, Entry::Said { .. }));
                let end = if has_spoken { "1.0K  ctrl+p commands" } else { "tab agents  ctrl+p commands" };
                Line::of(DIM, format!("   {}", scene.place.cwd)).right(DIM, end, cols.saturating_sub(2))
            }
        });
        rows.push(Line::blank());
        Live { lines: rows, cursor: Some((first + cursor.0, cursor.1)) }
    }

    fn title(&self, scene: &Scene<'_>) -> String {
        let first = scene.entries.iter().find_map(|e| if let Entry::Prompt(text) = e { Some(text) } else { None });
        first.map_or("OpenCode".into(), |text| format!("OC | {text}"))
    }

    fn spin_ms(&self) -> u64 {
        SPIN_MS
    }

    fn approval_choices(&self, _command: &str, _place: &Place) -> Vec<String> {
        ["Allow once", "Allow always", "Reject"].map(Into::into).into()
    }

    fn has_digits(&self) -> bool {
        false
    }

    fn escapes(&self) -> u32 {
        2
    }

    fn placeholder(&self, _n: usize, text: &str) -> String {
        format!("[Pasted ~{} lines]", lines(text))
    }
}

/// The line that ends a turn.
fn mark(more: &str) -> Vec<Line> {
    let line = Line::of(BLUE, "     ▣").with(PLAIN, "  Build").with(DIM, format!(" · Model{more}"));
    vec![Line::blank(), line]
}

/// One square that runs to and fro.
fn squares(scene: &Scene<'_>) -> String {
    let way: Vec<usize> = (0..SQUARES).chain((1..SQUARES - 1).rev()).collect();
    let at = scene.frame(&way, SPIN_MS).unwrap_or(0);
    (0..SQUARES).map(|i| if i == at { '■' } else { '⬝' }).collect()
}

/// Text beside a bar, with a row of it above and below.
fn barred(look: Look, text: &str, cols: usize) -> Vec<Line> {
    let mut rows = vec![Line::of(look, "  ┃")];
    rows.extend(wrap(text, cols.saturating_sub(6)).iter().map(|row| Line::of(look, "  ┃  ").with(PLAIN, row)));
    rows.push(Line::of(look, "  ┃"));
    rows
}

fn permission(dialog: &Dialog, cols: usize) -> Vec<Line> {
    let bar = || Line::of(RED, "  ┃");
    let mut rows = vec![
        bar(),
        bar().with(BOLD, "  △ Permission required"),
        bar().with(DIM, format!("    # {}", dialog.reason.as_deref().unwrap_or("Shell command"))),
        bar(),
    ];
    let command = wrap(&format!("$ {}", dialog.about), cols.saturating_sub(6));
    rows.extend(command.iter().map(|row| bar().with(PLAIN, format!("  {row}"))));
    rows.extend([bar(), bar()]);
    rows.push(row_of_choices(dialog, bar(), "ctrl+f fullscreen  ⇆ select  enter confirm", cols));
    rows.push(bar());
    rows
}

fn question(dialog: &Dialog, cols: usize) -> Vec<Line> {
    let bar = || Line::of(BLUE, "  ┃");
    let mut rows = vec![bar()];
    rows.extend(wrap(&dialog.about, cols.saturating_sub(6)).iter().map(|row| bar().with(BOLD, format!("  {row}"))));
    rows.push(bar());
    rows.extend(dialog.choices.iter().enumerate().map(|(index, label)| {
        let look = if dialog.is_chosen(index) { BLUE } else { PLAIN };
        bar().with(look, format!("  {}. {label}", index + 1))
    }));
    rows.push(bar().with(DIM, format!("  {}. Type your own answer", dialog.choices.len() + 1)));
    rows.extend([bar(), bar().with(DIM, "  ↑↓ select  enter submit  esc dismiss"), bar()]);
    rows
}

fn row_of_choices(dialog: &Dialog, bar: Line, keys: &str, cols: usize) -> Line {
    let choice = |line: Line, (index, label): (usize, &String)| {
        let look = if dialog.is_chosen(index) { Look("7") } else { PLAIN };
        line.with(PLAIN, "  ").with(look, format!(" {label}"))
    };
    let line = dialog.choices.iter().enumerate().fold(bar, choice);
    line.right(DIM, keys, cols.saturating_sub(5))
}

/// Its first page, centred.
fn home(scene: &Scene<'_>) -> Live {
    let (cols, rows) = (scene.size.cols, scene.size.rows);
    let width = HOME.0.min(cols.saturating_sub(2));
    let side = " ".repeat((cols - width).div_ceil(2));
    let bar = || Line::of(BLUE, format!("{side}┃"));
    let logo_side = " ".repeat(cols.saturating_sub(LOGO[1].chars().count()) / 2 + 1);
    let above = (rows.saturating_sub(1 + HOME.1) / 2 + 2).min(rows.saturating_sub(HOME.1));
    let mut all: Vec<Line> = (0..above).map(|_| Line::blank()).collect();
    all.extend(LOGO.map(|row| Line::plain(format!("{logo_side}{row}"))));
    all.extend([Line::blank(), Line::blank(), bar()]);
    let first = all.len();
    let hint = "Ask anything… \"What is the tech stack of this project?\"";
    let (composed, cursor) = composer(scene, bar().with(PLAIN, "  "), hint);
    all.extend(composed);
    all.push(bar());
    all.push(bar().with(PLAIN, "  Build").with(DIM, " · Model Scripted"));
    all.push(Line::of(BLUE, format!("{side}╹")).with(DIM, rule('▀', width.saturating_sub(1))));
    all.push(Line::plain(&side).right(DIM, "tab agents  ctrl+p commands", side.len() + width));
    all.truncate(rows.saturating_sub(2));
    while all.len() + 2 < rows {
        all.push(Line::blank());
    }
    let foot = Line::of(DIM, format!("  {}:master", scene.place.cwd)).right(DIM, "1.18.33", cols.saturating_sub(2));
    all.extend([foot, Line::blank()]);
    Live { lines: all, cursor: Some((first + cursor.0, cursor.1)) }
}
