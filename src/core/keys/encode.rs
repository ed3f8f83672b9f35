//! A key as the bytes that the program in the terminal expects: the kitty protocol's when the program asked for it,
//! else xterm's with `modifyOtherKeys`, else the legacy ones. Called for every key typed into an agent. It must never
//! drop a key silently: what has no form of its own is sent as its nearest one.

use super::kitty::kitty;
use super::legacy::legacy;
use super::other_keys::other_keys;
use super::{KeyKind, KeyPress, mode};

/// The bytes of what a keyboard did, for a program that set `modes` (bits of [`mode`]). Empty: the program does not
/// want to hear of it (keys coming up, modifiers by themselves).
pub fn encode(press: &KeyPress, modes: u32) -> Vec<u8> {
    if modes & mode::KITTY_ANY != 0 {
        return kitty(press, modes);
    }
    if press.kind == KeyKind::Release {
        return Vec::new();
    }
    other_keys(press, modes).unwrap_or_else(|| legacy(press, modes))
}
