//! The core's frame into its wire twin. Called for every frame sent; it copies rows, nothing else.

use crate::base::id::TerminalId;
use crate::core::screen::{self, FrameParts};
use crate::proto::frame::{Cursor, CursorShape, Frame, Scroll};

pub fn wire(terminal: TerminalId, parts: FrameParts) -> Frame {
    Frame {
        terminal,
        base: parts.base,
        revision: parts.revision,
        columns: parts.columns,
        rows: parts.rows,
        scroll: parts.scroll.map(|s| Scroll { top: s.top, bottom: s.bottom, by: s.by }),
        changed: parts.changed,
        cursor: Cursor {
            row: parts.cursor.row,
            column: parts.cursor.column,
            visible: parts.cursor.visible,
            shape: match parts.cursor.shape {
                screen::CursorShape::Block => CursorShape::Block,
                screen::CursorShape::Underline => CursorShape::Underline,
                screen::CursorShape::Beam => CursorShape::Beam,
            },
            blinking: parts.cursor.blinking,
        },
        modes: parts.modes,
        title: parts.title,
        offset: parts.offset,
    }
}
