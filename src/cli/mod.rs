//! The command line: one file for each verb or family of verbs. Called by `roles`. Every verb speaks to the server
//! as any other client does; none may touch the database, a holder or an agent's process itself.

mod agree;
mod approvals;
mod args;
mod completions;
mod config;
mod context;
mod debug;
mod diff;
mod doctor;
mod failure;
mod health;
mod input;
mod launch;
mod lifecycle;
mod list;
mod out;
mod output;
mod policy;
mod providers;
mod record;
mod resume;
mod search;
mod setup;
mod status;
mod table;
mod themes;
mod trust;
mod usage;
mod versions;
mod wait;
mod worktrees;

pub use args::{Arguments, AttachArguments, DebugAction, ServerArguments, Verb};
pub use context::{Context, block_on};
pub use failure::{FAILED, Failure, USAGE};

use crate::proto::rest::Terminal;
use clap::{CommandFactory, FromArgMatches};
use std::io::Write;

/// What a verb leaves to be done.
pub enum Outcome {
    /// Nothing; the exit code.
    Done(i32),
    /// The screen is to open on this terminal.
    Show(Box<Terminal>),
}

/// The command line as it was given, or the exit code after its error or help was printed.
///
/// # Errors
/// The exit code.
pub fn parse() -> Result<Arguments, i32> {
    let parsed = Arguments::command().try_get_matches().and_then(|m| Arguments::from_arg_matches(&m));
    parsed.map_err(|error| {
        if error.use_stderr() {
            let _ = std::io::stderr().write_all(in_our_words(&error.render().to_string()).as_bytes());
        } else {
            let _ = error.print();
        }
        error.exit_code()
    })
}

/// A usage error in the form of every other one: `Error:` and `Hint:`.
fn in_our_words(text: &str) -> String {
    let mut out = String::new();
    for line in text.lines().filter(|line| !line.is_empty()) {
        let line = match line.split_once(": ") {
            Some(("error", what)) => format!("Error: {what}"),
            Some(("  tip", what)) => format!("Hint: {what}"),
            _ if line.starts_with("For more information") => "Hint: `--help` says more".into(),
            _ => line.to_owned(),
        };
        out.push_str(&line);
        out.push('\n');
    }
    out
}

/// Whether the screen opens when the verb is done.
pub fn opens_screen(verb: &Verb) -> bool {
    match verb {
        Verb::Launch(a) => !a.agent.headless,
        Verb::Worker(a) => !a.agent.headless,
        _ => false,
    }
}

/// Runs a verb that needs no role of its own.
///
/// # Errors
/// What went wrong, for the user.
pub fn run(context: &Context, verb: Verb) -> Result<Outcome, Failure> {
    let code = match verb {
        Verb::Launch(a) => return launch::launch(context, a),
        Verb::Worker(a) => return launch::worker(context, a),
        Verb::Health => health::run(context),
        Verb::Init => setup::init(context),
        Verb::Doctor(a) => doctor::run(context, &a),
        Verb::Config(a) => config::run(context, &a),
        Verb::Completions(a) => completions::run(&a),
        Verb::Shutdown(a) => lifecycle::shutdown(context, &a),
        Verb::Sessions => list::sessions(context),
        Verb::Terminals => list::terminals(context),
        Verb::Providers(a) => providers::run(context, &a),
        Verb::Policy(a) => policy::run(context, &a),
        Verb::Approvals(a) => approvals::list(context, &a),
        Verb::Approve(a) => approvals::approve(context, &a),
        Verb::Deny(a) => approvals::deny(context, &a),
        Verb::Usage(a) => usage::run(context, &a),
        Verb::Themes => themes::run(context),
        Verb::Status(a) => status::run(context, &a),
        Verb::Send(a) => input::send(context, a),
        Verb::Keys(a) => input::keys(context, a),
        Verb::Output(a) => output::run(context, &a),
        Verb::Search(a) => search::run(context, &a),
        Verb::Diff(a) => diff::run(context, &a),
        Verb::Worktrees(a) => worktrees::run(context, &a),
        Verb::Snapshot(a) => worktrees::snapshot(context, &a),
        Verb::Finish(a) => worktrees::finish(context, &a),
        Verb::Restore(a) => worktrees::restore(context, &a),
        Verb::Trust(a) => trust::run(context, &a),
        Verb::Wait(a) => wait::run(context, &a),
        Verb::Rename(a) => lifecycle::rename(context, &a),
        Verb::Restart(a) => lifecycle::restart(context, &a),
        Verb::Resume(a) => resume::run(context, &a),
        Verb::Stop(a) => lifecycle::stop(context, &a),
        Verb::Answer(a) => lifecycle::answer(context, &a),
        Verb::StopAll(a) => resume::stop_all(context, &a),
        Verb::Close(a) => lifecycle::close(context, &a),
        Verb::Kill(a) => lifecycle::kill(context, &a),
        Verb::Debug(a) => debug::run(context, &a),
        Verb::Server(_) | Verb::Attach(_) => Err(Failure::new(USAGE, "this verb is a role of its own")),
    };
    code.map(Outcome::Done)
}
