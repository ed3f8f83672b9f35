//! How each family looks: its composer, spinner, dialogs, titles and footers, as recorded from the real ones
//! (`tests/recordings`), and the few habits that differ between them. Asked by the machine.
//!
//! # Invariant
//! A style only draws. What happens at which key is the machine's, so that all families behave alike where they do.

mod claude;
mod codex;
mod copilot;
mod gemini;
mod opencode;
mod plain;

use crate::fake::line::{DIM, Line, PLAIN, wrap};
use crate::fake::scene::{Entry, Place, Scene};
use serde::Deserialize;

/// The agent CLIs that a double can look like; `plain` is none of them.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Family {
    Claude,
    Codex,
    Gemini,
    Opencode,
    Copilot,
    Plain,
}

/// The events at which hooks are run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Event {
    SessionStart,
    Prompt,
    BeforeTool,
    Permission,
    AfterTool,
    Stop,
    SessionEnd,
}

impl Event {
    pub const ALL: [Event; 7] = [
        Event::SessionStart,
        Event::Prompt,
        Event::BeforeTool,
        Event::Permission,
        Event::AfterTool,
        Event::Stop,
        Event::SessionEnd,
    ];
}

/// The switches of a script where it does not say otherwise.
pub struct Usual {
    pub title: bool,
    pub reports: bool,
    pub alternate_screen: bool,
    pub synchronized: bool,
}

/// What stays below the conversation, and where in it the cursor stands.
pub struct Live {
    pub lines: Vec<Line>,
    pub cursor: Option<(usize, usize)>,
}

impl Live {
    /// Without a cursor: a dialog.
    pub fn dialog(lines: Vec<Line>) -> Live {
        Live { lines, cursor: None }
    }
}

pub trait Style: Sync {
    fn usual(&self) -> Usual;
    /// How it calls itself in its reports.
    fn app(&self) -> &'static str;
    /// Reports only to a terminal that has answered its query; then also of its question of trust.
    fn asks_before_reporting(&self) -> bool {
        false
    }
    /// Its reports say what it is at.
    fn reports_messages(&self) -> bool {
        false
    }
    /// Modes and queries at its start; `(before, after)` the first picture.
    fn start(&self) -> (&'static str, &'static str);
    /// Takes its modes back.
    fn stop(&self) -> &'static str;
    fn header(&self, scene: &Scene<'_>) -> Vec<Line>;
    fn entry(&self, entry: &Entry, scene: &Scene<'_>) -> Vec<Line>;
    /// What stands right below the conversation and moves with it.
    fn tail(&self, _scene: &Scene<'_>) -> Vec<Line> {
        Vec::new()
    }
    fn live(&self, scene: &Scene<'_>) -> Live;
    fn title(&self, scene: &Scene<'_>) -> String;
    /// How long a frame of its fastest spinner stands, on the screen or in the title.
    fn spin_ms(&self) -> u64 {
        100
    }
    /// The answers of its permission dialog; the last one says no.
    fn approval_choices(&self, command: &str, place: &Place) -> Vec<String>;
    /// The answers of its question of trust; none: it has no such question.
    fn trust_choices(&self) -> &'static [&'static str] {
        &[]
    }
    /// The one of them that says no.
    fn trust_no(&self) -> usize {
        self.trust_choices().len().saturating_sub(1)
    }
    /// Digits choose at once.
    fn has_digits(&self) -> bool {
        true
    }
    /// `y`, `p` and `n` choose at once.
    fn has_letters(&self) -> bool {
        false
    }
    /// How often Escape must be pressed to interrupt its work.
    fn escapes(&self) -> u32 {
        1
    }
    /// An interrupted prompt that nothing was said to stands in the composer again.
    fn puts_prompt_back(&self) -> bool {
        false
    }
    /// A hook that is asked for permission runs beside the dialog, not before it.
    fn hook_beside_dialog(&self) -> bool {
        false
    }
    fn event_name(&self, _event: Event) -> Option<&'static str> {
        None
    }
    /// What a hook's timeout counts.
    fn hook_timeout_unit_ms(&self) -> u64 {
        1000
    }
    /// What stands for the `n`th paste.
    fn placeholder(&self, n: usize, text: &str) -> String {
        format!("[Pasted text #{n} +{} lines]", lines(text))
    }
}

impl Family {
    pub fn look(self) -> &'static dyn Style {
        match self {
            Family::Claude => &claude::Claude,
            Family::Codex => &codex::Codex,
            Family::Gemini => &gemini::Gemini,
            Family::Opencode => &opencode::Opencode,
            Family::Copilot => &copilot::Copilot,
            Family::Plain => &plain::Plain,
        }
    }

    /// As scripts name it.
    pub fn word(self) -> String {
        format!("{self:?}").to_lowercase()
    }
}

fn lines(text: &str) -> usize {
    text.matches('\n').count() + 1
}

/// The names that two families share.
fn usual_event(event: Event) -> &'static str {
    match event {
        Event::SessionStart => "SessionStart",
        Event::Prompt => "UserPromptSubmit",
        Event::BeforeTool => "PreToolUse",
        Event::Permission => "PermissionRequest",
        Event::AfterTool => "PostToolUse",
        Event::Stop => "Stop",
        Event::SessionEnd => "SessionEnd",
    }
}

/// The composer's rows behind `mark`, or `hint` while it is empty; and its cursor.
fn composer(scene: &Scene<'_>, mark: Line, hint: &str) -> (Vec<Line>, (usize, usize)) {
    let indent = mark.width();
    if scene.composer.is_empty() {
        return (vec![mark.with(DIM, hint)], (0, indent));
    }
    let rows = wrap(&scene.composer.shown(), scene.size.cols.saturating_sub(indent + 1));
    let last = rows.last().map_or(0, |row| crate::base::text::width(row));
    let cursor = (rows.len() - 1, indent + last);
    let line = |(index, row): (usize, String)| match index {
        0 => mark.clone().with(PLAIN, row),
        _ => Line::plain(" ".repeat(indent)).with(PLAIN, row),
    };
    (rows.into_iter().enumerate().map(line).collect(), cursor)
}

/// A line of `c` over `columns`.
fn rule(c: char, columns: usize) -> String {
    std::iter::repeat_n(c, columns).collect()
}

/// What a command printed, at most its last rows, behind `first`; `none` when it was nothing.
fn output(first: &str, rest: &str, text: &str, none: &str, columns: usize) -> Vec<Line> {
    /// More of it the real ones fold away.
    const ROWS: usize = 10;
    let text = text.trim_end();
    let text = if text.is_empty() { none } else { text };
    let rows = wrap(text, columns.saturating_sub(crate::base::text::width(first)));
    let from = rows.len().saturating_sub(ROWS);
    let line = |(index, row): (usize, &String)| Line::of(DIM, if index == 0 { first } else { rest }).with(DIM, row);
    rows[from..].iter().enumerate().map(line).collect()
}
