//! Starts the role that the command line asks for: server, fork server, holder, screen, or a verb of a client.
//! Called by `main`; the only place that names both the client side and the server side.

mod attach;
mod fake;
mod forkserver;
mod holder;
mod hook;
mod server;

use crate::base::pause::{self, Then};
use crate::cli::{self, Arguments, Context, Failure, Outcome, USAGE, Verb};

/// Parses the command line, runs the role, prints what went wrong, and returns the exit code.
pub fn run() -> i32 {
    // Started a thousand times a day, and before any thread exists: these roles skip the parser.
    match first_verb().as_deref() {
        Some("holder") => return report(holder::run()),
        Some("fork-server") => return report(forkserver::run()),
        Some("hook") => return hook::run(),
        Some("judge") => return crate::judges::run(),
        _ => {}
    }
    match cli::parse() {
        Ok(arguments) => report(start(arguments)),
        Err(code) => code,
    }
}

/// The first word that is no option; of those, only `--home DIR` may stand before the roles asked for here.
fn first_verb() -> Option<String> {
    let mut words = crate::config::environment::words();
    loop {
        let word = words.next()?;
        match word.as_str() {
            "--home" => drop(words.next()),
            _ if word.starts_with("--home=") => {}
            _ => return Some(word),
        }
    }
}

fn report(result: Result<i32, Failure>) -> i32 {
    result.unwrap_or_else(|failure| failure.print())
}

/// For tests: what happens at a named point.
fn choose_point(point: Option<&str>, then: Then) -> Result<(), Failure> {
    match point.filter(|p| !pause::choose(p, then)) {
        Some(point) => {
            Err(Failure::new(USAGE, format!("there is no pause point `{point}`"))
                .hint("`debug pause-points` lists them"))
        }
        None => Ok(()),
    }
}

fn start(arguments: Arguments) -> Result<i32, Failure> {
    // It is no part of this home: it needs neither its places nor its settings.
    if let Some(request) = fake::asked_for(&arguments) {
        return fake::run(request);
    }
    choose_point(arguments.panic_at.as_deref(), Then::Panic)?;
    let context = Context { commands: crate::tui::known_commands(), ..Context::new(&arguments)? };
    match arguments.verb {
        None if arguments.headless => server::run(&context, &cli::ServerArguments::default()),
        None => attach::everything(&context),
        Some(Verb::Server(a)) => server::run(&context, &a),
        Some(Verb::Attach(a)) => attach::attach(&context, &a),
        Some(verb) => {
            // Nothing is started for a screen that cannot be shown.
            if cli::opens_screen(&verb) && !context.accessible {
                attach::needs_terminal()
                    .map_err(|f| f.hint("nothing was started; with --headless it starts without a screen"))?;
            }
            match cli::run(&context, verb)? {
                Outcome::Done(code) => Ok(code),
                Outcome::Show(terminal) => attach::on_terminal(&context, &terminal),
            }
        }
    }
}
