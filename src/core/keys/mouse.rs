//! A mouse event as the bytes that a program expects which asked for the mouse.
//! Called by the TUI for events inside a pane. It must never report what the program did not ask for.

use super::{Mods, mode};
use crate::base::cell::PIXELS;

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
    WheelLeft,
    WheelRight,
}

/// One event at a cell, counted from 0.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Mouse {
    pub action: MouseAction,
    pub column: u16,
    pub row: u16,
    pub mods: Mods,
}

/// X10 reports add 32 to a coordinate and have one byte for it; mode 1005 has two bytes of UTF-8.
const X10_LAST: u32 = 255 - 32 - 1;
const UTF8_LAST: u32 = 2047 - 32 - 1;

/// The report; `None` when the program did not ask for this kind, or cannot be told the place.
pub fn encode_mouse(mouse: Mouse, modes: u32) -> Option<Vec<u8>> {
    use MouseAction::{Drag, Move, Press, Release, WheelDown, WheelLeft, WheelRight, WheelUp};
    let wanted = match mouse.action {
        Press(_) | WheelUp | WheelDown | WheelLeft | WheelRight => mode::MOUSE_ANY,
        Release(_) => mode::MOUSE_CLICK | mode::MOUSE_DRAG | mode::MOUSE_MOTION,
        Drag(_) => mode::MOUSE_DRAG | mode::MOUSE_MOTION,
        Move => mode::MOUSE_MOTION,
    };
    if modes & wanted == 0 {
        return None;
    }
    let button = |b| match b {
        MouseButton::Left => 0u16,
        MouseButton::Middle => 1,
        MouseButton::Right => 2,
    };
    let mut code = match mouse.action {
        Press(b) | Release(b) => button(b),
        Drag(b) => 32 + button(b),
        Move => 32 + 3,
        WheelUp => 64,
        WheelDown => 65,
        WheelLeft => 66,
        WheelRight => 67,
    };
    // X10 itself knew no modifiers.
    let is_x10_only = modes & (mode::MOUSE_ANY & !mode::MOUSE_PRESS) == 0;
    for (bit, value) in [(Mods::SHIFT, 4), (Mods::ALT, 8), (Mods::CTRL, 16)] {
        if mouse.mods.has(bit) && !is_x10_only {
            code += value;
        }
    }
    let released = matches!(mouse.action, Release(_));
    let (column, row) = (u32::from(mouse.column), u32::from(mouse.row));
    let sgr = |column: u32, row: u32| {
        let end = if released { 'm' } else { 'M' };
        Some(format!("\x1b[<{code};{column};{row}{end}").into_bytes())
    };
    if modes & mode::MOUSE_PIXELS != 0 {
        // The middle of the cell is what was pointed at.
        let middle = |cell: u32, size: u16| cell * u32::from(size) + u32::from(size / 2);
        return sgr(middle(column, PIXELS.0), middle(row, PIXELS.1));
    }
    if modes & mode::MOUSE_SGR != 0 {
        return sgr(column + 1, row + 1);
    }
    // The older forms do not say which button was released.
    let code = u32::from(if released { (code & !3) | 3 } else { code });
    if modes & mode::MOUSE_URXVT != 0 {
        return Some(format!("\x1b[{};{};{}M", code + 32, column + 1, row + 1).into_bytes());
    }
    let last = if modes & mode::MOUSE_UTF8 != 0 { UTF8_LAST } else { X10_LAST };
    if column > last || row > last {
        return None;
    }
    let mut report = b"\x1b[M".to_vec();
    for value in [code + 32, column + 33, row + 33] {
        match (u8::try_from(value), char::from_u32(value)) {
            (Ok(byte), _) if modes & mode::MOUSE_UTF8 == 0 => report.push(byte),
            (_, Some(c)) => report.extend(c.encode_utf8(&mut [0; 4]).as_bytes()),
            _ => return None,
        }
    }
    Some(report)
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
