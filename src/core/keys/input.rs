//! The bytes of the outer terminal as events: keys in every form that terminals send, mouse, pastes, focus, and the
//! answers to what we asked. Fed by the TUI with whatever was read; its own clock never runs.
//!
//! # Invariant
//! However the bytes are split, the same events come out; a cut sequence waits for its rest until the owner gives up
//! on it. Nothing that a terminal sends is taken for keys that nobody pressed. What follows the end of a paste at once is
//! no key when another end comes behind it: the first one stood in the pasted text.

use super::input_csi as csi;
use super::press::{keypad_key, keypad_number};
use super::{Key, KeyCode, KeyPress, Mods, Mouse};

/// The longest sequence a terminal sends: a mouse report or a key with its text. More is none of ours.
const MAX_SEQUENCE: usize = 256;
/// Colours and versions are short; more is dropped unread.
const MAX_STRING: usize = 4 * 1024;
/// A larger paste comes in parts, so that memory stays bounded whatever is pasted.
const MAX_PASTE: usize = 16 * 1024 * 1024;
const PASTE_BEGIN: &[u8] = b"\x1b[200~";
const PASTE_END_TEXT: &str = "\x1b[201~";
const PASTE_END: &[u8] = PASTE_END_TEXT.as_bytes();
const ESC: u8 = 0x1b;

/// What the outer terminal said about itself.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Reply {
    /// It knows the kitty keyboard protocol; these enhancements are on.
    Keyboard(u8),
    /// It answered the question that every terminal answers: what it did not answer before, it never will.
    Attributes,
    /// State of a private mode, as DECRPM numbers it: 0 unknown, 1 set, 2 reset.
    Mode { number: u16, state: u8 },
    /// Its own colour 10 (text) or 11 (background).
    Color { number: u8, rgb: (u8, u8, u8) },
    /// A colour of its palette.
    Palette { index: u8, rgb: (u8, u8, u8) },
    /// Where its cursor is, from 1. Rows from the second on only: in the first the same bytes are F3 with modifiers.
    Cursor { row: u16, column: u16 },
    /// The user switched to a dark or a light scheme.
    Scheme { dark: bool },
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum InputEvent {
    Key(KeyPress),
    Mouse(Mouse),
    /// The text of a paste, as it came; empty when the clipboard holds none.
    Paste(String),
    Focus(bool),
    Reply(Reply),
}

/// Why the parser holds bytes back.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Waiting {
    /// An Escape that may be the first byte of a sequence.
    Sequence,
    /// A paste whose end has not come.
    Paste,
    /// A paste whose end has come, unless it stood in the text: some terminals (tmux, for one) let it through, and the
    /// rest of the text would be keys. The real end comes at once behind it.
    PasteEnd,
}

#[derive(Clone, Debug, Default)]
pub struct Input {
    held: Vec<u8>,
    is_pasting: bool,
    /// Of a paste: how much was searched for its end.
    searched: usize,
    /// Of a paste: where the last end stands that was found so far.
    ended: Option<usize>,
    /// Inside a string that grew too long, until its end.
    is_skipping: bool,
}

/// One step of parsing.
enum Step {
    /// Bytes used, and what they were.
    Done(usize, Option<InputEvent>),
    /// Several keys at once.
    Keys(usize, Vec<KeyPress>),
    PasteBegins(usize),
    More,
}

impl Input {
    /// Takes what was read and gives each event to `sink`.
    pub fn feed(&mut self, bytes: &[u8], sink: &mut impl FnMut(InputEvent)) {
        self.held.extend_from_slice(bytes);
        let held = std::mem::take(&mut self.held);
        let used = self.parse(&held, sink, false);
        self.held = held;
        self.held.drain(..used);
        self.bound(sink);
    }

    /// Why more bytes are waited for, if they are.
    pub fn waiting(&self) -> Option<Waiting> {
        match (self.is_pasting, self.held.is_empty()) {
            (true, _) if self.ended.is_some() => Some(Waiting::PasteEnd),
            (true, _) => Some(Waiting::Paste),
            (false, false) => Some(Waiting::Sequence),
            (false, true) => None,
        }
    }

    /// Nothing came for so long that what is held is all there is: a lone Escape is the key, an unfinished paste is
    /// the paste, and behind the last end of one are keys.
    pub fn give_up(&mut self, sink: &mut impl FnMut(InputEvent)) {
        let mut held = std::mem::take(&mut self.held);
        if std::mem::take(&mut self.is_pasting) {
            self.searched = 0;
            let end = self.ended.take();
            paste(&held[..end.unwrap_or(held.len())], sink);
            held.drain(..end.map_or(held.len(), |end| end + PASTE_END.len()));
        }
        let used = self.parse(&held, sink, true);
        self.held = held;
        self.held.drain(..used);
    }

    /// Parses from the front of `bytes`; returns how many it used. `is_all`: no rest will come.
    fn parse(&mut self, bytes: &[u8], sink: &mut impl FnMut(InputEvent), is_all: bool) -> usize {
        let mut at = 0;
        while at < bytes.len() {
            let rest = &bytes[at..];
            if self.is_pasting {
                let Some(used) = self.next_paste(rest, sink) else { break };
                at += used;
                continue;
            }
            if self.is_skipping {
                match string_end(rest, 0) {
                    Some((_, length)) => {
                        at += length;
                        self.is_skipping = false;
                    }
                    // The first half of a terminator may be the last byte.
                    None => {
                        at = bytes.len() - usize::from(rest.last() == Some(&ESC));
                        break;
                    }
                }
                continue;
            }
            match step(rest, is_all) {
                Step::Done(used, event) => {
                    at += used;
                    event.into_iter().for_each(&mut *sink);
                }
                Step::Keys(used, keys) => {
                    at += used;
                    keys.into_iter().map(InputEvent::Key).for_each(&mut *sink);
                }
                Step::PasteBegins(used) => {
                    at += used;
                    self.is_pasting = true;
                }
                Step::More => break,
            }
        }
        at
    }

    /// Looks for the end of a paste. Right behind it another one may begin: then this one is over, and its length is
    /// given. Else it is over when nothing more comes.
    fn next_paste(&mut self, bytes: &[u8], sink: &mut impl FnMut(InputEvent)) -> Option<usize> {
        let mut from = self.searched.saturating_sub(PASTE_END.len() - 1);
        loop {
            if let Some(end) = self.ended {
                let after = end + PASTE_END.len();
                if bytes[after..].starts_with(PASTE_BEGIN) {
                    paste(&bytes[..end], sink);
                    (self.searched, self.ended) = (0, None);
                    return Some(after + PASTE_BEGIN.len());
                }
                from = from.max(after);
            }
            let Some(found) = find(&bytes[from..], PASTE_END) else {
                self.searched = bytes.len();
                return None;
            };
            self.ended = Some(from + found);
        }
    }

    /// Keeps memory bounded whatever comes.
    fn bound(&mut self, sink: &mut impl FnMut(InputEvent)) {
        let is_string = matches!(self.held[..], [ESC, second, third, ..] if begins_string(second, third));
        if self.is_pasting && self.held.len() > MAX_PASTE {
            // What may be the first half of the end, or of a character, stays.
            let last = self.held.len() - PASTE_END.len();
            let is_start = |at: &usize| !(0x80..0xc0).contains(&self.held[*at]);
            let cut = (last - 3..=last).rev().find(is_start).unwrap_or(last);
            let rest = self.held.split_off(cut);
            let part = std::mem::replace(&mut self.held, rest);
            self.searched = 0;
            self.ended = self.ended.and_then(|end| end.checked_sub(cut));
            paste(&part, sink);
        } else if !self.is_pasting && is_string && self.held.len() > MAX_STRING {
            self.is_skipping = true;
            self.held.drain(..self.held.len() - usize::from(self.held.last() == Some(&ESC)));
        }
    }
}

/// The text of a paste, without the ends that stood in it.
fn paste(bytes: &[u8], sink: &mut impl FnMut(InputEvent)) {
    let mut text = String::from_utf8_lossy(bytes).into_owned();
    if text.contains(PASTE_END_TEXT) {
        text = text.replace(PASTE_END_TEXT, "");
    }
    sink(InputEvent::Paste(text));
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    let mut from = 0;
    while let Some(found) = haystack[from..].iter().position(|byte| *byte == needle[0]) {
        if haystack[from + found..].starts_with(needle) {
            return Some(from + found);
        }
        from += found + 1;
    }
    None
}

/// Whether these two bytes behind an Escape begin a string that terminals send as an answer (OSC, DCS, APC), and not
/// Alt with a sign: whatever else comes then was typed.
fn begins_string(second: u8, third: u8) -> bool {
    match second {
        b']' => third.is_ascii_digit(),
        b'P' => matches!(third, b'0' | b'1' | b'>' | b'!'),
        b'_' => third == b'G',
        _ => false,
    }
}

fn key(used: usize, key: Key) -> Step {
    Step::Done(used, Some(InputEvent::Key(key.into())))
}

/// The first event in `bytes`, which is not empty.
fn step(bytes: &[u8], is_all: bool) -> Step {
    if bytes[0] != ESC {
        return match plain(bytes) {
            Some((used, plain)) => {
                let press = KeyPress { is_bare_8: bytes[0] == 8, ..plain.into() };
                Step::Done(used, Some(InputEvent::Key(press)))
            }
            None if is_all => Step::Done(1, None),
            None if unfinished(bytes) => Step::More,
            // No character begins like this.
            None => Step::Done(1, None),
        };
    }
    let escape = Key::plain(KeyCode::Escape);
    let Some(second) = bytes.get(1) else {
        return if is_all { key(1, escape) } else { Step::More };
    };
    let sequence = match second {
        b'[' => control_sequence(bytes),
        b'O' => single_shift(bytes),
        b']' | b'P' | b'_' => match bytes.get(2) {
            None => Step::More,
            Some(third) if begins_string(*second, *third) => string(bytes),
            Some(_) => return key(2, Key::new(KeyCode::Char(char::from(*second)), Mods::ALT)),
        },
        // Esc and then another sequence, or another Esc.
        &ESC => return key(1, escape),
        _ => match plain(&bytes[1..]) {
            Some((used, Key { code, mods })) => return key(used + 1, Key::new(code, mods.with(Mods::ALT))),
            None if !is_all && unfinished(&bytes[1..]) => return Step::More,
            None => return key(1, escape),
        },
    };
    match sequence {
        // Somebody pressed Alt and `[`, `O` or `]`.
        Step::More if is_all => key(2, Key::new(KeyCode::Char(char::from(*second)), Mods::ALT)),
        other => other,
    }
}

/// A character or control code at the start of `bytes`.
fn plain(bytes: &[u8]) -> Option<(usize, Key)> {
    let code = match bytes[0] {
        b'\r' => return Some((1, Key::plain(KeyCode::Enter))),
        b'\t' => return Some((1, Key::plain(KeyCode::Tab))),
        0x7f => return Some((1, Key::plain(KeyCode::Backspace))),
        0 => return Some((1, Key::ctrl(' '))),
        byte @ 1..=0x1a => return Some((1, Key::ctrl(char::from(byte - 1 + b'a')))),
        byte @ 0x1c..=0x1f => return Some((1, Key::ctrl(char::from(byte - 0x1c + b'\\')))),
        ESC => return None,
        _ => {
            let longest = &bytes[..bytes.len().min(4)];
            match std::str::from_utf8(longest) {
                Ok(text) => text.chars().next()?,
                Err(error) => std::str::from_utf8(&longest[..error.valid_up_to()]).ok()?.chars().next()?,
            }
        }
    };
    Some((code.len_utf8(), Key::char(code)))
}

/// Whether `bytes` are the beginning of one character.
fn unfinished(bytes: &[u8]) -> bool {
    matches!(std::str::from_utf8(&bytes[..bytes.len().min(4)]), Err(e) if e.valid_up_to() == 0 && e.error_len().is_none())
}

fn control_sequence(bytes: &[u8]) -> Step {
    // The Linux console's first five function keys have a second bracket.
    if let Some(b'[') = bytes.get(2) {
        return match bytes.get(3) {
            None => Step::More,
            Some(letter @ b'A'..=b'E') => key(4, Key::plain(KeyCode::F(letter - b'A' + 1))),
            Some(_) => Step::Done(4, None),
        };
    }
    let Some(found) = bytes[2..].iter().position(|byte| !(0x20..0x40).contains(byte)) else {
        return if bytes.len() > MAX_SEQUENCE { Step::Done(bytes.len(), None) } else { Step::More };
    };
    let (body, last, used) = (&bytes[2..2 + found], bytes[2 + found], found + 3);
    if !(0x40..0x7f).contains(&last) {
        // Broken off by another sequence or a control code, which holds; the beginning was nothing.
        return Step::Done(used - 1, None);
    }
    if last == b'M' && body.is_empty() {
        // X10's report: three bytes follow, whatever they are.
        return match bytes.get(used..used + 3) {
            Some(report) => Step::Done(used + 3, csi::x10_mouse(report).map(InputEvent::Mouse)),
            None => Step::More,
        };
    }
    if last == b'~' && body == b"200" {
        return Step::PasteBegins(used);
    }
    let Ok(body) = std::str::from_utf8(body) else { return Step::Done(used, None) };
    if last == b'u' && !body.starts_with(['?', '<', '=', '>']) {
        return Step::Keys(used, csi::kitty_keys(body));
    }
    Step::Done(used, csi::event(body, last))
}

fn single_shift(bytes: &[u8]) -> Step {
    let Some(letter) = bytes.get(2) else { return Step::More };
    if let Some(code) = csi::lettered(*letter) {
        return key(3, Key::plain(code));
    }
    match keypad_number(*letter).and_then(|number| Some((number, keypad_key(number)?))) {
        Some((number, code)) => {
            let press = KeyPress { keypad: Some(number), ..Key::plain(code).into() };
            Step::Done(3, Some(InputEvent::Key(press)))
        }
        // Alt and `O`, and then another key.
        None => key(2, Key::new(KeyCode::Char('O'), Mods::ALT)),
    }
}

/// OSC, DCS, APC and their like: the answers among them, and their length.
fn string(bytes: &[u8]) -> Step {
    let Some((content, length)) = string_end(bytes, 2) else { return Step::More };
    let event = match (bytes[1], std::str::from_utf8(&bytes[2..content])) {
        (b']', Ok(text)) => csi::color(text).map(InputEvent::Reply),
        _ => None,
    };
    Step::Done(length, event)
}

/// Where the string's content ends, and where the string ends with its terminator.
fn string_end(bytes: &[u8], from: usize) -> Option<(usize, usize)> {
    let end = from + bytes[from..].iter().position(|byte| matches!(byte, 0x07 | 0x18 | 0x1a | 0x1b))?;
    match (bytes[end], bytes.get(end + 1)) {
        (ESC, None) => None,
        (ESC, Some(b'\\')) => Some((end, end + 2)),
        // Broken off: what follows is a sequence of its own.
        (ESC, Some(_)) => Some((end, end)),
        _ => Some((end, end + 1)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{KeyKind, MouseAction, MouseButton, parse_key};
    use super::*;
    use proptest::prelude::*;

    fn events(chunks: &[&[u8]]) -> Vec<InputEvent> {
        let mut input = Input::default();
        let mut out = Vec::new();
        chunks.iter().for_each(|chunk| input.feed(chunk, &mut |event| out.push(event)));
        input.give_up(&mut |event| out.push(event));
        out
    }

    fn keys(bytes: &str) -> String {
        let names = events(&[bytes.as_bytes()]).into_iter().map(|event| match event {
            InputEvent::Key(press) => match press.kind {
                KeyKind::Press => press.key.to_string(),
                kind => format!("{} {kind:?}", press.key),
            },
            other => format!("{other:?}"),
        });
        names.collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn every_spelling_of_a_key_is_read() {
        for (bytes, expected) in [
            ("aÄ漢!", "a, Ä, 漢, !"),
            ("\r\t\x7f\x1b", "enter, tab, backspace, esc"),
            ("\0\x01\x0a\x1a", "ctrl-space, ctrl-a, ctrl-j, ctrl-z"),
            ("\x1c\x1d\x1e\x1f", "ctrl-\\, ctrl-], ctrl-^, ctrl-_"),
            ("\x1bx\x1bX\x1b\x01\x1b\r", "alt-x, alt-X, ctrl-alt-a, alt-enter"),
            ("\x1bP\x1b_.\x1b]x\x1b^", "alt-P, alt-_, ., alt-], x, alt-^"),
            ("\x1b\x1b[A", "esc, up"),
            ("\x1b[A\x1bOB\x1b[1;5C\x1b[1;2H", "up, down, ctrl-right, shift-home"),
            ("\x1b[3~\x1b[5;3~\x1b[1~\x1b[8~", "delete, alt-pgup, home, end"),
            ("\x1bOP\x1b[[B\x1b[13~\x1b[15;2~\x1b[24~\x1b[25~\x1b[34~", "F1, F2, F3, shift-F5, F12, F13, F20"),
            ("\x1b[Z\x1b[1;2Z", "shift-tab, shift-tab"),
            ("\x1bOp\x1bOM\x1bOk", "0, enter, +"),
            ("\x1b[13;2u\x1b[27u\x1b[9;5u\x1b[127;3u", "shift-enter, esc, ctrl-tab, alt-backspace"),
            ("\x1b[97;5u\x1b[97:65;6u\x1b[49:33;6u\x1b[49;6u", "ctrl-a, ctrl-A, ctrl-!, ctrl-shift-1"),
            ("\x1b[97;1:1u\x1b[97;1:2u\x1b[97;1:3u", "a, a Repeat, a Release"),
            ("\x1b[1;1:3A\x1b[57399u\x1b[57414;5u\x1b[57376u", "up Release, 0, ctrl-enter, F13"),
            ("\x1b[97;65;65u\x1b[57441;2u", "A, shift-key-57441"),
            ("\x1b[0;;229:97u", "å, a"),
            ("\x1b[27;5;99~\x1b[27;2;13~\x1b[27;6;9~", "ctrl-c, shift-enter, ctrl-shift-tab"),
            // Unknown, broken and reserved ones are nobody's keys.
            ("\x1b[999~x\x1b[5;5~y\x1b[1;1$zz\x1b[\x1b[Aq", "x, ctrl-pgup, y, z, up, q"),
            ("\x1b[57344ux\x1b[12\rz", "x, enter, z"),
            ("\x1b[I\x1b[O", "Focus(true), Focus(false)"),
        ] {
            assert_eq!(keys(bytes), expected, "{bytes:?}");
        }
        // Alt and what could begin a sequence.
        assert_eq!(keys("\x1b["), "alt-[");
        assert_eq!(keys("\x1bO"), "alt-O");
        assert_eq!(keys("\x1b]"), "alt-]");
    }

    #[test]
    fn what_kitty_tells_of_a_key_is_kept() {
        let only = |bytes: &[u8]| match events(&[bytes]).pop() {
            Some(InputEvent::Key(press)) => press,
            other => panic!("{other:?}"),
        };
        let press = only(b"\x1b[1089:1057:99;134u");
        assert_eq!(press.key, parse_key("C-С").unwrap());
        assert_eq!((press.unshifted, press.is_shifted, press.base), (Some('с'), true, Some('c')));
        assert_eq!(press.locks, Mods::NUM_LOCK);
        let press = only(b"\x1b[57404;129u");
        assert_eq!((press.keypad, press.key), (Some(57_404), Key::char('5')));
        assert_eq!(only(b"\x1bOM").keypad, Some(57_414));
    }

    #[test]
    fn answers_and_mouse_are_no_keys() {
        let mouse = |action, column, row, mods| InputEvent::Mouse(Mouse { action, column, row, mods });
        for (bytes, expected) in [
            (&b"\x1b[?5u"[..], InputEvent::Reply(Reply::Keyboard(5))),
            (b"\x1b[?62;4c", InputEvent::Reply(Reply::Attributes)),
            (b"\x1b[?2026;2$y", InputEvent::Reply(Reply::Mode { number: 2026, state: 2 })),
            (b"\x1b[?997;1n", InputEvent::Reply(Reply::Scheme { dark: true })),
            (b"\x1b[2;4R", InputEvent::Reply(Reply::Cursor { row: 2, column: 4 })),
            (b"\x1b[1;2R", InputEvent::Key(Key::new(KeyCode::F(3), Mods::SHIFT).into())),
            (b"\x1b]11;rgb:1e1e/1E1E/2e2e\x1b\\", InputEvent::Reply(Reply::Color { number: 11, rgb: (30, 30, 46) })),
            (b"\x1b]4;9;rgb:ffff/0/80\x07", InputEvent::Reply(Reply::Palette { index: 9, rgb: (255, 0, 128) })),
            (b"\x1b]10;rgb:f/f/f\x07", InputEvent::Reply(Reply::Color { number: 10, rgb: (255, 255, 255) })),
            (b"\x1b[<0;1;5M", mouse(MouseAction::Press(MouseButton::Left), 0, 4, Mods::NONE)),
            (b"\x1b[<18;300;5m", mouse(MouseAction::Release(MouseButton::Right), 299, 4, Mods::CTRL)),
            (b"\x1b[<35;2;2M", mouse(MouseAction::Move, 1, 1, Mods::NONE)),
            (b"\x1b[<69;1;1M", mouse(MouseAction::WheelDown, 0, 0, Mods::SHIFT)),
            (b"\x1b[M !%", mouse(MouseAction::Press(MouseButton::Left), 0, 4, Mods::NONE)),
            (b"\x1b[M#!!", mouse(MouseAction::Release(MouseButton::Left), 0, 0, Mods::NONE)),
        ] {
            assert_eq!(events(&[bytes]), [expected], "{}", bytes.escape_ascii());
        }
        assert_eq!(events(&[b"\x1bP>|kitty(0.40)\x1b\\\x1b_Gi=1;OK\x1b\\\x1b]12;rgb:0/0/0\x07"]), []);
    }

    #[test]
    fn a_paste_keeps_what_is_in_it() {
        let text = "a\x1b[A\r\n\x1b[20 ü\x1b[<0;1;1M";
        let bytes = format!("x\x1b[200~{text}\x1b[201~y");
        let expected = [
            InputEvent::Key(Key::char('x').into()),
            InputEvent::Paste(text.into()),
            InputEvent::Key(Key::char('y').into()),
        ];
        assert_eq!(events(&[bytes.as_bytes()]), expected);
        for cut in 1..bytes.len() {
            assert_eq!(events(&[&bytes.as_bytes()[..cut], &bytes.as_bytes()[cut..]]), expected, "cut at {cut}");
        }
        // Its end never came.
        assert_eq!(events(&[b"\x1b[200~abc"]), [InputEvent::Paste("abc".into())]);
    }

    /// The terminal around us lets the end of a paste through that stands in the pasted text.
    #[test]
    fn an_end_in_the_pasted_text_types_nothing() {
        let pasted = |texts: &[&str]| texts.iter().map(|t| InputEvent::Paste((*t).into())).collect::<Vec<_>>();
        for (bytes, expected) in [
            ("\x1b[200~a\x1b[201~rm -rf ~\r\x1b[201~", pasted(&["arm -rf ~\r"])),
            ("\x1b[200~\x1b[201~x\x1b[201~y\x1b[201~", pasted(&["xy"])),
            // Text that begins a paste of its own, to look like two with keys between them.
            ("\x1b[200~a\x1b[201~x\r\x1b[200~b\x1b[201~", pasted(&["ax\r\x1b[200~b"])),
            // Two files that were dropped; and a clipboard without text.
            ("\x1b[200~/a\x1b[201~\x1b[200~/b\x1b[201~", pasted(&["/a", "/b"])),
            ("\x1b[200~\x1b[201~", pasted(&[""])),
        ] {
            assert_eq!(events(&[bytes.as_bytes()]), expected, "{bytes:?}");
            for cut in 1..bytes.len() {
                let (one, two) = bytes.as_bytes().split_at(cut);
                assert_eq!(events(&[one, two]), expected, "{bytes:?} cut at {cut}");
            }
        }
        // Whoever pauses behind a paste types.
        let mut input = Input::default();
        let mut seen = Vec::new();
        input.feed(b"\x1b[200~a\x1b[201~", &mut |event| seen.push(event));
        assert_eq!((seen.len(), input.waiting()), (0, Some(Waiting::PasteEnd)));
        input.give_up(&mut |event| seen.push(event));
        assert_eq!((seen.len(), input.waiting()), (1, None));
        input.feed(b"x\x1b[201~", &mut |event| seen.push(event));
        assert_eq!(seen[1..], [InputEvent::Key(Key::char('x').into())]);
    }

    #[test]
    fn too_much_is_cut_and_nothing_is_lost_behind_it() {
        let mut input = Input::default();
        let mut seen = Vec::new();
        input.feed(b"\x1b]52;c;", &mut |event| seen.push(event));
        for _ in 0..100 {
            input.feed(&[b'A'; 1000], &mut |event| seen.push(event));
            assert!(input.held.len() <= MAX_STRING);
        }
        input.feed(b"\x1b", &mut |event| seen.push(event));
        input.feed(b"\\ok", &mut |event| seen.push(event));
        assert_eq!(seen, [InputEvent::Key(Key::char('o').into()), InputEvent::Key(Key::char('k').into())]);
        seen.clear();
        input.feed(b"\x1b[200~", &mut |event| seen.push(event));
        let part = "ü".repeat(MAX_PASTE / 3);
        for _ in 0..3 {
            input.feed(part.as_bytes(), &mut |event| seen.push(event));
        }
        input.feed(PASTE_END, &mut |event| seen.push(event));
        input.give_up(&mut |event| seen.push(event));
        let all: String =
            seen.iter().map(|event| if let InputEvent::Paste(text) = event { text } else { "" }).collect();
        assert!(seen.len() > 1 && all == part.repeat(3));
    }

    proptest! {
        #[test]
        fn bytes_mean_the_same_however_they_are_split(
            parts in prop::collection::vec(prop::sample::select(vec![
                &b"\x1b"[..], b"[", b"O", b"A", b"1;5", b"~", b"u", b"200~", b"\x1b[201~", b"\x1b[200~", b"97:65", b"<0;1;1M",
                b"M", b" ", b"]11;", b"rgb:1/2/3", b"\x07", b"\\", b"a", "ü".as_bytes(), b"\xff", b"\xe6\xbc", b"\0", b"P",
            ]), 0..20),
            cuts in prop::collection::vec(1usize..6, 0..40),
        ) {
            let all = parts.concat();
            let mut chunks = Vec::new();
            let mut rest = &all[..];
            for cut in cuts {
                let (chunk, after) = rest.split_at(cut.min(rest.len()));
                chunks.push(chunk);
                rest = after;
            }
            chunks.push(rest);
            prop_assert_eq!(events(&chunks), events(&[&all]));
        }
    }
}
