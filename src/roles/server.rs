//! `server`: the server in this process. In the foreground it logs to standard error; supervised by the fork
//! server, to `logs/server.log`, which is rotated daily.

use crate::base::pause::Then;
use crate::cli::Context;
use crate::cli::Failure;
use crate::cli::ServerArguments;
use crate::config::places::write_private;
use crate::server::run::{self, AlreadyRunning, Options};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt;

/// Two weeks of daily logs: enough to look back at a holiday.
const LOG_FILES: usize = 14;

pub fn run(context: &Context, arguments: &ServerArguments) -> Result<i32, Failure> {
    let result = serve(context, arguments);
    if let (Err(failure), true) = (&result, arguments.supervised) {
        let mut text = failure.message.clone();
        for cause in &failure.causes {
            text.push_str(&format!(": {cause}"));
        }
        let _ = write_private(&context.places.start_error(), text.as_bytes());
    }
    result
}

fn serve(context: &Context, arguments: &ServerArguments) -> Result<i32, Failure> {
    super::choose_point(arguments.pause_points.as_deref(), Then::Wait)?;
    // Before any thread and any file.
    let umask = run::private_umask();
    context.places.prepare()?;
    let level = match context.verbose {
        0 => LevelFilter::INFO,
        1 => LevelFilter::DEBUG,
        _ => LevelFilter::TRACE,
    };
    if arguments.supervised {
        let appender = tracing_appender::rolling::Builder::new()
            .rotation(tracing_appender::rolling::Rotation::DAILY)
            .filename_prefix("server")
            .filename_suffix("log")
            .latest_symlink("server.log")
            .max_log_files(LOG_FILES)
            .build(context.places.server_logs())
            .map_err(|e| Failure::new(1, "cannot open the log file").cause(e))?;
        fmt().with_max_level(level).with_ansi(false).with_writer(appender).init();
    } else {
        fmt().with_max_level(level).with_writer(std::io::stderr).init();
    }
    let options = Options { is_supervised: arguments.supervised, umask };
    match run::run(context.places.clone(), context.settings.clone(), options, crate::api::serve) {
        Ok(()) => Ok(0),
        // Five starters at once: four of them find this, and that is well.
        Err(error) if arguments.supervised && error.is::<AlreadyRunning>() => Ok(0),
        Err(error) => Err(Failure::from(error).hint("`conductor-tui doctor` looks for what is wrong")),
    }
}
