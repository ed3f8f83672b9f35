//! The outer terminal's events as our messages, read on a thread of their own because reading blocks.
//! Called by `run` only. It must never interpret a key, only name it.

use super::msg::Msg;
use crate::core::keys::{Key, KeyCode, Mods, Mouse, MouseAction, MouseButton};
use crossterm::event::{self, Event, KeyEventKind, KeyModifiers, MouseEventKind};
use tokio::sync::mpsc;

/// A held key repeats 30 times a second; this is seconds of it, and a paste is one event.
const QUEUE: usize = 256;

/// Starts reading. The thread ends with the process: a blocking read cannot be taken back.
///
/// # Errors
/// When no thread can be started.
pub fn read_events() -> std::io::Result<mpsc::Receiver<Msg>> {
    let (sender, receiver) = mpsc::channel(QUEUE);
    std::thread::Builder::new().name("terminal-events".to_owned()).spawn(move || {
        while let Ok(event) = event::read() {
            if let Some(msg) = message(event)
                && sender.blocking_send(msg).is_err()
            {
                break;
            }
        }
    })?;
    Ok(receiver)
}

fn message(event: Event) -> Option<Msg> {
    match event {
        Event::Key(key) if key.kind != KeyEventKind::Release => {
            let mods = mods(key.modifiers);
            let code = match key.code {
                event::KeyCode::Char(c) => KeyCode::Char(c),
                event::KeyCode::Enter => KeyCode::Enter,
                event::KeyCode::Esc => KeyCode::Escape,
                event::KeyCode::Backspace => KeyCode::Backspace,
                event::KeyCode::Tab => KeyCode::Tab,
                event::KeyCode::BackTab => return Some(Msg::Key(Key::new(KeyCode::Tab, mods.with(Mods::SHIFT)))),
                event::KeyCode::Insert => KeyCode::Insert,
                event::KeyCode::Delete => KeyCode::Delete,
                event::KeyCode::Home => KeyCode::Home,
                event::KeyCode::End => KeyCode::End,
                event::KeyCode::PageUp => KeyCode::PageUp,
                event::KeyCode::PageDown => KeyCode::PageDown,
                event::KeyCode::Up => KeyCode::Up,
                event::KeyCode::Down => KeyCode::Down,
                event::KeyCode::Left => KeyCode::Left,
                event::KeyCode::Right => KeyCode::Right,
                event::KeyCode::F(n @ 1..=24) => KeyCode::F(n),
                event::KeyCode::Null => return Some(Msg::Key(Key::ctrl(' '))),
                _ => return None,
            };
            Some(Msg::Key(Key::new(code, mods)))
        }
        Event::Key(_) => None,
        Event::Paste(text) => Some(Msg::Paste(text)),
        Event::Resize(columns, rows) => Some(Msg::Resize(columns, rows)),
        Event::FocusGained => Some(Msg::Focus(true)),
        Event::FocusLost => Some(Msg::Focus(false)),
        Event::Mouse(mouse) => {
            let action = match mouse.kind {
                MouseEventKind::Down(b) => MouseAction::Press(button(b)),
                MouseEventKind::Up(b) => MouseAction::Release(button(b)),
                MouseEventKind::Drag(b) => MouseAction::Drag(button(b)),
                MouseEventKind::ScrollUp => MouseAction::WheelUp,
                MouseEventKind::ScrollDown => MouseAction::WheelDown,
                MouseEventKind::Moved => MouseAction::Move,
                _ => return None,
            };
            let mods = mods(mouse.modifiers);
            Some(Msg::Mouse(Mouse { action, column: mouse.column, row: mouse.row, mods }))
        }
    }
}

fn mods(modifiers: KeyModifiers) -> Mods {
    [
        (KeyModifiers::SHIFT, Mods::SHIFT),
        (KeyModifiers::ALT, Mods::ALT),
        (KeyModifiers::CONTROL, Mods::CTRL),
        (KeyModifiers::SUPER, Mods::SUPER),
    ]
    .into_iter()
    .filter(|(theirs, _)| modifiers.contains(*theirs))
    .fold(Mods::NONE, |all, (_, ours)| all.with(ours))
}

fn button(button: event::MouseButton) -> MouseButton {
    match button {
        event::MouseButton::Left => MouseButton::Left,
        event::MouseButton::Middle => MouseButton::Middle,
        event::MouseButton::Right => MouseButton::Right,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crossterm::event::KeyEvent;

    #[test]
    fn shifted_letters_are_letters_and_releases_are_nothing() {
        let shifted = KeyEvent::new(event::KeyCode::Char('r'), KeyModifiers::SHIFT);
        assert!(matches!(message(Event::Key(shifted)), Some(Msg::Key(k)) if k == Key::char('R')));
        let release = KeyEvent { kind: KeyEventKind::Release, ..shifted };
        assert!(message(Event::Key(release)).is_none());
        let back_tab = KeyEvent::new(event::KeyCode::BackTab, KeyModifiers::SHIFT);
        assert!(matches!(message(Event::Key(back_tab)), Some(Msg::Key(k)) if k == Key::new(KeyCode::Tab, Mods::SHIFT)));
    }
}
