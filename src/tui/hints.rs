//! The key hints of the status bar: which are useful now, and where they are, for drawing and for clicking.
//! A hint is shown whole or not at all.

use super::commands::{Action, Context, spec_of};
use super::fleet::is_gone;
use super::state::{Mode, Overlay, State};
use crate::base::text;
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
    state.settings.leader.first().map_or_else(|| "ctrl-q".to_owned(), Key::to_string)
}

/// The text at the right of the status bar.
pub fn target(state: &State) -> String {
    match state.mode {
        Mode::Typing => state.focus.map(|id| format!("keys go to {}", state.name(id))).unwrap_or_default(),
        Mode::Command if !state.fleet.filter().is_empty() => {
            format!("filter: {}", text::printable(state.fleet.filter()))
        }
        Mode::Command if state.zoom => "zoomed".to_owned(),
        Mode::Command => String::new(),
    }
}

/// The hints that fit between the mode's word and the target.
pub fn hints(state: &State, columns: u16) -> Vec<Hint> {
    let start = mode_word(state).len() as u16 + 3;
    let right = text::width(&text::fit(&target(state), 30)) as u16;
    let wanted = wanted(state);
    let first = wanted.first().map_or(0, |(k, w)| (text::width(k) + 1 + text::width(w)) as u16);
    // The way out matters more than where one is.
    let beside_target = columns.saturating_sub(right + 2);
    let room = if right > 0 && start + first <= beside_target { beside_target } else { columns.saturating_sub(1) };
    let mut out: Vec<Hint> = Vec::new();
    let mut column = start;
    for (key, word) in wanted {
        let press = parse_key(key.split(' ').next().unwrap_or(&key)).ok();
        let hint = Hint { key, word, press, column };
        if out.len() >= MOST || column + hint.width() > room {
            break;
        }
        column += hint.width() + 2;
        out.push(hint);
    }
    out
}

fn wanted(state: &State) -> Vec<(String, &'static str)> {
    let fixed = |list: &[(&'static str, &'static str)]| list.iter().map(|(k, w)| ((*k).to_owned(), *w)).collect();
    if state.burst.caught.is_some() {
        return fixed(&[("enter", "send it"), ("esc", "drop it")]);
    }
    match &state.overlay {
        Some(Overlay::Help { .. }) => return fixed(&[("enter", "do it"), ("↑↓", "choose"), ("esc", "close")]),
        Some(Overlay::Palette { .. }) => return fixed(&[("enter", "do"), ("↑↓", "choose"), ("esc", "close")]),
        Some(Overlay::Launch) => return fixed(&[("enter", "start"), ("esc", "close, keeps the draft")]),
        Some(Overlay::Rename { .. }) => return fixed(&[("enter", "rename"), ("esc", "keep the name")]),
        Some(Overlay::Filter { .. }) => return fixed(&[("enter", "keep the filter"), ("esc", "clear it")]),
        Some(Overlay::ConfirmStop { .. }) => return fixed(&[("y", "yes"), ("esc", "no")]),
        None => {}
    }
    let of = |context: Context, actions: &[Action]| -> Vec<(String, &'static str)> {
        actions.iter().filter_map(|a| spec_of(*a, context)).map(|s| (s.hint_key().to_owned(), s.hint)).collect()
    };
    if let Some(past) = state.focus.and_then(|id| state.past(id)) {
        use Action as A;
        return if past.cursor.is_some() {
            of(Context::Copy, &[A::Select, A::Copy, A::WordForward, A::SelectLines, A::Top, A::Close])
        } else {
            of(Context::Scrolled, &[A::PageUp, A::PageDown, A::Top, A::Bottom, A::StartCopy, A::Close])
        };
    }
    if state.mode == Mode::Typing {
        let leader = leader_name(state);
        return vec![(leader.clone(), "commands"), (format!("{leader} {leader}"), "sends it")];
    }
    let context = if state.settings.chromeless { Context::Attached } else { Context::Main };
    let mut actions = Vec::new();
    match state.focused() {
        None => actions.extend([Action::NewAgent, Action::Help, Action::Palette, Action::Detach]),
        Some(agent) if state.is_stopping(agent.id) => actions.push(Action::Undo),
        Some(agent) if is_gone(agent) => actions.extend([Action::Restart, Action::WholeOutput, Action::Stop]),
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
    let mut out = of(context, &actions);
    for hint in &mut out {
        // A gone agent's stop only removes its row.
        if hint.0 == "x" {
            hint.1 = "remove";
        }
    }
    out
}
