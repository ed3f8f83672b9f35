//! `doctor`: looks for what is wrong with a home, says what to do, and with `--fix` removes what is provably
//! stale. It must never remove anything that a living process owns, and ends no process.

use crate::base::text::{fit, printable};
use crate::cli::args::DoctorArguments;
use crate::cli::context::{Context, block_on};
use crate::cli::failure::{FAILED, Failure};
use crate::cli::out;
use crate::cli::versions;
use crate::client::{self, ClientError};
use crate::proto::rest::{Health, Orphan, Provider, Terminal};
use crate::proto::worktree::Worktree;
use crate::providers::Catalog;
use serde::Serialize;
use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

#[derive(Serialize)]
struct Finding {
    /// `ok`, `note` or `problem`.
    level: &'static str,
    what: String,
    hint: Option<String>,
}

#[derive(Default)]
struct Report {
    findings: Vec<Finding>,
}

impl Report {
    fn ok(&mut self, what: impl Into<String>) {
        self.findings.push(Finding { level: "ok", what: what.into(), hint: None });
    }

    fn note(&mut self, what: impl Into<String>, hint: &str) {
        self.findings.push(Finding { level: "note", what: what.into(), hint: Some(hint.into()) });
    }

    fn problem(&mut self, what: impl Into<String>, hint: &str) {
        self.findings.push(Finding { level: "problem", what: what.into(), hint: Some(hint.into()) });
    }
}

pub fn run(context: &Context, arguments: &DoctorArguments) -> Result<i32, Failure> {
    let mut report = Report::default();
    places(context, &mut report);
    server(context, &mut report)?;
    stale(context, &mut report, arguments.fix);
    let is_well = report.findings.iter().all(|f| f.level != "problem");
    if context.json {
        out::json(&report.findings)?;
    } else {
        for finding in &report.findings {
            let sign = match finding.level {
                "ok" => "✓",
                "note" => "·",
                _ => "✗",
            };
            out::text(&format!("{sign} {}", finding.what))?;
            if let Some(hint) = &finding.hint {
                out::text(&format!("    {hint}"))?;
            }
        }
    }
    Ok(if is_well { 0 } else { FAILED })
}

fn places(context: &Context, report: &mut Report) {
    let places = &context.places;
    match places.prepare() {
        Ok(()) => report.ok(format!("the home can be used: {}", places.data.display())),
        Err(error) => report.problem(error.to_string(), error.hint()),
    }
    for dir in BTreeSet::from([&places.run, &places.data, &places.state]) {
        if let Ok(meta) = std::fs::metadata(dir)
            && meta.permissions().mode() & 0o077 != 0
        {
            report.problem(format!("others may look into {}", dir.display()), "chmod 700 it");
        }
    }
    if places.run != places.state.join("run") {
        report.note(format!("sockets lie in {}", places.run.display()), "the home's path is too long for a socket");
    }
    report.ok(format!("the configuration can be used: {}", places.config.join("config.toml").display()));
}

/// The agent CLIs of this machine, each with its version and how its states are known.
fn agents(providers: Vec<Provider>, report: &mut Report) {
    let here = providers.into_iter().filter(|provider| !provider.needs_command).collect();
    for (provider, version) in versions::of(here) {
        match (&provider.path, &provider.missing) {
            (Some(_), _) => report.ok(versions::line(&provider, &version)),
            (None, missing) => report.note(
                format!("{}: {}", provider.title, missing.clone().unwrap_or_default()),
                "install it, or leave it",
            ),
        }
    }
}

fn server(context: &Context, report: &mut Report) -> Result<(), Failure> {
    block_on(async {
        let client = context.client();
        match client.get::<Health>("/health").await {
            Ok(health) => {
                report.ok(format!("the server runs: version {}, pid {}", health.version, health.pid.unwrap_or(0)));
                if health.version != env!("CARGO_PKG_VERSION") {
                    report.note(
                        format!("this program is version {}", env!("CARGO_PKG_VERSION")),
                        "`conductor-tui shutdown --restart` starts the server anew; agents are not touched",
                    );
                }
                if let Some(tcp) = health.tcp.as_ref().filter(|t| !t.starts_with("http")) {
                    report.note(format!("TCP: {tcp}"), "set server.port in config.toml; the socket serves everything");
                }
                for problem in &health.problems {
                    report.problem(
                        format!("cannot be used: {}", printable(problem)),
                        "mend it: it counts as soon as it is saved",
                    );
                }
                // Before the CLIs are asked for their versions, which takes seconds: what is left behind now.
                let orphans: Vec<Orphan> = client.get("/orphans").await?;
                let providers: Vec<Provider> =
                    client.get(&client::providers(std::env::var("PATH").ok().as_deref())).await?;
                agents(providers, report);
                let terminals: Vec<Terminal> = client.get("/terminals").await?;
                for t in
                    terminals.iter().filter(|t| t.pid.is_some_and(|pid| !Path::new(&format!("/proc/{pid}")).exists()))
                {
                    report.problem(
                        format!("terminal {} is shown with a process that does not exist", t.id),
                        "`conductor-tui shutdown --restart` looks at all holders anew",
                    );
                }
                for orphan in orphans {
                    let of = orphan.terminal.map(|id| format!(" of {id}")).unwrap_or_default();
                    report.problem(
                        format!(
                            "process {} was left behind by the agent{of}: {}",
                            orphan.pid,
                            fit(&orphan.command, 60)
                        ),
                        &format!("nobody ends it when the agent is ended; `kill {}` does", orphan.pid),
                    );
                }
                for tree in client.get::<Vec<Worktree>>("/worktrees").await? {
                    match tree.state.as_str() {
                        "missing" => report.problem(
                            format!("the folder of the work tree {} is gone: {}", tree.name, tree.path),
                            "`conductor-tui restore` brings back what was kept, `worktrees remove` lets it go",
                        ),
                        "ready" | "removed" => {}
                        half => report.note(
                            format!("the work tree {} is {half}: {}", tree.name, tree.path),
                            "when that does not end, `conductor-tui shutdown --restart` tries again",
                        ),
                    }
                }
            }
            Err(ClientError::NoServer(_)) => {
                report.note("no server runs", "`conductor-tui` starts one");
                let catalog = Catalog::load(&context.places.config.join("providers"));
                for problem in &catalog.problems {
                    report.problem(
                        format!("cannot be used: {}", printable(&problem.to_string())),
                        "mend it, or move it away",
                    );
                }
                agents(versions::on_this_machine(&catalog), report);
            }
            Err(error) => report.problem(format!("the server does not answer: {error}"), "look into logs/server.log"),
        }
        Ok(())
    })
}

/// Records and sockets of holders that do not live.
fn stale(context: &Context, report: &mut Report, fix: bool) {
    let entries: Vec<PathBuf> = std::fs::read_dir(context.places.holders())
        .map(|dir| dir.filter_map(|e| Some(e.ok()?.path())).collect())
        .unwrap_or_default();
    let mut living = 0;
    for path in entries.iter().filter(|p| p.extension().is_some_and(|e| e == "json")) {
        // A living holder listens; connecting and hanging up is a probe that displaces nobody.
        if UnixStream::connect(path.with_extension("sock")).is_ok() {
            living += 1;
        } else {
            remove(report, path, fix);
        }
    }
    for path in entries.iter().filter(|p| p.extension().is_some_and(|e| e == "sock")) {
        if !path.with_extension("json").exists() && UnixStream::connect(path).is_err() {
            remove(report, path, fix);
        }
    }
    report.ok(format!("{living} {} live", if living == 1 { "holder" } else { "holders" }));
}

fn remove(report: &mut Report, path: &Path, fix: bool) {
    if fix && std::fs::remove_file(path).is_ok() {
        let _ = std::fs::remove_file(path.with_extension("sock"));
        report.ok(format!("removed {}", path.display()));
    } else {
        report
            .problem(format!("left behind by a holder that is gone: {}", path.display()), "`doctor --fix` removes it");
    }
}
