//! What of a diff is shown: which rows, where the cursor is, and when to ask for it again. Kept by the overlay. A new diff
//! must never move what the user looks at.

use super::review::{Comment, Review};
use super::rows::{self, Row, Side};
use crate::base::clock::Millis;
use crate::base::id::TerminalId;
use crate::proto::diff::{Diff, DiffBase, DiffLine};
use crate::tui::field::Field;
use crate::tui::layout::Size;
use crate::tui::msg::Command;
use crate::tui::state::State;
use ratatui::layout::Rect;

/// The first answer is waited for so long before anything is drawn: most come sooner, and nothing flickers.
const PATIENCE: Millis = 200;
/// Between two questions while the agent works.
const PAUSE: Millis = 1_000;
/// And so many times as long as the last answer took: a large repository must not keep a core busy.
const PAUSE_FACTOR: u64 = 4;
/// Columns of the list of files beside the lines.
pub const LIST: u16 = 32;
/// Columns from which two sides fit beside one another.
pub const SPLIT_FROM: u16 = 160;

/// Which half has the keys.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Part {
    Files,
    #[default]
    Lines,
}

/// A comment being written.
#[derive(Clone, Debug)]
pub struct Draft {
    pub comment: Comment,
    /// The one it takes the place of.
    pub instead: Option<usize>,
    pub field: Field,
}

#[derive(Clone, Debug)]
pub struct DiffView {
    pub terminal: TerminalId,
    pub base: DiffBase,
    pub diff: Option<Diff>,
    pub rows: Vec<Row>,
    pub cursor: usize,
    pub top: usize,
    pub part: Part,
    pub is_split: bool,
    /// Columns that long lines are moved to the left.
    pub shift: usize,
    pub draft: Option<Draft>,
    /// Why the last question was not answered.
    pub problem: Option<String>,
    pub opened: Millis,
    pub is_asking: bool,
    pub asked_at: Millis,
    pub took: Millis,
    pub is_stale: bool,
    pub agent_revision: Option<u64>,
}

/// Where its parts lie.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Areas {
    pub title: Rect,
    pub list: Option<Rect>,
    /// Of no height where the list has all the room.
    pub lines: Rect,
}

/// All below the top bar; beside one another where there is room.
pub fn areas(state: &State) -> Option<Areas> {
    let view = super::shown(state)?;
    let areas = state.areas();
    let top = areas.top.map_or(areas.whole.y, |bar| bar.bottom());
    let bottom = areas.status.map_or(areas.whole.bottom(), |bar| bar.y);
    let title = Rect { y: top, height: 1.min(bottom.saturating_sub(top)), ..areas.whole };
    let body = Rect { y: title.bottom(), height: bottom.saturating_sub(title.bottom()), ..areas.whole };
    if areas.size == Size::Wide {
        let list = Rect { width: LIST, ..body };
        let lines = Rect { x: body.x + LIST + 1, width: body.width.saturating_sub(LIST + 1), ..body };
        return Some(Areas { title, list: Some(list), lines });
    }
    Some(match view.part {
        Part::Files => Areas { title, list: Some(body), lines: Rect { height: 0, ..body } },
        Part::Lines => Areas { title, list: None, lines: body },
    })
}

/// What the cursor is on, so that it can be found again.
struct Anchor {
    path: String,
    place: Option<(Side, u32)>,
    text: Option<String>,
    /// Rows below the file's head.
    below: usize,
}

impl DiffView {
    pub fn new(terminal: TerminalId, part: Part, now: Millis) -> DiffView {
        DiffView {
            terminal,
            base: DiffBase::Fork,
            diff: None,
            rows: Vec::new(),
            cursor: 0,
            top: 0,
            part,
            is_split: false,
            shift: 0,
            draft: None,
            problem: None,
            opened: now,
            is_asking: false,
            asked_at: now,
            took: 0,
            is_stale: false,
            agent_revision: None,
        }
    }

    pub fn is_visible(&self, now: Millis) -> bool {
        self.diff.is_some() || now >= self.opened + PATIENCE
    }

    pub fn due(&self) -> Option<Millis> {
        if self.diff.is_none() {
            return (self.asked_at == self.opened).then_some(self.opened + PATIENCE).filter(|_| self.is_asking);
        }
        (self.is_stale && !self.is_asking).then(|| self.asked_at + PAUSE.max(self.took * PAUSE_FACTOR))
    }

    pub fn is_time_to_ask(&self, now: Millis) -> bool {
        self.diff.is_some() && self.due().is_some_and(|due| due <= now)
    }

    pub fn ask(&mut self, now: Millis) -> Command {
        (self.is_asking, self.is_stale, self.asked_at) = (true, false, now);
        let revision = self.diff.as_ref().filter(|diff| diff.base == self.base).map(|diff| diff.revision.clone());
        Command::FetchDiff { terminal: self.terminal, base: self.base, revision }
    }

    /// Shows another diff, or the same with other comments, at the same place.
    pub fn load(&mut self, diff: Diff, review: &mut Review, height: usize) {
        let anchor = self.anchor();
        self.problem = None;
        rows::settle(&diff, &mut review.comments);
        self.diff = Some(diff);
        self.lay_out(&review.comments, anchor, height);
    }

    /// Makes the rows anew, as the comments or the form are others.
    pub fn lay_out_again(&mut self, comments: &[Comment], height: usize) {
        let anchor = self.anchor();
        self.lay_out(comments, anchor, height);
    }

    fn lay_out(&mut self, comments: &[Comment], anchor: Option<Anchor>, height: usize) {
        let Some(diff) = &self.diff else { return };
        let from_top = self.cursor.saturating_sub(self.top);
        self.rows = rows::rows(diff, comments, self.is_split);
        match anchor.and_then(|anchor| self.find(&anchor)) {
            Some(row) => (self.cursor, self.top) = (row, row.saturating_sub(from_top)),
            // The first thing to read is the first file's first line.
            None => self.cursor = 0,
        }
        self.keep_in_sight(height);
    }

    fn anchor(&self) -> Option<Anchor> {
        let row = self.rows.get(self.cursor)?;
        let file = self.diff.as_ref()?.files.get(row.file())?;
        // A comment stands with its line.
        let at = self.rows[..=self.cursor].iter().rev().find(|row| !matches!(row, Row::Comment { .. })).unwrap_or(row);
        let line = at.line();
        let text =
            line.and_then(|(hunk, line)| Some(file.hunks.get(hunk)?.lines.get(line.index)?.get(1..)?.to_owned()));
        let head = self.rows[..=self.cursor].iter().rposition(|row| matches!(row, Row::File(_))).unwrap_or(0);
        let place = line.and_then(|(_, line)| line.place());
        Some(Anchor { path: file.path.clone(), place, text, below: self.cursor - head })
    }

    /// The row that reads as the anchor did, the nearest of them; else the one with its number.
    fn find(&self, anchor: &Anchor) -> Option<usize> {
        let diff = self.diff.as_ref()?;
        let file = diff.files.iter().position(|file| file.path == anchor.path)?;
        let head = self.rows.iter().position(|row| *row == Row::File(file))?;
        let Some((side, number)) = anchor.place else {
            let last = self.rows.iter().rposition(|row| row.file() == file).unwrap_or(head);
            return Some((head + anchor.below).min(last));
        };
        let of_side = |row: &Row| {
            let (hunk, line) = row.line()?;
            let n = if side == Side::New { line.new? } else { line.old? };
            let text = diff.files[file].hunks.get(hunk)?.lines.get(line.index)?.get(1..)?;
            Some((anchor.text.as_deref() != Some(text), n.abs_diff(number)))
        };
        let rows = self.rows.iter().enumerate().skip(head).take_while(|(_, row)| row.file() == file);
        let found = rows.filter_map(|(n, row)| Some((of_side(row)?, n))).min();
        Some(found.map_or(head, |(_, row)| row))
    }

    /// The row of the cursor is seen, and no more blank than needed.
    pub fn keep_in_sight(&mut self, height: usize) {
        let height = height.max(1);
        self.cursor = self.cursor.min(self.rows.len().saturating_sub(1));
        self.top = self.top.min(self.rows.len().saturating_sub(height));
        self.top = self.top.clamp((self.cursor + 1).saturating_sub(height), self.cursor);
    }

    /// The file that the cursor is in.
    pub fn file(&self) -> usize {
        self.rows.get(self.cursor).map_or(0, Row::file)
    }

    /// The first file that a list of this height shows: the cursor's is in its middle where it can be.
    pub fn first_file(&self, height: usize) -> usize {
        let count = self.diff.as_ref().map_or(0, |diff| diff.files.len());
        self.file().saturating_sub(height / 2).min(count.saturating_sub(height))
    }

    /// The line that the cursor is on, with the path of its file.
    pub fn line(&self) -> Option<(&str, DiffLine<'_>)> {
        let row = self.rows.get(self.cursor)?;
        let file = self.diff.as_ref()?.files.get(row.file())?;
        let (hunk, line) = row.line()?;
        let line = file.hunks.get(hunk)?.numbered().nth(line.index)?;
        Some((&file.path, line))
    }

    /// The rows where hunks begin; of files without one, the file.
    pub fn stops(&self) -> impl Iterator<Item = usize> + '_ {
        self.rows.iter().enumerate().filter_map(|(n, row)| match row {
            Row::Hunk { .. } => Some(n),
            Row::File(_) if !matches!(self.rows.get(n + 1), Some(Row::Hunk { .. })) => Some(n),
            _ => None,
        })
    }
}
