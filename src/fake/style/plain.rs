//! A program of no family: a prompt, and lines. No rule of a shipped agent knows it. Called through the trait.

use crate::fake::line::{DIM, Line, PLAIN, RED, hanging};
use crate::fake::scene::{Dialog, Entry, Mood, Place, Scene};
use crate::fake::style::{Live, Style, Usual, composer, output};

pub struct Plain;

impl Style for Plain {
    fn usual(&self) -> Usual {
        Usual { title: false, reports: false, alternate_screen: false, synchronized: false }
    }

    fn app(&self) -> &'static str {
        "plain"
    }

    fn start(&self) -> (&'static str, &'static str) {
        ("\x1b[?2004h", "")
    }

    fn stop(&self) -> &'static str {
        "\x1b[?2004l"
    }

    fn header(&self, _scene: &Scene<'_>) -> Vec<Line> {
        Vec::new()
    }

    fn entry(&self, entry: &Entry, scene: &Scene<'_>) -> Vec<Line> {
        let cols = scene.size.cols;
        match entry {
            Entry::Prompt(text) => hanging(PLAIN, "> ", "  ", text, cols),
            Entry::Said { text, .. } => hanging(PLAIN, "", "", text, cols),
            Entry::Ran { command, code: None, .. } => hanging(DIM, "$ ", "  ", command, cols),
            Entry::Ran { command, output: text, code: Some(code) } => {
                let mut rows = hanging(DIM, "$ ", "  ", command, cols);
                rows.extend(output("", "", text, "(no output)", cols));
                if *code != 0 {
                    rows.push(Line::of(RED, format!("exit {code}")));
                }
                rows
            }
            Entry::Denied(command) => vec![Line::plain(format!("not run: {command}"))],
            Entry::Blocked { command, reason } => vec![Line::plain(format!("not run: {command}: {reason}"))],
            Entry::Answered { answer, .. } => vec![Line::plain(answer)],
            Entry::Failed(message) => vec![Line::of(RED, format!("error: {message}"))],
            Entry::Interrupted => vec![Line::plain("interrupted")],
            Entry::Done { seconds } => vec![Line::of(DIM, format!("done in {seconds}s"))],
        }
    }

    fn live(&self, scene: &Scene<'_>) -> Live {
        let cols = scene.size.cols;
        match scene.mood {
            Mood::Trust(dialog) | Mood::Question(dialog) => Live::dialog(asked(&dialog.about, dialog, cols)),
            Mood::Approval(dialog) => Live::dialog(asked(&format!("Run `{}`?", dialog.about), dialog, cols)),
            Mood::Working { retry } => {
                let more = retry.map_or(String::new(), |(attempt, of)| format!(", attempt {attempt} of {of}"));
                let line = Line::of(DIM, format!("working, {}s{more}", scene.seconds()));
                Live { lines: vec![line], cursor: None }
            }
            Mood::Idle => {
                let (lines, cursor) = composer(scene, Line::plain("> "), "");
                Live { lines, cursor: Some(cursor) }
            }
        }
    }

    fn title(&self, _scene: &Scene<'_>) -> String {
        "plain".into()
    }

    fn spin_ms(&self) -> u64 {
        1000
    }

    fn approval_choices(&self, _command: &str, _place: &Place) -> Vec<String> {
        ["yes", "no"].map(Into::into).into()
    }

    fn has_letters(&self) -> bool {
        true
    }
}

fn asked(question: &str, dialog: &Dialog, cols: usize) -> Vec<Line> {
    let mut rows = hanging(PLAIN, "", "", question, cols);
    rows.extend(dialog.choices.iter().enumerate().map(|(index, label)| {
        let mark = if dialog.is_chosen(index) { ">" } else { " " };
        Line::plain(format!("{mark} {}) {label}", index + 1))
    }));
    rows
}
