//! `hook PROVIDER EVENT --socket PATH --terminal ID [--at MS]`: started by an agent's CLI for each of its events, with what it says
//! of it on standard input. Tells the server and ends.
//!
//! # Invariant
//! It ends with 0 and prints nothing, whatever happens: these hooks tell, they do not decide. It goes by its command
//! line alone: the environment is for people and scripts.

use crate::base::clock::now_ms;
use crate::client;
use std::path::PathBuf;

pub fn run() -> i32 {
    // Before anything that takes time: events are put in order by it.
    let mut at = now_ms();
    let (mut socket, mut terminal, mut words) = (None, None, Vec::new());
    let mut arguments = crate::config::environment::words();
    while let Some(word) = arguments.next() {
        match word.as_str() {
            "--socket" => socket = arguments.next().map(PathBuf::from),
            "--terminal" => terminal = arguments.next(),
            // Of a plugin, which knows when it was, and starts commands that overtake one another.
            "--at" => at = arguments.next().and_then(|at| at.parse().ok()).unwrap_or(at),
            "--home" => drop(arguments.next()),
            _ => words.push(word),
        }
    }
    let payload = client::payload(std::io::stdin().lock());
    if let (Some(socket), Some(terminal), [_, _provider, event]) = (socket, terminal, words.as_slice())
        && !terminal.is_empty()
        && terminal.chars().all(|c| c.is_ascii_hexdigit())
    {
        // Nobody who listens is no trouble of the agent's.
        let _ = client::tell(&socket, &terminal, event, at, &payload);
    }
    0
}
