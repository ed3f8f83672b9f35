//! The lowest layer: ids, cells, clock readings and text width. Used by every other layer.
//! It must never name another layer of ours, nor do I/O beyond reading the clock and the random source.

pub mod base64;
pub mod cell;
pub mod clock;
pub mod escape;
pub mod id;
pub mod lab;
pub mod mode;
pub mod moment;
pub mod palette;
pub mod pause;
pub mod text;
pub mod tied;
