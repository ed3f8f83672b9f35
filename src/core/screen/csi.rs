//! Control sequences that need a look: queries, which are all answered here and nowhere else, synchronized updates,
//! which the engine must not see, and a few old spellings it does not know. Called by the terminal for each such
//! sequence in stream order. It must never let a query reach the engine.

use super::mode;
use super::terminal::Terminal;
use crate::base::cell::PIXELS;
use alacritty_terminal::term::TermMode;

use super::engine::{ANSI_MODES, PRIVATE_MODES};

/// A VT102: enough for every program that asks whether anybody answers at all.
pub(super) const PRIMARY_ATTRIBUTES: &[u8] = b"\x1b[?6c";
const SYNCHRONIZED: u16 = 2026;

/// A control sequence taken apart.
struct Csi<'a> {
    /// `<`, `=`, `>` or `?`.
    private: Option<u8>,
    parameters: &'a str,
    intermediates: &'a [u8],
    last: u8,
}

impl<'a> Csi<'a> {
    /// `sequence` is ESC, `[`, bytes from 0x20 to 0x3f, one final byte.
    fn parse(sequence: &'a [u8]) -> Option<Csi<'a>> {
        let (last, body) = sequence.strip_prefix(b"\x1b[")?.split_last()?;
        let private = body.first().copied().filter(|byte| (0x3c..0x40).contains(byte));
        let body = &body[usize::from(private.is_some())..];
        let end = body.iter().position(|byte| *byte < 0x30).unwrap_or(body.len());
        let parameters = std::str::from_utf8(&body[..end]).ok()?;
        Some(Csi { private, parameters, intermediates: &body[end..], last: *last })
    }

    fn numbers(&self) -> impl Iterator<Item = u16> {
        // Too large is as large as can be, as in the engine; nothing is zero.
        self.parameters.split(';').map(|text| match text.bytes().all(|byte| byte.is_ascii_digit()) {
            true if text.is_empty() => 0,
            true => text.parse().unwrap_or(u16::MAX),
            false => 0,
        })
    }

    fn first(&self) -> u16 {
        self.numbers().next().unwrap_or(0)
    }
}

/// Acts on one sequence. `before`: the character that it directly follows, if it does.
pub(super) fn take(terminal: &mut Terminal, at: u64, sequence: &[u8], before: Option<char>) {
    // Around every redraw of every modern program.
    match sequence {
        b"\x1b[?2026h" => return terminal.synchronize(true),
        b"\x1b[?2026l" => return terminal.synchronize(false),
        _ => {}
    }
    let Some(csi) = Csi::parse(sequence) else { return };
    match (csi.private, csi.intermediates, csi.last) {
        (Some(b'?'), [], b'h' | b'l') => set_modes(terminal, &csi, sequence),
        (None, [], b'c') if csi.first() == 0 => terminal.reply(at, PRIMARY_ATTRIBUTES),
        // Alacritty's number: some programs look up what a terminal can do by it, and it is the engine.
        (Some(b'>'), [], b'c') if csi.first() == 0 => terminal.reply(at, b"\x1b[>0;2600;1c"),
        (Some(b'='), [], b'c') if csi.first() == 0 => terminal.reply(at, b"\x1bP!|00000000\x1b\\"),
        (None, [], b'n') => match csi.first() {
            5 => terminal.reply(at, b"\x1b[0n"),
            6 => report_cursor(terminal, at, ""),
            _ => {}
        },
        (Some(b'?'), [], b'n') => match csi.first() {
            6 => report_cursor(terminal, at, "?"),
            996 => {
                terminal.reply(at, terminal.scheme());
            }
            _ => {}
        },
        (private @ (None | Some(b'?')), b"$", b'p') => report_mode(terminal, at, private.is_some(), csi.first()),
        (Some(b'>'), [], b'q') if csi.first() == 0 => {
            let version = concat!("\x1bP>|conductor-tui ", env!("CARGO_PKG_VERSION"), "\x1b\\");
            terminal.reply(at, version.as_bytes());
        }
        (Some(b'?'), [], b'u') => {
            let mode = terminal.engine.keyboard_mode().bits();
            terminal.reply(at, format!("\x1b[?{mode}u").as_bytes());
        }
        (Some(b'>'), [], b'm') => set_other_keys(terminal, &csi),
        (Some(b'?'), [], b'm') if csi.first() == 4 => {
            let level = match terminal.own_modes & (mode::OTHER_KEYS | mode::OTHER_KEYS_ALL) {
                0 => 0,
                mode::OTHER_KEYS => 1,
                _ => 2,
            };
            terminal.reply(at, format!("\x1b[>4;{level}m").as_bytes());
        }
        (None, b"!", b'p') => terminal.soft_reset(),
        (None, [], b't') => window(terminal, at, csi.first()),
        (None, [], b'b') => terminal.repeat(csi.first()),
        (None, [], b'e') => {
            terminal.engine.move_down_over_margins(csi.first().max(1));
            terminal.changed = true;
        }
        // No engine answers these; the rest of their kind are settings.
        (_, [], b'c' | b'n' | b't' | b'q') => {}
        _ => {
            terminal.engine.last_char = before;
            terminal.advance(sequence);
        }
    }
}

fn set_modes(terminal: &mut Terminal, csi: &Csi<'_>, sequence: &[u8]) {
    let ours = |number: u16| {
        matches!(number, 9 | 47 | 1000..=1003 | 1005 | 1006 | 1015 | 1016 | 1047 | 1048 | 2031 | SYNCHRONIZED)
    };
    if !csi.numbers().any(ours) {
        return terminal.advance(sequence);
    }
    let on = csi.last == b'h';
    for number in csi.numbers() {
        match number {
            SYNCHRONIZED => terminal.synchronize(on),
            2031 => terminal.set_own(mode::SCHEME_REPORTS, on),
            47 | 1047 => {
                terminal.engine.swap_screens(on);
                terminal.changed = true;
            }
            1048 => terminal.advance(if on { b"\x1b7" } else { b"\x1b8" }),
            9 => {
                terminal.advance(b"\x1b[?1000l\x1b[?1002l\x1b[?1003l");
                terminal.set_own(mode::MOUSE_PRESS, on);
            }
            1000..=1003 => {
                terminal.set_own(mode::MOUSE_PRESS, false);
                set_mode(terminal, number, on);
            }
            // Of the forms of mouse reports, the one set last holds, as in xterm.
            1005 | 1006 => {
                terminal.set_own(mode::MOUSE_URXVT | mode::MOUSE_PIXELS, false);
                set_mode(terminal, number, on);
            }
            1015 | 1016 => {
                let bit = if number == 1015 { mode::MOUSE_URXVT } else { mode::MOUSE_PIXELS };
                if on {
                    terminal.advance(b"\x1b[?1005l\x1b[?1006l");
                    terminal.set_own(mode::MOUSE_URXVT | mode::MOUSE_PIXELS, false);
                }
                terminal.set_own(bit, on);
            }
            _ => set_mode(terminal, number, on),
        }
    }
}

fn set_mode(terminal: &mut Terminal, number: u16, on: bool) {
    terminal.advance(format!("\x1b[?{number}{}", if on { 'h' } else { 'l' }).as_bytes());
}

/// `CSI > 4 ; level m`; without a level, or without the 4, it is off.
fn set_other_keys(terminal: &mut Terminal, csi: &Csi<'_>) {
    let mut numbers = csi.numbers();
    let (resource, level) = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    if !matches!(resource, 0 | 4) {
        return;
    }
    terminal.set_own(mode::OTHER_KEYS | mode::OTHER_KEYS_ALL, false);
    match level {
        1 if resource == 4 => terminal.set_own(mode::OTHER_KEYS, true),
        2.. if resource == 4 => terminal.set_own(mode::OTHER_KEYS_ALL, true),
        _ => {}
    }
}

fn report_cursor(terminal: &mut Terminal, at: u64, private: &str) {
    let engine = &terminal.engine;
    let point = engine.term.grid().cursor.point;
    let top = if engine.term.mode().contains(TermMode::ORIGIN) { engine.region.0 } else { 0 };
    let answer = format!("\x1b[{private}{};{}R", point.line.0 - top + 1, point.column.0 + 1);
    terminal.reply(at, answer.as_bytes());
}

/// DECRPM: 1 set, 2 reset, 0 unknown.
fn report_mode(terminal: &mut Terminal, at: u64, private: bool, number: u16) {
    let mode = *terminal.engine.term.mode();
    let state = if private {
        match number {
            SYNCHRONIZED => Some(terminal.synchronized),
            9 => Some(terminal.own_modes & mode::MOUSE_PRESS != 0),
            1015 => Some(terminal.own_modes & mode::MOUSE_URXVT != 0),
            1016 => Some(terminal.own_modes & mode::MOUSE_PIXELS != 0),
            2031 => Some(terminal.own_modes & mode::SCHEME_REPORTS != 0),
            12 => Some(terminal.engine.term.cursor_style().blinking),
            47 | 1047 | 1049 => Some(mode.contains(TermMode::ALT_SCREEN)),
            _ => PRIVATE_MODES.iter().find(|(_, named)| *named as u16 == number).map(|(flag, _)| mode.contains(*flag)),
        }
    } else {
        ANSI_MODES.iter().find(|(_, named)| *named as u16 == number).map(|(flag, _)| mode.contains(*flag))
    };
    let state = state.map_or(0, |set| if set { 1 } else { 2 });
    let mark = if private { "?" } else { "" };
    terminal.reply(at, format!("\x1b[{mark}{number};{state}$y").as_bytes());
}

fn window(terminal: &mut Terminal, at: u64, operation: u16) {
    let size = terminal.engine.size;
    let answer = match operation {
        14 => format!(
            "\x1b[4;{};{}t",
            u32::from(size.rows) * u32::from(PIXELS.1),
            u32::from(size.columns) * u32::from(PIXELS.0)
        ),
        16 => format!("\x1b[6;{};{}t", PIXELS.1, PIXELS.0),
        18 => format!("\x1b[8;{};{}t", size.rows, size.columns),
        22 => return terminal.push_title(),
        23 => return terminal.pop_title(),
        _ => return,
    };
    terminal.reply(at, answer.as_bytes());
}
