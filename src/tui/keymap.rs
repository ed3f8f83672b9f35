//! The keys as they are bound now: the command table with what `keys.toml` says of it. Asked by the dispatcher for what a
//! key means, and by every text of ours that names a key. It must never be passed by: a key in a text that is not asked
//! for here is wrong for whoever has bound another.

use super::commands::{Action, COMMANDS, CommandSpec, Context, spec_of};
use super::state::{Mode, State};
use crate::config::keys::{Keys, Known};
use crate::core::keys::{Key, KeyCode, parse_key};
use std::collections::BTreeMap;

/// The table as `keys.toml` is read by it.
pub fn known_commands() -> Vec<Known> {
    let known = |command: &CommandSpec| Known {
        name: command.name,
        places: command.contexts.iter().map(|context| context.name()).collect(),
        keys: command.keys,
        is_way_out: matches!(command.name, "palette" | "detach" | "close-past"),
    };
    COMMANDS.iter().map(known).collect()
}

#[derive(Clone, Debug)]
pub struct Keymap {
    bound: Vec<(Context, &'static CommandSpec, Vec<Key>)>,
    leaders: BTreeMap<String, Vec<Key>>,
    typing: Vec<(Key, &'static CommandSpec)>,
}

impl Default for Keymap {
    /// The built-in keys.
    fn default() -> Keymap {
        let of = |command: &'static CommandSpec| {
            let keys = built_in(command);
            command.contexts.iter().map(move |context| (*context, command, keys.clone()))
        };
        Keymap { bound: COMMANDS.iter().flat_map(of).collect(), leaders: BTreeMap::new(), typing: Vec::new() }
    }
}

fn built_in(command: &CommandSpec) -> Vec<Key> {
    command.keys.iter().filter_map(|name| parse_key(name).ok()).collect()
}

fn named(name: &str) -> Option<&'static CommandSpec> {
    COMMANDS.iter().find(|command| command.name == name)
}

impl Keymap {
    pub fn new(keys: &Keys) -> Keymap {
        let mut keymap = Keymap::default();
        for (context, command, bound) in &mut keymap.bound {
            if let Some(keys) = keys.bound.get(&(context.name(), command.name)) {
                bound.clone_from(keys);
            }
        }
        keymap.leaders.clone_from(&keys.leaders);
        keymap.typing = keys.typing.iter().filter_map(|(key, name)| Some((*key, named(name)?))).collect();
        keymap
    }

    /// The command that a key means in a context, and which of its keys that is.
    pub fn lookup(&self, key: Key, context: Context) -> Option<(&'static CommandSpec, usize)> {
        let here = self.bound.iter().filter(|(place, ..)| *place == context);
        here.filter_map(|(_, command, keys)| Some((*command, keys.iter().position(|bound| *bound == key)?))).next()
    }

    /// The command that a chord runs while all other keys go to an agent.
    pub fn chord(&self, key: Key) -> Option<&'static CommandSpec> {
        self.typing.iter().find(|(chord, _)| *chord == key).map(|(_, command)| *command)
    }

    /// The chords that run commands from TYPING.
    pub fn chords(&self) -> impl Iterator<Item = Key> {
        self.typing.iter().map(|(key, _)| *key)
    }

    pub fn leaders(&self, provider: &str) -> Option<&[Key]> {
        self.leaders.get(provider).map(Vec::as_slice)
    }

    pub fn keys(&self, command: &CommandSpec, context: Context) -> &[Key] {
        let place = if command.is_in(context) { context } else { command.contexts[0] };
        let found = self.bound.iter().find(|(other, bound, _)| *other == place && bound.name == command.name);
        found.map_or(&[], |(.., keys)| keys)
    }

    /// The keys as help and palette show them.
    pub fn text(&self, command: &CommandSpec, context: Context) -> String {
        let keys = self.keys(command, context);
        match (command.shown_keys, keys) {
            (Some(shown), _) if *keys == built_in(command) => shown.to_owned(),
            // A row of keys that differ in one place, as nine digits do.
            (_, [first, .., last]) if keys.len() > MOST_SHOWN => format!("{first} … {last}"),
            _ => keys.iter().map(sign).collect::<Vec<_>>().join(" "),
        }
    }

    /// The key that a hint shows: the first.
    pub fn hint(&self, command: &CommandSpec, context: Context) -> Option<Key> {
        self.keys(command, context).first().copied()
    }
}

/// A key as the lists of the table show it: arrows as signs.
fn sign(key: &Key) -> String {
    match (key.code, key.mods.is_none()) {
        (KeyCode::Up, true) => "↑".to_owned(),
        (KeyCode::Down, true) => "↓".to_owned(),
        (KeyCode::Left, true) => "←".to_owned(),
        (KeyCode::Right, true) => "→".to_owned(),
        _ => key.to_string(),
    }
}

/// More keys than this for one command are not read one by one.
const MOST_SHOWN: usize = 4;

/// How one gets at a command on the screen that is open, for a sentence: its key, or the palette and its name.
pub fn way_to(state: &State, action: Action) -> String {
    let base = if state.settings.chromeless { Context::Attached } else { Context::Main };
    way_in(state, action, base)
}

/// The same from where one is: while typing, a bare key is the agent's.
pub fn way_from_here(state: &State, action: Action) -> String {
    let way = way_to(state, action);
    match (state.mode, leader(state).first()) {
        (Mode::Typing, Some(leader)) => format!("{leader} {way}"),
        _ => way,
    }
}

/// The same in one context.
pub fn way_in(state: &State, action: Action, context: Context) -> String {
    let keymap = &state.settings.keymap;
    let of = |action: Action| {
        let context = if spec_of(action, context).is_some() { context } else { Context::Main };
        // Of two commands that do the same, the one that stands later is meant for fewer places: it is nearer.
        COMMANDS.iter().rev().filter(move |command| command.action == action && command.is_in(context))
    };
    if let Some(key) = of(action).find_map(|command| keymap.hint(command, context)) {
        return key.to_string();
    }
    let palette = of(Action::Palette).find_map(|command| keymap.hint(command, context));
    let palette = palette.map_or_else(String::new, |key| key.to_string());
    of(action).next().map_or(palette.clone(), |command| format!("{palette} {}", command.name))
}

/// The key that goes to the agent with a number, if one does.
pub fn key_of_number(state: &State, number: usize) -> Option<Key> {
    let command = spec_of(Action::AgentByNumber, Context::Main)?;
    state.settings.keymap.keys(command, Context::Main).get(number.checked_sub(1)?).copied()
}

/// The leader that counts now: that of the focused agent's kind, or everybody's.
pub fn leader(state: &State) -> &[Key] {
    let own = state.focused().and_then(|agent| state.settings.keymap.leaders(&agent.provider));
    own.unwrap_or(&state.settings.leader)
}

/// Whether a key is ours although keys go to an agent.
pub fn is_ours(state: &State, key: Key) -> bool {
    leader(state).contains(&key) || state.settings.keymap.chord(key).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::keys;
    use crate::proto::rest::Status;
    use crate::tui::msg::Command;
    use crate::tui::testing::{press, screen, state};

    /// A screen whose user has this `keys.toml`.
    fn bound(text: &str) -> State {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(keys::path(dir.path()), text).unwrap();
        let (keys, notes) = keys::load(dir.path(), &known_commands(), Key::ctrl('q'));
        assert_eq!(notes, []);
        let mut state = state(160, 45);
        state.settings.leader.clone_from(&keys.leader);
        state.settings.keymap = Keymap::new(&keys);
        state
    }

    #[test]
    fn the_table_is_told_whole_and_can_be_bound_anew() {
        let known = known_commands();
        assert_eq!(known.len(), COMMANDS.len());
        let (keys, notes) = keys::load(std::path::Path::new("/nonexistent"), &known, Key::ctrl('q'));
        assert_eq!(notes, []);
        let (ours, plain) = (Keymap::new(&keys), Keymap::default());
        for ((_, a, keys), (_, b, others)) in ours.bound.iter().zip(&plain.bound) {
            assert_eq!((a.name, keys), (b.name, others));
        }
    }

    #[test]
    fn a_bound_key_acts_and_is_shown_everywhere() {
        let mut state = bound("[main]\nnext-agent = [\"t\"]\nhelp = [\"ctrl-k\"]\ndetach = [\"Z\"]\nzoom = []\n");
        let before = state.focus;
        press(&mut state, "j");
        assert_eq!(state.focus, before);
        assert!(screen(&state).contains("j does nothing here · ctrl-k shows the keys"), "{}", screen(&state));
        press(&mut state, "t");
        assert_ne!(state.focus, before);
        let picture = screen(&state);
        assert!(picture.contains("ctrl-k help") && picture.contains("Z detach") && !picture.contains("D detach"));
        press(&mut state, "ctrl-k");
        let help = screen(&state);
        assert!(help.contains("t           next agent") && help.contains("Z           detach"), "{help}");
        press(&mut state, "esc :");
        press(&mut state, "z o o m");
        let palette = screen(&state);
        assert!(palette.contains("zoom this pane"), "{palette}");
        press(&mut state, "enter");
        assert!(state.zoom);
    }

    #[test]
    fn a_kind_of_agent_may_have_its_own_leader() {
        let mut state = bound("[leader]\nclaude = [\"ctrl-space\"]\n");
        press(&mut state, "1 i");
        assert_eq!(state.focused().unwrap().provider, "claude");
        press(&mut state, "ctrl-q");
        assert_eq!(state.mode, Mode::Typing, "it is the agent's");
        assert!(screen(&state).contains("ctrl-space commands"));
        press(&mut state, "ctrl-space");
        assert_eq!(state.mode, Mode::Command);
        let commands = press(&mut state, "ctrl-space");
        let sent = |c: &Command| matches!(c, Command::Send(crate::proto::stream::ClientMessage::Input { text, .. }) if text == "\0");
        assert!(commands.iter().any(sent), "twice sends it: {commands:?}");
        press(&mut state, "ctrl-space 2 i ctrl-q");
        assert_eq!(state.mode, Mode::Command, "codex has the usual one");
    }

    #[test]
    fn a_chord_acts_from_typing_and_typing_goes_on_where_it_can() {
        let mut state = bound("[typing]\n\"ctrl-alt-n\" = \"next-waiting\"\n\"ctrl-alt-c\" = \"new-agent\"\n");
        press(&mut state, "2 i ctrl-alt-n");
        assert_eq!(state.mode, Mode::Typing);
        assert_eq!(state.focused().unwrap().status, Status::Waiting);
        press(&mut state, "ctrl-alt-c");
        assert_eq!(state.mode, Mode::Command, "a dialog is open");
        assert!(state.overlay.is_some());
        press(&mut state, "esc esc");
        assert_eq!(state.mode, Mode::Typing, "esc leads back to where one typed");
        // In COMMAND it means nothing.
        press(&mut state, "ctrl-q");
        let before = state.focus;
        press(&mut state, "ctrl-alt-n");
        assert_eq!(state.focus, before);
    }

    #[test]
    fn other_digits_are_other_numbers() {
        let mut state = bound("[main]\nagent-by-number = [\"alt-a\", \"alt-b\", \"alt-c\"]\n");
        press(&mut state, "alt-c");
        assert_eq!(state.focus, Some(crate::base::id::TerminalId(3)));
    }
}
