//! The command line: one file for each verb or family of verbs. Called by `main`. Every verb speaks to the server
//! as any other client does; none may touch the database, a holder or an agent's process itself.

mod args;
mod attach;
mod completions;
mod config;
mod context;
mod debug;
mod doctor;
mod failure;
mod forkserver;
mod health;
mod holder;
mod input;
mod launch;
mod lifecycle;
mod list;
mod out;
mod output;
mod server;
mod setup;
mod table;
mod wait;

pub use args::{Arguments, Verb};
pub use failure::Failure;

use clap::{CommandFactory, FromArgMatches};
use context::Context;

/// Parses the command line, runs the verb, prints what went wrong, and returns the exit code.
pub fn run() -> i32 {
    // Started a thousand times a day and before any thread exists: these two roles skip the parser.
    match std::env::args().skip_while(|a| a != "holder" && a != "fork-server").next().as_deref() {
        Some("holder") if is_first_verb("holder") => return report(holder::run()),
        Some("fork-server") if is_first_verb("fork-server") => return report(forkserver::run()),
        _ => {}
    }
    let matches = match Arguments::command().try_get_matches() {
        Ok(matches) => matches,
        Err(error) => {
            let _ = error.print();
            return error.exit_code();
        }
    };
    match Arguments::from_arg_matches(&matches) {
        Ok(arguments) => report(verb(arguments)),
        Err(error) => {
            let _ = error.print();
            2
        }
    }
}

/// Whether the verb is this one: nothing but `--home DIR` may stand before it.
fn is_first_verb(verb: &str) -> bool {
    let mut words = std::env::args().skip(1);
    loop {
        match words.next().as_deref() {
            Some("--home") => drop(words.next()),
            Some(word) if word.starts_with("--home=") => {}
            other => return other == Some(verb),
        }
    }
}

fn report(result: Result<i32, Failure>) -> i32 {
    result.unwrap_or_else(|failure| failure.print())
}

fn verb(arguments: Arguments) -> Result<i32, Failure> {
    let context = Context::new(&arguments)?;
    if arguments.headless && arguments.verb.is_none() {
        return server::run(&context, &args::ServerArguments::default());
    }
    match arguments.verb {
        None => attach::everything(&context),
        Some(Verb::Server(a)) => server::run(&context, &a),
        Some(Verb::Health) => health::run(&context),
        Some(Verb::Init) => setup::init(&context),
        Some(Verb::Doctor(a)) => doctor::run(&context, &a),
        Some(Verb::Config(a)) => config::run(&context, &a),
        Some(Verb::Completions(a)) => completions::run(&a),
        Some(Verb::Shutdown(a)) => lifecycle::shutdown(&context, &a),
        Some(Verb::Launch(a)) => launch::launch(&context, a),
        Some(Verb::Worker(a)) => launch::worker(&context, a),
        Some(Verb::Sessions) => list::sessions(&context),
        Some(Verb::Terminals) => list::terminals(&context),
        Some(Verb::Providers) => list::providers(&context),
        Some(Verb::Status(a)) => list::status(&context, &a),
        Some(Verb::Send(a)) => input::send(&context, a),
        Some(Verb::Keys(a)) => input::keys(&context, a),
        Some(Verb::Output(a)) => output::run(&context, &a),
        Some(Verb::Attach(a)) => attach::attach(&context, &a),
        Some(Verb::Wait(a)) => wait::run(&context, &a),
        Some(Verb::Rename(a)) => lifecycle::rename(&context, &a),
        Some(Verb::Restart(a)) => lifecycle::again(&context, &a, "restart"),
        Some(Verb::Resume(a)) => lifecycle::again(&context, &a, "resume"),
        Some(Verb::Close(a)) => lifecycle::close(&context, &a),
        Some(Verb::Kill(a)) => lifecycle::kill(&context, &a),
        Some(Verb::Debug(a)) => debug::run(&context, &a),
    }
}
