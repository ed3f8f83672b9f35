//! A paste as bytes. Called by the TUI for every paste that goes to an agent.
//! A paste must never be able to end its own bracket and so type commands.

use super::mode;

const BEGIN: &str = "\x1b[200~";
const END: &str = "\x1b[201~";

/// The bytes of pasting `text`: bracketed when the program asked for it, else typed with Enter for each line end.
pub fn encode_paste(text: &str, modes: u32) -> Vec<u8> {
    // Taking one marker out can join the halves of another, hence the loop.
    let mut clean = text.to_owned();
    while clean.contains(BEGIN) || clean.contains(END) {
        clean = clean.replace(BEGIN, "").replace(END, "");
    }
    let clean = clean.replace("\r\n", "\r").replace('\n', "\r");
    if modes & mode::BRACKETED_PASTE != 0 {
        // The eight-bit form of CSI ends a bracket too, in terminals and programs that know it.
        let clean = clean.replace('\u{9b}', "");
        [BEGIN, &clean, END].concat().into_bytes()
    } else {
        // Without brackets nothing tells a paste from keys: control characters would act.
        clean.chars().filter(|c| !c.is_control() || matches!(c, '\r' | '\t')).collect::<String>().into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_paste_cannot_leave_its_bracket() {
        let hostile = "a\x1b[201~rm -rf /\n\x1b[20\x1b[201~1~b";
        assert_eq!(encode_paste(hostile, mode::BRACKETED_PASTE), b"\x1b[200~arm -rf /\rb\x1b[201~");
    }

    #[test]
    fn line_ends_become_enter() {
        assert_eq!(encode_paste("a\r\nb\nc\x1b[A\x03", 0), b"a\rb\rc[A");
    }
}
