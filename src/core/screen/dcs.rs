//! Device control strings: what setting something has (DECRQSS) and what the terminal can do (XTGETTCAP). Called for
//! each whole DCS in stream order. No answer ever holds a byte of the question: names and values are ours, or numbers.

use super::cells::style_of;
use super::terminal::Terminal;
use crate::base::cell::{Color, Style, attr};
use alacritty_terminal::vte::ansi::CursorShape;

/// What programs ask for by XTGETTCAP, and what holds here. Values are terminfo's.
const CAPABILITIES: [(&str, &str); 9] = [
    ("TN", "xterm-256color"),
    ("Co", "256"),
    ("colors", "256"),
    ("RGB", "8"),
    ("Ms", "\x1b]52;%p1%s;%p2%s\x07"),
    ("Se", "\x1b[2 q"),
    ("Ss", "\x1b[%p1%d q"),
    ("Setulc", "\x1b[58:2::%p1%{65536}%/%d:%p1%{256}%/%{255}%&%d:%p1%{255}%&%d%;m"),
    ("Smulx", "\x1b[4:%p1%dm"),
];

/// Acts on one DCS; everything but these two questions ends here.
pub(super) fn take(terminal: &mut Terminal, at: u64, body: &[u8]) {
    if let Some(names) = body.strip_prefix(b"+q") {
        capabilities(terminal, at, names);
    } else if let Some(setting) = body.strip_prefix(b"$q") {
        let answer = match setting_of(terminal, setting) {
            Some(value) => format!("\x1bP1$r{value}\x1b\\"),
            None => "\x1bP0$r\x1b\\".to_owned(),
        };
        terminal.reply(at, answer.as_bytes());
    }
}

/// Names come hex-encoded, several with semicolons between; the first that is unknown ends the answer.
fn capabilities(terminal: &mut Terminal, at: u64, names: &[u8]) {
    let known: Vec<String> = names
        .split(|byte| *byte == b';')
        .map_while(|name| CAPABILITIES.iter().find(|(known, _)| hex(known).as_bytes().eq_ignore_ascii_case(name)))
        .map(|(name, value)| format!("{}={}", hex(name), hex(value)))
        .collect();
    let answer =
        if known.is_empty() { "\x1bP0+r\x1b\\".to_owned() } else { format!("\x1bP1+r{}\x1b\\", known.join(";")) };
    terminal.reply(at, answer.as_bytes());
}

fn hex(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02X}")).collect()
}

fn setting_of(terminal: &Terminal, setting: &[u8]) -> Option<String> {
    let engine = &terminal.engine;
    match setting {
        b"m" => Some(format!("{}m", graphics(style_of(&engine.term.grid().cursor.template)))),
        b"r" => Some(format!("{};{}r", engine.region.0 + 1, engine.region.1)),
        b" q" => {
            let style = engine.term.cursor_style();
            let steady = match style.shape {
                CursorShape::Underline => 4,
                CursorShape::Beam => 6,
                _ => 2,
            };
            Some(format!("{} q", steady - u8::from(style.blinking)))
        }
        // No character is protected from erasing.
        b"\"q" => Some("0\"q".to_owned()),
        _ => None,
    }
}

/// The parameters of SGR that make a style from scratch.
fn graphics(style: Style) -> String {
    const PLAIN: [(u16, &str); 11] = [
        (attr::BOLD, "1"),
        (attr::DIM, "2"),
        (attr::ITALIC, "3"),
        (attr::UNDERLINE, "4"),
        (attr::DOUBLE_UNDERLINE, "4:2"),
        (attr::CURLY_UNDERLINE, "4:3"),
        (attr::DOTTED_UNDERLINE, "4:4"),
        (attr::DASHED_UNDERLINE, "4:5"),
        (attr::INVERSE, "7"),
        (attr::HIDDEN, "8"),
        (attr::STRIKE, "9"),
    ];
    let mut parts = vec!["0".to_owned()];
    parts.extend(PLAIN.iter().filter(|(bit, _)| style.attrs & bit != 0).map(|(_, number)| (*number).to_owned()));
    for (color, base) in [(style.fg, 30), (style.bg, 40), (style.underline, 50)] {
        match color {
            Color::Default => {}
            Color::Indexed(index @ 0..=7) if base != 50 => parts.push((base + u16::from(index)).to_string()),
            Color::Indexed(index @ 8..=15) if base != 50 => parts.push((base + 52 + u16::from(index)).to_string()),
            Color::Indexed(index) => parts.push(format!("{}:5:{index}", base + 8)),
            Color::Rgb(r, g, b) => parts.push(format!("{}:2::{r}:{g}:{b}", base + 8)),
        }
    }
    parts.join(";")
}
