//! A question to whoever sits at the terminal. Called by verbs that would lose something, or trust somebody. Silence, a
//! pipe and `--json` are no yes.

use crate::cli::context::Context;
use crate::cli::failure::Failure;
use std::io::{BufRead as _, IsTerminal as _, Write as _};

/// Asks; nobody is no yes.
///
/// # Errors
/// A terminal that is gone.
pub fn is_agreed(context: &Context, question: &str) -> Result<bool, Failure> {
    if context.json || !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
        return Ok(false);
    }
    let mut stderr = std::io::stderr();
    write!(stderr, "{question} [y/N] ")?;
    stderr.flush()?;
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}
