//! `fork-server`: splits off from whoever started it and becomes the home's fork server. Started by clients and
//! servers, never by a user. It parses its few arguments itself: no thread and little memory before the forks.

use crate::cli::{Failure, USAGE};
use crate::config::places::Places;
use crate::holder::forkserver::{self, Options};
use std::path::PathBuf;

pub fn run() -> Result<i32, Failure> {
    let (mut home, mut options) = (None, Options::default());
    let (mut server, mut supervise) = (None, true);
    let mut words = crate::config::environment::words();
    let bad = |word: &str| Failure::new(USAGE, format!("fork-server does not know `{word}`"));
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or_else(|| bad(&word));
        match word.as_str() {
            "fork-server" => {}
            "--home" => home = Some(PathBuf::from(value()?)),
            "--start-server" => options.start_server = Some(value()?),
            "--lock-fd" => options.inherited_lock = Some(value()?.parse().map_err(|_| bad("--lock-fd"))?),
            "--server-pid" => server = Some(value()?.parse().map_err(|_| bad("--server-pid"))?),
            "--unsupervised" => supervise = false,
            other => return Err(bad(other)),
        }
    }
    options.server = server.map(|pid| (pid, supervise));
    let env_home = std::env::var_os("CONDUCTOR_HOME").map(PathBuf::from);
    let found = Places::find(home.as_deref(), env_home.as_deref())?;
    let places = forkserver::Places {
        home: found.home_argument(),
        holders: found.holders(),
        server_socket: found.socket().display().to_string(),
        run: found.run,
    };
    // An upgrade in place has split off long ago, and its children must stay its children.
    if options.inherited_lock.is_none() && !forkserver::split_off()? {
        return Ok(0);
    }
    Ok(forkserver::run(places, &options)?)
}
