//! Screen frames: what a client needs to show one terminal. Made by the server, read by clients; postcard in a
//! binary WebSocket message. A frame never holds an escape sequence of an agent.

use crate::base::cell::Row;
use crate::base::id::TerminalId;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// First byte of every encoded frame. Raised when the shape changes; a client refuses what it does not know.
pub const FRAME_FORMAT: u8 = 2;

/// Mode bits of [`Frame::modes`] that change what a client does with keys, pastes and the mouse.
pub use crate::base::mode;

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub enum CursorShape {
    #[default]
    Block,
    Underline,
    Beam,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Cursor {
    pub row: u16,
    pub column: u16,
    pub visible: bool,
    pub shape: CursorShape,
    pub blinking: bool,
}

/// Rows `top..bottom` moved up by `by` (down when negative) before the changed rows are put in; the rows that
/// came free are blank unless they are among the changed ones.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Scroll {
    pub top: u16,
    pub bottom: u16,
    pub by: i16,
}

/// The way from revision `base` of a terminal's screen to `revision`. `base == 0` is a keyframe: the client
/// starts from a blank screen of `columns` × `rows`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Frame {
    pub terminal: TerminalId,
    pub base: u64,
    pub revision: u64,
    pub columns: u16,
    pub rows: u16,
    pub scroll: Option<Scroll>,
    /// Row number and its whole new content.
    pub changed: Vec<(u16, Row)>,
    /// Where the links in the changed rows go, by number.
    pub links: Vec<(u32, String)>,
    pub cursor: Cursor,
    /// Bits of [`mode`].
    pub modes: u32,
    /// `None`: unchanged since `base`.
    pub title: Option<String>,
    /// The log offset up to which the screen is parsed.
    pub offset: u64,
}

/// Why bytes are not a frame.
#[derive(Debug, thiserror::Error)]
pub enum BadFrame {
    #[error("frame format {0} is not known to this version")]
    Format(u8),
    #[error("the frame is cut off or damaged")]
    Body(#[from] postcard::Error),
    #[error("the frame is empty")]
    Empty,
}

impl Frame {
    /// The bytes of one binary WebSocket message.
    ///
    /// # Errors
    /// Only when postcard refuses, which it does for no value of this type.
    pub fn encode(&self) -> Result<Vec<u8>, BadFrame> {
        Ok(postcard::to_extend(self, vec![FRAME_FORMAT])?)
    }

    /// # Errors
    /// For another format version and for damaged bytes.
    pub fn decode(bytes: &[u8]) -> Result<Frame, BadFrame> {
        match bytes.split_first() {
            Some((&FRAME_FORMAT, body)) => Ok(postcard::from_bytes(body)?),
            Some((&other, _)) => Err(BadFrame::Format(other)),
            None => Err(BadFrame::Empty),
        }
    }
}

/// A client's copy of one terminal's screen, kept up by frames.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Replica {
    pub revision: u64,
    pub columns: u16,
    pub lines: Vec<Row>,
    pub cursor: Cursor,
    pub modes: u32,
    pub title: String,
    pub offset: u64,
    /// Where links go, by the number in the cells' style.
    pub links: BTreeMap<u32, String>,
}

/// Links remembered before those that are not on the screen any more are let go: as many as the server keeps.
const MAX_LINKS: usize = 1024;

impl Replica {
    /// Applies a frame. `false`: its base is not our revision, nothing was changed, a keyframe is needed.
    pub fn apply(&mut self, frame: Frame) -> bool {
        if frame.base != 0 && frame.base != self.revision {
            return false;
        }
        let height = usize::from(frame.rows);
        if frame.base == 0 {
            self.lines.clear();
            self.title.clear();
        }
        self.lines.resize(height, Row::default());
        if let Some(Scroll { top, bottom, by }) = frame.scroll {
            let (top, bottom) = (usize::from(top).min(height), usize::from(bottom).min(height));
            if top < bottom {
                let region = &mut self.lines[top..bottom];
                let by_rows = usize::from(by.unsigned_abs()).min(region.len());
                if by >= 0 {
                    region.rotate_left(by_rows);
                    let kept = region.len() - by_rows;
                    region[kept..].fill(Row::default());
                } else {
                    region.rotate_right(by_rows);
                    region[..by_rows].fill(Row::default());
                }
            }
        }
        for (row, content) in frame.changed {
            if let Some(line) = self.lines.get_mut(usize::from(row)) {
                *line = content;
            }
        }
        if let Some(title) = frame.title {
            self.title = title;
        }
        self.links.extend(frame.links);
        if self.links.len() > MAX_LINKS {
            let shown: BTreeSet<u32> = self.lines.iter().flat_map(|row| &row.runs).map(|run| run.style.link).collect();
            self.links.retain(|number, _| shown.contains(number));
        }
        self.columns = frame.columns;
        self.cursor = frame.cursor;
        self.modes = frame.modes;
        self.offset = frame.offset;
        self.revision = frame.revision;
        true
    }
}
