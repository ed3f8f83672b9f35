//! Printing to standard output, text or JSON, and words about it beside it. A reader that goes away ends the verb quietly.

use crate::cli::failure::Failure;
use serde::Serialize;
use std::io::Write;

/// Prints text as it is, and a newline when it has none.
pub fn text(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())?;
    if !text.is_empty() && !text.ends_with('\n') {
        out.write_all(b"\n")?;
    }
    Ok(out.flush()?)
}

/// Prints bytes as they are.
pub fn bytes(bytes: &[u8]) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    out.write_all(bytes)?;
    Ok(out.flush()?)
}

/// Says something about the output, beside it: on standard error.
pub fn note(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

pub fn json(value: &impl Serialize) -> Result<(), Failure> {
    let mut line = serde_json::to_string_pretty(value).map_err(|e| Failure::new(1, e.to_string()))?;
    line.push('\n');
    text(&line)
}
