//! `sessions`, `terminals`, `providers`: lists, as tables or as the API's own objects.

use crate::base::clock::{Millis, now_ms};
use crate::base::id::short_session;
use crate::base::text::{bytes, fit, printable};
use crate::cli::context::{Context, block_on};
use crate::cli::failure::Failure;
use crate::cli::health;
use crate::cli::out;
use crate::cli::table::table;
use crate::client;
use crate::proto::rest::{Health, Provider, Session, Terminal};

pub fn sessions(context: &Context) -> Result<i32, Failure> {
    let all: Vec<Session> = block_on(async { Ok(context.client().get("/sessions").await?) })?;
    if context.json {
        out::json(&all)?;
        return Ok(0);
    }
    if all.is_empty() {
        return quiet_hint(context, "No sessions. `conductor-tui launch` starts one.");
    }
    let rows: Vec<Vec<String>> = all
        .iter()
        .map(|s| {
            let words: Vec<String> = s.terminals.iter().map(|t| format!("{} {}", t.window, t.status.word())).collect();
            vec![
                short_session(&s.name).to_owned(),
                s.terminals.len().to_string(),
                printable(&s.cwd),
                fit(&printable(&words.join(", ")), 80),
            ]
        })
        .collect();
    out::text(&table(&["SESSION", "N", "DIRECTORY", "TERMINALS"], &rows))?;
    Ok(0)
}

pub fn terminals(context: &Context) -> Result<i32, Failure> {
    let all: Vec<Terminal> = block_on(async { Ok(context.client().get("/terminals?weight=true").await?) })?;
    if context.json {
        out::json(&all)?;
        return Ok(0);
    }
    if all.is_empty() {
        return quiet_hint(context, "No terminals. `conductor-tui launch` starts one.");
    }
    let now = now_ms();
    let rows: Vec<Vec<String>> = all
        .iter()
        .map(|t| {
            vec![
                t.id.to_string(),
                short_session(&t.session).to_owned(),
                fit(&printable(&t.window), 30),
                t.provider.clone(),
                t.status.word().to_owned(),
                age(now, t.since_ms),
                t.pid.map_or_else(|| "-".into(), |p| p.to_string()),
                t.weight.filter(|_| t.pid.is_some()).map_or_else(|| "-".into(), |w| bytes(w.memory_bytes)),
                fit(&printable(t.detail.as_deref().unwrap_or_default()), 60),
            ]
        })
        .collect();
    out::text(&table(&["ID", "SESSION", "NAME", "PROVIDER", "STATUS", "SINCE", "PID", "MEMORY", "DETAIL"], &rows))?;
    Ok(0)
}

fn quiet_hint(context: &Context, hint: &str) -> Result<i32, Failure> {
    if !context.quiet {
        out::text(hint)?;
    }
    Ok(0)
}

/// `42s`, `3m`, `5h`, `2d`.
pub fn age(now: Millis, since: Millis) -> String {
    let seconds = now.saturating_sub(since) / 1000;
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3600 => format!("{}m", seconds / 60),
        3600..86_400 => format!("{}h", seconds / 3600),
        _ => format!("{}d", seconds / 86_400),
    }
}

pub fn providers(context: &Context) -> Result<i32, Failure> {
    let (all, health): (Vec<Provider>, Health) = block_on(async {
        let client = context.client();
        // As a launch from here would look for them.
        let path = std::env::var("PATH").ok();
        Ok((client.get(&client::providers(path.as_deref())).await?, client.get("/health").await?))
    })?;
    health::unusable(&health);
    if context.json {
        out::json(&all)?;
        return Ok(0);
    }
    let rows: Vec<Vec<String>> = all
        .iter()
        .map(|p| {
            let place = p.path.clone().or_else(|| p.missing.clone()).unwrap_or_default();
            vec![p.name.clone(), p.title.clone(), place]
        })
        .collect();
    out::text(&table(&["PROVIDER", "NAME", "PROGRAM"], &rows))?;
    Ok(0)
}
