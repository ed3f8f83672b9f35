//! The outer terminal's events as our messages, read where the run loop waits: a thread of its own would cost every
//! key a wake-up more. Called by `run` only. It must never interpret a key, only name it, and never block.

use super::msg::Msg;
use crate::core::keys::{Key, KeyCode, Mods, Mouse, MouseAction, MouseButton};
use crossterm::event::{self, Event, KeyEventKind, KeyModifiers, MouseEventKind};
use std::io;
use std::time::Duration;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// The events of standard input. crossterm parses them; we only wait for it to have something to parse.
pub struct Events {
    tty: AsyncFd<io::Stdin>,
    resized: Signal,
    has_ended: bool,
}

impl Events {
    /// # Errors
    /// When standard input cannot be waited for.
    pub fn open() -> io::Result<Events> {
        Ok(Events {
            // SAFETY: standard input's descriptor stays the same and open for the life of the process.
            tty: unsafe { AsyncFd::register_with_interest(io::stdin(), Interest::READABLE)? },
            resized: signal(SignalKind::window_change())?,
            has_ended: false,
        })
    }

    /// The next event; `None` when the terminal is gone. Nothing is lost when the future is dropped.
    pub async fn next(&mut self) -> Option<Msg> {
        loop {
            if let Some(msg) = self.try_next() {
                return Some(msg);
            }
            if self.has_ended {
                return None;
            }
            tokio::select! {
                ready = self.tty.readable() => match ready {
                    // Cleared only when nothing came since: `try_next` has read all there was before.
                    Ok(mut ready) => {
                        if !event::poll(Duration::ZERO).unwrap_or(false) {
                            // A terminal that hung up stays readable for ever: there is nothing to wait for.
                            self.has_ended = ready.ready().is_read_closed();
                            ready.clear_ready();
                        }
                    }
                    Err(_) => self.has_ended = true,
                },
                // crossterm sees the signal, too, and gives the new size as an event.
                _ = self.resized.recv() => {}
            }
        }
    }

    /// An event that is there already.
    pub fn try_next(&mut self) -> Option<Msg> {
        while !self.has_ended {
            match event::poll(Duration::ZERO) {
                Ok(true) => match event::read().map(message) {
                    Ok(Some(msg)) => return Some(msg),
                    Ok(None) => {}
                    Err(_) => self.has_ended = true,
                },
                Ok(false) => return None,
                Err(_) => self.has_ended = true,
            }
        }
        None
    }
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
