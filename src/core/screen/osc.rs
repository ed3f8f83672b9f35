//! Operating system commands: which are notices, which set the title, which go on to the engine (colours), which
//! are answered. Called for each whole OSC in stream order. Everything unknown ends here: the engine and the
//! outer terminal never see it.

use super::notice::{Notice, Progress};
use super::program::ProgramState;
use super::terminal::Terminal;
use crate::base::{base64, text};

/// A line of a list or a notification shows a few hundred at most; a title is repeated in every frame it changes in.
const MAX_LINE: usize = 1024;
/// What `w` may be at most, by the protocol.
const MAX_CELLS: usize = 7;

/// Acts on one OSC.
pub(super) fn take(terminal: &mut Terminal, at: u64, body: &[u8], bell: bool) {
    let content = String::from_utf8_lossy(body);
    let (number, rest) = content.split_once(';').unwrap_or((&content, ""));
    let notice = match number {
        "0" | "2" => return terminal.set_title(one_line(rest.trim())),
        // Colours: the engine keeps what a program set, so that it can say so when asked.
        "4" => return palette(terminal, at, rest, bell),
        "10" | "11" | "12" | "104" | "110" | "111" | "112" | "50" => return ask(terminal, at, &content, bell),
        "7501" if rest.trim() == "?" => {
            terminal.reply(at, b"\x1b]7501;?\x1b\\");
            Some(Notice::WillReport)
        }
        "7501" => ProgramState::parse(rest).map(Notice::Program),
        "7" => path_of(rest).map(Notice::Cwd),
        "9" => match rest.strip_prefix("4;") {
            Some(progress) => Progress::parse(progress).map(Notice::Progress),
            None => notification(rest),
        },
        "52" => clipboard(rest),
        "99" => kitty_notification(rest),
        "133" => mark(rest),
        "777" => rest.strip_prefix("notify;").and_then(|text| {
            let (title, body) = text.split_once(';').unwrap_or((text, ""));
            notification(if body.is_empty() { title.to_owned() } else { format!("{title}: {body}") }.as_str())
        }),
        "8" => return link(terminal, rest),
        "66" => return sized(terminal, rest),
        _ => None,
    };
    if let Some(notice) = notice {
        terminal.notice(notice);
    }
}

/// Each pair of index and colour by itself: the engine reads no more than fifteen parameters.
fn palette(terminal: &mut Terminal, at: u64, rest: &str, bell: bool) {
    let mut fields = rest.split(';');
    while let (Some(index), Some(color)) = (fields.next(), fields.next()) {
        ask(terminal, at, &format!("4;{index};{color}"), bell);
    }
}

/// Text of a width that its program names (kitty's text sizing protocol): `key=value:key=value;text`, where `w` is in
/// cells, 0 that of its characters. Scaled text is printed as it is, and a program that asks whether it moved the cursor
/// learns so. opencode takes its own key presses for a yes to that question and prints every sign outside ASCII so.
fn sized(terminal: &mut Terminal, rest: &str) {
    let Some((metadata, text)) = rest.split_once(';') else { return };
    if text.len() > MAX_LINE {
        return;
    }
    let value = |key: &str| {
        let field = metadata.split(':').find_map(|field| field.strip_prefix(key)?.strip_prefix('='));
        field.and_then(|number| number.parse::<usize>().ok()).unwrap_or_default()
    };
    let text = text::printable(text);
    let own = text::width(&text);
    let wanted = if value("s") > 1 { 0 } else { value("w").min(MAX_CELLS) };
    terminal.advance(text.as_bytes());
    match wanted.checked_sub(own).filter(|_| wanted > 0) {
        Some(missing) => terminal.advance(" ".repeat(missing).as_bytes()),
        // A sign too wide loses its end to what follows.
        None if wanted > 0 => terminal.advance(format!("\x1b[{}D", own - wanted).as_bytes()),
        None => {}
    }
}

/// `key=value:key=value;target`; without a target the link ends.
fn link(terminal: &mut Terminal, rest: &str) {
    let (parameters, target) = rest.split_once(';').unwrap_or((rest, ""));
    let id = parameters.split(':').find_map(|field| field.strip_prefix("id=")).unwrap_or("");
    terminal.set_link(id, target);
}

fn ask(terminal: &mut Terminal, at: u64, content: &str, bell: bool) {
    let end = if bell { "\x07" } else { "\x1b\\" };
    terminal.ask_engine(at, format!("\x1b]{content}{end}").as_bytes());
}

/// Text for one line on screen.
pub(super) fn one_line(text: &str) -> String {
    let mut line = text::printable(text);
    if let Some((cut, _)) = line.char_indices().nth(MAX_LINE) {
        line.truncate(cut);
    }
    line
}

/// Base64 of UTF-8, as one line.
pub(super) fn decode(text: &str) -> Option<String> {
    let bytes = base64::decoded(text.trim())?;
    Some(one_line(&String::from_utf8_lossy(&bytes)))
}

fn notification(text: &str) -> Option<Notice> {
    let text = one_line(text.trim());
    (!text.is_empty()).then_some(Notice::Notify(text))
}

/// `metadata;payload`; metadata is `key=value` separated by colons: `p` what the payload is, `e=1` base64.
fn kitty_notification(rest: &str) -> Option<Notice> {
    let (metadata, payload) = rest.split_once(';')?;
    let value = |key: &str| {
        metadata.split(':').find_map(|field| field.split_once('=').filter(|(name, _)| *name == key)).map(|(_, v)| v)
    };
    if !matches!(value("p"), None | Some("title" | "body")) {
        return None;
    }
    if value("e") == Some("1") { notification(&decode(payload)?) } else { notification(payload) }
}

fn clipboard(rest: &str) -> Option<Notice> {
    let (selection, data) = rest.split_once(';')?;
    if data == "?" {
        // Reading the person's clipboard is never allowed, and silence is how terminals say so.
        return None;
    }
    let bytes = base64::decoded(data.trim())?;
    // Not one line: what is copied keeps its lines, and is never drawn from here.
    Some(Notice::Clipboard { selection: one_line(selection), text: String::from_utf8(bytes).ok()? })
}

fn mark(rest: &str) -> Option<Notice> {
    let mut fields = rest.split(';');
    let mark = fields.next()?.chars().next().filter(char::is_ascii_alphabetic)?;
    let exit = fields.next().and_then(|code| code.parse().ok()).filter(|_| mark == 'D');
    Some(Notice::Mark { mark, exit })
}

/// The path of a `file://host/path` URL. The host is not ours to judge: inside a container it is another.
fn path_of(url: &str) -> Option<String> {
    let rest = url.strip_prefix("file://")?;
    let path = &rest[rest.find('/')?..];
    let mut bytes = Vec::with_capacity(path.len());
    let mut input = path.as_bytes();
    while let Some((byte, rest)) = input.split_first() {
        let hex = rest.get(..2).filter(|_| *byte == b'%').and_then(|digits| std::str::from_utf8(digits).ok());
        match hex.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(value) => {
                bytes.push(value);
                input = &rest[2..];
            }
            None => {
                bytes.push(*byte);
                input = rest;
            }
        }
    }
    Some(one_line(&String::from_utf8_lossy(&bytes)))
}
