//! Scrolling back and copying: what the keys of those contexts do to a pane that stands still.
//! Called by `actions` and the mouse. It must never touch the live screen.

use super::commands::{Action, Context};
use super::finder::Finder;
use super::keymap::way_in;
use super::msg::{Command, Failure};
use super::past::{Past, Wanted};
use super::prompt::{self, Prompt};
use super::selection::{Place, Selection};
use super::state::{Dirty, Overlay, State};
use super::target::Target;
use super::toasts::Tone;
use super::typing;
use crate::base::id::TerminalId;
use crate::proto::rest::{FoundRow, FoundRows, Transcript};

/// Lines per notch of the wheel, as most terminals do.
pub const WHEEL_LINES: isize = 3;

/// Columns for a key to the side: half a dozen words pass by, and none is jumped over.
const SIDEWAYS: i16 = 20;

/// More does not fit into what terminals take by OSC 52.
const COPY_BYTES: usize = 70_000;
/// The most rows that the server gives at once.
const MAX_ROWS: usize = 20_000;

/// Freezes a pane, if it is not frozen already.
pub fn freeze(state: &mut State, id: TerminalId) {
    let height = height(state, id);
    state.pasts += 1;
    if let Some(pane) = state.panes.get_mut(&id) {
        if pane.past.is_none() {
            let seen = usize::from(pane.top(height as u16)) + height;
            let replica = &pane.replica;
            let past = Past::new(state.pasts, &replica.lines, seen, replica.columns, replica.offset);
            pane.past = Some(past.with_links(pane.replica.links.clone()));
        }
        state.dirty = Dirty::Everything;
    }
}

/// Scrolls a pane, freezing it when it goes up and freeing it when it is back at the bottom.
pub fn scroll(state: &mut State, id: TerminalId, lines: isize, commands: &mut Vec<Command>) {
    if lines < 0 && state.past(id).is_none() {
        return;
    }
    if state.focus == Some(id) {
        typing::leave(state, commands);
    }
    freeze(state, id);
    let height = height(state, id);
    with_past(state, id, commands, |past| past.scroll(lines, height));
    let done = state
        .past(id)
        .is_some_and(|p| p.back() == 0 && p.cursor.is_none() && p.finder.is_none() && lines < 0 && !p.is_loading());
    if done {
        thaw(state, id);
    }
}

pub fn thaw(state: &mut State, id: TerminalId) {
    if let Some(pane) = state.panes.get_mut(&id) {
        pane.past = None;
    }
    state.dirty = Dirty::Everything;
}

/// Begins copy mode, with the cursor on what was found, else where the program's is.
pub fn start_copy(state: &mut State, id: TerminalId, commands: &mut Vec<Command>) {
    typing::leave(state, commands);
    freeze(state, id);
    let height = height(state, id);
    let live = state.panes.get(&id).map(|p| p.replica.cursor).unwrap_or_default();
    let live_top = state.panes.get(&id).map_or(0, |p| p.top(height as u16));
    with_past(state, id, commands, |past| {
        let top = past.top(height);
        let row = if past.back() == 0 { top + usize::from(live.row.saturating_sub(live_top)) } else { top };
        let place = Place { row: row.min(past.last()), column: live.column };
        past.put_cursor(past.found(height).unwrap_or(place), height);
    });
}

pub fn perform(state: &mut State, id: TerminalId, action: Action, commands: &mut Vec<Command>) {
    let height = height(state, id);
    let width = width(state, id);
    let copying = state.past(id).is_some_and(|p| p.cursor.is_some());
    let page = height.saturating_sub(1) as isize;
    let half = (height / 2).max(1) as isize;
    let lines = match action {
        Action::ScrollUp => 1,
        Action::ScrollDown => -1,
        Action::PageUp => page,
        Action::PageDown => -page,
        Action::HalfPageUp => half,
        Action::HalfPageDown => -half,
        _ => 0,
    };
    if lines != 0 {
        if copying {
            return with_past(state, id, commands, |past| past.move_cursor(-lines, 0, height, width));
        }
        return scroll(state, id, lines, commands);
    }
    match action {
        Action::Top => with_past(state, id, commands, |past| past.go_to_top(height)),
        Action::Bottom if copying => with_past(state, id, commands, |past| {
            let row = past.last();
            past.go_to_bottom();
            past.put_cursor(Place { row, column: 0 }, height);
        }),
        Action::Bottom => thaw(state, id),
        Action::StartCopy => start_copy(state, id, commands),
        Action::Left if !copying => {
            with_past(state, id, commands, |past| past.scroll_sideways(-SIDEWAYS, height, width))
        }
        Action::Right if !copying => {
            with_past(state, id, commands, |past| past.scroll_sideways(SIDEWAYS, height, width))
        }
        Action::Left => with_past(state, id, commands, |past| past.move_cursor(0, -1, height, width)),
        Action::Right => with_past(state, id, commands, |past| past.move_cursor(0, 1, height, width)),
        Action::LineStart => {
            with_past(state, id, commands, |past| past.move_cursor(0, -(i16::MAX as isize), height, width))
        }
        Action::LineEnd => with_past(state, id, commands, |past| {
            if let Some(cursor) = past.cursor {
                let end = past.row(cursor.row).map_or(0, |r| r.width().saturating_sub(1));
                past.put_cursor(Place { column: end, ..cursor }, height);
            }
        }),
        Action::WordForward | Action::WordBack => with_past(state, id, commands, |past| {
            if let Some(place) = past.word(action == Action::WordForward) {
                past.put_cursor(place, height);
            }
        }),
        Action::Select | Action::SelectLines => with_past(state, id, commands, |past| {
            let lines = action == Action::SelectLines;
            past.selection = match (past.selection, past.cursor) {
                (Some(old), _) if old.lines == lines => None,
                (Some(old), _) => Some(Selection { lines, ..old }),
                (None, Some(cursor)) => Some(Selection { anchor: cursor, head: cursor, lines }),
                (None, None) => None,
            };
        }),
        Action::Open => {
            let target = state.past(id).and_then(|past| past.target(past.cursor?));
            open(state, id, target, commands);
        }
        Action::Copy => copy_and_leave(state, id, commands),
        Action::FindInPast => prompt::open(state, Prompt::Find(id), commands),
        Action::FindNext => find_next(state, id, true, commands),
        Action::FindPrevious => find_next(state, id, false, commands),
        Action::GoToTime => prompt::open(state, Prompt::Time(id), commands),
        Action::Pager => commands.push(Command::Pager { terminal: id }),
        // Esc lets go of the selection first.
        Action::Close => match state.panes.get_mut(&id).and_then(|p| p.past.as_mut()) {
            Some(past) if past.selection.is_some() => {
                past.selection = None;
                state.dirty = Dirty::Everything;
            }
            _ => thaw(state, id),
        },
        _ => {}
    }
}

fn copy_and_leave(state: &mut State, id: TerminalId, commands: &mut Vec<Command>) {
    if copy(state, id, commands) {
        thaw(state, id);
    }
}

/// Copies the selection; without one, says so. Returns whether that is done: rows may have to be asked for first.
pub fn copy(state: &mut State, id: TerminalId, commands: &mut Vec<Command>) -> bool {
    let Some(past) = state.past(id) else { return true };
    let (until, serial) = (past.offset, past.serial);
    match past.selected_text() {
        Ok(text) => put_on_clipboard(state, text, commands),
        // Each row has a line end at least.
        Err((_, lines)) if lines > COPY_BYTES.min(MAX_ROWS) => too_much(state),
        Err((from, lines)) => {
            commands.push(Command::FetchSelection { terminal: id, from, lines, until, serial });
            return false;
        }
    }
    true
}

fn too_much(state: &mut State) {
    let now = state.now;
    let pager = way_in(state, Action::Pager, Context::Copy);
    let words = format!("not copied: more than 70 kB at once · {pager} shows all of it in your pager");
    state.toasts.push(Tone::Error, words, now);
}

pub fn put_on_clipboard(state: &mut State, text: String, commands: &mut Vec<Command>) {
    let now = state.now;
    if text.is_empty() {
        return state.toasts.push(Tone::Info, "nothing selected", now);
    }
    if text.len() > COPY_BYTES {
        return too_much(state);
    }
    let lines = text.lines().count();
    let what = match (lines, text.chars().count()) {
        (2.., _) => format!("{lines} lines"),
        (_, 1) => "1 character".to_owned(),
        (_, count) => format!("{count} characters"),
    };
    state.toasts.push(Tone::Good, format!("copied {what}"), now);
    commands.push(Command::Clipboard(text));
}

/// A search begins where the user reads, towards what is older.
pub fn begin_find(state: &mut State, id: TerminalId, commands: &mut Vec<Command>) {
    freeze(state, id);
    let height = height(state, id);
    with_past(state, id, commands, |past| {
        let origin = past.cursor.map_or(past.aim(height) + height, |cursor| cursor.row);
        past.finder = Some(Finder::new(origin));
    });
}

/// The search is over; what is read stays where it is.
pub fn drop_find(state: &mut State, id: TerminalId, commands: &mut Vec<Command>) {
    with_past(state, id, commands, |past| past.finder = None);
    if state.past(id).is_some_and(|p| p.back() == 0 && p.cursor.is_none()) {
        thaw(state, id);
    }
}

/// Looks for another text, from where the search began.
pub fn look_for(state: &mut State, id: TerminalId, query: &str, commands: &mut Vec<Command>) {
    with_past(state, id, commands, |past| {
        if let Some(finder) = &mut past.finder {
            finder.set(query);
        }
    });
}

/// Goes on to the next match; `back`: the older one.
pub fn find_next(state: &mut State, id: TerminalId, back: bool, commands: &mut Vec<Command>) {
    let now = state.now;
    match state.past(id).map(|past| past.finder.is_some()) {
        Some(true) => with_past(state, id, commands, |past| {
            if let Some(finder) = &mut past.finder {
                finder.next(back);
            }
        }),
        _ => {
            let find = way_in(state, Action::FindInPast, Context::Scrolled);
            state.toasts.push(Tone::Info, format!("nothing was looked for yet · {find} finds"), now);
        }
    }
}

/// The server's answer to a search.
pub fn found(
    state: &mut State,
    id: TerminalId,
    serial: u64,
    (query, asked): (&str, u64),
    result: Result<FoundRow, Failure>,
    commands: &mut Vec<Command>,
) {
    let (height, width) = (height(state, id), width(state, id));
    let is_typed = matches!(state.overlay, Some(Overlay::Prompt { .. }));
    let mut news = None;
    with_past(state, id, commands, |past| {
        if past.serial != serial {
            return;
        }
        past.answered();
        let is_it = |finder: &&mut Finder| finder.asked == asked && finder.query == query;
        let Some(finder) = past.finder.as_mut().filter(is_it) else { return };
        match result {
            Ok(FoundRow { row: Some(row), wrapped }) => {
                let row = usize::try_from(row).unwrap_or(usize::MAX);
                (finder.found, finder.wrapped) = (Some(row), wrapped);
                if wrapped && !is_typed {
                    let end = if finder.back { "newest" } else { "oldest" };
                    news = Some((Tone::Info, format!("no more that way: on from the {end}")));
                }
                past.show_row(row, height);
                past.show_found(height, width);
            }
            Ok(FoundRow { row: None, .. }) => {
                finder.nothing = true;
                news = (!is_typed).then(|| (Tone::Info, format!("no match: {}", finder.query)));
            }
            Err(failure) => finder.problem = Some(failure.what),
        }
    });
    if let Some((tone, words)) = news {
        let now = state.now;
        state.toasts.push(tone, words, now);
    }
}

/// The server's list of all rows that match. Without one, they are not counted.
pub fn counted(
    state: &mut State,
    id: TerminalId,
    serial: u64,
    query: &str,
    result: Result<FoundRows, Failure>,
    commands: &mut Vec<Command>,
) {
    with_past(state, id, commands, |past| {
        if past.serial == serial {
            past.counted(query, result.ok());
        }
    });
}

/// Goes to a place of the past that only the server can find.
pub fn go_to(state: &mut State, id: TerminalId, place: Wanted, commands: &mut Vec<Command>) {
    typing::leave(state, commands);
    freeze(state, id);
    with_past(state, id, commands, |past| past.go_to(place));
}

/// Has the run loop open what the user pointed at.
pub fn open(state: &mut State, id: TerminalId, target: Option<Target>, commands: &mut Vec<Command>) {
    let now = state.now;
    let directory = state.fleet.get(id).map(|agent| agent.cwd.clone()).unwrap_or_default();
    match target {
        Some(Target::Web(url)) => commands.push(Command::OpenWeb(url)),
        Some(Target::File { path, line }) => commands.push(Command::Edit { path, line, directory }),
        None => state.toasts.push(Tone::Info, "neither a link nor a file here", now),
    }
}

/// What was asked for has come, and may hold what was looked for.
pub fn loaded(state: &mut State, id: TerminalId, page: Transcript, commands: &mut Vec<Command>) {
    let (height, width) = (height(state, id), width(state, id));
    with_past(state, id, commands, |past| {
        past.load(page, height);
        past.show_found(height, width);
    });
}

fn width(state: &State, id: TerminalId) -> u16 {
    state.pane_area(id).map_or(80, |p| p.inner.width)
}

fn height(state: &State, id: TerminalId) -> usize {
    state.pane_area(id).map_or(0, |p| usize::from(p.inner.height))
}

/// Changes a frozen pane and asks for what it then needs.
fn with_past(state: &mut State, id: TerminalId, commands: &mut Vec<Command>, change: impl FnOnce(&mut Past)) {
    let (height, width) = (height(state, id), width(state, id));
    if let Some(past) = state.panes.get_mut(&id).and_then(|p| p.past.as_mut()) {
        change(past);
        if let Some(cursor) = past.cursor {
            past.show_column(cursor.column, height, width);
        }
        let (until, serial) = (past.offset, past.serial);
        if let Some(wanted) = past.ask(height) {
            commands.push(Command::FetchPast { terminal: id, wanted, until, serial });
        }
        if let Some((row, back)) = past.question()
            && let Some(finder) = &past.finder
        {
            let (query, asked) = (finder.query.clone(), finder.asked);
            commands.push(Command::FindRow { terminal: id, query, row, back, until, serial, asked });
        }
        if let Some(query) = past.uncounted() {
            commands.push(Command::CountRows { terminal: id, query, until, serial });
        }
        state.dirty = Dirty::Everything;
    }
}
