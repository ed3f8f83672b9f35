//! The screen: everything, one session, or one terminal alone. Starts a server where none runs.

use crate::cli::args::AttachArguments;
use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::proto::rest::Terminal;

pub fn everything(_context: &Context) -> Result<i32, Failure> {
    Err(Failure::new(1, "tui pending"))
}

pub fn attach(_context: &Context, _arguments: &AttachArguments) -> Result<i32, Failure> {
    Err(Failure::new(1, "tui pending"))
}

pub fn on_terminal(_context: &Context, _terminal: &Terminal) -> Result<i32, Failure> {
    Err(Failure::new(1, "tui pending"))
}
