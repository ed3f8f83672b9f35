//! The cursor as a viewer draws it. Made by the screen, put into frames; the core's twin of the wire type.
//! It must never hold what only the engine needs (pending wrap, pen, character sets).

use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
pub enum CursorShape {
    #[default]
    Block,
    Underline,
    Beam,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
pub struct Cursor {
    pub row: u16,
    pub column: u16,
    pub visible: bool,
    pub shape: CursorShape,
    pub blinking: bool,
}
