//! What our screen may write to the terminal around it: a strict tokenizer with a closed list. Used by tests of
//! invariant 9 ("an agent draws in its own pane only"). It must never pass what it does not know: a new sequence of our
//! own is added here on purpose.

/// Everything in `bytes` that is not of our own vocabulary, shown readably; empty when all is.
pub fn foreign(bytes: &[u8]) -> Vec<String> {
    let mut found = vec![];
    let mut rest = bytes;
    // Rows are moved by line ends right behind a way to a margin, and the cursor by line ends right behind a return;
    // anywhere else a line end is an agent's.
    let (mut at_margin, mut at_return) = (false, false);
    while let Some(first) = rest.first() {
        let moves = first == &b'\n' || rest.starts_with(b"\x1bM");
        let (used, is_ours) = match first {
            0x1b if moves => (2, at_margin),
            0x1b => sequence(rest),
            b'\n' => (1, at_margin || at_return),
            // The moves to the left, and the bell of an agent that wants to be looked at.
            b'\r' | 0x08 | 0x07 => (1, true),
            _ => text(rest),
        };
        if !is_ours {
            found.push(format!("{:?}", String::from_utf8_lossy(&rest[..used.min(200)])));
        }
        at_return = first == &b'\r' || (first == &b'\n' && at_return);
        at_margin = (moves && at_margin) || rest[..used].ends_with(b";1H");
        rest = &rest[used..];
    }
    found
}

/// One character of text: no control character of either kind, nothing that turns the writing around.
fn text(bytes: &[u8]) -> (usize, bool) {
    let length = match bytes[0] {
        0xf0.. => 4,
        0xe0.. => 3,
        0xc0.. => 2,
        _ => 1,
    };
    let Some(c) = bytes.get(..length).and_then(|c| std::str::from_utf8(c).ok()).and_then(|c| c.chars().next()) else {
        return (1, false);
    };
    let turns = matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    (length, !c.is_control() && !turns)
}

/// The length of the sequence that `bytes` begin with, and whether it is ours.
fn sequence(bytes: &[u8]) -> (usize, bool) {
    match bytes.get(1) {
        Some(b'[') => {
            let end = bytes[2..].iter().position(|b| !(0x20..0x40).contains(b)).map_or(bytes.len(), |at| at + 3);
            let body = bytes.get(2..end).and_then(|body| std::str::from_utf8(body).ok());
            (end, body.is_some_and(is_our_csi))
        }
        Some(b']') => {
            let end = bytes.iter().position(|b| *b == 0x07).map(|at| (at, at + 1));
            let long = bytes.windows(2).position(|two| two == b"\x1b\\").map(|at| (at, at + 2));
            let (last, next) = [end, long].into_iter().flatten().min().unwrap_or((bytes.len(), bytes.len()));
            (
                next,
                std::str::from_utf8(&bytes[2..last])
                    .is_ok_and(|body| is_our_link(body) || is_our_question(body) || is_our_title(body)),
            )
        }
        _ => (bytes.len().min(2), false),
    }
}

/// Links to web pages, with a number of ours; and their end.
fn is_our_link(body: &str) -> bool {
    let Some((id, target)) = body.strip_prefix("8;").and_then(|body| body.split_once(';')) else { return false };
    let web = ["http://", "https://"].iter().any(|kind| target.starts_with(kind));
    let numbered = id.strip_prefix("id=c").is_some_and(is_number);
    (id.is_empty() && target.is_empty()) || (web && numbered && target.bytes().all(|b| b.is_ascii_graphic()))
}

/// The title of the window: printable text.
fn is_our_title(body: &str) -> bool {
    body.strip_prefix("2;").is_some_and(|title| title.chars().all(|c| !c.is_control()))
}

/// The terminal's own colours.
fn is_our_question(body: &str) -> bool {
    let named = body.strip_prefix("4;").and_then(|body| body.strip_suffix(";?"));
    matches!(body, "10;?" | "11;?") || named.is_some_and(is_number)
}

fn is_our_csi(body: &str) -> bool {
    // Modes taken and given back, questions at the start, the keyboard.
    const MODES: [&str; 10] = ["25", "1000", "1002", "1003", "1004", "1006", "1049", "2004", "2026", "2031"];
    if let Some(mode) = body.strip_prefix('?').and_then(|body| body.strip_suffix(['h', 'l'])) {
        return MODES.contains(&mode);
    }
    if let Some(flags) = body.strip_prefix('=').and_then(|body| body.strip_suffix(";1u")) {
        return is_number(flags);
    }
    if ["r", "?u", "?2026$p", "?2031$p", "c", ">5u", "<u", ">4;1m", ">4;2m", ">4m", "2J", "K", "6n", "22;2t", "23;2t"]
        .contains(&body)
    {
        return true;
    }
    let numbers = |body: &str, most: usize| {
        body.split(';').count() <= most && body.split(';').all(|n| is_number(n) && n.len() <= 4)
    };
    match body.as_bytes().last() {
        Some(b'm') => body[..body.len() - 1].bytes().all(|b| b.is_ascii_digit() || b == b';' || b == b':'),
        Some(b'r') => numbers(&body[..body.len() - 1], 2),
        // What is 1 need not be said.
        Some(b'H') => numbers(body[..body.len() - 1].trim_start_matches(';'), 2) || body == "H",
        Some(b'A'..=b'D') => body.len() == 1 || numbers(&body[..body.len() - 1], 1),
        Some(b'X' | b'b') => numbers(&body[..body.len() - 1], 1),
        Some(b'q') => body.strip_suffix(" q").is_some_and(|shape| numbers(shape, 1)),
        _ => false,
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}
