//! What the commands of the diff do, and the field for a comment. Called by `update` with the command that the table
//! found. It must never send a comment that the user did not ask to send.

use super::review::{Comment, Review};
use super::rows::{Row, Side};
use super::view::{DiffView, Draft, Part, SPLIT_FROM, areas};
use crate::base::id::TerminalId;
use crate::core::keys::{Key, KeyCode};
use crate::proto::diff::DiffBase;
use crate::tui::commands::{Action, Context};
use crate::tui::field::Field;
use crate::tui::fleet::is_gone;
use crate::tui::keymap::way_in;
use crate::tui::layout::Size;
use crate::tui::msg::Command;
use crate::tui::prose::takes_messages;
use crate::tui::scrolling;
use crate::tui::state::{Dirty, Overlay, State};
use crate::tui::toasts::Tone;
use ratatui::layout::Position;

/// Columns that long lines move at once.
const SHIFT: usize = 8;
/// Rows that a turn of the wheel moves.
const WHEEL: isize = 3;

/// Shows what became of the focused agent's files.
pub fn open(state: &mut State, commands: &mut Vec<Command>) {
    let (now, is_wide) = (state.now, state.areas().size == Size::Wide);
    let Some(agent) = state.focused() else {
        return state.toasts.push(Tone::Info, "no agent, no diff · c starts one", now);
    };
    let mut view = DiffView::new(agent.id, if is_wide { Part::Lines } else { Part::Files }, now);
    view.agent_revision = Some(agent.revision);
    commands.push(view.ask(now));
    state.overlay = Some(Overlay::Diff(Box::new(view)));
}

/// A key while the view is open. The overlay has been taken; it is put back when it stays.
pub fn key(state: &mut State, mut view: Box<DiffView>, key: Key, commands: &mut Vec<Command>) {
    if let Some(mut draft) = view.draft.take() {
        match key.code {
            KeyCode::Escape => lay_aside(state, view.terminal, draft),
            KeyCode::Enter => keep(state, &view, draft),
            _ => {
                draft.field.key(key);
                view.draft = Some(draft);
            }
        }
        state.overlay = Some(Overlay::Diff(view));
        return lay_out(state);
    }
    state.overlay = Some(Overlay::Diff(view));
    let command = state.settings.keymap.lookup(key, Context::Diff);
    match command {
        Some((command, _)) => perform(state, command.action, commands),
        None => {
            let now = state.now;
            state.toasts.push(Tone::Info, format!("{key} does nothing here · ? shows the keys"), now);
        }
    }
}

pub fn wheel(state: &mut State, is_up: bool) {
    walk(state, if is_up { -WHEEL } else { WHEEL });
    state.dirty = Dirty::Everything;
}

/// A click on a file or on a row.
pub fn click(state: &mut State, at: Position) {
    let Some(areas) = areas(state) else { return };
    with(state, |view, height| {
        if let Some(list) = areas.list.filter(|list| list.contains(at)) {
            let file = view.first_file(usize::from(list.height)) + usize::from(at.y - list.y);
            if view.diff.as_ref().is_some_and(|diff| file < diff.files.len()) {
                view.part = Part::Files;
                go_to_file(view, file, height);
            }
        } else if areas.lines.contains(at) {
            let row = view.top + usize::from(at.y - areas.lines.y);
            if row < view.rows.len() {
                (view.part, view.cursor) = (Part::Lines, row);
            }
        }
    });
    state.dirty = Dirty::Everything;
}

/// Does what the table found; the view is open.
pub fn perform(state: &mut State, action: Action, commands: &mut Vec<Command>) {
    let now = state.now;
    let height = isize::try_from(height(state)).unwrap_or(1);
    match action {
        Action::ScrollUp => walk(state, -1),
        Action::ScrollDown => walk(state, 1),
        Action::PageUp => walk(state, 1 - height.max(2)),
        Action::PageDown => walk(state, height.max(2) - 1),
        Action::HalfPageUp => walk(state, -(height / 2).max(1)),
        Action::HalfPageDown => walk(state, (height / 2).max(1)),
        Action::Top => walk(state, isize::MIN),
        Action::Bottom => walk(state, isize::MAX),
        Action::Left => with(state, |view, _| view.shift = view.shift.saturating_sub(SHIFT)),
        Action::Right => with(state, |view, _| view.shift += SHIFT),
        Action::DiffNext => hunk(state, true),
        Action::DiffPrevious => hunk(state, false),
        Action::DiffPart => with(state, |view, _| {
            view.part = if view.part == Part::Files { Part::Lines } else { Part::Files };
        }),
        Action::DiffEnter => enter(state),
        Action::DiffBase => {
            with(state, |view, _| {
                view.base = if view.base == DiffBase::Fork { DiffBase::Head } else { DiffBase::Fork };
                view.is_asking = false;
            });
            ask(state, commands);
        }
        Action::DiffAgain => ask(state, commands),
        Action::DiffSplit if state.size.0 < SPLIT_FROM => {
            state.toasts.push(Tone::Info, format!("side by side needs {SPLIT_FROM} columns"), now);
        }
        Action::DiffSplit => {
            with(state, |view, _| view.is_split = !view.is_split);
            lay_out(state);
        }
        Action::DiffComment => comment(state),
        Action::DiffDrop => drop_comment(state),
        Action::DiffSend => send(state, commands),
        Action::Open => edit(state, commands),
        Action::Copy => copy(state, commands),
        Action::Close => close(state),
        Action::Help => {
            if let Some(Overlay::Diff(view)) = state.overlay.take() {
                state.under = Some(view);
            }
            state.overlay = Some(Overlay::Help { filter: Field::default(), chosen: 0 });
        }
        _ => {}
    }
    state.dirty = Dirty::Everything;
}

/// Lays the rows out anew after the comments or the form changed.
pub fn lay_out(state: &mut State) {
    let height = height(state);
    let Some(terminal) = super::shown(state).map(|view| view.terminal) else { return };
    let comments = std::mem::take(&mut state.reviews.entry(terminal).or_default().comments);
    if let Some(view) = super::shown_mut(state) {
        view.lay_out_again(&comments, height);
    }
    state.reviews.entry(terminal).or_default().comments = comments;
}

fn height(state: &State) -> usize {
    areas(state).map_or(0, |areas| usize::from(areas.lines.height.max(areas.list.map_or(0, |list| list.height))))
}

fn with(state: &mut State, change: impl FnOnce(&mut DiffView, usize)) {
    let height = height(state);
    if let Some(Overlay::Diff(view)) = &mut state.overlay {
        change(view, height);
    }
}

fn ask(state: &mut State, commands: &mut Vec<Command>) {
    let now = state.now;
    with(state, |view, _| {
        if !view.is_asking {
            commands.push(view.ask(now));
        }
    });
}

/// Up or down by rows; in the list, by files.
fn walk(state: &mut State, steps: isize) {
    with(state, |view, height| {
        if view.part == Part::Files {
            let last = view.diff.as_ref().map_or(0, |diff| diff.files.len().saturating_sub(1));
            return go_to_file(view, view.file().saturating_add_signed(steps).min(last), height);
        }
        view.cursor = view.cursor.saturating_add_signed(steps);
        view.keep_in_sight(height);
    });
}

/// The file's head at the top: what belongs to it is read from there.
fn go_to_file(view: &mut DiffView, file: usize, height: usize) {
    if let Some(row) = view.rows.iter().position(|row| *row == Row::File(file)) {
        (view.cursor, view.top) = (row, row);
        view.keep_in_sight(height);
    }
}

fn hunk(state: &mut State, is_next: bool) {
    let now = state.now;
    let mut is_there = false;
    with(state, |view, height| {
        let found = match is_next {
            true => view.stops().find(|row| *row > view.cursor),
            false => view.stops().take_while(|row| *row < view.cursor).last(),
        };
        let Some(row) = found else { return };
        is_there = true;
        view.part = Part::Lines;
        view.cursor = row;
        // Some of what stands before it, and as much as possible of it.
        if row < view.top || row + height / 2 >= view.top + height {
            view.top = row.saturating_sub(3);
        }
        view.keep_in_sight(height);
    });
    if !is_there {
        let words = if is_next { "this is the last hunk" } else { "this is the first hunk" };
        state.toasts.push(Tone::Info, words, now);
    }
}

fn enter(state: &mut State) {
    let mut on_comment = false;
    with(state, |view, height| match view.part {
        Part::Files => {
            view.part = Part::Lines;
            go_to_file(view, view.file(), height);
        }
        Part::Lines => on_comment = true,
    });
    if on_comment {
        comment(state);
    }
}

fn close(state: &mut State) {
    let is_wide = state.areas().size == Size::Wide;
    let kept =
        super::shown(state).and_then(|view| Some((view.terminal, state.reviews.get(&view.terminal)?.comments.len())));
    if let Some(Overlay::Diff(view)) = &mut state.overlay
        && !is_wide
        && view.part == Part::Lines
        && view.diff.as_ref().is_some_and(|diff| !diff.files.is_empty())
    {
        view.part = Part::Files;
        return;
    }
    state.overlay = None;
    if let Some((terminal, count @ 1..)) = kept {
        let (now, name) = (state.now, state.name(terminal));
        let words = if count == 1 { "1 comment is".to_owned() } else { format!("{count} comments are") };
        let is_sent = state.fleet.get(terminal).is_some_and(|agent| takes_messages(state, &agent.provider));
        let how = if is_sent { ", not sent · d, then m sends" } else { "" };
        state.toasts.push(Tone::Info, format!("{words} kept for {name}{how}"), now);
    }
}

/// Begins a comment on the cursor's line, or takes up the one it is on.
fn comment(state: &mut State) {
    let now = state.now;
    let Some(Overlay::Diff(view)) = &mut state.overlay else { return };
    let review = state.reviews.get(&view.terminal);
    let known = review.map_or(&[][..], |review| &review.comments);
    if let Some(Row::Comment { comment: n, .. }) = view.rows.get(view.cursor) {
        if let Some(old) = known.get(*n) {
            let words = begun(review, old).unwrap_or_else(|| old.words.clone());
            view.draft = Some(Draft { comment: old.clone(), instead: Some(*n), field: Field::new(&words) });
        }
        return;
    }
    let place = view.line().and_then(|(path, line)| {
        let (side, number) = line.new.map(|n| (Side::New, n)).or(line.old.map(|n| (Side::Old, n)))?;
        let (path, quote) = (path.to_owned(), line.text.to_owned());
        Some(Comment { path, side, line: number, quote, words: String::new() })
    });
    match place {
        Some(comment) => {
            view.part = Part::Lines;
            let begun = begun(review, &comment).unwrap_or_default();
            view.draft = Some(Draft { comment, instead: None, field: Field::new(&begun) });
        }
        None => state.toasts.push(Tone::Info, "a comment belongs to a line", now),
    }
}

/// What was begun on the line of a comment, and left.
fn begun(review: Option<&Review>, comment: &Comment) -> Option<String> {
    let aside = review?.aside.as_ref().filter(|aside| aside.is_at(comment))?;
    Some(aside.words.clone())
}

/// A comment that is left before it is kept: the last one of an agent can be taken up again.
fn lay_aside(state: &mut State, terminal: TerminalId, draft: Draft) {
    let (now, words) = (state.now, draft.field.text());
    let is_new = !words.trim().is_empty() && (draft.instead.is_none() || words != draft.comment.words);
    if is_new {
        let key = way_in(state, Action::DiffComment, Context::Diff);
        state.toasts.push(Tone::Info, format!("not kept · {key} on that line takes it up again"), now);
        state.reviews.entry(terminal).or_default().aside = Some(Comment { words, ..draft.comment });
    }
}

fn keep(state: &mut State, view: &DiffView, draft: Draft) {
    let words = draft.field.text().trim().to_owned();
    let review = state.reviews.entry(view.terminal).or_default();
    review.aside.take_if(|aside| aside.is_at(&draft.comment));
    let comments = &mut review.comments;
    match draft.instead.filter(|n| *n < comments.len()) {
        Some(n) if words.is_empty() => drop(comments.remove(n)),
        Some(n) => comments[n].words = words,
        None if words.is_empty() => {}
        None => comments.push(Comment { words, ..draft.comment }),
    }
}

fn drop_comment(state: &mut State) {
    let now = state.now;
    let Some(Overlay::Diff(view)) = &state.overlay else { return };
    let on = |row: Option<&Row>| match row {
        Some(Row::Comment { comment, .. }) => Some(*comment),
        _ => None,
    };
    // The one it is on, or that of the line it is on.
    let found = on(view.rows.get(view.cursor)).or(on(view.rows.get(view.cursor + 1)));
    let terminal = view.terminal;
    match found {
        Some(n) => {
            let comments = &mut state.reviews.entry(terminal).or_default().comments;
            if n < comments.len() {
                comments.remove(n);
            }
            lay_out(state);
        }
        None => state.toasts.push(Tone::Info, "no comment here", now),
    }
}

fn send(state: &mut State, commands: &mut Vec<Command>) {
    let now = state.now;
    let Some(terminal) = super::shown(state).map(|view| view.terminal) else { return };
    let name = state.name(terminal);
    let refused = match state.fleet.get(terminal) {
        _ if state.settings.read_only => Some("read-only: nothing can be sent".to_owned()),
        None => Some(format!("{name} is gone · the comments are kept")),
        Some(agent) if is_gone(agent) => Some(format!("{name} is gone · R restarts it, the comments are kept")),
        // A shell would run every line of them.
        Some(agent) if !takes_messages(state, &agent.provider) => {
            Some(format!("not sent: {name} takes no messages, it would run them · the comments are kept"))
        }
        Some(_) => None,
    };
    if let Some(words) = refused {
        return state.toasts.push(Tone::Info, words, now);
    }
    let review = state.reviews.entry(terminal).or_default();
    if review.is_sending() {
        return state.toasts.push(Tone::Info, format!("the comments are on their way to {name}"), now);
    }
    match review.send(terminal, now) {
        Some((id, message)) => {
            commands.push(Command::Message { terminal, id, message });
            state.toasts.push(Tone::Info, format!("sending to {name} …"), now);
        }
        None => state.toasts.push(Tone::Info, "no comments yet · c writes one", now),
    }
    lay_out(state);
}

fn edit(state: &mut State, commands: &mut Vec<Command>) {
    let now = state.now;
    let Some(Overlay::Diff(view)) = &state.overlay else { return };
    let Some(diff) = &view.diff else { return };
    let Some(file) = diff.files.get(view.file()) else { return };
    if state.settings.is_remote {
        return state.toasts.push(Tone::Info, "the files are on the agents' machine", now);
    }
    if file.status == "deleted" {
        return state.toasts.push(Tone::Info, "the file is gone", now);
    }
    let line = view.line().and_then(|(_, line)| line.new.or(line.old));
    commands.push(Command::Edit { path: file.path.clone(), line, directory: diff.directory.clone() });
}

/// The hunk that the cursor is in, as a patch has it.
fn copy(state: &mut State, commands: &mut Vec<Command>) {
    let Some(Overlay::Diff(view)) = &state.overlay else { return };
    let hunk = view.rows.get(..=view.cursor).and_then(|rows| {
        rows.iter().rev().find_map(|row| match row {
            Row::Hunk { file, hunk } => Some((*file, *hunk)),
            _ => None,
        })
    });
    let hunk = hunk.filter(|(file, _)| *file == view.file());
    let text = hunk
        .and_then(|(file, hunk)| Some(view.diff.as_ref()?.files.get(file)?.hunks.get(hunk)?.lines.join("\n") + "\n"));
    scrolling::put_on_clipboard(state, text.unwrap_or_default(), commands);
}
