//! The key hints of the status bar: which are useful now, and where they are, for drawing and for clicking.
//! A hint is shown whole or not at all.

use super::commands::{Action, Context, spec_of};
use super::fields;
use super::fleet::is_gone;
use super::keymap;
use super::state::{Mode, Overlay, State};
use crate::base::text;
use crate::config::looks::HintChoice;
use crate::core::keys::{Key, parse_key};
use crate::proto::rest::Status;

/// More hints than this are not read.
const MOST: usize = 8;

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Hint {
    pub key: String,
    pub word: &'static str,
    /// What a click presses.
    pub press: Option<Key>,
    pub column: u16,
}

impl Hint {
    pub fn width(&self) -> u16 {
        (text::width(&self.key) + 1 + text::width(self.word)) as u16
    }
}

/// The mode's word.
pub fn mode_word(state: &State) -> &'static str {
    if let Some(mode) = fields::mode(state) {
        return mode.word();
    }
    if super::diff::covers(state) {
        return "DIFF";
    }
    if let Some(past) = state.focus.and_then(|id| state.past(id)).filter(|_| state.overlay.is_none()) {
        return if past.cursor.is_some() { "COPY" } else { "SCROLL" };
    }
    match state.mode {
        Mode::Typing => "TYPING",
        Mode::Command => "COMMAND",
    }
}

/// The leader as it is written.
pub fn leader_name(state: &State) -> String {
    keymap::leader(state).first().map_or_else(|| "ctrl-q".to_owned(), Key::to_string)
}

/// The text at the right of the status bar.
pub fn target(state: &State) -> String {
    match state.mode {
        Mode::Typing => state.focus.map(|id| format!("keys go to {}", state.name(id))).unwrap_or_default(),
        Mode::Command if !state.fleet.filter().is_empty() => {
            format!("filter: {}", text::printable(state.fleet.filter()))
        }
        Mode::Command if state.zoom => match state.fleet.agents().len() {
            0 | 1 => "zoomed".to_owned(),
            all => format!("zoomed, 1 of {all}"),
        },
        Mode::Command => String::new(),
    }
}

/// The hints that fit between the mode's word and the target.
pub fn hints(state: &State, columns: u16) -> Vec<Hint> {
    let start = mode_word(state).len() as u16 + 3;
    let right = text::width(&text::fit(&target(state), 30)) as u16;
    let mut wanted = wanted(state);
    match state.settings.hints {
        HintChoice::Full => {}
        HintChoice::Short => wanted.retain(|w| w.worth >= NEEDED),
        HintChoice::Off => wanted.clear(),
    }
    // The way in and the way out matter more than where one is.
    let needed = start + width(wanted.iter().filter(|w| w.worth >= NEEDED));
    let beside_target = columns.saturating_sub(right + 2);
    let room = if right > 0 && needed <= beside_target { beside_target } else { columns.saturating_sub(1) };
    while wanted.len() > MOST || start + width(wanted.iter()) > room {
        let Some(least) = (0..wanted.len()).rev().min_by_key(|n| wanted[*n].worth) else { break };
        wanted.remove(least);
    }
    let mut column = start;
    let place = |Wanted { key, word, .. }| {
        let press = parse_key(key.split(' ').next().unwrap_or(&key)).ok();
        let hint = Hint { key, word, press, column };
        column += hint.width() + 2;
        hint
    };
    wanted.into_iter().map(place).collect()
}

/// A hint that would be useful now.
struct Wanted {
    key: String,
    word: &'static str,
    /// When there is no room for all, those of least worth go.
    worth: u8,
}

/// From this worth on a hint is what one must know to do anything here, or to get away.
const NEEDED: u8 = 100;

/// Columns of hints side by side.
fn width<'a>(hints: impl Iterator<Item = &'a Wanted>) -> u16 {
    hints.map(|w| (text::width(&w.key) + text::width(w.word)) as u16 + 3).sum::<u16>().saturating_sub(2)
}

/// The first is what one came for and the last the way out; of the others the first are worth most.
fn by_place(list: impl IntoIterator<Item = (String, &'static str)>) -> Vec<Wanted> {
    let mut out: Vec<Wanted> =
        list.into_iter().zip((0..NEEDED).rev()).map(|((key, word), worth)| Wanted { key, word, worth }).collect();
    if let Some(last) = out.last_mut() {
        last.worth = NEEDED;
    }
    if let Some(first) = out.first_mut() {
        first.worth = NEEDED + 1;
    }
    out
}

/// What a command's hint on the main screen is worth.
fn worth(state: &State, action: Action) -> u8 {
    match action {
        Action::Yes | Action::No => NEEDED + 3,
        Action::Type | Action::Restart | Action::Undo => NEEDED + 2,
        Action::Detach => NEEDED + 1,
        Action::Help => NEEDED,
        Action::Zoom if state.zoom => NEEDED,
        Action::Close => 9,
        Action::NextWaiting => 8,
        Action::Stop => 7,
        Action::WholeOutput => 6,
        Action::NewAgent => 5,
        Action::Palette => 4,
        Action::Zoom => 3,
        _ => 0,
    }
}

/// While there are comments, sending them is what one came for.
fn diff_hints(state: &State) -> Vec<Wanted> {
    use Action as A;
    let view = super::diff::shown(state);
    let has_comments = view.is_some_and(|v| state.reviews.get(&v.terminal).is_some_and(|r| !r.comments.is_empty()));
    let mut actions = match view.map(|view| view.part) {
        Some(super::diff::Part::Files) => vec![A::DiffEnter, A::DiffNext, A::DiffBase, A::Open, A::Help, A::Close],
        _ => vec![A::DiffNext, A::DiffComment, A::DiffBase, A::Open, A::DiffPart, A::Help, A::Copy, A::Close],
    };
    if has_comments {
        actions.insert(0, A::DiffSend);
    }
    let specs = actions.iter().filter_map(|a| spec_of(*a, Context::Diff));
    by_place(specs.filter_map(|s| Some((state.settings.keymap.hint(s, Context::Diff)?.to_string(), s.hint))))
}

fn wanted(state: &State) -> Vec<Wanted> {
    let fixed = |list: &[(&'static str, &'static str)]| by_place(list.iter().map(|(k, w)| ((*k).to_owned(), *w)));
    if state.burst.caught.is_some() {
        return fixed(&[("enter", "send it"), ("esc", "drop it")]);
    }
    let esc = fields::way_out(state);
    match &state.overlay {
        Some(Overlay::Help { .. }) => return fixed(&[("enter", "do it"), ("↑↓", "choose"), (esc, "close")]),
        Some(Overlay::Palette { .. }) => return fixed(&[("enter", "do"), ("↑↓", "choose"), (esc, "close")]),
        Some(Overlay::Launch) => return fixed(&[("enter", "start"), (esc, "close, keeps the draft")]),
        Some(Overlay::Rename { .. }) => return fixed(&[("enter", "rename"), (esc, "keep the name")]),
        Some(Overlay::Filter { .. }) => return fixed(&[("enter", "keep the filter"), (esc, "clear it")]),
        Some(Overlay::ConfirmStop { .. } | Overlay::ConfirmStopAll) => return fixed(&[("y", "yes"), (esc, "no")]),
        Some(Overlay::Conversations(_)) => return fixed(&[("enter", "resume"), ("↑↓", "choose"), (esc, "close")]),
        Some(Overlay::Tree(_)) => return fixed(&[("y", "yes"), (esc, "no")]),
        Some(Overlay::Finish(_)) => return fixed(&[("enter", "do it"), ("↓", "field"), (esc, "close")]),
        Some(Overlay::Trees(_)) => {
            use Action as A;
            let actions = [A::Open, A::Diff, A::KeepTree, A::FinishTree, A::RemoveTree, A::RestoreTree, A::Close];
            let specs = actions.iter().filter_map(|a| spec_of(*a, Context::Trees));
            let keymap = &state.settings.keymap;
            return by_place(specs.filter_map(|s| Some((keymap.hint(s, Context::Trees)?.to_string(), s.hint))));
        }
        Some(Overlay::Settings(list)) if list.editing.is_some() => {
            return fixed(&[("enter", "write it"), (esc, "as it was")]);
        }
        Some(Overlay::Settings(_)) => return fixed(&[("enter", "change"), ("↑↓", "choose"), (esc, "close")]),
        Some(Overlay::Menu(_)) => return fixed(&[("enter", "do it"), ("↑↓", "choose"), (esc, "close")]),
        Some(Overlay::Events(_)) => return fixed(&[("enter", "go there"), ("↑↓", "choose"), (esc, "close")]),
        Some(Overlay::Find(_)) => return fixed(&[("enter", "go there"), ("↑↓", "choose"), (esc, "close")]),
        Some(Overlay::Diff(view)) if view.draft.is_some() => return Vec::new(),
        Some(Overlay::Diff(_)) if super::diff::covers(state) => return diff_hints(state),
        Some(Overlay::Diff(_)) => {}
        // The prompt is in the bar itself.
        Some(Overlay::Prompt { .. }) => return Vec::new(),
        None => {}
    }
    let of = |context: Context, actions: &[Action]| {
        let specs = actions.iter().filter_map(|a| spec_of(*a, context));
        by_place(specs.filter_map(|s| Some((state.settings.keymap.hint(s, context)?.to_string(), s.hint))))
    };
    if let Some(past) = state.focus.and_then(|id| state.past(id)) {
        use Action as A;
        return match (past.cursor, &past.finder) {
            (Some(_), _) => of(
                Context::Copy,
                &[A::Select, A::Copy, A::Open, A::WordForward, A::SelectLines, A::Top, A::Help, A::Close],
            ),
            // What was begun goes on.
            (None, Some(_)) => of(
                Context::Scrolled,
                &[A::FindNext, A::FindPrevious, A::FindInPast, A::PageUp, A::PageDown, A::StartCopy, A::Help, A::Close],
            ),
            (None, None) => of(
                Context::Scrolled,
                &[A::PageUp, A::PageDown, A::FindInPast, A::Top, A::Bottom, A::StartCopy, A::Help, A::Close],
            ),
        };
    }
    if state.mode == Mode::Typing {
        let leader = leader_name(state);
        let mut keys = vec![(leader.clone(), "commands"), (format!("{leader} {leader}"), "sends it")];
        if super::answering::asking(state).is_some() {
            let answer = |action| format!("{leader} {}", keymap::way_in(state, action, Context::Main));
            keys.extend([(answer(Action::Yes), "yes"), (answer(Action::No), "no")]);
        }
        let mut both = by_place(keys);
        // Where the keys go matters more than how to send a leader.
        both[1].worth = 0;
        return both;
    }
    let context = if state.settings.chromeless { Context::Attached } else { Context::Main };
    let mut actions = Vec::new();
    match state.focused() {
        None => actions.extend([Action::NewAgent, Action::Help, Action::Palette, Action::Detach]),
        Some(agent) if state.is_stopping(agent.id) => actions.push(Action::Undo),
        Some(agent) if is_gone(agent) => actions.extend([Action::Restart, Action::WholeOutput, Action::Stop]),
        Some(_) if super::answering::asking(state).is_some() => {
            actions.extend([Action::Yes, Action::No, Action::Type]);
        }
        Some(_) => actions.push(Action::Type),
    }
    if state.left_typing.is_some() {
        actions.push(Action::Close);
    }
    if state.fleet.count(Status::Waiting) > 0 {
        actions.push(Action::NextWaiting);
    }
    if state.focus.is_some() {
        actions.extend([Action::NewAgent, Action::Zoom, Action::ScrollBack]);
    }
    actions.extend([Action::Palette, Action::Help, Action::Detach]);
    let mut seen = Vec::new();
    actions.retain(|a| {
        !seen.contains(a) && {
            seen.push(*a);
            true
        }
    });
    let hint = |action: Action| {
        let spec = spec_of(action, context)?;
        let word = match action {
            // A gone agent's stop only removes its row.
            Action::Stop => "remove",
            Action::Zoom if state.zoom => "unzoom",
            _ => spec.hint,
        };
        let key = state.settings.keymap.hint(spec, context)?.to_string();
        Some(Wanted { key, word, worth: worth(state, action) })
    };
    actions.into_iter().filter_map(hint).collect()
}
