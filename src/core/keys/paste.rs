//! A paste as bytes. Called by the TUI for every paste that goes to an agent, and by the server for messages.
//! A paste must never be able to end its own bracket and so type commands, nor to press a key of the terminal line.

use super::mode;

const BEGIN: &str = "\x1b[200~";
const END: &str = "\x1b[201~";

/// The bytes of pasting `text`: bracketed when the program asked for it, else typed with Enter for each line end.
pub fn encode_paste(text: &str, modes: u32) -> Vec<u8> {
    if modes & mode::BRACKETED_PASTE != 0 {
        [BEGIN, &without_marks(text), END].concat().into_bytes()
    } else {
        // Without brackets nothing tells a paste from keys: control characters would act.
        let text = line_ends(text);
        text.chars().filter(|c| !c.is_control() || matches!(c, '\r' | '\t')).collect::<String>().into_bytes()
    }
}

/// The text with Enter for each line end, and without what could end the bracket. One pass, whatever is nested in what:
/// taking a mark out can join the halves of another.
fn without_marks(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    for c in line_ends(text).chars().filter(|c| !acts(*c)) {
        clean.push(c);
        if c == '~' && (clean.ends_with(BEGIN) || clean.ends_with(END)) {
            clean.truncate(clean.len() - END.len());
        }
    }
    clean
}

fn line_ends(text: &str) -> String {
    text.replace("\r\n", "\r").replace('\n', "\r")
}

/// Characters that do something before any program reads them as part of a paste. The terminal's line takes ctrl-c,
/// ctrl-z, ctrl-y and ctrl-\ as signals, and throws away what came before them: readline then begins a new line,
/// outside of any bracket. ctrl-s and ctrl-q stop and start the program's output. U+009B is CSI in one character, and
/// ends a bracket too in what knows it.
fn acts(c: char) -> bool {
    matches!(c, '\x03' | '\x11' | '\x13' | '\x19' | '\x1a' | '\x1c' | '\u{9b}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_paste_cannot_leave_its_bracket() {
        for (hostile, inside) in [
            ("a\x1b[201~rm -rf /\n\x1b[20\x1b[201~1~b", "arm -rf /\rb"),
            // The halves are joined by what is taken out between them.
            ("a\x1b[20\u{9b}1~b\x1b[2\x0301~c", "abc"),
            ("\u{9b}201~d", "201~d"),
            // A line whose signal would throw the bracket away.
            ("a\x03rm -rf /\n\x1a\x1c\x13", "arm -rf /\r"),
            // What ends nothing stays: colours, tabs, other sequences.
            ("\x1b[31mred\x1b[0m\t\x0c\x1b[200x~", "\x1b[31mred\x1b[0m\t\x0c\x1b[200x~"),
            ("", ""),
        ] {
            let expected = [BEGIN, inside, END].concat();
            assert_eq!(encode_paste(hostile, mode::BRACKETED_PASTE), expected.as_bytes(), "{hostile:?}");
        }
    }

    #[test]
    fn marks_within_marks_cost_no_more_than_plain_text() {
        // With one pass for each level this would take hours.
        let deep = 200_000;
        let hostile = ["\x1b[20".repeat(deep), "1~".repeat(deep)].concat();
        assert_eq!(encode_paste(&hostile, mode::BRACKETED_PASTE), [BEGIN, END].concat().as_bytes());
    }

    #[test]
    fn line_ends_become_enter() {
        assert_eq!(encode_paste("a\r\nb\nc\x1b[A\x03\x1b[201~", 0), b"a\rb\rc[A[201~");
        assert_eq!(encode_paste("", 0), b"");
    }

    proptest! {
        #[test]
        fn the_only_marks_are_our_own(
            parts in prop::collection::vec(prop::sample::select(vec![
                "\x1b", "[", "20", "0", "1", "~", "\x1b[201~", "\x1b[200~", "\x1b[20", "\u{9b}", "\x03", "a", "\n",
            ]), 0..40),
            modes in prop::sample::select(vec![0, mode::BRACKETED_PASTE]),
        ) {
            let bytes = encode_paste(&parts.concat(), modes);
            let text = std::str::from_utf8(&bytes).unwrap();
            let inside = if modes == 0 { Some(text) } else { text.strip_prefix(BEGIN).and_then(|t| t.strip_suffix(END)) };
            let inside = inside.unwrap();
            prop_assert!(!inside.contains(BEGIN) && !inside.contains(END) && !inside.contains(acts), "{inside:?}");
            prop_assert!(modes != 0 || !inside.contains('\x1b'));
        }
    }
}
