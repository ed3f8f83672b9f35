//! `completions`: a completion script, made from the command line's own description.

use crate::cli::args::{Arguments, CompletionsArguments};
use crate::cli::failure::Failure;
use crate::cli::out;
use clap::CommandFactory;

pub fn run(arguments: &CompletionsArguments) -> Result<i32, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Arguments::command(), "conductor-tui", &mut script);
    out::bytes(&script)?;
    Ok(0)
}
