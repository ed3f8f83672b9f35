//! A mouse event as the bytes that a program expects which asked for the mouse.
//! Called by the TUI for events inside a pane. It must never report what the program did not ask for.

use super::{Mods, mode};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MouseButton {
    Left,
    Middle,
    Right,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MouseAction {
    Press(MouseButton),
    Release(MouseButton),
    Drag(MouseButton),
    Move,
    WheelUp,
    WheelDown,
}

/// One event at a cell, counted from 0.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Mouse {
    pub action: MouseAction,
    pub column: u16,
    pub row: u16,
    pub mods: Mods,
}

/// X10 reports add 32 to a coordinate and have one byte for it.
const X10_LAST: u16 = 255 - 32 - 1;

/// The report; `None` when the program did not ask for this kind, or cannot be told the place.
pub fn encode_mouse(mouse: Mouse, modes: u32) -> Option<Vec<u8>> {
    let wanted = match mouse.action {
        MouseAction::Press(_) | MouseAction::Release(_) | MouseAction::WheelUp | MouseAction::WheelDown => {
            mode::MOUSE_ANY
        }
        MouseAction::Drag(_) => mode::MOUSE_DRAG | mode::MOUSE_MOTION,
        MouseAction::Move => mode::MOUSE_MOTION,
    };
    if modes & wanted == 0 {
        return None;
    }
    let button = |b| match b {
        MouseButton::Left => 0u8,
        MouseButton::Middle => 1,
        MouseButton::Right => 2,
    };
    let mut code = match mouse.action {
        MouseAction::Press(b) | MouseAction::Release(b) => button(b),
        MouseAction::Drag(b) => 32 + button(b),
        MouseAction::Move => 32 + 3,
        MouseAction::WheelUp => 64,
        MouseAction::WheelDown => 65,
    };
    for (bit, value) in [(Mods::SHIFT, 4), (Mods::ALT, 8), (Mods::CTRL, 16)] {
        if mouse.mods.has(bit) {
            code += value;
        }
    }
    let released = matches!(mouse.action, MouseAction::Release(_));
    if modes & mode::MOUSE_SGR != 0 {
        let end = if released { 'm' } else { 'M' };
        return Some(format!("\x1b[<{code};{};{}{end}", mouse.column + 1, mouse.row + 1).into_bytes());
    }
    if mouse.column > X10_LAST || mouse.row > X10_LAST {
        return None;
    }
    // X10 does not say which button was released.
    let code = if released { (code & !3) | 3 } else { code };
    Some(vec![0x1b, b'[', b'M', code + 32, (mouse.column + 33) as u8, (mouse.row + 33) as u8])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(action: MouseAction, column: u16, row: u16) -> Mouse {
        Mouse { action, column, row, mods: Mods::NONE }
    }

    #[test]
    fn sgr_and_x10_reports() {
        let sgr = mode::MOUSE_CLICK | mode::MOUSE_SGR;
        let press = MouseAction::Press(MouseButton::Left);
        let release = MouseAction::Release(MouseButton::Right);
        assert_eq!(encode_mouse(at(press, 0, 4), sgr).unwrap(), b"\x1b[<0;1;5M");
        assert_eq!(encode_mouse(at(release, 299, 4), sgr).unwrap(), b"\x1b[<2;300;5m");
        assert_eq!(encode_mouse(at(MouseAction::WheelUp, 1, 1), sgr).unwrap(), b"\x1b[<64;2;2M");
        assert_eq!(encode_mouse(at(press, 0, 4), mode::MOUSE_CLICK).unwrap(), b"\x1b[M !%");
        assert_eq!(encode_mouse(at(release, 0, 0), mode::MOUSE_CLICK).unwrap(), b"\x1b[M#!!");
        assert_eq!(encode_mouse(at(press, 300, 0), mode::MOUSE_CLICK), None);
        let with_ctrl = Mouse { mods: Mods::CTRL, ..at(press, 0, 0) };
        assert_eq!(encode_mouse(with_ctrl, sgr).unwrap(), b"\x1b[<16;1;1M");
    }

    #[test]
    fn nothing_is_reported_that_was_not_asked_for() {
        let drag = at(MouseAction::Drag(MouseButton::Left), 0, 0);
        assert_eq!(encode_mouse(drag, 0), None);
        assert_eq!(encode_mouse(drag, mode::MOUSE_CLICK), None);
        assert!(encode_mouse(drag, mode::MOUSE_DRAG).is_some());
        assert_eq!(encode_mouse(at(MouseAction::Move, 0, 0), mode::MOUSE_DRAG), None);
        assert!(encode_mouse(at(MouseAction::Move, 0, 0), mode::MOUSE_MOTION).is_some());
    }
}
