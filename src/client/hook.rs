//! Tells the server of an event of an agent's CLI: one request on the Unix socket, without a runtime, since a CLI waits
//! for every hook of its turn. Called by the `hook` role. It must never hold an agent up for longer than [`WITHIN`], and
//! needs no server: its status is then known from elsewhere.

use crate::base::clock::Millis;
use serde_json::{Map, Value, json};
use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

/// A server that does not answer is passed over: agents wait for their hooks.
const WITHIN: Duration = Duration::from_millis(1_000);
/// A hook's input holds whole outputs of tools; more than this is read and forgotten.
const INPUT: u64 = 16 * 1024 * 1024;
/// Of a text in it, so many bytes are told: a command line and a line of a message.
const TEXT: usize = 2_000;
/// Fields deeper than this say nothing of a status.
const DEPTH: usize = 3;
/// Fields of one object: more than any event has.
const FIELDS: usize = 64;

/// What a CLI gives its hook on standard input, its long texts cut.
pub fn payload(input: impl Read) -> Value {
    let mut bytes = Vec::new();
    let mut input = input;
    if input.by_ref().take(INPUT).read_to_end(&mut bytes).is_err() {
        return Value::Null;
    }
    // The CLI must not find its pipe closed.
    let _ = io::copy(&mut input, &mut io::sink());
    serde_json::from_slice::<Value>(&bytes).map(|value| cut(value, DEPTH)).unwrap_or(Value::Null)
}

fn cut(value: Value, depth: usize) -> Value {
    match value {
        Value::String(mut text) => {
            if text.len() > TEXT {
                let end = (0..=TEXT).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
                text.truncate(end);
            }
            Value::String(text)
        }
        Value::Object(fields) if depth > 0 => Value::Object(
            fields.into_iter().take(FIELDS).map(|(name, value)| (name, cut(value, depth - 1))).collect::<Map<_, _>>(),
        ),
        // How many there are may matter (tasks in the background), what they are does not.
        Value::Array(items) => json!({ "count": items.len() }),
        Value::Object(_) => Value::Null,
        other => other,
    }
}

/// Sends one event.
///
/// # Errors
/// When nobody listens, or the server refuses or does not answer.
pub fn tell(socket: &Path, terminal: &str, event: &str, at: Millis, payload: &Value) -> io::Result<()> {
    let mut stream = UnixStream::connect(socket)?;
    stream.set_read_timeout(Some(WITHIN))?;
    stream.set_write_timeout(Some(WITHIN))?;
    let body = json!({ "event": event, "at_ms": at, "payload": payload }).to_string();
    let request = format!(
        "POST /terminals/{terminal}/hooks HTTP/1.1\r\nhost: conductor\r\ncontent-type: application/json\r\n\
         content-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes())?;
    let mut head = [0; 16];
    stream.read_exact(&mut head)?;
    match &head[9..10] {
        b"2" => Ok(()),
        _ => Err(io::Error::other(format!("the server says {}", String::from_utf8_lossy(&head[9..12])))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_cut_and_lists_are_counted() {
        let input = json!({
            "a": "ä".repeat(3_000), "n": 1, "list": [1, 2], "o": {"p": {"q": {"r": {"s": 1}}, "t": "u"}},
        });
        let told = payload(input.to_string().as_bytes());
        assert_eq!(told["a"].as_str().map(str::len), Some(2_000));
        assert_eq!(told["list"]["count"], 2);
        assert_eq!((&told["o"]["p"]["t"], &told["o"]["p"]["q"]), (&json!("u"), &Value::Null));
        assert_eq!(payload(&b"no json"[..]), Value::Null);
    }
}
