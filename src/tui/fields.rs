//! The text field that is open: which it is, what a key means there before its dialog sees it, and what follows when its
//! text is another. Called by `update` for keys and pastes, and after every message. The view asks it for the mode. It must
//! never close a dialog.

use super::field::Field;
use super::launch::Row;
use super::msg::Command;
use super::preferences::Editing;
use super::prompt;
use super::state::{Overlay, State};
use super::vim::{Mode, Reply};
use crate::config::looks::FieldChoice;
use crate::core::keys::Key;

/// The open field.
fn open(state: &mut State) -> Option<&mut Field> {
    match state.overlay.as_mut()? {
        Overlay::Launch => state.launch.field(),
        Overlay::Help { filter: field, .. }
        | Overlay::Palette { query: field, .. }
        | Overlay::Rename { name: field, .. }
        | Overlay::Filter { field, .. }
        | Overlay::Prompt { field, .. } => Some(field),
        Overlay::Finish(dialog) => dialog.field(),
        Overlay::Find(find) => Some(&mut find.field),
        Overlay::Events(list) => Some(&mut list.filter),
        Overlay::Diff(view) => view.draft.as_mut().map(|draft| &mut draft.field),
        Overlay::Settings(list) => match &mut list.editing {
            Some(Editing::Text(field)) => Some(field),
            _ => None,
        },
        Overlay::ConfirmStopAll
        | Overlay::ConfirmStop { .. }
        | Overlay::Menu(_)
        | Overlay::Conversations(_)
        | Overlay::Trees(_)
        | Overlay::Tree(_) => None,
    }
}

/// Whether several lines can be written there.
fn has_lines(state: &State) -> bool {
    matches!(state.overlay, Some(Overlay::Launch)) && state.launch.row == Row::Message
}

/// What follows from another text.
fn changed(state: &mut State, commands: &mut Vec<Command>) {
    match &mut state.overlay {
        Some(Overlay::Help { chosen, .. } | Overlay::Palette { chosen, .. }) => *chosen = 0,
        Some(Overlay::Filter { field, .. }) => {
            let text = field.text();
            state.fleet.set_filter(text);
        }
        Some(Overlay::Prompt { prompt, field }) => {
            let (prompt, field) = (*prompt, field.clone());
            prompt::changed(state, prompt, &field, commands);
        }
        Some(Overlay::Find(find)) => commands.extend(find.ask()),
        _ => {}
    }
}

/// Puts text into the open field; whether a dialog is open at all.
pub fn paste(state: &mut State, text: &str, commands: &mut Vec<Command>) -> bool {
    let lines = has_lines(state);
    if let Some(field) = open(state) {
        field.insert(text, lines);
        changed(state, commands);
    }
    state.overlay.is_some()
}

/// A key while a dialog is open: what it means to the dialog, unless the habits of vim have used it up.
pub fn key(state: &mut State, key: Key, commands: &mut Vec<Command>) -> Option<Key> {
    if state.settings.fields != FieldChoice::Vim {
        return Some(key);
    }
    let is_one_line = !has_lines(state);
    let mut vim = std::mem::take(&mut state.vim);
    let outcome = open(state).map(|field| {
        let before = field.text();
        let reply = field.modal_key(&mut vim, key, is_one_line);
        (reply, field.text() != before)
    });
    state.vim = vim;
    let Some((reply, is_another)) = outcome else { return Some(key) };
    if is_another {
        changed(state, commands);
    }
    match reply {
        Reply::Taken => None,
        Reply::Pass(key) => Some(key),
    }
}

/// A field that has just been opened is typed into, and what it held can be had again.
pub fn settle(state: &mut State) {
    if state.settings.fields != FieldChoice::Vim {
        return;
    }
    let is_open = open(state).map(Field::note_first).is_some();
    // The rows of the launch dialog share one mode, also the one that is no field.
    let is_launch = matches!(state.overlay, Some(Overlay::Launch));
    let dialog = state.overlay.as_ref().filter(|_| is_open || is_launch).map(std::mem::discriminant);
    if dialog != state.dialog {
        state.vim.begin();
        state.dialog = dialog;
    }
}

/// The mode of the open field, where there are modes.
pub fn mode(state: &State) -> Option<Mode> {
    (state.settings.fields == FieldChoice::Vim && state.dialog.is_some()).then_some(state.vim.mode)
}

/// The keys that close a dialog: the first esc leads to NORMAL.
pub fn way_out(state: &State) -> &'static str {
    match mode(state) {
        Some(Mode::Insert | Mode::Visual) => "esc esc",
        Some(Mode::Normal) | None => "esc",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::msg::Msg;
    use crate::tui::testing::{NOW, press, screen, state};
    use crate::tui::update::update;

    fn modal(columns: u16, rows: u16) -> State {
        let mut state = state(columns, rows);
        state.settings.fields = FieldChoice::Vim;
        state
    }

    fn first_word_of_the_bar(state: &State) -> String {
        screen(state).lines().last().and_then(|bar| bar.split_whitespace().next()).unwrap_or_default().to_owned()
    }

    #[test]
    fn every_field_is_typed_into_first_and_left_by_two_escapes() {
        for keys in [":", "?", "/", "f", "r", "c", "c tab tab", ": e v e n t s enter", "o /", "o t", ","] {
            let mut state = modal(120, 35);
            press(&mut state, keys);
            if keys == "," {
                let sheet = Box::new(crate::tui::testing::sheet());
                update(&mut state, Msg::Settings { sheet, said: None }, NOW);
                press(&mut state, "j j j j j j enter");
            }
            assert_eq!(mode(&state), Some(Mode::Insert), "{keys}");
            press(&mut state, "h i esc");
            assert_eq!(mode(&state), Some(Mode::Normal), "{keys}");
            let picture = screen(&state);
            assert!(picture.matches("NORMAL").count() >= 1, "{keys}\n{picture}");
            press(&mut state, "d esc");
            assert_eq!(mode(&state), Some(Mode::Normal), "half a command is given up first: {keys}");
            press(&mut state, "esc");
            assert_eq!(mode(&state), None, "{keys}");
        }
    }

    #[test]
    fn nothing_changes_for_those_with_the_keys_of_a_shell() {
        let mut state = state(120, 35);
        press(&mut state, ": x");
        assert_eq!((mode(&state), way_out(&state)), (None, "esc"));
        press(&mut state, "esc");
        assert!(state.overlay.is_none());
    }

    #[test]
    fn a_list_is_walked_with_letters_and_begins_anew_with_another_text() {
        let mut state = modal(120, 35);
        let chosen = |state: &State| match &state.overlay {
            Some(Overlay::Palette { query, chosen }) => (query.text(), *chosen),
            other => panic!("{other:?}"),
        };
        press(&mut state, ": a esc j j k");
        assert_eq!(chosen(&state), ("a".into(), 1));
        press(&mut state, "x");
        assert_eq!(chosen(&state), (String::new(), 0));
        assert_eq!(first_word_of_the_bar(&state), "NORMAL");
        // Another dialog is another field.
        press(&mut state, "i r e n a m e enter");
        assert!(matches!(state.overlay, Some(Overlay::Rename { .. })), "{:?}", state.overlay);
        assert_eq!(first_word_of_the_bar(&state), "INSERT");
    }

    #[test]
    fn what_hangs_on_the_text_follows_it() {
        let mut state = modal(120, 35);
        press(&mut state, "f w e b esc");
        assert_eq!(state.fleet.filter(), "web");
        press(&mut state, "D");
        assert_eq!(state.fleet.filter(), "we");
        press(&mut state, "u esc");
        assert_eq!(state.fleet.filter(), "", "esc clears the filter");
        let commands = press(&mut state, "/ p a esc");
        assert_eq!(commands, [Command::Search { query: "p".into(), limit: 50 }]);
        update(&mut state, Msg::Searched(Ok(Default::default())), NOW);
        update(&mut state, Msg::Searched(Ok(Default::default())), NOW);
        let commands = press(&mut state, "x");
        assert_eq!(commands, [Command::Search { query: "p".into(), limit: 50 }]);
        update(&mut state, Msg::Paste("xx".into()), NOW);
        let Some(Overlay::Find(find)) = &state.overlay else { panic!("{:?}", state.overlay) };
        assert_eq!(find.field.text(), "xxp");
    }

    #[test]
    fn what_is_selected_can_be_seen_without_any_colour() {
        let reversed = |state: &State| {
            let buffer = crate::tui::testing::picture_in(
                state,
                &crate::tui::testing::theme("mono", crate::tui::depth::Depth::None),
            );
            let all = buffer.area.positions().filter(|at| {
                buffer[*at].modifier.contains(ratatui::style::Modifier::REVERSED) && buffer[*at].symbol() != " "
            });
            all.map(|at| buffer[at].symbol().to_owned()).collect::<String>()
        };
        let mut state = modal(80, 24);
        press(&mut state, "c o n e space t w o esc");
        let before = reversed(&state);
        press(&mut state, "v b");
        let after = reversed(&state);
        assert!(after.contains("two") && !before.contains("two"), "{before}\n{after}");
        assert!(screen(&state).contains(" VISUAL ─"), "{}", screen(&state));
    }
}
