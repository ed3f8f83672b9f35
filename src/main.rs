//! Picks the role of this process; everything else lives in the library.
fn main() {}
