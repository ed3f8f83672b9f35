//! The diff of an agent's work: a title, the files, the lines that changed. Nothing is told by colour alone: signs stand
//! before the lines.

use super::Theme;
use super::dialog::one_line;
use super::draw::{Canvas, fill, put, put_right};
use crate::base::text;
use crate::proto::diff::{Diff, DiffBase, DiffFile, DiffHunk};
use crate::tui::diff::{self, Comment, DiffView, Part, Row, Side};
use crate::tui::fields;
use crate::tui::layout;
use crate::tui::state::State;
use crate::tui::surface::CursorView;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

/// Columns to the next stop of a tab: code in tabs keeps its shape, and its room.
const TAB: usize = 4;

/// Draws it over all below the top bar; `None`: the panes are still to be seen.
pub fn diff(
    view: &DiffView,
    state: &State,
    theme: &Theme,
    areas: layout::Areas,
    buffer: &mut Canvas<'_>,
) -> Option<CursorView> {
    if !view.is_visible(state.now) {
        return None;
    }
    let parts = diff::areas(state)?;
    let whole = parts.title.union(parts.lines).union(parts.list.unwrap_or(parts.lines));
    fill(buffer, whole, theme.text);
    title(view, state, theme, parts.title, buffer);
    let comments = state.reviews.get(&view.terminal).map_or(&[][..], |review| &review.comments);
    let drawn = Drawn { view, state, theme, comments };
    if let Some(diff) = &view.diff {
        if diff.files.is_empty() {
            let area = if parts.lines.height > 0 { parts.lines } else { parts.list.unwrap_or(parts.lines) };
            empty(diff, theme, Rect { x: area.x, width: area.width, ..area }, buffer);
        }
        if let Some(list) = parts.list {
            drawn.files(diff, list, buffer);
            if parts.lines.height > 0 {
                for y in list.top()..list.bottom() {
                    put(buffer, list.right(), y, 1, state.settings.glyphs.divider(), theme.frame);
                }
            }
        }
        drawn.rows(diff, parts.lines, buffer);
    } else {
        let words = format!("looking at the files of {} …", state.name(view.terminal));
        put(buffer, parts.lines.x + 1, parts.title.y + 1, whole.width, &words, theme.dim);
    }
    let draft = view.draft.as_ref()?;
    let last = Rect { y: areas.whole.bottom().saturating_sub(1), height: 1, ..areas.whole };
    let bar = areas.status.unwrap_or(last);
    fill(buffer, bar, theme.bar);
    let x = put(buffer, bar.x, bar.y, bar.width, " comment ", theme.mode_command) + 1;
    let keys = format!("enter keep  {} back", fields::way_out(state));
    // The field keeps half of the bar, whatever else would like to stand there.
    let room = bar.width.saturating_sub(x) / 2;
    let shown = if text::width(&keys) as u16 + 2 <= room { &keys[..] } else { "" };
    let end = put_right(buffer, bar.right().saturating_sub(1), bar.y, room, shown, theme.bar.patch(theme.dim));
    one_line(&draft.field, state, theme, Rect { x, width: end.saturating_sub(x + 1), ..bar }, buffer)
}

fn title(view: &DiffView, state: &State, theme: &Theme, area: Rect, buffer: &mut Canvas<'_>) {
    fill(buffer, area, theme.bar);
    let bar = |style: Style| theme.bar.patch(style);
    let count = state.reviews.get(&view.terminal).map_or(0, |review| review.comments.len());
    let mut right = match &view.problem {
        Some(problem) => format!("not looked at again: {problem}"),
        None if view.is_asking && view.diff.as_ref().is_none_or(|diff| diff.base != view.base) => {
            "looking …".to_owned()
        }
        None => String::new(),
    };
    if count > 0 && right.is_empty() {
        right = format!("{count} comment{} · m sends", if count == 1 { "" } else { "s" });
    }
    let style = if view.problem.is_some() { bar(theme.failed) } else { bar(theme.accent) };
    let room = area.width / 2;
    let end = put_right(buffer, area.right().saturating_sub(1), area.y, room, &right, style).min(area.right());
    let room = |x: u16| end.saturating_sub(x + 1);
    let mut x = put(buffer, area.x + 1, area.y, room(area.x), "Diff ", bar(theme.accent));
    x = put(buffer, x, area.y, room(x), &state.name(view.terminal), bar(theme.strong)) + 2;
    let Some(diff) = &view.diff else { return };
    let since = since(diff);
    let counts = [
        (format!("+{}", diff.files.iter().map(|f| f.added).sum::<u64>()), theme.done),
        (format!("−{}", diff.files.iter().map(|f| f.removed).sum::<u64>()), theme.failed),
    ];
    let count = diff.files.len() as u64 + diff.more_files;
    let files = format!("{count} file{}", if count == 1 { "" } else { "s" });
    // Whole or not at all, what matters most first.
    let mut part = |words: &str, style: Style, gap: u16| {
        let width = text::width(words) as u16;
        if x + width <= end.saturating_sub(1) {
            x = put(buffer, x, area.y, width, words, bar(style)) + gap;
        }
    };
    part(&counts[0].0, counts[0].1, 1);
    part(&counts[1].0, counts[1].1, 1);
    part(&format!("in {files}"), theme.text, 2);
    part(&since, theme.dim, 2);
    if diff.truncated {
        part("cut: too much to show", theme.waiting, 2);
    }
    for note in &diff.notes {
        part(note, theme.dim, 2);
    }
}

/// `since fix-auth left main`, `since the last commit`.
fn since(diff: &Diff) -> String {
    let branch = diff.branch.as_deref().map_or("this".to_owned(), text::printable);
    let commit = diff.base_commit.as_deref().and_then(|id| id.get(..7)).unwrap_or("none yet");
    match diff.base {
        _ if diff.base_commit.is_none() => format!("{branch}, no commit yet"),
        DiffBase::Fork if diff.base_name != "HEAD" => {
            format!("since {branch} left {} ({commit})", text::printable(&diff.base_name))
        }
        _ => format!("{branch}, since the last commit ({commit})"),
    }
}

fn empty(diff: &Diff, theme: &Theme, area: Rect, buffer: &mut Canvas<'_>) {
    let y = area.y + area.height / 3;
    for (n, (words, style)) in
        [(format!("No changes: {}.", since(diff)), theme.text), ("b compares with another base.".to_owned(), theme.dim)]
            .into_iter()
            .enumerate()
    {
        let x = area.x + area.width.saturating_sub(text::width(&words) as u16) / 2;
        if y + (n as u16) < area.bottom() {
            put(buffer, x, y + n as u16, area.right().saturating_sub(x), &words, style);
        }
    }
}

struct Drawn<'a> {
    view: &'a DiffView,
    state: &'a State,
    theme: &'a Theme,
    comments: &'a [Comment],
}

/// A letter for what became of a file, as git has it.
fn letter(file: &DiffFile) -> &'static str {
    match file.status.as_str() {
        "added" => "A",
        "untracked" => "?",
        "deleted" => "D",
        "renamed" => "R",
        "copied" => "C",
        "mode" => "T",
        "conflicted" => "U",
        "submodule" => "S",
        _ => "M",
    }
}

impl Drawn<'_> {
    fn letter_style(&self, file: &DiffFile) -> Style {
        match file.status.as_str() {
            "added" | "untracked" => self.theme.done,
            "deleted" => self.theme.failed,
            "conflicted" => self.theme.waiting,
            _ => self.theme.dim,
        }
    }

    fn files(&self, diff: &Diff, area: Rect, buffer: &mut Canvas<'_>) {
        let (theme, height) = (self.theme, usize::from(area.height));
        let chosen = self.view.file();
        let has_keys = self.view.part == Part::Files;
        let first = self.view.first_file(height);
        for (n, file) in diff.files.iter().enumerate().skip(first).take(height) {
            let row = Rect { y: area.y + (n - first) as u16, height: 1, ..area };
            let mut base = Style::new();
            if n == chosen {
                base = if has_keys { theme.selection } else { base.patch(theme.strong) };
                fill(buffer, row, base);
                self.mark(row.x, row.y, base, buffer);
            }
            put(buffer, row.x + 1, row.y, 1, letter(file), base.patch(self.letter_style(file)));
            let mut end = row.right().saturating_sub(1);
            if file.binary {
                end = put_right(buffer, end, row.y, 8, "binary", base.patch(theme.dim));
            }
            for (count, sign, style) in [(file.removed, '−', theme.failed), (file.added, '+', theme.done)] {
                if count > 0 {
                    end = put_right(buffer, end, row.y, 8, &format!("{sign}{count}"), base.patch(style))
                        .saturating_sub(1);
                }
            }
            let comments = self.comments.iter().filter(|comment| comment.path == file.path).count();
            if comments > 0 {
                let words = format!("›{comments}");
                end = put_right(buffer, end, row.y, 5, &words, base.patch(theme.accent)).saturating_sub(1);
            }
            let x = row.x + 3;
            let style = base.patch(if n == chosen { theme.strong } else { theme.text });
            put(buffer, x, row.y, end.saturating_sub(x), &tail(&file.path, end.saturating_sub(x)), style);
        }
    }

    fn rows(&self, diff: &Diff, area: Rect, buffer: &mut Canvas<'_>) {
        let height = usize::from(area.height);
        let numbers = Numbers::of(diff);
        for (n, row) in self.view.rows.iter().enumerate().skip(self.view.top).take(height) {
            let y = area.y + (n - self.view.top) as u16;
            let line = Rect { y, height: 1, ..area };
            let is_chosen = n == self.view.cursor && self.view.part == Part::Lines;
            let base = if is_chosen { self.theme.selection } else { Style::new() };
            if is_chosen {
                fill(buffer, line, base);
                self.mark(line.x, y, base, buffer);
            }
            self.row(diff, row, base, numbers, line, buffer);
        }
    }

    fn row(&self, diff: &Diff, row: &Row, base: Style, numbers: Numbers, area: Rect, buffer: &mut Canvas<'_>) {
        let theme = self.theme;
        let Some(file) = diff.files.get(row.file()) else { return };
        let inner = Rect { x: area.x + 1, width: area.width.saturating_sub(1), ..area };
        match row {
            Row::File(_) => {
                for x in inner.left()..inner.right() {
                    put(buffer, x, inner.y, 1, self.state.settings.glyphs.line(), base.patch(theme.frame));
                }
                let name = format!(" {} ", tail(&file.path, inner.width.saturating_sub(24)));
                let x = put(buffer, inner.x + 1, inner.y, inner.width, &name, base.patch(theme.strong));
                let words = format!("{} ", file.status);
                let room = inner.right().saturating_sub(x);
                put(buffer, x, inner.y, room, &words, base.patch(self.letter_style(file)));
            }
            Row::Remark(_, words) => {
                put(buffer, inner.x + 2, inner.y, inner.width.saturating_sub(2), words, base.patch(theme.dim));
            }
            Row::Hunk { hunk, .. } => {
                let Some(hunk) = file.hunks.get(*hunk) else { return };
                // Of a file that is gone there is no line now.
                let start = if hunk.new_start == 0 { hunk.old_start } else { hunk.new_start };
                let words = format!("@@ {start} @@ {}", expanded(&hunk.heading));
                put(buffer, inner.x + 1, inner.y, inner.width.saturating_sub(1), &words, base.patch(theme.dim));
            }
            Row::Line { hunk, line, .. } => {
                let Some(hunk) = file.hunks.get(*hunk) else { return };
                let x = self.number(inner.x, inner.y, numbers.old, line.old, base, buffer);
                let x = self.number(x, inner.y, numbers.new, line.new, base, buffer);
                self.code(hunk, line.index, base, Rect { x, width: inner.right().saturating_sub(x), ..inner }, buffer);
            }
            Row::Pair { hunk, left, right, .. } => {
                let Some(hunk) = file.hunks.get(*hunk) else { return };
                let half = inner.width / 2;
                for (side, x, line, width) in
                    [(Side::Old, inner.x, left, half), (Side::New, inner.x + half, right, inner.width - half)]
                {
                    let (digits, n) = match side {
                        Side::Old => (numbers.old, line.and_then(|line| line.old)),
                        Side::New => (numbers.new, line.and_then(|line| line.new)),
                    };
                    let code = self.number(x, inner.y, digits, n, base, buffer);
                    if let Some(line) = line {
                        let room = (x + width).saturating_sub(code + u16::from(side == Side::Old));
                        self.code(hunk, line.index, base, Rect { x: code, width: room, ..inner }, buffer);
                    }
                    if side == Side::New {
                        put(
                            buffer,
                            x.saturating_sub(1),
                            inner.y,
                            1,
                            self.state.settings.glyphs.divider(),
                            base.patch(theme.frame),
                        );
                    }
                }
            }
            Row::Comment { comment, .. } => {
                let Some(comment) = self.comments.get(*comment) else { return };
                let indent = (numbers.old + numbers.new + 2) as u16;
                let x = inner.x + indent.min(inner.width / 4);
                let x = put(buffer, x, inner.y, 2, "› ", base.patch(theme.accent));
                put(buffer, x, inner.y, inner.right().saturating_sub(x), &comment.words, base.patch(theme.accent));
            }
        }
    }

    fn number(&self, x: u16, y: u16, digits: usize, n: Option<u32>, base: Style, buffer: &mut Canvas<'_>) -> u16 {
        let words = n.map_or_else(String::new, |n| n.to_string());
        put(buffer, x, y, digits as u16, &format!("{words:>digits$}"), base.patch(self.theme.faint));
        x + digits as u16 + 1
    }

    /// The mark of the chosen row; where that row is reversed, it is not.
    fn mark(&self, x: u16, y: u16, base: Style, buffer: &mut Canvas<'_>) {
        let style = base.patch(self.theme.accent).remove_modifier(Modifier::REVERSED);
        put(buffer, x, y, 1, self.state.settings.glyphs.chosen(), style);
    }

    /// The sign, and what of the line is in the window.
    fn code(&self, hunk: &DiffHunk, index: usize, base: Style, area: Rect, buffer: &mut Canvas<'_>) {
        let Some(line) = hunk.lines.get(index) else { return };
        let mut chars = line.chars();
        let sign = chars.next().unwrap_or(' ');
        let style = base.patch(match sign {
            '+' => self.theme.done,
            '-' => self.theme.failed,
            '\\' => self.theme.dim,
            _ => self.theme.text,
        });
        put(buffer, area.x, area.y, 1, sign.encode_utf8(&mut [0; 4]), style);
        // Without a colour the sign says it: whole lines that are bold or underlined are hard to read.
        let style = if style.fg.is_none() { base.patch(self.theme.text) } else { style };
        let text: String = expanded(chars.as_str()).chars().skip(self.view.shift).collect();
        put(buffer, area.x + 1, area.y, area.width.saturating_sub(1), &text, style);
    }
}

/// Columns of the line numbers: as many as the largest has digits.
#[derive(Clone, Copy)]
struct Numbers {
    old: usize,
    new: usize,
}

impl Numbers {
    fn of(diff: &Diff) -> Numbers {
        let hunks = || diff.files.iter().filter_map(|file| file.hunks.last());
        let digits = |n: u32| n.max(100).to_string().len();
        let end = |start: u32, hunk: &DiffHunk| start.saturating_add(u32::try_from(hunk.lines.len()).unwrap_or(0));
        Numbers {
            old: hunks().map(|hunk| digits(end(hunk.old_start, hunk))).max().unwrap_or(3),
            new: hunks().map(|hunk| digits(end(hunk.new_start, hunk))).max().unwrap_or(3),
        }
    }
}

/// Tabs as blanks, and the line end of other systems as a sign.
fn expanded(text: &str) -> String {
    let mut out = String::new();
    let mut column = 0;
    let (text, end) = text.strip_suffix('\r').map_or((text, ""), |text| (text, "␍"));
    for c in text.chars() {
        if c == '\t' {
            let blanks = TAB - column % TAB;
            out.extend(std::iter::repeat_n(' ', blanks));
            column += blanks;
        } else {
            column += text::char_width(c);
            out.push(c);
        }
    }
    out + end
}

/// The end of a path says more than its beginning.
fn tail(path: &str, room: u16) -> String {
    let path = text::printable(path);
    let mut width = text::width(&path);
    if width <= usize::from(room) {
        return path;
    }
    let mut chars = path.chars();
    while width + 1 > usize::from(room) {
        let Some(c) = chars.next() else { break };
        width = width.saturating_sub(text::char_width(c));
    }
    format!("…{}", chars.as_str())
}
