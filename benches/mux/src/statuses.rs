//! What statuses cost, and how soon they are told: --panes agents that show a recorded screen at work and redraw ten times a
//! second, once without a kind whose screen is read and once with each of the real ones; then an agent whose dialog comes and
//! goes, and a client that waits for it. Only ours has statuses to be measured.

use crate::metrics::{Figures, Opt, world};
use crate::mux::{Mux, World, conductor};
use crate::proc::{self, Proc};
use std::fs;
use std::io;
use std::process::{Child, Stdio};
use std::time::Duration;

/// Recorded at work, at 100 columns: the figure's name, the kind, the recording.
const KINDS: [(&str, &str, &str); 4] = [
    ("claude_ms/s", "claude_code", "claude-2.1.329-xterm"),
    ("codex_ms/s", "codex", "codex-0.169.0"),
    ("gemini_ms/s", "gemini_cli", "gemini-0.61.0"),
    ("opencode_ms/s", "opencode", "opencode-1.18.33"),
];
/// The kind with a dialog of its own: what is on screen must hold for so long, which is what rules have by default.
const SETTLES_MS: f64 = 120.0;
const KIND: &str = "name = \"bench\"\ntitle = \"Bench\"\nneeds_command = true\n\
[[rules]]\nstatus = \"waiting\"\nwaiting_for = \"approval\"\nsource = \"screen\"\npattern = '^MAY I\\?'\n\
[[rules]]\nstatus = \"running\"\nsource = \"screen\"\npattern = '^AT WORK'\n";
/// How often its dialog comes.
const DIALOGS: usize = 20;

pub fn run(m: &dyn Mux, o: &Opt) -> io::Result<Figures> {
    if m.name() != "conductor" {
        return Err(io::ErrorKind::Unsupported.into());
    }
    let mut figures = vec![];
    let recording = |folder: &str| {
        format!("{}/../../tests/recordings/{folder}/working.raw", env!("CARGO_MANIFEST_DIR"))
    };
    let without = cpu_of(o, "generic", &recording(KINDS[0].2))?;
    figures.push(("no_rules_ms/s", without));
    for (name, kind, folder) in KINDS {
        figures.push((name, cpu_of(o, kind, &recording(folder))?));
    }
    let mut told = told_after(o)?;
    told.sort_by(f64::total_cmp);
    figures.push(("told_p50_ms", told[told.len() / 2]));
    figures.push(("told_max_ms", told[told.len() - 1]));
    figures.push(("settled_p50_ms", told[told.len() / 2] - SETTLES_MS));
    figures.push(("settled_max_ms", told[told.len() - 1] - SETTLES_MS));
    Ok(figures)
}

/// Milliseconds of processor time in a second that the server takes beside so many agents.
fn cpu_of(o: &Opt, kind: &str, recording: &str) -> io::Result<f64> {
    let w = world(o)?;
    for _ in 0..o.panes {
        launch(&w, kind, &["agent", recording])?;
    }
    std::thread::sleep(Duration::from_secs(3));
    let server = server(&w)?;
    let before = proc::cpu(&server);
    std::thread::sleep(Duration::from_secs_f64(o.secs));
    Ok(proc::cpu_between(&before, &proc::cpu(&server)) * 1e3 / o.secs)
}

/// Milliseconds from the last byte of each dialog to the end of a client that waits for it, beside the crowd.
fn told_after(o: &Opt) -> io::Result<Vec<f64>> {
    let w = world(o)?;
    w.file("cfg/conductor-tui/providers/bench.toml", KIND)?;
    let recording = format!("{}/../../tests/recordings/{}/working.raw", env!("CARGO_MANIFEST_DIR"), KINDS[0].2);
    for _ in 1..o.panes {
        launch(&w, KINDS[0].1, &["agent", &recording])?;
    }
    let times = w.dir.join("drawn").to_string_lossy().into_owned();
    let id = launch(&w, "bench", &["dialogs", &times])?;
    let wait = |status: &str| -> io::Result<Child> {
        let argv = [&conductor(), "wait", &id, "--status", status].map(String::from);
        w.cmd(argv).std().stdin(Stdio::null()).stdout(Stdio::null()).spawn()
    };
    let mut told = vec![];
    while told.len() < DIALOGS {
        if !wait("running")?.wait()?.success() || !wait("waiting")?.wait()?.success() {
            return Err(io::Error::other("the agent's status is not told"));
        }
        let now = crate::inner::monotonic_ns();
        let drawn = fs::read_to_string(&times)?;
        let last = drawn.lines().last().and_then(|line| line.parse::<u64>().ok());
        let Some(last) = last else { return Err(io::Error::other("no time in the agent's file")) };
        told.push((now - last) as f64 / 1e6);
    }
    Ok(told)
}

/// Gives the terminal's id.
fn launch(w: &World, kind: &str, inner: &[&str]) -> io::Result<String> {
    let me = std::env::current_exe()?.to_string_lossy().into_owned();
    let mut argv: Vec<String> = [&*conductor(), "launch", "--headless", "--json", "--provider", kind, "--", &me, "inner"]
        .map(String::from)
        .to_vec();
    argv.extend(inner.iter().map(|word| (*word).to_owned()));
    let out = w.cmd(argv).std().stdin(Stdio::null()).output()?;
    let text = String::from_utf8_lossy(&out.stdout).into_owned();
    let id = text.split("\"id\":").nth(1).and_then(|rest| rest.split('"').nth(1));
    id.map(str::to_owned).ok_or_else(|| io::Error::other(format!("{text}{}", String::from_utf8_lossy(&out.stderr))))
}

/// The server alone: neither holders nor clients.
fn server(w: &World) -> io::Result<Vec<Proc>> {
    let is_server = |p: &Proc| {
        let args = fs::read(format!("/proc/{}/cmdline", p.pid)).unwrap_or_default();
        args.split(|&b| b == 0).any(|word| word == b"server")
    };
    let all: Vec<Proc> = w.mux_procs(&["conductor-tui"]).into_iter().filter(is_server).collect();
    if all.len() == 1 { Ok(all) } else { Err(io::Error::other(format!("{} servers", all.len()))) }
}
