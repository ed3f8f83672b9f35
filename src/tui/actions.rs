//! What each command does. Called with the command the table found, from keys, palette, help and clicks.
//! It must never read a key: the table has done that.

use super::commands::Action;
use super::field::Field;
use super::fleet::is_gone;
use super::focus::focus;
use super::keymap::way_to;
use super::msg::Command;
use super::state::{Dirty, Mode, Overlay, PendingStop, State, StopKind};
use super::toasts::Tone;
use super::{
    answering, arranging, conversations, diff, offer, preferences, reasons, scrolling, standing, trees, typing,
};
use crate::base::clock::Millis;
use crate::base::id::{TerminalId, numbered};
use crate::core::keys::Key;
use crate::proto::rest::{Isolation, LaunchRequest, Terminal};
use crate::proto::worktree::Beside;

/// How long a stop can be taken back.
pub const UNDO: Millis = 10_000;
/// The second ctrl-c counts for so long.
const INTERRUPT: Millis = 1_000;

/// Does `action`; `digit`: which of its keys asked for it, if one did.
pub fn perform(state: &mut State, action: Action, digit: Option<usize>, commands: &mut Vec<Command>) {
    state.dirty = Dirty::Everything;
    let now = state.now;
    let changes = matches!(
        action,
        Action::Restart
            | Action::ResumeAll
            | Action::Conversations
            | Action::StopAll
            | Action::Yes
            | Action::No
            | Action::Stop
            | Action::Remove
            | Action::Rename
            | Action::NewAgent
            | Action::SameAgain
            | Action::KeepTree
            | Action::FinishTree
            | Action::RemoveTree
            | Action::RestoreTree
    );
    if changes && refuse_read_only(state) {
        return;
    }
    if let Some(view) = state.under.take() {
        state.overlay = Some(Overlay::Diff(view));
    }
    if matches!(state.overlay, Some(Overlay::Diff(_))) {
        return diff::perform(state, action, commands);
    }
    if let Some(why) = reasons::why_not(state, action) {
        return state.toasts.push(Tone::Info, why, now);
    }
    match action {
        Action::NextWaiting => waiting(state, 1, commands),
        Action::PreviousWaiting => waiting(state, -1, commands),
        Action::AgentByNumber => match digit {
            Some(n) => match state.fleet.agents().get(n.wrapping_sub(1)).map(|a| a.id) {
                Some(id) if state.focus == Some(id) => {
                    let text = format!("{} is where you are", state.name(id));
                    state.toasts.push(Tone::Info, text, now);
                }
                Some(id) => focus(state, id, commands),
                None => state.toasts.push(Tone::Info, format!("there is no agent {n}"), now),
            },
            None => state.overlay = Some(Overlay::Palette { query: Field::new("@"), chosen: 0 }),
        },
        Action::NextAgent => step(state, 1, commands),
        Action::PreviousAgent => step(state, -1, commands),
        Action::PaneLeft => pane(state, -1, commands),
        Action::PaneRight => pane(state, 1, commands),
        Action::AgentBefore => match state.recent.get(1).copied() {
            Some(id) => focus(state, id, commands),
            None => state.toasts.push(Tone::Info, "you have been nowhere else yet", now),
        },
        Action::Filter => {
            let before = state.fleet.filter().to_owned();
            state.overlay = Some(Overlay::Filter { field: Field::new(&before), before });
        }
        Action::Zoom => {
            if state.focus.is_some() {
                state.zoom = !state.zoom;
            }
        }
        Action::NextLayout => {
            state.layout = state.layout.next();
            state.zoom = false;
            super::focus::arrange(state);
            let (shown, all) = (state.pane_areas().len(), state.fleet.agents().len());
            let some = if shown < all { format!(" · {shown} of {all} fit") } else { String::new() };
            state.toasts.push(Tone::Info, format!("layout: {}{some}", state.layout.word()), now);
        }
        Action::Pin => arranging::pin(state),
        Action::Place(to) => arranging::place(state, to),
        Action::Divide(what) => arranging::divide(state, what),
        Action::ToggleSidebar => {
            state.sidebar_off = !state.sidebar_off;
            if state.zoom {
                let word = if state.sidebar_off { "off" } else { "on" };
                let text = format!("sidebar {word}, behind the zoomed pane · {} unzooms", way_to(state, Action::Zoom));
                state.toasts.push(Tone::Info, text, now);
            }
        }
        Action::Type => {
            if state.focus.is_none() && state.fleet.is_empty() {
                return open_launch(state, commands);
            }
            typing::enter(state, commands);
        }
        Action::Interrupt => interrupt(state, commands),
        Action::ScrollBack => {
            if let Some(area) = state.focus.and_then(|id| state.pane_area(id)) {
                let page = isize::try_from(area.inner.height).unwrap_or(1) - 1;
                scrolling::scroll(state, area.terminal, page.max(1), commands);
            }
        }
        Action::WholeOutput => {
            if let Some(id) = state.focus {
                state.zoom = true;
                scrolling::scroll(state, id, 1, commands);
            }
        }
        Action::CopyMode => {
            if let Some(id) = state.focus {
                scrolling::start_copy(state, id, commands);
            }
        }
        Action::TakeCopy => offer::take(state, commands),
        Action::Find => state.overlay = Some(Overlay::Find(Box::default())),
        Action::Diff => diff::open(state, commands),
        Action::NewAgent => open_launch(state, commands),
        Action::SameAgain => same_again(state, commands),
        Action::Rename => {
            if let Some(agent) = state.focused() {
                state.overlay = Some(Overlay::Rename { terminal: agent.id, name: Field::new(&agent.window) });
            }
        }
        Action::Conversations => conversations::open(state, commands),
        Action::ResumeAll => standing::resume_all(state, commands),
        Action::StopAll => standing::ask(state),
        Action::Yes => answering::answer(state, true),
        Action::No => answering::answer(state, false),
        Action::Restart if standing::restart_means_all(state) => standing::resume_all(state, commands),
        Action::Restart => match state.focused() {
            Some(agent) if is_gone(agent) => {
                let id = agent.id;
                state.toasts.push(Tone::Info, format!("restarting {}", state.name(id)), now);
                state.toasts.about(id);
                commands.push(Command::Restart(id));
            }
            Some(agent) => {
                let text =
                    format!("{} is alive · {} stops it first", state.name(agent.id), way_to(state, Action::Stop));
                state.toasts.push(Tone::Info, text, now);
            }
            None => {}
        },
        Action::Stop => match state.focused() {
            Some(agent) if is_gone(agent) => {
                state.overlay = Some(Overlay::ConfirmStop { terminal: agent.id, kind: StopKind::Close });
            }
            Some(agent) => state.overlay = Some(Overlay::ConfirmStop { terminal: agent.id, kind: StopKind::Exit }),
            None => {}
        },
        Action::Remove => {
            if let Some(agent) = state.focused() {
                state.overlay = Some(Overlay::ConfirmStop { terminal: agent.id, kind: StopKind::Close });
            }
        }
        Action::Undo if undoes_removal(state) => drop(trees::undo(state, commands)),
        Action::Undo => match state.stops.pop() {
            Some(stop) => {
                state.toasts.withdraw(&stop_words(state, stop));
                let is_there = state.fleet.get(stop.terminal).is_some_and(|agent| !is_gone(agent));
                let text = format!("{} {}", state.name(stop.terminal), if is_there { "goes on" } else { "stays" });
                state.toasts.push(Tone::Good, text, now);
                state.toasts.about(stop.terminal);
            }
            None => state.toasts.push(Tone::Info, "nothing to undo", now),
        },
        Action::WorkTrees | Action::KeepTree | Action::FinishTree | Action::RemoveTree | Action::RestoreTree => {
            trees::perform(state, action, commands);
        }
        Action::Settings => preferences::open(state, commands),
        Action::ToggleMouse => preferences::toggle_mouse(state),
        Action::Palette => state.overlay = Some(Overlay::Palette { query: Field::default(), chosen: 0 }),
        Action::Events => state.overlay = Some(Overlay::Events(Box::default())),
        Action::Help => state.overlay = Some(Overlay::Help { filter: Field::default(), chosen: 0 }),
        Action::Detach => quit(state, commands),
        Action::Close => close(state, commands),
        past => {
            if let Some(id) = state.focus {
                scrolling::perform(state, id, past, commands);
            }
        }
    }
}

/// Whether the removal of a work tree was the last thing that can be undone.
fn undoes_removal(state: &State) -> bool {
    let last_stop = state.stops.last().map_or(0, |stop| stop.due.saturating_sub(UNDO));
    state.gone.as_ref().is_some_and(|gone| gone.at >= last_stop)
}

/// Esc on the main screen: back to typing, or clears the filter, or says that there is nothing.
fn close(state: &mut State, commands: &mut Vec<Command>) {
    let now = state.now;
    // A pane that stands still goes on first: it is what is nearest to the user.
    if let Some(id) = state.focus.filter(|id| state.past(*id).is_some()) {
        return scrolling::perform(state, id, Action::Close, commands);
    }
    if let Some(id) = state.left_typing.take() {
        if state.focus == Some(id) {
            typing::enter(state, commands);
        }
    } else if !state.fleet.filter().is_empty() {
        state.fleet.set_filter(String::new());
    } else if state.zoom {
        state.zoom = false;
    } else {
        state.toasts.push(Tone::Info, "nothing to close", now);
    }
}

/// Leaves; stops that were confirmed but not yet sent are sent now, because nobody will be here to undo them.
fn quit(state: &mut State, commands: &mut Vec<Command>) {
    for stop in std::mem::take(&mut state.stops) {
        commands.push(stop_command(stop));
    }
    state.quitting = true;
    commands.push(Command::Quit);
}

fn stop_command(stop: PendingStop) -> Command {
    match stop.kind {
        StopKind::Exit => Command::Exit(stop.terminal),
        StopKind::Close => Command::Close(stop.terminal),
    }
}

/// The user said yes to a stop.
pub fn confirm_stop(state: &mut State, terminal: TerminalId, kind: StopKind, commands: &mut Vec<Command>) {
    let now = state.now;
    if state.focus == Some(terminal) {
        typing::leave(state, commands);
    }
    let due = now + UNDO;
    state.stops.retain(|s| s.terminal != terminal);
    let stop = PendingStop { terminal, kind, due };
    state.stops.push(stop);
    let text = stop_words(state, stop);
    state.toasts.push_until(Tone::Info, text, now, Some(due));
    state.toasts.about(terminal);
}

/// What is said as long as a stop can be taken back.
pub fn stop_words(state: &State, stop: PendingStop) -> String {
    let what = if stop.kind == StopKind::Exit { "stops" } else { "is removed" };
    format!("{} {what} in 10 s · {} undo", state.name(stop.terminal), way_to(state, Action::Undo))
}

/// Sends the stops whose time has come.
pub fn send_due_stops(state: &mut State, commands: &mut Vec<Command>) {
    let now = state.now;
    let (due, later): (Vec<_>, Vec<_>) = std::mem::take(&mut state.stops).into_iter().partition(|s| s.due <= now);
    state.stops = later;
    if !due.is_empty() {
        state.dirty = Dirty::Everything;
    }
    commands.extend(due.into_iter().map(stop_command));
}

fn waiting(state: &mut State, steps: isize, commands: &mut Vec<Command>) {
    let waiting = state.fleet.waiting();
    let now = state.now;
    if waiting.is_empty() {
        return state.toasts.push(Tone::Info, "nobody is waiting", now);
    }
    let here = state.focus.and_then(|id| waiting.iter().position(|w| *w == id));
    let next = match here {
        Some(n) => (n as isize + steps).rem_euclid(waiting.len() as isize) as usize,
        None if steps > 0 => 0,
        None => waiting.len() - 1,
    };
    if state.focus == Some(waiting[next]) {
        return state.toasts.push(Tone::Info, "nobody else is waiting", now);
    }
    focus(state, waiting[next], commands);
}

fn step(state: &mut State, steps: isize, commands: &mut Vec<Command>) {
    if let Some(id) = state.fleet.step(state.focus, steps) {
        focus(state, id, commands);
    }
}

fn pane(state: &mut State, steps: isize, commands: &mut Vec<Command>) {
    let panes = state.pane_areas();
    // With one pane on the screen, left and right still mean something: the agents beside.
    if panes.len() < 2 {
        return step(state, steps, commands);
    }
    let here = panes.iter().position(|p| Some(p.terminal) == state.focus).unwrap_or(0) as isize;
    let there = (here + steps).rem_euclid(panes.len() as isize) as usize;
    focus(state, panes[there].terminal, commands);
}

fn interrupt(state: &mut State, commands: &mut Vec<Command>) {
    let now = state.now;
    let Some(id) = state.focus else {
        let words = format!("{} detaches; ctrl-c never quits", way_to(state, Action::Detach));
        return state.toasts.push(Tone::Info, words, now);
    };
    let again = state.interrupt_at.take().is_some_and(|at| now.saturating_sub(at) <= INTERRUPT);
    if !again {
        state.interrupt_at = Some(now);
        let (again, out) = (way_to(state, Action::Interrupt), way_to(state, Action::Detach));
        let text = format!("{again} again interrupts {} · {out} detaches", state.name(id));
        return state.toasts.push(Tone::Info, text, now);
    }
    if state.settings.read_only || state.is_stopping(id) || state.focused().is_some_and(is_gone) {
        return state.toasts.push(Tone::Info, format!("{} cannot be interrupted now", state.name(id)), now);
    }
    commands.push(Command::Key { terminal: id, key: "C-c" });
    state.toasts.push(Tone::Info, format!("interrupted {}", state.name(id)), now);
    state.toasts.about(id);
}

fn refuse_read_only(state: &mut State) -> bool {
    let now = state.now;
    if state.settings.read_only {
        state.toasts.push(Tone::Info, "read-only: nothing can be started or stopped", now);
    }
    state.settings.read_only
}

fn open_launch(state: &mut State, commands: &mut Vec<Command>) {
    if refuse_read_only(state) {
        return;
    }
    if state.launch.directory.is_empty() {
        state.launch.directory = Field::new(&default_directory(state));
    }
    state.launch.starting = false;
    state.launch.problem = None;
    state.overlay = Some(Overlay::Launch);
    // What is installed may have changed since the last look.
    commands.push(fetch_providers(state));
    // Branches come and go.
    state.launch.beside = None;
    ask_beside(state, commands);
}

/// Asks what lies around the launch dialog's directory, when that is not known.
pub fn ask_beside(state: &mut State, commands: &mut Vec<Command>) {
    let directory = launch_directory(state);
    let is_known = state.launch.beside.as_ref().is_some_and(|(asked, _)| *asked == directory);
    if !is_known {
        // Until it is answered nothing is known of it.
        state.launch.beside = Some((directory.clone(), Beside::default()));
        commands.push(Command::FetchBeside { directory });
    }
}

/// Where the launch dialog would start an agent.
pub fn launch_directory(state: &State) -> String {
    let typed = state.launch.directory.text().trim().to_owned();
    let directory = if typed.is_empty() { default_directory(state) } else { typed };
    expand_home(&directory, state.settings.home.as_deref())
}

/// Where a new agent starts unless told otherwise: where the focused one works, else where we were started. Beside a work
/// tree, not in it: that is one agent's own.
pub fn default_directory(state: &State) -> String {
    let of = |agent: &Terminal| agent.repository.clone().unwrap_or_else(|| agent.cwd.clone());
    state.focused().map_or_else(|| state.settings.directory.clone(), of)
}

fn same_again(state: &mut State, commands: &mut Vec<Command>) {
    let now = state.now;
    let like_focused = || {
        let agent = state.focused()?;
        Some(LaunchRequest {
            provider: Some(agent.provider.clone()),
            window_name: Some(agent.window.clone()),
            role: Some("agent".to_owned()),
            working_directory: Some(agent.repository.clone().unwrap_or_else(|| agent.cwd.clone())),
            isolation: agent.worktree.map(|_| Isolation::Auto),
            ..LaunchRequest::default()
        })
    };
    match state.last_launch.clone().or_else(like_focused) {
        // The server puts a number behind a name that is taken.
        Some(request) => launch(state, request, commands),
        None => {
            let words = format!("nothing was started yet · {} starts an agent", way_to(state, Action::NewAgent));
            state.toasts.push(Tone::Info, words, now);
        }
    }
}

/// Asks which agents there are, as a launch from here would look for them.
pub fn fetch_providers(state: &State) -> Command {
    let path = state.settings.environment.as_ref().and_then(|all| all.get("PATH").cloned());
    Command::FetchProviders { path }
}

/// Enter in the launch dialog.
pub fn submit_launch(state: &mut State, commands: &mut Vec<Command>) {
    let directory = default_directory(state);
    match state.launch.request(&state.providers, &directory) {
        Ok(mut request) => {
            request.working_directory =
                request.working_directory.map(|d| expand_home(&d, state.settings.home.as_deref()));
            state.launch.starting = true;
            launch(state, request, commands);
        }
        Err(problem) => state.launch.problem = Some(problem),
    }
}

fn expand_home(path: &str, home: Option<&str>) -> String {
    match (path.strip_prefix('~'), home) {
        (Some(rest), Some(home)) if rest.is_empty() || rest.starts_with('/') => format!("{home}{rest}"),
        _ => path.to_owned(),
    }
}

/// The name that an agent will have beside those of the focused one's session.
pub fn free_name(state: &State, wanted: &str) -> String {
    let session = state.focused().map(|agent| &agent.session);
    let is_taken = |name: &str| state.fleet.agents().iter().any(|a| Some(&a.session) == session && a.window == name);
    numbered(wanted, |name| !is_taken(name))
}

fn launch(state: &mut State, mut request: LaunchRequest, commands: &mut Vec<Command>) {
    state.last_launch = Some(request.clone());
    let session = state.focused().map(|a| a.session.clone());
    if session.is_none() {
        let directory = request.working_directory.as_deref().unwrap_or("");
        request.session_name = directory.rsplit('/').find(|part| !part.is_empty()).map(str::to_owned);
    }
    if let Some(area) = state.pane_areas().first() {
        request.columns = Some(area.inner.width);
        request.rows = Some(area.inner.height);
    }
    request.environment = state.settings.environment.clone();
    request.umask = state.settings.umask;
    let type_there = request.prompt.is_none();
    commands.push(Command::Launch { session, request: Box::new(request), type_there });
}

/// A chord in TYPING: its command is done, and typing goes on wherever that leaves the user, if it can.
pub fn chord(state: &mut State, action: Action, commands: &mut Vec<Command>) {
    let from = state.focus;
    state.toasts.seen();
    typing::leave(state, commands);
    perform(state, action, None, commands);
    let can_go_on = state.overlay.is_none()
        && !state.quitting
        && state.focused().is_some_and(|agent| !is_gone(agent) && !state.is_stopping(agent.id))
        && state.focus.is_some_and(|id| state.past(id).is_none());
    if can_go_on {
        typing::enter(state, commands);
    } else {
        state.left_typing = from;
    }
    state.dirty = Dirty::Everything;
}

/// The pane's program or the user wants COMMAND: what the leader does.
pub fn leader(state: &mut State, key: Key, commands: &mut Vec<Command>) {
    match state.mode {
        Mode::Typing => {
            let from = state.focus;
            typing::leave(state, commands);
            state.left_typing = from;
        }
        Mode::Command => {
            // Twice: the agent gets it.
            if let Some(id) = state.left_typing.take()
                && state.focus == Some(id)
            {
                typing::enter(state, commands);
                typing::key(state, key, commands);
            }
        }
    }
    state.dirty = Dirty::Everything;
}
