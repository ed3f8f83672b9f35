//! Screen frames for one client and pane: what it has, what comes next, in the wire's form. Called by the stream.
//! One unacknowledged frame at a time: a slow client gets fewer frames, never a queue of them.

use crate::base::id::TerminalId;
use crate::core::screen::{self, FrameCursor, FrameParts};
use crate::proto::frame::{Cursor, CursorShape, Frame, Scroll};
use crate::server::app::App;
use crate::server::hub::lock;
use std::time::{Duration, Instant};

/// A synchronized update that is never closed is shown after this (as other terminals do).
const SYNCHRONIZED_FOR: Duration = Duration::from_millis(150);

/// What [`Feed::next`] found.
pub enum Next {
    /// One binary message.
    Frame(Vec<u8>),
    /// Inside a synchronized update: look again a little later.
    Later,
    Nothing,
}

#[derive(Default)]
pub struct Feed {
    cursor: FrameCursor,
}

impl Feed {
    pub fn is_waiting(&self) -> bool {
        self.cursor.is_waiting()
    }

    pub fn acknowledge(&mut self, revision: u64) {
        self.cursor.acknowledge(revision);
    }

    /// The client has nothing it can use: the next frame is whole.
    pub fn restart(&mut self) {
        self.cursor = FrameCursor::new();
    }

    pub fn next(&mut self, app: &App, id: TerminalId, now: Instant) -> Next {
        let Some(shared) = app.shared(id) else { return Next::Nothing };
        let mut pane = lock(&shared.pane);
        if let Some(since) = pane.synchronized_since {
            if now < since + SYNCHRONIZED_FOR {
                return Next::Later;
            }
            pane.screen.end_synchronized();
            pane.synchronized_since = None;
        }
        let parts = self.cursor.next(&mut pane.screen);
        drop(pane);
        match parts.map(|parts| wire(id, parts).encode()) {
            Some(Ok(bytes)) => Next::Frame(bytes),
            _ => Next::Nothing,
        }
    }
}

/// The core's frame into its wire twin.
fn wire(terminal: TerminalId, parts: FrameParts) -> Frame {
    Frame {
        terminal,
        base: parts.base,
        revision: parts.revision,
        columns: parts.columns,
        rows: parts.rows,
        scroll: parts.scroll.map(|s| Scroll { top: s.top, bottom: s.bottom, by: s.by }),
        changed: parts.changed,
        links: parts.links,
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
