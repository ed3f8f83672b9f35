//! The one place where messages change the state: pure, synchronous, and only routing; each noun has its own file.
//! Called by the run loop for everything that happens. It must never draw, wait or send.

use super::commands::{Action, Context};
use super::field::Field;
use super::fleet::is_gone;
use super::focus::{arrange, settle, show};
use super::keymap::{self, way_to};
use super::launch::Outcome;
use super::layout::Size;
use super::msg::{Command, Failure, Msg};
use super::palette::{self, Entry};
use super::state::{Dirty, Link, Mode, Overlay, State};
use super::toasts::Tone;
use super::{
    actions, ahead, answering, conversations, diff, events, fields, find, focus, listed, menu, offer, pointer,
    preferences, prompt, prose, scrolling, seen, spent, standing, started, trees, typing, weight,
};
use crate::base::clock::Millis;
use crate::base::id::TerminalId;
use crate::base::{mode, text};
use crate::core::keys::{Key, KeyCode, KeyKind, KeyPress};
use crate::proto::frame::Frame;
use crate::proto::rest::Transcript;
use crate::proto::stream::{ClientMessage, Kind, Level, ServerMessage};

pub fn update(state: &mut State, msg: Msg, now: Millis) -> Vec<Command> {
    let mut commands = Vec::new();
    state.now = now;
    match msg {
        Msg::Key(press) => {
            typing::has_read(state);
            on_press(state, &press, &mut commands);
        }
        Msg::Keys(presses) => {
            typing::has_read(state);
            on_presses(state, &presses, &mut commands);
        }
        Msg::Outer(_) => {}
        Msg::Paste(text) => on_paste(state, &text, &mut commands),
        Msg::Mouse(mouse) => pointer::on_mouse(state, mouse, &mut commands),
        Msg::Resize(columns, rows) => {
            state.size = (columns, rows);
            state.dirty = Dirty::Everything;
        }
        Msg::Focus(gained) => {
            state.focused_at = gained.then_some(now);
            state.is_away = !gained;
            typing::outer_focus(state, gained, &mut commands);
        }
        Msg::Colors(colors) => {
            state.colors = Some(colors);
            tell_colors(state, &mut commands);
        }
        Msg::Tick => on_tick(state, &mut commands),
        Msg::Connected => on_connected(state, &mut commands),
        Msg::Lost => {
            if !matches!(state.link, Link::Lost { .. }) {
                state.link = Link::Lost { since: now };
            }
            state.fetch = Default::default();
            state.show_due = None;
            state.dirty = Dirty::Everything;
        }
        Msg::StillLost => state.dirty = Dirty::Everything,
        Msg::Frame(frame) => {
            on_frame(state, frame, &mut commands);
            // Nothing of the arrangement hangs on what an agent prints: an echo must not pay for it.
            return commands;
        }
        Msg::Server(message) => on_server(state, message, &mut commands),
        Msg::Sessions(result) => listed::on_sessions(state, result, &mut commands),
        Msg::Providers(Ok((mut providers, unusable))) => {
            for problem in unusable.iter().filter(|problem| !state.unusable.contains(problem)) {
                state.toasts.push(Tone::Error, format!("cannot be used: {problem}"), now);
            }
            state.unusable = unusable;
            // Those that can be started come first.
            providers.sort_by_key(|provider| provider.missing.is_some());
            state.providers = providers;
            state.dirty = Dirty::Everything;
        }
        Msg::Beside { directory, result } => {
            // Where it cannot be asked, the launch itself finds out.
            state.launch.beside = result.ok().map(|beside| (directory, beside));
            state.dirty = Dirty::Everything;
        }
        Msg::Providers(Err(failure)) => unread(state, "cannot ask which agents are here", &failure),
        Msg::Launched { result, type_there } => started::answered(state, result, type_there, &mut commands),
        Msg::Restarted(Ok(agent)) => {
            let id = agent.id;
            state.fleet.add(*agent);
            if state.mode == Mode::Command && state.overlay.is_none() {
                focus::focus(state, id, &mut commands);
                typing::enter(state, &mut commands);
            }
            fetch(state, &mut commands);
        }
        Msg::Conversations { terminal, result } => conversations::listed(state, terminal, result),
        Msg::ResumedAll(result) => {
            standing::resumed(state, result);
            fetch(state, &mut commands);
        }
        Msg::Stopped(result) => standing::stopped(state, result),
        Msg::Restarted(Err(failure)) => fail(state, "could not restart", &failure),
        Msg::Past { terminal, serial, result } => on_past(state, terminal, serial, result, &mut commands),
        Msg::Selected { terminal, serial, result } => on_selected(state, terminal, serial, result, &mut commands),
        Msg::Printed(Err(failure)) => unread(state, "cannot read the output", &failure),
        Msg::Printed(Ok(_)) => {}
        Msg::Searched(result) => find::answered(state, result, &mut commands),
        Msg::FoundRow { terminal, serial, query, asked, result } => {
            scrolling::found(state, terminal, serial, (&query, asked), result, &mut commands);
        }
        Msg::CountedRows { terminal, serial, query, result } => {
            scrolling::counted(state, terminal, serial, &query, result, &mut commands);
        }
        Msg::Diffed { terminal, base, result } => {
            diff::answered(state, terminal, base, result, &mut commands);
            ahead::release(state, &mut commands);
        }
        Msg::Used(result) => spent::answered(state, result),
        Msg::Weighed { terminal, result } => weight::answered(state, terminal, result),
        Msg::Trees(result) => trees::listed(state, result, &mut commands),
        Msg::TreeLooked { tree, result } => trees::looked(state, tree, result, &mut commands),
        Msg::TreeKept { tree, is_look, result } => trees::kept(state, tree, is_look, result),
        Msg::TreeRemoved(result) => trees::removed(state, result, &mut commands),
        Msg::TreeRestored(result) => trees::restored(state, result, &mut commands),
        Msg::TreeFinished { tree, result } => trees::finished(state, tree, result, &mut commands),
        Msg::Messaged { terminal, result } => diff::messaged(state, terminal, result),
        Msg::Looked { terminal, picture } => typing::looked(state, terminal, picture, &mut commands),
        Msg::Settings { sheet, said } => {
            preferences::read(state, *sheet, said);
            ahead::release(state, &mut commands);
        }
        Msg::Answered { terminal, yes, result } => answering::answered(state, terminal, yes, result),
        Msg::Copied(Err(why)) => {
            state.toasts.push(Tone::Error, format!("not on the clipboard: {why}"), now);
            state.dirty = Dirty::Everything;
        }
        Msg::Copied(Ok(())) => {}
        Msg::Done { what, result: Err(failure) } => fail(state, what, &failure),
        Msg::Done { result: Ok(()), .. } => fetch(state, &mut commands),
    }
    fields::settle(state);
    state.is_rolling = false;
    settle(state, &mut commands);
    arrange(state);
    show(state, now, &mut commands);
    seen::note(state, &mut commands);
    weight::note(state);
    spent::look(state, &mut commands);
    answering::look(state);
    commands
}

/// What was drawn is acknowledged, so that the next frames may come. Called after each picture.
pub fn drawn(state: &mut State) -> Vec<Command> {
    state.dirty = Dirty::Nothing;
    // What the others draw meanwhile is no echo.
    let is_echo = state.acks.iter().any(|(terminal, _)| state.focus == Some(*terminal));
    state.echo = if is_echo { 0 } else { state.echo.saturating_sub(1) };
    passed(state)
}

/// As [`drawn`], for what will be drawn together with the next frames.
pub fn passed(state: &mut State) -> Vec<Command> {
    let acks = std::mem::take(&mut state.acks);
    acks.into_iter().map(|(terminal, revision)| Command::Send(ClientMessage::Ack { terminal, revision })).collect()
}

fn on_past(
    state: &mut State,
    terminal: TerminalId,
    serial: u64,
    result: Result<Transcript, Failure>,
    commands: &mut Vec<Command>,
) {
    state.dirty = Dirty::Everything;
    let height = state.pane_area(terminal).map_or(0, |p| usize::from(p.inner.height));
    // The pane may have been let go, and stopped elsewhere, since it was asked.
    let Some(past) = state.panes.get_mut(&terminal).and_then(|p| p.past.as_mut()).filter(|p| p.serial == serial) else {
        return;
    };
    match result {
        Ok(page) => scrolling::loaded(state, terminal, page, commands),
        Err(failure) => {
            past.give_up();
            unread(state, "no older output", &failure);
        }
    }
    let is_empty = state.past(terminal).is_some_and(|p| {
        let is_short = p.total().is_none_or(|total| total <= height);
        is_short && p.back() == 0 && p.cursor.is_none() && p.selection.is_none() && p.finder.is_none()
    });
    if is_empty {
        // Nothing to scroll to: a pane standing still for nothing would only puzzle.
        scrolling::thaw(state, terminal);
        let now = state.now;
        state.toasts.push(Tone::Info, format!("{} has no older output", state.name(terminal)), now);
    }
}

/// The rest of what is to be copied has come.
fn on_selected(
    state: &mut State,
    terminal: TerminalId,
    serial: u64,
    result: Result<Transcript, Failure>,
    commands: &mut Vec<Command>,
) {
    let Some(past) = state.past(terminal).filter(|p| p.serial == serial) else { return };
    match result {
        Ok(page) => {
            let text = past.text_in(&page);
            scrolling::put_on_clipboard(state, text, commands);
            scrolling::thaw(state, terminal);
        }
        Err(failure) => fail(state, "not copied", &failure),
    }
}

/// Something that was to be done was not.
pub fn fail(state: &mut State, what: &str, failure: &Failure) {
    let now = state.now;
    state.toasts.push(Tone::Error, failed(what, failure), now);
    state.dirty = Dirty::Everything;
}

/// Something could not be asked: over when the server is there again, if it was for want of one.
pub fn unread(state: &mut State, what: &str, failure: &Failure) {
    if !failure.is_unreachable {
        return fail(state, what, failure);
    }
    let now = state.now;
    state.toasts.push_unreachable(failed(what, failure), now);
    state.dirty = Dirty::Everything;
}

fn failed(what: &str, failure: &Failure) -> String {
    let hint = failure.hint.as_ref().map(|h| format!(" · {h}")).unwrap_or_default();
    text::printable(&format!("{what}: {}{hint}", failure.what))
}

fn on_tick(state: &mut State, commands: &mut Vec<Command>) {
    actions::send_due_stops(state, commands);
    diff::tick(state, commands);
    answering::tick(state, commands);
    weight::tick(state, commands);
    state.toasts.expire(state.now);
    state.dirty = Dirty::Everything;
}

fn on_connected(state: &mut State, commands: &mut Vec<Command>) {
    let now = state.now;
    if let Link::Lost { .. } = state.link {
        let went_on = match state.fleet.agents().iter().filter(|agent| !is_gone(agent)).count() {
            0 => "there were no agents".to_owned(),
            1 => "1 agent went on".to_owned(),
            n => format!("{n} agents went on"),
        };
        state.toasts.push(Tone::Good, format!("server is back · {went_on}"), now);
    }
    state.link = Link::Up;
    state.toasts.reached();
    state.shown = None;
    state.acks.clear();
    // Before what is shown: whoever owns a pane brings its colours along.
    tell_colors(state, commands);
    show(state, now, commands);
    typing::send_open(state, commands);
    state.fetch = Default::default();
    fetch(state, commands);
    commands.push(actions::fetch_providers(state));
    commands.push(Command::FetchStopped);
    state.dirty = Dirty::Everything;
}

fn tell_colors(state: &State, commands: &mut Vec<Command>) {
    if let (Link::Up, Some(colors)) = (&state.link, &state.colors) {
        commands.push(Command::Send(ClientMessage::Colors { colors: colors.clone() }));
    }
}

pub fn fetch(state: &mut State, commands: &mut Vec<Command>) {
    if state.fetch.under_way {
        state.fetch.again = true;
    } else {
        state.fetch.under_way = true;
        commands.push(Command::FetchSessions);
    }
}

fn on_frame(state: &mut State, frame: Frame, commands: &mut Vec<Command>) {
    let (id, revision) = (frame.terminal, frame.revision);
    let pane = state.panes.entry(id).or_default();
    let size = (pane.replica.columns, pane.replica.lines.len());
    let is_resized = size != (frame.columns, usize::from(frame.rows));
    let touched = touched_rows(&frame, pane.replica.cursor.row);
    let rolls = is_rolling(&frame) && (state.is_rolling || state.dirty == Dirty::Nothing);
    if !pane.replica.apply(frame) {
        commands.push(Command::Send(ClientMessage::Resync { terminal: id }));
        return;
    }
    state.acks.push((id, revision));
    diff::heard(state, id);
    weight::heard(state, id);
    if diff::covers(state) {
        return;
    }
    let is_frozen = state.past(id).is_some();
    if is_frozen {
        // Nothing to draw, but the server may go on: what is read stands still.
        return;
    }
    let is_plain = !is_resized && state.overlay.is_none() && state.fleet.get(id).is_some_and(|a| !is_gone(a));
    let Some(area) = state.pane_area(id) else { return };
    let is_whole = state.panes.get(&id).is_some_and(|p| p.replica.lines.len() <= usize::from(area.inner.height));
    state.is_rolling = rolls;
    match touched {
        _ if !is_plain => state.dirty = Dirty::Everything,
        // A clipped pane follows its cursor: every row may stand elsewhere now.
        Some((first, last)) if is_whole && !state.is_stopping(id) => state.dirty.add_rows(id, first, last),
        _ => state.dirty.add_pane(id),
    }
}

/// Whether so much of the screen is new that ten such frames a second are more than anyone reads. A program that has the alternate screen draws pictures, all of which are to be seen.
fn is_rolling(frame: &Frame) -> bool {
    frame.modes & mode::ALT_SCREEN == 0 && 3 * frame.changed.len() > usize::from(frame.rows)
}

/// The rows that a frame changes, with the cursor's; `None`: it may be all of them.
fn touched_rows(frame: &Frame, cursor_before: u16) -> Option<(u16, u16)> {
    if frame.base == 0 || frame.scroll.is_some() {
        return None;
    }
    let rows = frame.changed.iter().map(|(row, _)| *row).chain([frame.cursor.row, cursor_before]);
    Some(rows.fold((u16::MAX, 0), |(first, last), row| (first.min(row), last.max(row))))
}

fn on_server(state: &mut State, message: ServerMessage, commands: &mut Vec<Command>) {
    let now = state.now;
    match message {
        ServerMessage::Hello { .. } => {}
        ServerMessage::Changed { kind: Kind::Server, .. } => commands.push(Command::FetchStopped),
        ServerMessage::Changed { kind, .. } => {
            if kind == Kind::Worktree {
                trees::heard(state, commands);
            }
            fetch(state, commands);
        }
        ServerMessage::Typed { terminal, sequence } => state.outbox.typed(terminal, sequence),
        ServerMessage::Refused { terminal, sequence, reason } => {
            state.outbox.refused(terminal, sequence);
            let text = format!("not typed to {}: {}", state.name(terminal), text::printable(&reason));
            state.toasts.push(Tone::Error, text, now);
            state.toasts.about(terminal);
            state.dirty = Dirty::Everything;
        }
        ServerMessage::Notice { level, text } => {
            let tone = if level == Level::Error { Tone::Error } else { Tone::Info };
            state.toasts.push(tone, text::printable(&text), now);
            state.dirty = Dirty::Everything;
        }
        // Ended on purpose, by somebody: starting another one because a screen was open would undo that.
        ServerMessage::Bye { restart, agents } => {
            if !restart {
                state.quitting = true;
                let agents = match agents {
                    0 => "no agent runs".to_owned(),
                    1 => "1 agent goes on".to_owned(),
                    n => format!("{n} agents go on"),
                };
                state.farewell = Some(format!("the server was shut down; {agents}"));
            }
        }
        ServerMessage::Copy { terminal, text } => offer::made(state, terminal, text),
        ServerMessage::Sized { terminal, by_another } => {
            state.panes.entry(terminal).or_default().by_another = by_another;
            state.dirty = Dirty::Everything;
        }
        ServerMessage::Bell { terminal } => {
            // The one that is being looked at needs no bell.
            if state.is_away || state.focus != Some(terminal) {
                commands.push(Command::Bell);
            }
        }
    }
}

fn on_paste(state: &mut State, pasted: &str, commands: &mut Vec<Command>) {
    let now = state.now;
    if state.mode == Mode::Typing && state.overlay.is_none() {
        return typing::paste(state, pasted, commands);
    }
    state.dirty = Dirty::Everything;
    if pasted.is_empty() {
        let is_command = state.overlay.is_none() && state.focus.is_some();
        let words = if is_command { typing::no_text_in_command(state) } else { typing::NO_TEXT.to_owned() };
        return state.toasts.push(Tone::Info, words, now);
    }
    if !fields::paste(state, pasted, commands) {
        state.burst.paste(pasted, now);
    }
}

/// Keys that came at once. Those for the agent go as one input: a burst of single ones would fill every queue.
fn on_presses(state: &mut State, presses: &[KeyPress], commands: &mut Vec<Command>) {
    let mut bytes = Vec::new();
    for press in presses {
        let is_typed = state.mode == Mode::Typing && state.overlay.is_none();
        if is_typed && !keymap::is_ours(state, press.key) {
            bytes.extend(typing::bytes(state, press));
            continue;
        }
        typing::send_focused(state, &std::mem::take(&mut bytes), commands);
        on_press(state, press, commands);
    }
    typing::send_focused(state, &bytes, commands);
}

/// What a keyboard did. A key that comes up means something to programs only.
pub fn on_press(state: &mut State, press: &KeyPress, commands: &mut Vec<Command>) {
    let is_typed = state.mode == Mode::Typing && state.overlay.is_none();
    match press.kind {
        KeyKind::Release if is_typed && !keymap::is_ours(state, press.key) => typing::press(state, press, commands),
        KeyKind::Release => {}
        // Shift and its like by themselves are no commands; they are sent to programs that want them.
        _ if matches!(press.key.code, KeyCode::Other(_)) && !is_typed => {}
        _ if is_typed && !keymap::is_ours(state, press.key) => typing::press(state, press, commands),
        _ => on_key(state, press.key, commands),
    }
}

pub fn on_key(state: &mut State, key: Key, commands: &mut Vec<Command>) {
    let is_leader = keymap::leader(state).contains(&key);
    if state.mode == Mode::Typing && state.overlay.is_none() {
        if is_leader {
            return actions::leader(state, key, commands);
        }
        if let Some(command) = state.settings.keymap.chord(key) {
            return actions::chord(state, command.action, commands);
        }
        return typing::key(state, key, commands);
    }
    // Nothing is answered that cannot be seen: a terminal too small for the screen leaves only the way out.
    let is_hidden = state.areas().size == Size::TooSmall && !state.settings.chromeless;
    let detaches = |state: &State| {
        state.settings.keymap.lookup(key, Context::Main).is_some_and(|(c, _)| c.action == Action::Detach)
    };
    if is_hidden && !detaches(state) {
        return;
    }
    state.dirty = Dirty::Everything;
    state.toasts.seen();
    answering::interrupted(state);
    if state.overlay.is_some() {
        return on_overlay_key(state, key, commands);
    }
    if on_caught_key(state, key, commands) {
        return;
    }
    if is_leader {
        return actions::leader(state, key, commands);
    }
    let context = context(state);
    let command = state.settings.keymap.lookup(key, context);
    if let (Some(c), Context::Main | Context::Attached) = (key.printable(), context)
        && state.burst.key(c, command.is_some(), state.now)
    {
        return;
    }
    let Some((command, nth)) = command else {
        let now = state.now;
        // These leave or end other programs.
        let is_leaving = [Key::char('q'), Key::char('Q'), Key::ctrl('d')].contains(&key);
        let hint = match is_leaving {
            true => format!("{} detaches, agents go on", way_to(state, Action::Detach)),
            false => format!("{} shows the keys", way_to(state, Action::Help)),
        };
        state.toasts.push(Tone::Info, format!("{key} does nothing here · {hint}"), now);
        return;
    };
    if !matches!(command.action, Action::Close | Action::TakeCopy | Action::Yes | Action::No) {
        state.left_typing = None;
    }
    if command.action != Action::Interrupt {
        state.interrupt_at = None;
    }
    // The first of its keys is for the first agent.
    actions::perform(state, command.action, Some(nth + 1), commands);
    prose::note_opener(state, key);
}

pub fn context(state: &State) -> Context {
    if diff::shown(state).is_some() {
        return Context::Diff;
    }
    match state.focus.and_then(|id| state.past(id)) {
        Some(past) if past.cursor.is_some() => Context::Copy,
        Some(_) => Context::Scrolled,
        None if state.settings.chromeless => Context::Attached,
        None => Context::Main,
    }
}

/// Enter and esc decide about text that the prose guard caught; whether the key was used up.
fn on_caught_key(state: &mut State, key: Key, commands: &mut Vec<Command>) -> bool {
    if state.burst.caught.is_none() {
        return false;
    }
    match key.code {
        // The Enter at the end of the sentence is part of it.
        KeyCode::Enter if state.burst.is_running(state.now) => true,
        // A shell would run it.
        KeyCode::Enter if !prose::can_be_sent(state) => true,
        KeyCode::Enter => {
            let caught = state.burst.caught.take();
            state.burst.keys.clear();
            if let Some(caught) = caught {
                typing::paste(state, &caught.text, commands);
                typing::key(state, Key::plain(KeyCode::Enter), commands);
            }
            true
        }
        KeyCode::Escape => {
            state.burst.caught = None;
            state.burst.keys.clear();
            true
        }
        _ if key.printable().is_some() => false,
        _ => {
            state.burst.caught = None;
            false
        }
    }
}

fn on_overlay_key(state: &mut State, key: Key, commands: &mut Vec<Command>) {
    if ahead::keep(state, key) {
        return;
    }
    let Some(key) = fields::key(state, key, commands) else { return };
    let Some(overlay) = state.overlay.take() else { return };
    // Each arm puts the overlay back when it stays open.
    match overlay {
        Overlay::Launch if prose::is_hasty(state, key) => {}
        Overlay::Launch => match state.launch.key(key, &state.providers) {
            Outcome::Close => {}
            Outcome::Open => {
                state.overlay = Some(Overlay::Launch);
                actions::ask_beside(state, commands);
            }
            Outcome::Submit => {
                state.overlay = Some(Overlay::Launch);
                if !state.launch.starting {
                    actions::submit_launch(state, commands);
                }
            }
        },
        Overlay::Help { mut filter, mut chosen } => {
            let entries = palette::help_entries(&filter.text(), context(state), &state.settings.keymap);
            match list_key(key, &mut filter, &mut chosen, entries.len()) {
                ListOutcome::Close => {}
                ListOutcome::Open => state.overlay = Some(Overlay::Help { filter, chosen }),
                ListOutcome::Choose => {
                    if let Some(command) = entries.get(chosen) {
                        if command.is_in(context(state)) {
                            actions::perform(state, command.action, None, commands);
                        } else {
                            let now = state.now;
                            let text = format!("{}: not on this screen", command.help);
                            state.toasts.push(Tone::Info, text, now);
                        }
                    }
                }
            }
        }
        Overlay::Palette { mut query, mut chosen } => {
            let entries = palette::entries(state, &query.text());
            match list_key(key, &mut query, &mut chosen, entries.len()) {
                ListOutcome::Close => {}
                ListOutcome::Open => state.overlay = Some(Overlay::Palette { query, chosen }),
                ListOutcome::Choose => match entries.get(chosen) {
                    Some(Entry::Agent(id)) => focus::focus(state, *id, commands),
                    Some(Entry::Command(command)) => actions::perform(state, command.action, None, commands),
                    None => state.overlay = Some(Overlay::Palette { query, chosen }),
                },
            }
        }
        Overlay::Rename { terminal, mut name } => match key.code {
            KeyCode::Escape => {}
            KeyCode::Enter => {
                let name = name.text().trim().to_owned();
                if !name.is_empty() && name != state.name(terminal) {
                    commands.push(Command::Rename { terminal, name });
                }
            }
            _ => {
                name.key(key);
                state.overlay = Some(Overlay::Rename { terminal, name });
            }
        },
        Overlay::Filter { mut field, before } => match key.code {
            KeyCode::Escape => state.fleet.set_filter(String::new()),
            KeyCode::Enter => {
                // The first of those found is what was looked for.
                let listed = state.focus.is_some_and(|id| state.fleet.listed().any(|a| a.id == id));
                let first = state.fleet.listed().next().map(|a| a.id);
                if let (false, Some(first)) = (listed, first) {
                    focus::focus(state, first, commands);
                }
            }
            _ => {
                field.key(key);
                state.fleet.set_filter(field.text());
                state.overlay = Some(Overlay::Filter { field, before });
            }
        },
        Overlay::Settings(list) => preferences::key(state, list, key, commands),
        Overlay::Menu(open) => menu::key(state, open, key, commands),
        Overlay::Events(list) => events::key(state, *list, key, commands),
        Overlay::Find(find) => find::key(state, *find, key, commands),
        Overlay::Diff(view) => diff::key(state, view, key, commands),
        Overlay::Prompt { prompt, field } => prompt::key(state, prompt, field, key, commands),
        Overlay::Trees(list) => trees::key(state, list, key, commands),
        Overlay::Conversations(picker) => conversations::key(state, picker, key, commands),
        Overlay::Tree(question) => trees::question_key(state, *question, key, commands),
        Overlay::Finish(dialog) => trees::finish_key(state, dialog, key, commands),
        Overlay::ConfirmStopAll => standing::key(state, key, commands),
        Overlay::ConfirmStop { terminal, kind } => match key.printable() {
            Some('y') => actions::confirm_stop(state, terminal, kind, commands),
            _ => {
                let now = state.now;
                let is_there = state.fleet.get(terminal).is_some_and(|agent| !is_gone(agent));
                let words = format!("{} {}", state.name(terminal), if is_there { "goes on" } else { "stays" });
                state.toasts.push(Tone::Info, words, now);
            }
        },
    }
    // What lay under the help is there again.
    if state.overlay.is_none() {
        state.overlay = state.under.take().map(Overlay::Diff);
    }
}

enum ListOutcome {
    Open,
    Choose,
    Close,
}

/// Keys of a list under a text field.
fn list_key(key: Key, field: &mut Field, chosen: &mut usize, count: usize) -> ListOutcome {
    let last = count.saturating_sub(1);
    match key.code {
        KeyCode::Escape => return ListOutcome::Close,
        KeyCode::Enter => return ListOutcome::Choose,
        _ if key.code == KeyCode::Down || key == Key::ctrl('n') => {
            *chosen = if *chosen >= last { 0 } else { *chosen + 1 };
        }
        _ if key.code == KeyCode::Up || key == Key::ctrl('p') => {
            *chosen = if *chosen == 0 { last } else { *chosen - 1 };
        }
        KeyCode::Tab => *chosen = (*chosen + 1).min(last),
        KeyCode::PageDown => *chosen = (*chosen + 10).min(last),
        KeyCode::PageUp => *chosen = chosen.saturating_sub(10),
        _ => {
            let before = field.text();
            field.key(key);
            // Another query is another list; a moved cursor is not.
            if field.text() != before {
                *chosen = 0;
            }
        }
    }
    ListOutcome::Open
}
