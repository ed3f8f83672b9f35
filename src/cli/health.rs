//! `health`: whether the server is well, for people and for scripts.

use crate::base::text::printable;
use crate::cli::context::{Context, block_on};
use crate::cli::failure::Failure;
use crate::cli::out;
use crate::proto::rest::Health;

pub fn run(context: &Context) -> Result<i32, Failure> {
    let health: Health = block_on(async { Ok(context.client().get("/health").await?) })?;
    if context.json {
        out::json(&health)?;
    } else {
        let pid = health.pid.map_or_else(String::new, |p| format!(", pid {p}"));
        let uptime = health.uptime_s.map_or_else(String::new, |s| format!(", up {s} s"));
        let terminals = health
            .terminals
            .map_or_else(String::new, |n| format!(", {n} {}", if n == 1 { "terminal" } else { "terminals" }));
        out::text(&format!("{}: server {} {}{pid}{uptime}{terminals}", health.status, health.version, health.server))?;
        if let (Some(home), Some(tcp)) = (&health.home, &health.tcp) {
            out::text(&format!("home {home}\nTCP {tcp}"))?;
        }
        unusable(&health);
    }
    Ok(0)
}

/// Says on standard error which files of the configuration the server could not use.
pub fn unusable(health: &Health) {
    for problem in &health.problems {
        out::note(&format!("Warning: cannot be used: {}", printable(problem)));
    }
}
