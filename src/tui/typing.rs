//! What is typed into agents: entering and leaving TYPING, keys, pastes, and what is kept while the server is away.
//! Called by `update` and `actions`. Bytes must never go to another agent than the focused one.

use super::commands::Action;
use super::fleet::is_gone;
use super::keymap::way_to;
use super::msg::{Command, Picture};
use super::outbox::Sent;
use super::pastes;
use super::state::{Dirty, Link, Mode, State};
use super::toasts::Tone;
use crate::base::id::TerminalId;
use crate::base::{mode, text};
use crate::core::keys::{Key, KeyPress, encode, encode_focus, encode_paste};
use crate::proto::stream::ClientMessage;
use base64::Engine as _;

/// A page of typing; more means that somebody pastes into a dead connection.
const KEPT_BYTES: usize = 64 * 1024;

/// What is said to an empty paste. Short: it has to fit beside the names of a narrow window.
pub const NO_TEXT: &str = "no text on the clipboard · for a picture, paste the path of its file";

/// And where the agent would get it in TYPING.
pub fn no_text_in_command(state: &State) -> String {
    format!("no text on the clipboard · {} first, then paste a picture to the agent", way_to(state, Action::Type))
}

/// A key's echo is there within milliseconds, or does not come: no more pictures of others than fit in between are drawn
/// out of turn while it is waited for.
const OTHERS_BEFORE_ECHO: u8 = 4;
/// Pieces of a long paste: a message stays small enough not to hold up the keys behind it.
const PIECE: usize = 32 * 1024;

pub fn enter(state: &mut State, commands: &mut Vec<Command>) {
    let now = state.now;
    let Some(agent) = state.focused() else {
        let words = format!("no agent to type to · {} starts one", way_to(state, Action::NewAgent));
        return state.toasts.push(Tone::Info, words, now);
    };
    let id = agent.id;
    if state.settings.read_only {
        return state.toasts.push(Tone::Info, "read-only: nothing can be typed", now);
    }
    if is_gone(agent) {
        let (again, away) = (way_to(state, Action::Restart), way_to(state, Action::Stop));
        let text = format!("{} is gone · {again} restart  {away} remove", state.name(id));
        return state.toasts.push(Tone::Info, text, now);
    }
    if state.is_stopping(id) {
        let text = format!("{} is being stopped · {} undo", state.name(id), way_to(state, Action::Undo));
        return state.toasts.push(Tone::Info, text, now);
    }
    if let Some(pane) = state.panes.get_mut(&id) {
        pane.past = None;
        // Whoever is about to type wants to see where.
        if pane.by_another && state.link == Link::Up {
            commands.push(Command::Send(ClientMessage::TakeSize { terminal: id }));
        }
    }
    if state.mode != Mode::Typing {
        state.mode = Mode::Typing;
        send_focus(state, id, true, commands);
    }
    state.left_typing = None;
    state.dirty = Dirty::Everything;
}

pub fn leave(state: &mut State, commands: &mut Vec<Command>) {
    if state.mode == Mode::Typing {
        state.mode = Mode::Command;
        if let Some(id) = state.focus {
            send_focus(state, id, false, commands);
        }
        state.dirty = Dirty::Everything;
    }
}

/// Tells the program in TYPING that the outer terminal gained or lost the focus.
pub fn outer_focus(state: &mut State, gained: bool, commands: &mut Vec<Command>) {
    if let (Mode::Typing, Some(id)) = (state.mode, state.focus) {
        send_focus(state, id, gained, commands);
    }
}

fn send_focus(state: &mut State, id: TerminalId, gained: bool, commands: &mut Vec<Command>) {
    let bytes = encode_focus(gained, modes(state, id));
    if !bytes.is_empty() && state.link == Link::Up {
        send(state, id, bytes, commands);
    }
}

/// A key came: what an agent is typed to under an error has been read with it after a while.
pub fn has_read(state: &mut State) {
    if state.mode == Mode::Typing && state.toasts.typed(state.now) {
        state.dirty = Dirty::Everything;
    }
}

pub fn key(state: &mut State, key: Key, commands: &mut Vec<Command>) {
    press(state, &key.into(), commands);
}

/// What a keyboard did, for the program in TYPING. Nothing, when that program does not want to hear of it.
pub fn press(state: &mut State, press: &KeyPress, commands: &mut Vec<Command>) {
    let bytes = bytes(state, press);
    send_focused(state, &bytes, commands);
}

/// What a key is for the focused program.
pub fn bytes(state: &State, press: &KeyPress) -> Vec<u8> {
    state.focus.map_or_else(Vec::new, |id| encode(press, modes(state, id)))
}

pub fn send_focused(state: &mut State, bytes: &[u8], commands: &mut Vec<Command>) {
    if let Some(id) = state.focus {
        send(state, id, bytes, commands);
    }
}

pub fn paste(state: &mut State, text: &str, commands: &mut Vec<Command>) {
    let Some(id) = state.focus else { return };
    if !text.is_empty() {
        return paste_to(state, id, text, commands);
    }
    // What terminals send when the clipboard holds no text but a picture, perhaps. It is not lost on the agent: it gets
    // the picture's path in its place, or, when there is none for it, the empty paste.
    let keep = modes(state, id) & mode::BRACKETED_PASTE != 0 && !state.settings.is_remote;
    commands.push(Command::LookForPicture { terminal: id, keep });
}

fn paste_to(state: &mut State, id: TerminalId, text: &str, commands: &mut Vec<Command>) {
    let bytes = encode_paste(text, modes(state, id));
    send(state, id, &bytes, commands);
}

/// It is known whether the clipboard holds a picture that was pasted to an agent. A path goes only to a program that asks
/// for pastes: to others it would be keys, and the first of them is a command in many.
pub fn looked(state: &mut State, id: TerminalId, picture: Picture, commands: &mut Vec<Command>) {
    let now = state.now;
    state.dirty = Dirty::Everything;
    let takes_pastes = modes(state, id) & mode::BRACKETED_PASTE != 0;
    let (text, tone, words) = match picture {
        Picture::Kept(path) if takes_pastes => {
            let name = path.rsplit_once('/').map_or(path.as_str(), |(_, name)| name);
            let words = format!("pasted the picture as …/{name}");
            (pastes::quoted(&path), Tone::Good, words)
        }
        Picture::Kept(path) => (String::new(), Tone::Info, format!("{} takes no pastes · {path}", state.name(id))),
        Picture::None => (String::new(), Tone::Info, NO_TEXT.to_owned()),
        Picture::There if state.settings.is_remote => (
            String::new(),
            Tone::Info,
            "a picture, and the agents are elsewhere · copy it there, paste its path".into(),
        ),
        Picture::There => (String::new(), Tone::Info, format!("a picture, and {} takes no pastes", state.name(id))),
        Picture::TooLarge => {
            (String::new(), Tone::Info, "the picture is too large · save it to a file, paste its path".into())
        }
        Picture::Failed(why) => {
            (String::new(), Tone::Error, text::printable(&format!("cannot keep the picture: {why}")))
        }
    };
    state.toasts.push(tone, words, now);
    paste_to(state, id, &text, commands);
}

pub fn modes(state: &State, id: TerminalId) -> u32 {
    state.panes.get(&id).map_or(0, |p| p.replica.modes)
}

/// Sends bytes to an agent, or keeps them while there is no server.
pub fn send(state: &mut State, id: TerminalId, bytes: &[u8], commands: &mut Vec<Command>) {
    let now = state.now;
    if state.settings.read_only || bytes.is_empty() {
        return;
    }
    let refused = match state.fleet.get(id) {
        _ if state.is_stopping(id) => Some(format!("is being stopped · {} undo", way_to(state, Action::Undo))),
        Some(agent) if is_gone(agent) => Some(format!("is gone · {} restart", way_to(state, Action::Restart))),
        Some(_) => None,
        None => Some("is gone".to_owned()),
    };
    if let Some(why) = refused {
        return state.toasts.push(Tone::Info, format!("{} {why}", state.name(id)), now);
    }
    if state.link != Link::Up {
        state.dirty = Dirty::Everything;
        if state.outbox.bytes() + bytes.len() > KEPT_BYTES {
            return state.toasts.push(Tone::Error, "not typed: 64 KiB already wait for the server", now);
        }
    }
    for piece in bytes.chunks(PIECE) {
        let sent = state.outbox.push(id, piece);
        if state.link == Link::Up {
            commands.push(Command::Send(message(&sent)));
        }
    }
    state.echo = OTHERS_BEFORE_ECHO;
}

fn message(sent: &Sent) -> ClientMessage {
    let (text, base64) = match std::str::from_utf8(&sent.bytes) {
        Ok(text) => (text.to_owned(), String::new()),
        Err(_) => (String::new(), base64::engine::general_purpose::STANDARD.encode(&sent.bytes)),
    };
    ClientMessage::Input { terminal: sent.terminal, sequence: sent.sequence, text, base64 }
}

/// Sends again whatever nobody answered for, with the sequences it had: what did arrive is typed once.
pub fn send_open(state: &State, commands: &mut Vec<Command>) {
    commands.extend(state.outbox.open().map(|sent| Command::Send(message(sent))));
}
