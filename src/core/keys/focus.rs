//! The focus reports a program may ask for. Sent when a pane gains or loses what is typed.
//! It must never send one to a program that did not ask.

use super::mode;

/// The report, or nothing when the program did not ask for it.
pub fn encode_focus(gained: bool, modes: u32) -> &'static [u8] {
    match (modes & mode::FOCUS_EVENTS != 0, gained) {
        (false, _) => b"",
        (true, true) => b"\x1b[I",
        (true, false) => b"\x1b[O",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_those_who_asked_hear_of_it() {
        assert_eq!(encode_focus(true, 0), b"");
        assert_eq!(encode_focus(true, mode::FOCUS_EVENTS), b"\x1b[I");
        assert_eq!(encode_focus(false, mode::FOCUS_EVENTS), b"\x1b[O");
    }
}
